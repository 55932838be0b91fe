/* Whose turn it is: flows that loop do not keep others from starting, and a chain of runs is
 * counted as one.
 *
 * One executor thread and a queue that is filled before it starts make the order of all cards the
 * same on every machine. */
#include "flow_fixture.h"
#include <stdio.h>

static struct flow_fixture fx;

/* ---- the queue ------------------------------------------------------------------------------- */

static void put(struct rv_run_queue *q, struct rv_run *runs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        rv_run_queue_put(q, &runs[i]);
}

static void lanes_take_turns_and_each_keeps_its_order(void **state)
{
    static struct rv_run_queue q;
    struct rv_run a[3] = { { .lane = 7 }, { .lane = 7 }, { .lane = 7 } },
                  b[3] = { { .lane = 8 }, { .lane = 8 }, { .lane = 8 } }, c = { .lane = 9 };
    struct rv_run d = { .lane = 7 + RV_LANES }; /* where a has its lane */
    (void)state;
    put(&q, a, 3);
    put(&q, b, 3);
    put(&q, &c, 1);
    put(&q, &d, 1);
    const struct rv_run *const order[] = { &a[0], &b[0], &c, &d, &a[1], &b[1], &a[2], &b[2] };
    for (size_t i = 0; i < RV_LEN(order); i++)
        assert_ptr_equal(rv_run_queue_take(&q), order[i]);
    assert_null(rv_run_queue_take(&q));
    put(&q, a, 2);
    assert_ptr_equal(rv_run_queue_take(&q), &a[0]);
    put(&q, &c, 1); /* behind what stands there, and before the lane's next turn after that */
    put(&q, &a[2], 1);
    assert_ptr_equal(rv_run_queue_take(&q), &a[1]);
    assert_ptr_equal(rv_run_queue_take(&q), &c);
    assert_ptr_equal(rv_run_queue_take(&q), &a[2]);
    assert_int_equal(q.n, 0);
}

static void more_flows_than_lanes_lose_no_run(void **state)
{
    enum { MANY = 3 * RV_LANES };
    static struct rv_run_queue q;
    static struct rv_run runs[2 * MANY];
    static bool seen[2 * MANY];
    (void)state;
    for (uint32_t i = 0; i < 2 * MANY; i++)
        runs[i].lane = i % MANY + 1;
    put(&q, runs, 2 * MANY);
    assert_int_equal(q.n, 2 * MANY);
    for (size_t i = 0; i < 2 * MANY; i++) {
        const struct rv_run *r = rv_run_queue_take(&q);
        assert_non_null(r);
        size_t at = (size_t)(r - runs);
        assert_true(!seen[at] && (at < MANY || seen[at - MANY])); /* one flow's runs in their order */
        seen[at] = true;
    }
    assert_null(rv_run_queue_take(&q));
}

/* ---- the executor ---------------------------------------------------------------------------- */

enum { NOTES = 1 << 20 };
static char notes[NOTES]; /* who executed a card, in order */
static atomic_size_t notes_n;

static rv_status card_note(struct rv_call *c)
{
    rv_str who;
    RV_TRY(rv_in_text(c, "who", &who));
    size_t at = atomic_fetch_add(&notes_n, 1);
    if (at < NOTES)
        notes[at] = who.p[0];
    return RV_OK;
}

static const struct rv_card test_cards[] = {
    { .name = "test:note", .label = "Note", .help = "Notes who is at work.", .category = "Test", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "who", "who", RV_T_TEXT, 0, NULL, NULL, "who" }), .run = card_note },
    { .name = NULL },
};

#define START "{\"id\":\"start\",\"card\":\"http:delegated\",\"inputs\":[],\"outputs\":[]}"
#define HELPER "{\"id\":\"start\",\"card\":\"control:callable\",\"inputs\":[],\"outputs\":[]}"

static void open_fixture(bool run, const char *key, const char *value)
{
    atomic_store(&notes_n, 0);
    flow_fixture_extra = test_cards;
    flow_fixture_config = (struct flow_fixture_config){ key, value };
    flow_fixture_open(&fx, run);
    flow_fixture_config = (struct flow_fixture_config){ NULL, NULL };
}

static int setup(void **state)
{
    (void)state;
    open_fixture(false, "flows.workers", "1");
    return 0;
}

static int setup_few_cards(void **state)
{
    (void)state;
    open_fixture(true, "flows.run_cards", "100");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    flow_fixture_close(&fx);
    flow_fixture_extra = NULL;
    return 0;
}

/* A flow of so many cards that note who they are. */
static rv_str noting(const char *head, char who, int cards)
{
    char text[120 * 500];
    size_t n = (size_t)snprintf(text, sizeof text, "[%s", head);
    for (int i = 0; i < cards; i++)
        n += (size_t)snprintf(text + n, sizeof text - n,
                              ",{\"id\":\"n%d\",\"card\":\"test:note\",\"inputs\":[{\"id\":\"w\","
                              "\"key\":\"who\",\"value\":\"%c\"}]}",
                              i, who);
    (void)snprintf(text + n, sizeof text - n, "]");
    return flow_fixture_flow(&fx, text);
}

static rv_str calling(const char *list, int width, rv_str helper)
{
    return flow_fixture_flow(
        &fx, rv_z(&fx.s.cx,
                  rv_printf(&fx.s.cx,
                            "[" START ",{\"id\":\"loop\",\"card\":\"control:times\",\"inputs\":[{"
                                      "\"id\":\"c\",\"key\":\"count\",\"value\":%s},{\"id\":\"f\","
                                      "\"key\":\"flo\",\"type\":\"flow\",\"value\":\"%.*s\"},"
                            "{\"id\":\"w\",\"key\":\"concurrency\",\"value\":%d}]}]",
                            list, RV_FMT(helper), width)));
}

static rv_str on(rv_str flow)
{
    assert_int_equal(rv_flow_set_enabled(&fx.s.cx, flow, true), RV_OK);
    return flow;
}

static rv_str start(rv_str flow)
{
    struct rv_run_start s = { .cx = &fx.s.cx,
                              .via = RV_VIA_TEST,
                              .flow_id = flow,
                              .inputs = flow_fixture_json(&fx, RV_STR("{}")) };
    assert_int_equal(rv_run_start_wait(&s), RV_OK);
    return rv_dup(&fx.s.cx, s.run_id);
}

typedef rv_status write_fn(struct rv_cx *cx, rv_str id, struct rv_jw *w);

static json_t *written(rv_str id, write_fn *fn)
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

static json_t *shown(rv_str id)
{
    return written(id, rv_run_get);
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

static int waiting_runs(rv_str flow)
{
    json_t *runs = written(flow, write_runs), *r;
    size_t i;
    int n = 0;
    json_array_foreach(runs, i, r)
        n += rv_str_eq(rv_json_member_str(r, "status"), RV_STR("WAITING"));
    return n;
}

static bool is(rv_str id, const char *status)
{
    return rv_str_eq(rv_json_member_str(shown(id), "status"), rv_str_of(status));
}

static uint32_t queued(void)
{
    struct rv_engine_stats s;
    rv_engine_stats(fx.s.env.engine, &s);
    return (uint32_t)s.queued;
}

static void let_go(uint32_t when_queued)
{
    assert_int_equal(rv_store_start_jobs(&fx.s.cx, fx.s.env.store), RV_OK);
    while (queued() < when_queued)
        flow_fixture_rest();
    assert_int_equal(rv_engine_start(&fx.s.cx, fx.s.env.engine), RV_OK);
    fx.running = true;
}

static size_t place_of(char who)
{
    for (size_t i = 0; i < atomic_load(&notes_n) && i < NOTES; i++)
        if (notes[i] == who)
            return i;
    return SIZE_MAX;
}

static void of_many_runs_that_wait_each_flow_has_its_turn_wf95(void **state)
{
    (void)state;
    rv_str a = noting(START, 'a', 1), b = noting(START, 'b', 1), c = noting(START, 'c', 1),
           last = RV_NONE_STR;
    for (int i = 0; i < 50; i++) {
        (void)start(a);
        last = start(b);
    }
    rv_str third = start(c);
    let_go(101);
    while (!is(third, "SUCCEEDED") || !is(last, "SUCCEEDED"))
        flow_fixture_rest();
    if (place_of('c') > 2)
        fail_msg("%zu cards of the other flows came first", place_of('c'));
}

static void a_long_run_makes_room_after_a_slice_wf95(void **state)
{
    (void)state;
    rv_str long_one = start(noting(START, 'a', 490)), long_two = start(noting(START, 'b', 490)),
           third = start(noting(START, 'c', 1));
    let_go(3);
    while (!is(third, "SUCCEEDED") || !is(long_one, "SUCCEEDED") || !is(long_two, "SUCCEEDED"))
        flow_fixture_rest();
    assert_int_equal(atomic_load(&notes_n), 490 + 490 + 1);
    if (place_of('c') > 2 * RV_SLICE_CARDS)
        fail_msg("%zu cards of the other flows came first", place_of('c'));
}

static void a_third_flow_ends_while_two_flows_loop_wf95(void **state)
{
    (void)state;
    rv_str first = start(calling("100000", 200, on(noting(HELPER, 'a', 100)))),
           second = start(calling("100000", 200, on(noting(HELPER, 'b', 100)))),
           flow = noting(START, 'c', 3);
    let_go(2);
    while (place_of('a') == SIZE_MAX || place_of('b') == SIZE_MAX)
        flow_fixture_rest();
    rv_str third = start(flow);
    while (!is(third, "SUCCEEDED"))
        flow_fixture_rest();
    assert_true(is(first, "RUNNING") && is(second, "RUNNING"));
    assert_int_equal(rv_run_cancel(&fx.s.cx, first), RV_OK);
    assert_int_equal(rv_run_cancel(&fx.s.cx, second), RV_OK);
    while (!is(first, "CANCELED") || !is(second, "CANCELED"))
        flow_fixture_rest();
}

/* ---- counting a chain of runs ---------------------------------------------------------------- */

static void fails_by_count(rv_str run)
{
    json_t *r;
    do {
        flow_fixture_rest();
        r = shown(run);
    } while (rv_json_member_str(r, "endedAt").p == NULL);
    const char *message =
        json_string_value(json_object_get(json_object_get(r, "error"), "message"));
    if (message == NULL || strstr(message, "more than 100 (limit run.cards)") == NULL)
        fail_msg("%s: %s", json_string_value(json_object_get(r, "status")),
                 message != NULL ? message : "no error");
}

#define WAIT ",{\"id\":\"w\",\"card\":\"control:wait\",\"inputs\":[{\"id\":\"d\",\"key\":\"delay\",\"value\":\"1\"},{\"id\":\"u\",\"key\":\"unit\",\"value\":\"hour\"}]}"
#define LOOP(id) ",{\"id\":\"" id "\",\"card\":\"control:times\",\"inputs\":[{\"id\":\"c\",\"key\":\"count\",\"value\":6},{\"id\":\"f\",\"key\":\"flo\",\"type\":\"flow\",\"value\":\"%.*s\"}]}"

static void cards_of_helper_runs_before_a_wait_count_after_a_restart_wf94(void **state)
{
    (void)state;
    rv_str helper = on(noting(HELPER, 'h', 9)); /* 10 cards each */
    rv_str run = start(
        flow_fixture_flow(&fx, rv_z(&fx.s.cx,
                                    rv_printf(&fx.s.cx, "[" START LOOP("one") WAIT LOOP("two") "]",
                                              RV_FMT(helper), RV_FMT(helper)))));
    while (!is(run, "WAITING"))
        flow_fixture_rest();
    flow_fixture_restart(&fx, 3600 * 1000);
    fails_by_count(run);
}

static void helper_runs_that_ended_before_a_restart_count_after_it_wf94(void **state)
{
    (void)state;
    rv_str helper = on(flow_fixture_flow(&fx, "[" HELPER
                                              ",{\"id\":\"p\",\"card\":\"control:let\"}" WAIT "]")),
           inner = on(noting(HELPER, 'h', 29));
    rv_str outer = on(flow_fixture_flow(
        &fx,
        rv_z(&fx.s.cx,
             rv_printf(&fx.s.cx,
                       "[" HELPER ",{\"id\":\"i\",\"card\":\"control:spawn\",\"inputs\":[{\"id\":"
                                  "\"f\",\"key\":\"flo\",\"type\":\"flow\",\"value\":\"%.*s\"}]}"
                       ",{\"id\":\"h\",\"card\":\"control:spawn\",\"inputs\":[{\"id\":\"f\","
                       "\"key\":\"flo\",\"type\":\"flow\",\"value\":\"%.*s\"}]}]",
                       RV_FMT(inner), RV_FMT(helper)))));
    rv_str run = start(calling("4", 1, outer)); /* each time round 30 and a few, and an hour */
    for (int i = 0; i < 2; i++) {
        while (waiting_runs(helper) < 1 || atomic_load(&notes_n) < (size_t)29 * (size_t)(i + 1))
            flow_fixture_rest();
        assert_true(rv_json_member_str(shown(run), "endedAt").p == NULL);
        flow_fixture_restart(&fx, 3600 * 1000);
    }
    fails_by_count(run);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_take_turns_and_each_keeps_its_order),
        cmocka_unit_test(more_flows_than_lanes_lose_no_run),
        T(of_many_runs_that_wait_each_flow_has_its_turn_wf95),
        T(a_long_run_makes_room_after_a_slice_wf95),
        T(a_third_flow_ends_while_two_flows_loop_wf95),
        cmocka_unit_test_setup_teardown(
            cards_of_helper_runs_before_a_wait_count_after_a_restart_wf94, setup_few_cards,
            teardown),
        cmocka_unit_test_setup_teardown(helper_runs_that_ended_before_a_restart_count_after_it_wf94,
                                        setup_few_cards, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
