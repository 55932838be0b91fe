/* api/request_types.c: request types, their versions, and the check of a Run a workflow step
 * (access-requests.md 2, 3.2). */
#include "api/api.h"
#include "requests/requests.h"

#define ROOT "/reeve/api/v1"
#define ONE ROOT "/request-types/{requestTypeId}"

struct type_body {
    uint64_t seen, nulls;
    rv_str name, description, icon, team_id;
    json_t *audience, *steps;
    bool auto_resolve;
    int64_t version;
};
/* In this order in both tables: what was sent is read by position. */
enum { M_NAME, M_DESCRIPTION, M_ICON, M_TEAM, M_AUTO_RESOLVE };
#define AT(member) offsetof(struct type_body, member)
#define MEMBERS(needed)                                                                                                                                            \
    { "name", RV_K_TEXT, (needed) | RV_NO_CONTROL, AT(name), 0, 0, NULL, "1 to 50 characters, unique." },                                                          \
    { "description", RV_K_TEXT, RV_NULLABLE, AT(description), 0, 2000, NULL, "Shown in the catalogue." },                                                          \
    { "icon", RV_K_TEXT, 0, AT(icon), 0, 0, NULL, "Name of an icon of the fixed set." },                                                                           \
    { "teamId", RV_K_TEXT, (needed), AT(team_id), 0, 0, NULL, "Owning team; can be changed only while the type is a draft." },                                      \
    { "autoResolve", RV_K_BOOL, 0, AT(auto_resolve), 0, 0, NULL, "Requests close by themselves when all is complete." },                                            \
    { "audience", RV_K_OBJECT, 0, AT(audience), 0, 0, NULL, "Who may submit: EVERYONE, GROUP or TEAM." },                                                          \
    { "steps", RV_K_ARRAY, 0, AT(steps), 0, 0, NULL, "All steps in order, at most 100." }
static const struct rv_member create_members[] = { MEMBERS(RV_REQUIRED), { .name = NULL } };
static const struct rv_member update_members[] = {
    MEMBERS(0),
    { "version", RV_K_INT, RV_REQUIRED, AT(version), 0, 0, NULL, "Version that the change is made to." },
    { .name = NULL },
};
static const struct rv_shape type_create = { "RequestTypeCreate", create_members, false }, type_update = { "RequestTypeUpdate", update_members, false };

struct check_body {
    uint64_t seen, nulls;
    rv_str step_id;
};
static const struct rv_member check_members[] = {
    { "stepId", RV_K_TEXT, RV_REQUIRED, offsetof(struct check_body, step_id), 1, 40, NULL, "An action of the draft." },
    { .name = NULL },
};
static const struct rv_shape type_check = { "RequestTypeCheck", check_members, false };

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

static struct rv_request_type_in type_in(const struct type_body *b)
{
    return (struct rv_request_type_in){
        .name = b->name,
        .description = RV_NULLED(b, M_DESCRIPTION) ? RV_STR("") : b->description,
        .icon = b->icon,
        .team_id = b->team_id,
        .audience = b->audience,
        .steps = b->steps,
        .has_name = RV_SEEN(b, M_NAME),
        .has_description = RV_SEEN(b, M_DESCRIPTION),
        .has_icon = RV_SEEN(b, M_ICON),
        .has_team = RV_SEEN(b, M_TEAM),
        .has_auto_resolve = RV_SEEN(b, M_AUTO_RESOLVE),
        .auto_resolve = b->auto_resolve,
        .version = b->version,
    };
}

static rv_status list_types(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_request_query q;
    rv_str next = RV_NONE_STR;
    RV_TRY(query(rq, &q));
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_request_type_list(rv_req_cx(rq), &q, w, &next));
    return rv_list_end(rq, next);
}

static rv_status create_type(struct rv_req *rq)
{
    struct type_body b = { 0 };
    rv_str id;
    RV_TRY(rv_req_decode(rq, &type_create, &b));
    struct rv_request_type_in in = type_in(&b);
    RV_TRY(rv_request_type_create(rv_req_cx(rq), &in, &id));
    return rv_reply_created(rq, ROOT "/request-types", rv_request_type_get, id);
}

static rv_status get_type(struct rv_req *rq)
{
    RV_TRY(rv_request_type_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

/* After a change. */
static rv_status reply_type(struct rv_req *rq)
{
    return rv_reply_object(rq, 200, rv_request_type_get, rv_req_param(rq, 0));
}

static rv_status update_type(struct rv_req *rq)
{
    struct type_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &type_update, &b));
    struct rv_request_type_in in = type_in(&b);
    RV_TRY(rv_request_type_update(rv_req_cx(rq), rv_req_param(rq, 0), &in));
    return reply_type(rq);
}

static rv_status delete_type(struct rv_req *rq)
{
    RV_TRY(rv_request_type_delete(rv_req_cx(rq), rv_req_param(rq, 0)));
    return rv_reply_none(rq, 204);
}

static rv_status publish_type(struct rv_req *rq)
{
    RV_TRY(rv_request_type_publish(rv_req_cx(rq), rv_req_param(rq, 0)));
    return reply_type(rq);
}

static rv_status unpublish_type(struct rv_req *rq)
{
    RV_TRY(rv_request_type_unpublish(rv_req_cx(rq), rv_req_param(rq, 0)));
    return reply_type(rq);
}

static rv_status duplicate_type(struct rv_req *rq)
{
    rv_str id;
    RV_TRY(rv_request_type_duplicate(rv_req_cx(rq), rv_req_param(rq, 0), &id));
    return rv_reply_created(rq, ROOT "/request-types", rv_request_type_get, id);
}

static rv_status list_versions(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_request_query q;
    rv_str next = RV_NONE_STR;
    RV_TRY(query(rq, &q));
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_request_type_version_list(rv_req_cx(rq), rv_req_param(rq, 0), &q, w, &next));
    return rv_list_end(rq, next);
}

static rv_status get_version(struct rv_req *rq)
{
    int64_t number;
    if (!rv_str_to_int(rv_req_param(rq, 1), &number) || number < 1 || number == INT64_MAX)
        number = 0; /* no version has it: the answer is that there is none, to those who may know of the type */
    RV_TRY(
        rv_request_type_version_get(rv_req_cx(rq), rv_req_param(rq, 0), number, rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status check_type(struct rv_req *rq)
{
    struct check_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &type_check, &b));
    RV_TRY(rv_request_type_check(rv_req_cx(rq), rv_req_param(rq, 0), b.step_id, rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

/* clang-format off */
const struct rv_route rv_routes_request_types[] = {
    { "GET", ROOT "/request-types", "listRequestTypes", RV_A_REQUEST_TYPE_LIST, RV_ENV_NATIVE, 0, NULL, NULL, list_types, "Request types of the caller's teams, for administrators of all; by teamId, status, q." },
    { "POST", ROOT "/request-types", "createRequestType", RV_A_REQUEST_TYPE_EDIT, RV_ENV_NATIVE, 0, NULL, &type_create, create_type, "Make a request type of a team one belongs to, as a draft." },
    { "GET", ONE, "getRequestType", RV_A_REQUEST_TYPE_READ, RV_ENV_NATIVE, 0, NULL, NULL, get_type, "The draft with all steps, why it is disabled, and hints." },
    { "PATCH", ONE, "updateRequestType", RV_A_REQUEST_TYPE_EDIT, RV_ENV_NATIVE, 0, NULL, &type_update, update_type, "Change the draft; requesters see it after the next publish." },
    { "DELETE", ONE, "deleteRequestType", RV_A_REQUEST_TYPE_EDIT, RV_ENV_NATIVE, 0, NULL, NULL, delete_type, "Delete a request type; its running requests go on." },
    { "POST", ONE "/publish", "publishRequestType", RV_A_REQUEST_TYPE_EDIT, RV_ENV_NATIVE, 0, NULL, NULL, publish_type, "Make the draft the next version; 400 names each step and input that stops it." },
    { "POST", ONE "/unpublish", "unpublishRequestType", RV_A_REQUEST_TYPE_EDIT, RV_ENV_NATIVE, 0, NULL, NULL, unpublish_type, "Take an active request type out of the catalogue." },
    { "POST", ONE "/duplicate", "duplicateRequestType", RV_A_REQUEST_TYPE_EDIT, RV_ENV_NATIVE, 0, NULL, NULL, duplicate_type, "Copy all settings and steps into a new draft of the same team." },
    { "GET", ONE "/versions", "listRequestTypeVersions", RV_A_REQUEST_TYPE_READ, RV_ENV_NATIVE, 0, NULL, NULL, list_versions, "Published versions, newest first." },
    { "GET", ONE "/versions/{number}", "getRequestTypeVersion", RV_A_REQUEST_TYPE_READ, RV_ENV_NATIVE, 0, NULL, NULL, get_version, "One published version with its steps." },
    { "POST", ONE "/check", "checkRequestTypeAction", RV_A_REQUEST_TYPE_EDIT, RV_ENV_NATIVE, 0, NULL, &type_check, check_type, "The nine preconditions of a Run a workflow step, each with a sentence and the page that mends it." },
    { .method = NULL },
};
