/* flows/import_body.c: turns one body of an export (a bag of cards, edges and links) into a row of
 * normalised cards.
 *
 * Follows flopack.md 7, 12 and 19 on the graph of import_graph.c: the order comes from the edges
 * alone, If/Else with its two anchors and its join becomes one container with two lanes. Cards of
 * kinds nobody knows keep all their fields. Inline bodies are done the same way, as lanes of the
 * card that holds them. */
#include "flows/import_int.h"
#include <stdlib.h>

enum { TITLE_MAX = 400 }; /* as in the check of a definition */

/* ---- cards ----------------------------------------------------------------------------------- */

static void set_new(struct import_body *b, json_t *o, const char *key, json_t *v)
{
    if (v == NULL || json_object_set_new(o, key, v) != 0)
        b->bad = true;
}

static void set_text(struct import_body *b, json_t *o, const char *key, rv_str s)
{
    if (s.n > 0)
        set_new(b, o, key, json_stringn(s.p, s.n));
}

/* What the flow does not need and an export does stands under "origin". */
static json_t *origin_of(struct import_body *b, json_t *card)
{
    json_t *o = json_object_get(card, "origin");
    if (o == NULL) {
        o = json_object();
        set_new(b, card, "origin", o);
    }
    return o;
}

static json_t *meta_of(struct import_body *b, json_t *pin)
{
    json_t *meta = json_object_get(pin, "meta");
    if (meta == NULL) {
        meta = json_object();
        set_new(b, pin, "meta", meta);
    }
    return meta;
}

static const struct {
    const char *stored, *type;
} types[] = {
    { "string", "text" }, { "number", "number" }, { "boolean", "boolean" },
    { "Date", "date" },   { "object", "object" }, { "file", "file" },
    { "flo", "flow" },    { "folder", "folder" }, { "*", "any" },
};

static void set_type(struct import_body *b, json_t *pin, const json_t *value)
{
    const json_t *type = json_object_get(value, "type");
    const char *name = json_is_object(type) ? "object" : "any";
    for (size_t i = 0; i < RV_LEN(types); i++)
        if (rv_str_eq(rv_json_str(type), rv_str_of(types[i].stored)))
            name = types[i].type;
    set_new(b, pin, "type", json_string(name));
    if (json_is_string(type) && strcmp(name, "any") == 0 &&
        !rv_str_eq(rv_json_str(type), RV_STR("*")))
        set_new(b, meta_of(b, pin), RV_META_TYPE, json_incref((json_t *)(uintptr_t)type));
    if (json_is_object(type))
        set_new(b, pin, "shape", json_incref((json_t *)(uintptr_t)type));
    if (json_is_true(json_object_get(value, "collection")))
        set_new(b, pin, "list", json_true());
}

/* Metadata goes along, so that an export has it again; what the pin says in members of its own is
 * left out. */
static void set_meta(struct import_body *b, json_t *pin, const json_t *meta)
{
    static const char *const own[] = { "index",       "displayname", "custom",        "srcMethodId",
                                       "srcOutputId", RV_META_HELP,  RV_META_REQUIRED };
    json_t *out = json_copy((json_t *)(uintptr_t)meta);
    for (size_t i = 0; i < RV_LEN(own); i++)
        (void)json_object_del(out, own[i]); /* absent is as good */
    if (json_object_size(out) > 0)
        set_new(b, pin, "meta", out);
    else
        json_decref(out);
}

/* The value that a linked field would have without its link. */
static void keep_static(struct import_body *b, json_t *pin, json_t *data)
{
    json_t *blank = rv_def_blank(pin);
    bool plain = data == NULL || json_equal(data, blank) == 1;
    json_decref(blank);
    if (!plain)
        set_new(b, meta_of(b, pin), RV_META_STATIC, json_incref(data));
}

static void drop_meta(json_t *pin, const char *key)
{
    json_t *meta = json_object_get(pin, "meta");
    (void)json_object_del(meta, key); /* absent is as good */
    if (meta != NULL && json_object_size(meta) == 0)
        (void)json_object_del(pin, "meta"); /* it is there */
}

static void set_choices(struct import_body *b, json_t *pin, const json_t *choices)
{
    size_t i;
    json_t *c, *out;
    bool plain = false;
    if (!json_is_array(choices) || json_array_size(choices) == 0)
        return;
    drop_meta(pin, "choices"); /* they get a member of their own */
    out = json_array();
    JEACH(choices, i, c)
    {
        json_t *v = json_is_object(c) ? json_object_get(c, "value") : c,
               *words = json_is_object(c) ? json_object_get(c, "label") : c;
        json_t *n = json_object();
        rv_str label = RV_NONE_STR;
        plain = plain || !json_is_object(c) || !json_is_string(words);
        if (rv_value_text(b->cx, words, &label) != RV_OK)
            b->bad = true;
        set_new(b, n, "value", v != NULL ? json_incref(v) : json_null());
        set_new(b, n, "label", json_stringn(label.p != NULL ? label.p : "", label.n));
        if (json_array_append_new(out, n) != 0)
            b->bad = true;
    }
    set_new(b, pin, "choices", out);
    if (plain)
        set_new(b, meta_of(b, pin), RV_META_CHOICES, json_incref((json_t *)(uintptr_t)choices));
}

static json_t *from_of(struct import_body *b, const struct import_link *l)
{
    json_t *f = json_object();
    const struct import_node *s = &b->nodes[l->card];
    set_new(b, f, "card", json_stringn(s->id.p, s->id.n));
    set_new(b, f, "output", json_string(l->output));
    if (l->path != NULL && json_array_size(l->path) > 0)
        set_new(b, f, "path", json_incref((json_t *)(uintptr_t)l->path));
    if (l->convert[0] != '\0')
        set_new(b, f, "convert", json_string(l->convert));
    if (l->wrap)
        set_new(b, f, "wrap", json_true());
    return f;
}

static const struct import_link *link_into(const struct import_node *n, const char *input)
{
    for (const struct import_link *l = input != NULL ? n->links : NULL; l != NULL; l = l->next)
        if (strcmp(l->input, input) == 0)
            return l;
    return NULL;
}

static json_t *pin_base(struct import_body *b, const json_t *p)
{
    const json_t *meta = json_object_get(p, "metadata");
    json_t *pin = json_object();
    set_text(b, pin, "id", rv_json_member_str(p, "id"));
    set_text(b, pin, "group", rv_json_member_str(p, "group"));
    rv_str key = rv_json_member_str(p, "key"), label = rv_json_member_str(meta, "displayname");
    set_new(b, pin, "key", json_stringn(key.p != NULL ? key.p : "", key.n));
    set_text(b, pin, "label", label);
    if (json_is_true(json_object_get(meta, "custom")))
        set_new(b, pin, "custom", json_true());
    set_meta(b, pin, meta);
    set_text(b, pin, "help", rv_json_member_str(meta, RV_META_HELP));
    set_type(b, pin, json_object_get(p, "value"));
    return pin;
}

/* A reference to another flow gets the new id; one that is not in the pack stays as it is and is
 * told. */
static json_t *flow_reference(struct import_body *b, const struct import_node *n, json_t *value)
{
    const char *id = json_string_value(value);
    if (id == NULL || id[0] == '\0')
        return value;
    json_t *now = json_object_get(b->m->flow_ids, id);
    if (now == NULL)
        rv_import_warning(b->m, n->title, "calls a flow that is not in this export (%.*s)",
                          RV_FMT(n->uuid));
    return now != NULL ? now : value;
}

/* The body that a flow field or an error policy holds; NULL: it holds none. */
static const json_t *inline_body(const json_t *value)
{
    const json_t *data = json_object_get(value, "data");
    if (!json_is_object(value))
        return NULL;
    return json_is_array(json_object_get(value, "methods")) || !json_is_object(data) ? value : data;
}

static json_t *emit_input(struct import_body *b, const struct import_node *n, const json_t *p)
{
    json_t *pin = pin_base(b, p);
    const json_t *v = json_object_get(p, "value");
    json_t *data = json_object_get(v, "data");
    const char *id = json_string_value(json_object_get(p, "id"));
    const struct import_link *l = id != NULL ? link_into(n, id) : NULL;
    const json_t *proxy = json_object_get(v, "proxy");
    if (json_is_true(json_object_get(p, "required")))
        set_new(b, pin, "required", json_true());
    if (json_is_object(proxy)) {
        json_t *x = json_object();
        set_new(b, x, "dynamic", json_boolean(json_is_true(json_object_get(proxy, "dynamic"))));
        json_t *path = json_object_get(proxy, "path");
        set_new(b, x, "path", path != NULL ? json_incref(path) : json_null());
        set_new(b, pin, "proxy", x);
    }
    set_choices(b, pin, json_object_get(json_object_get(p, "metadata"), "choices"));
    bool flow = rv_str_eq(rv_json_member_str(v, "type"), RV_STR("flo"));
    if (l != NULL && !b->nodes[l->card].emitted) {
        rv_import_warning(
            b->m, n->title,
            "the field \"%.*s\" reads a value of the other branch, which is not there "
            "when this one runs; it counts as nothing (%.*s)",
            RV_FMT(rv_json_member_str(p, "key")), RV_FMT(n->uuid));
    } else if (l != NULL) {
        set_new(b, pin, "from", from_of(b, l));
        keep_static(b, pin, data);
    } else if (flow && json_is_object(data))
        set_new(b, pin, "value", json_null()); /* the body is a lane */
    else if (data != NULL && !json_is_null(data))
        set_new(b, pin, "value", json_incref(flow ? flow_reference(b, n, data) : data));
    return pin;
}

static double index_of(const json_t *p)
{
    const json_t *i = json_object_get(json_object_get(p, "metadata"), "index");
    return json_is_number(i) ? json_number_value(i) : 1e9;
}

struct sorted {
    const json_t *pin;
    double index;
    size_t at;
};

static int by_index(const void *pa, const void *pb)
{
    const struct sorted *a = pa, *b = pb;
    if (a->index < b->index || a->index > b->index)
        return a->index < b->index ? -1 : 1;
    return a->at < b->at ? -1 : 1;
}

static struct sorted *sort_pins(struct import_body *b, const struct import_node *n,
                                const char *side, size_t *ret_n)
{
    const json_t *pins = rv_import_pins_of(n, side);
    struct sorted *s = RV_NEW_N(b->cx, struct sorted, json_object_size(pins) + 1);
    const char *key;
    json_t *p;
    *ret_n = 0;
    if (s == NULL) {
        b->bad = true;
        return NULL;
    }
    JMEMBERS(pins, key, p)
    {
        (void)key;
        s[*ret_n] = (struct sorted){ p, index_of(p), *ret_n };
        ++*ret_n;
    }
    qsort(s, *ret_n, sizeof *s, by_index);
    return s;
}

/* Every hidden context field of an inner head needs its partner on the outer card (flopack.md 8).
 */
static void check_captures(struct import_body *b, const json_t *card, const json_t *lane_cards)
{
    size_t i, k;
    json_t *pin, *outer;
    const json_t *head = rv_def_head(lane_cards);
    json_array_foreach(json_object_get(head, "inputs"), i, pin)
    {
        bool found = !rv_str_eq(rv_json_member_str(pin, "group"), RV_STR("context")) ||
                     !json_is_true(json_object_get(json_object_get(pin, "meta"), "forceHide"));
        json_array_foreach(json_object_get(card, "inputs"), k, outer)
        {
            found = found ||
                    (rv_str_eq(rv_json_member_str(outer, "group"), RV_STR("context")) &&
                     rv_str_eq(rv_json_member_str(outer, "key"), rv_json_member_str(pin, "key")));
        }
        if (!found) {
            rv_import_error(
                b->m, rv_json_member_str(card, "title"),
                "an inner body uses a value that its container does not hand in: %.*s (%.*s)",
                RV_FMT(rv_json_member_str(pin, "key")), RV_FMT(rv_json_member_str(card, "id")));
            b->bad = true;
        }
    }
}

/* The body within a card. */
static json_t *import_inner(struct import_body *b, const struct import_node *n, const json_t *inner)
{
    struct import *m = b->m;
    rv_str holder = m->holder, uuid = m->holder_uuid;
    m->holder = n->title;
    m->holder_uuid = n->uuid;
    json_t *cards = rv_import_body(m, inner, true, b->depth + 1); /* depth bounded: flow.nesting */
    m->holder = holder;
    m->holder_uuid = uuid;
    return cards;
}

static void add_lane(struct import_body *b, const struct import_node *n, json_t *card, rv_str name,
                     const json_t *inner)
{
    json_t *lanes = json_object_get(card, "lanes"), *lane = json_object();
    if (lanes == NULL) {
        lanes = json_array();
        set_new(b, card, "lanes", lanes);
    }
    set_new(b, lane, "name", json_stringn(name.p, name.n));
    set_new(b, lane, "inline", json_true());
    set_new(b, lane, "cards", import_inner(b, n, inner));
    check_captures(b, card, json_object_get(lane, "cards"));
    if (json_array_append_new(lanes, lane) != 0)
        b->bad = true;
}

static const json_t *column_named(const json_t *table, rv_str name)
{
    size_t i;
    json_t *c;
    JEACH(json_object_get(json_object_get(table, "data"), "structure"), i, c)
    {
        if (rv_str_eq(rv_str_trim(rv_json_member_str(c, "name")), rv_str_trim(name)))
            return c;
    }
    return NULL;
}

/* As the file has it. */
static rv_str table_option(const struct import_node *n)
{
    const char *id;
    json_t *pin;
    JMEMBERS(rv_import_pins_of(n, "inputs"), id, pin)
    {
        if (rv_str_eq(rv_json_member_str(pin, "key"), RV_STR("stash")) &&
            rv_str_eq(rv_json_member_str(pin, "group"), RV_STR("parameters")))
            return rv_json_member_str(json_object_get(pin, "value"), "data");
    }
    return RV_NONE_STR;
}

/* The table of a card must be in the file, and should have the columns that the card's fields name
 * (flopack.md 22). */
static void check_table(struct import_body *b, const struct import_node *n, const json_t *card)
{
    static const char *const sides[] = { "inputs", "outputs" };
    rv_str id = table_option(n);
    json_t *pin;
    size_t i;
    if (!rv_str_eq(n->module, RV_STR("stash")) || id.n == 0 || rv_str_eq(id, RV_STR("runtime")))
        return;
    const json_t *table = json_object_getn(b->m->tables, id.p, id.n);
    if (table == NULL) {
        rv_import_error_at(b, n, "the table of this card is not in the export", "");
        return;
    }
    for (size_t k = 0; k < RV_LEN(sides); k++) {
        json_array_foreach(json_object_get(card, sides[k]), i, pin)
        {
            rv_str name = rv_json_member_str(pin, "key");
            if (rv_str_eq(rv_json_member_str(pin, "group"), RV_STR("Fields")) &&
                column_named(table, name) == NULL)
                rv_import_warning(b->m, n->title,
                                  "the table \"%.*s\" has no column \"%.*s\" (%.*s)",
                                  RV_FMT(rv_json_member_str(table, "name")), RV_FMT(name),
                                  RV_FMT(n->uuid));
        }
    }
}

/* The new id of the table, flow or folder that an option names, borrowed; NULL: it names none. */
static json_t *option_id(const struct import_body *b, const char *old)
{
    json_t *const ids[] = { b->m->table_ids, b->m->flow_ids, b->m->folder_ids };
    json_t *now = NULL;
    for (size_t i = 0; i < RV_LEN(ids) && now == NULL; i++)
        now = json_object_get(ids[i], old);
    return now;
}

/* An option is a value by its key; the field it stands in is kept for exports. */
static void emit_option(struct import_body *b, const json_t *p, json_t *options, json_t *fields)
{
    json_t *data = json_object_get(json_object_get(p, "value"), "data"), *pin = pin_base(b, p);
    if (data == NULL)
        data = json_null();
    json_t *now = json_is_string(data) ? option_id(b, json_string_value(data)) : NULL;
    rv_str key = rv_json_member_str(p, "key");
    set_choices(b, pin, json_object_get(json_object_get(p, "metadata"), "choices"));
    if (json_is_true(json_object_get(p, "required")))
        set_new(b, pin, "required", json_true());
    if (json_array_append_new(fields, pin) != 0)
        b->bad = true;
    if (key.p != NULL && json_object_setn(options, key.p, key.n, now != NULL ? now : data) != 0)
        b->bad = true;
}

static void emit_inputs(struct import_body *b, const struct import_node *n, json_t *card)
{
    size_t count, i;
    struct sorted *pins = sort_pins(b, n, "inputs", &count);
    json_t *inputs = json_array(), *options = json_object(), *fields = json_array();
    bool holds_bodies = rv_str_eq(n->name, RV_STR("control:tryCatch")) ||
                        rv_str_eq(n->name, RV_STR("control:branch"));
    for (i = 0; pins != NULL && i < count; i++) {
        const json_t *p = pins[i].pin;
        if (rv_str_eq(rv_json_member_str(p, "flags"), RV_STR("p")) &&
            rv_str_eq(rv_json_member_str(p, "group"), RV_STR("parameters"))) {
            emit_option(b, p, options, fields);
            continue;
        }
        if (json_array_append_new(inputs, emit_input(b, n, p)) != 0)
            b->bad = true;
    }
    if (json_object_size(options) > 0)
        set_new(b, card, "options", options);
    else
        json_decref(options);
    if (json_array_size(fields) > 0)
        set_new(b, origin_of(b, card), "options", fields);
    else
        json_decref(fields);
    set_new(b, card, "inputs", inputs);
    for (i = 0; pins != NULL && i < count; i++) {
        const json_t *v = json_object_get(pins[i].pin, "value"),
                     *inner = inline_body(json_object_get(v, "data"));
        rv_str group = rv_json_member_str(pins[i].pin, "group");
        if (inner != NULL && rv_str_eq(rv_json_member_str(v, "type"), RV_STR("flo")) &&
            (holds_bodies || json_object_size(inner) > 0)) /* elsewhere nothing is chosen yet */
            add_lane(b, n, card,
                     group.n > 0                                ? group
                     : rv_str_eq(n->method, RV_STR("tryCatch")) ? RV_STR("try")
                                                                : RV_STR("each"),
                     inner);
    }
}

static void emit_outputs(struct import_body *b, const struct import_node *n, json_t *outputs)
{
    size_t count;
    struct sorted *pins = sort_pins(b, n, "outputs", &count);
    for (size_t i = 0; pins != NULL && i < count; i++) {
        const json_t *meta = json_object_get(pins[i].pin, "metadata");
        json_t *pin = pin_base(b, pins[i].pin);
        set_choices(b, pin, json_object_get(meta, "choices"));
        if (json_is_true(json_object_get(meta, RV_META_REQUIRED)))
            set_new(b, pin, "required", json_true());
        if (json_array_append_new(outputs, pin) != 0)
            b->bad = true;
    }
}

static void emit_policy(struct import_body *b, const struct import_node *n, json_t *card)
{
    const json_t *error = json_object_get(json_object_get(n->model, "policy"), "error");
    json_t *flo = json_object_get(error, "flo");
    const json_t *inner = inline_body(flo);
    rv_str type = rv_json_member_str(error, "type");
    if (inner == NULL && rv_str_eq(type, RV_STR("handler")))
        rv_import_error_at(b, n, "the error handler of the card has no cards", "");
    if (inner != NULL)
        add_lane(b, n, card, RV_STR("handler"), inner);
    if (!json_is_object(error) ||
        (rv_str_eq(type, RV_STR("finish")) && json_object_size(error) == 1))
        return;
    json_t *copy = json_copy((json_t *)(uintptr_t)error);
    if (inner != NULL)
        (void)json_object_del(copy, "flo"); /* it is the lane */
    else if (json_is_string(flo) && json_object_set(copy, "flo", flow_reference(b, n, flo)) != 0)
        b->bad = true;
    set_new(b, card, "policy", copy);
}

/* The connection the file names, while nobody has chosen one here: who chooses sees its name, and
 * an export has it again. */
static void keep_config(struct import_body *b, const char *old, const json_t *wanted, json_t *card)
{
    json_t *o = json_object();
    rv_str name = rv_json_member_str(wanted, "name");
    name.n = name.n > 200 ? 200 : name.n;
    while (name.n > 0 && !rv_utf8_valid(name))
        name.n--;
    set_text(b, o, "id", rv_json_str(json_object_get(b->m->config_ids, old)));
    set_text(b, o, "name", name);
    set_new(b, origin_of(b, card), "config", o);
}

static void emit_connection(struct import_body *b, const struct import_node *n, json_t *card)
{
    const char *config = json_string_value(json_object_get(n->model, "config"));
    if (!n->conn || rv_str_eq(n->module, RV_STR("stash")))
        return;
    json_t *known = config != NULL ? json_object_get(b->m->connection_ids, config) : NULL;
    const struct rv_card *entry = rv_card_find(rv_engine_of(b->cx), n->name);
    const json_t *wanted = config != NULL ? json_object_get(b->m->configs, config) : NULL;
    if (config != NULL && wanted == NULL)
        rv_import_warning(b->m, n->title, "the connection of this card is not in the export (%.*s)",
                          RV_FMT(n->uuid));
    if (config == NULL && entry != NULL && entry->connector != NULL && !entry->connection_optional)
        known = json_object_get(b->m->only, entry->connector);
    if (json_is_string(known)) {
        set_new(b, card, "connectionId", json_incref(known));
        return;
    }
    if (wanted != NULL)
        keep_config(b, config, wanted, card);
    if (wanted == NULL && entry != NULL && (entry->connector == NULL || entry->connection_optional))
        return;
    if (json_object_setn_new(b->m->needs, n->module.p, n->module.n, json_true()) != 0)
        b->bad = true;
}

static void note_support(struct import_body *b, const struct import_node *n)
{
    if (rv_card_find(rv_engine_of(b->cx), n->name) != NULL)
        return;
    json_t *count = json_object_getn(b->m->unsupported, n->name.p, n->name.n);
    json_int_t times = count != NULL ? json_integer_value(count) : 0;
    if (json_object_setn_new(b->m->unsupported, n->name.p, n->name.n, json_integer(times + 1)) != 0)
        b->bad = true;
    rv_import_warning(
        b->m, n->title,
        "card \"%.*s\" (%.*s) is not supported; it is kept and fails only when it is run (%.*s)",
        RV_FMT(n->title), RV_FMT(n->name), RV_FMT(n->uuid));
}

/* Markers {{{key}}} of a template without a field of that key render empty. */
static void check_template(struct import_body *b, const struct import_node *n, const json_t *card)
{
    size_t i, k;
    json_t *pin, *other;
    json_array_foreach(json_object_get(card, "inputs"), i, pin)
    {
        rv_str t = rv_json_member_str(pin, "value");
        if (!rv_str_eq(rv_json_member_str(pin, "key"), RV_STR("_text_")) || t.p == NULL)
            continue;
        for (size_t at = 0; at + 3 < t.n; at++) {
            const char *end;
            if (memcmp(t.p + at, "{{{", 3) != 0 ||
                (end = memmem(t.p + at, t.n - at, "}}}", 3)) == NULL)
                continue;
            rv_str key = { t.p + at + 3, (size_t)(end - t.p) - at - 3 };
            bool found = key.n > 80;
            json_array_foreach(json_object_get(card, "inputs"), k, other)
            {
                found = found || rv_str_eq(rv_json_member_str(other, "key"), key);
            }
            if (!found)
                rv_import_warning(
                    b->m, n->title,
                    "the text names a field {{{%.*s}}} that is not there; it renders empty (%.*s)",
                    RV_FMT(key), RV_FMT(n->uuid));
            at = (size_t)(end - t.p) + 2;
        }
    }
}

static rv_str fitting_title(struct import_body *b, const struct import_node *n, rv_str title)
{
    if (title.n <= TITLE_MAX)
        return title;
    title.n = TITLE_MAX;
    while (!rv_utf8_valid(title)) /* the cut may have split a character */
        title.n--;
    rv_import_warning(b->m, title, "the name of the card has more than %d bytes and was cut (%.*s)",
                      TITLE_MAX, RV_FMT(n->uuid));
    return title;
}

/* An address that an export makes again from the name of the card alone. */
static bool is_usual(struct import_body *b, const struct import_node *n)
{
    return rv_card_find(rv_engine_of(b->cx), n->name) != NULL &&
           rv_str_eq(rv_json_member_str(n->m, "address"),
                     rv_printf(b->cx, "root:kernel:%.*s:0.0.1:%.*s", RV_FMT(n->module),
                               RV_FMT(n->method)));
}

static json_t *emit_card(struct import_body *b, struct import_node *n)
{
    json_t *card = json_object(), *outputs = json_array();
    const json_t *comments = json_object_get(n->model, "comments");
    rv_str title = n->title;
    n->emitted = true;
    if (++b->m->cards > RV_FLOW_CARDS_MAX) {
        if (b->m->cards == RV_FLOW_CARDS_MAX + 1)
            rv_import_error_at(b, n, "a flow has at most 500 cards (limit flow.cards)", "");
        b->bad = true;
    }
    set_new(b, card, "id", json_stringn(n->id.p, n->id.n));
    set_new(b, card, "card", json_stringn(n->name.p, n->name.n));
    if (n->conn || !is_usual(b, n))
        set_text(b, card, "address", rv_json_member_str(n->m, "address"));
    if (json_is_object(comments) && rv_str_eq(n->name, RV_STR("control:comment"))) {
        title = rv_json_member_str(comments, "title");
        set_text(b, card, "note", rv_json_member_str(comments, "markdown"));
    } else {
        set_text(b, card, "note", rv_json_str(comments));
    }
    set_text(b, card, "title", fitting_title(b, n, title));
    if (!rv_str_eq(n->id, n->uuid))
        set_text(b, origin_of(b, card), "uuid", n->uuid);
    emit_connection(b, n, card);
    emit_inputs(b, n, card);
    emit_outputs(b, n, outputs);
    set_new(b, card, "outputs", outputs);
    check_table(b, n, card);
    emit_policy(b, n, card);
    const json_t *timeout = json_object_get(n->model, "timeout");
    if (json_is_integer(timeout))
        set_new(b, card, "timeout", json_integer(json_integer_value(timeout)));
    note_support(b, n);
    check_template(b, n, card);
    return card;
}

/* ---- order ----------------------------------------------------------------------------------- */

/* The one successor that is not a join; -1: the lane ends here. */
static int successor(struct import_body *b, const struct import_node *n)
{
    int found = -1;
    for (size_t i = 0; i < n->next_n; i++) {
        if (b->nodes[n->next[i]].join)
            continue;
        if (found >= 0)
            rv_import_error_at(b, n, "two cards follow one card", "");
        found = n->next[i];
    }
    return found;
}

static void sequence(struct import_body *b, int u, json_t *out, int depth, int lane);

static int anchor_of(struct import_body *b, const struct import_node *n, bool side)
{
    const char *uuid;
    json_t *v;
    int found = -1;
    JMEMBERS(json_object_get(n->m, "branches"), uuid, v)
    {
        if (json_is_boolean(v) && json_is_true(v) == side)
            found = rv_import_find_node(b, uuid);
    }
    return found;
}

/* The join that both anchors point to and no inner container owns. */
static int common_join(struct import_body *b, int t, int f)
{
    for (size_t i = 0; i < b->nodes[t].next_n; i++) {
        int j = b->nodes[t].next[i];
        if (b->nodes[j].join && !b->nodes[j].emitted && rv_import_has_edge(&b->nodes[f], j))
            return j;
    }
    return -1;
}

/* Which link into a field of the join counts in a lane: the one whose source card stands in it, or
 * one from before the container that is for this lane. */
static const struct import_link *lane_link(struct import_body *b, const struct import_node *join,
                                           const char *input, const char *lane, const int *range)
{
    const struct import_link *outside = NULL;
    for (const struct import_link *l = join->links; l != NULL; l = l->next) {
        int mark = b->nodes[l->card].lane_mark;
        if (strcmp(l->input, input) != 0 || (l->lane != NULL && strcmp(l->lane, lane) != 0))
            continue;
        if (mark >= range[0] && mark < range[1])
            return l;
        if (mark >= 0 && mark < range[2] && outside == NULL)
            outside = l; /* from before the container: the same in both lanes */
    }
    return outside;
}

static const json_t *join_input(const struct import_node *join, const json_t *output)
{
    const char *id;
    json_t *list, *p;
    size_t i;
    json_t *e;
    JMEMBERS(json_object_get(join->m, "joins"), id, list)
    {
        JEACH(list, i, e)
        {
            if (rv_str_eq(rv_json_member_str(e, "output"), rv_json_member_str(output, "id")))
                return rv_import_pin_by_id(join, "inputs", id);
        }
    }
    JMEMBERS(rv_import_pins_of(join, "inputs"), id, p)
    {
        if (rv_str_eq(rv_json_member_str(p, "key"), rv_json_member_str(output, "key")))
            return p;
    }
    return NULL;
}

static void check_joins(struct import_body *b, const struct import_node *join)
{
    const char *id;
    json_t *list;
    JMEMBERS(json_object_get(join->m, "joins"), id, list)
    {
        if (json_array_size(list) > 0 && rv_import_pin_by_id(join, "inputs", id) == NULL)
            rv_import_error_at(b, join,
                               "the end of an If/Else names a field that is not there: ", id);
    }
}

/* The value of a field of the join in a lane without a link: one for both, or one for each. */
static json_t *lane_value(const struct import_node *join, const json_t *in, const char *lane)
{
    const json_t *v = json_object_get(in, "value"), *each = json_object_get(v, "lanes");
    if (json_is_object(each))
        return json_object_get(each, lane);
    const char *id = json_string_value(json_object_get(in, "id"));
    return id != NULL && link_into(join, id) == NULL ? json_object_get(v, "data") : NULL;
}

static json_t *lane_results(struct import_body *b, const struct import_node *join, const char *lane,
                            const int *range)
{
    json_t *results = json_array(), *o;
    const char *id;
    JMEMBERS(rv_import_pins_of(join, "outputs"), id, o)
    {
        const json_t *in = join_input(join, o);
        const char *input = json_string_value(json_object_get(in, "id"));
        json_t *r = json_object();
        const struct import_link *l = input != NULL ? lane_link(b, join, input, lane, range) : NULL;
        set_new(b, r, "output", json_string(id));
        if (l != NULL)
            set_new(b, r, "from", from_of(b, l));
        else if (lane_value(join, in, lane) != NULL)
            set_new(b, r, "value", json_incref(lane_value(join, in, lane)));
        if (json_array_append_new(results, r) != 0)
            b->bad = true;
    }
    return results;
}

/* The three hidden cards of an If/Else, and the fields of its end, as they were. */
static void keep_join(struct import_body *b, json_t *card, const struct import_node *join,
                      const int *anchors)
{
    json_t *inputs = json_object(), *o = json_object(), *out;
    const char *id;
    set_text(b, o, "uuid", join->uuid);
    set_text(b, o, "title", join->title);
    set_text(b, o, "true", b->nodes[anchors[0]].uuid);
    set_text(b, o, "false", b->nodes[anchors[1]].uuid);
    for (int i = 0; i < 2; i++) {
        const json_t *limit = json_object_get(b->nodes[anchors[i]].model, "timeout");
        if (json_is_integer(limit))
            set_new(b, o, i == 0 ? "trueTimeout" : "falseTimeout",
                    json_integer(json_integer_value(limit)));
    }
    JMEMBERS(rv_import_pins_of(join, "outputs"), id, out)
    {
        const json_t *in = join_input(join, out);
        json_t *pin = in != NULL ? pin_base(b, in) : NULL;
        if (pin == NULL)
            continue;
        if (json_is_true(json_object_get(in, "required")))
            set_new(b, pin, "required", json_true());
        if (link_into(join, json_string_value(json_object_get(in, "id"))) != NULL)
            keep_static(b, pin, json_object_get(json_object_get(in, "value"), "data"));
        set_new(b, inputs, id, pin);
    }
    const json_t *timeout = json_object_get(join->model, "timeout");
    if (json_is_integer(timeout))
        set_new(b, o, "timeout", json_integer(json_integer_value(timeout)));
    set_new(b, o, "inputs", inputs);
    set_new(b, origin_of(b, card), "join", o);
}

static int emit_if(struct import_body *b, struct import_node *n, json_t *out, int depth, int lane)
{
    static const char *const names[2] = { "true", "false" };
    int anchors[2] = { anchor_of(b, n, true), anchor_of(b, n, false) };
    if (json_object_size(json_object_get(n->m, "branches")) != 2 || anchors[0] < 0 ||
        anchors[1] < 0) {
        rv_import_error_at(b, n, "an If/Else lacks one of its two branches", "");
        return -1;
    }
    for (int side = 0; side < 2; side++) {
        const struct import_node *a = &b->nodes[anchors[side]];
        if (a->emitted || !rv_str_eq(a->name, RV_STR("control:noop"))) {
            rv_import_error_at(b, n, "a branch of an If/Else starts at a card that is none: ",
                               json_string_value(json_object_get(a->m, "uuid")));
            return -1;
        }
    }
    int j = common_join(b, anchors[0], anchors[1]);
    if (j < 0) {
        rv_import_error_at(b, n, "the branches of an If/Else never meet", "");
        return -1;
    }
    struct import_node *join = &b->nodes[j];
    check_joins(b, join);
    join->id = n->id;
    join->emitted = true;
    int start = b->lane_clock;
    json_t *card = emit_card(b, n), *lanes = json_array();
    keep_join(b, card, join, anchors);
    n->lane_mark = join->lane_mark = lane;
    for (int side = 0; side < 2; side++) {
        json_t *l = json_object(), *cards = json_array();
        int range[3] = { ++b->lane_clock, 0, start + 1 };
        b->nodes[anchors[side]].emitted = true;
        sequence(b, successor(b, &b->nodes[anchors[side]]), cards, depth + 1, range[0]);
        range[1] = b->lane_clock + 1;
        set_new(b, l, "name", json_string(names[side]));
        set_new(b, l, "cards", cards);
        set_new(b, l, "results", lane_results(b, join, names[side], range));
        if (json_array_append_new(lanes, l) != 0)
            b->bad = true;
    }
    set_new(b, card, "lanes", lanes);
    emit_outputs(b, join, json_object_get(card, "outputs"));
    if (json_array_append_new(out, card) != 0)
        b->bad = true;
    return successor(b, join);
}

static void sequence(struct import_body *b, int u, json_t *out, int depth, int lane)
{
    if (depth > RV_FLOW_NESTING_MAX) {
        rv_import_error_at(b, u >= 0 ? &b->nodes[u] : NULL,
                           "containers nest more than 16 deep (limit flow.nesting)", "");
        return;
    }
    while (u >= 0) { /* ends: no card twice */
        struct import_node *n = &b->nodes[u];
        if (n->emitted) {
            rv_import_error_at(b, n, "a card is reached twice", "");
            return;
        }
        if (rv_str_eq(n->name, RV_STR("control:if"))) {
            u = emit_if(b, n, out, depth, lane);
            continue;
        }
        n->lane_mark = lane;
        if (json_array_append_new(out, emit_card(b, n)) != 0)
            b->bad = true;
        u = successor(b, n);
    }
}

static void check_all_reached(struct import_body *b)
{
    for (size_t i = 0; i < b->n && !b->bad; i++)
        if (!b->nodes[i].emitted && !b->nodes[i].expand)
            rv_import_error_at(b, &b->nodes[i], "a card is not reached from the first one", "");
}

/* A body that cannot be put in order still tells what is wrong in the bodies within its cards. */
static void look_inside(struct import_body *b)
{
    const char *id;
    json_t *pin;
    for (size_t i = 0; i < b->n; i++) {
        const struct import_node *n = &b->nodes[i];
        const json_t *inner = inline_body(
            json_object_get(json_object_get(json_object_get(n->model, "policy"), "error"), "flo"));
        if (inner != NULL)
            json_decref(import_inner(b, n, inner));
        JMEMBERS(rv_import_pins_of(n, "inputs"), id, pin)
        {
            const json_t *v = json_object_get(pin, "value");
            inner = inline_body(json_object_get(v, "data"));
            if (json_object_size(inner) > 0 &&
                rv_str_eq(rv_json_member_str(v, "type"), RV_STR("flo")))
                json_decref(import_inner(b, n, inner));
        }
    }
}

json_t *rv_import_body(struct import *m, const json_t *body, bool is_inline, int depth)
{
    struct import_body b = {
        .m = m, .cx = m->cx, .index = json_object(), .pins = json_object(), .depth = depth
    };
    json_t *out = json_array();
    const char *wrong =
        depth > RV_FLOW_NESTING_MAX ? "inline flows nest more than 16 deep (limit flow.nesting)"
        : json_array_size(json_object_get(body, "methods")) > 0 ? NULL
        : is_inline ? "an inline body has no cards and so does not start with a Helper Flow card"
                    : "the flow has no list of cards";
    if (wrong != NULL) {
        rv_import_error_at(&b, NULL, wrong, "");
        json_decref(b.index);
        json_decref(b.pins);
        return out;
    }
    rv_import_read_nodes(&b, json_object_get(body, "methods"));
    rv_import_read_edges(&b, json_object_get(body, "orderings"));
    rv_import_read_links(&b);
    if (!b.bad)
        rv_import_resolve_links(&b);
    if (!b.bad)
        rv_import_check_cycles(&b);
    int root = b.bad ? -1 : rv_import_find_root(&b, is_inline);
    if (root >= 0 && !b.bad)
        sequence(&b, root, out, 1, 0);
    else
        look_inside(&b);
    check_all_reached(&b);
    json_decref(b.index);
    json_decref(b.pins);
    return out;
}
