/* store/migrate.c: numbered changes of the schema, each in a transaction of its own, forward only
 * (security.md 8.6). */
#include "store/store_int.h"

enum { Q_DONE, Q_ADD, Q_N };
static const struct rv_sql migrate_sql[Q_N] = {
    [Q_DONE] = { .name = "migration_list", .text = "SELECT number, checksum FROM schema_migration ORDER BY number", .out = "number:int checksum:text" },
    [Q_ADD] = { .name = "migration_add", .text = "INSERT INTO schema_migration(number, name, checksum, applied_at) VALUES(:number, :name, :checksum, :applied_at)",
                .in = "number:int name:text checksum:text applied_at:time" },
};
static const char table[] = "CREATE TABLE IF NOT EXISTS schema_migration (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
                            "checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)";

static rv_str checksum(struct rv_cx *cx, const struct rv_migration *m)
{
    uint8_t digest[32];
    rv_sha256(rv_str_of(m->text), digest);
    return rv_hex(cx, digest, sizeof digest);
}

static rv_status apply(struct rv_tx *tx, const struct rv_migration *m)
{
    struct rv_conn *c = tx->conn;
    RV_TRY(rv_conn_step(tx->cx, c, c->begin));
    rv_status st = rv_conn_exec(tx->cx, c, m->text);
    if (st == RV_OK)
        st = rv_sql_exec(tx, &migrate_sql[Q_ADD], NULL,
                         RV_ARGS(m->number, m->name, checksum(tx->cx, m), tx->now));
    if (st == RV_OK)
        return rv_conn_step(tx->cx, c, c->commit);
    struct rv_error kept = tx->cx->err;
    (void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL); /* the first error is the one to tell */
    tx->cx->err = kept;
    return rv_wrap(tx->cx, st, "changing the schema, step %04d %s", m->number, m->name);
}

static const struct rv_migration *find(int64_t number)
{
    for (const struct rv_migration *m = rv_migrations; m->text != NULL; m++) {
        if (m->number == number)
            return m;
    }
    return NULL;
}

/* Every step that the database has must be one of ours, unchanged. Sets done[i] for those. */
static rv_status read_done(struct rv_tx *tx, bool *done)
{
    struct rv_rows r;
    rv_status st = RV_OK;
    RV_TRY(rv_sql_query(tx, &migrate_sql[Q_DONE], &r, RV_ARGS()));
    while (st == RV_OK && rv_rows_next(&r)) {
        const struct rv_migration *m = find(rv_col_int(&r, 0));
        if (m == NULL)
            st =
                rv_fail(tx->cx, RV_INVALID,
                        "the database was written by a newer version of Reeve (schema step %" PRId64
                        "); start that version, or restore a backup",
                        rv_col_int(&r, 0));
        else if (!rv_str_eq(rv_col_ref(&r, 1), checksum(tx->cx, m)))
            st = rv_fail(tx->cx, RV_INVALID,
                         "the database has another schema step %04d than this version of Reeve; "
                         "start the version that wrote it",
                         m->number);
        else
            done[m - rv_migrations] = true;
    }
    rv_status end = rv_rows_end(&r);
    return st != RV_OK ? st : end;
}

rv_status rv_store_migrate(struct rv_cx *cx, struct rv_store *s)
{
    bool done[256] = { false };
    struct rv_tx tx = {
        .cx = cx, .store = s, .conn = &s->writer, .now = rv_now(cx->env), .write = true
    };
    tx.news_tail = &tx.news;
    RV_TRY(rv_conn_exec(cx, &s->writer, table));
    RV_TRY(read_done(&tx, done));
    for (const struct rv_migration *m = rv_migrations; m->text != NULL; m++) {
        if (!done[m - rv_migrations])
            RV_TRY(apply(&tx, m));
        s->schema_version = m->number;
    }
    return RV_OK;
}
