/* flows/folder.c: folders: a tree of at most 16 levels that holds flows and tables.
 *
 * Each folder keeps the ids of its ancestors in `path`, so that one prefix finds a subtree and the
 * judge sees where an object lies. Moving a folder rewrites the paths below it in the same
 * transaction. Names need not be unique. */
#include "flows/flows_int.h"

enum { Q_GET, Q_LIST, Q_INSERT, Q_UPDATE, Q_REPATH, Q_DELETE, Q_USED, Q_NAMES, Q_DEEPEST, Q_BELOW, Q_N };
#define FOLDER_COLUMNS "f.id, f.parent_id, f.path, f.name, f.description, EXISTS (SELECT 1 FROM sample_object s WHERE s.id = f.id) AS sample, f.version, f.created_at, f.created_by, f.updated_at, f.updated_by, "
#define FOLDER_OUT "id:text parent_id:text path:text name:text description:text sample:bool version:int created_at:time created_by:text " \
                   "updated_at:time updated_by:text flows:int"
static const struct rv_sql folder_sql[Q_N] = {
    [Q_GET] = {
        .name = "folder_get",
        .text = "SELECT " FOLDER_COLUMNS "(SELECT COUNT(*) FROM flow w WHERE w.folder_id = f.id) AS flows FROM folder f WHERE f.id = :id",
        .in = "id:text", .out = FOLDER_OUT,
    },
    [Q_LIST] = {
        .name = "folder_list",
        .text = "SELECT " FOLDER_COLUMNS "(SELECT COUNT(*) FROM flow w WHERE w.folder_id = f.id) AS flows FROM folder f "
                "WHERE f.id > :after AND (:q IS NULL OR LOWER(f.name) LIKE :q ESCAPE '\\') AND (:parent IS NULL OR f.parent_id = :parent) "
                "AND (:all = 1 OR EXISTS (SELECT 1 FROM json_each(:ids) j WHERE f.path LIKE '%' || j.value || '%')) "
                "ORDER BY f.id LIMIT :n",
        .in = "after:text q:text parent:text all:bool ids:text n:int", .out = FOLDER_OUT,
    },
    [Q_INSERT] = {
        .name = "folder_insert",
        .text = "INSERT INTO folder (id, parent_id, path, name, description, version, created_at, created_by, updated_at, updated_by) "
                "VALUES (:id, :parent_id, :path, :name, :description, 1, :now, :by, :now, :by)",
        .in = "id:text parent_id:text path:text name:text description:text now:time by:text",
    },
    [Q_UPDATE] = {
        .name = "folder_update",
        .text = "UPDATE folder SET name = :name, description = :description, parent_id = :parent_id, version = version + 1, "
                "updated_at = :now, updated_by = :by WHERE id = :id AND version = :version",
        .in = "name:text description:text parent_id:text now:time by:text id:text version:int",
    },
    [Q_REPATH] = {
        .name = "folder_repath",
        .text = "UPDATE folder SET path = :new_path || SUBSTR(path, :old_length + 1) WHERE path = :old_path OR path LIKE :below",
        .in = "new_path:text old_length:int old_path:text below:text",
    },
    [Q_DELETE] = { .name = "folder_delete", .text = "DELETE FROM folder WHERE id = :id", .in = "id:text" },
    [Q_USED] = {
        .name = "folder_used",
        .text = "SELECT (SELECT COUNT(*) FROM folder WHERE parent_id = :id) + (SELECT COUNT(*) FROM flow WHERE folder_id = :id) "
                "+ (SELECT COUNT(*) FROM data_table WHERE folder_id = :id) + (SELECT COUNT(*) FROM connection WHERE folder_id = :id) AS n",
        .in = "id:text", .out = "n:int",
    },
    [Q_NAMES] = {
        .name = "folder_names",
        .text = "SELECT name FROM folder WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY LENGTH(path), id",
        .in = "ids:text", .out = "name:text",
    },
    [Q_DEEPEST] = {
        .name = "folder_deepest",
        .text = "SELECT MAX(LENGTH(path)) AS n FROM folder WHERE path = :path OR path LIKE :below",
        .in = "path:text below:text", .out = "n:int",
    },
    [Q_BELOW] = {
        .name = "folder_below",
        .text = "SELECT id, path, name, description FROM folder WHERE path = :path OR path LIKE :below ORDER BY LENGTH(path), id",
        .in = "path:text below:text", .out = "id:text path:text name:text description:text",
    },
};
RV_SQL_MODULE(folder, folder_sql);

enum { ID_WIDTH = 27 }; /* a ULID and the slash before the next */

rv_str rv_principal_id(const struct rv_cx *cx)
{
    return cx->principal != NULL && cx->principal->kind != RV_SYSTEM ? cx->principal->id
                                                                     : RV_NONE_STR;
}

struct folder {
    rv_str id, parent_id, path, name, description, created_by, updated_by, names;
    bool sample;
    int64_t version, created_at, updated_at, flows;
};

/* ["01…","01…"] of "01…/01…" */
static rv_str ids_json(struct rv_cx *cx, rv_str path)
{
    rv_str part, out = RV_STR("");
    while (rv_str_split(&path, '/', &part))
        out = rv_printf(cx, "%.*s%s\"%.*s\"", RV_FMT(out), out.n > 0 ? "," : "", RV_FMT(part));
    return rv_printf(cx, "[%.*s]", RV_FMT(out));
}

static rv_status path_names(struct rv_tx *tx, rv_str path, rv_str *ret)
{
    struct rv_rows r;
    rv_str out = RV_STR("");
    RV_TRY(rv_sql_query(tx, &folder_sql[Q_NAMES], &r, RV_ARGS(ids_json(rv_tx_cx(tx), path))));
    while (rv_rows_next(&r)) {
        rv_str name = rv_col_str(&r, 0);
        out = rv_printf(rv_tx_cx(tx), "%.*s%s%.*s", RV_FMT(out), out.n > 0 ? " / " : "",
                        RV_FMT(name));
    }
    RV_TRY(rv_rows_end(&r));
    *ret = out;
    return RV_OK;
}

static void read_row(struct rv_rows *r, struct folder *f)
{
    *f = (struct folder){
        .id = rv_col_str(r, 0),
        .parent_id = rv_col_str(r, 1),
        .path = rv_col_str(r, 2),
        .name = rv_col_str(r, 3),
        .description = rv_col_str(r, 4),
        .sample = rv_col_bool(r, 5),
        .version = rv_col_int(r, 6),
        .created_at = rv_col_int(r, 7),
        .created_by = rv_col_str(r, 8),
        .updated_at = rv_col_int(r, 9),
        .updated_by = rv_col_str(r, 10),
        .flows = rv_col_int(r, 11),
    };
}

static rv_status get(struct rv_tx *tx, rv_str id, struct folder *ret)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &folder_sql[Q_GET], &r, &found, RV_ARGS(id)));
    if (!found)
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND, "Not found: Resource not found: %.*s (Folder)",
                       RV_FMT(id));
    read_row(&r, ret);
    RV_TRY(rv_rows_end(&r));
    return path_names(tx, ret->path, &ret->names);
}

rv_status rv_folder_path(struct rv_tx *tx, rv_str id, rv_str *ret_ids, rv_str *ret_names)
{
    struct folder f;
    RV_TRY(get(tx, id, &f));
    *ret_ids = f.path;
    *ret_names = f.names;
    return RV_OK;
}

static struct rv_object object_of(const struct folder *f)
{
    return (struct rv_object){ .id = f->id, .path = f->path };
}

static void write_folder(const struct folder *f, struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", f->id);
    rv_jw_kint(w, "version", f->version);
    rv_jw_ktime(w, "created", f->created_at);
    rv_jw_kstr(w, "createdBy", f->created_by);
    rv_jw_ktime(w, "lastUpdated", f->updated_at);
    rv_jw_kstr(w, "lastUpdatedBy", f->updated_by);
    rv_jw_kstr(w, "name", f->name);
    rv_jw_kstr(w, "description", f->description);
    rv_jw_kstr(w, "parentId", f->parent_id);
    rv_jw_kstr(w, "path", f->names);
    rv_jw_kint(w, "flowCount", f->flows);
    rv_jw_kbool(w, "sample", f->sample);
    rv_jw_obj_end(w);
}

/* ---- reading --------------------------------------------------------------------------------- */

struct list {
    struct rv_cx *cx;
    const struct rv_flow_query *q;
    struct folder *rows;
    size_t n;
    bool more;
};

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_scope scope;
    struct rv_rows r;
    RV_TRY(rv_authz_list(l->cx, tx, RV_A_FOLDER_READ, &scope));
    rv_str like = rv_flow_pattern(l->cx, l->q->q);
    RV_TRY(rv_sql_query(tx, &folder_sql[Q_LIST], &r,
                        RV_ARGS(l->q->after.p != NULL ? l->q->after : RV_STR(""), like,
                                l->q->folder_id, scope.all, scope.ids, l->q->limit + 1)));
    while (rv_rows_next(&r)) {
        if (l->n == (size_t)l->q->limit) {
            l->more = true;
            break;
        }
        read_row(&r, &l->rows[l->n++]);
    }
    RV_TRY(rv_rows_end(&r));
    for (size_t i = 0; i < l->n; i++)
        RV_TRY(path_names(tx, l->rows[i].path, &l->rows[i].names));
    return RV_OK;
}

rv_status rv_folder_list(struct rv_cx *cx, const struct rv_flow_query *q, struct rv_jw *w,
                         rv_str *ret_next)
{
    struct list l = { .cx = cx, .q = q, .rows = RV_NEW_N(cx, struct folder, (size_t)q->limit + 1) };
    if (l.rows == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_read(cx, list_tx, &l));
    for (size_t i = 0; i < l.n; i++)
        write_folder(&l.rows[i], w);
    *ret_next = l.more ? l.rows[l.n - 1].id : RV_NONE_STR;
    return RV_OK;
}

struct one {
    rv_str id;
    struct folder f;
};

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    struct one *o = arg;
    RV_TRY(get(tx, o->id, &o->f));
    return rv_authz(rv_tx_cx(tx), tx, RV_A_FOLDER_READ, object_of(&o->f));
}

rv_status rv_folder_get(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct one o = { .id = id };
    RV_TRY(rv_store_read(cx, get_tx, &o));
    write_folder(&o.f, w);
    return RV_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

static rv_status check_depth(struct rv_cx *cx, size_t path_length)
{
    int64_t most = rv_config_int(cx->env, "flows.folder_depth");
    if ((int64_t)((path_length + 1) / ID_WIDTH) > most)
        return rv_fail_field(cx, "/parentId", "LIMIT",
                             "folders nest at most %" PRId64
                             " deep (limit folder.depth; flows.folder_depth sets it)",
                             most);
    return RV_OK;
}

static rv_status check_name(struct rv_cx *cx, rv_str name)
{
    if (rv_str_trim(name).n == 0 || rv_utf8_count(name) > 200)
        return rv_fail_field(cx, "/name", "LENGTH", "a folder has a name of 1 to 200 characters");
    return RV_OK;
}

rv_status rv_folder_insert(struct rv_tx *tx, const struct rv_folder_insert *f)
{
    RV_TRY(check_depth(rv_tx_cx(tx), f->path.n));
    RV_TRY(rv_sql_exec(tx, &folder_sql[Q_INSERT], NULL,
                       RV_ARGS(f->id, f->parent_id, f->path, f->name, f->description, rv_tx_now(tx),
                               rv_principal_id(rv_tx_cx(tx)))));
    return rv_event_add(tx, "workflows.user.folder.create", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Folder", .id = f->id, .name = f->name }),
                        RV_NONE_STR);
}

struct create {
    const struct rv_folder_in *in;
    rv_str id;
};

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    const struct create *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct folder parent = { .path = RV_NONE_STR };
    if (c->in->parent_id.p != NULL)
        RV_TRY(get(tx, c->in->parent_id, &parent));
    RV_TRY(rv_authz(cx, tx, RV_A_FOLDER_MANAGE,
                    c->in->parent_id.p != NULL ? object_of(&parent) : RV_NO_OBJECT));
    struct rv_folder_insert f = {
        .id = c->id,
        .parent_id = c->in->parent_id,
        .name = c->in->name,
        .path = parent.path.p != NULL
                    ? rv_printf(cx, "%.*s/%.*s", RV_FMT(parent.path), RV_FMT(c->id))
                    : c->id,
        .description = c->in->description.p != NULL ? c->in->description : RV_STR(""),
    };
    return rv_folder_insert(tx, &f);
}

rv_status rv_folder_create(struct rv_cx *cx, const struct rv_folder_in *in, rv_str *ret_id)
{
    struct create c = { .in = in, .id = rv_id_ulid(cx, rv_now(cx->env)) };
    RV_TRY(check_name(cx, in->name));
    if (c.id.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_write(cx, create_tx, &c));
    *ret_id = c.id;
    return RV_OK;
}

struct update {
    rv_str id;
    const struct rv_folder_in *in;
};

/* The subtree moves with its folder; a folder cannot go below itself, and the deepest one must
 * still fit. */
static rv_status move(struct rv_tx *tx, const struct folder *f, rv_str parent_id)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct folder parent = { .path = RV_STR("") };
    struct rv_rows r;
    bool found;
    if (parent_id.p != NULL)
        RV_TRY(get(tx, parent_id, &parent));
    RV_TRY(rv_authz(cx, tx, RV_A_FOLDER_MANAGE,
                    parent_id.p != NULL ? object_of(&parent) : RV_NO_OBJECT));
    rv_str path =
        parent.path.n > 0 ? rv_printf(cx, "%.*s/%.*s", RV_FMT(parent.path), RV_FMT(f->id)) : f->id;
    rv_str below = rv_printf(cx, "%.*s/%%", RV_FMT(f->path));
    if (rv_str_eq(parent.path, f->path) ||
        rv_str_starts(parent.path, rv_printf(cx, "%.*s/", RV_FMT(f->path))))
        return rv_fail_field(cx, "/parentId", "CYCLE", "a folder cannot be moved into itself");
    RV_TRY(rv_sql_first(tx, &folder_sql[Q_DEEPEST], &r, &found, RV_ARGS(f->path, below)));
    size_t deepest = found ? (size_t)rv_col_int(&r, 0) : f->path.n;
    if (found)
        RV_TRY(rv_rows_end(&r));
    RV_TRY(check_depth(cx, path.n + deepest - f->path.n));
    RV_TRY(rv_sql_exec(tx, &folder_sql[Q_REPATH], NULL,
                       RV_ARGS(path, (int64_t)f->path.n, f->path, below)));
    return rv_event_add(tx, "workflows.user.folder.move", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Folder", .id = f->id, .name = f->name }),
                        RV_NONE_STR);
}

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    const struct update *u = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct folder f;
    int64_t changed;
    RV_TRY(get(tx, u->id, &f));
    RV_TRY(rv_authz(cx, tx, RV_A_FOLDER_MANAGE, object_of(&f)));
    rv_str parent = u->in->has_parent ? u->in->parent_id : f.parent_id;
    RV_TRY(rv_sql_exec(tx, &folder_sql[Q_UPDATE], &changed,
                       RV_ARGS(u->in->has_name ? u->in->name : f.name,
                               u->in->has_description ? u->in->description : f.description, parent,
                               rv_tx_now(tx), rv_principal_id(cx), u->id, u->in->version)));
    if (changed == 0)
        return rv_fail(
            cx, RV_CONFLICT,
            "the folder was changed by somebody else; read it again (it is at version %" PRId64 ")",
            f.version);
    if (u->in->has_parent && !rv_str_eq(parent, f.parent_id))
        RV_TRY(move(tx, &f, parent));
    if (!u->in->has_name || rv_str_eq(u->in->name, f.name))
        return RV_OK;
    return rv_event_add(tx, "workflows.user.folder.rename", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Folder", .id = f.id, .name = u->in->name }),
                        RV_NONE_STR);
}

rv_status rv_folder_update(struct rv_cx *cx, rv_str id, const struct rv_folder_in *in)
{
    struct update u = { .id = id, .in = in };
    if (in->has_name)
        RV_TRY(check_name(cx, in->name));
    return rv_store_write(cx, update_tx, &u);
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    rv_str id = *(const rv_str *)arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct folder f;
    int64_t used;
    RV_TRY(get(tx, id, &f));
    RV_TRY(rv_authz(cx, tx, RV_A_FOLDER_MANAGE, object_of(&f)));
    RV_TRY(rv_sql_count(tx, &folder_sql[Q_USED], &used, RV_ARGS(id)));
    if (used > 0)
        return rv_fail(cx, RV_CONFLICT,
                       "the folder is not empty: move or delete what is in it first");
    RV_TRY(rv_sql_exec(tx, &folder_sql[Q_DELETE], NULL, RV_ARGS(id)));
    return rv_event_add(tx, "workflows.user.folder.delete", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Folder", .id = f.id, .name = f.name }), RV_NONE_STR);
}

rv_status rv_folder_delete(struct rv_cx *cx, rv_str id)
{
    return rv_store_write(cx, delete_tx, &id);
}

rv_status rv_folders_below(struct rv_tx *tx, rv_str path,
                           rv_status (*fn)(void *arg, rv_str id, rv_str folder_path, rv_str name,
                                           rv_str description),
                           void *arg)
{
    struct rv_rows r;
    RV_TRY(rv_sql_query(tx, &folder_sql[Q_BELOW], &r,
                        RV_ARGS(path, rv_printf(rv_tx_cx(tx), "%.*s/%%", RV_FMT(path)))));
    while (rv_rows_next(&r)) {
        rv_status st =
            fn(arg, rv_col_str(&r, 0), rv_col_str(&r, 1), rv_col_str(&r, 2), rv_col_str(&r, 3));
        if (st != RV_OK) {
            rv_status end = rv_rows_end(&r);
            return end != RV_OK ? end : st;
        }
    }
    return rv_rows_end(&r);
}
