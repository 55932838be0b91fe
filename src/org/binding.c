/* org/binding.c: bindings: a custom role, a resource set, and who has the role for the set
 * (api.md 11.3).
 *
 * There is no way to give a custom role without a set. A binding whose members are all gone stays.
 * Nobody changes a binding that names themselves or a group they are in (security.md 2.5b). A right
 * that is taken away is gone at the next call: nothing is cached. */
#include "org/org_int.h"

enum { Q_FIND, Q_LIST, Q_INSERT, Q_DELETE, Q_ROLES_OF, Q_MEMBERS, Q_MEMBERS_ALL, Q_MEMBER, Q_MEMBER_OF, Q_MEMBER_INSERT, Q_MEMBER_DELETE, Q_N };
#define MEMBER "id, set_id, role_id, member_kind, member_id, created_at"
#define MEMBER_OUT "id:text set_id:text role_id:text member_kind:text member_id:text created_at:time"
static const struct rv_sql binding_sql[Q_N] = {
    [Q_FIND] = {
        .name = "binding_find",
        .text = "SELECT created_at FROM role_binding WHERE set_id = :set AND role_id = :role",
        .in = "set:text role:text", .out = "created_at:time",
    },
    [Q_LIST] = {
        .name = "binding_list",
        .text = "SELECT role_id, position FROM role_binding WHERE set_id = :set AND position > :after ORDER BY position LIMIT :n",
        .in = "set:text after:int n:int", .out = "role_id:text position:int",
    },
    [Q_INSERT] = {
        .name = "binding_insert",
        .text = "INSERT INTO role_binding (set_id, role_id, position, created_at) "
                "VALUES (:set, :role, (SELECT COALESCE(MAX(position), 0) + 1 FROM role_binding), :now) ON CONFLICT (set_id, role_id) DO NOTHING",
        .in = "set:text role:text now:time",
    },
    [Q_DELETE] = { .name = "binding_delete", .text = "DELETE FROM role_binding WHERE set_id = :set AND role_id = :role", .in = "set:text role:text" },
    [Q_ROLES_OF] = {
        .name = "binding_roles_of",
        .text = "SELECT r.id, r.label, r.description, r.created_at, r.updated_at FROM role_binding b JOIN admin_role r ON r.id = b.role_id "
                "WHERE b.set_id = :set ORDER BY b.position",
        .in = "set:text", .out = "id:text label:text description:text created_at:time updated_at:time",
    },
    [Q_MEMBERS] = {
        .name = "binding_members",
        .text = "SELECT " MEMBER ", position FROM role_member WHERE set_id = :set AND role_id = :role AND position > :after ORDER BY position LIMIT :n",
        .in = "set:text role:text after:int n:int", .out = MEMBER_OUT " position:int",
    },
    [Q_MEMBERS_ALL] = {
        .name = "binding_members_all",
        .text = "SELECT " MEMBER " FROM role_member WHERE set_id = :set AND role_id = :role ORDER BY position",
        .in = "set:text role:text", .out = MEMBER_OUT,
    },
    [Q_MEMBER] = { .name = "binding_member", .text = "SELECT " MEMBER " FROM role_member WHERE id = :id", .in = "id:text", .out = MEMBER_OUT },
    [Q_MEMBER_OF] = {
        .name = "binding_members_of",
        .text = "SELECT " MEMBER " FROM role_member WHERE member_id = :id ORDER BY position",
        .in = "id:text", .out = MEMBER_OUT,
    },
    [Q_MEMBER_INSERT] = {
        .name = "binding_member_insert",
        .text = "INSERT INTO role_member (id, set_id, role_id, member_kind, member_id, position, created_at) VALUES (:id, :set, :role, :kind, :member, "
                "(SELECT COALESCE(MAX(position), 0) + 1 FROM role_member), :now) ON CONFLICT (set_id, role_id, member_id) DO NOTHING",
        .in = "id:text set:text role:text kind:text member:text now:time",
    },
    [Q_MEMBER_DELETE] = { .name = "binding_member_delete", .text = "DELETE FROM role_member WHERE id = :id", .in = "id:text" },
};
RV_SQL_MODULE(binding, binding_sql);

/* ---- rows ------------------------------------------------------------------------------------ */

struct member_row {
    rv_str id, set_id, role_id, kind, member_id;
    int64_t created_at;
    struct member_row *next;
};

static void read_member(struct rv_rows *r, struct member_row *m)
{
    *m = (struct member_row){ .id = rv_col_str(r, 0),
                              .set_id = rv_col_str(r, 1),
                              .role_id = rv_col_str(r, 2),
                              .kind = rv_col_str(r, 3),
                              .member_id = rv_col_str(r, 4),
                              .created_at = rv_col_int(r, 5) };
}

/* All rows of a statement, so that others can run while they are gone through. */
static rv_status read_members(struct rv_tx *tx, const struct rv_sql *q, struct member_row **ret,
                              const struct rv_arg *args, size_t n)
{
    struct rv_rows r;
    struct member_row **tail = ret;
    bool room = true;
    *ret = NULL;
    RV_TRY(rv_sql_query(tx, q, &r, args, n));
    while (room && rv_rows_next(&r)) {
        *tail = RV_NEW(rv_tx_cx(tx), struct member_row);
        room = *tail != NULL;
        if (room) {
            read_member(&r, *tail);
            tail = &(*tail)->next;
        }
    }
    RV_TRY(rv_rows_end(&r));
    return room ? RV_OK : RV_BUSY;
}

static rv_status get_set(struct rv_tx *tx, rv_str set, struct rv_set_row *ret)
{
    bool found;
    RV_TRY(rv_set_find(tx, set, &found, ret));
    return found ? RV_OK
                 : rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                           "Not found: Resource not found: %.*s (ResourceSet)", RV_FMT(set));
}

static rv_status binding_exists(struct rv_tx *tx, rv_str set_id, rv_str role_id, bool *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &binding_sql[Q_FIND], &r, ret, RV_ARGS(set_id, role_id)));
    return *ret ? rv_rows_end(&r) : RV_OK;
}

/* The set and role of an existing binding. */
static rv_status get_binding(struct rv_tx *tx, rv_str set, rv_str role, struct rv_set_row *ret_set,
                             struct rv_role_row *ret_role)
{
    bool found;
    RV_TRY(get_set(tx, set, ret_set));
    if (ret_set->predefined != NULL && rv_str_eq(role, rv_str_of(ret_set->predefined->type))) {
        *ret_role =
            (struct rv_role_row){ .id = role, .label = rv_str_of(ret_set->predefined->label) };
        return RV_OK;
    }
    RV_TRY(rv_role_find(tx, role, &found, ret_role));
    if (found)
        RV_TRY(binding_exists(tx, ret_set->id, ret_role->id, &found));
    return found ? RV_OK
                 : rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                           "Not found: Resource not found: %.*s (Binding)", RV_FMT(role));
}

static rv_str member_url(struct rv_cx *cx, rv_str kind, rv_str id)
{
    return rv_href(cx, "%s%.*s", rv_member_kinds[rv_member_kind_of(kind)].path, RV_FMT(id));
}

static rv_str binding_path(struct rv_cx *cx, const struct rv_set_row *s,
                           const struct rv_role_row *r)
{
    return rv_printf(cx, "/api/v1/iam/resource-sets/%.*s/bindings/%.*s", RV_FMT(s->id),
                     RV_FMT(r->id));
}

static void write_member(struct rv_cx *cx, const struct member_row *m, struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", m->id);
    rv_jw_ktime(w, "created", m->created_at);
    rv_jw_ktime(w, "lastUpdated", m->created_at);
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    rv_jw_href(w, "self", member_url(cx, m->kind, m->member_id));
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
}

static void write_links(struct rv_cx *cx, const struct rv_set_row *s, const struct rv_role_row *r,
                        const char *middle, struct rv_jw *w)
{
    rv_str path = binding_path(cx, s, r);
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    rv_jw_href(w, "self", rv_href(cx, "%.*s", RV_FMT(path)));
    if (strcmp(middle, "members") == 0)
        rv_jw_href(w, "members", rv_href(cx, "%.*s/members", RV_FMT(path)));
    else
        rv_jw_href(w, "bindings",
                   rv_href(cx, "/api/v1/iam/resource-sets/%.*s/bindings", RV_FMT(s->id)));
    rv_jw_href(w, "resource-set", rv_href(cx, "/api/v1/iam/resource-sets/%.*s", RV_FMT(s->id)));
    rv_jw_obj_end(w);
}

/* ---- giving and taking, for the whole folder ------------------------------------------------- */

static rv_status tell_member(struct rv_tx *tx, bool grant, const struct rv_set_row *s,
                             const struct rv_role_row *r, const struct rv_role_member *m)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const struct rv_member_kind_info *k = &rv_member_kinds[m->kind];
    bool flows;
    RV_TRY(rv_role_of_flows(tx, r->id, &flows));
    if (flows)
        RV_TRY(rv_member_tell_flows(tx, grant, m, "CUSTOM_ROLE", r->id, r->label));
    return rv_event_add(tx, grant ? k->grant_event : k->revoke_event, true, RV_NONE_STR,
                        RV_TARGETS({ .type = k->target, .id = m->id, .name = m->name },
                                   { .type = "CUSTOM_ROLE", .id = r->id, .name = r->label },
                                   { .type = "RESOURCE_SET", .id = s->id, .name = s->label }),
                        rv_printf(cx, "{\"role\":\"%.*s\",\"resourceSet\":\"%.*s\"}", RV_FMT(r->id),
                                  RV_FMT(s->id)));
}

static rv_status tell_binding(struct rv_tx *tx, const char *event, const struct rv_set_row *s,
                              const struct rv_role_row *r)
{
    return rv_event_add(tx, event, true, RV_NONE_STR,
                        RV_TARGETS({ .type = "RESOURCE_SET", .id = s->id, .name = s->label },
                                   { .type = "CUSTOM_ROLE", .id = r->id, .name = r->label }),
                        RV_NONE_STR);
}

/* 2.5b, for a binding as a whole. */
static rv_status guard_binding(struct rv_tx *tx, rv_str set_id, rv_str role_id)
{
    struct member_row *m;
    RV_TRY(read_members(tx, &binding_sql[Q_MEMBERS_ALL], &m, RV_ARGS(set_id, role_id)));
    for (; m != NULL; m = m->next)
        RV_TRY(rv_guard_self(tx, m->member_id));
    return RV_OK;
}

static rv_status ensure_binding(struct rv_tx *tx, const struct rv_set_row *s,
                                const struct rv_role_row *r)
{
    int64_t changed;
    RV_TRY(guard_binding(tx, s->id, r->id));
    RV_TRY(rv_sql_exec(tx, &binding_sql[Q_INSERT], &changed, RV_ARGS(s->id, r->id, rv_tx_now(tx))));
    return changed == 0 ? RV_OK : tell_binding(tx, "iam.resourceset.bindings.add", s, r);
}

static rv_status insert_member(struct rv_tx *tx, const struct rv_set_row *s,
                               const struct rv_role_row *r, const struct rv_role_member *m,
                               bool *ret_new, rv_str *ret_id)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    int64_t changed;
    RV_TRY(rv_guard_self(tx, m->id));
    *ret_id = rv_id_prefixed(cx, "irb");
    RV_TRY(rv_sql_exec(tx, &binding_sql[Q_MEMBER_INSERT], &changed,
                       RV_ARGS(*ret_id, s->id, r->id, rv_member_kinds[m->kind].name, m->id,
                               rv_tx_now(tx))));
    *ret_new = changed == 1;
    return *ret_new ? tell_member(tx, true, s, r, m) : RV_OK;
}

rv_status rv_binding_put(struct rv_tx *tx, const struct rv_set_row *s, const struct rv_role_row *r,
                         const struct rv_role_member *m, rv_str *ret_id)
{
    bool is_new;
    RV_TRY(ensure_binding(tx, s, r));
    RV_TRY(insert_member(tx, s, r, m, &is_new, ret_id));
    if (is_new)
        return RV_OK;
    (void)rv_fail(rv_tx_cx(tx), RV_CONFLICT, "The role specified is already assigned.");
    rv_fail_code(rv_tx_cx(tx), "E0000090");
    return RV_CONFLICT;
}

static rv_status remove_row(struct rv_tx *tx, const struct member_row *row, bool guard)
{
    struct rv_set_row s;
    struct rv_role_row r;
    struct rv_role_member m;
    if (guard)
        RV_TRY(rv_guard_self(tx, row->member_id));
    RV_TRY(rv_member_load_or_id(tx, rv_member_kind_of(row->kind), row->member_id, &m));
    RV_TRY(get_binding(tx, row->set_id, row->role_id, &s, &r));
    RV_TRY(rv_sql_exec(tx, &binding_sql[Q_MEMBER_DELETE], NULL, RV_ARGS(row->id)));
    return tell_member(tx, false, &s, &r, &m);
}

rv_status rv_binding_members_of(struct rv_tx *tx, rv_str member_id, struct rv_binding_member **ret)
{
    struct rv_binding_member **tail = ret;
    struct member_row *m;
    bool found;
    *ret = NULL;
    RV_TRY(read_members(tx, &binding_sql[Q_MEMBER_OF], &m, RV_ARGS(member_id)));
    for (; m != NULL; m = m->next) {
        struct rv_binding_member *b = RV_NEW(rv_tx_cx(tx), struct rv_binding_member);
        if (b == NULL)
            return RV_BUSY;
        *b = (struct rv_binding_member){ .id = m->id,
                                         .set_id = m->set_id,
                                         .created_at = m->created_at };
        RV_TRY(rv_role_find(tx, m->role_id, &found, &b->role));
        *tail = b;
        tail = &b->next;
    }
    return RV_OK;
}

rv_status rv_binding_remove_member(struct rv_tx *tx, rv_str member_row_id)
{
    struct rv_rows r;
    struct member_row m;
    bool found;
    RV_TRY(rv_sql_first(tx, &binding_sql[Q_MEMBER], &r, &found, RV_ARGS(member_row_id)));
    if (!found)
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                       "Not found: Resource not found: %.*s (RoleAssignment)",
                       RV_FMT(member_row_id));
    read_member(&r, &m);
    RV_TRY(rv_rows_end(&r));
    return remove_row(tx, &m, true);
}

rv_status rv_bindings_forget(struct rv_tx *tx, rv_str member_id)
{
    struct member_row *m;
    RV_TRY(read_members(tx, &binding_sql[Q_MEMBER_OF], &m, RV_ARGS(member_id)));
    for (; m != NULL; m = m->next)
        RV_TRY(remove_row(tx, m, false));
    return RV_OK;
}

static rv_status delete_binding(struct rv_tx *tx, const struct rv_set_row *s,
                                const struct rv_role_row *r)
{
    struct member_row *m;
    RV_TRY(read_members(tx, &binding_sql[Q_MEMBERS_ALL], &m, RV_ARGS(s->id, r->id)));
    for (; m != NULL; m = m->next)
        RV_TRY(remove_row(tx, m, true));
    RV_TRY(rv_sql_exec(tx, &binding_sql[Q_DELETE], NULL, RV_ARGS(s->id, r->id)));
    return tell_binding(tx, "iam.resourceset.bindings.delete", s, r);
}

rv_status rv_bindings_end(struct rv_tx *tx, rv_str set_id)
{
    struct rv_set_row s;
    struct rv_role_row r;
    bool found = true;
    RV_TRY(get_set(tx, set_id, &s));
    while (found) {
        struct rv_rows rows;
        RV_TRY(rv_sql_first(tx, &binding_sql[Q_ROLES_OF], &rows, &found, RV_ARGS(set_id)));
        if (!found)
            break;
        r = (struct rv_role_row){ .id = rv_col_str(&rows, 0), .label = rv_col_str(&rows, 1) };
        RV_TRY(rv_rows_end(&rows));
        RV_TRY(delete_binding(tx, &s, &r));
    }
    return RV_OK;
}

/* ---- commands -------------------------------------------------------------------------------- */

struct command {
    rv_str set, role, id;
    const json_t *list;
    struct rv_set_row s;
    struct rv_role_row r;
    struct member_row m;
};

static rv_status put_members(struct rv_tx *tx, struct command *c, const char *field)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const json_t *url;
    struct rv_role_member m;
    size_t i;
    bool is_new;
    rv_str id;
    int64_t max = rv_access_limit("binding.members");
    if ((int64_t)json_array_size(c->list) > max)
        return rv_fail_field(cx, rv_z(cx, rv_printf(cx, "/%s", field)), "TOO_MANY",
                             "%s: at most %" PRId64 " in one call", field, max);
    json_array_foreach(c->list, i, url)
    {
        const char *pointer = rv_z(cx, rv_printf(cx, "/%s/%zu", field, i));
        RV_TRY(rv_member_of_url(tx, rv_json_str(url), pointer, &m));
        RV_TRY(rv_member_may_hold(tx, &m, pointer));
        RV_TRY(insert_member(tx, &c->s, &c->r, &m, &is_new, &id));
    }
    return RV_OK;
}

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    bool found = false;
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_MANAGE));
    RV_TRY(get_set(tx, c->set, &c->s));
    if (c->s.predefined != NULL)
        return rv_fail(cx, RV_FORBIDDEN,
                       "The resource set %.*s comes with the product and takes no other roles",
                       RV_FMT(c->s.id));
    if (c->role.n > 0)
        RV_TRY(rv_role_find(tx, c->role, &found, &c->r));
    if (!found)
        return rv_fail_field(cx, "/role", c->role.n > 0 ? "NOT_FOUND" : "REQUIRED_PROPERTY_MISSING",
                             "role: name a custom role by id or label");
    if (json_array_size(c->list) == 0)
        return rv_fail_field(cx, "/members", "REQUIRED_PROPERTY_MISSING",
                             "members: name at least one user, group or client");
    RV_TRY(ensure_binding(tx, &c->s, &c->r));
    return put_members(tx, c, "members");
}

rv_status rv_binding_create(struct rv_cx *cx, rv_str set, rv_str role, const json_t *members,
                            struct rv_jw *w)
{
    struct command c = { .set = set, .role = role, .list = members };
    RV_TRY(rv_store_write(cx, create_tx, &c));
    rv_jw_obj(w);
    write_links(cx, &c.s, &c.r, "bindings", w);
    rv_jw_obj_end(w);
    return RV_OK;
}

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_READ));
    return get_binding(tx, c->set, c->role, &c->s, &c->r);
}

rv_status rv_binding_get(struct rv_cx *cx, rv_str set, rv_str role, struct rv_jw *w)
{
    struct command c = { .set = set, .role = role };
    RV_TRY(rv_store_read(cx, get_tx, &c));
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", c.r.id);
    write_links(cx, &c.s, &c.r, "members", w);
    rv_jw_obj_end(w);
    return RV_OK;
}

struct list {
    struct rv_iam_page *page;
    struct rv_jw *w;
    struct command c;
};

static void write_role_ref(struct rv_cx *cx, rv_str set_id, rv_str role_id, struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", role_id);
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    rv_jw_href(w, "self", rv_href(cx, "/api/v1/iam/roles/%.*s", RV_FMT(role_id)));
    rv_jw_href(w, "members",
               rv_href(cx, "/api/v1/iam/resource-sets/%.*s/bindings/%.*s/members", RV_FMT(set_id),
                       RV_FMT(role_id)));
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
}

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    int64_t after;
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_READ));
    RV_TRY(get_set(tx, l->c.set, &l->c.s));
    RV_TRY(rv_page_position(cx, l->page, &after));
    if (l->c.s.predefined != NULL) {
        write_role_ref(cx, l->c.s.id, rv_str_of(l->c.s.predefined->type), l->w);
        return RV_OK;
    }
    RV_TRY(
        rv_sql_query(tx, &binding_sql[Q_LIST], &r, RV_ARGS(l->c.s.id, after, l->page->limit + 1)));
    for (int n = 0; rv_rows_next(&r); n++) {
        if (rv_page_full(cx, l->page, n, after))
            break;
        write_role_ref(cx, l->c.s.id, rv_col_str(&r, 0), l->w);
        after = rv_col_int(&r, 1);
    }
    return rv_rows_end(&r);
}

rv_status rv_binding_list(struct rv_cx *cx, rv_str set, struct rv_iam_page *page, struct rv_jw *w,
                          rv_str *ret_set_id)
{
    struct list l = { .page = page, .w = w, .c = { .set = set } };
    RV_TRY(rv_store_read(cx, list_tx, &l));
    *ret_set_id = l.c.s.id;
    return RV_OK;
}

static rv_status change_tx(struct rv_tx *tx, struct command *c)
{
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_MANAGE));
    RV_TRY(get_binding(tx, c->set, c->role, &c->s, &c->r));
    if (c->s.predefined != NULL)
        return rv_fail(
            rv_tx_cx(tx), RV_FORBIDDEN,
            "The members of a standard role are changed under the user, group or client (…/roles)");
    return RV_OK;
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    RV_TRY(change_tx(tx, c));
    return delete_binding(tx, &c->s, &c->r);
}

rv_status rv_binding_delete(struct rv_cx *cx, rv_str set, rv_str role)
{
    struct command c = { .set = set, .role = role };
    return rv_store_write(cx, delete_tx, &c);
}

/* ---- members --------------------------------------------------------------------------------- */

static rv_status member_list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct member_row m;
    struct rv_rows r;
    int64_t after;
    RV_TRY(get_tx(tx, &l->c));
    RV_TRY(rv_page_position(cx, l->page, &after));
    if (l->c.s.predefined != NULL)
        return rv_grant_members(tx, l->c.s.predefined, after, l->page, l->w);
    RV_TRY(rv_sql_query(tx, &binding_sql[Q_MEMBERS], &r,
                        RV_ARGS(l->c.s.id, l->c.r.id, after, l->page->limit + 1)));
    for (int n = 0; rv_rows_next(&r); n++) {
        if (rv_page_full(cx, l->page, n, after))
            break;
        read_member(&r, &m);
        write_member(cx, &m, l->w);
        after = rv_col_int(&r, 6);
    }
    return rv_rows_end(&r);
}

rv_status rv_member_list(struct rv_cx *cx, rv_str set, rv_str role, struct rv_iam_page *page,
                         struct rv_jw *w, rv_str *ret_path)
{
    struct list l = { .page = page, .w = w, .c = { .set = set, .role = role } };
    RV_TRY(rv_store_read(cx, member_list_tx, &l));
    *ret_path = binding_path(cx, &l.c.s, &l.c.r);
    return RV_OK;
}

static rv_status member_add_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    RV_TRY(change_tx(tx, c));
    if (json_array_size(c->list) == 0)
        return rv_fail_field(rv_tx_cx(tx), "/additions", "REQUIRED_PROPERTY_MISSING",
                             "additions: name at least one user, group or client");
    RV_TRY(guard_binding(tx, c->s.id, c->r.id));
    return put_members(tx, c, "additions");
}

rv_status rv_member_add(struct rv_cx *cx, rv_str set, rv_str role, const json_t *additions,
                        struct rv_jw *w)
{
    struct command c = { .set = set, .role = role, .list = additions };
    RV_TRY(rv_store_write(cx, member_add_tx, &c));
    rv_jw_obj(w);
    write_links(cx, &c.s, &c.r, "bindings", w);
    rv_jw_obj_end(w);
    return RV_OK;
}

/* The member row of this binding. */
static rv_status find_member(struct rv_tx *tx, struct command *c)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &binding_sql[Q_MEMBER], &r, &found, RV_ARGS(c->id)));
    if (found) {
        read_member(&r, &c->m);
        RV_TRY(rv_rows_end(&r));
    }
    if (!found || !rv_str_eq(c->m.set_id, c->s.id) || !rv_str_eq(c->m.role_id, c->r.id))
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND, "Not found: Resource not found: %.*s (Member)",
                       RV_FMT(c->id));
    return RV_OK;
}

static rv_status member_get_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    RV_TRY(get_tx(tx, c));
    return find_member(tx, c);
}

rv_status rv_member_get(struct rv_cx *cx, rv_str set, rv_str role, rv_str id, struct rv_jw *w)
{
    struct command c = { .set = set, .role = role, .id = id };
    RV_TRY(rv_store_read(cx, member_get_tx, &c));
    write_member(cx, &c.m, w);
    return RV_OK;
}

static rv_status member_delete_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    RV_TRY(change_tx(tx, c));
    RV_TRY(find_member(tx, c));
    return remove_row(tx, &c->m, true);
}

rv_status rv_member_delete(struct rv_cx *cx, rv_str set, rv_str role, rv_str id)
{
    struct command c = { .set = set, .role = role, .id = id };
    return rv_store_write(cx, member_delete_tx, &c);
}
