/* base/format.c: printf for the few conversions that most sentences need: %s, %.*s, %d, %u, their
 * long forms, %c, %%.
 *
 * The library's printf costs more than everything else that is done with a short text. Any other
 * conversion goes to it, so that what is written is always the same. */
#include "base/base_int.h"

#include <stdio.h>

struct out {
    char *p;
    size_t size, n; /* n: what the whole text needs */
};

static void put(struct out *o, const char *s, size_t n)
{
    if (o->n < o->size) {
        size_t fits = o->size - o->n < n ? o->size - o->n : n;
        memcpy(o->p + o->n, s, fits);
    }
    o->n += n;
}

static void put_number(struct out *o, uint64_t u, bool minus)
{
    char text[24], *p = text + sizeof text;
    do {
        *--p = (char)('0' + u % 10);
        u /= 10;
    } while (u > 0);
    if (minus)
        *--p = '-';
    put(o, p, (size_t)(text + sizeof text - p));
}

static void put_signed(struct out *o, int64_t i)
{
    put_number(o, i < 0 ? 0 - (uint64_t)i : (uint64_t)i, i < 0);
}

static void put_text(struct out *o, const char *s, int most)
{
    if (s == NULL)
        s = most < 0 || most >= 6 ? "(null)" : "";
    put(o, s, most < 0 ? strlen(s) : strnlen(s, (size_t)most));
}

/* The conversion behind '%'; NULL: not one of ours. */
static const char *convert(struct out *o, const char *p, va_list *args)
{
    bool is_long = *p == 'l' || *p == 'z';
    if (*p == 's') {
        put_text(o, va_arg(*args, const char *), -1);
        return p + 1;
    }
    if (p[0] == '.' && p[1] == '*' && p[2] == 's') {
        int most = va_arg(*args, int);
        put_text(o, va_arg(*args, const char *), most);
        return p + 3;
    }
    if (*p == '%') {
        put(o, "%", 1);
        return p + 1;
    }
    if (*p == 'c') {
        char c = (char)va_arg(*args, int);
        put(o, &c, 1);
        return p + 1;
    }
    p += is_long;
    if (*p == 'd')
        put_signed(o, is_long ? va_arg(*args, long) : va_arg(*args, int));
    else if (*p == 'u')
        put_number(o, is_long ? va_arg(*args, unsigned long) : va_arg(*args, unsigned), false);
    else
        return NULL;
    return p + 1;
}

int rv_vformat(char *to, size_t size, const char *format, va_list args)
{
    struct out o = { to, size, 0 };
    const char *p = format;
    va_list mine;
    va_copy(mine, args);
    while (p != NULL && *p != '\0') {
        const char *end = strchrnul(p, '%');
        put(&o, p, (size_t)(end - p));
        p = *end == '%' ? convert(&o, end + 1, &mine) : end;
    }
    va_end(mine);
    if (p == NULL || o.n > INT32_MAX)
        return vsnprintf(to, size, format, args);
    if (size > 0)
        to[o.n < size ? o.n : size - 1] = '\0';
    return (int)o.n;
}
