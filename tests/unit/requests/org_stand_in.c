/* tests/unit/requests/org_stand_in.c: see the header. */
#include "org_stand_in.h"
#include <stdio.h>

struct stand_in stand_in;

rv_status rv_authz(struct rv_cx *cx, struct rv_tx *tx, enum rv_action action,
                   struct rv_object object)
{
    (void)cx, (void)tx, (void)action, (void)object;
    return RV_OK;
}
rv_status rv_authz_may(struct rv_cx *cx, struct rv_tx *tx, enum rv_action action,
                       struct rv_object object, bool *ret)
{
    (void)cx, (void)tx, (void)action, (void)object;
    *ret = true;
    return RV_OK;
}
rv_status rv_authz_list(struct rv_cx *cx, struct rv_tx *tx, enum rv_action action,
                        struct rv_scope *ret)
{
    (void)tx, (void)action;
    bool nothing = cx->principal != NULL && cx->principal->kind == RV_APP && stand_in.sees_nothing;
    *ret = (struct rv_scope){ .all = !nothing, .ids = RV_STR("[]") };
    return RV_OK;
}
rv_status rv_event_add(struct rv_tx *tx, const char *event_type, bool success, rv_str reason,
                       const struct rv_target *targets, size_t n, rv_str detail)
{
    (void)tx, (void)success, (void)reason, (void)targets, (void)n, (void)detail;
    stand_in.events++;
    (void)snprintf(stand_in.last_event, sizeof stand_in.last_event, "%s", event_type);
    return RV_OK;
}
rv_status rv_person_get(struct rv_tx *tx, rv_str id, struct rv_person *ret)
{
    if (!rv_str_starts(id, RV_STR("00u")))
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND, "nobody");
    bool idle = stand_in.idle != NULL && rv_str_eq(id, rv_str_of(stand_in.idle));
    *ret = (struct rv_person){ .id = id,
                               .login = id,
                               .email = id,
                               .name = id,
                               .status = idle ? RV_STR("SUSPENDED") : RV_STR("ACTIVE") };
    return RV_OK;
}
bool rv_feature_on(struct rv_env *env, const char *name)
{
    (void)env;
    return strcmp(name, RV_FEATURE_WORKFLOWS) == 0 && stand_in.feature;
}
int64_t rv_setting_int(struct rv_env *env, const char *name)
{
    (void)env;
    return strcmp(name, "syncInterval") == 0 ? stand_in.interval_ms : -1;
}
rv_status rv_principal_access_requests(struct rv_cx *cx, const struct rv_principal **ret)
{
    static const struct rv_principal app = { .kind = RV_APP,
                                             .id = RV_STR_INIT("0oaaccessrequests000") };
    if (stand_in.app_gone)
        return rv_fail(cx, RV_NOT_FOUND, "no app");
    *ret = &app;
    return RV_OK;
}
rv_status rv_offer_count(struct rv_tx *tx, rv_str class, int64_t *ret)
{
    (void)tx, (void)class;
    *ret = 2;
    return RV_OK;
}
rv_status rv_offer_find(struct rv_tx *tx, rv_str class, rv_str id, bool *ret_found,
                        struct rv_offer *ret)
{
    (void)tx, (void)class;
    *ret_found = rv_str_starts(id, RV_STR("00g"));
    *ret = (struct rv_offer){ .id = id, .name = RV_STR("A group") };
    return RV_OK;
}
rv_status rv_offer_list(struct rv_tx *tx, rv_str class, rv_str q, rv_str after, int n,
                        struct rv_offer **ret, size_t *ret_n)
{
    (void)tx, (void)class, (void)q, (void)after, (void)n;
    *ret = NULL;
    *ret_n = 0;
    return RV_OK;
}

/* ---- of this folder, by others --------------------------------------------------------------- */

rv_status rv_types_recheck(struct rv_tx *tx, enum rv_type_use use, rv_str id)
{
    static const char *const names[] = {
        [RV_USE_LIST] = "LIST", [RV_USE_LIST_ITEM] = "ITEM", [RV_USE_FLOW] = "FLOW",
        [RV_USE_TEAM] = "TEAM", [RV_USE_GROUP] = "GROUP",    [RV_USE_PERSON] = "PERSON",
        [RV_USE_ALL] = "ALL"
    };
    (void)tx;
    size_t n = strlen(stand_in.rechecked);
    (void)snprintf(stand_in.rechecked + n, sizeof stand_in.rechecked - n, "%s:%.*s;", names[use],
                   RV_FMT(id));
    stand_in.rechecks++;
    return RV_OK;
}
rv_status rv_types_using(struct rv_tx *tx, enum rv_type_use use, rv_str id,
                         struct rv_type_ref **ret, size_t *ret_n)
{
    static struct rv_type_ref type = { .id = RV_STR_INIT("aaaaaaaaaaaaaaaaaaaaaaaa"),
                                       .active = true };
    (void)tx, (void)use, (void)id;
    type.name = rv_str_of(stand_in.in_use);
    *ret = &type;
    *ret_n = stand_in.in_use != NULL ? 1 : 0;
    return RV_OK;
}
rv_status rv_team_has_open_requests(struct rv_tx *tx, rv_str team_id, bool *ret)
{
    (void)tx, (void)team_id;
    *ret = stand_in.open_requests;
    return RV_OK;
}
rv_status rv_notice_send(struct rv_tx *tx, const struct rv_notice *n, const rv_str *user_ids,
                         size_t users_n)
{
    (void)tx, (void)user_ids;
    stand_in.notices += (int)users_n;
    (void)snprintf(stand_in.last_notice, sizeof stand_in.last_notice, "%s", n->kind);
    return RV_OK;
}

/* ---- the route table ------------------------------------------------------------------------- */

static void dispatch(void *arg, struct rv_exchange *x)
{
    (void)arg;
    int page = stand_in.calls++;
    (void)snprintf(stand_in.as, sizeof stand_in.as, "%.*s", RV_FMT(x->cx.principal->id));
    x->status = stand_in.page_status != 0 ? stand_in.page_status : 200;
    bool more = page < 2 && stand_in.pages[page + 1] != NULL;
    x->out = rv_printf(&x->cx, "{\"data\":%s,\"_links\":{\"self\":{\"href\":\"x\"}%s}}",
                       stand_in.pages[page] != NULL ? stand_in.pages[page] : "[]",
                       more ? ",\"next\":{\"href\":\"https://reeve.example.com/reeve/api/v1/"
                              "delegated-flows?limit=200&after=abc\"}"
                            : "");
}
struct rv_local stand_in_local = { dispatch, NULL };
