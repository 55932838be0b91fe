/* api/api_int.h: what the files of the router share and handlers do not see. */
#pragma once
#include "api/api.h"
#include <pthread.h>
#include <stdatomic.h>

enum { RV_PARAMS_MAX = 6, RV_SEGMENTS_MAX = 16 };

/* ---- paths (tree.c) -------------------------------------------------------------------------- */

enum rv_method { RV_M_GET, RV_M_POST, RV_M_PUT, RV_M_PATCH, RV_M_DELETE, RV_M_N };
extern const rv_str rv_methods[RV_M_N];
struct rv_node {
    rv_str word; /* of the path; the root's is empty */
    struct rv_node *children, *next; /* fixed words */
    struct rv_node *param; /* {…}: any word that no child has */
    const struct rv_route *routes[RV_M_N];
    bool any; /* some route ends here */
};
/* Puts a route in; its memory is of cx's arena. RV_BUG for two that answer the same path. */
RV_MUST_CHECK rv_status rv_tree_add(struct rv_cx *cx, struct rv_node *root,
                                    const struct rv_route *r);
/* NULL: no such path. */
const struct rv_node *rv_tree_find(const struct rv_node *root, const rv_str *words, size_t n,
                                   rv_str params[RV_PARAMS_MAX]);
/* Splits and decodes a path, each word once (security.md 3.2). RV_INVALID says what is wrong with
 * it. */
RV_MUST_CHECK rv_status rv_path_split(struct rv_cx *cx, rv_str path, rv_str words[RV_SEGMENTS_MAX],
                                      size_t *ret_n);

/* ---- a request under way --------------------------------------------------------------------- */

struct rv_pair {
    rv_str name, value;
};
struct rv_pairs {
    struct rv_pair *at;
    size_t n;
};
/* WWW-Authenticate of a refusal for want of a scope. */
void rv_say_scope(struct rv_exchange *x, rv_str wanted);
/* name=value&…; RV_INVALID for bad encodings, text that is not UTF-8, or more than 100 pairs. */
RV_MUST_CHECK rv_status rv_pairs_parse(struct rv_cx *cx, rv_str text, struct rv_pairs *ret);
rv_str rv_pairs_get(const struct rv_pairs *p, const char *name);

struct rv_kept; /* an idempotency key (idempotency.c) */
/* Where a struct rv_req of the router stands. */
struct rv_hit {
    struct rv_req rq; /* first: handlers have a pointer to it */
    struct rv_router *router;
    struct rv_pairs query, form;
    struct rv_jw jw;
    struct rv_kept *kept; /* the call carries an Idempotency-Key */
    bool *left; /* on the stack of the thread that runs the handler: set by rv_req_later */
};
static inline struct rv_hit *rv_hit_of(struct rv_req *rq) { return (struct rv_hit *)(void *)rq; }
static inline const struct rv_hit *rv_hit_of_const(const struct rv_req *rq)
{
    return (const struct rv_hit *)(const void *)rq;
}

struct rv_router {
    struct rv_cx cx; /* arena of the tree */
    struct rv_node root;
    const struct rv_route **routes;
    size_t routes_n;
    struct rv_rates *rates;
    struct rv_kept_keys *kept;
    atomic_uint_fast64_t answers[6]; /* by first digit of the status */
    int rate_api, rate_log, rate_token, rate_client_failures, rate_address_failures; /* a minute; 0: no limit */
    int64_t started_at; /* UTC ms */
    struct rv_live *live; /* live.c; NULL until rv_live_start */
};
void rv_live_free(struct rv_live *l); /* NULL is fine */
int64_t rv_resident_bytes(void);

/* ---- admission (admit.c) --------------------------------------------------------------------- */

/* Credentials, forgery check, media type, body. */
RV_MUST_CHECK rv_status rv_admit(struct rv_hit *h);
bool rv_method_writes(rv_str method);
/* The value of a cookie of the request, absent when there is none. */
rv_str rv_cookie(const struct rv_exchange *x, const char *name);
const char *rv_cookie_name(const struct rv_exchange *x); /* of the session: "__Host-reeve" or "reeve" (security.md 1.5) */
/* The hidden field of plain forms: of the session, or of a cookie that this call sets when there is
 * none. */
RV_MUST_CHECK rv_status rv_form_token(struct rv_req *rq, rv_str *ret);
rv_str rv_form(struct rv_req *rq, const char *name); /* field of a posted form */

/* ---- rate limits (rate.c, security.md 10.4) -------------------------------------------------- */

struct rv_rates *rv_rates_new(void);
void rv_rates_free(struct rv_rates *r);
/* Counts one call of this minute. RV_RATE when there were more than the limit. */
RV_MUST_CHECK rv_status rv_rate_count(struct rv_hit *h);
/* Before a client shows who it is: RV_RATE when it, or its address, has to wait. client: the id that
 * it claims, or absent; token: it asks for one. Headers and Retry-After are set. */
RV_MUST_CHECK rv_status rv_rate_client(struct rv_hit *h, rv_str client, bool token);
/* After that: counts a token that the client itself asked for, or a failed authentication. */
RV_MUST_CHECK rv_status rv_rate_client_done(struct rv_hit *h, rv_str client, bool token,
                                            bool failed);

/* ---- idempotency keys (idempotency.c, security.md 9.1) --------------------------------------- */

struct rv_kept_keys *rv_kept_keys_new(void);
void rv_kept_keys_free(struct rv_kept_keys *k);
/* Looks the call's key up. *ret_replayed: the answer is filled in. */
RV_MUST_CHECK rv_status rv_kept_begin(struct rv_hit *h, bool *ret_replayed);
/* The call was answered: keeps an answer of 2xx, forgets the key otherwise. */
RV_MUST_CHECK rv_status rv_kept_end(struct rv_hit *h);

/* ---- answers (reply.c, errors.c, pages.c, assets.c) ------------------------------------------ */

enum rv_envelope rv_envelope_of_path(rv_str path);
void rv_answer_error(struct rv_exchange *x, const struct rv_route *route, enum rv_envelope e, rv_status st); /* the cx's error */
void rv_answer_refusal(struct rv_exchange *x, enum rv_envelope e, int status, const char *code,
                       const char *sentence);
/* The plain page of an error. False: it could not be made. */
bool rv_page_error(struct rv_exchange *x, int status, rv_str sentence, rv_str error_id);
/* Headers that every answer of this envelope carries. */
RV_MUST_CHECK rv_status rv_common_headers(struct rv_exchange *x, enum rv_envelope e);
/* A file of the browser application, or its first page for one of its addresses. False: neither. */
bool rv_asset_answer(struct rv_exchange *x);
/* The query of the request without `after`, form-encoded, `limit` replaced unless negative, then
 * after. */
RV_MUST_CHECK rv_status rv_page_link(struct rv_req *rq, int limit, rv_str after, rv_str *ret);
