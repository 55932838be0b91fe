/* requests/requests.h: access requests: teams, configuration lists, synchronised resources, integrations, request
 * types, requests and their tasks (access-requests.md 1 to 6, 8 to 12).
 *
 * Domain functions ask the judge themselves (security.md 2.1) and write state, event, jobs and mails in one
 * transaction. What they show is written as native JSON (web/src/api/types.ts) into a writer. Flows are reached over
 * the route table alone, as the Access Requests application (ARCHITECTURE.md, "The door between requests and flows").
 * Any worker thread may call; strings live in cx's arena. */
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
};

/* ---- teams (5.1) ---------------------------------------------------------------------------------------- */

/* ---- configuration lists (5.2) ---------------------------------------------------------------------------- */

/* ---- resource types and their synchronisation (5.3), integrations (5.5) ------------------------------------- */

/* ---- request types (2), catalogue (4.2) ---------------------------------------------------------------------- */

struct rv_request_type_in {
    rv_str name, description, icon, team_id;
    const json_t *audience, *steps; /* as sent, or NULL: not sent */
    bool has_name, has_description, has_icon, has_team, has_auto_resolve, auto_resolve;
    int64_t version; /* of a PATCH */
};
RV_MUST_CHECK rv_status rv_request_type_list(struct rv_cx *cx, const struct rv_request_query *q, struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_request_type_get(struct rv_cx *cx, rv_str id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_request_type_create(struct rv_cx *cx, const struct rv_request_type_in *in, rv_str *ret_id);
RV_MUST_CHECK rv_status rv_request_type_update(struct rv_cx *cx, rv_str id, const struct rv_request_type_in *in);
RV_MUST_CHECK rv_status rv_request_type_delete(struct rv_cx *cx, rv_str id); /* a tombstone stays for its requests */
RV_MUST_CHECK rv_status rv_request_type_duplicate(struct rv_cx *cx, rv_str id, rv_str *ret_id);
/* The draft becomes the next version, also of a DISABLED type; RV_INVALID names each step and input that stops it. */
RV_MUST_CHECK rv_status rv_request_type_publish(struct rv_cx *cx, rv_str id);
RV_MUST_CHECK rv_status rv_request_type_unpublish(struct rv_cx *cx, rv_str id); /* RV_CONFLICT unless ACTIVE */
RV_MUST_CHECK rv_status rv_request_type_version_list(struct rv_cx *cx, rv_str id, const struct rv_request_query *q, struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_request_type_version_get(struct rv_cx *cx, rv_str id, int64_t number, struct rv_jw *w);
/* The nine preconditions of a Run a workflow step: {"lines":[{"n","ok","sentence","link"}]} (3.2). */
RV_MUST_CHECK rv_status rv_request_type_check(struct rv_cx *cx, rv_str id, rv_str step_id, struct rv_jw *w);
/* For good, with its versions and all its requests: removal of the sample organisation, which has asked the judge. */
RV_MUST_CHECK rv_status rv_request_erase_type(struct rv_cx *cx, rv_str id);
RV_MUST_CHECK rv_status rv_catalogue_list(struct rv_cx *cx, const struct rv_request_query *q, struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_catalogue_get(struct rv_cx *cx, rv_str id, struct rv_jw *w);

/* ---- requests (4) ---------------------------------------------------------------------------------------------- */

/* ---- tasks (2.6, 2.10) -------------------------------------------------------------------------------------------- */

/* ---- wiring --------------------------------------------------------------------------------------------------------- */

/* Directory and features lie a floor below and cannot call rechecks: they add the job "request_type.recheck" with a
 * payload {"use":"GROUP"|"PERSON"|"ALL","id":…} to the transaction that deletes, deactivates or switches. */
extern const struct rv_job_kind rv_requests_jobs[];
extern const struct rv_config_key rv_requests_config[];
extern const struct rv_limit rv_requests_limits[];
