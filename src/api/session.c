/* api/session.c: who I am and what I may do, my preferences, the limits, and the pickers of people
 * and groups. */
#include "api/api_int.h"
#include "cards/cards.h"
#include "flows/flows.h"
#include "requests/requests.h"

#define ROOT "/reeve/api/v1"

/* ---- session --------------------------------------------------------------------------------- */

/* Each permission with one action that needs it. */
static const struct {
    enum rv_action action;
    const char *permission;
} permissions[] = {
#define RV_X(name, permission, relations, who, help) { RV_A_##name, permission },
    RV_ACTION_TABLE(RV_X)
#undef RV_X
};

static bool told_before(size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(permissions[k].permission, permissions[i].permission) == 0)
            return true;
    }
    return permissions[i].permission[0] == '\0';
}

static rv_status write_permissions(struct rv_cx *cx, struct rv_jw *w)
{
    bool may[RV_A_N];
    RV_TRY(rv_authz_anywhere(cx, may));
    rv_jw_key(w, "permissions");
    rv_jw_arr(w);
    for (size_t i = 0; i < RV_LEN(permissions); i++) {
        if (!told_before(i) && may[permissions[i].action])
            rv_jw_str(w, rv_str_of(permissions[i].permission));
    }
    rv_jw_arr_end(w);
    return RV_OK;
}

static void write_principal(const struct rv_principal *p, struct rv_jw *w)
{
    rv_jw_key(w, "principal");
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", p->id);
    rv_jw_kstr(w, "kind", p->kind == RV_USER ? RV_STR("USER") : RV_STR("APP"));
    rv_jw_kstr(w, "name", p->name);
    rv_jw_kstr(w, "login", p->login);
    rv_jw_kstr(w, "email", p->email);
    rv_jw_obj_end(w);
    rv_jw_kbool(w, "superAdmin", p->super_admin);
    rv_jw_kbool(w, "administrator", p->administrator || p->super_admin);
}

static void write_organisation(struct rv_cx *cx, struct rv_jw *w)
{
    rv_jw_key(w, "organisation");
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", rv_org_id(cx->env));
    rv_jw_kstr(w, "name", rv_setting_text(cx->env, cx, "organisationName"));
    rv_jw_kstr(w, "baseUrl", rv_base_url(cx));
    rv_jw_obj_end(w);
}

static rv_status person_tx(struct rv_tx *tx, void *arg)
{
    struct rv_person *p = arg;
    return rv_person_get(tx, rv_tx_cx(tx)->principal->id, p);
}

static rv_status write_zone(struct rv_cx *cx, struct rv_jw *w)
{
    struct rv_person p = { 0 };
    if (cx->principal->kind == RV_USER)
        RV_TRY(rv_store_read(cx, person_tx, &p));
    rv_jw_kstr(w, "zone", p.zone.n > 0 ? p.zone : rv_org_zone(cx));
    return RV_OK;
}

static rv_status get_session(struct rv_req *rq)
{
    struct rv_cx *cx = rv_req_cx(rq);
    struct rv_sample_object *sample;
    struct rv_jw *w = rv_reply_json(rq);
    RV_TRY(rv_authz(cx, NULL, RV_A_SESSION, RV_NO_OBJECT));
    RV_TRY(rv_sample_list(cx, &sample));
    rv_jw_obj(w);
    write_principal(cx->principal, w);
    RV_TRY(write_permissions(cx, w));
    rv_jw_key(w, "teams");
    rv_jw_arr(w);
    RV_TRY(rv_teams_of_user(cx, cx->principal->id, w));
    rv_jw_arr_end(w);
    rv_jw_key(w, "features");
    rv_jw_arr(w);
    rv_features_write_on(cx->env, w);
    rv_jw_arr_end(w);
    rv_jw_kstr(w, "csrf",
               cx->principal->method == RV_AUTH_SESSION ? rv_session_csrf(cx) : RV_STR(""));
    RV_TRY(write_zone(cx, w));
    write_organisation(cx, w);
    rv_jw_kbool(w, "sample", sample != NULL);
    rv_jw_kbool(w, "mailConfigured", rv_mail_configured(cx->env));
    rv_jw_obj_end(w);
    return rv_reply(rq, 200);
}

static rv_status delete_session(struct rv_req *rq)
{
    struct rv_exchange *x = rq->x;
    struct rv_cx *cx = &x->cx;
    RV_TRY(rv_authz(cx, NULL, RV_A_SESSION, RV_NO_OBJECT));
    if (cx->principal->method != RV_AUTH_SESSION)
        return rv_fail(cx, RV_CONFLICT,
                       "There is no browser session to end; API tokens are revoked in Settings.");
    RV_TRY(rv_session_close(cx, cx->principal->session_id));
    RV_TRY(rv_exchange_set_header(x, "Set-Cookie",
                                  rv_printf(cx, "%s=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0%s",
                                            rv_cookie_name(x), x->secure ? "; Secure" : "")));
    return rv_reply_none(rq, 204);
}

/* ---- limits ---------------------------------------------------------------------------------- */

static rv_status get_limits(struct rv_req *rq)
{
    static const struct rv_limit *const tables[] = { rv_api_limits,    rv_org_limits,
                                                     rv_access_limits, rv_flows_limits,
                                                     rv_cards_limits,  rv_requests_limits };
    struct rv_jw *w;
    RV_TRY(rv_authz(rv_req_cx(rq), NULL, RV_A_SESSION, RV_NO_OBJECT));
    RV_TRY(rv_list_begin(rq, &w));
    for (size_t i = 0; i < RV_LEN(tables); i++) {
        for (const struct rv_limit *l = tables[i]; l->name != NULL; l++) {
            rv_jw_obj(w);
            rv_jw_kstr(w, "name", rv_str_of(l->name));
            rv_jw_kint(w, "value", l->value);
            rv_jw_kstr(w, "unit", rv_str_of(l->unit));
            rv_jw_kstr(w, "help", rv_str_of(l->help));
            rv_jw_obj_end(w);
        }
    }
    return rv_list_end(rq, RV_NONE_STR);
}

const struct rv_limit rv_api_limits[] = {
    { "api.body", 1 << 20, "bytes", "Body of a request." },
    { "api.importBody", 16 << 20, "bytes", "Body of an import, and of a flow that is saved." },
    { "api.smallBody", 64 << 10, "bytes", "Body of a sign-in form." },
    { "api.query", 4096, "bytes", "Query string." },
    { "api.page", 200, "items", "Items of one page of a list." },
    { "api.idempotencyKey", 128, "characters", "Idempotency-Key." },
    { "api.idempotencyKept", 24, "hours", "How long the answer of an Idempotency-Key is kept." },
    { "api.jsonDepth", 64, "levels", "Nesting of a JSON body." },
    { "api.jsonValues", 50000, "values", "Values in a JSON body; 500,000 in an import." },
    { NULL, 0, NULL, NULL },
};

/* ---- preferences ----------------------------------------------------------------------------- */

struct preferences_body {
    uint64_t seen, nulls;
    int64_t version;
    rv_str language, theme;
    bool single_keys;
    json_t *notices;
};
enum { M_VERSION, M_LANGUAGE, M_KEYS };
static const char *const languages[] = { "en", "de", NULL };
static const char *const themes[] = { "system", "light", "dark", NULL };
static const struct rv_member preferences_members[] = {
    { "version", RV_K_INT, RV_REQUIRED, offsetof(struct preferences_body, version), 0, 0, NULL, "Version that the change is made to." },
    { "language", RV_K_ENUM, RV_NULLABLE, offsetof(struct preferences_body, language), 0, 0, languages, "null: the browser's." },
    { "singleKeys", RV_K_BOOL, 0, offsetof(struct preferences_body, single_keys), 0, 0, NULL, "Whether single letters are shortcuts." },
    { "theme", RV_K_ENUM, 0, offsetof(struct preferences_body, theme), 0, 0, themes, "Light, dark, or as the system." },
    { "notices", RV_K_OBJECT, 0, offsetof(struct preferences_body, notices), 0, 0, NULL, "false by the name of a notice that shall not come by mail." },
    { .name = NULL },
};
static const struct rv_shape preferences_shape = { "Preferences", preferences_members, false };

static rv_status get_preferences(struct rv_req *rq)
{
    RV_TRY(rv_preferences_write(rv_req_cx(rq), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status update_preferences(struct rv_req *rq)
{
    struct preferences_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &preferences_shape, &b));
    struct rv_preferences_in in = { .version = b.version,
                                    .has_language = RV_SEEN(&b, M_LANGUAGE),
                                    .language = b.language,
                                    .theme = b.theme,
                                    .has_single_keys = RV_SEEN(&b, M_KEYS),
                                    .single_keys = b.single_keys,
                                    .notices = b.notices };
    RV_TRY(rv_preferences_update(rv_req_cx(rq), &in));
    return get_preferences(rq);
}

/* ---- pickers --------------------------------------------------------------------------------- */

enum { PICK_MAX = 20 };

static rv_status list_people(struct rv_req *rq)
{
    struct rv_cx *cx = rv_req_cx(rq);
    struct rv_jw *w;
    struct rv_person *people;
    size_t n;
    RV_TRY(rv_person_list(cx, rv_req_query(rq, "q"), PICK_MAX, &people, &n));
    RV_TRY(rv_list_begin(rq, &w));
    for (size_t i = 0; i < n; i++) {
        rv_jw_obj(w);
        rv_jw_kstr(w, "id", people[i].id);
        rv_jw_kstr(w, "name", people[i].name);
        rv_jw_kstr(w, "email", people[i].email);
        rv_jw_obj_end(w);
    }
    return rv_list_end(rq, RV_NONE_STR);
}

static rv_status list_pushed_groups(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_group *groups;
    RV_TRY(rv_group_pushed_list(rv_req_cx(rq), rv_req_query(rq, "q"), PICK_MAX, &groups));
    RV_TRY(rv_list_begin(rq, &w));
    for (const struct rv_group *g = groups; g != NULL; g = g->next) {
        rv_jw_obj(w);
        rv_jw_kstr(w, "id", g->id);
        rv_jw_kstr(w, "name", g->name);
        rv_jw_kstr(w, "description", g->description);
        rv_jw_obj_end(w);
    }
    return rv_list_end(rq, RV_NONE_STR);
}

/* clang-format off */
const struct rv_route rv_routes_session[] = {
    { "GET", ROOT "/session", "getSession", RV_A_SESSION, RV_ENV_NATIVE, 0, NULL, NULL, get_session, "Who the caller is, and what the caller may do somewhere." },
    { "DELETE", ROOT "/session", "deleteSession", RV_A_SESSION, RV_ENV_NATIVE, 0, NULL, NULL, delete_session, "Sign out." },
    { "GET", ROOT "/limits", "getLimits", RV_A_SESSION, RV_ENV_NATIVE, 0, NULL, NULL, get_limits, "Every limit by name." },
    { "GET", ROOT "/preferences", "getPreferences", RV_A_SESSION, RV_ENV_NATIVE, 0, NULL, NULL, get_preferences, "How the caller wants the application." },
    { "PATCH", ROOT "/preferences", "updatePreferences", RV_A_SESSION, RV_ENV_NATIVE, 0, NULL, &preferences_shape, update_preferences, "Change how the caller wants the application." },
    { "GET", ROOT "/people", "listPeople", RV_A_PEOPLE_PICK, RV_ENV_NATIVE, 0, NULL, NULL, list_people, "People by part of name, login or e-mail, at most 20." },
    { "GET", ROOT "/pushed-groups", "listPushedGroups", RV_A_PEOPLE_PICK, RV_ENV_NATIVE, 0, NULL, NULL, list_pushed_groups, "Groups that Access Requests may use, at most 20." },
    { .method = NULL },
};
