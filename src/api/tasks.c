/* api/tasks.c: tasks: steps that wait for a person, and what people do to them
 * (access-requests.md 2.6, 4.9). */
#include "api/api.h"
#include "requests/requests.h"

#define ROOT "/reeve/api/v1"
#define ONE ROOT "/tasks/{taskId}"

struct resolve_body {
    uint64_t seen, nulls;
    json_t *value;
    rv_str note;
};
static const struct rv_member resolve_members[] = {
    { "value", RV_K_JSON, RV_NULLABLE, offsetof(struct resolve_body, value), 0, 0, NULL, "APPROVED or DENIED for an approval, the answer to a question, nothing for a task." },
    { "note", RV_K_TEXT, RV_NULLABLE, offsetof(struct resolve_body, note), 0, 0, NULL, "The reason, at most 2000 characters." },
    { .name = NULL },
};
static const struct rv_shape resolve_shape = { "TaskResolve", resolve_members, false };

struct run_body {
    uint64_t seen, nulls;
    bool new_run;
};
static const struct rv_member run_members[] = {
    { "newRun", RV_K_BOOL, 0, offsetof(struct run_body, new_run), 0, 0, NULL, "After an unknown outcome: as a new run instead of the same call again." },
    { .name = NULL },
};
static const struct rv_shape run_shape = { "TaskRun", run_members, false };

struct reassign_body {
    uint64_t seen, nulls;
    json_t *user_ids;
    rv_str group_id;
};
static const struct rv_member reassign_members[] = {
    { "userIds", RV_K_ARRAY, 0, offsetof(struct reassign_body, user_ids), 0, 0, NULL, "1 to 10 people." },
    { "groupId", RV_K_TEXT, 0, offsetof(struct reassign_body, group_id), 1, 64, NULL, "All members of a group, instead." },
    { .name = NULL },
};
static const struct rv_shape reassign_shape = { "TaskReassign", reassign_members, false };

struct escalate_body {
    uint64_t seen, nulls;
    rv_str reason;
};
static const struct rv_member escalate_members[] = {
    { "reason", RV_K_TEXT, RV_REQUIRED, offsetof(struct escalate_body, reason), 0, 0, NULL, "Why, at most 2000 characters." },
    { .name = NULL },
};
static const struct rv_shape escalate_shape = { "TaskEscalate", escalate_members, false };

static rv_status list_tasks(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_page page;
    rv_str next = RV_NONE_STR;
    RV_TRY(rv_req_page(rq, 20, 200, &page));
    struct rv_request_query q = { .limit = page.limit,
                                  .after = page.after,
                                  .view = rv_req_query(rq, "view"),
                                  .status = rv_req_query(rq, "status"),
                                  .request_id = rv_req_query(rq, "requestId") };
    RV_TRY(rv_req_query_bool(rq, "overdue", false, &q.overdue));
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_task_list(rv_req_cx(rq), &q, w, &next));
    return rv_list_end(rq, next);
}

static rv_status get_task(struct rv_req *rq)
{
    RV_TRY(rv_task_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status resolve_task(struct rv_req *rq)
{
    struct resolve_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &resolve_shape, &b));
    RV_TRY(rv_task_resolve(rv_req_cx(rq), rv_req_param(rq, 0), b.value, b.note, rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status run_task(struct rv_req *rq)
{
    struct run_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &run_shape, &b));
    RV_TRY(rv_task_run(rv_req_cx(rq), rv_req_param(rq, 0), b.new_run, rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status complete_task(struct rv_req *rq)
{
    RV_TRY(rv_task_complete(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status reassign_task(struct rv_req *rq)
{
    struct reassign_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &reassign_shape, &b));
    RV_TRY(rv_task_reassign(rv_req_cx(rq), rv_req_param(rq, 0), b.user_ids, b.group_id,
                            rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status escalate_task(struct rv_req *rq)
{
    struct escalate_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &escalate_shape, &b));
    RV_TRY(rv_task_escalate(rv_req_cx(rq), rv_req_param(rq, 0), b.reason, rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status end_timer(struct rv_req *rq)
{
    RV_TRY(rv_task_end_timer(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

/* clang-format off */
const struct rv_route rv_routes_tasks[] = {
    { "GET", ROOT "/tasks", "listTasks", RV_A_TASK_LIST, RV_ENV_NATIVE, 0, NULL, NULL, list_tasks, "Tasks by due time; view: mine, team, all; status, requestId, overdue." },
    { "GET", ONE, "getTask", RV_A_TASK_READ, RV_ENV_NATIVE, 0, NULL, NULL, get_task, "One task." },
    { "POST", ONE "/resolve", "resolveTask", RV_A_TASK_RESOLVE, RV_ENV_NATIVE, 0, NULL, &resolve_shape, resolve_task, "Decide an approval, answer a question, complete a task." },
    { "POST", ONE "/run", "runTask", RV_A_TASK_RUN, RV_ENV_NATIVE, 0, NULL, &run_shape, run_task, "Run an action, or run a failed one again." },
    { "POST", ONE "/complete", "completeTask", RV_A_TASK_RUN, RV_ENV_NATIVE, 0, NULL, NULL, complete_task, "Mark an action as complete without running it." },
    { "POST", ONE "/reassign", "reassignTask", RV_A_TASK_REASSIGN, RV_ENV_NATIVE, 0, NULL, &reassign_shape, reassign_task, "Give a task to other people or a group." },
    { "POST", ONE "/escalate", "escalateTask", RV_A_TASK_ESCALATE, RV_ENV_NATIVE, 0, NULL, &escalate_shape, escalate_task, "Add the assignee's manager, once." },
    { "POST", ONE "/end", "endTimer", RV_A_TIMER_END, RV_ENV_NATIVE, 0, NULL, NULL, end_timer, "End a running timer by hand." },
    { .method = NULL },
};
