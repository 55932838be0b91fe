/* org/event.c: the system log: one row per thing that happened, written with the change it tells
 * of.
 *
 * A row is as small as it can be, because a run writes one: the type is a number of events.h,
 * targets are one short JSON list, everything a reader wants beside (sentence, severity, empty
 * contexts of the public form) is added when the row is shown. Two ways of reading (api.md 16): a
 * bounded list follows the time, a poll follows the order of commits, which is the order of seq
 * because one writer gives it out. Rows are never changed here and never deleted. */
#include "org/events.h"
#include "org/filter.h"
#include "org/org_int.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { VIEWS = 1024, VIEW_MS = 600000 };
enum { SCAN_MAX = 20000 /* rows one request looks at for a filter; the next link goes on from there */, KEYWORDS_MAX = 10, KEYWORD_MAX = 40 };
static const int64_t DAY_MS = 86400000;

static const struct {
    int number;
    rv_str type;
    const char *severity, *message;
} types[] = {
#define RV_X(number, type, severity, message) { number, RV_STR_INIT(type), #severity, message },
    RV_EVENT_TABLE(RV_X)
#undef RV_X
};
static int index_of_number(int64_t number)
{
    for (size_t i = 0; i < RV_LEN(types); i++)
        if (types[i].number == number)
            return (int)i;
    return -1;
}

static int number_of_type(rv_str type)
{
    for (size_t i = 0; i < RV_LEN(types); i++)
        if (rv_str_eq(type, types[i].type))
            return types[i].number;
    return 0;
}

/* ---- statements ------------------------------------------------------------------------------ */

enum { Q_INSERT, Q_FORWARD, Q_BACKWARD, Q_COMMITS, Q_GET, Q_FIRST_SINCE, Q_LAST, Q_N };
#define EVENT_COLUMNS "seq, at, type, success, reason, actor_kind, actor_id, actor_name, actor_login, method, session_id, peer, web, cause_id, targets, detail"
#define EVENT_OUT "seq:int at:time type:int success:bool reason:text actor_kind:int actor_id:text actor_name:text actor_login:text method:int " \
                  "session_id:text peer:text web:bool cause_id:text targets:text detail:text"
#define INSERT_EVENT                                                                                                    \
    "INSERT INTO event (at, type, success, reason, actor_kind, actor_id, actor_name, actor_login, method, session_id, peer, web, cause_id, targets, detail) " \
    "VALUES (:at, :type, :success, :reason, :actor_kind, :actor_id, :actor_name, :actor_login, :method, :session_id, :peer, :web, :cause_id, :targets, :detail)"
static const struct rv_sql event_sql[Q_N] = {
    [Q_INSERT] = {
        .name = "event_insert",
        .text = INSERT_EVENT,
        .pg = INSERT_EVENT " RETURNING seq",
        .in = "at:time type:int success:bool reason:text actor_kind:int actor_id:text actor_name:text actor_login:text method:int session_id:text "
              "peer:text web:bool cause_id:text targets:text detail:text",
    },
    [Q_FORWARD] = {
        .name = "event_forward",
        .text = "SELECT " EVENT_COLUMNS " FROM event WHERE (at, seq) > (:at, :seq) AND at <= :until ORDER BY at, seq LIMIT :n",
        .in = "at:time seq:int until:time n:int", .out = EVENT_OUT,
    },
    [Q_BACKWARD] = {
        .name = "event_backward",
        .text = "SELECT " EVENT_COLUMNS " FROM event WHERE (at, seq) < (:at, :seq) AND at >= :since ORDER BY at DESC, seq DESC LIMIT :n",
        .in = "at:time seq:int since:time n:int", .out = EVENT_OUT,
    },
    [Q_COMMITS] = {
        .name = "event_commits",
        .text = "SELECT " EVENT_COLUMNS " FROM event WHERE seq > :seq ORDER BY seq LIMIT :n",
        .in = "seq:int n:int", .out = EVENT_OUT,
    },
    [Q_GET] = { .name = "event_get", .text = "SELECT " EVENT_COLUMNS " FROM event WHERE seq = :seq", .in = "seq:int", .out = EVENT_OUT },
    [Q_FIRST_SINCE] = {
        .name = "event_first_since", .text = "SELECT MIN(seq) AS seq FROM event WHERE at >= :since", .in = "since:time", .out = "seq:int",
    },
    [Q_LAST] = { .name = "event_last", .text = "SELECT COALESCE(MAX(seq), 0) AS seq FROM event", .out = "seq:int" },
};
RV_SQL_MODULE(event, event_sql);

/* ---- writing --------------------------------------------------------------------------------- */

static uint8_t nibble(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Runs write most of the rows, and the id of a run is most of what its targets take: a UUID stands
 * there as ["22 characters"]. */
static void write_id(struct rv_cx *cx, struct rv_jw *w, rv_str id)
{
    uint8_t raw[16];
    size_t n = 0;
    if (!rv_id_is_uuid(id)) {
        rv_jw_str(w, id);
        return;
    }
    for (size_t i = 0; i < id.n; i += 2) {
        i += id.p[i] == '-';
        raw[n++] = (uint8_t)(nibble(id.p[i]) << 4 | nibble(id.p[i + 1]));
    }
    rv_jw_arr(w);
    rv_jw_str(w, rv_base64url(cx, (rv_str){ (const char *)raw, sizeof raw }));
    rv_jw_arr_end(w);
}

static rv_str read_id(struct rv_cx *cx, const json_t *id)
{
    rv_str raw, hex;
    if (!json_is_array(id))
        return rv_json_str(id);
    if (!rv_base64_decode(cx, rv_json_str(json_array_get(id, 0)), &raw) || raw.n != 16)
        return RV_NONE_STR;
    hex = rv_hex(cx, raw.p, raw.n);
    return hex.p == NULL ? hex
                         : rv_printf(cx, "%.8s-%.4s-%.4s-%.4s-%.12s", hex.p, hex.p + 8, hex.p + 12,
                                     hex.p + 16, hex.p + 20);
}

/* A name that is the one before it is 0. */
static rv_status targets_text(struct rv_cx *cx, const struct rv_target *targets, size_t n,
                              rv_str *ret)
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str text = RV_NONE_STR;
    *ret = RV_NONE_STR;
    if (n == 0)
        return RV_OK;
    rv_buf_init(&b, 64 << 10);
    rv_jw_init(&w, &b);
    rv_jw_arr(&w);
    for (size_t i = 0; i < n; i++) {
        rv_jw_arr(&w);
        rv_jw_str(&w, rv_str_of(targets[i].type));
        write_id(cx, &w, targets[i].id);
        if (i > 0 && targets[i].name.p != NULL && rv_str_eq(targets[i].name, targets[i - 1].name))
            rv_jw_int(&w, 0);
        else
            rv_jw_str(&w, targets[i].name);
        if (targets[i].alternate != NULL)
            rv_jw_str(&w, rv_str_of(targets[i].alternate));
        rv_jw_arr_end(&w);
    }
    rv_jw_arr_end(&w);
    rv_status st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK) {
        char *copy = rv_alloc(cx, text.n + 1);
        st = copy != NULL ? RV_OK : RV_BUSY;
        if (copy != NULL) {
            memcpy(copy, text.p, text.n);
            rv_utf8_mend(copy, text.n); /* names come from anywhere, also from people who are not signed in */
            *ret = (rv_str){ copy, text.n };
        }
    }
    rv_buf_done(&b);
    return st;
}

rv_status rv_event_add(struct rv_tx *tx, const char *event_type, bool success, rv_str reason,
                       const struct rv_target *targets, size_t targets_n, rv_str detail)
{
    static const struct rv_principal nobody = { .kind = RV_USER };
    struct rv_cx *cx = rv_tx_cx(tx);
    const struct rv_principal *p = cx->root                ? &rv_principal_system
                                   : cx->principal != NULL ? cx->principal
                                                           : &nobody;
    int number = number_of_type(rv_str_of(event_type));
    bool web = cx->log_key != NULL && strcmp(cx->log_key, "req") == 0,
         person = p->kind != RV_SYSTEM && p->id.p != NULL;
    int64_t seq;
    rv_str text;
    if (number == 0)
        RV_BUG("event type %s is not in org/events.h", event_type);
    RV_TRY(targets_text(cx, targets, targets_n, &text));
    RV_TRY(rv_sql_insert(tx, &event_sql[Q_INSERT], &seq,
                         RV_ARGS(rv_tx_now(tx), number, success, reason, (int)p->kind,
                                 person ? p->id : RV_NONE_STR, person ? p->name : RV_NONE_STR,
                                 p->kind == RV_USER ? p->login : RV_NONE_STR,
                                 person ? (int64_t)p->method : RV_NO_INT,
                                 person && p->session_id.n > 0 ? p->session_id : RV_NONE_STR,
                                 p->peer, web, cx->log_id, text, detail)));
    return rv_event_tell(tx, event_type, seq);
}

/* ---- events of reads ------------------------------------------------------------------------- */

/* A refusal or a look at something has no transaction of its own that it could be written with. */
struct late {
    struct rv_cx cx;
    struct rv_principal who;
    const char *type;
    bool success;
    rv_str reason, detail;
    struct rv_target target;
    struct rv_write write;
};

static rv_status late_tx(struct rv_tx *tx, void *arg)
{
    const struct late *l = arg;
    return rv_event_add(tx, l->type, l->success, l->reason, &l->target, 1, l->detail);
}

static void late_written(struct rv_write *w, rv_status st)
{
    struct late *l = w->arg;
    if (st != RV_OK)
        rv_log_error(&l->cx, RV_LOG_WARN, "event.late");
    rv_cx_done(&l->cx);
    free(l);
}

/* reason and target.type are literals; everything else is copied. */
static void write_late(const struct rv_cx *cx, const char *event_type, bool success, rv_str reason,
                       struct rv_target target, rv_str detail)
{
    const struct rv_principal *p = cx->root ? &rv_principal_system : cx->principal;
    struct late *l = calloc(1, sizeof *l);
    if (l == NULL || rv_cx_init(&l->cx, cx->env, 0) != RV_OK) {
        free(l);
        return; /* the call stands in the log of the server */
    }
    if (p != NULL) {
        l->who = (struct rv_principal){ .kind = p->kind,
                                        .method = p->method,
                                        .id = rv_dup(&l->cx, p->id),
                                        .name = rv_dup(&l->cx, p->name),
                                        .login = rv_dup(&l->cx, p->login),
                                        .session_id = rv_dup(&l->cx, p->session_id),
                                        .peer = rv_dup(&l->cx, p->peer) };
        l->cx.principal = &l->who;
    }
    l->cx.root = cx->root;
    l->cx.log_key = cx->log_key;
    l->cx.log_id = rv_dup(&l->cx, cx->log_id);
    l->type = event_type;
    l->success = success;
    l->reason = reason;
    l->detail = rv_dup(&l->cx, detail);
    l->target = (struct rv_target){ .type = target.type,
                                    .id = rv_dup(&l->cx, target.id),
                                    .name = rv_dup(&l->cx, target.name) };
    l->write = (struct rv_write){ .cx = &l->cx, .fn = late_tx, .done = late_written, .arg = l };
    rv_store_write_async(cx->env->store, &l->write);
}

void rv_event_later(const struct rv_cx *cx, const char *event_type, rv_str reason,
                    struct rv_target target, rv_str detail)
{
    write_late(cx, event_type, reason.p == NULL, reason, target, detail);
}

void rv_event_refused(const struct rv_cx *cx, const char *operation)
{
    write_late(cx, "reeve.access.refuse", false,
               RV_STR("The caller is not allowed to do this"),
               (struct rv_target){ .type = "Action",
                                   .id = rv_str_of(
                                       rv_action_name((enum rv_action)cx->action_refused)),
                                   .name = rv_str_of(operation) },
               RV_NONE_STR);
}

/* Pages load a thing again and again while they are open: the same look within VIEW_MS is one.
 * Slots are chosen by a hash; who loses one to somebody else writes an event more. */
static bool first_look(const struct rv_cx *cx, const char *event_type, rv_str id)
{
    static struct {
        uint64_t who;
        int64_t at;
    } looks[VIEWS];
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    uint64_t who = rv_str_hash(RV_HASH_FIRST, rv_str_of(event_type));
    int64_t now = rv_now(cx->env);
    who = rv_str_hash(rv_str_hash(who, cx->principal->id), id);
    size_t slot = who % VIEWS;
    (void)pthread_mutex_lock(&lock);
    bool first = looks[slot].who != who || now - looks[slot].at >= VIEW_MS;
    if (first) {
        looks[slot].who = who;
        looks[slot].at = now;
    }
    (void)pthread_mutex_unlock(&lock);
    return first;
}

void rv_event_viewed(const struct rv_cx *cx, const char *event_type, struct rv_target target)
{
    if (cx->root || cx->principal == NULL || cx->principal->id.p == NULL ||
        cx->principal->method == RV_AUTH_LOCAL || !first_look(cx, event_type, target.id))
        return;
    write_late(cx, event_type, true, RV_NONE_STR, target, RV_NONE_STR);
}

/* ---- showing --------------------------------------------------------------------------------- */

struct row {
    int64_t seq, at, type, actor_kind, method;
    bool success, web;
    rv_str reason, actor_id, actor_name, actor_login, session_id, peer, cause_id, targets, detail;
};

static void read_row(struct rv_rows *r, struct row *e)
{
    *e = (struct row){
        .seq = rv_col_int(r, 0),
        .at = rv_col_int(r, 1),
        .type = rv_col_int(r, 2),
        .success = rv_col_bool(r, 3),
        .reason = rv_col_str(r, 4),
        .actor_kind = rv_col_int(r, 5),
        .actor_id = rv_col_str(r, 6),
        .actor_name = rv_col_str(r, 7),
        .actor_login = rv_col_str(r, 8),
        .method = rv_col_int(r, 9),
        .session_id = rv_col_str(r, 10),
        .peer = rv_col_str(r, 11),
        .web = rv_col_bool(r, 12),
        .cause_id = rv_col_str(r, 13),
        .targets = rv_col_str(r, 14),
        .detail = rv_col_str(r, 15),
    };
}

static void write_null(struct rv_jw *w, const char *key)
{
    rv_jw_key(w, key);
    rv_jw_null(w);
}

static void write_nulls(struct rv_jw *w, const char *const *keys)
{
    for (; *keys != NULL; keys++)
        write_null(w, *keys);
}

static void write_actor(struct rv_jw *w, const struct row *e)
{
    static const char *const kinds[] = {
        [RV_USER] = "User", [RV_APP] = "PublicClientApp", [RV_SYSTEM] = "SystemPrincipal"
    };
    bool system = e->actor_kind == RV_SYSTEM;
    rv_str id = system ? RV_STR("system") : e->actor_id.p != NULL ? e->actor_id : RV_STR("unknown");
    rv_str alternate = system                  ? RV_STR("system@reeve")
                       : e->actor_login.n > 0  ? e->actor_login
                       : e->actor_id.p != NULL ? e->actor_id
                                               : RV_STR("unknown");
    rv_jw_key(w, "actor");
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", id);
    rv_jw_kstr(w, "type",
               rv_str_of(kinds[e->actor_kind < 0 || e->actor_kind > RV_SYSTEM ? RV_SYSTEM
                                                                              : e->actor_kind]));
    rv_jw_kstr(w, "alternateId", alternate);
    rv_jw_kstr(w, "displayName", system ? RV_STR("Reeve System") : e->actor_name);
    write_null(w, "detailEntry");
    rv_jw_obj_end(w);
}

static void write_client(struct rv_jw *w, const struct row *e)
{
    static const char *const nulls[] = { "userAgent", "zone", "device", "id", NULL };
    rv_jw_key(w, "client");
    rv_jw_obj(w);
    write_nulls(w, nulls);
    rv_jw_kstr(w, "ipAddress", e->peer.n > 0 ? e->peer : RV_NONE_STR);
    write_null(w, "geographicalContext");
    rv_jw_obj_end(w);
    write_null(w, "device");
}

static void write_contexts(struct rv_jw *w, const struct row *e)
{
    static const char *const nulls[] = { "authenticationProvider",
                                         "credentialProvider",
                                         "credentialType",
                                         "issuer",
                                         "interface",
                                         NULL };
    bool session = e->method == RV_AUTH_SESSION;
    rv_jw_key(w, "authenticationContext");
    rv_jw_obj(w);
    write_nulls(w, nulls);
    rv_jw_kint(w, "authenticationStep", 0);
    rv_jw_kstr(w, "rootSessionId", session ? e->session_id : RV_NONE_STR);
    rv_jw_kstr(w, "externalSessionId",
               session && e->session_id.p != NULL ? e->session_id : RV_STR("unknown"));
    rv_jw_obj_end(w);
}

static void write_security(struct rv_jw *w)
{
    static const char *const nulls[] = { "asNumber", "asOrg", "isp", "domain", "isProxy", NULL };
    rv_jw_key(w, "securityContext");
    rv_jw_obj(w);
    write_nulls(w, nulls);
    rv_jw_obj_end(w);
}

static void write_transaction(struct rv_jw *w, const struct row *e)
{
    rv_jw_key(w, "transaction");
    rv_jw_obj(w);
    rv_jw_kstr(w, "type", e->web ? RV_STR("WEB") : RV_STR("JOB"));
    rv_jw_kstr(w, "id", e->cause_id);
    rv_jw_key(w, "detail");
    rv_jw_obj(w);
    if (e->method == RV_AUTH_API_TOKEN && e->session_id.p != NULL)
        rv_jw_kstr(w, "requestApiTokenId", e->session_id);
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
}

/* One row that cannot be read must not keep all others from being seen. */
static rv_status write_targets(struct rv_cx *cx, struct rv_jw *w, const struct row *e)
{
    json_t *list = NULL, *t;
    size_t i;
    rv_str name = RV_NONE_STR;
    if (e->targets.p != NULL &&
        rv_json_parse(cx, e->targets, &rv_json_limits_import, &list) != RV_OK) {
        rv_log_error(cx, RV_LOG_WARN, "event.targets");
        rv_error_clear(cx);
        list = NULL;
    }
    rv_jw_key(w, "target");
    rv_jw_arr(w);
    json_array_foreach(list, i, t)
    {
        rv_str alternate = rv_json_str(json_array_get(t, 3)),
               id = read_id(cx, json_array_get(t, 1));
        if (!json_is_integer(json_array_get(t, 2)))
            name = rv_json_str(json_array_get(t, 2));
        rv_jw_obj(w);
        rv_jw_kstr(w, "id", id);
        rv_jw_kstr(w, "type", rv_json_str(json_array_get(t, 0)));
        rv_jw_kstr(w, "alternateId",
                   alternate.p != NULL ? alternate
                   : id.p != NULL      ? id
                                       : RV_STR("unknown"));
        rv_jw_kstr(w, "displayName", name);
        write_null(w, "detailEntry");
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
    return RV_OK;
}

/* An id that comes from the row's number needs no room in the row. */
static rv_str uuid_of(struct rv_cx *cx, int64_t seq)
{
    static const uint8_t space[16] = { 0x52, 0x76, 0x45, 0x76, 0x65, 0x6e, 0x74, 0x4c,
                                       0x8f, 0x67, 0x6e, 0x61, 0x6d, 0x65, 0x73, 0x70 };
    rv_str org = cx->env->org != NULL ? rv_org_id(cx->env) : RV_STR("");
    return rv_id_uuid5(cx, space, rv_printf(cx, "%.*s.%" PRId64, RV_FMT(org), seq));
}

static rv_status write_event(struct rv_cx *cx, struct rv_jw *w, const struct row *e)
{
    int i = index_of_number(e->type);
    rv_jw_obj(w);
    write_actor(w, e);
    write_client(w, e);
    write_contexts(w, e);
    rv_jw_kstr(w, "displayMessage", rv_str_of(i >= 0 ? types[i].message : NULL));
    rv_jw_kstr(w, "eventType", i >= 0 ? types[i].type : RV_STR("unknown"));
    rv_jw_key(w, "outcome");
    rv_jw_obj(w);
    rv_jw_kstr(w, "result", e->success ? RV_STR("SUCCESS") : RV_STR("FAILURE"));
    rv_jw_kstr(w, "reason", e->reason);
    rv_jw_obj_end(w);
    rv_jw_ktime(w, "published", e->at);
    write_security(w);
    rv_jw_kstr(w, "severity",
               !e->success ? RV_STR("WARN") : rv_str_of(i >= 0 ? types[i].severity : "INFO"));
    rv_jw_key(w, "debugContext");
    rv_jw_obj(w);
    rv_jw_kraw(w, "debugData", e->detail.p != NULL ? e->detail : RV_STR("{}"));
    rv_jw_obj_end(w);
    write_null(w, "legacyEventType");
    write_transaction(w, e);
    rv_jw_kstr(w, "uuid", uuid_of(cx, e->seq));
    rv_jw_kstr(w, "version", RV_STR("0"));
    rv_jw_key(w, "request");
    rv_jw_obj(w);
    rv_jw_key(w, "ipChain");
    rv_jw_arr(w);
    if (e->peer.n > 0) {
        rv_jw_obj(w);
        rv_jw_kstr(w, "ip", e->peer);
        write_null(w, "geographicalContext");
        rv_jw_kstr(w, "version",
                   rv_str_contains(e->peer, RV_STR(":")) ? RV_STR("V6") : RV_STR("V4"));
        write_null(w, "source");
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
    rv_jw_obj_end(w);
    RV_TRY(write_targets(cx, w, e));
    rv_jw_obj_end(w);
    return RV_OK;
}

rv_status rv_event_load(struct rv_tx *tx, rv_str id, bool *ret_found, rv_str *ret_type,
                        rv_str *ret_json)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    struct row e;
    struct rv_buf b;
    struct rv_jw w;
    rv_str text;
    int64_t seq;
    *ret_found = false;
    if (!rv_str_to_int(id, &seq))
        return RV_OK;
    RV_TRY(rv_sql_first(tx, &event_sql[Q_GET], &r, ret_found, RV_ARGS(seq)));
    if (!*ret_found)
        return RV_OK;
    read_row(&r, &e);
    RV_TRY(rv_rows_end(&r));
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    rv_status st = write_event(cx, &w, &e);
    if (st == RV_OK)
        st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK) {
        int i = index_of_number(e.type);
        *ret_json = rv_dup(cx, text);
        *ret_type = i >= 0 ? types[i].type : RV_STR("unknown");
    }
    rv_buf_done(&b);
    return st;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static const struct rv_filter_attr log_attrs[] = {
    { "debugContext.debugData.url", RV_FOP_ALL & ~RV_FOP_CO },
    { "debugContext.debugData.requestUri", RV_FOP_ALL & ~RV_FOP_CO },
    { "debugContext.", RV_FOP_ALL }, { "actor.", RV_FOP_ALL }, { "client.", RV_FOP_ALL }, { "authenticationContext.", RV_FOP_ALL },
    { "securityContext.", RV_FOP_ALL }, { "outcome.", RV_FOP_ALL }, { "transaction.", RV_FOP_ALL }, { "request.", RV_FOP_ALL },
    { "target.", RV_FOP_ALL }, { "displayMessage", RV_FOP_ALL }, { "eventType", RV_FOP_ALL }, { "severity", RV_FOP_ALL },
    { "legacyEventType", RV_FOP_ALL }, { "uuid", RV_FOP_ALL }, { "version", RV_FOP_ALL }, { "target", RV_FOP_PR }, { "device", RV_FOP_ALL },
    { NULL, 0 },
};

struct page {
    const struct rv_event_query *q;
    struct rv_jw *w;
    const struct rv_filter *filter;
    rv_str keywords[KEYWORDS_MAX];
    size_t keywords_n;
    int only_type; /* the filter wants this type; -1: one that does not exist; 0: any */
    bool polling;
    int64_t since, until, at, seq; /* at, seq: where the page starts (exclusive) */
    int shown;
    bool more; /* stopped before the end */
    int64_t last_at, last_seq; /* of the last row looked at */
};

static rv_status parse_instant(struct rv_cx *cx, rv_str text, const char *name, int64_t *ret)
{
    if (text.n == 0 || rv_time_parse(text, ret))
        return RV_OK;
    (void)rv_fail_field(cx, name, "INVALID_DATE",
                        "%s: %.*s is no ISO 8601 time; write it as 2026-01-31T09:00:00.000Z", name,
                        (int)(text.n < 60 ? text.n : 60), text.p);
    cx->err.message = "Bad request. Invalid date. Dates must be of the form "
                      "yyyy-MM-dd'T'HH:mm:ss.SSSZZ, e.g. 2013-01-01T12:00:00.000-07:00";
    rv_fail_code(cx, "E0000030");
    return RV_INVALID;
}

static rv_status parse_times(struct rv_cx *cx, struct page *p)
{
    int64_t now = rv_now(cx->env), oldest = now - rv_config_int(cx->env, "log.retention");
    p->until = INT64_MAX;
    RV_TRY(parse_instant(cx, p->q->until, "until", &p->until));
    p->since = (p->q->until.n > 0 ? p->until : now) - 7 * DAY_MS;
    RV_TRY(parse_instant(cx, p->q->since, "since", &p->since));
    if (p->until < p->since)
        return rv_fail_field(cx, "until", "OUT_OF_RANGE", "until: it must not lie before since");
    if (p->since < oldest)
        p->since = oldest;
    p->polling = p->q->until.n == 0 && !p->q->descending;
    return RV_OK;
}

static rv_status parse_keywords(struct rv_cx *cx, struct page *p)
{
    rv_str rest = p->q->q, word;
    while (rv_str_split(&rest, ' ', &word)) {
        if (word.n == 0)
            continue;
        if (p->keywords_n == KEYWORDS_MAX)
            return rv_fail_field(cx, "q", "TOO_MANY", "q: it may hold at most %d keywords",
                                 KEYWORDS_MAX);
        if (rv_utf8_count(word) > KEYWORD_MAX)
            return rv_fail_field(cx, "q", "TOO_LONG",
                                 "q: each keyword may be at most %d characters long", KEYWORD_MAX);
        p->keywords[p->keywords_n++] = rv_fold(cx, word);
    }
    return RV_OK;
}

static rv_status parse_after(struct rv_cx *cx, struct page *p)
{
    rv_str rest = p->q->after, first;
    if (p->q->after.p == NULL)
        return RV_OK;
    if (rv_str_split(&rest, '.', &first) && rv_str_to_int(first, &p->at) &&
        rv_str_to_int(rest, &p->seq))
        return RV_OK;
    (void)rv_fail_field(cx, "after", "INVALID_CURSOR", "after: it is not a cursor of this list");
    cx->err.message = "Invalid paging request.";
    rv_fail_code(cx, "E0000029");
    return RV_INVALID;
}

static rv_status one_int(struct rv_tx *tx, const struct rv_sql *q, const struct rv_arg *args,
                         size_t n, int64_t *ret)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, q, &r, &found, args, n));
    if (!found)
        return rv_fail(rv_tx_cx(tx), RV_INTERNAL, "no row");
    *ret = rv_col_int(&r, 0);
    return rv_rows_end(&r);
}

/* Where the first page starts; a cursor overrides since. */
static rv_status find_start(struct rv_tx *tx, struct page *p)
{
    if (p->q->after.p != NULL)
        return RV_OK;
    if (!p->polling) {
        p->at = p->q->descending ? (p->until == INT64_MAX ? INT64_MAX : p->until + 1) : p->since;
        p->seq = p->q->descending ? 0 : -1;
        return RV_OK;
    }
    RV_TRY(one_int(tx, &event_sql[Q_FIRST_SINCE], RV_ARGS(p->since), &p->seq));
    if (p->seq != RV_NO_INT)
        p->seq--;
    else
        RV_TRY(one_int(tx, &event_sql[Q_LAST], RV_ARGS(), &p->seq));
    return RV_OK;
}

static bool has_keyword(const struct page *p, rv_str folded)
{
    for (size_t i = 0; i < p->keywords_n; i++)
        if (!rv_str_contains(folded, p->keywords[i]))
            return false;
    return true;
}

/* Shows the row when filter and keywords hold; only then does it count. */
static rv_status offer(struct rv_cx *cx, struct page *p, const struct row *e)
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str text;
    json_t *j = NULL;
    if (p->only_type != 0 && e->type != p->only_type)
        return RV_OK;
    if (p->filter == NULL && p->keywords_n == 0) {
        p->shown++;
        return write_event(cx, p->w, e);
    }
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    rv_status st = write_event(cx, &w, e);
    if (st == RV_OK)
        st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK && p->filter != NULL)
        st = rv_json_parse(cx, text, &rv_json_limits_import, &j);
    if (st == RV_OK && rv_filter_match(p->filter, j) &&
        (p->keywords_n == 0 || has_keyword(p, rv_fold(cx, text)))) {
        p->shown++;
        rv_jw_raw(p->w, text);
    }
    rv_buf_done(&b);
    return st;
}

static rv_status page_tx(struct rv_tx *tx, void *arg)
{
    struct page *p = arg;
    struct rv_rows r;
    bool picky = p->filter != NULL || p->keywords_n > 0;
    int64_t n = picky ? SCAN_MAX : p->q->limit + 1;
    RV_TRY(find_start(tx, p));
    p->last_at = p->at;
    p->last_seq = p->seq;
    if (p->q->limit == 0)
        return RV_OK;
    if (p->polling)
        RV_TRY(rv_sql_query(tx, &event_sql[Q_COMMITS], &r, RV_ARGS(p->seq, n)));
    else if (p->q->descending)
        RV_TRY(rv_sql_query(tx, &event_sql[Q_BACKWARD], &r, RV_ARGS(p->at, p->seq, p->since, n)));
    else
        RV_TRY(rv_sql_query(tx, &event_sql[Q_FORWARD], &r, RV_ARGS(p->at, p->seq, p->until, n)));
    rv_status st = RV_OK;
    int64_t looked = 0;
    while (st == RV_OK && rv_rows_next(&r)) {
        struct row e;
        if (p->shown == p->q->limit) {
            p->more = true;
            break;
        }
        read_row(&r, &e);
        st = offer(rv_tx_cx(tx), p, &e);
        p->last_at = e.at;
        p->last_seq = e.seq;
        p->more = ++looked == n;
    }
    rv_status ended = rv_rows_end(&r);
    return st != RV_OK ? st : ended;
}

rv_status rv_event_page(struct rv_cx *cx, const struct rv_event_query *q, struct rv_jw *w,
                        rv_str *ret_next)
{
    struct page p = { .q = q, .w = w };
    rv_str type;
    RV_TRY(rv_authz(cx, NULL, RV_A_LOG_READ, RV_NO_OBJECT));
    RV_TRY(parse_times(cx, &p));
    RV_TRY(parse_keywords(cx, &p));
    RV_TRY(parse_after(cx, &p));
    if (q->filter.n > 0)
        RV_TRY(rv_filter_parse(cx, q->filter, log_attrs, "filter", "E0000031", &p.filter));
    if (rv_filter_needs(p.filter, "eventType", &type)) {
        p.only_type = number_of_type(type);
        if (p.only_type == 0)
            p.only_type = -1;
    }
    RV_TRY(rv_store_read(cx, page_tx, &p));
    *ret_next = p.more || p.polling ? rv_printf(cx, "%" PRId64 ".%" PRId64, p.last_at, p.last_seq)
                                    : RV_NONE_STR;
    return RV_OK;
}
