/* connectors/okta.c: the cards of the identity API (cards.md D.okta): one row each.
 *
 * A row says what is sent and which outputs there are; what happens with it is in okta_run.c. A
 * card of its own kind has a function of its own: Custom API Action, and the one that only maps
 * values. */
#include "connectors/okta_int.h"

/* {externalId, profile} of each object, by the name of the field that holds the id; no call
 * (cards.md D.okta). */
static rv_status map_one(struct rv_call *c, json_t *list, const json_t *user, rv_str key,
                         bool whole)
{
    json_t *id = rv_value_at(user, key), *profile = json_copy((json_t *)(uintptr_t)user), *o;
    if (rv_value_empty(id)) {
        json_decref(profile);
        return rv_fail(rv_call_cx(c), RV_INVALID, "a user of the list has no field \"%.*s\"",
                       RV_FMT(key));
    }
    (void)json_object_deln(profile, key.p, key.n);
    o = json_pack("{s:O}", "externalId", id);
    bool ok = o != NULL && (!whole || json_object_set(o, "profile", profile) == 0);
    json_decref(profile);
    return ok && json_array_append_new(list, o) == 0
               ? RV_OK
               : rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in a list");
}

static rv_status card_map(struct rv_call *c)
{
    struct rv_cx *cx = rv_call_cx(c);
    json_t *users = rv_okta_in(c, RV_STR("Import Data/users")), *list = json_array(), *user;
    bool whole = !rv_str_eq_nocase(rv_option(c, "importOperation"), RV_STR("DELETE"));
    rv_str key;
    size_t i;
    RV_TRY(rv_json_keep(cx, list));
    RV_TRY(rv_okta_in_text(c, "Import Data/externalIdKey", &key));
    json_array_foreach(users, i, user)
        RV_TRY(map_one(c, list, user, key.n > 0 ? key : RV_STR("id"), whole));
    return rv_out(c, "Users", json_incref(list));
}

/* ---- choices --------------------------------------------------------------------------------- */

static const struct rv_choice result_all[] = { { "First Matching Record", "First Matching Record" }, { "All Matching Records", "All Matching Records" }, { NULL, NULL } };
static const struct rv_choice result_search[] = { { "First Matching Record", "First Matching Record" }, { "First 200 Matching Records", "First 200 Matching Records" },
                                                  { "Stream Matching Records", "Stream Matching Records" }, { NULL, NULL } };
static const struct rv_choice result_list[] = { { "First 200 Records", "First 200 Records" }, { "Stream Records", "Stream Records" }, { NULL, NULL } };
static const struct rv_choice result_app_users[] = { { "First 500 Records", "First 500 Records" }, { "Stream Records", "Stream Records" }, { NULL, NULL } };
static const struct rv_choice search_by[] = { { "Expression", "Expression" }, { "Keyword", "Keyword" }, { NULL, NULL } };
static const struct rv_choice yes_no[] = { { "Yes", "Yes" }, { "No", "No" }, { NULL, NULL } };
static const struct rv_choice orders[] = { { "ASC", "ASC" }, { "DESC", "DESC" }, { NULL, NULL } };
static const struct rv_choice semantics[] = { { "POST", "Partial" }, { "PUT", "Strict" }, { NULL, NULL } };
static const struct rv_choice create_options[] = { { "getInputsnoCreds", "Without credentials" }, { "getInputswithPW", "With password" }, { NULL, NULL } };
static const struct rv_choice import_operations[] = { { "UPSERT", "Create & Update" }, { "DELETE", "Deactivate & Delete" }, { NULL, NULL } };
static const struct rv_choice bulk_operations[] = { { "upsert", "Create & Update" }, { "delete", "Deactivate & Delete" }, { NULL, NULL } };
static const struct rv_choice request_types[] = { { "GET", "GET" }, { "GET (Streaming)", "GET (Streaming)" }, { "POST", "POST" }, { "PUT", "PUT" }, { "PATCH", "PATCH" },
                                                  { "DELETE", "DELETE" }, { NULL, NULL } };
static const struct rv_choice scopes[] = { { "USER", "USER" }, { "COADMIN", "COADMIN" }, { "ADMIN", "ADMIN" }, { NULL, NULL } };

/* ---- pins ------------------------------------------------------------------------------------ */

#define IN(group, key, label, type, flags, help) { group, key, label, type, flags, NULL, NULL, help }
#define NEED(group, key, label, help) IN(group, key, label, RV_T_TEXT, RV_PIN_REQUIRED, help)
#define MAY(group, key, label, help) IN(group, key, label, RV_T_TEXT, 0, help)
#define OPTION(key, label, def, choices, help) { "parameters", key, label, RV_T_TEXT, RV_PIN_OPTION, def, choices, help }
#define OUT(group, key, type, help) { group, key, key, type, 0, NULL, NULL, help }
#define OUT_LIST(group, key, help) { group, key, key, RV_T_OBJECT, RV_PIN_LIST, NULL, NULL, help }
#define PROFILE(key, label) { "Profile Properties", key, label, RV_T_TEXT, 0, NULL, NULL, "attribute of the profile" }

#define WHO(key, label) NEED("User", key, label, "id, login or short login of the person")
#define GROUP_ID(key) NEED("Group", key, "Group ID", "id of the group")
#define APP MAY("Application", "applicationID", "ID", "id of the application, 0oa…"), OPTION("application", "Application", NULL, NULL, "an application by its id, when it is always the same one")
#define SET(def, choices) OPTION("resultSet", "Result Set", def, choices, "what the card gives: the first record, a list, or one call of a helper flow for each record")
#define STREAMING(limit)                                                                                                                                     \
    IN("Streaming", "Flow", "Flow", RV_T_FLOW, 0, "helper flow that gets Record and State, when the result set is a stream; more fields here become members of State"), \
        IN(limit, "Limit", "Record Limit", RV_T_NUM, 0, "at most so many records")
#define STREAMED(group) OUT(group, "Records Streamed", RV_T_NUM, "how many records the helper flow got")
#define STATUS(group, key) OUT(group, key, RV_T_NUM, "status of the answer, such as 200 or 204")
#define SYSTEM(group, date, activated)                                                                                                                       \
    OUT(group, "ID", RV_T_TEXT, "id of the person"), OUT(group, "Status", RV_T_TEXT, "ACTIVE, SUSPENDED …"), OUT(group, "Created", date, "when the person was created"), \
        OUT(group, "Activated", activated, "when the person was activated"), OUT(group, "Status Changed", date, "when the status changed last"),             \
        OUT(group, "Last Login", date, "when the person signed in last"), OUT(group, "Last Updated", date, "when anything changed last"),                   \
        OUT(group, "Password Changed", date, "when the password changed last"), OUT(group, "Credentials", RV_T_OBJECT, "kinds of credentials, without secrets")
#define SYSTEM_APP_USER                                                                                                                                      \
    OUT("System Properties", "User ID", RV_T_TEXT, "id of the person"), OUT("System Properties", "External ID", RV_T_TEXT, "id in the application"),         \
        OUT("System Properties", "Created", RV_T_TEXT, "when it was assigned"), OUT("System Properties", "Last Updated", RV_T_TEXT, "when anything changed last"), \
        OUT("System Properties", "Scope", RV_T_TEXT, "USER, or GROUP when it came with a group"), OUT("System Properties", "Status", RV_T_TEXT, "ACTIVE …"), \
        OUT("System Properties", "Status Changed", RV_T_TEXT, "when the status changed last"), OUT("System Properties", "Password Changed", RV_T_TEXT, "when the password changed last"), \
        OUT("System Properties", "Sync State", RV_T_TEXT, "state of provisioning"), OUT("System Properties", "Last Sync", RV_T_TEXT, "last provisioning"),    \
        OUT("System Properties", "Credentials", RV_T_OBJECT, "user name, and whether there is a password"), PROFILE("email", "Email")
#define GROUP_OUT(group)                                                                                                                                     \
    OUT(group, "ID", RV_T_TEXT, "id of the group"), OUT(group, "Created", RV_T_DATE, "when the group was created"), OUT(group, "Last Updated", RV_T_DATE, "when it changed last"), \
        OUT(group, "Type", RV_T_TEXT, "OKTA_GROUP, APP_GROUP or BUILT_IN"), OUT(group, "Profile", RV_T_OBJECT, "Name and Description"),                      \
        OUT(group, "Links", RV_T_OBJECT, "links of the group")
#define SESSION_OUT                                                                                                                                          \
    { "Session", "id", "ID", RV_T_TEXT, 0, NULL, NULL, "id of the session" }, { "Session", "identitySourceId", "Application ID", RV_T_TEXT, 0, NULL, NULL, "id of the source" }, \
        { "Session", "status", "Status", RV_T_TEXT, 0, NULL, NULL, "CREATED, TRIGGERED …" }, { "Session", "importType", "Import Type", RV_T_TEXT, 0, NULL, NULL, "INCREMENTAL" }

/* ---- rows ------------------------------------------------------------------------------------ */

#define OP(...) .spec = &(const struct rv_okta_op){ __VA_ARGS__ }
#define CARD(key, words, sentence)                                                                                                                           \
    .name = "okta:" key, .label = words, .category = "Okta", .connector = "okta", .help = sentence, .kind = RV_CARD_EFFECT, .timeout_ms = 30000, .once_now = rv_okta_once, .run = rv_okta_card
#define U "/api/v1/users"
#define G "/api/v1/groups"
#define A "/api/v1/apps"
#define LIFE(verb) .method = "POST", .path = U "/{User/id}/lifecycle/" verb, .body = ""
#define SOURCES "/api/v1/identity-sources/{@application}/sessions"
#define ONLY_ELSEWHERE " Only for a connection to a server that has identity sources."

/* clang-format off */
const struct rv_card rv_cards_okta[] = {
    /* people */
    { CARD("readUser", "Read User", "Looks a person up by id or login and gives status and profile."),
      .user_pins = RV_USER_OUTPUTS, .user_group = "Profile Properties",
      OP(.method = "GET", .path = U "/{User/ID or Login}", .direct = true),
      .in = RV_PINS(WHO("ID or Login", "ID or Login")),
      .out = RV_PINS(SYSTEM("System Properties", RV_T_TEXT, RV_T_TEXT),
                     PROFILE("login", "Username"), PROFILE("firstName", "First name"), PROFILE("lastName", "Last name"), PROFILE("middleName", "Middle name"),
                     PROFILE("email", "Primary email"), PROFILE("displayName", "Display name"), PROFILE("title", "Title"), PROFILE("department", "Department"),
                     PROFILE("organization", "Organization"), PROFILE("employeeNumber", "Employee number"), PROFILE("managerId", "Manager id"),
                     PROFILE("manager", "Manager"), PROFILE("mobilePhone", "Mobile phone"), PROFILE("primaryPhone", "Primary phone"),
                     PROFILE("streetAddress", "Street address"), PROFILE("city", "City"), PROFILE("state", "State"), PROFILE("zipCode", "Zip code"),
                     PROFILE("countryCode", "Country code")) },
    { CARD("listUsersWithSearch", "List Users with Search", "Finds people by attributes: the fields are joined by and."),
      .user_pins = RV_USER_INPUTS, .user_group = "Inputs",
      OP(.method = "GET", .path = U, .criteria = rv_okta_search, .record = rv_okta_user, .list = "Users", .page = 200),
      .in = RV_PINS(SET("\"First 200 Matching Records\"", result_search), MAY("Inputs", "status", "Status", "ACTIVE, SUSPENDED …"),
                    MAY("Inputs", "Custom Search Criteria", "Custom Search Criteria", "an expression such as profile.department eq \"Sales\""),
                    MAY("Sort", "sortBy", "Sort By", "an attribute"), { "Sort", "sortOrder", "Sort Order", RV_T_TEXT, 0, NULL, orders, "ascending or descending" },
                    STREAMING("Search Criteria")),
      .out = RV_PINS(OUT_LIST("Result", "Users", "the people found"), OUT("Result", "Raw Output", RV_T_OBJECT, "the first person found"),
                     OUT("Result", "ID", RV_T_TEXT, "id of the first person found"), STREAMED("Result")) },
    { CARD("listUsersWithFilter", "List Users with Filter", "Finds people by status, id and few other attributes."),
      .user_pins = RV_USER_INPUTS, .user_group = "Inputs",
      OP(.method = "GET", .path = U, .criteria = rv_okta_filter, .record = rv_okta_user, .list = "Users", .page = 200),
      .in = RV_PINS(SET("\"First 200 Matching Records\"", result_search), MAY("Inputs", "status", "Status", "ACTIVE, SUSPENDED …"), MAY("Inputs", "id", "ID", "id of a person"),
                    STREAMING("List Criteria")),
      .out = RV_PINS(OUT_LIST("Result", "Users", "the people found"), OUT("Result", "Raw Output", RV_T_OBJECT, "the first person found"),
                     OUT("Result", "ID", RV_T_TEXT, "id of the first person found"), STREAMED("Result")) },
    { CARD("searchUsers", "Find Users", "Finds people whose first name, last name or e-mail begins with a text."),
      OP(.method = "GET", .path = U, .query = "q=Inputs/Query", .record = rv_okta_user, .list = "Users", .page = 200),
      .in = RV_PINS(SET("\"First Matching Record\"", result_all), NEED("Inputs", "Query", "Query", "the beginning of a name or address")),
      .out = RV_PINS(OUT("Result", "Raw Output", RV_T_OBJECT, "the first person found"), OUT("Result", "ID", RV_T_TEXT, "id of the first person found"),
                     OUT("Result", "Status", RV_T_TEXT, "status of the first person found"), OUT("Result", "Login", RV_T_TEXT, "login of the first person found"),
                     OUT("Result", "Email", RV_T_TEXT, "e-mail of the first person found"), OUT_LIST("Result", "Users", "all people found")) },
    { CARD("createUser", "Create User", "Creates a person."),
      .user_pins = RV_USER_INPUTS, .user_group = "Profile",
      OP(.method = "POST", .path = U, .query = "activate=Activate/Activate", .body = "profile.*=Profile|credentials.password.value=Credentials/Password"),
      .in = RV_PINS(OPTION("option", "Option", "\"getInputsnoCreds\"", create_options, "which credentials the person gets"),
                    NEED("Profile", "login", "Username", "login, as an e-mail address"), NEED("Profile", "firstName", "First name", "given name"),
                    NEED("Profile", "lastName", "Last name", "family name"), NEED("Profile", "email", "Primary email", "e-mail address"),
                    { "Activate", "Activate", "Activate", RV_T_BOOL, RV_PIN_REQUIRED, "true", NULL, "whether the person may sign in at once" },
                    MAY("Credentials", "Password", "Password", "first password; without one the person gets a link by mail")),
      .out = RV_PINS(OUT("Results", "Raw Body", RV_T_OBJECT, "the person as the API shows it"), SYSTEM("Results", RV_T_DATE, RV_T_BOOL)) },
    { CARD("updateUser", "Update User", "Changes the profile of a person."),
      .user_pins = RV_USER_INPUTS, .user_group = "Profile",
      OP(.method = "@updateSemantics", .path = U "/{User/ID}", .body = "profile.*=Profile"),
      .in = RV_PINS(OPTION("updateSemantics", "Update Semantics", "\"POST\"", semantics, "partial: what is empty stays; strict: what is empty is removed"),
                    NEED("User", "ID", "ID", "id or login of the person"), MAY("Profile", "email", "Primary email", "e-mail address")),
      .out = RV_PINS(SYSTEM("System Properties", RV_T_TEXT, RV_T_TEXT)) },
    { CARD("activateUser", "Activate User", "Activates a person who is staged or deactivated."),
      OP(LIFE("activate"), .query = "sendEmail=parameters/sendEmail", .out = "statusCode=@status"),
      .in = RV_PINS(OPTION("sendEmail", "Send Email?", "\"Yes\"", yes_no, "whether the person gets the link by mail"), WHO("id", "ID or Login")),
      .out = RV_PINS(STATUS("Response", "statusCode")) },
    { CARD("deactivateUser", "Deactivate User", "Deactivates a person: sessions end, nobody acts as this person any more."),
      OP(LIFE("deactivate"), .query = "sendEmail=parameters/sendEmail", .out = "statusCode=@status"),
      .in = RV_PINS(OPTION("sendEmail", "Send Email?", "\"No\"", yes_no, "whether administrators get a mail"), WHO("id", "ID or Login")),
      .out = RV_PINS(STATUS("Response", "statusCode")) },
    { CARD("suspendUser", "Suspend User", "Suspends a person until the suspension is ended."),
      OP(LIFE("suspend"), .out = "statusCode=@status"), .in = RV_PINS(WHO("id", "ID or Login")), .out = RV_PINS(STATUS("Response", "statusCode")) },
    { CARD("unsuspendUser", "Unsuspend User", "Ends the suspension of a person."),
      OP(LIFE("unsuspend"), .out = "statusCode=@status"), .in = RV_PINS(WHO("id", "ID or Login")), .out = RV_PINS(STATUS("Response", "statusCode")) },
    { CARD("unlockUser", "Unlock User", "Lets a person who is locked out sign in again."),
      OP(LIFE("unlock"), .out = "statusCode=@status"), .in = RV_PINS(WHO("id", "ID or Login")), .out = RV_PINS(STATUS("Response", "statusCode")) },
    { CARD("expirePassword", "Expire Password", "Makes a person choose a new password."),
      OP(LIFE("expire_password"), .out = "statusCode=@status"), .in = RV_PINS(WHO("id", "ID or Login")), .out = RV_PINS(STATUS("Response", "statusCode")) },
    { CARD("resetPassword", "Reset Password", "Makes a link with which a person sets a new password."),
      OP(.method = "POST", .path = U "/{User/userID}/lifecycle/reset_password", .query = "sendEmail=parameters/email", .body = "", .refused = "convert",
         .out = "Status Code=@status|URL=resetPasswordUrl"),
      .in = RV_PINS(OPTION("convert", "Convert to Federated User", "\"No\"", yes_no, "only on a server that has federated users"),
                    { "parameters", "email", "Send Email", RV_T_BOOL, RV_PIN_OPTION, "true", NULL, "the link goes by mail; else it is an output" }, WHO("userID", "ID or Username")),
      .out = RV_PINS(STATUS("Response", "Status Code"), OUT("Reset Password", "URL", RV_T_TEXT, "the link, when it is not sent by mail")) },
    { CARD("deleteUser", "Delete User", "Deactivates a person; deletes one who is deactivated."),
      OP(.method = "DELETE", .path = U "/{User/ID}", .query = "sendEmail=User/Send Email?", .out = "Status Code=@status"),
      .in = RV_PINS(NEED("User", "ID", "ID", "id of the person"), IN("User", "Send Email?", "Send Email?", RV_T_BOOL, 0, "whether administrators get a mail")),
      .out = RV_PINS(STATUS("Output", "Status Code")) },
    { CARD("clearUserSessions", "Clear User Sessions", "Signs a person out everywhere."),
      OP(.method = "DELETE", .path = U "/{User/ID}/sessions", .query = "oauthTokens=User/Revoke oauthTokens?", .out = "Status Code=@status"),
      .in = RV_PINS(NEED("User", "ID", "ID", "id of the person"), IN("User", "Revoke oauthTokens?", "Revoke oauthTokens?", RV_T_BOOL, 0, "whether tokens of applications end, too")),
      .out = RV_PINS(STATUS("Output", "Status Code")) },
    /* groups */
    { CARD("readGroup", "Read Group", "Looks a group up by its id."),
      OP(.method = "GET", .path = G "/{Group/ID}", .direct = true), .in = RV_PINS(NEED("Group", "ID", "ID", "id of the group")), .out = RV_PINS(GROUP_OUT("Properties")) },
    { CARD("searchGroups", "Search Groups", "Finds groups by name or other attributes."),
      .user_pins = RV_USER_INPUTS, .user_group = "Inputs",
      OP(.method = "GET", .path = G, .query = "q=Inputs/Query", .criteria = rv_okta_search, .record = rv_okta_group, .list = "Groups", .page = 200),
      .in = RV_PINS(SET("\"First Matching Record\"", result_all), MAY("Inputs", "Query", "Query", "the beginning of the name"), MAY("Inputs", "profile.name", "Name", "the whole name"),
                    MAY("Inputs", "type", "Type", "OKTA_GROUP, APP_GROUP or BUILT_IN"), MAY("Inputs", "Custom Search Criteria", "Custom Search Criteria", "an expression such as profile.name sw \"A\""),
                    STREAMING("List Criteria")),
      .out = RV_PINS(OUT("Result", "Raw Object", RV_T_OBJECT, "the first group found"), OUT("Result", "ID", RV_T_TEXT, "id of the first group found"),
                     OUT("Result", "Created", RV_T_TEXT, "when it was created"), OUT("Result", "Profile", RV_T_OBJECT, "its Name and Description"),
                     OUT_LIST("Result", "Groups", "all groups found"), STREAMED("Result")) },
    { CARD("createGroup", "Create Group", "Creates a group."),
      OP(.method = "POST", .path = G, .body = "profile.name=Group/Name|profile.description=Group/Description"),
      .in = RV_PINS(NEED("Group", "Name", "Name", "name of the group"), MAY("Group", "Description", "Description", "what it is for")), .out = RV_PINS(GROUP_OUT("Properties")) },
    { CARD("updateGroup", "Update Group", "Changes the name and description of a group."),
      OP(.method = "PUT", .path = G "/{Group/ID}", .body = "profile.name=Group/Name|profile.description=Group/Description"),
      .in = RV_PINS(NEED("Group", "ID", "ID", "id of the group"), NEED("Group", "Name", "Name", "name of the group"), MAY("Group", "Description", "Description", "what it is for")),
      .out = RV_PINS(GROUP_OUT("Properties")) },
    { CARD("deleteGroup", "Delete Group", "Deletes a group; its members stay."),
      OP(.method = "DELETE", .path = G "/{Group/ID}", .out = "Status Code=@status"), .in = RV_PINS(NEED("Group", "ID", "ID", "id of the group")), .out = RV_PINS(STATUS("Output", "Status Code")) },
    { CARD("addNewUserToGroup", "Add User to Group", "Makes a person a member of a group; nothing happens when the person is one."),
      OP(.method = "PUT", .path = G "/{Group/id}/users/{User/id}", .body = "", .out = "status=@status"),
      .in = RV_PINS(GROUP_ID("id"), NEED("User", "id", "User ID", "id of the person")), .out = RV_PINS({ "Result", "status", "Status", RV_T_NUM, 0, NULL, NULL, "204" }) },
    { CARD("removeUserFromGroup", "Remove User from Group", "Ends a membership; nothing happens when there is none."),
      OP(.method = "DELETE", .path = G "/{Group/id}/users/{User/id}", .out = "status=@status"),
      .in = RV_PINS(GROUP_ID("id"), NEED("User", "id", "User ID", "id of the person")), .out = RV_PINS({ "Result", "status", "Status", RV_T_NUM, 0, NULL, NULL, "204" }) },
    { CARD("listGroupMembers", "List Group Members", "Gives the members of a group."),
      OP(.method = "GET", .path = G "/{Group/groupId}/users", .record = rv_okta_user, .list = "Users", .page = 200),
      .in = RV_PINS(SET("\"First 200 Records\"", result_list), GROUP_ID("groupId"), STREAMING("List Criteria")),
      .out = RV_PINS(OUT_LIST("Result", "Users", "the members"), STREAMED("Result")) },
    { CARD("getUsersGroups", "Get User Groups", "Gives the groups of a person."),
      OP(.method = "GET", .path = U "/{User/ID}/groups", .record = rv_okta_group, .list = "Groups", .page = 200),
      .in = RV_PINS(SET("\"First 200 Records\"", result_list), NEED("User", "ID", "ID", "id or login of the person"), STREAMING("List Criteria")),
      .out = RV_PINS(OUT_LIST("Output", "Groups", "the groups"), STREAMED("Output")) },
    /* applications */
    { CARD("readApplication", "Read Application", "Looks an application up by its id."),
      OP(.method = "GET", .path = A "/{@application}", .direct = true), .in = RV_PINS(APP),
      .out = RV_PINS(OUT("Application", "ID", RV_T_TEXT, "id of the application"), OUT("Application", "Name", RV_T_TEXT, "kind of application"), OUT("Application", "Label", RV_T_TEXT, "name that people see"),
                     OUT("Application", "Status", RV_T_TEXT, "ACTIVE or INACTIVE")) },
    { CARD("searchApplications", "Search Applications", "Finds applications whose name or label begins with a text."),
      OP(.method = "GET", .path = A, .query = "q=Search/Query", .record = rv_okta_app, .list = "Applications", .page = 200),
      .in = RV_PINS(SET("\"First Matching Record\"", result_search), MAY("Search", "Query", "Query", "the beginning of name or label"), STREAMING("List Criteria")),
      .out = RV_PINS(OUT("Result", "ID", RV_T_TEXT, "id of the first application found"), { "Result", "Name", "AppType", RV_T_TEXT, 0, NULL, NULL, "its kind" },
                     OUT("Result", "Label", RV_T_TEXT, "its label"), OUT_LIST("Result", "Applications", "the applications found"), STREAMED("Result")) },
    { CARD("activateApplication", "Activate Application", "Switches an application on."),
      OP(.method = "POST", .path = A "/{@application}/lifecycle/activate", .body = "", .out = "status=@status"), .in = RV_PINS(APP), .out = RV_PINS(STATUS("Result", "status")) },
    { CARD("deactivateApplication", "Deactivate Application", "Switches an application off."),
      OP(.method = "POST", .path = A "/{@application}/lifecycle/deactivate", .body = "", .out = "status=@status"), .in = RV_PINS(APP), .out = RV_PINS(STATUS("Result", "status")) },
    { CARD("assignUserToApplicationForSSO", "Assign User to Application for SSO", "Gives a person an application."),
      .user_pins = RV_USER_INPUTS, .user_group = "Profile",
      OP(.method = "POST", .path = A "/{@application}/users",
         .body = "id=User/id|scope=User/Scope|credentials.userName=Credentials/Username|credentials.password.value=Credentials/Password|profile.*=Profile"),
      .in = RV_PINS(NEED("User", "id", "User ID", "id of the person"), { "User", "Scope", "Scope", RV_T_TEXT, 0, "\"USER\"", scopes, "USER" }, APP,
                    MAY("Credentials", "Username", "Username", "user name in the application; empty: the login"), MAY("Credentials", "Password", "Password", "password in the application")),
      .out = RV_PINS(SYSTEM_APP_USER) },
    { CARD("getAssignedUserForApplication", "Get Assigned User for Application", "Looks up how an application is assigned to a person."),
      .user_pins = RV_USER_OUTPUTS, .user_group = "Profile Properties",
      OP(.method = "GET", .path = A "/{@application}/users/{User/id}"), .in = RV_PINS(NEED("User", "id", "User ID", "id of the person"), APP), .out = RV_PINS(SYSTEM_APP_USER) },
    { CARD("removeUserFromApplication", "Remove User from Application", "Takes an application from a person."),
      OP(.method = "DELETE", .path = A "/{@application}/users/{User/id}", .query = "sendEmail=User/Send Email?", .out = "status=@status"),
      .in = RV_PINS(NEED("User", "id", "User ID", "id of the person"), IN("User", "Send Email?", "Send Email?", RV_T_BOOL, 0, "whether administrators get a mail"), APP),
      .out = RV_PINS({ "Result", "status", "Status", RV_T_NUM, 0, NULL, NULL, "204" }) },
    { CARD("listUsersAssignedToApplication", "List Users Assigned to Application", "Gives the people who have an application."),
      OP(.method = "GET", .path = A "/{@application}/users", .record = rv_okta_app_user, .list = "Users", .page = 500),
      .in = RV_PINS(SET("\"First 500 Records\"", result_app_users), APP, STREAMING("List Criteria")),
      .out = RV_PINS(OUT_LIST("Result", "Users", "the assignments"), STREAMED("Result")) },
    { CARD("assignGroupToApplication", "Assign Group to Application", "Gives the members of a group an application."),
      OP(.method = "PUT", .path = A "/{@application}/groups/{Group/groupID}", .body = ""), .in = RV_PINS(NEED("Group", "groupID", "ID", "id of the group"), APP),
      .out = RV_PINS(OUT("Group", "ID", RV_T_TEXT, "id of the group"), OUT("Group", "Last Updated", RV_T_DATE, "when it changed last"), OUT("Group", "Priority", RV_T_NUM, "its rank among the groups"),
                     OUT("Group", "Links", RV_T_OBJECT, "links of the assignment"), OUT("Group", "Profile", RV_T_OBJECT, "attributes for the members")) },
    { CARD("removeGroupFromApplication", "Remove Group from Application", "Takes an application from a group."),
      OP(.method = "DELETE", .path = A "/{@application}/groups/{Group/groupID}", .out = "status=@status"), .in = RV_PINS(NEED("Group", "groupID", "ID", "id of the group"), APP),
      .out = RV_PINS({ "Result", "status", "Status", RV_T_NUM, 0, NULL, NULL, "204" }) },
    { CARD("listGroupsAssignedToApplication", "List Groups Assigned to Application", "Gives the groups that have an application."),
      OP(.method = "GET", .path = A "/{@application}/groups", .record = rv_okta_app_group, .list = "Groups", .page = 200),
      .in = RV_PINS(SET("\"First 200 Records\"", result_list), APP, STREAMING("List Criteria")),
      .out = RV_PINS(OUT_LIST("Result", "Groups", "the assignments"), STREAMED("Result")) },
    /* log */
    { CARD("searchSystemLogs", "Search System Logs", "Finds events of the system log, oldest first; without an end up to now."),
      OP(.method = "GET", .path = "/api/v1/logs", .criteria = rv_okta_logs, .record = rv_okta_event, .list = "System Logs", .page = 200),
      .in = RV_PINS(SET("\"First 200 Matching Records\"", result_search), OPTION("searchBy", "Search By", "\"Expression\"", search_by, "by an expression or by words"),
                    MAY("Search By", "Custom Filter", "Custom Filter", "an expression such as eventType eq \"user.session.start\""), MAY("Search By", "Keyword", "Keyword", "words that must all occur"),
                    IN("Date", "since", "Since", RV_T_DATE, 0, "from here on; empty: seven days before the end"), IN("Date", "until", "Until", RV_T_DATE, 0, "up to here; empty: now"),
                    STREAMING("Search Criteria")),
      .out = RV_PINS(OUT("Result", "UUID", RV_T_TEXT, "id of the first event found"), OUT("Result", "Published", RV_T_DATE, "when it happened"), OUT("Result", "Event Type", RV_T_TEXT, "its type"),
                     OUT("Result", "Display Message", RV_T_TEXT, "what happened"), OUT("Result", "Actor", RV_T_OBJECT, "who did it"), OUT("Result", "Client", RV_T_OBJECT, "from where"),
                     OUT_LIST("Result", "Target", "what it was done to"), OUT_LIST("Result", "System Logs", "the events found"), STREAMED("Result")) },
    /* import sessions */
    { CARD("createAnImportSession", "Create an Import Session", "Opens a session that imports people." ONLY_ELSEWHERE),
      OP(.method = "POST", .path = SOURCES, .body = ""), .in = RV_PINS(APP), .out = RV_PINS(SESSION_OUT) },
    { CARD("listImportSessions", "List Import Sessions", "Gives the sessions that import people." ONLY_ELSEWHERE),
      OP(.method = "GET", .path = SOURCES, .record = rv_okta_session, .list = "Sessions", .page = 200), .in = RV_PINS(APP), .out = RV_PINS(OUT_LIST("Result", "Sessions", "the sessions")) },
    { CARD("bulkUserImport", "Bulk User Import", "Puts at most 200 people into an import session." ONLY_ELSEWHERE),
      OP(.method = "POST", .path = SOURCES "/{Application/sessionId}/bulk-{parameters/importOperation}", .body = "entityType='USERS|profiles=Data/Users", .out = "recordsImported=@count"),
      .in = RV_PINS(OPTION("importOperation", "Import Operation", "\"upsert\"", bulk_operations, "what is done with the people"), NEED("Application", "sessionId", "Session ID", "id of the session"), APP,
                    { "Data", "Users", "Users", RV_T_OBJECT, RV_PIN_LIST, NULL, NULL, "at most 200 objects" }),
      .out = RV_PINS({ "Response", "recordsImported", "Records Imported", RV_T_NUM, 0, NULL, NULL, "how many were handed over" }) },
    { CARD("triggerImportSession", "Trigger Import Session", "Starts the import of a session." ONLY_ELSEWHERE),
      OP(.method = "POST", .path = SOURCES "/{Application/sessionId}/start-import", .body = ""), .in = RV_PINS(NEED("Application", "sessionId", "Session ID", "id of the session"), APP),
      .out = RV_PINS(SESSION_OUT) },
    { CARD("deleteImportSession", "Delete Import Session", "Ends a session that imports people." ONLY_ELSEWHERE),
      OP(.method = "DELETE", .path = SOURCES "/{Application/sessionId}", .out = "statusCode=@status"), .in = RV_PINS(NEED("Application", "sessionId", "Session ID", "id of the session"), APP),
      .out = RV_PINS(STATUS("Response", "statusCode")) },
    { .name = "okta:mapProfileSourceAttributes", .label = "Map Profile Source Attributes", .category = "Okta", .help = "Makes {externalId, profile} of each object, for an import session.",
      .kind = RV_CARD_PURE, .connector = "okta", .connection_optional = true, .run = card_map,
      .in = RV_PINS(APP, OPTION("importOperation", "Import Operation", "\"UPSERT\"", import_operations, "whether the profile goes along"),
                    MAY("Import Data", "externalIdKey", "External ID Key", "name of the field that holds the id; empty: id"), { "Import Data", "users", "Users", RV_T_OBJECT, RV_PIN_LIST, NULL, NULL, "the objects" }),
      .out = RV_PINS(OUT_LIST("Result", "Users", "{externalId, profile} of each")) },
    /* everything else */
    { .name = "okta:hTTPRequest", .label = "Custom API Action", .category = "Okta", .connector = "okta", .help = "Makes any call of the identity API over the connection.",
      .kind = RV_CARD_EFFECT, .timeout_ms = 30000, .once_now = rv_okta_once, .run = rv_okta_custom, OP(.record = rv_okta_user, .list = "Body", .page = 200),
      .in = RV_PINS(OPTION("requestType", "Request Type", "\"GET\"", request_types, "method of the call"), NEED("Request", "Relative URL", "Relative URL", "path such as /api/v1/users"),
                    IN("Request", "Query", "Query", RV_T_OBJECT, 0, "names and values that go behind the path"), IN("Request", "Headers", "Headers", RV_T_OBJECT, 0, "further headers"),
                    IN("Request", "Body", "Body", RV_T_ANY, 0, "object, list or text to send"), STREAMING("List Criteria")),
      .out = RV_PINS(OUT("Response", "Status Code", RV_T_NUM, "status of the answer"), OUT("Response", "Headers", RV_T_OBJECT, "headers of the answer"),
                     OUT("Response", "Body", RV_T_OBJECT, "the answer"), STREAMED("Response")) },
    { .name = NULL },
};
