/* flows/definition.c: the normalised definition of a flow: checking what came from outside, and
 * reading it.
 *
 * A definition is a JSON array of cards in the shape of web/src/api/types.ts: containers hold their
 * lanes, links stand at the input they feed. Checking is strict about structure (members, ids,
 * links that lead back to an earlier card of the scope) and silent about meaning: whether a flow
 * can run is the compiler's business. */
#include "flows/flows_int.h"

const char *const rv_pin_type_names[] = { "any", "text", "number", "boolean", "date", "object", "file", "flow", "folder" };

bool rv_pin_type_parse(rv_str name, enum rv_pin_type *ret)
{
    for (size_t i = 0; i < RV_LEN(rv_pin_type_names); i++)
        if (rv_str_eq(name, rv_str_of(rv_pin_type_names[i]))) {
            *ret = (enum rv_pin_type)i;
            return true;
        }
    return false;
}

/* ---- checking -------------------------------------------------------------------------------- */

enum member_kind { M_TEXT, M_BOOL, M_ARRAY, M_OBJECT, M_ANY, M_DROP };
struct member_rule {
    const char *name;
    enum member_kind kind;
    bool required;
    size_t max; /* bytes of a text */
};
static const struct member_rule card_rules[] = {
    { "id", M_TEXT, true, 80 },         { "card", M_TEXT, true, 200 },      { "title", M_TEXT, false, 400 },
    { "note", M_TEXT, false, 65536 },   { "options", M_OBJECT, false, 0 },  { "connectionId", M_TEXT, false, 64 },
    { "inputs", M_ARRAY, false, 0 },    { "outputs", M_ARRAY, false, 0 },   { "lanes", M_ARRAY, false, 0 },
    { "address", M_TEXT, false, 400 },  { "policy", M_OBJECT, false, 0 },   { "timeout", M_ANY, false, 0 },
    { "origin", M_OBJECT, false, 0 },   { "supported", M_DROP, false, 0 },  { "schedule", M_OBJECT, false, 0 }, { NULL, M_ANY, false, 0 },
};
static const struct member_rule schedule_rules[] = { /* the calendar of a Scheduled Flow card (schedule.c reads it) */
    { "seconds", M_TEXT, false, 200 },     { "minutes", M_TEXT, false, 200 },      { "hours", M_TEXT, false, 200 },
    { "dayOfTheMonth", M_TEXT, false, 200 }, { "month", M_TEXT, false, 200 },      { "dayOfTheWeek", M_TEXT, false, 200 },
    { "startDate", M_TEXT, false, 200 },   { "endDate", M_TEXT, false, 200 },      { "recurrence", M_ANY, false, 0 },
    { "timeZone", M_TEXT, false, 200 },    { "skipIfRunning", M_BOOL, false, 0 },  { NULL, M_ANY, false, 0 },
};
static const struct member_rule pin_rules[] = {
    { "id", M_TEXT, true, 80 },         { "group", M_TEXT, false, 200 },    { "key", M_TEXT, true, 1000 },
    { "label", M_TEXT, false, 400 },    { "type", M_TEXT, false, 20 },      { "list", M_BOOL, false, 0 },
    { "required", M_BOOL, false, 0 },   { "help", M_TEXT, false, 4000 },    { "value", M_ANY, false, 0 },
    { "from", M_OBJECT, false, 0 },     { "choices", M_ARRAY, false, 0 },   { "custom", M_BOOL, false, 0 },
    { "proxy", M_OBJECT, false, 0 },    { "shape", M_OBJECT, false, 0 },    { "meta", M_OBJECT, false, 0 },
    { "min", M_DROP, false, 0 },        { "max", M_DROP, false, 0 }, /* of the card table, not of a card */
    { NULL, M_ANY, false, 0 },
};
static const struct member_rule from_rules[] = {
    { "card", M_TEXT, true, 80 },       { "output", M_TEXT, true, 80 },     { "path", M_ARRAY, false, 0 },
    { "convert", M_TEXT, false, 40 },   { "wrap", M_BOOL, false, 0 },       { NULL, M_ANY, false, 0 },
};
static const struct member_rule lane_rules[] = {
    { "name", M_TEXT, true, 80 },       { "label", M_DROP, false, 0 },      { "inline", M_BOOL, false, 0 },
    { "cards", M_ARRAY, true, 0 },      { "results", M_ARRAY, false, 0 },   { NULL, M_ANY, false, 0 },
};
static const struct member_rule result_rules[] = {
    { "output", M_TEXT, true, 80 },     { "from", M_OBJECT, false, 0 },     { "value", M_ANY, false, 0 },
    { NULL, M_ANY, false, 0 },
};

struct check {
    struct rv_cx *cx;
    json_t *ids; /* every card id of the flow */
    size_t cards;
    bool bad;
};
/* What is visible at a place: cards by id, each with the set of its outputs. */
struct scope {
    json_t *cards; /* id -> outputs array */
};

static void problem(struct check *k, const char *at, const char *name, const char *reason,
                    const char *sentence)
{
    rv_str p = rv_printf(k->cx, "%s%s%s", at, name[0] != '\0' ? "/" : "", name);
    (void)rv_fail_field(k->cx, rv_z(k->cx, p), reason, "%s", sentence); /* collected; reported at the end */
    k->bad = true;
}

static bool member_fits(const json_t *v, const struct member_rule *r)
{
    switch (r->kind) {
    case M_TEXT:
        return json_is_string(v) && (r->max == 0 || json_string_length(v) <= r->max);
    case M_BOOL:
        return json_is_boolean(v);
    case M_ARRAY:
        return json_is_array(v);
    case M_OBJECT:
        return json_is_object(v);
    case M_ANY:
    case M_DROP:
        return true;
    }
    return false;
}

/* A new object with the members of the rules, in their order; nulls are left out except of "value".
 */
static json_t *pick(struct check *k, const json_t *o, const struct member_rule *rules,
                    const char *at)
{
    const char *key;
    json_t *v;
    if (!json_is_object(o)) {
        problem(k, at, "", "TYPE", "must be an object");
        return NULL;
    }
    json_object_foreach((json_t *)(uintptr_t)o, key, v)
    {
        const struct member_rule *r = rules;
        while (r->name != NULL && strcmp(r->name, key) != 0)
            r++;
        if (r->name == NULL)
            problem(k, at, key, "UNKNOWN_PROPERTY", "unknown member");
    }
    json_t *n = json_object();
    for (const struct member_rule *r = rules; r->name != NULL; r++) {
        v = json_object_get(o, r->name);
        if (v == NULL || r->kind == M_DROP || (json_is_null(v) && r->kind != M_ANY)) {
            if (r->required)
                problem(k, at, r->name, "REQUIRED_PROPERTY_MISSING", "must be given");
            continue;
        }
        if (!member_fits(v, r))
            problem(k, at, r->name, "TYPE", "has the wrong type or is too long");
        else if (json_object_set(n, r->name, v) != 0)
            k->bad = true;
    }
    return n;
}

static const json_t *find_output(const json_t *outputs, rv_str id)
{
    size_t i;
    json_t *o;
    json_array_foreach(outputs, i, o)
    {
        if (rv_str_eq(rv_json_member_str(o, "id"), id))
            return o;
    }
    return NULL;
}

static json_t *check_from(struct check *k, struct scope *s, const json_t *from, const char *at)
{
    size_t i;
    json_t *part, *n = pick(k, from, from_rules, at);
    rv_str card = rv_json_member_str(n, "card"), output = rv_json_member_str(n, "output");
    if (n == NULL || card.p == NULL || output.p == NULL)
        return n;
    const json_t *outputs = json_object_getn(s->cards, card.p, card.n);
    if (outputs == NULL)
        problem(k, at, "card", "NOT_FOUND", "must be an earlier card of the same flow or lane");
    else if (find_output(outputs, output) == NULL)
        problem(k, at, "output", "NOT_FOUND", "is not an output of that card");
    json_array_foreach(json_object_get(n, "path"), i, part)
    {
        if (!json_is_string(part) || i >= 32)
            problem(k, at, "path", "TYPE", "must be at most 32 texts");
    }
    if (rv_convert_find(json_object_get(n, "convert") != NULL ? rv_json_member_str(n, "convert")
                                                              : RV_STR("")) < 0)
        problem(k, at, "convert", "ENUM", "is not a conversion");
    return n;
}

static json_t *check_pins(struct check *k, struct scope *s, const json_t *pins, bool inputs,
                          const char *at)
{
    size_t i;
    json_t *p, *out = json_array();
    json_t *seen = json_object();
    if (json_array_size(pins) > RV_FLOW_PINS_MAX)
        problem(k, at, "", "LIMIT", "has more than 500 fields");
    json_array_foreach((json_t *)(uintptr_t)pins, i, p)
    {
        const char *here = rv_z(k->cx, rv_printf(k->cx, "%s/%zu", at, i));
        json_t *n = pick(k, p, pin_rules, here);
        rv_str id = rv_json_member_str(n, "id"), type = rv_json_member_str(n, "type");
        enum rv_pin_type t;
        if (n == NULL)
            continue;
        if (id.p != NULL && json_object_getn(seen, id.p, id.n) != NULL)
            problem(k, here, "id", "DUPLICATE", "is used twice");
        if (id.p != NULL)
            (void)json_object_setn_new(seen, id.p, id.n, json_true()); /* a lost entry only misses a duplicate */
        if (type.p != NULL && !rv_pin_type_parse(type, &t))
            problem(k, here, "type", "ENUM", "is not a type");
        const json_t *from = json_object_get(n, "from");
        if (from != NULL && inputs) {
            json_t *f = check_from(k, s, from, rv_z(k->cx, rv_printf(k->cx, "%s/from", here)));
            if (f == NULL || json_object_set_new(n, "from", f) != 0)
                k->bad = true;
            (void)json_object_del(n, "value"); /* a linked input ignores its value */
        } else if (from != NULL) {
            problem(k, here, "from", "UNKNOWN_PROPERTY", "outputs have no source");
        }
        if (json_array_append_new(out, n) != 0)
            k->bad = true;
    }
    json_decref(seen);
    return out;
}

static json_t *check_cards(struct check *k, struct scope *s, const json_t *cards, int depth,
                           const char *at);

static json_t *check_results(struct check *k, struct scope *s, const json_t *results,
                             const json_t *outputs, const char *at)
{
    size_t i;
    json_t *r, *out = json_array();
    json_array_foreach((json_t *)(uintptr_t)results, i, r)
    {
        const char *here = rv_z(k->cx, rv_printf(k->cx, "%s/%zu", at, i));
        json_t *n = pick(k, r, result_rules, here);
        if (n == NULL)
            continue;
        if (find_output(outputs, rv_json_member_str(n, "output")) == NULL)
            problem(k, here, "output", "NOT_FOUND", "is not an output of the container");
        if (json_object_get(n, "from") != NULL) {
            json_t *f = check_from(k, s, json_object_get(n, "from"),
                                   rv_z(k->cx, rv_printf(k->cx, "%s/from", here)));
            if (f == NULL || json_object_set_new(n, "from", f) != 0)
                k->bad = true;
        }
        if (json_array_append_new(out, n) != 0)
            k->bad = true;
    }
    return out;
}

/* Lanes of an If/Else see what stands before the container, and what follows sees their cards (null
 * when the lane did not run, flopack.md 19); inline bodies see only themselves. */
static json_t *check_lanes(struct check *k, struct scope *s, const json_t *lanes,
                           const json_t *outputs, int depth, const char *at)
{
    size_t i;
    json_t *lane, *out = json_array();
    if (json_array_size(lanes) > RV_FLOW_PINS_MAX)
        problem(k, at, "", "LIMIT", "has more than 500 lanes");
    json_array_foreach((json_t *)(uintptr_t)lanes, i, lane)
    {
        const char *here = rv_z(k->cx, rv_printf(k->cx, "%s/%zu", at, i));
        json_t *n = pick(k, lane, lane_rules, here);
        if (n == NULL)
            continue;
        bool own = json_is_true(json_object_get(n, "inline"));
        struct scope inner = { own ? json_object() : json_incref(s->cards) };
        json_t *cards = check_cards(k, &inner, json_object_get(n, "cards"), depth + 1,
                                    rv_z(k->cx, rv_printf(k->cx, "%s/cards", here)));
        if (json_object_set_new(n, "cards", cards) != 0)
            k->bad = true;
        if (json_object_get(n, "results") != NULL &&
            json_object_set_new(n, "results",
                                check_results(k, &inner, json_object_get(n, "results"), outputs,
                                              rv_z(k->cx, rv_printf(k->cx, "%s/results", here)))) !=
                0)
            k->bad = true;
        json_decref(inner.cards);
        if (json_array_append_new(out, n) != 0)
            k->bad = true;
    }
    return out;
}

static json_t *check_card(struct check *k, struct scope *s, const json_t *card, int depth,
                          const char *at)
{
    json_t *n = pick(k, card, card_rules, at);
    if (n == NULL)
        return NULL;
    rv_str id = rv_json_member_str(n, "id"), name = rv_json_member_str(n, "card");
    if (++k->cards > RV_FLOW_CARDS_MAX)
        problem(k, at, "", "LIMIT", "a flow has at most 500 cards (limit flow.cards)");
    if (id.p != NULL && (id.n == 0 || json_object_getn(k->ids, id.p, id.n) != NULL))
        problem(k, at, "id", "DUPLICATE", "must be given and unique in the flow");
    if (id.p != NULL && json_object_setn_new(k->ids, id.p, id.n, json_true()) != 0)
        k->bad = true;
    if (name.p != NULL && !rv_str_contains(name, RV_STR(":")))
        problem(k, at, "card", "FORMAT", "has the form module:method");
    json_t *outputs = check_pins(k, s, json_object_get(n, "outputs"), false,
                                 rv_z(k->cx, rv_printf(k->cx, "%s/outputs", at)));
    json_t *inputs = check_pins(k, s, json_object_get(n, "inputs"), true,
                                rv_z(k->cx, rv_printf(k->cx, "%s/inputs", at)));
    if (json_object_set_new(n, "inputs", inputs) != 0 ||
        json_object_set_new(n, "outputs", outputs) != 0)
        k->bad = true;
    if (json_object_get(n, "schedule") != NULL &&
        json_object_set_new(n, "schedule",
                            pick(k, json_object_get(n, "schedule"), schedule_rules,
                                 rv_z(k->cx, rv_printf(k->cx, "%s/schedule", at)))) != 0)
        k->bad = true;
    if (json_object_get(n, "lanes") != NULL &&
        json_object_set_new(n, "lanes",
                            check_lanes(k, s, json_object_get(n, "lanes"), outputs, depth,
                                        rv_z(k->cx, rv_printf(k->cx, "%s/lanes", at)))) != 0)
        k->bad = true;
    if (id.p != NULL && json_object_setn(s->cards, id.p, id.n, outputs) != 0)
        k->bad = true;
    return n;
}

static json_t *check_cards(struct check *k, struct scope *s, const json_t *cards, int depth,
                           const char *at)
{
    size_t i;
    json_t *c, *out = json_array();
    if (depth > RV_FLOW_NESTING_MAX) {
        problem(k, at, "", "LIMIT", "containers nest at most 16 deep (limit flow.nesting)");
        return out;
    }
    json_array_foreach((json_t *)(uintptr_t)cards, i, c)
    {
        json_t *n = check_card(k, s, c, depth, rv_z(k->cx, rv_printf(k->cx, "%s/%zu", at, i)));
        if (n != NULL && json_array_append_new(out, n) != 0)
            k->bad = true;
        if (k->cards > RV_FLOW_CARDS_MAX)
            break;
    }
    return out;
}

rv_status rv_def_check(struct rv_cx *cx, const json_t *cards, json_t **ret)
{
    struct check k = { .cx = cx, .ids = json_object() };
    struct scope s = { json_object() };
    if (!json_is_array(cards) || json_array_size(cards) == 0) {
        json_decref(k.ids);
        json_decref(s.cards);
        return rv_fail_field(cx, "/cards", "REQUIRED_PROPERTY_MISSING",
                             "a flow has at least its event card");
    }
    json_t *out = check_cards(&k, &s, cards, 1, "/cards");
    json_decref(k.ids);
    json_decref(s.cards);
    RV_TRY(rv_json_keep(cx, out));
    if (k.bad)
        return rv_error(cx)->status != RV_OK
                   ? rv_error(cx)->status
                   : rv_fail(cx, RV_BUSY, "out of memory while checking the flow");
    *ret = out;
    return RV_OK;
}

json_t *rv_def_blank(const json_t *pin)
{
    rv_str type = rv_json_member_str(pin, "type");
    if (json_is_true(json_object_get(pin, "list")))
        return json_array();
    if (rv_str_eq(type, RV_STR("object")))
        return json_object();
    return rv_str_eq(type, RV_STR("text")) || rv_str_eq(type, RV_STR("date")) ? json_string("")
                                                                              : json_null();
}

/* ---- reading --------------------------------------------------------------------------------- */

const json_t *rv_def_head(const json_t *cards)
{
    size_t i;
    json_t *c;
    json_array_foreach((json_t *)(uintptr_t)cards, i, c)
    {
        if (!rv_str_eq(rv_json_member_str(c, "card"), RV_STR("control:comment")))
            return c;
    }
    return NULL;
}

static bool given_by_lanes(const json_t *card, rv_str output)
{
    size_t i, k;
    json_t *lane, *r;
    json_array_foreach(json_object_get(card, "lanes"), i, lane)
    {
        json_array_foreach(json_object_get(lane, "results"), k, r)
        {
            if (rv_str_eq(rv_json_member_str(r, "output"), output))
                return true;
        }
    }
    return false;
}

int rv_def_condition(const json_t *card)
{
    size_t i;
    json_t *pin;
    json_array_foreach(json_object_get(card, "outputs"), i, pin)
    {
        if (rv_str_eq(rv_json_member_str(pin, "key"), RV_STR("result")) &&
            !given_by_lanes(card, rv_json_member_str(pin, "id")))
            return (int)i;
    }
    return -1;
}

const char *rv_def_kind(const json_t *cards)
{
    static const struct {
        const char *card, *kind;
    } kinds[] = { { "http:delegated", "DELEGATED" },
                  { "http:accept", "API_ENDPOINT" },
                  { "control:scheduled", "SCHEDULED" },
                  { "control:callable", "HELPER" },
                  { "control:noop", "NONE" } };
    rv_str name = rv_json_member_str(rv_def_head(cards), "card");
    for (size_t i = 0; i < RV_LEN(kinds); i++)
        if (rv_str_eq(name, rv_str_of(kinds[i].card)))
            return kinds[i].kind;
    return name.p == NULL ? "NONE" : "EVENT";
}

static void note_pause(void *arg, json_t *card)
{
    rv_str name = rv_json_member_str(card, "card");
    bool *found = arg;
    *found = *found || rv_str_eq(name, RV_STR("control:pause")) ||
             rv_str_eq(name, RV_STR("control:pauseRaw"));
}

bool rv_def_has_endpoint(json_t *cards)
{
    bool pauses = false;
    rv_def_walk(cards, note_pause, &pauses);
    return pauses ||
           rv_str_eq(rv_json_member_str(rv_def_head(cards), "card"), RV_STR("http:accept"));
}

static const char *input_type(rv_str type)
{
    if (rv_str_eq(type, RV_STR("date")))
        return "datetime";
    if (rv_str_eq(type, RV_STR("number")))
        return "number";
    if (rv_str_eq(type, RV_STR("boolean")))
        return "boolean";
    return "text";
}

/* ---- fields that a caller fills -------------------------------------------------------------- */

enum head_kind { HEAD_DELEGATED, HEAD_ENDPOINT, HEAD_SCHEDULED, HEAD_OTHER };

static enum head_kind head_kind(const json_t *head)
{
    static const char *const names[] = { "http:delegated", "http:accept", "control:scheduled" };
    rv_str name = rv_json_member_str(head, "card");
    for (size_t i = 0; i < RV_LEN(names); i++)
        if (rv_str_eq(name, rv_str_of(names[i])))
            return (enum head_kind)i;
    return HEAD_OTHER;
}

/* Group "inputs" of a delegated flow, the parts of an HTTP request, the planned instant, fields
 * without group of others. */
static bool caller_field(enum head_kind kind, const json_t *pin)
{
    rv_str group = rv_json_member_str(pin, "group");
    switch (kind) {
    case HEAD_DELEGATED:
        return rv_str_eq(group, RV_STR("inputs"));
    case HEAD_ENDPOINT:
        return group.p != NULL && !rv_str_eq(group, RV_STR("context"));
    case HEAD_SCHEDULED:
        return group.p == NULL ||
               rv_str_eq(rv_json_member_str(pin, "key"), RV_STR("execution_time"));
    case HEAD_OTHER:
        return group.p == NULL || rv_str_eq(group, RV_STR("body")) ||
               rv_str_eq(group, RV_STR("Output"));
    }
    return false;
}

/* How the inputs of a run name a field: by its key; by group and key where both make the name of a
 * part of a request. */
static rv_str caller_key(struct rv_cx *cx, enum head_kind kind, const json_t *pin)
{
    rv_str key = rv_json_member_str(pin, "key");
    return kind != HEAD_ENDPOINT || key.p == NULL
               ? key
               : rv_printf(cx, "%.*s.%.*s", RV_FMT(rv_json_member_str(pin, "group")), RV_FMT(key));
}

rv_status rv_def_inputs(struct rv_cx *cx, const json_t *cards, rv_str *ret)
{
    const json_t *head = rv_def_head(cards);
    enum head_kind kind = head_kind(head);
    struct rv_buf b;
    struct rv_jw w;
    size_t i;
    json_t *p;
    rv_str text;
    rv_buf_init(&b, RV_FLOW_JSON_MAX);
    rv_jw_init(&w, &b);
    rv_jw_arr(&w);
    json_array_foreach(json_object_get(head, "outputs"), i, p)
    {
        rv_str label = rv_json_member_str(p, "label"), group = rv_json_member_str(p, "group");
        if (!caller_field(kind, p) || (kind == HEAD_ENDPOINT && rv_str_eq(group, RV_STR("raw"))))
            continue;
        rv_jw_obj(&w);
        rv_jw_kstr(&w, "key", caller_key(cx, kind, p));
        rv_jw_kstr(&w, "label", label.n > 0 ? label : rv_json_member_str(p, "key"));
        rv_jw_kstr(&w, "type", rv_str_of(input_type(rv_json_member_str(p, "type"))));
        rv_jw_kbool(&w, "required", json_is_true(json_object_get(p, "required")));
        if (kind == HEAD_ENDPOINT)
            rv_jw_kstr(&w, "group", group);
        rv_jw_obj_end(&w);
    }
    rv_jw_arr_end(&w);
    rv_status st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK)
        *ret = rv_dup(cx, text);
    rv_buf_done(&b);
    return st != RV_OK ? st : ret->p != NULL ? RV_OK : RV_BUSY;
}

static rv_status convert_input(struct rv_cx *cx, rv_str type, json_t *v, bool *ret_bad,
                               json_t **ret)
{
    double d;
    int64_t ms;
    char buf[32];
    rv_str s;
    *ret_bad = false;
    *ret = NULL;
    if (rv_str_eq(type, RV_STR("number"))) {
        if (rv_value_num(v, &d))
            *ret = rv_value_of_num(d);
    } else if (rv_str_eq(type, RV_STR("boolean"))) {
        if (json_is_boolean(v))
            *ret = json_incref(v);
        else if (json_is_string(v) && rv_str_eq_nocase(rv_json_str(v), RV_STR("true")))
            *ret = json_true();
        else if (json_is_string(v) && rv_str_eq_nocase(rv_json_str(v), RV_STR("false")))
            *ret = json_false();
    } else if (rv_str_eq(type, RV_STR("date"))) {
        if (rv_value_date(v, &ms))
            *ret = json_stringn(buf, rv_time_format(ms, buf));
    } else if (rv_str_eq(type, RV_STR("text"))) {
        if (!json_is_object(v) && !json_is_array(v)) {
            RV_TRY(rv_value_text(cx, v, &s));
            *ret = rv_value_of_text(s);
        }
    } else {
        *ret = json_incref(v); /* objects, lists and files of flows that are tested from the console */
    }
    *ret_bad = *ret == NULL;
    return RV_OK;
}

static const char *pointer_of(struct rv_cx *cx, rv_str key)
{
    return rv_z(cx, rv_printf(cx, "/inputs/%.*s", RV_FMT(key)));
}

static rv_status typed_value(struct rv_cx *cx, const json_t *pin, rv_str key, json_t *v,
                             json_t **ret)
{
    rv_str type = rv_json_member_str(pin, "type");
    bool list = json_is_true(json_object_get(pin, "list")), bad = list && !json_is_array(v);
    if (list && !bad)
        *ret = json_incref(v);
    else if (!bad)
        RV_TRY(convert_input(cx, type, v, &bad, ret));
    if (!bad)
        return RV_OK;
    return rv_fail_field(cx, pointer_of(cx, key), "TYPE", "the input %.*s must be a %s, not a %s",
                         RV_FMT(key), input_type(type), rv_value_type_name(v));
}

/* The types of a delegated flow are kept; those of other heads are hints (flopack.md 20). What the
 * caller of a helper flow leaves out stays out, so that the static value of the head's field stands
 * in for it (flopack.md 19). */
static rv_status input_value(struct rv_cx *cx, const json_t *pin, rv_str key, enum head_kind kind,
                             json_t *v, json_t *out)
{
    json_t *converted = NULL;
    if (v == NULL || json_is_null(v)) {
        if (json_is_true(json_object_get(pin, "required")))
            return rv_fail_field(cx, pointer_of(cx, key), "REQUIRED_PROPERTY_MISSING",
                                 "the input %.*s is required", RV_FMT(key));
        if (v == NULL && kind == HEAD_OTHER)
            return RV_OK;
        converted = json_null();
    } else if (kind != HEAD_DELEGATED) {
        converted = json_incref(v);
    } else {
        RV_TRY(typed_value(cx, pin, key, v, &converted));
    }
    if (json_object_setn_new(out, key.p, key.n, converted) != 0)
        return rv_fail(cx, RV_BUSY, "out of memory while reading the inputs");
    return RV_OK;
}

static rv_status check_unknown(struct rv_cx *cx, const json_t *given, const json_t *out)
{
    rv_status st = RV_OK;
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)given, key, v)
    {
        (void)v;
        if (json_object_get(out, key) == NULL)
            st = rv_fail_field(cx, rv_z(cx, rv_printf(cx, "/inputs/%s", key)), "UNKNOWN_PROPERTY",
                               "the flow has no input \"%s\"", key); /* collected with the others */
    }
    return st;
}

rv_status rv_def_check_inputs(struct rv_cx *cx, const json_t *cards, const json_t *given,
                              json_t **ret)
{
    const json_t *head = rv_def_head(cards);
    enum head_kind kind = head_kind(head);
    json_t *p, *out = json_object();
    size_t i;
    bool bad = false;
    RV_TRY(rv_json_keep(cx, out));
    json_array_foreach(json_object_get(head, "outputs"), i, p)
    {
        rv_str k = caller_field(kind, p) ? caller_key(cx, kind, p) : RV_NONE_STR;
        if (k.p == NULL)
            continue;
        rv_status st = input_value(cx, p, k, kind,
                                   given != NULL ? json_object_getn(given, k.p, k.n) : NULL, out);
        if (st == RV_BUSY || (st != RV_OK && json_object_setn_new(out, k.p, k.n, json_null()) != 0))
            return RV_BUSY;
        bad = bad || st != RV_OK;
    }
    bad = check_unknown(cx, given, out) != RV_OK || bad;
    if (bad)
        return rv_error(cx)->status;
    *ret = out;
    return RV_OK;
}

void rv_def_walk(json_t *cards, void (*fn)(void *arg, json_t *card), void *arg)
{
    size_t i, k;
    json_t *c, *lane;
    json_array_foreach(cards, i, c)
    {
        fn(arg, c);
        json_array_foreach(json_object_get(c, "lanes"), k, lane)
        {
            rv_def_walk(json_object_get(lane, "cards"), fn, arg); /* depth bounded by the check: flow.nesting */
        }
    }
}
