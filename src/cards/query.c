/* cards/query.c: Query, which reads values of a JSON document by a JSONPath (cards.md C.10).
 *
 * Understood: $ .name ['name'] [0] [-1] [1,2] [a:b:c] * .. and filters [?(@.path op value)] with ==
 * != < <= > >=, or [?(@.path)] for what is there. A path is read once from left to right; each step
 * makes a list of values of the list before. */
#include "cards/cards_int.h"

enum { STEPS_MAX = 64, RESULTS_MAX = 100000 };

struct query {
    struct rv_call *c;
    rv_str rest;
    size_t whole;
    json_t *at; /* values so far */
};

static rv_status mistake(struct query *q, const char *what)
{
    return rv_fail(rv_call_cx(q->c), RV_INVALID, "the path has a mistake at position %zu: %s",
                   q->whole - q->rest.n, what);
}

static void skip(struct query *q, size_t n)
{
    q->rest = rv_str_sub(q->rest, n, q->rest.n);
}

static void blanks(struct query *q)
{
    while (q->rest.n > 0 && q->rest.p[0] == ' ')
        skip(q, 1);
}

static bool take(struct query *q, const char *text)
{
    blanks(q);
    if (!rv_str_starts(q->rest, rv_str_of(text)))
        return false;
    skip(q, strlen(text));
    return true;
}

static rv_status add(struct query *q, json_t *to, json_t *v)
{
    if (v == NULL)
        return RV_OK;
    if (json_array_size(to) >= RESULTS_MAX)
        return rv_fail(rv_call_cx(q->c), RV_LIMIT, "the path finds more than %d values",
                       RESULTS_MAX);
    return rv_list_add(q->c, to, v);
}

static rv_status add_all(struct query *q, json_t *to, json_t *v)
{
    const char *key;
    size_t i;
    json_t *m;
    json_object_foreach(v, key, m)
        RV_TRY(add(q, to, m));
    json_array_foreach(v, i, m)
        RV_TRY(add(q, to, m));
    return RV_OK;
}

/* The value and everything inside it; depth is bounded by what JSON may nest. */
static rv_status add_deep(struct query *q, json_t *to, json_t *v, int depth)
{
    const char *key;
    size_t i;
    json_t *m;
    if (depth > 100 || (!json_is_object(v) && !json_is_array(v)))
        return RV_OK;
    RV_TRY(add(q, to, v));
    json_object_foreach(v, key, m)
        RV_TRY(add_deep(q, to, m, depth + 1));
    json_array_foreach(v, i, m)
        RV_TRY(add_deep(q, to, m, depth + 1));
    return RV_OK;
}

/* ---- pieces of text -------------------------------------------------------------------------- */

static rv_status quoted(struct query *q, rv_str *ret)
{
    char mark = q->rest.p[0];
    char *p = rv_alloc(rv_call_cx(q->c), q->rest.n + 1);
    size_t n = 0, i = 1;
    if (p == NULL)
        return RV_BUSY;
    for (; i < q->rest.n && q->rest.p[i] != mark; i++) {
        if (q->rest.p[i] == '\\' && i + 1 < q->rest.n)
            i++;
        p[n++] = q->rest.p[i];
    }
    if (i >= q->rest.n)
        return mistake(q, "the quotation mark at the end is missing");
    skip(q, i + 1);
    *ret = (rv_str){ p, n };
    return RV_OK;
}

static rv_str word(struct query *q)
{
    size_t n = 0;
    while (n < q->rest.n && strchr(".[]()=!<>,:@'\" ", q->rest.p[n]) == NULL)
        n++;
    rv_str w = rv_str_sub(q->rest, 0, n);
    skip(q, n);
    return w;
}

static bool number(struct query *q, int64_t *ret)
{
    size_t n = 0;
    blanks(q);
    while (n < q->rest.n &&
           ((n == 0 && q->rest.p[n] == '-') || (q->rest.p[n] >= '0' && q->rest.p[n] <= '9')))
        n++;
    if (!rv_str_to_int(rv_str_sub(q->rest, 0, n), ret))
        return false;
    skip(q, n);
    return true;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static rv_status by_name(struct query *q, json_t *to, rv_str name)
{
    size_t i;
    json_t *v;
    json_array_foreach(q->at, i, v)
        RV_TRY(add(q, to, json_is_object(v) ? json_object_getn(v, name.p, name.n) : NULL));
    return RV_OK;
}

static rv_status by_position(struct query *q, json_t *to, int64_t at)
{
    size_t i;
    json_t *v;
    json_array_foreach(q->at, i, v)
    {
        int64_t n = (int64_t)json_array_size(v), k = at < 0 ? at + n : at;
        RV_TRY(add(q, to, k >= 0 && k < n ? json_array_get(v, (size_t)k) : NULL));
    }
    return RV_OK;
}

struct range {
    bool has_from, has_to;
    int64_t from, to, step;
};

static int64_t bound(int64_t i, int64_t n)
{
    i = i < 0 ? i + n : i;
    return i < 0 ? 0 : i > n ? n : i;
}

static rv_status by_range(struct query *q, json_t *to, const struct range *r)
{
    size_t i;
    json_t *v;
    if (r->step < 1)
        return mistake(q, "the step of a range must be 1 or more");
    json_array_foreach(q->at, i, v)
    {
        int64_t n = (int64_t)json_array_size(v), end = r->has_to ? bound(r->to, n) : n;
        for (int64_t k = r->has_from ? bound(r->from, n) : 0; k < end; k += r->step)
            RV_TRY(add(q, to, json_array_get(v, (size_t)k)));
    }
    return RV_OK;
}

static rv_status range(struct query *q, json_t *to, bool has_from, int64_t from)
{
    struct range r = { .has_from = has_from, .from = from, .step = 1 };
    r.has_to = number(q, &r.to);
    if (take(q, ":") && !number(q, &r.step))
        r.step = 1;
    return by_range(q, to, &r);
}

/* ---- filters --------------------------------------------------------------------------------- */

struct filter {
    rv_str path, op;
    json_t *value;
};

static rv_status literal(struct query *q, json_t **ret)
{
    struct rv_cx *cx = rv_call_cx(q->c);
    rv_str text;
    blanks(q);
    if (q->rest.n > 0 && (q->rest.p[0] == '\'' || q->rest.p[0] == '"')) {
        RV_TRY(quoted(q, &text));
        *ret = rv_value_of_text(text);
        return rv_json_keep(cx, *ret);
    }
    size_t n = 0;
    while (n < q->rest.n && q->rest.p[n] != ')' && q->rest.p[n] != ' ')
        n++;
    text = rv_str_sub(q->rest, 0, n);
    if (rv_json_parse(cx, text, &rv_json_limits_default, ret) != RV_OK) {
        rv_error_clear(cx);
        return mistake(q, "a text in quotation marks, a number, true, false or null is missing");
    }
    skip(q, n);
    return RV_OK;
}

static rv_status read_filter(struct query *q, struct filter *f)
{
    static const char *const ops[] = { "==", "!=", "<=", ">=", "<", ">" };
    if (!take(q, "(") || !take(q, "@"))
        return mistake(q, "a filter has the form ?(@.key == value)");
    size_t n = 0;
    while (n < q->rest.n && strchr(")=!<> ", q->rest.p[n]) == NULL)
        n++;
    f->path = rv_str_sub(q->rest, 0, n);
    if (f->path.n > 0 && f->path.p[0] == '.')
        f->path = rv_str_sub(f->path, 1, f->path.n);
    skip(q, n);
    blanks(q);
    for (size_t i = 0; i < RV_LEN(ops) && f->op.n == 0; i++)
        if (take(q, ops[i]))
            f->op = rv_str_of(ops[i]);
    if (f->op.n > 0)
        RV_TRY(literal(q, &f->value));
    return take(q, ")") ? RV_OK : mistake(q, "')' is missing");
}

static rv_status filter_items(struct query *q, const struct filter *f, json_t *to, json_t *v)
{
    const char *key;
    size_t i;
    json_t *m, *all = rv_new_list(q->c);
    bool holds;
    if (all == NULL)
        return RV_BUSY;
    json_object_foreach(v, key, m)
        RV_TRY(add(q, all, m));
    json_array_foreach(v, i, m)
        RV_TRY(add(q, all, m));
    json_array_foreach(all, i, m)
    {
        json_t *at = rv_value_at(m, f->path);
        holds = at != NULL;
        if (f->op.n > 0)
            RV_TRY(rv_value_compare(rv_call_cx(q->c), at, f->op, f->value, &holds));
        if (holds)
            RV_TRY(add(q, to, m));
    }
    return RV_OK;
}

static rv_status by_filter(struct query *q, json_t *to)
{
    struct filter f = { 0 };
    size_t i;
    json_t *v;
    RV_TRY(read_filter(q, &f));
    json_array_foreach(q->at, i, v)
        RV_TRY(filter_items(q, &f, to, v));
    return RV_OK;
}

/* ---- the path -------------------------------------------------------------------------------- */

static rv_status every(struct query *q, json_t *to)
{
    size_t i;
    json_t *v;
    json_array_foreach(q->at, i, v)
        RV_TRY(add_all(q, to, v));
    return RV_OK;
}

static rv_status in_brackets(struct query *q, json_t *to)
{
    int64_t i = 0;
    rv_str name;
    do {
        blanks(q);
        if (q->rest.n > 0 && (q->rest.p[0] == '\'' || q->rest.p[0] == '"')) {
            RV_TRY(quoted(q, &name));
            RV_TRY(by_name(q, to, name));
        } else if (take(q, "*")) {
            RV_TRY(every(q, to));
        } else if (take(q, "?")) {
            RV_TRY(by_filter(q, to));
        } else {
            bool some = number(q, &i);
            if (take(q, ":"))
                RV_TRY(range(q, to, some, i));
            else if (some)
                RV_TRY(by_position(q, to, i));
            else
                return mistake(q, "a key, a position or a filter is missing");
        }
    } while (take(q, ","));
    return take(q, "]") ? RV_OK : mistake(q, "']' is missing");
}

static rv_status deep(struct query *q)
{
    size_t i;
    json_t *v, *all = rv_new_list(q->c);
    if (all == NULL)
        return RV_BUSY;
    json_array_foreach(q->at, i, v)
        RV_TRY(add_deep(q, all, v, 0));
    q->at = all;
    return RV_OK;
}

static rv_status step(struct query *q)
{
    json_t *to = rv_new_list(q->c);
    if (to == NULL)
        return RV_BUSY;
    bool down = take(q, "..");
    if (down)
        RV_TRY(deep(q));
    if (take(q, "[")) {
        RV_TRY(in_brackets(q, to));
    } else {
        if (!down && !take(q, "."))
            return mistake(q, "'.' or '[' is missing");
        if (take(q, "*")) {
            RV_TRY(every(q, to));
        } else {
            rv_str name = word(q);
            if (name.n == 0)
                return mistake(q, "a key is missing");
            RV_TRY(by_name(q, to, name));
        }
    }
    q->at = to;
    return RV_OK;
}

static rv_status card_query(struct rv_call *c)
{
    struct query q = { .c = c, .at = rv_new_list(c) };
    json_t *o = rv_in(c, "object");
    int steps = 0;
    RV_TRY(rv_in_text(c, "path", &q.rest));
    q.rest = rv_str_trim(q.rest);
    q.whole = q.rest.n;
    if (q.at == NULL)
        return RV_BUSY;
    if (json_is_string(o) && rv_str_trim(rv_json_str(o)).n > 0)
        RV_TRY(rv_json_parse(rv_call_cx(c), rv_json_str(o), &rv_json_limits_import, &o));
    if (o != NULL)
        RV_TRY(rv_list_add(c, q.at, o));
    if (!take(&q, "$"))
        return mistake(&q, "it must begin with $");
    for (blanks(&q); q.rest.n > 0; blanks(&q)) {
        if (++steps > STEPS_MAX)
            return mistake(&q, "it has more than 64 steps");
        RV_TRY(step(&q));
    }
    return rv_out(c, "output", json_incref(q.at));
}

/* clang-format off */
const struct rv_card rv_cards_query[] = {
    { .name = "json:query", .label = "Query", .category = "JSON", .help = "The values that a JSONPath finds in an object or list.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "object", "object", RV_T_ANY, 0, NULL, NULL, "object, list or JSON text" },
                    { NULL, "path", "path", RV_T_TEXT, RV_PIN_REQUIRED, "\"$\"", NULL, "such as $.users[?(@.age >= 18)].name" }),
      .out = RV_PINS({ NULL, "output", "output", RV_T_ANY, RV_PIN_LIST, NULL, NULL, "what was found, in order" }), .run = card_query },
    { .name = NULL },
};
