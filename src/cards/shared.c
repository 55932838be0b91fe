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
    rv_hmac(cx->env->keys, RV_KEY_TOKEN, rv_printf(cx, "random|%.*s|%" PRIu64, RV_FMT(rv_call_effect_id(c)), no), ret);
}

rv_status rv_in_whole(struct rv_call *c, const char *key, int64_t def, int64_t *ret)
{
    bool some;
    double d;
    RV_TRY(rv_in_num(c, key, &some, &d));
    *ret = !some ? def : d >= 9e15 ? (int64_t)9e15 : d <= -9e15 ? (int64_t)-9e15 : (int64_t)trunc(d);
    return RV_OK;
}

rv_status rv_in_flag(struct rv_call *c, const char *key, bool def, bool *ret)
{
    *ret = def;
    return rv_value_empty(rv_in(c, key)) ? RV_OK : rv_in_bool(c, key, ret);
}

rv_status rv_value_key(struct rv_cx *cx, const json_t *v, rv_str *ret)
{
    char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    if (text == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory while comparing values");
    *ret = rv_dup(cx, rv_str_of(text));
    free(text);
    return ret->p != NULL ? RV_OK : RV_BUSY;
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
    return json_array_append_new(list, borrowed != NULL ? json_incref(borrowed) : json_null()) == 0 ? RV_OK : rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in a list");
}
