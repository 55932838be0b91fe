/* base/log.c: one record a line to standard error, as key=value or as a JSON object, in one write.
 */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LONGEST = 16384 };
struct rv_log {
    enum rv_level level;
    bool json;
};
static const char *const level_names[] = { "error", "warn", "info", "debug" };

struct rv_log *rv_log_new(enum rv_level level, bool json)
{
    struct rv_log *l = calloc(1, sizeof *l);
    if (l != NULL)
        *l = (struct rv_log){ level, json };
    return l;
}

void rv_log_free(struct rv_log *l)
{
    free(l);
}

static void quoted(struct rv_buf *b, rv_str s)
{
    struct rv_buf text;
    struct rv_jw w;
    rv_buf_init(&text, LONGEST);
    rv_jw_init(&w, &text);
    rv_jw_str(&w, s);
    rv_buf_add(b, (rv_str){ text.p != NULL ? text.p : "", text.n });
    rv_buf_done(&text);
}

static bool needs_quotes(rv_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '"' || s.p[i] == '=' || s.p[i] == 0x7f)
            return true;
    }
    return s.n == 0;
}

struct record {
    struct rv_buf b;
    bool json;
};

static void field(struct record *r, const char *key, rv_str value)
{
    if (value.p == NULL)
        return;
    if (r->json) {
        rv_buf_printf(&r->b, ",\"%s\":", key);
        quoted(&r->b, value);
    } else {
        rv_buf_printf(&r->b, " %s=", key);
        if (needs_quotes(value))
            quoted(&r->b, value);
        else
            rv_buf_add(&r->b, value);
    }
}

static void begin(struct record *r, const struct rv_cx *cx, enum rv_level level, const char *event)
{
    char time[32];
    (void)rv_time_format(rv_now(cx->env), time);
    r->json = cx->env->log->json;
    rv_buf_init(&r->b, LONGEST);
    rv_buf_printf(&r->b,
                  r->json ? "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"" : "%s %-5s %s",
                  time, level_names[level], event);
    if (cx->log_key != NULL)
        field(r, cx->log_key, cx->log_id);
}

static void finish(struct record *r)
{
    rv_buf_add(&r->b, r->json ? RV_STR("}\n") : RV_STR("\n"));
    /* A log that cannot be written has nowhere to say so. */
    if (r->b.p != NULL && write(STDERR_FILENO, r->b.p, r->b.n) < 0)
        r->b.failed = true;
    rv_buf_done(&r->b);
}

static bool wanted(const struct rv_cx *cx, enum rv_level level)
{
    return cx != NULL && cx->env->log != NULL && level <= cx->env->log->level;
}

void rv_log_write(const struct rv_cx *cx, enum rv_level level, const char *event,
                  const char *format, ...)
{
    struct record r;
    char msg[4096];
    va_list args;
    if (!wanted(cx, level))
        return;
    begin(&r, cx, level, event);
    va_start(args, format);
    int n = vsnprintf(msg, sizeof msg, format, args);
    va_end(args);
    if (n > 0)
        field(&r, "msg", (rv_str){ msg, (size_t)n < sizeof msg ? (size_t)n : sizeof msg - 1 });
    finish(&r);
}

void rv_log_error(const struct rv_cx *cx, enum rv_level level, const char *event)
{
    struct record r;
    char at[300];
    if (!wanted(cx, level))
        return;
    const struct rv_error *e = &cx->err;
    begin(&r, cx, level, event);
    field(&r, "st", rv_str_of(rv_status_info(e->status)->name));
    if (e->file != NULL && snprintf(at, sizeof at, "%s:%d", e->file, e->line) > 0)
        field(&r, "at", rv_str_of(at));
    field(&r, "msg", rv_str_of(e->message));
    for (const struct rv_cause *c = e->causes; c != NULL; c = c->next)
        field(&r, "cause", rv_str_of(c->summary));
    field(&r, "detail", rv_str_of(e->detail));
    finish(&r);
}
