/* api/iam.c: administrator roles, resource sets, bindings and role assignments, in the public wire
 * format (api.md 11).
 *
 * Unknown members of bodies are ignored, as clients of that API expect. Lists are objects with one
 * array and links inside; assignments of one user, group or client are bare arrays. Everything is
 * built in src/org; here are only the frames. */
#include "api/api_int.h"

#define SETS "/api/v1/iam/resource-sets"
#define SET SETS "/{resourceSetIdOrLabel}"
#define BINDING SET "/bindings/{roleIdOrLabel}"
#define ROLE "/api/v1/iam/roles/{roleIdOrLabel}"
enum { PAGE = 100 };

/* ---- bodies ---------------------------------------------------------------------------------- */

struct role_body {
    uint64_t seen, nulls;
    rv_str label, description;
    json_t *permissions;
};
static const struct rv_member role_members[] = {
    { "label", RV_K_TEXT, RV_NO_CONTROL, offsetof(struct role_body, label), 0, 0, NULL, "Unique name of the role, at most 255 characters." },
    { "description", RV_K_TEXT, RV_NULLABLE, offsetof(struct role_body, description), 0, 0, NULL, "What the role is for." },
    { "permissions", RV_K_ARRAY, 0, offsetof(struct role_body, permissions), 0, 0, NULL, "When the role is made: names of permissions, at least one." },
    { .name = NULL },
};
static const struct rv_shape role_shape = { "IamRoleBody", role_members, true };

struct conditions_body {
    uint64_t seen, nulls;
    json_t *conditions;
};
static const struct rv_member conditions_members[] = {
    { "conditions", RV_K_JSON, RV_NULLABLE, offsetof(struct conditions_body, conditions), 0, 0, NULL, "What the permission or resource is narrowed to." },
    { .name = NULL },
};
static const struct rv_shape conditions_shape = { "IamConditionsBody", conditions_members, true };

struct set_body {
    uint64_t seen, nulls;
    rv_str label, description;
    json_t *resources;
};
static const struct rv_member set_members[] = {
    { "label", RV_K_TEXT, RV_NO_CONTROL, offsetof(struct set_body, label), 0, 0, NULL, "Unique name of the set, at most 255 characters." },
    { "description", RV_K_TEXT, RV_NULLABLE, offsetof(struct set_body, description), 0, 0, NULL, "What the set holds." },
    { "resources", RV_K_ARRAY, 0, offsetof(struct set_body, resources), 0, 0, NULL, "When the set is made: URLs or ORNs, 1 to 1,000." },
    { .name = NULL },
};
static const struct rv_shape set_shape = { "ResourceSetBody", set_members, true };

struct resource_body {
    uint64_t seen, nulls;
    rv_str resource;
    json_t *conditions;
};
static const struct rv_member resource_members[] = {
    { "resourceOrnOrUrl", RV_K_TEXT, RV_REQUIRED | RV_NO_CONTROL, offsetof(struct resource_body, resource), 1, 1000, NULL, "URL or ORN of the resource." },
    { "conditions", RV_K_JSON, RV_NULLABLE, offsetof(struct resource_body, conditions), 0, 0, NULL, "What the resource leaves out." },
    { .name = NULL },
};
static const struct rv_shape resource_shape = { "ResourceBody", resource_members, true };

struct additions_body {
    uint64_t seen, nulls;
    json_t *additions;
};
static const struct rv_member additions_members[] = {
    { "additions", RV_K_ARRAY, RV_REQUIRED, offsetof(struct additions_body, additions), 0, 0, NULL, "URLs, for resources also ORNs." },
    { .name = NULL },
};
static const struct rv_shape additions_shape = { "AdditionsBody", additions_members, true };

struct binding_body {
    uint64_t seen, nulls;
    rv_str role;
    json_t *members;
};
static const struct rv_member binding_members[] = {
    { "role", RV_K_TEXT, RV_NO_CONTROL, offsetof(struct binding_body, role), 0, 0, NULL, "Id or label of a custom role." },
    { "members", RV_K_ARRAY, 0, offsetof(struct binding_body, members), 0, 0, NULL, "URLs of users, groups or clients." },
    { .name = NULL },
};
static const struct rv_shape binding_shape = { "BindingBody", binding_members, true };

struct grant_body {
    uint64_t seen, nulls;
    rv_str type, role, set;
};
static const struct rv_member grant_members[] = {
    { "type", RV_K_TEXT, RV_REQUIRED | RV_NO_CONTROL, offsetof(struct grant_body, type), 1, 100, NULL, "Standard role, or CUSTOM with role and resource-set." },
    { "role", RV_K_TEXT, RV_NULLABLE | RV_NO_CONTROL, offsetof(struct grant_body, role), 0, 0, NULL, "With CUSTOM: id or label of the role." },
    { "resource-set", RV_K_TEXT, RV_NULLABLE | RV_NO_CONTROL, offsetof(struct grant_body, set), 0, 0, NULL, "With CUSTOM: id or label of the set." },
    { .name = NULL },
};
static const struct rv_shape grant_shape = { "RoleAssignmentBody", grant_members, true };

/* ---- frames ---------------------------------------------------------------------------------- */

/* Base URL and path; '*' stands for the id. */
static rv_str url(struct rv_req *rq, const char *path, rv_str id)
{
    struct rv_cx *cx = rv_req_cx(rq);
    rv_str base = rv_base_url(cx), rest = rv_str_of(path), before;
    (void)rv_str_split(&rest, '*', &before);
    return rv_printf(cx, "%.*s%.*s%.*s%.*s", RV_FMT(base), RV_FMT(before), RV_FMT(id),
                     RV_FMT(rest));
}

static void link_to(struct rv_jw *w, const char *name, rv_str href)
{
    rv_jw_key(w, name);
    rv_jw_obj(w);
    rv_jw_kstr(w, "href", href);
    rv_jw_obj_end(w);
}

static rv_status begin(struct rv_req *rq, const char *key, struct rv_iam_page *page,
                       struct rv_jw **ret)
{
    struct rv_page p;
    RV_TRY(rv_req_page(rq, PAGE, PAGE, &p));
    *page = (struct rv_iam_page){ .after = p.after, .limit = p.limit };
    *ret = rv_reply_json(rq);
    rv_jw_obj(*ret);
    rv_jw_key(*ret, key);
    rv_jw_arr(*ret);
    return RV_OK;
}

/* Ends the array and opens the links. */
static rv_status end_array(struct rv_req *rq, const struct rv_iam_page *page, struct rv_jw *w)
{
    rv_str next;
    rv_jw_arr_end(w);
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    if (page->next.p == NULL)
        return RV_OK;
    RV_TRY(rv_page_link(rq, -1, page->next, &next));
    link_to(w, "next", next);
    return RV_OK;
}

static rv_status end_list(struct rv_req *rq, struct rv_jw *w)
{
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
    return rv_reply(rq, 200);
}

/* ---- roles ----------------------------------------------------------------------------------- */

static rv_status role_reply(struct rv_req *rq, rv_str id)
{
    rv_str self = url(rq, "/api/v1/iam/roles/*", id);
    RV_TRY(rv_exchange_set_header(rq->x, "Link",
                                  rv_printf(rv_req_cx(rq), "<%.*s>; rel=\"self\"", RV_FMT(self))));
    return rv_reply(rq, 200);
}

static rv_status list_roles(struct rv_req *rq)
{
    struct rv_iam_page page;
    struct rv_jw *w;
    RV_TRY(begin(rq, "roles", &page, &w));
    RV_TRY(rv_role_list(rv_req_cx(rq), &page, w));
    RV_TRY(end_array(rq, &page, w));
    return end_list(rq, w);
}

static rv_status create_role(struct rv_req *rq)
{
    struct role_body b = { 0 };
    rv_str id;
    RV_TRY(rv_req_decode(rq, &role_shape, &b));
    RV_TRY(rv_role_create(rv_req_cx(rq), b.label, b.description, b.permissions, rv_reply_json(rq),
                          &id));
    return role_reply(rq, id);
}

static rv_status get_role(struct rv_req *rq)
{
    rv_str id;
    RV_TRY(rv_role_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq), &id));
    return role_reply(rq, id);
}

static rv_status update_role(struct rv_req *rq)
{
    struct role_body b = { 0 };
    rv_str id;
    RV_TRY(rv_req_decode(rq, &role_shape, &b));
    RV_TRY(rv_role_update(rv_req_cx(rq), rv_req_param(rq, 0), b.label, b.description,
                          rv_reply_json(rq), &id));
    return role_reply(rq, id);
}

static rv_status delete_role(struct rv_req *rq)
{
    RV_TRY(rv_role_delete(rv_req_cx(rq), rv_req_param(rq, 0)));
    return rv_reply_none(rq, 204);
}

static rv_status list_permissions(struct rv_req *rq)
{
    struct rv_jw *w = rv_reply_json(rq);
    rv_jw_obj(w);
    rv_jw_key(w, "permissions");
    rv_jw_arr(w);
    RV_TRY(rv_role_permission_list(rv_req_cx(rq), rv_req_param(rq, 0), w));
    rv_jw_arr_end(w);
    rv_jw_obj_end(w);
    return rv_reply(rq, 200);
}

static rv_status get_permission(struct rv_req *rq)
{
    RV_TRY(rv_role_permission_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1),
                                  rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status add_permission(struct rv_req *rq)
{
    struct conditions_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &conditions_shape, &b));
    RV_TRY(rv_role_permission_put(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1),
                                  b.conditions, false));
    return rv_reply_none(rq, 204);
}

static rv_status replace_permission(struct rv_req *rq)
{
    struct conditions_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &conditions_shape, &b));
    RV_TRY(rv_role_permission_put(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1),
                                  b.conditions, true));
    return get_permission(rq);
}

static rv_status delete_permission(struct rv_req *rq)
{
    RV_TRY(rv_role_permission_delete(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1)));
    return rv_reply_none(rq, 204);
}

/* ---- resource sets --------------------------------------------------------------------------- */

static rv_status list_sets(struct rv_req *rq)
{
    struct rv_iam_page page;
    struct rv_jw *w;
    RV_TRY(begin(rq, "resource-sets", &page, &w));
    RV_TRY(rv_resource_set_list(rv_req_cx(rq), &page, w));
    RV_TRY(end_array(rq, &page, w));
    return end_list(rq, w);
}

static rv_status create_set(struct rv_req *rq)
{
    struct set_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &set_shape, &b));
    RV_TRY(rv_resource_set_create(rv_req_cx(rq), b.label, b.description, b.resources,
                                  rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status get_set(struct rv_req *rq)
{
    RV_TRY(rv_resource_set_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status update_set(struct rv_req *rq)
{
    struct set_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &set_shape, &b));
    RV_TRY(rv_resource_set_update(rv_req_cx(rq), rv_req_param(rq, 0), b.label, b.description,
                                  rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status delete_set(struct rv_req *rq)
{
    RV_TRY(rv_resource_set_delete(rv_req_cx(rq), rv_req_param(rq, 0)));
    return rv_reply_none(rq, 204);
}

static rv_status list_resources(struct rv_req *rq)
{
    struct rv_iam_page page;
    struct rv_jw *w;
    rv_str set;
    RV_TRY(begin(rq, "resources", &page, &w));
    RV_TRY(rv_resource_list(rv_req_cx(rq), rv_req_param(rq, 0), &page, w, &set));
    RV_TRY(end_array(rq, &page, w));
    link_to(w, "resource-set", url(rq, SETS "/*", set));
    return end_list(rq, w);
}

static rv_status add_resource(struct rv_req *rq)
{
    struct resource_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &resource_shape, &b));
    RV_TRY(rv_resource_add(rv_req_cx(rq), rv_req_param(rq, 0), b.resource, b.conditions,
                           rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status add_resources(struct rv_req *rq)
{
    struct additions_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &additions_shape, &b));
    RV_TRY(rv_resource_add_all(rv_req_cx(rq), rv_req_param(rq, 0), b.additions, rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status get_resource(struct rv_req *rq)
{
    RV_TRY(rv_resource_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1),
                           rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status update_resource(struct rv_req *rq)
{
    struct conditions_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &conditions_shape, &b));
    RV_TRY(rv_resource_update(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), b.conditions,
                              rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status delete_resource(struct rv_req *rq)
{
    RV_TRY(rv_resource_delete(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1)));
    return rv_reply_none(rq, 204);
}

/* ---- bindings -------------------------------------------------------------------------------- */

static rv_status list_bindings(struct rv_req *rq)
{
    struct rv_iam_page page;
    struct rv_jw *w;
    rv_str set;
    RV_TRY(begin(rq, "roles", &page, &w));
    RV_TRY(rv_binding_list(rv_req_cx(rq), rv_req_param(rq, 0), &page, w, &set));
    RV_TRY(end_array(rq, &page, w));
    link_to(w, "self", url(rq, SETS "/*/bindings", set));
    link_to(w, "resource-set", url(rq, SETS "/*", set));
    return end_list(rq, w);
}

static rv_status create_binding(struct rv_req *rq)
{
    struct binding_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &binding_shape, &b));
    RV_TRY(rv_binding_create(rv_req_cx(rq), rv_req_param(rq, 0), b.role, b.members,
                             rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status get_binding(struct rv_req *rq)
{
    RV_TRY(
        rv_binding_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status delete_binding(struct rv_req *rq)
{
    RV_TRY(rv_binding_delete(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1)));
    return rv_reply_none(rq, 204);
}

static rv_status list_members(struct rv_req *rq)
{
    struct rv_iam_page page;
    struct rv_jw *w;
    rv_str binding;
    RV_TRY(begin(rq, "members", &page, &w));
    RV_TRY(rv_member_list(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), &page, w,
                          &binding));
    RV_TRY(end_array(rq, &page, w));
    link_to(w, "self", url(rq, "*/members", binding));
    link_to(w, "binding", url(rq, "*", binding));
    return end_list(rq, w);
}

static rv_status add_members(struct rv_req *rq)
{
    struct additions_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &additions_shape, &b));
    RV_TRY(rv_member_add(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), b.additions,
                         rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status get_member(struct rv_req *rq)
{
    RV_TRY(rv_member_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1),
                         rv_req_param(rq, 2), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status delete_member(struct rv_req *rq)
{
    RV_TRY(rv_member_delete(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1),
                            rv_req_param(rq, 2)));
    return rv_reply_none(rq, 204);
}

/* ---- assignments ----------------------------------------------------------------------------- */

static enum rv_member_kind kind_of(const struct rv_req *rq)
{
    rv_str path = rv_str_of(rq->route->path);
    if (rv_str_starts(path, RV_STR("/api/v1/users/")))
        return RV_MEMBER_USER;
    return rv_str_starts(path, RV_STR("/api/v1/groups/")) ? RV_MEMBER_GROUP : RV_MEMBER_APP;
}

static rv_status list_grants(struct rv_req *rq)
{
    struct rv_jw *w;
    RV_TRY(rv_array_begin(rq, &w));
    RV_TRY(rv_grant_list(rv_req_cx(rq), kind_of(rq), rv_req_param(rq, 0), w));
    rv_jw_arr_end(w);
    return rv_reply(rq, 200);
}

static rv_status create_grant(struct rv_req *rq)
{
    struct grant_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &grant_shape, &b));
    RV_TRY(rv_grant_create(rv_req_cx(rq), kind_of(rq), rv_req_param(rq, 0), b.type, b.role, b.set,
                           rv_reply_json(rq)));
    return rv_reply(rq, 201);
}

static rv_status get_grant(struct rv_req *rq)
{
    RV_TRY(rv_grant_get(rv_req_cx(rq), kind_of(rq), rv_req_param(rq, 0), rv_req_param(rq, 1),
                        rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status delete_grant(struct rv_req *rq)
{
    RV_TRY(rv_grant_delete(rv_req_cx(rq), kind_of(rq), rv_req_param(rq, 0), rv_req_param(rq, 1)));
    return rv_reply_none(rq, 204);
}

static rv_status list_assignees(struct rv_req *rq)
{
    struct rv_iam_page page;
    struct rv_jw *w;
    RV_TRY(begin(rq, "value", &page, &w));
    RV_TRY(rv_grant_people(rv_req_cx(rq), &page, w));
    if (page.next.p == NULL) { /* as recorded: no links on the last page */
        rv_jw_arr_end(w);
        rv_jw_obj_end(w);
        return rv_reply(rq, 200);
    }
    RV_TRY(end_array(rq, &page, w));
    return end_list(rq, w);
}

/* clang-format off */
#define READ(path, op, handler, help) { "GET", path, op, RV_A_IAM_READ, RV_ENV_MANAGEMENT, 0, "okta.roles.read", NULL, handler, help }
#define WRITE(method, path, op, shape, handler, help) { method, path, op, RV_A_IAM_MANAGE, RV_ENV_MANAGEMENT, 0, "okta.roles.manage", shape, handler, help }
#define GRANTS(path, who, list_op)                                                                                                                                       \
    READ(path, list_op, list_grants, "Roles of a " who ", standard and custom."),                                                                                          \
    WRITE("POST", path, "assignRoleTo" who, &grant_shape, create_grant, "Give a " who " a standard role, or a custom one with a resource set."),                            \
    READ(path "/{roleAssignmentId}", "getAssigned" who "Role", get_grant, "One role of a " who "."),                                                                         \
    WRITE("DELETE", path "/{roleAssignmentId}", "unassignRoleFrom" who, NULL, delete_grant, "Take a role from a " who ".")
const struct rv_route rv_routes_iam[] = {
    READ("/api/v1/iam/roles", "listRoles", list_roles, "Custom roles, in order of creation."),
    WRITE("POST", "/api/v1/iam/roles", "createRole", &role_shape, create_role, "Make a custom role with its permissions."),
    READ(ROLE, "getRole", get_role, "One custom role."),
    WRITE("PUT", ROLE, "replaceRole", &role_shape, update_role, "Change label and description; permissions stay."),
    WRITE("DELETE", ROLE, "deleteRole", NULL, delete_role, "Delete a role that is assigned nowhere."),
    READ(ROLE "/permissions", "listRolePermissions", list_permissions, "Permissions of a role, newest first."),
    READ(ROLE "/permissions/{permissionType}", "getRolePermission", get_permission, "One permission of a role."),
    WRITE("POST", ROLE "/permissions/{permissionType}", "createRolePermission", &conditions_shape, add_permission, "Add a permission to a role."),
    WRITE("PUT", ROLE "/permissions/{permissionType}", "replaceRolePermission", &conditions_shape, replace_permission, "Replace the conditions of a permission."),
    WRITE("DELETE", ROLE "/permissions/{permissionType}", "deleteRolePermission", NULL, delete_permission, "Take a permission from a role; the last one stays."),
    READ(SETS, "listResourceSets", list_sets, "Resource sets; those of the standard roles last."),
    WRITE("POST", SETS, "createResourceSet", &set_shape, create_set, "Make a resource set."),
    READ(SET, "getResourceSet", get_set, "One resource set."),
    WRITE("PUT", SET, "replaceResourceSet", &set_shape, update_set, "Change label and description; resources stay."),
    WRITE("DELETE", SET, "deleteResourceSet", NULL, delete_set, "Delete a resource set with its bindings."),
    READ(SET "/resources", "listResourceSetResources", list_resources, "Resources of a set, in order of adding."),
    WRITE("POST", SET "/resources", "addResourceSetResource", &resource_shape, add_resource, "Add one resource, with or without conditions."),
    WRITE("PATCH", SET "/resources", "addResourceSetResources", &additions_shape, add_resources, "Add resources."),
    READ(SET "/resources/{resourceId}", "getResourceSetResource", get_resource, "One resource of a set."),
    WRITE("PUT", SET "/resources/{resourceId}", "replaceResourceSetResource", &conditions_shape, update_resource, "Replace the conditions of a resource."),
    WRITE("DELETE", SET "/resources/{resourceId}", "deleteResourceSetResource", NULL, delete_resource, "Take a resource out of a set."),
    READ(SET "/bindings", "listBindings", list_bindings, "Roles that are assigned with a set."),
    WRITE("POST", SET "/bindings", "createResourceSetBinding", &binding_shape, create_binding, "Assign a role with this set to users, groups or clients."),
    READ(BINDING, "getBinding", get_binding, "One binding."),
    WRITE("DELETE", BINDING, "deleteBinding", NULL, delete_binding, "Remove a binding with all its members."),
    READ(BINDING "/members", "listMembersOfBinding", list_members, "Members of a binding."),
    WRITE("PATCH", BINDING "/members", "addMembersToBinding", &additions_shape, add_members, "Add members to a binding."),
    READ(BINDING "/members/{memberId}", "getMemberOfBinding", get_member, "One member of a binding."),
    WRITE("DELETE", BINDING "/members/{memberId}", "unassignMemberFromBinding", NULL, delete_member, "Take a member out of a binding."),
    GRANTS("/api/v1/users/{userId}/roles", "User", "listAssignedRolesForUser"),
    GRANTS("/api/v1/groups/{groupId}/roles", "Group", "listGroupAssignedRoles"),
    GRANTS("/oauth2/v1/clients/{clientId}/roles", "Client", "listRolesForClient"),
    READ("/api/v1/iam/assignees/users", "listUsersWithRoleAssignments", list_assignees, "Users who hold any role, directly or through a group."),
    { .method = NULL },
};
/* clang-format on */
