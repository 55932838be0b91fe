/* flows/flows_int.h: what the files of src/flows share: definitions, programs, runs, history.
 * Private to the folder.
 *
 * A definition is the normalised JSON array of cards (types.ts Card); a program is what the
 * compiler makes of one version: read-only, reference-counted, shared by all its runs; a run is a
 * small heap object that an executor thread works on until a card waits. */
#pragma once
#include "flows/flows.h"
#include <pthread.h>
#include <stdatomic.h>

/* ---- limits (security.md 3) ------------------------------------------------------------------ */

enum {
    RV_FLOW_CARDS_MAX = 500,
    RV_FLOW_NESTING_MAX = 16,
    RV_FLOW_PINS_MAX = 500,
    RV_FOLDER_DEPTH_MAX = 16,
    RV_RUN_OUTPUT_MAX = 4 << 20,
    RV_RUN_MEMORY_MAX = 32 << 20,
    RV_VALUE_DEPTH_MAX = 64,
    RV_RUN_CARDS_MAX = 10000000,
    RV_RUN_CALLER_MAX = 16 << 10,
    RV_FLOW_JSON_MAX = 8 << 20,
    RV_POLICY_RETRY_MAX = 5,
    RV_POLICY_DELAY_MAX_MS = 86400000
};

/* ---- values (value.c) ------------------------------------------------------------------------ */

int rv_convert_find(rv_str name); /* number of a conversion, 0 for "", -1 unknown */
RV_MUST_CHECK rv_status rv_convert(struct rv_cx *cx, int convert, bool wrap, json_t *in, json_t **ret); /* ret: new */

/* ---- definitions (definition.c) -------------------------------------------------------------- */

/* Metadata of an imported field: the value it had besides its link. */
#define RV_META_STATIC "$value"
#define RV_META_HELP "$help" /* in a file: of a field that was drawn here */
#define RV_META_REQUIRED "$required" /* in a file: of an output, which a caller must give */
#define RV_META_TYPE "$type" /* a type of an export that nobody knows */
#define RV_META_CHOICES "$choices" /* its choices as they were, when they were no values with labels */
json_t *rv_def_blank(const json_t *pin); /* new: what a linked field of this type has besides its link when it has nothing */
extern const char *const rv_pin_type_names[]; /* by enum rv_pin_type: "any", "text" … */
bool rv_pin_type_parse(rv_str name, enum rv_pin_type *ret);
/* Checks cards that came from outside and gives the normalised array (bound to cx). Each problem is
 * a cause with its JSON pointer: unknown members, doubled ids, links that lead nowhere or forward.
 */
RV_MUST_CHECK rv_status rv_def_check(struct rv_cx *cx, const json_t *cards, json_t **ret);
const char *rv_def_kind(const json_t *cards); /* "DELEGATED", "HELPER" … */
bool rv_def_has_endpoint(json_t *cards); /* HTTP callers reach it: an API Endpoint card, or a pause that is resumed */
const json_t *rv_def_head(const json_t *cards); /* the event card, or NULL */
int rv_def_condition(const json_t *card); /* of an If/Else: which output says whether the condition held, or -1; its lanes give the others */
/* Inputs a delegated flow asks for, as JSON text of types.ts FlowInput[]; also of other heads, for
 * tests. */
RV_MUST_CHECK rv_status rv_def_inputs(struct rv_cx *cx, const json_t *cards, rv_str *ret);
/* Input values against the head's fields (workflows.md 6.6): unknown keys refused, types converted,
 * missing null. */
RV_MUST_CHECK rv_status rv_def_check_inputs(struct rv_cx *cx, const json_t *cards,
                                            const json_t *given, json_t **ret);
/* Calls fn for each card in order, containers before their lanes' cards. */
void rv_def_walk(json_t *cards, void (*fn)(void *arg, json_t *card), void *arg);

/* rules.c: what an author may set on a card, beyond the structure: RV_INVALID with one cause per
 * problem, at its JSON pointer. `before`: cards whose settings stand as they are, or NULL. In the
 * transaction that saves. */
RV_MUST_CHECK rv_status rv_rules_check(struct rv_cx *cx, struct rv_tx *tx, const json_t *cards,
                                       json_t *before);

/* ---- programs (compile.c, program.c) --------------------------------------------------------- */

struct rv_source {
    json_t *constant; /* borrowed from the definition; used when slot < 0 */
    int slot; /* -1: constant */
    const json_t *path; /* array of keys or NULL */
    int convert;
    bool wrap;
};
struct rv_prog_in {
    struct rv_field field;
    rv_str id;
    struct rv_source source;
    bool required;
    bool takes_nothing; /* when it is linked: as an empty text */
    bool holds_many; /* declared to hold an object, a list or anything: an empty one is a value */
    bool item; /* takes its value from the item of an iteration, at item_path */
    rv_str item_path;
};
struct rv_prog_out {
    struct rv_field field;
    rv_str id;
    int slot; /* -1: nothing reads it */
};
/* An inline body: runs in its container's run, ends with Return, a false Continue If, or its last
 * card. */
struct rv_body {
    const struct rv_step *container;
    const struct rv_body *parent; /* body the container stands in, or NULL */
    int handler; /* first step of the handler of failures in here, -1: none */
    bool is_handler;
};
struct rv_lane {
    rv_str name;
    int first; /* step */
};
enum rv_op { RV_OP_CARD, RV_OP_BODY_END, RV_OP_RESULTS /* results of a lane into the container's slots, then jump */, RV_OP_END };
struct rv_step {
    enum rv_op op;
    const struct rv_card *card; /* NULL: not supported */
    rv_str name, id, title, connection_id;
    const json_t *options;
    int64_t timeout_ms; /* of a card that only calculates */
    const json_t *policy; /* what happens when it fails (policy.c), or NULL */
    struct rv_prog_in *in;
    struct rv_prog_out *out;
    size_t in_n, out_n;
    int no; /* number of the card in rv_def_walk order */
    int target; /* RESULTS: where to go; If: first step of lane "false" */
    int condition; /* If: its own output, or -1 */
    struct rv_source *results; /* RESULTS: by output of the container */
    const struct rv_step *container;
    const struct rv_body *body; /* inline body the step stands in, or NULL */
    struct rv_lane *lanes; /* of a container of inline bodies */
    size_t lanes_n;
    int end; /* step behind its bodies */
};
struct rv_problem {
    rv_str card_id, input_id, sentence;
    struct rv_problem *next;
};
struct rv_program {
    uint32_t magic;
    atomic_int refs;
    struct rv_cx cx; /* owns everything below */
    json_t *cards;
    rv_str flow_id, flow_name;
    int64_t version;
    bool save_data;
    struct rv_step *steps;
    size_t steps_n, slots_n, cards_n;
    struct rv_problem *problems; /* what stops it from being switched on */
    uint64_t used; /* cache clock */
    _Atomic int64_t rate_second, rate_count; /* starts in this second */
    _Atomic int64_t rate_told; /* minute in which the log was told of too many, by the monotonic clock */
};
#define RV_PROGRAM_TAG 0x5047
/* Is it a required field without a value (cards.md B.6)? */
bool rv_prog_in_missing(const struct rv_prog_in *in, const json_t *v);
/* Takes ownership of nothing; cards are copied by reference. Problems never stop the compiler. */
RV_MUST_CHECK rv_status rv_compile(struct rv_cx *cx, json_t *cards, struct rv_program **ret);
struct rv_program *rv_program_ref(struct rv_program *p);
void rv_program_unref(struct rv_program *p); /* NULL is fine */

struct rv_program_cache;
struct rv_program_cache *rv_program_cache_new(size_t size);
void rv_program_cache_free(struct rv_program_cache *c);
struct rv_program *rv_program_cache_get(struct rv_program_cache *c, rv_str flow_id, int64_t version); /* new reference or NULL */
void rv_program_cache_put(struct rv_program_cache *c, struct rv_program *p); /* takes its own reference */
void rv_program_cache_drop(struct rv_program_cache *c, rv_str flow_id);
/* From the cache, else read from the store and compiled. New reference. tx: snapshot, or NULL to
 * take one. */
RV_MUST_CHECK rv_status rv_program_load(struct rv_cx *cx, struct rv_tx *tx, rv_str flow_id,
                                        int64_t version, struct rv_program **ret);

/* ---- flows in the store (flow.c, folder.c, connection.c) ------------------------------------- */

struct rv_flow_row {
    rv_str id, folder_id, folder_path /* ids */, name, description, kind, inputs /* JSON */, settings /* JSON */;
    bool enabled, save_data, sample, log_stream;
    int64_t version, version_number, created_at, updated_at, next_at /* of its schedule, or RV_NO_TIME */;
    rv_str created_by, updated_by;
};
/* Without asking the judge. RV_NOT_FOUND. */
RV_MUST_CHECK rv_status rv_flow_row_get(struct rv_tx *tx, rv_str id, struct rv_flow_row *ret);
/* Only what starting a run needs: id, folder_path, name, kind, enabled, save_data, version_number.
 */
RV_MUST_CHECK rv_status rv_flow_brief(struct rv_tx *tx, rv_str id, struct rv_flow_row *ret);
RV_MUST_CHECK rv_status rv_flow_definition(struct rv_tx *tx, rv_str id, int64_t number,
                                           json_t **ret_cards);
/* A new version inside a transaction, after the judge and all checks of a save. */
RV_MUST_CHECK rv_status rv_flow_save_cards(struct rv_tx *tx, const struct rv_flow_row *f,
                                           json_t *cards, rv_str note);
struct rv_object rv_flow_object(const struct rv_flow_row *f);
RV_MUST_CHECK rv_status rv_folder_path(struct rv_tx *tx, rv_str id, rv_str *ret_ids, rv_str *ret_names); /* RV_NOT_FOUND */
struct rv_flow_insert {
    rv_str id, folder_id, name, description, kind, inputs, settings, cards, note;
    rv_str security; /* of the endpoint, as in export files; or absent */
    rv_str client_token; /* of the endpoint, new, in plain text: rv_flow_insert leaves it alone; or absent */
    json_t *definition; /* what cards says */
    bool save_data, enabled;
};
RV_MUST_CHECK rv_status rv_flow_insert(struct rv_tx *tx, const struct rv_flow_insert *f);
struct rv_folder_insert {
    rv_str id, parent_id, path, name, description;
};
RV_MUST_CHECK rv_status rv_folder_insert(struct rv_tx *tx, const struct rv_folder_insert *f);
rv_str rv_flow_pattern(struct rv_cx *cx, rv_str q); /* "%part%" in lower case for LIKE, absent when q is empty */
rv_str rv_principal_id(const struct rv_cx *cx); /* absent for the system */
struct rv_connection_row {
    rv_str id, name, connector, transport, principal_id, auth, fields, secrets, token, folder_id, status;
    int64_t version;
};
/* Usable in a folder of this path (ids)? A connection of a folder is usable there and below. */
bool rv_connection_reaches(const struct rv_connection_row *c, rv_str folder_path);
/* Fields and opened secrets of a connection that is not local. */
RV_MUST_CHECK rv_status rv_connection_open(struct rv_cx *cx, const struct rv_connection_row *row,
                                           struct rv_card_connection *ret);
/* connection_fields.c: what was given for a connection, checked against its connector's table: the
 * kind, plain values as JSON text, secrets as sealed JSON text (absent: none). */
struct rv_connection_auth {
    rv_str kind, fields, secrets;
};
RV_MUST_CHECK rv_status rv_connection_auth_check(struct rv_cx *cx, rv_str id,
                                                 const struct rv_connection_in *in,
                                                 struct rv_connection_auth *ret);
/* "auth" and "fields" of a connection as it is shown: secrets as "********". */
RV_MUST_CHECK rv_status rv_connection_auth_write(struct rv_cx *cx, rv_str connector, rv_str auth,
                                                 rv_str fields, struct rv_jw *w);
const struct rv_auth *rv_auth_find(const struct rv_connector *c, rv_str kind); /* kind absent: the first */
RV_MUST_CHECK rv_status rv_connection_row_get(struct rv_tx *tx, rv_str id, bool *ret_found,
                                              struct rv_connection_row *ret);
/* For imports, the connection of a connector that a folder may use: the one of this name, else the
 * only one; not found when there are none or several. name may be absent. */
RV_MUST_CHECK rv_status rv_connection_fitting(struct rv_tx *tx, rv_str connector, rv_str name,
                                              rv_str folder_path, bool *ret_found, rv_str *ret_id);
/* CONNECTION_USE on each connection that a definition names (security.md 2.5e). */
RV_MUST_CHECK rv_status rv_connection_check_use(struct rv_cx *cx, struct rv_tx *tx, json_t *cards);
/* The same for tables, to be read or changed as the cards do (table_use.c). folder_path: of the
 * flow. */
RV_MUST_CHECK rv_status rv_table_check_use(struct rv_cx *cx, struct rv_tx *tx, json_t *cards,
                                           rv_str folder_path);
/* Appends what is wrong with the tables that cards name at *end, the end of a list. */
RV_MUST_CHECK rv_status rv_table_problems(struct rv_cx *cx, struct rv_tx *tx, json_t *cards,
                                          struct rv_problem **end);
/* Flows of a folder and of those below it, at most 1,000. */
RV_MUST_CHECK rv_status rv_flow_rows_below(struct rv_tx *tx, rv_str folder_path,
                                           struct rv_flow_row **ret, size_t *ret_n);
/* Folders of a subtree: calls fn for each, from the top. */
RV_MUST_CHECK rv_status rv_folders_below(struct rv_tx *tx, rv_str path,
                                         rv_status (*fn)(void *arg, rv_str id, rv_str folder_path,
                                                         rv_str name, rv_str description),
                                         void *arg);

/* ---- runs (engine.c, run.c, history.c, run_store.c) ------------------------------------------ */

enum rv_run_status { RV_RUN_QUEUED, RV_RUN_RUNNING, RV_RUN_WAITING, RV_RUN_PAUSED, RV_RUN_SUCCEEDED, RV_RUN_STOPPED,
                     RV_RUN_FAILED, RV_RUN_CANCELED };
extern const char *const rv_run_status_names[];
extern const char *const rv_run_via_names[]; /* by enum rv_run_via */

/* One card of a run at work. */
struct rv_call {
    uint32_t magic;
    struct rv_run *run;
    const struct rv_step *step;
    struct rv_cx *cx;
    json_t **in, **out; /* of cx's arena; each holds a reference */
    void *state;
    rv_status (*then)(struct rv_call *c);
    struct rv_start start;
    /* what the function decided */
    enum { RV_CALL_NEXT, RV_CALL_BRANCH, RV_CALL_LANE, RV_CALL_STOP, RV_CALL_RETURN, RV_CALL_RETURN_RAW, RV_CALL_WAIT, RV_CALL_RETRY, RV_CALL_PAUSE } act;
    bool which;
    bool fatal; /* a limit of the run: no handler catches it */
    rv_str lane, message, raw;
    int code;
    json_t *fields; /* of the failure: what the author adds to it, or NULL */
    struct rv_failure *failure; /* of the card, while the flow that handles it starts; in cx's arena */
    int64_t delay_ms;
    enum rv_stall stall; /* of RV_CALL_RETRY */
    int64_t began_us, busy_us;
    atomic_int phase; /* RV_PHASE_*: who takes the run up again */
};
enum { RV_PHASE_RUNNING, RV_PHASE_WAITING, RV_PHASE_RESUMED };
#define RV_CALL_TAG 0x434c

/* How a run ended, for who waits for it. */
struct rv_ended {
    enum rv_run_status status;
    json_t *result; /* borrowed: what it returned, by key; or NULL */
    rv_str message;
    int code;
    bool returned; /* it failed and hands its caller values all the same ("Return Values") */
    uint64_t tally; /* cards of the chain when it ended, out of the store; 0: counted already */
};
struct rv_waiter {
    struct rv_waiter *next;
    char run_id[37];
    void (*done)(struct rv_waiter *w, const struct rv_ended *e); /* any thread, once, must not block */
};
/* Whose helper a run is. */
struct rv_helper_of {
    const struct rv_run *parent;
    rv_str card_id;
    int64_t index;
    json_t *error; /* borrowed: it is called because of this failure, or NULL */
    struct rv_waiter *waiter; /* told when the run has ended, or at once when it had; NULL: nobody waits */
};
enum { RV_RUN_DEPTH_MAX = 256 };

/* Where the at-most-once effect of the card at hand stands (effect.c). */
enum rv_effect { RV_EFFECT_NONE, RV_EFFECT_SENDING /* its row is stored */, RV_EFFECT_ANSWERED /* the answer is not stored yet */,
                 RV_EFFECT_MARKED /* a person says that it happened: the card at hand is passed over */ };

struct rv_run {
    uint32_t magic;
    char id[37];
    struct rv_engine *e;
    struct rv_run *next, *hash_next; /* queue, table of live runs */
    uint32_t lane; /* of the flow that was started from outside (queue.c); 0: not loaded yet */
    struct rv_program *program; /* NULL: still to be loaded */
    int64_t job_id;
    json_t *inputs, *caller;
    json_t *parent; /* of a helper run: {id, method, name, execution_id, wf_id, root_execution_id, root_wf_id}, else NULL */
    int64_t index, depth;
    struct rv_waiter *waiter;
    json_t *result; /* of a helper run: what the card that ended last put out */
    bool returned; /* it failed, and the result is for the caller all the same */
    struct rv_raw raw; /* the answer of a Return Raw or Pause Raw card for an HTTP caller; status 0: none */
    json_t *resume; /* what a paused run was resumed with, until its card has taken it */
    bool resumed; /* an HTTP caller resumed it and may wait for its end */
    atomic_bool answered; /* an HTTP caller has had the answer */
    struct rv_line *line; /* of the caller who gets the answer when the write at hand is durable */
    json_t *caught; /* the failure that the handler at work was started for */
    json_t *done; /* outputs of the card at pc, which the store says is done (commit.c); or NULL */
    json_t *called_for; /* of a helper run: the failure it was called for, or NULL */
    rv_str principal_id, request_id, step_id; /* in text */
    char *text;
    bool save_data;
    enum rv_run_via via;
    int64_t accepted_at;
    json_t **slots;
    uint32_t pc, cards_run, attempt;
    bool over_limit; /* its last card was one too many for the chain */
    struct rv_tally *tally; /* NULL: it has called no helper flow, and is none */
    int64_t waiting_since; /* first failure of a card that is tried again, UTC ms */
    size_t memory; /* bytes of the values in slots */
    struct rv_buf history; /* the record, written as the run goes */
    struct rv_jw jw, jw_mark; /* the mark: where the card at work began */
    size_t history_mark, history_head;
    struct rv_call call;
    atomic_bool cancel;
    enum rv_effect effect;
    bool outbox; /* it has a row there */
    bool storing; /* the card has ended, its answer is being stored */
    enum { RV_LOADED_WELL, RV_LOADED_UNCERTAIN, RV_LOADED_CRASHED } loaded;
    _Atomic int64_t began_at; /* first card, UTC ms; 0: not yet */
    /* how it ended */
    enum rv_run_status status;
    char error_message[RV_ERROR_TEXT_MAX + 1], error_card_id[88], error_card_title[200];
    int error_code;
    struct rv_write write;
    rv_str record;
    int64_t due_at; /* of a parked run */
    const struct rv_step *parked_at; /* card of a parked run */
    int64_t slowed_at; /* it made room for others, UTC ms; 0: not since it was written last */
    bool job_over; /* it is put aside and nothing takes it up by itself */
};
#define RV_RUN_TAG 0x524e

/* policy.c: what a card's author wants when it fails */
bool rv_policy_again(struct rv_call *c, int code, rv_str message); /* true: the call is set to run again later */
bool rv_policy_returns(const struct rv_step *s);
json_t *rv_policy_values(const struct rv_call *c); /* new: the card's fields that are not its own; NULL: out of memory */
json_t *rv_error_object(const struct rv_run *r, const struct rv_step *s, rv_str message, int code); /* new or NULL (workflows.md 11.2) */
bool rv_policy_calls(const struct rv_call *c); /* a flow is to be started because of the failure, once */
RV_MUST_CHECK rv_status rv_policy_call(struct rv_call *c, rv_status st, int code); /* goes on as the card's function */
RV_MUST_CHECK rv_status rv_policy_back(struct rv_call *c, rv_status st); /* in the end: the card's own failure again */

/* tally.c: cards of a run and of all helper runs below it; made when the first one is called, or
 * when one comes back. */
struct rv_tally;
struct rv_tallies;
struct rv_tallies *rv_tallies_new(void); /* NULL when memory is out */
void rv_tallies_free(struct rv_tallies *all); /* when no tally is left; NULL is fine */
struct rv_tally *rv_tally_get(struct rv_tallies *all, rv_str root_run_id); /* a reference to the chain's; NULL when memory is out */
void rv_tally_unref(struct rv_tally *t); /* NULL is fine */
uint64_t rv_tally_count(struct rv_tally *t); /* one more; gives how many now */
uint64_t rv_tally_read(const struct rv_tally *t);
void rv_tally_raise(struct rv_tally *t, uint64_t to); /* never down */
RV_MUST_CHECK rv_status rv_run_share_tally(struct rv_run *r, struct rv_cx *cx); /* so that r->tally is there */

/* queue.c: the runs that can go on; flows take turns. The caller holds the lock. */
enum { RV_LANES = 512, RV_LANE_PROBES = 16, RV_SLICE_CARDS = 256, RV_SLICE_US = 10000 };
struct rv_run_lane {
    struct rv_run_lane *next; /* whose turn comes after it */
    struct rv_run *head, *tail;
    uint32_t key;
};
struct rv_run_queue {
    struct rv_run_lane lanes[RV_LANES];
    struct rv_run_lane *first, *last; /* those with runs in them */
    uint32_t n;
};
void rv_run_queue_put(struct rv_run_queue *q, struct rv_run *r); /* by r->lane */
struct rv_run *rv_run_queue_take(struct rv_run_queue *q); /* NULL: none */
uint32_t rv_run_lane_of(rv_str flow_id); /* never 0 */

struct rv_run *rv_run_new(struct rv_engine *e, rv_str id); /* NULL when memory is out */
void rv_run_free(struct rv_run *r);
/* Heap copies of what the run keeps for itself. */
RV_MUST_CHECK rv_status rv_run_set_origin(struct rv_cx *cx, struct rv_run *r, rv_str principal_id,
                                          rv_str request_id, rv_str step_id);
RV_MUST_CHECK rv_status rv_run_set_program(struct rv_cx *cx, struct rv_run *r, struct rv_program *p); /* takes the reference */
/* Executes cards until the run waits or has ended. *wcx: the worker's cx; a waiting card or an
 * ending run takes it along, then *wcx is NULL. */
void rv_run_go(struct rv_run *r, struct rv_cx **wcx);
/* run_store.c */
RV_MUST_CHECK rv_status rv_run_start_wait(struct rv_run_start *s); /* rv_run_start, and waits for done */
RV_MUST_CHECK rv_status rv_run_load(struct rv_cx *cx, struct rv_run *r); /* from the store, also a check-point */
void rv_run_end(struct rv_run *r, struct rv_cx *cx); /* writes the end; the run is freed when that is durable; takes cx */
/* Tells the waiter now if the run has ended, else when it does. */
void rv_run_attach(struct rv_engine *e, rv_str run_id, struct rv_waiter *w);
/* The run is PAUSED with r->result given back, until it is resumed; freed; takes cx. */
void rv_run_pause(struct rv_run *r, struct rv_cx *cx);
void rv_run_hang_up(struct rv_engine *e, rv_str run_id); /* the run was cancelled: tells the HTTP caller who waits for it */
void rv_run_leave(struct rv_run *r, struct rv_cx *cx, rv_tx_fn *fn); /* fn(r) puts it aside for long, then freed; takes cx */
void rv_run_park(struct rv_run *r, struct rv_cx *cx); /* check-point and a later job, then freed; takes cx */

/* line.c: an HTTP caller who waits for the answer of a run */
enum rv_line_end { RV_LINE_ANSWERED, RV_LINE_LATE /* endpoint.timeout is over */, RV_LINE_STOPPED /* the server stops */ };
struct rv_line {
    struct rv_line *next; /* all but done and until_us: private to line.c until done runs */
    char run_id[37];
    int64_t until_us; /* monotonic */
    void (*done)(struct rv_line *line); /* once, any thread: end and answer (borrowed) are there; the line may go */
    enum rv_line_end end;
    struct rv_raw answer;
    bool accepted, answered;
};
struct rv_lines;
struct rv_lines *rv_lines_new(struct rv_env *env); /* NULL when memory is out */
void rv_lines_free(struct rv_lines *l); /* NULL is fine */
RV_MUST_CHECK rv_status rv_lines_start(struct rv_cx *cx, struct rv_lines *l);
void rv_lines_stop(struct rv_lines *l); /* tells all who wait that nothing comes */
RV_MUST_CHECK bool rv_line_open(struct rv_lines *l, struct rv_line *line, rv_str run_id); /* before the run can start; false: somebody waits for it already */
void rv_line_accepted(struct rv_lines *l, struct rv_line *line); /* the start is durable; the line is not touched afterwards */
void rv_line_drop(struct rv_lines *l, struct rv_line *line); /* instead: nothing was started, done is not called */
/* Who waits for the answer of a run, out of the list: then exactly one of the two below. NULL:
 * nobody, or no longer. */
struct rv_line *rv_line_claim(struct rv_lines *l, rv_str run_id);
void rv_line_put_back(struct rv_lines *l, struct rv_line *line);
void rv_line_answer(struct rv_lines *l, struct rv_line *line, const struct rv_raw *answer); /* borrows headers and body */

/* endpoint.c */
/* What the fields of an API Endpoint card get from a request (struct rv_endpoint_call). */
RV_MUST_CHECK rv_status rv_endpoint_inputs(struct rv_cx *cx, const json_t *cards,
                                           const json_t *request, json_t **ret);
/* Gives a flow that HTTP callers reach its address, once. level: of an export file, or absent. */
RV_MUST_CHECK rv_status rv_endpoint_ensure(struct rv_tx *tx, rv_str flow_id, json_t *cards,
                                           rv_str level);
rv_str rv_endpoint_new_token(struct rv_cx *cx); /* 64 hex digits in cx's arena; absent: out of memory */
/* Stores the hash of a flow's new token and gives the address to call. The caller has asked the
 * judge. */
RV_MUST_CHECK rv_status rv_endpoint_keep_token(struct rv_tx *tx, rv_str flow_id, rv_str token,
                                               rv_str *ret_url);
RV_MUST_CHECK rv_status rv_endpoint_level(struct rv_tx *tx, rv_str flow_id, const char **ret); /* as export files name it; NULL: none */

/* effect.c: effects that must not happen twice (security.md 9.2 to 9.4) */
/* In place of the card's function: stores everything so far and the effect as SENDING, then calls
 * it. */
RV_MUST_CHECK rv_status rv_effect_begin(struct rv_call *c);
/* The card has ended: should its answer be stored before the next one? */
bool rv_effect_wants_point(const struct rv_run *r);
/* Stores the answer with everything so far, at the run's new position; waits. */
RV_MUST_CHECK rv_status rv_effect_answer(struct rv_call *c);
RV_MUST_CHECK rv_status rv_effect_done(struct rv_tx *tx, rv_str run_id); /* the answer of an effect is in what tx stores */
RV_MUST_CHECK rv_status rv_effect_drop(struct rv_tx *tx, rv_str run_id); /* the run ends or goes to sleep */
void rv_effect_loaded(struct rv_run *r, rv_str state, int64_t crashes); /* of a run read back from the store */
/* The person's decision about an uncertain effect: the run goes on. RV_CONFLICT: nothing is
 * uncertain. */
RV_MUST_CHECK rv_status rv_effect_decide(struct rv_tx *tx, rv_str run_id, bool happened,
                                         rv_str *ret_effect_id);
struct rv_effect_row {
    rv_str card_id, effect_id, state; /* absent: the run has none */
    int64_t sending_at;
};
RV_MUST_CHECK rv_status rv_effect_get(struct rv_tx *tx, rv_str run_id, struct rv_effect_row *ret);
void rv_run_hold(struct rv_run *r, struct rv_cx *cx); /* uncertain: waits for a person, then freed; takes cx */

/* poison.c: who was at work when the process died (security.md 9.9) */
enum { RV_CRASHES_MAX = 3 };
void rv_poison_at(const struct rv_run *r); /* this thread works on it from here on; NULL: on none */
RV_MUST_CHECK rv_status rv_poison_open(struct rv_cx *cx); /* counts what the last process left, and watches this one */
void rv_poison_close(void);

/* schedule.c: the calendar of a Scheduled Flow card */
struct rv_schedule {
    struct rv_cron cron;
    rv_str zone;
    int64_t seconds_ms, from, until; /* from, until: RV_NO_TIME without */
    bool skip_if_running;
};
RV_MUST_CHECK rv_status rv_schedule_read(struct rv_cx *cx, const json_t *schedule, struct rv_schedule *ret); /* RV_INVALID says what is wrong */
RV_MUST_CHECK rv_status rv_schedule_next(struct rv_cx *cx, const struct rv_schedule *s, int64_t after, int64_t *ret); /* RV_NO_TIME: never */
/* Plans the next start, or, off, takes it back. The same schedule again leaves the plan as it is.
 */
RV_MUST_CHECK rv_status rv_schedule_set(struct rv_tx *tx, rv_str flow_id, bool on,
                                        const json_t *cards);
RV_MUST_CHECK rv_status rv_schedule_start(struct rv_cx *cx, const struct rv_job *job);

/* commit.c: takes over the outputs of a card that was done before the process ended. */
RV_MUST_CHECK rv_status rv_call_take_done(struct rv_call *c, bool *ret_done);

/* trigger.c: a flow that is on waits for the event its first card names, or for its schedule */
RV_MUST_CHECK rv_status rv_trigger_set(struct rv_tx *tx, rv_str flow_id, bool on,
                                       const json_t *cards);
RV_MUST_CHECK rv_status rv_trigger_deliver(struct rv_cx *cx, const struct rv_job *job);

/* engine.c */
struct rv_engine *rv_engine_of(const struct rv_cx *cx);
struct rv_program_cache *rv_engine_cache(struct rv_engine *e);
struct rv_lines *rv_engine_lines(struct rv_engine *e);
/* An HTTP caller of this run has had the answer: it waits for no other. */
void rv_engine_note_answer(struct rv_engine *e, rv_str run_id);
struct rv_env *rv_engine_env(struct rv_engine *e);
struct rv_run_limits {
    uint64_t cards, memory; /* flows.run_cards, flows.run_memory */
};
const struct rv_run_limits *rv_engine_limits(const struct rv_engine *e);
struct rv_tallies *rv_engine_tallies(struct rv_engine *e);
void rv_engine_enqueue(struct rv_engine *e, struct rv_run *r);
bool rv_engine_others_wait(struct rv_engine *e); /* other runs could go on: a guess, without the lock */
void rv_engine_add(struct rv_engine *e, struct rv_run *r); /* into the table of live runs */
void rv_engine_drop(struct rv_engine *e, struct rv_run *r, bool ended, bool failed); /* out of it, and freed */
bool rv_engine_cancel(struct rv_engine *e, rv_str run_id); /* true: it is live and stops before its next card */
bool rv_engine_began(struct rv_engine *e, rv_str run_id); /* it is live and its first card has begun */
struct rv_cx *rv_engine_cx(struct rv_engine *e); /* a pooled cx; NULL when memory is out */
/* Counts runs that only wait for helper runs: shutting down does not wait for them, their jobs are
 * in the store. */
void rv_engine_rest(struct rv_engine *e, int by);
/* Somebody waits for a run that is not in memory. put gives up *w; take: who waited, or NULL. */
void rv_engine_waiter_put(struct rv_engine *e, struct rv_waiter *w);
struct rv_waiter *rv_engine_waiter_take(struct rv_engine *e, rv_str run_id);
void rv_engine_cx_give(struct rv_engine *e, struct rv_cx *cx);
struct ZSTD_CCtx_s *rv_engine_packer(struct rv_engine *e); /* pooled: making one costs more than packing a record; or NULL */
void rv_engine_packer_give(struct rv_engine *e, struct ZSTD_CCtx_s *c);
bool rv_engine_hurried(const struct rv_engine *e); /* shutting down, and the grace is over: give runs back */

/* history.c: the record of a run */
extern const unsigned char rv_history_dictionary[];
extern const size_t rv_history_dictionary_n;
RV_MUST_CHECK rv_status rv_history_begin(struct rv_cx *cx, struct rv_run *r);
void rv_history_card_begin(struct rv_run *r, const struct rv_step *s, int64_t at_ms,
                           json_t *const *in);
void rv_history_join(struct rv_run *r, const struct rv_step *container, int64_t at_ms, json_t *const *out); /* what its lane gave a container */
void rv_history_card_undo(struct rv_run *r); /* as if the card at work had not begun */
/* status: 'S' succeeded, 'F' failed, 'X' stopped, 'M' a person says that it happened */
void rv_history_card_end(struct rv_run *r, const struct rv_step *s, char status, int64_t us,
                         json_t *const *out, rv_str message, int code, rv_str raw);
RV_MUST_CHECK rv_status rv_history_text(struct rv_cx *cx, struct rv_run *r, bool check_point, rv_str *ret); /* closes the record */
/* The record without what the run was given, for flows that save no data. */
RV_MUST_CHECK rv_status rv_history_strip(struct rv_cx *cx, struct rv_run *r, rv_str *ret);
RV_MUST_CHECK rv_status rv_history_pack(struct rv_cx *cx, rv_str text, rv_str *ret); /* compressed, into cx */
RV_MUST_CHECK rv_status rv_history_unpack(struct rv_cx *cx, rv_str packed, json_t **ret);
/* "cards" and "data" of GET /runs/{id}/cards. */
void rv_history_write(struct rv_cx *cx, const json_t *record, json_t *cards, int64_t accepted_at,
                      struct rv_jw *w);

/* ---- log_stream.c ---------------------------------------------------------------------------- */

enum rv_stream_event { RV_STREAM_START, RV_STREAM_SUCCESS, RV_STREAM_FAILURE, RV_STREAM_CANCELED, RV_STREAM_PAUSED,
                       RV_STREAM_LIMITED, RV_STREAM_THROTTLED };
struct rv_stream_state { /* one for the engine: what is asked on every run must cost nothing */
    atomic_uint events; /* bits by enum rv_stream_event; 0: no collector */
    atomic_uint failures; /* in a row */
    _Atomic int64_t not_before; /* when the collector is tried again */
};
struct rv_stream_state *rv_engine_stream(struct rv_engine *e);
/* In the transaction that it tells of, after its rows are written. */
RV_MUST_CHECK rv_status rv_log_stream_tell(struct rv_tx *tx, enum rv_stream_event e, rv_str run_id);
struct rv_stream_wait { /* of RV_STREAM_LIMITED and RV_STREAM_THROTTLED */
    int64_t at; /* when it began to wait, UTC ms */
    const struct rv_step *step; /* the card that waits, or NULL: the run as a whole */
    int64_t until; /* when the card runs again, UTC ms; without a card not looked at */
};
RV_MUST_CHECK rv_status rv_log_stream_tell_wait(struct rv_tx *tx, enum rv_stream_event e,
                                                rv_str run_id, const struct rv_stream_wait *wait);
RV_MUST_CHECK rv_status rv_log_stream_load(struct rv_cx *cx); /* at the start */
RV_MUST_CHECK rv_status rv_log_stream_send(struct rv_cx *cx, const struct rv_job *job);

/* ---- run_search.c, retention.c --------------------------------------------------------------- */

struct rv_run_search; /* of one page; lives as long as the cx */
struct rv_run_seen {
    rv_str id, flow_id, error, starter;
    int64_t version;
};
/* RV_INVALID: the text is too long. */
RV_MUST_CHECK rv_status rv_run_search_new(struct rv_cx *cx, rv_str text,
                                          struct rv_run_search **ret);
bool rv_run_search_spent(const struct rv_run_search *s); /* this page has looked at enough */
RV_MUST_CHECK rv_status rv_run_search_look(struct rv_run_search *s, struct rv_tx *tx,
                                           const struct rv_run_seen *run, bool *ret_hit);
RV_MUST_CHECK rv_status rv_retention_plan(struct rv_cx *cx); /* the job "run.retention" is there and due */
RV_MUST_CHECK rv_status rv_retention_run(struct rv_cx *cx, const struct rv_job *job);
size_t rv_value_size(const json_t *j); /* about the bytes it needs */
bool rv_value_too_deep(const json_t *j); /* cards put lists into lists: a value is no deeper than a JSON text may be */
