/* flows/engine.c: the executor: worker threads, the queue of runs that can go on, the table of live
 * runs.
 *
 * A run comes in twice: its start puts it into the table before the start is durable, and the
 * store's dispatcher hands over its job when it is. A job without a run in the table is a run of an
 * earlier process, or one that waited: it is read back from the store. Workers never block on I/O;
 * a waiting run is not with any of them. */
#include "flows/table_int.h"
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

enum { BUCKETS = 1024, POOL = 64, PROGRAMS = 256, WORKERS_MAX = 64, CX_CAP = 128 << 20, GRACE_US = 5000000 };

struct rv_engine {
    uint32_t magic;
    struct rv_env *env;
    const struct rv_card **cards; /* by name */
    size_t cards_n;
    const struct rv_connector *const *connectors; /* tables, or NULL */
    struct rv_program_cache *cache;
    struct rv_lines *lines;
    struct rv_tallies *tallies;
    struct rv_run_limits limits;
    pthread_t threads[WORKERS_MAX];
    int threads_n;
    pthread_mutex_t queue_lock;
    pthread_cond_t queue_cond;
    struct rv_run_queue queue;
    _Atomic uint32_t queued; /* as queue.n, to be read without the lock */
    uint32_t idle;
    bool stop; /* workers leave when the queue is empty */
    pthread_mutex_t table_lock;
    pthread_cond_t table_cond; /* a run left the table */
    struct rv_run *table[BUCKETS];
    uint32_t live;
    int resting; /* of them: wait for helper runs; guarded by table_lock */
    uint64_t started, ended, failed;
    struct rv_waiter *waiters; /* for runs that are not in memory; guarded by table_lock */
    pthread_mutex_t pool_lock;
    struct rv_cx *cxs[POOL];
    size_t cxs_n;
    ZSTD_CCtx *packers[POOL];
    size_t packers_n;
    atomic_bool stopping;
    _Atomic int64_t hurry_at_us;
    struct rv_stream_state stream;
};
#define ENGINE_TAG 0x454e

struct rv_engine *rv_engine_of(const struct rv_cx *cx)
{
    return cx->env->engine;
}

struct rv_program_cache *rv_engine_cache(struct rv_engine *e)
{
    return e->cache;
}

struct rv_stream_state *rv_engine_stream(struct rv_engine *e)
{
    return &e->stream;
}

struct rv_env *rv_engine_env(struct rv_engine *e)
{
    return e->env;
}

struct rv_lines *rv_engine_lines(struct rv_engine *e)
{
    return e->lines;
}

struct rv_tallies *rv_engine_tallies(struct rv_engine *e)
{
    return e->tallies;
}

bool rv_engine_others_wait(struct rv_engine *e)
{
    return atomic_load_explicit(&e->queued, memory_order_relaxed) > 0;
}

bool rv_engine_hurried(const struct rv_engine *e)
{
    return atomic_load(&e->stopping) && rv_mono_us(e->env) > atomic_load(&e->hurry_at_us);
}

/* ---- card table ------------------------------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
    const struct rv_card *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static int name_against(const void *key, const void *entry)
{
    const struct rv_card *const *c = entry;
    return rv_str_cmp(*(const rv_str *)key, rv_str_of((*c)->name));
}

const struct rv_card *rv_card_find(const struct rv_engine *e, rv_str name)
{
    if (name.p == NULL || e->cards_n == 0)
        return NULL;
    const struct rv_card *const *found =
        bsearch(&name, e->cards, e->cards_n, sizeof *e->cards, name_against);
    return found != NULL ? *found : NULL;
}

size_t rv_card_count(const struct rv_engine *e)
{
    return e->cards_n;
}

const struct rv_card *rv_card_at(const struct rv_engine *e, size_t i)
{
    return e->cards[i];
}

void rv_engine_set_connectors(struct rv_engine *e, const struct rv_connector *const *tables)
{
    for (const struct rv_connector *const *t = tables; *t != NULL; t++)
        for (const struct rv_connector *c = *t; c->name != NULL; c++)
            if (c->label == NULL || c->help == NULL || c->auths == NULL || c->test == NULL)
                RV_BUG("connector %s lacks label, help, kinds of authentication or test", c->name);
    e->connectors = tables;
}

const struct rv_connector *rv_connector_find(const struct rv_cx *cx, rv_str name)
{
    const struct rv_engine *e = cx->env->engine;
    for (const struct rv_connector *const *t = e->connectors; t != NULL && *t != NULL; t++)
        for (const struct rv_connector *c = *t; c->name != NULL; c++)
            if (rv_str_eq(name, rv_str_of(c->name)))
                return c;
    return NULL;
}

static void read_tables(struct rv_engine *e, const struct rv_card *const *tables)
{
    size_t n = 0;
    for (const struct rv_card *const *t = tables; *t != NULL; t++)
        for (const struct rv_card *c = *t; c->name != NULL; c++)
            n++;
    e->cards = calloc(n + 1, sizeof *e->cards);
    if (e->cards == NULL)
        return;
    for (const struct rv_card *const *t = tables; *t != NULL; t++)
        for (const struct rv_card *c = *t; c->name != NULL; c++) {
            if (c->label == NULL || c->help == NULL || c->category == NULL ||
                (c->run == NULL && c->control != RV_CONTROL_NOTE))
                RV_BUG("card %s lacks label, help, category or function", c->name);
            e->cards[e->cards_n++] = c;
        }
    qsort(e->cards, e->cards_n, sizeof *e->cards, by_name);
    for (size_t i = 1; i < e->cards_n; i++)
        if (strcmp(e->cards[i - 1]->name, e->cards[i]->name) == 0)
            RV_BUG("two cards are called %s", e->cards[i]->name);
}

/* ---- pools ----------------------------------------------------------------------------------- */

struct rv_cx *rv_engine_cx(struct rv_engine *e)
{
    struct rv_cx *cx = NULL;
    pthread_mutex_lock(&e->pool_lock);
    if (e->cxs_n > 0)
        cx = e->cxs[--e->cxs_n];
    pthread_mutex_unlock(&e->pool_lock);
    if (cx != NULL)
        return cx;
    cx = calloc(1, sizeof *cx);
    if (cx != NULL && rv_cx_init(cx, e->env, CX_CAP) != RV_OK) {
        free(cx);
        return NULL;
    }
    if (cx != NULL)
        cx->root = true; /* the flow acts; cards that call out do it as their connection */
    return cx;
}

void rv_engine_cx_give(struct rv_engine *e, struct rv_cx *cx)
{
    bool kept = false;
    rv_arena_reset(cx->arena);
    rv_error_clear(cx);
    cx->principal = NULL;
    pthread_mutex_lock(&e->pool_lock);
    if (e->cxs_n < POOL) {
        e->cxs[e->cxs_n++] = cx;
        kept = true;
    }
    pthread_mutex_unlock(&e->pool_lock);
    if (kept)
        return;
    rv_cx_done(cx);
    free(cx);
}

ZSTD_CCtx *rv_engine_packer(struct rv_engine *e)
{
    ZSTD_CCtx *c = NULL;
    pthread_mutex_lock(&e->pool_lock);
    if (e->packers_n > 0)
        c = e->packers[--e->packers_n];
    pthread_mutex_unlock(&e->pool_lock);
    return c != NULL ? c : ZSTD_createCCtx();
}

void rv_engine_packer_give(struct rv_engine *e, ZSTD_CCtx *c)
{
    pthread_mutex_lock(&e->pool_lock);
    if (e->packers_n < POOL) {
        e->packers[e->packers_n++] = c;
        c = NULL;
    }
    pthread_mutex_unlock(&e->pool_lock);
    ZSTD_freeCCtx(c);
}

/* ---- table of live runs ---------------------------------------------------------------------- */

static size_t bucket(rv_str id)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < id.n; i++)
        h = (h ^ (unsigned char)id.p[i]) * 16777619u;
    return h % BUCKETS;
}

void rv_engine_add(struct rv_engine *e, struct rv_run *r)
{
    size_t b = bucket(rv_str_of(r->id));
    pthread_mutex_lock(&e->table_lock);
    r->hash_next = e->table[b];
    e->table[b] = r;
    e->live++;
    e->started++;
    pthread_mutex_unlock(&e->table_lock);
}

static struct rv_run *find_locked(const struct rv_engine *e, rv_str id)
{
    struct rv_run *r = e->table[bucket(id)];
    while (r != NULL && !rv_str_eq(rv_str_of(r->id), id))
        r = r->hash_next;
    return r;
}

void rv_engine_drop(struct rv_engine *e, struct rv_run *r, bool ended, bool failed)
{
    pthread_mutex_lock(&e->table_lock);
    struct rv_run **at = &e->table[bucket(rv_str_of(r->id))];
    while (*at != NULL && *at != r)
        at = &(*at)->hash_next;
    if (*at == r) {
        *at = r->hash_next;
        e->live--;
        e->ended += ended;
        e->failed += failed;
    }
    pthread_cond_broadcast(&e->table_cond);
    pthread_mutex_unlock(&e->table_lock);
    rv_run_free(r);
}

void rv_engine_rest(struct rv_engine *e, int by)
{
    pthread_mutex_lock(&e->table_lock);
    e->resting += by;
    pthread_cond_broadcast(&e->table_cond);
    pthread_mutex_unlock(&e->table_lock);
}

void rv_engine_waiter_put(struct rv_engine *e, struct rv_waiter *w)
{
    pthread_mutex_lock(&e->table_lock);
    w->next = e->waiters;
    e->waiters = w;
    pthread_mutex_unlock(&e->table_lock);
}

struct rv_waiter *rv_engine_waiter_take(struct rv_engine *e, rv_str run_id)
{
    pthread_mutex_lock(&e->table_lock);
    struct rv_waiter **at = &e->waiters, *w;
    while (*at != NULL && !rv_str_eq(rv_str_of((*at)->run_id), run_id))
        at = &(*at)->next;
    w = *at;
    if (w != NULL)
        *at = w->next;
    pthread_mutex_unlock(&e->table_lock);
    return w;
}

bool rv_engine_began(struct rv_engine *e, rv_str run_id)
{
    pthread_mutex_lock(&e->table_lock);
    const struct rv_run *r = find_locked(e, run_id);
    bool began = r != NULL && atomic_load_explicit(&r->began_at, memory_order_relaxed) != 0;
    pthread_mutex_unlock(&e->table_lock);
    return began;
}

bool rv_engine_cancel(struct rv_engine *e, rv_str run_id)
{
    pthread_mutex_lock(&e->table_lock);
    struct rv_run *r = find_locked(e, run_id);
    if (r != NULL)
        atomic_store(&r->cancel, true);
    pthread_mutex_unlock(&e->table_lock);
    return r != NULL;
}

void rv_engine_note_answer(struct rv_engine *e, rv_str run_id)
{
    pthread_mutex_lock(&e->table_lock);
    struct rv_run *r = find_locked(e, run_id);
    if (r != NULL)
        atomic_store(&r->answered, true);
    pthread_mutex_unlock(&e->table_lock);
}

void rv_engine_stats(struct rv_engine *e, struct rv_engine_stats *ret)
{
    pthread_mutex_lock(&e->table_lock);
    *ret = (struct rv_engine_stats){ e->started, e->ended, e->failed, e->live, 0 };
    pthread_mutex_unlock(&e->table_lock);
    ret->queued = atomic_load(&e->queued);
}

/* ---- queue and workers ----------------------------------------------------------------------- */

void rv_engine_enqueue(struct rv_engine *e, struct rv_run *r)
{
    pthread_mutex_lock(&e->queue_lock);
    rv_run_queue_put(&e->queue, r);
    atomic_store_explicit(&e->queued, e->queue.n, memory_order_relaxed);
    bool wake = e->idle > 0;
    pthread_mutex_unlock(&e->queue_lock);
    if (wake)
        pthread_cond_signal(&e->queue_cond); /* outside: who wakes up wants the lock */
}

static struct rv_run *dequeue(struct rv_engine *e)
{
    pthread_mutex_lock(&e->queue_lock);
    while (e->queue.n == 0 && !e->stop) {
        e->idle++;
        pthread_cond_wait(&e->queue_cond, &e->queue_lock);
        e->idle--;
    }
    struct rv_run *r = rv_run_queue_take(&e->queue);
    atomic_store_explicit(&e->queued, e->queue.n, memory_order_relaxed);
    pthread_mutex_unlock(&e->queue_lock);
    return r;
}

static void *work(void *arg)
{
    struct rv_engine *e = arg;
    struct rv_cx *cx = NULL;
    struct rv_run *r;
    rv_thread_is("executor", RV_THREAD_BEGINS);
    while ((r = dequeue(e)) != NULL) {
        while (cx == NULL && (cx = rv_engine_cx(e)) == NULL)
            usleep(10000); /* memory is out: others end and give theirs back */
        cx->log_key = "run";
        cx->log_id = rv_str_of(r->id); /* also names the run of a mail that a card sends */
        rv_poison_at(r);
        rv_run_go(r, &cx);
        rv_poison_at(NULL);
    }
    if (cx != NULL)
        rv_engine_cx_give(e, cx);
    return NULL;
}

/* The store's dispatcher hands a run over. */
static void dispatch(struct rv_env *env, const struct rv_job *job)
{
    struct rv_engine *e = env->engine;
    pthread_mutex_lock(&e->table_lock);
    struct rv_run *r = find_locked(e, job->payload);
    pthread_mutex_unlock(&e->table_lock);
    if (r == NULL) {
        r = rv_run_new(e, job->payload);
        if (r == NULL) {
            rv_job_release(env->store, job->id);
            return;
        }
        rv_engine_add(e, r);
    }
    r->job_id = job->id;
    rv_engine_enqueue(e, r);
}

const struct rv_job_kind rv_flows_jobs[] = {
    { .name = "flow.run", .dispatch = dispatch, .help = "starts a run of a flow, or goes on with one that waited" },
    { .name = "event.deliver", .run = rv_trigger_deliver, .help = "starts the flows that wait for a system-log event" },
    { .name = "flow.schedule", .run = rv_schedule_start, .help = "starts a scheduled flow and plans its next start" },
    { .name = "log.stream", .run = rv_log_stream_send, .slow = true, .help = "posts records of runs to the organisation's log collector" },
    { .name = "run.retention", .run = rv_retention_run, .help = "deletes runs that are older than the organisation keeps them" },
    { .name = "table.purge", .run = rv_table_purge, .help = "deletes the rows of a table that was cleared or deleted" },
    { .name = "table.tidy", .run = rv_table_tidy, .help = "takes what deleted columns held out of the rows of a table" },
    { .name = NULL },
};

/* ---- life ------------------------------------------------------------------------------------ */

rv_status rv_engine_new(struct rv_cx *cx, const struct rv_card *const *tables,
                        struct rv_engine **ret)
{
    struct rv_engine *e = calloc(1, sizeof *e);
    if (e == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory while starting the engine");
    e->magic = RV_MAGIC(ENGINE_TAG);
    e->env = cx->env;
    pthread_mutex_init(&e->queue_lock, NULL);
    pthread_cond_init(&e->queue_cond, NULL);
    pthread_mutex_init(&e->table_lock, NULL);
    pthread_cond_init(&e->table_cond, NULL);
    pthread_mutex_init(&e->pool_lock, NULL);
    e->cache = rv_program_cache_new(PROGRAMS);
    e->lines = rv_lines_new(cx->env);
    e->tallies = rv_tallies_new();
    e->limits.cards = (uint64_t)rv_config_int(cx->env, "flows.run_cards");
    e->limits.memory = (uint64_t)rv_config_int(cx->env, "flows.run_memory");
    read_tables(e, tables);
    if (e->cache == NULL || e->cards == NULL || e->lines == NULL || e->tallies == NULL) {
        rv_engine_free(e);
        return rv_fail(cx, RV_BUSY, "out of memory while starting the engine");
    }
    *ret = e;
    return RV_OK;
}

const struct rv_run_limits *rv_engine_limits(const struct rv_engine *e)
{
    return &e->limits;
}

rv_status rv_engine_start(struct rv_cx *cx, struct rv_engine *e)
{
    int64_t n = rv_config_int(cx->env, "flows.workers");
    RV_CHECK(e, ENGINE_TAG);
    if (n == 0)
        n = sysconf(_SC_NPROCESSORS_ONLN);
    n = n < 1 ? 1 : n > WORKERS_MAX ? WORKERS_MAX : n;
    RV_TRY(rv_poison_open(cx));
    RV_TRY(rv_retention_plan(cx));
    RV_TRY(rv_log_stream_load(cx));
    while (e->threads_n < n) {
        if (pthread_create(&e->threads[e->threads_n], NULL, work, e) != 0)
            return rv_fail(cx, RV_BUSY,
                           "cannot start executor thread %d; raise the limit of threads or lower "
                           "flows.workers",
                           e->threads_n + 1);
        e->threads_n++;
    }
    return rv_lines_start(cx, e->lines);
}

/* Waits until no run is at work, at most a little longer than the grace. */
static void drain(struct rv_engine *e)
{
    for (int i = 0; i < 60; i++) {
        struct timespec until;
        pthread_mutex_lock(&e->table_lock);
        if ((int64_t)e->live <= e->resting) {
            pthread_mutex_unlock(&e->table_lock);
            return;
        }
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 100000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_nsec -= 1000000000;
            until.tv_sec++;
        }
        pthread_cond_timedwait(&e->table_cond, &e->table_lock, &until);
        pthread_mutex_unlock(&e->table_lock);
    }
}

void rv_engine_stop(struct rv_engine *e)
{
    RV_CHECK(e, ENGINE_TAG);
    atomic_store(&e->hurry_at_us, rv_mono_us(e->env) + GRACE_US);
    atomic_store(&e->stopping, true);
    if (e->threads_n > 0)
        drain(e);
    pthread_mutex_lock(&e->queue_lock);
    e->stop = true;
    pthread_cond_broadcast(&e->queue_cond);
    pthread_mutex_unlock(&e->queue_lock);
    for (int i = 0; i < e->threads_n; i++)
        pthread_join(e->threads[i], NULL);
    e->threads_n = 0;
    rv_lines_stop(e->lines);
    rv_poison_close();
}

void rv_engine_free(struct rv_engine *e)
{
    if (e == NULL)
        return;
    RV_CHECK(e, ENGINE_TAG);
    for (size_t b = 0; b < BUCKETS; b++)
        while (e->table[b] != NULL) { /* waited for something that never came; their jobs are in the store */
            struct rv_run *r = e->table[b];
            e->table[b] = r->hash_next;
            rv_run_free(r);
        }
    rv_program_cache_free(e->cache);
    rv_lines_free(e->lines);
    rv_tallies_free(e->tallies);
    for (size_t i = 0; i < e->cxs_n; i++) {
        rv_cx_done(e->cxs[i]);
        free(e->cxs[i]);
    }
    for (size_t i = 0; i < e->packers_n; i++)
        ZSTD_freeCCtx(e->packers[i]);
    free(e->cards);
    pthread_mutex_destroy(&e->queue_lock);
    pthread_cond_destroy(&e->queue_cond);
    pthread_mutex_destroy(&e->table_lock);
    pthread_cond_destroy(&e->table_cond);
    pthread_mutex_destroy(&e->pool_lock);
    e->magic = 0;
    free(e);
}

const struct rv_config_key rv_flows_config[] = {
    { .name = "flows.workers", .kind = RV_CONF_INT, .def = "0", .min = 0, .max = WORKERS_MAX,
      .help = "threads that execute cards; 0: one per core" },
    { .name = "flows.starts_per_second", .kind = RV_CONF_INT, .def = "100", .min = 0, .max = 1000000, .reloadable = true,
      .help = "starts of one flow over HTTP per second, then 429; 0: no limit" },
    { .name = "flows.run_cards", .kind = RV_CONF_INT, .def = "10000000", .min = 100, .max = 1000000000,
      .help = "cards that one run may execute, all its helper runs included (limit run.cards)" },
    { .name = "flows.run_memory", .kind = RV_CONF_INT, .def = "33554432", .min = 1048576, .max = 268435456,
      .help = "bytes of values that one run may hold; a helper run has its own (limit run.memory)" },
    { .name = "flows.folder_depth", .kind = RV_CONF_INT, .def = "16", .min = 1, .max = RV_FOLDER_DEPTH_MAX, .reloadable = true,
      .help = "levels of folders, the top one included (limit folder.depth)" },
    { .name = "endpoint.timeout", .kind = RV_CONF_DURATION, .def = "60s", .min = 100, .max = 600000, .reloadable = true,
      .help = "how long the caller of an API endpoint waits for the flow's answer, then 504" },
    { .name = NULL },
};

const struct rv_limit rv_flows_limits[] = {
    { "flow.cards", RV_FLOW_CARDS_MAX, "cards", "cards of one flow, those in lanes included" },
    { "flow.nesting", RV_FLOW_NESTING_MAX, "levels", "containers inside containers" },
    { "flow.pins", RV_FLOW_PINS_MAX, "fields", "inputs or outputs of one card" },
    { "flow.size", RV_FLOW_JSON_MAX, "bytes", "definition of one flow" },
    { "folder.depth", RV_FOLDER_DEPTH_MAX, "levels", "folders inside folders, unless flows.folder_depth says otherwise" },
    { "run.memory", RV_RUN_MEMORY_MAX, "bytes", "values that one run holds, unless flows.run_memory says otherwise" },
    { "run.output", RV_RUN_OUTPUT_MAX, "bytes", "outputs of one card" },
    { "value.depth", RV_VALUE_DEPTH_MAX, "levels", "lists and objects inside each other in one value" },
    { "run.cards", RV_RUN_CARDS_MAX, "cards", "cards executed by one run and its helper runs, unless flows.run_cards says otherwise" },
    { "card.timeout", 90000, "ms", "a card that only calculates, unless the card says otherwise" },
    { "run.depth", RV_RUN_DEPTH_MAX, "levels", "helper flows that call helper flows" },
    { "run.caller", RV_RUN_CALLER_MAX, "bytes", "caller object of a delegated flow" },
    { "table.rows", RV_TABLE_ROWS_MAX, "rows", "rows of one table" },
    { "table.columns", RV_TABLE_COLUMNS_MAX, "columns", "columns of one table" },
    { "table.cell", RV_TABLE_CELL_MAX, "bytes", "text of one cell of a table" },
    { "table.row", RV_TABLE_ROW_MAX, "bytes", "texts of one row of a table" },
    { "table.search", RV_TABLE_SEARCH_MAX, "rows", "rows that one search of a flow gives; without a limit 3,500" },
    { "table.conditions", RV_TABLE_TERMS_MAX, "conditions", "conditions of one search" },
    { "table.sort", RV_TABLE_SORT_MAX, "bytes", "texts that one search sorts by" },
    { "export.flows", 1000, "flows", "flows of one exported folder" },
    { NULL, 0, NULL, NULL },
};
