/* requests/requests.h: access requests: teams, configuration lists, synchronised resources,
 * integrations, request types, requests and their tasks (access-requests.md 1 to 6, 8 to 12).
 *
 * Domain functions ask the judge themselves (security.md 2.1) and write state, event, jobs and
 * mails in one transaction. What they show is written as native JSON (web/src/api/types.ts) into a
 * writer. Flows are reached over the route table alone, as the Access Requests application
 * (ARCHITECTURE.md, "The door between requests and flows"). Any worker thread may call; strings
 * live in cx's arena. */
#pragma once
#include "org/org.h"

/* Lists write the items (no brackets) and give the next cursor, absent on the last page. */
struct rv_request_query {
    int limit; /* 1 to 200 */
    rv_str after; /* as given back, or absent */
    rv_str q; /* part of the name or subject, or absent */
    rv_str view, team_id, request_type_id, assignee_id, requester_id, task_assignee_id, request_id; /* absent: any */
    rv_str status; /* values with commas between, or absent */
    rv_str sort_by; /* "lastUpdated", "created", "dueAt"; absent: the list's own */
    bool ascending, overdue;
    rv_str follower_id, tag; /* of requests; absent: any. ids: "me" is the caller, "none" nobody */
};

/* ---- teams (5.1) ----------------------------------------------------------------------------- */

struct rv_team_in {
    rv_str name, description, icon, colour, status; /* absent: default of a new team, unchanged in a PATCH */
    rv_str assign_mode, assign_member_id; /* with has_assignment */
    json_t *excluded; /* array of user ids, or NULL */
    bool has_invite_only, invite_only, has_private_requests, private_requests, has_assignment;
    int64_t version; /* of a PATCH */
};
RV_MUST_CHECK rv_status rv_team_list(struct rv_cx *cx, const struct rv_request_query *q,
                                     struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_team_get(struct rv_cx *cx, rv_str id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_team_create(struct rv_cx *cx, const struct rv_team_in *in,
                                       rv_str *ret_id);
RV_MUST_CHECK rv_status rv_team_update(struct rv_cx *cx, rv_str id, const struct rv_team_in *in);
RV_MUST_CHECK rv_status rv_team_delete(struct rv_cx *cx, rv_str id); /* RV_CONFLICT: active request types, open requests */
/* availability: "AVAILABLE", "AWAY", or absent: unchanged, AVAILABLE for a new member. */
RV_MUST_CHECK rv_status rv_team_put_member(struct rv_cx *cx, rv_str id, rv_str user_id,
                                           rv_str availability);
RV_MUST_CHECK rv_status rv_team_remove_member(struct rv_cx *cx, rv_str id, rv_str user_id);
/* Teams of a person as elements {"id","name"}, for the session; asks nobody. */
RV_MUST_CHECK rv_status rv_teams_of_user(struct rv_cx *cx, rv_str user_id, struct rv_jw *w);
/* The Access tab (TeamAccess). PUT: what the body names changes, in one transaction; the rest
 * stays. */
struct rv_team_access_in {
    json_t *resource_types, *config_lists, *integrations; /* arrays of {"type" or "id", "allowed"}, or NULL */
    int64_t version; /* of the team */
};
RV_MUST_CHECK rv_status rv_team_access_get(struct rv_cx *cx, rv_str id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_team_access_put(struct rv_cx *cx, rv_str id,
                                           const struct rv_team_access_in *in);

/* ---- configuration lists (5.2) --------------------------------------------------------------- */

struct rv_list_in {
    rv_str name, list_type, resource_type;
    int64_t version; /* of a PATCH */
};
struct rv_list_item_in {
    rv_str name, description, resource_id, status; /* absent: unchanged in a PATCH */
    int64_t version; /* of a PATCH */
};
RV_MUST_CHECK rv_status rv_list_list(struct rv_cx *cx, const struct rv_request_query *q,
                                     struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_list_get(struct rv_cx *cx, rv_str id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_list_create(struct rv_cx *cx, const struct rv_list_in *in,
                                       rv_str *ret_id);
RV_MUST_CHECK rv_status rv_list_update(struct rv_cx *cx, rv_str id, const struct rv_list_in *in);
/* Without confirm: RV_CONFLICT that names the request types which use what would go. */
RV_MUST_CHECK rv_status rv_list_delete(struct rv_cx *cx, rv_str id, bool confirm);
RV_MUST_CHECK rv_status rv_list_share(struct rv_cx *cx, rv_str id, rv_str team_id, bool shared);
/* q->status: "ACTIVE" (also when absent), "ARCHIVED", "ALL". */
RV_MUST_CHECK rv_status rv_list_item_list(struct rv_cx *cx, rv_str list_id,
                                          const struct rv_request_query *q, struct rv_jw *w,
                                          rv_str *ret_next);
RV_MUST_CHECK rv_status rv_list_item_get(struct rv_cx *cx, rv_str list_id, rv_str item_id,
                                         struct rv_jw *w);
RV_MUST_CHECK rv_status rv_list_item_create(struct rv_cx *cx, rv_str list_id,
                                            const struct rv_list_item_in *in, rv_str *ret_id);
RV_MUST_CHECK rv_status rv_list_item_update(struct rv_cx *cx, rv_str list_id, rv_str item_id,
                                            const struct rv_list_item_in *in);
RV_MUST_CHECK rv_status rv_list_item_delete(struct rv_cx *cx, rv_str list_id, rv_str item_id,
                                            bool confirm);

/* ---- resource types and their synchronisation (5.3), integrations (5.5) ---------------------- */

RV_MUST_CHECK rv_status rv_resource_type_list(struct rv_cx *cx, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_resource_type_get(struct rv_cx *cx, rv_str type, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_resource_item_list(struct rv_cx *cx, rv_str type,
                                              const struct rv_request_query *q, struct rv_jw *w,
                                              rv_str *ret_next);
RV_MUST_CHECK rv_status rv_resource_open(struct rv_cx *cx, rv_str type, rv_str team_id, bool open); /* access of a team */
RV_MUST_CHECK rv_status rv_sync_order(struct rv_cx *cx, rv_str type); /* Update now: runs behind; RV_CONFLICT while one runs */
/* Elements {"type","status","finishedAt"} for /health; asks nobody. */
RV_MUST_CHECK rv_status rv_sync_health(struct rv_cx *cx, struct rv_jw *w);
/* After the setting sync.interval changed: the next runs follow it. */
RV_MUST_CHECK rv_status rv_sync_replan(struct rv_cx *cx);

struct rv_integration_in {
    json_t *actions; /* object: action to bool */
    int64_t version;
};
RV_MUST_CHECK rv_status rv_integration_list(struct rv_cx *cx, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_integration_get(struct rv_cx *cx, rv_str id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_integration_update(struct rv_cx *cx, rv_str id,
                                              const struct rv_integration_in *in);
RV_MUST_CHECK rv_status rv_integration_share(struct rv_cx *cx, rv_str id, rv_str team_id,
                                             bool shared);
/* Synchronised workflows q->team_id may choose (SyncedWorkflow); none without its access, the
 * integration or the feature. */
RV_MUST_CHECK rv_status rv_integration_workflows(struct rv_cx *cx, rv_str id,
                                                 const struct rv_request_query *q, struct rv_jw *w,
                                                 rv_str *ret_next);

/* ---- opening: what must exist from the beginning; plans the synchronisations ----------------- */

RV_MUST_CHECK rv_status rv_requests_open(struct rv_cx *cx);

/* ---- request types (2), catalogue (4.2) ------------------------------------------------------ */

struct rv_request_type_in {
    rv_str name, description, icon, team_id;
    const json_t *audience, *steps; /* as sent, or NULL: not sent */
    bool has_name, has_description, has_icon, has_team, has_auto_resolve, auto_resolve;
    int64_t version; /* of a PATCH */
};
RV_MUST_CHECK rv_status rv_request_type_list(struct rv_cx *cx, const struct rv_request_query *q,
                                             struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_request_type_get(struct rv_cx *cx, rv_str id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_request_type_create(struct rv_cx *cx,
                                               const struct rv_request_type_in *in, rv_str *ret_id);
RV_MUST_CHECK rv_status rv_request_type_update(struct rv_cx *cx, rv_str id,
                                               const struct rv_request_type_in *in);
RV_MUST_CHECK rv_status rv_request_type_delete(struct rv_cx *cx, rv_str id); /* a tombstone stays for its requests */
RV_MUST_CHECK rv_status rv_request_type_duplicate(struct rv_cx *cx, rv_str id, rv_str *ret_id);
/* The draft becomes the next version, also of a DISABLED type; RV_INVALID names each step and input
 * that stops it. */
RV_MUST_CHECK rv_status rv_request_type_publish(struct rv_cx *cx, rv_str id);
RV_MUST_CHECK rv_status rv_request_type_unpublish(struct rv_cx *cx, rv_str id); /* RV_CONFLICT unless ACTIVE */
RV_MUST_CHECK rv_status rv_request_type_version_list(struct rv_cx *cx, rv_str id,
                                                     const struct rv_request_query *q,
                                                     struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_request_type_version_get(struct rv_cx *cx, rv_str id, int64_t number,
                                                    struct rv_jw *w);
/* The nine preconditions of a Run a workflow step: {"lines":[{"n","ok","sentence","link"}]} (3.2).
 */
RV_MUST_CHECK rv_status rv_request_type_check(struct rv_cx *cx, rv_str id, rv_str step_id,
                                              struct rv_jw *w);
/* For good, with its versions and all its requests: removal of the sample organisation, which has
 * asked the judge. */
RV_MUST_CHECK rv_status rv_request_erase_type(struct rv_cx *cx, rv_str id);
RV_MUST_CHECK rv_status rv_catalogue_list(struct rv_cx *cx, const struct rv_request_query *q,
                                          struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_catalogue_get(struct rv_cx *cx, rv_str id, struct rv_jw *w);

/* Request types, drafts included, that run the flow: {"id","name"} of each. For those who may read
 * the flow: asks nobody. */
RV_MUST_CHECK rv_status rv_request_types_of_flow(struct rv_cx *cx, rv_str flow_id, struct rv_jw *w);

/* ---- requests (4) ---------------------------------------------------------------------------- */

struct rv_request_in {
    rv_str type_id, subject, requester_id; /* absent: the type's name; the caller */
    const json_t *answers; /* object by step id */
};
/* Checks the answers of the form (RV_INVALID with a cause per field), then writes request, steps,
 * event, jobs and mails at once. w gets the whole request, as it is for the caller. RV_FORBIDDEN
 * outside the audience. */
RV_MUST_CHECK rv_status rv_request_create(struct rv_cx *cx, const struct rv_request_in *in,
                                          struct rv_jw *w, rv_str *ret_id);
RV_MUST_CHECK rv_status rv_request_get(struct rv_cx *cx, rv_str id_or_number, struct rv_jw *w);
/* May the caller see the request, or the request of the task? For the stream of changes. */
RV_MUST_CHECK rv_status rv_request_visible(struct rv_cx *cx, rv_str request_or_task_id, bool *ret);
/* view: "inbox", "mine" (my open tasks), "sent", "team", "unassigned", "all". Rows of types.ts
 * RequestRow. */
RV_MUST_CHECK rv_status rv_request_list(struct rv_cx *cx, const struct rv_request_query *q,
                                        struct rv_jw *w, rv_str *ret_next);
struct rv_request_patch {
    int64_t version;
    rv_str subject, team_id, assignee_id; /* assignee absent with has_assignee: nobody */
    const json_t *tags; /* array of {"text","colour"}, or NULL */
    bool has_assignee, has_private, is_private;
};
RV_MUST_CHECK rv_status rv_request_update(struct rv_cx *cx, rv_str id,
                                          const struct rv_request_patch *in, struct rv_jw *w);
enum rv_request_verb { RV_REQUEST_DO_CANCEL, RV_REQUEST_DO_RESOLVE, RV_REQUEST_DO_REOPEN, RV_REQUEST_DO_HOLD, RV_REQUEST_DO_RELEASE };
RV_MUST_CHECK rv_status rv_request_do(struct rv_cx *cx, rv_str id, enum rv_request_verb verb, struct rv_jw *w); /* RV_CONFLICT: not in this state */
RV_MUST_CHECK rv_status rv_request_follow(struct rv_cx *cx, rv_str id, rv_str user_id, bool on);
/* Oldest first. */
RV_MUST_CHECK rv_status rv_request_activities(struct rv_cx *cx, rv_str id,
                                              const struct rv_request_query *q, struct rv_jw *w,
                                              rv_str *ret_next);
RV_MUST_CHECK rv_status rv_request_messages(struct rv_cx *cx, rv_str id,
                                            const struct rv_request_query *q, struct rv_jw *w,
                                            rv_str *ret_next);
RV_MUST_CHECK rv_status rv_request_say(struct rv_cx *cx, rv_str id, rv_str text, struct rv_jw *w);
/* Open and pending requests of a person end (4.4: suspended, deactivated, deleted). In the caller's
 * transaction, asks nobody. */
RV_MUST_CHECK rv_status rv_requests_requester_gone(struct rv_tx *tx, rv_str user_id);

/* ---- tasks (2.6, 2.10) ----------------------------------------------------------------------- */

/* view: "mine" (default), "team", "all". q->status: states of steps, absent: "OPEN,FAILED". Rows of
 * types.ts Task. */
RV_MUST_CHECK rv_status rv_task_list(struct rv_cx *cx, const struct rv_request_query *q,
                                     struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_task_get(struct rv_cx *cx, rv_str id, struct rv_jw *w);
/* The commands write the task as it is afterwards. value: "APPROVED", "DENIED", an answer, or NULL.
 * RV_CONFLICT: no longer open. */
RV_MUST_CHECK rv_status rv_task_resolve(struct rv_cx *cx, rv_str id, const json_t *value,
                                        rv_str note, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_task_run(struct rv_cx *cx, rv_str id, bool new_run, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_task_complete(struct rv_cx *cx, rv_str id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_task_reassign(struct rv_cx *cx, rv_str id, const json_t *user_ids,
                                         rv_str group_id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_task_escalate(struct rv_cx *cx, rv_str id, rv_str reason,
                                         struct rv_jw *w);
RV_MUST_CHECK rv_status rv_task_end_timer(struct rv_cx *cx, rv_str id, struct rv_jw *w);

/* The page /decide/{token} (security.md 2.10). The token names a task and gives no right: the
 * caller must be signed in and may see the request, else RV_NOT_FOUND. Reading never decides; the
 * page posts to rv_task_resolve with task_id. */
struct rv_decision {
    rv_str task_id, request_id, subject, text, kind, state; /* kind "APPROVAL" …; state of the step */
    int64_t number, opened_at, due_at, ended_at;
    rv_str requester, creator, team; /* names */
    rv_str decision, note, ended_by; /* "APPROVED", "DENIED" or absent; absent; name or absent */
    struct {
        rv_str question, answer;
    } *answers;
    size_t answers_n;
    bool can_resolve; /* the caller, now */
};
RV_MUST_CHECK rv_status rv_decision_find(struct rv_cx *cx, rv_str token, struct rv_decision *ret);

/* ---- wiring ---------------------------------------------------------------------------------- */

extern const struct rv_job_kind rv_requests_jobs[];
extern const struct rv_config_key rv_requests_config[];
extern const struct rv_limit rv_requests_limits[];
extern const struct rv_sql_module rv_sql_request_type, rv_sql_request_type_use, rv_sql_request_type_version, rv_sql_catalogue;
extern const struct rv_sql_module rv_sql_request, rv_sql_request_list, rv_sql_request_view, rv_sql_task_list;
extern const struct rv_sql_module rv_sql_team, rv_sql_team_member, rv_sql_team_access, rv_sql_config_list, rv_sql_config_list_item, rv_sql_sync,
    rv_sql_integration;
