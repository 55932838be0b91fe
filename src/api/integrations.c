/* api/integrations.c: integrations, their teams and action switches, and the workflows a team may
 * choose (access-requests.md 5.5). */
#include "api/api.h"
#include "requests/requests.h"

#define ROOT "/reeve/api/v1"

struct integration_body {
    uint64_t seen, nulls;
    json_t *actions;
    int64_t version;
};
static const struct rv_member update_members[] = {
    { "version", RV_K_INT, RV_REQUIRED, offsetof(struct integration_body, version), 0, 0, NULL, "Version that the change is made to." },
    { "actions", RV_K_OBJECT, RV_REQUIRED, offsetof(struct integration_body, actions), 0, 0, NULL, "Action to true or false; what is not named stays." },
    { .name = NULL },
};
static const struct rv_shape integration_update = { "IntegrationUpdate", update_members, false };

static rv_status list_integrations(struct rv_req *rq)
{
    struct rv_jw *w;
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_integration_list(rv_req_cx(rq), w));
    return rv_list_end(rq, RV_NONE_STR);
}

static rv_status get_integration(struct rv_req *rq)
{
    RV_TRY(rv_integration_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status update_integration(struct rv_req *rq)
{
    struct integration_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &integration_update, &b));
    struct rv_integration_in in = { b.actions, b.version };
    RV_TRY(rv_integration_update(rv_req_cx(rq), rv_req_param(rq, 0), &in));
    return rv_reply_object(rq, 200, rv_integration_get, rv_req_param(rq, 0));
}

static rv_status share(struct rv_req *rq)
{
    RV_TRY(rv_integration_share(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), true));
    return rv_reply_none(rq, 204);
}

static rv_status unshare(struct rv_req *rq)
{
    RV_TRY(rv_integration_share(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), false));
    return rv_reply_none(rq, 204);
}

static rv_status list_workflows(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_page page;
    rv_str next = RV_NONE_STR;
    RV_TRY(rv_req_page(rq, 200, 200, &page)); /* the picker shows them all */
    struct rv_request_query q = { .limit = page.limit,
                                  .after = page.after,
                                  .q = rv_req_query(rq, "q"),
                                  .team_id = rv_req_query(rq, "teamId") };
    if (q.team_id.p == NULL)
        return rv_fail_field(rv_req_cx(rq), "teamId", "REQUIRED_PROPERTY_MISSING",
                             "say with teamId for which team");
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_integration_workflows(rv_req_cx(rq), rv_req_param(rq, 0), &q, w, &next));
    return rv_list_end(rq, next);
}

/* clang-format off */
const struct rv_route rv_routes_integrations[] = {
    { "GET", ROOT "/integrations", "listIntegrations", RV_A_INTEGRATION_USE, RV_ENV_NATIVE, 0, NULL, NULL, list_integrations, "Connected systems whose actions request types use." },
    { "GET", ROOT "/integrations/{integrationId}", "getIntegration", RV_A_INTEGRATION_USE, RV_ENV_NATIVE, 0, NULL, NULL, get_integration, "One integration with its teams and actions." },
    { "PATCH", ROOT "/integrations/{integrationId}", "updateIntegration", RV_A_INTEGRATION_MANAGE, RV_ENV_NATIVE, 0, NULL, &integration_update, update_integration, "Switch actions on or off for all its teams." },
    { "PUT", ROOT "/integrations/{integrationId}/teams/{teamId}", "shareIntegration", RV_A_INTEGRATION_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, share, "Let a team use the integration." },
    { "DELETE", ROOT "/integrations/{integrationId}/teams/{teamId}", "unshareIntegration", RV_A_INTEGRATION_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, unshare, "Take the integration away from a team; its request types that use it become disabled." },
    { "GET", ROOT "/integrations/{integrationId}/workflows", "listSyncedWorkflows", RV_A_INTEGRATION_USE, RV_ENV_NATIVE, 0, NULL, NULL, list_workflows, "Synchronised workflows that the team teamId may choose, with their inputs." },
    { .method = NULL },
};
