/* base/jw.c: JSON written piece by piece into a buffer, without a tree. Nesting is asserted, texts
 * are escaped as RFC 8259 wants and no further; the caller vouches for UTF-8. */
#include "base/base_int.h"

#include <math.h>

enum { DEEPEST = 255 };

static bool take_first(struct rv_jw *w)
{
    uint64_t bit = UINT64_C(1) << (w->depth & 63), *word = &w->first[w->depth >> 6 & 3];
    bool was = (*word & bit) != 0;
    *word &= ~bit;
    return was;
}

static void set_first(struct rv_jw *w)
{
    w->first[w->depth >> 6 & 3] |= UINT64_C(1) << (w->depth & 63);
}

void rv_jw_init(struct rv_jw *w, struct rv_buf *b)
{
    *w = (struct rv_jw){ .b = b };
    set_first(w);
}

/* Writes `,` unless it is the first, a quotation mark, the text, another one and `after` (0: nothing),
 * with one look at the room: most of what an answer consists of. */
static void put_quoted(struct rv_jw *w, bool first, rv_str s, char after)
{
    size_t n = s.n + (first ? 2 : 3) + (after != 0);
    char *p = rv_buf_room(w->b, n);
    if (p == NULL)
        return;
    if (!first)
        *p++ = ',';
    *p++ = '"';
    if (s.n > 0)
        memcpy(p, s.p, s.n);
    p[s.n] = '"';
    p[s.n + 1] = after;
    rv_buf_grow(w->b, n);
}

static void comma(struct rv_jw *w)
{
    if (!take_first(w))
        rv_buf_char(w->b, ',');
}

static void down(struct rv_jw *w, char c)
{
    comma(w);
    rv_buf_char(w->b, c);
    if (++w->depth > DEEPEST)
        w->b->failed = true; /* values nest as deep as people make them: no defect of ours */
    set_first(w);
}

static void up(struct rv_jw *w, char c)
{
    if (w->depth == 0)
        RV_BUG("JSON writer: one end too many");
    w->depth--;
    rv_buf_char(w->b, c);
}

void rv_jw_obj(struct rv_jw *w) { down(w, '{'); }
void rv_jw_obj_end(struct rv_jw *w) { up(w, '}'); }
void rv_jw_arr(struct rv_jw *w) { down(w, '['); }
void rv_jw_arr_end(struct rv_jw *w) { up(w, ']'); }

static void escaped(struct rv_buf *b, unsigned char c)
{
    static const char hex[] = "0123456789abcdef", shorts[] = "btn.fr";
    char six[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
    char two[2] = { '\\', (char)c };
    if (c >= '\b' && c <= '\r' && c != '\v')
        two[1] = shorts[c - '\b'];
    else if (c != '"' && c != '\\') {
        rv_buf_add(b, (rv_str){ six, sizeof six });
        return;
    }
    rv_buf_add(b, (rv_str){ two, sizeof two });
}

static void quoted(struct rv_buf *b, rv_str s)
{
    rv_buf_char(b, '"');
    for (;;) {
        size_t n = rv_plain_run(s);
        rv_buf_add(b, rv_str_sub(s, 0, n));
        if (n == s.n)
            break;
        escaped(b, (unsigned char)s.p[n]);
        s = rv_str_sub(s, n + 1, s.n);
    }
    rv_buf_char(b, '"');
}

/* After a key the value follows without a comma before it. */
void rv_jw_key(struct rv_jw *w, const char *key)
{
    put_quoted(w, take_first(w), rv_str_of(key), ':');
    set_first(w);
}

void rv_jw_key_str(struct rv_jw *w, rv_str key)
{
    comma(w);
    quoted(w->b, key);
    rv_buf_char(w->b, ':');
    set_first(w);
}

void rv_jw_str(struct rv_jw *w, rv_str s)
{
    if (s.p != NULL && rv_plain_run(s) == s.n) {
        put_quoted(w, take_first(w), s, 0);
        return;
    }
    comma(w);
    if (s.p == NULL)
        rv_buf_add(w->b, RV_STR("null"));
    else
        quoted(w->b, s);
}

static size_t int_format(int64_t i, char *end)
{
    uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    char *p = end;
    do {
        *--p = (char)('0' + u % 10);
        u /= 10;
    } while (u > 0);
    if (i < 0)
        *--p = '-';
    return (size_t)(end - p);
}

void rv_jw_int(struct rv_jw *w, int64_t i)
{
    char text[24];
    size_t n = int_format(i, text + sizeof text);
    comma(w);
    rv_buf_add(w->b, (rv_str){ text + sizeof text - n, n });
}

void rv_jw_num(struct rv_jw *w, double d)
{
    char text[32];
    comma(w);
    if (!isfinite(d))
        rv_buf_add(w->b, RV_STR("null"));
    else
        rv_buf_add(w->b, (rv_str){ text, rv_double_format(d, text) });
}

void rv_jw_bool(struct rv_jw *w, bool v)
{
    comma(w);
    rv_buf_add(w->b, v ? RV_STR("true") : RV_STR("false"));
}

void rv_jw_null(struct rv_jw *w)
{
    comma(w);
    rv_buf_add(w->b, RV_STR("null"));
}

void rv_jw_time(struct rv_jw *w, int64_t ms)
{
    char text[34] = "\"";
    if (ms == RV_NO_TIME) {
        rv_jw_null(w);
        return;
    }
    size_t n = rv_time_format(ms, text + 1);
    text[n + 1] = '"';
    comma(w);
    rv_buf_add(w->b, (rv_str){ text, n + 2 });
}

void rv_jw_raw(struct rv_jw *w, rv_str json)
{
    comma(w);
    rv_buf_add(w->b, json.p != NULL ? json : RV_STR("null"));
}

static void container(struct rv_jw *w, const json_t *j)
{
    size_t i;
    const char *key;
    size_t n;
    json_t *v;
    if (w->depth >= DEEPEST) {
        w->b->failed = true;
        return;
    }
    if (json_is_array(j)) {
        rv_jw_arr(w);
        json_array_foreach(j, i, v)
            rv_jw_json(w, v);
        rv_jw_arr_end(w);
        return;
    }
    rv_jw_obj(w);
    json_object_keylen_foreach((json_t *)(uintptr_t)j, key, n, v)
    {
        rv_jw_key_str(w, (rv_str){ key, n });
        rv_jw_json(w, v);
    }
    rv_jw_obj_end(w);
}

void rv_jw_json(struct rv_jw *w, const json_t *j)
{
    if (j == NULL || json_is_null(j))
        rv_jw_null(w);
    else if (json_is_string(j))
        rv_jw_str(w, rv_json_str(j));
    else if (json_is_integer(j))
        rv_jw_int(w, json_integer_value(j));
    else if (json_is_real(j))
        rv_jw_num(w, json_real_value(j));
    else if (json_is_boolean(j))
        rv_jw_bool(w, json_is_true(j));
    else
        container(w, j);
}

void rv_jw_kstr(struct rv_jw *w, const char *key, rv_str s)
{
    rv_jw_key(w, key);
    rv_jw_str(w, s);
}

void rv_jw_kint(struct rv_jw *w, const char *key, int64_t i)
{
    rv_jw_key(w, key);
    rv_jw_int(w, i);
}

void rv_jw_kbool(struct rv_jw *w, const char *key, bool v)
{
    rv_jw_key(w, key);
    rv_jw_bool(w, v);
}

void rv_jw_ktime(struct rv_jw *w, const char *key, int64_t ms)
{
    rv_jw_key(w, key);
    rv_jw_time(w, ms);
}

void rv_jw_kraw(struct rv_jw *w, const char *key, rv_str json)
{
    rv_jw_key(w, key);
    rv_jw_raw(w, json);
}
