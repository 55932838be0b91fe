/* requests/wiring.c: the folder's tables that main.c lists: jobs, configuration keys, limits. One line per entry; what an
 * entry does stands in the file that owns it. */
#include "requests/requests_int.h"

const struct rv_job_kind rv_requests_jobs[] = {
    { .name = "resource.sync", .run = rv_sync_run, .help = "synchronises a resource type, and plans the next time" },
    { .name = "org.changed", .run = rv_org_changed_run, .help = "follows what the directory and the features changed" },
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
    { NULL, 0, NULL, NULL },
};
