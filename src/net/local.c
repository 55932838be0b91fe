/* Calls of the route table within the process (architecture.md 6): the same dispatcher, permission
 * and answers as a request from outside, without a socket. The caller's thread runs the handler,
 * and waits when it finishes later, or leaves the rest to the thread that finishes it. */
#include "net/net_int.h"
#include <stdlib.h>

struct local {
    struct rv_exchange x;
    struct rv_exchange_impl impl;
    pthread_mutex_t lock;
    pthread_cond_t change;
    bool finished;
    struct rv_local_send *send; /* whom nobody waits for */
};

static void complete(struct local *l);

static void finish(struct rv_exchange *x)
{
    struct rv_exchange_impl *impl = x->impl;
    struct local *l = (struct local *)(void *)impl->x; /* x is its first member */
    if (l->send != NULL) {
        complete(l);
        return;
    }
    pthread_mutex_lock(&l->lock);
    l->finished = true;
    pthread_cond_signal(&l->change); /* under the lock: the waiting thread frees both */
    pthread_mutex_unlock(&l->lock);
}

static void lower(char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] - 'A' + 'a');
}

static rv_status copy_headers(struct rv_cx *cx, const struct rv_header *from, size_t n,
                              struct rv_header **ret)
{
    struct rv_header *h = RV_NEW_N(cx, struct rv_header, n + 1);
    if (h == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < n; i++) {
        h[i] = (struct rv_header){ rv_dup(cx, from[i].name), rv_dup(cx, from[i].value) };
        if (h[i].name.p == NULL || (from[i].value.p != NULL && h[i].value.p == NULL))
            return RV_BUSY;
        lower((char *)(uintptr_t)h[i].name.p, h[i].name.n); /* our own fresh copy */
    }
    *ret = h;
    return RV_OK;
}

/* The call's headers, and the content type of a body that does not say its own. */
static rv_status request_headers(struct rv_exchange *x, const struct rv_local_call *call)
{
    struct rv_header *h = NULL;
    RV_TRY(copy_headers(&x->cx, call->headers, call->headers_n, &h));
    x->headers = h;
    x->headers_n = call->headers_n;
    if (call->body.p != NULL && rv_exchange_header(x, "content-type").p == NULL)
        h[x->headers_n++] =
            (struct rv_header){ RV_STR("content-type"), RV_STR("application/json") };
    return RV_OK;
}

static rv_status build(struct rv_cx *cx, struct local *l, const struct rv_local_call *call)
{
    struct rv_exchange *x = &l->x;
    x->magic = RV_MAGIC('X');
    x->impl = &l->impl;
    l->impl = (struct rv_exchange_impl){ .finish = finish, .x = x };
    x->cx.principal = call->as;
    x->cx.log_key = cx->log_key;
    x->cx.log_id = cx->log_id;
    x->cx.deadline_ms = cx->deadline_ms;
    x->local = true;
    x->secure = true;
    x->loopback = true;
    x->peer = RV_STR("127.0.0.1");
    x->received_us = rv_mono_us(cx->env);
    x->body_max = INT64_MAX;
    x->method = call->method;
    const char *q = call->target.n > 0 ? memchr(call->target.p, '?', call->target.n) : NULL;
    x->path =
        rv_str_sub(call->target, 0, q != NULL ? (size_t)(q - call->target.p) : call->target.n);
    x->query = q != NULL ? rv_str_sub(call->target, x->path.n + 1, call->target.n) : RV_NONE_STR;
    x->body = call->body;
    return request_headers(x, call);
}

static rv_status copy_answer(struct rv_cx *cx, const struct rv_exchange *x, struct rv_answer *ret)
{
    struct rv_answer a = { .status = x->status, .headers_n = x->out_headers_n };
    struct rv_header *h = NULL;
    RV_TRY(copy_headers(cx, x->out_headers, x->out_headers_n, &h));
    a.headers = h;
    a.body = rv_dup(cx, x->out);
    if (x->out.p != NULL && a.body.p == NULL)
        return RV_BUSY;
    *ret = a;
    return RV_OK;
}

static rv_status begin(struct rv_cx *cx, struct local *l, const struct rv_local_call *call)
{
    const struct rv_local *local = cx->env->local;
    if (local == NULL || local->dispatch == NULL)
        return rv_fail(cx, RV_STOPPED, "The server is not ready for calls.");
    rv_status st = build(cx, l, call);
    return st == RV_OK ? RV_OK : rv_fail(cx, st, "There is no memory for this call.");
}

static rv_status run(struct rv_cx *cx, struct local *l, const struct rv_local_call *call,
                     struct rv_answer *ret)
{
    RV_TRY(begin(cx, l, call));
    if (rv_exchange_run(&l->x, cx->env->local->dispatch, cx->env->local->arg)) {
        pthread_mutex_lock(&l->lock);
        while (!l->finished)
            pthread_cond_wait(&l->change, &l->lock);
        pthread_mutex_unlock(&l->lock);
    }
    return copy_answer(cx, &l->x, ret);
}

static rv_status init(struct rv_cx *cx, struct local *l)
{
    *l = (struct local){ .finished = false };
    rv_status st = rv_cx_init(&l->x.cx, cx->env, 0);
    if (st != RV_OK)
        return rv_fail(cx, st, "There is no memory for this call.");
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->change, NULL);
    rv_buf_init(&l->x.buf, (size_t)64 * 1024 * 1024);
    return RV_OK;
}

static void done(struct local *l)
{
    rv_buf_done(&l->x.buf);
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->change);
    rv_cx_done(&l->x.cx);
}

rv_status rv_local_call(struct rv_cx *cx, const struct rv_local_call *call, struct rv_answer *ret)
{
    struct local l;
    RV_TRY(init(cx, &l));
    rv_status st = run(cx, &l, call, ret);
    done(&l);
    return st;
}

static void complete(struct local *l)
{
    struct rv_local_send *s = l->send;
    s->st = copy_answer(s->cx, &l->x, &s->answer);
    done(l);
    free(l);
    s->done(s);
}

static void run_sent(void *arg)
{
    struct local *l = arg;
    const struct rv_local *local = l->send->cx->env->local;
    if (!rv_exchange_run(&l->x, local->dispatch, local->arg)) /* else l may be gone */
        complete(l);
}

static void start_one(struct rv_local_send *s, struct rv_server *pool)
{
    struct rv_cx *cx = s->cx;
    struct local *l = malloc(sizeof *l);
    s->st = l != NULL ? init(cx, l) : rv_fail(cx, RV_BUSY, "There is no memory for this call.");
    if (s->st != RV_OK) {
        free(l);
        s->done(s);
        return;
    }
    s->st = begin(cx, l, &s->call);
    l->send = s;
    if (s->st == RV_OK && pool != NULL && rv_server_run(pool, run_sent, l) != RV_OK)
        s->st = rv_fail(cx, RV_BUSY, "Too many calls are waiting; try again in a moment.");
    if (s->st != RV_OK) {
        done(l);
        free(l);
        s->done(s);
    } else if (pool == NULL) {
        run_sent(l);
    }
}

void rv_local_start(struct rv_local_send *s)
{
    start_one(s, NULL);
}

void rv_local_post(struct rv_local_send *s)
{
    start_one(s, s->cx->env->server);
}
