/* requests/notice.c: notices to people: one mail per recipient, in the transaction that causes it
 * (access-requests.md 8).
 *
 * A notice is a title, paragraphs and at most one button, which is a link. The mail says the same
 * as plain text and as simple HTML. Mails of one request refer to one message that never existed,
 * so that clients thread them. Who acts gets nothing, nor does anybody who is not active or has
 * switched the category off. */
#include "requests/request_int.h"

/* The two categories of 8.2, each of which people may switch off. */
static const struct {
    const char *kind, *category;
} categories[] = { { "N6", "expiring" }, { "N7", "expiring" } };

static const char *category_of(const char *kind)
{
    for (size_t i = 0; i < RV_LEN(categories); i++)
        if (strcmp(kind, categories[i].kind) == 0)
            return categories[i].category;
    return "requests";
}

static void add_escaped(struct rv_buf *b, rv_str s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char *entity = s.p[i] == '<'    ? "&lt;"
                             : s.p[i] == '>'  ? "&gt;"
                             : s.p[i] == '&'  ? "&amp;"
                             : s.p[i] == '"'  ? "&quot;"
                             : s.p[i] == '\n' ? "<br>"
                                              : NULL;
        if (entity == NULL)
            continue;
        rv_buf_add(b, rv_str_sub(s, from, i - from));
        rv_buf_add(b, rv_str_of(entity));
        from = i + 1;
    }
    rv_buf_add(b, rv_str_sub(s, from, s.n));
}

static void add_text(struct rv_buf *b, const struct rv_notice *n, rv_str link)
{
    for (size_t i = 0; i < n->lines_n; i++) {
        rv_buf_add(b, n->lines[i]);
        rv_buf_add(b, RV_STR("\n\n"));
    }
    if (n->button.n > 0)
        rv_buf_printf(b, "%.*s:\n%.*s\n", RV_FMT(n->button), RV_FMT(link));
}

static void add_html(struct rv_buf *b, const struct rv_notice *n, rv_str link)
{
    rv_buf_add(b, RV_STR("<!doctype html><html><body style=\"font:16px/1.5 "
                         "system-ui,sans-serif;max-width:36em\">"));
    for (size_t i = 0; i < n->lines_n; i++) {
        rv_buf_add(b, RV_STR("<p>"));
        add_escaped(b, n->lines[i]);
        rv_buf_add(b, RV_STR("</p>"));
    }
    if (n->button.n > 0) {
        rv_buf_add(b, RV_STR("<p><a style=\"display:inline-block;padding:8px "
                             "16px;border-radius:6px;background:#1d4ed8;color:#fff\" href=\""));
        add_escaped(b, link);
        rv_buf_add(b, RV_STR("\">"));
        add_escaped(b, n->button);
        rv_buf_add(b, RV_STR("</a></p>"));
    }
    rv_buf_add(b, RV_STR("</body></html>"));
}

static rv_status built(struct rv_cx *cx, struct rv_buf *b, rv_str *ret)
{
    rv_str text;
    RV_TRY(rv_buf_str(cx, b, &text));
    *ret = rv_dup(cx, text);
    rv_buf_clear(b);
    return ret->p != NULL ? RV_OK : RV_BUSY;
}

static rv_str host_of(rv_str base)
{
    rv_str host = base;
    for (size_t i = 0; i + 2 < base.n; i++)
        if (memcmp(base.p + i, "://", 3) == 0)
            host = rv_str_sub(base, i + 3, base.n);
    for (size_t i = 0; i < host.n; i++)
        if (host.p[i] == ':' || host.p[i] == '/')
            return rv_str_sub(host, 0, i);
    return host;
}

/* One line, so that it can be a header. */
static rv_str one_line(struct rv_cx *cx, rv_str s)
{
    char *p = rv_alloc(cx, s.n + 1);
    for (size_t i = 0; p != NULL && i < s.n; i++)
        p[i] = (unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f ? ' ' : s.p[i];
    return p != NULL ? (rv_str){ p, s.n } : RV_NONE_STR;
}

static rv_status write_mail(struct rv_cx *cx, const struct rv_notice *n, struct rv_mail *m)
{
    struct rv_buf b;
    rv_str base = rv_base_url(cx), link = rv_printf(cx, "%.*s%.*s", RV_FMT(base), RV_FMT(n->href));
    rv_buf_init(&b, 256 << 10);
    add_text(&b, n, link);
    rv_status st = built(cx, &b, &m->text);
    add_html(&b, n, link);
    if (st == RV_OK)
        st = built(cx, &b, &m->html);
    rv_buf_done(&b);
    m->subject = one_line(cx, n->title);
    if (n->request_id.p != NULL)
        m->in_reply_to =
            rv_printf(cx, "request.%.*s@%.*s", RV_FMT(n->request_id), RV_FMT(host_of(base)));
    return st;
}

rv_status rv_notice_send(struct rv_tx *tx, const struct rv_notice *n, const rv_str *user_ids,
                         size_t users_n)
{
    struct rv_faces faces = { NULL };
    return rv_notice_send_to(tx, n, &faces, user_ids, users_n);
}

rv_status rv_notice_send_to(struct rv_tx *tx, const struct rv_notice *n, struct rv_faces *faces,
                            const rv_str *user_ids, size_t users_n)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str actor = rv_user_id(cx), mail_id;
    struct rv_mail m = { .date_ms = rv_tx_now(tx) };
    rv_str host = host_of(rv_base_url(cx));
    for (size_t i = 0; i < users_n; i++) {
        const struct rv_face *to;
        uint8_t hash[32];
        bool wanted;
        if (user_ids[i].n == 0 || rv_str_eq(user_ids[i], actor))
            continue;
        RV_TRY(rv_face_get(tx, faces, user_ids[i], &to));
        RV_TRY(rv_preference_notice(tx, user_ids[i], category_of(n->kind), &wanted));
        if (!wanted || !to->found || to->p.email.n == 0 ||
            !rv_str_eq(to->p.status, RV_STR("ACTIVE")))
            continue;
        if (m.text.p == NULL)
            RV_TRY(write_mail(cx, n, &m));
        rv_str key = rv_printf(cx, "%.*s:%.*s", RV_FMT(n->key), RV_FMT(user_ids[i]));
        rv_sha256(key, hash);
        m.to = to->p.email;
        m.message_id = rv_printf(cx, "%.*s@%.*s", RV_FMT(rv_hex(cx, hash, 16)), RV_FMT(host));
        RV_TRY(rv_mail_queue_about(tx, &m, key, n->request_id, RV_NONE_STR, &mail_id));
    }
    return RV_OK;
}
