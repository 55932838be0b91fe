/* cards/object_more.c: further cards about objects that need no helper flow (cards.md C.9). A given
 * object is never changed. */
#include "cards/cards_int.h"

static rv_status memory(struct rv_call *c)
{
    return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in an object");
}

/* The object borrowed; nothing counts as one without keys. */
static rv_status in_object(struct rv_call *c, const char *key, json_t **ret)
{
    json_t *v = rv_in(c, key);
    rv_str text = rv_str_trim(rv_json_str(v));
    if (v == NULL || (json_is_string(v) && text.n == 0)) {
        *ret = rv_new_object(c);
        return *ret != NULL ? RV_OK : RV_BUSY;
    }
    if (json_is_string(v) && text.p[0] == '{')
        RV_TRY(rv_json_parse(rv_call_cx(c), text, &rv_json_limits_import, &v));
    if (!json_is_object(v))
        return rv_fail(rv_call_cx(c), RV_INVALID, "the field \"%s\" must be an object, not %s", key,
                       rv_value_type_name(v));
    *ret = v;
    return RV_OK;
}

static rv_status put(struct rv_call *c, json_t *o, rv_str key, json_t *borrowed)
{
    return json_object_setn_new(o, key.p != NULL ? key.p : "", key.n,
                                borrowed != NULL ? json_incref(borrowed) : json_null()) == 0
               ? RV_OK
               : memory(c);
}

/* ---- to lists and back ----------------------------------------------------------------------- */

static rv_status card_split(struct rv_call *c)
{
    json_t *o, *v, *list = rv_new_list(c), *pair;
    const char *key;
    size_t n;
    RV_TRY(in_object(c, "object", &o));
    if (list == NULL)
        return RV_BUSY;
    json_object_keylen_foreach(o, key, n, v)
    {
        pair = json_pack("{s:s%, s:O}", "key", key, n, "value", v);
        if (pair == NULL || json_array_append_new(list, pair) != 0)
            return memory(c);
    }
    return rv_out(c, "list", json_incref(list));
}

static rv_status card_collapse(struct rv_call *c)
{
    json_t *list, *v, *o = rv_new_object(c);
    rv_str key;
    size_t i;
    RV_TRY(rv_in_list(c, "list", &list));
    if (o == NULL)
        return RV_BUSY;
    json_array_foreach(list, i, v)
    {
        if (!json_is_object(v))
            return rv_fail(rv_call_cx(c), RV_INVALID,
                           "item %zu of the list must be an object with key and value, not %s", i,
                           rv_value_type_name(v));
        RV_TRY(rv_value_text(rv_call_cx(c), json_object_get(v, "key"), &key));
        RV_TRY(put(c, o, key, json_object_get(v, "value")));
    }
    return rv_out(c, "output", json_incref(o));
}

static rv_status card_zip(struct rv_call *c)
{
    json_t *keys, *values, *k, *o = rv_new_object(c);
    rv_str key;
    size_t i;
    RV_TRY(rv_in_list(c, "keys", &keys));
    RV_TRY(rv_in_list(c, "values", &values));
    if (o == NULL)
        return RV_BUSY;
    json_array_foreach(keys, i, k)
    {
        RV_TRY(rv_value_text(rv_call_cx(c), k, &key));
        RV_TRY(put(c, o, key, json_array_get(values, i)));
    }
    return rv_out(c, "output", json_incref(o));
}

static rv_status card_unzip(struct rv_call *c)
{
    json_t *o, *v, *keys = rv_new_list(c), *values = rv_new_list(c);
    const char *key;
    size_t n;
    RV_TRY(in_object(c, "object", &o));
    if (keys == NULL || values == NULL)
        return RV_BUSY;
    json_object_keylen_foreach(o, key, n, v)
    {
        if (json_array_append_new(keys, json_stringn(key, n)) != 0)
            return memory(c);
        RV_TRY(rv_list_add(c, values, v));
    }
    RV_TRY(rv_out(c, "keys", json_incref(keys)));
    return rv_out(c, "values", json_incref(values));
}

/* ---- keys ------------------------------------------------------------------------------------ */

/* Without the keys whose value is nothing, an empty text or an empty object; what is inside stays
 * as it is. */
static rv_status card_filter(struct rv_call *c)
{
    json_t *o, *v, *out = rv_new_object(c);
    const char *key;
    size_t n;
    RV_TRY(in_object(c, "object", &o));
    if (out == NULL)
        return RV_BUSY;
    json_object_keylen_foreach(o, key, n, v)
    {
        if (!rv_value_empty(v) || json_is_array(v))
            RV_TRY(put(c, out, (rv_str){ key, n }, v));
    }
    return rv_out(c, "output", json_incref(out));
}

/* Further fields, each under its name; a name with dots is one key here. */
static rv_status card_set_multiple(struct rv_call *c)
{
    json_t *o, *out;
    struct rv_field f;
    RV_TRY(in_object(c, "object", &o));
    out = json_copy(o);
    RV_TRY(rv_json_keep(rv_call_cx(c), out));
    for (size_t i = 0; i < rv_in_count(c); i++) {
        json_t *v = rv_in_at(c, i, &f);
        if (f.group.n > 0 || !rv_str_eq(f.key, RV_STR("object")))
            RV_TRY(put(c, out, f.key, v));
    }
    return rv_out(c, "output", json_incref(out));
}

static rv_status card_has(struct rv_call *c)
{
    json_t *o;
    struct rv_parts path;
    RV_TRY(in_object(c, "object", &o));
    RV_TRY(rv_in_parts(c, "path", o, &path));
    return rv_out(c, "output",
                  json_boolean(path.n > 0 && rv_parts_at(o, &path, path.n) != NULL));
}

static rv_status card_move(struct rv_call *c)
{
    json_t *o, *out, *value;
    struct rv_parts from, to;
    RV_TRY(in_object(c, "object", &o));
    RV_TRY(rv_in_parts(c, "from", o, &from));
    RV_TRY(rv_in_parts(c, "to", o, &to));
    out = json_copy(o);
    RV_TRY(rv_json_keep(rv_call_cx(c), out));
    value = from.n > 0 ? rv_parts_at(o, &from, from.n) : NULL;
    if (value != NULL && to.n > 0) { /* o holds the value meanwhile */
        RV_TRY(rv_parts_unset(c, out, &from));
        RV_TRY(rv_parts_set(c, out, &to, value));
    }
    return rv_out(c, "output", json_incref(out));
}

#define OBJECT { NULL, "object", "object", RV_T_OBJECT, 0, NULL, NULL, "the object; nothing counts as one without keys" }
#define TEXT(key, label, help) { NULL, key, label, RV_T_TEXT, RV_PIN_REQUIRED, NULL, NULL, help }
#define OUT_OBJECT { NULL, "output", "output", RV_T_OBJECT, 0, NULL, NULL, "the new object" }
#define LIST(key, help) { NULL, key, key, RV_T_ANY, RV_PIN_LIST, NULL, NULL, help }
#define CARD(address, words, sentence) .name = address, .label = words, .category = "Object", .help = sentence, .kind = RV_CARD_PURE

/* clang-format off */
const struct rv_card rv_cards_object_more[] = {
    { CARD("object:split", "Split", "Makes a list of objects with key and value."), .in = RV_PINS(OBJECT), .out = RV_PINS(LIST("list", "an object with key and value for each key")), .run = card_split },
    { CARD("object:collapse", "Collapse", "Makes an object of a list of objects with key and value."), .in = RV_PINS(LIST("list", "objects with key and value")), .out = RV_PINS(OUT_OBJECT), .run = card_collapse },
    { CARD("object:zip", "Zip", "Makes an object of a list of keys and a list of values."), .in = RV_PINS(LIST("keys", "the keys"), LIST("values", "the values, in the same order")), .out = RV_PINS(OUT_OBJECT), .run = card_zip },
    { CARD("object:unzip", "Unzip", "The keys and the values of an object."), .in = RV_PINS(OBJECT), .out = RV_PINS(LIST("keys", "the keys"), LIST("values", "the values, in the same order")), .run = card_unzip },
    { CARD("object:filter", "Filter", "Takes out keys without a value; what is inside stays as it is."), .in = RV_PINS(OBJECT), .out = RV_PINS(OUT_OBJECT), .run = card_filter },
    { CARD("object:setMultiple", "Set Multiple", "Gives a copy of an object with several keys set."), .user_pins = RV_USER_INPUTS, .in = RV_PINS(OBJECT), .out = RV_PINS(OUT_OBJECT), .run = card_set_multiple },
    { CARD("object:has", "Has Key", "Says whether an object has a key or path."), .in = RV_PINS(OBJECT, TEXT("path", "path", "key, or keys with dots between")),
      .out = RV_PINS({ NULL, "output", "output", RV_T_BOOL, 0, NULL, NULL, "true or false" }), .run = card_has },
    { CARD("object:move", "Move", "Gives a copy of an object with a value moved to another key or path."),
      .in = RV_PINS(OBJECT, TEXT("from", "from path", "where the value stands"), TEXT("to", "to path", "where it goes")), .out = RV_PINS(OUT_OBJECT), .run = card_move },
    { .name = NULL },
};
