/* net/smtp_int.h: one connection to a mail server, shared by smtp.c, which opens, keeps and ends
 * it, and smtp_talk.c, which says and hears what is said on it. Client's I/O thread. */
#pragma once
#include "net/client_int.h"

enum { RV_REPLY_MAX = 512, SMTP_IN = 4096, SMTP_OUT = 16384 };

/* A mail on its way. Its commands are MAIL, one RCPT for each recipient, DATA. */
struct rv_smtp_letter {
    struct rv_mail_send *mail; /* NULL: none */
    int64_t until_us;
    size_t said, heard; /* commands, and the answers to them */
    size_t sent; /* bytes of the message */
    bool begun; /* text has gone out: from here on it may have been delivered */
    bool whole; /* all of it has */
    bool fresh; /* the connection was opened for it: no second try on another one */
};

struct rv_smtp {
    struct rv_client *c;
    struct rv_destination *d;
    struct rv_transfer *t; /* stays with the library as long as the connection lives */
    struct rv_smtp *other; /* connection of the client */
    struct rv_smtp_letter now, next; /* next: its commands go out behind the text of now */
    struct rv_mail_send *ended; /* linked by impl, with their st: not told yet */
    int64_t used_us;
    curl_socket_t fd; /* once open */
    bool plain; /* no TLS: what was read is all there is */
    bool open, waits_for_room; /* epoll's, to write */
    bool pipelining, size; /* what the server's answer to EHLO offers */
    bool closing; /* nothing may be said any more */
    bool quiet; /* every command has been answered: QUIT may be said */
    int replies, lines; /* complete ones; lines of the one that comes in */
    char reply[RV_REPLY_MAX]; /* the last line */
    size_t reply_n;
    size_t in_n, out_at, out_n;
    char in[SMTP_IN], out[SMTP_OUT];
};

/* smtp_talk.c. Both give CURLE_OK or why the connection is of no use any more; then now and next
 * are what was not ended. */
CURLcode rv_smtp_say(struct rv_smtp *s); /* as much as may be said; CURLE_AGAIN: when there is room */
CURLcode rv_smtp_hear(struct rv_smtp *s); /* as much as has come */
void rv_smtp_keep_line(struct rv_smtp *s, rv_str line);
bool rv_smtp_is_last_line(rv_str line); /* of a reply */

/* smtp.c */
/* The words for a mail that was not taken: of the server's last line, or of the library. */
rv_status rv_smtp_explain(const struct rv_smtp *s, const struct rv_mail_send *m, CURLcode code);
bool rv_smtp_take_waiting(struct rv_smtp *s, struct rv_smtp_letter *ret); /* the next mail to this server */
/* Moves the first letter to the ended ones and the second to its place. */
void rv_smtp_end_letter(struct rv_smtp *s, rv_status st);
