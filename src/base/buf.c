/* base/buf.c: text that grows in heap memory up to its cap. Sticky: after the first failure nothing
 * is added. */
#include "base/base_int.h"

#include <stdlib.h>

#ifdef RV_SHRUNKEN
enum { FIRST = 23 };
#else
enum { FIRST = 1024 };
#endif

void rv_buf_init(struct rv_buf *b, size_t cap)
{
    *b = (struct rv_buf){ .cap = cap };
}

void rv_buf_done(struct rv_buf *b)
{
    free(b->p);
    *b = (struct rv_buf){ .cap = b->cap };
}

void rv_buf_clear(struct rv_buf *b)
{
    b->n = 0;
    b->failed = false;
}

/* Room for n more bytes and a NUL behind them. */
static bool room(struct rv_buf *b, size_t n)
{
    if (b->failed)
        return false;
    if (n < b->size - b->n)
        return true;
    if (n > b->cap - b->n) {
        b->failed = true;
        return false;
    }
    size_t want = b->size == 0 ? FIRST : b->size * 2;
    if (want < b->n + n + 1)
        want = b->n + n + 1;
    if (want > b->cap + 1)
        want = b->cap + 1;
    char *p = realloc(b->p, want);
    if (p == NULL) {
        b->failed = true;
        return false;
    }
    b->p = p;
    b->size = want;
    return true;
}

char *rv_buf_room(struct rv_buf *b, size_t n)
{
    return room(b, n) ? b->p + b->n : NULL;
}

void rv_buf_grow(struct rv_buf *b, size_t n)
{
    b->n += n;
    b->p[b->n] = '\0';
}

void rv_buf_add(struct rv_buf *b, rv_str s)
{
    if (s.n == 0 || !room(b, s.n))
        return;
    memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
    b->p[b->n] = '\0';
}

void rv_buf_char(struct rv_buf *b, char c)
{
    if ((b->failed || b->size - b->n < 2) && !room(b, 1))
        return;
    b->p[b->n++] = c;
    b->p[b->n] = '\0';
}

void rv_buf_printf(struct rv_buf *b, const char *format, ...)
{
    va_list args;
    if (!room(b, 0))
        return;
    size_t left = b->size - b->n;
    va_start(args, format);
    int n = rv_vformat(b->p + b->n, left, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < left) {
        b->n += (size_t)n;
        return;
    }
    b->p[b->n] = '\0';
    if (n < 0 || !room(b, (size_t)n))
        return;
    va_start(args, format);
    (void)rv_vformat(b->p + b->n, (size_t)n + 1, format, args);
    va_end(args);
    b->n += (size_t)n;
}

rv_status rv_buf_str(struct rv_cx *cx, const struct rv_buf *b, rv_str *ret)
{
    if (b->failed)
        return rv_fail(cx, RV_LIMIT, "the text is longer than %zu bytes", b->cap);
    *ret = (rv_str){ b->p != NULL ? b->p : "", b->n };
    return RV_OK;
}
