/* store/store.c: opening and closing: the lock file, the database, migrations, statements, writer,
 * readers, jobs. */
#include "store/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef RV_SHRUNKEN
enum { ALWAYS_CHECK = true };
#else
enum { ALWAYS_CHECK = false };
#endif

const struct rv_config_key rv_store_config[] = {
    { "store.readers", RV_CONF_INT, "6", 1, 64, false, false, "Connections that read the database at the same time." },
    { "store.jobWorkers", RV_CONF_INT, "12", 1, 64, false, false, "Threads that work on jobs: synchronisation, mail, notices, actions of requests." },
    { .name = NULL },
};

static rv_status open_dir(struct rv_cx *cx, struct rv_store *s, const char *dir)
{
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return rv_fail(cx, RV_IO,
                       "the data directory %s cannot be made: %s; choose another one with --data",
                       dir, strerror(errno));
    if (access(dir, W_OK | X_OK) != 0)
        return rv_fail(cx, RV_IO,
                       "the data directory %s cannot be written: %s; change its permissions or "
                       "choose another one with --data",
                       dir, strerror(errno));
    rv_str lock = rv_printf(cx, "%s/lock", dir), file = rv_printf(cx, "%s/reeve.db", dir);
    if (lock.p == NULL || file.p == NULL)
        return RV_BUSY;
    s->file = strdup(file.p);
    s->lock_fd = open(lock.p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->file == NULL || s->lock_fd < 0)
        return rv_fail(cx, RV_IO,
                       "the data directory %s cannot be used: %s; change its permissions or choose "
                       "another one with --data",
                       dir, strerror(errno));
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return rv_fail(cx, RV_CONFLICT,
                       "another Reeve uses the data directory %s; stop it first, or choose another "
                       "directory with --data",
                       dir);
    return RV_OK;
}

/* The names of new files must survive a power cut too; SQLite does not check this flush. */
static rv_status flush_dir(struct rv_cx *cx, const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        (void)close(fd); /* only flushed */
    return ok ? RV_OK
              : rv_fail(cx, RV_IO, "the data directory %s cannot be flushed: %s", dir,
                        strerror(errno));
}

/* ---- statements against the schema ----------------------------------------------------------- */

static uint32_t mix(uint32_t h, const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * 16777619u;
    return h;
}

static uint32_t mix_statements(uint32_t h, const struct rv_sql_module *const *modules)
{
    for (; modules != NULL && *modules != NULL; modules++) {
        for (size_t i = 0; i < (*modules)->n; i++) {
            const struct rv_sql *q = &(*modules)->sql[i];
            h = mix(mix(mix(mix(h, q->name), q->text), q->in), q->out);
        }
    }
    return h;
}

/* Of this program's schema and statements and of the library that reads them. */
static uint32_t fingerprint(const struct rv_sql_module *const *own,
                            const struct rv_sql_module *const *modules)
{
    uint32_t h = mix(2166136261u, sqlite3_libversion());
    for (const struct rv_migration *m = rv_migrations; m->text != NULL; m++)
        h = mix(h, m->text);
    h = mix_statements(mix_statements(h, own), modules);
    return h >> 1 | 1; /* fits the database's number, and is not that of a fresh one */
}

static rv_status check_each(struct rv_cx *cx, struct rv_store *s,
                            const struct rv_sql_module *const *modules)
{
    for (; modules != NULL && *modules != NULL; modules++) {
        for (size_t i = 0; i < (*modules)->n; i++)
            RV_TRY(rv_conn_check(cx, &s->writer, &(*modules)->sql[i]));
    }
    return RV_OK;
}

/* Preparing everything once finds a statement that does not fit the schema at start-up, not in the
 * night. None is kept: a connection prepares what it uses when it first does, and most never need
 * most of them. What was found good is noted in the database, so that the next start of the same
 * program need not look again. */
static rv_status check_all(struct rv_cx *cx, struct rv_store *s,
                           const struct rv_sql_module *const *modules)
{
    static const struct rv_sql_module *const own[] = { &rv_sql_job, NULL };
    uint32_t print = fingerprint(own, modules), found;
    RV_TRY(rv_conn_number(cx, &s->writer, &found));
    if (print == found && !ALWAYS_CHECK)
        return RV_OK;
    RV_TRY(check_each(cx, s, own));
    RV_TRY(check_each(cx, s, modules));
    if (print == found)
        return RV_OK;
    rv_str note = rv_printf(cx, "PRAGMA user_version=%u", print);
    return note.p != NULL ? rv_conn_exec(cx, &s->writer, note.p) : RV_BUSY;
}

static rv_status open_all(struct rv_cx *cx, const struct rv_store_options *o, struct rv_store *s)
{
    RV_TRY(open_dir(cx, s, o->dir));
    RV_TRY(rv_conn_open(cx, s->file, true, &s->writer));
    RV_TRY(rv_store_migrate(cx, s));
    RV_TRY(flush_dir(cx, o->dir));
    RV_TRY(check_all(cx, s, o->modules));
    RV_TRY(rv_readers_open(cx, s, o->readers > 0 ? o->readers : 4));
    RV_TRY(rv_jobs_new(cx, o->job_tables, o->job_workers > 0 ? o->job_workers : 4, &s->jobs));
    return rv_group_start(cx, s);
}

rv_status rv_store_open(struct rv_cx *cx, const struct rv_store_options *o, struct rv_store **ret)
{
    struct rv_store *s = calloc(1, sizeof *s);
    if (s == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory");
    *s = (struct rv_store){ .magic = RV_MAGIC('s'),
                            .env = cx->env,
                            .again = o->again,
                            .lock_fd = -1,
                            .lock = PTHREAD_MUTEX_INITIALIZER,
                            .wake = PTHREAD_COND_INITIALIZER,
                            .readers_lock = PTHREAD_MUTEX_INITIALIZER,
                            .reader_free = PTHREAD_COND_INITIALIZER };
    rv_status st = open_all(cx, o, s);
    if (st != RV_OK) {
        rv_store_close(s);
        return st;
    }
    *ret = s;
    return RV_OK;
}

void rv_store_close(struct rv_store *s)
{
    if (s == NULL)
        return;
    RV_CHECK(s, 's');
    rv_store_stop_jobs(s);
    rv_group_stop(s);
    rv_jobs_free(s->jobs);
    rv_readers_close(s);
    if (s->writer.db != NULL)
        (void)sqlite3_wal_checkpoint_v2(s->writer.db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL); /* a log that stays is read again next time */
    rv_conn_close(&s->writer);
    if (s->lock_fd >= 0)
        (void)close(s->lock_fd); /* drops the lock */
    free(s->file);
    free(s);
}

int rv_store_side_file(const struct rv_store *s, const char *name)
{
    char path[4096];
    const char *slash = strrchr(s->file, '/');
    int n = snprintf(path, sizeof path, "%.*s%s", slash != NULL ? (int)(slash - s->file) + 1 : 0,
                     s->file, name);
    if (n < 0 || (size_t)n >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

void rv_store_stats(struct rv_store *s, struct rv_store_stats *ret)
{
    struct stat sb;
    *ret = (struct rv_store_stats){ .flushes = __atomic_load_n(&s->flushes, __ATOMIC_RELAXED),
                                    .transactions =
                                        __atomic_load_n(&s->transactions, __ATOMIC_RELAXED),
                                    .groups = __atomic_load_n(&s->groups, __ATOMIC_RELAXED),
                                    .jobs_pending = rv_jobs_pending(s->jobs),
                                    .schema_version = s->schema_version,
                                    .read_only = s->read_only };
    ret->bytes = stat(s->file, &sb) == 0 ? (int64_t)sb.st_size : 0;
    (void)pthread_mutex_lock(&s->readers_lock);
    ret->readers_busy = s->readers_used;
    (void)pthread_mutex_unlock(&s->readers_lock);
}
