/* bench/common.h: what the load programs share. No part of the product. */
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline int64_t now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

_Noreturn static inline void die(const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    exit(1);
}

static inline void put(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, text, n);
        if (w < 0) {
            if (errno == EAGAIN || errno == EINTR)
                continue;
            die("write");
        }
        text += w;
        n -= (size_t)w;
    }
}

static const char smtp_offer[] = "250-sink\r\n250-PIPELINING\r\n250 SIZE 10000000\r\n";

/* The mail server's answers to what one read brought go out together. */
static struct replies {
    char text[65536];
    size_t n;
} replies;

static inline void reply(const char *line)
{
    size_t n = strlen(line);
    if (replies.n + n > sizeof replies.text)
        die("replies");
    memcpy(replies.text + replies.n, line, n);
    replies.n += n;
}

static inline void put_replies(int fd)
{
    if (replies.n > 0)
        put(fd, replies.text, replies.n);
    replies.n = 0;
}

static inline int dial(int port)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
        die("connect");
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static inline int listen_on(int port)
{
    int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    (void)setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(l, (struct sockaddr *)&a, sizeof a) != 0 || listen(l, 128) != 0)
        die("listen");
    return l;
}

static inline int compare_us(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static inline double cpu_seconds(int pid)
{
    char name[64], text[1024];
    (void)snprintf(name, sizeof name, "/proc/%d/stat", pid);
    FILE *f = fopen(name, "r");
    if (f == NULL)
        return 0;
    size_t n = fread(text, 1, sizeof text - 1, f);
    (void)fclose(f);
    text[n] = '\0';
    char *p = strrchr(text, ')');
    unsigned long u = 0, s = 0;
    if (p == NULL ||
        sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &u, &s) != 2)
        return 0;
    return (double)(u + s) / (double)sysconf(_SC_CLK_TCK);
}

/* Length of the whole HTTP answer at the start of buf, 0: not complete yet. buf[n] must be
 * writable. */
static inline size_t answer_length(char *buf, size_t n, char **ret_body, size_t *ret_body_n)
{
    char *end = memmem(buf, n, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    buf[n] = '\0';
    char *length = strcasestr(buf, "content-length:");
    *ret_body_n = length != NULL && length < end ? (size_t)strtoul(length + 15, NULL, 10) : 0;
    *ret_body = end + 4;
    size_t whole = (size_t)(end + 4 - buf) + *ret_body_n;
    return n >= whole ? whole : 0;
}
