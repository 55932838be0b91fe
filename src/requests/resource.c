/* requests/resource.c: resource types: what Access Requests sees of people, groups, applications
 * and workflows, which teams may use it, and why it sees nothing when it sees nothing
 * (access-requests.md 5.3, 6.3).
 *
 * People, groups and applications lie in the same database and are always current; workflows are
 * the snapshot of the last synchronisation (sync.c). */
#include "requests/requests_int.h"

const char *const rv_resource_names[] = { "users", "groups", "applications", "workflows", NULL };

static const struct {
    const char *type, *label, *empty;
} kinds[] = {
    { "users", "Users", "0 people visible: nobody is active." },
    { "groups", "Groups", "0 groups visible: no group is pushed to Access Requests." },
    { "applications", "Applications", "0 applications visible: there is none." },
    { "workflows", "Workflows", NULL },
};

const char *rv_resource_label(const char *type)
{
    for (size_t i = 0; i < RV_LEN(kinds); i++) {
        if (strcmp(kinds[i].type, type) == 0)
            return kinds[i].label;
    }
    RV_BUG("resource type %s", type);
}

bool rv_resource_offered(struct rv_env *env, const char *type)
{
    return strcmp(type, "workflows") != 0 || rv_feature_on(env, RV_FEATURE_WORKFLOWS);
}

/* The constant name of an offered type, or RV_NOT_FOUND. */
static rv_status known(struct rv_cx *cx, rv_str type, const char **ret)
{
    for (size_t i = 0; i < RV_LEN(kinds); i++) {
        if (rv_str_eq(type, rv_str_of(kinds[i].type)) &&
            rv_resource_offered(cx->env, kinds[i].type)) {
            *ret = kinds[i].type;
            return RV_OK;
        }
    }
    return rv_not_found(cx, type, "ResourceType");
}

rv_status rv_resource_open_to(struct rv_tx *tx, const char *type, rv_str team_id, bool *ret)
{
    if (strcmp(type, "users") == 0) {
        *ret = true;
        return RV_OK;
    }
    return rv_access_has(tx, RV_ACCESS_RESOURCE, rv_str_of(type), team_id, ret);
}

/* ---- why nothing is seen (AR-34) ------------------------------------------------------------- */

static rv_status sight_tx(struct rv_tx *tx, void *arg)
{
    struct rv_scope *scope = arg;
    return rv_authz_list(rv_tx_cx(tx), tx, RV_A_DELEGATED_INVOKE, scope);
}

rv_status rv_flow_sight(struct rv_cx *cx, enum rv_flow_sight *ret)
{
    const struct rv_principal *app;
    struct rv_scope scope = { .all = false };
    rv_status st = rv_principal_access_requests(cx, &app);
    if (st == RV_NOT_FOUND || st == RV_FORBIDDEN) {
        rv_error_clear(cx); /* the answer says it */
        *ret = RV_SIGHT_NO_APP;
        return RV_OK;
    }
    RV_TRY(st);
    struct rv_cx as_app = *cx; /* the same arena; asks as somebody else */
    as_app.principal = app;
    as_app.root = false;
    rv_error_clear(&as_app);
    st = rv_store_read(&as_app, sight_tx, &scope);
    if (st != RV_OK && st != RV_FORBIDDEN)
        return rv_fail(cx, st, "the rights of the Access Requests app could not be read");
    *ret = scope.all || scope.ids.n > 2 ? RV_SIGHT_ROLE : RV_SIGHT_NO_ROLE;
    return RV_OK;
}

static const char *flow_hint(enum rv_flow_sight sight, bool synchronised)
{
    if (sight == RV_SIGHT_NO_APP)
        return "0 workflows visible: the Access Requests app was deleted or is not active.";
    if (sight == RV_SIGHT_NO_ROLE)
        return "0 workflows visible: the role assignment of the Access Requests app is missing.";
    if (!synchronised)
        return "0 workflows visible: the list has not been synchronised yet. Choose Update now.";
    return "0 workflows visible: no flow of the assigned resource set is a delegated flow that is "
           "on, or none was at the last synchronisation. "
           "Choose Update now after a change.";
}

/* ---- reading --------------------------------------------------------------------------------- */

struct show {
    const char *only; /* one type, or NULL: all */
    enum rv_flow_sight sight;
    struct rv_jw *w;
};

static rv_status count(struct rv_tx *tx, const char *type, int64_t *ret)
{
    return strcmp(type, "workflows") == 0 ? rv_synced_flow_count(tx, ret)
                                          : rv_offer_count(tx, rv_str_of(type), ret);
}

static rv_status write_type(struct rv_tx *tx, const struct show *s, size_t i)
{
    struct rv_jw *w = s->w;
    const char *type = kinds[i].type;
    struct rv_resource_state state;
    int64_t n;
    RV_TRY(rv_resource_state_get(tx, type, &state));
    RV_TRY(count(tx, type, &n));
    const char *hint = n > 0 ? NULL
                       : kinds[i].empty != NULL
                           ? kinds[i].empty
                           : flow_hint(s->sight, state.finished_at != RV_NO_TIME);
    rv_jw_obj(w);
    rv_jw_kstr(w, "type", rv_str_of(type));
    rv_jw_kstr(w, "name", rv_str_of(kinds[i].label));
    rv_jw_kstr(w, "status", state.status);
    rv_jw_kint(w, "count", n);
    rv_jw_ktime(w, "lastFinishedAt", state.finished_at);
    rv_jw_ktime(w, "nextAt", state.next_at);
    rv_jw_kstr(w, "error", state.error);
    rv_jw_kstr(w, "hint", rv_str_of(hint));
    rv_jw_key(w, "teams");
    RV_TRY(rv_access_write_teams(tx, RV_ACCESS_RESOURCE, rv_str_of(type), w));
    rv_jw_obj_end(w);
    return RV_OK;
}

static rv_status show_tx(struct rv_tx *tx, void *arg)
{
    const struct show *s = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    RV_TRY(rv_authz(cx, tx, RV_A_RESOURCE_MANAGE, RV_NO_OBJECT));
    for (size_t i = 0; i < RV_LEN(kinds); i++) {
        if (rv_resource_offered(cx->env, kinds[i].type) &&
            (s->only == NULL || strcmp(s->only, kinds[i].type) == 0))
            RV_TRY(write_type(tx, s, i));
    }
    return RV_OK;
}

rv_status rv_resource_type_list(struct rv_cx *cx, struct rv_jw *w)
{
    struct show s = { .w = w };
    RV_TRY(rv_flow_sight(cx, &s.sight));
    return rv_store_read(cx, show_tx, &s);
}

static rv_status judge(struct rv_cx *cx)
{
    return rv_authz(cx, NULL, RV_A_RESOURCE_MANAGE, RV_NO_OBJECT);
}

rv_status rv_resource_type_get(struct rv_cx *cx, rv_str type, struct rv_jw *w)
{
    struct show s = { .w = w };
    RV_TRY(judge(cx));
    RV_TRY(known(cx, type, &s.only));
    RV_TRY(rv_flow_sight(cx, &s.sight));
    return rv_store_read(cx, show_tx, &s);
}

struct items {
    const char *type;
    const struct rv_request_query *q;
    struct rv_jw *w;
    rv_str last;
    bool more;
};

static void write_object(struct rv_jw *w, const struct rv_offer *o, rv_str path, int64_t synced)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", o->id);
    rv_jw_kstr(w, "name", o->name);
    rv_jw_kstr(w, "description", o->description);
    rv_jw_kstr(w, "path", path);
    rv_jw_ktime(w, "synced", synced);
    rv_jw_obj_end(w);
}

static rv_status objects(struct rv_tx *tx, struct items *l)
{
    struct rv_offer *o;
    size_t n;
    RV_TRY(rv_offer_list(tx, rv_str_of(l->type), l->q->q, l->q->after, l->q->limit + 1, &o, &n));
    l->more = n > (size_t)l->q->limit;
    for (size_t i = 0; i < n - (l->more ? 1 : 0); i++) {
        write_object(l->w, &o[i], RV_NONE_STR, rv_tx_now(tx));
        l->last = o[i].id;
    }
    return RV_OK;
}

static rv_status flows(struct rv_tx *tx, struct items *l)
{
    struct rv_synced_flow *f;
    size_t n;
    RV_TRY(rv_synced_flow_page(tx, l->q->q, l->q->after, l->q->limit + 1, &f, &n));
    l->more = n > (size_t)l->q->limit;
    for (size_t i = 0; i < n - (l->more ? 1 : 0); i++) {
        struct rv_offer o = { f[i].id, f[i].name, f[i].description };
        write_object(l->w, &o, f[i].folder_path, f[i].synced_at);
        l->last = f[i].id;
    }
    return RV_OK;
}

static rv_status items_tx(struct rv_tx *tx, void *arg)
{
    struct items *l = arg;
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_RESOURCE_MANAGE, RV_NO_OBJECT));
    return strcmp(l->type, "workflows") == 0 ? flows(tx, l) : objects(tx, l);
}

rv_status rv_resource_item_list(struct rv_cx *cx, rv_str type, const struct rv_request_query *q,
                                struct rv_jw *w, rv_str *ret_next)
{
    struct items l = { .q = q, .w = w };
    RV_TRY(judge(cx));
    RV_TRY(known(cx, type, &l.type));
    RV_TRY(rv_store_read(cx, items_tx, &l));
    *ret_next = l.more ? l.last : RV_NONE_STR;
    return RV_OK;
}

/* ---- access of teams ------------------------------------------------------------------------- */

rv_status rv_resource_write_access(struct rv_tx *tx, rv_str team_id, struct rv_jw *w)
{
    for (size_t i = 0; i < RV_LEN(kinds); i++) {
        bool open;
        if (!rv_resource_offered(rv_tx_cx(tx)->env, kinds[i].type))
            continue;
        RV_TRY(rv_resource_open_to(tx, kinds[i].type, team_id, &open));
        rv_jw_obj(w);
        rv_jw_kstr(w, "type", rv_str_of(kinds[i].type));
        rv_jw_kstr(w, "name", rv_str_of(kinds[i].label));
        rv_jw_kbool(w, "allowed", open);
        rv_jw_obj_end(w);
    }
    return RV_OK;
}

rv_status rv_resource_open_tx(struct rv_tx *tx, rv_str type, rv_str team_id, bool open)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_team t;
    const char *name;
    bool changed;
    RV_TRY(known(cx, type, &name));
    if (strcmp(name, "users") == 0)
        return open ? RV_OK
                    : rv_fail(cx, RV_CONFLICT,
                              "every team may see people; this access cannot be taken away");
    RV_TRY(rv_team_require(tx, team_id, &t));
    RV_TRY(rv_access_set(tx, RV_ACCESS_RESOURCE, type, team_id, open, &changed));
    if (!changed)
        return RV_OK;
    RV_TRY(rv_event_add(tx, "reeve.team.update", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Team", .id = t.id, .name = t.name }),
                        rv_printf(cx, "{\"resourceType\":\"%s\",\"allowed\":%s}", name,
                                  open ? "true" : "false")));
    return open ? RV_OK : rv_types_recheck(tx, RV_USE_TEAM, team_id);
}

struct access {
    rv_str type, team_id;
    bool open;
};

static rv_status open_tx(struct rv_tx *tx, void *arg)
{
    const struct access *a = arg;
    struct rv_team t;
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_RESOURCE_MANAGE, RV_NO_OBJECT));
    RV_TRY(rv_team_require(tx, a->team_id, &t));
    return rv_resource_open_tx(tx, a->type, a->team_id, a->open);
}

rv_status rv_resource_open(struct rv_cx *cx, rv_str type, rv_str team_id, bool open)
{
    struct access a = { type, team_id, open };
    return rv_store_write(cx, open_tx, &a);
}
