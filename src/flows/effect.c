/* flows/effect.c: effects outside that must not happen twice (security.md 9.2 to 9.4).
 *
 * A card declared `once` sends only after everything computed so far and a row of the outbox with
 * state SENDING are stored; its answer is stored with the next durable point, at once unless the
 * run's end or the next such card follows anyway. A process that dies in between leaves SENDING
 * behind: nobody knows whether the other side has done it. Such a run waits, with reason
 * "uncertain", until a person says "send again" (the same effect id) or "it happened" (the card is
 * passed over without outputs). While the process lives nothing is uncertain: the card says how it
 * ended. */
#include "flows/flows_int.h"

enum { Q_POINT, Q_SENDING, Q_DONE, Q_DROP, Q_HOLD, Q_UNCERTAIN, Q_RELEASE, Q_DECIDE, Q_FIND, Q_N };
static const struct rv_sql effect_sql[Q_N] = {
    [Q_POINT] = {
        .name = "effect_point",
        .text = "UPDATE run SET status = 'RUNNING', error_message = NULL, data = :data WHERE id = :id AND ended_at IS NULL",
        .in = "data:blob id:text",
    },
    [Q_SENDING] = {
        .name = "effect_sending",
        .text = "INSERT INTO outbox (run_id, card_id, effect_id, state, sending_at) VALUES (:run_id, :card_id, :effect_id, 'SENDING', :now) "
                "ON CONFLICT (run_id) DO UPDATE SET card_id = excluded.card_id, effect_id = excluded.effect_id, state = 'SENDING', sending_at = excluded.sending_at",
        .in = "run_id:text card_id:text effect_id:text now:time",
    },
    [Q_DONE] = { .name = "effect_done", .text = "UPDATE outbox SET state = 'DONE' WHERE run_id = :run_id", .in = "run_id:text" },
    [Q_DROP] = { .name = "effect_drop", .text = "DELETE FROM outbox WHERE run_id = :run_id", .in = "run_id:text" },
    [Q_HOLD] = {
        .name = "effect_hold",
        .text = "UPDATE run SET status = 'WAITING', reason = 'uncertain', error_message = :message, error_card_id = :card_id, error_card_title = :card_title "
                "WHERE id = :id AND ended_at IS NULL",
        .in = "message:text card_id:text card_title:text id:text",
    },
    [Q_UNCERTAIN] = { .name = "effect_uncertain", .text = "UPDATE outbox SET state = 'UNCERTAIN' WHERE run_id = :run_id AND state = 'SENDING'", .in = "run_id:text" },
    [Q_RELEASE] = {
        .name = "effect_release",
        .text = "UPDATE run SET status = 'QUEUED', reason = NULL, error_message = NULL, error_card_id = NULL, error_card_title = NULL "
                "WHERE id = :id AND status = 'WAITING' AND reason = 'uncertain'",
        .in = "id:text",
    },
    [Q_DECIDE] = { .name = "effect_decide", .text = "UPDATE outbox SET state = :state WHERE run_id = :run_id AND state = 'UNCERTAIN'", .in = "state:text run_id:text" },
    [Q_FIND] = {
        .name = "effect_find",
        .text = "SELECT card_id, effect_id, state, sending_at FROM outbox WHERE run_id = :run_id",
        .in = "run_id:text", .out = "card_id:text effect_id:text state:text sending_at:time",
    },
};
RV_SQL_MODULE(effect, effect_sql);

/* ---- durable points of a run at work --------------------------------------------------------- */

static rv_status point(struct rv_tx *tx, const struct rv_run *r)
{
    int64_t changed;
    RV_TRY(rv_sql_exec(tx, &effect_sql[Q_POINT], &changed,
                       RV_ARGS(((rv_blob){ r->record }), rv_str_of(r->id))));
    return changed > 0 ? RV_OK : rv_fail(rv_tx_cx(tx), RV_CONFLICT, "the run was canceled");
}

static rv_status sending_tx(struct rv_tx *tx, void *arg)
{
    struct rv_call *c = arg;
    RV_TRY(point(tx, c->run));
    RV_TRY(rv_sql_exec(tx, &effect_sql[Q_SENDING], NULL,
                       RV_ARGS(rv_str_of(c->run->id), c->step->id, rv_call_effect_id(c),
                               rv_tx_now(tx))));
    return rv_tx_announce(tx, "run", rv_str_of(c->run->id));
}

static rv_status answered_tx(struct rv_tx *tx, void *arg)
{
    const struct rv_call *c = arg;
    RV_TRY(point(tx, c->run));
    return rv_sql_exec(tx, &effect_sql[Q_DONE], NULL, RV_ARGS(rv_str_of(c->run->id)));
}

static void stored(struct rv_write *w, rv_status st)
{
    (void)st; /* stands in the write */
    rv_resume(w->arg);
}

static rv_status record(struct rv_call *c)
{
    struct rv_run *r = c->run;
    struct rv_jw mark = r->jw;
    size_t n = r->history.n;
    rv_str text;
    rv_status st = rv_history_text(c->cx, r, true, &text);
    if (st == RV_OK)
        st = rv_history_pack(c->cx, text, &r->record);
    r->jw = mark;
    r->history.n = n;
    return st;
}

static rv_status write_point(struct rv_call *c, rv_tx_fn *fn, rv_status (*then)(struct rv_call *c))
{
    c->run->write = (struct rv_write){ .cx = c->cx, .fn = fn, .done = stored, .arg = c };
    rv_store_write_async(rv_engine_env(c->run->e)->store, &c->run->write);
    return rv_wait(c, then);
}

/* ---- around a card --------------------------------------------------------------------------- */

static rv_status send(struct rv_call *c)
{
    struct rv_run *r = c->run;
    if (r->write.st == RV_CONFLICT)
        return RV_CONFLICT;
    if (r->write.st != RV_OK) { /* the disk is full, or the like: nothing has left */
        rv_error_clear(c->cx);
        return rv_retry_later(
            c, 1000,
            "what the run has done so far could not be stored; it goes on when there is room");
    }
    r->effect = RV_EFFECT_SENDING;
    r->outbox = true;
    return c->step->card->run(c);
}

rv_status rv_effect_begin(struct rv_call *c)
{
    struct rv_run *r = c->run;
    if (r->effect == RV_EFFECT_MARKED)
        return RV_OK; /* it happened; what it answered is not known */
    rv_history_card_undo(r); /* the point is before the card */
    rv_status st = record(c);
    rv_history_card_begin(r, c->step, rv_now(rv_engine_env(r->e)), c->in);
    return st == RV_OK ? write_point(c, sending_tx, send) : st;
}

bool rv_effect_wants_point(const struct rv_run *r)
{
    const struct rv_step *next = &r->program->steps[r->pc];
    bool once = next->op == RV_OP_CARD && next->card != NULL && next->card->once;
    return next->op != RV_OP_END && !once;
}

static rv_status answer_stored(struct rv_call *c)
{
    if (c->run->write.st == RV_OK)
        c->run->effect = RV_EFFECT_NONE;
    rv_error_clear(c->cx); /* else the next point carries it */
    return RV_OK;
}

rv_status rv_effect_answer(struct rv_call *c)
{
    rv_error_clear(c->cx);
    rv_status st = record(c);
    if (st == RV_OK)
        return write_point(c, answered_tx, answer_stored);
    rv_error_clear(c->cx);
    c->act = RV_CALL_NEXT;
    return RV_OK; /* the next point carries it */
}

rv_status rv_effect_done(struct rv_tx *tx, rv_str run_id)
{
    return rv_sql_exec(tx, &effect_sql[Q_DONE], NULL, RV_ARGS(run_id));
}

rv_status rv_effect_drop(struct rv_tx *tx, rv_str run_id)
{
    return rv_sql_exec(tx, &effect_sql[Q_DROP], NULL, RV_ARGS(run_id));
}

/* ---- after a crash --------------------------------------------------------------------------- */

void rv_effect_loaded(struct rv_run *r, rv_str state, int64_t crashes)
{
    r->outbox = state.p != NULL;
    if (rv_str_eq(state, RV_STR("SENDING")) || rv_str_eq(state, RV_STR("UNCERTAIN")))
        r->loaded = RV_LOADED_UNCERTAIN;
    else if (crashes != RV_NO_INT && crashes >= RV_CRASHES_MAX)
        r->loaded = RV_LOADED_CRASHED;
    if (rv_str_eq(state, RV_STR("MARKED")))
        r->effect = RV_EFFECT_MARKED;
}

static rv_status hold_tx(struct rv_tx *tx, void *arg)
{
    struct rv_run *r = arg;
    const struct rv_job job = { .id = r->job_id, .kind = RV_STR("flow.run") };
    rv_str id = rv_str_of(r->id);
    int64_t changed;
    r->job_over = true;
    RV_TRY(rv_job_done(tx, &job));
    RV_TRY(rv_sql_exec(tx, &effect_sql[Q_HOLD], &changed,
                       RV_ARGS(r->error_message, r->error_card_id, r->error_card_title, id)));
    if (changed == 0)
        return RV_OK;
    RV_TRY(rv_sql_exec(tx, &effect_sql[Q_UNCERTAIN], NULL, RV_ARGS(id)));
    RV_TRY(rv_event_add(
        tx, "reeve.run.uncertain", false, rv_str_of(r->error_message),
        RV_TARGETS({ .type = "WorkflowRun", .id = id, .name = r->program->flow_name },
                   { .type = "Flow", .id = r->program->flow_id, .name = r->program->flow_name }),
        RV_NONE_STR));
    return rv_tx_announce(tx, "run", id);
}

void rv_run_hold(struct rv_run *r, struct rv_cx *cx)
{
    const struct rv_step *s = &r->program->steps[r->pc];
    rv_str title = s->title.n > 0 ? s->title : s->name;
    rv_utf8_copy(r->error_card_id, sizeof r->error_card_id, s->id);
    rv_utf8_copy(r->error_card_title, sizeof r->error_card_title, title);
    rv_utf8_copy(r->error_message, sizeof r->error_message,
                 rv_printf(cx,
                           "The server ended while the card \"%.*s\" was sending; nobody knows "
                           "whether the other side has done it",
                           RV_FMT(rv_utf8_cut(title, 200))));
    cx->log_id = rv_str_of(r->id);
    rv_log_write(cx, RV_LOG_WARN, "flow.run.uncertain", "%s", r->error_message);
    rv_run_leave(r, cx, hold_tx);
}

/* ---- what a person decides ------------------------------------------------------------------- */

rv_status rv_effect_decide(struct rv_tx *tx, rv_str run_id, bool happened, rv_str *ret_effect_id)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    bool found;
    int64_t changed;
    RV_TRY(rv_sql_first(tx, &effect_sql[Q_FIND], &r, &found, RV_ARGS(run_id)));
    if (found) {
        *ret_effect_id = rv_col_str(&r, 1);
        RV_TRY(rv_rows_end(&r));
    }
    RV_TRY(rv_sql_exec(tx, &effect_sql[Q_RELEASE], &changed, RV_ARGS(run_id)));
    if (!found || changed == 0)
        return rv_fail(cx, RV_CONFLICT,
                       "nothing about this run is uncertain; somebody may have decided already");
    RV_TRY(rv_sql_exec(tx, &effect_sql[Q_DECIDE], NULL,
                       RV_ARGS(happened ? "MARKED" : "RESEND", run_id)));
    return rv_job_add(tx, RV_STR("flow.run"), RV_NONE_STR, rv_tx_now(tx), run_id, NULL);
}

rv_status rv_effect_get(struct rv_tx *tx, rv_str run_id, struct rv_effect_row *ret)
{
    struct rv_rows r;
    bool found;
    *ret = (struct rv_effect_row){ .sending_at = RV_NO_TIME };
    RV_TRY(rv_sql_first(tx, &effect_sql[Q_FIND], &r, &found, RV_ARGS(run_id)));
    if (!found)
        return RV_OK;
    *ret = (struct rv_effect_row){ rv_col_str(&r, 0), rv_col_str(&r, 1), rv_col_str(&r, 2),
                                   rv_col_int(&r, 3) };
    return rv_rows_end(&r);
}
