/* cards/object.c: cards about objects and JSON (cards.md B.7: 3, 12, 22, 27, 28, 54, 84, 86, 91,
 * 98, C.9).
 *
 * Objects are never changed: a card that sets something makes copies along the way to it. Names
 * with dots are paths where the catalogue says so: in Construct they make objects, in Get Multiple
 * they read through them (flopack.md 18). */
#include "cards/cards_int.h"

static rv_status out_of_memory(struct rv_call *c)
{
    return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in an object");
}

static rv_status in_object(struct rv_call *c, const char *key, json_t **ret)
{
    json_t *v = rv_in(c, key);
    rv_str text = rv_str_trim(rv_json_str(v));
    if (json_is_string(v) && text.n == 0) {
        v = NULL;
    } else if (json_is_string(v)) { /* text that holds an object counts as one */
        if (rv_json_parse(rv_call_cx(c), text, &rv_json_limits_import, &v) != RV_OK)
            return rv_no_json(c,
                              rv_z(rv_call_cx(c),
                                   rv_printf(rv_call_cx(c),
                                             "the field \"%s\" must be an object, not text", key)));
    }
    if (v != NULL && !json_is_object(v) && !(json_is_array(v)))
        return rv_fail(rv_call_cx(c), RV_INVALID, "the field \"%s\" must be an object, not %s", key,
                       rv_value_type_name(v));
    *ret = v;
    return RV_OK;
}

static rv_status card_construct(struct rv_call *c)
{
    json_t *o = rv_new_object(c);
    struct rv_field f;
    if (o == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        json_t *v = rv_in_at(c, i, &f);
        struct rv_parts p;
        RV_TRY(rv_parts_of_text(c, f.key, &p));
        if (p.n > 0)
            RV_TRY(rv_parts_set(c, o, &p, v));
    }
    return rv_out(c, "output", json_incref(o));
}

static rv_status card_pick(struct rv_call *c)
{
    json_t *o = NULL;
    struct rv_field f;
    RV_TRY(in_object(c, "object", &o));
    for (size_t i = 0; i < rv_out_count(c); i++) {
        rv_out_field(c, i, &f);
        RV_TRY(rv_out_at(c, i,
                         json_incref(o != NULL && f.key.p != NULL ? rv_value_at(o, f.key) : NULL)));
    }
    return RV_OK;
}

static rv_status card_get(struct rv_call *c)
{
    json_t *o = NULL;
    struct rv_parts p;
    RV_TRY(in_object(c, "object", &o));
    if (o != NULL && !json_is_array(rv_in(c, "path"))) {
        rv_str text;
        RV_TRY(rv_in_text(c, "path", &text));
        return rv_out(c, "output", json_incref(rv_value_at(o, text)));
    }
    RV_TRY(rv_in_parts(c, "path", o, &p));
    return rv_out(c, "output", json_incref(rv_parts_at(o, &p, p.n)));
}

static rv_status card_set(struct rv_call *c)
{
    json_t *o = NULL, *copy;
    struct rv_parts p;
    RV_TRY(in_object(c, "object", &o));
    RV_TRY(rv_in_parts(c, "path", o, &p));
    copy = o != NULL ? json_copy(o) : json_object();
    RV_TRY(rv_json_keep(rv_call_cx(c), copy));
    if (p.n > 0)
        RV_TRY(rv_parts_set(c, copy, &p, rv_in(c, "value")));
    return rv_out(c, "output", json_incref(copy));
}

static rv_status merge_into(struct rv_call *c, json_t *to, const json_t *from)
{
    json_t *read;
    if (rv_value_empty(from))
        return RV_OK;
    if (json_is_string(from) && rv_str_starts(rv_str_trim(rv_json_str(from)), RV_STR("{"))) {
        if (rv_json_parse(rv_call_cx(c), rv_json_str(from), &rv_json_limits_import, &read) != RV_OK)
            return rv_no_json(c, "only objects can be merged, not text");
        from = read;
    }
    if (!json_is_object(from))
        return rv_fail(rv_call_cx(c), RV_INVALID, "only objects can be merged, not %s",
                       rv_value_type_name(from));
    return json_object_update(to, (json_t *)(uintptr_t)from) == 0 ? RV_OK : out_of_memory(c);
}

static rv_status card_merge(struct rv_call *c)
{
    json_t *o = rv_new_object(c);
    if (o == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < rv_in_count(c); i++)
        RV_TRY(merge_into(c, o, rv_in_at(c, i, NULL)));
    return rv_out(c, "output", json_incref(o));
}

static rv_status card_collapse(struct rv_call *c)
{
    json_t *list, *v, *o = rv_new_object(c);
    size_t i;
    RV_TRY(rv_in_list(c, "list", &list));
    if (o == NULL)
        return RV_BUSY;
    json_array_foreach(list, i, v)
        RV_TRY(merge_into(c, o, v));
    return rv_out(c, "output", json_incref(o));
}

static rv_status keys_or_values(struct rv_call *c, const char *out, bool values)
{
    json_t *o = NULL, *v, *list = rv_new_list(c);
    const char *key;
    size_t n;
    RV_TRY(in_object(c, "object", &o));
    if (list == NULL)
        return RV_BUSY;
    if (json_array_size(o) > 0)
        return rv_fail(rv_call_cx(c), RV_INVALID,
                       "the field \"object\" must be an object, not list");
    json_object_keylen_foreach(o, key, n, v)
    {
        if (json_array_append_new(list, values ? json_incref(v) : json_stringn(key, n)) != 0)
            return out_of_memory(c);
    }
    return rv_out(c, out, json_incref(list));
}

static rv_status card_keys(struct rv_call *c)
{
    return keys_or_values(c, "keys", false);
}

static rv_status card_values(struct rv_call *c)
{
    return keys_or_values(c, "values", true);
}

static rv_status card_size(struct rv_call *c)
{
    json_t *o;
    RV_TRY(in_object(c, "object", &o));
    return rv_out_num(c, "output", (double)json_object_size(o));
}

/* New value without empty members; depth bounded by the limits of what a run may hold (JSON nests
 * 64 deep). */
static json_t *without_empty(const json_t *v, bool recursive, int depth)
{
    const char *key;
    size_t n, i;
    json_t *m, *copy;
    if (depth > 64 || !(json_is_object(v) || json_is_array(v)))
        return json_incref((json_t *)(uintptr_t)v);
    copy = json_is_object(v) ? json_object() : json_array();
    json_object_keylen_foreach((json_t *)(uintptr_t)v, key, n, m)
    {
        json_t *inner = recursive ? without_empty(m, true, depth + 1) : json_incref(m);
        if (rv_value_empty(inner))
            json_decref(inner);
        else
            (void)json_object_setn_new(copy, key, n, inner); /* out of memory shows in the size limits */
    }
    json_array_foreach((json_t *)(uintptr_t)v, i, m)(void)
        json_array_append_new(copy, recursive ? without_empty(m, true, depth + 1) : json_incref(m));
    return copy;
}

static rv_status card_clear_empty(struct rv_call *c)
{
    json_t *o;
    bool recursive;
    RV_TRY(in_object(c, "object", &o));
    RV_TRY(rv_in_flag(c, "recursive", true, &recursive));
    return rv_out(c, "output", o != NULL ? without_empty(o, recursive, 0) : json_object());
}

static rv_status card_unset(struct rv_call *c)
{
    json_t *o = NULL, *copy;
    struct rv_parts p;
    RV_TRY(in_object(c, "object", &o));
    RV_TRY(rv_in_parts(c, "path", o, &p));
    copy = o != NULL ? json_copy(o) : json_object();
    RV_TRY(rv_json_keep(rv_call_cx(c), copy));
    RV_TRY(rv_parts_unset(c, copy, &p));
    return rv_out(c, "output", json_incref(copy));
}

static rv_status card_parse(struct rv_call *c)
{
    json_t *v = rv_in(c, "string");
    rv_str text;
    if (json_is_object(v) || json_is_array(v))
        return rv_out(c, "output", json_incref(v));
    RV_TRY(rv_in_text(c, "string", &text));
    if (rv_str_trim(text).n == 0)
        return rv_out(c, "output", json_null());
    if (rv_json_parse(rv_call_cx(c), text, &rv_json_limits_import, &v) != RV_OK)
        return rv_no_json(c, "invalid JSON");
    return rv_out(c, "output", json_incref(v));
}

static rv_status card_stringify(struct rv_call *c)
{
    rv_str text;
    RV_TRY(rv_json_dump(rv_call_cx(c), rv_in(c, "object"), &text));
    return rv_out_text(c, "output", rv_in(c, "object") != NULL ? text : RV_STR("null"));
}

#define OBJECT(key) { NULL, key, key, RV_T_OBJECT, 0, NULL, NULL, "the object; nothing counts as one without keys" }
#define PATH { NULL, "path", "path", RV_T_ANY, 0, NULL, NULL, "key, keys with dots between, or a list of keys; empty: the object itself" }
#define OUT_OBJECT { NULL, "output", "output", RV_T_OBJECT, 0, NULL, NULL, "the object" }

/* clang-format off */
const struct rv_card rv_cards_object[] = {
    { .name = "object:construct", .label = "Construct", .category = "Object", .help = "Makes an object from fields; a name with dots makes objects inside it.", .kind = RV_CARD_PURE,
      .user_pins = RV_USER_INPUTS, .out = RV_PINS(OUT_OBJECT), .run = card_construct },
    { .name = "object:pick", .label = "Get Multiple", .category = "Object", .help = "Reads several values out of an object; a name with dots reads deeper.", .kind = RV_CARD_PURE,
      .user_pins = RV_USER_OUTPUTS, .in = RV_PINS(OBJECT("object")), .run = card_pick },
    { .name = "object:get", .label = "Get", .category = "Object", .help = "Reads the value at a path.", .kind = RV_CARD_PURE,
      .in = RV_PINS(OBJECT("object"), PATH), .out = RV_PINS({ NULL, "output", "output", RV_T_ANY, 0, NULL, NULL, "the value" }), .run = card_get },
    { .name = "object:set", .label = "Set", .category = "Object", .help = "Gives a copy of an object with a value set at a path.", .kind = RV_CARD_PURE,
      .in = RV_PINS(OBJECT("object"), PATH, { NULL, "value", "value", RV_T_ANY, 0, NULL, NULL, "the value" }), .out = RV_PINS(OUT_OBJECT), .run = card_set },
    { .name = "object:unset", .label = "Unset", .category = "Object", .help = "Gives a copy of an object without the key at a path.", .kind = RV_CARD_PURE,
      .in = RV_PINS(OBJECT("object"), PATH), .out = RV_PINS(OUT_OBJECT), .run = card_unset },
    { .name = "object:merge", .label = "Merge", .category = "Object", .help = "Puts objects together; later ones win.", .kind = RV_CARD_PURE, .user_pins = RV_USER_INPUTS, .user_types = "object",
      .in = RV_PINS({ NULL, "start", "object 1", RV_T_OBJECT, 0, NULL, NULL, "first object" }, { NULL, "sink", "object 2", RV_T_OBJECT, 0, NULL, NULL, "second object" }),
      .out = RV_PINS(OUT_OBJECT), .run = card_merge },
    { .name = "list:collapse", .label = "Collapse", .category = "List", .help = "Puts the objects of a list together; later ones win.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "list", "list", RV_T_OBJECT, RV_PIN_LIST, NULL, NULL, "list of objects" }), .out = RV_PINS(OUT_OBJECT), .run = card_collapse },
    { .name = "object:keys", .label = "Keys", .category = "Object", .help = "The keys of an object.", .kind = RV_CARD_PURE,
      .in = RV_PINS(OBJECT("object")), .out = RV_PINS({ NULL, "keys", "keys", RV_T_TEXT, RV_PIN_LIST, NULL, NULL, "the keys, in order" }), .run = card_keys },
    { .name = "object:values", .label = "Values", .category = "Object", .help = "The values of an object.", .kind = RV_CARD_PURE,
      .in = RV_PINS(OBJECT("object")), .out = RV_PINS({ NULL, "values", "values", RV_T_ANY, RV_PIN_LIST, NULL, NULL, "the values, in the order of their keys" }), .run = card_values },
    { .name = "object:size", .label = "Size", .category = "Object", .help = "Counts the keys of an object.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "object", "object", RV_T_OBJECT, 0, NULL, NULL, "the object" }), .out = RV_PINS({ NULL, "output", "output", RV_T_NUM, 0, NULL, NULL, "number of keys" }), .run = card_size },
    { .name = "object:clearEmpty", .label = "Clear Empty", .category = "Object", .help = "Takes out what is empty.", .kind = RV_CARD_PURE,
      .in = RV_PINS(OBJECT("object"), { NULL, "recursive", "recursive", RV_T_BOOL, 0, "true", NULL, "also inside objects and lists" }), .out = RV_PINS(OUT_OBJECT), .run = card_clear_empty },
    { .name = "json:parse", .label = "Parse", .category = "JSON", .help = "Reads JSON text.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "string", "text", RV_T_TEXT, 0, NULL, NULL, "JSON text" }), .out = RV_PINS({ NULL, "output", "output", RV_T_ANY, 0, NULL, NULL, "what it says" }), .run = card_parse },
    { .name = "json:stringify", .label = "Stringify", .category = "JSON", .help = "Writes a value as JSON text.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "object", "object", RV_T_ANY, RV_PIN_REQUIRED, NULL, NULL, "object or list" }), .out = RV_PINS({ NULL, "output", "output", RV_T_TEXT, 0, NULL, NULL, "JSON text" }), .run = card_stringify },
    { .name = NULL },
};
