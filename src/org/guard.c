/* org/guard.c: the rules that keep anybody from ending with more rights than they had
 * (security.md 2.5).
 *
 * They are asked inside the transaction that changes something, beside the judge: the judge says
 * whether one may do this at all, these whether one may do it to this very object. The process
 * itself (start-up, jobs) is not held by them. */
#include "org/org_int.h"

enum { Q_SUPER_LEFT, Q_CARRIES, Q_IN_GROUP, Q_N };
static const struct rv_sql guard_sql[Q_N] = {
    [Q_SUPER_LEFT] = {
        .name = "guard_super_left",
        .text = "SELECT 1 AS one FROM role_grant g JOIN person p ON p.id = g.member_id OR p.id IN "
                "(SELECT m.person_id FROM grp_member m WHERE m.group_id = g.member_id) "
                "WHERE g.type = 'SUPER_ADMIN' AND p.status = 'ACTIVE' AND (:without IS NULL OR p.id <> :without) LIMIT 1",
        .in = "without:text", .out = "one:int",
    },
    [Q_CARRIES] = {
        .name = "guard_carries",
        .text = "SELECT EXISTS (SELECT 1 FROM role_grant g WHERE g.member_id = :id OR g.member_id IN (SELECT group_id FROM grp_member WHERE person_id = :id)) "
                "OR EXISTS (SELECT 1 FROM role_member m WHERE m.member_id = :id OR m.member_id IN (SELECT group_id FROM grp_member WHERE person_id = :id)) "
                "AS carries",
        .in = "id:text", .out = "carries:bool",
    },
    [Q_IN_GROUP] = {
        .name = "guard_in_group",
        .text = "SELECT 1 AS one FROM grp_member WHERE group_id = :group AND person_id = :person",
        .in = "group:text person:text", .out = "one:int",
    },
};
RV_SQL_MODULE(guard, guard_sql);

enum { RECENT_MS = 900000 };

static bool unbound(const struct rv_cx *cx)
{
    return cx->root || (cx->principal != NULL && cx->principal->kind == RV_SYSTEM);
}

rv_status rv_guard_recent(struct rv_cx *cx)
{
    const struct rv_principal *p = cx->principal;
    if (unbound(cx) || p == NULL || p->method != RV_AUTH_SESSION ||
        rv_now(cx->env) - p->auth_time <= RECENT_MS)
        return RV_OK;
    return rv_fail(cx, RV_FORBIDDEN,
                   "You signed in more than 15 minutes ago; sign in again to do this");
}

rv_status rv_guard_last_super(struct rv_tx *tx, rv_str without_person)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &guard_sql[Q_SUPER_LEFT], &r, &found, RV_ARGS(without_person)));
    if (found)
        return rv_rows_end(&r);
    (void)rv_fail(rv_tx_cx(tx), RV_FORBIDDEN,
                  "The last active super administrator cannot be removed or deactivated; make "
                  "somebody else one first");
    rv_fail_code(rv_tx_cx(tx), "E0000038");
    return RV_FORBIDDEN;
}

static rv_status carries(struct rv_tx *tx, rv_str id, bool *ret)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &guard_sql[Q_CARRIES], &r, &found, RV_ARGS(id)));
    *ret = found && rv_col_bool(&r, 0);
    return found ? rv_rows_end(&r) : RV_OK;
}

rv_status rv_guard_user(struct rv_tx *tx, rv_str person_id)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    bool administrator;
    if (unbound(cx) || (cx->principal != NULL &&
                        (cx->principal->super_admin || rv_str_eq(cx->principal->id, person_id))))
        return RV_OK;
    RV_TRY(carries(tx, person_id, &administrator));
    return administrator
               ? rv_fail(cx, RV_FORBIDDEN,
                         "Only a super administrator may do this to another administrator")
               : RV_OK;
}

rv_status rv_guard_group(struct rv_tx *tx, rv_str group_id)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    bool administrators;
    if (unbound(cx) || (cx->principal != NULL && cx->principal->super_admin))
        return RV_OK;
    RV_TRY(carries(tx, group_id, &administrators));
    return administrators ? rv_fail(cx, RV_FORBIDDEN,
                                    "The group carries an administrator role: only a super "
                                    "administrator may change who is in it")
                          : RV_OK;
}

rv_status rv_guard_self(struct rv_tx *tx, rv_str member_id)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    bool found;
    if (unbound(cx) || cx->principal == NULL)
        return RV_OK;
    if (!rv_str_eq(cx->principal->id, member_id)) {
        RV_TRY(rv_sql_first(tx, &guard_sql[Q_IN_GROUP], &r, &found,
                            RV_ARGS(member_id, cx->principal->id)));
        if (!found)
            return RV_OK;
        RV_TRY(rv_rows_end(&r));
    }
    return rv_fail(cx, RV_FORBIDDEN,
                   "Nobody changes an assignment that names themselves or a group they are in; ask "
                   "another super administrator");
}
