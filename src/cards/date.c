/* cards/date.c: cards about instants: Date to Text (cards.md B.3, B.7: 48).
 *
 * A table of tokens, longest first; what is no token is literal, and so is what stands in brackets. Month and weekday
 * names are English. */
#include "cards/cards.h"

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
    case T_X: rv_buf_printf(b, "%" PRId64, ms / 1000); break;
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

/* Names of zones count in any case: as given, with capitals at each part, all capitals; what nobody knows is UTC. */
static rv_status to_local(struct rv_cx *cx, rv_str zone, int64_t ms, struct rv_civil *ret)
{
    for (int spelling = 0; spelling < 3 && zone.n > 0; spelling++) {
        rv_str name = rv_dup(cx, zone);
        char *p = (char *)(uintptr_t)name.p; /* our own copy */
        for (size_t i = 0; spelling > 0 && i < name.n; i++) {
            bool first = spelling == 2 || i == 0 || p[i - 1] == '/' || p[i - 1] == '_' || p[i - 1] == '-';
            if (first && p[i] >= 'a' && p[i] <= 'z')
                p[i] = (char)(p[i] - 32);
            else if (!first && p[i] >= 'A' && p[i] <= 'Z')
                p[i] = (char)(p[i] + 32);
        }
        if (name.p != NULL && rv_zone_to_local(cx, name, ms, ret) == RV_OK)
            return RV_OK;
        rv_error_clear(cx); /* the next spelling, or UTC in the end */
    }
    return rv_zone_to_local(cx, RV_STR("UTC"), ms, ret);
}

static rv_status card_format(struct rv_call *c)
{
    struct rv_cx *cx = rv_call_cx(c);
    struct rv_buf b;
    struct rv_civil civil;
    rv_str format, zone, text;
    int64_t ms;
    RV_TRY(rv_in_date(c, "start", &ms));
    RV_TRY(rv_in_text(c, "format", &format));
    RV_TRY(rv_in_text(c, "zone", &zone));
    RV_TRY(to_local(cx, rv_str_trim(zone), ms, &civil));
    rv_buf_init(&b, 65536);
    format_date(&b, format, &civil, ms);
    rv_status st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK)
        st = rv_out_text(c, "output", text);
    rv_buf_done(&b);
    return st;
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
