/* org/org_int.h: what the files of src/org give each other.
 *
 * Tables and their owners. Other files of the folder may read these columns in their own statements; only the owner
 * writes them:
 *   organisation(id, name, created_at)                                   org.c        one row
 *   person(id, login, email, status, first_name, last_name, …)           person.c     logins are unique without case
 *   grp(id, name, …), grp_member(group_id, person_id)                    group.c
 *   app(id, name, label, status, …)                                      app.c        an OAuth client is an app
 *   credential(person_id, hash, changed_at)                              password.c
 *   session, setup_link                                                  session.c, setup.c
 *   api_token                                                            token.c
 *   admin_role, admin_role_permission                                    role.c
 *   resource_set, resource_set_item                                      resource_set.c
 *   role_binding, role_member                                            binding.c    custom roles
 *   role_grant(id, member_kind, member_id, type)                         grant.c      standard roles
 * Kinds of members: 'USER', 'GROUP', 'APP'. */
#pragma once
#include "org/org.h"

struct rv_settings; /* setting.c: the cache of settings */
struct rv_features; /* feature.c: the cache of switched-on features */
struct rv_logins; /* session.c: failures of sign-in, in memory */
struct rv_org {
    rv_str id; /* 00o…; heap, NUL behind it */
    rv_str access_requests_app; /* 0oa…; heap: it is made once and its id never changes */
    struct rv_settings *settings;
    struct rv_features *features;
    struct rv_logins *logins;
};

/* ---- opening: each file that keeps something in memory or must seed rows -------------------------------- */

/* In one write transaction at start, on an empty database and on each later start: makes what is missing.
 * Of person.c, group.c, app.c, feature.c, setting.c (Everyone group, features, settings), in seed.c of the directory. */
RV_MUST_CHECK rv_status rv_directory_seed(struct rv_tx *tx);
RV_MUST_CHECK rv_status rv_group_seed(struct rv_tx *tx); /* the group Everyone */
RV_MUST_CHECK rv_status rv_settings_open(struct rv_cx *cx, struct rv_org *o);
void rv_settings_free(struct rv_org *o);
RV_MUST_CHECK rv_status rv_features_open(struct rv_cx *cx, struct rv_org *o);
void rv_features_free(struct rv_org *o);
RV_MUST_CHECK rv_status rv_logins_open(struct rv_cx *cx, struct rv_org *o);
void rv_logins_free(struct rv_org *o);

/* ---- people, groups, applications, for the rest of the folder (no judge, no event) ---------------------- */

struct rv_person_new {
    rv_str login, email, first_name, last_name;
    const char *status; /* "ACTIVE" … */
};
RV_MUST_CHECK rv_status rv_person_insert(struct rv_tx *tx, const struct rv_person_new *p, rv_str *ret_id);
/* After a password was set: passwordChanged, STAGED or PROVISIONED becomes ACTIVE. */
RV_MUST_CHECK rv_status rv_person_password_set(struct rv_tx *tx, rv_str id);
RV_MUST_CHECK rv_status rv_person_signed_in(struct rv_tx *tx, rv_str id); /* lastLogin */
/* An OAuth service app: signOnMode OPENID_CONNECT, grant client_credentials. */
RV_MUST_CHECK rv_status rv_app_insert_service(struct rv_tx *tx, rv_str label, rv_str *ret_id);
struct rv_app_row {
    rv_str id, name, label, status;
};
RV_MUST_CHECK rv_status rv_app_get_row(struct rv_tx *tx, rv_str id, bool *ret_found, struct rv_app_row *ret);

/* ---- credentials, sessions, tokens ------------------------------------------------------------------------ */

/* RV_INVALID with causes at `pointer`. by_other: set by an administrator or a client, 8 characters suffice (security.md 1.3). */
RV_MUST_CHECK rv_status rv_password_check(struct rv_tx *tx, const struct rv_person *p, rv_str password, bool by_other, const char *pointer);
/* Stores a hash that rv_password_hash made (outside of the transaction: it is slow). keep_session: that one stays. */
RV_MUST_CHECK rv_status rv_password_store(struct rv_tx *tx, rv_str person_id, rv_str encoded, rv_str keep_session);
RV_MUST_CHECK rv_status rv_password_has(struct rv_tx *tx, rv_str person_id, bool *ret);
RV_MUST_CHECK rv_status rv_password_encoded(struct rv_tx *tx, rv_str person_id, rv_str *ret); /* absent: none */
/* A link for /setup?token=…; it ends older ones of that person. */
RV_MUST_CHECK rv_status rv_setup_make(struct rv_tx *tx, rv_str person_id, int64_t life_ms, rv_str *ret_token);
/* Deactivated, deleted: sessions and links end, tokens stop (they are deleted when `forever`). Deleted: also every grant and membership. */
RV_MUST_CHECK rv_status rv_access_end(struct rv_tx *tx, rv_str person_id, bool forever);
/* A deleted group, app or person: its roles and memberships of bindings go. */
RV_MUST_CHECK rv_status rv_roles_end(struct rv_tx *tx, const char *kind, rv_str id);

/* ---- rules of escalation (security.md 2.5) ----------------------------------------------------------------- */

/* Would the organisation keep an active super administrator without this person? RV_FORBIDDEN E0000038 otherwise. */
RV_MUST_CHECK rv_status rv_guard_last_super(struct rv_tx *tx, rv_str without_person);
/* Acting on a user (reset, change login, deactivate, password) needs at least the rights of that user (2.5d). */
RV_MUST_CHECK rv_status rv_guard_user(struct rv_tx *tx, rv_str person_id);
/* Adding a member to a group that carries a role grants it (2.5c): only super administrators. */
RV_MUST_CHECK rv_status rv_guard_group(struct rv_tx *tx, rv_str group_id);

/* Of rv_event_add, after the row is written: leaves a job when somebody waits for events of this type. */
RV_MUST_CHECK rv_status rv_event_tell(struct rv_tx *tx, const char *event_type, rv_str event_id);

/* ---- permissions -------------------------------------------------------------------------------------------- */

struct rv_permission {
    const char *name, *label;
    const char *also; /* name that this one implies, or NULL */
    const char *held_by; /* standard roles that hold it, blanks between; super administrators hold all */
    bool custom; /* a custom role may hold it */
};
extern const struct rv_permission rv_permissions[]; /* ends with .name == NULL */
const struct rv_permission *rv_permission_find(rv_str name); /* NULL: unknown */

/* ---- helpers of the directory (directory.c) ------------------------------------------------------------------ */

/* A cause at `pointer` whose text is `field: sentence`; the first one makes "Api validation failed: <thing>" (api.md 3). */
rv_status rv_invalid(struct rv_cx *cx, const char *thing, const char *pointer, const char *format, ...) RV_PRINTF(4, 5);
rv_str rv_fold(struct rv_cx *cx, rv_str s); /* case folded for comparison; absent stays absent */
rv_str rv_after(struct rv_cx *cx, rv_str prefix); /* the least text above all that begin with prefix */
extern const char rv_unique_sentence[]; /* "An object with this field already exists in the current organization" */
/* {"href":…,"method"?:…} under a key */
void rv_jw_link(struct rv_jw *w, const char *key, rv_str href, const char *method);

/* ---- the mail server, for setting.c and mailq.c ---------------------------------------------------------------- */

struct rv_mail_settings {
    struct rv_mail_server server; /* strings in cx's arena; host absent: none is set */
    rv_str from, from_name;
};
RV_MUST_CHECK rv_status rv_mail_settings(struct rv_cx *cx, struct rv_mail_settings *ret);
RV_MUST_CHECK rv_status rv_mail_wake(struct rv_tx *tx); /* the server's settings changed: queued mail is due now */

/* ---- features with another registry, for tests (access-requests.md 10: a release that marks one GA) -------------- */

enum rv_stage { RV_BETA_OPEN, RV_BETA_CLOSED, RV_EA, RV_GA };
struct rv_feature {
    const char *key, *id, *name, *description;
    enum rv_stage stage;
    bool def;
    const char *depends_on[4]; /* keys */
};
extern const struct rv_feature rv_feature_registry[]; /* ends with .key == NULL */
RV_MUST_CHECK rv_status rv_features_open_with(struct rv_cx *cx, struct rv_org *o, const struct rv_feature *registry);
