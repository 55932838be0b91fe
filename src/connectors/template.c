/* connectors/template.c: templates of described connectors: texts and JSON values with {{names}} in
 * them.
 *
 * One pass, names only, no expressions; what is put in is encoded for the place it is put into and
 * never read as a template again (security.md 5.3). A value that is empty leaves out the member,
 * item or query parameter it stands for. */
#include "connectors/connectors_int.h"

enum { DEPTH = 32 };

rv_str rv_url_encoded(struct rv_cx *cx, rv_str s)
{
    static const char hex[] = "0123456789ABCDEF";
    char *p = rv_alloc(cx, 3 * s.n + 1);
    size_t n = 0;
    for (size_t i = 0; p != NULL && i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     strchr("-_.~", c) != NULL;
        if (plain && c != 0) {
            p[n++] = (char)c;
        } else {
            p[n++] = '%';
            p[n++] = hex[c >> 4];
            p[n++] = hex[c & 15];
        }
    }
    return (rv_str){ p, n };
}

/* ---- names ----------------------------------------------------------------------------------- */

static json_t *find(struct rv_cx *cx, const struct rv_names *n, rv_str name)
{
    if (n->item != NULL && rv_str_eq(name, RV_STR("item")))
        return json_incref((json_t *)(uintptr_t)n->item);
    if (n->item != NULL && rv_str_starts(name, RV_STR("item.")))
        return json_incref(rv_value_at(n->item, rv_str_sub(name, 5, name.n)));
    return n->find(n, cx, name);
}

/* The next {{name}} of a text: what stands before it, the name, the rest. False: there is none. */
static bool next_name(rv_str *rest, rv_str *ret_before, rv_str *ret_name)
{
    const char *open = rest->n > 0 ? memmem(rest->p, rest->n, "{{", 2) : NULL;
    size_t from = open != NULL ? (size_t)(open - rest->p) : 0;
    const char *close = open != NULL ? memmem(open, rest->n - from, "}}", 2) : NULL;
    if (close == NULL)
        return false;
    size_t to = (size_t)(close - rest->p);
    *ret_before = rv_str_sub(*rest, 0, from);
    *ret_name = rv_str_sub(*rest, from + 2, to - from - 2);
    *rest = rv_str_sub(*rest, to + 2, rest->n);
    return true;
}

rv_status rv_template_text(struct rv_cx *cx, const struct rv_names *n, rv_str template,
                           enum rv_encoding enc, rv_str *ret)
{
    rv_str out = RV_STR(""), before, name;
    while (next_name(&template, &before, &name)) {
        json_t *v = find(cx, n, name);
        rv_str text = RV_STR("");
        rv_status st = v != NULL ? rv_value_text(cx, v, &text) : RV_OK;
        if (st == RV_OK)
            text = enc == RV_ENC_URL ? rv_url_encoded(cx, text) : text;
        if (st == RV_OK && text.p != NULL)
            out = rv_printf(cx, "%.*s%.*s%.*s", RV_FMT(out), RV_FMT(before), RV_FMT(text));
        json_decref(v);
        RV_TRY(st);
        if (text.p == NULL || out.p == NULL)
            return RV_BUSY;
    }
    *ret = rv_printf(cx, "%.*s%.*s", RV_FMT(out), RV_FMT(template));
    return ret->p != NULL ? RV_OK : RV_BUSY;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static rv_status evaluate(struct rv_cx *cx, const struct rv_names *n, const json_t *t, int depth,
                          json_t **ret);

static json_t *kept_if_filled(json_t *v)
{
    if (v != NULL && (json_is_null(v) || (json_is_string(v) && json_string_length(v) == 0))) {
        json_decref(v);
        return NULL;
    }
    return v;
}

bool rv_template_is_name(rv_str template, rv_str *ret_name)
{
    rv_str before;
    return next_name(&template, &before, ret_name) && before.n == 0 && template.n == 0;
}

static rv_status evaluate_text(struct rv_cx *cx, const struct rv_names *n, rv_str t, json_t **ret)
{
    rv_str name, text;
    if (rv_template_is_name(t, &name)) {
        *ret = kept_if_filled(find(cx, n, name));
        return RV_OK;
    }
    RV_TRY(rv_template_text(cx, n, t, RV_ENC_NONE, &text));
    *ret = kept_if_filled(rv_value_of_text(text));
    return RV_OK;
}

bool rv_template_holds(struct rv_cx *cx, const struct rv_names *n, const json_t *condition)
{
    const char *name;
    json_t *wanted;
    json_object_foreach((json_t *)(uintptr_t)condition, name, wanted)
    {
        json_t *v = find(cx, n, rv_str_of(name));
        rv_str text = RV_STR("");
        bool same = v == NULL || rv_value_text(cx, v, &text) == RV_OK;
        rv_str want = rv_json_str(wanted);
        bool any = json_is_array(wanted) && json_array_size(wanted) == 0; /* []: anything but nothing */
        same = same && (any                      ? text.n > 0
                        : json_is_string(wanted) ? rv_str_eq_nocase(text, want)
                                                 : json_is_boolean(v) && json_equal(v, wanted));
        json_decref(v);
        if (!same)
            return false;
    }
    return true;
}

static rv_status evaluate_each(struct rv_cx *cx, const struct rv_names *n, const json_t *t,
                               int depth, json_t **ret)
{
    json_t *list = NULL, *out = json_array(), *item;
    size_t i;
    rv_status st = evaluate(cx, n, json_object_get(t, "$each"), depth + 1, &list);
    json_array_foreach(list, i, item)
    {
        struct rv_names inner = { n->find, n->arg, item };
        json_t *v = NULL;
        if (st == RV_OK)
            st = evaluate(cx, &inner, json_object_get(t, "as"), depth + 1, &v);
        if (v != NULL && json_array_append_new(out, v) != 0)
            st = rv_fail(cx, RV_BUSY, "out of memory while building a call");
    }
    json_decref(list);
    *ret = json_array_size(out) > 0 && st == RV_OK ? json_incref(out) : NULL;
    json_decref(out);
    return st;
}

static rv_status evaluate_list(struct rv_cx *cx, const struct rv_names *n, const json_t *t,
                               int depth, json_t **ret)
{
    json_t *v = NULL;
    RV_TRY(evaluate(cx, n, t, depth + 1, &v));
    if (v == NULL || json_is_array(v)) {
        *ret = v;
        return RV_OK;
    }
    *ret = json_array();
    return json_array_append_new(*ret, v) == 0
               ? RV_OK
               : rv_fail(cx, RV_BUSY, "out of memory while building a call");
}

static rv_status evaluate_first(struct rv_cx *cx, const struct rv_names *n, const json_t *list,
                                int depth, json_t **ret)
{
    size_t i;
    json_t *t;
    *ret = NULL;
    json_array_foreach((json_t *)(uintptr_t)list, i, t)
    {
        RV_TRY(evaluate(cx, n, t, depth + 1, ret));
        if (*ret != NULL)
            return RV_OK;
    }
    return RV_OK;
}

static rv_status evaluate_members(struct rv_cx *cx, const struct rv_names *n, const json_t *t,
                                  int depth, json_t **ret)
{
    json_t *out = json_object(), *member;
    const char *key;
    rv_status st = out != NULL ? RV_OK : RV_BUSY;
    json_object_foreach((json_t *)(uintptr_t)t, key, member)
    {
        json_t *v = NULL;
        if (st == RV_OK)
            st = evaluate(cx, n, member, depth + 1, &v);
        if (v != NULL && json_object_set_new(out, key, v) != 0)
            st = rv_fail(cx, RV_BUSY, "out of memory while building a call");
    }
    bool empty = json_object_size(out) == 0 && json_object_size(t) > 0;
    *ret = st == RV_OK && !empty ? json_incref(out) : NULL;
    json_decref(out);
    return st;
}

static rv_status evaluate_items(struct rv_cx *cx, const struct rv_names *n, const json_t *t,
                                int depth, json_t **ret)
{
    json_t *out = json_array(), *item;
    size_t i;
    rv_status st = out != NULL ? RV_OK : RV_BUSY;
    json_array_foreach((json_t *)(uintptr_t)t, i, item)
    {
        json_t *v = NULL;
        if (st == RV_OK)
            st = evaluate(cx, n, item, depth + 1, &v);
        if (v != NULL && json_array_append_new(out, v) != 0)
            st = rv_fail(cx, RV_BUSY, "out of memory while building a call");
    }
    *ret = st == RV_OK ? json_incref(out) : NULL;
    json_decref(out);
    return st;
}

static rv_status evaluate_base64(struct rv_cx *cx, const struct rv_names *n, const json_t *t,
                                 int depth, json_t **ret)
{
    json_t *v = NULL;
    rv_str text;
    RV_TRY(evaluate(cx, n, t, depth + 1, &v));
    rv_status st = rv_value_text(cx, v, &text);
    rv_str code = st == RV_OK ? rv_base64(cx, text) : RV_NONE_STR;
    json_decref(v);
    RV_TRY(st);
    *ret = rv_value_of_text(code);
    return code.p != NULL ? RV_OK : RV_BUSY;
}

static rv_status text_member(struct rv_cx *cx, const struct rv_names *n, const json_t *t, int depth,
                             rv_str *ret)
{
    json_t *v = NULL;
    rv_str s = RV_STR("");
    RV_TRY(evaluate(cx, n, t, depth + 1, &v));
    rv_status st = rv_value_text(cx, v, &s);
    *ret = rv_dup(cx, s);
    json_decref(v);
    return st;
}

/* What an address ends with, without its query. */
static rv_str last_of(rv_str url)
{
    size_t end = 0;
    while (end < url.n && url.p[end] != '?' && url.p[end] != '#')
        end++;
    size_t from = end;
    while (from > 0 && url.p[from - 1] != '/')
        from--;
    return rv_str_sub(url, from, end - from);
}

/* {"$file": content, "name", "url", "id"}: a file as flows keep them (workflows.md 2.1); "member":
 * only that of it, also "ms". */
static rv_status evaluate_file(struct rv_cx *cx, const struct rv_names *n, const json_t *t,
                               int depth, json_t **ret)
{
    rv_str content, name, url, id, member = rv_json_member_str(t, "member");
    int64_t now = rv_now(cx->env);
    RV_TRY(text_member(cx, n, json_object_get(t, "$file"), depth, &content));
    RV_TRY(text_member(cx, n, json_object_get(t, "name"), depth, &name));
    RV_TRY(text_member(cx, n, json_object_get(t, "url"), depth, &url));
    RV_TRY(text_member(cx, n, json_object_get(t, "id"), depth, &id));
    name = name.n > 0 ? name : last_of(url);
    name = name.n > 0 ? name : RV_STR("file");
    size_t dot = name.n;
    while (dot > 0 && name.p[dot - 1] != '.')
        dot--;
    rv_str time = rv_time_str(cx, now), ms = rv_printf(cx, "%" PRId64, now),
           ext = dot > 0 ? rv_str_sub(name, dot, name.n) : RV_STR("");
    if (time.p == NULL || ms.p == NULL)
        return RV_BUSY;
    json_t *file =
        json_pack("{s:s%, s:s%, s:s%, s:I, s:s%, s:s%, s:s%, s:s%}", "id", id.p, id.n, "filename",
                  name.p, name.n, "extension", ext.p, ext.n, "size", (json_int_t)content.n,
                  "created", time.p, time.n, "updated", time.p, time.n, "content",
                  content.p != NULL ? content.p : "", content.n, "ms", ms.p, ms.n);
    if (file == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory while making a file");
    *ret =
        member.n > 0 ? json_incref(json_object_getn(file, member.p, member.n)) : json_incref(file);
    if (member.n == 0)
        (void)json_object_del(file, "ms");
    json_decref(file);
    return RV_OK;
}

/* A date as some services write it, in milliseconds since 1970, and back. */
static rv_status evaluate_date(struct rv_cx *cx, const struct rv_names *n, const json_t *t,
                               int depth, bool to_ms, json_t **ret)
{
    json_t *v = NULL;
    int64_t ms;
    RV_TRY(evaluate(cx, n, t, depth + 1, &v));
    bool empty = rv_value_empty(v), is_date = !empty && rv_value_date(v, &ms);
    json_decref(v);
    if (empty)
        return RV_OK;
    if (!is_date)
        return rv_fail(cx, RV_INVALID, "a date of this card cannot be read as a date & time");
    rv_str text = to_ms ? rv_printf(cx, "%" PRId64, ms) : rv_time_str(cx, ms);
    *ret = rv_value_of_text(text);
    return text.p != NULL ? RV_OK : RV_BUSY;
}

static rv_status evaluate_object(struct rv_cx *cx, const struct rv_names *n, const json_t *t,
                                 int depth, json_t **ret)
{
    const json_t *when = json_object_get(t, "$if");
    if (when != NULL)
        return evaluate(cx, n, json_object_get(t, rv_template_holds(cx, n, when) ? "then" : "else"),
                        depth + 1, ret);
    if (json_object_get(t, "$each") != NULL)
        return evaluate_each(cx, n, t, depth, ret);
    if (json_object_get(t, "$base64") != NULL)
        return evaluate_base64(cx, n, json_object_get(t, "$base64"), depth, ret);
    if (json_object_get(t, "$file") != NULL)
        return evaluate_file(cx, n, t, depth, ret);
    if (json_object_get(t, "$ms") != NULL)
        return evaluate_date(cx, n, json_object_get(t, "$ms"), depth, true, ret);
    if (json_object_get(t, "$date") != NULL)
        return evaluate_date(cx, n, json_object_get(t, "$date"), depth, false, ret);
    if (json_object_get(t, "$list") != NULL)
        return evaluate_list(cx, n, json_object_get(t, "$list"), depth, ret);
    if (json_object_get(t, "$first") != NULL)
        return evaluate_first(cx, n, json_object_get(t, "$first"), depth, ret);
    return evaluate_members(cx, n, t, depth, ret);
}

static rv_status evaluate(struct rv_cx *cx, const struct rv_names *n, const json_t *t, int depth,
                          json_t **ret)
{
    *ret = NULL;
    if (t == NULL)
        return RV_OK;
    if (depth > DEPTH)
        return rv_fail(cx, RV_LIMIT, "a template nests more than %d deep", DEPTH);
    if (json_is_string(t))
        return evaluate_text(cx, n, rv_json_str(t), ret);
    if (json_is_object(t))
        return evaluate_object(cx, n, t, depth, ret);
    if (json_is_array(t))
        return evaluate_items(cx, n, t, depth, ret);
    *ret = json_incref((json_t *)(uintptr_t)t);
    return RV_OK;
}

rv_status rv_template_json(struct rv_cx *cx, const struct rv_names *n, const json_t *template,
                           json_t **ret)
{
    return evaluate(cx, n, template, 0, ret);
}

/* ---- queries --------------------------------------------------------------------------------- */

static rv_status add_parameter(struct rv_cx *cx, const char *key, const json_t *v, rv_str *out)
{
    rv_str text;
    if (v == NULL || json_is_null(v))
        return RV_OK;
    RV_TRY(rv_value_text(cx, v, &text));
    rv_str name = rv_url_encoded(cx, rv_str_of(key)), value = rv_url_encoded(cx, text);
    if (name.p == NULL || value.p == NULL)
        return RV_BUSY;
    *out = rv_printf(cx, "%.*s%s%.*s=%.*s", RV_FMT(*out), out->n > 0 ? "&" : "", RV_FMT(name),
                     RV_FMT(value));
    return out->p != NULL ? RV_OK : RV_BUSY;
}

rv_status rv_query_text(struct rv_cx *cx, const json_t *query, rv_str *ret)
{
    rv_str out = RV_NONE_STR;
    const char *key;
    json_t *v, *item;
    size_t i;
    if (json_is_string(query)) {
        rv_str text = rv_str_trim(rv_json_str(query));
        *ret = rv_str_starts(text, RV_STR("?")) ? rv_str_sub(text, 1, text.n) : text;
        return RV_OK;
    }
    json_object_foreach((json_t *)(uintptr_t)query, key, v)
    {
        if (!json_is_array(v))
            RV_TRY(add_parameter(cx, key, v, &out));
        json_array_foreach(v, i, item)
            RV_TRY(add_parameter(cx, key, item, &out));
    }
    *ret = out;
    return RV_OK;
}
