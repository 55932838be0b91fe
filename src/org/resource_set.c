/* org/resource_set.c: resource sets: labelled lists of ORNs that a role's permissions are given for
 * (api.md 10, 11.2).
 *
 * Clients name a resource by its API URL or by its ORN; kept is the ORN, and beside it its part
 * behind the partition, which the judge compares. A set says what it covers by name, not by list:
 * "all flows" covers a flow that is made tomorrow. Flows, connections and tables live above this
 * floor: their ids are checked for their form only. The sets of the standard roles come with the
 * product, are shown last and cannot be changed. */
#include "org/org_int.h"

enum { Q_FIND, Q_LIST, Q_INSERT, Q_UPDATE, Q_TOUCH, Q_DELETE, Q_ITEMS, Q_ITEM, Q_ITEM_COUNT, Q_ITEM_INSERT, Q_ITEM_UPDATE, Q_ITEM_DELETE, Q_MADE_AT, Q_N };
#define COLUMNS "id, label, description, created_at, updated_at"
#define OUT "id:text label:text description:text created_at:time updated_at:time"
#define ITEM "id, orn, tail, conditions, created_at, updated_at"
#define ITEM_OUT "id:text orn:text tail:text conditions:text created_at:time updated_at:time"
static const struct rv_sql set_sql[Q_N] = {
    [Q_FIND] = {
        .name = "resource_set_find",
        .text = "SELECT " COLUMNS " FROM resource_set WHERE id = :id OR label_key = :key ORDER BY CASE WHEN id = :id THEN 0 ELSE 1 END LIMIT 1",
        .in = "id:text key:text", .out = OUT,
    },
    [Q_LIST] = {
        .name = "resource_set_list",
        .text = "SELECT " COLUMNS ", position FROM resource_set WHERE position > :after ORDER BY position LIMIT :n",
        .in = "after:int n:int", .out = OUT " position:int",
    },
    [Q_INSERT] = {
        .name = "resource_set_insert",
        .text = "INSERT INTO resource_set (id, label, label_key, description, position, created_at, updated_at) "
                "VALUES (:id, :label, :key, :description, (SELECT COALESCE(MAX(position), 0) + 1 FROM resource_set), :now, :now)",
        .in = "id:text label:text key:text description:text now:time",
    },
    [Q_UPDATE] = {
        .name = "resource_set_update",
        .text = "UPDATE resource_set SET label = :label, label_key = :key, description = :description, updated_at = :now WHERE id = :id",
        .in = "label:text key:text description:text now:time id:text",
    },
    [Q_TOUCH] = { .name = "resource_set_touch", .text = "UPDATE resource_set SET updated_at = :now WHERE id = :id", .in = "now:time id:text" },
    [Q_DELETE] = { .name = "resource_set_delete", .text = "DELETE FROM resource_set WHERE id = :id", .in = "id:text" },
    [Q_ITEMS] = {
        .name = "resource_set_items",
        .text = "SELECT " ITEM ", position FROM resource_set_item WHERE set_id = :set AND position > :after ORDER BY position LIMIT :n",
        .in = "set:text after:int n:int", .out = ITEM_OUT " position:int",
    },
    [Q_ITEM] = {
        .name = "resource_set_item",
        .text = "SELECT " ITEM " FROM resource_set_item WHERE set_id = :set AND (id = :id OR tail = :id)",
        .in = "set:text id:text", .out = ITEM_OUT,
    },
    [Q_ITEM_COUNT] = {
        .name = "resource_set_item_count",
        .text = "SELECT COUNT(*) AS n FROM resource_set_item WHERE set_id = :set",
        .in = "set:text", .out = "n:int",
    },
    [Q_ITEM_INSERT] = {
        .name = "resource_set_item_insert",
        .text = "INSERT INTO resource_set_item (id, set_id, orn, tail, conditions, position, created_at, updated_at) VALUES (:id, :set, :orn, :tail, "
                ":conditions, (SELECT COALESCE(MAX(position), 0) + 1 FROM resource_set_item), :now, :now) ON CONFLICT (set_id, tail) DO NOTHING",
        .in = "id:text set:text orn:text tail:text conditions:text now:time",
    },
    [Q_ITEM_UPDATE] = {
        .name = "resource_set_item_update",
        .text = "UPDATE resource_set_item SET conditions = :conditions, updated_at = :now WHERE id = :id",
        .in = "conditions:text now:time id:text",
    },
    [Q_ITEM_DELETE] = { .name = "resource_set_item_delete", .text = "DELETE FROM resource_set_item WHERE id = :id", .in = "id:text" },
    [Q_MADE_AT] = { .name = "resource_set_made_at", .text = "SELECT created_at FROM organisation LIMIT 1", .out = "created_at:time" },
};
RV_SQL_MODULE(resource_set, set_sql);

/* ---- which ORNs there are -------------------------------------------------------------------- */

/* How an id behind "service:{org}:type:" must look. */
enum tail_id { ID_NONE, ID_GROUP, ID_USER, ID_APP, ID_ULID };
static const struct {
    const char *service, *type;
    enum tail_id id; /* of one object; ID_NONE: only the whole */
    const char *url; /* API path of the whole, or NULL */
} resources[] = {
    { "directory", "users", ID_USER, "/api/v1/users" },
    { "directory", "groups", ID_GROUP, "/api/v1/groups" },
    { "idp", "apps", ID_APP, "/api/v1/apps" },
    { "workflow", "flows", ID_ULID, NULL },
    { "workflow", "folders", ID_ULID, NULL },
    { "workflow", "connections", ID_ULID, NULL },
    { "workflow", "tables", ID_ULID, NULL },
    { "iam", "contained_resources", ID_NONE, NULL },
    { "governance", "access-requests", ID_NONE, NULL },
    { "governance", "certifications", ID_NONE, NULL },
    { "governance", "labels", ID_NONE, NULL },
    { "support", "cases", ID_NONE, NULL },
    { "idp", "customizations", ID_NONE, "/api/v1/brands" },
    { "idp", "authorization_servers", ID_NONE, "/api/v1/authorizationServers" },
    { "idp", "identity_providers", ID_NONE, "/api/v1/idps" },
    { "idp", "policies", ID_NONE, "/api/v1/policies" },
    { "directory", "devices", ID_NONE, "/api/v1/devices" },
};

struct resource {
    rv_str orn, tail;
};

static rv_status not_a_resource(struct rv_cx *cx, rv_str text, const char *pointer)
{
    return rv_fail_field(cx, pointer, "INVALID_VALUE",
                         "resources: %.*s names nothing of this organisation that a set can hold",
                         (int)(text.n < 200 ? text.n : 200), text.p != NULL ? text.p : "");
}

static rv_status check_group(struct rv_tx *tx, rv_str id, bool *ret)
{
    rv_str name;
    return rv_group_name(tx, id, ret, &name);
}

/* {name}, {name}:{id} or {id}; the long form is kept when there is an id. */
static rv_status check_app(struct rv_tx *tx, rv_str rest, rv_str *ret_rest, bool *ret)
{
    struct rv_app_row a;
    rv_str tail = rest, name, id = rest;
    *ret_rest = rest;
    if (memchr(rest.p, ':', rest.n) != NULL) {
        (void)rv_str_split(&tail, ':', &name);
        id = tail;
    } else if (!rv_id_is_prefixed(rest, "0oa")) {
        *ret = true; /* a type of apps, also one of which there is none yet */
        return RV_OK;
    }
    RV_TRY(rv_app_get_row(tx, id, ret, &a));
    if (*ret)
        *ret_rest = rv_printf(rv_tx_cx(tx), "%.*s:%.*s", RV_FMT(a.name), RV_FMT(a.id));
    return RV_OK;
}

/* Checks the part behind the type. */
static rv_status check_id(struct rv_tx *tx, enum tail_id kind, rv_str rest, rv_str *ret_rest,
                          bool *ret)
{
    rv_str group = rest, contained = RV_STR(":contained_resources");
    struct rv_person p;
    *ret_rest = rest;
    *ret = false;
    switch (kind) {
    case ID_NONE:
        return RV_OK;
    case ID_GROUP:
        if (rv_str_ends(rest, contained))
            group.n -= contained.n;
        return check_group(tx, group, ret);
    case ID_USER: {
        RV_TRY(rv_person_find(tx, rest, ret, &p));
        *ret = *ret && rv_str_eq(p.id, rest);
        return RV_OK;
    }
    case ID_APP:
        return check_app(tx, rest, ret_rest, ret);
    case ID_ULID:
        *ret = rv_id_is_ulid(rest);
        return RV_OK;
    }
    return RV_OK;
}

static bool plain(rv_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              c == '_' || c == '-' || c == '.' || c == ':'))
            return false;
    }
    return s.n > 0 && s.n <= 300;
}

/* "service:{org}:type[:id]" of this organisation. */
static rv_status check_tail(struct rv_tx *tx, rv_str tail, bool *ret, rv_str *ret_tail)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    *ret = false;
    for (size_t i = 0; plain(tail) && i < RV_LEN(resources); i++) {
        rv_str whole = rv_printf(cx, "%s:%.*s:%s", resources[i].service, RV_FMT(cx->env->org->id),
                                 resources[i].type),
               rest;
        if (!rv_str_starts(tail, whole))
            continue;
        *ret_tail = tail;
        if (tail.n == whole.n) {
            *ret = true;
            return RV_OK;
        }
        if (tail.p[whole.n] != ':' || tail.n < whole.n + 2)
            continue;
        RV_TRY(check_id(tx, resources[i].id, rv_str_sub(tail, whole.n + 1, tail.n), &rest, ret));
        *ret_tail = rv_printf(cx, "%.*s:%.*s", RV_FMT(whole), RV_FMT(rest));
        return RV_OK;
    }
    return RV_OK;
}

/* /api/v1/apps?filter=name eq "bookmark", in any of the usual encodings. */
static rv_str app_name_of(struct rv_cx *cx, rv_str query)
{
    static const struct {
        const char *from;
        char to;
    } codes[] = { { "%22", '"' }, { "%20", ' ' }, { "+", ' ' } };
    char *text = rv_alloc(cx, query.n + 1);
    size_t n = 0;
    for (size_t i = 0; text != NULL && i < query.n;) {
        size_t step = 1;
        char c = query.p[i];
        for (size_t k = 0; k < RV_LEN(codes); k++) {
            if (rv_str_starts(rv_str_sub(query, i, query.n), rv_str_of(codes[k].from))) {
                c = codes[k].to;
                step = strlen(codes[k].from);
                break;
            }
        }
        text[n++] = c;
        i += step;
    }
    rv_str all = { text, text != NULL ? n : 0 }, before = RV_STR("filter=name eq \"");
    if (!rv_str_starts(all, before) || !rv_str_ends(all, RV_STR("\"")) || all.n < before.n + 2)
        return RV_NONE_STR;
    return rv_str_sub(all, before.n, all.n - before.n - 1);
}

/* The tail that an API URL stands for; absent: none. */
static rv_str tail_of_path(struct rv_cx *cx, rv_str path)
{
    rv_str org = cx->env->org->id;
    for (size_t i = 0; i < RV_LEN(resources); i++) {
        rv_str url = rv_str_of(resources[i].url), rest;
        if (url.p == NULL || !rv_str_starts(path, url))
            continue;
        rv_str whole =
            rv_printf(cx, "%s:%.*s:%s", resources[i].service, RV_FMT(org), resources[i].type);
        rest = rv_str_sub(path, url.n, path.n);
        if (rest.n == 0)
            return whole;
        if (rest.p[0] == '?' && resources[i].id == ID_APP) {
            rv_str name = app_name_of(cx, rv_str_sub(rest, 1, rest.n));
            return name.p != NULL ? rv_printf(cx, "%.*s:%.*s", RV_FMT(whole), RV_FMT(name))
                                  : RV_NONE_STR;
        }
        if (rest.p[0] != '/' || rest.n < 2)
            continue;
        rest = rv_str_sub(rest, 1, rest.n);
        if (resources[i].id == ID_GROUP && rv_str_ends(rest, RV_STR("/users")))
            return rv_printf(cx, "%.*s:%.*s:contained_resources", RV_FMT(whole), (int)rest.n - 6,
                             rest.p);
        return rv_printf(cx, "%.*s:%.*s", RV_FMT(whole), RV_FMT(rest));
    }
    return RV_NONE_STR;
}

static rv_str partition_of(struct rv_cx *cx, rv_str tail)
{
    return rv_str_starts(tail, RV_STR("governance:")) ? RV_STR("okta")
                                                      : rv_config_text(cx->env, "orn.partition");
}

static rv_status resolve(struct rv_tx *tx, rv_str text, const char *pointer, struct resource *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str base = rv_base_url(cx), tail = rv_orn_tail(text);
    bool good = false, is_orn = tail.p != NULL;
    if (!is_orn && rv_str_starts(text, base))
        tail = tail_of_path(cx, rv_str_sub(text, base.n, text.n));
    if (tail.p != NULL)
        RV_TRY(check_tail(tx, tail, &good, &tail));
    if (!good)
        return not_a_resource(cx, text, pointer);
    if (is_orn &&
        !rv_str_starts(text, rv_printf(cx, "orn:%.*s:", RV_FMT(partition_of(cx, tail)))) &&
        !rv_str_starts(text, RV_STR("orn:okta:")))
        return not_a_resource(cx, text, pointer);
    rv_str partition = partition_of(cx, tail);
    ret->orn = is_orn ? text : rv_printf(cx, "orn:%.*s:%.*s", RV_FMT(partition), RV_FMT(tail));
    ret->tail = tail;
    return ret->orn.p != NULL ? RV_OK : RV_BUSY;
}

/* API path of a tail; absent: it has none. */
static rv_str path_of(struct rv_cx *cx, rv_str tail)
{
    for (size_t i = 0; i < RV_LEN(resources); i++) {
        rv_str whole = rv_printf(cx, "%s:%.*s:%s", resources[i].service, RV_FMT(cx->env->org->id),
                                 resources[i].type);
        if (resources[i].url == NULL || !rv_str_starts(tail, whole))
            continue;
        rv_str rest = rv_str_sub(tail, whole.n, tail.n), contained = RV_STR(":contained_resources");
        if (rest.n == 0)
            return rv_str_of(resources[i].url);
        rest = rv_str_sub(rest, 1, rest.n);
        if (resources[i].id == ID_APP && !rv_id_is_prefixed(rest, "0oa")) {
            rv_str name;
            (void)rv_str_split(&rest, ':', &name);
            if (rest.p == NULL)
                return rv_printf(cx, "/api/v1/apps?filter=name+eq+%%22%.*s%%22", RV_FMT(name));
        }
        if (rv_str_ends(rest, contained))
            return rv_printf(cx, "%s/%.*s/users", resources[i].url, (int)(rest.n - contained.n),
                             rest.p);
        return rv_printf(cx, "%s/%.*s", resources[i].url, RV_FMT(rest));
    }
    return RV_NONE_STR;
}

/* {"Exclude":{"okta:ORN":[…]}}: every ORN lies inside the resource. Absent or null: none. */
static rv_status conditions_text(struct rv_cx *cx, rv_str tail, const json_t *j, rv_str *ret)
{
    const json_t *list = json_object_get(json_object_get(j, "Exclude"), "okta:ORN"), *orn;
    rv_str inside = rv_printf(cx, "%.*s:", RV_FMT(tail)),
           groups = rv_printf(cx, "directory:%.*s:groups:", RV_FMT(cx->env->org->id));
    size_t i;
    *ret = RV_NONE_STR;
    if (j == NULL || json_is_null(j) || (json_is_object(j) && json_object_size(j) == 0))
        return RV_OK;
    if (rv_str_starts(tail, RV_STR("workflow:")) || json_object_size(j) != 1 ||
        json_array_size(list) == 0 || json_array_size(list) > 100)
        return rv_fail_field(cx, "/conditions", "INVALID_VALUE",
                             "conditions: give Exclude with one to 100 resource names under "
                             "okta:ORN; resources of flows take none");
    json_array_foreach(list, i, orn)
    {
        rv_str t = rv_orn_tail(rv_json_str(orn));
        bool users = rv_str_ends(tail, RV_STR(":users")) && rv_str_starts(t, groups) &&
                     rv_str_ends(t, RV_STR(":contained_resources"));
        if (!plain(t) || (!rv_str_starts(t, inside) && !users))
            return rv_fail_field(cx, rv_z(cx, rv_printf(cx, "/conditions/Exclude/okta:ORN/%zu", i)),
                                 "INVALID_VALUE",
                                 "conditions: what is excluded must be contained in the resource");
    }
    return rv_json_dump(cx, j, ret);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void read_row(struct rv_rows *r, struct rv_set_row *s)
{
    *s = (struct rv_set_row){ .id = rv_col_str(r, 0),
                              .label = rv_col_str(r, 1),
                              .description = rv_col_str(r, 2),
                              .created_at = rv_col_int(r, 3),
                              .updated_at = rv_col_int(r, 4) };
}

static rv_status predefined_row(struct rv_tx *tx, const struct rv_standard_role *role,
                                struct rv_set_row *ret)
{
    struct rv_rows r;
    bool found;
    *ret = (struct rv_set_row){ .id = rv_str_of(role->set),
                                .label = rv_str_of(role->set_label),
                                .description = rv_str_of(role->set_label),
                                .predefined = role };
    RV_TRY(rv_sql_first(tx, &set_sql[Q_MADE_AT], &r, &found, RV_ARGS()));
    if (!found)
        return RV_OK;
    ret->created_at = ret->updated_at = rv_col_int(&r, 0);
    return rv_rows_end(&r);
}

rv_status rv_set_find(struct rv_tx *tx, rv_str id_or_label, bool *ret_found, struct rv_set_row *ret)
{
    const struct rv_standard_role *role = rv_standard_role_of_set(id_or_label);
    struct rv_rows r;
    if (role != NULL) {
        *ret_found = true;
        return predefined_row(tx, role, ret);
    }
    RV_TRY(rv_sql_first(tx, &set_sql[Q_FIND], &r, ret_found,
                        RV_ARGS(id_or_label, rv_fold(rv_tx_cx(tx), id_or_label))));
    if (!*ret_found)
        return RV_OK;
    read_row(&r, ret);
    return rv_rows_end(&r);
}

static rv_status get(struct rv_tx *tx, rv_str id_or_label, struct rv_set_row *ret)
{
    bool found;
    RV_TRY(rv_set_find(tx, id_or_label, &found, ret));
    return found
               ? RV_OK
               : rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                         "Not found: Resource not found: %.*s (ResourceSet)", RV_FMT(id_or_label));
}

/* For changing: not one of the predefined. */
static rv_status get_own(struct rv_tx *tx, rv_str id_or_label, struct rv_set_row *ret)
{
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_MANAGE));
    RV_TRY(get(tx, id_or_label, ret));
    return ret->predefined == NULL
               ? RV_OK
               : rv_fail(rv_tx_cx(tx), RV_FORBIDDEN,
                         "The resource set %.*s comes with the product and cannot be changed",
                         RV_FMT(ret->id));
}

static void write_set(struct rv_cx *cx, const struct rv_set_row *s, struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", s->id);
    rv_jw_kstr(w, "label", s->label);
    rv_jw_kstr(w, "description", s->description);
    rv_jw_ktime(w, "created", s->created_at);
    rv_jw_ktime(w, "lastUpdated", s->updated_at);
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    rv_jw_href(w, "self", rv_href(cx, "/api/v1/iam/resource-sets/%.*s", RV_FMT(s->id)));
    rv_jw_href(w, "resources",
               rv_href(cx, "/api/v1/iam/resource-sets/%.*s/resources", RV_FMT(s->id)));
    rv_jw_href(w, "bindings",
               rv_href(cx, "/api/v1/iam/resource-sets/%.*s/bindings", RV_FMT(s->id)));
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
}

static rv_status tell(struct rv_tx *tx, const char *event, const struct rv_set_row *s, rv_str orn)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str detail = orn.p != NULL ? rv_printf(cx, "{\"orn\":\"%.*s\"}", RV_FMT(orn)) : RV_NONE_STR;
    return rv_event_add(tx, event, true, RV_NONE_STR,
                        RV_TARGETS({ .type = "RESOURCE_SET", .id = s->id, .name = s->label }),
                        detail);
}

struct item {
    rv_str id, orn, tail, conditions;
    int64_t created_at, updated_at;
};

static void read_item(struct rv_rows *r, struct item *i)
{
    *i = (struct item){ .id = rv_col_str(r, 0),
                        .orn = rv_col_str(r, 1),
                        .tail = rv_col_str(r, 2),
                        .conditions = rv_col_str(r, 3),
                        .created_at = rv_col_int(r, 4),
                        .updated_at = rv_col_int(r, 5) };
}

static void write_item(struct rv_cx *cx, rv_str set_id, const struct item *i, struct rv_jw *w)
{
    rv_str path = path_of(cx, i->tail);
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", i->id);
    rv_jw_kstr(w, "orn", i->orn);
    if (i->conditions.p != NULL)
        rv_jw_kraw(w, "conditions", i->conditions);
    rv_jw_ktime(w, "created", i->created_at);
    rv_jw_ktime(w, "lastUpdated", i->updated_at);
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    if (path.p != NULL)
        rv_jw_href(w, "self", rv_href(cx, "%.*s", RV_FMT(path)));
    rv_jw_href(w, "resource",
               rv_href(cx, "/api/v1/iam/resource-sets/%.*s/resources/%.*s", RV_FMT(set_id),
                       RV_FMT(i->id)));
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
}

/* ---- resources in a set ---------------------------------------------------------------------- */

static rv_status find_item(struct rv_tx *tx, rv_str set_id, rv_str id_or_tail, bool *ret_found,
                           struct item *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &set_sql[Q_ITEM], &r, ret_found, RV_ARGS(set_id, id_or_tail)));
    if (!*ret_found)
        return RV_OK;
    read_item(&r, ret);
    return rv_rows_end(&r);
}

static rv_status get_item(struct rv_tx *tx, rv_str set_id, rv_str id, struct item *ret)
{
    bool found;
    RV_TRY(find_item(tx, set_id, id, &found, ret));
    return found ? RV_OK
                 : rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                           "Not found: Resource not found: %.*s (ResourceSetResource)", RV_FMT(id));
}

static rv_status check_room(struct rv_tx *tx, rv_str set_id, size_t more, const char *pointer)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    int64_t max = rv_access_limit("resourceSet.resources"), n;
    RV_TRY(rv_sql_count(tx, &set_sql[Q_ITEM_COUNT], &n, RV_ARGS(set_id)));
    if (n + (int64_t)more > max)
        return rv_fail_field(cx, pointer, "TOO_MANY",
                             "resources: a set holds at most %" PRId64 " resources", max);
    return RV_OK;
}

/* A resource that is in the set already stays as it is, unless it comes with conditions. */
static rv_status put_item(struct rv_tx *tx, const struct rv_set_row *s, rv_str text,
                          const json_t *conditions, const char *pointer, struct item *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct resource res = { 0 };
    rv_str stored;
    bool found;
    int64_t changed;
    RV_TRY(resolve(tx, text, pointer, &res));
    RV_TRY(conditions_text(cx, res.tail, conditions, &stored));
    RV_TRY(rv_sql_exec(tx, &set_sql[Q_ITEM_INSERT], &changed,
                       RV_ARGS(rv_id_prefixed(cx, "ire"), s->id, res.orn, res.tail, stored,
                               rv_tx_now(tx))));
    RV_TRY(find_item(tx, s->id, res.tail, &found, ret));
    if (changed == 0 && stored.p != NULL) {
        RV_TRY(rv_sql_exec(tx, &set_sql[Q_ITEM_UPDATE], NULL,
                           RV_ARGS(stored, rv_tx_now(tx), ret->id)));
        ret->conditions = stored;
    }
    return RV_OK;
}

static rv_status put_all(struct rv_tx *tx, const struct rv_set_row *s, const json_t *list,
                         const char *field)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const json_t *j;
    struct item ignored;
    size_t i;
    RV_TRY(check_room(tx, s->id, json_array_size(list), rv_z(cx, rv_printf(cx, "/%s", field))));
    json_array_foreach(list, i, j)
        RV_TRY(put_item(tx, s, rv_json_str(j), NULL, rv_z(cx, rv_printf(cx, "/%s/%zu", field, i)),
                        &ignored));
    return RV_OK;
}

/* ---- sets: create, read, change -------------------------------------------------------------- */

struct command {
    rv_str set, label, description, id, text;
    const json_t *list, *conditions;
    struct rv_set_row row;
    struct item item;
};

static rv_status check_free(struct rv_tx *tx, rv_str label, rv_str own_id)
{
    struct rv_set_row other;
    bool found;
    RV_TRY(rv_set_find(tx, label, &found, &other));
    return !found || rv_str_eq(other.id, own_id) ? RV_OK : rv_iam_label_taken(rv_tx_cx(tx));
}

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_MANAGE));
    RV_TRY(rv_iam_label_check(cx, c->label, c->description, "set"));
    if (json_array_size(c->list) == 0)
        return rv_fail_field(cx, "/resources", "REQUIRED_PROPERTY_MISSING",
                             "resources: a set needs at least one resource");
    RV_TRY(check_free(tx, c->label, RV_NONE_STR));
    c->row =
        (struct rv_set_row){ .id = rv_id_prefixed(cx, "iam"),
                             .label = c->label,
                             .description = c->description.p != NULL ? c->description : RV_STR(""),
                             .created_at = rv_tx_now(tx),
                             .updated_at = rv_tx_now(tx) };
    if (c->row.id.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_sql_exec(tx, &set_sql[Q_INSERT], NULL,
                       RV_ARGS(c->row.id, c->label, rv_fold(cx, c->label), c->row.description,
                               rv_tx_now(tx))));
    RV_TRY(put_all(tx, &c->row, c->list, "resources"));
    RV_TRY(tell(tx, "iam.resourceset.create", &c->row, RV_NONE_STR));
    return tell(tx, "iam.resourceset.resources.add", &c->row, RV_NONE_STR);
}

rv_status rv_resource_set_create(struct rv_cx *cx, rv_str label, rv_str description,
                                 const json_t *resources_in, struct rv_jw *w)
{
    struct command c = { .label = label, .description = description, .list = resources_in };
    RV_TRY(rv_store_write(cx, create_tx, &c));
    write_set(cx, &c.row, w);
    return RV_OK;
}

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_READ));
    return get(tx, c->set, &c->row);
}

rv_status rv_resource_set_get(struct rv_cx *cx, rv_str set, struct rv_jw *w)
{
    struct command c = { .set = set };
    RV_TRY(rv_store_read(cx, get_tx, &c));
    write_set(cx, &c.row, w);
    return RV_OK;
}

struct list {
    struct rv_iam_page *page;
    struct rv_jw *w;
    rv_str set;
    struct rv_set_row row;
};

static rv_status write_predefined(struct rv_tx *tx, struct rv_jw *w)
{
    struct rv_set_row s;
    for (const struct rv_standard_role *role = rv_standard_roles; role->type != NULL; role++) {
        if (role->set == NULL)
            continue;
        RV_TRY(predefined_row(tx, role, &s));
        write_set(rv_tx_cx(tx), &s, w);
    }
    return RV_OK;
}

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_set_row s;
    struct rv_rows r;
    int64_t after;
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_READ));
    RV_TRY(rv_page_position(cx, l->page, &after));
    RV_TRY(rv_sql_query(tx, &set_sql[Q_LIST], &r, RV_ARGS(after, l->page->limit + 1)));
    for (int n = 0; rv_rows_next(&r); n++) {
        if (rv_page_full(cx, l->page, n, after))
            break;
        read_row(&r, &s);
        write_set(cx, &s, l->w);
        after = rv_col_int(&r, 5);
    }
    RV_TRY(rv_rows_end(&r));
    return l->page->next.p == NULL ? write_predefined(tx, l->w) : RV_OK;
}

rv_status rv_resource_set_list(struct rv_cx *cx, struct rv_iam_page *page, struct rv_jw *w)
{
    struct list l = { .page = page, .w = w };
    return rv_store_read(cx, list_tx, &l);
}

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    RV_TRY(get_own(tx, c->set, &c->row));
    RV_TRY(rv_iam_label_check(cx, c->label, c->description, "set"));
    RV_TRY(check_free(tx, c->label, c->row.id));
    c->row.label = c->label;
    c->row.description = c->description.p != NULL ? c->description : RV_STR("");
    c->row.updated_at = rv_tx_now(tx);
    RV_TRY(rv_sql_exec(tx, &set_sql[Q_UPDATE], NULL,
                       RV_ARGS(c->label, rv_fold(cx, c->label), c->row.description, rv_tx_now(tx),
                               c->row.id)));
    return tell(tx, "iam.resourceset.update", &c->row, RV_NONE_STR);
}

rv_status rv_resource_set_update(struct rv_cx *cx, rv_str set, rv_str label, rv_str description,
                                 struct rv_jw *w)
{
    struct command c = { .set = set, .label = label, .description = description };
    RV_TRY(rv_store_write(cx, update_tx, &c));
    write_set(cx, &c.row, w);
    return RV_OK;
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    RV_TRY(get_own(tx, c->set, &c->row));
    RV_TRY(rv_bindings_end(tx, c->row.id));
    RV_TRY(rv_sql_exec(tx, &set_sql[Q_DELETE], NULL, RV_ARGS(c->row.id)));
    return tell(tx, "iam.resourceset.delete", &c->row, RV_NONE_STR);
}

rv_status rv_resource_set_delete(struct rv_cx *cx, rv_str set)
{
    struct command c = { .set = set };
    return rv_store_write(cx, delete_tx, &c);
}

/* ---- resources: list, add, change ------------------------------------------------------------ */

static void predefined_item(struct rv_cx *cx, const struct rv_set_row *s, struct item *ret)
{
    rv_str rest = rv_str_of(s->predefined->set_tail), service;
    (void)rv_str_split(&rest, ':', &service);
    rv_str tail = rv_printf(cx, "%.*s:%.*s:%.*s", RV_FMT(service), RV_FMT(cx->env->org->id),
                            RV_FMT(rest)),
           partition = partition_of(cx, tail);
    *ret = (struct item){ .id = s->id,
                          .tail = tail,
                          .orn = rv_printf(cx, "orn:%.*s:%.*s", RV_FMT(partition), RV_FMT(tail)),
                          .created_at = s->created_at,
                          .updated_at = s->updated_at };
}

static rv_status items_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    struct item i;
    int64_t after;
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_READ));
    RV_TRY(get(tx, l->set, &l->row));
    RV_TRY(rv_page_position(cx, l->page, &after));
    if (l->row.predefined != NULL) {
        predefined_item(cx, &l->row, &i);
        write_item(cx, l->row.id, &i, l->w);
        return RV_OK;
    }
    RV_TRY(rv_sql_query(tx, &set_sql[Q_ITEMS], &r, RV_ARGS(l->row.id, after, l->page->limit + 1)));
    for (int n = 0; rv_rows_next(&r); n++) {
        if (rv_page_full(cx, l->page, n, after))
            break;
        read_item(&r, &i);
        write_item(cx, l->row.id, &i, l->w);
        after = rv_col_int(&r, 6);
    }
    return rv_rows_end(&r);
}

rv_status rv_resource_list(struct rv_cx *cx, rv_str set, struct rv_iam_page *page, struct rv_jw *w,
                           rv_str *ret_set_id)
{
    struct list l = { .page = page, .w = w, .set = set };
    RV_TRY(rv_store_read(cx, items_tx, &l));
    *ret_set_id = l.row.id;
    return RV_OK;
}

static rv_status touch(struct rv_tx *tx, struct command *c)
{
    c->row.updated_at = rv_tx_now(tx);
    return rv_sql_exec(tx, &set_sql[Q_TOUCH], NULL, RV_ARGS(rv_tx_now(tx), c->row.id));
}

static rv_status add_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    RV_TRY(get_own(tx, c->set, &c->row));
    RV_TRY(check_room(tx, c->row.id, 1, "/resourceOrnOrUrl"));
    RV_TRY(put_item(tx, &c->row, c->text, c->conditions, "/resourceOrnOrUrl", &c->item));
    RV_TRY(touch(tx, c));
    return tell(tx, "iam.resourceset.resources.add", &c->row, c->item.orn);
}

rv_status rv_resource_add(struct rv_cx *cx, rv_str set, rv_str orn_or_url, const json_t *conditions,
                          struct rv_jw *w)
{
    struct command c = { .set = set, .text = orn_or_url, .conditions = conditions };
    RV_TRY(rv_store_write(cx, add_tx, &c));
    write_item(cx, c.row.id, &c.item, w);
    return RV_OK;
}

static rv_status add_all_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    RV_TRY(get_own(tx, c->set, &c->row));
    if (json_array_size(c->list) == 0)
        return rv_fail_field(rv_tx_cx(tx), "/additions", "REQUIRED_PROPERTY_MISSING",
                             "additions: name at least one resource");
    RV_TRY(put_all(tx, &c->row, c->list, "additions"));
    RV_TRY(touch(tx, c));
    return tell(tx, "iam.resourceset.resources.add", &c->row, RV_NONE_STR);
}

rv_status rv_resource_add_all(struct rv_cx *cx, rv_str set, const json_t *additions,
                              struct rv_jw *w)
{
    struct command c = { .set = set, .list = additions };
    RV_TRY(rv_store_write(cx, add_all_tx, &c));
    write_set(cx, &c.row, w);
    return RV_OK;
}

static rv_status item_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    RV_TRY(get_tx(tx, c));
    if (c->row.predefined != NULL && rv_str_eq(c->id, c->row.id)) {
        predefined_item(rv_tx_cx(tx), &c->row, &c->item);
        return RV_OK;
    }
    return get_item(tx, c->row.id, c->id, &c->item);
}

rv_status rv_resource_get(struct rv_cx *cx, rv_str set, rv_str id, struct rv_jw *w)
{
    struct command c = { .set = set, .id = id };
    RV_TRY(rv_store_read(cx, item_tx, &c));
    write_item(cx, c.row.id, &c.item, w);
    return RV_OK;
}

static rv_status item_update_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    RV_TRY(get_own(tx, c->set, &c->row));
    RV_TRY(get_item(tx, c->row.id, c->id, &c->item));
    RV_TRY(conditions_text(rv_tx_cx(tx), c->item.tail, c->conditions, &c->item.conditions));
    c->item.updated_at = rv_tx_now(tx);
    RV_TRY(rv_sql_exec(tx, &set_sql[Q_ITEM_UPDATE], NULL,
                       RV_ARGS(c->item.conditions, rv_tx_now(tx), c->item.id)));
    RV_TRY(touch(tx, c));
    return tell(tx, "iam.resourceset.resources.update", &c->row, c->item.orn);
}

rv_status rv_resource_update(struct rv_cx *cx, rv_str set, rv_str id, const json_t *conditions,
                             struct rv_jw *w)
{
    struct command c = { .set = set, .id = id, .conditions = conditions };
    RV_TRY(rv_store_write(cx, item_update_tx, &c));
    write_item(cx, c.row.id, &c.item, w);
    return RV_OK;
}

static rv_status item_delete_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    RV_TRY(get_own(tx, c->set, &c->row));
    RV_TRY(get_item(tx, c->row.id, c->id, &c->item));
    RV_TRY(rv_sql_exec(tx, &set_sql[Q_ITEM_DELETE], NULL, RV_ARGS(c->item.id)));
    RV_TRY(touch(tx, c));
    return tell(tx, "iam.resourceset.resources.delete", &c->row, c->item.orn);
}

rv_status rv_resource_delete(struct rv_cx *cx, rv_str set, rv_str id)
{
    struct command c = { .set = set, .id = id };
    return rv_store_write(cx, item_delete_tx, &c);
}
