/* org/group.c: groups of the directory and who is in them (api.md 13, access-requests.md 5.4).
 *
 * "Everyone" is made with the organisation, holds every person from their first moment and cannot
 * be changed. Membership of a group that carries a role is a grant and is checked as one
 * (security.md 2.5c). The flag visibleInAccessRequests stands beside the profile, because clients
 * of the compatible API compare the profile member by member. */
#include "org/filter.h"
#include "org/person_int.h"

#include <stdlib.h>

enum { Q_GET, Q_SCAN, Q_PREFIX, Q_INSERT, Q_UPDATE, Q_DELETE, Q_SEED, Q_JOIN, Q_LEAVE, Q_TOUCH, Q_HAS, Q_ACTIVE, Q_OF_PERSON, Q_PUSHED, Q_STATS, Q_N };
#define GROUP_COLUMNS "g.id, g.name, g.description, g.type, g.pushed, g.created_at, g.updated_at, g.members_at"
#define GROUP_OUT "id:text name:text description:text type:text pushed:bool created_at:time updated_at:time members_at:time"
#define SCOPE "(:all = 1 OR g.id IN (SELECT value FROM json_each(:ids)))"
static const struct rv_sql group_sql[Q_N] = {
    [Q_GET] = { .name = "group_get", .text = "SELECT " GROUP_COLUMNS " FROM grp g WHERE g.id = :id", .in = "id:text", .out = GROUP_OUT },
    [Q_SCAN] = {
        .name = "group_scan",
        .text = "SELECT " GROUP_COLUMNS " FROM grp g WHERE g.id > :after AND " SCOPE " ORDER BY g.id LIMIT :n",
        .in = "after:text all:bool ids:text n:int", .out = GROUP_OUT,
    },
    [Q_PREFIX] = {
        .name = "group_prefix",
        .text = "SELECT " GROUP_COLUMNS " FROM grp g WHERE g.name_key >= :from AND g.name_key < :to AND g.id > :after AND " SCOPE " ORDER BY g.id LIMIT :n",
        .in = "from:text to:text after:text all:bool ids:text n:int", .out = GROUP_OUT,
    },
    [Q_INSERT] = {
        .name = "group_insert",
        .text = "INSERT INTO grp (id, name, name_key, description, type, pushed, created_at, updated_at, members_at, version) "
                "VALUES (:id, :name, :name_key, :description, :type, :pushed, :now, :now, :now, 1) ON CONFLICT (name_key) DO NOTHING",
        .in = "id:text name:text name_key:text description:text type:text pushed:bool now:time",
    },
    [Q_UPDATE] = {
        .name = "group_update",
        .text = "UPDATE grp SET name = :name, name_key = :name_key, description = :description, pushed = :pushed, updated_at = :now, version = version + 1 "
                "WHERE id = :id AND NOT EXISTS (SELECT 1 FROM grp o WHERE o.name_key = :name_key AND o.id <> :id)",
        .in = "name:text name_key:text description:text pushed:bool now:time id:text",
    },
    [Q_DELETE] = { .name = "group_delete", .text = "DELETE FROM grp WHERE id = :id", .in = "id:text" },
    [Q_SEED] = {
        .name = "group_seed",
        .text = "INSERT INTO grp_member (group_id, person_id) SELECT g.id, p.id FROM grp g, person p WHERE g.type = 'BUILT_IN' ON CONFLICT DO NOTHING",
    },
    [Q_JOIN] = {
        .name = "group_join",
        .text = "INSERT INTO grp_member (group_id, person_id) VALUES (:group_id, :person_id) ON CONFLICT DO NOTHING",
        .in = "group_id:text person_id:text",
    },
    [Q_LEAVE] = {
        .name = "group_leave",
        .text = "DELETE FROM grp_member WHERE group_id = :group_id AND person_id = :person_id",
        .in = "group_id:text person_id:text",
    },
    [Q_TOUCH] = { .name = "group_touch", .text = "UPDATE grp SET members_at = :now WHERE id = :id", .in = "now:time id:text" },
    [Q_HAS] = {
        .name = "group_has",
        .text = "SELECT 1 AS n FROM grp_member WHERE group_id = :group_id AND person_id = :person_id",
        .in = "group_id:text person_id:text", .out = "n:int",
    },
    [Q_ACTIVE] = {
        .name = "group_active_members",
        .text = "SELECT p.id FROM grp_member m JOIN person p ON p.id = m.person_id WHERE m.group_id = :group_id "
                "AND p.status NOT IN ('STAGED', 'SUSPENDED', 'DEPROVISIONED') ORDER BY m.person_id",
        .in = "group_id:text", .out = "id:text",
    },
    [Q_OF_PERSON] = {
        .name = "group_of_person",
        .text = "SELECT " GROUP_COLUMNS " FROM grp_member m JOIN grp g ON g.id = m.group_id WHERE m.person_id = :person_id AND m.group_id > :after "
                "ORDER BY m.group_id LIMIT :n",
        .in = "person_id:text after:text n:int", .out = GROUP_OUT,
    },
    [Q_PUSHED] = {
        .name = "group_pushed",
        .text = "SELECT " GROUP_COLUMNS " FROM grp g WHERE g.pushed = 1 AND g.name_key >= :from AND g.name_key < :to ORDER BY g.name_key LIMIT :n",
        .in = "from:text to:text n:int", .out = GROUP_OUT,
    },
    [Q_STATS] = {
        .name = "group_stats",
        .text = "SELECT (SELECT COUNT(*) FROM grp_member m WHERE m.group_id = :id) AS users, (SELECT COUNT(*) FROM app_group a WHERE a.group_id = :id) AS apps, "
                "(EXISTS (SELECT 1 FROM role_grant g WHERE g.member_id = :id) OR EXISTS (SELECT 1 FROM role_member r WHERE r.member_id = :id)) AS admin",
        .in = "id:text", .out = "users:int apps:int admin:bool",
    },
};
RV_SQL_MODULE(group, group_sql);

enum { NAME_MAX_CHARS = 255, DESCRIPTION_MAX = 1024 };
struct group {
    rv_str id, name, description, type;
    bool pushed, counted, admin; /* counted: users, apps and admin are read, to be embedded */
    int64_t created_at, updated_at, members_at, users, apps;
};

static void read_row(struct rv_rows *r, struct group *g)
{
    *g = (struct group){ .id = rv_col_str(r, 0),
                         .name = rv_col_str(r, 1),
                         .description = rv_col_str(r, 2),
                         .type = rv_col_str(r, 3),
                         .pushed = rv_col_bool(r, 4),
                         .created_at = rv_col_int(r, 5),
                         .updated_at = rv_col_int(r, 6),
                         .members_at = rv_col_int(r, 7) };
}

static rv_status find(struct rv_tx *tx, rv_str id, bool *ret_found, struct group *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &group_sql[Q_GET], &r, ret_found, RV_ARGS(id)));
    if (!*ret_found)
        return RV_OK;
    read_row(&r, ret);
    return rv_rows_end(&r);
}

static rv_status missing(struct rv_cx *cx, rv_str id)
{
    return rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (UserGroup)",
                   (int)(id.n < 100 ? id.n : 100), id.p);
}

/* The group, after the judge was asked. */
static rv_status get_for(struct rv_tx *tx, rv_str id, enum rv_action action, struct group *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_object o = RV_OBJECT(id);
    bool found;
    if (action != RV_A_GROUP_READ)
        RV_TRY(rv_authz_may(cx, tx, RV_A_GROUP_READ, o, &o.visible));
    RV_TRY(rv_authz(cx, tx, action, o));
    RV_TRY(find(tx, id, &found, ret));
    return found ? RV_OK : missing(cx, id);
}

static rv_status fixed(struct rv_cx *cx)
{
    (void)rv_fail(cx, RV_FORBIDDEN, "A built-in group cannot be changed");
    rv_fail_code(cx, "E0000038");
    return RV_FORBIDDEN;
}

static rv_status event(struct rv_tx *tx, const char *type, const struct group *g)
{
    return rv_event_add(tx, type, true, RV_NONE_STR,
                        RV_TARGETS({ .type = "UserGroup", .id = g->id, .name = g->name }),
                        RV_NONE_STR);
}

static rv_status changed_event(struct rv_tx *tx, const struct group *before, const struct group *g)
{
    bool name = !rv_str_eq(before->name, g->name),
         description = !rv_str_eq(before->description, g->description),
         pushed = before->pushed != g->pushed;
    rv_str detail =
        rv_printf(rv_tx_cx(tx), "{\"changedAttributes\":\"%s%s%s%s%s\"}", name ? "name" : "",
                  name && description ? "," : "", description ? "description" : "",
                  (name || description) && pushed ? "," : "",
                  pushed ? "visibleInAccessRequests" : "");
    return rv_event_add(tx, "group.profile.update", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "UserGroup", .id = g->id, .name = g->name }), detail);
}

static rv_status other_floors(struct rv_tx *tx, rv_str id)
{
    rv_str payload = rv_printf(rv_tx_cx(tx), "GROUP:%.*s", RV_FMT(id));
    return rv_job_add(tx, RV_STR("org.changed"), payload, rv_tx_now(tx), payload, NULL);
}

/* ---- showing --------------------------------------------------------------------------------- */

static void write_stats(struct rv_jw *w, const struct group *g, rv_str self)
{
    rv_jw_key(w, "_embedded");
    rv_jw_obj(w);
    rv_jw_key(w, "stats");
    rv_jw_obj(w);
    rv_jw_kint(w, "usersCount", g->users);
    rv_jw_kint(w, "appsCount", g->apps);
    rv_jw_kint(w, "groupPushMappingsCount", 0);
    rv_jw_kbool(w, "hasAdminPrivilege", g->admin);
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    rv_jw_link(w, "group", self, NULL);
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
}

static rv_status count(struct rv_tx *tx, struct group *g)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &group_sql[Q_STATS], &r, &found, RV_ARGS(g->id)));
    if (!found)
        return RV_OK;
    g->counted = true;
    g->users = rv_col_int(&r, 0);
    g->apps = rv_col_int(&r, 1);
    g->admin = rv_col_bool(&r, 2);
    return rv_rows_end(&r);
}

static void write_group(struct rv_cx *cx, struct rv_jw *w, const struct group *g)
{
    rv_str base = rv_base_url(cx),
           self = rv_printf(cx, "%.*s/api/v1/groups/%.*s", RV_FMT(base), RV_FMT(g->id));
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", g->id);
    rv_jw_ktime(w, "created", g->created_at);
    rv_jw_ktime(w, "lastUpdated", g->updated_at);
    rv_jw_ktime(w, "lastMembershipUpdated", g->members_at);
    rv_jw_kraw(w, "objectClass", RV_STR("[\"okta:user_group\"]"));
    rv_jw_kstr(w, "type", g->type);
    rv_jw_key(w, "profile");
    rv_jw_obj(w);
    rv_jw_kstr(w, "name", g->name);
    rv_jw_kstr(w, "description", g->description);
    rv_jw_obj_end(w);
    rv_jw_kbool(w, "visibleInAccessRequests", g->pushed);
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    rv_jw_key(w, "logo");
    rv_jw_arr(w);
    for (int i = 0; i < 2; i++) {
        rv_jw_obj(w);
        rv_jw_kstr(w, "name", i == 0 ? RV_STR("medium") : RV_STR("large"));
        rv_jw_kstr(w, "href",
                   rv_printf(cx, "%.*s/assets/group-%s.png", RV_FMT(base),
                             i == 0 ? "medium" : "large"));
        rv_jw_kstr(w, "type", RV_STR("image/png"));
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
    rv_jw_link(w, "users", rv_printf(cx, "%.*s/users", RV_FMT(self)), NULL);
    rv_jw_link(w, "apps", rv_printf(cx, "%.*s/apps", RV_FMT(self)), NULL);
    rv_jw_obj_end(w);
    if (g->counted)
        write_stats(w, g, self);
    rv_jw_obj_end(w);
}

struct showing {
    rv_str id;
    bool stats;
    struct group g;
};

static rv_status show_tx(struct rv_tx *tx, void *arg)
{
    struct showing *s = arg;
    RV_TRY(get_for(tx, s->id, RV_A_GROUP_READ, &s->g));
    return s->stats ? count(tx, &s->g) : RV_OK;
}

rv_status rv_group_show(struct rv_cx *cx, rv_str id, bool stats, struct rv_jw *w)
{
    struct showing s = { .id = id, .stats = stats };
    RV_TRY(rv_store_read(cx, show_tx, &s));
    write_group(cx, w, &s.g);
    return RV_OK;
}

/* ---- lists ----------------------------------------------------------------------------------- */

#define ORDER (RV_FOP_EQ | RV_FOP_ORDER)
static const struct rv_filter_attr filter_attrs[] = {
    { "id", RV_FOP_EQ }, { "type", RV_FOP_EQ }, { "lastUpdated", ORDER }, { "lastMembershipUpdated", ORDER }, { NULL, 0 },
};
static const struct rv_filter_attr search_attrs[] = {
    { "id", RV_FOP_ALL }, { "type", RV_FOP_ALL }, { "created", RV_FOP_ALL }, { "lastUpdated", RV_FOP_ALL }, { "lastMembershipUpdated", RV_FOP_ALL },
    { "source.id", RV_FOP_ALL }, { "profile.", RV_FOP_ALL }, { NULL, 0 },
};

struct match {
    struct group g;
    const json_t *key;
};
struct walk {
    const struct rv_directory_query *q;
    const struct rv_filter *filter;
    struct rv_jw *w;
    rv_str person_id; /* groups of this person */
    struct match *matches;
    size_t n, size;
    rv_str next;
};

static rv_status group_json(struct rv_cx *cx, const struct group *g, json_t **ret)
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str text;
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    write_group(cx, &w, g);
    rv_status st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK)
        st = rv_json_parse(cx, text, &rv_json_limits_import, ret);
    rv_buf_done(&b);
    return st;
}

static rv_status offer(struct rv_cx *cx, struct walk *k, const struct group *g)
{
    struct match m = { .g = *g };
    bool sorted = k->q->sort_by.n > 0;
    json_t *j = NULL;
    if (k->filter != NULL || sorted)
        RV_TRY(group_json(cx, g, &j));
    if (!rv_filter_match(k->filter, j))
        return RV_OK;
    m.key = sorted ? rv_json_at(j, k->q->sort_by) : NULL;
    if (k->n == k->size) {
        struct match *more = RV_NEW_N(cx, struct match, k->size * 2 + 64);
        if (more == NULL)
            return RV_BUSY;
        if (k->n > 0)
            memcpy(more, k->matches, k->n * sizeof *more);
        k->matches = more;
        k->size = k->size * 2 + 64;
    }
    k->matches[k->n++] = m;
    return RV_OK;
}

static int by_key(const void *a, const void *b)
{
    const struct match *x = a, *y = b;
    int o = rv_value_order(x->key, y->key);
    return o != 0 ? o : rv_str_cmp(x->g.id, y->g.id);
}

static void show(struct rv_cx *cx, struct walk *k)
{
    size_t from = 0, limit = (size_t)k->q->limit;
    if (k->q->sort_by.n > 0) {
        if (k->n > 1)
            qsort(k->matches, k->n, sizeof *k->matches, by_key);
        for (size_t i = 0; k->q->descending && i < k->n / 2; i++) {
            struct match m = k->matches[i];
            k->matches[i] = k->matches[k->n - 1 - i];
            k->matches[k->n - 1 - i] = m;
        }
        for (size_t i = 0; k->q->after.p != NULL && i < k->n; i++)
            if (rv_str_eq(k->matches[i].g.id, k->q->after))
                from = i + 1;
    }
    for (size_t i = from; i < k->n && i < from + limit; i++)
        write_group(cx, k->w, &k->matches[i].g);
    if (k->n > from + limit && limit > 0)
        k->next = k->matches[from + limit - 1].g.id;
}

static rv_status query(struct rv_tx *tx, const struct walk *k, const struct rv_scope *s,
                       struct rv_rows *r)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    bool sorted = k->q->sort_by.n > 0;
    rv_str after = k->q->after.p != NULL && !sorted ? k->q->after : RV_STR("");
    int64_t n = k->filter != NULL || sorted ? INT64_MAX : k->q->limit + 1;
    if (k->q->q.n > 0) {
        rv_str from = rv_fold(cx, k->q->q);
        return rv_sql_query(tx, &group_sql[Q_PREFIX], r,
                            RV_ARGS(from, rv_after(cx, from), after, s->all, s->ids, n));
    }
    return rv_sql_query(tx, &group_sql[Q_SCAN], r, RV_ARGS(after, s->all, s->ids, n));
}

static rv_status take_rows(struct rv_tx *tx, struct rv_rows *r, struct walk *k)
{
    rv_status st = RV_OK;
    bool sorted = k->q->sort_by.n > 0;
    while (st == RV_OK && (sorted || k->n <= (size_t)k->q->limit) && rv_rows_next(r)) {
        struct group g;
        read_row(r, &g);
        st = offer(rv_tx_cx(tx), k, &g);
    }
    rv_status ended = rv_rows_end(r);
    return st != RV_OK ? st : ended;
}

static rv_status page_tx(struct rv_tx *tx, void *arg)
{
    struct walk *k = arg;
    struct rv_scope scope;
    struct rv_rows r;
    RV_TRY(rv_authz_list(rv_tx_cx(tx), tx, RV_A_GROUP_READ, &scope));
    RV_TRY(query(tx, k, &scope, &r));
    RV_TRY(take_rows(tx, &r, k));
    for (size_t i = 0; k->q->stats && i < k->n; i++)
        RV_TRY(count(tx, &k->matches[i].g));
    return RV_OK;
}

rv_status rv_group_page(struct rv_cx *cx, const struct rv_directory_query *given, struct rv_jw *w,
                        rv_str *ret_next)
{
    struct rv_directory_query q = *given;
    struct walk k = { .q = &q, .w = w };
    if (q.search.n == 0)
        q.sort_by = RV_NONE_STR; /* only with search (api.md 7) */
    if (q.search.n > 0)
        RV_TRY(rv_filter_parse(cx, q.search, search_attrs, "search", "E0000031", &k.filter));
    else if (q.filter.n > 0)
        RV_TRY(rv_filter_parse(cx, q.filter, filter_attrs, "filter", "E0000001", &k.filter));
    RV_TRY(rv_store_read(cx, page_tx, &k));
    show(cx, &k);
    *ret_next = k.next;
    return RV_OK;
}

static rv_status of_person_tx(struct rv_tx *tx, void *arg)
{
    struct walk *k = arg;
    struct rv_person_row p;
    struct rv_rows r;
    RV_TRY(rv_person_row_for(tx, k->person_id, RV_A_USER_READ, &p));
    RV_TRY(rv_sql_query(tx, &group_sql[Q_OF_PERSON], &r,
                        RV_ARGS(p.id, k->q->after.p != NULL ? k->q->after : RV_STR(""),
                                k->q->limit + 1)));
    return take_rows(tx, &r, k);
}

rv_status rv_person_groups(struct rv_cx *cx, rv_str who, const struct rv_directory_query *q,
                           struct rv_jw *w, rv_str *ret_next)
{
    struct walk k = { .q = q, .w = w, .person_id = who };
    RV_TRY(rv_store_read(cx, of_person_tx, &k));
    show(cx, &k);
    *ret_next = k.next;
    return RV_OK;
}

struct picking {
    rv_str q;
    int limit;
    struct rv_group *list;
};

static rv_status pushed_tx(struct rv_tx *tx, void *arg)
{
    struct picking *p = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_group **tail = &p->list;
    struct rv_rows r;
    rv_str from = rv_fold(cx, p->q.p != NULL ? rv_str_trim(p->q) : RV_STR(""));
    RV_TRY(rv_sql_query(tx, &group_sql[Q_PUSHED], &r, RV_ARGS(from, rv_after(cx, from), p->limit)));
    while (rv_rows_next(&r)) {
        struct group g;
        struct rv_group *one = RV_NEW(cx, struct rv_group);
        read_row(&r, &g);
        if (one == NULL)
            break;
        *one = (struct rv_group){ .id = g.id, .name = g.name, .description = g.description };
        *tail = one;
        tail = &one->next;
    }
    RV_TRY(rv_rows_end(&r));
    return rv_error(cx)->status == RV_BUSY ? RV_BUSY : RV_OK;
}

rv_status rv_group_pushed_list(struct rv_cx *cx, rv_str q, int limit, struct rv_group **ret)
{
    struct picking p = { .q = q, .limit = limit };
    RV_TRY(rv_authz(cx, NULL, RV_A_PEOPLE_PICK, RV_NO_OBJECT));
    RV_TRY(rv_store_read(cx, pushed_tx, &p));
    *ret = p.list;
    return RV_OK;
}

/* ---- changing -------------------------------------------------------------------------------- */

struct changing {
    rv_str id;
    const json_t *body;
    struct group g;
};

/* Members that are absent: name is needed, description becomes empty, the flag stays. */
static rv_status read_body(struct rv_cx *cx, const json_t *body, struct group *g)
{
    const json_t *profile = json_object_get(body, "profile"),
                 *description = json_object_get(profile, "description");
    const json_t *pushed = json_object_get(body, "visibleInAccessRequests");
    if (!json_is_object(profile))
        return rv_invalid(cx, "profile", "/profile",
                          "profile: The field must be an object with a name");
    g->name = rv_json_member_str(profile, "name");
    if (g->name.n == 0 || rv_str_trim(g->name).n == 0)
        return rv_invalid(cx, "name", "/profile/name", "name: The field cannot be left blank");
    if (rv_utf8_count(g->name) > NAME_MAX_CHARS)
        return rv_invalid(cx, "name", "/profile/name",
                          "name: String length must be at most %d characters", NAME_MAX_CHARS);
    if (description != NULL && !json_is_null(description) && !json_is_string(description))
        return rv_invalid(cx, "description", "/profile/description", "description: Must be a text");
    g->description = rv_json_str(description);
    if (g->description.p != NULL && rv_utf8_count(g->description) > DESCRIPTION_MAX)
        return rv_invalid(cx, "description", "/profile/description",
                          "description: String length must be at most %d characters",
                          DESCRIPTION_MAX);
    if (pushed != NULL && !json_is_boolean(pushed))
        return rv_invalid(cx, "visibleInAccessRequests", "/visibleInAccessRequests",
                          "visibleInAccessRequests: Must be true or false");
    if (pushed != NULL)
        g->pushed = json_is_true(pushed);
    return RV_OK;
}

static rv_status duplicate(struct rv_cx *cx)
{
    return rv_invalid(cx, "name", "/profile/name", "name: %s", rv_unique_sentence);
}

static rv_status insert(struct rv_tx *tx, struct group *g, const char *type)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    int64_t n;
    g->id = rv_id_prefixed(cx, "00g");
    RV_TRY(rv_sql_exec(tx, &group_sql[Q_INSERT], &n,
                       RV_ARGS(g->id, g->name, rv_fold(cx, g->name), g->description, type,
                               g->pushed, rv_tx_now(tx))));
    return n > 0 ? RV_OK : duplicate(cx);
}

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    struct changing *c = arg;
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_GROUP_CREATE, RV_NO_OBJECT));
    RV_TRY(insert(tx, &c->g, "OKTA_GROUP"));
    return event(tx, "group.lifecycle.create", &c->g);
}

rv_status rv_group_create(struct rv_cx *cx, const json_t *body, rv_str *ret_id)
{
    struct changing c = { .body = body };
    RV_TRY(rv_authz(cx, NULL, RV_A_GROUP_CREATE, RV_NO_OBJECT));
    RV_TRY(read_body(cx, body, &c.g));
    RV_TRY(rv_store_write(cx, create_tx, &c));
    *ret_id = c.g.id;
    return RV_OK;
}

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    const struct changing *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct group g;
    int64_t n;
    RV_TRY(get_for(tx, c->id, RV_A_GROUP_MANAGE, &g));
    const struct group before = g;
    bool built_in = rv_str_eq(g.type, RV_STR("BUILT_IN"));
    RV_TRY(read_body(cx, c->body, &g));
    /* Of the built-in group only the flag may change. */
    if (built_in &&
        (!rv_str_eq(before.name, g.name) || !rv_str_eq(before.description, g.description)))
        return fixed(cx);
    RV_TRY(rv_sql_exec(tx, &group_sql[Q_UPDATE], &n,
                       RV_ARGS(g.name, rv_fold(cx, g.name), g.description, g.pushed, rv_tx_now(tx),
                               g.id)));
    if (n == 0)
        return duplicate(cx);
    if (before.pushed && !g.pushed)
        RV_TRY(other_floors(tx, g.id));
    return changed_event(tx, &before, &g);
}

rv_status rv_group_update(struct rv_cx *cx, rv_str id, const json_t *body)
{
    struct changing c = { .id = id, .body = body };
    return rv_store_write(cx, update_tx, &c);
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    const rv_str *id = arg;
    struct group g;
    RV_TRY(get_for(tx, *id, RV_A_GROUP_MANAGE, &g));
    if (rv_str_eq(g.type, RV_STR("BUILT_IN")))
        return fixed(rv_tx_cx(tx));
    RV_TRY(rv_guard_group(tx, g.id)); /* its members lose what the group gave them */
    RV_TRY(rv_roles_end(tx, "GROUP", g.id));
    RV_TRY(rv_assignment_group_end(tx, g.id, g.name));
    RV_TRY(rv_sql_exec(tx, &group_sql[Q_DELETE], NULL, RV_ARGS(g.id)));
    RV_TRY(other_floors(tx, g.id));
    return event(tx, "group.lifecycle.delete", &g);
}

rv_status rv_group_delete(struct rv_cx *cx, rv_str id)
{
    return rv_store_write(cx, delete_tx, &id);
}

struct membership {
    rv_str group_id, user_id;
    bool member;
};

static rv_status membership_event(struct rv_tx *tx, const struct group *g,
                                  const struct rv_person_row *p, bool member)
{
    return rv_event_add(tx, member ? "group.user_membership.add" : "group.user_membership.remove",
                        true, RV_NONE_STR,
                        RV_TARGETS(rv_person_target(rv_tx_cx(tx), p),
                                   { .type = "UserGroup", .id = g->id, .name = g->name }),
                        RV_NONE_STR);
}

static rv_status set_member(struct rv_tx *tx, const struct group *g, const struct rv_person_row *p,
                            bool member)
{
    int64_t n;
    RV_TRY(rv_guard_group(tx, g->id));
    RV_TRY(rv_sql_exec(tx, &group_sql[member ? Q_JOIN : Q_LEAVE], &n, RV_ARGS(g->id, p->id)));
    if (n == 0)
        return RV_OK;
    if (!member)
        RV_TRY(rv_guard_last_super(tx, RV_NONE_STR)); /* the group may have made the person one */
    RV_TRY(rv_sql_exec(tx, &group_sql[Q_TOUCH], NULL, RV_ARGS(rv_tx_now(tx), g->id)));
    RV_TRY(rv_assignment_membership(tx, g->id, p, member));
    return membership_event(tx, g, p, member);
}

static rv_status membership_tx(struct rv_tx *tx, void *arg)
{
    const struct membership *m = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_person_row p;
    struct group g;
    bool found;
    RV_TRY(get_for(tx, m->group_id, RV_A_GROUP_MEMBERS, &g));
    RV_TRY(rv_person_row_get(tx, m->user_id, &found, &p));
    if (!found)
        return rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (User)",
                       (int)(m->user_id.n < 100 ? m->user_id.n : 100), m->user_id.p);
    if (!rv_str_eq(g.type, RV_STR("OKTA_GROUP"))) {
        (void)rv_fail(cx, RV_FORBIDDEN, "Members of a group of type %.*s cannot be changed",
                      RV_FMT(g.type));
        return RV_FORBIDDEN;
    }
    return set_member(tx, &g, &p, m->member);
}

rv_status rv_group_member_set(struct rv_cx *cx, rv_str id, rv_str user_id, bool member)
{
    struct membership m = { id, user_id, member };
    return rv_store_write(cx, membership_tx, &m);
}

rv_status rv_group_join(struct rv_tx *tx, rv_str group_id, const struct rv_person_row *p)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct group g;
    bool found, may;
    RV_TRY(find(tx, group_id, &found, &g));
    if (!found || rv_str_eq(g.type, RV_STR("BUILT_IN")))
        return found ? RV_OK
                     : rv_invalid(cx, "newUser", "/groupIds", "groupIds: There is no group %.*s",
                                  (int)(group_id.n < 100 ? group_id.n : 100), group_id.p);
    RV_TRY(rv_authz_may(cx, tx, RV_A_GROUP_MEMBERS, RV_OBJECT(group_id), &may));
    if (!may)
        return rv_fail(cx, RV_FORBIDDEN,
                       "You do not have permission to add people to the group %.*s",
                       RV_FMT(g.name));
    return set_member(tx, &g, p, true);
}

/* ---- for everybody (org.h) ------------------------------------------------------------------- */

rv_status rv_group_seed(struct rv_tx *tx)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct group g = { .name = RV_STR("Everyone"),
                       .description = RV_STR("All users in your organization") };
    struct rv_rows r;
    struct group there;
    bool found;
    rv_str from = rv_fold(cx, g.name);
    RV_TRY(rv_sql_first(tx, &group_sql[Q_PREFIX], &r, &found,
                        RV_ARGS(from, rv_after(cx, from), RV_STR(""), true, RV_STR("[]"), 1)));
    if (found) {
        read_row(&r, &there);
        return rv_rows_end(&r);
    }
    RV_TRY(insert(tx, &g, "BUILT_IN"));
    return rv_sql_exec(tx, &group_sql[Q_SEED], NULL, RV_ARGS());
}

rv_status rv_group_members(struct rv_tx *tx, rv_str group_id, rv_str **ret, size_t *ret_n)
{
    struct rv_rows r;
    size_t n = 0, size = 0;
    rv_str *list = NULL;
    bool full = false;
    RV_TRY(rv_sql_query(tx, &group_sql[Q_ACTIVE], &r, RV_ARGS(group_id)));
    while (!full && rv_rows_next(&r)) {
        if (n == size) {
            rv_str *more = RV_NEW_N(rv_tx_cx(tx), rv_str, size * 2 + 16);
            full = more == NULL;
            if (full)
                break;
            if (n > 0)
                memcpy(more, list, n * sizeof *list);
            list = more;
            size = size * 2 + 16;
        }
        list[n++] = rv_col_str(&r, 0);
    }
    RV_TRY(rv_rows_end(&r));
    *ret = list;
    *ret_n = n;
    return full ? RV_BUSY : RV_OK;
}

rv_status rv_group_has(struct rv_tx *tx, rv_str group_id, rv_str user_id, bool *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &group_sql[Q_HAS], &r, ret, RV_ARGS(group_id, user_id)));
    return *ret ? rv_rows_end(&r) : RV_OK;
}

rv_status rv_group_name(struct rv_tx *tx, rv_str group_id, bool *ret_found, rv_str *ret)
{
    struct group g;
    RV_TRY(find(tx, group_id, ret_found, &g));
    if (*ret_found)
        *ret = g.name;
    return RV_OK;
}

rv_status rv_group_pushed(struct rv_tx *tx, rv_str group_id, bool *ret)
{
    struct group g;
    bool found;
    RV_TRY(find(tx, group_id, &found, &g));
    *ret = found && g.pushed;
    return RV_OK;
}
