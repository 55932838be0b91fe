/* An exchange of the server, from the first handler call of the library to the last
 * (architecture.md 8).
 *
 * The head is checked, the application says how long a body it takes, the body is collected, and on
 * the last call the connection is suspended before the exchange goes to a worker. Whoever finishes
 * it resumes the connection and never touches the exchange again; the library then calls once more
 * and the answer is queued. Only the completed-callback frees. An exchange that the guard gave up
 * belongs to its handler still: a second one carries the refusal, and the first is freed when both
 * the handler and the connection have let go. */
#include "net/served.h"
#include <stdlib.h>

enum { SPARE_MAX = 64, BODY_IN_ARENA = 64 * 1024, BODY_DEFAULT = 1024 * 1024, REQUESTS_MAX = 1000 };

/* ---- life ------------------------------------------------------------------------------------ */

static void finish(struct rv_exchange *x);

static void prepare(struct rv_served *v, struct rv_server *s)
{
    struct rv_cx *cx = &v->x.cx;
    struct rv_buf buf = v->x.buf;
    struct rv_arena *arena = cx->arena;
    memset(v, 0, sizeof *v);
    v->s = s;
    v->x.magic = RV_MAGIC('X');
    v->x.impl = &v->impl;
    v->x.buf = buf;
    v->x.cx = (struct rv_cx){ .env = s->env, .arena = arena };
    v->x.body_max = BODY_DEFAULT;
    v->x.loopback = s->loopback;
    v->x.secure = s->tls;
    v->x.received_us = rv_mono_us(s->env);
    v->impl = (struct rv_exchange_impl){ .finish = finish, .streams = true, .x = &v->x };
}

struct rv_served *rv_served_new(struct rv_server *s)
{
    pthread_mutex_lock(&s->lock);
    struct rv_served *v = s->spare;
    if (v != NULL) {
        s->spare = v->next;
        s->spare_n--;
    }
    s->served_n++;
    pthread_mutex_unlock(&s->lock);
    if (v == NULL) {
        v = calloc(1, sizeof *v);
        if (v != NULL && rv_cx_init(&v->x.cx, s->env, 0) != RV_OK) {
            free(v);
            v = NULL;
        }
        if (v != NULL)
            rv_buf_init(&v->x.buf, (size_t)64 * 1024 * 1024);
    }
    if (v == NULL) {
        pthread_mutex_lock(&s->lock);
        s->served_n--;
        pthread_mutex_unlock(&s->lock);
        return NULL;
    }
    prepare(v, s);
    v->x.cx.log_key = "req";
    v->x.cx.log_id = rv_id_hex24(&v->x.cx);
    return v;
}

void rv_served_free(struct rv_served *v)
{
    rv_buf_done(&v->x.buf);
    rv_cx_done(&v->x.cx);
    free(v);
}

/* Caller holds the lock. */
static void release(struct rv_served *v)
{
    struct rv_server *s = v->s;
    if (v->body_on_heap)
        free(v->body);
    v->body_on_heap = false;
    s->served_n--;
    if (s->spare_n < SPARE_MAX && !s->stopping) {
        rv_arena_reset(v->x.cx.arena);
        if (v->x.buf.size > BODY_IN_ARENA) {
            rv_buf_done(&v->x.buf);
            rv_buf_init(&v->x.buf, (size_t)64 * 1024 * 1024);
        }
        rv_buf_clear(&v->x.buf);
        v->next = s->spare;
        s->spare = v;
        s->spare_n++;
    } else {
        rv_served_free(v);
    }
    if (s->draining || s->stopping)
        pthread_cond_broadcast(&s->change);
}

static void unlink_running(struct rv_served *v)
{
    struct rv_server *s = v->s;
    if (v->prev != NULL)
        v->prev->next = v->next;
    else
        s->running = v->next;
    if (v->next != NULL)
        v->next->prev = v->prev;
    v->next = v->prev = NULL;
    s->running_n--;
    if (s->draining)
        pthread_cond_broadcast(&s->change);
}

static void finish(struct rv_exchange *x)
{
    struct rv_exchange_impl *impl = x->impl;
    struct rv_served *v = (struct rv_served *)(void *)impl->x; /* x is its first member */
    struct rv_server *s = v->s;
    pthread_mutex_lock(&s->lock);
    if (v->state == RV_SERVED_RUNNING) {
        v->state = RV_SERVED_FINISHED;
        unlink_running(v);
        MHD_resume_connection(v->mhd); /* under the lock, so that the server cannot stop in between */
    } else {
        v->handler_gone = true;
        if (v->connection_gone)
            release(v);
    }
    bool last = s->ended && s->served_n == 0;
    pthread_mutex_unlock(&s->lock);
    if (last)
        rv_server_unmake(s);
}

void rv_served_expire(struct rv_served *v)
{
    v->state = RV_SERVED_EXPIRED;
    unlink_running(v);
    MHD_resume_connection(v->mhd);
}

void rv_served_complete(struct rv_served *v)
{
    struct rv_server *s = v->s;
    struct rv_stream *t = v->x.stream;
    if (v->counted)
        rv_peers_remove(s->peers, &v->counted_as);
    pthread_mutex_lock(&s->lock);
    if (v->c != NULL) {
        v->c->phase = RV_CONN_IDLE;
        v->c->since_us = rv_mono_us(s->env);
    }
    if (t != NULL && t->listed) {
        t->listed = false;
        if (t->prev != NULL)
            t->prev->next = t->next;
        else
            s->streams = t->next;
        if (t->next != NULL)
            t->next->prev = t->prev;
    }
    if (v->state == RV_SERVED_EXPIRED && !v->handler_gone)
        v->connection_gone = true;
    else
        release(v);
    pthread_mutex_unlock(&s->lock);
    if (t != NULL)
        rv_stream_detach(t);
}

/* ---- answers --------------------------------------------------------------------------------- */

/* What every answer carries whatever its route (security.md 5.6); the rest is the application's. */
static const struct {
    const char *name, *value;
    bool secure_only;
} always[] = {
    { "X-Content-Type-Options", "nosniff", false },
    { "Referrer-Policy", "no-referrer", false },
    { "Cross-Origin-Opener-Policy", "same-origin", false },
    { "Cross-Origin-Resource-Policy", "same-origin", false },
    { "Strict-Transport-Security", "max-age=31536000", true },
};

static bool has_out_header(const struct rv_exchange *x, const char *name)
{
    for (size_t i = 0; i < x->out_headers_n; i++)
        if (rv_str_eq_nocase(x->out_headers[i].name, rv_str_of(name)))
            return true;
    return false;
}

static void add_headers(struct rv_served *v, struct MHD_Response *r)
{
    const struct rv_exchange *x = &v->x;
    for (size_t i = 0; i < x->out_headers_n; i++) /* copies of rv_dup: NUL behind them */
        (void)MHD_add_response_header(r, x->out_headers[i].name.p, x->out_headers[i].value.p); /* else: no memory */
    for (size_t i = 0; i < RV_LEN(always); i++)
        if ((x->secure || !always[i].secure_only) && !has_out_header(x, always[i].name))
            (void)MHD_add_response_header(r, always[i].name, always[i].value);
    if (x->close)
        (void)MHD_add_response_header(r, "Connection", "close");
}

static struct MHD_Response *stream_response(struct rv_served *v)
{
    struct rv_server *s = v->s;
    struct rv_stream *t = v->x.stream;
    pthread_mutex_lock(&s->lock);
    bool late = s->draining || s->stopping;
    if (!late) {
        t->listed = true;
        t->prev = NULL;
        t->next = s->streams;
        if (t->next != NULL)
            t->next->prev = t;
        s->streams = t;
    }
    pthread_mutex_unlock(&s->lock);
    if (late)
        rv_stream_end(t);
    return rv_stream_response(t, v->mhd);
}

static struct MHD_Response *plain_response(const struct rv_exchange *x)
{
    bool empty = x->status == 204 || x->status == 304 || x->out.p == NULL;
    return MHD_create_response_from_buffer(empty ? 0 : x->out.n,
                                           empty ? NULL : (void *)(uintptr_t)x->out.p,
                                           MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result answer(struct rv_served *v)
{
    struct rv_exchange *x = &v->x;
    v->state = RV_SERVED_ANSWERED;
    pthread_mutex_lock(&v->s->lock);
    v->c->phase = RV_CONN_ANSWER;
    x->close = x->close || v->s->draining || v->c->requests >= REQUESTS_MAX;
    pthread_mutex_unlock(&v->s->lock);
    if (x->status == 0)
        v->s->app.refuse(v->s->app.arg, x, 500, "The server did not answer this request.");
    struct MHD_Response *r =
        x->stream != NULL && !v->head_only ? stream_response(v) : plain_response(x);
    if (r == NULL)
        return MHD_NO;
    add_headers(v, r);
    enum MHD_Result ok = MHD_queue_response(v->mhd, (unsigned)x->status, r);
    MHD_destroy_response(r);
    return ok;
}

static void fill_refusal(struct rv_served *v, int status, const char *sentence)
{
    struct rv_exchange *x = &v->x;
    x->close = true;
    v->s->app.refuse(v->s->app.arg, x, status, sentence);
    if (status == 503 && !has_out_header(x, "Retry-After") &&
        rv_exchange_set_header(x, "Retry-After", RV_STR("1")) != RV_OK)
        rv_error_clear(&x->cx); /* only a hint: better none than no answer */
}

static enum MHD_Result refuse(struct rv_served *v, int status, const char *sentence)
{
    fill_refusal(v, status, sentence);
    return answer(v);
}

/* The handler of *con_cls is late: another exchange carries the refusal. */
static enum MHD_Result answer_expired(struct rv_served *v, void **con_cls)
{
    struct rv_served *n = rv_served_new(v->s);
    if (n == NULL)
        return MHD_NO;
    n->mhd = v->mhd;
    n->c = v->c;
    n->head_only = v->head_only;
    n->x.secure = v->x.secure;
    n->x.method = rv_dup(&n->x.cx, v->x.method);
    n->x.path = rv_dup(&n->x.cx, v->x.path);
    n->counted = v->counted;
    n->counted_as = v->counted_as;
    v->counted = false;
    v->c = NULL;
    *con_cls = n;
    pthread_mutex_lock(&v->s->lock);
    v->connection_gone = true;
    if (v->handler_gone)
        release(v);
    pthread_mutex_unlock(&n->s->lock);
    return refuse(n, 503, "The server took too long to answer; try again.");
}

/* ---- the library's calls --------------------------------------------------------------------- */

struct collected {
    struct rv_header *h;
    size_t n, max;
};

static enum MHD_Result collect(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_n,
                               const char *value, size_t value_n)
{
    struct collected *c = arg;
    (void)kind;
    if (c->n < c->max)
        c->h[c->n] = (struct rv_header){ { name, name_n },
                                         { value != NULL ? value : name + name_n + 1, value_n } };
    c->n++;
    return c->n < c->max ? MHD_YES : MHD_NO;
}

static bool copy_head(struct rv_served *v, const struct rv_head *h)
{
    struct rv_exchange *x = &v->x;
    struct rv_header *out = RV_NEW_N(&x->cx, struct rv_header, h->raw_n + 1);
    if (out == NULL)
        return false;
    for (size_t i = 0; i < h->raw_n; i++) {
        out[i].name = rv_dup(&x->cx, h->raw[i].name);
        out[i].value = rv_dup(&x->cx, rv_str_trim(h->raw[i].value));
        if (out[i].name.p == NULL || out[i].value.p == NULL)
            return false;
        char *p = (char *)(uintptr_t)out[i].name.p; /* our own fresh copy */
        for (size_t k = 0; k < out[i].name.n; k++)
            if (p[k] >= 'A' && p[k] <= 'Z')
                p[k] = (char)(p[k] - 'A' + 'a');
    }
    x->headers = out;
    x->headers_n = h->raw_n;
    x->path = h->path;
    x->query = h->query;
    return true;
}

/* The right-most address that is not a trusted proxy's own (security.md 10.5). */
static bool forwarded_address(const struct rv_served *v, struct rv_address *ret)
{
    const struct rv_exchange *x = &v->x;
    bool any = false;
    for (size_t i = x->headers_n; i-- > 0;) {
        rv_str rest = x->headers[i].value;
        if (!rv_str_eq(x->headers[i].name, RV_STR("x-forwarded-for")))
            continue;
        while (rest.n > 0) {
            size_t from = rest.n;
            while (from > 0 && rest.p[from - 1] != ',')
                from--;
            rv_str word = rv_str_trim(rv_str_sub(rest, from, rest.n - from));
            rest = rv_str_sub(rest, 0, from > 0 ? from - 1 : 0);
            struct rv_address a;
            if (!rv_address_parse(word, &a))
                return any;
            *ret = a;
            any = true;
            if (!rv_address_in_list(&a, v->s->trusted))
                return true;
        }
    }
    return any;
}

/* Who calls; false when that address has too many requests under way. */
static bool set_peer(struct rv_served *v)
{
    struct rv_exchange *x = &v->x;
    struct rv_server *s = v->s;
    x->peer = rv_dup(&x->cx, rv_str_of(v->c->peer));
    if (s->trusted.n == 0 || !rv_address_in_list(&v->c->address, s->trusted))
        return true;
    x->secure =
        x->secure || rv_str_eq_nocase(rv_exchange_header(x, "x-forwarded-proto"), RV_STR("https"));
    struct rv_address a;
    if (!forwarded_address(v, &a))
        return true;
    char text[RV_ADDRESS_TEXT];
    rv_address_format(&a, text);
    x->peer = rv_dup(&x->cx, rv_str_of(text));
    if (rv_peers_count(s->peers, &a) >= s->per_address)
        return false;
    v->counted = rv_peers_add(s->peers, &a);
    v->counted_as = a;
    return v->counted;
}

static bool make_room(struct rv_served *v, int64_t length)
{
    v->body_size = (size_t)length; /* cannot overflow: at most body_max */
    if (v->body_size == 0)
        return true;
    v->body_on_heap = v->body_size > BODY_IN_ARENA; /* pages that never come are never touched */
    v->body = v->body_on_heap ? malloc(v->body_size) : rv_alloc(&v->x.cx, v->body_size);
    return v->body != NULL;
}

static enum MHD_Result accept_head(struct rv_served *v, int64_t length)
{
    struct rv_exchange *x = &v->x;
    if (!v->s->app.head(v->s->app.arg, x)) {
        x->close = x->close || length > 0; /* a body is not read */
        if (x->close)
            return answer(v);
        v->lingers = false;
        v->state = RV_SERVED_FINISHED; /* an answer before the last call would end the connection */
        return MHD_YES;
    }
    if (length > x->body_max) {
        rv_str why =
            rv_printf(&x->cx,
                      "The body has %" PRId64 " bytes, at most %" PRId64 " are allowed here.",
                      length, x->body_max);
        return refuse(v, 413, why.p != NULL ? why.p : "The body is too large.");
    }
    if (!make_room(v, length > 0 ? length : 0))
        return refuse(v, 503, "There is no memory for this request; try again.");
    v->state = RV_SERVED_BODY;
    pthread_mutex_lock(&v->s->lock);
    v->c->phase = RV_CONN_BODY;
    v->c->since_us = rv_mono_us(v->s->env);
    v->c->body_n = 0;
    pthread_mutex_unlock(&v->s->lock);
    return MHD_YES;
}

static enum MHD_Result on_head(struct rv_served *v, const char *method, const char *version)
{
    struct rv_header raw[RV_HEAD_COUNT_MAX + 1];
    struct collected c = { .h = raw, .max = RV_LEN(raw) };
    struct rv_exchange *x = &v->x;
    const char *sentence = "";
    const union MHD_ConnectionInfo *info;
    (void)MHD_get_connection_values_n(v->mhd, MHD_HEADER_KIND, collect, &c); /* the count is in c */
    info = MHD_get_connection_info(v->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    struct rv_head h = { .method = method,
                         .uri = v->uri,
                         .version = version,
                         .target = v->target,
                         .raw = raw,
                         .raw_n = c.n,
                         .size = info != NULL ? info->header_size : 0 };
    v->c->requests++;
    v->head_only = x->head_only = strcmp(method, "HEAD") == 0;
    x->method = v->head_only ? RV_STR("GET") : rv_dup(&x->cx, rv_str_of(method));
    x->path = RV_STR("/");
    x->peer = rv_dup(&x->cx, rv_str_of(v->c->peer));
    int status = rv_head_check(&h, &sentence);
    v->lingers = status != 0 || h.length > 0;
    if (status != 0)
        return refuse(v, status, sentence);
    x->close = h.http10;
    if (v->c->refused)
        return refuse(v, 503, "The server has as many connections as it can serve; try again.");
    if (!copy_head(v, &h))
        return refuse(v, 503, "There is no memory for this request; try again.");
    if (!set_peer(v))
        return refuse(v, 503, "There are too many requests from your address at a time.");
    return accept_head(v, h.length);
}

static enum MHD_Result on_body(struct rv_served *v, const char *data, size_t n)
{
    if (n > v->body_size - v->body_n)
        return MHD_NO; /* cannot happen: the library counts too */
    memcpy(v->body + v->body_n, data, n);
    v->body_n += n;
    pthread_mutex_lock(&v->s->lock);
    v->c->body_n += (int64_t)n;
    pthread_mutex_unlock(&v->s->lock);
    return MHD_YES;
}

static void run(void *arg)
{
    struct rv_served *v = arg;
    struct rv_server *s = v->s;
    if (!rv_exchange_run(&v->x, s->app.handle, s->app.arg))
        finish(&v->x);
}

static enum MHD_Result on_complete(struct rv_served *v)
{
    struct rv_server *s = v->s;
    struct rv_exchange *x = &v->x;
    int64_t now = rv_mono_us(s->env);
    v->lingers = false;
    x->body = v->body_n > 0 ? (rv_str){ v->body, v->body_n } : RV_NONE_STR;
    v->deadline_us = now + (x->answer_max_ms > 0 ? x->answer_max_ms * 1000 : s->answer_us);
    x->cx.deadline_ms = v->deadline_us / 1000;
    pthread_mutex_lock(&s->lock);
    bool stopping = s->stopping;
    if (!stopping) {
        v->c->phase = RV_CONN_ANSWER;
        v->state = RV_SERVED_RUNNING;
        v->prev = NULL;
        v->next = s->running;
        if (v->next != NULL)
            v->next->prev = v;
        s->running = v;
        s->running_n++;
        MHD_suspend_connection(v->mhd);
    }
    pthread_mutex_unlock(&s->lock);
    if (stopping)
        return refuse(v, 503, "The server is shutting down.");
    if (!rv_workers_add(s->workers, run, v)) {
        fill_refusal(v, 503, "The server has more to do than it can; try again.");
        finish(x);
    }
    return MHD_YES;
}

enum MHD_Result rv_served_call(struct rv_served *v, const char *method, const char *version, const char *data,
                               size_t *data_n, void **con_cls)
{
    switch (v->state) {
    case RV_SERVED_HEAD:
        return on_head(v, method, version);
    case RV_SERVED_BODY:
        if (*data_n == 0)
            return on_complete(v);
        size_t n = *data_n;
        *data_n = 0;
        return on_body(v, data, n);
    case RV_SERVED_FINISHED:
        return answer(v);
    case RV_SERVED_EXPIRED:
        return answer_expired(v, con_cls);
    case RV_SERVED_RUNNING:
    case RV_SERVED_ANSWERED:
        *data_n = 0;
        return MHD_YES;
    }
    return MHD_NO;
}
