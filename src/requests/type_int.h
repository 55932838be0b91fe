/* requests/type_int.h: what the files type*.c, catalogue.c and check_action.c give each other.
 *
 * A request type is a draft, stored as normalised JSON, and numbered versions that never change. A
 * draft may be incomplete but never malformed (type_draft.c); publishing asks for completeness
 * (type_check.c). */
#pragma once
#include "requests/requests_int.h"

enum { RV_TYPE_STEPS_MAX = 100, RV_TYPE_JSON_MAX = 100000, RV_TYPE_NAME_MAX = 50, RV_TYPE_ACTIVE_MAX = 750 };
#define RV_WORKFLOW_FEATURE "access_requests.workflow_actions"

struct rv_type_row {
    rv_str id, name, description, icon, team_id, audience, steps, status, published_digest, digest, disabled_reasons, created_by, updated_by;
    bool auto_resolve, sample;
    int64_t published; /* RV_NO_INT: never */
    int64_t version, created_at, updated_at;
};
RV_MUST_CHECK rv_status rv_type_row_get(struct rv_tx *tx, rv_str id, struct rv_type_row *ret); /* RV_NOT_FOUND, also for a deleted one */
/* What the judge needs: is the caller in the owning team, may he or she know of the type. */
RV_MUST_CHECK rv_status rv_type_object(struct rv_tx *tx, rv_str id, rv_str team_id,
                                       struct rv_object *ret);
RV_MUST_CHECK rv_status rv_type_parse(struct rv_cx *cx, rv_str text, json_t **ret); /* stored JSON */
RV_MUST_CHECK rv_status rv_type_event(struct rv_tx *tx, const char *event_type, rv_str id,
                                      rv_str name, rv_str reason);
rv_str rv_type_pattern(struct rv_cx *cx, rv_str q); /* part of a name, for LIKE … ESCAPE '\\'; absent without q */
/* The steps of one version; not found: *ret is NULL. */
RV_MUST_CHECK rv_status rv_type_version_steps(struct rv_tx *tx, rv_str type_id, int64_t number,
                                              json_t **ret);

/* Steps as the API shows them: with names, and what is known of workflows. published: steps of the
 * current version, or NULL. */
RV_MUST_CHECK rv_status rv_type_write_steps(struct rv_tx *tx, const json_t *steps,
                                            const json_t *published, struct rv_jw *w);

/* ---- drafts (type_draft.c) ------------------------------------------------------------------- */

/* Checks the shape, limits and references of steps as sent; every fault becomes a cause at its JSON
 * pointer. before: the draft so far, whose questions keep their field ids, or NULL. */
RV_MUST_CHECK rv_status rv_type_draft_steps(struct rv_cx *cx, const json_t *sent,
                                            const json_t *before, rv_str *ret_text);
RV_MUST_CHECK rv_status rv_type_draft_audience(struct rv_cx *cx, const json_t *sent,
                                               rv_str *ret_text);
/* Is there a step that somebody other than the requester has to act on (2.1)? */
bool rv_type_has_foreign_step(const json_t *steps);
const json_t *rv_type_step(const json_t *steps, rv_str id, size_t *ret_at); /* NULL: none */
bool rv_type_op_has_value(rv_str op);
/* May an answer of this question feed an input of this type (3.3)? */
bool rv_type_feeds(const json_t *question, rv_str input_type);
rv_str rv_type_pointer_part(struct rv_cx *cx, rv_str key);

/* ---- completeness (type_check.c) ------------------------------------------------------------- */

struct rv_type_scope {
    rv_str team_id;
    const json_t *audience;
    bool auto_resolve;
    const json_t *live; /* flow id → "ON", "OFF", "GONE", asked just now; NULL: nobody asked */
    bool published; /* the steps of a version: only what may break from outside is looked at, flows by their drift */
    rv_str lost_item_list, lost_item; /* of a list that has just lost an item: list id and name of the item, or absent */
};
struct rv_type_problem {
    const char *pointer; /* "/steps/4/inputs/endDate" */
    rv_str step_id; /* absent: of the type itself */
    rv_str sentence; /* names step and input */
    struct rv_type_problem *next;
};
RV_MUST_CHECK rv_status rv_type_check(struct rv_tx *tx, const struct rv_type_scope *scope,
                                      const json_t *steps, struct rv_type_problem **ret);
/* Hints that do not stop anything: an array of {"stepId","sentence"}. published: steps of the
 * current version, or NULL. */
RV_MUST_CHECK rv_status rv_type_write_warnings(struct rv_tx *tx, const json_t *steps,
                                               const json_t *published, struct rv_jw *w);
/* The inputs of a synchronised flow as an array; NULL when it is not synchronised. */
RV_MUST_CHECK rv_status rv_type_flow_inputs(struct rv_tx *tx, rv_str flow_id,
                                            struct rv_synced_flow *ret_flow, json_t **ret_inputs);

/* ---- what a type uses (type_use.c) ----------------------------------------------------------- */

/* Replaces the rows of one place, "DRAFT" or "PUBLISHED"; steps NULL: none. */
RV_MUST_CHECK rv_status rv_type_uses_put(struct rv_tx *tx, rv_str type_id, const char *place,
                                         const json_t *audience, const json_t *steps);
/* The list, among those that types use, that has or had the item; absent: none. A type that offers
 * a list uses each of its items: losing one is a reason to switch the type off (2.2, 5.2). */
RV_MUST_CHECK rv_status rv_type_list_of_item(struct rv_tx *tx, rv_str item_id, rv_str *ret_list,
                                             rv_str *ret_name, bool *ret_active);
