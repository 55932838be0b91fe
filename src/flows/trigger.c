/* flows/trigger.c: flows that start with a system-log event (workflows.md 9, flopack.md 9).
 *
 * A flow that is on is a subscriber of the event type its first card names. The event's own
 * transaction leaves a job with the event's id; the job starts one run per flow. The run's
 * idempotency key is the event's id, so an event that is delivered twice still starts one run.
 * Nothing is called from the code that writes the event. */
#include "flows/flows_int.h"

/* The event type that starts these cards, or absent. */
static rv_str event_of(const struct rv_engine *e, const json_t *cards)
{
    const struct rv_card *card = rv_card_find(e, rv_json_member_str(rv_def_head(cards), "card"));
    return rv_str_of(card != NULL ? card->event : NULL);
}

rv_status rv_trigger_set(struct rv_tx *tx, rv_str flow_id, bool on, const json_t *cards)
{
    rv_str type = on ? event_of(rv_engine_of(rv_tx_cx(tx)), cards) : RV_NONE_STR;
    RV_TRY(rv_event_unsubscribe(tx, flow_id));
    RV_TRY(rv_schedule_set(tx, flow_id, on, cards));
    return type.p != NULL ? rv_event_subscribe(tx, type, flow_id) : RV_OK;
}

/* ---- what the event card puts out ------------------------------------------------------------ */

enum value_kind { MEMBER, WHOLE, DEBUG_CONTEXT, SOURCE, NOTHING };
static const struct {
    const char *key;
    enum value_kind kind;
    const char *member; /* path below the event */
} event_values[] = {
    { "Date and Time", MEMBER, "published" },
    { "Message", MEMBER, "displayMessage" },
    { "Event ID", MEMBER, "uuid" },
    { "Event Type", MEMBER, "eventType" },
    { "Legacy Event Type", MEMBER, "legacyEventType" },
    { "Event Time", MEMBER, "published" },
    { "Version", MEMBER, "version" },
    { "UUID", MEMBER, "uuid" },
    { "Severity", MEMBER, "severity" },
    { "Result", MEMBER, "outcome.result" },
    { "Changed Attributes", MEMBER, "debugContext.debugData.changedAttributes" },
    { "Reason", MEMBER, "outcome.reason" },
    { "Name", MEMBER, "actor.displayName" },
    { "Email", MEMBER, "actor.alternateId" },
    { "User ID", MEMBER, "actor.id" },
    { "Suspicious Activity Details", MEMBER, "debugContext.debugData.suspiciousActivityEventType" },
    { "Client", MEMBER, "client" },
    { "Transaction", MEMBER, "transaction" },
    { "Authentication Context", MEMBER, "authenticationContext" },
    { "Security Context", MEMBER, "securityContext" },
    { "Debug Context", DEBUG_CONTEXT, "debugContext.debugData" },
    { "Event Details", WHOLE, NULL },
    { "Full Details", WHOLE, NULL },
    { "Headers", NOTHING, NULL },
    { "Source", SOURCE, NULL },
};
/* Fields that are people and things, and the type of the target they stand for; the actor has no
 * type here. */
static const struct {
    const char *key, *target;
} event_things[] = {
    { "Admin", NULL },
    { "Actor", NULL },
    { "Okta User", "User" },
    { "Group", "UserGroup" },
    { "Application", "AppInstance" },
    { "Application User", "AppUser" },
    { "Access Request", "AccessRequest" },
    { "Review Item", "CertificationItem" },
    { "MFA Factor", "Factor" },
};

static json_t *thing(const json_t *o)
{
    return o == NULL
               ? NULL
               : json_pack("{s:O?, s:O?, s:O?, s:O?}", "ID", json_object_get(o, "id"),
                           "Alternate ID", json_object_get(o, "alternateId"), "Display Name",
                           json_object_get(o, "displayName"), "Type", json_object_get(o, "type"));
}

static const json_t *target_of(const json_t *event, const char *type)
{
    size_t i;
    json_t *t;
    json_array_foreach(json_object_get(event, "target"), i, t)
    {
        if (rv_str_eq(rv_json_member_str(t, "type"), rv_str_of(type)))
            return t;
    }
    return NULL;
}

/* New, or NULL: the field has no value. */
static json_t *event_value(struct rv_cx *cx, const json_t *event, rv_str key)
{
    for (size_t i = 0; i < RV_LEN(event_things); i++) {
        if (rv_str_eq(key, rv_str_of(event_things[i].key)))
            return thing(event_things[i].target == NULL ? json_object_get(event, "actor")
                                                        : target_of(event, event_things[i].target));
    }
    for (size_t i = 0; i < RV_LEN(event_values); i++) {
        if (!rv_str_eq(key, rv_str_of(event_values[i].key)))
            continue;
        json_t *v = event_values[i].member != NULL
                        ? rv_value_at(event, rv_str_of(event_values[i].member))
                        : NULL;
        switch (event_values[i].kind) {
        case MEMBER:
            return json_incref(v);
        case WHOLE:
            return json_incref((json_t *)(uintptr_t)event);
        case DEBUG_CONTEXT:
            return json_pack("{s:O?}", "Debug Data", v);
        case SOURCE:
            return rv_value_of_text(rv_base_url(cx));
        case NOTHING:
            return json_object();
        }
    }
    return NULL;
}

/* The inputs of a run: one value per field of group "Output" that the flow's event card has. */
static rv_status event_inputs(struct rv_cx *cx, const json_t *event, const json_t *cards,
                              json_t **ret)
{
    json_t *pin, *inputs = json_object();
    size_t i;
    RV_TRY(rv_json_keep(cx, inputs));
    json_array_foreach(json_object_get(rv_def_head(cards), "outputs"), i, pin)
    {
        rv_str key = rv_json_member_str(pin, "key");
        if (!rv_str_eq(rv_json_member_str(pin, "group"), RV_STR("Output")) || key.p == NULL)
            continue;
        json_t *v = event_value(cx, event, key);
        if (json_object_setn_new(inputs, key.p, key.n, v != NULL ? v : json_null()) != 0)
            return rv_fail(cx, RV_BUSY, "out of memory while handing an event to a flow");
    }
    *ret = inputs;
    return RV_OK;
}

/* ---- delivery -------------------------------------------------------------------------------- */

struct delivery {
    rv_str event_id, type, text;
    bool found;
    rv_str *flows;
    size_t flows_n;
};

static rv_status delivery_tx(struct rv_tx *tx, void *arg)
{
    struct delivery *d = arg;
    RV_TRY(rv_event_load(tx, d->event_id, &d->found, &d->type, &d->text));
    return d->found ? rv_event_subscribers(tx, d->type, &d->flows, &d->flows_n) : RV_OK;
}

struct subscriber {
    rv_str id;
    json_t *cards;
};

static rv_status subscriber_tx(struct rv_tx *tx, void *arg)
{
    struct subscriber *s = arg;
    struct rv_flow_row f;
    RV_TRY(rv_flow_row_get(tx, s->id, &f));
    return rv_flow_definition(tx, s->id, f.version_number, &s->cards);
}

/* An event card may be for one application only: its choices name it. */
static bool wanted(const json_t *event, const json_t *cards)
{
    const json_t *options = json_object_get(rv_def_head(cards), "options"),
                 *app = target_of(event, "AppInstance");
    rv_str by_id = rv_json_member_str(options, "useId"),
           id = rv_json_member_str(options,
                                   rv_str_eq_nocase(by_id, RV_STR("Yes")) ? "appId" : "instance");
    return app == NULL || !rv_str_starts(id, RV_STR("0oa")) ||
           rv_str_eq(id, rv_json_member_str(app, "id"));
}

static rv_status start_one(struct rv_cx *cx, const struct delivery *d, const json_t *event,
                           rv_str flow_id)
{
    struct subscriber s = { .id = flow_id };
    json_t *inputs;
    RV_TRY(rv_store_read(cx, subscriber_tx, &s));
    if (!wanted(event, s.cards))
        return RV_OK;
    RV_TRY(event_inputs(cx, event, s.cards, &inputs));
    struct rv_run_start start = { .cx = cx,
                                  .flow_id = flow_id,
                                  .inputs = inputs,
                                  .via = RV_VIA_EVENT,
                                  .key = rv_printf(cx, "event:%.*s", RV_FMT(d->event_id)) };
    return rv_run_start_wait(&start);
}

rv_status rv_trigger_deliver(struct rv_cx *cx, const struct rv_job *job)
{
    struct delivery d = { .event_id = job->payload };
    json_t *event;
    RV_TRY(rv_store_read(cx, delivery_tx, &d));
    if (!d.found)
        return RV_OK; /* its retention has ended */
    RV_TRY(rv_json_parse(cx, d.text, &rv_json_limits_import, &event));
    for (size_t i = 0; i < d.flows_n; i++) {
        rv_status st = start_one(cx, &d, event, d.flows[i]);
        if (st == RV_BUSY || st == RV_FULL || st == RV_STOPPED)
            return st; /* the job comes again; runs that were started are found by their key */
        if (st != RV_OK && st != RV_NOT_FOUND && st != RV_CONFLICT) /* gone or off: the event is dropped */
            rv_log_error(cx, RV_LOG_ERROR, "flow.event");
        rv_error_clear(cx);
    }
    return RV_OK;
}
