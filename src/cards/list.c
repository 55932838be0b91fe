/* cards/list.c: cards about lists that need no helper flow (cards.md B.7: 14, 18, 20, 23, 32, 34,
 * 38, 44, 49, 50, 57, 58, 66, 70, 71, 77, 92, 94, C.8).
 *
 * A given list is never changed. Sets of values go by a text of each value, so that long lists cost
 * no square. */
#include "cards/cards_int.h"

#include <stdlib.h>

static rv_status card_construct(struct rv_call *c)
{
    json_t *list = rv_new_list(c);
    if (list == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        struct rv_field f;
        json_t *v = rv_in_at(c, i, &f);
        if (v != NULL || f.linked) /* a field that was never filled is no item; a linked one without a value is */
            RV_TRY(rv_list_add(c, list, v));
    }
    return rv_out(c, "list", json_incref(list));
}

static rv_status card_at(struct rv_call *c)
{
    json_t *list;
    int64_t i;
    RV_TRY(rv_in_list(c, "list", &list));
    RV_TRY(rv_in_whole(c, "index", 0, &i));
    return rv_out(c, "item", i < 0 ? NULL : json_incref(json_array_get(list, (size_t)i)));
}

static rv_status card_length(struct rv_call *c)
{
    json_t *list;
    RV_TRY(rv_in_list(c, "list", &list));
    return rv_out_num(c, "length", (double)json_array_size(list));
}

static rv_status card_pluck(struct rv_call *c)
{
    json_t *list, *v, *out = rv_new_list(c);
    struct rv_path key;
    size_t i;
    RV_TRY(rv_in_list(c, "list", &list));
    RV_TRY(rv_in_path(c, "key", &key));
    if (out == NULL)
        return RV_BUSY;
    json_array_foreach(list, i, v)
        RV_TRY(rv_list_add(c, out, rv_path_at(v, &key)));
    return rv_out(c, "values", json_incref(out));
}

static rv_status card_to_text(struct rv_call *c)
{
    json_t *list, *v;
    struct rv_buf b;
    rv_str by, text;
    size_t i;
    rv_status st = RV_OK;
    RV_TRY(rv_in_list(c, "list", &list));
    RV_TRY(rv_in_text(c, "delimiter", &by));
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    json_array_foreach(list, i, v)
    {
        st = rv_value_text(rv_call_cx(c), v, &text);
        if (st != RV_OK)
            break;
        if (i > 0)
            rv_buf_add(&b, by);
        rv_buf_add(&b, text);
    }
    return rv_out_buf(c, "string", &b, st);
}

/* ---- finding --------------------------------------------------------------------------------- */

struct test {
    struct rv_path path;
    rv_str op;
    bool nothing; /* compares with the text "null": shipped flows mean no value at all (flopack.md 20) */
};

static rv_status read_test(struct rv_call *c, struct test *t)
{
    RV_TRY(rv_in_path(c, "path", &t->path));
    RV_TRY(rv_in_text(c, "operator", &t->op));
    t->op = t->op.n > 0 ? t->op : RV_STR("==");
    t->nothing = (rv_str_eq(t->op, RV_STR("==")) || rv_str_eq(t->op, RV_STR("!="))) &&
                 rv_str_eq(rv_json_str(rv_in(c, "comparison")), RV_STR("null"));
    return RV_OK;
}

static rv_status passes(struct rv_call *c, const struct test *t, json_t *item, bool *ret)
{
    json_t *v = rv_path_at(item, &t->path);
    if (t->nothing && (v == NULL || json_is_null(v))) {
        *ret = rv_str_eq(t->op, RV_STR("=="));
        return RV_OK;
    }
    return rv_in_compare(c, v, t->op, "comparison", ret);
}

static rv_status card_find(struct rv_call *c)
{
    json_t *list, *v;
    struct test t;
    size_t i;
    bool yes;
    RV_TRY(rv_in_list(c, "list", &list));
    RV_TRY(read_test(c, &t));
    json_array_foreach(list, i, v)
    {
        RV_TRY(passes(c, &t, v, &yes));
        if (yes) {
            RV_TRY(rv_out_num(c, "index", (double)i));
            return rv_out(c, "item", json_incref(v));
        }
    }
    RV_TRY(rv_out_num(c, "index", -1));
    return rv_out(c, "item", NULL);
}

static rv_status card_filter(struct rv_call *c)
{
    json_t *list, *v, *out = rv_new_list(c);
    struct test t;
    size_t i;
    bool yes;
    RV_TRY(rv_in_list(c, "list", &list));
    RV_TRY(read_test(c, &t));
    if (out == NULL)
        return RV_BUSY;
    json_array_foreach(list, i, v)
    {
        RV_TRY(passes(c, &t, v, &yes));
        if (yes)
            RV_TRY(rv_list_add(c, out, v));
    }
    return rv_out(c, "list", json_incref(out));
}

static rv_status card_includes(struct rv_call *c)
{
    json_t *list, *v;
    size_t i;
    bool yes = false;
    RV_TRY(rv_in_list(c, "list", &list));
    json_array_foreach(list, i, v)
    {
        RV_TRY(rv_value_compare(rv_call_cx(c), v, RV_STR("=="), rv_in(c, "value"), &yes));
        if (yes)
            break;
    }
    return rv_out(c, "result", json_boolean(yes));
}

/* ---- taking and adding ----------------------------------------------------------------------- */

static rv_status take(struct rv_call *c, bool last)
{
    json_t *list, *copy;
    RV_TRY(rv_in_list(c, "list", &list));
    copy = json_copy(list);
    RV_TRY(rv_json_keep(rv_call_cx(c), copy));
    size_t n = json_array_size(copy), at = last ? n - 1 : 0;
    RV_TRY(rv_out(c, "item", n > 0 ? json_incref(json_array_get(copy, at)) : NULL));
    if (n > 0)
        (void)json_array_remove(copy, at); /* it is there */
    return rv_out(c, "list", json_incref(copy));
}

static rv_status card_pop(struct rv_call *c)
{
    return take(c, true);
}

static rv_status card_shift(struct rv_call *c)
{
    return take(c, false);
}

static rv_status card_push(struct rv_call *c)
{
    json_t *list, *copy;
    RV_TRY(rv_in_list(c, "list", &list));
    copy = json_copy(list);
    RV_TRY(rv_json_keep(rv_call_cx(c), copy));
    RV_TRY(rv_list_add(c, copy, rv_in(c, "item")));
    return rv_out(c, "list", json_incref(copy));
}

static rv_status card_flatten(struct rv_call *c)
{
    json_t *list, *v, *inner, *out = rv_new_list(c);
    size_t i, k;
    RV_TRY(rv_in_list(c, "lists", &list));
    if (out == NULL)
        return RV_BUSY;
    json_array_foreach(list, i, v)
    {
        if (!json_is_array(v)) {
            RV_TRY(rv_list_add(c, out, v));
            continue;
        }
        json_array_foreach(v, k, inner)
            RV_TRY(rv_list_add(c, out, inner));
    }
    return rv_out(c, "list", json_incref(out));
}

/* ---- sets ------------------------------------------------------------------------------------ */

/* Adds the value to the set; *ret_new: it was not there. */
static rv_status note(struct rv_call *c, json_t *set, const json_t *v, bool *ret_new)
{
    rv_str key;
    RV_TRY(rv_value_key(rv_call_cx(c), v, &key));
    *ret_new = json_object_getn(set, key.p, key.n) == NULL;
    return json_object_setn_new(set, key.p, key.n, json_true()) == 0
               ? RV_OK
               : rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in a set");
}

static rv_status has(struct rv_call *c, const json_t *set, const json_t *v, bool *ret)
{
    rv_str key;
    RV_TRY(rv_value_key(rv_call_cx(c), v, &key));
    *ret = json_object_getn(set, key.p, key.n) != NULL;
    return RV_OK;
}

/* Input i as a list, borrowed: nothing is an empty one, a single value a list of it. NULL: out of
 * memory. */
static json_t *list_at(struct rv_call *c, size_t i)
{
    json_t *list;
    return rv_value_list(rv_call_cx(c), rv_in_at(c, i, NULL), &list) == RV_OK ? list : NULL;
}

static rv_status set_of(struct rv_call *c, size_t i, json_t **ret)
{
    json_t *v, *set = rv_new_object(c), *list = list_at(c, i);
    size_t k;
    bool fresh;
    if (set == NULL || list == NULL)
        return RV_BUSY;
    json_array_foreach(list, k, v)
        RV_TRY(note(c, set, v, &fresh));
    *ret = set;
    return RV_OK;
}

static rv_status card_union(struct rv_call *c)
{
    json_t *v, *set = rv_new_object(c), *out = rv_new_list(c);
    size_t k;
    bool fresh;
    if (set == NULL || out == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        json_t *list = list_at(c, i);
        if (list == NULL)
            return RV_BUSY;
        json_array_foreach(list, k, v)
        {
            RV_TRY(note(c, set, v, &fresh));
            if (fresh)
                RV_TRY(rv_list_add(c, out, v));
        }
    }
    return rv_out(c, "union", json_incref(out));
}

/* Items of the first list that are in all others, or in none; distinct for the former. */
static rv_status against_others(struct rv_call *c, bool in_all)
{
    json_t *v, *out = rv_new_list(c), *seen = rv_new_object(c);
    size_t n = rv_in_count(c), k;
    json_t **sets = RV_NEW_N(rv_call_cx(c), json_t *, n + 1);
    if (out == NULL || seen == NULL || sets == NULL)
        return RV_BUSY;
    for (size_t i = 1; i < n; i++)
        RV_TRY(set_of(c, i, &sets[i]));
    json_t *first = n > 0 ? list_at(c, 0) : out;
    if (first == NULL)
        return RV_BUSY;
    json_array_foreach(first, k, v)
    {
        bool keep = true, there = false, fresh = true;
        for (size_t i = 1; i < n && keep; i++) {
            RV_TRY(has(c, sets[i], v, &there));
            keep = there == in_all;
        }
        if (keep && in_all)
            RV_TRY(note(c, seen, v, &fresh));
        if (keep && fresh)
            RV_TRY(rv_list_add(c, out, v));
    }
    return rv_out(c, "list", json_incref(out));
}

static rv_status card_intersection(struct rv_call *c)
{
    return against_others(c, true);
}

static rv_status card_difference(struct rv_call *c)
{
    return against_others(c, false);
}

static rv_status card_unique(struct rv_call *c)
{
    json_t *list, *v, *set = rv_new_object(c), *out = rv_new_list(c), *null = json_null();
    struct rv_path path;
    size_t i;
    bool fresh;
    RV_TRY(rv_in_list(c, "list", &list));
    RV_TRY(rv_in_path(c, "path", &path));
    if (set == NULL || out == NULL)
        return RV_BUSY;
    json_array_foreach(list, i, v)
    {
        const json_t *at = rv_path_at(v, &path);
        RV_TRY(note(c, set, at != NULL ? at : null, &fresh));
        if (fresh)
            RV_TRY(rv_list_add(c, out, v));
    }
    return rv_out(c, "unique list", json_incref(out));
}

/* ---- order ----------------------------------------------------------------------------------- */

struct sorted {
    json_t *item;
    const json_t *by;
    size_t at;
    int64_t ms; /* the instant that the text says, when all texts of the list say one; else 0 */
};

static int rank(const json_t *v)
{
    return v == NULL || json_is_null(v) ? 4
           : json_is_boolean(v)         ? 0
           : json_is_number(v)          ? 1
           : json_is_string(v)          ? 2
                                        : 3;
}

/* Numbers before texts before objects, nothing last; equal ones keep their order. */
static int compare(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    int rx = rank(x->by), ry = rank(y->by), d = (rx > ry) - (rx < ry);
    if (d == 0 && rx == 1) {
        double p = json_number_value(x->by), q = json_number_value(y->by);
        d = (p > q) - (p < q);
    } else if (d == 0 && rx == 2) {
        d = x->ms != y->ms ? (x->ms > y->ms) - (x->ms < y->ms)
                           : rv_str_cmp(rv_json_str(x->by), rv_json_str(y->by));
    } else if (d == 0 && rx == 0) {
        d = json_is_true(x->by) - json_is_true(y->by);
    }
    return d != 0 ? d : (x->at > y->at) - (x->at < y->at);
}

/* Dates go by time, whatever zone they are written in. */
static void read_instants(struct sorted *s, size_t n)
{
    bool dates = true;
    for (size_t i = 0; i < n && dates; i++) {
        rv_str text = rv_json_str(s[i].by);
        if (json_is_string(s[i].by))
            dates = text.n >= 10 && text.p[4] == '-' && rv_value_date(s[i].by, &s[i].ms);
    }
    for (size_t i = 0; i < n && !dates; i++)
        s[i].ms = 0;
}

rv_status rv_put_sorted(struct rv_call *c, json_t *list, json_t *const *by)
{
    json_t *v, *out = rv_new_list(c);
    size_t i, n = json_array_size(list);
    struct sorted *s = RV_NEW_N(rv_call_cx(c), struct sorted, n + 1);
    if (s == NULL || out == NULL)
        return RV_BUSY;
    json_array_foreach(list, i, v)
        s[i] = (struct sorted){ .item = v, .by = by[i], .at = i };
    read_instants(s, n);
    qsort(s, n, sizeof *s, compare);
    for (i = 0; i < n; i++)
        RV_TRY(rv_list_add(c, out, s[i].item));
    return rv_out(c, "sorted list", json_incref(out));
}

static rv_status card_sort(struct rv_call *c)
{
    json_t *list, *v;
    struct rv_path path;
    size_t i;
    RV_TRY(rv_in_list(c, "list", &list));
    RV_TRY(rv_in_path(c, "path", &path));
    json_t **by = RV_NEW_N(rv_call_cx(c), json_t *, json_array_size(list) + 1);
    if (by == NULL)
        return RV_BUSY;
    json_array_foreach(list, i, v)
        by[i] = rv_path_at(v, &path);
    return rv_put_sorted(c, list, by);
}

static rv_status card_sample(struct rv_call *c)
{
    json_t *list, *out = rv_new_list(c);
    int64_t amount;
    uint8_t block[32];
    RV_TRY(rv_in_list(c, "list", &list));
    RV_TRY(rv_in_whole(c, "amount", 1, &amount));
    size_t n = json_array_size(list), want = amount < 0           ? 0
                                             : (size_t)amount < n ? (size_t)amount
                                                                  : n;
    size_t *at = RV_NEW_N(rv_call_cx(c), size_t, n + 1);
    if (at == NULL || out == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < n; i++)
        at[i] = i;
    for (size_t i = 0; i < want; i++) { /* the first steps of a shuffle */
        uint64_t bits;
        rv_card_random(c, i, block);
        memcpy(&bits, block, sizeof bits);
        size_t k = i + (size_t)(bits % (n - i)), other = at[k];
        at[k] = at[i];
        at[i] = other;
        RV_TRY(rv_list_add(c, out, json_array_get(list, other)));
    }
    return rv_out(c, "samples", json_incref(out));
}

#define LIST(key, label, flags) { NULL, key, label, RV_T_ANY, (flags) | RV_PIN_LIST, NULL, NULL, "a list" }
#define SOURCE LIST("list", "list", 0)
#define OUT_LIST(key) { NULL, key, key, RV_T_ANY, RV_PIN_LIST, NULL, NULL, "the new list" }
#define OUT_ITEM { NULL, "item", "item", RV_T_ANY, 0, NULL, NULL, "the item, or nothing" }
#define PATH(flags) { NULL, "path", "path", RV_T_TEXT, flags, NULL, NULL, "key or path in each item; empty: the item itself" }
#define TEST                                                                                                            \
    { NULL, "operator", "comparison", RV_T_TEXT, RV_PIN_REQUIRED, "\"==\"", rv_operators, "how each item is compared" }, PATH(0), \
        { NULL, "comparison", "value", RV_T_ANY, 0, NULL, NULL, "what it is compared with" }
#define LISTS LIST("list1", "list 1", 0), LIST("list2", "list 2", 0)

/* clang-format off */
const struct rv_card rv_cards_list[] = {
    { .name = "list:construct", .label = "Construct", .category = "List", .help = "Makes a list from fields.", .kind = RV_CARD_PURE, .user_pins = RV_USER_INPUTS,
      .out = RV_PINS(OUT_LIST("list")), .run = card_construct },
    { .name = "list:at", .label = "At", .category = "List", .help = "One item of a list.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE, { NULL, "index", "index", RV_T_NUM, RV_PIN_REQUIRED, "0", NULL, "position, from 0" }), .out = RV_PINS(OUT_ITEM), .run = card_at },
    { .name = "list:length", .label = "Length", .category = "List", .help = "Counts the items of a list.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE), .out = RV_PINS({ NULL, "length", "length", RV_T_NUM, 0, NULL, NULL, "number of items" }), .run = card_length },
    { .name = "list:pluck", .label = "Pluck", .category = "List", .help = "Takes one value out of each item.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE, { NULL, "key", "key", RV_T_TEXT, 0, NULL, NULL, "key or path in each item; empty: the item itself" }), .out = RV_PINS(OUT_LIST("values")), .run = card_pluck },
    { .name = "list:join", .label = "List to Text", .category = "List", .help = "Writes the items of a list as one text.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE, { NULL, "delimiter", "separator", RV_T_TEXT, 0, "\", \"", NULL, "what stands between" }),
      .out = RV_PINS({ NULL, "string", "text", RV_T_TEXT, 0, NULL, NULL, "the text" }), .run = card_to_text },
    { .name = "list:findBy", .label = "Find", .category = "List", .help = "The first item for which a comparison holds.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE, TEST), .out = RV_PINS(OUT_ITEM, { NULL, "index", "index", RV_T_NUM, 0, NULL, NULL, "its position; -1: none" }), .run = card_find },
    { .name = "list:filterBy", .label = "Filter", .category = "List", .help = "The items for which a comparison holds.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE, TEST), .out = RV_PINS(OUT_LIST("list")), .run = card_filter },
    { .name = "list:includes", .label = "Includes", .category = "List", .help = "Says whether a value is in a list.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE, { NULL, "value", "value", RV_T_ANY, 0, NULL, NULL, "the value" }), .out = RV_PINS({ NULL, "result", "result", RV_T_BOOL, 0, NULL, NULL, "true or false" }), .run = card_includes },
    { .name = "list:pop", .label = "Get Last Item", .category = "List", .help = "The last item, and the list without it.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE), .out = RV_PINS(OUT_LIST("list"), OUT_ITEM), .run = card_pop },
    { .name = "list:shift", .label = "Get First Item", .category = "List", .help = "The first item, and the list without it.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE), .out = RV_PINS(OUT_LIST("list"), OUT_ITEM), .run = card_shift },
    { .name = "list:push", .label = "Add to End", .category = "List", .help = "The list with one more item at its end.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "item", "item", RV_T_ANY, 0, NULL, NULL, "the item" }, SOURCE), .out = RV_PINS(OUT_LIST("list")), .run = card_push },
    { .name = "list:flatten", .label = "Flatten", .category = "List", .help = "Makes one list of a list of lists.", .kind = RV_CARD_PURE,
      .in = RV_PINS(LIST("lists", "list of lists", 0)), .out = RV_PINS(OUT_LIST("list")), .run = card_flatten },
    { .name = "list:union", .label = "Union (Combine Unique)", .category = "List", .help = "The distinct values of several lists.", .kind = RV_CARD_PURE, .user_pins = RV_USER_INPUTS,
      .in = RV_PINS(LISTS), .out = RV_PINS(OUT_LIST("union")), .run = card_union },
    { .name = "list:intersection", .label = "Intersection", .category = "List", .help = "The values that are in all lists.", .kind = RV_CARD_PURE, .user_pins = RV_USER_INPUTS,
      .in = RV_PINS(LISTS), .out = RV_PINS(OUT_LIST("list")), .run = card_intersection },
    { .name = "list:difference", .label = "Difference", .category = "List", .help = "The items of the first list that are in none of the others.", .kind = RV_CARD_PURE, .user_pins = RV_USER_INPUTS,
      .in = RV_PINS(LISTS), .out = RV_PINS(OUT_LIST("list")), .run = card_difference },
    { .name = "list:uniqueBy", .label = "Remove Duplicates", .category = "List", .help = "Keeps the first item for each distinct value.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE, PATH(0)), .out = RV_PINS(OUT_LIST("unique list")), .run = card_unique },
    { .name = "list:sortBy", .label = "Sort", .category = "List", .help = "Sorts a list, smallest first.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE, PATH(0)), .out = RV_PINS(OUT_LIST("sorted list")), .run = card_sort },
    { .name = "list:sample", .label = "Sample", .category = "List", .help = "Some items at random, none twice.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE, { NULL, "amount", "amount", RV_T_NUM, RV_PIN_REQUIRED, "1", NULL, "how many" }), .out = RV_PINS(OUT_LIST("samples")), .run = card_sample },
    { .name = NULL },
};
