/* connectors/okta_call.c: one call of the identity API and its answer.
 *
 * The local transport calls the route table in the same process, as the connection's person and through the same permission
 * check as everybody else (architecture.md 6). A call that writes may wait for the disk, so it runs on the server's worker
 * pool and the card waits for it; only short reads are made on the executor's own thread. A POST carries the id of the card's
 * effect as its Idempotency-Key: after a crash the same call gives the answer it gave before (security.md 9.3). */
#include "connectors/okta_int.h"
#include <string.h>

enum { ATTEMPTS_BUSY = 60, BUSY_MS = 1000 };

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = { { 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" }, { 405, "Method Not Allowed" },
                    { 406, "Not Acceptable" }, { 409, "Conflict" }, { 412, "Precondition Failed" }, { 413, "Content Too Large" }, { 414, "URI Too Long" },
                    { 415, "Unsupported Media Type" }, { 422, "Unprocessable Content" }, { 429, "Too Many Requests" }, { 500, "Internal Server Error" },
                    { 501, "Not Implemented" }, { 502, "Bad Gateway" }, { 503, "Service Unavailable" }, { 504, "Gateway Timeout" } };
    for (size_t i = 0; i < RV_LEN(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Error";
}

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

rv_status rv_okta_send(struct rv_call *c, struct rv_okta_call *k, bool direct, rv_status (*then)(struct rv_call *c))
{
    struct rv_card_connection connection;
    RV_TRY(rv_call_connection(c, &connection));
    if (!connection.local)
        return rv_fail(rv_call_cx(c), RV_INVALID, "the connection \"%.*s\" has no transport this card can use", RV_FMT(connection.name));
    k->c = c;
    RV_TRY(add_key(k));
    struct rv_local_call call = { .as = connection.as, .method = k->method, .target = k->target, .body = k->body, .headers = k->headers, .headers_n = k->headers_n };
    if (direct) {
        k->st = rv_local_call(k->cx, &call, &k->answer);
        return then(c);
    }
    k->local = (struct rv_local_send){ .cx = k->cx, .call = call, .done = local_done, .arg = k };
    rv_local_post(&k->local);
    return rv_wait(c, then);
}

rv_status rv_okta_answer(struct rv_call *c, struct rv_okta_call *k, bool *ret_later)
{
    struct rv_cx *cx = rv_call_cx(c);
    const struct rv_answer *a = &k->answer;
    *ret_later = false;
    if ((k->st == RV_BUSY || k->st == RV_STOPPED) && rv_call_attempt(c) < ATTEMPTS_BUSY) {
        rv_error_clear(cx);
        *ret_later = true;
        return rv_retry_later(c, BUSY_MS, "The server had no room for this call; it is made again");
    }
    if (k->st != RV_OK)
        return k->cx == cx ? k->st : rv_fail(cx, k->st, "%s", rv_error(k->cx)->message != NULL ? rv_error(k->cx)->message : "The call failed.");
    if (a->status >= 400)
        return rv_card_error(c, a->status, rv_dup(cx, a->body), "%s", reason_of(a->status));
    return RV_OK;
}

/* The target of <url>; rel="next", if it belongs to this server. */
static rv_str next_in(struct rv_cx *cx, rv_str link)
{
    rv_str part, base = rv_base_url(cx);
    while (rv_str_split(&link, ',', &part)) {
        const char *from = memchr(part.p, '<', part.n), *to = memchr(part.p, '>', part.n);
        if (from == NULL || to == NULL || to < from || !rv_str_contains(rv_str_sub(part, (size_t)(to - part.p), part.n), RV_STR("rel=\"next\"")))
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
        rv_str next = rv_str_eq(h->name, RV_STR("link")) ? next_in(rv_call_cx(c), h->value) : RV_NONE_STR;
        if (next.p != NULL)
            return rv_dup(rv_call_cx(c), next);
    }
    return RV_NONE_STR;
}

rv_status rv_okta_json(struct rv_cx *cx, const struct rv_okta_call *k, json_t **ret)
{
    *ret = NULL;
    return rv_str_trim(k->answer.body).n > 0 ? rv_json_parse(cx, k->answer.body, &rv_json_limits_import, ret) : RV_OK;
}
