/* requests/team_member.c: the people of a team, and who of them gets the next request
 * (access-requests.md 4.6, 5.1).
 *
 * The rotation keeps no pointer: it takes the available member whose last turn is longest ago,
 * those without a turn first, equal ones in the order they joined. A turn is stamped later than
 * every other of the team, so that requests of one millisecond rotate too. People who left the
 * directory stay in the table and are not shown. */
#include "requests/requests_int.h"

enum { Q_MEMBERS, Q_EXCLUDED, Q_HAS, Q_PUT, Q_REMOVE, Q_UNASSIGN, Q_DROP, Q_CLEAR_EXCLUDED, Q_EXCLUDE, Q_ASSIGNMENT, Q_TURNS, Q_STAMP, Q_ANY, Q_OF, Q_N };
static const struct rv_sql team_member_sql[Q_N] = {
    [Q_MEMBERS] = {
        .name = "team_members",
        .text = "SELECT user_id, availability, last_assigned_at FROM team_member WHERE team_id = :team_id ORDER BY position",
        .in = "team_id:text", .out = "user_id:text availability:text last_assigned_at:time",
    },
    [Q_EXCLUDED] = {
        .name = "team_excluded",
        .text = "SELECT user_id FROM team_member WHERE team_id = :team_id AND excluded = 1 ORDER BY position",
        .in = "team_id:text", .out = "user_id:text",
    },
    [Q_HAS] = {
        .name = "team_has",
        .text = "SELECT availability FROM team_member WHERE team_id = :team_id AND user_id = :user_id",
        .in = "team_id:text user_id:text", .out = "availability:text",
    },
    [Q_PUT] = {
        .name = "team_put_member",
        .text = "INSERT INTO team_member (team_id, user_id, position, availability, excluded, last_assigned_at) "
                "VALUES (:team_id, :user_id, (SELECT COALESCE(MAX(position), 0) + 1 FROM team_member WHERE team_id = :team_id), :availability, 0, NULL) "
                "ON CONFLICT (team_id, user_id) DO UPDATE SET availability = excluded.availability",
        .in = "team_id:text user_id:text availability:text",
    },
    [Q_REMOVE] = {
        .name = "team_remove_member",
        .text = "DELETE FROM team_member WHERE team_id = :team_id AND user_id = :user_id",
        .in = "team_id:text user_id:text",
    },
    [Q_UNASSIGN] = {
        .name = "team_unassign",
        .text = "UPDATE team SET assign_mode = 'OFF', assign_member_id = NULL WHERE id = :id AND assign_member_id = :user_id",
        .in = "id:text user_id:text",
    },
    [Q_DROP] = { .name = "team_drop_members", .text = "DELETE FROM team_member WHERE team_id = :team_id", .in = "team_id:text" },
    [Q_CLEAR_EXCLUDED] = {
        .name = "team_clear_excluded",
        .text = "UPDATE team_member SET excluded = 0 WHERE team_id = :team_id",
        .in = "team_id:text",
    },
    [Q_EXCLUDE] = {
        .name = "team_exclude",
        .text = "UPDATE team_member SET excluded = 1 WHERE team_id = :team_id AND user_id = :user_id",
        .in = "team_id:text user_id:text",
    },
    [Q_ASSIGNMENT] = {
        .name = "team_assignment",
        .text = "SELECT assign_mode, assign_member_id FROM team WHERE id = :id",
        .in = "id:text", .out = "assign_mode:text assign_member_id:text",
    },
    [Q_TURNS] = {
        .name = "team_turns",
        .text = "SELECT user_id FROM team_member WHERE team_id = :team_id AND excluded = 0 AND availability = 'AVAILABLE' "
                "ORDER BY COALESCE(last_assigned_at, 0), position",
        .in = "team_id:text", .out = "user_id:text",
    },
    [Q_STAMP] = {
        .name = "team_stamp",
        .text = "UPDATE team_member SET last_assigned_at = (SELECT CASE WHEN COALESCE(MAX(m.last_assigned_at), 0) < :now THEN :now "
                "ELSE MAX(m.last_assigned_at) + 1 END FROM team_member m WHERE m.team_id = :team_id) "
                "WHERE team_id = :team_id AND user_id = :user_id",
        .in = "now:time team_id:text user_id:text",
    },
    [Q_ANY] = {
        .name = "team_of_any",
        .text = "SELECT team_id FROM team_member WHERE user_id = :user_id ORDER BY team_id LIMIT 1",
        .in = "user_id:text", .out = "team_id:text",
    },
    [Q_OF] = {
        .name = "team_of",
        .text = "SELECT team_id FROM team_member WHERE user_id = :user_id ORDER BY team_id",
        .in = "user_id:text", .out = "team_id:text",
    },
};
RV_SQL_MODULE(team_member, team_member_sql);

/* ---- reading --------------------------------------------------------------------------------- */

struct member {
    rv_str user_id, availability;
    int64_t last_assigned_at;
};

static rv_status members(struct rv_tx *tx, rv_str team_id, struct member **ret, size_t *ret_n)
{
    struct rv_rows r;
    struct member *m = NULL;
    size_t n = 0, size = 0;
    bool full = false;
    RV_TRY(rv_sql_query(tx, &team_member_sql[Q_MEMBERS], &r, RV_ARGS(team_id)));
    while (!full && rv_rows_next(&r)) {
        if (n == size) {
            struct member *more = RV_NEW_N(rv_tx_cx(tx), struct member, size * 2 + 16);
            full = more == NULL;
            if (full)
                continue;
            if (n > 0)
                memcpy(more, m, n * sizeof *m);
            m = more;
            size = size * 2 + 16;
        }
        m[n++] = (struct member){ rv_col_str(&r, 0), rv_col_str(&r, 1), rv_col_int(&r, 2) };
    }
    RV_TRY(rv_rows_end(&r));
    *ret = m;
    *ret_n = n;
    return full ? RV_BUSY : RV_OK;
}

/* Gone from the directory: not found, and no failure. */
static rv_status person(struct rv_tx *tx, rv_str id, bool *ret_found, struct rv_person *ret)
{
    rv_status st = rv_person_get(tx, id, ret);
    *ret_found = st == RV_OK;
    if (st == RV_NOT_FOUND) {
        rv_error_clear(rv_tx_cx(tx));
        return RV_OK;
    }
    return st;
}

static bool works(const struct rv_person *p)
{
    static const char *const idle[] = { "STAGED", "SUSPENDED", "DEPROVISIONED" };
    for (size_t i = 0; i < RV_LEN(idle); i++) {
        if (rv_str_eq(p->status, rv_str_of(idle[i])))
            return false;
    }
    return true;
}

rv_status rv_person_works(struct rv_tx *tx, rv_str user_id, bool *ret)
{
    struct rv_person p;
    bool found;
    RV_TRY(person(tx, user_id, &found, &p));
    *ret = found && works(&p);
    return RV_OK;
}

rv_status rv_team_write_members(struct rv_tx *tx, rv_str team_id, struct rv_jw *w)
{
    struct member *m;
    struct rv_person p;
    size_t n;
    bool found;
    RV_TRY(members(tx, team_id, &m, &n));
    rv_jw_arr(w);
    for (size_t i = 0; i < n; i++) {
        RV_TRY(person(tx, m[i].user_id, &found, &p));
        if (!found)
            continue;
        rv_jw_obj(w);
        rv_jw_kstr(w, "id", p.id);
        rv_jw_kstr(w, "name", p.name);
        rv_jw_kstr(w, "email", p.email);
        rv_jw_kstr(w, "availability", m[i].availability);
        rv_jw_ktime(w, "lastAssignedAt", m[i].last_assigned_at);
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
    return RV_OK;
}

rv_status rv_team_write_excluded(struct rv_tx *tx, rv_str team_id, struct rv_jw *w)
{
    struct rv_rows r;
    RV_TRY(rv_sql_query(tx, &team_member_sql[Q_EXCLUDED], &r, RV_ARGS(team_id)));
    rv_jw_arr(w);
    while (rv_rows_next(&r))
        rv_jw_str(w, rv_col_ref(&r, 0));
    rv_jw_arr_end(w);
    return rv_rows_end(&r);
}

rv_status rv_team_has(struct rv_tx *tx, rv_str team_id, rv_str user_id, bool *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &team_member_sql[Q_HAS], &r, ret, RV_ARGS(team_id, user_id)));
    return *ret ? rv_rows_end(&r) : RV_OK;
}

rv_status rv_team_is_member(struct rv_tx *tx, rv_str user_id, bool *ret)
{
    struct rv_rows r;
    *ret = false;
    if (user_id.p == NULL)
        return RV_OK;
    RV_TRY(rv_sql_first(tx, &team_member_sql[Q_ANY], &r, ret, RV_ARGS(user_id)));
    return *ret ? rv_rows_end(&r) : RV_OK;
}

rv_status rv_team_member_ids(struct rv_tx *tx, rv_str team_id, rv_str **ret, size_t *ret_n)
{
    struct member *m;
    size_t n, count = 0;
    RV_TRY(members(tx, team_id, &m, &n));
    rv_str *ids = RV_NEW_N(rv_tx_cx(tx), rv_str, n + 1);
    if (ids == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < n; i++) {
        bool ok;
        RV_TRY(rv_person_works(tx, m[i].user_id, &ok));
        if (ok)
            ids[count++] = m[i].user_id;
    }
    *ret = ids;
    *ret_n = count;
    return RV_OK;
}

/* ---- who is next (4.6) ----------------------------------------------------------------------- */

static rv_status next_in_rotation(struct rv_tx *tx, rv_str team_id, rv_str *ret)
{
    struct rv_rows r;
    rv_str found = RV_NONE_STR;
    rv_status st = RV_OK;
    RV_TRY(rv_sql_query(tx, &team_member_sql[Q_TURNS], &r, RV_ARGS(team_id)));
    while (found.p == NULL && st == RV_OK && rv_rows_next(&r)) {
        rv_str id = rv_col_str(&r, 0);
        bool ok = false;
        st = rv_person_works(tx, id, &ok);
        if (ok)
            found = id;
    }
    rv_status end = rv_rows_end(&r);
    *ret = found;
    return st != RV_OK ? st : end;
}

rv_status rv_team_next_assignee(struct rv_tx *tx, rv_str team_id, rv_str *ret_user_id)
{
    struct rv_rows r;
    rv_str next = RV_NONE_STR;
    bool found, ok;
    *ret_user_id = RV_NONE_STR;
    RV_TRY(rv_sql_first(tx, &team_member_sql[Q_ASSIGNMENT], &r, &found, RV_ARGS(team_id)));
    if (!found)
        return RV_OK;
    rv_str mode = rv_col_str(&r, 0), member = rv_col_str(&r, 1);
    RV_TRY(rv_rows_end(&r));
    if (rv_str_eq(mode, RV_STR("ROTATE")))
        RV_TRY(next_in_rotation(tx, team_id, &next));
    else if (rv_str_eq(mode, RV_STR("MEMBER")) && member.p != NULL) {
        RV_TRY(rv_person_works(tx, member, &ok));
        next = ok ? member : RV_NONE_STR;
    }
    if (next.p == NULL)
        return RV_OK;
    *ret_user_id = next;
    return rv_sql_exec(tx, &team_member_sql[Q_STAMP], NULL, RV_ARGS(rv_tx_now(tx), team_id, next));
}

/* ---- joining and leaving --------------------------------------------------------------------- */

struct membership {
    rv_str team_id, user_id, availability;
};

/* Oneself may join a team that is open; members and administrators add and remove anybody. */
static rv_status judge(struct rv_tx *tx, const struct membership *m, const struct rv_team *t)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str me = rv_user_id(cx);
    bool member = false;
    if (me.p != NULL)
        RV_TRY(rv_team_has(tx, m->team_id, me, &member));
    unsigned relations = member ? RV_REL_MEMBER : 0u;
    if (me.p != NULL && rv_str_eq(me, m->user_id) && !t->invite_only)
        relations |= RV_REL_SETTING;
    return rv_authz(cx, tx, RV_A_TEAM_MEMBERS,
                    (struct rv_object){
                        .id = m->team_id, .relations = relations, .visible = true });
}

static rv_status changed(struct rv_tx *tx, const struct rv_team *t, rv_str user_id,
                         rv_str user_name, const char *what)
{
    RV_TRY(rv_team_touch(tx, t->id));
    return rv_event_add(tx, "reeve.team.update", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Team", .id = t->id, .name = t->name },
                                   { .type = "User", .id = user_id, .name = user_name }),
                        rv_printf(rv_tx_cx(tx), "{\"member\":\"%s\"}", what));
}

/* N13: to whoever was added by somebody else. */
static rv_status tell(struct rv_tx *tx, const struct rv_team *t, const struct rv_person *p)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str lines[] = {
        rv_printf(cx, "You are now a member of the team \"%.*s\".", RV_FMT(t->name)),
        RV_STR("Its members look after the requests that come to it: you see them on the team "
               "board, and may be the assignee of the next one."),
    };
    struct rv_notice n = {
        .kind = "N13",
        .key = rv_printf(cx, "team:%.*s:added:%" PRId64, RV_FMT(t->id), rv_tx_now(tx)),
        .title = rv_printf(cx, "You were added to the team \"%.*s\"", RV_FMT(t->name)),
        .lines = lines,
        .lines_n = RV_LEN(lines),
        .button = RV_STR("Open the team"),
        .href = rv_printf(cx, "/settings/teams/%.*s", RV_FMT(t->id)),
    };
    return rv_notice_send(tx, &n, &p->id, 1);
}

static rv_status put_tx(struct rv_tx *tx, void *arg)
{
    const struct membership *m = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_team t;
    struct rv_person p;
    struct rv_rows r;
    bool found, already;
    rv_str now = RV_NONE_STR;
    RV_TRY(rv_team_require(tx, m->team_id, &t));
    RV_TRY(judge(tx, m, &t));
    RV_TRY(person(tx, m->user_id, &found, &p));
    if (!found)
        return rv_not_found(cx, m->user_id, "User");
    RV_TRY(rv_sql_first(tx, &team_member_sql[Q_HAS], &r, &already, RV_ARGS(m->team_id, p.id)));
    if (already) {
        now = rv_col_str(&r, 0);
        RV_TRY(rv_rows_end(&r));
    } else if (!works(&p))
        return rv_fail(cx, RV_CONFLICT, "%.*s is not active (%.*s) and cannot join a team",
                       RV_FMT(p.name), RV_FMT(p.status));
    rv_str availability = m->availability.p != NULL ? m->availability
                          : now.p != NULL           ? now
                                                    : RV_STR("AVAILABLE");
    if (already && rv_str_eq(availability, now))
        return RV_OK;
    RV_TRY(rv_sql_exec(tx, &team_member_sql[Q_PUT], NULL, RV_ARGS(m->team_id, p.id, availability)));
    RV_TRY(changed(tx, &t, p.id, p.name, already ? "AVAILABILITY" : "ADDED"));
    return already ? RV_OK : tell(tx, &t, &p);
}

rv_status rv_team_put_member(struct rv_cx *cx, rv_str id, rv_str user_id, rv_str availability)
{
    struct membership m = { id, user_id, availability };
    return rv_store_write(cx, put_tx, &m);
}

static rv_status remove_tx(struct rv_tx *tx, void *arg)
{
    const struct membership *m = arg;
    struct rv_team t;
    struct rv_person p;
    bool found, is;
    RV_TRY(rv_team_require(tx, m->team_id, &t));
    RV_TRY(judge(tx, m, &t));
    RV_TRY(rv_team_has(tx, m->team_id, m->user_id, &is));
    if (!is)
        return rv_not_found(rv_tx_cx(tx), m->user_id, "TeamMember");
    RV_TRY(person(tx, m->user_id, &found, &p));
    RV_TRY(rv_sql_exec(tx, &team_member_sql[Q_REMOVE], NULL, RV_ARGS(m->team_id, m->user_id)));
    RV_TRY(rv_sql_exec(tx, &team_member_sql[Q_UNASSIGN], NULL, RV_ARGS(m->team_id, m->user_id)));
    return changed(tx, &t, m->user_id, found ? p.name : m->user_id, "REMOVED");
}

rv_status rv_team_remove_member(struct rv_cx *cx, rv_str id, rv_str user_id)
{
    struct membership m = { .team_id = id, .user_id = user_id };
    return rv_store_write(cx, remove_tx, &m);
}

rv_status rv_team_drop_members(struct rv_tx *tx, rv_str team_id)
{
    return rv_sql_exec(tx, &team_member_sql[Q_DROP], NULL, RV_ARGS(team_id));
}

rv_status rv_team_set_excluded(struct rv_tx *tx, rv_str team_id, const json_t *ids)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    size_t i;
    json_t *id;
    RV_TRY(rv_sql_exec(tx, &team_member_sql[Q_CLEAR_EXCLUDED], NULL, RV_ARGS(team_id)));
    json_array_foreach(ids, i, id)
    {
        int64_t n = 0;
        const char *pointer = rv_z(cx, rv_printf(cx, "/assignment/excluded/%zu", i));
        if (!json_is_string(id))
            return rv_fail_field(cx, pointer, "INVALID_TYPE", "name a member by id");
        RV_TRY(rv_sql_exec(tx, &team_member_sql[Q_EXCLUDE], &n, RV_ARGS(team_id, rv_json_str(id))));
        if (n == 0)
            return rv_fail_field(cx, pointer, "NOT_A_MEMBER", "%s is not a member of the team",
                                 json_string_value(id));
    }
    return RV_OK;
}

rv_status rv_teams_of(struct rv_tx *tx, rv_str user_id, rv_str **ret, size_t *ret_n)
{
    struct rv_rows r;
    rv_str *ids = NULL;
    size_t n = 0, size = 0;
    bool full = false;
    RV_TRY(rv_sql_query(tx, &team_member_sql[Q_OF], &r, RV_ARGS(user_id)));
    while (!full && rv_rows_next(&r)) {
        if (n == size) {
            rv_str *more = RV_NEW_N(rv_tx_cx(tx), rv_str, size * 2 + 8);
            full = more == NULL;
            if (full)
                continue;
            if (n > 0)
                memcpy(more, ids, n * sizeof *ids);
            ids = more;
            size = size * 2 + 8;
        }
        ids[n++] = rv_col_str(&r, 0);
    }
    RV_TRY(rv_rows_end(&r));
    *ret = ids;
    *ret_n = n;
    return full ? RV_BUSY : RV_OK;
}
