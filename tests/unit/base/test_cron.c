/* Calendars and the next instant they name: the pure part of scheduled flows. */
#include "unit.h"

struct series {
    const char *cron, *zone, *after, *instants; /* what follows after, one behind the other */
};
/* clang-format off */
static const struct series table[] = {
    /* every quarter of an hour, through the hour that comes twice and the one that does not come */
    { "*/15 * * * *", "Europe/Berlin", "2026-10-25T00:20:00Z",
      "2026-10-25T00:30Z 2026-10-25T00:45Z 2026-10-25T01:00Z 2026-10-25T01:15Z 2026-10-25T01:30Z 2026-10-25T01:45Z 2026-10-25T02:00Z 2026-10-25T02:15Z 2026-10-25T02:30Z" },
    { "*/15 * * * *", "Europe/Berlin", "2026-03-29T00:40:00Z",
      "2026-03-29T00:45Z 2026-03-29T01:00Z 2026-03-29T01:15Z 2026-03-29T01:30Z 2026-03-29T01:45Z" },
    { "30 2 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z",
      "2026-03-28T01:30Z 2026-03-29T01:00Z 2026-03-30T00:30Z 2026-03-31T00:30Z" },
    { "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z",
      "2026-10-25T00:30Z 2026-10-26T01:30Z 2026-10-27T01:30Z" },
    { "30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z",
      "2026-03-08T07:00Z 2026-03-09T06:30Z 2026-03-10T06:30Z" },
    { "*/20 2 * * *", "America/New_York", "2026-03-07T12:00:00Z",
      "2026-03-08T07:00Z 2026-03-09T06:00Z 2026-03-09T06:20Z 2026-03-09T06:40Z" },
    { "0 9 * * 1-5", "America/Los_Angeles", "2026-10-30T12:00:00Z",
      "2026-10-30T16:00Z 2026-11-02T17:00Z 2026-11-03T17:00Z 2026-11-04T17:00Z" },
    { "0 9 1 */3 *", "Asia/Kolkata", "2026-02-01T00:00:00Z",
      "2026-04-01T03:30Z 2026-07-01T03:30Z 2026-10-01T03:30Z 2027-01-01T03:30Z" },
    { "0 0 29 2 *", "UTC", "2097-01-01T00:00:00Z", "2104-02-29T00:00Z" },
    { "0 0 13 * 5", "UTC", "2026-02-01T00:00:00Z",
      "2026-02-06T00:00Z 2026-02-13T00:00Z 2026-02-20T00:00Z 2026-02-27T00:00Z" },
    { "0 12 31 * *", "UTC", "2026-01-31T12:00:00Z",
      "2026-03-31T12:00Z 2026-05-31T12:00Z 2026-07-31T12:00Z" },
    { "5 4 * * 0", "UTC", "2026-01-01T00:00:00Z",
      "2026-01-04T04:05Z 2026-01-11T04:05Z" },
    { "*/30 * * * *", "Australia/Lord_Howe", "2026-04-04T13:00:00Z",
      "2026-04-04T13:30Z 2026-04-04T14:00Z 2026-04-04T14:30Z 2026-04-04T15:00Z 2026-04-04T15:30Z 2026-04-04T16:00Z 2026-04-04T16:30Z 2026-04-04T17:00Z" },
    { "45 1 * * *", "Australia/Lord_Howe", "2026-04-03T13:00:00Z",
      "2026-04-03T14:45Z 2026-04-04T14:45Z 2026-04-05T15:15Z" },
    { "15 2 * * *", "Australia/Lord_Howe", "2026-10-02T13:00:00Z",
      "2026-10-02T15:45Z 2026-10-03T15:30Z 2026-10-04T15:15Z" },
    { "0 0 * * *", "America/Santiago", "2026-09-04T12:00:00Z",
      "2026-09-05T04:00Z 2026-09-06T04:00Z 2026-09-07T03:00Z 2026-09-08T03:00Z" },
    { "0 9-17/4 * * *", "UTC", "2026-01-01T08:00:00Z",
      "2026-01-01T09:00Z 2026-01-01T13:00Z 2026-01-01T17:00Z 2026-01-02T09:00Z" },
    { "10/20 6 * * *", "UTC", "2026-01-01T00:00:00Z",
      "2026-01-01T06:10Z 2026-01-01T06:30Z 2026-01-01T06:50Z 2026-01-02T06:10Z" },
};
/* clang-format on */

static struct rv_cron_text split(const char *cron)
{
    rv_str rest = rv_str_of(cron), word[5] = { RV_NONE_STR };
    for (size_t i = 0; i < 5; i++)
        (void)rv_str_split(&rest, ' ', &word[i]);
    return (struct rv_cron_text){ word[0], word[1], word[2], word[3], word[4] };
}

static rv_status parse(const char *cron, struct rv_cron *ret)
{
    struct rv_cron_text t = split(cron);
    rv_error_clear(&unit_cx);
    return rv_cron_parse(&unit_cx, &t, ret);
}

/* "2026-01-31T09:00Z" of an instant. */
static rv_str to_minute(int64_t ms)
{
    rv_str s = rv_time_str(&unit_cx, ms);
    return rv_printf(&unit_cx, "%.*sZ", RV_FMT(rv_str_sub(s, 0, 16)));
}

static void follows(const struct series *v)
{
    struct rv_cron c;
    rv_str rest = rv_str_of(v->instants), one;
    int64_t at;
    assert_true(rv_time_parse(rv_str_of(v->after), &at));
    assert_int_equal(parse(v->cron, &c), RV_OK);
    while (rv_str_split(&rest, ' ', &one)) {
        assert_int_equal(rv_cron_next(&unit_cx, &c, rv_str_of(v->zone), at, &at), RV_OK);
        rv_str got = at == RV_NO_TIME ? RV_STR("never") : to_minute(at);
        if (!rv_str_eq(got, one))
            fail_msg("%s in %s after %s: %.*s instead of %.*s", v->cron, v->zone, v->after,
                     RV_FMT(got), RV_FMT(one));
    }
}

static void the_instants_of_a_calendar_follow_each_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < RV_LEN(table); i++)
        follows(&table[i]);
}

static void every_quarter_of_an_hour_is_four_times_in_each_hour_of_the_year_wf60(void **state)
{
    struct rv_cron c;
    int64_t at = 0, end = 0, n = 0, before;
    (void)state;
    assert_int_equal(parse("*/15 * * * *", &c), RV_OK);
    assert_true(rv_time_parse(RV_STR("2026-01-01T00:00:00Z"), &at) &&
                rv_time_parse(RV_STR("2027-01-01T00:00:00Z"), &end));
    while (at < end) {
        before = at;
        assert_int_equal(rv_cron_next(&unit_cx, &c, RV_STR("America/New_York"), at, &at), RV_OK);
        assert_int_equal(at - before, 15 * 60000);
        n++;
        if (n % 500 == 0)
            rv_arena_reset(unit_cx.arena);
    }
    assert_int_equal(n, 365 * 24 * 4);
}

static void half_past_two_comes_once_on_the_day_that_has_no_half_past_two_wf62(void **state)
{
    struct rv_cron c;
    int64_t at, end, n = 0;
    (void)state;
    assert_int_equal(parse("30 2 * * *", &c), RV_OK);
    for (int day = 0; day < 2; day++) { /* without the hour, and with it twice */
        n = 0;
        assert_true(
            rv_time_parse(rv_str_of(day == 0 ? "2026-03-28T23:00:00Z" : "2026-10-24T22:00:00Z"),
                          &at));
        assert_true(
            rv_time_parse(rv_str_of(day == 0 ? "2026-03-29T22:00:00Z" : "2026-10-25T23:00:00Z"),
                          &end));
        for (;; n++) {
            assert_int_equal(rv_cron_next(&unit_cx, &c, RV_STR("Europe/Berlin"), at, &at), RV_OK);
            if (at >= end)
                break;
        }
        assert_int_equal(n, 1);
    }
}

static void names_ranges_steps_and_lists_mean_their_numbers(void **state)
{
    static const char *const same[][2] = {
        { "0 9 * JAN-MAR MON-FRI", "0 9 * 1-3 1-5" }, { "0 9 * jan,Mar 7", "0 9 * 1,3 0" },       { "0,30 0-23 */1 */1 *", "0-59/30 * 1-31 1-12 0-6" },
        { "5/15 8-18/5 1 1 *", "5,20,35,50 8,13,18 1 1 0-7" }, { "00 09 01 02 03", "0 9 1 2 3" }, { "1,1,2-3,3 * * * *", "1-3 * * * *" },
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(same); i++) {
        struct rv_cron a, b;
        assert_int_equal(parse(same[i][0], &a), RV_OK);
        assert_int_equal(parse(same[i][1], &b), RV_OK);
        assert_memory_equal(&a, &b, sizeof a);
    }
}

static void what_is_no_calendar_is_refused_by_the_name_of_its_field(void **state)
{
    static const char *const bad[][2] = {
        { "60 * * * *", "minutes" },    { "* 24 * * *", "hours" },      { "* * 0 * *", "day of the month" }, { "* * 32 * *", "day of the month" },
        { "* * * 13 *", "month" },      { "* * * 0 *", "month" },       { "* * * * 8", "day of the week" },  { "*/0 * * * *", "minutes" },
        { "5-1 * * * *", "minutes" },   { "1, * * * *", "minutes" },    { ",1 * * * *", "minutes" },         { "1-2-3 * * * *", "minutes" },
        { "1/2/3 * * * *", "minutes" }, { "-1 * * * *", "minutes" },    { "1.5 * * * *", "minutes" },        { "x * * * *", "minutes" },
        { "* * * Foo *", "month" },     { "* * * * sunday", "day of" }, { "99999999999 * * * *", "minutes" }, { "** * * * *", "minutes" },
        { "* * * *", "day of the week" },
    };
    struct rv_cron c;
    (void)state;
    for (size_t i = 0; i < RV_LEN(bad); i++) {
        if (parse(bad[i][0], &c) != RV_INVALID)
            fail_msg("accepted: %s", bad[i][0]);
        if (!rv_str_starts(rv_str_of(rv_error(&unit_cx)->message), rv_str_of(bad[i][1])))
            fail_msg("%s: %s", bad[i][0], rv_error(&unit_cx)->message);
    }
}

static void a_day_that_never_comes_is_never(void **state)
{
    static const char *const never[] = { "0 0 30 2 *", "* * 31 2,4,6,9,11 *" };
    struct rv_cron c;
    int64_t at;
    (void)state;
    for (size_t i = 0; i < RV_LEN(never); i++) {
        assert_int_equal(parse(never[i], &c), RV_OK);
        assert_int_equal(rv_cron_next(&unit_cx, &c, RV_STR("UTC"), 0, &at), RV_OK);
        assert_true(at == RV_NO_TIME);
    }
    assert_int_equal(parse("* * * * *", &c), RV_OK);
    assert_int_equal(rv_cron_next(&unit_cx, &c, RV_STR("UTC"), RV_CRON_LAST_MS + 1, &at), RV_OK);
    assert_true(at == RV_NO_TIME);
    assert_int_equal(rv_cron_next(&unit_cx, &c, RV_STR("Middle/Earth"), 0, &at), RV_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_instants_of_a_calendar_follow_each_other),
        UNIT_TEST(every_quarter_of_an_hour_is_four_times_in_each_hour_of_the_year_wf60),
        UNIT_TEST(half_past_two_comes_once_on_the_day_that_has_no_half_past_two_wf62),
        UNIT_TEST(names_ranges_steps_and_lists_mean_their_numbers),
        UNIT_TEST(what_is_no_calendar_is_refused_by_the_name_of_its_field),
        UNIT_TEST(a_day_that_never_comes_is_never),
    };
    return cmocka_run_group_tests_name("cron", tests, NULL, NULL);
}
