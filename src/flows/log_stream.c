/* flows/log_stream.c: what becomes of runs, told to the organisation's log collector
 * (workflows.md 12.2).
 *
 * A record is written by the transaction that it tells of: no card's value is in it. A job posts
 * what is there, some at a time, and tries again with growing pauses; runs never wait for it. While
 * no collector is set, nothing is written. What finds no room because the collector is away for too
 * long is dropped, oldest first, and counted. */
#include "flows/flows_int.h"
#include "net/net.h"

enum { BATCH = 100, KEPT_MAX = 10000, GATHER_MS = 300, RECORD_BYTES = 16384, HEADERS_MAX = 20, TEMPLATE_MAX = 8192, BODY_MAX = 4 << 20 };
enum { Q_GET, Q_PUT, Q_SENT, Q_FAILED, Q_RUN, Q_ABOVE, Q_ADD, Q_FIRST, Q_DONE, Q_COUNT, Q_DROP, Q_SEALED, Q_RESEAL, Q_N };
static const struct rv_sql log_stream_sql[Q_N] = {
    [Q_GET] = {
        .name = "log_stream_get",
        .text = "SELECT url, headers, header_names, template, events, enabled, dropped, sent_at, error, version FROM log_stream WHERE id = 1",
        .out = "url:text headers:text header_names:text template:text events:text enabled:bool dropped:int sent_at:time error:text version:int",
    },
    [Q_PUT] = {
        .name = "log_stream_put",
        .text = "INSERT INTO log_stream (id, url, headers, header_names, template, events, enabled, dropped, version, updated_at, updated_by) "
                "VALUES (1, :url, :headers, :header_names, :template, :events, :enabled, 0, 1, :now, :by) ON CONFLICT (id) DO UPDATE SET "
                "url = excluded.url, headers = excluded.headers, header_names = excluded.header_names, template = excluded.template, "
                "events = excluded.events, enabled = excluded.enabled, error = NULL, version = log_stream.version + 1, "
                "updated_at = excluded.updated_at, updated_by = excluded.updated_by",
        .in = "url:text headers:text header_names:text template:text events:text enabled:bool now:time by:text",
    },
    [Q_SENT] = { .name = "log_stream_sent", .text = "UPDATE log_stream SET sent_at = :now, error = NULL WHERE id = 1", .in = "now:time" },
    [Q_FAILED] = { .name = "log_stream_failed", .text = "UPDATE log_stream SET error = :error, dropped = dropped + :dropped WHERE id = 1", .in = "error:text dropped:int" },
    [Q_RUN] = {
        .name = "log_stream_run",
        .text = "SELECT r.flow_id, f.name, f.log_stream, r.starter_kind, r.starter_id, r.parent_run_id, r.created_at, r.ended_at, r.status, r.error_message, "
                "r.error_code, r.error_card_id, r.error_card_title FROM run r JOIN flow f ON f.id = r.flow_id WHERE r.id = :id",
        .in = "id:text",
        .out = "flow_id:text name:text log_stream:bool starter_kind:int starter_id:text parent_run_id:text created_at:time ended_at:time status:text "
               "error_message:text error_code:int error_card_id:text error_card_title:text",
    },
    [Q_ABOVE] = {
        .name = "log_stream_above",
        .text = "SELECT r.flow_id, f.name, r.parent_run_id FROM run r JOIN flow f ON f.id = r.flow_id WHERE r.id = :id",
        .in = "id:text", .out = "flow_id:text name:text parent_run_id:text",
    },
    [Q_ADD] = { .name = "log_stream_add", .text = "INSERT INTO log_stream_record (record) VALUES (:record)", .in = "record:text" },
    [Q_FIRST] = { .name = "log_stream_first", .text = "SELECT seq, record FROM log_stream_record ORDER BY seq LIMIT :n", .in = "n:int", .out = "seq:int record:text" },
    [Q_DONE] = { .name = "log_stream_done", .text = "DELETE FROM log_stream_record WHERE seq <= :seq", .in = "seq:int" },
    [Q_COUNT] = { .name = "log_stream_count", .text = "SELECT COUNT(*) AS n FROM log_stream_record", .out = "n:int" },
    [Q_DROP] = {
        .name = "log_stream_drop",
        .text = "DELETE FROM log_stream_record WHERE seq IN (SELECT seq FROM log_stream_record ORDER BY seq LIMIT :n)",
        .in = "n:int",
    },
    [Q_SEALED] = {
        .name = "log_stream_sealed",
        .text = "SELECT 'headers' AS id, 'headers' AS holder, headers AS sealed FROM log_stream WHERE id = 1 AND headers IS NOT NULL",
        .out = RV_SEALED_OUT,
    },
    [Q_RESEAL] = { .name = "log_stream_reseal", .text = "UPDATE log_stream SET headers = :sealed WHERE id = 1 AND :id = 'headers'", .in = RV_SEALED_IN },
};
RV_SQL_MODULE(log_stream, log_stream_sql);

static const char *const names[] = {
    [RV_STREAM_START] = "FLOW_START", [RV_STREAM_SUCCESS] = "FLOW_SUCCESS", [RV_STREAM_FAILURE] = "FLOW_FAILURE",
    [RV_STREAM_CANCELED] = "FLOW_CANCELED", [RV_STREAM_PAUSED] = "FLOW_PAUSED", [RV_STREAM_LIMITED] = "FLOW_RATE_LIMITED",
    [RV_STREAM_THROTTLED] = "FLOW_THROTTLED",
};
#define HEADERS_AAD(cx) rv_printf((cx), "log_stream/headers")

static rv_str headers_aad(struct rv_cx *cx, rv_str id)
{
    (void)id; /* there is one */
    return HEADERS_AAD(cx);
}
const struct rv_sealed rv_sealed_log_stream = { "the log stream", &log_stream_sql[Q_SEALED], &log_stream_sql[Q_RESEAL], headers_aad };

struct target {
    rv_str url, headers /* sealed */, header_names, template, events, error;
    bool there, enabled;
    int64_t dropped, sent_at, version;
};

static rv_status get_target(struct rv_tx *tx, struct target *ret)
{
    struct rv_rows r;
    *ret = (struct target){ .header_names = RV_STR("[]"),
                            .template = RV_STR(""),
                            .events = RV_STR("[]"),
                            .sent_at = RV_NO_TIME };
    RV_TRY(rv_sql_first(tx, &log_stream_sql[Q_GET], &r, &ret->there, RV_ARGS()));
    if (!ret->there)
        return RV_OK;
    *ret = (struct target){ .url = rv_col_str(&r, 0),
                            .headers = rv_col_str(&r, 1),
                            .header_names = rv_col_str(&r, 2),
                            .template = rv_col_str(&r, 3),
                            .events = rv_col_str(&r, 4),
                            .enabled = rv_col_bool(&r, 5),
                            .dropped = rv_col_int(&r, 6),
                            .sent_at = rv_col_int(&r, 7),
                            .error = rv_col_str(&r, 8),
                            .version = rv_col_int(&r, 9),
                            .there = true };
    return rv_rows_end(&r);
}

/* ---- records --------------------------------------------------------------------------------- */

static unsigned mask_of(const struct target *t)
{
    unsigned mask = 0;
    for (unsigned i = 0; t->enabled && i < RV_LEN(names); i++) {
        rv_str quoted = rv_str_of(names[i]);
        if (memmem(t->events.p, t->events.n, quoted.p, quoted.n) != NULL)
            mask |= 1u << i;
    }
    return mask;
}

/* The run that called, and the one at the top of the chain. */
static rv_status write_chain(struct rv_tx *tx, rv_str parent, struct rv_jw *w)
{
    static const char *const keys[2][3] = {
        { "parent_execution_id", "parent_flow_id", "parent_flow_name" },
        { "root_execution_id", "root_flow_id", "root_flow_name" }
    };
    rv_str above = parent;
    for (int level = 0; above.p != NULL && level < RV_RUN_DEPTH_MAX + 1; level++) {
        struct rv_rows r;
        bool found;
        RV_TRY(rv_sql_first(tx, &log_stream_sql[Q_ABOVE], &r, &found, RV_ARGS(above)));
        if (!found)
            break; /* older than runs are kept */
        rv_str flow_id = rv_col_str(&r, 0), name = rv_col_str(&r, 1), next = rv_col_str(&r, 2);
        RV_TRY(rv_rows_end(&r));
        for (int root = 0; root < 2; root++) {
            if (root == 0 ? level > 0 : next.p != NULL)
                continue;
            rv_jw_kstr(w, keys[root][0], above);
            rv_jw_kstr(w, keys[root][1], flow_id);
            rv_jw_kstr(w, keys[root][2], name);
        }
        above = next;
    }
    for (int root = 0; parent.p == NULL && root < 2; root++)
        for (int k = 0; k < 3; k++)
            rv_jw_kstr(w, keys[root][k], RV_NONE_STR);
    return RV_OK;
}

static rv_status write_user(struct rv_tx *tx, int64_t kind, rv_str id, struct rv_jw *w)
{
    struct rv_person p = { .email = RV_NONE_STR };
    bool found = false;
    if (kind == RV_USER && id.p != NULL)
        RV_TRY(rv_person_find(tx, id, &found, &p));
    rv_jw_kstr(w, "user_id", kind == RV_SYSTEM ? RV_NONE_STR : id);
    rv_jw_kstr(w, "user_email", found ? p.email : RV_NONE_STR);
    return RV_OK;
}

static rv_str host_of(rv_str url)
{
    const char *p = memmem(url.p, url.n, "://", 3);
    rv_str host = p != NULL ? rv_str_sub(url, (size_t)(p - url.p) + 3, url.n) : url;
    for (size_t i = 0; i < host.n; i++)
        if (host.p[i] == '/')
            return rv_str_sub(host, 0, i);
    return host;
}

struct run_row {
    rv_str flow_id, flow_name, starter_id, parent, status, message, card_id, card_title;
    int64_t starter_kind, created_at, ended_at, code;
    bool stream;
};

static void write_wait(const struct rv_stream_wait *wait, struct rv_jw *w)
{
    if (wait->step == NULL)
        return;
    rv_jw_kstr(w, "card_id", wait->step->id);
    rv_jw_kstr(w, "card_name", wait->step->title);
    rv_jw_ktime(w, "waits_until", wait->until);
}

static void write_end(const struct run_row *r, enum rv_stream_event e, struct rv_jw *w)
{
    if (e == RV_STREAM_START || e == RV_STREAM_PAUSED)
        return;
    if (r->ended_at != RV_NO_TIME)
        rv_jw_kint(w, "duration_ms", r->ended_at > r->created_at ? r->ended_at - r->created_at : 0);
    if (e == RV_STREAM_SUCCESS)
        rv_jw_kbool(w, "stopped", rv_str_eq(r->status, RV_STR("STOPPED")));
    if (e != RV_STREAM_FAILURE)
        return;
    rv_jw_kstr(w, "error_message", r->message);
    if (r->code != RV_NO_INT)
        rv_jw_kint(w, "error_code", r->code);
    rv_jw_kstr(w, "card_id", r->card_id);
    rv_jw_kstr(w, "card_name", r->card_title);
}

/* wait: NULL but for waits. */
static rv_status write_record(struct rv_tx *tx, enum rv_stream_event e, rv_str run_id,
                              const struct run_row *r, const struct rv_stream_wait *wait,
                              struct rv_jw *w)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_jw_obj(w);
    rv_jw_kstr(w, "event_type", rv_str_of(names[e]));
    rv_jw_kstr(w, "execution_id", run_id);
    rv_jw_ktime(w, "timestamp",
                e == RV_STREAM_START ? r->created_at
                : wait != NULL       ? wait->at
                                     : rv_tx_now(tx));
    rv_jw_kstr(w, "flow_id", r->flow_id);
    rv_jw_kstr(w, "flow_name", r->flow_name);
    rv_jw_kstr(w, "org_id", rv_org_id(cx->env));
    rv_jw_kstr(w, "org_name", rv_setting_text(cx->env, cx, "organisationName"));
    rv_jw_kstr(w, "org_hostname", host_of(rv_base_url(cx)));
    RV_TRY(write_user(tx, r->starter_kind, r->starter_id, w));
    RV_TRY(write_chain(tx, r->parent, w));
    if (wait != NULL)
        write_wait(wait, w);
    else
        write_end(r, e, w);
    rv_jw_obj_end(w);
    return RV_OK;
}

static rv_status read_run(struct rv_tx *tx, rv_str id, bool *ret_found, struct run_row *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &log_stream_sql[Q_RUN], &r, ret_found, RV_ARGS(id)));
    if (!*ret_found)
        return RV_OK;
    *ret = (struct run_row){ .flow_id = rv_col_str(&r, 0),
                             .flow_name = rv_col_str(&r, 1),
                             .stream = rv_col_bool(&r, 2),
                             .starter_kind = rv_col_int(&r, 3),
                             .starter_id = rv_col_str(&r, 4),
                             .parent = rv_col_str(&r, 5),
                             .created_at = rv_col_int(&r, 6),
                             .ended_at = rv_col_int(&r, 7),
                             .status = rv_col_str(&r, 8),
                             .message = rv_col_str(&r, 9),
                             .code = rv_col_int(&r, 10),
                             .card_id = rv_col_str(&r, 11),
                             .card_title = rv_col_str(&r, 12) };
    return rv_rows_end(&r);
}

rv_status rv_log_stream_tell(struct rv_tx *tx, enum rv_stream_event e, rv_str run_id)
{
    return rv_log_stream_tell_wait(tx, e, run_id, NULL);
}

rv_status rv_log_stream_tell_wait(struct rv_tx *tx, enum rv_stream_event e, rv_str run_id,
                                  const struct rv_stream_wait *wait)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_stream_state *s = rv_engine_stream(rv_engine_of(cx));
    struct run_row r;
    struct rv_buf b;
    struct rv_jw w;
    rv_str record;
    bool found;
    if ((atomic_load_explicit(&s->events, memory_order_relaxed) & (1u << e)) == 0)
        return RV_OK;
    RV_TRY(read_run(tx, run_id, &found, &r));
    if (!found || !r.stream)
        return RV_OK;
    rv_buf_init(&b, RECORD_BYTES);
    rv_jw_init(&w, &b);
    rv_status st = write_record(tx, e, run_id, &r, wait, &w);
    if (st == RV_OK)
        st = rv_buf_str(cx, &b, &record);
    if (st == RV_OK)
        st = rv_sql_exec(tx, &log_stream_sql[Q_ADD], NULL, RV_ARGS(record));
    rv_buf_done(&b);
    RV_TRY(st);
    int64_t soon = rv_tx_now(tx) + GATHER_MS, after = atomic_load(&s->not_before);
    return rv_job_add(tx, RV_STR("log.stream"), RV_STR("log"), soon > after ? soon : after,
                      RV_NONE_STR, NULL);
}

/* ---- posting --------------------------------------------------------------------------------- */

struct batch {
    const struct rv_job *job;
    struct target t;
    rv_str records[BATCH];
    size_t n;
    int64_t last;
    rv_str error; /* of this try; absent: sent */
    int64_t wait_ms;
    bool done;
};

static rv_status batch_tx(struct rv_tx *tx, void *arg)
{
    struct batch *b = arg;
    struct rv_rows r;
    RV_TRY(get_target(tx, &b->t));
    RV_TRY(rv_sql_query(tx, &log_stream_sql[Q_FIRST], &r, RV_ARGS(BATCH)));
    for (b->n = 0; b->n < BATCH && rv_rows_next(&r); b->n++) {
        b->last = rv_col_int(&r, 0);
        b->records[b->n] = rv_col_str(&r, 1);
    }
    return rv_rows_end(&r);
}

static void add_templated(struct rv_buf *b, rv_str template, rv_str record)
{
    static const char mark[] = "{{record}}";
    const char *at = memmem(template.p, template.n, mark, sizeof mark - 1);
    if (at == NULL) {
        rv_buf_add(b, template);
        return;
    }
    size_t before = (size_t)(at - template.p);
    rv_buf_add(b, rv_str_sub(template, 0, before));
    rv_buf_add(b, record);
    rv_buf_add(b, rv_str_sub(template, before + sizeof mark - 1, template.n));
}

static void make_body(const struct batch *b, struct rv_buf *body)
{
    bool list = b->t.template.n == 0;
    if (list)
        rv_buf_char(body, '[');
    for (size_t i = 0; i < b->n; i++) {
        if (i > 0)
            rv_buf_char(body, list ? ',' : '\n');
        if (list)
            rv_buf_add(body, b->records[i]);
        else
            add_templated(body, b->t.template, b->records[i]);
    }
    if (list)
        rv_buf_char(body, ']');
}

static rv_status make_headers(struct rv_cx *cx, const struct target *t, struct rv_header *h,
                              size_t *ret_n)
{
    json_t *given = NULL, *value;
    const char *name;
    rv_str plain;
    size_t n = 0;
    h[n++] = (struct rv_header){ RV_STR("Content-Type"), RV_STR("application/json") };
    if (t->headers.p != NULL) {
        RV_TRY(rv_unseal(cx, cx->env->keys, HEADERS_AAD(cx), t->headers, &plain));
        RV_TRY(rv_json_parse(cx, plain, &rv_json_limits_default, &given));
    }
    json_object_foreach(given, name, value)
        if (n < HEADERS_MAX + 1)
            h[n++] = (struct rv_header){ rv_str_of(name), rv_json_str(value) };
    *ret_n = n;
    return RV_OK;
}

/* *ret_error absent: the collector took it. */
static rv_status post(struct rv_cx *cx, const struct batch *b, rv_str *ret_error)
{
    struct rv_header headers[HEADERS_MAX + 1];
    struct rv_buf body;
    rv_str text;
    size_t n;
    *ret_error = RV_NONE_STR;
    RV_TRY(make_headers(cx, &b->t, headers, &n));
    rv_buf_init(&body, BODY_MAX);
    make_body(b, &body);
    rv_status st = rv_buf_str(cx, &body, &text);
    if (st == RV_OK) {
        struct rv_fetch f = { .cx = cx,
                              .method = RV_STR("POST"),
                              .url = b->t.url,
                              .body = text,
                              .headers = headers,
                              .headers_n = n,
                              .timeout_ms = 20000,
                              .max_bytes = 65536,
                              .allow = rv_config_text(cx->env, "client.allow") };
        f.flags = rv_str_starts(b->t.url, RV_STR("http://")) ? RV_FETCH_PLAIN_HTTP : 0;
        st = rv_fetch_wait(cx->env->client, &f);
        if (st != RV_OK) {
            *ret_error = rv_dup(cx, rv_str_of(rv_error(cx)->message));
            rv_error_clear(cx);
            st = RV_OK;
        } else if (f.answer.status < 200 || f.answer.status > 299) {
            *ret_error = rv_printf(cx, "The collector answered with status %d.", f.answer.status);
        }
    }
    rv_buf_done(&body);
    return st;
}

static rv_status drop_surplus(struct rv_tx *tx, int64_t *ret)
{
    int64_t there;
    *ret = 0;
    RV_TRY(rv_sql_count(tx, &log_stream_sql[Q_COUNT], &there, RV_ARGS()));
    return there > KEPT_MAX
               ? rv_sql_exec(tx, &log_stream_sql[Q_DROP], ret, RV_ARGS(there - KEPT_MAX))
               : RV_OK;
}

static rv_status outcome_tx(struct rv_tx *tx, void *arg)
{
    struct batch *b = arg;
    int64_t dropped;
    if (b->error.p == NULL) {
        RV_TRY(rv_sql_exec(tx, &log_stream_sql[Q_DONE], NULL, RV_ARGS(b->last)));
        RV_TRY(rv_sql_exec(tx, &log_stream_sql[Q_SENT], NULL, RV_ARGS(rv_tx_now(tx))));
        return b->done ? rv_job_end(tx, b->job->id) : RV_OK;
    }
    RV_TRY(drop_surplus(tx, &dropped));
    RV_TRY(rv_sql_exec(tx, &log_stream_sql[Q_FAILED], NULL, RV_ARGS(b->error, dropped)));
    return rv_job_reschedule(tx, b->job->id, rv_tx_now(tx) + b->wait_ms, RV_NONE_STR);
}

static int64_t next_wait(struct rv_stream_state *s)
{
    static const int64_t waits[] = { 1000, 5000, 30000, 120000, 300000 };
    unsigned n = atomic_fetch_add(&s->failures, 1);
    return waits[n < RV_LEN(waits) ? n : RV_LEN(waits) - 1];
}

static rv_status clear_tx(struct rv_tx *tx, void *arg)
{
    const struct batch *b = arg;
    RV_TRY(rv_sql_exec(tx, &log_stream_sql[Q_DONE], NULL, RV_ARGS(b->last)));
    return b->done ? rv_job_end(tx, b->job->id) : RV_OK;
}

rv_status rv_log_stream_send(struct rv_cx *cx, const struct rv_job *job)
{
    struct rv_stream_state *s = rv_engine_stream(rv_engine_of(cx));
    for (;;) {
        struct batch b = { .job = job };
        RV_TRY(rv_store_read(cx, batch_tx, &b));
        b.done = b.n < BATCH;
        if (b.n == 0 || !b.t.enabled) { /* nothing there, or nobody wants it any more */
            RV_TRY(rv_store_write(cx, clear_tx, &b));
        } else {
            RV_TRY(post(cx, &b, &b.error));
            if (b.error.p != NULL) {
                b.wait_ms = next_wait(s);
                atomic_store(&s->not_before, rv_now(cx->env) + b.wait_ms);
                return rv_store_write(cx, outcome_tx, &b);
            }
            atomic_store(&s->failures, 0);
            atomic_store(&s->not_before, 0);
            RV_TRY(rv_store_write(cx, outcome_tx, &b));
        }
        if (b.done)
            return RV_OK;
    }
}

/* ---- where to -------------------------------------------------------------------------------- */

static rv_status load_tx(struct rv_tx *tx, void *arg)
{
    struct target t;
    RV_TRY(get_target(tx, &t));
    *(unsigned *)arg = mask_of(&t);
    return RV_OK;
}

rv_status rv_log_stream_load(struct rv_cx *cx)
{
    unsigned mask;
    RV_TRY(rv_store_read(cx, load_tx, &mask));
    atomic_store(&rv_engine_stream(rv_engine_of(cx))->events, mask);
    return RV_OK;
}

struct shown {
    struct target t;
    int64_t pending;
};

static rv_status show_tx(struct rv_tx *tx, void *arg)
{
    struct shown *s = arg;
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_SETTINGS, RV_NO_OBJECT));
    RV_TRY(get_target(tx, &s->t));
    return rv_sql_count(tx, &log_stream_sql[Q_COUNT], &s->pending, RV_ARGS());
}

static rv_status write_text_json(struct rv_cx *cx, const char *key, rv_str text, struct rv_jw *w)
{
    json_t *j;
    RV_TRY(rv_json_parse(cx, text, &rv_json_limits_default, &j));
    rv_jw_key(w, key);
    rv_jw_json(w, j);
    return RV_OK;
}

rv_status rv_log_stream_get(struct rv_cx *cx, struct rv_jw *w)
{
    struct shown s;
    RV_TRY(rv_store_read(cx, show_tx, &s));
    rv_jw_obj(w);
    rv_jw_kint(w, "version", s.t.version);
    rv_jw_kbool(w, "enabled", s.t.enabled);
    rv_jw_kstr(w, "url", s.t.url);
    RV_TRY(write_text_json(cx, "headers", s.t.header_names, w));
    rv_jw_kstr(w, "template", s.t.template);
    RV_TRY(write_text_json(cx, "events", s.t.events, w));
    rv_jw_kint(w, "pending", s.pending);
    rv_jw_kint(w, "dropped", s.t.dropped);
    rv_jw_ktime(w, "sentAt", s.t.sent_at);
    rv_jw_kstr(w, "error", s.t.error);
    rv_jw_obj_end(w);
    return RV_OK;
}

static rv_status check_url(struct rv_cx *cx, rv_str url)
{
    rv_str origin;
    rv_status st = rv_url_origin(cx, url, &origin);
    if (st == RV_OK)
        return RV_OK;
    rv_str why = rv_dup(cx, rv_str_of(rv_error(cx)->message));
    rv_error_clear(cx);
    return rv_fail_field(cx, "/url", "INVALID", "url: %.*s", RV_FMT(why));
}

static rv_status check_events(struct rv_cx *cx, const json_t *events)
{
    size_t i;
    json_t *e;
    json_array_foreach((json_t *)(uintptr_t)events, i, e)
    {
        bool known = false;
        for (size_t k = 0; k < RV_LEN(names); k++)
            known = known || rv_str_eq(rv_json_str(e), rv_str_of(names[k]));
        if (!known)
            return rv_fail_field(cx, rv_z(cx, rv_printf(cx, "/events/%zu", i)), "INVALID",
                                 "events: each is one of FLOW_START, FLOW_SUCCESS, FLOW_FAILURE, "
                                 "FLOW_CANCELED, FLOW_PAUSED, FLOW_RATE_LIMITED and "
                                 "FLOW_THROTTLED");
    }
    return RV_OK;
}

static bool is_token(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");
    return n > 0 && n <= 100 && name[n] == '\0';
}

/* Headers are written and never shown: to change them is to give all of them. */
static rv_status check_headers(struct rv_cx *cx, const json_t *headers)
{
    const char *name;
    json_t *value;
    if (json_object_size(headers) > HEADERS_MAX)
        return rv_fail_field(cx, "/headers", "LIMIT", "headers: at most %d", HEADERS_MAX);
    json_object_foreach((json_t *)(uintptr_t)headers, name, value)
    {
        rv_str v = rv_json_str(value);
        bool clean = v.p != NULL && v.n <= 4096;
        for (size_t i = 0; clean && i < v.n; i++)
            clean = (unsigned char)v.p[i] >= 0x20 && v.p[i] != 0x7f;
        if (!is_token(name) || !clean)
            return rv_fail_field(cx, "/headers", "INVALID",
                                 "headers: \"%.60s\" is no header with a text of one line", name);
    }
    return RV_OK;
}

struct setting_target {
    const struct rv_log_stream_in *in;
    rv_str headers, header_names, events;
    unsigned mask;
};

static rv_status put_tx(struct rv_tx *tx, void *arg)
{
    struct setting_target *s = arg;
    const struct rv_log_stream_in *in = s->in;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct target t;
    RV_TRY(get_target(tx, &t));
    if (t.version != in->version)
        return rv_fail(
            cx, RV_CONFLICT,
            "the log stream was changed by somebody else; read it again (it is at version %" PRId64
            ")",
            t.version);
    bool moved = !rv_str_eq(t.url, in->url), keep = in->headers == NULL && !moved; /* headers never go where they were not given for */
    RV_TRY(rv_sql_exec(tx, &log_stream_sql[Q_PUT], NULL,
                       RV_ARGS(in->url, keep ? t.headers : s->headers,
                               keep ? t.header_names : s->header_names, in->template, s->events,
                               in->enabled, rv_tx_now(tx), rv_principal_id(cx))));
    const char *type = in->enabled == t.enabled
                           ? "workflows.user.execution_log_stream_connection.update"
                       : in->enabled ? "workflows.user.execution_log_stream_connection.activate"
                                     : "workflows.user.execution_log_stream_connection.deactivate";
    s->mask = mask_of(&(struct target){ .enabled = in->enabled, .events = s->events });
    return rv_event_add(tx, type, true, RV_NONE_STR,
                        RV_TARGETS(
                            { .type = "LogStream", .id = RV_STR("log-stream"), .name = in->url }),
                        RV_NONE_STR);
}

static rv_status names_of(struct rv_cx *cx, const json_t *headers, rv_str *ret)
{
    json_t *list = json_array(), *value;
    const char *name;
    json_object_foreach((json_t *)(uintptr_t)headers, name, value)
        (void)json_array_append_new(list, json_string(name)); /* NULL list: seen by rv_json_keep */
    RV_TRY(rv_json_keep(cx, list));
    return rv_json_dump(cx, list, ret);
}

rv_status rv_log_stream_put(struct rv_cx *cx, const struct rv_log_stream_in *in)
{
    struct setting_target s = { .in = in, .header_names = RV_STR("[]") };
    rv_str plain;
    RV_TRY(rv_authz(cx, NULL, RV_A_SETTINGS, RV_NO_OBJECT)); /* before anything is told about what was sent */
    RV_TRY(check_url(cx, in->url));
    RV_TRY(check_events(cx, in->events));
    RV_TRY(check_headers(cx, in->headers));
    if (in->template.n > TEMPLATE_MAX ||
        (in->template.n > 0 && memmem(in->template.p, in->template.n, "{{record}}", 10) == NULL))
        return rv_fail_field(cx, "/template", "INVALID",
                             "template: a text of at most %d bytes with {{record}} where the "
                             "record belongs, or nothing",
                             TEMPLATE_MAX);
    RV_TRY(rv_json_dump(cx, in->events, &s.events));
    if (json_object_size(in->headers) > 0) {
        RV_TRY(rv_json_dump(cx, in->headers, &plain));
        RV_TRY(rv_seal(cx, cx->env->keys, HEADERS_AAD(cx), plain, &s.headers));
        RV_TRY(names_of(cx, in->headers, &s.header_names));
    }
    RV_TRY(rv_store_write(cx, put_tx, &s));
    struct rv_stream_state *state = rv_engine_stream(rv_engine_of(cx));
    atomic_store(&state->events, s.mask);
    atomic_store(&state->not_before, 0);
    atomic_store(&state->failures, 0);
    return RV_OK;
}

rv_status rv_log_stream_test(struct rv_cx *cx, struct rv_jw *w)
{
    struct shown s;
    struct batch b = { .n = 1 };
    rv_str error;
    RV_TRY(rv_store_read(cx, show_tx, &s));
    if (!s.t.there)
        return rv_fail(cx, RV_CONFLICT, "no collector is set; save its address first");
    b.t = s.t;
    b.records[0] =
        rv_printf(cx, "{\"event_type\":\"TEST\",\"timestamp\":\"%.*s\",\"org_id\":\"%.*s\"}",
                  RV_FMT(rv_time_str(cx, rv_now(cx->env))), RV_FMT(rv_org_id(cx->env)));
    RV_TRY(post(cx, &b, &error));
    rv_jw_obj(w);
    rv_jw_kbool(w, "ok", error.p == NULL);
    rv_jw_kstr(w, "sentence",
               error.p == NULL ? RV_STR("The collector took a test record.") : error);
    rv_jw_obj_end(w);
    return RV_OK;
}
