/* bench/load.c: load for W, and the SMTP server the mails arrive at, in one thread.
 *
 * Each of N clients posts one invoke, waits for the 202 and then for its mail (the recipient is
 * c<client>@bench.test), and starts again: a run counts as complete when its mail was accepted
 * here. Prints one JSON object per phase with rates, accept and completion latencies, and the CPU
 * time of the measured process from /proc. No part of the product. */
#include "common.h"

enum { MAX_CLIENTS = 256, MAX_FD = 4096, BUF = 65536 };

enum kind { NONE, LISTENER, HTTP, SMTP };
struct conn {
    enum kind kind;
    int fd, client;
    size_t n;
    bool data; /* SMTP: inside DATA */
    char buf[BUF];
};
struct client {
    struct conn *conn;
    int64_t sent_us;
    bool accepted, mailed;
};
static struct conn *conns[MAX_FD];
static struct client clients[MAX_CLIENTS];
static int ep, http_port;
static const char *path, *auth;
static int64_t *accept_us, *done_us;
static int n_accept, n_done, n_started, n_wanted;

static struct conn *add(int fd, enum kind kind)
{
    struct conn *c = calloc(1, sizeof *c);
    if (c == NULL || fd >= MAX_FD)
        die("too many connections");
    c->kind = kind;
    c->fd = fd;
    conns[fd] = c;
    struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
    if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) != 0)
        die("epoll");
    return c;
}

static void start_run(int i)
{
    if (n_started >= n_wanted)
        return;
    struct client *cl = &clients[i];
    char body[512], head[1024];
    int nb = snprintf(
        body, sizeof body,
        "{\"inputs\":{\"requesterEmail\":\"sam.sample@sample.reeve.example\",\"buildingRequested\":"
        "\"Building 4\","
        "\"businessJustification\":\"Moving the lab, run %d\",\"assigneeEmail\":\"c%d@bench.test\","
        "\"endDate\":\"2027-01-31T00:00:00.000Z\"}}",
        n_started, i);
    int nh = snprintf(head, sizeof head,
                      "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s%sContent-Type: "
                      "application/json\r\nContent-Length: %d\r\n\r\n",
                      path, http_port, auth, auth[0] != '\0' ? "\r\n" : "", nb);
    memcpy(head + nh, body, (size_t)nb);
    n_started++;
    cl->accepted = cl->mailed = false;
    cl->sent_us = now_us();
    put(cl->conn->fd, head, (size_t)(nh + nb));
}

static void maybe_next(int i)
{
    struct client *cl = &clients[i];
    if (!cl->accepted || !cl->mailed)
        return;
    done_us[n_done++] = now_us() - cl->sent_us;
    start_run(i);
}

static void drop(struct conn *c)
{
    conns[c->fd] = NULL;
    (void)close(c->fd);
    free(c);
}

static void connect_client(int i)
{
    clients[i].conn = add(dial(http_port), HTTP);
    clients[i].conn->client = i;
}

static void on_http(struct conn *c)
{
    char *body;
    size_t body_n, whole = answer_length(c->buf, c->n, &body, &body_n);
    if (whole == 0)
        return;
    if (strncmp(c->buf + 9, "202", 3) != 0) {
        fprintf(stderr, "load: %.*s\n", (int)c->n, c->buf);
        exit(1);
    }
    accept_us[n_accept++] = now_us() - clients[c->client].sent_us;
    int i = c->client;
    clients[i].accepted = true;
    body[-1] = '\0';
    if (strcasestr(c->buf, "connection: close") != NULL) { /* so many requests a connection and no more */
        drop(c);
        connect_client(i);
    } else {
        memmove(c->buf, c->buf + whole, c->n - whole);
        c->n -= whole;
    }
    maybe_next(i);
}

/* One line of the SMTP dialogue; the recipient names the client. */
static void on_smtp_line(struct conn *c, const char *line, size_t n)
{
    if (c->data) {
        if (n == 1 && line[0] == '.') {
            c->data = false;
            reply("250 ok\r\n");
            if (c->client >= 0) {
                clients[c->client].mailed = true;
                maybe_next(c->client);
            }
        }
        return;
    }
    if (n >= 4 && strncasecmp(line, "EHLO", 4) == 0)
        reply(smtp_offer);
    else if (n >= 4 && strncasecmp(line, "DATA", 4) == 0) {
        c->data = true;
        reply("354 go\r\n");
    } else if (n >= 4 && strncasecmp(line, "QUIT", 4) == 0)
        reply("221 bye\r\n");
    else {
        if (n > 10 && strncasecmp(line, "RCPT TO:<c", 10) == 0)
            c->client = atoi(line + 10);
        reply("250 ok\r\n");
    }
}

static void on_smtp(struct conn *c)
{
    size_t at = 0;
    for (;;) {
        char *nl = memchr(c->buf + at, '\n', c->n - at);
        if (nl == NULL)
            break;
        size_t n = (size_t)(nl - (c->buf + at));
        on_smtp_line(c, c->buf + at, n > 0 && nl[-1] == '\r' ? n - 1 : n);
        at = (size_t)(nl + 1 - c->buf);
    }
    memmove(c->buf, c->buf + at, c->n - at);
    c->n -= at;
    put_replies(c->fd);
}

static void on_event(struct conn *c)
{
    if (c->kind == LISTENER) {
        int fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
        if (fd >= 0) {
            (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            struct conn *s = add(fd, SMTP);
            s->client = -1;
            put(s->fd, "220 sink\r\n", 10);
        }
        return;
    }
    ssize_t n = read(c->fd, c->buf + c->n, BUF - 1 - c->n);
    if (n <= 0) {
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (c->kind == HTTP)
            die("the server closed a connection");
        drop(c);
        return;
    }
    c->n += (size_t)n;
    if (c->kind == HTTP)
        on_http(c);
    else
        on_smtp(c);
}

static void phase(int n_clients, int runs, int pid)
{
    n_started = n_accept = n_done = 0;
    n_wanted = runs;
    for (int i = 0; i < n_clients; i++)
        connect_client(i);
    double cpu = cpu_seconds(pid);
    int64_t begin = now_us();
    for (int i = 0; i < n_clients; i++)
        start_run(i);
    while (n_done < runs) {
        struct epoll_event ev[128];
        int n = epoll_wait(ep, ev, 128, 30000);
        if (n == 0) {
            fprintf(stderr, "load: nothing happened for 30 s; %d of %d runs complete\n", n_done,
                    runs);
            exit(1);
        }
        for (int i = 0; i < n; i++)
            on_event(ev[i].data.ptr);
    }
    double seconds = (double)(now_us() - begin) / 1e6;
    cpu = cpu_seconds(pid) - cpu;
    qsort(accept_us, (size_t)n_accept, sizeof *accept_us, compare_us);
    qsort(done_us, (size_t)n_done, sizeof *done_us, compare_us);
    printf("{\"clients\":%d,\"runs\":%d,\"seconds\":%.3f,\"perSecond\":%.0f,\"acceptP50us\":%lld,"
           "\"acceptP99us\":%lld,\"doneP50us\":%lld,"
           "\"doneP99us\":%lld,\"cpuUsPerRun\":%.0f}\n",
           n_clients, runs, seconds, runs / seconds, (long long)accept_us[n_accept / 2],
           (long long)accept_us[n_accept * 99 / 100], (long long)done_us[n_done / 2],
           (long long)done_us[n_done * 99 / 100], cpu * 1e6 / runs);
    (void)fflush(stdout);
    for (int i = 0; i < n_clients; i++)
        drop(clients[i].conn);
}

int main(int argc, char **argv)
{
    if (argc < 6) {
        fprintf(stderr, "usage: load HTTP-PORT PATH AUTHORIZATION-HEADER SMTP-PORT PID\n"
                        "then one line per phase on standard input: CLIENTS RUNS\n");
        return 2;
    }
    http_port = atoi(argv[1]);
    path = argv[2];
    auth = argv[3];
    int pid = atoi(argv[5]);
    ep = epoll_create1(EPOLL_CLOEXEC);
    add(listen_on(atoi(argv[4])), LISTENER);
    char line[128];
    while (fgets(line, sizeof line, stdin) != NULL) {
        int n_clients = 0, runs = 0;
        if (sscanf(line, "%d %d", &n_clients, &runs) != 2 || n_clients < 1 ||
            n_clients > MAX_CLIENTS || runs < n_clients)
            return 2;
        accept_us = realloc(accept_us, sizeof *accept_us * (size_t)runs);
        done_us = realloc(done_us, sizeof *done_us * (size_t)runs);
        if (accept_us == NULL || done_us == NULL)
            die("memory");
        phase(n_clients, runs, pid);
    }
    return 0;
}
