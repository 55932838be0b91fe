/* flows/table_card.c: what the cards of tables do (cards.md C.1, D.stash; flopack.md 14).
 *
 * Who saved the flow was asked for the tables its cards name; with "provide table at runtime" the
 * table must lie under the same top folder as the flow. Cards that write commit their effect with
 * the run's check-point (commit.c). Values go by the lenient rules of flows; a column that is not
 * there, or a value that is none of its type, is the card's error. */
#include "flows/table_int.h"

struct work {
    struct rv_call *c;
    rv_str row_id;
    int64_t n;
    /* search */
    struct rv_row_query q;
    rv_str direction, result_set;
    double limit, offset;
    bool has_limit;
    /* CSV */
    rv_str text, filename, delimiter;
    struct rv_csv_rows *rows;
    int64_t *keys; /* of the rows to stream */
    size_t keys_n, streamed;
    const struct rv_helpers *helpers; /* the batch before */
    char key[32];
    rv_str flow_id;
};

/* ---- fields ---------------------------------------------------------------------------------- */

static json_t *input(const struct rv_call *c, const char *group, const char *key)
{
    struct rv_field f;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        json_t *v = rv_in_at((struct rv_call *)(uintptr_t)c, i, &f);
        if (rv_str_eq(f.group, rv_str_of(group)) && rv_str_eq(f.key, rv_str_of(key)))
            return v;
    }
    return NULL;
}

static rv_status input_text(struct rv_call *c, const char *group, const char *key, rv_str *ret)
{
    rv_str text;
    RV_TRY(rv_value_text(c->cx, input(c, group, key), &text));
    *ret = rv_str_trim(text);
    return RV_OK;
}

static rv_status input_count(struct rv_call *c, const char *group, const char *key, bool *ret_some,
                             double *ret)
{
    const json_t *v = input(c, group, key);
    *ret_some = !rv_value_empty(v);
    *ret = 0;
    if (*ret_some && (!rv_value_num(v, ret) || *ret < 0 || *ret > 1e15))
        return rv_fail(c->cx, RV_INVALID, "the field \"%s\" must be a number from 0, not %s", key,
                       rv_value_type_name(v));
    return RV_OK;
}

static rv_status out(struct rv_call *c, const char *group, rv_str key, json_t *value)
{
    struct rv_field f;
    for (size_t i = 0; i < rv_out_count(c); i++) {
        rv_out_field(c, i, &f);
        if (rv_str_eq(f.group, rv_str_of(group)) && rv_str_eq(f.key, key))
            return rv_out_at(c, i, value);
    }
    json_decref(value); /* a pin that the author removed */
    return RV_OK;
}

/* ---- the table ------------------------------------------------------------------------------- */

static rv_str top_of(rv_str path)
{
    rv_str top = RV_STR("");
    (void)rv_str_split(&path, '/', &top);
    return top;
}

static rv_status open_table(struct rv_tx *tx, struct rv_call *c, struct rv_table *t)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str id = rv_option(c, "stash");
    bool found, chosen = rv_str_eq(id, RV_STR(RV_TABLE_AT_RUN_TIME)) || id.n == 0;
    struct rv_flow_row f;
    if (chosen)
        RV_TRY(input_text(c, "Table", "Table ID", &id));
    if (id.n == 0)
        return rv_fail(cx, RV_INVALID, "the card has no table; choose one in the flow");
    RV_TRY(rv_table_find(tx, id, &found, t));
    if (found && chosen) {
        RV_TRY(rv_flow_brief(tx, c->run->program->flow_id, &f));
        found = rv_str_eq(top_of(f.folder_path), top_of(t->folder_path));
    }
    if (found)
        return RV_OK;
    return chosen
               ? rv_fail(cx, RV_NOT_FOUND,
                         "there is no table with the id \"%.*s\" under the top folder of this flow",
                         RV_FMT(rv_utf8_cut(id, 100)))
               : rv_fail(cx, RV_NOT_FOUND,
                         "the table of this card was deleted; choose another one in the flow");
}

/* Fields into cells. empties: what an empty one does: nothing, or empty the cell. */
static rv_status read_fields(struct rv_cx *cx, struct rv_call *c, const struct rv_table *t,
                             bool empties, struct rv_cell *cells)
{
    struct rv_field f;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        const json_t *v = rv_in_at(c, i, &f);
        if (!rv_str_eq(f.group, RV_STR("Fields")))
            continue;
        const struct rv_column *k = rv_table_column(t, f.key);
        if (k == NULL)
            return rv_fail(cx, RV_INVALID, "the table \"%.*s\" has no column \"%.*s\"",
                           RV_FMT(t->name), RV_FMT(f.key));
        if (!rv_value_empty(v) || empties)
            RV_TRY(rv_cell_of_value(cx, k, v, &cells[k - t->columns]));
    }
    return RV_OK;
}

static json_t *time_value(int64_t ms)
{
    char text[40];
    return json_stringn(text, rv_time_format(ms, text));
}

/* Groups Row and Fields; r NULL: nothing matched, all are empty. */
static rv_status put_row(struct rv_call *c, const struct rv_table *t, const struct rv_row *r)
{
    struct rv_field f;
    for (size_t i = 0; i < rv_out_count(c); i++) {
        rv_out_field(c, i, &f);
        json_t *v = NULL;
        if (r == NULL) {
            v = json_null();
        } else if (rv_str_eq(f.group, RV_STR("Row"))) {
            rv_str id = rv_row_id(c->cx, r->key);
            v = rv_str_eq(f.key, RV_STR("Row ID"))
                    ? json_stringn(id.p, id.n)
                    : time_value(rv_str_eq(f.key, RV_STR("Created")) ? r->created_at
                                                                     : r->updated_at);
        } else if (rv_str_eq(f.group, RV_STR("Fields"))) {
            const struct rv_column *k = rv_table_column(t, f.key);
            struct rv_cell cell = { .kind = RV_CELL_EMPTY };
            if (k != NULL)
                cell = rv_cells_get(r->cells, k->no);
            v = k != NULL ? rv_cell_value(&cell, k->type) : json_null();
        } else {
            continue;
        }
        RV_TRY(rv_out_at(c, i, v));
    }
    return RV_OK;
}

/* ---- one row --------------------------------------------------------------------------------- */

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    const struct work *w = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_table t;
    int64_t key;
    RV_TRY(open_table(tx, w->c, &t));
    struct rv_cell *cells = rv_row_cells(cx, &t, NULL);
    if (cells == NULL)
        return RV_BUSY;
    RV_TRY(read_fields(cx, w->c, &t, false, cells));
    RV_TRY(rv_row_add(tx, &t, cells, &key));
    rv_str id = rv_row_id(cx, key);
    return out(w->c, "Output", RV_STR("Row ID"), json_stringn(id.p, id.n));
}

static struct work *new_work(struct rv_call *c)
{
    struct work *w = RV_NEW(c->cx, struct work);
    if (w != NULL)
        w->c = c;
    return w;
}

rv_status rv_table_card_create(struct rv_call *c)
{
    struct work *w = new_work(c);
    return w != NULL ? rv_call_write(c, create_tx, w) : RV_BUSY;
}

static rv_status read_tx(struct rv_tx *tx, void *arg)
{
    const struct work *w = arg;
    struct rv_table t;
    struct rv_row r;
    RV_TRY(open_table(tx, w->c, &t));
    RV_TRY(rv_row_load(tx, &t, w->row_id, &r));
    return put_row(w->c, &t, &r);
}

rv_status rv_table_card_read(struct rv_call *c)
{
    struct work *w = new_work(c);
    if (w == NULL)
        return RV_BUSY;
    RV_TRY(input_text(c, "Read By", "Row ID", &w->row_id));
    return rv_store_read(c->cx, read_tx, w); /* one row: nothing to go elsewhere for */
}

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    const struct work *w = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_table t;
    struct rv_row r;
    RV_TRY(open_table(tx, w->c, &t));
    RV_TRY(rv_row_load(tx, &t, w->row_id, &r));
    struct rv_cell *cells = rv_row_cells(cx, &t, &r);
    if (cells == NULL)
        return RV_BUSY;
    RV_TRY(read_fields(cx, w->c, &t,
                       rv_str_eq_nocase(rv_option(w->c, "updateEmptyInputs"), RV_STR("Yes")),
                       cells));
    return rv_row_put(tx, &t, &r, cells);
}

rv_status rv_table_card_update(struct rv_call *c)
{
    struct work *w = new_work(c);
    if (w == NULL)
        return RV_BUSY;
    RV_TRY(input_text(c, "Update By", "Row ID", &w->row_id));
    return rv_call_write(c, update_tx, w);
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    const struct work *w = arg;
    struct rv_table t;
    struct rv_row r;
    bool dropped;
    RV_TRY(open_table(tx, w->c, &t));
    RV_TRY(rv_row_load(tx, &t, w->row_id, &r));
    return rv_row_drop(tx, &t, r.key, &dropped);
}

rv_status rv_table_card_delete(struct rv_call *c)
{
    struct work *w = new_work(c);
    if (w == NULL)
        return RV_BUSY;
    RV_TRY(input_text(c, "Delete By", "Row ID", &w->row_id));
    return rv_call_write(c, delete_tx, w);
}

/* ---- whole tables ---------------------------------------------------------------------------- */

static rv_status clear_tx(struct rv_tx *tx, void *arg)
{
    const struct work *w = arg;
    struct rv_table t;
    RV_TRY(open_table(tx, w->c, &t));
    int64_t n = t.row_count;
    RV_TRY(rv_table_drop_rows(tx, &t));
    return out(w->c, "Table", RV_STR("Cleared Rows"), json_integer(n));
}

rv_status rv_table_card_clear(struct rv_call *c)
{
    struct work *w = new_work(c);
    return w != NULL ? rv_call_write(c, clear_tx, w) : RV_BUSY;
}

static rv_status schema_tx(struct rv_tx *tx, void *arg)
{
    const struct work *w = arg;
    struct rv_table t;
    json_t *list = json_array();
    RV_TRY(rv_json_keep(w->c->cx, list));
    RV_TRY(open_table(tx, w->c, &t));
    for (size_t i = 0; i < t.columns_n; i++) {
        const struct rv_column *k = &t.columns[i];
        if (json_array_append_new(list, json_pack("{s:s%, s:s}", "name", k->name.p, k->name.n,
                                                  "type", rv_column_types[k->type])) != 0)
            return rv_fail(w->c->cx, RV_BUSY, "out of memory while reading a table");
    }
    return out(w->c, "Output", RV_STR("Column Schema"), json_incref(list));
}

rv_status rv_table_card_schema(struct rv_call *c)
{
    struct work *w = new_work(c);
    return w != NULL ? rv_store_read(c->cx, schema_tx, w) : RV_BUSY;
}

/* ---- search ---------------------------------------------------------------------------------- */

/* A value of a condition comes in by a hidden field of the card (flopack.md 14); one that is lost
 * is null. */
static const json_t *value_of(void *arg, const json_t *rhd)
{
    const struct rv_call *c = arg;
    const char *id = json_string_value(json_object_get(rhd, "outputId"));
    return id != NULL ? input(c, "_expr", id) : NULL;
}

static rv_status conditions(struct rv_call *c, const struct rv_table *t, struct rv_search *s)
{
    const json_t *expr = input(c, "Filter", "Where Expression");
    json_t *parsed;
    if (json_is_string(expr) && !rv_value_empty(expr)) {
        RV_TRY(rv_json_parse(c->cx, rv_json_str(expr), &rv_json_limits_default, &parsed));
        expr = parsed;
    }
    return rv_value_empty(expr) ? RV_OK : rv_where_parse(c->cx, t, expr, value_of, c, false, s);
}

static bool descends(rv_str direction)
{
    return direction.n > 3 ? rv_str_eq_nocase(rv_str_sub(direction, 0, 4), RV_STR("desc")) : false;
}

static rv_status make_search(const struct work *w, const struct rv_table *t, int64_t most,
                             struct rv_search *s)
{
    struct rv_cx *cx = w->c->cx;
    *s = (struct rv_search){ .descending = w->q.sort_by.n > 0 && descends(w->direction),
                             .offset = (int64_t)w->offset,
                             .limit = w->has_limit && w->limit > 0 ? (int64_t)w->limit : most };
    RV_TRY(conditions(w->c, t, s));
    return w->q.sort_by.n > 0 ? rv_search_sort(cx, t, w->q.sort_by, s) : RV_OK;
}

/* The keys of what the author wants to see of each row; without any all. */
static bool wanted(const json_t *shape, rv_str key)
{
    return json_object_size(shape) == 0 || json_object_getn(shape, key.p, key.n) != NULL;
}

static bool put(json_t *o, const json_t *shape, rv_str key, json_t *value)
{
    if (wanted(shape, key))
        return json_object_setn_new(o, key.p, key.n, value) == 0;
    json_decref(value);
    return true;
}

/* New, or NULL: out of memory. */
static json_t *row_object(struct rv_cx *cx, const struct rv_table *t, const struct rv_row *r,
                          const json_t *shape)
{
    json_t *o = json_object();
    bool ok = o != NULL;
    rv_str id = rv_row_id(cx, r->key);
    for (size_t i = 0; ok && i < t->columns_n; i++) {
        struct rv_cell cell = rv_cells_get(r->cells, t->columns[i].no);
        ok = put(o, shape, t->columns[i].name, rv_cell_value(&cell, t->columns[i].type));
    }
    ok = ok && put(o, shape, RV_STR("Row ID"), json_stringn(id.p, id.n)) &&
         put(o, shape, RV_STR("Created"), time_value(r->created_at)) &&
         put(o, shape, RV_STR("Updated"), time_value(r->updated_at));
    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

struct rows_out {
    struct rv_cx *cx;
    const struct rv_table *t;
    json_t *list;
    const json_t *shape;
    size_t bytes;
};

static rv_status add_row(void *arg, const struct rv_row *r)
{
    struct rows_out *o = arg;
    json_t *j = row_object(o->cx, o->t, r, o->shape);
    o->bytes += rv_value_size(j);
    if (json_array_append_new(o->list, j) != 0)
        return rv_fail(o->cx, RV_BUSY, "out of memory while reading rows");
    if (o->bytes > RV_RUN_OUTPUT_MAX)
        return rv_fail(o->cx, RV_LIMIT,
                       "the rows found hold more than %d bytes (limit run.output); search with a "
                       "smaller limit, or stream them",
                       RV_RUN_OUTPUT_MAX);
    return RV_OK;
}

static const json_t *shape_of_rows(const struct rv_call *c)
{
    struct rv_field f;
    for (size_t i = 0; i < rv_out_count(c); i++) {
        rv_out_field(c, i, &f);
        if (rv_str_eq(f.key, RV_STR("Rows")))
            return f.shape;
    }
    return NULL;
}

static rv_status search_tx(struct rv_tx *tx, void *arg)
{
    struct work *w = arg;
    struct rv_call *c = w->c;
    struct rv_table t;
    struct rv_search s;
    struct rv_row r;
    bool one = rv_str_eq(w->result_set, RV_STR("one")) || w->result_set.n == 0, found;
    RV_TRY(open_table(tx, c, &t));
    RV_TRY(make_search(w, &t, RV_TABLE_SEARCH_DEFAULT, &s));
    s.limit = one ? 1 : s.limit;
    if (s.limit > RV_TABLE_SEARCH_MAX)
        return rv_fail(c->cx, RV_LIMIT,
                       "one search gives at most %d rows (limit table.search); stream them",
                       RV_TABLE_SEARCH_MAX);
    RV_TRY(rv_table_search(tx, &t, &s, &w->keys, &w->keys_n));
    if (one) {
        if (w->keys_n == 0)
            return put_row(c, &t, NULL);
        RV_TRY(rv_row_at(tx, w->keys[0], &found, &r));
        return put_row(c, &t, found ? &r : NULL);
    }
    struct rows_out o = { c->cx, &t, json_array(), shape_of_rows(c), 0 };
    RV_TRY(rv_json_keep(c->cx, o.list));
    for (size_t i = 0; i < w->keys_n; i++)
        RV_TRY(rv_row_with(tx, w->keys[i], add_row, &o));
    return out(c, "Result", RV_STR("Rows"), json_incref(o.list));
}

/* ---- search, row by row to a helper flow ----------------------------------------------------- */

static rv_status keys_tx(struct rv_tx *tx, void *arg)
{
    struct work *w = arg;
    struct rv_table t;
    struct rv_search s;
    RV_TRY(open_table(tx, w->c, &t));
    RV_TRY(make_search(w, &t, RV_TABLE_ROWS_MAX, &s));
    return rv_table_search(tx, &t, &s, &w->keys, &w->keys_n);
}

struct one_row {
    struct work *w;
    struct rv_cx *cx;
    int64_t key;
    json_t *record;
};

static rv_status record_tx(struct rv_tx *tx, void *arg)
{
    struct one_row *o = arg;
    struct rv_table t;
    struct rv_row r;
    bool found;
    RV_TRY(open_table(tx, o->w->c, &t));
    RV_TRY(rv_row_at(tx, o->key, &found, &r));
    o->record = found ? row_object(o->cx, &t, &r, NULL) : json_null(); /* deleted since it was found */
    return o->record != NULL ? RV_OK : rv_fail(o->cx, RV_BUSY, "out of memory while reading a row");
}

/* The row is read with memory of its own: a card may stream a million of them. */
static json_t *stream_inputs(struct rv_call *c, const struct rv_helpers *h, size_t i)
{
    struct work *w = h->arg;
    struct rv_cx *cx = rv_engine_cx(c->run->e);
    struct one_row o = { .w = w, .cx = cx, .key = w->keys[w->streamed + i] };
    bool ok = cx != NULL && rv_store_read(cx, record_tx, &o) == RV_OK;
    json_t *all = ok ? rv_stream_inputs(c, json_incref(o.record)) : NULL;
    json_decref(o.record);
    if (cx != NULL)
        rv_engine_cx_give(c->run->e, cx);
    return all;
}

/* A row that was streamed before a crash is not streamed again, whatever came and went in between.
 */
static rv_str stream_key(struct rv_call *c, const struct rv_helpers *h, size_t i)
{
    struct work *w = h->arg;
    (void)c;
    int n = snprintf(w->key, sizeof w->key, "%" PRId64, w->keys[w->streamed + i]);
    return (rv_str){ w->key, n > 0 ? (size_t)n : 0 };
}

#ifdef RV_SHRUNKEN
enum { STREAM_BATCH = 7 };
#else
enum { STREAM_BATCH = 1000 };
#endif

static rv_status stream(struct rv_call *c, void *arg);

static rv_status streamed(struct rv_call *c, const struct rv_helpers *h)
{
    struct work *w = h->arg;
    w->streamed += h->n;
    w->helpers = h;
    if (w->streamed < w->keys_n)
        return stream(c, w);
    return out(c, "Result", RV_STR("Records Streamed"), json_integer((json_int_t)w->streamed));
}

/* One row after the other; a helper that fails stops neither the card nor the other rows
 * (workflows.md 15). */
static rv_status stream(struct rv_call *c, void *arg)
{
    struct work *w = arg;
    size_t left = w->keys_n - w->streamed;
    struct rv_helpers h = { .flow_id = w->flow_id,
                            .n = left < STREAM_BATCH ? left : STREAM_BATCH,
                            .width = 1,
                            .ignore_errors = true,
                            .inputs = stream_inputs,
                            .key = stream_key,
                            .finish = streamed,
                            .first = w->streamed,
                            .before = w->helpers,
                            .arg = w };
    return rv_call_helpers(c, &h);
}

rv_status rv_table_card_search(struct rv_call *c)
{
    struct work *w = new_work(c);
    bool some;
    if (w == NULL)
        return RV_BUSY;
    w->result_set = rv_option(c, "resultSet");
    RV_TRY(input_text(c, "Sort", "Column", &w->q.sort_by));
    RV_TRY(input_text(c, "Sort", "Direction", &w->direction));
    RV_TRY(input_count(c, "Sort", "Limit", &w->has_limit, &w->limit));
    RV_TRY(input_count(c, "Sort", "Offset", &some, &w->offset));
    if (!rv_str_eq(w->result_set, RV_STR("stream")))
        return rv_call_read(c, search_tx, w, NULL);
    RV_TRY(input_text(c, "Streaming", "Flow", &w->flow_id));
    w->flow_id = rv_dup(c->cx, w->flow_id);
    if (w->flow_id.n == 0)
        return rv_fail(c->cx, RV_INVALID, "choose the helper flow that gets the rows");
    return rv_call_read(c, keys_tx, w, stream);
}

/* ---- CSV ------------------------------------------------------------------------------------- */

static rv_status columns_of(struct work *w, const struct rv_table *t, const struct rv_column ***ret,
                            size_t *ret_n)
{
    struct rv_cx *cx = w->c->cx;
    json_t *list = input(w->c, "Options", "Columns"), *v;
    const struct rv_column **columns =
        RV_NEW_N(cx, const struct rv_column *, RV_TABLE_COLUMNS_MAX + 1);
    size_t i, n = 0;
    rv_str name;
    if (columns == NULL)
        return RV_BUSY;
    if (json_is_string(list) && !rv_value_empty(list)) {
        columns[n++] = rv_table_column(t, rv_str_trim(rv_json_str(list)));
        if (columns[0] == NULL)
            return rv_fail(cx, RV_INVALID, "the table \"%.*s\" has no column \"%.*s\"",
                           RV_FMT(t->name), RV_FMT(rv_json_str(list)));
    }
    json_array_foreach(list, i, v)
    {
        RV_TRY(rv_value_text(cx, v, &name));
        columns[n] = n < RV_TABLE_COLUMNS_MAX ? rv_table_column(t, rv_str_trim(name)) : NULL;
        if (columns[n++] == NULL)
            return rv_fail(cx, RV_INVALID, "the table \"%.*s\" has no column \"%.*s\"",
                           RV_FMT(t->name), RV_FMT(rv_utf8_cut(name, 200)));
    }
    *ret = columns;
    *ret_n = n;
    return RV_OK;
}

/* A file is its name and text, together with what files are known by (workflows.md 2.1). */
static json_t *file_value(struct rv_call *c, rv_str filename, rv_str content)
{
    rv_str rest = filename, part, extension = RV_STR("");
    rv_str id = rv_call_effect_id(c), now = rv_time_str(c->cx, rv_now(c->cx->env));
    while (rv_str_split(&rest, '.', &part))
        extension = rest.p != NULL ? rest : extension;
    return json_pack("{s:s%, s:s%, s:s%, s:I, s:s%, s:s%, s:s%}", "id", id.p, id.n, "filename",
                     filename.p, filename.n, "extension", extension.p, extension.n, "size",
                     (json_int_t)content.n, "created", now.p, now.n, "updated", now.p, now.n,
                     "content", content.p, content.n);
}

static rv_status export_tx(struct rv_tx *tx, void *arg)
{
    struct work *w = arg;
    struct rv_call *c = w->c;
    struct rv_table t;
    struct rv_search s;
    const struct rv_column **columns;
    struct rv_buf b;
    size_t n;
    char delimiter;
    rv_str text = RV_NONE_STR;
    RV_TRY(open_table(tx, c, &t));
    RV_TRY(rv_csv_delimiter(c->cx, w->delimiter, &delimiter));
    RV_TRY(make_search(w, &t, RV_TABLE_ROWS_MAX, &s));
    RV_TRY(columns_of(w, &t, &columns, &n));
    rv_buf_init(&b, RV_RUN_OUTPUT_MAX - 4096);
    rv_status st = rv_csv_write(tx, &t, &s, columns, n, delimiter, &b);
    if (st == RV_OK)
        st = rv_buf_str(c->cx, &b, &text);
    if (st == RV_OK) {
        json_t *file = file_value(c, w->filename, text);
        st = file != NULL ? out(c, "CSV", RV_STR("File Content"), file)
                          : rv_fail(c->cx, RV_BUSY, "out of memory while writing a file");
    }
    rv_buf_done(&b);
    return st;
}

/* Blanks count: a tab is a delimiter. */
static rv_status input_delimiter(struct rv_call *c, rv_str *ret)
{
    return rv_value_text(c->cx, input(c, "Options", "Delimiter"), ret);
}

rv_status rv_table_card_export(struct rv_call *c)
{
    struct work *w = new_work(c);
    bool some;
    if (w == NULL)
        return RV_BUSY;
    RV_TRY(input_text(c, "File", "Filename", &w->filename));
    RV_TRY(input_delimiter(c, &w->delimiter));
    RV_TRY(input_count(c, "Options", "Limit", &w->has_limit, &w->limit));
    RV_TRY(input_count(c, "Options", "Offset", &some, &w->offset));
    return rv_call_read(c, export_tx, w, NULL);
}

static rv_status import_tx(struct rv_tx *tx, void *arg)
{
    struct work *w = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_table t;
    char delimiter;
    RV_TRY(open_table(tx, w->c, &t));
    RV_TRY(rv_csv_delimiter(cx, w->delimiter, &delimiter));
    w->rows = RV_NEW(cx, struct rv_csv_rows);
    if (w->rows == NULL)
        return RV_BUSY;
    RV_TRY(rv_csv_read(cx, &t, w->text, delimiter, w->rows)); /* at most what a run can hold: not much for the writer */
    RV_TRY(rv_csv_add(tx, &t, w->rows));
    return out(w->c, "Output", RV_STR("Rows Imported"), json_integer((json_int_t)w->rows->n));
}

rv_status rv_table_card_import(struct rv_call *c)
{
    struct work *w = new_work(c);
    if (w == NULL)
        return RV_BUSY;
    const json_t *file = input(c, "File", "File Content");
    w->text = json_is_object(file) ? rv_json_member_str(file, "content") : rv_json_str(file);
    if (w->text.p == NULL)
        return rv_fail(c->cx, RV_INVALID,
                       "the field \"File Content\" must be a file with text, or text, not %s",
                       rv_value_type_name(file));
    RV_TRY(input_delimiter(c, &w->delimiter));
    return rv_call_write(c, import_tx, w);
}
