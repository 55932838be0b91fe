/* api/errors.c: refusals in the envelope that the caller's API speaks (api.md 3, security.md 4).
 *
 * The cx's error has status, sentence and causes; the envelope decides how they are written. Every
 * failure gets a random id that stands in the answer and in the log. Nothing about the inside of
 * the server leaves: of a defect only the id. */
#include "api/api_int.h"

/* Codes whose summary is fixed on the compatible roots (error-codes.tsv). */
static const struct {
    const char *code, *summary;
} fixed[] = {
    { "E0000003", "The request body was not well-formed." },
    { "E0000005", "Invalid session" },
    { "E0000006", "You do not have permission to perform the requested action" },
    { "E0000008", "The requested path was not found" },
    { "E0000009", "Internal Server Error" },
    { "E0000011", "Invalid token provided" },
    { "E0000021", "Bad request.  Accept and/or Content-Type headers likely do not match supported values." },
    { "E0000022", "The endpoint does not support the provided HTTP method" },
    { "E0000029", "Invalid paging request." },
    { "E0000122", "Accept Header did not contain supported media type 'application/json'" },
    { "E0000047", "API call exceeded rate limit due to too many requests." },
};

struct refusal {
    enum rv_envelope envelope;
    int status;
    const char *code;
    rv_str summary, id;
    const struct rv_cause *causes;
};

enum rv_envelope rv_envelope_of_path(rv_str path)
{
    static const struct {
        const char *prefix;
        enum rv_envelope envelope;
    } roots[] = {
        { "/reeve/", RV_ENV_NATIVE }, { "/governance/", RV_ENV_GOVERNANCE }, { "/api/", RV_ENV_MANAGEMENT },
        { "/oauth2/", RV_ENV_MANAGEMENT }, { "/scim/", RV_ENV_MANAGEMENT }, { "/.well-known/", RV_ENV_MANAGEMENT },
    };
    for (size_t i = 0; i < RV_LEN(roots); i++) {
        if (rv_str_starts(path, rv_str_of(roots[i].prefix)))
            return roots[i].envelope;
    }
    return RV_ENV_PAGE;
}

static rv_str error_id(struct rv_cx *cx, enum rv_envelope e)
{
    uint8_t raw[17];
    rv_random(raw, sizeof raw);
    if (e == RV_ENV_GOVERNANCE)
        return rv_hex(cx, raw, 16);
    return rv_printf(cx, "oae%.22s",
                     rv_z(cx, rv_base64url(cx, (rv_str){ (const char *)raw, sizeof raw })));
}

static rv_str summary_of(struct rv_cx *cx, enum rv_envelope e, const char *code,
                         const struct rv_error *err)
{
    bool compatible = e == RV_ENV_MANAGEMENT || e == RV_ENV_GOVERNANCE;
    bool inside = strcmp(code, "E0000009") == 0;
    for (size_t i = 0; i < RV_LEN(fixed) && (compatible || inside); i++) {
        if (strcmp(fixed[i].code, code) == 0)
            return rv_str_of(fixed[i].summary);
    }
    const struct rv_cause *c = err->causes;
    if (e == RV_ENV_GOVERNANCE && c != NULL && c->pointer != NULL)
        return rv_printf(cx, "Api validation failed: %s %s",
                         c->pointer[0] == '/' ? c->pointer + 1 : c->pointer,
                         c->reason[0] != '\0' ? c->reason : c->summary);
    return rv_str_of(err->message != NULL ? err->message : rv_status_info(err->status)->help);
}

static void write_cause(struct rv_jw *w, const struct refusal *r, const struct rv_cause *c)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "errorSummary", rv_str_of(c->summary));
    if (r->envelope == RV_ENV_NATIVE || r->envelope == RV_ENV_GOVERNANCE) {
        rv_jw_kstr(w, "location", rv_str_of(c->pointer));
        rv_jw_kstr(w, "locationType", rv_str_of(c->in));
        rv_jw_kstr(w, "reason", rv_str_of(c->reason));
        rv_jw_kstr(w, "domain", rv_str_of(r->envelope == RV_ENV_NATIVE ? "reeve" : "governance"));
    }
    rv_jw_obj_end(w);
}

static void write_five_keys(struct rv_jw *w, const struct refusal *r)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "errorCode", rv_str_of(r->code));
    rv_jw_kstr(w, "errorSummary", r->summary);
    rv_jw_kstr(w, "errorLink", rv_str_of(r->code));
    rv_jw_kstr(w, "errorId", r->id);
    rv_jw_key(w, "errorCauses");
    rv_jw_arr(w);
    for (const struct rv_cause *c = r->causes; c != NULL; c = c->next)
        write_cause(w, r, c);
    rv_jw_arr_end(w);
    rv_jw_obj_end(w);
}

static void write_oauth(struct rv_jw *w, const struct refusal *r)
{
    const char *error = r->status == 401   ? "invalid_client"
                        : r->status == 403 ? "access_denied"
                        : r->status == 429 ? "slow_down"
                                           : "invalid_request";
    if (r->code[0] >= 'a') /* a word of RFC 6749, from who refused */
        error = r->code;
    rv_jw_obj(w);
    rv_jw_kstr(w, "error", rv_str_of(r->status >= 500 ? "server_error" : error));
    rv_jw_kstr(w, "error_description", r->summary);
    rv_jw_obj_end(w);
}

static rv_status extra_headers(struct rv_exchange *x, enum rv_envelope e, int status)
{
    struct rv_cx *cx = &x->cx;
    if (status == 503 && rv_exchange_header(x, "retry-after").p == NULL)
        RV_TRY(rv_exchange_set_header(x, "Retry-After", RV_STR("1")));
    if (status != 401)
        return RV_OK;
    bool bearer = rv_str_starts(rv_exchange_header(x, "authorization"), RV_STR("Bearer "));
    rv_str base = cx->env->org != NULL ? rv_base_url(cx) : RV_STR("");
    if (e == RV_ENV_OAUTH)
        return rv_exchange_set_header(x, "WWW-Authenticate",
                                      rv_printf(cx, "Basic realm=\"%.*s\"", RV_FMT(base)));
    rv_str value =
        bearer ? rv_printf(cx,
                           "Bearer authorization_uri=\"%.*s/oauth2/v1/authorize\", realm=\"%.*s\", "
                           "scope=\"\", error=\"invalid_token\", "
                           "error_description=\"The access token is invalid.\", resource=\"%.*s\"",
                           RV_FMT(base), RV_FMT(base), RV_FMT(base))
               : rv_printf(cx, "SSWS realm=\"%.*s\"", RV_FMT(base));
    return rv_exchange_set_header(x, "WWW-Authenticate", value);
}

static void fill(struct rv_exchange *x, const struct refusal *r)
{
    struct rv_jw w;
    rv_buf_clear(&x->buf);
    x->status = r->status;
    bool page = r->envelope == RV_ENV_PAGE && rv_page_error(x, r->status, r->summary, r->id);
    if (!page) {
        rv_buf_clear(&x->buf);
        rv_jw_init(&w, &x->buf);
        if (r->envelope == RV_ENV_OAUTH)
            write_oauth(&w, r);
        else
            write_five_keys(&w, r);
    }
    /* Without memory for it the status alone has to do. */
    struct rv_cx *cx = &x->cx;
    x->out = RV_NONE_STR;
    if (rv_buf_str(cx, &x->buf, &x->out) != RV_OK || rv_common_headers(x, r->envelope) != RV_OK ||
        extra_headers(x, r->envelope, r->status) != RV_OK ||
        (!page && rv_exchange_set_header(x, "Content-Type", RV_STR("application/json")) != RV_OK))
        rv_log_error(cx, RV_LOG_WARN, "http.answer");
}

static void say(struct rv_exchange *x, const struct rv_route *route, const struct refusal *r)
{
    struct rv_cx *cx = &x->cx;
    enum rv_level level = r->status >= 500 && r->status != 503 ? RV_LOG_ERROR : RV_LOG_INFO;
    rv_log_write(cx, level, "http.refused", "%d %s errorId=%.*s %.*s %s", r->status, r->code,
                 RV_FMT(r->id), RV_FMT(x->method), route != NULL ? route->op : "-");
    if (cx->err.status != RV_OK)
        rv_log_error(cx, level, "http.reason");
}

void rv_answer_error(struct rv_exchange *x, const struct rv_route *route, enum rv_envelope e,
                     rv_status st)
{
    struct rv_cx *cx = &x->cx;
    if (cx->err.status == RV_OK)
        (void)rv_fail(cx, st, "%s", rv_status_info(st)->help);
    const struct rv_error *err = rv_error(cx);
    const struct rv_status_info *info = rv_status_info(st);
    struct refusal r = { .envelope = e,
                         .status = err->http != 0 ? err->http : info->http,
                         .code = err->code != NULL ? err->code : info->code,
                         .id = error_id(cx, e),
                         .causes = err->causes };
    if (r.code[0] == '\0')
        r.code = "E0000009";
    r.summary = summary_of(cx, e, r.code, err);
    /* The summary of a compatible refusal is fixed: why this one was refused stands as its cause.
     */
    struct rv_cause why = { .pointer = "", .in = "", .reason = "", .summary = err->message };
    bool fixed_text = err->message == NULL || rv_str_eq(r.summary, rv_str_of(err->message)) ||
                      strcmp(err->message, info->help) == 0;
    if (e == RV_ENV_MANAGEMENT && st == RV_FORBIDDEN && r.causes == NULL && !fixed_text)
        r.causes = &why;
    say(x, route, &r);
    fill(x, &r);
}

void rv_answer_refusal(struct rv_exchange *x, enum rv_envelope e, int status, const char *code,
                       const char *sentence)
{
    struct refusal r = { .envelope = e,
                         .status = status,
                         .code = code,
                         .summary = rv_str_of(sentence),
                         .id = error_id(&x->cx, e) };
    say(x, NULL, &r);
    fill(x, &r);
}
