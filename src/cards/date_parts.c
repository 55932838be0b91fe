/* cards/date_parts.c: cards that calculate with instants and read them (cards.md B.3, B.7: 16, 24,
 * 33, 45, 60, 74, 78, 93).
 *
 * Calendar steps go in UTC and clamp to the last day of a month. */
#include "cards/cards_int.h"
#include "cards/date_int.h"

#include <math.h>

enum { DAY_MS = 86400000 };
static const int64_t FIRST_MS = INT64_C(-62167219200000), LAST_MS = INT64_C(253402300799999); /* the years 0 to 9999 */

static const struct {
    const char *name;
    int64_t ms; /* 0: calendar */
    int months;
} units[] = {
    { "milliseconds", 1, 0 }, { "seconds", 1000, 0 },           { "minutes", 60000, 0 }, { "hours", 3600000, 0 },
    { "days", DAY_MS, 0 },    { "weeks", (int64_t)7 * DAY_MS, 0 }, { "months", 0, 1 },      { "years", 0, 12 },
};

static int days_in(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static rv_status add_months(struct rv_cx *cx, int64_t ms, int64_t months, int64_t *ret)
{
    struct rv_civil t;
    RV_TRY(rv_zone_to_local(cx, RV_STR("UTC"), ms, &t));
    int64_t total = (int64_t)t.year * 12 + t.month - 1 + months;
    if (total < 0 || total > (int64_t)10000 * 12)
        return rv_fail(cx, RV_LIMIT, "the date lies outside of the years 0 to 9999");
    t.year = (int)(total / 12);
    t.month = (int)(total % 12) + 1;
    int last = days_in(t.year, t.month);
    t.day = t.day < last ? t.day : last;
    return rv_zone_to_utc(cx, RV_STR("UTC"), &t, ret);
}

static rv_status out_date(struct rv_call *c, const char *key, int64_t ms)
{
    char text[32];
    return rv_out_text(c, key, (rv_str){ text, rv_time_format(ms, text) });
}

static rv_status step(struct rv_call *c, int sign)
{
    struct rv_cx *cx = rv_call_cx(c);
    int64_t ms;
    double n;
    bool some;
    rv_str unit;
    RV_TRY(rv_in_date(c, "start", &ms));
    RV_TRY(rv_in_num(c, "scale", &some, &n));
    RV_TRY(rv_in_text(c, "unit", &unit));
    for (size_t i = 0; i < RV_LEN(units); i++) {
        rv_str name = rv_str_of(units[i].name);
        if (!rv_str_eq(unit, name) && !rv_str_eq(unit, rv_str_sub(name, 0, name.n - 1)))
            continue;
        if (units[i].months != 0) {
            if (fabs(n) > 120000)
                return rv_fail(cx, RV_LIMIT, "%g %s lead out of the calendar", n, units[i].name);
            RV_TRY(add_months(cx, ms, sign * units[i].months * (int64_t)round(n), &ms));
        } else {
            double by = n * (double)units[i].ms;
            if (!(fabs(by) < 3e14))
                return rv_fail(cx, RV_LIMIT, "%g %s lead out of the calendar", n, units[i].name);
            ms += sign * (int64_t)round(by);
        }
        if (ms < FIRST_MS || ms > LAST_MS)
            return rv_fail(cx, RV_LIMIT, "%g %s lead out of the calendar", n, units[i].name);
        return out_date(c, "output", ms);
    }
    return rv_fail(cx, RV_INVALID,
                   "the unit \"%.*s\" is not known; choose milliseconds, seconds, minutes, hours, "
                   "days, weeks, months or years",
                   RV_FMT(unit));
}

static rv_status card_add(struct rv_call *c)
{
    return step(c, 1);
}

static rv_status card_subtract(struct rv_call *c)
{
    return step(c, -1);
}

/* Months from one instant to another: whole ones, counted from the one that stands later in its month,
 * and the rest as a part of the month in which it lies. Below zero when the second one is earlier. */
static rv_status months_between(struct rv_cx *cx, int64_t from, int64_t to, double *ret)
{
    struct rv_civil a, b;
    int64_t at, other;
    RV_TRY(rv_zone_to_local(cx, RV_STR("UTC"), from, &a));
    RV_TRY(rv_zone_to_local(cx, RV_STR("UTC"), to, &b));
    bool back = b.day >= a.day;
    int64_t start = back ? to : from, end = back ? from : to,
            whole = (int64_t)(b.year - a.year) * 12 + b.month - a.month;
    whole = back ? -whole : whole;
    RV_TRY(add_months(cx, start, whole, &at));
    RV_TRY(add_months(cx, start, end < at ? whole - 1 : whole + 1, &other));
    double months = (double)whole + (double)(end - at) / fabs((double)(other - at));
    *ret = (back ? -months : months) + 0.0;
    return RV_OK;
}

static rv_status card_diff(struct rv_call *c)
{
    int64_t end, start; /* keys and labels are crossed: the key "start" is labelled "end date" */
    double months;
    RV_TRY(rv_in_date(c, "start", &end));
    RV_TRY(rv_in_date(c, "end", &start));
    RV_TRY(months_between(rv_call_cx(c), start, end, &months));
    double ms = (double)(end - start);
    RV_TRY(rv_out_num(c, "milliseconds", ms));
    RV_TRY(rv_out_num(c, "seconds", ms / 1000));
    RV_TRY(rv_out_num(c, "minutes", ms / 60000));
    RV_TRY(rv_out_num(c, "hours", ms / 3600000));
    RV_TRY(rv_out_num(c, "days", ms / DAY_MS));
    RV_TRY(rv_out_num(c, "months", months));
    return rv_out_num(c, "years", months / 12);
}

static rv_status out_format(struct rv_call *c, const char *key, rv_str format, rv_str zone,
                            int64_t ms)
{
    rv_str text;
    RV_TRY(rv_date_text(rv_call_cx(c), format, zone, ms, &text));
    return rv_out_text(c, key, text);
}

static rv_status card_now(struct rv_call *c)
{
    struct rv_cx *cx = rv_call_cx(c);
    struct rv_civil t;
    int64_t ms = rv_now(cx->env);
    RV_TRY(rv_zone_to_local(cx, RV_STR("UTC"), ms, &t));
    RV_TRY(out_date(c, "date", ms));
    RV_TRY(out_date(c, "iso", ms));
    RV_TRY(out_format(c, "full", RV_STR("dddd, MMMM D, YYYY h:mm A"), RV_STR("UTC"), ms));
    RV_TRY(out_format(c, "time", RV_STR("h:mm A"), RV_STR("UTC"), ms));
    RV_TRY(out_format(c, "month", RV_STR("MMMM"), RV_STR("UTC"), ms));
    RV_TRY(rv_out_num(c, "year", t.year));
    RV_TRY(rv_out_num(c, "day", t.day));
    RV_TRY(rv_out_num(c, "hour", t.hour));
    RV_TRY(rv_out_num(c, "minute", t.minute));
    RV_TRY(rv_out_num(c, "second", t.second));
    return rv_out_num(c, "millisecond", t.ms);
}

static rv_status card_convert(struct rv_call *c)
{
    struct rv_cx *cx = rv_call_cx(c);
    rv_str format, zone;
    int64_t ms;
    RV_TRY(rv_in_date(c, "start", &ms));
    RV_TRY(rv_in_text(c, "format", &format));
    RV_TRY(rv_in_text(c, "zone", &zone));
    RV_TRY(out_date(c, "date", ms));
    RV_TRY(out_date(c, "iso", ms));
    RV_TRY(rv_out_text(c, "epoch",
                       rv_printf(cx, "%" PRId64, (ms - (ms % 1000 + 1000) % 1000) / 1000)));
    RV_TRY(rv_out_text(c, "unix", rv_printf(cx, "%" PRId64, ms)));
    RV_TRY(out_format(c, "human", RV_STR("dddd, MMMM D, YYYY h:mm A"), zone, ms));
    return out_format(c, "custom", format, zone, ms);
}

static rv_status card_unix(struct rv_call *c)
{
    int64_t ms;
    RV_TRY(rv_in_date(c, "start", &ms));
    return rv_out_num(c, "output", (double)ms);
}

static rv_status card_epoch(struct rv_call *c)
{
    int64_t ms;
    RV_TRY(rv_in_date(c, "start", &ms));
    return rv_out_num(c, "output", floor((double)ms / 1000));
}

static rv_status card_parse(struct rv_call *c)
{
    rv_str text, format;
    int64_t ms;
    RV_TRY(rv_in_text(c, "start", &text));
    RV_TRY(rv_in_text(c, "format", &format));
    if (format.n == 0) {
        if (!rv_value_date(rv_in(c, "start"), &ms))
            return rv_fail(rv_call_cx(c), RV_INVALID,
                           "the text is not an ISO 8601 date; say its format");
        return out_date(c, "output", ms);
    }
    RV_TRY(rv_date_read(rv_call_cx(c), format, text, &ms));
    return out_date(c, "output", ms);
}

static const struct rv_choice unit_choices[] = {
    { "milliseconds", "milliseconds" }, { "seconds", "seconds" }, { "minutes", "minutes" }, { "hours", "hours" },
    { "days", "days" }, { "weeks", "weeks" }, { "months", "months" }, { "years", "years" }, { NULL, NULL },
};
#define START(label) { NULL, "start", label, RV_T_DATE, RV_PIN_REQUIRED, NULL, NULL, "the date & time" }
#define STEP(label) START("date"), { NULL, "scale", label, RV_T_NUM, 0, "1", NULL, "how many" }, { NULL, "unit", "unit", RV_T_TEXT, RV_PIN_REQUIRED, "\"days\"", unit_choices, "of what" }
#define OUT_DATE(key) { NULL, key, key, RV_T_DATE, 0, NULL, NULL, "the date & time" }
#define OUT_TEXT(key, help) { NULL, key, key, RV_T_TEXT, 0, NULL, NULL, help }
#define OUT_NUM(key, help) { NULL, key, key, RV_T_NUM, 0, NULL, NULL, help }
#define FORMAT { NULL, "format", "format", RV_T_TEXT, 0, NULL, NULL, "tokens such as YYYY, MM, DD, HH, mm; empty: ISO 8601" }

/* clang-format off */
const struct rv_card rv_cards_date_parts[] = {
    { .name = "date:now", .label = "Now", .category = "Date & Time", .help = "The current date & time, in UTC.", .kind = RV_CARD_PURE,
      .out = RV_PINS(OUT_DATE("date"), OUT_TEXT("iso", "ISO 8601"), OUT_TEXT("full", "a long readable form"), OUT_NUM("minute", "0 to 59"), OUT_NUM("hour", "0 to 23"),
                     OUT_TEXT("time", "time of day"), OUT_NUM("day", "day of the month"), OUT_TEXT("month", "name of the month"), OUT_NUM("year", "the year"),
                     OUT_NUM("second", "0 to 59"), OUT_NUM("millisecond", "0 to 999")), .run = card_now },
    { .name = "date:add", .label = "Add", .category = "Date & Time", .help = "A later date & time.", .kind = RV_CARD_PURE, .in = RV_PINS(STEP("add")), .out = RV_PINS(OUT_DATE("output")), .run = card_add },
    { .name = "date:subtract", .label = "Subtract", .category = "Date & Time", .help = "An earlier date & time.", .kind = RV_CARD_PURE, .in = RV_PINS(STEP("subtract")), .out = RV_PINS(OUT_DATE("output")), .run = card_subtract },
    { .name = "date:diff", .label = "Difference", .category = "Date & Time", .help = "How far two dates are apart, in every unit.", .kind = RV_CARD_PURE,
      .in = RV_PINS(START("end date"), { NULL, "end", "start date", RV_T_DATE, RV_PIN_REQUIRED, NULL, NULL, "the earlier date & time" }),
      .out = RV_PINS(OUT_NUM("days", "days"), OUT_NUM("months", "calendar months"), OUT_NUM("years", "calendar years"), OUT_NUM("hours", "hours"),
                     OUT_NUM("minutes", "minutes"), OUT_NUM("seconds", "seconds"), OUT_NUM("milliseconds", "milliseconds")), .run = card_diff },
    { .name = "date:fromISO", .label = "Convert", .category = "Date & Time", .help = "Shows a date & time in all forms.", .kind = RV_CARD_PURE,
      .in = RV_PINS(START("date"), FORMAT, { NULL, "zone", "zone", RV_T_TEXT, 0, "\"UTC\"", NULL, "time zone; empty: UTC" }),
      .out = RV_PINS(OUT_DATE("date"), OUT_TEXT("iso", "ISO 8601"), OUT_TEXT("epoch", "seconds since 1970"), OUT_TEXT("unix", "milliseconds since 1970"),
                     OUT_TEXT("human", "a long readable form"), OUT_TEXT("custom", "in the format and zone given")), .run = card_convert },
    { .name = "date:parse", .label = "Text to Date", .category = "Date & Time", .help = "Reads a text as a date & time.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "start", "text", RV_T_TEXT, RV_PIN_REQUIRED, NULL, NULL, "the text" }, FORMAT), .out = RV_PINS(OUT_DATE("output")), .run = card_parse },
    { .name = "date:unix", .label = "UNIX", .category = "Date & Time", .help = "Milliseconds since 1970.", .kind = RV_CARD_PURE, .in = RV_PINS(START("date")), .out = RV_PINS(OUT_NUM("output", "milliseconds")), .run = card_unix },
    { .name = "date:epoch", .label = "EPOCH", .category = "Date & Time", .help = "Seconds since 1970.", .kind = RV_CARD_PURE, .in = RV_PINS(START("date")), .out = RV_PINS(OUT_NUM("output", "seconds")), .run = card_epoch },
    { .name = NULL },
};
