/* The server: answers, keep-alive, bodies, late handlers, clients that leave, streams, drain. */
#include "net_test.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct fixture {
    struct net_env env;
    struct echo app;
    struct rv_server *server;
    int port;
};

static void open_fixture(struct fixture *f, const char *const *settings)
{
    net_env_init(&f->env, settings);
    echo_init(&f->app);
    struct rv_http_app a = echo_app(&f->app);
    assert_int_equal(rv_server_start(&f->env.cx, &a, &f->server), RV_OK);
    f->app.server = f->server;
    f->port = rv_server_port(f->server);
}

static void close_fixture(struct fixture *f)
{
    if (f->server != NULL) {
        rv_server_drain(f->server, 2000);
        rv_server_free(f->server);
    }
    echo_done(&f->app);
    net_env_done(&f->env);
}

static void say(int fd, const char *text)
{
    raw_send(fd, text, strlen(text));
}

static void a_connection_serves_several_requests(void **state)
{
    struct fixture f;
    char text[4096];
    (void)state;
    open_fixture(&f, NULL);
    int fd = raw_connect(f.port);
    for (int i = 0; i < 20; i++) {
        say(fd, i % 2 == 0 ? "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
                           : "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
        assert_true(raw_read_until(fd, text, sizeof text, "body=5:hello"));
        assert_non_null(strstr(text, "HTTP/1.1 200"));
        assert_non_null(strstr(text, "X-Content-Type-Options: nosniff"));
        assert_null(strstr(text, "Strict-Transport-Security"));
    }
    say(fd, "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_true(raw_read_all(fd, text, sizeof text, NULL));
    assert_non_null(strstr(text, "HTTP/1.1 204"));
    close(fd);
    close_fixture(&f);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct fixture f;
    char text[8192];
    (void)state;
    open_fixture(&f, NULL);
    int fd = raw_connect(f.port);
    say(fd, "GET /later?1 HTTP/1.1\r\nHost: a\r\n\r\nGET /echo?2 HTTP/1.1\r\nHost: a\r\n\r\n"
            "GET /echo?3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_true(raw_read_all(fd, text, sizeof text, NULL));
    const char *one = strstr(text, "/later?1"), *two = strstr(text, "/echo?2"),
               *three = strstr(text, "/echo?3");
    assert_true(one != NULL && two != NULL && three != NULL && one < two && two < three);
    close(fd);
    close_fixture(&f);
}

static void head_is_answered_like_get_without_body(void **state)
{
    static const char bytes[] = "HEAD /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    struct fixture f;
    char text[4096];
    (void)state;
    open_fixture(&f, NULL);
    assert_true(raw_talk(f.port, bytes, sizeof bytes - 1, text, sizeof text));
    assert_non_null(strstr(text, "HTTP/1.1 200"));
    assert_non_null(strstr(text, "Content-Length: "));
    assert_null(strstr(text, "body=0"));
    close_fixture(&f);
}

static void http_1_0_is_answered_and_closed(void **state)
{
    static const char bytes[] = "GET /echo HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
    struct fixture f;
    char text[4096];
    (void)state;
    open_fixture(&f, NULL);
    assert_true(raw_talk(f.port, bytes, sizeof bytes - 1, text, sizeof text));
    assert_non_null(strstr(text, " 200 "));
    close_fixture(&f);
}

static void a_connection_ends_after_a_thousand_requests(void **state)
{
    struct fixture f;
    char text[4096];
    (void)state;
    open_fixture(&f, NULL);
    int fd = raw_connect(f.port);
    for (int i = 1; i < 1000; i++) {
        say(fd, "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_true(raw_read_until(fd, text, sizeof text, "\r\n\r\n"));
        assert_null(strstr(text, "Connection: close"));
    }
    say(fd, "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(raw_read_all(fd, text, sizeof text, NULL));
    assert_non_null(strstr(text, "Connection: close"));
    close(fd);
    close_fixture(&f);
}

static void post(int port, const char *path, size_t n, char *text, size_t size)
{
    char *bytes = malloc(n + 200);
    assert_non_null(bytes);
    int k =
        snprintf(bytes, 200,
                 "POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
                 path, n);
    memset(bytes + k, 'b', n);
    raw_talk(port, bytes, (size_t)k + n, text, size);
    free(bytes);
}

static void bodies_are_taken_up_to_the_limit_to_the_byte(void **state)
{
    struct fixture f;
    char text[8192];
    (void)state;
    open_fixture(&f, NULL);
    post(f.port, "/small", 10, text, sizeof text);
    assert_non_null(strstr(text, "body=10:bbbbbbbbbb"));
    post(f.port, "/small", 11, text, sizeof text);
    assert_non_null(strstr(text, "HTTP/1.1 413"));
    post(f.port, "/echo", 1024 * 1024, text, sizeof text);
    assert_non_null(strstr(text, "body=1048576:b"));
    post(f.port, "/echo", 1024 * 1024 + 1, text, sizeof text); /* the refusal arrives though the body was sent */
    assert_non_null(strstr(text, "HTTP/1.1 413"));
    assert_non_null(strstr(text, "Connection: close"));
    post(f.port, "/big", 3 * 1024 * 1024, text, sizeof text);
    assert_non_null(strstr(text, "body=3145728:b"));
    post(f.port, "/none", 100000, text, sizeof text);
    assert_non_null(strstr(text, "HTTP/1.1 404"));
    close_fixture(&f);
}

static void a_refused_upload_is_told_without_its_body(void **state)
{
    static const char bytes[] =
        "PUT /small HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n";
    struct fixture f;
    char text[4096];
    (void)state;
    open_fixture(&f, NULL);
    assert_true(raw_talk(f.port, bytes, sizeof bytes - 1, text, sizeof text));
    assert_non_null(strstr(text, "HTTP/1.1 413"));
    close_fixture(&f);
}

static void continue_is_said_before_a_body_that_will_be_taken(void **state)
{
    struct fixture f;
    char text[4096];
    (void)state;
    open_fixture(&f, NULL);
    int fd = raw_connect(f.port);
    say(fd, "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: "
            "100-continue\r\nConnection: close\r\n\r\n");
    assert_true(raw_read_until(fd, text, sizeof text, "100 Continue\r\n\r\n"));
    say(fd, "body");
    assert_true(raw_read_all(fd, text, sizeof text, NULL));
    assert_non_null(strstr(text, "body=4:body"));
    close(fd);
    fd = raw_connect(f.port);
    say(fd,
        "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\nExpect: 100-continue\r\n\r\n");
    assert_true(raw_read_all(fd, text, sizeof text, NULL));
    assert_ptr_equal(strstr(text, "HTTP/1.1 413"), text);
    close(fd);
    close_fixture(&f);
}

static void a_head_that_does_not_come_ends_the_connection(void **state)
{
    static const char *const settings[] = { "listen.head_timeout", "200ms", NULL };
    static const char *const heads[] = { "", "GET /ec", "GET /echo HTTP/1.1\r\nHost: a\r\nA: b" };
    struct fixture f;
    char text[4096];
    (void)state;
    open_fixture(&f, settings);
    for (size_t i = 0; i < RV_LEN(heads); i++) {
        int fd = raw_connect(f.port);
        say(fd, heads[i]);
        raw_read_all(fd, text, sizeof text, NULL);
        assert_null(strstr(text, "200"));
        close(fd);
    }
    assert_int_equal(f.app.calls, 0);
    close_fixture(&f);
}

static void a_late_handler_is_answered_for_and_may_still_finish(void **state)
{
    static const char *const settings[] = { "listen.answer_timeout", "100ms", NULL };
    static const char bytes[] = "GET /hold HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    struct fixture f;
    char text[4096];
    (void)state;
    open_fixture(&f, settings);
    assert_true(raw_talk(f.port, bytes, sizeof bytes - 1, text, sizeof text));
    assert_non_null(strstr(text, "HTTP/1.1 503"));
    assert_non_null(strstr(text, "Retry-After: 1"));
    echo_wait_held(&f.app);
    echo_release(&f.app);
    close_fixture(&f);
}

static void a_client_that_leaves_while_its_request_waits_harms_nobody(void **state)
{
    static const char bytes[] = "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    struct fixture f;
    char text[4096];
    (void)state;
    open_fixture(&f, NULL);
    for (int i = 0; i < 5; i++) {
        int fd = raw_connect(f.port);
        say(fd, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
        echo_wait_held(&f.app);
        struct linger hard = { .l_onoff = 1 };
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard), 0);
        close(fd); /* a reset */
        echo_release(&f.app);
        assert_true(raw_talk(f.port, bytes, sizeof bytes - 1, text, sizeof text));
        assert_non_null(strstr(text, "HTTP/1.1 200"));
    }
    close_fixture(&f);
}

static void drain_lets_running_requests_end_and_refuses_new_ones(void **state)
{
    struct fixture f;
    char text[4096];
    (void)state;
    open_fixture(&f, NULL);
    int fd = raw_connect(f.port);
    say(fd, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
    echo_wait_held(&f.app);
    rv_server_drain(f.server, 50); /* the held one does not end: it is answered 503 */
    assert_true(raw_read_all(fd, text, sizeof text, NULL));
    assert_non_null(strstr(text, "HTTP/1.1 503"));
    assert_non_null(strstr(text, "Connection: close"));
    close(fd);
    rv_server_free(f.server);
    f.server = NULL;
    echo_release(&f.app); /* after the server is gone */
    close_fixture(&f);
}

static void events_reach_the_client_and_the_stream_ends_from_either_side(void **state)
{
    struct fixture f;
    char text[4096];
    (void)state;
    open_fixture(&f, NULL);
    int fd = raw_connect(f.port);
    say(fd, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    struct rv_stream *s = echo_wait_stream(&f.app);
    assert_true(rv_stream_send(s, RV_STR("data: one\n\n")));
    assert_true(raw_read_until(fd, text, sizeof text, "data: one"));
    assert_non_null(strstr(text, "text/event-stream"));
    assert_true(rv_stream_send(s, RV_STR("data: two\n\n")));
    assert_true(raw_read_until(fd, text, sizeof text, "data: two"));
    rv_stream_close(s);
    f.app.stream = NULL;
    assert_true(raw_read_until(fd, text, sizeof text, "0\r\n\r\n"));
    close(fd);

    fd = raw_connect(f.port);
    say(fd, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    s = echo_wait_stream(&f.app);
    close(fd);
    for (int i = 0; rv_stream_send(s, RV_STR("data: nobody listens\n\n")); i++)
        if (i % 1000 == 0)
            sched_yield();
    assert_false(rv_stream_is_open(s));
    close_fixture(&f);
}

static void a_client_far_behind_is_cut_off(void **state)
{
    static char block[65536];
    struct fixture f;
    char text[4096];
    (void)state;
    open_fixture(&f, NULL);
    int fd = raw_connect(f.port);
    say(fd, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    struct rv_stream *s = echo_wait_stream(&f.app);
    memset(block, 'x', sizeof block);
    assert_true(raw_read_until(fd, text, sizeof text, "\r\n\r\n"));
    while (rv_stream_send(s, (rv_str){ block, sizeof block })) { /* nobody reads: buffers fill, then the backlog */
    }
    close(fd);
    close_fixture(&f);
}

static void open_streams_do_not_hold_up_the_end(void **state)
{
    struct fixture f;
    char text[4096];
    (void)state;
    open_fixture(&f, NULL);
    int fd = raw_connect(f.port);
    say(fd, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    struct rv_stream *s = echo_wait_stream(&f.app);
    assert_true(rv_stream_send(s, RV_STR("data: last\n\n")));
    rv_server_drain(f.server, 2000);
    assert_true(raw_read_until(fd, text, sizeof text, "\r\n0\r\n\r\n"));
    assert_non_null(strstr(text, "data: last"));
    assert_false(rv_stream_is_open(s));
    rv_server_free(f.server);
    f.server = NULL;
    close(fd);
    close_fixture(&f);
}

static void peer_of(int port, const char *headers, char *text, size_t size)
{
    char bytes[1024];
    int n = snprintf(bytes, sizeof bytes,
                     "GET /peer HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n", headers);
    assert_true(raw_talk(port, bytes, (size_t)n, text, size));
}

static void forwarded_headers_count_only_from_trusted_proxies(void **state)
{
    static const char *const trusting[] = { "proxy.trusted", "127.0.0.0/8, 10.0.0.0/8", NULL };
    struct fixture f;
    char text[4096];
    (void)state;
    open_fixture(&f, NULL);
    peer_of(f.port, "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\n", text, sizeof text);
    assert_non_null(strstr(text, "\r\n\r\n127.0.0.1 http\n"));
    close_fixture(&f);
    open_fixture(&f, trusting);
    peer_of(f.port, "X-Forwarded-For: 1.1.1.1, 9.9.9.9, 10.0.0.1\r\nX-Forwarded-Proto: https\r\n",
            text, sizeof text);
    assert_non_null(strstr(text, "\r\n\r\n9.9.9.9 https\n"));
    assert_non_null(strstr(text, "Strict-Transport-Security"));
    peer_of(f.port, "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2001:db8::9\r\n", text,
            sizeof text);
    assert_non_null(strstr(text, "\r\n\r\n2001:db8::9 http\n"));
    peer_of(f.port, "X-Forwarded-For: 1.1.1.1, nonsense\r\n", text, sizeof text);
    assert_non_null(strstr(text, "\r\n\r\n127.0.0.1 http\n"));
    close_fixture(&f);
}

static void connections_beyond_the_limits_are_refused(void **state)
{
    static const char *const few[] = { "listen.connections", "4", NULL };
    static const char *const per_address[] = { "listen.per_address", "2", NULL };
    static const char bytes[] = "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n";
    struct fixture f;
    char text[4096];
    int fds[4];
    (void)state;
    open_fixture(&f, few);
    for (size_t i = 0; i < 4; i++) {
        fds[i] = raw_connect(f.port);
        say(fds[i], bytes);
        assert_true(raw_read_until(fds[i], text, sizeof text, "204"));
    }
    assert_true(raw_talk(f.port, bytes, sizeof bytes - 1, text, sizeof text));
    assert_non_null(strstr(text, "HTTP/1.1 503"));
    for (size_t i = 0; i < 4; i++)
        close(fds[i]);
    close_fixture(&f);
    open_fixture(&f, per_address);
    for (size_t i = 0; i < 2; i++) {
        fds[i] = raw_connect(f.port);
        say(fds[i], bytes);
        assert_true(raw_read_until(fds[i], text, sizeof text, "204"));
    }
    raw_talk(f.port, bytes, sizeof bytes - 1, text, sizeof text);
    assert_string_equal(text, "");
    close(fds[0]);
    close(fds[1]);
    close_fixture(&f);
}

static void a_taken_port_is_named_in_a_sentence(void **state)
{
    struct fixture f;
    struct net_env e;
    struct rv_server *s = NULL;
    char port[16];
    (void)state;
    open_fixture(&f, NULL);
    (void)snprintf(port, sizeof port, "%d", f.port);
    const char *const settings[] = { "listen.port", port, NULL };
    net_env_init(&e, settings);
    struct rv_http_app a = echo_app(&f.app);
    assert_int_equal(rv_server_start(&e.cx, &a, &s), RV_IO);
    assert_non_null(strstr(rv_error(&e.cx)->message, port));
    assert_non_null(strstr(rv_error(&e.cx)->message, "listen.port"));
    net_env_done(&e);
    const char *const elsewhere[] = { "listen.address", "192.0.2.1", NULL };
    net_env_init(&e, elsewhere);
    assert_int_equal(rv_server_start(&e.cx, &a, &s), RV_IO);
    assert_non_null(strstr(rv_error(&e.cx)->message, "192.0.2.1"));
    net_env_done(&e);
    close_fixture(&f);
}

int run_server_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_serves_several_requests),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(head_is_answered_like_get_without_body),
        cmocka_unit_test(http_1_0_is_answered_and_closed),
        cmocka_unit_test(a_connection_ends_after_a_thousand_requests),
        cmocka_unit_test(bodies_are_taken_up_to_the_limit_to_the_byte),
        cmocka_unit_test(a_refused_upload_is_told_without_its_body),
        cmocka_unit_test(continue_is_said_before_a_body_that_will_be_taken),
        cmocka_unit_test(a_head_that_does_not_come_ends_the_connection),
        cmocka_unit_test(a_late_handler_is_answered_for_and_may_still_finish),
        cmocka_unit_test(a_client_that_leaves_while_its_request_waits_harms_nobody),
        cmocka_unit_test(drain_lets_running_requests_end_and_refuses_new_ones),
        cmocka_unit_test(events_reach_the_client_and_the_stream_ends_from_either_side),
        cmocka_unit_test(a_client_far_behind_is_cut_off),
        cmocka_unit_test(open_streams_do_not_hold_up_the_end),
        cmocka_unit_test(forwarded_headers_count_only_from_trusted_proxies),
        cmocka_unit_test(connections_beyond_the_limits_are_refused),
        cmocka_unit_test(a_taken_port_is_named_in_a_sentence),
    };
    return cmocka_run_group_tests_name("net: server", tests, NULL, NULL);
}
