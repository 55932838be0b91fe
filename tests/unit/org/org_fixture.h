/* tests/unit/org/org_fixture.h: an opened organisation on a temporary store, people and groups to
 * play with. */
#pragma once
#include "org/org_int.h"
#include "store_fixture.h"

struct org_fixture {
    struct store_fixture s;
    struct rv_cx *cx; /* of the fixture: root until org_fixture_as */
};
void org_fixture_open(struct org_fixture *fx);
void org_fixture_close(struct org_fixture *fx);
/* Forgets what the last call left in the cx: error, principal; root again. */
void org_fixture_root(struct org_fixture *fx);
void org_fixture_as(struct org_fixture *fx, rv_str user_id); /* acts as that person from now on */
void org_fixture_as_app(struct org_fixture *fx); /* as the Access Requests app */
rv_str org_fixture_person(struct org_fixture *fx, const char *login);
void org_fixture_status(struct org_fixture *fx, rv_str person_id, const char *status);
rv_str org_fixture_group(struct org_fixture *fx, const char *name);
void org_fixture_join(struct org_fixture *fx, rv_str group_id, rv_str person_id);
rv_str org_fixture_admin(struct org_fixture *fx); /* the first administrator */
void org_fixture_password(struct org_fixture *fx, rv_str person_id, const char *password);
void org_fixture_feature(struct org_fixture *fx, const char *key, bool on);
void org_fixture_must(struct org_fixture *fx, rv_status st); /* fails with the cx's sentence */
json_t *org_fixture_json(struct org_fixture *fx, const char *text); /* lives as long as the cx */
/* The text that a function wrote, as JSON. */
struct org_writer {
    struct rv_buf b;
    struct rv_jw w;
};
struct rv_jw *org_writer_begin(struct org_writer *o);
json_t *org_writer_end(struct org_fixture *fx, struct org_writer *o);
/* Role with one permission, set with one resource, member: bound together. Give what differs. */
void org_fixture_bind(struct org_fixture *fx, const char *label, const char *permission,
                      const char *orn, const char *member_path, rv_str member_id);
rv_str org_fixture_orn(struct org_fixture *fx, const char *service, const char *rest); /* orn:okta:{service}:{org}:{rest} */
