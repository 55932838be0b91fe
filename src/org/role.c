/* org/role.c: custom administrator roles: a label and a set of permissions (api.md 11.1).
 *
 * A role grants nothing by itself: only together with a resource set and a member (binding.c). The
 * roles that come with the product are no rows and cannot be changed here. */
#include "org/org_int.h"

enum { Q_FIND, Q_LIST, Q_INSERT, Q_UPDATE, Q_TOUCH, Q_DELETE, Q_BOUND, Q_PERMISSIONS, Q_PERMISSION, Q_PERMISSION_INSERT, Q_PERMISSION_UPDATE,
       Q_PERMISSION_DELETE, Q_PERMISSION_COUNT, Q_N };
#define COLUMNS "id, label, description, created_at, updated_at"
#define OUT "id:text label:text description:text created_at:time updated_at:time"
#define PERMISSION "name, conditions, created_at, updated_at"
#define PERMISSION_OUT "name:text conditions:text created_at:time updated_at:time"
static const struct rv_sql role_sql[Q_N] = {
    [Q_FIND] = {
        .name = "role_find",
        .text = "SELECT " COLUMNS " FROM admin_role WHERE id = :id OR label_key = :key ORDER BY CASE WHEN id = :id THEN 0 ELSE 1 END LIMIT 1",
        .in = "id:text key:text", .out = OUT,
    },
    [Q_LIST] = {
        .name = "role_list",
        .text = "SELECT " COLUMNS ", position FROM admin_role WHERE position > :after ORDER BY position LIMIT :n",
        .in = "after:int n:int", .out = OUT " position:int",
    },
    [Q_INSERT] = {
        .name = "role_insert",
        .text = "INSERT INTO admin_role (id, label, label_key, description, position, created_at, updated_at) "
                "VALUES (:id, :label, :key, :description, (SELECT COALESCE(MAX(position), 0) + 1 FROM admin_role), :now, :now)",
        .in = "id:text label:text key:text description:text now:time",
    },
    [Q_UPDATE] = {
        .name = "role_update",
        .text = "UPDATE admin_role SET label = :label, label_key = :key, description = :description, updated_at = :now WHERE id = :id",
        .in = "label:text key:text description:text now:time id:text",
    },
    [Q_TOUCH] = { .name = "role_touch", .text = "UPDATE admin_role SET updated_at = :now WHERE id = :id", .in = "now:time id:text" },
    [Q_DELETE] = { .name = "role_delete", .text = "DELETE FROM admin_role WHERE id = :id", .in = "id:text" },
    [Q_BOUND] = {
        .name = "role_bound",
        .text = "SELECT s.label FROM role_binding b JOIN resource_set s ON s.id = b.set_id WHERE b.role_id = :id ORDER BY s.label LIMIT 1",
        .in = "id:text", .out = "label:text",
    },
    [Q_PERMISSIONS] = {
        .name = "role_permissions",
        .text = "SELECT " PERMISSION " FROM admin_role_permission WHERE role_id = :id ORDER BY position DESC",
        .in = "id:text", .out = PERMISSION_OUT,
    },
    [Q_PERMISSION] = {
        .name = "role_permission",
        .text = "SELECT " PERMISSION " FROM admin_role_permission WHERE role_id = :id AND name = :name",
        .in = "id:text name:text", .out = PERMISSION_OUT,
    },
    [Q_PERMISSION_INSERT] = {
        .name = "role_permission_insert",
        .text = "INSERT INTO admin_role_permission (role_id, name, conditions, position, created_at, updated_at) VALUES (:id, :name, :conditions, "
                "(SELECT COALESCE(MAX(position), 0) + 1 FROM admin_role_permission WHERE role_id = :id), :now, :now) ON CONFLICT (role_id, name) DO NOTHING",
        .in = "id:text name:text conditions:text now:time",
    },
    [Q_PERMISSION_UPDATE] = {
        .name = "role_permission_update",
        .text = "UPDATE admin_role_permission SET conditions = :conditions, updated_at = :now WHERE role_id = :id AND name = :name",
        .in = "conditions:text now:time id:text name:text",
    },
    [Q_PERMISSION_DELETE] = {
        .name = "role_permission_delete",
        .text = "DELETE FROM admin_role_permission WHERE role_id = :id AND name = :name",
        .in = "id:text name:text",
    },
    [Q_PERMISSION_COUNT] = {
        .name = "role_permission_count",
        .text = "SELECT COUNT(*) AS n FROM admin_role_permission WHERE role_id = :id",
        .in = "id:text", .out = "n:int",
    },
};
RV_SQL_MODULE(role, role_sql);

/* ---- rows ------------------------------------------------------------------------------------ */

static void read_row(struct rv_rows *r, struct rv_role_row *role)
{
    *role = (struct rv_role_row){ .id = rv_col_str(r, 0),
                                  .label = rv_col_str(r, 1),
                                  .description = rv_col_str(r, 2),
                                  .created_at = rv_col_int(r, 3),
                                  .updated_at = rv_col_int(r, 4) };
}

rv_status rv_role_find(struct rv_tx *tx, rv_str id_or_label, bool *ret_found,
                       struct rv_role_row *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &role_sql[Q_FIND], &r, ret_found,
                        RV_ARGS(id_or_label, rv_fold(rv_tx_cx(tx), id_or_label))));
    if (!*ret_found)
        return RV_OK;
    read_row(&r, ret);
    return rv_rows_end(&r);
}

static rv_status get(struct rv_tx *tx, rv_str id_or_label, struct rv_role_row *ret)
{
    bool found;
    RV_TRY(rv_role_find(tx, id_or_label, &found, ret));
    return found ? RV_OK
                 : rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                           "Not found: Resource not found: %.*s (CustomRole)", RV_FMT(id_or_label));
}

static void write_role(struct rv_cx *cx, const struct rv_role_row *r, struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", r->id);
    rv_jw_kstr(w, "label", r->label);
    rv_jw_kstr(w, "description", r->description);
    rv_jw_ktime(w, "created", r->created_at);
    rv_jw_ktime(w, "lastUpdated", r->updated_at);
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    rv_jw_href(w, "permissions", rv_href(cx, "/api/v1/iam/roles/%.*s/permissions", RV_FMT(r->id)));
    rv_jw_href(w, "self", rv_href(cx, "/api/v1/iam/roles/%.*s", RV_FMT(r->id)));
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
}

static rv_status tell(struct rv_tx *tx, const char *event, const struct rv_role_row *r,
                      rv_str detail)
{
    return rv_event_add(tx, event, true, RV_NONE_STR,
                        RV_TARGETS({ .type = "CUSTOM_ROLE", .id = r->id, .name = r->label }),
                        detail);
}

rv_status rv_iam_label_check(struct rv_cx *cx, rv_str label, rv_str description, const char *kind)
{
    int64_t label_max =
        rv_access_limit(strcmp(kind, "role") == 0 ? "role.label" : "resourceSet.label");
    int64_t description_max =
        rv_access_limit(strcmp(kind, "role") == 0 ? "role.description" : "resourceSet.description");
    rv_status st = RV_OK;
    if (rv_str_trim(label).n == 0)
        st = rv_fail_field(cx, "/label", "REQUIRED_PROPERTY_MISSING",
                           "label: The field cannot be left blank");
    else if ((int64_t)rv_utf8_count(label) > label_max)
        st = rv_fail_field(cx, "/label", "TOO_LONG", "label: at most %" PRId64 " characters",
                           label_max);
    if ((int64_t)rv_utf8_count(description) > description_max)
        st = rv_fail_field(cx, "/description", "TOO_LONG",
                           "description: at most %" PRId64 " characters", description_max);
    return st;
}

rv_status rv_iam_label_taken(struct rv_cx *cx)
{
    return rv_fail_field(
        cx, "/label", "NOT_UNIQUE",
        "label: An object with this field already exists in the current organization");
}

/* Does the label belong to another role than this one? */
static rv_status check_free(struct rv_tx *tx, rv_str label, rv_str own_id)
{
    struct rv_role_row other;
    bool found;
    RV_TRY(rv_role_find(tx, label, &found, &other));
    if (!found || rv_str_eq(other.id, own_id))
        return RV_OK;
    return rv_iam_label_taken(rv_tx_cx(tx));
}

rv_status rv_role_of_flows(struct rv_tx *tx, rv_str role_id, bool *ret)
{
    struct rv_rows r;
    *ret = false;
    RV_TRY(rv_sql_query(tx, &role_sql[Q_PERMISSIONS], &r, RV_ARGS(role_id)));
    while (rv_rows_next(&r))
        *ret = *ret || rv_permission_of_flows(rv_permission_find(rv_col_str(&r, 0)));
    return rv_rows_end(&r);
}

/* ---- permissions ----------------------------------------------------------------------------- */

/* By its name or the second one under which lists show it. */
static rv_status permission_of(struct rv_cx *cx, rv_str name, const char *pointer,
                               const struct rv_permission **ret)
{
    for (const struct rv_permission *p = rv_permissions; p->name != NULL; p++) {
        if ((rv_str_eq(name, rv_str_of(p->name)) ||
             (p->shown_as != NULL && rv_str_eq(name, rv_str_of(p->shown_as)))) &&
            p->custom) {
            *ret = p;
            return RV_OK;
        }
    }
    return rv_fail_field(cx, pointer, "INVALID_VALUE",
                         "permissions: %.*s is not a permission that a custom role can hold",
                         (int)(name.n < 100 ? name.n : 100), name.p != NULL ? name.p : "");
}

static bool is_conditions(const json_t *j)
{
    const json_t *include = json_object_get(j, "include"), *exclude = json_object_get(j, "exclude");
    const json_t *names =
        json_object_get(include != NULL ? include : exclude, "okta:ResourceAttribute/User/Profile");
    size_t i;
    const json_t *name;
    if (!json_is_object(j) || (include != NULL) == (exclude != NULL) ||
        json_array_size(names) == 0 || json_array_size(names) > 100)
        return false;
    json_array_foreach(names, i, name)
    {
        if (!json_is_string(name))
            return false;
    }
    return true;
}

/* Of a permission that reads or changes profiles: which attributes it is for. */
static rv_status conditions_text(struct rv_cx *cx, const struct rv_permission *p, const json_t *j,
                                 rv_str *ret)
{
    *ret = RV_NONE_STR;
    if (j == NULL || json_is_null(j))
        return RV_OK;
    if (!rv_word_in("okta.users.read okta.users.manage okta.users.userprofile.manage",
                    rv_str_of(p->name)))
        return rv_fail_field(cx, "/conditions", "INVALID_VALUE", "conditions: %s takes none",
                             p->name);
    if (!is_conditions(j))
        return rv_fail_field(cx, "/conditions", "INVALID_VALUE",
                             "conditions: give either include or exclude, with a list under "
                             "okta:ResourceAttribute/User/Profile");
    return rv_json_dump(cx, j, ret);
}

static rv_status insert_permission(struct rv_tx *tx, const struct rv_role_row *role,
                                   const struct rv_permission *p, rv_str conditions)
{
    return rv_sql_exec(tx, &role_sql[Q_PERMISSION_INSERT], NULL,
                       RV_ARGS(role->id, p->name, conditions, rv_tx_now(tx)));
}

static rv_str detail_of(struct rv_cx *cx, const char *permission)
{
    return rv_printf(cx, "{\"permission\":\"%s\"}", permission);
}

/* ---- create, read ---------------------------------------------------------------------------- */

struct command {
    rv_str role, label, description, name;
    const json_t *permissions, *conditions;
    bool must_exist;
    struct rv_role_row row;
    struct rv_jw *w;
};

static rv_status insert_permissions(struct rv_tx *tx, struct command *c)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const struct rv_permission *p;
    const json_t *name;
    size_t i;
    json_array_foreach(c->permissions, i, name)
    {
        const char *pointer = rv_z(cx, rv_printf(cx, "/permissions/%zu", i));
        RV_TRY(permission_of(cx, rv_json_str(name), pointer, &p));
        RV_TRY(insert_permission(tx, &c->row, p, RV_NONE_STR));
    }
    return RV_OK;
}

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_MANAGE));
    RV_TRY(rv_iam_label_check(cx, c->label, c->description, "role"));
    if (json_array_size(c->permissions) == 0)
        return rv_fail_field(cx, "/permissions", "REQUIRED_PROPERTY_MISSING",
                             "permissions: a role needs at least one permission");
    RV_TRY(check_free(tx, c->label, RV_NONE_STR));
    c->row =
        (struct rv_role_row){ .id = rv_id_prefixed(cx, "cr0"),
                              .label = c->label,
                              .description = c->description.p != NULL ? c->description : RV_STR(""),
                              .created_at = rv_tx_now(tx),
                              .updated_at = rv_tx_now(tx) };
    if (c->row.id.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_sql_exec(tx, &role_sql[Q_INSERT], NULL,
                       RV_ARGS(c->row.id, c->label, rv_fold(cx, c->label), c->row.description,
                               rv_tx_now(tx))));
    RV_TRY(insert_permissions(tx, c));
    RV_TRY(tell(tx, "iam.role.create", &c->row, RV_NONE_STR));
    return tell(tx, "iam.role.permissions.add", &c->row, RV_NONE_STR);
}

rv_status rv_role_create(struct rv_cx *cx, rv_str label, rv_str description,
                         const json_t *permissions, struct rv_jw *w, rv_str *ret_id)
{
    struct command c = { .label = label, .description = description, .permissions = permissions };
    RV_TRY(rv_store_write(cx, create_tx, &c));
    write_role(cx, &c.row, w);
    *ret_id = c.row.id;
    return RV_OK;
}

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_READ));
    return get(tx, c->role, &c->row);
}

rv_status rv_role_get(struct rv_cx *cx, rv_str role, struct rv_jw *w, rv_str *ret_id)
{
    struct command c = { .role = role };
    RV_TRY(rv_store_read(cx, get_tx, &c));
    write_role(cx, &c.row, w);
    *ret_id = c.row.id;
    return RV_OK;
}

struct list {
    struct rv_iam_page *page;
    struct rv_jw *w;
};

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_role_row role;
    struct rv_rows r;
    int64_t after;
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_READ));
    RV_TRY(rv_page_position(cx, l->page, &after));
    RV_TRY(rv_sql_query(tx, &role_sql[Q_LIST], &r, RV_ARGS(after, l->page->limit + 1)));
    for (int n = 0; rv_rows_next(&r); n++) {
        if (rv_page_full(cx, l->page, n, after))
            break;
        read_row(&r, &role);
        write_role(cx, &role, l->w);
        after = rv_col_int(&r, 5);
    }
    return rv_rows_end(&r);
}

rv_status rv_role_list(struct rv_cx *cx, struct rv_iam_page *page, struct rv_jw *w)
{
    struct list l = { page, w };
    return rv_store_read(cx, list_tx, &l);
}

/* ---- change, delete -------------------------------------------------------------------------- */

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_MANAGE));
    RV_TRY(get(tx, c->role, &c->row));
    RV_TRY(rv_iam_label_check(cx, c->label, c->description, "role"));
    RV_TRY(check_free(tx, c->label, c->row.id));
    c->row.label = c->label;
    c->row.description = c->description.p != NULL ? c->description : RV_STR("");
    c->row.updated_at = rv_tx_now(tx);
    RV_TRY(rv_sql_exec(tx, &role_sql[Q_UPDATE], NULL,
                       RV_ARGS(c->label, rv_fold(cx, c->label), c->row.description, rv_tx_now(tx),
                               c->row.id)));
    return tell(tx, "iam.role.update", &c->row, RV_NONE_STR);
}

rv_status rv_role_update(struct rv_cx *cx, rv_str role, rv_str label, rv_str description,
                         struct rv_jw *w, rv_str *ret_id)
{
    struct command c = { .role = role, .label = label, .description = description };
    RV_TRY(rv_store_write(cx, update_tx, &c));
    write_role(cx, &c.row, w);
    *ret_id = c.row.id;
    return RV_OK;
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    struct rv_rows r;
    bool bound;
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_MANAGE));
    RV_TRY(get(tx, c->role, &c->row));
    RV_TRY(rv_sql_first(tx, &role_sql[Q_BOUND], &r, &bound, RV_ARGS(c->row.id)));
    if (bound) {
        rv_str set = rv_col_str(&r, 0);
        RV_TRY(rv_rows_end(&r));
        return rv_fail_field(
            rv_tx_cx(tx), "/role", "IN_USE",
            "role: it is assigned with the resource set %.*s; remove the assignment first",
            RV_FMT(set));
    }
    RV_TRY(rv_sql_exec(tx, &role_sql[Q_DELETE], NULL, RV_ARGS(c->row.id)));
    return tell(tx, "iam.role.delete", &c->row, RV_NONE_STR);
}

rv_status rv_role_delete(struct rv_cx *cx, rv_str role)
{
    struct command c = { .role = role };
    return rv_store_write(cx, delete_tx, &c);
}

/* ---- permissions of a role ------------------------------------------------------------------- */

struct permission_row {
    rv_str name, conditions;
    int64_t created_at, updated_at;
};

static void write_permission(struct rv_cx *cx, const struct rv_role_row *role,
                             const struct permission_row *p, rv_str name, struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "label", name);
    rv_jw_ktime(w, "created", p->created_at);
    rv_jw_ktime(w, "lastUpdated", p->updated_at);
    rv_jw_kraw(w, "conditions", p->conditions);
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    rv_jw_href(w, "role", rv_href(cx, "/api/v1/iam/roles/%.*s", RV_FMT(role->id)));
    rv_jw_href(w, "self",
               rv_href(cx, "/api/v1/iam/roles/%.*s/permissions/%.*s", RV_FMT(role->id),
                       RV_FMT(name)));
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
}

static void read_permission(struct rv_rows *r, struct permission_row *p)
{
    *p = (struct permission_row){ .name = rv_col_str(r, 0),
                                  .conditions = rv_col_str(r, 1),
                                  .created_at = rv_col_int(r, 2),
                                  .updated_at = rv_col_int(r, 3) };
}

static rv_status permissions_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct permission_row p;
    struct rv_rows r;
    RV_TRY(get_tx(tx, c));
    RV_TRY(rv_sql_query(tx, &role_sql[Q_PERMISSIONS], &r, RV_ARGS(c->row.id)));
    while (rv_rows_next(&r)) {
        read_permission(&r, &p);
        const struct rv_permission *known = rv_permission_find(p.name);
        write_permission(cx, &c->row, &p, p.name, c->w);
        if (known != NULL && known->shown_as != NULL)
            write_permission(cx, &c->row, &p, rv_str_of(known->shown_as), c->w);
    }
    return rv_rows_end(&r);
}

rv_status rv_role_permission_list(struct rv_cx *cx, rv_str role, struct rv_jw *w)
{
    struct command c = { .role = role, .w = w };
    return rv_store_read(cx, permissions_tx, &c);
}

static rv_status permission_get(struct rv_tx *tx, const struct command *c,
                                struct permission_row *ret)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &role_sql[Q_PERMISSION], &r, &found, RV_ARGS(c->row.id, c->name)));
    if (!found)
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                       "Not found: Resource not found: %.*s (Permission)", RV_FMT(c->name));
    read_permission(&r, ret);
    return rv_rows_end(&r);
}

static rv_status permission_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    struct permission_row p;
    RV_TRY(get_tx(tx, c));
    RV_TRY(permission_get(tx, c, &p));
    write_permission(rv_tx_cx(tx), &c->row, &p, p.name, c->w);
    return RV_OK;
}

rv_status rv_role_permission_get(struct rv_cx *cx, rv_str role, rv_str name, struct rv_jw *w)
{
    struct command c = { .role = role, .name = name, .w = w };
    return rv_store_read(cx, permission_tx, &c);
}

static rv_status permission_put_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    const struct rv_permission *p;
    struct permission_row before;
    rv_str conditions;
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_MANAGE));
    RV_TRY(get(tx, c->role, &c->row));
    RV_TRY(permission_of(cx, c->name, "/permissionType", &p));
    RV_TRY(conditions_text(cx, p, c->conditions, &conditions));
    c->name = rv_str_of(p->name);
    if (c->must_exist)
        RV_TRY(permission_get(tx, c, &before));
    RV_TRY(insert_permission(tx, &c->row, p, conditions));
    if (c->must_exist || conditions.p != NULL)
        RV_TRY(rv_sql_exec(tx, &role_sql[Q_PERMISSION_UPDATE], NULL,
                           RV_ARGS(conditions, rv_tx_now(tx), c->row.id, p->name)));
    RV_TRY(rv_sql_exec(tx, &role_sql[Q_TOUCH], NULL, RV_ARGS(rv_tx_now(tx), c->row.id)));
    if (!c->must_exist)
        RV_TRY(tell(tx, "iam.role.permissions.add", &c->row, detail_of(cx, p->name)));
    if (conditions.p != NULL || c->must_exist)
        RV_TRY(tell(tx,
                    conditions.p != NULL ? "iam.role.permission.conditions.add"
                                         : "iam.role.permission.conditions.delete",
                    &c->row, detail_of(cx, p->name)));
    return RV_OK;
}

rv_status rv_role_permission_put(struct rv_cx *cx, rv_str role, rv_str name,
                                 const json_t *conditions, bool must_exist)
{
    struct command c = {
        .role = role, .name = name, .conditions = conditions, .must_exist = must_exist
    };
    return rv_store_write(cx, permission_put_tx, &c);
}

static rv_status permission_delete_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct permission_row p;
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_MANAGE));
    RV_TRY(get(tx, c->role, &c->row));
    RV_TRY(permission_get(tx, c, &p));
    int64_t n;
    RV_TRY(rv_sql_count(tx, &role_sql[Q_PERMISSION_COUNT], &n, RV_ARGS(c->row.id)));
    if (n < 2)
        return rv_fail_field(
            cx, "/permissionType", "LAST_ONE",
            "permissions: a role keeps at least one permission; delete the role instead");
    RV_TRY(rv_sql_exec(tx, &role_sql[Q_PERMISSION_DELETE], NULL, RV_ARGS(c->row.id, p.name)));
    RV_TRY(rv_sql_exec(tx, &role_sql[Q_TOUCH], NULL, RV_ARGS(rv_tx_now(tx), c->row.id)));
    return tell(tx, "iam.role.permissions.delete", &c->row, detail_of(cx, rv_z(cx, p.name)));
}

rv_status rv_role_permission_delete(struct rv_cx *cx, rv_str role, rv_str name)
{
    struct command c = { .role = role, .name = name };
    return rv_store_write(cx, permission_delete_tx, &c);
}
