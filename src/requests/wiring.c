/* requests/wiring.c: the folder's tables that main.c lists: jobs, configuration keys, limits. One
 * line per entry; what an entry does stands in the file that owns it. */
#include "requests/request_int.h"

const struct rv_job_kind rv_requests_jobs[] = {
    { .name = "resource.sync", .run = rv_sync_run, .help = "synchronises a resource type, and plans the next time" },
    { .name = "org.changed", .run = rv_org_changed_run, .help = "follows what the directory and the features changed" },
    { .name = "request.action", .run = rv_action_job, .help = "calls the workflow of a step, and lets the request go on" },
    { .name = "request.timer", .run = rv_timer_job, .help = "ends a timer of a request" },
    { .name = "request.runEnded", .run = rv_run_ended_job, .at_once = rv_run_ended_at_once, .help = "notes in the request how a workflow it called ended" },
    { .name = NULL },
};

const struct rv_config_key rv_requests_config[] = {
    { .name = NULL },
};

const struct rv_limit rv_requests_limits[] = {
    { "team.name", 40, "characters", "name of a team" },
    { "team.description", 2000, "characters", "description of a team" },
    { "configList.name", 100, "characters", "name of a configuration list" },
    { "configList.items", 1000, "items", "active items of one configuration list" },
    { "configListItem.name", 280, "characters", "text of an item" },
    { "configListItem.description", 1000, "characters", "description of an item" },
    { "sync.workflows", 20000, "workflows", "workflows that Access Requests can see" },
    { "requestType.name", 50, "characters", "name of a request type" },
    { "requestType.description", 2000, "characters", "description of a request type" },
    { "requestType.steps", 100, "items", "steps of a request type" },
    { "requestType.json", 100000, "characters", "steps of a request type as JSON" },
    { "requestType.active", 750, "items", "active request types" },
    { "question.text", 100, "characters", "text of a question" },
    { "question.options", 25, "items", "custom options of a drop-down question" },
    { "question.option", 280, "characters", "a custom option" },
    { "step.text", 250, "characters", "text of a task, action or timer" },
    { "step.conditions", 50, "items", "conditions of a step" },
    { "request.subject", 250, "characters", "subject of a request" },
    { "request.message", 5000, "characters", "a message in a request" },
    { "request.tags", 20, "items", "tags of a request" },
    { "request.followers", 200, "people", "followers of a request" },
    { "answer.text", 1000, "characters", "answer to a text question" },
    { "answer.longText", 5000, "characters", "answer to a long text question" },
    { "answer.choices", 200, "items", "choices of one answer" },
    { "task.note", 2000, "characters", "reason of a decision or an escalation" },
    { "task.assignees", 10, "people", "people a task is given to by hand" },
    { "timer.longest", 7776000000, "ms", "a timer ends after this at the latest" },
    { NULL, 0, NULL, NULL },
};
