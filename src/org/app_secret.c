/* org/app_secret.c: client secrets of applications (api.md 14): at most two, so that one can be
 * changed without a gap.
 *
 * Stored sealed, shown when they are made and never again; the list names them by their hash. */
#include "org/org_int.h"

enum { Q_LIST, Q_GET, Q_INSERT, Q_STATUS, Q_DELETE, Q_END, Q_SEALED, Q_RESEAL, Q_N };
#define COLUMNS "id, secret, status, created_at, updated_at"
#define OUT "id:text secret:text status:text created_at:time updated_at:time"
static const struct rv_sql secret_sql[Q_N] = {
    [Q_LIST] = { .name = "app_secret_list", .text = "SELECT " COLUMNS " FROM app_secret WHERE app_id = :app_id ORDER BY created_at, id LIMIT 3", .in = "app_id:text", .out = OUT },
    [Q_GET] = { .name = "app_secret_get", .text = "SELECT " COLUMNS " FROM app_secret WHERE id = :id AND app_id = :app_id", .in = "id:text app_id:text", .out = OUT },
    [Q_INSERT] = {
        .name = "app_secret_insert",
        .text = "INSERT INTO app_secret (id, app_id, secret, status, created_at, updated_at) VALUES (:id, :app_id, :secret, :status, :now, :now)",
        .in = "id:text app_id:text secret:text status:text now:time",
    },
    [Q_STATUS] = { .name = "app_secret_status", .text = "UPDATE app_secret SET status = :status, updated_at = :now WHERE id = :id", .in = "status:text now:time id:text" },
    [Q_DELETE] = { .name = "app_secret_delete", .text = "DELETE FROM app_secret WHERE id = :id", .in = "id:text" },
    [Q_END] = { .name = "app_secret_end", .text = "DELETE FROM app_secret WHERE app_id = :app_id", .in = "app_id:text" },
    [Q_SEALED] = { .name = "app_secret_sealed", .text = "SELECT id, app_id AS holder, secret AS sealed FROM app_secret ORDER BY id", .out = RV_SEALED_OUT },
    [Q_RESEAL] = { .name = "app_secret_reseal", .text = "UPDATE app_secret SET secret = :sealed WHERE id = :id", .in = RV_SEALED_IN },
};
RV_SQL_MODULE(app_secret, secret_sql);

enum { SECRET_BYTES = 48, SECRETS_MAX = 2 };
#define AAD(cx, app_id) rv_printf((cx), "app|%.*s|secret|1", RV_FMT(app_id))

static rv_str secret_aad(struct rv_cx *cx, rv_str app_id)
{
    return AAD(cx, app_id);
}
const struct rv_sealed rv_sealed_app_secret = { "a secret of the application", &secret_sql[Q_SEALED], &secret_sql[Q_RESEAL], secret_aad };

rv_str rv_app_secret_new(struct rv_cx *cx)
{
    uint8_t bytes[SECRET_BYTES];
    rv_random(bytes, sizeof bytes);
    rv_str s = rv_base64url(cx, (rv_str){ (const char *)bytes, sizeof bytes });
    explicit_bzero(bytes, sizeof bytes);
    return s;
}

rv_status rv_app_secret_insert(struct rv_tx *tx, rv_str app_id, rv_str id, rv_str secret,
                               rv_str status)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str sealed;
    RV_TRY(rv_seal(cx, cx->env->keys, AAD(cx, app_id), secret, &sealed));
    return rv_sql_exec(tx, &secret_sql[Q_INSERT], NULL,
                       RV_ARGS(id, app_id, sealed, status, rv_tx_now(tx)));
}

rv_status rv_app_secrets_end(struct rv_tx *tx, rv_str app_id)
{
    return rv_sql_exec(tx, &secret_sql[Q_END], NULL, RV_ARGS(app_id));
}

struct row {
    rv_str id, secret, status; /* secret: open */
    int64_t created_at, updated_at;
};

static rv_status read_row(struct rv_rows *r, rv_str app_id, struct row *s)
{
    struct rv_cx *cx = rv_tx_cx(r->tx);
    *s = (struct row){ .id = rv_col_str(r, 0),
                       .status = rv_col_str(r, 2),
                       .created_at = rv_col_int(r, 3),
                       .updated_at = rv_col_int(r, 4) };
    return rv_unseal(cx, cx->env->keys, AAD(cx, app_id), rv_col_str(r, 1), &s->secret);
}

static rv_status read_all(struct rv_tx *tx, rv_str app_id, struct row ret[SECRETS_MAX + 1],
                          size_t *ret_n)
{
    struct rv_rows r;
    rv_status st = RV_OK;
    size_t n = 0;
    RV_TRY(rv_sql_query(tx, &secret_sql[Q_LIST], &r, RV_ARGS(app_id)));
    while (st == RV_OK && n <= SECRETS_MAX && rv_rows_next(&r))
        st = read_row(&r, app_id, &ret[n++]);
    RV_TRY(rv_rows_end(&r));
    *ret_n = n;
    return st;
}

rv_status rv_app_secret_is(struct rv_tx *tx, rv_str app_id, rv_str secret, bool *ret)
{
    struct row rows[SECRETS_MAX + 1];
    uint8_t given[32], known[32];
    size_t n;
    *ret = false;
    RV_TRY(read_all(tx, app_id, rows, &n));
    rv_sha256(secret, given);
    for (size_t i = 0; i < n; i++) {
        rv_sha256(rows[i].secret, known); /* of one length: the comparison tells nothing */
        if (rv_str_eq(rows[i].status, RV_STR("ACTIVE")) &&
            rv_same_secret((rv_str){ (const char *)given, 32 },
                           (rv_str){ (const char *)known, 32 }))
            *ret = true;
    }
    return RV_OK;
}

/* ---- showing --------------------------------------------------------------------------------- */

static void link_to(struct rv_jw *w, const char *name, rv_str href, const char *method)
{
    rv_jw_key(w, name);
    rv_jw_obj(w);
    rv_jw_kstr(w, "href", href);
    rv_jw_kraw(w, "hints", rv_str_of(method));
    rv_jw_obj_end(w);
}

static void write_secret(struct rv_cx *cx, rv_str app_id, const struct row *s, bool open,
                         struct rv_jw *w)
{
    rv_str self = rv_printf(cx, "%.*s/api/v1/apps/%.*s/credentials/secrets/%.*s",
                            RV_FMT(rv_base_url(cx)), RV_FMT(app_id), RV_FMT(s->id));
    bool active = rv_str_eq(s->status, RV_STR("ACTIVE"));
    uint8_t hash[32];
    rv_sha256(s->secret, hash);
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", s->id);
    rv_jw_ktime(w, "created", s->created_at);
    rv_jw_ktime(w, "lastUpdated", s->updated_at);
    rv_jw_kstr(w, "status", s->status);
    if (open)
        rv_jw_kstr(w, "client_secret", s->secret);
    rv_jw_kstr(w, "secret_hash", rv_base64url(cx, (rv_str){ (const char *)hash, 16 }));
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    link_to(w, active ? "deactivate" : "activate",
            rv_printf(cx, "%.*s/lifecycle/%s", RV_FMT(self), active ? "deactivate" : "activate"),
            "{\"allow\":[\"POST\"]}");
    if (!active)
        link_to(w, "delete", self, "{\"allow\":[\"DELETE\"]}");
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
}

struct secrets {
    rv_str app_id, id, secret, status;
    struct rv_jw *w;
    struct rv_app_row app;
    struct row row;
};

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct secrets *s = arg;
    struct row rows[SECRETS_MAX + 1];
    size_t n;
    RV_TRY(rv_app_judged(tx, s->app_id, RV_A_APP_READ, &s->app));
    RV_TRY(read_all(tx, s->app_id, rows, &n));
    for (size_t i = 0; i < n; i++)
        write_secret(rv_tx_cx(tx), s->app_id, &rows[i], false, s->w);
    return RV_OK;
}

rv_status rv_app_secret_list(struct rv_cx *cx, rv_str app_id, struct rv_jw *w)
{
    struct secrets s = { .app_id = app_id, .w = w };
    return rv_store_read(cx, list_tx, &s);
}

static rv_status find(struct rv_tx *tx, struct secrets *s, enum rv_action action)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_app_judged(tx, s->app_id, action, &s->app));
    RV_TRY(rv_sql_first(tx, &secret_sql[Q_GET], &r, &found, RV_ARGS(s->id, s->app_id)));
    if (!found)
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                       "Not found: Resource not found: %.*s (OAuth2ClientSecret)",
                       (int)(s->id.n < 100 ? s->id.n : 100), s->id.p);
    rv_status st = read_row(&r, s->app_id, &s->row);
    RV_TRY(rv_rows_end(&r));
    return st;
}

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    return find(tx, arg, RV_A_APP_READ);
}

rv_status rv_app_secret_get(struct rv_cx *cx, rv_str app_id, rv_str id, struct rv_jw *w)
{
    struct secrets s = { .app_id = app_id, .id = id };
    RV_TRY(rv_store_read(cx, get_tx, &s));
    write_secret(cx, app_id, &s.row, false, w);
    return RV_OK;
}

/* ---- changing -------------------------------------------------------------------------------- */

static rv_status tell(struct rv_tx *tx, const struct secrets *s, const char *what)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const struct rv_target t = { .type = "PublicClientApp",
                                 .id = s->app_id,
                                 .name = s->app.label,
                                 .alternate = rv_z(cx, s->app.label) };
    return rv_event_add(tx, "app.oauth2.client.lifecycle.update", true, RV_NONE_STR, &t, 1,
                        rv_printf(cx, "{\"clientSecret\":\"%s\",\"secretId\":\"%.*s\"}", what,
                                  RV_FMT(s->row.id)));
}

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    struct secrets *s = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct row rows[SECRETS_MAX + 1];
    size_t n;
    RV_TRY(rv_app_judged(tx, s->app_id, RV_A_APP_MANAGE, &s->app));
    RV_TRY(rv_guard_user(tx, s->app_id));
    if (!s->app.client)
        return rv_invalid(cx, "app", "", "Only an OAuth client has secrets");
    RV_TRY(read_all(tx, s->app_id, rows, &n));
    if (n >= SECRETS_MAX)
        return rv_invalid(cx, "secrets", "",
                          "You've reached the maximum number of client secrets per client: delete "
                          "one that is not active");
    RV_TRY(rv_app_secret_insert(tx, s->app_id, s->id, s->secret, s->status));
    s->row = (struct row){ s->id, s->secret, s->status, rv_tx_now(tx), rv_tx_now(tx) };
    return tell(tx, s, "made");
}

rv_status rv_app_secret_create(struct rv_cx *cx, rv_str app_id, const json_t *body, struct rv_jw *w)
{
    struct secrets s = { .app_id = app_id,
                         .id = rv_id_prefixed(cx, "ocs"),
                         .secret = rv_json_member_str(body, "client_secret"),
                         .status = rv_json_member_str(body, "status") };
    RV_TRY(rv_authz(cx, NULL, RV_A_APP_MANAGE, RV_OBJECT(app_id)));
    RV_TRY(rv_guard_recent(cx));
    if (body != NULL && !json_is_object(body))
        return rv_invalid(cx, "body", "", "body: Must be an object, or nothing");
    if (s.secret.p != NULL && (s.secret.n < 14 || s.secret.n > 100))
        return rv_invalid(cx, "client_secret", "/client_secret",
                          "client_secret: String length must be 14 to 100 characters");
    if (s.status.p == NULL)
        s.status = RV_STR("ACTIVE");
    if (!rv_str_eq(s.status, RV_STR("ACTIVE")) && !rv_str_eq(s.status, RV_STR("INACTIVE")))
        return rv_invalid(cx, "status", "/status", "status: ACTIVE or INACTIVE");
    if (s.secret.p == NULL)
        s.secret = rv_app_secret_new(cx);
    if (s.id.p == NULL || s.secret.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_write(cx, create_tx, &s));
    write_secret(cx, app_id, &s.row, true, w);
    return RV_OK;
}

static rv_status switch_tx(struct rv_tx *tx, void *arg)
{
    struct secrets *s = arg;
    RV_TRY(find(tx, s, RV_A_APP_MANAGE));
    RV_TRY(rv_guard_user(tx, s->app_id));
    RV_TRY(rv_sql_exec(tx, &secret_sql[Q_STATUS], NULL, RV_ARGS(s->status, rv_tx_now(tx), s->id)));
    s->row.status = s->status;
    s->row.updated_at = rv_tx_now(tx);
    return tell(tx, s, rv_str_eq(s->status, RV_STR("ACTIVE")) ? "activated" : "deactivated");
}

rv_status rv_app_secret_set_active(struct rv_cx *cx, rv_str app_id, rv_str id, bool active,
                                   struct rv_jw *w)
{
    struct secrets s = { .app_id = app_id,
                         .id = id,
                         .status = active ? RV_STR("ACTIVE") : RV_STR("INACTIVE") };
    RV_TRY(rv_store_write(cx, switch_tx, &s));
    write_secret(cx, app_id, &s.row, false, w);
    return RV_OK;
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    struct secrets *s = arg;
    RV_TRY(find(tx, s, RV_A_APP_MANAGE));
    RV_TRY(rv_guard_user(tx, s->app_id));
    if (rv_str_eq(s->row.status, RV_STR("ACTIVE")))
        return rv_invalid(rv_tx_cx(tx), "status", "", "The secret is active: deactivate it first");
    RV_TRY(rv_sql_exec(tx, &secret_sql[Q_DELETE], NULL, RV_ARGS(s->id)));
    return tell(tx, s, "deleted");
}

rv_status rv_app_secret_delete(struct rv_cx *cx, rv_str app_id, rv_str id)
{
    struct secrets s = { .app_id = app_id, .id = id };
    return rv_store_write(cx, delete_tx, &s);
}
