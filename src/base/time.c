/* base/time.c: instants as ISO 8601 text and back, in the proleptic Gregorian calendar. Zones:
 * zone.c. */
#include "base/base.h"
#include "base/base_int.h"

int64_t rv_days_of_civil(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

void rv_civil_of_days(int64_t days, int64_t *ret_y, int *ret_m, int *ret_d)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *ret_d = (int)(doy - (153 * mp + 2) / 5 + 1);
    *ret_m = (int)(mp < 10 ? mp + 3 : mp - 9);
    *ret_y = yoe + era * 400 + (*ret_m <= 2);
}

int64_t rv_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static char *two(char *p, int v)
{
    p[0] = (char)('0' + v / 10);
    p[1] = (char)('0' + v % 10);
    return p + 2;
}

size_t rv_time_format(int64_t ms, char *buf)
{
    /* Outside the years 0 to 9999 ISO 8601 has no agreed form: the nearest end is written. */
    static const int64_t least = INT64_C(-62167219200000), most = INT64_C(253402300799999);
    ms = ms < least ? least : ms > most ? most : ms;
    int64_t days = rv_floor_div(ms, 86400000), y;
    int rest = (int)(ms - days * 86400000), m, d;
    char *p = buf;
    rv_civil_of_days(days, &y, &m, &d);
    p = two(p, (int)(y / 100));
    p = two(p, (int)(y % 100));
    *p++ = '-';
    p = two(p, m);
    *p++ = '-';
    p = two(p, d);
    *p++ = 'T';
    p = two(p, rest / 3600000);
    *p++ = ':';
    p = two(p, rest / 60000 % 60);
    *p++ = ':';
    p = two(p, rest / 1000 % 60);
    *p++ = '.';
    *p++ = (char)('0' + rest % 1000 / 100);
    p = two(p, rest % 100);
    *p++ = 'Z';
    *p = '\0';
    return (size_t)(p - buf);
}

rv_str rv_time_str(struct rv_cx *cx, int64_t ms)
{
    char text[32];
    return rv_dup(cx, (rv_str){ text, rv_time_format(ms, text) });
}

/* Takes exactly n digits off the front. */
static bool digits(rv_str *s, size_t n, int *ret)
{
    int v = 0;
    if (s->n < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9')
            return false;
        v = v * 10 + (s->p[i] - '0');
    }
    *s = rv_str_sub(*s, n, s->n);
    *ret = v;
    return true;
}

static bool take(rv_str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = rv_str_sub(*s, 1, s->n);
    return true;
}

static int month_days(int y, int m)
{
    static const int8_t n[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 29 : n[m - 1];
}

static bool take_date(rv_str *s, int *y, int *m, int *d)
{
    return digits(s, 4, y) && take(s, '-') && digits(s, 2, m) && take(s, '-') && digits(s, 2, d) &&
           *m >= 1 && *m <= 12 && *d >= 1 && *d <= month_days(*y, *m);
}

/* "Z", "+hh:mm", "+hhmm" or "+hh"; nothing counts as UTC. */
static bool take_offset(rv_str *s, int *ret_minutes)
{
    int h, m = 0;
    *ret_minutes = 0;
    if (s->n == 0 || take(s, 'Z') || take(s, 'z'))
        return true;
    bool minus = s->p[0] == '-';
    if (!take(s, '+') && !take(s, '-'))
        return false;
    if (!digits(s, 2, &h))
        return false;
    if (s->n > 0) {
        (void)take(s, ':');
        if (!digits(s, 2, &m))
            return false;
    }
    *ret_minutes = (h * 60 + m) * (minus ? -1 : 1);
    return h <= 23 && m <= 59;
}

static bool take_fraction(rv_str *s, int *ret_ms)
{
    int n = 0, v = 0;
    *ret_ms = 0;
    if (!take(s, '.') && !take(s, ','))
        return true;
    for (; s->n > 0 && s->p[0] >= '0' && s->p[0] <= '9'; n++) {
        if (n < 3)
            v = v * 10 + (s->p[0] - '0');
        *s = rv_str_sub(*s, 1, s->n);
    }
    for (int i = n; i < 3; i++)
        v *= 10;
    *ret_ms = v;
    return n >= 1 && n <= 9;
}

bool rv_time_parse(rv_str s, int64_t *ret_ms)
{
    int y, mo, d, h = 0, mi = 0, sec = 0, ms = 0, offset = 0;
    if (s.p == NULL || !take_date(&s, &y, &mo, &d))
        return false;
    if (s.n > 0) {
        if (!take(&s, 'T') && !take(&s, 't') && !take(&s, ' '))
            return false;
        if (!digits(&s, 2, &h) || !take(&s, ':') || !digits(&s, 2, &mi))
            return false;
        if (take(&s, ':') && (!digits(&s, 2, &sec) || !take_fraction(&s, &ms)))
            return false;
        if (!take_offset(&s, &offset))
            return false;
    }
    if (s.n > 0 || h > 23 || mi > 59 || sec > 60)
        return false;
    int64_t seconds =
        rv_days_of_civil(y, mo, d) * 86400 + h * 3600 + (mi - offset) * 60 + (sec == 60 ? 59 : sec);
    *ret_ms = seconds * 1000 + ms;
    return true;
}

bool rv_date_parse(rv_str s, int *ret_y, int *ret_m, int *ret_d)
{
    int y, m, d;
    if (s.p == NULL || !take_date(&s, &y, &m, &d) || s.n > 0)
        return false;
    *ret_y = y;
    *ret_m = m;
    *ret_d = d;
    return true;
}
