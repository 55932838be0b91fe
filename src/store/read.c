/* store/read.c: reads: a pooled read-only connection and one snapshot per call, on the calling
 * thread.
 *
 * The snapshot begins with the first statement: a read that finds everything in memory costs
 * nothing.
 *
 * The first connection is opened at the start, the others when all open ones are in use for the
 * first time. The lowest free one is taken, so that those that are used have their pages and
 * statements at hand. */
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

rv_status rv_read_begin(struct rv_tx *tx)
{
    struct rv_store *s = tx->store;
    size_t i = take(s);
    struct rv_conn *c = &s->readers[i];
    rv_status st = c->db == NULL ? rv_conn_open(tx->cx, s->file, false, c) : RV_OK;
    if (st == RV_OK)
        st = rv_conn_step(tx->cx, c, c->begin);
    if (st != RV_OK) {
        give_back(s, i);
        return st;
    }
    tx->conn = c;
    return RV_OK;
}

rv_status rv_store_read(struct rv_cx *cx, rv_tx_fn *fn, void *arg)
{
    struct rv_store *s = cx->env->store;
    struct rv_tx tx = { .cx = cx, .store = s, .now = rv_now(cx->env) };
    tx.news_tail = &tx.news;
    rv_status st = fn(&tx, arg);
    if (tx.conn == NULL)
        return st;
    struct rv_error kept = cx->err;
    if (rv_conn_step(cx, tx.conn, tx.conn->commit) != RV_OK && st == RV_OK)
        st = cx->err.status;
    else
        cx->err = kept;
    give_back(s, (size_t)(tx.conn - s->readers));
    return st;
}
