/* org/person.c: rows of people, and what the rest of the product asks of them without the judge.
 *
 * Login and e-mail are found by their folded copies. "Active" here means a person who is expected
 * to act: neither staged, suspended nor deactivated; somebody who has not set a password yet
 * counts, because mail reaches them. */
#include "org/person_int.h"

enum {
    Q_GET, Q_BRIEF, Q_BY_LOGIN, Q_BY_EMAIL, Q_BY_SHORT, Q_INSERT, Q_UPDATE, Q_STATUS, Q_ACTIVATE, Q_PASSWORD, Q_SIGNED_IN, Q_DELETE, Q_JOIN, Q_PICK, Q_PICK_NAME, Q_N
};
static const struct rv_sql person_sql[Q_N] = {
    [Q_GET] = { .name = "person_get", .text = "SELECT " RV_PERSON_COLUMNS " FROM person p WHERE p.id = :id", .in = "id:text", .out = RV_PERSON_OUT },
    [Q_BRIEF] = {
        .name = "person_brief", .text = "SELECT p.id, p.login, p.email, p.first_name, p.last_name, p.status, p.manager, p.zone, p.locale FROM person p WHERE p.id = :id",
        .in = "id:text", .out = "id:text login:text email:text first_name:text last_name:text status:text manager:text zone:text locale:text",
    },
    [Q_BY_LOGIN] = {
        .name = "person_by_login", .text = "SELECT " RV_PERSON_COLUMNS " FROM person p WHERE p.login_key = :key", .in = "key:text", .out = RV_PERSON_OUT,
    },
    [Q_BY_EMAIL] = {
        .name = "person_by_email",
        .text = "SELECT " RV_PERSON_COLUMNS " FROM person p WHERE p.email_key = :key "
                "ORDER BY CASE p.status WHEN 'ACTIVE' THEN 0 WHEN 'PROVISIONED' THEN 1 WHEN 'DEPROVISIONED' THEN 3 ELSE 2 END, p.id LIMIT 1",
        .in = "key:text", .out = RV_PERSON_OUT,
    },
    [Q_BY_SHORT] = {
        .name = "person_by_short_name",
        .text = "SELECT " RV_PERSON_COLUMNS " FROM person p WHERE p.login_key >= :from AND p.login_key < :to ORDER BY p.login_key LIMIT 2",
        .in = "from:text to:text", .out = RV_PERSON_OUT,
    },
    [Q_INSERT] = {
        .name = "person_insert",
        .text = "INSERT INTO person (id, login, login_key, email, email_key, first_name, first_key, last_name, last_key, status, manager, zone, locale, "
                "profile, created_at, activated_at, status_at, updated_at, version) VALUES (:id, :login, :login_key, :email, :email_key, :first_name, :first_key, "
                ":last_name, :last_key, :status, :manager, :zone, :locale, :profile, :now, :activated_at, :status_at, :now, 1) ON CONFLICT (login_key) DO NOTHING",
        .in = "id:text login:text login_key:text email:text email_key:text first_name:text first_key:text last_name:text last_key:text status:text "
              "manager:text zone:text locale:text profile:text now:time activated_at:time status_at:time",
    },
    [Q_UPDATE] = {
        .name = "person_update",
        .text = "UPDATE person SET login = :login, login_key = :login_key, email = :email, email_key = :email_key, first_name = :first_name, "
                "first_key = :first_key, last_name = :last_name, last_key = :last_key, manager = :manager, zone = :zone, locale = :locale, "
                "profile = :profile, updated_at = :now, version = version + 1 WHERE id = :id "
                "AND NOT EXISTS (SELECT 1 FROM person o WHERE o.login_key = :login_key AND o.id <> :id)",
        .in = "login:text login_key:text email:text email_key:text first_name:text first_key:text last_name:text last_key:text manager:text zone:text "
              "locale:text profile:text now:time id:text",
    },
    [Q_STATUS] = {
        .name = "person_status",
        .text = "UPDATE person SET status = :status, status_at = :now, updated_at = :now, version = version + 1 WHERE id = :id",
        .in = "status:text now:time id:text",
    },
    [Q_ACTIVATE] = {
        .name = "person_activate",
        .text = "UPDATE person SET status = :status, status_at = :now, activated_at = :now, updated_at = :now, version = version + 1 WHERE id = :id",
        .in = "status:text now:time id:text",
    },
    [Q_PASSWORD] = {
        .name = "person_password",
        .text = "UPDATE person SET password_at = :now, updated_at = :now, version = version + 1, "
                "activated_at = CASE WHEN status = 'STAGED' THEN :now ELSE activated_at END, "
                "status_at = CASE WHEN status IN ('STAGED', 'PROVISIONED', 'RECOVERY', 'PASSWORD_EXPIRED') THEN :now ELSE status_at END, "
                "status = CASE WHEN status IN ('STAGED', 'PROVISIONED', 'RECOVERY', 'PASSWORD_EXPIRED') THEN 'ACTIVE' ELSE status END WHERE id = :id",
        .in = "now:time id:text",
    },
    [Q_SIGNED_IN] = { .name = "person_signed_in", .text = "UPDATE person SET login_at = :now WHERE id = :id", .in = "now:time id:text" },
    [Q_DELETE] = { .name = "person_delete", .text = "DELETE FROM person WHERE id = :id", .in = "id:text" },
    [Q_JOIN] = {
        .name = "person_join_everyone",
        .text = "INSERT INTO grp_member (group_id, person_id) SELECT g.id, :id FROM grp g WHERE g.type = 'BUILT_IN' ON CONFLICT DO NOTHING",
        .in = "id:text",
    },
    [Q_PICK] = {
        .name = "person_pick",
        .text = "SELECT " RV_PERSON_COLUMNS " FROM person p WHERE p.status <> 'DEPROVISIONED' AND ((p.first_key >= :from AND p.first_key < :to) "
                "OR (p.last_key >= :from AND p.last_key < :to) OR (p.email_key >= :from AND p.email_key < :to) OR (p.login_key >= :from AND p.login_key < :to)) "
                "ORDER BY p.id LIMIT :n",
        .in = "from:text to:text n:int", .out = RV_PERSON_OUT,
    },
    [Q_PICK_NAME] = {
        .name = "person_pick_name",
        .text = "SELECT " RV_PERSON_COLUMNS " FROM person p WHERE p.status <> 'DEPROVISIONED' AND p.first_key = :first AND p.last_key >= :from AND p.last_key < :to "
                "ORDER BY p.id LIMIT :n",
        .in = "first:text from:text to:text n:int", .out = RV_PERSON_OUT,
    },
};
RV_SQL_MODULE(person, person_sql);

/* ---- rows ------------------------------------------------------------------------------------ */

void rv_person_read_row(struct rv_rows *r, struct rv_person_row *p)
{
    *p = (struct rv_person_row){
        .id = rv_col_str(r, 0),
        .login = rv_col_str(r, 1),
        .email = rv_col_str(r, 2),
        .first_name = rv_col_str(r, 3),
        .last_name = rv_col_str(r, 4),
        .status = rv_col_str(r, 5),
        .manager = rv_col_str(r, 6),
        .zone = rv_col_str(r, 7),
        .locale = rv_col_str(r, 8),
        .profile = rv_col_str(r, 9),
        .created_at = rv_col_int(r, 10),
        .activated_at = rv_col_int(r, 11),
        .status_at = rv_col_int(r, 12),
        .login_at = rv_col_int(r, 13),
        .updated_at = rv_col_int(r, 14),
        .password_at = rv_col_int(r, 15),
        .version = rv_col_int(r, 16),
    };
}

static rv_status first(struct rv_tx *tx, int q, rv_str key, bool *ret_found,
                       struct rv_person_row *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &person_sql[q], &r, ret_found, RV_ARGS(key)));
    if (!*ret_found)
        return RV_OK;
    rv_person_read_row(&r, ret);
    return rv_rows_end(&r);
}

rv_status rv_person_row_get(struct rv_tx *tx, rv_str id, bool *ret_found, struct rv_person_row *ret)
{
    return first(tx, Q_GET, id, ret_found, ret);
}

/* The part of a login before '@', when only one person has it. */
static rv_status by_short_name(struct rv_tx *tx, rv_str folded, bool *ret_found,
                               struct rv_person_row *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    int n = 0;
    RV_TRY(rv_sql_query(tx, &person_sql[Q_BY_SHORT], &r,
                        RV_ARGS(rv_printf(cx, "%.*s@", RV_FMT(folded)),
                                rv_printf(cx, "%.*sA", RV_FMT(folded)))));
    while (rv_rows_next(&r)) {
        rv_person_read_row(&r, ret);
        n++;
    }
    *ret_found = n == 1;
    return rv_rows_end(&r);
}

static rv_str resolve_me(const struct rv_cx *cx, rv_str who)
{
    bool me =
        rv_str_eq(who, RV_STR("me")) && cx->principal != NULL && cx->principal->kind == RV_USER;
    return me ? cx->principal->id : who;
}

static struct rv_object object_of(const struct rv_cx *cx, rv_str id)
{
    struct rv_object o = RV_OBJECT(id);
    if (cx->principal != NULL && cx->principal->kind == RV_USER && rv_str_eq(cx->principal->id, id))
        o.relations = RV_REL_SELF;
    return o;
}

rv_status rv_person_row_for(struct rv_tx *tx, rv_str who, enum rv_action action,
                            struct rv_person_row *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str key = resolve_me(cx, who);
    bool found = false;
    if (!rv_str_contains(key, RV_STR("@"))) /* no id holds one */
        RV_TRY(first(tx, Q_GET, key, &found, ret));
    rv_str folded = rv_fold(cx, key);
    if (!found)
        RV_TRY(first(tx, Q_BY_LOGIN, folded, &found, ret));
    if (!found && !rv_str_contains(folded, RV_STR("@")))
        RV_TRY(by_short_name(tx, folded, &found, ret));
    struct rv_object o = object_of(cx, found ? ret->id : who);
    if (action != RV_A_USER_READ && found)
        RV_TRY(rv_authz_may(cx, tx, RV_A_USER_READ, o, &o.visible));
    RV_TRY(rv_authz(cx, tx, action, o));
    return found ? RV_OK
                 : rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (User)",
                           (int)(who.n < 100 ? who.n : 100), who.p);
}

static rv_status duplicate(struct rv_cx *cx)
{
    return rv_invalid(cx, "login", "/profile/login", "login: %s", rv_unique_sentence);
}

rv_status rv_person_row_insert(struct rv_tx *tx, struct rv_person_row *p)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    int64_t changed, now = rv_tx_now(tx);
    bool staged = rv_str_eq(p->status, RV_STR("STAGED"));
    p->id = rv_id_prefixed(cx, "00u");
    p->created_at = p->updated_at = now;
    p->activated_at = p->status_at = staged ? RV_NO_TIME : now;
    p->login_at = p->password_at = RV_NO_TIME;
    RV_TRY(rv_sql_exec(tx, &person_sql[Q_INSERT], &changed,
                       RV_ARGS(p->id, p->login, rv_fold(cx, p->login), p->email,
                               rv_fold(cx, p->email), p->first_name, rv_fold(cx, p->first_name),
                               p->last_name, rv_fold(cx, p->last_name), p->status, p->manager,
                               p->zone, p->locale, p->profile.p != NULL ? p->profile : RV_STR("{}"),
                               now, p->activated_at, p->status_at)));
    if (changed == 0)
        return duplicate(cx);
    return rv_sql_exec(tx, &person_sql[Q_JOIN], NULL, RV_ARGS(p->id));
}

rv_status rv_person_row_update(struct rv_tx *tx, const struct rv_person_row *p)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    int64_t changed;
    RV_TRY(rv_sql_exec(tx, &person_sql[Q_UPDATE], &changed,
                       RV_ARGS(p->login, rv_fold(cx, p->login), p->email, rv_fold(cx, p->email),
                               p->first_name, rv_fold(cx, p->first_name), p->last_name,
                               rv_fold(cx, p->last_name), p->manager, p->zone, p->locale,
                               p->profile, rv_tx_now(tx), p->id)));
    return changed > 0 ? RV_OK : duplicate(cx);
}

rv_status rv_person_row_status(struct rv_tx *tx, rv_str id, const char *status, bool activated)
{
    return rv_sql_exec(tx, &person_sql[activated ? Q_ACTIVATE : Q_STATUS], NULL,
                       RV_ARGS(status, rv_tx_now(tx), id));
}

rv_status rv_person_row_delete(struct rv_tx *tx, rv_str id)
{
    return rv_sql_exec(tx, &person_sql[Q_DELETE], NULL, RV_ARGS(id));
}

struct rv_target rv_person_target(struct rv_cx *cx, const struct rv_person_row *p)
{
    struct rv_person person;
    rv_person_of_row(cx, p, &person);
    return (struct rv_target){
        .type = "User", .id = p->id, .name = person.name, .alternate = rv_z(cx, p->login)
    };
}

/* ---- for the folder (org_int.h) -------------------------------------------------------------- */

rv_status rv_person_insert(struct rv_tx *tx, const struct rv_person_new *in, rv_str *ret_id)
{
    struct rv_person_row p = {
        .login = in->login,
        .email = in->email,
        .first_name = in->first_name,
        .last_name = in->last_name,
        .status = rv_str_of(in->status),
    };
    RV_TRY(rv_person_row_insert(tx, &p));
    *ret_id = p.id;
    return RV_OK;
}

rv_status rv_person_password_set(struct rv_tx *tx, rv_str id)
{
    return rv_sql_exec(tx, &person_sql[Q_PASSWORD], NULL, RV_ARGS(rv_tx_now(tx), id));
}

rv_status rv_person_signed_in(struct rv_tx *tx, rv_str id)
{
    return rv_sql_exec(tx, &person_sql[Q_SIGNED_IN], NULL, RV_ARGS(rv_tx_now(tx), id));
}

/* ---- for everybody (org.h) ------------------------------------------------------------------- */

bool rv_person_status_is_active(rv_str status)
{
    return !rv_str_eq(status, RV_STR("STAGED")) && !rv_str_eq(status, RV_STR("SUSPENDED")) &&
           !rv_str_eq(status, RV_STR("DEPROVISIONED"));
}

void rv_person_of_row(struct rv_cx *cx, const struct rv_person_row *row, struct rv_person *ret)
{
    rv_str name = row->login;
    if (row->first_name.n > 0 && row->last_name.n > 0)
        name = rv_printf(cx, "%.*s %.*s", RV_FMT(row->first_name), RV_FMT(row->last_name));
    else if (row->first_name.n + row->last_name.n > 0)
        name = row->first_name.n > 0 ? row->first_name : row->last_name;
    *ret = (struct rv_person){ .id = row->id,
                               .login = row->login,
                               .email = row->email,
                               .name = name,
                               .status = row->status,
                               .manager = row->manager,
                               .zone = row->zone,
                               .locale = row->locale };
}

/* Asked at every turn: only what struct rv_person holds. */
static rv_status brief(struct rv_tx *tx, rv_str id, bool *ret_found, struct rv_person_row *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &person_sql[Q_BRIEF], &r, ret_found, RV_ARGS(id)));
    if (!*ret_found)
        return RV_OK;
    *ret = (struct rv_person_row){
        .id = rv_col_str(&r, 0),
        .login = rv_col_str(&r, 1),
        .email = rv_col_str(&r, 2),
        .first_name = rv_col_str(&r, 3),
        .last_name = rv_col_str(&r, 4),
        .status = rv_col_str(&r, 5),
        .manager = rv_col_str(&r, 6),
        .zone = rv_col_str(&r, 7),
        .locale = rv_col_str(&r, 8),
    };
    return rv_rows_end(&r);
}

rv_status rv_person_get(struct rv_tx *tx, rv_str id, struct rv_person *ret)
{
    struct rv_person_row row;
    bool found;
    RV_TRY(brief(tx, id, &found, &row));
    if (!found)
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND, "Not found: Resource not found: %.*s (User)",
                       (int)(id.n < 100 ? id.n : 100), id.p);
    rv_person_of_row(rv_tx_cx(tx), &row, ret);
    return RV_OK;
}

rv_status rv_person_find(struct rv_tx *tx, rv_str key, bool *ret_found, struct rv_person *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_person_row row;
    *ret_found = false;
    if (key.n == 0)
        return RV_OK;
    RV_TRY(brief(tx, key, ret_found, &row));
    if (!*ret_found)
        RV_TRY(first(tx, Q_BY_LOGIN, rv_fold(cx, key), ret_found, &row));
    if (!*ret_found)
        RV_TRY(first(tx, Q_BY_EMAIL, rv_fold(cx, key), ret_found, &row));
    if (*ret_found)
        rv_person_of_row(cx, &row, ret);
    return RV_OK;
}

/* By login, then by e-mail; who is found there but not active is no manager (access-requests.md
 * 11). */
rv_status rv_person_manager(struct rv_tx *tx, rv_str id, bool *ret_found, struct rv_person *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_person_row row, manager;
    *ret_found = false;
    RV_TRY(brief(tx, id, ret_found, &row));
    if (!*ret_found || row.manager.n == 0) {
        *ret_found = false;
        return RV_OK;
    }
    rv_str key = rv_fold(cx, rv_str_trim(row.manager));
    RV_TRY(first(tx, Q_BY_LOGIN, key, ret_found, &manager));
    if (!*ret_found)
        RV_TRY(first(tx, Q_BY_EMAIL, key, ret_found, &manager));
    *ret_found = *ret_found && rv_person_status_is_active(manager.status);
    if (*ret_found)
        rv_person_of_row(cx, &manager, ret);
    return RV_OK;
}

struct picking {
    rv_str q;
    int limit;
    struct rv_person *list;
    size_t n;
};

static rv_status pick_tx(struct rv_tx *tx, void *arg)
{
    struct picking *p = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    rv_str rest = rv_fold(cx, rv_str_trim(p->q)), given = RV_NONE_STR;
    bool two = rv_str_contains(rest, RV_STR(" ")) && rv_str_split(&rest, ' ', &given);
    if (rest.p == NULL)
        rest = RV_STR("");
    rest = rv_str_trim(rest);
    if (two)
        RV_TRY(rv_sql_query(tx, &person_sql[Q_PICK_NAME], &r,
                            RV_ARGS(given, rest, rv_after(cx, rest), p->limit)));
    else
        RV_TRY(
            rv_sql_query(tx, &person_sql[Q_PICK], &r, RV_ARGS(rest, rv_after(cx, rest), p->limit)));
    while (rv_rows_next(&r)) {
        struct rv_person_row row;
        rv_person_read_row(&r, &row);
        rv_person_of_row(cx, &row, &p->list[p->n++]);
    }
    return rv_rows_end(&r);
}

rv_status rv_person_list(struct rv_cx *cx, rv_str q, int limit, struct rv_person **ret,
                         size_t *ret_n)
{
    struct picking p = { .q = q, .limit = limit };
    RV_TRY(rv_authz(cx, NULL, RV_A_PEOPLE_PICK, RV_NO_OBJECT));
    p.list = RV_NEW_N(cx, struct rv_person, (size_t)limit);
    if (p.list == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_read(cx, pick_tx, &p));
    *ret = p.list;
    *ret_n = p.n;
    return RV_OK;
}
