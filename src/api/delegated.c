/* api/delegated.c: delegated flows as clients see them, and starting a run (workflows.md 6.6).
 *
 * Starting is the hot path: the worker judges and checks, then leaves; the answer is written by
 * whoever made the run durable, together with all others of the same flush. The run's own row keeps
 * the Idempotency-Key. */
#include "api/api.h"
#include "flows/flows.h"

#define ROOT "/reeve/api/v1"

struct invoke_body {
    uint64_t seen, nulls;
    json_t *inputs, *caller;
    rv_str card_id;
};
static const struct rv_member invoke_members[] = {
    { "inputs", RV_K_OBJECT, 0, offsetof(struct invoke_body, inputs), 0, 0, NULL, "Values by the key of the flow's inputs." },
    { "caller", RV_K_OBJECT, 0, offsetof(struct invoke_body, caller), 0, 0, NULL, "Who asks; from the Access Requests application only." },
    { .name = NULL },
};
static const struct rv_member test_members[] = {
    { "inputs", RV_K_OBJECT, 0, offsetof(struct invoke_body, inputs), 0, 0, NULL, "Values by the key of the flow's inputs." },
    { "cardId", RV_K_TEXT, RV_NULLABLE, offsetof(struct invoke_body, card_id), 0, 200, NULL, "Reserved." },
    { .name = NULL },
};
static const struct rv_shape invoke_shape = { "Invoke", invoke_members, false }, test_shape = { "FlowTest", test_members, false };

static rv_status list_delegated(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_page page;
    rv_str next = RV_NONE_STR;
    RV_TRY(rv_req_page(rq, 20, 200, &page));
    struct rv_flow_query q = {
        .limit = page.limit, .after = page.after, .q = rv_req_query(rq, "q"), .enabled = 1
    };
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_delegated_list(rv_req_cx(rq), &q, w, &next));
    return rv_list_end(rq, next);
}

static rv_status get_delegated(struct rv_req *rq)
{
    RV_TRY(rv_delegated_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status answer(struct rv_req *rq, const struct rv_run_start *s)
{
    struct rv_jw *w = rv_reply_json(rq);
    rv_jw_obj(w);
    rv_jw_kstr(w, "runId", s->run_id);
    rv_jw_obj_end(w);
    if (s->replayed)
        RV_TRY(rv_exchange_set_header(rq->x, "Idempotency-Replayed", RV_STR("true")));
    return rv_reply(rq, 202);
}

/* The run is durable, or was refused. Any thread. */
static void started(struct rv_run_start *s, rv_status st)
{
    struct rv_req *rq = s->arg;
    rv_req_finish(rq, st == RV_OK ? answer(rq, s) : st);
}

static rv_status start(struct rv_req *rq, const struct rv_shape *shape, bool test)
{
    struct rv_cx *cx = rv_req_cx(rq);
    struct invoke_body b = { 0 };
    rv_str key;
    RV_TRY(rv_req_decode(rq, shape, &b));
    RV_TRY(rv_req_key(rq, &key));
    struct rv_run_start *s = RV_NEW(cx, struct rv_run_start);
    if (s == NULL)
        return RV_BUSY;
    *s = (struct rv_run_start){ .cx = cx,
                                .flow_id = rv_req_param(rq, 0),
                                .inputs = b.inputs,
                                .caller = b.caller,
                                .key = key,
                                .via = test ? RV_VIA_TEST : RV_VIA_DELEGATED,
                                .done = started,
                                .arg = rq };
    rv_req_later(rq);
    rv_run_start(s);
    return RV_OK;
}

static rv_status invoke(struct rv_req *rq)
{
    return start(rq, &invoke_shape, false);
}

static rv_status test_flow(struct rv_req *rq)
{
    return start(rq, &test_shape, true);
}

/* clang-format off */
const struct rv_route rv_routes_delegated[] = {
    { "GET", ROOT "/delegated-flows", "listDelegatedFlows", RV_A_DELEGATED_READ, RV_ENV_NATIVE, 0, "okta.workflows.invoke.manage", NULL, list_delegated, "Delegated flows that are on and that the caller may see." },
    { "GET", ROOT "/delegated-flows/{flowId}", "getDelegatedFlow", RV_A_DELEGATED_READ, RV_ENV_NATIVE, 0, "okta.workflows.invoke.manage", NULL, get_delegated, "One delegated flow with its inputs." },
    { "POST", ROOT "/delegated-flows/{flowId}/invoke", "invokeDelegatedFlow", RV_A_DELEGATED_INVOKE, RV_ENV_NATIVE, RV_ROUTE_NO_IDEMPOTENCY, "okta.workflows.invoke.manage", &invoke_shape, invoke, "Start a run; 202 when it is stored." },
    { "POST", ROOT "/flows/{flowId}/test", "testFlow", RV_A_FLOW_RUN, RV_ENV_NATIVE, RV_ROUTE_NO_IDEMPOTENCY, NULL, &test_shape, test_flow, "Start a run from the console; the flow may be off." },
    { .method = NULL },
};
