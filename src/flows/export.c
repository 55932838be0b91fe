/* flows/export.c: writes the cards of a body in the export format (flopack.md): the reverse of
 * import_body.c. What stands around bodies is written by export_pack.c.
 *
 * Lanes become anchors and a join, paths on links become hidden expand cards, inline lanes go back
 * into the field or the policy that held them. What an editor keeps for itself (drag positions,
 * previews) is not made up.
 *
 * What the format has no words for goes along in members that other readers pass over: "lane" of a
 * link into the end of an If/Else whose source stands in neither lane, "lanes" of its value when
 * each lane gives another one, "$help" and "$required" in the metadata of a field. */
#include "flows/export_int.h"
#include <stdio.h>

void rv_export_set(struct export_out *o, json_t *object, const char *key, json_t *v)
{
    if (v == NULL || json_object_set_new(object, key, v) != 0)
        o->bad = true;
}

json_t *rv_export_text(rv_str s)
{
    return s.p != NULL ? json_stringn(s.p, s.n) : json_null();
}

json_t *rv_export_borrowed(json_t *v)
{
    return v != NULL ? json_incref(v) : json_null();
}

static void edge(struct export_body *b, const char *from, const char *to)
{
    char key[24];
    (void)snprintf(key, sizeof key, "e%d", ++b->edges);
    rv_export_set(b->o, b->orderings, key, json_pack("[s, s]", from, to));
}

/* ---- fields ---------------------------------------------------------------------------------- */

static const char *stored_type(rv_str type)
{
    static const struct {
        const char *type, *stored;
    } types[] = { { "text", "string" }, { "number", "number" }, { "boolean", "boolean" },
                  { "date", "Date" },   { "object", "object" }, { "file", "file" },
                  { "flow", "flo" },    { "folder", "folder" } };
    for (size_t i = 0; i < RV_LEN(types); i++)
        if (rv_str_eq(type, rv_str_of(types[i].type)))
            return types[i].stored;
    return "*";
}

static json_t *type_of(const json_t *pin)
{
    json_t *shape = json_object_get(pin, "shape"),
           *own = json_object_get(json_object_get(pin, "meta"), RV_META_TYPE);
    rv_str type = rv_json_member_str(pin, "type");
    if (shape != NULL)
        return json_incref(shape);
    if (json_is_string(own) && rv_str_eq(type, RV_STR("any")))
        return json_incref(own);
    return json_string(stored_type(type));
}

static json_t *choices_of(const json_t *pin)
{
    json_t *was = json_object_get(json_object_get(pin, "meta"), RV_META_CHOICES);
    return json_incref(was != NULL ? was : json_object_get(pin, "choices"));
}

static json_t *field(struct export_body *b, const json_t *pin, size_t index, const char *flags)
{
    json_t *p = json_object(), *v = json_object(), *m = json_object();
    rv_str label = rv_json_member_str(pin, "label");
    json_t *meta = json_object_get(pin, "meta"), *proxy = json_object_get(pin, "proxy");
    rv_export_set(b->o, p, "id", rv_export_text(rv_json_member_str(pin, "id")));
    rv_export_set(b->o, p, "group", rv_export_text(rv_json_member_str(pin, "group")));
    rv_export_set(b->o, p, "key", rv_export_text(rv_json_member_str(pin, "key")));
    rv_export_set(b->o, v, "type", type_of(pin));
    rv_export_set(b->o, v, "collection", json_boolean(json_is_true(json_object_get(pin, "list"))));
    json_t *own = json_object_get(meta, RV_META_STATIC);
    bool linked = json_object_get(pin, "from") != NULL;
    rv_export_set(b->o, v, "data",
                  linked && own == NULL
                      ? rv_def_blank(pin)
                      : rv_export_borrowed(linked ? own : json_object_get(pin, "value")));
    if (proxy != NULL) {
        json_t *x = json_copy(proxy);
        rv_export_set(b->o, x, "dest",
                      json_pack("{s:o, s:o}", "key", rv_export_text(rv_json_member_str(pin, "key")),
                                "group", rv_export_text(rv_json_member_str(pin, "group"))));
        rv_export_set(b->o, v, "proxy", x);
    }
    rv_export_set(b->o, p, "value", v);
    if (flags != NULL) { /* an input */
        rv_export_set(b->o, p, "required",
                      json_boolean(json_is_true(json_object_get(pin, "required"))));
        rv_export_set(b->o, p, "flags", json_string(flags));
    }
    rv_export_set(b->o, p, "ref", json_false());
    if (meta != NULL && json_object_update(m, meta) != 0)
        b->o->bad = true;
    (void)json_object_del(m, RV_META_STATIC); /* absent is as good */
    (void)json_object_del(m, RV_META_CHOICES);
    (void)json_object_del(m, RV_META_TYPE);
    rv_export_set(b->o, m, "index", json_integer((json_int_t)index));
    if (label.n > 0)
        rv_export_set(b->o, m, "displayname", rv_export_text(label));
    if (json_is_true(json_object_get(pin, "custom")))
        rv_export_set(b->o, m, "custom", json_true());
    if (json_object_get(pin, "choices") != NULL)
        rv_export_set(b->o, m, "choices", choices_of(pin));
    if (json_object_get(pin, "help") != NULL)
        rv_export_set(b->o, m, RV_META_HELP, json_incref(json_object_get(pin, "help")));
    if (flags == NULL && json_is_true(json_object_get(pin, "required")))
        rv_export_set(b->o, m, RV_META_REQUIRED, json_true());
    rv_export_set(b->o, p, "metadata", m);
    return p;
}

/* One side of a card; only: the one field of it that counts, counted from 0, or ALL. */
enum { ALL = -2 };
static json_t *fields(struct export_body *b, const json_t *pins, bool inputs, int only)
{
    json_t *data = json_object(), *pin;
    size_t i;
    json_array_foreach((json_t *)(uintptr_t)pins, i, pin)
    {
        rv_str id = rv_json_member_str(pin, "id");
        if (only != ALL && only != (int)i)
            continue;
        if (id.p == NULL ||
            json_object_setn_new(data, id.p, id.n, field(b, pin, i, inputs ? "d" : NULL)) != 0)
            b->o->bad = true;
    }
    return data;
}

/* The field an imported option stood in, or NULL. */
static json_t *option_field(const json_t *card, const char *key)
{
    size_t i;
    json_t *pin;
    json_array_foreach(json_object_get(json_object_get(card, "origin"), "options"), i, pin)
    {
        if (rv_str_eq(rv_json_member_str(pin, "key"), rv_str_of(key)) &&
            rv_json_member_str(pin, "id").n > 0)
            return pin;
    }
    return NULL;
}

static void add_options(struct export_body *b, const json_t *card, json_t *data)
{
    const char *key;
    json_t *v;
    size_t index = json_object_size(data);
    json_object_foreach(json_object_get(card, "options"), key, v)
    {
        json_t *known = option_field(card, key);
        if (known != NULL) {
            json_t *copy = json_copy(known);
            rv_export_set(b->o, copy, "value", json_incref(v));
            rv_export_set(b->o, data, rv_z(b->o->cx, rv_json_member_str(known, "id")),
                          field(b, copy, index++, "p"));
            json_decref(copy);
            continue;
        }
        json_t *pin = json_pack("{s:o, s:s, s:s, s:s, s:O}", "id",
                                rv_export_text(rv_printf(b->o->cx, "option-%s", key)), "group",
                                "parameters", "key", key, "type",
                                json_is_boolean(v)  ? "boolean"
                                : json_is_number(v) ? "number"
                                : json_is_object(v) ? "object"
                                                    : "text",
                                "value", v);
        json_t *f = pin != NULL ? field(b, pin, index++, "p") : NULL;
        rv_export_set(b->o, data, rv_z(b->o->cx, rv_printf(b->o->cx, "option-%s", key)), f);
        json_decref(pin);
    }
}

/* ---- methods --------------------------------------------------------------------------------- */

static json_t *method(struct export_body *b, rv_str uuid, rv_str address, rv_str title,
                      bool displayed)
{
    json_t *m = json_object(), *node = json_object(), *model = json_object();
    rv_str key = address;
    for (size_t i = 0; i < address.n; i++)
        if (address.p[i] == ':')
            key = rv_str_sub(address, i + 1, address.n);
    bool mirrored =
        rv_str_ends(address, RV_STR(":callable")) || rv_str_ends(address, RV_STR(":let")) ||
        rv_str_ends(address, RV_STR(":return")) || rv_str_ends(address, RV_STR(":returnRaw")) ||
        rv_str_ends(address, RV_STR(":throw")) || rv_str_ends(address, RV_STR(":accept")) ||
        rv_str_ends(address, RV_STR(":delegated"));
    rv_export_set(b->o, m, "uuid", rv_export_text(uuid));
    rv_export_set(b->o, m, "address", rv_export_text(address));
    rv_export_set(b->o, m, "pins", json_object());
    rv_export_set(b->o, m, "joins", json_object());
    rv_export_set(b->o, m, "branches", json_object());
    rv_export_set(b->o, model, "key", rv_export_text(key));
    rv_export_set(b->o, model, "displayed", json_boolean(displayed));
    rv_export_set(b->o, model, "mirrored", json_boolean(mirrored));
    rv_export_set(b->o, model, "config", json_null());
    rv_export_set(b->o, model, "policy", json_pack("{s:{s:s}}", "error", "type", "finish"));
    rv_export_set(b->o, model, "metadata",
                  json_pack("{s:o}", "name", rv_export_text(title.p != NULL ? title : RV_STR(""))));
    rv_export_set(b->o, model, "inputs", json_pack("{s:b, s:{}}", "extensible", 1, "data"));
    rv_export_set(b->o, model, "outputs", json_pack("{s:b, s:{}}", "extensible", 1, "data"));
    rv_export_set(b->o, node, "key", rv_export_text(key));
    rv_export_set(b->o, node, "model", model);
    rv_export_set(b->o, m, "node", node);
    if (json_object_setn(b->by_id, uuid.p, uuid.n, m) != 0 ||
        json_array_append_new(b->methods, m) != 0)
        b->o->bad = true;
    return m;
}

json_t *rv_export_model_of(json_t *m)
{
    return json_object_get(json_object_get(m, "node"), "model");
}

static rv_str address_of(struct export_out *o, const json_t *card)
{
    rv_str stored = rv_json_member_str(card, "address"), name = rv_json_member_str(card, "card"),
           module, rest = name;
    static const char *const kernel[] = { "control", "object",  "string", "list",    "date",
                                          "math",    "boolean", "json",   "http",    "url",
                                          "xml",     "jwt",     "crypto", "utility", "csv" };
    if (stored.n > 0)
        return stored;
    if (rv_str_eq(name, RV_STR("control:scheduled"))) /* in the file, a helper head of a flow with a
                                                         schedule */
        return RV_STR("root:kernel:control:0.0.1:callable");
    if (!rv_str_split(&rest, ':', &module))
        return name;
    for (size_t i = 0; i < RV_LEN(kernel); i++)
        if (rv_str_eq(module, rv_str_of(kernel[i])))
            return rv_printf(o->cx, "root:kernel:%.*s:0.0.1:%.*s", RV_FMT(module), RV_FMT(rest));
    return rv_printf(o->cx, "root:channels:http:%.*s:1.0.0:%.*s", RV_FMT(module), RV_FMT(rest));
}

static void add_link(struct export_body *b, const char *from, const char *output, const char *to,
                     const char *input, const json_t *link)
{
    json_t *m = json_object_get(b->by_id, from), *pins = json_object_get(m, "pins"), *targets,
           *list;
    rv_str convert = rv_json_member_str(link, "convert");
    bool wrap = json_is_true(json_object_get(link, "wrap"));
    if (m == NULL)
        return;
    targets = json_object_get(pins, output);
    if (targets == NULL) {
        targets = json_object();
        rv_export_set(b->o, pins, output, targets);
    }
    list = json_object_get(targets, to);
    if (list == NULL) {
        list = json_array();
        rv_export_set(b->o, targets, to, list);
    }
    for (size_t i = 0; i < json_array_size(list);
         i++) { /* both lanes of an If/Else may give the same */
        const json_t *e = json_array_get(list, i);
        if (rv_str_eq(rv_json_member_str(e, "input"), rv_str_of(input)) &&
            rv_str_eq(rv_json_member_str(e, "lane"), rv_json_member_str(link, "lane")))
            return;
    }
    json_t *transform = json_null();
    if (convert.n > 0 || wrap)
        transform = json_pack("{s:{s:o, s:b, s:s}}", output, "convert", rv_export_text(convert),
                              "forceWrapArray", wrap, "dest", output);
    json_t *entry = json_pack("{s:s, s:o}", "input", input, "transform", transform);
    if (json_object_get(link, "lane") != NULL)
        rv_export_set(b->o, entry, "lane", json_incref(json_object_get(link, "lane")));
    if (json_array_append_new(list, entry) != 0)
        b->o->bad = true;
}

static const char *uuid_of(const struct export_body *b, const char *id)
{
    const char *was = id != NULL ? json_string_value(json_object_get(b->uuids, id)) : NULL;
    return was != NULL ? was : id;
}

/* Ids of fields are unique in a card only. */
static const char *output_key(struct export_body *b, const char *card, const char *output)
{
    return rv_z(b->o->cx, rv_printf(b->o->cx, "%s/%s", card, output));
}

/* The hidden card that opens an output; one per output of a body. */
static json_t *expand(struct export_body *b, const char *card, const char *output)
{
    const char *key = output_key(b, card, output);
    const char *uuid = json_string_value(json_object_get(b->expands, key));
    if (uuid != NULL)
        return json_object_get(b->by_id, uuid);
    rv_str id;
    do
        id = rv_printf(b->o->cx, "expand-%d", ++b->expand_n);
    while (id.p != NULL && json_object_getn(b->ids, id.p, id.n) != NULL);
    json_t *m = method(b, id, RV_STR("root:kernel:object:0.0.1:expand"), rv_str_of(card), false);
    json_t *in =
        json_pack("{s:o, s:n, s:s, s:{s:s, s:b, s:n}, s:s, s:{s:i, s:s, s:s}}", "id",
                  rv_export_text(rv_printf(b->o->cx, "%.*s-in", RV_FMT(id))), "group", "key",
                  "object", "value", "type", "object", "collection", 0, "data", "flags", "d",
                  "metadata", "index", 0, "srcMethodId", card, "srcOutputId", output);
    rv_export_set(b->o, json_object_get(json_object_get(rv_export_model_of(m), "inputs"), "data"),
                  rv_z(b->o->cx, rv_printf(b->o->cx, "%.*s-in", RV_FMT(id))), in);
    rv_export_set(b->o, b->expands, key, rv_export_text(id));
    add_link(b, card, output, rv_z(b->o->cx, id),
             rv_z(b->o->cx, rv_printf(b->o->cx, "%.*s-in", RV_FMT(id))), NULL);
    edge(b, card, rv_z(b->o->cx, id));
    return m;
}

static void link_path(struct export_body *b, const char *card, const char *output, json_t *path,
                      const char *to, const char *input, const json_t *from)
{
    json_t *m = expand(b, card, output);
    const char *uuid = json_string_value(json_object_get(m, "uuid"));
    json_t *outs = json_object_get(json_object_get(rv_export_model_of(m), "outputs"), "data"), *pin;
    int n = (int)json_object_size(outs);
    const char *id;
    json_object_foreach(outs, id, pin)
    {
        if (json_equal(json_object_get(json_object_get(pin, "metadata"), "path"), path) == 1) {
            add_link(b, uuid, id, to, input, from);
            edge(b, uuid, to);
            return;
        }
    }
    const char *key_id = rv_z(b->o->cx, rv_printf(b->o->cx, "%s-k%d", uuid, n)),
               *value_id = rv_z(b->o->cx, rv_printf(b->o->cx, "%s-v%d", uuid, n));
    const char *group = rv_z(b->o->cx, rv_printf(b->o->cx, "%s-g%d", uuid, n));
    rv_export_set(b->o, outs, key_id,
                  json_pack("{s:s, s:s, s:s, s:{s:s, s:b, s:O}, s:{s:i}}", "id", key_id, "group",
                            group, "key", "key", "value", "type", "string", "collection", 1, "data",
                            path, "metadata", "index", n));
    rv_export_set(b->o, outs, value_id,
                  json_pack("{s:s, s:s, s:s, s:{s:s, s:b, s:n}, s:{s:i, s:O}}", "id", value_id,
                            "group", group, "key", "value", "value", "type", "*", "collection", 0,
                            "data", "metadata", "index", n + 1, "path", path));
    add_link(b, uuid, value_id, to, input, from);
    edge(b, uuid, to);
}

static void link_from(struct export_body *b, const json_t *from, const char *to, const char *input)
{
    const char *card = json_string_value(json_object_get(from, "card")),
               *output = json_string_value(json_object_get(from, "output"));
    json_t *path = json_object_get(from, "path");
    if (card == NULL || output == NULL)
        return;
    const char *join = json_string_value(json_object_get(b->join_of, output_key(b, card, output)));
    card = uuid_of(b, card);
    if (join != NULL)
        card = join; /* outputs of an If/Else are those of its join */
    if (json_array_size(path) > 0)
        link_path(b, card, output, path, to, input, from);
    else
        add_link(b, card, output, to, input, from);
}

static const char *export_cards(struct export_body *b, const json_t *cards, const char *before,
                                const char *join);

/* Cards that were drawn here have no flow fields of their own: the file holds one for each body. */
static void put_new_lane(struct export_body *b, json_t *data, rv_str name, bool plain,
                         json_t *inner)
{
    json_t *pin = json_pack("{s:o, s:s, s:s, s:s, s:b}", "id",
                            rv_export_text(plain ? RV_STR("flo")
                                                 : rv_printf(b->o->cx, "%.*s_flo", RV_FMT(name))),
                            "key", "flo", "label", "Helper Flow", "type", "flow", "required", 1);
    if (pin != NULL && !plain)
        rv_export_set(b->o, pin, "group", rv_export_text(name));
    json_t *f = pin != NULL ? field(b, pin, json_object_size(data), "d") : NULL;
    rv_export_set(b->o, json_object_get(f, "value"), "data", inner);
    rv_export_set(b->o, data, rv_z(b->o->cx, rv_json_member_str(pin, "id")), f);
    json_decref(pin);
}

/* Inline lanes go back to where they were: a flow field of the same group, or the error policy. */
static void put_lane(struct export_body *b, json_t *m, const json_t *lane)
{
    rv_str name = rv_json_member_str(lane, "name");
    json_t *inner = rv_export_body(b->o, json_object_get(lane, "cards"), RV_NONE_STR), *pin,
           *model = rv_export_model_of(m);
    const char *id;
    json_t *data = json_object_get(json_object_get(model, "inputs"), "data"),
           *error = json_object_get(json_object_get(model, "policy"), "error");
    bool plain = rv_str_eq(name, RV_STR("try")) || rv_str_eq(name, RV_STR("each"));
    if (rv_str_eq(name, RV_STR("handler"))) {
        rv_export_set(b->o, error, "flo", inner);
        if (rv_str_eq(rv_json_member_str(error, "type"), RV_STR("finish"))) {
            rv_export_set(b->o, error, "type", json_string("handler"));
            rv_export_set(b->o, error, "merge", json_string("join"));
        }
        return;
    }
    json_object_foreach(data, id, pin)
    {
        rv_str group = rv_json_member_str(pin, "group");
        json_t *v = json_object_get(pin, "value");
        if (rv_str_eq(rv_json_member_str(v, "type"), RV_STR("flo")) &&
            (plain || rv_str_eq(group, name))) {
            rv_export_set(b->o, v, "data", inner);
            return;
        }
    }
    put_new_lane(b, data, name, plain, inner);
}

void rv_export_add_connection(struct export_body *b, const json_t *card, json_t *model)
{
    const json_t *was = json_object_get(json_object_get(card, "origin"), "config");
    rv_str id = rv_json_member_str(card, "connectionId"), module,
           rest = rv_json_member_str(card, "address"), name = rv_json_member_str(was, "name");
    struct rv_connection_row c;
    bool found = false;
    for (int i = 0; i < 4; i++) /* root:channels:http:<module>: */
        if (!rv_str_split(&rest, ':', &module))
            module = RV_NONE_STR;
    if (module.n == 0) {
        rest = rv_json_member_str(card, "card");
        (void)rv_str_split(&rest, ':', &module); /* drawn here: its name begins with it */
    }
    if (module.n == 0 || (id.n > 0 && rv_connection_row_get(b->o->tx, id, &found, &c) != RV_OK))
        return;
    if (found)
        name = c.name;
    else
        id = rv_json_member_str(was, "id"); /* nobody has chosen one yet: the one the file named */
    if (id.n == 0)
        return;
    rv_export_set(b->o, model, "config", rv_export_text(id));
    rv_export_set(b->o, b->o->configs, rv_z(b->o->cx, id),
                  json_pack("{s:o, s:o, s:o, s:n}", "id", rv_export_text(id), "name",
                            rv_export_text(name), "module", rv_export_text(module), "data"));
}

static json_t *export_card(struct export_body *b, const json_t *card, bool is_if)
{
    rv_str id = rv_str_of(uuid_of(b, json_string_value(json_object_get(card, "id")))),
           note = rv_json_member_str(card, "note"), title = rv_json_member_str(card, "title");
    json_t *m = method(b, id, address_of(b->o, card), title, true), *model = rv_export_model_of(m),
           *inputs, *lane, *policy = json_object_get(card, "policy");
    size_t i;
    inputs = fields(b, json_object_get(card, "inputs"), true, ALL);
    add_options(b, card, inputs);
    rv_export_set(b->o, json_object_get(model, "inputs"), "data", inputs);
    rv_export_set(b->o, json_object_get(model, "outputs"), "data",
                  fields(b, json_object_get(card, "outputs"), false,
                         is_if ? rv_def_condition(card) : ALL)); /* the others are its join's */
    if (policy != NULL)
        rv_export_set(b->o, json_object_get(model, "policy"), "error", json_copy(policy));
    if (rv_str_eq(rv_json_member_str(card, "card"), RV_STR("control:comment")))
        rv_export_set(b->o, json_object_get(model, "metadata"), "name", json_string("Comment"));
    if (rv_str_eq(rv_json_member_str(card, "card"), RV_STR("control:comment")))
        rv_export_set(b->o, model, "comments",
                      json_pack("{s:o, s:o}", "title",
                                rv_export_text(title.p != NULL ? title : RV_STR("")), "markdown",
                                rv_export_text(note.p != NULL ? note : RV_STR(""))));
    else if (note.n > 0)
        rv_export_set(b->o, model, "comments", rv_export_text(note));
    if (json_object_get(card, "timeout") != NULL)
        rv_export_set(b->o, model, "timeout", json_incref(json_object_get(card, "timeout")));
    rv_export_add_connection(b, card, model);
    if (rv_str_eq(rv_json_member_str(card, "card"), RV_STR("control:noop")) && title.n == 0)
        rv_export_set(b->o, json_object_get(model, "metadata"), "name", json_string("Noop"));
    json_array_foreach(json_object_get(card, "lanes"), i, lane)
    {
        if (json_is_true(json_object_get(lane, "inline")))
            put_lane(b, m, lane);
    }
    return m;
}

static void link_inputs(struct export_body *b, const json_t *card)
{
    const char *id = uuid_of(b, json_string_value(json_object_get(card, "id")));
    size_t i;
    json_t *pin;
    json_array_foreach(json_object_get(card, "inputs"), i, pin)
    {
        if (json_object_get(pin, "from") != NULL)
            link_from(b, json_object_get(pin, "from"), id,
                      json_string_value(json_object_get(pin, "id")));
    }
}

static const json_t *lane_named(const json_t *card, const char *name)
{
    size_t i;
    json_t *lane;
    json_array_foreach(json_object_get(card, "lanes"), i, lane)
    {
        if (rv_str_eq(rv_json_member_str(lane, "name"), rv_str_of(name)))
            return lane;
    }
    return NULL;
}

/* The name of a hidden card of an If/Else: as it was imported, unless another card has it, else
 * made of the card's. */
static const char *hidden_name(struct export_body *b, const json_t *card, const char *which,
                               const char *ending)
{
    rv_str was =
        rv_json_member_str(json_object_get(json_object_get(card, "origin"), "join"), which);
    if (was.n > 0 && json_object_getn(b->by_id, was.p, was.n) == NULL &&
        json_object_getn(b->ids, was.p, was.n) == NULL)
        return rv_z(b->o->cx, was);
    return rv_z(b->o->cx,
                rv_printf(b->o->cx, "%.*s-%s", RV_FMT(rv_json_member_str(card, "id")), ending));
}

/* The field of the join behind an output: as it was imported, else a copy of the output. */
static json_t *join_field(struct export_body *b, const json_t *was, const json_t *output)
{
    json_t *old = json_object_get(json_object_get(was, "inputs"),
                                  json_string_value(json_object_get(output, "id")));
    json_t *in = json_copy(old != NULL ? old : (json_t *)(uintptr_t)output),
           *own = json_object_get(json_object_get(old, "meta"), RV_META_STATIC);
    if (rv_json_member_str(old, "id").n == 0)
        rv_export_set(b->o, in, "id",
                      rv_export_text(rv_printf(b->o->cx, "%.*s-in",
                                               RV_FMT(rv_json_member_str(output, "id")))));
    if (own != NULL || json_object_get(in, "value") == NULL)
        rv_export_set(b->o, in, "value", own != NULL ? json_incref(own) : rv_def_blank(in));
    return in;
}

/* The join with one field per output of the container, and what each lane gives it. */
static void export_join(struct export_body *b, const json_t *card, const char *join)
{
    const json_t *was = json_object_get(json_object_get(card, "origin"), "join");
    rv_str title = rv_json_member_str(was, "title");
    json_t *m = method(b, rv_str_of(join), RV_STR("root:kernel:control:0.0.1:join"),
                       title.n > 0 ? title : RV_STR("Join"), true),
           *pin;
    json_t *ins = json_object(), *outs = json_object(), *joins = json_object_get(m, "joins");
    if (json_object_get(was, "timeout") != NULL)
        rv_export_set(b->o, rv_export_model_of(m), "timeout",
                      json_incref(json_object_get(was, "timeout")));
    int own_output = rv_def_condition(card);
    size_t i;
    json_array_foreach(json_object_get(card, "outputs"), i, pin)
    {
        const char *id = json_string_value(json_object_get(pin, "id"));
        if (id == NULL || (int)i == own_output)
            continue;
        json_t *in = join_field(b, was, pin);
        const char *in_id = rv_z(b->o->cx, rv_json_member_str(in, "id"));
        const char *own = output_key(b, json_string_value(json_object_get(card, "id")), id);
        rv_export_set(b->o, b->join_in, own, json_string(in_id));
        rv_export_set(b->o, ins, in_id, field(b, in, i, "d"));
        json_decref(in);
        rv_export_set(b->o, outs, id, field(b, pin, i, NULL));
        rv_export_set(b->o, joins, in_id, json_pack("[{s:s, s:n}]", "output", id, "transform"));
        rv_export_set(b->o, b->join_of, own, json_string(join));
    }
    rv_export_set(b->o, json_object_get(rv_export_model_of(m), "inputs"), "data", ins);
    rv_export_set(b->o, json_object_get(rv_export_model_of(m), "outputs"), "data", outs);
}

static const json_t *result_of(const json_t *lane, const char *output)
{
    size_t i;
    json_t *r;
    json_array_foreach(json_object_get(lane, "results"), i, r)
    {
        if (rv_str_eq(rv_json_member_str(r, "output"), rv_str_of(output)))
            return r;
    }
    return NULL;
}

/* Null is as good as absent. */
static bool same(const json_t *a, const json_t *b)
{
    return ((a == NULL || json_is_null(a)) && (b == NULL || json_is_null(b))) ||
           json_equal((json_t *)(uintptr_t)a, (json_t *)(uintptr_t)b) == 1;
}

/* Does the card stand in the lane, also within an If/Else there? */
static bool stands_in(const json_t *cards, rv_str id)
{
    size_t i, k;
    json_t *card, *lane;
    json_array_foreach((json_t *)(uintptr_t)cards, i, card)
    {
        if (rv_str_eq(rv_json_member_str(card, "id"), id))
            return true;
        json_array_foreach(json_object_get(card, "lanes"), k, lane)
        {
            if (!json_is_true(json_object_get(lane, "inline")) &&
                stands_in(json_object_get(lane, "cards"), id))
                return true; /* depth bounded: flow.nesting */
        }
    }
    return false;
}

/* A link from before the container means both lanes unless it says which: the format tells lanes
 * apart by where the source stands alone. Others pass the member over. */
static void link_lane(struct export_body *b, const json_t *lane, const json_t *from,
                      const json_t *other, const char *join, const char *in_id)
{
    json_t *named = json_copy((json_t *)(uintptr_t)from);
    if (!stands_in(json_object_get(lane, "cards"), rv_json_member_str(from, "card")) &&
        !same(from, json_object_get(other, "from")))
        rv_export_set(b->o, named, "lane", json_incref(json_object_get(lane, "name")));
    link_from(b, named, join, in_id);
    json_decref(named);
}

/* What both lanes give one field of the join. */
static void link_result(struct export_body *b, const json_t *const lanes[2], const char *output,
                        const char *join, const char *in_id)
{
    const json_t *r[2] = { result_of(lanes[0], output), result_of(lanes[1], output) };
    const json_t *from[2] = { json_object_get(r[0], "from"), json_object_get(r[1], "from") };
    json_t *v = json_object_get(
        json_object_get(json_object_get(json_object_get(rv_export_model_of(
                                                            json_object_get(b->by_id, join)),
                                                        "inputs"),
                                        "data"),
                        in_id),
        "value");
    bool plain = from[0] == NULL && from[1] == NULL &&
                 same(json_object_get(r[0], "value"), json_object_get(r[1], "value"));
    for (int i = 0; i < 2; i++) {
        json_t *value = json_object_get(r[i], "value"), *each = json_object_get(v, "lanes");
        if (from[i] != NULL) {
            link_lane(b, lanes[i], from[i], r[1 - i], join, in_id);
        } else if (plain) {
            rv_export_set(b->o, v, "data",
                          rv_export_borrowed(value)); /* no value is none, not a blank one */
        } else if (value != NULL && !json_is_null(value)) {
            if (each == NULL)
                rv_export_set(b->o, v, "lanes", each = json_object());
            rv_export_set(b->o, each, json_string_value(json_object_get(lanes[i], "name")),
                          json_incref(value));
        }
    }
}

static void link_results(struct export_body *b, const json_t *card, const char *join)
{
    const json_t *lanes[2] = { lane_named(card, "true"), lane_named(card, "false") };
    const char *id = json_string_value(json_object_get(card, "id"));
    size_t i;
    json_t *pin;
    json_array_foreach(json_object_get(card, "outputs"), i, pin)
    {
        const char *output = json_string_value(json_object_get(pin, "id"));
        const char *in_id =
            output != NULL
                ? json_string_value(json_object_get(b->join_in, output_key(b, id, output)))
                : NULL;
        if (in_id != NULL)
            link_result(b, lanes, output, join, in_id);
    }
}

static const char *export_if(struct export_body *b, const json_t *card, json_t *m)
{
    static const char *const names[2] = { "true", "false" }, *const limits[2] = { "trueTimeout",
                                                                                  "falseTimeout" };
    const char *join = hidden_name(b, card, "uuid", "join");
    export_join(b, card, join);
    for (int side = 0; side < 2; side++) {
        const json_t *lane = lane_named(card, names[side]);
        rv_str anchor = rv_str_of(hidden_name(b, card, names[side], names[side]));
        json_t *hidden = method(b, anchor, RV_STR("root:kernel:control:0.0.1:noop"), RV_STR("Noop"),
                                false); /* listed by method() */
        const json_t *limit =
            json_object_get(json_object_get(json_object_get(card, "origin"), "join"), limits[side]);
        if (json_is_integer(limit))
            rv_export_set(b->o, rv_export_model_of(hidden), "timeout",
                          json_integer(json_integer_value(limit)));
        rv_export_set(b->o, json_object_get(m, "branches"), rv_z(b->o->cx, anchor),
                      json_boolean(side == 0));
        edge(b, rv_z(b->o->cx, anchor), join);
        (void)export_cards(b, json_object_get(lane, "cards"), rv_z(b->o->cx, anchor),
                           join); /* the lane's last card: nobody follows */
    }
    link_results(b, card, join);
    return join;
}

/* Chains the cards behind `before`; join: end of the lane they stand in. Gives the last one. */
static const char *export_cards(struct export_body *b, const json_t *cards, const char *before,
                                const char *join)
{
    size_t i;
    json_t *card;
    json_array_foreach((json_t *)(uintptr_t)cards, i, card)
    {
        const char *id = uuid_of(b, json_string_value(json_object_get(card, "id")));
        bool is_if = rv_str_eq(rv_json_member_str(card, "card"), RV_STR("control:if"));
        json_t *m = export_card(b, card, is_if);
        link_inputs(b, card);
        if (before != NULL)
            edge(b, before, id);
        before = is_if ? export_if(b, card, m) : id;
        if (join != NULL)
            edge(b, before, join);
    }
    return before;
}

/* Ids are unique in a flow, uuids of a file in a body: a card that was imported has its own again.
 */
static void note_uuid(struct export_body *b, const json_t *card)
{
    rv_str id = rv_json_member_str(card, "id"),
           was = rv_json_member_str(json_object_get(card, "origin"), "uuid");
    if (id.p == NULL || was.n == 0 || json_object_getn(b->ids, was.p, was.n) != NULL)
        return;
    if (json_object_setn_new(b->uuids, id.p, id.n, rv_export_text(was)) != 0 ||
        json_object_setn_new(b->ids, was.p, was.n, json_true()) != 0)
        b->o->bad = true;
}

/* Calls back with the cards of the body and of the lanes of its If/Else cards; inline bodies are
 * bodies of their own. */
static void each_card(struct export_body *b, const json_t *cards,
                      void (*fn)(struct export_body *b, const json_t *card))
{
    size_t i, k;
    json_t *card, *lane;
    json_array_foreach((json_t *)(uintptr_t)cards, i, card)
    {
        fn(b, card);
        json_array_foreach(json_object_get(card, "lanes"), k, lane)
        {
            if (!json_is_true(json_object_get(lane, "inline")))
                each_card(b, json_object_get(lane, "cards"), fn); /* depth bounded: flow.nesting */
        }
    }
}

static void note_id(struct export_body *b, const json_t *card)
{
    rv_str id = rv_json_member_str(card, "id");
    if (id.p != NULL && json_object_setn_new(b->ids, id.p, id.n, json_true()) != 0)
        b->o->bad = true;
}

/* The fields of one side of a card under ids that no other field of the body has; renamed: by the
 * id they had. */
static json_t *renamed_fields(struct export_body *b, json_t *seen, json_t *side)
{
    json_t *data = json_object_get(side, "data"), *now = json_object(), *renamed = NULL, *pin;
    const char *id;
    json_object_foreach(data, id, pin)
    {
        const char *own = id;
        for (int k = 2; own != NULL && json_object_get(seen, own) != NULL; k++)
            own = rv_z(b->o->cx, rv_printf(b->o->cx, "%s~%d", id, k));
        if (own != id) {
            renamed = renamed != NULL ? renamed : json_object();
            rv_export_set(b->o, renamed, id, json_string(own));
            rv_export_set(b->o, pin, "id", json_string(own));
        }
        rv_export_set(b->o, seen, own, json_true());
        rv_export_set(b->o, now, own, json_incref(pin));
    }
    rv_export_set(b->o, side, "data", now);
    return renamed;
}

/* The id of a field after the renaming. */
static const char *renamed(const json_t *names, const char *card, const char *id)
{
    const char *now = card != NULL && id != NULL
                          ? json_string_value(json_object_get(json_object_get(names, card), id))
                          : NULL;
    return now != NULL ? now : id;
}

static json_t *renamed_links(struct export_body *b, const char *card, json_t *pins,
                             const json_t *ins, const json_t *outs)
{
    json_t *now = json_object(), *targets, *list, *entry, *t;
    const char *output, *target;
    size_t i;
    json_object_foreach(pins, output, targets)
    {
        const char *own = renamed(outs, card, output);
        json_object_foreach(targets, target, list)
        {
            json_array_foreach(list, i, entry)
            {
                rv_export_set(b->o, entry, "input",
                              json_string(
                                  renamed(ins, target,
                                          json_string_value(json_object_get(entry, "input")))));
                if ((t = json_object_get(json_object_get(entry, "transform"), output)) == NULL)
                    continue;
                rv_export_set(b->o, t, "dest", json_string(own));
                rv_export_set(b->o, entry, "transform", json_pack("{s:O}", own, t));
            }
        }
        rv_export_set(b->o, now, own, json_incref(targets));
    }
    return now;
}

static json_t *renamed_joins(struct export_body *b, const char *card, json_t *joins,
                             const json_t *ins, const json_t *outs)
{
    json_t *now = json_object(), *list, *entry;
    const char *input;
    size_t i;
    json_object_foreach(joins, input, list)
    {
        json_array_foreach(list, i, entry)
            rv_export_set(b->o, entry, "output",
                          json_string(
                              renamed(outs, card,
                                      json_string_value(json_object_get(entry, "output")))));
        rv_export_set(b->o, now, renamed(ins, card, input), json_incref(list));
    }
    return now;
}

/* In the file an id of a field is unique in its body (flopack.md 5); cards drawn here have the
 * names of their fields as ids. */
static void unique_fields(struct export_body *b)
{
    json_t *seen = json_object(), *ins = json_object(), *outs = json_object(), *m, *names, *pin;
    const char *id;
    size_t i;
    json_array_foreach(b->methods, i, m)
    {
        const char *card = json_string_value(json_object_get(m, "uuid"));
        if ((names = renamed_fields(b, seen, json_object_get(rv_export_model_of(m), "inputs"))) !=
            NULL)
            rv_export_set(b->o, ins, card, names);
        if ((names = renamed_fields(b, seen, json_object_get(rv_export_model_of(m), "outputs"))) !=
            NULL)
            rv_export_set(b->o, outs, card, names);
    }
    json_array_foreach(b->methods, i, m)
    {
        const char *card = json_string_value(json_object_get(m, "uuid"));
        rv_export_set(b->o, m, "pins",
                      renamed_links(b, card, json_object_get(m, "pins"), ins, outs));
        rv_export_set(b->o, m, "joins",
                      renamed_joins(b, card, json_object_get(m, "joins"), ins, outs));
        json_object_foreach(json_object_get(json_object_get(rv_export_model_of(m), "inputs"),
                                            "data"),
                            id, pin)
        {
            json_t *meta = json_object_get(pin, "metadata"),
                   *source = json_object_get(meta, "srcOutputId");
            if (json_is_string(source))
                rv_export_set(b->o, meta, "srcOutputId",
                              json_string(
                                  renamed(outs,
                                          json_string_value(json_object_get(meta, "srcMethodId")),
                                          json_string_value(source))));
        }
    }
    json_decref(seen);
    json_decref(ins);
    json_decref(outs);
}

json_t *rv_export_body(struct export_out *o, const json_t *cards, rv_str name)
{
    struct export_body b = { .o = o,
                             .methods = json_array(),
                             .orderings = json_object(),
                             .by_id = json_object(),
                             .join_of = json_object(),
                             .join_in = json_object(),
                             .ids = json_object(),
                             .uuids = json_object(),
                             .expands = json_object() };
    json_t *out = json_object();
    each_card(&b, cards, note_id);
    each_card(&b, cards, note_uuid);
    (void)export_cards(&b, cards, NULL, NULL); /* the last card: nobody follows */
    unique_fields(&b);
    rv_export_set(o, out, "methods", b.methods);
    rv_export_set(o, out, "orderings", b.orderings);
    if (name.p != NULL)
        rv_export_set(o, out, "name", rv_export_text(name));
    json_decref(b.by_id);
    json_decref(b.join_of);
    json_decref(b.join_in);
    json_decref(b.ids);
    json_decref(b.uuids);
    json_decref(b.expands);
    return out;
}
