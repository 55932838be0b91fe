/* The guard: a thread of the server that looks at the clock, because the library only knows how
 * long a connection was silent.
 *
 * It cuts connections whose head takes too long or whose body trickles, answers exchanges whose
 * handler is late, sends a comment to sleeping streams, and lets refused uploads end in peace: a
 * socket that is closed with unread bytes in it is reset, and the client would never read why it
 * was refused (so a copy of the descriptor stays open and is emptied for two seconds). Cutting is
 * shutdown(2): the library then sees the end and frees everything. */
#include "net/net_int.h"
#include <fcntl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    SECOND = 1000000,
    PACE_GRACE = 5 * SECOND,
    PACE_BYTES = 1024, /* a second */
    PING = 15 * SECOND,
    LINGER = 2 * SECOND,
    LINGER_BYTES = 64 * 1024 * 1024
};

static bool is_late(const struct rv_server *s, const struct rv_connection *c, int64_t now)
{
    int64_t t = now - c->since_us;
    switch (c->phase) {
    case RV_CONN_IDLE: /* the library ends silent ones; this one trickles its request line, or never began */
        return t > (c->requests == 0 ? s->head_us : s->idle_us + s->head_us);
    case RV_CONN_HEAD:
        return t > s->head_us;
    case RV_CONN_BODY:
        return t > PACE_GRACE && c->body_n / PACE_BYTES < (t - PACE_GRACE) / SECOND;
    case RV_CONN_ANSWER:
        return false;
    }
    return false;
}

static void cut_late_connections(struct rv_server *s, int64_t now)
{
    for (struct rv_connection *c = s->connections; c != NULL; c = c->next)
        if (!c->cut && is_late(s, c, now)) {
            c->cut = true;
            shutdown(c->fd, SHUT_RDWR);
        }
}

static void expire_late_exchanges(struct rv_server *s, int64_t now)
{
    struct rv_served *next;
    for (struct rv_served *v = s->running; v != NULL; v = next) {
        next = v->next;
        if (v->deadline_us <= now)
            rv_served_expire(v);
    }
}

/* Reads and drops what the client still sends; true when there is no more to wait for. */
static bool empty_lingerer(struct rv_lingerer *l, int64_t now)
{
    char waste[16384];
    for (;;) {
        ssize_t n = recv(l->fd, waste, sizeof waste, MSG_DONTWAIT);
        if (n < 0)
            return now >= l->until_us;
        if (n == 0 || (size_t)n >= l->left)
            return true;
        l->left -= (size_t)n;
    }
}

static void empty_lingerers(struct rv_server *s, int64_t now)
{
    for (size_t i = 0; i < s->linger_n;) {
        if (empty_lingerer(&s->linger[i], now)) {
            close(s->linger[i].fd);
            s->linger[i] = s->linger[--s->linger_n];
        } else {
            i++;
        }
    }
}

void rv_guard_linger(struct rv_server *s, int fd)
{
    pthread_mutex_lock(&s->lock);
    int copy = s->linger_n < RV_LINGER_MAX && !s->stopping ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (copy >= 0) {
        s->linger[s->linger_n++] = (struct rv_lingerer){ .fd = copy,
                                                         .until_us = rv_mono_us(s->env) + LINGER,
                                                         .left = LINGER_BYTES };
        pthread_cond_broadcast(&s->change);
    }
    pthread_mutex_unlock(&s->lock);
}

static void wait_a_tick(struct rv_server *s)
{
    int64_t us = s->head_us < s->answer_us ? s->head_us / 4 : s->answer_us / 4;
    us = us > SECOND ? SECOND : us;
    if (s->linger_n > 0)
        us = 10000;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + us * 1000;
    until.tv_sec += ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_cond_timedwait(&s->change, &s->lock, &until);
}

static void *guard(void *arg)
{
    struct rv_server *s = arg;
    int64_t pinged = rv_mono_us(s->env);
    rv_thread_is("guard", RV_THREAD_FINISHES);
    pthread_mutex_lock(&s->lock);
    while (!s->guard_stop) {
        wait_a_tick(s);
        int64_t now = rv_mono_us(s->env);
        cut_late_connections(s, now);
        expire_late_exchanges(s, now);
        empty_lingerers(s, now);
        if (now - pinged >= PING) {
            pinged = now;
            for (struct rv_stream *t = s->streams; t != NULL; t = t->next)
                rv_stream_ping(t);
        }
    }
    while (s->linger_n > 0)
        close(s->linger[--s->linger_n].fd);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

rv_status rv_guard_start(struct rv_cx *cx, struct rv_server *s)
{
    if (rv_thread_start(&s->guard, guard, s) != 0)
        return rv_fail(cx, RV_BUSY, "The system does not give the server its threads.");
    s->guard_started = true;
    return RV_OK;
}

void rv_guard_stop(struct rv_server *s)
{
    if (!s->guard_started)
        return;
    pthread_mutex_lock(&s->lock);
    s->guard_stop = true;
    pthread_cond_broadcast(&s->change);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->guard, NULL);
    s->guard_started = false;
}
