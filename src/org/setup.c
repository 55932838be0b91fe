/* org/setup.c: links that let a person set a password: the first administrator's, and those of
 * activation and reset (security.md 1.2, 1.3).
 *
 * The token is 256 random bits; the row is named by a keyed hash. A link works once: setting the
 * password deletes its row in the same transaction, and a second use finds none. A new link ends
 * the older ones of its person. */
#include "org/org_int.h"

enum { Q_FIND, Q_INSERT, Q_DELETE, Q_DELETE_OF, Q_PURGE, Q_FIRST, Q_N };
static const struct rv_sql setup_sql[Q_N] = {
    [Q_FIND] = {
        .name = "setup_find",
        .text = "SELECT person_id FROM setup_link WHERE id = :id AND expires_at > :now",
        .in = "id:text now:time", .out = "person_id:text",
    },
    [Q_INSERT] = {
        .name = "setup_insert",
        .text = "INSERT INTO setup_link (id, person_id, created_at, expires_at) VALUES (:id, :person, :now, :until)",
        .in = "id:text person:text now:time until:time",
    },
    [Q_DELETE] = {
        .name = "setup_delete",
        .text = "DELETE FROM setup_link WHERE id = :id AND expires_at > :now",
        .in = "id:text now:time",
    },
    [Q_DELETE_OF] = { .name = "setup_delete_of", .text = "DELETE FROM setup_link WHERE person_id = :person", .in = "person:text" },
    [Q_PURGE] = { .name = "setup_purge", .text = "DELETE FROM setup_link WHERE expires_at <= :now", .in = "now:time" },
    [Q_FIRST] = {
        .name = "setup_first_administrator",
        .text = "SELECT p.id FROM role_grant g JOIN person p ON p.id = g.member_id WHERE g.type = 'SUPER_ADMIN' AND p.status = 'ACTIVE' "
                "ORDER BY g.position LIMIT 1",
        .out = "id:text",
    },
};
RV_SQL_MODULE(setup, setup_sql);

static const char gone[] = "This link was used already or is too old. Ask for a new one.";

rv_status rv_setup_make(struct rv_tx *tx, rv_str person_id, int64_t life_ms, rv_str *ret_token)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    int64_t now = rv_tx_now(tx);
    rv_str token = rv_secret_new(cx), id = rv_secret_name(cx, "setup", token);
    if (id.p == NULL || token.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_sql_exec(tx, &setup_sql[Q_PURGE], NULL, RV_ARGS(now)));
    RV_TRY(rv_sql_exec(tx, &setup_sql[Q_DELETE_OF], NULL, RV_ARGS(person_id)));
    RV_TRY(rv_sql_exec(tx, &setup_sql[Q_INSERT], NULL, RV_ARGS(id, person_id, now, now + life_ms)));
    *ret_token = token;
    return RV_OK;
}

/* ---- the first administrator ----------------------------------------------------------------- */

static rv_status first_tx(struct rv_tx *tx, void *arg)
{
    rv_str *id = arg;
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &setup_sql[Q_FIRST], &r, &found, RV_ARGS()));
    if (!found)
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                       "there is no active super administrator who is named directly");
    *id = rv_col_str(&r, 0);
    return rv_rows_end(&r);
}

rv_status rv_first_administrator(struct rv_cx *cx, rv_str *ret_id)
{
    return rv_store_read(cx, first_tx, ret_id);
}

static rv_status link_tx(struct rv_tx *tx, void *arg)
{
    rv_str *token = arg, id;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_person p;
    bool has;
    RV_TRY(first_tx(tx, &id));
    RV_TRY(rv_password_has(tx, id, &has));
    if (has)
        return rv_fail(cx, RV_CONFLICT,
                       "the first administrator has a password already; sign in with it");
    RV_TRY(rv_person_get(tx, id, &p));
    RV_TRY(rv_setup_make(tx, id, rv_config_int(cx->env, "setup.link_life"), token));
    return rv_event_add(
        tx, "reeve.setup_link.create", true, RV_NONE_STR,
        RV_TARGETS({ .type = "User", .id = p.id, .name = p.name, .alternate = rv_z(cx, p.login) }),
        RV_NONE_STR);
}

rv_status rv_setup_link(struct rv_cx *cx, rv_str *ret_token)
{
    if (!cx->root) /* whoever can start the process; no route leads here */
        return rv_fail(cx, RV_FORBIDDEN,
                       "You do not have permission to perform the requested action");
    return rv_store_write(cx, link_tx, ret_token);
}

/* ---- using a link ---------------------------------------------------------------------------- */

struct using {
    rv_str id, password, encoded, peer, cookie;
    struct rv_person *person;
};

static rv_status find_tx(struct rv_tx *tx, void *arg)
{
    struct using *u = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &setup_sql[Q_FIND], &r, &found, RV_ARGS(u->id, rv_tx_now(tx))));
    if (!found)
        return rv_fail(cx, RV_NOT_FOUND, "%s", gone);
    rv_str person = rv_col_str(&r, 0);
    RV_TRY(rv_rows_end(&r));
    RV_TRY(rv_person_get(tx, person, u->person));
    if (rv_str_eq(u->person->status, RV_STR("SUSPENDED")) ||
        rv_str_eq(u->person->status, RV_STR("DEPROVISIONED")))
        return rv_fail(cx, RV_NOT_FOUND, "%s", gone);
    return RV_OK;
}

rv_status rv_setup_find(struct rv_cx *cx, rv_str token, struct rv_person *ret)
{
    struct using u = { .id = rv_secret_name(cx, "setup", token), .person = ret };
    return u.id.p == NULL ? RV_BUSY : rv_store_read(cx, find_tx, &u);
}

static rv_status check_tx(struct rv_tx *tx, void *arg)
{
    struct using *u = arg;
    RV_TRY(find_tx(tx, u));
    return rv_password_check(tx, u->person, u->password, false, "/password");
}

static rv_status use_tx(struct rv_tx *tx, void *arg)
{
    struct using *u = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    int64_t changed;
    RV_TRY(rv_sql_exec(tx, &setup_sql[Q_DELETE], &changed, RV_ARGS(u->id, rv_tx_now(tx))));
    if (changed != 1)
        return rv_fail(cx, RV_NOT_FOUND, "%s", gone);
    RV_TRY(rv_password_store(tx, u->person->id, u->encoded, RV_NONE_STR));
    RV_TRY(rv_session_insert(tx, u->person->id, u->peer, u->cookie));
    struct rv_target t = { .type = "User",
                           .id = u->person->id,
                           .name = u->person->name,
                           .alternate = rv_z(cx, u->person->login) };
    RV_TRY(rv_event_add(tx, "user.account.update_password", true, RV_NONE_STR, &t, 1, RV_NONE_STR));
    return rv_event_add(tx, "user.session.start", true, RV_NONE_STR, &t, 1, RV_NONE_STR);
}

rv_status rv_setup_use(struct rv_cx *cx, rv_str token, rv_str password, rv_str peer,
                       rv_str *ret_cookie)
{
    struct rv_person person;
    struct using u = { .id = rv_secret_name(cx, "setup", token),
                       .password = password,
                       .peer = rv_dup(cx, peer),
                       .person = &person };
    struct rv_principal *p = RV_NEW(cx, struct rv_principal);
    if (u.id.p == NULL || p == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_read(cx, check_tx, &u));
    RV_TRY(rv_password_hash(cx, password, &u.encoded));
    u.cookie = rv_secret_new(cx);
    if (u.cookie.p == NULL)
        return RV_BUSY;
    *p = (struct rv_principal){ .kind = RV_USER,
                                .method = RV_AUTH_SESSION,
                                .id = person.id,
                                .name = person.name,
                                .login = person.login,
                                .email = person.email,
                                .peer = u.peer,
                                .auth_time = rv_now(cx->env) };
    cx->principal = p; /* for the events; rights are read at the next request */
    RV_TRY(rv_store_write(cx, use_tx, &u));
    *ret_cookie = u.cookie;
    return RV_OK;
}
