/* api/resources.c: resource types, their objects, the access of teams, and Update now
 * (access-requests.md 5.3). */
#include "api/api.h"
#include "requests/requests.h"

#define ROOT "/reeve/api/v1"

static rv_status list_types(struct rv_req *rq)
{
    struct rv_jw *w;
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_resource_type_list(rv_req_cx(rq), w));
    return rv_list_end(rq, RV_NONE_STR);
}

static rv_status get_type(struct rv_req *rq)
{
    RV_TRY(rv_resource_type_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status list_items(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_page page;
    rv_str next = RV_NONE_STR;
    RV_TRY(rv_req_page(rq, 20, 200, &page));
    struct rv_request_query q = { .limit = page.limit,
                                  .after = page.after,
                                  .q = rv_req_query(rq, "q") };
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_resource_item_list(rv_req_cx(rq), rv_req_param(rq, 0), &q, w, &next));
    return rv_list_end(rq, next);
}

static rv_status give(struct rv_req *rq)
{
    RV_TRY(rv_resource_open(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), true));
    return rv_reply_none(rq, 204);
}

static rv_status take(struct rv_req *rq)
{
    RV_TRY(rv_resource_open(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), false));
    return rv_reply_none(rq, 204);
}

static rv_status order(struct rv_req *rq)
{
    RV_TRY(rv_sync_order(rv_req_cx(rq), rv_req_param(rq, 0)));
    return rv_reply_object(rq, 202, rv_resource_type_get, rv_req_param(rq, 0));
}

/* clang-format off */
const struct rv_route rv_routes_resources[] = {
    { "GET", ROOT "/resource-types", "listResourceTypes", RV_A_RESOURCE_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, list_types, "What Access Requests can see: state, count, last and next synchronisation." },
    { "GET", ROOT "/resource-types/{type}", "getResourceType", RV_A_RESOURCE_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, get_type, "One resource type." },
    { "GET", ROOT "/resource-types/{type}/items", "listResourceItems", RV_A_RESOURCE_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, list_items, "The objects of a resource type." },
    { "PUT", ROOT "/resource-types/{type}/teams/{teamId}", "giveResourceType", RV_A_RESOURCE_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, give, "Give a team access to all objects of a type." },
    { "DELETE", ROOT "/resource-types/{type}/teams/{teamId}", "takeResourceType", RV_A_RESOURCE_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, take, "Take a team's access away; its request types that need it become disabled." },
    { "POST", ROOT "/resource-types/{type}/sync", "syncResourceType", RV_A_RESOURCE_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, order, "Update now: the synchronisation runs in the background; 409 while one runs." },
    { .method = NULL },
};
