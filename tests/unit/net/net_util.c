/* Environment and raw client of the tests; see net_test.h. */
#include "net_test.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

static void must(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "test set-up failed: %s\n", what);
        abort();
    }
}

void net_env_init(struct net_env *e, const char *const *settings)
{
    static const struct rv_config_key *const tables[] = { rv_net_config, NULL };
    memset(e, 0, sizeof *e);
    e->env.clock = rv_clock_system();
    must(rv_cx_init(&e->cx, &e->env, 0) == RV_OK, "cx");
    must(rv_config_new(&e->cx, tables, &e->env.config) == RV_OK, "configuration");
    must(rv_config_set(&e->cx, e->env.config, RV_STR("listen.port"), RV_STR("0")) == RV_OK, "port");
    for (; settings != NULL && settings[0] != NULL; settings += 2)
        must(rv_config_set(&e->cx, e->env.config, rv_str_of(settings[0]), rv_str_of(settings[1])) ==
                 RV_OK,
             settings[0]);
}

void net_env_done(struct net_env *e)
{
    rv_config_free(e->env.config);
    rv_cx_done(&e->cx);
}

int raw_connect(int port)
{
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct timeval limit = { .tv_sec = 10 };
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0, "socket");
    must(connect(fd, (const struct sockaddr *)&in, sizeof in) == 0, "connect");
    return fd;
}

void raw_send(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t k = send(fd, bytes, n, MSG_NOSIGNAL);
        if (k <= 0)
            return; /* the server may close early: the answer tells */
        bytes += k;
        n -= (size_t)k;
    }
}

bool raw_read_all(int fd, char *text, size_t size, size_t *ret_n)
{
    size_t n = 0;
    ssize_t k = 1;
    while (n < size - 1 && (k = recv(fd, text + n, size - 1 - n, 0)) > 0)
        n += (size_t)k;
    text[n] = 0;
    if (ret_n != NULL)
        *ret_n = n;
    return k == 0;
}

bool raw_read_until(int fd, char *text, size_t size, const char *part)
{
    size_t n = 0;
    text[0] = 0;
    while (n < size - 1) {
        ssize_t k = recv(fd, text + n, size - 1 - n, 0);
        if (k <= 0)
            return false;
        n += (size_t)k;
        text[n] = 0;
        if (strstr(text, part) != NULL)
            return true;
    }
    return false;
}

bool raw_talk(int port, const char *bytes, size_t n, char *text, size_t size)
{
    int fd = raw_connect(port);
    raw_send(fd, bytes, n);
    bool closed = raw_read_all(fd, text, size, NULL);
    close(fd);
    return closed;
}
