/* org/session.c: signing in with a password, and the browser session that comes of it
 * (security.md 1.4, 1.5).
 *
 * The cookie is 256 random bits; the row is named by a keyed hash of them, so that the database
 * alone opens no session. The token that writes must carry (CSRF) is another keyed hash of the same
 * name and needs no row. A failed sign-in says nothing about why: an unknown login costs one hash,
 * too. Failures are counted in memory by login and by address. */
#include "org/org_int.h"

#include <pthread.h>
#include <stdlib.h>

enum { Q_FIND, Q_INSERT, Q_TOUCH, Q_DELETE, Q_DELETE_OF, Q_PURGE, Q_SETUP_OF, Q_TOKENS_OF, Q_N };
static const struct rv_sql session_sql[Q_N] = {
    [Q_FIND] = {
        .name = "session_find",
        .text = "SELECT " RV_PRINCIPAL_COLUMNS ", s.created_at, s.used_at FROM session s JOIN person p ON p.id = s.person_id WHERE s.id = :id",
        .in = "id:text", .out = RV_PRINCIPAL_OUT " created_at:time used_at:time",
    },
    [Q_INSERT] = {
        .name = "session_insert",
        .text = "INSERT INTO session (id, person_id, peer, created_at, used_at) VALUES (:id, :person, :peer, :now, :now)",
        .in = "id:text person:text peer:text now:time",
    },
    [Q_TOUCH] = { .name = "session_touch", .text = "UPDATE session SET used_at = :now WHERE id = :id AND used_at < :now", .in = "now:time id:text" },
    [Q_DELETE] = { .name = "session_delete", .text = "DELETE FROM session WHERE id = :id", .in = "id:text" },
    [Q_DELETE_OF] = { .name = "session_delete_of", .text = "DELETE FROM session WHERE person_id = :id", .in = "id:text" },
    [Q_PURGE] = { .name = "session_purge", .text = "DELETE FROM session WHERE used_at < :before", .in = "before:time" },
    [Q_SETUP_OF] = { .name = "session_setup_of", .text = "DELETE FROM setup_link WHERE person_id = :id", .in = "id:text" },
    [Q_TOKENS_OF] = { .name = "session_tokens_of", .text = "DELETE FROM api_token WHERE person_id = :id", .in = "id:text" },
};
RV_SQL_MODULE(session, session_sql);

enum { TOUCH_MS = 60000, COOKIE_BYTES = 32 };

rv_str rv_secret_name(struct rv_cx *cx, const char *kind, rv_str secret)
{
    uint8_t mac[32];
    rv_str data = rv_printf(cx, "%s|%.*s", kind, RV_FMT(secret));
    rv_hmac(cx->env->keys, RV_KEY_TOKEN, data, mac);
    return rv_hex(cx, mac, sizeof mac);
}

rv_str rv_secret_new(struct rv_cx *cx)
{
    uint8_t bytes[COOKIE_BYTES];
    rv_random(bytes, sizeof bytes);
    rv_str text = rv_base64url(cx, (rv_str){ (const char *)bytes, sizeof bytes });
    explicit_bzero(bytes, sizeof bytes);
    return text;
}

rv_str rv_session_csrf(struct rv_cx *cx)
{
    uint8_t mac[32];
    rv_hmac(cx->env->keys, RV_KEY_CURSOR,
            rv_printf(cx, "csrf|%.*s", RV_FMT(cx->principal->session_id)), mac);
    return rv_base64url(cx, (rv_str){ (const char *)mac, sizeof mac });
}

/* ---- a request with a cookie ----------------------------------------------------------------- */

struct finding {
    rv_str id;
    struct rv_principal *p;
    bool found, active;
    int64_t created_at, used_at;
};

static rv_status find_tx(struct rv_tx *tx, void *arg)
{
    struct finding *f = arg;
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &session_sql[Q_FIND], &r, &f->found, RV_ARGS(f->id)));
    if (!f->found)
        return RV_OK;
    f->active = rv_principal_read(&r, f->p);
    f->created_at = rv_col_int(&r, RV_PRINCIPAL_N);
    f->used_at = rv_col_int(&r, RV_PRINCIPAL_N + 1);
    return rv_rows_end(&r);
}

static rv_status touch_tx(struct rv_tx *tx, void *arg)
{
    const struct finding *f = arg;
    return rv_sql_exec(tx, &session_sql[Q_TOUCH], NULL, RV_ARGS(rv_tx_now(tx), f->id));
}

rv_status rv_auth_cookie(struct rv_cx *cx, rv_str cookie_value, rv_str peer)
{
    struct finding f = { .id = rv_secret_name(cx, "session", cookie_value),
                         .p = RV_NEW(cx, struct rv_principal) };
    int64_t now = rv_now(cx->env);
    if (f.id.p == NULL || f.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_read(cx, find_tx, &f));
    if (!f.found || !f.active || now - f.used_at > rv_config_int(cx->env, "session.idle") ||
        now - f.created_at > rv_config_int(cx->env, "session.absolute"))
        return rv_fail(cx, RV_NO_SESSION, "Invalid session");
    if (now - f.used_at >= TOUCH_MS) /* at most one write a minute, so that "idle" has the grain of a minute */
        RV_TRY(rv_store_write(cx, touch_tx, &f));
    f.p->method = RV_AUTH_SESSION;
    f.p->session_id = f.id;
    f.p->peer = rv_dup(cx, peer);
    f.p->auth_time = f.created_at;
    cx->principal = f.p;
    return RV_OK;
}

/* ---- opening and closing --------------------------------------------------------------------- */

rv_status rv_session_insert(struct rv_tx *tx, rv_str person_id, rv_str peer, rv_str cookie)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str id = rv_secret_name(cx, "session", cookie);
    int64_t longest = rv_config_int(cx->env, "session.idle");
    if (id.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_sql_exec(tx, &session_sql[Q_PURGE], NULL, RV_ARGS(rv_tx_now(tx) - longest)));
    RV_TRY(
        rv_sql_exec(tx, &session_sql[Q_INSERT], NULL, RV_ARGS(id, person_id, peer, rv_tx_now(tx))));
    return rv_person_signed_in(tx, person_id);
}

struct signing {
    rv_str login, password, peer, cookie;
    struct rv_person person;
    rv_str encoded;
    bool found;
};

static rv_status candidate_tx(struct rv_tx *tx, void *arg)
{
    struct signing *s = arg;
    RV_TRY(rv_person_find(tx, s->login, &s->found, &s->person));
    return s->found ? rv_password_encoded(tx, s->person.id, &s->encoded) : RV_OK;
}

static rv_status open_tx(struct rv_tx *tx, void *arg)
{
    struct signing *s = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_person now;
    rv_str encoded;
    RV_TRY(rv_person_get(tx, s->person.id, &now));
    RV_TRY(rv_password_encoded(tx, s->person.id, &encoded));
    if (!rv_str_eq(now.status, RV_STR("ACTIVE")) || !rv_str_eq(encoded, s->encoded))
        return rv_fail(cx, RV_UNAUTHENTICATED, "Authentication failed");
    RV_TRY(rv_session_insert(tx, s->person.id, s->peer, s->cookie));
    return rv_event_add(tx, "user.session.start", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "User",
                                     .id = now.id,
                                     .name = now.name,
                                     .alternate = rv_z(cx, now.login) }),
                        RV_NONE_STR);
}

static rv_status refused_tx(struct rv_tx *tx, void *arg)
{
    const struct signing *s = arg;
    const char *login = rv_z(rv_tx_cx(tx), rv_utf8_cut(s->login, 200));
    rv_str id = s->found ? s->person.id : RV_STR("unknown");
    return rv_event_add(
        tx, "user.session.start", false, RV_STR("INVALID_CREDENTIALS"),
        RV_TARGETS({ .type = "User", .id = id, .name = rv_str_of(login), .alternate = login }),
        RV_NONE_STR);
}

/* Costs the same whether the login exists or not: a hash is made when there is nothing to compare
 * with. */
static rv_status compare(struct rv_cx *cx, const struct signing *s, bool *ret)
{
    rv_str ignored;
    *ret = false;
    if (!s->found || s->encoded.p == NULL || s->password.n > 4096)
        return rv_password_hash(cx, RV_STR("nobody has this password"), &ignored);
    RV_TRY(rv_password_verify(cx, s->encoded, s->password, ret));
    *ret = *ret && rv_str_eq(s->person.status, RV_STR("ACTIVE"));
    return RV_OK;
}

static rv_status acts_as(struct rv_cx *cx, const struct signing *s)
{
    struct rv_principal *p = RV_NEW(cx, struct rv_principal);
    if (p == NULL)
        return RV_BUSY;
    *p = (struct rv_principal){ .kind = RV_USER,
                                .method = RV_AUTH_SESSION,
                                .id = s->person.id,
                                .name = s->person.name,
                                .login = s->person.login,
                                .email = s->person.email,
                                .session_id = rv_secret_name(cx, "session", s->cookie),
                                .peer = s->peer,
                                .auth_time = rv_now(cx->env) };
    cx->principal = p; /* for the event; rights are read at the next request */
    return RV_OK;
}

rv_status rv_session_open(struct rv_cx *cx, rv_str login, rv_str password, rv_str peer,
                          rv_str *ret_cookie)
{
    struct signing s = { .login = rv_str_trim(login),
                         .password = password,
                         .peer = rv_dup(cx, peer) };
    bool same;
    RV_TRY(rv_logins_allow(cx, s.login, peer));
    RV_TRY(rv_store_read(cx, candidate_tx, &s));
    RV_TRY(compare(cx, &s, &same));
    if (!same) {
        rv_logins_failed(cx, s.login, peer);
        RV_TRY(rv_store_write(cx, refused_tx, &s));
        return rv_fail(cx, RV_UNAUTHENTICATED, "Authentication failed");
    }
    s.cookie = rv_secret_new(cx);
    if (s.cookie.p == NULL)
        return RV_BUSY;
    RV_TRY(acts_as(cx, &s));
    rv_status st = rv_store_write(cx, open_tx, &s);
    if (st != RV_OK) {
        cx->principal = NULL;
        return st;
    }
    rv_logins_succeeded(cx, s.login);
    *ret_cookie = s.cookie;
    return RV_OK;
}

static rv_status close_tx(struct rv_tx *tx, void *arg)
{
    const rv_str *id = arg;
    const struct rv_principal *p = rv_tx_cx(tx)->principal;
    int64_t changed;
    RV_TRY(rv_sql_exec(tx, &session_sql[Q_DELETE], &changed, RV_ARGS(*id)));
    if (changed == 0)
        return RV_OK;
    return rv_event_add(tx, "user.session.end", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "User",
                                     .id = p->id,
                                     .name = p->name,
                                     .alternate = rv_z(rv_tx_cx(tx), p->login) }),
                        RV_NONE_STR);
}

rv_status rv_session_close(struct rv_cx *cx, rv_str session_id)
{
    RV_TRY(rv_authz(cx, NULL, RV_A_SESSION, RV_NO_OBJECT));
    if (cx->principal == NULL || !rv_str_eq(cx->principal->session_id, session_id))
        return rv_fail(cx, RV_FORBIDDEN, "Only one's own session can be ended here");
    return rv_store_write(cx, close_tx, &session_id);
}

rv_status rv_sessions_end(struct rv_tx *tx, rv_str person_id)
{
    return rv_sql_exec(tx, &session_sql[Q_DELETE_OF], NULL, RV_ARGS(person_id));
}

rv_status rv_access_end(struct rv_tx *tx, rv_str person_id, bool forever)
{
    RV_TRY(rv_sql_exec(tx, &session_sql[Q_DELETE_OF], NULL, RV_ARGS(person_id)));
    RV_TRY(rv_sql_exec(tx, &session_sql[Q_SETUP_OF], NULL, RV_ARGS(person_id)));
    if (!forever)
        return RV_OK; /* tokens ask for the owner's status at each use */
    RV_TRY(rv_sql_exec(tx, &session_sql[Q_TOKENS_OF], NULL, RV_ARGS(person_id)));
    RV_TRY(rv_password_delete(tx, person_id));
    return rv_roles_end(tx, "USER", person_id);
}

/* ---- failures -------------------------------------------------------------------------------- */

/* A fixed table by hash: two keys that meet share a slot, which can only delay. */
enum { SLOTS = 4096 };
struct slot {
    int64_t since; /* of the first failure that counts */
    int64_t last;
    int32_t n;
};
struct rv_logins {
    pthread_mutex_t lock;
    uint64_t salt;
    struct slot by_login[SLOTS], by_peer[SLOTS];
};

rv_status rv_logins_open(struct rv_cx *cx, struct rv_org *o)
{
    o->logins = calloc(1, sizeof *o->logins);
    if (o->logins == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory");
    (void)pthread_mutex_init(&o->logins->lock, NULL);
    rv_random(&o->logins->salt, sizeof o->logins->salt);
    return RV_OK;
}

void rv_logins_free(struct rv_org *o)
{
    if (o->logins != NULL)
        (void)pthread_mutex_destroy(&o->logins->lock);
    free(o->logins);
    o->logins = NULL;
}

static struct slot *slot_of(struct rv_cx *cx, struct slot *table, rv_str key)
{
    uint8_t digest[32];
    uint64_t h;
    rv_sha256(rv_printf(cx, "%" PRIx64 "%.*s", cx->env->org->logins->salt,
                        RV_FMT(rv_fold(cx, key))),
              digest);
    memcpy(&h, digest, sizeof h);
    return &table[h % SLOTS];
}

static void forget(struct slot *s, int64_t now, int64_t window)
{
    if (s->n > 0 && now - s->since > window && now - s->last > window)
        *s = (struct slot){ 0 };
}

/* 1, 2, 4 … seconds behind the allowed number of failures, 15 minutes at most. */
static int64_t wait_ms(const struct slot *s, int64_t allowed, int64_t now)
{
    if (allowed == 0 || s->n < allowed)
        return 0;
    int64_t over = s->n - allowed, wait = over < 10 ? INT64_C(1000) << over : 900000;
    return s->last + wait > now ? s->last + wait - now : 0;
}

rv_status rv_logins_allow(struct rv_cx *cx, rv_str login, rv_str peer)
{
    struct rv_logins *l = cx->env->org->logins;
    int64_t now = rv_now(cx->env), window = rv_config_int(cx->env, "login.window"),
            per_peer = rv_config_int(cx->env, "login.per_address");
    (void)pthread_mutex_lock(&l->lock);
    struct slot *a = slot_of(cx, l->by_login, login), *b = slot_of(cx, l->by_peer, peer);
    forget(a, now, window);
    forget(b, now, 60000);
    int64_t wait = wait_ms(a, rv_config_int(cx->env, "login.failures"), now);
    if (per_peer > 0 && b->n >= per_peer && b->since + 60000 - now > wait)
        wait = b->since + 60000 - now;
    (void)pthread_mutex_unlock(&l->lock);
    if (wait <= 0)
        return RV_OK;
    return rv_fail(cx, RV_RATE, "Too many failed sign-ins; try again in %" PRId64 " seconds",
                   (wait + 999) / 1000);
}

static void count(struct slot *s, int64_t now)
{
    if (s->n == 0)
        s->since = now;
    s->last = now;
    s->n += s->n < INT32_MAX ? 1 : 0;
}

void rv_logins_failed(struct rv_cx *cx, rv_str login, rv_str peer)
{
    struct rv_logins *l = cx->env->org->logins;
    int64_t now = rv_now(cx->env);
    (void)pthread_mutex_lock(&l->lock);
    count(slot_of(cx, l->by_login, login), now);
    struct slot *b = slot_of(cx, l->by_peer, peer);
    forget(b, now, 60000);
    count(b, now);
    (void)pthread_mutex_unlock(&l->lock);
}

void rv_logins_succeeded(struct rv_cx *cx, rv_str login)
{
    struct rv_logins *l = cx->env->org->logins;
    (void)pthread_mutex_lock(&l->lock);
    *slot_of(cx, l->by_login, login) = (struct slot){ 0 };
    (void)pthread_mutex_unlock(&l->lock);
}
