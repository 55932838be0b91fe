/* cards/url.c: cards about URLs and query texts (cards.md C.10). */
#include "cards/cards_int.h"

/* ---- percent signs --------------------------------------------------------------------------- */

static void add_encoded(struct rv_buf *b, rv_str s)
{
    static const char plain[] = "-_.!~*'()";
    for (size_t i = 0; i < s.n; i++) {
        unsigned char p = (unsigned char)s.p[i];
        if ((p >= '0' && p <= '9') || (p >= 'A' && p <= 'Z') || (p >= 'a' && p <= 'z') ||
            (p != 0 && strchr(plain, p) != NULL))
            rv_buf_char(b, (char)p);
        else
            rv_buf_printf(b, "%%%02X", p);
    }
}

static int digit(char p)
{
    return p >= '0' && p <= '9'   ? p - '0'
           : p >= 'a' && p <= 'f' ? p - 'a' + 10
           : p >= 'A' && p <= 'F' ? p - 'A' + 10
                                  : -1;
}

/* What is no percent sign with two digits stands for itself; a plus sign is a blank. */
static rv_status decoded(struct rv_call *c, rv_str s, rv_str *ret)
{
    struct rv_cx *cx = rv_call_cx(c);
    char *p = rv_alloc(cx, s.n + 1);
    size_t n = 0;
    if (p == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < s.n; i++) {
        int hi = s.p[i] == '%' && i + 2 < s.n ? digit(s.p[i + 1]) : -1,
            lo = hi >= 0 ? digit(s.p[i + 2]) : -1;
        p[n++] = lo >= 0 ? (char)(hi * 16 + lo) : s.p[i] == '+' ? ' ' : s.p[i];
        i += lo >= 0 ? 2 : 0;
    }
    *ret = (rv_str){ p, n };
    if (!rv_utf8_valid(*ret))
        return rv_fail(cx, RV_INVALID, "the decoded bytes are not text (UTF-8)");
    return RV_OK;
}

/* ---- query texts ----------------------------------------------------------------------------- */

static rv_status add_pair(struct rv_call *c, struct rv_buf *b, rv_str key, const json_t *v)
{
    rv_str text;
    RV_TRY(rv_value_text(rv_call_cx(c), v, &text));
    if (b->n > 0)
        rv_buf_char(b, '&');
    add_encoded(b, key);
    rv_buf_char(b, '=');
    add_encoded(b, text);
    return RV_OK;
}

static rv_status write_query(struct rv_call *c, json_t *o, struct rv_buf *b)
{
    const char *key;
    size_t n, i;
    json_t *v, *item;
    json_object_keylen_foreach(o, key, n, v)
    {
        if (!json_is_array(v))
            RV_TRY(add_pair(c, b, (rv_str){ key, n }, v));
        json_array_foreach(v, i, item)
            RV_TRY(add_pair(c, b, (rv_str){ key, n }, item));
    }
    return RV_OK;
}

static rv_status query_object(struct rv_call *c, const char *key, json_t **ret)
{
    *ret = rv_in(c, key);
    if (*ret != NULL && !json_is_object(*ret) && !rv_value_empty(*ret))
        return rv_fail(rv_call_cx(c), RV_INVALID, "the field \"%s\" must be an object, not %s", key,
                       rv_value_type_name(*ret));
    return RV_OK;
}

static rv_status card_encode(struct rv_call *c)
{
    struct rv_buf b;
    json_t *o;
    RV_TRY(query_object(c, "object", &o));
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    return rv_out_buf(c, "output", &b, write_query(c, o, &b));
}

static rv_status put_pair(struct rv_call *c, json_t *o, rv_str key, rv_str value)
{
    json_t *old = json_object_getn(o, key.p, key.n), *v = rv_value_of_text(value);
    int bad;
    if (v == NULL)
        return rv_fail(rv_call_cx(c), RV_INVALID, "the text is not valid Unicode");
    if (json_is_array(old)) {
        bad = json_array_append_new(old, v);
    } else if (old != NULL) { /* a key that comes again makes a list */
        json_t *list = json_pack("[O, o]", old, v);
        bad = list == NULL || json_object_setn_new(o, key.p, key.n, list) != 0;
    } else {
        bad = json_object_setn_new(o, key.p, key.n, v);
    }
    return bad == 0 ? RV_OK : rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in an object");
}

static rv_status read_query(struct rv_call *c, rv_str s, json_t **ret)
{
    json_t *o = rv_new_object(c);
    rv_str pair, key, value;
    if (o == NULL)
        return RV_BUSY;
    if (s.n > 0 && s.p[0] == '?')
        s = rv_str_sub(s, 1, s.n);
    while (rv_str_split(&s, '&', &pair)) {
        const char *eq = pair.n > 0 ? memchr(pair.p, '=', pair.n) : NULL;
        size_t at = eq != NULL ? (size_t)(eq - pair.p) : pair.n;
        if (pair.n == 0)
            continue;
        RV_TRY(decoded(c, rv_str_sub(pair, 0, at), &key));
        RV_TRY(decoded(c, rv_str_sub(pair, at + 1, pair.n), &value));
        RV_TRY(put_pair(c, o, key, value));
    }
    *ret = o;
    return RV_OK;
}

static rv_status card_decode(struct rv_call *c)
{
    rv_str s;
    json_t *o;
    RV_TRY(rv_in_text(c, "string", &s));
    RV_TRY(read_query(c, s, &o));
    return rv_out(c, "output", json_incref(o));
}

/* ---- parts of a URL -------------------------------------------------------------------------- */

/* Cuts s before the first of the characters in `at`, which stays at the start of what is left. */
static rv_str cut(rv_str *s, const char *at)
{
    size_t n = 0;
    while (n < s->n && strchr(at, s->p[n]) == NULL)
        n++;
    rv_str part = rv_str_sub(*s, 0, n);
    *s = rv_str_sub(*s, n, s->n);
    return part;
}

/* The text in small letters, as protocols and hosts are compared. */
static rv_status out_small(struct rv_call *c, const char *key, rv_str s)
{
    char *p = rv_alloc(rv_call_cx(c), s.n + 1);
    if (p == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] - 'A' + 'a') : s.p[i];
    return rv_out_text(c, key, (rv_str){ p, s.n });
}

/* Takes the port off the host; *ret: -1 when none is written. */
static rv_status cut_port(struct rv_call *c, rv_str *host, int64_t *ret)
{
    rv_str port = RV_NONE_STR;
    *ret = -1;
    for (size_t i = host->n; i > 0 && host->p[i - 1] != ']'; i--)
        if (host->p[i - 1] == ':') {
            port = rv_str_sub(*host, i, host->n);
            *host = rv_str_sub(*host, 0, i - 1);
            break;
        }
    if (port.n > 0 && (!rv_str_to_int(port, ret) || *ret < 0 || *ret > 65535))
        return rv_fail(rv_call_cx(c), RV_INVALID, "the port \"%.*s\" of the URL is not a number up to 65535",
                       RV_FMT(port));
    return RV_OK;
}

static rv_status put_rest(struct rv_call *c, rv_str rest, bool web)
{
    rv_str path = cut(&rest, "?#"), query = cut(&rest, "#");
    if (path.n == 0 && web)
        path = RV_STR("/");
    RV_TRY(rv_out_text(c, "pathname", path));
    RV_TRY(rv_out_text(c, "path", path));
    RV_TRY(rv_out_text(c, "query", query.n > 0 ? rv_str_sub(query, 1, query.n) : RV_STR("")));
    return rv_out_text(c, "hash", rest);
}

static rv_status card_parse(struct rv_call *c)
{
    rv_str s, host, hostname, protocol, auth = RV_STR("");
    int64_t port;
    RV_TRY(rv_in_text(c, "url", &s));
    s = rv_str_trim(s);
    const char *mark = s.n > 0 ? memmem(s.p, s.n, "://", 3) : NULL;
    if (mark == NULL || memchr(s.p, '/', (size_t)(mark - s.p)) != NULL)
        return rv_fail(rv_call_cx(c), RV_INVALID,
                       "the text is not a URL with a protocol, such as https://example.com/path");
    protocol = rv_str_sub(s, 0, (size_t)(mark - s.p) + 1);
    s = rv_str_sub(s, protocol.n + 2, s.n);
    host = cut(&s, "/?#");
    for (size_t i = host.n; i > 0; i--)
        if (host.p[i - 1] == '@') {
            auth = rv_str_sub(host, 0, i - 1);
            host = rv_str_sub(host, i, host.n);
            break;
        }
    hostname = host;
    RV_TRY(cut_port(c, &hostname, &port));
    RV_TRY(out_small(c, "protocol", protocol));
    RV_TRY(rv_out_text(c, "auth", auth));
    RV_TRY(out_small(c, "host", host));
    RV_TRY(out_small(c, "hostname", hostname));
    RV_TRY(port >= 0 ? rv_out_num(c, "port", (double)port) : rv_out(c, "port", NULL));
    return put_rest(c, s,
                    rv_str_eq_nocase(protocol, RV_STR("https:")) ||
                        rv_str_eq_nocase(protocol, RV_STR("http:")));
}

/* The host, and the port unless the host has one. */
static rv_status write_host(struct rv_call *c, struct rv_buf *b)
{
    rv_str host, hostname, port;
    RV_TRY(rv_in_text(c, "host", &host));
    RV_TRY(rv_in_text(c, "hostname", &hostname));
    RV_TRY(rv_in_text(c, "port", &port));
    host = host.n > 0 ? host : hostname;
    rv_buf_add(b, host);
    size_t i = host.n;
    while (i > 0 && host.p[i - 1] >= '0' && host.p[i - 1] <= '9')
        i--;
    bool has_port = i > 0 && i < host.n && host.p[i - 1] == ':';
    if (port.n > 0 && !has_port) {
        rv_buf_char(b, ':');
        rv_buf_add(b, port);
    }
    return RV_OK;
}

static rv_status write_rest(struct rv_call *c, struct rv_buf *b)
{
    struct rv_buf query;
    rv_str path, hash, text;
    json_t *o = rv_in(c, "query");
    RV_TRY(rv_in_text(c, "pathname", &path));
    if (path.n == 0)
        RV_TRY(rv_in_text(c, "path", &path));
    RV_TRY(rv_in_text(c, "hash", &hash));
    if (path.n > 0 && path.p[0] != '/')
        rv_buf_char(b, '/');
    rv_buf_add(b, path);
    rv_buf_init(&query, RV_CARD_TEXT_MAX);
    rv_status st = RV_OK;
    if (json_is_object(o)) {
        st = write_query(c, o, &query);
    } else {
        st = rv_value_text(rv_call_cx(c), o, &text);
        if (st == RV_OK)
            rv_buf_add(&query, text.n > 0 && text.p[0] == '?' ? rv_str_sub(text, 1, text.n) : text);
    }
    if (query.n > 0) {
        rv_buf_char(b, '?');
        rv_buf_add(b, (rv_str){ query.p, query.n });
    }
    b->failed = b->failed || query.failed;
    rv_buf_done(&query);
    if (hash.n > 0 && hash.p[0] != '#')
        rv_buf_char(b, '#');
    rv_buf_add(b, hash);
    return st;
}

static rv_status write_url(struct rv_call *c, struct rv_buf *b)
{
    rv_str protocol, auth;
    RV_TRY(rv_in_text(c, "protocol", &protocol));
    RV_TRY(rv_in_text(c, "auth", &auth));
    rv_buf_add(b, protocol.n > 0 ? protocol : RV_STR("https"));
    rv_buf_add(b,
               protocol.n > 0 && protocol.p[protocol.n - 1] == ':' ? RV_STR("//") : RV_STR("://"));
    rv_buf_add(b, auth);
    if (auth.n > 0)
        rv_buf_char(b, '@');
    RV_TRY(write_host(c, b));
    return write_rest(c, b);
}

static rv_status card_format(struct rv_call *c)
{
    struct rv_buf b;
    rv_str host, hostname;
    RV_TRY(rv_in_text(c, "host", &host));
    RV_TRY(rv_in_text(c, "hostname", &hostname));
    if (host.n == 0 && hostname.n == 0)
        return rv_fail(rv_call_cx(c), RV_INVALID,
                       "a URL needs a host; fill \"host\" or \"hostname\"");
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    return rv_out_buf(c, "url", &b, write_url(c, &b));
}

#define IN(key, help) { NULL, key, key, RV_T_TEXT, 0, NULL, NULL, help }
#define OUT(key, help) { NULL, key, key, RV_T_TEXT, 0, NULL, NULL, help }
#define OUT_TEXT { NULL, "output", "output", RV_T_TEXT, 0, NULL, NULL, "the text" }
#define OUT_OBJECT(key, help) { NULL, key, key, RV_T_OBJECT, 0, NULL, NULL, help }

/* clang-format off */
const struct rv_card rv_cards_url[] = {
    { .name = "url:encode", .label = "Encode Query", .category = "URL", .help = "Writes an object as the query of a URL.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "object", "query", RV_T_OBJECT, 0, NULL, NULL, "the query as an object; a list makes its key come several times" }), .out = RV_PINS(OUT_TEXT), .run = card_encode },
    { .name = "url:decode", .label = "Decode Query", .category = "URL", .help = "Reads the query of a URL as an object; a key that comes again makes a list.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "string", "query", RV_T_TEXT, 0, NULL, NULL, "such as name=Ann&city=Ulm" }), .out = RV_PINS(OUT_OBJECT("output", "the object")), .run = card_decode },
    { .name = "url:parse", .label = "URL Parse", .category = "URL", .help = "The parts of a URL.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "url", "url", RV_T_TEXT, RV_PIN_REQUIRED, NULL, NULL, "the URL" }),
      .out = RV_PINS(OUT("protocol", "such as https:"), OUT("auth", "name and password before the host"), OUT("host", "host with port"), OUT("hostname", "host without port"), { NULL, "port", "port", RV_T_NUM, 0, NULL, NULL, "the port, when it is written" },
                     OUT("pathname", "the path"), OUT("path", "the path, by its other name"), OUT("query", "the query, for Decode Query"), OUT("hash", "what follows #, with it")), .run = card_parse },
    { .name = "url:format", .label = "URL Format", .category = "URL", .help = "Writes a URL from its parts.", .kind = RV_CARD_PURE,
      .in = RV_PINS(IN("protocol", "empty: https"), IN("auth", "name and password before the host"), IN("host", "host with port"), IN("hostname", "host, when \"host\" is empty"), { NULL, "port", "port", RV_T_NUM, 0, NULL, NULL, "the port, unless the host has one" },
                    IN("pathname", "the path"), IN("path", "the path, by its other name"), { NULL, "query", "query", RV_T_ANY, 0, NULL, NULL, "object, or text" }, IN("hash", "what follows #")),
      .out = RV_PINS(OUT("url", "the URL")), .run = card_format },
    { .name = NULL },
};
