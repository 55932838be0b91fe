/* api/admit.c: what a request must show before its handler sees it: credentials, that it was not
 * forged in a browser, a media type the route takes, and a body that is well-formed
 * (security.md 1.5, 3.3, 5.7). */
#include "api/api_int.h"

/* ---- credentials ----------------------------------------------------------------------------- */

bool rv_method_writes(rv_str method)
{
    return !rv_str_eq(method, RV_STR("GET"));
}

rv_str rv_cookie(const struct rv_exchange *x, const char *name)
{
    rv_str rest = rv_exchange_header(x, "cookie"), one, wanted = rv_str_of(name);
    while (rv_str_split(&rest, ';', &one)) {
        rv_str value = rv_str_trim(one), key;
        if (rv_str_split(&value, '=', &key) && value.p != NULL && rv_str_eq(key, wanted))
            return value;
    }
    return RV_NONE_STR;
}

const char *rv_cookie_name(const struct rv_exchange *x)
{
    return x->secure ? "__Host-reeve" : "reeve";
}

/* The name without the prefix counts on a plain loopback listener only. */
static rv_str session_cookie(const struct rv_exchange *x)
{
    return x->secure || x->loopback ? rv_cookie(x, rv_cookie_name(x)) : RV_NONE_STR;
}

static rv_status authenticate(struct rv_hit *h)
{
    struct rv_exchange *x = h->rq.x;
    struct rv_cx *cx = &x->cx;
    if (x->local)
        return cx->principal != NULL ? RV_OK : rv_fail(cx, RV_NO_SESSION, "Invalid session");
    rv_str header = rv_exchange_header(x, "authorization"), cookie = session_cookie(x);
    bool open = h->rq.route->action == RV_A_PUBLIC;
    rv_status st = RV_NO_SESSION;
    if ((h->rq.route->flags & RV_ROUTE_ENDPOINT) != 0)
        return RV_OK; /* the flow's address says what a caller must show */
    if (header.p != NULL && !open)
        return rv_auth_header(cx, header, x->peer);
    if (cookie.n > 0)
        st = rv_auth_cookie(cx, cookie, x->peer);
    if (st != RV_OK && open) { /* whoever it is may come in */
        cx->principal = NULL;
        rv_error_clear(cx);
        return RV_OK;
    }
    if (st != RV_OK && rv_error(cx)->status == RV_OK)
        return rv_fail(cx, st, "Invalid session");
    return st;
}

/* ---- scopes ---------------------------------------------------------------------------------- */

void rv_say_scope(struct rv_exchange *x, rv_str wanted)
{
    rv_str base = rv_base_url(&x->cx);
    rv_str value = rv_printf(&x->cx,
                             "Bearer authorization_uri=\"%.*s/oauth2/v1/authorize\", "
                             "realm=\"%.*s\", scope=\"%.*s\", error=\"insufficient_scope\", "
                             "error_description=\"The access token provided does not contain the "
                             "required scopes.\", resource=\"%.*s\"",
                             RV_FMT(base), RV_FMT(base), RV_FMT(wanted), RV_FMT(x->path));
    if (value.p == NULL || rv_exchange_set_header(x, "WWW-Authenticate", value) != RV_OK)
        rv_error_clear(&x->cx); /* the status says it */
}

/* A token of an application opens what its scopes name; the judge then asks for its roles
 * (security.md 2.3). */
static rv_status check_scope(struct rv_hit *h)
{
    struct rv_exchange *x = h->rq.x;
    struct rv_cx *cx = &x->cx;
    const struct rv_route *r = h->rq.route;
    if (cx->principal == NULL || cx->principal->method != RV_AUTH_OAUTH || r->action == RV_A_PUBLIC)
        return RV_OK;
    rv_str wanted = rv_str_of(r->scope != NULL              ? r->scope
                              : rv_method_writes(x->method) ? "reeve.manage"
                                                            : "reeve.read");
    if (rv_scope_allows(cx->principal->scopes, wanted))
        return RV_OK;
    rv_say_scope(x, wanted);
    return rv_fail(cx, RV_FORBIDDEN,
                   "The access token provided does not contain the required scope %.*s.",
                   RV_FMT(wanted));
}

/* ---- forgery --------------------------------------------------------------------------------- */

/* "http://127.0.0.1:8480" of a plain listener on loopback, whichever of its names the browser used.
 */
static bool own_loopback(const struct rv_exchange *x, rv_str origin)
{
    rv_str host = rv_exchange_header(x, "host"), rest = host, name;
    if (!x->loopback || x->secure || host.p == NULL || !rv_str_starts(origin, RV_STR("http://")))
        return false;
    if (!rv_str_eq(rv_str_sub(origin, 7, origin.n), host))
        return false;
    if (rv_str_starts(host, RV_STR("[::1]")))
        return true;
    return rv_str_split(&rest, ':', &name) &&
           (rv_str_eq(name, RV_STR("127.0.0.1")) || rv_str_eq_nocase(name, RV_STR("localhost")));
}

static bool same_origin(struct rv_exchange *x)
{
    rv_str origin = rv_exchange_header(x, "origin");
    if (rv_str_eq(rv_exchange_header(x, "sec-fetch-site"), RV_STR("same-origin")))
        return true;
    return origin.p != NULL && (rv_str_eq(origin, rv_base_url(&x->cx)) || own_loopback(x, origin));
}

/* The token of plain forms for those who are not signed in: it belongs to a cookie of its own. */
static rv_str token_of_cookie(struct rv_cx *cx, rv_str cookie)
{
    uint8_t mac[32];
    rv_hmac(cx->env->keys, RV_KEY_CURSOR, rv_printf(cx, "form|%.*s", RV_FMT(cookie)), mac);
    return rv_base64url(cx, (rv_str){ (const char *)mac, sizeof mac });
}

static const char form_cookie[] = "reeve-form";

rv_status rv_form_token(struct rv_req *rq, rv_str *ret)
{
    struct rv_cx *cx = rv_req_cx(rq);
    if (cx->principal != NULL && cx->principal->method == RV_AUTH_SESSION) {
        *ret = rv_session_csrf(cx);
        return RV_OK;
    }
    rv_str cookie = rv_cookie(rq->x, form_cookie);
    if (cookie.n != 24) {
        uint8_t bytes[12];
        rv_random(bytes, sizeof bytes);
        cookie = rv_hex(cx, bytes, sizeof bytes);
        RV_TRY(rv_exchange_set_header(
            rq->x, "Set-Cookie",
            rv_printf(cx, "%s=%.*s; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600%s", form_cookie,
                      RV_FMT(cookie), rq->x->secure ? "; Secure" : "")));
    }
    *ret = token_of_cookie(cx, cookie);
    return RV_OK;
}

rv_str rv_form(struct rv_req *rq, const char *name)
{
    return rv_pairs_get(&rv_hit_of(rq)->form, name);
}

static rv_status check_forgery(struct rv_hit *h)
{
    struct rv_exchange *x = h->rq.x;
    struct rv_cx *cx = &x->cx;
    bool form = (h->rq.route->flags & RV_ROUTE_FORM) != 0;
    bool session = cx->principal != NULL && cx->principal->method == RV_AUTH_SESSION;
    if (x->local || !rv_method_writes(x->method) || (!session && !form))
        return RV_OK;
    if (!same_origin(x))
        return rv_fail(cx, RV_FORBIDDEN,
                       "This call did not come from a page of this server: its Origin is another.");
    rv_str token = form ? rv_form(&h->rq, "csrf") : rv_exchange_header(x, "x-reeve-csrf");
    rv_str wanted = session ? rv_session_csrf(cx) : token_of_cookie(cx, rv_cookie(x, form_cookie));
    if (token.p == NULL || wanted.p == NULL || !rv_same_secret(token, wanted))
        return rv_fail(
            cx, RV_FORBIDDEN,
            form ? "This form is too old; go back, load the page again and send it once more."
                 : "The header X-Reeve-CSRF is missing or not the one of this session.");
    return RV_OK;
}

/* ---- answer ---------------------------------------------------------------------------------- */

/* api.md 1: a caller of the compatible roots who takes no JSON gets no answer that he could read.
 */
static rv_status check_accept(struct rv_hit *h)
{
    struct rv_exchange *x = h->rq.x;
    enum rv_envelope e = h->rq.route->envelope;
    rv_str rest = rv_exchange_header(x, "accept"), one;
    if ((e != RV_ENV_MANAGEMENT && e != RV_ENV_GOVERNANCE) || rest.n == 0)
        return RV_OK;
    while (rv_str_split(&rest, ',', &one)) {
        rv_str type;
        if (!rv_str_split(&one, ';', &type))
            continue;
        type = rv_str_trim(type);
        if (rv_str_eq(type, RV_STR("*/*")) || rv_str_eq_nocase(type, RV_STR("application/*")) ||
            rv_str_eq_nocase(type, RV_STR("application/json")) ||
            rv_str_ends(type, RV_STR("+json")))
            return RV_OK;
    }
    (void)rv_fail(&x->cx, RV_INVALID, "Accept: this path answers application/json.");
    rv_fail_code(&x->cx, "E0000122");
    x->cx.err.http = 406;
    return RV_INVALID;
}

/* ---- body ------------------------------------------------------------------------------------ */

static bool media_type_is(const struct rv_exchange *x, const char *wanted)
{
    rv_str rest = rv_exchange_header(x, "content-type"), type;
    return rest.p != NULL && rv_str_split(&rest, ';', &type) &&
           rv_str_eq_nocase(rv_str_trim(type), rv_str_of(wanted));
}

static rv_status read_form(struct rv_hit *h)
{
    struct rv_exchange *x = h->rq.x;
    if (!media_type_is(x, "application/x-www-form-urlencoded"))
        return rv_fail(&x->cx, RV_MEDIA_TYPE,
                       "Content-Type must be application/x-www-form-urlencoded.");
    return x->body.p != NULL ? rv_pairs_parse(&x->cx, x->body, &h->form) : RV_OK;
}

/* A route without a body of its own takes none, or an empty object. */
static rv_status refuse_members(struct rv_hit *h)
{
    struct rv_cx *cx = rv_req_cx(&h->rq);
    const struct rv_route *r = h->rq.route;
    if (r->envelope != RV_ENV_NATIVE || h->rq.body == NULL)
        return RV_OK;
    if (!json_is_object(h->rq.body))
        return rv_fail_field(cx, "", "INVALID_TYPE", "the body must be an object");
    const char *key = json_object_iter_key(json_object_iter(h->rq.body));
    if (key == NULL)
        return RV_OK;
    return rv_fail_field(cx, rv_printf(cx, "/%.100s", key).p, "UNKNOWN_PROPERTY",
                         "there is no member %.100s here", key);
}

static rv_status read_body(struct rv_hit *h)
{
    struct rv_exchange *x = h->rq.x;
    const struct rv_route *r = h->rq.route;
    bool import = (r->flags & RV_ROUTE_IMPORT) != 0,
         own = r->shape != NULL || (r->flags & RV_ROUTE_JSON) != 0;
    if ((r->flags & RV_ROUTE_TEXT_BODY) != 0 || !rv_method_writes(x->method) || x->body.p == NULL)
        return RV_OK;
    if (!media_type_is(x, "application/json"))
        return rv_fail(&x->cx, RV_MEDIA_TYPE, "Content-Type must be application/json.");
    RV_TRY(rv_json_parse(&x->cx, x->body, import ? &rv_json_limits_import : &rv_json_limits_default,
                         &h->rq.body));
    return own ? RV_OK : refuse_members(h);
}

rv_status rv_admit(struct rv_hit *h)
{
    struct rv_exchange *x = h->rq.x;
    bool form = (h->rq.route->flags & RV_ROUTE_FORM) != 0 && rv_method_writes(x->method);
    if (x->query.p != NULL)
        RV_TRY(rv_pairs_parse(&x->cx, x->query, &h->query));
    RV_TRY(authenticate(h));
    RV_TRY(check_scope(h));
    if (form)
        RV_TRY(read_form(h));
    RV_TRY(check_forgery(h));
    RV_TRY(check_accept(h));
    return form ? RV_OK : read_body(h);
}
