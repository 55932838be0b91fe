/* store/store_int.h: what the files of src/store share.
 *
 * One writer thread owns the only writable connection and all check-points; readers have
 * connections of their own. A statement is prepared once per connection and found again by the
 * address of its declaration. */
#pragma once
#include "store/store.h"

#include <pthread.h>
#include <sqlite3.h>

struct rv_conn {
    sqlite3 *db;
    struct rv_stmt { /* open addressing by address of the declaration */
        const struct rv_sql *q;
        sqlite3_stmt *stmt;
        uint8_t n, at[24]; /* parameters: the i-th value of .in is bound at at[i] */
    } *stmts;
    size_t stmts_n, stmts_size;
    sqlite3_stmt *begin, *commit, *rollback, *savepoint, *release, *rollback_to;
    bool writer;
};
/* What a transaction tells others once it is durable. */
enum rv_news_kind { RV_NEWS_TOPIC, RV_NEWS_JOB_ADD, RV_NEWS_JOB_END, RV_NEWS_JOB_DUE };
struct rv_news {
    struct rv_news *next;
    enum rv_news_kind what;
    const char *topic; /* RV_NEWS_TOPIC */
    rv_str key;
    struct rv_news *jobs_next; /* of the other kinds: those of the whole group */
    struct rv_job job; /* strings live as long as the transaction's cx */
    bool is_new; /* RV_NEWS_JOB_ADD: there was none with this kind and key */
};
struct rv_tx {
    struct rv_cx *cx;
    struct rv_store *store;
    struct rv_conn *conn; /* of a read: NULL until its first statement */
    int64_t now;
    bool write;
    struct rv_news *news, **news_tail;
};
struct rv_listener {
    struct rv_listener *next;
    rv_store_listener *fn;
    void *arg;
};
struct rv_jobs;
struct rv_store {
    uint32_t magic;
    struct rv_env *env;
    char *file;
    int lock_fd;
    struct rv_conn writer;
    /* group.c */
    pthread_t thread;
    bool running;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct rv_write *head, **tail; /* guarded by lock */
    size_t queued; /* writes in that list */
    bool stopping; /* guarded by lock */
    struct rv_listener *listeners; /* guarded by lock */
    bool again; /* as in the options */
    uint64_t flushes, transactions, groups; /* written by the writer, read with relaxed order */
    _Atomic bool read_only;
    int64_t schema_version;
    /* read.c */
    pthread_mutex_t readers_lock;
    pthread_cond_t reader_free;
    struct rv_conn *readers;
    bool *reader_busy;
    size_t readers_n, readers_used;
    struct rv_jobs *jobs;
};

/* wal_file.c */
/* Registers the file system under which the log is written with fewer calls, and gives its
 * name; NULL: no memory. Once in a process. */
const char *rv_wal_file_vfs(void);

/* sqlite.c */
rv_status rv_conn_open(struct rv_cx *cx, const char *file, bool writer,
                       struct rv_conn *ret) RV_MUST_CHECK;
void rv_conn_close(struct rv_conn *c);
rv_status rv_conn_exec(struct rv_cx *cx, struct rv_conn *c, const char *text) RV_MUST_CHECK; /* several statements */
rv_status rv_conn_step(struct rv_cx *cx, struct rv_conn *c, sqlite3_stmt *stmt) RV_MUST_CHECK; /* to its end, then reset */
rv_status rv_conn_fail(struct rv_cx *cx, struct rv_conn *c, int rc, const char *what);
rv_status rv_conn_prepare(struct rv_cx *cx, struct rv_conn *c, const struct rv_sql *q,
                          struct rv_stmt *ret) RV_MUST_CHECK;
/* Prepares the statement, checks its declaration and drops it again. */
rv_status rv_conn_check(struct rv_cx *cx, struct rv_conn *c, const struct rv_sql *q) RV_MUST_CHECK;
rv_status rv_conn_number(struct rv_cx *cx, struct rv_conn *c, uint32_t *ret) RV_MUST_CHECK; /* the one that the database keeps for its program */
/* migrate.c */
rv_status rv_store_migrate(struct rv_cx *cx, struct rv_store *s) RV_MUST_CHECK;
/* group.c */
rv_status rv_group_start(struct rv_cx *cx, struct rv_store *s) RV_MUST_CHECK;
void rv_group_stop(struct rv_store *s);
struct rv_news *rv_tx_news(struct rv_tx *tx, enum rv_news_kind what); /* appended; NULL with RV_BUSY stored */
/* read.c */
rv_status rv_read_begin(struct rv_tx *tx) RV_MUST_CHECK;
rv_status rv_readers_open(struct rv_cx *cx, struct rv_store *s, int n) RV_MUST_CHECK;
void rv_readers_close(struct rv_store *s);
/* jobs.c: told of durable news on the writer thread */
rv_status rv_jobs_new(struct rv_cx *cx, const struct rv_job_kind *const *tables, int workers,
                      struct rv_jobs **ret) RV_MUST_CHECK;
void rv_jobs_free(struct rv_jobs *j);
void rv_jobs_news(struct rv_jobs *j, struct rv_news *list); /* of all transactions of a group, in their order; takes the list apart */
uint64_t rv_jobs_pending(struct rv_jobs *j);
extern const struct rv_sql_module rv_sql_job;

struct rv_migration { /* generated from migrations/ */
    int number;
    const char *name, *text;
};
extern const struct rv_migration rv_migrations[]; /* ends with .text == NULL */
