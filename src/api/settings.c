/* api/settings.c: settings of the organisation, its mail, and the state of the server for
 * administrators. */
#include "api/api_int.h"
#include "flows/flows.h"
#include "requests/requests.h"
#include "store/store.h"

#include <stdio.h>
#include <time.h>

#define ROOT "/reeve/api/v1"

static rv_status get_settings(struct rv_req *rq)
{
    RV_TRY(rv_settings_write(rv_req_cx(rq), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status update_settings(struct rv_req *rq)
{
    if (!json_is_object(rq->body))
        return rv_fail_field(rv_req_cx(rq), "", "INVALID_TYPE", "the body must be an object");
    RV_TRY(rv_settings_update(rv_req_cx(rq), rq->body));
    if (json_object_get(rq->body, "syncInterval") != NULL)
        RV_TRY(rv_sync_replan(rv_req_cx(rq)));
    return get_settings(rq);
}

struct test_body {
    uint64_t seen, nulls;
    rv_str to;
};
static const struct rv_member test_members[] = {
    { "to", RV_K_TEXT, RV_NO_CONTROL, offsetof(struct test_body, to), 3, 254, NULL, "Address; absent: the caller's own." },
    { .name = NULL },
};
static const struct rv_shape test_shape = { "MailTest", test_members, false };

static rv_status test_mail(struct rv_req *rq)
{
    struct rv_cx *cx = rv_req_cx(rq);
    struct test_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &test_shape, &b));
    RV_TRY(rv_mail_test(cx, b.to.p != NULL ? b.to : cx->principal->email));
    struct rv_jw *w = rv_reply_json(rq);
    rv_jw_obj(w);
    rv_jw_kbool(w, "ok", true);
    rv_jw_obj_end(w);
    return rv_reply(rq, 200);
}

struct stream_body {
    uint64_t seen, nulls;
    rv_str url, template;
    json_t *headers, *events;
    bool enabled;
    int64_t version;
};
static const struct rv_member stream_members[] = {
    { "url", RV_K_TEXT, RV_REQUIRED | RV_NO_CONTROL, offsetof(struct stream_body, url), 1, 2000, NULL, "Address that records are posted to." },
    { "template", RV_K_TEXT, RV_NULLABLE, offsetof(struct stream_body, template), 0, 8192, NULL, "Text around one record, with {{record}} in it; empty: a JSON list." },
    { "headers", RV_K_OBJECT, RV_NULLABLE, offsetof(struct stream_body, headers), 0, 0, NULL, "Headers by name, never shown again; absent: as before, when the address stays." },
    { "events", RV_K_ARRAY, RV_REQUIRED, offsetof(struct stream_body, events), 0, 0, NULL, "FLOW_START, FLOW_SUCCESS, FLOW_FAILURE, FLOW_CANCELED, FLOW_PAUSED, FLOW_RATE_LIMITED, FLOW_THROTTLED." },
    { "enabled", RV_K_BOOL, RV_REQUIRED, offsetof(struct stream_body, enabled), 0, 0, NULL, "Whether runs are told." },
    { "version", RV_K_INT, RV_REQUIRED, offsetof(struct stream_body, version), 0, 0, NULL, "Version that the change is made to; 0: the first." },
    { .name = NULL },
};
static const struct rv_shape stream_shape = { "LogStream", stream_members, false };

static rv_status get_stream(struct rv_req *rq)
{
    RV_TRY(rv_log_stream_get(rv_req_cx(rq), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status put_stream(struct rv_req *rq)
{
    struct stream_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &stream_shape, &b));
    struct rv_log_stream_in in = { .url = b.url,
                                   .template = b.template.p != NULL ? b.template : RV_STR(""),
                                   .headers = b.headers,
                                   .events = b.events,
                                   .enabled = b.enabled,
                                   .version = b.version };
    RV_TRY(rv_log_stream_put(rv_req_cx(rq), &in));
    return get_stream(rq);
}

static rv_status test_stream(struct rv_req *rq)
{
    RV_TRY(rv_log_stream_test(rv_req_cx(rq), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status list_mails(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_page page;
    rv_str next = RV_NONE_STR;
    RV_TRY(rv_req_page(rq, 20, 200, &page));
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(
        rv_mail_page(rv_req_cx(rq), rv_req_query(rq, "status"), page.limit, page.after, w, &next));
    return rv_list_end(rq, next);
}

static rv_status get_mail(struct rv_req *rq)
{
    RV_TRY(rv_mail_show(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status get_mail_file(struct rv_req *rq)
{
    struct rv_mail_file f;
    RV_TRY(rv_mail_file(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), &f));
    rv_buf_clear(&rq->x->buf);
    rv_buf_add(&rq->x->buf, f.content);
    return rv_reply_download(rq, "application/octet-stream", f.name);
}

static rv_status delete_mails(struct rv_req *rq)
{
    RV_TRY(rv_mail_delete_captured(rv_req_cx(rq)));
    return rv_reply_none(rq, 204);
}

/* ---- health ---------------------------------------------------------------------------------- */

/* A line "Name:   value" of /proc/self/status, in its own unit; 0 when it is not there. */
static int64_t process_status(const char *name)
{
    char line[256];
    int64_t value = 0;
    FILE *f = fopen("/proc/self/status", "r");
    if (f == NULL)
        return 0;
    while (fgets(line, sizeof line, f) != NULL) {
        rv_str rest = rv_str_of(line), key, word;
        if (!rv_str_split(&rest, ':', &key) || !rv_str_eq(key, rv_str_of(name)))
            continue;
        rest = rv_str_trim(rest);
        if (rv_str_split(&rest, ' ', &word) && rv_str_to_int(rv_str_trim(word), &value))
            break;
        value = 0;
    }
    (void)fclose(f); /* only read */
    return value;
}

int64_t rv_resident_bytes(void)
{
    return process_status("VmRSS") * 1024;
}

static void write_store(struct rv_cx *cx, struct rv_jw *w)
{
    struct rv_store_stats s;
    rv_store_stats(cx->env->store, &s);
    rv_jw_key(w, "store");
    rv_jw_obj(w);
    rv_jw_kstr(w, "status", s.read_only ? RV_STR("READ_ONLY") : RV_STR("OK"));
    rv_jw_kint(w, "schema", s.schema_version);
    rv_jw_kint(w, "bytes", s.bytes);
    rv_jw_kint(w, "flushes", (int64_t)s.flushes);
    rv_jw_kint(w, "transactions", (int64_t)s.transactions);
    rv_jw_kbool(w, "readOnly", s.read_only);
    rv_jw_obj_end(w);
    rv_jw_key(w, "queue");
    rv_jw_obj(w);
    rv_jw_kint(w, "pending", (int64_t)s.jobs_pending);
    rv_jw_obj_end(w);
}

static rv_status write_mail(struct rv_cx *cx, struct rv_jw *w)
{
    int64_t queued = 0, failed = 0;
    RV_TRY(rv_mail_counts(cx, &queued, &failed));
    rv_jw_key(w, "mail");
    rv_jw_obj(w);
    rv_jw_kbool(w, "configured", rv_mail_configured(cx->env));
    rv_jw_kint(w, "queued", queued);
    rv_jw_kint(w, "failed", failed);
    rv_jw_obj_end(w);
    return RV_OK;
}

static rv_status get_health(struct rv_req *rq)
{
    struct rv_cx *cx = rv_req_cx(rq);
    struct rv_jw *w = rv_reply_json(rq);
    RV_TRY(rv_authz(cx, NULL, RV_A_HEALTH, RV_NO_OBJECT));
    rv_jw_obj(w);
    rv_jw_kstr(w, "version", RV_STR(RV_VERSION));
    rv_jw_ktime(w, "started", rv_hit_of(rq)->router->started_at);
    write_store(cx, w);
    RV_TRY(write_mail(cx, w));
    rv_jw_key(w, "sync");
    rv_jw_arr(w);
    RV_TRY(rv_sync_health(cx, w));
    rv_jw_arr_end(w);
    rv_jw_key(w, "process");
    rv_jw_obj(w);
    rv_jw_kint(w, "residentBytes", rv_resident_bytes());
    rv_jw_kint(w, "threads", process_status("Threads"));
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
    return rv_reply(rq, 200);
}

/* clang-format off */
const struct rv_route rv_routes_settings[] = {
    { "GET", ROOT "/settings", "getSettings", RV_A_SETTINGS, RV_ENV_NATIVE, 0, NULL, NULL, get_settings, "Settings of the organisation." },
    { "PATCH", ROOT "/settings", "updateSettings", RV_A_SETTINGS, RV_ENV_NATIVE, RV_ROUTE_JSON, NULL, NULL, update_settings, "Change settings of the organisation." },
    { "GET", ROOT "/log-stream", "getLogStream", RV_A_SETTINGS, RV_ENV_NATIVE, 0, NULL, NULL, get_stream, "Where records of runs are posted, and how that goes." },
    { "PUT", ROOT "/log-stream", "putLogStream", RV_A_SETTINGS, RV_ENV_NATIVE, 0, NULL, &stream_shape, put_stream, "Set where records of runs are posted." },
    { "POST", ROOT "/log-stream/test", "testLogStream", RV_A_SETTINGS, RV_ENV_NATIVE, 0, NULL, NULL, test_stream, "Post a test record now." },
    { "POST", ROOT "/settings/mail/test", "testMail", RV_A_SETTINGS, RV_ENV_NATIVE, 0, NULL, &test_shape, test_mail, "Send a test mail now." },
    { "GET", ROOT "/mails", "listMails", RV_A_MAIL, RV_ENV_NATIVE, 0, NULL, NULL, list_mails, "Captured and queued mail, newest first." },
    { "GET", ROOT "/mails/{mailId}", "getMail", RV_A_MAIL, RV_ENV_NATIVE, 0, NULL, NULL, get_mail, "One mail with its text." },
    { "GET", ROOT "/mails/{mailId}/files/{position}", "getMailFile", RV_A_MAIL, RV_ENV_NATIVE, 0, NULL, NULL, get_mail_file, "A file that came with a captured mail; position from 0." },
    { "DELETE", ROOT "/mails", "deleteMails", RV_A_MAIL, RV_ENV_NATIVE, 0, NULL, NULL, delete_mails, "Delete captured mail." },
    { "GET", ROOT "/health", "getHealth", RV_A_HEALTH, RV_ENV_NATIVE, 0, NULL, NULL, get_health, "State of the server." },
    { .method = NULL },
};
