/* cards/date_more.c: further cards about instants: ISO, start and end of a unit, before and after
 * (cards.md C.7).
 *
 * A unit begins and ends in the zone that the author names; weeks begin on Monday. */
#include "cards/cards_int.h"
#include "cards/date_int.h"

static rv_status out_date(struct rv_call *c, const char *key, int64_t ms)
{
    char text[32];
    if (ms == RV_NO_TIME)
        return rv_out(c, key, NULL);
    return rv_out_text(c, key, (rv_str){ text, rv_time_format(ms, text) });
}

static rv_status card_iso(struct rv_call *c)
{
    int64_t ms;
    RV_TRY(rv_in_date(c, "start", &ms));
    return out_date(c, "output", ms);
}

enum unit { U_SECOND, U_MINUTE, U_HOUR, U_DAY, U_WEEK, U_MONTH, U_QUARTER, U_YEAR };
static const char *const units[] = { "second", "minute", "hour", "day", "week", "month", "quarter", "year" };

static rv_status read_unit(struct rv_call *c, enum unit *ret)
{
    rv_str unit;
    RV_TRY(rv_in_text(c, "unit", &unit));
    for (size_t i = 0; i < RV_LEN(units); i++)
        if (rv_str_starts(unit, rv_str_of(units[i]))) {
            *ret = (enum unit)i;
            return RV_OK;
        }
    return rv_fail(rv_call_cx(c), RV_INVALID,
                   "the unit \"%.*s\" is not known; choose second, minute, hour, day, week, month, "
                   "quarter or year",
                   RV_FMT(unit));
}

static int days_in(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static void move_days(struct rv_civil *t, int by)
{
    t->day += by;
    while (t->day < 1) {
        t->month--;
        if (t->month < 1) {
            t->month = 12;
            t->year--;
        }
        t->day += days_in(t->year, t->month);
    }
    while (t->day > days_in(t->year, t->month)) {
        t->day -= days_in(t->year, t->month);
        t->month++;
        if (t->month > 12) {
            t->month = 1;
            t->year++;
        }
    }
}

/* Back to the first moment of the unit. */
static void to_start(struct rv_civil *t, enum unit unit)
{
    t->ms = 0;
    if (unit >= U_MINUTE)
        t->second = 0;
    if (unit >= U_HOUR)
        t->minute = 0;
    if (unit >= U_DAY)
        t->hour = 0;
    if (unit == U_WEEK)
        move_days(t, -((t->weekday + 6) % 7));
    if (unit >= U_MONTH)
        t->day = 1;
    if (unit == U_QUARTER)
        t->month -= (t->month - 1) % 3;
    if (unit == U_YEAR)
        t->month = 1;
}

/* From the start of a unit of a day or more to the start of the next one. */
static void to_next(struct rv_civil *t, enum unit unit)
{
    int months = unit == U_MONTH ? 1 : unit == U_QUARTER ? 3 : unit == U_YEAR ? 12 : 0;
    if (months == 0)
        move_days(t, unit == U_WEEK ? 7 : 1);
    t->month += months;
    if (t->month > 12) {
        t->month -= 12;
        t->year++;
    }
}

static rv_status edge(struct rv_call *c, bool end)
{
    static const int64_t lengths[] = { 1000, 60000, 3600000 };
    struct rv_cx *cx = rv_call_cx(c);
    struct rv_civil t;
    enum unit unit;
    int64_t ms;
    rv_str zone;
    RV_TRY(rv_in_date(c, "start", &ms));
    RV_TRY(read_unit(c, &unit));
    RV_TRY(rv_in_text(c, "zone", &zone));
    zone = rv_str_trim(zone).n > 0 ? rv_str_trim(zone) : RV_STR("UTC");
    RV_TRY(rv_zone_to_local(cx, zone, ms, &t));
    if (unit < U_DAY) { /* by the clock of the zone, but counted in time that passes */
        int64_t past =
            ((ms + t.offset_s * INT64_C(1000)) % lengths[unit] + lengths[unit]) % lengths[unit];
        return out_date(c, "output", end ? ms - past + lengths[unit] - 1 : ms - past);
    }
    to_start(&t, unit);
    if (end)
        to_next(&t, unit);
    RV_TRY(rv_zone_to_utc(cx, zone, &t, &ms));
    return out_date(c, "output", end ? ms - 1 : ms);
}

static rv_status card_start_of(struct rv_call *c)
{
    return edge(c, false);
}

static rv_status card_end_of(struct rv_call *c)
{
    return edge(c, true);
}

static rv_status order(struct rv_call *c, int *ret)
{
    int64_t a, b;
    RV_TRY(rv_in_date(c, "start", &a));
    RV_TRY(rv_in_date(c, "end", &b));
    *ret = (a > b) - (a < b);
    return RV_OK;
}

static rv_status card_before(struct rv_call *c)
{
    int d;
    RV_TRY(order(c, &d));
    return rv_out(c, "output", json_boolean(d < 0));
}

static rv_status card_after(struct rv_call *c)
{
    int d;
    RV_TRY(order(c, &d));
    return rv_out(c, "output", json_boolean(d > 0));
}

static const struct rv_choice unit_choices[] = { { "second", "second" }, { "minute", "minute" }, { "hour", "hour" }, { "day", "day" }, { "week", "week" },
                                                 { "month", "month" },   { "quarter", "quarter" }, { "year", "year" }, { NULL, NULL } };
#define DATE(key, label) { NULL, key, label, RV_T_DATE, RV_PIN_REQUIRED, NULL, NULL, "a date & time" }
#define EDGE DATE("start", "date"), { NULL, "unit", "unit", RV_T_TEXT, RV_PIN_REQUIRED, "\"day\"", unit_choices, "of what" }, { NULL, "zone", "zone", RV_T_TEXT, 0, "\"UTC\"", NULL, "time zone; empty: UTC" }
#define OUT_DATE { NULL, "output", "output", RV_T_DATE, 0, NULL, NULL, "the date & time" }
#define OUT_BOOL { NULL, "output", "output", RV_T_BOOL, 0, NULL, NULL, "true or false" }

/* clang-format off */
const struct rv_card rv_cards_date_more[] = {
    { .name = "date:iso", .label = "ISO", .category = "Date & Time", .help = "Writes a date & time as ISO 8601 in UTC.", .kind = RV_CARD_PURE,
      .in = RV_PINS(DATE("start", "date")), .out = RV_PINS({ NULL, "output", "output", RV_T_TEXT, 0, NULL, NULL, "the text" }), .run = card_iso },
    { .name = "date:startOf", .label = "Start Of", .category = "Date & Time", .help = "The first moment of the day, week, month … of a date.", .kind = RV_CARD_PURE,
      .in = RV_PINS(EDGE), .out = RV_PINS(OUT_DATE), .run = card_start_of },
    { .name = "date:endOf", .label = "End Of", .category = "Date & Time", .help = "The last millisecond of the day, week, month … of a date.", .kind = RV_CARD_PURE,
      .in = RV_PINS(EDGE), .out = RV_PINS(OUT_DATE), .run = card_end_of },
    { .name = "date:isBefore", .label = "Is Before", .category = "Date & Time", .help = "Says whether a date lies before another one.", .kind = RV_CARD_PURE,
      .in = RV_PINS(DATE("start", "date"), DATE("end", "before")), .out = RV_PINS(OUT_BOOL), .run = card_before },
    { .name = "date:isAfter", .label = "Is After", .category = "Date & Time", .help = "Says whether a date lies after another one.", .kind = RV_CARD_PURE,
      .in = RV_PINS(DATE("start", "date"), DATE("end", "after")), .out = RV_PINS(OUT_BOOL), .run = card_after },
    { .name = NULL },
};
