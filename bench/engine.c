/* bench/engine.c: what the engine itself costs, without HTTP: a chain of pure cards, a start, runs
 * that wait.
 *
 * Linked with the libraries of the release build and the fixture of the unit tests: a real store on
 * disk, a stand-in for the organisation. Beside each figure stands the least that a bare loop in
 * this process needs for the same kind of work, measured in the same run. Prints one JSON object.
 */
#include "flow_fixture.h"
#include <dirent.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sqlite3.h>
#include <time.h>
#include <unistd.h>

enum { CHAIN = 497, CHAIN_RUNS = 1000, STARTS = 20000, AT_ONCE = 64, WAITING = 10000 };

static struct flow_fixture fx;

static int64_t ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double middle(int64_t *v, size_t n)
{
    qsort(v, n, sizeof *v, by_size);
    return (double)v[n / 2];
}

static double resident_kb(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL || fscanf(f, "%*d %ld", &pages) != 1)
        exit(1);
    (void)fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

/* CPU of the thread that bears this name; 0 when there is none. */
static int64_t thread_ns(const char *name)
{
    char path[300], comm[32], want[32];
    int64_t sum = 0, v;
    DIR *d = opendir("/proc/self/task");
    if (d == NULL)
        exit(1);
    (void)snprintf(want, sizeof want, "%s\n", name);
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        (void)snprintf(path, sizeof path, "/proc/self/task/%s/comm", e->d_name);
        FILE *f = fopen(path, "r");
        bool hit = f != NULL && fgets(comm, sizeof comm, f) != NULL && strcmp(comm, want) == 0;
        if (f != NULL)
            (void)fclose(f);
        (void)snprintf(path, sizeof path, "/proc/self/task/%s/schedstat", e->d_name);
        f = hit ? fopen(path, "r") : NULL;
        if (f != NULL && fscanf(f, "%" SCNd64, &v) == 1)
            sum += v;
        if (f != NULL)
            (void)fclose(f);
    }
    (void)closedir(d);
    return sum;
}

/* ---- cards of the measurement ---------------------------------------------------------------- */

static int64_t began_at, took[CHAIN_RUNS], took_cpu[CHAIN_RUNS], began_cpu;
static size_t took_n;
static atomic_int waiting;

static rv_status card_begin(struct rv_call *c)
{
    (void)c;
    began_at = ns(CLOCK_MONOTONIC);
    began_cpu = ns(CLOCK_THREAD_CPUTIME_ID);
    return RV_OK;
}

static rv_status card_end(struct rv_call *c)
{
    (void)c;
    took_cpu[took_n] = ns(CLOCK_THREAD_CPUTIME_ID) - began_cpu;
    took[took_n++] = ns(CLOCK_MONOTONIC) - began_at;
    return RV_OK;
}

static rv_status never(struct rv_call *c)
{
    (void)c;
    return RV_OK;
}

static rv_status card_wait(struct rv_call *c)
{
    atomic_fetch_add(&waiting, 1);
    return rv_wait(c, never);
}

#define CARD(n, f) { .name = n, .label = n, .help = n, .category = "Bench", .kind = RV_CARD_EFFECT, .run = f }
static const struct rv_card bench_cards[] = { CARD("bench:begin", card_begin), CARD("bench:end", card_end), CARD("bench:wait", card_wait), { .name = NULL } };

#define START "{\"id\":\"start\",\"card\":\"http:delegated\",\"inputs\":[],\"outputs\":[{\"id\":\"q\",\"group\":\"inputs\",\"key\":\"question\",\"type\":\"text\"}]}"

static rv_str chain_flow(void)
{
    static char text[CHAIN * 300 + 1000];
    int n = sprintf(text,
                    "[" START
                    ",{\"id\":\"b\",\"card\":\"bench:begin\"},{\"id\":\"c0\",\"card\":\"math:add\","
                    "\"inputs\":[{\"id\":\"a\",\"key\":\"a\",\"value\":1},{\"id\":\"i\",\"key\":"
                    "\"b\",\"value\":1}],\"outputs\":[{\"id\":\"o\",\"key\":\"output\"}]}");
    for (int i = 1; i < CHAIN; i++)
        n += sprintf(text + n,
                     ",{\"id\":\"c%d\",\"card\":\"math:add\",\"inputs\":[{\"id\":\"a\",\"key\":"
                     "\"a\",\"from\":{\"card\":\"c%d\",\"output\":\"o\"}},{\"id\":\"i\",\"key\":"
                     "\"b\",\"value\":1}],\"outputs\":[{\"id\":\"o\",\"key\":\"output\"}]}",
                     i, i - 1);
    (void)sprintf(text + n, ",{\"id\":\"e\",\"card\":\"bench:end\"}]");
    return flow_fixture_flow(&fx, text);
}

/* ---- starting many --------------------------------------------------------------------------- */

struct start {
    struct rv_run_start s;
    struct rv_cx cx;
    atomic_int *left;
};

static void started(struct rv_run_start *s, rv_status st)
{
    struct start *x = s->arg;
    if (st != RV_OK) {
        fprintf(stderr, "bench: %s\n", rv_error(s->cx)->message);
        exit(1);
    }
    rv_cx_done(s->cx);
    atomic_fetch_sub(x->left, 1);
    free(x);
}

static uint64_t live(void)
{
    struct rv_engine_stats s;
    rv_engine_stats(fx.s.env.engine, &s);
    return s.live;
}

static void nap(void)
{
    usleep(200); /* a loop of sched_yield would be measured with the rest */
}

/* n runs, at most AT_ONCE of them on their way; all are accepted at the end. Gives this thread's
 * CPU within rv_run_start. */
static int64_t start_many(rv_str flow, int n, bool ends)
{
    atomic_int left = n;
    int64_t cpu = 0;
    json_t *inputs =
        flow_fixture_json(&fx, RV_STR("{\"question\":\"Which building do you need access to?\"}"));
    for (int i = 0; i < n; i++) {
        struct start *x = calloc(1, sizeof *x);
        if (x == NULL || rv_cx_init(&x->cx, &fx.s.env, 0) != RV_OK)
            exit(1);
        x->cx.root = true;
        x->left = &left;
        x->s = (struct rv_run_start){ .cx = &x->cx,
                                      .flow_id = flow,
                                      .inputs = inputs,
                                      .via = RV_VIA_TEST,
                                      .done = started,
                                      .arg = x };
        while (atomic_load(&left) - (n - i) >= AT_ONCE || (ends && live() >= AT_ONCE))
            nap();
        int64_t before = ns(CLOCK_THREAD_CPUTIME_ID);
        rv_run_start(&x->s);
        cpu += ns(CLOCK_THREAD_CPUTIME_ID) - before;
    }
    while (atomic_load(&left) > 0 || (ends && live() > 0))
        nap();
    return cpu;
}

/* ---- the least that it takes ----------------------------------------------------------------- */

/* A bare interpreter: a value made of two, and the same bytes of history, card by card. */
static double bare_chain_us(void)
{
    static char history[CHAIN * 64];
    int64_t times[200];
    for (size_t t = 0; t < RV_LEN(times); t++) {
        int64_t from = ns(CLOCK_THREAD_CPUTIME_ID);
        json_t *last = json_integer(1);
        int n = 0;
        for (int i = 0; i < CHAIN; i++) {
            json_t *next = json_integer(json_integer_value(last) + 1);
            n += sprintf(history + n, "[%d,%d,[%d,1],\"S\",%d,[%d]],", i, 0,
                         (int)json_integer_value(last), 1, (int)json_integer_value(next));
            json_decref(last);
            last = next;
        }
        json_decref(last);
        times[t] = ns(CLOCK_THREAD_CPUTIME_ID) - from;
    }
    return middle(times, RV_LEN(times)) / 1000;
}

/* Two rows and their flushes for each run, AT_ONCE of them in a transaction. CPU of a pair. */
static double bare_rows_us(void)
{
    sqlite3 *db;
    sqlite3_stmt *in, *up;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/bare.db", fx.s.dir);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db,
                     "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE run (id TEXT "
                     "PRIMARY KEY, at INTEGER, data BLOB) WITHOUT ROWID",
                     NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "INSERT INTO run VALUES (?, ?, ?)", -1, &in, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "UPDATE run SET at = ? WHERE id = ?", -1, &up, NULL) != SQLITE_OK)
        exit(1);
    int64_t from = ns(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < STARTS; i += AT_ONCE)
        for (int pass = 0; pass < 2; pass++) {
            (void)sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
            for (int k = i; k < i + AT_ONCE; k++) {
                char id[40];
                sqlite3_stmt *s = pass == 0 ? in : up;
                (void)snprintf(id, sizeof id, "0195f3c2-0000-7000-8000-%012d", k);
                (void)sqlite3_bind_text(s, pass == 0 ? 1 : 2, id, -1, SQLITE_TRANSIENT);
                (void)sqlite3_bind_int64(s, pass == 0 ? 2 : 1, k);
                if (pass == 0)
                    (void)sqlite3_bind_zeroblob(s, 3, 100);
                if (sqlite3_step(s) != SQLITE_DONE)
                    exit(1);
                (void)sqlite3_reset(s);
            }
            (void)sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
        }
    double us = (double)(ns(CLOCK_PROCESS_CPUTIME_ID) - from) / STARTS / 1000;
    (void)sqlite3_finalize(in);
    (void)sqlite3_finalize(up);
    (void)sqlite3_close(db);
    (void)unlink(path);
    for (const char *const *end = (const char *const[]){ "-wal", "-shm", NULL }; *end != NULL;
         end++) {
        (void)snprintf(path, sizeof path, "%s/bare.db%s", fx.s.dir, *end);
        (void)unlink(path);
    }
    return us;
}

int main(void)
{
    flow_fixture_extra = bench_cards;
    flow_fixture_open(&fx, true);
    rv_str chain = chain_flow();
    for (int i = 0; i < CHAIN_RUNS / 10; i++)
        (void)start_many(chain, 1, true);
    took_n = 0;
    int64_t whole = ns(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < CHAIN_RUNS; i++) /* one behind the other: began_at is one variable */
        (void)start_many(chain, 1, true);
    whole = ns(CLOCK_PROCESS_CPUTIME_ID) - whole;
    size_t n = took_n;
    double wall = middle(took, n) / 1000, cpu = middle(took_cpu, n) / 1000, bare = bare_chain_us();

    rv_str one = flow_fixture_flow(&fx, "[" START "]");
    (void)start_many(one, 2000, true);
    int64_t process = ns(CLOCK_PROCESS_CPUTIME_ID), caller = start_many(one, STARTS, true);
    process = ns(CLOCK_PROCESS_CPUTIME_ID) - process;
    double rows = bare_rows_us();

    rv_str wait = flow_fixture_flow(&fx, "[" START ",{\"id\":\"w\",\"card\":\"bench:wait\"}]");
    (void)malloc_trim(0);
    double before = resident_kb();
    int64_t begin = ns(CLOCK_PROCESS_CPUTIME_ID), executors = thread_ns("executor"),
            writer = thread_ns("writer");
    int64_t starter = start_many(wait, WAITING, false);
    while (atomic_load(&waiting) < WAITING)
        nap();
    begin = ns(CLOCK_PROCESS_CPUTIME_ID) - begin;
    executors = thread_ns("executor") - executors;
    writer = thread_ns("writer") - writer;
    double after = resident_kb();
    printf("{\"cards\":%d,\"chainWallUs\":%.1f,\"chainCpuUs\":%.1f,\"chainWholeCpuUs\":%.1f,"
           "\"bareChainUs\":%.1f,\"startCallerCpuUs\":%.1f,\"startToWaitCpuUs\":%.1f,"
           "\"startEngineCpuUs\":%.1f,\"startWriterCpuUs\":%.1f,\"startToEndCpuUs\":%.1f,\"bareRowsUs\":%.1f,\"waiting\":%d,\"waitingKb\":%.0f}\n",
           CHAIN, wall, cpu, (double)whole / 1000 / CHAIN_RUNS, bare,
           (double)caller / STARTS / 1000, (double)begin / WAITING / 1000,
           (double)(starter + executors) / WAITING / 1000, (double)writer / WAITING / 1000,
           (double)process / STARTS / 1000, rows, WAITING, after - before);
    (void)fflush(stdout);
    _exit(0); /* the runs wait for ever */
}
