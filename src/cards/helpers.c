/* cards/helpers.c: cards that call helper flows, once or for each item of a list (cards.md B.7: 13,
 * 15, 21, 26, 35, 40, 59, 61, 85, C.4, C.8, C.9).
 *
 * A helper gets the card's further fields by key: a fixed value, or the item at hand and paths
 * inside it (flopack.md 10). What it returns decides the card's outputs; one returned field stands
 * for its value. */
#include "cards/cards_int.h"

enum { WHILE_MAX = 10000, PAGES_MAX = 5000 };

struct iteration {
    json_t *list; /* borrowed; NULL: a number of calls, or one */
    json_t *memo; /* borrowed: what Reduce or Paginate starts with */
    const struct rv_path *break_at; /* Paginate: the loop ends when nothing stands there */
    rv_str condition; /* While: the returned field that says whether to go on; absent: the only one */
    bool reduces;
};

/* The running value of Reduce is set apart: whatever field is called memo, it gets that. */
static bool is_memo(const struct rv_field *f, const struct iteration *it)
{
    return it->reduces && f->group.n == 0 && rv_str_eq(f->key, RV_STR("memo"));
}

/* One returned field stands for its value; several, or none, for the object. */
static json_t *single(const json_t *result)
{
    const char *key;
    json_t *v;
    if (json_object_size(result) != 1)
        return (json_t *)(uintptr_t)result;
    json_object_foreach((json_t *)(uintptr_t)result, key, v)
        return v;
    return NULL;
}

/* What call no of Paginate starts with: what the call before returned, also when it did as the only
 * field of its answer. NULL: it returned nothing. */
static json_t *page(const struct rv_helpers *h, size_t no)
{
    const struct iteration *it = h->arg;
    json_t *result = no > 0 ? h->results[no - 1] : it->memo;
    if (no == 0 || json_object_size(result) != 1 || rv_path_at(result, it->break_at) != NULL)
        return result;
    return json_is_object(single(result)) ? single(result) : result;
}

static json_t *call_inputs(struct rv_call *c, const struct rv_helpers *h, size_t no)
{
    const struct iteration *it = h->arg;
    json_t *o = json_object();
    struct rv_field f;
    rv_str path;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        json_t *v = rv_in_at(c, i, &f);
        bool item = rv_in_item(c, i, &path);
        if (f.key.p == NULL || (!item && (rv_in_declared(c, i) || is_memo(&f, it))))
            continue; /* the card's own, not the helper's */
        if (item)
            v = rv_value_at(json_array_get(it->list, no), path);
        if (json_object_setn_new(o, f.key.p, f.key.n, v != NULL ? json_incref(v) : json_null()) !=
            0) {
            json_decref(o);
            return NULL;
        }
    }
    if (it->break_at != NULL && json_object_update(o, page(h, no)) != 0) {
        json_decref(o);
        return NULL;
    }
    json_t *memo = no > 0 && it->reduces ? single(h->results[no - 1]) : it->memo;
    if (it->reduces &&
        json_object_set_new(o, "memo", memo != NULL ? json_incref(memo) : json_null()) != 0) {
        json_decref(o);
        return NULL;
    }
    return o;
}

static rv_status call_all(struct rv_call *c, struct rv_helpers h, struct iteration it)
{
    struct rv_cx *cx = rv_call_cx(c);
    struct iteration *kept = RV_NEW(cx, struct iteration);
    int64_t width;
    RV_TRY(rv_in_text(c, "flo", &h.flow_id));
    RV_TRY(rv_in_whole(c, "concurrency", 1, &width));
    if (kept == NULL)
        return RV_BUSY;
    if (h.n > RV_ITERATION_MAX)
        return rv_fail(cx, RV_LIMIT, "%zu calls are more than %d (limit iteration.items)", h.n,
                       RV_ITERATION_MAX);
    *kept = it;
    h.arg = kept;
    h.inputs = call_inputs;
    h.width = it.reduces || it.break_at != NULL || width < RV_WIDTH_MIN ? RV_WIDTH_MIN : width > RV_WIDTH_MAX ? RV_WIDTH_MAX : (size_t)width;
    h.flow_id = rv_dup(cx, h.flow_id);
    return rv_call_helpers(c, &h);
}

static rv_status nothing(struct rv_call *c, const struct rv_helpers *h)
{
    (void)c;
    (void)h;
    return RV_OK;
}

static rv_status each_item(struct rv_call *c, struct rv_helpers h)
{
    struct iteration it = { 0 };
    RV_TRY(rv_in_list(c, "list", &it.list));
    h.n = json_array_size(it.list);
    return call_all(c, h, it);
}

static rv_status card_each(struct rv_call *c)
{
    return each_item(c, (struct rv_helpers){ .finish = nothing });
}

/* A file, or the text of one. Rows are objects by the names of the first line, or lists without
 * such a line. */
static rv_status card_each_row(struct rv_call *c)
{
    struct iteration it = { 0 };
    json_t *file = rv_in(c, "file");
    rv_str text = rv_json_member_str(file, "content");
    if (json_is_object(file) && text.p == NULL)
        return rv_fail(rv_call_cx(c), RV_INVALID,
                       "the field \"file\" must be a file or its text, not %s",
                       rv_value_type_name(file));
    if (!json_is_object(file))
        RV_TRY(rv_in_text(c, "file", &text));
    RV_TRY(rv_csv_rows(c, text, &it.list));
    return call_all(c, (struct rv_helpers){ .finish = nothing, .n = json_array_size(it.list) }, it);
}

static rv_status card_async_each(struct rv_call *c)
{
    return each_item(c, (struct rv_helpers){ .finish = nothing, .ignore_errors = true });
}

static rv_status card_times(struct rv_call *c)
{
    int64_t n;
    RV_TRY(rv_in_whole(c, "count", 0, &n));
    return call_all(c, (struct rv_helpers){ .n = n < 0 ? 0 : (size_t)n, .finish = nothing },
                    (struct iteration){ 0 });
}

/* ---- results --------------------------------------------------------------------------------- */

static rv_status returned(struct rv_call *c, const struct rv_helpers *h)
{
    struct rv_field f;
    for (size_t i = 0; i < rv_out_count(c); i++) {
        rv_out_field(c, i, &f);
        json_t *v = f.key.p != NULL ? json_object_getn(h->results[0], f.key.p, f.key.n) : NULL;
        RV_TRY(rv_out_at(c, i, json_incref(v)));
    }
    return RV_OK;
}

static rv_status card_call(struct rv_call *c)
{
    return call_all(c, (struct rv_helpers){ .n = 1, .finish = returned }, (struct iteration){ 0 });
}

static rv_status card_call_async(struct rv_call *c)
{
    return call_all(c, (struct rv_helpers){ .n = 1, .detached = true, .finish = nothing },
                    (struct iteration){ 0 });
}

/* The declared type of the new list decides: objects stay whole, unless what is declared lacks the
 * only key that came back and the value under it is such an object (flopack.md 10). */
static json_t *map_item(const struct rv_field *f, json_t *result)
{
    const char *key = NULL;
    json_t *v = NULL;
    if (f->type != RV_T_OBJECT)
        return single(result);
    json_object_foreach(result, key, v)
        break;
    if (json_object_size(result) == 1 && json_object_size(f->shape) > 0 &&
        json_object_get(f->shape, key) == NULL && json_is_object(v))
        return v;
    return result;
}

static rv_status mapped(struct rv_call *c, const struct rv_helpers *h)
{
    json_t *list = rv_new_list(c);
    struct rv_field f = { .type = RV_T_ANY };
    for (size_t i = 0; i < rv_out_count(c); i++)
        rv_out_field(c, i, &f);
    if (list == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < h->n; i++)
        RV_TRY(rv_list_add(c, list, map_item(&f, h->results[i])));
    return rv_out(c, "new list", json_incref(list));
}

static rv_status card_map(struct rv_call *c)
{
    return each_item(c, (struct rv_helpers){ .finish = mapped });
}

static bool is_true(const json_t *v)
{
    double d;
    if (json_is_string(v))
        return rv_str_eq_nocase(rv_json_str(v), RV_STR("true")) ||
               rv_str_eq_nocase(rv_json_str(v), RV_STR("yes")) ||
               rv_str_eq(rv_json_str(v), RV_STR("1"));
    return json_is_true(v) || (json_is_number(v) && rv_value_num(v, &d) && (d > 0 || d < 0));
}

static rv_status filtered(struct rv_call *c, const struct rv_helpers *h)
{
    const struct iteration *it = h->arg;
    json_t *list = rv_new_list(c);
    if (list == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < h->n; i++)
        if (is_true(single(h->results[i])))
            RV_TRY(rv_list_add(c, list, json_array_get(it->list, i)));
    return rv_out(c, "list", json_incref(list));
}

static rv_status card_filter(struct rv_call *c)
{
    return each_item(c, (struct rv_helpers){ .finish = filtered });
}

static rv_status reduced(struct rv_call *c, const struct rv_helpers *h)
{
    const struct iteration *it = h->arg;
    return rv_out(c, "item", json_incref(h->n > 0 ? single(h->results[h->n - 1]) : it->memo));
}

/* The start value: the first field "memo" that is not an argument of the helper by its own. */
static json_t *own_memo(struct rv_call *c)
{
    struct rv_field f;
    rv_str path;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        json_t *v = rv_in_at(c, i, &f);
        if (rv_str_eq(f.key, RV_STR("memo")) && f.group.n == 0 && !rv_in_item(c, i, &path))
            return v;
    }
    return NULL;
}

static rv_status card_reduce(struct rv_call *c)
{
    struct iteration it = { .memo = own_memo(c), .reduces = true };
    RV_TRY(rv_in_list(c, "list", &it.list));
    return call_all(c, (struct rv_helpers){ .n = json_array_size(it.list), .finish = reduced }, it);
}

/* ---- own conditions -------------------------------------------------------------------------- */

static rv_status found(struct rv_call *c, const struct rv_helpers *h)
{
    const struct iteration *it = h->arg;
    size_t i = 0;
    while (i < h->n && !is_true(single(h->results[i])))
        i++;
    RV_TRY(rv_out_num(c, "index", i < h->n ? (double)i : -1));
    return rv_out(c, "item", i < h->n ? json_incref(json_array_get(it->list, i)) : NULL);
}

static rv_status card_find(struct rv_call *c)
{
    return each_item(c, (struct rv_helpers){ .finish = found });
}

static rv_status unique(struct rv_call *c, const struct rv_helpers *h)
{
    const struct iteration *it = h->arg;
    json_t *list = rv_new_list(c), *seen = rv_new_object(c), *null = json_null();
    rv_str key;
    if (list == NULL || seen == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < h->n; i++) {
        const json_t *v = single(h->results[i]);
        RV_TRY(rv_value_key(rv_call_cx(c), v != NULL ? v : null, &key));
        if (json_object_getn(seen, key.p, key.n) != NULL)
            continue;
        if (json_object_setn_new(seen, key.p, key.n, json_true()) != 0)
            return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in a set");
        RV_TRY(rv_list_add(c, list, json_array_get(it->list, i)));
    }
    return rv_out(c, "unique list", json_incref(list));
}

static rv_status card_unique(struct rv_call *c)
{
    return each_item(c, (struct rv_helpers){ .finish = unique });
}

static rv_status sorted(struct rv_call *c, const struct rv_helpers *h)
{
    const struct iteration *it = h->arg;
    json_t **by = RV_NEW_N(rv_call_cx(c), json_t *, h->n + 1);
    if (by == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < h->n; i++)
        by[i] = single(h->results[i]);
    return rv_put_sorted(c, it->list, by);
}

static rv_status card_sort(struct rv_call *c)
{
    return each_item(c, (struct rv_helpers){ .finish = sorted });
}

/* The helper flow is called again as long as it returns true. */
static bool goes_on(struct rv_call *c, const struct rv_helpers *h, size_t i)
{
    const struct iteration *it = h->arg;
    const json_t *last = i > 0 ? h->results[i - 1] : NULL;
    (void)c;
    return i == 0 ||
           is_true(it->condition.n > 0 ? rv_value_at(last, it->condition) : single(last));
}

static rv_status ended(struct rv_call *c, const struct rv_helpers *h)
{
    if (h->results[h->n - 1] != NULL && goes_on(c, h, h->n))
        return rv_fail(rv_call_cx(c), RV_LIMIT,
                       "the helper flow returned true %d times in a row (limit while.calls)",
                       WHILE_MAX);
    return RV_OK;
}

static rv_status card_while(struct rv_call *c)
{
    struct iteration it = { 0 };
    RV_TRY(rv_in_text(c, "condition", &it.condition));
    it.condition = rv_dup(rv_call_cx(c), it.condition);
    return call_all(c, (struct rv_helpers){ .n = WHILE_MAX, .more = goes_on, .finish = ended }, it);
}

/* ---- pages --------------------------------------------------------------------------------- */

static bool has_page(struct rv_call *c, const struct rv_helpers *h, size_t i)
{
    const struct iteration *it = h->arg;
    const json_t *at = i > 0 ? rv_path_at(page(h, i), it->break_at) : NULL;
    (void)c;
    return i == 0 || (at != NULL && !json_is_null(at));
}

static rv_status paged(struct rv_call *c, const struct rv_helpers *h)
{
    size_t n = h->n;
    if (n == PAGES_MAX && has_page(c, h, n))
        return rv_fail(rv_call_cx(c), RV_LIMIT,
                       "the helper flow was called %d times and did not take the key away that ends "
                       "the loop (limit paginate.calls)",
                       PAGES_MAX);
    while (n > 0 && page(h, n) == NULL)
        n--;
    return rv_out(c, "output", json_incref(page(h, n)));
}

/* The helper flow gets the keys of an object and returns the object of the next call, until it
 * takes away the key at the path. */
static rv_status card_paginate(struct rv_call *c)
{
    struct rv_cx *cx = rv_call_cx(c);
    struct rv_path *path = RV_NEW(cx, struct rv_path);
    json_t *o = rv_in(c, "object");
    int64_t most;
    if (path == NULL)
        return RV_BUSY;
    RV_TRY(rv_in_path(c, "path", path));
    RV_TRY(rv_in_whole(c, "max", PAGES_MAX, &most));
    if (json_is_string(o) && rv_json_parse(cx, rv_json_str(o), &rv_json_limits_import, &o) != RV_OK)
        rv_error_clear(cx); /* the sentence below says it */
    if (!json_is_object(o))
        return rv_fail(cx, RV_INVALID, "the field \"object\" must be an object, not %s",
                       rv_value_type_name(o));
    if (path->keys == NULL && path->text.n == 0)
        path->text = RV_STR("break");
    return call_all(c,
                    (struct rv_helpers){ .n = most < 0            ? 0
                                              : most < PAGES_MAX ? (size_t)most
                                                                 : PAGES_MAX,
                                         .more = has_page,
                                         .finish = paged },
                    (struct iteration){ .memo = o, .break_at = path });
}

/* ---- objects --------------------------------------------------------------------------------- */

/* Each item is an object with key and value. */
static rv_status each_pair(struct rv_call *c, struct rv_helpers h)
{
    struct iteration it = { 0 };
    json_t *o = rv_in(c, "object"), *v, *pair;
    const char *key;
    size_t n;
    if (json_is_string(o) && rv_str_trim(rv_json_str(o)).n > 0 &&
        rv_json_parse(rv_call_cx(c), rv_json_str(o), &rv_json_limits_import, &o) != RV_OK)
        rv_error_clear(rv_call_cx(c)); /* the sentence below says it */
    if (!json_is_object(o) && !rv_value_empty(o))
        return rv_fail(rv_call_cx(c), RV_INVALID, "the field \"object\" must be an object, not %s",
                       rv_value_type_name(o));
    it.list = rv_new_list(c);
    if (it.list == NULL)
        return RV_BUSY;
    json_object_keylen_foreach(o, key, n, v)
    {
        pair = json_pack("{s:s%, s:O}", "key", key, n, "value", v);
        if (pair == NULL || json_array_append_new(it.list, pair) != 0)
            return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in a list");
    }
    h.n = json_array_size(it.list);
    return call_all(c, h, it);
}

static rv_status card_object_map(struct rv_call *c)
{
    return each_pair(c, (struct rv_helpers){ .finish = mapped });
}

static rv_status card_object_each(struct rv_call *c)
{
    return each_pair(c, (struct rv_helpers){ .finish = nothing });
}

/* The same keys, with what was returned for them, or those for which true was. */
static rv_status put_object(struct rv_call *c, const struct rv_helpers *h, bool filters)
{
    const struct iteration *it = h->arg;
    json_t *o = rv_new_object(c);
    if (o == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < h->n; i++) {
        const json_t *pair = json_array_get(it->list, i);
        json_t *v = filters ? json_object_get(pair, "value") : single(h->results[i]);
        rv_str key = rv_json_member_str(pair, "key");
        if (filters && !is_true(single(h->results[i])))
            continue;
        if (json_object_setn_new(o, key.p, key.n, v != NULL ? json_incref(v) : json_null()) != 0)
            return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in an object");
    }
    return rv_out(c, "output", json_incref(o));
}

static rv_status values_mapped(struct rv_call *c, const struct rv_helpers *h)
{
    return put_object(c, h, false);
}

static rv_status keys_filtered(struct rv_call *c, const struct rv_helpers *h)
{
    return put_object(c, h, true);
}

static rv_status card_map_values(struct rv_call *c)
{
    return each_pair(c, (struct rv_helpers){ .finish = values_mapped });
}

static rv_status card_filter_keys(struct rv_call *c)
{
    return each_pair(c, (struct rv_helpers){ .finish = keys_filtered });
}

#define FLOW { NULL, "flo", "Helper Flow", RV_T_FLOW, RV_PIN_REQUIRED, NULL, NULL, "the helper flow to call; it must be on" }
#define LIST { NULL, "list", "list", RV_T_ANY, RV_PIN_LIST, NULL, NULL, "one call for each item" }
#define WIDTH { NULL, "concurrency", "concurrency", RV_T_NUM, RV_PIN_WIDTH, "1", NULL, "calls at once, 1 to 200; 1 keeps the order" }
#define OBJECT { NULL, "object", "object", RV_T_OBJECT, 0, NULL, NULL, "one call for each key; an item is an object with key and value" }
#define OUT_OBJECT { NULL, "output", "output", RV_T_OBJECT, 0, NULL, NULL, "the new object" }
#define OUT_LIST(key) { NULL, key, key, RV_T_ANY, RV_PIN_LIST, NULL, NULL, "the new list" }
#define CALLER(address, words, group, sentence)                                                                                             \
    .name = address, .label = words, .category = group, .help = sentence, .kind = RV_CARD_CONTROL, .user_pins = RV_USER_INPUTS, .timeout_ms = 300000

/* clang-format off */
const struct rv_card rv_cards_helpers[] = {
    { .name = "control:spawn", .label = "Call Flow", .category = "Flow Control", .help = "Calls a helper flow, waits for it and gives what it returns.", .kind = RV_CARD_CONTROL,
      .user_pins = RV_USER_BOTH, .timeout_ms = 300000, .in = RV_PINS(FLOW), .run = card_call },
    { CALLER("control:run", "Call Flow Async", "Flow Control", "Calls a helper flow and goes on at once."), .in = RV_PINS(FLOW), .run = card_call_async },
    { CALLER("list:each", "For Each", "List", "Calls a helper flow for each item; the first error ends it."), .in = RV_PINS(LIST, FLOW, WIDTH), .run = card_each },
    { CALLER("filefunctions:eachCsvRow", "Each CSV Row", "File", "Calls a helper flow for each row of a file of separated values; the first error ends it."),
      .in = RV_PINS({ NULL, "file", "File Content", RV_T_FILE, RV_PIN_REQUIRED, NULL, NULL, "the file, or its text" }, FLOW, WIDTH,
                    { NULL, "delimiter", "Delimiter", RV_T_TEXT, 0, "\",\"", NULL, "what stands between two values; tab for a tabulator" },
                    { NULL, "header", "Header Line?", RV_T_BOOL, 0, "true", NULL, "Yes: the first line names the columns, and rows are objects" }), .run = card_each_row },
    { CALLER("list:asyncEach", "For Each - Ignore Errors", "List", "Calls a helper flow for each item; errors stay in its history."), .in = RV_PINS(LIST, FLOW, WIDTH), .run = card_async_each },
    { CALLER("list:map", "Map", "List", "Makes a new list of what a helper flow returns for each item."), .in = RV_PINS(LIST, FLOW, WIDTH), .out = RV_PINS(OUT_LIST("new list")), .run = card_map },
    { CALLER("list:filter", "Filter Custom", "List", "Keeps the items for which a helper flow returns true."), .in = RV_PINS(LIST, FLOW, WIDTH), .out = RV_PINS(OUT_LIST("list")), .run = card_filter },
    { CALLER("list:reduce", "Reduce", "List", "Hands a value from item to item through a helper flow."),
      .in = RV_PINS(LIST, FLOW, { NULL, "memo", "start value", RV_T_ANY, 0, NULL, NULL, "what the first call gets" }), .out = RV_PINS({ NULL, "item", "item", RV_T_ANY, 0, NULL, NULL, "what the last call returned" }), .run = card_reduce },
    { CALLER("control:times", "Repeat", "Flow Control", "Calls a helper flow a number of times."), .in = RV_PINS({ NULL, "count", "count", RV_T_NUM, RV_PIN_REQUIRED, "1", NULL, "how often" }, FLOW, WIDTH), .run = card_times },
    { CALLER("object:map", "Map to List", "Object", "Makes a list of what a helper flow returns for each key."), .in = RV_PINS(OBJECT, FLOW, WIDTH), .out = RV_PINS(OUT_LIST("new list")), .run = card_object_map },
    { CALLER("object:each", "For Each", "Object", "Calls a helper flow for each key; the first error ends it."), .in = RV_PINS(OBJECT, FLOW, WIDTH), .run = card_object_each },
    { CALLER("object:mapValues", "Map", "Object", "Makes an object of the same keys and what a helper flow returns for each."), .in = RV_PINS(OBJECT, FLOW, WIDTH), .out = RV_PINS(OUT_OBJECT), .run = card_map_values },
    { CALLER("object:filterCustom", "Filter Custom", "Object", "Keeps the keys for which a helper flow returns true."), .in = RV_PINS(OBJECT, FLOW, WIDTH), .out = RV_PINS(OUT_OBJECT), .run = card_filter_keys },
    { CALLER("list:findCustom", "Find Custom", "List", "The first item for which a helper flow returns true."), .in = RV_PINS(LIST, FLOW, WIDTH),
      .out = RV_PINS({ NULL, "item", "item", RV_T_ANY, 0, NULL, NULL, "the item, or nothing" }, { NULL, "index", "index", RV_T_NUM, 0, NULL, NULL, "its position; -1: none" }), .run = card_find },
    { CALLER("list:uniqueCustom", "Unique Custom", "List", "Keeps the first item of those for which a helper flow returns the same."), .in = RV_PINS(LIST, FLOW, WIDTH), .out = RV_PINS(OUT_LIST("unique list")), .run = card_unique },
    { CALLER("list:sortCustom", "Sort Custom", "List", "Sorts a list by what a helper flow returns for each item."), .in = RV_PINS(LIST, FLOW, WIDTH), .out = RV_PINS(OUT_LIST("sorted list")), .run = card_sort },
    { CALLER("control:while", "While", "Flow Control", "Calls a helper flow again as long as it returns true."), .in = RV_PINS(FLOW, { NULL, "condition", "condition field", RV_T_TEXT, 0, NULL, NULL, "returned field that says whether to call again; empty: the only one" }),
      .run = card_while },
    { CALLER("httpfunctions:paginate", "Paginate", "API Connector", "Calls a helper flow with the keys of an object, and again with the object it returns, until a key is gone."),
      .in = RV_PINS({ NULL, "object", "Object", RV_T_OBJECT, RV_PIN_REQUIRED, NULL, NULL, "what the first call gets, by key" },
                    { NULL, "path", "Path", RV_T_TEXT, RV_PIN_REQUIRED, "\"break\"", NULL, "key of the object that the helper flow takes away to end the loop" }, FLOW,
                    { NULL, "max", "Maximum Page Index", RV_T_NUM, 0, NULL, NULL, "how many calls at most; empty: 5,000, and more are an error" }),
      .out = RV_PINS({ NULL, "output", "Output", RV_T_OBJECT, 0, NULL, NULL, "the object that was returned last" }), .run = card_paginate },
    { .name = NULL },
};
