/* requests/engine.c: what a request does by itself (access-requests.md 2.10, 4.4).
 *
 * One function runs after every change, in the change's own transaction: it evaluates the logic of
 * hidden steps from the top, opens what may open, skips what cannot happen any more, starts actions
 * and timers, and decides the state of the request. Steps change state through one table alone. The
 * store has one writer at a time, so there is nothing to lock. */
#include "requests/request_int.h"

const char *const rv_step_kind_names[] = { "QUESTION", "APPROVAL", "CUSTOM_TASK", "ACTION", "TIMER" };
const char *const rv_step_state_names[] = { "HIDDEN", "ASSIGNING", "OPEN", "RUNNING", "FAILED", "COMPLETED", "SKIPPED", "LOCKED" };
static const char *const event_names[] = { "show", "ask", "start", "finish", "fail", "skip", "lock", "unlock", "hide" };

/* ---- states of a step ------------------------------------------------------------------------ */

#define TO(state) (RV_STEP_##state + 1) /* 0: no way */
static const uint8_t ways[RV_STEP_STATES][RV_STEP_EVENTS] = {
    [RV_STEP_HIDDEN] = { [RV_STEP_SHOW] = TO(ASSIGNING), [RV_STEP_FINISH] = TO(COMPLETED), [RV_STEP_SKIP] = TO(SKIPPED) },
    [RV_STEP_ASSIGNING] = { [RV_STEP_ASK] = TO(OPEN), [RV_STEP_START] = TO(RUNNING), [RV_STEP_FAIL] = TO(FAILED), [RV_STEP_SKIP] = TO(SKIPPED) },
    [RV_STEP_OPEN] = { [RV_STEP_FINISH] = TO(COMPLETED), [RV_STEP_START] = TO(RUNNING), [RV_STEP_FAIL] = TO(FAILED), [RV_STEP_LOCK] = TO(LOCKED) },
    [RV_STEP_RUNNING] = { [RV_STEP_FINISH] = TO(COMPLETED), [RV_STEP_FAIL] = TO(FAILED), [RV_STEP_SKIP] = TO(SKIPPED) },
    [RV_STEP_FAILED] = { [RV_STEP_START] = TO(RUNNING), [RV_STEP_FINISH] = TO(COMPLETED), [RV_STEP_FAIL] = TO(FAILED), [RV_STEP_LOCK] = TO(LOCKED) },
    [RV_STEP_SKIPPED] = { [RV_STEP_HIDE] = TO(HIDDEN) },
    [RV_STEP_LOCKED] = { [RV_STEP_UNLOCK] = TO(OPEN), [RV_STEP_FAIL] = TO(FAILED) },
    [RV_STEP_COMPLETED] = { 0 },
};

bool rv_step_can_move(const struct rv_step *s, enum rv_step_event e)
{
    return ways[s->state][e] != 0;
}

void rv_step_move(struct rv_step *s, enum rv_step_event e)
{
    if (ways[s->state][e] == 0)
        RV_BUG("step %.*s is %s and cannot %s", RV_FMT(s->id), rv_step_state_names[s->state],
               event_names[e]);
    s->state = (enum rv_step_state)(ways[s->state][e] - 1);
    s->dirty = true;
}

void rv_step_finish(struct rv_tx *tx, struct rv_step *s, rv_str by)
{
    rv_step_move(s, RV_STEP_FINISH);
    s->ended_at = rv_tx_now(tx);
    s->ended_by = by;
    s->error = RV_NONE_STR;
}

/* ---- logic ----------------------------------------------------------------------------------- */

static rv_status logic_of(struct rv_tx *tx, struct rv_request *q, const struct rv_step *s,
                          enum rv_logic *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const json_t *logic = json_object_get(s->def, "logic");
    size_t n = (size_t)s->position;
    *ret = RV_LOGIC_YES;
    if (!json_is_object(logic))
        return RV_OK;
    struct rv_logic_step *before = RV_NEW_N(cx, struct rv_logic_step, n + 1);
    if (before == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < n; i++) {
        struct rv_step *b = &q->steps[i];
        before[i] = (struct rv_logic_step){ .id = b->id,
                                            .kind = rv_str_of(rv_step_kind_names[b->kind]),
                                            .state = rv_str_of(rv_step_state_names[b->state]),
                                            .decision = b->decision,
                                            .answer_text = b->answer_text };
        RV_TRY(rv_step_answer(cx, b, &before[i].answer));
    }
    return rv_logic_eval(cx, tx, logic, before, n, ret);
}

/* ---- opening --------------------------------------------------------------------------------- */

static int64_t span_ms(const json_t *duration)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = { { "MINUTES", 60000 }, { "HOURS", 3600000 }, { "DAYS", 86400000 } };
    int64_t n = json_integer_value(json_object_get(duration, "n"));
    for (size_t i = 0; i < RV_LEN(units); i++)
        if (rv_str_eq(rv_json_member_str(duration, "unit"), rv_str_of(units[i].unit)) && n > 0)
            return n * units[i].ms;
    return RV_NO_INT;
}

static rv_status names_of(struct rv_tx *tx, struct rv_request *q, const struct rv_step *s,
                          rv_str *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str out = RV_NONE_STR, name;
    json_t *group = NULL;
    if (s->assign_group.p != NULL) {
        RV_TRY(rv_json_parse(cx, s->assign_group, &rv_json_limits_default, &group));
        *ret =
            rv_printf(cx, "%.*s (%zu)", RV_FMT(rv_json_member_str(group, "name")), s->assignees_n);
        return RV_OK;
    }
    for (size_t i = 0; i < s->assignees_n && i < 4; i++) {
        RV_TRY(rv_face_name(tx, &q->faces, s->assignees[i], &name));
        out = rv_printf(cx, "%.*s%s%.*s", RV_FMT(out), i > 0 ? ", " : "", RV_FMT(name));
    }
    *ret = out;
    return RV_OK;
}

/* A step that waits for people: who, until when, and the notice. */
static rv_status ask(struct rv_tx *tx, struct rv_request *q, struct rv_step *s)
{
    rv_str cause, names;
    int64_t span = span_ms(json_object_get(s->def, "due"));
    RV_TRY(rv_step_assign(tx, q, s, &cause));
    rv_step_move(s, RV_STEP_ASK);
    s->opened_at = rv_tx_now(tx);
    s->due_at = span != RV_NO_INT ? s->opened_at + span : RV_NO_TIME;
    if (s->assignees_n == 0) {
        RV_TRY(rv_request_note_system(tx, q, "TASK_OPENED", s, RV_NONE_STR,
                                      "Opened \"%.*s\" without an assignee: %.*s", RV_FMT(s->text),
                                      RV_FMT(cause)));
        return rv_request_tell(tx, q, RV_TELL_CHOOSE, s, cause);
    }
    RV_TRY(names_of(tx, q, s, &names));
    RV_TRY(rv_request_note_system(tx, q, "TASK_OPENED", s, RV_NONE_STR, "Assigned \"%.*s\" to %.*s",
                                  RV_FMT(s->text), RV_FMT(names)));
    return rv_request_tell(tx, q, s->kind == RV_STEP_QUESTION ? RV_TELL_QUESTION : RV_TELL_TASK, s,
                           RV_NONE_STR);
}

/* An automatic action waits until every required question it takes a value from is answered or can
 * no longer be. */
static bool has_its_inputs(const struct rv_request *q, const struct rv_step *s)
{
    const char *key;
    json_t *source;
    json_object_foreach((json_t *)(uintptr_t)json_object_get(s->def, "inputs"), key, source)
    {
        const struct rv_step *from = rv_step_find(q, rv_json_member_str(source, "stepId"));
        bool over = from == NULL || from->state == RV_STEP_COMPLETED ||
                    from->state == RV_STEP_SKIPPED || from->state == RV_STEP_LOCKED;
        if (!over && from->kind == RV_STEP_QUESTION && from->required)
            return false;
    }
    return true;
}

static rv_status open_action(struct rv_tx *tx, struct rv_request *q, struct rv_step *s)
{
    if (!s->automatic)
        return ask(tx, q, s);
    return has_its_inputs(q, s) ? rv_action_start(tx, q, s, false) : RV_OK;
}

static rv_status (*const openers[RV_STEP_KINDS])(struct rv_tx *tx, struct rv_request *q, struct rv_step *s) = {
    [RV_STEP_QUESTION] = ask, [RV_STEP_APPROVAL] = ask, [RV_STEP_CUSTOM_TASK] = ask, [RV_STEP_ACTION] = open_action, [RV_STEP_TIMER] = rv_timer_start,
};

/* Rules 1 and 2. Steps look only upwards, so one pass reaches everything but what it starts itself
 * (a timer of the past). */
static rv_status pass(struct rv_tx *tx, struct rv_request *q, bool *ret_changed)
{
    *ret_changed = false;
    for (size_t i = 0; i < q->steps_n; i++) {
        struct rv_step *s = &q->steps[i];
        enum rv_step_state was = s->state;
        enum rv_logic holds;
        if (s->state == RV_STEP_HIDDEN) {
            RV_TRY(logic_of(tx, q, s, &holds));
            if (holds == RV_LOGIC_NO)
                rv_step_move(s, RV_STEP_SKIP);
            else if (holds == RV_LOGIC_YES)
                rv_step_move(s, RV_STEP_SHOW);
        }
        if (s->state == RV_STEP_ASSIGNING)
            RV_TRY(openers[s->kind](tx, q, s));
        *ret_changed = *ret_changed || s->state != was;
    }
    return RV_OK;
}

static bool waits(const struct rv_request *q)
{
    for (size_t i = 0; i < q->steps_n; i++)
        if (q->steps[i].state == RV_STEP_HIDDEN || q->steps[i].state == RV_STEP_ASSIGNING)
            return true;
    return false;
}

/* ---- the state of the request ---------------------------------------------------------------- */

struct count {
    size_t blocking, people;
};

static struct count count(const struct rv_request *q)
{
    struct count c = { 0 };
    for (size_t i = 0; i < q->steps_n; i++) {
        const struct rv_step *s = &q->steps[i];
        bool over = s->state == RV_STEP_COMPLETED || s->state == RV_STEP_SKIPPED ||
                    s->state == RV_STEP_LOCKED;
        bool at_work = s->state == RV_STEP_RUNNING;
        c.blocking += !over && (s->required || at_work); /* an open optional step keeps nothing open (rule 4) */
        c.people += s->state == RV_STEP_OPEN || s->state == RV_STEP_FAILED;
    }
    return c;
}

rv_status rv_request_close(struct rv_tx *tx, struct rv_request *q, const char *status)
{
    for (size_t i = 0; i < q->steps_n; i++) {
        struct rv_step *s = &q->steps[i];
        if (s->state == RV_STEP_RUNNING && s->kind == RV_STEP_TIMER)
            RV_TRY(rv_job_cancel(tx, RV_STR("request.timer"), rv_task_id(rv_tx_cx(tx), q, s)));
        if (s->state == RV_STEP_HIDDEN || s->state == RV_STEP_ASSIGNING ||
            (s->state == RV_STEP_RUNNING && s->kind == RV_STEP_TIMER))
            rv_step_move(s, RV_STEP_SKIP);
        else if (s->state == RV_STEP_OPEN || s->state == RV_STEP_FAILED)
            rv_step_move(s, RV_STEP_LOCK);
    }
    q->status = rv_str_of(status);
    q->held = false;
    q->all_done = false;
    q->resolved_at = rv_str_eq(q->status, RV_STR("RESOLVED")) ? rv_tx_now(tx) : RV_NO_TIME;
    return RV_OK;
}

static bool was_denied(const struct rv_request *q)
{
    for (size_t i = 0; i < q->steps_n; i++)
        if (rv_str_eq(q->steps[i].decision, RV_STR("DENIED")))
            return true;
    return false;
}

static rv_status close_by_itself(struct rv_tx *tx, struct rv_request *q)
{
    RV_TRY(rv_request_close(tx, q, "RESOLVED"));
    q->auto_resolved = true;
    RV_TRY(rv_request_note_system(tx, q, "RESOLVED", NULL, RV_NONE_STR,
                                  "Closed the request: everything is complete"));
    RV_TRY(rv_request_tell(tx, q, RV_TELL_DONE, NULL,
                           was_denied(q) ? RV_STR("It was denied.")
                                         : RV_STR("Everything is complete.")));
    return rv_request_event(tx, q, NULL, "access.request.resolve", true, RV_NONE_STR);
}

/* Rules 3 to 5. */
static rv_status decide(struct rv_tx *tx, struct rv_request *q)
{
    struct count c = count(q);
    q->all_done = c.blocking == 0;
    if (q->all_done && q->auto_resolve)
        return close_by_itself(tx, q);
    q->status = !q->held && (q->all_done || c.people > 0) ? RV_STR("OPEN") : RV_STR("PENDING");
    return RV_OK;
}

rv_status rv_request_settle(struct rv_tx *tx, struct rv_request *q)
{
    bool changed = true;
    if (!rv_request_is_live(q))
        return RV_OK;
    while (changed && waits(q)) {
        RV_TRY(rv_request_define(tx, q));
        RV_TRY(pass(tx, q, &changed));
    }
    return decide(tx, q);
}

/* What was open when the request closed opens again; what the close skipped waits for its logic as
 * before (4.4). */
rv_status rv_request_reopen(struct rv_tx *tx, struct rv_request *q)
{
    RV_TRY(rv_request_define(tx, q));
    for (size_t i = 0; i < q->steps_n; i++) {
        struct rv_step *s = &q->steps[i];
        if (s->state == RV_STEP_LOCKED)
            rv_step_move(s, s->error.p != NULL ? RV_STEP_FAIL : RV_STEP_UNLOCK);
        else if (s->state == RV_STEP_SKIPPED) {
            enum rv_logic holds;
            RV_TRY(logic_of(tx, q, s, &holds));
            if (holds != RV_LOGIC_NO)
                rv_step_move(s, RV_STEP_HIDE);
        }
        if (s->state == RV_STEP_OPEN && s->dirty && s->assignees_n > 0)
            RV_TRY(rv_request_tell(tx, q,
                                   s->kind == RV_STEP_QUESTION ? RV_TELL_QUESTION : RV_TELL_TASK, s,
                                   RV_NONE_STR));
    }
    q->status = RV_STR("OPEN");
    q->resolved_at = RV_NO_TIME;
    q->auto_resolved = false;
    if (count(q).blocking == 0)
        q->auto_resolve = false; /* else it would close again at once: now a person says when it is done */
    return RV_OK;
}
