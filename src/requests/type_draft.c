/* requests/type_draft.c: steps of a request type as they are sent, checked and brought into their
 * stored form.
 *
 * A draft is saved while somebody types, so it may be incomplete: an empty text, no flow, a
 * condition without a value. What it must be is well-formed: known members, limits, unique keys,
 * and references only to steps above (2.9, 12.1). All faults are collected before anything is
 * refused. Completeness is the business of type_check.c. */
#include "requests/type_int.h"

/* ---- shapes ---------------------------------------------------------------------------------- */

static const char *const input_types[] = { "TEXT", "LONG_TEXT", "NUMBER", "BOOLEAN", "DATE", "DROPDOWN", "USER", NULL };
static const char *const units[] = { "MINUTES", "HOURS", "DAYS", NULL };
static const char *const actions[] = { "RUN_WORKFLOW", NULL };
static const char *const matches[] = { "ALL", "ANY", NULL };
static const char *const op_names[] = { "IS", "IS_NOT", "CONTAINS", "NOT_CONTAINS", "IS_AFTER", "IS_BEFORE", "IS_BETWEEN", "IN_LIST", "NOT_IN_LIST", "INCLUDES",
                                        "NOT_EMPTY", "IS_COMPLETED", "IS_APPROVED", "IS_DENIED", NULL };
static const char *const assign_types[] = { "REQUESTER", "MANAGER", "REQUEST_ASSIGNEE", "USER", "GROUP", "GROUP_OWNER", "TEAM", "QUESTION", "NONE", NULL };
static const char *const audience_types[] = { "EVERYONE", "GROUP", "TEAM", NULL };
static const char *const sources[] = { "REQUESTER_EMAIL", "REQUEST_SUBJECT", "ASSIGNEE_EMAIL", "REQUEST_ID", "REQUEST_URL", "REQUESTER_LOGIN", "QUESTION",
                                       "APPROVER_EMAIL", "CONSTANT", NULL };
enum { OPTIONS_MAX = 25, OPTION_MAX = 280, CONDITIONS_MAX = 50, VALUES_MAX = 100, VALUE_MAX = 1000, INPUTS_MAX = 100 };

struct step_in {
    uint64_t seen, nulls;
    rv_str id, kind, text, input_type, help, list_id, action, flow_id;
    bool required, multi, automatic;
    json_t *logic, *assign_to, *due, *options, *inputs, *timer, *ignored;
};
#define AT(member) offsetof(struct step_in, member)
#define COMMON                                                                                                         \
    { "id", RV_K_TEXT, RV_REQUIRED, AT(id), 1, 40, NULL, "author's key, [A-Za-z0-9_-]" },                              \
    { "kind", RV_K_TEXT, RV_REQUIRED, AT(kind), 0, 0, NULL, "QUESTION, APPROVAL, CUSTOM_TASK, ACTION or TIMER" },     \
    { "logic", RV_K_OBJECT, RV_NULLABLE, AT(logic), 0, 0, NULL, "when the step is shown; absent: always" }
static const struct rv_member question_members[] = {
    COMMON,
    { "text", RV_K_TEXT, RV_REQUIRED | RV_NO_CONTROL, AT(text), 0, 100, NULL, "prompt" },
    { "inputType", RV_K_ENUM, RV_REQUIRED, AT(input_type), 0, 0, input_types, "type of the answer" },
    { "required", RV_K_BOOL, 0, AT(required), 0, 0, NULL, "an answer is needed; true unless said" },
    { "assignTo", RV_K_OBJECT, RV_NULLABLE, AT(assign_to), 0, 0, NULL, "who answers; the requester unless said" },
    { "help", RV_K_TEXT, RV_NULLABLE, AT(help), 0, 500, NULL, "help below the field" },
    { "multi", RV_K_BOOL, RV_NULLABLE, AT(multi), 0, 0, NULL, "several may be chosen" },
    { "options", RV_K_ARRAY, RV_NULLABLE, AT(options), 0, OPTIONS_MAX, NULL, "custom options" },
    { "configListId", RV_K_TEXT, RV_NULLABLE, AT(list_id), 0, 100, NULL, "configuration list with the options" },
    { "fieldId", RV_K_JSON, 0, AT(ignored), 0, 0, NULL, "read only" },
    { .name = NULL },
};
static const struct rv_member task_members[] = {
    COMMON,
    { "text", RV_K_TEXT, RV_REQUIRED | RV_NO_CONTROL, AT(text), 0, 250, NULL, "what is to be done" },
    { "required", RV_K_BOOL, 0, AT(required), 0, 0, NULL, "must be completed; true unless said" },
    { "assignTo", RV_K_OBJECT, RV_REQUIRED, AT(assign_to), 0, 0, NULL, "who acts" },
    { "due", RV_K_OBJECT, RV_NULLABLE, AT(due), 0, 0, NULL, "time-frame from the moment the task opens" },
    { .name = NULL },
};
static const struct rv_member action_members[] = {
    COMMON,
    { "text", RV_K_TEXT, RV_REQUIRED | RV_NO_CONTROL, AT(text), 0, 250, NULL, "label" },
    { "action", RV_K_ENUM, RV_REQUIRED, AT(action), 0, 0, actions, "which action" },
    { "automatic", RV_K_BOOL, 0, AT(automatic), 0, 0, NULL, "runs by itself; true unless said" },
    { "assignTo", RV_K_OBJECT, RV_NULLABLE, AT(assign_to), 0, 0, NULL, "who runs it, when not automatic" },
    { "due", RV_K_OBJECT, RV_NULLABLE, AT(due), 0, 0, NULL, "time-frame from the moment the task opens" },
    { "flowId", RV_K_TEXT, RV_NULLABLE, AT(flow_id), 0, 100, NULL, "delegated flow" },
    { "inputs", RV_K_OBJECT, RV_NULLABLE, AT(inputs), 0, 0, NULL, "a source for each input of the flow" },
    { "flowName", RV_K_JSON, 0, AT(ignored), 0, 0, NULL, "read only" },
    { "flowInputs", RV_K_JSON, 0, AT(ignored), 0, 0, NULL, "read only" },
    { .name = NULL },
};
static const struct rv_member timer_members[] = {
    COMMON,
    { "text", RV_K_TEXT, RV_REQUIRED | RV_NO_CONTROL, AT(text), 0, 250, NULL, "label" },
    { "timer", RV_K_OBJECT, RV_REQUIRED, AT(timer), 0, 0, NULL, "a duration, or a date question" },
    { .name = NULL },
};
static const struct kind {
    const char *name;
    struct rv_shape shape;
} kinds[] = {
    { "QUESTION", { "QuestionStep", question_members, false } }, { "APPROVAL", { "ApprovalStep", task_members, false } },
    { "CUSTOM_TASK", { "CustomTaskStep", task_members, false } }, { "ACTION", { "ActionStep", action_members, false } },
    { "TIMER", { "TimerStep", timer_members, false } },
};

struct logic_in {
    uint64_t seen, nulls;
    rv_str match;
    json_t *conditions;
};
static const struct rv_member logic_members[] = {
    { "match", RV_K_ENUM, RV_REQUIRED, offsetof(struct logic_in, match), 0, 0, matches, "how conditions are joined" },
    { "conditions", RV_K_ARRAY, RV_REQUIRED, offsetof(struct logic_in, conditions), 0, CONDITIONS_MAX, NULL, "conditions on steps above" },
    { .name = NULL },
};
static const struct rv_shape logic_shape = { "Logic", logic_members, false };

struct condition_in {
    uint64_t seen, nulls;
    rv_str step_id, op;
    json_t *value, *values;
};
enum { CONDITION_VALUE = 2, CONDITION_VALUES = 3 };
static const struct rv_member condition_members[] = {
    { "stepId", RV_K_TEXT, RV_REQUIRED, offsetof(struct condition_in, step_id), 0, 40, NULL, "a step above" },
    { "op", RV_K_ENUM, RV_REQUIRED, offsetof(struct condition_in, op), 0, 0, op_names, "operator" },
    { "value", RV_K_JSON, 0, offsetof(struct condition_in, value), 0, 0, NULL, "text, number or true/false" },
    { "values", RV_K_ARRAY, RV_NULLABLE, offsetof(struct condition_in, values), 0, VALUES_MAX, NULL, "several values" },
    { .name = NULL },
};
static const struct rv_shape condition_shape = { "Condition", condition_members, false };

struct assign_in {
    uint64_t seen, nulls;
    rv_str type, id, step_id;
    json_t *ignored;
};
enum { ASSIGN_ID = 1, ASSIGN_STEP = 2 };
static const struct rv_member assign_members[] = {
    { "type", RV_K_ENUM, RV_REQUIRED, offsetof(struct assign_in, type), 0, 0, assign_types, "who" },
    { "id", RV_K_TEXT, 0, offsetof(struct assign_in, id), 0, 100, NULL, "person, group or team" },
    { "stepId", RV_K_TEXT, 0, offsetof(struct assign_in, step_id), 0, 40, NULL, "question that chooses" },
    { "name", RV_K_JSON, 0, offsetof(struct assign_in, ignored), 0, 0, NULL, "read only" },
    { .name = NULL },
};
static const struct rv_shape assign_shape = { "AssignTo", assign_members, false };
static const struct rv_member audience_members[] = {
    { "type", RV_K_ENUM, RV_REQUIRED, offsetof(struct assign_in, type), 0, 0, audience_types, "who may submit" },
    { "id", RV_K_TEXT, 0, offsetof(struct assign_in, id), 0, 100, NULL, "group or team" },
    { "name", RV_K_JSON, 0, offsetof(struct assign_in, ignored), 0, 0, NULL, "read only" },
    { .name = NULL },
};
static const struct rv_shape audience_shape = { "Audience", audience_members, false };

struct duration_in {
    uint64_t seen, nulls;
    int64_t n;
    rv_str unit, until;
};
static const struct rv_member duration_members[] = {
    { "n", RV_K_INT, RV_REQUIRED, offsetof(struct duration_in, n), 1, 9999, NULL, "how many" },
    { "unit", RV_K_ENUM, RV_REQUIRED, offsetof(struct duration_in, unit), 0, 0, units, "of what" },
    { .name = NULL },
};
static const struct rv_shape duration_shape = { "Duration", duration_members, false };
static const struct rv_member until_members[] = {
    { "untilStepId", RV_K_TEXT, RV_REQUIRED, offsetof(struct duration_in, until), 0, 40, NULL, "a date question above" },
    { .name = NULL },
};
static const struct rv_shape until_shape = { "TimerUntil", until_members, false };

struct source_in {
    uint64_t seen, nulls;
    rv_str source, step_id;
    json_t *value;
};
static const struct rv_member plain_source_members[] = {
    { "source", RV_K_ENUM, RV_REQUIRED, offsetof(struct source_in, source), 0, 0, sources, "where the value comes from" },
    { .name = NULL },
};
static const struct rv_member step_source_members[] = {
    { "source", RV_K_ENUM, RV_REQUIRED, offsetof(struct source_in, source), 0, 0, sources, "where the value comes from" },
    { "stepId", RV_K_TEXT, RV_REQUIRED, offsetof(struct source_in, step_id), 0, 40, NULL, "step that has the value" },
    { .name = NULL },
};
static const struct rv_member constant_members[] = {
    { "source", RV_K_ENUM, RV_REQUIRED, offsetof(struct source_in, source), 0, 0, sources, "where the value comes from" },
    { "value", RV_K_JSON, RV_REQUIRED, offsetof(struct source_in, value), 0, 0, NULL, "text, number or true/false" },
    { .name = NULL },
};
static const struct rv_shape plain_source_shape = { "InputSource", plain_source_members, false };
static const struct rv_shape step_source_shape = { "StepInputSource", step_source_members, false };
static const struct rv_shape constant_shape = { "ConstantInputSource", constant_members, false };

/* ---- rules in tables ------------------------------------------------------------------------- */

#define TEXT_OPS " IS IS_NOT CONTAINS NOT_CONTAINS NOT_EMPTY "
static const struct {
    const char *kind, *input_type;
    int multi; /* -1: either */
    const char *ops; /* 2.9 */
    const char *feeds; /* 3.3 */
} rules[] = {
    { "QUESTION", "TEXT", -1, TEXT_OPS, " text number datetime boolean " },
    { "QUESTION", "LONG_TEXT", -1, TEXT_OPS, " text number datetime boolean " },
    { "QUESTION", "NUMBER", -1, " IS IS_NOT NOT_EMPTY ", " number text " },
    { "QUESTION", "BOOLEAN", -1, " IS IS_NOT NOT_EMPTY ", " boolean text " },
    { "QUESTION", "DATE", -1, " IS IS_NOT IS_AFTER IS_BEFORE IS_BETWEEN NOT_EMPTY ", " text datetime " },
    { "QUESTION", "DROPDOWN", 0, " IS IS_NOT IN_LIST NOT_IN_LIST NOT_EMPTY ", " text number datetime boolean " },
    { "QUESTION", "DROPDOWN", 1, " IS IS_NOT IN_LIST NOT_IN_LIST INCLUDES NOT_EMPTY ", " text " },
    { "QUESTION", "USER", -1, " IS IS_NOT NOT_EMPTY ", " text " },
    { "APPROVAL", NULL, -1, " IS_APPROVED IS_DENIED IS_COMPLETED ", "" },
    { "CUSTOM_TASK", NULL, -1, " IS_COMPLETED ", "" },
    { "ACTION", NULL, -1, " IS_COMPLETED ", "" },
    { "TIMER", NULL, -1, " IS_COMPLETED ", "" },
};

static bool is(rv_str s, const char *z)
{
    return rv_str_eq(s, rv_str_of(z));
}

/* Row of the table above for a step, or -1. */
static int rule_of(const json_t *step)
{
    rv_str kind = rv_json_member_str(step, "kind"), type = rv_json_member_str(step, "inputType");
    int multi = json_is_true(json_object_get(step, "multi"));
    for (size_t i = 0; i < RV_LEN(rules); i++) {
        if (is(kind, rules[i].kind) &&
            (rules[i].input_type == NULL || is(type, rules[i].input_type)) &&
            (rules[i].multi < 0 || rules[i].multi == multi))
            return (int)i;
    }
    return -1;
}

static bool word_in(const char *words, rv_str word)
{
    const char *at = words;
    size_t n = strlen(words);
    while (word.n > 0 && (at = memmem(at, n - (size_t)(at - words), word.p, word.n)) != NULL) {
        if (at[-1] == ' ' && at[word.n] == ' ')
            return true;
        at++;
    }
    return false;
}

bool rv_type_feeds(const json_t *question, rv_str input_type)
{
    int row = rule_of(question);
    return row >= 0 && rules[row].feeds[0] != '\0' && word_in(rules[row].feeds, input_type);
}

bool rv_type_op_has_value(rv_str op)
{
    return !is(op, "NOT_EMPTY") && !is(op, "IS_COMPLETED") && !is(op, "IS_APPROVED") &&
           !is(op, "IS_DENIED");
}

const json_t *rv_type_step(const json_t *steps, rv_str id, size_t *ret_at)
{
    size_t i;
    json_t *step;
    json_array_foreach(steps, i, step)
    {
        if (id.n > 0 && rv_str_eq(rv_json_member_str(step, "id"), id)) {
            *ret_at = i;
            return step;
        }
    }
    return NULL;
}

size_t rv_type_form_length(const json_t *steps)
{
    size_t i;
    json_t *step;
    json_array_foreach(steps, i, step)
    {
        if (!is(rv_json_member_str(step, "kind"), "QUESTION") ||
            !is(rv_json_member_str(json_object_get(step, "assignTo"), "type"), "REQUESTER"))
            return i;
    }
    return json_array_size(steps);
}

bool rv_type_has_foreign_step(const json_t *steps)
{
    size_t i;
    json_t *step;
    json_array_foreach(steps, i, step)
    {
        rv_str to = rv_json_member_str(json_object_get(step, "assignTo"), "type");
        if (to.p != NULL && !is(to, "REQUESTER"))
            return true;
    }
    return false;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct draft {
    struct rv_cx *cx;
    const json_t *sent, *before;
    struct step_in *steps;
    size_t n;
    rv_status st; /* the worst so far */
};

static const char *pointer(const struct draft *d, size_t i, const char *rest)
{
    rv_str p = rv_printf(d->cx, "/steps/%zu%s", i, rest);
    return p.p != NULL ? p.p : "/steps";
}

static void note(struct draft *d, rv_status one)
{
    d->st = one != RV_OK ? one : d->st;
}

static const char *name_of(const struct draft *d, size_t i)
{
    return rv_z(d->cx, d->steps[i].text.n > 0 ? d->steps[i].text : d->steps[i].id);
}

/* A reference to a step above; empty while it is not chosen yet. */
static void check_above(struct draft *d, size_t i, rv_str id, const char *where)
{
    size_t at;
    if (id.n == 0)
        return;
    if (rv_type_step(d->sent, id, &at) == NULL)
        note(d, rv_fail_field(d->cx, pointer(d, i, where), "UNKNOWN_STEP",
                              "there is no step \"%.*s\" in this request type", RV_FMT(id)));
    else if (at >= i)
        note(d, rv_fail_field(d->cx, pointer(d, i, where), "LATER_STEP",
                              "Step %s can only depend on a step above it", name_of(d, i)));
}

static bool is_key(rv_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-'))
            return false;
    }
    return s.n > 0;
}

static void read_id(struct draft *d, size_t i)
{
    size_t first = i;
    rv_str id = d->steps[i].id;
    if (id.p == NULL)
        return;
    if (!is_key(id))
        note(d, rv_fail_field(d->cx, pointer(d, i, "/id"), "INVALID_VALUE",
                              "id must be 1 to 40 letters, digits, _ or -"));
    if (rv_type_step(d->sent, id, &first) != NULL && first < i)
        note(d, rv_fail_field(
                    d->cx, pointer(d, i, "/id"), "DUPLICATE",
                    "id \"%.*s\" stands at step %zu already; ids are unique in a request type",
                    RV_FMT(id), first + 1));
}

static void read_options(struct draft *d, size_t i)
{
    struct step_in *s = &d->steps[i];
    bool dropdown = is(s->input_type, "DROPDOWN");
    size_t k;
    json_t *o;
    if (!dropdown && (s->options != NULL || s->list_id.n > 0 || s->multi))
        note(d, rv_fail_field(d->cx,
                              pointer(d, i,
                                      s->options != NULL ? "/options"
                                      : s->list_id.n > 0 ? "/configListId"
                                                         : "/multi"),
                              "INVALID_VALUE",
                              "options, a configuration list and several choices belong to a "
                              "drop-down question"));
    if (dropdown && json_array_size(s->options) > 0 && s->list_id.n > 0)
        note(d, rv_fail_field(d->cx, pointer(d, i, "/options"), "INVALID_VALUE",
                              "options come from the question itself or from a configuration list, "
                              "not from both"));
    json_array_foreach(s->options, k, o)
    {
        rv_str text = rv_json_str(o), where = rv_printf(d->cx, "/options/%zu", k);
        if (text.p == NULL || rv_utf8_count(text) > OPTION_MAX)
            note(d, rv_fail_field(d->cx, pointer(d, i, where.p != NULL ? where.p : "/options"),
                                  "OUT_OF_RANGE", "an option is a text of 1 to %d characters",
                                  OPTION_MAX));
    }
}

/* type USER, GROUP, GROUP_OWNER and TEAM take an id, QUESTION a step, the others nothing. */
static rv_status check_assign(struct rv_cx *cx, const struct assign_in *in, const char *at)
{
    bool by_id = is(in->type, "USER") || is(in->type, "GROUP") || is(in->type, "GROUP_OWNER") ||
                 is(in->type, "TEAM"),
         by_step = is(in->type, "QUESTION");
    if (by_id != (bool)RV_SEEN(in, ASSIGN_ID))
        return rv_fail_field(cx, rv_z(cx, rv_printf(cx, "%s/id", at)),
                             by_id ? "REQUIRED_PROPERTY_MISSING" : "UNKNOWN_PROPERTY",
                             by_id ? "id is required: it says which %.*s"
                                   : "there is no id for %.*s",
                             RV_FMT(in->type));
    if (by_step != (bool)RV_SEEN(in, ASSIGN_STEP))
        return rv_fail_field(cx, rv_z(cx, rv_printf(cx, "%s/stepId", at)),
                             by_step ? "REQUIRED_PROPERTY_MISSING" : "UNKNOWN_PROPERTY",
                             by_step ? "stepId is required: it says which %.*s"
                                     : "there is no stepId for %.*s",
                             RV_FMT(in->type));
    return RV_OK;
}

static void read_assign(struct draft *d, size_t i)
{
    struct assign_in in = { 0 };
    if (d->steps[i].assign_to == NULL)
        return;
    const char *at = pointer(d, i, "/assignTo");
    rv_status st = rv_json_decode(d->cx, d->steps[i].assign_to, &assign_shape, at, &in);
    if (st == RV_OK)
        st = check_assign(d->cx, &in, at);
    if (st == RV_OK && is(in.type, "QUESTION"))
        check_above(d, i, in.step_id, "/assignTo/stepId");
    note(d, st);
}

static bool is_scalar(const json_t *v)
{
    return json_is_number(v) || json_is_boolean(v) ||
           (json_is_string(v) && rv_utf8_count(rv_json_str(v)) <= VALUE_MAX);
}

static void read_values(struct draft *d, const struct condition_in *c, const char *at)
{
    size_t k;
    json_t *v;
    if (c->value != NULL && !json_is_null(c->value) && !is_scalar(c->value))
        note(d,
             rv_fail_field(d->cx, rv_z(d->cx, rv_printf(d->cx, "%s/value", at)), "INVALID_TYPE",
                           "value must be a text of at most %d characters, a number or true/false",
                           VALUE_MAX));
    if (c->value != NULL && !json_is_null(c->value) && c->values != NULL)
        note(d, rv_fail_field(d->cx, rv_z(d->cx, rv_printf(d->cx, "%s/values", at)),
                              "INVALID_VALUE", "a condition has value or values, not both"));
    json_array_foreach(c->values, k, v)
    {
        if (!is_scalar(v) || json_is_boolean(v))
            note(d, rv_fail_field(d->cx, rv_z(d->cx, rv_printf(d->cx, "%s/values/%zu", at, k)),
                                  "INVALID_TYPE",
                                  "a value must be a text of at most %d characters or a number",
                                  VALUE_MAX));
    }
    if (!rv_type_op_has_value(c->op) &&
        ((c->value != NULL && !json_is_null(c->value)) || c->values != NULL))
        note(d, rv_fail_field(d->cx, rv_z(d->cx, rv_printf(d->cx, "%s/value", at)), "INVALID_VALUE",
                              "%.*s takes no value", RV_FMT(c->op)));
}

static void read_condition(struct draft *d, size_t i, const json_t *sent, size_t k)
{
    struct condition_in c = { 0 };
    size_t at;
    rv_str where = rv_printf(d->cx, "/logic/conditions/%zu", k);
    const char *here = pointer(d, i, rv_z(d->cx, where));
    rv_status st = rv_json_decode(d->cx, sent, &condition_shape, here, &c);
    note(d, st);
    if (st != RV_OK)
        return;
    check_above(d, i, c.step_id, rv_z(d->cx, rv_printf(d->cx, "%.*s/stepId", RV_FMT(where))));
    const json_t *target = rv_type_step(d->sent, c.step_id, &at);
    int row = target != NULL ? rule_of(target) : -1;
    if (row >= 0 && at < i && !word_in(rules[row].ops, c.op))
        note(d, rv_fail_field(d->cx, rv_z(d->cx, rv_printf(d->cx, "%s/op", here)), "INVALID_VALUE",
                              "%.*s cannot be asked of step %s; possible: %.*s", RV_FMT(c.op),
                              name_of(d, at), RV_FMT(rv_str_trim(rv_str_of(rules[row].ops)))));
    read_values(d, &c, here);
}

static void read_logic(struct draft *d, size_t i)
{
    struct logic_in in = { 0 };
    size_t k;
    json_t *c;
    if (d->steps[i].logic == NULL)
        return;
    note(d, rv_json_decode(d->cx, d->steps[i].logic, &logic_shape, pointer(d, i, "/logic"), &in));
    json_array_foreach(in.conditions, k, c)
        read_condition(d, i, c, k);
}

static void read_timer(struct draft *d, size_t i)
{
    struct duration_in in = { 0 };
    const json_t *timer = d->steps[i].timer;
    if (timer == NULL)
        return;
    bool until = json_object_get(timer, "untilStepId") != NULL;
    note(d, rv_json_decode(d->cx, timer, until ? &until_shape : &duration_shape,
                           pointer(d, i, "/timer"), &in));
    if (until)
        check_above(d, i, in.until, "/timer/untilStepId");
}

/* "~" and "/" of a key in a JSON pointer. */
rv_str rv_type_pointer_part(struct rv_cx *cx, rv_str key)
{
    char *out = rv_alloc(cx, key.n * 2 + 1);
    size_t n = 0;
    if (out == NULL)
        return RV_STR("");
    for (size_t i = 0; i < key.n; i++) {
        bool special = key.p[i] == '~' || key.p[i] == '/';
        out[n++] = special ? '~' : key.p[i];
        if (special)
            out[n++] = key.p[i] == '~' ? '0' : '1';
    }
    return (rv_str){ out, n };
}

static void read_source(struct draft *d, size_t i, rv_str key, const json_t *sent)
{
    struct source_in in = { 0 };
    rv_str source = rv_json_member_str(sent, "source");
    const char *at = pointer(d, i,
                             rv_z(d->cx, rv_printf(d->cx, "/inputs/%.*s",
                                                   RV_FMT(rv_type_pointer_part(d->cx, key)))));
    bool by_step = is(source, "QUESTION") || is(source, "APPROVER_EMAIL"),
         constant = is(source, "CONSTANT");
    if (is(source, "LIST_ITEM")) {
        note(d,
             rv_fail_field(d->cx, at, "INVALID_VALUE",
                           "an item of a configuration list cannot feed an input of a workflow"));
        return;
    }
    rv_status st = rv_json_decode(d->cx, sent,
                                  by_step    ? &step_source_shape
                                  : constant ? &constant_shape
                                             : &plain_source_shape,
                                  at, &in);
    if (st == RV_OK && constant &&
        !(json_is_number(in.value) || json_is_boolean(in.value) ||
          (json_is_string(in.value) && rv_utf8_count(rv_json_str(in.value)) <= 5000)))
        st = rv_fail_field(
            d->cx, rv_z(d->cx, rv_printf(d->cx, "%s/value", at)), "INVALID_TYPE",
            "value must be a text of at most 5000 characters, a number or true/false");
    note(d, st);
}

static void read_inputs(struct draft *d, size_t i)
{
    const char *key;
    size_t n;
    json_t *source;
    if (json_object_size(d->steps[i].inputs) > INPUTS_MAX) {
        note(d, rv_fail_field(d->cx, pointer(d, i, "/inputs"), "OUT_OF_RANGE",
                              "a workflow has at most %d inputs", INPUTS_MAX));
        return;
    }
    json_object_keylen_foreach(d->steps[i].inputs, key, n, source)
        read_source(d, i, (rv_str){ key, n }, source);
}

static const struct kind *kind_of(rv_str name)
{
    for (size_t i = 0; i < RV_LEN(kinds); i++)
        if (is(name, kinds[i].name))
            return &kinds[i];
    return NULL;
}

static void read_step(struct draft *d, size_t i)
{
    const json_t *sent = json_array_get(d->sent, i);
    struct step_in *s = &d->steps[i];
    struct duration_in due = { 0 };
    const struct kind *kind = kind_of(rv_json_member_str(sent, "kind"));
    *s = (struct step_in){ .required = true, .automatic = true };
    if (kind == NULL) {
        note(d, rv_fail_field(
                    d->cx, pointer(d, i, json_is_object(sent) ? "/kind" : ""), "INVALID_VALUE",
                    json_is_object(sent)
                        ? "kind must be one of QUESTION, APPROVAL, CUSTOM_TASK, ACTION, TIMER"
                        : "a step must be an object"));
        return;
    }
    note(d, rv_json_decode(d->cx, sent, &kind->shape, pointer(d, i, ""), s));
    read_id(d, i);
    if (is(s->kind, "QUESTION"))
        read_options(d, i);
    if (s->due != NULL)
        note(d, rv_json_decode(d->cx, s->due, &duration_shape, pointer(d, i, "/due"), &due));
    read_assign(d, i);
    read_inputs(d, i);
    read_timer(d, i);
}

/* ---- writing the stored form ----------------------------------------------------------------- */

static void write_assign(struct rv_jw *w, const json_t *to, const char *otherwise)
{
    rv_str type = rv_json_member_str(to, "type"), id = rv_json_member_str(to, "id"),
           step = rv_json_member_str(to, "stepId");
    rv_jw_obj(w);
    rv_jw_kstr(w, "type", type.p != NULL ? type : rv_str_of(otherwise));
    if (id.p != NULL)
        rv_jw_kstr(w, "id", id);
    if (step.p != NULL)
        rv_jw_kstr(w, "stepId", step);
    rv_jw_obj_end(w);
}

/* The question keeps its field id for as long as it keeps its key: the compatible API names answers
 * by it. */
static rv_str field_id(struct draft *d, rv_str id)
{
    size_t at;
    rv_str kept = rv_json_member_str(rv_type_step(d->before, id, &at), "fieldId");
    return kept.p != NULL ? kept : rv_id_uuid4(d->cx);
}

static void write_question(struct draft *d, const struct step_in *s, struct rv_jw *w)
{
    bool dropdown = is(s->input_type, "DROPDOWN");
    rv_jw_kstr(w, "inputType", s->input_type);
    rv_jw_kbool(w, "required", s->required);
    rv_jw_key(w, "assignTo");
    write_assign(w, s->assign_to, "REQUESTER");
    if (s->help.n > 0)
        rv_jw_kstr(w, "help", s->help);
    if (dropdown)
        rv_jw_kbool(w, "multi", s->multi);
    if (dropdown && s->list_id.p != NULL) {
        rv_jw_kstr(w, "configListId", s->list_id);
    } else if (dropdown) {
        rv_jw_key(w, "options");
        if (s->options != NULL)
            rv_jw_json(w, s->options);
        else
            rv_jw_raw(w, RV_STR("[]"));
    }
    rv_jw_kstr(w, "fieldId", field_id(d, s->id));
}

static void write_action(const struct step_in *s, struct rv_jw *w)
{
    rv_jw_kstr(w, "action", s->action);
    rv_jw_kbool(w, "automatic", s->automatic);
    if (s->assign_to != NULL || !s->automatic) {
        rv_jw_key(w, "assignTo");
        write_assign(w, s->assign_to, "REQUEST_ASSIGNEE");
    }
    rv_jw_kstr(w, "flowId", s->flow_id.n > 0 ? s->flow_id : RV_NONE_STR);
    rv_jw_key(w, "inputs");
    if (s->inputs != NULL)
        rv_jw_json(w, s->inputs);
    else
        rv_jw_raw(w, RV_STR("{}"));
}

static void write_step(struct draft *d, const struct step_in *s, struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", s->id);
    rv_jw_kstr(w, "kind", s->kind);
    rv_jw_kstr(w, "text", s->text);
    if (is(s->kind, "QUESTION")) {
        write_question(d, s, w);
    } else if (is(s->kind, "ACTION")) {
        write_action(s, w);
    } else if (is(s->kind, "TIMER")) {
        rv_jw_key(w, "timer");
        rv_jw_json(w, s->timer);
    } else {
        rv_jw_key(w, "assignTo");
        write_assign(w, s->assign_to, "NONE");
        rv_jw_kbool(w, "required", s->required);
    }
    if (s->due != NULL) {
        rv_jw_key(w, "due");
        rv_jw_json(w, s->due);
    }
    if (json_array_size(json_object_get(s->logic, "conditions")) > 0) {
        rv_jw_key(w, "logic");
        rv_jw_json(w, s->logic);
    }
    rv_jw_obj_end(w);
}

static rv_status write_all(struct draft *d, rv_str *ret)
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str text;
    rv_buf_init(&b, (size_t)RV_TYPE_JSON_MAX * 8);
    rv_jw_init(&w, &b);
    rv_jw_arr(&w);
    for (size_t i = 0; i < d->n; i++)
        write_step(d, &d->steps[i], &w);
    rv_jw_arr_end(&w);
    rv_status st = rv_buf_str(d->cx, &b, &text);
    if (st == RV_OK && rv_utf8_count(text) > RV_TYPE_JSON_MAX)
        st = rv_fail_field(d->cx, "/steps", "OUT_OF_RANGE",
                           "the steps of a request type have at most %d characters as JSON (limit "
                           "requestType.json)",
                           RV_TYPE_JSON_MAX);
    if (st == RV_OK)
        *ret = rv_dup(d->cx, text);
    rv_buf_done(&b);
    return st;
}

rv_status rv_type_draft_steps(struct rv_cx *cx, const json_t *sent, const json_t *before,
                              rv_str *ret_text)
{
    struct draft d = { .cx = cx, .sent = sent, .before = before, .n = json_array_size(sent) };
    if (d.n > RV_TYPE_STEPS_MAX)
        return rv_fail_field(cx, "/steps", "OUT_OF_RANGE",
                             "a request type has at most %d steps (limit requestType.steps)",
                             RV_TYPE_STEPS_MAX);
    d.steps = RV_NEW_N(cx, struct step_in, d.n + 1);
    if (d.steps == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < d.n; i++)
        read_step(&d, i);
    for (size_t i = 0; i < d.n; i++)
        read_logic(&d, i);
    return d.st != RV_OK ? d.st : write_all(&d, ret_text);
}

rv_status rv_type_draft_audience(struct rv_cx *cx, const json_t *sent, rv_str *ret_text)
{
    struct assign_in in = { 0 };
    RV_TRY(rv_json_decode(cx, sent, &audience_shape, "/audience", &in));
    bool everyone = is(in.type, "EVERYONE");
    if (everyone == (bool)RV_SEEN(&in, ASSIGN_ID))
        return rv_fail_field(cx, "/audience/id",
                             everyone ? "UNKNOWN_PROPERTY" : "REQUIRED_PROPERTY_MISSING",
                             everyone ? "there is no id when everybody may submit"
                                      : "id is required: it says which group or team may submit");
    struct rv_buf b;
    struct rv_jw w;
    rv_str text;
    rv_buf_init(&b, 1024);
    rv_jw_init(&w, &b);
    write_assign(&w, sent, "EVERYONE");
    rv_status st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK)
        *ret_text = rv_dup(cx, text);
    rv_buf_done(&b);
    return st;
}
