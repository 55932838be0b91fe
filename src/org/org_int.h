/* org/org_int.h: what the files of src/org give each other.
 *
 * Tables and their owners. Other files of the folder may read these columns in their own
 * statements; only the owner writes them: organisation(id, name, created_at) org.c        one row
 *   person(id, login, email, status, first_name, last_name, …)           person.c     logins are
 * unique without case grp(id, name, …), grp_member(group_id, person_id)                    group.c
 *   app(id, name, label, status, …)                                      app.c        an OAuth
 * client is an app credential(person_id, hash, changed_at)                              password.c
 *   session, setup_link                                                  session.c, setup.c
 *   api_token                                                            token.c
 *   admin_role, admin_role_permission                                    role.c
 *   resource_set, resource_set_item                                      resource_set.c
 *   role_binding, role_member                                            binding.c    custom roles
 *   role_grant(id, member_kind, member_id, type)                         grant.c      standard
 * roles Kinds of members: 'USER', 'GROUP', 'APP'. */
#pragma once
#include "org/org.h"

#include <stdatomic.h>

struct rv_settings; /* setting.c: the cache of settings */
struct rv_features; /* feature.c: the cache of switched-on features */
struct rv_logins; /* session.c: failures of sign-in, in memory */
struct rv_org {
    rv_str id; /* 00o…; heap, NUL behind it */
    rv_str access_requests_app; /* 0oa…; heap: it is made once and its id never changes */
    struct rv_settings *settings;
    struct rv_features *features;
    struct rv_logins *logins;
    atomic_int mails_under_way; /* mailq.c */
};

/* ---- opening: each file that keeps something in memory or must seed rows --------------------- */

/* In one write transaction at start, on an empty database and on each later start: makes what is
 * missing. Of person.c, group.c, app.c, feature.c, setting.c (Everyone group, features, settings),
 * in seed.c of the directory. */
RV_MUST_CHECK rv_status rv_directory_seed(struct rv_tx *tx);
RV_MUST_CHECK rv_status rv_group_seed(struct rv_tx *tx); /* the group Everyone */
RV_MUST_CHECK rv_status rv_settings_open(struct rv_cx *cx, struct rv_org *o);
void rv_settings_free(struct rv_org *o);
RV_MUST_CHECK rv_status rv_features_open(struct rv_cx *cx, struct rv_org *o);
void rv_features_free(struct rv_org *o);
RV_MUST_CHECK rv_status rv_logins_open(struct rv_cx *cx, struct rv_org *o);
void rv_logins_free(struct rv_org *o);

/* ---- people, groups, applications, for the rest of the folder (no judge, no event) ----------- */

struct rv_person_new {
    rv_str login, email, first_name, last_name;
    const char *status; /* "ACTIVE" … */
};
RV_MUST_CHECK rv_status rv_person_insert(struct rv_tx *tx, const struct rv_person_new *p,
                                         rv_str *ret_id);
/* After a password was set: passwordChanged; PROVISIONED, STAGED, RECOVERY and PASSWORD_EXPIRED
 * become ACTIVE. */
RV_MUST_CHECK rv_status rv_person_password_set(struct rv_tx *tx, rv_str id);
RV_MUST_CHECK rv_status rv_person_signed_in(struct rv_tx *tx, rv_str id); /* lastLogin */
/* An OAuth service app: signOnMode OPENID_CONNECT, grant client_credentials. */
RV_MUST_CHECK rv_status rv_app_insert_service(struct rv_tx *tx, rv_str label, rv_str *ret_id);
struct rv_app_row {
    rv_str id, name, label, status;
    bool client; /* an OAuth client */
};
RV_MUST_CHECK rv_status rv_assignment_has(struct rv_tx *tx, rv_str app_id, rv_str member_id, bool *ret); /* a person or a group */
RV_MUST_CHECK rv_status rv_app_get_row(struct rv_tx *tx, rv_str id, bool *ret_found,
                                       struct rv_app_row *ret);
/* The same, once the judge allows the action on it. */
RV_MUST_CHECK rv_status rv_app_judged(struct rv_tx *tx, rv_str id, enum rv_action action,
                                      struct rv_app_row *ret);
/* Secrets (app_secret.c), scopes (app_grant.c) and tokens (oauth.c) of an application. A deleted
 * one loses all; scopes: blanks between. */
rv_str rv_app_secret_new(struct rv_cx *cx);
RV_MUST_CHECK rv_status rv_app_secret_insert(struct rv_tx *tx, rv_str app_id, rv_str id,
                                             rv_str secret, rv_str status);
RV_MUST_CHECK rv_status rv_app_secret_is(struct rv_tx *tx, rv_str app_id, rv_str secret, bool *ret);
RV_MUST_CHECK rv_status rv_app_secrets_end(struct rv_tx *tx, rv_str app_id);
RV_MUST_CHECK rv_status rv_app_scopes(struct rv_tx *tx, rv_str app_id, rv_str *ret);
RV_MUST_CHECK rv_status rv_app_grants_end(struct rv_tx *tx, rv_str app_id);
RV_MUST_CHECK rv_status rv_oauth_tokens_end(struct rv_tx *tx, rv_str app_id);
bool rv_scope_is_known(rv_str scope);
/* Sets the principal of the cx; RV_BAD_TOKEN for whatever is not right about it. */
RV_MUST_CHECK rv_status rv_oauth_bearer(struct rv_cx *cx, rv_str token, rv_str peer);
RV_MUST_CHECK rv_status rv_principal_of_app(struct rv_cx *cx, rv_str app_id,
                                            const struct rv_principal **ret);

/* ---- credentials, sessions, tokens ----------------------------------------------------------- */

/* RV_INVALID with causes at `pointer`. by_other: set by an administrator or a client, 8 characters
 * suffice (security.md 1.3). */
RV_MUST_CHECK rv_status rv_password_check(struct rv_tx *tx, const struct rv_person *p,
                                          rv_str password, bool by_other, const char *pointer);
/* Stores a hash that rv_password_hash made (outside of the transaction: it is slow). keep_session:
 * that one stays. */
RV_MUST_CHECK rv_status rv_password_store(struct rv_tx *tx, rv_str person_id, rv_str encoded,
                                          rv_str keep_session);
RV_MUST_CHECK rv_status rv_password_has(struct rv_tx *tx, rv_str person_id, bool *ret);
RV_MUST_CHECK rv_status rv_password_encoded(struct rv_tx *tx, rv_str person_id, rv_str *ret); /* absent: none */
RV_MUST_CHECK rv_status rv_password_delete(struct rv_tx *tx, rv_str person_id);
/* Secrets of sessions, links and tokens: 43 characters; the name of a row is a keyed hash of kind
 * and secret. */
rv_str rv_secret_new(struct rv_cx *cx);
rv_str rv_secret_name(struct rv_cx *cx, const char *kind, rv_str secret);
RV_MUST_CHECK rv_status rv_session_insert(struct rv_tx *tx, rv_str person_id, rv_str peer,
                                          rv_str cookie);
/* Failed sign-ins: RV_RATE while the login or the address has to wait. */
RV_MUST_CHECK rv_status rv_logins_allow(struct rv_cx *cx, rv_str login, rv_str peer);
void rv_logins_failed(struct rv_cx *cx, rv_str login, rv_str peer);
void rv_logins_succeeded(struct rv_cx *cx, rv_str login);
/* A link for /setup?token=…; it ends older ones of that person. */
RV_MUST_CHECK rv_status rv_setup_make(struct rv_tx *tx, rv_str person_id, int64_t life_ms,
                                      rv_str *ret_token);
RV_MUST_CHECK rv_status rv_sessions_end(struct rv_tx *tx, rv_str person_id);
/* Deactivated, deleted: sessions and links end, tokens stop (they are deleted when `forever`).
 * Deleted: also every grant and membership. */
RV_MUST_CHECK rv_status rv_access_end(struct rv_tx *tx, rv_str person_id, bool forever);
/* A deleted group, app or person: its roles and memberships of bindings go; RV_FORBIDDEN when no
 * super administrator would be left. */
RV_MUST_CHECK rv_status rv_roles_end(struct rv_tx *tx, const char *kind, rv_str id);

/* Columns of a person p that make a principal; any statement may begin with them. rv_principal_read
 * takes them off the front of the row and tells whether the person is active. */
#define RV_GROUPS_OF_P "(SELECT x.group_id FROM grp_member x WHERE x.person_id = p.id)"
#define RV_PRINCIPAL_COLUMNS                                                                                           \
    "p.id, p.status, p.login, p.email, p.first_name, p.last_name, "                                                   \
    /* 2 super administrator, 1 any other role, 0 none; the first arm that says something decides */                   \
    "COALESCE((SELECT 2 FROM role_grant g WHERE g.member_id = p.id AND g.type = 'SUPER_ADMIN'), "                      \
    "(SELECT 2 FROM grp_member x JOIN role_grant g ON g.member_id = x.group_id WHERE x.person_id = p.id AND g.type = 'SUPER_ADMIN' LIMIT 1), " \
    "(SELECT 1 FROM role_grant g WHERE g.member_id = p.id LIMIT 1), (SELECT 1 FROM role_member m WHERE m.member_id = p.id LIMIT 1), " \
    "(SELECT 1 FROM grp_member x JOIN role_grant g ON g.member_id = x.group_id WHERE x.person_id = p.id LIMIT 1), "    \
    "(SELECT 1 FROM grp_member x JOIN role_member m ON m.member_id = x.group_id WHERE x.person_id = p.id LIMIT 1), 0) AS rights"
#define RV_PRINCIPAL_OUT "id:text status:text login:text email:text first_name:text last_name:text rights:int"
enum { RV_PRINCIPAL_N = 7 };
bool rv_principal_read(struct rv_rows *r, struct rv_principal *ret);

/* ---- rules of escalation (security.md 2.5) --------------------------------------------------- */

/* Would the organisation keep an active super administrator without this person? RV_FORBIDDEN
 * E0000038 otherwise. */
RV_MUST_CHECK rv_status rv_guard_last_super(struct rv_tx *tx, rv_str without_person);
/* Acting on a user (reset, change login, deactivate, password) needs at least the rights of that
 * user (2.5d). */
RV_MUST_CHECK rv_status rv_guard_user(struct rv_tx *tx, rv_str person_id);
/* Adding a member to a group that carries a role grants it (2.5c): only super administrators. */
RV_MUST_CHECK rv_status rv_guard_group(struct rv_tx *tx, rv_str group_id);

/* Of rv_event_add, after the row is written: leaves a job when somebody waits for events of this
 * type. */
RV_MUST_CHECK rv_status rv_event_tell(struct rv_tx *tx, const char *event_type, int64_t seq);

/* ---- permissions (permission.c) -------------------------------------------------------------- */

/* What a permission acts on: which ORNs of a resource set can cover it (resource_set.c). */
enum rv_cover {
    RV_COVER_ORG, /* no resource: the organisation itself */
    RV_COVER_USERS, RV_COVER_GROUPS, RV_COVER_APPS, RV_COVER_IAM, RV_COVER_DELEGATED, /* flows, by themselves */
    RV_COVER_FLOWS, /* flows and folders, also by a folder above */
    RV_COVER_CONNECTIONS, RV_COVER_TABLES, RV_COVER_OTHER /* kept, nothing here asks for it */
};
struct rv_permission {
    const char *name, *label;
    const char *by; /* names that imply this one, blanks between; "" none */
    const char *held_by; /* standard roles that hold it, blanks between; super administrators hold all */
    enum rv_cover cover;
    bool custom; /* a custom role may hold it */
    const char *shown_as; /* second name under which the wire lists it too (api.md 10), or NULL */
};
extern const struct rv_permission rv_permissions[]; /* ends with .name == NULL */
const struct rv_permission *rv_permission_find(rv_str name); /* NULL: unknown */
/* Is it one of the flow console: delegated flows, flows and folders, tables, connections? NULL: no. */
bool rv_permission_of_flows(const struct rv_permission *p);
/* Does a standard role hold such a permission by its type? Super administrators hold all and are none of these. */
bool rv_standard_role_of_flows(rv_str type);
bool rv_word_in(const char *words, rv_str word); /* blanks between words */

/* Standard roles (grant.c): type, label, and for IAM-based ones their predefined resource set. */
struct rv_standard_role {
    const char *type, *label;
    const char *derived_id; /* of the assignment, for types that can carry targets; or NULL */
    const char *set; /* id of the predefined resource set, or NULL */
    const char *set_label, *set_tail;
};
extern const struct rv_standard_role rv_standard_roles[]; /* ends with .type == NULL */
const struct rv_standard_role *rv_standard_role_find(rv_str type);
const struct rv_standard_role *rv_standard_role_of_set(rv_str set_id);

RV_MUST_CHECK rv_status rv_grant_seed(struct rv_tx *tx, rv_str person_id, const char *type); /* without judge and event */
int64_t rv_access_limit(const char *name);

/* ---- members --------------------------------------------------------------------------------- */

struct rv_member_kind_info {
    const char *name; /* 'USER' … in tables */
    const char *assignment; /* assignmentType on the wire */
    const char *path; /* of its URL, before the id */
    const char *grant_event, *revoke_event, *target, *wire_kind;
    const char *flows_grant_event, *flows_revoke_event; /* of a role in flows, or NULL */
};
extern const struct rv_member_kind_info rv_member_kinds[RV_MEMBER_N];
enum rv_member_kind rv_member_kind_of(rv_str name);
struct rv_role_member {
    enum rv_member_kind kind;
    rv_str id, name; /* name: for events */
};
/* Reads the member; RV_NOT_FOUND "… (User)" and so on. */
RV_MUST_CHECK rv_status rv_member_load(struct rv_tx *tx, enum rv_member_kind kind, rv_str id,
                                       struct rv_role_member *ret);
/* Of a member URL {base}/api/v1/users/{id} …; RV_INVALID at pointer for anything else. */
RV_MUST_CHECK rv_status rv_member_of_url(struct rv_tx *tx, rv_str url, const char *pointer,
                                         struct rv_role_member *ret);
/* The same of a member that may be gone already: then it is called by its id. */
RV_MUST_CHECK rv_status rv_member_load_or_id(struct rv_tx *tx, enum rv_member_kind kind, rv_str id,
                                             struct rv_role_member *ret);
/* The event workflows.user.role.… that a person or group got (grant) or lost a role in flows; of an
 * application none. role_target is the type of the target, "ROLE" or "CUSTOM_ROLE". */
RV_MUST_CHECK rv_status rv_member_tell_flows(struct rv_tx *tx, bool grant,
                                             const struct rv_role_member *m,
                                             const char *role_target, rv_str role_id,
                                             rv_str role_label);

/* An application needs the feature iam.app_role_assignments; a built-in group holds no roles. */
RV_MUST_CHECK rv_status rv_member_may_hold(struct rv_tx *tx, const struct rv_role_member *m,
                                           const char *pointer);

/* ---- roles and sets in transactions ---------------------------------------------------------- */

struct rv_role_row {
    rv_str id, label, description;
    int64_t created_at, updated_at;
};
RV_MUST_CHECK rv_status rv_role_find(struct rv_tx *tx, rv_str id_or_label, bool *ret_found,
                                     struct rv_role_row *ret);
RV_MUST_CHECK rv_status rv_role_of_flows(struct rv_tx *tx, rv_str role_id, bool *ret); /* has one of rv_permission_of_flows */
struct rv_set_row {
    rv_str id, label, description;
    int64_t created_at, updated_at;
    const struct rv_standard_role *predefined; /* of this standard role, or NULL */
};
RV_MUST_CHECK rv_status rv_set_find(struct rv_tx *tx, rv_str id_or_label, bool *ret_found,
                                    struct rv_set_row *ret);
/* Puts the member into the binding of role and set, which is made when it is missing; events.
 * RV_CONFLICT E0000090: already there. */
RV_MUST_CHECK rv_status rv_binding_put(struct rv_tx *tx, const struct rv_set_row *s,
                                       const struct rv_role_row *r, const struct rv_role_member *m,
                                       rv_str *ret_id);
RV_MUST_CHECK rv_status rv_binding_remove_member(struct rv_tx *tx, rv_str member_row_id);
struct rv_binding_member {
    rv_str id, set_id;
    struct rv_role_row role;
    int64_t created_at;
    struct rv_binding_member *next;
};
RV_MUST_CHECK rv_status rv_binding_members_of(struct rv_tx *tx, rv_str member_id,
                                              struct rv_binding_member **ret);
RV_MUST_CHECK rv_status rv_bindings_forget(struct rv_tx *tx, rv_str member_id); /* a member that is being deleted */
RV_MUST_CHECK rv_status rv_bindings_end(struct rv_tx *tx, rv_str set_id); /* a set that is being deleted */
RV_MUST_CHECK rv_status rv_grant_members(struct rv_tx *tx, const struct rv_standard_role *role,
                                         int64_t after, struct rv_iam_page *page, struct rv_jw *w);
/* 2.5b: nobody changes a binding that names themselves or a group they are in. */
RV_MUST_CHECK rv_status rv_guard_self(struct rv_tx *tx, rv_str member_id);
/* The check of IAM_READ or IAM_MANAGE; both are for the whole organisation. */
RV_MUST_CHECK rv_status rv_iam_ask(struct rv_tx *tx, enum rv_action action);
/* Pages by position: `after` as a number (0: first page); full tells that row n is the first of the
 * next page and notes the position of the last row in page->next. */
RV_MUST_CHECK rv_status rv_page_position(struct rv_cx *cx, const struct rv_iam_page *page,
                                         int64_t *ret);
bool rv_page_full(struct rv_cx *cx, struct rv_iam_page *page, int n, int64_t last);
rv_str rv_orn_tail(rv_str orn); /* behind "orn:{partition}:"; absent: not an ORN */
RV_MUST_CHECK rv_status rv_iam_label_check(struct rv_cx *cx, rv_str label, rv_str description, const char *kind); /* "role", "set" */
rv_status rv_iam_label_taken(struct rv_cx *cx); /* RV_INVALID */
rv_str rv_href(struct rv_cx *cx, const char *format, ...) RV_PRINTF(2, 3); /* base URL and path */
void rv_jw_href(struct rv_jw *w, const char *name, rv_str href); /* "name":{"href":…} */

/* ---- helpers of the directory (directory.c) -------------------------------------------------- */

/* A cause at `pointer` whose text is `field: sentence`; the first one makes "Api validation failed:
 * <thing>" (api.md 3). */
rv_status rv_invalid(struct rv_cx *cx, const char *thing, const char *pointer, const char *format,
                     ...) RV_PRINTF(4, 5);
rv_str rv_after(struct rv_cx *cx, rv_str prefix); /* the least text above all that begin with prefix */
extern const char rv_unique_sentence[]; /* "An object with this field already exists in the current organization" */
/* {"href":…,"method"?:…} under a key */
void rv_jw_link(struct rv_jw *w, const char *key, rv_str href, const char *method);

/* ---- the mail server, for setting.c and mailq.c ---------------------------------------------- */

struct rv_mail_settings {
    struct rv_mail_server server; /* strings in cx's arena; host absent: none is set */
    rv_str from, from_name;
    int64_t version; /* of the settings */
};
int64_t rv_settings_version(struct rv_env *env);
RV_MUST_CHECK rv_status rv_mail_settings(struct rv_cx *cx, struct rv_mail_settings *ret);
RV_MUST_CHECK rv_status rv_mail_wake(struct rv_tx *tx); /* the server's settings changed: queued mail is due now */

/* ---- features with another registry, for tests (access-requests.md 10: a release that marks one
 * GA)  */

enum rv_stage { RV_BETA_OPEN, RV_BETA_CLOSED, RV_EA, RV_GA };
struct rv_feature {
    const char *key, *id, *name, *description;
    enum rv_stage stage;
    bool def;
    const char *depends_on[4]; /* keys */
};
extern const struct rv_feature rv_feature_registry[]; /* ends with .key == NULL */
RV_MUST_CHECK rv_status rv_features_open_with(struct rv_cx *cx, struct rv_org *o,
                                              const struct rv_feature *registry);
