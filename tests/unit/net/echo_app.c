/* The small application that tests of the server talk to; see net_test.h. */
#include "net_test.h"
#include <stdlib.h>

void echo_init(struct echo *e)
{
    memset(e, 0, sizeof *e);
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->change, NULL);
}

void echo_done(struct echo *e)
{
    if (e->stream != NULL)
        rv_stream_close(e->stream);
    if (e->held != NULL)
        echo_release(e);
    pthread_mutex_destroy(&e->lock);
    pthread_cond_destroy(&e->change);
}

static void fill(struct rv_exchange *x, int status, rv_str body)
{
    x->status = status;
    x->out = body;
    if (rv_exchange_set_header(x, "Content-Type", RV_STR("text/plain")) != RV_OK)
        x->status = 500;
}

static void refuse(void *arg, struct rv_exchange *x, int status, const char *sentence)
{
    (void)arg;
    fill(x, status, rv_printf(&x->cx, "refused %d: %s\n", status, sentence));
}

static bool head(void *arg, struct rv_exchange *x)
{
    static const char *const known[] = { "/echo", "/later",  "/small", "/big",
                                         "/hold", "/stream", "/peer",  "/nothing" };
    for (size_t i = 0; i < RV_LEN(known); i++)
        if (rv_str_eq(x->path, rv_str_of(known[i]))) {
            x->body_max = i == 2 ? 10 : i == 3 ? 16 * 1024 * 1024 : x->body_max;
            return true;
        }
    refuse(arg, x, 404, "no such path");
    return false;
}

static void echo(struct rv_exchange *x)
{
    rv_buf_printf(&x->buf, "%.*s %.*s?%.*s\n", RV_FMT(x->method), RV_FMT(x->path),
                  RV_FMT(x->query));
    for (size_t i = 0; i < x->headers_n; i++)
        rv_buf_printf(&x->buf, "%.*s=%.*s\n", RV_FMT(x->headers[i].name),
                      RV_FMT(x->headers[i].value));
    rv_buf_printf(&x->buf, "body=%zu:", x->body.n);
    rv_buf_add(&x->buf, rv_str_sub(x->body, 0, 1000));
    rv_str text;
    if (rv_buf_str(&x->cx, &x->buf, &text) == RV_OK)
        fill(x, 200, text);
}

static void finish_later(void *arg)
{
    struct rv_exchange *x = arg;
    echo(x);
    rv_exchange_finish(x);
}

static void hold(struct echo *e, struct rv_exchange *x)
{
    rv_exchange_later(x);
    pthread_mutex_lock(&e->lock);
    e->held = x;
    pthread_cond_broadcast(&e->change);
    pthread_mutex_unlock(&e->lock);
}

static void open_stream(struct echo *e, struct rv_exchange *x)
{
    struct rv_stream *s;
    x->status = 200;
    if (rv_exchange_set_header(x, "Content-Type", RV_STR("text/event-stream")) != RV_OK ||
        rv_exchange_stream(x, &s) != RV_OK) {
        refuse(e, x, 400, "no stream");
        return;
    }
    pthread_mutex_lock(&e->lock);
    if (e->stream != NULL)
        rv_stream_close(e->stream);
    e->stream = s;
    pthread_cond_broadcast(&e->change);
    pthread_mutex_unlock(&e->lock);
}

static void handle(void *arg, struct rv_exchange *x)
{
    struct echo *e = arg;
    pthread_mutex_lock(&e->lock);
    e->calls++;
    pthread_mutex_unlock(&e->lock);
    if (rv_str_eq(x->path, RV_STR("/later"))) {
        rv_exchange_later(x);
        if (e->server == NULL || rv_server_run(e->server, finish_later, x) != RV_OK)
            finish_later(x);
    } else if (rv_str_eq(x->path, RV_STR("/hold"))) {
        hold(e, x);
    } else if (rv_str_eq(x->path, RV_STR("/stream"))) {
        open_stream(e, x);
    } else if (rv_str_eq(x->path, RV_STR("/peer"))) {
        fill(x, 200, rv_printf(&x->cx, "%.*s %s\n", RV_FMT(x->peer), x->secure ? "https" : "http"));
    } else if (rv_str_eq(x->path, RV_STR("/nothing"))) {
        x->status = 204;
    } else {
        echo(x);
    }
}

struct rv_http_app echo_app(struct echo *e)
{
    return (struct rv_http_app){ .arg = e, .head = head, .handle = handle, .refuse = refuse };
}

void echo_wait_held(struct echo *e)
{
    pthread_mutex_lock(&e->lock);
    while (e->held == NULL)
        pthread_cond_wait(&e->change, &e->lock);
    pthread_mutex_unlock(&e->lock);
}

void echo_release(struct echo *e)
{
    pthread_mutex_lock(&e->lock);
    struct rv_exchange *x = e->held;
    e->held = NULL;
    pthread_mutex_unlock(&e->lock);
    echo(x);
    rv_exchange_finish(x);
}

struct rv_stream *echo_wait_stream(struct echo *e)
{
    pthread_mutex_lock(&e->lock);
    while (e->stream == NULL)
        pthread_cond_wait(&e->change, &e->lock);
    struct rv_stream *s = e->stream;
    pthread_mutex_unlock(&e->lock);
    return s;
}
