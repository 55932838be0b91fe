/* api/page.c: query parameters, pages and their cursors.
 *
 * A cursor is what the list's statement needs to go on, signed together with the operation it
 * belongs to: nobody else can make one, and one list does not take another's (api.md 4). */
#include "api/api_int.h"

enum { MAC_BYTES = 12 };

rv_str rv_req_query(struct rv_req *rq, const char *name)
{
    return rv_pairs_get(&rv_hit_of(rq)->query, name);
}

rv_status rv_req_query_bool(struct rv_req *rq, const char *name, bool def, bool *ret)
{
    rv_str v = rv_req_query(rq, name);
    *ret = def;
    if (v.p == NULL)
        return RV_OK;
    if (rv_str_eq_nocase(v, RV_STR("true")))
        *ret = true;
    else if (rv_str_eq_nocase(v, RV_STR("false")))
        *ret = false;
    else
        return rv_fail_field(rv_req_cx(rq), name, "INVALID_VALUE", "%s must be true or false",
                             name);
    return RV_OK;
}

static void sign(struct rv_req *rq, rv_str text, uint8_t mac[32])
{
    struct rv_cx *cx = rv_req_cx(rq);
    rv_hmac(cx->env->keys, RV_KEY_CURSOR,
            rv_printf(cx, "cursor|%s|%.*s", rq->route->op, RV_FMT(text)), mac);
}

static rv_str cursor_make(struct rv_req *rq, rv_str text)
{
    struct rv_cx *cx = rv_req_cx(rq);
    uint8_t mac[32];
    char *raw = rv_alloc(cx, text.n + MAC_BYTES + 1);
    if (raw == NULL)
        return RV_NONE_STR;
    sign(rq, text, mac);
    memcpy(raw, mac, MAC_BYTES);
    memcpy(raw + MAC_BYTES, text.p, text.n);
    return rv_base64url(cx, (rv_str){ raw, text.n + MAC_BYTES });
}

static rv_status cursor_read(struct rv_req *rq, rv_str cursor, rv_str *ret)
{
    struct rv_cx *cx = rv_req_cx(rq);
    uint8_t mac[32];
    rv_str raw;
    bool good = rv_base64_decode(cx, cursor, &raw) && raw.n > MAC_BYTES;
    if (good) {
        *ret = rv_dup(cx, rv_str_sub(raw, MAC_BYTES, raw.n));
        sign(rq, *ret, mac);
        good = ret->p != NULL && rv_same_secret((rv_str){ (const char *)mac, MAC_BYTES },
                                                rv_str_sub(raw, 0, MAC_BYTES));
    }
    if (good)
        return RV_OK;
    rv_status st = rv_fail(
        cx, RV_INVALID,
        "after: this is no cursor that the server made for this list; begin with the first page");
    rv_fail_code(cx, "E0000029");
    return st;
}

rv_status rv_req_page(struct rv_req *rq, int def, int max, struct rv_page *ret)
{
    rv_str limit = rv_req_query(rq, "limit"), after = rv_req_query(rq, "after");
    int64_t n = def;
    *ret = (struct rv_page){ .limit = def };
    if (limit.p != NULL && (!rv_str_to_int(limit, &n) || n < 1 ||
                            (n > max && rq->route->envelope != RV_ENV_MANAGEMENT)))
        return rv_fail_field(rv_req_cx(rq), "limit", "OUT_OF_RANGE", "limit must be 1 to %d", max);
    ret->limit = n > max ? max : (int)n;
    return after.p != NULL ? cursor_read(rq, after, &ret->after) : RV_OK;
}

static void add_encoded(struct rv_buf *b, rv_str s)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '-' || c == '_' || c == '.' || c == '*') {
            rv_buf_char(b, (char)c);
        } else if (c == ' ') {
            rv_buf_char(b, '+');
        } else {
            rv_buf_char(b, '%');
            rv_buf_char(b, hex[c >> 4]);
            rv_buf_char(b, hex[c & 15]);
        }
    }
}

static void add_pair(struct rv_buf *b, bool *first, rv_str name, rv_str value)
{
    rv_buf_char(b, *first ? '?' : '&');
    *first = false;
    add_encoded(b, name);
    rv_buf_char(b, '=');
    add_encoded(b, value);
}

rv_status rv_page_link(struct rv_req *rq, int limit, rv_str after, rv_str *ret)
{
    struct rv_cx *cx = rv_req_cx(rq);
    const struct rv_pairs *q = &rv_hit_of(rq)->query;
    struct rv_buf b;
    bool first = true;
    rv_buf_init(&b, 64 * 1024);
    rv_buf_add(&b, rv_base_url(cx));
    rv_buf_add(&b, rq->x->path);
    if (after.p != NULL)
        add_pair(&b, &first, RV_STR("after"), cursor_make(rq, after));
    for (size_t i = 0; i < q->n; i++) {
        bool is_after = rv_str_eq(q->at[i].name, RV_STR("after")),
             is_limit = rv_str_eq(q->at[i].name, RV_STR("limit"));
        if ((!is_after || after.p == NULL) && (!is_limit || limit < 0))
            add_pair(&b, &first, q->at[i].name, q->at[i].value);
    }
    if (limit >= 0)
        add_pair(&b, &first, RV_STR("limit"), rv_printf(cx, "%d", limit));
    rv_str text;
    rv_status st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK)
        *ret = rv_dup(cx, text);
    rv_buf_done(&b);
    return st == RV_OK && ret->p == NULL ? RV_BUSY : st;
}
