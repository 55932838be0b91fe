/* cards/date.c: cards about instants: Date to Text (cards.md B.3, B.7: 48).
 *
 * A table of tokens, longest first; what is no token is literal, and so is what stands in brackets.
 * Month and weekday names are English. */
#include "cards/cards_int.h"
#include "cards/date_int.h"

static const char *const months[] = { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                                      "November", "December" };
static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };

static int day_of_year(const struct rv_civil *c)
{
    static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
    bool leap = (c->year % 4 == 0 && c->year % 100 != 0) || c->year % 400 == 0;
    return before[c->month - 1] + c->day + (leap && c->month > 2 ? 1 : 0);
}

static int weeks_in(int year)
{
    int p = (year + year / 4 - year / 100 + year / 400) % 7;
    int q = (year - 1 + (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400) % 7;
    return p == 4 || q == 3 ? 53 : 52;
}

static int iso_week(const struct rv_civil *c)
{
    int weekday = c->weekday == 0 ? 7 : c->weekday;
    int week = (day_of_year(c) - weekday + 10) / 7;
    if (week < 1)
        return weeks_in(c->year - 1);
    return week > weeks_in(c->year) ? 1 : week;
}

static const char *ordinal(int n)
{
    if (n % 100 >= 11 && n % 100 <= 13)
        return "th";
    return n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
}

static void add_offset(struct rv_buf *b, int offset_s, const char *between)
{
    int minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
    rv_buf_printf(b, "%c%02d%s%02d", offset_s < 0 ? '-' : '+', minutes / 60, between, minutes % 60);
}

enum token { T_YYYY, T_YY, T_MMMM, T_MMM, T_MM, T_M, T_DDD, T_Do, T_DD, T_D, T_dddd, T_ddd, T_d, T_HH, T_H, T_hh, T_h, T_mm, T_m, T_ss, T_s, T_SSS,
             T_SS, T_S, T_a, T_A, T_ZZ, T_Z, T_z, T_X, T_x, T_W, T_Q };
static const struct {
    const char *text;
    enum token token;
} tokens[] = { /* a longer one before those it begins with */
    { "YYYY", T_YYYY }, { "yyyy", T_YYYY }, { "YY", T_YY },     { "Y", T_YYYY },  { "MMMM", T_MMMM }, { "MMM", T_MMM }, { "MM", T_MM },
    { "M", T_M },       { "DDD", T_DDD },   { "Do", T_Do },     { "DD", T_DD },   { "D", T_D },       { "dddd", T_dddd }, { "ddd", T_ddd },
    { "d", T_d },       { "HH", T_HH },     { "H", T_H },       { "hh", T_hh },   { "h", T_h },       { "mm", T_mm },   { "m", T_m },
    { "ss", T_ss },     { "s", T_s },       { "SSS", T_SSS },   { "SS", T_SS },   { "S", T_S },       { "a", T_a },     { "A", T_A },
    { "ZZ", T_ZZ },     { "Z", T_Z },       { "z", T_z },       { "X", T_X },     { "x", T_x },       { "W", T_W },     { "Q", T_Q },
};

static void add_token(struct rv_buf *b, enum token t, const struct rv_civil *c, int64_t ms)
{
    int h12 = c->hour % 12 == 0 ? 12 : c->hour % 12;
    switch (t) {
    case T_YYYY: rv_buf_printf(b, "%04d", c->year); break;
    case T_YY: rv_buf_printf(b, "%02d", c->year % 100); break;
    case T_MMMM: rv_buf_add(b, rv_str_of(months[c->month - 1])); break;
    case T_MMM: rv_buf_add(b, rv_str_sub(rv_str_of(months[c->month - 1]), 0, 3)); break;
    case T_MM: rv_buf_printf(b, "%02d", c->month); break;
    case T_M: rv_buf_printf(b, "%d", c->month); break;
    case T_DDD: rv_buf_printf(b, "%d", day_of_year(c)); break;
    case T_Do: rv_buf_printf(b, "%d%s", c->day, ordinal(c->day)); break;
    case T_DD: rv_buf_printf(b, "%02d", c->day); break;
    case T_D: rv_buf_printf(b, "%d", c->day); break;
    case T_dddd: rv_buf_add(b, rv_str_of(days[c->weekday])); break;
    case T_ddd: rv_buf_add(b, rv_str_sub(rv_str_of(days[c->weekday]), 0, 3)); break;
    case T_d: rv_buf_printf(b, "%d", c->weekday == 0 ? 7 : c->weekday); break;
    case T_HH: rv_buf_printf(b, "%02d", c->hour); break;
    case T_H: rv_buf_printf(b, "%d", c->hour); break;
    case T_hh: rv_buf_printf(b, "%02d", h12); break;
    case T_h: rv_buf_printf(b, "%d", h12); break;
    case T_mm: rv_buf_printf(b, "%02d", c->minute); break;
    case T_m: rv_buf_printf(b, "%d", c->minute); break;
    case T_ss: rv_buf_printf(b, "%02d", c->second); break;
    case T_s: rv_buf_printf(b, "%d", c->second); break;
    case T_SSS: rv_buf_printf(b, "%03d", c->ms); break;
    case T_SS: rv_buf_printf(b, "%02d", c->ms / 10); break;
    case T_S: rv_buf_printf(b, "%d", c->ms / 100); break;
    case T_a: rv_buf_add(b, rv_str_of(c->hour < 12 ? "am" : "pm")); break;
    case T_A: rv_buf_add(b, rv_str_of(c->hour < 12 ? "AM" : "PM")); break;
    case T_ZZ: add_offset(b, c->offset_s, ""); break;
    case T_Z: add_offset(b, c->offset_s, ":"); break;
    case T_z: rv_buf_add(b, rv_str_of(c->abbrev)); break;
    case T_X: rv_buf_printf(b, "%" PRId64, (ms - (ms % 1000 + 1000) % 1000) / 1000); break;
    case T_x: rv_buf_printf(b, "%" PRId64, ms); break;
    case T_W: rv_buf_printf(b, "%d", iso_week(c)); break;
    case T_Q: rv_buf_printf(b, "%d", (c->month + 2) / 3); break;
    }
}

static void format_date(struct rv_buf *b, rv_str f, const struct rv_civil *c, int64_t ms)
{
    while (f.n > 0) {
        size_t used = 1, i = 0;
        const char *end = f.p[0] == '[' ? memchr(f.p, ']', f.n) : NULL;
        if (end != NULL) {
            used = (size_t)(end - f.p) + 1;
            rv_buf_add(b, rv_str_sub(f, 1, used - 2));
        } else {
            while (i < RV_LEN(tokens) && !rv_str_starts(f, rv_str_of(tokens[i].text)))
                i++;
            if (i < RV_LEN(tokens)) {
                used = strlen(tokens[i].text);
                add_token(b, tokens[i].token, c, ms);
            } else {
                rv_buf_char(b, f.p[0]);
            }
        }
        f = rv_str_sub(f, used, f.n);
    }
}

/* What nobody knows is UTC. */
static rv_status to_local(struct rv_cx *cx, rv_str zone, int64_t ms, struct rv_civil *ret)
{
    if (zone.n > 0 && rv_zone_to_local(cx, zone, ms, ret) == RV_OK)
        return RV_OK;
    rv_error_clear(cx);
    return rv_zone_to_local(cx, RV_STR("UTC"), ms, ret);
}

rv_status rv_date_text(struct rv_cx *cx, rv_str format, rv_str zone, int64_t ms, rv_str *ret)
{
    struct rv_buf b;
    struct rv_civil civil;
    rv_str text;
    RV_TRY(to_local(cx, rv_str_trim(zone), ms, &civil));
    rv_buf_init(&b, 65536);
    format_date(&b, format, &civil, ms);
    rv_status st = rv_buf_str(cx, &b, &text);
    *ret = st == RV_OK ? rv_dup(cx, text.p != NULL ? text : RV_STR("")) : RV_NONE_STR;
    rv_buf_done(&b);
    return st == RV_OK && ret->p == NULL ? RV_BUSY : st;
}

/* ---- reading --------------------------------------------------------------------------------- */

static const int64_t FIRST_MS = INT64_C(-62167219200000), LAST_MS = INT64_C(253402300799999); /* the years 0 to 9999 */
struct reading {
    struct rv_civil t;
    rv_str rest;
    int64_t instant; /* RV_NO_TIME: put together from the parts */
    bool pm, am;
    int offset_s;
};

static bool digits(rv_str *s, size_t most, int64_t *ret)
{
    size_t n = 0;
    while (n < s->n && n < most && s->p[n] >= '0' && s->p[n] <= '9')
        n++;
    bool ok = rv_str_to_int((rv_str){ s->p, n }, ret);
    *s = rv_str_sub(*s, n, s->n);
    return ok;
}

static bool part(rv_str *s, size_t most, int *ret)
{
    int64_t v = 0;
    bool ok = digits(s, most, &v);
    *ret = (int)v;
    return ok;
}

static bool name_of(rv_str *s, const char *const *names, size_t n, int *ret)
{
    for (size_t i = 0; i < n; i++) {
        rv_str whole = rv_str_of(names[i]), brief = rv_str_sub(whole, 0, 3);
        bool is_whole = s->n >= whole.n && rv_str_eq_nocase(rv_str_sub(*s, 0, whole.n), whole);
        if (!is_whole && !(s->n >= 3 && rv_str_eq_nocase(rv_str_sub(*s, 0, 3), brief)))
            continue;
        *s = rv_str_sub(*s, is_whole ? whole.n : 3, s->n);
        *ret = (int)i;
        return true;
    }
    return false;
}

static bool read_offset(struct reading *r)
{
    int h, m = 0;
    if (r->rest.n > 0 && (r->rest.p[0] == 'Z' || r->rest.p[0] == 'z')) {
        r->rest = rv_str_sub(r->rest, 1, r->rest.n);
        return true;
    }
    if (r->rest.n == 0 || (r->rest.p[0] != '+' && r->rest.p[0] != '-'))
        return false;
    int sign = r->rest.p[0] == '-' ? -1 : 1;
    r->rest = rv_str_sub(r->rest, 1, r->rest.n);
    if (!part(&r->rest, 2, &h))
        return false;
    if (r->rest.n > 0 && r->rest.p[0] == ':')
        r->rest = rv_str_sub(r->rest, 1, r->rest.n);
    (void)part(&r->rest, 2, &m); /* minutes may be missing */
    r->offset_s = sign * (h * 3600 + m * 60);
    return true;
}

/* Seconds or milliseconds since 1970. Formulas give fractions; what is less than a millisecond does
 * not count. */
static bool read_count(struct reading *r, bool seconds)
{
    int64_t v, fraction = 0, unit = 100;
    bool minus = r->rest.n > 0 && r->rest.p[0] == '-';
    if (minus)
        r->rest = rv_str_sub(r->rest, 1, r->rest.n);
    if (!digits(&r->rest, 15, &v))
        return false;
    if (r->rest.n > 1 && r->rest.p[0] == '.' && r->rest.p[1] >= '0' && r->rest.p[1] <= '9')
        for (r->rest = rv_str_sub(r->rest, 1, r->rest.n);
             r->rest.n > 0 && r->rest.p[0] >= '0' && r->rest.p[0] <= '9'; unit /= 10) {
            fraction += (r->rest.p[0] - '0') * unit;
            r->rest = rv_str_sub(r->rest, 1, r->rest.n);
        }
    v = seconds ? v * 1000 + fraction : v;
    r->instant = minus ? -v : v;
    return r->instant >= FIRST_MS && r->instant <= LAST_MS;
}

static bool read_token(struct reading *r, enum token t)
{
    int n, ignored;
    rv_str before = r->rest;
    switch (t) {
    case T_YYYY:
    case T_YY: /* two digits are a year of this age, whatever the format asks for */
        if (!part(&r->rest, t == T_YY ? 2 : 4, &n))
            return false;
        r->t.year = before.n - r->rest.n > 2 ? n : n + (n < 69 ? 2000 : 1900);
        return true;
    case T_MMMM:
    case T_MMM:
        if (!name_of(&r->rest, months, RV_LEN(months), &n))
            return false;
        r->t.month = n + 1;
        return true;
    case T_MM:
    case T_M: return part(&r->rest, 2, &r->t.month);
    case T_Do:
        if (!part(&r->rest, 2, &r->t.day))
            return false;
        r->rest = rv_str_sub(r->rest, 2, r->rest.n);
        return true;
    case T_DD:
    case T_D: return part(&r->rest, 2, &r->t.day);
    case T_dddd:
    case T_ddd: return name_of(&r->rest, days, RV_LEN(days), &ignored);
    case T_HH:
    case T_H:
    case T_hh:
    case T_h: return part(&r->rest, 2, &r->t.hour);
    case T_mm:
    case T_m: return part(&r->rest, 2, &r->t.minute);
    case T_ss:
    case T_s: return part(&r->rest, 2, &r->t.second);
    case T_SSS:
    case T_SS:
    case T_S:
        if (!part(&r->rest, 3, &r->t.ms))
            return false;
        for (size_t used = before.n - r->rest.n; used < 3; used++)
            r->t.ms *= 10;
        return true;
    case T_a:
    case T_A:
        if (r->rest.n < 2 || (r->rest.p[1] != 'm' && r->rest.p[1] != 'M'))
            return false;
        r->pm = r->rest.p[0] == 'p' || r->rest.p[0] == 'P';
        r->am = r->rest.p[0] == 'a' || r->rest.p[0] == 'A';
        r->rest = rv_str_sub(r->rest, 2, r->rest.n);
        return r->am || r->pm;
    case T_Z:
    case T_ZZ: return read_offset(r);
    case T_X:
    case T_x: return read_count(r, t == T_X);
    case T_d:
    case T_DDD:
    case T_W:
    case T_Q:
    case T_z: return false; /* they do not say which day it is */
    }
    return false;
}

static bool read_literal(struct reading *r, rv_str literal)
{
    if (!rv_str_starts(r->rest, literal))
        return false;
    r->rest = rv_str_sub(r->rest, literal.n, r->rest.n);
    return true;
}

static bool read_next(struct reading *r, rv_str *f)
{
    size_t i = 0;
    const char *end = f->p[0] == '[' ? memchr(f->p, ']', f->n) : NULL;
    rv_str literal = rv_str_sub(*f, 0, 1);
    if (end != NULL) {
        size_t used = (size_t)(end - f->p) + 1;
        literal = rv_str_sub(*f, 1, used - 2);
        *f = rv_str_sub(*f, used, f->n);
        return read_literal(r, literal);
    }
    while (i < RV_LEN(tokens) && !rv_str_starts(*f, rv_str_of(tokens[i].text)))
        i++;
    *f = rv_str_sub(*f, i < RV_LEN(tokens) ? strlen(tokens[i].text) : 1, f->n);
    return i < RV_LEN(tokens) ? read_token(r, tokens[i].token) : read_literal(r, literal);
}

rv_status rv_date_read(struct rv_cx *cx, rv_str format, rv_str text, int64_t *ret_ms)
{
    struct rv_civil now;
    rv_str f = format;
    RV_TRY(rv_zone_to_local(cx, RV_STR("UTC"), rv_now(cx->env), &now));
    struct reading r = { .t = { .year = now.year, .month = 1, .day = 1 },
                         .rest = rv_str_trim(text),
                         .instant = RV_NO_TIME };
    while (f.n > 0)
        if (!read_next(&r, &f))
            return rv_fail(cx, RV_INVALID, "the text \"%.*s\" does not fit the format \"%.*s\"",
                           RV_FMT(text), RV_FMT(format));
    if (r.rest.n > 0)
        return rv_fail(cx, RV_INVALID, "the text \"%.*s\" goes on behind the format \"%.*s\"",
                       RV_FMT(text), RV_FMT(format));
    if (r.pm && r.t.hour < 12)
        r.t.hour += 12;
    if (r.am && r.t.hour == 12)
        r.t.hour = 0;
    int y, m, d;
    if (!rv_date_parse(rv_printf(cx, "%04d-%02d-%02d", r.t.year, r.t.month, r.t.day), &y, &m, &d) ||
        r.t.hour > 23 || r.t.minute > 59 || r.t.second > 59)
        return rv_fail(cx, RV_INVALID, "the text \"%.*s\" names a day or time that does not exist",
                       RV_FMT(text));
    *ret_ms = r.instant;
    if (r.instant != RV_NO_TIME)
        return RV_OK;
    RV_TRY(rv_zone_to_utc(cx, RV_STR("UTC"), &r.t, ret_ms));
    *ret_ms -= (int64_t)r.offset_s * 1000;
    return RV_OK;
}

static rv_status card_format(struct rv_call *c)
{
    rv_str format, zone, text;
    int64_t ms;
    RV_TRY(rv_in_date(c, "start", &ms));
    RV_TRY(rv_in_text(c, "format", &format));
    RV_TRY(rv_in_text(c, "zone", &zone));
    RV_TRY(rv_date_text(rv_call_cx(c), format, zone, ms, &text));
    return rv_out_text(c, "output", text);
}

/* clang-format off */
const struct rv_card rv_cards_date[] = {
    {
        .name = "date:format", .label = "Date to Text", .category = "Date & Time",
        .help = "Writes a date & time as text in a format and a time zone.",
        .kind = RV_CARD_PURE,
        .in = RV_PINS({ NULL, "start", "start", RV_T_DATE, RV_PIN_REQUIRED, NULL, NULL, "the date & time" },
                      { NULL, "format", "format", RV_T_TEXT, RV_PIN_REQUIRED, "\"YYYY-MM-DD\"", NULL, "tokens such as YYYY, MM, DD, HH, mm; [text] stays" },
                      { NULL, "zone", "zone", RV_T_TEXT, 0, "\"UTC\"", NULL, "time zone such as Europe/Berlin; empty: UTC" }),
        .out = RV_PINS({ NULL, "output", "output", RV_T_TEXT, 0, NULL, NULL, "the text" }),
        .run = card_format,
    },
    { .name = NULL },
};
