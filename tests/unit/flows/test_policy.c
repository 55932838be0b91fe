/* What happens when a card fails: another attempt, values for the caller, another flow. */
#include "flow_fixture.h"
#include <stdio.h>
#include <stdlib.h>

static struct flow_fixture fx;

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

#define PIN(id, key, rest) "{\"id\":\"" id "\",\"key\":\"" key "\"" rest "}"
#define FROM(card, output) ",\"from\":{\"card\":\"" card "\",\"output\":\"" output "\"}"
#define VALUE(json) ",\"value\":" json
#define HEAD "{\"id\":\"start\",\"card\":\"http:delegated\",\"inputs\":[],\"outputs\":[{\"id\":\"o-a\",\"group\":\"inputs\",\"key\":\"a\",\"type\":\"text\"}]}"
#define HELPER(fields) "{\"id\":\"start\",\"card\":\"control:callable\",\"inputs\":[],\"outputs\":[" fields "{\"id\":\"er\",\"group\":\"context\",\"key\":\"error\"}]}"
#define CARD(id, name, inputs, outputs, rest) "{\"id\":\"" id "\",\"card\":\"" name "\",\"title\":\"" id "\",\"inputs\":[" inputs "],\"outputs\":[" outputs "]" rest "}"
#define POLICY(json) ",\"policy\":" json

static rv_str text_with(const char *format, rv_str id)
{
    const char *at = strstr(format, "%s");
    return at == NULL
               ? rv_str_of(format)
               : rv_printf(&fx.s.cx, "%.*s%.*s%s", (int)(at - format), format, RV_FMT(id), at + 2);
}

static rv_str flow_of(const char *format, rv_str id)
{
    return flow_fixture_flow(&fx, rv_z(&fx.s.cx, text_with(format, id)));
}

static rv_str helper_of(const char *format, rv_str other)
{
    rv_str id = flow_of(format, other);
    assert_int_equal(rv_flow_set_enabled(&fx.s.cx, id, true), RV_OK);
    return id;
}

static json_t *show(rv_str id, rv_status (*fn)(struct rv_cx *cx, rv_str id, struct rv_jw *w))
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

static json_t *runs_of(rv_str flow)
{
    struct rv_flow_query q = { .limit = 50, .flow_id = flow, .enabled = -1 };
    struct rv_buf b;
    struct rv_jw w;
    rv_str text, next;
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    rv_jw_arr(&w);
    assert_int_equal(rv_run_list(&fx.s.cx, &q, &w, &next), RV_OK);
    rv_jw_arr_end(&w);
    assert_int_equal(rv_buf_str(&fx.s.cx, &b, &text), RV_OK);
    json_t *j = flow_fixture_json(&fx, rv_dup(&fx.s.cx, text));
    rv_buf_done(&b);
    return j;
}

static const char *status_of(const json_t *run)
{
    return json_string_value(json_object_get(run, "status"));
}

static rv_status nudge_tx(struct rv_tx *tx, void *arg)
{
    (void)arg;
    return rv_job_add(tx, RV_STR("request.runEnded"), RV_NONE_STR, rv_tx_now(tx), RV_NONE_STR,
                      NULL);
}

/* The clock of the test stands still: turns it, and waits until the run has made so many calls and
 * rests again. */
static json_t *later(rv_str run, int64_t ms, int calls)
{
    json_t *j;
    __atomic_store_n(&fx.s.now_ms, fx.s.now_ms + ms, __ATOMIC_SEQ_CST);
    do {
        assert_int_equal(rv_store_write(&fx.s.cx, nudge_tx, NULL), RV_OK);
        flow_fixture_rest();
        j = show(run, rv_run_get);
    } while (__atomic_load_n(&org_stand_in.api_calls, __ATOMIC_SEQ_CST) < calls ||
             strcmp(status_of(j), "RUNNING") == 0 || strcmp(status_of(j), "QUEUED") == 0);
    return j;
}

static rv_str read_user_flow(const char *policy)
{
    struct rv_connection_in in = { .name = RV_STR("Directory"),
                                   .connector = RV_STR("okta"),
                                   .principal_id = RV_STR("00uperson0000000000a") };
    rv_str connection;
    assert_int_equal(rv_connection_create(&fx.s.cx, &in, &connection), RV_OK);
    rv_str text = rv_printf(
        &fx.s.cx,
        "[" HEAD
        ",{\"id\":\"who\",\"card\":\"okta:readUser\",\"connectionId\":\"%.*s\",\"inputs\":[" PIN(
            "i", "ID or Login",
            VALUE("\"rita@example.com\"")) "],\"outputs\":[{\"id\":\"st\",\"group\":\"System "
                                           "Properties\",\"key\":\"Status\"}],\"policy\":%s}]",
        RV_FMT(connection), policy);
    return flow_fixture_flow(&fx, rv_z(&fx.s.cx, text));
}

static void a_rate_limit_is_tried_again_as_often_and_as_late_as_the_card_says_wf88(void **state)
{
    json_t *run, *cards;
    (void)state;
    rv_str flow = read_user_flow("{\"type\":\"finish\",\"retry\":2,\"delay\":60000}");
    org_stand_in.api_status = 429;
    assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
    assert_string_equal(status_of(run), "WAITING");
    rv_str id = rv_dup(&fx.s.cx, rv_json_member_str(run, "id"));
    assert_int_equal(org_stand_in.api_calls, 1);
    run = later(id, 59000, 1);
    assert_string_equal(status_of(run), "WAITING"); /* not yet due */
    assert_int_equal(org_stand_in.api_calls, 1);
    run = later(id, 1001, 2);
    org_stand_in.api_status = 0;
    do /* the second call may only now ask for its minute */
        run = later(id, 60000, 2);
    while (strcmp(status_of(run), "SUCCEEDED") != 0);
    assert_int_equal(org_stand_in.api_calls, 3);
    assert_string_equal(json_string_value(
                            flow_fixture_output(show(id, rv_run_cards), "who", "Status")),
                        "ACTIVE");
}

static void after_the_last_attempt_the_card_fails_with_its_code_wf88(void **state)
{
    json_t *run, *cards;
    (void)state;
    rv_str flow = read_user_flow("{\"type\":\"finish\",\"retry\":1,\"delay\":[1000,2000],"
                                 "\"retryCondition\":\"ratelimits\"}");
    org_stand_in.api_status = 429;
    assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
    assert_string_equal(status_of(run), "WAITING");
    rv_str id = rv_dup(&fx.s.cx, rv_json_member_str(run, "id"));
    do
        run = later(id, 2001, 2);
    while (strcmp(status_of(run), "FAILED") != 0);
    assert_int_equal(org_stand_in.api_calls, 2);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(run, "error"), "code")),
                     429);
}

static void what_will_not_pass_is_not_tried_again_wf88(void **state)
{
    static const struct {
        const char *policy;
        int status, calls;
        const char *end;
    } rows[] = {
        { "{\"type\":\"finish\",\"retry\":3,\"delay\":1000}", 404, 1, "FAILED" },
        { "{\"type\":\"finish\",\"retry\":3,\"delay\":1000}", 400, 1, "FAILED" },
        { "{\"type\":\"finish\",\"retry\":3,\"delay\":1000,\"retryCondition\":\"ratelimits\"}", 503, 1, "FAILED" },
        { "{\"type\":\"finish\",\"retry\":0,\"delay\":1000}", 429, 1, "FAILED" },
        { "{\"type\":\"finish\",\"retry\":3,\"delay\":1000}", 503, 1, "WAITING" },
    };
    json_t *run, *cards;
    (void)state;
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        rv_str flow = read_user_flow(rows[i].policy);
        org_stand_in.api_status = rows[i].status;
        org_stand_in.api_calls = 0;
        assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
        if (strcmp(status_of(run), rows[i].end) != 0 || org_stand_in.api_calls != rows[i].calls)
            fail_msg("row %zu: %s after %d calls", i, status_of(run), org_stand_in.api_calls);
    }
}

static void return_values_go_to_the_caller_of_a_flow_that_fails_wf89(void **state)
{
    json_t *run, *cards;
    (void)state;
    rv_str helper =
        helper_of("[" HELPER("") "," CARD(
                      "bad", "json:parse",
                      PIN("s", "string",
                          VALUE("\"{\"")) "," PIN("m", "message",
                                                  VALUE("\"no answer\"")) "," PIN("n", "tries",
                                                                                  VALUE("3")),
                      PIN("o", "output", ""),
                      POLICY("{\"type\":\"return\"}")) "," CARD("after", "control:let",
                                                                PIN("v", "v", VALUE("1")),
                                                                PIN("w", "v", ""), "") "]",
                  RV_NONE_STR);
    rv_str flow =
        flow_of("[" HEAD "," CARD("call", "control:spawn",
                                  PIN("f", "flo", ",\"type\":\"flow\",\"value\":\"%s\""),
                                  PIN("m", "message", "") "," PIN("n", "tries", ""), "") "]",
                helper);
    assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
    assert_string_equal(status_of(run), "SUCCEEDED");
    assert_string_equal(json_string_value(flow_fixture_output(cards, "call", "message")),
                        "no answer");
    assert_int_equal(json_integer_value(flow_fixture_output(cards, "call", "tries")), 3);
    json_t *one = json_array_get(runs_of(helper), 0);
    assert_string_equal(status_of(one), "FAILED");
}

static void another_flow_gets_the_error_and_the_card_still_fails_wf89(void **state)
{
    json_t *run, *cards, *entry;
    (void)state;
    rv_str helper =
        helper_of("[" HELPER("{\"id\":\"who\",\"key\":\"who\"},") "," CARD(
                      "seen", "control:let",
                      PIN("e", "e", FROM("start", "er")) "," PIN("w", "w", FROM("start", "who")),
                      PIN("x", "e", "") "," PIN("y", "w", ""), "") "]",
                  RV_NONE_STR);
    rv_str flow =
        flow_of("[" HEAD
                "," CARD("bad", "json:parse",
                         PIN("s", "string", VALUE("\"{\"")) "," PIN("w", "who", VALUE("\"rita\"")),
                         PIN("o", "output", ""), POLICY("{\"type\":\"flo\",\"flo\":\"%s\"}")) "]",
                helper);
    assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
    assert_string_equal(status_of(run), "FAILED");
    const char *message =
        json_string_value(json_object_get(json_object_get(run, "error"), "message"));
    assert_non_null(strstr(message, "invalid JSON"));
    do
        entry = json_array_get(runs_of(helper), 0);
    while (strcmp(status_of(entry), "SUCCEEDED") != 0);
    assert_int_equal(json_array_size(runs_of(helper)), 1);
    cards = show(rv_json_member_str(entry, "id"), rv_run_cards);
    const json_t *error = flow_fixture_output(cards, "seen", "e");
    assert_string_equal(json_string_value(json_object_get(error, "message")), message);
    assert_string_equal(json_string_value(json_object_get(error, "method")), "bad");
    assert_true(rv_str_eq(rv_json_member_str(error, "flo"), flow));
    assert_true(rv_str_eq(rv_json_member_str(error, "execution"), rv_json_member_str(run, "id")));
    assert_string_equal(json_string_value(flow_fixture_output(cards, "seen", "w")), "rita");
}

static void a_flow_for_errors_that_is_off_is_named_beside_the_error(void **state)
{
    json_t *run, *cards;
    (void)state;
    rv_str helper = flow_of("[" HELPER("") "]", RV_NONE_STR);
    rv_str flow = flow_of("[" HEAD "," CARD("bad", "json:parse", PIN("s", "string", VALUE("\"{\"")),
                                            PIN("o", "output", ""),
                                            POLICY("{\"type\":\"flo\",\"flo\":\"%s\"}")) "]",
                          helper);
    assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
    const char *message =
        json_string_value(json_object_get(json_object_get(run, "error"), "message"));
    assert_non_null(strstr(message, "invalid JSON"));
    assert_non_null(strstr(message, "the flow that handles the error did not start"));
    assert_non_null(strstr(message, "is off"));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(run, "error"), "code")),
                     400);
}

static void fields_of_return_error_if_stand_in_the_error_object_and_it_does_nothing_when_false_wf92(
    void **state)
{
    json_t *run, *cards;
    (void)state;
#define THROW_IF(value)                                                                            \
    CARD("x", "control:throwIf",                                                                   \
         PIN("a", "left-operand", VALUE(value)) "," PIN("b", "operator", VALUE("\"==\"")) "," PIN( \
             "c", "right-operand",                                                                 \
             VALUE("1")) "," PIN("m", "message",                                                   \
                                 VALUE("\"full\"")) "," PIN("s", "statusCode",                     \
                                                            VALUE("409")) "," PIN("r", "room",     \
                                                                                  VALUE(           \
                                                                                      "\"B4\"")),  \
         "", "")
#define BODY(first)                                                                                \
    "[" HEAD ",{\"id\":\"try\",\"card\":\"control:tryCatch\",\"inputs\":[],\"outputs\":[" PIN(     \
        "o", "seen",                                                                               \
        "") "],\"lanes\":["                                                                        \
            "{\"name\":\"try\",\"inline\":true,\"cards\":[{\"id\":\"h1\",\"card\":\"control:"      \
            "callable\",\"inputs\":[],\"outputs\":[]}," first                                      \
            "," CARD("r1", "control:return", PIN("i", "seen", VALUE("\"nothing\"")),               \
                     PIN("j", "seen", ""),                                                         \
                     "") "]},"                                                                     \
                         "{\"name\":\"handler\",\"inline\":true,\"cards\":[{\"id\":\"h2\","        \
                         "\"card\":\"control:callable\",\"inputs\":[],\"outputs\":[{\"id\":"       \
                         "\"er\",\"group\":\"context\",\"key\":\"error\"}]}," CARD(                \
                             "r2", "control:return", PIN("i2", "seen", FROM("h2", "er")),          \
                             PIN("j2", "seen", ""), "") "]}]}]"
    assert_int_equal(flow_fixture_run(&fx, flow_of(BODY(THROW_IF("1")), RV_NONE_STR), "{}", &run,
                                      &cards),
                     RV_OK);
    const json_t *error = flow_fixture_output(cards, "try", "seen");
    assert_string_equal(json_string_value(json_object_get(error, "room")), "B4");
    assert_string_equal(json_string_value(json_object_get(error, "message")), "full");
    assert_int_equal(json_integer_value(json_object_get(error, "code")), 409);
    assert_int_equal(flow_fixture_run(&fx, flow_of(BODY(THROW_IF("2")), RV_NONE_STR), "{}", &run,
                                      &cards),
                     RV_OK);
    assert_string_equal(json_string_value(flow_fixture_output(cards, "try", "seen")), "nothing");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_rate_limit_is_tried_again_as_often_and_as_late_as_the_card_says_wf88),
        T(after_the_last_attempt_the_card_fails_with_its_code_wf88),
        T(what_will_not_pass_is_not_tried_again_wf88),
        T(return_values_go_to_the_caller_of_a_flow_that_fails_wf89),
        T(another_flow_gets_the_error_and_the_card_still_fails_wf89),
        T(a_flow_for_errors_that_is_off_is_named_beside_the_error),
        T(fields_of_return_error_if_stand_in_the_error_object_and_it_does_nothing_when_false_wf92),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
