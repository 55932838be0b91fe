/* connectors/described.c: cards that are described by data: an action is one or more HTTP calls,
 * and where its outputs come from.
 *
 * The card's data is the description's "run" part, the connector's data its authentication
 * (docs/connectors.md says what may stand there). The card waits in memory while a call is on its
 * way. Everything of one call lives in a context of its own that is emptied before the next page,
 * so that a card may read thousands of pages. A card that streams gives the records of a page to
 * helper flows and goes on when they have ended (workflows.md 15). */
#include "connectors/connectors_int.h"

enum { ALL_MAX = 10000, STREAM_MAX = 1000000, ERROR_DETAIL = 300, RAW_MAX = 65536, EACH_MAX = 1000 };
enum mode { ONE, FIRST, SOME, ALL, STREAM };

struct action {
    struct rv_call *c;
    json_t *spec, *run; /* of the connector, of the action */
    const json_t *request; /* the one at work */
    struct rv_card_connection k;
    bool connected;
    size_t step;
    json_t *results; /* by step: {"status", "headers", "body"} */
    struct rv_cx page; /* what lives as long as one call */
    struct rv_service s;
    enum mode mode;
    int64_t limit, page_size; /* records wanted in all, and of one page */
    json_t *items; /* records so far; of a stream: those of this page */
    bool more; /* of a stream: there is another page */
    const struct rv_helpers *batch; /* of a stream: the page before */
    int64_t count; /* records so far */
    json_t *each; /* what the request is made for one after the other, or NULL */
    size_t at; /* the one at hand */
    rv_str next_url, next_value; /* of the next page, in the card's arena */
    int64_t next_number; /* of pages that are counted */
};

static rv_status advance(struct action *a);

static void end_action(void *arg)
{
    struct action *a = arg;
    json_decref(a->results);
    json_decref(a->items);
    json_decref(a->each);
    rv_cx_done(&a->page);
}

/* ---- names ----------------------------------------------------------------------------------- */

static const struct rv_pin *declared(const struct rv_pin *pins, rv_str group, rv_str key)
{
    for (const struct rv_pin *p = pins; p != NULL && p->key != NULL; p++)
        if (rv_str_eq(key, rv_str_of(p->key)) &&
            rv_str_eq(group, rv_str_of(p->group != NULL ? p->group : "")))
            return p;
    return NULL;
}

/* As the field's type wants it; what cannot be read as that passes unchanged, the service says what
 * it thinks of it. */
static json_t *as_type(enum rv_pin_type type, bool list, json_t *v)
{
    double d;
    if (list && !json_is_array(v)) {
        json_t *l = json_array();
        if (l == NULL || json_array_append(l, v) != 0) {
            json_decref(l);
            return NULL;
        }
        return l;
    }
    if (type == RV_T_FILE && json_is_object(v)) /* its content */
        return json_incref(json_object_get(v, "content"));
    if (type == RV_T_NUM && json_is_string(v) && rv_value_num(v, &d))
        return rv_value_of_num(d);
    rv_str s = rv_json_str(v);
    if (type == RV_T_BOOL &&
        (rv_str_eq_nocase(s, RV_STR("true")) || rv_str_eq_nocase(s, RV_STR("yes"))))
        return json_true();
    if (type == RV_T_BOOL &&
        (rv_str_eq_nocase(s, RV_STR("false")) || rv_str_eq_nocase(s, RV_STR("no"))))
        return json_false();
    return json_incref(v);
}

static json_t *text_if(struct rv_cx *cx, enum rv_pin_type type, json_t *v)
{
    rv_str s;
    if (type != RV_T_TEXT || json_is_string(v) || json_is_array(v) ||
        rv_value_text(cx, v, &s) != RV_OK)
        return v;
    json_t *t = rv_value_of_text(s);
    json_decref(v);
    return t;
}

static json_t *input(struct action *a, struct rv_cx *cx, rv_str group, rv_str key)
{
    struct rv_field f;
    for (size_t i = 0; i < rv_in_count(a->c); i++) {
        json_t *v = rv_in_at(a->c, i, &f);
        if (!rv_str_eq(f.key, key) || !rv_str_eq(f.group.p != NULL ? f.group : RV_STR(""), group))
            continue;
        const struct rv_pin *p = declared(rv_call_card(a->c)->in, group, key);
        enum rv_pin_type type = p != NULL ? (enum rv_pin_type)p->type : f.type;
        bool list = p != NULL ? (p->flags & RV_PIN_LIST) != 0 : f.list;
        if (v == NULL || rv_value_empty(v))
            return NULL;
        return list ? as_type(type, true, v) : text_if(cx, type, as_type(type, false, v));
    }
    return NULL;
}

/* What the author chose, or what a new card has. */
static rv_str option(const struct action *a, const char *key)
{
    rv_str v = rv_option(a->c, key), def;
    if (v.n > 0)
        return v;
    const struct rv_pin *p = declared(rv_call_card(a->c)->in, RV_STR("parameters"), rv_str_of(key));
    def = rv_str_of(p != NULL ? p->def : NULL);
    return def.n > 2 && def.p[0] == '"' ? rv_str_sub(def, 1, def.n - 2) : RV_NONE_STR; /* a choice: nothing in it is escaped */
}

/* All filled inputs of a group, by key: fields that depend on the service's own schema. */
static json_t *input_group(const struct action *a, rv_str group)
{
    json_t *o = json_object();
    struct rv_field f;
    for (size_t i = 0; i < rv_in_count(a->c); i++) {
        json_t *v = rv_in_at(a->c, i, &f);
        if (v != NULL && !rv_value_empty(v) && rv_str_eq(f.group, group) && f.key.p != NULL)
            (void)json_object_setn(o, f.key.p, f.key.n, v); /* a field that is not there is not sent */
    }
    return o;
}

/* Keys of the outputs of a group, with commas between: what a service is asked to tell. */
static json_t *output_keys(const struct action *a, rv_str group)
{
    rv_str out = RV_STR("");
    struct rv_field f;
    for (size_t i = 0; i < rv_out_count(a->c); i++) {
        rv_out_field(a->c, i, &f);
        if (rv_str_eq(f.group, group) && f.key.n > 0)
            out = rv_printf(rv_call_cx(a->c), "%.*s%s%.*s", RV_FMT(out), out.n > 0 ? "," : "",
                            RV_FMT(f.key));
    }
    return out.n > 0 ? rv_value_of_text(out) : NULL;
}

static json_t *of_result(const struct action *a, size_t step, rv_str path)
{
    const json_t *r = json_array_get(a->results, step);
    const char *dot = path.n > 0 ? memchr(path.p, '.', path.n) : NULL;
    rv_str head = dot != NULL ? rv_str_sub(path, 0, (size_t)(dot - path.p)) : path;
    json_t *v = json_object_getn(r, head.p, head.n);
    if (dot != NULL)
        v = rv_value_at(v, rv_str_sub(path, head.n + 1, path.n));
    return json_incref(v);
}

static json_t *of_record(const struct action *a, rv_str path)
{
    json_t *first = json_array_get(a->items, 0);
    return json_incref(path.n > 0 ? rv_value_at(first, path) : first);
}

static bool begins(rv_str s, const char *prefix, rv_str *ret_rest)
{
    rv_str p = rv_str_of(prefix);
    if (!rv_str_starts(s, p))
        return false;
    *ret_rest = rv_str_sub(s, p.n, s.n);
    return true;
}

static json_t *find_outer(struct action *a, rv_str name)
{
    rv_str rest;
    if (begins(name, "option:", &rest))
        return rv_value_of_text(option(a, rv_z(rv_call_cx(a->c), rest)));
    if (begins(name, "connection:", &rest))
        return a->connected ? json_incref(json_object_getn(a->k.fields, rest.p, rest.n)) : NULL;
    if (rv_str_eq(name, RV_STR("auth")))
        return a->connected ? rv_value_of_text(a->k.auth) : NULL;
    if (rv_str_eq(name, RV_STR("effectId")))
        return rv_value_of_text(rv_call_effect_id(a->c));
    if (begins(name, "constant:", &rest))
        return json_incref(json_object_getn(json_object_get(a->spec, "constants"), rest.p, rest.n));
    if (begins(name, "each.", &rest))
        return json_incref(rv_value_at(json_array_get(a->each, a->at), rest));
    if (rv_str_eq(name, RV_STR("each")))
        return json_incref(json_array_get(a->each, a->at));
    if (begins(name, "group:", &rest))
        return input_group(a, rest);
    if (begins(name, "outputs:", &rest))
        return output_keys(a, rest);
    return NULL;
}

static json_t *find_result(const struct action *a, rv_str name)
{
    rv_str rest;
    if (rv_str_eq(name, RV_STR("items")))
        return json_incref(a->items);
    if (rv_str_eq(name, RV_STR("count")))
        return json_integer(a->count);
    if (rv_str_eq(name, RV_STR("item")))
        return of_record(a, RV_STR(""));
    if (begins(name, "item.", &rest))
        return of_record(a, rest);
    if (rv_str_eq(name, RV_STR("body")) || rv_str_eq(name, RV_STR("status")) ||
        rv_str_eq(name, RV_STR("headers")) || rv_str_eq(name, RV_STR("text")) ||
        begins(name, "body.", &rest) || begins(name, "headers.", &rest))
        return of_result(a, json_array_size(a->results) > 0 ? json_array_size(a->results) - 1 : 0,
                         name);
    if (name.n > 2 && name.p[0] >= '0' && name.p[0] <= '9' && name.p[1] == '.')
        return of_result(a, (size_t)(name.p[0] - '0'), rv_str_sub(name, 2, name.n));
    return NULL;
}

static json_t *find(const struct rv_names *n, struct rv_cx *cx, rv_str name)
{
    struct action *a = n->arg;
    const char *colon = name.n > 0 ? memchr(name.p, ':', name.n) : NULL;
    json_t *v = find_outer(a, name);
    if (v == NULL)
        v = find_result(a, name);
    if (v != NULL || colon == NULL)
        return v;
    size_t at = (size_t)(colon - name.p);
    return input(a, cx, rv_str_sub(name, 0, at), rv_str_sub(name, at + 1, name.n));
}

static struct rv_names names(struct action *a)
{
    return (struct rv_names){ .find = find, .arg = a };
}

/* ---- a call ---------------------------------------------------------------------------------- */

static rv_status json_of(struct action *a, const json_t *template, json_t **ret)
{
    struct rv_names n = names(a);
    RV_TRY(rv_template_json(&a->page, &n, template, ret));
    return *ret != NULL ? rv_json_keep(&a->page, *ret) : RV_OK;
}

static rv_status text_of(struct action *a, const char *member, enum rv_encoding enc, rv_str *ret)
{
    struct rv_names n = names(a);
    const json_t *t = json_object_get(a->request, member);
    *ret = RV_NONE_STR;
    return t != NULL ? rv_template_text(&a->page, &n, rv_json_str(t), enc, ret) : RV_OK;
}

/* "json": a JSON body; "form": a form's; "body": an object or list as JSON, a text as it is. */
static rv_status build_body(struct action *a)
{
    json_t *v = NULL;
    struct rv_service *s = &a->s;
    if (json_object_get(a->request, "form") != NULL) {
        RV_TRY(json_of(a, json_object_get(a->request, "form"), &v));
        RV_TRY(rv_query_text(&a->page, v, &s->body));
        s->type = RV_STR("application/x-www-form-urlencoded");
        return RV_OK;
    }
    if (json_object_get(a->request, "json") != NULL) {
        RV_TRY(json_of(a, json_object_get(a->request, "json"), &v));
        s->type = RV_STR("application/json");
        s->body = RV_STR("{}");
        return v != NULL ? rv_json_dump(&a->page, v, &s->body) : RV_OK;
    }
    RV_TRY(json_of(a, json_object_get(a->request, "body"), &v));
    if (v == NULL)
        return RV_OK;
    if (!json_is_string(v)) {
        s->type = RV_STR("application/json");
        return rv_json_dump(&a->page, v, &s->body);
    }
    s->body = rv_json_str(v);
    bool json = s->body.n > 0 && (s->body.p[0] == '{' || s->body.p[0] == '[') &&
                !json_is_true(json_object_get(a->request, "raw"));
    s->type = json ? RV_STR("application/json") : RV_STR("text/plain; charset=utf-8");
    return RV_OK;
}

static rv_status add_page_query(struct action *a, json_t *query)
{
    const json_t *page = json_object_get(a->run, "page"), *limit = json_object_get(page, "limit");
    const char *param = json_string_value(json_object_get(json_object_get(page, "next"), "param"));
    if (limit != NULL &&
        json_object_set_new(query, json_string_value(json_object_get(limit, "param")),
                            json_integer(a->page_size)) != 0)
        return RV_BUSY;
    if (param == NULL)
        return RV_OK;
    json_t *v = a->next_value.p != NULL ? rv_value_of_text(a->next_value)
                : json_is_true(json_object_get(json_object_get(page, "next"), "counted"))
                    ? json_integer(a->next_number)
                    : NULL;
    return v == NULL || json_object_set_new(query, param, v) == 0 ? RV_OK : RV_BUSY;
}

static rv_status build_url(struct action *a)
{
    struct rv_service *s = &a->s;
    json_t *query = NULL;
    rv_str text;
    if (a->next_url.p != NULL) {
        s->url = a->next_url;
        return RV_OK;
    }
    bool free_form = json_object_get(a->request, "url") != NULL;
    RV_TRY(text_of(a, free_form ? "url" : "path", free_form ? RV_ENC_NONE : RV_ENC_URL, &s->url));
    RV_TRY(json_of(a, json_object_get(a->request, "query"), &query));
    if (a->mode != ONE && json_object_get(a->run, "page") != NULL &&
        (query == NULL || json_is_object(query))) {
        json_t *copy = query != NULL ? json_copy(query) : json_object();
        RV_TRY(rv_json_keep(&a->page, copy));
        RV_TRY(add_page_query(a, copy));
        query = copy;
    }
    RV_TRY(rv_query_text(&a->page, query, &text));
    const char *hash = s->url.n > 0 ? memchr(s->url.p, '#', s->url.n) : NULL;
    if (hash != NULL)
        s->url.n = (size_t)(hash - s->url.p);
    if (text.n > 0)
        s->url = rv_printf(&a->page, "%.*s%c%.*s", RV_FMT(s->url),
                           s->url.n > 0 && memchr(s->url.p, '?', s->url.n) != NULL ? '&' : '?',
                           RV_FMT(text));
    return s->url.p != NULL ? RV_OK : RV_BUSY;
}

static rv_status fail_from_page(struct action *a, rv_status st)
{
    const struct rv_error *e = rv_error(&a->page);
    return rv_fail(rv_call_cx(a->c), st, "%s",
                   e->message != NULL ? e->message : "the call could not be made");
}

static rv_status prepare(struct action *a)
{
    rv_arena_reset(a->page.arena);
    rv_error_clear(&a->page);
    a->s = (struct rv_service){ .cx = &a->page,
                                .k = a->connected ? &a->k : NULL,
                                .spec = a->spec,
                                .timeout_ms = rv_call_card(a->c)->timeout_ms };
    a->s.effect_id = rv_dup(&a->page, rv_call_effect_id(a->c));
    a->s.redirects = rv_str_eq(option(a, "followRedirects"), RV_STR("Yes"));
    RV_TRY(text_of(a, "as", RV_ENC_NONE, &a->s.as));
    a->s.as = rv_str_trim(a->s.as);
    RV_TRY(text_of(a, "method", RV_ENC_NONE, &a->s.method));
    if (a->s.method.n == 0)
        a->s.method = RV_STR("GET");
    if (rv_str_eq(a->s.method, RV_STR("GET(Streaming)")) ||
        rv_str_eq(a->s.method, RV_STR("GET (Streaming)")))
        a->s.method = RV_STR("GET");
    RV_TRY(build_url(a));
    RV_TRY(json_of(a, json_object_get(a->request, "headers"), &a->s.headers));
    return build_body(a);
}

/* ---- what came back -------------------------------------------------------------------------- */

static bool is_json(const struct rv_answer *answer)
{
    for (size_t i = 0; i < answer->headers_n; i++)
        if (rv_str_eq(answer->headers[i].name, RV_STR("content-type")))
            return memmem(answer->headers[i].value.p, answer->headers[i].value.n, "json", 4) !=
                   NULL;
    return false;
}

/* A text that values and the history may hold: what is no letter becomes a question mark. */
static rv_str mended(struct rv_cx *cx, rv_str s)
{
    if (rv_utf8_valid(s) && (s.n == 0 || memchr(s.p, 0, s.n) == NULL))
        return s;
    rv_str copy = rv_dup(cx, s);
    char *p = (char *)(uintptr_t)copy.p; /* our own copy */
    if (p != NULL)
        rv_utf8_mend(p, copy.n);
    for (size_t i = 0; p != NULL && i < copy.n; i++)
        if (p[i] == 0)
            p[i] = '?';
    return copy;
}

static json_t *as_text(struct rv_cx *cx, rv_str s)
{
    return rv_value_of_text(mended(cx, s));
}

/* JSON when it is, else text; letters that are none become question marks. */
static json_t *body_value(struct action *a, bool parsed)
{
    const struct rv_answer *answer = &a->s.fetch.answer;
    json_t *j = NULL;
    bool looks =
        answer->body.n > 0 && strchr("{[", answer->body.p[0]) != NULL && answer->body.p[0] != 0;
    if (parsed && answer->body.n > 0 && (is_json(answer) || looks)) {
        if (rv_json_parse(&a->page, answer->body, &rv_json_limits_import, &j) == RV_OK)
            return json_incref(j);
        rv_error_clear(&a->page); /* then it is a text */
    }
    return as_text(&a->page, answer->body);
}

static json_t *header_value(struct action *a)
{
    const struct rv_answer *answer = &a->s.fetch.answer;
    json_t *o = json_object();
    for (size_t i = 0; i < answer->headers_n && o != NULL; i++) {
        rv_str name = answer->headers[i].name;
        json_t *v = as_text(&a->page, answer->headers[i].value),
               *old = json_object_getn(o, name.p, name.n);
        if (old != NULL) {
            json_t *both = json_pack("s++", json_string_value(old), ", ", json_string_value(v));
            json_decref(v);
            v = both;
        }
        if (rv_utf8_valid(name))
            (void)json_object_setn_new(o, name.p, name.n, v); /* out of memory: the header is missing */
        else
            json_decref(v);
    }
    return o;
}

static rv_status keep_result(struct action *a)
{
    bool parsed = !json_is_true(json_object_get(a->request, "raw")) &&
                  !json_is_true(json_object_get(a->request, "file"));
    json_t *r = json_object();
    bool ok = json_object_set_new(r, "status", json_integer(a->s.fetch.answer.status)) == 0 &&
              json_object_set_new(r, "headers", header_value(a)) == 0 &&
              json_object_set_new(r, "body", body_value(a, parsed)) == 0;
    if (a->results != NULL && json_array_size(a->results) > a->step)
        ok = ok && json_array_set_new(a->results, a->step, r) == 0; /* another page of the same step */
    else
        ok = ok && json_array_append_new(a->results, r) == 0;
    return ok ? RV_OK : rv_fail(rv_call_cx(a->c), RV_BUSY, "out of memory while reading an answer");
}

static bool is_text(rv_str s)
{
    return s.n == 0 || (rv_utf8_valid(s) && memchr(s.p, 0, s.n) == NULL);
}

static rv_status check_answer(struct action *a)
{
    struct rv_cx *cx = rv_call_cx(a->c);
    int status = a->s.fetch.answer.status;
    const json_t *body = json_object_get(json_array_get(a->results, a->step), "body");
    const json_t *fail = json_object_get(a->spec, "fail"),
                 *ok = json_object_get(a->request, "accept");
    rv_str raw = rv_dup(cx, rv_utf8_cut(mended(&a->page, a->s.fetch.answer.body), RAW_MAX));
    size_t i;
    json_t *accepted;
    json_array_foreach((json_t *)(uintptr_t)ok, i, accepted)
    {
        if (json_integer_value(accepted) == status)
            return RV_OK;
    }
    if (status >= 400)
        return rv_card_error(a->c, status, raw, "%s", rv_http_reason(status));
    if (json_is_true(json_object_get(a->request, "file")) && !is_text(a->s.fetch.answer.body))
        return rv_fail(cx, RV_INVALID,
                       "what is at the address is not text (UTF-8): flows keep files of text only");
    if (fail != NULL &&
        json_is_false(json_object_get(body, json_string_value(json_object_get(fail, "member"))))) {
        rv_str why = rv_json_member_str(body, json_string_value(json_object_get(fail, "message")));
        return rv_card_error(a->c, 400, raw, "the service refused: %.*s",
                             RV_FMT(rv_utf8_cut(why.n > 0 ? why : RV_STR("no reason given"),
                                                ERROR_DETAIL)));
    }
    return RV_OK;
}

/* ---- pages ----------------------------------------------------------------------------------- */

static const struct {
    const char *begins;
    enum mode mode;
} modes[] = { { "First Matching", FIRST }, { "First Record", FIRST }, { "Stream", STREAM }, { "All", ALL }, { "First", SOME } };

static void choose_mode(struct action *a)
{
    rv_str set = option(a, "resultSet"), rest;
    const json_t *page = json_object_get(a->run, "page");
    a->mode = ONE;
    if (page == NULL || json_object_get(page, "items") == NULL)
        return;
    a->mode = ALL;
    for (size_t i = 0; i < RV_LEN(modes); i++)
        if (begins(set, modes[i].begins, &rest)) {
            a->mode = modes[i].mode;
            break;
        }
    if (begins(option(a, "requestType"), "GET(", &rest) ||
        begins(option(a, "requestType"), "GET (", &rest))
        a->mode = STREAM;
    json_int_t size = json_integer_value(json_object_get(json_object_get(page, "limit"), "value"));
    a->page_size = size > 0 ? size : 200;
    a->limit = a->mode == FIRST  ? 1
               : a->mode == SOME ? a->page_size
               : a->mode == ALL  ? ALL_MAX
                                 : STREAM_MAX;
}

static rv_status wanted(struct action *a)
{
    static const char *const keys[] = { "Limit", "Record Limit", "limit" };
    bool some = false;
    double d = 0;
    for (size_t i = 0; i < RV_LEN(keys) && !some; i++)
        RV_TRY(rv_in_num(a->c, keys[i], &some, &d));
    if (some && d >= 1 && d < (double)a->limit && a->mode != FIRST)
        a->limit = (int64_t)d;
    if (a->mode != FIRST && a->limit < a->page_size)
        a->page_size = a->limit;
    return RV_OK;
}

/* <https://…>; rel="next" */
static rv_str next_link(const struct rv_answer *answer)
{
    for (size_t i = 0; i < answer->headers_n; i++) {
        rv_str v = answer->headers[i].value;
        if (!rv_str_eq(answer->headers[i].name, RV_STR("link")))
            continue;
        while (v.n > 0) {
            const char *open = memchr(v.p, '<', v.n),
                       *close = open != NULL ? memchr(open, '>', v.n - (size_t)(open - v.p)) : NULL;
            if (close == NULL)
                break;
            size_t at = (size_t)(close - v.p);
            rv_str rest = rv_str_sub(v, at, v.n);
            const char *comma = memchr(rest.p, ',', rest.n);
            rv_str params = comma != NULL ? rv_str_sub(rest, 0, (size_t)(comma - rest.p)) : rest;
            if (memmem(params.p, params.n, "rel=\"next\"", 10) != NULL ||
                memmem(params.p, params.n, "rel=next", 8) != NULL)
                return (rv_str){ open + 1, (size_t)(close - open) - 1 };
            v = rv_str_sub(v, at + 1, v.n);
        }
    }
    return RV_NONE_STR;
}

/* Where the next page is; false: this was the last. */
static bool find_next(struct action *a, size_t got)
{
    const json_t *next = json_object_get(json_object_get(a->run, "page"), "next");
    rv_str path = rv_json_member_str(next, "value"), found = RV_NONE_STR;
    struct rv_cx *cx = rv_call_cx(a->c);
    if (next == NULL)
        return false;
    if (json_is_true(json_object_get(next, "counted"))) {
        a->next_number += json_is_true(json_object_get(next, "offset")) ? (int64_t)got : 1;
        return (int64_t)got >= a->page_size;
    }
    if (json_is_true(json_object_get(next, "link"))) {
        found = next_link(&a->s.fetch.answer);
    } else {
        json_t *v = of_result(a, a->step, path);
        found = json_is_string(v) ? rv_dup(cx, rv_json_str(v)) : RV_NONE_STR;
        json_decref(v);
    }
    if (found.n == 0)
        return false;
    bool url =
        json_is_true(json_object_get(next, "link")) || json_is_true(json_object_get(next, "url"));
    *(url ? &a->next_url : &a->next_value) = rv_dup(cx, found);
    return true;
}

static rv_status take_items(struct action *a, size_t *ret_got)
{
    const json_t *page = json_object_get(a->run, "page");
    rv_str path = rv_json_member_str(page, "items");
    json_t *list = of_result(a, a->step, path), *item;
    size_t i;
    rv_status st = RV_OK;
    *ret_got = 0;
    if (a->items == NULL || a->mode == STREAM) {
        json_decref(a->items);
        a->items = json_array();
    }
    if (json_is_object(list) && a->mode == STREAM) { /* no list: one record */
        if (json_array_append(a->items, list) != 0)
            st = RV_BUSY;
        a->count++;
    }
    json_array_foreach(list, i, item)
    {
        (*ret_got)++;
        if (a->count >= a->limit || st != RV_OK)
            continue;
        if (json_array_append(a->items, item) != 0)
            st = rv_fail(rv_call_cx(a->c), RV_BUSY, "out of memory while reading records");
        a->count++;
    }
    json_decref(list);
    return st;
}

/* ---- streaming ------------------------------------------------------------------------------- */

static json_t *record_inputs(struct rv_call *c, const struct rv_helpers *h, size_t i)
{
    const struct action *a = h->arg;
    return rv_stream_inputs(c, json_incref(json_array_get(a->items, i)));
}

static rv_status finish(struct action *a);

static rv_status streamed(struct rv_call *c, const struct rv_helpers *h)
{
    struct action *a = h->arg;
    a->batch = h;
    rv_call_set(c, a);
    json_array_clear(a->items);
    return a->more ? advance(a) : finish(a);
}

/* One record after the other; a helper that fails stops neither the card nor the other records, as
 * with the identity connector and tables. */
static rv_status stream(struct action *a, bool more)
{
    rv_str flow;
    RV_TRY(rv_in_text(a->c, "Flow", &flow));
    if (flow.n == 0)
        return rv_fail(rv_call_cx(a->c), RV_INVALID, "required field Flow is empty");
    a->more = more;
    a->s.phase = RV_SERVICE_NEW;
    size_t n = json_array_size(a->items);
    if (n == 0)
        return more ? advance(a) : finish(a);
    struct rv_helpers h = { .flow_id = flow,
                            .n = n,
                            .width = 1,
                            .ignore_errors = true,
                            .first = (size_t)a->count - n,
                            .before = a->batch,
                            .inputs = record_inputs,
                            .finish = streamed,
                            .arg = a };
    return rv_call_helpers(a->c, &h);
}

/* ---- the action ------------------------------------------------------------------------------ */

static const json_t *request_of(struct action *a, size_t step)
{
    struct rv_names n = names(a);
    const json_t *steps = json_object_get(a->run, "steps"), *cases,
                 *one = steps != NULL ? json_array_get(steps, step)
                        : step == 0   ? json_object_get(a->run, "request")
                                      : NULL;
    size_t i;
    json_t *c;
    cases = json_object_get(a->run, "cases"); /* the first whose condition holds replaces the request */
    if (steps != NULL || step > 0)
        return one;
    json_array_foreach((json_t *)(uintptr_t)cases, i, c)
    {
        if (rv_template_holds(rv_call_cx(a->c), &n, json_object_get(c, "when")))
            return json_object_get(c, "request") != NULL ? json_object_get(c, "request") : c;
    }
    return one;
}

static bool is_last(struct action *a)
{
    return json_object_get(a->run, "steps") == NULL ||
           a->step + 1 >= json_array_size(json_object_get(a->run, "steps"));
}

static rv_status put_out(struct action *a, size_t o, const struct rv_field *f)
{
    struct rv_cx *cx = rv_call_cx(a->c);
    struct rv_names n = names(a);
    json_t *v = NULL;
    const json_t *out = json_object_get(a->run, "out"), *rest = json_object_get(a->run, "rest");
    rv_str group = f->group.p != NULL ? f->group : RV_STR("");
    rv_str key = rv_printf(cx, "%.*s:%.*s", RV_FMT(group), RV_FMT(f->key));
    const json_t *template = key.p != NULL ? json_object_getn(out, key.p, key.n) : NULL;
    if (json_is_string(template) && rv_template_is_name(rv_json_str(template), &key)) /* also of an empty text */
        v = find(&n, cx, key);
    else if (template != NULL)
        RV_TRY(rv_template_json(cx, &n, template, &v));
    else if (json_object_getn(rest, group.p, group.n) != NULL && f->key.p != NULL) {
        RV_TRY(rv_template_json(cx, &n, json_object_getn(rest, group.p, group.n), &v));
        json_t *member = json_incref(rv_value_at(v, f->key));
        json_decref(v);
        v = member;
    }
    return rv_out_at(a->c, o, v);
}

static rv_status finish(struct action *a)
{
    struct rv_field f;
    for (size_t o = 0; o < rv_out_count(a->c); o++) {
        rv_out_field(a->c, o, &f);
        RV_TRY(put_out(a, o, &f));
    }
    return RV_OK;
}

/* One after the other: what came back is a record, beside what it was asked for. */
static rv_status keep_each(struct action *a)
{
    json_t *r = json_copy(json_array_get(a->results, a->step)),
           *one = json_array_get(a->each, a->at);
    if (a->items == NULL)
        a->items = json_array();
    if (r == NULL || json_object_set(r, "each", one) != 0 ||
        json_array_append_new(a->items, r) != 0)
        return rv_fail(rv_call_cx(a->c), RV_BUSY, "out of memory while reading an answer");
    a->count++;
    return RV_OK;
}

/* The answer of a step: to the next page, the next step, the end. */
static rv_status answered(struct action *a, bool *ret_again)
{
    size_t got;
    *ret_again = false;
    RV_TRY(keep_result(a));
    RV_TRY(check_answer(a));
    if (a->each != NULL && is_last(a)) {
        RV_TRY(keep_each(a));
        if (++a->at >= json_array_size(a->each))
            return finish(a);
        a->s.phase = RV_SERVICE_NEW;
        *ret_again = true;
        return RV_OK;
    }
    if (!is_last(a)) {
        a->step++;
        a->s.phase = RV_SERVICE_NEW;
        *ret_again = true;
        return RV_OK;
    }
    if (a->mode == ONE)
        return finish(a);
    RV_TRY(take_items(a, &got));
    a->next_url = a->next_value = RV_NONE_STR;
    bool more = find_next(a, got) && a->count < a->limit;
    if (a->mode == STREAM)
        return stream(a, more);
    if (!more)
        return finish(a);
    a->s.phase = RV_SERVICE_NEW;
    *ret_again = true;
    return RV_OK;
}

static void done(struct rv_fetch *f)
{
    rv_resume(f->arg);
}

static rv_status after(struct rv_call *c)
{
    return advance(rv_call_get(c));
}

static rv_status advance(struct action *a)
{
    for (;;) {
        bool fetch, again;
        if (a->s.phase == RV_SERVICE_NEW) {
            a->request = request_of(a, a->step);
            rv_status st = prepare(a);
            if (st != RV_OK)
                return rv_error(rv_call_cx(a->c))->status != RV_OK ? st : fail_from_page(a, st);
        }
        rv_status st = rv_service_next(&a->s, &fetch);
        if (st != RV_OK)
            return fail_from_page(a, st);
        if (fetch) {
            a->s.fetch.done = done;
            a->s.fetch.arg = a->c;
            rv_call_set(a->c, a);
            rv_fetch_start(a->page.env->client, &a->s.fetch);
            return rv_wait(a->c, after);
        }
        if (a->s.fetch.st != RV_OK)
            return fail_from_page(a, a->s.fetch.st);
        if (a->s.kept.p != NULL) /* the next step or page needs no token of its own */
            a->k.token = rv_dup(rv_call_cx(a->c), a->s.kept);
        RV_TRY(answered(a, &again));
        if (!again)
            return RV_OK;
    }
}

static json_t *spec_of(struct rv_cx *cx, const char *connector)
{
    const struct rv_connector *c = rv_connector_find(cx, rv_str_of(connector));
    json_t *spec = NULL;
    return c != NULL &&
                   rv_json_parse(cx, rv_str_of(c->spec), &rv_json_limits_default, &spec) == RV_OK
               ? spec
               : NULL;
}

rv_status rv_described_run(struct rv_call *c)
{
    struct rv_cx *cx = rv_call_cx(c);
    const struct rv_card *card = rv_call_card(c);
    struct action *a = RV_NEW(cx, struct action);
    if (a == NULL)
        return RV_BUSY;
    RV_TRY(rv_cx_init(&a->page, cx->env, 0));
    rv_status st = rv_arena_on_free(cx->arena, end_action, a);
    if (st != RV_OK) {
        rv_cx_done(&a->page);
        return st;
    }
    a->c = c;
    a->results = json_array();
    a->spec = spec_of(cx, card->connector);
    RV_TRY(rv_json_parse(cx, rv_str_of(card->spec), &rv_json_limits_default, &a->run));
    if (a->spec == NULL || a->results == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory while making a call");
    a->connected = rv_call_has_connection(c);
    if (a->connected)
        RV_TRY(rv_call_connection(c, &a->k));
    choose_mode(a);
    RV_TRY(wanted(a));
    if (json_object_get(a->run, "request") == NULL && json_object_get(a->run, "steps") == NULL &&
        json_object_get(a->run, "cases") == NULL)
        return finish(a); /* a list that is known, an object that is built */
    if (json_object_get(a->run, "each") != NULL) {
        struct rv_names n = names(a);
        RV_TRY(rv_template_json(cx, &n, json_object_get(a->run, "each"), &a->each));
        if (a->each != NULL && !json_is_array(a->each))
            return rv_fail(cx, RV_INVALID, "the card needs a list, not %s",
                           rv_value_type_name(a->each));
        if (json_array_size(a->each) == 0)
            return finish(a);
        if (json_array_size(a->each) > EACH_MAX)
            return rv_fail(cx, RV_LIMIT,
                           "the card makes one call for each of %zu items, more than %d",
                           json_array_size(a->each), EACH_MAX);
    }
    const json_t *first =
        json_object_get(json_object_get(json_object_get(a->run, "page"), "next"), "from");
    a->next_number = json_integer_value(first);
    return advance(a);
}
