/* Addresses: which ones outgoing calls may reach (security.md 5.1), lists of ranges, and their text
 * forms.
 *
 * Every address is kept as 16 bytes, IPv4 in its mapped form, so that one comparison serves both.
 * Only global unicast is reachable: IPv4 outside the table of special ranges, IPv6 inside 2000::/3
 * outside its own table; translated forms (mapped, NAT64, 6to4) are judged by the IPv4 address
 * inside. Names are not resolved here. */
#include "net/net_int.h"
#include <arpa/inet.h>
#include <netinet/in.h>

struct range {
    uint8_t b[16];
    unsigned bits;
    const char *kind;
};

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

static const struct range v4_special[] = {
    { { 0 }, 8, "unspecified" },
    { { 10 }, 8, "private" },
    { { 100, 64 }, 10, "carrier-grade NAT" },
    { { 127 }, 8, "loopback" },
    { { 169, 254 }, 16, "link-local" },
    { { 172, 16 }, 12, "private" },
    { { 192, 0, 0 }, 24, "reserved" },
    { { 192, 0, 2 }, 24, "documentation" },
    { { 192, 88, 99 }, 24, "reserved" },
    { { 192, 168 }, 16, "private" },
    { { 198, 18 }, 15, "benchmarking" },
    { { 198, 51, 100 }, 24, "documentation" },
    { { 203, 0, 113 }, 24, "documentation" },
    { { 224 }, 4, "multicast" },
    { { 240 }, 4, "reserved" },
};

static const struct range v6_special[] = {
    { { 0xfc }, 7, "unique-local" },
    { { 0xfe, 0x80 }, 10, "link-local" },
    { { 0xfe, 0xc0 }, 10, "site-local" },
    { { 0xff }, 8, "multicast" },
    { { 0x20, 0x01, 0x00 }, 23, "reserved" },
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32, "documentation" },
    { { 0x3f, 0xff, 0x00 }, 20, "documentation" },
};

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static const char *find_range(const struct range *t, size_t n, const uint8_t *b)
{
    for (size_t i = 0; i < n; i++)
        if (same_bits(t[i].b, b, t[i].bits))
            return t[i].kind;
    return NULL;
}

static bool is_v4(const struct rv_address *a)
{
    return memcmp(a->b, mapped, sizeof mapped) == 0;
}

const char *rv_address_refusal(const struct rv_address *a)
{
    static const uint8_t zero[16];
    const char *kind = NULL;
    if (is_v4(a) || memcmp(a->b, nat64, sizeof nat64) == 0)
        return find_range(v4_special, RV_LEN(v4_special), a->b + 12);
    if (memcmp(a->b, zero, 15) == 0 && a->b[15] <= 1)
        return a->b[15] == 0 ? "unspecified" : "loopback";
    if (a->b[0] == 0x20 && a->b[1] == 0x02) /* 6to4 */
        return find_range(v4_special, RV_LEN(v4_special), a->b + 2);
    kind = find_range(v6_special, RV_LEN(v6_special), a->b);
    if (kind == NULL && (a->b[0] & 0xe0) != 0x20)
        kind = "reserved";
    return kind;
}

bool rv_address_is_loopback(const struct rv_address *a)
{
    const char *kind = rv_address_refusal(a);
    return kind != NULL && strcmp(kind, "loopback") == 0;
}

bool rv_address_of(const struct sockaddr *sa, struct rv_address *ret)
{
    if (sa->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, sa, sizeof in);
        memcpy(ret->b, mapped, sizeof mapped);
        memcpy(ret->b + 12, &in.sin_addr, 4);
        return true;
    }
    if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, sa, sizeof in6);
        memcpy(ret->b, &in6.sin6_addr, 16);
        return true;
    }
    return false;
}

bool rv_address_parse(rv_str s, struct rv_address *ret)
{
    char z[RV_ADDRESS_TEXT];
    uint8_t b[16];
    if (s.n == 0 || s.n >= sizeof z || memchr(s.p, 0, s.n) != NULL)
        return false;
    memcpy(z, s.p, s.n);
    z[s.n] = 0;
    if (inet_pton(AF_INET, z, b) == 1) { /* strict: four decimal numbers, no leading zeros */
        memcpy(ret->b, mapped, sizeof mapped);
        memcpy(ret->b + 12, b, 4);
        return true;
    }
    if (inet_pton(AF_INET6, z, b) != 1)
        return false;
    memcpy(ret->b, b, 16);
    return true;
}

void rv_address_format(const struct rv_address *a, char text[RV_ADDRESS_TEXT])
{
    const char *r = is_v4(a) ? inet_ntop(AF_INET, a->b + 12, text, RV_ADDRESS_TEXT)
                             : inet_ntop(AF_INET6, a->b, text, RV_ADDRESS_TEXT);
    if (r == NULL)
        text[0] = 0;
}

bool rv_word_next(rv_str *rest, rv_str *ret)
{
    size_t i = 0;
    while (i < rest->n && strchr(" \t,", rest->p[i]) != NULL)
        i++;
    size_t from = i;
    while (i < rest->n && strchr(" \t,", rest->p[i]) == NULL)
        i++;
    if (i == from)
        return false;
    *ret = rv_str_sub(*rest, from, i - from);
    *rest = rv_str_sub(*rest, i, rest->n - i);
    return true;
}

static bool parse_range(rv_str word, struct rv_address *ret, unsigned *ret_bits)
{
    const char *slash = memchr(word.p, '/', word.n);
    size_t n = slash != NULL ? (size_t)(slash - word.p) : word.n;
    int64_t bits = 128;
    if (!rv_address_parse(rv_str_sub(word, 0, n), ret))
        return false;
    if (slash != NULL) {
        int64_t max = memchr(word.p, ':', n) != NULL ? 128 : 32;
        if (!rv_str_to_int(rv_str_sub(word, n + 1, word.n), &bits) || bits < 0 || bits > max)
            return false;
        bits += 128 - max;
    }
    *ret_bits = (unsigned)bits;
    return true;
}

bool rv_address_in_list(const struct rv_address *a, rv_str list)
{
    rv_str word;
    while (rv_word_next(&list, &word)) {
        struct rv_address r;
        unsigned bits;
        if (parse_range(word, &r, &bits) && same_bits(a->b, r.b, bits))
            return true;
    }
    return false;
}

rv_status rv_address_list_check(struct rv_cx *cx, rv_str list, const char *what)
{
    rv_str word;
    while (rv_word_next(&list, &word)) {
        struct rv_address r;
        unsigned bits;
        if (!parse_range(word, &r, &bits))
            return rv_fail(cx, RV_INVALID,
                           "%s: \"%.*s\" is neither an address nor a range such as 10.0.0.0/8.",
                           what, RV_FMT(word));
    }
    return RV_OK;
}
