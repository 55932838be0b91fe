/* cards/formula.c: Formula (cards.md B.5, B.7: 72): a small calculator over numbers.
 *
 * One pass by precedence climbing; nesting is counted. A field is a number of its own and never
 * read as part of the text. What is not numeric counts as 0; a mistake in the text, or a result
 * that is no number, fails the card. */
#include "cards/cards_int.h"

#include <math.h>
#include <stdlib.h>

enum { NESTING_MAX = 200, ARGUMENTS_MAX = 64 };

struct formula {
    struct rv_call *c;
    rv_str rest;
    size_t whole; /* length of the text, for positions */
    int depth;
    uint64_t randoms;
};

static rv_status mistake(struct formula *f, const char *what)
{
    return rv_fail(rv_call_cx(f->c), RV_INVALID, "the formula has a mistake at position %zu: %s",
                   f->whole - f->rest.n, what);
}

static void skip(struct formula *f)
{
    while (f->rest.n > 0) {
        char p = f->rest.p[0];
        if (p == '#') { /* a comment up to the end of the line */
            const char *end = memchr(f->rest.p, '\n', f->rest.n);
            f->rest = end != NULL ? rv_str_sub(f->rest, (size_t)(end - f->rest.p), f->rest.n)
                                  : rv_str_sub(f->rest, f->rest.n, 0);
        } else if (p == ' ' || p == '\t' || p == '\n' || p == '\r') {
            f->rest = rv_str_sub(f->rest, 1, f->rest.n);
        } else {
            return;
        }
    }
}

static bool take(struct formula *f, const char *word)
{
    rv_str w = rv_str_of(word);
    skip(f);
    if (!rv_str_starts(f->rest, w))
        return false;
    f->rest = rv_str_sub(f->rest, w.n, f->rest.n);
    return true;
}

static rv_status expression(struct formula *f, int least, double *ret);

/* ---- functions ------------------------------------------------------------------------------- */

static double least_of(const double *v, size_t n)
{
    double m = v[0];
    for (size_t i = 1; i < n; i++)
        m = v[i] < m ? v[i] : m;
    return m;
}

static double most_of(const double *v, size_t n)
{
    double m = v[0];
    for (size_t i = 1; i < n; i++)
        m = v[i] > m ? v[i] : m;
    return m;
}

static const struct {
    const char *name;
    double (*one)(double);
    double (*many)(const double *v, size_t n);
} functions[] = {
    { "abs", fabs, NULL }, { "ceil", ceil, NULL }, { "floor", floor, NULL }, { "round", rv_half_up, NULL }, { "exp", exp, NULL }, { "log10", log10, NULL },
    { "log", log, NULL },  { "sqrt", sqrt, NULL }, { "sinh", sinh, NULL },   { "cosh", cosh, NULL },    { "tanh", tanh, NULL }, { "asin", asin, NULL },
    { "acos", acos, NULL }, { "atan", atan, NULL }, { "sin", sin, NULL },    { "cos", cos, NULL },      { "tan", tan, NULL },
    { "min", NULL, least_of }, { "max", NULL, most_of },
};

static double random_below(struct formula *f, double most)
{
    uint8_t block[32];
    uint64_t bits;
    rv_card_random(f->c, f->randoms++, block);
    memcpy(&bits, block, sizeof bits);
    return (double)(bits >> 11) / 9007199254740992.0 * most;
}

static rv_status arguments(struct formula *f, double *v, size_t *ret_n)
{
    *ret_n = 0;
    if (!take(f, "("))
        return mistake(f, "'(' is missing");
    if (take(f, ")"))
        return RV_OK;
    do {
        if (*ret_n == ARGUMENTS_MAX)
            return mistake(f, "too many arguments");
        RV_TRY(expression(f, 0, &v[(*ret_n)++]));
    } while (take(f, ","));
    return take(f, ")") ? RV_OK : mistake(f, "')' is missing");
}

static rv_status apply(struct formula *f, rv_str name, double *ret)
{
    double v[ARGUMENTS_MAX];
    size_t n;
    RV_TRY(arguments(f, v, &n));
    if (rv_str_eq(name, RV_STR("random")) && n <= 1) {
        *ret = random_below(f, n == 1 ? v[0] : 1);
        return RV_OK;
    }
    if (rv_str_eq(name, RV_STR("pow")) && n == 2) {
        *ret = pow(v[0], v[1]);
        return RV_OK;
    }
    for (size_t i = 0; i < RV_LEN(functions); i++) {
        if (!rv_str_eq(name, rv_str_of(functions[i].name)))
            continue;
        if (n == 0 || (functions[i].one != NULL && n != 1))
            return mistake(f, "the function takes another number of arguments");
        *ret = functions[i].one != NULL ? functions[i].one(v[0]) : functions[i].many(v, n);
        return RV_OK;
    }
    return mistake(f, "there is no such function");
}

/* ---- values ---------------------------------------------------------------------------------- */

static rv_status field(struct formula *f, double *ret)
{
    const char *end = memmem(f->rest.p, f->rest.n, "}}}", 3);
    struct rv_field pin;
    if (end == NULL)
        return mistake(f, "'}}}' is missing");
    rv_str key = { f->rest.p + 3, (size_t)(end - f->rest.p) - 3 };
    *ret = 0;
    for (size_t i = 0; i < rv_in_count(f->c); i++) {
        json_t *v = rv_in_at(f->c, i, &pin);
        if (rv_str_eq(pin.key, key) && !rv_value_num(v, ret))
            *ret = 0;
    }
    f->rest = rv_str_sub(f->rest, (size_t)(end - f->rest.p) + 3, f->rest.n);
    return RV_OK;
}

static rv_status number(struct formula *f, double *ret)
{
    char text[64];
    char *end;
    size_t n = f->rest.n < sizeof text - 1 ? f->rest.n : sizeof text - 1;
    memcpy(text, f->rest.p, n);
    text[n] = '\0';
    *ret = strtod(text, &end);
    if (end == text || text[1] == 'x' || text[1] == 'X')
        return mistake(f, "a number, a field or a function is missing");
    f->rest = rv_str_sub(f->rest, (size_t)(end - text), f->rest.n);
    return RV_OK;
}

static rv_status value(struct formula *f, double *ret)
{
    skip(f);
    if (f->rest.n == 0)
        return mistake(f, "it ends too early");
    char p = f->rest.p[0];
    if (rv_str_starts(f->rest, RV_STR("{{{")))
        return field(f, ret);
    if (take(f, "(")) {
        RV_TRY(expression(f, 0, ret));
        return take(f, ")") ? RV_OK : mistake(f, "')' is missing");
    }
    if ((p >= '0' && p <= '9') || p == '.')
        return number(f, ret);
    size_t n = 0;
    while (n < f->rest.n && ((f->rest.p[n] >= 'a' && f->rest.p[n] <= 'z') ||
                             (n > 0 && f->rest.p[n] >= '0' && f->rest.p[n] <= '9')))
        n++;
    rv_str name = rv_str_sub(f->rest, 0, n);
    if (n == 0)
        return mistake(f, "a number, a field or a function is missing");
    f->rest = rv_str_sub(f->rest, n, f->rest.n);
    if (rv_str_eq(name, RV_STR("pi"))) {
        *ret = 3.14159265358979323846;
        return RV_OK;
    }
    return apply(f, name, ret);
}

static rv_status factorial(struct formula *f, double *v)
{
    double n = *v, product = 1;
    if (n < 0 || n > 170 || fabs(n - floor(n)) > 0)
        return mistake(f, "a factorial needs a whole number from 0 to 170");
    for (double i = 2; i <= n; i++)
        product *= i;
    *v = product;
    return RV_OK;
}

/* ---- operators ------------------------------------------------------------------------------- */

enum op { OP_OR, OP_XOR, OP_AND, OP_LEFT, OP_RIGHT, OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD, OP_POW };
static const struct {
    const char *text;
    int level; /* higher binds tighter */
    bool right;
} operators[] = { /* in order of enum op; longer texts are tried first below */
    { "|", 1, false }, { "^|", 2, false }, { "&", 3, false }, { "<<", 4, false }, { ">>", 4, false }, { "+", 5, false },
    { "-", 5, false }, { "*", 6, false },  { "/", 6, false }, { "%", 6, false },  { "^", 8, true },
};
enum { UNARY_LEVEL = 7 };

static int next_operator(struct formula *f)
{
    skip(f);
    if (rv_str_starts(f->rest, RV_STR("^|")))
        return OP_XOR;
    for (int i = 0; i < (int)RV_LEN(operators); i++)
        if (rv_str_starts(f->rest, rv_str_of(operators[i].text)))
            return i;
    return -1;
}

static int32_t bits(double d)
{
    return isfinite(d) ? (int32_t)(uint32_t)(int64_t)fmod(d, 4294967296.0) : 0;
}

static double calculate(enum op op, double a, double b)
{
    switch (op) {
    case OP_OR: return bits(a) | bits(b);
    case OP_XOR: return bits(a) ^ bits(b);
    case OP_AND: return bits(a) & bits(b);
    case OP_LEFT: return (int32_t)((uint32_t)bits(a) << (bits(b) & 31));
    case OP_RIGHT: return bits(a) >> (bits(b) & 31);
    case OP_ADD: return a + b;
    case OP_SUB: return a - b;
    case OP_MUL: return a * b;
    case OP_DIV: return a / b;
    case OP_MOD: return fmod(a, b);
    case OP_POW: return pow(a, b);
    }
    return 0;
}

static rv_status operand(struct formula *f, double *ret)
{
    if (take(f, "-")) {
        RV_TRY(expression(f, UNARY_LEVEL, ret));
        *ret = -*ret;
        return RV_OK;
    }
    if (take(f, "~")) {
        RV_TRY(expression(f, UNARY_LEVEL, ret));
        *ret = ~bits(*ret);
        return RV_OK;
    }
    RV_TRY(value(f, ret));
    while (take(f, "!"))
        RV_TRY(factorial(f, ret));
    return RV_OK;
}

static rv_status expression(struct formula *f, int least, double *ret)
{
    if (++f->depth > NESTING_MAX)
        return mistake(f, "it nests too deep");
    RV_TRY(operand(f, ret));
    for (int op = next_operator(f); op >= 0 && operators[op].level >= least;
         op = next_operator(f)) {
        double b;
        f->rest = rv_str_sub(f->rest, strlen(operators[op].text), f->rest.n);
        RV_TRY(expression(f, operators[op].level + (operators[op].right ? 0 : 1), &b));
        *ret = calculate((enum op)op, *ret, b);
    }
    f->depth--;
    return RV_OK;
}

static rv_status card_formula(struct rv_call *c)
{
    struct formula f = { .c = c };
    double d;
    RV_TRY(rv_in_text(c, "_text_", &f.rest));
    f.whole = f.rest.n;
    RV_TRY(expression(&f, 0, &d));
    skip(&f);
    if (f.rest.n > 0)
        return mistake(&f, "an operator is missing");
    return rv_out_num(c, "output", d);
}

/* clang-format off */
const struct rv_card rv_cards_formula[] = {
    { .name = "math:expression", .label = "Formula", .category = "Number", .help = "Calculates a formula with fields, functions and parentheses.", .kind = RV_CARD_PURE,
      .user_pins = RV_USER_INPUTS, .user_types = "number",
      .in = RV_PINS({ NULL, "_text_", "formula", RV_T_TEXT, RV_PIN_REQUIRED, NULL, NULL, "such as ({{{price}}} + 2) * 3; {{{key}}} stands for the field with that key" }),
      .out = RV_PINS({ NULL, "output", "output", RV_T_NUM, 0, NULL, NULL, "the result" }), .run = card_formula },
    { .name = NULL },
};
