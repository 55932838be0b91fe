/* connectors/okta_connector.c: what a connection of the identity connector has to know
 * (architecture.md 6).
 *
 * Without a kind of authentication it is the local transport: this organisation, as the person who
 * makes the connection. With one it is another server of the same API, whose address and
 * credentials stand in the connection. */
#include "connectors/okta_int.h"

#define BASE { "base", "Address", RV_FIELD_REQUIRED, NULL, NULL, "of the other server, such as https://acme.example.com, without a slash at the end" }
#define PLAIN { "plainHttp", "Allow plain HTTP", 0, "No", yes_no, "only for servers on this machine or a closed network" }

static const struct rv_choice yes_no[] = { { "Yes", "Yes" }, { "No", "No" }, { NULL, NULL } };
static const struct rv_auth_field token_fields[] = {
    BASE,
    { "token", "API token", RV_FIELD_REQUIRED | RV_FIELD_SECRET, NULL, NULL, "token of a person of the other server; cards act as that person" },
    PLAIN,
    { .key = NULL },
};
static const struct rv_auth_field client_fields[] = {
    BASE,
    { "clientId", "Client id", RV_FIELD_REQUIRED, NULL, NULL, "of a service application of the other server" },
    { "clientSecret", "Client secret", RV_FIELD_REQUIRED | RV_FIELD_SECRET, NULL, NULL, "secret of that application" },
    { "scope", "Scopes", 0, "okta.users.manage okta.groups.manage okta.apps.manage okta.logs.read", NULL, "what the cards may do, blanks between" },
    PLAIN,
    { .key = NULL },
};
static const struct rv_auth auths[] = {
    { "API_TOKEN", "API token", "Another server, with the API token of one of its people.", token_fields },
    { "CLIENT_CREDENTIALS", "OAuth client credentials", "Another server, as one of its service applications.", client_fields },
    { .kind = NULL },
};

const char rv_okta_spec[] = "{\"headers\":{\"Accept\":\"application/json\"},\"test\":{\"path\":\"/api/v1/users?limit=1\"},\"auths\":{"
                            "\"API_TOKEN\":{\"headers\":{\"Authorization\":\"SSWS {{token}}\"}},"
                            "\"CLIENT_CREDENTIALS\":{\"token\":{\"url\":\"{{base}}/oauth2/v1/token\",\"grant\":\"client_credentials\",\"id\":\"{{clientId}}\","
                            "\"secret\":\"{{clientSecret}}\",\"scope\":\"{{scope}}\",\"send\":\"header\"}}}}";

const struct rv_connector rv_connectors_okta[] = {
    { .name = "okta", .label = "Okta", .help = "People, groups, applications and the log: of this organisation, or of another server with the same API.", .auths = auths,
      .local = true, .check = rv_described_check, .test = rv_described_test, .spec = rv_okta_spec },
    { .name = NULL },
};
