/* requests/logic.c: does the logic of a step hold (access-requests.md 2.9)?
 *
 * Each condition looks at one earlier step and is true, false for good, or open until that step
 * ends; the step's combinator joins them with three values. The browser's form follows the same
 * rules (web/src/logic/logic.ts): text is compared without case and outer blanks, an empty answer
 * satisfies nothing, a step that was skipped satisfies nothing. */
#include "requests/requests_int.h"

#include <math.h>
#include <stdlib.h>
#include <utf8proc.h>

enum { VALUES_MAX = 200, VALUES_FIRST = 4 };
struct values {
    rv_str *v; /* folded */
    size_t n, size;
};
struct eval {
    struct rv_cx *cx;
    struct rv_tx *tx;
    const json_t *condition;
    const struct rv_logic_step *step;
    struct values have, want;
};

/* Lower case of every letter, without blanks at the ends. */
static rv_status fold(struct rv_cx *cx, rv_str s, rv_str *ret)
{
    s = rv_str_trim(s);
    char *out = rv_alloc(cx, s.n * 2 + 1); /* no letter grows beyond twice its bytes in lower case */
    size_t n = 0;
    if (out == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < s.n;) {
        utf8proc_int32_t c;
        utf8proc_ssize_t got =
            utf8proc_iterate((const utf8proc_uint8_t *)s.p + i, (utf8proc_ssize_t)(s.n - i), &c);
        if (got <= 0)
            break; /* texts are valid UTF-8 when they arrive */
        i += (size_t)got;
        n += (size_t)utf8proc_encode_char(utf8proc_tolower(c), (utf8proc_uint8_t *)out + n);
    }
    *ret = (rv_str){ out, n };
    return RV_OK;
}

static rv_status make_room(struct rv_cx *cx, struct values *to)
{
    if (to->n < to->size)
        return RV_OK;
    size_t size = to->size == 0 ? VALUES_FIRST : to->size * 4;
    rv_str *larger = RV_NEW_N(cx, rv_str, size);
    if (larger == NULL)
        return RV_BUSY;
    if (to->n > 0)
        memcpy(larger, to->v, to->n * sizeof *larger);
    to->v = larger;
    to->size = size;
    return RV_OK;
}

static rv_status add_value(struct rv_cx *cx, struct values *to, const json_t *v)
{
    char digits[32];
    rv_str text = rv_json_str(v);
    if (json_is_number(v))
        text = (rv_str){ digits, rv_double_format(json_number_value(v), digits) };
    else if (json_is_boolean(v))
        text = json_is_true(v) ? RV_STR("true") : RV_STR("false");
    if (text.p == NULL || to->n == VALUES_MAX)
        return RV_OK;
    RV_TRY(make_room(cx, to));
    RV_TRY(fold(cx, text, &to->v[to->n]));
    if (to->v[to->n].n > 0)
        to->n++;
    return RV_OK;
}

static rv_status add_values(struct rv_cx *cx, struct values *to, const json_t *v)
{
    size_t i;
    json_t *item;
    if (!json_is_array(v))
        return add_value(cx, to, v);
    json_array_foreach(v, i, item)
        RV_TRY(add_value(cx, to, item));
    return RV_OK;
}

static bool has(const struct values *set, rv_str v)
{
    for (size_t i = 0; i < set->n; i++)
        if (rv_str_eq(set->v[i], v))
            return true;
    return false;
}

static bool all_in(const struct values *some, const struct values *set)
{
    for (size_t i = 0; i < some->n; i++)
        if (!has(set, some->v[i]))
            return false;
    return true;
}

/* ---- operators: called with a non-empty answer ----------------------------------------------- */

static bool to_number(const char *z, double *ret)
{
    char *end;
    *ret = strtod(z, &end);
    return end != z && *end == '\0' && isfinite(*ret);
}

static bool same(struct eval *e)
{
    bool list = json_is_array(e->step->answer);
    bool numbers =
        json_is_number(e->step->answer) || json_is_number(json_object_get(e->condition, "value"));
    double a, b;
    if (e->want.n == 0)
        return false;
    if (numbers && !list)
        return to_number(rv_z(e->cx, e->have.v[0]), &a) &&
               to_number(rv_z(e->cx, e->want.v[0]), &b) && !(a < b) && !(a > b);
    if (!list)
        return has(&e->want, e->have.v[0]);
    return all_in(&e->have, &e->want) && all_in(&e->want, &e->have);
}

static rv_status op_is(struct eval *e, bool *ret)
{
    *ret = same(e);
    return RV_OK;
}
static rv_status op_is_not(struct eval *e, bool *ret)
{
    *ret = !same(e);
    return RV_OK;
}
static rv_status op_contains(struct eval *e, bool *ret)
{
    *ret = e->want.n > 0 && rv_str_contains(e->have.v[0], e->want.v[0]);
    return RV_OK;
}
static rv_status op_not_contains(struct eval *e, bool *ret)
{
    RV_TRY(op_contains(e, ret));
    *ret = !*ret;
    return RV_OK;
}
/* Dates are YYYY-MM-DD: their order is the order of their bytes. */
static rv_status op_after(struct eval *e, bool *ret)
{
    *ret = e->want.n > 0 && rv_str_cmp(e->have.v[0], e->want.v[0]) > 0;
    return RV_OK;
}
static rv_status op_before(struct eval *e, bool *ret)
{
    *ret = e->want.n > 0 && rv_str_cmp(e->have.v[0], e->want.v[0]) < 0;
    return RV_OK;
}
static rv_status op_between(struct eval *e, bool *ret)
{
    *ret = e->want.n > 1 && rv_str_cmp(e->have.v[0], e->want.v[0]) >= 0 &&
           rv_str_cmp(e->have.v[0], e->want.v[1]) <= 0;
    return RV_OK;
}
static rv_status op_includes(struct eval *e, bool *ret)
{
    *ret = e->want.n > 0 && all_in(&e->want, &e->have);
    return RV_OK;
}
static rv_status op_not_empty(struct eval *e, bool *ret)
{
    (void)e;
    *ret = true;
    return RV_OK;
}

/* Is one answer an item of the list: by its id, also when the item was archived since, or by its
 * name? */
static rv_status in_list(struct eval *e, rv_str list_id, rv_str raw, rv_str shown, bool *ret)
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str name, text;
    json_t *choices = NULL, *choice;
    bool active;
    size_t i;
    RV_TRY(rv_list_item_name(e->tx, list_id, raw, &active, &name));
    *ret = name.p != NULL;
    if (*ret || shown.p == NULL)
        return RV_OK;
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    rv_jw_arr(&w);
    rv_status st = rv_list_choices(e->tx, list_id, &w);
    rv_jw_arr_end(&w);
    if (st == RV_OK)
        st = rv_buf_str(e->cx, &b, &text);
    if (st == RV_OK)
        st = rv_json_parse(e->cx, text, &rv_json_limits_import, &choices);
    rv_buf_done(&b);
    RV_TRY(st);
    json_array_foreach(choices, i, choice)
    {
        RV_TRY(fold(e->cx, rv_json_member_str(choice, "name"), &name));
        *ret = *ret || rv_str_eq(name, shown);
    }
    return RV_OK;
}

/* Every answer is an item of one of the lists named. */
static rv_status op_in_list(struct eval *e, bool *ret)
{
    const json_t *lists = json_object_get(e->condition, "values"), *answers = e->step->answer;
    bool several = json_is_array(lists), multi = json_is_array(answers), all = true;
    size_t lists_n = several ? json_array_size(lists) : 1,
           answers_n = multi ? json_array_size(answers) : 1;
    rv_str shown = RV_NONE_STR;
    *ret = false;
    if (e->tx == NULL)
        return RV_OK;
    if (!multi)
        RV_TRY(fold(e->cx, e->step->answer_text, &shown));
    for (size_t i = 0; i < answers_n; i++) {
        rv_str raw = rv_json_str(multi ? json_array_get(answers, i) : answers);
        bool inside = false;
        for (size_t k = 0; k < lists_n && !inside; k++)
            RV_TRY(in_list(e,
                           rv_json_str(several ? json_array_get(lists, k)
                                               : json_object_get(e->condition, "value")),
                           raw, shown, &inside));
        all = all && inside;
    }
    *ret = all;
    return RV_OK;
}
static rv_status op_not_in_list(struct eval *e, bool *ret)
{
    RV_TRY(op_in_list(e, ret));
    *ret = !*ret;
    return RV_OK;
}

static const struct {
    const char *name;
    rv_status (*fn)(struct eval *e, bool *ret);
} ops[] = {
    { "IS", op_is }, { "IS_NOT", op_is_not }, { "CONTAINS", op_contains }, { "NOT_CONTAINS", op_not_contains },
    { "IS_AFTER", op_after }, { "IS_BEFORE", op_before }, { "IS_BETWEEN", op_between }, { "IN_LIST", op_in_list },
    { "NOT_IN_LIST", op_not_in_list }, { "INCLUDES", op_includes }, { "NOT_EMPTY", op_not_empty },
};

/* ---- three values ---------------------------------------------------------------------------- */

static rv_status answer_holds(struct eval *e, rv_str op, bool *ret)
{
    const json_t *values = json_object_get(e->condition, "values");
    *ret = false;
    RV_TRY(add_values(e->cx, &e->have, e->step->answer));
    RV_TRY(add_values(e->cx, &e->want,
                      values != NULL ? values : json_object_get(e->condition, "value")));
    if (e->have.n == 0)
        return RV_OK;
    for (size_t i = 0; i < RV_LEN(ops); i++)
        if (rv_str_eq(op, rv_str_of(ops[i].name)))
            return ops[i].fn(e, ret);
    return RV_OK;
}

static const struct rv_logic_step *find(const struct rv_logic_step *steps, size_t n, rv_str id)
{
    for (size_t i = 0; i < n; i++)
        if (rv_str_eq(steps[i].id, id))
            return &steps[i];
    return NULL;
}

static rv_status condition_of(struct eval *e, enum rv_logic *ret)
{
    rv_str op = rv_json_member_str(e->condition, "op"),
           state = e->step != NULL ? e->step->state : RV_NONE_STR;
    bool yes = false;
    *ret = RV_LOGIC_NO;
    if (e->step == NULL || rv_str_eq(state, RV_STR("SKIPPED")) ||
        rv_str_eq(state, RV_STR("LOCKED")))
        return RV_OK;
    if (!rv_str_eq(state, RV_STR("COMPLETED"))) {
        *ret = RV_LOGIC_NOT_YET;
        return RV_OK;
    }
    if (rv_str_eq(op, RV_STR("IS_COMPLETED")))
        yes = true;
    else if (rv_str_eq(op, RV_STR("IS_APPROVED")))
        yes = rv_str_eq(e->step->decision, RV_STR("APPROVED"));
    else if (rv_str_eq(op, RV_STR("IS_DENIED")))
        yes = rv_str_eq(e->step->decision, RV_STR("DENIED"));
    else
        RV_TRY(answer_holds(e, op, &yes));
    *ret = yes ? RV_LOGIC_YES : RV_LOGIC_NO;
    return RV_OK;
}

rv_status rv_logic_eval(struct rv_cx *cx, struct rv_tx *tx, const json_t *logic,
                        const struct rv_logic_step *steps, size_t n, enum rv_logic *ret)
{
    const json_t *conditions = json_object_get(logic, "conditions");
    size_t count = json_array_size(conditions), yes = 0, no = 0;
    bool any = rv_str_eq(rv_json_member_str(logic, "match"), RV_STR("ANY"));
    *ret = RV_LOGIC_YES;
    if (count == 0)
        return RV_OK;
    for (size_t i = 0; i < count; i++) {
        const json_t *c = json_array_get(conditions, i);
        enum rv_logic one;
        struct eval e = { .cx = cx,
                          .tx = tx,
                          .condition = c,
                          .step = find(steps, n, rv_json_member_str(c, "stepId")) };
        RV_TRY(condition_of(&e, &one));
        yes += one == RV_LOGIC_YES;
        no += one == RV_LOGIC_NO;
    }
    if (any)
        *ret = yes > 0 ? RV_LOGIC_YES : no == count ? RV_LOGIC_NO : RV_LOGIC_NOT_YET;
    else
        *ret = no > 0 ? RV_LOGIC_NO : yes == count ? RV_LOGIC_YES : RV_LOGIC_NOT_YET;
    return RV_OK;
}
