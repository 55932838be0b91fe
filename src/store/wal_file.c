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
 * it is read as ever.
 *
 * The file is the library's own, with what is held behind it in the same memory: only the calls that
 * matter here are replaced. */
#include "store/store_int.h"
#include <stdlib.h>

enum { HELD_MAX = 0x1ffff /* bytes that the library's file system takes with one call */ };

struct held {
    sqlite3_io_methods methods; /* the usual ones but for those below */
    const sqlite3_io_methods *usual;
    char *bytes;
    int n;
    sqlite3_int64 at;
    int failed; /* why what belongs to lost_at is not there; SQLITE_OK: all is there */
    sqlite3_int64 lost_at;
};

static sqlite3_vfs *usual_vfs;

/* Where it lies behind the library's file. */
static int offset(void)
{
    int unit = (int)_Alignof(max_align_t);
    return (usual_vfs->szOsFile + unit - 1) / unit * unit;
}

static struct held *held_of(sqlite3_file *f)
{
    return (struct held *)(void *)((char *)f + offset());
}

static int write_held(sqlite3_file *f)
{
    struct held *h = held_of(f);
    if (h->failed != SQLITE_OK || h->n == 0)
        return h->failed;
    h->failed = h->usual->xWrite(f, h->bytes, h->n, h->at);
    h->lost_at = h->at;
    h->n = 0;
    return h->failed;
}

static int wal_write(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 at)
{
    struct held *h = held_of(f);
    if (at <= h->lost_at)
        h->failed = SQLITE_OK;
    int rc = h->failed;
    if (h->n > 0 && (at != h->at + h->n || n > HELD_MAX - h->n))
        rc = write_held(f);
    if (rc != SQLITE_OK)
        return rc;
    if (h->bytes == NULL)
        h->bytes = malloc(HELD_MAX);
    if (h->bytes == NULL || n > HELD_MAX)
        return h->usual->xWrite(f, bytes, n, at);
    if (h->n == 0)
        h->at = at;
    memcpy(h->bytes + h->n, bytes, (size_t)n);
    h->n += n;
    return SQLITE_OK;
}

static int wal_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    const struct held *h = held_of(f);
    int rc = write_held(f);
    return rc == SQLITE_OK || at + n <= h->lost_at ? h->usual->xRead(f, to, n, at) : rc;
}

static int wal_sync(sqlite3_file *f, int flags)
{
    int rc = write_held(f);
    return rc == SQLITE_OK ? held_of(f)->usual->xSync(f, flags) : rc;
}

static int wal_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    struct held *h = held_of(f);
    int rc = write_held(f);
    if (size <= h->lost_at)
        rc = h->failed = SQLITE_OK; /* what was lost is cut off */
    return rc == SQLITE_OK ? h->usual->xTruncate(f, size) : rc;
}

static int wal_size(sqlite3_file *f, sqlite3_int64 *ret)
{
    (void)write_held(f); /* a failure is told by the flush */
    return held_of(f)->usual->xFileSize(f, ret);
}

static int wal_close(sqlite3_file *f)
{
    struct held *h = held_of(f);
    (void)write_held(f); /* not flushed, so nobody was told that it is there */
    free(h->bytes);
    return h->usual->xClose(f);
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
    (void)vfs;
    int rc = usual_vfs->xOpen(usual_vfs, name, f, flags, ret_flags);
    if ((flags & SQLITE_OPEN_WAL) == 0 || f->pMethods == NULL)
        return rc;
    struct held *h = held_of(f);
    *h = (struct held){ .methods = *f->pMethods, .usual = f->pMethods };
    h->methods.xWrite = wal_write;
    h->methods.xRead = wal_read;
    h->methods.xSync = wal_sync;
    h->methods.xTruncate = wal_truncate;
    h->methods.xFileSize = wal_size;
    h->methods.xClose = wal_close;
    f->pMethods = &h->methods;
    return rc;
}

const char *rv_wal_file_vfs(void)
{
    static sqlite3_vfs ours;
    usual_vfs = sqlite3_vfs_find(NULL);
    if (usual_vfs == NULL)
        return NULL;
    ours = *usual_vfs;
    ours.zName = "reeve";
    ours.szOsFile = offset() + (int)sizeof(struct held);
    ours.pNext = NULL;
    ours.xOpen = open_file;
    return sqlite3_vfs_register(&ours, 0) == SQLITE_OK ? ours.zName : NULL;
}
