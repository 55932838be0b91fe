/* requests/sync.c: the synchronisation of resource types (access-requests.md 5.3): every sync
 * interval, and when somebody orders it.
 *
 * Each type has one row, which says how the last run went, and one job, which is due at the next:
 * finishing a run puts the job's due time forward in the same transaction, so there is always a
 * next one, and a killed run starts again. The workflow list comes through the API as the Access
 * Requests app, an ordinary client; the snapshot is replaced in one transaction, and the request
 * types whose flows changed or went are checked in it. People, groups and applications are read
 * where they are: of them a run drops what is gone from lists and checks the request types. */
#include "requests/requests_int.h"

#define JOB RV_STR("resource.sync")
#define FLOWS_PATH "/reeve/api/v1/delegated-flows"
enum { PAGES_MAX = 100, RETRY_MS = 3600000 };
enum { Q_STATE, Q_SEED, Q_PLAN, Q_RUNNING, Q_FINISH, Q_HEALTH, Q_FLOW, Q_FLOWS, Q_FLOW_PAGE, Q_FLOW_COUNT, Q_FLOW_PUT, Q_FLOW_DROP, Q_N };
#define FLOW_COLUMNS "id, name, description, folder_path, inputs, synced_at"
#define FLOW_OUT "id:text name:text description:text folder_path:text inputs:text synced_at:time"
static const struct rv_sql sync_sql[Q_N] = {
    [Q_STATE] = {
        .name = "sync_state",
        .text = "SELECT status, finished_at, next_at, error FROM resource_type WHERE type = :type",
        .in = "type:text", .out = "status:text finished_at:time next_at:time error:text",
    },
    [Q_SEED] = {
        .name = "sync_seed",
        .text = "INSERT INTO resource_type (type, status, finished_at, next_at, error) VALUES (:type, 'IDLE', :finished_at, :next_at, NULL) "
                "ON CONFLICT (type) DO NOTHING",
        .in = "type:text finished_at:time next_at:time",
    },
    [Q_PLAN] = { .name = "sync_plan", .text = "UPDATE resource_type SET next_at = :next_at WHERE type = :type", .in = "next_at:time type:text" },
    [Q_RUNNING] = {
        .name = "sync_running",
        .text = "UPDATE resource_type SET status = 'RUNNING' WHERE type = :type AND status <> 'RUNNING'",
        .in = "type:text",
    },
    [Q_FINISH] = {
        .name = "sync_finish",
        .text = "UPDATE resource_type SET status = :status, finished_at = :finished_at, next_at = :next_at, error = :error WHERE type = :type",
        .in = "status:text finished_at:time next_at:time error:text type:text",
    },
    [Q_HEALTH] = {
        .name = "sync_health",
        .text = "SELECT type, status, finished_at FROM resource_type ORDER BY type",
        .out = "type:text status:text finished_at:time",
    },
    [Q_FLOW] = { .name = "synced_flow_get", .text = "SELECT " FLOW_COLUMNS " FROM synced_flow WHERE id = :id", .in = "id:text", .out = FLOW_OUT },
    [Q_FLOWS] = { .name = "synced_flow_all", .text = "SELECT id, inputs FROM synced_flow ORDER BY id", .out = "id:text inputs:text" },
    [Q_FLOW_PAGE] = {
        .name = "synced_flow_page",
        .text = "SELECT " FLOW_COLUMNS " FROM synced_flow WHERE id > :after AND (:q IS NULL OR LOWER(name) LIKE :q ESCAPE '\\') ORDER BY id LIMIT :n",
        .in = "after:text q:text n:int", .out = FLOW_OUT,
    },
    [Q_FLOW_COUNT] = { .name = "synced_flow_count", .text = "SELECT COUNT(*) AS n FROM synced_flow", .out = "n:int" },
    [Q_FLOW_PUT] = {
        .name = "synced_flow_put",
        .text = "INSERT INTO synced_flow (id, name, description, folder_path, inputs, synced_at) "
                "VALUES (:id, :name, :description, :folder_path, :inputs, :synced_at) "
                "ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description, folder_path = excluded.folder_path, "
                "inputs = excluded.inputs, synced_at = excluded.synced_at",
        .in = "id:text name:text description:text folder_path:text inputs:text synced_at:time",
    },
    [Q_FLOW_DROP] = { .name = "synced_flow_drop", .text = "DELETE FROM synced_flow WHERE id = :id", .in = "id:text" },
};
RV_SQL_MODULE(sync, sync_sql);

/* ---- the snapshot, for the other files of the folder ----------------------------------------- */

static void read_flow(struct rv_rows *r, struct rv_synced_flow *f)
{
    *f = (struct rv_synced_flow){ .id = rv_col_str(r, 0),
                                  .name = rv_col_str(r, 1),
                                  .description = rv_col_str(r, 2),
                                  .folder_path = rv_col_str(r, 3),
                                  .inputs = rv_col_str(r, 4),
                                  .synced_at = rv_col_int(r, 5) };
}

rv_status rv_synced_flow_load(struct rv_tx *tx, rv_str flow_id, bool *ret_found,
                              struct rv_synced_flow *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &sync_sql[Q_FLOW], &r, ret_found, RV_ARGS(flow_id)));
    if (!*ret_found)
        return RV_OK;
    read_flow(&r, ret);
    return rv_rows_end(&r);
}

rv_status rv_synced_flow_page(struct rv_tx *tx, rv_str q, rv_str after, int n,
                              struct rv_synced_flow **ret, size_t *ret_n)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    struct rv_synced_flow *f = RV_NEW_N(cx, struct rv_synced_flow, (size_t)n);
    *ret_n = 0;
    if (f == NULL)
        return RV_BUSY;
    RV_TRY(rv_sql_query(tx, &sync_sql[Q_FLOW_PAGE], &r,
                        RV_ARGS(after.p != NULL ? after : RV_STR(""), rv_name_pattern(cx, q), n)));
    while (*ret_n < (size_t)n && rv_rows_next(&r))
        read_flow(&r, &f[(*ret_n)++]);
    *ret = f;
    return rv_rows_end(&r);
}

rv_status rv_synced_flow_count(struct rv_tx *tx, int64_t *ret)
{
    return rv_sql_count(tx, &sync_sql[Q_FLOW_COUNT], ret, RV_ARGS());
}

rv_status rv_resource_state_get(struct rv_tx *tx, const char *type, struct rv_resource_state *ret)
{
    struct rv_rows r;
    bool found;
    *ret = (struct rv_resource_state){ .status = RV_STR("IDLE"),
                                       .finished_at = RV_NO_TIME,
                                       .next_at = RV_NO_TIME };
    RV_TRY(rv_sql_first(tx, &sync_sql[Q_STATE], &r, &found, RV_ARGS(type)));
    if (!found)
        return RV_OK;
    *ret = (struct rv_resource_state){ .status = rv_col_str(&r, 0),
                                       .finished_at = rv_col_int(&r, 1),
                                       .next_at = rv_col_int(&r, 2),
                                       .error = rv_col_str(&r, 3) };
    return rv_rows_end(&r);
}

static rv_status health_tx(struct rv_tx *tx, void *arg)
{
    struct rv_jw *w = arg;
    struct rv_rows r;
    RV_TRY(rv_sql_query(tx, &sync_sql[Q_HEALTH], &r, RV_ARGS()));
    while (rv_rows_next(&r)) {
        rv_jw_obj(w);
        rv_jw_kstr(w, "type", rv_col_ref(&r, 0));
        rv_jw_kstr(w, "status", rv_col_ref(&r, 1));
        rv_jw_ktime(w, "finishedAt", rv_col_int(&r, 2));
        rv_jw_obj_end(w);
    }
    return rv_rows_end(&r);
}

rv_status rv_sync_health(struct rv_cx *cx, struct rv_jw *w)
{
    return rv_store_read(cx, health_tx, w);
}

/* ---- planning and ordering ------------------------------------------------------------------- */

static int64_t interval(struct rv_env *env)
{
    return rv_setting_int(env, "syncInterval");
}

/* A run that was killed (RUNNING with its job still due in the past) comes by itself. */
static rv_status plan_tx(struct rv_tx *tx, void *arg)
{
    int64_t now = rv_tx_now(tx), next = now + interval(rv_tx_cx(tx)->env);
    (void)arg;
    for (size_t i = 0; rv_resource_names[i] != NULL; i++) {
        const char *type = rv_resource_names[i];
        struct rv_resource_state state;
        bool snapshot = strcmp(type, "workflows") == 0;
        RV_TRY(rv_sql_exec(tx, &sync_sql[Q_SEED], NULL,
                           RV_ARGS(type, snapshot ? RV_NO_TIME : now, next)));
        RV_TRY(rv_resource_state_get(tx, type, &state));
        int64_t due = state.next_at != RV_NO_TIME && state.next_at < next ? state.next_at : next;
        RV_TRY(rv_job_add(tx, JOB, rv_str_of(type), due, RV_NONE_STR, NULL));
        RV_TRY(rv_sql_exec(tx, &sync_sql[Q_PLAN], NULL, RV_ARGS(due, type)));
    }
    return RV_OK;
}

rv_status rv_sync_replan(struct rv_cx *cx)
{
    return rv_store_write(cx, plan_tx, NULL);
}

static rv_status order_tx(struct rv_tx *tx, void *arg)
{
    const char *type = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    int64_t changed;
    RV_TRY(rv_authz(cx, tx, RV_A_RESOURCE_MANAGE, RV_NO_OBJECT));
    RV_TRY(rv_sql_exec(tx, &sync_sql[Q_RUNNING], &changed, RV_ARGS(type)));
    if (changed == 0)
        return rv_fail(cx, RV_CONFLICT, "a synchronisation of %s is already running",
                       rv_resource_label(type));
    RV_TRY(rv_job_add(tx, JOB, rv_str_of(type), rv_tx_now(tx), RV_NONE_STR, NULL));
    RV_TRY(rv_event_add(tx, "reeve.sync.start", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "ResourceType",
                                     .id = rv_str_of(type),
                                     .name = rv_str_of(rv_resource_label(type)) }),
                        RV_NONE_STR));
    return rv_tx_announce(tx, "sync", rv_str_of(type));
}

rv_status rv_sync_order(struct rv_cx *cx, rv_str type)
{
    RV_TRY(rv_authz(cx, NULL, RV_A_RESOURCE_MANAGE, RV_NO_OBJECT));
    for (size_t i = 0; rv_resource_names[i] != NULL; i++) {
        if (rv_str_eq(type, rv_str_of(rv_resource_names[i])) &&
            rv_resource_offered(cx->env, rv_resource_names[i]))
            return rv_store_write(cx, order_tx, (void *)(uintptr_t)rv_resource_names[i]); /* read only */
    }
    return rv_not_found(cx, type, "ResourceType");
}

/* ---- reading the flows through the API ------------------------------------------------------- */

struct run {
    const char *type;
    int64_t job_id;
    json_t *flows; /* borrowed from cx: array of DelegatedFlow that may be run; NULL for other types */
    rv_str failure; /* a sentence; absent: it went well */
};

static rv_status keep_flows(struct rv_cx *cx, const json_t *page, struct run *s)
{
    size_t i;
    json_t *f;
    json_array_foreach(json_object_get(page, "data"), i, f)
    {
        if (!json_is_true(json_object_get(f, "enabled")) ||
            !json_is_true(json_object_get(f, "mayInvoke")))
            continue;
        if (json_array_append(s->flows, f) != 0)
            return rv_fail(cx, RV_BUSY, "out of memory");
    }
    return RV_OK;
}

/* The path and query of the next page; absent on the last. */
static rv_str next_target(const json_t *page)
{
    rv_str href =
        rv_json_member_str(json_object_get(json_object_get(page, "_links"), "next"), "href");
    const char *at =
        href.p != NULL ? memmem(href.p, href.n, FLOWS_PATH, sizeof FLOWS_PATH - 1) : NULL;
    return at != NULL ? (rv_str){ at, href.n - (size_t)(at - href.p) } : RV_NONE_STR;
}

static rv_status fetch_flows(struct rv_cx *cx, struct run *s)
{
    const struct rv_principal *app;
    rv_str target = RV_STR(FLOWS_PATH "?limit=200");
    s->flows = json_array();
    RV_TRY(rv_json_keep(cx, s->flows));
    rv_status st = rv_principal_access_requests(cx, &app);
    if (st == RV_NOT_FOUND || st == RV_FORBIDDEN) {
        rv_error_clear(cx); /* the row says it */
        s->failure = RV_STR(
            "The Access Requests app was deleted or is not active, so no workflow can be read.");
        return RV_OK;
    }
    RV_TRY(st);
    for (int n = 0; target.p != NULL; n++) {
        struct rv_local_call call = { .as = app, .method = RV_STR("GET"), .target = target };
        struct rv_answer answer;
        json_t *page;
        if (n == PAGES_MAX)
            return rv_fail(
                cx, RV_LIMIT,
                "more than %d workflows are visible to Access Requests (limit sync.workflows)",
                PAGES_MAX * 200);
        RV_TRY(rv_local_call(cx, &call, &answer));
        if (answer.status == 403) /* no role at all: sees nothing, which is no failure */
            return RV_OK;
        if (answer.status != 200)
            return rv_fail(cx, RV_REFUSED, "the list of workflows was answered with status %d",
                           answer.status);
        RV_TRY(rv_json_parse(cx, answer.body, &rv_json_limits_import, &page));
        RV_TRY(keep_flows(cx, page, s));
        target = next_target(page);
    }
    return RV_OK;
}

/* ---- replacing the snapshot ------------------------------------------------------------------ */

struct effect {
    int64_t count, changed, gone;
};

/* {"id": inputs} of the snapshot as it is. */
static rv_status old_flows(struct rv_tx *tx, json_t **ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    json_t *old = json_object();
    struct rv_rows r;
    bool ok = true;
    RV_TRY(rv_json_keep(cx, old));
    RV_TRY(rv_sql_query(tx, &sync_sql[Q_FLOWS], &r, RV_ARGS()));
    while (ok && rv_rows_next(&r)) {
        rv_str id = rv_col_ref(&r, 0), inputs = rv_col_ref(&r, 1);
        ok = json_object_setn_new(old, id.p, id.n, json_stringn(inputs.p, inputs.n)) == 0;
    }
    RV_TRY(rv_rows_end(&r));
    *ret = old;
    return ok ? RV_OK : rv_fail(cx, RV_BUSY, "out of memory");
}

static rv_status put_flow(struct rv_tx *tx, const json_t *f, json_t *old, struct effect *e)
{
    rv_str id = rv_json_member_str(f, "id"), inputs;
    RV_TRY(rv_json_dump(rv_tx_cx(tx), json_object_get(f, "inputs"), &inputs));
    RV_TRY(
        rv_sql_exec(tx, &sync_sql[Q_FLOW_PUT], NULL,
                    RV_ARGS(id, rv_json_member_str(f, "name"), rv_json_member_str(f, "description"),
                            rv_json_member_str(f, "folderPath"), inputs, rv_tx_now(tx))));
    const json_t *was = json_object_getn(old, id.p, id.n);
    if (was != NULL && !rv_str_eq(rv_json_str(was), inputs)) {
        e->changed++;
        RV_TRY(rv_types_recheck(tx, RV_USE_FLOW, id));
    }
    (void)json_object_deln(old, id.p, id.n); /* what stays in old is gone */
    e->count++;
    return RV_OK;
}

static rv_status replace_flows(struct rv_tx *tx, const json_t *flows, struct effect *e)
{
    json_t *old, *f, *ignored;
    size_t i, n;
    const char *id;
    RV_TRY(old_flows(tx, &old));
    json_array_foreach(flows, i, f)
        RV_TRY(put_flow(tx, f, old, e));
    json_object_keylen_foreach(old, id, n, ignored)
    {
        rv_str gone = { id, n };
        RV_TRY(rv_sql_exec(tx, &sync_sql[Q_FLOW_DROP], NULL, RV_ARGS(gone)));
        RV_TRY(rv_types_recheck(tx, RV_USE_FLOW, gone));
        e->gone++;
    }
    return RV_OK;
}

static rv_status refresh_directory(struct rv_tx *tx, const char *type, struct effect *e)
{
    RV_TRY(rv_list_items_drop_gone(tx, rv_str_of(type), &e->gone));
    RV_TRY(rv_types_recheck(tx, RV_USE_ALL, RV_NONE_STR));
    return rv_offer_count(tx, rv_str_of(type), &e->count);
}

static rv_status finish_tx(struct rv_tx *tx, void *arg)
{
    const struct run *s = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct effect e = { 0 };
    bool failed = s->failure.p != NULL;
    int64_t wait = interval(cx->env);
    if (failed)
        wait = wait < RETRY_MS ? wait : RETRY_MS;
    else if (s->flows != NULL)
        RV_TRY(replace_flows(tx, s->flows, &e));
    else
        RV_TRY(refresh_directory(tx, s->type, &e));
    int64_t next = rv_tx_now(tx) + wait;
    RV_TRY(
        rv_sql_exec(tx, &sync_sql[Q_FINISH], NULL,
                    RV_ARGS(failed ? "FAILED" : "IDLE", rv_tx_now(tx), next, s->failure, s->type)));
    RV_TRY(rv_job_reschedule(tx, s->job_id, next, RV_NONE_STR));
    RV_TRY(rv_tx_announce(tx, "sync", rv_str_of(s->type)));
    return rv_event_add(tx, "reeve.sync.finish", !failed, s->failure,
                        RV_TARGETS({ .type = "ResourceType",
                                     .id = rv_str_of(s->type),
                                     .name = rv_str_of(rv_resource_label(s->type)) }),
                        rv_printf(cx,
                                  "{\"count\":%" PRId64 ",\"changed\":%" PRId64 ",\"gone\":%" PRId64
                                  "}",
                                  e.count, e.changed, e.gone));
}

static rv_status begin_tx(struct rv_tx *tx, void *arg)
{
    const struct run *s = arg;
    RV_TRY(rv_sql_exec(tx, &sync_sql[Q_RUNNING], NULL, RV_ARGS(s->type)));
    return rv_tx_announce(tx, "sync", rv_str_of(s->type));
}

/* Nothing to read while the feature is off: the row stays as it is, the next time comes. */
static rv_status skip_tx(struct rv_tx *tx, void *arg)
{
    const struct run *s = arg;
    struct rv_resource_state state;
    int64_t next = rv_tx_now(tx) + interval(rv_tx_cx(tx)->env);
    RV_TRY(rv_resource_state_get(tx, s->type, &state));
    RV_TRY(rv_sql_exec(tx, &sync_sql[Q_FINISH], NULL,
                       RV_ARGS("IDLE", state.finished_at, next, RV_NONE_STR, s->type)));
    return rv_job_reschedule(tx, s->job_id, next, RV_NONE_STR);
}

rv_status rv_sync_run(struct rv_cx *cx, const struct rv_job *job)
{
    struct run s = { .job_id = job->id };
    for (size_t i = 0; rv_resource_names[i] != NULL; i++) {
        if (rv_str_eq(job->key, rv_str_of(rv_resource_names[i])))
            s.type = rv_resource_names[i];
    }
    if (s.type == NULL)
        return RV_OK; /* a type of another version: its job ends */
    if (!rv_resource_offered(cx->env, s.type))
        return rv_store_write(cx, skip_tx, &s);
    RV_TRY(rv_store_write(cx, begin_tx, &s));
    rv_status st = strcmp(s.type, "workflows") == 0 ? fetch_flows(cx, &s) : RV_OK;
    if (st != RV_OK) {
        rv_log_error(cx, RV_LOG_WARN, "sync.failed");
        s.failure =
            rv_printf(cx, "The synchronisation failed: %s. It is tried again within the hour.",
                      rv_error(cx)->message);
        rv_error_clear(cx);
    }
    return rv_store_write(cx, finish_tx, &s);
}

/* ---- opening --------------------------------------------------------------------------------- */

static rv_status open_tx(struct rv_tx *tx, void *arg)
{
    bool first;
    RV_TRY(rv_integrations_seed(tx, &first));
    if (first) /* later the team IT may have been deleted, and stays so */
        RV_TRY(rv_teams_seed(tx));
    return plan_tx(tx, arg);
}

rv_status rv_requests_open(struct rv_cx *cx)
{
    return rv_store_write(cx, open_tx, NULL);
}
