/* flows/flows.h: flows, their versions and runs: folders, definitions, import and export, the
 * engine, history, connections (workflows.md, flopack.md).
 *
 * Domain functions ask the judge themselves (security.md 2.1) and write events and jobs in the same
 * transaction. What they show is written as native JSON into a writer. Any worker thread may call;
 * strings live in cx's arena. */
#pragma once
#include "flows/card.h"

/* ---- engine ---------------------------------------------------------------------------------- */

struct rv_engine;
/* tables: NULL-terminated list of card tables. RV_BUG for a card without label or help, or two of
 * one name. Sets nothing but *ret; the caller puts it into env->engine. */
RV_MUST_CHECK rv_status rv_engine_new(struct rv_cx *cx, const struct rv_card *const *tables,
                                      struct rv_engine **ret);
/* tables: NULL-terminated list of connector tables, alive as long as the engine. Before the engine
 * starts. */
void rv_engine_set_connectors(struct rv_engine *e, const struct rv_connector *const *tables);
RV_MUST_CHECK rv_status rv_engine_start(struct rv_cx *cx, struct rv_engine *e); /* executor threads; before rv_store_start_jobs */
/* Running cards end, the runs' jobs are given back; after rv_store_stop_jobs, before
 * rv_store_close. */
void rv_engine_stop(struct rv_engine *e);
void rv_engine_free(struct rv_engine *e); /* NULL is fine */
struct rv_engine_stats {
    uint64_t started, ended, failed;
    uint32_t live, queued;
};
void rv_engine_stats(struct rv_engine *e, struct rv_engine_stats *ret);
const struct rv_card *rv_card_find(const struct rv_engine *e, rv_str name); /* NULL: not supported */
size_t rv_card_count(const struct rv_engine *e);
const struct rv_card *rv_card_at(const struct rv_engine *e, size_t i); /* by name */
RV_MUST_CHECK rv_status rv_cards_write(struct rv_cx *cx, struct rv_jw *w); /* GET /cards: CardType items */
RV_MUST_CHECK rv_status rv_connectors_write(struct rv_cx *cx, struct rv_jw *w); /* GET /connectors */

/* ---- lists ----------------------------------------------------------------------------------- */

struct rv_flow_query {
    int limit; /* 1 to 200 */
    rv_str after; /* as given back, or absent */
    rv_str q; /* part of the name, or absent */
    rv_str folder_id, kind, flow_id, status, request_id, parent_run_id; /* filters; absent: any */
    int enabled; /* -1 any, 0, 1 */
};
/* Lists write the items (no brackets) and give the next cursor, absent on the last page. */

/* ---- folders --------------------------------------------------------------------------------- */

struct rv_folder_in {
    rv_str name, description, parent_id;
    bool has_name, has_description, has_parent; /* of a PATCH; parent absent with has_parent: to the top */
    int64_t version; /* of a PATCH */
};
RV_MUST_CHECK rv_status rv_folder_list(struct rv_cx *cx, const struct rv_flow_query *q,
                                       struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_folder_get(struct rv_cx *cx, rv_str id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_folder_create(struct rv_cx *cx, const struct rv_folder_in *in,
                                         rv_str *ret_id);
RV_MUST_CHECK rv_status rv_folder_update(struct rv_cx *cx, rv_str id,
                                         const struct rv_folder_in *in);
RV_MUST_CHECK rv_status rv_folder_delete(struct rv_cx *cx, rv_str id); /* RV_CONFLICT unless empty */
/* With all subfolders, flows (off) and tables (without rows), beside it; references go to the copies. */
RV_MUST_CHECK rv_status rv_folder_duplicate(struct rv_cx *cx, rv_str id, rv_str *ret_id);

/* ---- flows ----------------------------------------------------------------------------------- */

struct rv_flow_in {
    rv_str name, description, folder_id, note;
    json_t *cards; /* array of types.ts Card, or NULL */
    bool has_name, has_description, has_folder, has_save_data, save_data, has_log_stream, log_stream;
    int64_t version; /* of a PATCH */
};
RV_MUST_CHECK rv_status rv_flow_list(struct rv_cx *cx, const struct rv_flow_query *q,
                                     struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_flow_get(struct rv_cx *cx, rv_str id, struct rv_jw *w); /* with cards and problems */
RV_MUST_CHECK rv_status rv_flow_view(struct rv_cx *cx, rv_str id, struct rv_jw *w); /* the same for somebody who looks: an event */
RV_MUST_CHECK rv_status rv_flow_create(struct rv_cx *cx, const struct rv_flow_in *in,
                                       rv_str *ret_id);
RV_MUST_CHECK rv_status rv_flow_update(struct rv_cx *cx, rv_str id, const struct rv_flow_in *in); /* cards: a new version */
RV_MUST_CHECK rv_status rv_flow_delete(struct rv_cx *cx, rv_str id); /* RV_CONFLICT while runs go on */
RV_MUST_CHECK rv_status rv_flow_set_enabled(struct rv_cx *cx, rv_str id, bool on); /* RV_INVALID lists the problems */
RV_MUST_CHECK rv_status rv_flow_duplicate(struct rv_cx *cx, rv_str id, rv_str *ret_id);
RV_MUST_CHECK rv_status rv_flow_version_list(struct rv_cx *cx, rv_str id,
                                             const struct rv_flow_query *q, struct rv_jw *w,
                                             rv_str *ret_next);
RV_MUST_CHECK rv_status rv_flow_version_get(struct rv_cx *cx, rv_str id, int64_t number,
                                            struct rv_jw *w); /* with its cards */
RV_MUST_CHECK rv_status rv_flow_version_describe(struct rv_cx *cx, rv_str id, int64_t number,
                                                 rv_str note); /* note: absent takes it away */
RV_MUST_CHECK rv_status rv_flow_version_restore(struct rv_cx *cx, rv_str id, int64_t number);
RV_MUST_CHECK rv_status rv_flow_usage(struct rv_cx *cx, rv_str id, struct rv_jw *w); /* members callers and callees */
RV_MUST_CHECK rv_status rv_flow_clear_data(struct rv_cx *cx, rv_str id, bool stop); /* values of ended runs; the list stays; stop: none are kept from now on */

/* ---- import and export (flopack.md) ---------------------------------------------------------- */

struct rv_import_item {
    rv_str flow, card, sentence; /* flow and card: names, or absent */
    struct rv_import_item *next;
};
struct rv_import_flow {
    rv_str id, name;
    const char *kind;
    rv_str invoke_url, client_token; /* of an endpoint that asks for one: shown this once; or absent */
};
struct rv_import_report {
    rv_str folder_id; /* where the flows went */
    struct rv_import_flow *flows;
    size_t flows_n;
    struct rv_import_item *errors, *warnings;
};
/* One transaction: everything or, with one error, nothing (RV_INVALID with a cause per error; the
 * report holds them too). New ids for everything. Flows arrive off; activate turns on those without
 * problems (sample organisation). connection_id: for the cards of its connector; absent: the only
 * connection of each connector. */
RV_MUST_CHECK rv_status rv_flow_import(struct rv_cx *cx, rv_str folder_id, rv_str connection_id,
                                       rv_str text, bool activate, struct rv_import_report *ret);
void rv_import_report_write(const struct rv_import_report *r, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_flow_export(struct rv_cx *cx, rv_str id, struct rv_jw *w,
                                       rv_str *ret_name);
RV_MUST_CHECK rv_status rv_folder_export(struct rv_cx *cx, rv_str id, struct rv_jw *w,
                                         rv_str *ret_name);

/* ---- delegated flows (workflows.md 6) -------------------------------------------------------- */

RV_MUST_CHECK rv_status rv_delegated_list(struct rv_cx *cx, const struct rv_flow_query *q,
                                          struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_delegated_get(struct rv_cx *cx, rv_str id, struct rv_jw *w);

/* What started a run; its name stands in the row of the run. */
enum rv_run_via {
    RV_VIA_DELEGATED, /* a person or an app that may run the flow */
    RV_VIA_TEST, /* from the console: the flow may be off and of any kind */
    RV_VIA_REPLAY, /* the same, with the inputs of an earlier run */
    RV_VIA_HELPER, /* a card of another flow (helper.c): the flow must be on and of kind HELPER, like the ones below */
    RV_VIA_EVENT, /* a system-log event (trigger.c) */
    RV_VIA_SCHEDULE, /* its schedule (schedule.c) */
    RV_VIA_ENDPOINT /* an HTTP caller of its address (endpoint.c) */
};

/* Starting a run: reads, judges and checks on the calling thread, then writes run, job, event and
 * key in one transaction and calls done once, when that is durable or has failed (any thread, also
 * before rv_run_start returns). */
struct rv_run_start {
    struct rv_cx *cx; /* belongs to the start until done */
    rv_str flow_id;
    json_t *inputs, *caller; /* objects or NULL */
    rv_str key; /* Idempotency-Key, or absent */
    enum rv_run_via via;
    const struct rv_helper_of *of; /* of RV_VIA_HELPER */
    struct rv_line *line; /* of RV_VIA_ENDPOINT: who waits for the answer */
    void (*done)(struct rv_run_start *s, rv_status st);
    void *arg;
    rv_str run_id; /* the answer */
    bool replayed;
    struct rv_run *run; /* private from here */
    struct rv_write write;
    rv_str key_hash, inputs_text, flow_name;
    int64_t flow_version;
};
void rv_run_start(struct rv_run_start *s);

/* ---- schedules (workflows.md 8) -------------------------------------------------------------- */

/* {"next":[…]}: the next five instants of a schedule (member "schedule" of a Scheduled Flow card).
 * RV_INVALID says what is wrong with it. */
RV_MUST_CHECK rv_status rv_schedule_preview(struct rv_cx *cx, const json_t *schedule,
                                            struct rv_jw *w);

/* ---- API endpoints (workflows.md 7) ---------------------------------------------------------- */

/* Settings of the address that HTTP callers reach a flow at; RV_NOT_FOUND for flows without one.
 * The address itself is shown to those who may edit the flow. */
RV_MUST_CHECK rv_status rv_endpoint_get(struct rv_cx *cx, rv_str flow_id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_endpoint_update(struct rv_cx *cx, rv_str flow_id, rv_str security); /* NONE, CLIENT_TOKEN, OAUTH */
/* A new client token, shown this once; the one before is no longer taken. */
RV_MUST_CHECK rv_status rv_endpoint_token(struct rv_cx *cx, rv_str flow_id, struct rv_jw *w);

/* What an HTTP caller shows. */
struct rv_endpoint_key {
    rv_str alias, client_token, authorization, peer; /* absent: not sent */
};
struct rv_endpoint {
    rv_str flow_id, flow_name;
    bool enabled;
};
/* Does the caller show what the flow's address asks for? RV_NOT_FOUND: no such address.
 * RV_BAD_TOKEN, RV_FORBIDDEN. With OAuth the app is cx->principal then, else nobody. */
RV_MUST_CHECK rv_status rv_endpoint_admit(struct rv_cx *cx, const struct rv_endpoint_key *k,
                                          struct rv_endpoint *ret);

/* One call: starts a run, or resumes a paused one, and waits without a thread for its answer. done
 * comes once, from any thread: RV_OK with the answer, or why nothing was started. Then the server
 * is told of nothing more about the run. */
struct rv_endpoint_call {
    struct rv_cx *cx; /* belongs to the call until done */
    struct rv_endpoint to;
    rv_str resume_run_id; /* absent: start a run */
    json_t *request; /* {"headers":{},"query":{},"body":…,"text":"…","queryText":"…"} */
    void (*done)(struct rv_endpoint_call *c, rv_status st);
    void *arg;
    rv_str run_id; /* the answer; known also when it came too late */
    struct rv_raw answer; /* borrowed until done returns */
    bool late; /* no answer within endpoint.timeout */
    struct rv_run_start start; /* private from here */
    struct rv_write write;
    void *line;
};
void rv_endpoint_call(struct rv_endpoint_call *c);

/* ---- runs ------------------------------------------------------------------------------------ */

RV_MUST_CHECK rv_status rv_run_list(struct rv_cx *cx, const struct rv_flow_query *q,
                                    struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_run_get(struct rv_cx *cx, rv_str id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_run_cards(struct rv_cx *cx, rv_str id, struct rv_jw *w); /* {"cards":[…],"data":[…],"version":n} */
RV_MUST_CHECK rv_status rv_run_cancel(struct rv_cx *cx, rv_str id);
/* A person's decision about a run that waits with reason "uncertain" (security.md 9.4): the effect
 * happened, or it is to be sent again under the same id. The run goes on. RV_CONFLICT: nothing is
 * uncertain. */
RV_MUST_CHECK rv_status rv_run_decide(struct rv_cx *cx, rv_str id, bool happened);
/* Starts the same flow again with the recorded inputs (workflows.md 12.1). RV_CONFLICT when they
 * were not saved. */
RV_MUST_CHECK rv_status rv_run_replay(struct rv_cx *cx, rv_str id, rv_str *ret_run_id);

/* ---- the log stream (workflows.md 12.2) ------------------------------------------------------ */

struct rv_log_stream_in {
    rv_str url, template; /* template: absent or empty: a JSON list of records */
    const json_t *headers; /* name to value; NULL: as before, when the address stays */
    const json_t *events; /* list of FLOW_START, FLOW_SUCCESS, FLOW_FAILURE, FLOW_CANCELED, FLOW_PAUSED, FLOW_RATE_LIMITED, FLOW_THROTTLED */
    bool enabled;
    int64_t version; /* 0: there is none yet */
};
RV_MUST_CHECK rv_status rv_log_stream_get(struct rv_cx *cx, struct rv_jw *w); /* names of headers, never their values */
RV_MUST_CHECK rv_status rv_log_stream_put(struct rv_cx *cx, const struct rv_log_stream_in *in); /* RV_CONFLICT: another version */
RV_MUST_CHECK rv_status rv_log_stream_test(struct rv_cx *cx, struct rv_jw *w); /* posts one record now: {"ok":…,"sentence":…} */

/* ---- connections (workflows.md 14) ----------------------------------------------------------- */

struct rv_connection_in {
    rv_str name, connector, description;
    rv_str principal_id; /* local transport acts as this person; absent: the caller */
    rv_str folder_id; /* usable only in this folder and below; absent: everywhere. Of a POST */
    rv_str auth; /* kind of authentication; absent: the connector's first */
    const json_t *fields; /* object of texts by key, or NULL */
    bool has_name, has_description, has_fields;
    int64_t version;
};
RV_MUST_CHECK rv_status rv_connection_list(struct rv_cx *cx, const struct rv_flow_query *q,
                                           struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_connection_get(struct rv_cx *cx, rv_str id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_connection_create(struct rv_cx *cx, const struct rv_connection_in *in,
                                             rv_str *ret_id);
RV_MUST_CHECK rv_status rv_connection_update(struct rv_cx *cx, rv_str id,
                                             const struct rv_connection_in *in);
/* With fields: authorised anew, all fields are replaced; so a secret never goes to an address it
 * was not entered for. */
RV_MUST_CHECK rv_status rv_connection_usage(struct rv_cx *cx, rv_str id, struct rv_jw *w); /* {"flows":[{"id","name"}]} */
RV_MUST_CHECK rv_status rv_connection_delete(struct rv_cx *cx, rv_str id); /* RV_CONFLICT while a flow uses it */
RV_MUST_CHECK rv_status rv_connection_test(struct rv_cx *cx, rv_str id, struct rv_jw *w); /* {"ok":…,"sentence":…} */

/* Cards of a folder and all below it that need a connection and have none, by connector; writes the
 * items of a list. */
RV_MUST_CHECK rv_status rv_connection_needs(struct rv_cx *cx, rv_str folder_id, struct rv_jw *w);
/* given: connector to the id of a connection. All cards that need one get it, in one transaction;
 * writes what is left. RV_INVALID with the connector as pointer: unknown, of another connector or
 * folder. */
RV_MUST_CHECK rv_status rv_connection_assign(struct rv_cx *cx, rv_str folder_id,
                                             const json_t *given, struct rv_jw *w);

/* ---- tables (workflows.md 13) ---------------------------------------------------------------- */

struct rv_table_in {
    rv_str name, description, folder_id;
    const json_t *columns; /* array of {id, name, type, default} in their order, or NULL */
    bool has_name, has_description, has_folder;
    int64_t version; /* of a PATCH */
};
RV_MUST_CHECK rv_status rv_table_list(struct rv_cx *cx, const struct rv_flow_query *q,
                                      struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_table_get(struct rv_cx *cx, rv_str id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_table_view(struct rv_cx *cx, rv_str id, struct rv_jw *w); /* the same for somebody who looks: an event */
RV_MUST_CHECK rv_status rv_table_create(struct rv_cx *cx, const struct rv_table_in *in,
                                        rv_str *ret_id);
/* Columns that have no id are new, those that are not named are deleted with what they held. */
RV_MUST_CHECK rv_status rv_table_update(struct rv_cx *cx, rv_str id, const struct rv_table_in *in);
/* RV_CONFLICT names flows that use it, unless confirmed. */
RV_MUST_CHECK rv_status rv_table_delete(struct rv_cx *cx, rv_str id, bool confirm);

struct rv_row_query {
    int limit; /* 1 to 200 */
    rv_str after; /* as given back, or absent */
    rv_str q; /* part of any cell, or absent */
    rv_str filter; /* JSON as in a Search Rows card, or absent */
    rv_str sort_by; /* name of a column, "Row ID", "Created", "Updated"; absent: as they were made */
    bool descending;
    int64_t skip, most; /* of an export: rows passed over, rows at most; 0: none, all */
};
RV_MUST_CHECK rv_status rv_row_list(struct rv_cx *cx, rv_str table_id, const struct rv_row_query *q,
                                    struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_row_get(struct rv_cx *cx, rv_str table_id, rv_str row_id,
                                   struct rv_jw *w);
RV_MUST_CHECK rv_status rv_row_view(struct rv_cx *cx, rv_str table_id, rv_str row_id,
                                    struct rv_jw *w); /* the same for somebody who looks: an event, as of the list */
/* values: an object by name of the column. */
RV_MUST_CHECK rv_status rv_row_create(struct rv_cx *cx, rv_str table_id, const json_t *values,
                                      rv_str *ret_id);
RV_MUST_CHECK rv_status rv_row_update(struct rv_cx *cx, rv_str table_id, rv_str row_id,
                                      const json_t *values, int64_t version);
RV_MUST_CHECK rv_status rv_row_delete(struct rv_cx *cx, rv_str table_id, rv_str row_id);
RV_MUST_CHECK rv_status rv_row_delete_many(struct rv_cx *cx, rv_str table_id, rv_str ids); /* with commas between; absent: all */

/* CSV: RFC 4180 in UTF-8, first line the names of columns. Everything or nothing; the answer says
 * what came in. text absent: the body was no CSV, which who may not edit the table is not told. */
RV_MUST_CHECK rv_status rv_table_import_csv(struct rv_cx *cx, rv_str table_id, rv_str text,
                                            rv_str delimiter, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_table_export_csv(struct rv_cx *cx, rv_str table_id,
                                            const struct rv_row_query *q, rv_str columns,
                                            rv_str delimiter, struct rv_buf *b, rv_str *ret_name);

/* What the cards of tables do; src/connectors/tables.c declares them. */
rv_status rv_table_card_create(struct rv_call *c);
rv_status rv_table_card_read(struct rv_call *c);
rv_status rv_table_card_update(struct rv_call *c);
rv_status rv_table_card_delete(struct rv_call *c);
rv_status rv_table_card_search(struct rv_call *c);
rv_status rv_table_card_clear(struct rv_call *c);
rv_status rv_table_card_schema(struct rv_call *c);
rv_status rv_table_card_export(struct rv_call *c);
rv_status rv_table_card_import(struct rv_call *c);

/* ---- wiring ---------------------------------------------------------------------------------- */

extern const struct rv_sql_module rv_sql_effect, rv_sql_poison, rv_sql_retention, rv_sql_run_search, rv_sql_log_stream;
extern const struct rv_job_kind rv_flows_jobs[];
extern const struct rv_config_key rv_flows_config[];
extern const struct rv_limit rv_flows_limits[];
extern const struct rv_sql_module rv_sql_folder, rv_sql_flow, rv_sql_run, rv_sql_run_list, rv_sql_connection, rv_sql_connection_fields, rv_sql_data_table, rv_sql_schedule, rv_sql_endpoint;
extern const struct rv_sql_module rv_sql_data_row, rv_sql_table_file, rv_sql_commit;
