/* org/authz.c: the only judge of who may do what (security.md 2).
 *
 * An action is granted by the first of: a relation between caller and object, "everybody signed
 * in", the super administrator, being any administrator, a standard role that holds the action's
 * permission, and a custom role that holds it through a binding whose resource set covers the
 * object. All but the last two need no statement: what the principal is was read when the request
 * came in. The last two are one statement.
 *
 * A permission with conditions (only some profile attributes) grants nothing until they can be told
 * apart. A resource set covers an object when one of its ORNs is among the few that name the object
 * or something it is in. The judge compares the ORN behind its partition
 * ("workflow:{org}:flows:{id}"). */
#include "org/org_int.h"

#include <stdio.h>

/* The three expansions take the same values; :groups stands in all of them, as every declared value
 * must. */
enum { Q_HELD, Q_HELD_TWO, Q_NAMES, Q_USER_GROUPS, Q_APP_NAME, Q_EXPAND_USERS, Q_EXPAND_GROUPS, Q_EXPAND_APPS, Q_N };
#define ME "WITH me(id) AS (SELECT :id UNION ALL SELECT group_id FROM grp_member WHERE person_id = :id) "
#define BOUND_TWO "JOIN resource_set_item i ON i.set_id = m.set_id AND i.tail IN (:whole, :object) JOIN admin_role_permission p ON p.role_id = m.role_id "
#define HOLDS "p.conditions IS NULL AND :names LIKE '% ' || p.name || ' %' "
#define IN_TAILS "IN (SELECT value FROM json_each(:tails))"
#define IN_EXCLUDED "IN (SELECT value FROM json_each(:excluded))"
static const struct rv_sql authz_sql[Q_N] = {
    [Q_HELD] = {
        .name = "authz_held",
        .text = ME "SELECT g.type AS type, NULL AS tail, NULL AS conditions FROM me JOIN role_grant g ON g.member_id = me.id "
                "UNION ALL SELECT NULL, i.tail, i.conditions FROM me JOIN role_member m ON m.member_id = me.id "
                "JOIN admin_role_permission p ON p.role_id = m.role_id AND p.conditions IS NULL AND p.name IN (:p0, :p1, :p2, :p3, :p4, :p5) "
                "JOIN resource_set_item i ON i.set_id = m.set_id WHERE :any = 1 OR i.tail " IN_TAILS,
        .in = "id:text p0:text p1:text p2:text p3:text p4:text p5:text any:bool tails:text",
        .out = "type:text tail:text conditions:text",
    },
    /* The same for what two ORNs name, the whole and the object: flows that are run for others, above all. Written in four
     * arms and without lists because this one is asked at every run. */
    [Q_HELD_TWO] = {
        .name = "authz_held_two",
        .text = "SELECT g.type AS type, NULL AS tail, NULL AS conditions FROM role_grant g WHERE g.member_id = :id "
                "UNION ALL SELECT NULL, i.tail, i.conditions FROM role_member m " BOUND_TWO "WHERE m.member_id = :id AND " HOLDS
                "UNION ALL SELECT g.type, NULL, NULL FROM grp_member x JOIN role_grant g ON g.member_id = x.group_id WHERE x.person_id = :id "
                "UNION ALL SELECT NULL, i.tail, i.conditions FROM grp_member x JOIN role_member m ON m.member_id = x.group_id " BOUND_TWO
                "WHERE x.person_id = :id AND " HOLDS,
        .in = "id:text whole:text object:text names:text",
        .out = "type:text tail:text conditions:text",
    },
    [Q_NAMES] = {
        .name = "authz_names",
        .text = ME "SELECT g.type AS type, NULL AS name FROM me JOIN role_grant g ON g.member_id = me.id "
                "UNION SELECT NULL, p.name FROM me JOIN role_member m ON m.member_id = me.id "
                "JOIN admin_role_permission p ON p.role_id = m.role_id",
        .in = "id:text", .out = "type:text name:text",
    },
    [Q_USER_GROUPS] = {
        .name = "authz_user_groups",
        .text = "SELECT group_id FROM grp_member WHERE person_id = :id ORDER BY group_id",
        .in = "id:text", .out = "group_id:text",
    },
    [Q_APP_NAME] = { .name = "authz_app_name", .text = "SELECT name FROM app WHERE id = :id", .in = "id:text", .out = "name:text" },
    /* What the ORNs of a set mean as ids: for lists. :base is the ORN of the whole collection. */
    [Q_EXPAND_USERS] = {
        .name = "authz_expand_users",
        .text = "SELECT p.id FROM person p WHERE (:base " IN_TAILS " OR :base || ':' || p.id " IN_TAILS " OR EXISTS (SELECT 1 FROM grp_member m WHERE m.person_id = p.id "
                "AND :groups || ':' || m.group_id || ':contained_resources' " IN_TAILS ")) AND NOT (:base || ':' || p.id " IN_EXCLUDED ") "
                "AND NOT EXISTS (SELECT 1 FROM grp_member m WHERE m.person_id = p.id "
                "AND :groups || ':' || m.group_id || ':contained_resources' " IN_EXCLUDED ") ORDER BY p.id",
        .in = "base:text groups:text tails:text excluded:text", .out = "id:text",
    },
    [Q_EXPAND_GROUPS] = {
        .name = "authz_expand_groups",
        .text = "SELECT g.id FROM grp g WHERE :groups <> '' AND (:base " IN_TAILS " OR :base || ':' || g.id " IN_TAILS ") "
                "AND NOT (:base || ':' || g.id " IN_EXCLUDED ") ORDER BY g.id",
        .in = "base:text groups:text tails:text excluded:text", .out = "id:text",
    },
    [Q_EXPAND_APPS] = {
        .name = "authz_expand_apps",
        .text = "SELECT a.id FROM app a WHERE :groups <> '' AND (:base " IN_TAILS " OR :base || ':' || a.name " IN_TAILS " OR :base || ':' || a.id " IN_TAILS " "
                "OR :base || ':' || a.name || ':' || a.id " IN_TAILS ") AND NOT (:base || ':' || a.name " IN_EXCLUDED ") "
                "AND NOT (:base || ':' || a.id " IN_EXCLUDED ") AND NOT (:base || ':' || a.name || ':' || a.id " IN_EXCLUDED ") ORDER BY a.id",
        .in = "base:text groups:text tails:text excluded:text", .out = "id:text",
    },
};
RV_SQL_MODULE(authz, authz_sql);

/* ---- the table of actions -------------------------------------------------------------------- */

enum who { WHO_NOBODY, WHO_SUPER, WHO_NOT_SUPER, WHO_ANY, WHO_ADMIN, WHO_PUBLIC };
struct action {
    const char *name, *permission;
    unsigned relations;
    const char *who;
};
static const struct action actions[RV_A_N] = {
    [RV_A_NONE] = { "NONE", "", 0, "-" },
#define RV_X(action_name, permission, relations, who, help) [RV_A_##action_name] = { #action_name, permission, relations, who },
    RV_ACTION_TABLE(RV_X)
#undef RV_X
};

const char *rv_action_name(enum rv_action a)
{
    return (unsigned)a < RV_A_N ? actions[a].name : "UNKNOWN";
}

static enum who who_of(const char *text)
{
    static const struct {
        const char *text;
        enum who who;
    } words[] = { { "SA", WHO_SUPER }, { "", WHO_SUPER },      { "-", WHO_NOT_SUPER },
                  { "ANY", WHO_ANY },  { "ADMIN", WHO_ADMIN }, { "PUBLIC", WHO_PUBLIC } };
    for (size_t i = 0; i < RV_LEN(words); i++) {
        if (strcmp(text, words[i].text) == 0)
            return words[i].who;
    }
    return WHO_NOBODY;
}

/* What a refusal calls an object that the caller may not know of: the same as when it does not
 * exist. */
static const struct {
    const char *prefix, *kind;
} kinds[] = {
    { "USER_", "User" }, { "GROUP_", "UserGroup" }, { "APP_", "AppInstance" }, { "FEATURE_", "Feature" }, { "TOKEN_", "ApiToken" },
    { "FOLDER_", "Folder" }, { "FLOW_", "Flow" }, { "DELEGATED_", "DelegatedFlow" }, { "RUN_", "Run" }, { "CONNECTION_", "Connection" },
    { "TABLE_", "Table" }, { "CATALOGUE_", "RequestType" }, { "REQUEST_TYPE_", "RequestType" }, { "REQUEST_", "Request" }, { "TASK_", "Task" },
    { "TIMER_", "Task" }, { "TEAM_", "Team" }, { "LIST_", "ConfigList" }, { "RESOURCE_", "ResourceType" }, { "INTEGRATION_", "Integration" },
};

static rv_status refuse(struct rv_cx *cx, enum rv_action action, const struct rv_object *o)
{
    if (o->visible || o->id.p == NULL)
        return rv_fail(cx, RV_FORBIDDEN,
                       "You do not have permission to perform the requested action");
    const char *kind = "Resource";
    for (size_t i = 0; i < RV_LEN(kinds); i++) {
        if (strncmp(actions[action].name, kinds[i].prefix, strlen(kinds[i].prefix)) == 0) {
            kind = kinds[i].kind;
            break;
        }
    }
    return rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (%s)", RV_FMT(o->id),
                   kind);
}

/* ---- which ORNs name an object --------------------------------------------------------------- */

static void add_tail(struct rv_jw *w, struct rv_cx *cx, const char *service, const char *rest)
{
    rv_jw_str(w, rv_printf(cx, "%s:%.*s:%s", service, RV_FMT(cx->env->org->id), rest));
}

static void add_object(struct rv_jw *w, struct rv_cx *cx, const char *service, const char *type,
                       rv_str id)
{
    rv_jw_str(w, rv_printf(cx, "%s:%.*s:%s:%.*s", service, RV_FMT(cx->env->org->id), type,
                           RV_FMT(id)));
}

static void add_folders(struct rv_jw *w, struct rv_cx *cx, const struct rv_object *o)
{
    rv_str rest = o->path, part;
    add_tail(w, cx, "workflow", "folders");
    while (rv_str_split(&rest, '/', &part)) {
        if (part.n > 0)
            add_object(w, cx, "workflow", "folders", part);
    }
}

static rv_status add_user_groups(struct rv_jw *w, struct rv_tx *tx, rv_str user_id)
{
    struct rv_rows r;
    struct rv_cx *cx = rv_tx_cx(tx);
    RV_TRY(rv_sql_query(tx, &authz_sql[Q_USER_GROUPS], &r, RV_ARGS(user_id)));
    while (rv_rows_next(&r)) {
        rv_str group = rv_col_ref(&r, 0);
        add_object(w, cx, "directory", "groups",
                   rv_printf(cx, "%.*s:contained_resources", RV_FMT(group)));
    }
    return rv_rows_end(&r);
}

static rv_status add_app(struct rv_jw *w, struct rv_tx *tx, rv_str id)
{
    struct rv_rows r;
    struct rv_cx *cx = rv_tx_cx(tx);
    bool found;
    RV_TRY(rv_sql_first(tx, &authz_sql[Q_APP_NAME], &r, &found, RV_ARGS(id)));
    if (!found)
        return RV_OK;
    rv_str name = rv_col_str(&r, 0);
    RV_TRY(rv_rows_end(&r));
    add_object(w, cx, "idp", "apps", name);
    add_object(w, cx, "idp", "apps", rv_printf(cx, "%.*s:%.*s", RV_FMT(name), RV_FMT(id)));
    return RV_OK;
}

/* The ORN of the whole collection that a permission acts on, behind service and organisation. */
static const struct {
    const char *service, *type;
} collections[] = {
    [RV_COVER_ORG] = { "", "" }, [RV_COVER_OTHER] = { "", "" }, [RV_COVER_IAM] = { "iam", "contained_resources" },
    [RV_COVER_USERS] = { "directory", "users" }, [RV_COVER_GROUPS] = { "directory", "groups" }, [RV_COVER_APPS] = { "idp", "apps" },
    [RV_COVER_DELEGATED] = { "workflow", "flows" }, [RV_COVER_FLOWS] = { "workflow", "flows" },
    [RV_COVER_CONNECTIONS] = { "workflow", "connections" }, [RV_COVER_TABLES] = { "workflow", "tables" },
};

static rv_status write_tails(struct rv_tx *tx, enum rv_cover cover, const struct rv_object *o,
                             struct rv_jw *w)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    add_tail(w, cx, collections[cover].service, collections[cover].type);
    if (o->id.p != NULL)
        add_object(w, cx, collections[cover].service, collections[cover].type, o->id);
    if (cover == RV_COVER_FLOWS || cover == RV_COVER_TABLES)
        add_folders(w, cx, o);
    if (cover == RV_COVER_USERS && o->id.p != NULL)
        return add_user_groups(w, tx, o->id);
    return cover == RV_COVER_APPS && o->id.p != NULL ? add_app(w, tx, o->id) : RV_OK;
}

/* As the JSON array that the statement wants. */
static rv_status tails_of(struct rv_tx *tx, enum rv_cover cover, const struct rv_object *o,
                          rv_str *ret)
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str text;
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    rv_jw_arr(&w);
    rv_status st = write_tails(tx, cover, o, &w);
    rv_jw_arr_end(&w);
    if (st == RV_OK)
        st = rv_buf_str(rv_tx_cx(tx), &b, &text);
    if (st == RV_OK) {
        *ret = rv_dup(rv_tx_cx(tx), text);
        st = ret->p != NULL ? RV_OK : RV_BUSY;
    }
    rv_buf_done(&b);
    return st;
}

/* ---- judging --------------------------------------------------------------------------------- */

/* The permission and the names that imply it, for the statement. */
enum { NAMES = 6 };
static void names_of(const struct rv_permission *p, rv_str names[NAMES])
{
    rv_str rest = rv_str_of(p->by), part;
    size_t n = 0;
    names[n++] = rv_str_of(p->name);
    while (n < NAMES && rv_str_split(&rest, ' ', &part)) {
        if (part.n > 0)
            names[n++] = part;
    }
    while (n < NAMES)
        names[n++] = RV_NONE_STR;
}

/* "Exclude": {"okta:ORN": [...]} of an item names the object? Fails closed. */
static rv_status excluded(struct rv_cx *cx, rv_str conditions, rv_str tails, bool *ret)
{
    json_t *j, *names, *orn;
    size_t i;
    *ret = true;
    RV_TRY(rv_json_parse(cx, conditions, &rv_json_limits_default, &j));
    names = json_object_get(json_object_get(j, "Exclude"), "okta:ORN");
    json_array_foreach(names, i, orn)
    {
        rv_str tail = rv_orn_tail(rv_json_str(orn));
        if (rv_str_contains(tails, rv_printf(cx, "\"%.*s\"", RV_FMT(tail))))
            return RV_OK;
    }
    *ret = false;
    return RV_OK;
}

struct held {
    const struct rv_permission *p;
    rv_str tails;
    bool granted;
};

/* What the rows of Q_HELD and Q_HELD_TWO grant. */
static rv_status weigh(struct rv_cx *cx, struct held *h, struct rv_rows *r, bool any)
{
    rv_status failed = RV_OK;
    while (!h->granted && rv_rows_next(r)) {
        rv_str type = rv_col_ref(r, 0);
        if (type.p != NULL) {
            h->granted = rv_word_in(h->p->held_by, type);
        } else if (rv_col_null(r, 2)) {
            h->granted = true;
        } else if (!any) {
            bool out;
            failed = excluded(cx, rv_col_str(r, 2), h->tails, &out);
            if (failed != RV_OK)
                break; /* nothing is granted by what cannot be read */
            h->granted = !out;
        }
    }
    rv_status st = rv_rows_end(r);
    return failed != RV_OK ? failed : st;
}

/* Standard roles and bindings, in one statement. */
static rv_status look_up(struct rv_tx *tx, struct held *h, bool any)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    rv_str n[NAMES];
    names_of(h->p, n);
    RV_TRY(rv_sql_query(tx, &authz_sql[Q_HELD], &r,
                        RV_ARGS(cx->principal->id, n[0], n[1], n[2], n[3], n[4], n[5], any,
                                h->tails)));
    return weigh(cx, h, &r, any);
}

static rv_status look_up_two(struct rv_tx *tx, struct held *h, rv_str id)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    char whole[64], object[128], names[256];
    rv_str org = cx->env->org->id;
    int w = snprintf(whole, sizeof whole, "%s:%.*s:%s", collections[h->p->cover].service,
                     RV_FMT(org), collections[h->p->cover].type);
    int o = snprintf(object, sizeof object, "%s:%.*s", whole, RV_FMT(id));
    int n = snprintf(names, sizeof names, " %s %s ", h->p->name, h->p->by);
    if (w >= (int)sizeof whole || n >= (int)sizeof names)
        RV_BUG("permission %s has too long a name", h->p->name);
    if (o >= (int)sizeof object)
        return RV_OK; /* no such id */
    RV_TRY(rv_sql_query(tx, &authz_sql[Q_HELD_TWO], &r,
                        RV_ARGS(cx->principal->id, ((rv_str){ whole, (size_t)w }),
                                ((rv_str){ object, (size_t)o }), ((rv_str){ names, (size_t)n }))));
    return weigh(cx, h, &r, false);
}

struct question {
    enum rv_action action;
    struct rv_object object;
    bool granted;
};

static rv_status ask_store(struct rv_tx *tx, void *arg)
{
    struct question *q = arg;
    struct held h = { .p = rv_permission_find(rv_str_of(actions[q->action].permission)),
                      .tails = RV_STR("[]") };
    if (h.p == NULL)
        RV_BUG("action %s needs the permission %s, which is not in the table",
               actions[q->action].name, actions[q->action].permission);
    if (h.p->cover == RV_COVER_DELEGATED || h.p->cover == RV_COVER_CONNECTIONS) { /* these have no conditions */
        RV_TRY(look_up_two(tx, &h, q->object.id));
        q->granted = h.granted;
        return RV_OK;
    }
    if (collections[h.p->cover].type[0] != '\0')
        RV_TRY(tails_of(tx, h.p->cover, &q->object, &h.tails));
    /* The card table is for whoever may read flows anywhere. */
    RV_TRY(look_up(tx, &h, q->action == RV_A_CARD_READ));
    q->granted = h.granted;
    return RV_OK;
}

/* What needs no statement. */
static bool granted_outright(const struct rv_cx *cx, const struct action *a,
                             const struct rv_object *o)
{
    const struct rv_principal *p = cx->principal;
    enum who who = who_of(a->who);
    if (cx->root || who == WHO_PUBLIC)
        return true;
    if (p == NULL)
        return false;
    if (p->kind == RV_SYSTEM)
        return true;
    unsigned relations = o->relations;
    if (p->kind == RV_USER && rv_str_eq(o->id, p->id) && (a->relations & RV_REL_SELF) != 0)
        relations |= RV_REL_SELF;
    if ((a->relations & relations) != 0)
        return true;
    if (p->super_admin && who != WHO_NOT_SUPER)
        return true;
    return (who == WHO_ANY && p->kind == RV_USER) || (who == WHO_ADMIN && p->administrator);
}

static rv_status judge(struct rv_cx *cx, struct rv_tx *tx, enum rv_action action,
                       struct rv_object object, bool *ret)
{
    if ((unsigned)action >= RV_A_N || action == RV_A_NONE)
        RV_BUG("the judge was asked for action %d", (int)action);
    const struct action *a = &actions[action];
    *ret = granted_outright(cx, a, &object);
    if (*ret || cx->principal == NULL || a->permission[0] == '\0' || !cx->principal->administrator)
        return RV_OK;
    struct question q = { action, object, false };
    RV_TRY(tx != NULL ? ask_store(tx, &q) : rv_store_read(cx, ask_store, &q));
    *ret = q.granted;
    return RV_OK;
}

static void asked(struct rv_cx *cx, enum rv_action action)
{
    if (cx->action_declared == (int32_t)action)
        cx->action_asked = true;
}

rv_status rv_authz(struct rv_cx *cx, struct rv_tx *tx, enum rv_action action,
                   struct rv_object object)
{
    bool granted;
    asked(cx, action);
    RV_TRY(judge(cx, tx, action, object, &granted));
    if (granted)
        return RV_OK;
    cx->action_refused = (int32_t)action;
    return cx->principal == NULL ? rv_fail(cx, RV_NO_SESSION, "Invalid session")
                                 : refuse(cx, action, &object);
}

rv_status rv_authz_may(struct rv_cx *cx, struct rv_tx *tx, enum rv_action action,
                       struct rv_object object, bool *ret)
{
    struct rv_error kept = cx->err;
    *ret = false;
    RV_TRY(judge(cx, tx, action, object, ret));
    cx->err = kept;
    return RV_OK;
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* One ORN of a set that grants the permission. */
struct item {
    rv_str tail, conditions;
    struct item *next;
};
struct listing {
    enum rv_action action;
    struct rv_scope *ret;
    const struct rv_permission *p;
    struct item *items;
    struct rv_jw w;
};

static rv_status gather(struct rv_tx *tx, struct listing *l)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    rv_str n[NAMES];
    bool room = true;
    names_of(l->p, n);
    RV_TRY(rv_sql_query(tx, &authz_sql[Q_HELD], &r,
                        RV_ARGS(cx->principal->id, n[0], n[1], n[2], n[3], n[4], n[5], true,
                                RV_STR("[]"))));
    while (room && !l->ret->all && rv_rows_next(&r)) {
        if (!rv_col_null(&r, 0)) {
            l->ret->all = rv_word_in(l->p->held_by, rv_col_ref(&r, 0));
            continue;
        }
        struct item *i = RV_NEW(cx, struct item);
        room = i != NULL;
        if (room) {
            *i = (struct item){ .tail = rv_col_str(&r, 1),
                                .conditions = rv_col_str(&r, 2),
                                .next = l->items };
            l->items = i;
        }
    }
    RV_TRY(rv_rows_end(&r));
    return room ? RV_OK : RV_BUSY;
}

static rv_status excluded_tails(struct rv_cx *cx, rv_str conditions, rv_str *ret)
{
    json_t *j, *orn, *list = json_array();
    size_t i;
    RV_TRY(rv_json_keep(cx, list));
    RV_TRY(rv_json_parse(cx, conditions, &rv_json_limits_default, &j));
    json_array_foreach(json_object_get(json_object_get(j, "Exclude"), "okta:ORN"), i, orn)
    {
        rv_str tail = rv_orn_tail(rv_json_str(orn));
        if (tail.p != NULL && json_array_append_new(list, json_stringn(tail.p, tail.n)) != 0)
            return rv_fail(cx, RV_BUSY, "out of memory");
    }
    return rv_json_dump(cx, list, ret);
}

static rv_str quoted(struct rv_cx *cx, rv_str tail) /* tails hold no character that JSON would escape */
{
    return rv_printf(cx, "[\"%.*s\"]", RV_FMT(tail));
}

/* Users, groups and apps: the directory's tables know what an ORN covers. */
static rv_status expand(struct rv_tx *tx, struct listing *l, const struct item *i, rv_str base)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    rv_str without = RV_STR("[]"),
           groups = rv_printf(cx, "directory:%.*s:groups", RV_FMT(cx->env->org->id));
    size_t q = l->p->cover == RV_COVER_USERS    ? Q_EXPAND_USERS
               : l->p->cover == RV_COVER_GROUPS ? Q_EXPAND_GROUPS
                                                : Q_EXPAND_APPS;
    if (i->conditions.p != NULL)
        RV_TRY(excluded_tails(cx, i->conditions, &without));
    RV_TRY(
        rv_sql_query(tx, &authz_sql[q], &r, RV_ARGS(base, groups, quoted(cx, i->tail), without)));
    while (rv_rows_next(&r))
        rv_jw_str(&l->w, rv_col_ref(&r, 0));
    return rv_rows_end(&r);
}

/* The id behind "workflow:{org}:flows:" and the like; for flows and tables also that of a folder:
 * their lists look at the path, too. Absent: the ORN is none of these. */
static rv_str id_in(struct rv_cx *cx, const char *type, rv_str tail)
{
    rv_str prefix = rv_printf(cx, "workflow:%.*s:%s:", RV_FMT(cx->env->org->id), type);
    return rv_str_starts(tail, prefix) ? rv_str_sub(tail, prefix.n, tail.n) : RV_NONE_STR;
}

static rv_status add_ids(struct rv_tx *tx, struct listing *l)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    enum rv_cover cover = l->p->cover;
    bool in_directory =
        cover == RV_COVER_USERS || cover == RV_COVER_GROUPS || cover == RV_COVER_APPS;
    bool in_folders = cover == RV_COVER_FLOWS || cover == RV_COVER_TABLES;
    rv_str base = rv_printf(cx, "%s:%.*s:%s", collections[cover].service, RV_FMT(cx->env->org->id),
                            collections[cover].type);
    rv_str folders = rv_printf(cx, "workflow:%.*s:folders", RV_FMT(cx->env->org->id));
    for (const struct item *i = l->items; i != NULL; i = i->next) {
        if (i->conditions.p == NULL &&
            (rv_str_eq(i->tail, base) || (in_folders && rv_str_eq(i->tail, folders)))) {
            l->ret->all = true;
        } else if (in_directory) {
            RV_TRY(expand(tx, l, i, base));
        } else if (i->conditions.p == NULL) {
            rv_str id = id_in(cx, collections[cover].type, i->tail);
            if (id.p == NULL && in_folders)
                id = id_in(cx, "folders", i->tail);
            if (id.p != NULL)
                rv_jw_str(&l->w, id);
        }
    }
    return RV_OK;
}

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct listing *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_buf b;
    rv_str text;
    RV_TRY(gather(tx, l));
    if (l->ret->all || collections[l->p->cover].type[0] == '\0')
        return RV_OK;
    rv_buf_init(&b, 16 << 20);
    rv_jw_init(&l->w, &b);
    rv_jw_arr(&l->w);
    rv_status st = add_ids(tx, l);
    rv_jw_arr_end(&l->w);
    if (st == RV_OK)
        st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK) {
        l->ret->ids = rv_dup(cx, text);
        st = l->ret->ids.p != NULL ? RV_OK : RV_BUSY;
    }
    rv_buf_done(&b);
    return st;
}

rv_status rv_authz_list(struct rv_cx *cx, struct rv_tx *tx, enum rv_action action,
                        struct rv_scope *ret)
{
    struct rv_object none = RV_NO_OBJECT;
    asked(cx, action);
    *ret = (struct rv_scope){ .all = false, .ids = RV_STR("[]") };
    if ((unsigned)action >= RV_A_N || action == RV_A_NONE)
        RV_BUG("the judge was asked for action %d", (int)action);
    if (granted_outright(cx, &actions[action], &none)) {
        ret->all = true;
        return RV_OK;
    }
    if (cx->principal == NULL)
        return rv_fail(cx, RV_NO_SESSION, "Invalid session");
    struct listing l = { .action = action,
                         .ret = ret,
                         .p = rv_permission_find(rv_str_of(actions[action].permission)) };
    if (l.p == NULL || !cx->principal->administrator)
        return RV_OK;
    return tx != NULL ? list_tx(tx, &l) : rv_store_read(cx, list_tx, &l);
}

/* ---- navigation ------------------------------------------------------------------------------ */

static rv_status names_tx(struct rv_tx *tx, void *arg)
{
    struct rv_buf *names = arg; /* types of standard roles and names of permissions, a blank behind each */
    struct rv_rows r;
    RV_TRY(rv_sql_query(tx, &authz_sql[Q_NAMES], &r, RV_ARGS(rv_tx_cx(tx)->principal->id)));
    while (rv_rows_next(&r)) {
        rv_buf_add(names, rv_col_ref(&r, rv_col_null(&r, 0) ? 1 : 0));
        rv_buf_char(names, ' ');
    }
    return rv_rows_end(&r);
}

static bool holds_name(const struct rv_permission *p, const char *held)
{
    rv_str n[NAMES], rest = rv_str_of(held), word;
    names_of(p, n);
    while (rv_str_split(&rest, ' ', &word)) {
        if (word.n > 0 && rv_word_in(p->held_by, word))
            return true;
        for (size_t i = 0; i < NAMES && word.n > 0; i++) {
            if (rv_str_eq(n[i], word))
                return true;
        }
    }
    return false;
}

rv_status rv_authz_anywhere(struct rv_cx *cx, bool ret[RV_A_N])
{
    struct rv_object none = RV_NO_OBJECT;
    struct rv_buf names;
    rv_str held = RV_STR("");
    rv_buf_init(&names, 1 << 20);
    rv_status st = RV_OK;
    if (cx->principal != NULL && cx->principal->administrator && !cx->principal->super_admin)
        st = rv_store_read(cx, names_tx, &names);
    if (st == RV_OK)
        st = rv_buf_str(cx, &names, &held);
    const char *text = st == RV_OK ? rv_z(cx, held) : "";
    for (int a = 0; a < RV_A_N; a++) {
        const struct rv_permission *p = rv_permission_find(rv_str_of(actions[a].permission));
        ret[a] = a != RV_A_NONE &&
                 (granted_outright(cx, &actions[a], &none) || (p != NULL && holds_name(p, text)));
    }
    rv_buf_done(&names);
    return st;
}
