/* store/sqlite.c: the SQLite driver: connections, statements by declaration, rows, and what its
 * errors mean. */
#include "store/store_int.h"

#include <stdlib.h>

enum { STMTS_FIRST = 256 };

/* SQLITE_FULL and friends: what the caller can know and do. */
rv_status rv_conn_fail(struct rv_cx *cx, struct rv_conn *c, int rc, const char *what)
{
    rv_status st;
    switch (rc & 0xff) {
    case SQLITE_FULL:
        st = rv_fail(
            cx, RV_FULL,
            "the disk is full; nothing was stored. Free some space, Reeve goes on by itself");
        break;
    case SQLITE_CONSTRAINT:
        st = rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY
                 ? rv_fail(cx, RV_CONFLICT, "an object with this key exists already")
                 : rv_fail(cx, RV_INTERNAL, "the change breaks a rule of the database");
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        st = rv_fail(cx, RV_BUSY, "the database is busy; try again");
        break;
    case SQLITE_NOMEM:
        st = rv_fail(cx, RV_BUSY, "out of memory");
        break;
    case SQLITE_READONLY:
        st = rv_fail(cx, RV_BUSY, "the database is read-only at this moment");
        break;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        st = rv_fail(cx, RV_IO,
                     "the database is damaged: reeve.db in the data directory is not what was "
                     "written there; put a backup in its place");
        break;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        st = rv_fail(cx, RV_IO,
                     "the database cannot be opened: reeve.db in the data directory must be a file "
                     "that this user may read and write");
        break;
    default:
        st = rv_fail(cx, RV_IO, "the database could not be used");
    }
    rv_fail_detail(cx, "%s: %s (%d)", what,
                   c->db != NULL ? sqlite3_errmsg(c->db) : sqlite3_errstr(rc), rc);
    return st;
}

rv_status rv_conn_exec(struct rv_cx *cx, struct rv_conn *c, const char *text)
{
    int rc = sqlite3_exec(c->db, text, NULL, NULL, NULL);
    return rc == SQLITE_OK ? RV_OK : rv_conn_fail(cx, c, sqlite3_extended_errcode(c->db), "exec");
}

rv_status rv_conn_step(struct rv_cx *cx, struct rv_conn *c, sqlite3_stmt *stmt)
{
    int rc;
    do
        rc = sqlite3_step(stmt);
    while (rc == SQLITE_ROW);
    int extended = rc == SQLITE_DONE ? SQLITE_OK : sqlite3_extended_errcode(c->db);
    rv_status st = rc == SQLITE_DONE ? RV_OK : rv_conn_fail(cx, c, extended, sqlite3_sql(stmt));
    (void)sqlite3_reset(stmt); /* repeats the error of step */
    return st;
}

static rv_status own_statements(struct rv_cx *cx, struct rv_conn *c)
{
    const struct {
        sqlite3_stmt **to;
        const char *text;
    } rows[] = { { &c->begin, c->writer ? "BEGIN IMMEDIATE" : "BEGIN" },
                 { &c->commit, "COMMIT" },
                 { &c->rollback, "ROLLBACK" },
                 { &c->savepoint, "SAVEPOINT fn" },
                 { &c->release, "RELEASE fn" },
                 { &c->rollback_to, "ROLLBACK TO fn" } };
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        int rc = sqlite3_prepare_v3(c->db, rows[i].text, -1, SQLITE_PREPARE_PERSISTENT, rows[i].to,
                                    NULL);
        if (rc != SQLITE_OK)
            return rv_conn_fail(cx, c, rc, rows[i].text);
    }
    return RV_OK;
}

static rv_status settle(struct rv_cx *cx, struct rv_conn *c)
{
    static const char common[] = "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA "
                                 "cell_size_check=ON; PRAGMA mmap_size=0;"
                                 "PRAGMA temp_store=MEMORY;";
    static const char writing[] =
        "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA "
        "wal_autocheckpoint=0; PRAGMA cache_size=-4096;";
    static const char reading[] = "PRAGMA cache_size=-512;"; /* every commit empties it */
    int off = 0;
    (void)sqlite3_extended_result_codes(c->db, 1);
    (void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, &off);
    (void)sqlite3_busy_timeout(c->db, 2000);
    RV_TRY(rv_conn_exec(cx, c, c->writer ? writing : reading));
    RV_TRY(rv_conn_exec(cx, c, common));
    return own_statements(cx, c);
}

static const char *vfs; /* NULL: the usual one */

/* No counting of memory, which costs a lock for every allocation. No block of pages made ahead:
 * a reader's pages go with every commit, and 160 KB would be made and given back for each snapshot
 * that wants a few. */
static void set_up_library(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* refused when somebody has used the library before: then it counts */
    vfs = rv_wal_file_vfs();
}

rv_status rv_conn_open(struct rv_cx *cx, const char *file, bool writer, struct rv_conn *ret)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, set_up_library);
    *ret = (struct rv_conn){ .writer = writer,
                             .stmts_size = STMTS_FIRST,
                             .stmts = calloc(STMTS_FIRST, sizeof *ret->stmts) };
    if (ret->stmts == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory");
    int flags = SQLITE_OPEN_NOMUTEX |
                (writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    int rc = sqlite3_open_v2(file, &ret->db, flags, vfs);
    rv_status st = rc == SQLITE_OK ? settle(cx, ret) : rv_conn_fail(cx, ret, rc, "open");
    if (st != RV_OK)
        rv_conn_close(ret);
    return st;
}

void rv_conn_close(struct rv_conn *c)
{
    for (size_t i = 0; i < c->stmts_size && c->stmts != NULL; i++)
        (void)sqlite3_finalize(c->stmts[i].stmt); /* repeats the last error of the statement */
    sqlite3_stmt *own[] = { c->begin,     c->commit,  c->rollback,
                            c->savepoint, c->release, c->rollback_to };
    for (size_t i = 0; i < RV_LEN(own); i++)
        (void)sqlite3_finalize(own[i]);
    free(c->stmts);
    (void)sqlite3_close(c->db);
    *c = (struct rv_conn){ 0 };
}

/* ---- statements ------------------------------------------------------------------------------ */

static struct rv_stmt *slot(struct rv_stmt *table, size_t size, const struct rv_sql *q)
{
    size_t i = ((uintptr_t)q >> 4) * 0x9e3779b97f4a7c15u >> 20 & (size - 1);
    while (table[i].q != NULL && table[i].q != q)
        i = (i + 1) & (size - 1);
    return &table[i];
}

static rv_status grow(struct rv_cx *cx, struct rv_conn *c)
{
    size_t size = c->stmts_size * 2;
    struct rv_stmt *table = calloc(size, sizeof *table);
    if (table == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory");
    for (size_t i = 0; i < c->stmts_size; i++) {
        if (c->stmts[i].q != NULL)
            *slot(table, size, c->stmts[i].q) = c->stmts[i];
    }
    free(c->stmts);
    c->stmts = table;
    c->stmts_size = size;
    return RV_OK;
}

/* "name:text" cut at its colon. */
static bool next_declared(rv_str *rest, rv_str *ret_name, rv_str *ret_type)
{
    rv_str part;
    while (rv_str_split(rest, ' ', &part)) {
        if (part.n == 0)
            continue;
        *ret_type = part;
        (void)rv_str_split(ret_type, ':', ret_name);
        return true;
    }
    return false;
}

static int declared_count(const char *text)
{
    rv_str rest = rv_str_of(text), name, type;
    int n = 0;
    while (next_declared(&rest, &name, &type))
        n++;
    return n;
}

/* A declaration that does not fit its text is a defect of the program: found when the statement is
 * first prepared, which start-up does with all of them. */
static void check_declaration(struct rv_stmt *s)
{
    const struct rv_sql *q = s->q;
    rv_str rest = rv_str_of(q->in), name, type;
    while (next_declared(&rest, &name, &type)) {
        char wanted[64] = ":";
        if (name.n > 60 || s->n >= sizeof s->at)
            RV_BUG("statement %s: too many parameters, or too long a name", q->name);
        memcpy(wanted + 1, name.p, name.n);
        int at = sqlite3_bind_parameter_index(s->stmt, wanted);
        if (at == 0)
            RV_BUG("statement %s: .in declares %s, which the text does not have", q->name, wanted);
        s->at[s->n++] = (uint8_t)at;
    }
    if (s->n != sqlite3_bind_parameter_count(s->stmt))
        RV_BUG("statement %s: .in declares %d parameters, the text has %d", q->name, s->n,
               sqlite3_bind_parameter_count(s->stmt));
    if (q->out != NULL && declared_count(q->out) != sqlite3_column_count(s->stmt))
        RV_BUG("statement %s: .out declares %d columns, the text gives %d", q->name,
               declared_count(q->out), sqlite3_column_count(s->stmt));
}

rv_status rv_conn_check(struct rv_cx *cx, struct rv_conn *c, const struct rv_sql *q)
{
    struct rv_stmt s = { .q = q };
    int rc = sqlite3_prepare_v3(c->db, q->text, -1, 0, &s.stmt, NULL);
    if (rc != SQLITE_OK)
        return rv_conn_fail(cx, c, rc, q->name);
    check_declaration(&s);
    (void)sqlite3_finalize(s.stmt); /* never stepped */
    return RV_OK;
}

rv_status rv_conn_number(struct rv_cx *cx, struct rv_conn *c, uint32_t *ret)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v3(c->db, "PRAGMA user_version", -1, 0, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    *ret = rc == SQLITE_ROW ? (uint32_t)sqlite3_column_int64(stmt, 0) : 0;
    (void)sqlite3_finalize(stmt); /* repeats the error of step */
    return rc == SQLITE_ROW ? RV_OK : rv_conn_fail(cx, c, rc, "user_version");
}

rv_status rv_conn_prepare(struct rv_cx *cx, struct rv_conn *c, const struct rv_sql *q,
                          struct rv_stmt *ret)
{
    struct rv_stmt *s = slot(c->stmts, c->stmts_size, q);
    if (s->q == NULL) {
        struct rv_stmt fresh = { .q = q };
        int rc =
            sqlite3_prepare_v3(c->db, q->text, -1, SQLITE_PREPARE_PERSISTENT, &fresh.stmt, NULL);
        if (rc != SQLITE_OK)
            return rv_conn_fail(cx, c, rc, q->name);
        check_declaration(&fresh);
        *s = *ret = fresh;
        return ++c->stmts_n * 2 > c->stmts_size ? grow(cx, c) : RV_OK;
    }
    *ret = *s;
    return RV_OK;
}

static int bind_one(sqlite3_stmt *stmt, int i, const struct rv_arg *a)
{
    switch (a->kind) {
    case RV_ARG_NULL:
        return sqlite3_bind_null(stmt, i);
    case RV_ARG_INT:
        return sqlite3_bind_int64(stmt, i, a->i);
    case RV_ARG_REAL:
        return sqlite3_bind_double(stmt, i, a->d);
    case RV_ARG_TEXT:
        return sqlite3_bind_text64(stmt, i, a->s.p, a->s.n, SQLITE_STATIC, SQLITE_UTF8);
    case RV_ARG_BLOB:
        return sqlite3_bind_blob64(stmt, i, a->s.p, a->s.n, SQLITE_STATIC);
    }
    RV_BUG("argument kind %d", (int)a->kind);
}

static rv_status prepare_bound(struct rv_tx *tx, const struct rv_sql *q, const struct rv_arg *args,
                               size_t n, sqlite3_stmt **ret)
{
    struct rv_stmt s;
    if (tx->conn == NULL)
        RV_TRY(rv_read_begin(tx));
    RV_TRY(rv_conn_prepare(tx->cx, tx->conn, q, &s));
    if (sqlite3_stmt_busy(s.stmt))
        RV_BUG("statement %s is still read from; end its rows first", q->name);
    if (n != s.n)
        RV_BUG("statement %s takes %d values, got %zu", q->name, s.n, n);
    for (size_t i = 0; i < n; i++) {
        int rc = bind_one(s.stmt, s.at[i], &args[i]);
        if (rc != SQLITE_OK)
            return rv_conn_fail(tx->cx, tx->conn, rc, q->name);
    }
    *ret = s.stmt;
    return RV_OK;
}

rv_status rv_sql_exec(struct rv_tx *tx, const struct rv_sql *q, int64_t *changed,
                      const struct rv_arg *args, size_t n)
{
    sqlite3_stmt *stmt;
    RV_TRY(prepare_bound(tx, q, args, n, &stmt));
    if (!tx->write && !sqlite3_stmt_readonly(stmt))
        RV_BUG("statement %s writes inside a read", q->name);
    RV_TRY(rv_conn_step(tx->cx, tx->conn, stmt));
    if (changed != NULL)
        *changed = sqlite3_changes64(tx->conn->db);
    return RV_OK;
}

rv_status rv_sql_insert(struct rv_tx *tx, const struct rv_sql *q, int64_t *ret_key,
                        const struct rv_arg *args, size_t n)
{
    int64_t changed;
    RV_TRY(rv_sql_exec(tx, q, &changed, args, n));
    *ret_key = changed > 0 ? sqlite3_last_insert_rowid(tx->conn->db) : RV_NO_INT;
    return RV_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

rv_status rv_sql_query(struct rv_tx *tx, const struct rv_sql *q, struct rv_rows *r,
                       const struct rv_arg *args, size_t n)
{
    sqlite3_stmt *stmt;
    *r = (struct rv_rows){ .tx = tx };
    RV_TRY(prepare_bound(tx, q, args, n, &stmt));
    r->stmt = stmt;
    return RV_OK;
}

bool rv_rows_next(struct rv_rows *r)
{
    if (r->stmt == NULL || r->st != RV_OK)
        return false;
    int rc = sqlite3_step(r->stmt);
    if (rc == SQLITE_ROW) {
        r->row++;
        return true;
    }
    if (rc != SQLITE_DONE)
        r->st = rv_conn_fail(r->tx->cx, r->tx->conn, sqlite3_extended_errcode(r->tx->conn->db),
                             sqlite3_sql(r->stmt));
    return false;
}

rv_status rv_rows_end(struct rv_rows *r)
{
    if (r->stmt != NULL)
        (void)sqlite3_reset(r->stmt); /* repeats the error of step */
    r->stmt = NULL;
    return r->st;
}

rv_status rv_sql_first(struct rv_tx *tx, const struct rv_sql *q, struct rv_rows *r, bool *ret_found,
                       const struct rv_arg *args, size_t n)
{
    RV_TRY(rv_sql_query(tx, q, r, args, n));
    bool found = rv_rows_next(r);
    if (!found)
        RV_TRY(rv_rows_end(r));
    *ret_found = found;
    return RV_OK;
}

rv_status rv_sql_count(struct rv_tx *tx, const struct rv_sql *q, int64_t *ret,
                       const struct rv_arg *args, size_t n)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, q, &r, &found, args, n));
    *ret = found && !rv_col_null(&r, 0) ? rv_col_int(&r, 0) : 0;
    return found ? rv_rows_end(&r) : RV_OK;
}

/* The value itself is asked, once for all: each sqlite3_column_… looks the column up again. One
 * thread uses a connection at a time, so nothing protects it. */
rv_str rv_col_ref(struct rv_rows *r, int i)
{
    sqlite3_value *v = sqlite3_column_value(r->stmt, i);
    int type = sqlite3_value_type(v);
    if (type == SQLITE_NULL)
        return RV_NONE_STR;
    const void *p =
        type == SQLITE_BLOB ? sqlite3_value_blob(v) : (const void *)sqlite3_value_text(v);
    return (rv_str){ p != NULL ? p : "", (size_t)sqlite3_value_bytes(v) };
}

rv_str rv_col_str(struct rv_rows *r, int i)
{
    rv_str there = rv_col_ref(r, i), copy = rv_dup(r->tx->cx, there);
    if (copy.p == NULL && there.p != NULL)
        r->st = RV_BUSY; /* the arena is full: rv_rows_end says so */
    return copy;
}

int64_t rv_col_int(struct rv_rows *r, int i)
{
    sqlite3_value *v = sqlite3_column_value(r->stmt, i);
    return sqlite3_value_type(v) == SQLITE_NULL ? RV_NO_INT : sqlite3_value_int64(v);
}

bool rv_col_bool(struct rv_rows *r, int i)
{
    return sqlite3_column_int64(r->stmt, i) != 0;
}

bool rv_col_null(struct rv_rows *r, int i)
{
    return sqlite3_column_type(r->stmt, i) == SQLITE_NULL;
}
