/* Strict check of a request's head (security.md 3.1), before its body is read.
 *
 * The library is lenient: it joins folded lines, ends lines at a bare LF, cuts values at NUL and
 * takes the first of two lengths. What it hands out are pointers into the buffer that the head was
 * received in, with the separators overwritten by NUL; so every leniency leaves a gap: each value
 * has to begin after its colon and blanks, each name right behind the CRLF before it, and the whole
 * has to be as long as the library says. Anything else is refused. Path segments are decoded by the
 * router (security.md 3.2); here only bytes that no target may hold are refused. */
#include "net/net_int.h"

static bool is_token_byte(unsigned char c)
{
    static const char also[] = "!#$%&'*+-.^_`|~";
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != 0 && strchr(also, c) != NULL);
}

static bool is_token(rv_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_token_byte((unsigned char)s.p[i]))
            return false;
    return s.n > 0;
}

static bool is_value(rv_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static const char *bad_method(const struct rv_head *h, int *status)
{
    rv_str m = rv_str_of(h->method);
    if (m.n > RV_METHOD_MAX || !is_token(m))
        return "The request line does not begin with a method of at most 20 letters.";
    if (rv_str_eq(m, RV_STR("CONNECT")))
        return "CONNECT is not offered here.";
    if (rv_str_eq(m, RV_STR("TRACE"))) {
        *status = 405;
        return "TRACE is not offered here.";
    }
    return NULL;
}

static bool is_authority(rv_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!alnum && strchr("-._~:[]", c) == NULL)
            return false;
    }
    return s.n > 0 && s.n <= 260;
}

/* Splits the target into authority (absolute form), path and query. */
static const char *split_target(struct rv_head *h)
{
    rv_str t = h->target;
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.p[i];
        if (c <= 0x20 || c >= 0x7f || c == '#')
            return "The request target holds a byte that has to be percent-encoded.";
    }
    h->authority = RV_NONE_STR;
    rv_str scheme = rv_str_starts(t, RV_STR("http://"))    ? RV_STR("http://")
                    : rv_str_starts(t, RV_STR("https://")) ? RV_STR("https://")
                                                           : RV_NONE_STR;
    if (scheme.p != NULL) {
        t = rv_str_sub(t, scheme.n, t.n);
        size_t n = 0;
        while (n < t.n && t.p[n] != '/' && t.p[n] != '?')
            n++;
        h->authority = rv_str_sub(t, 0, n);
        t = rv_str_sub(t, n, t.n);
        if (t.n == 0)
            t = RV_STR("/");
    }
    if (t.n == 1 && t.p[0] == '*' && strcmp(h->method, "OPTIONS") == 0 && h->authority.p == NULL) {
        h->path = t;
        h->query = RV_NONE_STR;
        return NULL;
    }
    if (t.n == 0 || t.p[0] != '/')
        return "The request target has to be a path that begins with a slash.";
    const char *q = memchr(t.p, '?', t.n);
    h->path = rv_str_sub(t, 0, q != NULL ? (size_t)(q - t.p) : t.n);
    h->query = q != NULL ? rv_str_sub(t, h->path.n + 1, t.n) : RV_NONE_STR;
    if (memchr(h->path.p, '\\', h->path.n) != NULL)
        return "The path holds a backslash.";
    return NULL;
}

static const char *bad_line(struct rv_head *h, int *status)
{
    const char *why = bad_method(h, status);
    if (why != NULL)
        return why;
    size_t method_n = strlen(h->method);
    if (h->target.n + method_n + 10 > RV_HEAD_LINE_MAX) {
        *status = 414;
        return "The request line is longer than 8 KiB.";
    }
    if (strcmp(h->version, "HTTP/1.1") != 0 && strcmp(h->version, "HTTP/1.0") != 0)
        return "Only HTTP/1.1 is spoken here.";
    h->http10 = h->version[7] == '0';
    if (h->uri != h->method + method_n + 1 || h->version != h->uri + h->target.n + 1)
        return "The request line is not method, target and version with one blank between.";
    why = split_target(h);
    if (why == NULL && h->query.n > RV_QUERY_MAX) {
        *status = 414;
        return "The query string is longer than 4 KiB.";
    }
    return why;
}

/* Pointers that leave no room for folded lines, NUL or line ends other than CRLF. */
static const char *bad_layout(const struct rv_head *h)
{
    static const char why[] =
        "A header line is folded, holds a NUL, or ends in something else than CR LF.";
    const char *at = h->version + strlen(h->version) + 2;
    for (size_t i = 0; i < h->raw_n; i++) {
        const struct rv_header *f = &h->raw[i];
        if (f->name.p != at)
            return why;
        const char *value = at + f->name.n + 1;
        while (value < f->value.p && (*value == ' ' || *value == '\t'))
            value++;
        if (value != f->value.p)
            return why;
        at = f->value.p + f->value.n + 2;
    }
    if (h->size != 0 && at + 2 != h->method + h->size)
        return why;
    return NULL;
}

static const char *bad_fields(const struct rv_head *h, int *status)
{
    size_t total = 0;
    *status = 431;
    for (size_t i = 0; i < h->raw_n; i++) {
        size_t n = h->raw[i].name.n + h->raw[i].value.n + 4;
        total += n; /* cannot overflow: the library's buffer is smaller */
        if (n > RV_HEAD_FIELD_MAX)
            return "A header is longer than 8 KiB.";
    }
    if (total > RV_HEAD_FIELDS_MAX)
        return "The headers are longer than 32 KiB together.";
    *status = 400;
    for (size_t i = 0; i < h->raw_n; i++) {
        if (!is_token(h->raw[i].name))
            return "The name of a header is empty or holds a byte that no name may hold.";
        if (!is_value(h->raw[i].value))
            return "The value of a header holds a control byte.";
    }
    return NULL;
}

static const char *bad_length(struct rv_head *h, rv_str v, size_t nth)
{
    if (nth > 1)
        return "There are several Content-Length headers.";
    if (v.n == 0 || v.n > 18)
        return "Content-Length is not a number of at most 18 digits.";
    h->length = 0;
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] < '0' || v.p[i] > '9')
            return "Content-Length is not a number of at most 18 digits.";
        h->length = h->length * 10 + (v.p[i] - '0'); /* cannot overflow: 18 digits */
    }
    return NULL;
}

static const char *bad_framing(struct rv_head *h, int *status)
{
    size_t hosts = 0, lengths = 0, codings = 0;
    bool chunked = true;
    h->length = -1;
    for (size_t i = 0; i < h->raw_n; i++) {
        rv_str name = h->raw[i].name, v = rv_str_trim(h->raw[i].value);
        const char *why = NULL;
        if (rv_str_eq_nocase(name, RV_STR("host"))) {
            hosts++;
            if (!is_authority(v))
                why = "Host is not a name with an optional port.";
            else if (h->authority.p != NULL && !rv_str_eq_nocase(h->authority, v))
                why = "The host in the request target differs from the Host header.";
        } else if (rv_str_eq_nocase(name, RV_STR("content-length"))) {
            why = bad_length(h, h->raw[i].value, ++lengths);
        } else if (rv_str_eq_nocase(name, RV_STR("transfer-encoding"))) {
            codings++;
            chunked = chunked && rv_str_eq_nocase(v, RV_STR("chunked"));
        }
        if (why != NULL)
            return why;
    }
    if (hosts != 1)
        return hosts == 0 ? "The Host header is missing." : "There are several Host headers.";
    if (codings > 0 && lengths > 0)
        return "Content-Length and Transfer-Encoding exclude each other.";
    if (codings > 0 && (codings > 1 || !chunked || h->http10))
        return "The transfer coding is not one that is spoken here.";
    if (codings > 0) {
        *status = 411;
        return "Send a Content-Length: no resource here takes a body of unknown length.";
    }
    return NULL;
}

int rv_head_check(struct rv_head *h, const char **ret_sentence)
{
    int status = 400;
    const char *why = bad_line(h, &status);
    if (why == NULL && h->raw_n > RV_HEAD_COUNT_MAX) { /* the rest was not even collected */
        why = "There are more than 100 headers.";
        status = 431;
    }
    if (why == NULL)
        why = bad_layout(h);
    if (why == NULL)
        why = bad_fields(h, &status);
    if (why == NULL)
        why = bad_framing(h, &status);
    if (why == NULL)
        return 0;
    *ret_sentence = why;
    return status;
}
