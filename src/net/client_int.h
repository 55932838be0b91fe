/* net/client_int.h: the outgoing client's own objects, shared by client.c, fetch.c, smtp.c and
 * url.c. All but the queue belongs to the client's I/O thread. */
#pragma once
#include "net/net_int.h"
#include <curl/curl.h>

/* ---- addresses of calls (url.c) -------------------------------------------------------------- */

struct rv_url {
    bool https;
    rv_str host; /* lower case, IPv6 without brackets */
    bool literal; /* host is an address */
    struct rv_address address;
    int port;
    rv_str target; /* path and query */
    rv_str origin; /* "https://host:443" */
    rv_str text; /* written from the parts above: nothing else reaches the library */
    bool trusted; /* "host:port" is in the allow list, or RV_FETCH_ANY_ADDRESS */
};
/* Strict parse and the rules of security.md 5.1 that need no resolution. RV_REFUSED says which one.
 */
rv_status rv_url_parse(struct rv_cx *cx, rv_str text, unsigned flags, rv_str allow,
                       struct rv_url *ret);

/* ---- client ---------------------------------------------------------------------------------- */

enum { RV_OWN_ADDRESSES = 32 };

/* One easy handle and what it is doing. */
struct rv_transfer {
    struct rv_client *c;
    CURL *easy;
    void (*ended)(struct rv_transfer *t, CURLcode code); /* removed from the multi handle, unless it is of a mail server; may start again */
    void (*stopped)(struct rv_transfer *t); /* the client ends */
    struct rv_destination *d;
    struct curl_slist *list; /* headers */
    struct rv_transfer *next, *prev; /* active, or spare */
    struct rv_call *call; /* of HTTP; */
    struct rv_smtp *smtp; /* or the connection to a mail server, which takes the handle out itself */
};

/* Where calls or mails go: never more transfers than connections, so the rest waits here. */
struct rv_destination {
    rv_str key; /* origin, or host, port, security and user of a mail server */
    bool mail;
    int active; /* transfers, or connections to the mail server */
    struct rv_call *calls, **calls_end; /* waiting */
    struct rv_mail_send *mails, *mails_last; /* waiting, linked by impl */
    int64_t used_us;
    struct rv_destination *next;
    char text[];
};

struct rv_client {
    uint32_t magic;
    struct rv_env *env;
    CURLM *multi;
    int epoll, wake;
    pthread_t thread;
    bool started;
    int64_t timer_us; /* when the library wants to be called; INT64_MAX: never */
    int calls_max, per_destination, mails_max;
    int64_t mail_timeout_ms;
    rv_str ca_file;
    int calls_active;
    struct rv_destination *destinations;
    struct rv_transfer *active, *spare;
    bool waiting; /* some destination has calls or mails waiting */
    struct rv_address own[RV_OWN_ADDRESSES];
    size_t own_n;
    struct rv_smtp *smtp; /* connections to mail servers */

    pthread_mutex_t lock; /* what follows */
    struct rv_fetch *fetches, *fetches_last; /* linked by impl */
    struct rv_mail_send *mails, *mails_last;
    bool asleep, stop;
    char *trusted; /* the system's authorities and those beside them, PEM; NULL: only the system's */
    size_t trusted_n;
};

/* I/O thread. NULL: no memory. */
struct rv_destination *rv_client_destination(struct rv_client *c, rv_str key, bool mail);
struct rv_transfer *rv_transfer_new(struct rv_client *c);
void rv_transfer_free(struct rv_transfer *t);
bool rv_transfer_start(struct rv_transfer *t); /* hands it to the library; false: it would not take it */
void rv_transfer_stop(struct rv_transfer *t); /* takes it from the library */
/* Gives a transfer the authorities it trusts: file is instead of the system's, or absent. */
void rv_client_authorities(struct rv_client *c, CURL *e, const char *file);
void rv_client_wake(struct rv_client *c); /* any thread, without the lock */

/* fetch.c */
void rv_fetch_accept(struct rv_client *c, struct rv_fetch *f);
/* Starts what waits and may start; with sweep also ends what is late behind others. */
void rv_fetch_pump(struct rv_client *c, struct rv_destination *d, bool sweep);
void rv_fetch_end(struct rv_fetch *f, rv_status st); /* calls done */
void rv_fetch_stop_waiting(struct rv_destination *d);
/* smtp.c */
void rv_mail_accept(struct rv_client *c, struct rv_mail_send *m);
void rv_mail_pump(struct rv_client *c, struct rv_destination *d);
void rv_mail_end(struct rv_mail_send *m, rv_status st);
void rv_mail_stop_waiting(struct rv_destination *d);
bool rv_smtp_ready(struct rv_client *c, int fd, bool readable); /* false: the socket is not of an open connection */
int64_t rv_smtp_due(const struct rv_client *c); /* when the first mail is late; INT64_MAX: none is on its way */
void rv_smtp_sweep(struct rv_client *c, int64_t now); /* ends what is late, and connections that rest */

/* mail.c */
/* Cuts the next mailbox off a list: its name (absent: none) and its address, both unchecked. False
 * at the end. */
bool rv_mail_next(rv_str *rest, rv_str *ret_name, rv_str *ret_address);
rv_status rv_mail_address_check(struct rv_cx *cx, rv_str address); /* one address without a name */
