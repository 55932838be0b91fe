/* flows/value.c: what values mean: text forms, lenient reading, conversions on links, comparison,
 * paths.
 *
 * The rules are workflows.md 2 and flopack.md 6 and 20: declared types are hints, null is accepted
 * everywhere, text and numbers compare by value. Conversions live here alone; nothing here changes
 * a value it was given. */
#include "flows/flows_int.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *rv_value_type_name(const json_t *j)
{
    if (j == NULL)
        return "nothing";
    switch (json_typeof(j)) {
    case JSON_OBJECT:
        return "object";
    case JSON_ARRAY:
        return "list";
    case JSON_STRING:
        return "text";
    case JSON_INTEGER:
    case JSON_REAL:
        return "number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true/false";
    case JSON_NULL:
        return "nothing";
    }
    return "nothing";
}

bool rv_value_empty(const json_t *j)
{
    if (j == NULL || json_is_null(j))
        return true;
    if (json_is_string(j))
        return json_string_length(j) == 0;
    if (json_is_array(j))
        return json_array_size(j) == 0;
    if (json_is_object(j))
        return json_object_size(j) == 0;
    return false;
}

json_t *rv_value_of_num(double d)
{
    if (!isfinite(d))
        return NULL;
    if (fabs(d) <= 9007199254740992.0 && floor(d) == d)
        return json_integer((json_int_t)d);
    return json_real(d);
}

json_t *rv_value_of_text(rv_str s)
{
    return json_stringn(s.p != NULL ? s.p : "", s.n);
}

rv_status rv_value_text(struct rv_cx *cx, const json_t *j, rv_str *ret)
{
    char num[32];
    if (j == NULL || json_is_null(j)) {
        *ret = RV_STR("");
        return RV_OK;
    }
    switch (json_typeof(j)) {
    case JSON_STRING:
        *ret = rv_json_str(j);
        return RV_OK;
    case JSON_TRUE:
        *ret = RV_STR("true");
        return RV_OK;
    case JSON_FALSE:
        *ret = RV_STR("false");
        return RV_OK;
    case JSON_INTEGER:
        *ret = rv_printf(cx, "%" JSON_INTEGER_FORMAT, json_integer_value(j));
        break;
    case JSON_REAL:
        *ret = rv_dup(cx, (rv_str){ num, rv_double_format(json_real_value(j), num) });
        break;
    case JSON_OBJECT:
        if (json_object_size(j) >= 4 && json_is_string(json_object_get(j, "filename")) &&
            json_is_string(json_object_get(j, "content"))) {
            *ret = rv_json_member_str(j, "filename"); /* a file: its bytes are no text to put anywhere */
            return RV_OK;
        }
        return rv_json_dump(cx, j, ret);
    case JSON_ARRAY:
        return rv_json_dump(cx, j, ret);
    case JSON_NULL:
        break;
    }
    return ret->p != NULL ? RV_OK : RV_BUSY;
}

/* A decimal number at the start of s: its length, 0 when there is none. No hexadecimal, no names.
 */
static size_t number_prefix(rv_str s)
{
    size_t i = 0, digits = 0, end;
    if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
        i++;
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
        digits++;
    if (i < s.n && s.p[i] == '.')
        for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
            digits++;
    if (digits == 0)
        return 0;
    end = i;
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
        size_t k = i + 1;
        if (k < s.n && (s.p[k] == '-' || s.p[k] == '+'))
            k++;
        if (k < s.n && s.p[k] >= '0' && s.p[k] <= '9') {
            while (k < s.n && s.p[k] >= '0' && s.p[k] <= '9')
                k++;
            end = k;
        }
    }
    return end;
}

static bool text_to_num(rv_str s, bool whole, double *ret)
{
    char buf[400];
    s = rv_str_trim(s);
    size_t n = number_prefix(s);
    if (n == 0 || n >= sizeof buf || (whole && n != s.n))
        return false;
    memcpy(buf, s.p, n);
    buf[n] = '\0';
    double d = strtod(buf, NULL);
    if (!isfinite(d))
        return false;
    *ret = d;
    return true;
}

bool rv_value_num(const json_t *j, double *ret)
{
    if (json_is_number(j)) {
        *ret = json_number_value(j);
        return true;
    }
    return json_is_string(j) && text_to_num(rv_json_str(j), true, ret);
}

rv_status rv_value_list(struct rv_cx *cx, json_t *v, json_t **ret)
{
    rv_str text = rv_str_trim(rv_json_str(v));
    json_t *list = v;
    if (text.n > 0 && text.p[0] == '[' &&
        (rv_json_parse(cx, text, &rv_json_limits_import, &list) != RV_OK || !json_is_array(list))) {
        rv_error_clear(cx); /* a text that only looks like a list */
        list = v;
    }
    *ret = list;
    if (json_is_array(list))
        return RV_OK;
    *ret = json_array();
    RV_TRY(rv_json_keep(cx, *ret));
    if (!rv_value_empty(v) && json_array_append(*ret, v) != 0)
        return rv_fail(cx, RV_BUSY, "the run is out of memory");
    return RV_OK;
}

bool rv_value_bool(const json_t *j, bool *ret)
{
    static const struct {
        const char *text;
        bool value;
    } words[] = { { "true", true }, { "false", false }, { "yes", true },
                  { "no", false },  { "1", true },      { "0", false } };
    if (json_is_boolean(j) || json_is_number(j)) {
        *ret = json_is_true(j) || (json_is_number(j) && fabs(json_number_value(j)) > 0);
        return true;
    }
    for (size_t i = 0; i < RV_LEN(words); i++)
        if (rv_str_eq_nocase(rv_str_trim(rv_json_str(j)), rv_str_of(words[i].text))) {
            *ret = words[i].value;
            return true;
        }
    return false;
}

static bool all_digits(rv_str s)
{
    size_t sign = s.n > 0 && s.p[0] == '-' ? 1 : 0;
    for (size_t i = sign; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > sign;
}

/* Forms of ISO 8601 that people write and requests may not: 2024-05, 20240506T070809Z. */
static bool other_iso(rv_str s, int64_t *ret_ms)
{
    static const char month[] = "0000-00", basic[] = "00000000T0000";
    char buf[64];
    int n = 0;
    bool is_month = s.n == strlen(month), is_basic = s.n >= strlen(basic) && s.n < 40;
    for (size_t i = 0; i < s.n; i++) {
        bool digit = s.p[i] >= '0' && s.p[i] <= '9';
        is_month = is_month && (month[i] == '0' ? digit : s.p[i] == month[i]);
        if (is_basic && i < strlen(basic))
            is_basic = basic[i] == '0' ? digit : s.p[i] == basic[i];
    }
    if (is_month)
        n = snprintf(buf, sizeof buf, "%.*s-01", RV_FMT(s));
    if (is_basic) {
        bool seconds = s.n > 14 && s.p[13] >= '0' && s.p[13] <= '9';
        n = snprintf(buf, sizeof buf, "%.4s-%.2s-%.2sT%.2s:%.2s%s%.*s", s.p, s.p + 4, s.p + 6,
                     s.p + 9, s.p + 11, seconds ? ":" : "", (int)(s.n - 13), s.p + 13);
    }
    return n > 0 && rv_time_parse((rv_str){ buf, (size_t)n }, ret_ms);
}

bool rv_value_date(const json_t *j, int64_t *ret_ms)
{
    if (json_is_integer(j)) {
        *ret_ms = json_integer_value(j);
        return true;
    }
    if (json_is_real(j)) {
        double d = json_real_value(j);
        if (fabs(d) > 8.64e15)
            return false;
        *ret_ms = (int64_t)d;
        return true;
    }
    if (!json_is_string(j))
        return false;
    rv_str s = rv_str_trim(rv_json_str(j));
    if (all_digits(s))
        return rv_str_to_int(s, ret_ms);
    return rv_time_parse(s, ret_ms) || other_iso(s, ret_ms);
}

/* ---- paths ----------------------------------------------------------------------------------- */

static json_t *member(const json_t *j, rv_str key)
{
    int64_t i;
    if (json_is_object(j))
        return key.p != NULL ? json_object_getn(j, key.p, key.n) : NULL;
    if (json_is_array(j) && rv_str_to_int(key, &i) && i >= 0)
        return json_array_get(j, (size_t)i);
    return NULL;
}

json_t *rv_value_at(const json_t *j, rv_str path)
{
    union {
        const json_t *c;
        json_t *m;
    } at = { .c = j }; /* borrowed like json_object_get: the caller may only add a reference */
    rv_str part;
    if (path.n == 0)
        return at.m;
    json_t *whole = member(j, path);
    if (whole != NULL)
        return whole;
    while (at.m != NULL && rv_str_split(&path, '.', &part))
        at.m = member(at.m, part);
    return at.m;
}

json_t *rv_value_walk(json_t *j, const json_t *path)
{
    size_t i;
    json_t *key;
    json_array_foreach(path, i, key)
    {
        j = member(j, rv_json_str(key));
        if (j == NULL)
            return NULL;
    }
    return j;
}

/* ---- conversions on links -------------------------------------------------------------------- */

typedef rv_status convert_fn(struct rv_cx *cx, json_t *in, json_t **ret);

static rv_status made(struct rv_cx *cx, json_t *j, json_t **ret)
{
    if (j == NULL)
        return rv_fail(cx, RV_BUSY, "the run is out of memory");
    *ret = j;
    return RV_OK;
}

static rv_status convert_parse(struct rv_cx *cx, json_t *in, json_t **ret)
{
    json_t *j;
    if (!json_is_string(in))
        return made(cx, json_incref(in), ret);
    rv_str s = rv_str_trim(rv_json_str(in));
    if (s.n == 0)
        return made(cx, json_null(), ret);
    rv_status st = rv_json_parse(cx, s, &rv_json_limits_import, &j);
    if (st != RV_OK)
        return rv_wrap(cx, st, "the text is not JSON");
    return made(cx, json_incref(j), ret);
}

/* Month/day/year, as the card Format writes it and public templates hand it on. */
static bool slash_date(struct rv_cx *cx, rv_str text, int64_t *ret)
{
    rv_str rest = rv_str_trim(text), month, day;
    int64_t m, d, y;
    if (!rv_str_split(&rest, '/', &month) || !rv_str_split(&rest, '/', &day) || rest.n != 4 ||
        month.n > 2 || day.n > 2 || !rv_str_to_int(month, &m) || !rv_str_to_int(day, &d) ||
        !rv_str_to_int(rest, &y) || m < 1 || d < 1 || y < 1)
        return false;
    rv_str iso = rv_printf(cx, "%04d-%02d-%02d", (int)y, (int)m, (int)d);
    json_t *v = iso.p != NULL ? rv_value_of_text(iso) : NULL;
    bool ok = v != NULL && rv_value_date(v, ret);
    json_decref(v);
    return ok;
}

static rv_status convert_date(struct rv_cx *cx, json_t *in, json_t **ret)
{
    int64_t ms;
    char buf[32];
    if (json_is_string(in) && rv_str_trim(rv_json_str(in)).n == 0)
        return made(cx, json_null(), ret);
    if (!rv_value_date(in, &ms) && !(json_is_string(in) && slash_date(cx, rv_json_str(in), &ms)))
        return rv_fail(cx, RV_INVALID,
                       "invalid date: expected ISO 8601 text or month/day/year, got %s",
                       rv_value_type_name(in));
    return made(cx, json_stringn(buf, rv_time_format(ms, buf)), ret);
}

static rv_status convert_text(struct rv_cx *cx, json_t *in, json_t **ret)
{
    rv_str s = RV_NONE_STR;
    if (json_is_string(in))
        return made(cx, json_incref(in), ret);
    RV_TRY(rv_value_text(cx, in, &s));
    return made(cx, rv_value_of_text(s), ret);
}

static rv_status convert_float(struct rv_cx *cx, json_t *in, json_t **ret)
{
    double d;
    if (json_is_number(in))
        return made(cx, json_incref(in), ret);
    if (!json_is_string(in) || !text_to_num(rv_json_str(in), false, &d))
        return made(cx, json_null(), ret);
    return made(cx, rv_value_of_num(d), ret);
}

static rv_status convert_wrap(struct rv_cx *cx, json_t *in, json_t **ret)
{
    if (json_is_array(in))
        return made(cx, json_incref(in), ret);
    json_t *list = json_array();
    if (list != NULL && json_array_append(list, in) != 0) {
        json_decref(list);
        list = NULL;
    }
    return made(cx, list, ret);
}

static rv_status convert_iso(struct rv_cx *cx, json_t *in, json_t **ret)
{
    int64_t ms;
    char buf[32];
    if (!rv_value_date(in, &ms))
        return convert_text(cx, in, ret);
    return made(cx, json_stringn(buf, rv_time_format(ms, buf)), ret);
}

/* names as in exports */
static const struct {
    const char *name;
    convert_fn *fn;
} conversions[] = {
    { "", NULL },
    { "parse", convert_parse },
    { "dateTime", convert_date },
    { "stringify", convert_text },
    { "wrapArray", convert_wrap },
    { "toString", convert_text },
    { "parseFloat", convert_float },
    { "isoString", convert_iso },
    { "booleanToString", convert_text },
};

int rv_convert_find(rv_str name)
{
    for (size_t i = 0; i < RV_LEN(conversions); i++)
        if (rv_str_eq(name, rv_str_of(conversions[i].name)))
            return (int)i;
    return -1;
}

rv_status rv_convert(struct rv_cx *cx, int convert, bool wrap, json_t *in, json_t **ret)
{
    json_t *v = NULL;
    if (in == NULL || json_is_null(in))
        return made(cx, json_null(), ret);
    if (convert > 0)
        RV_TRY(conversions[convert].fn(cx, in, &v));
    else
        v = json_incref(in);
    if (wrap && !json_is_null(v)) {
        json_t *list = json_array();
        if (list == NULL || json_array_append_new(list, v) != 0) {
            json_decref(list);
            return rv_fail(cx, RV_BUSY, "the run is out of memory");
        }
        v = list;
    }
    *ret = v;
    return RV_OK;
}

/* ---- comparison ------------------------------------------------------------------------------ */

const struct rv_choice rv_operators[] = {
    { "==", "equal to" },
    { "!=", "not equal" },
    { ">=", "greater than or equal" },
    { "<=", "less than or equal" },
    { ">", "greater than" },
    { "<", "less than" },
    { "%", "a multiple of" },
    { "in", "in" },
    { "not in", "not in" },
    { "has", "has key" },
    { "doesn't have", "doesn't have key" },
    { "is empty", "is empty" },
    { "is not empty", "is not empty" },
    { "===", "equal and same type" },
    { "!==", "not equal or not same type" },
    { NULL, NULL },
};

/* A full date-time in ISO form: only such texts compare as instants. */
static bool instant(const json_t *j, int64_t *ret)
{
    rv_str s = rv_json_str(j);
    return s.n >= 16 && s.n <= 40 && s.p[4] == '-' && (s.p[10] == 'T' || s.p[10] == ' ') &&
           rv_time_parse(s, ret);
}

static bool is_null(const json_t *j)
{
    return j == NULL || json_is_null(j);
}

/* Deep equality; numbers by value, however they are written. */
static bool same(const json_t *a, const json_t *b)
{
    const char *key;
    size_t n, i;
    json_t *m;
    if (json_is_number(a) && json_is_number(b)) {
        double x = json_number_value(a), y = json_number_value(b);
        return json_is_integer(a) && json_is_integer(b) ? json_equal(a, b) == 1
                                                        : !(x < y) && !(x > y);
    }
    if (json_is_array(a) && json_array_size(a) == json_array_size(b)) {
        json_array_foreach((json_t *)(uintptr_t)a, i, m)
            if (!same(m, json_array_get(b, i)))
                return false;
        return json_is_array(b);
    }
    if (json_is_object(a) && json_object_size(a) == json_object_size(b)) {
        json_object_keylen_foreach((json_t *)(uintptr_t)a, key, n, m)
        {
            const json_t *other = json_object_getn(b, key, n);
            if (other == NULL || !same(m, other))
                return false;
        }
        return json_is_object(b);
    }
    return json_equal(a, b) == 1;
}

static bool equal(struct rv_cx *cx, const json_t *a, const json_t *b)
{
    double x, y;
    int64_t t, u;
    rv_str s, p;
    if (is_null(a) || is_null(b)) {
        const json_t *other = is_null(a) ? b : a;
        return is_null(other) || (json_is_string(other) && json_string_length(other) == 0);
    }
    if (json_is_number(a) || json_is_number(b))
        return rv_value_num(a, &x) && rv_value_num(b, &y) && !(x < y) && !(x > y);
    if (json_is_string(a) && json_is_string(b)) {
        if (rv_str_eq(rv_json_str(a), rv_json_str(b)))
            return true;
        return instant(a, &t) && instant(b, &u) && t == u;
    }
    if ((json_is_boolean(a) && json_is_string(b)) || (json_is_string(a) && json_is_boolean(b)))
        return rv_value_text(cx, a, &s) == RV_OK && rv_value_text(cx, b, &p) == RV_OK &&
               rv_str_eq_nocase(s, p);
    return same(a, b);
}

/* -1, 0, 1, or 2: they have no order. */
static int order(const json_t *a, const json_t *b)
{
    double x, y;
    int64_t t, u;
    if (json_is_number(a) || json_is_number(b)) {
        if (!rv_value_num(a, &x) || !rv_value_num(b, &y))
            return 2;
        return x < y ? -1 : x > y ? 1 : 0;
    }
    if (!json_is_string(a) || !json_is_string(b))
        return 2;
    if (instant(a, &t) && instant(b, &u))
        return t < u ? -1 : t > u ? 1 : 0;
    int c = rv_str_cmp(rv_json_str(a), rv_json_str(b));
    return c < 0 ? -1 : c > 0 ? 1 : 0;
}

static rv_status contains(struct rv_cx *cx, const json_t *a, const json_t *b, bool *ret)
{
    size_t i;
    json_t *item;
    rv_str part, text;
    *ret = false;
    if (json_is_array(b)) {
        json_array_foreach(b, i, item)
        {
            if (equal(cx, a, item))
                *ret = true;
        }
        return RV_OK;
    }
    if (is_null(a) || is_null(b))
        return RV_OK;
    RV_TRY(rv_value_text(cx, a, &part));
    RV_TRY(rv_value_text(cx, b, &text));
    *ret = rv_str_contains(text, part);
    return RV_OK;
}

static rv_status has_key(struct rv_cx *cx, const json_t *a, const json_t *b, bool *ret)
{
    rv_str key;
    RV_TRY(rv_value_text(cx, b, &key));
    *ret = json_is_object(a) && key.p != NULL && json_object_getn(a, key.p, key.n) != NULL;
    return RV_OK;
}

static bool multiple(const json_t *a, const json_t *b)
{
    double x, y;
    return rv_value_num(a, &x) && rv_value_num(b, &y) && fabs(y) > 0 && !(fabs(fmod(x, y)) > 0);
}

static bool strictly_equal(const json_t *a, const json_t *b)
{
    return is_null(a) || is_null(b) ? is_null(a) && is_null(b) : same(a, b);
}

rv_status rv_value_compare(struct rv_cx *cx, const json_t *a, rv_str op, const json_t *b, bool *ret)
{
    int i = 0, c;
    while (rv_operators[i].value != NULL && !rv_str_eq(op, rv_str_of(rv_operators[i].value)))
        i++;
    switch (i) {
    case 0:
        *ret = equal(cx, a, b);
        return RV_OK;
    case 1:
        *ret = !equal(cx, a, b);
        return RV_OK;
    case 2:
        c = order(a, b);
        *ret = c == 0 || c == 1;
        return RV_OK;
    case 3:
        *ret = order(a, b) <= 0;
        return RV_OK;
    case 4:
        *ret = order(a, b) == 1;
        return RV_OK;
    case 5:
        *ret = order(a, b) == -1;
        return RV_OK;
    case 6:
        *ret = multiple(a, b);
        return RV_OK;
    case 7:
        return contains(cx, a, b, ret);
    case 8:
        RV_TRY(contains(cx, a, b, ret));
        *ret = !*ret;
        return RV_OK;
    case 9:
        return has_key(cx, a, b, ret);
    case 10:
        RV_TRY(has_key(cx, a, b, ret));
        *ret = !*ret;
        return RV_OK;
    case 11:
        *ret = rv_value_empty(a);
        return RV_OK;
    case 12:
        *ret = !rv_value_empty(a);
        return RV_OK;
    case 13:
        *ret = strictly_equal(a, b);
        return RV_OK;
    case 14:
        *ret = !strictly_equal(a, b);
        return RV_OK;
    }
    return rv_fail(cx, RV_INVALID, "unknown comparison \"%.*s\"", RV_FMT(op));
}
