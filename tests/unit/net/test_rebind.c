/* A host name whose addresses change between one look-up and the next (security.md 5.1).
 *
 * getaddrinfo of this binary stands before the one of the C library, so the client's library asks
 * the test. What a name leads to is judged where the socket is opened: the address that is judged
 * is the one that is connected to, whatever the resolver says a moment later. */
#include "net_test.h"
#include "net/client_int.h"
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { ANSWERS_MAX = 3 };
#define OUTSIDE 0x7f000002u /* 127.0.0.2: the only address that the calls of this file may go to */
#define INSIDE 0x7f000001u /* 127.0.0.1 */

/* What the name leads to; the port, too, so that the peers need no port of their own. */
static struct {
    uint32_t address;
    int port;
} now[ANSWERS_MAX], later[ANSWERS_MAX];
static atomic_int asked;

static struct addrinfo *answer(uint32_t address, int port, struct addrinfo *next)
{
    struct addrinfo *a = calloc(1, sizeof *a + sizeof(struct sockaddr_in)); /* one block, as freeaddrinfo expects */
    assert_non_null(a);
    struct sockaddr_in *in = (struct sockaddr_in *)(void *)(a + 1);
    *in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    in->sin_addr.s_addr = htonl(address);
    *a = (struct addrinfo){ .ai_family = AF_INET, .ai_socktype = SOCK_STREAM,
                            .ai_protocol = IPPROTO_TCP, .ai_addrlen = sizeof *in,
                            .ai_addr = (struct sockaddr *)in, .ai_next = next };
    return a;
}

int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict ret)
{
    typedef int resolver(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    if (name == NULL || strcmp(name, "rebind.example") != 0) {
        void *real = dlsym(RTLD_NEXT, "getaddrinfo");
        resolver *call;
        memcpy(&call, &real, sizeof call);
        return call(name, service, hints, ret);
    }
    struct addrinfo *all = NULL;
    for (size_t i = ANSWERS_MAX; i-- > 0;)
        if (now[i].address != 0)
            all = answer(now[i].address, now[i].port, all);
    atomic_fetch_add(&asked, 1);
    memcpy(now, later, sizeof now); /* from now on it says something else */
    *ret = all;
    return all != NULL ? 0 : EAI_NONAME;
}

static struct net_env env;
static struct rv_client *client;
static struct peer outside, inside;
static const struct step ok[] = {
    { PEER_HEAD, "Host: rebind.example", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 0 },
    { .kind = PEER_CLOSE },
    { .kind = PEER_END }
};

/* A client of its own for each test: the library remembers names for a minute. */
static int begin(void **state)
{
    (void)state;
    net_env_init(&env, (const char *const[]){ NULL });
    assert_int_equal(rv_client_new(&env.cx, &client), RV_OK);
    memset(now, 0, sizeof now);
    memset(later, 0, sizeof later);
    atomic_store(&asked, 0);
    peer_start(&inside, ok);
    return 0;
}

/* Nothing came to the address that may not be called, in any test. */
static int end(void **state)
{
    (void)state;
    rv_client_free(client);
    (void)peer_stop(&inside);
    net_env_done(&env);
    return inside.connections;
}

static struct rv_fetch call(int port)
{
    return (struct rv_fetch){ .cx = &env.cx, .method = RV_STR("GET"), .flags = RV_FETCH_PLAIN_HTTP,
                              .url = rv_printf(&env.cx, "http://rebind.example:%d/", port),
                              .allow = RV_STR("127.0.0.2/32") };
}

static void says_refused(const char *address)
{
    assert_non_null(strstr(rv_error(&env.cx)->message, "rebind.example leads to"));
    assert_non_null(strstr(rv_error(&env.cx)->message, address));
    rv_error_clear(&env.cx);
}

static void the_address_that_was_judged_is_the_one_that_is_called(void **state)
{
    (void)state;
    peer_start_at(&outside, ok, OUTSIDE);
    now[0].address = OUTSIDE;
    now[0].port = outside.port;
    later[0].address = INSIDE; /* who asks a second time, after the check, would go there */
    later[0].port = inside.port;
    struct rv_fetch f = call(8080);
    assert_int_equal(rv_fetch_wait(client, &f), RV_OK);
    assert_int_equal(f.answer.status, 200);
    assert_int_equal(atomic_load(&asked), 1);
    assert_true(peer_stop(&outside));
}

static void the_next_call_is_judged_by_what_the_name_leads_to_then(void **state)
{
    (void)state;
    peer_start_at(&outside, ok, OUTSIDE);
    now[0].address = OUTSIDE;
    now[0].port = outside.port;
    later[0].address = INSIDE;
    later[0].port = inside.port;
    struct rv_fetch f = call(8080);
    assert_int_equal(rv_fetch_wait(client, &f), RV_OK);
    f = call(80); /* another port: the library asks again */
    assert_int_equal(rv_fetch_wait(client, &f), RV_REFUSED);
    says_refused("127.0.0.1 (");
    assert_int_equal(atomic_load(&asked), 2);
    assert_true(peer_stop(&outside));
}

static void a_redirect_to_a_name_that_changed_is_refused(void **state)
{
    static const struct step moved[] = {
        { PEER_HEAD, NULL,
          "HTTP/1.1 302 Found\r\nLocation: http://rebind.example:80/\r\nContent-Length: 0\r\n\r\n",
          0 },
        { .kind = PEER_CLOSE },
        { .kind = PEER_END }
    };
    (void)state;
    peer_start_at(&outside, moved, OUTSIDE);
    now[0].address = OUTSIDE;
    now[0].port = outside.port;
    later[0].address = INSIDE;
    later[0].port = inside.port;
    struct rv_fetch f = call(8080);
    f.max_redirects = 3;
    assert_int_equal(rv_fetch_wait(client, &f), RV_REFUSED);
    says_refused("127.0.0.1 (");
    assert_true(peer_stop(&outside));
}

static void of_several_addresses_a_bad_one_is_never_called(void **state)
{
    (void)state;
    peer_start_at(&outside, ok, OUTSIDE);
    int good = outside.port;
    now[0].address = INSIDE; /* the bad one first: nothing is called */
    now[0].port = inside.port;
    now[1].address = later[1].address = OUTSIDE;
    now[1].port = good;
    later[0].address = OUTSIDE; /* the bad one behind one that does not answer */
    later[0].port = 1;
    later[1].address = INSIDE;
    later[1].port = inside.port;
    struct rv_fetch f = call(8080);
    assert_int_equal(rv_fetch_wait(client, &f), RV_REFUSED);
    says_refused("127.0.0.1 (");
    assert_int_equal(outside.connections, 0);
    f = call(80);
    assert_int_equal(rv_fetch_wait(client, &f), RV_REFUSED);
    says_refused("127.0.0.1 (");
    assert_int_equal(atomic_load(&asked), 2);
    (void)peer_stop(&outside);
    assert_int_equal(outside.connections, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
int run_rebind_tests(void)
{
    const struct CMUnitTest tests[] = {
        T(the_address_that_was_judged_is_the_one_that_is_called),
        T(the_next_call_is_judged_by_what_the_name_leads_to_then),
        T(a_redirect_to_a_name_that_changed_is_refused),
        T(of_several_addresses_a_bad_one_is_never_called),
    };
    return cmocka_run_group_tests_name("rebind", tests, NULL, NULL);
}
