/* api/apps.c: applications, in the compatible wire format (api.md 14). */
#include "api/api.h"

enum { PAGE = 20, PAGE_MAX = 200 };

static rv_status list_apps(struct rv_req *rq)
{
    struct rv_page page;
    struct rv_jw *w;
    rv_str next;
    RV_TRY(rv_req_page(rq, PAGE, PAGE_MAX, &page));
    struct rv_directory_query q = { .q = rv_req_query(rq, "q"),
                                    .filter = rv_req_query(rq, "filter"),
                                    .limit = page.limit,
                                    .after = page.after };
    RV_TRY(rv_array_begin(rq, &w));
    RV_TRY(rv_app_page(rv_req_cx(rq), &q, w, &next));
    return rv_array_end(rq, page.limit, next);
}

static rv_status show(struct rv_req *rq, rv_str id, rv_str secret)
{
    RV_TRY(rv_app_show(rv_req_cx(rq), id, secret, rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

/* Who may write but not read gets the id: the change was made. */
static rv_status show_written(struct rv_req *rq, rv_str id, rv_str secret)
{
    rv_status st = show(rq, id, secret);
    if (st != RV_FORBIDDEN && st != RV_NOT_FOUND)
        return st;
    rv_error_clear(rv_req_cx(rq));
    struct rv_jw *w = rv_reply_json(rq);
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", id);
    rv_jw_obj_end(w);
    return rv_reply(rq, 200);
}

static rv_status get_app(struct rv_req *rq)
{
    return show(rq, rv_req_param(rq, 0), RV_NONE_STR);
}

static rv_status create_app(struct rv_req *rq)
{
    bool activate;
    rv_str id, secret;
    RV_TRY(rv_req_query_bool(rq, "activate", true, &activate));
    RV_TRY(rv_app_create(rv_req_cx(rq), rq->body, activate, &id, &secret));
    return show_written(rq, id, secret);
}

static rv_status replace_app(struct rv_req *rq)
{
    RV_TRY(rv_app_update(rv_req_cx(rq), rv_req_param(rq, 0), rq->body));
    return show_written(rq, rv_req_param(rq, 0), RV_NONE_STR);
}

static rv_status delete_app(struct rv_req *rq)
{
    RV_TRY(rv_app_delete(rv_req_cx(rq), rv_req_param(rq, 0)));
    return rv_reply_none(rq, 204);
}

static rv_status set_active(struct rv_req *rq, bool active)
{
    RV_TRY(rv_app_set_active(rv_req_cx(rq), rv_req_param(rq, 0), active));
    struct rv_jw *w = rv_reply_json(rq);
    rv_jw_obj(w);
    rv_jw_obj_end(w);
    return rv_reply(rq, 200);
}

static rv_status activate_app(struct rv_req *rq)
{
    return set_active(rq, true);
}

static rv_status deactivate_app(struct rv_req *rq)
{
    return set_active(rq, false);
}

#define READ "okta.apps.read"
#define MANAGE "okta.apps.manage"
#define APPS "/api/v1/apps"
#define APP APPS "/{appId}"
/* clang-format off */
const struct rv_route rv_routes_apps[] = {
    { "GET", APPS, "listApplications", RV_A_APP_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, list_apps, "Applications: all, by q or by filter." },
    { "POST", APPS, "createApplication", RV_A_APP_MANAGE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, create_app, "Creates an application." },
    { "GET", APP, "getApplication", RV_A_APP_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, get_app, "One application." },
    { "PUT", APP, "replaceApplication", RV_A_APP_MANAGE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, replace_app, "Replaces the settings of an application." },
    { "DELETE", APP, "deleteApplication", RV_A_APP_MANAGE, RV_ENV_MANAGEMENT, 0, MANAGE, NULL, delete_app, "Deletes an application that is not active." },
    { "POST", APP "/lifecycle/activate", "activateApplication", RV_A_APP_MANAGE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, activate_app, "Activates an application." },
    { "POST", APP "/lifecycle/deactivate", "deactivateApplication", RV_A_APP_MANAGE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, deactivate_app, "Deactivates an application." },
    { .method = NULL },
};
/* clang-format on */
