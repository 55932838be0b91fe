/* api/flows.c: flows, their versions, import and export, and trying one out from the console. */
#include "api/api.h"
#include "flows/flows.h"
#include "requests/requests.h"

#define ROOT "/reeve/api/v1"

struct flow_body {
    uint64_t seen, nulls;
    rv_str name, description, folder_id, note;
    json_t *cards;
    bool save_data, log_stream;
    int64_t version;
};
enum { M_NAME, M_DESCRIPTION, M_FOLDER, M_NOTE, M_CARDS, M_SAVE, M_STREAM };
#define MEMBERS(required)                                                                                                                                      \
    { "name", RV_K_TEXT, (required) | RV_NO_CONTROL, offsetof(struct flow_body, name), 1, 200, NULL, "Name." },                                              \
        { "description", RV_K_TEXT, RV_NULLABLE, offsetof(struct flow_body, description), 0, 4000, NULL, "What the flow does." },                            \
        { "folderId", RV_K_TEXT, (required), offsetof(struct flow_body, folder_id), 1, 64, NULL, "Folder it lies in." },                                       \
        { "note", RV_K_TEXT, RV_NULLABLE, offsetof(struct flow_body, note), 0, 1000, NULL, "What this save changed." },                                      \
        { "cards", RV_K_ARRAY, 0, offsetof(struct flow_body, cards), 0, 0, NULL, "All cards; a save makes a version." },                                     \
    {                                                                                                                                                          \
        "saveData", RV_K_BOOL, 0, offsetof(struct flow_body, save_data), 0, 0, NULL, "Whether runs keep the values of their cards."                          \
    }
static const struct rv_member create_members[] = { MEMBERS(RV_REQUIRED), { .name = NULL } };
static const struct rv_member update_members[] = {
    MEMBERS(0),
    { "logStream", RV_K_BOOL, 0, offsetof(struct flow_body, log_stream), 0, 0, NULL, "Whether its runs are told to the log collector." },
    { "version", RV_K_INT, RV_REQUIRED, offsetof(struct flow_body, version), 0, 0, NULL, "Version that the change is made to." },
    { .name = NULL },
};
static const struct rv_shape flow_create = { "FlowCreate", create_members, false }, flow_update = { "FlowUpdate", update_members, false };

static struct rv_flow_in flow_in(const struct flow_body *b)
{
    return (struct rv_flow_in){ .name = b->name,
                                .description =
                                    b->description.p != NULL ? b->description : RV_STR(""),
                                .folder_id = b->folder_id,
                                .note = b->note,
                                .cards = b->cards,
                                .has_name = RV_SEEN(b, M_NAME),
                                .has_description = RV_SEEN(b, M_DESCRIPTION),
                                .has_folder = RV_SEEN(b, M_FOLDER),
                                .has_save_data = RV_SEEN(b, M_SAVE),
                                .save_data = b->save_data,
                                .has_log_stream = RV_SEEN(b, M_STREAM),
                                .log_stream = b->log_stream,
                                .version = b->version };
}

static rv_status query(struct rv_req *rq, struct rv_flow_query *ret)
{
    struct rv_page page;
    bool enabled;
    RV_TRY(rv_req_page(rq, 20, 200, &page));
    RV_TRY(rv_req_query_bool(rq, "enabled", false, &enabled));
    *ret =
        (struct rv_flow_query){ .limit = page.limit,
                                .after = page.after,
                                .q = rv_req_query(rq, "q"),
                                .folder_id = rv_req_query(rq, "folderId"),
                                .kind = rv_req_query(rq, "kind"),
                                .enabled = rv_req_query(rq, "enabled").p == NULL ? -1 : enabled };
    return RV_OK;
}

static rv_status list_flows(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_flow_query q;
    rv_str next = RV_NONE_STR;
    RV_TRY(query(rq, &q));
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_flow_list(rv_req_cx(rq), &q, w, &next));
    return rv_list_end(rq, next);
}

static rv_status create_flow(struct rv_req *rq)
{
    struct flow_body b = { 0 };
    rv_str id;
    RV_TRY(rv_req_decode(rq, &flow_create, &b));
    struct rv_flow_in in = flow_in(&b);
    RV_TRY(rv_flow_create(rv_req_cx(rq), &in, &id));
    return rv_reply_created(rq, ROOT "/flows", rv_flow_get, id);
}

static rv_status get_flow(struct rv_req *rq)
{
    RV_TRY(rv_flow_view(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status update_flow(struct rv_req *rq)
{
    struct flow_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &flow_update, &b));
    struct rv_flow_in in = flow_in(&b);
    RV_TRY(rv_flow_update(rv_req_cx(rq), rv_req_param(rq, 0), &in));
    return rv_reply_object(rq, 200, rv_flow_get, rv_req_param(rq, 0));
}

static rv_status delete_flow(struct rv_req *rq)
{
    RV_TRY(rv_flow_delete(rv_req_cx(rq), rv_req_param(rq, 0)));
    return rv_reply_none(rq, 204);
}

static rv_status activate_flow(struct rv_req *rq)
{
    RV_TRY(rv_flow_set_enabled(rv_req_cx(rq), rv_req_param(rq, 0), true));
    return rv_reply_object(rq, 200, rv_flow_get, rv_req_param(rq, 0));
}

static rv_status deactivate_flow(struct rv_req *rq)
{
    RV_TRY(rv_flow_set_enabled(rv_req_cx(rq), rv_req_param(rq, 0), false));
    return rv_reply_object(rq, 200, rv_flow_get, rv_req_param(rq, 0));
}

static rv_status duplicate_flow(struct rv_req *rq)
{
    rv_str id;
    RV_TRY(rv_flow_duplicate(rv_req_cx(rq), rv_req_param(rq, 0), &id));
    return rv_reply_created(rq, ROOT "/flows", rv_flow_get, id);
}

static rv_status list_versions(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_flow_query q;
    rv_str next = RV_NONE_STR;
    RV_TRY(query(rq, &q));
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_flow_version_list(rv_req_cx(rq), rv_req_param(rq, 0), &q, w, &next));
    return rv_list_end(rq, next);
}

static rv_status version_number(struct rv_req *rq, int64_t *ret)
{
    if (rv_str_to_int(rv_req_param(rq, 1), ret))
        return RV_OK;
    return rv_fail(rv_req_cx(rq), RV_NOT_FOUND, "Not found: there is no version %.*s of this flow",
                   RV_FMT(rv_req_param(rq, 1)));
}

static rv_status get_version(struct rv_req *rq)
{
    int64_t n;
    RV_TRY(version_number(rq, &n));
    RV_TRY(rv_flow_version_get(rv_req_cx(rq), rv_req_param(rq, 0), n, rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

struct version_body {
    uint64_t seen, nulls;
    rv_str note;
};
static const struct rv_member version_members[] = {
    { "note", RV_K_TEXT, RV_REQUIRED | RV_NULLABLE, offsetof(struct version_body, note), 0, 1000, NULL, "What the version is, or what its save changed; null: nothing." },
    { .name = NULL },
};
static const struct rv_shape version_update = { "FlowVersionUpdate", version_members, false };

static rv_status update_version(struct rv_req *rq)
{
    int64_t n;
    struct version_body b = { 0 };
    RV_TRY(version_number(rq, &n));
    RV_TRY(rv_req_decode(rq, &version_update, &b));
    RV_TRY(rv_flow_version_describe(rv_req_cx(rq), rv_req_param(rq, 0), n, b.note));
    return rv_reply_none(rq, 204);
}

static rv_status restore_version(struct rv_req *rq)
{
    int64_t n;
    RV_TRY(version_number(rq, &n));
    RV_TRY(rv_flow_version_restore(rv_req_cx(rq), rv_req_param(rq, 0), n));
    return rv_reply_object(rq, 200, rv_flow_get, rv_req_param(rq, 0));
}

static rv_status get_usage(struct rv_req *rq)
{
    struct rv_jw *w = rv_reply_json(rq);
    rv_jw_obj(w);
    RV_TRY(rv_flow_usage(rv_req_cx(rq), rv_req_param(rq, 0), w)); /* asks the judge for the flow */
    rv_jw_key(w, "requestTypes");
    rv_jw_arr(w);
    RV_TRY(rv_request_types_of_flow(rv_req_cx(rq), rv_req_param(rq, 0), w));
    rv_jw_arr_end(w);
    rv_jw_obj_end(w);
    return rv_reply(rq, 200);
}

static rv_status clear_data(struct rv_req *rq)
{
    bool stop;
    RV_TRY(rv_req_query_bool(rq, "stop", false, &stop));
    RV_TRY(rv_flow_clear_data(rv_req_cx(rq), rv_req_param(rq, 0), stop));
    return rv_reply_none(rq, 204);
}

/* ---- import and export ----------------------------------------------------------------------- */

static rv_status import_flows(struct rv_req *rq)
{
    struct rv_cx *cx = rv_req_cx(rq);
    struct rv_import_report report = { 0 };
    rv_str folder = rv_req_query(rq, "folderId");
    if (folder.p == NULL)
        return rv_fail_field(cx, "folderId", "REQUIRED_PROPERTY_MISSING",
                             "folderId is required: the folder that the flows go into");
    if (rq->x->body.p == NULL)
        return rv_fail(cx, RV_MALFORMED, "The body is empty; send the export file.");
    RV_TRY(
        rv_flow_import(cx, folder, rv_req_query(rq, "connectionId"), rq->x->body, false, &report));
    rv_import_report_write(&report, rv_reply_json(rq));
    return rv_reply(rq, 201);
}

static rv_status export_flow(struct rv_req *rq)
{
    rv_str name;
    RV_TRY(rv_flow_export(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq), &name));
    return rv_reply_download(rq, "application/json",
                             rv_printf(rv_req_cx(rq), "%.*s.flow", RV_FMT(name)));
}

/* clang-format off */
const struct rv_route rv_routes_flows[] = {
    { "GET", ROOT "/flows", "listFlows", RV_A_FLOW_READ, RV_ENV_NATIVE, 0, NULL, NULL, list_flows, "Flows, by folderId, kind, enabled, q." },
    { "POST", ROOT "/flows", "createFlow", RV_A_FLOW_EDIT, RV_ENV_NATIVE, RV_ROUTE_IMPORT, NULL, &flow_create, create_flow, "Make a flow." },
    { "POST", ROOT "/flows/import", "importFlows", RV_A_FLOW_EDIT, RV_ENV_NATIVE, RV_ROUTE_IMPORT | RV_ROUTE_TEXT_BODY, NULL, NULL, import_flows, "Import an export file into a folder; everything in it or nothing." },
    { "GET", ROOT "/flows/{flowId}", "getFlow", RV_A_FLOW_READ, RV_ENV_NATIVE, 0, NULL, NULL, get_flow, "One flow with its cards and what stops it from being switched on." },
    { "PATCH", ROOT "/flows/{flowId}", "updateFlow", RV_A_FLOW_EDIT, RV_ENV_NATIVE, RV_ROUTE_IMPORT, NULL, &flow_update, update_flow, "Change a flow; cards make a new version." },
    { "DELETE", ROOT "/flows/{flowId}", "deleteFlow", RV_A_FLOW_EDIT, RV_ENV_NATIVE, 0, NULL, NULL, delete_flow, "Delete a flow without unfinished runs." },
    { "POST", ROOT "/flows/{flowId}/activate", "activateFlow", RV_A_FLOW_EDIT, RV_ENV_NATIVE, 0, NULL, NULL, activate_flow, "Switch a flow on." },
    { "POST", ROOT "/flows/{flowId}/deactivate", "deactivateFlow", RV_A_FLOW_EDIT, RV_ENV_NATIVE, 0, NULL, NULL, deactivate_flow, "Switch a flow off; runs under way end." },
    { "POST", ROOT "/flows/{flowId}/duplicate", "duplicateFlow", RV_A_FLOW_EDIT, RV_ENV_NATIVE, 0, NULL, NULL, duplicate_flow, "Copy a flow; the copy is off." },
    { "GET", ROOT "/flows/{flowId}/versions", "listFlowVersions", RV_A_FLOW_READ, RV_ENV_NATIVE, 0, NULL, NULL, list_versions, "Saves of a flow, newest first." },
    { "GET", ROOT "/flows/{flowId}/versions/{number}", "getFlowVersion", RV_A_FLOW_READ, RV_ENV_NATIVE, 0, NULL, NULL, get_version, "One save of a flow with its cards." },
    { "PATCH", ROOT "/flows/{flowId}/versions/{number}", "updateFlowVersion", RV_A_FLOW_EDIT, RV_ENV_NATIVE, 0, NULL, &version_update, update_version, "Describe a version." },
    { "POST", ROOT "/flows/{flowId}/versions/{number}/restore", "restoreFlowVersion", RV_A_FLOW_EDIT, RV_ENV_NATIVE, 0, NULL, NULL, restore_version, "Save an earlier version again as the newest." },
    { "GET", ROOT "/flows/{flowId}/usage", "getFlowUsage", RV_A_FLOW_READ, RV_ENV_NATIVE, 0, NULL, NULL, get_usage, "What calls this flow, what it calls, and the request types that use it." },
    { "GET", ROOT "/flows/{flowId}/export", "exportFlow", RV_A_FLOW_READ, RV_ENV_NATIVE, 0, NULL, NULL, export_flow, "The flow as an export file." },
    { "DELETE", ROOT "/flows/{flowId}/run-data", "clearRunData", RV_A_RUN_MANAGE, RV_ENV_NATIVE, 0, NULL, NULL, clear_data, "Delete the values of ended runs; the list of runs stays. With stop=true none are kept from now on." },
    { .method = NULL },
};
