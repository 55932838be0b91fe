/* api/rate.c: how many calls a principal may make in a minute, and how often a client may fail to
 * show who it is (security.md 10.4, api.md 5).
 *
 * A fixed table of counters in memory, chosen by a keyed hash of who and what; whoever shares a
 * counter with another shares its limit, which happens once in millions and cannot be arranged.
 * Calls within the process are not counted. The log is told when four fifths of a limit are used
 * and when the first call is turned away, once each in a minute. */
#include "api/api_int.h"
#include <stdlib.h>

enum { COUNTERS = 4096, MINUTE_MS = 60000, WARN_OF_FIVE = 4 };
struct counter {
    uint64_t who;
    int64_t minute;
    int n;
    bool warned, violated;
};
struct rv_rates {
    pthread_mutex_t lock;
    uint64_t salt;
    struct counter counters[COUNTERS];
};

struct rv_rates *rv_rates_new(void)
{
    struct rv_rates *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    (void)pthread_mutex_init(&r->lock, NULL);
    rv_random(&r->salt, sizeof r->salt);
    return r;
}

void rv_rates_free(struct rv_rates *r)
{
    if (r == NULL)
        return;
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
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

/* ---- a count --------------------------------------------------------------------------------- */

struct bucket {
    uint64_t who;
    int64_t minute;
    int limit;
    const char *type; /* of the target that the log names */
    rv_str name;
};

static struct bucket bucket_of(const struct rv_rates *r, const struct rv_cx *cx, const char *what,
                               rv_str who, rv_str name, int limit)
{
    rv_str parts[] = { rv_str_of(what), who, name };
    uint64_t h = RV_HASH_FIRST ^ r->salt;
    for (size_t i = 0; i < RV_LEN(parts); i++) /* a NUL where one part ends: none but the last may hold one */
        h = rv_str_hash(rv_str_hash(h, parts[i]), (rv_str){ "", 1 });
    return (struct bucket){ .who = h ^ h >> 32,
                            .minute = rv_now(cx->env) / MINUTE_MS,
                            .limit = limit,
                            .type = what,
                            .name = name };
}

/* Takes one of the bucket (add), or looks whether there is one. What is left; -1: none was. *ret_tell
 * is the event that is due now, or NULL. */
static int take(struct rv_rates *r, const struct bucket *b, bool add, const char **ret_tell)
{
    struct counter *c = &r->counters[b->who % COUNTERS];
    *ret_tell = NULL;
    (void)pthread_mutex_lock(&r->lock);
    if (c->who != b->who || c->minute != b->minute)
        *c = (struct counter){ .who = b->who, .minute = b->minute };
    int left = c->n < b->limit ? b->limit - c->n - (add ? 1 : 0) : -1; /* before: 1 at least */
    c->n += add && left >= 0 ? 1 : 0;
    if (left < 0 && !c->violated) {
        c->violated = true;
        *ret_tell = "system.org.rate_limit.violation";
    } else if (add && left >= 0 && !c->warned && c->n > b->limit / 5 * WARN_OF_FIVE) {
        c->warned = true;
        *ret_tell = "system.org.rate_limit.warning";
    }
    (void)pthread_mutex_unlock(&r->lock);
    return left;
}

static void tell(struct rv_exchange *x, const struct bucket *b, const char *event)
{
    struct rv_cx *cx = &x->cx;
    const struct rv_principal *p = cx->principal;
    struct rv_principal nobody = { .kind = RV_USER, .peer = x->peer };
    if (event == NULL)
        return;
    cx->principal = p != NULL ? p : &nobody; /* the event names the address at least */
    rv_event_later(cx, event,
                   strcmp(event, "system.org.rate_limit.warning") == 0
                       ? RV_NONE_STR
                       : RV_STR("More calls than the limit of this minute"),
                   (struct rv_target){ .type = b->type, .id = b->name, .name = b->name },
                   rv_printf(cx,
                             "{\"limit\":%d,\"timeUnit\":\"MINUTES\",\"timeSpan\":1,\"resetAt\":"
                             "%" PRId64 "}",
                             b->limit, (b->minute + 1) * (MINUTE_MS / 1000)));
    cx->principal = p;
}

static rv_status show(struct rv_exchange *x, const struct bucket *b, int left)
{
    struct rv_cx *cx = &x->cx;
    int64_t reset = (b->minute + 1) * (MINUTE_MS / 1000);
    RV_TRY(rv_exchange_set_header(x, "X-Rate-Limit-Limit", rv_printf(cx, "%d", b->limit)));
    RV_TRY(rv_exchange_set_header(x, "X-Rate-Limit-Remaining",
                                  rv_printf(cx, "%d", left > 0 ? left : 0)));
    RV_TRY(rv_exchange_set_header(x, "X-Rate-Limit-Reset", rv_printf(cx, "%" PRId64, reset)));
    if (left >= 0)
        return RV_OK;
    int64_t wait = reset - rv_now(cx->env) / 1000;
    return rv_exchange_set_header(x, "Retry-After",
                                  rv_printf(cx, "%" PRId64, wait > 0 ? wait : 1));
}

/* ---- calls of a principal -------------------------------------------------------------------- */

rv_status rv_rate_count(struct rv_hit *h)
{
    struct rv_cx *cx = rv_req_cx(&h->rq);
    const struct rv_route *r = h->rq.route;
    int limit = r->action == RV_A_LOG_READ ? h->router->rate_log : h->router->rate_api;
    const char *event;
    if (h->rq.x->local || cx->principal == NULL || limit == 0)
        return RV_OK;
    struct bucket b = bucket_of(h->router->rates, cx, "URL Pattern", cx->principal->id, family(r),
                                limit);
    int left = take(h->router->rates, &b, true, &event);
    tell(h->rq.x, &b, event);
    RV_TRY(show(h->rq.x, &b, left));
    return left >= 0
               ? RV_OK
               : rv_fail(cx, RV_RATE, "API call exceeded rate limit due to too many requests.");
}

/* ---- clients of the token endpoint ----------------------------------------------------------- */

enum { BY_CLIENT, OF_PAIR, OF_PEER, CLIENT_BUCKETS };
struct clients {
    struct bucket b[CLIENT_BUCKETS];
};

/* What a client may ask for, how often it may fail from one address, and how often anybody may from
 * there. A stranger who fails in a client's name does not use up what the client may ask for. */
static void buckets_of(const struct rv_hit *h, rv_str client, struct clients *ret)
{
    const struct rv_cx *cx = &h->rq.x->cx;
    const struct rv_router *r = h->router;
    rv_str peer = h->rq.x->peer;
    ret->b[BY_CLIENT] =
        bucket_of(r->rates, cx, "PublicClientApp", RV_STR("token"), client, r->rate_token);
    ret->b[OF_PAIR] = bucket_of(r->rates, cx, "PublicClientApp", peer, client,
                                client.n > 0 ? r->rate_client_failures : 0);
    ret->b[OF_PEER] =
        bucket_of(r->rates, cx, "Address", RV_STR("clients"), peer, r->rate_address_failures);
}

rv_status rv_rate_client(struct rv_hit *h, rv_str client, bool token)
{
    static const char *const sentences[CLIENT_BUCKETS] = {
        [BY_CLIENT] = "This client asked for too many tokens in this minute.",
        [OF_PAIR] = "This client failed to authenticate too often in this minute.",
        [OF_PEER] = "Clients of this address failed to authenticate too often in this minute.",
    };
    struct clients c;
    const char *event;
    buckets_of(h, client, &c);
    for (size_t i = token ? 0 : OF_PAIR; i < CLIENT_BUCKETS; i++) {
        if (c.b[i].limit == 0 || take(h->router->rates, &c.b[i], false, &event) >= 0)
            continue;
        tell(h->rq.x, &c.b[i], event);
        RV_TRY(show(h->rq.x, &c.b[i], -1));
        return rv_fail(rv_req_cx(&h->rq), RV_RATE, "%s", sentences[i]);
    }
    return RV_OK;
}

rv_status rv_rate_client_done(struct rv_hit *h, rv_str client, bool token, bool failed)
{
    struct clients c;
    const char *event;
    buckets_of(h, client, &c);
    for (size_t i = 0; i < CLIENT_BUCKETS; i++) {
        if (c.b[i].limit == 0 || !(i == BY_CLIENT ? token : failed))
            continue;
        int left = take(h->router->rates, &c.b[i], true, &event);
        tell(h->rq.x, &c.b[i], event);
        if (i == BY_CLIENT)
            RV_TRY(show(h->rq.x, &c.b[i], left < 0 ? 0 : left));
    }
    return RV_OK;
}
