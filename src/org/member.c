/* org/member.c: who can be a member of a role: users, groups, applications, and how clients write
 * them down.
 *
 * Members come as the URL of the object below this organisation's base URL; anything else is an
 * input error. An application needs the feature "Assign admin roles to apps" (access-requests.md
 * 10). */
#include "org/org_int.h"

enum { Q_BUILT_IN, Q_N };
static const struct rv_sql member_sql[Q_N] = {
    [Q_BUILT_IN] = {
        .name = "member_built_in",
        .text = "SELECT 1 AS one FROM grp WHERE id = :id AND type = 'BUILT_IN'",
        .in = "id:text", .out = "one:int",
    },
};
RV_SQL_MODULE(member, member_sql);

const struct rv_member_kind_info rv_member_kinds[RV_MEMBER_N] = {
    [RV_MEMBER_USER] = { "USER", "USER", "/api/v1/users/", "user.account.privilege.grant", "user.account.privilege.revoke", "User", "User",
                         "workflows.user.role.user.add", "workflows.user.role.user.remove" },
    [RV_MEMBER_GROUP] = { "GROUP", "GROUP", "/api/v1/groups/", "group.privilege.grant", "group.privilege.revoke", "UserGroup", "UserGroup",
                          "workflows.user.role.group.add", "workflows.user.role.group.remove" },
    [RV_MEMBER_APP] = { "APP", "CLIENT", "/oauth2/v1/clients/", "app.oauth2.client.privilege.grant", "app.oauth2.client.privilege.revoke", "AppInstance",
                        "OAuth2AppInstance", NULL, NULL },
};

enum rv_member_kind rv_member_kind_of(rv_str name)
{
    for (int k = 0; k < RV_MEMBER_N; k++) {
        if (rv_str_eq(name, rv_str_of(rv_member_kinds[k].name)))
            return (enum rv_member_kind)k;
    }
    return RV_MEMBER_USER;
}

static rv_status load_user(struct rv_tx *tx, struct rv_role_member *m, bool *ret_found)
{
    struct rv_person p;
    RV_TRY(rv_person_find(tx, m->id, ret_found, &p));
    if (*ret_found) {
        m->id = p.id;
        m->name = p.name;
    }
    return RV_OK;
}

static rv_status load_app(struct rv_tx *tx, struct rv_role_member *m, bool *ret_found)
{
    struct rv_app_row a;
    RV_TRY(rv_app_get_row(tx, m->id, ret_found, &a));
    if (*ret_found)
        m->name = a.label;
    return RV_OK;
}

rv_status rv_member_load(struct rv_tx *tx, enum rv_member_kind kind, rv_str id,
                         struct rv_role_member *ret)
{
    bool found = false;
    *ret = (struct rv_role_member){ .kind = kind, .id = id };
    if (kind == RV_MEMBER_USER)
        RV_TRY(load_user(tx, ret, &found));
    else if (kind == RV_MEMBER_GROUP)
        RV_TRY(rv_group_name(tx, id, &found, &ret->name));
    else
        RV_TRY(load_app(tx, ret, &found));
    if (!found)
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND, "Not found: Resource not found: %.*s (%s)",
                       RV_FMT(id), rv_member_kinds[kind].wire_kind);
    return RV_OK;
}

rv_status rv_member_load_or_id(struct rv_tx *tx, enum rv_member_kind kind, rv_str id,
                               struct rv_role_member *ret)
{
    rv_status st = rv_member_load(tx, kind, id, ret);
    if (st != RV_NOT_FOUND)
        return st;
    rv_error_clear(rv_tx_cx(tx));
    *ret = (struct rv_role_member){ .kind = kind, .id = id, .name = id };
    return RV_OK;
}

rv_status rv_member_tell_flows(struct rv_tx *tx, bool grant, const struct rv_role_member *m,
                               const char *role_target, rv_str role_id, rv_str role_label)
{
    const struct rv_member_kind_info *k = &rv_member_kinds[m->kind];
    const char *event = grant ? k->flows_grant_event : k->flows_revoke_event;
    if (event == NULL)
        return RV_OK;
    return rv_event_add(tx, event, true, RV_NONE_STR,
                        RV_TARGETS({ .type = k->target, .id = m->id, .name = m->name },
                                   { .type = role_target, .id = role_id, .name = role_label }),
                        RV_NONE_STR);
}

static rv_status check_group(struct rv_tx *tx, const struct rv_role_member *m, const char *pointer)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    bool built_in;
    RV_TRY(rv_sql_first(tx, &member_sql[Q_BUILT_IN], &r, &built_in, RV_ARGS(m->id)));
    if (!built_in)
        return RV_OK;
    RV_TRY(rv_rows_end(&r));
    (void)rv_fail_field(cx, pointer, "INVALID_VALUE",
                        "Roles cannot be granted to built-in groups: %.*s", RV_FMT(m->name));
    rv_fail_code(cx, "E0000211");
    return RV_INVALID;
}

rv_status rv_member_may_hold(struct rv_tx *tx, const struct rv_role_member *m, const char *pointer)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    if (m->kind == RV_MEMBER_GROUP)
        return check_group(tx, m, pointer);
    if (m->kind == RV_MEMBER_USER || rv_feature_on(cx->env, "iam.app_role_assignments"))
        return RV_OK;
    return rv_fail_field(cx, pointer, "FEATURE_OFF",
                         "members: an application cannot hold a role while the feature Assign "
                         "admin roles to apps is off (Settings > Features)");
}

rv_status rv_member_of_url(struct rv_tx *tx, rv_str url, const char *pointer,
                           struct rv_role_member *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str base = rv_base_url(cx);
    rv_str path = rv_str_starts(url, base) ? rv_str_sub(url, base.n, url.n) : RV_NONE_STR;
    for (int k = 0; path.p != NULL && k < RV_MEMBER_N; k++) {
        rv_str prefix = rv_str_of(rv_member_kinds[k].path);
        rv_str id = rv_str_starts(path, prefix) ? rv_str_sub(path, prefix.n, path.n) : RV_NONE_STR;
        if (id.n == 0 || memchr(id.p, '/', id.n) != NULL)
            continue;
        rv_status st = rv_member_load(tx, (enum rv_member_kind)k, id, ret);
        if (st == RV_NOT_FOUND)
            return rv_fail_field(cx, pointer, "NOT_FOUND", "members: there is no %s %.*s",
                                 rv_member_kinds[k].wire_kind, RV_FMT(id));
        return st;
    }
    return rv_fail_field(cx, pointer, "INVALID_VALUE",
                         "members: %.*s is not the URL of a user, group or client of this "
                         "organisation (%.*s/api/v1/users/… , /api/v1/groups/…, "
                         "/oauth2/v1/clients/…)",
                         (int)(url.n < 200 ? url.n : 200), url.p != NULL ? url.p : "",
                         RV_FMT(base));
}
