/* api/endpoints.c: the addresses at which HTTP callers start and resume flows, and the settings of
 * such an address (workflows.md 7).
 *
 * What a flow answers leaves from this server's own origin. So its headers pass a list of names, a
 * page it makes runs no script and shows nobody's session, and credentials of the caller never
 * reach the flow or its history. */
#include "api/api_int.h"
#include "flows/flows.h"

/* ---- what the request gives the flow --------------------------------------------------------- */

static bool hidden_header(rv_str name)
{
    static const char *const names[] = { "authorization", "proxy-authorization", "cookie",
                                         "x-api-client-token", "x-reeve-csrf" };
    for (size_t i = 0; i < RV_LEN(names); i++)
        if (rv_str_eq(name, rv_str_of(names[i])))
            return true;
    return false;
}

static bool put_text(json_t *o, const char *key, rv_str value)
{
    json_t *v = value.p != NULL ? json_stringn(value.p, value.n) : json_null();
    return v != NULL && json_object_set_new(o, key, v) == 0;
}

/* Repeated fields are one, with commas between. */
static rv_status read_headers(struct rv_exchange *x, json_t *o)
{
    for (size_t i = 0; i < x->headers_n; i++) {
        rv_str name = x->headers[i].name, value = x->headers[i].value;
        if (hidden_header(name) || !rv_utf8_valid(value))
            continue;
        rv_str before = rv_json_str(json_object_getn(o, name.p, name.n));
        if (before.p != NULL)
            value = rv_printf(&x->cx, "%.*s, %.*s", RV_FMT(before), RV_FMT(value));
        if (!put_text(o, rv_z(&x->cx, name), value))
            return rv_fail(&x->cx, RV_BUSY, "out of memory while reading a request");
    }
    return RV_OK;
}

static rv_status read_pairs(struct rv_cx *cx, const struct rv_pairs *p, json_t *o)
{
    for (size_t i = 0; i < p->n; i++) {
        rv_str name = p->at[i].name;
        if (rv_str_eq(name, RV_STR("clientToken")) || json_object_getn(o, name.p, name.n) != NULL)
            continue; /* the first of a name counts */
        json_t *v = json_stringn(p->at[i].value.p, p->at[i].value.n);
        if (v == NULL || json_object_setn_new(o, name.p, name.n, v) != 0)
            return rv_fail(cx, RV_INVALID, "the parameter \"%.*s\" cannot be read", RV_FMT(name));
    }
    return RV_OK;
}

/* As it came, without the client token. */
static rv_str query_text(struct rv_exchange *x)
{
    rv_str rest = x->query, one, all = RV_STR("");
    while (rv_str_split(&rest, '&', &one))
        if (!rv_str_starts(one, RV_STR("clientToken=")))
            all = rv_printf(&x->cx, "%.*s%s%.*s", RV_FMT(all), all.n > 0 ? "&" : "", RV_FMT(one));
    return all;
}

static rv_str media_type(const struct rv_exchange *x)
{
    rv_str rest = rv_exchange_header(x, "content-type"), type = RV_NONE_STR;
    return rv_str_split(&rest, ';', &type) ? rv_str_trim(type) : RV_NONE_STR;
}

/* JSON, form fields, or text that stands for itself. */
static rv_status read_body(struct rv_exchange *x, json_t *request)
{
    struct rv_cx *cx = &x->cx;
    rv_str type = media_type(x);
    json_t *body = NULL;
    bool json =
        rv_str_eq_nocase(type, RV_STR("application/json")) || rv_str_ends(type, RV_STR("+json"));
    if (x->body.p == NULL)
        return put_text(request, "text", RV_NONE_STR) ? RV_OK : RV_BUSY;
    if (!rv_utf8_valid(x->body))
        return rv_fail(cx, RV_INVALID, "The body is no UTF-8 text.");
    if (rv_str_eq_nocase(type, RV_STR("application/x-www-form-urlencoded"))) {
        struct rv_pairs pairs = { NULL, 0 };
        RV_TRY(rv_pairs_parse(cx, x->body, &pairs));
        body = json_object();
        RV_TRY(rv_json_keep(cx, body));
        RV_TRY(read_pairs(cx, &pairs, body));
    } else if (rv_json_parse(cx, x->body, &rv_json_limits_default, &body) != RV_OK) {
        if (json)
            return rv_error(cx)->status;
        rv_error_clear(cx);
        body = NULL;
    }
    if ((body != NULL && json_object_set(request, "body", body) != 0) ||
        !put_text(request, "text", x->body))
        return rv_fail(cx, RV_INVALID, "The body holds what is no text.");
    return RV_OK;
}

static rv_status read_request(struct rv_req *rq, json_t **ret)
{
    struct rv_exchange *x = rq->x;
    json_t *request = json_pack("{s:{}, s:{}}", "headers", "query");
    RV_TRY(rv_json_keep(&x->cx, request));
    RV_TRY(read_headers(x, json_object_get(request, "headers")));
    RV_TRY(read_pairs(&x->cx, &rv_hit_of(rq)->query, json_object_get(request, "query")));
    if (!put_text(request, "queryText", query_text(x)))
        return rv_fail(&x->cx, RV_INVALID, "the query cannot be read");
    *ret = request;
    return read_body(x, request);
}

/* ---- what the flow answers ------------------------------------------------------------------- */

/* Names that mean something to the connection, to this origin or to the browser's safety; a flow
 * does not set them. */
static bool kept_back(rv_str name)
{
    static const char *const names[] = {
        "connection",
        "keep-alive",
        "proxy-connection",
        "transfer-encoding",
        "te",
        "trailer",
        "upgrade",
        "content-length",
        "content-encoding",
        "date",
        "set-cookie",
        "strict-transport-security",
        "content-security-policy",
        "content-security-policy-report-only",
        "x-content-type-options",
        "referrer-policy",
        "permissions-policy",
        "clear-site-data",
        "service-worker-allowed",
        "alt-svc",
        "nel",
        "report-to",
        "reporting-endpoints",
        "refresh",
        "public-key-pins",
        "x-reeve-run-id",
        "x-okta-request-id",
    };
    static const char *const prefixes[] = { "access-control-", "cross-origin-", "origin-", "proxy-",
                                            "sec-" };
    for (size_t i = 0; i < RV_LEN(names); i++)
        if (rv_str_eq_nocase(name, rv_str_of(names[i])))
            return true;
    for (size_t i = 0; i < RV_LEN(prefixes); i++)
        if (rv_str_eq_nocase(rv_str_sub(name, 0, strlen(prefixes[i])), rv_str_of(prefixes[i])))
            return true;
    return false;
}

static bool is_token(rv_str name)
{
    static const char allowed[] =
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (size_t i = 0; i < name.n; i++)
        if (memchr(allowed, name.p[i], sizeof allowed - 1) == NULL)
            return false;
    return name.n > 0 && name.n <= 200;
}

/* Scripts of this origin may run in the application's pages: what a flow sends is never one. */
static bool is_script(rv_str type)
{
    static const char *const words[] = { "javascript", "ecmascript", "text/jscript",
                                         "text/livescript" };
    for (size_t i = 0; i < RV_LEN(words); i++)
        for (size_t k = 0; k + strlen(words[i]) <= type.n; k++)
            if (rv_str_eq_nocase(rv_str_sub(type, k, strlen(words[i])), rv_str_of(words[i])))
                return true;
    return false;
}

static rv_status set_header(struct rv_exchange *x, const char *name, const json_t *value)
{
    rv_str text;
    RV_TRY(rv_value_text(&x->cx, value, &text));
    text = rv_str_trim(text);
    if (!is_token(rv_str_of(name)) || kept_back(rv_str_of(name)) || text.n > 8000)
        return RV_OK;
    if (rv_str_eq_nocase(rv_str_of(name), RV_STR("content-type")) && is_script(text))
        text = RV_STR("text/plain; charset=utf-8");
    if (rv_exchange_set_header(x, name, text) == RV_BUSY)
        return RV_BUSY;
    rv_error_clear(&x->cx); /* a line break in a value: the header is left out */
    return RV_OK;
}

static bool has_content_type(const json_t *headers)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)headers, key, v)
    {
        if (rv_str_eq_nocase(rv_str_of(key), RV_STR("content-type")) && json_is_string(v))
            return true;
    }
    return false;
}

static rv_status write_body(struct rv_req *rq, const json_t *body, const char **ret_type)
{
    rv_str text = rv_json_str(body);
    *ret_type = NULL;
    rq->x->out = RV_NONE_STR;
    if (body == NULL || json_is_null(body))
        return RV_OK;
    *ret_type = text.p != NULL ? "text/plain; charset=utf-8" : "application/json";
    if (text.p != NULL)
        rv_buf_add(&rq->x->buf, text);
    else
        rv_jw_json(rv_reply_json(rq), body);
    return rv_buf_str(rv_req_cx(rq), &rq->x->buf, &rq->x->out);
}

static rv_status write_answer(struct rv_req *rq, const struct rv_endpoint_call *c)
{
    struct rv_exchange *x = rq->x;
    const char *key, *type;
    json_t *v;
    rv_buf_clear(&x->buf);
    RV_TRY(write_body(rq, c->answer.body, &type));
    RV_TRY(rv_common_headers(x, RV_ENV_NATIVE));
    json_object_foreach((json_t *)(uintptr_t)c->answer.headers, key, v)
    {
        RV_TRY(set_header(x, key, v));
    }
    if (type != NULL && !has_content_type(c->answer.headers))
        RV_TRY(rv_exchange_set_header(x, "Content-Type", rv_str_of(type)));
    RV_TRY(rv_exchange_set_header(x, "Content-Security-Policy",
                                  RV_STR("sandbox; default-src 'none'; style-src 'unsafe-inline'; "
                                         "img-src data:; frame-ancestors 'none'")));
    x->status = c->answer.status;
    return RV_OK;
}

static rv_status write_late(struct rv_req *rq)
{
    struct rv_cx *cx = rv_req_cx(rq);
    struct rv_jw *w = rv_reply_json(rq);
    rv_jw_obj(w);
    rv_jw_key(w, "error");
    rv_jw_obj(w);
    rv_jw_kstr(w, "message",
               rv_printf(cx, "the flow gave no answer within %" PRId64 " s (endpoint.timeout)",
                         rv_config_int(cx->env, "endpoint.timeout") / 1000));
    rv_jw_kint(w, "code", 504);
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
    rq->x->close = true;
    return rv_reply(rq, 504);
}

static void ended(struct rv_endpoint_call *c, rv_status st)
{
    struct rv_req *rq = c->arg;
    if (st == RV_OK || st == RV_STOPPED) {
        rv_status set = c->run_id.p != NULL
                            ? rv_exchange_set_header(rq->x, "X-Reeve-Run-Id", c->run_id)
                            : RV_OK;
        st = st != RV_OK ? st : set != RV_OK ? set : c->late ? write_late(rq) : write_answer(rq, c);
    } else if (st == RV_RATE &&
               rv_exchange_set_header(rq->x, "Retry-After", RV_STR("1")) != RV_OK) {
        rv_error_clear(&rq->x->cx);
    }
    rv_req_finish(rq, st);
}

/* ---- routes ---------------------------------------------------------------------------------- */

static rv_status refuse_head(struct rv_req *rq)
{
    RV_TRY(rv_exchange_set_header(rq->x, "Allow", RV_STR("GET, POST")));
    return rv_fail(rv_req_cx(rq), RV_METHOD, "This path takes GET, POST.");
}

static rv_status call_flow(struct rv_req *rq, rv_str run_id)
{
    struct rv_cx *cx = rv_req_cx(rq);
    rv_str header = rv_exchange_header(rq->x, "x-api-client-token");
    struct rv_endpoint_key key = { .alias = rv_req_param(rq, 0),
                                   .client_token =
                                       header.p != NULL ? header : rv_req_query(rq, "clientToken"),
                                   .authorization = rv_exchange_header(rq->x, "authorization"),
                                   .peer = rq->x->peer };
    struct rv_endpoint_call *c = RV_NEW(cx, struct rv_endpoint_call);
    if (c == NULL)
        return RV_BUSY;
    if (rq->x->head_only) /* would start the flow for an answer that nobody reads */
        return refuse_head(rq);
    rv_status st = rv_endpoint_admit(cx, &key, &c->to);
    if (st == RV_FORBIDDEN && cx->principal != NULL &&
        !rv_scope_allows(cx->principal->scopes, RV_STR("okta.workflows.invoke.manage")))
        rv_say_scope(rq->x, RV_STR("okta.workflows.invoke.manage"));
    RV_TRY(st);
    if (run_id.p == NULL && !c->to.enabled)
        return rv_fail(cx, RV_NOT_FOUND, "Not found: no flow that is on has this address");
    RV_TRY(read_request(rq, &c->request));
    c->cx = cx;
    c->resume_run_id = run_id;
    c->done = ended;
    c->arg = rq;
    rv_req_later(rq);
    rv_endpoint_call(c);
    return RV_OK;
}

static rv_status invoke(struct rv_req *rq)
{
    return call_flow(rq, RV_NONE_STR);
}

static rv_status resume(struct rv_req *rq)
{
    return call_flow(rq, rv_req_param(rq, 1));
}

static rv_status get_endpoint(struct rv_req *rq)
{
    RV_TRY(rv_endpoint_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

struct endpoint_body {
    uint64_t seen, nulls;
    rv_str security;
};
static const struct rv_member endpoint_members[] = {
    { "security", RV_K_TEXT, RV_REQUIRED, offsetof(struct endpoint_body, security), 1, 20, NULL, "NONE, CLIENT_TOKEN or OAUTH." },
    { .name = NULL },
};
static const struct rv_shape endpoint_shape = { "EndpointUpdate", endpoint_members, false };

static rv_status update_endpoint(struct rv_req *rq)
{
    struct endpoint_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &endpoint_shape, &b));
    RV_TRY(rv_endpoint_update(rv_req_cx(rq), rv_req_param(rq, 0), b.security));
    return rv_reply_object(rq, 200, rv_endpoint_get, rv_req_param(rq, 0));
}

static rv_status make_token(struct rv_req *rq)
{
    RV_TRY(rv_endpoint_token(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

/* clang-format off */
#define FLO "/api/flo/{alias}"
#define ADDRESS(method, path, op, fn, help) { method, path, op, RV_A_PUBLIC, RV_ENV_NATIVE, RV_ROUTE_OWN_CHECK | RV_ROUTE_TEXT_BODY | RV_ROUTE_NO_IDEMPOTENCY | RV_ROUTE_ENDPOINT, NULL, NULL, fn, help }
const struct rv_route rv_routes_endpoints[] = {
    ADDRESS("GET", FLO, "callEndpointByGet", invoke, "Start the flow of this address with the query; the flow makes the answer."),
    ADDRESS("POST", FLO, "callEndpoint", invoke, "Start the flow of this address with the body; the flow makes the answer."),
    ADDRESS("GET", FLO "/invoke", "invokeEndpointByGet", invoke, "Start the flow of this address with the query; the flow makes the answer."),
    ADDRESS("POST", FLO "/invoke", "invokeEndpoint", invoke, "Start the flow of this address with the body; the flow makes the answer."),
    ADDRESS("GET", FLO "/resume/{runId}", "resumeRunByGet", resume, "Resume a paused run with the query; the flow makes the answer."),
    ADDRESS("POST", FLO "/resume/{runId}", "resumeRun", resume, "Resume a paused run with the body; the flow makes the answer."),
    { "GET", "/reeve/api/v1/flows/{flowId}/endpoint", "getEndpoint", RV_A_FLOW_READ, RV_ENV_NATIVE, 0, NULL, NULL, get_endpoint, "The address of a flow and what its callers must show." },
    { "PATCH", "/reeve/api/v1/flows/{flowId}/endpoint", "updateEndpoint", RV_A_FLOW_EDIT, RV_ENV_NATIVE, RV_ROUTE_SMALL, NULL, &endpoint_shape, update_endpoint, "Change what callers of a flow's address must show." },
    { "POST", "/reeve/api/v1/flows/{flowId}/endpoint/token", "makeClientToken", RV_A_FLOW_EDIT, RV_ENV_NATIVE, RV_ROUTE_NO_IDEMPOTENCY, NULL, NULL, make_token, "Make a client token, shown this once; the one before is no longer taken." },
    { .method = NULL },
};
