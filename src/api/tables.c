/* api/tables.c: tables that flows read and write, their rows, and both as CSV (workflows.md 13). */
#include "api/api.h"
#include "flows/flows.h"

#define ROOT "/reeve/api/v1"

struct table_body {
    uint64_t seen, nulls;
    rv_str name, description, folder_id;
    json_t *columns;
    int64_t version;
};
enum { M_NAME, M_DESCRIPTION, M_FOLDER, M_COLUMNS };
#define MEMBERS(required)                                                                                                                                      \
    { "name", RV_K_TEXT, (required) | RV_NO_CONTROL, offsetof(struct table_body, name), 1, 200, NULL, "Name." },                                             \
        { "description", RV_K_TEXT, RV_NULLABLE, offsetof(struct table_body, description), 0, 4000, NULL, "What the table is for." },                        \
        { "folderId", RV_K_TEXT, (required), offsetof(struct table_body, folder_id), 1, 64, NULL, "Folder it lies in." },                                      \
    {                                                                                                                                                          \
        "columns", RV_K_ARRAY, 0, offsetof(struct table_body, columns), 0, 0, NULL,                                                                            \
            "All columns in their order: {id, name, type, default}; type text, number, boolean or date; without id a new one, those not named are deleted." \
    }
static const struct rv_member create_members[] = { MEMBERS(RV_REQUIRED), { .name = NULL } };
static const struct rv_member update_members[] = {
    MEMBERS(0),
    { "version", RV_K_INT, RV_REQUIRED, offsetof(struct table_body, version), 0, 0, NULL, "Version that the change is made to." },
    { .name = NULL },
};
static const struct rv_shape table_create = { "TableCreate", create_members, false }, table_update = { "TableUpdate", update_members, false };

struct row_body {
    uint64_t seen, nulls;
    json_t *values;
    int64_t version;
};
#define VALUES { "values", RV_K_OBJECT, RV_REQUIRED, offsetof(struct row_body, values), 0, 0, NULL, "Values by name of the column; null empties." }
static const struct rv_member row_create_members[] = { VALUES, { .name = NULL } };
static const struct rv_member row_update_members[] = {
    VALUES,
    { "version", RV_K_INT, RV_REQUIRED, offsetof(struct row_body, version), 0, 0, NULL, "Version of the row that the change is made to." },
    { .name = NULL },
};
static const struct rv_shape row_create = { "TableRowCreate", row_create_members, false }, row_update = { "TableRowUpdate", row_update_members, false };

static struct rv_table_in table_in(const struct table_body *b)
{
    return (struct rv_table_in){ .name = b->name,
                                 .description =
                                     b->description.p != NULL ? b->description : RV_STR(""),
                                 .folder_id = b->folder_id,
                                 .columns = b->columns,
                                 .has_name = RV_SEEN(b, M_NAME),
                                 .has_description = RV_SEEN(b, M_DESCRIPTION),
                                 .has_folder = RV_SEEN(b, M_FOLDER),
                                 .version = b->version };
}

static rv_status list_tables(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_page page;
    rv_str next = RV_NONE_STR;
    RV_TRY(rv_req_page(rq, 20, 200, &page));
    struct rv_flow_query q = { .limit = page.limit,
                               .after = page.after,
                               .q = rv_req_query(rq, "q"),
                               .folder_id = rv_req_query(rq, "folderId"),
                               .enabled = -1 };
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_table_list(rv_req_cx(rq), &q, w, &next));
    return rv_list_end(rq, next);
}

static rv_status create_table(struct rv_req *rq)
{
    struct table_body b = { 0 };
    rv_str id;
    RV_TRY(rv_req_decode(rq, &table_create, &b));
    struct rv_table_in in = table_in(&b);
    RV_TRY(rv_table_create(rv_req_cx(rq), &in, &id));
    return rv_reply_created(rq, ROOT "/tables", rv_table_get, id);
}

static rv_status get_table(struct rv_req *rq)
{
    RV_TRY(rv_table_view(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status update_table(struct rv_req *rq)
{
    struct table_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &table_update, &b));
    struct rv_table_in in = table_in(&b);
    RV_TRY(rv_table_update(rv_req_cx(rq), rv_req_param(rq, 0), &in));
    return rv_reply_object(rq, 200, rv_table_get, rv_req_param(rq, 0));
}

static rv_status delete_table(struct rv_req *rq)
{
    bool confirm;
    RV_TRY(rv_req_query_bool(rq, "confirm", false, &confirm));
    RV_TRY(rv_table_delete(rv_req_cx(rq), rv_req_param(rq, 0), confirm));
    return rv_reply_none(rq, 204);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static rv_status row_query(struct rv_req *rq, struct rv_row_query *ret)
{
    struct rv_page page;
    rv_str order = rv_req_query(rq, "sortOrder");
    RV_TRY(rv_req_page(rq, 20, 200, &page));
    if (order.p != NULL && !rv_str_eq_nocase(order, RV_STR("asc")) &&
        !rv_str_eq_nocase(order, RV_STR("desc")))
        return rv_fail_field(rv_req_cx(rq), "sortOrder", "ENUM", "must be asc or desc");
    *ret = (struct rv_row_query){ .limit = page.limit,
                                  .after = page.after,
                                  .q = rv_req_query(rq, "q"),
                                  .filter = rv_req_query(rq, "filter"),
                                  .sort_by = rv_req_query(rq, "sortBy"),
                                  .descending = rv_str_eq_nocase(order, RV_STR("desc")) };
    return RV_OK;
}

static rv_status list_rows(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_row_query q;
    rv_str next = RV_NONE_STR;
    RV_TRY(row_query(rq, &q));
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_row_list(rv_req_cx(rq), rv_req_param(rq, 0), &q, w, &next));
    return rv_list_end(rq, next);
}

/* The row as it is now; who may not read the table gets the id. */
static rv_status reply_row(struct rv_req *rq, int status, rv_str row_id)
{
    struct rv_cx *cx = rv_req_cx(rq);
    struct rv_jw *w = rv_reply_json(rq);
    if (rv_row_get(cx, rv_req_param(rq, 0), row_id, w) != RV_OK) {
        rv_error_clear(cx);
        w = rv_reply_json(rq);
        rv_jw_obj(w);
        rv_jw_kstr(w, "id", row_id);
        rv_jw_obj_end(w);
    }
    return rv_reply(rq, status);
}

static rv_status create_row(struct rv_req *rq)
{
    struct row_body b = { 0 };
    rv_str id;
    RV_TRY(rv_req_decode(rq, &row_create, &b));
    RV_TRY(rv_row_create(rv_req_cx(rq), rv_req_param(rq, 0), b.values, &id));
    RV_TRY(rv_reply_location(rq, rv_printf(rv_req_cx(rq), ROOT "/tables/%.*s/rows/%.*s",
                                           RV_FMT(rv_req_param(rq, 0)), RV_FMT(id))));
    return reply_row(rq, 201, id);
}

static rv_status get_row(struct rv_req *rq)
{
    RV_TRY(rv_row_view(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status update_row(struct rv_req *rq)
{
    struct row_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &row_update, &b));
    RV_TRY(rv_row_update(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), b.values,
                         b.version));
    return reply_row(rq, 200, rv_req_param(rq, 1));
}

static rv_status delete_row(struct rv_req *rq)
{
    RV_TRY(rv_row_delete(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1)));
    return rv_reply_none(rq, 204);
}

static rv_status delete_rows(struct rv_req *rq)
{
    rv_str ids = rv_req_query(rq, "ids");
    if (ids.p != NULL && ids.n == 0)
        return rv_fail_field(rv_req_cx(rq), "ids", "LENGTH",
                             "name the rows; without ids all rows are deleted");
    RV_TRY(rv_row_delete_many(rv_req_cx(rq), rv_req_param(rq, 0), ids));
    return rv_reply_none(rq, 204);
}

/* ---- CSV ------------------------------------------------------------------------------------- */

static rv_status import_csv(struct rv_req *rq)
{
    struct rv_cx *cx = rv_req_cx(rq);
    rv_str type = rv_exchange_header(rq->x, "content-type"), name;
    bool csv = type.p != NULL && rv_str_split(&type, ';', &name) &&
               rv_str_eq_nocase(rv_str_trim(name), RV_STR("text/csv"));
    RV_TRY(rv_table_import_csv(cx, rv_req_param(rq, 0), csv ? rq->x->body : RV_NONE_STR,
                               rv_req_query(rq, "delimiter"), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status query_count(struct rv_req *rq, const char *name, int64_t *ret)
{
    rv_str text = rv_req_query(rq, name);
    *ret = 0;
    if (text.p == NULL || (rv_str_to_int(text, ret) && *ret >= 0))
        return RV_OK;
    return rv_fail_field(rv_req_cx(rq), name, "RANGE", "must be a whole number from 0");
}

static rv_status export_csv(struct rv_req *rq)
{
    struct rv_row_query q;
    rv_str name;
    RV_TRY(row_query(rq, &q));
    RV_TRY(query_count(rq, "offset", &q.skip));
    RV_TRY(query_count(rq, "rows", &q.most));
    rv_buf_clear(&rq->x->buf);
    RV_TRY(rv_table_export_csv(rv_req_cx(rq), rv_req_param(rq, 0), &q, rv_req_query(rq, "columns"),
                               rv_req_query(rq, "delimiter"), &rq->x->buf, &name));
    return rv_reply_download(rq, "text/csv; charset=utf-8; header=present",
                             rv_printf(rv_req_cx(rq), "%.*s.csv", RV_FMT(name)));
}

/* clang-format off */
const struct rv_route rv_routes_tables[] = {
    { "GET", ROOT "/tables", "listTables", RV_A_TABLE_READ, RV_ENV_NATIVE, 0, NULL, NULL, list_tables, "Tables, by folderId and q." },
    { "POST", ROOT "/tables", "createTable", RV_A_TABLE_EDIT, RV_ENV_NATIVE, 0, NULL, &table_create, create_table, "Make a table with its columns." },
    { "GET", ROOT "/tables/{tableId}", "getTable", RV_A_TABLE_READ, RV_ENV_NATIVE, 0, NULL, NULL, get_table, "One table with its columns and how many rows it has." },
    { "PATCH", ROOT "/tables/{tableId}", "updateTable", RV_A_TABLE_EDIT, RV_ENV_NATIVE, 0, NULL, &table_update, update_table, "Rename, describe or move a table; add, rename, order or delete columns." },
    { "DELETE", ROOT "/tables/{tableId}", "deleteTable", RV_A_TABLE_EDIT, RV_ENV_NATIVE, 0, NULL, NULL, delete_table, "Delete a table with its rows; 409 while flows use it, unless confirm=true." },
    { "GET", ROOT "/tables/{tableId}/rows", "listTableRows", RV_A_TABLE_READ, RV_ENV_NATIVE, 0, NULL, NULL, list_rows, "Rows, by q and filter (JSON, as in a Search Rows card), in the order of sortBy and sortOrder." },
    { "POST", ROOT "/tables/{tableId}/rows", "createTableRow", RV_A_TABLE_EDIT, RV_ENV_NATIVE, 0, NULL, &row_create, create_row, "Make a row; columns without a value get their default." },
    { "DELETE", ROOT "/tables/{tableId}/rows", "deleteTableRows", RV_A_TABLE_EDIT, RV_ENV_NATIVE, 0, NULL, NULL, delete_rows, "Delete all rows, or those of ids (with commas between)." },
    { "GET", ROOT "/tables/{tableId}/rows/{rowId}", "getTableRow", RV_A_TABLE_READ, RV_ENV_NATIVE, 0, NULL, NULL, get_row, "One row." },
    { "PATCH", ROOT "/tables/{tableId}/rows/{rowId}", "updateTableRow", RV_A_TABLE_EDIT, RV_ENV_NATIVE, 0, NULL, &row_update, update_row, "Change cells of a row; columns that are not named stay." },
    { "DELETE", ROOT "/tables/{tableId}/rows/{rowId}", "deleteTableRow", RV_A_TABLE_EDIT, RV_ENV_NATIVE, 0, NULL, NULL, delete_row, "Delete a row." },
    { "POST", ROOT "/tables/{tableId}/import", "importTableRows", RV_A_TABLE_EDIT, RV_ENV_NATIVE, RV_ROUTE_IMPORT | RV_ROUTE_TEXT_BODY, NULL, NULL, import_csv, "Add the rows of a CSV (text/csv); its first line names the columns. All rows or none." },
    { "GET", ROOT "/tables/{tableId}/export", "exportTableRows", RV_A_TABLE_READ, RV_ENV_NATIVE, 0, NULL, NULL, export_csv, "The rows as CSV, by columns, q and filter, in the order of sortBy; delimiter: a comma, unless named; offset and rows: a part of them." },
    { .method = NULL },
};
