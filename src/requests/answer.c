/* requests/answer.c: answers to questions: what is accepted for which type of question, and how it
 * reads to people (access-requests.md 2.5, 4.2).
 *
 * One function per type of question checks the value and gives the text; the table below joins
 * them. Choices are checked against the definition the request was started with, items of
 * configuration lists against the list as it is now. */
#include "requests/request_int.h"
#include <math.h>

enum { TEXT_MAX = 1000, LONG_TEXT_MAX = 5000, CHOICES_MAX = 200 };
struct check {
    struct rv_tx *tx;
    struct rv_cx *cx;
    struct rv_request *q;
    const struct rv_step *s;
    const char *pointer;
};

static rv_status text_of(struct check *c, const json_t *v, size_t max, rv_str *ret)
{
    rv_str t = rv_json_str(v);
    if (t.p == NULL)
        return rv_fail_field(c->cx, c->pointer, "WRONG_TYPE", "\"%.*s\" takes a text",
                             RV_FMT(c->s->text));
    if (rv_utf8_count(t) > max)
        return rv_fail_field(c->cx, c->pointer, "INVALID_STRING_LENGTH_OVER_MAX",
                             "\"%.*s\" takes at most %zu characters", RV_FMT(c->s->text), max);
    *ret = rv_dup(c->cx, t);
    return RV_OK;
}

static rv_status of_text(struct check *c, const json_t *v, rv_str *ret)
{
    return text_of(c, v, TEXT_MAX, ret);
}

static rv_status of_long_text(struct check *c, const json_t *v, rv_str *ret)
{
    return text_of(c, v, LONG_TEXT_MAX, ret);
}

static rv_status of_number(struct check *c, const json_t *v, rv_str *ret)
{
    char digits[32];
    if (!json_is_number(v) || !isfinite(json_number_value(v)))
        return rv_fail_field(c->cx, c->pointer, "WRONG_TYPE", "\"%.*s\" takes a number",
                             RV_FMT(c->s->text));
    *ret = rv_dup(c->cx, (rv_str){ digits, rv_double_format(json_number_value(v), digits) });
    return RV_OK;
}

static rv_status of_boolean(struct check *c, const json_t *v, rv_str *ret)
{
    if (!json_is_boolean(v))
        return rv_fail_field(c->cx, c->pointer, "WRONG_TYPE", "\"%.*s\" takes true or false",
                             RV_FMT(c->s->text));
    *ret = json_is_true(v) ? RV_STR("Yes") : RV_STR("No");
    return RV_OK;
}

static rv_status of_date(struct check *c, const json_t *v, rv_str *ret)
{
    int y, m, d;
    rv_str t = rv_json_str(v);
    if (!rv_date_parse(t, &y, &m, &d))
        return rv_fail_field(c->cx, c->pointer, "STRING_FORMAT_INVALID",
                             "\"%.*s\" takes a date that exists, as YYYY-MM-DD",
                             RV_FMT(c->s->text));
    *ret = rv_dup(c->cx, t);
    return RV_OK;
}

static rv_status one_choice(struct check *c, const json_t *v, rv_str *ret)
{
    rv_str t = rv_json_str(v), list = rv_json_member_str(c->s->def, "configListId"), name;
    const json_t *options = json_object_get(c->s->def, "options");
    bool active;
    *ret = RV_NONE_STR;
    if (t.p == NULL)
        return rv_fail_field(c->cx, c->pointer, "WRONG_TYPE", "\"%.*s\" takes a choice",
                             RV_FMT(c->s->text));
    for (size_t i = 0; i < json_array_size(options); i++)
        if (rv_str_eq(t, rv_json_str(json_array_get(options, i))))
            *ret = rv_dup(c->cx, t);
    if (ret->p == NULL && list.p != NULL) {
        RV_TRY(rv_list_item_name(c->tx, list, t, &active, &name));
        if (active)
            *ret = name;
    }
    if (ret->p != NULL)
        return RV_OK;
    return rv_fail_field(c->cx, c->pointer, "INVALID_ENUM_VALUE",
                         "\"%.*s\" no longer offers this choice, or never did; choose another one",
                         RV_FMT(c->s->text));
}

static rv_status of_choice(struct check *c, const json_t *v, rv_str *ret)
{
    size_t i;
    json_t *item;
    rv_str name, out = RV_STR("");
    bool multi = json_is_true(json_object_get(c->s->def, "multi"));
    if (!multi)
        return one_choice(c, v, ret);
    if (!json_is_array(v) || json_array_size(v) > CHOICES_MAX)
        return rv_fail_field(c->cx, c->pointer, "WRONG_TYPE",
                             "\"%.*s\" takes a list of at most %d choices", RV_FMT(c->s->text),
                             CHOICES_MAX);
    json_array_foreach(v, i, item)
    {
        for (size_t k = 0; k < i; k++)
            if (json_equal(item, json_array_get(v, k)))
                return rv_fail_field(c->cx, c->pointer, "DUPLICATE",
                                     "\"%.*s\" has the same choice twice", RV_FMT(c->s->text));
        RV_TRY(one_choice(c, item, &name));
        out = rv_printf(c->cx, "%.*s%s%.*s", RV_FMT(out), i > 0 ? ", " : "", RV_FMT(name));
    }
    *ret = out;
    return RV_OK;
}

static rv_status of_user(struct check *c, const json_t *v, rv_str *ret)
{
    const struct rv_face *who;
    rv_str id = rv_json_str(v);
    if (id.n == 0)
        return rv_fail_field(c->cx, c->pointer, "WRONG_TYPE", "\"%.*s\" takes the id of a person",
                             RV_FMT(c->s->text));
    RV_TRY(rv_face_get(c->tx, &c->q->faces, rv_dup(c->cx, id), &who));
    if (!who->found || !rv_str_eq(who->p.status, RV_STR("ACTIVE")))
        return rv_fail_field(c->cx, c->pointer, "IDENTIFIER_NOT_FOUND",
                             "\"%.*s\" takes an active person", RV_FMT(c->s->text));
    *ret = who->p.name;
    return RV_OK;
}

static const struct {
    const char *type;
    rv_status (*take)(struct check *c, const json_t *v, rv_str *ret);
} types[] = {
    { "TEXT", of_text }, { "LONG_TEXT", of_long_text }, { "NUMBER", of_number }, { "BOOLEAN", of_boolean },
    { "DATE", of_date }, { "DROPDOWN", of_choice }, { "USER", of_user },
};

static bool is_empty(const json_t *v)
{
    return v == NULL || json_is_null(v) ||
           (json_is_string(v) && rv_str_trim(rv_json_str(v)).n == 0) ||
           (json_is_array(v) && json_array_size(v) == 0);
}

rv_status rv_step_take_answer(struct rv_tx *tx, struct rv_request *q, struct rv_step *s,
                              const json_t *answer, const char *pointer)
{
    struct check c = { .tx = tx, .cx = rv_tx_cx(tx), .q = q, .s = s, .pointer = pointer };
    s->dirty = true;
    s->answer = s->answer_text = RV_NONE_STR;
    s->answer_json = NULL;
    if (is_empty(answer)) {
        if (s->required)
            return rv_fail_field(c.cx, pointer, "REQUIRED_PROPERTY_MISSING",
                                 "\"%.*s\" needs an answer", RV_FMT(s->text));
        return RV_OK;
    }
    for (size_t i = 0; i < RV_LEN(types); i++)
        if (rv_str_eq(s->input_type, rv_str_of(types[i].type)))
            RV_TRY(types[i].take(&c, answer, &s->answer_text));
    RV_TRY(rv_json_dump(c.cx, answer, &s->answer));
    s->answer_json = answer;
    return RV_OK;
}
