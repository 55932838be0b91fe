/* store/group.c: the writer thread: group commit and check-points (architecture.md 3).
 *
 * The thread takes all functions that wait at that moment, runs them in one transaction, and pays
 * for one flush. A function that fails is rolled back alone: mostly it has changed nothing yet;
 * else the whole transaction is given up and those before it run again, each inside a savepoint
 * (which is what store.h lets a function expect: a savepoint copies every page that is changed, and
 * that costs more than most functions). The waiters are woken first, then the log is check-pointed
 * on the same connection. A flush that fails ends the process at once: what the disk holds is then
 * unknown, and the next start reads what is really there (security.md 8.5). */
#include "store/store_int.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#ifdef RV_SHRUNKEN
enum { LARGEST_GROUP = 2 };
#else
enum { LARGEST_GROUP = 512 };
#endif
enum { CHECKPOINT_PAGES = 1000, COMPANY_GROUP = 4, COMPANY_NS = 300000, RESERVE_BYTES = 16 << 20 };

struct rv_news *rv_tx_news(struct rv_tx *tx, enum rv_news_kind what)
{
    struct rv_news *n = RV_NEW(tx->cx, struct rv_news);
    if (n == NULL)
        return NULL;
    n->what = what;
    *tx->news_tail = n;
    tx->news_tail = &n->next;
    return n;
}

rv_status rv_tx_announce(struct rv_tx *tx, const char *topic, rv_str key)
{
    struct rv_news *n = rv_tx_news(tx, RV_NEWS_TOPIC);
    if (n == NULL)
        return RV_BUSY;
    n->topic = topic;
    n->key = rv_dup(tx->cx, key);
    return n->key.p == NULL && key.p != NULL ? RV_BUSY : RV_OK;
}

struct rv_cx *rv_tx_cx(struct rv_tx *tx)
{
    return tx->cx;
}

int64_t rv_tx_now(struct rv_tx *tx)
{
    return tx->now;
}

/* ---- one group ------------------------------------------------------------------------------- */

static const char disk_full[] = "the disk is full; nothing was stored. Free some space, Reeve goes on by itself";

/* What a function's transaction told, kept until the group is durable. */
struct told {
    struct rv_news *news;
};

static rv_status call(struct rv_tx *tx, const struct rv_write *w)
{
    rv_status st = w->fn(tx, w->arg);
    return st == RV_OK && w->cx->also != NULL ? w->cx->also(tx, w->cx->also_arg) : st;
}

/* *ret_undo: it failed after it had changed something, and that is still there. */
static rv_status run_one(struct rv_store *s, struct rv_write *w, struct told *told, bool savepoint,
                         bool *ret_undo)
{
    struct rv_tx tx = {
        .cx = w->cx, .store = s, .conn = &s->writer, .now = rv_now(s->env), .write = true
    };
    sqlite3_int64 changes = sqlite3_total_changes64(s->writer.db);
    tx.news_tail = &tx.news;
    *ret_undo = false;
    if (savepoint)
        RV_TRY(rv_conn_step(w->cx, &s->writer, s->writer.savepoint));
    rv_status st = call(&tx, w);
    if (st == RV_OK) {
        told->news = tx.news;
        return savepoint ? rv_conn_step(w->cx, &s->writer, s->writer.release) : RV_OK;
    }
    struct rv_error kept = w->cx->err;
    if (!savepoint)
        *ret_undo = sqlite3_total_changes64(s->writer.db) != changes;
    else if (rv_conn_step(w->cx, &s->writer, s->writer.rollback_to) != RV_OK ||
             rv_conn_step(w->cx, &s->writer, s->writer.release) != RV_OK)
        return w->cx->err.status; /* the whole transaction is gone; the commit will say so */
    w->cx->err = kept;
    return st;
}

static bool is_open(const struct rv_store *s)
{
    return sqlite3_get_autocommit(s->writer.db) == 0;
}

static void give_up(struct rv_store *s)
{
    if (is_open(s))
        (void)sqlite3_exec(s->writer.db, "ROLLBACK", NULL, NULL, NULL); /* SQLite may have done it already */
}

static bool disk_is_full(const struct rv_store *s)
{
    struct statvfs v;
    return statvfs(s->file, &v) == 0 && (uint64_t)v.f_bavail * v.f_frsize < RESERVE_BYTES;
}

/* The commit failed: a full disk is waited out, anything else leaves the state of the disk unknown.
 */
static rv_status commit_failed(struct rv_store *s, struct rv_cx *cx)
{
    bool full = cx->err.status == RV_FULL || disk_is_full(s);
    if (!full) {
        fprintf(stderr,
                "reeve: the database could not be flushed (%s); stopping so that nothing is "
                "acknowledged that is not stored\n",
                cx->err.detail != NULL ? cx->err.detail : "no detail");
        _exit(70);
    }
    s->read_only = true;
    give_up(s);
    return RV_FULL;
}

static rv_status commit(struct rv_store *s, struct rv_cx *cx)
{
    if (sqlite3_get_autocommit(s->writer.db) != 0)
        return RV_FULL; /* SQLite ended the transaction by itself: the disk is full */
    if (rv_conn_step(cx, &s->writer, s->writer.commit) != RV_OK)
        return commit_failed(s, cx);
    s->read_only = false;
    s->flushes++;
    s->groups++;
    return RV_OK;
}

/* Those before `end` that went well run again, in a fresh transaction and each inside a savepoint.
 */
static rv_status again(struct rv_store *s, struct rv_write *list, const struct rv_write *end,
                       struct told *told)
{
    size_t i = 0;
    give_up(s);
    RV_TRY(rv_conn_step(list->cx, &s->writer, s->writer.begin));
    for (struct rv_write *w = list; w != end && is_open(s); w = w->next, i++) {
        bool undo;
        if (w->st != RV_OK)
            continue;
        told[i] = (struct told){ NULL };
        rv_error_clear(w->cx);
        w->st = run_one(s, w, &told[i], true, &undo);
    }
    return RV_OK;
}

/* The functions of the list, in one transaction that stays open. */
static rv_status run_all(struct rv_store *s, struct rv_write *list, struct told *told)
{
    size_t i = 0;
    bool savepoint = false;
    RV_TRY(rv_conn_step(list->cx, &s->writer, s->writer.begin));
    for (struct rv_write *w = list; w != NULL; w = w->next, i++) {
        bool undo = false;
        if (is_open(s))
            w->st = run_one(s, w, &told[i], savepoint, &undo);
        else /* SQLite ended the transaction by itself */
            w->st = rv_fail(w->cx, RV_FULL, "%s", disk_full);
        if (w->st == RV_FULL)
            s->read_only = true;
        if (!undo || !is_open(s))
            continue;
        savepoint = w != list; /* nothing is lost when it was the first */
        RV_TRY(again(s, list, w, told));
    }
    return s->again && s->groups % 2 == 1 && is_open(s) ? again(s, list, NULL, told) : RV_OK;
}

/* Runs the functions of the list and commits them together; fills in each one's status. */
static void run_group(struct rv_store *s, struct rv_write *list, struct told *told)
{
    size_t good = 0;
    rv_status st = run_all(s, list, told);
    for (const struct rv_write *w = list; w != NULL; w = w->next)
        good += w->st == RV_OK;
    if (st == RV_OK && good == 0) {
        give_up(s); /* there is nothing in it */
        return;
    }
    struct rv_cx group = { .env = s->env, .arena = rv_arena_new(0) };
    if (st == RV_OK)
        st = group.arena != NULL ? commit(s, &group) : RV_BUSY;
    rv_arena_free(group.arena);
    if (st == RV_OK)
        s->transactions += good;
    for (struct rv_write *w = list; w != NULL && st != RV_OK; w = w->next) {
        if (w->st == RV_OK)
            w->st =
                rv_fail(w->cx, st, "%s",
                        st == RV_FULL ? disk_full : "the change could not be stored; try again");
    }
}

static void tell(struct rv_store *s, const struct rv_write *list, const struct told *told)
{
    struct rv_news *of_jobs = NULL, **tail = &of_jobs;
    size_t i = 0;
    for (const struct rv_write *w = list; w != NULL; w = w->next, i++) {
        for (struct rv_news *n = w->st == RV_OK ? told[i].news : NULL; n != NULL; n = n->next) {
            if (n->what != RV_NEWS_TOPIC) {
                *tail = n;
                tail = &n->jobs_next;
                continue;
            }
            for (const struct rv_listener *l = s->listeners; l != NULL; l = l->next)
                l->fn(l->arg, n->topic, n->key);
        }
    }
    if (of_jobs != NULL)
        rv_jobs_news(s->jobs, of_jobs);
}

static void checkpoint(struct rv_store *s)
{
    int pages = 0, done = 0;
    (void)sqlite3_wal_checkpoint_v2(s->writer.db, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &done); /* what fails now is done next time */
    s->flushes++;
}

static int note_wal(void *arg, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    *(int *)arg = pages;
    return SQLITE_OK;
}

/* Takes at most a group's worth off the queue; waits for the first one, and for company only while
 * fewer than half of the last group are there. NULL: stopping and empty. */
static struct rv_write *take(struct rv_store *s, size_t last_n, size_t *ret_n)
{
    (void)pthread_mutex_lock(&s->lock);
    while (s->head == NULL && !s->stopping)
        (void)pthread_cond_wait(&s->wake, &s->lock);
    if (last_n >= COMPANY_GROUP && s->queued < last_n / 2 && !s->stopping) {
        (void)pthread_mutex_unlock(&s->lock);
        struct timespec company = { .tv_nsec = COMPANY_NS };
        (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &company, NULL);
        (void)pthread_mutex_lock(&s->lock);
    }
    struct rv_write *list = s->head, **at = &list;
    size_t n = 0;
    while (*at != NULL && n < LARGEST_GROUP) {
        at = &(*at)->next;
        n++;
    }
    s->head = *at;
    *at = NULL;
    s->queued -= n;
    if (s->head == NULL)
        s->tail = &s->head;
    (void)pthread_mutex_unlock(&s->lock);
    *ret_n = n;
    return list;
}

static void *writer(void *arg)
{
    struct rv_store *s = arg;
    rv_thread_is("writer", RV_THREAD_FINISHES);
    static _Thread_local struct told told[LARGEST_GROUP];
    int wal_pages = 0;
    size_t n = 0;
    (void)sqlite3_wal_hook(s->writer.db, note_wal, &wal_pages);
    for (;;) {
        struct rv_write *list = take(s, n, &n);
        if (list == NULL)
            return NULL;
        memset(told, 0, n * sizeof told[0]);
        run_group(s, list, told);
        tell(s, list, told);
        while (list != NULL) {
            struct rv_write *w = list;
            list = w->next; /* done may free w */
            w->done(w, w->st);
        }
        if (wal_pages >= CHECKPOINT_PAGES) {
            checkpoint(s);
            wal_pages = 0;
        }
    }
}

void rv_store_write_async(struct rv_store *s, struct rv_write *w)
{
    w->next = NULL;
    w->st = RV_OK;
    (void)pthread_mutex_lock(&s->lock);
    bool first = s->head == NULL;
    *s->tail = w;
    s->tail = &w->next;
    s->queued++;
    (void)pthread_mutex_unlock(&s->lock);
    if (first)
        (void)pthread_cond_signal(&s->wake); /* outside: the writer wants the lock first of all */
}

struct waiter {
    struct rv_write w;
    sem_t done;
};

static void wake_waiter(struct rv_write *w, rv_status st)
{
    struct waiter *me = (struct waiter *)w; /* its first member */
    (void)st;
    (void)sem_post(&me->done); /* cannot overflow */
}

rv_status rv_store_write(struct rv_cx *cx, rv_tx_fn *fn, void *arg)
{
    struct waiter me = { .w = { .cx = cx, .fn = fn, .arg = arg, .done = wake_waiter } };
    (void)sem_init(&me.done, 0, 0); /* cannot fail */
    rv_store_write_async(cx->env->store, &me.w);
    while (sem_wait(&me.done) != 0) { /* a signal came in between */
    }
    (void)sem_destroy(&me.done);
    return me.w.st;
}

void rv_store_listen(struct rv_store *s, rv_store_listener *fn, void *arg)
{
    struct rv_listener *l = calloc(1, sizeof *l);
    if (l == NULL)
        RV_BUG("out of memory at start");
    (void)pthread_mutex_lock(&s->lock);
    *l = (struct rv_listener){ .next = s->listeners, .fn = fn, .arg = arg };
    s->listeners = l;
    (void)pthread_mutex_unlock(&s->lock);
}

rv_status rv_group_start(struct rv_cx *cx, struct rv_store *s)
{
    s->tail = &s->head;
    if (pthread_create(&s->thread, NULL, writer, s) != 0)
        return rv_fail(cx, RV_BUSY, "the writer thread could not be started: %s", strerror(errno));
    s->running = true;
    return RV_OK;
}

void rv_group_stop(struct rv_store *s)
{
    if (!s->running)
        return;
    (void)pthread_mutex_lock(&s->lock);
    s->stopping = true;
    (void)pthread_cond_signal(&s->wake);
    (void)pthread_mutex_unlock(&s->lock);
    (void)pthread_join(s->thread, NULL);
    s->running = false;
    while (s->listeners != NULL) {
        struct rv_listener *l = s->listeners;
        s->listeners = l->next;
        free(l);
    }
}
