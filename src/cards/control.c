/* cards/control.c: event cards that need no connector, branching, flow control (cards.md B.7: 1, 2,
 * 5, 6, 8, 9, 11, 41).
 *
 * If/Else and its join are one container here: the compiler gives the container its outputs from
 * the lane that ran. Cards that hand values on never convert them. */
#include "cards/cards_int.h"

static bool same_field(const struct rv_field *a, const struct rv_field *b)
{
    return rv_str_eq(a->key, b->key) && rv_str_eq(a->group, b->group);
}

rv_status rv_cards_mirror(struct rv_call *c)
{
    struct rv_field out, in;
    for (size_t o = 0; o < rv_out_count(c); o++) {
        rv_out_field(c, o, &out);
        for (size_t i = 0; i < rv_in_count(c); i++) {
            json_t *v = rv_in_at(c, i, &in);
            if (same_field(&in, &out))
                RV_TRY(rv_out_at(c, o, json_incref(v)));
        }
    }
    return RV_OK;
}

/* A value the caller gave, else the static value of the field of that name. */
static rv_status given_or_default(struct rv_call *c, size_t o, const struct rv_field *out,
                                  const json_t *inputs)
{
    struct rv_field in;
    json_t *v = out->key.p != NULL ? json_object_getn(inputs, out->key.p, out->key.n) : NULL;
    for (size_t i = 0; v == NULL && i < rv_in_count(c); i++) {
        json_t *def = rv_in_at(c, i, &in);
        if (same_field(&in, out))
            v = def;
    }
    return rv_out_at(c, o, json_incref(v));
}

static rv_status context_value(struct rv_call *c, size_t o, const struct rv_field *out)
{
    const struct rv_start *s = rv_call_start(c);
    if (rv_str_eq(out->key, RV_STR("execution_id")))
        return rv_out_at(c, o, rv_value_of_text(s->run_id));
    if (rv_str_eq(out->key, RV_STR("caller")))
        return rv_out_at(c, o, json_incref(s->caller));
    if (rv_str_eq(out->key, RV_STR("execution_time"))) { /* the planned instant of a schedule */
        json_t *planned = json_object_get(s->inputs, "execution_time");
        return rv_out_at(c, o,
                         json_is_string(planned)
                             ? json_incref(planned)
                             : rv_value_of_text(rv_time_str(rv_call_cx(c), s->at)));
    }
    if (rv_str_eq(out->key, RV_STR("index")))
        return rv_out_at(c, o, json_integer(s->index));
    if (rv_str_eq(out->key, RV_STR("parent")))
        return rv_out_at(c, o, json_incref(s->parent));
    if (rv_str_eq(out->key, RV_STR("error")))
        return rv_out_at(c, o, json_incref(s->error));
    return given_or_default(c, o, out, NULL); /* handed in from outside of an inline body */
}

rv_status rv_cards_start(struct rv_call *c)
{
    const struct rv_start *s = rv_call_start(c);
    struct rv_field out;
    for (size_t o = 0; o < rv_out_count(c); o++) {
        rv_out_field(c, o, &out);
        if (rv_str_eq(out.group, RV_STR("context")))
            RV_TRY(context_value(c, o, &out));
        else if (rv_str_eq(out.group, RV_STR("user context")))
            RV_TRY(rv_out_at(c, o, rv_value_of_text(s->principal_id)));
        else
            RV_TRY(given_or_default(c, o, &out, s->inputs));
    }
    return RV_OK;
}

static rv_status condition(struct rv_call *c, bool *ret)
{
    return rv_in_condition(c, RV_NONE_STR, ret);
}

static rv_status card_continue_if(struct rv_call *c)
{
    bool yes;
    rv_str message;
    RV_TRY(condition(c, &yes));
    if (yes)
        return RV_OK;
    RV_TRY(rv_in_text(c, "message", &message));
    RV_TRY(rv_out(c, "message", json_incref(rv_in(c, "message")))); /* handed on as it is: none stays null */
    return rv_stop(c, message);
}

static rv_status card_if(struct rv_call *c)
{
    bool yes;
    RV_TRY(condition(c, &yes));
    RV_TRY(rv_out(c, "result", json_boolean(yes)));
    return rv_branch(c, yes);
}

/* Groups of fields, each a condition and the name of a lane: "if", then the others in their order;
 * "else" has no condition. */
static rv_status card_branch(struct rv_call *c)
{
    struct rv_field f;
    bool yes;
    for (size_t i = 0; i < 2 * rv_in_count(c); i++) {
        (void)rv_in_at(c, i % rv_in_count(c), &f);
        bool first = rv_str_eq(f.group, RV_STR("if")), turn = first == (i < rv_in_count(c));
        if (!turn || !rv_str_eq(f.key, RV_STR("left-operand")) || f.group.n == 0 ||
            rv_str_eq(f.group, RV_STR("else")))
            continue;
        RV_TRY(rv_in_condition(c, f.group, &yes));
        if (yes)
            return rv_lane(c, f.group);
    }
    return rv_lane(c, RV_STR("else"));
}

static rv_status card_try(struct rv_call *c)
{
    return rv_lane(c, RV_STR("try"));
}

static rv_status card_return(struct rv_call *c)
{
    RV_TRY(rv_cards_mirror(c));
    return rv_return(c);
}

/* Fields that the author made stand in the error object beside message and code. */
static rv_status own_fields(struct rv_call *c)
{
    static const char *const keys[] = { "left-operand", "operator", "right-operand", "message",
                                        "statusCode" };
    json_t *o = rv_new_object(c);
    struct rv_field f;
    if (o == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        json_t *v = rv_in_at(c, i, &f);
        bool own = f.key.p != NULL && f.group.n == 0;
        for (size_t k = 0; k < RV_LEN(keys); k++)
            own = own && !rv_str_eq(f.key, rv_str_of(keys[k]));
        if (own && json_object_setn_new(o, f.key.p, f.key.n,
                                        v != NULL ? json_incref(v) : json_null()) != 0)
            return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in an error");
    }
    if (json_object_size(o) > 0)
        rv_card_error_fields(c, o);
    return RV_OK;
}

static rv_status fail_flow(struct rv_call *c)
{
    bool some;
    double code;
    rv_str message;
    RV_TRY(rv_in_text(c, "message", &message));
    RV_TRY(rv_in_num(c, "statusCode", &some, &code));
    RV_TRY(own_fields(c));
    return rv_card_error(c, some && code >= 100 && code <= 599 ? (int)code : 500, RV_NONE_STR,
                         "%.*s", RV_FMT(message));
}

static rv_status card_throw(struct rv_call *c)
{
    RV_TRY(rv_cards_mirror(c));
    return fail_flow(c);
}

static rv_status card_throw_if(struct rv_call *c)
{
    bool yes;
    RV_TRY(condition(c, &yes));
    return yes ? fail_flow(c) : RV_OK;
}

enum { WAIT_MAX_DAYS = 365 };

/* The run goes to the store and comes back when it is due; the second attempt is the end of the
 * wait. */
static rv_status wait_until(struct rv_call *c, int64_t ms)
{
    struct rv_cx *cx = rv_call_cx(c);
    int64_t now = rv_now(cx->env), delay = ms - now;
    if (rv_call_attempt(c) > 1 || delay <= 0)
        return RV_OK;
    if (delay > (int64_t)WAIT_MAX_DAYS * 86400000)
        return rv_fail(cx, RV_LIMIT, "the wait is %" PRId64 " days long; %d are allowed",
                       delay / 86400000, WAIT_MAX_DAYS);
    return rv_retry_later(c, delay, "waits until %.*s", RV_FMT(rv_time_str(cx, ms)));
}

/* "hour", "Hours": names come from lists of choices and from other cards. */
static bool is_unit(rv_str text, const char *name)
{
    size_t n = strlen(name);
    bool plural = text.n == n + 1 && (text.p[n] == 's' || text.p[n] == 'S');
    return (text.n == n || plural) && rv_str_eq_nocase(rv_str_sub(text, 0, n), rv_str_of(name));
}

static rv_status card_wait(struct rv_call *c)
{
    static const struct {
        const char *name;
        double ms;
    } units[] = { { "second", 1e3 },       { "minute", 6e4 },      { "hour", 3.6e6 },
                  { "day", 8.64e7 },       { "week", 7 * 8.64e7 }, { "month", 30 * 8.64e7 },
                  { "year", 365 * 8.64e7 } };
    struct rv_cx *cx = rv_call_cx(c);
    double n;
    bool some;
    rv_str unit;
    RV_TRY(rv_in_num(c, "delay", &some, &n));
    RV_TRY(rv_in_text(c, "unit", &unit));
    unit = rv_str_trim(unit);
    unit = unit.n > 0 ? unit : RV_STR("second");
    for (size_t i = 0; i < RV_LEN(units); i++) {
        double ms = n * units[i].ms;
        if (!is_unit(unit, units[i].name))
            continue;
        return wait_until(c, ms > 1e15 ? INT64_MAX / 2
                             : ms > 0  ? rv_now(cx->env) + (int64_t)ms
                                       : 0);
    }
    return rv_fail(
        cx, RV_INVALID,
        "the unit \"%.*s\" is not known; choose second, minute, hour, day, week, month or year",
        RV_FMT(unit));
}

static rv_status card_until(struct rv_call *c)
{
    int64_t ms;
    RV_TRY(rv_in_date(c, "date", &ms));
    return wait_until(c, ms);
}

static const struct rv_choice wait_units[] = { { "second", "second" }, { "minute", "minute" }, { "hour", "hour" }, { "day", "day" },
                                               { "week", "week" },     { "month", "30 days" },  { "year", "365 days" }, { NULL, NULL } };

#define OPERANDS                                                                                                       \
    { NULL, "left-operand", "value a", RV_T_ANY, 0, NULL, NULL, "what is looked at" },                                 \
    { NULL, "operator", "comparison", RV_T_TEXT, RV_PIN_REQUIRED, "\"==\"", rv_operators, "how the two are compared" }, \
    { NULL, "right-operand", "value b", RV_T_ANY, 0, NULL, NULL, "what it is compared with; not used by is empty" }

#define FAILURE(flags)                                                                                                \
    { NULL, "statusCode", "status code", RV_T_NUM, 0, "500", NULL, "100 to 599; empty: 500" },                        \
    { NULL, "message", "message", RV_T_TEXT, (flags), NULL, NULL, "what went wrong, for people" }

/* clang-format off */
const struct rv_card rv_cards_control[] = {
    {
        .name = "http:delegated", .label = "Delegated Flow", .category = "Events",
        .help = "Starts the flow when a person or Access Requests runs it, with the fields made here.",
        .kind = RV_CARD_EVENT, .user_pins = RV_USER_BOTH, .user_group = "inputs", .user_types = "text number boolean date",
        .out = RV_PINS({ "user context", "okta-user-id", "Okta User ID", RV_T_TEXT, 0, NULL, NULL, "id of the person or app that ran the flow" },
                       { "context", "caller", "Caller", RV_T_OBJECT, 0, NULL, NULL, "which request called; empty when a person runs the flow" },
                       { "context", "execution_id", "Execution ID", RV_T_TEXT, 0, NULL, NULL, "id of this run" }),
        .run = rv_cards_start,
    },
    {
        .name = "control:callable", .label = "Helper Flow", .category = "Events",
        .help = "Starts the flow when another flow calls it, with the fields made here.",
        .kind = RV_CARD_EVENT, .user_pins = RV_USER_BOTH,
        .out = RV_PINS({ "context", "index", "Index", RV_T_NUM, 0, NULL, NULL, "position in an iteration, from 0" },
                       { "context", "parent", "Caller", RV_T_OBJECT, 0, NULL, NULL, "flow, card and run that called" },
                       { "context", "error", "Error", RV_T_OBJECT, 0, NULL, NULL, "what went wrong, when the flow handles an error" },
                       { "context", "execution_id", "Execution ID", RV_T_TEXT, 0, NULL, NULL, "id of this run" }),
        .run = rv_cards_start,
    },
    {
        .name = "control:noop", .label = "Event not chosen", .category = "Events",
        .help = "Stands for the event of a flow that has none yet; such a flow can only be tested by hand.",
        .kind = RV_CARD_EVENT, .user_pins = RV_USER_BOTH, .run = rv_cards_start,
    },
    {
        .name = "control:comment", .label = "Comment", .category = "Flow Control",
        .help = "A note for people who read the flow. It is never executed.",
        .kind = RV_CARD_CONTROL, .control = RV_CONTROL_NOTE,
    },
    {
        .name = "control:if", .label = "If/Else", .category = "Branching",
        .help = "Runs the cards of one of two lanes, depending on a condition.",
        .kind = RV_CARD_CONTROL, .control = RV_CONTROL_IF, .user_pins = RV_USER_OUTPUTS,
        .in = RV_PINS(OPERANDS),
        .out = RV_PINS({ NULL, "result", "result", RV_T_BOOL, 0, NULL, NULL, "whether the condition was true" }),
        .run = card_if,
    },
    {
        .name = "control:branch", .label = "If/ElseIf", .category = "Branching",
        .help = "Runs the first of several inner flows whose condition holds, else the last one.",
        .kind = RV_CARD_CONTROL, .control = RV_CONTROL_BODIES, .user_pins = RV_USER_OUTPUTS,
        .in = RV_PINS({ "if", "left-operand", "value a", RV_T_ANY, 0, NULL, NULL, "what is looked at" },
                      { "if", "operator", "comparison", RV_T_TEXT, RV_PIN_REQUIRED, "\"==\"", rv_operators, "how the two are compared" },
                      { "if", "right-operand", "value b", RV_T_ANY, 0, NULL, NULL, "what it is compared with" }),
        .run = card_branch,
    },
    {
        .name = "control:tryCatch", .label = "If Error", .category = "Error Handling",
        .help = "Runs an inner flow, and another one with the error when the first fails.",
        .kind = RV_CARD_CONTROL, .control = RV_CONTROL_BODIES, .user_pins = RV_USER_OUTPUTS, .run = card_try,
    },
    {
        .name = "control:continueIf", .label = "Continue If", .category = "Branching",
        .help = "Goes on when the condition is true; otherwise the flow ends without an error.",
        .kind = RV_CARD_CONTROL,
        .in = RV_PINS(OPERANDS, { "otherwise", "message", "message", RV_T_TEXT, 0, NULL, NULL, "what the history says when the flow ends here" }),
        .out = RV_PINS({ NULL, "message", "message", RV_T_TEXT, 0, NULL, NULL, "the message, when the flow ended here" }),
        .run = card_continue_if,
    },
    {
        .name = "control:throw", .label = "Return Error", .category = "Error Handling",
        .help = "Ends the flow with an error.",
        .kind = RV_CARD_CONTROL, .user_pins = RV_USER_BOTH,
        .in = RV_PINS(FAILURE(RV_PIN_REQUIRED)), .out = RV_PINS({ NULL, "statusCode", "status code", RV_T_NUM, 0, NULL, NULL, "the status code" },
                                               { NULL, "message", "message", RV_T_TEXT, 0, NULL, NULL, "the message" }),
        .run = card_throw,
    },
    {
        .name = "control:throwIf", .label = "Return Error If", .category = "Error Handling",
        .help = "Ends the flow with an error when a condition is true; otherwise goes on.",
        .kind = RV_CARD_CONTROL, .user_pins = RV_USER_INPUTS,
        .in = RV_PINS(OPERANDS, FAILURE(0)), .run = card_throw_if,
    },
    {
        .name = "control:wait", .label = "Wait For", .category = "Flow Control",
        .help = "Waits before the next card; the wait survives a restart.",
        .kind = RV_CARD_CONTROL,
        .in = RV_PINS({ NULL, "delay", "delay", RV_T_NUM, RV_PIN_REQUIRED, "1", NULL, "how long, at most 365 days" },
                      { NULL, "unit", "unit", RV_T_TEXT, 0, "\"minute\"", wait_units, "of what; empty: seconds" }),
        .run = card_wait,
    },
    {
        .name = "control:until", .label = "Wait Until", .category = "Flow Control",
        .help = "Waits until a date & time; the wait survives a restart.",
        .kind = RV_CARD_CONTROL,
        .in = RV_PINS({ NULL, "date", "date & time", RV_T_DATE, RV_PIN_REQUIRED, NULL, NULL, "when to go on, at most 365 days ahead" }),
        .run = card_until,
    },
    {
        .name = "control:let", .label = "Assign", .category = "Flow Control",
        .help = "Gives names to values, fixed or from earlier cards.",
        .kind = RV_CARD_PURE, .user_pins = RV_USER_BOTH, .run = rv_cards_mirror,
    },
    {
        .name = "control:return", .label = "Return", .category = "Flow Control",
        .help = "Ends the flow and hands its fields to the caller.",
        .kind = RV_CARD_CONTROL, .user_pins = RV_USER_BOTH, .run = card_return,
    },
    { .name = NULL },
};
