/* Unit tests of src/flows/value.c: conversions, comparison, paths (workflows.md 2, flopack.md 6 and
 * 20). */
#include "flow_fixture.h"

static struct rv_env env;
static struct rv_cx cx;

static int setup(void **state)
{
    (void)state;
    env = (struct rv_env){ .clock = rv_clock_system() };
    return rv_cx_init(&cx, &env, 0) == RV_OK ? 0 : -1;
}
static int teardown(void **state)
{
    (void)state;
    rv_cx_done(&cx);
    return 0;
}

static json_t *value(const char *text)
{
    json_t *j = NULL;
    char wrapped[400];
    (void)snprintf(wrapped, sizeof wrapped, "[%s]", text);
    if (rv_json_parse(&cx, rv_dup(&cx, rv_str_of(wrapped)), &rv_json_limits_default, &j) != RV_OK)
        fail_msg("bad test value %s", text);
    return json_array_get(j, 0);
}

static void comparison_follows_the_table_wf22_wf23(void **state)
{
    static const struct {
        const char *a, *op, *b;
        bool yes;
    } rows[] = {
        { "80", ">", "9", true },
        { "\"80\"", ">", "\"9\"", false },
        { "\"2\"", "==", "2", true },
        { "\"-1\"", "==", "-1", true },
        { "\"true\"", "==", "-1", false },
        { "null", "==", "\"\"", true },
        { "null", "==", "0", false },
        { "\"a\"", "!=", "\"b\"", true },
        { "12", "%", "4", true },
        { "0", "%", "4", true },
        { "-4", "%", "4", true },
        { "13", "%", "4", false },
        { "4", "%", "0", false },
        { "\"test\"", "in", "\"this is a test\"", true },
        { "\"i\"", "not in", "\"team\"", true },
        { "2", "in", "[1,\"2\"]", true },
        { "{\"k\":1}", "has", "\"k\"", true },
        { "{\"k\":1}", "doesn't have", "\"x\"", true },
        { "0", "is empty", "null", false },
        { "false", "is empty", "null", false },
        { "null", "is empty", "null", true },
        { "\"\"", "is empty", "null", true },
        { "[]", "is empty", "null", true },
        { "{}", "is empty", "null", true },
        { "{\"a\":[1,2]}", "==", "{\"a\":[1,2]}", true },
        { "\"2026-01-31T10:00:00Z\"", "==", "\"2026-01-31T11:00:00+01:00\"", true },
        { "\"2026-01-31T10:00:00Z\"", "<", "\"2026-01-31T10:30:00+00:00\"", true },
        { "{}", "<", "5", false },
        { "null", ">=", "0", false },
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        bool yes = !rows[i].yes;
        assert_int_equal(rv_value_compare(&cx, value(rows[i].a), rv_str_of(rows[i].op),
                                          value(rows[i].b), &yes),
                         RV_OK);
        if (yes != rows[i].yes)
            fail_msg("%s %s %s is %d", rows[i].a, rows[i].op, rows[i].b, yes);
    }
}

static void unknown_comparison_is_refused(void **state)
{
    bool yes;
    (void)state;
    assert_int_equal(rv_value_compare(&cx, value("1"), RV_STR("=~"), value("1"), &yes), RV_INVALID);
}

static void conversions_follow_the_table_wf15_wf16_wf17_wf18_wf19_wf20(void **state)
{
    static const struct {
        const char *convert, *in, *out; /* out NULL: an error */
    } rows[] = {
        { "dateTime", "\"2026-01-31\"", "\"2026-01-31T00:00:00.000Z\"" },
        { "dateTime", "1769817600000", "\"2026-01-31T00:00:00.000Z\"" },
        { "dateTime", "\"1769817600000\"", "\"2026-01-31T00:00:00.000Z\"" },
        { "dateTime", "\"\"", "null" },
        { "dateTime", "\"01/31/2026\"", "\"2026-01-31T00:00:00.000Z\"" },
        { "dateTime", "\"13/31/2026\"", NULL },
        { "dateTime", "\"02/30/2026\"", NULL },
        { "dateTime", "\"1/31/26\"", NULL },
        { "dateTime", "\"soon\"", NULL },
        { "dateTime", "null", "null" },
        { "isoString", "\"2026-01-31T10:00:00+01:00\"", "\"2026-01-31T09:00:00.000Z\"" },
        { "wrapArray", "5", "[5]" },
        { "wrapArray", "[5]", "[5]" },
        { "wrapArray", "null", "null" },
        { "parse", "\"{\\\"b\\\":1,\\\"a\\\":[2]}\"", "{\"b\":1,\"a\":[2]}" },
        { "parse", "\" \"", "null" },
        { "parse", "\"{\"", NULL },
        { "parse", "{\"a\":1}", "{\"a\":1}" },
        { "stringify", "{\"b\":1,\"a\":[2.5,true]}", "\"{\\\"b\\\":1,\\\"a\\\":[2.5,true]}\"" },
        { "stringify", "\"as it is\"", "\"as it is\"" },
        { "toString", "5", "\"5\"" },
        { "toString", "0.1", "\"0.1\"" },
        { "parseFloat", "\" 12.5 apples\"", "12.5" },
        { "parseFloat", "\"apples\"", "null" },
        { "parseFloat", "\"7\"", "7" },
        { "booleanToString", "true", "\"true\"" },
        { "dateTime", "0", "\"1970-01-01T00:00:00.000Z\"" },
        { "dateTime", "\"-1\"", "\"1969-12-31T23:59:59.999Z\"" },
        { "dateTime", "\"2024\"", "\"1970-01-01T00:00:02.024Z\"" },
        { "dateTime", "\"2024-05\"", "\"2024-05-01T00:00:00.000Z\"" },
        { "dateTime", "\"20240506T0708Z\"", "\"2024-05-06T07:08:00.000Z\"" },
        { "dateTime", "\"20240506T070809.5+0530\"", "\"2024-05-06T01:38:09.500Z\"" },
        { "dateTime", "\"20240532T070809Z\"", NULL },
        { "dateTime", "1.9", "\"1970-01-01T00:00:00.001Z\"" },
        { "dateTime", "true", NULL },
        { "dateTime", "[1]", NULL },
        { "isoString", "\"no date\"", "\"no date\"" },
        { "isoString", "1000", "\"1970-01-01T00:00:01.000Z\"" },
        { "wrapArray", "{\"a\":1}", "[{\"a\":1}]" },
        { "wrapArray", "\"\"", "[\"\"]" },
        { "wrapArray", "[]", "[]" },
        { "parse", "\"5\"", "5" },
        { "parse", "\"true\"", "true" },
        { "parse", "\"null\"", "null" },
        { "parse", "\"hello\"", NULL },
        { "parse", "5", "5" },
        { "stringify", "[1.0,\"\\u00e9\",null]", "\"[1,\\\"\\u00e9\\\",null]\"" },
        { "stringify", "{}", "\"{}\"" },
        { "toString", "5.0", "\"5\"" },
        { "toString", "1e21", "\"1e+21\"" },
        { "toString", "123456789012345680000.0", "\"123456789012345680000\"" },
        { "toString", "1e-7", "\"1e-7\"" },
        { "toString", "-0.0", "\"0\"" },
        { "toString", "0.30000000000000004", "\"0.30000000000000004\"" },
        { "toString", "true", "\"true\"" },
        { "parseFloat", "\"1e3x\"", "1000" },
        { "parseFloat", "\"-.5\"", "-0.5" },
        { "parseFloat", "\"5.\"", "5" },
        { "parseFloat", "\"1.2.3\"", "1.2" },
        { "parseFloat", "\"0x10\"", "0" },
        { "parseFloat", "\"Infinity\"", "null" },
        { "parseFloat", "\"\"", "null" },
        { "parseFloat", "\"1,5\"", "1" },
        { "parseFloat", "true", "null" },
        { "booleanToString", "false", "\"false\"" },
        { "booleanToString", "\"x\"", "\"x\"" },
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        json_t *out = NULL;
        rv_str text = RV_NONE_STR;
        rv_status st = rv_convert(&cx, rv_convert_find(rv_str_of(rows[i].convert)), false,
                                  value(rows[i].in), &out);
        rv_error_clear(&cx);
        if ((st == RV_OK) != (rows[i].out != NULL))
            fail_msg("%s of %s: %s", rows[i].convert, rows[i].in, rv_status_info(st)->name);
        if (st != RV_OK)
            continue;
        char *dumped = json_dumps(out, JSON_COMPACT | JSON_ENCODE_ANY);
        text = rv_str_of(dumped);
        if (!json_equal(out, value(rows[i].out)))
            fail_msg("%s of %s is %.*s", rows[i].convert, rows[i].in, RV_FMT(text));
        free(dumped);
        json_decref(out);
    }
}

static void paths_walk_objects_and_lists_wf24(void **state)
{
    json_t *j =
        value("{\"all\":[1,2,{\"b\":\"third\"}],\"a.b\":\"plain\",\"a\":{\"b\":\"nested\"}}");
    (void)state;
    assert_string_equal(json_string_value(rv_value_at(j, RV_STR("all.2.b"))), "third");
    assert_string_equal(json_string_value(rv_value_at(j, RV_STR("a.b"))), "plain");
    assert_null(rv_value_at(j, RV_STR("all.7.b")));
    assert_ptr_equal(rv_value_at(j, RV_STR("")), j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(comparison_follows_the_table_wf22_wf23, setup, teardown),
        cmocka_unit_test_setup_teardown(unknown_comparison_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(conversions_follow_the_table_wf15_wf16_wf17_wf18_wf19_wf20,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(paths_walk_objects_and_lists_wf24, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
