/* base/str.c: texts as pointer and length: comparing, cutting, UTF-8. Nothing here allocates. */
#include "base/base.h"

bool rv_str_eq(rv_str a, rv_str b)
{
    if (a.p == NULL || b.p == NULL)
        return a.p == b.p;
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

uint64_t rv_str_hash(uint64_t h, rv_str s)
{
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
    return h;
}

int rv_str_cmp(rv_str a, rv_str b)
{
    if (a.p == NULL || b.p == NULL)
        return (a.p != NULL) - (b.p != NULL);
    size_t n = a.n < b.n ? a.n : b.n;
    int c = memcmp(a.p, b.p, n);
    return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool rv_str_eq_nocase(rv_str a, rv_str b)
{
    if (a.p == NULL || b.p == NULL)
        return a.p == b.p;
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++) {
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    }
    return true;
}

bool rv_str_starts(rv_str s, rv_str prefix)
{
    return s.p != NULL && s.n >= prefix.n && memcmp(s.p, prefix.p, prefix.n) == 0;
}

bool rv_str_ends(rv_str s, rv_str suffix)
{
    return s.p != NULL && s.n >= suffix.n &&
           memcmp(s.p + (s.n - suffix.n), suffix.p, suffix.n) == 0;
}

bool rv_str_contains(rv_str s, rv_str part)
{
    return s.p != NULL && (part.n == 0 || memmem(s.p, s.n, part.p, part.n) != NULL);
}

static bool blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

rv_str rv_str_trim(rv_str s)
{
    while (s.n > 0 && blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

rv_str rv_str_sub(rv_str s, size_t from, size_t n)
{
    if (s.p == NULL)
        return s;
    if (from > s.n)
        from = s.n;
    if (n > s.n - from)
        n = s.n - from;
    return (rv_str){ s.p + from, n };
}

bool rv_str_split(rv_str *rest, char sep, rv_str *ret_part)
{
    if (rest->p == NULL)
        return false;
    const char *at = rest->n > 0 ? memchr(rest->p, sep, rest->n) : NULL;
    if (at == NULL) {
        *ret_part = *rest;
        *rest = RV_NONE_STR;
        return true;
    }
    size_t n = (size_t)(at - rest->p);
    *ret_part = (rv_str){ rest->p, n };
    *rest = (rv_str){ at + 1, rest->n - n - 1 };
    return true;
}
