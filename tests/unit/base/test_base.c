/* Texts, arenas, time, zones, ids, crypto, configuration. */
#include "unit.h"
#include "base/base_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void texts_are_cut_at_their_separators(void **state)
{
    rv_str rest = RV_STR("a,,b"), part;
    (void)state;
    assert_true(rv_str_split(&rest, ',', &part));
    assert_str(part, "a");
    assert_true(rv_str_split(&rest, ',', &part));
    assert_str(part, "");
    assert_true(rv_str_split(&rest, ',', &part));
    assert_str(part, "b");
    assert_false(rv_str_split(&rest, ',', &part));
    assert_str(rv_str_trim(RV_STR(" \t x y\n")), "x y");
    assert_false(rv_str_eq(RV_NONE_STR, RV_STR("")));
}

static void whole_numbers_do_not_overflow(void **state)
{
    int64_t i = 7;
    (void)state;
    assert_true(rv_str_to_int(RV_STR("-9223372036854775808"), &i));
    assert_true(i == INT64_MIN);
    assert_true(rv_str_to_int(RV_STR("9223372036854775807"), &i));
    static const rv_str bad[] = { RV_STR_INIT("9223372036854775808"),
                                  RV_STR_INIT(""),
                                  RV_STR_INIT("-"),
                                  RV_STR_INIT("+1"),
                                  RV_STR_INIT("1 "),
                                  RV_STR_INIT("0x1") };
    for (size_t k = 0; k < RV_LEN(bad); k++)
        assert_false(rv_str_to_int(bad[k], &i));
}

static void an_arena_ends_at_its_cap_and_starts_again(void **state)
{
    struct rv_arena *a = rv_arena_new(10000);
    size_t n = 0;
    (void)state;
    while (rv_arena_alloc(a, 100) != NULL)
        n++;
    assert_in_range(n, 60, 100);
    rv_arena_reset(a);
    assert_non_null(rv_arena_alloc(a, 5000));
    assert_null(rv_arena_alloc(a, SIZE_MAX));
    rv_arena_free(a);
}

static void times_read_and_write(void **state)
{
    static const struct {
        const char *text;
        const char *utc;
    } rows[] = { { "2026-01-31", "2026-01-31T00:00:00.000Z" },
                 { "2026-01-31T09:00:00+02:00", "2026-01-31T07:00:00.000Z" },
                 { "2024-02-29T23:59:59.1239Z", "2024-02-29T23:59:59.123Z" },
                 { "1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z" },
                 { "0000-03-01T00:00", "0000-03-01T00:00:00.000Z" },
                 { "9999-12-31T23:59:59.999-00:30", "9999-12-31T23:59:59.999Z" } };
    char text[32];
    int64_t ms;
    (void)state;
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        assert_true(rv_time_parse(rv_str_of(rows[i].text), &ms));
        assert_int_equal(rv_time_format(ms, text), 24);
        assert_string_equal(text, rows[i].utc);
    }
    static const char *const bad[] = { "",
                                       "2026",
                                       "2026-13-01",
                                       "2026-02-29",
                                       "2026-01-01T",
                                       "2026-01-01T25:00:00Z",
                                       "2026-01-01T10:00:00.Z",
                                       "2026-01-01Z10",
                                       "31.1.2026",
                                       "2026-01-01T10:00:00+1" };
    for (size_t i = 0; i < RV_LEN(bad); i++) {
        if (rv_time_parse(rv_str_of(bad[i]), &ms))
            fail_msg("accepted %s", bad[i]);
    }
}

static int64_t utc(const char *text)
{
    int64_t ms = 0;
    assert_true(rv_time_parse(rv_str_of(text), &ms));
    return ms;
}

static void zones_know_summer_time_also_after_their_last_transition(void **state)
{
    static const struct {
        const char *zone, *utc;
        int hour, minute, offset_s;
        const char *abbrev;
    } rows[] = {
        { "Europe/Berlin", "2026-01-01T12:00:00Z", 13, 0, 3600, "CET" },     { "Europe/Berlin", "2026-03-29T00:59:59Z", 1, 59, 3600, "CET" },
        { "Europe/Berlin", "2026-03-29T01:00:00Z", 3, 0, 7200, "CEST" },     { "Europe/Berlin", "2060-07-01T12:00:00Z", 14, 0, 7200, "CEST" },
        { "America/New_York", "2026-07-01T12:00:00Z", 8, 0, -14400, "EDT" }, { "America/New_York", "2061-12-01T12:00:00Z", 7, 0, -18000, "EST" },
        { "Australia/Sydney", "2055-01-01T00:00:00Z", 11, 0, 39600, "AEDT" }, { "UTC", "2026-01-01T12:00:00Z", 12, 0, 0, "UTC" },
        { "Asia/Kolkata", "2026-01-01T12:00:00Z", 17, 30, 19800, "IST" },      { "us/pacific", "2026-07-01T12:00:00Z", 5, 0, -25200, "PDT" },
        { "EUROPE/berlin", "2026-01-01T12:00:00Z", 13, 0, 3600, "CET" },
    };
    struct rv_civil c;
    (void)state;
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        assert_int_equal(rv_zone_to_local(&unit_cx, rv_str_of(rows[i].zone), utc(rows[i].utc), &c),
                         RV_OK);
        if (c.hour != rows[i].hour || c.minute != rows[i].minute ||
            c.offset_s != rows[i].offset_s || strcmp(c.abbrev, rows[i].abbrev) != 0)
            fail_msg("%s at %s: %d:%d %d %s", rows[i].zone, rows[i].utc, c.hour, c.minute,
                     c.offset_s, c.abbrev);
    }
}

static void skipped_and_repeated_hours_have_one_instant(void **state)
{
    static const struct {
        const char *zone;
        struct rv_civil local;
        const char *utc;
    } rows[] = {
        { "Europe/Berlin", { .year = 2026, .month = 3, .day = 29, .hour = 2, .minute = 30 }, "2026-03-29T01:00:00Z" },
        { "Europe/Berlin", { .year = 2026, .month = 10, .day = 25, .hour = 2, .minute = 30 }, "2026-10-25T00:30:00Z" },
        { "America/New_York", { .year = 2026, .month = 3, .day = 8, .hour = 2, .minute = 30 }, "2026-03-08T07:00:00Z" },
        { "America/New_York", { .year = 2026, .month = 11, .day = 1, .hour = 1, .minute = 30 }, "2026-11-01T05:30:00Z" },
        { "Europe/Berlin", { .year = 2050, .month = 6, .day = 1 }, "2050-05-31T22:00:00Z" },
    };
    int64_t ms;
    (void)state;
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        assert_int_equal(rv_zone_to_utc(&unit_cx, rv_str_of(rows[i].zone), &rows[i].local, &ms),
                         RV_OK);
        assert_true(ms == utc(rows[i].utc));
    }
}

static void zone_names_do_not_reach_other_files(void **state)
{
    static const char *const bad[] = { "",
                                       "../../../etc/passwd",
                                       "/etc/passwd",
                                       "Europe/../../x",
                                       "Nowhere/Land",
                                       "Europe/Berlin ",
                                       "Europe" };
    struct rv_civil c;
    (void)state;
    for (size_t i = 0; i < RV_LEN(bad); i++) {
        rv_error_clear(&unit_cx);
        assert_int_equal(rv_zone_to_local(&unit_cx, rv_str_of(bad[i]), 0, &c), RV_INVALID);
    }
}

static void ids_have_their_forms(void **state)
{
    (void)state;
    assert_true(rv_id_is_prefixed(rv_id_prefixed(&unit_cx, "00u"), "00u"));
    assert_true(rv_id_is_hex24(rv_id_hex24(&unit_cx)));
    assert_true(rv_id_is_ulid(rv_id_ulid(&unit_cx, 1700000000000)));
    assert_true(rv_id_is_uuid(rv_id_uuid4(&unit_cx)));
    rv_str a = rv_id_uuid7(&unit_cx, 1700000000000), b = rv_id_uuid7(&unit_cx, 1700000000001);
    assert_true(rv_str_cmp(a, b) < 0);
    for (int i = 0; i < 300; i++) { /* of one millisecond: in the order they were made */
        rv_str c = rv_id_uuid7(&unit_cx, 1700000000001);
        assert_true(rv_id_is_uuid(c) && rv_str_cmp(b, c) < 0);
        b = c;
    }
    static const uint8_t dns[16] = { 0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                     0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };
    assert_str(rv_id_uuid5(&unit_cx, dns, RV_STR("www.example.com")),
               "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    assert_false(rv_id_is_uuid(RV_STR("2ed6657d-e927-568b-95e1-2665a8aea6aG")));
}

static int64_t fixed_ms;

static int64_t fixed_now(void *arg)
{
    (void)arg;
    return fixed_ms;
}

/* Rows that are made one after the other stand together in an index by id. */
static void ids_of_24_digits_follow_the_milliseconds(void **state)
{
    struct rv_clock before = unit_env.clock;
    rv_str last = RV_STR("");
    (void)state;
    unit_env.clock.now_ms = fixed_now;
    for (fixed_ms = 1795766399990; fixed_ms < 1795766401010; fixed_ms++) {
        rv_str a = rv_id_hex24(&unit_cx), b = rv_id_hex24(&unit_cx);
        assert_true(rv_str_cmp(last, a) < 0 && rv_str_cmp(last, b) < 0);
        assert_false(rv_str_eq(a, b));
        last = rv_str_cmp(a, b) < 0 ? b : a;
    }
    unit_env.clock = before;
}

static void base64_is_strict(void **state)
{
    rv_str out;
    (void)state;
    assert_str(rv_base64(&unit_cx, RV_STR("any carnal pleas")), "YW55IGNhcm5hbCBwbGVhcw==");
    assert_str(rv_base64url(&unit_cx, RV_STR("\xff\xfe\xfd")), "__79");
    assert_true(rv_base64_decode(&unit_cx, RV_STR("YW55IGNhcm5hbCBwbGVhcw"), &out));
    assert_str(out, "any carnal pleas");
    static const char *const bad[] = { "Y", "YW=", "YWx=", "YW5 ", "YW5$", "YR==" };
    for (size_t i = 0; i < RV_LEN(bad); i++)
        assert_false(rv_base64_decode(&unit_cx, rv_str_of(bad[i]), &out));
}

static void sealed_text_opens_only_where_it_belongs(void **state)
{
    char dir[] = "/tmp/reeve-unit-XXXXXX", path[64];
    struct rv_keys *k;
    rv_str sealed, open;
    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/key", dir);
    assert_int_equal(rv_keys_open(&unit_cx, path, false, &k), RV_NOT_FOUND);
    assert_int_equal(rv_keys_open(&unit_cx, path, true, &k), RV_OK);
    assert_int_equal(rv_seal(&unit_cx, k, RV_STR("connection|1|secret"), RV_STR("open sesame"),
                             &sealed),
                     RV_OK);
    assert_int_equal(rv_unseal(&unit_cx, k, RV_STR("connection|1|secret"), sealed, &open), RV_OK);
    assert_str(open, "open sesame");
    assert_int_equal(rv_unseal(&unit_cx, k, RV_STR("connection|2|secret"), sealed, &open),
                     RV_INTERNAL);
    rv_keys_free(k);
    assert_int_equal(rv_keys_open(&unit_cx, path, false, &k), RV_OK);
    assert_int_equal(rv_unseal(&unit_cx, k, RV_STR("connection|1|secret"), sealed, &open), RV_OK);
    rv_keys_free(k);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void a_new_key_seals_and_the_old_ones_still_open(void **state)
{
    char dir[] = "/tmp/reeve-unit-XXXXXX", path[64];
    struct rv_keys *k, *old;
    rv_str first, second, open;
    uint8_t before[32], after[32];
    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/key", dir);
    assert_int_equal(rv_keys_open(&unit_cx, path, true, &k), RV_OK);
    assert_int_equal(rv_keys_open(&unit_cx, path, false, &old), RV_OK);
    assert_int_equal(rv_seal(&unit_cx, k, RV_STR("a"), RV_STR("one"), &first), RV_OK);
    rv_hmac(k, RV_KEY_TOKEN, RV_STR("x"), before);
    for (int i = 0; i < 7; i++)
        assert_int_equal(rv_keys_add(&unit_cx, path, k), RV_OK);
    assert_int_equal(rv_keys_add(&unit_cx, path, k), RV_CONFLICT);
    rv_error_clear(&unit_cx);
    rv_hmac(k, RV_KEY_TOKEN, RV_STR("x"), after);
    assert_memory_equal(before, after, sizeof before); /* what was hashed can still be compared */
    assert_int_equal(rv_seal(&unit_cx, k, RV_STR("a"), RV_STR("two"), &second), RV_OK);
    assert_int_equal(rv_unseal(&unit_cx, k, RV_STR("a"), first, &open), RV_OK);
    assert_str(open, "one");
    assert_int_equal(rv_unseal(&unit_cx, k, RV_STR("a"), second, &open), RV_OK);
    assert_str(open, "two");
    assert_int_equal(rv_unseal(&unit_cx, old, RV_STR("a"), second, &open), RV_INTERNAL);
    rv_error_clear(&unit_cx);
    rv_keys_free(k);
    assert_int_equal(rv_keys_open(&unit_cx, path, false, &k), RV_OK);
    assert_int_equal(rv_keys_drop_old(&unit_cx, path, k), RV_OK);
    assert_int_equal(rv_unseal(&unit_cx, k, RV_STR("a"), second, &open), RV_OK);
    assert_str(open, "two");
    rv_keys_free(k);
    assert_int_equal(rv_keys_open(&unit_cx, path, false, &k), RV_OK);
    assert_int_equal(rv_unseal(&unit_cx, k, RV_STR("a"), first, &open), RV_OK); /* the first one stays */
    assert_int_equal(rv_unseal(&unit_cx, k, RV_STR("a"), second, &open), RV_OK);
    rv_hmac(k, RV_KEY_TOKEN, RV_STR("x"), after);
    assert_memory_equal(before, after, sizeof before);
    rv_keys_free(k);
    rv_keys_free(old);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void what_version_1_sealed_is_opened(void **state)
{
    /* made by the version before keys had names: key of 32 bytes 0x11, data "connection|1|secret" */
    (void)state;
    char dir[] = "/tmp/reeve-unit-XXXXXX", path[64];
    struct rv_keys *k;
    rv_str open;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/key", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs("reeve-key 1 "
                "1111111111111111111111111111111111111111111111111111111111111111\n",
                f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, 0400), 0);
    assert_int_equal(rv_keys_open(&unit_cx, path, false, &k), RV_OK);
    assert_int_equal(rv_unseal(&unit_cx, k, RV_STR("connection|1|secret"), RV_STR("AQcHBwcHBwcHBwcHBxwAPsNcDbnQCNo49HAKhIOPPVBT5SR2DQlvHQ=="), &open), RV_OK);
    assert_str(open, "open sesame");
    rv_keys_free(k);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void passwords_are_verified(void **state)
{
    rv_str encoded;
    bool same;
    (void)state;
    assert_int_equal(rv_password_hash(&unit_cx, RV_STR("correct horse"), &encoded), RV_OK);
    assert_int_equal(rv_password_verify(&unit_cx, encoded, RV_STR("correct horse"), &same), RV_OK);
    assert_true(same);
    assert_int_equal(rv_password_verify(&unit_cx, encoded, RV_STR("Correct horse"), &same), RV_OK);
    assert_false(same);
}

static void configuration_names_what_is_allowed(void **state)
{
    static const struct rv_config_key keys[] = {
        { "a.wait", RV_CONF_DURATION, "24h", 1000, 90000000, true, false, "how long" },
        { "a.size", RV_CONF_BYTES, "16MiB", 0, 0, false, false, "how large" },
        { .name = NULL }
    };
    static const struct rv_config_key *const tables[] = { keys, NULL };
    (void)state;
    assert_int_equal(rv_config_new(&unit_cx, tables, &unit_env.config), RV_OK);
    assert_int_equal(rv_config_int(&unit_env, "a.wait"), 86400000);
    assert_int_equal(rv_config_int(&unit_env, "a.size"), 16 << 20);
    assert_int_equal(rv_config_set(&unit_cx, unit_env.config, RV_STR("a.wait"), RV_STR("90s")),
                     RV_OK);
    assert_int_equal(rv_config_int(&unit_env, "a.wait"), 90000);
    assert_int_equal(rv_config_set(&unit_cx, unit_env.config, RV_STR("a.wait"), RV_STR("soon")),
                     RV_INVALID);
    assert_int_equal(rv_config_set(&unit_cx, unit_env.config, RV_STR("a.wait"), RV_STR("1ms")),
                     RV_INVALID);
    assert_int_equal(rv_config_set(&unit_cx, unit_env.config, RV_STR("b"), RV_STR("1")),
                     RV_INVALID);
    rv_config_free(unit_env.config);
}

/* Every byte at every place of a text, so that each lane of a word and each tail is met. */
static void bytes_that_need_a_backslash_are_found_at_every_place(void **state)
{
    char text[40];
    (void)state;
    for (size_t n = 0; n < sizeof text; n++) {
        for (size_t at = 0; at < n; at++) {
            for (int c = 0; c < 256; c++) {
                memset(text, at % 2 == 0 ? 'a' : 0xc3, sizeof text);
                text[at] = (char)c;
                bool plain = c >= 0x20 && c != '"' && c != '\\';
                assert_int_equal(rv_plain_run((rv_str){ text, n }), plain ? n : at);
            }
        }
    }
}

static void text_is_utf8_or_not_at_every_place(void **state)
{
    static const struct {
        const char *bytes;
        bool valid;
    } cases[] = { { "\xc3\xbc", true },      { "\xe2\x82\xac", true }, { "\xf0\x9f\x98\x80", true },
                  { "\xff", false },         { "\xc3", false },        { "\x80", false },
                  { "\xed\xa0\x80", false }, { "\xc0\x80", false } };
    char text[40];
    (void)state;
    for (size_t i = 0; i < RV_LEN(cases); i++) {
        size_t n = strlen(cases[i].bytes);
        for (size_t at = 0; at + n <= sizeof text; at++) {
            memset(text, 'a', sizeof text);
            memcpy(text + at, cases[i].bytes, n);
            assert_int_equal(rv_utf8_valid((rv_str){ text, sizeof text }), cases[i].valid);
            assert_int_equal(rv_utf8_valid((rv_str){ text, at + n }), cases[i].valid);
        }
    }
}

static void long_and_short_texts_are_formatted_whole(void **state)
{
    char text[600];
    (void)state;
    for (size_t n = 0; n < sizeof text; n += n < 250 || n > 260 ? 50 : 1) {
        memset(text, 'x', n);
        text[n] = '\0';
        rv_str s = rv_printf(&unit_cx, "%s%s", text, "!");
        assert_int_equal(s.n, n + 1);
        assert_int_equal(s.p[n], '!');
        assert_int_equal(s.p[n + 1], '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(texts_are_cut_at_their_separators),
        UNIT_TEST(whole_numbers_do_not_overflow),
        UNIT_TEST(an_arena_ends_at_its_cap_and_starts_again),
        UNIT_TEST(times_read_and_write),
        UNIT_TEST(zones_know_summer_time_also_after_their_last_transition),
        UNIT_TEST(skipped_and_repeated_hours_have_one_instant),
        UNIT_TEST(zone_names_do_not_reach_other_files),
        UNIT_TEST(ids_have_their_forms),
        UNIT_TEST(ids_of_24_digits_follow_the_milliseconds),
        UNIT_TEST(base64_is_strict),
        UNIT_TEST(sealed_text_opens_only_where_it_belongs),
        UNIT_TEST(a_new_key_seals_and_the_old_ones_still_open),
        UNIT_TEST(what_version_1_sealed_is_opened),
        UNIT_TEST(passwords_are_verified),
        UNIT_TEST(configuration_names_what_is_allowed),
        UNIT_TEST(bytes_that_need_a_backslash_are_found_at_every_place),
        UNIT_TEST(text_is_utf8_or_not_at_every_place),
        UNIT_TEST(long_and_short_texts_are_formatted_whole),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
