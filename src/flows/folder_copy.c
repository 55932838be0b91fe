/* flows/folder_copy.c: a folder with all its subfolders, flows and tables once more, beside itself
 * (workflows.md 5).
 *
 * Everything gets a new id, and what names something that was copied names the copy: ids are
 * unique, so any text of a card that is the id of a thing in the folder stands for that thing.
 * Copied flows are off and have no runs, copied tables have no rows. One transaction. */
#include "flows/table_int.h"

struct copy {
    rv_str id, path, parent_path, new_id;
    struct rv_tx *tx;
    struct rv_cx *cx;
    json_t *ids, *paths; /* of folders, flows and tables: old to new; of folders: old id to new path */
    struct rv_flow_row *flows;
    size_t flows_n;
    json_t *tables; /* ids */
};

static rv_str mapped(const json_t *map, rv_str id)
{
    return id.n > 0 ? rv_json_str(json_object_getn(map, id.p, id.n)) : RV_NONE_STR;
}

static rv_status keep(struct copy *c, json_t *map, rv_str key, rv_str value)
{
    return value.p != NULL && json_object_setn_new(map, key.p, key.n,
                                                   json_stringn(value.p, value.n)) == 0
               ? RV_OK
               : rv_fail(c->cx, RV_BUSY, "out of memory while copying a folder");
}

static rv_status new_id(struct copy *c, rv_str old)
{
    return keep(c, c->ids, old, rv_id_ulid(c->cx, rv_tx_now(c->tx)));
}

static rv_status copy_folder(void *arg, rv_str id, rv_str path, rv_str name, rv_str description)
{
    struct copy *c = arg;
    bool top = rv_str_eq(id, c->id);
    rv_str own, parent = RV_NONE_STR, rest = path, part, above;
    while (rv_str_split(&rest, '/', &part) && !rv_str_eq(part, id))
        parent = part;
    RV_TRY(new_id(c, id));
    own = mapped(c->ids, id);
    above = top ? c->parent_path : mapped(c->paths, parent);
    struct rv_folder_insert f = {
        .id = own,
        .parent_id = top ? parent : mapped(c->ids, parent),
        .path = above.n > 0 ? rv_printf(c->cx, "%.*s/%.*s", RV_FMT(above), RV_FMT(own)) : own,
        .name = top ? rv_printf(c->cx, "%.*s (copy)", RV_FMT(rv_utf8_cut(name, 190))) : name,
        .description = description,
    };
    RV_TRY(keep(c, c->paths, id, f.path));
    RV_TRY(rv_folder_insert(c->tx, &f));
    if (!top)
        return RV_OK;
    c->new_id = own;
    return rv_event_add(c->tx, "workflows.user.folder.duplicate", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Folder", .id = own, .name = f.name },
                                   { .type = "Folder", .id = id, .name = name }),
                        RV_NONE_STR);
}

static rv_status copy_table(struct copy *c, rv_str id)
{
    struct rv_table t;
    json_t *columns = json_array();
    rv_str text;
    RV_TRY(rv_json_keep(c->cx, columns));
    RV_TRY(rv_table_load(c->tx, id, &t));
    for (size_t i = 0; i < t.columns_n; i++)
        if (json_array_append_new(columns, rv_column_json(&t.columns[i])) != 0)
            return rv_fail(c->cx, RV_BUSY, "out of memory while copying a table");
    RV_TRY(rv_json_dump(c->cx, columns, &text));
    struct rv_table_insert in = { .id = mapped(c->ids, id),
                                  .folder_id = mapped(c->ids, t.folder_id),
                                  .name = t.name,
                                  .description = t.description,
                                  .columns = text };
    t.id = in.id;
    RV_TRY(rv_table_insert(c->tx, &in));
    return rv_table_tell(c->tx, "workflows.user.table.create", &t, RV_NONE_STR);
}

/* A new value in which ids of the folder's things are those of their copies. NULL: no memory. The
 * depth is bounded: the definition was parsed under limits. */
static json_t *with_new_ids(const struct copy *c, const json_t *j)
{
    const char *key;
    json_t *v, *ret;
    size_t i;
    int bad = 0;
    if (json_is_string(j)) {
        rv_str to = mapped(c->ids, rv_json_str(j));
        return to.p != NULL ? json_stringn(to.p, to.n) : json_incref((json_t *)(uintptr_t)j);
    }
    if (!json_is_object(j) && !json_is_array(j))
        return json_incref((json_t *)(uintptr_t)j);
    ret = json_is_object(j) ? json_object() : json_array();
    json_object_foreach((json_t *)(uintptr_t)j, key, v)
        bad |= json_object_set_new(ret, key, with_new_ids(c, v));
    json_array_foreach((json_t *)(uintptr_t)j, i, v)
        bad |= json_array_append_new(ret, with_new_ids(c, v));
    if (bad == 0)
        return ret;
    json_decref(ret);
    return NULL;
}

static rv_status copy_flow(struct copy *c, const struct rv_flow_row *f)
{
    json_t *cards, *copied;
    const char *level;
    struct rv_flow_insert in = { .id = mapped(c->ids, f->id),
                                 .folder_id = mapped(c->ids, f->folder_id),
                                 .name = f->name,
                                 .description = f->description,
                                 .kind = f->kind,
                                 .inputs = f->inputs,
                                 .settings = RV_STR("{}"),
                                 .note = rv_printf(c->cx, "Copy of %.*s", RV_FMT(f->name)),
                                 .save_data = f->save_data };
    RV_TRY(rv_flow_definition(c->tx, f->id, f->version_number, &cards));
    copied = with_new_ids(c, cards);
    RV_TRY(rv_json_keep(c->cx, copied));
    RV_TRY(rv_json_dump(c->cx, copied, &in.cards));
    RV_TRY(rv_endpoint_level(c->tx, f->id, &level));
    in.security = level != NULL ? rv_str_of(level) : RV_NONE_STR;
    in.definition = copied;
    RV_TRY(rv_connection_check_use(c->cx, c->tx, copied));
    RV_TRY(rv_table_check_use(c->cx, c->tx, copied, mapped(c->paths, f->folder_id)));
    RV_TRY(rv_flow_insert(c->tx, &in));
    return rv_event_add(c->tx, "workflows.user.flow.create", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Flow", .id = in.id, .name = in.name }), RV_NONE_STR);
}

/* A folder where the copy will stand, and everything in it to be read and made once more. */
static rv_status judge(struct copy *c)
{
    struct rv_object folder = { .id = c->id, .path = c->path }, parent = RV_NO_OBJECT;
    rv_str rest = c->path, part;
    RV_TRY(rv_authz(c->cx, c->tx, RV_A_FOLDER_READ, folder));
    folder.visible = true;
    if (c->path.n > c->id.n) {
        c->parent_path = rv_str_sub(c->path, 0, c->path.n - c->id.n - 1);
        while (rv_str_split(&rest, '/', &part) && !rv_str_eq(part, c->id))
            parent.id = part;
        parent.path = c->parent_path;
        parent.visible = true;
    }
    RV_TRY(rv_authz(c->cx, c->tx, RV_A_FOLDER_MANAGE, parent));
    RV_TRY(rv_authz(c->cx, c->tx, RV_A_FLOW_EDIT, folder));
    RV_TRY(rv_table_ids_below(c->tx, c->path, c->tables));
    return json_object_size(c->tables) > 0 ? rv_authz(c->cx, c->tx, RV_A_TABLE_EDIT, folder) : RV_OK;
}

static rv_status copy_tx(struct rv_tx *tx, void *arg)
{
    struct copy *c = arg;
    const char *id;
    json_t *v;
    rv_str names;
    c->tx = tx;
    c->cx = rv_tx_cx(tx);
    c->ids = json_object();
    c->paths = json_object();
    c->tables = json_object();
    RV_TRY(rv_json_keep(c->cx, c->ids));
    RV_TRY(rv_json_keep(c->cx, c->paths));
    RV_TRY(rv_json_keep(c->cx, c->tables));
    RV_TRY(rv_folder_path(tx, c->id, &c->path, &names));
    RV_TRY(judge(c));
    RV_TRY(rv_flow_rows_below(tx, c->path, &c->flows, &c->flows_n));
    RV_TRY(rv_folders_below(tx, c->path, copy_folder, c));
    json_object_foreach(c->tables, id, v)
        RV_TRY(new_id(c, rv_str_of(id)));
    for (size_t i = 0; i < c->flows_n; i++)
        RV_TRY(new_id(c, c->flows[i].id));
    json_object_foreach(c->tables, id, v)
        RV_TRY(copy_table(c, rv_str_of(id)));
    for (size_t i = 0; i < c->flows_n; i++)
        RV_TRY(copy_flow(c, &c->flows[i]));
    return RV_OK;
}

rv_status rv_folder_duplicate(struct rv_cx *cx, rv_str id, rv_str *ret_id)
{
    struct copy c = { .id = id };
    RV_TRY(rv_store_write(cx, copy_tx, &c));
    *ret_id = c.new_id;
    return RV_OK;
}
