/* base/number.c: doubles as ECMAScript writes them: the shortest digits that read back the same. */
#include "base/base.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Digits and exponent: value = 0.d1d2d3… × 10^ret. */
static int shortest(double d, char *digits, size_t *ret_n)
{
    char text[40];
    /* A subnormal number has fewer digits than fifteen. */
    for (int precision = d < 2.3e-308 ? 1 : 15; precision <= 17; precision++) {
        (void)snprintf(text, sizeof text, "%.*e", precision - 1, d);
        if (precision == 17 || strtod(text, NULL) == d)
            break;
    }
    size_t n = 0;
    char *e = strchr(text, 'e');
    for (char *p = text; p < e; p++) {
        if (*p >= '0' && *p <= '9') /* the decimal point is the locale's */
            digits[n++] = *p;
    }
    while (n > 1 && digits[n - 1] == '0')
        n--;
    *ret_n = n;
    return (int)strtol(e + 1, NULL, 10) + 1;
}

static size_t fixed(char *out, const char *digits, size_t n, int point)
{
    char *p = out;
    if (point <= 0) {
        *p++ = '0';
        *p++ = '.';
        for (int i = point; i < 0; i++)
            *p++ = '0';
        memcpy(p, digits, n);
        return (size_t)(p - out) + n;
    }
    for (int i = 0; i < point; i++)
        *p++ = (size_t)i < n ? digits[i] : '0';
    if (n > (size_t)point) {
        *p++ = '.';
        memcpy(p, digits + point, n - (size_t)point);
        p += n - (size_t)point;
    }
    return (size_t)(p - out);
}

size_t rv_double_format(double d, char *buf)
{
    char digits[24];
    size_t n, k = 0;
    if (d == 0) {
        memcpy(buf, "0", 2);
        return 1;
    }
    if (d < 0) {
        buf[k++] = '-';
        d = -d;
    }
    if (d < 1e15 && d == floor(d))
        return k + (size_t)snprintf(buf + k, 31 - k, "%.0f", d);
    int point = shortest(d, digits, &n);
    if (point > -6 && point <= 21)
        k += fixed(buf + k, digits, n, point);
    else {
        buf[k++] = digits[0];
        if (n > 1) {
            buf[k++] = '.';
            memcpy(buf + k, digits + 1, n - 1);
            k += n - 1;
        }
        k += (size_t)snprintf(buf + k, 31 - k, "e%c%d", point - 1 < 0 ? '-' : '+', abs(point - 1));
    }
    buf[k] = '\0';
    return k;
}
