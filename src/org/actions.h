/* org/actions.h: every action of the product in one table (security.md 2.1; native endpoints: the
 * permissions they name). Columns: name, permission, relations that suffice (bits of RV_REL_*), who
 * else, help. */
#pragma once
/* clang-format off */
#define RV_ACTION_TABLE(X)                                                                                        \
    /* session and self */                                                                                        \
    X(PUBLIC,              "", 0, "PUBLIC", "no credentials needed: sign-in pages, static files, health probes")  \
    X(SESSION,             "", 0, "ANY",   "who I am, preferences, limits, palette search")                       \
    X(LIVE,                "", 0, "ANY",   "server-sent events, filtered by what is visible")                     \
    X(PEOPLE_PICK,         "", 0, "ANY",   "pickers of people and pushed groups")                                 \
    X(TOKEN_CREATE_OWN,    "", 0, "ADMIN", "make an API token for oneself")                                       \
    /* organisation */                                                                                            \
    X(SETTINGS,            "", 0, "SA",    "read and change the settings of the organisation")                    \
    X(MAIL,                "", 0, "SA",    "read captured and queued mail")                                       \
    X(SAMPLE,              "", 0, "SA",    "see and remove the sample organisation")                              \
    X(HEALTH,              "", 0, "SA",    "see the state of the server")                                         \
    /* identity core */                                                                                           \
    X(IAM_READ,            "okta.iam.read", 0, "SA", "read roles, resource sets and assignments")                 \
    X(IAM_MANAGE,          "", 0, "SA",    "create, change and assign roles and resource sets")                   \
    X(USER_READ,           "okta.users.read", RV_REL_SELF, "SA", "read people")                                   \
    X(USER_CREATE,         "okta.users.create", 0, "SA", "create people")                                         \
    X(USER_UPDATE,         "okta.users.userprofile.manage", 0, "SA", "change the profile of people")              \
    X(USER_LIFECYCLE,      "okta.users.lifecycle.manage", 0, "SA", "activate, suspend, deactivate, delete people")\
    X(USER_CREDENTIALS,    "okta.users.credentials.manage", RV_REL_SELF, "SA", "change a password, given the old one") \
    X(USER_PASSWORDS,      "okta.users.credentials.manage", 0, "SA", "set, expire and reset passwords without the old one") \
    X(USER_SESSIONS,       "okta.users.lifecycle.clearSessions", 0, "SA", "sign people out")                        \
    X(GROUP_READ,          "okta.groups.read", 0, "SA", "read groups and their members")                          \
    X(GROUP_CREATE,        "okta.groups.create", 0, "SA", "create groups")                                        \
    X(GROUP_MANAGE,        "okta.groups.manage", 0, "SA", "change and delete groups")                             \
    X(GROUP_MEMBERS,       "okta.groups.members.manage", 0, "SA", "add and remove members of groups")             \
    X(APP_READ,            "okta.apps.read", 0, "SA", "read applications")                                        \
    X(APP_MANAGE,          "okta.apps.manage", 0, "SA", "create, change, delete applications")                    \
    X(APP_ASSIGN,          "okta.apps.assignment.manage", 0, "SA", "assign applications; the next two say to whom")  \
    X(USER_ASSIGN_APP,     "okta.users.appAssignment.manage", 0, "SA", "give people applications")                \
    X(GROUP_ASSIGN_APP,    "okta.groups.appAssignment.manage", 0, "SA", "give groups applications")               \
    X(FEATURE_READ,        "okta.features.read", 0, "SA", "read features")                                        \
    X(FEATURE_MANAGE,      "", 0, "SA",    "switch features")                                                     \
    X(LOG_READ,            "okta.logs.read", 0, "SA", "read the system log")                                      \
    X(TOKEN_READ,          "okta.users.apitokens.read", RV_REL_SELF, "SA", "read API tokens")                     \
    X(TOKEN_MANAGE,        "okta.users.apitokens.manage", RV_REL_SELF, "SA", "revoke API tokens")                 \
    /* flows (workflows.md 17.2, 6.3) */                                                                          \
    X(CARD_READ,           "reeve.flows.read", 0, "SA", "read the card table")                                    \
    X(FOLDER_READ,         "reeve.flows.read", 0, "SA", "see folders")                                            \
    X(FOLDER_MANAGE,       "reeve.folders.manage", 0, "SA", "create, move, rename, delete folders")               \
    X(FLOW_READ,           "reeve.flows.read", 0, "SA", "read the definition of flows")                           \
    X(FLOW_EDIT,           "reeve.flows.edit", 0, "SA", "create, change, switch, delete, import flows")           \
    X(FLOW_RUN,            "reeve.flows.run", 0, "SA", "run flows from the console")                              \
    X(DELEGATED_READ,      "okta.workflows.read", 0, "SA", "see delegated flows and their inputs")                \
    X(DELEGATED_INVOKE,    "okta.workflows.invoke", 0, "SA", "run delegated flows")                               \
    X(RUN_STATE,           "okta.workflows.read", 0, "SA", "see state and times of a run")                        \
    X(RUN_READ,            "reeve.runs.read", 0, "SA", "read runs with every value")                              \
    X(RUN_MANAGE,          "reeve.runs.manage", 0, "SA", "cancel, replay, clear runs")                            \
    X(CONNECTION_READ,     "reeve.connections.read", 0, "SA", "see connections")                                  \
    X(CONNECTION_MANAGE,   "reeve.connections.manage", 0, "SA", "create, change, test, delete connections")       \
    X(CONNECTION_USE,      "reeve.connections.use", 0, "SA", "refer to a connection in a flow")                   \
    X(TABLE_READ,          "reeve.tables.read", 0, "SA", "read tables and rows")                                  \
    X(TABLE_EDIT,          "reeve.tables.edit", 0, "SA", "change tables and rows")                                \
    /* access requests (access-requests.md 6.1; AA = okta.governance.accessRequests.manage) */                    \
    X(CATALOGUE_LIST,      "", 0, "ANY",   "see the request types one may use")                                   \
    X(CATALOGUE_READ,      "", RV_REL_AUDIENCE, "-", "see the form of a request type")                            \
    X(REQUEST_TYPE_LIST,   "", 0, "ANY",   "list the request types of one's teams")                               \
    X(REQUEST_TYPE_READ,   "okta.governance.accessRequests.manage", RV_REL_MEMBER, "SA", "read a request type")   \
    X(REQUEST_TYPE_EDIT,   "", RV_REL_MEMBER, "-", "create, change, publish, delete request types of a team")     \
    X(REQUEST_LIST,        "", 0, "ANY",   "list requests; only visible ones")                                    \
    X(REQUEST_CREATE,      "", RV_REL_AUDIENCE, "-", "submit a request")                                          \
    X(REQUEST_READ,        "", RV_REL_REQUESTER | RV_REL_CREATOR | RV_REL_ASSIGNEE | RV_REL_TASK_ASSIGNEE |       \
                               RV_REL_MEMBER | RV_REL_FOLLOWER | RV_REL_SETTING, "-", "see a request; SETTING: it is public") \
    X(REQUEST_EDIT,        "", RV_REL_ASSIGNEE | RV_REL_MEMBER, "-", "edit, reassign, close a request")           \
    X(REQUEST_CANCEL,      "", RV_REL_REQUESTER | RV_REL_CREATOR, "-", "withdraw a request")                      \
    X(REQUEST_MESSAGE,     "", RV_REL_REQUESTER | RV_REL_CREATOR | RV_REL_ASSIGNEE | RV_REL_TASK_ASSIGNEE |       \
                               RV_REL_MEMBER | RV_REL_FOLLOWER | RV_REL_SETTING, "-", "write into the conversation") \
    X(REQUEST_HOLD,        "", RV_REL_REQUESTER | RV_REL_CREATOR | RV_REL_ASSIGNEE | RV_REL_TASK_ASSIGNEE |       \
                               RV_REL_MEMBER | RV_REL_FOLLOWER | RV_REL_SETTING, "-", "set pending and open")     \
    X(TASK_LIST,           "", 0, "ANY",   "list tasks; only visible ones")                                       \
    X(TASK_READ,           "", RV_REL_REQUESTER | RV_REL_CREATOR | RV_REL_ASSIGNEE | RV_REL_TASK_ASSIGNEE |       \
                               RV_REL_MEMBER | RV_REL_FOLLOWER | RV_REL_SETTING, "-", "see a task")               \
    X(TASK_RESOLVE,        "", RV_REL_TASK_ASSIGNEE, "-", "decide or complete a task")                            \
    X(TASK_RUN,            "", RV_REL_TASK_ASSIGNEE | RV_REL_ASSIGNEE, "-", "run an action, mark it as complete") \
    X(TASK_REASSIGN,       "", RV_REL_ASSIGNEE | RV_REL_MEMBER, "-", "give a task to other people")               \
    X(TASK_ESCALATE,       "okta.governance.accessRequests.manage", RV_REL_ASSIGNEE | RV_REL_SETTING, "SA", "escalate a task; SETTING: requesters may")                        \
    X(TIMER_END,           "", RV_REL_MEMBER, "-", "end a timer by hand")                                         \
    X(TEAM_READ,           "", 0, "ANY",   "see teams")                                                           \
    X(TEAM_MANAGE,         "okta.governance.accessRequests.manage", 0, "SA", "create, change, delete teams")      \
    X(TEAM_MEMBERS,        "okta.governance.accessRequests.manage", RV_REL_MEMBER | RV_REL_SETTING, "SA", "add and remove members; SETTING: oneself, when the team is not invite-only") \
    X(LIST_READ,           "okta.governance.accessRequests.manage", RV_REL_MEMBER, "SA", "see configuration lists shared with one's teams") \
    X(LIST_MANAGE,         "okta.governance.accessRequests.manage", 0, "SA", "create, change, share, delete lists")\
    X(LIST_ITEMS,          "okta.governance.accessRequests.manage", RV_REL_MEMBER, "SA", "add, change, remove items") \
    X(RESOURCE_MANAGE,     "okta.governance.accessRequests.manage", 0, "SA", "resource types: access of teams, synchronisation") \
    X(INTEGRATION_MANAGE,  "okta.governance.accessRequests.manage", 0, "SA", "integrations: teams and action switches") \
    X(INTEGRATION_USE,     "okta.governance.accessRequests.manage", RV_REL_MEMBER, "SA", "see integrations and the workflows a team may choose")
/* clang-format on */
