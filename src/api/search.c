/* api/search.c: the palette's search: objects by name, of every kind that the caller may see.
 *
 * Asks each kind's own list for a handful and shows their rows in one form; a kind whose list
 * refuses the caller is left out. */
#include "api/api_int.h"
#include "flows/flows.h"
#include "requests/requests.h"

enum { OF_EACH = 6 };

typedef rv_status list_fn(struct rv_cx *cx, rv_str q, struct rv_jw *w);

static rv_status requests(struct rv_cx *cx, rv_str q, struct rv_jw *w)
{
    rv_str next;
    return rv_request_list(cx,
                           &(struct rv_request_query){
                               .limit = OF_EACH, .q = q, .view = RV_STR("all") },
                           w, &next);
}
static rv_status request_types(struct rv_cx *cx, rv_str q, struct rv_jw *w)
{
    rv_str next;
    return rv_request_type_list(cx, &(struct rv_request_query){ .limit = OF_EACH, .q = q }, w,
                                &next);
}
static rv_status catalogue(struct rv_cx *cx, rv_str q, struct rv_jw *w)
{
    rv_str next;
    return rv_catalogue_list(cx, &(struct rv_request_query){ .limit = OF_EACH, .q = q }, w, &next);
}
static rv_status teams(struct rv_cx *cx, rv_str q, struct rv_jw *w)
{
    rv_str next;
    return rv_team_list(cx, &(struct rv_request_query){ .limit = OF_EACH, .q = q }, w, &next);
}
static rv_status lists(struct rv_cx *cx, rv_str q, struct rv_jw *w)
{
    rv_str next;
    return rv_list_list(cx, &(struct rv_request_query){ .limit = OF_EACH, .q = q }, w, &next);
}
static rv_status flows(struct rv_cx *cx, rv_str q, struct rv_jw *w)
{
    rv_str next;
    return rv_flow_list(cx, &(struct rv_flow_query){ .limit = OF_EACH, .q = q, .enabled = -1 }, w,
                        &next);
}
static rv_status tables(struct rv_cx *cx, rv_str q, struct rv_jw *w)
{
    rv_str next;
    return rv_table_list(cx, &(struct rv_flow_query){ .limit = OF_EACH, .q = q, .enabled = -1 }, w,
                         &next);
}
static rv_status people(struct rv_cx *cx, rv_str q, struct rv_jw *w)
{
    struct rv_person *found;
    size_t n;
    bool may;
    RV_TRY(rv_authz_may(cx, NULL, RV_A_USER_READ, RV_NO_OBJECT, &may));
    if (!may)
        return RV_OK;
    RV_TRY(rv_person_list(cx, q, OF_EACH, &found, &n));
    for (size_t i = 0; i < n; i++) {
        rv_jw_obj(w);
        rv_jw_kstr(w, "id", found[i].id);
        rv_jw_kstr(w, "name", found[i].name);
        rv_jw_kstr(w, "email", found[i].email);
        rv_jw_obj_end(w);
    }
    return RV_OK;
}

/* name, detail: members of the rows; address: what stands before the id, or before the member `by`.
 */
static const struct {
    const char *kind;
    list_fn *list;
    const char *name, *detail, *address, *by;
} kinds[] = {
    { "CATALOGUE", catalogue, "name", "description", "/catalogue/", "id" },
    { "REQUEST", requests, "subject", "status", "/requests/", "number" },
    { "REQUEST_TYPE", request_types, "name", "description", "/request-types/", "id" },
    { "FLOW", flows, "name", "folderPath", "/flows/", "id" },
    { "TABLE", tables, "name", "folderPath", "/tables/", "id" },
    { "TEAM", teams, "name", "description", "/settings/teams/", "id" },
    { "LIST", lists, "name", NULL, "/settings/lists/", "id" },
    { "PERSON", people, "name", "email", "/people/", "id" },
};

static void write_hit(struct rv_cx *cx, struct rv_jw *w, size_t k, const json_t *row)
{
    const json_t *by = json_object_get(row, kinds[k].by);
    rv_str tail = json_is_integer(by)
                      ? rv_printf(cx, "%" JSON_INTEGER_FORMAT, json_integer_value(by))
                      : rv_json_str(by);
    rv_jw_obj(w);
    rv_jw_kstr(w, "kind", rv_str_of(kinds[k].kind));
    rv_jw_kstr(w, "id", rv_json_member_str(row, "id"));
    rv_jw_kstr(w, "name", rv_json_member_str(row, kinds[k].name));
    rv_jw_kstr(w, "detail",
               kinds[k].detail != NULL ? rv_json_member_str(row, kinds[k].detail) : RV_NONE_STR);
    rv_jw_kstr(w, "href", rv_printf(cx, "%s%.*s", kinds[k].address, RV_FMT(tail)));
    rv_jw_obj_end(w);
}

/* Rows of one kind, NULL when the caller may not see any. */
static rv_status rows_of(struct rv_cx *cx, size_t k, rv_str q, struct rv_buf *b, json_t **ret)
{
    struct rv_jw w;
    rv_str text;
    *ret = NULL;
    rv_buf_clear(b);
    rv_jw_init(&w, b);
    rv_jw_arr(&w);
    rv_status st = kinds[k].list(cx, q, &w);
    if (st == RV_FORBIDDEN || st == RV_NOT_FOUND) {
        rv_error_clear(cx);
        return RV_OK;
    }
    RV_TRY(st);
    rv_jw_arr_end(&w);
    RV_TRY(rv_buf_str(cx, b, &text));
    return rv_json_parse(cx, text, &rv_json_limits_import, ret);
}

static rv_status search(struct rv_cx *cx, rv_str q, struct rv_buf *b, struct rv_jw *w)
{
    for (size_t k = 0; k < RV_LEN(kinds); k++) {
        json_t *rows, *row;
        size_t i;
        RV_TRY(rows_of(cx, k, q, b, &rows));
        json_array_foreach(rows, i, row)
        {
            write_hit(cx, w, k, row);
        }
    }
    return RV_OK;
}

static rv_status get_search(struct rv_req *rq)
{
    struct rv_cx *cx = rv_req_cx(rq);
    struct rv_jw *w;
    struct rv_buf b;
    rv_str q = rv_req_query(rq, "q");
    RV_TRY(rv_authz(cx, NULL, RV_A_SESSION, RV_NO_OBJECT));
    RV_TRY(rv_list_begin(rq, &w));
    if (q.n == 0)
        return rv_list_end(rq, RV_NONE_STR);
    rv_buf_init(&b, (size_t)8 << 20);
    rv_status st = search(cx, q, &b, w);
    rv_buf_done(&b);
    RV_TRY(st);
    return rv_list_end(rq, RV_NONE_STR);
}

const struct rv_route rv_routes_search[] = {
    { "GET", "/reeve/api/v1/search", "search", RV_A_SESSION, RV_ENV_NATIVE, 0, NULL, NULL, get_search, "Objects by part of their name, of what the caller may see." },
    { .method = NULL },
};
