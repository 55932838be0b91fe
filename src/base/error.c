/* base/error.c: statuses and the one error a cx holds.
 *
 * The first function that knows what went wrong stores it; later ones put their words before it.
 * When the arena has no room left, the sentence is replaced by a constant one: a failure is never
 * lost. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>

static const struct rv_status_info infos[RV_STATUS_N] = {
#define RV_X(name, http, code, help) [RV_##name] = { #name, http, code, help },
    RV_STATUS_TABLE(RV_X)
#undef RV_X
};

const struct rv_status_info *rv_status_info(rv_status st)
{
    if ((unsigned)st >= RV_STATUS_N)
        RV_BUG("status %d", (int)st);
    return &infos[st];
}

static const char *sentence(struct rv_cx *cx, const char *format, va_list args) RV_PRINTF(2, 0);
static const char *sentence(struct rv_cx *cx, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n < 0)
        return "the reason could not be written";
    char *text = rv_arena_alloc(cx->arena, (size_t)n + 1);
    if (text == NULL)
        return "out of memory";
    (void)vsnprintf(text, (size_t)n + 1, format, args);
    rv_utf8_mend(text, (size_t)n); /* "%.100s" may have cut what somebody sent within a letter */
    return text;
}

rv_status rv_fail_at(struct rv_cx *cx, rv_status st, const char *file, int line, const char *format,
                     ...)
{
    va_list args;
    va_start(args, format);
    cx->err = (struct rv_error){
        .status = st, .file = file, .line = line, .message = sentence(cx, format, args)
    };
    va_end(args);
    return st;
}

static const char *place(struct rv_cx *cx, const char *pointer)
{
    size_t n = strlen(pointer);
    char *text = rv_arena_alloc(cx->arena, n + 1);
    if (text == NULL)
        return "";
    memcpy(text, pointer, n + 1);
    rv_utf8_mend(text, n);
    return text;
}

rv_status rv_fail_field(struct rv_cx *cx, const char *pointer, const char *reason,
                        const char *format, ...)
{
    struct rv_cause *c = rv_arena_alloc(cx->arena, sizeof *c), **tail = &cx->err.causes;
    const char *at = pointer != NULL ? pointer : "";
    va_list args;
    va_start(args, format);
    const char *text = sentence(cx, format, args);
    va_end(args);
    if (cx->err.status != RV_INVALID || cx->err.causes == NULL) {
        const char *name = at[0] == '/' ? at + 1 : at;
        (void)rv_fail(cx, RV_INVALID, "Api validation failed: %s", name[0] != '\0' ? name : "body");
        tail = &cx->err.causes;
    }
    if (c == NULL)
        return RV_INVALID;
    *c = (struct rv_cause){ .pointer = place(cx, at),
                            .in = at[0] == '/' || at[0] == '\0' ? "body" : "query",
                            .reason = reason != NULL ? reason : "",
                            .summary = text };
    while (*tail != NULL)
        tail = &(*tail)->next;
    *tail = c;
    return RV_INVALID;
}

void rv_fail_code(struct rv_cx *cx, const char *code)
{
    cx->err.code = code;
}

void rv_fail_detail(struct rv_cx *cx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cx->err.detail = sentence(cx, format, args);
    va_end(args);
}

rv_status rv_wrap(struct rv_cx *cx, rv_status st, const char *format, ...)
{
    va_list args;
    if (st == RV_OK)
        return st;
    va_start(args, format);
    const char *what = sentence(cx, format, args);
    va_end(args);
    rv_str joined =
        rv_printf(cx, "%s: %s", what, cx->err.message != NULL ? cx->err.message : infos[st].help);
    if (joined.p != NULL)
        cx->err.message = joined.p;
    if (cx->err.status == RV_OK)
        cx->err.status = st;
    return st;
}

const struct rv_error *rv_error(const struct rv_cx *cx)
{
    return &cx->err;
}

void rv_error_clear(struct rv_cx *cx)
{
    cx->err = (struct rv_error){ .status = RV_OK };
}

void rv_bug_at(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "reeve: defect at %s:%d: ", file, line);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    abort();
}
