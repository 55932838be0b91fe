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

/* ---- requests (4) ---------------------------------------------------------------------------------------------- */

/* ---- tasks (2.6, 2.10) -------------------------------------------------------------------------------------------- */

/* ---- wiring --------------------------------------------------------------------------------------------------------- */

extern const struct rv_job_kind rv_requests_jobs[];
extern const struct rv_config_key rv_requests_config[];
extern const struct rv_limit rv_requests_limits[];
