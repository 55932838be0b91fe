/* The HTTP server: one I/O thread of libmicrohttpd, a pool of workers, a guard.
 *
 * The library owns sockets, parsing and keep-alive; served.c owns an exchange; this file opens the
 * listener, counts connections, starts and stops. Stopping with suspended connections aborts in the
 * library, so every one is answered first. Certificates are read once, at the start. */
#include "net/served.h"
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    MEMORY_PER_CONNECTION = 64 * 1024, /* largest head, its index, and the head of the answer */
    MEMORY_INCREMENT = 16 * 1024,
    CONNECTIONS_EXTRA = 64, /* accepted beyond the limit so that they can be told */
    QUEUE_MAX = 4096,
    FILES_WANTED = 16384,
    TLS_FILE_MAX = 1024 * 1024,
    LAST_WORDS_MS = 500
};

/* ---- calls of the library, all on its I/O thread --------------------------------------------- */

static struct rv_connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

/* Request line read, head not yet. Its return value is what the handler finds in *con_cls. */
static void *on_request_line(void *arg, const char *uri, struct MHD_Connection *mhd)
{
    struct rv_server *s = arg;
    struct rv_connection *c = connection_of(mhd);
    struct rv_served *v = c != NULL ? rv_served_new(s) : NULL;
    if (v == NULL)
        return NULL;
    v->mhd = mhd;
    v->c = c;
    v->uri = uri;
    v->target = rv_dup(&v->x.cx, rv_str_of(uri));
    pthread_mutex_lock(&s->lock);
    c->phase = RV_CONN_HEAD;
    c->since_us = rv_mono_us(s->env);
    pthread_mutex_unlock(&s->lock);
    return v;
}

static enum MHD_Result on_call(void *arg, struct MHD_Connection *mhd, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *data_n, void **con_cls)
{
    struct rv_served *v = *con_cls;
    (void)arg;
    (void)mhd;
    (void)url; /* unescaped by the library: not to be trusted */
    return v != NULL && v->target.p != NULL
               ? rv_served_call(v, method, version, data, data_n, con_cls)
               : MHD_NO;
}

static void on_completed(void *arg, struct MHD_Connection *mhd, void **con_cls,
                         enum MHD_RequestTerminationCode why)
{
    struct rv_served *v = *con_cls;
    (void)why;
    (void)mhd;
    *con_cls = NULL;
    if (v == NULL)
        return;
    if (v->lingers && v->c != NULL)
        rv_guard_linger(arg, v->c->fd);
    rv_served_complete(v);
}

static enum MHD_Result on_accept(void *arg, const struct sockaddr *sa, socklen_t n)
{
    const struct rv_server *s = arg;
    struct rv_address a;
    (void)n;
    if (!rv_address_of(sa, &a) || rv_address_in_list(&a, s->trusted))
        return MHD_YES;
    return rv_peers_count(s->peers, &a) < s->per_address ? MHD_YES : MHD_NO;
}

static void open_connection(struct rv_server *s, struct MHD_Connection *mhd, void **context)
{
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *sa =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct rv_connection *c = calloc(1, sizeof *c);
    if (c == NULL || fd == NULL)
        goto fail;
    if (sa == NULL || !rv_address_of(sa->client_addr, &c->address) ||
        !rv_peers_add(s->peers, &c->address))
        goto fail;
    c->fd = fd->connect_fd;
    c->since_us = rv_mono_us(s->env);
    rv_address_format(&c->address, c->peer);
    c->refused = ++s->connections_n > s->connections_max;
    pthread_mutex_lock(&s->lock);
    c->next = s->connections;
    if (c->next != NULL)
        c->next->prev = c;
    s->connections = c;
    pthread_mutex_unlock(&s->lock);
    *context = c;
    return;
fail:
    free(c);
    *context = NULL;
}

static void close_connection(struct rv_server *s, struct rv_connection *c)
{
    pthread_mutex_lock(&s->lock);
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        s->connections = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    pthread_mutex_unlock(&s->lock);
    rv_peers_remove(s->peers, &c->address);
    s->connections_n--;
    free(c);
}

static void on_connection(void *arg, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        open_connection(arg, mhd, context);
    else if (*context != NULL)
        close_connection(arg, *context);
}

/* ---- starting -------------------------------------------------------------------------------- */

static rv_status listen_failed(struct rv_cx *cx, rv_str address, int port, int e)
{
    rv_status st;
    if (e == EADDRINUSE)
        st = rv_fail(cx, RV_IO,
                     "Port %d is taken by another program: stop that one, or choose another with "
                     "--set listen.port=N.",
                     port);
    else if (e == EACCES)
        st = rv_fail(
            cx, RV_IO,
            "Port %d needs more rights than this user has: set listen.port to 1024 or more.", port);
    else if (e == EADDRNOTAVAIL)
        st = rv_fail(cx, RV_IO, "This machine does not have the address %.*s: set listen.address.",
                     RV_FMT(address));
    else
        st = rv_fail(cx, RV_IO, "The server cannot listen on %.*s port %d.", RV_FMT(address), port);
    rv_fail_detail(cx, "errno %d", e);
    return st;
}

static int open_socket(const struct addrinfo *ai)
{
    int one = 1, zero = 0;
    int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    bool ok = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0;
    if (ok && ai->ai_family == AF_INET6)
        ok = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero) == 0;
    if (ok && bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, 1024) == 0)
        return fd;
    int e = errno;
    close(fd);
    errno = e;
    return -1;
}

static rv_status open_listener(struct rv_cx *cx, struct rv_server *s, int *ret)
{
    rv_str address = rv_config_text(cx->env, "listen.address");
    int port = (int)rv_config_int(cx->env, "listen.port");
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_PASSIVE };
    struct addrinfo *ai = NULL;
    char service[16];
    (void)snprintf(service, sizeof service, "%d", port); /* cannot be cut: five digits */
    if (getaddrinfo(rv_z(cx, address), service, &hints, &ai) != 0 || ai == NULL)
        return rv_fail(cx, RV_INVALID, "listen.address \"%.*s\" is not an address of this machine.",
                       RV_FMT(address));
    struct rv_address a;
    s->loopback = rv_address_of(ai->ai_addr, &a) && rv_address_is_loopback(&a);
    int fd = open_socket(ai);
    int e = errno;
    freeaddrinfo(ai);
    if (fd < 0)
        return listen_failed(cx, address, port, e);
    struct sockaddr_storage ss;
    socklen_t n = sizeof ss;
    if (getsockname(fd, (struct sockaddr *)&ss, &n) == 0) {
        struct sockaddr_in in;
        memcpy(&in, &ss, sizeof in); /* the port is at the same place for v6 */
        s->port = ntohs(in.sin_port);
    }
    *ret = fd;
    return RV_OK;
}

static rv_status read_pem(struct rv_cx *cx, const char *key, const char **ret)
{
    rv_str path = rv_config_text(cx->env, key);
    char *text = NULL;
    *ret = NULL;
    if (path.n == 0)
        return RV_OK;
    int fd = open(rv_z(cx, path), O_RDONLY | O_CLOEXEC);
    struct stat st;
    ssize_t n = -1;
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0 && st.st_size < TLS_FILE_MAX) {
        text = rv_alloc(cx, (size_t)st.st_size + 1);
        n = text != NULL ? read(fd, text, (size_t)st.st_size) : -1;
    }
    if (fd >= 0)
        close(fd);
    if (n <= 0 || text == NULL)
        return rv_fail(cx, RV_INVALID, "The file \"%.*s\" of %s cannot be read.", RV_FMT(path),
                       key);
    *ret = text;
    return RV_OK;
}

static rv_status start_daemon(struct rv_cx *cx, struct rv_server *s, int fd)
{
    const char *cert, *tls_key;
    RV_TRY(read_pem(cx, "listen.tls_cert", &cert));
    RV_TRY(read_pem(cx, "listen.tls_key", &tls_key));
    if ((cert == NULL) != (tls_key == NULL))
        return rv_fail(cx, RV_INVALID,
                       "Set listen.tls_cert and listen.tls_key together, or neither.");
    s->tls = cert != NULL;
    struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)cert },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)tls_key },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" },
        { MHD_OPTION_END, 0, NULL },
    };
    struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
    s->daemon =
        MHD_start_daemon(flags | (s->tls ? (unsigned)MHD_USE_TLS : 0u), 0, on_accept, s, on_call,
                         s, /* handler and its argument */
                         MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK, on_request_line,
                         s, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
                         MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
                         MHD_OPTION_CONNECTION_LIMIT,
                         (unsigned)(s->connections_max + CONNECTIONS_EXTRA),
                         MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)((s->idle_us + 999999) / 1000000),
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_PER_CONNECTION,
                         MHD_OPTION_CONNECTION_MEMORY_INCREMENT, (size_t)MEMORY_INCREMENT,
                         MHD_OPTION_ARRAY, s->tls ? tls : none, MHD_OPTION_END);
    if (s->daemon == NULL)
        return rv_fail(
            cx, RV_IO,
            s->tls ? "The HTTPS server cannot start: check listen.tls_cert and listen.tls_key."
                   : "The HTTP server cannot start: the system gives it no thread or memory.");
    return RV_OK;
}

/* Every connection is a file; the soft limit is often 1,024. */
static void raise_file_limit(void)
{
    struct rlimit l;
    if (getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_cur >= FILES_WANTED)
        return;
    l.rlim_cur = l.rlim_max < FILES_WANTED ? l.rlim_max : FILES_WANTED;
    (void)setrlimit(RLIMIT_NOFILE, &l); /* then fewer connections: not fatal */
}

static rv_status configure(struct rv_cx *cx, struct rv_server *s)
{
    s->trusted = rv_config_text(cx->env, "proxy.trusted");
    s->connections_max = (int)rv_config_int(cx->env, "listen.connections");
    s->per_address = (int)rv_config_int(cx->env, "listen.per_address");
    s->head_us = rv_config_int(cx->env, "listen.head_timeout") * 1000;
    s->idle_us = rv_config_int(cx->env, "listen.idle_timeout") * 1000;
    s->answer_us = rv_config_int(cx->env, "listen.answer_timeout") * 1000;
    s->peers = rv_peers_new();
    if (s->peers == NULL)
        return rv_fail(cx, RV_BUSY, "There is no memory for the server.");
    return rv_address_list_check(cx, s->trusted, "proxy.trusted");
}

static rv_status start(struct rv_cx *cx, struct rv_server *s)
{
    int fd = -1;
    RV_TRY(configure(cx, s));
    RV_TRY(
        rv_workers_new(cx, (int)rv_config_int(cx->env, "listen.workers"), QUEUE_MAX, &s->workers));
    RV_TRY(rv_guard_start(cx, s));
    raise_file_limit();
    RV_TRY(open_listener(cx, s, &fd));
    rv_status st = start_daemon(cx, s, fd);
    if (st != RV_OK)
        close(fd);
    return st;
}

rv_status rv_server_start(struct rv_cx *cx, const struct rv_http_app *app, struct rv_server **ret)
{
    struct rv_server *s = calloc(1, sizeof *s);
    if (s == NULL)
        return rv_fail(cx, RV_BUSY, "There is no memory for the server.");
    s->magic = RV_MAGIC('H');
    s->env = cx->env;
    s->app = *app;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->change, &attr);
    pthread_condattr_destroy(&attr);
    rv_status st = start(cx, s);
    if (st != RV_OK) {
        rv_server_free(s);
        return st;
    }
    *ret = s;
    return RV_OK;
}

int rv_server_port(const struct rv_server *s)
{
    RV_CHECK(s, 'H');
    return s->port;
}

rv_status rv_server_run(struct rv_server *s, void (*fn)(void *arg), void *arg)
{
    RV_CHECK(s, 'H');
    return rv_workers_add(s->workers, fn, arg) ? RV_OK : RV_BUSY;
}

/* ---- stopping -------------------------------------------------------------------------------- */

static bool nothing_runs(const struct rv_server *s)
{
    return s->running_n == 0;
}

static bool nothing_is_left(const struct rv_server *s)
{
    return s->served_n == 0;
}

/* Caller holds the lock. */
static void wait_until(struct rv_server *s, bool (*done)(const struct rv_server *s),
                       int64_t timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + (timeout_ms % 1000) * 1000000;
    until.tv_sec += timeout_ms / 1000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    while (!done(s) && pthread_cond_timedwait(&s->change, &s->lock, &until) != ETIMEDOUT) {
    }
}

static void end_streams(struct rv_server *s)
{
    for (struct rv_stream *t = s->streams; t != NULL; t = t->next)
        rv_stream_end(t);
}

void rv_server_drain(struct rv_server *s, int64_t timeout_ms)
{
    RV_CHECK(s, 'H');
    MHD_socket fd = MHD_quiesce_daemon(s->daemon);
    if (fd != MHD_INVALID_SOCKET)
        close(fd);
    pthread_mutex_lock(&s->lock);
    s->draining = true;
    end_streams(s);
    wait_until(s, nothing_runs, timeout_ms);
    while (s->running != NULL)
        rv_served_expire(s->running);
    wait_until(s, nothing_is_left, timeout_ms < LAST_WORDS_MS ? timeout_ms : LAST_WORDS_MS);
    pthread_mutex_unlock(&s->lock);
}

void rv_server_unmake(struct rv_server *s)
{
    while (s->spare != NULL) {
        struct rv_served *v = s->spare;
        s->spare = v->next;
        rv_served_free(v);
    }
    rv_peers_free(s->peers);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->change);
    free(s);
}

void rv_server_free(struct rv_server *s)
{
    if (s == NULL)
        return;
    RV_CHECK(s, 'H');
    pthread_mutex_lock(&s->lock);
    s->draining = s->stopping = true;
    end_streams(s);
    while (s->running != NULL)
        rv_served_expire(s->running);
    pthread_mutex_unlock(&s->lock);
    rv_workers_free(s->workers); /* handlers that were queued still run */
    if (s->daemon != NULL)
        MHD_stop_daemon(s->daemon);
    rv_guard_stop(s);
    pthread_mutex_lock(&s->lock);
    s->ended = true;
    bool last = s->served_n == 0; /* else a late handler's exchange frees the rest */
    pthread_mutex_unlock(&s->lock);
    if (last)
        rv_server_unmake(s);
}
