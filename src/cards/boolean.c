/* cards/boolean.c: cards about true and false (cards.md B.7: 31, 39, 53, 65, 68, 81). */
#include "cards/cards_int.h"

static rv_status compare(struct rv_call *c, bool *ret)
{
    return rv_in_condition(c, RV_NONE_STR, ret);
}

static rv_status card_compare(struct rv_call *c)
{
    bool yes;
    RV_TRY(compare(c, &yes));
    return rv_out(c, "result", json_boolean(yes));
}

static rv_status card_assign_if(struct rv_call *c)
{
    bool yes;
    RV_TRY(compare(c, &yes));
    return rv_out(c, "output", json_incref(rv_in(c, yes ? "valueIfTrue" : "valueIfFalse")));
}

/* How many of all inputs are true, read with the lenient rules. */
static rv_status count_true(struct rv_call *c, size_t *ret)
{
    struct rv_field f;
    *ret = 0;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        bool yes;
        (void)rv_in_at(c, i, &f);
        RV_TRY(rv_in_bool(c, rv_z(rv_call_cx(c), f.key), &yes));
        *ret += yes ? 1 : 0;
    }
    return RV_OK;
}

static rv_status card_or(struct rv_call *c)
{
    size_t n;
    RV_TRY(count_true(c, &n));
    return rv_out(c, "output", json_boolean(n > 0));
}

static rv_status card_and(struct rv_call *c)
{
    size_t n;
    RV_TRY(count_true(c, &n));
    return rv_out(c, "output", json_boolean(n == rv_in_count(c)));
}

static rv_status card_xor(struct rv_call *c)
{
    size_t n;
    RV_TRY(count_true(c, &n));
    return rv_out(c, "output", json_boolean(n == 1));
}

/* The result of the option whose name is exactly the text of the key. */
static rv_status card_lookup(struct rv_call *c)
{
    struct rv_field f;
    rv_str key;
    RV_TRY(rv_in_text(c, "key", &key));
    for (size_t i = 0; i < rv_in_count(c); i++) {
        json_t *v = rv_in_at(c, i, &f);
        if (rv_str_eq(f.group, RV_STR("options")) && rv_str_eq(f.key, key))
            return rv_out(c, "result", json_incref(v));
    }
    return rv_out(c, "result", json_incref(rv_in(c, "else")));
}

static rv_status card_not(struct rv_call *c)
{
    bool yes;
    RV_TRY(rv_in_bool(c, "a", &yes));
    return rv_out(c, "output", json_boolean(!yes));
}

static rv_status card_empty(struct rv_call *c)
{
    return rv_out(c, "output", json_boolean(rv_value_empty(rv_in(c, "value"))));
}

static rv_status card_true(struct rv_call *c)
{
    return rv_out(c, "output", json_true());
}

static rv_status card_false(struct rv_call *c)
{
    return rv_out(c, "output", json_false());
}

#define OPERANDS                                                                                                       \
    { NULL, "left-operand", "value a", RV_T_ANY, 0, NULL, NULL, "what is looked at" },                                 \
    { NULL, "operator", "comparison", RV_T_TEXT, RV_PIN_REQUIRED, "\"==\"", rv_operators, "how the two are compared" }, \
    { NULL, "right-operand", "value b", RV_T_ANY, 0, NULL, NULL, "what it is compared with; not used by is empty" }
#define BOTH                                                                          \
    { NULL, "a", "a", RV_T_BOOL, 0, NULL, NULL, "true or false; empty counts as false" }, \
    { NULL, "b", "b", RV_T_BOOL, 0, NULL, NULL, "true or false; empty counts as false" }
#define RESULT(key) { NULL, key, key, RV_T_BOOL, 0, NULL, NULL, "true or false" }

/* clang-format off */
const struct rv_card rv_cards_boolean[] = {
    { .name = "boolean:compare", .label = "Compare", .category = "True/False", .help = "Says whether a comparison holds.", .kind = RV_CARD_PURE,
      .in = RV_PINS(OPERANDS), .out = RV_PINS(RESULT("result")), .run = card_compare },
    { .name = "boolean:or", .label = "Or", .category = "True/False", .help = "True when any of the values is true.", .kind = RV_CARD_PURE,
      .user_pins = RV_USER_INPUTS, .user_types = "boolean", .in = RV_PINS(BOTH), .out = RV_PINS(RESULT("output")), .run = card_or },
    { .name = "boolean:and", .label = "And", .category = "True/False", .help = "True when all of the values are true.", .kind = RV_CARD_PURE,
      .user_pins = RV_USER_INPUTS, .user_types = "boolean", .in = RV_PINS(BOTH), .out = RV_PINS(RESULT("output")), .run = card_and },
    { .name = "boolean:xor", .label = "Or (Exclusive)", .category = "True/False", .help = "True when exactly one of two values is true.", .kind = RV_CARD_PURE,
      .in = RV_PINS(BOTH), .out = RV_PINS(RESULT("output")), .run = card_xor },
    { .name = "boolean:not", .label = "Not", .category = "True/False", .help = "False when a value is true, and true when it is not.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "a", "a", RV_T_BOOL, 0, NULL, NULL, "true or false; empty counts as false" }), .out = RV_PINS(RESULT("output")), .run = card_not },
    { .name = "boolean:isEmpty", .label = "Is Empty", .category = "True/False", .help = "True when a value is nothing, an empty text, list or object.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "value", "value", RV_T_ANY, 0, NULL, NULL, "the value" }), .out = RV_PINS(RESULT("output")), .run = card_empty },
    { .name = "boolean:true", .label = "True", .category = "True/False", .help = "The value true.", .kind = RV_CARD_PURE, .out = RV_PINS(RESULT("output")), .run = card_true },
    { .name = "boolean:false", .label = "False", .category = "True/False", .help = "The value false.", .kind = RV_CARD_PURE, .out = RV_PINS(RESULT("output")), .run = card_false },
    { .name = "control:assignIf", .label = "Assign If", .category = "Branching", .help = "Gives one of two values, depending on a comparison.", .kind = RV_CARD_PURE,
      .in = RV_PINS(OPERANDS, { NULL, "valueIfTrue", "value if true", RV_T_ANY, 0, NULL, NULL, "the value when the comparison holds" },
                    { NULL, "valueIfFalse", "value if false", RV_T_ANY, 0, NULL, NULL, "the value when it does not" }),
      .out = RV_PINS({ NULL, "output", "output", RV_T_ANY, 0, NULL, NULL, "the value chosen" }), .run = card_assign_if },
    { .name = "control:lookup", .label = "Lookup", .category = "Branching", .help = "Gives the result that stands beside a value in a table.", .kind = RV_CARD_PURE,
      .user_pins = RV_USER_INPUTS, .user_group = "options",
      .in = RV_PINS({ NULL, "key", "Value", RV_T_TEXT, RV_PIN_REQUIRED | RV_PIN_TEXT, NULL, NULL, "what is looked up" },
                    { NULL, "else", "else", RV_T_ANY, 0, NULL, NULL, "the result when the value is not in the table" }),
      .out = RV_PINS({ NULL, "result", "result", RV_T_ANY, 0, NULL, NULL, "the result" }), .run = card_lookup },
    { .name = NULL },
};
