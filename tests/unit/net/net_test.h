/* What the unit tests of src/net share: an environment, a small application, a raw client. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "net/net_int.h"

struct net_env {
    struct rv_env env;
    struct rv_cx cx;
};
/* Configuration as it is delivered, on any free port; settings are name, value, …, NULL. */
void net_env_init(struct net_env *e, const char *const *settings);
void net_env_done(struct net_env *e);

/* The application of tests and of echo_server.c. Paths: /echo (what came, as text), /later (the
 * same, from another thread), /small (at most 10 bytes of body), /big (16 MiB), /hold (kept until
 * echo_release), /stream (events), /peer (address and scheme), /nothing (204), everything else 404
 * in the head. */
struct echo {
    pthread_mutex_t lock;
    pthread_cond_t change;
    struct rv_server *server;
    struct rv_exchange *held;
    struct rv_stream *stream;
    int calls; /* handler calls */
};
void echo_init(struct echo *e);
void echo_done(struct echo *e);
struct rv_http_app echo_app(struct echo *e);
void echo_wait_held(struct echo *e); /* until a request hangs at /hold */
void echo_release(struct echo *e); /* answers it */
struct rv_stream *echo_wait_stream(struct echo *e);

int raw_connect(int port);
void raw_send(int fd, const char *bytes, size_t n);
/* Reads until the server closes or 10 s pass; text is NUL-terminated. Returns true when it closed.
 */
bool raw_read_all(int fd, char *text, size_t size, size_t *ret_n);
/* Reads until the text so far contains part. */
bool raw_read_until(int fd, char *text, size_t size, const char *part);
/* All of it: connect, send, read to the end, close. */
bool raw_talk(int port, const char *bytes, size_t n, char *text, size_t size);

/* A scripted peer (peer.c): each connection takes up the script where the last one left it. */
enum peer_kind { PEER_END, PEER_SAY, PEER_LINE, PEER_ALONE, PEER_HEAD, PEER_DATA, PEER_HANG, PEER_CLOSE };
struct step {
    /* LINE, HEAD, DATA read to CRLF, an empty line, a lone dot; then say. ALONE: a line with nothing
     * behind it yet. */
    enum peer_kind kind;
    const char *expect; /* part of what is read, or NULL */
    const char *say;
    size_t n; /* of say; 0: its length */
};
struct peer {
    const struct step *steps;
    int listener, port, connections;
    pthread_t thread;
    bool done;
    const char *wrong; /* what was expected and did not come */
    size_t heard_n;
    char heard[65536];
};
void peer_start(struct peer *p, const struct step *steps); /* on 127.0.0.1 */
void peer_start_at(struct peer *p, const struct step *steps, uint32_t address); /* IPv4, host order */
bool peer_stop(struct peer *p); /* true: the script ran to its end */

int run_filter_tests(void);
int run_server_tests(void);
int run_local_tests(void);
int run_address_tests(void);
int run_mime_tests(void);
int run_client_tests(void);
int run_rebind_tests(void);
int run_mail_tests(void);
