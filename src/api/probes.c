/* api/probes.c: for those who watch the server: alive, ready, metrics, and a status page for people
 * (security.md 10.2). */
#include "api/pages_int.h"
#include "flows/flows.h"
#include "store/store.h"

static rv_status get_livez(struct rv_req *rq)
{
    return rv_reply_text(rq, 200, "text/plain; charset=utf-8", RV_STR("alive\n"));
}

static bool ready(const struct rv_cx *cx)
{
    struct rv_store_stats s;
    rv_store_stats(cx->env->store, &s);
    return !s.read_only;
}

static rv_status get_readyz(struct rv_req *rq)
{
    bool yes = ready(rv_req_cx(rq));
    return rv_reply_text(rq, yes ? 200 : 503, "text/plain; charset=utf-8",
                         yes ? RV_STR("ready\n") : RV_STR("not ready: the disk is full\n"));
}

/* ---- metrics --------------------------------------------------------------------------------- */

static void metric(struct rv_buf *b, const char *name, const char *type, const char *help,
                   uint64_t value)
{
    rv_buf_printf(b, "# HELP reeve_%s %s\n# TYPE reeve_%s %s\nreeve_%s %" PRIu64 "\n", name, help,
                  name, type, name, value);
}

static void write_answers(struct rv_buf *b, struct rv_router *r)
{
    rv_html_raw(b, "# HELP reeve_http_answers_total Answers by the first digit of their status.\n# "
                   "TYPE reeve_http_answers_total counter\n");
    for (int i = 1; i < 6; i++)
        rv_buf_printf(b, "reeve_http_answers_total{status=\"%dxx\"} %" PRIuFAST64 "\n", i,
                      atomic_load(&r->answers[i]));
}

static bool may_read_metrics(struct rv_req *rq)
{
    rv_str token = rv_config_text(rv_req_cx(rq)->env, "metrics.token"),
           header = rv_exchange_header(rq->x, "authorization");
    if (token.n == 0)
        return rq->x->loopback && (rv_str_eq(rq->x->peer, RV_STR("127.0.0.1")) ||
                                   rv_str_eq(rq->x->peer, RV_STR("::1")));
    return rv_str_starts(header, RV_STR("Bearer ")) &&
           rv_same_secret(rv_str_sub(header, 7, header.n), token);
}

static rv_status get_metrics(struct rv_req *rq)
{
    struct rv_cx *cx = rv_req_cx(rq);
    struct rv_buf *b = &rq->x->buf;
    struct rv_store_stats s;
    struct rv_engine_stats e;
    rv_str text;
    if (!may_read_metrics(rq))
        return rv_fail(
            cx, RV_FORBIDDEN,
            "Metrics are for this machine, or for those who bring the token of metrics.token.");
    rv_store_stats(cx->env->store, &s);
    rv_engine_stats(cx->env->engine, &e);
    rv_buf_clear(b);
    write_answers(b, rv_hit_of(rq)->router);
    metric(b, "store_flushes_total", "counter", "Times the database was flushed to disk.",
           s.flushes);
    metric(b, "store_transactions_total", "counter", "Write transactions.", s.transactions);
    metric(b, "store_bytes", "gauge", "Size of the database.", (uint64_t)s.bytes);
    metric(b, "store_read_only", "gauge", "1 while the disk is full.", s.read_only ? 1 : 0);
    metric(b, "jobs_pending", "gauge", "Jobs that are due or wait for their time.", s.jobs_pending);
    metric(b, "runs_started_total", "counter", "Runs of flows that were started.", e.started);
    metric(b, "runs_ended_total", "counter", "Runs of flows that ended.", e.ended);
    metric(b, "runs_failed_total", "counter", "Runs of flows that failed.", e.failed);
    metric(b, "runs_live", "gauge", "Runs in memory.", e.live);
    metric(b, "process_resident_bytes", "gauge", "Memory of the process.",
           (uint64_t)rv_resident_bytes());
    RV_TRY(rv_buf_str(cx, b, &text));
    return rv_reply_text(rq, 200, "text/plain; version=0.0.4; charset=utf-8", text);
}

/* ---- the page -------------------------------------------------------------------------------- */

static rv_status get_status(struct rv_req *rq)
{
    struct rv_exchange *x = rq->x;
    struct rv_buf *b = &x->buf;
    bool yes = ready(&x->cx);
    rv_page_begin(x, RV_SAY(x, "Status", "Status"), false);
    rv_html_raw(b, yes ? "<p class=\"good\">" : "<p class=\"bad\">");
    rv_html_raw(b, yes ? RV_SAY(x, "Reeve is running.", "Reeve läuft.")
                       : RV_SAY(x,
                                "Reeve can be read, but stores nothing: its disk is full. It goes "
                                "on by itself when there is space.",
                                "Reeve kann gelesen werden, speichert aber nichts: Die Platte ist "
                                "voll. Es macht von selbst weiter, wenn Platz ist."));
    rv_html_raw(b, "</p>\n<p><a href=\"/\">");
    rv_html_raw(b, RV_SAY(x, "To the start page", "Zur Startseite"));
    rv_html_raw(b, "</a></p>\n");
    return rv_page_end(x, yes ? 200 : 503);
}

/* clang-format off */
const struct rv_route rv_routes_probes[] = {
    { "GET", "/livez", "getLivez", RV_A_PUBLIC, RV_ENV_PAGE, RV_ROUTE_OWN_CHECK, NULL, NULL, get_livez, "200 while the process lives." },
    { "GET", "/readyz", "getReadyz", RV_A_PUBLIC, RV_ENV_PAGE, RV_ROUTE_OWN_CHECK, NULL, NULL, get_readyz, "200 while the server takes changes." },
    { "GET", "/metrics", "getMetrics", RV_A_PUBLIC, RV_ENV_PAGE, RV_ROUTE_OWN_CHECK, NULL, NULL, get_metrics, "Counters in the Prometheus text format." },
    { "GET", "/status", "getStatus", RV_A_PUBLIC, RV_ENV_PAGE, RV_ROUTE_OWN_CHECK, NULL, NULL, get_status, "Whether the server runs, for people." },
    { .method = NULL },
};
