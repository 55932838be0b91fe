/* requests/integration.c: the connected systems whose actions request types may use: their teams,
 * and one switch per action (access-requests.md 5.5). There is one, Okta, with the one action there
 * is: Run a workflow.
 *
 * Taking a team or an action away checks the request types that may use it in the same transaction.
 */
#include "requests/requests_int.h"

enum { Q_GET, Q_LIST, Q_OKTA, Q_INSERT, Q_TOUCH, Q_ACTION, Q_SWITCH, Q_N };
#define COLUMNS "id, type, name, status, version, created_at, created_by, updated_at, updated_by"
#define OUT "id:text type:text name:text status:text version:int created_at:time created_by:text updated_at:time updated_by:text"
static const struct rv_sql integration_sql[Q_N] = {
    [Q_GET] = { .name = "integration_get", .text = "SELECT " COLUMNS " FROM integration WHERE id = :id", .in = "id:text", .out = OUT },
    [Q_LIST] = { .name = "integration_list", .text = "SELECT " COLUMNS " FROM integration ORDER BY id", .out = OUT },
    [Q_OKTA] = { .name = "integration_okta", .text = "SELECT id FROM integration WHERE type = 'OKTA'", .out = "id:text" },
    [Q_INSERT] = {
        .name = "integration_insert",
        .text = "INSERT INTO integration (id, type, name, status, version, created_at, created_by, updated_at, updated_by) "
                "VALUES (:id, 'OKTA', 'Okta', 'CONNECTED', 1, :now, NULL, :now, NULL)",
        .in = "id:text now:time",
    },
    [Q_TOUCH] = {
        .name = "integration_touch",
        .text = "UPDATE integration SET version = version + 1, updated_at = :now, updated_by = :by WHERE id = :id AND (:version IS NULL OR version = :version)",
        .in = "now:time by:text id:text version:int",
    },
    [Q_ACTION] = {
        .name = "integration_action",
        .text = "SELECT is_on FROM integration_action WHERE integration_id = :id AND action = :action",
        .in = "id:text action:text", .out = "is_on:bool",
    },
    [Q_SWITCH] = {
        .name = "integration_switch",
        .text = "INSERT INTO integration_action (integration_id, action, is_on) VALUES (:id, :action, :is_on) "
                "ON CONFLICT (integration_id, action) DO UPDATE SET is_on = excluded.is_on",
        .in = "id:text action:text is_on:bool",
    },
};
RV_SQL_MODULE(integration, integration_sql);

static const struct {
    const char *action, *name, *feature; /* feature: without it the action is not there */
} actions[] = {
    { "RUN_WORKFLOW", "Run a workflow", RV_FEATURE_WORKFLOWS },
};

struct integration {
    rv_str id, type, name, status, created_by, updated_by;
    int64_t version, created_at, updated_at;
};

static void read_row(struct rv_rows *r, struct integration *i)
{
    *i = (struct integration){
        .id = rv_col_str(r, 0),
        .type = rv_col_str(r, 1),
        .name = rv_col_str(r, 2),
        .status = rv_col_str(r, 3),
        .version = rv_col_int(r, 4),
        .created_at = rv_col_int(r, 5),
        .created_by = rv_col_str(r, 6),
        .updated_at = rv_col_int(r, 7),
        .updated_by = rv_col_str(r, 8),
    };
}

static rv_status get(struct rv_tx *tx, rv_str id, struct integration *ret)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &integration_sql[Q_GET], &r, &found, RV_ARGS(id)));
    if (!found)
        return rv_not_found(rv_tx_cx(tx), id, "Integration");
    read_row(&r, ret);
    return rv_rows_end(&r);
}

static rv_status is_on(struct rv_tx *tx, rv_str id, const char *action, bool *ret)
{
    struct rv_rows r;
    bool found;
    *ret = false;
    RV_TRY(rv_sql_first(tx, &integration_sql[Q_ACTION], &r, &found, RV_ARGS(id, action)));
    if (!found)
        return RV_OK;
    *ret = rv_col_bool(&r, 0);
    return rv_rows_end(&r);
}

rv_status rv_integration_allows(struct rv_tx *tx, rv_str team_id, const char *action,
                                bool *ret_team, bool *ret_on)
{
    struct rv_rows r;
    bool found;
    *ret_team = *ret_on = false;
    RV_TRY(rv_sql_first(tx, &integration_sql[Q_OKTA], &r, &found, RV_ARGS()));
    if (!found)
        return RV_OK;
    rv_str id = rv_col_str(&r, 0);
    RV_TRY(rv_rows_end(&r));
    RV_TRY(rv_access_has(tx, RV_ACCESS_INTEGRATION, id, team_id, ret_team));
    return is_on(tx, id, action, ret_on);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Members of teams read integrations to choose actions in the editor; whoever administers access
 * requests, to set them. */
static rv_status judge_reader(struct rv_tx *tx, rv_str id)
{
    bool member;
    RV_TRY(rv_team_is_member(tx, rv_user_id(rv_tx_cx(tx)), &member));
    return rv_authz(rv_tx_cx(tx), tx, RV_A_INTEGRATION_USE,
                    (struct rv_object){ .id = id,
                                        .relations = member ? RV_REL_MEMBER : 0u,
                                        .visible = id.p == NULL });
}

static rv_status write_actions(struct rv_tx *tx, rv_str id, bool names, struct rv_jw *w)
{
    rv_jw_arr(w);
    for (size_t i = 0; i < RV_LEN(actions); i++) {
        bool on, available = rv_feature_on(rv_tx_cx(tx)->env, actions[i].feature);
        RV_TRY(is_on(tx, id, actions[i].action, &on));
        if (!names && !available)
            continue;
        rv_jw_obj(w);
        rv_jw_kstr(w, "action", rv_str_of(actions[i].action));
        if (names)
            rv_jw_kstr(w, "name", rv_str_of(actions[i].name));
        rv_jw_kbool(w, "on", on && available);
        if (names)
            rv_jw_kbool(w, "available", available);
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
    return RV_OK;
}

static rv_status write_integration(struct rv_tx *tx, const struct integration *i, struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", i->id);
    rv_jw_kint(w, "version", i->version);
    rv_jw_ktime(w, "created", i->created_at);
    rv_jw_kstr(w, "createdBy", i->created_by);
    rv_jw_ktime(w, "lastUpdated", i->updated_at);
    rv_jw_kstr(w, "lastUpdatedBy", i->updated_by);
    rv_jw_kstr(w, "type", i->type);
    rv_jw_kstr(w, "name", i->name);
    rv_jw_kstr(w, "status", i->status);
    rv_jw_key(w, "teams");
    RV_TRY(rv_access_write_teams(tx, RV_ACCESS_INTEGRATION, i->id, w));
    rv_jw_key(w, "actions");
    RV_TRY(write_actions(tx, i->id, true, w));
    rv_jw_obj_end(w);
    return RV_OK;
}

/* There are few: one for each type of system. */
enum { INTEGRATIONS_MAX = 16 };
static rv_status all(struct rv_tx *tx, struct integration *ret, size_t *ret_n)
{
    struct rv_rows r;
    *ret_n = 0;
    RV_TRY(rv_sql_query(tx, &integration_sql[Q_LIST], &r, RV_ARGS()));
    while (*ret_n < INTEGRATIONS_MAX && rv_rows_next(&r))
        read_row(&r, &ret[(*ret_n)++]);
    return rv_rows_end(&r);
}

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct rv_jw *w = arg;
    struct integration i[INTEGRATIONS_MAX];
    size_t n;
    RV_TRY(judge_reader(tx, RV_NONE_STR));
    RV_TRY(all(tx, i, &n));
    for (size_t k = 0; k < n; k++)
        RV_TRY(write_integration(tx, &i[k], w));
    return RV_OK;
}

rv_status rv_integration_list(struct rv_cx *cx, struct rv_jw *w)
{
    return rv_store_read(cx, list_tx, w);
}

struct one {
    rv_str id;
    struct rv_jw *w;
};

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    const struct one *o = arg;
    struct integration i;
    RV_TRY(get(tx, o->id, &i));
    RV_TRY(judge_reader(tx, o->id));
    return write_integration(tx, &i, o->w);
}

rv_status rv_integration_get(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct one o = { id, w };
    return rv_store_read(cx, get_tx, &o);
}

rv_status rv_integration_write_access(struct rv_tx *tx, rv_str team_id, struct rv_jw *w)
{
    struct integration i[INTEGRATIONS_MAX];
    size_t n;
    RV_TRY(all(tx, i, &n));
    for (size_t k = 0; k < n; k++) {
        bool allowed;
        RV_TRY(rv_access_has(tx, RV_ACCESS_INTEGRATION, i[k].id, team_id, &allowed));
        rv_jw_obj(w);
        rv_jw_kstr(w, "id", i[k].id);
        rv_jw_kstr(w, "name", i[k].name);
        rv_jw_kbool(w, "allowed", allowed);
        rv_jw_key(w, "actions");
        RV_TRY(write_actions(tx, i[k].id, false, w));
        rv_jw_obj_end(w);
    }
    return RV_OK;
}

/* ---- what a team may choose (3.2, 3.3) ------------------------------------------------------- */

static bool type_can_be_mapped(rv_str type)
{
    static const char *const types[] = { "text", "number", "datetime", "boolean" };
    for (size_t i = 0; i < RV_LEN(types); i++) {
        if (rv_str_eq(type, rv_str_of(types[i])))
            return true;
    }
    return false;
}

/* The label of an input that no question can fill, or absent. */
static rv_status unmappable(struct rv_cx *cx, rv_str inputs, rv_str *ret)
{
    json_t *list, *input;
    size_t i;
    *ret = RV_NONE_STR;
    RV_TRY(rv_json_parse(cx, inputs, &rv_json_limits_import, &list));
    json_array_foreach(list, i, input)
    {
        if (!type_can_be_mapped(rv_json_member_str(input, "type")))
            *ret = rv_json_member_str(input, "label").p != NULL ? rv_json_member_str(input, "label")
                                                                : rv_json_member_str(input, "key");
    }
    return RV_OK;
}

static rv_status write_workflow(struct rv_cx *cx, const struct rv_synced_flow *f, struct rv_jw *w)
{
    rv_str bad;
    RV_TRY(unmappable(cx, f->inputs, &bad));
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", f->id);
    rv_jw_kstr(w, "name", f->name);
    rv_jw_kstr(w, "description", f->description);
    rv_jw_kstr(w, "folderPath", f->folder_path);
    rv_jw_kbool(w, "enabled", true);
    rv_jw_kraw(w, "inputs", f->inputs);
    rv_jw_kbool(w, "selectable", bad.p == NULL);
    rv_jw_kstr(w, "reason",
               bad.p == NULL
                   ? RV_NONE_STR
                   : rv_printf(cx,
                               "Input \"%.*s\" is not a text, number, date & time or true/false.",
                               RV_FMT(bad)));
    rv_jw_obj_end(w);
    return RV_OK;
}

struct choice {
    rv_str id;
    const struct rv_request_query *q;
    struct rv_jw *w;
    rv_str last;
    bool more;
};

/* Whether the team may run workflows at all: the feature, the integration with its switch, and the
 * resource. */
static rv_status may_choose(struct rv_tx *tx, rv_str team_id, bool *ret)
{
    bool in, on, open;
    RV_TRY(rv_integration_allows(tx, team_id, "RUN_WORKFLOW", &in, &on));
    RV_TRY(rv_resource_open_to(tx, "workflows", team_id, &open));
    *ret = rv_feature_on(rv_tx_cx(tx)->env, RV_FEATURE_WORKFLOWS) && in && on && open;
    return RV_OK;
}

static rv_status workflows_tx(struct rv_tx *tx, void *arg)
{
    struct choice *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct integration i;
    struct rv_team t;
    struct rv_synced_flow *f;
    size_t n;
    bool member = false, may;
    RV_TRY(get(tx, c->id, &i));
    RV_TRY(rv_team_require(tx, c->q->team_id, &t));
    if (rv_user_id(cx).p != NULL)
        RV_TRY(rv_team_has(tx, t.id, rv_user_id(cx), &member));
    RV_TRY(rv_authz(cx, tx, RV_A_INTEGRATION_USE,
                    (struct rv_object){
                        .id = c->id, .relations = member ? RV_REL_MEMBER : 0u, .visible = true }));
    RV_TRY(may_choose(tx, t.id, &may));
    if (!may)
        return RV_OK;
    RV_TRY(rv_synced_flow_page(tx, c->q->q, c->q->after, c->q->limit + 1, &f, &n));
    c->more = n > (size_t)c->q->limit;
    for (size_t k = 0; k < n - (c->more ? 1 : 0); k++) {
        RV_TRY(write_workflow(cx, &f[k], c->w));
        c->last = f[k].id;
    }
    return RV_OK;
}

rv_status rv_integration_workflows(struct rv_cx *cx, rv_str id, const struct rv_request_query *q,
                                   struct rv_jw *w, rv_str *ret_next)
{
    struct choice c = { .id = id, .q = q, .w = w };
    RV_TRY(rv_store_read(cx, workflows_tx, &c));
    *ret_next = c.more ? c.last : RV_NONE_STR;
    return RV_OK;
}

/* ---- changing -------------------------------------------------------------------------------- */

static rv_status event(struct rv_tx *tx, const struct integration *i, rv_str detail)
{
    return rv_event_add(tx, "reeve.integration.update", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Integration", .id = i->id, .name = i->name }),
                        detail);
}

static rv_status touch(struct rv_tx *tx, rv_str id, int64_t version, int64_t *ret_changed)
{
    return rv_sql_exec(tx, &integration_sql[Q_TOUCH], ret_changed,
                       RV_ARGS(rv_tx_now(tx), rv_actor_id(rv_tx_cx(tx)), id, version));
}

static rv_status recheck_teams(struct rv_tx *tx, rv_str id)
{
    rv_str *teams;
    size_t n;
    RV_TRY(rv_access_team_ids(tx, RV_ACCESS_INTEGRATION, id, &teams, &n));
    for (size_t i = 0; i < n; i++)
        RV_TRY(rv_types_recheck(tx, RV_USE_TEAM, teams[i]));
    return RV_OK;
}

static rv_status set_action(struct rv_tx *tx, const struct integration *in, const char *key,
                            const json_t *value, bool *ret_off)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const char *pointer = rv_z(cx, rv_printf(cx, "/actions/%.100s", key));
    size_t i = 0;
    bool was;
    while (i < RV_LEN(actions) && strcmp(actions[i].action, key) != 0)
        i++;
    if (i == RV_LEN(actions))
        return rv_fail_field(cx, pointer, "UNKNOWN_PROPERTY", "there is no action %.100s", key);
    if (!json_is_boolean(value))
        return rv_fail_field(cx, pointer, "INVALID_TYPE", "%s must be true or false", key);
    if (json_is_true(value) && !rv_feature_on(cx->env, actions[i].feature))
        return rv_fail_field(cx, pointer, "NOT_AVAILABLE",
                             "%s is not available: switch on \"Okta Workflows actions in Access "
                             "Requests\" under Settings > Features first",
                             actions[i].name);
    RV_TRY(is_on(tx, in->id, key, &was));
    RV_TRY(rv_sql_exec(tx, &integration_sql[Q_SWITCH], NULL,
                       RV_ARGS(in->id, key, json_is_true(value))));
    *ret_off = *ret_off || (was && !json_is_true(value));
    return RV_OK;
}

struct update {
    rv_str id;
    const struct rv_integration_in *in;
};

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    const struct update *u = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct integration i;
    const char *key;
    json_t *value;
    int64_t changed;
    rv_str detail;
    bool off = false;
    RV_TRY(get(tx, u->id, &i));
    RV_TRY(rv_authz(cx, tx, RV_A_INTEGRATION_MANAGE,
                    (struct rv_object){ .id = u->id, .visible = true }));
    RV_TRY(touch(tx, u->id, u->in->version, &changed));
    if (changed == 0)
        return rv_fail(
            cx, RV_CONFLICT,
            "the integration was changed by somebody else; read it again (it is at version %" PRId64
            ")",
            i.version);
    json_object_foreach(u->in->actions, key, value)
        RV_TRY(set_action(tx, &i, key, value, &off));
    RV_TRY(rv_json_dump(cx, u->in->actions, &detail));
    RV_TRY(event(tx, &i, rv_printf(cx, "{\"actions\":%.*s}", RV_FMT(detail))));
    return off ? recheck_teams(tx, u->id) : RV_OK;
}

rv_status rv_integration_update(struct rv_cx *cx, rv_str id, const struct rv_integration_in *in)
{
    struct update u = { id, in };
    return rv_store_write(cx, update_tx, &u);
}

rv_status rv_integration_share_tx(struct rv_tx *tx, rv_str id, rv_str team_id, bool shared)
{
    struct integration i;
    bool changed;
    RV_TRY(get(tx, id, &i));
    RV_TRY(rv_access_set(tx, RV_ACCESS_INTEGRATION, id, team_id, shared, &changed));
    if (!changed)
        return RV_OK;
    RV_TRY(touch(tx, id, RV_NO_INT, NULL));
    RV_TRY(event(tx, &i,
                 rv_printf(rv_tx_cx(tx), "{\"team\":\"%.*s\",\"allowed\":%s}", RV_FMT(team_id),
                           shared ? "true" : "false")));
    return shared ? RV_OK : rv_types_recheck(tx, RV_USE_TEAM, team_id);
}

struct share {
    rv_str id, team_id;
    bool shared;
};

static rv_status share_tx(struct rv_tx *tx, void *arg)
{
    const struct share *s = arg;
    struct integration i;
    struct rv_team t;
    RV_TRY(get(tx, s->id, &i));
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_INTEGRATION_MANAGE,
                    (struct rv_object){ .id = s->id, .visible = true }));
    RV_TRY(rv_team_require(tx, s->team_id, &t));
    return rv_integration_share_tx(tx, s->id, s->team_id, s->shared);
}

rv_status rv_integration_share(struct rv_cx *cx, rv_str id, rv_str team_id, bool shared)
{
    struct share s = { id, team_id, shared };
    return rv_store_write(cx, share_tx, &s);
}

/* ---- from the beginning ---------------------------------------------------------------------- */

rv_status rv_integrations_seed(struct rv_tx *tx, bool *ret_first)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &integration_sql[Q_OKTA], &r, &found, RV_ARGS()));
    *ret_first = !found;
    if (found)
        return rv_rows_end(&r);
    rv_str id = rv_id_prefixed(rv_tx_cx(tx), "goi");
    return id.p != NULL
               ? rv_sql_exec(tx, &integration_sql[Q_INSERT], NULL, RV_ARGS(id, rv_tx_now(tx)))
               : RV_BUSY;
}
