/* api/rate.c: how many calls a principal may make in a minute (security.md 10.4, api.md 5).
 *
 * A fixed table of counters in memory, chosen by a hash of principal and resource family; whoever
 * shares a counter with another shares its limit, which happens once in millions. Calls within the
 * process are not counted. */
#include "api/api_int.h"
#include <stdlib.h>

enum { COUNTERS = 4096, MINUTE_MS = 60000 };
struct counter {
    uint64_t who;
    int64_t minute;
    int n;
};
struct rv_rates {
    pthread_mutex_t lock;
    struct counter counters[COUNTERS];
};

struct rv_rates *rv_rates_new(void)
{
    struct rv_rates *r = calloc(1, sizeof *r);
    if (r != NULL)
        (void)pthread_mutex_init(&r->lock, NULL);
    return r;
}

void rv_rates_free(struct rv_rates *r)
{
    if (r == NULL)
        return;
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
}

static uint64_t hash(uint64_t h, rv_str s)
{
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    return h;
}

/* "/reeve/api/v1/runs" of "/reeve/api/v1/runs/{id}/cards": four words of the native root, three of
 * the others. */
static rv_str family(const struct rv_route *r)
{
    rv_str path = rv_str_of(r->path);
    int slashes =
        rv_str_starts(path, RV_STR("/reeve/")) || rv_str_starts(path, RV_STR("/governance/")) ? 5
                                                                                              : 4;
    for (size_t i = 0; i < path.n; i++) {
        if (path.p[i] == '/' && --slashes == 0)
            return rv_str_sub(path, 0, i);
    }
    return path;
}

/* What is left of the limit, -1 when it is used up. */
static int count(struct rv_rates *r, uint64_t who, int64_t minute, int limit)
{
    struct counter *c = &r->counters[who % COUNTERS];
    (void)pthread_mutex_lock(&r->lock);
    if (c->who != who || c->minute != minute)
        *c = (struct counter){ .who = who, .minute = minute };
    int left = c->n < limit ? limit - ++c->n : -1;
    (void)pthread_mutex_unlock(&r->lock);
    return left;
}

static rv_status show(struct rv_hit *h)
{
    struct rv_cx *cx = rv_req_cx(&h->rq);
    struct rv_exchange *x = h->rq.x;
    int left = h->rate_left > 0 ? h->rate_left : 0;
    RV_TRY(rv_exchange_set_header(x, "X-Rate-Limit-Limit", rv_printf(cx, "%d", h->rate_limit)));
    RV_TRY(rv_exchange_set_header(x, "X-Rate-Limit-Remaining", rv_printf(cx, "%d", left)));
    return rv_exchange_set_header(x, "X-Rate-Limit-Reset",
                                  rv_printf(cx, "%" PRId64, h->rate_reset));
}

rv_status rv_rate_count(struct rv_hit *h)
{
    struct rv_cx *cx = rv_req_cx(&h->rq);
    const struct rv_route *r = h->rq.route;
    bool log = r->action == RV_A_LOG_READ;
    h->rate_limit = log ? h->router->rate_log : h->router->rate_api;
    if (h->rq.x->local || cx->principal == NULL || h->rate_limit == 0)
        return RV_OK;
    int64_t now = rv_now(cx->env), minute = now / MINUTE_MS;
    uint64_t who = hash(hash(14695981039346656037u, cx->principal->id), family(r));
    h->rate_reset = (minute + 1) * (MINUTE_MS / 1000);
    h->rate_left = count(h->router->rates, who, minute, h->rate_limit);
    RV_TRY(show(h));
    if (h->rate_left >= 0)
        return RV_OK;
    int64_t wait = h->rate_reset - now / 1000;
    RV_TRY(rv_exchange_set_header(h->rq.x, "Retry-After", rv_printf(cx, "%" PRId64, wait)));
    return rv_fail(cx, RV_RATE, "API call exceeded rate limit due to too many requests.");
}
