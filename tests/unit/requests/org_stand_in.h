/* tests/unit/requests/org_stand_in.h: what teams, lists and synchronisation ask of src/org, of
 * request types and of the route table, answered without them: a judge that agrees, a directory of
 * a few people, a list of delegated flows. */
#pragma once
#include "requests/requests_int.h"

struct stand_in {
    bool feature; /* access_requests.workflow_actions */
    bool app_gone; /* the Access Requests app was deleted */
    bool sees_nothing; /* it has no role */
    const char *idle; /* a person who is suspended, or NULL */
    const char *in_use; /* name of a request type that uses everything, or NULL */
    bool open_requests;
    int64_t interval_ms;
    int events, notices, rechecks;
    char last_event[64], last_notice[64];
    char rechecked[400]; /* "FLOW:01…;" of each */
    int page_status; /* of GET /delegated-flows; 0: 200 */
    const char *pages[3]; /* data arrays, one a page; NULL ends */
    int calls;
    char as[40]; /* who called */
};
extern struct stand_in stand_in;
extern struct rv_local stand_in_local;
