/* tests/unit/org/test_authz.c: the judge: every action against every kind of caller, and what
 * resource sets cover. */
#include "org_fixture.h"

static struct org_fixture fx;
static int setup(void **state)
{
    (void)state;
    org_fixture_open(&fx);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    org_fixture_close(&fx);
    return 0;
}

/* ---- the matrix ------------------------------------------------------------------------------ */

/* Who may perform the action on the organisation as a whole, one letter each: n nobody signed in, u
 * a person without a role, s super administrator, o ORG_ADMIN, r READ_ONLY_ADMIN, w
 * WORKFLOWS_ADMIN, a ACCESS_REQUESTS_ADMIN, h HELP_DESK_ADMIN, p the Access Requests app with one
 * flow. An action without a row fails the test. */
#define ANYBODY "usorwah"
#define FLOW_PEOPLE "sw"
#define REQUEST_PEOPLE "sa"
static const char *const matrix[RV_A_N] = {
    [RV_A_PUBLIC] = "nusorwahp", [RV_A_SESSION] = ANYBODY, [RV_A_LIVE] = ANYBODY, [RV_A_PEOPLE_PICK] = ANYBODY, [RV_A_TOKEN_CREATE_OWN] = "sorwahp",
    [RV_A_SETTINGS] = "s", [RV_A_MAIL] = "s", [RV_A_SAMPLE] = "s", [RV_A_HEALTH] = "s",
    [RV_A_IAM_READ] = "sor", [RV_A_IAM_MANAGE] = "s",
    [RV_A_USER_READ] = "sorah", [RV_A_USER_CREATE] = "so", [RV_A_USER_UPDATE] = "so", [RV_A_USER_LIFECYCLE] = "so", [RV_A_USER_CREDENTIALS] = "soh",
    [RV_A_USER_PASSWORDS] = "soh", [RV_A_USER_SESSIONS] = "soh", [RV_A_APP_ASSIGN] = "s", [RV_A_USER_ASSIGN_APP] = "so", [RV_A_GROUP_ASSIGN_APP] = "so",
    [RV_A_GROUP_READ] = "sorah", [RV_A_GROUP_CREATE] = "so", [RV_A_GROUP_MANAGE] = "so", [RV_A_GROUP_MEMBERS] = "so",
    [RV_A_APP_READ] = "sor", [RV_A_APP_MANAGE] = "s", [RV_A_FEATURE_READ] = "sor", [RV_A_FEATURE_MANAGE] = "s", [RV_A_LOG_READ] = "sor",
    [RV_A_TOKEN_READ] = "s", [RV_A_TOKEN_MANAGE] = "s",
    [RV_A_CARD_READ] = FLOW_PEOPLE, [RV_A_FOLDER_READ] = FLOW_PEOPLE, [RV_A_FOLDER_MANAGE] = FLOW_PEOPLE, [RV_A_FLOW_READ] = FLOW_PEOPLE,
    [RV_A_FLOW_EDIT] = FLOW_PEOPLE, [RV_A_FLOW_RUN] = FLOW_PEOPLE, [RV_A_DELEGATED_READ] = FLOW_PEOPLE, [RV_A_DELEGATED_INVOKE] = FLOW_PEOPLE,
    [RV_A_RUN_STATE] = FLOW_PEOPLE, [RV_A_RUN_READ] = FLOW_PEOPLE, [RV_A_RUN_MANAGE] = FLOW_PEOPLE, [RV_A_CONNECTION_READ] = FLOW_PEOPLE,
    [RV_A_CONNECTION_MANAGE] = FLOW_PEOPLE, [RV_A_CONNECTION_USE] = FLOW_PEOPLE, [RV_A_TABLE_READ] = FLOW_PEOPLE, [RV_A_TABLE_EDIT] = FLOW_PEOPLE,
    [RV_A_CATALOGUE_LIST] = ANYBODY, [RV_A_CATALOGUE_READ] = "", [RV_A_REQUEST_TYPE_LIST] = ANYBODY, [RV_A_REQUEST_TYPE_READ] = REQUEST_PEOPLE,
    [RV_A_REQUEST_TYPE_EDIT] = "", [RV_A_REQUEST_LIST] = ANYBODY, [RV_A_REQUEST_CREATE] = "", [RV_A_REQUEST_READ] = "", [RV_A_REQUEST_EDIT] = "",
    [RV_A_REQUEST_CANCEL] = "", [RV_A_REQUEST_MESSAGE] = "", [RV_A_REQUEST_HOLD] = "", [RV_A_TASK_LIST] = ANYBODY, [RV_A_TASK_READ] = "",
    [RV_A_TASK_RESOLVE] = "", [RV_A_TASK_RUN] = "", [RV_A_TASK_REASSIGN] = "", [RV_A_TASK_ESCALATE] = REQUEST_PEOPLE, [RV_A_TIMER_END] = "",
    [RV_A_TEAM_READ] = ANYBODY, [RV_A_TEAM_MANAGE] = REQUEST_PEOPLE, [RV_A_TEAM_MEMBERS] = REQUEST_PEOPLE, [RV_A_LIST_READ] = REQUEST_PEOPLE,
    [RV_A_LIST_MANAGE] = REQUEST_PEOPLE, [RV_A_LIST_ITEMS] = REQUEST_PEOPLE, [RV_A_RESOURCE_MANAGE] = REQUEST_PEOPLE,
    [RV_A_INTEGRATION_MANAGE] = REQUEST_PEOPLE, [RV_A_INTEGRATION_USE] = REQUEST_PEOPLE,
};

#define FLOW_1 "01JAAAAAAAAAAAAAAAAAAAAAAA"
#define FLOW_2 "01JBBBBBBBBBBBBBBBBBBBBBBB"
#define FOLDER_1 "01JCCCCCCCCCCCCCCCCCCCCCCC"
#define FOLDER_2 "01JDDDDDDDDDDDDDDDDDDDDDDD"

static bool may(enum rv_action action, struct rv_object o)
{
    bool granted;
    org_fixture_must(&fx, rv_authz_may(fx.cx, NULL, action, o, &granted));
    return granted;
}

static void give(rv_str person, const char *type)
{
    struct org_writer w;
    org_fixture_root(&fx);
    org_fixture_must(&fx, rv_grant_create(fx.cx, RV_MEMBER_USER, person, rv_str_of(type),
                                          RV_NONE_STR, RV_NONE_STR, org_writer_begin(&w)));
    (void)org_writer_end(&fx, &w);
}

static rv_str flow_orn(const char *rest)
{
    return org_fixture_orn(&fx, "workflow", rest);
}

static void let_app_run(const char *label, const char *orn_rest)
{
    org_fixture_root(&fx);
    org_fixture_feature(&fx, "iam.app_role_assignments", true);
    org_fixture_bind(&fx, label, "okta.workflows.invoke", rv_z(fx.cx, flow_orn(orn_rest)),
                     "/oauth2/v1/clients/", fx.s.env.org->access_requests_app);
}

static void check_row(char who)
{
    for (int a = RV_A_NONE + 1; a < RV_A_N; a++) {
        if (matrix[a] == NULL)
            fail_msg("the matrix has no row for %s", rv_action_name((enum rv_action)a));
        bool expected = strchr(matrix[a], who) != NULL;
        if (may((enum rv_action)a, RV_NO_OBJECT) != expected)
            fail_msg("%s by '%c' should be %s", rv_action_name((enum rv_action)a), who,
                     expected ? "granted" : "refused");
        rv_status st = rv_authz(fx.cx, NULL, (enum rv_action)a, RV_NO_OBJECT);
        assert_int_equal(st, expected ? RV_OK : who == 'n' ? RV_NO_SESSION : RV_FORBIDDEN);
        rv_error_clear(fx.cx);
    }
}

static void every_action_is_granted_to_exactly_the_callers_of_the_matrix(void **state)
{
    static const struct {
        char who;
        const char *login, *type;
    } people[] = { { 'u', "u@example.com", NULL },
                   { 'o', "o@example.com", "ORG_ADMIN" },
                   { 'r', "r@example.com", "READ_ONLY_ADMIN" },
                   { 'w', "w@example.com", "WORKFLOWS_ADMIN" },
                   { 'a', "a@example.com", "ACCESS_REQUESTS_ADMIN" },
                   { 'h', "h@example.com", "HELP_DESK_ADMIN" } };
    (void)state;
    org_fixture_root(&fx);
    fx.cx->root = false;
    check_row('n');
    for (size_t i = 0; i < RV_LEN(people); i++) {
        rv_str id = org_fixture_person(&fx, people[i].login);
        if (people[i].type != NULL)
            give(id, people[i].type);
        org_fixture_as(&fx, id);
        check_row(people[i].who);
    }
    org_fixture_as(&fx, org_fixture_admin(&fx));
    check_row('s');
    let_app_run("one", "flows:" FLOW_1);
    org_fixture_as_app(&fx);
    check_row('p');
}

static void a_relation_grants_what_the_table_says_and_nothing_else(void **state)
{
    static const struct {
        unsigned relations;
        const char *who;
    } actions[RV_A_N] = {
#define RV_X(name, permission, relations, who, help) [RV_A_##name] = { relations, who },
        RV_ACTION_TABLE(RV_X)
#undef RV_X
    };
    (void)state;
    org_fixture_as(&fx, org_fixture_person(&fx, "plain@example.com"));
    for (int a = RV_A_NONE + 1; a < RV_A_N; a++) {
        for (unsigned bit = 1; bit <= RV_REL_SETTING; bit <<= 1) {
            bool open = strcmp(actions[a].who, "ANY") == 0 || strcmp(actions[a].who, "PUBLIC") == 0;
            struct rv_object o = { .id = RV_STR("x"), .relations = bit };
            assert_int_equal(may((enum rv_action)a, o), open || (actions[a].relations & bit) != 0);
        }
    }
    /* A request is nobody's business but that of the people it names, be they super administrator.
     */
    org_fixture_as(&fx, org_fixture_admin(&fx));
    assert_false(may(RV_A_REQUEST_READ, RV_OBJECT(RV_STR("x"))));
    assert_true(may(RV_A_REQUEST_READ,
                    ((struct rv_object){ .id = RV_STR("x"), .relations = RV_REL_REQUESTER })));
}

static void people_may_read_themselves(void **state)
{
    (void)state;
    rv_str me = org_fixture_person(&fx, "me@example.com"),
           you = org_fixture_person(&fx, "you@example.com");
    org_fixture_as(&fx, me);
    assert_true(may(RV_A_USER_READ, RV_OBJECT(me)));
    assert_false(may(RV_A_USER_READ, RV_OBJECT(you)));
    assert_false(may(RV_A_USER_UPDATE, RV_OBJECT(me)));
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void what_may_not_be_seen_is_not_found_and_what_may_be_seen_is_forbidden(void **state)
{
    (void)state;
    org_fixture_as(&fx, org_fixture_person(&fx, "plain@example.com"));
    assert_int_equal(rv_authz(fx.cx, NULL, RV_A_FLOW_READ, RV_OBJECT(RV_STR(FLOW_1))),
                     RV_NOT_FOUND);
    assert_string_equal(rv_error(fx.cx)->message,
                        "Not found: Resource not found: " FLOW_1 " (Flow)");
    assert_int_equal(rv_authz(fx.cx, NULL, RV_A_FLOW_READ,
                              ((struct rv_object){ .id = RV_STR(FLOW_1), .visible = true })),
                     RV_FORBIDDEN);
    assert_int_equal(rv_authz(fx.cx, NULL, RV_A_FLOW_EDIT, RV_NO_OBJECT), RV_FORBIDDEN);
}

static void only_the_declared_action_counts_as_asked(void **state)
{
    struct rv_scope scope;
    bool granted;
    (void)state;
    org_fixture_as(&fx, org_fixture_admin(&fx));
    fx.cx->action_declared = RV_A_FLOW_READ;
    fx.cx->action_asked = false;
    assert_int_equal(rv_authz(fx.cx, NULL, RV_A_FLOW_EDIT, RV_NO_OBJECT), RV_OK);
    assert_int_equal(rv_authz_may(fx.cx, NULL, RV_A_FLOW_READ, RV_NO_OBJECT, &granted), RV_OK);
    assert_false(fx.cx->action_asked);
    assert_int_equal(rv_authz_list(fx.cx, NULL, RV_A_FLOW_READ, &scope), RV_OK);
    assert_true(fx.cx->action_asked);
    fx.cx->action_declared = 0;
}

/* ---- resource sets --------------------------------------------------------------------------- */

static void a_set_of_chosen_flows_covers_these_flows_only_ar31(void **state)
{
    struct rv_scope scope;
    (void)state;
    let_app_run("chosen", "flows:" FLOW_1);
    org_fixture_as_app(&fx);
    assert_true(may(RV_A_DELEGATED_INVOKE, RV_OBJECT(RV_STR(FLOW_1))));
    assert_true(may(RV_A_DELEGATED_READ, RV_OBJECT(RV_STR(FLOW_1)))); /* invoke implies read */
    assert_false(may(RV_A_DELEGATED_INVOKE, RV_OBJECT(RV_STR(FLOW_2))));
    assert_false(may(RV_A_FLOW_READ, RV_OBJECT(RV_STR(FLOW_1))));
    assert_false(may(RV_A_RUN_READ, RV_OBJECT(RV_STR(FLOW_1))));
    org_fixture_must(&fx, rv_authz_list(fx.cx, NULL, RV_A_DELEGATED_READ, &scope));
    assert_false(scope.all);
    assert_true(rv_str_eq(scope.ids, RV_STR("[\"" FLOW_1 "\"]")));
}

static void a_set_of_all_flows_covers_flows_that_do_not_exist_yet_ar31_ar35(void **state)
{
    struct rv_scope scope;
    (void)state;
    let_app_run("all", "flows");
    org_fixture_as_app(&fx);
    assert_true(may(RV_A_DELEGATED_INVOKE, RV_OBJECT(RV_STR(FLOW_2))));
    org_fixture_must(&fx, rv_authz_list(fx.cx, NULL, RV_A_DELEGATED_READ, &scope));
    assert_true(scope.all);
}

static void a_right_that_is_taken_away_is_gone_at_the_next_question(void **state)
{
    (void)state;
    let_app_run("gone", "flows");
    org_fixture_as_app(&fx);
    assert_true(may(RV_A_DELEGATED_INVOKE, RV_OBJECT(RV_STR(FLOW_1))));
    org_fixture_root(&fx);
    org_fixture_must(&fx, rv_binding_delete(fx.cx, RV_STR("gone"), RV_STR("gone")));
    org_fixture_as_app(&fx);
    assert_false(may(RV_A_DELEGATED_INVOKE, RV_OBJECT(RV_STR(FLOW_1))));
}

static void a_folder_covers_what_lies_below_it(void **state)
{
    struct rv_scope scope;
    struct rv_object below = { .id = RV_STR(FLOW_1), .path = RV_STR(FOLDER_1 "/" FOLDER_2) },
                     beside = { .id = RV_STR(FLOW_2), .path = RV_STR(FOLDER_2) };
    (void)state;
    rv_str editor = org_fixture_person(&fx, "editor@example.com");
    org_fixture_bind(&fx, "folder", "reeve.flows.edit", rv_z(fx.cx, flow_orn("folders:" FOLDER_1)),
                     "/api/v1/users/", editor);
    org_fixture_as(&fx, editor);
    assert_true(may(RV_A_FLOW_EDIT, below));
    assert_true(may(RV_A_FLOW_READ, below));
    assert_true(may(RV_A_CARD_READ, RV_NO_OBJECT));
    assert_false(may(RV_A_FLOW_EDIT, beside));
    assert_false(may(RV_A_FOLDER_MANAGE, below));
    assert_false(may(RV_A_DELEGATED_INVOKE, below)); /* editing is not running for others */
    org_fixture_must(&fx, rv_authz_list(fx.cx, NULL, RV_A_FLOW_READ, &scope));
    assert_false(scope.all);
    assert_true(rv_str_eq(scope.ids, RV_STR("[\"" FOLDER_1 "\"]")));
}

static void members_of_a_group_have_the_roles_of_the_group(void **state)
{
    (void)state;
    rv_str person = org_fixture_person(&fx, "member@example.com"),
           group = org_fixture_group(&fx, "flow people");
    org_fixture_bind(&fx, "by group", "okta.workflows.read", rv_z(fx.cx, flow_orn("flows")),
                     "/api/v1/groups/", group);
    org_fixture_as(&fx, person);
    assert_false(may(RV_A_DELEGATED_READ, RV_OBJECT(RV_STR(FLOW_1))));
    org_fixture_root(&fx);
    org_fixture_join(&fx, group, person);
    org_fixture_as(&fx, person);
    assert_true(may(RV_A_DELEGATED_READ, RV_OBJECT(RV_STR(FLOW_1))));
    assert_false(may(RV_A_DELEGATED_INVOKE, RV_OBJECT(RV_STR(FLOW_1)))); /* read does not imply invoke */
    assert_true(fx.cx->principal->administrator);
    assert_false(fx.cx->principal->super_admin);
}

static void users_in_a_group_are_covered_by_the_group(void **state)
{
    struct rv_scope scope;
    (void)state;
    rv_str helper = org_fixture_person(&fx, "helper@example.com"),
           in = org_fixture_person(&fx, "in@example.com"),
           out = org_fixture_person(&fx, "out@example.com");
    rv_str group = org_fixture_group(&fx, "branch");
    org_fixture_join(&fx, group, in);
    rv_str orn = org_fixture_orn(&fx, "directory",
                                 rv_z(fx.cx, rv_printf(fx.cx, "groups:%.*s:contained_resources",
                                                       RV_FMT(group))));
    org_fixture_bind(&fx, "branch help", "okta.users.manage", rv_z(fx.cx, orn), "/api/v1/users/",
                     helper);
    org_fixture_as(&fx, helper);
    assert_true(may(RV_A_USER_UPDATE, RV_OBJECT(in)));
    assert_true(may(RV_A_USER_READ, RV_OBJECT(in)));
    assert_false(may(RV_A_USER_UPDATE, RV_OBJECT(out)));
    org_fixture_must(&fx, rv_authz_list(fx.cx, NULL, RV_A_USER_READ, &scope));
    assert_false(scope.all);
    assert_true(rv_str_eq(scope.ids, rv_printf(fx.cx, "[\"%.*s\"]", RV_FMT(in))));
}

static void what_a_set_excludes_is_not_covered(void **state)
{
    struct org_writer w;
    struct rv_scope scope;
    (void)state;
    rv_str helper = org_fixture_person(&fx, "helper@example.com"),
           in = org_fixture_person(&fx, "in@example.com"),
           out = org_fixture_person(&fx, "out@example.com");
    rv_str users = org_fixture_orn(&fx, "directory", "users");
    org_fixture_bind(&fx, "but one", "okta.users.read", rv_z(fx.cx, users), "/api/v1/users/",
                     helper);
    json_t *conditions =
        org_fixture_json(&fx, rv_z(fx.cx,
                                   rv_printf(fx.cx, "{\"Exclude\":{\"okta:ORN\":[\"%.*s:%.*s\"]}}",
                                             RV_FMT(users), RV_FMT(out))));
    org_fixture_must(&fx, rv_resource_add(fx.cx, RV_STR("but one"), users, conditions,
                                          org_writer_begin(&w)));
    (void)org_writer_end(&fx, &w);
    org_fixture_as(&fx, helper);
    assert_true(may(RV_A_USER_READ, RV_OBJECT(in)));
    assert_false(may(RV_A_USER_READ, RV_OBJECT(out)));
    org_fixture_must(&fx, rv_authz_list(fx.cx, NULL, RV_A_USER_READ, &scope));
    assert_false(scope.all);
    assert_true(rv_str_contains(scope.ids, in));
    assert_false(rv_str_contains(scope.ids, out));
}

static void navigation_knows_what_one_may_do_somewhere(void **state)
{
    bool able[RV_A_N];
    (void)state;
    let_app_run("nav", "flows:" FLOW_1);
    org_fixture_as_app(&fx);
    org_fixture_must(&fx, rv_authz_anywhere(fx.cx, able));
    assert_true(able[RV_A_DELEGATED_INVOKE]);
    assert_true(able[RV_A_DELEGATED_READ]);
    assert_false(able[RV_A_FLOW_READ]);
    assert_false(able[RV_A_IAM_MANAGE]);
    org_fixture_as(&fx, org_fixture_admin(&fx));
    org_fixture_must(&fx, rv_authz_anywhere(fx.cx, able));
    assert_true(able[RV_A_IAM_MANAGE]);
}

static void every_action_names_a_permission_of_the_table(void **state)
{
    static const char *const names[] = {
#define RV_X(name, permission, relations, who, help) permission,
        RV_ACTION_TABLE(RV_X)
#undef RV_X
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(names); i++)
        assert_true(names[i][0] == '\0' || rv_permission_find(rv_str_of(names[i])) != NULL);
    for (const struct rv_permission *p = rv_permissions; p->name != NULL; p++) {
        rv_str rest = rv_str_of(p->by), word;
        assert_ptr_equal(rv_permission_find(rv_str_of(p->name)), p); /* no name twice */
        while (rv_str_split(&rest, ' ', &word))
            assert_true(word.n == 0 || rv_permission_find(word) != NULL);
        rest = rv_str_of(p->held_by);
        while (rv_str_split(&rest, ' ', &word))
            assert_true(word.n == 0 || rv_standard_role_find(word) != NULL);
    }
    const struct rv_permission *invoke = rv_permission_find(RV_STR("okta.workflows.invoke"));
    assert_string_equal(invoke->label, "Run delegated flow");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            every_action_is_granted_to_exactly_the_callers_of_the_matrix, setup, teardown),
        cmocka_unit_test_setup_teardown(a_relation_grants_what_the_table_says_and_nothing_else,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(people_may_read_themselves, setup, teardown),
        cmocka_unit_test_setup_teardown(
            what_may_not_be_seen_is_not_found_and_what_may_be_seen_is_forbidden, setup, teardown),
        cmocka_unit_test_setup_teardown(only_the_declared_action_counts_as_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(a_set_of_chosen_flows_covers_these_flows_only_ar31, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_set_of_all_flows_covers_flows_that_do_not_exist_yet_ar31_ar35, setup, teardown),
        cmocka_unit_test_setup_teardown(a_right_that_is_taken_away_is_gone_at_the_next_question,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_folder_covers_what_lies_below_it, setup, teardown),
        cmocka_unit_test_setup_teardown(members_of_a_group_have_the_roles_of_the_group, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(users_in_a_group_are_covered_by_the_group, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_set_excludes_is_not_covered, setup, teardown),
        cmocka_unit_test_setup_teardown(navigation_knows_what_one_may_do_somewhere, setup,
                                        teardown),
        cmocka_unit_test(every_action_names_a_permission_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
