/* api/groups.c: groups of the directory and their members, in the compatible wire format (api.md
 * 13). */
#include "api/api.h"

enum { PAGE_MAX = 10000, PAGE_Q = 300, MEMBERS_PAGE = 1000 };

static bool wants_stats(struct rv_req *rq)
{
    return rv_str_contains(rv_req_query(rq, "expand"), RV_STR("stats"));
}

static rv_status list_groups(struct rv_req *rq)
{
    struct rv_page page;
    struct rv_jw *w;
    rv_str next, order = rv_req_query(rq, "sortOrder");
    RV_TRY(rv_req_page(rq, rv_req_query(rq, "q").n > 0 ? PAGE_Q : PAGE_MAX, PAGE_MAX, &page));
    struct rv_directory_query q = {
        .q = rv_req_query(rq, "q"),
        .search = rv_req_query(rq, "search"),
        .filter = rv_req_query(rq, "filter"),
        .sort_by = rv_req_query(rq, "sortBy"),
        .descending = rv_str_eq_nocase(order, RV_STR("desc")) ||
                      rv_str_eq_nocase(order, RV_STR("descending")),
        .stats = wants_stats(rq),
        .limit = page.limit,
        .after = page.after,
    };
    RV_TRY(rv_array_begin(rq, &w));
    RV_TRY(rv_group_page(rv_req_cx(rq), &q, w, &next));
    return rv_array_end(rq, page.limit, next);
}

static rv_status show(struct rv_req *rq, rv_str id)
{
    RV_TRY(rv_group_show(rv_req_cx(rq), id, wants_stats(rq), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

/* Who may write but not read gets the id: the change was made. */
static rv_status show_written(struct rv_req *rq, rv_str id)
{
    rv_status st = show(rq, id);
    if (st != RV_FORBIDDEN && st != RV_NOT_FOUND)
        return st;
    rv_error_clear(rv_req_cx(rq));
    struct rv_jw *w = rv_reply_json(rq);
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", id);
    rv_jw_obj_end(w);
    return rv_reply(rq, 200);
}

static rv_status get_group(struct rv_req *rq)
{
    return show(rq, rv_req_param(rq, 0));
}

static rv_status create_group(struct rv_req *rq)
{
    rv_str id;
    RV_TRY(rv_group_create(rv_req_cx(rq), rq->body, &id));
    return show_written(rq, id);
}

static rv_status replace_group(struct rv_req *rq)
{
    RV_TRY(rv_group_update(rv_req_cx(rq), rv_req_param(rq, 0), rq->body));
    return show_written(rq, rv_req_param(rq, 0));
}

static rv_status delete_group(struct rv_req *rq)
{
    RV_TRY(rv_group_delete(rv_req_cx(rq), rv_req_param(rq, 0)));
    return rv_reply_none(rq, 204);
}

static rv_status list_members(struct rv_req *rq)
{
    struct rv_page page;
    struct rv_jw *w;
    rv_str next;
    RV_TRY(rv_req_page(rq, MEMBERS_PAGE, MEMBERS_PAGE, &page));
    struct rv_directory_query q = { .limit = page.limit, .after = page.after };
    RV_TRY(rv_array_begin(rq, &w));
    RV_TRY(rv_group_member_page(rv_req_cx(rq), rv_req_param(rq, 0), &q, w, &next));
    return rv_array_end(rq, page.limit, next);
}

static rv_status list_apps(struct rv_req *rq)
{
    struct rv_page page;
    struct rv_jw *w;
    rv_str next;
    RV_TRY(rv_req_page(rq, 20, 200, &page));
    struct rv_directory_query q = { .limit = page.limit, .after = page.after };
    RV_TRY(rv_array_begin(rq, &w));
    RV_TRY(rv_group_app_page(rv_req_cx(rq), rv_req_param(rq, 0), &q, w, &next));
    return rv_array_end(rq, page.limit, next);
}

static rv_status add_member(struct rv_req *rq)
{
    RV_TRY(rv_group_member_set(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), true));
    return rv_reply_none(rq, 204);
}

static rv_status remove_member(struct rv_req *rq)
{
    RV_TRY(rv_group_member_set(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), false));
    return rv_reply_none(rq, 204);
}

#define READ "okta.groups.read"
#define MANAGE "okta.groups.manage"
#define GROUPS "/api/v1/groups"
#define GROUP GROUPS "/{groupId}"
/* clang-format off */
const struct rv_route rv_routes_groups[] = {
    { "GET", GROUPS, "listGroups", RV_A_GROUP_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, list_groups, "Groups: all, by q, by search or by filter." },
    { "POST", GROUPS, "addGroup", RV_A_GROUP_CREATE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, create_group, "Creates a group." },
    { "GET", GROUP, "getGroup", RV_A_GROUP_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, get_group, "One group." },
    { "PUT", GROUP, "replaceGroup", RV_A_GROUP_MANAGE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, replace_group, "Replaces name and description; may change visibleInAccessRequests." },
    { "DELETE", GROUP, "deleteGroup", RV_A_GROUP_MANAGE, RV_ENV_MANAGEMENT, 0, MANAGE, NULL, delete_group, "Deletes a group." },
    { "GET", GROUP "/users", "listGroupUsers", RV_A_GROUP_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, list_members, "Members of a group." },
    { "GET", GROUP "/apps", "listAssignedApplicationsForGroup", RV_A_GROUP_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, list_apps, "Applications assigned to a group." },
    { "PUT", GROUP "/users/{userId}", "assignUserToGroup", RV_A_GROUP_MEMBERS, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, add_member, "Makes a person a member." },
    { "DELETE", GROUP "/users/{userId}", "unassignUserFromGroup", RV_A_GROUP_MEMBERS, RV_ENV_MANAGEMENT, 0, MANAGE, NULL, remove_member, "Ends a membership." },
    { .method = NULL },
};
/* clang-format on */
