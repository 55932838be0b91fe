/* api/teams.c: teams, their members and what they may use (access-requests.md 5.1). */
#include "api/api.h"
#include "requests/requests.h"

#define ROOT "/reeve/api/v1"

static const char *const icons[] = { "support", "administrative", "finance", "it", "security", "sales", "legal", "hr", "events", "cleaning", "design",
                                     "engineering", "facilities", "operations", "recruiting", NULL };
static const char *const colours[] = { "blue", "cyan", "green", "grey", "indigo", "purple", "red", "pink", "yellow", NULL };
static const char *const statuses[] = { "ACTIVE", "CLOSED", NULL };
static const char *const modes[] = { "OFF", "ROTATE", "MEMBER", NULL };
static const char *const availabilities[] = { "AVAILABLE", "AWAY", NULL };

struct team_body {
    uint64_t seen, nulls;
    rv_str name, description, icon, colour, status;
    bool invite_only, private_requests;
    json_t *assignment;
    int64_t version;
};
enum { M_NAME, M_DESCRIPTION, M_ICON, M_COLOUR, M_INVITE_ONLY, M_PRIVATE };
#define MEMBERS(required)                                                                                                                          \
    { "name", RV_K_TEXT, (required) | RV_NO_CONTROL, offsetof(struct team_body, name), 1, 40, NULL, "Name." },                                    \
        { "description", RV_K_TEXT, RV_NULLABLE, offsetof(struct team_body, description), 0, 2000, NULL, "What the team does." },                 \
        { "icon", RV_K_ENUM, 0, offsetof(struct team_body, icon), 0, 0, icons, "Icon of the team and, in its colour, of its request types." },    \
        { "colour", RV_K_ENUM, 0, offsetof(struct team_body, colour), 0, 0, colours, "Colour of the icons." },                                    \
        { "inviteOnly", RV_K_BOOL, 0, offsetof(struct team_body, invite_only), 0, 0, NULL, "Only members and administrators add people." },       \
        { "privateRequests", RV_K_BOOL, 0, offsetof(struct team_body, private_requests), 0, 0, NULL, "New requests are private." },               \
    {                                                                                                                                              \
        "assignment", RV_K_OBJECT, 0, offsetof(struct team_body, assignment), 0, 0, NULL, "Who gets new requests: mode OFF, ROTATE or MEMBER, memberId, excluded." \
    }
static const struct rv_member create_members[] = { MEMBERS(RV_REQUIRED), { .name = NULL } };
static const struct rv_member update_members[] = {
    MEMBERS(0),
    { "status", RV_K_ENUM, 0, offsetof(struct team_body, status), 0, 0, statuses, "A closed team takes no new request types." },
    { "version", RV_K_INT, RV_REQUIRED, offsetof(struct team_body, version), 0, 0, NULL, "Version that the change is made to." },
    { .name = NULL },
};
static const struct rv_shape team_create = { "TeamCreate", create_members, false }, team_update = { "TeamUpdate", update_members, false };

struct assignment_body {
    uint64_t seen, nulls;
    rv_str mode, member_id;
    json_t *excluded;
};
static const struct rv_member assignment_members[] = {
    { "mode", RV_K_ENUM, RV_REQUIRED, offsetof(struct assignment_body, mode), 0, 0, modes, "Nobody, each in turn, or always one." },
    { "memberId", RV_K_TEXT, RV_NULLABLE, offsetof(struct assignment_body, member_id), 1, 64, NULL, "With MEMBER: the member." },
    { "excluded", RV_K_ARRAY, 0, offsetof(struct assignment_body, excluded), 0, 1000, NULL, "Members that the rotation leaves out, by id." },
    { .name = NULL },
};
static const struct rv_shape team_assignment = { "TeamAssignment", assignment_members, false };

struct member_body {
    uint64_t seen, nulls;
    rv_str availability;
};
static const struct rv_member member_members[] = {
    { "availability", RV_K_ENUM, 0, offsetof(struct member_body, availability), 0, 0, availabilities, "AWAY: the rotation leaves the person out for now." },
    { .name = NULL },
};
static const struct rv_shape team_member = { "TeamMember", member_members, false };

struct access_body {
    uint64_t seen, nulls;
    json_t *resource_types, *config_lists, *integrations;
    int64_t version;
};
static const struct rv_member access_members[] = {
    { "version", RV_K_INT, RV_REQUIRED, offsetof(struct access_body, version), 0, 0, NULL, "Version of the team that the change is made to." },
    { "resourceTypes", RV_K_ARRAY, 0, offsetof(struct access_body, resource_types), 0, 100, NULL, "Elements type, allowed." },
    { "configLists", RV_K_ARRAY, 0, offsetof(struct access_body, config_lists), 0, 10000, NULL, "Elements id, allowed." },
    { "integrations", RV_K_ARRAY, 0, offsetof(struct access_body, integrations), 0, 100, NULL, "Elements id, allowed." },
    { .name = NULL },
};
static const struct rv_shape team_access = { "TeamAccess", access_members, false };

static rv_status team_in(struct rv_req *rq, const struct team_body *b, struct rv_team_in *ret)
{
    struct assignment_body a = { 0 };
    *ret = (struct rv_team_in){ .name = b->name,
                                .description =
                                    RV_NULLED(b, M_DESCRIPTION) ? RV_STR("") : b->description,
                                .icon = b->icon,
                                .colour = b->colour,
                                .status = b->status,
                                .has_invite_only = RV_SEEN(b, M_INVITE_ONLY),
                                .invite_only = b->invite_only,
                                .has_private_requests = RV_SEEN(b, M_PRIVATE),
                                .private_requests = b->private_requests,
                                .version = b->version };
    if (b->assignment == NULL)
        return RV_OK;
    RV_TRY(rv_json_decode(rv_req_cx(rq), b->assignment, &team_assignment, "/assignment", &a));
    ret->has_assignment = true;
    ret->assign_mode = a.mode;
    ret->assign_member_id = a.member_id;
    ret->excluded = a.excluded;
    return RV_OK;
}

static rv_status list_teams(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_page page;
    rv_str next = RV_NONE_STR;
    RV_TRY(rv_req_page(rq, 20, 200, &page));
    struct rv_request_query q = { .limit = page.limit,
                                  .after = page.after,
                                  .q = rv_req_query(rq, "q"),
                                  .status = rv_req_query(rq, "status") };
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_team_list(rv_req_cx(rq), &q, w, &next));
    return rv_list_end(rq, next);
}

static rv_status create_team(struct rv_req *rq)
{
    struct team_body b = { 0 };
    struct rv_team_in in;
    rv_str id;
    RV_TRY(rv_req_decode(rq, &team_create, &b));
    RV_TRY(team_in(rq, &b, &in));
    RV_TRY(rv_team_create(rv_req_cx(rq), &in, &id));
    return rv_reply_created(rq, ROOT "/teams", rv_team_get, id);
}

static rv_status get_team(struct rv_req *rq)
{
    RV_TRY(rv_team_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status update_team(struct rv_req *rq)
{
    struct team_body b = { 0 };
    struct rv_team_in in;
    RV_TRY(rv_req_decode(rq, &team_update, &b));
    RV_TRY(team_in(rq, &b, &in));
    RV_TRY(rv_team_update(rv_req_cx(rq), rv_req_param(rq, 0), &in));
    return rv_reply_object(rq, 200, rv_team_get, rv_req_param(rq, 0));
}

static rv_status delete_team(struct rv_req *rq)
{
    RV_TRY(rv_team_delete(rv_req_cx(rq), rv_req_param(rq, 0)));
    return rv_reply_none(rq, 204);
}

static rv_status put_member(struct rv_req *rq)
{
    struct member_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &team_member, &b));
    RV_TRY(rv_team_put_member(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1),
                              b.availability));
    return rv_reply_none(rq, 204);
}

static rv_status remove_member(struct rv_req *rq)
{
    RV_TRY(rv_team_remove_member(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1)));
    return rv_reply_none(rq, 204);
}

static rv_status get_access(struct rv_req *rq)
{
    RV_TRY(rv_team_access_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status put_access(struct rv_req *rq)
{
    struct access_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &team_access, &b));
    struct rv_team_access_in in = { b.resource_types, b.config_lists, b.integrations, b.version };
    RV_TRY(rv_team_access_put(rv_req_cx(rq), rv_req_param(rq, 0), &in));
    return rv_reply_object(rq, 200, rv_team_access_get, rv_req_param(rq, 0));
}

/* clang-format off */
const struct rv_route rv_routes_teams[] = {
    { "GET", ROOT "/teams", "listTeams", RV_A_TEAM_READ, RV_ENV_NATIVE, 0, NULL, NULL, list_teams, "Teams by name." },
    { "POST", ROOT "/teams", "createTeam", RV_A_TEAM_MANAGE, RV_ENV_NATIVE, 0, NULL, &team_create, create_team, "Make a team." },
    { "GET", ROOT "/teams/{teamId}", "getTeam", RV_A_TEAM_READ, RV_ENV_NATIVE, 0, NULL, NULL, get_team, "One team with its members." },
    { "PATCH", ROOT "/teams/{teamId}", "updateTeam", RV_A_TEAM_MANAGE, RV_ENV_NATIVE, 0, NULL, &team_update, update_team, "Change a team, or who gets its new requests." },
    { "DELETE", ROOT "/teams/{teamId}", "deleteTeam", RV_A_TEAM_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, delete_team, "Delete a team without active request types and open requests." },
    { "PUT", ROOT "/teams/{teamId}/members/{userId}", "putTeamMember", RV_A_TEAM_MEMBERS, RV_ENV_NATIVE, 0, NULL, &team_member, put_member, "Add a member, or say whether the member is available." },
    { "DELETE", ROOT "/teams/{teamId}/members/{userId}", "removeTeamMember", RV_A_TEAM_MEMBERS, RV_ENV_NATIVE, 0, NULL, NULL, remove_member, "Remove a member." },
    { "GET", ROOT "/teams/{teamId}/access", "getTeamAccess", RV_A_TEAM_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, get_access, "What a team may use: resource types, lists, integrations." },
    { "PUT", ROOT "/teams/{teamId}/access", "putTeamAccess", RV_A_TEAM_MANAGE, RV_ENV_NATIVE, 0, NULL, &team_access, put_access, "Set what a team may use, all at once; what is not named stays." },
    { .method = NULL },
};
