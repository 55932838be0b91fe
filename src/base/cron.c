/* base/cron.c: calendars of the form "minutes hours days months weekdays", and the next instant
 * they name in a time zone.
 *
 * A field is a set of numbers as bits. What names its hours means the clock on the wall: a time
 * that the change to summer time skips comes at the next valid instant, one that the change back
 * repeats comes once. What runs every hour means elapsed time: an hour that is repeated has its
 * instants twice, so that "every 15 minutes" leaves no gap. */
#include "base/base.h"
#include "base/base_int.h"

enum { DAYS_MAX = 366 * 9 /* 29 February is at most eight years away */, STEPS_MAX = 10000 };

struct field_rule {
    const char *name; /* for messages */
    int low, high;
    const char *words; /* names of three letters, from low on; or NULL */
};

/* A number or a name at the beginning of s; false: neither. */
static bool take_value(rv_str *s, const struct field_rule *f, int *ret)
{
    size_t n = 0;
    *ret = 0;
    while (n < s->n && n < 4 && s->p[n] >= '0' && s->p[n] <= '9')
        *ret = *ret * 10 + (s->p[n++] - '0');
    if (n > 0) {
        *s = rv_str_sub(*s, n, s->n);
        return n < 4;
    }
    for (int i = f->low; f->words != NULL && s->n >= 3 && f->words[(i - f->low) * 3] != '\0'; i++) {
        if (rv_str_eq_nocase(rv_str_sub(*s, 0, 3),
                             (rv_str){ f->words + (size_t)(i - f->low) * 3, 3 })) {
            *s = rv_str_sub(*s, 3, s->n);
            *ret = i;
            return true;
        }
    }
    return false;
}

static bool take_char(rv_str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = rv_str_sub(*s, 1, s->n);
    return true;
}

/* One item of a list: "*", "5", "1-5", each with "/2" or without; "5/2" is 5 to the end. */
static bool add_item(rv_str s, const struct field_rule *f, uint64_t *set)
{
    int from = f->low, to = f->high, step = 1;
    if (!take_char(&s, '*')) {
        if (!take_value(&s, f, &from))
            return false;
        to = from;
        if (take_char(&s, '-')) {
            if (!take_value(&s, f, &to))
                return false;
        } else if (s.n > 0 && s.p[0] == '/') {
            to = f->high;
        }
    }
    if (take_char(&s, '/') && (!take_value(&s, f, &step) || step < 1))
        return false;
    if (s.n > 0 || from < f->low || to > f->high || from > to)
        return false;
    for (int i = from; i <= to; i += step)
        *set |= UINT64_C(1) << i;
    return true;
}

static rv_status read_field(struct rv_cx *cx, rv_str text, const struct field_rule *f,
                            uint64_t *ret)
{
    rv_str rest = rv_str_trim(text), item;
    uint64_t set = 0;
    bool sound = rest.n > 0 && rest.n <= 200 && rest.p[rest.n - 1] != ',';
    while (sound && rv_str_split(&rest, ',', &item))
        sound = add_item(rv_str_trim(item), f, &set);
    if (!sound)
        return rv_fail(cx, RV_INVALID,
                       "%s \"%.*s\": write numbers from %d to %d, * for all, 1-5 for a range, */2 "
                       "for every second, commas between several",
                       f->name, (int)(text.n < 60 ? text.n : 60), text.p != NULL ? text.p : "",
                       f->low, f->high);
    *ret = set;
    return RV_OK;
}

rv_status rv_cron_parse(struct rv_cx *cx, const struct rv_cron_text *t, struct rv_cron *ret)
{
    static const struct field_rule minutes = { "minutes", 0, 59, NULL },
                                   hours = { "hours", 0, 23, NULL },
                                   days = { "day of the month", 1, 31, NULL },
                                   months = { "month", 1, 12,
                                              "janfebmaraprmayjunjulaugsepoctnovdec" },
                                   weekdays = { "day of the week", 0, 7, "sunmontuewedthufrisat" };
    struct rv_cron c = { .minutes = 0 };
    RV_TRY(read_field(cx, t->minutes, &minutes, &c.minutes));
    RV_TRY(read_field(cx, t->hours, &hours, &c.hours));
    RV_TRY(read_field(cx, t->days, &days, &c.days));
    RV_TRY(read_field(cx, t->months, &months, &c.months));
    RV_TRY(read_field(cx, t->weekdays, &weekdays, &c.weekdays));
    c.weekdays = (c.weekdays | c.weekdays >> 7) & 0x7f; /* 7 is Sunday too */
    *ret = c;
    return RV_OK;
}

static bool has(uint64_t set, int i)
{
    return (set >> i & 1) != 0;
}

/* Both kinds of day named: either is enough, as in every crontab. */
static bool day_fits(const struct rv_cron *c, int month, int day, int weekday)
{
    const uint64_t all_days = UINT64_C(0xfffffffe), all_weekdays = 0x7f;
    if (!has(c->months, month))
        return false;
    if (c->days != all_days && c->weekdays != all_weekdays)
        return has(c->days, day) || has(c->weekdays, weekday);
    return has(c->days, day) && has(c->weekdays, weekday);
}

static void set_day(struct rv_civil *w, int64_t days)
{
    int64_t year;
    rv_civil_of_days(days, &year, &w->month, &w->day);
    w->year = (int)year;
    w->weekday = (int)(((days + 4) % 7 + 7) % 7);
}

/* The first time of this day that lies after; false: none does. */
static rv_status first_of_day(struct rv_cx *cx, const struct rv_cron *c, rv_str zone,
                              struct rv_civil *w, int64_t after, int64_t *ret)
{
    for (int h = 0; h < 24; h++) {
        for (int m = 0; m < 60; m++) {
            if (!has(c->hours, h) || !has(c->minutes, m))
                continue;
            w->hour = h;
            w->minute = m;
            RV_TRY(rv_zone_to_utc(cx, zone, w, ret));
            if (*ret > after)
                return RV_OK;
        }
    }
    *ret = RV_NO_TIME;
    return RV_OK;
}

/* By the clock on the wall: instants never go back when wall times go forward. */
static rv_status next_by_wall(struct rv_cx *cx, const struct rv_cron *c, rv_str zone, int64_t after,
                              int64_t *ret)
{
    struct rv_civil w;
    RV_TRY(rv_zone_to_local(cx, zone, after, &w));
    int64_t first = rv_days_of_civil(w.year, w.month, w.day);
    w.second = w.ms = 0;
    *ret = RV_NO_TIME;
    for (int64_t d = first; d < first + DAYS_MAX && *ret == RV_NO_TIME; d++) {
        set_day(&w, d);
        if (day_fits(c, w.month, w.day, w.weekday))
            RV_TRY(first_of_day(cx, c, zone, &w, after, ret));
    }
    return RV_OK;
}

/* Midnight of the next day that fits, or RV_NO_TIME. */
static rv_status next_day(struct rv_cx *cx, const struct rv_cron *c, rv_str zone, struct rv_civil w,
                          int64_t *ret)
{
    int64_t today = rv_days_of_civil(w.year, w.month, w.day);
    w.hour = w.minute = w.second = w.ms = 0;
    for (int64_t d = today + 1; d < today + DAYS_MAX; d++) {
        set_day(&w, d);
        if (day_fits(c, w.month, w.day, w.weekday))
            return rv_zone_to_utc(cx, zone, &w, ret);
    }
    *ret = RV_NO_TIME;
    return RV_OK;
}

/* Every hour: minute by minute through elapsed time. */
static rv_status next_by_time(struct rv_cx *cx, const struct rv_cron *c, rv_str zone, int64_t after,
                              int64_t *ret)
{
    struct rv_civil w;
    int64_t t = (rv_floor_div(after, 60000) + 1) * 60000, day;
    for (int i = 0; i < STEPS_MAX; i++) {
        RV_TRY(rv_zone_to_local(cx, zone, t, &w));
        bool fits = day_fits(c, w.month, w.day, w.weekday);
        if (fits && has(c->minutes, w.minute) && w.second == 0) {
            *ret = t;
            return RV_OK;
        }
        if (!fits) {
            RV_TRY(next_day(cx, c, zone, w, &day));
            if (day == RV_NO_TIME)
                break;
            t = day > t ? day : t + 60000;
        } else {
            t += 60000;
        }
    }
    *ret = RV_NO_TIME;
    return RV_OK;
}

rv_status rv_cron_next(struct rv_cx *cx, const struct rv_cron *c, rv_str zone, int64_t after_ms,
                       int64_t *ret_ms)
{
    const uint64_t all_hours = 0xffffff;
    if (after_ms > RV_CRON_LAST_MS || after_ms < -RV_CRON_LAST_MS) {
        *ret_ms = RV_NO_TIME;
        return RV_OK;
    }
    return c->hours == all_hours ? next_by_time(cx, c, zone, after_ms, ret_ms)
                                 : next_by_wall(cx, c, zone, after_ms, ret_ms);
}
