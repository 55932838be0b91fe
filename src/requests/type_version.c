/* requests/type_version.c: published versions of request types, and how a published type ends
 * (access-requests.md 2.2, 3.3).
 *
 * Publishing copies the draft into a numbered row that never changes; requests point to that row.
 * With each workflow the row keeps the inputs as they were synchronised. When something a type uses
 * changes outside, rv_types_recheck looks at the published steps again in the same transaction;
 * what is broken becomes DISABLED, and the team is told. */
#include "requests/type_int.h"

#include <pthread.h>
#include <stdlib.h>

enum { Q_LOAD, Q_LOAD_CURRENT, Q_ACTIVE_COUNT, Q_INSERT, Q_PUBLISH, Q_UNPUBLISH, Q_DISABLE, Q_SAME, Q_LIST, Q_ACTIVE, Q_N };
#define COLUMNS "v.type_id, v.name, v.description, v.icon, v.team_id, t.status, v.number, v.auto_resolve, v.steps, v.audience"
#define OUT "type_id:text name:text description:text icon:text team_id:text status:text number:int auto_resolve:bool steps:text audience:text"
static const struct rv_sql version_sql[Q_N] = {
    [Q_LOAD] = {
        .name = "request_type_version_load",
        .text = "SELECT " COLUMNS " FROM request_type_version v JOIN request_type t ON t.id = v.type_id WHERE v.type_id = :id AND v.number = :number",
        .in = "id:text number:int", .out = OUT,
    },
    [Q_LOAD_CURRENT] = {
        .name = "request_type_version_current",
        .text = "SELECT " COLUMNS " FROM request_type t JOIN request_type_version v ON v.type_id = t.id AND v.number = t.published "
                "WHERE t.id = :id AND t.status = 'ACTIVE'",
        .in = "id:text", .out = OUT,
    },
    [Q_ACTIVE_COUNT] = {
        .name = "request_type_active_count",
        .text = "SELECT COUNT(*) AS n FROM request_type WHERE status = 'ACTIVE' AND id <> :id",
        .in = "id:text", .out = "n:int",
    },
    [Q_INSERT] = {
        .name = "request_type_version_insert",
        .text = "INSERT INTO request_type_version (type_id, number, published_at, published_by, published_by_name, name, description, icon, team_id, audience, "
                "auto_resolve, steps) VALUES (:id, :number, :now, :by, :by_name, :name, :description, :icon, :team_id, :audience, :auto_resolve, :steps)",
        .in = "id:text number:int now:time by:text by_name:text name:text description:text icon:text team_id:text audience:text auto_resolve:bool steps:text",
    },
    [Q_PUBLISH] = {
        .name = "request_type_publish",
        .text = "UPDATE request_type SET status = 'ACTIVE', published = :number, published_name = :name, published_digest = digest, disabled_reasons = '[]', "
                "version = version + 1, updated_at = :now, updated_by = :by WHERE id = :id AND version = :version",
        .in = "number:int name:text now:time by:text id:text version:int",
    },
    [Q_UNPUBLISH] = {
        .name = "request_type_unpublish",
        .text = "UPDATE request_type SET status = 'DRAFT', version = version + 1, updated_at = :now, updated_by = :by WHERE id = :id",
        .in = "now:time by:text id:text",
    },
    [Q_DISABLE] = {
        .name = "request_type_disable",
        .text = "UPDATE request_type SET status = 'DISABLED', disabled_reasons = :reasons, version = version + 1, updated_at = :now, updated_by = NULL "
                "WHERE id = :id AND status = 'ACTIVE'",
        .in = "reasons:text now:time id:text",
    },
    [Q_SAME] = {
        .name = "request_type_version_same",
        .text = "SELECT v.number FROM request_type_version v WHERE v.type_id = :id AND v.number = :number AND v.steps = :steps",
        .in = "id:text number:int steps:text", .out = "number:int",
    },
    [Q_LIST] = {
        .name = "request_type_version_list",
        .text = "SELECT number, published_at, published_by, published_by_name FROM request_type_version WHERE type_id = :id AND number < :before "
                "ORDER BY number DESC LIMIT :n",
        .in = "id:text before:int n:int", .out = "number:int published_at:time published_by:text published_by_name:text",
    },
    [Q_ACTIVE] = {
        .name = "request_type_active",
        .text = "SELECT id, name FROM request_type WHERE status = 'ACTIVE' ORDER BY id",
        .out = "id:text name:text",
    },
};
RV_SQL_MODULE(request_type_version, version_sql);

static bool is(rv_str s, const char *z)
{
    return rv_str_eq(s, rv_str_of(z));
}

static rv_str actor(const struct rv_cx *cx)
{
    return cx->principal != NULL && cx->principal->kind != RV_SYSTEM ? cx->principal->id
                                                                     : RV_NONE_STR;
}

/* ---- reading versions ------------------------------------------------------------------------ */

/* The steps of a version never change, and every change of a request needs them: the last ones that
 * were parsed are kept and shared. They are read only, and given for exactly their text. */
enum { KEPT = 64 };
static struct {
    pthread_mutex_t lock;
    struct kept {
        char *text;
        size_t n;
        json_t *steps;
    } versions[KEPT];
} parsed = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct kept *place_of(const struct rv_type_version *v)
{
    uint64_t h = rv_str_hash((uint64_t)v->number, v->type_id);
    return &parsed.versions[(h >> 32) % KEPT];
}

static json_t *find_kept(const struct kept *k, rv_str text)
{
    (void)pthread_mutex_lock(&parsed.lock);
    json_t *found = k->steps != NULL && rv_str_eq((rv_str){ k->text, k->n }, text)
                        ? json_incref(k->steps)
                        : NULL;
    (void)pthread_mutex_unlock(&parsed.lock);
    return found;
}

static void keep(struct kept *k, rv_str text, json_t *steps)
{
    struct kept fresh = { .text = malloc(text.n + 1), .n = text.n, .steps = steps }, old;
    if (fresh.text == NULL)
        return;
    memcpy(fresh.text, text.p, text.n);
    json_incref(steps);
    (void)pthread_mutex_lock(&parsed.lock);
    old = *k;
    *k = fresh;
    (void)pthread_mutex_unlock(&parsed.lock);
    free(old.text);
    json_decref(old.steps);
}

static rv_status parse_steps(struct rv_cx *cx, struct rv_type_version *v, rv_str text)
{
    struct kept *k = place_of(v);
    json_t *steps = text.n > 0 ? find_kept(k, text) : NULL;
    if (steps != NULL) {
        v->steps = steps;
        return rv_json_keep(cx, steps);
    }
    RV_TRY(rv_type_parse(cx, text, &v->steps));
    if (text.n > 0)
        keep(k, text, v->steps);
    return RV_OK;
}

rv_status rv_type_version_load(struct rv_tx *tx, rv_str type_id, int64_t number, bool *ret_found,
                               struct rv_type_version *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    RV_TRY(number == 0
               ? rv_sql_first(tx, &version_sql[Q_LOAD_CURRENT], &r, ret_found, RV_ARGS(type_id))
               : rv_sql_first(tx, &version_sql[Q_LOAD], &r, ret_found, RV_ARGS(type_id, number)));
    if (!*ret_found)
        return RV_OK;
    *ret = (struct rv_type_version){
        .type_id = rv_col_str(&r, 0),
        .name = rv_col_str(&r, 1),
        .description = rv_col_str(&r, 2),
        .icon = rv_col_str(&r, 3),
        .team_id = rv_col_str(&r, 4),
        .status = rv_col_str(&r, 5),
        .number = rv_col_int(&r, 6),
        .auto_resolve = rv_col_bool(&r, 7),
    };
    rv_status st = parse_steps(cx, ret, rv_col_ref(&r, 8));
    rv_str audience = rv_col_str(&r, 9);
    RV_TRY(rv_rows_end(&r));
    RV_TRY(st);
    return rv_type_parse(cx, audience, &ret->audience);
}

rv_status rv_type_audience_has(struct rv_tx *tx, const struct rv_type_version *v, rv_str user_id,
                               bool *ret)
{
    rv_str type = rv_json_member_str(v->audience, "type"),
           id = rv_json_member_str(v->audience, "id");
    *ret = is(type, "EVERYONE");
    if (is(type, "GROUP"))
        return rv_group_has(tx, id, user_id, ret);
    return is(type, "TEAM") ? rv_team_has(tx, id, user_id, ret) : RV_OK;
}

struct versions {
    rv_str id;
    const struct rv_request_query *q;
    struct rv_jw *w;
    int64_t number, last;
    bool more;
};

static void write_head(struct rv_jw *w, struct rv_rows *r, int64_t current)
{
    rv_str by = rv_col_str(r, 2), name = rv_col_str(r, 3);
    rv_jw_kint(w, "number", rv_col_int(r, 0));
    rv_jw_ktime(w, "publishedAt", rv_col_int(r, 1));
    rv_jw_key(w, "publishedBy");
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", by.p != NULL ? by : RV_STR("system"));
    rv_jw_kstr(w, "name", name.p != NULL ? name : RV_STR("System"));
    rv_jw_kstr(w, "email", RV_NONE_STR);
    rv_jw_obj_end(w);
    rv_jw_kbool(w, "current", rv_col_int(r, 0) == current);
}

static rv_status judged(struct rv_tx *tx, rv_str id, enum rv_action action, struct rv_type_row *ret)
{
    struct rv_object object;
    RV_TRY(rv_type_row_get(tx, id, ret));
    RV_TRY(rv_type_object(tx, id, ret->team_id, &object));
    return rv_authz(rv_tx_cx(tx), tx, action, object);
}

static int64_t current_of(const struct rv_type_row *t)
{
    return is(t->status, "ACTIVE") ? t->published : 0;
}

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct versions *v = arg;
    struct rv_type_row t;
    struct rv_rows r;
    int64_t before = INT64_MAX;
    RV_TRY(judged(tx, v->id, RV_A_REQUEST_TYPE_READ, &t));
    if (v->q->after.p != NULL && !rv_str_to_int(v->q->after, &before))
        return rv_fail_field(rv_tx_cx(tx), "after", "CURSOR",
                             "this cursor was not made by this list");
    RV_TRY(rv_sql_query(tx, &version_sql[Q_LIST], &r, RV_ARGS(t.id, before, v->q->limit + 1)));
    for (int n = 0; rv_rows_next(&r); n++) {
        if (n == v->q->limit) {
            v->more = true;
            break;
        }
        v->last = rv_col_int(&r, 0);
        rv_jw_obj(v->w);
        write_head(v->w, &r, current_of(&t));
        rv_jw_obj_end(v->w);
    }
    return rv_rows_end(&r);
}

rv_status rv_request_type_version_list(struct rv_cx *cx, rv_str id,
                                       const struct rv_request_query *q, struct rv_jw *w,
                                       rv_str *ret_next)
{
    struct versions v = { .id = id, .q = q, .w = w };
    RV_TRY(rv_store_read(cx, list_tx, &v));
    *ret_next = v.more ? rv_printf(cx, "%" PRId64, v.last) : RV_NONE_STR;
    return RV_OK;
}

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    struct versions *v = arg;
    struct rv_type_row t;
    struct rv_rows r;
    json_t *steps;
    bool found;
    RV_TRY(judged(tx, v->id, RV_A_REQUEST_TYPE_READ, &t));
    RV_TRY(rv_type_version_steps(tx, t.id, v->number, &steps));
    RV_TRY(rv_sql_first(tx, &version_sql[Q_LIST], &r, &found, RV_ARGS(t.id, v->number + 1, 1)));
    if (!found || steps == NULL) {
        if (found)
            RV_TRY(rv_rows_end(&r));
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                       "Not found: Resource not found: %" PRId64 " (RequestTypeVersion)",
                       v->number);
    }
    rv_jw_obj(v->w);
    write_head(v->w, &r, current_of(&t));
    RV_TRY(rv_rows_end(&r));
    rv_jw_key(v->w, "steps");
    RV_TRY(rv_type_write_steps(tx, steps, NULL, v->w));
    rv_jw_obj_end(v->w);
    return RV_OK;
}

rv_status rv_request_type_version_get(struct rv_cx *cx, rv_str id, int64_t number, struct rv_jw *w)
{
    struct versions v = { .id = id, .w = w, .number = number };
    return rv_store_read(cx, get_tx, &v);
}

/* ---- publishing ------------------------------------------------------------------------------ */

struct publish {
    rv_str id;
    struct rv_type_row t; /* as read before the flows were asked */
    json_t *steps, *live;
};

static rv_status read_tx(struct rv_tx *tx, void *arg)
{
    struct publish *p = arg;
    RV_TRY(judged(tx, p->id, RV_A_REQUEST_TYPE_EDIT, &p->t));
    return rv_type_parse(rv_tx_cx(tx), p->t.steps, &p->steps);
}

/* Is the flow there and on, now? Asked as the Access Requests app, over the API, like every look at
 * flows. */
static rv_status ask_flow(struct rv_cx *cx, const struct rv_principal *app, rv_str flow_id,
                          const char **ret)
{
    struct rv_answer answer;
    json_t *flow;
    struct rv_local_call call = { .as = app,
                                  .method = RV_STR("GET"),
                                  .target = rv_printf(cx, "/reeve/api/v1/delegated-flows/%.*s",
                                                      RV_FMT(flow_id)) };
    RV_TRY(rv_local_call(cx, &call, &answer));
    *ret = "GONE";
    if (answer.status != 200)
        return RV_OK;
    RV_TRY(rv_json_parse(cx, answer.body, &rv_json_limits_default, &flow));
    bool may = json_is_true(json_object_get(flow, "mayInvoke"));
    *ret = !may ? "GONE" : json_is_true(json_object_get(flow, "enabled")) ? "ON" : "OFF";
    return RV_OK;
}

static bool is_plain_id(rv_str id)
{
    for (size_t i = 0; i < id.n; i++)
        if (!((id.p[i] >= '0' && id.p[i] <= '9') || (id.p[i] >= 'A' && id.p[i] <= 'Z') ||
              (id.p[i] >= 'a' && id.p[i] <= 'z')))
            return false;
    return id.n > 0;
}

static rv_status ask_flows(struct rv_cx *cx, struct publish *p)
{
    const struct rv_principal *app;
    size_t i;
    json_t *step;
    p->live = json_object();
    RV_TRY(rv_json_keep(cx, p->live));
    if (!rv_feature_on(cx->env, RV_WORKFLOW_FEATURE))
        return RV_OK;
    bool there = rv_principal_access_requests(cx, &app) == RV_OK;
    if (!there)
        rv_error_clear(cx); /* then every flow is out of reach, which is what is said */
    json_array_foreach(p->steps, i, step)
    {
        rv_str id = rv_json_member_str(step, "flowId");
        const char *state = "GONE";
        if (id.n == 0 || json_object_getn(p->live, id.p, id.n) != NULL)
            continue;
        if (there && is_plain_id(id))
            RV_TRY(ask_flow(cx, app, id, &state));
        if (json_object_setn_new(p->live, id.p, id.n, json_string(state)) != 0)
            return rv_fail(cx, RV_BUSY, "out of memory");
    }
    return RV_OK;
}

/* A fixed value that nobody filled in sends nothing. */
static bool is_blank(const json_t *source)
{
    rv_str value = rv_json_member_str(source, "value");
    return is(rv_json_member_str(source, "source"), "CONSTANT") && value.p != NULL &&
           rv_str_trim(value).n == 0;
}

/* The workflow's name and inputs as synchronised stay with the version; values for inputs it does
 * not have go. */
static rv_status fix_workflow(struct rv_tx *tx, json_t *step)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_synced_flow flow;
    json_t *inputs, *input, *kept = json_object();
    size_t i;
    int bad = 0;
    RV_TRY(rv_json_keep(cx, kept));
    RV_TRY(rv_type_flow_inputs(tx, rv_json_member_str(step, "flowId"), &flow, &inputs));
    json_array_foreach(inputs, i, input)
    {
        rv_str key = rv_json_member_str(input, "key");
        json_t *source = json_object_getn(json_object_get(step, "inputs"), key.p, key.n);
        if (source != NULL && !is_blank(source))
            bad |= json_object_setn(kept, key.p, key.n, source);
    }
    bad |= json_object_set(step, "inputs", kept);
    bad |= json_object_set_new(step, "flowName", json_stringn(flow.name.p, flow.name.n));
    bad |= json_object_set(step, "flowInputs", inputs);
    return bad == 0 ? RV_OK : rv_fail(cx, RV_BUSY, "out of memory");
}

static rv_status version_steps(struct rv_tx *tx, const json_t *draft, json_t **ret,
                               rv_str *ret_text)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    size_t i;
    json_t *step;
    *ret = json_deep_copy(draft);
    RV_TRY(rv_json_keep(cx, *ret));
    json_array_foreach(*ret, i, step)
    {
        if (is(rv_json_member_str(step, "kind"), "ACTION"))
            RV_TRY(fix_workflow(tx, step));
    }
    return rv_json_dump(cx, *ret, ret_text);
}

static rv_status refuse(struct rv_cx *cx, const struct rv_type_problem *problems)
{
    rv_status st = RV_OK;
    for (const struct rv_type_problem *p = problems; p != NULL; p = p->next)
        st = rv_fail_field(cx, p->pointer, "REQUEST_TYPE_SETTINGS", "%.*s", RV_FMT(p->sentence));
    return st;
}

/* Publishing what is published already, with flows as they were, makes no version. */
static rv_status is_current(struct rv_tx *tx, const struct rv_type_row *t, rv_str steps, bool *ret)
{
    struct rv_rows r;
    *ret = false;
    if (!is(t->status, "ACTIVE") || !rv_str_eq(t->digest, t->published_digest))
        return RV_OK;
    RV_TRY(rv_sql_first(tx, &version_sql[Q_SAME], &r, ret, RV_ARGS(t->id, t->published, steps)));
    return *ret ? rv_rows_end(&r) : RV_OK;
}

static rv_status check_room(struct rv_tx *tx, rv_str id)
{
    int64_t n;
    RV_TRY(rv_sql_count(tx, &version_sql[Q_ACTIVE_COUNT], &n, RV_ARGS(id)));
    if (n >= RV_TYPE_ACTIVE_MAX)
        return rv_fail(rv_tx_cx(tx), RV_LIMIT,
                       "There are %d active request types already (limit requestType.active); "
                       "unpublish or delete one first",
                       RV_TYPE_ACTIVE_MAX);
    return RV_OK;
}

static rv_status add_version(struct rv_tx *tx, const struct rv_type_row *t, int64_t number,
                             rv_str steps)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str by_name = cx->principal != NULL ? cx->principal->name : RV_NONE_STR;
    RV_TRY(rv_sql_exec(tx, &version_sql[Q_INSERT], NULL,
                       RV_ARGS(t->id, number, rv_tx_now(tx), actor(cx), by_name, t->name,
                               t->description, t->icon, t->team_id, t->audience, t->auto_resolve,
                               steps)));
    return rv_sql_exec(tx, &version_sql[Q_PUBLISH], NULL,
                       RV_ARGS(number, t->name, rv_tx_now(tx), actor(cx), t->id, t->version));
}

static rv_status publish_tx(struct rv_tx *tx, void *arg)
{
    struct publish *p = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_type_row t;
    struct rv_type_problem *problems;
    struct rv_type_scope scope = { .live = p->live };
    json_t *audience, *steps;
    rv_str text;
    bool current;
    RV_TRY(judged(tx, p->id, RV_A_REQUEST_TYPE_EDIT, &t));
    if (t.version != p->t.version)
        return rv_fail(
            cx, RV_CONFLICT,
            "The request type was changed by somebody else just now; look at it and publish again");
    RV_TRY(rv_type_parse(cx, t.audience, &audience));
    scope.team_id = t.team_id;
    scope.audience = audience;
    scope.auto_resolve = t.auto_resolve;
    RV_TRY(check_room(tx, t.id));
    RV_TRY(rv_type_check(tx, &scope, p->steps, &problems));
    RV_TRY(refuse(cx, problems));
    RV_TRY(version_steps(tx, p->steps, &steps, &text));
    RV_TRY(is_current(tx, &t, text, &current));
    if (current)
        return RV_OK;
    RV_TRY(add_version(tx, &t, t.published == RV_NO_INT ? 1 : t.published + 1, text));
    RV_TRY(rv_type_uses_put(tx, t.id, "PUBLISHED", audience, steps));
    return rv_type_event(tx, "reeve.request_type.publish", t.id, t.name, RV_NONE_STR);
}

rv_status rv_request_type_publish(struct rv_cx *cx, rv_str id)
{
    struct publish p = { .id = id };
    RV_TRY(rv_store_read(cx, read_tx, &p));
    RV_TRY(ask_flows(cx, &p));
    return rv_store_write(cx, publish_tx, &p);
}

static rv_status unpublish_tx(struct rv_tx *tx, void *arg)
{
    rv_str id = *(const rv_str *)arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_type_row t;
    RV_TRY(judged(tx, id, RV_A_REQUEST_TYPE_EDIT, &t));
    if (!is(t.status, "ACTIVE"))
        return rv_fail(cx, RV_CONFLICT,
                       "Only an active request type can be unpublished. Current status: %.*s",
                       RV_FMT(t.status));
    RV_TRY(rv_sql_exec(tx, &version_sql[Q_UNPUBLISH], NULL, RV_ARGS(rv_tx_now(tx), actor(cx), id)));
    RV_TRY(rv_type_uses_put(tx, id, "PUBLISHED", NULL, NULL));
    return rv_type_event(tx, "reeve.request_type.unpublish", t.id, t.name, RV_NONE_STR);
}

rv_status rv_request_type_unpublish(struct rv_cx *cx, rv_str id)
{
    return rv_store_write(cx, unpublish_tx, &id);
}

/* ---- switching off what is broken ------------------------------------------------------------ */

static rv_status reasons_json(struct rv_cx *cx, const struct rv_type_problem *problems, rv_str *ret)
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str text;
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    rv_jw_arr(&w);
    for (const struct rv_type_problem *p = problems; p != NULL; p = p->next) {
        rv_jw_obj(&w);
        rv_jw_kstr(&w, "stepId", p->step_id);
        rv_jw_kstr(&w, "sentence", p->sentence);
        rv_jw_obj_end(&w);
    }
    rv_jw_arr_end(&w);
    rv_status st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK)
        *ret = rv_dup(cx, text);
    rv_buf_done(&b);
    return st;
}

/* N14 to the members of the owning team. */
static rv_status tell_team(struct rv_tx *tx, const struct rv_type_version *v, int64_t row_version,
                           const struct rv_type_problem *problems)
{
    enum { REASONS_MAX = 20 };
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str lines[REASONS_MAX + 2], *members;
    size_t n = 0, members_n;
    lines[n++] = rv_printf(cx,
                           "The request type “%.*s” was switched off because something it uses "
                           "changed. Nobody can send new requests of it; open ones go on.",
                           RV_FMT(v->name));
    for (const struct rv_type_problem *p = problems; p != NULL && n <= REASONS_MAX; p = p->next)
        lines[n++] = p->sentence;
    lines[n++] = RV_STR("Correct what is named here, then publish the request type again.");
    struct rv_notice notice = {
        .kind = "N14",
        .key =
            rv_printf(cx, "request_type:%.*s:disabled:%" PRId64, RV_FMT(v->type_id), row_version),
        .title = rv_printf(cx, "Request type “%.*s” was switched off", RV_FMT(v->name)),
        .lines = lines,
        .lines_n = n,
        .button = RV_STR("Open the request type"),
        .href = rv_printf(cx, "/request-types/%.*s", RV_FMT(v->type_id)),
    };
    RV_TRY(rv_team_member_ids(tx, v->team_id, &members, &members_n));
    return rv_notice_send(tx, &notice, members, members_n);
}

static rv_status disable(struct rv_tx *tx, const struct rv_type_version *v,
                         const struct rv_type_problem *problems)
{
    struct rv_type_row t;
    rv_str reasons;
    RV_TRY(rv_type_row_get(tx, v->type_id, &t));
    RV_TRY(reasons_json(rv_tx_cx(tx), problems, &reasons));
    RV_TRY(rv_sql_exec(tx, &version_sql[Q_DISABLE], NULL,
                       RV_ARGS(reasons, rv_tx_now(tx), v->type_id)));
    RV_TRY(tell_team(tx, v, t.version + 1, problems));
    RV_TRY(rv_tx_announce(tx, "sync", v->type_id)); /* open editors and lists read it again */
    return rv_type_event(tx, "reeve.request_type.disable", v->type_id, v->name, problems->sentence);
}

static rv_status recheck_one(struct rv_tx *tx, rv_str id, rv_str lost_list, rv_str lost_item)
{
    struct rv_type_version v;
    struct rv_type_problem *problems;
    bool found;
    RV_TRY(rv_type_version_load(tx, id, 0, &found, &v));
    if (!found)
        return RV_OK;
    struct rv_type_scope scope = { .team_id = v.team_id,
                                   .audience = v.audience,
                                   .auto_resolve = v.auto_resolve,
                                   .published = true,
                                   .lost_item_list = lost_list,
                                   .lost_item = lost_item };
    RV_TRY(rv_type_check(tx, &scope, v.steps, &problems));
    return problems != NULL ? disable(tx, &v, problems) : RV_OK;
}

static rv_status all_active(struct rv_tx *tx, struct rv_type_ref **ret, size_t *ret_n)
{
    struct rv_rows r;
    struct rv_type_ref *refs = RV_NEW_N(rv_tx_cx(tx), struct rv_type_ref, RV_TYPE_ACTIVE_MAX);
    size_t n = 0;
    if (refs == NULL)
        return RV_BUSY;
    RV_TRY(rv_sql_query(tx, &version_sql[Q_ACTIVE], &r, RV_ARGS()));
    while (n < RV_TYPE_ACTIVE_MAX && rv_rows_next(&r))
        refs[n++] = (struct rv_type_ref){ .id = rv_col_str(&r, 0), .active = true };
    *ret = refs;
    *ret_n = n;
    return rv_rows_end(&r);
}

rv_status rv_types_recheck(struct rv_tx *tx, enum rv_type_use use, rv_str id)
{
    struct rv_type_ref *refs;
    size_t n;
    rv_str list = RV_NONE_STR, item = RV_NONE_STR;
    bool active = true;
    RV_TRY(use == RV_USE_ALL ? all_active(tx, &refs, &n) : rv_types_using(tx, use, id, &refs, &n));
    if (use == RV_USE_LIST_ITEM)
        RV_TRY(rv_type_list_of_item(tx, id, &list, &item, &active));
    for (size_t i = 0; i < n; i++)
        if (refs[i].active)
            RV_TRY(recheck_one(tx, refs[i].id, list, active ? RV_NONE_STR : item));
    return RV_OK;
}
