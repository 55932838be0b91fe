/* api/folders.c: folders of flows, and the cards and connectors that flows are made of. */
#include "api/api.h"
#include "flows/flows.h"

#define ROOT "/reeve/api/v1"

struct folder_body {
    uint64_t seen, nulls;
    rv_str name, description, parent_id;
    int64_t version;
};
enum { M_NAME, M_DESCRIPTION, M_PARENT };
static const struct rv_member create_members[] = {
    { "name", RV_K_TEXT, RV_REQUIRED | RV_NO_CONTROL, offsetof(struct folder_body, name), 1, 200, NULL, "Name." },
    { "description", RV_K_TEXT, 0, offsetof(struct folder_body, description), 0, 4000, NULL, "What the folder is for." },
    { "parentId", RV_K_TEXT, RV_NULLABLE, offsetof(struct folder_body, parent_id), 0, 0, NULL, "Folder above; null: at the top." },
    { .name = NULL },
};
static const struct rv_member update_members[] = {
    { "name", RV_K_TEXT, RV_NO_CONTROL, offsetof(struct folder_body, name), 1, 200, NULL, "Name." },
    { "description", RV_K_TEXT, RV_NULLABLE, offsetof(struct folder_body, description), 0, 4000, NULL, "What the folder is for." },
    { "parentId", RV_K_TEXT, RV_NULLABLE, offsetof(struct folder_body, parent_id), 0, 0, NULL, "Folder above; null: at the top." },
    { "version", RV_K_INT, RV_REQUIRED, offsetof(struct folder_body, version), 0, 0, NULL, "Version that the change is made to." },
    { .name = NULL },
};
static const struct rv_shape folder_create = { "FolderCreate", create_members, false }, folder_update = { "FolderUpdate", update_members, false };

static struct rv_folder_in folder_in(const struct folder_body *b)
{
    return (struct rv_folder_in){ .name = b->name,
                                  .description =
                                      b->description.p != NULL ? b->description : RV_STR(""),
                                  .parent_id = b->parent_id,
                                  .has_name = RV_SEEN(b, M_NAME),
                                  .has_description = RV_SEEN(b, M_DESCRIPTION),
                                  .has_parent = RV_SEEN(b, M_PARENT),
                                  .version = b->version };
}

static rv_status list_folders(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_page page;
    rv_str next = RV_NONE_STR;
    RV_TRY(rv_req_page(rq, 20, 200, &page));
    struct rv_flow_query q = {
        .limit = page.limit, .after = page.after, .q = rv_req_query(rq, "q"), .enabled = -1
    };
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_folder_list(rv_req_cx(rq), &q, w, &next));
    return rv_list_end(rq, next);
}

static rv_status create_folder(struct rv_req *rq)
{
    struct folder_body b = { 0 };
    rv_str id;
    RV_TRY(rv_req_decode(rq, &folder_create, &b));
    struct rv_folder_in in = folder_in(&b);
    RV_TRY(rv_folder_create(rv_req_cx(rq), &in, &id));
    return rv_reply_created(rq, ROOT "/folders", rv_folder_get, id);
}

static rv_status get_folder(struct rv_req *rq)
{
    RV_TRY(rv_folder_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status update_folder(struct rv_req *rq)
{
    struct folder_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &folder_update, &b));
    struct rv_folder_in in = folder_in(&b);
    RV_TRY(rv_folder_update(rv_req_cx(rq), rv_req_param(rq, 0), &in));
    return rv_reply_object(rq, 200, rv_folder_get, rv_req_param(rq, 0));
}

static rv_status duplicate_folder(struct rv_req *rq)
{
    rv_str id;
    RV_TRY(rv_folder_duplicate(rv_req_cx(rq), rv_req_param(rq, 0), &id));
    return rv_reply_created(rq, ROOT "/folders", rv_folder_get, id);
}

static rv_status delete_folder(struct rv_req *rq)
{
    RV_TRY(rv_folder_delete(rv_req_cx(rq), rv_req_param(rq, 0)));
    return rv_reply_none(rq, 204);
}

static rv_status export_folder(struct rv_req *rq)
{
    rv_str name;
    RV_TRY(rv_folder_export(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq), &name));
    return rv_reply_download(rq, "application/json",
                             rv_printf(rv_req_cx(rq), "%.*s.folder", RV_FMT(name)));
}

/* A whole table at once, in the form of a list. */
struct assign_body {
    uint64_t seen, nulls;
    json_t *connections;
};
static const struct rv_member assign_members[] = {
    { "connections", RV_K_OBJECT, RV_REQUIRED, offsetof(struct assign_body, connections), 0, 0, NULL, "Connector to the id of the connection that its cards get." },
    { .name = NULL },
};
static const struct rv_shape assign_shape = { "ConnectionAssign", assign_members, false };

static rv_status list_needs(struct rv_req *rq)
{
    struct rv_jw *w;
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_connection_needs(rv_req_cx(rq), rv_req_param(rq, 0), w));
    return rv_list_end(rq, RV_NONE_STR);
}

static rv_status assign_connections(struct rv_req *rq)
{
    struct assign_body b = { 0 };
    struct rv_jw *w;
    RV_TRY(rv_req_decode(rq, &assign_shape, &b));
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_connection_assign(rv_req_cx(rq), rv_req_param(rq, 0), b.connections, w));
    return rv_list_end(rq, RV_NONE_STR);
}

static rv_status reply_table(struct rv_req *rq,
                             rv_status (*write)(struct rv_cx *cx, struct rv_jw *w))
{
    struct rv_jw *w;
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(write(rv_req_cx(rq), w));
    return rv_list_end(rq, RV_NONE_STR);
}

static rv_status list_cards(struct rv_req *rq)
{
    return reply_table(rq, rv_cards_write);
}

static rv_status list_connectors(struct rv_req *rq)
{
    return reply_table(rq, rv_connectors_write);
}

/* clang-format off */
const struct rv_route rv_routes_folders[] = {
    { "GET", ROOT "/folders", "listFolders", RV_A_FOLDER_READ, RV_ENV_NATIVE, 0, NULL, NULL, list_folders, "Folders of flows." },
    { "POST", ROOT "/folders", "createFolder", RV_A_FOLDER_MANAGE, RV_ENV_NATIVE, 0, NULL, &folder_create, create_folder, "Make a folder." },
    { "GET", ROOT "/folders/{folderId}", "getFolder", RV_A_FOLDER_READ, RV_ENV_NATIVE, 0, NULL, NULL, get_folder, "One folder." },
    { "PATCH", ROOT "/folders/{folderId}", "updateFolder", RV_A_FOLDER_MANAGE, RV_ENV_NATIVE, 0, NULL, &folder_update, update_folder, "Rename, describe or move a folder." },
    { "DELETE", ROOT "/folders/{folderId}", "deleteFolder", RV_A_FOLDER_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, delete_folder, "Delete an empty folder." },
    { "POST", ROOT "/folders/{folderId}/duplicate", "duplicateFolder", RV_A_FOLDER_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, duplicate_folder, "Copy a folder with its subfolders, flows (switched off) and tables (without rows)." },
    { "GET", ROOT "/folders/{folderId}/export", "exportFolder", RV_A_FOLDER_READ, RV_ENV_NATIVE, 0, NULL, NULL, export_folder, "All flows of a folder as one export file." },
    { "GET", ROOT "/folders/{folderId}/connection-needs", "listConnectionNeeds", RV_A_FLOW_READ, RV_ENV_NATIVE, 0, NULL, NULL, list_needs, "Cards of the folder and those below it that still need a connection, by connector." },
    { "POST", ROOT "/folders/{folderId}/connection-needs", "assignConnections", RV_A_FLOW_EDIT, RV_ENV_NATIVE, 0, NULL, &assign_shape, assign_connections, "Give all those cards a connection at once; answers what is left." },
    { "GET", ROOT "/cards", "listCards", RV_A_CARD_READ, RV_ENV_NATIVE, 0, NULL, NULL, list_cards, "The card table: what flows are built from." },
    { "GET", ROOT "/connectors", "listConnectors", RV_A_CARD_READ, RV_ENV_NATIVE, 0, NULL, NULL, list_connectors, "Connectors that connections can be made for." },
    { .method = NULL },
};
