/* api/connections.c: connections that cards use (workflows.md 14). */
#include "api/api.h"
#include "flows/flows.h"

#define ROOT "/reeve/api/v1"

struct connection_body {
    uint64_t seen, nulls;
    rv_str name, connector, principal_id, description, folder_id, auth;
    json_t *fields;
    int64_t version;
};
#define AT(member) offsetof(struct connection_body, member)
static const struct rv_member create_members[] = {
    { "name", RV_K_TEXT, RV_REQUIRED | RV_NO_CONTROL, AT(name), 1, 200, NULL, "Name." },
    { "connector", RV_K_TEXT, RV_REQUIRED, AT(connector), 1, 64, NULL, "Connector, as GET /connectors lists them." },
    { "principalId", RV_K_TEXT, RV_NULLABLE, AT(principal_id), 0, 64, NULL, "Of the local transport, the person as whom cards act; absent: the caller." },
    { "description", RV_K_TEXT, RV_NULLABLE, AT(description), 0, 4000, NULL, "Description." },
    { "folderId", RV_K_TEXT, RV_NULLABLE, AT(folder_id), 0, 64, NULL, "Folder in which, and below which, flows may use it; absent: everywhere." },
    { "auth", RV_K_TEXT, RV_NULLABLE, AT(auth), 0, 64, NULL, "Kind of authentication, as GET /connectors lists them; absent: the connector's first." },
    { "fields", RV_K_OBJECT, RV_NULLABLE, AT(fields), 0, 0, NULL, "Values of the kind's fields, texts by key. Secrets are sealed and never shown again." },
    { .name = NULL },
};
static const struct rv_member update_members[] = {
    { "name", RV_K_TEXT, RV_NO_CONTROL, AT(name), 1, 200, NULL, "Name." },
    { "version", RV_K_INT, RV_REQUIRED, AT(version), 0, 0, NULL, "Version that the change is made to." },
    { "description", RV_K_TEXT, RV_NULLABLE, AT(description), 0, 4000, NULL, "Description." },
    { "auth", RV_K_TEXT, 0, AT(auth), 1, 64, NULL, "Kind of authentication, with its fields; absent: as before." },
    { "fields", RV_K_OBJECT, 0, AT(fields), 0, 0, NULL, "Authorises anew: all fields of the kind, secrets too; none of the old ones is kept." },
    { .name = NULL },
};
static const struct rv_shape create_shape = { "ConnectionCreate", create_members, false }, update_shape = { "ConnectionUpdate", update_members, false };

static rv_status list_connections(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_page page;
    rv_str next = RV_NONE_STR;
    RV_TRY(rv_req_page(rq, 20, 200, &page));
    struct rv_flow_query q = {
        .limit = page.limit, .after = page.after, .q = rv_req_query(rq, "q"), .enabled = -1
    };
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_connection_list(rv_req_cx(rq), &q, w, &next));
    return rv_list_end(rq, next);
}

static rv_status create_connection(struct rv_req *rq)
{
    struct connection_body b = { 0 };
    rv_str id;
    RV_TRY(rv_req_decode(rq, &create_shape, &b));
    struct rv_connection_in in = { .name = b.name,
                                   .connector = b.connector,
                                   .principal_id = b.principal_id,
                                   .description = b.description,
                                   .folder_id = b.folder_id,
                                   .auth = b.auth,
                                   .fields = b.fields,
                                   .has_name = true,
                                   .has_fields = b.fields != NULL };
    RV_TRY(rv_connection_create(rv_req_cx(rq), &in, &id));
    return rv_reply_created(rq, ROOT "/connections", rv_connection_get, id);
}

static rv_status get_connection(struct rv_req *rq)
{
    RV_TRY(rv_connection_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status update_connection(struct rv_req *rq)
{
    struct connection_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &update_shape, &b));
    struct rv_connection_in in = { .name = b.name,
                                   .has_name = RV_SEEN(&b, 0),
                                   .version = b.version,
                                   .has_description = RV_SEEN(&b, 2),
                                   .description =
                                       b.description.p != NULL ? b.description : RV_STR(""),
                                   .auth = b.auth,
                                   .fields = b.fields,
                                   .has_fields = RV_SEEN(&b, 4) };
    RV_TRY(rv_connection_update(rv_req_cx(rq), rv_req_param(rq, 0), &in));
    return rv_reply_object(rq, 200, rv_connection_get, rv_req_param(rq, 0));
}

static rv_status connection_usage(struct rv_req *rq)
{
    RV_TRY(rv_connection_usage(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status delete_connection(struct rv_req *rq)
{
    RV_TRY(rv_connection_delete(rv_req_cx(rq), rv_req_param(rq, 0)));
    return rv_reply_none(rq, 204);
}

static rv_status test_connection(struct rv_req *rq)
{
    RV_TRY(rv_connection_test(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

/* clang-format off */
const struct rv_route rv_routes_connections[] = {
    { "GET", ROOT "/connections", "listConnections", RV_A_CONNECTION_READ, RV_ENV_NATIVE, 0, NULL, NULL, list_connections, "Connections that cards can use." },
    { "POST", ROOT "/connections", "createConnection", RV_A_CONNECTION_MANAGE, RV_ENV_NATIVE, 0, NULL, &create_shape, create_connection, "Make a connection." },
    { "GET", ROOT "/connections/{connectionId}", "getConnection", RV_A_CONNECTION_READ, RV_ENV_NATIVE, 0, NULL, NULL, get_connection, "One connection." },
    { "PATCH", ROOT "/connections/{connectionId}", "updateConnection", RV_A_CONNECTION_MANAGE, RV_ENV_NATIVE, 0, NULL, &update_shape, update_connection, "Rename a connection, or authorise it anew; as whom a local one acts was settled when it was made." },
    { "GET", ROOT "/connections/{connectionId}/usage", "getConnectionUsage", RV_A_CONNECTION_READ, RV_ENV_NATIVE, 0, NULL, NULL, connection_usage, "Flows whose latest version uses the connection." },
    { "DELETE", ROOT "/connections/{connectionId}", "deleteConnection", RV_A_CONNECTION_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, delete_connection, "Delete a connection that no flow uses." },
    { "POST", ROOT "/connections/{connectionId}/test", "testConnection", RV_A_CONNECTION_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, test_connection, "Try whether the connection works." },
    { .method = NULL },
};
