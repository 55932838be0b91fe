/* flows/endpoint.c: flows that HTTP callers start, and paused runs that they resume (workflows.md
 * 7).
 *
 * The address of a flow is a random alias in a row of its own, beside what a caller must show;
 * neither is part of a version or of an export file. A client token is shown when it is made and
 * stored as a keyed hash. A call starts a run like any other and leaves a line (line.c) for the
 * answer; no thread waits for it. */
#include "flows/flows_int.h"
#include <string.h>

enum { Q_BY_FLOW, Q_BY_ALIAS, Q_INSERT, Q_SECURITY, Q_TOKEN, Q_RESUME, Q_STATUS, Q_DATA, Q_DATA_PUT, Q_N };
static const struct rv_sql endpoint_sql[Q_N] = {
    [Q_BY_FLOW] = { .name = "endpoint_get", .text = "SELECT alias, security, token_hash, token_made_at FROM flow_endpoint WHERE flow_id = :flow_id",
                    .in = "flow_id:text", .out = "alias:text security:text token_hash:text token_made_at:time" },
    [Q_BY_ALIAS] = { .name = "endpoint_by_alias",
                     .text = "SELECT e.flow_id, f.name, f.enabled, e.security, e.token_hash, fo.path FROM flow_endpoint e JOIN flow f ON f.id = e.flow_id "
                             "JOIN folder fo ON fo.id = f.folder_id WHERE e.alias = :alias",
                     .in = "alias:text", .out = "flow_id:text name:text enabled:bool security:text token_hash:text path:text" },
    [Q_INSERT] = { .name = "endpoint_insert",
                   .text = "INSERT INTO flow_endpoint (flow_id, alias, security, updated_at, updated_by) VALUES (:flow_id, :alias, :security, :now, :by) "
                           "ON CONFLICT (flow_id) DO NOTHING",
                   .in = "flow_id:text alias:text security:text now:time by:text" },
    [Q_SECURITY] = { .name = "endpoint_security", .text = "UPDATE flow_endpoint SET security = :security, updated_at = :now, updated_by = :by WHERE flow_id = :flow_id",
                     .in = "security:text now:time by:text flow_id:text" },
    [Q_TOKEN] = { .name = "endpoint_token",
                  .text = "UPDATE flow_endpoint SET token_hash = :token_hash, token_made_at = :now, updated_at = :now, updated_by = :by WHERE flow_id = :flow_id",
                  .in = "token_hash:text now:time by:text flow_id:text" },
    [Q_RESUME] = { .name = "endpoint_resume", .text = "UPDATE run SET status = 'QUEUED' WHERE id = :id AND flow_id = :flow_id AND status = 'PAUSED' AND ended_at IS NULL",
                   .in = "id:text flow_id:text" },
    [Q_STATUS] = { .name = "endpoint_run", .text = "SELECT status FROM run WHERE id = :id AND flow_id = :flow_id", .in = "id:text flow_id:text", .out = "status:text" },
    [Q_DATA] = { .name = "endpoint_data", .text = "SELECT data FROM run WHERE id = :id AND data IS NOT NULL", .in = "id:text", .out = "data:blob" },
    [Q_DATA_PUT] = { .name = "endpoint_data_put", .text = "UPDATE run SET data = :data WHERE id = :id", .in = "data:blob id:text" },
};
RV_SQL_MODULE(endpoint, endpoint_sql);

/* What a caller must show: as the API and as export files name it. */
static const struct {
    const char *security, *level;
} levels[] = { { "CLIENT_TOKEN", "medium" }, { "NONE", "open" }, { "OAUTH", "high" } };

/* ---- settings -------------------------------------------------------------------------------- */

static rv_str random_hex(struct rv_cx *cx, size_t bytes)
{
    uint8_t raw[32];
    rv_random(raw, bytes);
    rv_str s = rv_hex(cx, raw, bytes);
    explicit_bzero(raw, sizeof raw);
    return s;
}

rv_status rv_endpoint_ensure(struct rv_tx *tx, rv_str flow_id, json_t *cards, rv_str level)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const char *security = levels[0].security;
    if (!rv_def_has_endpoint(cards))
        return RV_OK;
    for (size_t i = 0; i < RV_LEN(levels); i++)
        if (rv_str_eq(level, rv_str_of(levels[i].level)))
            security = levels[i].security;
    return rv_sql_exec(tx, &endpoint_sql[Q_INSERT], NULL,
                       RV_ARGS(flow_id, random_hex(cx, 16), security, rv_tx_now(tx),
                               rv_principal_id(cx)));
}

struct endpoint_row {
    rv_str alias, security, token_hash;
    int64_t token_made_at;
};

static rv_status read_row(struct rv_tx *tx, rv_str flow_id, bool *ret_found,
                          struct endpoint_row *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &endpoint_sql[Q_BY_FLOW], &r, ret_found, RV_ARGS(flow_id)));
    if (!*ret_found)
        return RV_OK;
    *ret = (struct endpoint_row){ rv_col_str(&r, 0), rv_col_str(&r, 1), rv_col_str(&r, 2),
                                  rv_col_int(&r, 3) };
    return rv_rows_end(&r);
}

rv_status rv_endpoint_level(struct rv_tx *tx, rv_str flow_id, const char **ret)
{
    struct endpoint_row row = { .alias = RV_NONE_STR };
    bool found;
    *ret = NULL;
    RV_TRY(read_row(tx, flow_id, &found, &row));
    for (size_t i = 0; i < RV_LEN(levels); i++)
        if (rv_str_eq(row.security, rv_str_of(levels[i].security)))
            *ret = levels[i].level;
    return RV_OK;
}

struct settings {
    rv_str flow_id, security, token_hash;
    struct rv_flow_row f;
    struct endpoint_row row;
    bool may_edit;
};

static rv_status find_row(struct rv_tx *tx, struct settings *s, enum rv_action action)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    bool found;
    RV_TRY(rv_flow_row_get(tx, s->flow_id, &s->f));
    struct rv_object o = rv_flow_object(&s->f);
    RV_TRY(rv_authz_may(cx, tx, RV_A_FLOW_READ, o, &o.visible));
    RV_TRY(rv_authz(cx, tx, action, o));
    RV_TRY(rv_authz_may(cx, tx, RV_A_FLOW_EDIT, o, &s->may_edit));
    RV_TRY(read_row(tx, s->flow_id, &found, &s->row));
    return found ? RV_OK
                 : rv_fail(cx, RV_NOT_FOUND,
                           "Not found: this flow has no API endpoint and no pause: no address "
                           "leads to it");
}

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    return find_row(tx, arg, RV_A_FLOW_READ);
}

static void write_settings(struct rv_cx *cx, const struct settings *s, rv_str token,
                           struct rv_jw *w)
{
    bool endpoint = rv_str_eq(s->f.kind, RV_STR("API_ENDPOINT"));
    rv_str base = rv_printf(cx, "%.*s/api/flo/%.*s", RV_FMT(rv_base_url(cx)), RV_FMT(s->row.alias));
    rv_jw_obj(w);
    rv_jw_kstr(w, "flowId", s->flow_id);
    rv_jw_kstr(w, "security", s->row.security);
    rv_jw_kbool(w, "hasToken", s->row.token_hash.n > 0);
    rv_jw_ktime(w, "tokenMadeAt", s->row.token_made_at);
    rv_jw_kstr(w, "alias", s->may_edit ? s->row.alias : RV_NONE_STR);
    rv_jw_kstr(w, "invokeUrl",
               s->may_edit && endpoint ? rv_printf(cx, "%.*s/invoke", RV_FMT(base)) : RV_NONE_STR);
    rv_jw_kstr(w, "resumeUrl",
               s->may_edit ? rv_printf(cx, "%.*s/resume/{executionId}", RV_FMT(base))
                           : RV_NONE_STR);
    if (token.p != NULL)
        rv_jw_kstr(w, "clientToken", token);
    rv_jw_obj_end(w);
}

rv_status rv_endpoint_get(struct rv_cx *cx, rv_str flow_id, struct rv_jw *w)
{
    struct settings s = { .flow_id = flow_id };
    RV_TRY(rv_store_read(cx, get_tx, &s));
    write_settings(cx, &s, RV_NONE_STR, w);
    return RV_OK;
}

static rv_status tell(struct rv_tx *tx, const struct settings *s, rv_str detail)
{
    RV_TRY(rv_event_add(tx, "workflows.user.flow.save", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Flow", .id = s->flow_id, .name = s->f.name }),
                        detail));
    return rv_tx_announce(tx, "flow", s->flow_id);
}

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    struct settings *s = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    bool known = false;
    RV_TRY(find_row(tx, s, RV_A_FLOW_EDIT));
    for (size_t i = 0; i < RV_LEN(levels); i++)
        known = known || rv_str_eq(s->security, rv_str_of(levels[i].security));
    if (!known)
        return rv_fail_field(cx, "/security", "ENUM", "security is NONE, CLIENT_TOKEN or OAUTH");
    RV_TRY(rv_sql_exec(tx, &endpoint_sql[Q_SECURITY], NULL,
                       RV_ARGS(s->security, rv_tx_now(tx), rv_principal_id(cx), s->flow_id)));
    return tell(tx, s, rv_printf(cx, "{\"endpointSecurity\":\"%.*s\"}", RV_FMT(s->security)));
}

rv_status rv_endpoint_update(struct rv_cx *cx, rv_str flow_id, rv_str security)
{
    struct settings s = { .flow_id = flow_id, .security = security };
    RV_TRY(rv_guard_recent(cx));
    return rv_store_write(cx, update_tx, &s);
}

static rv_str hash_token(struct rv_cx *cx, rv_str flow_id, rv_str token)
{
    uint8_t mac[32];
    rv_hmac(cx->env->keys, RV_KEY_TOKEN,
            rv_printf(cx, "endpoint|%.*s|%.*s", RV_FMT(flow_id), RV_FMT(token)), mac);
    return rv_hex(cx, mac, sizeof mac);
}

rv_str rv_endpoint_new_token(struct rv_cx *cx)
{
    return random_hex(cx, 32);
}

static rv_status put_hash(struct rv_tx *tx, rv_str flow_id, rv_str hash)
{
    return rv_sql_exec(tx, &endpoint_sql[Q_TOKEN], NULL,
                       RV_ARGS(hash, rv_tx_now(tx), rv_principal_id(rv_tx_cx(tx)), flow_id));
}

rv_status rv_endpoint_keep_token(struct rv_tx *tx, rv_str flow_id, rv_str token, rv_str *ret_url)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct endpoint_row row = { .alias = RV_NONE_STR };
    rv_str hash = hash_token(cx, flow_id, token);
    bool found;
    if (hash.p == NULL)
        return RV_BUSY;
    RV_TRY(put_hash(tx, flow_id, hash));
    RV_TRY(read_row(tx, flow_id, &found, &row));
    *ret_url = rv_printf(cx, "%.*s/api/flo/%.*s/invoke", RV_FMT(rv_base_url(cx)), RV_FMT(row.alias));
    return RV_OK;
}

static rv_status token_tx(struct rv_tx *tx, void *arg)
{
    struct settings *s = arg;
    RV_TRY(find_row(tx, s, RV_A_FLOW_EDIT));
    RV_TRY(put_hash(tx, s->flow_id, s->token_hash));
    s->row.token_hash = s->token_hash;
    s->row.token_made_at = rv_tx_now(tx);
    return tell(tx, s, RV_STR("{\"clientToken\":\"made\"}"));
}

rv_status rv_endpoint_token(struct rv_cx *cx, rv_str flow_id, struct rv_jw *w)
{
    struct settings s = { .flow_id = flow_id };
    rv_str token = rv_endpoint_new_token(cx);
    if (token.p == NULL)
        return RV_BUSY;
    s.token_hash = hash_token(cx, flow_id, token);
    RV_TRY(rv_guard_recent(cx));
    RV_TRY(rv_store_write(cx, token_tx, &s));
    write_settings(cx, &s, token, w);
    return RV_OK;
}

/* ---- credentials ----------------------------------------------------------------------------- */

struct admit {
    rv_str alias;
    struct rv_endpoint *to;
    rv_str security, token_hash, path;
    bool found;
};

static rv_status admit_tx(struct rv_tx *tx, void *arg)
{
    struct admit *a = arg;
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &endpoint_sql[Q_BY_ALIAS], &r, &a->found, RV_ARGS(a->alias)));
    if (!a->found)
        return RV_OK;
    *a->to = (struct rv_endpoint){ .flow_id = rv_col_str(&r, 0),
                                   .flow_name = rv_col_str(&r, 1),
                                   .enabled = rv_col_bool(&r, 2) };
    a->security = rv_col_str(&r, 3);
    a->token_hash = rv_col_str(&r, 4);
    a->path = rv_col_str(&r, 5);
    return rv_rows_end(&r);
}

static rv_status check_token(struct rv_cx *cx, const struct admit *a, rv_str token)
{
    if (token.n == 0)
        return rv_fail(cx, RV_BAD_TOKEN,
                       "This address asks for a client token: header x-api-client-token or query "
                       "parameter clientToken.");
    if (a->token_hash.n == 0 || token.n > 200 ||
        !rv_same_secret(hash_token(cx, a->to->flow_id, token), a->token_hash))
        return rv_fail(cx, RV_BAD_TOKEN, "The client token is not the one of this address.");
    return RV_OK;
}

/* An access token with the scope, of an app that may run the flow (security.md 2.3); API tokens
 * have no scopes. */
static rv_status check_oauth(struct rv_cx *cx, const struct admit *a,
                             const struct rv_endpoint_key *k)
{
    static const char scope[] = "okta.workflows.invoke.manage";
    bool may;
    if (k->authorization.n == 0)
        return rv_fail(
            cx, RV_BAD_TOKEN,
            "This address asks for an OAuth 2.0 access token: header Authorization: Bearer …");
    RV_TRY(rv_auth_header(cx, k->authorization, k->peer));
    if (cx->principal->method != RV_AUTH_OAUTH ||
        !rv_scope_allows(cx->principal->scopes, rv_str_of(scope)))
        return rv_fail(cx, RV_FORBIDDEN,
                       "This address takes an OAuth 2.0 access token with the scope %s.", scope);
    RV_TRY(rv_authz_may(cx, NULL, RV_A_DELEGATED_INVOKE,
                        (struct rv_object){ .id = a->to->flow_id, .path = a->path }, &may));
    return may ? RV_OK
               : rv_fail(cx, RV_FORBIDDEN,
                         "The application may not run this flow: no assignment gives it the "
                         "permission okta.workflows.invoke on it.");
}

rv_status rv_endpoint_admit(struct rv_cx *cx, const struct rv_endpoint_key *k,
                            struct rv_endpoint *ret)
{
    struct admit a = { .alias = k->alias, .to = ret };
    RV_TRY(rv_store_read(cx, admit_tx, &a));
    if (!a.found)
        return rv_fail(cx, RV_NOT_FOUND, "Not found: no flow that is on has this address");
    if (rv_str_eq(a.security, RV_STR("CLIENT_TOKEN")))
        return check_token(cx, &a, k->client_token);
    return rv_str_eq(a.security, RV_STR("OAUTH")) ? check_oauth(cx, &a, k) : RV_OK;
}

/* ---- what a request gives the flow ----------------------------------------------------------- */

static rv_str lower(struct rv_cx *cx, rv_str s)
{
    char *p = rv_alloc(cx, s.n + 1);
    for (size_t i = 0; p != NULL && i < s.n; i++)
        p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
    return p != NULL ? (rv_str){ p, s.n } : RV_NONE_STR;
}

static json_t *member(const json_t *o, rv_str key)
{
    return key.p != NULL ? json_object_getn(o, key.p, key.n) : NULL;
}

/* Borrowed, or NULL. */
static json_t *part(struct rv_cx *cx, const json_t *request, rv_str group, rv_str key, bool object)
{
    static const struct {
        const char *key, *text, *parsed;
    } raw[] = { { "headers", "headers", "headers" },
                { "body", "text", "body" },
                { "query", "queryText", "query" } };
    if (rv_str_eq(group, RV_STR("headers")))
        return member(json_object_get(request, "headers"), lower(cx, key));
    if (rv_str_eq(group, RV_STR("query")))
        return member(json_object_get(request, "query"), key);
    if (rv_str_eq(group, RV_STR("body")))
        return member(json_object_get(request, "body"), key);
    for (size_t i = 0; rv_str_eq(group, RV_STR("raw")) && i < RV_LEN(raw); i++)
        if (rv_str_eq(key, rv_str_of(raw[i].key)))
            return json_object_get(request, object ? raw[i].parsed : raw[i].text);
    return NULL;
}

rv_status rv_endpoint_inputs(struct rv_cx *cx, const json_t *cards, const json_t *request,
                             json_t **ret)
{
    json_t *pin, *inputs = json_object();
    size_t i;
    RV_TRY(rv_json_keep(cx, inputs));
    json_array_foreach(json_object_get(rv_def_head(cards), "outputs"), i, pin)
    {
        rv_str group = rv_json_member_str(pin, "group"), key = rv_json_member_str(pin, "key");
        if (key.p == NULL || group.p == NULL || rv_str_eq(group, RV_STR("context")))
            continue;
        json_t *v = part(cx, request, group, key,
                         rv_str_eq(rv_json_member_str(pin, "type"), RV_STR("object")));
        rv_str name = rv_printf(cx, "%.*s.%.*s", RV_FMT(group), RV_FMT(key));
        if (name.p == NULL || json_object_setn_new(inputs, name.p, name.n,
                                                   v != NULL ? json_incref(v) : json_null()) != 0)
            return rv_fail(cx, RV_BUSY, "out of memory while reading a request");
    }
    *ret = inputs;
    return RV_OK;
}

/* ---- a call ---------------------------------------------------------------------------------- */

struct call_line {
    struct rv_line line; /* first */
    struct rv_endpoint_call *call;
};

static void answered(struct rv_line *line)
{
    struct rv_endpoint_call *c = ((struct call_line *)(void *)line)->call;
    c->late = line->end == RV_LINE_LATE;
    c->answer = line->answer;
    c->done(c, line->end == RV_LINE_STOPPED
                   ? rv_fail(c->cx, RV_STOPPED,
                             "the server is stopping; the run goes on after its next start")
                   : RV_OK);
}

static void accepted(struct rv_endpoint_call *c, rv_status st)
{
    struct rv_line *line = c->line;
    struct rv_lines *lines = rv_engine_lines(rv_engine_of(c->cx));
    if (st == RV_OK) {
        rv_line_accepted(lines, line);
        return;
    }
    rv_line_drop(lines, line);
    c->done(c, st);
}

static void started(struct rv_run_start *s, rv_status st)
{
    struct rv_endpoint_call *c = s->arg;
    c->run_id = s->run_id;
    accepted(c, st);
}

static rv_status refuse_resume(struct rv_tx *tx, const struct rv_endpoint_call *c)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &endpoint_sql[Q_STATUS], &r, &found,
                        RV_ARGS(c->resume_run_id, c->to.flow_id)));
    if (!found)
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND, "Not found: this flow has no run %.*s",
                       RV_FMT(c->resume_run_id));
    rv_str status = rv_col_str(&r, 0);
    RV_TRY(rv_rows_end(&r));
    return rv_fail(rv_tx_cx(tx), RV_CONFLICT, "the run is not paused: it is %.*s", RV_FMT(status));
}

static rv_status keep_resume(struct rv_tx *tx, const struct rv_endpoint_call *c)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    json_t *record, *resume = json_object(), *body = json_object_get(c->request, "body"),
                    *values = json_copy(json_object_get(c->request, "query"));
    struct rv_rows r;
    rv_str text;
    bool found;
    RV_TRY(rv_json_keep(cx, resume));
    RV_TRY(rv_json_keep(cx, values));
    RV_TRY(rv_sql_first(tx, &endpoint_sql[Q_DATA], &r, &found, RV_ARGS(c->resume_run_id)));
    if (!found)
        return rv_fail(cx, RV_CONFLICT,
                       "the values of this run were cleared; it cannot be resumed");
    rv_status st = rv_history_unpack(cx, rv_col_str(&r, 0), &record);
    RV_TRY(rv_rows_end(&r));
    RV_TRY(st);
    if ((json_is_object(body) && json_object_update(values, body) != 0) ||
        json_object_set(resume, "values", values) != 0 ||
        json_object_set(resume, "headers", json_object_get(c->request, "headers")) != 0 ||
        json_object_set(resume, "text", json_object_get(c->request, "text")) != 0 ||
        json_object_set(record, "resume", resume) != 0)
        return rv_fail(cx, RV_BUSY, "out of memory while resuming a run");
    RV_TRY(rv_json_dump(cx, record, &text));
    RV_TRY(rv_history_pack(cx, text, &text));
    return rv_sql_exec(tx, &endpoint_sql[Q_DATA_PUT], NULL,
                       RV_ARGS(((rv_blob){ text }), c->resume_run_id));
}

static rv_status resume_tx(struct rv_tx *tx, void *arg)
{
    const struct rv_endpoint_call *c = arg;
    int64_t changed;
    RV_TRY(rv_sql_exec(tx, &endpoint_sql[Q_RESUME], &changed,
                       RV_ARGS(c->resume_run_id, c->to.flow_id)));
    if (changed == 0)
        return refuse_resume(tx, c);
    RV_TRY(keep_resume(tx, c));
    RV_TRY(rv_job_cancel_payload(tx, RV_STR("flow.run"), c->resume_run_id));
    RV_TRY(rv_job_add(tx, RV_STR("flow.run"), RV_NONE_STR, rv_tx_now(tx), c->resume_run_id, NULL));
    return rv_tx_announce(tx, "run", c->resume_run_id);
}

static void resumed(struct rv_write *w, rv_status st)
{
    accepted(w->arg, st);
}

static void resume(struct rv_endpoint_call *c)
{
    c->run_id = c->resume_run_id;
    if (!rv_line_open(rv_engine_lines(rv_engine_of(c->cx)), c->line, c->run_id)) {
        c->done(c, rv_fail(c->cx, RV_CONFLICT, "the run is not paused: somebody has resumed it"));
        return;
    }
    c->write = (struct rv_write){ .cx = c->cx, .fn = resume_tx, .done = resumed, .arg = c };
    rv_store_write_async(c->cx->env->store, &c->write);
}

void rv_endpoint_call(struct rv_endpoint_call *c)
{
    struct rv_cx *cx = c->cx;
    struct call_line *l = RV_NEW(cx, struct call_line);
    if (l == NULL) {
        c->done(c, RV_BUSY);
        return;
    }
    l->call = c;
    l->line.done = answered;
    l->line.until_us = rv_mono_us(cx->env) + rv_config_int(cx->env, "endpoint.timeout") * 1000;
    c->line = &l->line;
    if (c->resume_run_id.p != NULL) {
        resume(c);
        return;
    }
    c->start = (struct rv_run_start){ .cx = cx,
                                      .flow_id = c->to.flow_id,
                                      .inputs = c->request,
                                      .via = RV_VIA_ENDPOINT,
                                      .line = &l->line,
                                      .done = started,
                                      .arg = c };
    rv_run_start(&c->start);
}
