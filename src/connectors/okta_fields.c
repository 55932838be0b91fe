/* connectors/okta_fields.c: from the fields of a card to path, query and body of a call.
 *
 * What to make of them stands in the card's row (okta_int.h). Values go where they go encoded: a
 * path segment never becomes two, a criterion never closes its quotes (security.md 5.3). */
#include "connectors/okta_int.h"
#include <string.h>

/* A field that an author has taken out of its group still counts, unless one of the group is there.
 */
static json_t *find_field(struct rv_call *c, rv_str group, rv_str key)
{
    struct rv_field f;
    json_t *alone = NULL;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        json_t *v = rv_in_at(c, i, &f);
        if (!rv_str_eq(f.key, key))
            continue;
        if (f.group.n == 0 ? group.n == 0 : rv_str_eq(f.group, group))
            return rv_value_empty(v) ? NULL : v;
        alone = f.group.n == 0 && !rv_value_empty(v) ? v : alone;
    }
    return alone;
}

static bool is_app_id(rv_str s)
{
    return rv_str_starts(s, RV_STR("0oa")) && s.n >= 10;
}

/* A choice as a value of the arena, so that everybody reads it like a field. */
static json_t *choice(struct rv_call *c, rv_str key)
{
    json_t *j = rv_option_value(c, rv_z(rv_call_cx(c), key));
    rv_str v = rv_str_trim(rv_json_str(j));
    if (v.n == 0)
        return json_is_string(j) || json_is_null(j) ? NULL : j;
    if (rv_str_eq_nocase(v, RV_STR("Yes")) || rv_str_eq_nocase(v, RV_STR("No")))
        j = json_boolean(rv_str_eq_nocase(v, RV_STR("Yes")));
    else
        j = rv_value_of_text(v);
    return rv_json_keep(rv_call_cx(c), j) == RV_OK ? j : NULL;
}

json_t *rv_okta_in(struct rv_call *c, rv_str field)
{
    rv_str group = RV_NONE_STR, key = field;
    if (rv_str_eq(field, RV_STR("@application"))) {
        json_t *given = find_field(c, RV_STR("Application"), RV_STR("applicationID"));
        return given != NULL || !is_app_id(rv_option(c, "application"))
                   ? given
                   : choice(c, RV_STR("application"));
    }
    const char *slash = memchr(field.p, '/', field.n);
    if (slash != NULL) {
        group = rv_str_sub(field, 0, (size_t)(slash - field.p));
        key = rv_str_sub(field, group.n + 1, field.n);
    }
    return rv_str_eq(group, RV_STR("parameters")) ? choice(c, key) : find_field(c, group, key);
}

rv_status rv_okta_in_text(struct rv_call *c, const char *field, rv_str *ret)
{
    RV_TRY(rv_value_text(rv_call_cx(c), rv_okta_in(c, rv_str_of(field)), ret));
    *ret = rv_str_trim(*ret);
    return RV_OK;
}

/* ---- path and query -------------------------------------------------------------------------- */

static void add_encoded(struct rv_buf *b, rv_str s)
{
    static const char hex[] = "0123456789ABCDEF";
    bool dots = s.n <= 2 && s.n > 0 && s.p[0] == '.'; /* "." and ".." are no names */
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     c == '-' || c == '_' || c == '~' || c == '@' || (c == '.' && !dots);
        if (plain) {
            rv_buf_char(b, (char)c);
        } else {
            rv_buf_char(b, '%');
            rv_buf_char(b, hex[c >> 4]);
            rv_buf_char(b, hex[c & 15]);
        }
    }
}

rv_str rv_okta_encoded(struct rv_cx *cx, rv_str s)
{
    struct rv_buf b;
    rv_str text = RV_NONE_STR;
    rv_buf_init(&b, 3 * s.n + 16);
    add_encoded(&b, s);
    if (rv_buf_str(cx, &b, &text) == RV_OK)
        text = rv_dup(cx, text);
    rv_buf_done(&b);
    return text;
}

static rv_str label_of(rv_str field)
{
    const char *slash = memchr(field.p, '/', field.n);
    if (rv_str_eq(field, RV_STR("@application")))
        return RV_STR("Application ID");
    return slash != NULL ? rv_str_sub(field, (size_t)(slash - field.p) + 1, field.n) : field;
}

static rv_status add_path(struct rv_call *c, struct rv_buf *b, const char *path)
{
    struct rv_cx *cx = rv_call_cx(c);
    while (*path != '\0') {
        rv_str text;
        const char *close = *path == '{' ? strchr(path, '}') : NULL;
        if (close == NULL) {
            rv_buf_char(b, *path++);
            continue;
        }
        rv_str field = { path + 1, (size_t)(close - path) - 1 };
        RV_TRY(rv_value_text(cx, rv_okta_in(c, field), &text));
        text = rv_str_trim(text);
        if (text.n == 0)
            return rv_fail(cx, RV_INVALID, "required field %.*s is empty", RV_FMT(label_of(field)));
        add_encoded(b, text);
        path = close + 1;
    }
    return RV_OK;
}

static void add_pair(struct rv_buf *b, rv_str name, rv_str value)
{
    rv_buf_char(b, b->n > 0 && memchr(b->p, '?', b->n) != NULL ? '&' : '?');
    rv_buf_add(b, name);
    rv_buf_char(b, '=');
    add_encoded(b, value);
}

/* The next "to=field" of a list. */
static bool next_pair(rv_str *rest, rv_str *ret_to, rv_str *ret_field)
{
    rv_str part;
    if (!rv_str_split(rest, '|', &part) || part.n == 0)
        return false;
    const char *eq = memchr(part.p, '=', part.n);
    *ret_to = rv_str_sub(part, 0, eq != NULL ? (size_t)(eq - part.p) : part.n);
    *ret_field = eq != NULL ? rv_str_sub(part, ret_to->n + 1, part.n) : part;
    return true;
}

static rv_status add_query(struct rv_call *c, struct rv_buf *b, const char *query)
{
    rv_str rest = rv_str_of(query), to, field, text;
    while (rest.p != NULL && next_pair(&rest, &to, &field)) {
        json_t *v = rv_okta_in(c, field);
        RV_TRY(rv_value_text(rv_call_cx(c), v, &text));
        if (v != NULL)
            add_pair(b, to, text);
    }
    return RV_OK;
}

rv_status rv_okta_target(struct rv_call *c, const struct rv_okta_op *op, rv_str *ret)
{
    struct rv_cx *cx = rv_call_cx(c);
    struct rv_buf b;
    rv_buf_init(&b, 16 << 10);
    rv_status st = add_path(c, &b, op->path);
    if (st == RV_OK)
        st = add_query(c, &b, op->query);
    if (st == RV_OK && op->criteria != NULL)
        st = op->criteria(c, &b);
    if (st == RV_OK)
        st = rv_buf_str(cx, &b, ret);
    if (st == RV_OK)
        *ret = rv_dup(cx, *ret);
    rv_buf_done(&b);
    return st == RV_OK && ret->p == NULL ? RV_BUSY : st;
}

/* ---- body ------------------------------------------------------------------------------------ */

/* Sets a member below objects that are made on the way. `value` is taken. */
static bool put(json_t *object, rv_str path, json_t *value)
{
    rv_str part;
    for (;;) {
        const char *dot = memchr(path.p, '.', path.n);
        part = dot != NULL ? rv_str_sub(path, 0, (size_t)(dot - path.p)) : path;
        if (dot == NULL)
            return json_object_setn_new(object, part.p, part.n, value) == 0;
        json_t *inner = json_object_getn(object, part.p, part.n);
        if (inner == NULL) {
            inner = json_object();
            if (json_object_setn_new(object, part.p, part.n, inner) != 0) {
                json_decref(value);
                return false;
            }
        }
        object = inner;
        path = rv_str_sub(path, part.n + 1, path.n);
    }
}

static bool put_group(struct rv_call *c, json_t *body, rv_str to, rv_str group)
{
    struct rv_field f;
    bool ok = true;
    json_t *target = json_object();
    ok = json_object_setn_new(body, to.p, to.n, target) == 0;
    for (size_t i = 0; ok && i < rv_in_count(c); i++) {
        json_t *v = rv_in_at(c, i, &f);
        if (f.key.p != NULL && rv_str_eq(f.group, group) && !rv_value_empty(v))
            ok = json_object_setn(target, f.key.p, f.key.n, v) == 0;
    }
    return ok;
}

rv_status rv_okta_body(struct rv_call *c, const struct rv_okta_op *op, rv_str *ret)
{
    struct rv_cx *cx = rv_call_cx(c);
    rv_str rest = rv_str_of(op->body), to, field;
    json_t *body = json_object();
    bool ok = true;
    *ret = RV_NONE_STR;
    RV_TRY(rv_json_keep(cx, body));
    if (op->body == NULL)
        return RV_OK;
    while (ok && next_pair(&rest, &to, &field)) {
        if (rv_str_ends(to, RV_STR(".*"))) {
            ok = put_group(c, body, rv_str_sub(to, 0, to.n - 2), field);
        } else {
            json_t *v = rv_str_starts(field, RV_STR("'"))
                            ? rv_value_of_text(rv_str_sub(field, 1, field.n))
                            : json_incref(rv_okta_in(c, field));
            ok = v == NULL || put(body, to, v);
        }
    }
    return ok ? rv_json_dump(cx, body, ret)
              : rv_fail(cx, RV_BUSY, "out of memory while a call is prepared");
}

/* ---- criteria -------------------------------------------------------------------------------- */

static void add_quoted(struct rv_buf *b, rv_str s)
{
    rv_buf_char(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            rv_buf_char(b, '\\');
        rv_buf_char(b, s.p[i]);
    }
    rv_buf_char(b, '"');
}

static rv_status add_criterion(struct rv_call *c, struct rv_buf *b, const struct rv_field *f,
                               const json_t *v)
{
    rv_str text;
    RV_TRY(rv_value_text(rv_call_cx(c), v, &text));
    text = rv_str_trim(text);
    if (b->n > 0)
        rv_buf_add(b, RV_STR(" and "));
    if (rv_str_starts(f->key, RV_STR("Custom "))) {
        rv_buf_char(b, '(');
        rv_buf_add(b, text);
        rv_buf_char(b, ')');
        return RV_OK;
    }
    rv_buf_add(b, f->key);
    rv_buf_add(b, RV_STR(" eq "));
    if (json_is_boolean(v) || json_is_number(v))
        rv_buf_add(b, text);
    else
        add_quoted(b, text);
    return RV_OK;
}

static rv_status add_criteria(struct rv_call *c, struct rv_buf *query, const char *name)
{
    struct rv_cx *cx = rv_call_cx(c);
    struct rv_field f;
    struct rv_buf b;
    rv_str text;
    rv_status st = RV_OK;
    rv_buf_init(&b, 8 << 10);
    for (size_t i = 0; st == RV_OK && i < rv_in_count(c); i++) {
        json_t *v = rv_in_at(c, i, &f);
        if (rv_str_eq(f.group, RV_STR("Inputs")) && f.key.n > 0 && !rv_value_empty(v) &&
            !rv_str_eq(f.key, RV_STR("Query")))
            st = add_criterion(c, &b, &f, v);
    }
    if (st == RV_OK)
        st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK && text.n > 0)
        add_pair(query, rv_str_of(name), text);
    rv_buf_done(&b);
    return st;
}

rv_status rv_okta_search(struct rv_call *c, struct rv_buf *query)
{
    rv_str by, order;
    RV_TRY(add_criteria(c, query, "search"));
    RV_TRY(rv_okta_in_text(c, "Sort/sortBy", &by));
    RV_TRY(rv_okta_in_text(c, "Sort/sortOrder", &order));
    if (by.n > 0)
        add_pair(query, RV_STR("sortBy"), by);
    if (by.n > 0 && order.n > 0)
        add_pair(query, RV_STR("sortOrder"),
                 rv_str_eq_nocase(order, RV_STR("DESC")) ? RV_STR("desc") : RV_STR("asc"));
    return RV_OK;
}

rv_status rv_okta_filter(struct rv_call *c, struct rv_buf *query)
{
    return add_criteria(c, query, "filter");
}

static rv_status add_time(struct rv_call *c, struct rv_buf *query, const char *name,
                          int64_t otherwise)
{
    char text[40];
    int64_t ms = otherwise;
    const json_t *v = rv_okta_in(c, rv_printf(rv_call_cx(c), "Date/%s", name));
    if (v != NULL && !rv_value_date(v, &ms))
        return rv_fail(rv_call_cx(c), RV_INVALID, "the field \"%s\" must be a date & time, not %s",
                       name, rv_value_type_name(v));
    if (ms != RV_NO_TIME)
        add_pair(query, rv_str_of(name), (rv_str){ text, rv_time_format(ms, text) });
    return RV_OK;
}

/* Without an end the log is a poll that never ends: now is the end. */
rv_status rv_okta_logs(struct rv_call *c, struct rv_buf *query)
{
    rv_str filter, words;
    RV_TRY(rv_okta_in_text(c, "Search By/Custom Filter", &filter));
    RV_TRY(rv_okta_in_text(c, "Search By/Keyword", &words));
    if (filter.n > 0)
        add_pair(query, RV_STR("filter"), filter);
    if (words.n > 0)
        add_pair(query, RV_STR("q"), words);
    RV_TRY(add_time(c, query, "since", RV_NO_TIME));
    return add_time(c, query, "until", rv_now(rv_call_cx(c)->env));
}
