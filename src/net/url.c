/* Addresses of outgoing calls: a strict parser and the rules that need no resolution
 * (security.md 5.1).
 *
 * Parsers that disagree are how such rules are walked around; so the text that the library gets is
 * written anew from the parts that were judged here. Only http and https exist, no user
 * information, no number forms of IPv4 but the dotted quad. Names in other scripts have to come in
 * their xn-- form. */
#include "net/client_int.h"

static bool is_host_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

static rv_status parse_scheme(struct rv_cx *cx, rv_str *rest, unsigned flags, struct rv_url *u)
{
    if (rest->n >= 8 && rv_str_eq_nocase(rv_str_sub(*rest, 0, 8), RV_STR("https://"))) {
        u->https = true;
        *rest = rv_str_sub(*rest, 8, rest->n);
        return RV_OK;
    }
    if (rest->n < 7 || !rv_str_eq_nocase(rv_str_sub(*rest, 0, 7), RV_STR("http://")))
        return rv_fail(cx, RV_REFUSED, "Only addresses that begin with https:// can be called.");
    if ((flags & RV_FETCH_PLAIN_HTTP) == 0)
        return rv_fail(cx, RV_REFUSED,
                       "Plain http:// is switched off for this call: use https://, or have an "
                       "administrator allow plain HTTP on the connection.");
    u->https = false;
    *rest = rv_str_sub(*rest, 7, rest->n);
    return RV_OK;
}

/* Numbers as host are read as IPv4 by many libraries, in many bases: only the dotted quad is one
 * here. */
static bool ends_in_number(rv_str host)
{
    size_t from = host.n;
    while (from > 0 && host.p[from - 1] != '.')
        from--;
    rv_str last = rv_str_sub(host, from, host.n - from);
    if (last.n >= 2 && last.p[0] == '0' && last.p[1] == 'x')
        return true;
    for (size_t i = 0; i < last.n; i++)
        if (last.p[i] < '0' || last.p[i] > '9')
            return false;
    return true;
}

static rv_status parse_name(struct rv_cx *cx, rv_str text, struct rv_url *u)
{
    char *p = rv_alloc(cx, text.n + 1);
    if (p == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        p[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        if ((unsigned char)c >= 0x80)
            return rv_fail(cx, RV_REFUSED,
                           "The host name holds letters beyond ASCII: write it in its xn-- form.");
        if (!is_host_byte(p[i]) || (p[i] == '.' && (i == 0 || p[i - 1] == '.' || i + 1 == text.n)))
            return rv_fail(cx, RV_REFUSED, "The host name of the address is not well-formed.");
    }
    u->host = (rv_str){ p, text.n };
    if (u->host.n == 0 || u->host.n > 253)
        return rv_fail(cx, RV_REFUSED,
                       "The address has no host name, or one longer than 253 characters.");
    u->literal = rv_address_parse(u->host, &u->address);
    if (!u->literal && ends_in_number(u->host))
        return rv_fail(cx, RV_REFUSED,
                       "The host is a number, but not four decimal numbers with dots between.");
    return RV_OK;
}

static rv_status parse_authority(struct rv_cx *cx, rv_str a, struct rv_url *u)
{
    rv_str port = RV_NONE_STR;
    if (memchr(a.p, '@', a.n) != NULL)
        return rv_fail(cx, RV_REFUSED,
                       "The address holds a user name: put credentials into a connection.");
    if (a.n > 0 && a.p[0] == '[') {
        const char *end = memchr(a.p, ']', a.n);
        u->host = rv_str_sub(a, 1, end != NULL ? (size_t)(end - a.p) - 1 : 0);
        u->literal =
            rv_address_parse(u->host, &u->address) && memchr(u->host.p, ':', u->host.n) != NULL;
        if (!u->literal)
            return rv_fail(cx, RV_REFUSED,
                           "The address between the brackets is not an IPv6 address.");
        port = rv_str_sub(a, u->host.n + 2, a.n);
        if (port.n > 0 && port.p[0] != ':')
            return rv_fail(cx, RV_REFUSED, "The port of the address is not a number.");
        port = port.n > 0 ? rv_str_sub(port, 1, port.n) : RV_NONE_STR;
    } else {
        const char *colon = memchr(a.p, ':', a.n);
        size_t n = colon != NULL ? (size_t)(colon - a.p) : a.n;
        port = colon != NULL ? rv_str_sub(a, n + 1, a.n) : RV_NONE_STR;
        RV_TRY(parse_name(cx, rv_str_sub(a, 0, n), u));
    }
    int64_t number = u->https ? 443 : 80;
    if (port.p != NULL &&
        (port.n > 5 || !rv_str_to_int(port, &number) || number < 1 || number > 65535))
        return rv_fail(cx, RV_REFUSED, "The port of the address is not a number from 1 to 65535.");
    u->port = (int)number;
    return RV_OK;
}

static rv_status parse_target(struct rv_cx *cx, rv_str t, struct rv_url *u)
{
    const char *hash = t.n > 0 ? memchr(t.p, '#', t.n) : NULL;
    if (hash != NULL)
        t = rv_str_sub(t, 0, (size_t)(hash - t.p));
    for (size_t i = 0; i < t.n; i++)
        if ((unsigned char)t.p[i] <= 0x20 || (unsigned char)t.p[i] >= 0x7f || t.p[i] == '\\')
            return rv_fail(
                cx, RV_REFUSED,
                "The address holds a blank or another character that has to be encoded.");
    u->target = t.n > 0 && t.p[0] == '/' ? t : rv_printf(cx, "/%.*s", RV_FMT(t));
    return u->target.p != NULL ? RV_OK : RV_BUSY;
}

static bool is_listed(struct rv_cx *cx, const struct rv_url *u, rv_str allow)
{
    rv_str word, mine = rv_printf(cx, "%.*s:%d", RV_FMT(u->host), u->port);
    while (rv_word_next(&allow, &word))
        if (mine.p != NULL && rv_str_eq_nocase(word, mine))
            return true;
    return false;
}

static rv_status check_port(struct rv_cx *cx, const struct rv_url *u)
{
    bool usual = u->https ? u->port == 443 || u->port == 8443 : u->port == 80 || u->port == 8080;
    if (u->trusted || usual)
        return RV_OK;
    return rv_fail(cx, RV_REFUSED,
                   "Port %d is not open for calls: have an administrator allow \"%.*s:%d\".",
                   u->port, RV_FMT(u->host), u->port);
}

rv_status rv_url_parse(struct rv_cx *cx, rv_str text, unsigned flags, rv_str allow,
                       struct rv_url *ret)
{
    struct rv_url u = { .port = 0 };
    rv_str rest = rv_str_trim(text);
    if (rest.n > 8192)
        return rv_fail(cx, RV_REFUSED, "The address is longer than 8,192 characters.");
    RV_TRY(parse_scheme(cx, &rest, flags, &u));
    size_t n = 0;
    while (n < rest.n && strchr("/?#\\", rest.p[n]) == NULL)
        n++;
    RV_TRY(parse_authority(cx, rv_str_sub(rest, 0, n), &u));
    RV_TRY(parse_target(cx, rv_str_sub(rest, n, rest.n), &u));
    u.trusted = (flags & RV_FETCH_ANY_ADDRESS) != 0 || is_listed(cx, &u, allow);
    RV_TRY(check_port(cx, &u));
    const char *open = memchr(u.host.p, ':', u.host.n) != NULL ? "[" : "",
               *close = open[0] != 0 ? "]" : "";
    u.origin = rv_printf(cx, "http%s://%s%.*s%s:%d", u.https ? "s" : "", open, RV_FMT(u.host),
                         close, u.port);
    u.text = rv_printf(cx, "%.*s%.*s", RV_FMT(u.origin), RV_FMT(u.target));
    if (u.origin.p == NULL || u.text.p == NULL)
        return RV_BUSY;
    *ret = u;
    return RV_OK;
}

rv_status rv_url_origin(struct rv_cx *cx, rv_str url, rv_str *ret)
{
    struct rv_url u;
    RV_TRY(rv_url_parse(cx, url, RV_FETCH_PLAIN_HTTP | RV_FETCH_ANY_ADDRESS, RV_NONE_STR, &u));
    *ret = u.origin;
    return RV_OK;
}
