/* org/filter.c: parses "status eq \"ACTIVE\" and not (profile.login sw \"a\")" into a tree and asks
 * it of an object.
 *
 * A recursive descent over at most 100 comparisons, 32 deep. Which paths and operators a list knows
 * is a table of that list. It does not make SQL: the lists that use it read one index and ask the
 * tree per row; a comparison that names one row by a unique text is handed out by rv_filter_needs.
 */
#include "org/filter.h"

#include <ctype.h>
#include <stdio.h>

enum { DEPTH_MAX = 32, NODES_MAX = 100, TEXT_MAX = 4096 };
enum node_kind { N_CMP, N_AND, N_OR, N_NOT };
struct rv_filter {
    enum node_kind kind;
    const struct rv_filter *left, *right;
    rv_str path;
    unsigned op;
    const json_t *value;
};
static const struct {
    const char *name;
    unsigned op;
} ops[] = {
    { "eq", RV_FOP_EQ }, { "ne", RV_FOP_NE }, { "co", RV_FOP_CO }, { "sw", RV_FOP_SW }, { "ew", RV_FOP_EW },
    { "gt", RV_FOP_GT }, { "ge", RV_FOP_GE }, { "lt", RV_FOP_LT }, { "le", RV_FOP_LE }, { "pr", RV_FOP_PR },
};

struct parser {
    struct rv_cx *cx;
    rv_str text;
    size_t at;
    const struct rv_filter_attr *attrs;
    const char *parameter, *code;
    int depth, nodes;
};

static rv_status RV_PRINTF(2, 3) wrong(struct parser *p, const char *format, ...)
{
    char sentence[300];
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(sentence, sizeof sentence, format, ap); /* cut rather than lost */
    va_end(ap);
    rv_status st =
        rv_fail_field(p->cx, p->parameter, "INVALID_FILTER", "%s: %s", p->parameter, sentence);
    if (strcmp(p->code, "E0000031") == 0)
        p->cx->err.message = "Invalid search criteria.";
    rv_fail_code(p->cx, p->code);
    return st;
}

/* ---- words ----------------------------------------------------------------------------------- */

static void skip_blanks(struct parser *p)
{
    while (p->at < p->text.n && (p->text.p[p->at] == ' ' || p->text.p[p->at] == '\t'))
        p->at++;
}

static bool word_char(char c)
{
    return isalnum((unsigned char)c) || c == '.' || c == '_' || c == '-' || c == '$';
}

static rv_str peek_word(struct parser *p)
{
    skip_blanks(p);
    size_t end = p->at;
    while (end < p->text.n && word_char(p->text.p[end]))
        end++;
    return rv_str_sub(p->text, p->at, end - p->at);
}

static bool take_word(struct parser *p, const char *word)
{
    rv_str w = peek_word(p);
    if (!rv_str_eq_nocase(w, rv_str_of(word)))
        return false;
    p->at += w.n;
    return true;
}

static bool take_char(struct parser *p, char c)
{
    skip_blanks(p);
    if (p->at >= p->text.n || p->text.p[p->at] != c)
        return false;
    p->at++;
    return true;
}

/* ---- comparisons ----------------------------------------------------------------------------- */

static const struct rv_filter_attr *attr_of(const struct parser *p, rv_str path)
{
    for (const struct rv_filter_attr *a = p->attrs; a->name != NULL; a++) {
        rv_str name = rv_str_of(a->name);
        bool below = rv_str_ends(name, RV_STR("."));
        if (below ? rv_str_starts(path, name) && path.n > name.n : rv_str_eq(path, name))
            return a;
    }
    return NULL;
}

/* The JSON text of a quoted string ends at the first quote that no backslash escapes. */
static rv_status take_string(struct parser *p, json_t **ret)
{
    size_t from = p->at, end = from + 1;
    while (end < p->text.n && p->text.p[end] != '"')
        end += p->text.p[end] == '\\' ? 2 : 1;
    if (end >= p->text.n)
        return wrong(p, "a text that begins at character %zu has no closing quote", from + 1);
    p->at = end + 1;
    rv_str json = rv_printf(p->cx, "[%.*s]", (int)(end + 1 - from), p->text.p + from);
    json_t *list;
    if (json.p == NULL)
        return RV_BUSY;
    if (rv_json_parse(p->cx, json, &rv_json_limits_default, &list) != RV_OK) {
        rv_error_clear(p->cx);
        return wrong(p, "the text at character %zu is not a well-formed JSON string", from + 1);
    }
    *ret = json_array_get(list, 0);
    return RV_OK;
}

static rv_status take_value(struct parser *p, json_t **ret)
{
    skip_blanks(p);
    if (p->at < p->text.n && p->text.p[p->at] == '"')
        return take_string(p, ret);
    size_t from = p->at;
    rv_str w = peek_word(p);
    /* Instants and numbers may stand without quotes; an offset brings ':' and '+'. */
    while (p->at + w.n < p->text.n &&
           (word_char(p->text.p[p->at + w.n]) || p->text.p[p->at + w.n] == ':' ||
            p->text.p[p->at + w.n] == '+'))
        w.n++;
    if (w.n == 0)
        return wrong(p, "a value is expected at character %zu", from + 1);
    p->at += w.n;
    int64_t whole;
    json_t *j;
    if (rv_str_eq_nocase(w, RV_STR("true")) || rv_str_eq_nocase(w, RV_STR("false")))
        j = json_boolean(w.p[0] == 't' || w.p[0] == 'T');
    else if (rv_str_eq_nocase(w, RV_STR("null")))
        j = json_null();
    else if (rv_str_to_int(w, &whole))
        j = json_integer(whole);
    else if (rv_time_parse(w, &whole))
        j = json_stringn(w.p, w.n);
    else
        return wrong(p, "the value %.*s must stand in double quotes", (int)(w.n < 60 ? w.n : 60),
                     w.p);
    RV_TRY(rv_json_keep(p->cx, j));
    *ret = j;
    return RV_OK;
}

static rv_status new_node(struct parser *p, struct rv_filter **ret)
{
    if (++p->nodes > NODES_MAX)
        return wrong(p, "it has more than %d comparisons", NODES_MAX);
    *ret = RV_NEW(p->cx, struct rv_filter);
    return *ret != NULL ? RV_OK : RV_BUSY;
}

static rv_status parse_comparison(struct parser *p, const struct rv_filter **ret)
{
    struct rv_filter *f;
    size_t from = p->at;
    rv_str path = peek_word(p);
    if (path.n == 0)
        return wrong(p, "the name of an attribute is expected at character %zu", from + 1);
    p->at += path.n;
    const struct rv_filter_attr *a = attr_of(p, path);
    if (a == NULL)
        return wrong(p, "%.*s cannot be asked for here", (int)(path.n < 100 ? path.n : 100),
                     path.p);
    RV_TRY(new_node(p, &f));
    rv_str op = peek_word(p);
    for (size_t i = 0; i < RV_LEN(ops) && f->op == 0; i++)
        if (rv_str_eq_nocase(op, rv_str_of(ops[i].name)))
            f->op = ops[i].op;
    if (f->op == 0)
        return wrong(p, "after %.*s one of eq ne co sw ew gt ge lt le pr is expected",
                     (int)(path.n < 100 ? path.n : 100), path.p);
    if ((a->ops & f->op) == 0)
        return wrong(p, "%.*s does not know the operator %.*s", (int)(path.n < 100 ? path.n : 100),
                     path.p, RV_FMT(op));
    p->at += op.n;
    f->kind = N_CMP;
    f->path = path;
    if (f->op != RV_FOP_PR) {
        json_t *value;
        RV_TRY(take_value(p, &value));
        f->value = value;
    }
    *ret = f;
    return RV_OK;
}

/* ---- structure ------------------------------------------------------------------------------- */

static rv_status parse_or(struct parser *p, const struct rv_filter **ret);

static rv_status parse_group(struct parser *p, const struct rv_filter **ret)
{
    if (++p->depth > DEPTH_MAX)
        return wrong(p, "it is nested deeper than %d", DEPTH_MAX);
    RV_TRY(parse_or(p, ret));
    p->depth--;
    return take_char(p, ')')
               ? RV_OK
               : wrong(p, "a closing parenthesis is missing at character %zu", p->at + 1);
}

static rv_status parse_term(struct parser *p, const struct rv_filter **ret)
{
    if (take_char(p, '('))
        return parse_group(p, ret);
    size_t before = p->at;
    if (take_word(p, "not")) {
        if (!take_char(p, '('))
            return wrong(p, "after not a parenthesis is expected at character %zu", before + 1);
        struct rv_filter *f;
        RV_TRY(new_node(p, &f));
        f->kind = N_NOT;
        RV_TRY(parse_group(p, &f->left));
        *ret = f;
        return RV_OK;
    }
    return parse_comparison(p, ret);
}

static rv_status parse_and(struct parser *p, const struct rv_filter **ret)
{
    RV_TRY(parse_term(p, ret));
    while (take_word(p, "and")) {
        struct rv_filter *f;
        RV_TRY(new_node(p, &f));
        f->kind = N_AND;
        f->left = *ret;
        RV_TRY(parse_term(p, &f->right));
        *ret = f;
    }
    return RV_OK;
}

static rv_status parse_or(struct parser *p, const struct rv_filter **ret)
{
    RV_TRY(parse_and(p, ret));
    while (take_word(p, "or")) {
        struct rv_filter *f;
        RV_TRY(new_node(p, &f));
        f->kind = N_OR;
        f->left = *ret;
        RV_TRY(parse_and(p, &f->right));
        *ret = f;
    }
    return RV_OK;
}

rv_status rv_filter_parse(struct rv_cx *cx, rv_str text, const struct rv_filter_attr *attrs,
                          const char *parameter, const char *code, const struct rv_filter **ret)
{
    struct parser p = {
        .cx = cx, .text = text, .attrs = attrs, .parameter = parameter, .code = code
    };
    if (text.n > TEXT_MAX)
        return wrong(&p, "it is longer than %d bytes", TEXT_MAX);
    RV_TRY(parse_or(&p, ret));
    skip_blanks(&p);
    return p.at == text.n ? RV_OK
                          : wrong(&p, "and, or, or the end is expected at character %zu", p.at + 1);
}

/* ---- asking ---------------------------------------------------------------------------------- */

const json_t *rv_json_at(const json_t *object, rv_str path)
{
    rv_str part;
    while (object != NULL && rv_str_split(&path, '.', &part))
        object = json_object_getn(object, part.p, part.n);
    return object;
}

static int order_text(rv_str a, rv_str b)
{
    for (size_t i = 0; i < a.n && i < b.n; i++) {
        int x = tolower((unsigned char)a.p[i]), y = tolower((unsigned char)b.p[i]);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return a.n < b.n ? -1 : a.n > b.n;
}

int rv_value_order(const json_t *a, const json_t *b)
{
    bool no_a = a == NULL || json_is_null(a), no_b = b == NULL || json_is_null(b);
    if (no_a || no_b)
        return (no_b ? 1 : 0) - (no_a ? 1 : 0);
    if (json_is_number(a) && json_is_number(b)) {
        double x = json_number_value(a), y = json_number_value(b);
        return x < y ? -1 : x > y;
    }
    if (json_is_string(a) && json_is_string(b)) {
        int64_t x, y;
        if (rv_time_parse(rv_json_str(a), &x) && rv_time_parse(rv_json_str(b), &y))
            return x < y ? -1 : x > y;
        return order_text(rv_json_str(a), rv_json_str(b));
    }
    if (json_is_boolean(a) && json_is_boolean(b))
        return (json_is_true(a) ? 1 : 0) - (json_is_true(b) ? 1 : 0);
    return (int)json_typeof(a) < (int)json_typeof(b) ? -1 : 1;
}

static bool same(const json_t *a, const json_t *b)
{
    /* "true" and true, "5" and 5: clients quote everything. */
    if (json_is_boolean(a) && json_is_string(b))
        return rv_str_eq_nocase(rv_json_str(b), json_is_true(a) ? RV_STR("true") : RV_STR("false"));
    if (json_is_integer(a) && json_is_string(b)) {
        int64_t n;
        return rv_str_to_int(rv_json_str(b), &n) && n == json_integer_value(a);
    }
    return rv_value_order(a, b) == 0;
}

static bool contains_nocase(rv_str s, rv_str part)
{
    for (size_t i = 0; i + part.n <= s.n; i++)
        if (rv_str_eq_nocase(rv_str_sub(s, i, part.n), part))
            return true;
    return false;
}

static bool compare(const struct rv_filter *f, const json_t *v)
{
    rv_str s = rv_json_str(v), want = rv_json_str(f->value);
    bool texts = s.p != NULL && want.p != NULL;
    switch (f->op) {
    case RV_FOP_EQ:
        return same(v, f->value);
    case RV_FOP_CO:
        return texts && contains_nocase(s, want);
    case RV_FOP_SW:
        return texts && s.n >= want.n && rv_str_eq_nocase(rv_str_sub(s, 0, want.n), want);
    case RV_FOP_EW:
        return texts && s.n >= want.n &&
               rv_str_eq_nocase(rv_str_sub(s, s.n - want.n, want.n), want);
    default:
        break;
    }
    if (v == NULL || json_is_null(v) || json_typeof(v) != json_typeof(f->value))
        return false;
    int o = rv_value_order(v, f->value);
    return f->op == RV_FOP_GT   ? o > 0
           : f->op == RV_FOP_GE ? o >= 0
           : f->op == RV_FOP_LT ? o < 0
                                : o <= 0;
}

static bool present(const json_t *v)
{
    if (v == NULL || json_is_null(v) || (json_is_string(v) && json_string_length(v) == 0))
        return false;
    return !((json_is_array(v) && json_array_size(v) == 0) ||
             (json_is_object(v) && json_object_size(v) == 0));
}

/* Lists on the way ("target.id") and lists at the end: any element suffices. */
static bool any_at(const struct rv_filter *f, const json_t *at, rv_str path)
{
    if (json_is_array(at)) {
        for (size_t i = 0; i < json_array_size(at); i++)
            if (any_at(f, json_array_get(at, i), path))
                return true;
        return false;
    }
    rv_str part;
    if (path.p != NULL && rv_str_split(&path, '.', &part))
        return any_at(f, json_object_getn(at, part.p, part.n), path);
    return f->op == RV_FOP_PR ? present(at) : compare(f, at);
}

static bool ask(const struct rv_filter *f, const json_t *object)
{
    if (f->op == RV_FOP_NE) {
        struct rv_filter eq = *f;
        eq.op = RV_FOP_EQ;
        return !any_at(&eq, object, f->path);
    }
    return any_at(f, object, f->path);
}

bool rv_filter_match(const struct rv_filter *f, const json_t *object)
{
    if (f == NULL)
        return true;
    switch (f->kind) {
    case N_AND:
        return rv_filter_match(f->left, object) && rv_filter_match(f->right, object);
    case N_OR:
        return rv_filter_match(f->left, object) || rv_filter_match(f->right, object);
    case N_NOT:
        return !rv_filter_match(f->left, object);
    case N_CMP:
        return ask(f, object);
    }
    return false;
}

bool rv_filter_needs(const struct rv_filter *f, const char *attr, rv_str *ret)
{
    if (f == NULL)
        return false;
    if (f->kind == N_AND)
        return rv_filter_needs(f->left, attr, ret) || rv_filter_needs(f->right, attr, ret);
    if (f->kind != N_CMP || f->op != RV_FOP_EQ || !rv_str_eq(f->path, rv_str_of(attr)) ||
        !json_is_string(f->value))
        return false;
    *ret = rv_json_str(f->value);
    return true;
}
