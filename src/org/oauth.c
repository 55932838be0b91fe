/* org/oauth.c: the organisation as an authorisation server for service applications: tokens by
 * client credentials, and what calls with such a token are (api.md 2, 20;
 * security.md 1.1, 1.7, 2.3).
 *
 * An application shows who it is with an assertion that it signed with one of its registered keys;
 * scopes of the API are not given for a shared secret, which only introspects and revokes. A token
 * is a JSON web token under a key of this server; its jti is a row that every call looks up, so
 * revoking it counts at once, and so do a revoked grant and a switched-off application. */
#include "org/org_int.h"

enum { Q_APP, Q_KEYS, Q_KEY, Q_KEY_INSERT, Q_KEY_PURGE, Q_SEALED, Q_RESEAL, Q_TOKEN, Q_TOKEN_INSERT, Q_TOKEN_DELETE, Q_TOKEN_PURGE, Q_TOKEN_END, Q_ASSERTION, Q_ASSERTION_PURGE, Q_N };
static const struct rv_sql oauth_sql[Q_N] = {
    [Q_APP] = { .name = "oauth_app", .text = "SELECT label, status, body FROM app WHERE id = :id AND sign_on_mode = 'OPENID_CONNECT'", .in = "id:text", .out = "label:text status:text body:text" },
    [Q_KEYS] = { .name = "oauth_keys", .text = "SELECT id, jwk, sealed, created_at FROM oauth_key ORDER BY created_at DESC, id LIMIT 10", .out = "id:text jwk:text sealed:text created_at:time" },
    [Q_KEY] = { .name = "oauth_key_get", .text = "SELECT jwk FROM oauth_key WHERE id = :id", .in = "id:text", .out = "jwk:text" },
    [Q_KEY_INSERT] = { .name = "oauth_key_insert", .text = "INSERT INTO oauth_key (id, jwk, sealed, created_at) VALUES (:id, :jwk, :sealed, :now)", .in = "id:text jwk:text sealed:text now:time" },
    [Q_KEY_PURGE] = { .name = "oauth_key_purge", .text = "DELETE FROM oauth_key WHERE created_at < :before", .in = "before:time" },
    [Q_SEALED] = { .name = "oauth_key_sealed", .text = "SELECT id, id AS holder, sealed FROM oauth_key ORDER BY id", .out = RV_SEALED_OUT },
    [Q_RESEAL] = { .name = "oauth_key_reseal", .text = "UPDATE oauth_key SET sealed = :sealed WHERE id = :id", .in = RV_SEALED_IN },
    [Q_TOKEN] = { .name = "oauth_token_get", .text = "SELECT app_id, scopes, created_at, expires_at FROM oauth_token WHERE id = :id", .in = "id:text",
                  .out = "app_id:text scopes:text created_at:time expires_at:time" },
    [Q_TOKEN_INSERT] = { .name = "oauth_token_insert", .text = "INSERT INTO oauth_token (id, app_id, scopes, created_at, expires_at) VALUES (:id, :app_id, :scopes, :now, :expires_at)",
                         .in = "id:text app_id:text scopes:text now:time expires_at:time" },
    [Q_TOKEN_DELETE] = { .name = "oauth_token_delete", .text = "DELETE FROM oauth_token WHERE id = :id AND app_id = :app_id", .in = "id:text app_id:text" },
    [Q_TOKEN_PURGE] = { .name = "oauth_token_purge", .text = "DELETE FROM oauth_token WHERE expires_at <= :now", .in = "now:time" },
    [Q_TOKEN_END] = { .name = "oauth_token_end", .text = "DELETE FROM oauth_token WHERE app_id = :app_id", .in = "app_id:text" },
    [Q_ASSERTION] = { .name = "oauth_assertion_insert", .text = "INSERT INTO oauth_assertion (app_id, jti, expires_at) VALUES (:app_id, :jti, :expires_at) ON CONFLICT (app_id, jti) DO NOTHING",
                      .in = "app_id:text jti:text expires_at:time" },
    [Q_ASSERTION_PURGE] = { .name = "oauth_assertion_purge", .text = "DELETE FROM oauth_assertion WHERE expires_at <= :now", .in = "now:time" },
};
RV_SQL_MODULE(oauth, oauth_sql);

enum { LIFE_S = 3600, ASSERTION_LIFE_S = 3600, SKEW_S = 30, ASSERTION_MAX = 8192, TOKEN_MAX = 8192, SCOPES_MAX = 50 };

static rv_status refuse(struct rv_cx *cx, rv_status st, const char *word, const char *sentence)
{
    (void)rv_fail(cx, st, "%s", sentence);
    rv_fail_code(cx, word);
    return st;
}

static rv_status bad_client(struct rv_cx *cx, const char *sentence)
{
    return refuse(cx, RV_UNAUTHENTICATED, "invalid_client", sentence);
}

/* ---- keys of this server --------------------------------------------------------------------- */

/* A key signs once those who keep the list of keys for a while have seen it, and stays in the list
 * for more than a day after the next one has taken over (api.md 20). */
enum { SEEN_MS = 3600 * 1000, KEPT_MS = 25 * 3600 * 1000 };
struct key {
    rv_str id, jwk, sealed, pem;
    int64_t created_at; /* of the newest one */
    bool found;
};

#define KEY_AAD(cx, id) rv_printf((cx), "oauth_key|%.*s|sealed|1", RV_FMT(id))
static rv_str key_aad(struct rv_cx *cx, rv_str id)
{
    return KEY_AAD(cx, id);
}
const struct rv_sealed rv_sealed_oauth_key = { "the signing key", &oauth_sql[Q_SEALED], &oauth_sql[Q_RESEAL], key_aad };

/* The one that signs now: the newest that is old enough, else the oldest. */
static rv_status current_tx(struct rv_tx *tx, void *arg)
{
    struct key *k = arg;
    struct rv_rows r;
    int64_t now = rv_now(rv_tx_cx(tx)->env), at = now;
    k->found = false;
    RV_TRY(rv_sql_query(tx, &oauth_sql[Q_KEYS], &r, RV_ARGS()));
    while (rv_rows_next(&r)) {
        if (k->found && at <= now - SEEN_MS)
            continue;
        at = rv_col_int(&r, 3);
        if (!k->found)
            k->created_at = at;
        k->found = true;
        k->id = rv_col_str(&r, 0);
        k->sealed = rv_col_str(&r, 2);
    }
    return rv_rows_end(&r);
}

static bool is_due(const struct rv_cx *cx, const struct key *k)
{
    int64_t life = rv_config_int(cx->env, "oauth.key_life");
    return !k->found || (life > 0 && k->created_at <= rv_now(cx->env) - life);
}

/* Two that come first at once: one key is stored, and both use it. Keys before the one that is
 * taken over from have signed nothing for long. */
static rv_status keep_tx(struct rv_tx *tx, void *arg)
{
    const struct key *k = arg;
    struct key there;
    RV_TRY(current_tx(tx, &there));
    if (!is_due(rv_tx_cx(tx), &there))
        return RV_OK;
    if (there.found && there.created_at < rv_tx_now(tx) - KEPT_MS)
        RV_TRY(rv_sql_exec(tx, &oauth_sql[Q_KEY_PURGE], NULL, RV_ARGS(there.created_at)));
    RV_TRY(rv_sql_exec(tx, &oauth_sql[Q_KEY_INSERT], NULL,
                       RV_ARGS(k->id, k->jwk, k->sealed, rv_tx_now(tx))));
    return rv_event_add(tx, "app.oauth2.key.rollover", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "JsonWebKey", .id = k->id, .name = k->id }),
                        RV_NONE_STR);
}

static rv_status make_key(struct rv_cx *cx, struct key *k)
{
    rv_str n, e;
    uint8_t raw[32];
    rv_random(raw, sizeof raw);
    k->id = rv_base64url(cx, (rv_str){ (const char *)raw, sizeof raw });
    RV_TRY(rv_rsa_make(cx, &k->pem, &n, &e));
    k->jwk = rv_printf(cx,
                       "{\"kty\":\"RSA\",\"alg\":\"RS256\",\"kid\":\"%.*s\",\"use\":\"sig\",\"e\":"
                       "\"%.*s\",\"n\":\"%.*s\"}",
                       RV_FMT(k->id), RV_FMT(e), RV_FMT(n));
    RV_TRY(rv_seal(cx, cx->env->keys, KEY_AAD(cx, k->id), k->pem, &k->sealed));
    explicit_bzero((char *)(uintptr_t)k->pem.p, k->pem.n); /* our own copy */
    bool root = cx->root;
    cx->root = true; /* the server makes it, whoever asks at that moment */
    rv_status st = rv_store_write(cx, keep_tx, k);
    cx->root = root;
    return st;
}

static rv_status signing_key(struct rv_cx *cx, struct key *k)
{
    RV_TRY(rv_store_read(cx, current_tx, k));
    if (is_due(cx, k)) {
        struct key made = { .found = false };
        RV_TRY(make_key(cx, &made));
        RV_TRY(rv_store_read(cx, current_tx, k));
    }
    return rv_unseal(cx, cx->env->keys, KEY_AAD(cx, k->id), k->sealed, &k->pem);
}

static rv_status keys_tx(struct rv_tx *tx, void *arg)
{
    struct rv_jw *w = arg;
    struct rv_rows r;
    RV_TRY(rv_sql_query(tx, &oauth_sql[Q_KEYS], &r, RV_ARGS()));
    while (rv_rows_next(&r))
        rv_jw_raw(w, rv_col_str(&r, 1));
    return rv_rows_end(&r);
}

rv_status rv_oauth_keys(struct rv_cx *cx, struct rv_jw *w)
{
    struct key k = { .found = false };
    RV_TRY(signing_key(cx, &k)); /* there is one from the first look on */
    explicit_bzero((char *)(uintptr_t)k.pem.p, k.pem.n);
    rv_jw_obj(w);
    rv_jw_key(w, "keys");
    rv_jw_arr(w);
    RV_TRY(rv_store_read(cx, keys_tx, w));
    rv_jw_arr_end(w);
    rv_jw_obj_end(w);
    return RV_OK;
}

/* ---- who asks -------------------------------------------------------------------------------- */

struct client {
    struct rv_oauth_call *call;
    rv_str id, label, method, granted;
    const json_t *settings; /* settings.oauthClient */
    rv_str jti; /* of the assertion: keyed hash; absent: a secret was shown */
    int64_t expires_at;
    bool found, active, secret_fits;
};

static rv_status client_tx(struct rv_tx *tx, void *arg)
{
    struct client *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    json_t *body;
    rv_str text;
    RV_TRY(rv_sql_first(tx, &oauth_sql[Q_APP], &r, &c->found, RV_ARGS(c->id)));
    if (!c->found)
        return RV_OK;
    c->label = rv_col_str(&r, 0);
    c->active = rv_str_eq(rv_col_ref(&r, 1), RV_STR("ACTIVE"));
    text = rv_col_str(&r, 2);
    RV_TRY(rv_rows_end(&r));
    RV_TRY(rv_json_parse(cx, text, &rv_json_limits_import, &body));
    c->method =
        rv_json_member_str(json_object_get(json_object_get(body, "credentials"), "oauthClient"),
                           "token_endpoint_auth_method");
    c->settings = json_object_get(json_object_get(body, "settings"), "oauthClient");
    if (c->call->secret.n > 0)
        RV_TRY(rv_app_secret_is(tx, c->id, c->call->secret, &c->secret_fits));
    return rv_app_scopes(tx, c->id, &c->granted);
}

static bool whole(const json_t *claims, const char *name, int64_t *ret)
{
    const json_t *v = json_object_get(claims, name);
    *ret = json_is_integer(v) ? json_integer_value(v)
           : json_is_real(v) && json_real_value(v) > 0 && json_real_value(v) < 9e15
               ? (int64_t)json_real_value(v)
               : -1;
    return v != NULL;
}

/* security.md 1.7. */
static rv_status check_claims(struct rv_cx *cx, struct client *c, const struct rv_jwt *t)
{
    rv_str iss = rv_json_member_str(t->claims, "iss"), sub = rv_json_member_str(t->claims, "sub"),
           aud = rv_json_member_str(t->claims, "aud");
    rv_str jti = rv_json_member_str(t->claims, "jti"), base = rv_base_url(cx);
    int64_t now = rv_now(cx->env) / 1000, exp, at;
    if (!rv_str_eq(iss, c->id) || !rv_str_eq(sub, c->id))
        return bad_client(
            cx, "The client_assertion token must have iss and sub, both equal to the client id.");
    if (!rv_str_eq(aud, base) &&
        !rv_str_eq(aud, rv_printf(cx, "%.*s/oauth2/v1/token", RV_FMT(base))))
        return bad_client(cx, "The audience claim for client_assertion must be the endpoint "
                              "invoked for the request.");
    if (!whole(t->claims, "exp", &exp) || exp <= now)
        return bad_client(cx, "The client_assertion token is expired.");
    if (exp > now + ASSERTION_LIFE_S + SKEW_S)
        return bad_client(cx,
                          "The client_assertion token has an expiration too far into the future.");
    if ((whole(t->claims, "iat", &at) && (at < 0 || at > now + SKEW_S)) ||
        (whole(t->claims, "nbf", &at) && (at < 0 || at > now + SKEW_S)))
        return bad_client(cx, "The client_assertion token is not valid yet.");
    if (jti.n == 0 || jti.n > 256)
        return bad_client(cx, "The client_assertion token must have a jti of 1 to 256 characters.");
    c->jti = rv_secret_name(cx, "assertion", jti);
    c->expires_at = exp * 1000;
    return c->jti.p != NULL ? RV_OK : RV_BUSY;
}

/* The key that the token names, or the only one; names are nothing but a look-up among the
 * registered ones. */
static const json_t *key_named(const json_t *keys, rv_str kid)
{
    const json_t *found = NULL;
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const json_t *k = json_array_get(keys, i);
        if (rv_str_eq(rv_json_member_str(k, "status"), RV_STR("INACTIVE")) ||
            rv_str_eq(rv_json_member_str(k, "use"), RV_STR("enc")))
            continue;
        if (kid.n > 0 && !rv_str_eq(rv_json_member_str(k, "kid"), kid))
            continue;
        found = k;
        n++;
    }
    return n == 1 ? found : NULL;
}

static rv_status check_assertion(struct rv_cx *cx, struct client *c, const struct rv_jwt *t)
{
    const json_t *key =
        key_named(json_object_get(json_object_get(c->settings, "jwks"), "keys"), t->kid);
    if (!rv_str_eq(c->method, RV_STR("private_key_jwt")))
        return bad_client(cx, "The client is not registered for private_key_jwt.");
    if (key == NULL || !rv_jwt_verify(cx, t, key))
        return bad_client(
            cx,
            "The client_assertion signature is invalid: no registered key of the client made it.");
    return check_claims(cx, c, t);
}

static rv_status read_assertion(struct rv_cx *cx, const struct rv_oauth_call *o, struct rv_jwt *t)
{
    if (!rv_str_eq(o->assertion_type,
                   RV_STR("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")))
        return bad_client(cx, "client_assertion_type must be "
                              "urn:ietf:params:oauth:client-assertion-type:jwt-bearer.");
    if (o->secret.p != NULL || o->basic)
        return refuse(cx, RV_INVALID, "invalid_request",
                      "Cannot supply multiple client credentials: send the assertion alone.");
    if (o->assertion.n > ASSERTION_MAX)
        return bad_client(cx, "The client_assertion is longer than 8192 bytes.");
    if (rv_jwt_read(cx, o->assertion, t) != RV_OK) {
        const char *why = rv_error(cx)->message;
        rv_str sentence = rv_printf(cx, "The client_assertion is not taken: %s.",
                                    why != NULL ? why : "it cannot be read");
        rv_error_clear(cx);
        return bad_client(cx, rv_z(cx, sentence));
    }
    return RV_OK;
}

static rv_status check_client(struct rv_cx *cx, struct client *c)
{
    const struct rv_oauth_call *o = c->call;
    struct rv_jwt t = { .head = NULL };
    bool asserted = o->assertion.p != NULL;
    c->id = o->client_id;
    if (asserted) {
        RV_TRY(read_assertion(cx, o, &t));
        if (c->id.p != NULL && !rv_str_eq(c->id, rv_json_member_str(t.claims, "sub")))
            return bad_client(
                cx, "The client_id is another one than the subject of the client_assertion.");
        c->id = rv_json_member_str(t.claims, "sub");
    }
    if (c->id.n == 0 || c->id.n > 100)
        return bad_client(
            cx,
            "A client_id must be provided in the request, and with it an assertion or a secret.");
    RV_TRY(rv_store_read(cx, client_tx, c));
    if (!c->found || !c->active)
        return bad_client(
            cx, "Invalid value for 'client_id' parameter: there is no active client with it.");
    if (asserted)
        return check_assertion(cx, c, &t);
    if (!rv_str_starts(c->method, RV_STR("client_secret_")) ||
        rv_str_eq(c->method, RV_STR("client_secret_jwt")))
        return bad_client(
            cx, "The client is not registered for a secret; it has to send a client_assertion.");
    if (!rv_str_eq(c->method,
                   o->basic ? RV_STR("client_secret_basic") : RV_STR("client_secret_post")))
        return bad_client(cx, "The secret came another way than the client is registered for.");
    return c->secret_fits
               ? RV_OK
               : bad_client(cx, "The client secret supplied for a confidential client is invalid.");
}

static rv_status authenticate(struct rv_cx *cx, struct client *c)
{
    RV_TRY(check_client(cx, c));
    c->call->known = true;
    return RV_OK;
}

rv_str rv_oauth_claimed(struct rv_cx *cx, const struct rv_oauth_call *o)
{
    struct rv_jwt t;
    if (o->client_id.p != NULL || o->assertion.p == NULL || o->assertion.n > ASSERTION_MAX)
        return o->client_id;
    if (rv_jwt_read(cx, o->assertion, &t) == RV_OK)
        return rv_json_member_str(t.claims, "sub");
    rv_error_clear(cx);
    return RV_NONE_STR;
}

/* ---- a token --------------------------------------------------------------------------------- */

struct grant {
    struct client c;
    struct rv_principal as;
    rv_str jti, scopes;
    int64_t now;
    bool replayed;
};

static rv_status check_scopes(struct rv_cx *cx, struct grant *g, rv_str wanted)
{
    rv_str rest = wanted, one;
    size_t n = 0;
    g->scopes = RV_STR("");
    while (rv_str_split(&rest, ' ', &one)) {
        if (one.n == 0 || rv_scope_allows(g->scopes, one))
            continue;
        if (!rv_scope_is_known(one) || ++n > SCOPES_MAX)
            return refuse(
                cx, RV_INVALID, "invalid_scope",
                "One or more scopes are not configured for the authorization server resource.");
        if (!rv_scope_allows(g->c.granted, one))
            return refuse(cx, RV_INVALID, "invalid_scope",
                          rv_z(cx,
                               rv_printf(cx, "The scope %.*s was not granted to this application.",
                                         RV_FMT(one))));
        g->scopes = rv_printf(cx, "%.*s%s%.*s", RV_FMT(g->scopes), n > 1 ? " " : "", RV_FMT(one));
    }
    return g->scopes.n > 0 ? RV_OK
                           : refuse(cx, RV_INVALID, "invalid_scope",
                                    "The authorization server resource does not have any "
                                    "configured default scopes, 'scope' must be provided.");
}

/* An assertion counts once: who comes second with it gets nothing, also from another process. */
static rv_status grant_tx(struct rv_tx *tx, void *arg)
{
    struct grant *g = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    const struct rv_target t = { .type = "PublicClientApp",
                                 .id = g->c.id,
                                 .name = g->c.label,
                                 .alternate = rv_z(cx, g->c.label) };
    int64_t made;
    RV_TRY(rv_sql_exec(tx, &oauth_sql[Q_ASSERTION_PURGE], NULL, RV_ARGS(rv_tx_now(tx))));
    RV_TRY(rv_sql_exec(tx, &oauth_sql[Q_TOKEN_PURGE], NULL, RV_ARGS(rv_tx_now(tx))));
    RV_TRY(rv_sql_exec(tx, &oauth_sql[Q_ASSERTION], &made,
                       RV_ARGS(g->c.id, g->c.jti, g->c.expires_at)));
    g->replayed = made == 0;
    if (g->replayed)
        return rv_event_add(tx, "app.oauth2.token.grant.access_token", false,
                            RV_STR("The assertion was used before"), &t, 1, RV_NONE_STR);
    RV_TRY(
        rv_sql_exec(tx, &oauth_sql[Q_TOKEN_INSERT], NULL,
                    RV_ARGS(g->jti, g->c.id, g->scopes, g->now, g->now + LIFE_S * INT64_C(1000))));
    return rv_event_add(tx, "app.oauth2.token.grant.access_token", true, RV_NONE_STR, &t, 1,
                        rv_printf(cx, "{\"scopes\":\"%.*s\"}", RV_FMT(g->scopes)));
}

static rv_status sign(struct rv_cx *cx, const struct grant *g, rv_str *ret)
{
    struct key k = { .found = false };
    rv_str base = rv_base_url(cx), text, signature, rest = g->scopes, one;
    json_int_t now = g->now / 1000;
    json_t *scopes = json_array();
    json_t *claims = json_pack("{s:i, s:s%, s:s%, s:s%, s:s%, s:I, s:I, s:s%, s:o}", "ver", 1,
                               "jti", g->jti.p, g->jti.n, "iss", base.p, base.n, "aud", base.p,
                               base.n, "sub", g->c.id.p, g->c.id.n, "iat", now, "exp", now + LIFE_S,
                               "cid", g->c.id.p, g->c.id.n, "scp", scopes);
    RV_TRY(rv_json_keep(cx, claims));
    while (rv_str_split(&rest, ' ', &one))
        if (json_array_append_new(scopes, json_stringn(one.p, one.n)) != 0)
            return rv_fail(cx, RV_BUSY, "out of memory while making a token");
    RV_TRY(rv_json_dump(cx, claims, &text));
    RV_TRY(signing_key(cx, &k));
    rv_str head =
        rv_base64url(cx, rv_printf(cx, "{\"kid\":\"%.*s\",\"alg\":\"RS256\"}", RV_FMT(k.id)));
    rv_str open = rv_printf(cx, "%.*s.%.*s", RV_FMT(head), RV_FMT(rv_base64url(cx, text)));
    rv_status st = rv_sign_rs256(cx, k.pem, open, &signature);
    explicit_bzero((char *)(uintptr_t)k.pem.p, k.pem.n);
    RV_TRY(st);
    *ret = rv_printf(cx, "%.*s.%.*s", RV_FMT(open), RV_FMT(rv_base64url(cx, signature)));
    return ret->p != NULL ? RV_OK : RV_BUSY;
}

static bool has_word(const json_t *list, const char *word)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (rv_str_eq(rv_json_str(json_array_get(list, i)), rv_str_of(word)))
            return true;
    return false;
}

static rv_status check_asked(struct rv_cx *cx, struct grant *g)
{
    if (g->c.jti.p == NULL)
        return bad_client(cx, "Client Credentials requests to the Org Authorization Server must "
                              "use the private_key_jwt token_endpoint_auth_method.");
    if (!has_word(json_object_get(g->c.settings, "grant_types"), "client_credentials"))
        return refuse(cx, RV_INVALID, "unauthorized_client",
                      "The client is not authorized to use the provided grant type. Configured "
                      "grant types do not name client_credentials.");
    if (json_is_true(json_object_get(g->c.settings, "dpop_bound_access_tokens")))
        return refuse(cx, RV_INVALID, "invalid_dpop_proof",
                      "The client is registered for DPoP-bound tokens, which this server does not "
                      "give; switch that off for the client.");
    return check_scopes(cx, g, g->c.call->scope);
}

rv_status rv_oauth_token(struct rv_cx *cx, struct rv_oauth_call *call, struct rv_jw *w)
{
    struct grant g = { .c = { .call = call }, .now = rv_now(cx->env) };
    uint8_t raw[32];
    rv_str token;
    if (call->grant_type.n == 0)
        return refuse(cx, RV_INVALID, "invalid_request",
                      "The token request must specify a grant_type.");
    if (!rv_str_eq(call->grant_type, RV_STR("client_credentials")))
        return refuse(cx, RV_INVALID, "unsupported_grant_type",
                      "The authorization grant type is not supported by the authorization server. "
                      "Supported: client_credentials.");
    RV_TRY(authenticate(cx, &g.c));
    RV_TRY(check_asked(cx, &g));
    rv_random(raw, sizeof raw);
    g.jti = rv_printf(cx, "AT.%.*s",
                      RV_FMT(rv_base64url(cx, (rv_str){ (const char *)raw, sizeof raw })));
    RV_TRY(sign(cx, &g, &token));
    g.as = (struct rv_principal){ .kind = RV_APP,
                                  .method = RV_AUTH_OAUTH,
                                  .id = g.c.id,
                                  .name = g.c.label,
                                  .peer = call->peer,
                                  .auth_time = g.now };
    cx->principal = &g.as;
    rv_status st = rv_store_write(cx, grant_tx, &g);
    cx->principal = NULL; /* it lives here */
    RV_TRY(st);
    if (g.replayed)
        return bad_client(cx, "The client_assertion token has a jti that was used before.");
    rv_jw_obj(w);
    rv_jw_kstr(w, "token_type", RV_STR("Bearer"));
    rv_jw_kint(w, "expires_in", LIFE_S);
    rv_jw_kstr(w, "access_token", token);
    rv_jw_kstr(w, "scope", g.scopes);
    rv_jw_obj_end(w);
    return RV_OK;
}

/* ---- a call with a token --------------------------------------------------------------------- */

struct bearer {
    struct rv_jwt t;
    rv_str jti, jwk, app_id, scopes, granted;
    int64_t created_at, expires_at;
    bool key, row;
};

static rv_status bearer_tx(struct rv_tx *tx, void *arg)
{
    struct bearer *b = arg;
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &oauth_sql[Q_KEY], &r, &b->key, RV_ARGS(b->t.kid)));
    if (!b->key)
        return RV_OK;
    b->jwk = rv_col_str(&r, 0);
    RV_TRY(rv_rows_end(&r));
    RV_TRY(rv_sql_first(tx, &oauth_sql[Q_TOKEN], &r, &b->row, RV_ARGS(b->jti)));
    if (!b->row)
        return RV_OK;
    b->app_id = rv_col_str(&r, 0);
    b->scopes = rv_col_str(&r, 1);
    b->created_at = rv_col_int(&r, 2);
    b->expires_at = rv_col_int(&r, 3);
    RV_TRY(rv_rows_end(&r));
    return rv_app_scopes(tx, b->app_id, &b->granted);
}

/* Signature, row, issuer, audience, time; what is not right about it is nobody's business. *ret_ok
 * false: not taken. */
static rv_status read_bearer(struct rv_cx *cx, rv_str token, struct bearer *b, bool *ret_ok)
{
    json_t *jwk;
    int64_t exp, now = rv_now(cx->env);
    rv_str base = rv_base_url(cx);
    *ret_ok = false;
    if (token.n > TOKEN_MAX || rv_jwt_read(cx, token, &b->t) != RV_OK) {
        rv_error_clear(cx);
        return RV_OK;
    }
    b->jti = rv_json_member_str(b->t.claims, "jti");
    if (b->t.kid.n == 0 || b->jti.n == 0)
        return RV_OK;
    RV_TRY(rv_store_read(cx, bearer_tx, b));
    if (!b->key || !b->row)
        return RV_OK;
    RV_TRY(rv_json_parse(cx, b->jwk, &rv_json_limits_default, &jwk));
    *ret_ok = rv_jwt_verify(cx, &b->t, jwk) &&
              rv_str_eq(rv_json_member_str(b->t.claims, "iss"), base) &&
              rv_str_eq(rv_json_member_str(b->t.claims, "aud"), base) &&
              rv_str_eq(rv_json_member_str(b->t.claims, "cid"), b->app_id) &&
              whole(b->t.claims, "exp", &exp) && exp * 1000 > now && b->expires_at > now;
    return RV_OK;
}

/* A scope whose grant was taken back is gone at once. */
static rv_str still_granted(struct rv_cx *cx, const struct bearer *b)
{
    rv_str rest = b->scopes, one, kept = RV_STR("");
    while (rv_str_split(&rest, ' ', &one))
        if (rv_scope_allows(b->granted, one))
            kept = rv_printf(cx, "%.*s%s%.*s", RV_FMT(kept), kept.n > 0 ? " " : "", RV_FMT(one));
    return kept;
}

rv_status rv_oauth_bearer(struct rv_cx *cx, rv_str token, rv_str peer)
{
    struct bearer b = { .key = false };
    const struct rv_principal *app;
    struct rv_principal *p = RV_NEW(cx, struct rv_principal);
    bool ok;
    if (p == NULL)
        return RV_BUSY;
    RV_TRY(read_bearer(cx, token, &b, &ok));
    if (!ok)
        return rv_fail(cx, RV_BAD_TOKEN, "Invalid token provided");
    rv_status st = rv_principal_of_app(cx, b.app_id, &app);
    if (st == RV_NOT_FOUND || st == RV_FORBIDDEN) {
        rv_error_clear(cx);
        return rv_fail(cx, RV_BAD_TOKEN, "Invalid token provided");
    }
    RV_TRY(st);
    *p = *app;
    p->method = RV_AUTH_OAUTH;
    p->session_id = b.jti;
    p->scopes = still_granted(cx, &b);
    p->peer = rv_dup(cx, peer);
    p->auth_time = b.created_at;
    cx->principal = p;
    return RV_OK;
}

/* ---- introspection, revocation --------------------------------------------------------------- */

rv_status rv_oauth_introspect(struct rv_cx *cx, struct rv_oauth_call *call, rv_str token,
                              struct rv_jw *w)
{
    struct client c = { .call = call };
    struct bearer b = { .key = false };
    rv_str base = rv_base_url(cx);
    bool ok;
    RV_TRY(authenticate(cx, &c));
    if (token.n == 0)
        return refuse(cx, RV_INVALID, "invalid_request", "The 'token' parameter is required.");
    RV_TRY(read_bearer(cx, token, &b, &ok));
    ok = ok && rv_str_eq(b.app_id, c.id); /* of others it tells nothing */
    rv_jw_obj(w);
    rv_jw_kbool(w, "active", ok);
    if (ok) {
        rv_jw_kstr(w, "scope", still_granted(cx, &b));
        rv_jw_kstr(w, "client_id", b.app_id);
        rv_jw_kstr(w, "sub", b.app_id);
        rv_jw_kstr(w, "token_type", RV_STR("Bearer"));
        rv_jw_kint(w, "exp", b.expires_at / 1000);
        rv_jw_kint(w, "iat", b.created_at / 1000);
        rv_jw_kstr(w, "jti", b.jti);
        rv_jw_kstr(w, "iss", base);
        rv_jw_kstr(w, "aud", base);
    }
    rv_jw_obj_end(w);
    return RV_OK;
}

struct revocation {
    struct client c;
    struct rv_principal as;
    rv_str jti;
};

static rv_status revoke_tx(struct rv_tx *tx, void *arg)
{
    const struct revocation *v = arg;
    const struct rv_target t = { .type = "PublicClientApp",
                                 .id = v->c.id,
                                 .name = v->c.label,
                                 .alternate = rv_z(rv_tx_cx(tx), v->c.label) };
    int64_t gone;
    RV_TRY(rv_sql_exec(tx, &oauth_sql[Q_TOKEN_DELETE], &gone, RV_ARGS(v->jti, v->c.id)));
    return gone > 0
               ? rv_event_add(tx, "app.oauth2.token.revoke", true, RV_NONE_STR, &t, 1, RV_NONE_STR)
               : RV_OK;
}

rv_status rv_oauth_revoke(struct rv_cx *cx, struct rv_oauth_call *call, rv_str token)
{
    struct revocation v = { .c = { .call = call } };
    struct rv_jwt t;
    RV_TRY(authenticate(cx, &v.c));
    if (token.n == 0)
        return refuse(cx, RV_INVALID, "invalid_request", "The 'token' parameter is required.");
    if (token.n > TOKEN_MAX || rv_jwt_read(cx, token, &t) != RV_OK) {
        rv_error_clear(cx); /* what is no token is as good as revoked */
        return RV_OK;
    }
    v.jti = rv_json_member_str(t.claims, "jti"); /* the row tells whose it is: the signature does not matter */
    if (v.jti.n == 0)
        return RV_OK;
    v.as = (struct rv_principal){
        .kind = RV_APP, .method = RV_AUTH_OAUTH, .id = v.c.id, .name = v.c.label, .peer = call->peer
    };
    cx->principal = &v.as;
    rv_status st = rv_store_write(cx, revoke_tx, &v);
    cx->principal = NULL;
    return st;
}

rv_status rv_oauth_tokens_end(struct rv_tx *tx, rv_str app_id)
{
    return rv_sql_exec(tx, &oauth_sql[Q_TOKEN_END], NULL, RV_ARGS(app_id));
}
