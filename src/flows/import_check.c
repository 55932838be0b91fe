/* flows/import_check.c: looks at what the flows of an export file say to each other and to tables
 * (flopack.md 10, 14, 22): what is handed over that the called flow does not know, what is expected
 * back that it never returns, filters that read a value that nobody hands in. All of it is
 * tolerated when it runs, and told here. */
#include "flows/import_int.h"

struct calls {
    struct import *m;
    const struct rv_flow_insert *flows;
    size_t n;
};

static const struct rv_flow_insert *flow_of(const struct calls *k, rv_str id)
{
    for (size_t i = 0; i < k->n; i++)
        if (rv_str_eq(k->flows[i].id, id))
            return &k->flows[i];
    return NULL;
}

static bool has_key(const json_t *pins, rv_str key, bool grouped)
{
    size_t i;
    json_t *p;
    json_array_foreach((json_t *)(uintptr_t)pins, i, p)
    {
        if (rv_str_eq(rv_json_member_str(p, "key"), key) &&
            (grouped || rv_json_member_str(p, "group").n == 0))
            return true;
    }
    return false;
}

/* Does any Return of the flow itself, also in lanes of an If/Else, have the field? Without one the
 * last card's outputs count. */
static bool returns_key(const json_t *cards, rv_str key, bool *ret_any)
{
    size_t i, l;
    json_t *card, *lane;
    bool found = false;
    json_array_foreach((json_t *)(uintptr_t)cards, i, card)
    {
        bool returns = rv_str_eq(rv_json_member_str(card, "card"), RV_STR("control:return"));
        *ret_any = *ret_any || returns;
        found = found || (returns && has_key(json_object_get(card, "inputs"), key, true));
        json_array_foreach(json_object_get(card, "lanes"), l, lane)
        {
            if (!json_is_true(json_object_get(lane, "inline")))
                found = returns_key(json_object_get(lane, "cards"), key, ret_any) || found; /* depth bounded: flow.nesting */
        }
    }
    return found;
}

static const json_t *last_card(const json_t *cards)
{
    for (size_t i = json_array_size(cards); i > 0; i--) {
        const json_t *c = json_array_get(cards, i - 1);
        if (!rv_str_eq(rv_json_member_str(c, "card"), RV_STR("control:comment")))
            return c;
    }
    return NULL;
}

static bool gives(const struct rv_flow_insert *f, rv_str key)
{
    bool any = false;
    if (rv_str_eq(key, RV_STR("message"))) /* of a Continue If */
        return true;
    if (returns_key(f->definition, key, &any))
        return true;
    return !any && has_key(json_object_get(last_card(f->definition), "outputs"), key, true);
}

static rv_str name_of(const json_t *card)
{
    return rv_json_member_str(card, rv_json_member_str(card, "title").n > 0 ? "title" : "id");
}

/* Fields that an error policy uses are arguments of another flow, or values for the caller. */
static bool is_argument(const json_t *card, const json_t *pin)
{
    static const char *const own[] = { "flo", "list", "object", "concurrency", "count", "memo" };
    rv_str key = rv_json_member_str(pin, "key"),
           policy = rv_json_member_str(json_object_get(card, "policy"), "type");
    if (rv_json_member_str(pin, "group").n > 0 || rv_str_eq(policy, RV_STR("return")) ||
        rv_str_eq(policy, RV_STR("flo")))
        return false;
    for (size_t i = 0; i < RV_LEN(own); i++)
        if (rv_str_eq(key, rv_str_of(own[i])))
            return false;
    return true;
}

static void check_call(struct calls *k, const json_t *card, const struct rv_flow_insert *callee)
{
    const json_t *fields = json_object_get(rv_def_head(callee->definition), "outputs");
    rv_str id = rv_json_member_str(card, "id");
    bool call = rv_str_eq(rv_json_member_str(card, "card"), RV_STR("control:spawn"));
    size_t i;
    json_t *pin;
    if (!rv_str_eq(callee->kind, RV_STR("HELPER")))
        rv_import_warning(k->m, name_of(card),
                          "calls the flow \"%.*s\", which does not start with a Helper Flow card "
                          "(%.*s)",
                          RV_FMT(callee->name), RV_FMT(id));
    json_array_foreach(json_object_get(card, "inputs"), i, pin)
    {
        rv_str key = rv_json_member_str(pin, "key");
        if (is_argument(card, pin) && !has_key(fields, key, false))
            rv_import_warning(k->m, name_of(card),
                              "hands \"%.*s\" to the flow \"%.*s\", which has no such field (%.*s)",
                              RV_FMT(key), RV_FMT(callee->name), RV_FMT(id));
    }
    json_array_foreach(call ? json_object_get(card, "outputs") : NULL, i, pin)
    {
        rv_str key = rv_json_member_str(pin, "key");
        if (!gives(callee, key))
            rv_import_warning(k->m, name_of(card),
                              "expects \"%.*s\" from the flow \"%.*s\", which does not return it "
                              "(%.*s)",
                              RV_FMT(key), RV_FMT(callee->name), RV_FMT(id));
    }
}

static bool has_expression(const json_t *card, rv_str id)
{
    size_t i;
    json_t *pin;
    json_array_foreach(json_object_get(card, "inputs"), i, pin)
    {
        if (rv_str_eq(rv_json_member_str(pin, "group"), RV_STR("_expr")) &&
            rv_str_eq(rv_json_member_str(pin, "key"), id))
            return true;
    }
    return false;
}

/* Each term of a filter that reads an output has a hidden field for it. */
static void check_filter(struct calls *k, const json_t *card, const json_t *value)
{
    size_t i;
    json_t *term;
    json_array_foreach(json_object_get(value, "expr"), i, term)
    {
        const json_t *rhd = json_object_get(term, "rhd");
        if (json_is_object(rhd) && !has_expression(card, rv_json_member_str(rhd, "outputId")))
            rv_import_warning(
                k->m, name_of(card),
                "the filter of \"%.*s\" reads a value that no card hands in; it counts as nothing (%.*s)",
                RV_FMT(rv_json_member_str(term, "lhs")), RV_FMT(rv_json_member_str(card, "id")));
    }
}

static void check_card(void *arg, json_t *card)
{
    struct calls *k = arg;
    size_t i;
    json_t *pin;
    json_array_foreach(json_object_get(card, "inputs"), i, pin)
    {
        if (rv_str_eq(rv_json_member_str(pin, "key"), RV_STR("Where Expression")))
            check_filter(k, card, json_object_get(pin, "value"));
    }
    if (rv_str_starts(rv_json_member_str(card, "card"), RV_STR("utility:")))
        return; /* the flow itself is meant */
    json_array_foreach(json_object_get(card, "inputs"), i, pin)
    {
        bool flow = rv_str_eq(rv_json_member_str(pin, "type"), RV_STR("flow")) &&
                    rv_str_eq(rv_json_member_str(pin, "key"), RV_STR("flo"));
        const struct rv_flow_insert *callee =
            flow ? flow_of(k, rv_json_member_str(pin, "value")) : NULL;
        if (callee != NULL)
            check_call(k, card, callee);
    }
}

void rv_import_check_flows(struct import *m, const struct rv_flow_insert *flows, size_t n)
{
    struct calls k = { .m = m, .flows = flows, .n = n };
    for (size_t i = 0; i < n; i++) {
        m->flow = flows[i].name;
        rv_def_walk((json_t *)(uintptr_t)flows[i].definition, check_card, &k);
    }
    m->flow = RV_NONE_STR;
}
