/* cards/shared.c: the few helpers of cards_int.h. */
#include "cards/cards_int.h"
#include <stdlib.h>

#include <math.h>

static size_t byte_of(rv_str s, size_t point)
{
    size_t i = 0;
    while (i < s.n && point > 0) {
        i++;
        while (i < s.n && ((unsigned char)s.p[i] & 0xC0) == 0x80)
            i++;
        point--;
    }
    return i;
}

rv_str rv_points(rv_str s, size_t from, size_t to)
{
    size_t a = byte_of(s, from);
    size_t b = to > from ? a + byte_of(rv_str_sub(s, a, s.n), to - from) : a;
    return rv_str_sub(s, a, b - a);
}

size_t rv_points_before(rv_str s, size_t at)
{
    return rv_utf8_count(rv_str_sub(s, 0, at));
}

rv_status rv_out_num(struct rv_call *c, const char *key, double d)
{
    json_t *v = rv_value_of_num(d);
    if (v == NULL)
        return rv_fail(rv_call_cx(c), RV_INVALID, "the result is not a number that can be written");
    return rv_out(c, key, v);
}

double rv_half_up(double d)
{
    double below = floor(d);
    return d - below >= 0.5 ? below + 1 : below;
}

double rv_round_places(double d, int64_t places)
{
    double scale = pow(10, (double)places), shifted = fabs(d * scale);
    if (!isfinite(shifted) || shifted >= 4503599627370496.0)
        return d; /* no digit lies behind the place */
    /* 1.005 is a little less than it looks: what is nearer to a half than the number's own
     * precision counts as one. */
    double nudge = shifted < 1e12 ? shifted * 1e-15 : 0;
    return copysign(rv_half_up(shifted + nudge) / scale, d) + 0.0; /* no negative zero */
}

rv_status rv_out_buf(struct rv_call *c, const char *key, struct rv_buf *b, rv_status st)
{
    rv_str text;
    if (st == RV_OK)
        st = rv_buf_str(rv_call_cx(c), b, &text);
    if (st == RV_OK)
        st = rv_out_text(c, key, text);
    rv_buf_done(b);
    return st;
}

void rv_card_random(struct rv_call *c, uint64_t no, uint8_t ret[32])
{
    struct rv_cx *cx = rv_call_cx(c);
    rv_hmac(cx->env->keys, RV_KEY_TOKEN,
            rv_printf(cx, "random|%.*s|%" PRIu64, RV_FMT(rv_call_effect_id(c)), no), ret);
}

rv_status rv_in_whole(struct rv_call *c, const char *key, int64_t def, int64_t *ret)
{
    bool some;
    double d;
    RV_TRY(rv_in_num(c, key, &some, &d));
    *ret = !some        ? def
           : d >= 9e15  ? (int64_t)9e15
           : d <= -9e15 ? (int64_t)-9e15
                        : (int64_t)trunc(d);
    return RV_OK;
}

rv_status rv_in_flag(struct rv_call *c, const char *key, bool def, bool *ret)
{
    *ret = def;
    return rv_value_empty(rv_in(c, key)) ? RV_OK : rv_in_bool(c, key, ret);
}

/* ---- conditions ------------------------------------------------------------------------------ */

struct operand {
    json_t *v; /* borrowed; NULL: nothing */
    enum rv_pin_type type;
};

static struct operand operand_of(struct rv_call *c, rv_str group, const char *key)
{
    struct operand o = { NULL, RV_T_ANY };
    struct rv_field f;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        json_t *v = rv_in_at(c, i, &f);
        bool same = f.group.n == 0 ? group.n == 0 : rv_str_eq(f.group, group);
        if (same && rv_str_eq(f.key, rv_str_of(key)))
            return (struct operand){ v, f.type };
    }
    return o;
}

static bool is_word(const json_t *v, const char *word)
{
    return rv_str_eq_nocase(rv_str_trim(rv_json_str(v)), rv_str_of(word));
}

/* New reference: the operand as its declared type reads it. */
static json_t *as_declared(struct operand o, const struct operand *other)
{
    double d;
    bool truth = o.type == RV_T_BOOL || other->type == RV_T_BOOL, yes;
    bool both = json_is_boolean(other->v) || other->type == RV_T_BOOL;
    if (o.type == RV_T_BOOL && both && o.v != NULL && rv_value_bool(o.v, &yes))
        return json_boolean(yes); /* as a true/false field reads yes, no, 1, 0 */
    if (o.type == RV_T_NUM && json_is_string(o.v) && rv_value_num(o.v, &d))
        return rv_value_of_num(d);
    if (truth && json_is_string(o.v) && (is_word(o.v, "true") || is_word(o.v, "false")))
        return json_boolean(is_word(o.v, "true"));
    if (truth && o.v == NULL &&
        (json_is_boolean(other->v) || is_word(other->v, "true") || is_word(other->v, "false")))
        return json_false();
    return o.v != NULL ? json_incref(o.v) : json_null();
}

static bool both_dates(struct operand a, struct operand b, int64_t *x, int64_t *y)
{
    return (a.type == RV_T_DATE || b.type == RV_T_DATE) && a.v != NULL && b.v != NULL &&
           rv_value_date(a.v, x) && rv_value_date(b.v, y);
}

static bool weighs_values(rv_str op)
{
    static const char *const ops[] = { "==", "!=", ">=", "<=", ">", "<", "%" };
    for (size_t i = 0; i < RV_LEN(ops); i++)
        if (rv_str_eq(op, rv_str_of(ops[i])))
            return true;
    return false;
}

static rv_status weigh(struct rv_cx *cx, struct operand a, rv_str op, struct operand b, bool *ret)
{
    int64_t x, y;
    if (!weighs_values(op))
        return rv_value_compare(cx, a.v, op, b.v, ret);
    bool dates = both_dates(a, b, &x, &y);
    json_t *left = dates ? json_integer(x) : as_declared(a, &b),
           *right = dates ? json_integer(y) : as_declared(b, &a);
    rv_status st = left != NULL && right != NULL
                       ? rv_value_compare(cx, left, op, right, ret)
                       : rv_fail(cx, RV_BUSY, "out of memory in a comparison");
    json_decref(left);
    json_decref(right);
    return st;
}

rv_status rv_in_condition(struct rv_call *c, rv_str group, bool *ret)
{
    rv_str op;
    RV_TRY(rv_value_text(rv_call_cx(c), operand_of(c, group, "operator").v, &op));
    return weigh(rv_call_cx(c), operand_of(c, group, "left-operand"), op.n > 0 ? op : RV_STR("=="),
                 operand_of(c, group, "right-operand"), ret);
}

rv_status rv_in_compare(struct rv_call *c, json_t *v, rv_str op, const char *key, bool *ret)
{
    return weigh(rv_call_cx(c), (struct operand){ json_is_null(v) ? NULL : v, RV_T_ANY }, op,
                 operand_of(c, RV_NONE_STR, key), ret);
}

/* ---- values ---------------------------------------------------------------------------------- */

static bool has_real(const json_t *v)
{
    const char *key;
    size_t i;
    json_t *m;
    bool found = json_is_real(v);
    json_object_foreach((json_t *)(uintptr_t)v, key, m)
        found = found || has_real(m);
    json_array_foreach((json_t *)(uintptr_t)v, i, m)
        found = found || has_real(m);
    return found;
}

/* New reference: v with 1.0 written as 1, so that one number has one text. */
static json_t *plain(const json_t *v)
{
    const char *key;
    size_t n, i;
    json_t *m, *copy;
    if (json_is_real(v))
        return rv_value_of_num(json_real_value(v));
    if (!json_is_object(v) && !json_is_array(v))
        return json_incref((json_t *)(uintptr_t)v);
    copy = json_is_object(v) ? json_object() : json_array();
    json_object_keylen_foreach((json_t *)(uintptr_t)v, key, n, m)
    {
        if (json_object_setn_new(copy, key, n, plain(m)) != 0)
            goto out_of_memory;
    }
    json_array_foreach((json_t *)(uintptr_t)v, i, m)
        if (json_array_append_new(copy, plain(m)) != 0)
            goto out_of_memory;
    return copy;
out_of_memory:
    json_decref(copy);
    return NULL;
}

rv_status rv_value_key(struct rv_cx *cx, const json_t *v, rv_str *ret)
{
    json_t *copy = has_real(v) ? plain(v) : NULL;
    char *text = json_dumps(copy != NULL ? copy : v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    json_decref(copy);
    if (text == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory while comparing values");
    *ret = rv_dup(cx, rv_str_of(text));
    free(text);
    return ret->p != NULL ? RV_OK : RV_BUSY;
}

rv_status rv_in_path(struct rv_call *c, const char *key, struct rv_path *ret)
{
    json_t *v = rv_in(c, key), *part;
    rv_str text;
    size_t i;
    *ret = (struct rv_path){ 0 };
    if (!json_is_array(v))
        return rv_in_text(c, key, &ret->text);
    ret->keys = rv_new_list(c);
    if (ret->keys == NULL)
        return RV_BUSY;
    json_array_foreach(v, i, part)
    {
        RV_TRY(rv_value_text(rv_call_cx(c), part, &text));
        if (json_array_append_new(ret->keys, rv_value_of_text(text)) != 0)
            return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in a path");
    }
    return RV_OK;
}

json_t *rv_path_at(json_t *v, const struct rv_path *path)
{
    return path->keys != NULL ? rv_value_walk(v, path->keys) : rv_value_at(v, path->text);
}

rv_status rv_no_json(struct rv_call *c, const char *said)
{
    static const char words[] = "not well-formed: "; /* the reader speaks of a request, which a card has none of */
    struct rv_cx *cx = rv_call_cx(c);
    const char *message = rv_error(cx)->message,
               *at = message != NULL ? strstr(message, words) : NULL;
    rv_str reason = rv_dup(cx, rv_str_of(at != NULL ? at + strlen(words) : message));
    rv_error_clear(cx);
    return rv_fail(cx, RV_INVALID, "%s: %.*s", said, RV_FMT(reason));
}

static json_t *keep(struct rv_call *c, json_t *j)
{
    return rv_json_keep(rv_call_cx(c), j) == RV_OK ? j : NULL;
}

json_t *rv_new_list(struct rv_call *c)
{
    return keep(c, json_array());
}

json_t *rv_new_object(struct rv_call *c)
{
    return keep(c, json_object());
}

rv_status rv_list_add(struct rv_call *c, json_t *list, json_t *borrowed)
{
    return json_array_append_new(list, borrowed != NULL ? json_incref(borrowed) : json_null()) == 0
               ? RV_OK
               : rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in a list");
}

/* clang-format off */
const struct rv_limit rv_cards_limits[] = {
    { "iteration.items", RV_ITERATION_MAX, "items", "calls of one iteration card" },
    { "while.calls", 10000, "calls", "helper flow that returns true to While" },
    { "paginate.calls", 5000, "calls", "helper flow that Paginate calls for the next page" },
    { "xml.size", 1 << 20, "bytes", "XML text of a card" },
    { "xml.depth", 64, "levels", "elements of XML inside each other" },
    { "xml.attributes", 100, "attributes", "one element of XML" },
    { "csv.lines", 100000, "lines", "separated values that a card reads" },
    { "csv.columns", 1000, "columns", "one line of separated values" },
    { "pattern.size", RV_PATTERN_MAX, "bytes", "regular expression of a card" },
    { "pattern.text", RV_PATTERN_TEXT_MAX, "bytes", "text that a regular expression runs over" },
    { "pattern.steps", RV_PATTERN_STEPS_MAX, "steps", "one search for a regular expression" },
    { "pattern.depth", RV_PATTERN_DEPTH_MAX, "levels", "choices of a regular expression inside each other" },
    { "pattern.memory", RV_PATTERN_MEMORY_MAX, "bytes", "one search for a regular expression" },
    { "pattern.time", RV_PATTERN_TIME_MS, "ms", "all searches of one card" },
    { NULL, 0, NULL, NULL },
};
