/* What is said on an open connection to a mail server: RFC 5321's MAIL, RCPT, DATA and text.
 *
 * libcurl opens the connection, with TLS and sign-in; it would then send a mail in four round trips,
 * each with a wait of its own, and these were a quarter of all work of a request. So the commands are
 * said here: to a server that offers PIPELINING (RFC 2920) all of them at once, and those of the
 * next mail behind the text of the one before; to another one at a time. */
#include "net/smtp_int.h"
#include <stdio.h>

enum { COMMAND_MAX = 300 /* an address has 254 */, LINES_MAX = 100 /* of one reply */, CODE_LEN = 3 };

/* ---- saying ---------------------------------------------------------------------------------- */

static size_t commands_of(const struct rv_smtp_letter *l)
{
    return l->mail->recipients_n + 2;
}

static void put_command(struct rv_smtp *s, const struct rv_mail_send *m, size_t i)
{
    char *to = s->out + s->out_n;
    size_t room = SMTP_OUT - s->out_n;
    int n;
    if (i == 0 && s->size)
        n = snprintf(to, room, "MAIL FROM:<%.*s> SIZE=%zu\r\n", RV_FMT(m->sender), m->message.n);
    else if (i == 0)
        n = snprintf(to, room, "MAIL FROM:<%.*s>\r\n", RV_FMT(m->sender));
    else if (i <= m->recipients_n)
        n = snprintf(to, room, "RCPT TO:<%.*s>\r\n", RV_FMT(m->recipients[i - 1]));
    else
        n = snprintf(to, room, "DATA\r\n");
    s->out_n += (size_t)n;
}

/* The commands that may be said and have room. */
static void put_commands(struct rv_smtp *s, struct rv_smtp_letter *l)
{
    while (l->said < commands_of(l) && SMTP_OUT - s->out_n >= COMMAND_MAX &&
           (s->pipelining || l->said == l->heard))
        put_command(s, l->mail, l->said++);
}

static void put(struct rv_smtp *s, rv_str text)
{
    memcpy(s->out + s->out_n, text.p, text.n);
    s->out_n += text.n;
}

/* Text with every dot that begins a line doubled (RFC 5321 4.5.2), and its end. */
static void put_text(struct rv_smtp *s, struct rv_smtp_letter *l)
{
    rv_str m = l->mail->message;
    l->begun = true;
    while (l->sent < m.n && SMTP_OUT - s->out_n >= 2) {
        if ((l->sent == 0 || m.p[l->sent - 1] == '\n') && m.p[l->sent] == '.')
            s->out[s->out_n++] = '.';
        rv_str part = rv_str_sub(m, l->sent, SMTP_OUT - s->out_n);
        const char *nl = memchr(part.p, '\n', part.n);
        if (nl != NULL)
            part.n = (size_t)(nl + 1 - part.p);
        put(s, part);
        l->sent += part.n;
    }
    bool at_line = m.n >= 2 && memcmp(m.p + m.n - 2, "\r\n", 2) == 0;
    rv_str end = at_line ? RV_STR(".\r\n") : RV_STR("\r\n.\r\n");
    if (l->sent == m.n && SMTP_OUT - s->out_n >= end.n) {
        put(s, end);
        l->whole = true;
    }
}

static void put_what_may_go(struct rv_smtp *s)
{
    struct rv_smtp_letter *l = &s->now;
    if (l->mail == NULL)
        return;
    put_commands(s, l);
    if (l->heard == commands_of(l) && !l->whole)
        put_text(s, l);
    if (!l->whole || !s->pipelining)
        return;
    if (s->next.mail != NULL || rv_smtp_take_waiting(s, &s->next))
        put_commands(s, &s->next);
}

CURLcode rv_smtp_say(struct rv_smtp *s)
{
    for (;;) {
        size_t n = 0;
        if (s->out_at == s->out_n) {
            s->out_at = s->out_n = 0;
            put_what_may_go(s);
        }
        if (s->out_n == 0)
            return CURLE_OK;
        CURLcode code =
            curl_easy_send(s->t->easy, s->out + s->out_at, s->out_n - s->out_at, &n);
        if (code != CURLE_OK)
            return code;
        s->out_at += n;
    }
}

/* ---- hearing --------------------------------------------------------------------------------- */

bool rv_smtp_is_last_line(rv_str line)
{
    return line.n == CODE_LEN || (line.n > CODE_LEN && line.p[CODE_LEN] != '-');
}

void rv_smtp_keep_line(struct rv_smtp *s, rv_str line)
{
    s->reply_n = line.n < RV_REPLY_MAX ? line.n : RV_REPLY_MAX;
    if (s->reply_n > 0)
        memcpy(s->reply, line.p, s->reply_n);
}

/* The mail is over; what has been said behind it makes the connection useless. */
static void refused(struct rv_smtp *s)
{
    s->closing = true;
    s->quiet = s->now.said == s->now.heard + 1;
    rv_smtp_end_letter(s, rv_smtp_explain(s, s->now.mail, CURLE_WEIRD_SERVER_REPLY));
}

/* A whole reply; line is its last. */
static CURLcode on_reply(struct rv_smtp *s, rv_str line)
{
    struct rv_smtp_letter *l = &s->now;
    bool asked = l->mail != NULL && (l->heard < l->said || l->whole);
    if (!asked || rv_str_starts(line, RV_STR("421")))
        return CURLE_RECV_ERROR; /* the server leaves, or does not speak SMTP */
    if (l->heard == commands_of(l)) {
        rv_smtp_end_letter(s, line.p[0] == '2' ?
                               RV_OK :
                               rv_smtp_explain(s, l->mail, CURLE_WEIRD_SERVER_REPLY));
        return CURLE_OK;
    }
    bool is_data = l->heard + 1 == commands_of(l);
    if (line.p[0] != (is_data ? '3' : '2'))
        refused(s);
    else
        l->heard++;
    return CURLE_OK;
}

static bool is_reply_line(rv_str line)
{
    for (size_t i = 0; i < CODE_LEN; i++)
        if (i >= line.n || line.p[i] < '0' || line.p[i] > '9')
            return false;
    return true;
}

static CURLcode hear_lines(struct rv_smtp *s)
{
    size_t at = 0;
    const char *nl;
    CURLcode code = CURLE_OK;
    while (code == CURLE_OK && !s->closing && (nl = memchr(s->in + at, '\n', s->in_n - at)) != NULL) {
        rv_str line = rv_str_trim((rv_str){ s->in + at, (size_t)(nl - (s->in + at)) });
        at = (size_t)(nl + 1 - s->in);
        if (!is_reply_line(line) || ++s->lines > LINES_MAX)
            return CURLE_WEIRD_SERVER_REPLY;
        rv_smtp_keep_line(s, line);
        if (rv_smtp_is_last_line(line)) {
            s->lines = 0;
            code = on_reply(s, line);
        }
    }
    memmove(s->in, s->in + at, s->in_n - at);
    s->in_n -= at;
    return code;
}

CURLcode rv_smtp_hear(struct rv_smtp *s)
{
    for (;;) {
        size_t n = 0, room = SMTP_IN - s->in_n;
        CURLcode code = curl_easy_recv(s->t->easy, s->in + s->in_n, room, &n);
        if (code != CURLE_OK)
            return code == CURLE_AGAIN ? CURLE_OK : code;
        if (n == 0)
            return CURLE_RECV_ERROR; /* the server has closed */
        s->in_n += n;
        code = hear_lines(s);
        if (code != CURLE_OK || s->closing)
            return code;
        if (s->in_n == SMTP_IN)
            return CURLE_WEIRD_SERVER_REPLY; /* a line without an end */
        if (s->plain && n < room)
            return CURLE_OK;
    }
}
