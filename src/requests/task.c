/* requests/task.c: what people do to one step: decide, answer, complete, run, reassign, escalate,
 * end a timer (access-requests.md 2.6, 2.7, 4.6, 4.9, 6.5).
 *
 * Each command loads the request of the task, asks the judge, looks whether the step's state allows
 * it (RV_CONFLICT when not: the second decision of two comes too late), changes the step, lets the
 * engine settle what follows and saves, in one transaction. */
#include "requests/request_int.h"

enum { NOTE_MAX = 2000, ASSIGNEES_MAX = 10 };
struct command {
    rv_str id;
    const json_t *value, *user_ids;
    rv_str note, group_id;
    bool new_run;
    struct rv_request q; /* as the command left it */
    struct rv_step *s;
};

static rv_status load(struct rv_tx *tx, struct command *c, enum rv_action action)
{
    RV_TRY(rv_task_load(tx, c->id, &c->q, &c->s));
    return rv_request_authz(tx, &c->q, c->s, action, 0);
}

static rv_status refuse_state(struct rv_cx *cx, const struct rv_step *s, const char *what)
{
    if (s->decision.p != NULL)
        return rv_fail(cx, RV_CONFLICT, "\"%.*s\" was already %s; it cannot be %s again",
                       RV_FMT(s->text),
                       rv_str_eq(s->decision, RV_STR("DENIED")) ? "denied" : "approved", what);
    return rv_fail(cx, RV_CONFLICT, "\"%.*s\" is %s and cannot be %s", RV_FMT(s->text),
                   rv_step_state_names[s->state], what);
}

/* A person did something: the request is no longer on hold, and can no longer be withdrawn. */
static void touched(struct rv_request *q)
{
    q->held = false;
    q->moved = true;
    q->acted = q->acted || (q->actor.n > 0 && !rv_request_excludes(q, q->actor));
}

static rv_status finish(struct rv_tx *tx, struct command *c)
{
    struct rv_request *q = &c->q;
    touched(q);
    RV_TRY(rv_request_event_update(tx, q));
    RV_TRY(rv_request_settle(tx, q));
    RV_TRY(rv_request_save(tx, q));
    return rv_request_meet(tx, q, c->s);
}

static rv_status check_note(struct rv_cx *cx, rv_str note, const char *pointer)
{
    if (rv_utf8_count(note) > NOTE_MAX)
        return rv_fail_field(cx, pointer, "INVALID_STRING_LENGTH_OVER_MAX",
                             "a reason has at most %d characters", NOTE_MAX);
    return RV_OK;
}

/* ---- decide, answer, complete ---------------------------------------------------------------- */

static rv_status decide(struct rv_tx *tx, struct rv_request *q, struct rv_step *s,
                        const struct command *c)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str v = rv_json_str(c->value), name = rv_request_actor_name(cx);
    bool yes = rv_str_eq(v, RV_STR("APPROVED"));
    if (!yes && !rv_str_eq(v, RV_STR("DENIED")))
        return rv_fail_field(cx, "/value", "INVALID_ENUM_VALUE",
                             "an approval is decided with APPROVED or DENIED");
    if (rv_request_excludes(q, q->actor))
        return rv_fail(cx, RV_FORBIDDEN, "nobody decides a request of their own");
    s->decision = yes ? RV_STR("APPROVED") : RV_STR("DENIED");
    RV_TRY(rv_request_note(tx, q, yes ? "APPROVED" : "DENIED", s, RV_NONE_STR,
                           c->note.n > 0 ? "%s \"%.*s\": %.*s" : "%s \"%.*s\"",
                           yes ? "Approved" : "Denied", RV_FMT(s->text), RV_FMT(c->note)));
    RV_TRY(rv_request_tell(tx, q, RV_TELL_UPDATED, s,
                           rv_printf(cx, "%.*s %s \"%.*s\".%s%.*s", RV_FMT(name),
                                     yes ? "approved" : "denied", RV_FMT(s->text),
                                     c->note.n > 0 ? " Reason: " : "", RV_FMT(c->note))));
    return rv_request_event(tx, q, s, yes ? "reeve.task.approve" : "reeve.task.deny", true,
                            RV_NONE_STR);
}

static rv_status answer(struct rv_tx *tx, struct rv_request *q, struct rv_step *s,
                        const struct command *c)
{
    RV_TRY(rv_request_define(tx, q));
    RV_TRY(rv_step_take_answer(tx, q, s, c->value, "/value"));
    RV_TRY(
        rv_request_note(tx, q, "ANSWERED", s, RV_NONE_STR, "Answered \"%.*s\"", RV_FMT(s->text)));
    return rv_request_event(tx, q, s, "reeve.task.complete", true, RV_NONE_STR);
}

static rv_status complete(struct rv_tx *tx, struct rv_request *q, struct rv_step *s,
                          const struct command *c)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str name = rv_request_actor_name(cx);
    if (c->value != NULL && !json_is_null(c->value))
        return rv_fail_field(cx, "/value", "UNKNOWN", "a task is completed without a value");
    RV_TRY(rv_request_note(tx, q, "COMPLETED", s, RV_NONE_STR,
                           c->note.n > 0 ? "Completed \"%.*s\": %.*s" : "Completed \"%.*s\"",
                           RV_FMT(s->text), RV_FMT(c->note)));
    RV_TRY(
        rv_request_tell(tx, q, RV_TELL_UPDATED, s,
                        rv_printf(cx, "%.*s completed \"%.*s\".", RV_FMT(name), RV_FMT(s->text))));
    return rv_request_event(tx, q, s, "reeve.task.complete", true, RV_NONE_STR);
}

static rv_status (*const resolvers[RV_STEP_KINDS])(struct rv_tx *tx, struct rv_request *q, struct rv_step *s, const struct command *c) = {
    [RV_STEP_QUESTION] = answer, [RV_STEP_APPROVAL] = decide, [RV_STEP_CUSTOM_TASK] = complete,
};

static rv_status resolve_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    RV_TRY(load(tx, c, RV_A_TASK_RESOLVE));
    struct rv_step *s = c->s;
    if (resolvers[s->kind] == NULL)
        return rv_fail(cx, RV_CONFLICT, "\"%.*s\" is no question, approval or task: %s",
                       RV_FMT(s->text),
                       s->kind == RV_STEP_ACTION ? "run it, or mark it as complete"
                                                 : "it ends by itself");
    if (s->state != RV_STEP_OPEN)
        return refuse_state(cx, s, "resolved");
    RV_TRY(check_note(cx, c->note, "/note"));
    RV_TRY(resolvers[s->kind](tx, &c->q, s, c));
    s->note = c->note.n > 0 ? c->note : RV_NONE_STR;
    rv_step_finish(tx, s, c->q.actor);
    return finish(tx, c);
}

rv_status rv_task_resolve(struct rv_cx *cx, rv_str id, const json_t *value, rv_str note,
                          struct rv_jw *w)
{
    struct command c = { .id = id, .value = value, .note = rv_str_trim(note) };
    RV_TRY(rv_store_write(cx, resolve_tx, &c));
    return rv_task_show(cx, &c.q, c.s, w);
}

/* ---- actions --------------------------------------------------------------------------------- */

static rv_status load_action(struct rv_tx *tx, struct command *c, const char *what)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    RV_TRY(load(tx, c, RV_A_TASK_RUN));
    if (c->s->kind != RV_STEP_ACTION)
        return rv_fail(cx, RV_CONFLICT, "\"%.*s\" is no action and cannot be %s",
                       RV_FMT(c->s->text), what);
    if (c->s->state != RV_STEP_OPEN && c->s->state != RV_STEP_FAILED)
        return refuse_state(cx, c->s, what);
    return RV_OK;
}

static rv_status run_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    RV_TRY(load_action(tx, c, "run"));
    struct rv_step *s = c->s;
    bool again = s->state == RV_STEP_FAILED && (s->marks & RV_MARK_UNCERTAIN) && !c->new_run;
    RV_TRY(rv_request_note(tx, &c->q, "ACTION_STARTED", s, RV_NONE_STR,
                           s->state == RV_STEP_FAILED ? "Ran \"%.*s\" again" : "Ran \"%.*s\"",
                           RV_FMT(s->text)));
    RV_TRY(rv_action_start(tx, &c->q, s, again));
    return finish(tx, c);
}

rv_status rv_task_run(struct rv_cx *cx, rv_str id, bool new_run, struct rv_jw *w)
{
    struct command c = { .id = id, .new_run = new_run };
    RV_TRY(rv_store_write(cx, run_tx, &c));
    return rv_task_show(cx, &c.q, c.s, w);
}

static rv_status complete_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    RV_TRY(load_action(tx, c, "marked as complete"));
    struct rv_step *s = c->s;
    s->call_body = RV_NONE_STR;
    s->inputs = s->run_id.p != NULL ? s->inputs : RV_NONE_STR; /* nothing was sent */
    RV_TRY(rv_request_note(tx, &c->q, "COMPLETED", s, RV_NONE_STR,
                           "Marked \"%.*s\" as complete without running it", RV_FMT(s->text)));
    RV_TRY(rv_request_event(tx, &c->q, s, "reeve.task.complete", true, RV_NONE_STR));
    rv_step_finish(tx, s, c->q.actor);
    return finish(tx, c);
}

rv_status rv_task_complete(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct command c = { .id = id };
    RV_TRY(rv_store_write(cx, complete_tx, &c));
    return rv_task_show(cx, &c.q, c.s, w);
}

/* ---- other people ---------------------------------------------------------------------------- */

static rv_status add_one(struct rv_tx *tx, struct rv_request *q, const struct rv_step *s, rv_str id,
                         const char *pointer, rv_str *ids, size_t *n)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const struct rv_face *who;
    for (size_t i = 0; i < *n; i++)
        if (rv_str_eq(ids[i], id))
            return rv_fail_field(cx, pointer, "DUPLICATE", "the same person is named twice");
    RV_TRY(rv_face_get(tx, &q->faces, id, &who));
    if (!who->found || !rv_str_eq(who->p.status, RV_STR("ACTIVE")))
        return rv_fail_field(cx, pointer, "IDENTIFIER_NOT_FOUND",
                             "there is no active person with this id");
    if (s->kind == RV_STEP_APPROVAL && rv_request_excludes(q, id))
        return rv_fail_field(cx, pointer, "SELF_APPROVAL",
                             "%.*s asked for this and cannot decide it; choose somebody else",
                             RV_FMT(who->p.name));
    ids[(*n)++] = id;
    return RV_OK;
}

static rv_status chosen_users(struct rv_tx *tx, struct rv_request *q, const struct rv_step *s,
                              const json_t *list, rv_str **ret, size_t *ret_n)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    size_t i, n = 0;
    json_t *id;
    rv_str *ids = RV_NEW_N(cx, rv_str, ASSIGNEES_MAX);
    if (ids == NULL)
        return RV_BUSY;
    if (json_array_size(list) == 0 || json_array_size(list) > ASSIGNEES_MAX)
        return rv_fail_field(cx, "/userIds", "INVALID_ARRAY_LENGTH_OVER_MAX", "name 1 to %d people",
                             ASSIGNEES_MAX);
    json_array_foreach(list, i, id)
    {
        const char *pointer = rv_z(cx, rv_printf(cx, "/userIds/%zu", i));
        if (rv_json_str(id).n == 0)
            return rv_fail_field(cx, pointer, "WRONG_TYPE", "the id of a person is a text");
        RV_TRY(add_one(tx, q, s, rv_json_str(id), pointer, ids, &n));
    }
    *ret = ids;
    *ret_n = n;
    return RV_OK;
}

static rv_status chosen_group(struct rv_tx *tx, struct rv_request *q, struct rv_step *s,
                              rv_str group_id, rv_str **ret, size_t *ret_n)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str name, *members, *ids;
    size_t n = 0, members_n;
    bool found;
    json_t *group;
    RV_TRY(rv_group_name(tx, group_id, &found, &name));
    if (!found)
        return rv_fail_field(cx, "/groupId", "IDENTIFIER_NOT_FOUND",
                             "there is no group with this id");
    RV_TRY(rv_group_members(tx, group_id, &members, &members_n));
    ids = RV_NEW_N(cx, rv_str, members_n + 1);
    if (ids == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < members_n; i++)
        if (s->kind != RV_STEP_APPROVAL || !rv_request_excludes(q, members[i]))
            ids[n++] = members[i];
    if (n == 0)
        return rv_fail_field(cx, "/groupId", "IDENTIFIER_NOT_FOUND",
                             "the group has no active member who may act on this task");
    group = json_pack("{s:s%, s:s%}", "id", group_id.p, group_id.n, "name", name.p, name.n);
    RV_TRY(rv_json_keep(cx, group));
    RV_TRY(rv_json_dump(cx, group, &s->assign_group));
    *ret = ids;
    *ret_n = n;
    return RV_OK;
}

static rv_status tell_the_others(struct rv_tx *tx, struct rv_request *q, struct rv_step *s,
                                 const rv_str *old, size_t old_n)
{
    rv_str *gone = RV_NEW_N(rv_tx_cx(tx), rv_str, old_n + 1),
           *fresh = RV_NEW_N(rv_tx_cx(tx), rv_str, s->assignees_n + 1);
    size_t gone_n = 0, fresh_n = 0;
    if (gone == NULL || fresh == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < old_n; i++)
        if (!rv_step_assigned(s, old[i]))
            gone[gone_n++] = old[i];
    for (size_t i = 0; i < s->assignees_n; i++)
        fresh[fresh_n++] = s->assignees[i];
    RV_TRY(rv_request_tell_users(tx, q, RV_TELL_TAKEN, s, RV_NONE_STR, gone, gone_n));
    return rv_request_tell(tx, q, s->kind == RV_STEP_QUESTION ? RV_TELL_QUESTION : RV_TELL_TASK, s,
                           RV_NONE_STR);
}

static rv_status names_of(struct rv_tx *tx, struct rv_request *q, const struct rv_step *s,
                          rv_str *ret)
{
    rv_str name;
    *ret = RV_STR("");
    for (size_t i = 0; i < s->assignees_n && i < 4; i++) {
        RV_TRY(rv_face_name(tx, &q->faces, s->assignees[i], &name));
        *ret = rv_printf(rv_tx_cx(tx), "%.*s%s%.*s", RV_FMT(*ret), i > 0 ? ", " : "", RV_FMT(name));
    }
    return RV_OK;
}

static rv_status reassign_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str *ids = NULL, names;
    size_t n;
    RV_TRY(load(tx, c, RV_A_TASK_REASSIGN));
    struct rv_request *q = &c->q;
    struct rv_step *s = c->s;
    if (s->kind == RV_STEP_TIMER || (s->state != RV_STEP_OPEN && s->state != RV_STEP_FAILED))
        return refuse_state(cx, s, "reassigned");
    if (s->kind == RV_STEP_APPROVAL && rv_request_excludes(q, q->actor))
        return rv_fail(
            cx, RV_FORBIDDEN,
            "nobody chooses who decides a request of their own; ask another member of the team");
    if ((c->user_ids != NULL) == (c->group_id.p != NULL))
        return rv_fail_field(cx, "/userIds", "REQUIRED_PROPERTY_MISSING",
                             "name people (userIds) or a group (groupId)");
    rv_str *old = s->assignees;
    size_t old_n = s->assignees_n;
    s->assign_group = RV_NONE_STR;
    if (c->user_ids != NULL)
        RV_TRY(chosen_users(tx, q, s, c->user_ids, &ids, &n));
    else
        RV_TRY(chosen_group(tx, q, s, c->group_id, &ids, &n));
    s->assignees = ids;
    s->assignees_n = n;
    s->dirty = true;
    s->marks = (s->marks | RV_MARK_REASSIGNED) & ~(unsigned)RV_MARK_ESCALATED;
    RV_TRY(names_of(tx, q, s, &names));
    RV_TRY(rv_request_note(tx, q, "TASK_REASSIGNED", s, RV_NONE_STR, "Gave \"%.*s\" to %.*s",
                           RV_FMT(s->text), RV_FMT(names)));
    RV_TRY(tell_the_others(tx, q, s, old, old_n));
    RV_TRY(rv_request_event(tx, q, s, "reeve.task.reassign", true, RV_NONE_STR));
    return finish(tx, c);
}

rv_status rv_task_reassign(struct rv_cx *cx, rv_str id, const json_t *user_ids, rv_str group_id,
                           struct rv_jw *w)
{
    struct command c = { .id = id, .user_ids = user_ids, .group_id = group_id };
    RV_TRY(rv_store_write(cx, reassign_tx, &c));
    return rv_task_show(cx, &c.q, c.s, w);
}

static rv_status escalate_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_request *q = &c->q;
    struct rv_person manager;
    rv_str name;
    bool found;
    RV_TRY(rv_task_load(tx, c->id, q, &c->s));
    struct rv_step *s = c->s;
    bool asker =
        rv_request_excludes(q, rv_user_id(cx)) && rv_setting_bool(cx->env, "requestersMayEscalate");
    RV_TRY(rv_request_authz(tx, q, s, RV_A_TASK_ESCALATE, asker ? RV_REL_SETTING : 0));
    if (s->kind == RV_STEP_TIMER || (s->state != RV_STEP_OPEN && s->state != RV_STEP_FAILED))
        return refuse_state(cx, s, "escalated");
    RV_TRY(check_note(cx, c->note, "/reason"));
    if (c->note.n == 0)
        return rv_fail_field(cx, "/reason", "REQUIRED_PROPERTY_MISSING",
                             "say why the task is escalated");
    if (s->marks & RV_MARK_ESCALATED)
        return rv_fail(cx, RV_CONFLICT, "\"%.*s\" was already escalated; a task is escalated once",
                       RV_FMT(s->text));
    if (s->assignees_n != 1 || s->assign_group.p != NULL)
        return rv_fail(cx, RV_CONFLICT,
                       "\"%.*s\" has not exactly one assignee; only such a task can be escalated",
                       RV_FMT(s->text));
    RV_TRY(rv_person_manager(tx, s->assignees[0], &found, &manager));
    RV_TRY(rv_face_name(tx, &q->faces, s->assignees[0], &name));
    if (!found || rv_str_eq(manager.id, s->assignees[0]) ||
        (s->kind == RV_STEP_APPROVAL && rv_request_excludes(q, manager.id)))
        return rv_fail(cx, RV_CONFLICT,
                       "%.*s has no manager who could act on \"%.*s\"; reassign it instead",
                       RV_FMT(name), RV_FMT(s->text));
    rv_str *both = RV_NEW_N(cx, rv_str, 2);
    if (both == NULL)
        return RV_BUSY;
    both[0] = s->assignees[0];
    both[1] = manager.id;
    s->assignees = both;
    s->assignees_n = 2;
    s->marks |= RV_MARK_ESCALATED;
    s->dirty = true;
    RV_TRY(rv_request_note(tx, q, "TASK_ESCALATED", s, RV_NONE_STR,
                           "Escalated \"%.*s\" to %.*s: %.*s", RV_FMT(s->text),
                           RV_FMT(manager.name), RV_FMT(c->note)));
    RV_TRY(rv_request_tell_users(tx, q, RV_TELL_ESCALATED, s, c->note, &both[1], 1));
    RV_TRY(rv_request_event(tx, q, s, "reeve.task.escalate", true, c->note));
    return finish(tx, c);
}

rv_status rv_task_escalate(struct rv_cx *cx, rv_str id, rv_str reason, struct rv_jw *w)
{
    struct command c = { .id = id, .note = rv_str_trim(reason) };
    RV_TRY(rv_store_write(cx, escalate_tx, &c));
    return rv_task_show(cx, &c.q, c.s, w);
}

/* ---- timers ---------------------------------------------------------------------------------- */

static rv_status end_timer_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    RV_TRY(load(tx, c, RV_A_TIMER_END));
    struct rv_step *s = c->s;
    if (s->kind != RV_STEP_TIMER || s->state != RV_STEP_RUNNING)
        return refuse_state(cx, s, "ended");
    RV_TRY(rv_job_cancel(tx, RV_STR("request.timer"), c->id));
    RV_TRY(rv_request_note(tx, &c->q, "TIMER_ENDED", s, RV_NONE_STR,
                           "Ended the timer \"%.*s\" by hand", RV_FMT(s->text)));
    RV_TRY(rv_request_event(tx, &c->q, s, "reeve.task.complete", true, RV_NONE_STR));
    rv_step_finish(tx, s, c->q.actor);
    return finish(tx, c);
}

rv_status rv_task_end_timer(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct command c = { .id = id };
    RV_TRY(rv_store_write(cx, end_timer_tx, &c));
    return rv_task_show(cx, &c.q, c.s, w);
}
