/* base/zone.c: IANA time zones, read from the system's database (RFC 8536).
 *
 * Names count in any case; the database's spelling is the one that is kept. A zone is its list of
 * transitions and, after the last one, the rule text of its footer ("CET-1CEST,M3.5.0,M10.5.0/3").
 * Zones are read once and kept; the list only grows, so a reader needs the lock only to look for
 * one. */
#include "base/base.h"
#include "base/base_int.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LONGEST_FILE = 1 << 16, MAX_ZONES = 1024 };
struct kind {
    int32_t offset_s;
    char abbrev[8];
};
struct change { /* "M3.5.0/2", the n-th weekday of a month, and its time of day */
    int month, week, weekday, seconds;
};
struct zone {
    char name[64];
    size_t n;
    int64_t *at; /* n transitions, UTC seconds */
    uint8_t *to; /* n indexes of kinds */
    struct kind kinds[256];
    size_t kinds_n;
    struct kind standard, summer; /* of the footer */
    struct change begin, end;
    bool has_rule, has_summer;
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct zone *zones[MAX_ZONES]; /* guarded by lock; never freed: a cache for the process's life */
static size_t zones_n;

static int64_t big_endian(const unsigned char *p, size_t n)
{
    uint64_t v = (p[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return (int64_t)v;
}

static const char *footer_name(const char *p, char *ret)
{
    size_t n = 0;
    bool quoted = *p == '<';
    if (quoted)
        p++;
    while (*p != '\0' &&
           (quoted ? *p != '>' : (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z'))) {
        if (n < 7)
            ret[n++] = *p;
        p++;
    }
    ret[n] = '\0';
    return quoted && *p == '>' ? p + 1 : p;
}

/* "[+-]hh[:mm[:ss]]" in seconds. */
static const char *footer_time(const char *p, int *ret)
{
    int sign = *p == '-' ? -1 : 1, part[3] = { 0 };
    if (*p == '-' || *p == '+')
        p++;
    for (int i = 0; i < 3; i++) {
        while (*p >= '0' && *p <= '9')
            part[i] = part[i] * 10 + (*p++ - '0');
        if (*p != ':')
            break;
        p++;
    }
    *ret = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
    return p;
}

static const char *footer_change(const char *p, struct change *ret)
{
    int used = 0;
    *ret = (struct change){ .seconds = 7200 };
    if (sscanf(p, ",M%d.%d.%d%n", &ret->month, &ret->week, &ret->weekday, &used) != 3)
        return NULL;
    p += used;
    return *p == '/' ? footer_time(p + 1, &ret->seconds) : p;
}

static void footer(struct zone *z, const char *p)
{
    int offset;
    p = footer_name(p, z->standard.abbrev);
    if (z->standard.abbrev[0] == '\0')
        return;
    p = footer_time(p, &offset);
    z->standard.offset_s = -offset;
    z->has_rule = true;
    if (*p == '\0' || *p == '\n')
        return;
    p = footer_name(p, z->summer.abbrev);
    z->summer.offset_s = z->standard.offset_s + 3600;
    if (*p != ',' && *p != '\0') {
        p = footer_time(p, &offset);
        z->summer.offset_s = -offset;
    }
    p = footer_change(p, &z->begin);
    z->has_summer = p != NULL && footer_change(p, &z->end) != NULL;
}

struct head {
    size_t utc_n, std_n, leap_n, at_n, kinds_n, text_n;
};

static bool read_head(const unsigned char *p, size_t n, struct head *h)
{
    if (n < 44 || memcmp(p, "TZif", 4) != 0)
        return false;
    size_t *to[] = { &h->utc_n, &h->std_n, &h->leap_n, &h->at_n, &h->kinds_n, &h->text_n };
    for (size_t i = 0; i < RV_LEN(to); i++)
        *to[i] = (size_t)big_endian(p + 20 + i * 4, 4);
    return h->at_n < LONGEST_FILE && h->kinds_n <= 256 && h->kinds_n > 0 &&
           h->text_n < LONGEST_FILE && h->leap_n < 1000;
}

static size_t body_size(const struct head *h, size_t time_bytes)
{
    return h->at_n * (time_bytes + 1) + h->kinds_n * 6 + h->text_n + h->leap_n * (time_bytes + 4) +
           h->std_n + h->utc_n;
}

static bool parse(struct zone *z, const unsigned char *p, size_t n)
{
    struct head h;
    if (!read_head(p, n, &h) || p[4] < '2' || n < 44 + body_size(&h, 4))
        return false;
    size_t skip = 44 + body_size(&h, 4);
    p += skip;
    n -= skip;
    if (!read_head(p, n, &h) || n < 44 + body_size(&h, 8))
        return false;
    const unsigned char *at = p + 44, *to = at + h.at_n * 8, *kinds = to + h.at_n,
                        *text = kinds + h.kinds_n * 6;
    z->at = calloc(h.at_n + 1, sizeof *z->at);
    z->to = calloc(h.at_n + 1, 1);
    if (z->at == NULL || z->to == NULL)
        return false;
    z->n = h.at_n;
    z->kinds_n = h.kinds_n;
    for (size_t i = 0; i < h.at_n; i++) {
        z->at[i] = big_endian(at + i * 8, 8);
        if (to[i] >= h.kinds_n)
            return false;
        z->to[i] = to[i];
    }
    for (size_t i = 0; i < h.kinds_n; i++) {
        z->kinds[i].offset_s = (int32_t)big_endian(kinds + i * 6, 4);
        size_t from = kinds[i * 6 + 5];
        if (from < h.text_n)
            (void)snprintf(z->kinds[i].abbrev, sizeof z->kinds[i].abbrev, "%.*s",
                           (int)(h.text_n - from < 7 ? h.text_n - from : 7),
                           (const char *)text + from);
    }
    const char *rule = (const char *)p + 44 + body_size(&h, 8);
    if (n > 44 + body_size(&h, 8) && rule[0] == '\n')
        footer(z, rule + 1);
    return true;
}

static bool name_is_safe(rv_str name)
{
    if (name.p == NULL || name.n == 0 || name.n > 60 || name.p[0] == '/' ||
        rv_str_contains(name, RV_STR("..")))
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '/' || c == '_' || c == '-' || c == '+'))
            return false;
    }
    return true;
}

static void zone_free(struct zone *z)
{
    free(z->at);
    free(z->to);
    free(z);
}

/* One part of a name as the directory spells it, whatever its case; the exact spelling comes first.
 */
static bool spell_part(const char *directory, rv_str part, char *ret, size_t size)
{
    DIR *d = opendir(directory);
    bool found = false;
    for (const struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        bool same = rv_str_eq_nocase(rv_str_of(e->d_name), part);
        if (same && (!found || rv_str_eq(rv_str_of(e->d_name), part)))
            (void)snprintf(ret, size, "%s", e->d_name); /* fits: as long as the part */
        found = found || same;
    }
    if (d != NULL)
        (void)closedir(d); /* only read */
    return found;
}

/* The name as the database spells it: names count in any case. */
static bool spell(rv_str name, char ret[64])
{
    char directory[160] = "/usr/share/zoneinfo", part[64];
    rv_str rest = name, wanted;
    size_t n = 0;
    ret[0] = '\0';
    while (rv_str_split(&rest, '/', &wanted)) {
        if (wanted.n == 0 || wanted.n >= sizeof part ||
            !spell_part(directory, wanted, part, sizeof part))
            return false;
        int more = snprintf(ret + n, 64 - n, "%s%s", n > 0 ? "/" : "", part);
        if (more < 0 || (n += (size_t)more) >= 64)
            return false;
        (void)snprintf(directory, sizeof directory, "/usr/share/zoneinfo/%s", ret);
    }
    return n > 0;
}

static struct zone *load(rv_str name)
{
    char path[128];
    unsigned char *bytes = malloc(LONGEST_FILE + 1);
    struct zone *z = calloc(1, sizeof *z);
    (void)snprintf(path, sizeof path, "/usr/share/zoneinfo/%.*s", RV_FMT(name));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 && bytes != NULL ? read(fd, bytes, LONGEST_FILE) : -1;
    if (fd >= 0)
        (void)close(fd); /* only read */
    if (z != NULL && n > 0) {
        bytes[n] = '\0';
        (void)snprintf(z->name, sizeof z->name, "%.*s", RV_FMT(name));
    }
    if (z == NULL || n <= 0 || !parse(z, bytes, (size_t)n)) {
        if (z != NULL)
            zone_free(z);
        z = NULL;
    }
    free(bytes);
    return z;
}

static const struct zone *find(rv_str name)
{
    struct zone *found = NULL;
    char spelled[64];
    if (!name_is_safe(name))
        return NULL;
    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < zones_n && found == NULL; i++) {
        if (rv_str_eq_nocase(rv_str_of(zones[i]->name), name))
            found = zones[i];
    }
    if (found == NULL && zones_n < MAX_ZONES && spell(name, spelled)) {
        found = load(rv_str_of(spelled));
        if (found != NULL)
            zones[zones_n++] = found;
    }
    (void)pthread_mutex_unlock(&lock);
    return found;
}

/* Local seconds since 1970 at which the rule's change happens in a year. */
static int64_t change_at(const struct change *c, int64_t year)
{
    int64_t first = rv_days_of_civil(year, c->month, 1);
    int weekday = (int)((first % 7 + 11) % 7); /* 1970-01-01 was a Thursday */
    int64_t day = first + (c->weekday - weekday + 7) % 7 + (c->week - 1) * 7;
    int64_t next_month =
        c->month == 12 ? rv_days_of_civil(year + 1, 1, 1) : rv_days_of_civil(year, c->month + 1, 1);
    while (day >= next_month)
        day -= 7; /* week 5 is the last one */
    return day * 86400 + c->seconds;
}

static const struct kind *by_rule(const struct zone *z, int64_t utc)
{
    int64_t year;
    int m, d;
    if (!z->has_summer)
        return &z->standard;
    rv_civil_of_days(rv_floor_div(utc + z->standard.offset_s, 86400), &year, &m, &d);
    int64_t begin = change_at(&z->begin, year) - z->standard.offset_s,
            end = change_at(&z->end, year) - z->summer.offset_s;
    bool summer = begin < end ? utc >= begin && utc < end : utc >= begin || utc < end;
    return summer ? &z->summer : &z->standard;
}

static const struct kind *kind_at(const struct zone *z, int64_t utc)
{
    if (z->n == 0 || utc < z->at[0])
        return z->n == 0 && z->has_rule ? by_rule(z, utc) : &z->kinds[0];
    if (utc >= z->at[z->n - 1])
        return z->has_rule ? by_rule(z, utc) : &z->kinds[z->to[z->n - 1]];
    size_t low = 0, high = z->n - 1; /* at[low] <= utc < at[high] */
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (z->at[middle] <= utc)
            low = middle;
        else
            high = middle;
    }
    return &z->kinds[z->to[low]];
}

static rv_status unknown(struct rv_cx *cx, rv_str name)
{
    return rv_fail(cx, RV_INVALID, "\"%.*s\" is no time zone; write one like Europe/Berlin",
                   (int)(name.n < 60 ? name.n : 60), name.p != NULL ? name.p : "");
}

rv_status rv_zone_to_local(struct rv_cx *cx, rv_str zone, int64_t ms, struct rv_civil *ret)
{
    const struct zone *z = find(zone);
    int64_t year;
    if (z == NULL)
        return unknown(cx, zone);
    const struct kind *k = kind_at(z, rv_floor_div(ms, 1000));
    int64_t local = ms + k->offset_s * INT64_C(1000), days = rv_floor_div(local, 86400000);
    int rest = (int)(local - days * 86400000);
    rv_civil_of_days(days, &year, &ret->month, &ret->day);
    ret->year = (int)year;
    ret->hour = rest / 3600000;
    ret->minute = rest / 60000 % 60;
    ret->second = rest / 1000 % 60;
    ret->ms = rest % 1000;
    ret->weekday = (int)(((days + 4) % 7 + 7) % 7);
    ret->offset_s = k->offset_s;
    memcpy(ret->abbrev, k->abbrev, sizeof ret->abbrev);
    return RV_OK;
}

rv_status rv_zone_to_utc(struct rv_cx *cx, rv_str zone, const struct rv_civil *local,
                         int64_t *ret_ms)
{
    const struct zone *z = find(zone);
    if (z == NULL)
        return unknown(cx, zone);
    int64_t wall = rv_days_of_civil(local->year, local->month, local->day) * 86400 +
                   local->hour * 3600 + local->minute * 60 + local->second;
    /* The offsets a day before and a day after are the only ones that can hold at this wall time.
     */
    int64_t before = wall - kind_at(z, wall - 86400)->offset_s,
            after = wall - kind_at(z, wall + 86400)->offset_s;
    int64_t utc;
    if (before + kind_at(z, before)->offset_s == wall)
        utc = before; /* the only one, or the first of two */
    else if (after + kind_at(z, after)->offset_s == wall)
        utc = after;
    else { /* skipped: the instant of the change, found between the two guesses */
        int64_t low = after < before ? after : before, high = after < before ? before : after;
        int32_t offset = kind_at(z, low)->offset_s;
        while (high - low > 1) {
            int64_t middle = low + (high - low) / 2;
            if (kind_at(z, middle)->offset_s == offset)
                low = middle;
            else
                high = middle;
        }
        utc = high;
    }
    *ret_ms = utc * 1000 + local->ms;
    return RV_OK;
}
