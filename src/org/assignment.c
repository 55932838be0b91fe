/* org/assignment.c: which people and groups have an application (api.md 14).
 *
 * A person has an application when it was assigned to the person (scope USER) or to a group the
 * person is in (scope GROUP); the second is read from the memberships, never copied, so it cannot
 * lag behind them. Whoever gains or loses the last way to an application gets an event of that,
 * written with the change: also when a membership, a group or a person ends. */
#include "org/person_int.h"

#include <stdio.h>

enum { Q_USERS, Q_USER, Q_PUT_USER, Q_DROP_USER, Q_DROP_USERS_OF, Q_GROUPS, Q_GROUP, Q_PRIORITY, Q_PUT_GROUP, Q_DROP_GROUP, Q_GAINED, Q_BY_GROUP, Q_OF_PERSON, Q_OF_GROUP, Q_N };
#define THROUGH "EXISTS (SELECT 1 FROM app_group g JOIN grp_member m ON m.group_id = g.group_id WHERE g.app_id = :app_id AND m.person_id = p.id)"
#define SINCE "(SELECT MIN(g.updated_at) FROM app_group g JOIN grp_member m ON m.group_id = g.group_id WHERE g.app_id = :app_id AND m.person_id = p.id) AS through_at"
#define USER_COLUMNS RV_PERSON_COLUMNS ", d.user_name, d.profile AS own, d.created_at AS own_created, d.updated_at AS own_updated, " SINCE
#define USER_OUT RV_PERSON_OUT " user_name:text own:text own_created:time own_updated:time through_at:time"
enum { PERSON_N = 17 };
#define ASSIGNMENT_COLUMNS "x.group_id, x.priority, x.profile, x.updated_at"
#define ASSIGNMENT_OUT "group_id:text priority:int profile:text updated_at:time"
/* Neither by itself nor through another group. */
#define NO_OTHER_WAY(app, person)                                                                                                   \
    "NOT EXISTS (SELECT 1 FROM app_person d WHERE d.app_id = " app " AND d.person_id = " person ") AND NOT EXISTS "                 \
    "(SELECT 1 FROM app_group o JOIN grp_member n ON n.group_id = o.group_id WHERE o.app_id = " app " AND o.group_id <> :group_id AND n.person_id = " person ")"
static const struct rv_sql assignment_sql[Q_N] = {
    [Q_USERS] = {
        .name = "assignment_users",
        .text = "SELECT " USER_COLUMNS " FROM (SELECT a.person_id FROM app_person a WHERE a.app_id = :app_id AND a.person_id > :after UNION "
                "SELECT n.person_id FROM app_group o JOIN grp_member n ON n.group_id = o.group_id WHERE o.app_id = :app_id AND n.person_id > :after) u "
                "JOIN person p ON p.id = u.person_id LEFT JOIN app_person d ON d.app_id = :app_id AND d.person_id = p.id WHERE p.status <> 'DEPROVISIONED' "
                "AND (:from IS NULL OR (p.first_key >= :from AND p.first_key < :to) OR (p.last_key >= :from AND p.last_key < :to) "
                "OR (p.email_key >= :from AND p.email_key < :to) OR (p.login_key >= :from AND p.login_key < :to)) ORDER BY p.id LIMIT :n",
        .in = "app_id:text after:text from:text to:text n:int", .out = USER_OUT,
    },
    [Q_USER] = {
        .name = "assignment_user",
        .text = "SELECT " USER_COLUMNS " FROM person p LEFT JOIN app_person d ON d.app_id = :app_id AND d.person_id = p.id "
                "WHERE p.id = :person_id AND p.status <> 'DEPROVISIONED' AND (d.person_id IS NOT NULL OR " THROUGH ")",
        .in = "app_id:text person_id:text", .out = USER_OUT,
    },
    [Q_PUT_USER] = {
        .name = "assignment_put_user",
        .text = "INSERT INTO app_person (app_id, person_id, user_name, profile, created_at, updated_at) VALUES (:app_id, :person_id, :user_name, :profile, :now, :now) "
                "ON CONFLICT (app_id, person_id) DO UPDATE SET user_name = excluded.user_name, profile = excluded.profile, updated_at = excluded.updated_at",
        .in = "app_id:text person_id:text user_name:text profile:text now:time",
    },
    [Q_DROP_USER] = {
        .name = "assignment_drop_user", .text = "DELETE FROM app_person WHERE app_id = :app_id AND person_id = :person_id", .in = "app_id:text person_id:text",
    },
    [Q_DROP_USERS_OF] = { .name = "assignment_drop_users_of", .text = "DELETE FROM app_person WHERE person_id = :person_id", .in = "person_id:text" },
    [Q_GROUPS] = {
        .name = "assignment_groups",
        .text = "SELECT " ASSIGNMENT_COLUMNS " FROM app_group x WHERE x.app_id = :app_id AND (x.priority, x.group_id) > (:priority, :group_id) "
                "ORDER BY x.priority, x.group_id LIMIT :n",
        .in = "app_id:text priority:int group_id:text n:int", .out = ASSIGNMENT_OUT,
    },
    [Q_GROUP] = {
        .name = "assignment_group",
        .text = "SELECT " ASSIGNMENT_COLUMNS " FROM app_group x WHERE x.app_id = :app_id AND x.group_id = :group_id",
        .in = "app_id:text group_id:text", .out = ASSIGNMENT_OUT,
    },
    [Q_PRIORITY] = {
        .name = "assignment_priority", .text = "SELECT COALESCE(MAX(priority), -1) + 1 AS n FROM app_group WHERE app_id = :app_id", .in = "app_id:text", .out = "n:int",
    },
    [Q_PUT_GROUP] = {
        .name = "assignment_put_group",
        .text = "INSERT INTO app_group (app_id, group_id, priority, profile, created_at, updated_at) VALUES (:app_id, :group_id, :priority, :profile, :now, :now) "
                "ON CONFLICT (app_id, group_id) DO UPDATE SET priority = excluded.priority, profile = excluded.profile, updated_at = excluded.updated_at",
        .in = "app_id:text group_id:text priority:int profile:text now:time",
    },
    [Q_DROP_GROUP] = {
        .name = "assignment_drop_group", .text = "DELETE FROM app_group WHERE app_id = :app_id AND group_id = :group_id", .in = "app_id:text group_id:text",
    },
    [Q_GAINED] = { /* who has the application through this group alone */
        .name = "assignment_gained",
        .text = "SELECT " RV_PERSON_COLUMNS " FROM grp_member m JOIN person p ON p.id = m.person_id WHERE m.group_id = :group_id AND p.status <> 'DEPROVISIONED' AND "
                NO_OTHER_WAY(":app_id", "p.id") " ORDER BY p.id",
        .in = "group_id:text app_id:text", .out = RV_PERSON_OUT,
    },
    [Q_BY_GROUP] = { /* what a person has through this group alone */
        .name = "assignment_by_group",
        .text = "SELECT a.id, a.name, a.label, a.status FROM app_group x JOIN app a ON a.id = x.app_id WHERE x.group_id = :group_id AND "
                NO_OTHER_WAY("x.app_id", ":person_id") " ORDER BY a.id",
        .in = "group_id:text person_id:text", .out = "id:text name:text label:text status:text",
    },
    [Q_OF_PERSON] = {
        .name = "assignment_of_person",
        .text = "SELECT a.id, a.name, a.label, a.status FROM app a WHERE a.id IN (SELECT d.app_id FROM app_person d WHERE d.person_id = :person_id UNION "
                "SELECT g.app_id FROM app_group g JOIN grp_member m ON m.group_id = g.group_id WHERE m.person_id = :person_id) ORDER BY a.id",
        .in = "person_id:text", .out = "id:text name:text label:text status:text",
    },
    [Q_OF_GROUP] = {
        .name = "assignment_of_group",
        .text = "SELECT a.id, a.name, a.label, a.status FROM app_group x JOIN app a ON a.id = x.app_id WHERE x.group_id = :group_id ORDER BY a.id",
        .in = "group_id:text", .out = "id:text name:text label:text status:text",
    },
};
RV_SQL_MODULE(assignment, assignment_sql);

enum { USER_NAME_MAX = 100, PRIORITY_MAX = 100 };

struct app_list {
    struct rv_app_row *apps;
    size_t n, size;
};

static rv_status read_apps(struct rv_tx *tx, struct rv_rows *r, struct app_list *l)
{
    bool room = true;
    *l = (struct app_list){ 0 };
    while (room && rv_rows_next(r)) {
        if (l->n == l->size) {
            struct rv_app_row *more = RV_NEW_N(rv_tx_cx(tx), struct rv_app_row, l->size * 2 + 8);
            room = more != NULL;
            if (!room)
                break;
            if (l->n > 0)
                memcpy(more, l->apps, l->n * sizeof *more);
            l->apps = more;
            l->size = l->size * 2 + 8;
        }
        l->apps[l->n++] = (struct rv_app_row){ .id = rv_col_str(r, 0),
                                               .name = rv_col_str(r, 1),
                                               .label = rv_col_str(r, 2),
                                               .status = rv_col_str(r, 3) };
    }
    RV_TRY(rv_rows_end(r));
    return room ? RV_OK : RV_BUSY;
}

/* ---- events ---------------------------------------------------------------------------------- */

static rv_status user_event(struct rv_tx *tx, const char *verb, const struct rv_app_row *a,
                            const struct rv_person_row *p, rv_str user_name)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_target t = rv_person_target(cx, p);
    const char *type = verb[0] == 'a'   ? "application.user_membership.add"
                       : verb[0] == 'r' ? "application.user_membership.remove"
                                        : "application.user_membership.update";
    return rv_event_add(tx, type, true, RV_NONE_STR,
                        RV_TARGETS({ .type = "AppUser",
                                     .id = p->id,
                                     .name = t.name,
                                     .alternate =
                                         rv_z(cx, user_name.n > 0 ? user_name : p->login) },
                                   { .type = "AppInstance",
                                     .id = a->id,
                                     .name = a->label,
                                     .alternate = rv_z(cx, a->label) },
                                   t),
                        RV_NONE_STR);
}

static rv_status group_event(struct rv_tx *tx, const char *type, const struct rv_app_row *a,
                             rv_str group_id, rv_str group_name)
{
    return rv_event_add(tx, type, true, RV_NONE_STR,
                        RV_TARGETS({ .type = "UserGroup", .id = group_id, .name = group_name },
                                   { .type = "AppInstance",
                                     .id = a->id,
                                     .name = a->label,
                                     .alternate = rv_z(rv_tx_cx(tx), a->label) }),
                        RV_NONE_STR);
}

/* Everybody whose only way to the application is this group. */
static rv_status members_event(struct rv_tx *tx, const char *verb, const struct rv_app_row *a,
                               rv_str group_id)
{
    struct rv_person_row *people = NULL;
    struct rv_rows r;
    size_t n = 0, size = 0;
    bool room = true;
    RV_TRY(rv_sql_query(tx, &assignment_sql[Q_GAINED], &r, RV_ARGS(group_id, a->id)));
    while (room && rv_rows_next(&r)) {
        if (n == size) {
            struct rv_person_row *more =
                RV_NEW_N(rv_tx_cx(tx), struct rv_person_row, size * 2 + 64);
            room = more != NULL;
            if (!room)
                break;
            if (n > 0)
                memcpy(more, people, n * sizeof *more);
            people = more;
            size = size * 2 + 64;
        }
        rv_person_read_row(&r, &people[n++]);
    }
    RV_TRY(rv_rows_end(&r));
    if (!room)
        return RV_BUSY;
    for (size_t i = 0; i < n; i++)
        RV_TRY(user_event(tx, verb, a, &people[i], RV_NONE_STR));
    return RV_OK;
}

rv_status rv_assignment_membership(struct rv_tx *tx, rv_str group_id, const struct rv_person_row *p,
                                   bool member)
{
    struct app_list l;
    struct rv_rows r;
    if (rv_str_eq(p->status, RV_STR("DEPROVISIONED")))
        return RV_OK;
    RV_TRY(rv_sql_query(tx, &assignment_sql[Q_BY_GROUP], &r, RV_ARGS(group_id, p->id)));
    RV_TRY(read_apps(tx, &r, &l));
    for (size_t i = 0; i < l.n; i++)
        RV_TRY(user_event(tx, member ? "add" : "remove", &l.apps[i], p, RV_NONE_STR));
    return RV_OK;
}

rv_status rv_assignment_person(struct rv_tx *tx, const struct rv_person_row *p, bool there)
{
    struct app_list l;
    struct rv_rows r;
    RV_TRY(rv_sql_query(tx, &assignment_sql[Q_OF_PERSON], &r, RV_ARGS(p->id)));
    RV_TRY(read_apps(tx, &r, &l));
    for (size_t i = 0; i < l.n; i++)
        RV_TRY(user_event(tx, there ? "add" : "remove", &l.apps[i], p, RV_NONE_STR));
    return there ? RV_OK : rv_sql_exec(tx, &assignment_sql[Q_DROP_USERS_OF], NULL, RV_ARGS(p->id));
}

rv_status rv_assignment_group_end(struct rv_tx *tx, rv_str group_id, rv_str name)
{
    struct app_list l;
    struct rv_rows r;
    RV_TRY(rv_sql_query(tx, &assignment_sql[Q_OF_GROUP], &r, RV_ARGS(group_id)));
    RV_TRY(read_apps(tx, &r, &l));
    for (size_t i = 0; i < l.n; i++) {
        RV_TRY(members_event(tx, "remove", &l.apps[i], group_id));
        RV_TRY(group_event(tx, "group.application_assignment.remove", &l.apps[i], group_id, name));
    }
    return RV_OK;
}

/* ---- showing --------------------------------------------------------------------------------- */

struct app_user {
    struct rv_person_row p;
    rv_str user_name, own; /* absent: through a group */
    int64_t created_at, updated_at, through_at;
};

static void read_user(struct rv_rows *r, struct app_user *u)
{
    rv_person_read_row(r, &u->p);
    u->user_name = rv_col_str(r, PERSON_N);
    u->own = rv_col_str(r, PERSON_N + 1);
    u->created_at = rv_col_int(r, PERSON_N + 2);
    u->updated_at = rv_col_int(r, PERSON_N + 3);
    u->through_at = rv_col_int(r, PERSON_N + 4);
    if (u->user_name.p == NULL) {
        u->user_name = u->p.login;
        u->created_at = u->updated_at = u->through_at;
    }
}

/* Claims of the person for a client of OpenID Connect, in the order of the wire. */
static rv_status claims(struct rv_cx *cx, const struct rv_person_row *p, json_t *o)
{
    static const char *const names[] = {
        "street_address", "country",   "website",     "zoneinfo",    "birthdate",
        "gender",         "formatted", "profile",     "locality",    "given_name",
        "middle_name",    "locale",    "picture",     "name",        "nickname",
        "phone_number",   "region",    "postal_code", "family_name", "email"
    };
    struct rv_person person;
    rv_person_of_row(cx, p, &person);
    const struct {
        const char *name;
        rv_str value;
    } known[] = { { "zoneinfo", p->zone }, { "given_name", p->first_name }, { "locale", p->locale },
                  { "name", person.name }, { "family_name", p->last_name }, { "email", p->email } };
    for (size_t i = 0; i < RV_LEN(names); i++) {
        json_t *v = json_null();
        for (size_t k = 0; k < RV_LEN(known); k++)
            if (strcmp(known[k].name, names[i]) == 0 && known[k].value.p != NULL)
                v = json_stringn(known[k].value.p, known[k].value.n);
        if (json_object_set_new(o, names[i], v) != 0)
            return rv_fail(cx, RV_BUSY, "out of memory");
    }
    return RV_OK;
}

static rv_status write_profile(struct rv_cx *cx, struct rv_jw *w, const struct rv_app_row *a,
                               const struct app_user *u)
{
    json_t *o = json_object(), *own = NULL;
    RV_TRY(rv_json_keep(cx, o));
    if (rv_str_eq(a->name, RV_STR("oidc_client")))
        RV_TRY(claims(cx, &u->p, o));
    if (u->own.n > 0)
        RV_TRY(rv_json_parse(cx, u->own, &rv_json_limits_import, &own));
    if (json_object_update(o, own != NULL ? own : o) != 0)
        return rv_fail(cx, RV_BUSY, "out of memory");
    rv_jw_key(w, "profile");
    rv_jw_json(w, o);
    return RV_OK;
}

static rv_status write_user(struct rv_cx *cx, struct rv_jw *w, const struct rv_app_row *a,
                            const struct app_user *u, bool expand)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", u->p.id);
    rv_jw_kstr(w, "externalId", RV_NONE_STR);
    rv_jw_ktime(w, "created", u->created_at);
    rv_jw_ktime(w, "lastUpdated", u->updated_at);
    rv_jw_kstr(w, "scope", u->own.p != NULL ? RV_STR("USER") : RV_STR("GROUP"));
    rv_jw_kstr(w, "status", RV_STR("ACTIVE"));
    rv_jw_ktime(w, "statusChanged", u->created_at);
    rv_jw_kstr(w, "passwordChanged", RV_NONE_STR);
    rv_jw_kstr(w, "syncState", RV_STR("DISABLED"));
    rv_jw_key(w, "credentials");
    rv_jw_obj(w);
    rv_jw_kstr(w, "userName", u->user_name);
    rv_jw_obj_end(w);
    RV_TRY(write_profile(cx, w, a, u));
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    rv_jw_href(w, "app", rv_href(cx, "/api/v1/apps/%.*s", RV_FMT(a->id)));
    rv_jw_href(w, "user", rv_href(cx, "/api/v1/users/%.*s", RV_FMT(u->p.id)));
    rv_jw_obj_end(w);
    if (expand) {
        rv_jw_key(w, "_embedded");
        rv_jw_obj(w);
        rv_jw_key(w, "user");
        RV_TRY(rv_person_write(cx, w, &u->p, RV_LINKS_SELF));
        rv_jw_obj_end(w);
    }
    rv_jw_obj_end(w);
    return RV_OK;
}

struct app_group {
    rv_str group_id, profile;
    int64_t priority, updated_at;
};

static void read_group(struct rv_rows *r, struct app_group *g)
{
    *g = (struct app_group){ .group_id = rv_col_str(r, 0),
                             .priority = rv_col_int(r, 1),
                             .profile = rv_col_str(r, 2),
                             .updated_at = rv_col_int(r, 3) };
}

static void write_group(struct rv_cx *cx, struct rv_jw *w, rv_str app_id, const struct app_group *g)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", g->group_id);
    rv_jw_kint(w, "priority", g->priority);
    rv_jw_ktime(w, "lastUpdated", g->updated_at);
    rv_jw_kraw(w, "profile", g->profile);
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    rv_jw_href(w, "app", rv_href(cx, "/api/v1/apps/%.*s", RV_FMT(app_id)));
    rv_jw_href(w, "self",
               rv_href(cx, "/api/v1/apps/%.*s/groups/%.*s", RV_FMT(app_id), RV_FMT(g->group_id)));
    rv_jw_href(w, "group", rv_href(cx, "/api/v1/groups/%.*s", RV_FMT(g->group_id)));
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The application, after the judge was asked. */
static rv_status app_for(struct rv_tx *tx, rv_str id, enum rv_action action, struct rv_app_row *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_object o = RV_OBJECT(id);
    bool found;
    if (action != RV_A_APP_READ)
        RV_TRY(rv_authz_may(cx, tx, RV_A_APP_READ, o, &o.visible));
    RV_TRY(rv_authz(cx, tx, action, o));
    RV_TRY(rv_app_get_row(tx, id, &found, ret));
    return found ? RV_OK
                 : rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (AppInstance)",
                           (int)(id.n < 100 ? id.n : 100), id.p);
}

static rv_status missing(struct rv_cx *cx, rv_str id, const char *kind)
{
    return rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (%s)",
                   (int)(id.n < 100 ? id.n : 100), id.p, kind);
}

static rv_status find_user(struct rv_tx *tx, rv_str app_id, rv_str person_id, bool *ret_found,
                           struct app_user *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &assignment_sql[Q_USER], &r, ret_found, RV_ARGS(app_id, person_id)));
    if (!*ret_found)
        return RV_OK;
    read_user(&r, ret);
    return rv_rows_end(&r);
}

static rv_status find_group(struct rv_tx *tx, rv_str app_id, rv_str group_id, bool *ret_found,
                            struct app_group *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &assignment_sql[Q_GROUP], &r, ret_found, RV_ARGS(app_id, group_id)));
    if (!*ret_found)
        return RV_OK;
    read_group(&r, ret);
    return rv_rows_end(&r);
}

struct listing {
    rv_str app_id;
    const struct rv_directory_query *q;
    bool expand;
    struct rv_jw *w;
    rv_str next;
};

static rv_status users_tx(struct rv_tx *tx, void *arg)
{
    struct listing *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_app_row a;
    struct app_user u;
    struct rv_rows r;
    rv_status st = RV_OK;
    rv_str from = l->q->q.n > 0 ? rv_fold(cx, l->q->q) : RV_NONE_STR, last = RV_NONE_STR;
    RV_TRY(app_for(tx, l->app_id, RV_A_APP_READ, &a));
    RV_TRY(
        rv_sql_query(tx, &assignment_sql[Q_USERS], &r,
                     RV_ARGS(a.id, l->q->after.p != NULL ? l->q->after : RV_STR(""), from,
                             from.p != NULL ? rv_after(cx, from) : RV_NONE_STR, l->q->limit + 1)));
    for (int n = 0; st == RV_OK && rv_rows_next(&r); n++) {
        if (n == l->q->limit) {
            l->next = last;
            break;
        }
        read_user(&r, &u);
        st = write_user(cx, l->w, &a, &u, l->expand);
        last = u.p.id;
    }
    rv_status ended = rv_rows_end(&r);
    return st != RV_OK ? st : ended;
}

rv_status rv_app_user_page(struct rv_cx *cx, rv_str app_id, const struct rv_directory_query *q,
                           bool expand, struct rv_jw *w, rv_str *ret_next)
{
    struct listing l = { .app_id = app_id, .q = q, .expand = expand, .w = w };
    RV_TRY(rv_store_read(cx, users_tx, &l));
    *ret_next = l.next;
    return RV_OK;
}

/* The cursor is priority and id of the last one shown, with a dot between. */
static rv_status cursor(struct rv_cx *cx, rv_str after, int64_t *ret_priority, rv_str *ret_id)
{
    rv_str number;
    *ret_priority = -1;
    *ret_id = after.p != NULL ? after : RV_STR("");
    if (after.p == NULL)
        return RV_OK;
    if (rv_str_split(ret_id, '.', &number) && rv_str_to_int(number, ret_priority) &&
        ret_id->p != NULL)
        return RV_OK;
    (void)rv_fail_field(cx, "after", "INVALID_CURSOR",
                        "after: this is no cursor of this list; start again");
    rv_fail_code(cx, "E0000029");
    return RV_INVALID;
}

static rv_status groups_tx(struct rv_tx *tx, void *arg)
{
    struct listing *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_app_row a;
    struct app_group g = { 0 };
    struct rv_rows r;
    int64_t priority;
    rv_str id;
    RV_TRY(app_for(tx, l->app_id, RV_A_APP_READ, &a));
    RV_TRY(cursor(cx, l->q->after, &priority, &id));
    RV_TRY(rv_sql_query(tx, &assignment_sql[Q_GROUPS], &r,
                        RV_ARGS(a.id, priority, id, l->q->limit + 1)));
    for (int n = 0; rv_rows_next(&r); n++) {
        if (n == l->q->limit) {
            l->next = rv_printf(cx, "%" PRId64 ".%.*s", g.priority, RV_FMT(g.group_id));
            break;
        }
        read_group(&r, &g);
        write_group(cx, l->w, a.id, &g);
    }
    return rv_rows_end(&r);
}

rv_status rv_app_group_page(struct rv_cx *cx, rv_str app_id, const struct rv_directory_query *q,
                            struct rv_jw *w, rv_str *ret_next)
{
    struct listing l = { .app_id = app_id, .q = q, .w = w };
    RV_TRY(rv_store_read(cx, groups_tx, &l));
    *ret_next = l.next;
    return RV_OK;
}

struct one {
    rv_str app_id, id;
    struct rv_app_row a;
    struct app_user u;
    struct app_group g;
};

static rv_status user_tx(struct rv_tx *tx, void *arg)
{
    struct one *o = arg;
    bool found;
    RV_TRY(app_for(tx, o->app_id, RV_A_APP_READ, &o->a));
    RV_TRY(find_user(tx, o->a.id, o->id, &found, &o->u));
    return found ? RV_OK : missing(rv_tx_cx(tx), o->id, "AppUser");
}

rv_status rv_app_user_show(struct rv_cx *cx, rv_str app_id, rv_str user_id, bool expand,
                           struct rv_jw *w)
{
    struct one o = { .app_id = app_id, .id = user_id };
    RV_TRY(rv_store_read(cx, user_tx, &o));
    return write_user(cx, w, &o.a, &o.u, expand);
}

static rv_status group_tx(struct rv_tx *tx, void *arg)
{
    struct one *o = arg;
    bool found;
    RV_TRY(app_for(tx, o->app_id, RV_A_APP_READ, &o->a));
    RV_TRY(find_group(tx, o->a.id, o->id, &found, &o->g));
    return found ? RV_OK : missing(rv_tx_cx(tx), o->id, "ApplicationGroupAssignment");
}

rv_status rv_app_group_show(struct rv_cx *cx, rv_str app_id, rv_str group_id, struct rv_jw *w)
{
    struct one o = { .app_id = app_id, .id = group_id };
    RV_TRY(rv_store_read(cx, group_tx, &o));
    write_group(cx, w, o.a.id, &o.g);
    return RV_OK;
}

/* ---- people ---------------------------------------------------------------------------------- */

struct putting {
    rv_str app_id, id;
    const json_t *body;
    bool update;
    rv_str ret_id;
};

static rv_status profile_text(struct rv_cx *cx, const json_t *body, rv_str before, rv_str *ret)
{
    const json_t *given = json_object_get(body, "profile");
    json_t *o = NULL, *merged;
    if (given != NULL && !json_is_object(given) && !json_is_null(given))
        return rv_invalid(cx, "profile", "/profile", "profile: The field must be an object");
    if (before.n > 0)
        RV_TRY(rv_json_parse(cx, before, &rv_json_limits_import, &o));
    merged = o != NULL ? json_copy(o) : json_object();
    RV_TRY(rv_json_keep(cx, merged));
    if (json_is_object(given) && json_object_update(merged, (json_t *)(uintptr_t)given) != 0)
        return rv_fail(cx, RV_BUSY, "out of memory");
    return rv_json_dump(cx, merged, ret);
}

static rv_status read_user_name(struct rv_cx *cx, const json_t *body, rv_str before, rv_str *ret)
{
    const json_t *credentials = json_object_get(body, "credentials"),
                 *name = json_object_get(credentials, "userName");
    *ret = before;
    if (credentials != NULL && !json_is_object(credentials) && !json_is_null(credentials))
        return rv_invalid(cx, "credentials", "/credentials",
                          "credentials: The field must be an object");
    if (json_object_get(json_object_get(credentials, "password"), "value") != NULL)
        return rv_invalid(cx, "password", "/credentials/password",
                          "password: No passwords of applications are kept here; leave it out");
    if (name == NULL || json_is_null(name))
        return RV_OK;
    *ret = rv_json_str(name);
    if (ret->n == 0 || rv_utf8_count(*ret) > USER_NAME_MAX)
        return rv_invalid(cx, "userName", "/credentials/userName",
                          "userName: String length must be 1 to %d characters", USER_NAME_MAX);
    return RV_OK;
}

/* Whom the body is about, and its form. */
static rv_status check_body(struct rv_cx *cx, const struct putting *u, rv_str *ret_id)
{
    const json_t *scope = json_object_get(u->body, "scope");
    *ret_id = u->update ? u->id : rv_json_member_str(u->body, "id");
    if (!json_is_object(u->body))
        return rv_invalid(cx, "body", "", "The body must be an object");
    if (ret_id->n == 0)
        return rv_invalid(cx, "id", "/id", "id: The field cannot be left blank");
    if (scope == NULL || json_is_null(scope) || rv_str_eq(rv_json_str(scope), RV_STR("USER")) ||
        (u->update && rv_str_eq(rv_json_str(scope), RV_STR("GROUP"))))
        return RV_OK;
    return rv_invalid(cx, "scope", "/scope",
                      "scope: A new assignment can only be USER; what is assigned to a group has "
                      "scope GROUP by itself");
}

/* Scope GROUP: the own assignment ends, what comes from a group stays. */
static rv_status to_group(struct rv_tx *tx, const struct rv_app_row *a, const struct app_user *old)
{
    if (old->through_at == RV_NO_TIME)
        return rv_invalid(rv_tx_cx(tx), "scope", "/scope",
                          "scope: No group of the user has the application");
    if (old->own.p == NULL)
        return RV_OK;
    RV_TRY(rv_sql_exec(tx, &assignment_sql[Q_DROP_USER], NULL, RV_ARGS(a->id, old->p.id)));
    return user_event(tx, "update", a, &old->p, old->p.login);
}

static rv_status put_user_tx(struct rv_tx *tx, void *arg)
{
    struct putting *u = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_app_row a;
    struct rv_person_row p;
    struct app_user old = { 0 };
    rv_str name, profile, who;
    bool found;
    RV_TRY(app_for(tx, u->app_id, RV_A_APP_ASSIGN, &a));
    RV_TRY(check_body(cx, u, &who));
    RV_TRY(rv_person_row_for(tx, who, RV_A_USER_ASSIGN_APP, &p));
    RV_TRY(find_user(tx, a.id, p.id, &found, &old));
    if (u->update && !found)
        return missing(cx, who, "AppUser");
    if (!u->update && found && old.own.p != NULL) {
        (void)rv_fail(cx, RV_CONFLICT,
                      "The specified user is already assigned to the application.");
        rv_fail_code(cx, "E0000062");
        return RV_CONFLICT;
    }
    if (rv_str_eq(p.status, RV_STR("DEPROVISIONED")))
        return rv_invalid(cx, "id", "/id", "id: A deactivated user cannot be assigned");
    u->ret_id = p.id;
    if (u->update && rv_str_eq(rv_json_member_str(u->body, "scope"), RV_STR("GROUP")))
        return to_group(tx, &a, &old);
    RV_TRY(read_user_name(cx, u->body, found ? old.user_name : p.login, &name));
    RV_TRY(profile_text(cx, u->body, old.own, &profile));
    RV_TRY(rv_sql_exec(tx, &assignment_sql[Q_PUT_USER], NULL,
                       RV_ARGS(a.id, p.id, name, profile, rv_tx_now(tx))));
    return user_event(tx, found ? "update" : "add", &a, &p, name);
}

rv_status rv_app_user_put(struct rv_cx *cx, rv_str app_id, rv_str user_id, const json_t *body,
                          rv_str *ret_id)
{
    struct putting u = {
        .app_id = app_id, .id = user_id, .body = body, .update = user_id.p != NULL
    };
    RV_TRY(rv_store_write(cx, put_user_tx, &u));
    *ret_id = u.ret_id;
    return RV_OK;
}

static rv_status drop_user_tx(struct rv_tx *tx, void *arg)
{
    const struct putting *u = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_app_row a;
    struct rv_person_row p;
    struct app_user old;
    bool found;
    RV_TRY(app_for(tx, u->app_id, RV_A_APP_ASSIGN, &a));
    RV_TRY(rv_person_row_for(tx, u->id, RV_A_USER_ASSIGN_APP, &p));
    RV_TRY(find_user(tx, a.id, p.id, &found, &old));
    if (!found)
        return missing(cx, u->id, "AppUser");
    if (old.own.p == NULL)
        return rv_invalid(cx, "scope", "/scope",
                          "scope: The assignment comes from a group; take the user out of the "
                          "group, or the application from it");
    RV_TRY(rv_sql_exec(tx, &assignment_sql[Q_DROP_USER], NULL, RV_ARGS(a.id, p.id)));
    return user_event(tx, old.through_at != RV_NO_TIME ? "update" : "remove", &a, &p,
                      old.user_name);
}

rv_status rv_app_user_delete(struct rv_cx *cx, rv_str app_id, rv_str user_id)
{
    struct putting u = { .app_id = app_id, .id = user_id };
    return rv_store_write(cx, drop_user_tx, &u);
}

/* ---- groups ---------------------------------------------------------------------------------- */

static rv_status group_for(struct rv_tx *tx, rv_str id, rv_str *ret_name)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_object o = RV_OBJECT(id);
    bool found, may;
    RV_TRY(rv_authz_may(cx, tx, RV_A_GROUP_READ, o, &may));
    RV_TRY(rv_authz_may(cx, tx, RV_A_GROUP_ASSIGN_APP, o, &o.visible));
    if (!o.visible)
        return may ? rv_fail(cx, RV_FORBIDDEN,
                             "You do not have permission to perform the requested action")
                   : missing(cx, id, "UserGroup");
    RV_TRY(rv_group_name(tx, id, &found, ret_name));
    return found ? RV_OK : missing(cx, id, "UserGroup");
}

static rv_status read_priority(struct rv_tx *tx, const json_t *body, rv_str app_id, bool found,
                               int64_t before, int64_t *ret)
{
    const json_t *v = json_object_get(body, "priority");
    struct rv_rows r;
    bool some;
    *ret = before;
    if (json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= PRIORITY_MAX) {
        *ret = json_integer_value(v);
        return RV_OK;
    }
    if (v != NULL && !json_is_null(v))
        return rv_invalid(rv_tx_cx(tx), "priority", "/priority",
                          "priority: It must be a whole number of 0 to %d", PRIORITY_MAX);
    if (found)
        return RV_OK;
    RV_TRY(rv_sql_first(tx, &assignment_sql[Q_PRIORITY], &r, &some, RV_ARGS(app_id)));
    *ret = some ? rv_col_int(&r, 0) : 0;
    return some ? rv_rows_end(&r) : RV_OK;
}

static rv_status put_group_tx(struct rv_tx *tx, void *arg)
{
    const struct putting *u = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_app_row a;
    struct app_group old = { 0 };
    rv_str name, profile;
    int64_t priority;
    bool found;
    RV_TRY(app_for(tx, u->app_id, RV_A_APP_ASSIGN, &a));
    RV_TRY(group_for(tx, u->id, &name));
    RV_TRY(find_group(tx, a.id, u->id, &found, &old));
    RV_TRY(read_priority(tx, u->body, a.id, found, old.priority, &priority));
    RV_TRY(profile_text(cx, u->body, RV_NONE_STR, &profile));
    if (found && priority == old.priority &&
        (json_object_get(u->body, "profile") == NULL || rv_str_eq(profile, old.profile)))
        return RV_OK;
    if (found && json_object_get(u->body, "profile") == NULL)
        profile = old.profile;
    if (!found)
        RV_TRY(members_event(tx, "add", &a, u->id));
    RV_TRY(rv_sql_exec(tx, &assignment_sql[Q_PUT_GROUP], NULL,
                       RV_ARGS(a.id, u->id, priority, profile, rv_tx_now(tx))));
    return group_event(tx,
                       found ? "group.application_assignment.update"
                             : "group.application_assignment.add",
                       &a, u->id, name);
}

rv_status rv_app_group_put(struct rv_cx *cx, rv_str app_id, rv_str group_id, const json_t *body)
{
    struct putting u = { .app_id = app_id, .id = group_id, .body = body };
    return rv_store_write(cx, put_group_tx, &u);
}

static rv_status drop_group_tx(struct rv_tx *tx, void *arg)
{
    const struct putting *u = arg;
    struct rv_app_row a;
    struct app_group old;
    rv_str name;
    bool found;
    RV_TRY(app_for(tx, u->app_id, RV_A_APP_ASSIGN, &a));
    RV_TRY(group_for(tx, u->id, &name));
    RV_TRY(find_group(tx, a.id, u->id, &found, &old));
    if (!found)
        return missing(rv_tx_cx(tx), u->id, "ApplicationGroupAssignment");
    RV_TRY(members_event(tx, "remove", &a, u->id));
    RV_TRY(rv_sql_exec(tx, &assignment_sql[Q_DROP_GROUP], NULL, RV_ARGS(a.id, u->id)));
    return group_event(tx, "group.application_assignment.remove", &a, u->id, name);
}

rv_status rv_app_group_delete(struct rv_cx *cx, rv_str app_id, rv_str group_id)
{
    struct putting u = { .app_id = app_id, .id = group_id };
    return rv_store_write(cx, drop_group_tx, &u);
}

/* ---- what a person has ----------------------------------------------------------------------- */

struct links {
    rv_str who;
    struct rv_person_row p;
    struct app_list l;
};

static rv_status links_tx(struct rv_tx *tx, void *arg)
{
    struct links *k = arg;
    struct rv_rows r;
    RV_TRY(rv_person_row_for(tx, k->who, RV_A_USER_READ, &k->p));
    RV_TRY(rv_sql_query(tx, &assignment_sql[Q_OF_PERSON], &r, RV_ARGS(k->p.id)));
    return read_apps(tx, &r, &k->l);
}

rv_status rv_person_app_links(struct rv_cx *cx, rv_str who, struct rv_jw *w)
{
    struct links k = { .who = who };
    RV_TRY(rv_store_read(cx, links_tx, &k));
    for (size_t i = 0, shown = 0; i < k.l.n; i++) {
        const struct rv_app_row *a = &k.l.apps[i];
        if (!rv_str_eq(a->status, RV_STR("ACTIVE")))
            continue;
        rv_jw_obj(w);
        rv_jw_kstr(w, "id", a->id);
        rv_jw_kstr(w, "label", a->label);
        rv_jw_kstr(w, "linkUrl", rv_href(cx, "/home/%.*s/%.*s", RV_FMT(a->name), RV_FMT(a->id)));
        rv_jw_kstr(w, "logoUrl", rv_href(cx, "/assets/app.png"));
        rv_jw_kstr(w, "appName", a->name);
        rv_jw_kstr(w, "appInstanceId", a->id);
        rv_jw_kstr(w, "appAssignmentId", k.p.id);
        rv_jw_kbool(w, "credentialsSetup", false);
        rv_jw_kbool(w, "hidden", false);
        rv_jw_kint(w, "sortOrder", (int64_t)shown++);
        rv_jw_obj_end(w);
    }
    return RV_OK;
}

rv_status rv_assignment_has(struct rv_tx *tx, rv_str app_id, rv_str member_id, bool *ret)
{
    struct app_user u;
    struct app_group g;
    return rv_str_starts(member_id, RV_STR("00g")) ? find_group(tx, app_id, member_id, ret, &g)
                                                   : find_user(tx, app_id, member_id, ret, &u);
}
