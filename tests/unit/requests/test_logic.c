/* Logic of steps: the truth table of each operator, and how conditions are joined with three
 * values. */
#include "unit.h"
#include "requests/requests_int.h"

/* ---- in place of lists: list "L" has the items i1 "Building 1", i2 "Building 2"; i9 was archived.
 * List "M" has m1 "building 1". */

static int any_tx;
#define TX ((struct rv_tx *)(void *)&any_tx)

rv_status rv_list_item_name(struct rv_tx *tx, rv_str list_id, rv_str item_id, bool *ret_active,
                            rv_str *ret_name)
{
    static const struct {
        const char *list, *item, *name;
        bool active;
    } items[] = { { "L", "i1", "Building 1", true },
                  { "L", "i2", "Building 2", true },
                  { "L", "i9", "Building 9", false },
                  { "M", "m1", "building 1", true } };
    (void)tx;
    *ret_active = false;
    *ret_name = RV_NONE_STR;
    for (size_t i = 0; i < RV_LEN(items); i++) {
        if (rv_str_eq(list_id, rv_str_of(items[i].list)) &&
            rv_str_eq(item_id, rv_str_of(items[i].item))) {
            *ret_active = items[i].active;
            *ret_name = rv_str_of(items[i].name);
        }
    }
    return RV_OK;
}

rv_status rv_list_choices(struct rv_tx *tx, rv_str list_id, struct rv_jw *w)
{
    (void)tx;
    if (rv_str_eq(list_id, RV_STR("M")))
        rv_jw_raw(w, RV_STR("{\"value\":\"m1\",\"name\":\"building 1\"}"));
    return RV_OK;
}

static json_t *json(const char *text)
{
    json_t *j = NULL;
    if (text[0] != '\0' &&
        rv_json_parse(&unit_cx, rv_str_of(text), &rv_json_limits_default, &j) != RV_OK)
        fail_msg("%s: %s", text, rv_error(&unit_cx)->message);
    return j;
}

static enum rv_logic eval_as(const char *logic, const struct rv_logic_step *steps, size_t n)
{
    enum rv_logic ret = RV_LOGIC_NOT_YET;
    assert_int_equal(rv_logic_eval(&unit_cx, TX, json(logic), steps, n, &ret), RV_OK);
    return ret;
}

/* One condition (its members behind the step) on a completed question with this answer and text. */
static bool holds(const char *condition, const char *answer, const char *text)
{
    rv_str logic = rv_printf(&unit_cx, "{\"match\":\"ALL\",\"conditions\":[{\"stepId\":\"q\",%s}]}",
                             condition);
    struct rv_logic_step q = { .id = RV_STR("q"),
                               .kind = RV_STR("QUESTION"),
                               .state = RV_STR("COMPLETED"),
                               .answer = json(answer),
                               .answer_text = rv_str_of(text) };
    enum rv_logic got = eval_as(rv_z(&unit_cx, logic), &q, 1);
    assert_int_not_equal(got, RV_LOGIC_NOT_YET);
    return got == RV_LOGIC_YES;
}

struct row {
    const char *condition, *answer, *text;
    bool yes;
};

static void check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (holds(rows[i].condition, rows[i].answer, rows[i].text) != rows[i].yes)
            fail_msg("%s of %s is not %d", rows[i].condition, rows[i].answer, rows[i].yes);
}

static void texts_compare_without_case_and_outer_blanks(void **state)
{
    static const struct row rows[] = {
        { "\"op\":\"IS\",\"value\":\"Berlin\"", "\" berlin \"", "berlin", true }, { "\"op\":\"IS\",\"value\":\"Berlin\"", "\"Berlin 2\"", "Berlin 2", false },
        { "\"op\":\"IS\",\"value\":\"ÄRGER\"", "\"ärger\"", "ärger", true }, { "\"op\":\"IS\"", "\"x\"", "x", false },
        { "\"op\":\"IS_NOT\",\"value\":\"Berlin\"", "\"Rome\"", "Rome", true }, { "\"op\":\"IS_NOT\",\"value\":\"Berlin\"", "\"BERLIN\"", "BERLIN", false },
        { "\"op\":\"IS_NOT\",\"value\":\"Berlin\"", "\"\"", "", false }, { "\"op\":\"IS_NOT\",\"value\":\"Berlin\"", "null", NULL, false },
        { "\"op\":\"CONTAINS\",\"value\":\"lab\"", "\"the LAB door\"", "the LAB door", true }, { "\"op\":\"CONTAINS\",\"value\":\"lab\"", "\"door\"", "door", false },
        { "\"op\":\"NOT_CONTAINS\",\"value\":\"lab\"", "\"door\"", "door", true }, { "\"op\":\"NOT_CONTAINS\",\"value\":\"lab\"", "\"a lab\"", "a lab", false },
        { "\"op\":\"NOT_CONTAINS\",\"value\":\"lab\"", "null", NULL, false },
        { "\"op\":\"NOT_EMPTY\"", "\"x\"", "x", true }, { "\"op\":\"NOT_EMPTY\"", "\"  \"", "  ", false }, { "\"op\":\"NOT_EMPTY\"", "null", NULL, false },
    };
    (void)state;
    check(rows, RV_LEN(rows));
}

static void dates_compare_by_day(void **state)
{
    static const struct row rows[] = {
        { "\"op\":\"IS\",\"value\":\"2027-01-31\"", "\"2027-01-31\"", NULL, true }, { "\"op\":\"IS_NOT\",\"value\":\"2027-01-31\"", "\"2027-02-01\"", NULL, true },
        { "\"op\":\"IS_AFTER\",\"value\":\"2027-01-31\"", "\"2027-02-01\"", NULL, true }, { "\"op\":\"IS_AFTER\",\"value\":\"2027-01-31\"", "\"2027-01-31\"", NULL, false },
        { "\"op\":\"IS_BEFORE\",\"value\":\"2027-01-31\"", "\"2026-12-31\"", NULL, true }, { "\"op\":\"IS_BEFORE\",\"value\":\"2027-01-31\"", "\"2027-01-31\"", NULL, false },
        { "\"op\":\"IS_BETWEEN\",\"values\":[\"2027-01-01\",\"2027-01-31\"]", "\"2027-01-01\"", NULL, true },
        { "\"op\":\"IS_BETWEEN\",\"values\":[\"2027-01-01\",\"2027-01-31\"]", "\"2027-01-31\"", NULL, true },
        { "\"op\":\"IS_BETWEEN\",\"values\":[\"2027-01-01\",\"2027-01-31\"]", "\"2027-02-01\"", NULL, false },
        { "\"op\":\"IS_BETWEEN\",\"values\":[\"2027-01-01\"]", "\"2027-01-15\"", NULL, false }, { "\"op\":\"IS_AFTER\",\"value\":\"2027-01-31\"", "null", NULL, false },
    };
    (void)state;
    check(rows, RV_LEN(rows));
}

static void numbers_compare_by_value_and_true_false_by_word(void **state)
{
    static const struct row rows[] = {
        { "\"op\":\"IS\",\"value\":1.50", "1.5", NULL, true }, { "\"op\":\"IS\",\"value\":\"1.5\"", "1.5", NULL, true }, { "\"op\":\"IS\",\"value\":2", "1.5", NULL, false },
        { "\"op\":\"IS_NOT\",\"value\":2", "1.5", NULL, true }, { "\"op\":\"IS\",\"value\":0", "0", NULL, true }, { "\"op\":\"NOT_EMPTY\"", "0", NULL, true },
        { "\"op\":\"IS\",\"value\":true", "true", NULL, true }, { "\"op\":\"IS\",\"value\":true", "false", NULL, false }, { "\"op\":\"IS_NOT\",\"value\":true", "false", NULL, true },
        { "\"op\":\"NOT_EMPTY\"", "false", NULL, true },
    };
    (void)state;
    check(rows, RV_LEN(rows));
}

static void includes_wants_every_value_among_the_answers_ar73(void **state)
{
    static const struct row rows[] = {
        { "\"op\":\"INCLUDES\",\"values\":[\"a\",\"b\"]", "[\"b\",\"c\",\"A\"]", NULL, true }, { "\"op\":\"INCLUDES\",\"values\":[\"a\",\"b\"]", "[\"a\",\"c\"]", NULL, false },
        { "\"op\":\"INCLUDES\",\"values\":[\"a\",\"b\"]", "[\"b\"]", NULL, false }, { "\"op\":\"INCLUDES\",\"values\":[\"a\"]", "[]", NULL, false },
        { "\"op\":\"INCLUDES\",\"values\":[]", "[\"a\"]", NULL, false }, { "\"op\":\"INCLUDES\",\"value\":\"a\"", "[\"a\",\"b\"]", NULL, true },
        { "\"op\":\"IS\",\"values\":[\"a\",\"b\"]", "[\"b\",\"a\"]", NULL, true }, { "\"op\":\"IS\",\"values\":[\"a\",\"b\"]", "[\"a\",\"b\",\"c\"]", NULL, false },
        { "\"op\":\"IS_NOT\",\"values\":[\"a\"]", "[\"a\",\"b\"]", NULL, true }, { "\"op\":\"IS\",\"values\":[\"a\",\"b\"]", "\"b\"", NULL, true },
    };
    (void)state;
    check(rows, RV_LEN(rows));
}

static void lists_are_asked_by_item_and_by_name(void **state)
{
    static const struct row rows[] = {
        { "\"op\":\"IN_LIST\",\"value\":\"L\"", "\"i1\"", "Building 1", true }, { "\"op\":\"IN_LIST\",\"value\":\"L\"", "\"i9\"", "Building 9", true },
        { "\"op\":\"IN_LIST\",\"value\":\"L\"", "\"x\"", "Building 7", false }, { "\"op\":\"IN_LIST\",\"value\":\"M\"", "\"i1\"", "Building 1", true },
        { "\"op\":\"IN_LIST\",\"value\":\"M\"", "\"i2\"", "Building 2", false }, { "\"op\":\"NOT_IN_LIST\",\"value\":\"M\"", "\"i2\"", "Building 2", true },
        { "\"op\":\"NOT_IN_LIST\",\"value\":\"L\"", "\"i2\"", "Building 2", false }, { "\"op\":\"NOT_IN_LIST\",\"value\":\"L\"", "null", NULL, false },
        { "\"op\":\"IN_LIST\",\"values\":[\"M\",\"L\"]", "[\"i1\",\"i2\"]", NULL, true }, { "\"op\":\"IN_LIST\",\"value\":\"L\"", "[\"i1\",\"m1\"]", NULL, false },
    };
    (void)state;
    check(rows, RV_LEN(rows));
}

static void approvals_tell_approved_denied_and_completed_apart_ar71(void **state)
{
    static const struct {
        const char *op, *state, *decision;
        enum rv_logic got;
    } rows[] = {
        { "IS_APPROVED", "COMPLETED", "APPROVED", RV_LOGIC_YES }, { "IS_APPROVED", "COMPLETED", "DENIED", RV_LOGIC_NO }, { "IS_DENIED", "COMPLETED", "DENIED", RV_LOGIC_YES },
        { "IS_DENIED", "COMPLETED", "APPROVED", RV_LOGIC_NO }, { "IS_COMPLETED", "COMPLETED", "APPROVED", RV_LOGIC_YES }, { "IS_COMPLETED", "COMPLETED", "DENIED", RV_LOGIC_YES },
        { "IS_APPROVED", "OPEN", NULL, RV_LOGIC_NOT_YET }, { "IS_DENIED", "HIDDEN", NULL, RV_LOGIC_NOT_YET }, { "IS_COMPLETED", "ASSIGNING", NULL, RV_LOGIC_NOT_YET },
        { "IS_COMPLETED", "RUNNING", NULL, RV_LOGIC_NOT_YET }, { "IS_COMPLETED", "FAILED", NULL, RV_LOGIC_NOT_YET }, { "IS_COMPLETED", "SKIPPED", NULL, RV_LOGIC_NO },
        { "IS_DENIED", "SKIPPED", NULL, RV_LOGIC_NO }, { "IS_COMPLETED", "LOCKED", NULL, RV_LOGIC_NO },
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        rv_str logic =
            rv_printf(&unit_cx,
                      "{\"match\":\"ALL\",\"conditions\":[{\"stepId\":\"t\",\"op\":\"%s\"}]}",
                      rows[i].op);
        struct rv_logic_step t = { .id = RV_STR("t"),
                                   .kind = RV_STR("APPROVAL"),
                                   .state = rv_str_of(rows[i].state),
                                   .decision = rv_str_of(rows[i].decision) };
        if (eval_as(rv_z(&unit_cx, logic), &t, 1) != rows[i].got)
            fail_msg("%s of %s %s", rows[i].op, rows[i].state,
                     rows[i].decision != NULL ? rows[i].decision : "");
    }
}

static void all_and_any_join_with_three_values(void **state)
{
    static const struct {
        const char *match, *a, *b;
        enum rv_logic got;
    } rows[] = {
        { "ALL", "COMPLETED", "COMPLETED", RV_LOGIC_YES }, { "ALL", "COMPLETED", "OPEN", RV_LOGIC_NOT_YET }, { "ALL", "OPEN", "SKIPPED", RV_LOGIC_NO },
        { "ALL", "COMPLETED", "SKIPPED", RV_LOGIC_NO }, { "ANY", "COMPLETED", "SKIPPED", RV_LOGIC_YES }, { "ANY", "OPEN", "SKIPPED", RV_LOGIC_NOT_YET },
        { "ANY", "SKIPPED", "SKIPPED", RV_LOGIC_NO }, { "ANY", "OPEN", "COMPLETED", RV_LOGIC_YES },
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        rv_str logic = rv_printf(&unit_cx,
                                 "{\"match\":\"%s\",\"conditions\":[{\"stepId\":\"a\",\"op\":\"IS_"
                                 "COMPLETED\"},{\"stepId\":\"b\",\"op\":\"IS_COMPLETED\"}]}",
                                 rows[i].match);
        struct rv_logic_step steps[] = { { .id = RV_STR("a"), .state = rv_str_of(rows[i].a) },
                                         { .id = RV_STR("b"), .state = rv_str_of(rows[i].b) } };
        if (eval_as(rv_z(&unit_cx, logic), steps, 2) != rows[i].got)
            fail_msg("%s of %s and %s", rows[i].match, rows[i].a, rows[i].b);
    }
}

static void
a_step_without_conditions_is_always_shown_and_one_on_a_step_that_is_not_there_never(void **state)
{
    (void)state;
    assert_int_equal(eval_as("", NULL, 0), RV_LOGIC_YES);
    assert_int_equal(eval_as("{\"match\":\"ANY\",\"conditions\":[]}", NULL, 0), RV_LOGIC_YES);
    assert_int_equal(
        eval_as("{\"match\":\"ALL\",\"conditions\":[{\"stepId\":\"x\",\"op\":\"IS_COMPLETED\"}]}",
                NULL, 0),
        RV_LOGIC_NO);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        UNIT_TEST(texts_compare_without_case_and_outer_blanks),
        UNIT_TEST(dates_compare_by_day),
        UNIT_TEST(numbers_compare_by_value_and_true_false_by_word),
        UNIT_TEST(includes_wants_every_value_among_the_answers_ar73),
        UNIT_TEST(lists_are_asked_by_item_and_by_name),
        UNIT_TEST(approvals_tell_approved_denied_and_completed_apart_ar71),
        UNIT_TEST(all_and_any_join_with_three_values),
        UNIT_TEST(
            a_step_without_conditions_is_always_shown_and_one_on_a_step_that_is_not_there_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
