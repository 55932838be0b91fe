/* flows/card.h: the narrow door for cards: what a card declares and what its function may do.
 *
 * A card is one entry of a const table and one function in one file of src/cards or src/connectors.
 * The same table feeds engine, validator, palette (GET /cards) and documentation. Card functions
 * run on executor threads, never block on I/O, never log, and see nothing of the run but this
 * interface. Values are jansson values, immutable once put out: a card that changes a value makes a
 * new one. */
#pragma once
#include "org/org.h"

/* ---- declaration ----------------------------------------------------------------------------- */

enum rv_pin_type { RV_T_ANY, RV_T_TEXT, RV_T_NUM, RV_T_BOOL, RV_T_DATE, RV_T_OBJECT, RV_T_FILE, RV_T_FLOW, RV_T_FOLDER };
enum {
    RV_PIN_REQUIRED = 1, /* empty at run time: the card fails, naming the field */
    RV_PIN_LIST = 2,
    RV_PIN_OPTION = 4, /* design-time parameter: read with rv_option, never linked */
    RV_PIN_WIDTH = 16, /* how many calls at once: a whole number from RV_WIDTH_MIN to RV_WIDTH_MAX */
    RV_PIN_TEXT = 8 /* with REQUIRED: must be filled or linked, but nothing that a link brings is an empty text (flopack.md 20, looseNulls) */
};
enum { RV_WIDTH_MIN = 1, RV_WIDTH_MAX = 200 }; /* workflows.md 16 */
struct rv_choice {
    const char *value, *label;
};
struct rv_pin {
    const char *group, *key, *label; /* group NULL: none */
    uint8_t type; /* enum rv_pin_type */
    uint8_t flags;
    const char *def; /* JSON text of the value a new card starts with, or NULL */
    const struct rv_choice *choices; /* ends with .value == NULL, or NULL */
    const char *help;
};
#define RV_PINS(...) ((const struct rv_pin[]){ __VA_ARGS__, { .key = NULL } })

enum rv_card_kind { RV_CARD_EVENT, RV_CARD_PURE, RV_CARD_EFFECT, RV_CARD_CONTROL };
/* Pins the author may add: inputs, outputs, or inputs that an output of the same group and key
 * mirrors. */
enum rv_user_pins { RV_USER_NONE, RV_USER_INPUTS, RV_USER_OUTPUTS, RV_USER_BOTH };
/* What the compiler does with a control card beyond running it. */
enum rv_card_control {
    RV_CONTROL_NONE,
    RV_CONTROL_NOTE, /* never executed */
    RV_CONTROL_IF, /* lanes "true" and "false"; the function answers with rv_branch */
    RV_CONTROL_BODIES /* lanes are inline bodies; the function answers with rv_lane. A failure in lane "try" goes to "handler" */
};
struct rv_call;
struct rv_card {
    const char *name; /* "string:compose": address in exports, never changes */
    const char *label, *help, *category; /* category: group of the palette, "Text" */
    enum rv_card_kind kind;
    enum rv_card_control control;
    enum rv_user_pins user_pins;
    const char *user_group; /* group of pins the author adds, or NULL */
    const char *user_types; /* "text number date boolean", or NULL: any */
    const char *connector; /* needs a connection of this connector, or NULL */
    bool connection_optional;
    const char *event; /* type of the system-log event that starts a flow with this card, or NULL */
    /* An effect that must not happen twice (security.md 9.4): the engine stores everything so far
     * before `run` is called, and after a crash in between the run waits for a person. Set it for
     * whatever sends a POST or PATCH to a server that need not know the effect id; not for the API
     * in this process, which knows it as Idempotency-Key and may be asked again. */
    bool once;
    bool (*once_now)(struct rv_call *c); /* the same, decided by the call at hand: its connection, its method; or NULL */
    int timeout_ms; /* 0 = 90,000 */
    const void *spec; /* what one function that many cards share needs to know of this one, or NULL */
    const struct rv_pin *in, *out; /* end with .key == NULL; NULL: none */
    rv_status (*run)(struct rv_call *c);
};
/* Tables end with .name == NULL; main.c lists them for rv_engine_new. */

/* ---- connectors: what a connection has to know (workflows.md 14) ----------------------------- */

enum { RV_FIELD_REQUIRED = 1, RV_FIELD_SECRET = 2 /* sealed, never shown again */, RV_FIELD_LONG = 4 /* several lines */ };
struct rv_auth_field {
    const char *key, *label;
    uint8_t flags;
    const char *def; /* value when it is left empty, or NULL */
    const struct rv_choice *choices; /* ends with .value == NULL, or NULL: any text */
    const char *help;
};
struct rv_auth {
    const char *kind; /* "BASIC" */
    const char *label, *help;
    const struct rv_auth_field *fields; /* ends with .key == NULL; NULL: none */
};
struct rv_card_connection;
struct rv_connector {
    const char *name, *label, *help; /* name: of rv_card.connector */
    const struct rv_auth *auths; /* ends with .kind == NULL */
    bool local; /* a connection without a kind of authentication is in-process, as the person who makes it */
    /* Looks at fields that stand there and are of the declared form: rv_fail_field with
     * "/fields/key". NULL: nothing to add. */
    rv_status (*check)(struct rv_cx *cx, const struct rv_card_connection *k);
    /* Calls something harmless and says in a sentence what came of it. A request handler's thread:
     * may wait. */
    rv_status (*test)(struct rv_cx *cx, const struct rv_card_connection *k, bool *ret_ok, rv_str *ret_sentence);
    const void *spec; /* the connector's own */
};
const struct rv_connector *rv_connector_find(const struct rv_cx *cx, rv_str name); /* NULL: only local, or unknown */
/* Tables end with .name == NULL. A connector without an entry has only the local transport:
 * in-process, as a person. */

/* ---- inside a card's function ---------------------------------------------------------------- */

struct rv_cx *rv_call_cx(struct rv_call *c); /* arena of this card: gone when the card has ended */

/* Inputs by key. The value borrowed, NULL: there is none or it is null. */
json_t *rv_in(struct rv_call *c, const char *key);
/* Read with the lenient rules (workflows.md 2.2, cards.md B.6): what cannot be read as the type is
 * RV_INVALID, and the message names field, expected and actual type. Empty reads as "", *ret_some
 * false, false, RV_NO_TIME, []. */
RV_MUST_CHECK rv_status rv_in_text(struct rv_call *c, const char *key, rv_str *ret);
RV_MUST_CHECK rv_status rv_in_num(struct rv_call *c, const char *key, bool *ret_some, double *ret);
RV_MUST_CHECK rv_status rv_in_bool(struct rv_call *c, const char *key, bool *ret);
RV_MUST_CHECK rv_status rv_in_date(struct rv_call *c, const char *key, int64_t *ret_ms); /* RV_NO_TIME: empty */
RV_MUST_CHECK rv_status rv_in_list(struct rv_call *c, const char *key, json_t **ret); /* new array of the arena, never NULL */
rv_str rv_option(struct rv_call *c, const char *key); /* text of a design-time parameter; absent when unset */
json_t *rv_option_value(struct rv_call *c, const char *key); /* borrowed; NULL: unset */
/* All inputs in their order, for cards whose fields the author makes. */
size_t rv_in_count(const struct rv_call *c);
struct rv_field {
    rv_str group, key, label; /* group absent: none */
    enum rv_pin_type type;
    bool list;
    bool linked; /* an input: takes its value from an earlier card */
    const json_t *shape; /* object with the keys that a value of type object is declared to have, or NULL */
};
json_t *rv_in_at(struct rv_call *c, size_t i, struct rv_field *ret_field); /* ret_field may be NULL */

/* Outputs. `value` is taken (also on failure); NULL is null. A pin that the author removed is
 * passed over. */
RV_MUST_CHECK rv_status rv_out(struct rv_call *c, const char *key, json_t *value);
RV_MUST_CHECK rv_status rv_out_text(struct rv_call *c, const char *key, rv_str value);
size_t rv_out_count(const struct rv_call *c);
void rv_out_field(const struct rv_call *c, size_t i, struct rv_field *ret);
RV_MUST_CHECK rv_status rv_out_at(struct rv_call *c, size_t i, json_t *value);

/* The run. */
struct rv_start {
    rv_str run_id, principal_id; /* who started it */
    json_t *inputs; /* borrowed object by key */
    json_t *caller; /* borrowed object, {} for a person */
    json_t *parent; /* borrowed: the card and run that called this helper flow, or NULL */
    int64_t index; /* position in an iteration, from 0 */
    json_t *error; /* borrowed: what went wrong, for the head of a handler; else NULL */
    json_t *resumed; /* borrowed: {"values","headers","text"} with which a paused run goes on at this card; else NULL */
    int64_t at; /* accepted, UTC ms */
};
const struct rv_start *rv_call_start(const struct rv_call *c);
const struct rv_card *rv_call_card(const struct rv_call *c); /* the entry of the table */
/* Stable id of this card's outside effect: the same after a crash and on every automatic retry
 * (security.md 9.3). */
rv_str rv_call_effect_id(struct rv_call *c);
int rv_call_attempt(const struct rv_call *c); /* 1 for the first */
/* The connection the author chose: whom the local transport acts as, or the fields of its kind with
 * their secrets opened. RV_INVALID: none chosen, it is gone, or it belongs to another folder. */
struct rv_card_connection {
    rv_str id, name, connector;
    bool local; /* in-process, as `as` */
    const struct rv_principal *as;
    rv_str auth; /* kind, absent when local */
    json_t *fields; /* borrowed: text by key. Holds secrets: never put it out, log it or keep it */
    rv_str token; /* what rv_connection_keep_token was given last, opened; or absent */
    rv_str sealed; /* the secrets as they stand in the store: others came, when they differ */
    int64_t version;
};
rv_str rv_connection_field(const struct rv_card_connection *k, const char *key); /* absent when empty */
/* Keeps a text (an access token with its end) sealed with the connection, until that is authorised
 * anew. In the background: who comes too early asks for another one. */
void rv_connection_keep_token(struct rv_cx *cx, const struct rv_card_connection *k, rv_str token);
bool rv_call_has_connection(const struct rv_call *c);
RV_MUST_CHECK rv_status rv_call_connection(struct rv_call *c, struct rv_card_connection *ret);

/* A flow, or a folder with what is below it, in the export format; both must lie in the top-level
 * folder of the run's own flow. */
RV_MUST_CHECK rv_status rv_call_export(struct rv_call *c, bool folder, rv_str id, rv_str *ret_name,
                                       rv_str *ret_text);

/* Control. Each is the card's last act: `return rv_stop(c, …)`. */
rv_status rv_branch(struct rv_call *c, bool which); /* lane of an If/Else */
rv_status rv_lane(struct rv_call *c, rv_str name); /* the inline body to run; none of that name: go on behind the card */
rv_status rv_stop(struct rv_call *c, rv_str message); /* Continue If was false: STOPPED, no error */
rv_status rv_return(struct rv_call *c); /* ends the body with the card's inputs as result */
/* An answer to an HTTP caller (workflows.md 7): borrowed object of texts and value, or NULL.
 * status: 200 to 599. */
struct rv_raw {
    int status;
    json_t *headers, *body;
};
rv_status rv_return_raw(struct rv_call *c, const struct rv_raw *a); /* ends the flow from any depth; the caller gets a */
rv_status rv_answer(struct rv_call *c, const struct rv_raw *a); /* the caller, if one still waits, gets a now; the flow goes on */
/* The run pauses: who called gets the card's outputs and the execution id, or a; after 365 days it
 * fails here. A run that was resumed comes back to the card with start->resumed. */
rv_status rv_pause(struct rv_call *c, const struct rv_raw *a);
/* The card fails: code as in the error object of workflows.md 11.2, raw: answer of the service for
 * the history or absent. */
rv_status rv_card_error(struct rv_call *c, int code, rv_str raw, const char *format, ...)
    RV_PRINTF(4, 5);

/* The same with fields of the author, which stand beside message and code in the error object.
 * fields: borrowed. */
void rv_card_error_fields(struct rv_call *c, json_t *fields);

/* Waiting. The function stores what it needs with rv_call_set, starts its I/O, and returns rv_wait.
 * The completion (any thread) calls rv_resume exactly once; `then` runs on an executor thread and
 * goes on as the card's function. */
rv_status rv_wait(struct rv_call *c, rv_status (*then)(struct rv_call *c));
void rv_resume(struct rv_call *c);
void rv_call_set(struct rv_call *c, void *state);
void *rv_call_get(const struct rv_call *c);
/* The effect of a card that touches nothing but the database (security.md 9.2): fn runs in a
 * transaction that keeps the run's check-point as well, so that a crash finds both or neither. fn
 * puts the outputs out; it may run twice. The card's last act. */
rv_status rv_call_write(struct rv_call *c, rv_tx_fn *fn, void *arg);
/* Reading that takes its time, off the executor threads; fn may put outputs out. then (or NULL)
 * goes on as the card's function. */
rv_status rv_call_read(struct rv_call *c, rv_tx_fn *fn, void *arg,
                       rv_status (*then)(struct rv_call *c, void *arg));
/* Calling helper flows (workflows.md 10.3): n calls of one flow, at most `width` at once, each a
 * run of its own. The card waits in memory; after a crash it calls again under the same keys and
 * finds the runs that are there. */
struct rv_helpers {
    rv_str flow_id;
    size_t n, width;
    bool ignore_errors; /* go on past a failed call; else no further call is started */
    bool detached; /* do not wait for their ends: a call counts when it is accepted */
    /* New object with the inputs of call i; NULL: out of memory. Runs on executor threads, one at a
     * time; with width 1 the result of call i - 1 is there. */
    json_t *(*inputs)(struct rv_call *c, const struct rv_helpers *h, size_t i);
    bool (*more)(struct rv_call *c, const struct rv_helpers *h, size_t i); /* whether call i is still to be made; NULL: all n are */
    /* Goes on as the card's function; not after a failure, nor when the run was cancelled before
     * all calls were made. */
    rv_status (*finish)(struct rv_call *c, const struct rv_helpers *h);
    /* What call i is about, when that is not its place in a list: after a crash the run of the same
     * key is found again, also when other calls came in between. Text of the card's arena or of the
     * caller; NULL: the number of the call. */
    rv_str (*key)(struct rv_call *c, const struct rv_helpers *h, size_t i);
    size_t first; /* number of call 0, for cards that call in several batches */
    const struct rv_helpers *before; /* the batch before this one, in its finish: its memory is used again; or NULL */
    void *arg;
    json_t *error; /* borrowed: the failure that the calls are made for, or NULL */
    json_t **results; /* by call: an object by key, NULL: failed or without one */
};
rv_status rv_call_helpers(struct rv_call *c, const struct rv_helpers *h); /* the card's last act; *h is copied */
/* What a card that streams hands to its helper flow (workflows.md 15): Record; State, an object of the
 * fields that the author added to the card's group Streaming; and those fields by their own keys,
 * for a head that names them. New; NULL: out of memory. `record` is taken. */
#define RV_STREAMING "Streaming"
json_t *rv_stream_inputs(struct rv_call *c, json_t *record);
/* Does the author's input i take its value from the item at hand (flopack.md 10)? *ret_path: "" for
 * the whole item. */
bool rv_in_item(const struct rv_call *c, size_t i, rv_str *ret_path);
/* Is the author's input i one that the card's table declares, without a group? A further field under
 * the same key is the author's own. */
bool rv_in_declared(const struct rv_call *c, size_t i);
/* Run this card again after delay_ms: the run is WAITING, written to the store, and survives a
 * restart. */
rv_status rv_retry_later(struct rv_call *c, int64_t delay_ms, const char *format, ...)
    RV_PRINTF(3, 4);
enum { RV_ERROR_TEXT_MAX = 1000 }; /* bytes of an error's message that are kept, and of why a card waits */
/* Why a card that runs again later has to wait, for the log stream (workflows.md 12.2). */
enum rv_stall {
    RV_STALL_NONE, /* because its author said so, or for a failure */
    RV_STALL_LIMITED, /* another service limits calls */
    RV_STALL_NO_ROOM /* this server had no room for it */
};
void rv_call_stalled(struct rv_call *c, enum rv_stall why); /* beside rv_retry_later */

/* ---- values (workflows.md 2, flopack.md 20) -------------------------------------------------- */

/* Text form as Compose, Concatenate and mail bodies use it. Strings are borrowed from j, the rest
 * lives in cx. */
RV_MUST_CHECK rv_status rv_value_text(struct rv_cx *cx, const json_t *j, rv_str *ret);
bool rv_value_empty(const json_t *j); /* null, "", [], {}; not 0 or false */
bool rv_value_num(const json_t *j, double *ret); /* number, or text that looks like one */
bool rv_value_bool(const json_t *j, bool *ret); /* true, yes, 1, a number that is not 0 …; false: it says neither */
/* Borrowed, of cx or v: a list, or JSON text of one, as it is; nothing as an empty one; anything else as
 * a list of it. RV_BUSY: out of memory. */
RV_MUST_CHECK rv_status rv_value_list(struct rv_cx *cx, json_t *v, json_t **ret);
bool rv_value_date(const json_t *j, int64_t *ret_ms); /* ISO text, digits or number: UNIX milliseconds */
json_t *rv_value_of_num(double d); /* new; whole numbers within 2^53 are integers; NULL for NaN and infinity */
json_t *rv_value_of_text(rv_str s); /* new; NULL when memory is out or not UTF-8 */
json_t *rv_value_at(const json_t *j, rv_str path); /* borrowed; whole text as a key first, then split at dots; "" is j itself */
json_t *rv_value_walk(json_t *j, const json_t *path); /* borrowed; path: array of literal keys; NULL when missing */
/* One of the operators of workflows.md 2.4. RV_INVALID for an unknown operator. */
RV_MUST_CHECK rv_status rv_value_compare(struct rv_cx *cx, const json_t *a, rv_str op,
                                         const json_t *b, bool *ret);
const char *rv_value_type_name(const json_t *j); /* "text", "number", "list" … for messages */
extern const struct rv_choice rv_operators[]; /* value and label of each */
