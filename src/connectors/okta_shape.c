/* connectors/okta_shape.c: from an object of the API to the outputs of a card.
 *
 * The name of an output says which member it shows: "Last Login" is lastLogin, or profile.lastLogin
 * when there is no such member ("Mobile Phone"). The few that follow another rule stand in tables
 * here or in the card's row. */
#include "connectors/okta_int.h"
#include <string.h>

const char *const rv_okta_user[] = { "Raw Output", "ID", "Status", "Created", "Activated", "Status Changed", "Last Login", "Last Updated", "Password Changed",
                                     "First Name", "Last Name", "Mobile Phone", "Second Email", "Login", "Email", NULL };
const char *const rv_okta_group[] = { "Raw Output", "ID", "Type", "Name", "Description", "Profile", "Created", "Last Updated", "Last Membership Updated", NULL };
const char *const rv_okta_app[] = { "Raw Output", "ID", "Name", "Label", "Status", "Created", "Last Updated", "Sign On Mode", NULL };
const char *const rv_okta_app_user[] = { "Raw Output", "ID", "External ID", "Created", "Last Updated", "Scope", "Status", "Status Changed", "Password Changed",
                                         "Sync State", "Last Sync", "Credentials", "Profile", NULL };
const char *const rv_okta_app_group[] = { "Raw Output", "ID", "Last Updated", "Priority", "Profile", "Links", NULL };
const char *const rv_okta_event[] = { "Raw Output", "UUID", "Published", "Event Type", "Display Message", "Severity", "Version", "Actor", "Client", "Outcome",
                                      "Target", "Transaction", "Debug Context", "Authentication Context", "Security Context", NULL };
const char *const rv_okta_session[] = { "id", "identitySourceId", "status", "importType", NULL };

static const struct {
    const char *key, *member; /* member NULL: the whole object */
} names[] = {
    { "ID", "id" },           { "User ID", "id" },    { "UUID", "uuid" },    { "Links", "_links" },     { "Raw Output", NULL },
    { "Raw Object", NULL },   { "Raw Body", NULL },   { "Full Details", NULL }, { "Raw Response", NULL },
};

/* "Last Login" → lastLogin, "External ID" → externalId; *ret is false when the key is no such name.
 */
static rv_str camel(rv_str key, char *buf, size_t size)
{
    size_t n = 0;
    bool first = true, start = true;
    for (size_t i = 0; i < key.n && n < size; i++) {
        char ch = key.p[i];
        bool upper = ch >= 'A' && ch <= 'Z', lower = ch >= 'a' && ch <= 'z';
        if (ch == ' ') {
            first = false;
            start = true;
            continue;
        }
        bool id = start && rv_str_starts(rv_str_sub(key, i, key.n), RV_STR("ID")) &&
                  (i + 2 == key.n || key.p[i + 2] == ' ');
        if (start && first && upper)
            ch = (char)(ch - 'A' + 'a');
        else if (start && lower && !first)
            ch = (char)(ch - 'a' + 'A');
        buf[n++] = ch;
        if (id && n < size) {
            buf[n++] = 'd';
            i++;
        }
        start = false;
    }
    return (rv_str){ buf, n };
}

static json_t *profile_of(const json_t *object)
{
    return json_object_get(object, "profile");
}

static json_t *member_of(const json_t *object, rv_str key)
{
    char buf[80];
    for (size_t i = 0; i < RV_LEN(names); i++)
        if (rv_str_eq(key, rv_str_of(names[i].key)))
            return names[i].member != NULL ? json_object_get(object, names[i].member)
                                           : (json_t *)(uintptr_t)object;
    json_t *v = json_object_getn(object, key.p, key.n);
    rv_str name = camel(key, buf, sizeof buf);
    if (v == NULL)
        v = json_object_getn(object, name.p, name.n);
    return v != NULL ? v : json_object_getn(profile_of(object), name.p, name.n);
}

/* ---- values that are shown in another form --------------------------------------------------- */

/* Kinds of credentials, never a secret: {Password: there is one, "Recovery Question", Provider:
 * {Name, Type}, Username}. */
static json_t *credentials(const json_t *v)
{
    json_t *provider = json_object_get(v, "provider"), *emails = json_object_get(v, "emails"),
           *user_name = json_object_get(v, "userName");
    json_t *o = json_pack("{s:b, s:O?}", "Password", json_object_get(v, "password") != NULL,
                          "Recovery Question",
                          json_object_get(json_object_get(v, "recovery_question"), "question"));
    if (o == NULL)
        return NULL;
    bool ok =
        provider == NULL ||
        json_object_set_new(o, "Provider",
                            json_pack("{s:O?, s:O?}", "Name", json_object_get(provider, "name"),
                                      "Type", json_object_get(provider, "type"))) == 0;
    ok = ok && (emails == NULL || json_object_set(o, "Emails", emails) == 0);
    ok = ok && (user_name == NULL || json_object_set(o, "Username", user_name) == 0);
    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

/* The profile with Name and Description, as flows of exports read a group's, beside its own
 * members. */
static json_t *profile(const json_t *v)
{
    json_t *name = json_object_get(v, "name"), *description = json_object_get(v, "description"),
           *o = json_copy((json_t *)(uintptr_t)v);
    if (o == NULL || name == NULL)
        return o;
    if (json_object_set(o, "Name", name) == 0 &&
        json_object_set_new(o, "Description",
                            description != NULL ? json_incref(description) : json_null()) == 0)
        return o;
    json_decref(o);
    return NULL;
}

json_t *rv_okta_value(const json_t *object, rv_str group, rv_str key)
{
    json_t *v;
    if (key.p == NULL)
        return NULL;
    if (rv_str_eq(group, RV_STR("Profile Properties")))
        return json_incref(json_object_getn(profile_of(object), key.p, key.n));
    v = member_of(object, key);
    if (rv_str_eq(key, RV_STR("Credentials")) && json_is_object(v))
        return credentials(v);
    if (rv_str_eq(key, RV_STR("Profile")) && json_is_object(v))
        return profile(v);
    return json_incref(v);
}

json_t *rv_okta_record(const json_t *object, const char *const *fields)
{
    json_t *o = json_object();
    for (size_t i = 0; o != NULL && fields[i] != NULL; i++) {
        json_t *v = rv_okta_value(object, RV_NONE_STR, rv_str_of(fields[i]));
        if (json_object_set_new(o, fields[i], v != NULL ? v : json_null()) != 0) {
            json_decref(o);
            return NULL;
        }
    }
    return o;
}

/* ---- outputs of a card ----------------------------------------------------------------------- */

/* The member the card's row names for the key, or absent. */
static rv_str named_in_row(const struct rv_okta_op *op, rv_str key)
{
    rv_str rest = rv_str_of(op->out), part;
    while (rest.p != NULL && rv_str_split(&rest, '|', &part)) {
        const char *eq = memchr(part.p, '=', part.n);
        if (eq != NULL && rv_str_eq(rv_str_sub(part, 0, (size_t)(eq - part.p)), key))
            return rv_str_sub(part, (size_t)(eq - part.p) + 1, part.n);
    }
    return RV_NONE_STR;
}

static json_t *output(struct rv_call *c, const struct rv_okta_op *op, const struct rv_field *f,
                      int status, const json_t *object)
{
    rv_str member = named_in_row(op, f->key);
    json_t *v;
    if (rv_str_eq(member, RV_STR("@status")))
        return json_integer(status);
    if (rv_str_eq(member, RV_STR("@count")))
        return json_integer((json_int_t)json_array_size(rv_okta_in(c, RV_STR("Data/Users"))));
    if (member.p != NULL)
        return json_incref(rv_value_at(object, member));
    v = rv_okta_value(object, f->group, f->key);
    if (f->type == RV_T_BOOL && !json_is_boolean(v)) { /* "Activated" of a date: whether there is one */
        bool some = !rv_value_empty(v);
        json_decref(v);
        return json_boolean(some);
    }
    return v;
}

rv_status rv_okta_outputs(struct rv_call *c, const struct rv_okta_op *op, int status,
                          const json_t *object)
{
    struct rv_field f;
    for (size_t o = 0; o < rv_out_count(c); o++) {
        rv_out_field(c, o, &f);
        RV_TRY(rv_out_at(c, o, output(c, op, &f, status, object)));
    }
    return RV_OK;
}
