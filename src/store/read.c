/* store/read.c: reads: a pooled read-only connection and one snapshot per call, on the calling thread.
 *
 * The first connection is opened at the start, the others when all open ones are in use for the first time. The lowest free
 * one is taken, so that those that are used have their pages and statements at hand. */
#include "store/store_int.h"

#include <stdlib.h>

rv_status rv_readers_open(struct rv_cx *cx, struct rv_store *s, int n)
{
    s->readers = calloc((size_t)n, sizeof *s->readers);
    s->reader_busy = calloc((size_t)n, sizeof *s->reader_busy);
    if (s->readers == NULL || s->reader_busy == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory");
    s->readers_n = (size_t)n;
    return rv_conn_open(cx, s->file, false, &s->readers[0]);
}

void rv_readers_close(struct rv_store *s)
{
    for (size_t i = 0; i < s->readers_n; i++) {
        if (s->readers[i].db != NULL)
            rv_conn_close(&s->readers[i]);
    }
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

static rv_status read_on(struct rv_cx *cx, struct rv_store *s, struct rv_conn *c, rv_tx_fn *fn, void *arg)
{
    struct rv_tx tx = { .cx = cx, .store = s, .conn = c, .now = rv_now(cx->env) };
    tx.news_tail = &tx.news;
    if (c->db == NULL)
        RV_TRY(rv_conn_open(cx, s->file, false, c));
    RV_TRY(rv_conn_step(cx, c, c->begin));
    rv_status st = fn(&tx, arg);
    struct rv_error kept = cx->err;
    if (rv_conn_step(cx, c, c->commit) != RV_OK && st == RV_OK)
        st = cx->err.status;
    else
        cx->err = kept;
    return st;
}

rv_status rv_store_read(struct rv_cx *cx, rv_tx_fn *fn, void *arg)
{
    struct rv_store *s = cx->env->store;
    size_t i = take(s);
    rv_status st = read_on(cx, s, &s->readers[i], fn, arg);
    give_back(s, i);
    return st;
}
