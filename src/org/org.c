/* org/org.c: opening the organisation: what must exist is made, what is asked for at every request
 * is loaded.
 *
 * On an empty database one transaction makes the organisation, the Access Requests app and the
 * first administrator, who has no password: the set-up link gives one (setup.c). Later starts find
 * all that and only add what a newer version brings. The roles and sets that come with the product
 * are no rows (grant.c). */
#include "org/org_int.h"

#include <stdio.h>
#include <stdlib.h>

enum { Q_GET, Q_INSERT, Q_CHECK, Q_SET_CHECK, Q_N };
static const struct rv_sql organisation_sql[Q_N] = {
    [Q_GET] = {
        .name = "organisation_get",
        .text = "SELECT id, access_requests_app FROM organisation ORDER BY id LIMIT 1",
        .out = "id:text access_requests_app:text",
    },
    [Q_INSERT] = {
        .name = "organisation_insert",
        .text = "INSERT INTO organisation (id, name, access_requests_app, created_at) VALUES (:id, :name, :app, :now)",
        .in = "id:text name:text app:text now:time",
    },
    [Q_CHECK] = { .name = "organisation_key_check", .text = "SELECT value FROM setting WHERE name = 'keyCheck'", .out = "value:text" },
    [Q_SET_CHECK] = {
        .name = "organisation_set_key_check",
        .text = "INSERT INTO setting (name, value) VALUES ('keyCheck', :value)",
        .in = "value:text",
    },
};
RV_SQL_MODULE(organisation, organisation_sql);

const struct rv_config_key rv_access_config[] = {
    { "session.idle", RV_CONF_DURATION, "30min", 60000, 1800000, true, false, "A browser session ends after this time without a request." },
    { "session.absolute", RV_CONF_DURATION, "12h", 60000, 43200000, true, false, "A browser session ends this long after signing in." },
    { "setup.link_life", RV_CONF_DURATION, "15min", 60000, 900000, true, false, "How long the first administrator's set-up link works." },
    { "login.failures", RV_CONF_INT, "5", 0, 1000, true, false, "Wrong passwords for one login before each further try has to wait; 0: never." },
    { "login.window", RV_CONF_DURATION, "15min", 1000, 86400000, true, false, "How long a wrong password counts." },
    { "login.per_address", RV_CONF_INT, "20", 0, 100000, true, false, "Wrong passwords from one address in a minute; 0: any number." },
    { "orn.partition", RV_CONF_TEXT, "okta", 0, 0, false, false, "First part of resource names that this organisation shows (orn:{partition}:…)." },
    { .name = NULL },
};

const struct rv_limit rv_access_limits[] = {
    { "password.min", 15, "characters", "of a password that a person chooses" },
    { "password.minByOther", 8, "characters", "of a password that an administrator or a client sets" },
    { "password.max", 128, "characters", "of a password" },
    { "role.label", 255, "characters", "of an administrator role" },
    { "role.description", 1000, "characters", "of an administrator role" },
    { "resourceSet.label", 255, "characters", "of a resource set" },
    { "resourceSet.description", 1000, "characters", "of a resource set" },
    { "resourceSet.resources", 1000, "items", "in a resource set" },
    { "binding.members", 1000, "items", "in one call that adds members" },
    { "apiToken.name", 255, "characters", "of an API token" },
    { .name = NULL },
};

int64_t rv_access_limit(const char *name)
{
    for (const struct rv_limit *l = rv_access_limits; l->name != NULL; l++) {
        if (strcmp(l->name, name) == 0)
            return l->value;
    }
    RV_BUG("no limit %s", name);
}

struct opening {
    rv_str id, app;
};

static rv_status make_first(struct rv_tx *tx, struct opening *o)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_person_new p = { .login = RV_STR("admin@reeve.example"),
                               .email = RV_STR("admin@reeve.example"),
                               .first_name = RV_STR("Reeve"),
                               .last_name = RV_STR("Administrator"),
                               .status = "ACTIVE" };
    rv_str person;
    o->id = rv_id_prefixed(cx, "00o");
    if (o->id.p == NULL)
        return RV_BUSY;
    cx->env->org->id = o->id; /* what is made below may name the organisation */
    RV_TRY(rv_directory_seed(tx));
    RV_TRY(rv_app_insert_service(tx, RV_STR("Okta Access Requests OAuth"), &o->app));
    RV_TRY(rv_person_insert(tx, &p, &person));
    RV_TRY(rv_grant_seed(tx, person, "SUPER_ADMIN"));
    return rv_sql_exec(tx, &organisation_sql[Q_INSERT], NULL,
                       RV_ARGS(o->id, "Reeve", o->app, rv_tx_now(tx)));
}

/* With the keys of another database nothing sealed could be opened and nobody would be signed in:
 * better not to start. */
static rv_status check_keys(struct rv_tx *tx, const struct opening *o)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    uint8_t mac[32];
    bool found;
    rv_hmac(cx->env->keys, RV_KEY_TOKEN, rv_printf(cx, "keys of|%.*s", RV_FMT(o->id)), mac);
    rv_str wanted = rv_hex(cx, mac, sizeof mac);
    RV_TRY(rv_sql_first(tx, &organisation_sql[Q_CHECK], &r, &found, RV_ARGS()));
    if (!found)
        return rv_sql_exec(tx, &organisation_sql[Q_SET_CHECK], NULL, RV_ARGS(wanted));
    rv_str value = rv_col_str(&r, 0);
    RV_TRY(rv_rows_end(&r));
    if (rv_str_eq(value, wanted))
        return RV_OK;
    return rv_fail(cx, RV_INVALID,
                   "the key file is not the one that this database was made with; put the right "
                   "one beside the data directory, or name it with keys.file");
}

static rv_status open_tx(struct rv_tx *tx, void *arg)
{
    struct opening *o = arg;
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &organisation_sql[Q_GET], &r, &found, RV_ARGS()));
    if (!found) {
        RV_TRY(make_first(tx, o));
        return check_keys(tx, o);
    }
    o->id = rv_col_str(&r, 0);
    o->app = rv_col_str(&r, 1);
    RV_TRY(rv_rows_end(&r));
    rv_tx_cx(tx)->env->org->id = o->id;
    RV_TRY(check_keys(tx, o));
    return rv_directory_seed(tx);
}

static bool keep(rv_str *ret, rv_str s)
{
    char *p = strndup(s.p != NULL ? s.p : "", s.n);
    *ret = (rv_str){ p, s.n };
    return p != NULL;
}

static rv_status open_in(struct rv_cx *cx, struct rv_org *o)
{
    struct opening opening = { 0 };
    rv_status st = rv_store_write(cx, open_tx, &opening);
    o->id = RV_NONE_STR; /* pointed into cx's arena for the time of the transaction */
    RV_TRY(st);
    if (!keep(&o->id, opening.id) || !keep(&o->access_requests_app, opening.app))
        return rv_fail(cx, RV_BUSY, "out of memory");
    RV_TRY(rv_settings_open(cx, o));
    RV_TRY(rv_features_open(cx, o));
    return rv_logins_open(cx, o);
}

rv_status rv_org_open(struct rv_cx *cx, struct rv_org **ret)
{
    struct rv_org *o = calloc(1, sizeof *o), *before = cx->env->org;
    if (o == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory");
    cx->env->org = o; /* the parts that open look each other up in it */
    rv_status st = open_in(cx, o);
    if (st != RV_OK) {
        cx->env->org = before;
        rv_org_free(o);
        return st;
    }
    *ret = o;
    return RV_OK;
}

void rv_org_free(struct rv_org *o)
{
    if (o == NULL)
        return;
    rv_logins_free(o);
    rv_features_free(o);
    rv_settings_free(o);
    free((char *)(uintptr_t)o->id.p);
    free((char *)(uintptr_t)o->access_requests_app.p);
    free(o);
}

rv_str rv_org_id(struct rv_env *env)
{
    return env->org->id;
}

/* ---- small helpers of the folder ------------------------------------------------------------- */

rv_str rv_href(struct rv_cx *cx, const char *format, ...)
{
    va_list args;
    char path[1024];
    va_start(args, format);
    int n = vsnprintf(path, sizeof path, format, args);
    va_end(args);
    rv_str base = rv_base_url(cx);
    return rv_printf(cx, "%.*s%.*s", RV_FMT(base), n < (int)sizeof path ? n : (int)sizeof path - 1,
                     path);
}

void rv_jw_href(struct rv_jw *w, const char *name, rv_str href)
{
    rv_jw_key(w, name);
    rv_jw_obj(w);
    rv_jw_kstr(w, "href", href);
    rv_jw_obj_end(w);
}

rv_str rv_orn_tail(rv_str orn)
{
    rv_str rest = orn, word;
    if (!rv_str_starts(orn, RV_STR("orn:")) || !rv_str_split(&rest, ':', &word) ||
        !rv_str_split(&rest, ':', &word) || word.n == 0 || rest.n == 0)
        return RV_NONE_STR;
    return rest;
}

rv_status rv_page_position(struct rv_cx *cx, const struct rv_iam_page *page, int64_t *ret)
{
    *ret = 0;
    if (page->after.p == NULL || rv_str_to_int(page->after, ret))
        return RV_OK;
    (void)rv_fail(cx, RV_INVALID, "The cursor in 'after' is not one that this list gave");
    rv_fail_code(cx, "E0000029");
    return RV_INVALID;
}

bool rv_page_full(struct rv_cx *cx, struct rv_iam_page *page, int n, int64_t last)
{
    if (n < page->limit)
        return false;
    page->next = rv_printf(cx, "%" PRId64, last);
    return true;
}
