/* cards/list_more.c: further cards about lists that need no helper flow (cards.md C.8). A given
 * list is never changed. */
#include "cards/cards_int.h"

static rv_status out_list(struct rv_call *c, const char *key, json_t *list)
{
    return rv_out(c, key, json_incref(list));
}

/* Input i as a list: nothing is an empty one, a single value a list of it. NULL with RV_BUSY stored
 * when memory is out. */
static json_t *list_at(struct rv_call *c, size_t i)
{
    json_t *list;
    return rv_value_list(rv_call_cx(c), rv_in_at(c, i, NULL), &list) == RV_OK ? list : NULL;
}

static rv_status card_front(struct rv_call *c)
{
    json_t *list, *v, *out = rv_new_list(c);
    size_t i;
    RV_TRY(rv_in_list(c, "list", &list));
    if (out == NULL)
        return RV_BUSY;
    RV_TRY(rv_list_add(c, out, rv_in(c, "item")));
    json_array_foreach(list, i, v)
        RV_TRY(rv_list_add(c, out, v));
    return out_list(c, "list", out);
}

static rv_status card_combine(struct rv_call *c)
{
    json_t *v, *out = rv_new_list(c);
    size_t k;
    if (out == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        json_t *list = list_at(c, i);
        if (list == NULL)
            return RV_BUSY;
        json_array_foreach(list, k, v)
            RV_TRY(rv_list_add(c, out, v));
    }
    return out_list(c, "list", out);
}

/* ---- by key ---------------------------------------------------------------------------------- */

static rv_status memory(struct rv_call *c)
{
    return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in an object");
}

static rv_status card_group(struct rv_call *c)
{
    json_t *list, *v, *groups = rv_new_object(c), *group;
    struct rv_path path;
    rv_str key;
    size_t i;
    RV_TRY(rv_in_list(c, "list", &list));
    RV_TRY(rv_in_path(c, "path", &path));
    if (groups == NULL)
        return RV_BUSY;
    json_array_foreach(list, i, v)
    {
        RV_TRY(rv_value_text(rv_call_cx(c), rv_path_at(v, &path), &key));
        group = json_object_getn(groups, key.p, key.n);
        if (group == NULL) {
            group = json_array();
            if (group == NULL || json_object_setn_new(groups, key.p, key.n, group) != 0)
                return memory(c);
        }
        RV_TRY(rv_list_add(c, group, v));
    }
    return rv_out(c, "output", json_incref(groups));
}

static rv_status card_index(struct rv_call *c)
{
    json_t *list, *v, *o = rv_new_object(c);
    struct rv_path path, value;
    rv_str key;
    size_t i;
    RV_TRY(rv_in_list(c, "list", &list));
    RV_TRY(rv_in_path(c, "keyPath", &path));
    RV_TRY(rv_in_path(c, "valuePath", &value));
    if (o == NULL)
        return RV_BUSY;
    json_array_foreach(list, i, v)
    {
        json_t *at = rv_path_at(v, &value);
        RV_TRY(rv_value_text(rv_call_cx(c), rv_path_at(v, &path), &key));
        if (json_object_setn_new(o, key.p, key.n, at != NULL ? json_incref(at) : json_null()) != 0)
            return memory(c);
    }
    return rv_out(c, "output", json_incref(o));
}

static rv_status card_partition(struct rv_call *c)
{
    json_t *list, *v, *yes = rv_new_list(c), *no = rv_new_list(c);
    struct rv_path path;
    rv_str op;
    size_t i;
    bool holds;
    RV_TRY(rv_in_list(c, "list", &list));
    RV_TRY(rv_in_path(c, "path", &path));
    RV_TRY(rv_in_text(c, "operator", &op));
    if (yes == NULL || no == NULL)
        return RV_BUSY;
    json_array_foreach(list, i, v)
    {
        RV_TRY(rv_value_compare(rv_call_cx(c), rv_path_at(v, &path), op.n > 0 ? op : RV_STR("=="),
                                rv_in(c, "comparison"), &holds));
        RV_TRY(rv_list_add(c, holds ? yes : no, v));
    }
    RV_TRY(out_list(c, "pass", yes));
    return out_list(c, "fail", no);
}

/* ---- order and parts ------------------------------------------------------------------------- */

static rv_status card_reverse(struct rv_call *c)
{
    json_t *list, *out = rv_new_list(c);
    RV_TRY(rv_in_list(c, "list", &list));
    if (out == NULL)
        return RV_BUSY;
    for (size_t i = json_array_size(list); i > 0; i--)
        RV_TRY(rv_list_add(c, out, json_array_get(list, i - 1)));
    return out_list(c, "list", out);
}

static rv_status card_shuffle(struct rv_call *c)
{
    json_t *list, *out = rv_new_list(c);
    uint8_t block[32];
    uint64_t bits;
    RV_TRY(rv_in_list(c, "list", &list));
    size_t n = json_array_size(list), *at = RV_NEW_N(rv_call_cx(c), size_t, n + 1);
    if (at == NULL || out == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < n; i++)
        at[i] = i;
    for (size_t i = 0; i < n; i++) {
        rv_card_random(c, i, block);
        memcpy(&bits, block, sizeof bits);
        size_t k = i + (size_t)(bits % (n - i)), other = at[k];
        at[k] = at[i];
        at[i] = other;
        RV_TRY(rv_list_add(c, out, json_array_get(list, other)));
    }
    return out_list(c, "list", out);
}

/* A position that may count from the end, clipped to the list. */
static size_t clipped(int64_t i, size_t n)
{
    if (i < 0)
        i += (int64_t)n;
    return i < 0 ? 0 : (size_t)i > n ? n : (size_t)i;
}

static rv_status card_slice(struct rv_call *c)
{
    json_t *list, *out = rv_new_list(c);
    int64_t from, to;
    RV_TRY(rv_in_list(c, "list", &list));
    RV_TRY(rv_in_whole(c, "start", 0, &from));
    RV_TRY(rv_in_whole(c, "end", INT32_MAX, &to));
    if (out == NULL)
        return RV_BUSY;
    size_t n = json_array_size(list), end = clipped(to, n);
    for (size_t i = clipped(from, n); i < end; i++)
        RV_TRY(rv_list_add(c, out, json_array_get(list, i)));
    return out_list(c, "list", out);
}

static rv_status card_insert(struct rv_call *c)
{
    json_t *list, *out = rv_new_list(c);
    int64_t index;
    RV_TRY(rv_in_list(c, "list", &list));
    RV_TRY(rv_in_whole(c, "index", 0, &index));
    if (out == NULL)
        return RV_BUSY;
    size_t n = json_array_size(list), at = clipped(index, n);
    for (size_t i = 0; i <= n; i++) {
        if (i == at)
            RV_TRY(rv_list_add(c, out, rv_in(c, "item")));
        if (i < n)
            RV_TRY(rv_list_add(c, out, json_array_get(list, i)));
    }
    return out_list(c, "list", out);
}

static rv_status card_remove_at(struct rv_call *c)
{
    json_t *list, *out = rv_new_list(c);
    int64_t index;
    RV_TRY(rv_in_list(c, "list", &list));
    RV_TRY(rv_in_whole(c, "index", 0, &index));
    if (out == NULL)
        return RV_BUSY;
    size_t n = json_array_size(list);
    bool inside = index >= 0 && (size_t)index < n;
    for (size_t i = 0; i < n; i++)
        if (!inside || i != (size_t)index)
            RV_TRY(rv_list_add(c, out, json_array_get(list, i)));
    RV_TRY(rv_out(c, "item", inside ? json_incref(json_array_get(list, (size_t)index)) : NULL));
    return out_list(c, "list", out);
}

static rv_status card_chunk(struct rv_call *c)
{
    json_t *list, *out = rv_new_list(c), *part = NULL;
    int64_t size;
    RV_TRY(rv_in_list(c, "list", &list));
    RV_TRY(rv_in_whole(c, "size", 1, &size));
    if (size < 1)
        return rv_fail(rv_call_cx(c), RV_INVALID, "the field \"size\" must be 1 or more");
    if (out == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (i % (size_t)size == 0) {
            part = json_array();
            if (part == NULL || json_array_append_new(out, part) != 0)
                return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in a list");
        }
        RV_TRY(rv_list_add(c, part, json_array_get(list, i)));
    }
    return out_list(c, "lists", out);
}

/* Item i of the new list is the list of the items i of all lists; what is missing is null. */
static rv_status card_zip(struct rv_call *c)
{
    json_t *out = rv_new_list(c), *row;
    size_t n = rv_in_count(c), longest = 0;
    json_t **lists = RV_NEW_N(rv_call_cx(c), json_t *, n + 1);
    if (out == NULL || lists == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < n; i++) {
        lists[i] = list_at(c, i);
        if (lists[i] == NULL)
            return RV_BUSY;
        longest = json_array_size(lists[i]) > longest ? json_array_size(lists[i]) : longest;
    }
    for (size_t k = 0; k < longest; k++) {
        row = json_array();
        if (row == NULL || json_array_append_new(out, row) != 0)
            return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in a list");
        for (size_t i = 0; i < n; i++)
            RV_TRY(rv_list_add(c, row, json_array_get(lists[i], k)));
    }
    return out_list(c, "list", out);
}

/* ---- sets ------------------------------------------------------------------------------------ */

/* How many of the lists hold a value, by its key. */
static rv_status count_lists(struct rv_call *c, json_t *counts)
{
    json_t *v, *last = rv_new_object(c);
    rv_str key;
    size_t k;
    if (last == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        json_t *list = list_at(c, i);
        if (list == NULL)
            return RV_BUSY;
        json_array_foreach(list, k, v)
        {
            RV_TRY(rv_value_key(rv_call_cx(c), v, &key));
            const json_t *seen = json_object_getn(last, key.p, key.n),
                         *n = json_object_getn(counts, key.p, key.n);
            if (seen != NULL && json_integer_value(seen) == (json_int_t)i)
                continue;
            if (json_object_setn_new(last, key.p, key.n, json_integer((json_int_t)i)) != 0 ||
                json_object_setn_new(counts, key.p, key.n,
                                     json_integer(json_integer_value(n) + 1)) != 0)
                return memory(c);
        }
    }
    return RV_OK;
}

/* Values that exactly one of the lists holds, in order of appearance. */
static rv_status card_xor(struct rv_call *c)
{
    json_t *v, *out = rv_new_list(c), *counts = rv_new_object(c);
    rv_str key;
    size_t k;
    if (out == NULL || counts == NULL)
        return RV_BUSY;
    RV_TRY(count_lists(c, counts));
    for (size_t i = 0; i < rv_in_count(c); i++) {
        json_t *list = list_at(c, i);
        json_array_foreach(list, k, v)
        {
            RV_TRY(rv_value_key(rv_call_cx(c), v, &key));
            if (json_integer_value(json_object_getn(counts, key.p, key.n)) != 1)
                continue;
            RV_TRY(rv_list_add(c, out, v));
            if (json_object_setn_new(counts, key.p, key.n, json_integer(0)) != 0) /* once */
                return memory(c);
        }
    }
    return out_list(c, "list", out);
}

/* The list without some values: those of a further field each, or of lists in them. */
static rv_status card_without(struct rv_call *c)
{
    json_t *list, *v, *item, *out = rv_new_list(c), *gone = rv_new_object(c);
    struct rv_field f;
    rv_str key;
    size_t k;
    RV_TRY(rv_in_list(c, "list", &list));
    if (out == NULL || gone == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        v = rv_in_at(c, i, &f);
        json_t *values = rv_str_eq(f.key, RV_STR("list")) || v == NULL ? out : list_at(c, i); /* out is still empty */
        if (values == NULL)
            return RV_BUSY;
        json_array_foreach(values, k, item)
        {
            RV_TRY(rv_value_key(rv_call_cx(c), item, &key));
            if (json_object_setn_new(gone, key.p, key.n, json_true()) != 0)
                return memory(c);
        }
    }
    json_array_foreach(list, k, v)
    {
        RV_TRY(rv_value_key(rv_call_cx(c), v, &key));
        if (json_object_getn(gone, key.p, key.n) == NULL)
            RV_TRY(rv_list_add(c, out, v));
    }
    return out_list(c, "list", out);
}

#define LIST(key, label) { NULL, key, label, RV_T_ANY, RV_PIN_LIST, NULL, NULL, "a list" }
#define SOURCE LIST("list", "list")
#define LISTS LIST("list1", "list 1"), LIST("list2", "list 2")
#define ITEM { NULL, "item", "item", RV_T_ANY, 0, NULL, NULL, "what is added" }
#define INDEX { NULL, "index", "index", RV_T_NUM, RV_PIN_REQUIRED, "0", NULL, "position, from 0" }
#define PATH(key, label, help) { NULL, key, label, RV_T_TEXT, 0, NULL, NULL, help }
#define OUT_LIST(key) { NULL, key, key, RV_T_ANY, RV_PIN_LIST, NULL, NULL, "the new list" }
#define OUT_ITEM { NULL, "item", "item", RV_T_ANY, 0, NULL, NULL, "the item, or nothing" }
#define OUT_OBJECT { NULL, "output", "output", RV_T_OBJECT, 0, NULL, NULL, "the object" }
#define CARD(address, words, sentence) .name = address, .label = words, .category = "List", .help = sentence, .kind = RV_CARD_PURE

/* clang-format off */
const struct rv_card rv_cards_list_more[] = {
    { CARD("list:unshift", "Add to Front", "Gives a list with an item more at its start."), .in = RV_PINS(ITEM, SOURCE), .out = RV_PINS(OUT_LIST("list")), .run = card_front },
    { CARD("list:concat", "Combine All", "Puts lists one behind the other."), .user_pins = RV_USER_INPUTS, .in = RV_PINS(LISTS), .out = RV_PINS(OUT_LIST("list")), .run = card_combine },
    { CARD("list:groupBy", "Group By", "Makes an object of lists: the items with the same value at a path."),
      .in = RV_PINS(SOURCE, PATH("path", "path", "key or path in each item; empty: the item itself")), .out = RV_PINS(OUT_OBJECT), .run = card_group },
    { CARD("list:indexBy", "Index By", "Makes an object with one key for each item."),
      .in = RV_PINS(SOURCE, PATH("keyPath", "key path", "where the key stands in each item"), PATH("valuePath", "value path", "where the value stands; empty: the whole item")),
      .out = RV_PINS({ NULL, "output", "object", RV_T_OBJECT, 0, NULL, NULL, "the object" }), .run = card_index },
    { CARD("list:partition", "Partition", "Parts the items for which a comparison holds from the others."),
      .in = RV_PINS(SOURCE, { NULL, "operator", "comparison", RV_T_TEXT, RV_PIN_REQUIRED, "\"==\"", rv_operators, "how each item is compared" },
                    PATH("path", "path", "key or path in each item; empty: the item itself"), { NULL, "comparison", "value", RV_T_ANY, 0, NULL, NULL, "what it is compared with" }),
      .out = RV_PINS(OUT_LIST("pass"), OUT_LIST("fail")), .run = card_partition },
    { CARD("list:reverse", "Reverse", "Gives a list from its end to its start."), .in = RV_PINS(SOURCE), .out = RV_PINS(OUT_LIST("list")), .run = card_reverse },
    { CARD("list:shuffle", "Shuffle", "Gives a list in random order."), .in = RV_PINS(SOURCE), .out = RV_PINS(OUT_LIST("list")), .run = card_shuffle },
    { CARD("list:slice", "Slice", "Takes a part of a list."),
      .in = RV_PINS(SOURCE, { NULL, "start", "start at", RV_T_NUM, 0, "0", NULL, "first item, from 0; negative: counted from the end" }, { NULL, "end", "end before", RV_T_NUM, 0, NULL, NULL, "first item not taken; empty: to the end" }),
      .out = RV_PINS(OUT_LIST("list")), .run = card_slice },
    { CARD("list:insert", "Insert", "Gives a list with an item more at a position."), .in = RV_PINS(SOURCE, ITEM, INDEX), .out = RV_PINS(OUT_LIST("list")), .run = card_insert },
    { CARD("list:removeAt", "Remove At", "Gives a list without the item at a position, and the item."), .in = RV_PINS(SOURCE, INDEX), .out = RV_PINS(OUT_LIST("list"), OUT_ITEM), .run = card_remove_at },
    { CARD("list:chunk", "Chunk", "Cuts a list into lists of a size."),
      .in = RV_PINS(SOURCE, { NULL, "size", "size", RV_T_NUM, RV_PIN_REQUIRED, NULL, NULL, "items in each; the last one may have fewer" }), .out = RV_PINS(OUT_LIST("lists")), .run = card_chunk },
    { CARD("list:zip", "Zip", "Makes a list of lists: the first items of all, the second ones …"), .user_pins = RV_USER_INPUTS, .in = RV_PINS(LISTS), .out = RV_PINS(OUT_LIST("list")), .run = card_zip },
    { CARD("list:xor", "Symmetric Difference", "The values that exactly one of several lists holds."), .user_pins = RV_USER_INPUTS, .in = RV_PINS(LISTS), .out = RV_PINS(OUT_LIST("list")), .run = card_xor },
    { CARD("list:without", "Without", "Gives a list without some values."), .user_pins = RV_USER_INPUTS,
      .in = RV_PINS(SOURCE, { NULL, "value", "value", RV_T_ANY, 0, NULL, NULL, "what is left out; further fields are, too" }), .out = RV_PINS(OUT_LIST("list")), .run = card_without },
    { .name = NULL },
};
