/* api/router.c: the route table at work: finds the route of a request, admits it, calls the
 * handler, sees that the handler asked the judge, and answers failures in the envelope of the
 * caller's API.
 *
 * The head is looked at on the server's I/O thread, everything else on a worker (or, for calls
 * within the process, on the caller's thread). Knows nothing of what the routes do. */
#include "api/api_int.h"
#include <stdlib.h>

enum { BODY_DEFAULT = 1 << 20, BODY_IMPORT = 16 << 20, BODY_SMALL = 64 << 10, ENDPOINT_GRACE_MS = 15000 };

/* ---- the table ------------------------------------------------------------------------------- */

static void check(const struct rv_route *r)
{
    if (r->action <= RV_A_NONE || r->action >= RV_A_N)
        RV_BUG("route %s %s declares no action (security.md 2.1)", r->method, r->path);
    if (r->op == NULL || r->help == NULL || r->help[0] == '\0' || r->handler == NULL)
        RV_BUG("route %s %s lacks an operation id, a sentence of help or a handler", r->method,
               r->path);
}

static rv_status build(struct rv_cx *cx, struct rv_router *r, const struct rv_route *const *tables)
{
    size_t n = 0, at = 0;
    for (const struct rv_route *const *t = tables; *t != NULL; t++) {
        for (const struct rv_route *e = *t; e->method != NULL; e++)
            n++;
    }
    r->routes = RV_NEW_N(&r->cx, const struct rv_route *, n + 1);
    r->rates = rv_rates_new();
    r->kept = rv_kept_keys_new();
    if (r->routes == NULL || r->rates == NULL || r->kept == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory");
    for (const struct rv_route *const *t = tables; *t != NULL; t++) {
        for (const struct rv_route *e = *t; e->method != NULL; e++) {
            check(e);
            r->routes[at++] = e;
            if (rv_tree_add(&r->cx, &r->root, e) != RV_OK)
                return rv_fail(cx, RV_BUSY, "out of memory");
        }
    }
    r->routes_n = n;
    r->rate_api = (int)rv_config_int(cx->env, "rate.api");
    r->rate_log = (int)rv_config_int(cx->env, "rate.log");
    r->rate_token = (int)rv_config_int(cx->env, "rate.token");
    r->rate_client_failures = (int)rv_config_int(cx->env, "rate.client_failures");
    r->rate_address_failures = (int)rv_config_int(cx->env, "rate.address_failures");
    r->started_at = rv_now(cx->env);
    return RV_OK;
}

rv_status rv_router_new(struct rv_cx *cx, const struct rv_route *const *tables,
                        struct rv_router **ret)
{
    struct rv_router *r = calloc(1, sizeof *r);
    if (r == NULL || rv_cx_init(&r->cx, cx->env, 0) != RV_OK) {
        free(r);
        return rv_fail(cx, RV_BUSY, "out of memory");
    }
    rv_status st = build(cx, r, tables);
    if (st != RV_OK) {
        rv_router_free(r);
        return st;
    }
    *ret = r;
    return RV_OK;
}

void rv_router_free(struct rv_router *r)
{
    if (r == NULL)
        return;
    rv_rates_free(r->rates);
    rv_kept_keys_free(r->kept);
    rv_live_free(r->live);
    rv_cx_done(&r->cx);
    free(r);
}

/* ---- which route ----------------------------------------------------------------------------- */

static rv_status refuse_method(struct rv_exchange *x, const struct rv_node *n)
{
    rv_str allow = RV_STR("");
    for (size_t m = 0; m < RV_M_N; m++) {
        if (n->routes[m] != NULL)
            allow = rv_printf(&x->cx, "%.*s%s%.*s", RV_FMT(allow), allow.n > 0 ? ", " : "",
                              RV_FMT(rv_methods[m]));
    }
    RV_TRY(rv_exchange_set_header(x, "Allow", allow));
    return rv_fail(&x->cx, RV_METHOD, "This path takes %.*s.", RV_FMT(allow));
}

static int64_t body_limit(const struct rv_route *r)
{
    if ((r->flags & RV_ROUTE_IMPORT) != 0)
        return BODY_IMPORT;
    return (r->flags & (RV_ROUTE_SMALL | RV_ROUTE_FORM)) != 0 ? BODY_SMALL : BODY_DEFAULT;
}

/* Puts a struct rv_hit into x->route. */
static rv_status find_route(struct rv_router *r, struct rv_exchange *x)
{
    struct rv_cx *cx = &x->cx;
    rv_str words[RV_SEGMENTS_MAX];
    size_t n;
    RV_TRY(rv_path_split(cx, x->path, words, &n));
    struct rv_hit *h = RV_NEW(cx, struct rv_hit);
    if (h == NULL)
        return RV_BUSY;
    const struct rv_node *node = rv_tree_find(&r->root, words, n, h->rq.params);
    if (node == NULL)
        return rv_fail(cx, RV_NO_ROUTE, "There is no such path here.");
    for (size_t m = 0; m < RV_M_N; m++) {
        if (node->routes[m] != NULL && rv_str_eq(rv_methods[m], x->method))
            h->rq.route = node->routes[m];
    }
    if (h->rq.route == NULL)
        return refuse_method(x, node);
    h->rq.x = x;
    h->router = r;
    x->route = h;
    x->body_max = body_limit(h->rq.route);
    if ((h->rq.route->flags & RV_ROUTE_ENDPOINT) != 0) /* the flow's own limit comes first */
        x->answer_max_ms = rv_config_int(cx->env, "endpoint.timeout") + ENDPOINT_GRACE_MS;
    return RV_OK;
}

static void count(struct rv_router *r, int status)
{
    atomic_fetch_add_explicit(&r->answers[status / 100 < 6 ? status / 100 : 5], 1,
                              memory_order_relaxed);
}

static bool on_head(void *arg, struct rv_exchange *x)
{
    struct rv_router *r = arg;
    rv_status st = find_route(r, x);
    enum rv_envelope e = rv_envelope_of_path(x->path);
    if (st == RV_OK && rv_exchange_header(x, "content-encoding").p != NULL) {
        rv_answer_refusal(x, e, 415, "E0000020",
                          "Content-Encoding is not supported: send the body as it is.");
    } else if (st == RV_OK) {
        return true;
    } else if (st == RV_NO_ROUTE && e == RV_ENV_PAGE && rv_asset_answer(x)) {
        rv_error_clear(&x->cx);
    } else {
        rv_answer_error(x, NULL, e, st);
    }
    count(r, x->status);
    return false;
}

/* ---- serving --------------------------------------------------------------------------------- */

static bool needs_asking(const struct rv_route *r)
{
    return r->action != RV_A_PUBLIC && (r->flags & RV_ROUTE_OWN_CHECK) == 0;
}

static void complete(struct rv_hit *h, rv_status st)
{
    struct rv_exchange *x = h->rq.x;
    struct rv_cx *cx = &x->cx;
    const struct rv_route *r = h->rq.route;
    if (st == RV_OK && needs_asking(r) && !cx->action_asked) {
        rv_log_write(cx, RV_LOG_ERROR, "http.unasked", "%s answered without asking for %s", r->op,
                     rv_action_name(r->action));
        st =
            rv_fail(cx, RV_FORBIDDEN, "You do not have permission to perform the requested action");
    }
    if (st == RV_OK && x->status == 0)
        st = rv_fail(cx, RV_INTERNAL, "%s gave no answer", r->op);
    if ((st == RV_FORBIDDEN || st == RV_NOT_FOUND) && cx->action_refused != 0 &&
        cx->principal != NULL && !x->local)
        rv_event_refused(cx, r->op);
    if (st != RV_OK)
        rv_answer_error(x, r, r->envelope, st);
    if (rv_kept_end(h) != RV_OK)
        rv_answer_error(x, r, r->envelope, rv_error(cx)->status);
    count(h->router, x->status);
}

static rv_status call(struct rv_hit *h, bool *left)
{
    struct rv_cx *cx = rv_req_cx(&h->rq);
    bool replayed;
    RV_TRY(rv_admit(h));
    RV_TRY(rv_rate_count(h));
    RV_TRY(rv_kept_begin(h, &replayed));
    cx->action_declared = (int32_t)h->rq.route->action;
    cx->action_asked = replayed; /* it was asked when the answer was made, for the same principal */
    h->left = left;
    return replayed ? RV_OK : h->rq.route->handler(&h->rq);
}

static void on_request(void *arg, struct rv_exchange *x)
{
    struct rv_hit *h = x->route;
    bool left = false;
    (void)arg;
    rv_status st = call(h, &left);
    if (!left) /* else h may be gone */
        complete(h, st);
}

void rv_req_later(struct rv_req *rq)
{
    struct rv_hit *h = rv_hit_of(rq);
    if (h->kept != NULL)
        RV_BUG("route %s answers later and keeps its answer", rq->route->op);
    *h->left = true;
    rv_exchange_later(rq->x);
}

void rv_req_finish(struct rv_req *rq, rv_status st)
{
    complete(rv_hit_of(rq), st);
    rv_exchange_finish(rq->x);
}

/* ---- doors ----------------------------------------------------------------------------------- */

static void on_refuse(void *arg, struct rv_exchange *x, int status, const char *sentence)
{
    const char *code = status == 400   ? "E0000001"
                       : status == 503 ? "E0000181"
                       : status >= 500 ? "E0000009"
                                       : "E0000020";
    rv_answer_refusal(x, rv_envelope_of_path(x->path), status, code, sentence);
    count(arg, x->status);
}

static void on_local(void *arg, struct rv_exchange *x)
{
    struct rv_router *r = arg;
    rv_status st = find_route(r, x);
    if (st == RV_OK)
        on_request(arg, x);
    else
        rv_answer_error(x, NULL, rv_envelope_of_path(x->path), st);
}

struct rv_http_app rv_router_app(struct rv_router *r)
{
    return (
        struct rv_http_app){ .arg = r, .head = on_head, .handle = on_request, .refuse = on_refuse };
}

struct rv_local rv_router_local(struct rv_router *r)
{
    return (struct rv_local){ .dispatch = on_local, .arg = r };
}

const struct rv_config_key rv_api_config[] = {
    { .name = "rate.api", .kind = RV_CONF_INT, .def = "600", .min = 0, .max = 1000000,
      .help = "Calls a minute that one principal may make to one family of resources; 0: as many as it likes." },
    { .name = "rate.log", .kind = RV_CONF_INT, .def = "120", .min = 0, .max = 1000000,
      .help = "Calls a minute that one principal may make to the System Log; 0: as many as it likes." },
    { .name = "rate.token", .kind = RV_CONF_INT, .def = "60", .min = 0, .max = 1000000,
      .help = "Tokens a minute that one client may ask for; 0: as many as it likes." },
    { .name = "rate.client_failures", .kind = RV_CONF_INT, .def = "10", .min = 0, .max = 1000000,
      .help = "How often a minute one client may fail to authenticate from one address; 0: as often as it likes." },
    { .name = "rate.address_failures", .kind = RV_CONF_INT, .def = "60", .min = 0, .max = 1000000,
      .help = "How often a minute clients may fail to authenticate from one address; 0: as often as they like." },
    { .name = "metrics.token", .kind = RV_CONF_TEXT, .def = "", .secret = true,
      .help = "Who reads /metrics sends this as a Bearer token; empty: only from this machine, without one." },
    { .name = NULL },
};
