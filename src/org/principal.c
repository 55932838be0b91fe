/* org/principal.c: who acts: the record of a person or an application, with what they are read for
 * this very request.
 *
 * Sessions and tokens read the same columns in the statement that finds them (session.c, token.c),
 * so that a request costs one look-up. Nothing is kept across requests (security.md 1.5). */
#include "org/org_int.h"

enum { Q_USER, Q_APP, Q_N };
static const struct rv_sql principal_sql[Q_N] = {
    [Q_USER] = {
        .name = "principal_user",
        .text = "SELECT " RV_PRINCIPAL_COLUMNS " FROM person p WHERE p.id = :id",
        .in = "id:text", .out = RV_PRINCIPAL_OUT,
    },
    [Q_APP] = {
        .name = "principal_app",
        .text = "SELECT a.id, a.label, a.status, EXISTS (SELECT 1 FROM role_grant g WHERE g.member_id = a.id AND g.type = 'SUPER_ADMIN') AS super, "
                "EXISTS (SELECT 1 FROM role_grant g WHERE g.member_id = a.id) OR EXISTS (SELECT 1 FROM role_member m WHERE m.member_id = a.id) AS admin "
                "FROM app a WHERE a.id = :id",
        .in = "id:text", .out = "id:text label:text status:text super:bool admin:bool",
    },
};
RV_SQL_MODULE(principal, principal_sql);

const struct rv_principal rv_principal_system = {
    .kind = RV_SYSTEM, .method = RV_AUTH_LOCAL, .id = RV_STR_INIT("system"), .name = RV_STR_INIT("Reeve"), .super_admin = true, .administrator = true,
};

bool rv_principal_read(struct rv_rows *r, struct rv_principal *ret)
{
    rv_str first = rv_col_str(r, 4), last = rv_col_str(r, 5);
    struct rv_cx *cx = rv_tx_cx(r->tx);
    *ret = (struct rv_principal){
        .kind = RV_USER,
        .id = rv_col_str(r, 0),
        .login = rv_col_str(r, 2),
        .email = rv_col_str(r, 3),
        .super_admin = rv_col_int(r, 6) == 2,
        .administrator = rv_col_int(r, 6) > 0,
    };
    ret->name = rv_str_trim(rv_printf(cx, "%.*s %.*s", RV_FMT(first), RV_FMT(last)));
    if (ret->name.n == 0)
        ret->name = ret->login;
    return rv_str_eq(rv_col_ref(r, 1), RV_STR("ACTIVE"));
}

struct reading {
    rv_str id;
    struct rv_principal *p;
    bool found, active;
};

static rv_status user_tx(struct rv_tx *tx, void *arg)
{
    struct reading *g = arg;
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &principal_sql[Q_USER], &r, &g->found, RV_ARGS(g->id)));
    if (!g->found)
        return RV_OK;
    g->active = rv_principal_read(&r, g->p);
    return rv_rows_end(&r);
}

static rv_status app_tx(struct rv_tx *tx, void *arg)
{
    struct reading *g = arg;
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &principal_sql[Q_APP], &r, &g->found, RV_ARGS(g->id)));
    if (!g->found)
        return RV_OK;
    *g->p = (struct rv_principal){ .kind = RV_APP,
                                   .method = RV_AUTH_LOCAL,
                                   .id = rv_col_str(&r, 0),
                                   .name = rv_col_str(&r, 1),
                                   .super_admin = rv_col_bool(&r, 3),
                                   .administrator = rv_col_bool(&r, 4) };
    g->active = rv_str_eq(rv_col_ref(&r, 2), RV_STR("ACTIVE"));
    return rv_rows_end(&r);
}

/* tx: a snapshot that is open, or NULL. */
static rv_status load(struct rv_cx *cx, struct rv_tx *tx, rv_tx_fn *fn, rv_str id, const char *kind,
                      const struct rv_principal **ret)
{
    struct reading g = { .id = id, .p = RV_NEW(cx, struct rv_principal) };
    if (g.p == NULL)
        return RV_BUSY;
    RV_TRY(tx != NULL ? fn(tx, &g) : rv_store_read(cx, fn, &g));
    if (!g.found)
        return rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (%s)", RV_FMT(id),
                       kind);
    if (!g.active)
        return rv_fail(cx, RV_FORBIDDEN, "%.*s is not active", RV_FMT(g.p->name));
    g.p->method = RV_AUTH_LOCAL;
    g.p->auth_time = rv_now(cx->env);
    *ret = g.p;
    return RV_OK;
}

rv_status rv_principal_of_user(struct rv_cx *cx, rv_str user_id, const struct rv_principal **ret)
{
    return load(cx, NULL, user_tx, user_id, "User", ret);
}

rv_status rv_principal_of_user_in(struct rv_tx *tx, rv_str user_id, const struct rv_principal **ret)
{
    return load(rv_tx_cx(tx), tx, user_tx, user_id, "User", ret);
}

rv_status rv_principal_access_requests(struct rv_cx *cx, const struct rv_principal **ret)
{
    return load(cx, NULL, app_tx, cx->env->org->access_requests_app, "AppInstance", ret);
}

rv_status rv_principal_access_requests_in(struct rv_tx *tx, const struct rv_principal **ret)
{
    return load(rv_tx_cx(tx), tx, app_tx, rv_tx_cx(tx)->env->org->access_requests_app,
                "AppInstance", ret);
}

bool rv_principal_is_access_requests(const struct rv_cx *cx)
{
    return cx->principal != NULL && cx->principal->kind == RV_APP &&
           rv_str_eq(cx->principal->id, cx->env->org->access_requests_app);
}

rv_status rv_principal_of_app(struct rv_cx *cx, rv_str app_id, const struct rv_principal **ret)
{
    return load(cx, NULL, app_tx, app_id, "AppInstance", ret);
}
