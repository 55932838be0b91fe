/* tests/unit/org/test_directory.c: events, features, settings, look-ups of people. */
#include "org_fixture.h"
#include "org/events.h"

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

/* ---- events ---------------------------------------------------------------------------------- */

static void every_type_of_event_has_one_number_and_one_name(void **state)
{
    static const struct {
        int number;
        const char *type, *message;
    } all[] = {
#define RV_X(number, type, severity, message) { number, type, message },
        RV_EVENT_TABLE(RV_X)
#undef RV_X
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(all); i++) {
        assert_true(all[i].number > 0);
        assert_true(all[i].message[0] != '\0');
        for (size_t j = 0; j < i; j++) {
            if (all[i].number == all[j].number || strcmp(all[i].type, all[j].type) == 0)
                fail_msg("%s and %s", all[i].type, all[j].type);
        }
    }
}

struct adding {
    const char *type;
    bool fail;
};

static rv_status add_tx(struct rv_tx *tx, void *arg)
{
    const struct adding *a = arg;
    RV_TRY(rv_event_add(tx, a->type, true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Flow",
                                     .id = RV_STR("01J"),
                                     .name = RV_STR("Badge \"access\"\n") }),
                        RV_STR("{\"k\":1}")));
    return a->fail ? rv_fail(rv_tx_cx(tx), RV_CONFLICT, "for the test") : RV_OK;
}

static json_t *last_event(void)
{
    struct org_writer w;
    rv_str next;
    struct rv_event_query q = { .descending = true, .limit = 1 };
    org_fixture_root(&fx);
    struct rv_jw *jw = org_writer_begin(&w);
    rv_jw_arr(jw);
    org_fixture_must(&fx, rv_event_page(fx.cx, &q, jw, &next));
    rv_jw_arr_end(jw);
    return json_array_get(org_writer_end(&fx, &w), 0);
}

static void an_event_belongs_to_its_transaction(void **state)
{
    struct adding a = { .type = "workflows.user.flow.create" };
    (void)state;
    org_fixture_must(&fx, rv_store_write(fx.cx, add_tx, &a));
    json_t *e = last_event();
    assert_string_equal(json_string_value(json_object_get(e, "eventType")),
                        "workflows.user.flow.create");
    assert_string_equal(json_string_value(json_object_get(json_object_get(e, "actor"), "type")),
                        "SystemPrincipal");
    assert_string_equal(json_string_value(
                            json_object_get(json_array_get(json_object_get(e, "target"), 0),
                                            "displayName")),
                        "Badge \"access\"\n");
    assert_int_equal(json_integer_value(json_object_get(
                         json_object_get(json_object_get(e, "debugContext"), "debugData"), "k")),
                     1);
    a = (struct adding){ .type = "workflows.user.flow.delete", .fail = true };
    assert_int_equal(rv_store_write(fx.cx, add_tx, &a), RV_CONFLICT);
    assert_string_equal(json_string_value(json_object_get(last_event(), "eventType")),
                        "workflows.user.flow.create");
}

static void an_event_names_who_acted(void **state)
{
    struct adding a = { .type = "workflows.user.flow.save" };
    rv_str id = org_fixture_person(&fx, "actor@example.com");
    (void)state;
    org_fixture_as(&fx, id);
    org_fixture_must(&fx, rv_store_write(fx.cx, add_tx, &a));
    json_t *actor = json_object_get(last_event(), "actor");
    assert_true(rv_str_eq(rv_json_member_str(actor, "id"), id));
    assert_string_equal(json_string_value(json_object_get(actor, "alternateId")),
                        "actor@example.com");
    assert_string_equal(json_string_value(json_object_get(actor, "type")), "User");
    org_fixture_as_app(&fx);
    org_fixture_must(&fx, rv_store_write(fx.cx, add_tx, &a));
    assert_string_equal(json_string_value(
                            json_object_get(json_object_get(last_event(), "actor"), "type")),
                        "PublicClientApp");
}

/* Polls until nothing comes; gives how many there were. */
static size_t poll_all(rv_str *cursor, int limit)
{
    size_t n = 0, got;
    do {
        struct org_writer w;
        struct rv_event_query q = { .since = RV_STR("2026-01-01T00:00:00Z"),
                                    .limit = limit,
                                    .after = *cursor };
        org_fixture_root(&fx);
        struct rv_jw *jw = org_writer_begin(&w);
        rv_jw_arr(jw);
        org_fixture_must(&fx, rv_event_page(fx.cx, &q, jw, cursor));
        rv_jw_arr_end(jw);
        got = json_array_size(org_writer_end(&fx, &w));
        assert_non_null(cursor->p);
        n += got;
    } while (got > 0);
    return n;
}

static void a_poll_sees_each_event_once_also_when_the_clock_steps_back(void **state)
{
    struct adding a = { .type = "workflows.user.flow.view" };
    rv_str cursor = RV_NONE_STR;
    (void)state;
    (void)poll_all(&cursor, 3);
    for (int i = 0; i < 7; i++) {
        fx.s.now_ms -= 1000; /* somebody sets the clock */
        org_fixture_must(&fx, rv_store_write(fx.cx, add_tx, &a));
    }
    assert_int_equal(poll_all(&cursor, 3), 7);
    assert_int_equal(poll_all(&cursor, 3), 0);
    fx.s.now_ms += 7000;
}

/* ---- features -------------------------------------------------------------------------------- */

static const char ACTIONS[] = "access_requests.workflow_actions", APP_ROLES[] = "iam.app_role_assignments";

static const struct rv_feature *feature(const struct rv_feature *registry, const char *key)
{
    while (registry->key != NULL && strcmp(registry->key, key) != 0)
        registry++;
    return registry;
}

static void the_registry_is_consistent(void **state)
{
    (void)state;
    for (const struct rv_feature *f = rv_feature_registry; f->key != NULL; f++) {
        assert_true(rv_id_is_prefixed(rv_str_of(f->id), "ftr"));
        assert_true(f->name[0] != '\0' && f->description[0] != '\0');
        for (size_t i = 0; i < RV_LEN(f->depends_on) && f->depends_on[i] != NULL; i++)
            assert_non_null(feature(rv_feature_registry, f->depends_on[i])->key);
    }
    assert_int_equal(feature(rv_feature_registry, ACTIONS)->stage, RV_EA);
    assert_false(rv_feature_on(&fx.s.env, ACTIONS));
}

static size_t listed(void)
{
    struct org_writer w;
    struct rv_jw *jw = org_writer_begin(&w);
    rv_jw_arr(jw);
    org_fixture_must(&fx, rv_feature_page(fx.cx, jw));
    rv_jw_arr_end(jw);
    return json_array_size(org_writer_end(&fx, &w));
}

/* The release after next: the same features, one of them generally available. */
static void reopen(enum rv_stage stage)
{
    static struct rv_feature registry[8];
    size_t n = 0;
    for (const struct rv_feature *f = rv_feature_registry; f->key != NULL; f++) {
        registry[n] = *f;
        if (strcmp(f->key, ACTIONS) == 0)
            registry[n].stage = stage;
        n++;
    }
    registry[n] = (struct rv_feature){ .key = NULL };
    rv_features_free(fx.s.env.org);
    org_fixture_must(&fx, rv_features_open_with(fx.cx, fx.s.env.org, registry));
}

static void a_feature_that_is_generally_available_is_on_whatever_was_stored_ar39(void **state)
{
    rv_str id = rv_str_of(feature(rv_feature_registry, ACTIONS)->id);
    (void)state;
    org_fixture_root(&fx);
    org_fixture_feature(&fx, ACTIONS, true);
    org_fixture_feature(&fx, ACTIONS, false); /* a row says: off */
    size_t before = listed();
    reopen(RV_GA);
    assert_true(rv_feature_on(&fx.s.env, ACTIONS));
    assert_int_equal(listed(), before - 1);
    assert_int_equal(rv_feature_switch(fx.cx, id, false, true), RV_METHOD);
    assert_true(rv_feature_on(&fx.s.env, ACTIONS));
    org_fixture_root(&fx);
    reopen(RV_EA); /* as it was before, with what was stored */
    assert_false(rv_feature_on(&fx.s.env, ACTIONS));
}

static void dependencies_stop_a_switch_unless_it_is_forced_ar40(void **state)
{
    rv_str actions = rv_str_of(feature(rv_feature_registry, ACTIONS)->id),
           roles = rv_str_of(feature(rv_feature_registry, APP_ROLES)->id);
    (void)state;
    org_fixture_root(&fx);
    org_fixture_feature(&fx, APP_ROLES, false);
    assert_int_equal(rv_feature_switch(fx.cx, actions, true, false), RV_INVALID);
    assert_string_equal(rv_error(fx.cx)->code, "E0000141");
    assert_false(rv_feature_on(&fx.s.env, ACTIONS));
    org_fixture_root(&fx);
    org_fixture_must(&fx, rv_feature_switch(fx.cx, actions, true, true));
    assert_true(rv_feature_on(&fx.s.env, ACTIONS) && rv_feature_on(&fx.s.env, APP_ROLES));
    assert_int_equal(rv_feature_switch(fx.cx, roles, false, false), RV_INVALID);
    assert_true(rv_feature_on(&fx.s.env, APP_ROLES));
    org_fixture_root(&fx);
    org_fixture_must(&fx, rv_feature_switch(fx.cx, roles, false, true));
    assert_false(rv_feature_on(&fx.s.env, ACTIONS) || rv_feature_on(&fx.s.env, APP_ROLES));
}

static void a_closed_beta_can_only_be_switched_off(void **state)
{
    rv_str id = rv_str_of(feature(rv_feature_registry, ACTIONS)->id);
    (void)state;
    org_fixture_root(&fx);
    org_fixture_feature(&fx, APP_ROLES, true);
    org_fixture_feature(&fx, ACTIONS, true);
    reopen(RV_BETA_CLOSED);
    org_fixture_must(&fx, rv_feature_switch(fx.cx, id, false, false));
    assert_int_equal(rv_feature_switch(fx.cx, id, true, true), RV_METHOD);
    org_fixture_root(&fx);
    reopen(RV_EA);
}

/* ---- settings -------------------------------------------------------------------------------- */

static rv_status patch(const char *body)
{
    org_fixture_root(&fx);
    return rv_settings_update(fx.cx, org_fixture_json(&fx, body));
}

static void settings_have_defaults_change_by_version_and_survive_a_reopening(void **state)
{
    (void)state;
    assert_int_equal(rv_setting_int(&fx.s.env, "syncInterval"), 24 * 3600000);
    assert_int_equal(rv_setting_int(&fx.s.env, "runRetention"), INT64_C(30) * 24 * 3600000);
    assert_false(rv_setting_bool(&fx.s.env, "requestersMayEscalate"));
    org_fixture_must(&fx, patch("{\"version\":1,\"syncInterval\":\"30min\","
                                "\"requestersMayEscalate\":true,\"zone\":\"Europe/Berlin\"}"));
    assert_int_equal(rv_setting_int(&fx.s.env, "syncInterval"), 30 * 60000);
    assert_true(rv_setting_bool(&fx.s.env, "requestersMayEscalate"));
    assert_true(rv_str_eq(rv_org_zone(fx.cx), RV_STR("Europe/Berlin")));
    assert_int_equal(patch("{\"version\":1,\"zone\":\"UTC\"}"), RV_CONFLICT);
    assert_int_equal(patch("{\"version\":2,\"zone\":\"UTC\",\"syncInterval\":\"never\"}"),
                     RV_INVALID);
    assert_true(rv_str_eq(rv_org_zone(fx.cx), RV_STR("Europe/Berlin")));
    rv_settings_free(fx.s.env.org);
    org_fixture_root(&fx);
    org_fixture_must(&fx, rv_settings_open(fx.cx, fx.s.env.org));
    assert_true(rv_str_eq(rv_org_zone(fx.cx), RV_STR("Europe/Berlin")));
    org_fixture_must(&fx, patch("{\"version\":2,\"syncInterval\":\"24h\"}"));
}

enum { Q_PASSWORD, Q_N };
static const struct rv_sql directory_test_sql[Q_N] = {
    [Q_PASSWORD] = { .name = "test_password", .text = "SELECT value FROM setting WHERE name = 'mailPassword'", .out = "value:text" },
};

static rv_status password_tx(struct rv_tx *tx, void *arg)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &directory_test_sql[Q_PASSWORD], &r, &found, RV_ARGS()));
    assert_true(found);
    *(rv_str *)arg = rv_col_str(&r, 0);
    return rv_rows_end(&r);
}

static void the_password_of_the_mail_server_is_stored_sealed_and_never_shown(void **state)
{
    struct org_writer w;
    struct rv_mail_settings m;
    rv_str stored;
    (void)state;
    org_fixture_must(&fx, patch("{\"version\":3,\"mailHost\":\"mail.example.com\",\"mailUser\":"
                                "\"reeve\",\"mailPassword\":\"s3cret-of-mail\"}"));
    org_fixture_must(&fx, rv_store_read(fx.cx, password_tx, &stored));
    assert_false(rv_str_contains(stored, RV_STR("s3cret-of-mail")));
    org_fixture_must(&fx, rv_mail_settings(fx.cx, &m));
    assert_true(rv_str_eq(m.server.password, RV_STR("s3cret-of-mail")));
    org_fixture_must(&fx, rv_settings_write(fx.cx, org_writer_begin(&w)));
    json_t *shown = org_writer_end(&fx, &w);
    assert_null(json_object_get(shown, "mailPassword"));
    assert_true(json_is_true(json_object_get(shown, "mailPasswordSet")));
    org_fixture_must(&fx, patch("{\"version\":4,\"mailHost\":null,\"mailPassword\":null}"));
    assert_false(rv_mail_configured(&fx.s.env));
}

/* ---- people ---------------------------------------------------------------------------------- */

static rv_str create(const char *login, const char *email, const char *manager, const char *more)
{
    rv_str id;
    json_t *body =
        org_fixture_json(&fx,
                         rv_z(fx.cx,
                              rv_printf(fx.cx,
                                        "{\"profile\":{\"login\":\"%s\",\"email\":\"%s\","
                                        "\"firstName\":\"F\",\"lastName\":\"L\"%s%s%s%s}}",
                                        login, email, manager != NULL ? ",\"managerId\":\"" : "",
                                        manager != NULL ? manager : "", manager != NULL ? "\"" : "",
                                        more)));
    struct rv_person_create in = { .body = body, .activate = true };
    org_fixture_root(&fx);
    org_fixture_must(&fx, rv_person_create(fx.cx, &in, &id));
    return id;
}

struct looking {
    rv_str id;
    bool found;
    struct rv_person p;
};
static rv_status manager_tx(struct rv_tx *tx, void *arg)
{
    struct looking *l = arg;
    return rv_person_manager(tx, l->id, &l->found, &l->p);
}
static rv_status find_tx(struct rv_tx *tx, void *arg)
{
    struct looking *l = arg;
    return rv_person_find(tx, l->id, &l->found, &l->p);
}

static void the_manager_is_found_by_login_then_by_email_and_only_when_active(void **state)
{
    rv_str boss = create("boss@example.com", "boss.mail@example.com", NULL, "");
    struct looking by_login = { .id = create("a@example.com", "a@example.com", "BOSS@example.com",
                                             "") };
    struct looking by_email = { .id = create("b@example.com", "b@example.com",
                                             "boss.mail@example.com", "") };
    struct looking by_name = { .id = create("c@example.com", "c@example.com", "F L", "") };
    struct looking none = { .id = create("d@example.com", "d@example.com", NULL, "") };
    (void)state;
    org_fixture_must(&fx, rv_store_read(fx.cx, manager_tx, &by_login));
    assert_true(by_login.found && rv_str_eq(by_login.p.id, boss));
    org_fixture_must(&fx, rv_store_read(fx.cx, manager_tx, &by_email));
    assert_true(by_email.found && rv_str_eq(by_email.p.id, boss));
    org_fixture_must(&fx, rv_store_read(fx.cx, manager_tx, &by_name));
    assert_false(by_name.found);
    org_fixture_must(&fx, rv_store_read(fx.cx, manager_tx, &none));
    assert_false(none.found);
    org_fixture_status(&fx, boss, "SUSPENDED");
    org_fixture_must(&fx, rv_store_read(fx.cx, manager_tx, &by_login));
    assert_false(by_login.found);
}

static void people_are_found_by_id_login_or_email_in_any_case(void **state)
{
    rv_str id = create("\xc3\x84nne@example.com", "anne@example.com", NULL,
                       ",\"timezone\":\"Europe/Berlin\"");
    static const char *const keys[] = { "\xc3\xa4NNE@Example.com", "ANNE@example.com" };
    struct looking l = { .id = id };
    (void)state;
    org_fixture_must(&fx, rv_store_read(fx.cx, find_tx, &l));
    assert_true(l.found && rv_str_eq(l.p.zone, RV_STR("Europe/Berlin")));
    for (size_t i = 0; i < RV_LEN(keys); i++) {
        l = (struct looking){ .id = rv_str_of(keys[i]) };
        org_fixture_must(&fx, rv_store_read(fx.cx, find_tx, &l));
        assert_true(l.found && rv_str_eq(l.p.id, id));
    }
    l = (struct looking){ .id = RV_STR("nobody@example.com") };
    org_fixture_must(&fx, rv_store_read(fx.cx, find_tx, &l));
    assert_false(l.found);
}

static void the_picker_takes_first_last_and_both_names(void **state)
{
    struct rv_person *list;
    size_t n;
    (void)state;
    org_fixture_root(&fx);
    org_fixture_must(&fx, rv_person_list(fx.cx, RV_STR("f l"), 20, &list, &n));
    assert_true(n >= 5);
    org_fixture_must(&fx, rv_person_list(fx.cx, RV_STR("boss"), 20, &list, &n));
    assert_int_equal(n, 1);
    org_fixture_must(&fx, rv_person_list(fx.cx, RV_STR(""), 3, &list, &n));
    assert_int_equal(n, 3);
    org_fixture_must(&fx, rv_person_list(fx.cx, RV_STR("zzz"), 20, &list, &n));
    assert_int_equal(n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_of_event_has_one_number_and_one_name),
        cmocka_unit_test(an_event_belongs_to_its_transaction),
        cmocka_unit_test(an_event_names_who_acted),
        cmocka_unit_test(a_poll_sees_each_event_once_also_when_the_clock_steps_back),
        cmocka_unit_test(the_registry_is_consistent),
        cmocka_unit_test(a_feature_that_is_generally_available_is_on_whatever_was_stored_ar39),
        cmocka_unit_test(dependencies_stop_a_switch_unless_it_is_forced_ar40),
        cmocka_unit_test(a_closed_beta_can_only_be_switched_off),
        cmocka_unit_test(settings_have_defaults_change_by_version_and_survive_a_reopening),
        cmocka_unit_test(the_password_of_the_mail_server_is_stored_sealed_and_never_shown),
        cmocka_unit_test(the_manager_is_found_by_login_then_by_email_and_only_when_active),
        cmocka_unit_test(people_are_found_by_id_login_or_email_in_any_case),
        cmocka_unit_test(the_picker_takes_first_last_and_both_names),
    };
    return cmocka_run_group_tests_name("org-directory", tests, setup, teardown);
}
