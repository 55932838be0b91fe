/* tests/unit/requests/test_teams.c: teams, lists, access and synchronisation on a real store. */
#include "store_fixture.h"
#include "org_stand_in.h"

static struct store_fixture fx;
static const struct rv_sql_module *const modules[] = { &rv_sql_team, &rv_sql_team_member, &rv_sql_team_access, &rv_sql_config_list,
                                                       &rv_sql_config_list_item, &rv_sql_sync, &rv_sql_integration, NULL };
static const struct rv_job_kind sync_jobs[] = { { .name = "resource.sync", .run = rv_sync_run, .help = "as in wiring.c" }, { .name = NULL } };
static const struct rv_job_kind *const jobs[] = { sync_jobs, NULL };
static const char a[] = "00uaaaaaaaaaaaaaaaaa", b[] = "00ubbbbbbbbbbbbbbbbb", c[] = "00uccccccccccccccccc";

static void must(rv_status st)
{
    const struct rv_error *e = rv_error(&fx.cx);
    if (st != RV_OK)
        fail_msg("%s: %s %s", rv_status_info(st)->name, e->message != NULL ? e->message : "",
                 e->detail != NULL ? e->detail : "");
}

static int setup(void **state)
{
    (void)state;
    stand_in = (struct stand_in){ .feature = true, .interval_ms = 86400000 };
    store_fixture_open(&fx, modules, jobs);
    fx.env.local = &stand_in_local;
    fx.env.log = rv_log_new(RV_LOG_ERROR, false);
    must(rv_requests_open(&fx.cx));
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    rv_log_free(fx.env.log);
    store_fixture_close(&fx);
    return 0;
}

/* ---- helpers --------------------------------------------------------------------------------- */

static json_t *written(rv_status (*fn)(struct rv_cx *cx, rv_str id, struct rv_jw *w), rv_str id)
{
    struct rv_buf buf;
    struct rv_jw w;
    rv_str text;
    json_t *j;
    rv_buf_init(&buf, 1 << 20);
    rv_jw_init(&w, &buf);
    must(fn(&fx.cx, id, &w));
    must(rv_buf_str(&fx.cx, &buf, &text));
    must(rv_json_parse(&fx.cx, text, &rv_json_limits_default, &j));
    rv_buf_done(&buf);
    return j;
}

static rv_str team_of_three(void)
{
    struct rv_team_in in = { .name = RV_STR("Badge desk") };
    rv_str id;
    must(rv_team_create(&fx.cx, &in, &id));
    must(rv_team_put_member(&fx.cx, id, rv_str_of(a), RV_NONE_STR));
    must(rv_team_put_member(&fx.cx, id, rv_str_of(b), RV_NONE_STR));
    must(rv_team_put_member(&fx.cx, id, rv_str_of(c), RV_NONE_STR));
    return id;
}

static void assign(rv_str id, const char *mode, const char *member, json_t *excluded)
{
    struct rv_team_in in = { .has_assignment = true,
                             .assign_mode = rv_str_of(mode),
                             .assign_member_id = rv_str_of(member),
                             .excluded = excluded,
                             .version = json_integer_value(
                                 json_object_get(written(rv_team_get, id), "version")) };
    must(rv_team_update(&fx.cx, id, &in));
}

struct turns {
    rv_str team;
    int n;
    char who[9]; /* third letter of each id behind the prefix; '-' nobody */
};
static rv_status turns_tx(struct rv_tx *tx, void *arg)
{
    struct turns *t = arg;
    for (int i = 0; i < t->n; i++) {
        rv_str id;
        RV_TRY(rv_team_next_assignee(tx, t->team, &id));
        t->who[i] = id.p != NULL ? id.p[3] : '-';
    }
    t->who[t->n] = '\0';
    return RV_OK;
}
static void turns(rv_str team, const char *expected)
{
    struct turns t = { .team = team, .n = (int)strlen(expected) };
    must(rv_store_write(&fx.cx, turns_tx, &t));
    assert_string_equal(t.who, expected);
}

/* ---- who is next ----------------------------------------------------------------------------- */

static void test_rotation_gives_each_member_a_turn_in_the_order_of_joining_ar53(void **state)
{
    (void)state;
    rv_str id = team_of_three();
    assign(id, "ROTATE", NULL, NULL);
    turns(id, "abcabca"); /* one transaction, one millisecond */
    fx.now_ms += 1000;
    turns(id, "b");
    fx.now_ms -= 60000; /* a clock that goes back does not give anybody a second turn */
    turns(id, "cab");
}

static void test_rotation_skips_who_is_away_excluded_or_suspended_ar54(void **state)
{
    (void)state;
    rv_str id = team_of_three();
    assign(id, "ROTATE", NULL, NULL);
    must(rv_team_put_member(&fx.cx, id, rv_str_of(b), RV_STR("AWAY")));
    turns(id, "acac");
    must(rv_team_put_member(&fx.cx, id, rv_str_of(b), RV_STR("AVAILABLE")));
    turns(id, "bac");
    json_t *list = json_pack("[s]", a);
    assign(id, "ROTATE", NULL, list);
    json_decref(list);
    turns(id, "bcb");
    stand_in.idle = b;
    turns(id, "cc");
    must(rv_team_put_member(&fx.cx, id, rv_str_of(c), RV_STR("AWAY")));
    turns(id, "-");
}

static void test_one_member_or_nobody_gets_all(void **state)
{
    (void)state;
    rv_str id = team_of_three();
    turns(id, "--");
    assign(id, "MEMBER", c, NULL);
    turns(id, "ccc");
    must(rv_team_remove_member(&fx.cx, id, rv_str_of(c)));
    turns(id, "-");
    assert_string_equal(json_string_value(
                            json_object_get(json_object_get(written(rv_team_get, id), "assignment"),
                                            "mode")),
                        "OFF");
}

static void test_adding_a_member_tells_that_person_once(void **state)
{
    (void)state;
    rv_str id = team_of_three();
    assert_int_equal(stand_in.notices, 3);
    assert_string_equal(stand_in.last_notice, "N13");
    must(rv_team_put_member(&fx.cx, id, rv_str_of(a), RV_NONE_STR));
    assert_int_equal(stand_in.notices, 3);
    stand_in.idle = "00uddddddddddddddddd";
    assert_int_equal(rv_team_put_member(&fx.cx, id, rv_str_of(stand_in.idle), RV_NONE_STR),
                     RV_CONFLICT);
    assert_int_equal(rv_team_put_member(&fx.cx, id, RV_STR("nobody"), RV_NONE_STR), RV_NOT_FOUND);
}

/* ---- deleting -------------------------------------------------------------------------------- */

static rv_status load_tx(struct rv_tx *tx, void *arg)
{
    struct rv_team *t = arg;
    bool found;
    RV_TRY(rv_team_load(tx, t->id, &found, t));
    return found ? RV_OK : RV_NOT_FOUND;
}

static void
test_a_team_that_is_needed_stays_and_a_deleted_one_keeps_its_name_for_requests(void **state)
{
    (void)state;
    struct rv_team t = { .id = team_of_three() };
    rv_str id = t.id, again;
    stand_in.in_use = "Badge access";
    assert_int_equal(rv_team_delete(&fx.cx, id), RV_CONFLICT);
    assert_non_null(strstr(rv_error(&fx.cx)->message, "\"Badge access\""));
    stand_in.in_use = NULL;
    stand_in.open_requests = true;
    assert_int_equal(rv_team_delete(&fx.cx, id), RV_CONFLICT);
    stand_in.open_requests = false;
    rv_error_clear(&fx.cx);
    must(rv_team_delete(&fx.cx, id));
    assert_int_equal(rv_team_delete(&fx.cx, id), RV_NOT_FOUND);
    rv_error_clear(&fx.cx);
    must(rv_store_read(&fx.cx, load_tx, &t));
    assert_string_equal(rv_z(&fx.cx, t.name), "Badge desk");
    assert_string_equal(rv_z(&fx.cx, t.status), "DELETED");
    struct rv_team_in in = { .name = RV_STR("badge DESK") };
    must(rv_team_create(&fx.cx, &in, &again)); /* the name is free again */
    assert_int_equal(rv_team_create(&fx.cx, &in, &again), RV_INVALID);
}

/* ---- synchronisation ------------------------------------------------------------------------- */

static json_t *workflows(void)
{
    return written(rv_resource_type_get, RV_STR("workflows"));
}
static const char *member(const json_t *j, const char *key)
{
    const char *s = json_string_value(json_object_get(j, key));
    return s != NULL ? s : "";
}
static rv_status job_tx(struct rv_tx *tx, void *arg)
{
    static const struct rv_sql q = {
        .name = "test_sync_job",
        .text = "SELECT id, due_at FROM job WHERE kind = 'resource.sync' AND key = 'workflows'",
        .out = "id:int due_at:time"
    };
    struct rv_job *j = arg;
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &q, &r, &found, RV_ARGS()));
    j->id = found ? rv_col_int(&r, 0) : -1;
    j->due_at = found ? rv_col_int(&r, 1) : -1;
    return found ? rv_rows_end(&r) : RV_OK;
}
/* As a worker does it. */
static void run_sync(void)
{
    struct rv_job j = { .kind = RV_STR("resource.sync"), .key = RV_STR("workflows"), .attempt = 1 };
    must(rv_store_write(&fx.cx, job_tx, &j));
    stand_in.calls = 0;
    stand_in.rechecked[0] = '\0';
    must(rv_sync_run(&fx.cx, &j));
}
static int64_t due(void)
{
    struct rv_job j;
    must(rv_store_write(&fx.cx, job_tx, &j));
    return j.due_at;
}

#define FLOW(id, inputs) "{\"id\":\"" id "\",\"name\":\"Flow " id "\",\"description\":\"\",\"folderPath\":\"F\",\"enabled\":true,\"mayInvoke\":true,\"inputs\":" inputs "}"
#define TEXT_INPUT "[{\"key\":\"x\",\"label\":\"X\",\"type\":\"text\",\"required\":true}]"

static void test_the_snapshot_is_replaced_page_by_page_as_the_access_requests_app(void **state)
{
    (void)state;
    stand_in.pages[0] = "[" FLOW("1", TEXT_INPUT) "," FLOW("2", "[]") "]";
    stand_in.pages[1] = "[" FLOW("3", "[]") ",{\"id\":\"4\",\"enabled\":true,\"mayInvoke\":false},{"
                                            "\"id\":\"5\",\"enabled\":false,\"mayInvoke\":true}]";
    run_sync();
    assert_int_equal(stand_in.calls, 2);
    assert_string_equal(stand_in.as, "0oaaccessrequests000");
    assert_int_equal(json_integer_value(json_object_get(workflows(), "count")), 3);
    assert_string_equal(stand_in.rechecked, "");
    assert_string_equal(stand_in.last_event, "reeve.sync.finish");
    assert_int_equal(due(), fx.now_ms + 86400000);
    /* One changed its inputs, one went, one is as it was, one is new. */
    fx.now_ms += 5000;
    stand_in.pages[0] = "[" FLOW("1", "[]") "," FLOW("3", "[]") "," FLOW("6", "[]") "]";
    stand_in.pages[1] = NULL;
    run_sync();
    assert_string_equal(stand_in.rechecked, "FLOW:1;FLOW:2;");
    assert_int_equal(json_integer_value(json_object_get(workflows(), "count")), 3);
}

static void test_a_failed_run_says_why_keeps_the_snapshot_and_comes_again_sooner(void **state)
{
    (void)state;
    stand_in.pages[0] = "[" FLOW("1", "[]") "]";
    run_sync();
    stand_in.page_status = 500;
    run_sync();
    json_t *t = workflows();
    assert_string_equal(member(t, "status"), "FAILED");
    assert_non_null(strstr(member(t, "error"), "500"));
    assert_int_equal(json_integer_value(json_object_get(t, "count")), 1);
    assert_int_equal(due(), fx.now_ms + 3600000);
    assert_string_equal(stand_in.rechecked, "");
    stand_in.page_status = 0;
    stand_in.app_gone = true;
    run_sync();
    assert_non_null(strstr(member(workflows(), "error"), "Access Requests app"));
    stand_in.app_gone = false;
    run_sync();
    t = workflows();
    assert_string_equal(member(t, "status"), "IDLE");
    assert_true(json_is_null(json_object_get(t, "error")));
}

static void test_no_workflow_is_explained_in_a_sentence_ar34(void **state)
{
    (void)state;
    assert_non_null(strstr(member(workflows(), "hint"), "Update now"));
    stand_in.page_status = 403;
    stand_in.sees_nothing = true;
    run_sync();
    assert_string_equal(member(workflows(), "status"), "IDLE");
    assert_string_equal(
        member(workflows(), "hint"),
        "0 workflows visible: the role assignment of the Access Requests app is missing.");
    stand_in.sees_nothing = false;
    assert_non_null(strstr(member(workflows(), "hint"), "no flow of the assigned resource set"));
    stand_in.app_gone = true;
    assert_non_null(strstr(member(workflows(), "hint"), "deleted or is not active"));
    stand_in.app_gone = false;
    stand_in.page_status = 0;
    stand_in.pages[0] = "[" FLOW("1", "[]") "]";
    run_sync();
    assert_true(json_is_null(json_object_get(workflows(), "hint")));
}

static void test_one_order_at_a_time_and_always_a_next_run(void **state)
{
    (void)state;
    assert_int_equal(due(), fx.now_ms + 86400000);
    must(rv_sync_order(&fx.cx, RV_STR("workflows")));
    assert_int_equal(due(), fx.now_ms);
    assert_string_equal(member(workflows(), "status"), "RUNNING");
    assert_int_equal(rv_sync_order(&fx.cx, RV_STR("workflows")), RV_CONFLICT);
    rv_error_clear(&fx.cx);
    /* The process dies and comes again: the job is still due. */
    must(rv_requests_open(&fx.cx));
    assert_int_equal(due(), fx.now_ms);
    run_sync();
    assert_string_equal(member(workflows(), "status"), "IDLE");
    assert_int_equal(due(), fx.now_ms + 86400000);
    must(rv_sync_order(&fx.cx, RV_STR("workflows")));
    run_sync();
    /* A shorter interval counts at once, a longer one from the next run on. */
    stand_in.interval_ms = 3600000;
    must(rv_sync_replan(&fx.cx));
    assert_int_equal(due(), fx.now_ms + 3600000);
    stand_in.interval_ms = 7200000;
    must(rv_sync_replan(&fx.cx));
    assert_int_equal(due(), fx.now_ms + 3600000);
    assert_int_equal(rv_sync_order(&fx.cx, RV_STR("planets")), RV_NOT_FOUND);
}

static void test_without_the_feature_workflows_are_no_resource_and_no_action_ar38(void **state)
{
    (void)state;
    stand_in.feature = false;
    struct rv_buf buf;
    struct rv_jw w;
    rv_str text;
    rv_buf_init(&buf, 1 << 20);
    rv_jw_init(&w, &buf);
    rv_jw_arr(&w);
    must(rv_resource_type_list(&fx.cx, &w));
    must(rv_integration_list(&fx.cx, &w));
    rv_jw_arr_end(&w);
    must(rv_buf_str(&fx.cx, &buf, &text));
    assert_true(rv_str_contains(text, RV_STR("\"type\":\"groups\"")));
    assert_false(rv_str_contains(text, RV_STR("\"type\":\"workflows\"")));
    assert_true(rv_str_contains(text, RV_STR("\"action\":\"RUN_WORKFLOW\",\"name\":\"Run a "
                                             "workflow\",\"on\":false,\"available\":false")));
    rv_buf_done(&buf);
    assert_int_equal(rv_sync_order(&fx.cx, RV_STR("workflows")), RV_NOT_FOUND);
    rv_error_clear(&fx.cx);
    run_sync();
    assert_int_equal(stand_in.calls, 0);
    assert_int_equal(due(), fx.now_ms + 86400000);
}

/* ---- the beginning --------------------------------------------------------------------------- */

static int count_teams(void)
{
    struct rv_request_query q = { .limit = 200 };
    struct rv_buf buf;
    struct rv_jw w;
    rv_str text, next;
    json_t *j;
    rv_buf_init(&buf, 1 << 20);
    rv_jw_init(&w, &buf);
    rv_jw_arr(&w);
    must(rv_team_list(&fx.cx, &q, &w, &next));
    rv_jw_arr_end(&w);
    must(rv_buf_str(&fx.cx, &buf, &text));
    must(rv_json_parse(&fx.cx, text, &rv_json_limits_default, &j));
    rv_buf_done(&buf);
    if (json_array_size(j) == 1)
        must(rv_team_delete(&fx.cx, rv_json_member_str(json_array_get(j, 0), "id")));
    return (int)json_array_size(j);
}

static void test_the_team_it_is_there_from_the_beginning_and_gone_once_deleted(void **state)
{
    (void)state;
    assert_int_equal(count_teams(), 1); /* and deletes it */
    must(rv_requests_open(&fx.cx));
    assert_int_equal(count_teams(), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_rotation_gives_each_member_a_turn_in_the_order_of_joining_ar53),
        T(test_rotation_skips_who_is_away_excluded_or_suspended_ar54),
        T(test_one_member_or_nobody_gets_all),
        T(test_adding_a_member_tells_that_person_once),
        T(test_a_team_that_is_needed_stays_and_a_deleted_one_keeps_its_name_for_requests),
        T(test_the_snapshot_is_replaced_page_by_page_as_the_access_requests_app),
        T(test_a_failed_run_says_why_keeps_the_snapshot_and_comes_again_sooner),
        T(test_no_workflow_is_explained_in_a_sentence_ar34),
        T(test_one_order_at_a_time_and_always_a_next_run),
        T(test_without_the_feature_workflows_are_no_resource_and_no_action_ar38),
        T(test_the_team_it_is_there_from_the_beginning_and_gone_once_deleted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
