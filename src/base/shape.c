/* base/shape.c: JSON objects decoded into structs by a table of members. Every problem becomes a
 * cause with its JSON pointer, so that a form can show all of them at once. */
#include "base/base.h"

static const char *const kind_names[] = {
    [RV_K_TEXT] = "a text", [RV_K_INT] = "a whole number", [RV_K_NUM] = "a number", [RV_K_BOOL] = "true or false",
    [RV_K_TIME] = "an ISO 8601 time", [RV_K_ENUM] = "a text", [RV_K_OBJECT] = "an object", [RV_K_ARRAY] = "a list", [RV_K_JSON] = "a value",
};

/* One member while it is read. */
struct place {
    struct rv_cx *cx;
    const struct rv_member *m;
    const char *pointer;
    void *to;
};

static rv_status wrong_type(const struct place *at)
{
    return rv_fail_field(at->cx, at->pointer, "INVALID_TYPE", "%s must be %s", at->m->name,
                         kind_names[at->m->kind]);
}

static rv_status out_of_range(const struct place *at, const char *unit)
{
    const struct rv_member *m = at->m;
    if (m->min == m->max)
        return rv_fail_field(at->cx, at->pointer, "OUT_OF_RANGE", "%s must be %" PRId64 "%s",
                             m->name, m->max, unit);
    return rv_fail_field(at->cx, at->pointer, "OUT_OF_RANGE",
                         "%s must be %" PRId64 " to %" PRId64 "%s", m->name, m->min, m->max, unit);
}

static bool in_range(const struct rv_member *m, int64_t v)
{
    return (m->min == 0 && m->max == 0) || (v >= m->min && v <= m->max);
}

static bool has_control(rv_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return true;
    }
    return false;
}

static rv_status read_text(const struct place *at, const json_t *v)
{
    rv_str s = rv_json_str(v);
    if (s.p == NULL)
        return wrong_type(at);
    if (!in_range(at->m, (int64_t)rv_utf8_count(s)))
        return out_of_range(at, " characters long");
    if ((at->m->flags & RV_NO_CONTROL) != 0 && has_control(s))
        return rv_fail_field(at->cx, at->pointer, "CONTROL_CHARACTER",
                             "%s must be one line without control characters", at->m->name);
    memcpy(at->to, &s, sizeof s);
    return RV_OK;
}

static rv_status read_enum(const struct place *at, const json_t *v)
{
    rv_str s = rv_json_str(v), list = RV_STR("");
    if (s.p == NULL)
        return wrong_type(at);
    for (const char *const *c = at->m->choices; *c != NULL; c++) {
        if (rv_str_eq(s, rv_str_of(*c))) {
            memcpy(at->to, &s, sizeof s);
            return RV_OK;
        }
        list = rv_printf(at->cx, "%.*s%s%s", RV_FMT(list), list.n > 0 ? ", " : "", *c);
    }
    return rv_fail_field(at->cx, at->pointer, "INVALID_VALUE", "%s must be one of %.*s",
                         at->m->name, RV_FMT(list));
}

static rv_status read_number(const struct place *at, const json_t *v)
{
    int64_t i = json_integer_value(v);
    double d = json_number_value(v);
    if (!json_is_number(v) || (at->m->kind == RV_K_INT && !json_is_integer(v)))
        return wrong_type(at);
    if (at->m->kind == RV_K_INT
            ? !in_range(at->m, i)
            : (at->m->min != at->m->max && (d < (double)at->m->min || d > (double)at->m->max)))
        return out_of_range(at, "");
    if (at->m->kind == RV_K_INT)
        memcpy(at->to, &i, sizeof i);
    else
        memcpy(at->to, &d, sizeof d);
    return RV_OK;
}

static rv_status read_time(const struct place *at, const json_t *v)
{
    int64_t ms;
    if (!json_is_string(v) || !rv_time_parse(rv_json_str(v), &ms))
        return wrong_type(at);
    memcpy(at->to, &ms, sizeof ms);
    return RV_OK;
}

static rv_status read_container(const struct place *at, json_t *v)
{
    bool fits = at->m->kind == RV_K_JSON ||
                (at->m->kind == RV_K_OBJECT ? json_is_object(v) : json_is_array(v));
    if (!fits)
        return wrong_type(at);
    if (at->m->kind == RV_K_ARRAY && !in_range(at->m, (int64_t)json_array_size(v)))
        return out_of_range(at, " items long");
    memcpy(at->to, &v, sizeof v);
    return RV_OK;
}

static rv_status read_member(const struct place *at, json_t *v)
{
    bool b = json_is_true(v);
    switch ((enum rv_kind)at->m->kind) {
    case RV_K_TEXT:
        return read_text(at, v);
    case RV_K_INT:
    case RV_K_NUM:
        return read_number(at, v);
    case RV_K_BOOL:
        if (!json_is_boolean(v))
            return wrong_type(at);
        memcpy(at->to, &b, sizeof b);
        return RV_OK;
    case RV_K_TIME:
        return read_time(at, v);
    case RV_K_ENUM:
        return read_enum(at, v);
    case RV_K_OBJECT:
    case RV_K_ARRAY:
    case RV_K_JSON:
        return read_container(at, v);
    }
    RV_BUG("kind %d", at->m->kind);
}

static rv_status refuse_unknown(struct rv_cx *cx, const json_t *object,
                                const struct rv_shape *shape, const char *at)
{
    const char *key;
    size_t n;
    json_t *v;
    rv_status st = RV_OK;
    json_object_keylen_foreach((json_t *)(uintptr_t)object, key, n, v)
    {
        const struct rv_member *m = shape->members;
        while (m->name != NULL && !rv_str_eq(rv_str_of(m->name), (rv_str){ key, n }))
            m++;
        if (m->name == NULL) {
            rv_str pointer = rv_printf(cx, "%s/%.*s", at, (int)n, key);
            st = rv_fail_field(cx, pointer.p, "UNKNOWN_PROPERTY", "there is no member %.*s here",
                               (int)(n < 100 ? n : 100), key);
        }
    }
    return st;
}

rv_status rv_json_decode(struct rv_cx *cx, const json_t *object, const struct rv_shape *shape,
                         const char *at, void *ret)
{
    struct { /* the first members of every decoded struct */
        uint64_t seen, nulls;
    } *bits = ret;
    if (!json_is_object(object))
        return rv_fail_field(cx, at, "INVALID_TYPE", "%s must be an object",
                             at[0] != '\0' ? at : "the body");
    rv_status st = shape->lenient ? RV_OK : refuse_unknown(cx, object, shape, at);
    bits->seen = bits->nulls = 0;
    for (size_t i = 0; shape->members[i].name != NULL; i++) {
        const struct rv_member *m = &shape->members[i];
        json_t *v = json_object_get(object, m->name);
        rv_str pointer = rv_printf(cx, "%s/%s", at, m->name);
        struct place place = { cx, m, pointer.p != NULL ? pointer.p : at, (char *)ret + m->offset };
        rv_status one = RV_OK;
        if (v == NULL ||
            (json_is_null(v) && (m->flags & RV_NULLABLE) == 0 && m->kind != RV_K_JSON)) {
            if ((m->flags & RV_REQUIRED) != 0)
                one = rv_fail_field(cx, place.pointer, "REQUIRED_PROPERTY_MISSING",
                                    "%s is required", m->name);
            else if (v != NULL)
                one = wrong_type(&place);
        } else if (json_is_null(v) && m->kind != RV_K_JSON) {
            bits->seen |= UINT64_C(1) << i;
            bits->nulls |= UINT64_C(1) << i;
        } else {
            one = read_member(&place, v);
            bits->seen |= UINT64_C(1) << i;
        }
        st = one != RV_OK ? one : st;
    }
    return st;
}
