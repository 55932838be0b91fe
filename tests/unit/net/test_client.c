/* Outgoing HTTP: answers, limits, address rules, redirects, what remains unknown. */
#include "net_test.h"
#include "net/client_int.h"
#include <stdio.h>
#include <unistd.h>

enum { OPEN = RV_FETCH_PLAIN_HTTP | RV_FETCH_ANY_ADDRESS };

static struct net_env env;
static struct echo app;
static struct rv_server *server;
static struct rv_client *client;
static char base[64];

static int begin(void **state)
{
    static const char *const settings[] = { "client.per_destination", "2", NULL };
    (void)state;
    net_env_init(&env, settings);
    echo_init(&app);
    struct rv_http_app a = echo_app(&app);
    assert_int_equal(rv_server_start(&env.cx, &a, &server), RV_OK);
    app.server = server;
    assert_int_equal(rv_client_new(&env.cx, &client), RV_OK);
    (void)snprintf(base, sizeof base, "http://127.0.0.1:%d", rv_server_port(server));
    return 0;
}

static int end(void **state)
{
    (void)state;
    rv_client_free(client);
    rv_server_drain(server, 1000);
    rv_server_free(server);
    echo_done(&app);
    net_env_done(&env);
    return 0;
}

static struct rv_fetch get(const char *path)
{
    return (struct rv_fetch){ .cx = &env.cx, .method = RV_STR("GET"), .flags = OPEN,
                              .url = rv_printf(&env.cx, "%s%s", base, path) };
}

static bool answers(const struct rv_fetch *f, const char *part)
{
    return strstr(rv_z(&env.cx, f->answer.body), part) != NULL;
}

static void calls_carry_method_headers_and_body(void **state)
{
    static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };
    const struct rv_header h[] = { { RV_STR("X-A"), RV_STR(" b ") },
                                   { RV_STR("X-Empty"), RV_STR("") },
                                   { RV_STR("Content-Type"), RV_STR("application/json") },
                                   { RV_STR("Host"), RV_STR("evil.example") },
                                   { RV_STR("Content-Length"), RV_STR("999") } };
    (void)state;
    for (size_t i = 0; i < RV_LEN(methods); i++) {
        struct rv_fetch f = get("/echo?q=1");
        f.method = rv_str_of(methods[i]);
        f.headers = h;
        f.headers_n = RV_LEN(h);
        if (i > 0)
            f.body = RV_STR("{\"a\":1}");
        assert_int_equal(rv_fetch_wait(client, &f), RV_OK);
        assert_int_equal(f.answer.status, 200);
        assert_true(answers(&f, rv_printf(&env.cx, "%s /echo?q=1\n", methods[i]).p));
        assert_true(answers(&f, "x-a=b\n"));
        assert_true(answers(&f, "x-empty=\n"));
        assert_true(answers(&f, "user-agent=Reeve\n"));
        assert_true(answers(&f, "host=127.0.0.1:"));
        assert_false(answers(&f, "evil"));
        assert_true(answers(&f, i > 0 ? "body=7:{\"a\":1}" : "body=0:"));
        bool typed = false;
        for (size_t k = 0; k < f.answer.headers_n; k++)
            typed = typed || (rv_str_eq(f.answer.headers[k].name, RV_STR("content-type")) &&
                              rv_str_eq(f.answer.headers[k].value, RV_STR("text/plain")));
        assert_true(typed);
    }
    struct rv_fetch f = get("/echo");
    f.method = RV_STR("HEAD");
    assert_int_equal(rv_fetch_wait(client, &f), RV_OK);
    assert_int_equal(f.answer.body.n, 0);
    f = get("/echo");
    f.method = RV_STR("POST");
    assert_int_equal(rv_fetch_wait(client, &f), RV_OK);
    assert_true(answers(&f, "content-length=0\n"));
    f = get("/none");
    assert_int_equal(rv_fetch_wait(client, &f), RV_OK);
    assert_int_equal(f.answer.status, 404);
}

static void headers_and_methods_that_break_lines_are_refused(void **state)
{
    const struct rv_header bad[] = {
        { RV_STR("X\r\nY"), RV_STR("b") }, { RV_STR("X"), RV_STR("b\r\nY: c") },
        { RV_STR("X"), RV_STR("b\n") },    { RV_STR(""), RV_STR("b") },
        { RV_STR("X:"), RV_STR("b") },     { RV_STR("X"), { "a\0b", 3 } }
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(bad); i++) {
        struct rv_fetch f = get("/echo");
        f.headers = &bad[i];
        f.headers_n = 1;
        assert_int_equal(rv_fetch_wait(client, &f), RV_INVALID);
    }
    struct rv_fetch f = get("/echo");
    f.method = RV_STR("GET / HTTP/1.1\r\nX:");
    assert_int_equal(rv_fetch_wait(client, &f), RV_INVALID);
}

static void addresses_that_may_not_be_called_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "x",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "//example.org/",
        "https:/example.org",
        "http://example.org/",
        "https://",
        "https:///path",
        "https://user@example.org/",
        "https://user:pw@example.org/",
        "https://example.org@evil.example/",
        "https://example.org:22/",
        "https://example.org:0/",
        "https://example.org:65536/",
        "https://example.org:4430x/",
        "https://example.org:/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.1./",
        "https://1.2.3/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[fe80::1%25lo]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[127.0.0.1]/",
        "https://[::1/",
        "https://[::1]x/",
        "https://10.0.0.1/",
        "https://172.16.0.1/",
        "https://192.168.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[fd00::1]/",
        "https://[ff02::1]/",
        "https://[::]/",
        "https://localhost/",
        "https://LOCALHOST:8443/",
        "https://exa mple.org/",
        "https://example.org/a b",
        "https://example.org/\r\nX: y",
        "https://example.org\\@evil.example/",
        "https://ex\xc3\xa4mple.org/",
        "https://.example.org/",
        "https://example..org/",
        "https://example.org/\xc3\xa4",
        "https://exam%70le.org/",
        "https://127.0.0.1%00.example.org/",
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(bad); i++) {
        struct rv_fetch f = {
            .cx = &env.cx, .method = RV_STR("GET"), .url = rv_str_of(bad[i]), .timeout_ms = 5000
        };
        rv_status st = rv_fetch_wait(client, &f);
        if (st != RV_REFUSED)
            fail_msg("%s: status %d, %s", bad[i], (int)st, rv_error(&env.cx)->message);
    }
}

static void allowed_hosts_and_ranges_open_what_they_name(void **state)
{
    const int port = rv_server_port(server);
    struct {
        rv_str allow;
        rv_status st;
    } cases[] = {
        { rv_printf(&env.cx, "127.0.0.1:%d", port), RV_OK },
        { rv_printf(&env.cx, "other:1, 127.0.0.1:%d", port), RV_OK },
        { rv_printf(&env.cx, "127.0.0.1:%d", port + 1), RV_REFUSED },
        { RV_STR("127.0.0.0/8"), RV_REFUSED }, /* the address, not the port */
        { RV_STR(""), RV_REFUSED },
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(cases); i++) {
        struct rv_fetch f = get("/echo");
        f.flags = RV_FETCH_PLAIN_HTTP;
        f.allow = cases[i].allow;
        assert_int_equal(rv_fetch_wait(client, &f), cases[i].st);
    }
    struct rv_url u;
    assert_int_equal(rv_url_parse(&env.cx, RV_STR("HTTPS://Example.ORG:8443?a=b#c"), 0, RV_NONE_STR,
                                  &u),
                     RV_OK);
    assert_true(rv_str_eq(u.text, RV_STR("https://example.org:8443/?a=b")));
    assert_int_equal(rv_url_parse(&env.cx, RV_STR("https://[2606:4700::1111]/x"), 0, RV_NONE_STR,
                                  &u),
                     RV_OK);
    assert_true(rv_str_eq(u.text, RV_STR("https://[2606:4700::1111]:443/x")));
}

static void a_kept_connection_gives_no_right_to_the_next_call(void **state)
{
    (void)state;
    struct rv_fetch f = get("/echo"); /* opens and keeps a connection */
    assert_int_equal(rv_fetch_wait(client, &f), RV_OK);
    struct rv_fetch g = { .cx = &env.cx,
                          .method = RV_STR("GET"),
                          .flags = RV_FETCH_PLAIN_HTTP,
                          .url = rv_printf(&env.cx, "http://localhost:%d/echo",
                                           rv_server_port(server)),
                          .allow = rv_printf(&env.cx, "localhost:%d", rv_server_port(server)) };
    assert_int_equal(rv_fetch_wait(client, &g), RV_OK);
    g.allow = RV_NONE_STR;
    assert_int_equal(rv_fetch_wait(client, &g), RV_REFUSED);
}

static rv_status talk(const struct step *steps, struct rv_fetch *f, const char *path,
                      struct peer *p)
{
    peer_start(p, steps);
    f->cx = &env.cx;
    if (f->method.p == NULL)
        f->method = RV_STR("GET");
    f->flags = OPEN;
    f->url = rv_printf(&env.cx, "http://127.0.0.1:%d%s", p->port, path);
    rv_status st = rv_fetch_wait(client, f);
    (void)peer_stop(p);
    return st;
}

static struct peer peer;

static void answers_are_limited_in_size_and_density(void **state)
{
    static const char bomb[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x31\x01\x00\x00"
                               "\x00\xc2\xa0\xf5\x4f\x6d\x06\x7f"
                               "\xa0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                               "\x00\x00\x00\x00\x00\x00\x00\x00"
                               "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                               "\x00\x00\x00\x00\x00\x00\x00\x00"
                               "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                               "\x00\x00\x00\x00\x00\x00\x00\x00"
                               "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                               "\x00\x00\x00\x00\x00\x00\x00\x00"
                               "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                               "\x00\x00\x00\x00\x00\x00\x00\x00"
                               "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                               "\x00\x00\x00\x00\x00\x00\x00\x00"
                               "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                               "\x00\x00\x00\x00\x00\x00\x00\x00"
                               "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                               "\x00\x00\x00\x00\x00\x00\x00\x00"
                               "\x00\x00\x80\xd7\x00\x7b\x58\xe0\x5c\x40\x0d\x03\x00";
    static char dense[1000];
    (void)state;
    int n = snprintf(dense, sizeof dense,
                     "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
                     sizeof bomb - 1);
    memcpy(dense + n, bomb, sizeof bomb - 1);
    const struct step dense_steps[] = { { PEER_HEAD, "Accept-Encoding", dense,
                                          (size_t)n + sizeof bomb - 1 },
                                        { .kind = PEER_CLOSE },
                                        { .kind = PEER_END } };
    static const struct step eleven[] = {
        { PEER_HEAD, NULL, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world", 0 },
        { .kind = PEER_CLOSE },
        { .kind = PEER_END }
    };
    struct rv_fetch f = { .max_bytes = 0 };
    assert_int_equal(talk(dense_steps, &f, "/", &peer), RV_LIMIT);
    f = (struct rv_fetch){ .max_bytes = 10 };
    assert_int_equal(talk(eleven, &f, "/", &peer), RV_LIMIT);
    f = (struct rv_fetch){ .max_bytes = 11 };
    assert_int_equal(talk(eleven, &f, "/", &peer), RV_OK);
    assert_true(answers(&f, "hello world"));
}

static void a_failure_says_whether_the_other_side_may_have_acted(void **state)
{
    static const struct step cut[] = { { PEER_HEAD, NULL, NULL, 0 },
                                       { .kind = PEER_CLOSE },
                                       { .kind = PEER_END } };
    static const struct step hang[] = { { PEER_HEAD, NULL, NULL, 0 },
                                        { .kind = PEER_HANG },
                                        { .kind = PEER_END } };
    static const struct step half[] = { { PEER_HEAD, NULL,
                                          "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", 0 },
                                        { .kind = PEER_CLOSE },
                                        { .kind = PEER_END } };
    (void)state;
    struct rv_fetch f = { .method = RV_STR("POST") };
    assert_int_equal(talk(cut, &f, "/", &peer), RV_UNCERTAIN);
    f = (struct rv_fetch){ .timeout_ms = 200 };
    assert_int_equal(talk(hang, &f, "/", &peer), RV_TIMEOUT);
    f = (struct rv_fetch){ .timeout_ms = 0 };
    assert_int_equal(talk(half, &f, "/", &peer), RV_UNCERTAIN);
    f = get("/echo");
    f.url = RV_STR("http://127.0.0.1:1/");
    assert_int_equal(rv_fetch_wait(client, &f), RV_UNREACHABLE);
    f.url = RV_STR("https://name.invalid/");
    assert_int_equal(rv_fetch_wait(client, &f), RV_UNREACHABLE);
}

static void redirects_are_followed_only_when_asked_and_counted(void **state)
{
    static const struct step once[] = {
        { PEER_HEAD, "GET /a ", "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
          0 },
        { .kind = PEER_CLOSE },
        { PEER_HEAD, "GET /b ", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 0 },
        { .kind = PEER_CLOSE },
        { .kind = PEER_END }
    };
    static const struct step see_other[] = {
        { PEER_HEAD, "POST /a ", "HTTP/1.1 303 See\r\nLocation: b\r\nContent-Length: 0\r\n\r\n",
          0 },
        { .kind = PEER_CLOSE },
        { PEER_HEAD, "GET /b ", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0 },
        { .kind = PEER_CLOSE },
        { .kind = PEER_END }
    };
    static const struct step endless[] = {
        { PEER_HEAD, NULL, "HTTP/1.1 302 x\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", 0 },
        { PEER_HEAD, NULL, "HTTP/1.1 302 x\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", 0 },
        { PEER_HEAD, NULL, "HTTP/1.1 302 x\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", 0 },
        { .kind = PEER_CLOSE },
        { .kind = PEER_END }
    };
    static const struct step elsewhere[] = {
        { PEER_HEAD, NULL,
          "HTTP/1.1 302 x\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", 0 },
        { .kind = PEER_CLOSE },
        { .kind = PEER_END }
    };
    (void)state;
    struct rv_fetch f = { .max_redirects = 0 };
    (void)talk(once, &f, "/a", &peer);
    assert_int_equal(f.answer.status, 302);
    f = (struct rv_fetch){ .max_redirects = 3 };
    assert_int_equal(talk(once, &f, "/a", &peer), RV_OK);
    assert_true(answers(&f, "ok"));
    f = (struct rv_fetch){ .max_redirects = 3, .method = RV_STR("POST"), .body = RV_STR("x") };
    assert_int_equal(talk(see_other, &f, "/a", &peer), RV_OK);
    f = (struct rv_fetch){ .max_redirects = 2 };
    assert_int_equal(talk(endless, &f, "/", &peer), RV_LIMIT);
    f = (struct rv_fetch){ .max_redirects = 2 };
    assert_int_equal(talk(elsewhere, &f, "/", &peer), RV_REFUSED);
}

static void another_origin_gets_neither_credentials_nor_body(void **state)
{
    static char there[256];
    const struct rv_header h[] = { { RV_STR("Authorization"), RV_STR("SSWS secret") },
                                   { RV_STR("Cookie"), RV_STR("a=secret") },
                                   { RV_STR("X-Api-Key"), RV_STR("secret") },
                                   { RV_STR("Accept"), RV_STR("text/plain") } };
    (void)state;
    (void)snprintf(there, sizeof there,
                   "HTTP/1.1 307 x\r\nLocation: %s/echo\r\nContent-Length: 0\r\n\r\n", base);
    const struct step away[] = { { PEER_HEAD, "secret", there, 0 },
                                 { .kind = PEER_CLOSE },
                                 { .kind = PEER_END } };
    struct rv_fetch f = { .max_redirects = 1,
                          .method = RV_STR("POST"),
                          .body = RV_STR("private"),
                          .headers = h,
                          .headers_n = RV_LEN(h) };
    assert_int_equal(talk(away, &f, "/", &peer), RV_OK);
    assert_true(answers(&f, "GET /echo"));
    assert_true(answers(&f, "accept=text/plain"));
    assert_false(answers(&f, "secret"));
    assert_false(answers(&f, "private"));
}

static int finished;
static pthread_mutex_t finished_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t finished_more = PTHREAD_COND_INITIALIZER;

static void count(struct rv_fetch *f)
{
    (void)f;
    pthread_mutex_lock(&finished_lock);
    finished++;
    pthread_cond_signal(&finished_more);
    pthread_mutex_unlock(&finished_lock);
}

static void many_calls_wait_for_a_place_and_all_end(void **state)
{
    enum { N = 100 };
    static struct rv_fetch f[N];
    static struct rv_cx cx[N];
    (void)state;
    for (size_t i = 0; i < N; i++) {
        f[i] = get("/later");
        assert_int_equal(rv_cx_init(&cx[i], &env.env, 0), RV_OK);
        f[i].cx = &cx[i];
        f[i].done = count;
        rv_fetch_start(client, &f[i]);
    }
    pthread_mutex_lock(&finished_lock);
    while (finished < N)
        pthread_cond_wait(&finished_more, &finished_lock);
    pthread_mutex_unlock(&finished_lock);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(f[i].st, RV_OK);
        assert_int_equal(f[i].answer.status, 200);
        rv_cx_done(&cx[i]);
    }
}

int run_client_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_carry_method_headers_and_body),
        cmocka_unit_test(headers_and_methods_that_break_lines_are_refused),
        cmocka_unit_test(addresses_that_may_not_be_called_are_refused),
        cmocka_unit_test(allowed_hosts_and_ranges_open_what_they_name),
        cmocka_unit_test(a_kept_connection_gives_no_right_to_the_next_call),
        cmocka_unit_test(answers_are_limited_in_size_and_density),
        cmocka_unit_test(a_failure_says_whether_the_other_side_may_have_acted),
        cmocka_unit_test(redirects_are_followed_only_when_asked_and_counted),
        cmocka_unit_test(another_origin_gets_neither_credentials_nor_body),
        cmocka_unit_test(many_calls_wait_for_a_place_and_all_end),
    };
    return cmocka_run_group_tests_name("net: outgoing calls", tests, begin, end);
}
