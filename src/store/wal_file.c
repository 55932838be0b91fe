/* The library's log file with fewer writes.
 *
 * SQLite writes each page of a commit with two calls, 24 bytes of head and the page, one behind the
 * other: a hundred calls for a group of transactions. Here what follows on one another is held and
 * written with one call: before the log is flushed, read, measured, cut or closed, and when it is too
 * much. Nobody else reads what is held: readers look only at pages whose commit was flushed, and a
 * flush writes first. So what a stopped process loses is what it would have lost anyway.
 *
 * A write that fails is told by the call that causes it. Everything behind the lost place then fails
 * too, until the library writes there again, which it does after it has rolled back; what lies before
 * it is read as ever. */
#include "store/store_int.h"
#include <stdlib.h>

enum { HELD_MAX = 0x1ffff /* bytes that the library's file system takes with one call */ };

struct wal_file {
    sqlite3_file as_seen; /* by the library: first */
    sqlite3_file *real;
    char *held;
    int held_n;
    sqlite3_int64 held_at;
    int failed; /* why what belongs to lost_at is not there; SQLITE_OK: all is there */
    sqlite3_int64 lost_at;
};

static struct wal_file *wal_of(sqlite3_file *f)
{
    return (struct wal_file *)(void *)f;
}

static int write_held(struct wal_file *w)
{
    if (w->failed != SQLITE_OK || w->held_n == 0)
        return w->failed;
    w->failed = w->real->pMethods->xWrite(w->real, w->held, w->held_n, w->held_at);
    w->lost_at = w->held_at;
    w->held_n = 0;
    return w->failed;
}

static int wal_write(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 at)
{
    struct wal_file *w = wal_of(f);
    if (w->failed != SQLITE_OK && at <= w->lost_at)
        w->failed = SQLITE_OK;
    if (w->held_n > 0 && (at != w->held_at + w->held_n || n > HELD_MAX - w->held_n)) {
        int rc = write_held(w);
        if (rc != SQLITE_OK)
            return rc;
    }
    if (w->failed != SQLITE_OK)
        return w->failed;
    if (w->held == NULL)
        w->held = malloc(HELD_MAX);
    if (w->held == NULL || n > HELD_MAX)
        return w->real->pMethods->xWrite(w->real, bytes, n, at);
    if (w->held_n == 0)
        w->held_at = at;
    memcpy(w->held + w->held_n, bytes, (size_t)n);
    w->held_n += n;
    return SQLITE_OK;
}

static int wal_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    struct wal_file *w = wal_of(f);
    int rc = write_held(w);
    if (rc == SQLITE_OK || at + n <= w->lost_at) /* what was there before the lost place still is */
        rc = w->real->pMethods->xRead(w->real, to, n, at);
    return rc;
}

static int wal_sync(sqlite3_file *f, int flags)
{
    struct wal_file *w = wal_of(f);
    int rc = write_held(w);
    return rc == SQLITE_OK ? w->real->pMethods->xSync(w->real, flags) : rc;
}

static int wal_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    struct wal_file *w = wal_of(f);
    int rc = write_held(w);
    if (rc != SQLITE_OK && size <= w->lost_at)
        rc = w->failed = SQLITE_OK; /* what was lost is cut off */
    return rc == SQLITE_OK ? w->real->pMethods->xTruncate(w->real, size) : rc;
}

static int wal_size(sqlite3_file *f, sqlite3_int64 *ret)
{
    struct wal_file *w = wal_of(f);
    (void)write_held(w); /* a failure is told by the flush */
    return w->real->pMethods->xFileSize(w->real, ret);
}

static int wal_close(sqlite3_file *f)
{
    struct wal_file *w = wal_of(f);
    (void)write_held(w); /* not flushed, so nobody was told that it is there */
    free(w->held);
    return w->real->pMethods->xClose(w->real);
}

static int wal_lock(sqlite3_file *f, int level)
{
    struct wal_file *w = wal_of(f);
    return w->real->pMethods->xLock(w->real, level);
}

static int wal_unlock(sqlite3_file *f, int level)
{
    struct wal_file *w = wal_of(f);
    return w->real->pMethods->xUnlock(w->real, level);
}

static int wal_is_reserved(sqlite3_file *f, int *ret)
{
    struct wal_file *w = wal_of(f);
    return w->real->pMethods->xCheckReservedLock(w->real, ret);
}

static int wal_control(sqlite3_file *f, int what, void *arg)
{
    struct wal_file *w = wal_of(f);
    return w->real->pMethods->xFileControl(w->real, what, arg);
}

static int wal_sector(sqlite3_file *f)
{
    struct wal_file *w = wal_of(f);
    return w->real->pMethods->xSectorSize(w->real);
}

static int wal_device(sqlite3_file *f)
{
    struct wal_file *w = wal_of(f);
    return w->real->pMethods->xDeviceCharacteristics(w->real);
}

static const sqlite3_io_methods wal_methods = {
    .iVersion = 1,
    .xClose = wal_close,
    .xRead = wal_read,
    .xWrite = wal_write,
    .xTruncate = wal_truncate,
    .xSync = wal_sync,
    .xFileSize = wal_size,
    .xLock = wal_lock,
    .xUnlock = wal_unlock,
    .xCheckReservedLock = wal_is_reserved,
    .xFileControl = wal_control,
    .xSectorSize = wal_sector,
    .xDeviceCharacteristics = wal_device,
};

static sqlite3_vfs *usual;

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
    struct wal_file *w = wal_of(f);
    (void)vfs;
    if ((flags & SQLITE_OPEN_WAL) == 0)
        return usual->xOpen(usual, name, f, flags, ret_flags);
    *w = (struct wal_file){ .real = (sqlite3_file *)(void *)(w + 1) };
    int rc = usual->xOpen(usual, name, w->real, flags, ret_flags);
    if (w->real->pMethods != NULL)
        w->as_seen.pMethods = &wal_methods;
    return rc;
}

const char *rv_wal_file_vfs(void)
{
    static sqlite3_vfs ours;
    usual = sqlite3_vfs_find(NULL);
    if (usual == NULL)
        return NULL;
    ours = *usual;
    ours.zName = "reeve";
    ours.szOsFile = (int)sizeof(struct wal_file) + usual->szOsFile;
    ours.pNext = NULL;
    ours.xOpen = open_file;
    return sqlite3_vfs_register(&ours, 0) == SQLITE_OK ? ours.zName : NULL;
}
