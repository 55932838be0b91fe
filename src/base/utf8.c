/* base/utf8.c: UTF-8 as RFC 3629 has it (no surrogates, nothing overlong), texts without their
 * case, and whole numbers in decimal. */
#include "base/base_int.h"
#include <utf8proc.h>

/* Length of the valid sequence at p, 0 when there is none. */
static size_t sequence(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return 1;
    size_t want = p[0] >= 0xc2 && p[0] <= 0xdf   ? 2
                  : (p[0] & 0xf0) == 0xe0        ? 3
                  : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
                                                 : 0;
    if (want == 0 || n < want)
        return 0;
    for (size_t i = 1; i < want; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
    bool surrogate = p[0] == 0xed && p[1] > 0x9f;
    bool beyond = p[0] == 0xf4 && p[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : want;
}

/* Eight bytes at a time: words of memory, and masks over each of their bytes. */
enum { WORD = sizeof(uint64_t) };
static const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);

static uint64_t word_at(const char *p)
{
    uint64_t w;
    memcpy(&w, p, WORD);
    return w;
}

static uint64_t zero_bytes(uint64_t w)
{
    return (w - ones) & ~w & highs;
}

size_t rv_plain_run(rv_str s)
{
    size_t i = 0;
    for (; i + WORD <= s.n; i += WORD) {
        uint64_t w = word_at(s.p + i), control = (w - ones * 0x20) & ~w & highs;
        if ((control | zero_bytes(w ^ (ones * '"')) | zero_bytes(w ^ (ones * '\\'))) != 0)
            break;
    }
    while (i < s.n && (unsigned char)s.p[i] >= 0x20 && s.p[i] != '"' && s.p[i] != '\\')
        i++;
    return i;
}

bool rv_utf8_valid(rv_str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    size_t n = s.n;
    while (n > 0) {
        if (n >= WORD && (word_at((const char *)p) & highs) == 0) {
            p += WORD;
            n -= WORD;
            continue;
        }
        size_t k = sequence(p, n);
        if (k == 0)
            return false;
        p += k;
        n -= k;
    }
    return true;
}

void rv_utf8_mend(char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t k = sequence((const unsigned char *)s + i, n - i);
        if (k == 0)
            s[i] = '?';
        i += k == 0 ? 1 : k;
    }
}

rv_str rv_utf8_cut(rv_str s, size_t max)
{
    size_t n = max;
    if (s.n <= max)
        return s;
    while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    return (rv_str){ s.p, n };
}

void rv_utf8_copy(char *to, size_t size, rv_str s)
{
    rv_str cut = rv_utf8_cut(s, size - 1);
    if (cut.n > 0)
        memcpy(to, cut.p, cut.n);
    to[cut.n] = '\0';
    rv_utf8_mend(to, cut.n);
}

size_t rv_utf8_count(rv_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

bool rv_str_to_int(rv_str s, int64_t *ret)
{
    bool minus = s.n > 0 && s.p[0] == '-';
    int64_t v = 0;
    if (s.p == NULL || s.n == (minus ? 1u : 0u))
        return false;
    for (size_t i = minus ? 1 : 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        int digit = s.p[i] - '0';
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, digit, &v))
            return false;
    }
    /* Collected as a negative number: its range is one larger. */
    if (!minus && v == INT64_MIN)
        return false;
    *ret = minus ? v : -v;
    return true;
}

rv_str rv_fold(struct rv_cx *cx, rv_str s)
{
    bool ascii = true;
    if (s.n == 0)
        return s;
    for (size_t i = 0; i < s.n && ascii; i++)
        ascii = (unsigned char)s.p[i] < 0x80;
    if (!ascii) {
        utf8proc_uint8_t *folded = NULL;
        utf8proc_ssize_t n =
            utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &folded,
                         UTF8PROC_CASEFOLD | UTF8PROC_COMPOSE | UTF8PROC_STABLE);
        rv_str out =
            n >= 0 ? rv_dup(cx, (rv_str){ (const char *)folded, (size_t)n }) : rv_dup(cx, s);
        free(folded);
        return out;
    }
    char *p = rv_alloc(cx, s.n + 1);
    if (p == NULL)
        return RV_NONE_STR;
    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] - 'A' + 'a' : s.p[i]);
    return (rv_str){ p, s.n };
}
