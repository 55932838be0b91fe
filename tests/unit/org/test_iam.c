/* tests/unit/org/test_iam.c: roles, sets, bindings and standard roles, and the rules that keep
 * rights from growing. */
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

static json_t *call(rv_status st, struct org_writer *w)
{
    org_fixture_must(&fx, st);
    return org_writer_end(&fx, w);
}

static rv_status refused(rv_status st, struct org_writer *w)
{
    rv_buf_done(&w->b);
    return st;
}

static rv_status try_give(enum rv_member_kind kind, rv_str member, const char *type,
                          const char *role, const char *set)
{
    struct org_writer w;
    rv_error_clear(fx.cx);
    return refused(rv_grant_create(fx.cx, kind, member, rv_str_of(type), rv_str_of(role),
                                   rv_str_of(set), org_writer_begin(&w)),
                   &w);
}

static rv_str give(enum rv_member_kind kind, rv_str member, const char *type, const char *role,
                   const char *set)
{
    struct org_writer w;
    json_t *j = call(rv_grant_create(fx.cx, kind, member, rv_str_of(type), rv_str_of(role),
                                     rv_str_of(set), org_writer_begin(&w)),
                     &w);
    return rv_json_member_str(j, "id");
}

static void make(const char *label, const char *permission)
{
    struct org_writer w;
    rv_str id;
    json_t *p = org_fixture_json(&fx, rv_z(fx.cx, rv_printf(fx.cx, "[\"%s\"]", permission)));
    rv_str orn = org_fixture_orn(&fx, "workflow", "flows");
    json_t *r = org_fixture_json(&fx, rv_z(fx.cx, rv_printf(fx.cx, "[\"%.*s\"]", RV_FMT(orn))));
    (void)call(rv_role_create(fx.cx, rv_str_of(label), RV_STR("for a test"), p,
                              org_writer_begin(&w), &id),
               &w);
    (void)call(rv_resource_set_create(fx.cx, rv_str_of(label), RV_STR("for a test"), r,
                                      org_writer_begin(&w)),
               &w);
}

/* ---- roles ----------------------------------------------------------------------------------- */

static void a_custom_role_holds_run_delegated_flow_and_shows_it_under_both_names_ar30(void **state)
{
    struct org_writer w;
    (void)state;
    make("Run flows", "okta.workflows.invoke");
    rv_jw_arr(org_writer_begin(&w));
    org_fixture_must(&fx, rv_role_permission_list(fx.cx, RV_STR("run FLOWS"), &w.w));
    rv_jw_arr_end(&w.w);
    json_t *list = org_writer_end(&fx, &w);
    assert_int_equal(json_array_size(list), 2);
    assert_true(rv_str_eq(rv_json_member_str(json_array_get(list, 0), "label"),
                          RV_STR("okta.workflows.invoke")));
    assert_true(rv_str_eq(rv_json_member_str(json_array_get(list, 1), "label"),
                          RV_STR("okta.workflows.flows.invoke")));
    assert_true(json_is_null(json_object_get(json_array_get(list, 0), "conditions")));
}

static void a_role_refuses_what_no_custom_role_can_hold(void **state)
{
    static const char *const permissions[] = { "[]", "[\"okta.everything\"]",
                                               "[\"okta.governance.accessRequests.manage\"]",
                                               "[42]", "[\"okta.users.read\",\"\"]" };
    struct org_writer w;
    rv_str id;
    (void)state;
    for (size_t i = 0; i < RV_LEN(permissions); i++) {
        json_t *p = org_fixture_json(&fx, permissions[i]);
        assert_int_equal(refused(rv_role_create(fx.cx, RV_STR("bad"), RV_NONE_STR, p,
                                                org_writer_begin(&w), &id),
                                 &w),
                         RV_INVALID);
        rv_error_clear(fx.cx);
    }
    make("Taken", "okta.users.read");
    json_t *p = org_fixture_json(&fx, "[\"okta.users.read\"]");
    assert_int_equal(refused(rv_role_create(fx.cx, RV_STR("TAKEN"), RV_NONE_STR, p,
                                            org_writer_begin(&w), &id),
                             &w),
                     RV_INVALID);
    assert_string_equal(rv_error(fx.cx)->causes->pointer, "/label");
    rv_error_clear(fx.cx);
    assert_int_equal(refused(rv_role_create(fx.cx, RV_STR(" "), RV_NONE_STR, p,
                                            org_writer_begin(&w), &id),
                             &w),
                     RV_INVALID);
    rv_error_clear(fx.cx);
    assert_int_equal(rv_role_permission_delete(fx.cx, RV_STR("Taken"), RV_STR("okta.users.read")), RV_INVALID); /* the last one */
}

static void a_custom_role_needs_a_resource_set_ar36(void **state)
{
    (void)state;
    rv_str person = org_fixture_person(&fx, "p@example.com");
    make("Flows", "okta.workflows.invoke");
    assert_int_equal(try_give(RV_MEMBER_USER, person, "CUSTOM", "Flows", NULL), RV_INVALID);
    assert_string_equal(rv_error(fx.cx)->causes->pointer, "/resource-set");
    assert_int_equal(try_give(RV_MEMBER_USER, person, "CUSTOM", "Flows", "no such set"),
                     RV_INVALID);
    assert_int_equal(try_give(RV_MEMBER_USER, person, "CUSTOM", "Flows", "WORKFLOWS_IAM_POLICY"),
                     RV_INVALID);
    assert_int_equal(try_give(RV_MEMBER_USER, person, "CUSTOM", NULL, "Flows"), RV_INVALID);
    assert_int_equal(try_give(RV_MEMBER_USER, person, "NO_SUCH_ADMIN", NULL, NULL), RV_INVALID);
    assert_true(
        rv_str_starts(give(RV_MEMBER_USER, person, "CUSTOM", "Flows", "Flows"), RV_STR("irb")));
    assert_int_equal(try_give(RV_MEMBER_USER, person, "CUSTOM", "Flows", "Flows"), RV_CONFLICT);
}

static void a_role_that_is_assigned_cannot_be_deleted_until_its_set_is(void **state)
{
    (void)state;
    make("Flows", "okta.workflows.invoke");
    give(RV_MEMBER_USER, org_fixture_person(&fx, "p@example.com"), "CUSTOM", "Flows", "Flows");
    assert_int_equal(rv_role_delete(fx.cx, RV_STR("Flows")), RV_INVALID);
    rv_error_clear(fx.cx);
    org_fixture_must(&fx, rv_resource_set_delete(fx.cx, RV_STR("Flows")));
    org_fixture_must(&fx, rv_role_delete(fx.cx, RV_STR("Flows")));
    assert_int_equal(rv_role_delete(fx.cx, RV_STR("Flows")), RV_NOT_FOUND);
}

/* ---- resources ------------------------------------------------------------------------------- */

static void a_set_takes_urls_and_orns_of_this_organisation_only(void **state)
{
    static const struct {
        const char *text, *tail; /* %s: base URL or organisation; tail behind the organisation, NULL: refused */
    } rows[] = {
        { "B/api/v1/users", "users" }, { "B/api/v1/groups", "groups" }, { "B/api/v1/apps", "apps" }, { "orn:okta:workflow:O:flows", "flows" },
        { "orn:okta:workflow:O:flows:01JAAAAAAAAAAAAAAAAAAAAAAA", "flows:01JAAAAAAAAAAAAAAAAAAAAAAA" },
        { "B/api/v1/apps?filter=name+eq+\\\"bookmark\\\"", "apps:bookmark" }, { "B/api/v1/apps?filter=name%20eq%20%22bookmark%22", "apps:bookmark" },
        { "orn:okta:iam:O:contained_resources", "contained_resources" }, { "orn:okta:governance:O:access-requests", "access-requests" },
        { "https://elsewhere.example.com/api/v1/users", NULL }, { "orn:okta:workflow:00oelsewhere00000000:flows", NULL },
        { "orn:other:workflow:O:flows", NULL }, { "orn:okta:workflow:O:flows:not an id", NULL }, { "orn:okta:workflow:O:flowsx", NULL },
        { "B/api/v1/groups/00gnosuchgroup0000000", NULL }, { "B/api/v1/nothing", NULL }, { "", NULL }, { "users", NULL },
        { "orn:okta:workflow:O:flows:", NULL },
    };
    (void)state;
    make("Set", "okta.users.read");
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        struct org_writer w;
        struct rv_buf b;
        rv_str text;
        rv_buf_init(&b, 1000);
        for (const char *p = rows[i].text; *p != '\0'; p++) {
            if (*p == 'B' && p == rows[i].text)
                rv_buf_add(&b, rv_base_url(fx.cx));
            else if (*p == 'O' && p[-1] == ':')
                rv_buf_add(&b, fx.s.env.org->id);
            else if (*p != '\\')
                rv_buf_char(&b, *p);
        }
        org_fixture_must(&fx, rv_buf_str(fx.cx, &b, &text));
        rv_status st =
            rv_resource_add(fx.cx, RV_STR("Set"), rv_dup(fx.cx, text), NULL, org_writer_begin(&w));
        rv_buf_done(&b);
        if (rows[i].tail == NULL) {
            if (refused(st, &w) != RV_INVALID)
                fail_msg("%s was not refused", rows[i].text);
            rv_error_clear(fx.cx);
            continue;
        }
        json_t *j = call(st, &w);
        if (!rv_str_ends(rv_json_member_str(j, "orn"),
                         rv_printf(fx.cx, "%.*s:%s", RV_FMT(fx.s.env.org->id), rows[i].tail)))
            fail_msg("%s became %s", rows[i].text, json_string_value(json_object_get(j, "orn")));
    }
}

static void the_sets_of_standard_roles_are_shown_and_cannot_be_changed(void **state)
{
    struct org_writer w;
    (void)state;
    json_t *set =
        call(rv_resource_set_get(fx.cx, RV_STR("WORKFLOWS_IAM_POLICY"), org_writer_begin(&w)), &w);
    assert_true(rv_str_eq(rv_json_member_str(set, "id"), RV_STR("WORKFLOWS_IAM_POLICY")));
    assert_int_equal(rv_resource_set_delete(fx.cx, RV_STR("WORKFLOWS_IAM_POLICY")), RV_FORBIDDEN);
    rv_error_clear(fx.cx);
    rv_str users = org_fixture_orn(&fx, "directory", "users");
    assert_int_equal(refused(rv_resource_add(fx.cx, RV_STR("ACCESS_REQUESTS_IAM_POLICY"), users,
                                             NULL, org_writer_begin(&w)),
                             &w),
                     RV_FORBIDDEN);
}

/* ---- members --------------------------------------------------------------------------------- */

static void a_feature_stays_as_it_was_switched_last_however_often_its_transaction_runs(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        bool on = i % 2 == 0;
        org_fixture_feature(&fx, "iam.app_role_assignments", on);
        rv_org_free(fx.s.env.org);
        org_fixture_must(&fx, rv_org_open(fx.cx, &fx.s.env.org));
        assert_int_equal(rv_feature_on(&fx.s.env, "iam.app_role_assignments"), on);
    }
}

static void the_access_requests_app_becomes_a_member_when_the_feature_is_on_ar32(void **state)
{
    rv_str app = fx.s.env.org->access_requests_app;
    (void)state;
    make("Flows", "okta.workflows.invoke");
    org_fixture_feature(&fx, "iam.app_role_assignments", false);
    assert_int_equal(try_give(RV_MEMBER_APP, app, "CUSTOM", "Flows", "Flows"), RV_INVALID);
    rv_error_clear(fx.cx);
    org_fixture_feature(&fx, "iam.app_role_assignments", true);
    rv_str id = give(RV_MEMBER_APP, app, "CUSTOM", "Flows", "Flows");
    org_fixture_must(&fx, rv_grant_delete(fx.cx, RV_MEMBER_APP, app, id));
    assert_int_equal(rv_grant_delete(fx.cx, RV_MEMBER_APP, app, id), RV_NOT_FOUND);
    /* A standard role may be given to a client again; to a user it may not. */
    assert_int_equal(try_give(RV_MEMBER_APP, app, "REPORT_ADMIN", NULL, NULL), RV_OK);
    assert_int_equal(try_give(RV_MEMBER_APP, app, "REPORT_ADMIN", NULL, NULL), RV_OK);
    rv_str person = org_fixture_person(&fx, "p@example.com");
    assert_true(rv_str_eq(give(RV_MEMBER_USER, person, "HELP_DESK_ADMIN", NULL, NULL),
                          RV_STR("JBCUYUC7IRCVGS27IFCE2SKO")));
    assert_int_equal(try_give(RV_MEMBER_USER, person, "HELP_DESK_ADMIN", NULL, NULL), RV_CONFLICT);
    assert_string_equal(rv_error(fx.cx)->code, "E0000090");
}

static void a_user_shows_the_roles_of_their_groups_too(void **state)
{
    struct org_writer w;
    (void)state;
    rv_str person = org_fixture_person(&fx, "p@example.com"),
           group = org_fixture_group(&fx, "people");
    make("Flows", "okta.workflows.invoke");
    org_fixture_join(&fx, group, person);
    give(RV_MEMBER_GROUP, group, "REPORT_ADMIN", NULL, NULL);
    give(RV_MEMBER_GROUP, group, "CUSTOM", "Flows", "Flows");
    rv_jw_arr(org_writer_begin(&w));
    org_fixture_must(&fx, rv_grant_list(fx.cx, RV_MEMBER_USER, person, &w.w));
    rv_jw_arr_end(&w.w);
    json_t *list = org_writer_end(&fx, &w);
    assert_int_equal(json_array_size(list), 2);
    for (size_t i = 0; i < 2; i++)
        assert_true(rv_str_eq(rv_json_member_str(json_array_get(list, i), "assignmentType"),
                              RV_STR("GROUP")));
}

/* ---- rights do not grow ---------------------------------------------------------------------- */

static void only_super_administrators_give_roles(void **state)
{
    static const char *const types[] = { "ORG_ADMIN", "WORKFLOWS_ADMIN", "USER_ADMIN",
                                         "READ_ONLY_ADMIN" };
    struct org_writer w;
    rv_str id;
    (void)state;
    make("Flows", "okta.workflows.invoke");
    rv_str friend = org_fixture_person(&fx, "friend@example.com");
    make("Read", "okta.iam.read");
    json_t *p = org_fixture_json(&fx, "[\"okta.users.manage\"]");
    for (size_t i = 0; i < RV_LEN(types); i++) {
        rv_str me = org_fixture_person(&fx, rv_z(fx.cx, rv_printf(fx.cx, "me%zu@example.com", i)));
        give(RV_MEMBER_USER, me, types[i], NULL, NULL);
        org_fixture_as(&fx, me);
        assert_int_equal(try_give(RV_MEMBER_USER, friend, "SUPER_ADMIN", NULL, NULL), RV_FORBIDDEN);
        assert_int_equal(try_give(RV_MEMBER_USER, me, "SUPER_ADMIN", NULL, NULL), RV_FORBIDDEN);
        assert_int_equal(try_give(RV_MEMBER_USER, friend, "CUSTOM", "Flows", "Flows"),
                         RV_FORBIDDEN);
        assert_int_equal(refused(rv_role_create(fx.cx, RV_STR("mine"), RV_NONE_STR, p,
                                                org_writer_begin(&w), &id),
                                 &w),
                         RV_FORBIDDEN);
        assert_int_equal(rv_role_permission_put(fx.cx, RV_STR("Flows"), RV_STR("okta.users.manage"),
                                                NULL, false),
                         RV_FORBIDDEN);
        rv_str users = org_fixture_orn(&fx, "directory", "users");
        assert_int_equal(refused(rv_resource_add(fx.cx, RV_STR("Flows"), users, NULL,
                                                 org_writer_begin(&w)),
                                 &w),
                         RV_FORBIDDEN);
        assert_int_equal(rv_resource_set_delete(fx.cx, RV_STR("Flows")), RV_FORBIDDEN);
        org_fixture_root(&fx);
    }
}

static void nobody_changes_an_assignment_that_names_themselves(void **state)
{
    (void)state;
    rv_str admin = org_fixture_admin(&fx), other = org_fixture_person(&fx, "other@example.com"),
           group = org_fixture_group(&fx, "mine");
    make("Flows", "okta.workflows.invoke");
    org_fixture_join(&fx, group, admin);
    rv_str grant = give(RV_MEMBER_USER, other, "SUPER_ADMIN", NULL, NULL);
    org_fixture_as(&fx, admin);
    assert_int_equal(try_give(RV_MEMBER_USER, admin, "WORKFLOWS_ADMIN", NULL, NULL), RV_FORBIDDEN);
    assert_int_equal(try_give(RV_MEMBER_GROUP, group, "WORKFLOWS_ADMIN", NULL, NULL), RV_FORBIDDEN);
    assert_int_equal(try_give(RV_MEMBER_USER, admin, "CUSTOM", "Flows", "Flows"), RV_FORBIDDEN);
    org_fixture_as(&fx, other);
    give(RV_MEMBER_USER, admin, "CUSTOM", "Flows", "Flows");
    org_fixture_as(&fx, admin);
    assert_int_equal(rv_binding_delete(fx.cx, RV_STR("Flows"), RV_STR("Flows")), RV_FORBIDDEN);
    rv_error_clear(fx.cx);
    assert_int_equal(try_give(RV_MEMBER_USER, other, "CUSTOM", "Flows", "Flows"), RV_FORBIDDEN); /* the binding names the caller */
    rv_error_clear(fx.cx);
    org_fixture_must(&fx, rv_grant_delete(fx.cx, RV_MEMBER_USER, other, grant));
}

static void the_last_active_super_administrator_stays(void **state)
{
    struct org_writer w;
    (void)state;
    rv_str admin = org_fixture_admin(&fx), second = org_fixture_person(&fx, "second@example.com");
    rv_jw_arr(org_writer_begin(&w));
    org_fixture_must(&fx, rv_grant_list(fx.cx, RV_MEMBER_USER, admin, &w.w));
    rv_jw_arr_end(&w.w);
    rv_str own = rv_json_member_str(json_array_get(org_writer_end(&fx, &w), 0), "id");
    assert_int_equal(rv_grant_delete(fx.cx, RV_MEMBER_USER, admin, own), RV_FORBIDDEN);
    assert_string_equal(rv_error(fx.cx)->code, "E0000038");
    rv_error_clear(fx.cx);
    give(RV_MEMBER_USER, second, "SUPER_ADMIN", NULL, NULL);
    org_fixture_status(&fx, second, "SUSPENDED"); /* one that is not active does not count */
    assert_int_equal(rv_grant_delete(fx.cx, RV_MEMBER_USER, admin, own), RV_FORBIDDEN);
    rv_error_clear(fx.cx);
    org_fixture_status(&fx, second, "ACTIVE");
    org_fixture_must(&fx, rv_grant_delete(fx.cx, RV_MEMBER_USER, admin, own));
}

static void the_last_super_administrator_cannot_leave_the_group_that_makes_them_one(void **state)
{
    (void)state;
    rv_str admin = org_fixture_admin(&fx), other = org_fixture_person(&fx, "other@example.com"),
           group = org_fixture_group(&fx, "supers");
    org_fixture_join(&fx, group, other);
    give(RV_MEMBER_GROUP, group, "SUPER_ADMIN", NULL, NULL);
    org_fixture_status(&fx, admin, "SUSPENDED");
    assert_int_equal(rv_group_member_set(fx.cx, group, other, false), RV_FORBIDDEN);
    assert_string_equal(rv_error(fx.cx)->code, "E0000038");
    rv_error_clear(fx.cx);
    assert_int_equal(rv_group_delete(fx.cx, group), RV_FORBIDDEN);
    rv_error_clear(fx.cx);
    org_fixture_status(&fx, admin, "ACTIVE");
    org_fixture_must(&fx, rv_group_member_set(fx.cx, group, other, false));
}

struct guarding {
    rv_status (*fn)(struct rv_tx *tx, rv_str id);
    rv_str id;
};
static rv_status guard_tx(struct rv_tx *tx, void *arg)
{
    const struct guarding *g = arg;
    return g->fn(tx, g->id);
}
static rv_status guard(rv_status (*fn)(struct rv_tx *tx, rv_str id), rv_str id)
{
    struct guarding g = { fn, id };
    rv_error_clear(fx.cx);
    return rv_store_read(fx.cx, guard_tx, &g);
}

static void lesser_administrators_do_not_act_on_greater_ones(void **state)
{
    (void)state;
    rv_str help = org_fixture_person(&fx, "help@example.com"),
           plain = org_fixture_person(&fx, "plain@example.com"),
           group = org_fixture_group(&fx, "admins");
    rv_str none = org_fixture_group(&fx, "nothing special");
    give(RV_MEMBER_USER, help, "HELP_DESK_ADMIN", NULL, NULL);
    give(RV_MEMBER_GROUP, group, "ORG_ADMIN", NULL, NULL);
    rv_str admin = org_fixture_admin(&fx);
    org_fixture_as(&fx, help);
    assert_int_equal(guard(rv_guard_user, admin), RV_FORBIDDEN);
    assert_int_equal(guard(rv_guard_user, plain), RV_OK);
    assert_int_equal(guard(rv_guard_user, help), RV_OK);
    assert_int_equal(guard(rv_guard_group, group), RV_FORBIDDEN); /* joining it would give the role */
    assert_int_equal(guard(rv_guard_group, none), RV_OK);
    org_fixture_as(&fx, admin);
    assert_int_equal(guard(rv_guard_user, help), RV_OK);
    assert_int_equal(guard(rv_guard_group, group), RV_OK);
}

static void roles_need_a_fresh_sign_in_of_a_browser_session(void **state)
{
    struct rv_principal old;
    (void)state;
    make("Flows", "okta.workflows.invoke");
    rv_str friend = org_fixture_person(&fx, "friend@example.com");
    org_fixture_as(&fx, org_fixture_admin(&fx));
    old = *fx.cx->principal;
    old.method = RV_AUTH_SESSION;
    fx.cx->principal = &old;
    fx.s.now_ms += 15 * 60000 + 1;
    assert_int_equal(try_give(RV_MEMBER_USER, friend, "CUSTOM", "Flows", "Flows"), RV_FORBIDDEN);
    old.method = RV_AUTH_API_TOKEN;
    assert_int_equal(try_give(RV_MEMBER_USER, friend, "CUSTOM", "Flows", "Flows"), RV_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_custom_role_holds_run_delegated_flow_and_shows_it_under_both_names_ar30, setup,
            teardown),
        cmocka_unit_test_setup_teardown(a_role_refuses_what_no_custom_role_can_hold, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_custom_role_needs_a_resource_set_ar36, setup, teardown),
        cmocka_unit_test_setup_teardown(a_role_that_is_assigned_cannot_be_deleted_until_its_set_is,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_set_takes_urls_and_orns_of_this_organisation_only, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_sets_of_standard_roles_are_shown_and_cannot_be_changed,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_feature_stays_as_it_was_switched_last_however_often_its_transaction_runs, setup,
            teardown),
        cmocka_unit_test_setup_teardown(
            the_access_requests_app_becomes_a_member_when_the_feature_is_on_ar32, setup, teardown),
        cmocka_unit_test_setup_teardown(a_user_shows_the_roles_of_their_groups_too, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(only_super_administrators_give_roles, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_changes_an_assignment_that_names_themselves, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_last_active_super_administrator_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(
            the_last_super_administrator_cannot_leave_the_group_that_makes_them_one, setup,
            teardown),
        cmocka_unit_test_setup_teardown(lesser_administrators_do_not_act_on_greater_ones, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(roles_need_a_fresh_sign_in_of_a_browser_session, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
