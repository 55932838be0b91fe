/* tests/unit/flows/org_stand_in.c: what src/flows asks of src/org and of the route table, answered
 * without them. */
#include "flow_fixture.h"
#include <stdio.h>

struct org_stand_in org_stand_in;

rv_status rv_authz(struct rv_cx *cx, struct rv_tx *tx, enum rv_action action,
                   struct rv_object object)
{
    (void)tx;
    (void)object;
    return action == org_stand_in.refused && action != RV_A_NONE
               ? rv_fail(cx, RV_FORBIDDEN, "refused")
               : RV_OK;
}
rv_status rv_authz_may(struct rv_cx *cx, struct rv_tx *tx, enum rv_action action,
                       struct rv_object object, bool *ret)
{
    (void)cx;
    (void)tx;
    (void)object;
    *ret = action != org_stand_in.refused || action == RV_A_NONE;
    return RV_OK;
}
rv_status rv_authz_list(struct rv_cx *cx, struct rv_tx *tx, enum rv_action action,
                        struct rv_scope *ret)
{
    (void)cx;
    (void)tx;
    (void)action;
    *ret = (struct rv_scope){ .all = true, .ids = RV_STR("[]") };
    return RV_OK;
}
rv_status rv_event_add(struct rv_tx *tx, const char *event_type, bool success, rv_str reason,
                       const struct rv_target *targets, size_t n, rv_str detail)
{
    (void)tx;
    (void)success;
    (void)reason;
    (void)targets;
    (void)n;
    (void)detail;
    __atomic_add_fetch(&org_stand_in.events, 1, __ATOMIC_SEQ_CST);
    org_stand_in.last_event = event_type;
    return RV_OK;
}
void rv_event_later(const struct rv_cx *cx, const char *event_type, rv_str reason,
                    struct rv_target target, rv_str detail)
{
    (void)cx;
    (void)event_type;
    (void)reason;
    (void)target;
    (void)detail;
}
void rv_event_viewed(const struct rv_cx *cx, const char *event_type, struct rv_target target)
{
    (void)cx;
    (void)event_type;
    (void)target;
}
static const struct rv_principal app = { .kind = RV_APP, .id = RV_STR_INIT("0oaaccessrequests000"), .name = RV_STR_INIT("Access Requests") };
bool rv_principal_is_access_requests(const struct rv_cx *cx)
{
    return cx->principal != NULL && rv_str_eq(cx->principal->id, app.id);
}
static const struct rv_principal person = { .kind = RV_USER, .id = RV_STR_INIT("00uperson0000000000a"), .name = RV_STR_INIT("Ada Person"),
                                            .login = RV_STR_INIT("ada@example.com") };
rv_status rv_principal_of_user(struct rv_cx *cx, rv_str user_id, const struct rv_principal **ret)
{
    (void)cx;
    (void)user_id;
    *ret = &person;
    return RV_OK;
}

rv_status rv_principal_of_user_in(struct rv_tx *tx, rv_str user_id, const struct rv_principal **ret)
{
    return rv_principal_of_user(rv_tx_cx(tx), user_id, ret);
}
rv_str rv_base_url(struct rv_cx *cx)
{
    (void)cx;
    return RV_STR("https://reeve.example.com");
}
static void dispatch(void *arg, struct rv_exchange *x)
{
    static const char user[] = "{\"id\":\"00urita00000000000aa\",\"status\":\"ACTIVE\",\"created\":"
                               "\"2026-01-01T00:00:00.000Z\","
                               "\"profile\":{\"login\":\"rita@example.com\",\"email\":\"rita@"
                               "example.com\",\"firstName\":\"Rita\",\"lastName\":\"Requester\"}}";
    (void)arg;
    bool known = rv_str_ends(x->path, RV_STR("/rita@example.com")) && org_stand_in.api_status == 0;
    __atomic_fetch_add(&org_stand_in.api_calls, 1, __ATOMIC_SEQ_CST);
    x->status = known ? 200 : org_stand_in.api_status != 0 ? org_stand_in.api_status : 404;
    x->out = known ? rv_str_of(user) : RV_STR("{\"errorCode\":\"E0000007\"}");
}
struct rv_local org_stand_in_local = { dispatch, NULL };
static void copy(char *to, size_t size, rv_str s)
{
    (void)snprintf(to, size, "%.*s", RV_FMT(s));
}
static void *deliver(void *arg)
{
    struct rv_mail_deliver *d = arg;
    d->done(d);
    return NULL;
}
/* From another thread, as the client does it. */
void rv_mail_deliver(struct rv_mail_deliver *d)
{
    pthread_t t;
    org_stand_in.mails++;
    copy(org_stand_in.mail_to, sizeof org_stand_in.mail_to, d->mail.to);
    copy(org_stand_in.mail_subject, sizeof org_stand_in.mail_subject, d->mail.subject);
    copy(org_stand_in.mail_text, sizeof org_stand_in.mail_text, d->mail.text);
    copy(org_stand_in.mail_id, sizeof org_stand_in.mail_id, d->mail.message_id);
    d->st = org_stand_in.mail_status;
    if (pthread_create(&t, NULL, deliver, d) == 0)
        (void)pthread_detach(t);
}
/* One event and one subscriber. */
rv_status rv_event_subscribe(struct rv_tx *tx, rv_str event_type, rv_str subscriber)
{
    (void)tx;
    copy(org_stand_in.event_type, sizeof org_stand_in.event_type, event_type);
    copy(org_stand_in.subscriber, sizeof org_stand_in.subscriber, subscriber);
    return RV_OK;
}
rv_status rv_event_unsubscribe(struct rv_tx *tx, rv_str subscriber)
{
    (void)tx;
    if (rv_str_eq(subscriber, rv_str_of(org_stand_in.subscriber)))
        org_stand_in.subscriber[0] = '\0';
    return RV_OK;
}
rv_status rv_event_subscribers(struct rv_tx *tx, rv_str event_type, rv_str **ret, size_t *ret_n)
{
    static rv_str one;
    (void)tx;
    one = rv_str_of(org_stand_in.subscriber);
    *ret = &one;
    *ret_n = one.n > 0 && rv_str_eq(event_type, rv_str_of(org_stand_in.event_type)) ? 1 : 0;
    return RV_OK;
}
rv_status rv_event_load(struct rv_tx *tx, rv_str id, bool *ret_found, rv_str *ret_type,
                        rv_str *ret_json)
{
    (void)tx;
    *ret_found = rv_str_eq(id, RV_STR("e1")) || rv_str_eq(id, RV_STR("e2")); /* they say the same */
    *ret_type = RV_STR("access.request.create");
    *ret_json = RV_STR(
        "{\"uuid\":\"e1\",\"published\":\"2026-02-03T04:05:06.000Z\",\"eventType\":\"access."
        "request.create\",\"version\":\"0\","
        "\"displayMessage\":\"Access request "
        "created\",\"actor\":{\"id\":\"00urita\",\"type\":\"User\",\"alternateId\":\"rita@example."
        "com\","
        "\"displayName\":\"Rita "
        "Requester\"},\"target\":[{\"id\":\"00urita\",\"type\":\"User\"},{\"id\":\"r1\",\"type\":"
        "\"AccessRequest\","
        "\"displayName\":\"Badge access\"}],\"debugContext\":{\"debugData\":{\"number\":7}}}");
    return RV_OK;
}

rv_status rv_auth_header(struct rv_cx *cx, rv_str authorization, rv_str peer)
{
    (void)authorization;
    (void)peer;
    return rv_fail(cx, RV_BAD_TOKEN, "no tokens here");
}

rv_status rv_guard_recent(struct rv_cx *cx)
{
    (void)cx;
    return RV_OK;
}

int64_t rv_setting_int(struct rv_env *env, const char *name)
{
    (void)env;
    (void)name; /* runRetention is the only one that flows read */
    return INT64_C(30) * 86400000;
}

rv_str rv_setting_text(struct rv_env *env, struct rv_cx *cx, const char *name)
{
    (void)env;
    (void)cx;
    (void)name;
    return RV_STR("Test organisation");
}

rv_str rv_org_id(struct rv_env *env)
{
    (void)env;
    return RV_STR("00otest");
}

rv_status rv_person_find(struct rv_tx *tx, rv_str id_or_login_or_email, bool *ret_found,
                         struct rv_person *ret)
{
    (void)tx;
    (void)id_or_login_or_email;
    (void)ret;
    *ret_found = false;
    return RV_OK;
}
