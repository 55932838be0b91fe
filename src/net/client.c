/* The outgoing client: one I/O thread, libcurl's multi handle over epoll, and our own queue in
 * front of it.
 *
 * Callers put a call or a mail into the queue and wake the thread only when it sleeps. Per
 * destination there are never more transfers than connections (libcurl's own waiting list is slow),
 * so connections stay open and are used again; what is too much waits in the destination. What a
 * transfer does is in fetch.c; smtp.c has the connections to mail servers. */
#include "net/client_int.h"
#include <errno.h>
#include <ifaddrs.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { EVENTS = 128, SWEEP_US = 250000, DESTINATION_IDLE_US = 60000000, BUNDLE_MAX = 4 << 20 };

/* ---- the library's view of sockets and time -------------------------------------------------- */

/* The library keeps a pointer per socket for us: non-NULL once epoll knows the socket. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct rv_client *c = arg;
    struct epoll_event ev = { .data.fd = fd };
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        (void)epoll_ctl(c->epoll, EPOLL_CTL_DEL, fd, &ev); /* it may be closed already */
        return 0;
    }
    if ((what & CURL_POLL_IN) != 0)
        ev.events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0)
        ev.events |= EPOLLOUT;
    int op = known != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(c->epoll, op, fd, &ev) != 0 && errno == EEXIST)
        (void)epoll_ctl(c->epoll, EPOLL_CTL_MOD, fd, &ev);
    curl_multi_assign(c->multi, fd, c);
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
    struct rv_client *c = arg;
    (void)multi;
    c->timer_us = ms < 0 ? INT64_MAX : rv_mono_us(c->env) + (int64_t)ms * 1000;
    return 0;
}

/* ---- transfers and destinations -------------------------------------------------------------- */

struct rv_transfer *rv_transfer_new(struct rv_client *c)
{
    struct rv_transfer *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->c = c;
    t->easy = curl_easy_init();
    if (t->easy == NULL) {
        free(t);
        return NULL;
    }
    return t;
}

void rv_transfer_free(struct rv_transfer *t)
{
    curl_slist_free_all(t->list);
    curl_easy_cleanup(t->easy);
    free(t);
}

bool rv_transfer_start(struct rv_transfer *t)
{
    struct rv_client *c = t->c;
    if (curl_multi_add_handle(c->multi, t->easy) != CURLM_OK)
        return false;
    t->prev = NULL;
    t->next = c->active;
    if (t->next != NULL)
        t->next->prev = t;
    c->active = t;
    return true;
}

void rv_transfer_stop(struct rv_transfer *t)
{
    struct rv_client *c = t->c;
    curl_multi_remove_handle(c->multi, t->easy);
    if (t->prev != NULL)
        t->prev->next = t->next;
    else
        c->active = t->next;
    if (t->next != NULL)
        t->next->prev = t->prev;
    t->next = t->prev = NULL;
}

struct rv_destination *rv_client_destination(struct rv_client *c, rv_str key, bool mail)
{
    for (struct rv_destination *d = c->destinations; d != NULL; d = d->next)
        if (d->mail == mail && rv_str_eq(d->key, key))
            return d;
    struct rv_destination *d = calloc(1, sizeof *d + key.n + 1);
    if (d == NULL)
        return NULL;
    memcpy(d->text, key.p, key.n);
    d->key = (rv_str){ d->text, key.n };
    d->mail = mail;
    d->calls_end = &d->calls;
    d->next = c->destinations;
    c->destinations = d;
    return d;
}

static void free_destination(struct rv_destination *d)
{
    explicit_bzero(d->text, d->key.n); /* a mail server's holds its password */
    free(d);
}

static void drop_idle_destinations(struct rv_client *c, int64_t now)
{
    struct rv_destination **at = &c->destinations;
    while (*at != NULL) {
        struct rv_destination *d = *at;
        if (d->active == 0 && d->calls == NULL && d->mails == NULL &&
            now - d->used_us > DESTINATION_IDLE_US) {
            *at = d->next;
            free_destination(d);
        } else {
            at = &d->next;
        }
    }
}

static void pump_all(struct rv_client *c, bool sweep)
{
    c->waiting = false;
    for (struct rv_destination *d = c->destinations; d != NULL; d = d->next) {
        if (d->mail)
            rv_mail_pump(c, d);
        else
            rv_fetch_pump(c, d, sweep);
        c->waiting = c->waiting || d->calls != NULL || d->mails != NULL;
    }
}

/* ---- the thread ------------------------------------------------------------------------------ */

/* Takes what callers have queued; false when the client ends. */
static bool take_queued(struct rv_client *c)
{
    pthread_mutex_lock(&c->lock);
    struct rv_fetch *f = c->fetches;
    struct rv_mail_send *m = c->mails;
    c->fetches = c->fetches_last = NULL;
    c->mails = c->mails_last = NULL;
    bool stop = c->stop;
    pthread_mutex_unlock(&c->lock);
    while (f != NULL) {
        struct rv_fetch *next = f->impl;
        f->impl = NULL;
        if (stop)
            rv_fetch_end(f, rv_fail(f->cx, RV_STOPPED, "The server is shutting down."));
        else
            rv_fetch_accept(c, f);
        f = next;
    }
    while (m != NULL) {
        struct rv_mail_send *next = m->impl;
        m->impl = NULL;
        if (stop)
            rv_mail_end(m, rv_fail(m->cx, RV_STOPPED, "The server is shutting down."));
        else
            rv_mail_accept(c, m);
        m = next;
    }
    return !stop;
}

static void reap(struct rv_client *c)
{
    CURLMsg *msg;
    int left;
    bool any = false;
    while ((msg = curl_multi_info_read(c->multi, &left)) != NULL) {
        struct rv_transfer *t = NULL;
        CURLcode code = msg->data.result;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
        if (t == NULL)
            RV_BUG("transfer without owner");
        if (t->smtp == NULL)
            rv_transfer_stop(t);
        t->ended(t, code);
        any = true;
    }
    if (any && c->waiting)
        pump_all(c, false);
}

static void run_timer(struct rv_client *c)
{
    int running;
    if (c->timer_us > rv_mono_us(c->env))
        return;
    c->timer_us = INT64_MAX;
    curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    reap(c);
}

static int sleep_ms(struct rv_client *c)
{
    int64_t now = rv_mono_us(c->env), until = rv_smtp_due(c);
    if (until > c->timer_us)
        until = c->timer_us;
    if (c->waiting && until > now + SWEEP_US)
        until = now + SWEEP_US;
    int64_t ms = until == INT64_MAX ? 10000 : until <= now ? 0 : (until - now + 999) / 1000;
    if (ms > 10000)
        ms = 10000;
    pthread_mutex_lock(&c->lock);
    if (c->fetches != NULL || c->mails != NULL || c->stop)
        ms = 0;
    c->asleep = ms > 0;
    pthread_mutex_unlock(&c->lock);
    return (int)ms;
}

static void handle_event(struct rv_client *c, const struct epoll_event *ev)
{
    int running, mask = 0;
    if (ev->data.fd == c->wake) {
        uint64_t n;
        if (read(c->wake, &n, sizeof n) < 0)
            n = 0; /* somebody else's byte: nothing to do */
        return;
    }
    if ((ev->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
        mask |= CURL_CSELECT_IN;
    if (rv_smtp_ready(c, ev->data.fd, mask != 0))
        return;
    if ((ev->events & EPOLLOUT) != 0)
        mask |= CURL_CSELECT_OUT;
    if ((ev->events & EPOLLERR) != 0)
        mask |= CURL_CSELECT_ERR;
    curl_multi_socket_action(c->multi, ev->data.fd, mask, &running);
}

static void end_everything(struct rv_client *c)
{
    while (c->active != NULL) {
        struct rv_transfer *t = c->active;
        if (t->smtp == NULL)
            rv_transfer_stop(t);
        t->stopped(t);
    }
    for (struct rv_destination *d = c->destinations; d != NULL; d = d->next) {
        rv_fetch_stop_waiting(d);
        rv_mail_stop_waiting(d);
    }
}

static void *io(void *arg)
{
    struct rv_client *c = arg;
    struct epoll_event events[EVENTS];
    int64_t swept = rv_mono_us(c->env);
    rv_thread_is("client", RV_THREAD_FINISHES);
    while (take_queued(c)) {
        run_timer(c);
        int n = epoll_wait(c->epoll, events, EVENTS, sleep_ms(c));
        pthread_mutex_lock(&c->lock);
        c->asleep = false;
        pthread_mutex_unlock(&c->lock);
        for (int i = 0; i < n; i++)
            handle_event(c, &events[i]);
        reap(c);
        int64_t now = rv_mono_us(c->env);
        if (now - swept >= SWEEP_US || rv_smtp_due(c) <= now) {
            swept = now;
            rv_smtp_sweep(c, now);
            if (c->waiting)
                pump_all(c, true);
        }
        if (n == 0)
            drop_idle_destinations(c, now);
    }
    bool more = true;
    while (more) { /* done functions may have queued something again */
        end_everything(c);
        (void)take_queued(c); /* says that the client ends: known */
        pthread_mutex_lock(&c->lock);
        more = c->fetches != NULL || c->mails != NULL;
        pthread_mutex_unlock(&c->lock);
    }
    return NULL;
}

void rv_client_wake(struct rv_client *c)
{
    uint64_t one = 1;
    if (write(c->wake, &one, sizeof one) < 0)
        RV_BUG("eventfd cannot be written"); /* it would have to hold 2^64 - 1 */
}

/* ---- starting, queueing, ending -------------------------------------------------------------- */

static void init_library(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* This machine's own addresses: a call must not reach its services by their outside name. */
static void find_own_addresses(struct rv_client *c)
{
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) != 0)
        return;
    for (const struct ifaddrs *i = all; i != NULL && c->own_n < RV_OWN_ADDRESSES; i = i->ifa_next)
        if (i->ifa_addr != NULL && rv_address_of(i->ifa_addr, &c->own[c->own_n]))
            c->own_n++;
    freeifaddrs(all);
}

static bool open_handles(struct rv_client *c)
{
    struct epoll_event ev = { .events = EPOLLIN };
    c->epoll = epoll_create1(EPOLL_CLOEXEC);
    c->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ev.data.fd = c->wake;
    c->multi = curl_multi_init();
    if (c->epoll < 0 || c->wake < 0 || c->multi == NULL ||
        epoll_ctl(c->epoll, EPOLL_CTL_ADD, c->wake, &ev) != 0)
        return false;
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
    curl_multi_setopt(c->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)(c->calls_max + 4 * c->mails_max));
    return true;
}

/* ---- whom to trust --------------------------------------------------------------------------- */

static bool add_file(struct rv_buf *b, const char *path)
{
    char part[8192];
    FILE *f = path != NULL ? fopen(path, "r") : NULL;
    size_t n;
    while (f != NULL && (n = fread(part, 1, sizeof part, f)) > 0)
        rv_buf_add(b, (rv_str){ part, n });
    if (f != NULL)
        (void)fclose(f);
    return !b->failed;
}

/* One text with the system's, because the library takes either a file or a text: it keeps apart
 * connections and sessions that were made under another one. */
rv_status rv_client_trust(struct rv_cx *cx, struct rv_client *c, rv_str pem)
{
    struct rv_buf b;
    char *text = NULL;
    size_t n = 0;
    const char *file =
        c->ca_file.n > 0 ? rv_z(cx, c->ca_file) : curl_version_info(CURLVERSION_NOW)->cainfo;
    rv_buf_init(&b, BUNDLE_MAX);
    if (pem.n > 0) {
        bool ok = add_file(&b, file);
        rv_buf_add(&b, RV_STR("\n"));
        rv_buf_add(&b, pem);
        n = b.n;
        text = ok && !b.failed ? malloc(n) : NULL;
        if (text != NULL)
            memcpy(text, b.p, n);
    }
    rv_buf_done(&b);
    if (pem.n > 0 && text == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory while reading the trust store");
    pthread_mutex_lock(&c->lock);
    free(c->trusted);
    c->trusted = text;
    c->trusted_n = n;
    pthread_mutex_unlock(&c->lock);
    return RV_OK;
}

void rv_client_authorities(struct rv_client *c, CURL *e, const char *file)
{
    pthread_mutex_lock(&c->lock);
    struct curl_blob all = { .data = c->trusted, .len = c->trusted_n, .flags = CURL_BLOB_COPY };
    if (c->trusted != NULL)
        curl_easy_setopt(e, CURLOPT_CAINFO_BLOB, &all);
    else if (file != NULL)
        curl_easy_setopt(e, CURLOPT_CAINFO, file);
    pthread_mutex_unlock(&c->lock);
}

rv_status rv_client_new(struct rv_cx *cx, struct rv_client **ret)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_library);
    struct rv_client *c = calloc(1, sizeof *c);
    if (c == NULL)
        return rv_fail(cx, RV_BUSY, "There is no memory for outgoing calls.");
    c->magic = RV_MAGIC('C');
    c->env = cx->env;
    c->epoll = c->wake = -1;
    c->timer_us = INT64_MAX;
    c->calls_max = (int)rv_config_int(cx->env, "client.connections");
    c->per_destination = (int)rv_config_int(cx->env, "client.per_destination");
    c->mails_max = (int)rv_config_int(cx->env, "mail.connections");
    c->mail_timeout_ms = rv_config_int(cx->env, "mail.timeout");
    c->ca_file = rv_config_text(cx->env, "client.ca_file");
    pthread_mutex_init(&c->lock, NULL);
    find_own_addresses(c);
    if (!open_handles(c) || rv_thread_start(&c->thread, io, c) != 0) {
        rv_client_free(c);
        return rv_fail(cx, RV_IO,
                       "The system does not give files and a thread for outgoing calls.");
    }
    c->started = true;
    *ret = c;
    return RV_OK;
}

void rv_client_free(struct rv_client *c)
{
    if (c == NULL)
        return;
    RV_CHECK(c, 'C');
    if (c->started) {
        pthread_mutex_lock(&c->lock);
        c->stop = true;
        pthread_mutex_unlock(&c->lock);
        rv_client_wake(c);
        pthread_join(c->thread, NULL);
    }
    while (c->destinations != NULL) {
        struct rv_destination *d = c->destinations;
        c->destinations = d->next;
        free_destination(d);
    }
    while (c->spare != NULL) {
        struct rv_transfer *t = c->spare;
        c->spare = t->next;
        rv_transfer_free(t);
    }
    if (c->multi != NULL)
        curl_multi_cleanup(c->multi);
    if (c->epoll >= 0)
        close(c->epoll);
    if (c->wake >= 0)
        close(c->wake);
    pthread_mutex_destroy(&c->lock);
    free(c->trusted);
    free(c);
}

void rv_fetch_start(struct rv_client *c, struct rv_fetch *f)
{
    RV_CHECK(c, 'C');
    f->impl = NULL;
    pthread_mutex_lock(&c->lock);
    if (c->fetches_last != NULL)
        c->fetches_last->impl = f;
    else
        c->fetches = f;
    c->fetches_last = f;
    bool wake = c->asleep;
    c->asleep = false;
    pthread_mutex_unlock(&c->lock);
    if (wake)
        rv_client_wake(c);
}

void rv_mail_start(struct rv_client *c, struct rv_mail_send *m)
{
    RV_CHECK(c, 'C');
    m->impl = NULL;
    pthread_mutex_lock(&c->lock);
    if (c->mails_last != NULL)
        c->mails_last->impl = m;
    else
        c->mails = m;
    c->mails_last = m;
    bool wake = c->asleep;
    c->asleep = false;
    pthread_mutex_unlock(&c->lock);
    if (wake)
        rv_client_wake(c);
}

static void fetch_is_done(struct rv_fetch *f)
{
    sem_post(f->arg);
}

rv_status rv_fetch_wait(struct rv_client *c, struct rv_fetch *f)
{
    sem_t done;
    void (*their_done)(struct rv_fetch *f) = f->done;
    void *their_arg = f->arg;
    sem_init(&done, 0, 0);
    f->done = fetch_is_done;
    f->arg = &done;
    rv_fetch_start(c, f);
    while (sem_wait(&done) != 0) {
    }
    sem_destroy(&done);
    f->done = their_done;
    f->arg = their_arg;
    return f->st;
}

static void mail_is_done(struct rv_mail_send *m)
{
    sem_post(m->arg);
}

rv_status rv_mail_wait(struct rv_client *c, struct rv_mail_send *m)
{
    sem_t done;
    void (*their_done)(struct rv_mail_send *m) = m->done;
    void *their_arg = m->arg;
    sem_init(&done, 0, 0);
    m->done = mail_is_done;
    m->arg = &done;
    rv_mail_start(c, m);
    while (sem_wait(&done) != 0) {
    }
    sem_destroy(&done);
    m->done = their_done;
    m->arg = their_arg;
    return m->st;
}
