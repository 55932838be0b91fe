/* store/read.c: reads: a pooled read-only connection and one snapshot per call, on the calling thread. */
#include "store/store_int.h"

#include <stdlib.h>

rv_status rv_readers_open(struct rv_cx *cx, struct rv_store *s, int n)
{
    s->readers = calloc((size_t)n, sizeof *s->readers);
    s->reader_busy = calloc((size_t)n, sizeof *s->reader_busy);
    if (s->readers == NULL || s->reader_busy == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory");
    for (int i = 0; i < n; i++) {
        RV_TRY(rv_conn_open(cx, s->file, false, &s->readers[i]));
        s->readers_n++;
    }
    return RV_OK;
}

void rv_readers_close(struct rv_store *s)
{
    for (size_t i = 0; i < s->readers_n; i++)
        rv_conn_close(&s->readers[i]);
    free(s->readers);
    free(s->reader_busy);
    s->readers = NULL;
    s->reader_busy = NULL;
    s->readers_n = 0;
}

static size_t take(struct rv_store *s)
{
    size_t i = 0;
    (void)pthread_mutex_lock(&s->readers_lock);
    while (s->readers_used == s->readers_n)
        (void)pthread_cond_wait(&s->reader_free, &s->readers_lock);
    while (s->reader_busy[i])
        i++;
    s->reader_busy[i] = true;
    s->readers_used++;
    (void)pthread_mutex_unlock(&s->readers_lock);
    return i;
}

static void give_back(struct rv_store *s, size_t i)
{
    (void)pthread_mutex_lock(&s->readers_lock);
    s->reader_busy[i] = false;
    s->readers_used--;
    (void)pthread_cond_signal(&s->reader_free);
    (void)pthread_mutex_unlock(&s->readers_lock);
}

rv_status rv_store_read(struct rv_cx *cx, rv_tx_fn *fn, void *arg)
{
    struct rv_store *s = cx->env->store;
    size_t i = take(s);
    struct rv_conn *c = &s->readers[i];
    struct rv_tx tx = { .cx = cx, .store = s, .conn = c, .now = rv_now(cx->env) };
    tx.news_tail = &tx.news;
    rv_status st = rv_conn_step(cx, c, c->begin);
    if (st == RV_OK) {
        st = fn(&tx, arg);
        struct rv_error kept = cx->err;
        if (rv_conn_step(cx, c, c->commit) != RV_OK && st == RV_OK)
            st = cx->err.status;
        else
            cx->err = kept;
    }
    give_back(s, i);
    return st;
}
