/* flows/table_row.c: rows of tables: made, read, changed and deleted, one at a time.
 *
 * A row's id shows heap and number ("12-57"): an id of another table, or of rows that were cleared,
 * finds nothing. Values come as JSON by the name of their column; the API takes each column's own
 * type alone, the lenient rules are for flows. */
#include "flows/table_int.h"

enum { Q_AT, Q_SCAN, Q_INSERT, Q_UPDATE, Q_TIDY, Q_DELETE, Q_N };
#define ROW "id, version, created_at, updated_at, cells"
#define ROW_OUT "id:int version:int created_at:time updated_at:time cells:blob"
static const struct rv_sql data_row_sql[Q_N] = {
    [Q_AT] = { .name = "data_row_at", .text = "SELECT " ROW " FROM data_row WHERE id = :id", .in = "id:int", .out = ROW_OUT },
    [Q_SCAN] = {
        .name = "data_row_scan",
        .text = "SELECT " ROW " FROM data_row WHERE id > :after AND id < :to ORDER BY id",
        .in = "after:int to:int", .out = ROW_OUT,
    },
    [Q_INSERT] = {
        .name = "data_row_insert",
        .text = "INSERT INTO data_row (id, version, created_at, updated_at, cells) VALUES (:id, 1, :now, :now, :cells)",
        .in = "id:int now:time cells:blob",
    },
    [Q_UPDATE] = {
        .name = "data_row_update",
        .text = "UPDATE data_row SET cells = :cells, version = version + 1, updated_at = :now WHERE id = :id AND version = :version",
        .in = "cells:blob now:time id:int version:int",
    },
    [Q_TIDY] = { .name = "data_row_tidy", .text = "UPDATE data_row SET cells = :cells WHERE id = :id", .in = "cells:blob id:int" },
    [Q_DELETE] = { .name = "data_row_delete", .text = "DELETE FROM data_row WHERE id = :id", .in = "id:int" },
};
RV_SQL_MODULE(data_row, data_row_sql);

/* ---- ids ------------------------------------------------------------------------------------- */

rv_str rv_row_id(struct rv_cx *cx, int64_t key)
{
    return rv_printf(cx, "%" PRId64 "-%" PRId64, key >> RV_ROW_BITS,
                     key & ((INT64_C(1) << RV_ROW_BITS) - 1));
}

/* False: an id of no row that this table can have. */
static bool key_of(const struct rv_table *t, rv_str id, int64_t *ret)
{
    rv_str rest = rv_str_trim(id), part;
    int64_t heap, no;
    if (!rv_str_split(&rest, '-', &part) || !rv_str_to_int(part, &heap) ||
        !rv_str_to_int(rest, &no))
        return false;
    *ret = heap << RV_ROW_BITS | no;
    return heap > 0 && heap == t->heap && no > 0 && no < (INT64_C(1) << RV_ROW_BITS);
}

/* ---- in the store ---------------------------------------------------------------------------- */

rv_status rv_row_at(struct rv_tx *tx, int64_t key, bool *ret_found, struct rv_row *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &data_row_sql[Q_AT], &r, ret_found, RV_ARGS(key)));
    if (!*ret_found)
        return RV_OK;
    *ret = (struct rv_row){ rv_col_int(&r, 0), rv_col_int(&r, 1), rv_col_int(&r, 2),
                            rv_col_int(&r, 3), rv_col_str(&r, 4) };
    return rv_rows_end(&r);
}

rv_status rv_row_with(struct rv_tx *tx, int64_t key,
                      rv_status (*fn)(void *arg, const struct rv_row *r), void *arg)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &data_row_sql[Q_AT], &r, &found, RV_ARGS(key)));
    if (!found)
        return RV_OK;
    const struct rv_row row = { rv_col_int(&r, 0), rv_col_int(&r, 1), rv_col_int(&r, 2),
                                rv_col_int(&r, 3), rv_col_ref(&r, 4) };
    rv_status st = fn(arg, &row), end = rv_rows_end(&r);
    return st != RV_OK ? st : end;
}

rv_status rv_row_load(struct rv_tx *tx, const struct rv_table *t, rv_str id, struct rv_row *ret)
{
    int64_t key;
    bool found = false;
    if (key_of(t, id, &key))
        RV_TRY(rv_row_at(tx, key, &found, ret));
    if (found)
        return RV_OK;
    return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                   "Not found: the table \"%.*s\" has no row with the Row ID \"%.*s\"",
                   RV_FMT(t->name), RV_FMT(rv_utf8_cut(id, 100)));
}

rv_status rv_rows_scan(struct rv_tx *tx, const struct rv_table *t, int64_t after,
                       bool (*fn)(void *arg, const struct rv_row *r), void *arg)
{
    struct rv_rows r;
    int64_t from = t->heap << RV_ROW_BITS;
    bool more = true;
    if (t->heap == 0)
        return RV_OK;
    RV_TRY(rv_sql_query(tx, &data_row_sql[Q_SCAN], &r,
                        RV_ARGS(after > from ? after : from, (t->heap + 1) << RV_ROW_BITS)));
    while (more && rv_rows_next(&r)) {
        const struct rv_row row = { rv_col_int(&r, 0), rv_col_int(&r, 1), rv_col_int(&r, 2),
                                    rv_col_int(&r, 3), rv_col_ref(&r, 4) };
        more = fn(arg, &row);
    }
    return rv_rows_end(&r);
}

struct rv_cell *rv_row_cells(struct rv_cx *cx, const struct rv_table *t, const struct rv_row *r)
{
    struct rv_cell *cells = RV_NEW_N(cx, struct rv_cell, t->columns_n + 1);
    for (size_t i = 0; cells != NULL && i < t->columns_n; i++) {
        if (r != NULL)
            cells[i] = rv_cells_get(r->cells, t->columns[i].no);
        else if (!rv_cell_of_text(t->columns[i].type, t->columns[i].def, &cells[i]))
            cells[i].kind = RV_CELL_EMPTY;
    }
    return cells;
}

static rv_status pack(struct rv_cx *cx, const struct rv_table *t, const struct rv_cell *cells,
                      rv_str *ret)
{
    struct rv_buf b;
    rv_str text;
    rv_buf_init(&b, 2 * RV_TABLE_ROW_MAX);
    rv_status st = rv_cells_pack(cx, t->columns, cells, t->columns_n, &b);
    if (st == RV_OK)
        st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK) {
        *ret = text.n > 0 ? rv_dup(cx, text) : RV_STR("");
        st = ret->p != NULL ? RV_OK : RV_BUSY;
    }
    rv_buf_done(&b);
    return st;
}

rv_status rv_row_add_packed(struct rv_tx *tx, const struct rv_table *t, int64_t no, rv_str packed)
{
    if (no >= INT64_C(1) << RV_ROW_BITS)
        return rv_fail(rv_tx_cx(tx), RV_LIMIT,
                       "the table \"%.*s\" has used up its numbers of rows; clear it",
                       RV_FMT(t->name));
    return rv_sql_exec(tx, &data_row_sql[Q_INSERT], NULL,
                       RV_ARGS(t->heap << RV_ROW_BITS | no, rv_tx_now(tx), ((rv_blob){ packed })));
}

rv_status rv_row_add(struct rv_tx *tx, struct rv_table *t, const struct rv_cell *cells,
                     int64_t *ret_key)
{
    rv_str packed;
    RV_TRY(rv_table_check_new_rows(rv_tx_cx(tx), t, 1));
    RV_TRY(pack(rv_tx_cx(tx), t, cells, &packed));
    RV_TRY(rv_table_ensure_heap(tx, t));
    *ret_key = t->heap << RV_ROW_BITS | t->next_row;
    RV_TRY(rv_row_add_packed(tx, t, t->next_row, packed));
    return rv_table_grow(tx, t, 1, t->next_row + 1);
}

rv_status rv_row_put(struct rv_tx *tx, const struct rv_table *t, const struct rv_row *r,
                     const struct rv_cell *cells)
{
    rv_str packed;
    int64_t changed;
    RV_TRY(pack(rv_tx_cx(tx), t, cells, &packed));
    RV_TRY(rv_sql_exec(tx, &data_row_sql[Q_UPDATE], &changed,
                       RV_ARGS(((rv_blob){ packed }), rv_tx_now(tx), r->key, r->version)));
    return changed > 0 ? RV_OK
                       : rv_fail(rv_tx_cx(tx), RV_CONFLICT,
                                 "the row was changed by somebody else; read it again");
}

rv_status rv_row_tidy(struct rv_tx *tx, const struct rv_table *t, const struct rv_row *r,
                      const struct rv_cell *cells)
{
    rv_str packed;
    RV_TRY(pack(rv_tx_cx(tx), t, cells, &packed));
    return rv_str_eq(packed, r->cells) ? RV_OK
                                       : rv_sql_exec(tx, &data_row_sql[Q_TIDY], NULL,
                                                     RV_ARGS(((rv_blob){ packed }), r->key));
}

rv_status rv_row_drop(struct rv_tx *tx, struct rv_table *t, int64_t key, bool *ret_dropped)
{
    int64_t changed;
    RV_TRY(rv_sql_exec(tx, &data_row_sql[Q_DELETE], &changed, RV_ARGS(key)));
    *ret_dropped = changed > 0;
    return changed > 0 ? rv_table_grow(tx, t, -1, t->next_row) : RV_OK;
}

/* ---- over the API ---------------------------------------------------------------------------- */

static void write_row(struct rv_cx *cx, const struct rv_table *t, const struct rv_row *r,
                      struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", rv_row_id(cx, r->key));
    rv_jw_kint(w, "version", r->version);
    rv_jw_ktime(w, "created", r->created_at);
    rv_jw_ktime(w, "lastUpdated", r->updated_at);
    rv_jw_key(w, "values");
    rv_jw_obj(w);
    for (size_t i = 0; i < t->columns_n; i++) {
        struct rv_cell c = rv_cells_get(r->cells, t->columns[i].no);
        rv_jw_key_str(w, t->columns[i].name);
        rv_cell_write(w, &c);
    }
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
}

/* A member that names no column, or a value that is none of its column's type, is a cause with its
 * place. */
static rv_status apply_values(struct rv_cx *cx, const struct rv_table *t, const json_t *values,
                              struct rv_cell *cells)
{
    static const char *const wanted[] = { "", "text", "a number", "true or false",
                                          "a date and time in ISO 8601, as text" };
    const char *key;
    json_t *v;
    rv_status st = RV_OK;
    json_object_foreach((json_t *)(uintptr_t)values, key, v)
    {
        const struct rv_column *c = rv_table_column(t, rv_str_of(key));
        const char *at = rv_z(cx, rv_printf(cx, "/values/%s", key));
        if (c == NULL) {
            st = rv_fail_field(cx, at, "UNKNOWN_PROPERTY", "the table has no column \"%s\"", key);
            continue;
        }
        bool text = c->type == RV_CELL_TEXT || c->type == RV_CELL_DATE;
        bool fits = json_is_null(v) || (text && json_is_string(v)) ||
                    (c->type == RV_CELL_NUM && json_is_number(v)) ||
                    (c->type == RV_CELL_BOOL && json_is_boolean(v));
        if (fits && rv_cell_of_value(cx, c, v, &cells[c - t->columns]) == RV_OK)
            continue;
        rv_error_clear(cx);
        return rv_fail_field(cx, at, "TYPE", "the column \"%s\" takes %s", key, wanted[c->type]);
    }
    return st;
}

struct change {
    rv_str table_id, table_name /* of get_tx */, row_id;
    const json_t *values;
    int64_t version;
    int64_t key;
    struct rv_jw *w;
    const json_t *ids;
};

static rv_str row_detail(struct rv_cx *cx, rv_str row_id)
{
    return rv_printf(cx, "{\"rowId\":\"%.*s\"}", RV_FMT(row_id));
}

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    struct change *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_table t;
    RV_TRY(rv_table_open(tx, c->table_id, RV_A_TABLE_EDIT, &t));
    struct rv_cell *cells = rv_row_cells(cx, &t, NULL);
    if (cells == NULL)
        return RV_BUSY;
    RV_TRY(apply_values(cx, &t, c->values, cells));
    RV_TRY(rv_row_add(tx, &t, cells, &c->key));
    return rv_table_tell(tx, "workflows.user.table.update", &t,
                         row_detail(cx, rv_row_id(cx, c->key)));
}

rv_status rv_row_create(struct rv_cx *cx, rv_str table_id, const json_t *values, rv_str *ret_id)
{
    struct change c = { .table_id = table_id, .values = values };
    RV_TRY(rv_store_write(cx, create_tx, &c));
    *ret_id = rv_row_id(cx, c.key);
    return ret_id->p != NULL ? RV_OK : RV_BUSY;
}

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    struct change *c = arg;
    struct rv_table t;
    struct rv_row r;
    RV_TRY(rv_table_open(tx, c->table_id, RV_A_TABLE_READ, &t));
    RV_TRY(rv_row_load(tx, &t, c->row_id, &r));
    write_row(rv_tx_cx(tx), &t, &r, c->w);
    c->table_name = t.name;
    return RV_OK;
}

rv_status rv_row_get(struct rv_cx *cx, rv_str table_id, rv_str row_id, struct rv_jw *w)
{
    struct change c = { .table_id = table_id, .row_id = row_id, .w = w };
    return rv_store_read(cx, get_tx, &c);
}

rv_status rv_row_view(struct rv_cx *cx, rv_str table_id, rv_str row_id, struct rv_jw *w)
{
    struct change c = { .table_id = table_id, .row_id = row_id, .w = w };
    RV_TRY(rv_store_read(cx, get_tx, &c));
    rv_table_viewed(cx, table_id, c.table_name);
    return RV_OK;
}

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    const struct change *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_table t;
    struct rv_row r;
    RV_TRY(rv_table_open(tx, c->table_id, RV_A_TABLE_EDIT, &t));
    RV_TRY(rv_row_load(tx, &t, c->row_id, &r));
    if (r.version != c->version)
        return rv_fail(
            cx, RV_CONFLICT,
            "the row was changed by somebody else; read it again (it is at version %" PRId64 ")",
            r.version);
    struct rv_cell *cells = rv_row_cells(cx, &t, &r);
    if (cells == NULL)
        return RV_BUSY;
    RV_TRY(apply_values(cx, &t, c->values, cells));
    RV_TRY(rv_row_put(tx, &t, &r, cells));
    return rv_table_tell(tx, "workflows.user.table.update", &t,
                         row_detail(cx, rv_row_id(cx, r.key)));
}

rv_status rv_row_update(struct rv_cx *cx, rv_str table_id, rv_str row_id, const json_t *values,
                        int64_t version)
{
    struct change c = {
        .table_id = table_id, .row_id = row_id, .values = values, .version = version
    };
    return rv_store_write(cx, update_tx, &c);
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    const struct change *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_table t;
    struct rv_row r;
    bool dropped;
    RV_TRY(rv_table_open(tx, c->table_id, RV_A_TABLE_EDIT, &t));
    RV_TRY(rv_row_load(tx, &t, c->row_id, &r));
    RV_TRY(rv_row_drop(tx, &t, r.key, &dropped));
    return rv_table_tell(tx, "workflows.user.table.update", &t,
                         row_detail(cx, rv_row_id(cx, r.key)));
}

rv_status rv_row_delete(struct rv_cx *cx, rv_str table_id, rv_str row_id)
{
    struct change c = { .table_id = table_id, .row_id = row_id };
    return rv_store_write(cx, delete_tx, &c);
}

/* Those of a list, each that is still there; or all. */
static rv_status delete_many_tx(struct rv_tx *tx, void *arg)
{
    struct change *c = arg;
    struct rv_table t;
    int64_t n = 0;
    RV_TRY(rv_table_open(tx, c->table_id, RV_A_TABLE_EDIT, &t));
    if (c->row_id.p == NULL) {
        n = t.row_count;
        RV_TRY(rv_table_drop_rows(tx, &t));
    }
    for (rv_str rest = c->row_id, id; rv_str_split(&rest, ',', &id);) {
        int64_t key;
        bool dropped = false;
        if (key_of(&t, id, &key))
            RV_TRY(rv_row_drop(tx, &t, key, &dropped));
        n += dropped;
    }
    return rv_table_tell(tx, "workflows.user.table.update", &t,
                         rv_printf(rv_tx_cx(tx), "{\"deletedRows\":%" PRId64 "}", n));
}

rv_status rv_row_delete_many(struct rv_cx *cx, rv_str table_id, rv_str ids)
{
    struct change c = { .table_id = table_id, .row_id = ids };
    return rv_store_write(cx, delete_many_tx, &c);
}

/* ---- lists ----------------------------------------------------------------------------------- */

enum { PAGE_BYTES = 8 << 20 }; /* a page of large rows ends early */

struct list {
    rv_str table_id, table_name, next;
    const struct rv_row_query *q;
    struct rv_jw *w;
    struct rv_cx *cx;
    const struct rv_table *t;
};

static rv_status write_one(void *arg, const struct rv_row *r)
{
    const struct list *l = arg;
    write_row(l->cx, l->t, r, l->w);
    return RV_OK;
}

/* The cursor of a sorted list is how many rows are past, of the others the last row's key. */
rv_status rv_row_query_read(struct rv_cx *cx, const struct rv_table *t,
                            const struct rv_row_query *q, struct rv_search *s)
{
    *s = (struct rv_search){ .q = q->q.n > 0 ? q->q : RV_NONE_STR,
                             .descending = q->descending,
                             .limit = q->limit + 1 };
    json_t *expr;
    if (q->filter.p != NULL) {
        rv_status st = rv_json_parse(cx, q->filter, &rv_json_limits_default, &expr);
        if (st != RV_OK) {
            rv_error_clear(cx);
            return rv_fail_field(cx, "filter", "MALFORMED",
                                 "must be JSON: "
                                 "{\"expr\":[{\"lhs\":\"Column\",\"op\":\"=\",\"rhs\":\"value\","
                                 "\"join\":\"AND\"}]}");
        }
        RV_TRY(rv_where_parse(cx, t, expr, NULL, NULL, true, s));
    }
    if (q->sort_by.n > 0)
        RV_TRY(rv_search_sort(cx, t, q->sort_by, s));
    int64_t after = 0;
    if (q->after.p != NULL && (!rv_str_to_int(q->after, &after) || after < 0))
        return rv_fail_field(cx, "after", "INVALID", "this cursor is none of this list");
    if (s->sorted)
        s->offset = after;
    else
        s->after = after;
    return RV_OK;
}

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_table t;
    struct rv_search s;
    int64_t *keys;
    size_t n, i;
    RV_TRY(rv_table_open(tx, l->table_id, RV_A_TABLE_READ, &t));
    RV_TRY(rv_row_query_read(cx, &t, l->q, &s));
    RV_TRY(rv_table_search(tx, &t, &s, &keys, &n));
    bool more = n > (size_t)l->q->limit;
    n = more ? (size_t)l->q->limit : n;
    l->cx = cx;
    l->t = &t;
    l->table_name = t.name;
    for (i = 0; i < n && l->w->b->n < PAGE_BYTES; i++)
        RV_TRY(rv_row_with(tx, keys[i], write_one, l));
    more = more || i < n;
    l->next = !more || i == 0
                  ? RV_NONE_STR
                  : rv_printf(cx, "%" PRId64, s.sorted ? s.offset + (int64_t)i : keys[i - 1]);
    return RV_OK;
}

rv_status rv_row_list(struct rv_cx *cx, rv_str table_id, const struct rv_row_query *q,
                      struct rv_jw *w, rv_str *ret_next)
{
    struct list l = { .table_id = table_id, .q = q, .w = w };
    RV_TRY(rv_store_read(cx, list_tx, &l));
    rv_table_viewed(cx, table_id, l.table_name);
    *ret_next = l.next;
    return RV_OK;
}
