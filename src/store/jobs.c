/* store/jobs.c: the job queue: rows of `job`, a heap of what is due, claims in memory
 * (architecture.md 4).
 *
 * One node: the commit itself tells of new rows, so nothing polls. At start every row is read once.
 * A job is claimed in memory only; after a crash its row is still there and it runs again. A kind
 * that no table knows stays in the database until a version that knows it starts. Kinds that wait
 * for others share half of the workers, and stand in line for them, so that a server that hangs
 * holds up nothing but its own. A new job that is due keeps its content in memory for the worker
 * that takes it, as long as few wait. */
#include "store/store_int.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum { Q_ADD, Q_SOONER, Q_FIND_KEY, Q_FIND_PAYLOAD, Q_OF_KIND, Q_KIND, Q_END, Q_END_UNASKED, Q_MOVE, Q_RETRY, Q_ALL, Q_ONE, Q_N };
static const struct rv_sql job_sql[Q_N] = {
#define INSERT_JOB "INSERT INTO job(kind, key, due_at, payload) VALUES(:kind, :key, :due_at, :payload) ON CONFLICT(kind, key) WHERE key IS NOT NULL DO NOTHING"
    [Q_ADD] = { .name = "job_add",
                .text = INSERT_JOB,
                .pg = INSERT_JOB " RETURNING id",
                .in = "kind:text key:text due_at:time payload:text" },
    /* attempt 0 and below: asked for again; whoever works on it finds another number when it wants
       to end it. */
    [Q_SOONER] = { .name = "job_sooner",
                   .text =
                       "UPDATE job SET due_at = CASE WHEN due_at > :due_at THEN :due_at ELSE "
                       "due_at END, "
                       "attempt = CASE WHEN attempt > 0 THEN 0 ELSE attempt - 1 END WHERE id = :id",
                   .in = "due_at:time id:int" },
    [Q_FIND_KEY] = { .name = "job_find_key",
                     .text =
                         "SELECT id FROM job WHERE kind = :kind AND key = :key AND key IS NOT NULL",
                     .in = "kind:text key:text",
                     .out = "id:int" },
    [Q_FIND_PAYLOAD] = { .name = "job_find_payload",
                         .text = "SELECT id FROM job WHERE kind = :kind AND payload = :payload "
                                 "ORDER BY id LIMIT 1",
                         .in = "kind:text payload:text",
                         .out = "id:int" },
    [Q_OF_KIND] = { .name = "job_of_kind",
                    .text = "SELECT id FROM job WHERE kind = :kind ORDER BY id",
                    .in = "kind:text",
                    .out = "id:int" },
    [Q_KIND] = { .name = "job_kind",
                 .text = "SELECT kind FROM job WHERE id = :id",
                 .in = "id:int",
                 .out = "kind:text" },
    [Q_END] = { .name = "job_end", .text = "DELETE FROM job WHERE id = :id", .in = "id:int" },
    [Q_MOVE] = { .name = "job_reschedule",
                 .text = "UPDATE job SET due_at = :due_at, payload = :payload WHERE id = :id",
                 .in = "due_at:time payload:text id:int" },
    [Q_END_UNASKED] = { .name = "job_end_unasked",
                        .text = "DELETE FROM job WHERE id = :id AND attempt = :attempt",
                        .in = "id:int attempt:int" },
    [Q_RETRY] = { .name = "job_retry",
                  .text = "UPDATE job SET due_at = :due_at, attempt = :attempt WHERE id = :id AND "
                          "attempt = :was",
                  .in = "due_at:time attempt:int id:int was:int" },
    [Q_ALL] = { .name = "job_all",
                .text = "SELECT id, due_at FROM job ORDER BY id",
                .out = "id:int due_at:time" },
    [Q_ONE] = { .name = "job_one",
                .text = "SELECT kind, key, due_at, attempt, payload FROM job WHERE id = :id",
                .in = "id:int",
                .out = "kind:text key:text due_at:time attempt:int payload:text" },
};
RV_SQL_MODULE(job, job_sql);

struct due {
    int64_t at, id;
};
/* A job in hand, in a table of open addressing by id (0: free). */
struct claim {
    int64_t id, due_at;
    bool ended, moved; /* while it was in hand: its row went away, it got a new due time */
    bool later; /* no worker comes back for it */
};
/* A new job with its content, in the order they came. */
struct ready {
    struct rv_job job;
    bool stale; /* its row has changed since */
    struct ready *next;
    char text[];
};
struct rv_jobs {
    const struct rv_job_kind *const *tables;
    struct rv_env *env;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct due *heap; /* earliest first; what has gone or moved is noticed when it comes up */
    size_t heap_n, heap_size;
    struct ready *ready, **ready_tail;
    size_t ready_n;
    struct claim *claims;
    size_t claims_n, claims_size;
    int64_t *line; /* slow jobs that wait for a worker, from line_at on */
    size_t line_at, line_n, line_size;
    int slow; /* workers that are at slow jobs */
    pthread_t *threads;
    int workers, started, idle, timed; /* timed: of the idle ones, those that wake up for the first of the heap */
    unsigned epoch; /* counts the firsts of the heap that came in between */
    bool stopping, waking; /* waking: one was told and is not there yet */
};
enum worked { OVER /* or a due time was set */, AGAIN /* nothing could be done or written down */, DISPATCHED /* somebody else has it now */, IN_LINE };
enum { AGAIN_MS = 5000, READY_MAX = 64 };

/* ---- heap and claims: all under the lock ----------------------------------------------------- */

static bool earlier(const struct due *a, const struct due *b)
{
    return a->at != b->at ? a->at < b->at : a->id < b->id;
}

static void push(struct rv_jobs *j, int64_t id, int64_t at)
{
    if (j->heap_n == j->heap_size) {
        size_t size = j->heap_size == 0 ? 64 : j->heap_size * 2;
        struct due *heap = realloc(j->heap, size * sizeof *heap);
        if (heap == NULL)
            RV_BUG("out of memory for the list of jobs"); /* the rows are safe: the next start reads them */
        j->heap = heap;
        j->heap_size = size;
    }
    size_t i = j->heap_n++;
    struct due d = { at, id };
    while (i > 0 && earlier(&d, &j->heap[(i - 1) / 2])) {
        j->heap[i] = j->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    j->heap[i] = d;
    if (i == 0) { /* nobody waits for this one yet */
        j->timed = 0;
        j->epoch++;
    }
}

static struct due pop(struct rv_jobs *j)
{
    struct due first = j->heap[0], last = j->heap[--j->heap_n];
    size_t i = 0, n = j->heap_n;
    while (i * 2 + 1 < n) {
        size_t child = i * 2 + 1;
        if (child + 1 < n && earlier(&j->heap[child + 1], &j->heap[child]))
            child++;
        if (!earlier(&j->heap[child], &last))
            break;
        j->heap[i] = j->heap[child];
        i = child;
    }
    if (n > 0)
        j->heap[i] = last;
    return first;
}

static size_t home(const struct rv_jobs *j, int64_t id)
{
    return (size_t)((uint64_t)id * 0x9e3779b97f4a7c15u >> 32) & (j->claims_size - 1);
}

static struct claim *place(const struct rv_jobs *j, int64_t id)
{
    size_t i = home(j, id);
    while (j->claims[i].id != 0 && j->claims[i].id != id)
        i = (i + 1) & (j->claims_size - 1);
    return &j->claims[i];
}

static struct claim *claimed(const struct rv_jobs *j, int64_t id)
{
    struct claim *c = j->claims_size > 0 ? place(j, id) : NULL;
    return c != NULL && c->id == id ? c : NULL;
}

static struct claim *claim(struct rv_jobs *j, int64_t id)
{
    if (j->claims_n * 2 >= j->claims_size) {
        struct rv_jobs larger = { .claims_size = j->claims_size == 0 ? 64 : j->claims_size * 2 };
        larger.claims = calloc(larger.claims_size, sizeof *larger.claims);
        if (larger.claims == NULL)
            RV_BUG("out of memory for the list of jobs");
        for (size_t i = 0; i < j->claims_size; i++) {
            if (j->claims[i].id != 0)
                *place(&larger, j->claims[i].id) = j->claims[i];
        }
        free(j->claims);
        j->claims = larger.claims;
        j->claims_size = larger.claims_size;
    }
    struct claim *c = place(j, id);
    *c = (struct claim){ .id = id };
    j->claims_n++;
    return c;
}

/* Open addressing without tombstones: what stands behind moves up where it may. */
static void drop_claim(struct rv_jobs *j, struct claim *c)
{
    size_t hole = (size_t)(c - j->claims), mask = j->claims_size - 1;
    for (size_t i = (hole + 1) & mask; j->claims[i].id != 0; i = (i + 1) & mask) {
        size_t want = home(j, j->claims[i].id);
        if (((i - want) & mask) >= ((i - hole) & mask)) {
            j->claims[hole] = j->claims[i];
            hole = i;
        }
    }
    j->claims[hole].id = 0;
    j->claims_n--;
}

/* ---- waking workers -------------------------------------------------------------------------- */

static int slow_max(const struct rv_jobs *j)
{
    return j->workers > 2 ? j->workers / 2 : 1;
}

static bool is_due(const struct rv_jobs *j)
{
    return j->ready != NULL || (j->line_at < j->line_n && j->slow < slow_max(j)) ||
           (j->heap_n > 0 && j->heap[0].at <= rv_now(j->env));
}

/* One worker is woken at a time; when there is more to do it wakes the next. Somebody always waits
 * for the first of the heap. A worker that wakes up needs the lock, so it is told when the lock was
 * given back. */
static void unlock_and_wake(struct rv_jobs *j)
{
    bool wake = j->idle > 0 && !j->waking && ((j->heap_n > 0 && j->timed == 0) || is_due(j));
    j->waking = j->waking || wake;
    (void)pthread_mutex_unlock(&j->lock);
    if (wake)
        (void)pthread_cond_signal(&j->wake);
}

/* ---- news of the writer ---------------------------------------------------------------------- */

static const struct rv_job_kind *find_kind(const struct rv_jobs *j, rv_str name)
{
    for (const struct rv_job_kind *const *t = j->tables; t != NULL && *t != NULL; t++) {
        for (const struct rv_job_kind *k = *t; k->name != NULL; k++) {
            if (rv_str_eq(name, rv_str_of(k->name)))
                return k;
        }
    }
    return NULL;
}

static rv_str put(char **at, rv_str s)
{
    rv_str copy = { *at, s.n };
    if (s.p == NULL)
        return RV_NONE_STR;
    memcpy(*at, s.p, s.n);
    *at += s.n;
    return copy;
}

/* Under the lock. False: it goes into the heap. */
static bool keep_ready(struct rv_jobs *j, const struct rv_job *job, const struct rv_job_kind *k)
{
    struct ready *r = j->ready_n < READY_MAX && !k->slow
                          ? malloc(sizeof *r + job->kind.n + job->key.n + job->payload.n)
                          : NULL;
    if (r == NULL)
        return false;
    char *at = r->text;
    r->job = (struct rv_job){ .id = job->id,
                              .kind = put(&at, job->kind),
                              .key = put(&at, job->key),
                              .due_at = job->due_at,
                              .attempt = 1,
                              .payload = put(&at, job->payload) };
    r->stale = false;
    r->next = NULL;
    *j->ready_tail = r;
    j->ready_tail = &r->next;
    j->ready_n++;
    return true;
}

/* Under the lock: what is said of a job's row later makes the content of before worthless. */
static bool spoil_ready(const struct rv_jobs *j, int64_t id)
{
    struct ready *r = j->ready;
    while (r != NULL && r->job.id != id)
        r = r->next;
    if (r != NULL)
        r->stale = true;
    return r != NULL;
}

/* Under the lock: a claim that somebody holds hears of it. */
static void tell_claim(struct rv_jobs *j, struct claim *c, const struct rv_news *n,
                       const struct rv_job_kind *k)
{
    if (n->what != RV_NEWS_JOB_END) {
        /* The database gives the number of a row that is gone to the next one, while a worker still
         * holds the old job. */
        if (n->what == RV_NEWS_JOB_ADD)
            c->ended = false;
        c->moved = true;
        c->due_at = n->job.due_at;
    } else if (c->later || (k != NULL && k->dispatch != NULL)) {
        drop_claim(j, c); /* a dispatched job has no worker that comes back for it */
    } else {
        c->ended = true;
    }
}

static bool needs_no_worker(const struct rv_job_kind *k, const struct rv_news *n)
{
    return k->dispatch != NULL || (k->at_once != NULL && n->job.memo.p != NULL);
}

/* Under the lock. What goes to nobody's worker is claimed and put before *hand, for the time
 * without the lock. */
static void take_news(struct rv_jobs *j, struct rv_news *n, struct rv_news **hand)
{
    const struct rv_job_kind *k = n->what == RV_NEWS_JOB_DUE ? NULL : find_kind(j, n->job.kind);
    bool known = spoil_ready(j, n->job.id), fresh = n->is_new && k != NULL && j->started > 0 &&
                                                    !j->stopping && n->job.due_at <= rv_now(j->env);
    struct claim *c = claimed(j, n->job.id);
    for (struct rv_news *h = *hand; h != NULL; h = h->jobs_next) { /* the same group may know better already */
        if (h->job.id != n->job.id || h->what == RV_NEWS_JOB_END)
            continue;
        h->is_new = false;
        h->what = n->what == RV_NEWS_JOB_END ? RV_NEWS_JOB_END : h->what; /* its number may be given again */
    }
    if (c != NULL) {
        tell_claim(j, c, n, k);
    } else if (fresh && needs_no_worker(k, n)) {
        claim(j, n->job.id)->later = k->dispatch == NULL;
        n->jobs_next = *hand;
        *hand = n;
    } else if (n->what != RV_NEWS_JOB_END && !(fresh && !known && keep_ready(j, &n->job, k))) {
        push(j, n->job.id, n->job.due_at);
    }
}

/* Without the lock. */
static void hand_over(struct rv_jobs *j, const struct rv_news *n)
{
    const struct rv_job_kind *k = find_kind(j, n->job.kind);
    if (n->what == RV_NEWS_JOB_END)
        return;
    if (n->is_new && k->dispatch != NULL) {
        k->dispatch(j->env, &n->job);
        return;
    }
    if (n->is_new && k->at_once(j->env, &n->job))
        return;
    (void)pthread_mutex_lock(&j->lock);
    struct claim *c = claimed(j, n->job.id);
    if (c != NULL) {
        int64_t at = c->moved ? c->due_at : n->job.due_at;
        drop_claim(j, c);
        push(j, n->job.id, at);
    }
    unlock_and_wake(j);
}

void rv_jobs_news(struct rv_jobs *j, struct rv_news *list)
{
    struct rv_news *hand = NULL, *in_order = NULL;
    (void)pthread_mutex_lock(&j->lock);
    while (list != NULL) {
        struct rv_news *n = list;
        list = n->jobs_next;
        take_news(j, n, &hand);
    }
    unlock_and_wake(j);
    while (hand != NULL) {
        struct rv_news *n = hand;
        hand = n->jobs_next;
        n->jobs_next = in_order;
        in_order = n;
    }
    for (const struct rv_news *n = in_order; n != NULL; n = n->jobs_next)
        hand_over(j, n);
}

static rv_status news(struct rv_tx *tx, enum rv_news_kind what, int64_t id, rv_str kind, rv_str key,
                      int64_t due_at, rv_str payload)
{
    struct rv_news *n = rv_tx_news(tx, what);
    if (n == NULL)
        return RV_BUSY;
    n->job = (struct rv_job){
        .id = id, .kind = kind, .key = key, .due_at = due_at, .attempt = 1, .payload = payload
    };
    return RV_OK;
}

static rv_status find(struct rv_tx *tx, int q, rv_str kind, rv_str what, bool *ret_found,
                      int64_t *ret_id)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &job_sql[q], &r, ret_found, RV_ARGS(kind, what)));
    if (!*ret_found)
        return RV_OK;
    *ret_id = rv_col_int(&r, 0);
    return rv_rows_end(&r);
}

static rv_status add(struct rv_tx *tx, const struct rv_job *job, int64_t *ret_id)
{
    struct rv_news *n = rv_tx_news(tx, RV_NEWS_JOB_ADD);
    bool found;
    if (n == NULL)
        return RV_BUSY;
    n->job = *job;
    n->job.key = rv_dup(tx->cx, job->key); /* told when it is durable: the caller's may be gone by then */
    n->job.payload = rv_dup(tx->cx, job->payload);
    if ((n->job.key.p == NULL && job->key.p != NULL) ||
        (n->job.payload.p == NULL && job->payload.p != NULL))
        return RV_BUSY;
    RV_TRY(rv_sql_insert(tx, &job_sql[Q_ADD], &n->job.id,
                         RV_ARGS(job->kind, job->key, job->due_at, job->payload)));
    n->is_new = n->job.id != RV_NO_INT;
    if (!n->is_new) { /* there is one with this key */
        RV_TRY(find(tx, Q_FIND_KEY, job->kind, job->key, &found, &n->job.id));
        RV_TRY(rv_sql_exec(tx, &job_sql[Q_SOONER], NULL, RV_ARGS(job->due_at, n->job.id)));
    }
    if (ret_id != NULL)
        *ret_id = n->job.id;
    return RV_OK;
}

rv_status rv_job_add(struct rv_tx *tx, rv_str kind, rv_str key, int64_t due_at, rv_str payload,
                     int64_t *ret_id)
{
    const struct rv_job job = {
        .kind = kind, .key = key, .due_at = due_at, .attempt = 1, .payload = payload
    };
    return add(tx, &job, ret_id);
}

rv_status rv_job_add_memo(struct rv_tx *tx, rv_str kind, rv_str key, int64_t due_at, rv_str payload,
                          rv_str memo)
{
    const struct rv_job job = {
        .kind = kind, .key = key, .due_at = due_at, .attempt = 1, .payload = payload, .memo = memo
    };
    return add(tx, &job, NULL);
}

static rv_status end(struct rv_tx *tx, int64_t id, rv_str kind)
{
    RV_TRY(rv_sql_exec(tx, &job_sql[Q_END], NULL, RV_ARGS(id)));
    return news(tx, RV_NEWS_JOB_END, id, kind, RV_NONE_STR, 0, RV_NONE_STR);
}

rv_status rv_job_end(struct rv_tx *tx, int64_t id)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &job_sql[Q_KIND], &r, &found, RV_ARGS(id)));
    if (!found)
        return RV_OK;
    rv_str kind = rv_col_str(&r, 0);
    RV_TRY(rv_rows_end(&r));
    return end(tx, id, kind);
}

rv_status rv_job_done(struct rv_tx *tx, const struct rv_job *job)
{
    return end(tx, job->id, job->kind);
}

rv_status rv_job_cancel(struct rv_tx *tx, rv_str kind, rv_str key)
{
    int64_t id;
    bool found;
    RV_TRY(find(tx, Q_FIND_KEY, kind, key, &found, &id));
    return found ? end(tx, id, kind) : RV_OK;
}

rv_status rv_job_cancel_payload(struct rv_tx *tx, rv_str kind, rv_str payload)
{
    int64_t id;
    bool found;
    RV_TRY(find(tx, Q_FIND_PAYLOAD, kind, payload, &found, &id));
    return found ? end(tx, id, kind) : RV_OK;
}

rv_status rv_job_wake(struct rv_tx *tx, rv_str kind)
{
    struct rv_rows r;
    rv_status st = RV_OK;
    RV_TRY(rv_sql_query(tx, &job_sql[Q_OF_KIND], &r, RV_ARGS(kind)));
    while (st == RV_OK && rv_rows_next(&r)) {
        int64_t id = rv_col_int(&r, 0);
        st = rv_sql_exec(tx, &job_sql[Q_SOONER], NULL, RV_ARGS(rv_tx_now(tx), id));
        if (st == RV_OK)
            st =
                news(tx, RV_NEWS_JOB_DUE, id, RV_NONE_STR, RV_NONE_STR, rv_tx_now(tx), RV_NONE_STR);
    }
    rv_status ended = rv_rows_end(&r);
    return st != RV_OK ? st : ended;
}

rv_status rv_job_reschedule(struct rv_tx *tx, int64_t id, int64_t due_at, rv_str payload)
{
    RV_TRY(rv_sql_exec(tx, &job_sql[Q_MOVE], NULL, RV_ARGS(due_at, payload, id)));
    return news(tx, RV_NEWS_JOB_DUE, id, RV_NONE_STR, RV_NONE_STR, due_at, RV_NONE_STR);
}

void rv_job_release(struct rv_store *s, int64_t id)
{
    rv_job_retry(s, id, 0);
}

void rv_job_later(struct rv_store *s, const struct rv_job *job)
{
    struct rv_jobs *j = s->jobs;
    (void)pthread_mutex_lock(&j->lock);
    struct claim *c = claimed(j, job->id);
    if (c == NULL || job->later == NULL)
        RV_BUG("job %" PRId64 " is not in hand", job->id);
    c->later = *job->later = true;
    (void)pthread_mutex_unlock(&j->lock);
}

void rv_job_retry(struct rv_store *s, int64_t id, int64_t wait_ms)
{
    struct rv_jobs *j = s->jobs;
    (void)pthread_mutex_lock(&j->lock);
    struct claim *c = claimed(j, id);
    if (c != NULL) {
        int64_t at = c->moved ? c->due_at : rv_now(j->env) + wait_ms;
        drop_claim(j, c);
        push(j, id, at);
    }
    unlock_and_wake(j);
}

/* ---- working on one job ---------------------------------------------------------------------- */

struct loaded {
    struct rv_job job;
    int was;
    bool found;
};

static rv_status load_tx(struct rv_tx *tx, void *arg)
{
    struct loaded *l = arg;
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &job_sql[Q_ONE], &r, &l->found, RV_ARGS(l->job.id)));
    if (!l->found)
        return RV_OK;
    l->job = (struct rv_job){ .id = l->job.id,
                              .kind = rv_col_str(&r, 0),
                              .key = rv_col_str(&r, 1),
                              .due_at = rv_col_int(&r, 2),
                              .payload = rv_col_str(&r, 4),
                              .later = l->job.later };
    l->was = (int)rv_col_int(&r, 3);
    l->job.attempt = l->was > 0 ? l->was : 1;
    return rv_rows_end(&r);
}

struct outcome {
    const struct rv_job *job;
    int64_t due_at; /* of the next try; RV_NO_INT: the job is over */
    int was; /* the row's attempt when it was taken in hand */
};

/* Somebody who asked for the job (same kind and key) while it was in hand wants it to run once
 * more. */
static rv_status outcome_tx(struct rv_tx *tx, void *arg)
{
    const struct outcome *o = arg;
    const struct rv_job *job = o->job;
    int64_t n, due_at = o->due_at;
    if (due_at == RV_NO_INT)
        RV_TRY(rv_sql_exec(tx, &job_sql[Q_END_UNASKED], &n, RV_ARGS(job->id, o->was)));
    else
        RV_TRY(rv_sql_exec(tx, &job_sql[Q_RETRY], &n,
                           RV_ARGS(due_at, job->attempt + 1, job->id, o->was)));
    if (n > 0 && due_at == RV_NO_INT)
        return news(tx, RV_NEWS_JOB_END, job->id, job->kind, RV_NONE_STR, 0, RV_NONE_STR);
    return news(tx, RV_NEWS_JOB_DUE, job->id, RV_NONE_STR, RV_NONE_STR,
                n > 0 ? due_at : rv_tx_now(tx), RV_NONE_STR);
}

/* When to try again after attempt n, or RV_NO_INT. */
static int64_t retry_after(const struct rv_job_kind *k, int attempt)
{
    static const int64_t for_ever[] = { 1000, 5000, 30000, 300000, 900000 };
    int i = attempt - 1;
    if (k->retry_ms == NULL)
        return for_ever[i < (int)RV_LEN(for_ever) ? i : (int)RV_LEN(for_ever) - 1];
    for (int n = 0; n < i; n++) {
        if (k->retry_ms[n] == RV_NO_INT)
            return RV_NO_INT;
    }
    return k->retry_ms[i];
}

static bool was_ended(struct rv_jobs *j, int64_t id)
{
    (void)pthread_mutex_lock(&j->lock);
    struct claim *c = claimed(j, id);
    bool ended = c == NULL || c->ended || c->moved;
    (void)pthread_mutex_unlock(&j->lock);
    return ended;
}

/* ---- slow kinds ------------------------------------------------------------------------------ */

static void stand_in_line(struct rv_jobs *j, int64_t id)
{
    if (j->line_n == j->line_size && j->line_at > 0) {
        memmove(j->line, j->line + j->line_at, (j->line_n - j->line_at) * sizeof j->line[0]);
        j->line_n -= j->line_at;
        j->line_at = 0;
    }
    if (j->line_n == j->line_size) {
        size_t size = j->line_size == 0 ? 64 : j->line_size * 2;
        int64_t *line = realloc(j->line, size * sizeof *line);
        if (line == NULL)
            RV_BUG("out of memory for the list of jobs");
        j->line = line;
        j->line_size = size;
    }
    j->line[j->line_n++] = id;
}

/* False: there is no room for a slow job now. */
static bool enter_slow(struct rv_jobs *j)
{
    (void)pthread_mutex_lock(&j->lock);
    bool yes = j->slow < slow_max(j);
    j->slow += yes;
    (void)pthread_mutex_unlock(&j->lock);
    return yes;
}

static void leave_slow(struct rv_jobs *j)
{
    (void)pthread_mutex_lock(&j->lock);
    j->slow--;
    unlock_and_wake(j);
}

static enum worked run_job(struct rv_jobs *j, struct rv_cx *cx, const struct rv_job_kind *k,
                           const struct loaded *l)
{
    const struct rv_job *job = &l->job;
    struct outcome o = { .job = job, .due_at = RV_NO_INT, .was = l->was };
    rv_status st = k->run(cx, job);
    if (*job->later)
        return DISPATCHED;
    if (was_ended(j, job->id))
        return OVER;
    if (st != RV_OK) {
        int64_t wait = retry_after(k, job->attempt);
        rv_log_error(cx, wait == RV_NO_INT ? RV_LOG_ERROR : RV_LOG_WARN, "job.failed");
        if (wait != RV_NO_INT)
            o.due_at = rv_now(j->env) + wait;
        else if (k->failed != NULL)
            k->failed(cx, job);
    }
    rv_error_clear(cx);
    if (rv_store_write(cx, outcome_tx, &o) == RV_OK)
        return OVER;
    rv_log_error(cx, RV_LOG_WARN, "job.outcome"); /* the store takes no writes now (disk full): it comes up again */
    return AGAIN;
}

static enum worked run_slow(struct rv_jobs *j, struct rv_cx *cx, const struct rv_job_kind *k,
                            const struct loaded *l)
{
    if (!enter_slow(j))
        return IN_LINE;
    enum worked w = run_job(j, cx, k, l);
    leave_slow(j);
    return w;
}

/* Its due time is later than the heap knew. */
static void keep_for_later(struct rv_jobs *j, int64_t id, int64_t due_at)
{
    (void)pthread_mutex_lock(&j->lock);
    struct claim *c = claimed(j, id);
    if (c != NULL) {
        c->moved = true;
        c->due_at = due_at;
    }
    (void)pthread_mutex_unlock(&j->lock);
}

static enum worked work(struct rv_jobs *j, struct rv_cx *cx, const struct loaded *l)
{
    const struct rv_job *job = &l->job;
    const struct rv_job_kind *k = find_kind(j, job->kind);
    cx->log_id = job->kind;
    if (job->due_at > rv_now(j->env)) {
        keep_for_later(j, job->id, job->due_at);
        return OVER;
    }
    if (k == NULL)
        return OVER;
    if (k->dispatch == NULL)
        return k->slow ? run_slow(j, cx, k, l) : run_job(j, cx, k, l);
    k->dispatch(j->env, job);
    return DISPATCHED;
}

static enum worked work_on(struct rv_jobs *j, int64_t id, const struct ready *r)
{
    struct rv_cx cx;
    bool later = false, known = r != NULL && !r->stale;
    struct loaded l = { .job = { .id = id } };
    enum worked w = AGAIN;
    if (rv_cx_init(&cx, j->env, 0) != RV_OK)
        return AGAIN;
    cx.root = true;
    cx.log_key = "job";
    if (known)
        l = (struct loaded){ .job = r->job, .was = r->job.attempt, .found = true };
    l.job.later = &later;
    if (known || rv_store_read(&cx, load_tx, &l) == RV_OK)
        w = l.found ? work(j, &cx, &l) : OVER;
    rv_cx_done(&cx);
    return w;
}

/* ---- workers --------------------------------------------------------------------------------- */

/* Waits until the first job is due, but never longer than a minute: the wall clock may be set. */
static void wait_for_due(struct rv_jobs *j, int64_t ms)
{
    struct timespec until;
    ms = ms < 0 ? 0 : ms > 60000 ? 60000 : ms;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    (void)pthread_cond_clockwait(&j->wake, &j->lock, CLOCK_MONOTONIC, &until);
}

static void rest(struct rv_jobs *j)
{
    unsigned epoch = j->epoch;
    bool timed = j->heap_n > 0;
    j->idle++;
    j->timed += timed;
    if (timed)
        wait_for_due(j, j->heap[0].at - rv_now(j->env));
    else
        (void)pthread_cond_wait(&j->wake, &j->lock);
    j->idle--;
    j->timed -= timed && epoch == j->epoch;
    j->waking = false;
}

static struct ready *take_ready(struct rv_jobs *j)
{
    struct ready *r = j->ready;
    j->ready = r->next;
    if (j->ready == NULL)
        j->ready_tail = &j->ready;
    j->ready_n--;
    return r;
}

/* The next job, claimed, with its content when that is at hand; waits for one. False: the workers
 * stop. */
static bool take(struct rv_jobs *j, int64_t *ret_id, struct ready **ret)
{
    while (!j->stopping) {
        bool due = j->heap_n > 0 && j->heap[0].at <= rv_now(j->env);
        *ret = NULL;
        if (j->line_at < j->line_n && j->slow < slow_max(j))
            *ret_id = j->line[j->line_at++];
        else if (j->ready != NULL && !(due && j->heap[0].at < j->ready->job.due_at)) {
            *ret = take_ready(j);
            *ret_id = (*ret)->job.id;
        } else if (due)
            *ret_id = pop(j).id;
        else {
            rest(j);
            continue;
        }
        if (claimed(j, *ret_id) == NULL) {
            (void)claim(j, *ret_id);
            return true;
        }
        free(*ret);
    }
    return false;
}

/* The worker is through with the job. */
static void give_back(struct rv_jobs *j, int64_t id, enum worked w)
{
    struct claim *c = claimed(j, id);
    if (c == NULL || w == DISPATCHED)
        return;
    bool moved = c->moved, ended = c->ended;
    int64_t at = moved ? c->due_at : rv_now(j->env) + AGAIN_MS;
    drop_claim(j, c);
    if (!ended && w == IN_LINE)
        stand_in_line(j, id);
    else if (!ended && (moved || w == AGAIN))
        push(j, id, at);
}

static void *worker(void *arg)
{
    struct rv_jobs *j = arg;
    struct ready *r;
    int64_t id;
    rv_thread_is("job", RV_THREAD_BEGINS);
    (void)pthread_mutex_lock(&j->lock);
    while (take(j, &id, &r)) {
        unlock_and_wake(j);
        enum worked w = work_on(j, id, r);
        free(r);
        (void)pthread_mutex_lock(&j->lock);
        give_back(j, id, w);
    }
    (void)pthread_mutex_unlock(&j->lock);
    return NULL;
}

static rv_status load_all_tx(struct rv_tx *tx, void *arg)
{
    struct rv_jobs *j = arg;
    struct rv_rows r;
    RV_TRY(rv_sql_query(tx, &job_sql[Q_ALL], &r, RV_ARGS()));
    while (rv_rows_next(&r)) {
        if (claimed(j, rv_col_int(&r, 0)) == NULL)
            push(j, rv_col_int(&r, 0), rv_col_int(&r, 1));
    }
    return rv_rows_end(&r);
}

rv_status rv_store_start_jobs(struct rv_cx *cx, struct rv_store *s)
{
    struct rv_jobs *j = s->jobs;
    j->env = cx->env;
    (void)pthread_mutex_lock(&j->lock);
    j->heap_n = 0; /* what was added since the store was opened is read with the rest */
    rv_status st = rv_store_read(cx, load_all_tx, j);
    for (int i = 0; i < j->workers && st == RV_OK; i++) {
        if (pthread_create(&j->threads[i], NULL, worker, j) != 0)
            st = rv_fail(cx, RV_BUSY, "a job worker could not be started: %s", strerror(errno));
        else
            j->started++;
    }
    (void)pthread_mutex_unlock(&j->lock);
    return st;
}

void rv_store_stop_jobs(struct rv_store *s)
{
    struct rv_jobs *j = s->jobs;
    if (j == NULL)
        return;
    (void)pthread_mutex_lock(&j->lock);
    j->stopping = true;
    (void)pthread_cond_broadcast(&j->wake);
    int n = j->started;
    j->started = 0;
    (void)pthread_mutex_unlock(&j->lock);
    for (int i = 0; i < n; i++)
        (void)pthread_join(j->threads[i], NULL);
}

rv_status rv_jobs_new(struct rv_cx *cx, const struct rv_job_kind *const *tables, int workers,
                      struct rv_jobs **ret)
{
    struct rv_jobs *j = calloc(1, sizeof *j);
    if (j != NULL)
        j->threads = calloc((size_t)workers, sizeof *j->threads);
    if (j == NULL || j->threads == NULL) {
        free(j);
        return rv_fail(cx, RV_BUSY, "out of memory");
    }
    j->tables = tables;
    j->env = cx->env;
    j->workers = workers;
    j->ready_tail = &j->ready;
    j->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    j->wake = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    *ret = j;
    return RV_OK;
}

void rv_jobs_free(struct rv_jobs *j)
{
    if (j == NULL)
        return;
    while (j->ready != NULL)
        free(take_ready(j));
    free(j->heap);
    free(j->claims);
    free(j->line);
    free(j->threads);
    free(j);
}

uint64_t rv_jobs_pending(struct rv_jobs *j)
{
    (void)pthread_mutex_lock(&j->lock);
    uint64_t n = j->heap_n + j->ready_n + j->claims_n + j->line_n - j->line_at;
    (void)pthread_mutex_unlock(&j->lock);
    return n;
}
