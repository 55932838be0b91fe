/* connectors/okta_events.c: event cards of the identity API (workflows.md 9): one row each.
 *
 * A row names the event of the system log that starts a flow with the card, and the fields that the card offers. What
 * the fields hold is the business of src/flows/trigger.c; the card itself hands them on. */
#include "connectors/connectors.h"

static rv_status card_event(struct rv_call *c)
{
    const struct rv_start *s = rv_call_start(c);
    struct rv_field f;
    for (size_t o = 0; o < rv_out_count(c); o++) {
        rv_out_field(c, o, &f);
        json_t *v = f.key.p != NULL ? json_object_getn(s->inputs, f.key.p, f.key.n) : NULL;
        if (rv_str_eq(f.group, RV_STR("context")))
            RV_TRY(rv_out_at(c, o, rv_value_of_text(s->run_id)));
        else
            RV_TRY(rv_out_at(c, o, json_incref(v)));
    }
    return RV_OK;
}

#define FIELD(key, type, help) { "Output", key, key, type, 0, NULL, NULL, help }
#define WHO(key, help) FIELD(key, RV_T_OBJECT, help)
#define START                                                                                                     \
    FIELD("Date and Time", RV_T_TEXT, "when it happened"), FIELD("Message", RV_T_TEXT, "what happened, in words"), \
        FIELD("Event ID", RV_T_TEXT, "id of the event"), FIELD("Event Type", RV_T_TEXT, "type of the event"),      \
        FIELD("Event Time", RV_T_TEXT, "when it happened"), FIELD("Version", RV_T_TEXT, "version of the event's form")
#define END                                                                                                          \
    FIELD("UUID", RV_T_TEXT, "id of the event"), FIELD("Event Details", RV_T_OBJECT, "the whole event"),              \
        FIELD("Headers", RV_T_OBJECT, "empty: the event came from this server"),                                      \
        FIELD("Source", RV_T_TEXT, "address of the server"), FIELD("Debug Context", RV_T_OBJECT, "further data"),     \
        { "context", "execution_id", "Execution ID", RV_T_TEXT, 0, NULL, NULL, "id of this run" }
#define ADMIN WHO("Admin", "who did it: ID, Alternate ID, Display Name, Type")
#define USER WHO("Okta User", "the person: ID, Alternate ID, Display Name, Type")
#define GROUP WHO("Group", "the group: ID, Alternate ID, Display Name, Type")
#define REQUEST WHO("Access Request", "the request: ID, Alternate ID, Display Name, Type")
#define CARD(key, words, type, sentence, ...)                                                                   \
    { .name = "okta:" key, .label = words, .category = "Events", .help = sentence, .kind = RV_CARD_EVENT,         \
      .connector = "okta", .connection_optional = true, .event = type, .out = RV_PINS(START, __VA_ARGS__, END),  \
      .run = card_event }

const struct rv_card rv_cards_okta_events[] = {
    CARD("accessRequestCreated", "Access Request Created", "access.request.create", "Starts the flow when somebody has submitted an access request.", ADMIN, REQUEST),
    CARD("accessRequestResolved", "Access Request Resolved", "access.request.resolve", "Starts the flow when an access request was closed.", ADMIN, REQUEST),
    CARD("userCreated", "User Created", "user.lifecycle.create", "Starts the flow when a person was created.", ADMIN, USER),
    CARD("userActivated", "User Activated", "user.lifecycle.activate", "Starts the flow when a person was activated.", ADMIN, USER),
    CARD("userDeactivated", "User Deactivated", "user.lifecycle.deactivate", "Starts the flow when a person was deactivated.", ADMIN, USER),
    CARD("userSuspended", "User Suspended", "user.lifecycle.suspend", "Starts the flow when a person was suspended.", ADMIN, USER),
    CARD("oktaUserProfileUpdated", "User Okta Profile Updated", "user.account.update_profile", "Starts the flow when a person's profile was changed.",
         WHO("Actor", "who did it: ID, Alternate ID, Display Name, Type"), USER, FIELD("Changed Attributes", RV_T_TEXT, "names of what changed")),
    CARD("userAddedToGroupMembership", "User Added to Group", "group.user_membership.add", "Starts the flow when a person was added to a group.", ADMIN, USER, GROUP),
    CARD("userRemovedFromGroupMembership", "User Removed from Group", "group.user_membership.remove", "Starts the flow when a person was removed from a group.", ADMIN, USER,
         GROUP),
    CARD("groupProfileUpdated", "Group Profile Updated", "group.profile.update", "Starts the flow when the name or description of a group was changed.", ADMIN, GROUP),
    CARD("groupDeleted", "Group Deleted", "group.lifecycle.delete", "Starts the flow when a group was deleted.", ADMIN, GROUP),
    { .name = NULL },
};
