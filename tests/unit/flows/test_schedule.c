/* Scheduled flows on a clock that the test turns: what is planned, what starts, what is made up
 * for. */
#include "flow_fixture.h"
#include <stdlib.h>

static struct flow_fixture fx; /* starts at 2026-09-21T14:13:20Z */
enum { HOUR = 3600 * 1000 };

static int setup(void **state)
{
    (void)state;
    flow_fixture_open(&fx, true);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    flow_fixture_close(&fx);
    return 0;
}

#define QUARTERS "\"minutes\":\"*/15\",\"hours\":\"*\""

static const char *cards(const char *schedule, const char *more)
{
    return rv_z(&fx.s.cx,
                rv_printf(&fx.s.cx,
                          "[{\"id\":\"start\",\"card\":\"control:scheduled\",\"schedule\":{%s},"
                          "\"inputs\":[],\"outputs\":[{\"id\":\"t\",\"group\":\"context\",\"key\":"
                          "\"execution_time\",\"type\":\"date\"}]}%s]",
                          schedule, more));
}

static rv_str flow_on(const char *schedule, const char *more)
{
    rv_str id = flow_fixture_flow(&fx, cards(schedule, more));
    assert_int_equal(rv_flow_set_enabled(&fx.s.cx, id, true), RV_OK);
    return id;
}

typedef rv_status write_fn(struct rv_cx *cx, rv_str id, struct rv_jw *w);

static json_t *object(rv_str id, write_fn *fn)
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str text;
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    assert_int_equal(fn(&fx.s.cx, id, &w), RV_OK);
    assert_int_equal(rv_buf_str(&fx.s.cx, &b, &text), RV_OK);
    json_t *j = flow_fixture_json(&fx, rv_dup(&fx.s.cx, text));
    rv_buf_done(&b);
    return j;
}

static rv_status write_runs(struct rv_cx *cx, rv_str flow, struct rv_jw *w)
{
    struct rv_flow_query q = { .limit = 200, .flow_id = flow, .enabled = -1 };
    rv_str next;
    rv_jw_arr(w);
    RV_TRY(rv_run_list(cx, &q, w, &next));
    rv_jw_arr_end(w);
    return RV_OK;
}

static rv_str next_run(rv_str flow)
{
    return rv_json_member_str(object(flow, rv_flow_get), "nextRunAt");
}

#define assert_text(s, text)                                              \
    do {                                                                  \
        rv_str s_ = (s);                                                  \
        const char *text_ = (text);                                       \
        if (!rv_str_eq(s_, rv_str_of(text_)))                             \
            fail_msg("%.*s instead of %s", RV_FMT(s_), text_ != NULL ? text_ : "none"); \
    } while (0)

/* Until the next start is planned behind `moved`: everything before has been started then. */
static void wait_for_plan(rv_str flow, const char *planned)
{
    while (!rv_str_eq(next_run(flow), rv_str_of(planned)))
        flow_fixture_rest();
}

static int earlier(const void *a, const void *b)
{
    return rv_str_cmp(*(const rv_str *)a, *(const rv_str *)b);
}

/* The planned instants that the runs of a flow got, in order. */
static const char *instants(rv_str flow)
{
    json_t *runs = object(flow, write_runs);
    size_t n = json_array_size(runs);
    rv_str at[200], all = RV_STR("");
    for (size_t i = 0; i < n; i++) {
        rv_str id = rv_json_member_str(json_array_get(runs, i), "id");
        assert_text(rv_json_member_str(json_array_get(runs, i), "startedVia"), "SCHEDULE");
        while (rv_json_member_str(object(id, rv_run_get), "endedAt").p == NULL)
            flow_fixture_rest();
        at[i] = rv_str_sub(rv_json_str(flow_fixture_output(object(id, rv_run_cards), "start",
                                                           "execution_time")),
                           11, 8);
    }
    qsort(at, n, sizeof at[0], earlier);
    for (size_t i = 0; i < n; i++)
        all = rv_printf(&fx.s.cx, "%.*s%s%.*s", RV_FMT(all), i > 0 ? " " : "", RV_FMT(at[i]));
    return rv_z(&fx.s.cx, all);
}

/* The clock of the test stands still: a job that is due makes the queue look at it. */
static rv_status nudge_tx(struct rv_tx *tx, void *arg)
{
    (void)arg;
    return rv_job_add(tx, RV_STR("request.runEnded"), RV_NONE_STR, rv_tx_now(tx), RV_NONE_STR,
                      NULL);
}

static void
every_quarter_of_an_hour_starts_four_runs_an_hour_with_the_planned_instant_wf60(void **state)
{
    (void)state;
    rv_str flow = flow_on(QUARTERS ",\"timeZone\":\"America/Los_Angeles\"", "");
    assert_text(next_run(flow), "2026-09-21T14:15:00.000Z");
    flow_fixture_restart(&fx, HOUR); /* late ones are made up for, one by one and in order */
    wait_for_plan(flow, "2026-09-21T15:15:00.000Z");
    assert_string_equal(instants(flow), "14:15:00 14:30:00 14:45:00 15:00:00");
    flow_fixture_restart(&fx, 2 * 60 * 1000); /* 15:15:20 */
    wait_for_plan(flow, "2026-09-21T15:30:00.000Z");
    assert_string_equal(instants(flow), "14:15:00 14:30:00 14:45:00 15:00:00 15:15:00");
}

static void a_clock_that_goes_back_starts_nothing_twice(void **state)
{
    (void)state;
    rv_str flow = flow_on(QUARTERS, "");
    flow_fixture_restart(&fx, HOUR);
    wait_for_plan(flow, "2026-09-21T15:15:00.000Z");
    flow_fixture_restart(&fx, -HOUR);
    assert_text(next_run(flow), "2026-09-21T15:15:00.000Z");
    flow_fixture_restart(&fx, HOUR + 60 * 1000 * 2);
    wait_for_plan(flow, "2026-09-21T15:30:00.000Z");
    assert_string_equal(instants(flow), "14:15:00 14:30:00 14:45:00 15:00:00 15:15:00");
}

static void a_flow_that_is_off_does_not_start_by_its_schedule_wf68(void **state)
{
    (void)state;
    rv_str flow = flow_on(QUARTERS, ""), other = flow_on(QUARTERS, "");
    assert_int_equal(rv_flow_set_enabled(&fx.s.cx, flow, false), RV_OK);
    assert_text(next_run(flow), NULL);
    flow_fixture_restart(&fx, HOUR);
    wait_for_plan(other, "2026-09-21T15:15:00.000Z");
    assert_string_equal(instants(flow), "");
    assert_int_equal(rv_flow_set_enabled(&fx.s.cx, flow, true), RV_OK); /* and what was missed while it was off stays missed */
    assert_text(next_run(flow), "2026-09-21T15:15:00.000Z");
}

static void no_earlier_and_no_later_than_limit_the_schedule_wf61(void **state)
{
    (void)state;
    rv_str days = flow_on(
        QUARTERS
        ",\"timeZone\":\"Europe/Berlin\",\"startDate\":\"2026-09-23\",\"endDate\":\"2026-09-23\"",
        "");
    rv_str instant =
        flow_on(QUARTERS
                ",\"startDate\":\"2026-09-21T14:40:00Z\",\"endDate\":\"2026-09-21T15:00:00Z\"",
                "");
    rv_str over = flow_on(QUARTERS ",\"endDate\":\"2026-01-01\"", "");
    assert_text(next_run(days), "2026-09-22T22:00:00.000Z");
    assert_text(next_run(instant), "2026-09-21T14:45:00.000Z");
    assert_text(next_run(over), NULL);
    flow_fixture_restart(&fx, 60 * HOUR); /* 2026-09-24T02:13 */
    wait_for_plan(instant, NULL);
    wait_for_plan(days, NULL);
    assert_string_equal(instants(instant), "14:45:00 15:00:00");
    assert_int_equal(json_array_size(object(days, write_runs)), 96);
}

static void a_start_in_the_hour_that_is_left_out_comes_once_wf62(void **state)
{
    (void)state;
    rv_str flow = flow_on("\"minutes\":\"30\",\"hours\":\"2\",\"timeZone\":\"Europe/"
                          "Berlin\",\"startDate\":\"2027-03-27\",\"endDate\":\"2027-03-29\"",
                          "");
    assert_text(next_run(flow), "2027-03-27T01:30:00.000Z");
    flow_fixture_restart(&fx, 200 * 24 * (int64_t)HOUR);
    wait_for_plan(flow, NULL);
    assert_string_equal(instants(flow), "00:30:00 01:00:00 01:30:00"); /* of three days; on the 28th clocks went from 2 to 3 at 01:00Z */
}

static void of_many_missed_starts_the_last_hundred_are_made_up_for(void **state)
{
    (void)state;
    rv_str flow = flow_on("\"minutes\":\"*\",\"hours\":\"*\"", "");
    flow_fixture_restart(&fx, 5 * HOUR);
    wait_for_plan(flow, "2026-09-21T19:14:00.000Z");
    json_t *runs = object(flow, write_runs);
    assert_int_equal(json_array_size(runs), 100);
}

static void a_schedule_that_skips_starts_nothing_while_a_run_goes_on(void **state)
{
    (void)state;
    rv_str flow =
        flow_on(QUARTERS ",\"skipIfRunning\":true",
                ",{\"id\":\"w\",\"card\":\"control:wait\",\"inputs\":[{\"id\":\"d\",\"key\":"
                "\"delay\",\"value\":\"10\"},{\"id\":\"u\",\"key\":\"unit\",\"value\":\"hour\"}]}");
    flow_fixture_restart(&fx, HOUR);
    wait_for_plan(flow, "2026-09-21T15:15:00.000Z");
    flow_fixture_restart(&fx, HOUR);
    wait_for_plan(flow, "2026-09-21T16:15:00.000Z");
    assert_int_equal(json_array_size(object(flow, write_runs)), 1);
}

static void a_save_plans_anew_only_when_the_schedule_changed(void **state)
{
    struct rv_flow_in in = { 0 };
    (void)state;
    rv_str flow = flow_on(QUARTERS, "");
    fx.s.now_ms += HOUR; /* the dispatcher sleeps by the clock that stood still: the start is late */
    in.cards =
        flow_fixture_json(&fx, rv_str_of(cards(QUARTERS,
                                               ",{\"id\":\"n\",\"card\":\"control:comment\"}")));
    in.version = json_integer_value(json_object_get(object(flow, rv_flow_get), "version"));
    assert_int_equal(rv_flow_update(&fx.s.cx, flow, &in), RV_OK);
    assert_text(next_run(flow), "2026-09-21T14:15:00.000Z"); /* still to be made up for */
    assert_int_equal(rv_store_write(&fx.s.cx, nudge_tx, NULL), RV_OK);
    wait_for_plan(flow, "2026-09-21T15:15:00.000Z"); /* by the starts that were made up for */
    assert_string_equal(instants(flow), "14:15:00 14:30:00 14:45:00 15:00:00");
    in.cards = flow_fixture_json(&fx, rv_str_of(cards("\"minutes\":\"0\",\"hours\":\"18\"", "")));
    in.version = json_integer_value(json_object_get(object(flow, rv_flow_get), "version"));
    assert_int_equal(rv_flow_update(&fx.s.cx, flow, &in), RV_OK);
    assert_text(next_run(flow), "2026-09-21T18:00:00.000Z");
}

static void a_schedule_that_cannot_be_read_keeps_the_flow_off(void **state)
{
    static const char *const bad[] = {
        "",
        "\"minutes\":\"61\",\"hours\":\"*\"",
        "\"minutes\":\"0\"",
        QUARTERS ",\"timeZone\":\"Middle/Earth\"",
        QUARTERS ",\"endDate\":\"soon\"",
        QUARTERS ",\"seconds\":\"99\"",
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(bad); i++) {
        rv_str flow = flow_fixture_flow(&fx, cards(bad[i], ""));
        assert_int_equal(rv_flow_set_enabled(&fx.s.cx, flow, true), RV_INVALID);
        if (strstr(rv_error(&fx.s.cx)->causes->summary, "schedule") == NULL)
            fail_msg("%s: %s", bad[i], rv_error(&fx.s.cx)->causes->summary);
        rv_error_clear(&fx.s.cx);
    }
}

static void a_scheduled_flow_keeps_its_schedule_through_export_and_import(void **state)
{
    struct rv_import_report report;
    (void)state;
    rv_str flow =
        flow_on("\"seconds\":\"00\",\"minutes\":\"0\",\"hours\":\"9\",\"dayOfTheMonth\":\"*/"
                "1\",\"month\":\"*\",\"dayOfTheWeek\":\"1-5\",\"startDate\":\"\",\"endDate\":\"\","
                "\"recurrence\":0,\"timeZone\":\"US/Pacific\"",
                "");
    struct rv_buf b;
    struct rv_jw w;
    rv_str text, name;
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    assert_int_equal(rv_flow_export(&fx.s.cx, flow, &w, &name), RV_OK);
    assert_int_equal(rv_buf_str(&fx.s.cx, &b, &text), RV_OK);
    text = rv_dup(&fx.s.cx, text);
    rv_buf_done(&b);
    json_t *pack = flow_fixture_json(&fx, text), *stored = NULL, *one;
    const char *key;
    json_object_foreach(json_object_get(json_object_get(pack, "data"), "flos"), key, one)
        stored = json_object_get(one, "data");
    assert_true(json_is_true(json_object_get(stored, "scheduled")));
    assert_text(rv_json_member_str(json_object_get(stored, "cron"), "timeZone"), "US/Pacific");
    assert_true(rv_str_contains(text, RV_STR("root:kernel:control:0.0.1:callable")) &&
                !rv_str_contains(text, RV_STR("control:scheduled")));
    assert_int_equal(rv_flow_import(&fx.s.cx, flow_fixture_folder(&fx, "Back"), RV_NONE_STR, text,
                                    true, &report),
                     RV_OK);
    json_t *back = object(report.flows[0].id, rv_flow_get);
    assert_text(rv_json_member_str(back, "kind"), "SCHEDULED");
    assert_text(rv_json_member_str(back, "nextRunAt"), "2026-09-21T16:00:00.000Z"); /* a Monday; turned on by the import */
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(every_quarter_of_an_hour_starts_four_runs_an_hour_with_the_planned_instant_wf60),
        T(a_clock_that_goes_back_starts_nothing_twice),
        T(a_flow_that_is_off_does_not_start_by_its_schedule_wf68),
        T(a_start_in_the_hour_that_is_left_out_comes_once_wf62),
        T(no_earlier_and_no_later_than_limit_the_schedule_wf61),
        T(of_many_missed_starts_the_last_hundred_are_made_up_for),
        T(a_schedule_that_skips_starts_nothing_while_a_run_goes_on),
        T(a_save_plans_anew_only_when_the_schedule_changed),
        T(a_schedule_that_cannot_be_read_keeps_the_flow_off),
        T(a_scheduled_flow_keeps_its_schedule_through_export_and_import),
    };
    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
