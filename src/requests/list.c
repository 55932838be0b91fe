/* requests/list.c: configuration lists: named choices for drop-downs, shared with teams
 * (access-requests.md 5.2).
 *
 * A custom list holds free items, a resource list picks groups or applications; items are in
 * list_item.c. Taking a list or a team away may break request types: they are checked in the same
 * transaction. A deleted list keeps its items, because requests name them. */
#include "requests/requests_int.h"

enum { NAME_MAX_CHARS = 100 };
enum { Q_GET, Q_LIST, Q_SHARED_WITH, Q_INSERT, Q_UPDATE, Q_TOUCH, Q_DELETE, Q_DROP_TEAMS, Q_SAME_NAME, Q_ACCESS, Q_N };
#define COLUMNS "l.id, l.name, l.name_key, l.list_type, l.resource_type, l.version, l.created_at, l.created_by, l.updated_at, l.updated_by, " \
                "(SELECT COUNT(*) FROM config_list_item i WHERE i.list_id = l.id AND i.status = 'ACTIVE') AS items"
#define OUT "id:text name:text name_key:text list_type:text resource_type:text version:int created_at:time created_by:text updated_at:time " \
            "updated_by:text items:int"
static const struct rv_sql config_list_sql[Q_N] = {
    [Q_GET] = { .name = "config_list_get", .text = "SELECT " COLUMNS " FROM config_list l WHERE l.id = :id AND l.name_key IS NOT NULL", .in = "id:text", .out = OUT },
    [Q_LIST] = {
        .name = "config_list_list",
        .text = "SELECT " COLUMNS " FROM config_list l WHERE l.name_key > :after AND (:q IS NULL OR l.name_key LIKE :q ESCAPE '\\') "
                "AND (:team_id IS NULL OR EXISTS (SELECT 1 FROM config_list_team s WHERE s.list_id = l.id AND s.team_id = :team_id)) "
                "AND (:all = 1 OR l.id IN (SELECT value FROM json_each(:ids)) OR EXISTS (SELECT 1 FROM config_list_team s JOIN team_member m "
                "ON m.team_id = s.team_id WHERE s.list_id = l.id AND m.user_id = :me)) ORDER BY l.name_key LIMIT :n",
        .in = "after:text q:text team_id:text all:bool ids:text me:text n:int", .out = OUT,
    },
    [Q_SHARED_WITH] = {
        .name = "config_list_shared_with",
        .text = "SELECT s.team_id FROM config_list_team s JOIN team_member m ON m.team_id = s.team_id WHERE s.list_id = :id AND m.user_id = :user_id "
                "ORDER BY s.team_id LIMIT 1",
        .in = "id:text user_id:text", .out = "team_id:text",
    },
    [Q_INSERT] = {
        .name = "config_list_insert",
        .text = "INSERT INTO config_list (id, name, name_key, list_type, resource_type, version, created_at, created_by, updated_at, updated_by) "
                "VALUES (:id, :name, :name_key, :list_type, :resource_type, 1, :now, :by, :now, :by)",
        .in = "id:text name:text name_key:text list_type:text resource_type:text now:time by:text",
    },
    [Q_UPDATE] = {
        .name = "config_list_update",
        .text = "UPDATE config_list SET name = :name, name_key = :name_key, version = version + 1, updated_at = :now, updated_by = :by "
                "WHERE id = :id AND version = :version",
        .in = "name:text name_key:text now:time by:text id:text version:int",
    },
    [Q_TOUCH] = {
        .name = "config_list_touch",
        .text = "UPDATE config_list SET version = version + 1, updated_at = :now, updated_by = :by WHERE id = :id",
        .in = "now:time by:text id:text",
    },
    [Q_DELETE] = {
        .name = "config_list_delete",
        .text = "UPDATE config_list SET name_key = NULL, version = version + 1, updated_at = :now, updated_by = :by WHERE id = :id",
        .in = "now:time by:text id:text",
    },
    [Q_DROP_TEAMS] = { .name = "config_list_drop_teams", .text = "DELETE FROM config_list_team WHERE list_id = :id", .in = "id:text" },
    [Q_SAME_NAME] = {
        .name = "config_list_same_name",
        .text = "SELECT id FROM config_list WHERE name_key = :name_key AND id <> :id",
        .in = "name_key:text id:text", .out = "id:text",
    },
    [Q_ACCESS] = {
        .name = "config_list_access",
        .text = "SELECT l.id, l.name, EXISTS (SELECT 1 FROM config_list_team s WHERE s.list_id = l.id AND s.team_id = :team_id) AS allowed "
                "FROM config_list l WHERE l.name_key IS NOT NULL ORDER BY l.name_key",
        .in = "team_id:text", .out = "id:text name:text allowed:bool",
    },
};
RV_SQL_MODULE(config_list, config_list_sql);

static void read_row(struct rv_rows *r, struct rv_config_list *l)
{
    *l = (struct rv_config_list){
        .id = rv_col_str(r, 0),
        .name = rv_col_str(r, 1),
        .name_key = rv_col_str(r, 2),
        .list_type = rv_col_str(r, 3),
        .resource_type = rv_col_str(r, 4),
        .version = rv_col_int(r, 5),
        .created_at = rv_col_int(r, 6),
        .created_by = rv_col_str(r, 7),
        .updated_at = rv_col_int(r, 8),
        .updated_by = rv_col_str(r, 9),
        .items = rv_col_int(r, 10),
    };
}

static rv_status find(struct rv_tx *tx, rv_str id, bool *ret_found, struct rv_config_list *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &config_list_sql[Q_GET], &r, ret_found, RV_ARGS(id)));
    if (!*ret_found)
        return RV_OK;
    read_row(&r, ret);
    return rv_rows_end(&r);
}

/* ---- for the other files of the folder ------------------------------------------------------- */

rv_status rv_list_load(struct rv_tx *tx, rv_str list_id, rv_str team_id, bool *ret_found,
                       bool *ret_shared, rv_str *ret_name)
{
    struct rv_config_list l;
    RV_TRY(find(tx, list_id, ret_found, &l));
    *ret_shared = false;
    if (!*ret_found)
        return RV_OK;
    *ret_name = l.name;
    return rv_access_has(tx, RV_ACCESS_LIST, list_id, team_id, ret_shared);
}

rv_status rv_list_judge(struct rv_tx *tx, rv_str id, enum rv_action action,
                        struct rv_config_list *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    bool found, shared = false, may = false;
    rv_str me = rv_user_id(cx);
    RV_TRY(find(tx, id, &found, ret));
    if (!found)
        return rv_not_found(cx, id, "ConfigList");
    if (me.p != NULL) {
        RV_TRY(rv_sql_first(tx, &config_list_sql[Q_SHARED_WITH], &r, &shared, RV_ARGS(id, me)));
        if (shared)
            RV_TRY(rv_rows_end(&r));
    }
    struct rv_object o = { .id = id, .relations = shared ? RV_REL_MEMBER : 0u };
    if (action != RV_A_LIST_READ)
        RV_TRY(rv_authz_may(cx, tx, RV_A_LIST_READ, o, &may));
    o.visible = may;
    return rv_authz(cx, tx, action, o);
}

rv_status rv_list_touch(struct rv_tx *tx, rv_str id)
{
    return rv_sql_exec(tx, &config_list_sql[Q_TOUCH], NULL,
                       RV_ARGS(rv_tx_now(tx), rv_actor_id(rv_tx_cx(tx)), id));
}

rv_status rv_list_event(struct rv_tx *tx, const char *type, const struct rv_config_list *l,
                        const char *what)
{
    return rv_event_add(tx, type, true, RV_NONE_STR,
                        RV_TARGETS({ .type = "ConfigList", .id = l->id, .name = l->name }),
                        rv_printf(rv_tx_cx(tx), "{\"change\":\"%s\"}", what));
}

rv_status rv_list_write_access(struct rv_tx *tx, rv_str team_id, struct rv_jw *w)
{
    struct rv_rows r;
    RV_TRY(rv_sql_query(tx, &config_list_sql[Q_ACCESS], &r, RV_ARGS(team_id)));
    while (rv_rows_next(&r)) {
        rv_jw_obj(w);
        rv_jw_kstr(w, "id", rv_col_ref(&r, 0));
        rv_jw_kstr(w, "name", rv_col_ref(&r, 1));
        rv_jw_kbool(w, "allowed", rv_col_bool(&r, 2));
        rv_jw_obj_end(w);
    }
    return rv_rows_end(&r);
}

/* ---- reading --------------------------------------------------------------------------------- */

static rv_status write_list(struct rv_tx *tx, const struct rv_config_list *l, struct rv_jw *w)
{
    struct rv_type_ref *types;
    size_t n;
    RV_TRY(rv_types_using(tx, RV_USE_LIST, l->id, &types, &n));
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", l->id);
    rv_jw_kint(w, "version", l->version);
    rv_jw_ktime(w, "created", l->created_at);
    rv_jw_kstr(w, "createdBy", l->created_by);
    rv_jw_ktime(w, "lastUpdated", l->updated_at);
    rv_jw_kstr(w, "lastUpdatedBy", l->updated_by);
    rv_jw_kstr(w, "name", l->name);
    rv_jw_kstr(w, "listType", l->list_type);
    rv_jw_kstr(w, "resourceType", l->resource_type);
    rv_jw_key(w, "teams");
    RV_TRY(rv_access_write_teams(tx, RV_ACCESS_LIST, l->id, w));
    rv_jw_kint(w, "itemCount", l->items);
    rv_jw_key(w, "usedBy");
    rv_jw_arr(w);
    for (size_t i = 0; i < n; i++) {
        rv_jw_obj(w);
        rv_jw_kstr(w, "id", types[i].id);
        rv_jw_kstr(w, "name", types[i].name);
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
    rv_jw_obj_end(w);
    return RV_OK;
}

struct list {
    const struct rv_request_query *q;
    struct rv_jw *w;
    struct rv_config_list *rows;
    size_t n;
    bool more;
};

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_scope scope;
    struct rv_rows r;
    RV_TRY(rv_authz_list(cx, tx, RV_A_LIST_READ, &scope));
    RV_TRY(rv_sql_query(tx, &config_list_sql[Q_LIST], &r,
                        RV_ARGS(l->q->after.p != NULL ? l->q->after : RV_STR(""),
                                rv_name_pattern(cx, l->q->q), l->q->team_id, scope.all, scope.ids,
                                rv_user_id(cx), l->q->limit + 1)));
    while (rv_rows_next(&r)) {
        if (l->n == (size_t)l->q->limit) {
            l->more = true;
            break;
        }
        read_row(&r, &l->rows[l->n++]);
    }
    RV_TRY(rv_rows_end(&r));
    for (size_t i = 0; i < l->n; i++)
        RV_TRY(write_list(tx, &l->rows[i], l->w));
    return RV_OK;
}

rv_status rv_list_list(struct rv_cx *cx, const struct rv_request_query *q, struct rv_jw *w,
                       rv_str *ret_next)
{
    struct list l = { .q = q,
                      .w = w,
                      .rows = RV_NEW_N(cx, struct rv_config_list, (size_t)q->limit) };
    if (l.rows == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_read(cx, list_tx, &l));
    *ret_next = l.more ? l.rows[l.n - 1].name_key : RV_NONE_STR;
    return RV_OK;
}

struct one {
    rv_str id;
    struct rv_jw *w;
};

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    const struct one *o = arg;
    struct rv_config_list l;
    RV_TRY(rv_list_judge(tx, o->id, RV_A_LIST_READ, &l));
    return write_list(tx, &l, o->w);
}

rv_status rv_list_get(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct one o = { id, w };
    return rv_store_read(cx, get_tx, &o);
}

/* ---- making and changing --------------------------------------------------------------------- */

static rv_status check_name(struct rv_cx *cx, rv_str name)
{
    if (rv_str_trim(name).n == 0 || rv_utf8_count(name) > NAME_MAX_CHARS)
        return rv_fail_field(cx, "/name", "LENGTH", "a list has a name of 1 to %d characters",
                             NAME_MAX_CHARS);
    return RV_OK;
}

static rv_status check_name_free(struct rv_tx *tx, rv_str name, rv_str key, rv_str id)
{
    struct rv_rows r;
    bool taken;
    RV_TRY(rv_sql_first(tx, &config_list_sql[Q_SAME_NAME], &r, &taken, RV_ARGS(key, id)));
    if (!taken)
        return RV_OK;
    RV_TRY(rv_rows_end(&r));
    return rv_fail_field(rv_tx_cx(tx), "/name", "NOT_UNIQUE",
                         "there is a list called \"%.*s\" already; choose another name",
                         RV_FMT(name));
}

struct create {
    const struct rv_list_in *in;
    rv_str id;
};

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    const struct create *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_config_list l = { .id = c->id, .name = rv_str_trim(c->in->name) };
    RV_TRY(rv_authz(cx, tx, RV_A_LIST_MANAGE, RV_NO_OBJECT));
    l.name_key = rv_name_key(cx, l.name);
    RV_TRY(check_name_free(tx, l.name, l.name_key, c->id));
    RV_TRY(rv_sql_exec(tx, &config_list_sql[Q_INSERT], NULL,
                       RV_ARGS(c->id, l.name, l.name_key, c->in->list_type, c->in->resource_type,
                               rv_tx_now(tx), rv_actor_id(cx))));
    return rv_list_event(tx, "reeve.config_list.create", &l, "CREATED");
}

rv_status rv_list_create(struct rv_cx *cx, const struct rv_list_in *in, rv_str *ret_id)
{
    struct create c = { in, rv_id_hex24(cx) };
    bool resource = rv_str_eq(in->list_type, RV_STR("RESOURCE"));
    RV_TRY(check_name(cx, in->name));
    if (resource && in->resource_type.p == NULL)
        return rv_fail_field(
            cx, "/resourceType", "REQUIRED_PROPERTY_MISSING",
            "a resource list picks its items from groups or applications: say which");
    if (!resource && in->resource_type.p != NULL)
        return rv_fail_field(cx, "/resourceType", "NOT_ALLOWED",
                             "a custom list has no resource type");
    if (c.id.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_write(cx, create_tx, &c));
    *ret_id = c.id;
    return RV_OK;
}

struct update {
    rv_str id;
    const struct rv_list_in *in;
};

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    const struct update *u = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_config_list l;
    int64_t changed;
    RV_TRY(rv_list_judge(tx, u->id, RV_A_LIST_MANAGE, &l));
    if (u->in->name.p != NULL) {
        l.name = rv_str_trim(u->in->name);
        l.name_key = rv_name_key(cx, l.name);
        RV_TRY(check_name_free(tx, l.name, l.name_key, l.id));
    }
    RV_TRY(rv_sql_exec(tx, &config_list_sql[Q_UPDATE], &changed,
                       RV_ARGS(l.name, l.name_key, rv_tx_now(tx), rv_actor_id(cx), u->id,
                               u->in->version)));
    if (changed == 0)
        return rv_fail(
            cx, RV_CONFLICT,
            "the list was changed by somebody else; read it again (it is at version %" PRId64 ")",
            l.version);
    return rv_list_event(tx, "reeve.config_list.update", &l, "RENAMED");
}

rv_status rv_list_update(struct rv_cx *cx, rv_str id, const struct rv_list_in *in)
{
    struct update u = { id, in };
    if (in->name.p != NULL)
        RV_TRY(check_name(cx, in->name));
    return rv_store_write(cx, update_tx, &u);
}

struct removal {
    rv_str id;
    bool confirm;
};

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    const struct removal *d = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_config_list l;
    struct rv_type_ref *types;
    size_t n;
    RV_TRY(rv_list_judge(tx, d->id, RV_A_LIST_MANAGE, &l));
    RV_TRY(rv_types_using(tx, RV_USE_LIST, d->id, &types, &n));
    if (n > 0 && !d->confirm)
        return rv_fail(cx, RV_CONFLICT,
                       "list \"%.*s\" is used by %zu request type%s: %.*s. Active ones become "
                       "disabled. Repeat with confirm=true to delete it all the same.",
                       RV_FMT(l.name), n, n == 1 ? "" : "s",
                       RV_FMT(rv_type_names(cx, types, n, false)));
    RV_TRY(rv_sql_exec(tx, &config_list_sql[Q_DROP_TEAMS], NULL, RV_ARGS(d->id)));
    RV_TRY(rv_sql_exec(tx, &config_list_sql[Q_DELETE], NULL,
                       RV_ARGS(rv_tx_now(tx), rv_actor_id(cx), d->id)));
    RV_TRY(rv_list_event(tx, "reeve.config_list.delete", &l, "DELETED"));
    return rv_types_recheck(tx, RV_USE_LIST, d->id);
}

rv_status rv_list_delete(struct rv_cx *cx, rv_str id, bool confirm)
{
    struct removal d = { id, confirm };
    return rv_store_write(cx, delete_tx, &d);
}

/* ---- sharing --------------------------------------------------------------------------------- */

rv_status rv_list_share_tx(struct rv_tx *tx, rv_str list_id, rv_str team_id, bool shared)
{
    struct rv_config_list l;
    bool found, changed;
    RV_TRY(find(tx, list_id, &found, &l));
    if (!found)
        return rv_not_found(rv_tx_cx(tx), list_id, "ConfigList");
    RV_TRY(rv_access_set(tx, RV_ACCESS_LIST, list_id, team_id, shared, &changed));
    if (!changed)
        return RV_OK;
    RV_TRY(rv_list_touch(tx, list_id));
    RV_TRY(rv_list_event(tx, "reeve.config_list.update", &l, shared ? "SHARED" : "UNSHARED"));
    return shared ? RV_OK : rv_types_recheck(tx, RV_USE_LIST, list_id);
}

struct share {
    rv_str id, team_id;
    bool shared;
};

static rv_status share_tx(struct rv_tx *tx, void *arg)
{
    const struct share *s = arg;
    struct rv_config_list l;
    struct rv_team t;
    RV_TRY(rv_list_judge(tx, s->id, RV_A_LIST_MANAGE, &l));
    RV_TRY(rv_team_require(tx, s->team_id, &t));
    return rv_list_share_tx(tx, s->id, s->team_id, s->shared);
}

rv_status rv_list_share(struct rv_cx *cx, rv_str id, rv_str team_id, bool shared)
{
    struct share s = { id, team_id, shared };
    return rv_store_write(cx, share_tx, &s);
}
