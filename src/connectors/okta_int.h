/* connectors/okta_int.h: what the files of the identity connector share. Private to it.
 *
 * A card of the connector is one row of a table: what it sends and what it gives are members of a
 * struct rv_okta_op, and one function, rv_okta_card, carries all of them out. Nothing but the rows
 * knows a path of the API. */
#pragma once
#include "connectors/connectors_int.h"

/* A field of a card is written "Group/Key"; group "parameters" is a choice made at design time,
 * "@application" the id of an application from field or choice. Lists of assignments "to=field"
 * have '|' between them. */
struct rv_okta_op {
    const char *method; /* "GET"; NULL: the card's own function has set it */
    const char *path; /* "/api/v1/groups/{Group/id}": values become path segments */
    const char *query; /* "sendEmail=User/Send Email?"; empty values are left out */
    const char *body; /* "profile.name=Group/Name"; "profile.*=Profile" takes the whole group; "a='b" is a text; NULL: no body */
    const char *out; /* "URL=resetPasswordUrl": outputs whose key does not say the member; @status, @count of Data/Users */
    const char *refused; /* a yes-or-no choice that nothing here can carry out, or NULL */
    const char *const *record; /* names of a record's fields, in lists and for helper flows; NULL: one object */
    const char *list; /* key of the output that holds the list */
    int page; /* records asked for at a time */
    /* Adds what the fields ask for to the query ("name=value" pairs, encoded); NULL: nothing more.
     */
    rv_status (*criteria)(struct rv_call *c, struct rv_buf *query);
    bool direct; /* one short read: answered on the executor's own thread */
};

/* ---- fields (okta_fields.c) ------------------------------------------------------------------ */

/* The value of "Group/Key", "parameters/key" or "@application"; borrowed, NULL: empty. */
json_t *rv_okta_in(struct rv_call *c, rv_str field);
RV_MUST_CHECK rv_status rv_okta_in_text(struct rv_call *c, const char *field, rv_str *ret); /* trimmed; "" when empty */
rv_str rv_okta_encoded(struct rv_cx *cx, rv_str s); /* everything but unreserved characters as %XX */
RV_MUST_CHECK rv_status rv_okta_target(struct rv_call *c, const struct rv_okta_op *op, rv_str *ret); /* path and query */
RV_MUST_CHECK rv_status rv_okta_body(struct rv_call *c, const struct rv_okta_op *op, rv_str *ret); /* absent: none */
/* Criteria: fields of group Inputs, joined by "and"; what begins with "Custom " is taken as it
 * stands. */
RV_MUST_CHECK rv_status rv_okta_search(struct rv_call *c, struct rv_buf *query);
RV_MUST_CHECK rv_status rv_okta_filter(struct rv_call *c, struct rv_buf *query);
RV_MUST_CHECK rv_status rv_okta_logs(struct rv_call *c, struct rv_buf *query);

/* ---- answers (okta_shape.c) ------------------------------------------------------------------ */

/* The value that a field of this name shows of an object of the API. New reference, or NULL. */
json_t *rv_okta_value(const json_t *object, rv_str group, rv_str key);
json_t *rv_okta_record(const json_t *object, const char *const *fields); /* new object; NULL: out of memory */
RV_MUST_CHECK rv_status rv_okta_outputs(struct rv_call *c, const struct rv_okta_op *op, int status, const json_t *object /* or NULL */);
extern const char *const rv_okta_user[], *const rv_okta_group[], *const rv_okta_app[], *const rv_okta_app_user[], *const rv_okta_app_group[],
    *const rv_okta_event[], *const rv_okta_session[];

/* ---- calls (okta_call.c) --------------------------------------------------------------------- */

struct rv_okta_call {
    struct rv_call *c;
    struct rv_cx *cx; /* where the answer goes */
    rv_str method, target, body;
    const struct rv_header *headers;
    size_t headers_n;
    rv_status st;
    struct rv_answer answer;
    struct rv_local_send local;
    /* of a call to another server */
    struct rv_card_connection connection;
    struct rv_service service;
    rv_status (*then)(struct rv_call *c);
    rv_str base; /* address of the server */
};
extern const char rv_okta_spec[]; /* of the connector, for rv_service */
/* Starts the call over the card's connection; `then` runs when the answer is there
 * (rv_okta_answer). The card's state is the call or begins with it. direct: if this organisation is
 * called, `then` runs before it comes back. */
rv_status rv_okta_send(struct rv_call *c, struct rv_okta_call *k, bool direct,
                       rv_status (*then)(struct rv_call *c));
/* What the answer means for the card: RV_OK; its error (status of 400 and more); or *ret_later, and
 * the card's function returns what this returned: it is run again later. */
rv_status rv_okta_answer(struct rv_call *c, struct rv_okta_call *k, bool *ret_later);
RV_MUST_CHECK rv_status rv_okta_base(struct rv_call *c, rv_str *ret); /* address of the server that the connection calls */
rv_str rv_okta_next(struct rv_call *c, const struct rv_okta_call *k); /* target of the next page, or absent */
RV_MUST_CHECK rv_status rv_okta_json(struct rv_cx *cx, const struct rv_okta_call *k, json_t **ret); /* NULL: no body */

/* ---- the function of the cards (okta_run.c) -------------------------------------------------- */

bool rv_okta_once(struct rv_call *c); /* rv_card.once_now: a POST or PATCH to another server, which need not know the effect's id */
rv_status rv_okta_card(struct rv_call *c);
rv_status rv_okta_custom(struct rv_call *c); /* Custom API Action */
