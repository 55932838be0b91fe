/* connectors/okta_events.c: event cards of the identity API (workflows.md 9): one row each.
 *
 * A row names the event of the system log that starts a flow with the card, and the fields that the
 * card offers. What the fields hold is the business of src/flows/trigger.c; the card itself hands
 * them on. */
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
#define ACTOR WHO("Actor", "who did it: ID, Alternate ID, Display Name, Type")
#define APP WHO("Application", "the application: ID, Alternate ID, Display Name, Type")
#define APP_USER WHO("Application User", "the person as the application knows it: ID, Alternate ID, Display Name, Type")
#define FULL FIELD("Full Details", RV_T_OBJECT, "the whole event")
#define OPTION(key, label, choices, help) { "parameters", key, label, RV_T_TEXT, RV_PIN_OPTION, NULL, choices, help }
#define ONE_APP                                                                                                                        \
    RV_PINS(OPTION("app", "Application", NULL, "kind of application; kept for flows from elsewhere"),                                     \
            OPTION("instance", "Application Instance", NULL, "id of the only application whose events start the flow; empty: any"),      \
            OPTION("useId", "Use App Instance ID?", yes_no, "the next field says which application"),                                   \
            OPTION("appId", "App Instance ID", NULL, "id of the application, 0oa…"))
#define EVENT(of, key, words, type, sentence)                                                                                           \
    .name = of ":" key, .label = words, .category = "Events", .help = sentence, .kind = RV_CARD_EVENT, .connector = of, .connection_optional = true, .event = type, \
    .run = card_event
#define CARD(key, words, type, sentence, ...) { EVENT("okta", key, words, type, sentence), .out = RV_PINS(START, __VA_ARGS__, FULL, END) }
#define DEVICES(key, words, type, sentence, ...) { EVENT("oktadevices", key, words, type, sentence), .out = RV_PINS(START, __VA_ARGS__, END) }
#define NOT_HERE " This server writes no such event."

static const struct rv_choice yes_no[] = { { "Yes", "Yes" }, { "No", "No" }, { NULL, NULL } };

/* clang-format off */
const struct rv_card rv_cards_okta_events[] = {
    /* access requests */
    CARD("accessRequestCreated", "Access Request Created", "access.request.create", "Starts the flow when somebody has submitted an access request.", ADMIN, REQUEST),
    CARD("accessRequestUpdated", "Access Request Updated", "access.request.update", "Starts the flow when an access request or one of its tasks has changed.", ADMIN, REQUEST),
    CARD("accessRequestResolved", "Access Request Resolved", "access.request.resolve", "Starts the flow when an access request was closed.", ADMIN, REQUEST),
    CARD("accessRequestCanceled", "Access Request Canceled", "access.request.cancel", "Starts the flow when an access request was withdrawn.", ADMIN, REQUEST),
    CARD("accessRequestRejected", "Access Request Rejected", "access.request.reject", "Starts the flow when an access request was refused by the server.", ADMIN, REQUEST),
    CARD("accessRequestExpired", "Access Request Expired", "access.request.expire", "Starts the flow when an access request has expired.", ADMIN, REQUEST),
    /* people */
    CARD("userCreated", "User Created", "user.lifecycle.create", "Starts the flow when a person was created.", ADMIN, USER),
    CARD("userActivated", "User Activated", "user.lifecycle.activate", "Starts the flow when a person was activated.", ADMIN, USER),
    CARD("userReactivated", "User Reactivated", "user.lifecycle.reactivate", "Starts the flow when a person got a new activation link.", ADMIN, USER),
    CARD("userDeactivated", "User Deactivated", "user.lifecycle.deactivate", "Starts the flow when a person was deactivated.", ADMIN, USER),
    CARD("userSuspended", "User Suspended", "user.lifecycle.suspend", "Starts the flow when a person was suspended.", ADMIN, USER),
    CARD("userUnsuspended", "User Unsuspended", "user.lifecycle.unsuspend", "Starts the flow when a suspension was ended.", ADMIN, USER),
    CARD("userDeleted", "User Deleted", "user.lifecycle.delete.initiated", "Starts the flow when a person was deleted.", ADMIN, USER),
    CARD("oktaUserProfileUpdated", "User Okta Profile Updated", "user.account.update_profile", "Starts the flow when a person's profile was changed.",
         FIELD("Legacy Event Type", RV_T_TEXT, "older name of the type"), FIELD("Severity", RV_T_TEXT, "INFO …"), FIELD("Result", RV_T_TEXT, "SUCCESS or FAILURE"),
         FIELD("Changed Attributes", RV_T_TEXT, "names of what changed"), ACTOR, USER, FIELD("Client", RV_T_OBJECT, "from where"), FIELD("Transaction", RV_T_OBJECT, "the call it belongs to"),
         FIELD("Authentication Context", RV_T_OBJECT, "how the actor was signed in"), FIELD("Security Context", RV_T_OBJECT, "further data of the network")),
    CARD("oktaUserPasswordUpdated", "User Okta Password Updated", "user.account.update_password", "Starts the flow when a person's password was changed.", ACTOR, USER),
    CARD("oktaUserPasswordReset", "User Okta Password Reset", "user.account.reset_password", "Starts the flow when a person got a link to set a new password.", ACTOR, USER),
    CARD("userAccountLocked", "User Account Locked", "user.account.lock", "Starts the flow when a person was locked out after too many attempts.", ACTOR, USER),
    CARD("userAccountUnlocked", "User Account Unlocked", "user.account.unlock_by_admin", "Starts the flow when a person was unlocked by an administrator.", ACTOR, USER),
    CARD("userSignedIn", "User Signed In", "user.session.start", "Starts the flow when somebody signed in, or tried to: Result says which.", FIELD("Result", RV_T_TEXT, "SUCCESS or FAILURE"), ACTOR, USER),
    CARD("userSessionsCleared", "User Sessions Cleared", "user.session.clear", "Starts the flow when a person was signed out everywhere.", ADMIN, USER),
    { EVENT("okta", "userReportedSuspiciousActivityBeta", "Suspicious Activity Reported", "user.account.report_suspicious_activity_by_enduser",
            "Starts the flow when a person reported something suspicious." NOT_HERE),
      .out = RV_PINS(FIELD("Date and Time", RV_T_TEXT, "when it happened"), FIELD("Name", RV_T_TEXT, "name of the person"), FIELD("Email", RV_T_TEXT, "login of the person"), FIELD("User ID", RV_T_TEXT, "id of the person"),
                     FIELD("Suspicious Activity Details", RV_T_TEXT, "what was reported"), END) },
    /* groups */
    CARD("groupCreated", "Group Created", "group.lifecycle.create", "Starts the flow when a group was created.", ACTOR, GROUP),
    CARD("groupProfileUpdated", "Group Profile Updated", "group.profile.update", "Starts the flow when the name or description of a group was changed.", ACTOR, GROUP,
         FIELD("Changed Attributes", RV_T_TEXT, "names of what changed")),
    CARD("groupDeleted", "Group Deleted", "group.lifecycle.delete", "Starts the flow when a group was deleted.", ACTOR, GROUP),
    CARD("userAddedToGroupMembership", "User Added to Group", "group.user_membership.add", "Starts the flow when a person was added to a group.", ADMIN, USER, GROUP),
    CARD("userRemovedFromGroupMembership", "User Removed from Group", "group.user_membership.remove", "Starts the flow when a person was removed from a group.", ADMIN, USER, GROUP),
    /* applications */
    CARD("applicationCreated", "Application Created", "application.lifecycle.create", "Starts the flow when an application was created.", ACTOR, APP),
    CARD("applicationUpdated", "Application Updated", "application.lifecycle.update", "Starts the flow when the settings of an application were changed.", ACTOR, APP),
    CARD("applicationActivated", "Application Activated", "application.lifecycle.activate", "Starts the flow when an application was switched on.", ACTOR, APP),
    CARD("applicationDeactivated", "Application Deactivated", "application.lifecycle.deactivate", "Starts the flow when an application was switched off.", ACTOR, APP),
    CARD("applicationDeleted", "Application Deleted", "application.lifecycle.delete", "Starts the flow when an application was deleted.", ACTOR, APP),
    { EVENT("okta", "userAddedToApplicationMembership", "User Assigned to Application", "application.user_membership.add", "Starts the flow when a person got an application, also through a group."),
      .in = ONE_APP, .out = RV_PINS(START, ADMIN, USER, APP_USER, APP, FULL, END) },
    { EVENT("okta", "userRemovedFromApplicationMembership", "User Unassigned from Application", "application.user_membership.remove", "Starts the flow when a person lost an application, also through a group."),
      .in = ONE_APP, .out = RV_PINS(START, ADMIN, USER, APP_USER, APP, FULL, END) },
    { EVENT("okta", "groupAddedToApplicationMembership", "Group Assigned to Application", "group.application_assignment.add", "Starts the flow when a group got an application."),
      .in = ONE_APP, .out = RV_PINS(START, ADMIN, GROUP, APP, FULL, END) },
    { EVENT("okta", "groupRemovedFromApplicationMembership", "Group Unassigned from Application", "group.application_assignment.remove", "Starts the flow when a group lost an application."),
      .in = ONE_APP, .out = RV_PINS(START, ADMIN, GROUP, APP, FULL, END) },
    /* what other servers write */
    CARD("accessCertificationDecisionSubmitted", "Access Certification Decision Submitted", "certification.campaign.item.decide",
         "Starts the flow when a reviewer has decided about somebody's access." NOT_HERE, ACTOR, WHO("Review Item", "what was reviewed: ID, Alternate ID, Display Name, Type")),
    DEVICES("userMFA", "User MFA", "user.authentication.auth_via_mfa", "Starts the flow when a second factor was asked for." NOT_HERE, ADMIN, USER),
    DEVICES("userMFAFactorActivated", "User MFA Factor Activated", "user.mfa.factor.activate", "Starts the flow when a person set up a second factor." NOT_HERE, ADMIN, USER,
            FIELD("Reason", RV_T_TEXT, "which factor")),
    DEVICES("userMFAFactorDeactivated", "User MFA Factor Deactivated", "user.mfa.factor.deactivate", "Starts the flow when a second factor was removed." NOT_HERE, ADMIN, USER,
            FIELD("Reason", RV_T_TEXT, "which factor")),
    DEVICES("userMFAFactorResetAll", "User MFA Factor Reset All", "user.mfa.factor.reset_all", "Starts the flow when all second factors of a person were removed." NOT_HERE, ADMIN, USER),
    DEVICES("mfaPreregistrationInitiated", "MFA Preregistration Initiated", "system.mfa.preregister.initiate", "Starts the flow when a second factor was prepared for a person." NOT_HERE, ACTOR, USER,
            WHO("MFA Factor", "the factor: ID, Alternate ID, Display Name, Type")),
    { .name = NULL },
};
