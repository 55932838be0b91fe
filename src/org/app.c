/* org/app.c: applications: kept and shown as the compatible API has them (api.md 14). An OAuth
 * client is an application.
 *
 * What a client sends is laid over the defaults of its sign-on mode and stored as shown, so that it
 * reads back exactly what it wrote. What the server sets (ids, states, links) is added when it is
 * shown. Client secrets are in app_secret.c, scopes in app_grant.c, tokens in oauth.c, who has an
 * application in assignment.c; nobody signs on here. */
#include "org/filter.h"
#include "org/org_int.h"

enum { Q_GET, Q_SCAN, Q_OF_GROUP, Q_INSERT, Q_UPDATE, Q_STATUS, Q_DELETE, Q_N };
#define APP_COLUMNS "a.id, a.name, a.label, a.status, a.sign_on_mode, a.body, a.created_at, a.updated_at"
#define APP_OUT "id:text name:text label:text status:text sign_on_mode:text body:text created_at:time updated_at:time"
static const struct rv_sql app_sql[Q_N] = {
    [Q_GET] = { .name = "app_get", .text = "SELECT " APP_COLUMNS " FROM app a WHERE a.id = :id", .in = "id:text", .out = APP_OUT },
    [Q_SCAN] = {
        .name = "app_scan",
        .text = "SELECT " APP_COLUMNS " FROM app a WHERE a.id > :after AND (:all = 1 OR a.id IN (SELECT value FROM json_each(:ids))) ORDER BY a.id LIMIT :n",
        .in = "after:text all:bool ids:text n:int", .out = APP_OUT,
    },
    [Q_OF_GROUP] = {
        .name = "app_of_group",
        .text = "SELECT " APP_COLUMNS " FROM app_group x JOIN app a ON a.id = x.app_id WHERE x.group_id = :group_id AND a.id > :after ORDER BY a.id LIMIT :n",
        .in = "group_id:text after:text n:int", .out = APP_OUT,
    },
    [Q_INSERT] = {
        .name = "app_insert",
        .text = "INSERT INTO app (id, name, label, label_key, status, sign_on_mode, body, created_at, updated_at, version) "
                "VALUES (:id, :name, :label, :label_key, :status, :sign_on_mode, :body, :now, :now, 1)",
        .in = "id:text name:text label:text label_key:text status:text sign_on_mode:text body:text now:time",
    },
    [Q_UPDATE] = {
        .name = "app_update",
        .text = "UPDATE app SET label = :label, label_key = :label_key, body = :body, updated_at = :now, version = version + 1 WHERE id = :id",
        .in = "label:text label_key:text body:text now:time id:text",
    },
    [Q_STATUS] = {
        .name = "app_status",
        .text = "UPDATE app SET status = :status, updated_at = :now, version = version + 1 WHERE id = :id",
        .in = "status:text now:time id:text",
    },
    [Q_DELETE] = { .name = "app_delete", .text = "DELETE FROM app WHERE id = :id", .in = "id:text" },
};
RV_SQL_MODULE(app, app_sql);

enum { LABEL_MAX = 100 };
static const char OIDC[] = "OPENID_CONNECT";

struct app {
    rv_str id, name, label, status, sign_on_mode, body;
    int64_t created_at, updated_at;
};

/* ---- what each mode starts from -------------------------------------------------------------- */

#define COMMON_HEAD "{\"accessibility\":{\"selfService\":false,\"errorRedirectUrl\":null,\"loginRedirectUrl\":null}," \
                    "\"visibility\":{\"autoLaunch\":false,\"autoSubmitToolbar\":false,\"hide\":{\"iOS\":false,\"web\":false},\"appLinks\":{\""
#define COMMON_CREDENTIALS "\":true}},\"features\":[],\"credentials\":{\"userNameTemplate\":{\"template\":\"${source.login}\",\"type\":\"BUILT_IN\"},\"signing\":{}"
#define COMMON_SETTINGS "\"app\":{},\"notifications\":{\"vpn\":{\"network\":{\"connection\":\"DISABLED\"},\"message\":null,\"helpUrl\":null}}," \
                        "\"manualProvisioning\":false,\"implicitAssignment\":false"
#define NOTES "\"notes\":{\"admin\":null,\"enduser\":null}"
static const char plain_defaults[] = COMMON_HEAD "login" COMMON_CREDENTIALS "},\"settings\":{" COMMON_SETTINGS "," NOTES "}}";
static const char oidc_defaults[] =
    COMMON_HEAD "oidc_client_link" COMMON_CREDENTIALS ",\"oauthClient\":{\"autoKeyRotation\":true,\"client_id\":null,"
    "\"token_endpoint_auth_method\":\"client_secret_basic\",\"pkce_required\":false}},\"settings\":{" COMMON_SETTINGS ",\"emOptInStatus\":\"NONE\"," NOTES ","
    "\"oauthClient\":{\"client_uri\":null,\"logo_uri\":null,\"redirect_uris\":[],\"response_types\":[],\"grant_types\":[],\"application_type\":null,"
    "\"consent_method\":\"TRUSTED\",\"issuer_mode\":\"ORG_URL\",\"idp_initiated_login\":{\"mode\":\"DISABLED\",\"default_scope\":[]},"
    "\"wildcard_redirect\":\"DISABLED\",\"dpop_bound_access_tokens\":false,\"participate_slo\":false}}}";
static const struct mode {
    const char *name, *app_name; /* NULL: the server makes one of organisation and label */
    const char *defaults;
} modes[] = {
    { "BOOKMARK", "bookmark", plain_defaults }, { OIDC, "oidc_client", oidc_defaults }, { "AUTO_LOGIN", NULL, plain_defaults },
    { "BASIC_AUTH", NULL, plain_defaults }, { "BROWSER_PLUGIN", NULL, plain_defaults }, { "SECURE_PASSWORD_STORE", NULL, plain_defaults },
    { "SAML_2_0", NULL, plain_defaults }, { "SAML_1_1", NULL, plain_defaults }, { "WS_FEDERATION", NULL, plain_defaults },
};

static const struct mode *mode_of(rv_str name)
{
    for (size_t i = 0; i < RV_LEN(modes); i++)
        if (rv_str_eq(name, rv_str_of(modes[i].name)))
            return &modes[i];
    return NULL;
}

/* Objects are merged member by member, everything else replaces. */
static int overlay(json_t *base, const json_t *over)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)over, key, v)
    {
        json_t *old = json_object_get(base, key);
        int bad = json_is_object(old) && json_is_object(v) ? overlay(old, v)
                                                           : json_object_set(base, key, v);
        if (bad != 0)
            return bad;
    }
    return 0;
}

/* ---- checking -------------------------------------------------------------------------------- */

static bool holds(const json_t *list, const char *word)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (rv_str_eq(rv_json_str(json_array_get(list, i)), rv_str_of(word)))
            return true;
    return false;
}

static rv_status check_words(struct rv_cx *cx, const json_t *list, const char *name,
                             const char *const *allowed)
{
    const char *at = rv_z(cx, rv_printf(cx, "/settings/oauthClient/%s", name));
    if (!json_is_array(list))
        return rv_invalid(cx, "settings", at, "settings.oauthClient.%s: The field must be a list",
                          name);
    for (size_t i = 0; i < json_array_size(list); i++) {
        rv_str word = rv_json_str(json_array_get(list, i));
        const char *const *a = allowed;
        while (allowed != NULL && *a != NULL && !rv_str_eq(word, rv_str_of(*a)))
            a++;
        if (word.p == NULL || (allowed != NULL && *a == NULL))
            return rv_invalid(cx, "settings", at, "settings.oauthClient.%s: %.*s is not allowed",
                              name, (int)(word.n < 100 ? word.n : 100),
                              word.p != NULL ? word.p : "");
    }
    return RV_OK;
}

static rv_status check_word(struct rv_cx *cx, const json_t *object, const char *path,
                            const char *name, const char *const *allowed)
{
    rv_str word = rv_json_member_str(object, name);
    for (const char *const *a = allowed; word.p != NULL && *a != NULL; a++)
        if (rv_str_eq(word, rv_str_of(*a)))
            return RV_OK;
    return rv_invalid(cx, "settings", rv_z(cx, rv_printf(cx, "/%s/oauthClient/%s", path, name)),
                      "%s.oauthClient.%s: The value %.*s is not allowed", path, name,
                      (int)(word.n < 100 ? word.n : 100), word.p != NULL ? word.p : "null");
}

static rv_status check_oauth(struct rv_cx *cx, const json_t *app)
{
    static const char *const types[] = { "web", "native", "browser", "service", NULL };
    static const char *const methods[] = { "client_secret_basic",
                                           "client_secret_post",
                                           "client_secret_jwt",
                                           "private_key_jwt",
                                           "none",
                                           NULL };
    static const char *const responses[] = { "code", "token", "id_token", NULL };
    const json_t *s = json_object_get(json_object_get(app, "settings"), "oauthClient"),
                 *c = json_object_get(json_object_get(app, "credentials"), "oauthClient");
    const json_t *grants = json_object_get(s, "grant_types"),
                 *response = json_object_get(s, "response_types"),
                 *uris = json_object_get(s, "redirect_uris");
    bool service = rv_str_eq(rv_json_member_str(s, "application_type"), RV_STR("service"));
    if (!json_is_object(s) || !json_is_object(c))
        return rv_invalid(cx, "settings", "/settings/oauthClient",
                          "settings.oauthClient: The field must be an object");
    RV_TRY(check_word(cx, s, "settings", "application_type", types));
    RV_TRY(check_word(cx, c, "credentials", "token_endpoint_auth_method", methods));
    RV_TRY(check_words(cx, grants, "grant_types", NULL));
    RV_TRY(check_words(cx, response, "response_types", responses));
    RV_TRY(check_words(cx, uris, "redirect_uris", NULL));
    if (service && (!holds(grants, "client_credentials") || json_array_size(response) != 1 ||
                    !holds(response, "token")))
        return rv_invalid(cx, "settings", "/settings/oauthClient/grant_types",
                          "settings.oauthClient.grant_types: A service application needs grant "
                          "type client_credentials and response type token");
    if (holds(grants, "implicit") && !holds(response, "token") && !holds(response, "id_token"))
        return rv_invalid(cx, "settings", "/settings/oauthClient/response_types",
                          "settings.oauthClient.response_types: Grant type implicit needs response "
                          "type token or id_token");
    if (!service && json_array_size(uris) == 0 &&
        (holds(grants, "authorization_code") || holds(grants, "implicit")))
        return rv_invalid(cx, "settings", "/settings/oauthClient/redirect_uris",
                          "settings.oauthClient.redirect_uris: The field cannot be left blank");
    if (rv_str_eq(rv_json_member_str(c, "token_endpoint_auth_method"), RV_STR("private_key_jwt")) &&
        json_object_get(s, "jwks") == NULL && json_object_get(s, "jwks_uri") == NULL)
        return rv_invalid(cx, "settings", "/settings/oauthClient/jwks",
                          "settings.oauthClient.jwks: private_key_jwt needs jwks or jwks_uri");
    return RV_OK;
}

/* Name and label; the members that must have a certain type for the merge to make sense. */
static rv_status check_head(struct rv_cx *cx, const json_t *body, rv_str *ret_label)
{
    static const char *const objects[] = { "accessibility", "visibility", "credentials",
                                           "settings" };
    *ret_label = rv_json_member_str(body, "label");
    if (rv_str_trim(*ret_label).n == 0)
        return rv_invalid(cx, "label", "/label", "label: The field cannot be left blank");
    if (rv_utf8_count(*ret_label) > LABEL_MAX)
        return rv_invalid(cx, "label", "/label",
                          "label: String length must be at most %d characters", LABEL_MAX);
    for (size_t i = 0; i < RV_LEN(objects); i++) {
        const json_t *v = json_object_get(body, objects[i]);
        if (v != NULL && !json_is_object(v) && !json_is_null(v))
            return rv_invalid(cx, objects[i], rv_z(cx, rv_printf(cx, "/%s", objects[i])),
                              "%s: The field must be an object", objects[i]);
    }
    if (json_object_get(body, "features") != NULL &&
        !json_is_array(json_object_get(body, "features")) &&
        !json_is_null(json_object_get(body, "features")))
        return rv_invalid(cx, "features", "/features", "features: The field must be a list");
    return RV_OK;
}

static rv_status check_bookmark(struct rv_cx *cx, const json_t *app)
{
    rv_str url =
        rv_json_member_str(json_object_get(json_object_get(app, "settings"), "app"), "url");
    return url.n > 0 ? RV_OK
                     : rv_invalid(cx, "settings", "/settings/app/url",
                                  "settings.app.url: The field cannot be left blank");
}

/* What the client sent laid over the defaults; ret lives in cx. Without client_secret, which goes
 * its own way. */
static rv_status compose(struct rv_cx *cx, const json_t *body, const struct mode *m, rv_str id,
                         json_t **ret)
{
    static const char *const parts[] = { "accessibility", "visibility", "features", "credentials",
                                         "settings" };
    json_t *app = json_loads(m->defaults, 0, NULL);
    RV_TRY(rv_json_keep(cx, app));
    for (size_t i = 0; i < RV_LEN(parts); i++) {
        json_t *v = json_object_get(body, parts[i]), *base = json_object_get(app, parts[i]);
        if (v == NULL || json_is_null(v))
            continue;
        json_t *copy = json_deep_copy(v);
        int bad = copy == NULL           ? -1
                  : json_is_object(base) ? overlay(base, copy)
                                         : json_object_set(app, parts[i], copy);
        json_decref(copy);
        if (bad != 0)
            return rv_fail(cx, RV_BUSY, "out of memory");
    }
    json_t *client = json_object_get(json_object_get(app, "credentials"), "oauthClient");
    if (json_is_object(client)) {
        (void)json_object_del(client, "client_secret"); /* was not there: the same */
        if (json_object_set_new(client, "client_id", json_stringn(id.p, id.n)) != 0)
            return rv_fail(cx, RV_BUSY, "out of memory");
    }
    *ret = app;
    if (strcmp(m->name, OIDC) == 0)
        return check_oauth(cx, app);
    return strcmp(m->name, "BOOKMARK") == 0 ? check_bookmark(cx, app) : RV_OK;
}

/* ---- showing --------------------------------------------------------------------------------- */

static void write_hint(struct rv_cx *cx, struct rv_jw *w, const char *key, rv_str self,
                       const char *tail, const char *verb)
{
    rv_jw_key(w, key);
    rv_jw_obj(w);
    rv_jw_kstr(w, "href", rv_printf(cx, "%.*s/%s", RV_FMT(self), tail));
    if (verb != NULL)
        rv_jw_kraw(w, "hints", rv_printf(cx, "{\"allow\":[\"%s\"]}", verb));
    rv_jw_obj_end(w);
}

static void write_links(struct rv_cx *cx, struct rv_jw *w, const struct app *a)
{
    rv_str base = rv_base_url(cx),
           self = rv_printf(cx, "%.*s/api/v1/apps/%.*s", RV_FMT(base), RV_FMT(a->id));
    bool oidc = rv_str_eq(a->sign_on_mode, RV_STR("OPENID_CONNECT")),
         active = rv_str_eq(a->status, RV_STR("ACTIVE"));
    rv_str link = oidc ? RV_STR("oidc_client_link") : RV_STR("login");
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    write_hint(cx, w, "uploadLogo", self, "logo", "POST");
    rv_jw_key(w, "appLinks");
    rv_jw_arr(w);
    rv_jw_obj(w);
    rv_jw_kstr(w, "name", link);
    rv_jw_kstr(w, "href",
               rv_printf(cx, "%.*s/home/%.*s/%.*s", RV_FMT(base), RV_FMT(a->name), RV_FMT(a->id)));
    rv_jw_kstr(w, "type", RV_STR("text/html"));
    rv_jw_obj_end(w);
    rv_jw_arr_end(w);
    write_hint(cx, w, "policies", self, "policies", "PUT");
    write_hint(cx, w, "groups", self, "groups", NULL);
    rv_jw_kraw(
        w, "logo",
        rv_printf(cx,
                  "[{\"name\":\"medium\",\"href\":\"%.*s/assets/app.png\",\"type\":\"image/png\"}]",
                  RV_FMT(base)));
    write_hint(cx, w, "users", self, "users", NULL);
    write_hint(cx, w, active ? "deactivate" : "activate", self,
               active ? "lifecycle/deactivate" : "lifecycle/activate", NULL);
    rv_jw_obj_end(w);
}

static rv_status write_app(struct rv_cx *cx, struct rv_jw *w, const struct app *a, rv_str secret)
{
    json_t *body, *copy;
    RV_TRY(rv_json_parse(cx, a->body, &rv_json_limits_import, &body));
    copy = json_deep_copy(body);
    RV_TRY(rv_json_keep(cx, copy));
    json_t *client = json_object_get(json_object_get(copy, "credentials"), "oauthClient");
    if (secret.p != NULL &&
        json_object_set_new(client, "client_secret", json_stringn(secret.p, secret.n)) != 0)
        return rv_fail(cx, RV_BUSY, "out of memory");
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", a->id);
    rv_jw_kstr(w, "orn",
               rv_printf(cx, "orn:%.*s:idp:%.*s:apps:%.*s:%.*s",
                         RV_FMT(rv_config_text(cx->env, "orn.partition")),
                         RV_FMT(rv_org_id(cx->env)), RV_FMT(a->name), RV_FMT(a->id)));
    rv_jw_kstr(w, "name", a->name);
    rv_jw_kstr(w, "label", a->label);
    rv_jw_kstr(w, "status", a->status);
    rv_jw_ktime(w, "lastUpdated", a->updated_at);
    rv_jw_ktime(w, "created", a->created_at);
    static const char *const head[] = { "accessibility", "visibility", "features" };
    for (size_t i = 0; i < RV_LEN(head); i++) {
        rv_jw_key(w, head[i]);
        rv_jw_json(w, json_object_get(copy, head[i]));
    }
    rv_jw_kstr(w, "signOnMode", a->sign_on_mode);
    rv_jw_key(w, "credentials");
    rv_jw_json(w, json_object_get(copy, "credentials"));
    if (json_is_object(client)) {
        rv_jw_key(w, "universalLogout");
        rv_jw_null(w);
    }
    rv_jw_key(w, "settings");
    rv_jw_json(w, json_object_get(copy, "settings"));
    write_links(cx, w, a);
    rv_jw_obj_end(w);
    return RV_OK;
}

static void read_row(struct rv_rows *r, struct app *a)
{
    *a = (struct app){ .id = rv_col_str(r, 0),
                       .name = rv_col_str(r, 1),
                       .label = rv_col_str(r, 2),
                       .status = rv_col_str(r, 3),
                       .sign_on_mode = rv_col_str(r, 4),
                       .body = rv_col_str(r, 5),
                       .created_at = rv_col_int(r, 6),
                       .updated_at = rv_col_int(r, 7) };
}

static rv_status find(struct rv_tx *tx, rv_str id, bool *ret_found, struct app *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &app_sql[Q_GET], &r, ret_found, RV_ARGS(id)));
    if (!*ret_found)
        return RV_OK;
    read_row(&r, ret);
    return rv_rows_end(&r);
}

static rv_status get_for(struct rv_tx *tx, rv_str id, enum rv_action action, struct app *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_object o = RV_OBJECT(id);
    bool found;
    if (action != RV_A_APP_READ)
        RV_TRY(rv_authz_may(cx, tx, RV_A_APP_READ, o, &o.visible));
    RV_TRY(rv_authz(cx, tx, action, o));
    RV_TRY(find(tx, id, &found, ret));
    return found ? RV_OK
                 : rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (AppInstance)",
                           (int)(id.n < 100 ? id.n : 100), id.p);
}

struct showing {
    rv_str id;
    struct app a;
};

static rv_status show_tx(struct rv_tx *tx, void *arg)
{
    struct showing *s = arg;
    return get_for(tx, s->id, RV_A_APP_READ, &s->a);
}

static rv_status show_own_tx(struct rv_tx *tx, void *arg)
{
    struct showing *s = arg;
    bool found;
    RV_TRY(find(tx, s->id, &found, &s->a));
    return found ? RV_OK
                 : rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                           "Not found: Resource not found: %.*s (AppInstance)", RV_FMT(s->id));
}

rv_status rv_app_show(struct rv_cx *cx, rv_str id, rv_str secret, struct rv_jw *w)
{
    struct showing s = { .id = id };
    /* The answer of create, which was judged: who may create may not be allowed to read. */
    RV_TRY(rv_store_read(cx, secret.p != NULL ? show_own_tx : show_tx, &s));
    return write_app(cx, w, &s.a, secret);
}

/* ---- list ------------------------------------------------------------------------------------ */

static const struct rv_filter_attr filter_attrs[] = {
    { "status", RV_FOP_EQ }, { "id", RV_FOP_EQ }, { "name", RV_FOP_EQ }, { "user.id", RV_FOP_EQ }, { "group.id", RV_FOP_EQ },
    { "credentials.signing.kid", RV_FOP_EQ }, { NULL, 0 },
};
struct walk {
    const struct rv_directory_query *q;
    const struct rv_filter *filter;
    struct rv_jw *w;
    rv_str prefix, last, next, group_id /* applications of this group */;
    int shown;
};

/* The filter may ask who has the application; what is shown does not say it. */
static rv_status add_members(struct rv_tx *tx, const struct walk *k, const struct app *a, json_t *j)
{
    static const char *const kinds[] = { "user", "group" };
    for (size_t i = 0; i < RV_LEN(kinds); i++) {
        rv_str id;
        bool has;
        if (!rv_filter_needs(k->filter, i == 0 ? "user.id" : "group.id", &id))
            continue;
        RV_TRY(rv_assignment_has(tx, a->id, id, &has));
        if (has && json_object_set_new(j, kinds[i], json_pack("{s:s%}", "id", id.p, id.n)) != 0)
            return rv_fail(rv_tx_cx(tx), RV_BUSY, "out of memory");
    }
    return RV_OK;
}

static rv_status wanted(struct rv_tx *tx, const struct walk *k, const struct app *a, bool *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_buf b;
    struct rv_jw w;
    rv_str text;
    json_t *j = NULL;
    *ret = k->prefix.n == 0 || rv_str_starts(rv_fold(cx, a->label), k->prefix) ||
           rv_str_starts(rv_fold(cx, a->name), k->prefix);
    if (!*ret || k->filter == NULL)
        return RV_OK;
    rv_buf_init(&b, 4 << 20);
    rv_jw_init(&w, &b);
    rv_status st = write_app(cx, &w, a, RV_NONE_STR);
    if (st == RV_OK)
        st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK)
        st = rv_json_parse(cx, text, &rv_json_limits_import, &j);
    rv_buf_done(&b);
    if (st == RV_OK)
        st = add_members(tx, k, a, j);
    *ret = st == RV_OK && rv_filter_match(k->filter, j);
    return st;
}

static rv_status show_rows(struct rv_tx *tx, struct rv_rows *r, struct walk *k)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_status st = RV_OK;
    bool full = false;
    while (st == RV_OK && !full && rv_rows_next(r)) {
        struct app a;
        bool yes;
        read_row(r, &a);
        st = wanted(tx, k, &a, &yes);
        if (st != RV_OK || !yes)
            continue;
        full = k->shown == k->q->limit;
        if (full)
            break;
        st = write_app(cx, k->w, &a, RV_NONE_STR);
        k->last = a.id;
        k->shown++;
    }
    if (full)
        k->next = k->last;
    rv_status ended = rv_rows_end(r);
    return st != RV_OK ? st : ended;
}

static rv_status page_tx(struct rv_tx *tx, void *arg)
{
    struct walk *k = arg;
    struct rv_scope scope;
    struct rv_rows r;
    bool picky = k->filter != NULL || k->prefix.n > 0;
    RV_TRY(rv_authz_list(rv_tx_cx(tx), tx, RV_A_APP_READ, &scope));
    RV_TRY(rv_sql_query(tx, &app_sql[Q_SCAN], &r,
                        RV_ARGS(k->q->after.p != NULL ? k->q->after : RV_STR(""), scope.all,
                                scope.ids, picky ? INT64_MAX : (int64_t)k->q->limit + 1)));
    return show_rows(tx, &r, k);
}

static rv_status of_group_tx(struct rv_tx *tx, void *arg)
{
    struct walk *k = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    rv_str name;
    bool found;
    RV_TRY(rv_authz(cx, tx, RV_A_GROUP_READ, RV_OBJECT(k->group_id)));
    RV_TRY(rv_group_name(tx, k->group_id, &found, &name));
    if (!found)
        return rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (UserGroup)",
                       (int)(k->group_id.n < 100 ? k->group_id.n : 100), k->group_id.p);
    RV_TRY(rv_sql_query(tx, &app_sql[Q_OF_GROUP], &r,
                        RV_ARGS(k->group_id, k->q->after.p != NULL ? k->q->after : RV_STR(""),
                                (int64_t)k->q->limit + 1)));
    return show_rows(tx, &r, k);
}

rv_status rv_group_app_page(struct rv_cx *cx, rv_str group_id, const struct rv_directory_query *q,
                            struct rv_jw *w, rv_str *ret_next)
{
    struct walk k = { .q = q, .w = w, .group_id = group_id };
    RV_TRY(rv_store_read(cx, of_group_tx, &k));
    *ret_next = k.next;
    return RV_OK;
}

rv_status rv_app_page(struct rv_cx *cx, const struct rv_directory_query *q, struct rv_jw *w,
                      rv_str *ret_next)
{
    struct walk k = { .q = q, .w = w, .prefix = q->q.n > 0 ? rv_fold(cx, q->q) : RV_NONE_STR };
    if (q->filter.n > 0)
        RV_TRY(rv_filter_parse(cx, q->filter, filter_attrs, "filter", "E0000001", &k.filter));
    RV_TRY(rv_store_read(cx, page_tx, &k));
    *ret_next = k.next;
    return RV_OK;
}

/* ---- changing -------------------------------------------------------------------------------- */

struct creation {
    struct app a;
    rv_str secret, secret_id; /* absent: none */
};

static rv_status events(struct rv_tx *tx, const struct app *a, const char *verb)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const struct rv_target t = {
        .type = "AppInstance", .id = a->id, .name = a->label, .alternate = rv_z(cx, a->label)
    };
    const struct rv_target client = {
        .type = "PublicClientApp", .id = a->id, .name = a->label, .alternate = rv_z(cx, a->label)
    };
    RV_TRY(rv_event_add(tx, rv_z(cx, rv_printf(cx, "application.lifecycle.%s", verb)), true,
                        RV_NONE_STR, &t, 1, RV_NONE_STR));
    if (!rv_str_eq(a->sign_on_mode, rv_str_of(OIDC)))
        return RV_OK;
    return rv_event_add(tx, rv_z(cx, rv_printf(cx, "app.oauth2.client.lifecycle.%s", verb)), true,
                        RV_NONE_STR, &client, 1, RV_NONE_STR);
}

static rv_status insert(struct rv_tx *tx, const struct creation *c)
{
    const struct app *a = &c->a;
    RV_TRY(rv_sql_exec(tx, &app_sql[Q_INSERT], NULL,
                       RV_ARGS(a->id, a->name, a->label, rv_fold(rv_tx_cx(tx), a->label), a->status,
                               a->sign_on_mode, a->body, rv_tx_now(tx))));
    return c->secret.p != NULL
               ? rv_app_secret_insert(tx, a->id, c->secret_id, c->secret, RV_STR("ACTIVE"))
               : RV_OK;
}

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    const struct creation *c = arg;
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_APP_MANAGE, RV_NO_OBJECT));
    RV_TRY(insert(tx, c));
    return events(tx, &c->a, "create");
}

/* {organisation}_{label}_{n}, of letters and digits (api.md 14). */
static rv_str invent_name(struct rv_cx *cx, rv_str label)
{
    rv_str word = rv_fold(cx, label);
    char *p = rv_alloc(cx, word.n + 1);
    size_t n = 0;
    for (size_t i = 0; p != NULL && i < word.n; i++)
        if ((word.p[i] >= 'a' && word.p[i] <= 'z') || (word.p[i] >= '0' && word.p[i] <= '9'))
            p[n++] = word.p[i];
    return rv_printf(cx, "reeve_%.*s_1", (int)n, p != NULL ? p : "");
}

static rv_status make_secret(struct rv_cx *cx, const json_t *body, const json_t *app,
                             struct creation *c, rv_str *ret)
{
    const json_t *client = json_object_get(json_object_get(app, "credentials"), "oauthClient");
    rv_str given =
        rv_json_member_str(json_object_get(json_object_get(body, "credentials"), "oauthClient"),
                           "client_secret");
    *ret = RV_NONE_STR;
    if (!rv_str_starts(rv_json_member_str(client, "token_endpoint_auth_method"),
                       RV_STR("client_secret")))
        return RV_OK;
    if (given.n > 0 && (given.n < 14 || given.n > 100))
        return rv_invalid(cx, "credentials", "/credentials/oauthClient/client_secret",
                          "client_secret: String length must be 14 to 100 characters");
    *ret = given.n > 0 ? given : rv_app_secret_new(cx);
    c->secret = *ret;
    c->secret_id = rv_id_prefixed(cx, "ocs");
    return ret->p != NULL && c->secret_id.p != NULL ? RV_OK : RV_BUSY;
}

rv_status rv_app_create(struct rv_cx *cx, const json_t *body, bool activate, rv_str *ret_id,
                        rv_str *ret_secret)
{
    struct creation c = { .a = { .status = activate ? RV_STR("ACTIVE") : RV_STR("INACTIVE"),
                                 .sign_on_mode = rv_json_member_str(body, "signOnMode") } };
    const struct mode *m = mode_of(c.a.sign_on_mode);
    json_t *app;
    RV_TRY(rv_authz(cx, NULL, RV_A_APP_MANAGE, RV_NO_OBJECT));
    if (!json_is_object(body) || m == NULL)
        return rv_invalid(cx, "signOnMode", "/signOnMode",
                          "signOnMode: It must be one of BOOKMARK, OPENID_CONNECT, AUTO_LOGIN, "
                          "BASIC_AUTH, BROWSER_PLUGIN, "
                          "SECURE_PASSWORD_STORE, SAML_2_0, SAML_1_1, WS_FEDERATION");
    RV_TRY(check_head(cx, body, &c.a.label));
    c.a.id = rv_id_prefixed(cx, "0oa");
    c.a.name = m->app_name != NULL ? rv_str_of(m->app_name) : rv_json_member_str(body, "name");
    if (c.a.name.n == 0)
        c.a.name = invent_name(cx, c.a.label);
    RV_TRY(compose(cx, body, m, c.a.id, &app));
    RV_TRY(make_secret(cx, body, app, &c, ret_secret));
    RV_TRY(rv_json_dump(cx, app, &c.a.body));
    RV_TRY(rv_store_write(cx, create_tx, &c));
    *ret_id = c.a.id;
    return RV_OK;
}

struct updating {
    rv_str id, label;
    const json_t *body;
};

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    const struct updating *u = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct app a;
    json_t *app;
    rv_str text, mode = rv_json_member_str(u->body, "signOnMode");
    RV_TRY(get_for(tx, u->id, RV_A_APP_MANAGE, &a));
    RV_TRY(rv_guard_user(tx, a.id)); /* keys of an application that holds a role are that role (security.md 2.5d) */
    if (mode.p != NULL && !rv_str_eq(mode, a.sign_on_mode))
        return rv_invalid(cx, "signOnMode", "/signOnMode", "signOnMode: It cannot be changed");
    const struct mode *m = mode_of(a.sign_on_mode);
    if (m == NULL)
        return rv_fail(cx, RV_INTERNAL, "the application has an unknown sign-on mode");
    RV_TRY(compose(cx, u->body, m, a.id, &app));
    RV_TRY(rv_json_dump(cx, app, &text));
    RV_TRY(rv_sql_exec(tx, &app_sql[Q_UPDATE], NULL,
                       RV_ARGS(u->label, rv_fold(cx, u->label), text, rv_tx_now(tx), a.id)));
    a.label = u->label;
    return events(tx, &a, "update");
}

rv_status rv_app_update(struct rv_cx *cx, rv_str id, const json_t *body)
{
    struct updating u = { .id = id, .body = body };
    if (!json_is_object(body))
        return rv_invalid(cx, "body", "", "The body must be an object");
    RV_TRY(check_head(cx, body, &u.label));
    return rv_store_write(cx, update_tx, &u);
}

struct switching {
    rv_str id;
    bool active;
};

static rv_status switch_tx(struct rv_tx *tx, void *arg)
{
    const struct switching *s = arg;
    struct app a;
    rv_str to = s->active ? RV_STR("ACTIVE") : RV_STR("INACTIVE");
    RV_TRY(get_for(tx, s->id, RV_A_APP_MANAGE, &a));
    if (rv_str_eq(a.status, to))
        return RV_OK;
    RV_TRY(rv_sql_exec(tx, &app_sql[Q_STATUS], NULL, RV_ARGS(to, rv_tx_now(tx), a.id)));
    if (!s->active)
        RV_TRY(rv_oauth_tokens_end(tx, a.id)); /* they do not come back with it */
    return events(tx, &a, s->active ? "activate" : "deactivate");
}

rv_status rv_app_set_active(struct rv_cx *cx, rv_str id, bool active)
{
    struct switching s = { id, active };
    return rv_store_write(cx, switch_tx, &s);
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    const rv_str *id = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct app a;
    RV_TRY(get_for(tx, *id, RV_A_APP_MANAGE, &a));
    if (rv_str_eq(a.status, RV_STR("ACTIVE"))) {
        (void)rv_fail(cx, RV_FORBIDDEN, "Delete application forbidden: deactivate it first.");
        rv_fail_code(cx, "E0000056");
        return RV_FORBIDDEN;
    }
    RV_TRY(rv_roles_end(tx, "APP", a.id));
    RV_TRY(rv_oauth_tokens_end(tx, a.id));
    RV_TRY(rv_app_grants_end(tx, a.id));
    RV_TRY(rv_app_secrets_end(tx, a.id));
    RV_TRY(rv_sql_exec(tx, &app_sql[Q_DELETE], NULL, RV_ARGS(a.id)));
    return events(tx, &a, "delete");
}

rv_status rv_app_delete(struct rv_cx *cx, rv_str id)
{
    return rv_store_write(cx, delete_tx, &id);
}

/* ---- for the folder (org_int.h) -------------------------------------------------------------- */

rv_status rv_app_insert_service(struct rv_tx *tx, rv_str label, rv_str *ret_id)
{
    static const char service[] =
        "{\"visibility\":{\"hide\":{\"iOS\":true,\"web\":true}},\"credentials\":{\"oauthClient\":{"
        "\"token_endpoint_auth_method\":\"private_key_jwt\"}},"
        "\"settings\":{\"oauthClient\":{\"application_type\":\"service\",\"grant_types\":[\"client_"
        "credentials\"],"
        "\"response_types\":[\"token\"],\"jwks\":{\"keys\":[]}}}}";
    struct rv_cx *cx = rv_tx_cx(tx);
    struct creation c = { .a = { .id = rv_id_prefixed(cx, "0oa"),
                                 .name = RV_STR("oidc_client"),
                                 .label = label,
                                 .status = RV_STR("ACTIVE"),
                                 .sign_on_mode = rv_str_of(OIDC) } };
    json_t *body = json_loads(service, 0, NULL), *app;
    RV_TRY(rv_json_keep(cx, body));
    RV_TRY(compose(cx, body, mode_of(c.a.sign_on_mode), c.a.id, &app));
    RV_TRY(rv_json_dump(cx, app, &c.a.body));
    RV_TRY(insert(tx, &c));
    *ret_id = c.a.id;
    return RV_OK;
}

static struct rv_app_row row_of(const struct app *a)
{
    return (struct rv_app_row){ .id = a->id,
                                .name = a->name,
                                .label = a->label,
                                .status = a->status,
                                .client = rv_str_eq(a->sign_on_mode, rv_str_of(OIDC)) };
}

rv_status rv_app_get_row(struct rv_tx *tx, rv_str id, bool *ret_found, struct rv_app_row *ret)
{
    struct app a;
    RV_TRY(find(tx, id, ret_found, &a));
    if (*ret_found)
        *ret = row_of(&a);
    return RV_OK;
}

rv_status rv_app_judged(struct rv_tx *tx, rv_str id, enum rv_action action, struct rv_app_row *ret)
{
    struct app a;
    RV_TRY(get_for(tx, id, action, &a));
    *ret = row_of(&a);
    return RV_OK;
}

/* ---- limits of the folder -------------------------------------------------------------------- */

const struct rv_limit rv_org_limits[] = {
    { "user.login", 100, "characters", "login of a person" },
    { "group.name", 255, "characters", "name of a group" },
    { "group.description", 1024, "characters", "description of a group" },
    { "app.label", LABEL_MAX, "characters", "label of an application" },
    { "log.keywords", 10, "items", "keywords in a search of the system log" },
    { "log.keyword", 40, "characters", "one keyword in a search of the system log" },
    { "settings.organisationName", 100, "characters", "name of the organisation" },
    { .name = NULL },
};
