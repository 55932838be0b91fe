/* flows/export_pack.c: what stands around the bodies in an export file: flows with their triggers,
 * folders, tables and connections (flopack.md 3 to 6, 14, 15). Event flows get their two-card
 * wrapper; connections go out by name without secrets, tables without rows. */
#include "flows/export_int.h"
#include "flows/table_int.h"
#include <stdio.h>

/* ---- flows ----------------------------------------------------------------------------------- */

static bool is_batched_event(const json_t *head)
{
    size_t i;
    json_t *pin;
    if (json_is_true(json_object_get(json_object_get(head, "origin"), "plain")))
        return false;
    json_array_foreach(json_object_get(head, "outputs"), i, pin)
    {
        if (rv_str_eq(rv_json_member_str(pin, "group"), RV_STR("Output")))
            return true;
    }
    return false;
}

/* An event flow that was imported goes out in the two cards it came in, with the flow as it is now.
 * NULL: it was not, or its author has chosen another event since. */
static json_t *wrap_as_before(struct export_out *o, const json_t *head, json_t *inner)
{
    json_t *was = json_object_get(json_object_get(head, "origin"), "event"), *body, *m, *pin;
    struct export_body b = { .o = o };
    const char *key;
    size_t i;
    bool found = false;
    json_array_foreach(json_object_get(was, "methods"), i, m) found =
        found || rv_str_eq(rv_json_member_str(m, "address"), rv_json_member_str(head, "address"));
    if (!found)
        return NULL;
    body = json_deep_copy(was);
    json_array_foreach(json_object_get(body, "methods"), i, m)
    {
        bool event =
            rv_str_eq(rv_json_member_str(m, "address"), rv_json_member_str(head, "address"));
        if (event)
            rv_export_add_connection(&b, head, rv_export_model_of(m));
        json_object_foreach(json_object_get(json_object_get(rv_export_model_of(m), "inputs"),
                                            "data"),
                            key, pin)
        {
            json_t *v = json_object_get(pin, "value"),
                   *option = json_object_get(json_object_get(head, "options"),
                                             json_string_value(json_object_get(pin, "key")));
            if (!event && rv_str_eq(rv_json_member_str(v, "type"), RV_STR("flo")))
                rv_export_set(o, v, "data", json_incref(inner));
            else if (event && option != NULL)
                rv_export_set(o, v, "data", json_incref(option));
        }
    }
    return body;
}

/* The drawn flow with a Helper Flow head in the place of the event. */
static json_t *inner_cards(struct export_out *o, const json_t *cards)
{
    static const char *const outer_only[] = { "address", "options", "origin", "connectionId" };
    json_t *inner = json_deep_copy(cards), *head = json_array_get(inner, 0);
    for (size_t i = 0; i < RV_LEN(outer_only); i++)
        (void)json_object_del(head, outer_only[i]); /* absent is as good */
    rv_export_set(o, head, "card", json_string("control:callable"));
    return inner;
}

/* The two cards in which an event flow is stored: the event, and For Each - Ignore Errors over the
 * drawn flow. */
static json_t *wrap_new(struct export_out *o, const json_t *head, json_t *inner)
{
    static const char *const outer[] = { "title", "address", "options", "connectionId" };
    json_t *event = json_pack("{s:s, s:O, s:[], s:[{s:s, s:s, s:s, s:b}]}", "id", "event", "card",
                              json_object_get(head, "card"), "inputs", "outputs", "id",
                              "collection", "key", "collection", "type", "object", "list", 1);
    for (size_t i = 0; i < RV_LEN(outer); i++) {
        json_t *v = json_object_get(head, outer[i]);
        if (event == NULL || (v != NULL && json_object_set(event, outer[i], v) != 0))
            o->bad = true;
    }
    json_t *each =
        json_pack("{s:s, s:s, s:s, s:[{s:s, s:s, s:s, s:b, s:{s:s, s:s}}, {s:s, s:s, s:s, s:i}, "
                  "{s:s, s:s, s:s}], s:[], s:[{s:s, s:b, s:O}]}",
                  "id", "each", "card", "list:asyncEach", "title", "For Each - Ignore Errors",
                  "inputs", "id", "list", "key", "list", "type", "object", "list", 1, "from",
                  "card", "event", "output", "collection", "id", "concurrency", "key",
                  "concurrency", "type", "number", "value", 1, "id", "flo", "key", "flo", "type",
                  "flow", "outputs", "lanes", "name", "each", "inline", 1, "cards", inner);
    json_t *both = json_array();
    if (event == NULL || each == NULL || json_array_append_new(both, event) != 0 ||
        json_array_append_new(both, each) != 0)
        o->bad = true;
    json_t *body = rv_export_body(o, both, RV_NONE_STR);
    json_decref(both);
    return body;
}

static json_t *wrap_event(struct export_out *o, const json_t *cards)
{
    json_t *inner = inner_cards(o, cards), *body = rv_export_body(o, inner, RV_NONE_STR);
    json_t *wrapped = wrap_as_before(o, rv_def_head(cards), body);
    json_decref(body);
    if (wrapped == NULL)
        wrapped = wrap_new(o, rv_def_head(cards), inner);
    json_decref(inner);
    return wrapped;
}

static rv_status export_flow(struct export_out *o, const struct rv_flow_row *f, json_t *flos)
{
    json_t *cards, *flow = json_object(), *d;
    const char *level;
    RV_TRY(rv_flow_definition(o->tx, f->id, f->version_number, &cards));
    RV_TRY(rv_table_refs(o->cx, cards, o->tables));
    const json_t *head = rv_def_head(cards);
    bool event = rv_str_eq(f->kind, RV_STR("EVENT")) && is_batched_event(head);
    d = event ? wrap_event(o, cards) : rv_export_body(o, cards, RV_NONE_STR);
    bool scheduled = rv_str_eq(rv_json_member_str(head, "card"), RV_STR("control:scheduled"));
    rv_export_set(o, d, "id", json_null());
    rv_export_set(o, d, "uuid", rv_export_text(f->id));
    rv_export_set(o, d, "group", rv_export_text(f->folder_id));
    rv_export_set(o, d, "scheduled", json_boolean(scheduled));
    rv_export_set(o, d, "cron",
                  scheduled ? rv_export_borrowed(json_object_get(head, "schedule"))
                            : json_object());
    RV_TRY(rv_endpoint_level(o->tx, f->id, &level));
    rv_export_set(o, d, "security_level",
                  rv_str_eq(f->kind, RV_STR("DELEGATED")) ? json_string("high")
                  : level != NULL                         ? json_string(level)
                                                          : json_null());
    rv_export_set(o, d, "display",
                  json_pack("{s:b}", "isCallable",
                            rv_str_eq(f->kind, RV_STR("HELPER")) || scheduled));
    rv_export_set(o, d, "log", json_boolean(f->save_data));
    rv_export_set(o, d, "inheritLog", json_true());
    rv_export_set(o, d, "monitor_flo", json_false());
    rv_export_set(o, d, "model", json_object());
    rv_export_set(o, d, "tree", json_pack("{s:i, s:s}", "id", 1, "name", "all"));
    rv_export_set(o, flow, "id", rv_export_text(f->id));
    rv_export_set(o, flow, "name", rv_export_text(f->name));
    rv_export_set(o, flow, "description", rv_export_text(f->description));
    rv_export_set(o, flow, "data", d);
    rv_export_set(o, flos, rv_z(o->cx, f->id), flow);
    return RV_OK;
}

struct export
{
    rv_str id, name;
    struct rv_jw *w;
    const json_t *tables; /* those that went along, by id */
};

static rv_status write_pack(struct export_out *o, json_t *flos, json_t *groups, rv_str folder_path,
                            struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "type", RV_STR("flopack"));
    rv_jw_kstr(w, "version", RV_STR("1.5.0"));
    rv_jw_ktime(w, "created", rv_now(o->cx->env));
    rv_jw_kraw(w, "flags",
               RV_STR("{\"auto-transform\":true,\"looseBooleans\":true,\"looseStrings\":true,"
                      "\"looseNulls\":true}"));
    rv_jw_key(w, "data");
    rv_jw_obj(w);
    rv_jw_key(w, "flos");
    rv_jw_json(w, flos);
    rv_jw_key(w, "configs");
    rv_jw_json(w, o->configs);
    rv_jw_key(w, "tables");
    rv_jw_obj(w);
    RV_TRY(rv_table_export(o->tx, folder_path, o->tables, w));
    rv_jw_obj_end(w);
    rv_jw_key(w, "groups");
    rv_jw_json(w, groups);
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
    return RV_OK;
}

static rv_status begin(struct export_out *o, struct rv_tx *tx, json_t **flos, json_t **groups)
{
    *o = (struct export_out){
        .cx = rv_tx_cx(tx), .tx = tx, .configs = json_object(), .tables = json_object()
    };
    *flos = json_object();
    *groups = json_object();
    RV_TRY(rv_json_keep(o->cx, o->configs));
    RV_TRY(rv_json_keep(o->cx, o->tables));
    RV_TRY(rv_json_keep(o->cx, *flos));
    return rv_json_keep(o->cx, *groups);
}

static rv_status flow_tx(struct rv_tx *tx, void *arg)
{
    struct export *x = arg;
    struct export_out o;
    json_t *flos, *groups;
    struct rv_flow_row f;
    RV_TRY(rv_flow_row_get(tx, x->id, &f));
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_FLOW_READ, rv_flow_object(&f)));
    RV_TRY(begin(&o, tx, &flos, &groups));
    RV_TRY(export_flow(&o, &f, flos));
    if (o.bad)
        return rv_fail(o.cx, RV_BUSY, "out of memory while exporting");
    x->name = f.name;
    x->tables = o.tables;
    return write_pack(&o, flos, groups, RV_NONE_STR, x->w);
}

/* Who took a copy out of the house (security.md 7.1). */
struct told {
    const char *event, *type;
    rv_str id, name;
    const json_t *tables;
};

static rv_status told_tx(struct rv_tx *tx, void *arg)
{
    const struct told *t = arg;
    RV_TRY(rv_event_add(tx, t->event, true, RV_NONE_STR,
                        RV_TARGETS({ .type = t->type, .id = t->id, .name = t->name }),
                        RV_NONE_STR));
    return rv_table_told_export(tx, t->tables);
}

rv_status rv_flow_export(struct rv_cx *cx, rv_str id, struct rv_jw *w, rv_str *ret_name)
{
    struct export x = { .id = id, .w = w };
    RV_TRY(rv_store_read(cx, flow_tx, &x));
    *ret_name = x.name;
    return rv_store_write(cx, told_tx,
                          &(struct told){ "workflows.user.flow.export", "Flow", id, x.name,
                                          x.tables });
}

struct group {
    struct export_out *o;
    json_t *groups;
    size_t above; /* bytes of the path above the exported folder */
};

/* The path of a folder in the file: its ancestors within the export, outermost first, with dots
 * between. */
static rv_status add_group(void *arg, rv_str id, rv_str path, rv_str name, rv_str description)
{
    struct group *g = arg;
    rv_str inside = rv_str_sub(path, g->above, path.n - g->above), dotted = RV_STR(""), part;
    while (rv_str_split(&inside, '/', &part))
        if (!rv_str_eq(part, id))
            dotted = rv_printf(g->o->cx, "%.*s%s%.*s", RV_FMT(dotted), dotted.n > 0 ? "." : "",
                               RV_FMT(part));
    rv_export_set(g->o, g->groups, rv_z(g->o->cx, id),
                  json_pack("{s:o, s:{s:o, s:o, s:s, s:o}}", "id", rv_export_text(id), "data",
                            "name", rv_export_text(name), "description",
                            rv_export_text(description), "media_uri", "", "path",
                            rv_export_text(dotted)));
    return RV_OK;
}

static rv_status folder_tx(struct rv_tx *tx, void *arg)
{
    struct export *x = arg;
    struct export_out o;
    json_t *flos, *groups;
    struct rv_flow_row *rows;
    size_t n;
    rv_str path, names;
    RV_TRY(rv_folder_path(tx, x->id, &path, &names));
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_FOLDER_READ,
                    (struct rv_object){ .id = x->id, .path = path }));
    RV_TRY(begin(&o, tx, &flos, &groups));
    struct group g = { &o, groups, path.n > x->id.n ? path.n - x->id.n : 0 };
    RV_TRY(rv_folders_below(tx, path, add_group, &g));
    RV_TRY(rv_flow_rows_below(tx, path, &rows, &n));
    for (size_t i = 0; i < n; i++)
        RV_TRY(export_flow(&o, &rows[i], flos));
    if (o.bad)
        return rv_fail(o.cx, RV_BUSY, "out of memory while exporting");
    x->name = names;
    x->tables = o.tables;
    return write_pack(&o, flos, groups, path, x->w);
}

rv_status rv_folder_export(struct rv_cx *cx, rv_str id, struct rv_jw *w, rv_str *ret_name)
{
    struct export x = { .id = id, .w = w };
    RV_TRY(rv_store_read(cx, folder_tx, &x));
    *ret_name = x.name;
    return rv_store_write(cx, told_tx,
                          &(struct told){ "workflows.user.folder.export", "Folder", id, x.name,
                                          x.tables });
}

/* ---- by a card ------------------------------------------------------------------------------- */

struct by_card {
    rv_str own_flow, id, name, text;
    bool folder;
    struct rv_jw *w;
};

static rv_str top_of(rv_str path)
{
    rv_str part = RV_NONE_STR;
    while (rv_str_split(&path, '/', &part) && part.n == 0)
        ;
    return part;
}

/* A flow may copy what lies in its own top-level folder: whoever may edit there may read all of it.
 */
static rv_status same_top(struct rv_tx *tx, const struct by_card *b)
{
    struct rv_flow_row own, other;
    rv_str path, names;
    RV_TRY(rv_flow_brief(tx, b->own_flow, &own));
    if (b->folder) {
        RV_TRY(rv_folder_path(tx, b->id, &path, &names));
    } else {
        RV_TRY(rv_flow_brief(tx, b->id, &other));
        path = other.folder_path;
    }
    if (!rv_str_eq(top_of(own.folder_path), top_of(path)))
        return rv_fail(rv_tx_cx(tx), RV_FORBIDDEN,
                       "a flow can only export what lies in its own top-level folder");
    return RV_OK;
}

static rv_status by_card_tx(struct rv_tx *tx, void *arg)
{
    struct by_card *b = arg;
    struct export x = { .id = b->id, .w = b->w };
    RV_TRY(same_top(tx, b));
    RV_TRY(b->folder ? folder_tx(tx, &x) : flow_tx(tx, &x));
    b->name = x.name;
    return RV_OK;
}

rv_status rv_call_export(struct rv_call *c, bool folder, rv_str id, rv_str *ret_name,
                         rv_str *ret_text)
{
    struct by_card b = { .own_flow = c->run->program->flow_id, .id = id, .folder = folder };
    struct rv_buf buf;
    struct rv_jw w;
    rv_str text;
    rv_buf_init(&buf, RV_RUN_OUTPUT_MAX);
    rv_jw_init(&w, &buf);
    b.w = &w;
    rv_status st = rv_store_read(c->cx, by_card_tx, &b);
    if (st == RV_OK)
        st = rv_buf_str(c->cx, &buf, &text);
    if (st == RV_OK) {
        *ret_name = rv_dup(c->cx, b.name);
        *ret_text = rv_dup(c->cx, text);
        st = ret_text->p != NULL ? RV_OK : RV_BUSY;
    }
    rv_buf_done(&buf);
    return st;
}
