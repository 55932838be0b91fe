/* connectors/connectors_int.h: what the files of described connectors share: templates, a call of a
 * service with a connection's credentials. Private to the folder. */
#pragma once
#include "connectors/connectors.h"
#include "net/net.h"

/* ---- template.c: texts and JSON with {{names}} in them (security.md 5.3) --------------------- */

/* Where names lead: a new reference, or NULL: empty. */
struct rv_names {
    json_t *(*find)(const struct rv_names *n, struct rv_cx *cx, rv_str name);
    void *arg;
    const json_t *item; /* what "item" and "item.path" name inside $each; NULL: find is asked */
};
enum rv_encoding { RV_ENC_NONE, RV_ENC_URL /* everything but unreserved characters */ };
/* One pass: values are put in with the encoding and never looked at again. Empty values put in
 * nothing. */
RV_MUST_CHECK rv_status rv_template_text(struct rv_cx *cx, const struct rv_names *n,
                                         rv_str template, enum rv_encoding enc, rv_str *ret);
/* A text that is one name gives its value with its type; members and items without a value are left
 * out. An object may be
 *   {"$if": {"name": "value"}, "then": …, "else": …}   all names have these values (text, compared
 * without case; "": empty)
 *   {"$each": …, "as": …}                              a list made of a list, "item" being the item
 *   {"$list": …}                                       a list, also of one value
 *   {"$base64": …}                                     its text in base64
 *   {"$first": [ … ]}                                  the first that is not empty
 *   {"$ms": …}, {"$date": …}                           a date in milliseconds since 1970, and back
 * New reference in *ret, NULL: empty. */
RV_MUST_CHECK rv_status rv_template_json(struct rv_cx *cx, const struct rv_names *n,
                                         const json_t *template, json_t **ret);
bool rv_template_is_name(rv_str template, rv_str *ret_name); /* nothing but one {{name}}? */
bool rv_template_holds(struct rv_cx *cx, const struct rv_names *n, const json_t *condition); /* of an $if */
rv_str rv_url_encoded(struct rv_cx *cx, rv_str s); /* absent when memory is out */
/* "a=1&b=2" of an object (lists repeat their name, empty values are left out) or of a text. Absent:
 * nothing. */
RV_MUST_CHECK rv_status rv_query_text(struct rv_cx *cx, const json_t *query, rv_str *ret);

/* ---- service.c: one call with the credentials of a connection -------------------------------- */

struct rv_service {
    struct rv_cx *cx; /* everything of this call, the answer too */
    const struct rv_card_connection *k; /* NULL: none */
    json_t *spec; /* of the connector: base, auth, hosts */
    rv_str method, url, body, type; /* url: absolute, or a path below the base */
    json_t *headers; /* object of texts, or NULL */
    rv_str as; /* whom a signed statement makes the caller, absent: whom the connection names */
    rv_str effect_id; /* sent as Idempotency-Key with POST and PATCH; or absent */
    bool redirects; /* the card wants them followed */
    int64_t timeout_ms;
    struct rv_fetch fetch;
    rv_str kept; /* result: what is kept of tokens from now on, for the next call; absent: as before */
    /* private */
    enum { RV_SERVICE_NEW, RV_SERVICE_TOKEN, RV_SERVICE_CALL } phase;
    json_t *auth;
    rv_str base, token;
    bool renewed;
};
/* With *ret_fetch the fetch is to be done next (rv_fetch_start or rv_fetch_wait), and then this is
 * called again; else fetch.st and fetch.answer are the outcome. A refusal of the token is a
 * failure. */
RV_MUST_CHECK rv_status rv_service_next(struct rv_service *s, bool *ret_fetch);
/* Base address of a connection: its own, or the connector's. */
RV_MUST_CHECK rv_status rv_service_base(struct rv_cx *cx, const struct rv_card_connection *k,
                                        const json_t *spec, rv_str *ret);
/* rv_connector.check and .test of described connectors. */
rv_status rv_described_check(struct rv_cx *cx, const struct rv_card_connection *k);
rv_status rv_described_test(struct rv_cx *cx, const struct rv_card_connection *k, bool *ret_ok,
                            rv_str *ret_sentence);
const char *rv_http_reason(int status);

/* assertion.c: a signed statement for a token, RS256. RV_INVALID: the key is none. */
struct rv_assertion {
    rv_str issuer, subject, audience, scope, key; /* subject, scope: absent or empty: none; key: PEM */
};
RV_MUST_CHECK rv_status rv_assertion(struct rv_cx *cx, const struct rv_assertion *a, rv_str *ret);

/* described.c: runs the action that the card's data describes. */
rv_status rv_described_run(struct rv_call *c);
