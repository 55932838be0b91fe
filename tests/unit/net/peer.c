/* A scripted peer on a socket of its own: expects and says what a table tells it; see net_test.h.
 */
#include "net_test.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

static void must(bool ok)
{
    if (!ok)
        abort();
}

/* Reads until end; keeps it. False when the other side has left. */
static bool read_until(struct peer *p, int fd, const char *end)
{
    size_t from = p->heard_n;
    while (p->heard_n < sizeof p->heard - 1) {
        ssize_t n = recv(fd, p->heard + p->heard_n, 1, 0);
        if (n <= 0)
            return false;
        p->heard_n += (size_t)n;
        p->heard[p->heard_n] = 0;
        size_t k = strlen(end);
        if (p->heard_n - from >= k && memcmp(p->heard + p->heard_n - k, end, k) == 0)
            return true;
    }
    return false;
}

static void say(int fd, const struct step *s)
{
    raw_send(fd, s->say, s->n > 0 ? s->n : strlen(s->say));
}

/* Runs steps until one that closes; returns the step to go on with for the next connection. */
static size_t serve(struct peer *p, int fd, size_t i)
{
    for (; p->steps[i].kind != PEER_END; i++) {
        const struct step *s = &p->steps[i];
        size_t from = p->heard_n;
        char c;
        switch (s->kind) {
        case PEER_SAY:
            say(fd, s);
            break;
        case PEER_LINE:
        case PEER_ALONE:
        case PEER_HEAD:
        case PEER_DATA:
            if (!read_until(p, fd,
                            s->kind == PEER_HEAD   ? "\r\n\r\n"
                            : s->kind == PEER_DATA ? "\r\n.\r\n"
                                                   : "\r\n"))
                return i;
            if (s->expect != NULL && strstr(p->heard + from, s->expect) == NULL) {
                p->wrong = s->expect;
                return i;
            }
            if (s->kind == PEER_ALONE && recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) > 0) {
                p->wrong = "nothing behind the line";
                return i;
            }
            if (s->say != NULL)
                say(fd, s);
            break;
        case PEER_HANG:
            while (recv(fd, &c, 1, 0) > 0) {
            }
            break;
        case PEER_CLOSE:
            return i + 1;
        case PEER_END:
            break;
        }
    }
    return i;
}

static void *run(void *arg)
{
    struct peer *p = arg;
    size_t i = 0;
    while (p->steps[i].kind != PEER_END && p->wrong == NULL) {
        int fd = accept(p->listener, NULL, NULL);
        if (fd < 0)
            break;
        struct timeval limit = { .tv_sec = 10 };
        must(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
        p->connections++;
        i = serve(p, fd, i);
        close(fd);
    }
    p->done = p->steps[i].kind == PEER_END;
    return NULL;
}

void peer_start(struct peer *p, const struct step *steps)
{
    peer_start_at(p, steps, INADDR_LOOPBACK);
}

void peer_start_at(struct peer *p, const struct step *steps, uint32_t address)
{
    struct sockaddr_in in = { .sin_family = AF_INET };
    socklen_t n = sizeof in;
    memset(p, 0, sizeof *p);
    p->steps = steps;
    in.sin_addr.s_addr = htonl(address);
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(p->listener >= 0 && bind(p->listener, (const struct sockaddr *)&in, sizeof in) == 0);
    must(listen(p->listener, 16) == 0 && getsockname(p->listener, (struct sockaddr *)&in, &n) == 0);
    p->port = ntohs(in.sin_port);
    must(rv_thread_start(&p->thread, run, p) == 0);
}

bool peer_stop(struct peer *p)
{
    shutdown(p->listener, SHUT_RDWR); /* ends accept */
    pthread_join(p->thread, NULL);
    close(p->listener);
    return p->done && p->wrong == NULL;
}
