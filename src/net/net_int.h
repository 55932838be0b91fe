/* net/net_int.h: what the files of src/net share and nobody else sees. */
#pragma once
#include "net/net.h"
#include <microhttpd.h>
#include <pthread.h>
#include <sys/socket.h>

/* ---- addresses (address.c) ------------------------------------------------------------------- */

enum { RV_ADDRESS_TEXT = 64 }; /* room for any address as text */

/* IPv4 inside IPv6 as its own kind: 16 bytes, v4 as ::ffff:a.b.c.d. */
struct rv_address {
    uint8_t b[16];
};
bool rv_address_of(const struct sockaddr *sa, struct rv_address *ret); /* false: neither v4 nor v6 */
/* Strict text forms: dotted quad without leading zeros, or IPv6 without zone. */
bool rv_address_parse(rv_str s, struct rv_address *ret);
void rv_address_format(const struct rv_address *a, char text[RV_ADDRESS_TEXT]);
bool rv_address_is_loopback(const struct rv_address *a);
/* security.md 5.1: NULL when calls may go there, else what kind of address it is ("loopback"). */
const char *rv_address_refusal(const struct rv_address *a);
/* Is a in the list of addresses and CIDR ranges (separated by blanks or commas)? Other words are
 * skipped. */
bool rv_address_in_list(const struct rv_address *a, rv_str list);
/* RV_INVALID names the first word that is neither an address nor a range. */
rv_status rv_address_list_check(struct rv_cx *cx, rv_str list, const char *what);

/* ---- strict head (filter.c, security.md 3.1) ------------------------------------------------- */

enum {
    RV_HEAD_LINE_MAX = 8192,
    RV_HEAD_FIELD_MAX = 8192,
    RV_HEAD_FIELDS_MAX = 32768,
    RV_HEAD_COUNT_MAX = 100,
    RV_QUERY_MAX = 4096,
    RV_METHOD_MAX = 20
};
struct rv_head {
    const char *method, *uri, *version; /* where the library's buffer has them */
    rv_str target; /* copy of the request target as it came */
    size_t size; /* bytes from the method to the empty line's end, 0 when the library does not know */
    const struct rv_header *raw; /* names and values where the library's buffer has them */
    size_t raw_n;
    /* found: */
    rv_str authority, path, query; /* within target */
    int64_t length; /* -1: no Content-Length */
    bool http10;
};
/* 0 when the head is well-formed, else the status to refuse it with; *ret_sentence says why. */
int rv_head_check(struct rv_head *h, const char **ret_sentence);

/* ---- worker pool (workers.c) ----------------------------------------------------------------- */

struct rv_workers;
rv_status rv_workers_new(struct rv_cx *cx, int threads, size_t queue_max, struct rv_workers **ret);
bool rv_workers_add(struct rv_workers *w, void (*fn)(void *arg), void *arg); /* false: the queue is full or ends */
void rv_workers_free(struct rv_workers *w); /* runs what is queued, then ends the threads; NULL is fine */
/* A thread with all signals blocked: main.c alone handles them. */
int rv_thread_start(pthread_t *t, void *(*fn)(void *arg), void *arg);

/* ---- exchanges ------------------------------------------------------------------------------- */

/* What rv_exchange.impl points to, whoever made the exchange. */
struct rv_exchange_impl {
    void (*finish)(struct rv_exchange *x);
    bool *later; /* on the stack of the thread that runs the handler */
    bool streams; /* rv_exchange_stream works */
    struct rv_exchange *x;
};
/* Runs the handler; true when it left without an answer. Then x may already be gone. */
bool rv_exchange_run(struct rv_exchange *x, void (*handle)(void *arg, struct rv_exchange *x),
                     void *arg);

/* ---- server-sent events (stream.c) ----------------------------------------------------------- */

struct rv_stream {
    uint32_t magic;
    pthread_mutex_t lock; /* taken after the server's lock, before the library's */
    int refs;
    bool open; /* both sides want it */
    bool asleep; /* the connection is suspended until there is text */
    struct MHD_Connection *mhd;
    struct rv_buf buf;
    size_t sent;
    bool listed; /* in the server's list */
    struct rv_stream *next, *prev;
};
struct MHD_Response *rv_stream_response(struct rv_stream *s, struct MHD_Connection *mhd);
void rv_stream_end(struct rv_stream *s); /* the server's side: no more text, wakes the connection */
void rv_stream_detach(struct rv_stream *s); /* the connection has gone */
void rv_stream_ping(struct rv_stream *s); /* a comment line: finds clients that left */

/* ---- the server's own objects (server.c, guard.c) -------------------------------------------- */

struct rv_peers; /* open connections per address */
struct rv_connection {
    int fd;
    enum { RV_CONN_IDLE, RV_CONN_HEAD, RV_CONN_BODY, RV_CONN_ANSWER } phase;
    int64_t since_us; /* of the phase */
    int64_t body_n; /* bytes of the body so far */
    int requests;
    bool refused; /* over the limit of connections */
    bool cut; /* the guard has shut it down */
    struct rv_address address;
    char peer[RV_ADDRESS_TEXT];
    struct rv_connection *next, *prev;
};
enum rv_served_state {
    RV_SERVED_HEAD, /* request line is here */
    RV_SERVED_BODY, /* head was accepted */
    RV_SERVED_RUNNING, /* suspended, belongs to a handler */
    RV_SERVED_FINISHED, /* the handler is done: answer it */
    RV_SERVED_EXPIRED, /* the guard gave up; the handler still has it */
    RV_SERVED_ANSWERED
};
struct rv_served {
    struct rv_exchange x;
    struct rv_exchange_impl impl;
    struct rv_server *s;
    struct rv_connection *c;
    struct MHD_Connection *mhd;
    enum rv_served_state state;
    const char *uri; /* where the library's buffer has the target; only compared */
    rv_str target;
    char *body;
    size_t body_n, body_size;
    bool body_on_heap, head_only, lingers;
    bool counted; /* in the table of forwarded addresses */
    struct rv_address counted_as;
    int64_t deadline_us;
    bool handler_gone, connection_gone; /* of an expired one: freed when both are */
    struct rv_served *next, *prev; /* free list, or the list of running ones */
};

enum { RV_LINGER_MAX = 64 };
struct rv_lingerer {
    int fd;
    int64_t until_us;
    size_t left;
};

struct rv_server {
    uint32_t magic;
    struct rv_env *env;
    struct rv_http_app app;
    struct MHD_Daemon *daemon;
    struct rv_workers *workers;
    int port;
    bool loopback, tls;
    rv_str trusted; /* proxies */
    int connections_max, per_address;
    int64_t head_us, idle_us, answer_us;
    struct rv_peers *peers; /* I/O thread only */
    int connections_n; /* I/O thread only */

    pthread_mutex_t lock; /* everything below */
    pthread_cond_t change; /* a running exchange ended, or the guard shall look */
    bool draining, stopping, guard_started, guard_stop;
    struct rv_connection *connections;
    struct rv_served *running, *spare;
    size_t running_n, spare_n, served_n;
    struct rv_stream *streams;
    struct rv_lingerer linger[RV_LINGER_MAX];
    size_t linger_n;
    pthread_t guard;
    bool ended; /* rv_server_free was called; the last rv_served frees s */
};
void rv_served_expire(struct rv_served *v); /* caller holds the lock */
void rv_served_free(struct rv_served *v);
rv_status rv_guard_start(struct rv_cx *cx, struct rv_server *s);
void rv_guard_stop(struct rv_server *s);
/* Keeps a copy of fd open for a short while, so that a client that is still sending can read the
 * refusal. */
void rv_guard_linger(struct rv_server *s, int fd);

struct rv_peers *rv_peers_new(void);
void rv_peers_free(struct rv_peers *p);
int rv_peers_count(const struct rv_peers *p, const struct rv_address *a);
bool rv_peers_add(struct rv_peers *p, const struct rv_address *a); /* false: out of memory */
void rv_peers_remove(struct rv_peers *p, const struct rv_address *a);
