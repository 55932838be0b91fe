/* api/live.c: GET /live, one stream of server-sent events for each open browser (web.md 2, "Live").
 *
 * The store's writer tells what changed; it goes into a ring of the last thousand and wakes one
 * thread, which passes each change on to the streams whose person may see the thing, a few at a
 * time. An event carries an id and nothing else: what changed is read through the API. A client
 * that comes back with Last-Event-ID gets what it missed, or, when that is no longer known, is told
 * to read everything again. Streams end after some minutes and are opened again by the browser: so
 * a session that ended is noticed. One person has 32 at most. */
#include "api/api_int.h"
#include "flows/flows.h"
#include "requests/requests.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RING = 1024, KEY_MAX = 64, BATCH_MS = 40, LIFE_MS = 10 * 60 * 1000, STREAMS_OF_ONE = 32 };

enum topic { T_REQUEST, T_TASK, T_RUN, T_SYNC, T_MAIL, T_N };
static const char *const topics[T_N] = { "request", "task", "run", "sync", "mail" };

struct event {
    enum topic topic;
    char key[KEY_MAX];
};
struct client {
    struct rv_stream *stream;
    char person[KEY_MAX];
    bool app;
    uint64_t next; /* number of the first event not sent */
    int64_t until_us;
    atomic_bool gone; /* its person has opened too many newer ones */
    struct client *link;
};
struct rv_live {
    struct rv_env *env;
    pthread_t thread;
    bool started;
    char boot[16]; /* tells the numbers of this process from those of an earlier one */
    pthread_mutex_t lock; /* what follows */
    pthread_cond_t wake;
    bool stop;
    struct event ring[RING];
    uint64_t n; /* events ever; the last RING are in the ring */
    struct client *clients; /* only the thread takes any out */
};

/* ---- what the store tells -------------------------------------------------------------------- */

static void told(void *arg, const char *topic, rv_str key)
{
    struct rv_live *l = arg;
    int t = 0;
    while (t < T_N && strcmp(topics[t], topic) != 0)
        t++;
    if (t == T_N || key.n >= KEY_MAX)
        return;
    (void)pthread_mutex_lock(&l->lock);
    struct event *e = &l->ring[l->n % RING];
    e->topic = (enum topic)t;
    memcpy(e->key, key.p, key.n);
    e->key[key.n] = '\0';
    l->n++;
    if (l->clients != NULL)
        (void)pthread_cond_signal(&l->wake);
    (void)pthread_mutex_unlock(&l->lock);
}

/* ---- who may see it -------------------------------------------------------------------------- */

static rv_status look_at_request(struct rv_cx *cx, rv_str id)
{
    bool yes;
    RV_TRY(rv_request_visible(cx, id, &yes));
    return yes ? RV_OK : RV_NOT_FOUND;
}

/* Asks the judge the way a read of the thing would. */
static rv_status look(struct rv_cx *cx, const struct event *e, struct rv_buf *b)
{
    struct rv_jw w;
    rv_str key = rv_str_of(e->key);
    rv_buf_clear(b);
    rv_jw_init(&w, b);
    switch (e->topic) {
    case T_REQUEST:
    case T_TASK: return look_at_request(cx, key);
    case T_RUN: return rv_run_get(cx, key, &w);
    case T_SYNC: return rv_authz(cx, NULL, RV_A_RESOURCE_MANAGE, RV_NO_OBJECT);
    case T_MAIL: return rv_authz(cx, NULL, RV_A_MAIL, RV_NO_OBJECT);
    case T_N: break;
    }
    return RV_NOT_FOUND;
}

static bool repeated(const struct event *batch, size_t i, size_t n)
{
    for (size_t k = i + 1; k < n; k++) {
        if (batch[k].topic == batch[i].topic && strcmp(batch[k].key, batch[i].key) == 0)
            return true; /* the later one tells it */
    }
    return false;
}

static bool send(struct rv_live *l, struct client *c, const struct event *e, uint64_t number)
{
    char text[256];
    int n = snprintf(text, sizeof text,
                     "id: %s-%" PRIu64 "\nevent: %s\ndata: {\"topic\":\"%s\",\"id\":\"%s\"}\n\n",
                     l->boot, number, topics[e->topic], topics[e->topic], e->key);
    return n > 0 && (size_t)n < sizeof text &&
           rv_stream_send(c->stream, (rv_str){ text, (size_t)n });
}

/* It missed too much: one event of each topic without an id. */
static bool send_all_topics(struct rv_live *l, struct client *c, uint64_t number)
{
    bool open = true;
    for (int t = 0; t < T_N && open; t++)
        open = send(l, c, &(struct event){ .topic = (enum topic)t }, number);
    return open;
}

static bool pass_on(struct rv_live *l, struct client *c, struct rv_cx *cx, struct rv_buf *scratch,
                    const struct event *batch, uint64_t first, size_t n)
{
    size_t at = c->next > first ? (size_t)(c->next - first) : 0;
    if (c->next < first && !send_all_topics(l, c, first))
        return false;
    for (; at < n; at++) {
        if (repeated(batch, at, n))
            continue;
        rv_status st = look(cx, &batch[at], scratch);
        rv_error_clear(cx);
        if (st == RV_OK && !send(l, c, &batch[at], first + at + 1))
            return false;
    }
    c->next = first + n;
    return rv_stream_is_open(c->stream);
}

/* The client's rights are read anew for each batch. False: the stream is over. */
static bool serve_client(struct rv_live *l, struct client *c, const struct event *batch,
                         uint64_t first, size_t n)
{
    struct rv_cx cx;
    struct rv_buf scratch;
    bool open = false;
    if (atomic_load(&c->gone) || !rv_stream_is_open(c->stream) ||
        rv_mono_us(l->env) > c->until_us || rv_cx_init(&cx, l->env, 0) != RV_OK)
        return false;
    rv_buf_init(&scratch, (size_t)8 << 20);
    rv_status st = c->app ? rv_principal_access_requests(&cx, &cx.principal)
                          : rv_principal_of_user(&cx, rv_str_of(c->person), &cx.principal);
    if (st == RV_OK)
        open = pass_on(l, c, &cx, &scratch, batch, first, n);
    rv_buf_done(&scratch);
    rv_cx_done(&cx);
    return open;
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void drop(struct rv_live *l, struct client *c)
{
    (void)pthread_mutex_lock(&l->lock);
    struct client **at = &l->clients;
    while (*at != c)
        at = &(*at)->link;
    *at = c->link;
    (void)pthread_mutex_unlock(&l->lock);
    rv_stream_close(c->stream);
    free(c);
}

static bool anybody_behind(const struct rv_live *l)
{
    for (const struct client *c = l->clients; c != NULL; c = c->link) {
        if (c->next < l->n || atomic_load(&c->gone))
            return true;
    }
    return false;
}

/* Caller holds the lock. Copies what some client has not got; gives how many, from *ret_first on.
 */
static size_t take(struct rv_live *l, struct event *batch, uint64_t *ret_first)
{
    uint64_t oldest = l->n > RING ? l->n - RING : 0, first = l->n;
    for (const struct client *c = l->clients; c != NULL; c = c->link)
        first = c->next < first ? c->next : first;
    first = first < oldest ? oldest : first;
    for (uint64_t i = first; i < l->n; i++)
        batch[i - first] = l->ring[i % RING];
    *ret_first = first;
    return (size_t)(l->n - first);
}

static void *run(void *arg)
{
    struct rv_live *l = arg;
    rv_thread_is("live", RV_THREAD_FINISHES);
    static struct event batch[RING]; /* there is one thread */
    (void)pthread_mutex_lock(&l->lock);
    while (!l->stop) {
        if (!anybody_behind(l)) {
            (void)pthread_cond_wait(&l->wake, &l->lock);
            continue;
        }
        uint64_t first;
        size_t n = take(l, batch, &first);
        struct client *c = l->clients;
        (void)pthread_mutex_unlock(&l->lock);
        while (c != NULL) {
            struct client *next = c->link;
            if (!serve_client(l, c, batch, first, n))
                drop(l, c);
            c = next;
        }
        struct timespec company = { .tv_nsec = BATCH_MS * 1000000L }; /* what comes meanwhile goes out together */
        (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &company, NULL);
        (void)pthread_mutex_lock(&l->lock);
    }
    (void)pthread_mutex_unlock(&l->lock);
    return NULL;
}

rv_status rv_live_start(struct rv_cx *cx, struct rv_router *r)
{
    struct rv_live *l = calloc(1, sizeof *l);
    uint32_t boot;
    if (l == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory");
    rv_random(&boot, sizeof boot);
    (void)snprintf(l->boot, sizeof l->boot, "%08" PRIx32, boot);
    l->env = cx->env;
    (void)pthread_mutex_init(&l->lock, NULL);
    (void)pthread_cond_init(&l->wake, NULL);
    r->live = l;
    l->started = pthread_create(&l->thread, NULL, run, l) == 0;
    if (!l->started)
        return rv_fail(cx, RV_BUSY, "a thread could not be started");
    rv_store_listen(cx->env->store, told, l);
    return RV_OK;
}

void rv_live_stop(struct rv_router *r)
{
    struct rv_live *l = r != NULL ? r->live : NULL;
    if (l == NULL || !l->started)
        return;
    (void)pthread_mutex_lock(&l->lock);
    l->stop = true;
    (void)pthread_cond_signal(&l->wake);
    (void)pthread_mutex_unlock(&l->lock);
    (void)pthread_join(l->thread, NULL);
    l->started = false;
    while (l->clients != NULL)
        drop(l, l->clients);
}

void rv_live_free(struct rv_live *l)
{
    if (l == NULL)
        return;
    (void)pthread_cond_destroy(&l->wake);
    (void)pthread_mutex_destroy(&l->lock);
    free(l);
}

/* ---- the route ------------------------------------------------------------------------------- */

/* The number in "boot-number" when it is of this process; *ret stays otherwise. */
static bool number_of(const struct rv_live *l, rv_str id, uint64_t *ret)
{
    rv_str boot;
    int64_t n;
    if (!rv_str_split(&id, '-', &boot) || !rv_str_eq(boot, rv_str_of(l->boot)) ||
        !rv_str_to_int(id, &n) || n < 0)
        return false;
    *ret = (uint64_t)n;
    return true;
}

/* Caller holds the lock. A page that is loaded again leaves a stream behind until the next event or
 * ping: whoever has many loses the oldest, so that nobody uses up the connections of an address.
 * The list starts with the newest. */
static void make_room(struct rv_live *l, const struct client *c)
{
    struct client *oldest = NULL;
    size_t n = 0;
    for (struct client *o = l->clients; o != NULL; o = o->link) {
        if (strcmp(o->person, c->person) != 0 || atomic_load(&o->gone))
            continue;
        oldest = o;
        n++;
    }
    if (n >= STREAMS_OF_ONE)
        atomic_store(&oldest->gone, true);
}

static void add(struct rv_live *l, struct client *c, rv_str last_id)
{
    (void)pthread_mutex_lock(&l->lock);
    make_room(l, c);
    c->next = l->n;
    if (last_id.n > 0 && (!number_of(l, last_id, &c->next) || c->next > l->n))
        c->next = 0;
    bool unknown = last_id.n > 0 && c->next == 0;
    c->link = l->clients;
    l->clients = c;
    if (unknown)
        (void)send_all_topics(l, c, l->n); /* a stream that is over already is dropped at the next event */
    if (unknown)
        c->next = l->n;
    (void)pthread_cond_signal(&l->wake);
    (void)pthread_mutex_unlock(&l->lock);
}

static rv_status get_live(struct rv_req *rq)
{
    struct rv_exchange *x = rq->x;
    struct rv_cx *cx = &x->cx;
    struct rv_live *l = rv_hit_of(rq)->router->live;
    RV_TRY(rv_authz(cx, NULL, RV_A_LIVE, RV_NO_OBJECT));
    if (l == NULL || cx->principal->id.n >= KEY_MAX)
        return rv_fail(cx, RV_STOPPED, "Live events are not running.");
    struct client *c = calloc(1, sizeof *c);
    if (c == NULL)
        return rv_fail(cx, RV_BUSY, "There is no memory for another stream; try again.");
    memcpy(c->person, cx->principal->id.p, cx->principal->id.n);
    c->app = cx->principal->kind == RV_APP;
    c->until_us = rv_mono_us(cx->env) + (int64_t)LIFE_MS * 1000;
    rv_status st = rv_reply_text(rq, 200, "text/event-stream", RV_NONE_STR);
    if (st == RV_OK)
        st = rv_exchange_stream(x, &c->stream);
    if (st != RV_OK) {
        free(c);
        return st;
    }
    (void)rv_stream_send(c->stream, RV_STR("retry: 2000\n\n")); /* a client that left is found at the next event */
    add(l, c, rv_exchange_header(x, "last-event-id"));
    return RV_OK;
}

const struct rv_route rv_routes_live[] = {
    { "GET", "/reeve/api/v1/live", "getLive", RV_A_LIVE, RV_ENV_NATIVE, 0, NULL, NULL, get_live, "Server-sent events: what changed, of what the caller may see." },
    { .method = NULL },
};
