/* Outgoing HTTP calls: what a transfer is told, what comes back, redirects by hand.
 *
 * Addresses are judged twice: where the socket is opened, and once more right before the request is
 * sent, because a connection that is used again was perhaps opened for a call with more rights.
 * libcurl follows no redirect itself; every hop passes url.c again, and another origin gets neither
 * credentials nor body. A failure before the request was sent is RV_UNREACHABLE, one after it
 * RV_TIMEOUT or RV_UNCERTAIN: the other side may have done it. */
#include "net/client_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADERS_MAX = 65536, HEADERS_N_MAX = 200, DEFAULT_MAX = 10 * 1024 * 1024, RATIO = 100, RATIO_GRACE = 65536 };

/* The state of a call over all its hops; lives in its cx. */
struct rv_call {
    struct rv_fetch *f;
    struct rv_url url;
    rv_str method, body;
    bool keep_credentials;
    int hops;
    int64_t deadline_us;
    size_t max;
    struct rv_buf in;
    struct rv_header *headers;
    size_t headers_n, headers_bytes;
    bool over, too_dense; /* limits */
    char refused[RV_ADDRESS_TEXT + 40]; /* address that may not be called, and why */
    struct rv_call *next;
};

/* ---- rules ----------------------------------------------------------------------------------- */

static const char *refusal_of(const struct rv_client *c, const struct rv_call *call,
                              const struct rv_address *a)
{
    if (call->url.trusted || rv_address_in_list(a, call->f->allow))
        return NULL;
    const char *kind = rv_address_refusal(a);
    if (kind != NULL)
        return kind;
    for (size_t i = 0; i < c->own_n; i++)
        if (memcmp(&c->own[i], a, sizeof *a) == 0)
            return "this server's own";
    return NULL;
}

static bool may_reach(struct rv_transfer *t, const struct rv_address *a)
{
    struct rv_call *call = t->call;
    const char *kind = refusal_of(t->c, call, a);
    if (kind != NULL && call->refused[0] == 0) {
        char text[RV_ADDRESS_TEXT];
        rv_address_format(a, text);
        (void)snprintf(call->refused, sizeof call->refused, "%s (%s)", text, kind); /* has room for both */
    }
    return call->refused[0] == 0; /* one bad address of a name spoils the others */
}

static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct rv_address a;
    (void)purpose;
    if (!rv_address_of(&to->addr, &a) || !may_reach(arg, &a))
        return CURL_SOCKET_BAD;
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static int on_before_request(void *arg, char *ip, char *own_ip, int port, int own_port)
{
    struct rv_address a;
    (void)own_ip;
    (void)port;
    (void)own_port;
    return rv_address_parse(rv_str_of(ip), &a) && may_reach(arg, &a) ? CURL_PREREQFUNC_OK
                                                                     : CURL_PREREQFUNC_ABORT;
}

/* ---- what comes back ------------------------------------------------------------------------- */

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
    struct rv_transfer *t = arg;
    struct rv_call *call = t->call;
    curl_off_t wire = 0;
    n *= size; /* size is 1 */
    if (n > call->max - call->in.n) {
        call->over = true;
        return CURL_WRITEFUNC_ERROR;
    }
    curl_easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &wire);
    if (call->in.n + n > RATIO_GRACE && call->in.n + n > (size_t)(wire > 0 ? wire : 1) * RATIO) {
        call->over = call->too_dense = true;
        return CURL_WRITEFUNC_ERROR;
    }
    rv_buf_add(&call->in, (rv_str){ data, n });
    return call->in.failed ? CURL_WRITEFUNC_ERROR : n;
}

static bool add_header(struct rv_call *call, rv_str line)
{
    struct rv_cx *cx = call->f->cx;
    const char *colon = memchr(line.p, ':', line.n);
    if (call->headers == NULL)
        call->headers = RV_NEW_N(cx, struct rv_header, HEADERS_N_MAX);
    if (colon == NULL)
        return true;
    if (call->headers == NULL || call->headers_n == HEADERS_N_MAX)
        return false;
    size_t n = (size_t)(colon - line.p);
    char *name = rv_alloc(cx, n + 1);
    rv_str value = rv_dup(cx, rv_str_trim(rv_str_sub(line, n + 1, line.n)));
    if (name == NULL || value.p == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        name[i] = line.p[i] >= 'A' && line.p[i] <= 'Z' ? (char)(line.p[i] - 'A' + 'a') : line.p[i];
    call->headers[call->headers_n++] = (struct rv_header){ { name, n }, value };
    return true;
}

static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
    struct rv_transfer *t = arg;
    struct rv_call *call = t->call;
    n *= size; /* size is 1 */
    rv_str line = rv_str_trim((rv_str){ data, n });
    if (rv_str_starts(line, RV_STR("HTTP/"))) { /* also after "100 Continue" */
        call->headers_n = 0;
        call->headers_bytes = 0;
        return n;
    }
    call->headers_bytes += n;
    if (call->headers_bytes > HEADERS_MAX || !add_header(call, line)) {
        call->over = true;
        return CURL_WRITEFUNC_ERROR;
    }
    return n;
}

/* ---- what a transfer is told ----------------------------------------------------------------- */

static bool is_token(rv_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!alnum && (c == 0 || strchr("!#$%&'*+-.^_`|~", c) == NULL))
            return false;
    }
    return s.n > 0;
}

static rv_status check_headers(struct rv_fetch *f)
{
    for (size_t i = 0; i < f->headers_n; i++) {
        rv_str v = f->headers[i].value;
        if (!is_token(f->headers[i].name))
            return rv_fail(f->cx, RV_INVALID, "\"%.*s\" cannot be the name of a header.",
                           RV_FMT(f->headers[i].name));
        for (size_t k = 0; k < v.n; k++)
            if (((unsigned char)v.p[k] < 0x20 && v.p[k] != '\t') || v.p[k] == 0x7f)
                return rv_fail(f->cx, RV_INVALID,
                               "The header %.*s cannot hold a line break or control character.",
                               RV_FMT(f->headers[i].name));
    }
    return RV_OK;
}

/* Headers that the client writes itself, and those that stay on the origin they were meant for. */
static bool is_sent(const struct rv_call *call, rv_str name)
{
    static const char *const own[] = {
        "host",    "connection", "content-length",      "transfer-encoding", "te",    "trailer",
        "upgrade", "keep-alive", "proxy-authorization", "proxy-connection",  "expect"
    };
    static const char *const harmless[] = { "accept", "accept-language", "user-agent" };
    for (size_t i = 0; i < RV_LEN(own); i++)
        if (rv_str_eq_nocase(name, rv_str_of(own[i])))
            return false;
    if (call->keep_credentials)
        return true;
    for (size_t i = 0; i < RV_LEN(harmless); i++)
        if (rv_str_eq_nocase(name, rv_str_of(harmless[i])))
            return true;
    return false;
}

static bool append(struct rv_transfer *t, const char *line)
{
    struct curl_slist *l = line != NULL ? curl_slist_append(t->list, line) : NULL;
    if (l == NULL)
        return false;
    t->list = l;
    return true;
}

static bool set_headers(struct rv_transfer *t)
{
    struct rv_call *call = t->call;
    struct rv_fetch *f = call->f;
    bool typed = false, agent = false;
    curl_slist_free_all(t->list);
    t->list = NULL;
    bool ok = append(t, "Expect:");
    for (size_t i = 0; i < f->headers_n && ok; i++) {
        rv_str name = f->headers[i].name, value = rv_str_trim(f->headers[i].value);
        if (!is_sent(call, name))
            continue;
        typed = typed || rv_str_eq_nocase(name, RV_STR("content-type"));
        agent = agent || rv_str_eq_nocase(name, RV_STR("user-agent"));
        ok = append(t, (value.n == 0 ? rv_printf(f->cx, "%.*s;", RV_FMT(name))
                                     : rv_printf(f->cx, "%.*s: %.*s", RV_FMT(name), RV_FMT(value)))
                           .p);
    }
    if (ok && !typed)
        ok = append(t, "Content-Type:");
    if (ok && !agent)
        ok = append(t, "User-Agent: Reeve");
    if (ok)
        curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->list);
    return ok;
}

static void set_method(struct rv_transfer *t)
{
    const struct rv_call *call = t->call;
    struct rv_cx *cx = call->f->cx;
    bool get = rv_str_eq(call->method, RV_STR("GET")),
         post = rv_str_eq(call->method, RV_STR("POST"));
    if (rv_str_eq(call->method, RV_STR("HEAD"))) {
        curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (call->body.n > 0 || post || rv_str_eq(call->method, RV_STR("PUT")) ||
        rv_str_eq(call->method, RV_STR("PATCH"))) {
        curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, call->body.n > 0 ? call->body.p : "");
    } else {
        curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
    }
    if (!post && !(get && call->body.n == 0))
        curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, rv_z(cx, call->method));
}

static void set_rules(struct rv_transfer *t)
{
    CURL *e = t->easy;
    curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e, CURLOPT_PROXY, ""); /* the environment's is ignored */
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(e, CURLOPT_SERVER_RESPONSE_TIMEOUT, 1L); /* of a mail connection that has to make room */
    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t);
    curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_before_request);
    curl_easy_setopt(e, CURLOPT_PREREQDATA, t);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
    rv_client_authorities(t->c, e,
                          t->c->ca_file.n > 0 ? rv_z(t->call->f->cx, t->c->ca_file) : NULL);
}

static bool set_up(struct rv_transfer *t, int64_t left_ms)
{
    const struct rv_call *call = t->call;
    curl_easy_reset(t->easy);
    set_rules(t);
    set_method(t);
    curl_easy_setopt(t->easy, CURLOPT_URL, call->url.text.p);
    curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
    curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(left_ms < 10000 ? left_ms : 10000));
    return set_headers(t);
}

/* ---- the end --------------------------------------------------------------------------------- */

void rv_fetch_end(struct rv_fetch *f, rv_status st)
{
    f->st = st;
    f->impl = NULL;
    f->done(f);
}

static void end_call(struct rv_call *call, rv_status st)
{
    rv_buf_done(&call->in);
    rv_fetch_end(call->f, st);
}

static rv_status deliver(struct rv_transfer *t)
{
    struct rv_call *call = t->call;
    struct rv_fetch *f = call->f;
    long status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    f->answer = (struct rv_answer){ .status = (int)status,
                                    .headers = call->headers,
                                    .headers_n = call->headers_n };
    f->answer.body = rv_dup(f->cx, (rv_str){ call->in.p != NULL ? call->in.p : "", call->in.n });
    return f->answer.body.p != NULL ? RV_OK
                                    : rv_fail(f->cx, RV_BUSY, "There is no memory for the answer.");
}

static rv_status explain(struct rv_transfer *t, CURLcode code)
{
    struct rv_call *call = t->call;
    struct rv_cx *cx = call->f->cx;
    curl_off_t sent_at = 0;
    curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &sent_at);
    if (call->refused[0] != 0)
        return rv_fail(cx, RV_REFUSED,
                       "%.*s leads to %s, where calls may not go: have an administrator allow it.",
                       RV_FMT(call->url.host), call->refused);
    if (call->too_dense)
        return rv_fail(cx, RV_LIMIT, "The answer unpacks to more than %d times its size.", RATIO);
    if (call->over)
        return rv_fail(cx, RV_LIMIT, "The answer is larger than %zu bytes.", call->max);
    if (code == CURLE_COULDNT_RESOLVE_HOST)
        return rv_fail(cx, RV_UNREACHABLE, "The host %.*s is not known.", RV_FMT(call->url.host));
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
        return rv_fail(cx, RV_REFUSED, "The certificate of %.*s is not trusted: it has expired, is for another "
                       "name, or its authority is missing in Settings > Trust store.",
                       RV_FMT(call->url.host));
    rv_status st = sent_at == 0                          ? RV_UNREACHABLE
                   : code == CURLE_OPERATION_TIMEDOUT ? RV_TIMEOUT
                                                      : RV_UNCERTAIN;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return rv_fail(cx, st, "%.*s did not answer in time.", RV_FMT(call->url.host));
    st = rv_fail(cx, st, "The call to %.*s port %d failed: %s.", RV_FMT(call->url.host),
                 call->url.port, curl_easy_strerror(code));
    return st;
}

/* ---- redirects ------------------------------------------------------------------------------- */

static bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* True when call now stands before its next hop. */
static rv_status next_hop(struct rv_transfer *t, bool *ret_again)
{
    struct rv_call *call = t->call;
    struct rv_fetch *f = call->f;
    const char *to = NULL;
    long status = 0;
    struct rv_url url;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &to);
    *ret_again = false;
    if (f->max_redirects <= 0 || !is_redirect(status) || to == NULL)
        return RV_OK;
    if (call->hops >= f->max_redirects)
        return rv_fail(f->cx, RV_LIMIT, "The answer redirects more than %d times.",
                       f->max_redirects);
    rv_str text = rv_dup(f->cx, rv_str_of(to));
    RV_TRY(rv_url_parse(f->cx, text, f->flags, f->allow, &url));
    if (call->url.https && !url.https)
        return rv_fail(f->cx, RV_REFUSED, "The answer redirects from https:// to http://.");
    bool away = !rv_str_eq(url.origin, call->url.origin);
    bool rewrite = status == 303 || (status <= 302 && rv_str_eq(call->method, RV_STR("POST")));
    call->keep_credentials = call->keep_credentials && !away;
    if (away || rewrite) {
        if (!rv_str_eq(call->method, RV_STR("HEAD")))
            call->method = RV_STR("GET");
        call->body = RV_NONE_STR;
    }
    call->url = url;
    call->hops++;
    rv_buf_clear(&call->in);
    call->headers_n = 0;
    *ret_again = true;
    return RV_OK;
}

/* ---- starting and waiting -------------------------------------------------------------------- */

static void enqueue(struct rv_client *c, struct rv_call *call);

static void give_back(struct rv_transfer *t)
{
    struct rv_client *c = t->c;
    t->call = NULL;
    t->d->active--;
    t->d->used_us = rv_mono_us(c->env);
    t->d = NULL;
    c->calls_active--;
    t->next = c->spare;
    c->spare = t;
}

static void on_ended(struct rv_transfer *t, CURLcode code)
{
    struct rv_client *c = t->c;
    struct rv_call *call = t->call;
    struct rv_destination *d = t->d;
    bool again = false;
    rv_status st = code == CURLE_OK ? next_hop(t, &again) : explain(t, code);
    if (st == RV_OK && !again)
        st = deliver(t);
    give_back(t);
    if (again)
        enqueue(c, call);
    else
        end_call(call, st);
    rv_fetch_pump(c, d, false);
}

static void on_stopped(struct rv_transfer *t)
{
    struct rv_call *call = t->call;
    give_back(t);
    end_call(call, rv_fail(call->f->cx, RV_STOPPED, "The server is shutting down."));
}

static void start(struct rv_client *c, struct rv_destination *d, struct rv_call *call,
                  int64_t left_ms)
{
    struct rv_transfer *t = c->spare;
    if (t != NULL)
        c->spare = t->next;
    else
        t = rv_transfer_new(c);
    if (t == NULL) {
        end_call(call, rv_fail(call->f->cx, RV_BUSY, "There is no memory for the call."));
        return;
    }
    t->ended = on_ended;
    t->stopped = on_stopped;
    t->call = call;
    t->d = d;
    d->active++;
    c->calls_active++;
    if (!set_up(t, left_ms) || !rv_transfer_start(t)) {
        give_back(t);
        end_call(call, rv_fail(call->f->cx, RV_BUSY, "There is no memory for the call."));
    }
}

void rv_fetch_pump(struct rv_client *c, struct rv_destination *d, bool sweep)
{
    int64_t now = rv_mono_us(c->env);
    struct rv_call **at = &d->calls;
    while (*at != NULL) {
        struct rv_call *call = *at;
        bool room = d->active < c->per_destination && c->calls_active < c->calls_max;
        int64_t left_ms = (call->deadline_us - now + 999) / 1000;
        if (!room && left_ms > 0) {
            if (!sweep)
                return;
            at = &call->next;
            continue;
        }
        *at = call->next;
        if (*at == NULL)
            d->calls_end = at;
        call->next = NULL;
        if (left_ms > 0)
            start(c, d, call, left_ms);
        else
            end_call(call, rv_fail(call->f->cx, RV_UNREACHABLE,
                                   "Too many calls to %.*s were waiting before this one.",
                                   RV_FMT(call->url.host)));
    }
}

static void enqueue(struct rv_client *c, struct rv_call *call)
{
    struct rv_destination *d = rv_client_destination(c, call->url.origin, false);
    if (d == NULL) {
        end_call(call, rv_fail(call->f->cx, RV_BUSY, "There is no memory for the call."));
        return;
    }
    *d->calls_end = call;
    d->calls_end = &call->next;
    d->used_us = rv_mono_us(c->env);
    rv_fetch_pump(c, d, false);
    c->waiting = c->waiting || d->calls != NULL;
}

void rv_fetch_stop_waiting(struct rv_destination *d)
{
    while (d->calls != NULL) {
        struct rv_call *call = d->calls;
        d->calls = call->next;
        end_call(call, rv_fail(call->f->cx, RV_STOPPED, "The server is shutting down."));
    }
    d->calls_end = &d->calls;
}

static rv_status prepare(struct rv_client *c, struct rv_fetch *f, struct rv_call **ret)
{
    int64_t now = rv_mono_us(c->env);
    struct rv_call *call = RV_NEW(f->cx, struct rv_call);
    if (call == NULL)
        return RV_BUSY; /* said by rv_alloc */
    call->f = f;
    call->method = f->method;
    call->body = f->body;
    call->keep_credentials = true;
    call->max = f->max_bytes > 0 ? f->max_bytes : DEFAULT_MAX;
    call->deadline_us = now + (f->timeout_ms > 0 ? f->timeout_ms : 30000) * 1000;
    if (f->cx->deadline_ms != 0 && f->cx->deadline_ms * 1000 < call->deadline_us)
        call->deadline_us = f->cx->deadline_ms * 1000;
    if (!is_token(f->method))
        return rv_fail(f->cx, RV_INVALID, "\"%.*s\" is not a method of HTTP.", RV_FMT(f->method));
    RV_TRY(check_headers(f));
    RV_TRY(rv_url_parse(f->cx, f->url, f->flags, f->allow, &call->url));
    if (call->url.literal) {
        const char *kind = refusal_of(c, call, &call->url.address);
        if (kind != NULL)
            return rv_fail(f->cx, RV_REFUSED,
                           "%.*s (%s) is an address where calls may not go: have an administrator "
                           "allow it.",
                           RV_FMT(call->url.host), kind);
    }
    rv_buf_init(&call->in, call->max);
    *ret = call;
    return RV_OK;
}

void rv_fetch_accept(struct rv_client *c, struct rv_fetch *f)
{
    struct rv_call *call = NULL;
    rv_status st = prepare(c, f, &call);
    if (st != RV_OK)
        rv_fetch_end(f, st);
    else
        enqueue(c, call);
}
