/* api/oauth.c: the token endpoint of the organisation and what belongs to it: keys, metadata,
 * introspection, revocation, and the scopes and secrets of applications (api.md 14, 20). */
#include "api/api_int.h"
#include <string.h>

/* ---- client authentication ------------------------------------------------------------------- */

static rv_status bad_request(struct rv_cx *cx, const char *sentence)
{
    (void)rv_fail(cx, RV_INVALID, "%s", sentence);
    rv_fail_code(cx, "invalid_request");
    return RV_INVALID;
}

static rv_status bad_basic(struct rv_cx *cx)
{
    (void)rv_fail(cx, RV_UNAUTHENTICATED,
                  "The header Authorization holds no client id and secret.");
    rv_fail_code(cx, "invalid_client");
    return RV_UNAUTHENTICATED;
}

/* RFC 6749 2.3.1: both are form-encoded before they are joined; a form of one pair decodes them. */
static rv_status decoded(struct rv_cx *cx, rv_str part, rv_str *ret)
{
    struct rv_pairs one;
    if (part.n == 0 || memchr(part.p, '&', part.n) != NULL || memchr(part.p, '=', part.n) != NULL)
        return bad_basic(cx);
    RV_TRY(rv_pairs_parse(cx, rv_printf(cx, "v=%.*s", RV_FMT(part)), &one));
    *ret = rv_pairs_get(&one, "v");
    return RV_OK;
}

static rv_status read_basic(struct rv_cx *cx, rv_str header, struct rv_oauth_call *o)
{
    rv_str rest = rv_str_trim(header), scheme, text, id;
    if (!rv_str_split(&rest, ' ', &scheme) || !rv_str_eq_nocase(scheme, RV_STR("Basic")) ||
        rest.p == NULL || !rv_base64_decode(cx, rv_str_trim(rest), &text))
        return bad_basic(cx);
    if (!rv_str_split(&text, ':', &id) || text.n == 0 || text.n > 400)
        return bad_basic(cx);
    if (o->client_id.p != NULL || o->secret.p != NULL)
        return bad_request(cx, "Cannot supply multiple client credentials. Use one of the "
                               "following: credentials in the Authorization header, credentials in "
                               "the post body, or a client_assertion in the post body.");
    o->basic = true;
    RV_TRY(decoded(cx, id, &o->client_id));
    return decoded(cx, text, &o->secret);
}

static rv_status check_once(struct rv_cx *cx, const struct rv_pairs *p)
{
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < i; k++)
            if (rv_str_eq(p->at[i].name, p->at[k].name))
                return bad_request(cx, "A parameter stands twice in the request.");
    return RV_OK;
}

static rv_status read_call(struct rv_req *rq, struct rv_pairs *form, struct rv_oauth_call *o)
{
    struct rv_exchange *x = rq->x;
    struct rv_cx *cx = rv_req_cx(rq);
    rv_str type = rv_exchange_header(x, "content-type"), media,
           header = rv_exchange_header(x, "authorization");
    cx->principal = NULL; /* a cookie means nothing here */
    if (type.p == NULL || !rv_str_split(&type, ';', &media) ||
        !rv_str_eq_nocase(rv_str_trim(media), RV_STR("application/x-www-form-urlencoded")))
        return bad_request(cx, "The content type must be application/x-www-form-urlencoded.");
    *form = (struct rv_pairs){ .n = 0 };
    if (x->body.p != NULL && x->body.n > 0)
        RV_TRY(rv_pairs_parse(cx, x->body, form));
    RV_TRY(check_once(cx, form));
    *o = (struct rv_oauth_call){ .grant_type = rv_pairs_get(form, "grant_type"),
                                 .scope = rv_pairs_get(form, "scope"),
                                 .client_id = rv_pairs_get(form, "client_id"),
                                 .secret = rv_pairs_get(form, "client_secret"),
                                 .assertion = rv_pairs_get(form, "client_assertion"),
                                 .assertion_type = rv_pairs_get(form, "client_assertion_type"),
                                 .peer = x->peer };
    return header.p != NULL ? read_basic(cx, header, o) : RV_OK;
}

/* ---- calls of clients ------------------------------------------------------------------------ */

typedef rv_status call_fn(struct rv_req *rq, struct rv_oauth_call *o, const struct rv_pairs *form);

/* One call of a client, within the limits of security.md 10.4. */
static rv_status serve(struct rv_req *rq, bool token, call_fn *fn)
{
    struct rv_hit *h = rv_hit_of(rq);
    struct rv_cx *cx = rv_req_cx(rq);
    struct rv_pairs form;
    struct rv_oauth_call o = { .known = false };
    rv_status st = read_call(rq, &form, &o);
    if (st != RV_OK && st != RV_UNAUTHENTICATED)
        return st;
    rv_str client = rv_oauth_claimed(cx, &o);
    RV_TRY(rv_rate_client(h, client, token));
    if (st == RV_OK)
        st = fn(rq, &o, &form);
    RV_TRY(rv_rate_client_done(h, client, token && o.known, st == RV_UNAUTHENTICATED && !o.known));
    return st;
}

static rv_status give_token(struct rv_req *rq, struct rv_oauth_call *o, const struct rv_pairs *form)
{
    (void)form;
    RV_TRY(rv_oauth_token(rv_req_cx(rq), o, rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status post_token(struct rv_req *rq)
{
    return serve(rq, true, give_token);
}

static rv_status introspect(struct rv_req *rq, struct rv_oauth_call *o, const struct rv_pairs *form)
{
    RV_TRY(rv_oauth_introspect(rv_req_cx(rq), o, rv_pairs_get(form, "token"), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status post_introspect(struct rv_req *rq)
{
    return serve(rq, false, introspect);
}

static rv_status revoke(struct rv_req *rq, struct rv_oauth_call *o, const struct rv_pairs *form)
{
    RV_TRY(rv_oauth_revoke(rv_req_cx(rq), o, rv_pairs_get(form, "token")));
    return rv_reply_none(rq, 200);
}

static rv_status post_revoke(struct rv_req *rq)
{
    return serve(rq, false, revoke);
}

static rv_status get_keys(struct rv_req *rq)
{
    RV_TRY(rv_oauth_keys(rv_req_cx(rq), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

/* Only what works is advertised (api.md 20). */
static rv_status get_metadata(struct rv_req *rq)
{
    static const char lists[] =
        "\"response_types_supported\":[\"token\"],\"response_modes_supported\":[],\"grant_types_"
        "supported\":[\"client_credentials\"],"
        "\"scopes_supported\":[],\"claims_supported\":[\"iss\",\"ver\",\"sub\",\"aud\",\"iat\","
        "\"exp\",\"jti\",\"cid\",\"scp\"],"
        "\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"],"
        "\"introspection_endpoint_auth_methods_supported\":[\"client_secret_basic\",\"client_"
        "secret_post\",\"private_key_jwt\"],"
        "\"revocation_endpoint_auth_methods_supported\":[\"client_secret_basic\",\"client_secret_"
        "post\",\"private_key_jwt\"],"
        "\"token_endpoint_auth_signing_alg_values_supported\":[\"RS256\",\"RS384\",\"RS512\","
        "\"PS256\",\"PS384\",\"PS512\",\"ES256\",\"ES384\",\"ES512\"]}";
    struct rv_cx *cx = rv_req_cx(rq);
    rv_str base = rv_base_url(cx);
    rv_jw_raw(rv_reply_json(rq),
              rv_printf(cx,
                        "{\"issuer\":\"%.*s\",\"token_endpoint\":\"%.*s/oauth2/v1/"
                        "token\",\"jwks_uri\":\"%.*s/oauth2/v1/keys\","
                        "\"introspection_endpoint\":\"%.*s/oauth2/v1/"
                        "introspect\",\"revocation_endpoint\":\"%.*s/oauth2/v1/revoke\",%s",
                        RV_FMT(base), RV_FMT(base), RV_FMT(base), RV_FMT(base), RV_FMT(base),
                        lists));
    return rv_reply(rq, 200);
}

/* ---- scopes of an application ---------------------------------------------------------------- */

static rv_status list_grants(struct rv_req *rq)
{
    struct rv_jw *w;
    RV_TRY(rv_array_begin(rq, &w));
    RV_TRY(rv_app_grant_list(rv_req_cx(rq), rv_req_param(rq, 0), w));
    return rv_array_end(rq, 200, RV_NONE_STR);
}

static rv_status create_grant(struct rv_req *rq)
{
    RV_TRY(rv_app_grant_create(rv_req_cx(rq), rv_req_param(rq, 0), rq->body, rv_reply_json(rq)));
    return rv_reply(rq, 201);
}

static rv_status get_grant(struct rv_req *rq)
{
    RV_TRY(rv_app_grant_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1),
                            rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status delete_grant(struct rv_req *rq)
{
    RV_TRY(rv_app_grant_delete(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1)));
    return rv_reply_none(rq, 204);
}

/* ---- secrets of an application --------------------------------------------------------------- */

static rv_status list_secrets(struct rv_req *rq)
{
    struct rv_jw *w;
    RV_TRY(rv_array_begin(rq, &w));
    RV_TRY(rv_app_secret_list(rv_req_cx(rq), rv_req_param(rq, 0), w));
    return rv_array_end(rq, 200, RV_NONE_STR);
}

static rv_status create_secret(struct rv_req *rq)
{
    RV_TRY(rv_app_secret_create(rv_req_cx(rq), rv_req_param(rq, 0), rq->body, rv_reply_json(rq)));
    return rv_reply(rq, 201);
}

static rv_status get_secret(struct rv_req *rq)
{
    RV_TRY(rv_app_secret_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1),
                             rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status switch_secret(struct rv_req *rq, bool active)
{
    RV_TRY(rv_app_secret_set_active(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), active,
                                    rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status activate_secret(struct rv_req *rq)
{
    return switch_secret(rq, true);
}

static rv_status deactivate_secret(struct rv_req *rq)
{
    return switch_secret(rq, false);
}

static rv_status delete_secret(struct rv_req *rq)
{
    RV_TRY(rv_app_secret_delete(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1)));
    return rv_reply_none(rq, 204);
}

/* clang-format off */
#define FORM(path, op, fn, help) { "POST", path, op, RV_A_PUBLIC, RV_ENV_OAUTH, RV_ROUTE_OWN_CHECK | RV_ROUTE_TEXT_BODY | RV_ROUTE_SMALL | RV_ROUTE_NO_IDEMPOTENCY, NULL, NULL, fn, help }
#define OPEN(path, op, fn, help) { "GET", path, op, RV_A_PUBLIC, RV_ENV_OAUTH, RV_ROUTE_OWN_CHECK, NULL, NULL, fn, help }
#define GRANTS "/api/v1/apps/{appId}/grants"
#define SECRETS "/api/v1/apps/{appId}/credentials/secrets"
#define READ "okta.apps.read"
#define MANAGE "okta.apps.manage"
const struct rv_route rv_routes_oauth[] = {
    FORM("/oauth2/v1/token", "token", post_token, "An access token for a service application, by client credentials."),
    FORM("/oauth2/v1/introspect", "introspect", post_introspect, "Whether an access token of the caller is still taken."),
    FORM("/oauth2/v1/revoke", "revoke", post_revoke, "Revokes an access token of the caller: its next use is refused."),
    OPEN("/oauth2/v1/keys", "oauthKeys", get_keys, "Public keys with which access tokens are signed."),
    OPEN("/.well-known/oauth-authorization-server", "getWellKnownOAuthConfiguration", get_metadata, "What the token endpoint offers."),
    { "GET", GRANTS, "listScopeConsentGrants", RV_A_APP_READ, RV_ENV_MANAGEMENT, 0, "okta.appGrants.read", NULL, list_grants, "Scopes that an application may ask for." },
    { "POST", GRANTS, "grantConsentToScope", RV_A_APP_MANAGE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, "okta.appGrants.manage", NULL, create_grant, "Lets an application ask for a scope." },
    { "GET", GRANTS "/{grantId}", "getScopeConsentGrant", RV_A_APP_READ, RV_ENV_MANAGEMENT, 0, "okta.appGrants.read", NULL, get_grant, "One granted scope." },
    { "DELETE", GRANTS "/{grantId}", "revokeScopeConsentGrant", RV_A_APP_MANAGE, RV_ENV_MANAGEMENT, 0, "okta.appGrants.manage", NULL, delete_grant, "Takes a scope back, also from tokens that are out." },
    { "GET", SECRETS, "listOAuth2ClientSecrets", RV_A_APP_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, list_secrets, "Secrets of a client, by hash." },
    { "POST", SECRETS, "createOAuth2ClientSecret", RV_A_APP_MANAGE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON | RV_ROUTE_NO_IDEMPOTENCY, MANAGE, NULL, create_secret, "Makes a secret, shown this once; a client has at most two." },
    { "GET", SECRETS "/{secretId}", "getOAuth2ClientSecret", RV_A_APP_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, get_secret, "One secret, by hash." },
    { "POST", SECRETS "/{secretId}/lifecycle/activate", "activateOAuth2ClientSecret", RV_A_APP_MANAGE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, activate_secret, "Takes a secret into use again." },
    { "POST", SECRETS "/{secretId}/lifecycle/deactivate", "deactivateOAuth2ClientSecret", RV_A_APP_MANAGE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, deactivate_secret, "Takes a secret out of use." },
    { "DELETE", SECRETS "/{secretId}", "deleteOAuth2ClientSecret", RV_A_APP_MANAGE, RV_ENV_MANAGEMENT, 0, MANAGE, NULL, delete_secret, "Deletes a secret that is not active." },
    { .method = NULL },
};
/* clang-format on */
