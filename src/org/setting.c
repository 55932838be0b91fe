/* org/setting.c: settings of the organisation that people change, and where to find the mail
 * server.
 *
 * One table says what there is: name, kind, default, limits. A row of the database exists only for
 * what differs from its default. All values stand in a cache, because flows and requests read some
 * of them on every step; a write renews it inside its transaction, so that the jobs it leaves see
 * the new values, and takes that back when the transaction fails. The password of the mail server
 * is stored sealed and leaves the file only towards the server. */
#include "org/org_int.h"

#include <pthread.h>
#include <stdlib.h>

enum kind { TEXT, INT, BOOL, DURATION, ENUM, ADDRESS, ORIGIN, ZONE, SECRET };
enum name { ORGANISATION_NAME, BASE_URL, ZONE_NAME, SYNC_INTERVAL, MAIL_HOST, MAIL_PORT, MAIL_SECURITY, MAIL_USER, MAIL_PASSWORD, MAIL_FROM, MAIL_FROM_NAME, RUN_RETENTION, ESCALATE, SETTINGS_N };
struct setting {
    const char *name;
    enum kind kind;
    bool empty; /* may be null */
    const char *def; /* NULL: none */
    int64_t min, max; /* characters of texts, ms of durations */
};
static const char *const securities[] = { "PLAIN", "STARTTLS", "TLS", NULL };
static const struct setting settings[SETTINGS_N] = {
    [ORGANISATION_NAME] = { "organisationName", TEXT, false, "My organisation", 1, 100 },
    [BASE_URL] = { "baseUrl", ORIGIN, true, NULL, 1, 200 },
    [ZONE_NAME] = { "zone", ZONE, false, "UTC", 1, 64 },
    [SYNC_INTERVAL] = { "syncInterval", DURATION, false, "24h", 300000, INT64_C(30) * 86400000 },
    [MAIL_HOST] = { "mailHost", TEXT, true, NULL, 1, 253 },
    [MAIL_PORT] = { "mailPort", INT, false, "587", 1, 65535 },
    [MAIL_SECURITY] = { "mailSecurity", ENUM, false, "STARTTLS", 0, 0 },
    [MAIL_USER] = { "mailUser", TEXT, true, NULL, 1, 256 },
    [MAIL_PASSWORD] = { "mailPassword", SECRET, true, NULL, 1, 256 },
    [MAIL_FROM] = { "mailFrom", ADDRESS, false, "reeve@localhost", 3, 254 },
    [MAIL_FROM_NAME] = { "mailFromName", TEXT, false, "Reeve", 1, 100 },
    [RUN_RETENTION] = { "runRetention", DURATION, false, "30d", 3600000, INT64_C(3650) * 86400000 },
    [ESCALATE] = { "requestersMayEscalate", BOOL, false, "false", 0, 0 },
};
static const char VERSION[] = "version";
#define PASSWORD_AAD RV_STR("setting|mailPassword|value|1")

enum { Q_ALL, Q_GET, Q_SET, Q_CLEAR, Q_SEALED, Q_RESEAL, Q_N };
static const struct rv_sql setting_sql[Q_N] = {
    [Q_ALL] = { .name = "setting_all", .text = "SELECT name, value FROM setting ORDER BY name", .out = "name:text value:text" },
    [Q_GET] = { .name = "setting_get", .text = "SELECT value FROM setting WHERE name = :name", .in = "name:text", .out = "value:text" },
    [Q_SET] = {
        .name = "setting_set",
        .text = "INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        .in = "name:text value:text",
    },
    [Q_CLEAR] = { .name = "setting_clear", .text = "DELETE FROM setting WHERE name = :name", .in = "name:text" },
    [Q_SEALED] = { .name = "setting_sealed", .text = "SELECT name AS id, name AS holder, value AS sealed FROM setting WHERE name = 'mailPassword' AND value <> '' ORDER BY name", .out = RV_SEALED_OUT },
    [Q_RESEAL] = { .name = "setting_reseal", .text = "UPDATE setting SET value = :sealed WHERE name = :id", .in = RV_SEALED_IN },
};
RV_SQL_MODULE(setting, setting_sql);

static rv_str password_aad(struct rv_cx *cx, rv_str name)
{
    (void)cx;
    (void)name; /* there is one */
    return PASSWORD_AAD;
}
const struct rv_sealed rv_sealed_setting = { "the setting", &setting_sql[Q_SEALED], &setting_sql[Q_RESEAL], password_aad };

/* ---- the cache ------------------------------------------------------------------------------- */

struct rv_settings {
    pthread_rwlock_t lock;
    char *values[SETTINGS_N]; /* heap; NULL: the default */
    int64_t version;
    char listener[300]; /* address of the listener once it is open, for mails and links without end */
};

static int index_of(rv_str name)
{
    for (int i = 0; i < SETTINGS_N; i++)
        if (rv_str_eq(name, rv_str_of(settings[i].name)))
            return i;
    return -1;
}

static int known(const char *name)
{
    int i = index_of(rv_str_of(name));
    if (i < 0 || settings[i].kind == SECRET)
        RV_BUG("there is no setting %s", name);
    return i;
}

struct loading {
    char *values[SETTINGS_N];
    int64_t version;
};

static int64_t number_or(rv_str s, int64_t def)
{
    int64_t n;
    return rv_str_to_int(s, &n) ? n : def;
}

static rv_status load_tx(struct rv_tx *tx, void *arg)
{
    struct loading *l = arg;
    struct rv_rows r;
    rv_status st = RV_OK;
    l->version = 1;
    RV_TRY(rv_sql_query(tx, &setting_sql[Q_ALL], &r, RV_ARGS()));
    while (st == RV_OK && rv_rows_next(&r)) {
        rv_str name = rv_col_str(&r, 0), value = rv_col_str(&r, 1);
        int i = index_of(name);
        if (rv_str_eq(name, rv_str_of(VERSION)))
            l->version = number_or(value, 1);
        else if (i >= 0 && l->values[i] == NULL) {
            l->values[i] = strndup(value.p, value.n);
            st = l->values[i] != NULL ? RV_OK : rv_fail(rv_tx_cx(tx), RV_BUSY, "out of memory");
        }
    }
    rv_status ended = rv_rows_end(&r);
    return st != RV_OK ? st : ended;
}

static void free_values(char **values)
{
    for (size_t i = 0; i < SETTINGS_N; i++) {
        if (values[i] != NULL)
            explicit_bzero(values[i], strlen(values[i]));
        free(values[i]);
        values[i] = NULL;
    }
}

/* The values change hands: l gets the old ones. */
static void exchange(struct rv_settings *s, struct loading *l)
{
    (void)pthread_rwlock_wrlock(&s->lock);
    for (size_t i = 0; i < SETTINGS_N; i++) {
        char *old = s->values[i];
        s->values[i] = l->values[i];
        l->values[i] = old;
    }
    s->version = l->version;
    (void)pthread_rwlock_unlock(&s->lock);
}

static rv_status load(struct rv_tx *tx, struct rv_settings *s)
{
    struct loading l = { .version = 1 };
    rv_status st = load_tx(tx, &l);
    if (st == RV_OK)
        exchange(s, &l);
    free_values(l.values);
    return st;
}

static rv_status reload_tx(struct rv_tx *tx, void *arg)
{
    return load(tx, arg);
}

rv_status rv_settings_open(struct rv_cx *cx, struct rv_org *o)
{
    struct rv_settings *s = calloc(1, sizeof *s);
    if (s == NULL || pthread_rwlock_init(&s->lock, NULL) != 0) {
        free(s);
        return rv_fail(cx, RV_BUSY, "out of memory");
    }
    o->settings = s;
    return rv_store_read(cx, reload_tx, s);
}

void rv_settings_free(struct rv_org *o)
{
    if (o->settings == NULL)
        return;
    free_values(o->settings->values);
    (void)pthread_rwlock_destroy(&o->settings->lock);
    free(o->settings);
    o->settings = NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Caller holds the lock. */
static rv_str value_of(const struct rv_settings *s, int i)
{
    return rv_str_of(s->values[i] != NULL ? s->values[i] : settings[i].def);
}

static rv_str copy_of(struct rv_cx *cx, struct rv_settings *s, int i)
{
    (void)pthread_rwlock_rdlock(&s->lock);
    rv_str v = rv_dup(cx, value_of(s, i));
    (void)pthread_rwlock_unlock(&s->lock);
    return v;
}

rv_str rv_setting_text(struct rv_env *env, struct rv_cx *cx, const char *name)
{
    return copy_of(cx, env->org->settings, known(name));
}

static bool duration(rv_str s, int64_t *ret)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = { { "ms", 1 },    { "s", 1000 },    { "min", 60000 },
                  { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
    size_t n = 0;
    int64_t v;
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    for (size_t i = 0; rv_str_to_int(rv_str_sub(s, 0, n), &v) && i < RV_LEN(units); i++)
        if (rv_str_eq(rv_str_sub(s, n, s.n), rv_str_of(units[i].unit)))
            return !__builtin_mul_overflow(v, units[i].ms, ret);
    return false;
}

int64_t rv_setting_int(struct rv_env *env, const char *name)
{
    struct rv_settings *s = env->org->settings;
    int i = known(name);
    int64_t v = 0;
    (void)pthread_rwlock_rdlock(&s->lock);
    bool good = settings[i].kind == DURATION ? duration(value_of(s, i), &v)
                                             : rv_str_to_int(value_of(s, i), &v);
    (void)pthread_rwlock_unlock(&s->lock);
    if (!good)
        RV_BUG("setting %s is no number", name);
    return v;
}

bool rv_setting_bool(struct rv_env *env, const char *name)
{
    struct rv_settings *s = env->org->settings;
    int i = known(name);
    (void)pthread_rwlock_rdlock(&s->lock);
    bool v = rv_str_eq(value_of(s, i), RV_STR("true"));
    (void)pthread_rwlock_unlock(&s->lock);
    return v;
}

/* Until somebody sets it: where this machine's browser finds the listener. */
rv_str rv_listener_url(struct rv_cx *cx)
{
    rv_str address = rv_config_text(cx->env, "listen.address");
    bool any = rv_str_eq(address, RV_STR("0.0.0.0")) || rv_str_eq(address, RV_STR("::")),
         six = !any && rv_str_contains(address, RV_STR(":"));
    bool tls = rv_config_text(cx->env, "listen.tls_cert").n > 0;
    int64_t port = cx->env->server != NULL ? rv_server_port(cx->env->server)
                                           : rv_config_int(cx->env, "listen.port");
    if (any)
        address = RV_STR("127.0.0.1");
    return rv_printf(cx, "%s://%s%.*s%s:%" PRId64, tls ? "https" : "http", six ? "[" : "",
                     RV_FMT(address), six ? "]" : "", port);
}

rv_str rv_base_url(struct rv_cx *cx)
{
    struct rv_settings *s = cx->env->org->settings;
    (void)pthread_rwlock_rdlock(&s->lock);
    rv_str v = value_of(s, BASE_URL);
    v = rv_dup(cx, v.n > 0 ? v : rv_str_of(s->listener));
    (void)pthread_rwlock_unlock(&s->lock);
    if (v.n > 0)
        return v;
    v = rv_listener_url(cx);
    if (cx->env->server != NULL && v.n > 0 && v.n < sizeof s->listener) {
        (void)pthread_rwlock_wrlock(&s->lock);
        memcpy(s->listener, v.p, v.n + 1);
        (void)pthread_rwlock_unlock(&s->lock);
    }
    return v;
}

rv_str rv_org_zone(struct rv_cx *cx)
{
    return copy_of(cx, cx->env->org->settings, ZONE_NAME);
}

bool rv_mail_configured(struct rv_env *env)
{
    struct rv_settings *s = env->org->settings;
    (void)pthread_rwlock_rdlock(&s->lock);
    bool set = value_of(s, MAIL_HOST).n > 0;
    (void)pthread_rwlock_unlock(&s->lock);
    return set;
}

rv_status rv_mail_settings(struct rv_cx *cx, struct rv_mail_settings *ret)
{
    struct rv_settings *s = cx->env->org->settings;
    rv_str security, sealed, ca = rv_config_text(cx->env, "mail.ca_file");
    int64_t port = 0;
    *ret = (struct rv_mail_settings){ 0 };
    (void)pthread_rwlock_rdlock(&s->lock);
    ret->server.host = rv_dup(cx, value_of(s, MAIL_HOST));
    ret->server.user = rv_dup(cx, value_of(s, MAIL_USER));
    ret->from = rv_dup(cx, value_of(s, MAIL_FROM));
    ret->from_name = rv_dup(cx, value_of(s, MAIL_FROM_NAME));
    sealed = rv_dup(cx, value_of(s, MAIL_PASSWORD));
    security = rv_dup(cx, value_of(s, MAIL_SECURITY));
    port = number_or(value_of(s, MAIL_PORT), 587);
    ret->version = s->version;
    (void)pthread_rwlock_unlock(&s->lock);
    ret->server.port = (int)port;
    ret->server.ca_file = ca.n > 0 ? ca : RV_NONE_STR;
    ret->server.security = rv_str_eq(security, RV_STR("PLAIN")) ? RV_MAIL_PLAIN
                           : rv_str_eq(security, RV_STR("TLS")) ? RV_MAIL_TLS
                                                                : RV_MAIL_STARTTLS;
    if (ret->from.p == NULL)
        return RV_BUSY;
    return sealed.p != NULL
               ? rv_unseal(cx, cx->env->keys, PASSWORD_AAD, sealed, &ret->server.password)
               : RV_OK;
}

int64_t rv_settings_version(struct rv_env *env)
{
    struct rv_settings *s = env->org->settings;
    (void)pthread_rwlock_rdlock(&s->lock);
    int64_t version = s->version;
    (void)pthread_rwlock_unlock(&s->lock);
    return version;
}

rv_status rv_settings_write(struct rv_cx *cx, struct rv_jw *w)
{
    struct rv_settings *s = cx->env->org->settings;
    RV_TRY(rv_authz(cx, NULL, RV_A_SETTINGS, RV_NO_OBJECT));
    rv_str base = rv_base_url(cx);
    rv_jw_obj(w);
    (void)pthread_rwlock_rdlock(&s->lock);
    rv_jw_kint(w, VERSION, s->version);
    for (int i = 0; i < SETTINGS_N; i++) {
        rv_str v = i == BASE_URL ? base : value_of(s, i);
        int64_t n = 0;
        if (settings[i].kind == SECRET)
            rv_jw_kbool(w, "mailPasswordSet", v.n > 0);
        else if (settings[i].kind == BOOL)
            rv_jw_kbool(w, settings[i].name, rv_str_eq(v, RV_STR("true")));
        else if (settings[i].kind == INT && rv_str_to_int(v, &n))
            rv_jw_kint(w, settings[i].name, n);
        else
            rv_jw_kstr(w, settings[i].name, v);
    }
    (void)pthread_rwlock_unlock(&s->lock);
    rv_jw_obj_end(w);
    return RV_OK;
}

/* ---- changing -------------------------------------------------------------------------------- */

struct change {
    bool set[SETTINGS_N];
    rv_str values[SETTINGS_N]; /* absent: back to the default */
    int64_t version;
};

static bool has_control(rv_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return true;
    return false;
}

/* scheme://host[:port] and nothing behind it. */
static bool is_origin(rv_str s)
{
    rv_str rest = rv_str_starts(s, RV_STR("https://"))  ? rv_str_sub(s, 8, s.n)
                  : rv_str_starts(s, RV_STR("http://")) ? rv_str_sub(s, 7, s.n)
                                                        : RV_STR("");
    if (rest.n == 0)
        return false;
    for (size_t i = 0; i < rest.n; i++) {
        char c = rest.p[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
        if (!good)
            return false;
    }
    return true;
}

static rv_status check_text(struct rv_cx *cx, const struct setting *m, const char *at, rv_str v)
{
    int64_t n = (int64_t)rv_utf8_count(v), ms;
    rv_str *addresses;
    size_t addresses_n;
    struct rv_civil civil;
    if ((m->min != 0 || m->max != 0) && m->kind != DURATION && (n < m->min || n > m->max))
        return rv_fail_field(cx, at, "OUT_OF_RANGE",
                             "%s must be %" PRId64 " to %" PRId64 " characters long", m->name,
                             m->min, m->max);
    if (has_control(v) && m->kind != SECRET)
        return rv_fail_field(cx, at, "CONTROL_CHARACTER",
                             "%s must be one line without control characters", m->name);
    if (m->kind == ORIGIN && !is_origin(v))
        return rv_fail_field(
            cx, at, "INVALID_FORMAT",
            "%s must be an address such as https://reeve.example.com, without path and final slash",
            m->name);
    if (m->kind == ZONE && rv_zone_to_local(cx, v, 0, &civil) != RV_OK) {
        rv_error_clear(cx);
        return rv_fail_field(cx, at, "UNKNOWN_ZONE",
                             "%s must be the name of a time zone such as Europe/Berlin", m->name);
    }
    if (m->kind == ADDRESS &&
        (rv_mail_addresses(cx, v, &addresses, &addresses_n) != RV_OK || addresses_n != 1)) {
        rv_error_clear(cx);
        return rv_fail_field(cx, at, "INVALID_ADDRESS", "%s must be one e-mail address", m->name);
    }
    if (m->kind == DURATION && !duration(v, &ms))
        return rv_fail_field(cx, at, "INVALID_DURATION",
                             "%s must be a duration such as 30min, 24h or 30d", m->name);
    if (m->kind == DURATION && (ms < m->min || ms > m->max))
        return rv_fail_field(cx, at, "OUT_OF_RANGE",
                             "%s must be %" PRId64 " minutes to %" PRId64 " days", m->name,
                             m->min / 60000, m->max / 86400000);
    for (const char *const *c = securities; m->kind == ENUM; c++) {
        if (*c == NULL)
            return rv_fail_field(cx, at, "INVALID_VALUE", "%s must be PLAIN, STARTTLS or TLS",
                                 m->name);
        if (rv_str_eq(v, rv_str_of(*c)))
            break;
    }
    return RV_OK;
}

static rv_status read_value(struct rv_cx *cx, const struct setting *m, const json_t *v, rv_str *ret)
{
    rv_str at = rv_printf(cx, "/%s", m->name);
    const char *p = rv_z(cx, at);
    if (json_is_null(v)) {
        *ret = RV_NONE_STR;
        return m->empty ? RV_OK
                        : rv_fail_field(cx, p, "NULL_NOT_ALLOWED", "%s cannot be empty", m->name);
    }
    if (m->kind == BOOL) {
        *ret = json_is_true(v) ? RV_STR("true") : RV_STR("false");
        return json_is_boolean(v)
                   ? RV_OK
                   : rv_fail_field(cx, p, "INVALID_TYPE", "%s must be true or false", m->name);
    }
    if (m->kind == INT) {
        if (!json_is_integer(v) || json_integer_value(v) < m->min || json_integer_value(v) > m->max)
            return rv_fail_field(cx, p, "OUT_OF_RANGE",
                                 "%s must be a whole number from %" PRId64 " to %" PRId64, m->name,
                                 m->min, m->max);
        *ret = rv_printf(cx, "%" PRId64, (int64_t)json_integer_value(v));
        return ret->p != NULL ? RV_OK : RV_BUSY;
    }
    *ret = rv_json_str(v);
    return ret->p != NULL ? check_text(cx, m, p, *ret)
                          : rv_fail_field(cx, p, "INVALID_TYPE", "%s must be a text", m->name);
}

static rv_status read_change(struct rv_cx *cx, const json_t *body, struct change *c)
{
    const char *key;
    json_t *v;
    rv_status st = RV_OK;
    const json_t *version = json_object_get(body, VERSION);
    if (!json_is_object(body))
        return rv_fail_field(cx, "", "INVALID_TYPE", "the body must be an object");
    if (!json_is_integer(version))
        st = rv_fail_field(cx, "/version", "REQUIRED_PROPERTY_MISSING",
                           "version is required: the number that GET showed");
    c->version = json_integer_value(version);
    json_object_foreach((json_t *)(uintptr_t)body, key, v)
    {
        rv_str name = rv_str_of(key);
        int i = index_of(name);
        rv_status one = RV_OK;
        if (rv_str_eq(name, rv_str_of(VERSION)) || rv_str_eq(name, RV_STR("mailPasswordSet")))
            continue;
        if (i < 0)
            one = rv_fail_field(cx, rv_z(cx, rv_printf(cx, "/%.80s", key)), "UNKNOWN_PROPERTY",
                                "%.80s is not a setting", key);
        else {
            c->set[i] = true;
            one = read_value(cx, &settings[i], v, &c->values[i]);
        }
        if (one != RV_OK && one != RV_INVALID)
            return one;
        st = one != RV_OK ? one : st;
    }
    return st;
}

/* The base URL that GET shows while none is set comes back unchanged from a form; storing it would
 * pin a free port. */
static void keep_default_base(struct rv_cx *cx, struct change *c)
{
    rv_str stored = copy_of(cx, cx->env->org->settings, BASE_URL);
    if (c->set[BASE_URL] && stored.n == 0 && rv_str_eq(c->values[BASE_URL], rv_listener_url(cx)))
        c->set[BASE_URL] = false;
}

static rv_status changed_names(struct rv_cx *cx, const struct change *c, rv_str *ret)
{
    rv_str out = RV_STR("");
    for (int i = 0; i < SETTINGS_N; i++)
        if (c->set[i])
            out = rv_printf(cx, "%.*s%s%s", RV_FMT(out), out.n > 0 ? "," : "", settings[i].name);
    *ret = rv_printf(cx, "{\"changedAttributes\":\"%.*s\"}", RV_FMT(out));
    return ret->p != NULL ? RV_OK : RV_BUSY;
}

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    const struct change *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    bool found, mail = false;
    int64_t version = 1;
    rv_str names;
    RV_TRY(rv_authz(cx, tx, RV_A_SETTINGS, RV_NO_OBJECT));
    RV_TRY(rv_sql_first(tx, &setting_sql[Q_GET], &r, &found, RV_ARGS(VERSION)));
    if (found) {
        version = number_or(rv_col_ref(&r, 0), 1);
        RV_TRY(rv_rows_end(&r));
    }
    if (version != c->version)
        return rv_fail(cx, RV_CONFLICT,
                       "the settings were changed meanwhile (they are at version %" PRId64
                       "); load them again",
                       version);
    for (int i = 0; i < SETTINGS_N; i++) {
        if (!c->set[i])
            continue;
        mail = mail || (i >= MAIL_HOST && i <= MAIL_FROM_NAME);
        if (c->values[i].p == NULL)
            RV_TRY(rv_sql_exec(tx, &setting_sql[Q_CLEAR], NULL, RV_ARGS(settings[i].name)));
        else
            RV_TRY(rv_sql_exec(tx, &setting_sql[Q_SET], NULL,
                               RV_ARGS(settings[i].name, c->values[i])));
    }
    RV_TRY(rv_sql_exec(tx, &setting_sql[Q_SET], NULL,
                       RV_ARGS(VERSION, rv_printf(cx, "%" PRId64, version + 1))));
    RV_TRY(changed_names(cx, c, &names));
    if (mail)
        RV_TRY(rv_mail_wake(tx));
    RV_TRY(rv_event_add(tx, "reeve.settings.update", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Organisation",
                                     .id = rv_org_id(cx->env),
                                     .name = RV_STR("Settings") }),
                        names));
    return load(tx, cx->env->org->settings);
}

rv_status rv_settings_update(struct rv_cx *cx, const json_t *body)
{
    struct change c = { 0 };
    RV_TRY(rv_authz(cx, NULL, RV_A_SETTINGS, RV_NO_OBJECT));
    RV_TRY(read_change(cx, body, &c));
    keep_default_base(cx, &c);
    if (c.set[MAIL_PASSWORD] && c.values[MAIL_PASSWORD].p != NULL)
        RV_TRY(rv_seal(cx, cx->env->keys, PASSWORD_AAD, c.values[MAIL_PASSWORD],
                       &c.values[MAIL_PASSWORD]));
    rv_status st = rv_store_write(cx, update_tx, &c);
    if (st == RV_OK || st == RV_CONFLICT || st == RV_FORBIDDEN)
        return st;
    struct rv_error why = cx->err; /* the disk is full, or the like: what was changed in memory is not stored */
    if (rv_store_read(cx, reload_tx, cx->env->org->settings) == RV_OK)
        cx->err = why;
    return st;
}

/* ---- configuration of the folder ------------------------------------------------------------- */

/* clang-format off */
const struct rv_config_key rv_org_config[] = {
    { .name = "log.retention", .kind = RV_CONF_DURATION, .def = "90d", .min = 86400000, .max = INT64_C(3650) * 86400000,
      .help = "How far back the system log can be read." },
    { .name = "mail.ca_file", .kind = RV_CONF_TEXT, .def = "",
      .help = "File with certificate authorities (PEM) that the mail server's certificate is checked against; empty: those of the system." },
    { .name = "oauth.key_life", .kind = RV_CONF_DURATION, .def = "90d", .min = 0, .max = INT64_C(3650) * 86400000,
      .help = "After how long access tokens are signed with a new key; the one before stays in the list of keys for a day at least. 0: never." },
    { .name = NULL },
};
/* clang-format on */
