/* flows/run_store.c: runs and the store: accepting, checking in, ending, loading (security.md 9.2).
 *
 * A run that needs no waiting costs two durable points: one transaction accepts it (row, input,
 * job, event, idempotency key), one ends it (state, packed history, job gone, notice for the
 * request that started it). A run that waits for long adds a check-point and leaves memory. Every
 * write is conditional on the run not having ended. */
#include "flows/flows_int.h"
#include <stdlib.h>

enum { Q_BY_KEY, Q_INSERT, Q_END, Q_PARK, Q_PAUSE, Q_LOAD, Q_SEEN, Q_LIMIT, Q_N };
static const struct rv_sql run_sql[Q_N] = {
    [Q_BY_KEY] = {
        .name = "run_by_key",
        .text = "SELECT id, idem_hash FROM run WHERE flow_id = :flow_id AND starter_id = :starter_id AND idem_key = :key",
        .in = "flow_id:text starter_id:text key:text", .out = "id:text idem_hash:text",
    },
    [Q_INSERT] = {
        .name = "run_insert",
        .text = "INSERT INTO run (flow_id, id, flow_version, status, created_at, data_saved, starter_kind, starter_id, starter_name, request_id, "
                "request_number, step_id, parent_run_id, idem_key, idem_hash, started_via, data) VALUES (:flow_id, :id, :flow_version, 'QUEUED', :now, :data_saved, :starter_kind, "
                ":starter_id, :starter_name, :request_id, :request_number, :step_id, :parent_run_id, :idem_key, :idem_hash, :started_via, :data)",
        .in = "flow_id:text id:text flow_version:int now:time data_saved:bool starter_kind:int starter_id:text starter_name:text request_id:text "
              "request_number:int step_id:text parent_run_id:text idem_key:text idem_hash:text started_via:text data:blob",
    },
    [Q_END] = {
        .name = "run_end",
        .text = "UPDATE run SET status = :status, ended_at = :now, error_message = :message, error_code = :code, error_card_id = :card_id, "
                "error_card_title = :card_title, reason = :reason, latency_ms = :latency, data = :data WHERE id = :id AND ended_at IS NULL",
        .in = "status:text now:time message:text code:int card_id:text card_title:text reason:text latency:int data:blob id:text",
    },
    [Q_PARK] = {
        .name = "run_park",
        .text = "UPDATE run SET status = 'WAITING', error_message = :message, latency_ms = :latency, data = :data WHERE id = :id AND ended_at IS NULL",
        .in = "message:text latency:int data:blob id:text",
    },
    [Q_PAUSE] = {
        .name = "run_pause",
        .text = "UPDATE run SET status = 'PAUSED', error_message = NULL, latency_ms = :latency, data = :data WHERE id = :id AND ended_at IS NULL",
        .in = "latency:int data:blob id:text",
    },
    [Q_LOAD] = {
        .name = "run_load",
        .text = "SELECT r.flow_id, r.flow_version, r.created_at, r.data_saved, r.starter_id, r.request_id, r.step_id, r.data, r.ended_at, r.latency_ms, r.started_via, "
                "o.state, k.times FROM run r LEFT JOIN outbox o ON o.run_id = r.id "
                "LEFT JOIN run_crash k ON k.run_id = r.id WHERE r.id = :id",
        .in = "id:text",
        .out = "flow_id:text flow_version:int created_at:time data_saved:bool starter_id:text request_id:text step_id:text data:blob ended_at:time "
               "latency_ms:int started_via:text state:text times:int",
    },
    [Q_SEEN] = {
        .name = "run_seen",
        .text = "SELECT status, ended_at, error_message, error_code, data FROM run WHERE id = :id",
        .in = "id:text", .out = "status:text ended_at:time error_message:text error_code:int data:blob",
    },
    [Q_LIMIT] = {
        .name = "run_limit",
        .text = "UPDATE run SET limit_told_at = :now WHERE id = :root AND limit_told_at IS NULL",
        .in = "now:time root:text",
    },
};
RV_SQL_MODULE(run, run_sql);

/* ---- accepting ------------------------------------------------------------------------------- */

struct origin { /* of a caller object that Access Requests sent (access-requests.md 3.5) */
    rv_str request_id, step_id;
    int64_t request_number;
};

static struct origin origin_of(const json_t *caller)
{
    struct origin o = { .request_number = RV_NO_INT };
    const json_t *request = json_object_get(caller, "request"),
                 *number = json_object_get(request, "number");
    if (!rv_str_eq(rv_json_member_str(caller, "product"), RV_STR("access-requests")))
        return o;
    o.request_id = rv_json_member_str(request, "id");
    o.step_id = rv_json_member_str(json_object_get(caller, "step"), "id");
    if (json_is_integer(number))
        o.request_number = json_integer_value(number);
    return o;
}

struct look {
    struct rv_run_start *s;
    struct rv_flow_row f;
};

/* Whether a refused caller knows of the flow is asked after the refusal only: runs are many,
 * refusals are few. */
static rv_status ask(struct rv_tx *tx, bool test, struct rv_object o)
{
    enum rv_action run = test ? RV_A_FLOW_RUN : RV_A_DELEGATED_INVOKE,
                   see = test ? RV_A_FLOW_READ : RV_A_DELEGATED_READ;
    rv_status st = rv_authz(rv_tx_cx(tx), tx, run, o);
    if (st != RV_NOT_FOUND)
        return st;
    RV_TRY(rv_authz_may(rv_tx_cx(tx), tx, see, o, &o.visible));
    return o.visible ? rv_authz(rv_tx_cx(tx), tx, run, o) : st;
}

static bool from_console(enum rv_run_via via)
{
    return via == RV_VIA_TEST || via == RV_VIA_REPLAY;
}

/* Is the flow one that may be started like this, and is it on? */
static rv_status check_kind(struct rv_cx *cx, const struct rv_run_start *s,
                            const struct rv_flow_row *f)
{
    static const struct {
        const char *kind, *sentence;
    } kinds[] = {
        [RV_VIA_DELEGATED] = { "DELEGATED", NULL },
        [RV_VIA_HELPER] = { "HELPER", "does not start with a Helper Flow card" },
        [RV_VIA_EVENT] = { "EVENT", "does not start with an event" },
        [RV_VIA_SCHEDULE] = { "SCHEDULED", "does not start with a Scheduled Flow card" },
        [RV_VIA_ENDPOINT] = { "API_ENDPOINT", "does not start with an API Endpoint card" },
    };
    if (from_console(s->via))
        return RV_OK;
    if (!rv_str_eq(f->kind, rv_str_of(kinds[s->via].kind)))
        return s->via == RV_VIA_DELEGATED
                   ? rv_fail(cx, RV_NOT_FOUND,
                             "Not found: Resource not found: %.*s (DelegatedFlow)",
                             RV_FMT(s->flow_id))
                   : rv_fail(cx, RV_CONFLICT, "the flow \"%.*s\" %s", RV_FMT(f->name),
                             kinds[s->via].sentence);
    if (f->enabled)
        return RV_OK;
    return s->via == RV_VIA_HELPER
               ? rv_fail(cx, RV_CONFLICT, "the helper flow \"%.*s\" is off; turn it on",
                         RV_FMT(f->name))
               : rv_fail(cx, RV_CONFLICT, "the flow is off; turn it on first");
}

/* Everything that is read for a start, in one snapshot: the flow, the right, the program. */
static rv_status look_tx(struct rv_tx *tx, void *arg)
{
    struct look *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_program *p;
    RV_TRY(rv_flow_brief(tx, l->s->flow_id, &l->f));
    /* A flow that calls was judged when it was saved; an HTTP caller showed what the address asks
     * for. */
    if (l->s->via != RV_VIA_HELPER && l->s->via != RV_VIA_ENDPOINT)
        RV_TRY(ask(tx, from_console(l->s->via), rv_flow_object(&l->f)));
    RV_TRY(check_kind(cx, l->s, &l->f));
    RV_TRY(rv_program_load(cx, tx, l->s->flow_id, l->f.version_number, &p));
    return rv_run_set_program(cx, l->s->run, p);
}

/* Too many starts in a second: the log is told once in a minute for a flow. */
static void tell_rate(struct rv_cx *cx, struct rv_program *p, int64_t limit, int64_t second)
{
    int64_t minute = second / 60 + 1;
    if (atomic_exchange(&p->rate_told, minute) == minute)
        return;
    rv_event_later(cx, "system.org.rate_limit.violation",
                   RV_STR("More starts of the flow in a second than the limit"),
                   (struct rv_target){ .type = "Flow", .id = p->flow_id, .name = p->flow_name },
                   rv_printf(cx, "{\"limit\":%" PRId64 ",\"timeUnit\":\"SECONDS\",\"timeSpan\":1}",
                             limit));
}

static rv_status check_rate(struct rv_cx *cx, struct rv_program *p)
{
    int64_t limit = rv_config_int(cx->env, "flows.starts_per_second"),
            second = rv_mono_us(cx->env) / 1000000;
    if (limit == 0 || (cx->principal != NULL && cx->principal->method == RV_AUTH_LOCAL))
        return RV_OK;
    if (atomic_exchange(&p->rate_second, second) != second)
        atomic_store(&p->rate_count, 0);
    if (atomic_fetch_add(&p->rate_count, 1) < limit)
        return RV_OK;
    tell_rate(cx, p, limit, second);
    return rv_fail(cx, RV_RATE, "more than %" PRId64 " starts of this flow in one second", limit);
}

/* Only the Access Requests app may say who called (workflows.md 6.6). */
static rv_status check_caller(struct rv_cx *cx, const json_t *caller)
{
    rv_str text;
    if (json_object_size(caller) == 0 || cx->root)
        return RV_OK;
    if (!rv_principal_is_access_requests(cx))
        return rv_fail(cx, RV_FORBIDDEN, "only Access Requests may send a caller");
    RV_TRY(rv_json_dump(cx, caller, &text));
    if (text.n > RV_RUN_CALLER_MAX)
        return rv_fail_field(cx, "/caller", "LIMIT",
                             "the caller object has at most %d bytes (limit run.caller)",
                             RV_RUN_CALLER_MAX);
    return RV_OK;
}

/* Arguments are matched by key, what the helper does not know is ignored (flopack.md 10). */
static rv_status become_helper(struct rv_cx *cx, struct rv_run_start *s, json_t **ret_inputs)
{
    const struct rv_run *p = s->of->parent;
    struct rv_run *r = s->run;
    if (p->depth + 1 > RV_RUN_DEPTH_MAX)
        return rv_fail(cx, RV_LIMIT,
                       "helper flows call each other more than %d levels deep (limit run.depth)",
                       RV_RUN_DEPTH_MAX);
    rv_str root = rv_json_member_str(p->parent, "root_execution_id"),
           root_flow = rv_json_member_str(p->parent, "root_wf_id"), id = rv_str_of(p->id),
           flow = p->program->flow_id;
    rv_str name = p->program->flow_name.p != NULL ? p->program->flow_name : RV_STR("");
    root = root.p != NULL ? root : id;
    root_flow = root_flow.p != NULL ? root_flow : flow;
    r->depth = p->depth + 1;
    r->index = s->of->index;
    r->parent = json_pack("{s:s%, s:s%, s:s%, s:s%, s:s%, s:s%, s:s%}", "id", flow.p, flow.n,
                          "method", s->of->card_id.p, s->of->card_id.n, "name", name.p, name.n,
                          "execution_id", id.p, id.n, "wf_id", flow.p, flow.n, "root_execution_id",
                          root.p, root.n, "root_wf_id", root_flow.p, root_flow.n);
    r->called_for = json_incref(s->of->error);
    r->lane = p->lane;
    r->waiter = s->of->waiter;
    if (r->waiter != NULL)
        memcpy(r->waiter->run_id, r->id, sizeof r->id);
    *ret_inputs = s->inputs;
    return r->parent != NULL ? rv_run_share_tally(r, cx)
                             : rv_fail(cx, RV_BUSY, "out of memory while calling a helper flow");
}

static rv_status make_run(struct rv_run_start *s)
{
    struct rv_cx *cx = s->cx;
    struct rv_engine *e = rv_engine_of(cx);
    struct look l = { .s = s };
    json_t *inputs;
    rv_str record;
    int64_t now = rv_now(cx->env);
    s->run_id = rv_id_uuid7(cx, now);
    if (s->run_id.p == NULL)
        return RV_BUSY;
    s->run = rv_run_new(e, s->run_id);
    if (s->run == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory while starting a run");
    struct rv_run *r = s->run;
    RV_TRY(rv_store_read(cx, look_tx, &l));
    if (s->via == RV_VIA_DELEGATED || s->via == RV_VIA_ENDPOINT)
        RV_TRY(check_rate(cx, r->program));
    RV_TRY(check_caller(cx, s->caller));
    if (s->via == RV_VIA_HELPER)
        RV_TRY(become_helper(cx, s, &inputs));
    else if (s->via == RV_VIA_ENDPOINT)
        RV_TRY(rv_endpoint_inputs(cx, r->program->cards, s->inputs, &inputs));
    else
        RV_TRY(rv_def_check_inputs(cx, r->program->cards, s->inputs, &inputs));
    if (s->line != NULL && !rv_line_open(rv_engine_lines(e), s->line, s->run_id))
        return rv_fail(cx, RV_INTERNAL, "two runs have one id");
    r->inputs = json_incref(inputs);
    r->caller = s->caller != NULL ? json_incref(s->caller) : json_object();
    r->save_data = l.f.save_data;
    if (s->of == NULL)
        r->lane = rv_run_lane_of(s->flow_id);
    r->via = s->via;
    r->accepted_at = now;
    struct origin o = origin_of(r->caller);
    RV_TRY(rv_run_set_origin(cx, r,
                             s->of != NULL           ? s->of->parent->principal_id
                             : cx->principal != NULL ? cx->principal->id
                                                     : RV_STR("system"),
                             o.request_id, o.step_id));
    RV_TRY(rv_history_begin(cx, r));
    struct rv_jw mark = r->jw;
    size_t n = r->history.n;
    RV_TRY(rv_history_text(cx, r, false, &record));
    s->inputs_text = rv_dup(cx, rv_printf(cx, "p%.*s", RV_FMT(record))); /* 'p': a plain record, see history.c */
    r->jw = mark;
    r->history.n = n;
    if (s->key.p != NULL) {
        uint8_t hash[32];
        rv_sha256(s->inputs_text, hash);
        s->key_hash = rv_hex(cx, hash, 16);
    }
    s->flow_name = rv_dup(cx, l.f.name);
    s->flow_version = l.f.version_number;
    return s->inputs_text.p != NULL ? RV_OK : RV_BUSY;
}

static rv_status find_replay(struct rv_tx *tx, struct rv_run_start *s, rv_str starter)
{
    struct rv_rows rows;
    bool found;
    RV_TRY(
        rv_sql_first(tx, &run_sql[Q_BY_KEY], &rows, &found, RV_ARGS(s->flow_id, starter, s->key)));
    s->replayed = found;
    if (!found)
        return RV_OK;
    rv_str id = rv_col_str(&rows, 0), hash = rv_col_str(&rows, 1);
    RV_TRY(rv_rows_end(&rows));
    if (!rv_str_eq(hash, s->key_hash) && s->of == NULL) /* a card that runs again may read the clock again */
        return rv_fail(rv_tx_cx(tx), RV_REUSED_KEY,
                       "this Idempotency-Key was used with other content");
    s->run_id = id;
    return RV_OK;
}

static rv_status accept_tx(struct rv_tx *tx, void *arg)
{
    struct rv_run_start *s = arg;
    struct rv_run *r = s->run;
    const struct rv_principal *p = rv_tx_cx(tx)->principal;
    struct origin o = origin_of(r->caller);
    rv_str id = rv_str_of(r->id);
    if (s->key.p != NULL) {
        RV_TRY(find_replay(tx, s, r->principal_id));
        if (s->replayed)
            return RV_OK;
    }
    RV_TRY(
        rv_sql_exec(tx, &run_sql[Q_INSERT], NULL,
                    RV_ARGS(s->flow_id, id, s->flow_version, r->accepted_at, r->save_data,
                            p != NULL ? (int)p->kind : (int)RV_SYSTEM, r->principal_id,
                            p != NULL ? p->name : RV_NONE_STR, o.request_id, o.request_number,
                            o.step_id, s->of != NULL ? rv_str_of(s->of->parent->id) : RV_NONE_STR,
                            s->key, s->key_hash, rv_run_via_names[s->via],
                            ((rv_blob){ s->inputs_text }))));
    RV_TRY(rv_job_add(tx, RV_STR("flow.run"), RV_NONE_STR, r->accepted_at, id, NULL));
    if (s->via == RV_VIA_DELEGATED)
        RV_TRY(rv_event_add(tx, "workflows.user.delegatedflow.run", true, RV_NONE_STR,
                            RV_TARGETS({ .type = "WorkflowRun", .id = id, .name = s->flow_name },
                                       { .type = "Flow", .id = s->flow_id, .name = s->flow_name }),
                            RV_NONE_STR));
    RV_TRY(rv_log_stream_tell(tx, RV_STREAM_START, id));
    return rv_tx_announce(tx, "run", id);
}

static void accepted(struct rv_write *w, rv_status st)
{
    struct rv_run_start *s = w->arg;
    /* A committed run belongs to the executor by now and is not touched; without a job it belongs
     * to nobody. */
    if (st != RV_OK || s->replayed)
        rv_engine_drop(rv_engine_of(s->cx), s->run, false, false);
    s->done(s, st);
}

void rv_run_start(struct rv_run_start *s)
{
    rv_status st = make_run(s);
    if (st != RV_OK) {
        rv_run_free(s->run);
        s->run = NULL;
        s->done(s, st);
        return;
    }
    rv_engine_add(rv_engine_of(s->cx), s->run);
    s->write = (struct rv_write){ .cx = s->cx, .fn = accept_tx, .done = accepted, .arg = s };
    rv_store_write_async(s->cx->env->store, &s->write);
}

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool done;
    rv_status st;
};

static void started(struct rv_run_start *s, rv_status st)
{
    struct waiter *w = s->arg;
    pthread_mutex_lock(&w->lock);
    w->st = st;
    w->done = true;
    pthread_cond_signal(&w->cond);
    pthread_mutex_unlock(&w->lock);
}

rv_status rv_run_start_wait(struct rv_run_start *s)
{
    struct waiter w = { .lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER };
    s->done = started;
    s->arg = &w;
    rv_run_start(s);
    pthread_mutex_lock(&w.lock);
    while (!w.done)
        pthread_cond_wait(&w.cond, &w.lock);
    pthread_mutex_unlock(&w.lock);
    pthread_mutex_destroy(&w.lock);
    pthread_cond_destroy(&w.cond);
    return w.st;
}

/* ---- waiting for a run that is not in hand --------------------------------------------------- */

struct seen {
    rv_str id, status, message, data;
    int64_t code;
    bool ended, paused;
};

static rv_status seen_tx(struct rv_tx *tx, void *arg)
{
    struct seen *s = arg;
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &run_sql[Q_SEEN], &r, &found, RV_ARGS(s->id)));
    if (!found)
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND, "the run of the helper flow is gone");
    s->status = rv_col_str(&r, 0);
    s->paused = rv_str_eq(s->status, RV_STR("PAUSED")); /* it has given back what it gives, see rv_run_pause */
    s->ended = s->paused || rv_col_int(&r, 1) != RV_NO_TIME;
    s->message = rv_col_str(&r, 2);
    s->code = rv_col_int(&r, 3);
    s->data = rv_col_str(&r, 4);
    return rv_rows_end(&r);
}

static void tell_from_store(struct rv_cx *cx, const struct seen *s, struct rv_waiter *w)
{
    json_t *record = NULL;
    struct rv_ended e = { .status = RV_RUN_FAILED,
                          .message = s->message,
                          .code = s->code == RV_NO_INT ? 500 : (int)s->code };
    for (int i = 0; i <= RV_RUN_CANCELED; i++)
        if (rv_str_eq(s->status, rv_str_of(rv_run_status_names[i])))
            e.status = s->paused ? RV_RUN_SUCCEEDED : (enum rv_run_status)i;
    if (s->data.p != NULL && rv_history_unpack(cx, s->data, &record) == RV_OK)
        e.result = json_object_get(record, "result");
    e.returned = json_is_true(json_object_get(record, "returned"));
    e.tally = (uint64_t)json_integer_value(json_object_get(record, "tally"));
    w->done(w, &e);
}

void rv_run_attach(struct rv_engine *e, rv_str run_id, struct rv_waiter *w)
{
    struct rv_cx cx;
    struct seen s = { .id = run_id };
    (void)memcpy(w->run_id, run_id.p,
                 run_id.n < sizeof w->run_id ? run_id.n : sizeof w->run_id - 1);
    rv_engine_waiter_put(e, w);
    if (rv_cx_init(&cx, rv_engine_env(e), 0) != RV_OK)
        return; /* it is told when the run ends, or after the next start */
    cx.root = true;
    rv_status st = rv_store_read(&cx, seen_tx, &s);
    if ((st != RV_OK || s.ended) && rv_engine_waiter_take(e, run_id) == w)
        tell_from_store(&cx, &s, w);
    rv_cx_done(&cx);
}

/* ---- loading --------------------------------------------------------------------------------- */

struct loaded {
    rv_str id, flow_id, starter_id, request_id, step_id, data, effect, via;
    int64_t version, created_at, ended_at, latency, crashes;
    bool save_data, found;
    struct rv_program *program;
};

static rv_status load_tx(struct rv_tx *tx, void *arg)
{
    struct loaded *l = arg;
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &run_sql[Q_LOAD], &r, &l->found, RV_ARGS(l->id)));
    if (!l->found)
        return RV_OK;
    l->flow_id = rv_col_str(&r, 0);
    l->version = rv_col_int(&r, 1);
    l->created_at = rv_col_int(&r, 2);
    l->save_data = rv_col_bool(&r, 3);
    l->starter_id = rv_col_str(&r, 4);
    l->request_id = rv_col_str(&r, 5);
    l->step_id = rv_col_str(&r, 6);
    l->data = rv_col_str(&r, 7);
    l->ended_at = rv_col_int(&r, 8);
    l->latency = rv_col_int(&r, 9);
    l->via = rv_col_str(&r, 10);
    l->effect = rv_col_str(&r, 11);
    l->crashes = rv_col_int(&r, 12);
    RV_TRY(rv_rows_end(&r));
    return rv_program_load(rv_tx_cx(tx), tx, l->flow_id, l->version, &l->program);
}

/* Cards that had ended before the check-point go into the new record as they stand. */
static void copy_history(struct rv_run *r, const json_t *record)
{
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(record, "cards"), i, e)
    {
        rv_jw_json(&r->jw, e);
    }
}

static void restore(struct rv_run *r, const json_t *record)
{
    size_t i;
    json_t *v;
    r->pc = (uint32_t)json_integer_value(json_object_get(record, "pc"));
    r->attempt = (uint32_t)json_integer_value(json_object_get(record, "attempt"));
    r->waiting_since = json_integer_value(json_object_get(record, "since"));
    r->cards_run = (uint32_t)json_integer_value(json_object_get(record, "run"));
    atomic_store(&r->answered, json_is_true(json_object_get(record, "answered")));
    r->resume = json_incref(json_object_get(record, "resume"));
    r->resumed = r->resume != NULL || json_is_true(json_object_get(record, "resumed"));
    json_array_foreach(json_object_get(record, "slots"), i, v)
    {
        if (i < r->program->slots_n && !json_is_null(v)) {
            r->slots[i] = json_incref(v);
            r->memory += rv_value_size(v);
        }
    }
    r->caught = json_incref(json_object_get(record, "caught"));
    r->done = json_incref(json_object_get(record, "done"));
    if (r->parent != NULL)
        r->result = json_incref(json_object_get(record, "result"));
    if (r->pc >= r->program->steps_n)
        r->pc = 0;
}

rv_status rv_run_load(struct rv_cx *cx, struct rv_run *r)
{
    struct loaded l = { .id = rv_str_of(r->id) };
    json_t *record, *inputs, *caller;
    RV_TRY(rv_store_read(cx, load_tx, &l));
    if (!l.found || l.ended_at != RV_NO_TIME) {
        rv_program_unref(l.program);
        atomic_store(&r->cancel, true); /* nothing to do but to end the job */
        return l.found ? RV_OK : rv_fail(cx, RV_NOT_FOUND, "the run is not in the store any more");
    }
    RV_TRY(rv_run_set_program(cx, r, l.program));
    RV_TRY(rv_run_set_origin(cx, r, l.starter_id, l.request_id, l.step_id));
    RV_TRY(rv_history_unpack(cx, l.data, &record));
    inputs = json_object_get(record, "inputs");
    caller = json_object_get(record, "caller");
    r->inputs = inputs != NULL ? json_incref(inputs) : json_object();
    r->caller = caller != NULL ? json_incref(caller) : json_object();
    r->parent = json_incref(json_object_get(record, "parent"));
    r->called_for = json_incref(json_object_get(record, "error"));
    r->index = json_integer_value(json_object_get(record, "index"));
    r->depth = json_integer_value(json_object_get(record, "depth"));
    r->save_data = l.save_data;
    for (int i = 0; i <= RV_VIA_ENDPOINT; i++)
        if (rv_str_eq(l.via, rv_str_of(rv_run_via_names[i])))
            r->via = (enum rv_run_via)i;
    r->accepted_at = l.created_at;
    r->lane = json_object_get(record, "lane") != NULL
                  ? (uint32_t)json_integer_value(json_object_get(record, "lane"))
                  : rv_run_lane_of(l.flow_id);
    RV_TRY(rv_history_begin(cx, r));
    if (json_object_get(record, "pc") != NULL) {
        copy_history(r, record);
        restore(r, record);
    }
    if (r->parent != NULL || json_object_get(record, "tally") != NULL) {
        RV_TRY(rv_run_share_tally(r, cx));
        rv_tally_raise(r->tally, (uint64_t)json_integer_value(json_object_get(record, "tally")));
    }
    if (l.latency != RV_NO_INT)
        atomic_store(&r->began_at, l.created_at + l.latency);
    rv_effect_loaded(r, l.effect, l.crashes);
    return RV_OK;
}

/* ---- ending ---------------------------------------------------------------------------------- */

static rv_status tell_request(struct rv_tx *tx, const struct rv_run *r)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_buf b;
    struct rv_jw w;
    rv_str payload;
    if (r->request_id.p == NULL)
        return RV_OK;
    rv_buf_init(&b, 8192);
    rv_jw_init(&w, &b);
    rv_jw_obj(&w);
    rv_jw_kstr(&w, "runId", rv_str_of(r->id));
    rv_jw_kstr(&w, "requestId", r->request_id);
    rv_jw_kstr(&w, "stepId", r->step_id);
    rv_jw_kstr(&w, "status", rv_str_of(rv_run_status_names[r->status]));
    rv_jw_key(&w, "error");
    if (r->status == RV_RUN_FAILED) {
        rv_jw_obj(&w);
        rv_jw_kstr(&w, "message", rv_str_of(r->error_message));
        rv_jw_kstr(&w, "cardTitle", rv_str_of(r->error_card_title));
        rv_jw_obj_end(&w);
    } else {
        rv_jw_null(&w);
    }
    rv_jw_obj_end(&w);
    rv_status st = rv_buf_str(cx, &b, &payload);
    if (st == RV_OK)
        st = rv_job_add_memo(tx, RV_STR("request.runEnded"), RV_NONE_STR, rv_tx_now(tx), payload,
                             RV_STR("now"));
    rv_buf_done(&b);
    return st;
}

static rv_status end_job(struct rv_tx *tx, const struct rv_run *r)
{
    const struct rv_job job = { .id = r->job_id, .kind = RV_STR("flow.run") };
    return rv_job_done(tx, &job);
}

/* The run made room for others since it was written last. */
static rv_status tell_slowed(struct rv_tx *tx, const struct rv_run *r)
{
    const struct rv_stream_wait wait = { .at = r->slowed_at };
    if (r->slowed_at == 0)
        return RV_OK;
    return rv_log_stream_tell_wait(tx, RV_STREAM_THROTTLED, rv_str_of(r->id), &wait);
}

/* Of a run whose card waits: for another service, or for room on this server. */
static rv_status tell_stalled(struct rv_tx *tx, const struct rv_run *r)
{
    const struct rv_stream_wait wait = { .at = rv_tx_now(tx),
                                         .step = r->parked_at,
                                         .until = r->due_at };
    if (r->call.stall == RV_STALL_NONE || r->parked_at == NULL)
        return RV_OK;
    return rv_log_stream_tell_wait(
        tx, r->call.stall == RV_STALL_LIMITED ? RV_STREAM_LIMITED : RV_STREAM_THROTTLED,
        rv_str_of(r->id), &wait);
}

static int64_t latency_of(const struct rv_run *r)
{
    int64_t ms = atomic_load_explicit(&r->began_at, memory_order_relaxed) - r->accepted_at;
    return r->accepted_at == 0 ? RV_NO_INT : ms > 0 ? ms : 0;
}

/* The chain of runs passed the limit of cards (workflows.md 12.3): told by the first of its runs
 * that ends with it. */
static rv_status tell_limit(struct rv_tx *tx, const struct rv_run *r)
{
    rv_str root = rv_json_member_str(r->parent, "root_execution_id");
    int64_t changed;
    if (!r->over_limit)
        return RV_OK;
    RV_TRY(rv_sql_exec(tx, &run_sql[Q_LIMIT], &changed,
                       RV_ARGS(rv_tx_now(tx), root.p != NULL ? root : rv_str_of(r->id))));
    if (changed == 0)
        return RV_OK;
    return rv_event_add(tx, "workflows.org.step_execution_limit.violation", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Flow",
                                     .id = r->program->flow_id,
                                     .name = r->program->flow_name }),
                        RV_NONE_STR);
}

static rv_status end_tx(struct rv_tx *tx, void *arg)
{
    const struct rv_run *r = arg;
    rv_str id = rv_str_of(r->id);
    bool failed = r->status == RV_RUN_FAILED;
    int64_t changed;
    RV_TRY(end_job(tx, r));
    RV_TRY(tell_limit(tx, r));
    RV_TRY(
        rv_sql_exec(tx, &run_sql[Q_END], &changed,
                    RV_ARGS(rv_run_status_names[r->status], rv_tx_now(tx),
                            failed ? rv_str_of(r->error_message) : RV_NONE_STR,
                            failed ? (int64_t)r->error_code : RV_NO_INT,
                            failed && r->error_card_id[0] != '\0' ? r->error_card_id : NULL,
                            failed && r->error_card_title[0] != '\0' ? r->error_card_title : NULL,
                            failed && r->loaded == RV_LOADED_CRASHED ? "crashed" : NULL,
                            latency_of(r), ((rv_blob){ r->record }), id)));
    if (changed == 0)
        return RV_OK; /* somebody cancelled it while it waited */
    if (r->outbox)
        RV_TRY(rv_effect_drop(tx, id));
    RV_TRY(tell_request(tx, r));
    RV_TRY(tell_slowed(tx, r));
    RV_TRY(rv_log_stream_tell(tx,
                              failed                         ? RV_STREAM_FAILURE
                              : r->status == RV_RUN_CANCELED ? RV_STREAM_CANCELED
                                                             : RV_STREAM_SUCCESS,
                              id));
    return rv_tx_announce(tx, "run", id);
}

static void tell_waiter(struct rv_run *r)
{
    struct rv_waiter *w =
        r->waiter != NULL ? r->waiter : rv_engine_waiter_take(r->e, rv_str_of(r->id));
    const struct rv_ended ended = { .status =
                                        r->status == RV_RUN_PAUSED ? RV_RUN_SUCCEEDED : r->status,
                                    .result = r->result,
                                    .message = rv_str_of(r->error_message),
                                    .code = r->error_code,
                                    .returned = r->returned };
    r->waiter = NULL;
    if (w != NULL)
        w->done(w, &ended);
}

/* ---- the HTTP caller who waits --------------------------------------------------------------- */

static json_t *error_body(rv_str message, int code)
{
    return json_pack("{s:{s:s%, s:i}}", "error", "message", message.p != NULL ? message.p : "",
                     message.n, "code", code);
}

/* Before the end is written: whoever waits gets it when it is durable. A run that the caller has
 * given up on, or that came back after a restart, cannot give its answer any more (workflows.md 7).
 */
static void claim_line(struct rv_run *r, struct rv_cx *cx)
{
    bool first = r->via == RV_VIA_ENDPOINT && !atomic_load(&r->answered);
    if (!first && !r->resumed)
        return;
    r->line = rv_line_claim(rv_engine_lines(r->e), rv_str_of(r->id));
    if (!first || r->line != NULL || (r->status != RV_RUN_SUCCEEDED && r->status != RV_RUN_STOPPED))
        return;
    rv_str why =
        rv_printf(cx,
                  "the caller was gone before the flow had its answer: callers wait %" PRId64
                  " s (endpoint.timeout); answer earlier with Close",
                  rv_config_int(cx->env, "endpoint.timeout") / 1000);
    r->status = RV_RUN_FAILED;
    r->error_code = 504;
    rv_utf8_copy(r->error_message, sizeof r->error_message, why);
}

static void answer_line(struct rv_run *r)
{
    bool good = r->returned || (r->status != RV_RUN_FAILED && r->status != RV_RUN_CANCELED);
    int code = r->status == RV_RUN_FAILED && r->error_code >= 400 && r->error_code <= 599
                   ? r->error_code
                   : 500;
    struct rv_raw a = { 200, NULL, NULL };
    if (good && r->raw.status != 0)
        a = (struct rv_raw){ r->raw.status, json_incref(r->raw.headers), json_incref(r->raw.body) };
    else if (good)
        a.body = r->result != NULL ? json_incref(r->result) : json_object();
    else
        a = (struct rv_raw){ code, NULL,
                             error_body(r->status == RV_RUN_CANCELED
                                            ? RV_STR("the run was cancelled")
                                            : rv_str_of(r->error_message),
                                        code) };
    rv_line_answer(rv_engine_lines(r->e), r->line, &a);
    r->line = NULL;
    json_decref(a.headers);
    json_decref(a.body);
}

void rv_run_hang_up(struct rv_engine *e, rv_str run_id)
{
    struct rv_line *line = rv_line_claim(rv_engine_lines(e), run_id);
    struct rv_raw a = { 500, NULL, NULL };
    if (line == NULL)
        return;
    a.body = error_body(RV_STR("the run was cancelled"), 500);
    rv_line_answer(rv_engine_lines(e), line, &a);
    json_decref(a.body);
}

/* The transaction did not get through: the job comes again and the run starts from its last durable
 * point. */
static void written(struct rv_write *w, rv_status st)
{
    struct rv_run *r = w->arg;
    struct rv_cx *cx = w->cx;
    struct rv_engine *e = r->e;
    struct rv_store *store = cx->env->store;
    int64_t job = r->job_id;
    if (st != RV_OK)
        rv_log_error(cx, RV_LOG_ERROR, "flow.run.write");
    bool parked = r->due_at != 0 || r->loaded == RV_LOADED_UNCERTAIN,
         given = !parked || r->status == RV_RUN_PAUSED;
    /* A job that has ended is not touched any more: the next one may have its number. */
    bool give_back = st != RV_OK || (parked && !r->job_over);
    if (r->line != NULL && st == RV_OK)
        answer_line(r);
    else if (r->line != NULL)
        rv_line_put_back(rv_engine_lines(e), r->line);
    if (st == RV_OK && given && r->parent != NULL)
        tell_waiter(r);
    else if (r->waiter != NULL) /* it leaves memory: whoever waits is found again when it comes back */
        rv_engine_waiter_put(e, r->waiter);
    rv_engine_cx_give(e, cx);
    rv_engine_drop(e, r, st == RV_OK && !parked, r->status == RV_RUN_FAILED);
    if (give_back)
        rv_job_retry(store, job, st != RV_OK ? 1000 : 0); /* last: the dispatcher must not find the run that is gone */
}

static void write_run(struct rv_run *r, struct rv_cx *cx, rv_tx_fn *fn)
{
    r->write = (struct rv_write){ .cx = cx, .fn = fn, .done = written, .arg = r };
    rv_store_write_async(cx->env->store, &r->write);
}

void rv_run_leave(struct rv_run *r, struct rv_cx *cx, rv_tx_fn *fn)
{
    write_run(r, cx, fn);
}

void rv_run_end(struct rv_run *r, struct rv_cx *cx)
{
    rv_str text;
    cx->log_id = rv_str_of(r->id);
    claim_line(r, cx);
    if (r->status == RV_RUN_FAILED)
        rv_log_write(cx, RV_LOG_WARN, "flow.run.failed", "card \"%s\": %s", r->error_card_title,
                     r->error_message);
    r->record = RV_NONE_STR;
    if (r->program != NULL && r->history.n > 0) {
        rv_status st =
            r->save_data ? rv_history_text(cx, r, false, &text) : rv_history_strip(cx, r, &text);
        if (st == RV_OK)
            st = rv_history_pack(cx, text, &r->record);
        if (st != RV_OK)
            rv_log_error(cx, RV_LOG_WARN, "flow.run.history"); /* the end is written without values */
    }
    rv_error_clear(cx);
    write_run(r, cx, end_tx);
}

static rv_status park_tx(struct rv_tx *tx, void *arg)
{
    struct rv_run *r = arg;
    rv_str id = rv_str_of(r->id), why = rv_str_of(r->error_message);
    rv_blob record = { r->record };
    int64_t changed;
    if (r->status == RV_RUN_PAUSED)
        RV_TRY(rv_sql_exec(tx, &run_sql[Q_PAUSE], &changed,
                           RV_ARGS(latency_of(r), record, id)));
    else
        RV_TRY(rv_sql_exec(tx, &run_sql[Q_PARK], &changed,
                           RV_ARGS(why, latency_of(r), record, id)));
    r->job_over = changed == 0;
    if (changed == 0)
        return end_job(tx, r);
    if (r->outbox)
        RV_TRY(rv_effect_drop(tx, id));
    RV_TRY(rv_job_reschedule(tx, r->job_id, r->due_at, id));
    RV_TRY(tell_slowed(tx, r));
    RV_TRY(tell_stalled(tx, r));
    if (r->status == RV_RUN_PAUSED)
        RV_TRY(rv_log_stream_tell(tx, RV_STREAM_PAUSED, id));
    return rv_tx_announce(tx, "run", id);
}

void rv_run_park(struct rv_run *r, struct rv_cx *cx)
{
    rv_str text;
    cx->log_id = rv_str_of(r->id);
    rv_log_write(cx, RV_LOG_INFO, "flow.run.waiting", "%s", r->error_message);
    rv_status st = rv_history_text(cx, r, true, &text);
    if (st == RV_OK)
        st = rv_history_pack(cx, text, &r->record);
    if (st != RV_OK) { /* cannot be kept: it starts again from the point before */
        struct rv_engine *e = r->e;
        struct rv_store *store = cx->env->store;
        int64_t job = r->job_id;
        rv_log_error(cx, RV_LOG_ERROR, "flow.run.waiting");
        if (r->line != NULL)
            rv_line_put_back(rv_engine_lines(e), r->line);
        if (r->waiter != NULL)
            rv_engine_waiter_put(e, r->waiter);
        rv_engine_cx_give(e, cx);
        rv_engine_drop(e, r, false, false);
        rv_job_release(store, job);
        return;
    }
    write_run(r, cx, park_tx);
}

void rv_run_pause(struct rv_run *r, struct rv_cx *cx)
{
    r->status = RV_RUN_PAUSED;
    if (r->resumed)
        r->line = rv_line_claim(rv_engine_lines(r->e), rv_str_of(r->id));
    rv_run_park(r, cx);
}
