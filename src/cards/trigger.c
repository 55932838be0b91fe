/* cards/trigger.c: event cards that a clock or an HTTP caller starts, and what answers such a
 * caller or waits for one (cards.md B.7: 2, 29, 42; C.2 and C.4; workflows.md 7).
 *
 * Answers are data: which header may leave is decided where they are sent. */
#include "cards/cards_int.h"

/* Inputs are named by group and key: "query.name". */
static rv_status card_accept(struct rv_call *c)
{
    const struct rv_start *s = rv_call_start(c);
    struct rv_field out;
    for (size_t o = 0; o < rv_out_count(c); o++) {
        rv_out_field(c, o, &out);
        if (rv_str_eq(out.group, RV_STR("context"))) {
            if (rv_str_eq(out.key, RV_STR("execution_id")))
                RV_TRY(rv_out_at(c, o, rv_value_of_text(s->run_id)));
            continue;
        }
        rv_str name = rv_printf(rv_call_cx(c), "%.*s.%.*s", RV_FMT(out.group), RV_FMT(out.key));
        RV_TRY(rv_out_at(c, o,
                         json_incref(name.p != NULL ? json_object_getn(s->inputs, name.p, name.n)
                                                    : NULL)));
    }
    return RV_OK;
}

/* Status, headers and body of the card, for an HTTP caller. */
static rv_status read_raw(struct rv_call *c, struct rv_raw *ret)
{
    bool some;
    double code;
    *ret = (struct rv_raw){ 200, rv_in(c, "headers"), rv_in(c, "body") };
    RV_TRY(rv_in_num(c, "statusCode", &some, &code));
    if (!some)
        return RV_OK;
    if (!(code >= 200 && code <= 599))
        return rv_fail(rv_call_cx(c), RV_INVALID, "the status code must be between 200 and 599");
    ret->status = (int)code;
    return RV_OK;
}

static rv_status card_return_raw(struct rv_call *c)
{
    struct rv_raw a;
    RV_TRY(read_raw(c, &a));
    RV_TRY(rv_cards_mirror(c));
    return rv_return_raw(c, &a);
}

static rv_status card_close(struct rv_call *c)
{
    struct rv_raw a;
    RV_TRY(read_raw(c, &a));
    return rv_answer(c, &a);
}

/* First the card's own values go out to who called; what the run is resumed with takes their place.
 */
static rv_status card_pause(struct rv_call *c)
{
    const json_t *resumed = rv_call_start(c)->resumed;
    struct rv_field out;
    if (resumed == NULL) {
        RV_TRY(rv_cards_mirror(c));
        return rv_pause(c, NULL);
    }
    for (size_t o = 0; o < rv_out_count(c); o++) {
        rv_out_field(c, o, &out);
        RV_TRY(rv_out_at(c, o,
                         json_incref(out.key.p != NULL
                                         ? json_object_getn(json_object_get(resumed, "values"),
                                                            out.key.p, out.key.n)
                                         : NULL)));
    }
    return RV_OK;
}

static rv_status card_pause_raw(struct rv_call *c)
{
    const json_t *resumed = rv_call_start(c)->resumed;
    struct rv_raw a;
    if (resumed == NULL) {
        RV_TRY(read_raw(c, &a));
        RV_TRY(rv_cards_mirror(c));
        return rv_pause(c, &a);
    }
    RV_TRY(rv_out(c, "headers", json_incref(json_object_get(resumed, "headers"))));
    return rv_out(c, "body", json_incref(json_object_get(resumed, "text")));
}

#define STATUS(required) { NULL, "statusCode", "Status Code", RV_T_NUM, (required), "200", NULL, "200 to 599" }
#define HEADERS { NULL, "headers", "Headers", RV_T_OBJECT, 0, NULL, NULL, "header fields of the answer by name" }

/* clang-format off */
const struct rv_card rv_cards_trigger[] = {
    {
        .name = "control:scheduled", .label = "Scheduled Flow", .category = "Events",
        .help = "Starts the flow by a schedule: every few minutes or hours, or at times of chosen days.",
        .kind = RV_CARD_EVENT, .user_pins = RV_USER_BOTH,
        .out = RV_PINS({ "context", "execution_time", "Current Time", RV_T_DATE, 0, NULL, NULL, "the instant that the start was planned for" },
                       { "context", "execution_id", "Execution ID", RV_T_TEXT, 0, NULL, NULL, "id of this run" }),
        .run = rv_cards_start,
    },
    {
        .name = "http:accept", .label = "API Endpoint", .category = "Events",
        .help = "Starts the flow when somebody calls its address; fields of the groups headers, query and body take their values from the request.",
        .kind = RV_CARD_EVENT, .user_pins = RV_USER_OUTPUTS, .user_group = "body",
        .out = RV_PINS({ "raw", "headers", "Headers", RV_T_OBJECT, 0, NULL, NULL, "header fields of the request, names in lower case; without credentials and cookies" },
                       { "raw", "body", "Body", RV_T_TEXT, 0, NULL, NULL, "the body as it came" },
                       { "raw", "query", "Query", RV_T_TEXT, 0, NULL, NULL, "the query as it came, without the client token" },
                       { "context", "execution_id", "Execution ID", RV_T_TEXT, 0, NULL, NULL, "id of this run" }),
        .run = card_accept,
    },
    {
        .name = "control:returnRaw", .label = "Return Raw", .category = "Flow Control",
        .help = "Ends the flow and answers an HTTP caller with exactly this status, these headers and this body.",
        .kind = RV_CARD_CONTROL,
        .in = RV_PINS(STATUS(RV_PIN_REQUIRED), HEADERS, { NULL, "body", "Body", RV_T_TEXT, 0, NULL, NULL, "text of the answer" }),
        .out = RV_PINS({ NULL, "statusCode", "Status Code", RV_T_NUM, 0, NULL, NULL, "the status code" }, { NULL, "headers", "Headers", RV_T_OBJECT, 0, NULL, NULL, "the headers" },
                       { NULL, "body", "Body", RV_T_TEXT, 0, NULL, NULL, "the body" }),
        .run = card_return_raw,
    },
    {
        .name = "httpfunctions:close", .label = "Close", .category = "API Connector",
        .help = "Answers an HTTP caller now; the cards that follow still run.",
        .kind = RV_CARD_CONTROL,
        .in = RV_PINS(STATUS(0), HEADERS, { NULL, "body", "Body", RV_T_OBJECT, 0, NULL, NULL, "sent as JSON" }),
        .run = card_close,
    },
    {
        .name = "control:pause", .label = "Pause", .category = "Flow Control",
        .help = "Gives its fields and the execution id back to who called, and goes on when somebody calls the flow's resume address; what they send comes out.",
        .kind = RV_CARD_CONTROL, .user_pins = RV_USER_BOTH, .run = card_pause,
    },
    {
        .name = "control:pauseRaw", .label = "Pause Raw", .category = "Flow Control",
        .help = "Like Pause, but answers with this status, these headers and this body, and puts out headers and body of the resuming call.",
        .kind = RV_CARD_CONTROL,
        .in = RV_PINS(STATUS(RV_PIN_REQUIRED), HEADERS, { NULL, "body", "Body", RV_T_TEXT, 0, NULL, NULL, "text of the answer" }),
        .out = RV_PINS({ NULL, "headers", "Headers", RV_T_OBJECT, 0, NULL, NULL, "header fields of the resuming call" },
                       { NULL, "body", "Body", RV_T_TEXT, 0, NULL, NULL, "its body" }),
        .run = card_pause_raw,
    },
    { .name = NULL },
};
