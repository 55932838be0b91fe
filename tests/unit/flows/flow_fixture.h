/* tests/unit/flows/flow_fixture.h: a store, an engine with all cards, and what stands in for
 * src/org. */
#pragma once
#include "store_fixture.h"
#include "flows/flows_int.h"

struct flow_fixture {
    struct store_fixture s;
    bool running; /* jobs and executor are started */
};
extern const struct rv_card *const flow_fixture_cards[];
extern const struct rv_card *flow_fixture_extra; /* a further table, or NULL; before the fixture is opened */
/* A configuration key with another value than its default, for the next open. */
struct flow_fixture_config {
    const char *key, *value;
};
extern struct flow_fixture_config flow_fixture_config;
void flow_fixture_open(struct flow_fixture *fx, bool run);
void flow_fixture_open_at(struct flow_fixture *fx, bool run, const char *dir); /* a new process on a directory that is there, with the real clock */
void flow_fixture_restart(struct flow_fixture *fx, int64_t later_ms); /* a new process, that much later */
void flow_fixture_close(struct flow_fixture *fx);
rv_str flow_fixture_folder(struct flow_fixture *fx, const char *name);
rv_str flow_fixture_flow(struct flow_fixture *fx, const char *cards_json); /* created in a folder, returns the id */
/* Starts a run and waits until it has ended; gives what GET /runs/{id} and /runs/{id}/cards write.
 */
rv_status flow_fixture_run(struct flow_fixture *fx, rv_str flow_id, const char *inputs,
                           json_t **ret_run, json_t **ret_cards);
/* Between two looks of a test that waits for other threads: they go first (workers run at a lower
 * priority), and what each look leaves in the arena stays little. */
void flow_fixture_rest(void);
json_t *flow_fixture_json(struct flow_fixture *fx, rv_str text);
/* Output of a card by key, out of GET /runs/{id}/cards. */
const json_t *flow_fixture_output(const json_t *cards, const char *card_id, const char *key);

/* org_stand_in.c */
struct org_stand_in {
    int events;
    const char *last_event;
    int mails;
    char mail_to[200], mail_subject[200], mail_text[2000], mail_id[200];
    int api_status; /* what the API answers, or 0: what it has */
    int api_calls;
    rv_status mail_status; /* what the next deliveries come back with */
    char event_type[80], subscriber[40]; /* who waits for events */
    enum rv_action refused; /* the judge refuses this one */
};
extern struct org_stand_in org_stand_in;
extern struct rv_local org_stand_in_local; /* a route table with one person in it */
