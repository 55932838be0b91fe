/* net/net.h: the only sockets: the HTTP server, the client for HTTP and mail, address rules, and
 * the door through which one floor calls another over the route table without a socket
 * (architecture.md 6, 8).
 *
 * The server owns every exchange from its first byte until its last; an application (src/api) fills
 * the answer. Outgoing calls are objects of their caller with a `done` continuation. Nothing here
 * logs. */
#pragma once
#include "base/base.h"

struct rv_header {
    rv_str name, value; /* incoming: name in lower case */
};

/* ---- an exchange: one incoming request and its answer ---------------------------------------- */

struct rv_stream;
/* The server adds nosniff, Referrer-Policy, COOP, CORP and (secure) HSTS to every answer that has
 * no such header. */
struct rv_exchange {
    uint32_t magic;
    struct rv_cx cx; /* own arena, log key "req" with a random id; everything below lives in it */
    /* HEAD comes as GET, its body is dropped. Path as it came (percent-encoded), query without '?';
     * query and body are absent when there is none. */
    rv_str method, path, query, body;
    const struct rv_header *headers;
    size_t headers_n;
    rv_str peer; /* client address as text, of the forwarded header behind a trusted proxy */
    bool secure; /* came by TLS, also to a trusted proxy */
    bool loopback; /* the listener's own address is a loopback one */
    bool local; /* in-process dispatch: cx.principal is set, nothing is rate-limited */
    bool head_only; /* HEAD came */
    int64_t body_max; /* set by the application's head function; default 1 MiB */
    int64_t answer_max_ms; /* the same: how long the answer may take; 0: listen.answer_timeout */
    int64_t received_us; /* monotonic */
    void *route; /* the application's */
    void *app; /* the application's */
    /* the answer */
    int status;
    rv_str out; /* in the arena, static, or in .buf */
    struct rv_buf buf; /* for answers that are written piece by piece */
    struct rv_header *out_headers; /* by rv_exchange_set_header */
    size_t out_headers_n, out_headers_size;
    bool close; /* Connection: close after the answer */
    bool later; /* set by rv_exchange_later */
    struct rv_stream *stream; /* set by rv_exchange_stream */
    void *impl; /* the server's */
};
rv_str rv_exchange_header(const struct rv_exchange *x, const char *lower_case_name); /* absent when not there */
/* Replaces a header of the same name, except Link and Set-Cookie, which repeat. The value must be
 * one line. */
RV_MUST_CHECK rv_status rv_exchange_set_header(struct rv_exchange *x, const char *name,
                                               rv_str value);
/* The handler leaves without an answer; call it before anybody else can get at x. Somebody then
 * calls rv_exchange_finish exactly once, from any thread, and never touches x again. */
void rv_exchange_later(struct rv_exchange *x);
void rv_exchange_finish(struct rv_exchange *x);

/* Server-sent events: turns the answer (status and headers already set) into a stream that stays
 * open. The caller owns one reference. send copies; false: the client has left or is more than 256
 * KiB behind (the stream ends). */
RV_MUST_CHECK rv_status rv_exchange_stream(struct rv_exchange *x, struct rv_stream **ret);
bool rv_stream_send(struct rv_stream *s, rv_str text);
bool rv_stream_is_open(struct rv_stream *s);
void rv_stream_close(struct rv_stream *s); /* ends the answer and drops the caller's reference */

/* ---- server ---------------------------------------------------------------------------------- */

struct rv_http_app {
    void *arg;
    /* I/O thread, after the head was found well-formed and before the body: sets x->route and
     * x->body_max. False: the answer is already filled in (no such path, body too large …); a
     * request with a body closes. */
    bool (*head)(void *arg, struct rv_exchange *x);
    /* Worker thread, body complete: fills the answer, or rv_exchange_later. */
    void (*handle)(void *arg, struct rv_exchange *x);
    /* Fills a refusal that the server itself makes (400, 408, 413, 414, 431, 503) in the
     * application's envelope. */
    void (*refuse)(void *arg, struct rv_exchange *x, int status, const char *sentence);
};
struct rv_server;
/* Listens on configuration listen.address and listen.port (0: any free port). Port taken, address
 * unknown: a clear sentence. Requests are served from here on. Limits: security.md 3. */
RV_MUST_CHECK rv_status rv_server_start(struct rv_cx *cx, const struct rv_http_app *app,
                                        struct rv_server **ret);
int rv_server_port(const struct rv_server *s);
/* Stops accepting, answers what is running (at most timeout_ms), closes streams. */
void rv_server_drain(struct rv_server *s, int64_t timeout_ms);
void rv_server_free(struct rv_server *s);
/* Runs fn(arg) on the server's worker pool. RV_BUSY when its queue is full. */
RV_MUST_CHECK rv_status rv_server_run(struct rv_server *s, void (*fn)(void *arg), void *arg);

/* ---- in-process calls of the route table (architecture.md 6) --------------------------------- */

struct rv_local { /* main.c fills it with src/api's dispatcher */
    void (*dispatch)(void *arg, struct rv_exchange *x); /* as handle above; routes and authorises like any other call */
    void *arg;
};
/* One call over the API, in-process or by HTTPS, and its answer. Strings of the answer live in the
 * cx given. */
struct rv_answer {
    int status;
    const struct rv_header *headers;
    size_t headers_n;
    rv_str body;
};
struct rv_local_call {
    const struct rv_principal *as; /* the connection's own principal */
    rv_str method, target /* path with query */, body; /* body: JSON text or absent */
    const struct rv_header *headers;
    size_t headers_n;
};
/* Waits for the answer, also of handlers that finish later. RV_OK for every HTTP status. */
RV_MUST_CHECK rv_status rv_local_call(struct rv_cx *cx, const struct rv_local_call *call,
                                      struct rv_answer *ret);

/* The same without waiting: done comes on the thread that finished the answer (the writer's, for a
 * run that was started), or on the caller's own before rv_local_start comes back; it must not
 * block. cx belongs to the call until then. */
struct rv_local_send {
    struct rv_cx *cx;
    struct rv_local_call call;
    void (*done)(struct rv_local_send *s);
    void *arg;
    rv_status st; /* as of rv_local_call */
    struct rv_answer answer;
};
void rv_local_start(struct rv_local_send *s);
/* The same, and the handler runs on the server's worker pool: for threads that must not wait for
 * the disk. RV_BUSY: too many calls wait already, nothing was done. */
void rv_local_post(struct rv_local_send *s);

/* ---- outgoing HTTP --------------------------------------------------------------------------- */

enum { RV_FETCH_PLAIN_HTTP = 1, RV_FETCH_ANY_ADDRESS = 2 /* tests and connections an administrator opened */ };
struct rv_fetch {
    struct rv_cx *cx; /* the answer goes into its arena; belongs to the call until done */
    rv_str method, url, body;
    const struct rv_header *headers;
    size_t headers_n;
    int64_t timeout_ms; /* 0 = 30 s */
    size_t max_bytes; /* 0 = 10 MiB, also after inflation */
    int max_redirects; /* 0 = none; every hop passes the address rules, credentials stay on the same origin */
    unsigned flags;
    rv_str allow; /* "host:port CIDR …": addresses an administrator allowed (security.md 5.1) */
    void (*done)(struct rv_fetch *f); /* client's I/O thread: must not block */
    void *arg;
    /* RV_OK for every HTTP status; RV_UNREACHABLE: nothing was sent; RV_TIMEOUT, RV_UNCERTAIN:
     * sent, the other side may have done it; RV_LIMIT; RV_REFUSED: address rules or certificate, do
     * not retry; RV_INVALID. Error text in cx. */
    rv_status st;
    struct rv_answer answer;
    void *impl;
};
/* "https://host:443" of an address; its form is judged, where it leads is not. RV_REFUSED says what
 * is wrong with it. */
RV_MUST_CHECK rv_status rv_url_origin(struct rv_cx *cx, rv_str url, rv_str *ret);
bool rv_word_next(rv_str *rest, rv_str *ret); /* words between blanks and commas; false at the end */
struct rv_client;
RV_MUST_CHECK rv_status rv_client_new(struct rv_cx *cx, struct rv_client **ret);
/* Authorities (PEM) that calls and mails trust beside the system's, from the next connection on;
 * empty: none. Any thread. RV_BUSY: no memory. */
RV_MUST_CHECK rv_status rv_client_trust(struct rv_cx *cx, struct rv_client *c, rv_str pem);
void rv_client_free(struct rv_client *c); /* ends running calls with RV_STOPPED; NULL is fine */
void rv_fetch_start(struct rv_client *c, struct rv_fetch *f); /* any thread; done is always called once */
RV_MUST_CHECK rv_status rv_fetch_wait(struct rv_client *c, struct rv_fetch *f); /* the same, waiting */

/* ---- mail ------------------------------------------------------------------------------------ */

/* A file that goes with a message. name: what the reader sees, without a path. */
struct rv_mail_file {
    rv_str name, content;
};
/* A message to people. No field may hold a line break but text, html and what is in files
 * (RV_INVALID names it). */
struct rv_mail {
    rv_str from, from_name, to, cc, bcc; /* to, cc, bcc: addresses with commas between */
    rv_str reply_to, subject, text, html; /* html absent: plain text only */
    rv_str message_id, in_reply_to; /* without angle brackets; message_id is required */
    int64_t date_ms;
    const struct rv_mail_file *files;
    size_t files_n;
};
enum { RV_MAIL_FILES_MAX = 10 << 20 /* bytes of all files of one message */, RV_MAIL_FILE_NAME_MAX = 200 /* bytes */ };
/* RFC 5322 text with CRLF: encoded words, quoted-printable, multipart/alternative, files as base64
 * in multipart/mixed. Bcc is left out. */
RV_MUST_CHECK rv_status rv_mail_format(struct rv_cx *cx, const struct rv_mail *m, rv_str *ret);
/* Names and sizes of a message's files. RV_INVALID says what is wrong. */
RV_MUST_CHECK rv_status rv_mail_files_check(struct rv_cx *cx, const struct rv_mail *m);
/* Checks and splits a list of addresses. RV_INVALID names the first bad one. */
RV_MUST_CHECK rv_status rv_mail_addresses(struct rv_cx *cx, rv_str list, rv_str **ret,
                                          size_t *ret_n);

enum rv_mail_security { RV_MAIL_PLAIN, RV_MAIL_STARTTLS, RV_MAIL_TLS };
struct rv_mail_server {
    rv_str host, user, password; /* user absent: no authentication */
    int port;
    enum rv_mail_security security;
    rv_str ca_file; /* absent: the system's */
};
struct rv_mail_send {
    struct rv_cx *cx;
    struct rv_mail_server server;
    rv_str sender; /* envelope */
    const rv_str *recipients;
    size_t recipients_n;
    rv_str message; /* of rv_mail_format; must live until done */
    /* When set: fills server, sender, recipients and message, on the client's I/O thread, and must
     * not block; anything but RV_OK ends the mail with it. */
    rv_status (*make)(struct rv_mail_send *m);
    void (*done)(struct rv_mail_send *m); /* client's I/O thread: must not block */
    void *arg;
    rv_status st; /* RV_REFUSED: the server said 5xx, do not retry; RV_UNREACHABLE, RV_TIMEOUT: retry */
    rv_str reply; /* the server's last line, for people */
    void *impl;
};
void rv_mail_start(struct rv_client *c, struct rv_mail_send *m); /* connections to the server are kept open */
RV_MUST_CHECK rv_status rv_mail_wait(struct rv_client *c, struct rv_mail_send *m);

extern const struct rv_config_key rv_net_config[];
