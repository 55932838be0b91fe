/* flows/connection.c: connections: as whom, and with which credentials, the cards of a connector
 * call (workflows.md 14).
 *
 * Two transports. Local: calls go into the route table of the same process as the person who made
 * the connection, and through the same permission check as that person's own. Nobody makes a
 * connection that acts as somebody else (security.md 2.5a); the process itself may, when it fills
 * the sample organisation. HTTPS: the connector's cards call a service with the fields of
 * connection_fields.c. A change of fields replaces all of them: who points a connection to another
 * address has to know its secrets. */
#include "flows/flows_int.h"

enum { Q_GET, Q_BRIEF, Q_LIST, Q_INSERT, Q_UPDATE, Q_AUTHORISE, Q_STATUS, Q_REVOKE, Q_DELETE, Q_BY_CONNECTOR, Q_USED, Q_N };
#define COLUMNS "id, name, connector, transport, principal_id, status, version, created_at, created_by, updated_at, updated_by, " \
                "description, auth, fields, folder_id"
#define OUT "id:text name:text connector:text transport:text principal_id:text status:text version:int created_at:time " \
            "created_by:text updated_at:time updated_by:text description:text auth:text fields:text folder_id:text"
static const struct rv_sql connection_sql[Q_N] = {
    [Q_GET] = { .name = "connection_get", .text = "SELECT " COLUMNS " FROM connection WHERE id = :id", .in = "id:text", .out = OUT },
    [Q_BRIEF] = { /* asked at every call of a card */
        .name = "connection_brief",
        .text = "SELECT name, connector, transport, principal_id, auth, fields, secrets, token, folder_id, status, version FROM connection WHERE id = :id",
        .in = "id:text",
        .out = "name:text connector:text transport:text principal_id:text auth:text fields:text secrets:text token:text folder_id:text status:text version:int",
    },
    [Q_LIST] = {
        .name = "connection_list",
        .text = "SELECT " COLUMNS " FROM connection WHERE id > :after AND (:q IS NULL OR LOWER(name) LIKE :q ESCAPE '\\') "
                "AND (:all = 1 OR id IN (SELECT value FROM json_each(:ids))) ORDER BY id LIMIT :n",
        .in = "after:text q:text all:bool ids:text n:int", .out = OUT,
    },
    [Q_INSERT] = {
        .name = "connection_insert",
        .text = "INSERT INTO connection (id, name, connector, transport, principal_id, status, version, created_at, created_by, "
                "updated_at, updated_by, description, auth, fields, secrets, folder_id) VALUES (:id, :name, :connector, :transport, "
                ":principal_id, 'UNTESTED', 1, :now, :by, :now, :by, :description, :auth, :fields, :secrets, :folder_id)",
        .in = "id:text name:text connector:text transport:text principal_id:text now:time by:text description:text auth:text fields:text secrets:text folder_id:text",
    },
    [Q_UPDATE] = {
        .name = "connection_update",
        .text = "UPDATE connection SET name = :name, description = :description, version = version + 1, updated_at = :now, updated_by = :by "
                "WHERE id = :id AND version = :version",
        .in = "name:text description:text now:time by:text id:text version:int",
    },
    [Q_AUTHORISE] = {
        .name = "connection_authorise",
        .text = "UPDATE connection SET auth = :auth, fields = :fields, secrets = :secrets, token = NULL, status = 'UNTESTED' WHERE id = :id",
        .in = "auth:text fields:text secrets:text id:text",
    },
    [Q_STATUS] = { .name = "connection_status", .text = "UPDATE connection SET status = :status WHERE id = :id", .in = "status:text id:text" },
    [Q_REVOKE] = {
        .name = "connection_revoke",
        .text = "UPDATE connection SET secrets = NULL, token = NULL WHERE id = :id AND (secrets IS NOT NULL OR token IS NOT NULL)",
        .in = "id:text",
    },
    [Q_DELETE] = { .name = "connection_delete", .text = "DELETE FROM connection WHERE id = :id", .in = "id:text" },
    [Q_BY_CONNECTOR] = {
        .name = "connection_by_connector",
        .text = "SELECT id, folder_id, name FROM connection WHERE connector = :connector ORDER BY id",
        .in = "connector:text", .out = "id:text folder_id:text name:text",
    },
    [Q_USED] = {
        .name = "connection_used",
        .text = "SELECT f.id, f.name FROM flow f JOIN flow_version v ON v.flow_id = f.id AND v.number = f.version_number "
                "WHERE v.cards LIKE :pattern ORDER BY f.name, f.id LIMIT 200",
        .in = "pattern:text", .out = "id:text name:text",
    },
};
RV_SQL_MODULE(connection, connection_sql);

struct connection {
    rv_str id, name, connector, transport, principal_id, status, created_by, updated_by, description, auth, fields, folder_id;
    int64_t version, created_at, updated_at;
};

static void read_row(struct rv_rows *r, struct connection *c)
{
    *c = (struct connection){
        .id = rv_col_str(r, 0),
        .name = rv_col_str(r, 1),
        .connector = rv_col_str(r, 2),
        .transport = rv_col_str(r, 3),
        .principal_id = rv_col_str(r, 4),
        .status = rv_col_str(r, 5),
        .version = rv_col_int(r, 6),
        .created_at = rv_col_int(r, 7),
        .created_by = rv_col_str(r, 8),
        .updated_at = rv_col_int(r, 9),
        .updated_by = rv_col_str(r, 10),
        .description = rv_col_str(r, 11),
        .auth = rv_col_str(r, 12),
        .fields = rv_col_str(r, 13),
        .folder_id = rv_col_str(r, 14),
    };
}

static rv_status find(struct rv_tx *tx, rv_str id, bool *ret_found, struct connection *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &connection_sql[Q_GET], &r, ret_found, RV_ARGS(id)));
    if (!*ret_found)
        return RV_OK;
    read_row(&r, ret);
    return rv_rows_end(&r);
}

static rv_status get(struct rv_tx *tx, rv_str id, struct connection *ret)
{
    bool found;
    RV_TRY(find(tx, id, &found, ret));
    if (!found)
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                       "Not found: Resource not found: %.*s (Connection)", RV_FMT(id));
    return RV_OK;
}

rv_status rv_connection_row_get(struct rv_tx *tx, rv_str id, bool *ret_found,
                                struct rv_connection_row *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &connection_sql[Q_BRIEF], &r, ret_found, RV_ARGS(id)));
    if (!*ret_found)
        return RV_OK;
    *ret = (struct rv_connection_row){
        .id = id,
        .name = rv_col_str(&r, 0),
        .connector = rv_col_str(&r, 1),
        .transport = rv_col_str(&r, 2),
        .principal_id = rv_col_str(&r, 3),
        .auth = rv_col_str(&r, 4),
        .fields = rv_col_str(&r, 5),
        .secrets = rv_col_str(&r, 6),
        .token = rv_col_str(&r, 7),
        .folder_id = rv_col_str(&r, 8),
        .status = rv_col_str(&r, 9),
        .version = rv_col_int(&r, 10),
    };
    return rv_rows_end(&r);
}

/* Ids are of one length and stand between slashes: a part of a path is one of its ids. */
static bool reaches(rv_str folder_id, rv_str folder_path)
{
    return folder_id.n == 0 || (folder_path.n > 0 && memmem(folder_path.p, folder_path.n,
                                                            folder_id.p, folder_id.n) != NULL);
}

bool rv_connection_reaches(const struct rv_connection_row *c, rv_str folder_path)
{
    return reaches(c->folder_id, folder_path);
}

rv_status rv_connection_fitting(struct rv_tx *tx, rv_str connector, rv_str name, rv_str folder_path,
                                bool *ret_found, rv_str *ret_id)
{
    struct rv_rows r;
    size_t n = 0, named = 0;
    rv_str by_name = RV_NONE_STR;
    RV_TRY(rv_sql_query(tx, &connection_sql[Q_BY_CONNECTOR], &r, RV_ARGS(connector)));
    while (rv_rows_next(&r)) {
        if (!reaches(rv_col_str(&r, 1), folder_path))
            continue;
        *ret_id = rv_col_str(&r, 0);
        n++;
        if (name.n == 0 || !rv_str_eq(rv_col_str(&r, 2), name))
            continue;
        by_name = *ret_id;
        named++;
    }
    if (named == 1)
        *ret_id = by_name;
    *ret_found = named == 1 || (named == 0 && n == 1);
    return rv_rows_end(&r);
}

struct use {
    struct rv_cx *cx;
    struct rv_tx *tx;
    rv_status st;
};

static void check_use(void *arg, json_t *card)
{
    struct use *u = arg;
    rv_str id = rv_json_member_str(card, "connectionId");
    if (id.n == 0 || u->st != RV_OK)
        return;
    u->st = rv_authz(u->cx, u->tx, RV_A_CONNECTION_USE,
                     (struct rv_object){ .id = id, .visible = true });
}

rv_status rv_connection_check_use(struct rv_cx *cx, struct rv_tx *tx, json_t *cards)
{
    struct use u = { cx, tx, RV_OK };
    rv_def_walk(cards, check_use, &u);
    return u.st;
}

static rv_status write_connection(struct rv_cx *cx, const struct connection *c, struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", c->id);
    rv_jw_kint(w, "version", c->version);
    rv_jw_ktime(w, "created", c->created_at);
    rv_jw_kstr(w, "createdBy", c->created_by);
    rv_jw_ktime(w, "lastUpdated", c->updated_at);
    rv_jw_kstr(w, "lastUpdatedBy", c->updated_by);
    rv_jw_kstr(w, "name", c->name);
    rv_jw_kstr(w, "connector", c->connector);
    rv_jw_kstr(w, "status", c->status);
    rv_jw_kstr(w, "transport", c->transport);
    rv_jw_kstr(w, "description", c->description);
    rv_jw_kstr(w, "folderId", c->folder_id);
    RV_TRY(rv_connection_auth_write(cx, c->connector, c->auth, c->fields, w));
    rv_jw_obj_end(w);
    return RV_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct list {
    struct rv_cx *cx;
    const struct rv_flow_query *q;
    struct rv_jw *w;
    rv_str last;
    bool more;
};

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_scope scope;
    struct rv_rows r;
    struct connection c;
    RV_TRY(rv_authz_list(l->cx, tx, RV_A_CONNECTION_READ, &scope));
    rv_str like = rv_flow_pattern(l->cx, l->q->q);
    RV_TRY(rv_sql_query(tx, &connection_sql[Q_LIST], &r,
                        RV_ARGS(l->q->after.p != NULL ? l->q->after : RV_STR(""), like, scope.all,
                                scope.ids, l->q->limit + 1)));
    for (int n = 0; rv_rows_next(&r); n++) {
        if (n == l->q->limit) {
            l->more = true;
            break;
        }
        read_row(&r, &c);
        RV_TRY(write_connection(l->cx, &c, l->w));
        l->last = c.id;
    }
    return rv_rows_end(&r);
}

rv_status rv_connection_list(struct rv_cx *cx, const struct rv_flow_query *q, struct rv_jw *w,
                             rv_str *ret_next)
{
    struct list l = { .cx = cx, .q = q, .w = w };
    RV_TRY(rv_store_read(cx, list_tx, &l));
    *ret_next = l.more ? l.last : RV_NONE_STR;
    return RV_OK;
}

struct one {
    rv_str id;
    struct connection c;
    enum rv_action action;
};

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    struct one *o = arg;
    RV_TRY(get(tx, o->id, &o->c));
    return rv_authz(rv_tx_cx(tx), tx, o->action, RV_OBJECT(o->id));
}

rv_status rv_connection_get(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct one o = { .id = id, .action = RV_A_CONNECTION_READ };
    RV_TRY(rv_store_read(cx, get_tx, &o));
    return write_connection(cx, &o.c, w);
}

/* ---- writing --------------------------------------------------------------------------------- */

struct create {
    const struct rv_connection_in *in;
    rv_str id, principal_id;
    struct rv_connection_auth auth;
};

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    const struct create *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    const char *transport = c->auth.kind.p != NULL ? "HTTPS" : "LOCAL";
    rv_str ids, names, description = c->in->description.p != NULL ? c->in->description : RV_STR("");
    RV_TRY(rv_authz(cx, tx, RV_A_CONNECTION_MANAGE, RV_NO_OBJECT));
    if (c->in->folder_id.p != NULL)
        RV_TRY(rv_folder_path(tx, c->in->folder_id, &ids, &names));
    RV_TRY(rv_sql_exec(tx, &connection_sql[Q_INSERT], NULL,
                       RV_ARGS(c->id, c->in->name, c->in->connector, rv_str_of(transport),
                               c->auth.kind.p != NULL ? RV_NONE_STR : c->principal_id,
                               rv_tx_now(tx), rv_principal_id(cx), description, c->auth.kind,
                               c->auth.fields, c->auth.secrets, c->in->folder_id)));
    return rv_event_add(tx, "workflows.user.connection.create", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Connection", .id = c->id, .name = c->in->name }),
                        RV_NONE_STR);
}

static bool connector_is_known(const struct rv_cx *cx, rv_str connector)
{
    const struct rv_engine *e = rv_engine_of(cx);
    for (size_t i = 0; i < rv_card_count(e); i++) {
        const struct rv_card *c = rv_card_at(e, i);
        if (c->connector != NULL && !c->connection_optional &&
            rv_str_eq(connector, rv_str_of(c->connector)))
            return true;
    }
    return rv_connector_find(cx, connector) != NULL;
}

static rv_status check_texts(struct rv_cx *cx, const struct rv_connection_in *in)
{
    if (in->has_name && (rv_str_trim(in->name).n == 0 || rv_utf8_count(in->name) > 200))
        return rv_fail_field(cx, "/name", "LENGTH",
                             "a connection has a name of 1 to 200 characters");
    return RV_OK;
}

rv_status rv_connection_create(struct rv_cx *cx, const struct rv_connection_in *in, rv_str *ret_id)
{
    struct create c = { .in = in,
                        .id = rv_id_ulid(cx, rv_now(cx->env)),
                        .principal_id = rv_principal_id(cx) };
    if (in->principal_id.p != NULL && !rv_str_eq(in->principal_id, c.principal_id)) {
        if (!cx->root)
            return rv_fail_field(cx, "/principalId", "NOT_ALLOWED",
                                 "a connection acts as the person who makes it");
        c.principal_id = in->principal_id;
    }
    if (!connector_is_known(cx, in->connector))
        return rv_fail_field(cx, "/connector", "ENUM", "there is no connector \"%.*s\"",
                             RV_FMT(in->connector));
    RV_TRY(check_texts(cx, in));
    if (c.id.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_connection_auth_check(cx, c.id, in, &c.auth));
    if (c.auth.kind.p == NULL && c.principal_id.p == NULL)
        return rv_fail_field(cx, "/principalId", "REQUIRED_PROPERTY_MISSING",
                             "name the person as whom the connection acts");
    RV_TRY(rv_store_write(cx, create_tx, &c));
    *ret_id = c.id;
    return RV_OK;
}

/* What the connection could do with what it held, it cannot do any more. */
static rv_status revoke(struct rv_tx *tx, const struct connection *c)
{
    int64_t changed;
    RV_TRY(rv_sql_exec(tx, &connection_sql[Q_REVOKE], &changed, RV_ARGS(c->id)));
    return changed == 0 ? RV_OK
                        : rv_event_add(tx, "workflows.user.connection.revoke", true, RV_NONE_STR,
                                       RV_TARGETS({ .type = "Connection",
                                                    .id = c->id,
                                                    .name = c->name }),
                                       RV_NONE_STR);
}

struct update {
    rv_str id;
    const struct rv_connection_in *in;
    struct rv_connection_auth auth;
};

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    const struct update *u = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct connection c;
    int64_t changed;
    RV_TRY(get(tx, u->id, &c));
    RV_TRY(rv_authz(cx, tx, RV_A_CONNECTION_MANAGE, RV_OBJECT(u->id)));
    rv_str name = u->in->has_name ? u->in->name : c.name;
    RV_TRY(rv_sql_exec(tx, &connection_sql[Q_UPDATE], &changed,
                       RV_ARGS(name, u->in->has_description ? u->in->description : c.description,
                               rv_tx_now(tx), rv_principal_id(cx), u->id, u->in->version)));
    if (changed == 0)
        return rv_fail(cx, RV_CONFLICT,
                       "the connection was changed by somebody else; read it again");
    if (u->in->has_name || u->in->has_description || !u->in->has_fields)
        RV_TRY(rv_event_add(tx, "reeve.connection.update", true, RV_NONE_STR,
                            RV_TARGETS({ .type = "Connection", .id = u->id, .name = name }),
                            RV_NONE_STR));
    if (!u->in->has_fields)
        return RV_OK;
    RV_TRY(revoke(tx, &c));
    RV_TRY(rv_sql_exec(tx, &connection_sql[Q_AUTHORISE], NULL,
                       RV_ARGS(u->auth.kind, u->auth.fields, u->auth.secrets, u->id)));
    return rv_event_add(tx, "workflows.user.connection.reauthorize", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Connection", .id = u->id, .name = name }),
                        RV_NONE_STR);
}

rv_status rv_connection_update(struct rv_cx *cx, rv_str id, const struct rv_connection_in *in)
{
    struct update u = { .id = id, .in = in };
    RV_TRY(check_texts(cx, in));
    if (in->auth.p != NULL && !in->has_fields)
        return rv_fail_field(cx, "/fields", "REQUIRED_PROPERTY_MISSING",
                             "another kind of authentication comes with its fields");
    if (in->has_fields) {
        struct one o = { .id = id, .action = RV_A_CONNECTION_MANAGE };
        struct rv_connection_in whole = *in;
        RV_TRY(rv_store_read(cx, get_tx, &o));
        whole.connector = o.c.connector;
        if (o.c.auth.p == NULL && in->auth.p != NULL)
            return rv_fail_field(
                cx, "/auth", "NOT_ALLOWED",
                "this connection is to this server; make a new one to another server");
        if (whole.auth.p == NULL)
            whole.auth = o.c.auth;
        RV_TRY(rv_connection_auth_check(cx, id, &whole, &u.auth));
    }
    return rv_store_write(cx, update_tx, &u);
}

static rv_status usage_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct connection c;
    struct rv_rows r;
    rv_str id = l->last;
    RV_TRY(get(tx, id, &c));
    RV_TRY(rv_authz(l->cx, tx, RV_A_CONNECTION_READ, RV_OBJECT(id)));
    rv_jw_obj(l->w);
    rv_jw_key(l->w, "flows");
    rv_jw_arr(l->w);
    RV_TRY(rv_sql_query(tx, &connection_sql[Q_USED], &r,
                        RV_ARGS(rv_printf(l->cx, "%%\"connectionId\":\"%.*s\"%%", RV_FMT(id)))));
    while (rv_rows_next(&r)) {
        rv_jw_obj(l->w);
        rv_jw_kstr(l->w, "id", rv_col_str(&r, 0));
        rv_jw_kstr(l->w, "name", rv_col_str(&r, 1));
        rv_jw_obj_end(l->w);
    }
    rv_jw_arr_end(l->w);
    rv_jw_obj_end(l->w);
    return rv_rows_end(&r);
}

rv_status rv_connection_usage(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct list l = { .cx = cx, .w = w, .last = id };
    return rv_store_read(cx, usage_tx, &l);
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    rv_str id = *(const rv_str *)arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct connection c;
    struct rv_rows r;
    bool used;
    RV_TRY(get(tx, id, &c));
    RV_TRY(rv_authz(cx, tx, RV_A_CONNECTION_MANAGE, RV_OBJECT(id)));
    RV_TRY(rv_sql_first(tx, &connection_sql[Q_USED], &r, &used,
                        RV_ARGS(rv_printf(cx, "%%\"connectionId\":\"%.*s\"%%", RV_FMT(id)))));
    if (used) {
        rv_str name = rv_col_str(&r, 1);
        RV_TRY(rv_rows_end(&r));
        return rv_fail(cx, RV_CONFLICT,
                       "the flow \"%.*s\" uses this connection; choose another one there first",
                       RV_FMT(name));
    }
    RV_TRY(revoke(tx, &c));
    RV_TRY(rv_sql_exec(tx, &connection_sql[Q_DELETE], NULL, RV_ARGS(id)));
    return rv_event_add(tx, "workflows.user.connection.delete", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Connection", .id = id, .name = c.name }),
                        RV_NONE_STR);
}

rv_status rv_connection_delete(struct rv_cx *cx, rv_str id)
{
    return rv_store_write(cx, delete_tx, &id);
}

struct tested {
    rv_str id, name, sentence;
    bool ok;
};

static rv_status status_tx(struct rv_tx *tx, void *arg)
{
    const struct tested *t = arg;
    RV_TRY(
        rv_sql_exec(tx, &connection_sql[Q_STATUS], NULL, RV_ARGS(t->ok ? "OK" : "FAILED", t->id)));
    return rv_event_add(tx, "reeve.connection.test", t->ok, t->ok ? RV_NONE_STR : t->sentence,
                        RV_TARGETS({ .type = "Connection", .id = t->id, .name = t->name }),
                        RV_NONE_STR);
}

struct opened {
    rv_str id;
    bool found;
    struct rv_connection_row row;
};

static rv_status open_tx(struct rv_tx *tx, void *arg)
{
    struct opened *o = arg;
    return rv_connection_row_get(tx, o->id, &o->found, &o->row);
}

static rv_status try_service(struct rv_cx *cx, const struct rv_connector *c, rv_str id,
                             bool *ret_ok, rv_str *ret_sentence)
{
    struct opened o = { .id = id };
    struct rv_card_connection k;
    RV_TRY(rv_store_read(cx, open_tx, &o));
    rv_status st = o.found ? rv_connection_open(cx, &o.row, &k)
                           : rv_fail(cx, RV_NOT_FOUND, "the connection was deleted");
    if (st == RV_OK)
        st = c->test(cx, &k, ret_ok, ret_sentence);
    if (st == RV_OK || st == RV_BUSY || st == RV_STOPPED)
        return st;
    *ret_ok = false;
    *ret_sentence = rv_dup(cx, rv_str_of(rv_error(cx)->message != NULL ? rv_error(cx)->message
                                                                       : "The call failed."));
    rv_error_clear(cx); /* the sentence says it */
    return RV_OK;
}

/* Calls what every identity connection may call: the person it acts as. */
static rv_status try_local(struct rv_cx *cx, const struct connection *c, bool *ret_ok,
                           rv_str *ret_sentence)
{
    const struct rv_principal *as;
    struct rv_answer answer;
    *ret_ok = false;
    if (rv_principal_of_user(cx, c->principal_id, &as) != RV_OK) {
        rv_error_clear(cx); /* the sentence says it */
        *ret_sentence = RV_STR(
            "The person this connection acts as is gone or not active. Make a new connection.");
        return RV_OK;
    }
    struct rv_local_call call = { .as = as,
                                  .method = RV_STR("GET"),
                                  .target = RV_STR("/api/v1/users/me") };
    RV_TRY(rv_local_call(cx, &call, &answer));
    *ret_ok = answer.status == 200;
    *ret_sentence = *ret_ok ? rv_printf(cx, "The connection works as %.*s.", RV_FMT(as->login))
                            : rv_printf(cx, "The call was answered with status %d.", answer.status);
    return RV_OK;
}

rv_status rv_connection_test(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct one o = { .id = id, .action = RV_A_CONNECTION_MANAGE };
    bool ok;
    rv_str sentence;
    RV_TRY(rv_store_read(cx, get_tx, &o));
    const struct rv_connector *connector = rv_connector_find(cx, o.c.connector);
    if (o.c.auth.p != NULL && connector != NULL)
        RV_TRY(try_service(cx, connector, id, &ok, &sentence));
    else
        RV_TRY(try_local(cx, &o.c, &ok, &sentence));
    struct tested t = { id, o.c.name, sentence, ok };
    RV_TRY(rv_store_write(cx, status_tx, &t));
    rv_jw_obj(w);
    rv_jw_kbool(w, "ok", ok);
    rv_jw_kstr(w, "sentence", sentence);
    rv_jw_obj_end(w);
    return RV_OK;
}
