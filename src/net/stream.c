/* Server-sent events: an answer that stays open, fed from any thread.
 *
 * A stream has two owners, the caller and the connection; it is freed when both are done. The
 * library asks for text through a callback; when there is none the connection is suspended, and the
 * next send wakes it. A suspended connection does not notice that its client left, so the guard
 * sends a comment line now and then. A client more than 256 KiB behind is cut off: the browser
 * connects again and asks for what it missed (Last-Event-ID). */
#include "net/net_int.h"
#include <stdlib.h>

enum { BACKLOG_MAX = 256 * 1024, BLOCK = 8192 };

static void unref_unlock(struct rv_stream *s)
{
    bool last = --s->refs == 0;
    pthread_mutex_unlock(&s->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&s->lock);
    rv_buf_done(&s->buf);
    free(s);
}

static void wake(struct rv_stream *s)
{
    if (!s->asleep)
        return;
    s->asleep = false;
    MHD_resume_connection(s->mhd);
}

rv_status rv_exchange_stream(struct rv_exchange *x, struct rv_stream **ret)
{
    RV_CHECK(x, 'X');
    const struct rv_exchange_impl *impl = x->impl;
    if (!impl->streams)
        return rv_fail(&x->cx, RV_INVALID, "A call within the server cannot open a stream.");
    if (x->stream != NULL)
        RV_BUG("second stream on one exchange");
    struct rv_stream *s = calloc(1, sizeof *s);
    if (s == NULL)
        return rv_fail(&x->cx, RV_BUSY, "There is no memory for another stream.");
    s->magic = RV_MAGIC('S');
    pthread_mutex_init(&s->lock, NULL);
    s->refs = 2;
    s->open = true;
    rv_buf_init(&s->buf, BACKLOG_MAX);
    x->stream = s;
    *ret = s;
    return RV_OK;
}

bool rv_stream_send(struct rv_stream *s, rv_str text)
{
    RV_CHECK(s, 'S');
    pthread_mutex_lock(&s->lock);
    if (s->open) {
        rv_buf_add(&s->buf, text);
        if (s->buf.failed)
            s->open = false;
        wake(s);
    }
    bool open = s->open;
    pthread_mutex_unlock(&s->lock);
    return open;
}

bool rv_stream_is_open(struct rv_stream *s)
{
    RV_CHECK(s, 'S');
    pthread_mutex_lock(&s->lock);
    bool open = s->open;
    pthread_mutex_unlock(&s->lock);
    return open;
}

void rv_stream_end(struct rv_stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->open = false;
    wake(s);
    pthread_mutex_unlock(&s->lock);
}

void rv_stream_close(struct rv_stream *s)
{
    RV_CHECK(s, 'S');
    pthread_mutex_lock(&s->lock);
    s->open = false;
    wake(s);
    unref_unlock(s);
}

void rv_stream_detach(struct rv_stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->open = false;
    s->asleep = false;
    s->mhd = NULL;
    unref_unlock(s);
}

void rv_stream_ping(struct rv_stream *s)
{
    pthread_mutex_lock(&s->lock);
    if (s->open && s->asleep) {
        rv_buf_add(&s->buf, RV_STR(":\n\n"));
        wake(s);
    }
    pthread_mutex_unlock(&s->lock);
}

/* I/O thread: the library wants up to max bytes. A backlog that overflowed ends at once, what is
 * buffered of an orderly end is still sent. */
static ssize_t read_stream(void *arg, uint64_t pos, char *buf, size_t max)
{
    struct rv_stream *s = arg;
    ssize_t got = 0;
    (void)pos;
    pthread_mutex_lock(&s->lock);
    size_t n = s->buf.failed ? 0 : s->buf.n - s->sent;
    if (n > 0) {
        n = n < max ? n : max;
        memcpy(buf, s->buf.p + s->sent, n);
        s->sent += n;
        if (s->sent >= s->buf.n / 2) { /* what was sent does not count as backlog */
            memmove(s->buf.p, s->buf.p + s->sent, s->buf.n - s->sent);
            s->buf.n -= s->sent;
            s->sent = 0;
        }
        got = (ssize_t)n; /* cannot overflow: at most the library's block */
    } else if (!s->open) {
        got = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        s->asleep = true;
        MHD_suspend_connection(s->mhd);
    }
    pthread_mutex_unlock(&s->lock);
    return got;
}

struct MHD_Response *rv_stream_response(struct rv_stream *s, struct MHD_Connection *mhd)
{
    s->mhd = mhd;
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_stream, s, NULL);
}
