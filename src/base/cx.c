/* base/cx.c: the context, allocation in its arena, the system's clock. */
#include "base/base_int.h"

#include <time.h>

rv_status rv_cx_init(struct rv_cx *cx, struct rv_env *env, size_t cap)
{
    *cx = (struct rv_cx){ .env = env, .arena = rv_arena_new(cap) };
    if (cx->arena == NULL) {
        cx->err = (struct rv_error){
            .status = RV_BUSY, .message = "out of memory", .file = __FILE__, .line = __LINE__
        };
        return RV_BUSY;
    }
    return RV_OK;
}

void rv_cx_done(struct rv_cx *cx)
{
    rv_arena_free(cx->arena);
    cx->arena = NULL;
}

void *rv_alloc(struct rv_cx *cx, size_t n)
{
    void *p = rv_arena_alloc(cx->arena, n);
    if (p == NULL)
        cx->err = (struct rv_error){
            .status = RV_BUSY, .message = "out of memory", .file = __FILE__, .line = __LINE__
        };
    return p;
}

void *rv_alloc_n(struct rv_cx *cx, size_t size, size_t n)
{
    size_t all;
    if (__builtin_mul_overflow(size, n, &all))
        all = SIZE_MAX;
    return rv_alloc(cx, all);
}

rv_str rv_dup(struct rv_cx *cx, rv_str s)
{
    if (s.p == NULL)
        return s;
    char *p = rv_alloc(cx, s.n + 1);
    if (p == NULL)
        return RV_NONE_STR;
    memcpy(p, s.p, s.n);
    return (rv_str){ p, s.n };
}

rv_str rv_like_pattern(struct rv_cx *cx, rv_str part)
{
    char *p = part.n > 0 ? rv_alloc(cx, 2 * part.n + 2) : NULL;
    size_t n = 0;
    if (p == NULL)
        return RV_NONE_STR;
    p[n++] = '%';
    for (size_t i = 0; i < part.n; i++) {
        if (part.p[i] == '%' || part.p[i] == '_' || part.p[i] == '\\')
            p[n++] = '\\';
        p[n++] = part.p[i];
    }
    p[n++] = '%';
    return (rv_str){ p, n };
}

const char *rv_z(struct rv_cx *cx, rv_str s)
{
    rv_str copy = s.n > 0 ? rv_dup(cx, s) : RV_NONE_STR;
    return copy.p != NULL ? copy.p : "";
}

rv_str rv_printf(struct rv_cx *cx, const char *format, ...)
{
    va_list args;
    size_t room;
    char *at = rv_arena_room(cx->arena, &room), *p;
    va_start(args, format);
    int n = rv_vformat(at, room, format, args);
    va_end(args);
    bool fits = n >= 0 && (size_t)n < room;
    if (!fits)
        memset(at, 0, room);
    p = n >= 0 ? rv_alloc(cx, (size_t)n + 1) : NULL;
    if (p == NULL)
        return RV_NONE_STR;
    if (!fits) {
        va_start(args, format);
        (void)rv_vformat(p, (size_t)n + 1, format, args);
        va_end(args);
    }
    return (rv_str){ p, (size_t)n };
}

static int64_t system_now_ms(void *arg)
{
    struct timespec ts;
    (void)arg;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t system_mono_us(void *arg)
{
    struct timespec ts;
    (void)arg;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

struct rv_clock rv_clock_system(void)
{
    return (struct rv_clock){ .now_ms = system_now_ms, .mono_us = system_mono_us };
}

int64_t rv_now(const struct rv_env *env)
{
    return env->clock.now_ms(env->clock.arg);
}

int64_t rv_mono_us(const struct rv_env *env)
{
    return env->clock.mono_us(env->clock.arg);
}
