/* store/store.h: one interface to the database, whichever engine stands behind it (architecture.md
 * 3, 4).
 *
 * Reads take a snapshot, writes are functions that run inside a transaction on the writer and
 * return when the transaction is durable. There is no begin and commit outside src/store. A write
 * function may run again (after a serialisation failure), so it touches nothing but its transaction
 * and its argument's result members. While the caller waits, its cx is lent to the writer. Any
 * thread may call. */
#pragma once
#include "base/base.h"

struct rv_store;
struct rv_tx; /* a write transaction or a read snapshot */

/* ---- statements (style.md 6) ----------------------------------------------------------------- */

struct rv_sql {
    const char *name; /* "team_rename", unique */
    const char *text; /* :name parameters; the subset both engines share */
    const char *pg; /* other text for PostgreSQL, or NULL */
    const char *in; /* "name:text id:text version:int" in the order of RV_ARGS; types text int real blob time bool */
    const char *out; /* "id:text" or NULL */
};
struct rv_sql_module {
    const char *name;
    const struct rv_sql *sql;
    size_t n;
};
#define RV_SQL_MODULE(module, table)                                                               \
    extern const struct rv_sql_module rv_sql_##module;                                             \
    const struct rv_sql_module rv_sql_##module = { #module, (table), sizeof(table) / sizeof((table)[0]) }

/* A column of sealed texts (reseal.c). list: id, what its associated data names, the sealed text;
 * put: the sealed text, then the id. */
struct rv_sealed {
    const char *name; /* for the sentence of a failure */
    const struct rv_sql *list, *put;
    rv_str (*aad)(struct rv_cx *cx, rv_str holder);
};
#define RV_SEALED_OUT "id:text holder:text sealed:text"
#define RV_SEALED_IN "sealed:text id:text"

/* Values of a statement, in the order of .in. */
struct rv_arg {
    enum { RV_ARG_NULL, RV_ARG_INT, RV_ARG_REAL, RV_ARG_TEXT, RV_ARG_BLOB } kind;
    int64_t i;
    double d;
    rv_str s;
};
typedef struct {
    rv_str bytes;
} rv_blob; /* tells a blob from a text in RV_ARGS */
static inline struct rv_arg rv_arg_int(int64_t i) /* RV_NO_INT / RV_NO_TIME: NULL */
{
    return (struct rv_arg){ .kind = i == RV_NO_INT ? RV_ARG_NULL : RV_ARG_INT, .i = i };
}
static inline struct rv_arg rv_arg_real(double d)
{
    return (struct rv_arg){ .kind = RV_ARG_REAL, .d = d };
}
static inline struct rv_arg rv_arg_text(rv_str s) /* absent: NULL */
{
    return (struct rv_arg){ .kind = s.p == NULL ? RV_ARG_NULL : RV_ARG_TEXT, .s = s };
}
static inline struct rv_arg rv_arg_blob(rv_blob b)
{
    return (struct rv_arg){ .kind = b.bytes.p == NULL ? RV_ARG_NULL : RV_ARG_BLOB, .s = b.bytes };
}
static inline struct rv_arg rv_arg_z(const char *z) { return rv_arg_text(rv_str_of(z)); }
#define RV_ARG(x)                                                                                  \
    _Generic((x), rv_str: rv_arg_text, rv_blob: rv_arg_blob, double: rv_arg_real, float: rv_arg_real, \
             char *: rv_arg_z, const char *: rv_arg_z, default: rv_arg_int)(x)
/* RV_ARGS(a, b, c): 0 to 24 values of type rv_str, const char *, rv_blob, double or any integer or
 * bool. */
#define RV_ARGS(...) RV_ARGS_N(__VA_OPT__(__VA_ARGS__, ) 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)(__VA_ARGS__)
#define RV_ARGS_N(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, n, ...) RV_ARGS_##n
#define RV_ARGV(n, ...) ((const struct rv_arg[]){ __VA_ARGS__ }), (size_t)(n)
#define RV_ARGS_0() NULL, (size_t)0
#define RV_ARGS_1(a) RV_ARGV(1, RV_ARG(a))
#define RV_ARGS_2(a, b) RV_ARGV(2, RV_ARG(a), RV_ARG(b))
#define RV_ARGS_3(a, b, c) RV_ARGV(3, RV_ARG(a), RV_ARG(b), RV_ARG(c))
#define RV_ARGS_4(a, b, c, d) RV_ARGV(4, RV_ARG(a), RV_ARG(b), RV_ARG(c), RV_ARG(d))
#define RV_A4(a, b, c, d) RV_ARG(a), RV_ARG(b), RV_ARG(c), RV_ARG(d)
#define RV_ARGS_5(a, b, c, d, e) RV_ARGV(5, RV_A4(a, b, c, d), RV_ARG(e))
#define RV_ARGS_6(a, b, c, d, e, f) RV_ARGV(6, RV_A4(a, b, c, d), RV_ARG(e), RV_ARG(f))
#define RV_ARGS_7(a, b, c, d, e, f, g) RV_ARGV(7, RV_A4(a, b, c, d), RV_ARG(e), RV_ARG(f), RV_ARG(g))
#define RV_ARGS_8(a, b, c, d, e, f, g, h) RV_ARGV(8, RV_A4(a, b, c, d), RV_A4(e, f, g, h))
#define RV_A8(a, b, c, d, e, f, g, h) RV_A4(a, b, c, d), RV_A4(e, f, g, h)
#define RV_ARGS_9(a, b, c, d, e, f, g, h, i) RV_ARGV(9, RV_A8(a, b, c, d, e, f, g, h), RV_ARG(i))
#define RV_ARGS_10(a, b, c, d, e, f, g, h, i, j) RV_ARGV(10, RV_A8(a, b, c, d, e, f, g, h), RV_ARG(i), RV_ARG(j))
#define RV_ARGS_11(a, b, c, d, e, f, g, h, i, j, k) RV_ARGV(11, RV_A8(a, b, c, d, e, f, g, h), RV_ARG(i), RV_ARG(j), RV_ARG(k))
#define RV_ARGS_12(a, b, c, d, e, f, g, h, i, j, k, l) RV_ARGV(12, RV_A8(a, b, c, d, e, f, g, h), RV_A4(i, j, k, l))
#define RV_A12(a, b, c, d, e, f, g, h, i, j, k, l) RV_A8(a, b, c, d, e, f, g, h), RV_A4(i, j, k, l)
#define RV_ARGS_13(a, b, c, d, e, f, g, h, i, j, k, l, m) RV_ARGV(13, RV_A12(a, b, c, d, e, f, g, h, i, j, k, l), RV_ARG(m))
#define RV_ARGS_14(a, b, c, d, e, f, g, h, i, j, k, l, m, n) RV_ARGV(14, RV_A12(a, b, c, d, e, f, g, h, i, j, k, l), RV_ARG(m), RV_ARG(n))
#define RV_ARGS_15(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o) RV_ARGV(15, RV_A12(a, b, c, d, e, f, g, h, i, j, k, l), RV_ARG(m), RV_ARG(n), RV_ARG(o))
#define RV_ARGS_16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) RV_ARGV(16, RV_A12(a, b, c, d, e, f, g, h, i, j, k, l), RV_A4(m, n, o, p))
#define RV_A16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) RV_A12(a, b, c, d, e, f, g, h, i, j, k, l), RV_A4(m, n, o, p)
#define RV_ARGS_17(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q) RV_ARGV(17, RV_A16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p), RV_ARG(q))
#define RV_ARGS_18(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r) RV_ARGV(18, RV_A16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p), RV_ARG(q), RV_ARG(r))
#define RV_ARGS_19(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s) RV_ARGV(19, RV_A16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p), RV_ARG(q), RV_ARG(r), RV_ARG(s))
#define RV_ARGS_20(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t) RV_ARGV(20, RV_A16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p), RV_A4(q, r, s, t))
#define RV_A20(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t) RV_A16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p), RV_A4(q, r, s, t)
#define RV_ARGS_21(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u) RV_ARGV(21, RV_A20(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t), RV_ARG(u))
#define RV_ARGS_22(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v) RV_ARGV(22, RV_A20(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t), RV_ARG(u), RV_ARG(v))
#define RV_ARGS_23(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w) RV_ARGV(23, RV_A20(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t), RV_ARG(u), RV_ARG(v), RV_ARG(w))
#define RV_ARGS_24(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x) RV_ARGV(24, RV_A20(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t), RV_A4(u, v, w, x))

/* Runs a statement that gives no rows. changed may be NULL. */
RV_MUST_CHECK rv_status rv_sql_exec(struct rv_tx *tx, const struct rv_sql *q, int64_t *changed,
                                    const struct rv_arg *args, size_t n);

/* Runs an INSERT of one row and gives the integer key that the row got; RV_NO_INT when it was not
 * inserted (ON CONFLICT DO NOTHING). For SQLite the text has no RETURNING, which would cost more
 * than the insertion; .pg has. */
RV_MUST_CHECK rv_status rv_sql_insert(struct rv_tx *tx, const struct rv_sql *q, int64_t *ret_key,
                                      const struct rv_arg *args, size_t n);

/* Rows, one at a time:
 *     struct rv_rows r;
 *     RV_TRY(rv_sql_query(tx, &sql[Q], &r, RV_ARGS(id)));
 *     while (rv_rows_next(&r)) { rv_str name = rv_col_str(&r, 0); … }
 *     RV_TRY(rv_rows_end(&r));                       (also after leaving the loop early) */
struct rv_rows {
    struct rv_tx *tx;
    void *stmt;
    rv_status st;
    uint64_t row;
};
RV_MUST_CHECK rv_status rv_sql_query(struct rv_tx *tx, const struct rv_sql *q, struct rv_rows *r,
                                     const struct rv_arg *args, size_t n);
RV_MUST_CHECK bool rv_rows_next(struct rv_rows *r);
RV_MUST_CHECK rv_status rv_rows_end(struct rv_rows *r);
rv_str rv_col_str(struct rv_rows *r, int i); /* copied into the tx's cx arena; NULL: absent. Texts and blobs */
rv_str rv_col_ref(struct rv_rows *r, int i); /* not copied: valid until the next call on r */
int64_t rv_col_int(struct rv_rows *r, int i); /* NULL: RV_NO_INT */
bool rv_col_bool(struct rv_rows *r, int i);
bool rv_col_null(struct rv_rows *r, int i);
/* Exactly one row: leaves r on it, so read the columns and then call rv_rows_end. *ret_found false
 * (and r ended) when there is none. */
RV_MUST_CHECK rv_status rv_sql_first(struct rv_tx *tx, const struct rv_sql *q, struct rv_rows *r,
                                     bool *ret_found, const struct rv_arg *args, size_t n);
/* Seals everything in these columns (NULL-terminated) anew, with the newest key; how many. Fails as a
 * whole when one cannot be opened. */
RV_MUST_CHECK rv_status rv_reseal(struct rv_tx *tx, const struct rv_sealed *const *columns,
                                  int64_t *ret_n);
/* The number in the first column of the first row; 0 when there is no row or it holds NULL. */
RV_MUST_CHECK rv_status rv_sql_count(struct rv_tx *tx, const struct rv_sql *q, int64_t *ret,
                                     const struct rv_arg *args, size_t n);

/* ---- transactions ---------------------------------------------------------------------------- */

typedef rv_status rv_tx_fn(struct rv_tx *tx, void *arg);
struct rv_cx *rv_tx_cx(struct rv_tx *tx); /* whose arena and error slot the statements use */
int64_t rv_tx_now(struct rv_tx *tx); /* database time, UTC ms: the same for the whole transaction */

/* Back when durable. Any status but RV_OK: rolled back, nothing of fn remains. RV_FULL, RV_BUSY as
 * they are. */
RV_MUST_CHECK rv_status rv_store_write(struct rv_cx *cx, rv_tx_fn *fn, void *arg);
/* The same with a continuation: done runs on the writer's completion thread (or as one list handed
 * to the executor's), once, with the outcome. cx belongs to the write until then. done must not
 * block. */
struct rv_write {
    struct rv_cx *cx;
    rv_tx_fn *fn;
    void (*done)(struct rv_write *w, rv_status st);
    void *arg;
    struct rv_write *next; /* the store's */
    rv_status st; /* the store's */
};
void rv_store_write_async(struct rv_store *s, struct rv_write *w);
/* A consistent snapshot on the calling thread. fn must not write. */
RV_MUST_CHECK rv_status rv_store_read(struct rv_cx *cx, rv_tx_fn *fn, void *arg);

/* ---- jobs: everything that happens later (architecture.md 4) --------------------------------- */

struct rv_job {
    int64_t id;
    rv_str kind, key; /* key: unique per kind, or absent */
    int64_t due_at; /* UTC ms */
    int attempt; /* 1 for the first */
    rv_str payload; /* JSON text, as the kind wants it; or absent */
    rv_str memo; /* what was said with it when it was added, for at_once; absent when the row was read back */
    bool *later; /* the store's */
};
struct rv_job_kind {
    const char *name; /* "request.timer" */
    /* Runs on a job worker with root rights. RV_OK: fn must have ended the job itself in a
     * transaction of its own writing (rv_job_end), else the row is deleted now. Anything else:
     * tried again after retry_ms[attempt-1], RV_NO_INT ends the tries; then `failed` (may be NULL)
     * runs and the row is deleted. */
    rv_status (*run)(struct rv_cx *cx, const struct rv_job *job);
    void (*failed)(struct rv_cx *cx, const struct rv_job *job);
    const int64_t *retry_ms; /* ends with RV_NO_INT; NULL: 1 s, 5 s, 30 s, 5 min, then every 15 min, for ever */
    /* When set, replaces run: the job is handed over at once on the dispatcher thread and stays
     * claimed until rv_job_end in a transaction or rv_job_release. For engines with an executor of
     * their own. */
    void (*dispatch)(struct rv_env *env, const struct rv_job *job);
    /* May be set beside run, for jobs that were added with a memo and are due: called on the
     * writer's thread when the row is durable, and must not block. True: it copied what it needs
     * and has the job now, as after rv_job_later. */
    bool (*at_once)(struct rv_env *env, const struct rv_job *job);
    const char *help;
    bool slow; /* waits for others (a mail server): all such jobs together hold at most half of the workers */
};
/* Same kind and key: the existing row stays and its due time becomes the earlier of the two. ret_id
 * may be NULL. */
RV_MUST_CHECK rv_status rv_job_add(struct rv_tx *tx, rv_str kind, rv_str key, int64_t due_at,
                                   rv_str payload, int64_t *ret_id);
/* With what at_once needs and would have to read again otherwise: lives as long as the
 * transaction's cx. */
RV_MUST_CHECK rv_status rv_job_add_memo(struct rv_tx *tx, rv_str kind, rv_str key, int64_t due_at,
                                        rv_str payload, rv_str memo);
RV_MUST_CHECK rv_status rv_job_end(struct rv_tx *tx, int64_t id);
RV_MUST_CHECK rv_status rv_job_done(struct rv_tx *tx, const struct rv_job *job); /* the same for who knows id and kind: one statement less */
RV_MUST_CHECK rv_status rv_job_cancel(struct rv_tx *tx, rv_str kind, rv_str key);
/* For jobs without a key, which costs an index entry each: looks through the jobs of this moment.
 */
RV_MUST_CHECK rv_status rv_job_cancel_payload(struct rv_tx *tx, rv_str kind, rv_str payload);
/* All jobs of a kind become due now, also those that wait for their next try. Looks through the
 * jobs of this moment. */
RV_MUST_CHECK rv_status rv_job_wake(struct rv_tx *tx, rv_str kind);
RV_MUST_CHECK rv_status rv_job_reschedule(struct rv_tx *tx, int64_t id, int64_t due_at,
                                          rv_str payload);
void rv_job_release(struct rv_store *s, int64_t id); /* a dispatched job that is not being worked on any more: due again now */
void rv_job_retry(struct rv_store *s, int64_t id, int64_t wait_ms); /* the same, due later; a new due time of a transaction goes before */
/* In a kind's run, before what it has started can end: the job goes on when run has come back, and
 * no worker waits for it. It stays claimed until a transaction ends it, or until rv_job_release or
 * rv_job_retry. */
void rv_job_later(struct rv_store *s, const struct rv_job *job); /* job->later == NULL: no worker has it, do not call */

/* ---- opening --------------------------------------------------------------------------------- */

struct rv_store_options {
    const char *dir; /* data directory; created with mode 0700 when absent */
    const struct rv_sql_module *const *modules; /* NULL-terminated: prepared at start-up and by the test sql-all */
    const struct rv_job_kind *const *job_tables; /* NULL-terminated list of tables ending with .name == NULL */
    int readers; /* read connections; 0 = 4 */
    int job_workers; /* 0 = 4 */
    bool again; /* for tests: every second group is given up once and runs a second time, as after a failure in it */
};
/* Opens, migrates, checks. Failures say in one sentence what to do: directory not writable,
 * database of a newer version, another process has it, disk full. */
RV_MUST_CHECK rv_status rv_store_open(struct rv_cx *cx, const struct rv_store_options *o,
                                      struct rv_store **ret);
/* Jobs run from here on: call when every engine is ready. */
RV_MUST_CHECK rv_status rv_store_start_jobs(struct rv_cx *cx, struct rv_store *s);
void rv_store_stop_jobs(struct rv_store *s); /* no new claims; waits for running jobs */
/* Opens a small file beside the database, made with mode 0600 when absent, for appending and
 * reading; -1 with errno. The caller closes it. */
int rv_store_side_file(const struct rv_store *s, const char *name);
void rv_store_close(struct rv_store *s); /* finishes writes, check-points, closes; NULL is fine */
struct rv_store_stats {
    uint64_t flushes, transactions, groups, jobs_pending, readers_busy;
    int64_t schema_version, bytes;
    bool read_only; /* disk full */
};
void rv_store_stats(struct rv_store *s, struct rv_store_stats *ret);
/* Called after each durable group on the writer thread with what rv_tx_announce collected; must not
 * block. */
typedef void rv_store_listener(void *arg, const char *topic, rv_str key);
void rv_store_listen(struct rv_store *s, rv_store_listener *fn, void *arg);
/* Tells listeners, once durable, that something changed: topic is a constant ("request"), key an
 * id. */
RV_MUST_CHECK rv_status rv_tx_announce(struct rv_tx *tx, const char *topic, rv_str key);

extern const struct rv_config_key rv_store_config[];
