/* base/json.c: strict JSON (security.md 3.3): RFC 8259 and nothing beside it, within limits, in one
 * pass.
 *
 * An own reader: the library's accepts duplicate keys or not, but knows no limits on depth, values
 * and lengths at once, and what it refuses it does not name by line and column. It builds the
 * library's values. Depth is counted. */
#include "base/base_int.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

const struct rv_json_limits rv_json_limits_default = { 64, 50000, 256, 256 << 10, 64, false };
const struct rv_json_limits rv_json_limits_import = { 64, 500000, 1024, 1 << 20, 64, false };

struct reader {
    struct rv_cx *cx;
    const struct rv_json_limits *limits;
    const char *p, *end, *start;
    size_t depth, values;
    struct rv_buf text; /* of the string being read */
};

static rv_status broken(struct reader *r, const char *what)
{
    size_t line = 1, column = 1;
    for (const char *p = r->start; p < r->p; p++) {
        column++;
        if (*p == '\n') {
            line++;
            column = 1;
        }
    }
    return rv_fail(r->cx, RV_MALFORMED,
                   "The request body was not well-formed: %s at line %zu, column %zu", what, line,
                   column);
}

static void blanks(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
        r->p++;
}

static bool hex4(struct reader *r, unsigned *ret)
{
    unsigned v = 0;
    if (r->end - r->p < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = r->p[i];
        unsigned d = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                     : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                     : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                            : 16;
        if (d == 16)
            return false;
        v = v << 4 | d;
    }
    r->p += 4;
    *ret = v;
    return true;
}

static void add_code_point(struct rv_buf *b, unsigned c)
{
    if (c < 0x80)
        rv_buf_char(b, (char)c);
    else if (c < 0x800) {
        rv_buf_char(b, (char)(0xc0 | c >> 6));
        rv_buf_char(b, (char)(0x80 | (c & 63)));
    } else if (c < 0x10000) {
        rv_buf_char(b, (char)(0xe0 | c >> 12));
        rv_buf_char(b, (char)(0x80 | (c >> 6 & 63)));
        rv_buf_char(b, (char)(0x80 | (c & 63)));
    } else {
        rv_buf_char(b, (char)(0xf0 | c >> 18));
        rv_buf_char(b, (char)(0x80 | (c >> 12 & 63)));
        rv_buf_char(b, (char)(0x80 | (c >> 6 & 63)));
        rv_buf_char(b, (char)(0x80 | (c & 63)));
    }
}

static rv_status unicode_escape(struct reader *r)
{
    unsigned c, low;
    if (!hex4(r, &c))
        return broken(r, "\\u needs four hex digits");
    if (c == 0 && !r->limits->nul)
        return broken(r, "\\u0000 is not accepted");
    if (c >= 0xd800 && c <= 0xdbff) {
        if (r->end - r->p < 6 || r->p[0] != '\\' || r->p[1] != 'u')
            return broken(r, "half a surrogate pair");
        r->p += 2;
        if (!hex4(r, &low) || low < 0xdc00 || low > 0xdfff)
            return broken(r, "half a surrogate pair");
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    } else if (c >= 0xdc00 && c <= 0xdfff)
        return broken(r, "half a surrogate pair");
    add_code_point(&r->text, c);
    return RV_OK;
}

static rv_status escape(struct reader *r)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (r->p == r->end)
        return broken(r, "a string without end");
    char c = *r->p++;
    if (c == 'u')
        return unicode_escape(r);
    const char *at = c != '\0' ? strchr(from, c) : NULL;
    if (at == NULL)
        return broken(r, "an unknown escape");
    rv_buf_char(&r->text, to[at - from]);
    return RV_OK;
}

/* The string after its opening quote. Without escapes it is borrowed from the input. */
static rv_status string(struct reader *r, size_t limit, rv_str *ret)
{
    const char *from = r->p;
    bool plain = true;
    rv_buf_clear(&r->text);
    for (;;) {
        const char *run = r->p;
        r->p += rv_plain_run((rv_str){ r->p, (size_t)(r->end - r->p) });
        if (!plain)
            rv_buf_add(&r->text, (rv_str){ run, (size_t)(r->p - run) });
        if (r->p == r->end)
            return broken(r, "a string without end");
        if (*r->p == '"')
            break;
        if (*r->p != '\\')
            return broken(r, "a control character in a string");
        if (plain)
            rv_buf_add(&r->text, (rv_str){ from, (size_t)(r->p - from) });
        plain = false;
        r->p++;
        RV_TRY(escape(r));
    }
    rv_str s = { from, (size_t)(r->p - from) };
    r->p++;
    if (!plain)
        RV_TRY(rv_buf_str(r->cx, &r->text, &s));
    if (s.n > limit)
        return rv_fail(r->cx, RV_INVALID, "a string in the body is longer than %zu bytes", limit);
    *ret = s;
    return RV_OK;
}

static bool some_digits(struct reader *r)
{
    const char *from = r->p;
    while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
        r->p++;
    return r->p > from;
}

static rv_status number(struct reader *r, json_t **ret)
{
    const char *from = r->p;
    bool whole = true;
    char text[80];
    if (*r->p == '-')
        r->p++;
    if (r->p < r->end && *r->p == '0')
        r->p++;
    else if (!some_digits(r))
        return broken(r, "no value that JSON knows");
    if (r->p < r->end && *r->p == '.') {
        whole = false;
        r->p++;
        if (!some_digits(r))
            return broken(r, "a number without digits after its point");
    }
    if (r->p < r->end && (*r->p == 'e' || *r->p == 'E')) {
        whole = false;
        r->p++;
        if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
            r->p++;
        if (!some_digits(r))
            return broken(r, "a number without digits in its exponent");
    }
    size_t n = (size_t)(r->p - from);
    if (n > r->limits->number_chars || n >= sizeof text)
        return rv_fail(r->cx, RV_INVALID, "a number in the body is longer than %zu characters",
                       r->limits->number_chars);
    int64_t i;
    if (whole && rv_str_to_int((rv_str){ from, n }, &i) && i >= -(INT64_C(1) << 53) &&
        i <= INT64_C(1) << 53) {
        *ret = json_integer(i);
        return RV_OK;
    }
    memcpy(text, from, n);
    text[n] = '\0';
    double d = strtod(text, NULL);
    if (!isfinite(d))
        return rv_fail(r->cx, RV_INVALID, "the number %s is beyond the range of numbers", text);
    *ret =
        d == floor(d) && fabs(d) <= 9007199254740992.0 ? json_integer((json_int_t)d) : json_real(d);
    return RV_OK;
}

static rv_status value(struct reader *r, json_t **ret);

/* A member behind its name. The name must outlast the value that is read. */
static rv_status named_member(struct reader *r, json_t *object, rv_str name)
{
    json_t *v = NULL;
    blanks(r);
    if (r->p == r->end || *r->p != ':')
        return broken(r, "a ':' is missing");
    r->p++;
    RV_TRY(value(r, &v));
    size_t before = json_object_size(object);
    if (json_object_setn_new_nocheck(object, name.p, name.n, v) != 0)
        return rv_fail(r->cx, RV_BUSY, "out of memory");
    return json_object_size(object) > before ? RV_OK : broken(r, "the same member twice");
}

/* A name with escapes stands in the buffer that the next string will use. Long ones, which only
 * texts of our own may have, do not belong on the stack. */
static __attribute__((noinline)) rv_status copied_member(struct reader *r, json_t *object,
                                                         rv_str name)
{
    char key[1024];
    if (name.n > sizeof key) {
        name = rv_dup(r->cx, name);
        return name.p != NULL ? named_member(r, object, name) : RV_BUSY;
    }
    memcpy(key, name.p, name.n);
    return named_member(r, object, (rv_str){ key, name.n });
}

static rv_status member(struct reader *r, json_t *object)
{
    rv_str name;
    if (r->p == r->end || *r->p != '"')
        return broken(r, "a member needs a quoted name");
    r->p++;
    RV_TRY(string(r, r->limits->key_bytes, &name));
    return name.p == r->text.p ? copied_member(r, object, name) : named_member(r, object, name);
}

static rv_status item(struct reader *r, json_t *array)
{
    json_t *v = NULL;
    RV_TRY(value(r, &v));
    return json_array_append_new(array, v) == 0 ? RV_OK : rv_fail(r->cx, RV_BUSY, "out of memory");
}

/* Members or items after the opening bracket. */
static rv_status container(struct reader *r, json_t *into, char close,
                           rv_status (*one)(struct reader *, json_t *))
{
    if (++r->depth > r->limits->depth)
        return rv_fail(r->cx, RV_INVALID, "the body is nested deeper than %zu levels",
                       r->limits->depth);
    blanks(r);
    if (r->p < r->end && *r->p == close) {
        r->p++;
        r->depth--;
        return RV_OK;
    }
    for (;;) {
        blanks(r);
        RV_TRY(one(r, into));
        blanks(r);
        if (r->p == r->end)
            return broken(r, "an object or array without end");
        char c = *r->p++;
        if (c == close)
            break;
        if (c != ',')
            return r->p--, broken(r, "a ',' is missing");
    }
    r->depth--;
    return RV_OK;
}

static bool word(struct reader *r, const char *w, size_t n)
{
    if ((size_t)(r->end - r->p) < n || memcmp(r->p, w, n) != 0)
        return false;
    r->p += n;
    return true;
}

static rv_status scalar(struct reader *r, json_t **ret)
{
    rv_str s;
    if (*r->p == '"') {
        r->p++;
        RV_TRY(string(r, r->limits->string_bytes, &s));
        *ret = json_stringn_nocheck(s.p, s.n);
        return RV_OK;
    }
    if (word(r, "true", 4))
        *ret = json_true();
    else if (word(r, "false", 5))
        *ret = json_false();
    else if (word(r, "null", 4))
        *ret = json_null();
    else
        return number(r, ret);
    return RV_OK;
}

static rv_status value(struct reader *r, json_t **ret)
{
    blanks(r);
    if (r->p == r->end)
        return broken(r, "a value is missing");
    if (++r->values > r->limits->values)
        return rv_fail(r->cx, RV_INVALID, "the body holds more than %zu values", r->limits->values);
    json_t *j = NULL;
    rv_status st = RV_OK;
    if (*r->p == '{' || *r->p == '[') {
        bool object = *r->p++ == '{';
        j = object ? json_object() : json_array();
        if (j != NULL)
            st = container(r, j, object ? '}' : ']', object ? member : item);
    } else
        st = scalar(r, &j);
    if (st == RV_OK && j == NULL)
        st = rv_fail(r->cx, RV_BUSY, "out of memory");
    if (st != RV_OK) {
        json_decref(j);
        return st;
    }
    *ret = j;
    return RV_OK;
}

static void decref(void *j)
{
    json_decref(j);
}

rv_status rv_json_keep(struct rv_cx *cx, json_t *j)
{
    if (j == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory");
    if (rv_arena_on_free(cx->arena, decref, j) != RV_OK) {
        json_decref(j);
        return rv_fail(cx, RV_BUSY, "out of memory");
    }
    return RV_OK;
}

rv_status rv_json_parse(struct rv_cx *cx, rv_str text, const struct rv_json_limits *limits,
                        json_t **ret)
{
    struct reader r = {
        .cx = cx, .limits = limits, .p = text.p, .end = text.p + text.n, .start = text.p
    };
    json_t *j = NULL;
    if (text.p == NULL || text.n == 0)
        return rv_fail(cx, RV_MALFORMED, "The request body was not well-formed: it is empty");
    if (!rv_utf8_valid(text))
        return rv_fail(cx, RV_MALFORMED, "The request body was not well-formed: it is not UTF-8");
    rv_buf_init(&r.text, text.n);
    rv_status st = value(&r, &j);
    if (st == RV_OK) {
        blanks(&r);
        if (r.p != r.end) {
            st = broken(&r, "something stands after the value");
            json_decref(j);
        }
    }
    rv_buf_done(&r.text);
    RV_TRY(st);
    RV_TRY(rv_json_keep(cx, j));
    *ret = j;
    return RV_OK;
}

rv_str rv_json_str(const json_t *j)
{
    return json_is_string(j) ? (rv_str){ json_string_value(j), json_string_length(j) }
                             : RV_NONE_STR;
}

rv_str rv_json_member_str(const json_t *object, const char *key)
{
    return rv_json_str(json_object_get(object, key));
}

rv_status rv_json_dump(struct rv_cx *cx, const json_t *j, rv_str *ret)
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str text;
    rv_buf_init(&b, 64u << 20);
    rv_jw_init(&w, &b);
    rv_jw_json(&w, j);
    rv_status st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK) {
        text = rv_dup(cx, text);
        if (text.p == NULL)
            st = RV_BUSY;
        else
            *ret = text;
    }
    rv_buf_done(&b);
    return st;
}
