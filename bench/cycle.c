/* bench/cycle.c: whole life-cycles of a badge request, and the SMTP server their mails arrive at,
 * in one thread.
 *
 * Each of N clients submits a request as the requester, approves it as the manager, and waits as a
 * person does: for the mail that tells the assignee of the task (the flow was called then). The
 * assignee opens the request, completes the task, and the client starts again. A life-cycle counts
 * when the answer to the last call has come and the request is RESOLVED. Prints one JSON object. No
 * part of the product. */
#include "common.h"

enum { MAX_CLIENTS = 256, MAX_FD = 4096, BUF = 131072 };
enum { SUBMIT, APPROVE, WAIT /* for the mail */, READ, COMPLETE };
struct conn {
    int fd, client; /* client < 0: SMTP */
    bool listener, data, to_assignee, is_task; /* of the mail that comes in */
    char request[64];
    size_t n;
    char buf[BUF];
};
struct client {
    struct conn *conn;
    int state;
    bool mailed; /* the assignee knows of the task */
    int64_t begun_us;
    char request[64], task[64];
};
static struct conn *conns[MAX_FD];
static struct client clients[MAX_CLIENTS];
static int ep, http_port, n_started, n_done, n_wanted, n_reads, n_mails, n_clients;
static const char *type_id, *building_id, *assignee, *credentials[3]; /* address; header lines of requester, manager, assignee */
static int64_t *done_us;

static struct conn *add(int fd, int client)
{
    struct conn *c = calloc(1, sizeof *c);
    if (c == NULL || fd >= MAX_FD)
        die("too many connections");
    c->fd = fd;
    c->client = client;
    conns[fd] = c;
    struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
    if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) != 0)
        die("epoll");
    return c;
}

static void call(struct client *cl, int who, const char *method, const char *path, const char *body)
{
    char head[2048];
    int n = snprintf(head, sizeof head, "%s /reeve/api/v1/%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s",
                     method, path, http_port, credentials[who]);
    if (body != NULL)
        n += snprintf(head + n, sizeof head - (size_t)n,
                      "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                      strlen(body), body);
    else
        n += snprintf(head + n, sizeof head - (size_t)n, "\r\n");
    put(cl->conn->fd, head, (size_t)n);
}

static void submit(struct client *cl)
{
    char body[512];
    if (n_started >= n_wanted)
        return;
    n_started++;
    cl->state = SUBMIT;
    cl->mailed = false;
    cl->request[0] = '\0';
    cl->begun_us = now_us();
    (void)snprintf(body, sizeof body,
                   "{\"requestTypeId\":\"%s\",\"answers\":{\"q1\":\"Moving the lab, round "
                   "%d\",\"q2\":\"%s\",\"q3\":\"2027-01-31\"}}",
                   type_id, n_started, building_id);
    call(cl, 0, "POST", "requests", body);
}

/* The text member `name` that follows `after`, or an empty one. */
static void member(const char *text, const char *after, const char *name, char ret[64])
{
    char pattern[64];
    const char *p = after != NULL ? strstr(text, after) : text;
    (void)snprintf(pattern, sizeof pattern, "\"%s\":\"", name);
    ret[0] = '\0';
    p = p != NULL ? strstr(p, pattern) : NULL;
    if (p != NULL)
        (void)sscanf(p + strlen(pattern), "%63[^\"]", ret);
}

static void resolve(struct client *cl, int who, int state, const char *body)
{
    char path[128];
    cl->state = state;
    (void)snprintf(path, sizeof path, "tasks/%s/resolve", cl->task);
    call(cl, who, "POST", path, body);
}

static void read_request(struct client *cl)
{
    char path[128];
    cl->state = READ;
    n_reads++;
    (void)snprintf(path, sizeof path, "requests/%s", cl->request);
    call(cl, 2, "GET", path, NULL);
}

_Noreturn static void fail(const struct client *cl, const char *what, const char *text)
{
    fprintf(stderr, "cycle: %s (state %d): %.2000s\n", what, cl->state, text);
    exit(1);
}

static void on_answer(struct client *cl, const char *body)
{
    char state[64];
    switch (cl->state) {
    case SUBMIT:
        member(body, NULL, "id", cl->request);
        member(body, "\"id\":\"t1\"", "taskId", cl->task);
        resolve(cl, 1, APPROVE, "{\"value\":\"APPROVED\"}");
        return;
    case APPROVE:
        cl->state = WAIT;
        if (cl->mailed)
            read_request(cl);
        return;
    case READ:
        member(body, "\"id\":\"t2\"", "state", state);
        if (strcmp(state, "OPEN") != 0)
            fail(cl, "the assignee was told of a task that is not open", body);
        member(body, "\"id\":\"t2\"", "taskId", cl->task);
        resolve(cl, 2, COMPLETE, "{}");
        return;
    default:
        member(body, "\"request\":", "status", state);
        if (strcmp(state, "RESOLVED") != 0)
            fail(cl, "the request is not closed", body);
        done_us[n_done++] = now_us() - cl->begun_us;
        submit(cl);
    }
}

static void on_http(struct conn *c)
{
    char *body;
    size_t body_n, whole = answer_length(c->buf, c->n, &body, &body_n);
    struct client *cl = &clients[c->client];
    if (whole == 0)
        return;
    c->buf[c->n] = '\0'; /* there is room for it */
    if (c->buf[9] != '2')
        fail(cl, "refused", c->buf);
    c->n = 0; /* one answer at a time */
    bool closes = false;
    body[-1] = '\0';
    closes = strcasestr(c->buf, "connection: close") != NULL;
    body[body_n] = '\0';
    if (closes) {
        conns[c->fd] = NULL;
        (void)close(c->fd);
        cl->conn = add(dial(http_port), c->client);
    }
    on_answer(cl, body);
    if (closes)
        free(c);
}

/* The assignee looks into the mailbox. */
static void on_mail(const struct conn *c)
{
    n_mails++;
    if (!c->to_assignee || !c->is_task)
        return;
    for (int i = 0; i < n_clients; i++) {
        struct client *cl = &clients[i];
        if (cl->request[0] == '\0' || strcmp(cl->request, c->request) != 0)
            continue;
        cl->mailed = true;
        if (cl->state == WAIT)
            read_request(cl);
    }
}

static bool begins(const char *line, size_t n, const char *with)
{
    return n >= strlen(with) && strncasecmp(line, with, strlen(with)) == 0;
}

static void on_smtp_line(struct conn *c, const char *line, size_t n)
{
    if (c->data) {
        if (begins(line, n, "In-Reply-To: <request."))
            (void)snprintf(c->request, sizeof c->request, "%.24s", line + 22);
        else if (begins(line, n, "Subject: Waits for you"))
            c->is_task = true;
        c->data = !(n == 1 && line[0] == '.');
        if (!c->data) {
            reply("250 ok\r\n");
            on_mail(c);
        }
    } else if (begins(line, n, "EHLO")) {
        reply(smtp_offer);
    } else if (begins(line, n, "DATA")) {
        c->data = true;
        reply("354 go\r\n");
    } else {
        if (begins(line, n, "MAIL"))
            c->to_assignee = c->is_task = false;
        else if (begins(line, n, "RCPT TO:<"))
            c->to_assignee = begins(line + 9, n - 9, assignee);
        reply(begins(line, n, "QUIT") ? "221 ok\r\n" : "250 ok\r\n");
    }
}

static void on_smtp(struct conn *c)
{
    size_t at = 0;
    for (char *nl; (nl = memchr(c->buf + at, '\n', c->n - at)) != NULL;
         at = (size_t)(nl + 1 - c->buf))
        on_smtp_line(c, c->buf + at,
                     (size_t)(nl - c->buf) - at - (nl > c->buf + at && nl[-1] == '\r' ? 1 : 0));
    memmove(c->buf, c->buf + at, c->n - at);
    c->n -= at;
    put_replies(c->fd);
}

static void on_event(struct conn *c)
{
    if (c->listener) {
        int fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            (void)add(fd, -1);
            put(fd, "220 sink\r\n", 10);
        }
        return;
    }
    ssize_t n = read(c->fd, c->buf + c->n, BUF - 1 - c->n);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        if (c->client >= 0)
            die("the server closed a connection");
        conns[c->fd] = NULL;
        (void)close(c->fd);
        free(c);
        return;
    }
    c->n += (size_t)n;
    if (c->client >= 0)
        on_http(c);
    else
        on_smtp(c);
}

int main(int argc, char **argv)
{
    if (argc != 12) {
        fprintf(stderr, "usage: cycle HTTP-PORT SMTP-PORT PID TYPE-ID BUILDING-ID REQUESTER "
                        "MANAGER ASSIGNEE CLIENTS CYCLES ADDRESS\n"
                        "three times header lines; the address is the assignee's\n");
        return 2;
    }
    http_port = atoi(argv[1]);
    int pid = atoi(argv[3]);
    n_clients = atoi(argv[9]);
    assignee = argv[11];
    type_id = argv[4];
    building_id = argv[5];
    for (int i = 0; i < 3; i++)
        credentials[i] = argv[6 + i];
    n_wanted = atoi(argv[10]);
    if (n_clients < 1 || n_clients > MAX_CLIENTS || n_wanted < n_clients)
        return 2;
    done_us = calloc((size_t)n_wanted, sizeof *done_us);
    ep = epoll_create1(EPOLL_CLOEXEC);
    if (done_us == NULL || ep < 0)
        die("start");
    add(listen_on(atoi(argv[2])), -1)->listener = true;
    double cpu = cpu_seconds(pid);
    int64_t begin = now_us();
    for (int i = 0; i < n_clients; i++) {
        clients[i].conn = add(dial(http_port), i);
        submit(&clients[i]);
    }
    while (n_done < n_wanted) {
        struct epoll_event ev[128];
        int n = epoll_wait(ep, ev, 128, 30000);
        if (n == 0) {
            fprintf(stderr, "cycle: nothing happened for 30 s; %d of %d life-cycles complete\n",
                    n_done, n_wanted);
            return 1;
        }
        for (int i = 0; i < n; i++)
            on_event(ev[i].data.ptr);
    }
    double seconds = (double)(now_us() - begin) / 1e6;
    cpu = cpu_seconds(pid) - cpu;
    qsort(done_us, (size_t)n_done, sizeof *done_us, compare_us);
    printf("{\"clients\":%d,\"cycles\":%d,\"perSecond\":%.0f,\"p50us\":%lld,\"p99us\":%lld,"
           "\"cpuUsPerCycle\":%.0f,\"readsPerCycle\":%.1f,\"mailsPerCycle\":%.1f}\n",
           n_clients, n_done, n_done / seconds, (long long)done_us[n_done / 2],
           (long long)done_us[n_done * 99 / 100], cpu * 1e6 / n_done, (double)n_reads / n_done,
           (double)n_mails / n_done);
    return 0;
}
