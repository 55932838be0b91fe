/* Sending mail: libcurl's SMTP over kept connections, several of them to one server.
 *
 * Handles stay with their server, fully set up; a mail changes only sender, recipients and text.
 * What the server said last is kept for people and decides between "try again" (4xx, no connection)
 * and "never" (5xx). A kept connection that the server closed meanwhile is tried once more on a
 * fresh one. TLS is never given up: a server without STARTTLS gets no mail when STARTTLS was asked
 * for.
 *
 * libcurl says QUIT when it gives a connection up and then waits for the answer, in the thread that
 * serves all other calls. So the reading side of the socket is shut before: QUIT still goes out,
 * and the wait ends at once. */
#include "net/client_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECT_MS = 10000, RECIPIENTS_MAX = 50 };

/* ---- calls of the library -------------------------------------------------------------------- */

static size_t on_read(char *to, size_t size, size_t n, void *arg)
{
    struct rv_transfer *t = arg;
    rv_str left = rv_str_sub(t->mail->message, t->sent, t->mail->message.n);
    n *= size; /* size is 1 */
    n = n < left.n ? n : left.n;
    if (n > 0)
        memcpy(to, left.p, n);
    t->sent += n;
    return n;
}

/* After a refusal libcurl gives the connection up. An unknown EHLO, the second answer, it tries as
 * HELO. */
static void expect_nothing_more(struct rv_transfer *t)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    if ((t->opened && t->replies == 2) ||
        curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK)
        return;
    if (fd != CURL_SOCKET_BAD)
        shutdown(fd, SHUT_RD);
}

/* Every line that the server says. */
static size_t on_reply(char *line, size_t size, size_t n, void *arg)
{
    struct rv_transfer *t = arg;
    n *= size; /* size is 1 */
    rv_str s = rv_str_trim((rv_str){ line, n });
    if (rv_str_starts(s, RV_STR("221")) && t->reply_n > 0)
        return n; /* the answer to QUIT says nothing of the mail; it may come in with what was on the way already */
    t->reply_n = s.n < RV_REPLY_MAX ? s.n : RV_REPLY_MAX;
    if (t->reply_n > 0)
        memcpy(t->reply, s.p, t->reply_n);
    if (s.n >= 3 && (s.n == 3 || s.p[3] != '-')) {
        t->replies++;
        if (s.p[0] == '4' || s.p[0] == '5')
            expect_nothing_more(t);
    }
    return n;
}

static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct rv_transfer *t = arg;
    struct rv_client *c = t->c;
    (void)purpose;
    int fd = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    t->opened = true;
    if (fd >= 0 && c->mail_sockets_n < RV_MAIL_SOCKETS)
        c->mail_sockets[c->mail_sockets_n++] = fd;
    return fd >= 0 ? fd : CURL_SOCKET_BAD;
}

static int on_close_socket(void *arg, curl_socket_t fd)
{
    struct rv_client *c = arg;
    for (size_t i = 0; i < c->mail_sockets_n; i++)
        if (c->mail_sockets[i] == fd) {
            c->mail_sockets[i] = c->mail_sockets[--c->mail_sockets_n];
            break;
        }
    return close(fd);
}

/* ---- the end --------------------------------------------------------------------------------- */

void rv_mail_end(struct rv_mail_send *m, rv_status st)
{
    m->st = st;
    m->impl = NULL;
    m->done(m);
}

static rv_status explain(const struct rv_transfer *t, CURLcode code)
{
    const struct rv_mail_send *m = t->mail;
    rv_str host = m->server.host, said = { t->reply, t->reply_n };
    if (code == CURLE_OPERATION_TIMEDOUT)
        return rv_fail(m->cx, RV_TIMEOUT, "The mail server %.*s did not answer in time.",
                       RV_FMT(host));
    if (code == CURLE_USE_SSL_FAILED)
        return rv_fail(m->cx, RV_UNREACHABLE,
                       "The mail server %.*s does not offer STARTTLS: nothing was sent.",
                       RV_FMT(host));
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        return rv_fail(m->cx, RV_UNREACHABLE,
                       "The certificate of the mail server %.*s is not trusted.", RV_FMT(host));
    if (code == CURLE_COULDNT_RESOLVE_HOST)
        return rv_fail(m->cx, RV_UNREACHABLE, "The mail server %.*s is not known.", RV_FMT(host));
    if (code == CURLE_COULDNT_CONNECT)
        return rv_fail(m->cx, RV_UNREACHABLE, "The mail server %.*s port %d cannot be reached.",
                       RV_FMT(host), m->server.port);
    if (said.n >= 3 && said.p[0] == '5')
        return rv_fail(m->cx, RV_REFUSED, "The mail server refused: %.*s", RV_FMT(said));
    if (said.n >= 3 && said.p[0] == '4')
        return rv_fail(m->cx, RV_UNREACHABLE, "The mail server cannot take the mail now: %.*s",
                       RV_FMT(said));
    return rv_fail(m->cx, RV_UNREACHABLE,
                   "The conversation with the mail server %.*s broke off: %s.", RV_FMT(host),
                   curl_easy_strerror(code));
}

/* ---- handles --------------------------------------------------------------------------------- */

static void set_server(struct rv_transfer *t, const struct rv_mail_server *s)
{
    CURL *e = t->easy;
    struct rv_cx *cx = t->mail->cx;
    bool v6 = memchr(s->host.p, ':', s->host.n) != NULL;
    rv_str url = rv_printf(cx, "smtp%s://%s%.*s%s:%d", s->security == RV_MAIL_TLS ? "s" : "",
                           v6 ? "[" : "", RV_FMT(s->host), v6 ? "]" : "", s->port);
    curl_easy_setopt(e, CURLOPT_URL, url.p);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_USE_SSL,
                     (long)(s->security == RV_MAIL_PLAIN ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (s->ca_file.n > 0)
        curl_easy_setopt(e, CURLOPT_CAINFO, rv_z(cx, s->ca_file));
    else
        rv_client_authorities(t->c, e, NULL);
    if (s->user.n > 0) {
        curl_easy_setopt(e, CURLOPT_USERNAME, rv_z(cx, s->user));
        curl_easy_setopt(e, CURLOPT_PASSWORD, rv_z(cx, s->password));
        curl_easy_setopt(e, CURLOPT_SASL_IR, 1L);
    }
    curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(e, CURLOPT_READDATA, t);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_reply);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t);
    curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
    curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, t->c);
    curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)t->c->mail_timeout_ms);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(t->c->mail_timeout_ms < CONNECT_MS ? t->c->mail_timeout_ms
                                                               : CONNECT_MS));
}

static bool set_mail(struct rv_transfer *t)
{
    const struct rv_mail_send *m = t->mail;
    curl_slist_free_all(t->list);
    t->list = NULL;
    for (size_t i = 0; i < m->recipients_n; i++) {
        struct curl_slist *l = curl_slist_append(t->list, rv_z(m->cx, m->recipients[i]));
        if (l == NULL)
            return false;
        t->list = l;
    }
    curl_easy_setopt(t->easy, CURLOPT_MAIL_FROM, rv_z(m->cx, m->sender));
    curl_easy_setopt(t->easy, CURLOPT_MAIL_RCPT, t->list);
    curl_easy_setopt(t->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)m->message.n);
    curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, t->again ? 1L : 0L);
    t->sent = 0;
    t->reply_n = 0;
    t->replies = 0;
    t->opened = false;
    return true;
}

static void give_back(struct rv_transfer *t)
{
    struct rv_destination *d = t->d;
    t->mail = NULL;
    t->again = false;
    d->active--;
    d->used_us = rv_mono_us(t->c->env);
    t->next = d->spare;
    d->spare = t;
}

static void fail_for_memory(struct rv_mail_send *m)
{
    rv_mail_end(m, rv_fail(m->cx, RV_BUSY, "There is no memory for the mail."));
}

/* The server closed a kept connection before it said a word about this mail. */
static bool is_stale(const struct rv_transfer *t, CURLcode code)
{
    long opened = 1;
    curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &opened);
    bool silent = t->reply_n == 0 || (t->reply_n >= 3 && memcmp(t->reply, "421", 3) == 0);
    return code != CURLE_OK && code != CURLE_OPERATION_TIMEDOUT && opened == 0 && silent &&
           !t->again && t->sent == 0;
}

static void on_ended(struct rv_transfer *t, CURLcode code)
{
    struct rv_client *c = t->c;
    struct rv_destination *d = t->d;
    struct rv_mail_send *m = t->mail;
    if (is_stale(t, code)) {
        t->again = true;
        if (set_mail(t) && rv_transfer_start(t))
            return;
    }
    rv_status st = code == CURLE_OK ? RV_OK : explain(t, code);
    m->reply = rv_dup(m->cx, (rv_str){ t->reply, t->reply_n });
    give_back(t);
    rv_mail_pump(c, d); /* first the next one, then the news */
    rv_mail_end(m, st);
}

static void on_stopped(struct rv_transfer *t)
{
    struct rv_mail_send *m = t->mail;
    give_back(t);
    rv_mail_end(m, rv_fail(m->cx, RV_STOPPED, "The server is shutting down."));
}

static struct rv_transfer *take_handle(struct rv_client *c, struct rv_destination *d,
                                       struct rv_mail_send *m)
{
    struct rv_transfer *t = d->spare;
    if (t != NULL) {
        d->spare = t->next;
        t->next = NULL;
        t->mail = m;
        return t;
    }
    t = rv_transfer_new(c);
    if (t == NULL)
        return NULL;
    t->d = d;
    t->ended = on_ended;
    t->stopped = on_stopped;
    t->mail = m;
    set_server(t, &m->server);
    return t;
}

void rv_mail_pump(struct rv_client *c, struct rv_destination *d)
{
    while (d->mails != NULL && d->active < c->mails_max) {
        struct rv_mail_send *m = d->mails;
        d->mails = m->impl;
        if (d->mails == NULL)
            d->mails_last = NULL;
        m->impl = NULL;
        struct rv_transfer *t = take_handle(c, d, m);
        if (t == NULL) {
            fail_for_memory(m);
            continue;
        }
        d->active++;
        if (!set_mail(t) || !rv_transfer_start(t)) {
            give_back(t);
            fail_for_memory(m);
        }
    }
}

void rv_mail_stop_waiting(struct rv_destination *d)
{
    while (d->mails != NULL) {
        struct rv_mail_send *m = d->mails;
        d->mails = m->impl;
        rv_mail_end(m, rv_fail(m->cx, RV_STOPPED, "The server is shutting down."));
    }
    d->mails_last = NULL;
}

/* ---- checks ---------------------------------------------------------------------------------- */

static bool is_one_word(rv_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= 0x20 || (unsigned char)s.p[i] >= 0x7f ||
            strchr("/@?#\\[]", s.p[i]) != NULL)
            return false;
    return s.n > 0;
}

static rv_status check(const struct rv_mail_send *m)
{
    if (!is_one_word(m->server.host) || m->server.port < 1 || m->server.port > 65535)
        return rv_fail(m->cx, RV_INVALID,
                       "The mail server is not set: give its host name and port.");
    RV_TRY(rv_mail_address_check(m->cx, m->sender));
    if (m->recipients_n == 0)
        return rv_fail(m->cx, RV_INVALID, "The mail has no recipient.");
    if (m->recipients_n > RECIPIENTS_MAX)
        return rv_fail(m->cx, RV_LIMIT, "The mail has more than %d recipients.", RECIPIENTS_MAX);
    for (size_t i = 0; i < m->recipients_n; i++)
        RV_TRY(rv_mail_address_check(m->cx, m->recipients[i]));
    return RV_OK;
}

/* Everything that a kept connection or handle is bound to. */
static rv_str key_of(const struct rv_mail_send *m)
{
    const struct rv_mail_server *s = &m->server;
    return rv_printf(m->cx, "%d %.*s:%d\n%.*s\n%.*s\n%.*s", (int)s->security, RV_FMT(s->host),
                     s->port, RV_FMT(s->user), RV_FMT(s->password), RV_FMT(s->ca_file));
}

void rv_mail_accept(struct rv_client *c, struct rv_mail_send *m)
{
    rv_status st = m->make != NULL ? m->make(m) : RV_OK;
    if (st == RV_OK)
        st = check(m);
    if (st != RV_OK) {
        rv_mail_end(m, st);
        return;
    }
    rv_str key = key_of(m);
    struct rv_destination *d = key.p != NULL ? rv_client_destination(c, key, true) : NULL;
    if (d == NULL) {
        fail_for_memory(m);
        return;
    }
    if (d->mails_last != NULL)
        d->mails_last->impl = m;
    else
        d->mails = m;
    d->mails_last = m;
    rv_mail_pump(c, d);
    c->waiting = c->waiting || d->mails != NULL;
}
