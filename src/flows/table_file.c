/* flows/table_file.c: tables in export files: their columns, never their rows (flopack.md 14). */
#include "flows/table_int.h"

enum { Q_BELOW, Q_BELOW_N };
static const struct rv_sql table_file_sql[Q_BELOW_N] = {
    [Q_BELOW] = {
        .name = "data_table_below",
        .text = "SELECT t.id FROM data_table t JOIN folder f ON f.id = t.folder_id WHERE f.path = :path OR f.path LIKE :below ORDER BY t.id",
        .in = "path:text below:text",
        .out = "id:text",
    },
};
RV_SQL_MODULE(table_file, table_file_sql);

static const char *const stored_types[] = { "", "str", "dec", "bln", "dte" };

/* ---- in -------------------------------------------------------------------------------------- */

/* Exports write defaults as text; a number or a true is as good. What does not fit the column is
 * left out. */
static rv_str default_of(struct rv_cx *cx, const json_t *v, enum rv_cell_kind type, bool *ret_fits)
{
    rv_str text = RV_NONE_STR;
    struct rv_cell cell;
    *ret_fits = true;
    if (rv_value_empty(v) || rv_value_text(cx, v, &text) != RV_OK)
        return RV_NONE_STR;
    *ret_fits = rv_cell_of_text(type, text, &cell) && text.n <= RV_TABLE_CELL_MAX;
    return *ret_fits ? text : RV_NONE_STR;
}

rv_status rv_columns_of_file(struct rv_cx *cx, const json_t *structure, rv_columns_told *told,
                             void *arg, rv_str *ret)
{
    json_t *list = json_array(), *seen = json_object(), *c;
    size_t i;
    RV_TRY(rv_json_keep(cx, list));
    RV_TRY(rv_json_keep(cx, seen));
    if (json_array_size(structure) > RV_TABLE_COLUMNS_MAX)
        told(arg, true, RV_STR("it has more columns than a table may have (limit table.columns)"));
    json_array_foreach((json_t *)(uintptr_t)structure, i, c)
    {
        enum rv_cell_kind type = RV_CELL_TEXT;
        rv_str name = rv_str_trim(rv_json_member_str(c, "name")),
               kind = rv_json_member_str(c, "type");
        bool fits;
        if (name.n == 0 || name.n > 250 || rv_utf8_count(name) > RV_TABLE_COLUMN_NAME_MAX) {
            told(arg, true,
                 RV_STR("one of its columns has no name, or one of more than 100 characters"));
            continue;
        }
        if (json_object_getn(seen, name.p, name.n) != NULL)
            told(arg, true, rv_printf(cx, "two of its columns are named \"%.*s\"", RV_FMT(name)));
        if (!rv_column_type_parse(kind, &type))
            told(arg, false,
                 rv_printf(cx, "the type of its column \"%.*s\" is not known; it is read as text",
                           RV_FMT(name)));
        rv_str def = default_of(cx, json_object_get(c, "default"), type, &fits);
        if (!fits)
            told(arg, false,
                 rv_printf(cx,
                           "the default of its column \"%.*s\" is none of its type; it is left out",
                           RV_FMT(name)));
        const struct rv_column column = {
            .no = (int64_t)i + 1, .name = name, .type = type, .def = def
        };
        if (json_array_append_new(list, rv_column_json(&column)) != 0 ||
            json_object_setn_new(seen, name.p, name.n, json_true()) != 0)
            return rv_fail(cx, RV_BUSY, "out of memory while importing");
    }
    return rv_json_dump(cx, list, ret);
}

/* ---- out ------------------------------------------------------------------------------------- */

static void write_structure(const struct rv_table *t, struct rv_jw *w)
{
    rv_jw_key(w, "structure");
    rv_jw_arr(w);
    for (size_t i = 0; i < t->columns_n; i++) {
        const struct rv_column *c = &t->columns[i];
        rv_jw_obj(w);
        rv_jw_kstr(w, "name", c->name);
        rv_jw_kstr(w, "type", rv_str_of(stored_types[c->type]));
        rv_jw_kstr(w, "default", c->def.p == NULL && c->type == RV_CELL_TEXT ? RV_STR("") : c->def);
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
}

static rv_status write_one(struct rv_tx *tx, rv_str id, bool with_folder, json_t *names,
                           struct rv_jw *w)
{
    struct rv_table t;
    bool found, may = false;
    RV_TRY(rv_table_find(tx, id, &found, &t));
    if (found)
        RV_TRY(rv_authz_may(rv_tx_cx(tx), tx, RV_A_TABLE_READ,
                            (struct rv_object){ .id = t.id, .path = t.folder_path }, &may));
    if (!may)
        return RV_OK; /* who may not read it does not take it along */
    if (json_object_setn_new(names, id.p, id.n, json_stringn(t.name.p, t.name.n)) != 0)
        return rv_fail(rv_tx_cx(tx), RV_BUSY, "out of memory while exporting");
    rv_jw_key_str(w, t.id);
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", t.id);
    rv_jw_kstr(w, "name", t.name);
    rv_jw_kstr(w, "description", t.description);
    rv_jw_key(w, "data");
    rv_jw_obj(w);
    rv_jw_kstr(w, "class", RV_STR("simple"));
    if (with_folder)
        rv_jw_kstr(w, "group_id", t.folder_id);
    write_structure(&t, w);
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
    return RV_OK;
}

struct refs {
    struct rv_cx *cx;
    json_t *ids; /* id -> true */
    bool bad;
};

static void note_table(void *arg, json_t *card)
{
    struct refs *r = arg;
    rv_str id = rv_table_of_card(card);
    if (id.n > 0 && json_object_setn_new(r->ids, id.p, id.n, json_true()) != 0)
        r->bad = true;
}

rv_str rv_table_of_card(const json_t *card)
{
    rv_str name = rv_json_member_str(card, "card");
    rv_str id = rv_str_starts(name, RV_STR("stash:"))
                    ? rv_json_member_str(json_object_get(card, "options"), "stash")
                    : RV_NONE_STR;
    return rv_str_eq(id, RV_STR(RV_TABLE_AT_RUN_TIME)) ? RV_NONE_STR : id;
}

rv_status rv_table_refs(struct rv_cx *cx, json_t *cards, json_t *ids)
{
    struct refs r = { cx, ids, false };
    rv_def_walk(cards, note_table, &r);
    return r.bad ? rv_fail(cx, RV_BUSY, "out of memory while exporting") : RV_OK;
}

rv_status rv_table_ids_below(struct rv_tx *tx, rv_str folder_path, json_t *ids)
{
    struct rv_rows r;
    struct rv_cx *cx = rv_tx_cx(tx);
    bool full = false;
    RV_TRY(rv_sql_query(tx, &table_file_sql[Q_BELOW], &r,
                        RV_ARGS(folder_path, rv_printf(cx, "%.*s/%%", RV_FMT(folder_path)))));
    while (rv_rows_next(&r)) {
        rv_str one = rv_col_ref(&r, 0);
        full = full || json_object_setn_new(ids, one.p, one.n, json_true()) != 0;
    }
    RV_TRY(rv_rows_end(&r));
    return full ? rv_fail(cx, RV_BUSY, "out of memory while reading tables") : RV_OK;
}

/* The tables of a folder and of those below, then those that cards use and that lie elsewhere. */
rv_status rv_table_export(struct rv_tx *tx, rv_str folder_path, json_t *ids, struct rv_jw *w)
{
    json_t *inside = json_object(), *v;
    const char *id;
    RV_TRY(rv_json_keep(rv_tx_cx(tx), inside));
    if (folder_path.p != NULL)
        RV_TRY(rv_table_ids_below(tx, folder_path, inside));
    json_object_foreach(inside, id, v)
        RV_TRY(write_one(tx, rv_str_of(id), true, ids, w));
    json_object_foreach(ids, id, v)
    {
        if (json_object_get(inside, id) == NULL)
            RV_TRY(write_one(tx, rv_str_of(id), false, ids, w));
    }
    return RV_OK;
}

rv_status rv_table_told_export(struct rv_tx *tx, const json_t *ids)
{
    const char *id;
    json_t *name;
    json_object_foreach((json_t *)(uintptr_t)ids, id, name)
    {
        struct rv_table t = { .id = rv_str_of(id), .name = rv_json_str(name) };
        if (t.name.p != NULL)
            RV_TRY(rv_table_tell(tx, "workflows.user.table.schema.export", &t, RV_NONE_STR));
    }
    return RV_OK;
}
