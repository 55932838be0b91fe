/* flows/run_list.c: runs as people see them: lists, one run, its cards, cancel, replay.
 *
 * The history of one flow is one range of the table of runs; lists over all flows go by id, which
 * is by time. State and times need only the right to see the delegated flow; values and definition
 * need the right to read runs (security.md 2.4). Cancelling is immediate for a run that waits and
 * otherwise takes effect before the next card. */
#include "flows/flows_int.h"

enum { Q_OF_FLOW, Q_ALL, Q_OF_REQUEST, Q_GET, Q_DATA, Q_CANCEL, Q_HELPERS, Q_N };
#define COLUMNS "r.id, r.flow_id, f.name AS flow_name, r.flow_version, r.status, r.created_at, r.ended_at, r.starter_kind, r.starter_id, r.starter_name, " \
                "r.request_id, r.request_number, r.step_id, r.parent_run_id, r.data_saved, r.error_message, r.error_code, r.error_card_id, " \
                "r.error_card_title, r.started_via, r.reason, r.latency_ms"
#define OUT "id:text flow_id:text flow_name:text flow_version:int status:text created_at:time ended_at:time starter_kind:int starter_id:text " \
            "starter_name:text request_id:text request_number:int step_id:text parent_run_id:text data_saved:bool error_message:text error_code:int " \
            "error_card_id:text error_card_title:text started_via:text reason:text latency_ms:int"
#define FROM " FROM run r JOIN flow f ON f.id = r.flow_id JOIN folder fo ON fo.id = f.folder_id "
#define RULES "AND (:status IS NULL OR r.status = :status) AND (:parent IS NULL OR r.parent_run_id = :parent) " \
              "AND (:q IS NULL OR LOWER(f.name) LIKE :q ESCAPE '\\' OR LOWER(r.error_message) LIKE :q ESCAPE '\\' OR LOWER(r.starter_name) LIKE :q ESCAPE '\\' " \
              "OR r.id LIKE :q ESCAPE '\\') " \
              "AND (:all = 1 OR f.id IN (SELECT value FROM json_each(:ids)) OR EXISTS (SELECT 1 FROM json_each(:ids) j " \
              "WHERE fo.path LIKE '%' || j.value || '%')) ORDER BY r.id DESC LIMIT :n"
#define RULES_IN "before:text status:text parent:text q:text all:bool ids:text n:int"
static const struct rv_sql run_list_sql[Q_N] = {
    [Q_OF_FLOW] = {
        .name = "run_list_of_flow",
        .text = "SELECT " COLUMNS FROM "WHERE r.flow_id = :flow_id AND r.id < :before " RULES,
        .in = "flow_id:text " RULES_IN, .out = OUT,
    },
    [Q_ALL] = {
        .name = "run_list_all",
        .text = "SELECT " COLUMNS FROM "WHERE r.id < :before " RULES,
        .in = RULES_IN, .out = OUT,
    },
    [Q_OF_REQUEST] = {
        .name = "run_list_of_request",
        .text = "SELECT " COLUMNS FROM "WHERE r.request_id = :request_id AND r.id < :before " RULES,
        .in = "request_id:text " RULES_IN, .out = OUT,
    },
    [Q_GET] = {
        .name = "run_get",
        .text = "SELECT " COLUMNS ", fo.path AS path, (SELECT p.flow_id FROM run p WHERE p.id = r.parent_run_id) AS parent_flow_id" FROM "WHERE r.id = :id",
        .in = "id:text", .out = OUT " path:text parent_flow_id:text",
    },
    [Q_DATA] = { .name = "run_data_get", .text = "SELECT data FROM run WHERE id = :id AND data IS NOT NULL", .in = "id:text", .out = "data:blob" },
    [Q_CANCEL] = {
        .name = "run_cancel",
        .text = "UPDATE run SET status = 'CANCELED', ended_at = :now WHERE id = :id AND ended_at IS NULL AND status IN ('WAITING', 'PAUSED')",
        .in = "now:time id:text",
    },
    [Q_HELPERS] = {
        .name = "run_helpers",
        .text = "SELECT id FROM run WHERE parent_run_id = :parent AND ended_at IS NULL ORDER BY id",
        .in = "parent:text", .out = "id:text",
    },
};
RV_SQL_MODULE(run_list, run_list_sql);

struct row {
    rv_str id, flow_id, flow_name, status, starter_id, starter_name, request_id, step_id, parent_run_id, error_message, error_card_id,
        error_card_title, via, reason, path, parent_flow_id;
    int64_t flow_version, created_at, ended_at, starter_kind, request_number, error_code, latency;
    bool data_saved;
};

static void read_row(struct rv_rows *r, struct row *o)
{
    *o = (struct row){
        .id = rv_col_str(r, 0),
        .flow_id = rv_col_str(r, 1),
        .flow_name = rv_col_str(r, 2),
        .flow_version = rv_col_int(r, 3),
        .status = rv_col_str(r, 4),
        .created_at = rv_col_int(r, 5),
        .ended_at = rv_col_int(r, 6),
        .starter_kind = rv_col_int(r, 7),
        .starter_id = rv_col_str(r, 8),
        .starter_name = rv_col_str(r, 9),
        .request_id = rv_col_str(r, 10),
        .request_number = rv_col_int(r, 11),
        .step_id = rv_col_str(r, 12),
        .parent_run_id = rv_col_str(r, 13),
        .data_saved = rv_col_bool(r, 14),
        .error_message = rv_col_str(r, 15),
        .error_code = rv_col_int(r, 16),
        .error_card_id = rv_col_str(r, 17),
        .error_card_title = rv_col_str(r, 18),
        .via = rv_col_str(r, 19),
        .reason = rv_col_str(r, 20),
        .latency = rv_col_int(r, 21),
    };
}

static void write_int(struct rv_jw *w, const char *key, int64_t v)
{
    rv_jw_key(w, key);
    if (v == RV_NO_INT)
        rv_jw_null(w);
    else
        rv_jw_int(w, v);
}

static void write_starter(const struct row *r, struct rv_jw *w)
{
    static const char *const kinds[] = { "USER", "APP", "SYSTEM" };
    rv_jw_key(w, "startedBy");
    rv_jw_obj(w);
    rv_jw_kstr(w, "kind",
               rv_str_of(kinds[r->starter_kind >= 0 && r->starter_kind < 3 ? r->starter_kind : 2]));
    rv_jw_kstr(w, "id", r->starter_id);
    rv_jw_kstr(w, "name", r->starter_name);
    rv_jw_obj_end(w);
}

/* A run at work stands in the store as accepted: nothing is written at its start. */
static rv_str status_of(struct rv_cx *cx, const struct row *r)
{
    bool began = rv_str_eq(r->status, RV_STR("QUEUED")) && rv_engine_began(rv_engine_of(cx), r->id);
    return began ? RV_STR("RUNNING") : r->status;
}

static void write_head(struct rv_cx *cx, const struct row *r, struct rv_jw *w)
{
    rv_jw_kstr(w, "id", r->id);
    rv_jw_kstr(w, "flowId", r->flow_id);
    rv_jw_kstr(w, "flowName", r->flow_name);
    rv_jw_kint(w, "flowVersion", r->flow_version);
    rv_jw_kstr(w, "status", status_of(cx, r));
    rv_jw_kstr(w, "reason", r->reason);
    rv_jw_ktime(w, "startedAt", r->created_at);
    rv_jw_ktime(w, "endedAt", r->ended_at);
    write_int(w, "durationMs",
              r->ended_at == RV_NO_TIME     ? RV_NO_INT
              : r->ended_at > r->created_at ? r->ended_at - r->created_at
                                            : 0);
    write_int(w, "latencyMs", r->latency);
    write_starter(r, w);
    rv_jw_kstr(w, "startedVia", r->via);
    rv_jw_kstr(w, "requestId", r->request_id);
    write_int(w, "requestNumber", r->request_number);
    rv_jw_key(w, "error");
    if (r->error_message.p == NULL) {
        rv_jw_null(w);
    } else {
        rv_jw_obj(w);
        rv_jw_kstr(w, "message", r->error_message);
        write_int(w, "code", r->error_code);
        rv_jw_kstr(w, "cardId", r->error_card_id);
        rv_jw_kstr(w, "cardTitle", r->error_card_title);
        rv_jw_obj_end(w);
    }
    rv_jw_kbool(w, "dataSaved", r->data_saved);
}

/* ---- list ------------------------------------------------------------------------------------ */

struct list {
    struct rv_cx *cx;
    const struct rv_flow_query *q;
    struct rv_jw *w;
    struct rv_run_search *search; /* of one flow, with a text; else NULL */
    int shown;
    rv_str last;
    bool more;
};

enum { SEARCH_ROWS = 5000 }; /* more than a search looks at in one go */

/* One row of the page: shown, unless the search finds nothing in it. */
static rv_status take(struct rv_tx *tx, struct list *l, const struct row *row)
{
    struct rv_run_seen seen = { .id = row->id,
                                .flow_id = row->flow_id,
                                .error = row->error_message,
                                .starter = row->starter_name,
                                .version = row->flow_version };
    bool hit = true;
    l->last = row->id;
    if (l->search != NULL)
        RV_TRY(rv_run_search_look(l->search, tx, &seen, &hit));
    if (!hit)
        return RV_OK;
    rv_jw_obj(l->w);
    write_head(l->cx, row, l->w);
    rv_jw_obj_end(l->w);
    l->shown++;
    return RV_OK;
}

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    const struct rv_flow_query *q = l->q;
    struct rv_scope s;
    struct rv_rows r;
    RV_TRY(rv_authz_list(l->cx, tx, RV_A_RUN_READ, &s));
    rv_str before = q->after.p != NULL ? q->after : RV_STR("~");
    rv_str like = l->search == NULL ? rv_flow_pattern(l->cx, rv_str_trim(q->q)) : RV_NONE_STR;
    int rows = l->search == NULL ? q->limit + 1 : SEARCH_ROWS;
    rv_status st = RV_OK;
    if (q->flow_id.p != NULL)
        RV_TRY(rv_sql_query(tx, &run_list_sql[Q_OF_FLOW], &r,
                            RV_ARGS(q->flow_id, before, q->status, q->parent_run_id, like, s.all,
                                    s.ids, rows)));
    else if (q->request_id.p != NULL)
        RV_TRY(rv_sql_query(tx, &run_list_sql[Q_OF_REQUEST], &r,
                            RV_ARGS(q->request_id, before, q->status, q->parent_run_id, like, s.all,
                                    s.ids, rows)));
    else
        RV_TRY(
            rv_sql_query(tx, &run_list_sql[Q_ALL], &r,
                         RV_ARGS(before, q->status, q->parent_run_id, like, s.all, s.ids, rows)));
    while (st == RV_OK && rv_rows_next(&r)) {
        struct row row;
        if (l->shown == q->limit || (l->search != NULL && rv_run_search_spent(l->search))) {
            l->more = true;
            break;
        }
        read_row(&r, &row);
        st = take(tx, l, &row);
    }
    rv_status end = rv_rows_end(&r);
    return st != RV_OK ? st : end;
}

rv_status rv_run_list(struct rv_cx *cx, const struct rv_flow_query *q, struct rv_jw *w,
                      rv_str *ret_next)
{
    struct list l = { .cx = cx, .q = q, .w = w };
    if (q->flow_id.p != NULL && rv_str_trim(q->q).n > 0)
        RV_TRY(rv_run_search_new(cx, q->q, &l.search));
    RV_TRY(rv_store_read(cx, list_tx, &l));
    *ret_next = l.more ? l.last : RV_NONE_STR;
    return RV_OK;
}

/* ---- one ------------------------------------------------------------------------------------- */

struct one {
    rv_str id;
    struct row r;
    bool values; /* the caller may read them */
    bool cards;
    json_t *record, *definition;
    struct rv_effect_row effect;
};

static rv_status not_found(struct rv_tx *tx, rv_str id)
{
    return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND, "Not found: Resource not found: %.*s (Run)",
                   RV_FMT(id));
}

static rv_status find(struct rv_tx *tx, rv_str id, struct row *ret)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &run_list_sql[Q_GET], &r, &found, RV_ARGS(id)));
    if (!found)
        return not_found(tx, id);
    read_row(&r, ret);
    ret->path = rv_col_str(&r, 22);
    ret->parent_flow_id = rv_col_str(&r, 23);
    return rv_rows_end(&r);
}

static struct rv_object object_of(const struct row *r)
{
    return (struct rv_object){ .id = r->flow_id, .path = r->path };
}

/* Rights on runs are rights on their flow. Who may see the state or the values of a run knows of
 * it; to anybody else it does not exist, and the refusal does not name the flow. */
static rv_status ask(struct rv_tx *tx, enum rv_action action, const struct row *r, rv_str run_id)
{
    struct rv_object o = object_of(r);
    RV_TRY(rv_authz_may(rv_tx_cx(tx), tx, RV_A_RUN_STATE, o, &o.visible));
    if (!o.visible)
        RV_TRY(rv_authz_may(rv_tx_cx(tx), tx, RV_A_RUN_READ, o, &o.visible));
    rv_status st = rv_authz(rv_tx_cx(tx), tx, action, o);
    return st == RV_NOT_FOUND ? not_found(tx, run_id) : st;
}

static rv_status read_record(struct rv_tx *tx, rv_str id, json_t **ret)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &run_list_sql[Q_DATA], &r, &found, RV_ARGS(id)));
    if (!found)
        return RV_OK;
    rv_str data = rv_col_str(&r, 0);
    RV_TRY(rv_rows_end(&r));
    return rv_history_unpack(rv_tx_cx(tx), data, ret);
}

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    struct one *o = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    RV_TRY(find(tx, o->id, &o->r));
    RV_TRY(rv_authz_may(cx, tx, RV_A_RUN_READ, object_of(&o->r), &o->values));
    rv_status st = ask(tx, o->cards ? RV_A_RUN_READ : RV_A_RUN_STATE, &o->r, o->id);
    if (st != RV_OK && !(o->values && !o->cards))
        return st;
    if (st != RV_OK)
        rv_error_clear(cx); /* who may read every value may see the state */
    if (o->values)
        RV_TRY(read_record(tx, o->id, &o->record));
    if (rv_str_eq(o->r.reason, RV_STR("uncertain")))
        RV_TRY(rv_effect_get(tx, o->id, &o->effect));
    if (!o->cards)
        return RV_OK;
    return rv_flow_definition(tx, o->r.flow_id, o->r.flow_version, &o->definition);
}

/* What a person has to decide about, or null. */
static void write_effect(const struct rv_effect_row *e, struct rv_jw *w)
{
    rv_jw_key(w, "uncertain");
    if (e->effect_id.p == NULL) {
        rv_jw_null(w);
        return;
    }
    rv_jw_obj(w);
    rv_jw_kstr(w, "cardId", e->card_id);
    rv_jw_kstr(w, "effectId", e->effect_id);
    rv_jw_ktime(w, "sendingAt", e->sending_at);
    rv_jw_obj_end(w);
}

rv_status rv_run_get(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct one o = { .id = id };
    RV_TRY(rv_store_read(cx, get_tx, &o));
    rv_jw_obj(w);
    write_head(cx, &o.r, w);
    rv_jw_kstr(w, "parentRunId", o.r.parent_run_id);
    rv_jw_kstr(w, "parentFlowId", o.r.parent_flow_id);
    rv_jw_kstr(w, "stepId", o.r.step_id);
    write_effect(&o.effect, w);
    rv_jw_key(w, "inputs");
    rv_jw_json(w, json_object_get(o.record, "inputs"));
    rv_jw_obj_end(w);
    return RV_OK;
}

rv_status rv_run_cards(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct one o = { .id = id, .cards = true };
    RV_TRY(rv_store_read(cx, get_tx, &o));
    rv_jw_obj(w);
    rv_history_write(cx, o.record, o.definition, o.r.created_at, w);
    rv_jw_kint(w, "version", o.r.flow_version);
    rv_jw_obj_end(w);
    return RV_OK;
}

/* ---- commands -------------------------------------------------------------------------------- */

struct chain {
    rv_str id;
    struct chain *next;
};
struct cancel {
    struct one o;
    struct chain *first; /* the run and its helper runs, and theirs */
};

static rv_status add_helpers(struct rv_tx *tx, rv_str parent, struct chain **last)
{
    struct rv_rows r;
    RV_TRY(rv_sql_query(tx, &run_list_sql[Q_HELPERS], &r, RV_ARGS(parent)));
    while (rv_rows_next(&r)) {
        struct chain *c = RV_NEW(rv_tx_cx(tx), struct chain);
        if (c == NULL)
            break;
        *c = (struct chain){ .id = rv_col_str(&r, 0) };
        (*last)->next = c;
        *last = c;
    }
    return rv_rows_end(&r);
}

/* A waiting run ends here; one at work ends before its next card, see rv_engine_cancel. */
static rv_status cancel_one(struct rv_tx *tx, rv_str id)
{
    int64_t changed;
    RV_TRY(rv_sql_exec(tx, &run_list_sql[Q_CANCEL], &changed, RV_ARGS(rv_tx_now(tx), id)));
    if (changed > 0) {
        RV_TRY(rv_job_cancel_payload(tx, RV_STR("flow.run"), id));
        RV_TRY(rv_effect_drop(tx, id));
        RV_TRY(rv_log_stream_tell(tx, RV_STREAM_CANCELED, id));
    }
    return rv_tx_announce(tx, "run", id);
}

static rv_status cancel_tx(struct rv_tx *tx, void *arg)
{
    struct cancel *k = arg;
    struct one *o = &k->o;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct chain *last = RV_NEW(cx, struct chain);
    RV_TRY(find(tx, o->id, &o->r));
    RV_TRY(ask(tx, RV_A_RUN_MANAGE, &o->r, o->id));
    if (o->r.ended_at != RV_NO_TIME)
        return rv_fail(cx, RV_CONFLICT, "the run has ended already");
    if (last == NULL)
        return RV_BUSY;
    last->id = o->id;
    k->first = last;
    for (struct chain *c = k->first; c != NULL; c = c->next) {
        RV_TRY(cancel_one(tx, c->id));
        RV_TRY(add_helpers(tx, c->id, &last));
    }
    return rv_event_add(tx, "workflows.user.flow.execution.cancel", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "WorkflowRun", .id = o->id, .name = o->r.flow_name },
                                   { .type = "Flow", .id = o->r.flow_id, .name = o->r.flow_name }),
                        RV_NONE_STR);
}

static void cancel_live(struct rv_engine *e, rv_str id)
{
    const struct rv_ended ended = { .status = RV_RUN_CANCELED };
    if (rv_engine_cancel(e, id))
        return;
    rv_run_hang_up(e, id);
    struct rv_waiter *w = rv_engine_waiter_take(e, id); /* not live: it waited, or has just ended */
    if (w != NULL)
        w->done(w, &ended);
}

rv_status rv_run_cancel(struct rv_cx *cx, rv_str id)
{
    struct cancel k = { .o = { .id = id } };
    RV_TRY(rv_store_write(cx, cancel_tx, &k));
    for (const struct chain *c = k.first; c != NULL; c = c->next)
        cancel_live(rv_engine_of(cx), c->id);
    return RV_OK;
}

struct decide {
    struct one o;
    bool happened;
};

static rv_status decide_tx(struct rv_tx *tx, void *arg)
{
    struct decide *d = arg;
    struct one *o = &d->o;
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str effect_id = RV_NONE_STR;
    RV_TRY(find(tx, o->id, &o->r));
    RV_TRY(ask(tx, RV_A_RUN_MANAGE, &o->r, o->id));
    RV_TRY(rv_effect_decide(tx, o->id, d->happened, &effect_id));
    RV_TRY(rv_event_add(tx, d->happened ? "reeve.run.mark_done" : "reeve.run.resend", true,
                        RV_NONE_STR,
                        RV_TARGETS({ .type = "WorkflowRun", .id = o->id, .name = o->r.flow_name },
                                   { .type = "Flow", .id = o->r.flow_id, .name = o->r.flow_name }),
                        rv_printf(cx, "{\"effectId\":\"%.*s\"}", RV_FMT(effect_id))));
    return rv_tx_announce(tx, "run", o->id);
}

rv_status rv_run_decide(struct rv_cx *cx, rv_str id, bool happened)
{
    struct decide d = { .o = { .id = id }, .happened = happened };
    return rv_store_write(cx, decide_tx, &d);
}

static rv_status replay_tx(struct rv_tx *tx, void *arg)
{
    struct one *o = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    RV_TRY(find(tx, o->id, &o->r));
    RV_TRY(ask(tx, RV_A_RUN_MANAGE, &o->r, o->id));
    RV_TRY(read_record(tx, o->id, &o->record));
    if (json_object_get(o->record, "inputs") == NULL)
        return rv_fail(cx, RV_CONFLICT, "the inputs of this run were not saved");
    return RV_OK;
}

rv_status rv_run_replay(struct rv_cx *cx, rv_str id, rv_str *ret_run_id)
{
    struct one o = { .id = id };
    RV_TRY(rv_store_read(cx, replay_tx, &o));
    struct rv_run_start s = { .cx = cx,
                              .flow_id = o.r.flow_id,
                              .inputs = json_object_get(o.record, "inputs"),
                              .via = RV_VIA_REPLAY };
    rv_status st = rv_run_start_wait(&s);
    *ret_run_id = s.run_id;
    return st;
}
