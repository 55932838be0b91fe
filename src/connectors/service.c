/* connectors/service.c: one call of a service with the credentials of a connection
 * (workflows.md 14.2, security.md 5.1, 5.2).
 *
 * A call is made in one to four fetches: a token when the connection's kind needs one and has none
 * that is good, the call itself, and both once more when the service says 401 to a token that was
 * kept. Who drives it (a card that waits in memory, a handler that tests a connection) does the
 * fetches. Credentials are added after the address is known to lie at one of the connection's
 * origins; everything else about addresses is the client's business. */
#include "connectors/connectors_int.h"

enum { SUBJECTS_MAX = 20 /* tokens kept for people that cards name */, TOKEN_MARGIN_MS = 30000, TOKEN_DEFAULT_S = 300, TOKEN_MAX_BYTES = 65536 };

const char *rv_http_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        { 400, "Bad Request" }, { 401, "Unauthorized" }, { 402, "Payment Required" }, { 403, "Forbidden" }, { 404, "Not Found" },
        { 405, "Method Not Allowed" }, { 406, "Not Acceptable" }, { 408, "Request Timeout" }, { 409, "Conflict" }, { 410, "Gone" },
        { 412, "Precondition Failed" }, { 413, "Payload Too Large" }, { 414, "URI Too Long" }, { 415, "Unsupported Media Type" },
        { 422, "Unprocessable Entity" }, { 423, "Locked" }, { 424, "Failed Dependency" }, { 425, "Too Early" }, { 428, "Precondition Required" },
        { 429, "Too Many Requests" }, { 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" }, { 501, "Not Implemented" },
        { 502, "Bad Gateway" }, { 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
    };
    for (size_t i = 0; i < RV_LEN(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Error";
}

/* ---- names of a connection ------------------------------------------------------------------- */

static json_t *find_field(const struct rv_names *n, struct rv_cx *cx, rv_str name)
{
    const json_t *fields = n->arg;
    (void)cx;
    return json_incref(json_object_getn(fields, name.p, name.n));
}

static struct rv_names names_of(const struct rv_card_connection *k)
{
    return (struct rv_names){ .find = find_field, .arg = k != NULL ? k->fields : NULL };
}

static rv_status fill(const struct rv_service *s, const json_t *template, rv_str *ret)
{
    struct rv_names n = names_of(s->k);
    *ret = RV_NONE_STR;
    return template != NULL ? rv_template_text(s->cx, &n, rv_json_str(template), RV_ENC_NONE, ret)
                            : RV_OK;
}

static bool says_yes(const struct rv_card_connection *k, const char *key)
{
    return k != NULL && rv_str_eq(rv_connection_field(k, key), RV_STR("Yes"));
}

/* ---- addresses ------------------------------------------------------------------------------- */

static rv_str without_slash(rv_str s)
{
    while (s.n > 0 && s.p[s.n - 1] == '/')
        s.n--;
    return s;
}

rv_status rv_service_base(struct rv_cx *cx, const struct rv_card_connection *k, const json_t *spec,
                          rv_str *ret)
{
    struct rv_names n = names_of(k);
    const json_t *auth =
        k != NULL ? json_object_getn(json_object_get(spec, "auths"), k->auth.p, k->auth.n) : NULL;
    const json_t *base = json_object_get(auth, "base") != NULL ? json_object_get(auth, "base")
                                                               : json_object_get(spec, "base");
    rv_str own = k != NULL ? rv_connection_field(k, "base") : RV_NONE_STR;
    *ret = RV_NONE_STR;
    if (own.p != NULL)
        *ret = without_slash(own);
    else if (base != NULL)
        RV_TRY(rv_template_text(cx, &n, rv_json_str(base), RV_ENC_NONE, ret));
    *ret = without_slash(*ret);
    return RV_OK;
}

/* What must not stand in an address as it is: blanks, quotes, letters beyond ASCII. */
static rv_str tidy(struct rv_cx *cx, rv_str url)
{
    static const char hex[] = "0123456789ABCDEF";
    char *p = rv_alloc(cx, 3 * url.n + 1);
    size_t n = 0;
    for (size_t i = 0; p != NULL && i < url.n; i++) {
        unsigned char c = (unsigned char)url.p[i];
        if (c > 0x20 && c < 0x7f && strchr("\"<>^`{|}", c) == NULL) {
            p[n++] = (char)c;
        } else {
            p[n++] = '%';
            p[n++] = hex[c >> 4];
            p[n++] = hex[c & 15];
        }
    }
    return (rv_str){ p, n };
}

static bool is_absolute(rv_str url)
{
    return (url.n >= 8 && rv_str_eq_nocase(rv_str_sub(url, 0, 8), RV_STR("https://"))) ||
           (url.n >= 7 && rv_str_eq_nocase(rv_str_sub(url, 0, 7), RV_STR("http://")));
}

static rv_status whole_url(const struct rv_service *s, rv_str *ret)
{
    rv_str url = rv_str_trim(s->url);
    if (url.n == 0)
        return rv_fail(s->cx, RV_INVALID, "the address of the call is empty");
    if (!is_absolute(url) && s->base.n == 0)
        return rv_fail(s->cx, RV_INVALID, "the address \"%.*s\" does not begin with https://",
                       RV_FMT(rv_utf8_cut(url, 200)));
    if (!is_absolute(url))
        url = rv_printf(s->cx, "%.*s%s%.*s", RV_FMT(s->base), url.p[0] == '/' ? "" : "/",
                        RV_FMT(url));
    *ret = url.p != NULL ? tidy(s->cx, url) : RV_NONE_STR;
    return ret->p != NULL ? RV_OK : RV_BUSY;
}

static rv_status is_same_origin(struct rv_cx *cx, rv_str address, rv_str origin, bool *ret)
{
    rv_str own;
    RV_TRY(rv_url_origin(cx, tidy(cx, address), &own));
    *ret = rv_str_eq(own, origin);
    return RV_OK;
}

/* Credentials go only to origins that the connection names (security.md 5.2). */
static rv_status check_origin(const struct rv_service *s, rv_str url)
{
    struct rv_cx *cx = s->cx;
    rv_str origin, list, word;
    size_t i, n = 0;
    json_t *host;
    bool same = false;
    if (s->k == NULL)
        return RV_OK;
    RV_TRY(rv_url_origin(cx, url, &origin));
    if (s->base.n > 0) {
        n++;
        RV_TRY(is_same_origin(cx, s->base, origin, &same));
    }
    list = rv_connection_field(s->k, "origins");
    while (!same && rv_word_next(&list, &word)) {
        n++;
        RV_TRY(is_same_origin(cx, word, origin, &same));
    }
    json_array_foreach(json_object_get(s->spec, "hosts"), i, host)
    {
        if (!same)
            RV_TRY(is_same_origin(cx, rv_json_str(host), origin, &same));
    }
    if (same || n == 0)
        return RV_OK;
    return rv_fail(
        cx, RV_REFUSED,
        "the connection \"%.*s\" calls no address at %.*s; add it to the connection's addresses",
        RV_FMT(s->k->name), RV_FMT(origin));
}

static void set_rules(struct rv_service *s)
{
    s->fetch.cx = s->cx;
    s->fetch.timeout_ms = s->timeout_ms;
    s->fetch.flags = says_yes(s->k, "plainHttp") ? RV_FETCH_PLAIN_HTTP : 0;
    s->fetch.allow = rv_config_text(s->cx->env, "client.allow");
}

/* ---- headers --------------------------------------------------------------------------------- */

struct headers {
    struct rv_header *list;
    size_t n, size;
};

static rv_status set_header(struct rv_cx *cx, struct headers *h, rv_str name, rv_str value)
{
    size_t i = 0;
    while (i < h->n && !rv_str_eq_nocase(h->list[i].name, name))
        i++;
    if (i == h->size)
        return rv_fail(cx, RV_LIMIT, "a call has more than %zu headers", h->size);
    h->list[i] = (struct rv_header){ name, value };
    h->n += i == h->n;
    return RV_OK;
}

static rv_status add_object(struct rv_service *s, struct headers *h, const json_t *object)
{
    const char *key;
    json_t *v;
    if (object != NULL && !json_is_object(object))
        return rv_fail(s->cx, RV_INVALID, "the headers of a call must be an object, not %s",
                       rv_value_type_name(object));
    json_object_foreach((json_t *)(uintptr_t)object, key, v)
    {
        rv_str text;
        if (json_is_null(v))
            continue;
        RV_TRY(rv_value_text(s->cx, v, &text));
        RV_TRY(
            set_header(s->cx, h, rv_dup(s->cx, rv_str_of(key)), rv_dup(s->cx, rv_str_trim(text))));
    }
    return RV_OK;
}

static rv_status basic(const struct rv_service *s, const json_t *pair, rv_str *ret)
{
    rv_str user, password;
    RV_TRY(fill(s, json_array_get(pair, 0), &user));
    RV_TRY(fill(s, json_array_get(pair, 1), &password));
    rv_str plain = rv_printf(s->cx, "%.*s:%.*s", RV_FMT(user), RV_FMT(password));
    rv_str code = plain.p != NULL ? rv_base64(s->cx, plain) : RV_NONE_STR;
    *ret = code.p != NULL ? rv_printf(s->cx, "Basic %.*s", RV_FMT(code)) : RV_NONE_STR;
    return ret->p != NULL ? RV_OK : RV_BUSY;
}

/* The kind's own headers; they win over what the card says. */
static rv_status add_credentials(struct rv_service *s, struct headers *h)
{
    const json_t *own = json_object_get(s->auth, "headers"),
                 *pair = json_object_get(s->auth, "basic");
    const char *key;
    json_t *template;
    rv_str value;
    json_object_foreach((json_t *)(uintptr_t)own, key, template)
    {
        struct rv_names n = names_of(s->k);
        rv_str name;
        RV_TRY(rv_template_text(s->cx, &n, rv_str_of(key), RV_ENC_NONE, &name));
        RV_TRY(fill(s, template, &value));
        if (name.n > 0 && value.n > 0)
            RV_TRY(set_header(s->cx, h, name, value));
    }
    if (pair != NULL) {
        RV_TRY(basic(s, pair, &value));
        RV_TRY(set_header(s->cx, h, RV_STR("Authorization"), value));
    }
    if (s->token.n > 0)
        RV_TRY(set_header(s->cx, h, RV_STR("Authorization"),
                          rv_printf(s->cx, "Bearer %.*s", RV_FMT(s->token))));
    return RV_OK;
}

/* ---- the token ------------------------------------------------------------------------------- */

/* {"token", "until", "refresh", "as": {person: {"token", "until"}}}: what was kept, or nothing. */
static json_t *kept(struct rv_service *s)
{
    json_t *j = NULL;
    if (s->k->token.p != NULL &&
        rv_json_parse(s->cx, s->k->token, &rv_json_limits_default, &j) != RV_OK)
        rv_error_clear(s->cx); /* nothing is kept */
    return j;
}

/* Only a signed statement names somebody; everything else acts as whoever gave the credentials. */
static bool names_subject(const struct rv_service *s)
{
    return s->as.n > 0 &&
           json_object_get(json_object_get(s->auth, "token"), "assertion") != NULL;
}

/* A token that was kept and is good for a while, with what renews it. */
static void read_kept(struct rv_service *s, rv_str *ret_refresh)
{
    const json_t *j = kept(s);
    rv_str refresh = rv_json_member_str(j, "refresh");
    *ret_refresh = refresh.n > 0 ? refresh : RV_NONE_STR;
    if (names_subject(s))
        j = json_object_getn(json_object_get(j, "as"), s->as.p, s->as.n);
    if (json_integer_value(json_object_get(j, "until")) > rv_now(s->cx->env) + TOKEN_MARGIN_MS)
        s->token = rv_json_member_str(j, "token");
}

/* Room for one more: who has not much left to use a token gives way. */
static rv_status drop_subject(json_t *people)
{
    const char *name, *first = NULL;
    json_int_t soonest = 0;
    json_t *one;
    if (json_object_size(people) < SUBJECTS_MAX)
        return RV_OK;
    json_object_foreach(people, name, one)
    {
        json_int_t until = json_integer_value(json_object_get(one, "until"));
        if (first == NULL || until < soonest) {
            first = name;
            soonest = until;
        }
    }
    return json_object_del(people, first) == 0 ? RV_OK : RV_BUSY;
}

/* What is to be kept now: the token of the person that the card names beside the others'. */
static rv_status keep(struct rv_service *s, rv_str token, rv_str refresh, int64_t until,
                      json_t **ret)
{
    struct rv_cx *cx = s->cx;
    json_t *all = kept(s), *people;
    all = all != NULL ? json_copy(all) : json_object();
    RV_TRY(rv_json_keep(cx, all));
    *ret = all;
    if (!names_subject(s)) {
        json_t *own = json_pack("{s:s%, s:I, s:s%}", "token", token.p, token.n, "until",
                                (json_int_t)until, "refresh", refresh.p != NULL ? refresh.p : "",
                                refresh.n);
        RV_TRY(rv_json_keep(cx, own));
        return json_object_update(all, own) == 0 ? RV_OK : RV_BUSY;
    }
    people = json_object_get(all, "as") != NULL ? json_copy(json_object_get(all, "as"))
                                                : json_object();
    RV_TRY(rv_json_keep(cx, people));
    (void)json_object_deln(people, s->as.p, s->as.n); /* nothing of this person is kept */
    RV_TRY(drop_subject(people));
    json_t *one =
        json_pack("{s:s%, s:I}", "token", token.p, token.n, "until", (json_int_t)until);
    return one != NULL && json_object_setn_new(people, s->as.p, s->as.n, one) == 0 &&
                   json_object_set(all, "as", people) == 0
               ? RV_OK
               : RV_BUSY;
}

static rv_status form(struct rv_cx *cx, rv_str *out, const char *key, rv_str value)
{
    if (value.n == 0)
        return RV_OK;
    rv_str code = rv_url_encoded(cx, value);
    *out = code.p != NULL ? rv_printf(cx, "%.*s%s%s=%.*s", RV_FMT(*out), out->n > 0 ? "&" : "", key,
                                      RV_FMT(code))
                          : RV_NONE_STR;
    return out->p != NULL ? RV_OK : RV_BUSY;
}

static rv_status add_assertion(struct rv_service *s, const json_t *of, rv_str *out)
{
    struct rv_assertion a = { 0 };
    rv_str text;
    RV_TRY(fill(s, json_object_get(of, "issuer"), &a.issuer));
    if (names_subject(s))
        a.subject = s->as;
    else
        RV_TRY(fill(s, json_object_get(of, "subject"), &a.subject));
    RV_TRY(fill(s, json_object_get(of, "audience"), &a.audience));
    RV_TRY(fill(s, json_object_get(of, "scope"), &a.scope));
    RV_TRY(fill(s, json_object_get(of, "key"), &a.key));
    RV_TRY(rv_assertion(s->cx, &a, &text));
    return form(s->cx, out, "assertion", text);
}

static rv_status token_form(struct rv_service *s, const json_t *token, bool in_body, rv_str *ret)
{
    struct rv_cx *cx = s->cx;
    rv_str grant = rv_json_member_str(token, "grant"), scope, id, secret, refresh, before;
    const char *key;
    json_t *extra;
    RV_TRY(fill(s, json_object_get(token, "scope"), &scope));
    RV_TRY(fill(s, json_object_get(token, "id"), &id));
    RV_TRY(fill(s, json_object_get(token, "secret"), &secret));
    RV_TRY(fill(s, json_object_get(token, "refresh"), &refresh));
    read_kept(s, &before);
    s->token = RV_NONE_STR;
    *ret = RV_STR("");
    RV_TRY(form(cx, ret, "grant_type", grant));
    RV_TRY(form(cx, ret, "scope", scope));
    if (rv_str_eq(grant, RV_STR("refresh_token")))
        RV_TRY(form(cx, ret, "refresh_token", before.n > 0 ? before : refresh));
    if (in_body) {
        RV_TRY(form(cx, ret, "client_id", id));
        RV_TRY(form(cx, ret, "client_secret", secret));
    }
    if (json_object_get(token, "assertion") != NULL)
        RV_TRY(add_assertion(s, json_object_get(token, "assertion"), ret));
    json_object_foreach(json_object_get(token, "extra"), key, extra)
    {
        rv_str value;
        RV_TRY(fill(s, extra, &value));
        RV_TRY(form(cx, ret, key, value));
    }
    return RV_OK;
}

static rv_status ask_for_token(struct rv_service *s)
{
    struct rv_cx *cx = s->cx;
    const json_t *token = json_object_get(s->auth, "token");
    struct rv_header *h = RV_NEW_N(cx, struct rv_header, 4);
    rv_str url, body, style, pair;
    if (h == NULL)
        return RV_BUSY;
    RV_TRY(fill(s, json_object_get(token, "url"), &url));
    RV_TRY(fill(s, json_object_get(token, "send"), &style));
    bool in_body = !rv_str_eq_nocase(style, RV_STR("header"));
    RV_TRY(token_form(s, token, in_body, &body));
    size_t n = 0;
    h[n++] =
        (struct rv_header){ RV_STR("Content-Type"), RV_STR("application/x-www-form-urlencoded") };
    h[n++] = (struct rv_header){ RV_STR("Accept"), RV_STR("application/json") };
    if (!in_body) {
        json_t *of =
            json_pack("[O, O]", json_object_get(token, "id"), json_object_get(token, "secret"));
        RV_TRY(rv_json_keep(cx, of));
        RV_TRY(basic(s, of, &pair));
        h[n++] = (struct rv_header){ RV_STR("Authorization"), pair };
    }
    s->fetch = (struct rv_fetch){ .method = RV_STR("POST"),
                                  .url = tidy(cx, url),
                                  .body = body,
                                  .headers = h,
                                  .headers_n = n,
                                  .max_bytes = TOKEN_MAX_BYTES };
    set_rules(s);
    s->phase = RV_SERVICE_TOKEN;
    return RV_OK;
}

/* Answers of token endpoints hold secrets: what is said about them is the error's name and nothing
 * else. */
static rv_status no_token(struct rv_service *s, const json_t *answer)
{
    rv_str error = rv_json_member_str(answer, "error");
    if (error.n == 0)
        return rv_fail(
            s->cx, RV_REFUSED,
            "the connection \"%.*s\" got no token: the token endpoint answered with status %d",
            RV_FMT(s->k->name), s->fetch.answer.status);
    return rv_fail(
        s->cx, RV_REFUSED,
        "the connection \"%.*s\" got no token: the token endpoint answered with status %d (%.*s)",
        RV_FMT(s->k->name), s->fetch.answer.status, RV_FMT(rv_utf8_cut(error, 80)));
}

static rv_status take_token(struct rv_service *s)
{
    struct rv_cx *cx = s->cx;
    json_t *j = NULL, *all;
    rv_str before, text;
    if (s->fetch.st != RV_OK) /* the call itself was not sent */
        return rv_wrap(cx,
                       s->fetch.st == RV_REFUSED || s->fetch.st == RV_INVALID ||
                               s->fetch.st == RV_LIMIT
                           ? RV_REFUSED
                           : RV_UNREACHABLE,
                       "the connection \"%.*s\" got no token", RV_FMT(s->k->name));
    if (rv_json_parse(cx, s->fetch.answer.body, &rv_json_limits_default, &j) != RV_OK)
        rv_error_clear(cx); /* no_token says it */
    rv_str token = rv_json_member_str(j, "access_token"),
           refresh = rv_json_member_str(j, "refresh_token");
    if (s->fetch.answer.status >= 400 || token.n == 0)
        return no_token(s, j);
    const json_t *in = json_object_get(j, "expires_in");
    double seconds = TOKEN_DEFAULT_S;
    if (in != NULL && (!rv_value_num(in, &seconds) || !(seconds >= 0 && seconds <= 86400.0 * 365)))
        seconds = TOKEN_DEFAULT_S;
    read_kept(s, &before);
    RV_TRY(keep(s, token, refresh.n > 0 ? refresh : before,
                rv_now(cx->env) + (int64_t)(seconds * 1000), &all));
    RV_TRY(rv_json_dump(cx, all, &text));
    if (s->k->id.p != NULL)
        rv_connection_keep_token(cx, s->k, text);
    s->kept = text;
    s->token = token;
    return RV_OK;
}

/* ---- the call -------------------------------------------------------------------------------- */

static bool may_happen_twice(rv_str method)
{
    return !rv_str_eq(method, RV_STR("POST")) && !rv_str_eq(method, RV_STR("PATCH"));
}

static rv_status add_query(struct rv_service *s, rv_str *url)
{
    struct rv_names n = names_of(s->k);
    json_t *query = NULL;
    rv_str text;
    if (json_object_get(s->auth, "query") == NULL)
        return RV_OK;
    RV_TRY(rv_template_json(s->cx, &n, json_object_get(s->auth, "query"), &query));
    rv_status st = rv_query_text(s->cx, query, &text);
    json_decref(query);
    RV_TRY(st);
    if (text.n > 0)
        *url = rv_printf(s->cx, "%.*s%c%.*s", RV_FMT(*url),
                         memchr(url->p, '?', url->n) != NULL ? '&' : '?', RV_FMT(text));
    return url->p != NULL ? RV_OK : RV_BUSY;
}

static rv_status prepare_call(struct rv_service *s)
{
    struct rv_cx *cx = s->cx;
    struct headers h = { .size = 64 };
    rv_str url;
    h.list = RV_NEW_N(cx, struct rv_header, h.size);
    if (h.list == NULL)
        return RV_BUSY;
    RV_TRY(whole_url(s, &url));
    RV_TRY(check_origin(s, url));
    RV_TRY(add_query(s, &url));
    if (s->body.p != NULL && s->type.p != NULL)
        RV_TRY(set_header(cx, &h, RV_STR("Content-Type"), s->type));
    if (s->effect_id.p != NULL && !may_happen_twice(s->method))
        RV_TRY(set_header(cx, &h, RV_STR("Idempotency-Key"), s->effect_id));
    RV_TRY(add_object(s, &h, json_object_get(s->spec, "headers")));
    RV_TRY(add_object(s, &h, s->headers));
    RV_TRY(add_credentials(s, &h));
    s->fetch = (struct rv_fetch){
        .method = s->method, .url = url, .body = s->body, .headers = h.list, .headers_n = h.n
    };
    s->fetch.max_redirects = s->redirects || says_yes(s->k, "redirects") ? 3 : 0;
    set_rules(s);
    s->phase = RV_SERVICE_CALL;
    return RV_OK;
}

static rv_status begin(struct rv_service *s)
{
    rv_str refresh;
    RV_TRY(rv_service_base(s->cx, s->k, s->spec, &s->base));
    if (s->k == NULL)
        return prepare_call(s);
    s->auth = json_object_getn(json_object_get(s->spec, "auths"), s->k->auth.p, s->k->auth.n);
    if (s->auth == NULL)
        return rv_fail(
            s->cx, RV_INVALID,
            "the connection \"%.*s\" is not one of this card's connector; choose another one",
            RV_FMT(s->k->name));
    if (json_object_get(s->auth, "token") == NULL)
        return prepare_call(s);
    RV_TRY(whole_url(s, &refresh)); /* no token is got for a call that is not made */
    RV_TRY(check_origin(s, refresh));
    read_kept(s, &refresh);
    return s->token.n > 0 ? prepare_call(s) : ask_for_token(s);
}

rv_status rv_service_next(struct rv_service *s, bool *ret_fetch)
{
    *ret_fetch = true;
    switch (s->phase) {
    case RV_SERVICE_NEW:
        return begin(s);
    case RV_SERVICE_TOKEN:
        RV_TRY(take_token(s));
        s->renewed = true;
        return prepare_call(s);
    case RV_SERVICE_CALL:
        if (s->fetch.st == RV_OK && s->fetch.answer.status == 401 && s->token.n > 0 && !s->renewed)
            return ask_for_token(s); /* it was refused before its time: once more with a fresh one */
        *ret_fetch = false;
        return RV_OK;
    }
    return RV_OK;
}

/* ---- making and testing a connection --------------------------------------------------------- */

static json_t *spec_of(struct rv_cx *cx, rv_str connector)
{
    const struct rv_connector *c = rv_connector_find(cx, connector);
    json_t *spec = NULL;
    if (c == NULL || rv_json_parse(cx, rv_str_of(c->spec), &rv_json_limits_default, &spec) != RV_OK)
        RV_BUG("the description of a connector cannot be read");
    return spec;
}

static rv_status check_address(struct rv_cx *cx, const char *key, rv_str address, bool plain)
{
    rv_str origin;
    bool http = address.n >= 7 && rv_str_eq_nocase(rv_str_sub(address, 0, 7), RV_STR("http://"));
    if (address.n == 0)
        return RV_OK;
    if (http && !plain)
        return rv_fail_field(
            cx, rv_z(cx, rv_printf(cx, "/fields/%s", key)), "ADDRESS",
            "an address begins with https://, or allow plain HTTP on this connection");
    if (rv_url_origin(cx, address, &origin) == RV_OK)
        return RV_OK;
    rv_str why = rv_dup(cx, rv_str_of(rv_error(cx)->message));
    rv_error_clear(cx);
    return rv_fail_field(cx, rv_z(cx, rv_printf(cx, "/fields/%s", key)), "ADDRESS", "%.*s",
                         RV_FMT(why));
}

rv_status rv_described_check(struct rv_cx *cx, const struct rv_card_connection *k)
{
    static const char *const addresses[] = { "base", "tokenUrl", "url", "login" };
    bool plain = says_yes(k, "plainHttp");
    rv_str list = rv_connection_field(k, "origins"), word;
    while (rv_word_next(&list, &word))
        RV_TRY(check_address(cx, "origins", word, plain));
    for (size_t i = 0; i < RV_LEN(addresses); i++)
        RV_TRY(check_address(cx, addresses[i], rv_connection_field(k, addresses[i]), plain));
    return RV_OK;
}

static rv_status judge(struct rv_service *s, const json_t *test, bool *ret_ok, rv_str *ret_sentence)
{
    struct rv_cx *cx = s->cx;
    int status = s->fetch.answer.status;
    const json_t *fail = json_object_get(s->spec, "fail");
    *ret_ok = status < 400 || (json_is_true(json_object_get(test, "lenient")) && status != 401 &&
                               status != 403 && status < 500);
    *ret_sentence = rv_printf(cx, "%s: the service answered with status %d (%s).",
                              *ret_ok ? "The connection works" : "The connection does not work",
                              status, status < 400 ? "success" : rv_http_reason(status));
    json_t *body = NULL;
    if (!*ret_ok || fail == NULL ||
        rv_json_parse(cx, s->fetch.answer.body, &rv_json_limits_default, &body) != RV_OK) {
        rv_error_clear(cx); /* the status says enough */
        return RV_OK;
    }
    if (json_is_false(json_object_get(body, json_string_value(json_object_get(fail, "member"))))) {
        *ret_ok = false;
        *ret_sentence =
            rv_printf(cx, "The connection does not work: the service says \"%.*s\".",
                      RV_FMT(rv_utf8_cut(rv_json_member_str(body,
                                                            json_string_value(
                                                                json_object_get(fail, "message"))),
                                         200)));
    }
    return RV_OK;
}

rv_status rv_described_test(struct rv_cx *cx, const struct rv_card_connection *k, bool *ret_ok,
                            rv_str *ret_sentence)
{
    json_t *spec = spec_of(cx, k->connector);
    const json_t *auth = json_object_getn(json_object_get(spec, "auths"), k->auth.p, k->auth.n);
    const json_t *test = json_object_get(auth, "test") != NULL ? json_object_get(auth, "test")
                                                               : json_object_get(spec, "test");
    struct rv_names n = names_of(k);
    struct rv_service s = { .cx = cx,
                            .k = k,
                            .spec = spec,
                            .method = rv_json_member_str(test, "method"),
                            .timeout_ms = 10000 };
    bool fetch;
    json_t *body = NULL;
    *ret_ok = true;
    if (test == NULL || json_is_null(test)) {
        *ret_sentence = RV_STR("Nothing can be called to test this connection; the first card that "
                               "uses it will show whether it works.");
        return RV_OK;
    }
    if (s.method.p == NULL)
        s.method = RV_STR("GET");
    RV_TRY(rv_template_text(cx, &n, rv_json_member_str(test, "path"), RV_ENC_NONE, &s.url));
    if (s.url.n == 0 && rv_json_member_str(spec, "base").p == NULL) {
        rv_str list = rv_connection_field(k, "origins");
        if (!rv_word_next(&list, &s.url)) {
            *ret_sentence =
                RV_STR("The connection names no address that could be called to test it.");
            return RV_OK;
        }
    }
    RV_TRY(rv_template_json(cx, &n, json_object_get(test, "json"), &body));
    if (body != NULL) {
        RV_TRY(rv_json_keep(cx, body));
        RV_TRY(rv_json_dump(cx, body, &s.body));
        s.type = RV_STR("application/json");
    }
    for (;;) {
        RV_TRY(rv_service_next(&s, &fetch));
        if (!fetch)
            break;
        s.fetch.st = rv_fetch_wait(cx->env->client, &s.fetch); /* judged by rv_service_next */
    }
    RV_TRY(s.fetch.st);
    return judge(&s, test, ret_ok, ret_sentence);
}
