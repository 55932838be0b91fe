/* requests/requests_int.h: what the files of src/requests need of each other. Private to the
 * folder.
 *
 * Everything with a tx belongs to the caller's transaction or snapshot; none of these asks the
 * judge. */
#pragma once
#include "requests/requests.h"

/* ---- small things (text.c) ------------------------------------------------------------------- */

rv_str rv_name_key(struct rv_cx *cx, rv_str name); /* blanks at the ends gone, A-Z small: what makes names equal */
rv_str rv_name_pattern(struct rv_cx *cx, rv_str q); /* for "name_key LIKE :q ESCAPE '\\'"; absent without q */
rv_str rv_actor_id(const struct rv_cx *cx); /* who acts; absent: the system */
rv_str rv_user_id(const struct rv_cx *cx); /* the person who acts; absent: an app, or the system */
RV_MUST_CHECK rv_status rv_not_found(struct rv_cx *cx, rv_str id, const char *what); /* RV_NOT_FOUND in the wire's words */

/* ---- teams (team.c) -------------------------------------------------------------------------- */

struct rv_team {
    rv_str id, name, icon, colour, status; /* "ACTIVE", "CLOSED", "DELETED": kept for the requests that name it */
    bool private_requests, invite_only;
    int64_t version;
};
RV_MUST_CHECK rv_status rv_team_load(struct rv_tx *tx, rv_str id, bool *ret_found,
                                     struct rv_team *ret);
RV_MUST_CHECK rv_status rv_team_has(struct rv_tx *tx, rv_str team_id, rv_str user_id, bool *ret);
RV_MUST_CHECK rv_status rv_teams_of(struct rv_tx *tx, rv_str user_id, rv_str **ret, size_t *ret_n); /* ids of a person's teams */
RV_MUST_CHECK rv_status rv_team_member_ids(struct rv_tx *tx, rv_str team_id, rv_str **ret, size_t *ret_n); /* active people */
/* Who gets the next request (4.6): by the team's assignment; stamps lastAssignedAt. Absent: nobody.
 */
RV_MUST_CHECK rv_status rv_team_next_assignee(struct rv_tx *tx, rv_str team_id,
                                              rv_str *ret_user_id);
void rv_team_write_ref(struct rv_jw *w, const struct rv_team *t); /* {"id","name","icon","colour"} */
RV_MUST_CHECK rv_status rv_team_require(struct rv_tx *tx, rv_str id, struct rv_team *ret); /* RV_NOT_FOUND also when deleted */
RV_MUST_CHECK rv_status rv_team_touch(struct rv_tx *tx, rv_str id); /* its version goes on: what belongs to it changed */
RV_MUST_CHECK rv_status rv_team_write_members(struct rv_tx *tx, rv_str team_id, struct rv_jw *w); /* team_member.c */
RV_MUST_CHECK rv_status rv_team_write_excluded(struct rv_tx *tx, rv_str team_id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_team_drop_members(struct rv_tx *tx, rv_str team_id);
RV_MUST_CHECK rv_status rv_team_set_excluded(struct rv_tx *tx, rv_str team_id, const json_t *ids); /* /assignment/excluded */
RV_MUST_CHECK rv_status rv_team_is_member(struct rv_tx *tx, rv_str user_id, bool *ret); /* of any team */
RV_MUST_CHECK rv_status rv_person_works(struct rv_tx *tx, rv_str user_id, bool *ret); /* there, and not staged, suspended or deactivated */
/* Writes {"id","name"} of each row as elements: the statement gives id and name, and takes key. */
RV_MUST_CHECK rv_status rv_named_write(struct rv_tx *tx, const struct rv_sql *q, rv_str key,
                                       struct rv_jw *w);

/* ---- what teams may use (team_access.c) ------------------------------------------------------ */

enum rv_access { RV_ACCESS_RESOURCE /* by type */, RV_ACCESS_LIST, RV_ACCESS_INTEGRATION, RV_ACCESS_N };
RV_MUST_CHECK rv_status rv_access_has(struct rv_tx *tx, enum rv_access kind, rv_str id,
                                      rv_str team_id, bool *ret);
RV_MUST_CHECK rv_status rv_access_set(struct rv_tx *tx, enum rv_access kind, rv_str id,
                                      rv_str team_id, bool on, bool *ret_changed);
RV_MUST_CHECK rv_status rv_access_write_teams(struct rv_tx *tx, enum rv_access kind, rv_str id, struct rv_jw *w); /* the array */
RV_MUST_CHECK rv_status rv_access_team_ids(struct rv_tx *tx, enum rv_access kind, rv_str id,
                                           rv_str **ret, size_t *ret_n);
RV_MUST_CHECK rv_status rv_access_drop_team(struct rv_tx *tx, rv_str team_id);

/* ---- lists (list.c) -------------------------------------------------------------------------- */

/* ret_shared: the team may use the list. */
RV_MUST_CHECK rv_status rv_list_load(struct rv_tx *tx, rv_str list_id, rv_str team_id,
                                     bool *ret_found, bool *ret_shared, rv_str *ret_name);
RV_MUST_CHECK rv_status rv_list_item_name(struct rv_tx *tx, rv_str list_id, rv_str item_id,
                                          bool *ret_active, rv_str *ret_name);
/* {"value": item id, "name", "description"} of each active item, in order, as array elements. */
RV_MUST_CHECK rv_status rv_list_choices(struct rv_tx *tx, rv_str list_id, struct rv_jw *w);
/* Shares or takes back, with version, event and check of the types; does nothing when it is so
 * already. */
RV_MUST_CHECK rv_status rv_list_share_tx(struct rv_tx *tx, rv_str list_id, rv_str team_id,
                                         bool shared);
RV_MUST_CHECK rv_status rv_list_write_access(struct rv_tx *tx, rv_str team_id, struct rv_jw *w); /* elements of TeamAccess */
struct rv_config_list {
    rv_str id, name, name_key, list_type, resource_type, created_by, updated_by;
    int64_t version, created_at, updated_at, items;
};
/* RV_NOT_FOUND, and the judge is asked: LIST_READ, LIST_ITEMS with the caller's membership of the
 * sharing teams. */
RV_MUST_CHECK rv_status rv_list_judge(struct rv_tx *tx, rv_str id, enum rv_action action,
                                      struct rv_config_list *ret);
/* Items of resource lists whose object is gone are archived; the types that use them are checked.
 */
RV_MUST_CHECK rv_status rv_list_items_drop_gone(struct rv_tx *tx, rv_str resource_type,
                                                int64_t *ret_n);
RV_MUST_CHECK rv_status rv_list_touch(struct rv_tx *tx, rv_str id);
RV_MUST_CHECK rv_status rv_list_event(struct rv_tx *tx, const char *type,
                                      const struct rv_config_list *l, const char *what);

/* ---- synchronised workflows, access, integrations (resource.c, sync.c, integration.c) -------- */

struct rv_synced_flow {
    rv_str id, name, description, folder_path, inputs; /* inputs: JSON of types.ts FlowInput[] */
    int64_t synced_at;
};
/* Of the last synchronisation: found means delegated, on, and visible to the Access Requests app
 * then. */
RV_MUST_CHECK rv_status rv_synced_flow_load(struct rv_tx *tx, rv_str flow_id, bool *ret_found,
                                            struct rv_synced_flow *ret);
RV_MUST_CHECK rv_status rv_resource_open_to(struct rv_tx *tx, const char *type, rv_str team_id,
                                            bool *ret);
/* The Okta integration: is the team in it, is the action switched on there. */
RV_MUST_CHECK rv_status rv_integration_allows(struct rv_tx *tx, rv_str team_id, const char *action,
                                              bool *ret_team, bool *ret_on);
/* As rv_list_share_tx. */
RV_MUST_CHECK rv_status rv_resource_open_tx(struct rv_tx *tx, rv_str type, rv_str team_id,
                                            bool open);
RV_MUST_CHECK rv_status rv_resource_write_access(struct rv_tx *tx, rv_str team_id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_integration_write_access(struct rv_tx *tx, rv_str team_id,
                                                    struct rv_jw *w);
RV_MUST_CHECK rv_status rv_integration_share_tx(struct rv_tx *tx, rv_str id, rv_str team_id,
                                                bool shared);
bool rv_resource_offered(struct rv_env *env, const char *type); /* workflows only with the feature (10) */
#define RV_FEATURE_WORKFLOWS "access_requests.workflow_actions"
extern const char *const rv_resource_names[]; /* of the types, NULL-terminated, in the order they are shown */
const char *rv_resource_label(const char *type);
struct rv_resource_state {
    rv_str status, error;
    int64_t finished_at, next_at;
};
RV_MUST_CHECK rv_status rv_resource_state_get(struct rv_tx *tx, const char *type, struct rv_resource_state *ret); /* sync.c */
RV_MUST_CHECK rv_status rv_synced_flow_count(struct rv_tx *tx, int64_t *ret);
RV_MUST_CHECK rv_status rv_synced_flow_page(struct rv_tx *tx, rv_str q, rv_str after, int n,
                                            struct rv_synced_flow **ret, size_t *ret_n);
/* What access of the Access Requests app is like: sees nothing because of itself, its roles, or the
 * flows (AR-34). */
enum rv_flow_sight { RV_SIGHT_NO_APP, RV_SIGHT_NO_ROLE, RV_SIGHT_ROLE };
RV_MUST_CHECK rv_status rv_flow_sight(struct rv_cx *cx, enum rv_flow_sight *ret);
rv_status rv_sync_run(struct rv_cx *cx, const struct rv_job *job); /* job "resource.sync"; key: the type */
RV_MUST_CHECK rv_status rv_teams_seed(struct rv_tx *tx);
RV_MUST_CHECK rv_status rv_integrations_seed(struct rv_tx *tx, bool *ret_first);

/* ---- request types (type*.c) ----------------------------------------------------------------- */

struct rv_type_version {
    rv_str type_id, name, description, icon, team_id, status; /* of the type now: "DRAFT", "ACTIVE", "DISABLED", "DELETED" */
    int64_t number; /* of this version */
    bool auto_resolve;
    json_t *steps; /* borrowed from cx: array of types.ts Step as published; ACTION steps carry flowName and flowInputs */
    json_t *audience; /* borrowed: {"type","id"} */
};
/* number 0: the published one (not found unless ACTIVE). */
RV_MUST_CHECK rv_status rv_type_version_load(struct rv_tx *tx, rv_str type_id, int64_t number,
                                             bool *ret_found, struct rv_type_version *ret);
RV_MUST_CHECK rv_status rv_type_audience_has(struct rv_tx *tx, const struct rv_type_version *v,
                                             rv_str user_id, bool *ret);
/* What a change may have broken: each ACTIVE type that uses the object is checked again in this
 * transaction; broken ones become DISABLED with their reasons, an event, and N14 to the team
 * (2.2, 3.3). */
enum rv_type_use { RV_USE_LIST, RV_USE_LIST_ITEM, RV_USE_FLOW, RV_USE_TEAM /* access, integration */, RV_USE_GROUP, RV_USE_PERSON, RV_USE_ALL };
RV_MUST_CHECK rv_status rv_types_recheck(struct rv_tx *tx, enum rv_type_use use, rv_str id);
rv_status rv_org_changed_run(struct rv_cx *cx, const struct rv_job *job); /* job "org.changed" (org_changed.c) */
/* Draft or published types that use the object, for "used by n request types". RV_USE_TEAM: owned
 * by the team, or with it as audience. */
struct rv_type_ref {
    rv_str id, name;
    bool active;
};
rv_str rv_type_names(struct rv_cx *cx, const struct rv_type_ref *types, size_t n, bool active_only); /* "A", "B" (text.c) */
RV_MUST_CHECK rv_status rv_types_using(struct rv_tx *tx, enum rv_type_use use, rv_str id,
                                       struct rv_type_ref **ret, size_t *ret_n);
/* Does the logic of a step hold, given the answers and states of the steps before it (2.9)? Three
 * values. */
enum rv_logic { RV_LOGIC_NO /* can never become true any more */, RV_LOGIC_NOT_YET, RV_LOGIC_YES };
struct rv_logic_step { /* what a condition may look at, of one earlier step */
    rv_str id, kind, state, decision; /* state as in 2.10 */
    const json_t *answer; /* as given, or NULL */
    rv_str answer_text;
};
/* tx: reads configuration lists for IN_LIST and NOT_IN_LIST; NULL only where no list can be asked
 * (tests). */
RV_MUST_CHECK rv_status rv_logic_eval(struct rv_cx *cx, struct rv_tx *tx, const json_t *logic,
                                      const struct rv_logic_step *steps, size_t n,
                                      enum rv_logic *ret);
/* How many of the steps are the submit form: the questions for the requester before any other step
 * (2.5). */
size_t rv_type_form_length(const json_t *steps);

/* ---- preconditions of Run a workflow (check_action.c; 3.2) ----------------------------------- */

enum { RV_CHECK_N = 9 };
struct rv_check_line {
    bool ok;
    rv_str sentence;
    rv_str link; /* page of the application that mends it, or absent */
};
/* lines[0] is line 1. Calls the API as the Access Requests app, so it must run outside of any
 * transaction. flow_id absent: none is chosen yet. steps: of the type, for line 8; NULL: line 8
 * holds. */
RV_MUST_CHECK rv_status rv_check_action(struct rv_cx *cx, rv_str team_id, rv_str flow_id,
                                        const json_t *steps,
                                        struct rv_check_line lines[RV_CHECK_N]);
/* Lines 1 to 7 again, before a run (3.4.3): the sentence of the first that is missing, or absent
 * when all hold. Outside of any transaction too. */
RV_MUST_CHECK rv_status rv_check_before_run(struct rv_cx *cx, rv_str team_id, rv_str flow_id,
                                            rv_str *ret_sentence);

/* ---- requests (request*.c, engine.c) --------------------------------------------------------- */

RV_MUST_CHECK rv_status rv_team_has_open_requests(struct rv_tx *tx, rv_str team_id, bool *ret);
/* Median time from creation to close of the type's last requests, ms; RV_NO_INT: none. */
RV_MUST_CHECK rv_status rv_type_typical_ms(struct rv_tx *tx, rv_str type_id, int64_t *ret);
/* Everything of the type's requests, tasks, messages and activities goes (sample organisation). */
RV_MUST_CHECK rv_status rv_requests_erase_of_type(struct rv_tx *tx, rv_str type_id);
RV_MUST_CHECK rv_status rv_type_last_used(struct rv_tx *tx, rv_str type_id, rv_str user_id, int64_t *ret_at); /* RV_NO_TIME: never */
/* TIMER steps run (2.8): a type with one may be published. */
enum { RV_REQUESTS_HAVE_TIMERS = 1 };

/* ---- notices (notice.c; 8) ------------------------------------------------------------------- */

/* One mail per recipient, in this transaction, at most once per key and recipient; never to the
 * actor. Preferences of the recipient are kept. title is the subject, lines the body's paragraphs,
 * href a path of the application. */
struct rv_notice {
    const char *kind; /* "N1" … */
    rv_str key; /* "request:<id>:assigned:<version>"; with the recipient unique */
    rv_str title;
    const rv_str *lines;
    size_t lines_n;
    rv_str button, href; /* absent: no button */
    rv_str request_id; /* threads the mails of a request; absent: none */
};
RV_MUST_CHECK rv_status rv_notice_send(struct rv_tx *tx, const struct rv_notice *n,
                                       const rv_str *user_ids, size_t users_n);
