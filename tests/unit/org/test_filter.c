/* tests/unit/org/test_filter.c: the filter language (api.md 7). */
#include "org/filter.h"
#include "org_fixture.h"

static struct org_fixture fx;

static int setup(void **state)
{
    (void)state;
    org_fixture_open(&fx);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    org_fixture_close(&fx);
    return 0;
}

static const struct rv_filter_attr attrs[] = {
    { "status", RV_FOP_EQ | RV_FOP_NE }, { "created", RV_FOP_ALL }, { "n", RV_FOP_ALL }, { "on", RV_FOP_ALL }, { "profile.", RV_FOP_ALL }, { "target.", RV_FOP_ALL }, { NULL, 0 },
};
static const char object[] = "{\"status\":\"ACTIVE\",\"created\":\"2026-01-31T10:00:00.000Z\",\"n\":5,\"on\":true,\"empty\":\"\","
                             "\"profile\":{\"firstName\":\"Rita\",\"tags\":[\"cool\",\"feature\"],\"none\":null,\"blank\":\"\"},"
                             "\"target\":[{\"id\":\"a\",\"type\":\"User\"},{\"id\":\"b\",\"type\":\"Flow\"}]}";

static bool holds(const char *text)
{
    const struct rv_filter *f;
    org_fixture_root(&fx);
    org_fixture_must(&fx, rv_filter_parse(fx.cx, rv_str_of(text), attrs, "filter", "E0000031", &f));
    return rv_filter_match(f, org_fixture_json(&fx, object));
}

static void comparisons_hold_as_the_api_says(void **state)
{
    static const char *const yes[] = {
        "status eq \"ACTIVE\"",
        "status eq \"active\"",
        "status ne \"STAGED\"",
        "profile.firstName sw \"ri\"",
        "profile.firstName ew \"TA\"",
        "profile.firstName co \"it\"",
        "profile.firstName pr",
        "profile.tags eq \"feature\"",
        "profile.tags pr",
        "n eq 5",
        "n gt 4 and n lt 6 and n ge 5 and n le 5",
        "n eq \"5\"",
        "on eq true",
        "on eq \"true\"",
        "created gt \"2026-01-31T10:30:00+01:00\"",
        "created le \"2026-01-31T10:00:00Z\"",
        "created gt 2021-01-01T00:00:00.000Z",
        "not (status eq \"STAGED\")",
        "profile.none ne \"x\"",
        "target.type eq \"Flow\" and target.id eq \"a\"",
        "status eq \"STAGED\" or status eq \"ACTIVE\" and n eq 5",
        "(status eq \"STAGED\" or status eq \"ACTIVE\") and (n eq 5)",
        "status EQ \"ACTIVE\" AND n PR",
        "profile.firstName eq \"\\u0052ita\"",
    };
    static const char *const no[] = {
        "status eq \"STAGED\"",
        "status ne \"active\"",
        "profile.firstName sw \"it\"",
        "profile.none pr",
        "profile.blank pr",
        "profile.missing pr",
        "profile.missing gt \"a\"",
        "n gt 5",
        "on eq false",
        "created gt \"2026-01-31T11:00:00.000Z\"",
        "not (n eq 5)",
        "profile.tags eq \"feat\"",
        "profile.tags ne \"cool\"",
        "target.type eq \"Group\"",
        "status eq \"ACTIVE\" and n eq 6 or n eq 7",
        "n co \"5\"",
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(yes); i++)
        if (!holds(yes[i]))
            fail_msg("should hold: %s", yes[i]);
    for (size_t i = 0; i < RV_LEN(no); i++)
        if (holds(no[i]))
            fail_msg("should not hold: %s", no[i]);
}

static void bad_filters_are_refused_with_the_wire_code_and_the_parameter(void **state)
{
    static const char *const bad[] = {
        "",
        "status",
        "status eq",
        "status eq ACTIVE",
        "status eq \"ACTIVE",
        "status eq \"\\x\"",
        "status is \"ACTIVE\"",
        "status sw \"A\"",
        "Status eq \"ACTIVE\"",
        "nonsense eq \"x\"",
        "profile. eq \"x\"",
        "(status eq \"A\"",
        "status eq \"A\")",
        "status eq \"A\" and",
        "status eq \"A\" n eq 5",
        "not status eq \"A\"",
        "and",
        "\"A\" eq status",
    };
    const struct rv_filter *f;
    (void)state;
    for (size_t i = 0; i < RV_LEN(bad); i++) {
        org_fixture_root(&fx);
        if (rv_filter_parse(fx.cx, rv_str_of(bad[i]), attrs, "filter", "E0000031", &f) !=
            RV_INVALID)
            fail_msg("should be refused: %s", bad[i]);
        assert_string_equal(rv_error(fx.cx)->code, "E0000031");
        assert_string_equal(rv_error(fx.cx)->causes->pointer, "filter");
        assert_string_equal(rv_error(fx.cx)->causes->in, "query");
    }
}

static void deep_and_long_filters_end_with_a_sentence_and_not_with_the_stack(void **state)
{
    const struct rv_filter *f;
    struct rv_buf b;
    rv_str text;
    (void)state;
    rv_buf_init(&b, 1 << 16);
    for (int i = 0; i < 1000; i++)
        rv_buf_char(&b, '(');
    assert_int_equal(rv_buf_str(fx.cx, &b, &text), RV_OK);
    assert_int_equal(rv_filter_parse(fx.cx, text, attrs, "filter", "E0000031", &f), RV_INVALID);
    org_fixture_root(&fx);
    rv_buf_clear(&b);
    for (int i = 0; i < 120; i++)
        rv_buf_printf(&b, "%sn eq %d", i > 0 ? " or " : "", i);
    assert_int_equal(rv_buf_str(fx.cx, &b, &text), RV_OK);
    assert_int_equal(rv_filter_parse(fx.cx, text, attrs, "filter", "E0000031", &f), RV_INVALID);
    org_fixture_root(&fx);
    rv_buf_done(&b);
}

static void a_filter_tells_which_text_it_needs(void **state)
{
    const struct rv_filter *f;
    rv_str text;
    (void)state;
    org_fixture_must(&fx,
                     rv_filter_parse(fx.cx,
                                     RV_STR("n eq 5 and (profile.login eq \"a@b\" and on eq true)"),
                                     attrs, "filter", "E0000031", &f));
    assert_true(rv_filter_needs(f, "profile.login", &text));
    assert_true(rv_str_eq(text, RV_STR("a@b")));
    assert_false(rv_filter_needs(f, "profile.email", &text));
    org_fixture_must(&fx, rv_filter_parse(fx.cx, RV_STR("n eq 5 or profile.login eq \"a@b\""),
                                          attrs, "filter", "E0000031", &f));
    assert_false(rv_filter_needs(f, "profile.login", &text));
    org_fixture_must(&fx, rv_filter_parse(fx.cx, RV_STR("not (profile.login eq \"a@b\")"), attrs,
                                          "filter", "E0000031", &f));
    assert_false(rv_filter_needs(f, "profile.login", &text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_hold_as_the_api_says),
        cmocka_unit_test(bad_filters_are_refused_with_the_wire_code_and_the_parameter),
        cmocka_unit_test(deep_and_long_filters_end_with_a_sentence_and_not_with_the_stack),
        cmocka_unit_test(a_filter_tells_which_text_it_needs),
    };
    return cmocka_run_group_tests_name("org-filter", tests, setup, teardown);
}
