/* cards/math.c: cards that calculate (cards.md B.7: 46, 51, 56, 64, 67, 76, 87, C.6).
 *
 * Numbers are doubles. A result that is no number fails the card. */
#include "cards/cards_int.h"

#include <math.h>

static rv_status pair(struct rv_call *c, double *a, double *b)
{
    bool some;
    RV_TRY(rv_in_num(c, "a", &some, a));
    return rv_in_num(c, "b", &some, b);
}

/* Folds all inputs in order; empty ones beyond the required are passed over. */
static rv_status fold(struct rv_call *c, bool product)
{
    double sum = product ? 1 : 0, d;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        struct rv_field f;
        json_t *v = rv_in_at(c, i, &f);
        if (rv_value_empty(v))
            continue;
        if (!rv_value_num(v, &d))
            return rv_fail(rv_call_cx(c), RV_INVALID, "the field \"%.*s\" must be a number, not %s",
                           RV_FMT(f.label.p != NULL ? f.label : f.key), rv_value_type_name(v));
        sum = product ? sum * d : sum + d;
    }
    return rv_out_num(c, "output", sum);
}

static rv_status card_add(struct rv_call *c)
{
    return fold(c, false);
}

static rv_status card_multiply(struct rv_call *c)
{
    return fold(c, true);
}

static rv_status card_subtract(struct rv_call *c)
{
    double a, b;
    RV_TRY(pair(c, &a, &b));
    return rv_out_num(c, "output", a - b);
}

static rv_status places(struct rv_call *c, const char *key, int64_t *ret)
{
    RV_TRY(rv_in_whole(c, key, 0, ret));
    *ret = *ret < 0 ? 0 : *ret > 15 ? 15 : *ret;
    return RV_OK;
}

static rv_status card_divide(struct rv_call *c)
{
    double a, b;
    int64_t decimals;
    RV_TRY(pair(c, &a, &b));
    RV_TRY(places(c, "decimals", &decimals));
    if (fpclassify(b) == FP_ZERO)
        return rv_fail(rv_call_cx(c), RV_INVALID, "division by zero");
    double percent = rv_round_places(a / b * 100, decimals);
    if (!isfinite(percent))
        return rv_fail(rv_call_cx(c), RV_INVALID, "the result is not a number that can be written");
    RV_TRY(rv_out_num(c, "output", rv_round_places(a / b, decimals)));
    return rv_out_text(c, "percentage",
                       rv_printf(rv_call_cx(c), "%.*f%%", (int)decimals, percent));
}

static rv_status one(struct rv_call *c, double *ret)
{
    bool some;
    return rv_in_num(c, "a", &some, ret);
}

static rv_status card_ceil(struct rv_call *c)
{
    double a;
    RV_TRY(one(c, &a));
    return rv_out_num(c, "output", ceil(a));
}

static rv_status card_floor(struct rv_call *c)
{
    double a;
    RV_TRY(one(c, &a));
    return rv_out_num(c, "output", floor(a));
}

static rv_status card_round(struct rv_call *c)
{
    double a;
    RV_TRY(one(c, &a));
    return rv_out_num(c, "output", rv_half_up(a));
}

static rv_status card_random(struct rv_call *c)
{
    double a, b;
    uint64_t bits, no = 0;
    uint8_t block[32];
    RV_TRY(pair(c, &a, &b));
    a = ceil(a);
    b = ceil(b);
    if (!(b > a) || b - a > 9007199254740992.0)
        return rv_fail(rv_call_cx(c), RV_INVALID,
                       "the lower bound must be less than the upper bound");
    uint64_t span = (uint64_t)(b - a), limit = UINT64_MAX - UINT64_MAX % span;
    do {
        rv_card_random(c, no++, block);
        memcpy(&bits, block, sizeof bits);
    } while (bits >= limit); /* no value is likelier than another */
    return rv_out_num(c, "output", a + (double)(bits % span));
}

#define NUM(key, label, help) { NULL, key, label, RV_T_NUM, RV_PIN_REQUIRED, NULL, NULL, help }
#define RESULT { NULL, "output", "output", RV_T_NUM, 0, NULL, NULL, "the result" }

/* clang-format off */
const struct rv_card rv_cards_math[] = {
    { .name = "math:add", .label = "Add", .category = "Number", .help = "Adds numbers.", .kind = RV_CARD_PURE, .user_pins = RV_USER_INPUTS, .user_types = "number",
      .in = RV_PINS(NUM("a", "a", "first number"), NUM("b", "b", "second number")), .out = RV_PINS(RESULT), .run = card_add },
    { .name = "math:subtract", .label = "Subtract", .category = "Number", .help = "Takes one number from another.", .kind = RV_CARD_PURE,
      .in = RV_PINS(NUM("a", "a", "number to start with"), NUM("b", "b", "number to take away")), .out = RV_PINS(RESULT), .run = card_subtract },
    { .name = "math:multiply", .label = "Multiply", .category = "Number", .help = "Multiplies numbers.", .kind = RV_CARD_PURE, .user_pins = RV_USER_INPUTS, .user_types = "number",
      .in = RV_PINS(NUM("a", "a", "first number"), NUM("b", "b", "second number")), .out = RV_PINS(RESULT), .run = card_multiply },
    { .name = "math:divide", .label = "Divide", .category = "Number", .help = "Divides, rounded to a number of decimals, and as a percentage.", .kind = RV_CARD_PURE,
      .in = RV_PINS(NUM("a", "Number", "number to divide"), NUM("b", "Divided by", "what it is divided by"), NUM("decimals", "number of decimal points", "digits behind the point")),
      .out = RV_PINS(RESULT, { NULL, "percentage", "percentage", RV_T_TEXT, 0, NULL, NULL, "the result times a hundred with a percent sign" }), .run = card_divide },
    { .name = "math:ceil", .label = "Round Up", .category = "Number", .help = "The next whole number that is not smaller.", .kind = RV_CARD_PURE,
      .in = RV_PINS(NUM("a", "number", "number to round")), .out = RV_PINS(RESULT), .run = card_ceil },
    { .name = "math:floor", .label = "Round Down", .category = "Number", .help = "The next whole number that is not greater.", .kind = RV_CARD_PURE,
      .in = RV_PINS(NUM("a", "number", "number to round")), .out = RV_PINS(RESULT), .run = card_floor },
    { .name = "math:round", .label = "Round", .category = "Number", .help = "The nearest whole number; halves go up.", .kind = RV_CARD_PURE,
      .in = RV_PINS(NUM("a", "number", "number to round")), .out = RV_PINS(RESULT), .run = card_round },
    { .name = "math:random", .label = "Random Integer", .category = "Number", .help = "A random whole number from a up to, not including, b.", .kind = RV_CARD_PURE,
      .in = RV_PINS(NUM("a", "greater than or equal to", "least possible number"), NUM("b", "less than", "one more than the greatest")), .out = RV_PINS(RESULT), .run = card_random },
    { .name = NULL },
};
