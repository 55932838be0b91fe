/* org/app_grant.c: the scopes that an administrator lets a service application ask for (api.md 2,
 * 14).
 *
 * A grant gives nothing by itself: what an application may do is what its roles allow, and of that
 * what the scopes of its token name (security.md 2.3). The words are in scope.c. */
#include "org/org_int.h"

enum { Q_GET, Q_LIST, Q_INSERT, Q_DELETE, Q_SCOPES, Q_END, Q_N };
#define COLUMNS "id, app_id, scope, created_at, created_by"
#define OUT "id:text app_id:text scope:text created_at:time created_by:text"
static const struct rv_sql grant_sql[Q_N] = {
    [Q_GET] = { .name = "app_grant_get", .text = "SELECT " COLUMNS " FROM app_grant WHERE id = :id AND app_id = :app_id", .in = "id:text app_id:text", .out = OUT },
    [Q_LIST] = { .name = "app_grant_list", .text = "SELECT " COLUMNS " FROM app_grant WHERE app_id = :app_id ORDER BY scope LIMIT 200", .in = "app_id:text", .out = OUT },
    [Q_INSERT] = {
        .name = "app_grant_insert",
        .text = "INSERT INTO app_grant (id, app_id, scope, created_at, created_by) VALUES (:id, :app_id, :scope, :now, :by) ON CONFLICT (app_id, scope) DO NOTHING",
        .in = "id:text app_id:text scope:text now:time by:text",
    },
    [Q_DELETE] = { .name = "app_grant_delete", .text = "DELETE FROM app_grant WHERE id = :id", .in = "id:text" },
    [Q_SCOPES] = { .name = "app_grant_scopes", .text = "SELECT scope FROM app_grant WHERE app_id = :app_id ORDER BY scope LIMIT 200", .in = "app_id:text", .out = "scope:text" },
    [Q_END] = { .name = "app_grant_end", .text = "DELETE FROM app_grant WHERE app_id = :app_id", .in = "app_id:text" },
};
RV_SQL_MODULE(app_grant, grant_sql);

rv_status rv_app_scopes(struct rv_tx *tx, rv_str app_id, rv_str *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    rv_str all = RV_STR("");
    RV_TRY(rv_sql_query(tx, &grant_sql[Q_SCOPES], &r, RV_ARGS(app_id)));
    while (rv_rows_next(&r))
        all = rv_printf(cx, "%.*s%s%.*s", RV_FMT(all), all.n > 0 ? " " : "",
                        RV_FMT(rv_col_str(&r, 0)));
    *ret = all;
    return rv_rows_end(&r);
}

rv_status rv_app_grants_end(struct rv_tx *tx, rv_str app_id)
{
    return rv_sql_exec(tx, &grant_sql[Q_END], NULL, RV_ARGS(app_id));
}

/* ---- showing --------------------------------------------------------------------------------- */

struct row {
    rv_str id, app_id, scope, created_by;
    int64_t created_at;
};

static void read_row(struct rv_rows *r, struct row *g)
{
    *g = (struct row){ .id = rv_col_str(r, 0),
                       .app_id = rv_col_str(r, 1),
                       .scope = rv_col_str(r, 2),
                       .created_at = rv_col_int(r, 3),
                       .created_by = rv_col_str(r, 4) };
}

static void link_to(struct rv_jw *w, const char *name, rv_str href, rv_str title)
{
    rv_jw_key(w, name);
    rv_jw_obj(w);
    rv_jw_kstr(w, "href", href);
    if (title.p != NULL)
        rv_jw_kstr(w, "title", title);
    rv_jw_obj_end(w);
}

static void write_grant(struct rv_cx *cx, const struct row *g, rv_str label, struct rv_jw *w)
{
    rv_str base = rv_base_url(cx),
           app = rv_printf(cx, "%.*s/api/v1/apps/%.*s", RV_FMT(base), RV_FMT(g->app_id));
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", g->id);
    rv_jw_kstr(w, "status", RV_STR("ACTIVE"));
    rv_jw_ktime(w, "created", g->created_at);
    rv_jw_key(w, "createdBy");
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", g->created_by);
    rv_jw_kstr(w, "type",
               rv_str_starts(g->created_by, RV_STR("0oa")) ? RV_STR("App") : RV_STR("User"));
    rv_jw_obj_end(w);
    rv_jw_ktime(w, "lastUpdated", g->created_at);
    rv_jw_kstr(w, "issuer", base);
    rv_jw_kstr(w, "clientId", g->app_id);
    rv_jw_kstr(w, "scopeId", g->scope);
    rv_jw_kstr(w, "source", RV_STR("ADMIN"));
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    link_to(w, "app", app, label);
    link_to(w, "self", rv_printf(cx, "%.*s/grants/%.*s", RV_FMT(app), RV_FMT(g->id)), RV_NONE_STR);
    link_to(w, "client",
            rv_printf(cx, "%.*s/oauth2/v1/clients/%.*s", RV_FMT(base), RV_FMT(g->app_id)), label);
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
}

struct grants {
    rv_str app_id, id, scope;
    struct rv_jw *w;
    struct rv_app_row app;
    struct row row;
};

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct grants *g = arg;
    struct rv_rows r;
    struct row row;
    RV_TRY(rv_app_judged(tx, g->app_id, RV_A_APP_READ, &g->app));
    RV_TRY(rv_sql_query(tx, &grant_sql[Q_LIST], &r, RV_ARGS(g->app_id)));
    while (rv_rows_next(&r)) {
        read_row(&r, &row);
        write_grant(rv_tx_cx(tx), &row, g->app.label, g->w);
    }
    return rv_rows_end(&r);
}

rv_status rv_app_grant_list(struct rv_cx *cx, rv_str app_id, struct rv_jw *w)
{
    struct grants g = { .app_id = app_id, .w = w };
    return rv_store_read(cx, list_tx, &g);
}

static rv_status find(struct rv_tx *tx, struct grants *g, enum rv_action action)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_app_judged(tx, g->app_id, action, &g->app));
    RV_TRY(rv_sql_first(tx, &grant_sql[Q_GET], &r, &found, RV_ARGS(g->id, g->app_id)));
    if (!found)
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                       "Not found: Resource not found: %.*s (OAuth2ScopeConsentGrant)",
                       (int)(g->id.n < 100 ? g->id.n : 100), g->id.p);
    read_row(&r, &g->row);
    return rv_rows_end(&r);
}

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    return find(tx, arg, RV_A_APP_READ);
}

rv_status rv_app_grant_get(struct rv_cx *cx, rv_str app_id, rv_str id, struct rv_jw *w)
{
    struct grants g = { .app_id = app_id, .id = id };
    RV_TRY(rv_store_read(cx, get_tx, &g));
    write_grant(cx, &g.row, g.app.label, w);
    return RV_OK;
}

/* ---- granting, revoking ---------------------------------------------------------------------- */

static rv_status tell(struct rv_tx *tx, const char *type, const struct grants *g)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const struct rv_target t = { .type = "PublicClientApp",
                                 .id = g->app_id,
                                 .name = g->app.label,
                                 .alternate = rv_z(cx, g->app.label) };
    return rv_event_add(tx, type, true, RV_NONE_STR, &t, 1,
                        rv_printf(cx, "{\"scopes\":\"%.*s\"}", RV_FMT(g->row.scope)));
}

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    struct grants *g = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    int64_t made;
    RV_TRY(rv_app_judged(tx, g->app_id, RV_A_APP_MANAGE, &g->app));
    RV_TRY(rv_guard_user(tx, g->app_id)); /* scopes make the roles of the application usable (security.md 2.5d) */
    g->row =
        (struct row){ .id = g->id,
                      .app_id = g->app_id,
                      .scope = g->scope,
                      .created_at = rv_tx_now(tx),
                      .created_by = cx->principal != NULL ? cx->principal->id : RV_STR("system") };
    RV_TRY(rv_sql_exec(tx, &grant_sql[Q_INSERT], &made,
                       RV_ARGS(g->id, g->app_id, g->scope, rv_tx_now(tx), g->row.created_by)));
    if (made == 0)
        return rv_invalid(cx, "scopeId", "/scopeId",
                          "scopeId: the application has this scope already");
    return tell(tx, "app.oauth2.admin.consent.grant", g);
}

rv_status rv_app_grant_create(struct rv_cx *cx, rv_str app_id, const json_t *body, struct rv_jw *w)
{
    struct grants g = { .app_id = app_id,
                        .id = rv_id_prefixed(cx, "oag"),
                        .scope = rv_json_member_str(body, "scopeId") };
    rv_str issuer = rv_json_member_str(body, "issuer");
    RV_TRY(rv_authz(cx, NULL, RV_A_APP_MANAGE, RV_OBJECT(app_id)));
    RV_TRY(rv_guard_recent(cx));
    if (!rv_scope_is_known(g.scope))
        return rv_invalid(cx, "scopeId", "/scopeId", "scopeId: there is no scope %.*s",
                          (int)(g.scope.n < 100 ? g.scope.n : 100),
                          g.scope.p != NULL ? g.scope.p : "");
    if (issuer.p != NULL && !rv_str_eq(issuer, rv_base_url(cx)))
        return rv_invalid(cx, "issuer", "/issuer", "issuer: it must be %.*s",
                          RV_FMT(rv_base_url(cx)));
    if (g.id.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_write(cx, create_tx, &g));
    write_grant(cx, &g.row, g.app.label, w);
    return RV_OK;
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    struct grants *g = arg;
    RV_TRY(find(tx, g, RV_A_APP_MANAGE));
    RV_TRY(rv_guard_user(tx, g->app_id));
    RV_TRY(rv_sql_exec(tx, &grant_sql[Q_DELETE], NULL, RV_ARGS(g->id)));
    return tell(tx, "app.oauth2.admin.consent.revoke", g);
}

rv_status rv_app_grant_delete(struct rv_cx *cx, rv_str app_id, rv_str id)
{
    struct grants g = { .app_id = app_id, .id = id };
    return rv_store_write(cx, delete_tx, &g);
}
