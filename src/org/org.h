/* org/org.h: the organisation: who is there, what they may do, what happened, and its mail.
 *
 * A small identity platform with the public wire format (api.md 10-16, 19, 20) and the one judge of
 * permissions (security.md 2). Functions that read or change objects ask the judge themselves; the
 * caller does not. Any worker thread; waits for the store. Objects of the wire are built in org/ as
 * JSON text. */
#pragma once
#include "net/net.h"
#include "store/store.h"

/* ---- who acts -------------------------------------------------------------------------------- */

enum rv_principal_kind { RV_USER, RV_APP, RV_SYSTEM };
enum rv_auth_method { RV_AUTH_SESSION, RV_AUTH_API_TOKEN, RV_AUTH_OAUTH, RV_AUTH_LOCAL };
struct rv_principal {
    enum rv_principal_kind kind;
    enum rv_auth_method method;
    rv_str id; /* 00u…, 0oa…; "system" */
    rv_str name, login, email; /* display name; login and email of users */
    rv_str session_id; /* row of the session or token */
    rv_str scopes; /* OAuth: blanks between */
    rv_str peer; /* client address */
    int64_t auth_time; /* UTC ms */
    bool super_admin; /* read from the store for this very request: nothing is cached (security.md 1.5) */
    bool administrator; /* holds any role */
};
extern const struct rv_principal rv_principal_system;
/* The service app as which Access Requests calls flows: an ordinary client with bindings.
 * RV_NOT_FOUND when it was deleted, RV_FORBIDDEN when it is not active. */
RV_MUST_CHECK rv_status rv_principal_access_requests(struct rv_cx *cx,
                                                     const struct rv_principal **ret);
RV_MUST_CHECK rv_status rv_principal_access_requests_in(struct rv_tx *tx,
                                                        const struct rv_principal **ret);
bool rv_principal_is_access_requests(const struct rv_cx *cx); /* the caller, who was read for this very request */
RV_MUST_CHECK rv_status rv_principal_of_user(struct rv_cx *cx, rv_str user_id,
                                             const struct rv_principal **ret);
RV_MUST_CHECK rv_status rv_principal_of_user_in(struct rv_tx *tx, rv_str user_id,
                                                const struct rv_principal **ret);

/* ---- what they may do (security.md 2) -------------------------------------------------------- */

/* What binds a principal to an object; the domain function that read the object knows it. */
enum {
    RV_REL_REQUESTER = 1, RV_REL_CREATOR = 2, RV_REL_ASSIGNEE = 4, RV_REL_TASK_ASSIGNEE = 8,
    RV_REL_MEMBER = 16 /* of the owning team */, RV_REL_FOLLOWER = 32, RV_REL_AUDIENCE = 64,
    RV_REL_SELF = 128, RV_REL_SETTING = 256 /* a setting opens the action to the caller */
};
/* name, permission (of a role binding or standard role; "" none), relations that suffice, who else
 * ("" | "SA" super administrator always suffices unless "-" | "ANY" every signed-in user | "ADMIN"
 * any administrator), help. The permission names and which standard roles hold them:
 * org/permission.c. */
#include "org/actions.h"
enum rv_action {
    RV_A_NONE,
#define RV_X(name, permission, relations, who, help) RV_A_##name,
    RV_ACTION_TABLE(RV_X)
#undef RV_X
    RV_A_N
};
struct rv_object {
    rv_str id; /* absent: the collection, or the organisation */
    rv_str path; /* ids of the folders above, from the top, '/' between; for flows, runs, tables, folders */
    unsigned relations;
    bool visible; /* the caller may know of it: a refusal is RV_FORBIDDEN instead of RV_NOT_FOUND */
};
#define RV_OBJECT(object_id) ((struct rv_object){ .id = (object_id) })
#define RV_NO_OBJECT ((struct rv_object){ .id = { NULL, 0 }, .visible = true })
/* The only judge. RV_OK, RV_FORBIDDEN, RV_NOT_FOUND (security.md 2.2), RV_NO_SESSION without a
 * principal. With tx the answer is of that snapshot; NULL: reads its own. */
RV_MUST_CHECK rv_status rv_authz(struct rv_cx *cx, struct rv_tx *tx, enum rv_action action,
                                 struct rv_object object);
/* Asks without storing an error and without counting as "asked" (for buttons and row flags). */
RV_MUST_CHECK rv_status rv_authz_may(struct rv_cx *cx, struct rv_tx *tx, enum rv_action action,
                                     struct rv_object object, bool *ret);
/* The same predicate for lists: all objects, or these ids. Give `all` and `ids` to the list's
 * statement:
 * "(:all = 1 OR f.id IN (SELECT value FROM json_each(:ids)))". Counts as asked. */
struct rv_scope {
    bool all;
    rv_str ids; /* JSON array of ids, "[]" when none */
};
RV_MUST_CHECK rv_status rv_authz_list(struct rv_cx *cx, struct rv_tx *tx, enum rv_action action,
                                      struct rv_scope *ret);
const char *rv_action_name(enum rv_action a);
/* For navigation: ret[action] is set when the caller may perform it on at least one object, as far
 * as permissions say (what a relation opens depends on the object and counts as no). Does not count
 * as asked. */
RV_MUST_CHECK rv_status rv_authz_anywhere(struct rv_cx *cx, bool ret[RV_A_N]);

/* ---- roles, resource sets, bindings (api.md 10, 11; wire objects are written into w) --------- */

/* Lists write the items (no brackets) from `after` on (absent: the first page) and give what the
 * next page starts after, absent on the last one. A role or set is named by id or label. */
struct rv_iam_page {
    rv_str after;
    int limit;
    rv_str next; /* result */
};
RV_MUST_CHECK rv_status rv_role_list(struct rv_cx *cx, struct rv_iam_page *page, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_role_create(struct rv_cx *cx, rv_str label, rv_str description,
                                       const json_t *permissions, struct rv_jw *w, rv_str *ret_id);
RV_MUST_CHECK rv_status rv_role_get(struct rv_cx *cx, rv_str role, struct rv_jw *w, rv_str *ret_id);
RV_MUST_CHECK rv_status rv_role_update(struct rv_cx *cx, rv_str role, rv_str label,
                                       rv_str description, struct rv_jw *w, rv_str *ret_id);
RV_MUST_CHECK rv_status rv_role_delete(struct rv_cx *cx, rv_str role); /* RV_INVALID while it is bound */
RV_MUST_CHECK rv_status rv_role_permission_list(struct rv_cx *cx, rv_str role, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_role_permission_get(struct rv_cx *cx, rv_str role, rv_str name,
                                               struct rv_jw *w);
RV_MUST_CHECK rv_status rv_role_permission_put(struct rv_cx *cx, rv_str role, rv_str name,
                                               const json_t *conditions, bool must_exist);
RV_MUST_CHECK rv_status rv_role_permission_delete(struct rv_cx *cx, rv_str role, rv_str name);

RV_MUST_CHECK rv_status rv_resource_set_list(struct rv_cx *cx, struct rv_iam_page *page,
                                             struct rv_jw *w);
RV_MUST_CHECK rv_status rv_resource_set_create(struct rv_cx *cx, rv_str label, rv_str description,
                                               const json_t *resources, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_resource_set_get(struct rv_cx *cx, rv_str set, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_resource_set_update(struct rv_cx *cx, rv_str set, rv_str label,
                                               rv_str description, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_resource_set_delete(struct rv_cx *cx, rv_str set); /* with its bindings */
RV_MUST_CHECK rv_status rv_resource_list(struct rv_cx *cx, rv_str set, struct rv_iam_page *page,
                                         struct rv_jw *w, rv_str *ret_set_id);
RV_MUST_CHECK rv_status rv_resource_add(struct rv_cx *cx, rv_str set, rv_str orn_or_url,
                                        const json_t *conditions, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_resource_add_all(struct rv_cx *cx, rv_str set, const json_t *additions,
                                            struct rv_jw *w);
RV_MUST_CHECK rv_status rv_resource_get(struct rv_cx *cx, rv_str set, rv_str id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_resource_update(struct rv_cx *cx, rv_str set, rv_str id,
                                           const json_t *conditions, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_resource_delete(struct rv_cx *cx, rv_str set, rv_str id);

RV_MUST_CHECK rv_status rv_binding_list(struct rv_cx *cx, rv_str set, struct rv_iam_page *page,
                                        struct rv_jw *w, rv_str *ret_set_id);
RV_MUST_CHECK rv_status rv_binding_create(struct rv_cx *cx, rv_str set, rv_str role,
                                          const json_t *members, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_binding_get(struct rv_cx *cx, rv_str set, rv_str role, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_binding_delete(struct rv_cx *cx, rv_str set, rv_str role);
RV_MUST_CHECK rv_status rv_member_list(struct rv_cx *cx, rv_str set, rv_str role,
                                       struct rv_iam_page *page, struct rv_jw *w, rv_str *ret_path);
RV_MUST_CHECK rv_status rv_member_add(struct rv_cx *cx, rv_str set, rv_str role,
                                      const json_t *additions, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_member_get(struct rv_cx *cx, rv_str set, rv_str role, rv_str id,
                                      struct rv_jw *w);
RV_MUST_CHECK rv_status rv_member_delete(struct rv_cx *cx, rv_str set, rv_str role, rv_str id);

/* Roles of one user, group or app: standard ones and, as type CUSTOM, memberships of bindings. */
enum rv_member_kind { RV_MEMBER_USER, RV_MEMBER_GROUP, RV_MEMBER_APP, RV_MEMBER_N };
RV_MUST_CHECK rv_status rv_grant_list(struct rv_cx *cx, enum rv_member_kind kind, rv_str id,
                                      struct rv_jw *w);
/* type CUSTOM needs role and set. */
RV_MUST_CHECK rv_status rv_grant_create(struct rv_cx *cx, enum rv_member_kind kind, rv_str id,
                                        rv_str type, rv_str role, rv_str set, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_grant_get(struct rv_cx *cx, enum rv_member_kind kind, rv_str id,
                                     rv_str grant_id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_grant_delete(struct rv_cx *cx, enum rv_member_kind kind, rv_str id,
                                        rv_str grant_id);
RV_MUST_CHECK rv_status rv_grant_people(struct rv_cx *cx, struct rv_iam_page *page, struct rv_jw *w); /* all who hold any role */

/* What is there for an app to run delegated flows: a role with that permission, a resource set that
 * holds the flow (absent: any flows), the app bound to such a role and set. For sentences only; the
 * judge decides. */
struct rv_delegation {
    bool role, resources, bound;
};
RV_MUST_CHECK rv_status rv_delegation_facts(struct rv_cx *cx, rv_str app_id, rv_str flow_id,
                                            struct rv_delegation *ret);

/* ---- people ---------------------------------------------------------------------------------- */

struct rv_person {
    rv_str id, login, email, name /* display: first last, or login */, status, manager /* managerId as stored */, zone /* IANA or absent */, locale;
};
/* Of the directory, without asking the judge: for engines that need to know (assignees, mails,
 * look-ups). */
RV_MUST_CHECK rv_status rv_person_get(struct rv_tx *tx, rv_str id, struct rv_person *ret); /* RV_NOT_FOUND */
RV_MUST_CHECK rv_status rv_person_find(struct rv_tx *tx, rv_str id_or_login_or_email,
                                       bool *ret_found, struct rv_person *ret);
/* The active person whose login or e-mail is managerId (access-requests.md 11). */
RV_MUST_CHECK rv_status rv_person_manager(struct rv_tx *tx, rv_str id, bool *ret_found,
                                          struct rv_person *ret);
RV_MUST_CHECK rv_status rv_person_list(struct rv_cx *cx, rv_str q, int limit,
                                       struct rv_person **ret, size_t *ret_n);
/* Members of a directory group, active ones, by id. */
RV_MUST_CHECK rv_status rv_group_members(struct rv_tx *tx, rv_str group_id, rv_str **ret,
                                         size_t *ret_n);
RV_MUST_CHECK rv_status rv_group_has(struct rv_tx *tx, rv_str group_id, rv_str user_id, bool *ret);
RV_MUST_CHECK rv_status rv_group_name(struct rv_tx *tx, rv_str group_id, bool *ret_found,
                                      rv_str *ret);
RV_MUST_CHECK rv_status rv_group_pushed(struct rv_tx *tx, rv_str group_id, bool *ret); /* there, and visible in Access Requests */
/* Pickers of the native API, at most 20: rv_person_list (above, people who are not deactivated) and
 * groups whose visibleInAccessRequests is on. Both ask for PEOPLE_PICK. */
struct rv_group {
    rv_str id, name, description;
    struct rv_group *next;
};
RV_MUST_CHECK rv_status rv_group_pushed_list(struct rv_cx *cx, rv_str q, int limit,
                                             struct rv_group **ret);

/* What Access Requests may offer of the directory: classes "users" (not deactivated), "groups"
 * (pushed), "applications". Asks nobody. List: by id, after absent: from the first. */
struct rv_offer {
    rv_str id, name, description;
};
RV_MUST_CHECK rv_status rv_offer_count(struct rv_tx *tx, rv_str class, int64_t *ret);
RV_MUST_CHECK rv_status rv_offer_find(struct rv_tx *tx, rv_str class, rv_str id, bool *ret_found,
                                      struct rv_offer *ret);
RV_MUST_CHECK rv_status rv_offer_list(struct rv_tx *tx, rv_str class, rv_str q, rv_str after, int n,
                                      struct rv_offer **ret, size_t *ret_n);
extern const struct rv_sql_module rv_sql_offer;

/* ---- directory, compatible (api.md 12 to 14); bodies are the parsed JSON of the request ------ */

/* Lists write the items without brackets and give the next cursor, absent on the last page. */
struct rv_directory_query {
    rv_str q, search, filter, sort_by; /* absent: none */
    bool descending;
    bool stats; /* of groups: with _embedded.stats */
    int limit;
    rv_str after; /* as given back, or absent */
};
/* who: id, login, short name, or "me". */
RV_MUST_CHECK rv_status rv_person_page(struct rv_cx *cx, const struct rv_directory_query *q,
                                       struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_person_show(struct rv_cx *cx, rv_str who, bool links, struct rv_jw *w,
                                       int64_t *ret_version);
struct rv_person_create {
    const json_t *body;
    bool activate; /* STAGED otherwise */
    bool change_password; /* nextLogin=changePassword: PASSWORD_EXPIRED */
};
RV_MUST_CHECK rv_status rv_person_create(struct rv_cx *cx, const struct rv_person_create *in,
                                         rv_str *ret_id);
/* replace: attributes that are absent become empty. if_version: RV_STALE when it is another one;
 * RV_NO_INT: any. */
RV_MUST_CHECK rv_status rv_person_update(struct rv_cx *cx, rv_str who, const json_t *body,
                                         bool replace, int64_t if_version);
/* First call deactivates, second deletes. */
RV_MUST_CHECK rv_status rv_person_delete(struct rv_cx *cx, rv_str who);
/* activate, reactivate, deactivate, suspend, unsuspend, unlock, expire_password, reset_password.
 * send_email: the link goes there, else into *ret_token. Absent token: nothing to show. */
RV_MUST_CHECK rv_status rv_person_lifecycle(struct rv_cx *cx, rv_str who, rv_str verb,
                                            bool send_email, rv_str *ret_token);
RV_MUST_CHECK rv_status rv_person_change_password(struct rv_cx *cx, rv_str who, rv_str old_password,
                                                  rv_str new_password);
RV_MUST_CHECK rv_status rv_person_credentials(struct rv_cx *cx, rv_str who, struct rv_jw *w); /* what change_password answers */
RV_MUST_CHECK rv_status rv_person_clear_sessions(struct rv_cx *cx, rv_str who); /* signed out everywhere */
RV_MUST_CHECK rv_status rv_person_groups(struct rv_cx *cx, rv_str who,
                                         const struct rv_directory_query *q, struct rv_jw *w,
                                         rv_str *ret_next);

RV_MUST_CHECK rv_status rv_group_page(struct rv_cx *cx, const struct rv_directory_query *q,
                                      struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_group_show(struct rv_cx *cx, rv_str id, bool stats /* with _embedded.stats */, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_group_create(struct rv_cx *cx, const json_t *body, rv_str *ret_id);
RV_MUST_CHECK rv_status rv_group_update(struct rv_cx *cx, rv_str id, const json_t *body);
RV_MUST_CHECK rv_status rv_group_delete(struct rv_cx *cx, rv_str id);
RV_MUST_CHECK rv_status rv_group_member_page(struct rv_cx *cx, rv_str id,
                                             const struct rv_directory_query *q, struct rv_jw *w,
                                             rv_str *ret_next);
RV_MUST_CHECK rv_status rv_group_member_set(struct rv_cx *cx, rv_str id, rv_str user_id,
                                            bool member);

RV_MUST_CHECK rv_status rv_app_page(struct rv_cx *cx, const struct rv_directory_query *q,
                                    struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_app_show(struct rv_cx *cx, rv_str id, rv_str secret /* shown once by create, or absent */, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_app_create(struct rv_cx *cx, const json_t *body, bool activate,
                                      rv_str *ret_id, rv_str *ret_secret);
RV_MUST_CHECK rv_status rv_app_update(struct rv_cx *cx, rv_str id, const json_t *body);
RV_MUST_CHECK rv_status rv_app_set_active(struct rv_cx *cx, rv_str id, bool active);
RV_MUST_CHECK rv_status rv_app_delete(struct rv_cx *cx, rv_str id);
/* Scopes that an application may ask for; a grant names one (body: scopeId, issuer). */
RV_MUST_CHECK rv_status rv_app_grant_list(struct rv_cx *cx, rv_str app_id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_app_grant_get(struct rv_cx *cx, rv_str app_id, rv_str id,
                                         struct rv_jw *w);
RV_MUST_CHECK rv_status rv_app_grant_create(struct rv_cx *cx, rv_str app_id, const json_t *body,
                                            struct rv_jw *w);
RV_MUST_CHECK rv_status rv_app_grant_delete(struct rv_cx *cx, rv_str app_id, rv_str id);
/* Client secrets: at most two; create shows one, nothing else does. */
RV_MUST_CHECK rv_status rv_app_secret_list(struct rv_cx *cx, rv_str app_id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_app_secret_get(struct rv_cx *cx, rv_str app_id, rv_str id,
                                          struct rv_jw *w);
RV_MUST_CHECK rv_status rv_app_secret_create(struct rv_cx *cx, rv_str app_id, const json_t *body,
                                             struct rv_jw *w);
RV_MUST_CHECK rv_status rv_app_secret_set_active(struct rv_cx *cx, rv_str app_id, rv_str id,
                                                 bool active, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_app_secret_delete(struct rv_cx *cx, rv_str app_id, rv_str id);

/* ---- OAuth (api.md 20; security.md 1.7, 1.8) ------------------------------------------------- */

struct rv_oauth_call { /* form of a call to the token endpoint and its neighbours; absent: not sent */
    rv_str grant_type, scope, client_id, secret, assertion, assertion_type;
    rv_str peer;
    bool basic; /* id and secret came in the header Authorization */
    bool known; /* afterwards: the client has shown who it is */
};
/* The id that a client claims, from the form or its assertion, which nobody has looked at yet;
 * absent: none. */
rv_str rv_oauth_claimed(struct rv_cx *cx, const struct rv_oauth_call *o);
/* Refusals carry the word of RFC 6749 as their code: RV_UNAUTHENTICATED invalid_client, RV_INVALID
 * the others. */
RV_MUST_CHECK rv_status rv_oauth_token(struct rv_cx *cx, struct rv_oauth_call *call,
                                       struct rv_jw *w);
RV_MUST_CHECK rv_status rv_oauth_introspect(struct rv_cx *cx, struct rv_oauth_call *call,
                                            rv_str token, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_oauth_revoke(struct rv_cx *cx, struct rv_oauth_call *call,
                                        rv_str token);
RV_MUST_CHECK rv_status rv_oauth_keys(struct rv_cx *cx, struct rv_jw *w); /* JWKS */
/* scopes: blanks between. The scope itself, or the manage that implies a read of the same resource.
 */
bool rv_scope_allows(rv_str scopes, rv_str wanted);

/* Who has an application (api.md 14). user_id absent: a new assignment, of the body's member id;
 * RV_CONFLICT E0000062 when it is there. expand: with the person embedded. */
RV_MUST_CHECK rv_status rv_app_user_page(struct rv_cx *cx, rv_str app_id,
                                         const struct rv_directory_query *q, bool expand,
                                         struct rv_jw *w, rv_str *ret_next);
RV_MUST_CHECK rv_status rv_app_user_show(struct rv_cx *cx, rv_str app_id, rv_str user_id,
                                         bool expand, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_app_user_put(struct rv_cx *cx, rv_str app_id, rv_str user_id,
                                        const json_t *body, rv_str *ret_id);
RV_MUST_CHECK rv_status rv_app_user_delete(struct rv_cx *cx, rv_str app_id, rv_str user_id); /* RV_INVALID: it comes from a group */
RV_MUST_CHECK rv_status rv_app_group_page(struct rv_cx *cx, rv_str app_id,
                                          const struct rv_directory_query *q, struct rv_jw *w,
                                          rv_str *ret_next);
RV_MUST_CHECK rv_status rv_app_group_show(struct rv_cx *cx, rv_str app_id, rv_str group_id,
                                          struct rv_jw *w);
RV_MUST_CHECK rv_status rv_app_group_put(struct rv_cx *cx, rv_str app_id, rv_str group_id,
                                         const json_t *body);
RV_MUST_CHECK rv_status rv_app_group_delete(struct rv_cx *cx, rv_str app_id, rv_str group_id);
RV_MUST_CHECK rv_status rv_group_app_page(struct rv_cx *cx, rv_str group_id,
                                          const struct rv_directory_query *q, struct rv_jw *w,
                                          rv_str *ret_next);
RV_MUST_CHECK rv_status rv_person_app_links(struct rv_cx *cx, rv_str who, struct rv_jw *w); /* items of what the person has, active ones */

/* ---- signing in (security.md 1) -------------------------------------------------------------- */

/* Ways a request carries credentials; fills cx->principal. RV_NO_SESSION, RV_BAD_TOKEN. */
RV_MUST_CHECK rv_status rv_auth_cookie(struct rv_cx *cx, rv_str cookie_value, rv_str peer);
rv_str rv_session_csrf(struct rv_cx *cx); /* the token against forgery of the principal's browser session */
RV_MUST_CHECK rv_status rv_auth_header(struct rv_cx *cx, rv_str authorization, rv_str peer); /* SSWS … or Bearer … */
/* security.md 1.10: commands on roles, tokens and the like need a sign-in of the last 15 minutes in
 * browser sessions. */
RV_MUST_CHECK rv_status rv_guard_recent(struct rv_cx *cx);
/* RV_UNAUTHENTICATED for every reason alike. ret_cookie is the value to set. */
RV_MUST_CHECK rv_status rv_session_open(struct rv_cx *cx, rv_str login, rv_str password,
                                        rv_str peer, rv_str *ret_cookie);
RV_MUST_CHECK rv_status rv_session_close(struct rv_cx *cx, rv_str session_id);
/* Set-up and activation links (security.md 1.2, 1.3): single use, timed. ret: the token for
 * /setup?token=… */
RV_MUST_CHECK rv_status rv_setup_link(struct rv_cx *cx, rv_str *ret_token); /* RV_CONFLICT: has a password already */
RV_MUST_CHECK rv_status rv_setup_find(struct rv_cx *cx, rv_str token, struct rv_person *ret); /* RV_NOT_FOUND: used, expired */
RV_MUST_CHECK rv_status rv_setup_use(struct rv_cx *cx, rv_str token, rv_str password, rv_str peer,
                                     rv_str *ret_cookie);
/* The oldest active super administrator: as whom the sample organisation is made. */
RV_MUST_CHECK rv_status rv_first_administrator(struct rv_cx *cx, rv_str *ret_id);

/* ---- API tokens (api.md 19) ------------------------------------------------------------------ */

RV_MUST_CHECK rv_status rv_token_create(struct rv_cx *cx, rv_str name, struct rv_jw *w); /* for oneself; member "token" is shown this once */
RV_MUST_CHECK rv_status rv_token_list(struct rv_cx *cx, struct rv_iam_page *page, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_token_get(struct rv_cx *cx, rv_str id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_token_update(struct rv_cx *cx, rv_str id, rv_str name,
                                        const json_t *network, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_token_revoke(struct rv_cx *cx, rv_str id);
RV_MUST_CHECK rv_status rv_token_revoke_current(struct rv_cx *cx); /* RV_FORBIDDEN unless called with a token */

/* ---- what happened (architecture.md 9, api.md 16) -------------------------------------------- */

struct rv_target {
    const char *type; /* "User", "Request", "WorkflowRun" … */
    rv_str id, name;
    const char *alternate; /* alternateId or NULL */
};
/* Writes the system-log row with the change it tells of; actor and client come from the tx's cx.
 * event_type is a constant of the table in org/events.h. detail: JSON object text for
 * debugContext.debugData, or absent. */
RV_MUST_CHECK rv_status rv_event_add(struct rv_tx *tx, const char *event_type, bool success,
                                     rv_str reason, const struct rv_target *targets,
                                     size_t targets_n, rv_str detail);
/* Writes down, behind the caller's back, that the judge refused the caller of an HTTP call an
 * action: nothing waits for it. */
void rv_event_refused(const struct rv_cx *cx, const char *operation);
/* The same for something else that has no transaction of its own. reason: a literal, of what failed,
 * or absent; target.type is a literal, the rest and detail (as of rv_event_add) are copied. */
void rv_event_later(const struct rv_cx *cx, const char *event_type, rv_str reason,
                    struct rv_target target, rv_str detail);
/* The same for a look at something (workflows.md 12.3): once in ten minutes for a caller and a thing,
 * never for the product itself. */
void rv_event_viewed(const struct rv_cx *cx, const char *event_type, struct rv_target target);
/* The trust store (trust.c). List and get ask for RV_A_SETTINGS; view is a get that is told. */
RV_MUST_CHECK rv_status rv_trust_list(struct rv_cx *cx, struct rv_jw *w); /* elements of an array */
RV_MUST_CHECK rv_status rv_trust_get(struct rv_cx *cx, rv_str id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_trust_view(struct rv_cx *cx, rv_str id, struct rv_jw *w);
/* RV_INVALID at /pem; RV_CONFLICT: it is there already. */
RV_MUST_CHECK rv_status rv_trust_create(struct rv_cx *cx, rv_str name, rv_str pem, rv_str *ret_id);
/* name, pem: absent stays. RV_CONFLICT: another version. */
RV_MUST_CHECK rv_status rv_trust_update(struct rv_cx *cx, rv_str id, rv_str name, rv_str pem,
                                        int64_t version);
RV_MUST_CHECK rv_status rv_trust_delete(struct rv_cx *cx, rv_str id);
RV_MUST_CHECK rv_status rv_trust_apply(struct rv_cx *cx); /* hands them to the client; also at start */
/* The log as api.md 16 shows it. Polling (no until, ascending) always gives a next cursor. */
struct rv_event_query {
    rv_str since, until, filter, q; /* as they came, or absent */
    bool descending;
    int limit; /* 0 to 1000 */
    rv_str after;
};
RV_MUST_CHECK rv_status rv_event_page(struct rv_cx *cx, const struct rv_event_query *q,
                                      struct rv_jw *w, rv_str *ret_next);
#define RV_TARGETS(...) ((const struct rv_target[]){ __VA_ARGS__ }), sizeof((const struct rv_target[]){ __VA_ARGS__ }) / sizeof(struct rv_target)

/* Who waits for events: while a subscriber has a type, each event of it leaves a job
 * "event.deliver" (key and payload: the event's id) in its own transaction. */
RV_MUST_CHECK rv_status rv_event_subscribe(struct rv_tx *tx, rv_str event_type, rv_str subscriber);
RV_MUST_CHECK rv_status rv_event_unsubscribe(struct rv_tx *tx, rv_str subscriber); /* from all types */
RV_MUST_CHECK rv_status rv_event_subscribers(struct rv_tx *tx, rv_str event_type, rv_str **ret,
                                             size_t *ret_n);
/* An event as GET /api/v1/logs shows it, without asking the judge: for those who waited for it. */
RV_MUST_CHECK rv_status rv_event_load(struct rv_tx *tx, rv_str id, bool *ret_found,
                                      rv_str *ret_type, rv_str *ret_json);

/* ---- settings, features ---------------------------------------------------------------------- */

/* Settings of the organisation that people change (the native /settings): text values by name. */
rv_str rv_setting_text(struct rv_env *env, struct rv_cx *cx, const char *name); /* from a cache that each write renews */
int64_t rv_setting_int(struct rv_env *env, const char *name);
bool rv_setting_bool(struct rv_env *env, const char *name);
rv_str rv_base_url(struct rv_cx *cx); /* no slash at the end */
rv_str rv_listener_url(struct rv_cx *cx); /* where this machine finds the listener, whatever the base URL says */
rv_str rv_org_id(struct rv_env *env);
rv_str rv_org_zone(struct rv_cx *cx);
/* Names: those of types.ts Settings, durations in ms by rv_setting_int; a name that the table lacks
 * is RV_BUG. */
RV_MUST_CHECK rv_status rv_settings_write(struct rv_cx *cx, struct rv_jw *w); /* types.ts Settings */
RV_MUST_CHECK rv_status rv_settings_update(struct rv_cx *cx, const json_t *body); /* PATCH: "version" and members to change */
bool rv_feature_on(struct rv_env *env, const char *name); /* access-requests.md 10; the key */
RV_MUST_CHECK rv_status rv_feature_page(struct rv_cx *cx, struct rv_jw *w); /* items without brackets, as api.md 15 */
RV_MUST_CHECK rv_status rv_feature_show(struct rv_cx *cx, rv_str id, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_feature_related(struct rv_cx *cx, rv_str id, bool dependents,
                                           struct rv_jw *w);
RV_MUST_CHECK rv_status rv_feature_switch(struct rv_cx *cx, rv_str id, bool on, bool force);
/* What others have to follow leaves a job "org.changed" in its transaction; key and payload say
 * what: "FEATURE:<key>" switched, "PERSON:<id>" deactivated, suspended or deleted, "GROUP:<id>"
 * deleted or no longer visible. The floor above declares the kind. rv_feature_on already gives the
 * new state when it runs. */

/* Keys of the features that are on, as the items of an array. */
void rv_features_write_on(struct rv_env *env, struct rv_jw *w);

/* ---- preferences of the caller (types.ts Preferences) ---------------------------------------- */

struct rv_preferences_in {
    int64_t version; /* RV_CONFLICT when it is another */
    bool has_language, has_single_keys, single_keys;
    rv_str language, theme; /* language absent: the browser's; theme absent: unchanged */
    const json_t *notices; /* object, or NULL: unchanged */
};
RV_MUST_CHECK rv_status rv_preferences_write(struct rv_cx *cx, struct rv_jw *w);
RV_MUST_CHECK rv_status rv_preferences_update(struct rv_cx *cx, const struct rv_preferences_in *in);
/* Does this person want that notice by mail? name: "N1" … (access-requests.md 8). */
RV_MUST_CHECK rv_status rv_preference_notice(struct rv_tx *tx, rv_str person_id, const char *name,
                                             bool *ret);

/* ---- mail ------------------------------------------------------------------------------------ */

/* Queues a message in the transaction that causes it. While no mail server is set it is kept as
 * CAPTURED and shown on the Mail screen; else a job delivers it with retries. key: unique, makes
 * repeats harmless (or absent). */
RV_MUST_CHECK rv_status rv_mail_queue(struct rv_tx *tx, const struct rv_mail *m, rv_str key,
                                      rv_str *ret_id);
/* The same for a mail that belongs to a request or a run, for the Mail screen. */
RV_MUST_CHECK rv_status rv_mail_queue_about(struct rv_tx *tx, const struct rv_mail *m, rv_str key,
                                            rv_str request_id, rv_str run_id, rv_str *ret_id);
RV_MUST_CHECK rv_status rv_mail_page(struct rv_cx *cx, rv_str status, int limit, rv_str after, struct rv_jw *w, rv_str *ret_next); /* types.ts Mail, newest first */
RV_MUST_CHECK rv_status rv_mail_show(struct rv_cx *cx, rv_str id, struct rv_jw *w); /* types.ts MailFull */
RV_MUST_CHECK rv_status rv_mail_file(struct rv_cx *cx, rv_str id, rv_str position, struct rv_mail_file *ret); /* from 0 */
RV_MUST_CHECK rv_status rv_mail_delete_captured(struct rv_cx *cx);
RV_MUST_CHECK rv_status rv_mail_test(struct rv_cx *cx, rv_str to); /* sends now; the server's answer is the error's sentence */
bool rv_mail_configured(struct rv_env *env);
RV_MUST_CHECK rv_status rv_mail_counts(struct rv_cx *cx, int64_t *ret_queued, int64_t *ret_failed);
/* Delivers at once, for effects that wait for the outcome (a Send Email card): by SMTP, or captured
 * when no server is set. done is called once, on an I/O or writer thread, and must not block. */
struct rv_mail_deliver {
    struct rv_cx *cx; /* belongs to the delivery until done */
    struct rv_mail mail; /* strings in cx's arena; from absent: the organisation's address */
    void (*done)(struct rv_mail_deliver *d);
    void *arg;
    rv_status st;
    bool captured;
    struct rv_mail_send send; /* private from here */
    struct rv_write write;
};
void rv_mail_deliver(struct rv_mail_deliver *d);

/* ---- sample organisation --------------------------------------------------------------------- */

struct rv_sample_object {
    rv_str id, kind, name;
    struct rv_sample_object *next;
};
RV_MUST_CHECK rv_status rv_sample_mark(struct rv_cx *cx, rv_str kind, rv_str id, rv_str name);
RV_MUST_CHECK rv_status rv_sample_unmark(struct rv_cx *cx, rv_str id);
RV_MUST_CHECK rv_status rv_sample_list(struct rv_cx *cx, struct rv_sample_object **ret); /* newest first; NULL: none */

/* ---- opening --------------------------------------------------------------------------------- */

/* Seeds what must exist (organisation, Access Requests app, predefined sets), loads settings into
 * env->org. */
RV_MUST_CHECK rv_status rv_org_open(struct rv_cx *cx, struct rv_org **ret);
void rv_org_free(struct rv_org *o);
extern const struct rv_job_kind rv_org_jobs[];
extern const struct rv_config_key rv_org_config[];
extern const struct rv_limit rv_org_limits[];
extern const struct rv_config_key rv_access_config[]; /* sign-in, sessions, tokens */
extern const struct rv_limit rv_access_limits[];
