/* org/permission.c: the permissions of administrator roles: what they are called, what implies
 * what, who holds them.
 *
 * One row per permission. Custom roles hold permissions by name and get them for objects through a
 * resource set; the standard roles hold them for everything. Names that nothing of Reeve asks for
 * yet are accepted and kept, as clients of the public API expect (api.md 10). */
#include "org/org_int.h"

#define READERS "ORG_ADMIN READ_ONLY_ADMIN"
#define PEOPLE READERS " USER_ADMIN HELP_DESK_ADMIN GROUP_MEMBERSHIP_ADMIN APP_ADMIN ACCESS_REQUESTS_ADMIN ACCESS_CERTIFICATIONS_ADMIN"
#define USERS "okta.users.manage"
#define LIFECYCLE USERS " okta.users.lifecycle.manage"
#define CREDENTIALS USERS " okta.users.credentials.manage"
#define FLOWS "WORKFLOWS_ADMIN"
#define KEPT(name, label) { name, label, "", "", RV_COVER_OTHER, true, NULL }
/* clang-format off */
const struct rv_permission rv_permissions[] = {
    /* people */
    { USERS, "Manage users", "", "ORG_ADMIN USER_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.create", "Create users", USERS, "ORG_ADMIN USER_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.read", "View users and their details",
      LIFECYCLE " okta.users.userprofile.manage okta.users.credentials.manage", PEOPLE, RV_COVER_USERS, true, NULL },
    { "okta.users.userprofile.manage", "Edit users' profile attributes", USERS, "ORG_ADMIN USER_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.lifecycle.manage", "Manage users' life cycle", USERS, "ORG_ADMIN USER_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.lifecycle.activate", "Activate users", LIFECYCLE, "ORG_ADMIN USER_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.lifecycle.deactivate", "Deactivate users", LIFECYCLE, "ORG_ADMIN USER_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.lifecycle.suspend", "Suspend users", LIFECYCLE, "ORG_ADMIN USER_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.lifecycle.unsuspend", "Unsuspend users", LIFECYCLE, "ORG_ADMIN USER_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.lifecycle.delete", "Delete users", LIFECYCLE, "ORG_ADMIN USER_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.lifecycle.unlock", "Unlock users", LIFECYCLE, "ORG_ADMIN USER_ADMIN HELP_DESK_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.lifecycle.clearSessions", "Clear users' sessions", LIFECYCLE, "ORG_ADMIN USER_ADMIN HELP_DESK_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.credentials.manage", "Manage users' credentials", USERS, "ORG_ADMIN USER_ADMIN HELP_DESK_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.credentials.resetFactors", "Reset users' authenticators", CREDENTIALS, "ORG_ADMIN USER_ADMIN HELP_DESK_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.credentials.resetPassword", "Reset users' passwords", CREDENTIALS, "ORG_ADMIN USER_ADMIN HELP_DESK_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.credentials.expirePassword", "Set users' temporary password", CREDENTIALS, "ORG_ADMIN USER_ADMIN HELP_DESK_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.credentials.manageTemporaryAccessCode", "Manage users' temporary access code", CREDENTIALS, "ORG_ADMIN HELP_DESK_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.groupMembership.manage", "Manage users' group membership", USERS, "ORG_ADMIN USER_ADMIN GROUP_MEMBERSHIP_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.appAssignment.manage", "Edit users' application assignments", USERS, "ORG_ADMIN APP_ADMIN", RV_COVER_USERS, true, NULL },
    { "okta.users.apitokens.read", "View users' API tokens", "okta.users.apitokens.manage", "", RV_COVER_USERS, true, NULL },
    { "okta.users.apitokens.manage", "Manage users' API tokens", "", "", RV_COVER_USERS, true, NULL },
    { "okta.users.risk.read", "View users' risk", "okta.users.risk.manage", "", RV_COVER_USERS, true, NULL },
    { "okta.users.risk.manage", "Manage users' risk", "", "", RV_COVER_USERS, true, NULL },
    /* groups */
    { "okta.groups.manage", "Manage groups", "", "ORG_ADMIN USER_ADMIN", RV_COVER_GROUPS, true, NULL },
    { "okta.groups.create", "Create groups", "okta.groups.manage", "ORG_ADMIN USER_ADMIN", RV_COVER_GROUPS, true, NULL },
    { "okta.groups.read", "View groups and their details", "okta.groups.manage okta.groups.members.manage", PEOPLE, RV_COVER_GROUPS, true, NULL },
    { "okta.groups.members.manage", "Manage group membership", "okta.groups.manage", "ORG_ADMIN USER_ADMIN GROUP_MEMBERSHIP_ADMIN", RV_COVER_GROUPS, true, NULL },
    { "okta.groups.appAssignment.manage", "Edit groups' application assignments", "okta.groups.manage", "ORG_ADMIN APP_ADMIN", RV_COVER_GROUPS, true, NULL },
    /* applications */
    { "okta.apps.manage", "Manage applications", "", "APP_ADMIN", RV_COVER_APPS, true, NULL },
    { "okta.apps.read", "View applications and their details", "okta.apps.manage", READERS " APP_ADMIN", RV_COVER_APPS, true, NULL },
    { "okta.apps.assignment.manage", "Edit applications' user assignments", "okta.apps.manage", "APP_ADMIN", RV_COVER_APPS, true, NULL },
    { "okta.apps.clientCredentials.read", "View applications' client credentials", "", "APP_ADMIN", RV_COVER_APPS, true, NULL },
    { "okta.apps.manageFirstPartyApps", "Manage first-party applications", "", "ACCESS_REQUESTS_ADMIN ACCESS_CERTIFICATIONS_ADMIN", RV_COVER_APPS, false, NULL },
    { "okta.profilesources.import.run", "Run imports", "", "APP_ADMIN", RV_COVER_APPS, true, NULL },
    /* flows */
    { "okta.workflows.invoke", "Run delegated flow", "", FLOWS, RV_COVER_DELEGATED, true, "okta.workflows.flows.invoke" },
    { "okta.workflows.read", "View delegated flow", "okta.workflows.invoke", FLOWS, RV_COVER_DELEGATED, true, "okta.workflows.flows.read" },
    { "reeve.flows.read", "View flows and folders", "reeve.flows.edit reeve.folders.manage", FLOWS, RV_COVER_FLOWS, true, NULL },
    { "reeve.flows.edit", "Edit flows", "", FLOWS, RV_COVER_FLOWS, true, NULL },
    { "reeve.flows.run", "Run flows from the console", "", FLOWS, RV_COVER_FLOWS, true, NULL },
    { "reeve.runs.read", "View execution history with every value", "reeve.runs.manage", FLOWS, RV_COVER_FLOWS, true, NULL },
    { "reeve.runs.manage", "Cancel, replay and clear runs", "", FLOWS, RV_COVER_FLOWS, true, NULL },
    { "reeve.folders.manage", "Manage folders", "", FLOWS, RV_COVER_FLOWS, true, NULL },
    { "reeve.workflowRoles.manage", "Assign console roles", "", FLOWS, RV_COVER_FLOWS, false, NULL },
    { "reeve.tables.read", "View tables", "reeve.tables.edit", FLOWS, RV_COVER_TABLES, true, NULL },
    { "reeve.tables.edit", "Edit tables", "", FLOWS, RV_COVER_TABLES, true, NULL },
    { "reeve.connections.read", "View connections", "reeve.connections.manage", FLOWS, RV_COVER_CONNECTIONS, true, NULL },
    { "reeve.connections.use", "Use connections in flows", "reeve.connections.manage", FLOWS, RV_COVER_CONNECTIONS, true, NULL },
    { "reeve.connections.manage", "Manage connections", "", FLOWS, RV_COVER_CONNECTIONS, true, NULL },
    /* the organisation itself */
    { "okta.iam.read", "View roles, resources and admin assignments", "", READERS, RV_COVER_IAM, true, NULL },
    { "okta.features.read", "View features", "", READERS, RV_COVER_ORG, false, NULL },
    { "okta.logs.read", "View the system log", "", READERS " REPORT_ADMIN APP_ADMIN", RV_COVER_ORG, false, NULL },
    { "okta.governance.accessRequests.manage", "Manage access requests", "", "ACCESS_REQUESTS_ADMIN", RV_COVER_ORG, false, NULL },
    { "okta.governance.accessCertifications.manage", "Manage access certifications", "", "ACCESS_CERTIFICATIONS_ADMIN", RV_COVER_ORG, false, NULL },
    /* accepted and kept */
    KEPT("okta.governance.labels.read", "View labels"), KEPT("okta.governance.labels.manage", "Manage labels"),
    KEPT("okta.governance.delegates.read", "View delegates"), KEPT("okta.governance.delegates.manage", "Manage delegates"),
    KEPT("okta.governance.settings.read", "View governance settings"), KEPT("okta.governance.settings.manage", "Manage governance settings"),
    KEPT("okta.authzServers.read", "View authorization servers"), KEPT("okta.authzServers.manage", "Manage authorization servers"),
    KEPT("okta.customizations.read", "View customizations"), KEPT("okta.customizations.manage", "Manage customizations"),
    KEPT("okta.identityProviders.read", "View identity providers"), KEPT("okta.identityProviders.manage", "Manage identity providers"),
    KEPT("okta.policies.read", "View policies"), KEPT("okta.policies.manage", "Manage policies"),
    KEPT("okta.devices.read", "View devices"), KEPT("okta.devices.manage", "Manage devices"),
    KEPT("okta.devices.lifecycle.manage", "Manage devices' life cycle"), KEPT("okta.devices.lifecycle.activate", "Activate devices"),
    KEPT("okta.devices.lifecycle.deactivate", "Deactivate devices"), KEPT("okta.devices.lifecycle.suspend", "Suspend devices"),
    KEPT("okta.devices.lifecycle.unsuspend", "Unsuspend devices"), KEPT("okta.devices.lifecycle.delete", "Delete devices"),
    KEPT("okta.realms.read", "View realms"), KEPT("okta.realms.manage", "Manage realms"),
    KEPT("okta.directories.read", "View directories"), KEPT("okta.directories.manage", "Manage directories"),
    KEPT("okta.agents.read", "View agents"), KEPT("okta.agents.manage", "Manage agents"), KEPT("okta.agents.register", "Register agents"),
    KEPT("okta.support.cases.manage", "Manage support cases"),
    { .name = NULL },
};
/* clang-format on */

const struct rv_permission *rv_permission_find(rv_str name)
{
    for (const struct rv_permission *p = rv_permissions; p->name != NULL; p++) {
        if (rv_str_eq(name, rv_str_of(p->name)))
            return p;
    }
    return NULL;
}

bool rv_permission_of_flows(const struct rv_permission *p)
{
    return p != NULL && (p->cover == RV_COVER_DELEGATED || p->cover == RV_COVER_FLOWS ||
                         p->cover == RV_COVER_CONNECTIONS || p->cover == RV_COVER_TABLES);
}

bool rv_standard_role_of_flows(rv_str type)
{
    for (const struct rv_permission *p = rv_permissions; p->name != NULL; p++) {
        if (rv_permission_of_flows(p) && rv_word_in(p->held_by, type))
            return true;
    }
    return false;
}

bool rv_word_in(const char *words, rv_str word)
{
    rv_str rest = rv_str_of(words), part;
    while (rv_str_split(&rest, ' ', &part)) {
        if (part.n > 0 && rv_str_eq(part, word))
            return true;
    }
    return false;
}
