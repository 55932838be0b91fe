/* flows/run.c: the interpreter: takes a run from card to card until it waits or has ended.
 *
 * The program is read-only; everything that changes is in the run: position, slots, the record of
 * its history. The loop looks up nothing by name and does not recurse. A card that waits takes the
 * worker's cx along and gives the worker back; who comes last, the executor leaving or the
 * completion arriving, takes the run up again. Pure cards leave no trace in the store: after a
 * crash they run again from the last durable point. */
#include "flows/flows_int.h"
#include <stdio.h>
#include <stdlib.h>

const char *const rv_run_status_names[] = { "QUEUED", "RUNNING", "WAITING", "PAUSED", "SUCCEEDED", "STOPPED", "FAILED", "CANCELED" };

const char *const rv_run_via_names[] = { "DELEGATED", "TEST", "REPLAY", "HELPER", "EVENT", "SCHEDULE", "ENDPOINT" };

struct rv_run *rv_run_new(struct rv_engine *e, rv_str id)
{
    struct rv_run *r = calloc(1, sizeof *r);
    if (r == NULL || id.n >= sizeof r->id) {
        free(r);
        return NULL;
    }
    r->magic = RV_MAGIC(RV_RUN_TAG);
    memcpy(r->id, id.p, id.n);
    r->e = e;
    r->call.magic = RV_MAGIC(RV_CALL_TAG);
    r->call.run = r;
    r->status = RV_RUN_QUEUED;
    rv_buf_init(&r->history, RV_RUN_MEMORY_MAX);
    return r;
}

rv_status rv_run_share_tally(struct rv_run *r, struct rv_cx *cx)
{
    rv_str root = rv_json_member_str(r->parent, "root_execution_id");
    if (r->tally != NULL)
        return RV_OK;
    r->tally = rv_tally_get(rv_engine_tallies(r->e), root.p != NULL ? root : rv_str_of(r->id));
    if (r->tally == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory while calling a helper flow");
    rv_tally_raise(r->tally, r->cards_run);
    return RV_OK;
}

static void drop_values(json_t **at, size_t n)
{
    for (size_t i = 0; at != NULL && i < n; i++) {
        json_decref(at[i]);
        at[i] = NULL;
    }
}

void rv_run_free(struct rv_run *r)
{
    if (r == NULL)
        return;
    RV_CHECK(r, RV_RUN_TAG);
    if (r->call.cx != NULL && r->call.step != NULL) { /* was waiting for something when the process ended */
        drop_values(r->call.in, r->call.step->in_n);
        drop_values(r->call.out, r->call.step->out_n);
        rv_engine_cx_give(r->e, r->call.cx);
    }
    if (r->program != NULL)
        drop_values(r->slots, r->program->slots_n);
    free(r->slots);
    json_decref(r->inputs);
    json_decref(r->caller);
    json_decref(r->caught);
    json_decref(r->done);
    json_decref(r->called_for);
    rv_tally_unref(r->tally);
    json_decref(r->call.fields);
    json_decref(r->parent);
    json_decref(r->result);
    json_decref(r->raw.headers);
    json_decref(r->raw.body);
    json_decref(r->resume);
    rv_program_unref(r->program);
    rv_buf_done(&r->history);
    free(r->text);
    r->magic = 0;
    free(r);
}

rv_status rv_run_set_origin(struct rv_cx *cx, struct rv_run *r, rv_str principal_id,
                            rv_str request_id, rv_str step_id)
{
    rv_str *const to[3] = { &r->principal_id, &r->request_id, &r->step_id };
    const rv_str from[3] = { principal_id, request_id, step_id };
    size_t at = 0;
    r->text = calloc(1, principal_id.n + request_id.n + step_id.n + 1);
    if (r->text == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory while starting a run");
    for (int i = 0; i < 3; i++) {
        if (from[i].p == NULL)
            continue;
        memcpy(r->text + at, from[i].p, from[i].n);
        *to[i] = (rv_str){ r->text + at, from[i].n };
        at += from[i].n;
    }
    return RV_OK;
}

rv_status rv_run_set_program(struct rv_cx *cx, struct rv_run *r, struct rv_program *p)
{
    r->program = p;
    r->slots = calloc(p->slots_n + 1, sizeof(json_t *));
    if (r->slots == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory while starting a run");
    return RV_OK;
}

/* ---- ending ---------------------------------------------------------------------------------- */

static void note_error(struct rv_run *r, const struct rv_step *s, rv_str message, int code)
{
    r->status = RV_RUN_FAILED;
    r->error_code = code;
    rv_utf8_copy(r->error_message, sizeof r->error_message, message); /* cut rather than lost */
    if (s == NULL)
        return;
    rv_utf8_copy(r->error_card_id, sizeof r->error_card_id, s->id);
    rv_utf8_copy(r->error_card_title, sizeof r->error_card_title,
                 s->title.n > 0 ? s->title : s->name);
}

static void finish(struct rv_run *r, struct rv_cx **wcx)
{
    struct rv_cx *cx = *wcx;
    *wcx = NULL;
    rv_run_end(r, cx);
}

/* ---- values ---------------------------------------------------------------------------------- */

static rv_status evaluate(struct rv_cx *cx, const struct rv_run *r, const struct rv_source *s,
                          json_t **ret)
{
    json_t *v = s->constant;
    if (s->slot >= 0) {
        v = r->slots[s->slot];
        if (v != NULL && s->path != NULL)
            v = rv_value_walk(v, s->path);
    }
    if (v == NULL || (s->convert <= 0 && !s->wrap)) {
        *ret = v != NULL ? json_incref(v) : json_null();
        return RV_OK;
    }
    return rv_convert(cx, s->convert, s->wrap, v, ret);
}

static rv_status keep(struct rv_cx *cx, struct rv_run *r, int slot, json_t *v)
{
    if (slot < 0)
        return RV_OK;
    r->memory += rv_value_size(v) - rv_value_size(r->slots[slot]);
    json_decref(r->slots[slot]);
    r->slots[slot] = json_incref(v);
    size_t most = rv_engine_limits(r->e)->memory;
    r->call.fatal = r->memory > most; /* the run ends, whatever handler there is */
    if (r->call.fatal)
        return rv_fail(cx, RV_LIMIT,
                       "the run holds %zu bytes of values, more than %zu (limit run.memory)",
                       r->memory, most);
    return RV_OK;
}

/* A container's outputs, once its lane has ended: into their slots, the history and, for a helper
 * flow, the result so far. */
static rv_status join(struct rv_run *r, const struct rv_step *c, struct rv_cx *cx,
                      json_t *const *values)
{
    rv_status st = RV_OK;
    for (size_t i = 0; i < c->out_n && st == RV_OK; i++) {
        rv_str key = c->out[i].field.key;
        if (values[i] == NULL)
            continue;
        st = keep(cx, r, c->out[i].slot, values[i]);
        if (r->result != NULL && key.p != NULL && c->body == NULL)
            (void)json_object_setn(r->result, key.p, key.n, values[i]); /* the join is the last card so far */
    }
    if (st == RV_OK && c->out_n > 0)
        rv_history_join(r, c, rv_now(rv_engine_env(r->e)), values);
    return st;
}

/* Gives a container its outputs at the end of a lane. */
static bool results(struct rv_run *r, const struct rv_step *s, struct rv_cx *cx)
{
    const struct rv_step *c = s->container;
    json_t **values = RV_NEW_N(cx, json_t *, c->out_n + 1);
    rv_status st = values != NULL ? RV_OK : RV_BUSY;
    for (size_t i = 0; i < c->out_n && st == RV_OK; i++)
        if ((int)i != c->condition)
            st = evaluate(cx, r, &s->results[i], &values[i]);
    if (st == RV_OK)
        st = join(r, c, cx, values);
    drop_values(values, c->out_n);
    if (st == RV_OK)
        return true;
    note_error(r, c, rv_str_of(rv_error(cx)->message), 500);
    return false;
}

/* ---- a card ---------------------------------------------------------------------------------- */

static rv_status read_inputs(struct rv_call *c, const struct rv_step *s)
{
    for (size_t i = 0; i < s->in_n; i++) {
        rv_status st = evaluate(c->cx, c->run, &s->in[i].source, &c->in[i]);
        if (st != RV_OK)
            return rv_wrap(c->cx, st, "the field \"%.*s\"", RV_FMT(s->in[i].field.label));
    }
    return RV_OK;
}

static rv_status check_required(struct rv_call *c, const struct rv_step *s)
{
    for (size_t i = 0; i < s->in_n; i++)
        if (rv_prog_in_missing(&s->in[i], c->in[i]))
            return rv_fail(c->cx, RV_INVALID, "required field %.*s is empty",
                           RV_FMT(s->in[i].field.label));
    return RV_OK;
}

static void warn_limit(const struct rv_call *c)
{
    const struct rv_program *p = c->run->program;
    rv_event_later(c->cx, "workflows.org.step_execution_limit.warning", RV_NONE_STR,
                   (struct rv_target){ .type = "Flow", .id = p->flow_id, .name = p->flow_name },
                   RV_NONE_STR);
}

/* Each number is given to one card of the chain of runs, so the warning is written once. That the
 * limit was passed is told with the end of the run (run_store.c). */
static rv_status check_limits(struct rv_call *c)
{
    uint64_t most = rv_engine_limits(c->run->e)->cards, n = ++c->run->cards_run;
    if (c->run->tally != NULL)
        n = rv_tally_count(c->run->tally);
    c->fatal = c->run->over_limit = n > most;
    if (n == most / 5 * 4)
        warn_limit(c);
    if (c->fatal)
        return rv_fail(c->cx, RV_LIMIT,
                       "the run and its helper runs executed %" PRIu64 " cards, more than %" PRIu64
                       " (limit run.cards)",
                       n, most);
    return RV_OK;
}

/* Prepares the call and runs the card's function up to its first wait. */
static rv_status begin_card(struct rv_run *r, const struct rv_step *s, struct rv_cx *cx)
{
    struct rv_call *c = &r->call;
    const struct rv_env *env = rv_engine_env(r->e);
    c->step = s;
    c->cx = cx;
    c->act = RV_CALL_NEXT;
    c->then = NULL;
    c->state = NULL;
    c->lane = c->message = c->raw = RV_NONE_STR;
    c->code = 0;
    c->failure = NULL;
    c->fatal = false;
    c->stall = RV_STALL_NONE;
    c->began_us = rv_mono_us(env);
    atomic_store(&c->phase, RV_PHASE_RUNNING);
    c->start = (struct rv_start){ .run_id = rv_str_of(r->id),
                                  .principal_id = r->principal_id,
                                  .inputs = r->inputs,
                                  .caller = r->caller,
                                  .parent = r->parent,
                                  .index = r->index,
                                  .error = s->body != NULL && s->body->is_handler ? r->caught
                                                                                  : r->called_for,
                                  .at = r->accepted_at,
                                  .resumed = r->resume };
    c->in = RV_NEW_N(cx, json_t *, s->in_n + 1);
    c->out = RV_NEW_N(cx, json_t *, s->out_n + 1);
    if (c->in == NULL || c->out == NULL) {
        c->in = c->out = NULL;
        rv_history_card_begin(r, s, rv_now(env), NULL);
        return RV_BUSY;
    }
    rv_status st = read_inputs(c, s);
    rv_history_card_begin(r, s, rv_now(env), c->in);
    RV_TRY(st);
    RV_TRY(check_limits(c));
    if (s->card == NULL)
        return rv_fail(cx, RV_INVALID, "the card %.*s is not supported", RV_FMT(s->name));
    bool done;
    RV_TRY(rv_call_take_done(c, &done));
    if (done)
        return RV_OK;
    RV_TRY(check_required(c, s));
    bool once = s->card->once || (s->card->once_now != NULL && s->card->once_now(c));
    return once ? rv_effect_begin(c) : s->card->run(c);
}

/* Puts the outputs into their slots and checks what they need. */
static rv_status keep_outputs(struct rv_run *r, const struct rv_step *s, struct rv_cx *cx)
{
    size_t bytes = 0;
    for (size_t i = 0; i < s->out_n; i++) {
        if (rv_value_too_deep(r->call.out[i]))
            return rv_fail(
                cx, RV_LIMIT,
                "a value has more than %d lists and objects inside each other (limit value.depth)",
                RV_VALUE_DEPTH_MAX);
        bytes += rv_value_size(r->call.out[i]);
        RV_TRY(keep(cx, r, s->out[i].slot, r->call.out[i]));
    }
    if (bytes > RV_RUN_OUTPUT_MAX)
        return rv_fail(cx, RV_LIMIT, "the card put out %zu bytes, more than %d (limit run.output)",
                       bytes, RV_RUN_OUTPUT_MAX);
    if (r->history.failed)
        return rv_fail(cx, RV_LIMIT,
                       "the history of the run is larger than %d bytes (limit run.memory)",
                       RV_RUN_MEMORY_MAX);
    return RV_OK;
}

static int error_code(const struct rv_call *c, rv_status st)
{
    if (c->code != 0)
        return c->code;
    return rv_status_info(st)->http >= 400 ? rv_status_info(st)->http : 500;
}

static void leave_card(struct rv_run *r, const struct rv_step *s)
{
    struct rv_call *c = &r->call;
    drop_values(c->in, s->in_n);
    drop_values(c->out, s->out_n);
    json_decref(c->fields);
    json_decref(r->resume); /* the card it was for has had it */
    r->resume = NULL;
    rv_arena_reset(c->cx->arena);
    rv_error_clear(c->cx);
    c->in = c->out = NULL;
    c->fields = NULL;
    c->failure = NULL;
    c->cx = NULL;
    c->step = NULL;
}

enum after { GO_ON, LEFT, ENDED };

/* ---- inline bodies --------------------------------------------------------------------------- */

/* Borrowed: what a card gives back under a key: an output, or a field of Return that is not mirrored as
 * one. NULL: nothing. */
static json_t *given_back(const struct rv_run *r, const struct rv_step *s, rv_str key)
{
    for (size_t i = 0; i < s->out_n; i++)
        if (rv_str_eq(s->out[i].field.key, key) && r->call.out[i] != NULL)
            return r->call.out[i];
    for (size_t i = 0; r->call.act == RV_CALL_RETURN && i < s->in_n; i++)
        if (rv_str_eq(s->in[i].field.key, key) && r->call.in[i] != NULL)
            return r->call.in[i];
    return NULL;
}

/* The body ends early or at its end: its container gets its outputs by key from the card's outputs,
 * or nothing. */
static rv_status leave_body(struct rv_run *r, const struct rv_body *b, const struct rv_step *s,
                            struct rv_cx *cx)
{
    const struct rv_step *c = b->container;
    json_t **values = RV_NEW_N(cx, json_t *, c->out_n + 1), *null = json_null();
    if (values == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < c->out_n; i++) {
        values[i] = s != NULL ? given_back(r, s, c->out[i].field.key) : NULL; /* the call outlives this */
        values[i] = values[i] != NULL ? values[i] : null;
    }
    r->pc = (uint32_t)c->end;
    return join(r, c, cx, values);
}

static uint32_t lane_start(const struct rv_step *s, rv_str name)
{
    for (size_t i = 0; i < s->lanes_n; i++)
        if (rv_str_eq(s->lanes[i].name, name))
            return (uint32_t)s->lanes[i].first;
    return (uint32_t)s->end;
}

/* A failure inside a body goes to the nearest handler around it (workflows.md 11.2). */
static bool catch_error(struct rv_run *r, const struct rv_step *s, rv_str message)
{
    const struct rv_body *b = s->body;
    while (b != NULL && b->handler < 0)
        b = b->parent;
    if (b == NULL || r->call.fatal)
        return false;
    json_decref(r->caught);
    r->caught = rv_error_object(r, s, message, r->error_code);
    if (r->call.fields != NULL)
        (void)json_object_update_missing(r->caught, r->call.fields); /* what does not fit is missing */
    r->pc = (uint32_t)b->handler;
    r->status = RV_RUN_RUNNING;
    r->attempt = 0;
    r->waiting_since = 0;
    return true;
}

/* Somebody waits for what the flow gives back: a flow that called it, or an HTTP caller. */
static bool gives_back(const struct rv_run *r)
{
    return r->parent != NULL || r->via == RV_VIA_ENDPOINT || r->resumed;
}

/* What a flow gives back: by key what its last card put out, also Return and Continue If
 * (flopack.md 10). */
static rv_status keep_result(struct rv_run *r, const struct rv_step *s, struct rv_cx *cx)
{
    if (!gives_back(r) || (s->body != NULL && r->call.act != RV_CALL_RETURN_RAW))
        return RV_OK;
    json_t *o = json_object();
    bool ok = o != NULL;
    for (size_t i = 0; ok && i < s->out_n; i++) {
        rv_str key = s->out[i].field.key;
        ok = key.p == NULL ||
             json_object_setn_new(o, key.p, key.n,
                                  r->call.out[i] != NULL ? json_incref(r->call.out[i])
                                                         : json_null()) == 0;
    }
    for (size_t i = 0; ok && r->call.act == RV_CALL_RETURN && i < s->in_n; i++) {
        rv_str key = s->in[i].field.key; /* of fields that are not mirrored as outputs */
        ok = key.p == NULL || json_object_getn(o, key.p, key.n) != NULL ||
             json_object_setn_new(o, key.p, key.n,
                                  r->call.in[i] != NULL ? json_incref(r->call.in[i])
                                                        : json_null()) == 0;
    }
    json_decref(r->result);
    r->result = o;
    return ok ? RV_OK : rv_fail(cx, RV_BUSY, "out of memory in a helper flow");
}

/* Where the run goes on after a card that has succeeded and stands in the history. */
static enum after move_on(struct rv_run *r, const struct rv_step *s, struct rv_cx *cx)
{
    const struct rv_call *c = &r->call;
    bool raw = c->act == RV_CALL_RETURN_RAW,
         ends = raw || c->act == RV_CALL_STOP || c->act == RV_CALL_RETURN;
    r->pc++;
    if (c->act == RV_CALL_BRANCH && !c->which)
        r->pc = (uint32_t)s->target;
    if (c->act == RV_CALL_LANE)
        r->pc = lane_start(s, c->lane);
    r->attempt = 0;
    r->waiting_since = 0;
    if (!ends)
        return GO_ON;
    if (s->body == NULL || raw) {
        r->status = c->act == RV_CALL_STOP ? RV_RUN_STOPPED : RV_RUN_SUCCEEDED;
        return ENDED;
    }
    if (leave_body(r, s->body, s, cx) == RV_OK)
        return GO_ON;
    note_error(r, s->body->container, rv_str_of(rv_error(cx)->message), 500);
    return ENDED;
}

static rv_str failure_text(const struct rv_call *c)
{
    return rv_str_of(rv_error(c->cx)->message != NULL ? rv_error(c->cx)->message
                                                      : "the card ran out of memory");
}

/* What the author hands the caller of a flow that fails: the fields of "Return Values", or of
 * Return Error. */
static void keep_failure_values(struct rv_run *r, const struct rv_step *s)
{
    r->returned = rv_policy_returns(s);
    if (!r->returned && r->call.fields == NULL)
        return;
    json_decref(r->result);
    r->result = r->returned ? rv_policy_values(&r->call) : json_incref(r->call.fields);
}

/* The card's function has come back for good: history, slots, next position. */
static enum after end_card(struct rv_run *r, const struct rv_step *s, rv_status st)
{
    struct rv_call *c = &r->call;
    int64_t us = rv_mono_us(rv_engine_env(r->e)) - c->began_us;
    enum after after;
    if (st == RV_OK && s->card != NULL && s->card->kind == RV_CARD_PURE &&
        us / 1000 > s->timeout_ms)
        st = rv_fail(c->cx, RV_LIMIT,
                     "the card ran for %" PRId64 " ms, more than %" PRId64 " (limit card.timeout)",
                     us / 1000, s->timeout_ms);
    if (st == RV_OK)
        st = keep_outputs(r, s, c->cx);
    if (st == RV_OK)
        st = keep_result(r, s, c->cx);
    if (st != RV_OK) {
        rv_str message = failure_text(c);
        note_error(r, s, message, error_code(c, st));
        rv_history_card_end(r, s, 'F', us, c->out, message, r->error_code, c->raw);
        after = catch_error(r, s, message) ? GO_ON : ENDED;
        if (after == ENDED)
            keep_failure_values(r, s);
        if (after == ENDED && atomic_load(&r->cancel))
            r->status = RV_RUN_CANCELED; /* what failed, failed for that reason */
    } else {
        rv_history_card_end(r, s,
                            c->act == RV_CALL_STOP          ? 'X'
                            : r->effect == RV_EFFECT_MARKED ? 'M'
                                                            : 'S',
                            us, c->out, c->act == RV_CALL_STOP ? c->message : RV_NONE_STR, 0,
                            RV_NONE_STR);
        after = move_on(r, s, c->cx);
    }
    return after;
}

/* To be tried again later: the run goes to the store and out of memory. */
static void park(struct rv_run *r, const struct rv_step *s, struct rv_cx **wcx)
{
    struct rv_cx *cx = *wcx;
    int64_t now = rv_now(rv_engine_env(r->e));
    r->due_at = now + r->call.delay_ms;
    r->parked_at = s;
    if (r->waiting_since == 0)
        r->waiting_since = now;
    r->attempt++;
    rv_utf8_copy(r->error_message, sizeof r->error_message, r->call.message); /* why it waits */
    rv_history_card_undo(r);
    leave_card(r, s);
    *wcx = NULL;
    rv_run_park(r, cx);
}

/* What who called gets now: what the card has put out so far, and the id to resume the run by. */
static json_t *paused_result(const struct rv_run *r, const struct rv_step *s)
{
    json_t *o = json_object();
    bool ok = o != NULL;
    for (size_t i = 0; ok && i < s->out_n; i++) {
        rv_str key = s->out[i].field.key;
        ok = key.p == NULL ||
             json_object_setn_new(o, key.p, key.n,
                                  r->call.out[i] != NULL ? json_incref(r->call.out[i])
                                                         : json_null()) == 0;
    }
    if (ok && json_object_set_new(o, "execution_id", json_string(r->id)) == 0)
        return o;
    json_decref(o);
    return NULL;
}

static void pause_here(struct rv_run *r, const struct rv_step *s, struct rv_cx **wcx)
{
    struct rv_cx *cx = *wcx;
    json_decref(r->result);
    r->result = paused_result(r, s);
    r->due_at = rv_now(rv_engine_env(r->e)) + r->call.delay_ms;
    r->attempt++;
    rv_utf8_copy(r->error_message, sizeof r->error_message, r->call.message);
    rv_history_card_undo(r);
    leave_card(r, s);
    *wcx = NULL;
    rv_run_pause(r, cx);
}

static enum after settle(struct rv_run *r, const struct rv_step *s, rv_status st,
                         struct rv_cx **wcx);

static enum after leave(struct rv_run *r, const struct rv_step *s)
{
    r->storing = false;
    leave_card(r, s);
    return GO_ON;
}

/* What an effect that must not happen twice has answered is stored before the run goes on. */
static enum after end_effect(struct rv_run *r, const struct rv_step *s, enum after after,
                             struct rv_cx **wcx)
{
    bool sent = r->effect == RV_EFFECT_SENDING || r->effect == RV_EFFECT_MARKED;
    if (sent)
        r->effect = RV_EFFECT_ANSWERED; /* every later write of the run carries it */
    r->call.failure = NULL; /* it stands in the history by now */
    r->storing = sent && after == GO_ON && rv_effect_wants_point(r);
    if (r->storing)
        return settle(r, s, rv_effect_answer(&r->call), wcx);
    leave_card(r, s);
    return after;
}

/* Acts on what the function said. LEFT: somebody else has the run now, it must not be touched. */
static enum after settle(struct rv_run *r, const struct rv_step *s, rv_status st,
                         struct rv_cx **wcx)
{
    struct rv_call *c = &r->call;
    for (;;) {
        if (st != RV_OK && c->failure == NULL &&
            rv_policy_again(c, error_code(c, st), failure_text(c))) {
            rv_call_stalled(c, error_code(c, st) == 429 ? RV_STALL_LIMITED
                               : st == RV_BUSY          ? RV_STALL_NO_ROOM
                                                        : RV_STALL_NONE);
            st = RV_OK; /* to be parked below */
        }
        else if (st != RV_OK && rv_policy_calls(c))
            st = rv_policy_call(c, st, error_code(c, st));
        if (st != RV_OK || c->act != RV_CALL_WAIT)
            break;
        struct rv_cx *cx = *wcx;
        int expected = RV_PHASE_RUNNING;
        *wcx = NULL; /* the cx goes with the run; whoever resumes it brings it back */
        if (atomic_compare_exchange_strong(&c->phase, &expected, RV_PHASE_WAITING))
            return LEFT;
        *wcx = cx;
        c->act = RV_CALL_NEXT;
        atomic_store(&c->phase, RV_PHASE_RUNNING);
        st = c->then(c);
    }
    st = rv_policy_back(c, st);
    if (st == RV_OK && c->act == RV_CALL_RETRY) {
        park(r, s, wcx);
        return LEFT;
    }
    if (st == RV_OK && c->act == RV_CALL_PAUSE) {
        pause_here(r, s, wcx);
        return LEFT;
    }
    return st == RV_OK && r->storing ? leave(r, s) : end_effect(r, s, end_card(r, s, st), wcx);
}

/* A card that waited goes on with the cx it took along. */
static enum after go_on(struct rv_run *r, struct rv_cx **wcx)
{
    struct rv_call *c = &r->call;
    if (*wcx != NULL)
        rv_engine_cx_give(r->e, *wcx);
    *wcx = c->cx;
    c->act = RV_CALL_NEXT;
    atomic_store(&c->phase, RV_PHASE_RUNNING);
    return settle(r, c->step, c->then(c), wcx);
}

static enum after next_step(struct rv_run *r, struct rv_cx **wcx)
{
    if (atomic_load(&r->cancel)) {
        r->status = RV_RUN_CANCELED;
        return ENDED;
    }
    const struct rv_step *s = &r->program->steps[r->pc];
    switch (s->op) {
    case RV_OP_END:
        r->status = RV_RUN_SUCCEEDED;
        return ENDED;
    case RV_OP_RESULTS:
        if (!results(r, s, *wcx))
            return ENDED;
        rv_arena_reset((*wcx)->arena);
        r->pc = (uint32_t)s->target;
        return GO_ON;
    case RV_OP_BODY_END:
        if (leave_body(r, s->body, NULL, *wcx) != RV_OK) {
            note_error(r, s->body->container, rv_str_of(rv_error(*wcx)->message), 500);
            return ENDED;
        }
        return GO_ON;
    case RV_OP_CARD:
        return settle(r, s, begin_card(r, s, *wcx), wcx);
    }
    return ENDED;
}

/* Of a run read back from the store. False: it does not, and somebody else has it now. */
static bool goes_on(struct rv_run *r, struct rv_cx **wcx)
{
    struct rv_cx *cx = *wcx;
    if (r->loaded == RV_LOADED_WELL || atomic_load(&r->cancel))
        return true;
    if (r->loaded == RV_LOADED_CRASHED) {
        note_error(r, NULL,
                   RV_STR("the run broke the server down three times and is not tried again"), 500);
        finish(r, wcx);
        return false;
    }
    *wcx = NULL;
    rv_run_hold(r, cx);
    return false;
}

/* What a run may do before others have their turn. */
struct slice {
    uint32_t steps;
    int64_t until_us;
};

static bool turn_over(const struct rv_run *r, struct slice *s)
{
    bool over = ++s->steps > RV_SLICE_CARDS ||
                (s->steps > 1 && rv_mono_us(rv_engine_env(r->e)) > s->until_us);
    if (!over)
        return false;
    if (rv_engine_others_wait(r->e))
        return true;
    *s = (struct slice){ .until_us = rv_mono_us(rv_engine_env(r->e)) + RV_SLICE_US };
    return false;
}

void rv_run_go(struct rv_run *r, struct rv_cx **wcx)
{
    enum after after = GO_ON;
    struct rv_engine *e = r->e; /* a run that waits or has ended may be gone at any moment */
    RV_CHECK(r, RV_RUN_TAG);
    if (atomic_load_explicit(&r->began_at, memory_order_relaxed) == 0)
        atomic_store_explicit(&r->began_at, rv_now(rv_engine_env(r->e)), memory_order_relaxed);
    if (r->program == NULL) {
        rv_status st = rv_run_load(*wcx, r);
        if (st != RV_OK) {
            note_error(r, NULL, rv_str_of(rv_error(*wcx)->message), 500);
            rv_log_error(*wcx, RV_LOG_ERROR, "flow.run.load");
            after = ENDED;
        }
        rv_arena_reset((*wcx)->arena);
        rv_error_clear(*wcx);
        if (after == GO_ON && !goes_on(r, wcx))
            return;
    }
    if (after == GO_ON && r->call.step != NULL && r->call.then != NULL)
        after = go_on(r, wcx);
    else if (after == GO_ON)
        r->status = RV_RUN_RUNNING;
    struct slice slice = { .until_us = rv_mono_us(rv_engine_env(e)) + RV_SLICE_US };
    while (after == GO_ON && !rv_engine_hurried(e)) {
        if (turn_over(r, &slice)) {
            if (r->slowed_at == 0)
                r->slowed_at = rv_now(rv_engine_env(e));
            rv_engine_enqueue(e, r); /* not touched any more */
            return;
        }
        after = next_step(r, wcx);
    }
    if (after == ENDED)
        finish(r, wcx);
    else if (after == GO_ON) { /* shutting down: somebody takes it up after the restart */
        struct rv_store *store = rv_engine_env(e)->store;
        int64_t job = r->job_id;
        rv_engine_drop(e, r, false, false); /* first: the dispatcher must not find it any more */
        rv_job_release(store, job);
    }
}
