/* org/grant.c: standard roles of users, groups and apps, and the list of all roles that one of them
 * has (api.md 11.4).
 *
 * A standard role needs no resource set: it holds its permissions for everything. Custom roles
 * appear in the same list as memberships of bindings. Super administrators alone give and take
 * roles; the last active one stays. */
#include "org/org_int.h"

enum { Q_OF, Q_OF_GROUPS, Q_INSERT, Q_DELETE, Q_DELETE_ALL, Q_MEMBERS, Q_PEOPLE, Q_GROUPS, Q_N };
#define COLUMNS "g.member_kind, g.member_id, g.type, g.id, g.created_at"
#define OUT "member_kind:text member_id:text type:text id:text created_at:time"
static const struct rv_sql grant_sql[Q_N] = {
    [Q_OF] = {
        .name = "grant_of",
        .text = "SELECT " COLUMNS " FROM role_grant g WHERE g.member_id = :id ORDER BY g.position",
        .in = "id:text", .out = OUT,
    },
    [Q_OF_GROUPS] = {
        .name = "grant_of_groups",
        .text = "SELECT " COLUMNS " FROM grp_member m JOIN role_grant g ON g.member_id = m.group_id WHERE m.person_id = :id ORDER BY g.position",
        .in = "id:text", .out = OUT,
    },
    [Q_INSERT] = {
        .name = "grant_insert",
        .text = "INSERT INTO role_grant (member_id, type, id, member_kind, position, created_at) VALUES (:member, :type, :id, :kind, "
                "(SELECT COALESCE(MAX(position), 0) + 1 FROM role_grant), :now) ON CONFLICT (member_id, type) DO NOTHING",
        .in = "member:text type:text id:text kind:text now:time",
    },
    [Q_DELETE] = { .name = "grant_delete", .text = "DELETE FROM role_grant WHERE member_id = :id AND type = :type", .in = "id:text type:text" },
    [Q_DELETE_ALL] = { .name = "grant_delete_all", .text = "DELETE FROM role_grant WHERE member_id = :id", .in = "id:text" },
    [Q_MEMBERS] = {
        .name = "grant_members",
        .text = "SELECT " COLUMNS ", g.position FROM role_grant g WHERE g.type = :type AND g.position > :after ORDER BY g.position LIMIT :n",
        .in = "type:text after:int n:int", .out = OUT " position:int",
    },
    [Q_PEOPLE] = {
        .name = "grant_people",
        .text = "SELECT p.id FROM person p WHERE p.id > :after AND p.status <> 'DEPROVISIONED' AND ("
                "EXISTS (SELECT 1 FROM role_grant g WHERE g.member_id = p.id OR g.member_id IN " RV_GROUPS_OF_P ") OR "
                "EXISTS (SELECT 1 FROM role_member m WHERE m.member_id = p.id OR m.member_id IN " RV_GROUPS_OF_P ")) ORDER BY p.id LIMIT :n",
        .in = "after:text n:int", .out = "id:text",
    },
    [Q_GROUPS] = {
        .name = "grant_groups_of",
        .text = "SELECT group_id FROM grp_member WHERE person_id = :id ORDER BY group_id",
        .in = "id:text", .out = "group_id:text",
    },
};
RV_SQL_MODULE(grant, grant_sql);

const struct rv_standard_role rv_standard_roles[] = {
    { .type = "SUPER_ADMIN", .label = "Super Administrator" },
    { .type = "ORG_ADMIN", .label = "Organization Administrator" },
    { .type = "API_ACCESS_MANAGEMENT_ADMIN", .label = "API Access Management Administrator" },
    { .type = "APP_ADMIN", .label = "Application Administrator", .derived_id = "IFIFAX2BIRGUSTQ" },
    { .type = "USER_ADMIN", .label = "Group Administrator", .derived_id = "KVJUKUS7IFCE2SKO" },
    { .type = "HELP_DESK_ADMIN", .label = "Help Desk Administrator", .derived_id = "JBCUYUC7IRCVGS27IFCE2SKO" },
    { .type = "GROUP_MEMBERSHIP_ADMIN", .label = "Group Membership Administrator", .derived_id = "I5JE6VKQL5GUKTKCIVJFGSCJKBPUCRCNJFHA" },
    { .type = "READ_ONLY_ADMIN", .label = "Read-only Administrator" },
    { .type = "REPORT_ADMIN", .label = "Report Administrator" },
    { .type = "WORKFLOWS_ADMIN", .label = "Workflows Administrator", .set = "WORKFLOWS_IAM_POLICY", .set_label = "Workflows Resource Set",
      .set_tail = "workflow:flows" },
    { .type = "ACCESS_REQUESTS_ADMIN", .label = "Access Requests Administrator", .set = "ACCESS_REQUESTS_IAM_POLICY",
      .set_label = "Access Requests Resource Set", .set_tail = "governance:access-requests" },
    { .type = "ACCESS_CERTIFICATIONS_ADMIN", .label = "Access Certifications Administrator", .set = "ACCESS_CERTIFICATIONS_IAM_POLICY",
      .set_label = "Access Certifications Resource Set", .set_tail = "governance:certifications" },
    { .type = NULL },
};

const struct rv_standard_role *rv_standard_role_find(rv_str type)
{
    for (const struct rv_standard_role *r = rv_standard_roles; r->type != NULL; r++) {
        if (rv_str_eq(type, rv_str_of(r->type)))
            return r;
    }
    return NULL;
}

const struct rv_standard_role *rv_standard_role_of_set(rv_str set_id)
{
    for (const struct rv_standard_role *r = rv_standard_roles; r->type != NULL; r++) {
        if (r->set != NULL && rv_str_eq(set_id, rv_str_of(r->set)))
            return r;
    }
    return NULL;
}

rv_status rv_iam_ask(struct rv_tx *tx, enum rv_action action)
{
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, action, RV_NO_OBJECT));
    return action == RV_A_IAM_MANAGE ? rv_guard_recent(rv_tx_cx(tx)) : RV_OK;
}

/* ---- rows and objects ------------------------------------------------------------------------ */

/* One assignment as the wire shows it: of a standard role, or a membership of a binding. */
struct assignment {
    rv_str id, type, label, role_id, set_id; /* the last two of custom and IAM-based roles */
    int64_t created_at;
    rv_str member_kind, member_id;
    bool custom;
    struct assignment *next;
};

static void write_assignment(struct rv_cx *cx, const struct assignment *a,
                             enum rv_member_kind assignee_kind, rv_str assignee, const char *how,
                             struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", a->id);
    if (a->role_id.p != NULL)
        rv_jw_kstr(w, "role", a->role_id);
    rv_jw_kstr(w, "label", a->label);
    rv_jw_kstr(w, "type", a->type);
    rv_jw_kstr(w, "status", RV_STR("ACTIVE"));
    rv_jw_ktime(w, "created", a->created_at);
    rv_jw_ktime(w, "lastUpdated", a->created_at);
    rv_jw_kstr(w, "assignmentType", rv_str_of(how));
    if (a->set_id.p != NULL)
        rv_jw_kstr(w, "resource-set", a->set_id);
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    rv_jw_href(w, "assignee",
               rv_href(cx, "%s%.*s", rv_member_kinds[assignee_kind].path, RV_FMT(assignee)));
    if (a->set_id.p != NULL) {
        rv_jw_href(w, "resource-set",
                   rv_href(cx, "/api/v1/iam/resource-sets/%.*s", RV_FMT(a->set_id)));
        rv_jw_href(w, "member",
                   rv_href(cx, "/api/v1/iam/resource-sets/%.*s/bindings/%.*s/members/%.*s",
                           RV_FMT(a->set_id), RV_FMT(a->role_id), RV_FMT(a->id)));
        rv_jw_href(w, "role", rv_href(cx, "/api/v1/iam/roles/%.*s", RV_FMT(a->role_id)));
        rv_jw_href(w, "permissions",
                   rv_href(cx, "/api/v1/iam/roles/%.*s/permissions", RV_FMT(a->role_id)));
    }
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
}

static void read_grant(struct rv_rows *r, struct assignment *a)
{
    *a = (struct assignment){ .member_kind = rv_col_str(r, 0),
                              .member_id = rv_col_str(r, 1),
                              .type = rv_col_str(r, 2),
                              .id = rv_col_str(r, 3),
                              .created_at = rv_col_int(r, 4) };
    const struct rv_standard_role *role = rv_standard_role_find(a->type);
    a->label = role != NULL ? rv_str_of(role->label) : a->type;
    if (role != NULL && role->set != NULL) {
        a->role_id = a->type;
        a->set_id = rv_str_of(role->set);
    }
}

static rv_status read_standard(struct rv_tx *tx, size_t q, rv_str id, struct assignment ***tail)
{
    struct rv_rows r;
    bool room = true;
    RV_TRY(rv_sql_query(tx, &grant_sql[q], &r, RV_ARGS(id)));
    while (room && rv_rows_next(&r)) {
        struct assignment *a = RV_NEW(rv_tx_cx(tx), struct assignment);
        room = a != NULL;
        if (room) {
            read_grant(&r, a);
            **tail = a;
            *tail = &a->next;
        }
    }
    RV_TRY(rv_rows_end(&r));
    return room ? RV_OK : RV_BUSY;
}

static rv_status read_custom(struct rv_tx *tx, rv_str kind, rv_str id, struct assignment ***tail)
{
    struct rv_binding_member *m;
    RV_TRY(rv_binding_members_of(tx, id, &m));
    for (; m != NULL; m = m->next) {
        struct assignment *a = RV_NEW(rv_tx_cx(tx), struct assignment);
        if (a == NULL)
            return RV_BUSY;
        *a = (struct assignment){ .id = m->id,
                                  .type = RV_STR("CUSTOM"),
                                  .label = m->role.label,
                                  .role_id = m->role.id,
                                  .set_id = m->set_id,
                                  .created_at = m->created_at,
                                  .member_kind = kind,
                                  .member_id = id,
                                  .custom = true };
        **tail = a;
        *tail = &a->next;
    }
    return RV_OK;
}

struct group_id {
    rv_str id;
    struct group_id *next;
};

static rv_status read_groups(struct rv_tx *tx, rv_str person_id, struct group_id **ret)
{
    struct rv_rows r;
    bool room = true;
    *ret = NULL;
    RV_TRY(rv_sql_query(tx, &grant_sql[Q_GROUPS], &r, RV_ARGS(person_id)));
    while (room && rv_rows_next(&r)) {
        struct group_id *g = RV_NEW(rv_tx_cx(tx), struct group_id);
        room = g != NULL;
        if (room) {
            *g = (struct group_id){ rv_col_str(&r, 0), *ret };
            *ret = g;
        }
    }
    RV_TRY(rv_rows_end(&r));
    return room ? RV_OK : RV_BUSY;
}

/* All assignments of the member; of a user also those of its groups. */
static rv_status read_all(struct rv_tx *tx, const struct rv_role_member *m, struct assignment **ret)
{
    rv_str kind = rv_str_of(rv_member_kinds[m->kind].name);
    struct assignment **tail = ret;
    struct group_id *g;
    *ret = NULL;
    RV_TRY(read_standard(tx, Q_OF, m->id, &tail));
    RV_TRY(read_custom(tx, kind, m->id, &tail));
    if (m->kind != RV_MEMBER_USER)
        return RV_OK;
    RV_TRY(read_standard(tx, Q_OF_GROUPS, m->id, &tail));
    RV_TRY(read_groups(tx, m->id, &g));
    for (; g != NULL; g = g->next)
        RV_TRY(read_custom(tx, RV_STR("GROUP"), g->id, &tail));
    return RV_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct command {
    enum rv_member_kind kind;
    rv_str id, type, role, set, grant_id;
    struct rv_role_member m;
    struct assignment a, *all;
};

static const char *how_of(const struct command *c, const struct assignment *a)
{
    if (c->kind == RV_MEMBER_USER && rv_str_eq(a->member_kind, RV_STR("GROUP")))
        return "GROUP";
    return rv_member_kinds[c->kind].assignment;
}

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_READ));
    RV_TRY(rv_member_load(tx, c->kind, c->id, &c->m));
    return read_all(tx, &c->m, &c->all);
}

rv_status rv_grant_list(struct rv_cx *cx, enum rv_member_kind kind, rv_str id, struct rv_jw *w)
{
    struct command c = { .kind = kind, .id = id };
    RV_TRY(rv_store_read(cx, list_tx, &c));
    for (const struct assignment *a = c.all; a != NULL; a = a->next)
        write_assignment(cx, a, rv_member_kind_of(a->member_kind), a->member_id, how_of(&c, a), w);
    return RV_OK;
}

/* The assignment of this id that the member has itself. */
static rv_status find_own(struct rv_tx *tx, struct command *c)
{
    RV_TRY(rv_member_load(tx, c->kind, c->id, &c->m));
    RV_TRY(read_all(tx, &c->m, &c->all));
    for (const struct assignment *a = c->all; a != NULL; a = a->next) {
        if (rv_str_eq(a->id, c->grant_id) && rv_str_eq(a->member_id, c->m.id)) {
            c->a = *a;
            return RV_OK;
        }
    }
    return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                   "Not found: Resource not found: %.*s (RoleAssignment)", RV_FMT(c->grant_id));
}

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_READ));
    return find_own(tx, arg);
}

rv_status rv_grant_get(struct rv_cx *cx, enum rv_member_kind kind, rv_str id, rv_str grant_id,
                       struct rv_jw *w)
{
    struct command c = { .kind = kind, .id = id, .grant_id = grant_id };
    RV_TRY(rv_store_read(cx, get_tx, &c));
    write_assignment(cx, &c.a, kind, c.m.id, how_of(&c, &c.a), w);
    return RV_OK;
}

struct list {
    struct rv_iam_page *page;
    struct rv_jw *w;
};

static rv_status people_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    rv_str id = l->page->after.p != NULL ? l->page->after : RV_STR(""),
           partition = rv_config_text(cx->env, "orn.partition");
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_READ));
    RV_TRY(rv_sql_query(tx, &grant_sql[Q_PEOPLE], &r, RV_ARGS(id, l->page->limit + 1)));
    for (int n = 0; rv_rows_next(&r); n++) {
        if (n == l->page->limit) {
            l->page->next = id;
            break;
        }
        id = rv_col_str(&r, 0);
        rv_jw_obj(l->w);
        rv_jw_kstr(l->w, "id", id);
        rv_jw_kstr(l->w, "orn",
                   rv_printf(cx, "orn:%.*s:directory:%.*s:users:%.*s", RV_FMT(partition),
                             RV_FMT(cx->env->org->id), RV_FMT(id)));
        rv_jw_key(l->w, "_links");
        rv_jw_obj(l->w);
        rv_jw_href(l->w, "roles", rv_href(cx, "/api/v1/users/%.*s/roles", RV_FMT(id)));
        rv_jw_href(l->w, "self", rv_href(cx, "/api/v1/users/%.*s", RV_FMT(id)));
        rv_jw_obj_end(l->w);
        rv_jw_obj_end(l->w);
    }
    return rv_rows_end(&r);
}

rv_status rv_grant_people(struct rv_cx *cx, struct rv_iam_page *page, struct rv_jw *w)
{
    struct list l = { page, w };
    return rv_store_read(cx, people_tx, &l);
}

rv_status rv_grant_members(struct rv_tx *tx, const struct rv_standard_role *role, int64_t after,
                           struct rv_iam_page *page, struct rv_jw *w)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    struct assignment a;
    RV_TRY(
        rv_sql_query(tx, &grant_sql[Q_MEMBERS], &r, RV_ARGS(role->type, after, page->limit + 1)));
    for (int n = 0; rv_rows_next(&r); n++) {
        if (rv_page_full(cx, page, n, after))
            break;
        read_grant(&r, &a);
        after = rv_col_int(&r, 5);
        rv_jw_obj(w);
        rv_jw_kstr(w, "id", a.id);
        rv_jw_ktime(w, "created", a.created_at);
        rv_jw_ktime(w, "lastUpdated", a.created_at);
        rv_jw_key(w, "_links");
        rv_jw_obj(w);
        rv_jw_href(w, "self",
                   rv_href(cx, "%s%.*s", rv_member_kinds[rv_member_kind_of(a.member_kind)].path,
                           RV_FMT(a.member_id)));
        rv_jw_obj_end(w);
        rv_jw_obj_end(w);
    }
    return rv_rows_end(&r);
}

/* ---- giving and taking ----------------------------------------------------------------------- */

static rv_str id_of_grant(struct rv_cx *cx, const struct rv_standard_role *role,
                          enum rv_member_kind kind)
{
    if (role->derived_id != NULL)
        return rv_str_of(role->derived_id);
    if (role->set != NULL)
        return rv_id_prefixed(cx, "irb");
    return rv_id_prefixed(cx, kind == RV_MEMBER_USER ? "ra1" : "gra");
}

static rv_status insert(struct rv_tx *tx, const struct rv_role_member *m,
                        const struct rv_standard_role *role, int64_t *ret_changed, rv_str *ret_id)
{
    *ret_id = id_of_grant(rv_tx_cx(tx), role, m->kind);
    return rv_sql_exec(tx, &grant_sql[Q_INSERT], ret_changed,
                       RV_ARGS(m->id, role->type, *ret_id, rv_member_kinds[m->kind].name,
                               rv_tx_now(tx)));
}

rv_status rv_grant_seed(struct rv_tx *tx, rv_str person_id, const char *type)
{
    struct rv_role_member m = { .kind = RV_MEMBER_USER, .id = person_id };
    int64_t changed;
    rv_str id;
    return insert(tx, &m, rv_standard_role_find(rv_str_of(type)), &changed, &id);
}

static rv_status tell(struct rv_tx *tx, bool grant, const struct rv_role_member *m, rv_str type,
                      rv_str label)
{
    const struct rv_member_kind_info *k = &rv_member_kinds[m->kind];
    if (rv_standard_role_of_flows(type))
        RV_TRY(rv_member_tell_flows(tx, grant, m, "ROLE", type, label));
    return rv_event_add(tx, grant ? k->grant_event : k->revoke_event, true, RV_NONE_STR,
                        RV_TARGETS({ .type = k->target, .id = m->id, .name = m->name },
                                   { .type = "ROLE", .id = type, .name = label }),
                        rv_printf(rv_tx_cx(tx), "{\"role\":\"%.*s\"}", RV_FMT(type)));
}

static rv_status already(struct rv_cx *cx)
{
    (void)rv_fail(cx, RV_CONFLICT, "The role specified is already assigned to the user.");
    rv_fail_code(cx, "E0000090");
    return RV_CONFLICT;
}

static rv_status give_standard(struct rv_tx *tx, struct command *c,
                               const struct rv_standard_role *role)
{
    int64_t changed;
    rv_str id;
    RV_TRY(insert(tx, &c->m, role, &changed, &id));
    c->grant_id = id;
    if (changed == 0) {
        if (c->kind != RV_MEMBER_APP)
            return already(rv_tx_cx(tx));
        struct assignment *a;
        RV_TRY(read_all(tx, &c->m, &a)); /* clients: doing it again is fine */
        for (; a != NULL; a = a->next) {
            if (!a->custom && rv_str_eq(a->type, rv_str_of(role->type)))
                c->grant_id = a->id;
        }
        return RV_OK;
    }
    return tell(tx, true, &c->m, rv_str_of(role->type), rv_str_of(role->label));
}

static rv_status give_custom(struct rv_tx *tx, struct command *c)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_role_row role;
    struct rv_set_row set;
    bool found = false;
    if (c->set.n == 0)
        return rv_fail_field(
            cx, "/resource-set", "REQUIRED_PROPERTY_MISSING",
            "resource-set: a custom role is assigned together with a resource set");
    if (c->role.n > 0)
        RV_TRY(rv_role_find(tx, c->role, &found, &role));
    if (!found)
        return rv_fail_field(cx, "/role", "NOT_FOUND", "role: name a custom role by id or label");
    RV_TRY(rv_set_find(tx, c->set, &found, &set));
    if (!found || set.predefined != NULL)
        return rv_fail_field(cx, "/resource-set", "NOT_FOUND",
                             "resource-set: name a resource set of your own by id or label");
    return rv_binding_put(tx, &set, &role, &c->m, &c->grant_id);
}

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    const struct rv_standard_role *role = rv_standard_role_find(c->type);
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_MANAGE));
    RV_TRY(rv_member_load(tx, c->kind, c->id, &c->m));
    RV_TRY(rv_member_may_hold(tx, &c->m, "/type"));
    RV_TRY(rv_guard_self(tx, c->m.id));
    if (role != NULL)
        RV_TRY(give_standard(tx, c, role));
    else if (rv_str_eq(c->type, RV_STR("CUSTOM")))
        RV_TRY(give_custom(tx, c));
    else
        return rv_fail_field(cx, "/type", "INVALID_VALUE",
                             "type: it must be CUSTOM or one of the standard roles, such as "
                             "SUPER_ADMIN or WORKFLOWS_ADMIN");
    return find_own(tx, c);
}

rv_status rv_grant_create(struct rv_cx *cx, enum rv_member_kind kind, rv_str id, rv_str type,
                          rv_str role, rv_str set, struct rv_jw *w)
{
    struct command c = { .kind = kind, .id = id, .type = type, .role = role, .set = set };
    RV_TRY(rv_store_write(cx, create_tx, &c));
    write_assignment(cx, &c.a, kind, c.m.id, how_of(&c, &c.a), w);
    return RV_OK;
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    RV_TRY(rv_iam_ask(tx, RV_A_IAM_MANAGE));
    RV_TRY(find_own(tx, c));
    if (c->a.custom)
        return rv_binding_remove_member(tx, c->a.id);
    RV_TRY(rv_sql_exec(tx, &grant_sql[Q_DELETE], NULL, RV_ARGS(c->m.id, c->a.type)));
    RV_TRY(rv_guard_last_super(tx, RV_NONE_STR));
    RV_TRY(rv_guard_self(tx, c->m.id));
    return tell(tx, false, &c->m, c->a.type, c->a.label);
}

rv_status rv_grant_delete(struct rv_cx *cx, enum rv_member_kind kind, rv_str id, rv_str grant_id)
{
    struct command c = { .kind = kind, .id = id, .grant_id = grant_id };
    return rv_store_write(cx, delete_tx, &c);
}

/* Takes the standard roles of a member that is being ended, each with its event. */
static rv_status end_standard(struct rv_tx *tx, const char *kind, rv_str id)
{
    struct assignment *a, **tail = &a;
    struct rv_role_member m;
    a = NULL;
    RV_TRY(read_standard(tx, Q_OF, id, &tail));
    if (a == NULL)
        return RV_OK;
    RV_TRY(rv_sql_exec(tx, &grant_sql[Q_DELETE_ALL], NULL, RV_ARGS(id)));
    RV_TRY(rv_member_load_or_id(tx, rv_member_kind_of(rv_str_of(kind)), id, &m));
    for (; a != NULL; a = a->next)
        RV_TRY(tell(tx, false, &m, a->type, a->label));
    return RV_OK;
}

rv_status rv_roles_end(struct rv_tx *tx, const char *kind, rv_str id)
{
    RV_TRY(end_standard(tx, kind, id));
    RV_TRY(rv_bindings_forget(tx, id));
    return rv_guard_last_super(tx, RV_NONE_STR);
}
