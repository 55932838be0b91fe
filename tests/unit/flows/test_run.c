/* Unit tests of the engine: runs of flows on a real store, with a stand-in for the organisation and
 * its mail. */
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
static int setup_idle(void **state)
{
    (void)state;
    flow_fixture_open(&fx, false);
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
#define INPUT(key, type) "{\"id\":\"o-" key "\",\"group\":\"inputs\",\"key\":\"" key "\",\"type\":\"" type "\"}"
#define HEAD(fields) \
    "{\"id\":\"start\",\"card\":\"http:delegated\",\"title\":\"Delegated Flow\",\"inputs\":[],\"outputs\":[" fields \
    ",{\"id\":\"o-user\",\"group\":\"user context\",\"key\":\"okta-user-id\",\"type\":\"text\"}" \
    ",{\"id\":\"o-caller\",\"group\":\"context\",\"key\":\"caller\",\"type\":\"object\"}]}"
#define CARD(id, name, inputs, outputs) "{\"id\":\"" id "\",\"card\":\"" name "\",\"title\":\"" id "\",\"inputs\":[" inputs "],\"outputs\":[" outputs "]}"

static const char badge[] =
    "[" HEAD(INPUT("requesterEmail", "text") "," INPUT("building", "text") "," INPUT("endDate", "date") "," INPUT("assigneeEmail", "text")) ","
    "{\"id\":\"who\",\"card\":\"okta:readUser\",\"connectionId\":\"%s\",\"inputs\":[" PIN("id", "ID or Login", FROM("start", "o-requesterEmail")) "],\"outputs\":["
    "{\"id\":\"first\",\"group\":\"Profile Properties\",\"key\":\"firstName\",\"type\":\"text\"},{\"id\":\"st\",\"group\":\"System Properties\",\"key\":\"Status\"}]},"
    CARD("until", "date:format", PIN("s", "start", FROM("start", "o-endDate")) "," PIN("f", "format", VALUE("\"YYYY-MM-DD\"")) "," PIN("z", "zone", VALUE("\"Europe/Berlin\"")), PIN("out", "output", "")) ","
    CARD("text", "string:compose", PIN("t", "_text_", VALUE("\"{{{a}}} for {{{b}}} until {{{c}}}{{{gone}}}.\"")) "," PIN("pa", "a", FROM("who", "first")) "," PIN("pb", "b", FROM("start", "o-building")) "," PIN("pc", "c", FROM("until", "out")), PIN("out", "output", "")) ","
    CARD("subject", "string:concat", PIN("1", "string1", VALUE("\"Badge: \"")) "," PIN("2", "string2", FROM("start", "o-building")), PIN("out", "output", "")) ","
    CARD("mail", "office365mail:sendEmail2", PIN("to", "To", FROM("start", "o-assigneeEmail")) "," PIN("su", "Subject", FROM("subject", "out")) "," PIN("bo", "Body", FROM("text", "out")), PIN("mid", "Message ID", "")) "]";
static const char badge_inputs[] = "{\"requesterEmail\":\"rita@example.com\",\"building\":\"Building 4\",\"endDate\":\"2026-03-31T22:30:00Z\",\"assigneeEmail\":\"axel@example.com\"}";

static rv_str badge_flow(void)
{
    struct rv_connection_in in = { .name = RV_STR("Directory"),
                                   .connector = RV_STR("okta"),
                                   .principal_id = RV_STR("00uperson0000000000a") };
    rv_str id;
    assert_int_equal(rv_connection_create(&fx.s.cx, &in, &id), RV_OK);
    char text[sizeof badge + 64];
    const char *at = strstr(badge, "%s");
    (void)snprintf(text, sizeof text, "%.*s%.*s%s", (int)(at - badge), badge, RV_FMT(id), at + 2);
    return flow_fixture_flow(&fx, text);
}

static void assert_member(const json_t *o, const char *key, const char *expected)
{
    const char *v = json_string_value(json_object_get(o, key));
    if (v == NULL || strcmp(v, expected) != 0)
        fail_msg("%s is %s, not %s", key, v != NULL ? v : "absent", expected);
}

static void badge_flow_mails_the_composed_text_wf37_wf46_wf47(void **state)
{
    json_t *run, *cards;
    (void)state;
    rv_str flow = badge_flow();
    assert_int_equal(rv_flow_set_enabled(&fx.s.cx, flow, true), RV_OK);
    assert_int_equal(flow_fixture_run(&fx, flow, badge_inputs, &run, &cards), RV_OK);
    assert_member(run, "status", "SUCCEEDED");
    assert_int_equal(org_stand_in.mails, 1);
    assert_string_equal(org_stand_in.mail_to, "axel@example.com");
    assert_string_equal(org_stand_in.mail_subject, "Badge: Building 4");
    assert_string_equal(org_stand_in.mail_text, "Rita for Building 4 until 2026-04-01.");
    assert_int_equal(json_array_size(json_object_get(cards, "data")), 6);
    assert_string_equal(json_string_value(flow_fixture_output(cards, "start", "requesterEmail")),
                        "rita@example.com");
    assert_string_equal(json_string_value(flow_fixture_output(cards, "who", "firstName")), "Rita");
    assert_member(json_object_get(run, "inputs"), "building", "Building 4");
    assert_string_equal(json_string_value(
                            json_object_get(json_object_get(run, "inputs"), "endDate")),
                        "2026-03-31T22:30:00.000Z");
}

static void the_principal_is_the_okta_user_and_caller_is_empty_for_people_wf39_wf40(void **state)
{
    json_t *run, *cards;
    (void)state;
    rv_str flow = flow_fixture_flow(&fx, "[" HEAD(INPUT("a", "text")) "]");
    assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
    assert_string_equal(json_string_value(flow_fixture_output(cards, "start", "okta-user-id")),
                        "system");
    assert_int_equal(json_object_size(flow_fixture_output(cards, "start", "caller")), 0);
    assert_true(json_is_null(flow_fixture_output(cards, "start", "a")));
}

#define LANES \
    "[" HEAD(INPUT("n", "number")) ",{\"id\":\"if\",\"card\":\"control:if\",\"title\":\"If\",\"inputs\":[" PIN("l", "left-operand", FROM("start", "o-n")) "," \
    PIN("op", "operator", VALUE("\">\"")) "," PIN("r", "right-operand", VALUE("10")) "],\"outputs\":[" PIN("res", "result", "") "," PIN("size", "size", "") "]," \
    "\"lanes\":[{\"name\":\"true\",\"cards\":[" CARD("big", "control:let", PIN("v", "v", VALUE("\"big\"")), PIN("vo", "v", "")) "]," \
    "\"results\":[{\"output\":\"size\"" FROM("big", "vo") "}]},{\"name\":\"false\",\"cards\":[],\"results\":[{\"output\":\"size\",\"value\":\"small\"}]}]}," \
    CARD("end", "control:return", PIN("i", "size", FROM("if", "size")), PIN("o", "size", "")) "," CARD("never", "control:let", "", "") "]"

static void if_else_runs_one_lane_and_gives_its_values_wf66_wf71_wf73(void **state)
{
    json_t *run, *cards;
    (void)state;
    rv_str flow = flow_fixture_flow(&fx, LANES);
    assert_int_equal(flow_fixture_run(&fx, flow, "{\"n\":11}", &run, &cards), RV_OK);
    assert_member(run, "status", "SUCCEEDED");
    assert_string_equal(json_string_value(flow_fixture_output(cards, "end", "size")), "big");
    assert_string_equal(json_string_value(flow_fixture_output(cards, "if", "size")), "big"); /* the container shows what its lane gave */
    assert_true(json_is_true(flow_fixture_output(cards, "if", "result")));
    assert_int_equal(json_array_size(json_object_get(cards, "data")), 4);
    assert_int_equal(flow_fixture_run(&fx, flow, "{\"n\":\"9\"}", &run, &cards), RV_OK);
    assert_string_equal(json_string_value(flow_fixture_output(cards, "end", "size")), "small");
    assert_null(flow_fixture_output(cards, "big", "v"));
    assert_null(flow_fixture_output(cards, "never", "v"));
}

static void a_false_continue_if_stops_without_an_error_wf74(void **state)
{
    json_t *run, *cards;
    (void)state;
    rv_str flow = flow_fixture_flow(
        &fx, "[" HEAD(INPUT("a", "text")) "," CARD(
                 "c", "control:continueIf",
                 PIN("l", "left-operand", FROM("start", "o-a")) "," PIN(
                     "op", "operator",
                     VALUE("\"is not empty\"")) ",{\"id\":\"m\",\"group\":\"otherwise\",\"key\":"
                                                "\"message\",\"value\":\"nothing to do\"}",
                 PIN("mo", "message", "")) "," CARD("after", "control:let", "", "") "]");
    assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
    assert_member(run, "status", "STOPPED");
    assert_true(json_is_null(json_object_get(run, "error")));
    assert_int_equal(json_array_size(json_object_get(cards, "data")), 2);
    assert_int_equal(flow_fixture_run(&fx, flow, "{\"a\":\"x\"}", &run, &cards), RV_OK);
    assert_member(run, "status", "SUCCEEDED");
}

static void an_error_names_card_and_field_wf13_wf98_wf145(void **state)
{
    static const struct {
        const char *card, *message;
    } rows[] = {
        { CARD("bad", "list:nonsense", "", ""), "the card list:nonsense is not supported" },
        { CARD("bad", "date:format", PIN("s", "start", FROM("start", "o-a") "," "\"label\":\"the date\"") "," PIN("f", "format", VALUE("\"x\"")), ""), "required field the date is empty" },
        { CARD("bad", "date:format", PIN("s", "start", ",\"value\":\"soon\"") "," PIN("f", "format", VALUE("\"x\"")), ""), "the field \"start\" must be a date & time, not text" },
        { CARD("bad", "control:let", "{\"id\":\"s\",\"key\":\"k\",\"label\":\"K\",\"from\":{\"card\":\"start\",\"output\":\"o-caller\",\"convert\":\"dateTime\"}}", ""), "invalid date" },
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        json_t *run, *cards;
        char text[4000];
        (void)snprintf(text, sizeof text, "[%s,%s]", HEAD(INPUT("a", "text")), rows[i].card);
        rv_str flow = flow_fixture_flow(&fx, text);
        assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
        const json_t *e = json_object_get(run, "error");
        assert_member(run, "status", "FAILED");
        assert_member(e, "cardId", "bad");
        if (strstr(json_string_value(json_object_get(e, "message")), rows[i].message) == NULL)
            fail_msg("row %zu: %s", i, json_string_value(json_object_get(e, "message")));
        assert_member(json_array_get(json_object_get(cards, "data"), 1), "status", "FAILED");
    }
}

static void a_missing_person_fails_read_user_with_the_raw_answer_wf121(void **state)
{
    json_t *run, *cards;
    (void)state;
    rv_str flow = badge_flow();
    assert_int_equal(flow_fixture_run(&fx, flow, "{\"requesterEmail\":\"nobody@example.com\"}",
                                      &run, &cards),
                     RV_OK);
    const json_t *e = json_object_get(run, "error");
    assert_member(run, "status", "FAILED");
    assert_member(e, "message", "Not Found");
    assert_int_equal(json_integer_value(json_object_get(e, "code")), 404);
    const json_t *entry = json_array_get(json_object_get(cards, "data"), 1);
    assert_member(json_object_get(entry, "error"), "raw", "{\"errorCode\":\"E0000007\"}");
}

struct start {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool done;
    rv_status st;
};
static void started(struct rv_run_start *s, rv_status st)
{
    struct start *w = s->arg;
    pthread_mutex_lock(&w->lock);
    w->done = true;
    w->st = st;
    pthread_cond_signal(&w->cond);
    pthread_mutex_unlock(&w->lock);
}
static rv_status invoke(rv_str flow, const char *inputs, const char *caller, const char *key,
                        const struct rv_principal *as, struct rv_run_start *s)
{
    struct start w = { .lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER };
    *s = (struct rv_run_start){ .cx = &fx.s.cx,
                                .flow_id = flow,
                                .inputs = flow_fixture_json(&fx, rv_str_of(inputs)),
                                .key = rv_str_of(key),
                                .done = started,
                                .arg = &w };
    if (caller != NULL)
        s->caller = flow_fixture_json(&fx, rv_str_of(caller));
    fx.s.cx.principal = as;
    fx.s.cx.root = false;
    rv_error_clear(&fx.s.cx);
    rv_run_start(s);
    pthread_mutex_lock(&w.lock);
    while (!w.done)
        pthread_cond_wait(&w.cond, &w.lock);
    pthread_mutex_unlock(&w.lock);
    fx.s.cx.principal = NULL;
    fx.s.cx.root = true;
    return w.st;
}
static void wait_idle(void)
{
    struct rv_engine_stats stats;
    do {
        flow_fixture_rest();
        rv_engine_stats(fx.s.env.engine, &stats);
    } while (stats.live > 0);
}
static const struct rv_principal person = { .kind = RV_USER, .id = RV_STR_INIT("00uperson0000000000a"), .name = RV_STR_INIT("Ada Person") };
static const struct rv_principal app = { .kind = RV_APP, .id = RV_STR_INIT("0oaaccessrequests000"), .name = RV_STR_INIT("Access Requests") };

static rv_str simple_flow(bool on)
{
    rv_str flow =
        flow_fixture_flow(&fx, "[" HEAD(INPUT("a", "text") "," INPUT("n", "number") "," INPUT(
                                   "d", "date") "," INPUT("b", "boolean")) "]");
    if (on)
        assert_int_equal(rv_flow_set_enabled(&fx.s.cx, flow, true), RV_OK);
    return flow;
}

static void one_idempotency_key_starts_one_run_wf45(void **state)
{
    struct rv_run_start first, again, other;
    (void)state;
    rv_str flow = simple_flow(true);
    int before = org_stand_in.events;
    assert_int_equal(invoke(flow, "{\"a\":\"x\"}", NULL, "k1", &person, &first), RV_OK);
    assert_false(first.replayed);
    assert_int_equal(invoke(flow, "{\"a\":\"x\"}", NULL, "k1", &person, &again), RV_OK);
    assert_true(again.replayed);
    assert_true(rv_str_eq(first.run_id, again.run_id));
    assert_int_equal(invoke(flow, "{\"a\":\"y\"}", NULL, "k1", &person, &other), RV_REUSED_KEY);
    assert_int_equal(invoke(flow, "{\"a\":\"y\"}", NULL, "k1", &app, &other), RV_OK);
    wait_idle();
    assert_int_equal(org_stand_in.events - before, 2);
    assert_string_equal(org_stand_in.last_event, "workflows.user.delegatedflow.run");
}

static void wrong_inputs_start_nothing_wf44(void **state)
{
    static const char *const rows[] = { "{\"x\":1}",        "{\"n\":\"many\"}",
                                        "{\"d\":\"soon\"}", "{\"b\":\"perhaps\"}",
                                        "{\"a\":{}}",       "{\"a\":[1]}" };
    struct rv_engine_stats stats;
    (void)state;
    rv_str flow = simple_flow(true);
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        struct rv_run_start s;
        if (invoke(flow, rows[i], NULL, NULL, &person, &s) != RV_INVALID)
            fail_msg("%s was accepted", rows[i]);
        assert_non_null(rv_error(&fx.s.cx)->causes);
    }
    rv_engine_stats(fx.s.env.engine, &stats);
    assert_int_equal(stats.started, 0);
}

static void who_may_invoke_is_checked_wf28_wf34(void **state)
{
    static const char caller[] = "{\"product\":\"access-requests\",\"request\":{\"id\":\"r1\","
                                 "\"number\":7},\"step\":{\"id\":\"a1\"}}";
    struct rv_run_start s;
    (void)state;
    rv_str off = simple_flow(false), on = simple_flow(true);
    assert_int_equal(invoke(off, "{}", NULL, NULL, &person, &s), RV_CONFLICT);
    assert_int_equal(invoke(on, "{}", caller, NULL, &person, &s), RV_FORBIDDEN);
    org_stand_in.refused = RV_A_DELEGATED_INVOKE;
    assert_int_equal(invoke(on, "{}", NULL, NULL, &person, &s), RV_FORBIDDEN);
    org_stand_in.refused = RV_A_NONE;
    assert_int_equal(invoke(on, "{}", caller, NULL, &app, &s), RV_OK);
    wait_idle();
}

static void flow_without_data_saving_keeps_no_values_wf97(void **state)
{
    json_t *run, *cards;
    (void)state;
    struct rv_flow_in in = { .name = RV_STR("Quiet"),
                             .folder_id = flow_fixture_folder(&fx, "F"),
                             .has_save_data = true,
                             .save_data = false,
                             .cards =
                                 flow_fixture_json(&fx, RV_STR("[" HEAD(INPUT("a", "text")) "]")) };
    rv_str flow;
    assert_int_equal(rv_flow_create(&fx.s.cx, &in, &flow), RV_OK);
    assert_int_equal(flow_fixture_run(&fx, flow, "{\"a\":\"secret\"}", &run, &cards), RV_OK);
    assert_member(run, "status", "SUCCEEDED");
    assert_true(json_is_null(json_object_get(run, "inputs")));
    assert_int_equal(json_array_size(json_object_get(cards, "data")), 1);
    assert_true(json_is_null(
        json_object_get(json_array_get(json_object_get(cards, "data"), 0), "outputs")));
}

static json_t *run_json(rv_str id, rv_status (*fn)(struct rv_cx *cx, rv_str id, struct rv_jw *w))
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str text;
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    assert_int_equal(fn(&fx.s.cx, id, &w), RV_OK);
    assert_int_equal(rv_buf_str(&fx.s.cx, &b, &text), RV_OK);
    json_t *j = flow_fixture_json(&fx, text);
    rv_buf_done(&b);
    return j;
}

/* The clock of the test stands still: a job that is due makes the queue look at it. */
static rv_status nudge_tx(struct rv_tx *tx, void *arg)
{
    (void)arg;
    return rv_job_add(tx, RV_STR("request.runEnded"), RV_NONE_STR, rv_tx_now(tx), RV_NONE_STR,
                      NULL);
}

static void mail_that_cannot_go_waits_and_goes_later_with_the_same_id(void **state)
{
    json_t *run, *cards;
    char first[200];
    (void)state;
    rv_str flow = badge_flow();
    org_stand_in.mail_status = RV_UNREACHABLE;
    assert_int_equal(flow_fixture_run(&fx, flow, badge_inputs, &run, &cards), RV_OK);
    assert_member(run, "status", "WAITING");
    assert_int_equal(json_array_size(json_object_get(cards, "data")), 5);
    memcpy(first, org_stand_in.mail_id, sizeof first);
    rv_str id = rv_json_member_str(run, "id");
    org_stand_in.mail_status = RV_OK;
    __atomic_store_n(&fx.s.now_ms, fx.s.now_ms + 61000, __ATOMIC_SEQ_CST);
    while (!rv_str_eq(rv_json_member_str(run, "status"), RV_STR("SUCCEEDED"))) {
        assert_int_equal(rv_store_write(&fx.s.cx, nudge_tx, NULL), RV_OK);
        run = run_json(id, rv_run_get);
    }
    wait_idle();
    assert_int_equal(org_stand_in.mails, 2);
    assert_string_equal(org_stand_in.mail_id, first);
    cards = run_json(id, rv_run_cards);
    assert_int_equal(json_array_size(json_object_get(cards, "data")), 6);
    assert_string_equal(org_stand_in.mail_text, "Rita for Building 4 until 2026-04-01.");
}

static void an_accepted_run_survives_a_restart_wf36(void **state)
{
    struct rv_run_start s;
    (void)state;
    rv_str flow = simple_flow(true);
    assert_int_equal(invoke(flow, "{\"a\":\"kept\"}", NULL, NULL, &person, &s), RV_OK);
    rv_str id = rv_dup(&fx.s.cx, s.run_id);
    store_fixture_reopen(&fx.s);
    rv_engine_free(fx.s.env.engine);
    assert_int_equal(rv_engine_new(&fx.s.cx, flow_fixture_cards, &fx.s.env.engine), RV_OK);
    assert_int_equal(rv_engine_start(&fx.s.cx, fx.s.env.engine), RV_OK);
    assert_int_equal(rv_store_start_jobs(&fx.s.cx, fx.s.env.store), RV_OK);
    fx.running = true;
    json_t *run = run_json(id, rv_run_get);
    while (json_is_null(json_object_get(run, "endedAt"))) {
        flow_fixture_rest();
        run = run_json(id, rv_run_get);
    }
    assert_member(run, "status", "SUCCEEDED");
    assert_member(json_object_get(run, "inputs"), "a", "kept");
    assert_member(json_object_get(run, "startedBy"), "name", "Ada Person");
}

static void a_waiting_run_can_be_cancelled_wf93(void **state)
{
    json_t *run, *cards;
    (void)state;
    rv_str flow = badge_flow();
    org_stand_in.mail_status = RV_UNREACHABLE;
    assert_int_equal(flow_fixture_run(&fx, flow, badge_inputs, &run, &cards), RV_OK);
    rv_str id = rv_json_member_str(run, "id");
    assert_int_equal(rv_run_cancel(&fx.s.cx, id), RV_OK);
    assert_member(run_json(id, rv_run_get), "status", "CANCELED");
    assert_string_equal(org_stand_in.last_event, "workflows.user.flow.execution.cancel");
    assert_int_equal(rv_run_cancel(&fx.s.cx, id), RV_CONFLICT);
}

static void problems_stop_a_flow_from_being_switched_on_wf26_wf41_wf117(void **state)
{
    static const struct {
        const char *cards, *sentence;
    } rows[] = {
        { "[" CARD("x", "control:noop", "", "") "]", "Choose the event" },
        { "[" CARD("x", "control:let", "", "") "]", "must be an event" },
        { "[" HEAD(INPUT("a", "object")) "]", "must be text, number" },
        { "[" HEAD(INPUT("a", "text")) "," CARD("p", "control:pause", "", "") "]", "Pause cannot be used" },
        { "[" HEAD(INPUT("a", "text")) "," CARD("u", "okta:readUser", PIN("i", "ID or Login", VALUE("\"x\"")), "") "]", "needs a connection" },
        { "[" HEAD(INPUT("a", "text")) "," CARD("d", "date:format", PIN("f", "format", VALUE("\"x\"")), "") "]", "\"start\" of card \"d\" is required" },
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        rv_str flow = flow_fixture_flow(&fx, rows[i].cards);
        bool found = false;
        assert_int_equal(rv_flow_set_enabled(&fx.s.cx, flow, true), RV_INVALID);
        for (const struct rv_cause *c = rv_error(&fx.s.cx)->causes; c != NULL; c = c->next)
            found = found || strstr(c->summary, rows[i].sentence) != NULL;
        if (!found)
            fail_msg("row %zu: %s", i, rv_error(&fx.s.cx)->causes->summary);
        rv_error_clear(&fx.s.cx);
    }
}

static void links_lead_back_only(void **state)
{
    static const char *const rows[] = {
        "[" HEAD(INPUT("a", "text")) "," CARD("x", "control:let", PIN("i", "v", FROM("y", "o")),
                                              PIN("o", "v", "")) "," CARD("y", "control:let", "",
                                                                          PIN("o", "v", "")) "]",
        "[" HEAD(INPUT("a", "text")) "," CARD("x", "control:let",
                                              PIN("i", "v", FROM("start", "nothing")), "") "]",
        "[" HEAD(INPUT("a", "text")) "," CARD("start", "control:let", "", "") "]",
        "[" HEAD(INPUT("a", "text")) ",{\"id\":\"x\",\"card\":\"control:let\",\"extra\":1}]",
        "[" HEAD(INPUT("a", "text")) ",{\"id\":\"x\"}]",
        "[]",
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        struct rv_flow_in in = { .name = RV_STR("F"),
                                 .folder_id = flow_fixture_folder(&fx, "F"),
                                 .cards = flow_fixture_json(&fx, rv_str_of(rows[i])) };
        rv_str id;
        if (rv_flow_create(&fx.s.cx, &in, &id) != RV_INVALID)
            fail_msg("row %zu was accepted", i);
        rv_error_clear(&fx.s.cx);
    }
}

static void each_save_is_a_version_and_runs_keep_theirs_wf130(void **state)
{
    json_t *run, *cards;
    (void)state;
    rv_str flow = flow_fixture_flow(&fx, "[" HEAD(INPUT("a", "text")) "]");
    assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
    struct rv_flow_in in = {
        .version = 1,
        .cards =
            flow_fixture_json(&fx, RV_STR("[" HEAD(INPUT("a", "text")) "," CARD("x", "control:let",
                                                                                "", "") "]"))
    };
    assert_int_equal(rv_flow_update(&fx.s.cx, flow, &in), RV_OK);
    assert_int_equal(rv_flow_update(&fx.s.cx, flow, &in), RV_CONFLICT);
    rv_error_clear(&fx.s.cx);
    assert_int_equal(json_array_size(
                         json_object_get(run_json(rv_json_member_str(run, "id"), rv_run_cards),
                                         "cards")),
                     1);
    assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
    assert_int_equal(json_integer_value(json_object_get(cards, "version")), 2);
    assert_int_equal(rv_flow_version_restore(&fx.s.cx, flow, 1), RV_OK);
    assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
    assert_int_equal(json_integer_value(json_object_get(cards, "version")), 3);
    assert_int_equal(json_array_size(json_object_get(cards, "cards")), 1);
}

static void folders_nest_move_and_refuse_circles(void **state)
{
    struct rv_folder_in in = { .name = RV_STR("Level") };
    rv_str id, top = RV_NONE_STR, last = RV_NONE_STR;
    (void)state;
    for (int i = 0; i < RV_FOLDER_DEPTH_MAX; i++) {
        in.parent_id = last;
        assert_int_equal(rv_folder_create(&fx.s.cx, &in, &id), RV_OK);
        top = i == 0 ? id : top;
        last = id;
    }
    in.parent_id = last;
    assert_int_equal(rv_folder_create(&fx.s.cx, &in, &id), RV_INVALID);
    assert_non_null(strstr(rv_error(&fx.s.cx)->causes->summary, "folder.depth"));
    rv_error_clear(&fx.s.cx);
    struct rv_folder_in move = { .has_parent = true, .parent_id = last, .version = 1 };
    assert_int_equal(rv_folder_update(&fx.s.cx, top, &move), RV_INVALID);
    rv_error_clear(&fx.s.cx);
    assert_int_equal(rv_folder_delete(&fx.s.cx, top), RV_CONFLICT);
    rv_error_clear(&fx.s.cx);
    assert_int_equal(rv_folder_delete(&fx.s.cx, last), RV_OK);
}

#define CTX(id, rest) "{\"id\":\"" id "\",\"group\":\"context\",\"key\":\"k\"" rest "}"
#define BODY_HEAD(id) "{\"id\":\"" id "\",\"card\":\"control:callable\",\"inputs\":[" CTX(id "i", "") "],\"outputs\":[" CTX(id "o", "") ",{\"id\":\"" id "e\",\"group\":\"context\",\"key\":\"error\"}]}"
#define LANE(name, cards) "{\"name\":\"" name "\",\"inline\":true,\"cards\":[" cards "]}"

/* A chosen body's Return gives the container its outputs and the flow goes on behind it. */
static void if_else_if_runs_the_first_body_that_holds_wf72_wf73(void **state)
{
    static const struct {
        const char *inputs, *expected;
    } rows[] = { { "{\"a\":\"x\"}", "first x" },
                 { "{\"a\":\"y\"}", "second" },
                 { "{\"a\":\"z\"}", NULL } };
    json_t *run, *cards;
    (void)state;
    rv_str flow =
        flow_fixture_flow(
            &fx,
            "[" HEAD(
                INPUT(
                    "a", "text")) ",{\"id\":\"b\",\"card\":\"control:branch\",\"inputs\":["
                                  "{\"id\":\"l1\",\"group\":\"if\",\"key\":\"left-operand\"" FROM("start", "o-a") "},{\"id\":\"p1\",\"group\":\"if\",\"key\":\"operator\",\"value\":\"==\"},{\"id\":\"r1\",\"group\":\"if\",\"key\":\"right-operand\",\"value\":\"x\"},"
                                                                                                                  "{\"id\":\"l2\",\"group\":\"g\",\"key\":\"left-operand\"" FROM("start",
                                                                                                                                                                                 "o-a") "},{\"id\":\"p2\",\"group\":\"g\",\"key\":\"operator\",\"value\":\"==\"},{\"id\":\"r2\",\"group\":\"g\",\"key\":\"right-operand\",\"value\":\"y\"}," CTX("c", FROM("start", "o-a")) "],\"outputs\":[" PIN("out",
                                                                                                                                                                                                                                                                                                                                                                                                  "text", "") "],\"lanes\":[" LANE("if", BODY_HEAD("h1") "," CARD("t1",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                  "string:concat", PIN("s", "string1", VALUE("\"first \"")) "," PIN("q", "string2", FROM("h1", "h1o")),
                                                                                                                                                                                                                                                                                                                                                                                                                                                                  PIN("to", "output", "")) "," CARD("ret1",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    "control:return", PIN("ri", "text", FROM("t1", "to")),
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    PIN("ro", "text",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        "")) "," CARD("never",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                      "control:let", "", "")) "," LANE("g",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       BODY_HEAD(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           "h2") "," CARD("ret2",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          "control:return", PIN("ri", "text", VALUE("\"second\"")),
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          PIN("ro",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              "text",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              ""))) "," LANE("else",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             BODY_HEAD(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 "h3") "," CARD("ci",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "control:continueIf",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                PIN("l", "left-operand", VALUE("1")) "," PIN("op", "operator", VALUE("\"==\"")) "," PIN("r",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        "right-operand",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        VALUE(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            "2")),
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "") "," CARD("ret3", "control:return", PIN("ri", "text", VALUE("\"third\"")),
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             PIN("ro", "text", ""))) "]}," CARD("after",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "control:let", PIN("v", "v", FROM("b", "out")),
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                PIN("vo",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    "v",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    "")) "]");
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        assert_int_equal(flow_fixture_run(&fx, flow, rows[i].inputs, &run, &cards), RV_OK);
        assert_member(run, "status", "SUCCEEDED");
        const json_t *v = flow_fixture_output(cards, "after", "v");
        assert_non_null(v);
        if (rows[i].expected != NULL)
            assert_string_equal(json_string_value(v), rows[i].expected);
        v = flow_fixture_output(cards, "b", "text"); /* the container shows what its body gave */
        if (rows[i].expected != NULL)
            assert_string_equal(json_string_value(v), rows[i].expected);
        else
            assert_true(json_is_null(v));
        assert_null(flow_fixture_output(cards, "never", "v"));
    }
}

#define TRY(id, tried, handler) "{\"id\":\"" id "\",\"card\":\"control:tryCatch\",\"inputs\":[" CTX(id "c", FROM("start", "o-a")) "],\"outputs\":[" PIN("out" id, "text", "") "],\"lanes\":[" LANE("try", tried) "," LANE("handler", handler) "]}"
#define RETURN(id, rest) CARD(id, "control:return", PIN(id "i", "text", rest), PIN(id "o", "text", ""))

static void if_error_hands_the_error_to_its_handler_and_goes_on_wf90(void **state)
{
    json_t *run, *cards;
    (void)state;
    rv_str flow = flow_fixture_flow(
        &fx,
        "[" HEAD(INPUT("a", "text")) "," TRY(
            "t",
            BODY_HEAD("h1") "," CARD("num", "math:add",
                                     PIN("a", "a", FROM("h1", "h1o")) "," PIN("b", "b", VALUE("1")),
                                     PIN("no", "output", "")) "," RETURN("r1", VALUE("\"fine\"")),
            BODY_HEAD("h2") "," CARD(
                "code", "object:get",
                PIN("ob", "object", FROM("h2", "h2e")) "," PIN("pa", "path", VALUE("\"message\"")),
                PIN("co", "output",
                    "")) "," RETURN("r2", FROM("code", "co"))) "," CARD("after", "control:let",
                                                                        PIN("v", "v",
                                                                            FROM("t", "outt")),
                                                                        PIN("vo", "v", "")) "]");
    assert_int_equal(flow_fixture_run(&fx, flow, "{\"a\":\"41\"}", &run, &cards), RV_OK);
    assert_string_equal(json_string_value(flow_fixture_output(cards, "after", "v")), "fine");
    assert_int_equal(flow_fixture_run(&fx, flow, "{\"a\":\"no number\"}", &run, &cards), RV_OK);
    assert_member(run, "status", "SUCCEEDED");
    assert_true(json_is_null(json_object_get(run, "error")));
    assert_non_null(
        strstr(json_string_value(flow_fixture_output(cards, "after", "v")), "must be a number"));
    const json_t *error = flow_fixture_output(cards, "h2", "error");
    assert_member(error, "method", "num");
    assert_member(error, "execution", json_string_value(json_object_get(run, "id")));
    assert_int_equal(json_integer_value(json_object_get(error, "code")), 400);
}

static void
an_error_in_the_handler_fails_the_run_and_return_error_reaches_through_bodies_wf91(void **state)
{
    json_t *run, *cards;
    (void)state;
    rv_str flow = flow_fixture_flow(
        &fx,
        "[" HEAD(INPUT("a", "text")) "," TRY(
            "t",
            BODY_HEAD("h1") "," CARD("x", "control:throw",
                                     PIN("sc", "statusCode",
                                         VALUE("404")) "," PIN("m", "message", VALUE("\"inner\"")),
                                     ""),
            BODY_HEAD("h2") "," CARD("y", "control:throw",
                                     PIN("sc", "statusCode",
                                         VALUE("418")) "," PIN("m", "message", VALUE("\"outer\"")),
                                     "")) "]");
    assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
    assert_member(run, "status", "FAILED");
    assert_member(json_object_get(run, "error"), "message", "outer");
    assert_member(json_object_get(run, "error"), "cardId", "y");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(run, "error"), "code")),
                     418);
    assert_int_equal(json_integer_value(
                         json_object_get(flow_fixture_output(cards, "h2", "error"), "code")),
                     404);
}

static json_t *runs_of(rv_str flow)
{
    struct rv_flow_query q = { .limit = 10, .flow_id = flow, .enabled = -1 };
    struct rv_buf b;
    struct rv_jw w;
    rv_str next, text;
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    rv_jw_arr(&w);
    assert_int_equal(rv_run_list(&fx.s.cx, &q, &w, &next), RV_OK);
    rv_jw_arr_end(&w);
    assert_int_equal(rv_buf_str(&fx.s.cx, &b, &text), RV_OK);
    json_t *runs = flow_fixture_json(&fx, rv_dup(&fx.s.cx, text));
    rv_buf_done(&b);
    return runs;
}

static void wait_until_idle(void)
{
    struct rv_engine_stats stats;
    do {
        flow_fixture_rest();
        rv_engine_stats(fx.s.env.engine, &stats);
    } while (stats.live > 0);
}

/* ---- helper flows ---------------------------------------------------------------------------- */

#define HELPER(fields) "{\"id\":\"start\",\"card\":\"control:callable\",\"inputs\":[],\"outputs\":[" fields ",{\"id\":\"ix\",\"group\":\"context\",\"key\":\"index\"},{\"id\":\"pa\",\"group\":\"context\",\"key\":\"parent\"}]}"

static rv_str helper_flow(const char *cards)
{
    rv_str id = flow_fixture_flow(&fx, cards);
    assert_int_equal(rv_flow_set_enabled(&fx.s.cx, id, true), RV_OK);
    return id;
}

/* A flow of one calling card; %s stands for the helper's id. */
static rv_str caller_flow(const char *card, rv_str helper)
{
    char text[4096];
    const char *at = strstr(card, "%s");
    (void)snprintf(text, sizeof text, "[" HEAD(INPUT("l", "object")) ",%.*s%.*s%s]",
                   (int)(at - card), card, RV_FMT(helper), at + 2);
    return flow_fixture_flow(&fx, text);
}

#define CALL(name, inputs, outputs) CARD("call", name, PIN("f", "flo", ",\"type\":\"flow\",\"value\":\"%s\"") "," inputs, outputs)
#define ITEMS(json) PIN("li", "list", VALUE(json))
#define ITEM(key, path) "{\"id\":\"p-" key "\",\"key\":\"" key "\",\"proxy\":{\"dynamic\":true,\"path\":\"" path "\"}}"

static void assert_output(rv_str flow, const char *key, const char *expected)
{
    json_t *run, *cards;
    assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
    if (strcmp(json_string_value(json_object_get(run, "status")), "SUCCEEDED") != 0)
        fail_msg("%s: %s", json_string_value(json_object_get(run, "status")),
                 json_string_value(json_object_get(json_object_get(run, "error"), "message")));
    char *got = json_dumps(flow_fixture_output(cards, "call", key), JSON_COMPACT | JSON_ENCODE_ANY);
    assert_string_equal(got, expected);
    free(got);
}

static void call_flow_waits_and_gives_what_the_helper_returns_wf76_wf83_wf104(void **state)
{
    json_t *run, *cards;
    (void)state;
    rv_str helper = helper_flow("[" HELPER(PIN("na", "name", "")) "," CARD(
        "t", "string:concat",
        PIN("a", "string1", VALUE("\"Hello \"")) "," PIN("b", "string2", FROM("start", "na")),
        PIN("o", "output",
            "")) "," CARD("r", "control:return",
                          PIN("i", "text", FROM("t", "o")) "," PIN("j", "by", FROM("start", "pa")),
                          PIN("io", "text", "") "," PIN("jo", "by", "")) "]");
    rv_str flow = caller_flow(CALL("control:spawn", PIN("n", "name", VALUE("\"Rita\"")),
                                   PIN("to", "text", "") "," PIN("by", "by", "")),
                              helper);
    assert_output(flow, "text", "\"Hello Rita\"");
    assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
    const json_t *by = flow_fixture_output(cards, "call", "by");
    assert_member(by, "execution_id", json_string_value(json_object_get(run, "id")));
    assert_member(by, "method", "call");
    assert_member(by, "id", rv_z(&fx.s.cx, flow));
    assert_member(by, "wf_id", rv_z(&fx.s.cx, flow));
    assert_member(by, "root_wf_id", rv_z(&fx.s.cx, flow));
    assert_member(by, "root_execution_id", json_string_value(json_object_get(run, "id")));
    json_t *helpers = runs_of(helper);
    assert_int_equal(json_array_size(helpers), 2);
    size_t i, mine = 0;
    json_t *row;
    json_array_foreach(helpers, i, row)
    {
        json_t *one = run_json(rv_json_member_str(row, "id"), rv_run_get);
        mine += rv_str_eq(rv_json_member_str(one, "parentRunId"), rv_json_member_str(run, "id"));
    }
    assert_int_equal(mine, 1); /* the other one belongs to the first call */
}

static void an_error_or_a_helper_that_is_off_fails_the_calling_card_wf69(void **state)
{
    json_t *run, *cards;
    (void)state;
    rv_str helper = helper_flow(
        "[" HELPER(PIN("na", "name", "")) "," CARD("x", "control:throw",
                                                   PIN("c", "statusCode",
                                                       VALUE("409")) "," PIN("m", "message",
                                                                             VALUE("\"no room\"")),
                                                   "") "]");
    rv_str flow = caller_flow(CALL("control:spawn", PIN("n", "name", ""), ""), helper);
    assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
    assert_member(run, "status", "FAILED");
    assert_member(json_object_get(run, "error"), "message", "no room");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(run, "error"), "code")),
                     409);
    assert_int_equal(rv_flow_set_enabled(&fx.s.cx, helper, false), RV_OK);
    assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
    assert_non_null(
        strstr(json_string_value(json_object_get(json_object_get(run, "error"), "message")),
               "is off; turn it on"));
}

static void call_flow_async_goes_on_and_its_error_stays_there_wf77(void **state)
{
    json_t *run, *cards;
    (void)state;
    rv_str helper = helper_flow(
        "[" HELPER(PIN("na", "name", "")) "," CARD("x", "control:throw",
                                                   PIN("m", "message", VALUE("\"late\"")), "") "]");
    rv_str flow = caller_flow(CALL("control:run", PIN("n", "name", ""), ""), helper);
    assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
    assert_member(run, "status", "SUCCEEDED");
    json_t *helpers = runs_of(helper);
    assert_int_equal(json_array_size(helpers), 1);
    assert_member(json_array_get(helpers, 0), "status", "FAILED");
}

static void map_filter_and_reduce_keep_the_order_of_items_wf79_wf81_wf82_wf84(void **state)
{
    (void)state;
    rv_str twice = helper_flow("[" HELPER(PIN("na", "n", "")) "," CARD(
        "m", "math:multiply", PIN("a", "a", FROM("start", "na")) "," PIN("b", "b", VALUE("2")),
        PIN("o", "output", "")) "," CARD("r", "control:return", PIN("i", "n", FROM("m", "o")),
                                         PIN("io", "n", "")) "]");
    const char *map =
        CALL("list:map",
             ITEMS("[1,2,3,4,5,6,7,8,9,10,11,12]") "," PIN("w", "concurrency",
                                                           VALUE("10")) "," ITEM("n", ""),
             PIN("nl", "new list", ",\"type\":\"number\",\"list\":true"));
    assert_output(caller_flow(map, twice), "new list", "[2,4,6,8,10,12,14,16,18,20,22,24]");
    const char *objects = CALL("list:map", ITEMS("[{\"v\":4}]") "," ITEM("n", "v"),
                               PIN("nl", "new list", ",\"type\":\"object\",\"list\":true"));
    assert_output(caller_flow(objects, twice), "new list", "[{\"n\":8}]");
    const char *empty = CALL("list:map", ITEMS("[]") "," ITEM("n", ""), PIN("nl", "new list", ""));
    assert_output(caller_flow(empty, twice), "new list", "[]");
    rv_str big = helper_flow("[" HELPER(PIN("na", "n", "")) "," CARD(
        "c", "boolean:compare",
        PIN("a", "left-operand",
            FROM("start", "na")) "," PIN("b", "operator",
                                         VALUE("\">\"")) "," PIN("d", "right-operand", VALUE("2")),
        PIN("o", "result", "")) "]");
    const char *filter =
        CALL("list:filter", ITEMS("[1,3,2,4]") "," ITEM("n", ""), PIN("nl", "list", ""));
    assert_output(caller_flow(filter, big), "list", "[3,4]");
    rv_str most = helper_flow("[" HELPER(PIN("na", "n", "") "," PIN("me", "memo", "")) "," CARD(
        "c", "control:assignIf",
        PIN("a", "left-operand", FROM("start", "na")) "," PIN(
            "b", "operator",
            VALUE("\">\"")) "," PIN("d", "right-operand",
                                    FROM("start",
                                         "me")) "," PIN("t", "valueIfTrue",
                                                        FROM("start",
                                                             "na")) "," PIN("e", "valueIfFalse",
                                                                            FROM("start", "me")),
        PIN("o", "output", "")) "," CARD("r", "control:return", PIN("i", "memo", FROM("c", "o")),
                                         PIN("io", "memo", "")) "]");
    const char *reduce =
        CALL("list:reduce",
             ITEMS("[1,7,4,19,2]") "," PIN("m0", "memo", VALUE("0")) "," ITEM("n", ""),
             PIN("it", "item", ""));
    assert_output(caller_flow(reduce, most), "item", "19");
    const char *nothing =
        CALL("list:reduce", ITEMS("[]") "," PIN("m0", "memo", VALUE("5")) "," ITEM("n", ""),
             PIN("it", "item", ""));
    assert_output(caller_flow(nothing, most), "item", "5");
}

static void for_each_stops_at_the_first_error_and_its_other_form_does_not_wf78_wf80(void **state)
{
    json_t *run, *cards;
    (void)state;
    rv_str helper = helper_flow("[" HELPER(PIN("na", "n", "")) "," CARD(
        "x", "control:throwIf",
        PIN("a", "left-operand", FROM("start", "na")) "," PIN(
            "b", "operator", VALUE("\"==\"")) "," PIN("d", "right-operand",
                                                      VALUE("2")) "," PIN("m", "message",
                                                                          VALUE("\"two\"")),
        "") "]");
    rv_str each = caller_flow(CALL("list:each", ITEMS("[1,2,3]") "," ITEM("n", ""), ""), helper);
    assert_int_equal(flow_fixture_run(&fx, each, "{}", &run, &cards), RV_OK);
    assert_member(run, "status", "FAILED");
    assert_member(json_object_get(run, "error"), "message", "two");
    assert_int_equal(json_array_size(runs_of(helper)), 2); /* the third was never called */
    rv_str all =
        caller_flow(CALL("list:asyncEach", ITEMS("[1,2,3]") "," ITEM("n", ""), ""), helper);
    assert_int_equal(flow_fixture_run(&fx, all, "{}", &run, &cards), RV_OK);
    assert_member(run, "status", "SUCCEEDED");
    assert_int_equal(json_array_size(runs_of(helper)), 5);
}

static void a_caller_finds_its_helper_again_after_a_restart_wf86(void **state)
{
    struct rv_run_start s = { .cx = &fx.s.cx, .via = RV_VIA_TEST };
    (void)state;
    rv_str helper = helper_flow("[" HELPER(
        PIN("na", "n",
            "")) "," CARD("w", "control:wait",
                          PIN("d", "delay", VALUE("1")) "," PIN("u", "unit", VALUE("\"hour\"")),
                          "") "," CARD("r", "control:return", PIN("i", "n", FROM("start", "na")),
                                       PIN("io", "n", "")) "]");
    s.flow_id =
        caller_flow(CALL("list:map",
                         ITEMS("[7,8]") "," PIN("w", "concurrency", VALUE("2")) "," ITEM("n", ""),
                         PIN("nl", "new list", ",\"type\":\"number\",\"list\":true")),
                    helper);
    s.inputs = flow_fixture_json(&fx, RV_STR("{}"));
    assert_int_equal(rv_run_start_wait(&s), RV_OK);
    json_t *helpers;
    do { /* both helpers wait, written to the store */
        flow_fixture_rest();
        helpers = runs_of(helper);
    } while (json_array_size(helpers) < 2 ||
             strcmp(json_string_value(json_object_get(json_array_get(helpers, 0), "status")),
                    "WAITING") != 0 ||
             strcmp(json_string_value(json_object_get(json_array_get(helpers, 1), "status")),
                    "WAITING") != 0);
    flow_fixture_restart(&fx, 3600 * 1000);
    do {
        flow_fixture_rest();
    } while (strcmp(json_string_value(json_object_get(run_json(s.run_id, rv_run_get), "status")),
                    "SUCCEEDED") != 0);
    char *got =
        json_dumps(flow_fixture_output(run_json(s.run_id, rv_run_cards), "call", "new list"),
                   JSON_COMPACT);
    assert_string_equal(got, "[7,8]");
    free(got);
    assert_int_equal(json_array_size(runs_of(helper)), 2); /* called once each */
}

static void cancelling_a_run_cancels_its_helper_runs_wf93(void **state)
{
    struct rv_run_start s = { .cx = &fx.s.cx, .via = RV_VIA_TEST };
    json_t *helpers;
    (void)state;
    rv_str helper = helper_flow("[" HELPER(
        PIN("na", "n", "")) "," CARD("w", "control:wait",
                                     PIN("d", "delay", VALUE("1")) "," PIN("u", "unit",
                                                                           VALUE("\"hour\"")),
                                     "") "]");
    s.flow_id =
        caller_flow(CALL("list:each",
                         ITEMS("[1,2]") "," PIN("w", "concurrency", VALUE("2")) "," ITEM("n", ""),
                         ""),
                    helper);
    s.inputs = flow_fixture_json(&fx, RV_STR("{}"));
    assert_int_equal(rv_run_start_wait(&s), RV_OK);
    do {
        flow_fixture_rest();
        helpers = runs_of(helper);
    } while (json_array_size(helpers) < 2 ||
             strcmp(json_string_value(json_object_get(json_array_get(helpers, 0), "status")),
                    "WAITING") != 0 ||
             strcmp(json_string_value(json_object_get(json_array_get(helpers, 1), "status")),
                    "WAITING") != 0);
    assert_int_equal(rv_run_cancel(&fx.s.cx, s.run_id), RV_OK);
    wait_until_idle();
    assert_member(run_json(s.run_id, rv_run_get), "status", "CANCELED");
    helpers = runs_of(helper);
    for (size_t i = 0; i < 2; i++)
        assert_member(json_array_get(helpers, i), "status", "CANCELED");
}

static void a_flow_that_calls_itself_ends_at_the_depth_limit_wf85(void **state)
{
    json_t *run, *cards;
    struct rv_flow_in in = { .version = 1 };
    char text[1024];
    (void)state;
    rv_str id = flow_fixture_flow(&fx, "[" HELPER(PIN("na", "n", "")) "]");
    (void)snprintf(text, sizeof text,
                   "[" HELPER(
                       PIN("na", "n", "")) "," CARD("call", "control:spawn",
                                                    PIN("f", "flo",
                                                        ",\"type\":\"flow\",\"value\":\"%.*s\""),
                                                    "") "]",
                   RV_FMT(id));
    in.cards = flow_fixture_json(&fx, rv_dup(&fx.s.cx, rv_str_of(text)));
    assert_int_equal(rv_flow_update(&fx.s.cx, id, &in), RV_OK);
    assert_int_equal(rv_flow_set_enabled(&fx.s.cx, id, true), RV_OK);
    assert_int_equal(flow_fixture_run(&fx, id, "{}", &run, &cards), RV_OK);
    assert_member(run, "status", "FAILED");
    assert_non_null(
        strstr(json_string_value(json_object_get(json_object_get(run, "error"), "message")),
               "run.depth"));
}

#define EVENT_HEAD \
    "{\"id\":\"start\",\"card\":\"okta:accessRequestCreated\",\"inputs\":[],\"outputs\":[" \
    "{\"id\":\"o-id\",\"group\":\"Output\",\"key\":\"Event ID\",\"type\":\"text\"},{\"id\":\"o-admin\",\"group\":\"Output\",\"key\":\"Admin\",\"type\":\"object\"}," \
    "{\"id\":\"o-request\",\"group\":\"Output\",\"key\":\"Access Request\",\"type\":\"object\"},{\"id\":\"o-when\",\"group\":\"Output\",\"key\":\"Date and Time\",\"type\":\"text\"}]}"

static void deliver_event(const char *id)
{
    const struct rv_job job = { .kind = RV_STR("event.deliver"),
                                .key = rv_str_of(id),
                                .payload = rv_str_of(id) };
    fx.s.cx.root = true;
    assert_int_equal(rv_trigger_deliver(&fx.s.cx, &job), RV_OK);
}

static void deliver(void)
{
    deliver_event("e1");
}

static void an_event_that_fails_does_not_stop_the_next_one_wf65(void **state)
{
    (void)state;
    rv_str flow = flow_fixture_flow(&fx, "[" EVENT_HEAD
                                         "," CARD("x", "control:throw",
                                                  PIN("m", "message", VALUE("\"no\"")), "") "]");
    assert_int_equal(rv_flow_set_enabled(&fx.s.cx, flow, true), RV_OK);
    deliver_event("e1");
    deliver_event("e2");
    wait_until_idle();
    json_t *runs = runs_of(flow);
    assert_int_equal(json_array_size(runs), 2);
    for (size_t i = 0; i < 2; i++)
        assert_member(json_array_get(runs, i), "status", "FAILED");
}

static void an_event_starts_the_flows_that_are_on_once_wf67_wf68(void **state)
{
    json_t *cards;
    (void)state;
    rv_str flow = flow_fixture_flow(&fx, "[" EVENT_HEAD
                                         "," CARD("x", "control:let",
                                                  PIN("n", "n",
                                                      ",\"from\":{\"card\":\"start\",\"output\":"
                                                      "\"o-request\",\"path\":[\"Display Name\"]}"),
                                                  PIN("no", "n", "")) "]");
    deliver();
    assert_int_equal(json_array_size(runs_of(flow)), 0); /* it is off and waits for nothing */
    assert_int_equal(rv_flow_set_enabled(&fx.s.cx, flow, true), RV_OK);
    assert_string_equal(org_stand_in.event_type, "access.request.create");
    assert_string_equal(org_stand_in.subscriber, rv_z(&fx.s.cx, flow));
    deliver();
    deliver(); /* the same event again */
    json_t *runs = runs_of(flow);
    assert_int_equal(json_array_size(runs), 1);
    wait_until_idle();
    cards = run_json(rv_json_member_str(json_array_get(runs, 0), "id"), rv_run_cards);
    assert_string_equal(json_string_value(flow_fixture_output(cards, "start", "Event ID")), "e1");
    assert_string_equal(json_string_value(flow_fixture_output(cards, "start", "Date and Time")),
                        "2026-02-03T04:05:06.000Z");
    assert_member(flow_fixture_output(cards, "start", "Admin"), "Alternate ID", "rita@example.com");
    assert_member(flow_fixture_output(cards, "start", "Access Request"), "ID", "r1");
    assert_string_equal(json_string_value(flow_fixture_output(cards, "x", "n")), "Badge access");
    assert_int_equal(rv_flow_set_enabled(&fx.s.cx, flow, false), RV_OK);
    assert_string_equal(org_stand_in.subscriber, "");
}

static void a_wait_leaves_memory_and_survives_a_restart_wf86(void **state)
{
    struct rv_run_start s = { .cx = &fx.s.cx, .via = RV_VIA_TEST };
    struct rv_engine_stats stats;
    (void)state;
    s.flow_id =
        flow_fixture_flow(&fx,
                          "[" HEAD(INPUT("a", "text")) "," CARD(
                              "w", "control:wait",
                              PIN("d", "delay", VALUE("2")) "," PIN("u", "unit", VALUE("\"hour\"")),
                              "") "," CARD("end", "control:let",
                                           PIN("v", "v", FROM("start", "o-a")),
                                           PIN("o", "v", "")) "]");
    s.inputs = flow_fixture_json(&fx, RV_STR("{\"a\":\"kept\"}"));
    assert_int_equal(rv_run_start_wait(&s), RV_OK);
    wait_until_idle();
    assert_member(run_json(s.run_id, rv_run_get), "status", "WAITING");
    rv_engine_stats(fx.s.env.engine, &stats);
    assert_int_equal(stats.live, 0);
    flow_fixture_restart(&fx, 2 * 3600 * 1000);
    do {
        flow_fixture_rest();
    } while (strcmp(json_string_value(json_object_get(run_json(s.run_id, rv_run_get), "status")),
                    "SUCCEEDED") != 0);
    assert_string_equal(json_string_value(
                            flow_fixture_output(run_json(s.run_id, rv_run_cards), "end", "v")),
                        "kept");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(badge_flow_mails_the_composed_text_wf37_wf46_wf47),
        T(the_principal_is_the_okta_user_and_caller_is_empty_for_people_wf39_wf40),
        T(if_else_runs_one_lane_and_gives_its_values_wf66_wf71_wf73),
        T(a_false_continue_if_stops_without_an_error_wf74),
        T(an_error_names_card_and_field_wf13_wf98_wf145),
        T(a_missing_person_fails_read_user_with_the_raw_answer_wf121),
        T(one_idempotency_key_starts_one_run_wf45),
        T(wrong_inputs_start_nothing_wf44),
        T(who_may_invoke_is_checked_wf28_wf34),
        T(flow_without_data_saving_keeps_no_values_wf97),
        T(mail_that_cannot_go_waits_and_goes_later_with_the_same_id),
        cmocka_unit_test_setup_teardown(an_accepted_run_survives_a_restart_wf36, setup_idle,
                                        teardown),
        T(a_waiting_run_can_be_cancelled_wf93),
        T(problems_stop_a_flow_from_being_switched_on_wf26_wf41_wf117),
        T(links_lead_back_only),
        T(each_save_is_a_version_and_runs_keep_theirs_wf130),
        T(folders_nest_move_and_refuse_circles),
        T(if_else_if_runs_the_first_body_that_holds_wf72_wf73),
        T(if_error_hands_the_error_to_its_handler_and_goes_on_wf90),
        T(an_error_in_the_handler_fails_the_run_and_return_error_reaches_through_bodies_wf91),
        T(call_flow_waits_and_gives_what_the_helper_returns_wf76_wf83_wf104),
        T(an_error_or_a_helper_that_is_off_fails_the_calling_card_wf69),
        T(call_flow_async_goes_on_and_its_error_stays_there_wf77),
        T(map_filter_and_reduce_keep_the_order_of_items_wf79_wf81_wf82_wf84),
        T(for_each_stops_at_the_first_error_and_its_other_form_does_not_wf78_wf80),
        T(a_caller_finds_its_helper_again_after_a_restart_wf86),
        T(cancelling_a_run_cancels_its_helper_runs_wf93),
        T(a_flow_that_calls_itself_ends_at_the_depth_limit_wf85),
        T(a_wait_leaves_memory_and_survives_a_restart_wf86),
        T(an_event_starts_the_flows_that_are_on_once_wf67_wf68),
        T(an_event_that_fails_does_not_stop_the_next_one_wf65),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
