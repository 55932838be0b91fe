/* api/reply.c: how handlers answer: JSON, text, lists with their links.
 *
 * Bodies are written straight into the exchange's buffer. Links are absolute and built from the
 * configured public address, never from the Host header (api.md 1). */
#include "api/api_int.h"

rv_str rv_req_param(const struct rv_req *rq, size_t i)
{
    return i < RV_PARAMS_MAX ? rq->params[i] : RV_NONE_STR;
}

rv_status rv_req_decode(struct rv_req *rq, const struct rv_shape *shape, void *ret)
{
    struct rv_cx *cx = rv_req_cx(rq);
    if (rq->body == NULL) { /* nothing came: what is required is missing */
        rq->body = json_object();
        RV_TRY(rv_json_keep(cx, rq->body));
    }
    return rv_json_decode(cx, rq->body, shape, "", ret);
}

rv_status rv_common_headers(struct rv_exchange *x, enum rv_envelope e)
{
    bool compatible = e == RV_ENV_MANAGEMENT || e == RV_ENV_GOVERNANCE || e == RV_ENV_OAUTH;
    if (e != RV_ENV_PAGE && x->cx.log_id.p != NULL)
        RV_TRY(rv_exchange_set_header(x, "X-Okta-Request-Id", x->cx.log_id));
    if (!compatible)
        return rv_exchange_set_header(x, "Cache-Control", RV_STR("no-store"));
    RV_TRY(rv_exchange_set_header(x, "Cache-Control", RV_STR("no-cache, no-store")));
    RV_TRY(rv_exchange_set_header(x, "Pragma", RV_STR("no-cache")));
    RV_TRY(rv_exchange_set_header(x, "Expires", RV_STR("0")));
    return rv_exchange_set_header(x, "Referrer-Policy", RV_STR("strict-origin-when-cross-origin"));
}

struct rv_jw *rv_reply_json(struct rv_req *rq)
{
    struct rv_hit *h = rv_hit_of(rq);
    rv_buf_clear(&rq->x->buf);
    rv_jw_init(&h->jw, &rq->x->buf);
    return &h->jw;
}

static rv_status reply_as(struct rv_req *rq, int status, const char *media_type)
{
    struct rv_exchange *x = rq->x;
    RV_TRY(rv_common_headers(x, rq->route->envelope));
    if (media_type != NULL)
        RV_TRY(rv_exchange_set_header(x, "Content-Type", rv_str_of(media_type)));
    x->status = status;
    return RV_OK;
}

rv_status rv_reply(struct rv_req *rq, int status)
{
    RV_TRY(rv_buf_str(rv_req_cx(rq), &rq->x->buf, &rq->x->out));
    return reply_as(rq, status, "application/json");
}

rv_status rv_reply_none(struct rv_req *rq, int status)
{
    rq->x->out = RV_NONE_STR;
    return reply_as(rq, status, NULL);
}

rv_status rv_reply_text(struct rv_req *rq, int status, const char *media_type, rv_str body)
{
    rq->x->out = body;
    return reply_as(rq, status, media_type);
}

rv_status rv_reply_location(struct rv_req *rq, rv_str path)
{
    struct rv_cx *cx = rv_req_cx(rq);
    return rv_exchange_set_header(rq->x, "Location",
                                  rv_printf(cx, "%.*s%.*s", RV_FMT(rv_base_url(cx)), RV_FMT(path)));
}

rv_status rv_reply_object(struct rv_req *rq, int status, rv_object_fn *get, rv_str id)
{
    struct rv_cx *cx = rv_req_cx(rq);
    struct rv_jw *w = rv_reply_json(rq);
    rv_status st = get(cx, id, w);
    if (rv_method_writes(rq->x->method) && (st == RV_FORBIDDEN || st == RV_NOT_FOUND)) {
        rv_error_clear(cx);
        w = rv_reply_json(rq);
        rv_jw_obj(w);
        rv_jw_kstr(w, "id", id);
        rv_jw_obj_end(w);
        st = RV_OK;
    }
    RV_TRY(st);
    return rv_reply(rq, status);
}

rv_status rv_reply_created(struct rv_req *rq, const char *collection, rv_object_fn *get, rv_str id)
{
    RV_TRY(rv_reply_location(rq, rv_printf(rv_req_cx(rq), "%s/%.*s", collection, RV_FMT(id))));
    return rv_reply_object(rq, 201, get, id);
}

/* The name twice: in ASCII for old clients, and encoded (RFC 6266). */
static rv_str disposition(struct rv_cx *cx, rv_str name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    struct rv_buf b;
    rv_str text = RV_NONE_STR;
    rv_buf_init(&b, 8192);
    rv_buf_add(&b, RV_STR("attachment; filename=\""));
    for (size_t i = 0; i < name.n; i++)
        rv_buf_char(&b, memchr(plain, name.p[i], sizeof plain - 1) != NULL ? name.p[i] : '_');
    rv_buf_add(&b, RV_STR("\"; filename*=UTF-8''"));
    for (size_t i = 0; i < name.n; i++) {
        if (memchr(plain, name.p[i], sizeof plain - 1) != NULL)
            rv_buf_char(&b, name.p[i]);
        else
            rv_buf_printf(&b, "%%%02X", (unsigned char)name.p[i]);
    }
    if (rv_buf_str(cx, &b, &text) == RV_OK)
        text = rv_dup(cx, text);
    rv_buf_done(&b);
    return text;
}

rv_status rv_reply_download(struct rv_req *rq, const char *media_type, rv_str file_name)
{
    struct rv_exchange *x = rq->x;
    RV_TRY(rv_exchange_set_header(x, "Content-Disposition", disposition(&x->cx, file_name)));
    RV_TRY(rv_exchange_set_header(x, "Content-Security-Policy", RV_STR("sandbox")));
    RV_TRY(rv_buf_str(&x->cx, &x->buf, &x->out));
    return reply_as(rq, 200, media_type);
}

static rv_status link_header(struct rv_req *rq, rv_str href, const char *rel)
{
    return rv_exchange_set_header(rq->x, "Link",
                                  rv_printf(rv_req_cx(rq), "<%.*s>; rel=\"%s\"", RV_FMT(href),
                                            rel));
}

static void write_link(struct rv_jw *w, const char *rel, rv_str href)
{
    rv_jw_key(w, rel);
    rv_jw_obj(w);
    rv_jw_kstr(w, "href", href);
    rv_jw_obj_end(w);
}

rv_status rv_list_begin(struct rv_req *rq, struct rv_jw **ret)
{
    struct rv_jw *w = rv_reply_json(rq);
    rv_jw_obj(w);
    rv_jw_key(w, "data");
    rv_jw_arr(w);
    *ret = w;
    return RV_OK;
}

rv_status rv_list_end(struct rv_req *rq, rv_str next)
{
    struct rv_jw *w = &rv_hit_of(rq)->jw;
    rv_str self, more = RV_NONE_STR;
    RV_TRY(rv_page_link(rq, -1, RV_NONE_STR, &self));
    RV_TRY(link_header(rq, self, "self"));
    if (next.p != NULL) {
        RV_TRY(rv_page_link(rq, -1, next, &more));
        RV_TRY(link_header(rq, more, "next"));
    }
    rv_jw_arr_end(w);
    rv_jw_key(w, "_links");
    rv_jw_obj(w);
    write_link(w, "self", self);
    if (next.p != NULL)
        write_link(w, "next", more);
    rv_jw_obj_end(w);
    rv_jw_obj_end(w);
    return rv_reply(rq, 200);
}

rv_status rv_array_begin(struct rv_req *rq, struct rv_jw **ret)
{
    *ret = rv_reply_json(rq);
    rv_jw_arr(*ret);
    return RV_OK;
}

rv_status rv_array_end(struct rv_req *rq, int limit, rv_str next)
{
    rv_str href;
    rv_jw_arr_end(&rv_hit_of(rq)->jw);
    RV_TRY(rv_page_link(rq, limit, RV_NONE_STR, &href));
    RV_TRY(link_header(rq, href, "self"));
    if (next.p != NULL) {
        RV_TRY(rv_page_link(rq, limit, next, &href));
        RV_TRY(link_header(rq, href, "next"));
    }
    return rv_reply(rq, 200);
}
