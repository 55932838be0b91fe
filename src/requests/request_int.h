/* requests/request_int.h: a request in memory, for the files that change and show one.
 *
 * A change loads the request with its steps, moves steps with rv_step_move, lets the engine settle
 * what follows, and saves once: rows, the people's rows, activity, notices, jobs, all in the
 * caller's transaction. Nothing here asks the judge. */
#pragma once
#include "requests/requests_int.h"

/* ---- steps and their states (2.10) ----------------------------------------------------------- */

enum rv_step_kind { RV_STEP_QUESTION, RV_STEP_APPROVAL, RV_STEP_CUSTOM_TASK, RV_STEP_ACTION, RV_STEP_TIMER, RV_STEP_KINDS };
enum rv_step_state {
    RV_STEP_HIDDEN, RV_STEP_ASSIGNING, RV_STEP_OPEN, RV_STEP_RUNNING, RV_STEP_FAILED, RV_STEP_COMPLETED, RV_STEP_SKIPPED, RV_STEP_LOCKED,
    RV_STEP_STATES
};
/* What happens to a step; which states it may happen in and where it leads stands in one table
 * (engine.c). */
enum rv_step_event { RV_STEP_SHOW, RV_STEP_ASK, RV_STEP_START, RV_STEP_FINISH, RV_STEP_FAIL, RV_STEP_SKIP, RV_STEP_LOCK, RV_STEP_UNLOCK, RV_STEP_HIDE, RV_STEP_EVENTS };
extern const char *const rv_step_kind_names[], *const rv_step_state_names[];

enum { RV_MARK_REASSIGNED = 1, RV_MARK_ESCALATED = 2, RV_MARK_UNCERTAIN = 4 };
struct rv_step {
    int position;
    rv_str id, text, input_type;
    enum rv_step_kind kind;
    enum rv_step_state state;
    bool required, automatic, dirty;
    const json_t *def; /* of the version; only after rv_request_define */
    rv_str *assignees;
    size_t assignees_n;
    rv_str assign_group; /* JSON {"id","name"} or absent */
    int64_t opened_at, due_at, ended_at, timer_ends_at;
    rv_str ended_by, decision, note, answer, answer_text; /* answer: JSON text */
    const json_t *answer_json; /* parsed when asked for: rv_step_answer */
    unsigned marks;
    int64_t attempt, tries;
    rv_str flow_id, flow_name, inputs, call_body, run_id, run_status, error;
};

struct rv_face { /* a person already read in this transaction */
    struct rv_person p;
    bool found;
    struct rv_face *next;
};
struct rv_faces {
    struct rv_face *first;
};
RV_MUST_CHECK rv_status rv_face_get(struct rv_tx *tx, struct rv_faces *f, rv_str id, const struct rv_face **ret); /* also of nobody */
RV_MUST_CHECK rv_status rv_face_name(struct rv_tx *tx, struct rv_faces *f, rv_str id, rv_str *ret); /* the id itself when the person is gone */
RV_MUST_CHECK rv_status rv_face_write(struct rv_tx *tx, struct rv_faces *f, struct rv_jw *w, rv_str id); /* PersonRef, or null */

struct rv_line { /* one entry of the activity log to come */
    const char *type;
    rv_str actor, step_id, text, detail;
    struct rv_line *next;
};
struct rv_told; /* a notice to come (notice_request.c) */
struct rv_bond { /* row of request_person */
    rv_str user_id;
    unsigned roles;
    uint64_t tasks[2]; /* bit per place of an open task */
    bool kept;
};

struct rv_request {
    int64_t number, version; /* version: as it is stored; 0 before the first save */
    rv_str id, type_id, type_name, type_icon, team_id, subject, status, channel;
    int64_t type_version;
    bool held, is_private, auto_resolve, auto_resolved, all_done, acted;
    rv_str requester_id, creator_id, assignee_id, tags;
    rv_str *followers;
    size_t followers_n;
    int64_t due_at, activity_n, created_at, updated_at, active_at, resolved_at;
    struct rv_step *steps;
    size_t steps_n;
    bool defined; /* steps have their definitions */
    struct rv_team team; /* after rv_request_team */
    bool team_known;
    bool sample, sample_known; /* it or its type belongs to the sample organisation; after rv_request_sample */
    unsigned relations; /* of the caller, once rv_request_relations was asked */
    bool relations_known;
    bool member, member_known; /* of the caller, in the team of now */
    struct rv_faces faces;
    rv_str actor; /* the person whose doing this change is; absent: the system */
    bool moved; /* an answer, decision or message: the clock of expiry starts again */
    struct rv_line *lines, **lines_tail;
    struct rv_told *told, **told_tail;
    struct rv_bond *bonds; /* as stored */
    size_t bonds_n;
};

/* ---- loading and saving (request_store.c) ---------------------------------------------------- */

/* By id or number; RV_NOT_FOUND in the wire's words. Sets actor from the tx's cx. */
RV_MUST_CHECK rv_status rv_request_load(struct rv_tx *tx, rv_str id_or_number,
                                        struct rv_request *ret);
/* The request of a task and its step. RV_NOT_FOUND also for a step that never was a task. */
RV_MUST_CHECK rv_status rv_task_load(struct rv_tx *tx, rv_str task_id, struct rv_request *ret,
                                     struct rv_step **ret_step);
RV_MUST_CHECK rv_status rv_request_define(struct rv_tx *tx, struct rv_request *q); /* the definitions of its type version */
RV_MUST_CHECK rv_status rv_request_number_next(struct rv_tx *tx, int64_t *ret);
/* Writes everything that changed and what was noted on the way. RV_CONFLICT when somebody else
 * changed the request. */
RV_MUST_CHECK rv_status rv_request_save(struct rv_tx *tx, struct rv_request *q);
RV_MUST_CHECK rv_status rv_message_insert(struct rv_tx *tx, const struct rv_request *q, int64_t seq,
                                          rv_str id, bool via_api, rv_str text);
/* How the run of a step ended: noted beside the request, whose version and state stay as they are
 * (3.4). */
RV_MUST_CHECK rv_status rv_step_run_ended(struct rv_tx *tx, rv_str request_id, rv_str step_id,
                                          rv_str run_id, rv_str status, bool *ret_found,
                                          int64_t *ret_number, rv_str *ret_flow_name);
RV_MUST_CHECK rv_status rv_activity_append(struct rv_tx *tx, int64_t number,
                                           const struct rv_line *l);
RV_MUST_CHECK rv_status rv_request_open_of(struct rv_tx *tx, rv_str requester_id, rv_str **ret_ids,
                                           size_t *ret_n);
rv_str rv_task_id(struct rv_cx *cx, const struct rv_request *q, const struct rv_step *s);
RV_MUST_CHECK rv_status rv_ids_json(struct rv_cx *cx, const rv_str *ids, size_t n, rv_str *ret); /* ["…"] */
RV_MUST_CHECK rv_status rv_ids_parse(struct rv_cx *cx, rv_str text, rv_str **ret, size_t *ret_n);

/* ---- in memory (request_model.c) ------------------------------------------------------------- */

struct rv_step *rv_step_find(const struct rv_request *q, rv_str id);
bool rv_step_assigned(const struct rv_step *s, rv_str user_id);
rv_str rv_request_actor_name(const struct rv_cx *cx); /* of who acts now; "The system" */
bool rv_request_is_live(const struct rv_request *q); /* OPEN or PENDING */
bool rv_request_excludes(const struct rv_request *q, rv_str user_id); /* may not decide (6.5, security.md 2.8) */
bool rv_request_followed_by(const struct rv_request *q, rv_str user_id);
RV_MUST_CHECK rv_status rv_step_answer(struct rv_cx *cx, struct rv_step *s, const json_t **ret); /* NULL: none */
RV_MUST_CHECK rv_status rv_request_team(struct rv_tx *tx, struct rv_request *q);
/* Who the caller is to the request: bits of RV_REL_*. */
RV_MUST_CHECK rv_status rv_request_relations(struct rv_tx *tx, struct rv_request *q, unsigned *ret);
/* Before a change ends: reads whom its answer names (step: of a task's answer) and the caller's
 * membership, whose pages are at hand here. An answer that finds everybody in memory needs no
 * snapshot of its own, which would cost more than all of it. */
RV_MUST_CHECK rv_status rv_request_meet(struct rv_tx *tx, struct rv_request *q,
                                        const struct rv_step *step);
/* Asks the judge for an action on the request; visible ones refuse with RV_FORBIDDEN. step:
 * TASK_ASSIGNEE counts for it alone. */
RV_MUST_CHECK rv_status rv_request_authz(struct rv_tx *tx, struct rv_request *q,
                                         const struct rv_step *step, enum rv_action action,
                                         unsigned more);
/* Notes a line of the activity log; actor: the change's. detail: JSON object or absent. */
RV_MUST_CHECK rv_status rv_request_note(struct rv_tx *tx, struct rv_request *q, const char *type,
                                        const struct rv_step *s, rv_str detail, const char *format,
                                        ...) RV_PRINTF(6, 7);
RV_MUST_CHECK rv_status rv_request_note_system(struct rv_tx *tx, struct rv_request *q,
                                               const char *type, const struct rv_step *s,
                                               rv_str detail, const char *format, ...)
    RV_PRINTF(6, 7);
RV_MUST_CHECK rv_status rv_request_event(struct rv_tx *tx, struct rv_request *q,
                                         const struct rv_step *s, const char *type, bool success,
                                         rv_str reason);
/* access.request.update with the types of the lines noted so far: once per change that people make
 * to a request or a task of it. */
RV_MUST_CHECK rv_status rv_request_event_update(struct rv_tx *tx, struct rv_request *q);

/* ---- engine (engine.c, assign.c) ------------------------------------------------------------- */

void rv_step_move(struct rv_step *s, enum rv_step_event e); /* RV_BUG where the table has no way: callers look first */
bool rv_step_can_move(const struct rv_step *s, enum rv_step_event e);
/* After every change, once, before saving: opens, skips, starts, decides the state of the request
 * (2.10). */
RV_MUST_CHECK rv_status rv_request_settle(struct rv_tx *tx, struct rv_request *q);
RV_MUST_CHECK rv_status rv_request_close(struct rv_tx *tx, struct rv_request *q, const char *status); /* locks and skips what is left */
RV_MUST_CHECK rv_status rv_request_reopen(struct rv_tx *tx, struct rv_request *q);
void rv_step_finish(struct rv_tx *tx, struct rv_step *s, rv_str by); /* COMPLETED now; by absent: by itself */
/* Who must act on a step that opens (2.6, 6.5, 11); nobody found: assignees_n 0 and the cause as a
 * sentence. */
RV_MUST_CHECK rv_status rv_step_assign(struct rv_tx *tx, struct rv_request *q, struct rv_step *s,
                                       rv_str *ret_cause);
RV_MUST_CHECK rv_status rv_step_give_to(struct rv_tx *tx, struct rv_step *s, rv_str user_id); /* absent: to nobody */
/* security.md 2.8: would this person choose who decides a request of their own by choosing its team
 * or assignee? */
RV_MUST_CHECK rv_status rv_request_steers(struct rv_tx *tx, struct rv_request *q, rv_str user_id,
                                          bool *ret);
RV_MUST_CHECK rv_status rv_request_set_assignee(struct rv_tx *tx, struct rv_request *q, rv_str user_id); /* with the tasks that follow it */

/* ---- answers (answer.c) ---------------------------------------------------------------------- */

/* Checks one answer against its question and stores it in the step (not yet completed). NULL and ""
 * are no answer. RV_INVALID with a cause at pointer. */
RV_MUST_CHECK rv_status rv_step_take_answer(struct rv_tx *tx, struct rv_request *q,
                                            struct rv_step *s, const json_t *answer,
                                            const char *pointer);

/* ---- actions (action.c, action_values.c), timers (timer.c) ----------------------------------- */

/* RUNNING with resolved values and a job; FAILED at once when a value does not fit (3.3). again:
 * attempt and values as before. */
RV_MUST_CHECK rv_status rv_action_start(struct rv_tx *tx, struct rv_request *q, struct rv_step *s,
                                        bool again);
RV_MUST_CHECK rv_status rv_action_failed(struct rv_tx *tx, struct rv_request *q, struct rv_step *s,
                                         rv_str sentence, bool uncertain);
/* What the flow gets: {"inputs":…,"caller":…} and the inputs alone. ret_problem: the sentence when
 * a value does not fit. */
RV_MUST_CHECK rv_status rv_action_values(struct rv_tx *tx, struct rv_request *q, struct rv_step *s,
                                         rv_str *ret_body, rv_str *ret_inputs, rv_str *ret_problem);
/* Midnight of a date in the requester's zone: profile, organisation, UTC (2.8). */
RV_MUST_CHECK rv_status rv_request_day_start(struct rv_tx *tx, struct rv_request *q, rv_str date,
                                             int64_t *ret_ms);
RV_MUST_CHECK rv_status rv_timer_start(struct rv_tx *tx, struct rv_request *q, struct rv_step *s);
rv_status rv_action_job(struct rv_cx *cx, const struct rv_job *job); /* "request.action" */
rv_status rv_timer_job(struct rv_cx *cx, const struct rv_job *job); /* "request.timer" */
rv_status rv_run_ended_job(struct rv_cx *cx, const struct rv_job *job); /* "request.runEnded" */
bool rv_run_ended_at_once(struct rv_env *env, const struct rv_job *job);

/* ---- notices of a request (notice_request.c) ------------------------------------------------- */

enum rv_tell {
    RV_TELL_ASSIGNED, RV_TELL_UNASSIGNED, RV_TELL_CHOOSE, RV_TELL_TASK, RV_TELL_QUESTION, RV_TELL_ESCALATED, RV_TELL_TAKEN, RV_TELL_FAILED,
    RV_TELL_CANCELED, RV_TELL_DONE, RV_TELL_MESSAGE, RV_TELL_UPDATED, RV_TELL_N
};
/* Notes a notice; who gets it stands in the table. text: the sentence that is particular to this
 * one, or absent. */
RV_MUST_CHECK rv_status rv_request_tell(struct rv_tx *tx, struct rv_request *q, enum rv_tell what,
                                        const struct rv_step *s, rv_str text);
RV_MUST_CHECK rv_status rv_request_tell_users(struct rv_tx *tx, struct rv_request *q,
                                              enum rv_tell what, const struct rv_step *s,
                                              rv_str text, const rv_str *users, size_t n);
RV_MUST_CHECK rv_status rv_request_send_told(struct rv_tx *tx, struct rv_request *q); /* of rv_request_save */
rv_str rv_decision_token(struct rv_cx *cx, rv_str task_id);
/* rv_notice_send with the people that are known already. */
RV_MUST_CHECK rv_status rv_notice_send_to(struct rv_tx *tx, const struct rv_notice *n,
                                          struct rv_faces *faces, const rv_str *user_ids,
                                          size_t users_n);

/* ---- showing (request_view.c) ---------------------------------------------------------------- */

RV_MUST_CHECK rv_status rv_request_write(struct rv_tx *tx, struct rv_request *q, struct rv_jw *w); /* types.ts Request for the caller */
RV_MUST_CHECK rv_status rv_task_write(struct rv_tx *tx, struct rv_request *q, struct rv_step *s, struct rv_jw *w); /* types.ts Task */
/* After a write: the object as the write left it, without asking again or reading it again. */
RV_MUST_CHECK rv_status rv_request_sample(struct rv_tx *tx, struct rv_request *q);
RV_MUST_CHECK rv_status rv_request_show(struct rv_cx *cx, struct rv_request *q, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_task_show(struct rv_cx *cx, struct rv_request *q, struct rv_step *s,
                                     struct rv_jw *w);
