/* org/profile.c: the attributes of a person: what there is, what they may hold, how a person is
 * shown.
 *
 * The table is the base schema (api.md 12). Four attributes and the ones that the engine reads have
 * columns of their own; the others are one JSON text. An attribute that the table lacks is refused
 * by name, as clients expect. */
#include "org/person_int.h"

enum kind { PLAIN, LOGIN, EMAIL, LOCALE, ZONE };
enum { REQUIRED = 1, LAST = 2 /* shown behind the others */, ALWAYS = 4 /* shown as null when empty */ };
static const struct attribute {
    const char *name;
    enum kind kind;
    unsigned flags;
    size_t min, max;
} attributes[] = {
    { "firstName", PLAIN, REQUIRED | ALWAYS, 1, 50 },
    { "lastName", PLAIN, REQUIRED | ALWAYS, 1, 50 },
    { "mobilePhone", PLAIN, ALWAYS, 0, 100 },
    { "middleName", PLAIN, 0, 0, 100 },
    { "honorificPrefix", PLAIN, 0, 0, 100 },
    { "honorificSuffix", PLAIN, 0, 0, 100 },
    { "title", PLAIN, 0, 0, 100 },
    { "displayName", PLAIN, 0, 0, 100 },
    { "nickName", PLAIN, 0, 0, 100 },
    { "profileUrl", PLAIN, 0, 0, 255 },
    { "primaryPhone", PLAIN, 0, 0, 100 },
    { "streetAddress", PLAIN, 0, 0, 1024 },
    { "city", PLAIN, 0, 0, 128 },
    { "state", PLAIN, 0, 0, 128 },
    { "zipCode", PLAIN, 0, 0, 50 },
    { "countryCode", PLAIN, 0, 0, 2 },
    { "postalAddress", PLAIN, 0, 0, 4096 },
    { "preferredLanguage", PLAIN, 0, 0, 100 },
    { "locale", LOCALE, 0, 0, 35 },
    { "timezone", ZONE, 0, 0, 64 },
    { "userType", PLAIN, 0, 0, 100 },
    { "employeeNumber", PLAIN, 0, 0, 100 },
    { "costCenter", PLAIN, 0, 0, 100 },
    { "organization", PLAIN, 0, 0, 100 },
    { "division", PLAIN, 0, 0, 100 },
    { "department", PLAIN, 0, 0, 100 },
    { "managerId", PLAIN, 0, 0, 100 },
    { "manager", PLAIN, 0, 0, 100 },
    { "secondEmail", EMAIL, LAST | ALWAYS, 0, 100 },
    { "login", LOGIN, REQUIRED | LAST | ALWAYS, 5, 100 },
    { "email", EMAIL, REQUIRED | LAST | ALWAYS, 5, 100 },
};

static const struct attribute *find(const char *name)
{
    for (size_t i = 0; i < RV_LEN(attributes); i++)
        if (strcmp(attributes[i].name, name) == 0)
            return &attributes[i];
    return NULL;
}

/* The member of the row that holds an attribute; NULL: it stands in the JSON text. */
static rv_str *column(struct rv_person_row *p, const char *name)
{
    if (strcmp(name, "firstName") == 0)
        return &p->first_name;
    if (strcmp(name, "lastName") == 0)
        return &p->last_name;
    if (strcmp(name, "login") == 0)
        return &p->login;
    if (strcmp(name, "email") == 0)
        return &p->email;
    if (strcmp(name, "managerId") == 0)
        return &p->manager;
    if (strcmp(name, "timezone") == 0)
        return &p->zone;
    return strcmp(name, "locale") == 0 ? &p->locale : NULL;
}

/* ---- checking -------------------------------------------------------------------------------- */

static bool has_control(rv_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\n' && s.p[i] != '\r') || s.p[i] == 0x7f)
            return true;
    return false;
}

static bool is_address(struct rv_cx *cx, rv_str s)
{
    rv_str *list;
    size_t n;
    bool good = rv_mail_addresses(cx, s, &list, &n) == RV_OK && n == 1 && rv_str_eq(list[0], s);
    rv_error_clear(cx);
    return good;
}

/* Shaped like an address, in any script; whether mail could reach it does not matter. */
static bool is_login(rv_str s)
{
    rv_str domain = s, local;
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || strchr(",;<>()\"\\/", s.p[i]) != NULL)
            return false;
    return rv_str_split(&domain, '@', &local) && local.n > 0 && domain.n > 0 &&
           !rv_str_contains(domain, RV_STR("@"));
}

static bool is_locale(rv_str s)
{
    size_t letters = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'),
             digit = c >= '0' && c <= '9';
        if (!letter && !digit && c != '_' && c != '-')
            return false;
        letters += letter && letters == i ? 1 : 0;
    }
    return letters >= 2 && letters <= 3;
}

static bool is_zone(struct rv_cx *cx, rv_str s)
{
    struct rv_civil civil;
    bool good = rv_zone_to_local(cx, s, 0, &civil) == RV_OK;
    rv_error_clear(cx);
    return good;
}

static rv_status check(struct rv_cx *cx, const struct attribute *a, const char *thing, rv_str v)
{
    const char *at = rv_z(cx, rv_printf(cx, "/profile/%s", a->name));
    struct rv_error before = cx->err;
    size_t n = rv_utf8_count(v);
    const char *wrong = NULL;
    if ((a->flags & REQUIRED) != 0 && v.n == 0)
        return rv_invalid(cx, thing, at, "%s: The field cannot be left blank", a->name);
    if (v.n == 0)
        return RV_OK;
    if (n < a->min || n > a->max)
        return rv_invalid(cx, thing, at, "%s: String length must be %zu to %zu characters", a->name,
                          a->min, a->max);
    if (has_control(v))
        wrong = "Control characters are not allowed";
    else if (a->kind == EMAIL && !is_address(cx, v))
        wrong = "Does not match required pattern: an email address";
    else if (a->kind == LOGIN && !is_login(v))
        wrong = "Username must be in the form of an email address";
    else if (a->kind == LOCALE && !is_locale(v))
        wrong = "Must be a locale such as en_US";
    else if (a->kind == ZONE && !is_zone(cx, v))
        wrong = "Must be the name of a time zone such as Europe/Berlin";
    cx->err = before; /* the checks above use the error slot */
    return wrong == NULL ? RV_OK : rv_invalid(cx, thing, at, "%s: %s", a->name, wrong);
}

static rv_status merge_one(struct rv_cx *cx, const char *key, const json_t *v, const char *thing,
                           struct rv_person_row *p, json_t *others)
{
    const struct attribute *a = find(key);
    if (a == NULL)
        return rv_invalid(cx, thing, "/profile", "Property name '%.100s' is not defined in profile",
                          key);
    rv_str s = rv_json_str(v), *to = column(p, a->name);
    if (s.p == NULL && !json_is_null(v))
        return rv_invalid(cx, thing, rv_z(cx, rv_printf(cx, "/profile/%s", a->name)),
                          "%s: Must be a text", a->name);
    RV_TRY(check(cx, a, thing, s));
    if (to != NULL)
        *to = s;
    else if (json_is_null(v))
        (void)json_object_del(others, a->name); /* was not there: the same */
    else if (json_object_set_new(others, a->name, json_stringn(s.p, s.n)) != 0)
        return rv_fail(cx, RV_BUSY, "out of memory");
    return RV_OK;
}

static rv_status start(struct rv_cx *cx, bool replace, struct rv_person_row *p, json_t **ret)
{
    if (p->profile.p != NULL && !replace) {
        json_t *old;
        RV_TRY(rv_json_parse(cx, p->profile, &rv_json_limits_import, &old));
        *ret = json_copy(old);
    } else
        *ret = json_object();
    if (replace)
        p->first_name = p->last_name = p->manager = p->zone = p->locale = RV_NONE_STR;
    return rv_json_keep(cx, *ret);
}

rv_status rv_profile_merge(struct rv_cx *cx, const json_t *profile, bool replace, const char *thing,
                           struct rv_person_row *p)
{
    json_t *others, *v;
    const char *key;
    rv_status st = RV_OK;
    if (!json_is_object(profile))
        return rv_invalid(cx, thing, "/profile", "profile: The field must be an object");
    RV_TRY(start(cx, replace, p, &others));
    json_object_foreach((json_t *)(uintptr_t)profile, key, v)
    {
        rv_status one = merge_one(cx, key, v, thing, p, others);
        if (one != RV_OK && one != RV_INVALID)
            return one;
        st = one != RV_OK ? one : st;
    }
    for (size_t i = 0; i < RV_LEN(attributes); i++) {
        const struct attribute *a = &attributes[i];
        if ((a->flags & REQUIRED) != 0 && column(p, a->name)->p == NULL &&
            json_object_get(profile, a->name) == NULL)
            st = rv_invalid(cx, thing, rv_z(cx, rv_printf(cx, "/profile/%s", a->name)),
                            "%s: The field cannot be left blank", a->name);
    }
    return st == RV_OK ? rv_json_dump(cx, others, &p->profile) : st;
}

/* ---- showing --------------------------------------------------------------------------------- */

static rv_status write_profile(struct rv_cx *cx, struct rv_jw *w, const struct rv_person_row *p)
{
    struct rv_person_row copy = *p;
    json_t *others = NULL;
    if (p->profile.n > 2)
        RV_TRY(rv_json_parse(cx, p->profile, &rv_json_limits_import, &others));
    rv_jw_key(w, "profile");
    rv_jw_obj(w);
    for (size_t i = 0; i < RV_LEN(attributes); i++) {
        const struct attribute *a = &attributes[i];
        const rv_str *in = column(&copy, a->name);
        rv_str v = in != NULL ? *in : rv_json_member_str(others, a->name);
        if (v.p != NULL || (a->flags & ALWAYS) != 0)
            rv_jw_kstr(w, a->name, v);
    }
    rv_jw_obj_end(w);
    return RV_OK;
}

/* Which commands a state offers (api.md 8), as bits. */
static const struct {
    const char *name, *path;
    const char *states; /* blanks around each */
} commands[] = {
    { "suspend", "lifecycle/suspend", " ACTIVE PROVISIONED " },
    { "resetPassword", "lifecycle/reset_password", " ACTIVE PROVISIONED RECOVERY PASSWORD_EXPIRED " },
    { "forgotPassword", "credentials/forgot_password", " ACTIVE " },
    { "expirePassword", "lifecycle/expire_password", " ACTIVE " },
    { "changePassword", "credentials/change_password", " ACTIVE PASSWORD_EXPIRED " },
    { "changeRecoveryQuestion", "credentials/change_recovery_question", " ACTIVE " },
    { "resetFactors", "lifecycle/reset_factors", " ACTIVE PROVISIONED STAGED RECOVERY PASSWORD_EXPIRED " },
    { "reactivate", "lifecycle/reactivate", " PROVISIONED RECOVERY " },
    { "activate", "lifecycle/activate", " STAGED DEPROVISIONED " },
    { "unsuspend", "lifecycle/unsuspend", " SUSPENDED " },
    { "unlock", "lifecycle/unlock", " LOCKED_OUT " },
    { "deactivate", "lifecycle/deactivate", " ACTIVE PROVISIONED SUSPENDED RECOVERY PASSWORD_EXPIRED LOCKED_OUT " },
};

static void write_links(struct rv_cx *cx, struct rv_jw *w, const struct rv_person_row *p,
                        rv_str type_tail, bool list)
{
    rv_str base = rv_base_url(cx),
           self = rv_printf(cx, "%.*s/api/v1/users/%.*s", RV_FMT(base), RV_FMT(p->id));
    rv_str state = rv_printf(cx, " %.*s ", RV_FMT(p->status));
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    for (size_t i = 0; !list && i < RV_LEN(commands); i++)
        if (rv_str_contains(rv_str_of(commands[i].states), state))
            rv_jw_link(w, commands[i].name,
                       rv_printf(cx, "%.*s/%s", RV_FMT(self), commands[i].path), "POST");
    if (!list && rv_str_eq(p->status, RV_STR("DEPROVISIONED")))
        rv_jw_link(w, "delete", self, "DELETE");
    if (!list) {
        rv_jw_link(w, "schema",
                   rv_printf(cx, "%.*s/api/v1/meta/schemas/user/osc%.*s", RV_FMT(base),
                             RV_FMT(type_tail)),
                   NULL);
        rv_jw_link(w, "type",
                   rv_printf(cx, "%.*s/api/v1/meta/types/user/oty%.*s", RV_FMT(base),
                             RV_FMT(type_tail)),
                   NULL);
    }
    rv_jw_link(w, "self", self, NULL);
    rv_jw_obj_end(w);
}

rv_status rv_person_write(struct rv_cx *cx, struct rv_jw *w, const struct rv_person_row *p,
                          enum rv_links links)
{
    rv_str tail = rv_str_sub(rv_org_id(cx->env), 3, 17); /* the one user type is the organisation's own */
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", p->id);
    rv_jw_kstr(w, "status", p->status);
    rv_jw_ktime(w, "created", p->created_at);
    rv_jw_ktime(w, "activated", p->activated_at);
    rv_jw_ktime(w, "statusChanged", p->status_at);
    rv_jw_ktime(w, "lastLogin", p->login_at);
    rv_jw_ktime(w, "lastUpdated", p->updated_at);
    rv_jw_ktime(w, "passwordChanged", p->password_at);
    rv_jw_kstr(w, "realmId", rv_printf(cx, "guo%.*s", RV_FMT(tail))); /* and so is the one realm */
    rv_jw_key(w, "type");
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", rv_printf(cx, "oty%.*s", RV_FMT(tail)));
    rv_jw_obj_end(w);
    RV_TRY(write_profile(cx, w, p));
    rv_jw_kraw(w, "credentials",
               p->password_at != RV_NO_TIME
                   ? RV_STR("{\"password\":{},\"provider\":{\"type\":\"OKTA\",\"name\":\"OKTA\"}}")
                   : RV_STR("{\"provider\":{\"type\":\"OKTA\",\"name\":\"OKTA\"}}"));
    if (links != RV_LINKS_NONE)
        write_links(cx, w, p, tail, links == RV_LINKS_SELF);
    rv_jw_obj_end(w);
    return RV_OK;
}
