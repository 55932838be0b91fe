/* api/api.h: what comes in by HTTP: the route table and the few helpers its handlers use.
 *
 * A handler parses, asks one domain function, renders. Who may do what is declared in the route and
 * judged by the domain function (security.md 2.1); the router refuses a reply whose handler did not
 * ask for exactly that action. Handlers run on worker threads as plain sequential code. */
#pragma once
#include "org/org.h"

struct rv_req {
    struct rv_exchange *x;
    const struct rv_route *route;
    rv_str params[6]; /* values of the {…} in the path, decoded, in their order */
    json_t *body; /* parsed when the route has a shape or RV_ROUTE_JSON */
};

enum rv_envelope { RV_ENV_NATIVE, RV_ENV_MANAGEMENT, RV_ENV_GOVERNANCE, RV_ENV_OAUTH, RV_ENV_PAGE };
enum {
    RV_ROUTE_JSON = 1, /* a JSON body without a shape (lenient objects) */
    RV_ROUTE_IMPORT = 2, /* 16 MiB, import limits for JSON */
    RV_ROUTE_FORM = 4, /* application/x-www-form-urlencoded (plain pages) */
    RV_ROUTE_NO_IDEMPOTENCY = 8, /* handles Idempotency-Key itself */
    RV_ROUTE_SMALL = 16, /* 64 KiB body */
    RV_ROUTE_TEXT_BODY = 32, /* any media type; body as it came */
    RV_ROUTE_OWN_CHECK = 64, /* PUBLIC pages that answer without asking the judge */
    RV_ROUTE_ENDPOINT = 128 /* a flow answers: sessions mean nothing here, and it may take endpoint.timeout */
};
struct rv_route {
    const char *method, *path; /* "/reeve/api/v1/teams/{teamId}/members/{userId}" */
    const char *op; /* operation id of the OpenAPI document */
    enum rv_action action;
    enum rv_envelope envelope;
    unsigned flags;
    const char *scope; /* OAuth scope needed; NULL: reeve.read / reeve.manage by method */
    const struct rv_shape *shape; /* of the body, or NULL */
    rv_status (*handler)(struct rv_req *rq);
    const char *help; /* one sentence for the OpenAPI document */
};
/* Tables end with .method == NULL. main.c lists them. */

/* ---- reading --------------------------------------------------------------------------------- */

static inline struct rv_cx *rv_req_cx(struct rv_req *rq) { return &rq->x->cx; }
rv_str rv_req_param(const struct rv_req *rq, size_t i); /* i-th {…} of the path */
RV_MUST_CHECK rv_status rv_req_decode(struct rv_req *rq, const struct rv_shape *shape, void *ret); /* strict or lenient as the shape says */
rv_str rv_req_query(struct rv_req *rq, const char *name); /* decoded; absent when not there */
RV_MUST_CHECK rv_status rv_req_query_bool(struct rv_req *rq, const char *name, bool def, bool *ret);
/* limit (1-200, default def), after (opaque cursor that this server made: RV_INVALID E0000029
 * otherwise). */
struct rv_page {
    int limit;
    rv_str after; /* what rv_page_next was given, or absent: first page */
};
RV_MUST_CHECK rv_status rv_req_page(struct rv_req *rq, int def, int max, struct rv_page *ret);

/* ---- replying -------------------------------------------------------------------------------- */

/* The writer of the answer's body; write one JSON value, then rv_reply. */
struct rv_jw *rv_reply_json(struct rv_req *rq);
RV_MUST_CHECK rv_status rv_reply(struct rv_req *rq, int status); /* body as written, application/json */
RV_MUST_CHECK rv_status rv_reply_none(struct rv_req *rq, int status); /* 204, 202 without body */
RV_MUST_CHECK rv_status rv_reply_text(struct rv_req *rq, int status, const char *media_type,
                                      rv_str body);
RV_MUST_CHECK rv_status rv_reply_location(struct rv_req *rq, rv_str path); /* Location of what POST made */
/* Native list {"data":[…],"_links":{…}} with Link headers. Between begin and end write the items;
 * next: what the next page's `after` carries, absent on the last page. */
RV_MUST_CHECK rv_status rv_list_begin(struct rv_req *rq, struct rv_jw **ret);
RV_MUST_CHECK rv_status rv_list_end(struct rv_req *rq, rv_str next);
/* Compatible management list: bare array, Link headers, self shows the effective limit. */
RV_MUST_CHECK rv_status rv_array_begin(struct rv_req *rq, struct rv_jw **ret);
RV_MUST_CHECK rv_status rv_array_end(struct rv_req *rq, int limit, rv_str next);
/* The object that a command made or changed, as get writes it. A caller that may change but not
 * read it gets the id. */
typedef rv_status rv_object_fn(struct rv_cx *cx, rv_str id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_reply_object(struct rv_req *rq, int status, rv_object_fn *get,
                                        rv_str id);
/* 201 with Location: the collection's path, '/' and the id. */
RV_MUST_CHECK rv_status rv_reply_created(struct rv_req *rq, const char *collection,
                                         rv_object_fn *get, rv_str id);
/* A file to save: never shown as a page (security.md 5.5). */
RV_MUST_CHECK rv_status rv_reply_download(struct rv_req *rq, const char *media_type,
                                          rv_str file_name);
/* Idempotency-Key of the call, checked; absent when there is none. For routes that keep it
 * themselves. */
RV_MUST_CHECK rv_status rv_req_key(struct rv_req *rq, rv_str *ret);
/* The handler goes on elsewhere: later exactly one rv_req_finish from any thread (st: RV_OK after a
 * reply). */
void rv_req_later(struct rv_req *rq); /* rq then lives in the exchange's arena */
void rv_req_finish(struct rv_req *rq, rv_status st);
/* Lists of the domain are built by a function that calls back per item with JSON text. */

/* ---- router ---------------------------------------------------------------------------------- */

struct rv_router;
struct rv_asset { /* embedded file of the browser application, generated */
    const char *path, *media_type, *etag;
    const unsigned char *data, *brotli;
    size_t n, brotli_n;
    bool immutable;
};
extern const struct rv_asset rv_assets[]; /* ends with .path == NULL */
/* tables: NULL-terminated. RV_BUG for a route without action or help, or two that answer the same
 * path. */
RV_MUST_CHECK rv_status rv_router_new(struct rv_cx *cx, const struct rv_route *const *tables,
                                      struct rv_router **ret);
void rv_router_free(struct rv_router *r);
struct rv_http_app rv_router_app(struct rv_router *r); /* for rv_server_start */
struct rv_local rv_router_local(struct rv_router *r); /* for rv_env.local */
RV_MUST_CHECK rv_status rv_router_openapi(struct rv_cx *cx, const struct rv_router *r, rv_str *ret); /* JSON */
extern const struct rv_config_key rv_api_config[];
extern const struct rv_limit rv_api_limits[];
/* Begins to pass on what the store tells (GET /live); before requests are served. */
RV_MUST_CHECK rv_status rv_live_start(struct rv_cx *cx, struct rv_router *r);
void rv_live_stop(struct rv_router *r); /* ends all streams; the router must live until the store is closed */

/* ---- sample organisation (sample.c) ---------------------------------------------------------- */

/* As the process itself (root); env.local must dispatch. RV_CONFLICT when it is there already,
 * RV_NOT_FOUND when there is nothing to remove. */
RV_MUST_CHECK rv_status rv_sample_add(struct rv_cx *cx);
RV_MUST_CHECK rv_status rv_sample_remove(struct rv_cx *cx);
