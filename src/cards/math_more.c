/* cards/math_more.c: further cards that calculate (cards.md C.6). Numbers are doubles; a result
 * that is no number fails the card. */
#include "cards/cards_int.h"

#include <math.h>

static rv_status one(struct rv_call *c, double *ret)
{
    bool some;
    return rv_in_num(c, "a", &some, ret);
}

static rv_status pair(struct rv_call *c, double *a, double *b)
{
    bool some;
    RV_TRY(one(c, a));
    return rv_in_num(c, "b", &some, b);
}

static rv_status card_round_to(struct rv_call *c)
{
    double a;
    int64_t places;
    RV_TRY(one(c, &a));
    RV_TRY(rv_in_whole(c, "places", 0, &places));
    places = places < -15 ? -15 : places > 15 ? 15 : places;
    return rv_out_num(c, "output", rv_round_places(a, places));
}

static rv_status card_remainder(struct rv_call *c)
{
    double a, b;
    RV_TRY(pair(c, &a, &b));
    if (fpclassify(b) == FP_ZERO)
        return rv_fail(rv_call_cx(c), RV_INVALID, "division by zero");
    return rv_out_num(c, "output", fmod(a, b) + 0.0); /* with the sign of a */
}

static rv_status card_factorial(struct rv_call *c)
{
    double n, product = 1;
    RV_TRY(one(c, &n));
    if (n < 0 || n > 170 || fabs(n - floor(n)) > 0)
        return rv_fail(rv_call_cx(c), RV_INVALID, "a factorial needs a whole number from 0 to 170");
    for (double i = 2; i <= n; i++)
        product *= i;
    return rv_out_num(c, "output", product);
}

static rv_status card_absolute(struct rv_call *c)
{
    double a;
    RV_TRY(one(c, &a));
    return rv_out_num(c, "output", fabs(a));
}

static rv_status card_power(struct rv_call *c)
{
    double a, b;
    RV_TRY(pair(c, &a, &b));
    return rv_out_num(c, "output", pow(a, b));
}

static rv_status card_root(struct rv_call *c)
{
    double a;
    RV_TRY(one(c, &a));
    if (a < 0)
        return rv_fail(rv_call_cx(c), RV_INVALID, "a negative number has no square root");
    return rv_out_num(c, "output", sqrt(a));
}

static rv_status card_random(struct rv_call *c)
{
    uint8_t block[32];
    uint64_t bits;
    rv_card_random(c, 0, block);
    memcpy(&bits, block, sizeof bits);
    return rv_out_num(c, "output", (double)(bits >> 11) / 9007199254740992.0);
}

/* ---- over many numbers ----------------------------------------------------------------------- */

struct tally {
    double sum, least, most;
    size_t n;
};

static rv_status count(struct rv_call *c, rv_str label, const json_t *v, struct tally *t)
{
    double d;
    size_t i;
    json_t *item;
    if (rv_value_empty(v))
        return RV_OK;
    if (json_is_array(v)) {
        json_array_foreach((json_t *)(uintptr_t)v, i, item)
            if (!json_is_array(item)) /* a list inside a list is no number: the next line says so for its own depth */
                RV_TRY(count(c, label, item, t));
        return RV_OK;
    }
    if (!rv_value_num(v, &d))
        return rv_fail(rv_call_cx(c), RV_INVALID,
                       "the field \"%.*s\" must be a number or a list of numbers, not %s",
                       RV_FMT(label), rv_value_type_name(v));
    t->least = t->n == 0 || d < t->least ? d : t->least;
    t->most = t->n == 0 || d > t->most ? d : t->most;
    t->sum += d;
    t->n++;
    return RV_OK;
}

/* All inputs, and the numbers of lists among them; nothing is passed over. */
static rv_status tally_all(struct rv_call *c, struct tally *t)
{
    struct rv_field f;
    *t = (struct tally){ 0 };
    for (size_t i = 0; i < rv_in_count(c); i++) {
        const json_t *v = rv_in_at(c, i, &f);
        RV_TRY(count(c, f.label.p != NULL ? f.label : f.key, v, t));
    }
    return RV_OK;
}

static rv_status put(struct rv_call *c, const struct tally *t, double d)
{
    return t->n > 0 ? rv_out_num(c, "output", d) : rv_out(c, "output", NULL);
}

static rv_status card_minimum(struct rv_call *c)
{
    struct tally t;
    RV_TRY(tally_all(c, &t));
    return put(c, &t, t.least);
}

static rv_status card_maximum(struct rv_call *c)
{
    struct tally t;
    RV_TRY(tally_all(c, &t));
    return put(c, &t, t.most);
}

static rv_status card_sum(struct rv_call *c)
{
    struct tally t;
    RV_TRY(tally_all(c, &t));
    return rv_out_num(c, "output", t.sum);
}

static rv_status card_average(struct rv_call *c)
{
    struct tally t;
    RV_TRY(tally_all(c, &t));
    return put(c, &t, t.n > 0 ? t.sum / (double)t.n : 0);
}

#define NUM(key, label, help) { NULL, key, label, RV_T_NUM, RV_PIN_REQUIRED, NULL, NULL, help }
#define NUMBERS { NULL, "list", "numbers", RV_T_NUM, RV_PIN_LIST, NULL, NULL, "a list of numbers; further fields count, too" }
#define RESULT(help) { NULL, "output", "output", RV_T_NUM, 0, NULL, NULL, help }
#define OVER(address, words, sentence, fn) \
    { .name = address, .label = words, .category = "Number", .help = sentence, .kind = RV_CARD_PURE, .user_pins = RV_USER_INPUTS, .user_types = "number", \
      .in = RV_PINS(NUMBERS), .out = RV_PINS(RESULT("the result; nothing when there are no numbers")), .run = fn }

/* clang-format off */
const struct rv_card rv_cards_math_more[] = {
    { .name = "math:roundTo", .label = "Round Decimal Places", .category = "Number", .help = "Rounds to a number of decimal places; halves go away from zero.", .kind = RV_CARD_PURE,
      .in = RV_PINS(NUM("a", "number", "number to round"), { NULL, "places", "decimal places", RV_T_NUM, 0, "2", NULL, "how many; negative: tens, hundreds" }), .out = RV_PINS(RESULT("the result")), .run = card_round_to },
    { .name = "math:mod", .label = "Remainder", .category = "Number", .help = "What is left of a division; it has the sign of the first number.", .kind = RV_CARD_PURE,
      .in = RV_PINS(NUM("a", "number", "what is divided"), NUM("b", "divided by", "by what")), .out = RV_PINS(RESULT("the result")), .run = card_remainder },
    { .name = "math:factorial", .label = "Factorial", .category = "Number", .help = "The product of all whole numbers up to one, which is at most 170.", .kind = RV_CARD_PURE,
      .in = RV_PINS(NUM("a", "number", "whole number from 0 to 170")), .out = RV_PINS(RESULT("the result")), .run = card_factorial },
    { .name = "math:abs", .label = "Absolute", .category = "Number", .help = "A number without its sign.", .kind = RV_CARD_PURE,
      .in = RV_PINS(NUM("a", "number", "the number")), .out = RV_PINS(RESULT("the result")), .run = card_absolute },
    { .name = "math:pow", .label = "Power", .category = "Number", .help = "A number to the power of another one.", .kind = RV_CARD_PURE,
      .in = RV_PINS(NUM("a", "number", "the base"), NUM("b", "power", "the exponent")), .out = RV_PINS(RESULT("the result")), .run = card_power },
    { .name = "math:sqrt", .label = "Square Root", .category = "Number", .help = "The square root of a number.", .kind = RV_CARD_PURE,
      .in = RV_PINS(NUM("a", "number", "the number, not negative")), .out = RV_PINS(RESULT("the result")), .run = card_root },
    { .name = "math:randomFloat", .label = "Random", .category = "Number", .help = "A random number from 0 up to, not including, 1.", .kind = RV_CARD_PURE,
      .out = RV_PINS(RESULT("the number")), .run = card_random },
    OVER("math:min", "Minimum", "The least of several numbers.", card_minimum),
    OVER("math:max", "Maximum", "The greatest of several numbers.", card_maximum),
    OVER("math:sum", "Sum", "The sum of several numbers; 0 when there are none.", card_sum),
    OVER("math:average", "Average", "The average of several numbers.", card_average),
    { .name = NULL },
};
