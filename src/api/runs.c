/* api/runs.c: runs, their history, and what can be done to one. */
#include "api/api.h"
#include "flows/flows.h"

#define ROOT "/reeve/api/v1"

static rv_status list_runs(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_page page;
    rv_str next = RV_NONE_STR;
    RV_TRY(rv_req_page(rq, 20, 200, &page));
    struct rv_flow_query q = { .limit = page.limit,
                               .after = page.after,
                               .q = rv_req_query(rq, "q"),
                               .flow_id = rv_req_query(rq, "flowId"),
                               .status = rv_req_query(rq, "status"),
                               .request_id = rv_req_query(rq, "requestId"),
                               .parent_run_id = rv_req_query(rq, "parentRunId"),
                               .enabled = -1 };
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_run_list(rv_req_cx(rq), &q, w, &next));
    return rv_list_end(rq, next);
}

static rv_status get_run(struct rv_req *rq)
{
    RV_TRY(rv_run_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status get_cards(struct rv_req *rq)
{
    RV_TRY(rv_run_cards(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status cancel_run(struct rv_req *rq)
{
    RV_TRY(rv_run_cancel(rv_req_cx(rq), rv_req_param(rq, 0)));
    return rv_reply_object(rq, 200, rv_run_get, rv_req_param(rq, 0));
}

static rv_status resend(struct rv_req *rq)
{
    RV_TRY(rv_run_decide(rv_req_cx(rq), rv_req_param(rq, 0), false));
    return rv_reply_object(rq, 200, rv_run_get, rv_req_param(rq, 0));
}

static rv_status mark_done(struct rv_req *rq)
{
    RV_TRY(rv_run_decide(rv_req_cx(rq), rv_req_param(rq, 0), true));
    return rv_reply_object(rq, 200, rv_run_get, rv_req_param(rq, 0));
}

static rv_status replay_run(struct rv_req *rq)
{
    rv_str id;
    RV_TRY(rv_run_replay(rv_req_cx(rq), rv_req_param(rq, 0), &id));
    struct rv_jw *w = rv_reply_json(rq);
    rv_jw_obj(w);
    rv_jw_kstr(w, "runId", id);
    rv_jw_obj_end(w);
    return rv_reply(rq, 202);
}

/* clang-format off */
const struct rv_route rv_routes_runs[] = {
    { "GET", ROOT "/runs", "listRuns", RV_A_RUN_READ, RV_ENV_NATIVE, 0, NULL, NULL, list_runs, "Runs, newest first, by flowId, status, requestId, parentRunId, q. With flowId, q finds any value, error or card name of a run." },
    { "GET", ROOT "/runs/{runId}", "getRun", RV_A_RUN_STATE, RV_ENV_NATIVE, 0, "okta.workflows.invoke.manage", NULL, get_run, "State, times and error of a run." },
    { "GET", ROOT "/runs/{runId}/cards", "getRunCards", RV_A_RUN_READ, RV_ENV_NATIVE, 0, NULL, NULL, get_cards, "What ran: every card with its inputs, outputs, times and error." },
    { "POST", ROOT "/runs/{runId}/cancel", "cancelRun", RV_A_RUN_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, cancel_run, "End a run before its next card." },
    { "POST", ROOT "/runs/{runId}/replay", "replayRun", RV_A_RUN_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, replay_run, "Start the flow again with the recorded inputs." },
    { "POST", ROOT "/runs/{runId}/resend", "resendRun", RV_A_RUN_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, resend, "Send an uncertain effect again, under the same id." },
    { "POST", ROOT "/runs/{runId}/mark-done", "markRunDone", RV_A_RUN_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, mark_done, "Say that an uncertain effect has happened; the run goes on behind it." },
    { .method = NULL },
};
