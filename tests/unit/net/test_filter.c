/* Strict head (security.md 3.1): each case is sent to the real listener, followed by a second
 * request that must never be seen. */
#include "net_test.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct net_env env;
static struct echo app;
static struct rv_server *server;

static int start(void **state)
{
    (void)state;
    net_env_init(&env, NULL);
    echo_init(&app);
    struct rv_http_app a = echo_app(&app);
    assert_int_equal(rv_server_start(&env.cx, &a, &server), RV_OK);
    app.server = server;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rv_server_drain(server, 1000);
    rv_server_free(server);
    echo_done(&app);
    net_env_done(&env);
    return 0;
}

#define HOST "Host: a\r\n"
#define SECOND "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
struct head_case {
    int status;
    const char *bytes;
    size_t n;
};
#define CASE(status, text) { (status), text "\r\n" SECOND, sizeof(text "\r\n" SECOND) - 1 }

static const struct head_case refused[] = {
    CASE(400, "GET /echo HTTP/1.1\r\n"), /* no Host */
    CASE(400, "GET /echo HTTP/1.1\r\nHost:\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\nHost: a\r\nHost: a\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\nHost: a b\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\nHost: a/b\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\nHost: u@a\r\n"),
    CASE(400, "GET http://b/echo HTTP/1.1\r\nHost: a\r\n"),
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n"),
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 6\r\n"),
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n"),
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: +5\r\n"),
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: -5\r\n"),
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5 \r\n"),
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n"),
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: \r\n"),
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0000000000000000005\r\n"),
    CASE(413, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n"), /* the library itself */
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n"),
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, chunked\r\n"),
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n"),
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n"),
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding\t: chunked\r\n"),
    CASE(400, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding : chunked\r\n"),
    CASE(400, "POST /echo HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n"),
    CASE(411, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n"),
    CASE(411, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\n" HOST "A: b\r\n c\r\n"), /* folded */
    CASE(400, "GET /echo HTTP/1.1\r\n" HOST "A: b\r\n\tc\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\n" HOST "A: b\r\n c\r\nB: d\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\n Host: a\r\n"),
    CASE(400, "GET /echo HTTP/1.1\n" HOST), /* bare LF and CR */
    CASE(400, "GET /echo HTTP/1.1\r\nHost: a\nA: b\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\nA: b\nHost: a\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\nHost: a\r\nA: b\n"),
    CASE(400, "GET /echo HTTP/1.1\r\nHost: a\r\nA: b\n\n"),
    CASE(400, "GET /echo HTTP/1.1\r\nHost: a\r\nA: b\rc\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\nHost: a\r\rA: b\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\nHost: a\r\nA: b\r\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\nHost: a\r\nA: b\0c\r\n"), /* NUL and control bytes */
    CASE(400, "GET /echo HTTP/1.1\r\nA: b\0c\r\nHost: a\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\nHost: a\0b\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\nHost: a\r\nA\0B: c\r\n"),
    CASE(400, "GET /ec\0ho HTTP/1.1\r\nHost: a\r\n"),
    CASE(400, "GET /echo\0 HTTP/1.1\r\nHost: a\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\n" HOST "A: \x01\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\n" HOST "A: \x7f\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\n" HOST "A\x01: b\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\n" HOST "A b: c\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\n" HOST "A : c\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\n" HOST ": c\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\n" HOST "(a): c\r\n"),
    CASE(400, "GET /echo HTTP/1.1\r\n" HOST "\xc3\xa4: c\r\n"),
    CASE(400, "ABCDEFGHIJKLMNOPQRSTU /echo HTTP/1.1\r\n" HOST), /* request line */
    CASE(400, "G(T /echo HTTP/1.1\r\n" HOST),
    CASE(400, "GET  /echo HTTP/1.1\r\n" HOST),
    CASE(400, "GET /echo  HTTP/1.1\r\n" HOST),
    CASE(400, "GET /echo HTTP/1.1 \r\n" HOST),
    CASE(400, "GET /ec ho HTTP/1.1\r\n" HOST),
    CASE(400, "GET /ec\tho HTTP/1.1\r\n" HOST),
    CASE(400, "GET\t/echo HTTP/1.1\r\n" HOST),
    CASE(400, "GET echo HTTP/1.1\r\n" HOST),
    CASE(400, "GET * HTTP/1.1\r\n" HOST),
    CASE(400, "GET ftp://a/echo HTTP/1.1\r\n" HOST),
    CASE(400, "GET /echo#x HTTP/1.1\r\n" HOST),
    CASE(400, "GET /ec\\ho HTTP/1.1\r\n" HOST),
    CASE(400, "GET /\xc3\xa4 HTTP/1.1\r\n" HOST),
    CASE(505, "GET /echo HTTP/2.0\r\n" HOST),
    CASE(400, "GET /echo HTTP/1.2\r\n" HOST),
    CASE(400, "GET /echo HTTP/1.10\r\n" HOST),
    CASE(400, "GET /echo http/1.1\r\n" HOST),
    CASE(400, "GET /echo\r\n" HOST),
    CASE(400, "CONNECT a:80 HTTP/1.1\r\n" HOST),
    CASE(405, "TRACE /echo HTTP/1.1\r\n" HOST),
};

static void every_malformed_head_is_refused_and_the_connection_closed(void **state)
{
    static char text[65536];
    (void)state;
    for (size_t i = 0; i < RV_LEN(refused); i++) {
        const struct head_case *c = &refused[i];
        char want[32];
        bool closed = raw_talk(rv_server_port(server), c->bytes, c->n, text, sizeof text);
        (void)snprintf(want, sizeof want, "HTTP/1.1 %d ", c->status);
        bool none = c->status == 400 && text[0] == 0; /* the library may close without a word */
        if (!closed || (!none && strncmp(text, want, strlen(want)) != 0) ||
            strstr(text, "HTTP/1.1 200") != NULL)
            fail_msg("case %zu: %s\nanswered: %s", i, c->bytes, text);
    }
}

static void heads_split_anywhere_are_read_the_same(void **state)
{
    static const char bytes[] =
        "GET /echo?a=b&c HTTP/1.1\r\nHost: a:8\r\nX-Y:  v \t\r\nE:\r\nConnection: close\r\n\r\n";
    static char text[65536];
    (void)state;
    for (size_t cut = 1; cut < sizeof bytes - 1; cut += 3) {
        int fd = raw_connect(rv_server_port(server));
        raw_send(fd, bytes, cut);
        raw_send(fd, bytes + cut, sizeof bytes - 1 - cut);
        assert_true(raw_read_all(fd, text, sizeof text, NULL));
        close(fd);
        assert_non_null(strstr(text, "HTTP/1.1 200"));
        assert_non_null(
            strstr(text, "GET /echo?a=b&c\nhost=a:8\nx-y=v\ne=\nconnection=close\nbody=0:"));
    }
}

static void well_formed_unusual_heads_are_accepted(void **state)
{
    static const struct head_case good[] = {
        CASE(200, "GET http://a/echo HTTP/1.1\r\n" HOST "Connection: close\r\n"),
        CASE(200, "GET https://A/echo?x HTTP/1.1\r\n" HOST "Connection: close\r\n"),
        CASE(200, "GET /echo HTTP/1.1\r\nhOST: [::1]:80\r\nConnection: close\r\n"),
        CASE(200, "GET /echo HTTP/1.0\r\n" HOST),
        CASE(200, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0\r\nConnection: close\r\n"),
        CASE(200, "GET /echo HTTP/1.1\r\n" HOST "A: \xc3\xa4\tb\r\nConnection: close\r\n"),
        CASE(404, "GET /none HTTP/1.1\r\n" HOST "Connection: close\r\n"),
    };
    static char text[65536];
    (void)state;
    for (size_t i = 0; i < RV_LEN(good); i++) {
        char want[32];
        bool closed = raw_talk(rv_server_port(server), good[i].bytes, good[i].n, text, sizeof text);
        (void)snprintf(want, sizeof want, "HTTP/1.1 %d ", good[i].status);
        if (!closed || strncmp(text, want, strlen(want)) != 0)
            fail_msg("case %zu: %s\nanswered: %s", i, good[i].bytes, text);
    }
}

/* Sends a head made of line, n times the letter x, and rest; returns the status. */
static int sized(const char *before, size_t n, const char *after)
{
    static char bytes[200000], text[300000];
    size_t a = strlen(before), b = strlen(after);
    memcpy(bytes, before, a);
    memset(bytes + a, 'x', n);
    memcpy(bytes + a + n, after, b);
    raw_talk(rv_server_port(server), bytes, a + n + b, text, sizeof text);
    return strncmp(text, "HTTP/1.1 ", 9) == 0 ? (int)strtol(text + 9, NULL, 10) : 0;
}

static void the_limits_of_a_head_hold_to_the_byte(void **state)
{
    (void)state;
    /* request line: 8,192 with "GET /" and " HTTP/1.1" and the line's end not counted */
    assert_int_equal(sized("GET /", 8192 - 15, " HTTP/1.1\r\nHost: a\r\n\r\n"), 404);
    assert_int_equal(sized("GET /", 8192 - 13, " HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
    assert_int_equal(sized("GET /", 20000, " HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
    assert_int_equal(sized("GET /echo?", 4096, " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
                     200);
    assert_int_equal(sized("GET /echo?", 4097, " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
                     414);
    assert_int_equal(sized("GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nA: ", 8192 - 5,
                           "\r\n\r\n"),
                     200);
    assert_int_equal(sized("GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nA: ", 8192 - 4,
                           "\r\n\r\n"),
                     431);
    assert_int_equal(sized("GET /echo HTTP/1.1\r\nHost: a\r\nA: ", 150000, "\r\n\r\n"), 431);
}

static int with_headers(size_t n, size_t each)
{
    static char bytes[200000], text[300000];
    size_t at = 0;
    at += (size_t)snprintf(bytes, sizeof bytes,
                           "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n");
    for (size_t i = 2; i < n; i++) {
        at += (size_t)snprintf(bytes + at, sizeof bytes - at, "H%03zu: ", i);
        memset(bytes + at, 'v', each);
        at += each;
        memcpy(bytes + at, "\r\n", 2);
        at += 2;
    }
    memcpy(bytes + at, "\r\n", 2);
    raw_talk(rv_server_port(server), bytes, at + 2, text, sizeof text);
    return strncmp(text, "HTTP/1.1 ", 9) == 0 ? (int)strtol(text + 9, NULL, 10) : 0;
}

static void there_are_at_most_100_headers_and_32_kib_of_them(void **state)
{
    (void)state;
    assert_int_equal(with_headers(100, 1), 200);
    assert_int_equal(with_headers(101, 1), 431);
    assert_int_equal(with_headers(500, 1), 431);
    assert_int_equal(with_headers(10, 4000), 200);
    assert_int_equal(with_headers(11, 4000), 431);
}

int run_filter_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_malformed_head_is_refused_and_the_connection_closed),
        cmocka_unit_test(heads_split_anywhere_are_read_the_same),
        cmocka_unit_test(well_formed_unusual_heads_are_accepted),
        cmocka_unit_test(the_limits_of_a_head_hold_to_the_byte),
        cmocka_unit_test(there_are_at_most_100_headers_and_32_kib_of_them),
    };
    return cmocka_run_group_tests_name("net: strict head", tests, start, stop);
}
