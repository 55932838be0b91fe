/* connectors/okta.c: cards of the identity API (cards.md D.okta): Read User.
 *
 * The local transport calls the route table in the same process as the connection's person and through the same
 * permission check as everybody else (architecture.md 6). A status of 400 or more is the card's error. */
#include "connectors/connectors.h"

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = { { 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" }, { 409, "Conflict" },
                    { 429, "Too Many Requests" }, { 500, "Internal Server Error" }, { 503, "Service Unavailable" } };
    for (size_t i = 0; i < RV_LEN(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Error";
}

/* One segment of a path: everything but unreserved characters is encoded. */
static rv_str segment(struct rv_cx *cx, rv_str s)
{
    static const char hex[] = "0123456789ABCDEF";
    char *p = rv_alloc(cx, 3 * s.n + 1);
    size_t n = 0;
    if (p == NULL)
        return RV_NONE_STR;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '~' ||
                     (c == '.' && s.n > 2) || c == '@';
        if (plain) {
            p[n++] = (char)c;
        } else {
            p[n++] = '%';
            p[n++] = hex[c >> 4];
            p[n++] = hex[c & 15];
        }
    }
    return (rv_str){ p, n };
}

static rv_status call_api(struct rv_call *c, const char *method, rv_str target, json_t **ret)
{
    struct rv_cx *cx = rv_call_cx(c);
    struct rv_card_connection k;
    struct rv_answer answer;
    RV_TRY(rv_call_connection(c, &k));
    if (!k.local)
        return rv_fail(cx, RV_INVALID, "the connection \"%.*s\" has no transport this card can use", RV_FMT(k.name));
    struct rv_local_call call = { .as = k.as, .method = rv_str_of(method), .target = target };
    RV_TRY(rv_local_call(cx, &call, &answer));
    if (answer.status >= 400)
        return rv_card_error(c, answer.status, answer.body, "%s", reason_of(answer.status));
    return rv_json_parse(cx, answer.body, &rv_json_limits_default, ret);
}

static const struct {
    const char *key, *member;
} system_members[] = {
    { "ID", "id" },
    { "Status", "status" },
    { "Created", "created" },
    { "Activated", "activated" },
    { "Status Changed", "statusChanged" },
    { "Last Login", "lastLogin" },
    { "Last Updated", "lastUpdated" },
    { "Password Changed", "passwordChanged" },
    { "Credentials", "credentials" },
};

static json_t *system_member(const json_t *user, rv_str key)
{
    for (size_t i = 0; i < RV_LEN(system_members); i++)
        if (rv_str_eq(key, rv_str_of(system_members[i].key)))
            return json_object_get(user, system_members[i].member);
    return NULL;
}

static rv_status card_read_user(struct rv_call *c)
{
    struct rv_cx *cx = rv_call_cx(c);
    struct rv_field f;
    rv_str id;
    json_t *user;
    RV_TRY(rv_in_text(c, "ID or Login", &id));
    rv_str target = rv_printf(cx, "/api/v1/users/%.*s", RV_FMT(segment(cx, rv_str_trim(id))));
    if (target.p == NULL)
        return RV_BUSY;
    RV_TRY(call_api(c, "GET", target, &user));
    const json_t *profile = json_object_get(user, "profile");
    for (size_t o = 0; o < rv_out_count(c); o++) {
        rv_out_field(c, o, &f);
        json_t *v = rv_str_eq(f.group, RV_STR("Profile Properties")) && f.key.p != NULL ? json_object_getn(profile, f.key.p, f.key.n) : system_member(user, f.key);
        RV_TRY(rv_out_at(c, o, json_incref(v)));
    }
    return RV_OK;
}

#define SYSTEM(key, type, help) { "System Properties", key, key, type, 0, NULL, NULL, help }
#define PROFILE(key, label) { "Profile Properties", key, label, RV_T_TEXT, 0, NULL, NULL, "attribute of the profile" }

/* clang-format off */
const struct rv_card rv_cards_okta[] = {
    {
        .name = "okta:readUser", .label = "Read User", .category = "Okta", .connector = "okta",
        .help = "Looks a person up by id or login and gives status and profile.",
        .kind = RV_CARD_EFFECT, .user_pins = RV_USER_OUTPUTS, .user_group = "Profile Properties", .timeout_ms = 30000,
        .in = RV_PINS({ "User", "ID or Login", "ID or Login", RV_T_TEXT, RV_PIN_REQUIRED, NULL, NULL, "id, login or short login of the person" }),
        .out = RV_PINS(SYSTEM("ID", RV_T_TEXT, "id of the person"), SYSTEM("Status", RV_T_TEXT, "ACTIVE, SUSPENDED …"),
                       SYSTEM("Created", RV_T_TEXT, "when the person was created"), SYSTEM("Activated", RV_T_TEXT, "when the person was activated"),
                       SYSTEM("Status Changed", RV_T_TEXT, "when the status changed last"), SYSTEM("Last Login", RV_T_TEXT, "when the person signed in last"),
                       SYSTEM("Last Updated", RV_T_TEXT, "when anything changed last"), SYSTEM("Password Changed", RV_T_TEXT, "when the password changed last"),
                       SYSTEM("Credentials", RV_T_OBJECT, "kinds of credentials, without secrets"),
                       PROFILE("login", "Username"), PROFILE("firstName", "First name"), PROFILE("lastName", "Last name"), PROFILE("middleName", "Middle name"),
                       PROFILE("email", "Primary email"), PROFILE("displayName", "Display name"), PROFILE("title", "Title"), PROFILE("department", "Department"),
                       PROFILE("organization", "Organization"), PROFILE("employeeNumber", "Employee number"), PROFILE("managerId", "Manager id"),
                       PROFILE("manager", "Manager"), PROFILE("mobilePhone", "Mobile phone"), PROFILE("primaryPhone", "Primary phone"),
                       PROFILE("streetAddress", "Street address"), PROFILE("city", "City"), PROFILE("state", "State"), PROFILE("zipCode", "Zip code"),
                       PROFILE("countryCode", "Country code")),
        .run = card_read_user,
    },
    { .name = NULL },
};
