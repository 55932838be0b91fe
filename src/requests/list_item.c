/* requests/list_item.c: the items of configuration lists (access-requests.md 5.2).
 *
 * Of a custom list an item is a text, of a resource list an object of the directory, whose name it
 * takes. Removing one archives it: a request that chose it keeps its name. Request types that use
 * it are checked in the same transaction. */
#include "requests/requests_int.h"

enum { NAME_MAX_CHARS = 280, DESCRIPTION_MAX_CHARS = 1000, ITEMS_MAX = 1000 };
enum { Q_GET, Q_LIST, Q_CHOICES, Q_COUNT, Q_SAME, Q_INSERT, Q_UPDATE, Q_OBJECTS, Q_ARCHIVE, Q_N };
#define COLUMNS "id, list_id, position, name, description, status, resource_id, version, created_at, created_by, updated_at, updated_by"
#define OUT "id:text list_id:text position:int name:text description:text status:text resource_id:text version:int created_at:time created_by:text " \
            "updated_at:time updated_by:text"
static const struct rv_sql config_list_item_sql[Q_N] = {
    [Q_GET] = {
        .name = "config_list_item_get",
        .text = "SELECT " COLUMNS " FROM config_list_item WHERE id = :id AND list_id = :list_id",
        .in = "id:text list_id:text", .out = OUT,
    },
    [Q_LIST] = {
        .name = "config_list_item_list",
        .text = "SELECT " COLUMNS " FROM config_list_item WHERE list_id = :list_id AND position > :after AND (:status IS NULL OR status = :status) "
                "AND (:q IS NULL OR LOWER(name) LIKE :q ESCAPE '\\') ORDER BY position LIMIT :n",
        .in = "list_id:text after:int status:text q:text n:int", .out = OUT,
    },
    [Q_CHOICES] = {
        .name = "config_list_item_choices",
        .text = "SELECT id, name, description FROM config_list_item WHERE list_id = :list_id AND status = 'ACTIVE' ORDER BY position",
        .in = "list_id:text", .out = "id:text name:text description:text",
    },
    [Q_COUNT] = {
        .name = "config_list_item_count",
        .text = "SELECT COUNT(*) AS n FROM config_list_item WHERE list_id = :list_id AND status = 'ACTIVE'",
        .in = "list_id:text", .out = "n:int",
    },
    [Q_SAME] = {
        .name = "config_list_item_same",
        .text = "SELECT id FROM config_list_item WHERE list_id = :list_id AND status = 'ACTIVE' AND id <> :id "
                "AND (LOWER(name) = :name_key OR resource_id = :resource_id) ORDER BY position LIMIT 1",
        .in = "list_id:text id:text name_key:text resource_id:text", .out = "id:text",
    },
    [Q_INSERT] = {
        .name = "config_list_item_insert",
        .text = "INSERT INTO config_list_item (id, list_id, position, name, description, status, resource_id, version, created_at, created_by, "
                "updated_at, updated_by) VALUES (:id, :list_id, (SELECT COALESCE(MAX(position), 0) + 1 FROM config_list_item WHERE list_id = :list_id), "
                ":name, :description, 'ACTIVE', :resource_id, 1, :now, :by, :now, :by)",
        .in = "id:text list_id:text name:text description:text resource_id:text now:time by:text",
    },
    [Q_UPDATE] = {
        .name = "config_list_item_update",
        .text = "UPDATE config_list_item SET name = :name, description = :description, status = :status, version = version + 1, updated_at = :now, "
                "updated_by = :by WHERE id = :id AND version = :version",
        .in = "name:text description:text status:text now:time by:text id:text version:int",
    },
    [Q_OBJECTS] = {
        .name = "config_list_item_objects",
        .text = "SELECT i.id, i.list_id, i.resource_id FROM config_list_item i JOIN config_list l ON l.id = i.list_id "
                "WHERE l.resource_type = :resource_type AND i.status = 'ACTIVE' ORDER BY i.id",
        .in = "resource_type:text", .out = "id:text list_id:text resource_id:text",
    },
    [Q_ARCHIVE] = {
        .name = "config_list_item_archive",
        .text = "UPDATE config_list_item SET status = 'ARCHIVED', version = version + 1, updated_at = :now, updated_by = :by WHERE id = :id",
        .in = "now:time by:text id:text",
    },
};
RV_SQL_MODULE(config_list_item, config_list_item_sql);

struct item {
    rv_str id, list_id, name, description, status, resource_id, created_by, updated_by;
    int64_t position, version, created_at, updated_at;
};

static void read_row(struct rv_rows *r, struct item *i)
{
    *i = (struct item){
        .id = rv_col_str(r, 0),
        .list_id = rv_col_str(r, 1),
        .position = rv_col_int(r, 2),
        .name = rv_col_str(r, 3),
        .description = rv_col_str(r, 4),
        .status = rv_col_str(r, 5),
        .resource_id = rv_col_str(r, 6),
        .version = rv_col_int(r, 7),
        .created_at = rv_col_int(r, 8),
        .created_by = rv_col_str(r, 9),
        .updated_at = rv_col_int(r, 10),
        .updated_by = rv_col_str(r, 11),
    };
}

static rv_status find(struct rv_tx *tx, rv_str list_id, rv_str id, bool *ret_found,
                      struct item *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &config_list_item_sql[Q_GET], &r, ret_found, RV_ARGS(id, list_id)));
    if (!*ret_found)
        return RV_OK;
    read_row(&r, ret);
    return rv_rows_end(&r);
}

static rv_status get(struct rv_tx *tx, rv_str list_id, rv_str id, struct item *ret)
{
    bool found;
    RV_TRY(find(tx, list_id, id, &found, ret));
    return found ? RV_OK : rv_not_found(rv_tx_cx(tx), id, "ConfigListItem");
}

/* ---- for the other files of the folder ------------------------------------------------------- */

rv_status rv_list_item_name(struct rv_tx *tx, rv_str list_id, rv_str item_id, bool *ret_active,
                            rv_str *ret_name)
{
    struct item i;
    bool found;
    RV_TRY(find(tx, list_id, item_id, &found, &i));
    *ret_active = found && rv_str_eq(i.status, RV_STR("ACTIVE"));
    *ret_name = found ? i.name : RV_NONE_STR;
    return RV_OK;
}

rv_status rv_list_choices(struct rv_tx *tx, rv_str list_id, struct rv_jw *w)
{
    struct rv_rows r;
    RV_TRY(rv_sql_query(tx, &config_list_item_sql[Q_CHOICES], &r, RV_ARGS(list_id)));
    while (rv_rows_next(&r)) {
        rv_jw_obj(w);
        rv_jw_kstr(w, "value", rv_col_ref(&r, 0));
        rv_jw_kstr(w, "name", rv_col_ref(&r, 1));
        rv_jw_kstr(w, "description", rv_col_ref(&r, 2));
        rv_jw_obj_end(w);
    }
    return rv_rows_end(&r);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void write_item(const struct item *i, struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", i->id);
    rv_jw_kint(w, "version", i->version);
    rv_jw_ktime(w, "created", i->created_at);
    rv_jw_kstr(w, "createdBy", i->created_by);
    rv_jw_ktime(w, "lastUpdated", i->updated_at);
    rv_jw_kstr(w, "lastUpdatedBy", i->updated_by);
    rv_jw_kstr(w, "name", i->name);
    rv_jw_kstr(w, "description", i->description);
    rv_jw_kstr(w, "status", i->status);
    rv_jw_kstr(w, "resourceId", i->resource_id);
    rv_jw_obj_end(w);
}

struct list {
    rv_str list_id;
    const struct rv_request_query *q;
    struct rv_jw *w;
    int64_t after, last;
    rv_str status;
    bool more;
};

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_config_list ignored;
    struct item it;
    struct rv_rows r;
    RV_TRY(rv_list_judge(tx, l->list_id, RV_A_LIST_READ, &ignored));
    RV_TRY(rv_sql_query(tx, &config_list_item_sql[Q_LIST], &r,
                        RV_ARGS(l->list_id, l->after, l->status,
                                rv_name_pattern(rv_tx_cx(tx), l->q->q), l->q->limit + 1)));
    for (int n = 0; rv_rows_next(&r); n++) {
        if (n == l->q->limit) {
            l->more = true;
            break;
        }
        read_row(&r, &it);
        write_item(&it, l->w);
        l->last = it.position;
    }
    return rv_rows_end(&r);
}

rv_status rv_list_item_list(struct rv_cx *cx, rv_str list_id, const struct rv_request_query *q,
                            struct rv_jw *w, rv_str *ret_next)
{
    struct list l = { .list_id = list_id,
                      .q = q,
                      .w = w,
                      .status = q->status.p != NULL ? q->status : RV_STR("ACTIVE") };
    static const char *const known[] = { "ACTIVE", "ARCHIVED", "ALL" };
    bool good = false;
    for (size_t i = 0; i < RV_LEN(known); i++)
        good = good || rv_str_eq(l.status, rv_str_of(known[i]));
    if (!good)
        return rv_fail_field(cx, "status", "INVALID_VALUE",
                             "status must be one of ACTIVE, ARCHIVED, ALL");
    if (rv_str_eq(l.status, RV_STR("ALL")))
        l.status = RV_NONE_STR;
    if (q->after.p != NULL && !rv_str_to_int(q->after, &l.after))
        return rv_fail_field(cx, "after", "INVALID_VALUE", "after is not a cursor of this list");
    RV_TRY(rv_store_read(cx, list_tx, &l));
    *ret_next = l.more ? rv_printf(cx, "%" PRId64, l.last) : RV_NONE_STR;
    return RV_OK;
}

struct one {
    rv_str list_id, id;
    struct rv_jw *w;
};

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    const struct one *o = arg;
    struct rv_config_list ignored;
    struct item i;
    RV_TRY(rv_list_judge(tx, o->list_id, RV_A_LIST_READ, &ignored));
    RV_TRY(get(tx, o->list_id, o->id, &i));
    write_item(&i, o->w);
    return RV_OK;
}

rv_status rv_list_item_get(struct rv_cx *cx, rv_str list_id, rv_str item_id, struct rv_jw *w)
{
    struct one o = { list_id, item_id, w };
    return rv_store_read(cx, get_tx, &o);
}

/* ---- adding and changing --------------------------------------------------------------------- */

static rv_status check_texts(struct rv_cx *cx, const struct rv_list_item_in *in)
{
    if (in->name.p != NULL &&
        (rv_str_trim(in->name).n == 0 || rv_utf8_count(in->name) > NAME_MAX_CHARS))
        return rv_fail_field(cx, "/name", "LENGTH", "an item has a text of 1 to %d characters",
                             NAME_MAX_CHARS);
    if (in->description.p != NULL && rv_utf8_count(in->description) > DESCRIPTION_MAX_CHARS)
        return rv_fail_field(cx, "/description", "LENGTH", "use at most %d characters",
                             DESCRIPTION_MAX_CHARS);
    return RV_OK;
}

static rv_status check_unique(struct rv_tx *tx, const struct item *i)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    bool taken;
    RV_TRY(rv_sql_first(tx, &config_list_item_sql[Q_SAME], &r, &taken,
                        RV_ARGS(i->list_id, i->id, rv_name_key(cx, i->name), i->resource_id)));
    if (!taken)
        return RV_OK;
    RV_TRY(rv_rows_end(&r));
    return rv_fail_field(cx, i->resource_id.p != NULL ? "/resourceId" : "/name", "NOT_UNIQUE",
                         "the list has the item \"%.*s\" already", RV_FMT(i->name));
}

static rv_status check_room(struct rv_tx *tx, rv_str list_id)
{
    int64_t n;
    RV_TRY(rv_sql_count(tx, &config_list_item_sql[Q_COUNT], &n, RV_ARGS(list_id)));
    if (n >= ITEMS_MAX)
        return rv_fail(rv_tx_cx(tx), RV_LIMIT,
                       "a list has at most %d items (limit configList.items)", ITEMS_MAX);
    return RV_OK;
}

/* A free text, or what the directory calls the object. */
static rv_status name_item(struct rv_tx *tx, const struct rv_config_list *l,
                           const struct rv_list_item_in *in, struct item *i)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_offer object;
    bool found;
    if (l->resource_type.p == NULL) {
        if (in->resource_id.p != NULL)
            return rv_fail_field(cx, "/resourceId", "NOT_ALLOWED",
                                 "the items of a custom list are texts, not objects");
        if (in->name.p == NULL)
            return rv_fail_field(cx, "/name", "REQUIRED_PROPERTY_MISSING", "name is required");
        return RV_OK;
    }
    if (in->resource_id.p == NULL)
        return rv_fail_field(cx, "/resourceId", "REQUIRED_PROPERTY_MISSING",
                             "choose one of the %.*s by id", RV_FMT(l->resource_type));
    RV_TRY(rv_offer_find(tx, l->resource_type, in->resource_id, &found, &object));
    if (!found)
        return rv_fail_field(cx, "/resourceId", "IDENTIFIER_NOT_FOUND",
                             "there is no such object among the %.*s", RV_FMT(l->resource_type));
    i->resource_id = object.id;
    if (in->name.p == NULL)
        i->name = object.name;
    return RV_OK;
}

struct create {
    rv_str list_id, id;
    const struct rv_list_item_in *in;
};

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    const struct create *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_config_list l;
    struct item i = { .id = c->id,
                      .list_id = c->list_id,
                      .name = rv_str_trim(c->in->name),
                      .description =
                          c->in->description.p != NULL ? c->in->description : RV_STR("") };
    RV_TRY(rv_list_judge(tx, c->list_id, RV_A_LIST_ITEMS, &l));
    RV_TRY(name_item(tx, &l, c->in, &i));
    RV_TRY(check_unique(tx, &i));
    RV_TRY(check_room(tx, c->list_id));
    RV_TRY(rv_sql_exec(tx, &config_list_item_sql[Q_INSERT], NULL,
                       RV_ARGS(i.id, i.list_id, i.name, i.description, i.resource_id, rv_tx_now(tx),
                               rv_actor_id(cx))));
    RV_TRY(rv_list_touch(tx, c->list_id));
    return rv_list_event(tx, "reeve.config_list.update", &l, "ITEM_ADDED");
}

rv_status rv_list_item_create(struct rv_cx *cx, rv_str list_id, const struct rv_list_item_in *in,
                              rv_str *ret_id)
{
    struct create c = { list_id, rv_id_hex24(cx), in };
    RV_TRY(check_texts(cx, in));
    if (c.id.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_write(cx, create_tx, &c));
    *ret_id = c.id;
    return RV_OK;
}

struct update {
    rv_str list_id, id;
    const struct rv_list_item_in *in;
};

/* To ACTIVE brings a removed item back; the other way is the removal's, which asks for
 * confirmation. */
static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    const struct update *u = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_config_list l;
    struct item i;
    int64_t changed;
    RV_TRY(rv_list_judge(tx, u->list_id, RV_A_LIST_ITEMS, &l));
    RV_TRY(get(tx, u->list_id, u->id, &i));
    if (u->in->status.p != NULL && !rv_str_eq(u->in->status, i.status)) {
        if (!rv_str_eq(u->in->status, RV_STR("ACTIVE")))
            return rv_fail_field(cx, "/status", "NOT_ALLOWED",
                                 "delete the item instead of archiving it");
        RV_TRY(check_room(tx, u->list_id));
        i.status = u->in->status;
    }
    i.name = u->in->name.p != NULL ? rv_str_trim(u->in->name) : i.name;
    i.description = u->in->description.p != NULL ? u->in->description : i.description;
    if (rv_str_eq(i.status, RV_STR("ACTIVE")))
        RV_TRY(check_unique(tx, &i));
    RV_TRY(rv_sql_exec(tx, &config_list_item_sql[Q_UPDATE], &changed,
                       RV_ARGS(i.name, i.description, i.status, rv_tx_now(tx), rv_actor_id(cx),
                               u->id, u->in->version)));
    if (changed == 0)
        return rv_fail(
            cx, RV_CONFLICT,
            "the item was changed by somebody else; read it again (it is at version %" PRId64 ")",
            i.version);
    RV_TRY(rv_list_touch(tx, u->list_id));
    return rv_list_event(tx, "reeve.config_list.update", &l, "ITEM_CHANGED");
}

rv_status rv_list_item_update(struct rv_cx *cx, rv_str list_id, rv_str item_id,
                              const struct rv_list_item_in *in)
{
    struct update u = { list_id, item_id, in };
    RV_TRY(check_texts(cx, in));
    return rv_store_write(cx, update_tx, &u);
}

/* ---- removing -------------------------------------------------------------------------------- */

struct removal {
    rv_str list_id, id;
    bool confirm;
};

/* Which types hang on the item: those that name it, and those whose drop-down offers it. */
static rv_status check_unused(struct rv_tx *tx, const struct removal *d, const struct item *i)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_type_ref *types;
    size_t n;
    RV_TRY(rv_types_using(tx, RV_USE_LIST_ITEM, d->id, &types, &n));
    if (n == 0)
        return RV_OK;
    return rv_fail(cx, RV_CONFLICT,
                   "item \"%.*s\" is used by %zu request type%s: %.*s. Active ones become "
                   "disabled. Repeat with confirm=true to remove it all the same.",
                   RV_FMT(i->name), n, n == 1 ? "" : "s",
                   RV_FMT(rv_type_names(cx, types, n, false)));
}

static rv_status archive(struct rv_tx *tx, rv_str list_id, rv_str id)
{
    RV_TRY(rv_sql_exec(tx, &config_list_item_sql[Q_ARCHIVE], NULL,
                       RV_ARGS(rv_tx_now(tx), rv_actor_id(rv_tx_cx(tx)), id)));
    RV_TRY(rv_list_touch(tx, list_id));
    return rv_types_recheck(tx, RV_USE_LIST_ITEM, id);
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    const struct removal *d = arg;
    struct rv_config_list l;
    struct item i;
    RV_TRY(rv_list_judge(tx, d->list_id, RV_A_LIST_ITEMS, &l));
    RV_TRY(get(tx, d->list_id, d->id, &i));
    if (!rv_str_eq(i.status, RV_STR("ACTIVE")))
        return rv_not_found(rv_tx_cx(tx), d->id, "ConfigListItem");
    if (!d->confirm)
        RV_TRY(check_unused(tx, d, &i));
    RV_TRY(rv_list_event(tx, "reeve.config_list.update", &l, "ITEM_REMOVED"));
    return archive(tx, d->list_id, d->id);
}

rv_status rv_list_item_delete(struct rv_cx *cx, rv_str list_id, rv_str item_id, bool confirm)
{
    struct removal d = { list_id, item_id, confirm };
    return rv_store_write(cx, delete_tx, &d);
}

struct gone {
    rv_str id, list_id;
    struct gone *next;
};

rv_status rv_list_items_drop_gone(struct rv_tx *tx, rv_str resource_type, int64_t *ret_n)
{
    struct rv_rows r;
    struct gone *all = NULL;
    rv_status st = RV_OK;
    *ret_n = 0;
    RV_TRY(rv_sql_query(tx, &config_list_item_sql[Q_OBJECTS], &r, RV_ARGS(resource_type)));
    while (st == RV_OK && rv_rows_next(&r)) {
        struct rv_offer object;
        bool found = false;
        st = rv_offer_find(tx, resource_type, rv_col_str(&r, 2), &found, &object);
        struct gone *g = found || st != RV_OK ? NULL : RV_NEW(rv_tx_cx(tx), struct gone);
        if (g != NULL) {
            *g = (struct gone){ rv_col_str(&r, 0), rv_col_str(&r, 1), all };
            all = g;
        } else if (!found && st == RV_OK)
            st = RV_BUSY;
    }
    rv_status end = rv_rows_end(&r);
    if (st == RV_OK)
        st = end;
    for (; st == RV_OK && all != NULL; all = all->next, (*ret_n)++)
        st = archive(tx, all->list_id, all->id);
    return st;
}
