/* api/openapi.c: the OpenAPI document, written from the route table and the shapes of its bodies.
 *
 * Answers are described by their status and envelope; the objects themselves are described in
 * docs/api.md and web/src/api/types.ts. */
#include "api/api_int.h"

static void write_member(struct rv_jw *w, const struct rv_member *m)
{
    static const char *const types[] = { "string", "integer", "number", "boolean", "string",
                                         "string", "object",  "array",  NULL };
    rv_jw_key(w, m->name);
    rv_jw_obj(w);
    if (types[m->kind] != NULL && (m->flags & RV_NULLABLE) == 0) {
        rv_jw_kstr(w, "type", rv_str_of(types[m->kind]));
    } else if (types[m->kind] != NULL) {
        rv_jw_key(w, "type");
        rv_jw_arr(w);
        rv_jw_str(w, rv_str_of(types[m->kind]));
        rv_jw_str(w, RV_STR("null"));
        rv_jw_arr_end(w);
    }
    if (m->kind == RV_K_TIME)
        rv_jw_kstr(w, "format", RV_STR("date-time"));
    if (m->kind == RV_K_ARRAY) {
        rv_jw_key(w, "items");
        rv_jw_obj(w);
        rv_jw_obj_end(w);
    }
    if (m->min != 0 || m->max != 0) {
        rv_jw_kint(w,
                   m->kind == RV_K_TEXT    ? "minLength"
                   : m->kind == RV_K_ARRAY ? "minItems"
                                           : "minimum",
                   m->min);
        rv_jw_kint(w,
                   m->kind == RV_K_TEXT    ? "maxLength"
                   : m->kind == RV_K_ARRAY ? "maxItems"
                                           : "maximum",
                   m->max);
    }
    if (m->choices != NULL) {
        rv_jw_key(w, "enum");
        rv_jw_arr(w);
        for (const char *const *c = m->choices; *c != NULL; c++)
            rv_jw_str(w, rv_str_of(*c));
        rv_jw_arr_end(w);
    }
    if (m->help != NULL)
        rv_jw_kstr(w, "description", rv_str_of(m->help));
    rv_jw_obj_end(w);
}

static void write_schema(struct rv_jw *w, const struct rv_shape *s)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "type", RV_STR("object"));
    rv_jw_key(w, "properties");
    rv_jw_obj(w);
    for (const struct rv_member *m = s->members; m->name != NULL; m++)
        write_member(w, m);
    rv_jw_obj_end(w);
    bool any = false;
    for (const struct rv_member *m = s->members; m->name != NULL; m++)
        any = any || (m->flags & RV_REQUIRED) != 0;
    if (any) {
        rv_jw_key(w, "required");
        rv_jw_arr(w);
        for (const struct rv_member *m = s->members; m->name != NULL; m++) {
            if ((m->flags & RV_REQUIRED) != 0)
                rv_jw_str(w, rv_str_of(m->name));
        }
        rv_jw_arr_end(w);
    }
    rv_jw_kbool(w, "additionalProperties", s->lenient);
    rv_jw_obj_end(w);
}

static void write_parameters(struct rv_jw *w, const char *path)
{
    rv_jw_key(w, "parameters");
    rv_jw_arr(w);
    rv_str rest = rv_str_of(path), word;
    while (rv_str_split(&rest, '/', &word)) {
        if (word.n < 3 || word.p[0] != '{')
            continue;
        rv_jw_obj(w);
        rv_jw_kstr(w, "name", rv_str_sub(word, 1, word.n - 2));
        rv_jw_kstr(w, "in", RV_STR("path"));
        rv_jw_kbool(w, "required", true);
        rv_jw_kraw(w, "schema", RV_STR("{\"type\":\"string\"}"));
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
}

static void write_operation(struct rv_jw *w, const struct rv_route *r)
{
    static const char *const tags[] = { "native", "management", "governance", "oauth", "pages" };
    rv_str method = rv_str_of(r->method);
    char lower[8] = { 0 };
    for (size_t i = 0; i < method.n && i < sizeof lower - 1; i++)
        lower[i] = (char)(method.p[i] + ('a' - 'A'));
    rv_jw_key(w, lower);
    rv_jw_obj(w);
    rv_jw_kstr(w, "operationId", rv_str_of(r->op));
    rv_jw_kstr(w, "summary", rv_str_of(r->help));
    rv_jw_key(w, "tags");
    rv_jw_arr(w);
    rv_jw_str(w, rv_str_of(tags[r->envelope]));
    rv_jw_arr_end(w);
    rv_jw_kstr(w, "x-action", rv_str_of(rv_action_name(r->action)));
    write_parameters(w, r->path);
    if (r->shape != NULL || (r->flags & RV_ROUTE_JSON) != 0) {
        rv_jw_key(w, "requestBody");
        rv_jw_obj(w);
        rv_jw_key(w, "content");
        rv_jw_obj(w);
        rv_jw_key(w, "application/json");
        rv_jw_obj(w);
        rv_jw_key(w, "schema");
        if (r->shape != NULL)
            write_schema(w, r->shape);
        else
            rv_jw_raw(w, RV_STR("{\"type\":\"object\"}"));
        rv_jw_obj_end(w);
        rv_jw_obj_end(w);
        rv_jw_obj_end(w);
    }
    rv_jw_kraw(w, "responses",
               RV_STR(
                   "{\"2XX\":{\"description\":\"Done.\"},\"4XX\":{\"$ref\":\"#/components/"
                   "responses/Refusal\"},\"5XX\":{\"$ref\":\"#/components/responses/Refusal\"}}"));
    rv_jw_obj_end(w);
}

static bool seen_before(const struct rv_router *r, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(r->routes[k]->path, r->routes[i]->path) == 0)
            return true;
    }
    return false;
}

static void write_document(struct rv_jw *w, const struct rv_router *r)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "openapi", RV_STR("3.1.0"));
    rv_jw_kraw(w, "info",
               RV_STR("{\"title\":\"Reeve\",\"version\":\"1\",\"license\":{\"name\":\"Apache-2.0\","
                      "\"identifier\":\"Apache-2.0\"}}"));
    rv_jw_key(w, "paths");
    rv_jw_obj(w);
    for (size_t i = 0; i < r->routes_n; i++) {
        if (seen_before(r, i))
            continue;
        rv_jw_key(w, r->routes[i]->path);
        rv_jw_obj(w);
        for (size_t k = i; k < r->routes_n; k++) {
            if (strcmp(r->routes[k]->path, r->routes[i]->path) == 0)
                write_operation(w, r->routes[k]);
        }
        rv_jw_obj_end(w);
    }
    rv_jw_obj_end(w);
    rv_jw_kraw(
        w, "components",
        RV_STR("{\"responses\":{\"Refusal\":{\"description\":\"Refused; errorCode, errorSummary "
               "and errorCauses say why.\",\"content\":{\"application/json\":{\"schema\":"
               "{\"type\":\"object\",\"properties\":{\"errorCode\":{\"type\":\"string\"},"
               "\"errorSummary\":{\"type\":\"string\"},\"errorLink\":{\"type\":\"string\"},"
               "\"errorId\":{\"type\":\"string\"},\"errorCauses\":{\"type\":\"array\",\"items\":{"
               "\"type\":\"object\"}}}}}}}},"
               "\"securitySchemes\":{\"apiToken\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":"
               "\"Authorization\"},\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":"
               "\"reeve\"}}}"));
    rv_jw_kraw(w, "security", RV_STR("[{\"apiToken\":[]},{\"session\":[]}]"));
    rv_jw_obj_end(w);
}

rv_status rv_router_openapi(struct rv_cx *cx, const struct rv_router *r, rv_str *ret)
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str text;
    rv_buf_init(&b, (size_t)16 << 20);
    rv_jw_init(&w, &b);
    write_document(&w, r);
    rv_status st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK)
        *ret = rv_dup(cx, text);
    rv_buf_done(&b);
    return st == RV_OK && ret->p == NULL ? RV_BUSY : st;
}

static rv_status get_openapi(struct rv_req *rq)
{
    rv_str text;
    RV_TRY(rv_authz(rv_req_cx(rq), NULL, RV_A_SESSION, RV_NO_OBJECT));
    RV_TRY(rv_router_openapi(rv_req_cx(rq), rv_hit_of(rq)->router, &text));
    return rv_reply_text(rq, 200, "application/json", text);
}

const struct rv_route rv_routes_openapi[] = {
    { "GET", "/reeve/api/v1/openapi.json", "getOpenApi", RV_A_SESSION, RV_ENV_NATIVE, 0, NULL, NULL, get_openapi, "This API and the compatible one as an OpenAPI document." },
    { .method = NULL },
};
