/* connectors/okta_run.c: the function of the identity connector's cards: call, answer, outputs, by
 * the card's row.
 *
 * Result sets (workflows.md 15): the first record, a list (as many as one call gives, or all up to
 * 10,000), or a stream that calls a helper flow once per record, page after page. Each page lives
 * in an arena of its own and is gone before the next one comes, so a million records need no more
 * memory than two hundred. A helper's run has the record's id in its key: when the card runs again
 * after a crash, records that had their turn are not called again. */
#include "connectors/okta_int.h"
#include <string.h>

enum { LIST_MAX = 10000, STREAM_MAX = 1000000 };
static const size_t PAGE_BYTES = (size_t)64 << 20;

enum mode { ONE, FIRST, LIST, STREAM };
struct work {
    struct rv_okta_call call;
    const struct rv_okta_op *op;
    enum mode mode;
    bool raw; /* records are handed on as they came */
    bool both; /* the author chose no result set: the first record and the list */
    int64_t left, streamed;
    int page; /* records asked for at a time */
    json_t *list; /* of the card's arena */
    json_t *records; /* of the page at hand; borrowed from page_cx */
    struct rv_cx page_cx;
    bool page_open;
    rv_str next, flow_id;
    const struct rv_helpers *helpers; /* the last batch */
};

static void close_page(struct work *w)
{
    if (w->page_open)
        rv_cx_done(&w->page_cx);
    w->page_open = false;
    w->records = NULL;
}

static void end_work(void *arg)
{
    close_page(arg);
}

static struct work *new_work(struct rv_call *c)
{
    struct rv_cx *cx = rv_call_cx(c);
    struct work *w = RV_NEW(cx, struct work);
    if (w == NULL || rv_arena_on_free(cx->arena, end_work, w) != RV_OK)
        return NULL;
    *w = (struct work){ .op = rv_call_card(c)->spec };
    w->call.cx = cx;
    return w;
}

/* ---- one object ------------------------------------------------------------------------------ */

static rv_status after_one(struct rv_call *c)
{
    struct work *w = rv_call_get(c);
    json_t *object;
    bool later;
    rv_status st = rv_okta_answer(c, &w->call, &later);
    if (st != RV_OK || later)
        return st;
    RV_TRY(rv_okta_json(rv_call_cx(c), &w->call, &object));
    return rv_okta_outputs(c, w->op, w->call.answer.status, object);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static rv_status next_page(struct rv_call *c, struct work *w);

static rv_status finish_list(struct rv_call *c, struct work *w)
{
    close_page(w);
    if (w->mode == STREAM)
        return rv_out(c, "Records Streamed", json_integer(w->streamed));
    return w->mode == LIST ? rv_out(c, w->op->list, json_incref(w->list)) : RV_OK;
}

static rv_status gather(struct rv_call *c, struct work *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_t *record = json_array_get(w->records, i);
        json_t *o = w->raw ? json_incref(record) : rv_okta_record(record, w->op->record);
        if (o == NULL || json_array_append_new(w->list, o) != 0)
            return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in a list");
    }
    return RV_OK;
}

static json_t *record_inputs(struct rv_call *c, const struct rv_helpers *h, size_t i)
{
    const struct work *w = h->arg;
    json_t *record = json_array_get(w->records, i);
    return rv_stream_inputs(c,
                            w->raw ? json_incref(record) : rv_okta_record(record, w->op->record));
}

static rv_str record_key(struct rv_call *c, const struct rv_helpers *h, size_t i)
{
    const struct work *w = h->arg;
    const json_t *record = json_array_get(w->records, i);
    rv_str id = rv_json_member_str(record, "id"), uuid = rv_json_member_str(record, "uuid");
    (void)c;
    return id.n > 0 ? id : uuid;
}

static rv_status page_streamed(struct rv_call *c, const struct rv_helpers *h)
{
    struct work *w = h->arg;
    rv_call_set(c, w);
    w->helpers = h;
    w->streamed += (int64_t)h->n;
    return next_page(c, w);
}

static rv_status stream(struct rv_call *c, struct work *w, size_t n)
{
    struct rv_helpers h = { .flow_id = w->flow_id,
                            .n = n,
                            .width = 1,
                            .ignore_errors = true,
                            .inputs = record_inputs,
                            .key = record_key,
                            .finish = page_streamed,
                            .first = (size_t)w->streamed,
                            .before = w->helpers,
                            .arg = w };
    return rv_call_helpers(c, &h);
}

/* A page is here: w->records. */
static rv_status take_page(struct rv_call *c, struct work *w)
{
    size_t n = json_array_size(w->records);
    if ((int64_t)n > w->left)
        n = (size_t)w->left;
    w->left -= (int64_t)n;
    if (w->mode == STREAM)
        return stream(c, w, n);
    if (w->mode == FIRST)
        return n > 0
                   ? rv_okta_outputs(c, w->op, w->call.answer.status, json_array_get(w->records, 0))
                   : RV_OK;
    if (w->both && json_array_size(w->list) == 0 && n > 0)
        RV_TRY(rv_okta_outputs(c, w->op, w->call.answer.status, json_array_get(w->records, 0)));
    RV_TRY(gather(c, w, n));
    return next_page(c, w);
}

/* What does not page is one record (workflows.md 15). */
static rv_status as_records(struct work *w, json_t *body)
{
    if (json_is_array(body)) {
        w->records = body;
        return RV_OK;
    }
    w->records = json_array();
    RV_TRY(rv_json_keep(&w->page_cx, w->records));
    return body == NULL || json_array_append(w->records, body) == 0
               ? RV_OK
               : rv_fail(&w->page_cx, RV_BUSY, "out of memory in a list");
}

static rv_status after_page(struct rv_call *c)
{
    struct work *w = rv_call_get(c);
    struct rv_cx *cx = rv_call_cx(c);
    json_t *body;
    bool later;
    rv_status st = rv_okta_answer(c, &w->call, &later);
    if (st != RV_OK || later)
        return st;
    w->next = w->mode == FIRST ? RV_NONE_STR : rv_okta_next(c, &w->call);
    st = rv_okta_json(&w->page_cx, &w->call, &body);
    if (st == RV_OK)
        st = as_records(w, body);
    if (st != RV_OK)
        return rv_fail(cx, st, "%s",
                       rv_error(&w->page_cx)->message != NULL ? rv_error(&w->page_cx)->message
                                                              : "the answer cannot be read");
    return take_page(c, w);
}

static rv_status ask_page(struct rv_call *c, struct work *w, rv_str target)
{
    struct rv_cx *cx = rv_call_cx(c);
    RV_TRY(rv_cx_init(&w->page_cx, cx->env, PAGE_BYTES));
    w->page_cx.log_key = cx->log_key;
    w->page_cx.log_id = cx->log_id;
    w->page_open = true;
    w->call.cx = &w->page_cx;
    w->call.target = target;
    rv_call_set(c, w);
    return rv_okta_send(c, &w->call, false, after_page);
}

static rv_status next_page(struct rv_call *c, struct work *w)
{
    rv_str target = w->next;
    close_page(w);
    if (w->left <= 0 || target.p == NULL)
        return finish_list(c, w);
    w->next = RV_NONE_STR;
    return ask_page(c, w, target);
}

static enum mode mode_of(struct rv_call *c)
{
    rv_str set = rv_option(c, "resultSet");
    if (rv_str_starts(set, RV_STR("First Matching")))
        return FIRST;
    return rv_str_starts(set, RV_STR("Stream")) ? STREAM : LIST;
}

static rv_status read_flow(struct rv_call *c, struct work *w)
{
    struct rv_cx *cx = rv_call_cx(c);
    RV_TRY(rv_okta_in_text(c, "Streaming/Flow", &w->flow_id));
    w->flow_id = rv_dup(cx, w->flow_id);
    if (w->flow_id.n == 0)
        return rv_fail(
            cx, RV_INVALID,
            "required field Flow is empty: choose the helper flow that gets each record");
    return RV_OK;
}

/* How many records the card may give: the author's limit within that of the result set. */
static rv_status read_limit(struct rv_call *c, struct work *w)
{
    rv_str set = rv_option(c, "resultSet");
    json_t *v = rv_okta_in(c, RV_STR("List Criteria/Limit"));
    double limit = STREAM_MAX;
    if (v == NULL)
        v = rv_okta_in(c, RV_STR("Search Criteria/Limit"));
    if (v != NULL && !rv_value_num(v, &limit))
        return rv_fail(rv_call_cx(c), RV_INVALID,
                       "the field \"Record Limit\" must be a number, not %s",
                       rv_value_type_name(v));
    w->left = w->mode == FIRST                     ? 1
              : w->mode == STREAM                  ? STREAM_MAX
              : rv_str_starts(set, RV_STR("All ")) ? LIST_MAX
                                                   : w->op->page;
    if (limit < (double)w->left)
        w->left = limit < 0 ? 0 : (int64_t)limit;
    w->page = w->left < w->op->page ? (int)w->left : w->op->page;
    return RV_OK;
}

static rv_status begin_list(struct rv_call *c, struct work *w, rv_str target)
{
    struct rv_cx *cx = rv_call_cx(c);
    w->list = json_array();
    RV_TRY(rv_json_keep(cx, w->list));
    if (w->mode == STREAM)
        RV_TRY(read_flow(c, w));
    if (w->left <= 0)
        return finish_list(c, w);
    bool query = memchr(target.p, '?', target.n) != NULL,
         limited = rv_str_contains(target, RV_STR("?limit=")) ||
                   rv_str_contains(target, RV_STR("&limit="));
    if (!limited)
        target = rv_printf(cx, "%.*s%slimit=%d", RV_FMT(target), query ? "&" : "?", w->page);
    return target.p != NULL ? ask_page(c, w, target) : RV_BUSY;
}

bool rv_okta_once(struct rv_call *c)
{
    const struct rv_okta_op *op = rv_call_card(c)->spec;
    rv_str method = rv_str_of(op->method);
    struct rv_card_connection connection;
    if (op->method == NULL || op->method[0] == '@')
        method = rv_option(c, op->method == NULL ? "requestType" : op->method + 1);
    bool writes = rv_str_eq_nocase(method, RV_STR("POST")) ||
                  rv_str_eq_nocase(method, RV_STR("PATCH")) ||
                  (method.n == 0 && op->method != NULL);
    if (!writes)
        return false;
    if (rv_call_connection(c, &connection) == RV_OK)
        return !connection.local;
    rv_error_clear(rv_call_cx(c)); /* the card says it */
    return false;
}

/* ---- the card -------------------------------------------------------------------------------- */

rv_status rv_okta_card(struct rv_call *c)
{
    struct work *w = new_work(c);
    rv_str method;
    if (w == NULL)
        return RV_BUSY;
    if (w->op->refused != NULL && rv_str_eq_nocase(rv_option(c, w->op->refused), RV_STR("Yes")))
        return rv_fail(rv_call_cx(c), RV_INVALID,
                       "the choice \"%s\" of this card cannot be carried out here; set it to No",
                       w->op->refused);
    RV_TRY(rv_okta_target(c, w->op, &w->call.target));
    RV_TRY(rv_okta_body(c, w->op, &w->call.body));
    method = w->op->method[0] != '@' ? rv_str_of(w->op->method) : rv_option(c, w->op->method + 1);
    w->call.method = rv_str_eq_nocase(method, RV_STR("PUT")) ? RV_STR("PUT")
                     : method.n > 0                          ? method
                                                             : RV_STR("POST");
    rv_call_set(c, w);
    if (w->op->record == NULL)
        return rv_okta_send(c, &w->call, w->op->direct, after_one);
    w->mode = mode_of(c);
    w->both = rv_option(c, "resultSet").n == 0;
    RV_TRY(read_limit(c, w));
    return begin_list(c, w, w->call.target);
}

/* ---- Custom API Action ----------------------------------------------------------------------- */

/* A path of the identity API on the connection's own server and nothing else: no other host, no
 * other root. */
static rv_status custom_target(struct rv_call *c, rv_str *ret)
{
    static const char *const roots[] = { "/api/v1/", "/oauth2/", "/governance/api/", "/scim/v2/",
                                         "/.well-known/" };
    struct rv_cx *cx = rv_call_cx(c);
    rv_str url, base;
    RV_TRY(rv_okta_base(c, &base));
    RV_TRY(rv_okta_in_text(c, "Request/Relative URL", &url));
    if (url.n == 0)
        return rv_fail(cx, RV_INVALID, "required field Relative URL is empty");
    if (rv_str_starts(url, base) && url.n > base.n && url.p[base.n] == '/')
        url = rv_str_sub(url, base.n, url.n); /* a link of an earlier answer */
    if (!rv_str_starts(url, RV_STR("/")) && !rv_str_contains(url, RV_STR("://")))
        url = rv_printf(cx, "/%.*s", RV_FMT(url));
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= ' ' || url.p[i] == '#' || url.p[i] == '\\' ||
            url.p[i] == 0x7f)
            return rv_fail(cx, RV_INVALID,
                           "the Relative URL holds a blank or another character that must be "
                           "encoded (%%20 for a blank)");
    for (size_t i = 0; i < RV_LEN(roots); i++)
        if (rv_str_starts(url, rv_str_of(roots[i]))) {
            *ret = url;
            return RV_OK;
        }
    return rv_fail(
        cx, RV_INVALID,
        "the Relative URL must be a path of the identity API, such as /api/v1/users, not \"%.*s\"",
        (int)(url.n < 100 ? url.n : 100), url.p);
}

static rv_status object_in(struct rv_call *c, const char *field, json_t **ret)
{
    struct rv_cx *cx = rv_call_cx(c);
    json_t *v = rv_okta_in(c, rv_str_of(field));
    const char *label = strchr(field, '/') + 1;
    *ret = NULL;
    if (v == NULL || json_is_object(v)) {
        *ret = v;
        return RV_OK;
    }
    if (json_is_string(v) &&
        rv_json_parse(cx, rv_json_str(v), &rv_json_limits_default, ret) == RV_OK &&
        json_is_object(*ret))
        return RV_OK;
    rv_error_clear(cx);
    return rv_fail(cx, RV_INVALID, "the field \"%s\" must be an object, not %s", label,
                   rv_value_type_name(v));
}

static rv_status add_custom_query(struct rv_call *c, rv_str *target)
{
    struct rv_cx *cx = rv_call_cx(c);
    json_t *query, *v;
    const char *key;
    RV_TRY(object_in(c, "Request/Query", &query));
    json_object_foreach(query, key, v)
    {
        rv_str text;
        RV_TRY(rv_value_text(cx, v, &text));
        if (json_is_null(v))
            continue;
        *target = rv_printf(cx, "%.*s%c%.*s=%.*s", RV_FMT(*target),
                            memchr(target->p, '?', target->n) != NULL ? '&' : '?',
                            RV_FMT(rv_okta_encoded(cx, rv_str_of(key))),
                            RV_FMT(rv_okta_encoded(cx, text)));
        if (target->p == NULL)
            return RV_BUSY;
    }
    return RV_OK;
}

/* Who calls is the connection's business, and so is what the transport itself writes. */
static bool may_send(rv_str name)
{
    static const char *const own[] = { "authorization",
                                       "cookie",
                                       "host",
                                       "content-length",
                                       "transfer-encoding",
                                       "connection",
                                       "idempotency-key",
                                       "x-forwarded-for",
                                       "x-okta-xsrftoken",
                                       "x-reeve-csrf",
                                       "origin",
                                       "dpop" };
    for (size_t i = 0; i < RV_LEN(own); i++)
        if (rv_str_eq_nocase(name, rv_str_of(own[i])))
            return false;
    return name.n > 0;
}

static rv_status read_headers(struct rv_call *c, struct rv_okta_call *k)
{
    struct rv_cx *cx = rv_call_cx(c);
    json_t *headers, *v;
    const char *key;
    RV_TRY(object_in(c, "Request/Headers", &headers));
    struct rv_header *h = RV_NEW_N(cx, struct rv_header, json_object_size(headers) + 1);
    if (h == NULL)
        return RV_BUSY;
    json_object_foreach(headers, key, v)
    {
        rv_str text;
        RV_TRY(rv_value_text(cx, v, &text));
        for (size_t i = 0; i < text.n; i++)
            if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
                return rv_fail(cx, RV_INVALID,
                               "the header %s cannot hold a line break or control character", key);
        if (may_send(rv_str_of(key)))
            h[k->headers_n++] = (struct rv_header){ rv_str_of(key), text };
    }
    k->headers = h;
    return RV_OK;
}

/* An object or list is sent as JSON, a text as it is; an empty object counts when the method has a
 * body. */
static rv_status read_body(struct rv_call *c, struct rv_okta_call *k)
{
    struct rv_cx *cx = rv_call_cx(c);
    bool writes = rv_str_eq(k->method, RV_STR("POST")) || rv_str_eq(k->method, RV_STR("PUT")) ||
                  rv_str_eq(k->method, RV_STR("PATCH"));
    json_t *v = rv_okta_in(c, RV_STR("Request/Body"));
    if (v == NULL || json_is_string(v)) {
        k->body = v != NULL ? rv_json_str(v) : writes ? RV_STR("{}") : RV_NONE_STR;
        return RV_OK;
    }
    return rv_json_dump(cx, v, &k->body);
}

static rv_status headers_object(struct rv_call *c, const struct rv_answer *a, json_t **ret)
{
    json_t *o = json_object();
    for (size_t i = 0; o != NULL && i < a->headers_n; i++) {
        rv_str name = a->headers[i].name, value = a->headers[i].value;
        json_t *old = json_object_getn(o, name.p, name.n);
        if (old != NULL)
            value = rv_printf(rv_call_cx(c), "%s, %.*s", json_string_value(old), RV_FMT(value));
        if (json_object_setn_new(o, name.p, name.n, rv_value_of_text(value)) != 0) {
            json_decref(o);
            o = NULL;
        }
    }
    *ret = o;
    return o != NULL ? RV_OK : rv_fail(rv_call_cx(c), RV_BUSY, "out of memory");
}

static rv_status after_custom(struct rv_call *c)
{
    struct work *w = rv_call_get(c);
    struct rv_cx *cx = rv_call_cx(c);
    json_t *body, *headers;
    bool later;
    rv_status st = rv_okta_answer(c, &w->call, &later);
    if (st != RV_OK || later)
        return st;
    RV_TRY(headers_object(c, &w->call.answer, &headers));
    RV_TRY(rv_out(c, "Headers", headers));
    RV_TRY(rv_out(c, "Status Code", json_integer(w->call.answer.status)));
    if (rv_okta_json(cx, &w->call, &body) == RV_OK)
        return rv_out(c, "Body", json_incref(body));
    rv_error_clear(cx); /* no JSON: as text */
    return rv_out_text(c, "Body", w->call.answer.body);
}

static rv_status custom_method(struct rv_call *c, struct work *w)
{
    static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
    rv_str type = rv_str_trim(rv_option(c, "requestType"));
    if (rv_str_starts(type, RV_STR("GET")) && type.n > 3)
        w->mode = STREAM;
    if (type.n == 0 || w->mode == STREAM)
        type = RV_STR("GET");
    for (size_t i = 0; i < RV_LEN(methods); i++)
        if (rv_str_eq_nocase(type, rv_str_of(methods[i])))
            w->call.method = rv_str_of(methods[i]);
    if (w->call.method.p == NULL)
        return rv_fail(rv_call_cx(c), RV_INVALID, "\"%.*s\" is not a Request Type of this card",
                       RV_FMT(type));
    return RV_OK;
}

rv_status rv_okta_custom(struct rv_call *c)
{
    struct work *w = new_work(c);
    if (w == NULL)
        return RV_BUSY;
    RV_TRY(custom_method(c, w));
    RV_TRY(custom_target(c, &w->call.target));
    RV_TRY(add_custom_query(c, &w->call.target));
    RV_TRY(read_headers(c, &w->call));
    RV_TRY(read_body(c, &w->call));
    rv_call_set(c, w);
    if (w->mode != STREAM)
        return rv_okta_send(c, &w->call, false, after_custom);
    w->raw = true;
    RV_TRY(read_limit(c, w));
    return begin_list(c, w, w->call.target);
}
