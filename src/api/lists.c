/* api/lists.c: configuration lists and their items (access-requests.md 5.2). */
#include "api/api.h"
#include "requests/requests.h"

#define ROOT "/reeve/api/v1"

static const char *const list_types[] = { "CUSTOM", "RESOURCE", NULL };
static const char *const resource_types[] = { "groups", "applications", NULL };
static const char *const item_statuses[] = { "ACTIVE", "ARCHIVED", NULL };

struct list_body {
    uint64_t seen, nulls;
    rv_str name, list_type, resource_type;
    int64_t version;
};
static const struct rv_member create_members[] = {
    { "name", RV_K_TEXT, RV_REQUIRED | RV_NO_CONTROL, offsetof(struct list_body, name), 1, 100, NULL, "Name." },
    { "listType", RV_K_ENUM, RV_REQUIRED, offsetof(struct list_body, list_type), 0, 0, list_types, "Free items, or objects of the directory." },
    { "resourceType", RV_K_ENUM, RV_NULLABLE, offsetof(struct list_body, resource_type), 0, 0, resource_types, "Of a resource list: what its items are." },
    { .name = NULL },
};
static const struct rv_member update_members[] = {
    { "name", RV_K_TEXT, RV_NO_CONTROL, offsetof(struct list_body, name), 1, 100, NULL, "Name." },
    { "version", RV_K_INT, RV_REQUIRED, offsetof(struct list_body, version), 0, 0, NULL, "Version that the change is made to." },
    { .name = NULL },
};
static const struct rv_shape list_create = { "ConfigListCreate", create_members, false }, list_update = { "ConfigListUpdate", update_members, false };

struct item_body {
    uint64_t seen, nulls;
    rv_str name, description, resource_id, status;
    int64_t version;
};
enum { M_ITEM_NAME, M_ITEM_DESCRIPTION };
#define ITEM_TEXTS                                                                                                                      \
    { "name", RV_K_TEXT, RV_NO_CONTROL, offsetof(struct item_body, name), 1, 280, NULL, "What the drop-down shows." },                 \
    {                                                                                                                                   \
        "description", RV_K_TEXT, RV_NULLABLE, offsetof(struct item_body, description), 0, 1000, NULL, "More about it."                \
    }
static const struct rv_member item_create_members[] = {
    ITEM_TEXTS,
    { "resourceId", RV_K_TEXT, RV_NULLABLE, offsetof(struct item_body, resource_id), 1, 64, NULL, "Of a resource list: the group or application." },
    { .name = NULL },
};
static const struct rv_member item_update_members[] = {
    ITEM_TEXTS,
    { "status", RV_K_ENUM, 0, offsetof(struct item_body, status), 0, 0, item_statuses, "ACTIVE brings a removed item back." },
    { "version", RV_K_INT, RV_REQUIRED, offsetof(struct item_body, version), 0, 0, NULL, "Version that the change is made to." },
    { .name = NULL },
};
static const struct rv_shape item_create = { "ConfigListItemCreate", item_create_members, false }, item_update = { "ConfigListItemUpdate", item_update_members, false };

static rv_status query(struct rv_req *rq, struct rv_request_query *ret)
{
    struct rv_page page;
    RV_TRY(rv_req_page(rq, 20, 200, &page));
    *ret = (struct rv_request_query){ .limit = page.limit,
                                      .after = page.after,
                                      .q = rv_req_query(rq, "q"),
                                      .status = rv_req_query(rq, "status"),
                                      .team_id = rv_req_query(rq, "teamId") };
    return RV_OK;
}

static rv_status list_lists(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_request_query q;
    rv_str next = RV_NONE_STR;
    RV_TRY(query(rq, &q));
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_list_list(rv_req_cx(rq), &q, w, &next));
    return rv_list_end(rq, next);
}

static rv_status create_list(struct rv_req *rq)
{
    struct list_body b = { 0 };
    rv_str id;
    RV_TRY(rv_req_decode(rq, &list_create, &b));
    struct rv_list_in in = { .name = b.name,
                             .list_type = b.list_type,
                             .resource_type = b.resource_type };
    RV_TRY(rv_list_create(rv_req_cx(rq), &in, &id));
    return rv_reply_created(rq, ROOT "/config-lists", rv_list_get, id);
}

static rv_status get_list(struct rv_req *rq)
{
    RV_TRY(rv_list_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status update_list(struct rv_req *rq)
{
    struct list_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &list_update, &b));
    struct rv_list_in in = { .name = b.name, .version = b.version };
    RV_TRY(rv_list_update(rv_req_cx(rq), rv_req_param(rq, 0), &in));
    return rv_reply_object(rq, 200, rv_list_get, rv_req_param(rq, 0));
}

static rv_status delete_list(struct rv_req *rq)
{
    bool confirm;
    RV_TRY(rv_req_query_bool(rq, "confirm", false, &confirm));
    RV_TRY(rv_list_delete(rv_req_cx(rq), rv_req_param(rq, 0), confirm));
    return rv_reply_none(rq, 204);
}

static rv_status share(struct rv_req *rq)
{
    RV_TRY(rv_list_share(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), true));
    return rv_reply_none(rq, 204);
}

static rv_status unshare(struct rv_req *rq)
{
    RV_TRY(rv_list_share(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), false));
    return rv_reply_none(rq, 204);
}

static rv_status list_items(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_request_query q;
    rv_str next = RV_NONE_STR;
    RV_TRY(query(rq, &q));
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_list_item_list(rv_req_cx(rq), rv_req_param(rq, 0), &q, w, &next));
    return rv_list_end(rq, next);
}

static struct rv_list_item_in item_in(const struct item_body *b)
{
    return (struct rv_list_item_in){ .name = b->name,
                                     .description = RV_NULLED(b, M_ITEM_DESCRIPTION)
                                                        ? RV_STR("")
                                                        : b->description,
                                     .resource_id = b->resource_id,
                                     .status = b->status,
                                     .version = b->version };
}

static rv_status create_item(struct rv_req *rq)
{
    struct rv_cx *cx = rv_req_cx(rq);
    struct item_body b = { 0 };
    rv_str id, list_id = rv_req_param(rq, 0);
    RV_TRY(rv_req_decode(rq, &item_create, &b));
    struct rv_list_item_in in = item_in(&b);
    RV_TRY(rv_list_item_create(cx, list_id, &in, &id));
    RV_TRY(rv_reply_location(rq, rv_printf(cx, ROOT "/config-lists/%.*s/items/%.*s",
                                           RV_FMT(list_id), RV_FMT(id))));
    RV_TRY(rv_list_item_get(cx, list_id, id, rv_reply_json(rq)));
    return rv_reply(rq, 201);
}

static rv_status get_item(struct rv_req *rq)
{
    RV_TRY(rv_list_item_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1),
                            rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status update_item(struct rv_req *rq)
{
    struct item_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &item_update, &b));
    struct rv_list_item_in in = item_in(&b);
    RV_TRY(rv_list_item_update(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), &in));
    return get_item(rq);
}

static rv_status delete_item(struct rv_req *rq)
{
    bool confirm;
    RV_TRY(rv_req_query_bool(rq, "confirm", false, &confirm));
    RV_TRY(rv_list_item_delete(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), confirm));
    return rv_reply_none(rq, 204);
}

/* clang-format off */
const struct rv_route rv_routes_lists[] = {
    { "GET", ROOT "/config-lists", "listConfigLists", RV_A_LIST_READ, RV_ENV_NATIVE, 0, NULL, NULL, list_lists, "Configuration lists by name, as far as the caller may see them; teamId: shared with that team." },
    { "POST", ROOT "/config-lists", "createConfigList", RV_A_LIST_MANAGE, RV_ENV_NATIVE, 0, NULL, &list_create, create_list, "Make a configuration list." },
    { "GET", ROOT "/config-lists/{listId}", "getConfigList", RV_A_LIST_READ, RV_ENV_NATIVE, 0, NULL, NULL, get_list, "One list, its teams and the request types that use it." },
    { "PATCH", ROOT "/config-lists/{listId}", "updateConfigList", RV_A_LIST_MANAGE, RV_ENV_NATIVE, 0, NULL, &list_update, update_list, "Rename a list." },
    { "DELETE", ROOT "/config-lists/{listId}", "deleteConfigList", RV_A_LIST_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, delete_list, "Delete a list; 409 names the request types that use it unless confirm=true." },
    { "PUT", ROOT "/config-lists/{listId}/teams/{teamId}", "shareConfigList", RV_A_LIST_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, share, "Let a team use a list." },
    { "DELETE", ROOT "/config-lists/{listId}/teams/{teamId}", "unshareConfigList", RV_A_LIST_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, unshare, "Take a list away from a team; its request types that use it become disabled." },
    { "GET", ROOT "/config-lists/{listId}/items", "listConfigListItems", RV_A_LIST_READ, RV_ENV_NATIVE, 0, NULL, NULL, list_items, "Items in their order; status ACTIVE (default), ARCHIVED or ALL." },
    { "POST", ROOT "/config-lists/{listId}/items", "createConfigListItem", RV_A_LIST_ITEMS, RV_ENV_NATIVE, 0, NULL, &item_create, create_item, "Add an item: a text, or an object of a resource list." },
    { "GET", ROOT "/config-lists/{listId}/items/{itemId}", "getConfigListItem", RV_A_LIST_READ, RV_ENV_NATIVE, 0, NULL, NULL, get_item, "One item." },
    { "PATCH", ROOT "/config-lists/{listId}/items/{itemId}", "updateConfigListItem", RV_A_LIST_ITEMS, RV_ENV_NATIVE, 0, NULL, &item_update, update_item, "Change an item, or bring a removed one back." },
    { "DELETE", ROOT "/config-lists/{listId}/items/{itemId}", "removeConfigListItem", RV_A_LIST_ITEMS, RV_ENV_NATIVE, 0, NULL, NULL, delete_item, "Remove an item; 409 names the request types that use it unless confirm=true." },
    { .method = NULL },
};
