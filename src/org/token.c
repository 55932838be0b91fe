/* org/token.c: API tokens: made for oneself, shown once, used in "Authorization: SSWS …" (api.md 2,
 * 19; security.md 1.1).
 *
 * A token acts as the person who made it, with that person's rights at the time of the call, and
 * stops while the owner is not active. It dies after 30 days without use; to spare a write per
 * call, use is noted every ten minutes. */
#include "org/org_int.h"

enum { Q_AUTH, Q_TOUCH, Q_INSERT, Q_GET, Q_LIST, Q_UPDATE, Q_DELETE, Q_PURGE, Q_N };
#define COLUMNS "t.id, t.name, t.person_id, t.network, t.position, t.created_at, t.updated_at, t.used_at"
#define OUT "id:text name:text person_id:text network:text position:int created_at:time updated_at:time used_at:time"
static const struct rv_sql token_sql[Q_N] = {
    [Q_AUTH] = {
        .name = "api_token_auth",
        .text = "SELECT " RV_PRINCIPAL_COLUMNS ", t.id AS token, t.created_at, t.used_at FROM api_token t JOIN person p ON p.id = t.person_id "
                "WHERE t.hash = :hash",
        .in = "hash:text", .out = RV_PRINCIPAL_OUT " token:text created_at:time used_at:time",
    },
    [Q_TOUCH] = { .name = "api_token_touch", .text = "UPDATE api_token SET used_at = :now WHERE id = :id AND used_at < :now", .in = "now:time id:text" },
    [Q_INSERT] = {
        .name = "api_token_insert",
        .text = "INSERT INTO api_token (id, hash, person_id, name, network, position, created_at, updated_at, used_at) "
                "VALUES (:id, :hash, :person, :name, NULL, (SELECT COALESCE(MAX(position), 0) + 1 FROM api_token), :now, :now, :now)",
        .in = "id:text hash:text person:text name:text now:time",
    },
    [Q_GET] = {
        .name = "api_token_get",
        .text = "SELECT " COLUMNS " FROM api_token t WHERE t.id = :id AND t.used_at > :dead",
        .in = "id:text dead:time", .out = OUT,
    },
    [Q_LIST] = {
        .name = "api_token_list",
        .text = "SELECT " COLUMNS " FROM api_token t WHERE t.position > :after AND t.used_at > :dead AND (:all = 1 OR t.person_id = :me "
                "OR t.person_id IN (SELECT value FROM json_each(:ids))) ORDER BY t.position LIMIT :n",
        .in = "after:int dead:time all:bool me:text ids:text n:int", .out = OUT,
    },
    [Q_UPDATE] = {
        .name = "api_token_update",
        .text = "UPDATE api_token SET name = :name, network = :network, updated_at = :now WHERE id = :id",
        .in = "name:text network:text now:time id:text",
    },
    [Q_DELETE] = { .name = "api_token_delete", .text = "DELETE FROM api_token WHERE id = :id", .in = "id:text" },
    [Q_PURGE] = { .name = "api_token_purge", .text = "DELETE FROM api_token WHERE used_at <= :dead", .in = "dead:time" },
};
RV_SQL_MODULE(token, token_sql);

enum { SECRET = 40 };
#define TOUCH_MS INT64_C(600000)
#define WINDOW_MS (INT64_C(30) * 86400000)

/* ---- a request with a token ------------------------------------------------------------------ */

struct finding {
    rv_str hash, id;
    struct rv_principal *p;
    bool found, active;
    int64_t created_at, used_at;
};

static rv_status find_tx(struct rv_tx *tx, void *arg)
{
    struct finding *f = arg;
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &token_sql[Q_AUTH], &r, &f->found, RV_ARGS(f->hash)));
    if (!f->found)
        return RV_OK;
    f->active = rv_principal_read(&r, f->p);
    f->id = rv_col_str(&r, RV_PRINCIPAL_N);
    f->created_at = rv_col_int(&r, RV_PRINCIPAL_N + 1);
    f->used_at = rv_col_int(&r, RV_PRINCIPAL_N + 2);
    return rv_rows_end(&r);
}

static rv_status touch_tx(struct rv_tx *tx, void *arg)
{
    const struct finding *f = arg;
    return rv_sql_exec(tx, &token_sql[Q_TOUCH], NULL, RV_ARGS(rv_tx_now(tx), f->id));
}

static rv_status auth_token(struct rv_cx *cx, rv_str secret, rv_str peer)
{
    struct finding f = { .hash = rv_secret_name(cx, "token", secret),
                         .p = RV_NEW(cx, struct rv_principal) };
    int64_t now = rv_now(cx->env);
    if (f.hash.p == NULL || f.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_read(cx, find_tx, &f));
    if (!f.found || !f.active || now - f.used_at >= WINDOW_MS)
        return rv_fail(cx, RV_BAD_TOKEN, "Invalid token provided");
    if (now - f.used_at >= TOUCH_MS)
        RV_TRY(rv_store_write(cx, touch_tx, &f));
    f.p->method = RV_AUTH_API_TOKEN;
    f.p->session_id = f.id;
    f.p->peer = rv_dup(cx, peer);
    f.p->auth_time = f.created_at;
    cx->principal = f.p;
    return RV_OK;
}

rv_status rv_auth_header(struct rv_cx *cx, rv_str authorization, rv_str peer)
{
    rv_str rest = rv_str_trim(authorization), scheme;
    bool two = rv_str_split(&rest, ' ', &scheme) && rest.p != NULL;
    if (two && rv_str_eq_nocase(scheme, RV_STR("SSWS")))
        return auth_token(cx, rv_str_trim(rest), peer);
    if (two && rv_str_eq_nocase(scheme, RV_STR("Bearer")))
        return rv_oauth_bearer(cx, rv_str_trim(rest), peer);
    return rv_fail(cx, RV_BAD_TOKEN, "Invalid token provided");
}

/* ---- rows ------------------------------------------------------------------------------------ */

struct token {
    rv_str id, name, person_id, network;
    int64_t position, created_at, updated_at, used_at;
};

static void read_row(struct rv_rows *r, struct token *t)
{
    *t = (struct token){ .id = rv_col_str(r, 0),
                         .name = rv_col_str(r, 1),
                         .person_id = rv_col_str(r, 2),
                         .network = rv_col_str(r, 3),
                         .position = rv_col_int(r, 4),
                         .created_at = rv_col_int(r, 5),
                         .updated_at = rv_col_int(r, 6),
                         .used_at = rv_col_int(r, 7) };
}

static void write_link(struct rv_jw *w, const char *name, rv_str href, bool can_delete)
{
    rv_jw_key(w, name);
    rv_jw_obj(w);
    rv_jw_kstr(w, "href", href);
    rv_jw_key(w, "hints");
    rv_jw_obj(w);
    rv_jw_key(w, "allow");
    rv_jw_arr(w);
    rv_jw_str(w, RV_STR("GET"));
    if (can_delete)
        rv_jw_str(w, RV_STR("DELETE"));
    rv_jw_arr_end(w);
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
}

static void write_token(struct rv_cx *cx, const struct token *t, rv_str secret, struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "name", t->name);
    rv_jw_kstr(w, "userId", t->person_id);
    rv_jw_kstr(w, "tokenWindow", RV_STR("P30D"));
    rv_jw_kraw(w, "network",
               t->network.p != NULL ? t->network : RV_STR("{\"connection\":\"ANYWHERE\"}"));
    rv_jw_kstr(w, "id", t->id);
    rv_jw_kstr(w, "clientName", RV_STR("Okta API"));
    rv_jw_ktime(w, "expiresAt", t->used_at + WINDOW_MS);
    rv_jw_ktime(w, "created", t->created_at);
    rv_jw_ktime(w, "lastUpdated", t->updated_at);
    if (secret.p != NULL)
        rv_jw_kstr(w, "token", secret);
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    write_link(w, "self", rv_href(cx, "/api/v1/api-tokens/%.*s", RV_FMT(t->id)), true);
    write_link(w, "user", rv_href(cx, "/api/v1/users/%.*s", RV_FMT(t->person_id)), false);
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
}

/* Finds the token and asks the judge about its owner; a refusal does not name the owner. */
static rv_status get(struct rv_tx *tx, rv_str id, enum rv_action action, struct token *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    bool found;
    struct rv_object o = { .id = RV_STR("none") };
    RV_TRY(rv_sql_first(tx, &token_sql[Q_GET], &r, &found, RV_ARGS(id, rv_tx_now(tx) - WINDOW_MS)));
    if (found) {
        read_row(&r, ret);
        RV_TRY(rv_rows_end(&r));
        o.id = ret->person_id;
    }
    rv_status st = rv_authz(cx, tx, action, o);
    if (st == RV_OK && found)
        return RV_OK;
    if (st != RV_OK && st != RV_NOT_FOUND)
        return st;
    return rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (ApiToken)", RV_FMT(id));
}

static struct rv_target target_of(const struct token *t)
{
    return (struct rv_target){ .type = "Token", .id = t->id, .name = t->name };
}

static rv_status check_name(struct rv_cx *cx, rv_str name)
{
    int64_t max = rv_access_limit("apiToken.name");
    if (rv_str_trim(name).n == 0)
        return rv_fail_field(cx, "/name", "REQUIRED_PROPERTY_MISSING",
                             "name: say what the token is for");
    if ((int64_t)rv_utf8_count(name) > max)
        return rv_fail_field(cx, "/name", "TOO_LONG", "name: at most %" PRId64 " characters", max);
    return RV_OK;
}

/* ---- making ---------------------------------------------------------------------------------- */

struct creation {
    struct token t;
    rv_str hash;
};

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    struct creation *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    RV_TRY(rv_authz(cx, tx, RV_A_TOKEN_CREATE_OWN, RV_NO_OBJECT));
    c->t.created_at = c->t.updated_at = c->t.used_at = rv_tx_now(tx);
    RV_TRY(rv_sql_exec(tx, &token_sql[Q_PURGE], NULL, RV_ARGS(rv_tx_now(tx) - WINDOW_MS)));
    RV_TRY(rv_sql_exec(tx, &token_sql[Q_INSERT], NULL,
                       RV_ARGS(c->t.id, c->hash, c->t.person_id, c->t.name, rv_tx_now(tx))));
    struct rv_target t = target_of(&c->t);
    return rv_event_add(tx, "system.api_token.create", true, RV_NONE_STR, &t, 1, RV_NONE_STR);
}

static rv_str new_secret(struct rv_cx *cx)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    char text[2 + SECRET] = "00";
    for (size_t n = 2; n < sizeof text;) {
        uint8_t byte;
        rv_random(&byte, 1);
        if (byte < 248) /* 4 × 62: every digit is as likely as the others */
            text[n++] = digits[byte % 62];
    }
    rv_str s = rv_dup(cx, (rv_str){ text, sizeof text });
    explicit_bzero(text, sizeof text);
    return s;
}

rv_status rv_token_create(struct rv_cx *cx, rv_str name, struct rv_jw *w)
{
    struct creation c = { .t = { .id = rv_id_prefixed(cx, "00T"), .name = name } };
    rv_str secret = new_secret(cx);
    RV_TRY(rv_authz(cx, NULL, RV_A_TOKEN_CREATE_OWN, RV_NO_OBJECT));
    if (cx->principal == NULL || cx->principal->kind != RV_USER)
        return rv_fail(cx, RV_FORBIDDEN,
                       "A token belongs to a person: sign in as the person it is for");
    RV_TRY(check_name(cx, name));
    RV_TRY(rv_guard_recent(cx));
    c.t.person_id = cx->principal->id;
    c.hash = rv_secret_name(cx, "token", secret);
    if (c.t.id.p == NULL || c.hash.p == NULL || secret.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_write(cx, create_tx, &c));
    write_token(cx, &c.t, secret, w);
    return RV_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct list {
    struct rv_cx *cx;
    struct rv_iam_page *page;
    struct rv_jw *w;
};

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_scope scope;
    struct rv_rows r;
    struct token t;
    int64_t after;
    RV_TRY(rv_authz_list(l->cx, tx, RV_A_TOKEN_READ, &scope));
    RV_TRY(rv_page_position(l->cx, l->page, &after));
    rv_str me = l->cx->principal != NULL ? l->cx->principal->id : RV_STR("");
    RV_TRY(rv_sql_query(tx, &token_sql[Q_LIST], &r,
                        RV_ARGS(after, rv_tx_now(tx) - WINDOW_MS, scope.all, me, scope.ids,
                                l->page->limit + 1)));
    for (int n = 0; rv_rows_next(&r); n++) {
        if (rv_page_full(l->cx, l->page, n, after))
            break;
        read_row(&r, &t);
        write_token(l->cx, &t, RV_NONE_STR, l->w);
        after = t.position;
    }
    return rv_rows_end(&r);
}

rv_status rv_token_list(struct rv_cx *cx, struct rv_iam_page *page, struct rv_jw *w)
{
    struct list l = { cx, page, w };
    return rv_store_read(cx, list_tx, &l);
}

struct one {
    rv_str id, name;
    const json_t *network;
    struct token t;
};

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    struct one *o = arg;
    return get(tx, o->id, RV_A_TOKEN_READ, &o->t);
}

rv_status rv_token_get(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct one o = { .id = id };
    RV_TRY(rv_store_read(cx, get_tx, &o));
    write_token(cx, &o.t, RV_NONE_STR, w);
    return RV_OK;
}

/* ---- changing, revoking ---------------------------------------------------------------------- */

static rv_status apply(struct rv_cx *cx, struct one *o)
{
    if (o->name.p != NULL) {
        RV_TRY(check_name(cx, o->name));
        o->t.name = o->name;
    }
    if (o->network == NULL)
        return RV_OK;
    if (!rv_str_eq(rv_json_member_str(o->network, "connection"), RV_STR("ANYWHERE")))
        return rv_fail_field(cx, "/network/connection", "INVALID_VALUE",
                             "connection: only ANYWHERE is available, there are no network zones");
    o->t.network = RV_STR("{\"connection\":\"ANYWHERE\"}");
    return RV_OK;
}

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    struct one *o = arg;
    RV_TRY(get(tx, o->id, RV_A_TOKEN_MANAGE, &o->t));
    RV_TRY(rv_guard_user(tx, o->t.person_id));
    RV_TRY(apply(rv_tx_cx(tx), o));
    o->t.updated_at = rv_tx_now(tx);
    RV_TRY(rv_sql_exec(tx, &token_sql[Q_UPDATE], NULL,
                       RV_ARGS(o->t.name, o->t.network, rv_tx_now(tx), o->id)));
    struct rv_target t = target_of(&o->t);
    return rv_event_add(tx, "system.api_token.update", true, RV_NONE_STR, &t, 1, RV_NONE_STR);
}

rv_status rv_token_update(struct rv_cx *cx, rv_str id, rv_str name, const json_t *network,
                          struct rv_jw *w)
{
    struct one o = { .id = id, .name = name, .network = network };
    RV_TRY(rv_store_write(cx, update_tx, &o));
    write_token(cx, &o.t, RV_NONE_STR, w);
    return RV_OK;
}

static rv_status revoke_tx(struct rv_tx *tx, void *arg)
{
    struct one *o = arg;
    RV_TRY(get(tx, o->id, RV_A_TOKEN_MANAGE, &o->t));
    RV_TRY(rv_guard_user(tx, o->t.person_id));
    RV_TRY(rv_sql_exec(tx, &token_sql[Q_DELETE], NULL, RV_ARGS(o->id)));
    struct rv_target t = target_of(&o->t);
    return rv_event_add(tx, "system.api_token.revoke", true, RV_NONE_STR, &t, 1, RV_NONE_STR);
}

rv_status rv_token_revoke(struct rv_cx *cx, rv_str id)
{
    struct one o = { .id = id };
    return rv_store_write(cx, revoke_tx, &o);
}

rv_status rv_token_revoke_current(struct rv_cx *cx)
{
    if (cx->principal == NULL || cx->principal->method != RV_AUTH_API_TOKEN) {
        RV_TRY(rv_authz(cx, NULL, RV_A_TOKEN_MANAGE,
                        RV_OBJECT(cx->principal != NULL ? cx->principal->id : RV_NONE_STR)));
        return rv_fail(cx, RV_FORBIDDEN, "Call this with the token that is to be revoked");
    }
    return rv_token_revoke(cx, cx->principal->session_id);
}
