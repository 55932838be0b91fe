/* base/id.c: identifiers in the forms of api.md 6, all from the system's random source. */
#include "base/base_int.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/random.h>

void rv_random(void *p, size_t n)
{
    char *at = p;
    while (n > 0) {
        ssize_t got = getrandom(at, n < 256 ? n : 256, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            RV_BUG("the system gives no random bytes");
        at += got;
        n -= (size_t)got;
    }
}

/* Bytes for ids, which are no secrets: a supply per thread saves a system call for each. What was
 * used is wiped. */
static void id_bytes(void *p, size_t n)
{
    static _Thread_local struct {
        uint8_t bytes[240];
        size_t left;
    } supply;
    if (supply.left < n) {
        rv_random(supply.bytes, sizeof supply.bytes);
        supply.left = sizeof supply.bytes;
    }
    supply.left -= n;
    memcpy(p, supply.bytes + supply.left, n);
    memset(supply.bytes + supply.left, 0, n);
}

rv_str rv_id_prefixed(struct rv_cx *cx, const char *prefix)
{
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    enum { LENGTH = 20 };
    size_t n = strlen(prefix);
    char *p = rv_alloc(cx, LENGTH + 1);
    if (p == NULL)
        return RV_NONE_STR;
    memcpy(p, prefix, n);
    while (n < LENGTH) {
        uint8_t bytes[32];
        id_bytes(bytes, sizeof bytes);
        for (size_t i = 0; i < sizeof bytes && n < LENGTH; i++) {
            if (bytes[i] < 62 * 4) /* the rest would favour some letters */
                p[n++] = alphabet[bytes[i] % 62];
        }
    }
    return (rv_str){ p, LENGTH };
}

static const char hex_digits[] = "0123456789abcdef";

rv_str rv_hex(struct rv_cx *cx, const void *data, size_t n)
{
    const uint8_t *from = data;
    char *p = rv_alloc(cx, n * 2 + 1);
    if (p == NULL)
        return RV_NONE_STR;
    for (size_t i = 0; i < n; i++) {
        p[i * 2] = hex_digits[from[i] >> 4];
        p[i * 2 + 1] = hex_digits[from[i] & 15];
    }
    return (rv_str){ p, n * 2 };
}

/* The time first, in 65,536ths of a second: rows that are made together stand together in every
 * index. Seconds alone spread the rows of a busy second over dozens of pages, and each of them is
 * written with every commit. */
rv_str rv_id_hex24(struct rv_cx *cx)
{
    enum { TIME = 6 };
    uint8_t bytes[12];
    uint64_t ms = (uint64_t)rv_now(cx->env), time = (ms / 1000) << 16 | (ms % 1000) * 65536 / 1000;
    id_bytes(bytes + TIME, sizeof bytes - TIME);
    for (int i = 0; i < TIME; i++)
        bytes[i] = (uint8_t)(time >> (8 * (TIME - 1 - i)));
    return rv_hex(cx, bytes, sizeof bytes);
}

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

rv_str rv_id_ulid(struct rv_cx *cx, int64_t ms)
{
    uint8_t b[16];
    char *p = rv_alloc(cx, 27);
    if (p == NULL)
        return RV_NONE_STR;
    id_bytes(b + 6, 10);
    for (int i = 0; i < 6; i++)
        b[i] = (uint8_t)((uint64_t)ms >> (40 - 8 * i));
    unsigned __int128 v = 0;
    for (int i = 0; i < 16; i++)
        v = v << 8 | b[i];
    for (int i = 25; i >= 0; i--) {
        p[i] = crockford[(unsigned)(v & 31)];
        v >>= 5;
    }
    return (rv_str){ p, 26 };
}

static rv_str uuid_text(struct rv_cx *cx, uint8_t b[16], unsigned version)
{
    char *p = rv_alloc(cx, 37);
    size_t n = 0;
    if (p == NULL)
        return RV_NONE_STR;
    b[6] = (uint8_t)((b[6] & 0x0f) | version << 4);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            p[n++] = '-';
        p[n++] = hex_digits[b[i] >> 4];
        p[n++] = hex_digits[b[i] & 15];
    }
    return (rv_str){ p, n };
}

rv_str rv_id_uuid4(struct rv_cx *cx)
{
    uint8_t b[16];
    id_bytes(b, sizeof b);
    return uuid_text(cx, b, 4);
}

/* Those of one millisecond are counted (RFC 9562, 6.2, method 1): lists by id keep the order in which
 * things were made. */
static unsigned count_within(int64_t ms)
{
    static _Atomic uint64_t last; /* 52 bits of milliseconds, 12 of the counter */
    uint64_t before = atomic_load(&last), now;
    do
        now = before >> 12 == (uint64_t)ms ? before + 1 : (uint64_t)ms << 12;
    while (!atomic_compare_exchange_weak(&last, &before, now));
    return (unsigned)(now & 0xfff);
}

rv_str rv_id_uuid7(struct rv_cx *cx, int64_t ms)
{
    uint8_t b[16];
    unsigned n = count_within(ms);
    id_bytes(b + 8, 8);
    for (int i = 0; i < 6; i++)
        b[i] = (uint8_t)((uint64_t)ms >> (40 - 8 * i));
    b[6] = (uint8_t)(n >> 8);
    b[7] = (uint8_t)n;
    return uuid_text(cx, b, 7);
}

rv_str rv_id_uuid5(struct rv_cx *cx, const uint8_t ns[16], rv_str name)
{
    uint8_t digest[20];
    /* RFC 9562 names SHA-1 for version 5; here it makes an id and guards nothing. */
    rv_sha1_two((rv_str){ (const char *)ns, 16 }, name, digest);
    return uuid_text(cx, digest, 5);
}

static bool all_in(rv_str s, size_t from, const char *alphabet)
{
    for (size_t i = from; i < s.n; i++) {
        if (s.p[i] == '\0' || strchr(alphabet, s.p[i]) == NULL)
            return false;
    }
    return true;
}

bool rv_id_is_hex24(rv_str s)
{
    return s.p != NULL && s.n == 24 && all_in(s, 0, hex_digits);
}

bool rv_id_is_ulid(rv_str s)
{
    return s.p != NULL && s.n == 26 && s.p[0] <= '7' && all_in(s, 0, crockford);
}

bool rv_id_is_uuid(rv_str s)
{
    if (s.p == NULL || s.n != 36)
        return false;
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s.p[i] != '-' : s.p[i] == '\0' || strchr(hex_digits, s.p[i]) == NULL)
            return false;
    }
    return true;
}

bool rv_id_is_prefixed(rv_str s, const char *prefix)
{
    return s.n == 20 && rv_str_starts(s, rv_str_of(prefix)) &&
           all_in(s, strlen(prefix),
                  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}
