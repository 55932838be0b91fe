/* cards/query.c: Query, which reads values of a JSON document by a JSONPath (cards.md C.10).
 *
 * Understood: $ .name ['name'] [0] [-1] [1,2] [a:b:c] * .. and filters [?(@.path op value)] with ==
 * != < <= > >=, or [?(@.path)] for what is there, joined by && || ! and parentheses. A path is read
 * once from left to right; each step makes a list of values of the list before. */
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

/* Positions may follow a dot, too, as in other paths. */
static json_t *member(const json_t *v, rv_str name)
{
    int64_t k;
    if (json_is_object(v))
        return json_object_getn(v, name.p, name.n);
    return json_is_array(v) && rv_str_to_int(name, &k) && k >= 0 ? json_array_get(v, (size_t)k) : NULL;
}

static rv_status by_name(struct query *q, json_t *to, rv_str name)
{
    size_t i;
    json_t *v;
    json_array_foreach(q->at, i, v)
        RV_TRY(add(q, to, member(v, name)));
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

/* From the end to the start when the step is negative. */
static rv_status by_range(struct query *q, json_t *to, const struct range *r)
{
    size_t i;
    json_t *v;
    json_array_foreach(q->at, i, v)
    {
        int64_t n = (int64_t)json_array_size(v), end = r->has_to ? bound(r->to, n) : n,
                k = r->has_from ? bound(r->from, n) : 0;
        for (; r->step > 0 && k < end; k += r->step < n ? r->step : n)
            RV_TRY(add(q, to, json_array_get(v, (size_t)k)));
        k = r->has_from && bound(r->from, n) < n ? bound(r->from, n) : n - 1;
        end = r->has_to && r->to + n >= 0 ? bound(r->to, n) : -1;
        for (; r->step < 0 && k > end; k += r->step > -n ? r->step : -n)
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

enum { NODES_MAX = 64, FILTER_DEPTH_MAX = 16 };
enum kind { TEST, NOT, AND, OR };
struct node {
    enum kind kind;
    int left, right;
    rv_str op; /* TEST: absent: whether there is a value at the path */
    json_t *path, *value; /* path: list of keys */
};
struct filter {
    struct node nodes[NODES_MAX];
    int n;
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
    while (n < q->rest.n && strchr(")] &|", q->rest.p[n]) == NULL)
        n++;
    text = rv_str_sub(q->rest, 0, n);
    if (rv_json_parse(cx, text, &rv_json_limits_default, ret) != RV_OK) {
        rv_error_clear(cx);
        return mistake(q, "a text in quotation marks, a number, true, false or null is missing");
    }
    skip(q, n);
    return RV_OK;
}

static rv_status new_node(struct query *q, struct filter *f, enum kind kind, int left, int right,
                          int *ret)
{
    if (f->n == NODES_MAX)
        return mistake(q, "the filter has too many parts");
    f->nodes[f->n] = (struct node){ .kind = kind, .left = left, .right = right };
    *ret = f->n++;
    return RV_OK;
}

/* The keys behind @: .name, ['name'] or [0]. */
static rv_status read_keys(struct query *q, json_t **ret)
{
    json_t *keys = rv_new_list(q->c);
    rv_str key;
    int64_t k;
    if (keys == NULL)
        return RV_BUSY;
    while (q->rest.n > 0 && (q->rest.p[0] == '.' || q->rest.p[0] == '[')) {
        bool bracket = q->rest.p[0] == '[';
        skip(q, 1);
        if (!bracket)
            key = word(q);
        else if (q->rest.n > 0 && (q->rest.p[0] == '\'' || q->rest.p[0] == '"'))
            RV_TRY(quoted(q, &key));
        else
            key = number(q, &k) ? rv_printf(rv_call_cx(q->c), "%" PRId64, k) : RV_NONE_STR;
        if (key.n == 0)
            return mistake(q, "a key is missing");
        if (bracket && !take(q, "]"))
            return mistake(q, "']' is missing");
        if (json_array_append_new(keys, rv_value_of_text(key)) != 0)
            return rv_fail(rv_call_cx(q->c), RV_BUSY, "out of memory in a path");
    }
    *ret = keys;
    return RV_OK;
}

static rv_status read_any(struct query *q, struct filter *f, int depth, int *ret);

static rv_status read_test(struct query *q, struct filter *f, int depth, int *ret)
{
    static const char *const ops[] = { "==", "!=", "<=", ">=", "<", ">" };
    if (depth > FILTER_DEPTH_MAX)
        return mistake(q, "the filter nests too deep");
    if (take(q, "!")) {
        int inner = 0;
        RV_TRY(read_test(q, f, depth + 1, &inner));
        return new_node(q, f, NOT, inner, inner, ret);
    }
    if (take(q, "(")) {
        RV_TRY(read_any(q, f, depth + 1, ret));
        return take(q, ")") ? RV_OK : mistake(q, "')' is missing");
    }
    if (!take(q, "@"))
        return mistake(q, "a filter has the form ?(@.key == value)");
    RV_TRY(new_node(q, f, TEST, 0, 0, ret));
    struct node *t = &f->nodes[*ret];
    RV_TRY(read_keys(q, &t->path));
    for (size_t i = 0; i < RV_LEN(ops) && t->op.n == 0; i++)
        if (take(q, ops[i]))
            t->op = rv_str_of(ops[i]);
    return t->op.n > 0 ? literal(q, &t->value) : RV_OK;
}

static rv_status read_all(struct query *q, struct filter *f, int depth, int *ret)
{
    int right = 0;
    RV_TRY(read_test(q, f, depth, ret));
    while (take(q, "&&")) {
        RV_TRY(read_test(q, f, depth, &right));
        RV_TRY(new_node(q, f, AND, *ret, right, ret));
    }
    return RV_OK;
}

static rv_status read_any(struct query *q, struct filter *f, int depth, int *ret)
{
    int right = 0;
    RV_TRY(read_all(q, f, depth, ret));
    while (take(q, "||")) {
        RV_TRY(read_all(q, f, depth, &right));
        RV_TRY(new_node(q, f, OR, *ret, right, ret));
    }
    return RV_OK;
}

static rv_status holds(struct query *q, const struct filter *f, int at, json_t *v, bool *ret)
{
    const struct node *t = &f->nodes[at];
    if (t->kind == TEST) {
        const json_t *found = rv_value_walk(v, t->path);
        *ret = found != NULL;
        return t->op.n > 0
                   ? rv_value_compare(rv_call_cx(q->c), found, t->op, t->value, ret)
                   : RV_OK;
    }
    RV_TRY(holds(q, f, t->left, v, ret));
    if (t->kind == NOT)
        *ret = !*ret;
    else if (*ret == (t->kind == AND))
        return holds(q, f, t->right, v, ret);
    return RV_OK;
}

static rv_status filter_items(struct query *q, const struct filter *f, int top, json_t *to,
                              json_t *v)
{
    size_t i;
    json_t *m, *all = rv_new_list(q->c);
    bool yes;
    if (all == NULL)
        return RV_BUSY;
    RV_TRY(add_all(q, all, v));
    json_array_foreach(all, i, m)
    {
        RV_TRY(holds(q, f, top, m, &yes));
        if (yes)
            RV_TRY(add(q, to, m));
    }
    return RV_OK;
}

static rv_status by_filter(struct query *q, json_t *to)
{
    struct filter f = { 0 };
    size_t i;
    json_t *v;
    int top = 0;
    RV_TRY(read_any(q, &f, 0, &top));
    json_array_foreach(q->at, i, v)
        RV_TRY(filter_items(q, &f, top, to, v));
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
