/* flows/flow.c: flows and their versions: create, save, switch, duplicate, delete, list.
 *
 * Every save of cards is a version; runs keep the one they started with. A flow can be saved with
 * problems and cannot be switched on with them. What a caller fills is read off the event card at
 * each save and stands in the flow's row, so that lists of delegated flows open no definition. */
#include "flows/flows_int.h"

enum { Q_GET, Q_BRIEF, Q_LIST, Q_LAST_RUN, Q_INSERT, Q_UPDATE, Q_ENABLE, Q_DELETE, Q_DELETE_RUNS, Q_CLEAR_DATA, Q_STOP_SAVING, Q_SET_STREAM, Q_LIVE_RUNS, Q_VERSION_INSERT, Q_VERSION_GET, Q_VERSION_NOTE, Q_VERSION_LIST,
       Q_CALLERS, Q_DELEGATED, Q_FOLDER_FLOWS, Q_N };
#define COLUMNS "f.id, f.folder_id, fo.path, f.name, f.description, f.kind, f.enabled, f.save_data, f.version_number, f.inputs, f.settings, " \
                "EXISTS (SELECT 1 FROM sample_object s WHERE s.id = f.id) AS sample, f.version, f.created_at, f.created_by, f.updated_at, f.updated_by, " \
                "(SELECT p.next_at FROM flow_schedule p WHERE p.flow_id = f.id) AS next_at, f.log_stream"
#define OUT "id:text folder_id:text path:text name:text description:text kind:text enabled:bool save_data:bool version_number:int inputs:text " \
            "settings:text sample:bool version:int created_at:time created_by:text updated_at:time updated_by:text " \
            "next_at:time log_stream:bool"
#define SCOPE "(:all = 1 OR f.id IN (SELECT value FROM json_each(:ids)) OR EXISTS (SELECT 1 FROM json_each(:ids) j " \
              "WHERE fo.path LIKE '%' || j.value || '%'))"
static const struct rv_sql flow_sql[Q_N] = {
    [Q_GET] = {
        .name = "flow_get",
        .text = "SELECT " COLUMNS " FROM flow f JOIN folder fo ON fo.id = f.folder_id WHERE f.id = :id",
        .in = "id:text", .out = OUT,
    },
    [Q_BRIEF] = { /* asked at every run */
        .name = "flow_brief",
        .text = "SELECT fo.path, f.name, f.kind, f.enabled, f.save_data, f.version_number FROM flow f JOIN folder fo ON fo.id = f.folder_id WHERE f.id = :id",
        .in = "id:text", .out = "path:text name:text kind:text enabled:bool save_data:bool version_number:int",
    },
    [Q_LIST] = {
        .name = "flow_list",
        .text = "SELECT " COLUMNS ", r.id AS run_id, r.status AS run_status, r.created_at AS run_at "
                "FROM flow f JOIN folder fo ON fo.id = f.folder_id "
                "LEFT JOIN run r ON r.flow_id = f.id AND r.id = (SELECT MAX(x.id) FROM run x WHERE x.flow_id = f.id) "
                "WHERE f.id > :after AND (:folder IS NULL OR f.folder_id = :folder) AND (:kind IS NULL OR f.kind = :kind) "
                "AND (:enabled < 0 OR f.enabled = :enabled) AND (:q IS NULL OR LOWER(f.name) LIKE :q ESCAPE '\\') AND " SCOPE " ORDER BY f.id LIMIT :n",
        .in = "after:text folder:text kind:text enabled:int q:text all:bool ids:text n:int",
        .out = OUT " run_id:text run_status:text run_at:time",
    },
    [Q_LAST_RUN] = {
        .name = "flow_last_run",
        .text = "SELECT id, status, created_at FROM run WHERE flow_id = :id ORDER BY id DESC LIMIT 1",
        .in = "id:text", .out = "id:text status:text created_at:time",
    },
    [Q_INSERT] = {
        .name = "flow_insert",
        .text = "INSERT INTO flow (id, folder_id, name, description, kind, enabled, save_data, version_number, inputs, settings, "
                "version, created_at, created_by, updated_at, updated_by) VALUES (:id, :folder_id, :name, :description, :kind, :enabled, "
                ":save_data, 1, :inputs, :settings, 1, :now, :by, :now, :by)",
        .in = "id:text folder_id:text name:text description:text kind:text enabled:bool save_data:bool inputs:text settings:text "
              "now:time by:text",
    },
    [Q_UPDATE] = {
        .name = "flow_update",
        .text = "UPDATE flow SET name = :name, description = :description, folder_id = :folder_id, save_data = :save_data, kind = :kind, "
                "inputs = :inputs, enabled = :enabled, version_number = :number, version = version + 1, updated_at = :now, updated_by = :by "
                "WHERE id = :id AND version = :version",
        .in = "name:text description:text folder_id:text save_data:bool kind:text inputs:text enabled:bool number:int now:time by:text id:text "
              "version:int",
    },
    [Q_ENABLE] = {
        .name = "flow_enable",
        .text = "UPDATE flow SET enabled = :enabled, version = version + 1, updated_at = :now, updated_by = :by WHERE id = :id",
        .in = "enabled:bool now:time by:text id:text",
    },
    [Q_DELETE] = { .name = "flow_delete", .text = "DELETE FROM flow WHERE id = :id", .in = "id:text" },
    [Q_DELETE_RUNS] = { .name = "flow_delete_runs", .text = "DELETE FROM run WHERE flow_id = :id", .in = "id:text" },
    [Q_CLEAR_DATA] = {
        .name = "flow_clear_data",
        .text = "UPDATE run SET data = NULL WHERE flow_id = :id AND ended_at IS NOT NULL",
        .in = "id:text",
    },
    [Q_STOP_SAVING] = {
        .name = "flow_stop_saving",
        .text = "UPDATE flow SET save_data = 0, version = version + 1, updated_at = :now, updated_by = :by WHERE id = :id",
        .in = "now:time by:text id:text",
    },
    [Q_SET_STREAM] = { .name = "flow_set_stream", .text = "UPDATE flow SET log_stream = :on WHERE id = :id", .in = "on:bool id:text" },
    [Q_LIVE_RUNS] = {
        .name = "flow_live_runs",
        .text = "SELECT COUNT(*) AS n FROM run WHERE flow_id = :id AND ended_at IS NULL",
        .in = "id:text", .out = "n:int",
    },
    [Q_VERSION_INSERT] = {
        .name = "flow_version_insert",
        .text = "INSERT INTO flow_version (flow_id, number, saved_at, saved_by, saved_by_name, note, cards) "
                "VALUES (:flow_id, :number, :now, :by, :by_name, :note, :cards)",
        .in = "flow_id:text number:int now:time by:text by_name:text note:text cards:text",
    },
    [Q_VERSION_GET] = {
        .name = "flow_version_get",
        .text = "SELECT cards FROM flow_version WHERE flow_id = :flow_id AND number = :number",
        .in = "flow_id:text number:int", .out = "cards:text",
    },
    [Q_VERSION_NOTE] = {
        .name = "flow_version_note",
        .text = "UPDATE flow_version SET note = :note WHERE flow_id = :flow_id AND number = :number",
        .in = "note:text flow_id:text number:int",
    },
    [Q_VERSION_LIST] = {
        .name = "flow_version_list",
        .text = "SELECT number, saved_at, saved_by, saved_by_name, note FROM flow_version WHERE flow_id = :flow_id AND number < :before "
                "ORDER BY number DESC LIMIT :n",
        .in = "flow_id:text before:int n:int", .out = "number:int saved_at:time saved_by:text saved_by_name:text note:text",
    },
    [Q_CALLERS] = {
        .name = "flow_callers",
        .text = "SELECT f.id, f.name FROM flow f JOIN flow_version v ON v.flow_id = f.id AND v.number = f.version_number "
                "WHERE v.cards LIKE :pattern AND f.id <> :id ORDER BY f.id LIMIT 200",
        .in = "pattern:text id:text", .out = "id:text name:text",
    },
    [Q_DELEGATED] = {
        .name = "flow_delegated",
        .text = "SELECT " COLUMNS " FROM flow f JOIN folder fo ON fo.id = f.folder_id WHERE f.kind = 'DELEGATED' AND f.enabled = 1 "
                "AND f.id > :after AND (:q IS NULL OR LOWER(f.name) LIKE :q ESCAPE '\\') AND " SCOPE " ORDER BY f.id LIMIT :n",
        .in = "after:text q:text all:bool ids:text n:int", .out = OUT,
    },
    [Q_FOLDER_FLOWS] = {
        .name = "flow_of_folders",
        .text = "SELECT " COLUMNS " FROM flow f JOIN folder fo ON fo.id = f.folder_id WHERE fo.path = :path OR fo.path LIKE :below ORDER BY f.id",
        .in = "path:text below:text", .out = OUT,
    },
};
RV_SQL_MODULE(flow, flow_sql);

/* ---- rows ------------------------------------------------------------------------------------ */

static void read_row(struct rv_rows *r, struct rv_flow_row *f)
{
    *f = (struct rv_flow_row){
        .id = rv_col_str(r, 0),
        .folder_id = rv_col_str(r, 1),
        .folder_path = rv_col_str(r, 2),
        .name = rv_col_str(r, 3),
        .description = rv_col_str(r, 4),
        .kind = rv_col_str(r, 5),
        .enabled = rv_col_bool(r, 6),
        .save_data = rv_col_bool(r, 7),
        .version_number = rv_col_int(r, 8),
        .inputs = rv_col_str(r, 9),
        .settings = rv_col_str(r, 10),
        .sample = rv_col_bool(r, 11),
        .version = rv_col_int(r, 12),
        .created_at = rv_col_int(r, 13),
        .created_by = rv_col_str(r, 14),
        .updated_at = rv_col_int(r, 15),
        .updated_by = rv_col_str(r, 16),
        .next_at = rv_col_int(r, 17),
        .log_stream = rv_col_bool(r, 18),
    };
}

static rv_status first(struct rv_tx *tx, int q, rv_str id, struct rv_rows *r)
{
    bool found;
    RV_TRY(rv_sql_first(tx, &flow_sql[q], r, &found, RV_ARGS(id)));
    return found ? RV_OK
                 : rv_fail(rv_tx_cx(tx), RV_NOT_FOUND, "Not found: Resource not found: %.*s (Flow)",
                           RV_FMT(id));
}

rv_status rv_flow_row_get(struct rv_tx *tx, rv_str id, struct rv_flow_row *ret)
{
    struct rv_rows r;
    RV_TRY(first(tx, Q_GET, id, &r));
    read_row(&r, ret);
    return rv_rows_end(&r);
}

rv_status rv_flow_brief(struct rv_tx *tx, rv_str id, struct rv_flow_row *ret)
{
    struct rv_rows r;
    RV_TRY(first(tx, Q_BRIEF, id, &r));
    *ret = (struct rv_flow_row){ .id = id,
                                 .folder_path = rv_col_str(&r, 0),
                                 .name = rv_col_str(&r, 1),
                                 .kind = rv_col_str(&r, 2),
                                 .enabled = rv_col_bool(&r, 3),
                                 .save_data = rv_col_bool(&r, 4),
                                 .version_number = rv_col_int(&r, 5) };
    return rv_rows_end(&r);
}

struct rv_object rv_flow_object(const struct rv_flow_row *f)
{
    return (struct rv_object){ .id = f->id, .path = f->folder_path };
}

static struct rv_target target_of(const struct rv_flow_row *f)
{
    return (struct rv_target){ .type = "Flow", .id = f->id, .name = f->name };
}

static rv_status tell(struct rv_tx *tx, const char *type, const struct rv_flow_row *f)
{
    struct rv_target t = target_of(f);
    RV_TRY(rv_event_add(tx, type, true, RV_NONE_STR, &t, 1, RV_NONE_STR));
    return rv_tx_announce(tx, "flow", f->id);
}

rv_status rv_flow_definition(struct rv_tx *tx, rv_str id, int64_t number, json_t **ret_cards)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &flow_sql[Q_VERSION_GET], &r, &found, RV_ARGS(id, number)));
    if (!found)
        return rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %" PRId64 " (FlowVersion)",
                       number);
    rv_status st = rv_json_parse(cx, rv_col_ref(&r, 0), &rv_json_limits_import, ret_cards);
    RV_TRY(rv_rows_end(&r));
    return st;
}

static rv_status add_version(struct rv_tx *tx, rv_str flow_id, int64_t number, rv_str note,
                             rv_str cards)
{
    const struct rv_principal *p = rv_tx_cx(tx)->principal;
    return rv_sql_exec(tx, &flow_sql[Q_VERSION_INSERT], NULL,
                       RV_ARGS(flow_id, number, rv_tx_now(tx), rv_principal_id(rv_tx_cx(tx)),
                               p != NULL ? p->name : RV_NONE_STR, note, cards));
}

rv_status rv_flow_insert(struct rv_tx *tx, const struct rv_flow_insert *f)
{
    RV_TRY(rv_sql_exec(tx, &flow_sql[Q_INSERT], NULL,
                       RV_ARGS(f->id, f->folder_id, f->name, f->description, f->kind, f->enabled,
                               f->save_data, f->inputs, f->settings, rv_tx_now(tx),
                               rv_principal_id(rv_tx_cx(tx)))));
    if (f->enabled)
        RV_TRY(rv_trigger_set(tx, f->id, true, f->definition));
    RV_TRY(rv_endpoint_ensure(tx, f->id, f->definition, f->security));
    return add_version(tx, f->id, 1, f->note, f->cards);
}

/* ---- writing JSON ---------------------------------------------------------------------------- */

static void write_head(const struct rv_flow_row *f, rv_str folder_names, struct rv_jw *w)
{
    rv_jw_kstr(w, "id", f->id);
    rv_jw_kint(w, "version", f->version);
    rv_jw_ktime(w, "created", f->created_at);
    rv_jw_kstr(w, "createdBy", f->created_by);
    rv_jw_ktime(w, "lastUpdated", f->updated_at);
    rv_jw_kstr(w, "lastUpdatedBy", f->updated_by);
    rv_jw_kstr(w, "name", f->name);
    rv_jw_kstr(w, "description", f->description);
    rv_jw_kstr(w, "folderId", f->folder_id);
    rv_jw_kstr(w, "folderPath", folder_names);
    rv_jw_kstr(w, "kind", f->kind);
    rv_jw_kbool(w, "enabled", f->enabled);
    rv_jw_kbool(w, "saveData", f->save_data);
    rv_jw_kbool(w, "logStream", f->log_stream);
    rv_jw_kint(w, "versionNumber", f->version_number);
    rv_jw_kbool(w, "sample", f->sample);
    rv_jw_ktime(w, "nextRunAt", f->next_at);
}

static void write_last_run(rv_str id, rv_str status, int64_t at, struct rv_jw *w)
{
    rv_jw_key(w, "lastRun");
    if (id.p == NULL) {
        rv_jw_null(w);
        return;
    }
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", id);
    rv_jw_kstr(w, "status", status);
    rv_jw_ktime(w, "startedAt", at);
    rv_jw_obj_end(w);
}

struct row {
    struct rv_flow_row f;
    rv_str names, run_id, run_status;
    int64_t run_at;
};
struct list {
    struct rv_cx *cx;
    const struct rv_flow_query *q;
    struct row *rows;
    size_t n;
    bool more, *may;
};

rv_str rv_flow_pattern(struct rv_cx *cx, rv_str q)
{
    rv_str p = rv_like_pattern(cx, q);
    char *c = (char *)(uintptr_t)p.p; /* our own copy */
    for (size_t i = 0; i < p.n; i++)
        if (c[i] >= 'A' && c[i] <= 'Z')
            c[i] = (char)(c[i] + 32);
    return p;
}

static rv_status name_folders(struct rv_tx *tx, struct list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        rv_str ids;
        struct row *r = &l->rows[i];
        for (size_t k = 0; k < i && r->names.p == NULL; k++)
            if (rv_str_eq(l->rows[k].f.folder_id, r->f.folder_id))
                r->names = l->rows[k].names;
        if (r->names.p == NULL)
            RV_TRY(rv_folder_path(tx, r->f.folder_id, &ids, &r->names));
    }
    return RV_OK;
}

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    const struct rv_flow_query *q = l->q;
    struct rv_scope scope;
    struct rv_rows r;
    RV_TRY(rv_authz_list(l->cx, tx, RV_A_FLOW_READ, &scope));
    RV_TRY(rv_sql_query(tx, &flow_sql[Q_LIST], &r,
                        RV_ARGS(q->after.p != NULL ? q->after : RV_STR(""), q->folder_id, q->kind,
                                q->enabled, rv_flow_pattern(l->cx, q->q), scope.all, scope.ids,
                                q->limit + 1)));
    while (rv_rows_next(&r)) {
        if (l->n == (size_t)q->limit) {
            l->more = true;
            break;
        }
        struct row *row = &l->rows[l->n++];
        read_row(&r, &row->f);
        row->run_id = rv_col_str(&r, 19);
        row->run_status = rv_col_str(&r, 20);
        row->run_at = rv_col_int(&r, 21);
    }
    RV_TRY(rv_rows_end(&r));
    return name_folders(tx, l);
}

rv_status rv_flow_list(struct rv_cx *cx, const struct rv_flow_query *q, struct rv_jw *w,
                       rv_str *ret_next)
{
    struct list l = { .cx = cx, .q = q, .rows = RV_NEW_N(cx, struct row, (size_t)q->limit + 1) };
    if (l.rows == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_read(cx, list_tx, &l));
    for (size_t i = 0; i < l.n; i++) {
        rv_jw_obj(w);
        write_head(&l.rows[i].f, l.rows[i].names, w);
        write_last_run(l.rows[i].run_id, l.rows[i].run_status, l.rows[i].run_at, w);
        rv_jw_obj_end(w);
    }
    *ret_next = l.more ? l.rows[l.n - 1].f.id : RV_NONE_STR;
    return RV_OK;
}

struct one {
    rv_str id, names;
    enum rv_action action;
    struct rv_flow_row f;
    json_t *cards;
    rv_str run_id, run_status;
    int64_t run_at;
    struct rv_problem *problems;
    bool definition;
};

/* Connections that a card names and cannot use. */
struct lost {
    struct rv_cx *cx;
    struct rv_tx *tx;
    rv_str folder_path;
    struct rv_problem **end;
    rv_status st;
};

static const char *lost_because(const struct lost *l, bool found, const struct rv_connection_row *c)
{
    if (!found)
        return "was deleted. Choose another one.";
    if (!rv_connection_reaches(c, l->folder_path))
        return "belongs to another folder. Choose another one.";
    if (rv_str_eq(c->status, RV_STR("FAILED")))
        return "does not work. Authorise it again, or test it once more.";
    return NULL;
}

static void check_connection(void *arg, json_t *card)
{
    struct lost *l = arg;
    rv_str id = rv_json_member_str(card, "connectionId");
    struct rv_connection_row c;
    bool found;
    if (id.n == 0 || l->st != RV_OK)
        return;
    l->st = rv_connection_row_get(l->tx, id, &found, &c);
    const char *why = l->st == RV_OK ? lost_because(l, found, &c) : NULL;
    if (why == NULL)
        return;
    struct rv_problem *p = RV_NEW(l->cx, struct rv_problem);
    if (p == NULL) {
        l->st = RV_BUSY;
        return;
    }
    rv_str title = rv_json_member_str(card, "title");
    p->card_id = rv_json_member_str(card, "id");
    p->sentence = rv_printf(l->cx, "The connection of card \"%.*s\" %s", RV_FMT(title), why);
    *l->end = p;
    l->end = &p->next;
}

/* Copies the compiler's problems into cx and adds those that the store knows. */
static rv_status problems(struct rv_cx *cx, struct rv_tx *tx, rv_str folder_path, json_t *cards,
                          struct rv_problem **ret)
{
    struct rv_program *program;
    struct rv_problem *first = NULL, **end = &first;
    RV_TRY(rv_compile(cx, cards, &program));
    for (const struct rv_problem *p = program->problems; p != NULL; p = p->next) {
        struct rv_problem *n = RV_NEW(cx, struct rv_problem);
        if (n == NULL) {
            rv_program_unref(program);
            return RV_BUSY;
        }
        *n = (struct rv_problem){ .card_id = rv_dup(cx, p->card_id),
                                  .input_id = rv_dup(cx, p->input_id),
                                  .sentence = rv_dup(cx, p->sentence) };
        *end = n;
        end = &n->next;
    }
    rv_program_unref(program);
    struct lost l = { cx, tx, folder_path, end, RV_OK };
    rv_def_walk(cards, check_connection, &l);
    RV_TRY(l.st);
    RV_TRY(rv_table_problems(cx, tx, cards, l.end));
    *ret = first;
    return RV_OK;
}

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    struct one *o = arg;
    rv_str ids;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    bool found;
    RV_TRY(rv_flow_row_get(tx, o->id, &o->f));
    RV_TRY(rv_authz(cx, tx, o->action, rv_flow_object(&o->f)));
    RV_TRY(rv_folder_path(tx, o->f.folder_id, &ids, &o->names));
    if (!o->definition)
        return RV_OK;
    RV_TRY(rv_sql_first(tx, &flow_sql[Q_LAST_RUN], &r, &found, RV_ARGS(o->id)));
    if (found) {
        o->run_id = rv_col_str(&r, 0);
        o->run_status = rv_col_str(&r, 1);
        o->run_at = rv_col_int(&r, 2);
        RV_TRY(rv_rows_end(&r));
    }
    RV_TRY(rv_flow_definition(tx, o->id, o->f.version_number, &o->cards));
    return problems(cx, tx, o->f.folder_path, o->cards, &o->problems);
}

static void mark_support(void *arg, json_t *card)
{
    const struct rv_engine *e = arg;
    (void)json_object_set_new(card, "supported", json_boolean(rv_card_find(e, rv_json_member_str(card, "card")) != NULL)); /* read only, a hint */
}

static rv_status show(struct rv_cx *cx, rv_str id, struct rv_jw *w, rv_str *ret_name)
{
    struct one o = { .id = id, .action = RV_A_FLOW_READ, .definition = true };
    RV_TRY(rv_store_read(cx, get_tx, &o));
    *ret_name = o.f.name;
    rv_def_walk(o.cards, mark_support, rv_engine_of(cx));
    rv_jw_obj(w);
    write_head(&o.f, o.names, w);
    write_last_run(o.run_id, o.run_status, o.run_at, w);
    rv_jw_key(w, "cards");
    rv_jw_json(w, o.cards);
    rv_jw_key(w, "problems");
    rv_jw_arr(w);
    for (const struct rv_problem *p = o.problems; p != NULL; p = p->next) {
        rv_jw_obj(w);
        rv_jw_kstr(w, "cardId", p->card_id);
        rv_jw_kstr(w, "inputId", p->input_id);
        rv_jw_kstr(w, "sentence", p->sentence);
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
    rv_jw_obj_end(w);
    return RV_OK;
}

rv_status rv_flow_get(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    rv_str name;
    return show(cx, id, w, &name);
}

rv_status rv_flow_view(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    rv_str name;
    RV_TRY(show(cx, id, w, &name));
    rv_event_viewed(cx, "workflows.user.flow.view",
                    (struct rv_target){ .type = "Flow", .id = id, .name = name });
    return RV_OK;
}

/* ---- create, save ---------------------------------------------------------------------------- */

static rv_status check_name(struct rv_cx *cx, rv_str name)
{
    if (rv_str_trim(name).n == 0 || rv_utf8_count(name) > 200)
        return rv_fail_field(cx, "/name", "LENGTH", "a flow has a name of 1 to 200 characters");
    return RV_OK;
}

static const char empty_flow[] = "[{\"id\":\"event\",\"card\":\"control:noop\",\"title\":\"Add event\",\"inputs\":[],\"outputs\":[]}]";

struct save {
    rv_str id;
    const struct rv_flow_in *in;
    json_t *cards; /* checked, or NULL */
    rv_str cards_text, inputs;
    const char *kind;
    bool restored;
    json_t *kept; /* cards whose settings are not looked at again, or NULL */
};

static rv_status prepare(struct rv_cx *cx, struct save *s, json_t *cards)
{
    RV_TRY(rv_def_check(cx, cards, &s->cards));
    RV_TRY(rv_json_dump(cx, s->cards, &s->cards_text));
    if (s->cards_text.n > RV_FLOW_JSON_MAX)
        return rv_fail_field(cx, "/cards", "LIMIT", "a flow has at most %d bytes (limit flow.size)",
                             RV_FLOW_JSON_MAX);
    RV_TRY(rv_def_inputs(cx, s->cards, &s->inputs));
    s->kind = rv_def_kind(s->cards);
    return RV_OK;
}

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    const struct save *s = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str ids, names;
    RV_TRY(rv_folder_path(tx, s->in->folder_id, &ids, &names));
    RV_TRY(rv_authz(cx, tx, RV_A_FLOW_EDIT,
                    (struct rv_object){ .id = s->in->folder_id, .path = ids }));
    RV_TRY(rv_connection_check_use(cx, tx, s->cards));
    RV_TRY(rv_table_check_use(cx, tx, s->cards, ids));
    RV_TRY(rv_rules_check(cx, tx, s->cards, s->kept));
    struct rv_flow_insert f = {
        .id = s->id,
        .folder_id = s->in->folder_id,
        .name = s->in->name,
        .kind = rv_str_of(s->kind),
        .inputs = s->inputs,
        .description = s->in->description.p != NULL ? s->in->description : RV_STR(""),
        .settings = RV_STR("{}"),
        .cards = s->cards_text,
        .definition = s->cards,
        .save_data = s->in->has_save_data ? s->in->save_data : true,
        .note = s->in->note,
    };
    struct rv_flow_row row = { .id = s->id, .name = s->in->name };
    RV_TRY(rv_flow_insert(tx, &f));
    return tell(tx, "workflows.user.flow.create", &row);
}

static rv_status create(struct rv_cx *cx, const struct rv_flow_in *in, json_t *kept, rv_str *ret_id)
{
    struct save s = { .in = in, .id = rv_id_ulid(cx, rv_now(cx->env)), .kept = kept };
    json_t *cards = in->cards;
    RV_TRY(check_name(cx, in->name));
    if (in->folder_id.p == NULL)
        return rv_fail_field(cx, "/folderId", "REQUIRED_PROPERTY_MISSING",
                             "name the folder of the flow");
    if (s.id.p == NULL)
        return RV_BUSY;
    if (cards == NULL)
        RV_TRY(rv_json_parse(cx, rv_str_of(empty_flow), &rv_json_limits_default, &cards));
    RV_TRY(prepare(cx, &s, cards));
    RV_TRY(rv_store_write(cx, create_tx, &s));
    *ret_id = s.id;
    return RV_OK;
}

rv_status rv_flow_create(struct rv_cx *cx, const struct rv_flow_in *in, rv_str *ret_id)
{
    return create(cx, in, NULL, ret_id);
}

/* A flow that is on stays on only while its new version has no problems: a save that breaks it is
 * refused. */
static rv_status check_still_sound(struct rv_cx *cx, struct rv_tx *tx, const struct rv_flow_row *f,
                                   const struct save *s)
{
    struct rv_problem *list;
    if (!f->enabled)
        return RV_OK;
    RV_TRY(problems(cx, tx, f->folder_path, s->cards, &list));
    if (list == NULL && !rv_str_eq(f->kind, rv_str_of(s->kind)))
        return rv_fail(cx, RV_CONFLICT,
                       "the flow is on; turn it off before choosing another event");
    for (const struct rv_problem *p = list; p != NULL; p = p->next)
        (void)rv_fail_field(cx, "/cards", "PROBLEM", "%.*s", RV_FMT(p->sentence)); /* collected */
    return list == NULL ? RV_OK : RV_INVALID;
}

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    const struct save *s = arg;
    const struct rv_flow_in *in = s->in;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_flow_row f;
    rv_str ids, names;
    json_t *before;
    int64_t changed;
    RV_TRY(rv_flow_row_get(tx, s->id, &f));
    RV_TRY(rv_authz(cx, tx, RV_A_FLOW_EDIT, rv_flow_object(&f)));
    if (in->has_folder && !rv_str_eq(in->folder_id, f.folder_id)) {
        RV_TRY(rv_folder_path(tx, in->folder_id, &ids, &names));
        RV_TRY(rv_authz(cx, tx, RV_A_FLOW_EDIT,
                        (struct rv_object){ .id = in->folder_id, .path = ids }));
        RV_TRY(rv_flow_definition(tx, s->id, f.version_number, &before));
        RV_TRY(rv_table_check_use(cx, tx, before, ids));
        RV_TRY(tell(tx, "workflows.user.flow.move", &f));
    } else {
        ids = f.folder_path;
    }
    if (s->cards != NULL) {
        RV_TRY(rv_flow_definition(tx, s->id, f.version_number, &before));
        RV_TRY(rv_connection_check_use(cx, tx, before));
        RV_TRY(rv_connection_check_use(cx, tx, s->cards));
        RV_TRY(rv_table_check_use(cx, tx, s->cards, ids));
        RV_TRY(rv_rules_check(cx, tx, s->cards, s->restored ? s->cards : before));
        RV_TRY(check_still_sound(cx, tx, &f, s));
        if (f.enabled)
            RV_TRY(rv_trigger_set(tx, s->id, true, s->cards));
        RV_TRY(rv_endpoint_ensure(tx, s->id, s->cards, RV_NONE_STR));
    }
    int64_t number = f.version_number + (s->cards != NULL ? 1 : 0);
    int64_t version = s->restored ? f.version : in->version;
    bool save_data = in->has_save_data ? in->save_data : f.save_data;
    RV_TRY(rv_sql_exec(tx, &flow_sql[Q_UPDATE], &changed,
                       RV_ARGS(in->has_name ? in->name : f.name,
                               in->has_description ? in->description : f.description,
                               in->has_folder ? in->folder_id : f.folder_id, save_data,
                               s->cards != NULL ? rv_str_of(s->kind) : f.kind,
                               s->cards != NULL ? s->inputs : f.inputs, f.enabled, number,
                               rv_tx_now(tx), rv_principal_id(cx), s->id, version)));
    if (changed == 0)
        return rv_fail(
            cx, RV_CONFLICT,
            "the flow was changed by somebody else; read it again (it is at version %" PRId64 ")",
            f.version);
    if (save_data != f.save_data)
        RV_TRY(tell(tx,
                    save_data ? "workflows.user.flow.execution_history.activate"
                              : "workflows.user.flow.execution_history.deactivate",
                    &f));
    if (in->has_log_stream && in->log_stream != f.log_stream) {
        RV_TRY(rv_sql_exec(tx, &flow_sql[Q_SET_STREAM], NULL, RV_ARGS(in->log_stream, s->id)));
        RV_TRY(tell(tx,
                    in->log_stream ? "workflows.user.flow.execution_log_stream.activate"
                                   : "workflows.user.flow.execution_log_stream.deactivate",
                    &f));
    }
    if (s->cards != NULL)
        RV_TRY(add_version(tx, s->id, number, in->note, s->cards_text));
    return tell(tx, s->restored ? "workflows.user.flow.version.revert" : "workflows.user.flow.save",
                &f);
}

rv_status rv_flow_update(struct rv_cx *cx, rv_str id, const struct rv_flow_in *in)
{
    struct save s = { .id = id, .in = in };
    if (in->has_name)
        RV_TRY(check_name(cx, in->name));
    if (in->cards != NULL)
        RV_TRY(prepare(cx, &s, in->cards));
    return rv_store_write(cx, update_tx, &s);
}

rv_status rv_flow_save_cards(struct rv_tx *tx, const struct rv_flow_row *f, json_t *cards,
                             rv_str note)
{
    struct rv_flow_in in = { .cards = cards, .note = note, .version = f->version };
    struct save s = { .id = f->id, .in = &in };
    RV_TRY(prepare(rv_tx_cx(tx), &s, cards));
    return update_tx(tx, &s);
}

struct old_version {
    rv_str id;
    int64_t number;
    json_t *cards;
};

static rv_status old_version_tx(struct rv_tx *tx, void *arg)
{
    struct old_version *o = arg;
    struct rv_flow_row f;
    RV_TRY(rv_flow_row_get(tx, o->id, &f));
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_FLOW_EDIT, rv_flow_object(&f)));
    return rv_flow_definition(tx, o->id, o->number, &o->cards);
}

struct describing {
    rv_str id, note;
    int64_t number;
};

static rv_status describe_tx(struct rv_tx *tx, void *arg)
{
    const struct describing *d = arg;
    struct rv_flow_row f;
    int64_t changed;
    RV_TRY(rv_flow_row_get(tx, d->id, &f));
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_FLOW_EDIT, rv_flow_object(&f)));
    RV_TRY(rv_sql_exec(tx, &flow_sql[Q_VERSION_NOTE], &changed,
                       RV_ARGS(d->note, d->id, d->number)));
    if (changed == 0)
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                       "Not found: there is no version %" PRId64 " of this flow", d->number);
    return tell(tx, "workflows.user.flow.version.update", &f);
}

rv_status rv_flow_version_describe(struct rv_cx *cx, rv_str id, int64_t number, rv_str note)
{
    struct describing d = { .id = id, .note = note, .number = number };
    return rv_store_write(cx, describe_tx, &d);
}

rv_status rv_flow_version_restore(struct rv_cx *cx, rv_str id, int64_t number)
{
    struct rv_flow_in in = { .note = rv_printf(cx, "Version %" PRId64 " restored", number) };
    struct save s = { .id = id, .in = &in, .restored = true };
    struct old_version o = { .id = id, .number = number };
    RV_TRY(rv_store_read(cx, old_version_tx, &o));
    RV_TRY(prepare(cx, &s, o.cards));
    return rv_store_write(cx, update_tx, &s);
}

/* ---- switch, delete, duplicate --------------------------------------------------------------- */

struct enable {
    rv_str id;
    bool on;
};

static rv_status enable_tx(struct rv_tx *tx, void *arg)
{
    const struct enable *e = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_flow_row f;
    struct rv_problem *list = NULL;
    json_t *cards;
    RV_TRY(rv_flow_row_get(tx, e->id, &f));
    RV_TRY(rv_authz(cx, tx, RV_A_FLOW_EDIT, rv_flow_object(&f)));
    if (f.enabled == e->on)
        return RV_OK;
    RV_TRY(rv_flow_definition(tx, e->id, f.version_number, &cards));
    if (e->on)
        RV_TRY(problems(cx, tx, f.folder_path, cards, &list));
    for (const struct rv_problem *p = list; p != NULL; p = p->next)
        (void)rv_fail_field(cx, "/cards", "PROBLEM", "%.*s", RV_FMT(p->sentence)); /* collected */
    if (list != NULL)
        return RV_INVALID;
    RV_TRY(rv_trigger_set(tx, e->id, e->on, cards));
    RV_TRY(rv_sql_exec(tx, &flow_sql[Q_ENABLE], NULL,
                       RV_ARGS(e->on, rv_tx_now(tx), rv_principal_id(cx), e->id)));
    return tell(tx, e->on ? "workflows.user.flow.activate" : "workflows.user.flow.deactivate", &f);
}

rv_status rv_flow_set_enabled(struct rv_cx *cx, rv_str id, bool on)
{
    struct enable e = { id, on };
    return rv_store_write(cx, enable_tx, &e);
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    rv_str id = *(const rv_str *)arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_flow_row f;
    int64_t live;
    RV_TRY(rv_flow_row_get(tx, id, &f));
    RV_TRY(rv_authz(cx, tx, RV_A_FLOW_EDIT, rv_flow_object(&f)));
    RV_TRY(rv_sql_count(tx, &flow_sql[Q_LIVE_RUNS], &live, RV_ARGS(id)));
    if (live > 0)
        return rv_fail(cx, RV_CONFLICT,
                       "%" PRId64 " runs of this flow are not finished; cancel them or wait", live);
    RV_TRY(rv_trigger_set(tx, id, false, NULL));
    RV_TRY(rv_sql_exec(tx, &flow_sql[Q_DELETE_RUNS], NULL, RV_ARGS(id)));
    RV_TRY(rv_sql_exec(tx, &flow_sql[Q_DELETE], NULL, RV_ARGS(id)));
    return tell(tx, "workflows.user.flow.delete", &f);
}

rv_status rv_flow_delete(struct rv_cx *cx, rv_str id)
{
    RV_TRY(rv_store_write(cx, delete_tx, &id));
    rv_program_cache_drop(rv_engine_cache(rv_engine_of(cx)), id);
    return RV_OK;
}

struct clearing {
    rv_str id;
    bool stop;
};

static rv_status clear_tx(struct rv_tx *tx, void *arg)
{
    const struct clearing *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_flow_row f;
    RV_TRY(rv_flow_row_get(tx, c->id, &f));
    RV_TRY(rv_authz(cx, tx, RV_A_RUN_MANAGE, rv_flow_object(&f)));
    RV_TRY(rv_sql_exec(tx, &flow_sql[Q_CLEAR_DATA], NULL, RV_ARGS(c->id)));
    if (c->stop && f.save_data) {
        RV_TRY(rv_authz(cx, tx, RV_A_FLOW_EDIT, rv_flow_object(&f)));
        RV_TRY(rv_sql_exec(tx, &flow_sql[Q_STOP_SAVING], NULL,
                           RV_ARGS(rv_tx_now(tx), rv_principal_id(cx), c->id)));
        RV_TRY(tell(tx, "workflows.user.flow.execution_history.deactivate", &f));
    }
    return tell(tx, "workflows.user.flow.execution_history.delete", &f);
}

rv_status rv_flow_clear_data(struct rv_cx *cx, rv_str id, bool stop)
{
    struct clearing c = { id, stop };
    return rv_store_write(cx, clear_tx, &c);
}

rv_status rv_flow_duplicate(struct rv_cx *cx, rv_str id, rv_str *ret_id)
{
    struct one o = { .id = id, .action = RV_A_FLOW_READ, .definition = true };
    RV_TRY(rv_store_read(cx, get_tx, &o));
    struct rv_flow_in in = {
        .name = rv_printf(cx, "%.*s (copy)", RV_FMT(rv_utf8_cut(o.f.name, 190))),
        .description = o.f.description,
        .folder_id = o.f.folder_id,
        .cards = o.cards,
        .has_save_data = true,
        .save_data = o.f.save_data,
        .note = rv_printf(cx, "Copy of %.*s", RV_FMT(o.f.name)),
    };
    return create(cx, &in, o.cards, ret_id);
}

/* ---- versions, usage ------------------------------------------------------------------------- */

struct versions {
    struct one o;
    const struct rv_flow_query *q;
    struct rv_jw *w;
    int64_t last;
    bool more;
};

static void write_version(struct rv_jw *w, struct rv_rows *r)
{
    rv_str by = rv_col_str(r, 2);
    rv_jw_kint(w, "number", rv_col_int(r, 0));
    rv_jw_ktime(w, "savedAt", rv_col_int(r, 1));
    rv_jw_key(w, "savedBy");
    if (by.p == NULL) {
        rv_jw_null(w);
    } else {
        rv_jw_obj(w);
        rv_jw_kstr(w, "id", by);
        rv_jw_kstr(w, "name", rv_col_str(r, 3));
        rv_jw_kstr(w, "email", RV_NONE_STR);
        rv_jw_obj_end(w);
    }
    rv_jw_kstr(w, "note", rv_col_str(r, 4));
}

static rv_status versions_tx(struct rv_tx *tx, void *arg)
{
    struct versions *v = arg;
    struct rv_rows r;
    int64_t before = INT64_MAX;
    RV_TRY(get_tx(tx, &v->o));
    if (v->q->after.p != NULL && !rv_str_to_int(v->q->after, &before))
        return rv_fail_field(rv_tx_cx(tx), "after", "CURSOR",
                             "this cursor was not made by this list");
    RV_TRY(
        rv_sql_query(tx, &flow_sql[Q_VERSION_LIST], &r, RV_ARGS(v->o.id, before, v->q->limit + 1)));
    for (int n = 0; rv_rows_next(&r); n++) {
        if (n == v->q->limit) {
            v->more = true;
            break;
        }
        v->last = rv_col_int(&r, 0);
        rv_jw_obj(v->w);
        write_version(v->w, &r);
        rv_jw_obj_end(v->w);
    }
    return rv_rows_end(&r);
}

rv_status rv_flow_version_list(struct rv_cx *cx, rv_str id, const struct rv_flow_query *q,
                               struct rv_jw *w, rv_str *ret_next)
{
    struct versions v = { .o = { .id = id, .action = RV_A_FLOW_READ }, .q = q, .w = w };
    RV_TRY(rv_store_read(cx, versions_tx, &v));
    *ret_next = v.more ? rv_printf(cx, "%" PRId64, v.last) : RV_NONE_STR;
    return RV_OK;
}

struct version {
    struct one o;
    int64_t number;
    struct rv_jw *w;
};

static rv_status version_tx(struct rv_tx *tx, void *arg)
{
    struct version *v = arg;
    struct rv_rows r;
    json_t *cards;
    RV_TRY(get_tx(tx, &v->o));
    RV_TRY(rv_flow_definition(tx, v->o.id, v->number, &cards));
    rv_def_walk(cards, mark_support, rv_engine_of(rv_tx_cx(tx)));
    RV_TRY(rv_sql_query(tx, &flow_sql[Q_VERSION_LIST], &r,
                        RV_ARGS(v->o.id, v->number + 1, (int64_t)1)));
    rv_jw_obj(v->w);
    if (rv_rows_next(&r))
        write_version(v->w, &r);
    rv_jw_key(v->w, "cards");
    rv_jw_json(v->w, cards);
    rv_jw_obj_end(v->w);
    return rv_rows_end(&r);
}

rv_status rv_flow_version_get(struct rv_cx *cx, rv_str id, int64_t number, struct rv_jw *w)
{
    struct version v = { .o = { .id = id, .action = RV_A_FLOW_READ }, .number = number, .w = w };
    return rv_store_read(cx, version_tx, &v);
}

struct usage {
    struct one o;
    struct rv_jw *w;
    json_t *callees;
};

static void collect_callees(void *arg, json_t *card)
{
    json_t *set = arg, *pin;
    size_t i;
    json_array_foreach(json_object_get(card, "inputs"), i, pin)
    {
        rv_str v = rv_json_member_str(pin, "value");
        if (rv_str_eq(rv_json_member_str(pin, "type"), RV_STR("flow")) && v.n > 0)
            (void)json_object_setn_new(set, v.p, v.n, json_true()); /* a lost entry shows one callee less */
    }
}

static rv_status usage_tx(struct rv_tx *tx, void *arg)
{
    struct usage *u = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    const char *key;
    json_t *v;
    RV_TRY(get_tx(tx, &u->o));
    rv_def_walk(u->o.cards, collect_callees, u->callees);
    rv_jw_key(u->w, "callers");
    rv_jw_arr(u->w);
    RV_TRY(
        rv_sql_query(tx, &flow_sql[Q_CALLERS], &r,
                     RV_ARGS(rv_printf(cx, "%%\"value\":\"%.*s\"%%", RV_FMT(u->o.id)), u->o.id)));
    while (rv_rows_next(&r)) {
        rv_jw_obj(u->w);
        rv_jw_kstr(u->w, "id", rv_col_str(&r, 0));
        rv_jw_kstr(u->w, "name", rv_col_str(&r, 1));
        rv_jw_obj_end(u->w);
    }
    RV_TRY(rv_rows_end(&r));
    rv_jw_arr_end(u->w);
    rv_jw_key(u->w, "callees");
    rv_jw_arr(u->w);
    json_object_foreach(u->callees, key, v)
    {
        struct rv_flow_row f;
        (void)v;
        if (rv_flow_row_get(tx, rv_str_of(key), &f) != RV_OK) {
            rv_error_clear(cx); /* a callee that is gone is no usage */
            continue;
        }
        rv_jw_obj(u->w);
        rv_jw_kstr(u->w, "id", f.id);
        rv_jw_kstr(u->w, "name", f.name);
        rv_jw_obj_end(u->w);
    }
    rv_jw_arr_end(u->w);
    return RV_OK;
}

rv_status rv_flow_usage(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct usage u = { .o = { .id = id, .action = RV_A_FLOW_READ, .definition = true },
                       .w = w,
                       .callees = json_object() };
    RV_TRY(rv_json_keep(cx, u.callees));
    return rv_store_read(cx, usage_tx, &u);
}

/* ---- delegated flows ------------------------------------------------------------------------- */

static void write_delegated(const struct row *r, bool may, struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", r->f.id);
    rv_jw_kstr(w, "name", r->f.name);
    rv_jw_kstr(w, "description", r->f.description);
    rv_jw_kstr(w, "folderPath", r->names);
    rv_jw_kbool(w, "enabled", r->f.enabled);
    rv_jw_ktime(w, "lastUpdated", r->f.updated_at);
    rv_jw_kraw(w, "inputs", r->f.inputs);
    rv_jw_kbool(w, "mayInvoke", may);
    rv_jw_obj_end(w);
}

static rv_status delegated_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_scope scope;
    struct rv_rows r;
    RV_TRY(rv_authz_list(l->cx, tx, RV_A_DELEGATED_READ, &scope));
    RV_TRY(rv_sql_query(tx, &flow_sql[Q_DELEGATED], &r,
                        RV_ARGS(l->q->after.p != NULL ? l->q->after : RV_STR(""),
                                rv_flow_pattern(l->cx, l->q->q), scope.all, scope.ids,
                                l->q->limit + 1)));
    while (rv_rows_next(&r)) {
        if (l->n == (size_t)l->q->limit) {
            l->more = true;
            break;
        }
        read_row(&r, &l->rows[l->n++].f);
    }
    RV_TRY(rv_rows_end(&r));
    for (size_t i = 0; i < l->n; i++)
        RV_TRY(rv_authz_may(l->cx, tx, RV_A_DELEGATED_INVOKE, rv_flow_object(&l->rows[i].f),
                            &l->may[i]));
    return name_folders(tx, l);
}

rv_status rv_delegated_list(struct rv_cx *cx, const struct rv_flow_query *q, struct rv_jw *w,
                            rv_str *ret_next)
{
    struct list l = { .cx = cx,
                      .q = q,
                      .rows = RV_NEW_N(cx, struct row, (size_t)q->limit + 1),
                      .may = RV_NEW_N(cx, bool, (size_t)q->limit + 1) };
    if (l.rows == NULL || l.may == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_read(cx, delegated_tx, &l));
    for (size_t i = 0; i < l.n; i++)
        write_delegated(&l.rows[i], l.may[i], w);
    *ret_next = l.more ? l.rows[l.n - 1].f.id : RV_NONE_STR;
    return RV_OK;
}

struct delegated {
    rv_str id;
    struct row r;
    bool may;
};

static rv_status delegated_get_tx(struct rv_tx *tx, void *arg)
{
    struct delegated *d = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str ids;
    RV_TRY(rv_flow_row_get(tx, d->id, &d->r.f));
    RV_TRY(rv_authz(cx, tx, RV_A_DELEGATED_READ, rv_flow_object(&d->r.f)));
    if (!rv_str_eq(d->r.f.kind, RV_STR("DELEGATED")))
        return rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (DelegatedFlow)",
                       RV_FMT(d->id));
    RV_TRY(rv_authz_may(cx, tx, RV_A_DELEGATED_INVOKE, rv_flow_object(&d->r.f), &d->may));
    return rv_folder_path(tx, d->r.f.folder_id, &ids, &d->r.names);
}

rv_status rv_delegated_get(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct delegated d = { .id = id };
    RV_TRY(rv_store_read(cx, delegated_get_tx, &d));
    write_delegated(&d.r, d.may, w);
    return RV_OK;
}

/* ---- for the export -------------------------------------------------------------------------- */

rv_status rv_flow_rows_below(struct rv_tx *tx, rv_str folder_path, struct rv_flow_row **ret,
                             size_t *ret_n)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    struct rv_flow_row *rows = RV_NEW_N(cx, struct rv_flow_row, 1001);
    size_t n = 0;
    if (rows == NULL)
        return RV_BUSY;
    RV_TRY(rv_sql_query(tx, &flow_sql[Q_FOLDER_FLOWS], &r,
                        RV_ARGS(folder_path, rv_printf(cx, "%.*s/%%", RV_FMT(folder_path)))));
    while (n < 1001 && rv_rows_next(&r))
        read_row(&r, &rows[n++]);
    RV_TRY(rv_rows_end(&r));
    if (n > 1000)
        return rv_fail(
            cx, RV_LIMIT,
            "a folder with more than 1000 flows cannot be exported at once (limit export.flows)");
    *ret = rows;
    *ret_n = n;
    return RV_OK;
}
