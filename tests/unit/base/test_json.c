/* Strict JSON, the writer, shapes and numbers. */
#include "unit.h"

static rv_status parse(const char *text, json_t **ret)
{
    rv_error_clear(&unit_cx);
    return rv_json_parse(&unit_cx, rv_str_of(text), &rv_json_limits_default, ret);
}

static void what_is_not_json_is_malformed(void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "[",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\":1,\"a\":2}",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "+1",
        "NaN",
        "tru",
        "nul",
        "'a'",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\u0000\"",
        "\"a\nb\"",
        "[1 2]",
        "{1:2}",
        "{\"a\" 1}",
        "1 2",
        "\xef\xbb\xbf{}",
        "\"\xff\"",
        "\"\xed\xa0\x80\"",
        "[\"a",
    };
    json_t *j;
    (void)state;
    for (size_t i = 0; i < RV_LEN(bad); i++) {
        if (parse(bad[i], &j) != RV_MALFORMED)
            fail_msg("accepted: %s", bad[i]);
        assert_non_null(rv_error(&unit_cx)->message);
    }
}

static void a_text_cut_at_any_position_is_malformed(void **state)
{
    static const char whole[] =
        "{\"a\":[1,2.5,-3e2,true,null,\"\\u00e4\\ud83d\\ude00\\n\"],\"b\":{\"c\":\"d\"}}";
    json_t *j;
    (void)state;
    assert_int_equal(parse(whole, &j), RV_OK);
    for (size_t n = 0; n + 1 < sizeof whole - 1; n++) {
        rv_error_clear(&unit_cx);
        assert_int_equal(rv_json_parse(&unit_cx, (rv_str){ whole, n }, &rv_json_limits_default, &j),
                         RV_MALFORMED);
    }
}

static void what_is_read_is_written_the_same(void **state)
{
    static const char *const same[] = { "null",
                                        "true",
                                        "[]",
                                        "{}",
                                        "[1,-2,0.5,1e+21,1e-7,123456789012345680000]",
                                        "\"\\\"\\\\\\n\\t\\u0001\"",
                                        "{\"b\":1,\"a\":{\"c\":[\"\xc3\xa4\"]}}" };
    json_t *j;
    rv_str out;
    (void)state;
    for (size_t i = 0; i < RV_LEN(same); i++) {
        assert_int_equal(parse(same[i], &j), RV_OK);
        assert_int_equal(rv_json_dump(&unit_cx, j, &out), RV_OK);
        assert_str(out, same[i]);
    }
}

static void limits_are_named_when_exceeded(void **state)
{
    struct rv_json_limits few = {
        .depth = 3, .values = 5, .key_bytes = 4, .string_bytes = 6, .number_chars = 5
    };
    static const char *const over[] = { "[[[[]]]]", "[1,2,3,4,5]", "{\"abcde\":1}", "\"abcdefg\"",
                                        "123456" };
    static const char *const at[] = { "[[[]]]", "[1,2,3,4]", "{\"abcd\":1}", "\"abcdef\"",
                                      "12345" };
    json_t *j;
    (void)state;
    for (size_t i = 0; i < RV_LEN(over); i++) {
        rv_error_clear(&unit_cx);
        assert_int_equal(rv_json_parse(&unit_cx, rv_str_of(at[i]), &few, &j), RV_OK);
        assert_int_equal(rv_json_parse(&unit_cx, rv_str_of(over[i]), &few, &j), RV_INVALID);
    }
    assert_int_equal(parse("1e400", &j), RV_INVALID);
}

static void names_are_read_whole_however_long_they_are_and_u0000_where_it_is_allowed(void **state)
{
    static const struct rv_json_limits own = { 4, 10, 1 << 20, 1 << 20, 64, true };
    static const size_t lengths[] = { 1, 1022, 1023, 1024, 1025, 4096, 70000, 1 << 19 };
    static char text[(1 << 19) + 64], name[(1 << 19) + 64];
    json_t *j;
    rv_str again;
    (void)state;
    for (size_t i = 0; i < RV_LEN(lengths); i++) {
        size_t n = lengths[i];
        memset(name, 'k', n);
        name[0] = '"';
        int before = snprintf(text, sizeof text, "{\"\\\"%.*s\":1,\"b\":\"\\u0000c\"}", (int)(n - 1),
                              name + 1);
        rv_error_clear(&unit_cx);
        assert_int_equal(rv_json_parse(&unit_cx, (rv_str){ text, (size_t)before }, &own, &j), RV_OK);
        assert_int_equal(json_integer_value(json_object_getn(j, name, n)), 1);
        assert_int_equal(json_string_length(json_object_get(j, "b")), 2);
        assert_int_equal(rv_json_dump(&unit_cx, j, &again), RV_OK);
        assert_int_equal(again.n, before);
        assert_memory_equal(again.p, text, again.n);
    }
}

static void doubles_are_written_as_ecmascript_does(void **state)
{
    static const struct {
        double d;
        const char *text;
    } rows[] = { { 0, "0" },
                 { -0.0, "0" },
                 { 1, "1" },
                 { -1.5, "-1.5" },
                 { 0.1, "0.1" },
                 { 1e21, "1e+21" },
                 { 1e20, "100000000000000000000" },
                 { 1e-6, "0.000001" },
                 { 1e-7, "1e-7" },
                 { 1.7976931348623157e308, "1.7976931348623157e+308" },
                 { 5e-324, "5e-324" },
                 { 123456.789, "123456.789" },
                 { 0.30000000000000004, "0.30000000000000004" } };
    char text[32];
    (void)state;
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        size_t n = rv_double_format(rows[i].d, text);
        assert_str(((rv_str){ text, n }), rows[i].text);
    }
}

struct team_in {
    uint64_t seen, nulls;
    rv_str name, colour;
    int64_t version;
    bool on;
    json_t *items;
};
static const char *const colours[] = { "red", "blue", NULL };
static const struct rv_member team_members[] = {
    { "name", RV_K_TEXT, RV_REQUIRED | RV_NO_CONTROL, offsetof(struct team_in, name), 1, 5, NULL, "" },
    { "colour", RV_K_ENUM, RV_NULLABLE, offsetof(struct team_in, colour), 0, 0, colours, "" },
    { "version", RV_K_INT, 0, offsetof(struct team_in, version), 1, 10, NULL, "" },
    { "on", RV_K_BOOL, 0, offsetof(struct team_in, on), 0, 0, NULL, "" },
    { "items", RV_K_ARRAY, 0, offsetof(struct team_in, items), 0, 2, NULL, "" },
    { .name = NULL },
};
static const struct rv_shape team_shape = { "Team", team_members, false };

static void a_good_object_fills_the_struct(void **state)
{
    struct team_in in = { 0 };
    json_t *j;
    (void)state;
    assert_int_equal(parse("{\"name\":\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\",\"colour\":null,"
                           "\"version\":3,\"on\":true}",
                           &j),
                     RV_OK);
    assert_int_equal(rv_json_decode(&unit_cx, j, &team_shape, "", &in), RV_OK);
    assert_int_equal(in.name.n, 10);
    assert_true(RV_NULLED(&in, 1) && RV_SEEN(&in, 1) && RV_SEEN(&in, 3) && !RV_SEEN(&in, 4));
    assert_int_equal(in.version, 3);
    assert_true(in.on);
}

static void every_bad_member_becomes_a_cause_with_its_pointer(void **state)
{
    struct team_in in = { 0 };
    json_t *j;
    size_t n = 0;
    (void)state;
    assert_int_equal(
        parse("{\"colour\":\"green\",\"version\":11,\"on\":1,\"items\":[1,2,3],\"admin\":true}",
              &j),
        RV_OK);
    assert_int_equal(rv_json_decode(&unit_cx, j, &team_shape, "/steps/2", &in), RV_INVALID);
    for (const struct rv_cause *c = rv_error(&unit_cx)->causes; c != NULL; c = c->next, n++)
        assert_true(rv_str_starts(rv_str_of(c->pointer), RV_STR("/steps/2/")));
    assert_int_equal(n, 6);
    assert_string_equal(rv_error(&unit_cx)->message, "Api validation failed: steps/2/admin");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_is_not_json_is_malformed),
        UNIT_TEST(a_text_cut_at_any_position_is_malformed),
        UNIT_TEST(what_is_read_is_written_the_same),
        UNIT_TEST(limits_are_named_when_exceeded),
        UNIT_TEST(names_are_read_whole_however_long_they_are_and_u0000_where_it_is_allowed),
        UNIT_TEST(doubles_are_written_as_ecmascript_does),
        UNIT_TEST(a_good_object_fills_the_struct),
        UNIT_TEST(every_bad_member_becomes_a_cause_with_its_pointer),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
