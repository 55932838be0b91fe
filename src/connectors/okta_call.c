/* connectors/okta_call.c: one call of the identity API and its answer.
 *
 * The local transport calls the route table in the same process, as the connection's person and
 * through the same permission check as everybody else (architecture.md 6). A call that writes may
 * wait for the disk, so it runs on the server's worker pool and the card waits for it; only short
 * reads are made on the executor's own thread. A POST carries the id of the card's effect as its
 * Idempotency-Key: after a crash the same call gives the answer it gave before (security.md 9.3).
 * The other transport calls another server of the same API with the connection's credentials
 * (service.c); when that says that too many calls came, the card waits until the time it names. */
#include "connectors/okta_int.h"
#include <string.h>

enum { ATTEMPTS_BUSY = 60, BUSY_MS = 1000, ATTEMPTS_LIMITED = 5, LIMITED_MS = 60000, LIMITED_MAX_MS = 3600000 };

static void local_done(struct rv_local_send *s)
{
    struct rv_okta_call *k = s->arg;
    k->st = s->st;
    k->answer = s->answer;
    rv_resume(k->c);
}

/* The caller's headers, and the key under which a POST is carried out once. */
static rv_status add_key(struct rv_okta_call *k)
{
    if (!rv_str_eq(k->method, RV_STR("POST")))
        return RV_OK;
    struct rv_header *h = RV_NEW_N(k->cx, struct rv_header, k->headers_n + 1);
    rv_str key = rv_call_effect_id(k->c);
    if (h == NULL || key.p == NULL)
        return RV_BUSY;
    if (k->headers_n > 0)
        memcpy(h, k->headers, k->headers_n * sizeof *h);
    h[k->headers_n++] = (struct rv_header){ RV_STR("Idempotency-Key"), key };
    k->headers = h;
    return RV_OK;
}

/* ---- another server -------------------------------------------------------------------------- */

static rv_status read_spec(struct rv_cx *cx, json_t **ret)
{
    return rv_json_parse(cx, rv_str_of(rv_okta_spec), &rv_json_limits_default, ret);
}

static rv_status base_of(struct rv_cx *cx, const struct rv_card_connection *connection, rv_str *ret)
{
    json_t *spec;
    *ret = rv_base_url(cx);
    if (connection->local)
        return RV_OK;
    RV_TRY(read_spec(cx, &spec));
    return rv_service_base(cx, connection, spec, ret);
}

rv_status rv_okta_base(struct rv_call *c, rv_str *ret)
{
    struct rv_card_connection connection;
    RV_TRY(rv_call_connection(c, &connection));
    return base_of(rv_call_cx(c), &connection, ret);
}

static void fetched(struct rv_fetch *f)
{
    rv_resume(f->arg);
}

static rv_status go_on(struct rv_call *c)
{
    struct rv_okta_call *k = rv_call_get(c);
    bool fetch;
    k->st = rv_service_next(&k->service, &fetch);
    if (k->st == RV_OK && fetch) {
        k->service.fetch.done = fetched;
        k->service.fetch.arg = c;
        rv_fetch_start(k->cx->env->client, &k->service.fetch);
        return rv_wait(c, go_on);
    }
    if (k->st == RV_OK) {
        k->st = k->service.fetch.st;
        k->answer = k->service.fetch.answer;
    }
    return k->then(c);
}

static rv_status send_away(struct rv_call *c, struct rv_okta_call *k,
                           rv_status (*then)(struct rv_call *c))
{
    json_t *headers = json_object(), *spec;
    RV_TRY(rv_json_keep(k->cx, headers));
    for (size_t i = 0; i < k->headers_n; i++)
        if (json_object_setn_new(headers, k->headers[i].name.p, k->headers[i].name.n,
                                 rv_value_of_text(k->headers[i].value)) != 0)
            return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory while a call is prepared");
    RV_TRY(read_spec(k->cx, &spec));
    k->then = then;
    k->service =
        (struct rv_service){ .cx = k->cx,
                             .k = &k->connection,
                             .spec = spec,
                             .method = k->method,
                             .url = k->target,
                             .body = k->body,
                             .type = k->body.p != NULL ? RV_STR("application/json") : RV_NONE_STR,
                             .headers = headers,
                             .timeout_ms = rv_call_card(c)->timeout_ms };
    return go_on(c);
}

rv_status rv_okta_send(struct rv_call *c, struct rv_okta_call *k, bool direct,
                       rv_status (*then)(struct rv_call *c))
{
    k->c = c;
    RV_TRY(rv_call_connection(c, &k->connection));
    RV_TRY(base_of(rv_call_cx(c), &k->connection, &k->base));
    RV_TRY(add_key(k));
    if (!k->connection.local)
        return send_away(c, k, then);
    struct rv_local_call call = { .as = k->connection.as,
                                  .method = k->method,
                                  .target = k->target,
                                  .body = k->body,
                                  .headers = k->headers,
                                  .headers_n = k->headers_n };
    if (direct) {
        k->st = rv_local_call(k->cx, &call, &k->answer);
        return then(c);
    }
    k->local = (struct rv_local_send){ .cx = k->cx, .call = call, .done = local_done, .arg = k };
    rv_local_post(&k->local);
    return rv_wait(c, then);
}

/* ---- answers --------------------------------------------------------------------------------- */

static rv_str header_of(const struct rv_answer *a, const char *name)
{
    for (size_t i = 0; i < a->headers_n; i++)
        if (rv_str_eq(a->headers[i].name, rv_str_of(name)))
            return a->headers[i].value;
    return RV_NONE_STR;
}

/* Until the server takes calls again: it names a second of the clock, or a number of seconds. */
static int64_t pause_of(const struct rv_okta_call *k)
{
    int64_t at, seconds, ms = LIMITED_MS;
    if (rv_str_to_int(header_of(&k->answer, "x-rate-limit-reset"), &at) && at > 0 &&
        at < INT64_MAX / 2000)
        ms = at * 1000 - rv_now(k->cx->env) + 1000;
    else if (rv_str_to_int(header_of(&k->answer, "retry-after"), &seconds) && seconds >= 0 &&
             seconds < LIMITED_MAX_MS)
        ms = seconds * 1000;
    return ms < BUSY_MS ? BUSY_MS : ms > LIMITED_MAX_MS ? LIMITED_MAX_MS : ms;
}

rv_status rv_okta_answer(struct rv_call *c, struct rv_okta_call *k, bool *ret_later)
{
    struct rv_cx *cx = rv_call_cx(c);
    const struct rv_answer *a = &k->answer;
    *ret_later = false;
    if ((k->st == RV_BUSY || k->st == RV_STOPPED) && rv_call_attempt(c) < ATTEMPTS_BUSY) {
        rv_error_clear(cx);
        *ret_later = true;
        rv_call_stalled(c, k->st == RV_BUSY ? RV_STALL_NO_ROOM : RV_STALL_NONE);
        return rv_retry_later(c, BUSY_MS, "The server had no room for this call; it is made again");
    }
    if (k->st == RV_OK && a->status == 429 && !k->connection.local &&
        rv_call_attempt(c) < ATTEMPTS_LIMITED) {
        *ret_later = true;
        rv_call_stalled(c, RV_STALL_LIMITED);
        return rv_retry_later(
            c, pause_of(k),
            "The other server limits calls; the card goes on when it takes them again");
    }
    if (k->st != RV_OK)
        return k->cx == cx ? k->st
                           : rv_fail(cx, k->st, "%s",
                                     rv_error(k->cx)->message != NULL ? rv_error(k->cx)->message
                                                                      : "The call failed.");
    if (a->status >= 400)
        return rv_card_error(c, a->status, rv_dup(cx, a->body), "%s", rv_http_reason(a->status));
    return RV_OK;
}

/* The target of <url>; rel="next", if it belongs to this server. */
static rv_str next_in(rv_str link, rv_str base)
{
    rv_str part;
    while (rv_str_split(&link, ',', &part)) {
        const char *from = memchr(part.p, '<', part.n), *to = memchr(part.p, '>', part.n);
        if (from == NULL || to == NULL || to < from ||
            !rv_str_contains(rv_str_sub(part, (size_t)(to - part.p), part.n),
                             RV_STR("rel=\"next\"")))
            continue;
        rv_str url = { from + 1, (size_t)(to - from) - 1 };
        if (rv_str_starts(url, base) && url.n > base.n && url.p[base.n] == '/')
            return rv_str_sub(url, base.n, url.n);
    }
    return RV_NONE_STR;
}

rv_str rv_okta_next(struct rv_call *c, const struct rv_okta_call *k)
{
    for (size_t i = 0; i < k->answer.headers_n; i++) {
        const struct rv_header *h = &k->answer.headers[i];
        rv_str next = rv_str_eq(h->name, RV_STR("link")) ? next_in(h->value, k->base) : RV_NONE_STR;
        if (next.p != NULL)
            return rv_dup(rv_call_cx(c), next);
    }
    return RV_NONE_STR;
}

rv_status rv_okta_json(struct rv_cx *cx, const struct rv_okta_call *k, json_t **ret)
{
    *ret = NULL;
    return rv_str_trim(k->answer.body).n > 0
               ? rv_json_parse(cx, k->answer.body, &rv_json_limits_import, ret)
               : RV_OK;
}
