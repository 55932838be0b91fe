/* api/tokens.c: API tokens: the public calls that read, change and revoke them, and the native one
 * that makes one. */
#include "api/api.h"

enum { PAGE = 200 };

struct token_body {
    uint64_t seen, nulls;
    rv_str name;
    json_t *network;
};
static const struct rv_member update_members[] = {
    { "name", RV_K_TEXT, RV_NO_CONTROL, offsetof(struct token_body, name), 0, 0, NULL, "What the token is for." },
    { "network", RV_K_OBJECT, RV_NULLABLE, offsetof(struct token_body, network), 0, 0, NULL, "Where the token may be used from: connection ANYWHERE." },
    { .name = NULL },
};
static const struct rv_member create_members[] = {
    { "name", RV_K_TEXT, RV_REQUIRED | RV_NO_CONTROL, offsetof(struct token_body, name), 1, 255, NULL, "What the token is for." },
    { .name = NULL },
};
static const struct rv_shape update_shape = { "ApiTokenUpdateBody", update_members, true }, create_shape = { "ApiTokenCreate", create_members, false };

static rv_status create_token(struct rv_req *rq)
{
    struct token_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &create_shape, &b));
    RV_TRY(rv_token_create(rv_req_cx(rq), b.name, rv_reply_json(rq)));
    return rv_reply(rq, 201);
}

static rv_status list_tokens(struct rv_req *rq)
{
    struct rv_page p;
    struct rv_jw *w;
    RV_TRY(rv_req_page(rq, PAGE, PAGE, &p));
    struct rv_iam_page page = { .after = p.after, .limit = p.limit };
    RV_TRY(rv_array_begin(rq, &w));
    RV_TRY(rv_token_list(rv_req_cx(rq), &page, w));
    return rv_array_end(rq, page.limit, page.next);
}

static rv_status get_token(struct rv_req *rq)
{
    RV_TRY(rv_token_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status update_token(struct rv_req *rq)
{
    struct token_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &update_shape, &b));
    RV_TRY(
        rv_token_update(rv_req_cx(rq), rv_req_param(rq, 0), b.name, b.network, rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status revoke_token(struct rv_req *rq)
{
    RV_TRY(rv_token_revoke(rv_req_cx(rq), rv_req_param(rq, 0)));
    return rv_reply_none(rq, 204);
}

static rv_status revoke_current(struct rv_req *rq)
{
    RV_TRY(rv_token_revoke_current(rv_req_cx(rq)));
    return rv_reply_none(rq, 204);
}

/* clang-format off */
#define TOKENS "/api/v1/api-tokens"
const struct rv_route rv_routes_tokens[] = {
    { "POST", "/reeve/api/v1/api-tokens", "createApiToken", RV_A_TOKEN_CREATE_OWN, RV_ENV_NATIVE, RV_ROUTE_SMALL, NULL, &create_shape, create_token, "Make an API token for oneself; the answer shows it this once." },
    { "GET", TOKENS, "listApiTokens", RV_A_TOKEN_READ, RV_ENV_MANAGEMENT, 0, "okta.apiTokens.read", NULL, list_tokens, "API tokens that the caller may see, in order of creation." },
    { "DELETE", TOKENS "/current", "revokeCurrentApiToken", RV_A_TOKEN_MANAGE, RV_ENV_MANAGEMENT, 0, "okta.apiTokens.manage", NULL, revoke_current, "Revoke the token that this call carries." },
    { "GET", TOKENS "/{apiTokenId}", "getApiToken", RV_A_TOKEN_READ, RV_ENV_MANAGEMENT, 0, "okta.apiTokens.read", NULL, get_token, "One API token, without its secret." },
    { "PUT", TOKENS "/{apiTokenId}", "upsertApiToken", RV_A_TOKEN_MANAGE, RV_ENV_MANAGEMENT, RV_ROUTE_SMALL, "okta.apiTokens.manage", &update_shape, update_token, "Change name and network of an API token." },
    { "DELETE", TOKENS "/{apiTokenId}", "revokeApiToken", RV_A_TOKEN_MANAGE, RV_ENV_MANAGEMENT, 0, "okta.apiTokens.manage", NULL, revoke_token, "Revoke an API token: its next use is refused." },
    { .method = NULL },
};
/* clang-format on */
