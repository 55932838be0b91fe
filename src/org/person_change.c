/* org/person_change.c: commands on people: create, change, and the life cycle as a table of states
 * (api.md 12).
 *
 * Each command asks the judge, then the rules of escalation (security.md 2.5), changes the row and
 * writes the event in one transaction; slow hashing of passwords happens before it. A change that
 * other floors have to follow (somebody stops being there) leaves the job "org.changed". */
#include "org/person_int.h"

enum { ACTIVATION_DAYS = 7, RESET_MINUTES = 60 };
static const int64_t MINUTE_MS = 60000;

static rv_status other_floors(struct rv_tx *tx, rv_str id)
{
    rv_str payload = rv_printf(rv_tx_cx(tx), "PERSON:%.*s", RV_FMT(id));
    return rv_job_add(tx, RV_STR("org.changed"), payload, rv_tx_now(tx), payload, NULL);
}

static rv_status event(struct rv_tx *tx, const char *type, const struct rv_person_row *p,
                       rv_str detail)
{
    struct rv_target t = rv_person_target(rv_tx_cx(tx), p);
    return rv_event_add(tx, type, true, RV_NONE_STR, &t, 1, detail);
}

/* ---- links by mail --------------------------------------------------------------------------- */

static rv_status mail_link(struct rv_tx *tx, const struct rv_person_row *p, rv_str token,
                           bool reset)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_person person;
    rv_str org = rv_setting_text(cx->env, cx, "organisationName");
    rv_str link = rv_printf(cx, "%.*s/setup?token=%.*s", RV_FMT(rv_base_url(cx)), RV_FMT(token));
    rv_person_of_row(cx, p, &person);
    struct rv_mail m = {
        .to = p->email,
        .subject = reset ? rv_printf(cx, "Set a new password for %.*s", RV_FMT(org))
                         : rv_printf(cx, "Welcome to %.*s", RV_FMT(org)),
        .text =
            reset ? rv_printf(cx,
                              "Hello %.*s,\n\nset a new password here within one hour (the link "
                              "works once):\n\n%.*s\n",
                              RV_FMT(person.name), RV_FMT(link))
                  : rv_printf(cx,
                              "Hello %.*s,\n\nset a password for your account %.*s here within %d "
                              "days (the link works once):\n\n%.*s\n",
                              RV_FMT(person.name), RV_FMT(p->login), ACTIVATION_DAYS, RV_FMT(link)),
    };
    return m.text.p != NULL && m.subject.p != NULL ? rv_mail_queue(tx, &m, RV_NONE_STR, NULL)
                                                   : RV_BUSY;
}

static rv_status make_link(struct rv_tx *tx, const struct rv_person_row *p, bool reset,
                           bool by_mail, rv_str *ret_token)
{
    rv_str token;
    RV_TRY(rv_setup_make(tx, p->id,
                         reset ? RESET_MINUTES * MINUTE_MS : ACTIVATION_DAYS * 1440 * MINUTE_MS,
                         &token));
    *ret_token = by_mail ? RV_NONE_STR : token;
    return by_mail ? mail_link(tx, p, token, reset) : RV_OK;
}

/* ---- create ---------------------------------------------------------------------------------- */

struct creation {
    const struct rv_person_create *in;
    struct rv_person_row p;
    rv_str password, encoded;
    const json_t *groups;
};

/* "credentials": {"password": {}} counts as no password. */
static rv_status read_password(struct rv_cx *cx, const json_t *body, rv_str *ret)
{
    const json_t *credentials = json_object_get(body, "credentials"),
                 *password = json_object_get(credentials, "password");
    const json_t *value = json_object_get(password, "value");
    *ret = RV_NONE_STR;
    if (credentials != NULL && !json_is_object(credentials) && !json_is_null(credentials))
        return rv_invalid(cx, "credentials", "/credentials",
                          "credentials: The field must be an object");
    if (password != NULL && !json_is_object(password) && !json_is_null(password))
        return rv_invalid(cx, "password", "/credentials/password",
                          "password: The field must be an object such as {\"value\": \"…\"}");
    if (json_object_get(password, "hash") != NULL || json_object_get(password, "hook") != NULL)
        return rv_invalid(
            cx, "password", "/credentials/password",
            "password: Only a password in clear text (value) can be set, no hash and no hook");
    if (value == NULL || json_is_null(value))
        return RV_OK;
    *ret = rv_json_str(value);
    return ret->n > 0 ? RV_OK
                      : rv_invalid(cx, "password", "/credentials/password/value",
                                   "password: The value must be a text that is not empty");
}

static rv_status check_type(struct rv_cx *cx, const json_t *body)
{
    rv_str id = rv_json_member_str(json_object_get(body, "type"), "id");
    rv_str own = rv_printf(cx, "oty%.*s", RV_FMT(rv_str_sub(rv_org_id(cx->env), 3, 17)));
    if (json_object_get(body, "type") == NULL || rv_str_eq(id, own))
        return RV_OK;
    return rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (UserType)",
                   (int)(id.n < 100 ? id.n : 100), id.p != NULL ? id.p : "");
}

static rv_status join_groups(struct rv_tx *tx, const struct creation *c)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    size_t i;
    json_t *g;
    json_array_foreach(c->groups, i, g)
    {
        rv_str id = rv_json_str(g);
        if (id.p == NULL)
            return rv_invalid(cx, "newUser", "/groupIds",
                              "groupIds: Each element must be the id of a group");
        RV_TRY(rv_group_join(tx, id, &c->p));
    }
    return RV_OK;
}

static rv_status store_password(struct rv_tx *tx, const struct creation *c)
{
    struct rv_person person;
    rv_str ignored;
    rv_person_of_row(rv_tx_cx(tx), &c->p, &person);
    RV_TRY(rv_password_check(tx, &person, c->password, true, "/credentials/password/value"));
    RV_TRY(rv_password_store(tx, c->p.id, c->encoded, RV_NONE_STR));
    if (!c->in->activate)
        return rv_person_row_status(tx, c->p.id, "STAGED", false);
    if (!c->in->change_password)
        return RV_OK;
    RV_TRY(rv_person_row_status(tx, c->p.id, "PASSWORD_EXPIRED", false));
    return make_link(tx, &c->p, true, true, &ignored); /* an expired password opens nothing but this */
}

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    struct creation *c = arg;
    rv_str ignored;
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_USER_CREATE, RV_NO_OBJECT));
    RV_TRY(rv_person_row_insert(tx, &c->p));
    RV_TRY(event(tx, "user.lifecycle.create", &c->p, RV_NONE_STR));
    RV_TRY(rv_assignment_person(tx, &c->p, true)); /* what everybody has */
    if (c->encoded.p != NULL)
        RV_TRY(store_password(tx, c));
    RV_TRY(join_groups(tx, c));
    if (!c->in->activate)
        return RV_OK;
    RV_TRY(event(tx, "user.lifecycle.activate", &c->p, RV_NONE_STR));
    return c->encoded.p == NULL ? make_link(tx, &c->p, false, true, &ignored) : RV_OK;
}

rv_status rv_person_create(struct rv_cx *cx, const struct rv_person_create *in, rv_str *ret_id)
{
    struct creation c = { .in = in, .groups = json_object_get(in->body, "groupIds") };
    RV_TRY(rv_authz(cx, NULL, RV_A_USER_CREATE, RV_NO_OBJECT));
    if (c.groups != NULL && !json_is_array(c.groups) && !json_is_null(c.groups))
        return rv_invalid(cx, "newUser", "/groupIds", "groupIds: The field must be a list");
    RV_TRY(rv_profile_merge(cx, json_object_get(in->body, "profile"), false, "newUser", &c.p));
    RV_TRY(read_password(cx, in->body, &c.password));
    RV_TRY(check_type(cx, in->body));
    if (in->change_password && c.password.p == NULL)
        return rv_invalid(cx, "password", "/credentials/password",
                          "password: nextLogin=changePassword needs a password");
    c.p.status = in->activate ? RV_STR("PROVISIONED") : RV_STR("STAGED");
    if (c.password.p != NULL)
        RV_TRY(rv_password_hash(cx, c.password, &c.encoded));
    RV_TRY(rv_store_write(cx, create_tx, &c));
    *ret_id = c.p.id;
    return RV_OK;
}

/* ---- update ---------------------------------------------------------------------------------- */

struct updating {
    rv_str who;
    const json_t *body;
    bool replace;
    int64_t if_version;
    rv_str password, encoded;
};

static void note(struct rv_cx *cx, rv_str *list, rv_str before, rv_str after, const char *name)
{
    if (!rv_str_eq(before, after))
        *list = rv_printf(cx, "%.*s%s%s", RV_FMT(*list), list->n > 0 ? "," : "", name);
}

static rv_str changed(struct rv_cx *cx, const struct rv_person_row *a,
                      const struct rv_person_row *b)
{
    rv_str list = RV_STR("");
    note(cx, &list, a->login, b->login, "login");
    note(cx, &list, a->email, b->email, "email");
    note(cx, &list, a->first_name, b->first_name, "firstName");
    note(cx, &list, a->last_name, b->last_name, "lastName");
    note(cx, &list, a->manager, b->manager, "managerId");
    note(cx, &list, a->zone, b->zone, "timezone");
    note(cx, &list, a->locale, b->locale, "locale");
    note(cx, &list, a->profile, b->profile, "profile");
    return rv_printf(cx, "{\"changedAttributes\":\"%.*s\"}", RV_FMT(list));
}

static rv_status change_profile(struct rv_tx *tx, const struct updating *u, struct rv_person_row *p)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_person_row before = *p;
    const json_t *profile = json_object_get(u->body, "profile");
    if (profile == NULL && !u->replace)
        return RV_OK;
    RV_TRY(rv_profile_merge(cx, profile, u->replace, "user", p));
    if (!rv_str_eq(before.login, p->login) || !rv_str_eq(before.email, p->email))
        RV_TRY(rv_guard_user(tx, p->id));
    RV_TRY(rv_person_row_update(tx, p));
    return event(tx, "user.account.update_profile", p, changed(cx, &before, p));
}

/* Administrators, too, change their own password with the old one: an open session is not enough
 * (security.md 1.3). */
static rv_status refuse_own(struct rv_cx *cx, const struct rv_person_row *p)
{
    bool own = !cx->root && cx->principal != NULL && rv_str_eq(cx->principal->id, p->id);
    return own ? rv_fail(cx, RV_FORBIDDEN,
                         "One's own password is changed with the old one, or through a link that "
                         "comes by mail")
               : RV_OK;
}

static rv_status change_password(struct rv_tx *tx, const struct updating *u,
                                 const struct rv_person_row *p)
{
    struct rv_person person;
    struct rv_object o = { .id = p->id, .visible = true };
    rv_person_of_row(rv_tx_cx(tx), p, &person);
    RV_TRY(rv_guard_user(tx, p->id));
    RV_TRY(refuse_own(rv_tx_cx(tx), p));
    bool may;
    RV_TRY(rv_authz_may(rv_tx_cx(tx), tx, RV_A_USER_PASSWORDS, o, &may));
    if (!may)
        return rv_fail(rv_tx_cx(tx), RV_FORBIDDEN,
                       "You do not have permission to perform the requested action");
    RV_TRY(rv_password_check(tx, &person, u->password, true, "/credentials/password/value"));
    RV_TRY(rv_password_store(tx, p->id, u->encoded, RV_NONE_STR));
    return event(tx, "user.account.update_password", p, RV_NONE_STR);
}

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    const struct updating *u = arg;
    struct rv_person_row p;
    RV_TRY(rv_person_row_for(tx, u->who, RV_A_USER_UPDATE, &p));
    if (u->if_version != RV_NO_INT && u->if_version != p.version)
        return rv_fail(rv_tx_cx(tx), RV_STALE,
                       "If-Match: the user was changed meanwhile; read it again");
    RV_TRY(change_profile(tx, u, &p));
    return u->encoded.p != NULL ? change_password(tx, u, &p) : RV_OK;
}

static rv_status may_update_tx(struct rv_tx *tx, void *arg)
{
    const struct updating *u = arg;
    struct rv_person_row p;
    return rv_person_row_for(tx, u->who, RV_A_USER_UPDATE, &p);
}

rv_status rv_person_update(struct rv_cx *cx, rv_str who, const json_t *body, bool replace,
                           int64_t if_version)
{
    struct updating u = { .who = who, .body = body, .replace = replace, .if_version = if_version };
    RV_TRY(rv_store_read(cx, may_update_tx, &u)); /* before anything slow is done for somebody who may not */
    RV_TRY(read_password(cx, body, &u.password));
    RV_TRY(check_type(cx, body));
    if (u.password.p != NULL)
        RV_TRY(rv_password_hash(cx, u.password, &u.encoded));
    return rv_store_write(cx, update_tx, &u);
}

/* ---- life cycle ------------------------------------------------------------------------------ */

enum link { NO_LINK, ACTIVATION, RESET };
enum effect { NOTHING, ENDS /* nobody acts as this person any more */, STARTS };
static const struct transition {
    const char *verb;
    const char *from; /* states, blanks around each */
    const char *to; /* NULL: ACTIVE with a password, else PROVISIONED; "": as it is */
    const char *event;
    enum link link;
    enum effect effect;
    enum rv_action action;
    rv_status refusal; /* in another state */
    const char *code, *sentence;
} transitions[] = {
    { "activate", " STAGED DEPROVISIONED ", NULL, "user.lifecycle.activate", ACTIVATION, STARTS, RV_A_USER_LIFECYCLE, RV_FORBIDDEN, "E0000016",
      "Activation failed because the user is already active" },
    { "reactivate", " PROVISIONED RECOVERY ", "", "user.lifecycle.reactivate", ACTIVATION, NOTHING, RV_A_USER_LIFECYCLE, RV_FORBIDDEN, "E0000038",
      "This operation is not allowed in the user's current status." },
    { "deactivate", " STAGED ACTIVE PROVISIONED SUSPENDED RECOVERY PASSWORD_EXPIRED LOCKED_OUT ", "DEPROVISIONED", "user.lifecycle.deactivate", NO_LINK,
      ENDS, RV_A_USER_LIFECYCLE, RV_NOT_FOUND, "E0000007", "Not found: the user is deactivated already" },
    { "suspend", " ACTIVE PROVISIONED ", "SUSPENDED", "user.lifecycle.suspend", NO_LINK, ENDS, RV_A_USER_LIFECYCLE, RV_INVALID, "E0000001",
      "Cannot suspend a user that is not active" },
    { "unsuspend", " SUSPENDED ", NULL, "user.lifecycle.unsuspend", NO_LINK, NOTHING, RV_A_USER_LIFECYCLE, RV_INVALID, "E0000001",
      "Cannot unsuspend a user that is not suspended" },
    { "unlock", " LOCKED_OUT ", "ACTIVE", "user.account.unlock_by_admin", NO_LINK, NOTHING, RV_A_USER_LIFECYCLE, RV_FORBIDDEN, "E0000032",
      "Unlock is not allowed for this user." },
    { "expire_password", " ACTIVE PASSWORD_EXPIRED ", "PASSWORD_EXPIRED", "user.account.expire_password", RESET, ENDS, RV_A_USER_PASSWORDS, RV_FORBIDDEN,
      "E0000038", "This operation is not allowed in the user's current status." },
    { "reset_password", " ACTIVE PROVISIONED RECOVERY PASSWORD_EXPIRED LOCKED_OUT ", "RECOVERY", "user.account.reset_password", RESET, ENDS,
      RV_A_USER_PASSWORDS, RV_FORBIDDEN, "E0000038", "This operation is not allowed in the user's current status." },
};

struct living {
    rv_str who, token;
    const struct transition *t;
    bool by_mail;
};

static rv_status refuse(struct rv_cx *cx, const struct transition *t)
{
    if (t->refusal == RV_INVALID)
        (void)rv_invalid(cx, t->verb, "", "%s", t->sentence);
    else
        (void)rv_fail(cx, t->refusal, "%s", t->sentence);
    rv_fail_code(cx, t->code);
    return t->refusal;
}

static rv_status move(struct rv_tx *tx, const struct transition *t, struct rv_person_row *p)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const char *to = t->to;
    bool has, gone = rv_str_eq(p->status, RV_STR("DEPROVISIONED"));
    RV_TRY(rv_guard_user(tx, p->id));
    if (rv_str_eq(p->status, RV_STR("ACTIVE")) && to != NULL && strcmp(to, "ACTIVE") != 0)
        RV_TRY(rv_guard_last_super(tx, p->id));
    if (to == NULL) {
        RV_TRY(rv_password_has(tx, p->id, &has));
        to = has ? "ACTIVE" : "PROVISIONED";
    }
    if (to[0] != '\0') {
        RV_TRY(rv_person_row_status(tx, p->id, to, t->effect == STARTS));
        p->status = rv_str_of(to);
    }
    if (t->effect == ENDS)
        RV_TRY(rv_access_end(tx, p->id, false));
    if (t->effect == ENDS && t->link == NO_LINK)
        RV_TRY(other_floors(tx, p->id));
    if (gone != rv_str_eq(p->status, RV_STR("DEPROVISIONED")))
        RV_TRY(rv_assignment_person(tx, p, gone));
    return event(tx, t->event, p, rv_printf(cx, "{\"status\":\"%.*s\"}", RV_FMT(p->status)));
}

static rv_status lifecycle_tx(struct rv_tx *tx, void *arg)
{
    struct living *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_person_row p;
    RV_TRY(rv_person_row_for(tx, l->who, l->t->action, &p));
    if (!rv_str_contains(rv_str_of(l->t->from), rv_printf(cx, " %.*s ", RV_FMT(p.status))))
        return refuse(cx, l->t);
    if (l->t->link == RESET && !l->by_mail)
        RV_TRY(refuse_own(cx, &p));
    RV_TRY(move(tx, l->t, &p));
    bool wants =
        l->t->link == RESET || (l->t->link == ACTIVATION && !rv_str_eq(p.status, RV_STR("ACTIVE")));
    return wants ? make_link(tx, &p, l->t->link == RESET, l->by_mail, &l->token) : RV_OK;
}

rv_status rv_person_lifecycle(struct rv_cx *cx, rv_str who, rv_str verb, bool send_email,
                              rv_str *ret_token)
{
    struct living l = { .who = who, .by_mail = send_email };
    for (size_t i = 0; i < RV_LEN(transitions); i++)
        if (rv_str_eq(verb, rv_str_of(transitions[i].verb)))
            l.t = &transitions[i];
    if (l.t == NULL)
        return rv_fail(cx, RV_NO_ROUTE, "The requested path was not found");
    RV_TRY(rv_store_write(cx, lifecycle_tx, &l));
    *ret_token = l.token;
    return RV_OK;
}

/* ---- sessions -------------------------------------------------------------------------------- */

static rv_status clear_sessions_tx(struct rv_tx *tx, void *arg)
{
    const rv_str *who = arg;
    struct rv_person_row p;
    RV_TRY(rv_person_row_for(tx, *who, RV_A_USER_SESSIONS, &p));
    RV_TRY(rv_guard_user(tx, p.id));
    RV_TRY(rv_sessions_end(tx, p.id));
    return event(tx, "user.session.clear", &p, RV_NONE_STR);
}

rv_status rv_person_clear_sessions(struct rv_cx *cx, rv_str who)
{
    return rv_store_write(cx, clear_sessions_tx, &who);
}

/* ---- delete ---------------------------------------------------------------------------------- */

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    const rv_str *who = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_person_row p;
    RV_TRY(rv_person_row_for(tx, *who, RV_A_USER_LIFECYCLE, &p));
    if (!rv_str_eq(p.status, RV_STR("DEPROVISIONED"))) {
        for (size_t i = 0; i < RV_LEN(transitions); i++)
            if (strcmp(transitions[i].verb, "deactivate") == 0)
                return move(tx, &transitions[i], &p);
        RV_BUG("no transition to deactivate");
    }
    RV_TRY(rv_guard_user(tx, p.id));
    RV_TRY(event(tx, "user.lifecycle.delete.initiated", &p, RV_NONE_STR));
    RV_TRY(rv_access_end(tx, p.id, true));
    RV_TRY(rv_roles_end(tx, "USER", p.id));
    RV_TRY(rv_person_row_delete(tx, p.id));
    RV_TRY(other_floors(tx, rv_dup(cx, p.id)));
    return event(tx, "user.lifecycle.delete.completed", &p, RV_NONE_STR);
}

rv_status rv_person_delete(struct rv_cx *cx, rv_str who)
{
    return rv_store_write(cx, delete_tx, &who);
}

/* ---- password by its owner or an administrator ----------------------------------------------- */

struct passwording {
    rv_str who, old_password, new_password, encoded, stored;
    struct rv_person_row p;
};

static rv_status stored_tx(struct rv_tx *tx, void *arg)
{
    struct passwording *c = arg;
    RV_TRY(rv_person_row_for(tx, c->who, RV_A_USER_CREDENTIALS, &c->p));
    return rv_password_encoded(tx, c->p.id, &c->stored);
}

static rv_status password_tx(struct rv_tx *tx, void *arg)
{
    const struct passwording *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_person_row p;
    struct rv_person person;
    bool self = cx->principal != NULL && rv_str_eq(cx->principal->id, c->p.id);
    RV_TRY(rv_person_row_for(tx, c->who, RV_A_USER_CREDENTIALS, &p));
    RV_TRY(rv_guard_user(tx, p.id));
    rv_person_of_row(cx, &p, &person);
    RV_TRY(rv_password_check(tx, &person, c->new_password, !self, "/newPassword/value"));
    RV_TRY(rv_password_store(tx, p.id, c->encoded, self ? cx->principal->session_id : RV_NONE_STR));
    return event(tx, "user.account.update_password", &p, RV_NONE_STR);
}

rv_status rv_person_change_password(struct rv_cx *cx, rv_str who, rv_str old_password,
                                    rv_str new_password)
{
    struct passwording c = { .who = who,
                             .old_password = old_password,
                             .new_password = new_password };
    bool right = false;
    if (old_password.n == 0 || new_password.n == 0)
        return rv_invalid(cx, "password",
                          old_password.n == 0 ? "/oldPassword/value" : "/newPassword/value",
                          "%s: The field cannot be left blank",
                          old_password.n == 0 ? "oldPassword" : "newPassword");
    RV_TRY(rv_store_read(cx, stored_tx, &c));
    if (c.stored.p != NULL)
        RV_TRY(rv_password_verify(cx, c.stored, old_password, &right));
    if (!right) {
        (void)rv_fail(cx, RV_FORBIDDEN, "Update of credentials failed: oldPassword is not right");
        rv_fail_code(cx, "E0000014");
        return RV_FORBIDDEN;
    }
    RV_TRY(rv_password_hash(cx, new_password, &c.encoded));
    return rv_store_write(cx, password_tx, &c);
}

rv_status rv_person_credentials(struct rv_cx *cx, rv_str who, struct rv_jw *w)
{
    struct passwording c = { .who = who };
    RV_TRY(rv_store_read(cx, stored_tx, &c));
    rv_jw_raw(w,
              c.p.password_at != RV_NO_TIME
                  ? RV_STR("{\"password\":{},\"provider\":{\"type\":\"OKTA\",\"name\":\"OKTA\"}}")
                  : RV_STR("{\"provider\":{\"type\":\"OKTA\",\"name\":\"OKTA\"}}"));
    return RV_OK;
}
