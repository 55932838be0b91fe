/* api/assignments.c: who has an application: people and groups, in the compatible wire format
 * (api.md 14). */
#include "api/api.h"

enum { USERS_PAGE = 50, USERS_MAX = 500, GROUPS_PAGE = 20, GROUPS_MAX = 200 };

static bool expands(struct rv_req *rq)
{
    return rv_str_eq(rv_req_query(rq, "expand"), RV_STR("user"));
}

static rv_status list_users(struct rv_req *rq)
{
    struct rv_page page;
    struct rv_jw *w;
    rv_str next;
    RV_TRY(rv_req_page(rq, USERS_PAGE, USERS_MAX, &page));
    struct rv_directory_query q = { .q = rv_req_query(rq, "q"),
                                    .limit = page.limit,
                                    .after = page.after };
    RV_TRY(rv_array_begin(rq, &w));
    RV_TRY(rv_app_user_page(rv_req_cx(rq), rv_req_param(rq, 0), &q, expands(rq), w, &next));
    return rv_array_end(rq, page.limit, next);
}

static rv_status show_user(struct rv_req *rq, rv_str user_id)
{
    RV_TRY(rv_app_user_show(rv_req_cx(rq), rv_req_param(rq, 0), user_id, expands(rq),
                            rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

/* Who may assign but not read gets the id: the change was made. */
static rv_status show_written(struct rv_req *rq, rv_status st, rv_str id)
{
    if (st != RV_FORBIDDEN && st != RV_NOT_FOUND)
        return st;
    rv_error_clear(rv_req_cx(rq));
    struct rv_jw *w = rv_reply_json(rq);
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", id);
    rv_jw_obj_end(w);
    return rv_reply(rq, 200);
}

static rv_status get_user(struct rv_req *rq)
{
    return show_user(rq, rv_req_param(rq, 1));
}

static rv_status put_user(struct rv_req *rq, rv_str user_id)
{
    rv_str id;
    RV_TRY(rv_app_user_put(rv_req_cx(rq), rv_req_param(rq, 0), user_id, rq->body, &id));
    return show_written(rq, show_user(rq, id), id);
}

static rv_status assign_user(struct rv_req *rq)
{
    return put_user(rq, RV_NONE_STR);
}

static rv_status update_user(struct rv_req *rq)
{
    return put_user(rq, rv_req_param(rq, 1));
}

static rv_status unassign_user(struct rv_req *rq)
{
    RV_TRY(rv_app_user_delete(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1)));
    return rv_reply_none(rq, 204);
}

static rv_status list_groups(struct rv_req *rq)
{
    struct rv_page page;
    struct rv_jw *w;
    rv_str next;
    RV_TRY(rv_req_page(rq, GROUPS_PAGE, GROUPS_MAX, &page));
    struct rv_directory_query q = { .limit = page.limit, .after = page.after };
    RV_TRY(rv_array_begin(rq, &w));
    RV_TRY(rv_app_group_page(rv_req_cx(rq), rv_req_param(rq, 0), &q, w, &next));
    return rv_array_end(rq, page.limit, next);
}

static rv_status get_group(struct rv_req *rq)
{
    RV_TRY(rv_app_group_show(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1),
                             rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status assign_group(struct rv_req *rq)
{
    RV_TRY(rv_app_group_put(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), rq->body));
    return show_written(rq, get_group(rq), rv_req_param(rq, 1));
}

static rv_status unassign_group(struct rv_req *rq)
{
    RV_TRY(rv_app_group_delete(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1)));
    return rv_reply_none(rq, 204);
}

#define READ "okta.apps.read"
#define MANAGE "okta.apps.manage"
#define USERS "/api/v1/apps/{appId}/users"
#define GROUPS "/api/v1/apps/{appId}/groups"
/* clang-format off */
const struct rv_route rv_routes_assignments[] = {
    { "GET", USERS, "listApplicationUsers", RV_A_APP_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, list_users, "People who have an application." },
    { "POST", USERS, "assignUserToApplication", RV_A_APP_ASSIGN, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, assign_user, "Gives a person an application." },
    { "GET", USERS "/{userId}", "getApplicationUser", RV_A_APP_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, get_user, "How a person has an application." },
    { "POST", USERS "/{userId}", "updateApplicationUser", RV_A_APP_ASSIGN, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, update_user, "Changes user name and attributes of an assignment." },
    { "DELETE", USERS "/{userId}", "unassignUserFromApplication", RV_A_APP_ASSIGN, RV_ENV_MANAGEMENT, 0, MANAGE, NULL, unassign_user, "Takes an application from a person." },
    { "GET", GROUPS, "listApplicationGroupAssignments", RV_A_APP_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, list_groups, "Groups that have an application." },
    { "GET", GROUPS "/{groupId}", "getApplicationGroupAssignment", RV_A_APP_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, get_group, "How a group has an application." },
    { "PUT", GROUPS "/{groupId}", "assignGroupToApplication", RV_A_APP_ASSIGN, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, assign_group, "Gives the members of a group an application." },
    { "DELETE", GROUPS "/{groupId}", "unassignApplicationFromGroup", RV_A_APP_ASSIGN, RV_ENV_MANAGEMENT, 0, MANAGE, NULL, unassign_group, "Takes an application from a group." },
    { .method = NULL },
};
/* clang-format on */
