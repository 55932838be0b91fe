/* requests/request_view.c: one request and one task as the browser gets them
 * (web/src/api/types.ts), with what the caller may do now; the activity log and the conversation;
 * the page that a mail's link opens. */
#include "requests/request_int.h"

enum { Q_ACTIVITIES, Q_MESSAGES, Q_SAMPLE, Q_N };
static const struct rv_sql view_sql[Q_N] = {
    [Q_ACTIVITIES] = {
        .name = "request_activities",
        .text = "SELECT seq, at, type, actor_id, step_id, text, detail FROM request_activity WHERE number = :number AND seq > :after ORDER BY seq LIMIT :n",
        .in = "number:int after:int n:int", .out = "seq:int at:time type:text actor_id:text step_id:text text:text detail:text",
    },
    [Q_MESSAGES] = {
        .name = "request_messages",
        .text = "SELECT seq, id, at, author_id, via_api, text FROM request_message WHERE number = :number AND seq > :after ORDER BY seq LIMIT :n",
        .in = "number:int after:int n:int", .out = "seq:int id:text at:time author_id:text via_api:bool text:text",
    },
    [Q_SAMPLE] = {
        .name = "request_is_sample",
        .text = "SELECT 1 AS yes FROM sample_object WHERE id = :type_id OR id = :id LIMIT 1",
        .in = "type_id:text id:text", .out = "yes:int",
    },
};
RV_SQL_MODULE(request_view, view_sql);

static void write_pair(struct rv_jw *w, const char *key, rv_str id, rv_str name)
{
    rv_jw_key(w, key);
    if (id.n == 0) {
        rv_jw_null(w);
        return;
    }
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", id);
    rv_jw_kstr(w, "name", name.n > 0 ? name : id);
    rv_jw_obj_end(w);
}

static rv_status write_person(struct rv_tx *tx, struct rv_request *q, struct rv_jw *w,
                              const char *key, rv_str id)
{
    rv_jw_key(w, key);
    return rv_face_write(tx, &q->faces, w, id);
}

static rv_status write_people(struct rv_tx *tx, struct rv_request *q, struct rv_jw *w,
                              const char *key, const rv_str *ids, size_t n)
{
    rv_jw_key(w, key);
    rv_jw_arr(w);
    for (size_t i = 0; i < n; i++)
        RV_TRY(rv_face_write(tx, &q->faces, w, ids[i]));
    rv_jw_arr_end(w);
    return RV_OK;
}

/* ---- what the caller may do ------------------------------------------------------------------ */

struct sight {
    unsigned relations;
    rv_str me;
    bool asker_escalates;
};

static rv_status look(struct rv_tx *tx, struct rv_request *q, struct sight *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    ret->me = rv_user_id(cx);
    ret->asker_escalates =
        rv_request_excludes(q, ret->me) && rv_setting_bool(cx->env, "requestersMayEscalate");
    return rv_request_relations(tx, q, &ret->relations);
}

static rv_status may(struct rv_tx *tx, const struct rv_request *q, const struct rv_step *s,
                     const struct sight *sight, enum rv_action a, bool *ret)
{
    struct rv_object o = { .id = q->id, .relations = sight->relations, .visible = true };
    if (s != NULL) {
        o.relations &= ~(unsigned)(RV_REL_TASK_ASSIGNEE | RV_REL_SETTING);
        o.relations |= rv_step_assigned(s, sight->me) ? RV_REL_TASK_ASSIGNEE : 0;
        o.relations |= a == RV_A_TASK_ESCALATE && sight->asker_escalates ? RV_REL_SETTING : 0;
    }
    return rv_authz_may(rv_tx_cx(tx), tx, a, o, ret);
}

static rv_status offer(struct rv_tx *tx, const struct rv_request *q, const struct rv_step *s,
                       const struct sight *sight, enum rv_action a, bool fits, const char *name,
                       struct rv_jw *w)
{
    bool yes = false;
    if (!fits)
        return RV_OK;
    RV_TRY(may(tx, q, s, sight, a, &yes));
    if (yes)
        rv_jw_str(w, rv_str_of(name));
    return RV_OK;
}

static rv_status write_step_can(struct rv_tx *tx, const struct rv_request *q,
                                const struct rv_step *s, const struct sight *sight, struct rv_jw *w)
{
    bool live = rv_request_is_live(q),
         waits = live && (s->state == RV_STEP_OPEN || s->state == RV_STEP_FAILED),
         action = s->kind == RV_STEP_ACTION;
    bool own = s->kind == RV_STEP_APPROVAL && rv_request_excludes(q, sight->me);
    rv_jw_key(w, "can");
    rv_jw_arr(w);
    RV_TRY(offer(tx, q, s, sight, RV_A_TASK_RESOLVE,
                 live && s->state == RV_STEP_OPEN && !action && !own, "RESOLVE", w));
    RV_TRY(offer(tx, q, s, sight, RV_A_TASK_RUN, waits && action, "RUN", w));
    RV_TRY(offer(tx, q, s, sight, RV_A_TASK_RUN, waits && action, "COMPLETE", w));
    RV_TRY(offer(tx, q, s, sight, RV_A_TASK_REASSIGN, waits && !own, "REASSIGN", w));
    RV_TRY(offer(tx, q, s, sight, RV_A_TASK_ESCALATE,
                 waits && s->assignees_n == 1 && s->assign_group.p == NULL &&
                     !(s->marks & RV_MARK_ESCALATED),
                 "ESCALATE", w));
    RV_TRY(offer(tx, q, s, sight, RV_A_TIMER_END,
                 live && s->kind == RV_STEP_TIMER && s->state == RV_STEP_RUNNING, "END", w));
    rv_jw_arr_end(w);
    return RV_OK;
}

static rv_status write_can(struct rv_tx *tx, struct rv_request *q, const struct sight *sight,
                           struct rv_jw *w)
{
    bool live = rv_request_is_live(q), open = rv_str_eq(q->status, RV_STR("OPEN")), steers = false;
    if (live)
        RV_TRY(rv_request_steers(tx, q, sight->me, &steers));
    rv_jw_key(w, "can");
    rv_jw_arr(w);
    RV_TRY(offer(tx, q, NULL, sight, RV_A_REQUEST_EDIT, live, "EDIT", w));
    RV_TRY(offer(tx, q, NULL, sight, RV_A_REQUEST_EDIT, live && !steers, "ASSIGN", w));
    RV_TRY(offer(tx, q, NULL, sight, RV_A_REQUEST_CANCEL, live && !q->acted, "CANCEL", w));
    RV_TRY(offer(tx, q, NULL, sight, RV_A_REQUEST_EDIT, live, "RESOLVE", w));
    RV_TRY(offer(tx, q, NULL, sight, RV_A_REQUEST_EDIT, rv_str_eq(q->status, RV_STR("RESOLVED")),
                 "REOPEN", w));
    RV_TRY(offer(tx, q, NULL, sight, RV_A_REQUEST_HOLD, open, "HOLD", w));
    RV_TRY(offer(tx, q, NULL, sight, RV_A_REQUEST_HOLD, live && q->held, "RELEASE", w));
    RV_TRY(offer(tx, q, NULL, sight, RV_A_REQUEST_MESSAGE, true, "MESSAGE", w));
    RV_TRY(offer(tx, q, NULL, sight, RV_A_REQUEST_READ, sight->me.n > 0, "FOLLOW", w));
    rv_jw_arr_end(w);
    return RV_OK;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void write_question(const struct rv_step *s, struct rv_jw *w)
{
    rv_jw_kstr(w, "inputType", s->input_type);
    rv_jw_kraw(w, "answer", s->answer);
    rv_jw_kstr(w, "answerText", s->answer_text);
}

static void write_action(const struct rv_step *s, struct rv_jw *w)
{
    rv_jw_kstr(w, "action", RV_STR("RUN_WORKFLOW"));
    rv_jw_kbool(w, "automatic", s->automatic);
    if (s->flow_id.n > 0)
        write_pair(w, "flow", s->flow_id, s->flow_name);
    rv_jw_kstr(w, "runId", s->run_id);
    rv_jw_kstr(w, "runStatus", s->run_status);
    rv_jw_kint(w, "attempt", s->attempt);
    rv_jw_kstr(w, "error", s->error);
    if (s->inputs.p != NULL)
        rv_jw_kraw(w, "sentInputs", s->inputs);
}

static rv_status write_step(struct rv_tx *tx, struct rv_request *q, struct rv_step *s,
                            const struct sight *sight, struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", s->id);
    rv_jw_kstr(w, "taskId",
               s->opened_at != RV_NO_TIME ? rv_task_id(rv_tx_cx(tx), q, s) : RV_NONE_STR);
    rv_jw_kstr(w, "kind", rv_str_of(rv_step_kind_names[s->kind]));
    rv_jw_kstr(w, "text", s->text);
    rv_jw_kstr(w, "state", rv_str_of(rv_step_state_names[s->state]));
    rv_jw_kbool(w, "required", s->required);
    RV_TRY(write_people(tx, q, w, "assignees", s->assignees, s->assignees_n));
    rv_jw_kraw(w, "assignGroup", s->assign_group);
    rv_jw_ktime(w, "openedAt", s->opened_at);
    rv_jw_ktime(w, "dueAt", s->due_at);
    rv_jw_ktime(w, "endedAt", s->ended_at);
    RV_TRY(write_person(tx, q, w, "endedBy", s->ended_by));
    rv_jw_kstr(w, "decision", s->decision);
    rv_jw_kstr(w, "note", s->note);
    if (s->kind == RV_STEP_QUESTION)
        write_question(s, w);
    if (s->kind == RV_STEP_ACTION)
        write_action(s, w);
    if (s->kind == RV_STEP_TIMER)
        rv_jw_ktime(w, "timerEndsAt", s->timer_ends_at);
    RV_TRY(write_step_can(tx, q, s, sight, w));
    rv_jw_obj_end(w);
    return RV_OK;
}

static rv_status write_runs(struct rv_tx *tx, struct rv_request *q, struct rv_jw *w)
{
    rv_jw_key(w, "runs");
    rv_jw_arr(w);
    for (size_t i = 0; i < q->steps_n; i++) {
        const struct rv_step *s = &q->steps[i];
        bool may_open;
        if (s->run_id.n == 0)
            continue;
        RV_TRY(rv_authz_may(rv_tx_cx(tx), tx, RV_A_RUN_READ, RV_OBJECT(s->flow_id), &may_open));
        rv_jw_obj(w);
        rv_jw_kstr(w, "runId", s->run_id);
        rv_jw_kstr(w, "stepId", s->id);
        write_pair(w, "flow", s->flow_id, s->flow_name);
        rv_jw_kstr(w, "status", s->run_status);
        rv_jw_ktime(w, "startedAt", s->ended_at);
        rv_jw_kbool(w, "mayOpen", may_open);
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
    return RV_OK;
}

/* ---- a request ------------------------------------------------------------------------------- */

static void write_type(const struct rv_request *q, struct rv_jw *w)
{
    rv_jw_key(w, "requestType");
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", q->type_id);
    rv_jw_kstr(w, "name", q->type_name);
    rv_jw_kstr(w, "icon", q->type_icon);
    rv_jw_obj_end(w);
}

rv_status rv_request_sample(struct rv_tx *tx, struct rv_request *q)
{
    struct rv_rows r;
    if (q->sample_known)
        return RV_OK;
    RV_TRY(rv_sql_first(tx, &view_sql[Q_SAMPLE], &r, &q->sample, RV_ARGS(q->type_id, q->id)));
    q->sample_known = true;
    return q->sample ? rv_rows_end(&r) : RV_OK;
}

static void write_my_task(struct rv_cx *cx, const struct rv_request *q, rv_str me, struct rv_jw *w)
{
    const struct rv_step *mine = NULL;
    for (size_t i = 0; i < q->steps_n && mine == NULL; i++)
        if ((q->steps[i].state == RV_STEP_OPEN || q->steps[i].state == RV_STEP_FAILED) &&
            rv_step_assigned(&q->steps[i], me))
            mine = &q->steps[i];
    rv_jw_key(w, "myTask");
    if (mine == NULL) {
        rv_jw_null(w);
        return;
    }
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", rv_task_id(cx, q, mine));
    rv_jw_kstr(w, "stepId", mine->id);
    rv_jw_kstr(w, "kind", rv_str_of(rv_step_kind_names[mine->kind]));
    rv_jw_kstr(w, "text", mine->text);
    rv_jw_obj_end(w);
}

static rv_status write_head(struct rv_tx *tx, struct rv_request *q, const struct sight *sight,
                            struct rv_jw *w)
{
    RV_TRY(rv_request_team(tx, q));
    RV_TRY(rv_request_sample(tx, q));
    rv_jw_kstr(w, "id", q->id);
    rv_jw_kint(w, "number", q->number);
    rv_jw_kint(w, "version", q->version);
    rv_jw_kstr(w, "subject", q->subject);
    rv_jw_kstr(w, "status", q->status);
    write_type(q, w);
    rv_jw_key(w, "team");
    rv_team_write_ref(w, &q->team);
    RV_TRY(write_person(tx, q, w, "requester", q->requester_id));
    RV_TRY(write_person(tx, q, w, "creator", q->creator_id));
    RV_TRY(write_person(tx, q, w, "assignee", q->assignee_id));
    rv_jw_ktime(w, "created", q->created_at);
    rv_jw_ktime(w, "lastUpdated", q->updated_at);
    rv_jw_ktime(w, "resolvedAt", q->resolved_at);
    rv_jw_ktime(w, "dueAt", q->due_at);
    rv_jw_kbool(w, "overdue", q->due_at != RV_NO_TIME && q->due_at < rv_tx_now(tx));
    write_my_task(rv_tx_cx(tx), q, sight->me, w);
    rv_jw_kbool(w, "sample", q->sample);
    return RV_OK;
}

rv_status rv_request_write(struct rv_tx *tx, struct rv_request *q, struct rv_jw *w)
{
    struct sight sight;
    RV_TRY(look(tx, q, &sight));
    rv_jw_obj(w);
    RV_TRY(write_head(tx, q, &sight, w));
    rv_jw_kint(w, "requestTypeVersion", q->type_version);
    rv_jw_kbool(w, "private", q->is_private);
    rv_jw_kbool(w, "autoResolve", q->auto_resolve);
    rv_jw_kbool(w, "autoResolved", q->auto_resolved);
    rv_jw_kbool(w, "allDone", q->all_done);
    RV_TRY(write_people(tx, q, w, "followers", q->followers, q->followers_n));
    rv_jw_kbool(w, "following", rv_request_followed_by(q, sight.me));
    rv_jw_kraw(w, "tags", q->tags);
    rv_jw_key(w, "steps");
    rv_jw_arr(w);
    for (size_t i = 0; i < q->steps_n; i++)
        RV_TRY(write_step(tx, q, &q->steps[i], &sight, w));
    rv_jw_arr_end(w);
    RV_TRY(write_runs(tx, q, w));
    RV_TRY(write_can(tx, q, &sight, w));
    rv_jw_obj_end(w);
    return RV_OK;
}

rv_status rv_task_write(struct rv_tx *tx, struct rv_request *q, struct rv_step *s, struct rv_jw *w)
{
    bool open = s->state == RV_STEP_OPEN || s->state == RV_STEP_FAILED;
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", rv_task_id(rv_tx_cx(tx), q, s));
    rv_jw_kint(w, "version", q->version);
    rv_jw_kstr(w, "stepId", s->id);
    rv_jw_kstr(w, "kind", rv_str_of(rv_step_kind_names[s->kind]));
    rv_jw_kstr(w, "text", s->text);
    rv_jw_kstr(w, "state", rv_str_of(rv_step_state_names[s->state]));
    rv_jw_key(w, "request");
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", q->id);
    rv_jw_kint(w, "number", q->number);
    rv_jw_kstr(w, "subject", q->subject);
    rv_jw_kstr(w, "status", q->status);
    rv_jw_obj_end(w);
    RV_TRY(write_person(tx, q, w, "requester", q->requester_id));
    RV_TRY(write_people(tx, q, w, "assignees", s->assignees, s->assignees_n));
    rv_jw_ktime(w, "openedAt", s->opened_at);
    rv_jw_ktime(w, "dueAt", s->due_at);
    rv_jw_kbool(w, "overdue", open && s->due_at != RV_NO_TIME && s->due_at < rv_tx_now(tx));
    rv_jw_kstr(w, "decision", s->decision);
    rv_jw_obj_end(w);
    return RV_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct one {
    rv_str id;
    struct rv_jw *w;
};
struct shown {
    struct rv_request *q;
    struct rv_step *s;
    struct rv_jw *w;
};

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    const struct one *o = arg;
    struct rv_request q;
    RV_TRY(rv_request_load(tx, o->id, &q));
    RV_TRY(rv_request_authz(tx, &q, NULL, RV_A_REQUEST_READ, 0));
    return rv_request_write(tx, &q, o->w);
}

rv_status rv_request_get(struct rv_cx *cx, rv_str id_or_number, struct rv_jw *w)
{
    struct one o = { .id = id_or_number, .w = w };
    return rv_store_read(cx, get_tx, &o);
}

static rv_status show_tx(struct rv_tx *tx, void *arg)
{
    const struct shown *o = arg;
    o->q->relations_known = false; /* the change may have changed them */
    return o->s != NULL ? rv_task_write(tx, o->q, o->s, o->w) : rv_request_write(tx, o->q, o->w);
}

rv_status rv_request_show(struct rv_cx *cx, struct rv_request *q, struct rv_jw *w)
{
    struct shown o = { .q = q, .w = w };
    return rv_store_read(cx, show_tx, &o);
}

static rv_status task_tx(struct rv_tx *tx, void *arg)
{
    const struct one *o = arg;
    struct rv_request q;
    struct rv_step *s;
    RV_TRY(rv_task_load(tx, o->id, &q, &s));
    RV_TRY(rv_request_authz(tx, &q, s, RV_A_TASK_READ, 0));
    return rv_task_write(tx, &q, s, o->w);
}

rv_status rv_task_get(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct one o = { .id = id, .w = w };
    return rv_store_read(cx, task_tx, &o);
}

rv_status rv_task_show(struct rv_cx *cx, struct rv_request *q, struct rv_step *s, struct rv_jw *w)
{
    struct shown o = { .q = q, .s = s, .w = w };
    return rv_store_read(cx, show_tx, &o);
}

struct visible {
    rv_str id;
    bool yes;
};

static rv_status visible_tx(struct rv_tx *tx, void *arg)
{
    struct visible *v = arg;
    struct rv_request q;
    struct rv_object o = { .id = v->id };
    rv_status st = rv_request_load(tx, v->id, &q);
    if (st == RV_NOT_FOUND) {
        rv_error_clear(rv_tx_cx(tx));
        return RV_OK;
    }
    RV_TRY(st);
    RV_TRY(rv_request_relations(tx, &q, &o.relations));
    return rv_authz_may(rv_tx_cx(tx), tx, RV_A_REQUEST_READ, o, &v->yes);
}

rv_status rv_request_visible(struct rv_cx *cx, rv_str id, bool *ret)
{
    struct visible v = { .id = id };
    if (rv_id_is_hex24(id))
        v.id = rv_printf(cx, "%.*s00", 22, id.p); /* a task: its request */
    RV_TRY(rv_store_read(cx, visible_tx, &v));
    *ret = v.yes;
    return RV_OK;
}

/* ---- activity log and conversation ----------------------------------------------------------- */

struct log {
    rv_str id;
    const struct rv_request_query *q;
    struct rv_jw *w;
    bool messages, more;
    int64_t last;
};

static rv_status write_activity(struct rv_tx *tx, struct rv_request *q, struct rv_rows *r,
                                struct rv_jw *w)
{
    rv_str actor = rv_col_str(r, 3);
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", rv_printf(rv_tx_cx(tx), "%.*s.%" PRId64, RV_FMT(q->id), rv_col_int(r, 0)));
    rv_jw_ktime(w, "at", rv_col_int(r, 1));
    rv_jw_kstr(w, "type", rv_col_ref(r, 2));
    RV_TRY(write_person(tx, q, w, "actor", actor));
    rv_jw_kstr(w, "stepId", rv_col_str(r, 4));
    rv_jw_kstr(w, "text", rv_col_str(r, 5));
    rv_jw_kraw(w, "detail", rv_col_str(r, 6));
    rv_jw_obj_end(w);
    return RV_OK;
}

static rv_status write_message(struct rv_tx *tx, struct rv_request *q, struct rv_rows *r,
                               struct rv_jw *w)
{
    rv_str author = rv_col_str(r, 3);
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", rv_col_str(r, 1));
    rv_jw_ktime(w, "at", rv_col_int(r, 2));
    RV_TRY(write_person(tx, q, w, "author", author));
    rv_jw_kbool(w, "viaApi", rv_col_bool(r, 4));
    rv_jw_kstr(w, "text", rv_col_str(r, 5));
    rv_jw_obj_end(w);
    return RV_OK;
}

static rv_status log_tx(struct rv_tx *tx, void *arg)
{
    struct log *l = arg;
    struct rv_request q;
    struct rv_rows r;
    int64_t after = 0;
    int n = 0;
    RV_TRY(rv_request_load(tx, l->id, &q));
    RV_TRY(rv_request_authz(tx, &q, NULL, RV_A_REQUEST_READ, 0));
    if (l->q->after.p != NULL && !rv_str_to_int(l->q->after, &after))
        return rv_fail_field(rv_tx_cx(tx), "after", "INVALID",
                             "the cursor is not one of this list");
    RV_TRY(rv_sql_query(tx, &view_sql[l->messages ? Q_MESSAGES : Q_ACTIVITIES], &r,
                        RV_ARGS(q.number, after, l->q->limit + 1)));
    rv_status st = RV_OK;
    while (st == RV_OK && rv_rows_next(&r)) {
        if (n++ == l->q->limit) {
            l->more = true;
            break;
        }
        l->last = rv_col_int(&r, 0);
        st = l->messages ? write_message(tx, &q, &r, l->w) : write_activity(tx, &q, &r, l->w);
    }
    rv_status end = rv_rows_end(&r);
    return st != RV_OK ? st : end;
}

static rv_status read_log(struct rv_cx *cx, struct log *l, rv_str *ret_next)
{
    RV_TRY(rv_store_read(cx, log_tx, l));
    *ret_next = l->more ? rv_printf(cx, "%" PRId64, l->last) : RV_NONE_STR;
    return RV_OK;
}

rv_status rv_request_activities(struct rv_cx *cx, rv_str id, const struct rv_request_query *q,
                                struct rv_jw *w, rv_str *ret_next)
{
    struct log l = { .id = id, .q = q, .w = w };
    return read_log(cx, &l, ret_next);
}

rv_status rv_request_messages(struct rv_cx *cx, rv_str id, const struct rv_request_query *q,
                              struct rv_jw *w, rv_str *ret_next)
{
    struct log l = { .id = id, .q = q, .w = w, .messages = true };
    return read_log(cx, &l, ret_next);
}

/* ---- the page of a mail's link (security.md 2.10) -------------------------------------------- */

enum { MAC_BYTES = 12, TASK_BYTES = 12 };

static void sign(const struct rv_cx *cx, const uint8_t task[TASK_BYTES], uint8_t ret[32])
{
    char text[sizeof "decide:" - 1 + TASK_BYTES];
    memcpy(text, "decide:", sizeof "decide:" - 1);
    memcpy(text + sizeof "decide:" - 1, task, TASK_BYTES);
    rv_hmac(cx->env->keys, RV_KEY_TOKEN, (rv_str){ text, sizeof text }, ret);
}

static uint8_t nibble(char c)
{
    return (uint8_t)(c >= 'a' ? c - 'a' + 10 : c >= 'A' ? c - 'A' + 10 : c - '0');
}

rv_str rv_decision_token(struct rv_cx *cx, rv_str task_id)
{
    uint8_t raw[TASK_BYTES + MAC_BYTES], mac[32];
    for (size_t i = 0; i < TASK_BYTES; i++)
        raw[i] = (uint8_t)(nibble(task_id.p[2 * i]) << 4 | nibble(task_id.p[2 * i + 1]));
    sign(cx, raw, mac);
    memcpy(raw + TASK_BYTES, mac, MAC_BYTES);
    return rv_base64url(cx, (rv_str){ (const char *)raw, sizeof raw });
}

static rv_status open_token(struct rv_cx *cx, rv_str token, rv_str *ret_task_id)
{
    uint8_t mac[32];
    rv_str raw;
    if (token.n != 32 || !rv_base64_decode(cx, token, &raw) || raw.n != TASK_BYTES + MAC_BYTES)
        return rv_fail(
            cx, RV_NOT_FOUND,
            "this link is not one of this server; open the request in the inbox instead");
    sign(cx, (const uint8_t *)raw.p, mac);
    if (!rv_same_secret(rv_str_sub(raw, TASK_BYTES, MAC_BYTES),
                        (rv_str){ (const char *)mac, MAC_BYTES }))
        return rv_fail(
            cx, RV_NOT_FOUND,
            "this link is not one of this server; open the request in the inbox instead");
    *ret_task_id = rv_hex(cx, raw.p, TASK_BYTES);
    return ret_task_id->p != NULL ? RV_OK : RV_BUSY;
}

struct decision {
    rv_str task_id;
    struct rv_decision *ret;
};

static rv_status decision_answers(struct rv_cx *cx, const struct rv_request *q,
                                  struct rv_decision *d)
{
    d->answers = rv_alloc_n(cx, sizeof d->answers[0], q->steps_n + 1);
    if (d->answers == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < q->steps_n; i++) {
        const struct rv_step *s = &q->steps[i];
        if (s->kind != RV_STEP_QUESTION || s->state != RV_STEP_COMPLETED)
            continue;
        d->answers[d->answers_n].question = s->text;
        d->answers[d->answers_n++].answer = s->answer_text;
    }
    return RV_OK;
}

static rv_status decision_tx(struct rv_tx *tx, void *arg)
{
    const struct decision *a = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_request q;
    struct rv_step *s;
    struct sight sight;
    RV_TRY(rv_task_load(tx, a->task_id, &q, &s));
    RV_TRY(rv_request_authz(tx, &q, s, RV_A_TASK_READ, 0));
    RV_TRY(rv_request_team(tx, &q));
    *a->ret = (struct rv_decision){
        .task_id = a->task_id,
        .request_id = q.id,
        .subject = q.subject,
        .text = s->text,
        .kind = rv_str_of(rv_step_kind_names[s->kind]),
        .state = rv_str_of(rv_step_state_names[s->state]),
        .number = q.number,
        .opened_at = s->opened_at,
        .due_at = s->due_at,
        .ended_at = s->ended_at,
        .team = q.team.name,
        .decision = s->decision,
        .note = s->note,
    };
    RV_TRY(rv_face_name(tx, &q.faces, q.requester_id, &a->ret->requester));
    RV_TRY(rv_face_name(tx, &q.faces, q.creator_id, &a->ret->creator));
    if (s->ended_by.n > 0)
        RV_TRY(rv_face_name(tx, &q.faces, s->ended_by, &a->ret->ended_by));
    RV_TRY(decision_answers(cx, &q, a->ret));
    RV_TRY(look(tx, &q, &sight));
    if (s->state != RV_STEP_OPEN || !rv_request_is_live(&q) ||
        (s->kind == RV_STEP_APPROVAL && rv_request_excludes(&q, sight.me)))
        return RV_OK;
    return may(tx, &q, s, &sight, RV_A_TASK_RESOLVE, &a->ret->can_resolve);
}

rv_status rv_decision_find(struct rv_cx *cx, rv_str token, struct rv_decision *ret)
{
    struct decision a = { .ret = ret };
    RV_TRY(open_token(cx, token, &a.task_id));
    return rv_store_read(cx, decision_tx, &a);
}
