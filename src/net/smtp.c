/* Sending mail: connections to mail servers, several to one, each kept open for the mails to come.
 *
 * libcurl opens a connection: addresses, TLS, EHLO, STARTTLS, sign-in. From then on its handle stays
 * with the library only as the door to the socket (CURLOPT_CONNECT_ONLY), and smtp_talk.c says the
 * mails. What the server said last is kept for people and decides between "try again" (4xx, no
 * connection) and "never" (5xx). A mail of which no text has gone out when a kept connection breaks
 * is tried once more on a fresh one. TLS is never given up: a server without STARTTLS gets no mail
 * when STARTTLS was asked for.
 *
 * libcurl says QUIT when it gives a connection up while it opens it, and then waits for the answer,
 * in the thread that serves all other calls. So the reading side of the socket is shut before: QUIT
 * still goes out, and the wait ends at once. */
#include "net/smtp_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { CONNECT_MS = 10000, RECIPIENTS_MAX = 50, IDLE_US = 60000000 };

/* ---- the end of a mail ----------------------------------------------------------------------- */

void rv_mail_end(struct rv_mail_send *m, rv_status st)
{
    m->st = st;
    m->impl = NULL;
    m->done(m);
}

static void fail_for_memory(struct rv_mail_send *m)
{
    rv_mail_end(m, rv_fail(m->cx, RV_BUSY, "There is no memory for the mail."));
}

static rv_status stopping(const struct rv_mail_send *m)
{
    return rv_fail(m->cx, RV_STOPPED, "The server is shutting down.");
}

rv_status rv_smtp_explain(const struct rv_smtp *s, const struct rv_mail_send *m, CURLcode code)
{
    rv_str host = m->server.host, said = { s->reply, s->reply_n };
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

void rv_smtp_end_letter(struct rv_smtp *s, rv_status st)
{
    struct rv_mail_send *m = s->now.mail;
    m->st = st;
    m->reply = rv_dup(m->cx, (rv_str){ s->reply, s->reply_n });
    m->impl = s->ended;
    s->ended = m;
    s->reply_n = 0;
    s->used_us = rv_mono_us(s->c->env);
    s->now = s->next;
    s->next = (struct rv_smtp_letter){ 0 };
    s->now.until_us = s->used_us + s->c->mail_timeout_ms * 1000; /* it waited for the first */
}

static struct rv_smtp_letter letter_of(const struct rv_smtp *s, struct rv_mail_send *m)
{
    return (struct rv_smtp_letter){ .mail = m,
                                 .until_us = rv_mono_us(s->c->env) + s->c->mail_timeout_ms * 1000 };
}

static struct rv_mail_send *shift(struct rv_destination *d)
{
    struct rv_mail_send *m = d->mails;
    d->mails = m->impl;
    if (d->mails == NULL)
        d->mails_last = NULL;
    m->impl = NULL;
    return m;
}

bool rv_smtp_take_waiting(struct rv_smtp *s, struct rv_smtp_letter *ret)
{
    if (s->d->mails == NULL)
        return false;
    *ret = letter_of(s, shift(s->d));
    return true;
}

/* ---- while the library opens a connection ---------------------------------------------------- */

static void stop_reading(const struct rv_smtp *s)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(s->t->easy, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
        fd != CURL_SOCKET_BAD)
        shutdown(fd, SHUT_RD);
}

static void note_offer(struct rv_smtp *s, rv_str line)
{
    rv_str what = rv_str_sub(line, 4, line.n);
    if (rv_str_starts(line, RV_STR("220")))
        s->pipelining = s->size = false; /* said before TLS began: not the server's word */
    else if (rv_str_starts(line, RV_STR("250")) && what.n >= 4 && strncasecmp(what.p, "SIZE", 4) == 0)
        s->size = true;
    else if (rv_str_starts(line, RV_STR("250")) && what.n == 10 &&
             strncasecmp(what.p, "PIPELINING", 10) == 0)
        s->pipelining = true;
}

/* Every line that the server says. After a refusal libcurl gives the connection up; only an unknown
 * EHLO, the second answer, it tries as HELO. */
static size_t on_line(char *line, size_t size, size_t n, void *arg)
{
    struct rv_smtp *s = arg;
    n *= size; /* size is 1 */
    rv_str l = rv_str_trim((rv_str){ line, n });
    if (rv_str_starts(l, RV_STR("221")) && s->reply_n > 0)
        return n; /* the answer to QUIT says nothing of the mail */
    rv_smtp_keep_line(s, l);
    note_offer(s, l);
    if (!rv_smtp_is_last_line(l))
        return n;
    s->replies++;
    if ((l.p[0] == '4' || l.p[0] == '5') && s->replies != 2)
        stop_reading(s);
    return n;
}

static void set_server(struct rv_smtp *s, const struct rv_mail_send *m)
{
    CURL *e = s->t->easy;
    const struct rv_mail_server *to = &m->server;
    int64_t timeout = s->c->mail_timeout_ms;
    bool v6 = memchr(to->host.p, ':', to->host.n) != NULL;
    rv_str url = rv_printf(m->cx, "smtp%s://%s%.*s%s:%d", to->security == RV_MAIL_TLS ? "s" : "",
                           v6 ? "[" : "", RV_FMT(to->host), v6 ? "]" : "", to->port);
    curl_easy_setopt(e, CURLOPT_URL, url.p);
    curl_easy_setopt(e, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_USE_SSL,
                     (long)(to->security == RV_MAIL_PLAIN ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (to->ca_file.n > 0)
        curl_easy_setopt(e, CURLOPT_CAINFO, rv_z(m->cx, to->ca_file));
    else
        rv_client_authorities(s->c, e, NULL);
    if (to->user.n > 0) {
        curl_easy_setopt(e, CURLOPT_USERNAME, rv_z(m->cx, to->user));
        curl_easy_setopt(e, CURLOPT_PASSWORD, rv_z(m->cx, to->password));
        curl_easy_setopt(e, CURLOPT_SASL_IR, 1L);
    }
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_line);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, s);
    curl_easy_setopt(e, CURLOPT_PRIVATE, s->t);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)timeout);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(timeout < CONNECT_MS ? timeout : CONNECT_MS));
}

/* ---- connections ----------------------------------------------------------------------------- */

static bool watch(struct rv_smtp *s, int op, bool for_room)
{
    struct epoll_event ev = { .events = EPOLLIN | (for_room ? EPOLLOUT : 0), .data.fd = s->fd };
    s->waits_for_room = for_room;
    return epoll_ctl(s->c->epoll, op, s->fd, &ev) == 0;
}

/* Ends the connection and frees it; its mails have been ended before. */
static void close_smtp(struct rv_smtp *s)
{
    struct rv_smtp **at = &s->c->smtp;
    size_t n;
    if (!s->open)
        stop_reading(s);
    else if (s->quiet)
        (void)curl_easy_send(s->t->easy, "QUIT\r\n", 6, &n); /* out of courtesy */
    if (s->open)
        (void)epoll_ctl(s->c->epoll, EPOLL_CTL_DEL, s->fd, NULL);
    while (*at != s)
        at = &(*at)->other;
    *at = s->other;
    s->d->active--;
    s->d->used_us = rv_mono_us(s->c->env);
    rv_transfer_stop(s->t);
    rv_transfer_free(s->t);
    free(s);
}

static void tell(struct rv_mail_send *ended)
{
    while (ended != NULL) {
        struct rv_mail_send *m = ended;
        ended = m->impl;
        rv_mail_end(m, m->st);
    }
}

static void on_opened(struct rv_transfer *t, CURLcode code);
static void on_stopped(struct rv_transfer *t);

/* Opens a connection, for this mail first. */
static void open_for(struct rv_client *c, struct rv_destination *d, struct rv_mail_send *m)
{
    struct rv_smtp *s = calloc(1, sizeof *s);
    struct rv_transfer *t = s != NULL ? rv_transfer_new(c) : NULL;
    if (t != NULL) {
        t->d = d;
        t->smtp = s;
        t->ended = on_opened;
        t->stopped = on_stopped;
        s->c = c;
        s->d = d;
        s->t = t;
        s->plain = m->server.security == RV_MAIL_PLAIN;
        s->now = letter_of(s, m);
        s->now.fresh = true;
        set_server(s, m);
    }
    if (t == NULL || !rv_transfer_start(t)) {
        if (t != NULL)
            rv_transfer_free(t);
        free(s);
        fail_for_memory(m);
        return;
    }
    s->other = c->smtp;
    c->smtp = s;
    d->active++;
}

/* The connection is of no use any more: its mails end, but for one that may go over another. */
static void break_off(struct rv_smtp *s, CURLcode code)
{
    struct rv_client *c = s->c;
    struct rv_destination *d = s->d;
    struct rv_mail_send *again = NULL;
    while (s->now.mail != NULL && again == NULL) {
        const struct rv_smtp_letter *l = &s->now;
        if (s->open && !l->begun && !l->fresh && code != CURLE_OPERATION_TIMEDOUT)
            again = l->mail;
        else
            rv_smtp_end_letter(s, rv_smtp_explain(s, l->mail, code));
    }
    struct rv_mail_send *ended = s->ended;
    s->quiet = false;
    close_smtp(s);
    if (again != NULL)
        open_for(c, d, again);
    tell(ended);
}

/* Goes on with the talk after something happened. */
static void go_on(struct rv_smtp *s, CURLcode code)
{
    if (code == CURLE_OK && !s->closing) {
        if (s->now.mail == NULL)
            (void)rv_smtp_take_waiting(s, &s->now);
        code = rv_smtp_say(s);
        bool for_room = code == CURLE_AGAIN;
        if (for_room)
            code = CURLE_OK;
        if (for_room != s->waits_for_room && !watch(s, EPOLL_CTL_MOD, for_room))
            code = CURLE_SEND_ERROR;
    }
    if (code != CURLE_OK) {
        break_off(s, code);
        return;
    }
    struct rv_mail_send *ended = s->ended;
    s->ended = NULL;
    if (s->closing)
        close_smtp(s);
    else
        s->quiet = s->now.mail == NULL;
    tell(ended); /* first the next one, then the news */
}

static void on_opened(struct rv_transfer *t, CURLcode code)
{
    struct rv_smtp *s = t->smtp;
    struct rv_client *c = s->c;
    struct rv_destination *d = s->d;
    if (code == CURLE_OK)
        code = curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &s->fd);
    if (code == CURLE_OK && !watch(s, EPOLL_CTL_ADD, false))
        code = CURLE_SEND_ERROR;
    s->open = code == CURLE_OK;
    if (s->open)
        s->reply_n = 0;
    go_on(s, code);
    rv_mail_pump(c, d);
}

static void on_stopped(struct rv_transfer *t)
{
    struct rv_smtp *s = t->smtp;
    while (s->now.mail != NULL)
        rv_smtp_end_letter(s, stopping(s->now.mail));
    struct rv_mail_send *ended = s->ended;
    close_smtp(s);
    tell(ended);
}

bool rv_smtp_ready(struct rv_client *c, int fd, bool readable)
{
    struct rv_smtp *s = c->smtp;
    while (s != NULL && !(s->open && s->fd == fd))
        s = s->other;
    if (s == NULL)
        return false;
    struct rv_destination *d = s->d;
    go_on(s, readable ? rv_smtp_hear(s) : CURLE_OK);
    rv_mail_pump(c, d);
    return true;
}

int64_t rv_smtp_due(const struct rv_client *c)
{
    int64_t due = INT64_MAX;
    for (const struct rv_smtp *s = c->smtp; s != NULL; s = s->other)
        if (s->open && s->now.mail != NULL && s->now.until_us < due)
            due = s->now.until_us;
    return due;
}

void rv_smtp_sweep(struct rv_client *c, int64_t now)
{
    for (struct rv_smtp *s = c->smtp, *other; s != NULL; s = other) {
        other = s->other;
        if (s->open && s->now.mail != NULL && s->now.until_us <= now)
            go_on(s, CURLE_OPERATION_TIMEDOUT);
        else if (s->open && s->now.mail == NULL && now - s->used_us > IDLE_US)
            close_smtp(s);
    }
}

/* Connections look for the idle one that was opened last, so those of a rush are left alone and
 * close. */
void rv_mail_pump(struct rv_client *c, struct rv_destination *d)
{
    while (d->mails != NULL) {
        struct rv_smtp *s = c->smtp;
        while (s != NULL && !(s->d == d && s->open && s->now.mail == NULL))
            s = s->other;
        if (s != NULL)
            go_on(s, CURLE_OK);
        else if (d->active < c->mails_max)
            open_for(c, d, shift(d));
        else
            return;
    }
}

void rv_mail_stop_waiting(struct rv_destination *d)
{
    while (d->mails != NULL) {
        struct rv_mail_send *m = shift(d);
        rv_mail_end(m, stopping(m));
    }
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
