/* bench/floor.c: the physical limit of W on a machine: what a bare program needs for the same
 * outside effects.
 *
 * One thread, epoll. POST -> the run's row in SQLite (WAL, synchronous=FULL), group commit, 202 ->
 * person looked up by e-mail -> text composed -> mail over a kept-open SMTP connection, lock-step
 * as any client does it -> the run's row completed with a record of every value, in the next group.
 * No authentication, no permission, no checks, no JSON library, no compression: everything Reeve
 * does beyond this is what it costs to be a product. */
#include "common.h"

#include <sqlite3.h>

enum { BUF = 16384, MAIL_CONNS = 16, MAX_WAITING = 65536 };
struct run {
    int64_t id;
    char to[128], text[1024];
    char body[1024];
};
struct conn {
    bool smtp;
    int fd, state; /* SMTP: 0 greeting, 1 EHLO, 2 ready, 3 MAIL, 4 RCPT, 5 DATA, 6 body */
    size_t n;
    struct run *run;
    char buf[BUF];
};
static int ep, smtp_port;
static struct conn *mailers[MAIL_CONNS];
static struct run *waiting[MAX_WAITING], *ended[MAX_WAITING], *begun[MAX_WAITING];
static struct conn *begun_by[MAX_WAITING];
static size_t waiting_head, waiting_tail, ended_n, begun_n;
static sqlite3 *db;
static sqlite3_stmt *q_begin, *q_commit, *q_insert, *q_person, *q_end;
static int64_t next_id = 1;
static unsigned long flushes;

static struct conn *add(int fd, bool smtp)
{
    struct conn *c = calloc(1, sizeof *c);
    if (c == NULL)
        die("memory");
    c->smtp = smtp;
    c->fd = fd;
    struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
    if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) != 0)
        die("epoll");
    return c;
}

static void say(struct conn *c, const char *text)
{
    put(c->fd, text, strlen(text));
}

static sqlite3_stmt *prepare(const char *text)
{
    sqlite3_stmt *q = NULL;
    if (sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, &q, NULL) != SQLITE_OK)
        die(text);
    return q;
}

static void step(sqlite3_stmt *q)
{
    int rc = sqlite3_step(q);
    if (rc != SQLITE_DONE && rc != SQLITE_ROW)
        die("step");
    (void)sqlite3_reset(q);
}

static void open_db(const char *file)
{
    if (sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        die("open");
    const char *setup =
        "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE IF NOT EXISTS run(id INTEGER PRIMARY KEY, status INTEGER, inputs TEXT, "
        "history TEXT);"
        "CREATE TABLE IF NOT EXISTS person(email TEXT PRIMARY KEY, name TEXT) WITHOUT ROWID;"
        "INSERT OR IGNORE INTO person VALUES('sam.sample@sample.reeve.example','Sam Sample');";
    if (sqlite3_exec(db, setup, NULL, NULL, NULL) != SQLITE_OK)
        die("schema");
    q_begin = prepare("BEGIN IMMEDIATE");
    q_commit = prepare("COMMIT");
    q_insert = prepare("INSERT INTO run(id, status, inputs) VALUES(?1, 0, ?2)");
    q_person = prepare("SELECT name FROM person WHERE email = ?1");
    q_end = prepare("UPDATE run SET status = 1, history = ?2 WHERE id = ?1");
}

/* Value of a text member of the flat input object, as the load program writes it. */
static void member(const char *body, const char *name, char *ret, size_t size)
{
    const char *p = strstr(body, name);
    size_t n = 0;
    if (p != NULL) {
        p += strlen(name) + 3;
        while (p[n] != '\0' && p[n] != '"' && n + 1 < size)
            n++;
        memcpy(ret, p, n);
    }
    ret[n] = '\0';
}

static void compose(struct run *r)
{
    char email[128], building[128], why[256], end[64];
    member(r->body, "requesterEmail", email, sizeof email);
    member(r->body, "buildingRequested", building, sizeof building);
    member(r->body, "businessJustification", why, sizeof why);
    member(r->body, "assigneeEmail", r->to, sizeof r->to);
    member(r->body, "endDate", end, sizeof end);
    sqlite3_bind_text(q_person, 1, email, -1, SQLITE_TRANSIENT);
    const char *name =
        sqlite3_step(q_person) == SQLITE_ROW ? (const char *)sqlite3_column_text(q_person, 0) : "?";
    (void)snprintf(r->text, sizeof r->text,
                   "%s (%s) needs a badge for %s until %s.\r\n\r\nReason: %s\r\n", name, email,
                   building, end, why);
    (void)sqlite3_reset(q_person);
}

static void send_next(struct conn *m)
{
    char line[256];
    if (waiting_head == waiting_tail)
        return;
    m->run = waiting[waiting_head++ % MAX_WAITING];
    m->state = 3;
    (void)snprintf(line, sizeof line,
                   "MAIL FROM:<reeve@bench.test>\r\nRCPT TO:<%s>\r\nDATA\r\n", m->run->to);
    say(m, line); /* the server offers PIPELINING */
}

static void on_reply(struct conn *m)
{
    char text[2048];
    switch (m->state) {
    case 0:
        m->state = 1;
        say(m, "EHLO floor\r\n");
        return;
    case 1:
        m->state = 2;
        break;
    case 3: /* MAIL, RCPT */
    case 4:
        m->state++;
        return;
    case 5:
        m->state = 6;
        (void)snprintf(text, sizeof text,
                       "From: reeve@bench.test\r\nTo: %s\r\nSubject: Badge\r\nMessage-ID: "
                       "<%lld@floor>\r\n\r\n%s.\r\n",
                       m->run->to, (long long)m->run->id, m->run->text);
        say(m, text);
        return;
    default:
        ended[ended_n++] = m->run;
        m->run = NULL;
        m->state = 2;
    }
    send_next(m);
}

static void on_smtp(struct conn *m)
{
    size_t at = 0;
    for (;;) {
        char *nl = memchr(m->buf + at, '\n', m->n - at);
        if (nl == NULL)
            break;
        bool last = m->buf[at + 3] != '-';
        at = (size_t)(nl + 1 - m->buf);
        if (last)
            on_reply(m);
    }
    memmove(m->buf, m->buf + at, m->n - at);
    m->n -= at;
}

static void on_http(struct conn *c)
{
    char *content;
    size_t body, whole = answer_length(c->buf, c->n, &content, &body);
    if (whole == 0)
        return;
    if (strncmp(c->buf, "GET ", 4) == 0) { /* how many flushes so far */
        char text[256], json[64];
        int nj = snprintf(json, sizeof json, "{\"flushes\":%lu}", flushes);
        (void)snprintf(
            text, sizeof text,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", nj,
            json);
        c->n = 0;
        say(c, text);
        return;
    }
    struct run *r = calloc(1, sizeof *r);
    if (r == NULL || body >= sizeof r->body)
        die("body");
    memcpy(r->body, content, body);
    r->id = next_id++;
    begun_by[begun_n] = c;
    begun[begun_n++] = r;
    c->n = 0;
}

static void on_event(struct conn *c, int listener)
{
    if (c->fd == listener) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
        if (fd < 0)
            return;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        add(fd, false);
        return;
    }
    ssize_t n = read(c->fd, c->buf + c->n, BUF - 1 - c->n);
    if (n <= 0) {
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        (void)close(c->fd);
        free(c);
        return;
    }
    c->n += (size_t)n;
    if (c->smtp)
        on_smtp(c);
    else
        on_http(c);
}

/* One group: everything that began and everything that ended since the last one, one flush. */
static void commit_group(void)
{
    char history[2048], answer[256], json[64];
    if (begun_n + ended_n == 0)
        return;
    step(q_begin);
    for (size_t i = 0; i < begun_n; i++) {
        sqlite3_bind_int64(q_insert, 1, begun[i]->id);
        sqlite3_bind_text(q_insert, 2, begun[i]->body, -1, SQLITE_STATIC);
        step(q_insert);
    }
    for (size_t i = 0; i < ended_n; i++) {
        (void)snprintf(history, sizeof history, "{\"to\":\"%s\",\"text\":\"%s\"}", ended[i]->to,
                       ended[i]->text);
        sqlite3_bind_int64(q_end, 1, ended[i]->id);
        sqlite3_bind_text(q_end, 2, history, -1, SQLITE_STATIC);
        step(q_end);
        free(ended[i]);
    }
    step(q_commit);
    flushes++;
    ended_n = 0;
    for (size_t i = 0; i < begun_n; i++) {
        int nj = snprintf(json, sizeof json, "{\"runId\":\"%lld\"}", (long long)begun[i]->id);
        int n = snprintf(answer, sizeof answer,
                         "HTTP/1.1 202 Accepted\r\nContent-Type: "
                         "application/json\r\nContent-Length: %d\r\n\r\n%s",
                         nj, json);
        put(begun_by[i]->fd, answer, (size_t)n);
        compose(begun[i]);
        waiting[waiting_tail++ % MAX_WAITING] = begun[i];
    }
    begun_n = 0;
    for (int i = 0; i < MAIL_CONNS; i++) {
        if (mailers[i]->state == 2)
            send_next(mailers[i]);
    }
}

static void connect_mailer(int i)
{
    mailers[i] = add(dial(smtp_port), true);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: floor DATABASE-FILE HTTP-PORT SMTP-PORT\n");
        return 2;
    }
    open_db(argv[1]);
    smtp_port = atoi(argv[3]);
    ep = epoll_create1(EPOLL_CLOEXEC);
    int l = listen_on(atoi(argv[2]));
    add(l, false);
    for (int i = 0; i < MAIL_CONNS; i++)
        connect_mailer(i);
    printf("ready\n");
    (void)fflush(stdout);
    for (;;) {
        struct epoll_event ev[128];
        int n = epoll_wait(ep, ev, 128, -1);
        for (int i = 0; i < n; i++)
            on_event(ev[i].data.ptr, l);
        commit_group();
    }
}
