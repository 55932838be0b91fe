/* org/person_int.h: what the files about people share: person.c (rows), profile.c (attributes),
 * person_list.c, person_change.c. Private to the folder. */
#pragma once
#include "org/org_int.h"

struct rv_person_row {
    rv_str id, login, email, first_name, last_name, status, manager, zone, locale;
    rv_str profile; /* JSON text of the attributes that have no member here */
    int64_t created_at, activated_at, status_at, login_at, updated_at, password_at, version;
};
#define RV_PERSON_COLUMNS                                                                                                         \
    "p.id, p.login, p.email, p.first_name, p.last_name, p.status, p.manager, p.zone, p.locale, p.profile, p.created_at, "          \
    "p.activated_at, p.status_at, p.login_at, p.updated_at, p.password_at, p.version"
#define RV_PERSON_OUT                                                                                                             \
    "id:text login:text email:text first_name:text last_name:text status:text manager:text zone:text locale:text profile:text "   \
    "created_at:time activated_at:time status_at:time login_at:time updated_at:time password_at:time version:int"
void rv_person_read_row(struct rv_rows *r, struct rv_person_row *ret);
RV_MUST_CHECK rv_status rv_person_row_get(struct rv_tx *tx, rv_str id, bool *ret_found,
                                          struct rv_person_row *ret);
/* id, login, short name or "me"; asks the judge for `action` on that person. RV_NOT_FOUND names
 * (User). */
RV_MUST_CHECK rv_status rv_person_row_for(struct rv_tx *tx, rv_str who, enum rv_action action,
                                          struct rv_person_row *ret);
/* RV_INVALID when another person has the login. */
RV_MUST_CHECK rv_status rv_person_row_insert(struct rv_tx *tx, struct rv_person_row *p);
RV_MUST_CHECK rv_status rv_person_row_update(struct rv_tx *tx, const struct rv_person_row *p); /* profile and login */
RV_MUST_CHECK rv_status rv_person_row_status(struct rv_tx *tx, rv_str id, const char *status,
                                             bool activated);
RV_MUST_CHECK rv_status rv_person_row_delete(struct rv_tx *tx, rv_str id);
void rv_person_of_row(struct rv_cx *cx, const struct rv_person_row *row, struct rv_person *ret);
struct rv_target rv_person_target(struct rv_cx *cx, const struct rv_person_row *p);
bool rv_person_status_is_active(rv_str status); /* not STAGED, SUSPENDED, DEPROVISIONED */

/* Merges the members of a body's profile into p; replace: absent ones become empty. thing:
 * "newUser", "user". */
RV_MUST_CHECK rv_status rv_profile_merge(struct rv_cx *cx, const json_t *profile, bool replace,
                                         const char *thing, struct rv_person_row *p);
enum rv_links { RV_LINKS_NONE /* nobody follows them */, RV_LINKS_SELF /* lists */, RV_LINKS_ALL };
RV_MUST_CHECK rv_status rv_person_write(struct rv_cx *cx, struct rv_jw *w,
                                        const struct rv_person_row *p, enum rv_links links);

/* assignment.c: events of who gains or loses an application. A membership was added or ended; a
 * person came (created, active again) or went (deactivated: own assignments end, too); a group is
 * about to be deleted. */
RV_MUST_CHECK rv_status rv_assignment_membership(struct rv_tx *tx, rv_str group_id,
                                                 const struct rv_person_row *p, bool member);
RV_MUST_CHECK rv_status rv_assignment_person(struct rv_tx *tx, const struct rv_person_row *p,
                                             bool there);
RV_MUST_CHECK rv_status rv_assignment_group_end(struct rv_tx *tx, rv_str group_id, rv_str name);

/* group.c: adds a new person, asking for GROUP_MEMBERS; RV_INVALID when there is no such group. */
RV_MUST_CHECK rv_status rv_group_join(struct rv_tx *tx, rv_str group_id,
                                      const struct rv_person_row *p);
