/* requests/type.c: request types: list, show, create, change, delete, duplicate
 * (access-requests.md 2.1 to 2.3).
 *
 * What is changed here is the draft; what requesters see is the published version (type_version.c).
 * Only members of the owning team change a type, administrators included. A deleted type stays as a
 * tombstone for the requests that name it. */
#include "requests/type_int.h"

enum { Q_GET, Q_LIST, Q_INSERT, Q_UPDATE, Q_DELETE, Q_NAME_TAKEN, Q_STEPS, Q_ERASE, Q_N };
#define COLUMNS "t.id, t.name, t.description, t.icon, t.team_id, t.audience, t.steps, t.status, t.published_digest, t.digest, t.disabled_reasons, " \
                "t.created_by, t.updated_by, t.auto_resolve, EXISTS (SELECT 1 FROM sample_object s WHERE s.id = t.id) AS sample, t.published, t.version, " \
                "t.created_at, t.updated_at"
#define OUT "id:text name:text description:text icon:text team_id:text audience:text steps:text status:text published_digest:text digest:text " \
            "disabled_reasons:text created_by:text updated_by:text auto_resolve:bool sample:bool published:int version:int created_at:time updated_at:time"
static const struct rv_sql type_sql[Q_N] = {
    [Q_GET] = { .name = "request_type_get", .text = "SELECT " COLUMNS " FROM request_type t WHERE t.id = :id AND t.status <> 'DELETED'", .in = "id:text", .out = OUT },
    [Q_LIST] = {
        .name = "request_type_list",
        .text = "SELECT " COLUMNS " FROM request_type t WHERE t.id > :after AND t.status <> 'DELETED' AND (:team IS NULL OR t.team_id = :team) "
                "AND (:status IS NULL OR ',' || :status || ',' LIKE '%,' || t.status || ',%') AND (:q IS NULL OR LOWER(t.name) LIKE :q ESCAPE '\\') ORDER BY t.id LIMIT :n",
        .in = "after:text team:text status:text q:text n:int", .out = OUT,
    },
    [Q_INSERT] = {
        .name = "request_type_insert",
        .text = "INSERT INTO request_type (id, name, description, icon, team_id, audience, auto_resolve, steps, status, digest, disabled_reasons, version, "
                "created_at, created_by, updated_at, updated_by) VALUES (:id, :name, :description, :icon, :team_id, :audience, :auto_resolve, :steps, 'DRAFT', "
                ":digest, '[]', 1, :now, :by, :now, :by)",
        .in = "id:text name:text description:text icon:text team_id:text audience:text auto_resolve:bool steps:text digest:text now:time by:text",
    },
    [Q_UPDATE] = {
        .name = "request_type_update",
        .text = "UPDATE request_type SET name = :name, description = :description, icon = :icon, team_id = :team_id, audience = :audience, "
                "auto_resolve = :auto_resolve, steps = :steps, digest = :digest, version = version + 1, updated_at = :now, updated_by = :by "
                "WHERE id = :id AND version = :version",
        .in = "name:text description:text icon:text team_id:text audience:text auto_resolve:bool steps:text digest:text now:time by:text id:text version:int",
    },
    [Q_DELETE] = {
        .name = "request_type_delete",
        .text = "UPDATE request_type SET status = 'DELETED', version = version + 1, updated_at = :now, updated_by = :by WHERE id = :id",
        .in = "now:time by:text id:text",
    },
    [Q_NAME_TAKEN] = {
        .name = "request_type_name_taken",
        .text = "SELECT id FROM request_type WHERE LOWER(name) = LOWER(:name) AND status <> 'DELETED' AND id <> :id ORDER BY id LIMIT 1",
        .in = "name:text id:text", .out = "id:text",
    },
    [Q_STEPS] = {
        .name = "request_type_version_steps",
        .text = "SELECT steps FROM request_type_version WHERE type_id = :id AND number = :number",
        .in = "id:text number:int", .out = "steps:text",
    },
    [Q_ERASE] = { .name = "request_type_erase", .text = "DELETE FROM request_type WHERE id = :id", .in = "id:text" },
};
RV_SQL_MODULE(request_type, type_sql);

static bool is(rv_str s, const char *z)
{
    return rv_str_eq(s, rv_str_of(z));
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void read_row(struct rv_rows *r, struct rv_type_row *t)
{
    *t = (struct rv_type_row){
        .id = rv_col_str(r, 0),
        .name = rv_col_str(r, 1),
        .description = rv_col_str(r, 2),
        .icon = rv_col_str(r, 3),
        .team_id = rv_col_str(r, 4),
        .audience = rv_col_str(r, 5),
        .steps = rv_col_str(r, 6),
        .status = rv_col_str(r, 7),
        .published_digest = rv_col_str(r, 8),
        .digest = rv_col_str(r, 9),
        .disabled_reasons = rv_col_str(r, 10),
        .created_by = rv_col_str(r, 11),
        .updated_by = rv_col_str(r, 12),
        .auto_resolve = rv_col_bool(r, 13),
        .sample = rv_col_bool(r, 14),
        .published = rv_col_int(r, 15),
        .version = rv_col_int(r, 16),
        .created_at = rv_col_int(r, 17),
        .updated_at = rv_col_int(r, 18),
    };
}

rv_status rv_type_row_get(struct rv_tx *tx, rv_str id, struct rv_type_row *ret)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &type_sql[Q_GET], &r, &found, RV_ARGS(id)));
    if (!found)
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                       "Not found: Resource not found: %.*s (RequestType)", RV_FMT(id));
    read_row(&r, ret);
    return rv_rows_end(&r);
}

rv_status rv_type_parse(struct rv_cx *cx, rv_str text, json_t **ret)
{
    return rv_json_parse(cx, text, &rv_json_limits_import, ret);
}

rv_status rv_type_object(struct rv_tx *tx, rv_str id, rv_str team_id, struct rv_object *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    bool member = false;
    if (cx->principal != NULL && cx->principal->kind == RV_USER)
        RV_TRY(rv_team_has(tx, team_id, cx->principal->id, &member));
    *ret = (struct rv_object){ .id = id, .relations = member ? RV_REL_MEMBER : 0 };
    return rv_authz_may(cx, tx, RV_A_REQUEST_TYPE_READ, *ret, &ret->visible);
}

static rv_status judge(struct rv_tx *tx, enum rv_action action, rv_str id, rv_str team_id)
{
    struct rv_object object;
    RV_TRY(rv_type_object(tx, id, team_id, &object));
    return rv_authz(rv_tx_cx(tx), tx, action, object);
}

rv_status rv_type_event(struct rv_tx *tx, const char *event_type, rv_str id, rv_str name,
                        rv_str reason)
{
    return rv_event_add(tx, event_type, true, reason,
                        RV_TARGETS({ .type = "RequestType", .id = id, .name = name }), RV_NONE_STR);
}

rv_status rv_type_version_steps(struct rv_tx *tx, rv_str type_id, int64_t number, json_t **ret)
{
    struct rv_rows r;
    bool found = false;
    *ret = NULL;
    if (number == RV_NO_INT)
        return RV_OK;
    RV_TRY(rv_sql_first(tx, &type_sql[Q_STEPS], &r, &found, RV_ARGS(type_id, number)));
    if (!found)
        return RV_OK;
    rv_str text = rv_col_str(&r, 0);
    RV_TRY(rv_rows_end(&r));
    return rv_type_parse(rv_tx_cx(tx), text, ret);
}

static rv_str actor(const struct rv_cx *cx)
{
    return cx->principal != NULL && cx->principal->kind != RV_SYSTEM ? cx->principal->id
                                                                     : RV_NONE_STR;
}

/* ---- writing JSON ---------------------------------------------------------------------------- */

/* Name of the person, group or team that an audience or assignment names; absent when it is gone or
 * names nobody. */
static rv_status name_of(struct rv_tx *tx, const json_t *to, rv_str *ret)
{
    rv_str type = rv_json_member_str(to, "type"), id = rv_json_member_str(to, "id");
    struct rv_person p;
    struct rv_team t;
    bool found = false;
    *ret = RV_NONE_STR;
    if (id.n == 0)
        return RV_OK;
    if (is(type, "USER")) {
        RV_TRY(rv_person_find(tx, id, &found, &p));
        *ret = found ? p.name : RV_NONE_STR;
    } else if (is(type, "TEAM")) {
        RV_TRY(rv_team_load(tx, id, &found, &t));
        *ret = found ? t.name : RV_NONE_STR;
    } else {
        RV_TRY(rv_group_name(tx, id, &found, ret));
        *ret = found ? *ret : RV_NONE_STR;
    }
    return RV_OK;
}

static rv_status put_str(struct rv_cx *cx, json_t *object, const char *key, rv_str value)
{
    if (value.p == NULL)
        return RV_OK;
    return json_object_set_new(object, key, json_stringn(value.p, value.n)) == 0
               ? RV_OK
               : rv_fail(cx, RV_BUSY, "out of memory");
}

static rv_status copy_of(struct rv_cx *cx, const json_t *j, json_t **ret)
{
    *ret = json_copy((json_t *)(uintptr_t)j); /* jansson's copy does not change what it copies */
    return rv_json_keep(cx, *ret);
}

static rv_status write_named(struct rv_tx *tx, const json_t *to, struct rv_jw *w)
{
    json_t *copy;
    rv_str name;
    RV_TRY(copy_of(rv_tx_cx(tx), to, &copy));
    RV_TRY(name_of(tx, to, &name));
    RV_TRY(put_str(rv_tx_cx(tx), copy, "name", name));
    rv_jw_json(w, copy);
    return RV_OK;
}

/* What only the server knows of a workflow: as synchronised now, else its name as last published.
 */
static rv_status add_flow(struct rv_tx *tx, json_t *step, const json_t *published)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_synced_flow flow;
    json_t *inputs, *before;
    size_t i;
    rv_str id = rv_json_member_str(step, "flowId");
    if (id.n == 0)
        return RV_OK;
    RV_TRY(rv_type_flow_inputs(tx, id, &flow, &inputs));
    if (inputs != NULL) {
        RV_TRY(put_str(cx, step, "flowName", flow.name));
        return json_object_set(step, "flowInputs", inputs) == 0
                   ? RV_OK
                   : rv_fail(cx, RV_BUSY, "out of memory");
    }
    json_array_foreach(published, i, before)
    {
        if (rv_str_eq(rv_json_member_str(before, "flowId"), id))
            return put_str(cx, step, "flowName", rv_json_member_str(before, "flowName"));
    }
    return RV_OK;
}

static rv_status write_step(struct rv_tx *tx, const json_t *step, const json_t *published,
                            struct rv_jw *w)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    json_t *copy, *to = json_object_get(step, "assignTo"), *named;
    rv_str name;
    RV_TRY(copy_of(cx, step, &copy));
    if (to != NULL) {
        RV_TRY(name_of(tx, to, &name));
        RV_TRY(copy_of(cx, to, &named));
        RV_TRY(put_str(cx, named, "name", name));
        if (json_object_set(copy, "assignTo", named) != 0)
            return rv_fail(cx, RV_BUSY, "out of memory");
    }
    if (json_object_get(copy, "flowInputs") == NULL &&
        is(rv_json_member_str(copy, "kind"), "ACTION"))
        RV_TRY(add_flow(tx, copy, published));
    rv_jw_json(w, copy);
    return RV_OK;
}

rv_status rv_type_write_steps(struct rv_tx *tx, const json_t *steps, const json_t *published,
                              struct rv_jw *w)
{
    size_t i;
    json_t *step;
    rv_jw_arr(w);
    json_array_foreach(steps, i, step)
        RV_TRY(write_step(tx, step, published, w));
    rv_jw_arr_end(w);
    return RV_OK;
}

/* The members of a list row, without the brackets. */
static rv_status write_head(struct rv_tx *tx, const struct rv_type_row *t, struct rv_jw *w)
{
    struct rv_team team = { .id = t->team_id, .name = t->team_id };
    json_t *audience;
    bool found;
    RV_TRY(rv_team_load(tx, t->team_id, &found, &team));
    if (!found)
        team = (struct rv_team){ .id = t->team_id, .name = t->team_id };
    rv_jw_kstr(w, "id", t->id);
    rv_jw_kint(w, "version", t->version);
    rv_jw_ktime(w, "created", t->created_at);
    rv_jw_kstr(w, "createdBy", t->created_by);
    rv_jw_ktime(w, "lastUpdated", t->updated_at);
    rv_jw_kstr(w, "lastUpdatedBy", t->updated_by);
    rv_jw_kstr(w, "name", t->name);
    rv_jw_kstr(w, "description", t->description);
    rv_jw_kstr(w, "icon", t->icon);
    rv_jw_kstr(w, "teamId", t->team_id);
    rv_jw_key(w, "team");
    rv_team_write_ref(w, &team);
    rv_jw_key(w, "audience");
    RV_TRY(rv_type_parse(rv_tx_cx(tx), t->audience, &audience));
    RV_TRY(write_named(tx, audience, w));
    rv_jw_kbool(w, "autoResolve", t->auto_resolve);
    rv_jw_kstr(w, "status", t->status);
    rv_jw_key(w, "publishedVersion");
    if (t->published == RV_NO_INT)
        rv_jw_null(w);
    else
        rv_jw_int(w, t->published);
    rv_jw_kbool(w, "unpublishedChanges", !rv_str_eq(t->digest, t->published_digest));
    rv_jw_kbool(w, "sample", t->sample);
    return RV_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

rv_str rv_type_pattern(struct rv_cx *cx, rv_str q)
{
    if (q.p == NULL || q.n > 1000)
        return q.p == NULL ? RV_NONE_STR : RV_STR("\\");
    char *out = rv_alloc(cx, q.n * 2 + 3);
    size_t n = 0;
    if (out == NULL)
        return RV_NONE_STR;
    out[n++] = '%';
    for (size_t i = 0; i < q.n; i++) {
        char c = q.p[i];
        if (c == '%' || c == '_' || c == '\\')
            out[n++] = '\\';
        out[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    out[n++] = '%';
    return (rv_str){ out, n };
}

struct list {
    const struct rv_request_query *q;
    struct rv_jw *w;
    size_t written;
    rv_str after, last;
    bool more;
};

/* Up to a page of rows that lie behind `after`, whoever may see them. */
static rv_status fetch(struct rv_tx *tx, struct list *l, struct rv_type_row *rows, size_t *ret_n)
{
    struct rv_rows r;
    const struct rv_request_query *q = l->q;
    size_t n = 0;
    RV_TRY(rv_sql_query(tx, &type_sql[Q_LIST], &r,
                        RV_ARGS(l->after, q->team_id, q->status,
                                rv_type_pattern(rv_tx_cx(tx), q->q), q->limit + 1)));
    while (n < (size_t)q->limit + 1 && rv_rows_next(&r))
        read_row(&r, &rows[n++]);
    *ret_n = n;
    return rv_rows_end(&r);
}

static rv_status list_row(struct rv_tx *tx, struct list *l, const struct rv_type_row *t)
{
    struct rv_object object;
    RV_TRY(rv_type_object(tx, t->id, t->team_id, &object));
    l->after = t->id;
    if (!object.visible)
        return RV_OK;
    if (l->written == (size_t)l->q->limit) {
        l->more = true;
        return RV_OK;
    }
    rv_jw_obj(l->w);
    RV_TRY(write_head(tx, t, l->w));
    rv_jw_obj_end(l->w);
    l->written++;
    l->last = t->id;
    return RV_OK;
}

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    size_t n = (size_t)l->q->limit + 1, size = n;
    struct rv_type_row *rows = RV_NEW_N(cx, struct rv_type_row, size);
    RV_TRY(rv_authz(cx, tx, RV_A_REQUEST_TYPE_LIST, RV_NO_OBJECT));
    if (rows == NULL)
        return RV_BUSY;
    while (n == size && !l->more) {
        RV_TRY(fetch(tx, l, rows, &n));
        for (size_t i = 0; i < n && !l->more; i++)
            RV_TRY(list_row(tx, l, &rows[i]));
    }
    return RV_OK;
}

rv_status rv_request_type_list(struct rv_cx *cx, const struct rv_request_query *q, struct rv_jw *w,
                               rv_str *ret_next)
{
    struct list l = { .q = q, .w = w, .after = q->after.p != NULL ? q->after : RV_STR("") };
    RV_TRY(rv_store_read(cx, list_tx, &l));
    *ret_next = l.more ? l.last : RV_NONE_STR;
    return RV_OK;
}

struct one {
    rv_str id;
    struct rv_jw *w;
    rv_str copy_id; /* of duplicate */
};

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    const struct one *o = arg;
    struct rv_type_row t;
    json_t *steps, *published;
    RV_TRY(rv_type_row_get(tx, o->id, &t));
    RV_TRY(judge(tx, RV_A_REQUEST_TYPE_READ, t.id, t.team_id));
    RV_TRY(rv_type_parse(rv_tx_cx(tx), t.steps, &steps));
    RV_TRY(rv_type_version_steps(tx, t.id, t.published, &published));
    rv_jw_obj(o->w);
    RV_TRY(write_head(tx, &t, o->w));
    rv_jw_key(o->w, "steps");
    RV_TRY(rv_type_write_steps(tx, steps, published, o->w));
    rv_jw_kraw(o->w, "disabledReasons", t.disabled_reasons);
    rv_jw_key(o->w, "warnings");
    RV_TRY(rv_type_write_warnings(tx, steps, published, o->w));
    rv_jw_obj_end(o->w);
    return RV_OK;
}

rv_status rv_request_type_get(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct one o = { .id = id, .w = w };
    return rv_store_read(cx, get_tx, &o);
}

/* ---- drafts ---------------------------------------------------------------------------------- */

static const char *const icons[] = { "badge", "key", "laptop", "phone", "screen", "door", "building", "car", "travel", "person", "people", "shield", "lock",
                                     "database", "table", "file", "package", "money", "scale", "briefcase", "flask", "palette", "wrench", "award", "check" };

static rv_status check_name(struct rv_tx *tx, rv_str name, rv_str id)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    bool taken;
    if (rv_str_trim(name).n == 0)
        return rv_fail_field(cx, "/name", "INVALID_STRING_LENGTH_UNDER_MIN", "Enter a name");
    if (rv_utf8_count(name) > RV_TYPE_NAME_MAX)
        return rv_fail_field(cx, "/name", "INVALID_STRING_LENGTH_OVER_MAX",
                             "Use at most %d characters", RV_TYPE_NAME_MAX);
    RV_TRY(rv_sql_first(tx, &type_sql[Q_NAME_TAKEN], &r, &taken, RV_ARGS(name, id)));
    if (!taken)
        return RV_OK;
    RV_TRY(rv_rows_end(&r));
    return rv_fail_field(cx, "/name", "DUPLICATE",
                         "There is another request type with the name “%.*s”", RV_FMT(name));
}

static rv_status check_icon(struct rv_cx *cx, rv_str icon)
{
    for (size_t i = 0; i < RV_LEN(icons); i++)
        if (is(icon, icons[i]))
            return RV_OK;
    return rv_fail_field(cx, "/icon", "INVALID_ENUM_VALUE", "there is no icon \"%.*s\"",
                         RV_FMT(icon));
}

/* The team exists and is open, and the caller is in it. */
static rv_status check_team(struct rv_tx *tx, rv_str id, rv_str team_id)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_object object;
    struct rv_team team;
    bool found;
    RV_TRY(rv_team_load(tx, team_id, &found, &team));
    if (!found || is(team.status, "DELETED")) /* teams are no secret */
        return rv_fail_field(cx, "/teamId", "IDENTIFIER_NOT_FOUND",
                             "teamId must be a team of your organization");
    RV_TRY(rv_type_object(tx, id, team_id, &object));
    object.visible = true;
    RV_TRY(rv_authz(cx, tx, RV_A_REQUEST_TYPE_EDIT, object));
    return is(team.status, "ACTIVE") ? RV_OK
                                     : rv_fail_field(cx, "/teamId", "REQUEST_TYPE_SETTINGS",
                                                     "Team %.*s is closed", RV_FMT(team.name));
}

/* Changes of the draft compare by this text, so that setting something back leaves no "unpublished
 * changes". */
static rv_status digest_of(struct rv_cx *cx, struct rv_type_row *t)
{
    uint8_t hash[32];
    rv_str all = rv_printf(cx, "%.*s\n%.*s\n%.*s\n%.*s\n%.*s\n%d\n%.*s", RV_FMT(t->name),
                           RV_FMT(t->description), RV_FMT(t->icon), RV_FMT(t->team_id),
                           RV_FMT(t->audience), t->auto_resolve, RV_FMT(t->steps));
    if (all.p == NULL)
        return RV_BUSY;
    rv_sha256(all, hash);
    t->digest = rv_hex(cx, hash, sizeof hash);
    return t->digest.p != NULL ? RV_OK : RV_BUSY;
}

/* Automatic closing needs somebody else's step (2.1), as soon as there are steps to judge. */
static rv_status check_auto_resolve(struct rv_cx *cx, const struct rv_type_row *t,
                                    const json_t *steps)
{
    if (!t->auto_resolve || json_array_size(steps) == 0 || rv_type_has_foreign_step(steps))
        return RV_OK;
    return rv_fail_field(cx, "/autoResolve", "REQUEST_TYPE_SETTINGS",
                         "Add a task or question for somebody other than the requester, or switch "
                         "off automatic closing");
}

/* Takes what was sent over into t, checked; before: steps so far, or NULL. Collects all faults. */
static rv_status take(struct rv_tx *tx, struct rv_type_row *t, const struct rv_request_type_in *in,
                      const json_t *before, json_t **ret_steps)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_status st = RV_OK, one;
    if (in->has_name && (one = check_name(tx, t->name = rv_str_trim(in->name), t->id)) != RV_OK)
        st = one;
    if (in->has_description)
        t->description = in->description;
    if (in->has_icon && (one = check_icon(cx, t->icon = in->icon)) != RV_OK)
        st = one;
    if (in->has_auto_resolve)
        t->auto_resolve = in->auto_resolve;
    if (in->audience != NULL &&
        (one = rv_type_draft_audience(cx, in->audience, &t->audience)) != RV_OK)
        st = one;
    if (in->steps != NULL && (one = rv_type_draft_steps(cx, in->steps, before, &t->steps)) != RV_OK)
        st = one;
    RV_TRY(st);
    RV_TRY(rv_type_parse(cx, t->steps, ret_steps));
    RV_TRY(check_auto_resolve(cx, t, *ret_steps));
    return digest_of(cx, t);
}

static rv_status save_uses(struct rv_tx *tx, const struct rv_type_row *t, const json_t *steps)
{
    json_t *audience;
    RV_TRY(rv_type_parse(rv_tx_cx(tx), t->audience, &audience));
    return rv_type_uses_put(tx, t->id, "DRAFT", audience, steps);
}

static rv_status insert(struct rv_tx *tx, const struct rv_type_row *t, const json_t *steps)
{
    RV_TRY(rv_sql_exec(tx, &type_sql[Q_INSERT], NULL,
                       RV_ARGS(t->id, t->name, t->description, t->icon, t->team_id, t->audience,
                               t->auto_resolve, t->steps, t->digest, rv_tx_now(tx),
                               actor(rv_tx_cx(tx)))));
    RV_TRY(save_uses(tx, t, steps));
    return rv_type_event(tx, "reeve.request_type.create", t->id, t->name, RV_NONE_STR);
}

struct create {
    const struct rv_request_type_in *in;
    rv_str id;
};

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    const struct create *c = arg;
    struct rv_type_row t = { .id = c->id,
                             .name = RV_STR(""),
                             .description = RV_STR(""),
                             .icon = RV_STR("badge"),
                             .team_id = c->in->team_id,
                             .audience = RV_STR("{\"type\":\"EVERYONE\"}"),
                             .steps = RV_STR("[]") };
    json_t *steps;
    RV_TRY(check_team(tx, c->id, t.team_id));
    RV_TRY(take(tx, &t, c->in, NULL, &steps));
    return insert(tx, &t, steps);
}

rv_status rv_request_type_create(struct rv_cx *cx, const struct rv_request_type_in *in,
                                 rv_str *ret_id)
{
    struct create c = { .in = in, .id = rv_id_hex24(cx) };
    if (c.id.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_write(cx, create_tx, &c));
    *ret_id = c.id;
    return RV_OK;
}

struct update {
    rv_str id;
    const struct rv_request_type_in *in;
};

static rv_status change_team(struct rv_tx *tx, struct rv_type_row *t, rv_str team_id)
{
    if (rv_str_eq(t->team_id, team_id))
        return RV_OK;
    if (!is(t->status, "DRAFT"))
        return rv_fail_field(rv_tx_cx(tx), "/teamId", "REQUEST_TYPE_STATE",
                             "The team can be changed only while the request type is a draft");
    RV_TRY(check_team(tx, t->id, team_id));
    t->team_id = team_id;
    return RV_OK;
}

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    const struct update *u = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_type_row t;
    json_t *before, *steps;
    RV_TRY(rv_type_row_get(tx, u->id, &t));
    RV_TRY(judge(tx, RV_A_REQUEST_TYPE_EDIT, t.id, t.team_id));
    if (u->in->version != t.version)
        return rv_fail(cx, RV_CONFLICT,
                       "The request type was changed by somebody else; read it again (it is at "
                       "version %" PRId64 ")",
                       t.version);
    RV_TRY(rv_type_parse(cx, t.steps, &before));
    if (u->in->has_team)
        RV_TRY(change_team(tx, &t, u->in->team_id));
    RV_TRY(take(tx, &t, u->in, before, &steps));
    RV_TRY(rv_sql_exec(tx, &type_sql[Q_UPDATE], NULL,
                       RV_ARGS(t.name, t.description, t.icon, t.team_id, t.audience, t.auto_resolve,
                               t.steps, t.digest, rv_tx_now(tx), actor(cx), t.id, t.version)));
    RV_TRY(save_uses(tx, &t, steps));
    return rv_type_event(tx, "reeve.request_type.update", t.id, t.name, RV_NONE_STR);
}

rv_status rv_request_type_update(struct rv_cx *cx, rv_str id, const struct rv_request_type_in *in)
{
    struct update u = { id, in };
    return rv_store_write(cx, update_tx, &u);
}

/* ---- deleting, copying ----------------------------------------------------------------------- */

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    rv_str id = *(const rv_str *)arg;
    struct rv_type_row t;
    RV_TRY(rv_type_row_get(tx, id, &t));
    RV_TRY(judge(tx, RV_A_REQUEST_TYPE_EDIT, t.id, t.team_id));
    RV_TRY(rv_sql_exec(tx, &type_sql[Q_DELETE], NULL,
                       RV_ARGS(rv_tx_now(tx), actor(rv_tx_cx(tx)), id)));
    RV_TRY(rv_type_uses_put(tx, id, "DRAFT", NULL, NULL));
    RV_TRY(rv_type_uses_put(tx, id, "PUBLISHED", NULL, NULL));
    return rv_type_event(tx, "reeve.request_type.delete", t.id, t.name, RV_NONE_STR);
}

rv_status rv_request_type_delete(struct rv_cx *cx, rv_str id)
{
    return rv_store_write(cx, delete_tx, &id);
}

static rv_status erase_tx(struct rv_tx *tx, void *arg)
{
    rv_str id = *(const rv_str *)arg;
    RV_TRY(rv_requests_erase_of_type(tx, id));
    return rv_sql_exec(tx, &type_sql[Q_ERASE], NULL, RV_ARGS(id)); /* versions and uses go with it */
}

rv_status rv_request_erase_type(struct rv_cx *cx, rv_str id)
{
    return rv_store_write(cx, erase_tx, &id);
}

/* The first n characters. */
static rv_str cut(rv_str s, size_t n)
{
    size_t i = 0;
    for (; i < s.n && n > 0; n--)
        for (i++; i < s.n && ((unsigned char)s.p[i] & 0xc0) == 0x80;)
            i++;
    return (rv_str){ s.p, i };
}

/* "Badge access (copy)", "Badge access (copy 2)" …, within the limit. */
static rv_status copy_name(struct rv_tx *tx, rv_str name, rv_str *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    for (int i = 1; i < 1000; i++) {
        rv_str tail = i == 1 ? RV_STR(" (copy)") : rv_printf(cx, " (copy %d)", i);
        *ret =
            rv_printf(cx, "%.*s%.*s", RV_FMT(cut(name, RV_TYPE_NAME_MAX - tail.n)), RV_FMT(tail));
        if (check_name(tx, *ret, RV_STR("")) == RV_OK)
            return RV_OK;
        rv_error_clear(cx);
    }
    return rv_fail(cx, RV_CONFLICT,
                   "There are too many copies of this request type already; give one of them a "
                   "name of its own");
}

static rv_status duplicate_tx(struct rv_tx *tx, void *arg)
{
    struct one *o = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_type_row t;
    json_t *steps;
    RV_TRY(rv_type_row_get(tx, o->id, &t));
    RV_TRY(judge(tx, RV_A_REQUEST_TYPE_EDIT, t.id, t.team_id));
    RV_TRY(copy_name(tx, t.name, &t.name));
    t.id = rv_id_hex24(cx);
    if (t.id.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_type_parse(cx, t.steps, &steps));
    RV_TRY(digest_of(cx, &t));
    o->copy_id = t.id;
    return insert(tx, &t, steps);
}

rv_status rv_request_type_duplicate(struct rv_cx *cx, rv_str id, rv_str *ret_id)
{
    struct one o = { .id = id };
    RV_TRY(rv_store_write(cx, duplicate_tx, &o));
    *ret_id = o.copy_id;
    return RV_OK;
}
