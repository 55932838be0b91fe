/* flows/table.c: tables and their columns (workflows.md 13): grids of typed values that flows read
 * and write.
 *
 * A column has a number that is never given to another one, so that renaming, moving and deleting
 * columns leaves the rows as they are; what a deleted column held is taken out of them by a job.
 * The rows stand in a heap; clearing a table gives it a new one and leaves the old one to a job, so
 * that it costs the same for ten rows and for a million. */
#include "flows/table_int.h"

enum { Q_GET, Q_LIST, Q_INSERT, Q_UPDATE, Q_DELETE, Q_ROWS, Q_HEAP, Q_HEAP_NEW, Q_HEAP_LOSE, Q_HEAP_DELETE, Q_HEAP_ROWS, Q_USED, Q_N };
#define COLUMNS "t.id, t.folder_id, f.path, t.name, t.description, t.columns, t.heap, t.row_count, t.next_row, t.next_column, " \
                "EXISTS (SELECT 1 FROM sample_object s WHERE s.id = t.id) AS sample, t.version, t.created_at, t.created_by, t.updated_at, t.updated_by"
#define OUT "id:text folder_id:text path:text name:text description:text columns:text heap:int row_count:int next_row:int next_column:int " \
            "sample:bool version:int created_at:time created_by:text updated_at:time updated_by:text"
static const struct rv_sql data_table_sql[Q_N] = {
    [Q_GET] = {
        .name = "data_table_get",
        .text = "SELECT " COLUMNS " FROM data_table t JOIN folder f ON f.id = t.folder_id WHERE t.id = :id",
        .in = "id:text", .out = OUT,
    },
    [Q_LIST] = {
        .name = "data_table_list",
        .text = "SELECT " COLUMNS " FROM data_table t JOIN folder f ON f.id = t.folder_id "
                "WHERE t.id > :after AND (:folder IS NULL OR t.folder_id = :folder) AND (:q IS NULL OR LOWER(t.name) LIKE :q ESCAPE '\\') "
                "AND (:all = 1 OR t.id IN (SELECT value FROM json_each(:ids)) OR EXISTS (SELECT 1 FROM json_each(:ids) j "
                "WHERE f.path LIKE '%' || j.value || '%')) ORDER BY t.id LIMIT :n",
        .in = "after:text folder:text q:text all:bool ids:text n:int", .out = OUT,
    },
    [Q_INSERT] = {
        .name = "data_table_insert",
        .text = "INSERT INTO data_table (id, folder_id, name, description, columns, version, created_at, created_by, updated_at, updated_by) "
                "VALUES (:id, :folder_id, :name, :description, :columns, 1, :now, :by, :now, :by)",
        .in = "id:text folder_id:text name:text description:text columns:text now:time by:text",
    },
    [Q_UPDATE] = {
        .name = "data_table_update",
        .text = "UPDATE data_table SET folder_id = :folder_id, name = :name, description = :description, columns = :columns, "
                "next_column = :next_column, version = version + 1, updated_at = :now, updated_by = :by WHERE id = :id AND version = :version",
        .in = "folder_id:text name:text description:text columns:text next_column:int now:time by:text id:text version:int",
    },
    [Q_DELETE] = { .name = "data_table_delete", .text = "DELETE FROM data_table WHERE id = :id", .in = "id:text" },
    [Q_ROWS] = {
        .name = "data_table_rows",
        .text = "UPDATE data_table SET row_count = :row_count, next_row = :next_row WHERE id = :id",
        .in = "row_count:int next_row:int id:text",
    },
    [Q_HEAP] = {
        .name = "data_table_heap",
        .text = "UPDATE data_table SET heap = :heap, row_count = 0, next_row = 1 WHERE id = :id",
        .in = "heap:int id:text",
    },
    [Q_HEAP_NEW] = {
        .name = "data_heap_new",
        .text = "INSERT INTO data_heap (table_id) VALUES (:table_id)",
        .pg = "INSERT INTO data_heap (table_id) VALUES (:table_id) RETURNING id",
        .in = "table_id:text",
    },
    [Q_HEAP_LOSE] = { .name = "data_heap_lose", .text = "UPDATE data_heap SET table_id = NULL WHERE id = :id", .in = "id:int" },
    [Q_HEAP_DELETE] = { /* the last one stays, so that its number is not given again */
        .name = "data_heap_delete",
        .text = "DELETE FROM data_heap WHERE id = :id AND id < (SELECT MAX(id) FROM data_heap)",
        .in = "id:int",
    },
    [Q_HEAP_ROWS] = {
        .name = "data_heap_rows",
        .text = "DELETE FROM data_row WHERE id IN (SELECT id FROM data_row WHERE id >= :from AND id < :to ORDER BY id LIMIT :n)",
        .in = "from:int to:int n:int",
    },
    [Q_USED] = {
        .name = "data_table_used",
        .text = "SELECT f.id, f.name, fo.path FROM flow f JOIN folder fo ON fo.id = f.folder_id "
                "JOIN flow_version v ON v.flow_id = f.id AND v.number = f.version_number "
                "WHERE v.cards LIKE :pattern ORDER BY f.name, f.id LIMIT 20",
        .in = "pattern:text", .out = "id:text name:text path:text",
    },
};
RV_SQL_MODULE(data_table, data_table_sql);

/* ---- columns as they are stored -------------------------------------------------------------- */

/* Of an array that this server wrote, or of an export file that an earlier version took in as it
 * was. */
static rv_status read_columns(struct rv_cx *cx, rv_str text, struct rv_table *t)
{
    json_t *list, *c;
    size_t i;
    RV_TRY(rv_json_parse(cx, text, &rv_json_limits_import, &list));
    t->columns_n = json_array_size(list);
    t->columns = RV_NEW_N(cx, struct rv_column, t->columns_n + 1);
    if (t->columns == NULL)
        return RV_BUSY;
    json_array_foreach(list, i, c)
    {
        const json_t *no = json_object_get(c, "no");
        struct rv_column *k = &t->columns[i];
        k->no = json_is_integer(no) ? json_integer_value(no) : (int64_t)i + 1;
        k->name = rv_json_member_str(c, "name");
        k->def = rv_json_member_str(c, "default");
        if (k->name.p == NULL)
            k->name = RV_STR("");
        if (!rv_column_type_parse(rv_json_member_str(c, "type"), &k->type))
            k->type = RV_CELL_TEXT;
        if (t->next_column <= k->no)
            t->next_column = k->no + 1;
    }
    return RV_OK;
}

json_t *rv_column_json(const struct rv_column *c)
{
    json_t *j = json_pack("{s:I, s:s%, s:s}", "no", (json_int_t)c->no, "name", c->name.p, c->name.n,
                          "type", rv_column_types[c->type]);
    if (j != NULL && c->def.p != NULL &&
        json_object_set_new(j, "default", json_stringn(c->def.p, c->def.n)) != 0) {
        json_decref(j);
        return NULL;
    }
    return j;
}

static rv_status columns_text(struct rv_cx *cx, const struct rv_column *columns, size_t n,
                              rv_str *ret)
{
    json_t *list = json_array();
    RV_TRY(rv_json_keep(cx, list));
    for (size_t i = 0; i < n; i++) {
        if (json_array_append_new(list, rv_column_json(&columns[i])) != 0)
            return rv_fail(cx, RV_BUSY, "out of memory while saving a table");
    }
    return rv_json_dump(cx, list, ret);
}

const struct rv_column *rv_table_column(const struct rv_table *t, rv_str name)
{
    for (size_t i = 0; i < t->columns_n; i++)
        if (rv_str_eq(t->columns[i].name, name))
            return &t->columns[i];
    return NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

static rv_str read_row(struct rv_rows *r, struct rv_table *t)
{
    *t = (struct rv_table){
        .id = rv_col_str(r, 0),
        .folder_id = rv_col_str(r, 1),
        .folder_path = rv_col_str(r, 2),
        .name = rv_col_str(r, 3),
        .description = rv_col_str(r, 4),
        .heap = rv_col_int(r, 6),
        .row_count = rv_col_int(r, 7),
        .next_row = rv_col_int(r, 8),
        .next_column = rv_col_int(r, 9),
        .sample = rv_col_bool(r, 10),
        .version = rv_col_int(r, 11),
        .created_at = rv_col_int(r, 12),
        .created_by = rv_col_str(r, 13),
        .updated_at = rv_col_int(r, 14),
        .updated_by = rv_col_str(r, 15),
    };
    return rv_col_str(r, 5);
}

rv_status rv_table_find(struct rv_tx *tx, rv_str id, bool *ret_found, struct rv_table *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &data_table_sql[Q_GET], &r, ret_found, RV_ARGS(id)));
    if (!*ret_found)
        return RV_OK;
    rv_str columns = read_row(&r, ret);
    RV_TRY(rv_rows_end(&r));
    return read_columns(rv_tx_cx(tx), columns, ret);
}

rv_status rv_table_load(struct rv_tx *tx, rv_str id, struct rv_table *ret)
{
    bool found;
    RV_TRY(rv_table_find(tx, id, &found, ret));
    return found ? RV_OK
                 : rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                           "Not found: Resource not found: %.*s (Table)", RV_FMT(id));
}

static struct rv_object object_of(const struct rv_table *t)
{
    return (struct rv_object){ .id = t->id, .path = t->folder_path };
}

/* Whether a refused caller knows of the table decides between 403 and 404. */
rv_status rv_table_open(struct rv_tx *tx, rv_str id, enum rv_action action, struct rv_table *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    RV_TRY(rv_table_load(tx, id, ret));
    struct rv_object o = object_of(ret);
    if (action != RV_A_TABLE_READ)
        RV_TRY(rv_authz_may(cx, tx, RV_A_TABLE_READ, o, &o.visible));
    return rv_authz(cx, tx, action, o);
}

static void write_columns(struct rv_jw *w, const struct rv_table *t)
{
    rv_jw_key(w, "columns");
    rv_jw_arr(w);
    for (size_t i = 0; i < t->columns_n; i++) {
        const struct rv_column *c = &t->columns[i];
        char id[32];
        struct rv_cell def;
        int n = snprintf(id, sizeof id, "c%" PRId64, c->no);
        if (!rv_cell_of_text(c->type, c->def, &def))
            def.kind = RV_CELL_EMPTY;
        rv_jw_obj(w);
        rv_jw_kstr(w, "id", (rv_str){ id, (size_t)n });
        rv_jw_kstr(w, "name", c->name);
        rv_jw_kstr(w, "type", rv_str_of(rv_column_types[c->type]));
        rv_jw_key(w, "default");
        rv_cell_write(w, &def);
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
}

static void write_table(const struct rv_table *t, rv_str folder_names, struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", t->id);
    rv_jw_kint(w, "version", t->version);
    rv_jw_ktime(w, "created", t->created_at);
    rv_jw_kstr(w, "createdBy", t->created_by);
    rv_jw_ktime(w, "lastUpdated", t->updated_at);
    rv_jw_kstr(w, "lastUpdatedBy", t->updated_by);
    rv_jw_kstr(w, "name", t->name);
    rv_jw_kstr(w, "description", t->description);
    rv_jw_kstr(w, "folderId", t->folder_id);
    rv_jw_kstr(w, "folderPath", folder_names);
    write_columns(w, t);
    rv_jw_kint(w, "rowCount", t->row_count);
    rv_jw_kbool(w, "sample", t->sample);
    rv_jw_obj_end(w);
}

struct list {
    const struct rv_flow_query *q;
    struct rv_table *tables;
    rv_str *columns, *names;
    size_t n;
    bool more;
};

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_scope scope;
    struct rv_rows r;
    rv_str ids;
    RV_TRY(rv_authz_list(cx, tx, RV_A_TABLE_READ, &scope));
    RV_TRY(
        rv_sql_query(tx, &data_table_sql[Q_LIST], &r,
                     RV_ARGS(l->q->after.p != NULL ? l->q->after : RV_STR(""), l->q->folder_id,
                             rv_flow_pattern(cx, l->q->q), scope.all, scope.ids, l->q->limit + 1)));
    while (rv_rows_next(&r)) {
        if (l->n == (size_t)l->q->limit) {
            l->more = true;
            break;
        }
        l->columns[l->n] = read_row(&r, &l->tables[l->n]);
        l->n++;
    }
    RV_TRY(rv_rows_end(&r));
    for (size_t i = 0; i < l->n; i++) {
        RV_TRY(read_columns(cx, l->columns[i], &l->tables[i]));
        RV_TRY(rv_folder_path(tx, l->tables[i].folder_id, &ids, &l->names[i]));
    }
    return RV_OK;
}

rv_status rv_table_list(struct rv_cx *cx, const struct rv_flow_query *q, struct rv_jw *w,
                        rv_str *ret_next)
{
    struct list l = { .q = q,
                      .tables = RV_NEW_N(cx, struct rv_table, (size_t)q->limit + 1),
                      .columns = RV_NEW_N(cx, rv_str, (size_t)q->limit + 1),
                      .names = RV_NEW_N(cx, rv_str, (size_t)q->limit + 1) };
    if (l.tables == NULL || l.columns == NULL || l.names == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_read(cx, list_tx, &l));
    for (size_t i = 0; i < l.n; i++)
        write_table(&l.tables[i], l.names[i], w);
    *ret_next = l.more ? l.tables[l.n - 1].id : RV_NONE_STR;
    return RV_OK;
}

struct one {
    rv_str id, names;
    struct rv_table t;
};

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    struct one *o = arg;
    rv_str ids;
    RV_TRY(rv_table_open(tx, o->id, RV_A_TABLE_READ, &o->t));
    return rv_folder_path(tx, o->t.folder_id, &ids, &o->names);
}

rv_status rv_table_get(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct one o = { .id = id };
    RV_TRY(rv_store_read(cx, get_tx, &o));
    write_table(&o.t, o.names, w);
    return RV_OK;
}

void rv_table_viewed(const struct rv_cx *cx, rv_str id, rv_str name)
{
    rv_event_viewed(cx, "workflows.user.table.view",
                    (struct rv_target){ .type = "Table", .id = id, .name = name });
}

rv_status rv_table_view(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct one o = { .id = id };
    RV_TRY(rv_store_read(cx, get_tx, &o));
    write_table(&o.t, o.names, w);
    rv_table_viewed(cx, id, o.t.name);
    return RV_OK;
}

/* ---- columns as they come in ----------------------------------------------------------------- */

static rv_status bad_column(struct rv_cx *cx, size_t i, const char *member, const char *reason,
                            const char *sentence)
{
    return rv_fail_field(cx, rv_z(cx, rv_printf(cx, "/columns/%zu%s", i, member)), reason, "%s",
                         sentence);
}

struct column_body {
    uint64_t seen, nulls;
    rv_str id, name, type;
    json_t *def;
};
static const char *const type_choices[] = { "text", "number", "boolean", "date", NULL };
static const struct rv_member column_members[] = {
    { "id", RV_K_TEXT, RV_NULLABLE, offsetof(struct column_body, id), 0, 32, NULL, "Of a column that is there; absent: a new one." },
    { "name", RV_K_TEXT, RV_REQUIRED | RV_NO_CONTROL, offsetof(struct column_body, name), 1, RV_TABLE_COLUMN_NAME_MAX, NULL, "Name; cards use it." },
    { "type", RV_K_ENUM, RV_REQUIRED, offsetof(struct column_body, type), 0, 0, type_choices, "What its cells hold." },
    { "default", RV_K_JSON, RV_NULLABLE, offsetof(struct column_body, def), 0, 0, NULL, "Value of new rows that name none." },
    { .name = NULL },
};
static const struct rv_shape column_shape = { "TableColumn", column_members, false };

/* Names that rows have besides their columns. */
static bool is_reserved(rv_str name)
{
    return rv_str_eq_nocase(name, RV_STR("Row ID")) || rv_str_eq_nocase(name, RV_STR("Created")) ||
           rv_str_eq_nocase(name, RV_STR("Updated"));
}

static rv_status read_default(struct rv_cx *cx, size_t i, const json_t *v, struct rv_column *c)
{
    struct rv_cell cell;
    rv_status st = rv_cell_of_value(cx, c, v, &cell);
    if (st != RV_OK) {
        rv_error_clear(cx);
        return bad_column(cx, i, "/default", "TYPE", "is not of the column's type");
    }
    c->def = cell.kind == RV_CELL_EMPTY ? RV_NONE_STR : rv_cell_text(cx, &cell);
    return c->def.n > RV_TABLE_CELL_MAX
               ? bad_column(cx, i, "/default", "LIMIT", "is larger than a cell (limit table.cell)")
               : RV_OK;
}

/* The type of a column is settled when it is made: what its cells hold would not fit another one.
 */
static rv_status match_column(struct rv_cx *cx, size_t i, const struct column_body *b,
                              const struct rv_table *old, struct rv_column *c)
{
    int64_t no = 0;
    if (old == NULL || b->id.p == NULL || b->id.n < 2 || b->id.p[0] != 'c' ||
        !rv_str_to_int(rv_str_sub(b->id, 1, b->id.n), &no))
        return bad_column(cx, i, "/id", "NOT_FOUND",
                          "there is no column of this id; leave it away for a new one");
    for (size_t k = 0; k < old->columns_n; k++) {
        if (old->columns[k].no != no)
            continue;
        c->no = no;
        if (old->columns[k].type != c->type && old->row_count > 0)
            return bad_column(cx, i, "/type", "IMMUTABLE",
                              "the type of a column cannot be changed while the table has rows; "
                              "add a column of the other type");
        return RV_OK;
    }
    return bad_column(cx, i, "/id", "NOT_FOUND",
                      "there is no column of this id; leave it away for a new one");
}

/* *next: number for the next new column. */
static rv_status check_columns(struct rv_cx *cx, const json_t *list, const struct rv_table *old,
                               int64_t *next, struct rv_column **ret, size_t *ret_n)
{
    size_t n = json_array_size(list), i;
    struct rv_column *columns = RV_NEW_N(cx, struct rv_column, n + 1);
    json_t *j, *names = json_object(), *numbers = json_object();
    char text[32];
    RV_TRY(rv_json_keep(cx, names));
    RV_TRY(rv_json_keep(cx, numbers));
    if (columns == NULL)
        return RV_BUSY;
    if (n > RV_TABLE_COLUMNS_MAX)
        return rv_fail_field(cx, "/columns", "LIMIT",
                             "a table has at most %d columns (limit table.columns)",
                             RV_TABLE_COLUMNS_MAX);
    json_array_foreach((json_t *)(uintptr_t)list, i, j)
    {
        struct column_body b = { 0 };
        struct rv_column *c = &columns[i];
        RV_TRY(
            rv_json_decode(cx, j, &column_shape, rv_z(cx, rv_printf(cx, "/columns/%zu", i)), &b));
        c->name = rv_str_trim(b.name);
        (void)rv_column_type_parse(b.type, &c->type); /* one of the choices */
        if (c->name.n == 0 || c->name.n > 250)
            return bad_column(cx, i, "/name", "LENGTH",
                              "a column has a name of 1 to 100 characters, at most 250 bytes");
        if (is_reserved(c->name))
            return bad_column(
                cx, i, "/name", "RESERVED",
                "every row has a Row ID, Created and Updated of its own; choose another name");
        if (json_object_getn(names, c->name.p, c->name.n) != NULL)
            return bad_column(cx, i, "/name", "DUPLICATE",
                              "another column of this table has this name");
        if (b.id.p != NULL)
            RV_TRY(match_column(cx, i, &b, old, c));
        else
            c->no = (*next)++;
        RV_TRY(read_default(cx, i, b.def, c));
        (void)snprintf(text, sizeof text, "%" PRId64, c->no);
        if (json_object_get(numbers, text) != NULL)
            return bad_column(cx, i, "/id", "DUPLICATE", "this column is named twice");
        if (json_object_setn_new(names, c->name.p, c->name.n, json_true()) != 0 ||
            json_object_set_new(numbers, text, json_true()) != 0)
            return rv_fail(cx, RV_BUSY, "out of memory while saving a table");
    }
    *ret = columns;
    *ret_n = n;
    return RV_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

static rv_status check_name(struct rv_cx *cx, rv_str name)
{
    if (rv_str_trim(name).n == 0 || rv_utf8_count(name) > 200)
        return rv_fail_field(cx, "/name", "LENGTH", "a table has a name of 1 to 200 characters");
    return RV_OK;
}

rv_status rv_table_tell(struct rv_tx *tx, const char *event, const struct rv_table *t,
                        rv_str detail)
{
    return rv_event_add(tx, event, true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Table", .id = t->id, .name = t->name }), detail);
}

rv_status rv_table_insert(struct rv_tx *tx, const struct rv_table_insert *in)
{
    return rv_sql_exec(tx, &data_table_sql[Q_INSERT], NULL,
                       RV_ARGS(in->id, in->folder_id, in->name, in->description, in->columns,
                               rv_tx_now(tx), rv_principal_id(rv_tx_cx(tx))));
}

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    const struct rv_table_insert *in = arg;
    rv_str ids, names;
    RV_TRY(rv_folder_path(tx, in->folder_id, &ids, &names));
    struct rv_object o = { .id = in->folder_id, .path = ids };
    RV_TRY(rv_authz_may(rv_tx_cx(tx), tx, RV_A_FOLDER_READ, o, &o.visible));
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_TABLE_EDIT, o));
    RV_TRY(rv_table_insert(tx, in));
    struct rv_table t = { .id = in->id, .name = in->name };
    return rv_table_tell(tx, "workflows.user.table.create", &t, RV_NONE_STR);
}

rv_status rv_table_create(struct rv_cx *cx, const struct rv_table_in *in, rv_str *ret_id)
{
    struct rv_table_insert t = { .id = rv_id_ulid(cx, rv_now(cx->env)),
                                 .folder_id = in->folder_id,
                                 .name = in->name,
                                 .description =
                                     in->description.p != NULL ? in->description : RV_STR("") };
    struct rv_column *columns = NULL;
    size_t n = 0;
    int64_t next = 1;
    RV_TRY(check_name(cx, in->name));
    RV_TRY(check_columns(cx, in->columns, NULL, &next, &columns, &n));
    RV_TRY(columns_text(cx, columns, n, &t.columns));
    if (t.id.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_write(cx, create_tx, &t));
    *ret_id = t.id;
    return RV_OK;
}

struct update {
    rv_str id;
    const struct rv_table_in *in;
};

static rv_status check_move(struct rv_tx *tx, rv_str folder_id)
{
    rv_str ids, names;
    RV_TRY(rv_folder_path(tx, folder_id, &ids, &names));
    return rv_authz(rv_tx_cx(tx), tx, RV_A_TABLE_EDIT,
                    (struct rv_object){ .id = folder_id, .path = ids });
}

/* Some column of before is not among the columns: its cells are to be taken out of the rows. */
static bool lost_one(const struct rv_table *before, const struct rv_column *columns, size_t n)
{
    for (size_t i = 0; i < before->columns_n; i++) {
        bool there = false;
        for (size_t k = 0; k < n; k++)
            there = there || columns[k].no == before->columns[i].no;
        if (!there)
            return true;
    }
    return false;
}

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    const struct update *u = arg;
    const struct rv_table_in *in = u->in;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_table t;
    rv_str text;
    int64_t changed;
    RV_TRY(rv_table_open(tx, u->id, RV_A_TABLE_EDIT, &t));
    struct rv_column *columns = t.columns;
    size_t n = t.columns_n;
    bool moved = in->has_folder && !rv_str_eq(in->folder_id, t.folder_id), lost = false;
    if (in->columns != NULL) {
        RV_TRY(check_columns(cx, in->columns, &t, &t.next_column, &columns, &n));
        lost = t.row_count > 0 && lost_one(&t, columns, n);
    }
    RV_TRY(columns_text(cx, columns, n, &text));
    if (moved)
        RV_TRY(check_move(tx, in->folder_id));
    RV_TRY(
        rv_sql_exec(tx, &data_table_sql[Q_UPDATE], &changed,
                    RV_ARGS(moved ? in->folder_id : t.folder_id, in->has_name ? in->name : t.name,
                            in->has_description ? in->description : t.description, text,
                            t.next_column, rv_tx_now(tx), rv_principal_id(cx), u->id,
                            in->version)));
    if (changed == 0)
        return rv_fail(
            cx, RV_CONFLICT,
            "the table was changed by somebody else; read it again (it is at version %" PRId64 ")",
            t.version);
    if (lost)
        RV_TRY(rv_job_add(tx, RV_STR("table.tidy"), u->id, rv_tx_now(tx), u->id, NULL));
    if (in->has_name)
        t.name = in->name;
    if (moved)
        RV_TRY(rv_table_tell(tx, "workflows.user.table.move", &t, RV_NONE_STR));
    if (!in->has_name && !in->has_description && in->columns == NULL)
        return RV_OK;
    return rv_table_tell(tx, "workflows.user.table.update", &t, RV_NONE_STR);
}

rv_status rv_table_update(struct rv_cx *cx, rv_str id, const struct rv_table_in *in)
{
    struct update u = { .id = id, .in = in };
    if (in->has_name)
        RV_TRY(check_name(cx, in->name));
    return rv_store_write(cx, update_tx, &u);
}

/* ---- rows as a whole ------------------------------------------------------------------------- */

rv_status rv_table_check_new_rows(struct rv_cx *cx, const struct rv_table *t, int64_t n)
{
    if (t->row_count + n <= RV_TABLE_ROWS_MAX)
        return RV_OK;
    return rv_fail(cx, RV_LIMIT,
                   "the table \"%.*s\" would have %" PRId64
                   " rows, more than %d (limit table.rows)",
                   RV_FMT(t->name), t->row_count + n, RV_TABLE_ROWS_MAX);
}

rv_status rv_table_ensure_heap(struct rv_tx *tx, struct rv_table *t)
{
    if (t->heap > 0)
        return RV_OK;
    RV_TRY(rv_sql_insert(tx, &data_table_sql[Q_HEAP_NEW], &t->heap, RV_ARGS(t->id)));
    return rv_sql_exec(tx, &data_table_sql[Q_HEAP], NULL, RV_ARGS(t->heap, t->id));
}

rv_status rv_table_grow(struct rv_tx *tx, struct rv_table *t, int64_t rows, int64_t next_row)
{
    t->row_count += rows;
    t->next_row = next_row;
    return rv_sql_exec(tx, &data_table_sql[Q_ROWS], NULL,
                       RV_ARGS(t->row_count, t->next_row, t->id));
}

static rv_status lose_heap(struct rv_tx *tx, int64_t heap)
{
    rv_str key = rv_printf(rv_tx_cx(tx), "%" PRId64, heap);
    RV_TRY(rv_sql_exec(tx, &data_table_sql[Q_HEAP_LOSE], NULL, RV_ARGS(heap)));
    return rv_job_add(tx, RV_STR("table.purge"), key, rv_tx_now(tx), key, NULL);
}

rv_status rv_table_drop_rows(struct rv_tx *tx, struct rv_table *t)
{
    if (t->row_count == 0)
        return RV_OK;
    RV_TRY(lose_heap(tx, t->heap));
    t->heap = 0;
    RV_TRY(rv_table_ensure_heap(tx, t));
    t->row_count = 0;
    t->next_row = 1;
    return RV_OK;
}

struct removal {
    rv_str id;
    bool confirm;
};

/* Flows that would fail without the table; those that the caller may not see are not named. */
static rv_status check_unused(struct rv_tx *tx, const struct rv_table *t)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    struct {
        rv_str id, name, path;
    } flow[20];
    size_t n = 0, named = 0;
    rv_str names = RV_STR("");
    RV_TRY(rv_sql_query(tx, &data_table_sql[Q_USED], &r,
                        RV_ARGS(rv_printf(cx, "%%\"stash\":\"%.*s\"%%", RV_FMT(t->id)))));
    for (; rv_rows_next(&r) && n < RV_LEN(flow); n++) {
        flow[n].id = rv_col_str(&r, 0);
        flow[n].name = rv_col_str(&r, 1);
        flow[n].path = rv_col_str(&r, 2);
    }
    RV_TRY(rv_rows_end(&r));
    for (size_t i = 0; i < n; i++) {
        bool may;
        RV_TRY(rv_authz_may(cx, tx, RV_A_FLOW_READ,
                            (struct rv_object){ .id = flow[i].id, .path = flow[i].path }, &may));
        if (!may || named == 3)
            continue;
        names = rv_printf(cx, "%.*s%s\"%.*s\"", RV_FMT(names), named > 0 ? ", " : "",
                          RV_FMT(flow[i].name));
        named++;
    }
    if (n == 0)
        return RV_OK;
    return rv_fail(
        cx, RV_CONFLICT,
        "%zu flow%s use%s this table%s%.*s and will fail without it; delete it with confirm=true",
        n, n == 1 ? "" : "s", n == 1 ? "s" : "", named > 0 ? " (among them " : "",
        RV_FMT(named > 0 ? rv_printf(cx, "%.*s)", RV_FMT(names)) : names));
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    const struct removal *d = arg;
    struct rv_table t;
    RV_TRY(rv_table_open(tx, d->id, RV_A_TABLE_EDIT, &t));
    if (!d->confirm)
        RV_TRY(check_unused(tx, &t));
    if (t.heap > 0)
        RV_TRY(lose_heap(tx, t.heap));
    RV_TRY(rv_sql_exec(tx, &data_table_sql[Q_DELETE], NULL, RV_ARGS(d->id)));
    return rv_table_tell(tx, "workflows.user.table.delete", &t, RV_NONE_STR);
}

rv_status rv_table_delete(struct rv_cx *cx, rv_str id, bool confirm)
{
    struct removal d = { id, confirm };
    return rv_store_write(cx, delete_tx, &d);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

enum { PURGE_ROWS = 2000 };

struct purge {
    const struct rv_job *job;
    int64_t heap;
    bool done;
};

static rv_status purge_tx(struct rv_tx *tx, void *arg)
{
    struct purge *p = arg;
    int64_t changed;
    RV_TRY(rv_sql_exec(tx, &data_table_sql[Q_HEAP_ROWS], &changed,
                       RV_ARGS(p->heap << RV_ROW_BITS, (p->heap + 1) << RV_ROW_BITS, PURGE_ROWS)));
    p->done = changed < PURGE_ROWS;
    if (!p->done)
        return RV_OK;
    RV_TRY(rv_sql_exec(tx, &data_table_sql[Q_HEAP_DELETE], NULL, RV_ARGS(p->heap)));
    return rv_job_end(tx, p->job->id);
}

/* Rows of a heap that no table has any more, some at a time: others get at the store in between. */
rv_status rv_table_purge(struct rv_cx *cx, const struct rv_job *job)
{
    struct purge p = { .job = job };
    if (!rv_str_to_int(job->payload, &p.heap))
        return rv_fail(cx, RV_INTERNAL, "the job table.purge names no heap");
    while (!p.done)
        RV_TRY(rv_store_write(cx, purge_tx, &p));
    return RV_OK;
}

enum { TIDY_ROWS = 200 };

struct tidy {
    const struct rv_job *job;
    int64_t after, last;
    bool done;
    struct rv_row rows[TIDY_ROWS];
    size_t n;
    struct rv_cx *cx;
    bool full;
};

static bool tidy_take(void *arg, const struct rv_row *r)
{
    struct tidy *d = arg;
    d->rows[d->n] = *r;
    d->rows[d->n].cells = rv_dup(d->cx, r->cells);
    d->full = d->rows[d->n].cells.p == NULL;
    return ++d->n < TIDY_ROWS && !d->full;
}

static rv_status tidy_tx(struct rv_tx *tx, void *arg)
{
    struct tidy *d = arg;
    struct rv_table t;
    bool found;
    d->n = 0;
    d->last = d->after;
    RV_TRY(rv_table_find(tx, d->job->payload, &found, &t));
    if (found && t.heap > 0)
        RV_TRY(rv_rows_scan(tx, &t, d->after, tidy_take, d));
    if (d->full)
        return RV_BUSY;
    for (size_t i = 0; i < d->n; i++) {
        struct rv_cell *cells = rv_row_cells(d->cx, &t, &d->rows[i]);
        if (cells == NULL)
            return RV_BUSY;
        RV_TRY(rv_row_tidy(tx, &t, &d->rows[i], cells));
        d->last = d->rows[i].key;
    }
    d->done = d->n < TIDY_ROWS;
    return d->done ? rv_job_end(tx, d->job->id) : RV_OK;
}

/* What deleted columns held is taken out of the rows. */
rv_status rv_table_tidy(struct rv_cx *cx, const struct rv_job *job)
{
    bool done = false;
    for (int64_t after = 0; !done;) {
        struct rv_cx own;
        RV_TRY(rv_cx_init(&own, cx->env, 0)); /* emptied after each part */
        own.root = true;
        struct tidy *d = RV_NEW(&own, struct tidy);
        rv_status st = RV_BUSY;
        if (d != NULL) {
            *d = (struct tidy){ .job = job, .after = after, .cx = &own };
            st = rv_store_write(&own, tidy_tx, d);
            after = d->last;
            done = d->done;
        }
        rv_cx_done(&own);
        if (st != RV_OK)
            return rv_fail(cx, st, "the rows of a table could not be tidied up");
    }
    return RV_OK;
}
