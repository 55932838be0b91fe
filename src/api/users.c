/* api/users.c: people, in the compatible wire format (api.md 12).
 *
 * Each handler reads parameters, asks one domain function and replies; what a person looks like is
 * written in src/org. Statuses are part of the contract: creating answers 200, life-cycle commands
 * answer 200 with or without a body. */
#include "api/api.h"

enum { PAGE_MAX = 200, PAGE_SEARCH = 10 };

static struct rv_directory_query query(struct rv_req *rq, const struct rv_page *page)
{
    rv_str order = rv_req_query(rq, "sortOrder");
    return (struct rv_directory_query){
        .q = rv_req_query(rq, "q"),
        .search = rv_req_query(rq, "search"),
        .filter = rv_req_query(rq, "filter"),
        .sort_by = rv_req_query(rq, "sortBy"),
        .descending = rv_str_eq_nocase(order, RV_STR("desc")) ||
                      rv_str_eq_nocase(order, RV_STR("descending")),
        .limit = page->limit,
        .after = page->after,
    };
}

static rv_status list_users(struct rv_req *rq)
{
    struct rv_page page;
    struct rv_jw *w;
    rv_str next;
    RV_TRY(rv_req_page(rq, rv_req_query(rq, "q").n > 0 ? PAGE_SEARCH : PAGE_MAX, PAGE_MAX, &page));
    struct rv_directory_query q = query(rq, &page);
    RV_TRY(rv_array_begin(rq, &w));
    RV_TRY(rv_person_page(rv_req_cx(rq), &q, w, &next));
    return rv_array_end(rq, page.limit, next);
}

static rv_status show(struct rv_req *rq, rv_str who)
{
    struct rv_cx *cx = rv_req_cx(rq);
    int64_t version;
    RV_TRY(rv_person_show(cx, who, !rq->x->local, rv_reply_json(rq), &version)); /* a card follows no links */
    RV_TRY(rv_exchange_set_header(rq->x, "ETag", rv_printf(cx, "W/\"%" PRId64 "\"", version)));
    return rv_reply(rq, 200);
}

/* Who may write but not read gets the id: the change was made. */
static rv_status show_written(struct rv_req *rq, rv_str who)
{
    rv_status st = show(rq, who);
    if (st != RV_FORBIDDEN && st != RV_NOT_FOUND)
        return st;
    rv_error_clear(rv_req_cx(rq));
    struct rv_jw *w = rv_reply_json(rq);
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", who);
    rv_jw_obj_end(w);
    return rv_reply(rq, 200);
}

static rv_status get_user(struct rv_req *rq)
{
    return show(rq, rv_req_param(rq, 0));
}

static rv_status need_object(struct rv_req *rq)
{
    if (json_is_object(rq->body))
        return RV_OK;
    return rv_fail_field(rv_req_cx(rq), "", "INVALID_TYPE", "The body must be a JSON object");
}

static rv_status create_user(struct rv_req *rq)
{
    struct rv_person_create in = { .body = rq->body };
    rv_str id, next = rv_req_query(rq, "nextLogin");
    RV_TRY(need_object(rq));
    RV_TRY(rv_req_query_bool(rq, "activate", true, &in.activate));
    if (next.n > 0 && !rv_str_eq(next, RV_STR("changePassword")))
        return rv_fail_field(rv_req_cx(rq), "nextLogin", "INVALID_VALUE",
                             "nextLogin: It can only be changePassword");
    in.change_password = next.n > 0;
    RV_TRY(rv_person_create(rv_req_cx(rq), &in, &id));
    return show_written(rq, id);
}

/* W/"7" or "7"; anything else cannot be current. */
static rv_status if_match(struct rv_req *rq, int64_t *ret)
{
    rv_str tag = rv_exchange_header(rq->x, "if-match");
    *ret = RV_NO_INT;
    if (tag.n == 0 || rv_str_eq(tag, RV_STR("*")))
        return RV_OK;
    if (rv_str_starts(tag, RV_STR("W/")))
        tag = rv_str_sub(tag, 2, tag.n);
    if (tag.n > 2 && tag.p[0] == '"' && rv_str_to_int(rv_str_sub(tag, 1, tag.n - 2), ret))
        return RV_OK;
    *ret = -1;
    return RV_OK;
}

static rv_status update(struct rv_req *rq, bool replace)
{
    int64_t version;
    RV_TRY(need_object(rq));
    RV_TRY(if_match(rq, &version));
    RV_TRY(rv_person_update(rv_req_cx(rq), rv_req_param(rq, 0), rq->body, replace, version));
    return show_written(rq, rv_req_param(rq, 0));
}

static rv_status update_user(struct rv_req *rq)
{
    return update(rq, false);
}

static rv_status replace_user(struct rv_req *rq)
{
    return update(rq, true);
}

static rv_status delete_user(struct rv_req *rq)
{
    RV_TRY(rv_person_delete(rv_req_cx(rq), rv_req_param(rq, 0)));
    return rv_reply_none(rq, 204);
}

static rv_status reply_empty(struct rv_req *rq)
{
    struct rv_jw *w = rv_reply_json(rq);
    rv_jw_obj(w);
    rv_jw_obj_end(w);
    return rv_reply(rq, 200);
}

static rv_status life_cycle(struct rv_req *rq, const char *verb, bool mail_by_default,
                            rv_str *ret_token)
{
    bool by_mail;
    RV_TRY(rv_req_query_bool(rq, "sendEmail", mail_by_default, &by_mail));
    return rv_person_lifecycle(rv_req_cx(rq), rv_req_param(rq, 0), rv_str_of(verb), by_mail,
                               ret_token);
}

/* With sendEmail=false the link is the caller's business. */
static rv_status with_link(struct rv_req *rq, const char *verb, const char *url_name,
                           const char *token_name)
{
    struct rv_cx *cx = rv_req_cx(rq);
    rv_str token;
    RV_TRY(life_cycle(rq, verb, true, &token));
    struct rv_jw *w = rv_reply_json(rq);
    rv_jw_obj(w);
    if (token.p != NULL) {
        rv_jw_kstr(w, url_name,
                   rv_printf(cx, "%.*s/setup?token=%.*s", RV_FMT(rv_base_url(cx)), RV_FMT(token)));
        if (token_name != NULL)
            rv_jw_kstr(w, token_name, token);
    }
    rv_jw_obj_end(w);
    return rv_reply(rq, 200);
}

static rv_status activate_user(struct rv_req *rq)
{
    return with_link(rq, "activate", "activationUrl", "activationToken");
}

static rv_status reactivate_user(struct rv_req *rq)
{
    return with_link(rq, "reactivate", "activationUrl", "activationToken");
}

static rv_status reset_password(struct rv_req *rq)
{
    return with_link(rq, "reset_password", "resetPasswordUrl", NULL);
}

static rv_status simple(struct rv_req *rq, const char *verb, bool object)
{
    rv_str token;
    RV_TRY(life_cycle(rq, verb, false, &token));
    return object ? reply_empty(rq) : rv_reply_none(rq, 200);
}

static rv_status deactivate_user(struct rv_req *rq)
{
    return simple(rq, "deactivate", true);
}

static rv_status suspend_user(struct rv_req *rq)
{
    return simple(rq, "suspend", false);
}

static rv_status unsuspend_user(struct rv_req *rq)
{
    return simple(rq, "unsuspend", false);
}

static rv_status unlock_user(struct rv_req *rq)
{
    return simple(rq, "unlock", false);
}

static rv_status expire_password(struct rv_req *rq)
{
    rv_str token;
    RV_TRY(life_cycle(rq, "expire_password", true, &token));
    return show_written(rq, rv_req_param(rq, 0));
}

static rv_str password_at(const json_t *body, const char *name)
{
    return rv_json_member_str(json_object_get(body, name), "value");
}

static rv_status change_password(struct rv_req *rq)
{
    struct rv_cx *cx = rv_req_cx(rq);
    RV_TRY(need_object(rq));
    RV_TRY(rv_person_change_password(cx, rv_req_param(rq, 0), password_at(rq->body, "oldPassword"),
                                     password_at(rq->body, "newPassword")));
    RV_TRY(rv_person_credentials(cx, rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status list_user_groups(struct rv_req *rq)
{
    struct rv_page page;
    struct rv_jw *w;
    rv_str next;
    RV_TRY(rv_req_page(rq, PAGE_MAX, PAGE_MAX, &page));
    struct rv_directory_query q = { .limit = page.limit, .after = page.after };
    RV_TRY(rv_array_begin(rq, &w));
    RV_TRY(rv_person_groups(rv_req_cx(rq), rv_req_param(rq, 0), &q, w, &next));
    return rv_array_end(rq, page.limit, next);
}

static rv_status list_app_links(struct rv_req *rq)
{
    struct rv_jw *w;
    RV_TRY(rv_array_begin(rq, &w));
    RV_TRY(rv_person_app_links(rv_req_cx(rq), rv_req_param(rq, 0), w));
    return rv_array_end(rq, PAGE_MAX, RV_NONE_STR);
}

/* Access tokens of applications are not kept yet: oauthTokens has nothing to end. */
static rv_status clear_sessions(struct rv_req *rq)
{
    bool tokens;
    RV_TRY(rv_req_query_bool(rq, "oauthTokens", false, &tokens));
    RV_TRY(rv_person_clear_sessions(rv_req_cx(rq), rv_req_param(rq, 0)));
    return rv_reply_none(rq, 204);
}

#define READ "okta.users.read"
#define MANAGE "okta.users.manage"
#define USERS "/api/v1/users"
#define USER USERS "/{id}"
#define LIFE USER "/lifecycle"
/* clang-format off */
const struct rv_route rv_routes_users[] = {
    { "GET", USERS, "listUsers", RV_A_USER_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, list_users, "People: all, by q, by search or by filter." },
    { "POST", USERS, "createUser", RV_A_USER_CREATE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, create_user, "Creates a person, with or without a password." },
    { "GET", USER, "getUser", RV_A_USER_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, get_user, "One person by id, login, short name, or me." },
    { "POST", USER, "updateUser", RV_A_USER_UPDATE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, update_user, "Changes the profile attributes that are sent." },
    { "PUT", USER, "replaceUser", RV_A_USER_UPDATE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, replace_user, "Replaces the profile: what is not sent becomes empty." },
    { "DELETE", USER, "deleteUser", RV_A_USER_LIFECYCLE, RV_ENV_MANAGEMENT, 0, MANAGE, NULL, delete_user, "Deactivates a person; deletes one who is deactivated." },
    { "GET", USER "/groups", "listUserGroups", RV_A_USER_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, list_user_groups, "Groups of a person." },
    { "GET", USER "/appLinks", "listAppLinks", RV_A_USER_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, list_app_links, "Applications that a person has." },
    { "DELETE", USER "/sessions", "revokeUserSessions", RV_A_USER_SESSIONS, RV_ENV_MANAGEMENT, 0, MANAGE, NULL, clear_sessions, "Signs a person out everywhere." },
    { "POST", LIFE "/activate", "activateUser", RV_A_USER_LIFECYCLE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, activate_user, "Activates a staged or deactivated person." },
    { "POST", LIFE "/reactivate", "reactivateUser", RV_A_USER_LIFECYCLE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, reactivate_user, "Makes a new activation link." },
    { "POST", LIFE "/deactivate", "deactivateUser", RV_A_USER_LIFECYCLE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, deactivate_user, "Deactivates a person." },
    { "POST", LIFE "/suspend", "suspendUser", RV_A_USER_LIFECYCLE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, suspend_user, "Suspends a person." },
    { "POST", LIFE "/unsuspend", "unsuspendUser", RV_A_USER_LIFECYCLE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, unsuspend_user, "Ends a suspension." },
    { "POST", LIFE "/unlock", "unlockUser", RV_A_USER_LIFECYCLE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, unlock_user, "Unlocks a person who is locked out." },
    { "POST", LIFE "/expire_password", "expirePassword", RV_A_USER_PASSWORDS, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, expire_password, "Makes a person choose a new password." },
    { "POST", LIFE "/reset_password", "resetPassword", RV_A_USER_PASSWORDS, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, reset_password, "Makes a link to set a new password." },
    { "POST", USER "/credentials/change_password", "changePassword", RV_A_USER_CREDENTIALS, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, MANAGE, NULL, change_password, "Changes a password, given the old one." },
    { .method = NULL },
};
/* clang-format on */
