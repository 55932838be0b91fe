/* requests/team.c: teams: a name, an icon, a colour, people, and who of them gets the next request
 * (access-requests.md 5.1). Everybody may see teams; whoever administers access requests changes
 * them.
 *
 * A deleted team keeps its row, without name key, members and access, because requests name it for
 * ever. Members and the choice of an assignee are in team_member.c, what a team may use in
 * team_access.c. */
#include "requests/requests_int.h"

enum { NAME_MAX_CHARS = 40, DESCRIPTION_MAX_CHARS = 2000 };
enum { Q_GET, Q_LIST, Q_INSERT, Q_UPDATE, Q_TOUCH, Q_DELETE, Q_SAME_NAME, Q_OF_USER, Q_N };
#define COLUMNS "id, name, description, icon, colour, status, invite_only, private_requests, assign_mode, assign_member_id, version, created_at, " \
                "created_by, updated_at, updated_by, name_key"
#define OUT "id:text name:text description:text icon:text colour:text status:text invite_only:bool private_requests:bool assign_mode:text " \
            "assign_member_id:text version:int created_at:time created_by:text updated_at:time updated_by:text name_key:text"
static const struct rv_sql team_sql[Q_N] = {
    [Q_GET] = { .name = "team_get", .text = "SELECT " COLUMNS " FROM team WHERE id = :id", .in = "id:text", .out = OUT },
    [Q_LIST] = {
        .name = "team_list",
        .text = "SELECT " COLUMNS " FROM team WHERE name_key > :after AND (:q IS NULL OR name_key LIKE :q ESCAPE '\\') "
                "AND (:status IS NULL OR status = :status) ORDER BY name_key LIMIT :n",
        .in = "after:text q:text status:text n:int", .out = OUT,
    },
    [Q_INSERT] = {
        .name = "team_insert",
        .text = "INSERT INTO team (id, name, name_key, description, icon, colour, status, invite_only, private_requests, assign_mode, "
                "assign_member_id, version, created_at, created_by, updated_at, updated_by) VALUES (:id, :name, :name_key, :description, :icon, "
                ":colour, 'ACTIVE', :invite_only, :private_requests, :assign_mode, NULL, 1, :now, :by, :now, :by)",
        .in = "id:text name:text name_key:text description:text icon:text colour:text invite_only:bool private_requests:bool assign_mode:text "
              "now:time by:text",
    },
    [Q_UPDATE] = {
        .name = "team_update",
        .text = "UPDATE team SET name = :name, name_key = :name_key, description = :description, icon = :icon, colour = :colour, status = :status, "
                "invite_only = :invite_only, private_requests = :private_requests, assign_mode = :assign_mode, assign_member_id = :assign_member_id, "
                "version = version + 1, updated_at = :now, updated_by = :by WHERE id = :id AND version = :version",
        .in = "name:text name_key:text description:text icon:text colour:text status:text invite_only:bool private_requests:bool assign_mode:text "
              "assign_member_id:text now:time by:text id:text version:int",
    },
    [Q_TOUCH] = {
        .name = "team_touch",
        .text = "UPDATE team SET version = version + 1, updated_at = :now, updated_by = :by WHERE id = :id",
        .in = "now:time by:text id:text",
    },
    [Q_DELETE] = {
        .name = "team_delete",
        .text = "UPDATE team SET status = 'DELETED', name_key = NULL, assign_mode = 'OFF', assign_member_id = NULL, version = version + 1, "
                "updated_at = :now, updated_by = :by WHERE id = :id",
        .in = "now:time by:text id:text",
    },
    [Q_SAME_NAME] = {
        .name = "team_same_name",
        .text = "SELECT id FROM team WHERE name_key = :name_key AND id <> :id",
        .in = "name_key:text id:text", .out = "id:text",
    },
    [Q_OF_USER] = {
        .name = "team_of_user",
        .text = "SELECT t.id, t.name FROM team_member m JOIN team t ON t.id = m.team_id WHERE m.user_id = :user_id ORDER BY t.name_key",
        .in = "user_id:text", .out = "id:text name:text",
    },
};
RV_SQL_MODULE(team, team_sql);

struct team {
    rv_str id, name, description, icon, colour, status, assign_mode, assign_member_id, created_by, updated_by, name_key;
    bool invite_only, private_requests;
    int64_t version, created_at, updated_at;
};

static void read_row(struct rv_rows *r, struct team *t)
{
    *t = (struct team){
        .id = rv_col_str(r, 0),
        .name = rv_col_str(r, 1),
        .description = rv_col_str(r, 2),
        .icon = rv_col_str(r, 3),
        .colour = rv_col_str(r, 4),
        .status = rv_col_str(r, 5),
        .invite_only = rv_col_bool(r, 6),
        .private_requests = rv_col_bool(r, 7),
        .assign_mode = rv_col_str(r, 8),
        .assign_member_id = rv_col_str(r, 9),
        .version = rv_col_int(r, 10),
        .created_at = rv_col_int(r, 11),
        .created_by = rv_col_str(r, 12),
        .updated_at = rv_col_int(r, 13),
        .updated_by = rv_col_str(r, 14),
        .name_key = rv_col_str(r, 15),
    };
}

static rv_status find(struct rv_tx *tx, rv_str id, bool *ret_found, struct team *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &team_sql[Q_GET], &r, ret_found, RV_ARGS(id)));
    if (!*ret_found)
        return RV_OK;
    read_row(&r, ret);
    return rv_rows_end(&r);
}

static rv_status get(struct rv_tx *tx, rv_str id, struct team *ret)
{
    bool found;
    RV_TRY(find(tx, id, &found, ret));
    return found && !rv_str_eq(ret->status, RV_STR("DELETED"))
               ? RV_OK
               : rv_not_found(rv_tx_cx(tx), id, "Team");
}

/* ---- for the other files of the folder ------------------------------------------------------- */

rv_status rv_team_load(struct rv_tx *tx, rv_str id, bool *ret_found, struct rv_team *ret)
{
    struct team t;
    RV_TRY(find(tx, id, ret_found, &t));
    if (*ret_found)
        *ret = (struct rv_team){ .id = t.id,
                                 .name = t.name,
                                 .icon = t.icon,
                                 .colour = t.colour,
                                 .status = t.status,
                                 .private_requests = t.private_requests,
                                 .invite_only = t.invite_only,
                                 .version = t.version };
    return RV_OK;
}

rv_status rv_team_require(struct rv_tx *tx, rv_str id, struct rv_team *ret)
{
    bool found;
    RV_TRY(rv_team_load(tx, id, &found, ret));
    return found && !rv_str_eq(ret->status, RV_STR("DELETED"))
               ? RV_OK
               : rv_not_found(rv_tx_cx(tx), id, "Team");
}

rv_status rv_team_touch(struct rv_tx *tx, rv_str id)
{
    return rv_sql_exec(tx, &team_sql[Q_TOUCH], NULL,
                       RV_ARGS(rv_tx_now(tx), rv_actor_id(rv_tx_cx(tx)), id));
}

void rv_team_write_ref(struct rv_jw *w, const struct rv_team *t)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", t->id);
    rv_jw_kstr(w, "name", t->name);
    rv_jw_kstr(w, "icon", t->icon);
    rv_jw_kstr(w, "colour", t->colour);
    rv_jw_obj_end(w);
}

rv_status rv_named_write(struct rv_tx *tx, const struct rv_sql *q, rv_str key, struct rv_jw *w)
{
    struct rv_rows r;
    RV_TRY(rv_sql_query(tx, q, &r, RV_ARGS(key)));
    while (rv_rows_next(&r)) {
        rv_jw_obj(w);
        rv_jw_kstr(w, "id", rv_col_ref(&r, 0));
        rv_jw_kstr(w, "name", rv_col_ref(&r, 1));
        rv_jw_obj_end(w);
    }
    return rv_rows_end(&r);
}

struct of_user {
    rv_str user_id;
    struct rv_jw *w;
};

static rv_status of_user_tx(struct rv_tx *tx, void *arg)
{
    const struct of_user *o = arg;
    return rv_named_write(tx, &team_sql[Q_OF_USER], o->user_id, o->w);
}

rv_status rv_teams_of_user(struct rv_cx *cx, rv_str user_id, struct rv_jw *w)
{
    struct of_user o = { user_id, w };
    return rv_store_read(cx, of_user_tx, &o);
}

/* ---- reading --------------------------------------------------------------------------------- */

static rv_status write_team(struct rv_tx *tx, const struct team *t, struct rv_jw *w)
{
    bool mine = false;
    rv_str me = rv_user_id(rv_tx_cx(tx));
    if (me.p != NULL)
        RV_TRY(rv_team_has(tx, t->id, me, &mine));
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", t->id);
    rv_jw_kint(w, "version", t->version);
    rv_jw_ktime(w, "created", t->created_at);
    rv_jw_kstr(w, "createdBy", t->created_by);
    rv_jw_ktime(w, "lastUpdated", t->updated_at);
    rv_jw_kstr(w, "lastUpdatedBy", t->updated_by);
    rv_jw_kstr(w, "name", t->name);
    rv_jw_kstr(w, "description", t->description);
    rv_jw_kstr(w, "icon", t->icon);
    rv_jw_kstr(w, "colour", t->colour);
    rv_jw_kstr(w, "status", t->status);
    rv_jw_kbool(w, "inviteOnly", t->invite_only);
    rv_jw_kbool(w, "privateRequests", t->private_requests);
    rv_jw_key(w, "assignment");
    rv_jw_obj(w);
    rv_jw_kstr(w, "mode", t->assign_mode);
    rv_jw_kstr(w, "memberId", t->assign_member_id);
    rv_jw_key(w, "excluded");
    RV_TRY(rv_team_write_excluded(tx, t->id, w));
    rv_jw_obj_end(w);
    rv_jw_key(w, "members");
    RV_TRY(rv_team_write_members(tx, t->id, w));
    rv_jw_kbool(w, "mine", mine);
    rv_jw_obj_end(w);
    return RV_OK;
}

struct list {
    const struct rv_request_query *q;
    struct rv_jw *w;
    struct team *rows;
    size_t n;
    bool more;
};

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    RV_TRY(rv_authz(cx, tx, RV_A_TEAM_READ, RV_NO_OBJECT));
    RV_TRY(rv_sql_query(tx, &team_sql[Q_LIST], &r,
                        RV_ARGS(l->q->after.p != NULL ? l->q->after : RV_STR(""),
                                rv_name_pattern(cx, l->q->q), l->q->status, l->q->limit + 1)));
    while (rv_rows_next(&r)) {
        if (l->n == (size_t)l->q->limit) {
            l->more = true;
            break;
        }
        read_row(&r, &l->rows[l->n++]);
    }
    RV_TRY(rv_rows_end(&r));
    for (size_t i = 0; i < l->n; i++)
        RV_TRY(write_team(tx, &l->rows[i], l->w));
    return RV_OK;
}

rv_status rv_team_list(struct rv_cx *cx, const struct rv_request_query *q, struct rv_jw *w,
                       rv_str *ret_next)
{
    struct list l = { .q = q, .w = w, .rows = RV_NEW_N(cx, struct team, (size_t)q->limit) };
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
    struct team t;
    RV_TRY(get(tx, o->id, &t));
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_TEAM_READ,
                    (struct rv_object){ .id = o->id, .visible = true }));
    return write_team(tx, &t, o->w);
}

rv_status rv_team_get(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct one o = { id, w };
    return rv_store_read(cx, get_tx, &o);
}

/* ---- making and changing --------------------------------------------------------------------- */

static rv_status check_texts(struct rv_cx *cx, const struct rv_team_in *in)
{
    if (in->name.p != NULL &&
        (rv_str_trim(in->name).n == 0 || rv_utf8_count(in->name) > NAME_MAX_CHARS))
        return rv_fail_field(cx, "/name", "LENGTH", "a team has a name of 1 to %d characters",
                             NAME_MAX_CHARS);
    if (in->description.p != NULL && rv_utf8_count(in->description) > DESCRIPTION_MAX_CHARS)
        return rv_fail_field(cx, "/description", "LENGTH", "use at most %d characters",
                             DESCRIPTION_MAX_CHARS);
    return RV_OK;
}

static rv_status check_name_free(struct rv_tx *tx, rv_str name, rv_str key, rv_str id)
{
    struct rv_rows r;
    bool taken;
    RV_TRY(rv_sql_first(tx, &team_sql[Q_SAME_NAME], &r, &taken, RV_ARGS(key, id)));
    if (!taken)
        return RV_OK;
    RV_TRY(rv_rows_end(&r));
    return rv_fail_field(rv_tx_cx(tx), "/name", "NOT_UNIQUE",
                         "there is a team called \"%.*s\" already; choose another name",
                         RV_FMT(name));
}

static rv_status event(struct rv_tx *tx, const char *type, rv_str id, rv_str name)
{
    return rv_event_add(tx, type, true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Team", .id = id, .name = name }), RV_NONE_STR);
}

struct create {
    const struct rv_team_in *in;
    rv_str id;
};

static rv_str or_else(rv_str s, const char *def)
{
    return s.p != NULL ? s : rv_str_of(def);
}

static rv_status insert(struct rv_tx *tx, const struct rv_team_in *in, rv_str id)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str name = rv_str_trim(in->name), key = rv_name_key(cx, name);
    RV_TRY(check_name_free(tx, name, key, id));
    RV_TRY(rv_sql_exec(tx, &team_sql[Q_INSERT], NULL,
                       RV_ARGS(id, name, key, or_else(in->description, ""),
                               or_else(in->icon, "support"), or_else(in->colour, "blue"),
                               in->has_invite_only ? in->invite_only
                                                   : true, /* members see all requests of a team and
                                                              change its types */
                               in->has_private_requests ? in->private_requests : true,
                               or_else(in->assign_mode, "OFF"), rv_tx_now(tx), rv_actor_id(cx))));
    return event(tx, "reeve.team.create", id, name);
}

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    const struct create *c = arg;
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_TEAM_MANAGE, RV_NO_OBJECT));
    return insert(tx, c->in, c->id);
}

rv_status rv_team_create(struct rv_cx *cx, const struct rv_team_in *in, rv_str *ret_id)
{
    struct create c = { in, rv_id_hex24(cx) };
    RV_TRY(check_texts(cx, in));
    if (rv_str_eq(in->assign_mode, RV_STR("MEMBER")) || in->assign_member_id.p != NULL)
        return rv_fail_field(
            cx, "/assignment/memberId", "NOT_A_MEMBER",
            "a new team has no members yet: add the person first, then choose them here");
    if (json_array_size(in->excluded) > 0)
        return rv_fail_field(
            cx, "/assignment/excluded", "NOT_A_MEMBER",
            "a new team has no members yet: add them first, then exclude them here");
    if (c.id.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_write(cx, create_tx, &c));
    *ret_id = c.id;
    return RV_OK;
}

struct update {
    rv_str id;
    const struct rv_team_in *in;
};

/* "MEMBER" needs one of the team; the other modes have none. */
static rv_status set_assignment(struct rv_tx *tx, struct team *t, const struct rv_team_in *in)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    bool member = false;
    if (in->assign_mode.p != NULL)
        t->assign_mode = in->assign_mode;
    t->assign_member_id = in->assign_member_id;
    if (!rv_str_eq(t->assign_mode, RV_STR("MEMBER"))) {
        if (t->assign_member_id.p != NULL)
            return rv_fail_field(cx, "/assignment/memberId", "NOT_ALLOWED",
                                 "only the mode MEMBER names a person");
    } else if (t->assign_member_id.p == NULL)
        return rv_fail_field(cx, "/assignment/memberId", "REQUIRED_PROPERTY_MISSING",
                             "choose the member who gets every new request");
    else {
        RV_TRY(rv_team_has(tx, t->id, t->assign_member_id, &member));
        if (!member)
            return rv_fail_field(cx, "/assignment/memberId", "NOT_A_MEMBER",
                                 "%.*s is not a member of the team; add the person first",
                                 RV_FMT(t->assign_member_id));
    }
    return in->excluded != NULL ? rv_team_set_excluded(tx, t->id, in->excluded) : RV_OK;
}

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    const struct update *u = arg;
    const struct rv_team_in *in = u->in;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct team t;
    int64_t changed;
    RV_TRY(get(tx, u->id, &t));
    RV_TRY(rv_authz(cx, tx, RV_A_TEAM_MANAGE, (struct rv_object){ .id = u->id, .visible = true }));
    if (in->has_assignment)
        RV_TRY(set_assignment(tx, &t, in));
    if (in->name.p != NULL) {
        t.name = rv_str_trim(in->name);
        t.name_key = rv_name_key(cx, t.name);
        RV_TRY(check_name_free(tx, t.name, t.name_key, t.id));
    }
    t.description = in->description.p != NULL ? in->description : t.description;
    t.icon = in->icon.p != NULL ? in->icon : t.icon;
    t.colour = in->colour.p != NULL ? in->colour : t.colour;
    t.status = in->status.p != NULL ? in->status : t.status;
    t.invite_only = in->has_invite_only ? in->invite_only : t.invite_only;
    t.private_requests = in->has_private_requests ? in->private_requests : t.private_requests;
    RV_TRY(rv_sql_exec(tx, &team_sql[Q_UPDATE], &changed,
                       RV_ARGS(t.name, t.name_key, t.description, t.icon, t.colour, t.status,
                               t.invite_only, t.private_requests, t.assign_mode, t.assign_member_id,
                               rv_tx_now(tx), rv_actor_id(cx), u->id, in->version)));
    if (changed == 0)
        return rv_fail(
            cx, RV_CONFLICT,
            "the team was changed by somebody else; read it again (it is at version %" PRId64 ")",
            t.version);
    return event(tx, "reeve.team.update", t.id, t.name);
}

rv_status rv_team_update(struct rv_cx *cx, rv_str id, const struct rv_team_in *in)
{
    struct update u = { id, in };
    RV_TRY(check_texts(cx, in));
    return rv_store_write(cx, update_tx, &u);
}

/* ---- deleting -------------------------------------------------------------------------------- */

static rv_status check_unused(struct rv_tx *tx, const struct team *t)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_type_ref *types;
    size_t n;
    bool open;
    RV_TRY(rv_types_using(tx, RV_USE_TEAM, t->id, &types, &n));
    rv_str names = rv_type_names(cx, types, n, true);
    if (names.n > 0)
        return rv_fail(cx, RV_CONFLICT,
                       "team \"%.*s\" is needed by active request types: %.*s. Un-publish or "
                       "delete them first.",
                       RV_FMT(t->name), RV_FMT(names));
    RV_TRY(rv_team_has_open_requests(tx, t->id, &open));
    if (open)
        return rv_fail(
            cx, RV_CONFLICT,
            "team \"%.*s\" has open requests. Close them or give them to another team first.",
            RV_FMT(t->name));
    return RV_OK;
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    rv_str id = *(const rv_str *)arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct team t;
    RV_TRY(get(tx, id, &t));
    RV_TRY(rv_authz(cx, tx, RV_A_TEAM_MANAGE, (struct rv_object){ .id = id, .visible = true }));
    RV_TRY(check_unused(tx, &t));
    RV_TRY(rv_team_drop_members(tx, id));
    RV_TRY(rv_access_drop_team(tx, id));
    RV_TRY(rv_sql_exec(tx, &team_sql[Q_DELETE], NULL, RV_ARGS(rv_tx_now(tx), rv_actor_id(cx), id)));
    return event(tx, "reeve.team.delete", id, t.name);
}

rv_status rv_team_delete(struct rv_cx *cx, rv_str id)
{
    return rv_store_write(cx, delete_tx, &id);
}

/* ---- from the beginning ---------------------------------------------------------------------- */

rv_status rv_teams_seed(struct rv_tx *tx)
{
    struct rv_team_in in = { .name = RV_STR("IT"), .icon = RV_STR("it"), .colour = RV_STR("blue") };
    rv_str id = rv_id_hex24(rv_tx_cx(tx));
    return id.p != NULL ? insert(tx, &in, id) : RV_BUSY;
}
