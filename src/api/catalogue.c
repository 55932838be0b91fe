/* api/catalogue.c: what the caller may ask for, and the form of it (access-requests.md 4.2). */
#include "api/api.h"
#include "requests/requests.h"

#define ROOT "/reeve/api/v1"

static rv_status list_catalogue(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_page page;
    rv_str next = RV_NONE_STR;
    RV_TRY(rv_req_page(rq, 20, 200, &page));
    struct rv_request_query q = { .limit = page.limit,
                                  .after = page.after,
                                  .q = rv_req_query(rq, "q"),
                                  .team_id = rv_req_query(rq, "teamId") };
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_catalogue_list(rv_req_cx(rq), &q, w, &next));
    return rv_list_end(rq, next);
}

static rv_status get_form(struct rv_req *rq)
{
    RV_TRY(rv_catalogue_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

/* clang-format off */
const struct rv_route rv_routes_catalogue[] = {
    { "GET", ROOT "/catalogue", "listCatalogue", RV_A_CATALOGUE_LIST, RV_ENV_NATIVE, 0, NULL, NULL, list_catalogue, "Active request types whose audience the caller belongs to, by name; by teamId, q." },
    { "GET", ROOT "/catalogue/{requestTypeId}", "getCatalogueForm", RV_A_CATALOGUE_READ, RV_ENV_NATIVE, 0, NULL, NULL, get_form, "The form of a request type: questions, choices, logic, and who will act by name." },
    { .method = NULL },
};
