/* org/feature.c: features that are switched on early, and what happens to the switches later
 * (access-requests.md 10, api.md 15).
 *
 * What exists is compiled in: key, stage, default, what it depends on. The database holds one row
 * per switch that somebody touched. A feature that a release marks as generally available is on,
 * whatever is stored, and leaves the list. Which ones are on stands in memory; a switch changes it
 * inside its transaction, so that the job it leaves and everything after it see the new state, and
 * takes it back when the transaction fails. */
#include "org/org_int.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Names as in access-requests.md 14.2; ids never change. */
const struct rv_feature rv_feature_registry[] = {
    {
        .key = "access_requests.workflow_actions",
        .id = "ftrArWorkflowActions",
        .name = "Okta Workflows actions in Access Requests",
        .description = "Run a delegated flow directly from a request type.",
        .stage = RV_EA,
        .depends_on = { "iam.app_role_assignments" },
    },
    {
        .key = "iam.app_role_assignments",
        .id = "ftrIamAppRoleAssign1",
        .name = "Assign admin roles to apps",
        .description = "Lets an application be a member of an administrator role, as the Access Requests application must be to see flows.",
        .stage = RV_EA,
    },
    { .key = NULL },
};

enum { FEATURES_MAX = 32 };
struct rv_features {
    const struct rv_feature *registry;
    size_t n;
    atomic_bool on[FEATURES_MAX];
};

enum { Q_ALL, Q_SET, Q_N };
static const struct rv_sql feature_sql[Q_N] = {
    [Q_ALL] = { .name = "feature_all", .text = "SELECT key, enabled FROM feature_switch ORDER BY key", .out = "key:text enabled:bool" },
    [Q_SET] = {
        .name = "feature_set",
        .text = "INSERT INTO feature_switch (key, enabled, changed_at) VALUES (:key, :enabled, :now) "
                "ON CONFLICT (key) DO UPDATE SET enabled = excluded.enabled, changed_at = excluded.changed_at",
        .in = "key:text enabled:bool now:time",
    },
};
RV_SQL_MODULE(feature, feature_sql);

/* ---- what is on ------------------------------------------------------------------------------ */

static int index_of_key(const struct rv_features *f, const char *key)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->registry[i].key, key) == 0)
            return (int)i;
    return -1;
}

static rv_status load_tx(struct rv_tx *tx, void *arg)
{
    struct rv_features *f = arg;
    struct rv_rows r;
    bool on[FEATURES_MAX] = { false }; /* others read while this one does: they never see what is half read */
    for (size_t i = 0; i < f->n; i++)
        on[i] = f->registry[i].def || f->registry[i].stage == RV_GA;
    RV_TRY(rv_sql_query(tx, &feature_sql[Q_ALL], &r, RV_ARGS()));
    while (rv_rows_next(&r)) {
        rv_str key = rv_col_str(&r, 0);
        for (size_t i = 0; i < f->n; i++)
            if (f->registry[i].stage != RV_GA && rv_str_eq(key, rv_str_of(f->registry[i].key)))
                on[i] = rv_col_bool(&r, 1);
    }
    RV_TRY(rv_rows_end(&r));
    for (size_t i = 0; i < f->n; i++)
        f->on[i] = on[i];
    return RV_OK;
}

rv_status rv_features_open_with(struct rv_cx *cx, struct rv_org *o,
                                const struct rv_feature *registry)
{
    struct rv_features *f = calloc(1, sizeof *f);
    if (f == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory");
    o->features = f;
    f->registry = registry;
    while (registry[f->n].key != NULL)
        f->n++;
    if (f->n > FEATURES_MAX)
        RV_BUG("more than %d features", FEATURES_MAX);
    return rv_store_read(cx, load_tx, f);
}

rv_status rv_features_open(struct rv_cx *cx, struct rv_org *o)
{
    return rv_features_open_with(cx, o, rv_feature_registry);
}

void rv_features_free(struct rv_org *o)
{
    free(o->features);
    o->features = NULL;
}

bool rv_feature_on(struct rv_env *env, const char *name)
{
    const struct rv_features *f = env->org->features;
    int i = index_of_key(f, name);
    if (i < 0)
        RV_BUG("there is no feature %s", name);
    return f->on[i];
}

static bool depends(const struct rv_feature *a, const struct rv_feature *on)
{
    for (size_t i = 0; i < RV_LEN(a->depends_on) && a->depends_on[i] != NULL; i++)
        if (strcmp(a->depends_on[i], on->key) == 0)
            return true;
    return false;
}

/* ---- showing --------------------------------------------------------------------------------- */

static void write_stage(struct rv_jw *w, const struct rv_feature *f)
{
    rv_jw_key(w, "stage");
    rv_jw_obj(w);
    rv_jw_kstr(w, "value", f->stage == RV_EA ? RV_STR("EA") : RV_STR("BETA"));
    if (f->stage != RV_EA)
        rv_jw_kstr(w, "state", f->stage == RV_BETA_OPEN ? RV_STR("OPEN") : RV_STR("CLOSED"));
    rv_jw_obj_end(w);
}

static void write_feature(struct rv_cx *cx, struct rv_jw *w, size_t i)
{
    const struct rv_features *all = cx->env->org->features;
    const struct rv_feature *f = &all->registry[i];
    rv_str self = rv_printf(cx, "%.*s/api/v1/features/%s", RV_FMT(rv_base_url(cx)), f->id);
    const char *verb = all->on[i] ? "disable" : "enable";
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", rv_str_of(f->id));
    rv_jw_kstr(w, "type", RV_STR("self-service"));
    rv_jw_kstr(w, "status", all->on[i] ? RV_STR("ENABLED") : RV_STR("DISABLED"));
    rv_jw_kstr(w, "name", rv_str_of(f->name));
    rv_jw_kstr(w, "description", rv_str_of(f->description));
    write_stage(w, f);
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    if (all->on[i] || f->stage != RV_BETA_CLOSED) {
        rv_jw_key(w, verb);
        rv_jw_obj(w);
        rv_jw_kstr(w, "href", rv_printf(cx, "%.*s/%s", RV_FMT(self), verb));
        rv_jw_kraw(w, "hints", RV_STR("{\"allow\":[\"POST\"]}"));
        rv_jw_obj_end(w);
    }
    rv_jw_link(w, "self", self, NULL);
    rv_jw_link(w, "dependents", rv_printf(cx, "%.*s/dependents", RV_FMT(self)), NULL);
    rv_jw_link(w, "dependencies", rv_printf(cx, "%.*s/dependencies", RV_FMT(self)), NULL);
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
}

static rv_status find(struct rv_cx *cx, rv_str id, size_t *ret)
{
    const struct rv_features *f = cx->env->org->features;
    for (size_t i = 0; i < f->n; i++) {
        if (rv_str_eq(id, rv_str_of(f->registry[i].id))) {
            *ret = i;
            return RV_OK;
        }
    }
    return rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (Feature)",
                   (int)(id.n < 100 ? id.n : 100), id.p);
}

rv_status rv_feature_page(struct rv_cx *cx, struct rv_jw *w)
{
    const struct rv_features *f = cx->env->org->features;
    RV_TRY(rv_authz(cx, NULL, RV_A_FEATURE_READ, RV_NO_OBJECT));
    for (size_t i = 0; i < f->n; i++)
        if (f->registry[i].stage != RV_GA)
            write_feature(cx, w, i);
    return RV_OK;
}

rv_status rv_feature_show(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    size_t i;
    RV_TRY(rv_authz(cx, NULL, RV_A_FEATURE_READ, RV_OBJECT(id)));
    RV_TRY(find(cx, id, &i));
    if (cx->env->org->features->registry[i].stage == RV_GA)
        return rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (Feature)",
                       RV_FMT(id));
    write_feature(cx, w, i);
    return RV_OK;
}

rv_status rv_feature_related(struct rv_cx *cx, rv_str id, bool dependents, struct rv_jw *w)
{
    const struct rv_features *f = cx->env->org->features;
    size_t at;
    RV_TRY(rv_authz(cx, NULL, RV_A_FEATURE_READ, RV_OBJECT(id)));
    RV_TRY(find(cx, id, &at));
    for (size_t i = 0; i < f->n; i++) {
        bool related = dependents ? depends(&f->registry[i], &f->registry[at])
                                  : depends(&f->registry[at], &f->registry[i]);
        if (related && f->registry[i].stage != RV_GA)
            write_feature(cx, w, i);
    }
    return RV_OK;
}

/* ---- switching ------------------------------------------------------------------------------- */

struct switching {
    struct rv_features *all;
    size_t at;
    bool on, force;
};

static rv_status conflict(struct rv_cx *cx, const struct rv_feature *f, bool on,
                          const struct rv_feature *other)
{
    rv_status st =
        on ? rv_fail_field(cx, "mode", "DEPENDENCY",
                           "%s: switch on %s first, or use mode=force to switch on both", f->name,
                           other->name)
           : rv_fail_field(cx, "mode", "DEPENDENCY",
                           "%s: switch off %s first, or use mode=force to switch off both", f->name,
                           other->name);
    cx->err.message =
        "Feature cannot be enabled or disabled due to dependencies/dependents conflicts.";
    rv_fail_code(cx, "E0000141");
    return st;
}

/* Marks what has to be switched: the feature, and with force what it depends on (on) or what
 * depends on it (off). */
static rv_status mark(struct rv_cx *cx, const struct switching *s, size_t at, bool *marked)
{
    const struct rv_feature *f = &s->all->registry[at];
    if (marked[at])
        return RV_OK;
    marked[at] = true;
    for (size_t i = 0; i < s->all->n; i++) {
        const struct rv_feature *other = &s->all->registry[i];
        bool related = s->on ? depends(f, other) : depends(other, f);
        if (!related || other->stage == RV_GA || s->all->on[i] == s->on)
            continue;
        if (!s->force)
            return conflict(cx, f, s->on, other);
        RV_TRY(mark(cx, s, i, marked));
    }
    return RV_OK;
}

static rv_status switch_one(struct rv_tx *tx, const struct switching *s, size_t i)
{
    const struct rv_feature *f = &s->all->registry[i];
    rv_str key = rv_str_of(f->key);
    RV_TRY(rv_sql_exec(tx, &feature_sql[Q_SET], NULL, RV_ARGS(key, s->on, rv_tx_now(tx))));
    RV_TRY(
        rv_event_add(tx, s->on ? "system.feature.enable" : "system.feature.disable", true,
                     RV_NONE_STR,
                     RV_TARGETS(
                         { .type = "Feature", .id = rv_str_of(f->id), .name = rv_str_of(f->name) }),
                     RV_NONE_STR));
    rv_str payload = rv_printf(rv_tx_cx(tx), "FEATURE:%s", f->key);
    return rv_job_add(tx, RV_STR("org.changed"), payload, rv_tx_now(tx), payload, NULL);
}

static rv_status switch_tx(struct rv_tx *tx, void *arg)
{
    const struct switching *s = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    const struct rv_feature *f = &s->all->registry[s->at];
    bool marked[FEATURES_MAX] = { false };
    RV_TRY(rv_authz(cx, tx, RV_A_FEATURE_MANAGE, RV_OBJECT(rv_str_of(f->id))));
    RV_TRY(load_tx(tx, s->all)); /* the store may run this a second time, when the first run is undone: what it set in memory too */
    if (f->stage == RV_GA || (f->stage == RV_BETA_CLOSED && s->on && !s->all->on[s->at]))
        return rv_fail(cx, RV_METHOD, "%s cannot be switched %s in its stage", f->name,
                       s->on ? "on" : "off");
    if (s->all->on[s->at] == s->on)
        return RV_OK;
    RV_TRY(mark(cx, s, s->at, marked));
    for (size_t i = 0; i < s->all->n; i++)
        if (marked[i])
            RV_TRY(switch_one(tx, s, i));
    for (size_t i = 0; i < s->all->n; i++)
        if (marked[i])
            s->all->on[i] = s->on;
    return RV_OK;
}

rv_status rv_feature_switch(struct rv_cx *cx, rv_str id, bool on, bool force)
{
    struct switching s = { .all = cx->env->org->features, .on = on, .force = force };
    RV_TRY(rv_authz(cx, NULL, RV_A_FEATURE_MANAGE, RV_OBJECT(id)));
    RV_TRY(find(cx, id, &s.at));
    rv_status st = rv_store_write(cx, switch_tx, &s);
    if (st == RV_OK || st == RV_INVALID || st == RV_METHOD || st == RV_FORBIDDEN)
        return st;
    struct rv_error why = cx->err; /* the disk is full, or the like: what was changed in memory is not stored */
    if (rv_store_read(cx, load_tx, s.all) == RV_OK)
        cx->err = why;
    return st;
}

void rv_features_write_on(struct rv_env *env, struct rv_jw *w)
{
    const struct rv_features *f = env->org->features;
    for (size_t i = 0; i < f->n; i++)
        if (f->on[i])
            rv_jw_str(w, rv_str_of(f->registry[i].key));
}
