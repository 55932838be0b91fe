/* connectors/mail.c: cards that send mail through the organisation's mail server
 * (workflows.md 14.4).
 *
 * The card ends when the server has accepted or finally refused the message; while it cannot be
 * reached the run waits and tries again (security.md 9.6). Without a mail server the message is
 * captured and the card ends at once. The Message-ID is made of run and card, so a repeated message
 * is recognisably the same one. The cards of two mail services from exports send the same way:
 * their own accounts are not used. */
#include "connectors/connectors.h"

static const int64_t retry_minutes[] = { 1, 5, 15, 60 };
enum { GIVE_UP_AFTER = 27 /* attempts: four as above, then hourly to a day */ };

/* A list of texts, each of which may hold several addresses, as one list with commas. */
static rv_status addresses(struct rv_call *c, const char *key, rv_str *ret)
{
    struct rv_cx *cx = rv_call_cx(c);
    json_t *list, *item;
    size_t i;
    rv_str out = RV_NONE_STR;
    RV_TRY(rv_in_list(c, key, &list));
    json_array_foreach(list, i, item)
    {
        rv_str s;
        RV_TRY(rv_value_text(cx, item, &s));
        s = rv_str_trim(s);
        if (s.n == 0)
            continue;
        out = out.p == NULL ? s : rv_printf(cx, "%.*s, %.*s", RV_FMT(out), RV_FMT(s));
    }
    *ret = out;
    return RV_OK;
}

/* One line: what a text field of a form may hold must not become a header. */
static rv_str one_line(struct rv_cx *cx, rv_str s)
{
    rv_str copy = rv_dup(cx, rv_str_trim(s));
    char *p = (char *)(uintptr_t)copy.p; /* our own copy */
    for (size_t i = 0; i < copy.n; i++)
        if ((unsigned char)p[i] < 0x20 || p[i] == 0x7f)
            p[i] = ' ';
    return copy;
}

/* What stands between the tags, for readers that show no HTML. */
static rv_str plain_of(struct rv_cx *cx, rv_str html)
{
    char *p = rv_alloc(cx, html.n + 1);
    size_t n = 0;
    bool tag = false;
    for (size_t i = 0; p != NULL && i < html.n; i++) {
        if (html.p[i] == '<')
            tag = true;
        else if (html.p[i] == '>')
            tag = false;
        else if (!tag)
            p[n++] = html.p[i];
    }
    return (rv_str){ p, n };
}

static rv_str host_of(rv_str url)
{
    const char *p = memmem(url.p != NULL ? url.p : "", url.n, "://", 3);
    rv_str host = p != NULL ? rv_str_sub(url, (size_t)(p - url.p) + 3, url.n) : url;
    for (size_t i = 0; i < host.n; i++)
        if (host.p[i] == '/' || host.p[i] == ':')
            return rv_str_sub(host, 0, i);
    return host.n > 0 ? host : RV_STR("localhost");
}

static void delivered(struct rv_mail_deliver *d)
{
    rv_resume(d->arg);
}

static rv_status after(struct rv_call *c)
{
    struct rv_mail_deliver *d = rv_call_get(c);
    int attempt = rv_call_attempt(c);
    if (d->st == RV_OK)
        return rv_out_text(c, "Message ID",
                           rv_printf(rv_call_cx(c), "<%.*s>", RV_FMT(d->mail.message_id)));
    if (d->st == RV_REFUSED)
        return rv_card_error(c, 550, d->send.reply, "The mail server refused the message%s%.*s",
                             d->send.reply.n > 0 ? ": " : "", RV_FMT(d->send.reply));
    bool again =
        d->st == RV_UNREACHABLE || d->st == RV_TIMEOUT || d->st == RV_STOPPED || d->st == RV_BUSY;
    if (!again || attempt >= GIVE_UP_AFTER)
        return d->st;
    size_t i = (size_t)attempt - 1;
    int64_t minutes = i < RV_LEN(retry_minutes) ? retry_minutes[i] : 60;
    rv_error_clear(rv_call_cx(c));
    rv_call_stalled(c, d->st == RV_BUSY ? RV_STALL_NO_ROOM : RV_STALL_NONE);
    return rv_retry_later(c, d->st == RV_STOPPED ? 1000 : minutes * 60000,
                          "The mail server cannot be reached; attempt %d failed", attempt);
}

/* A file of the flow, or a text that becomes one. */
static rv_status attach(struct rv_call *c, struct rv_mail *m)
{
    struct rv_cx *cx = rv_call_cx(c);
    struct rv_mail_file *f = RV_NEW(cx, struct rv_mail_file);
    const json_t *v = rv_in(c, "File Content"), *content = json_object_get(v, "content");
    rv_str name;
    if (f == NULL)
        return RV_BUSY;
    RV_TRY(rv_in_text(c, "File Name", &name));
    RV_TRY(rv_value_text(cx, content != NULL ? content : v, &f->content));
    f->name = one_line(cx, name);
    if (f->name.n == 0)
        return rv_fail(cx, RV_INVALID, "required field File Name is empty");
    if (v == NULL)
        return rv_fail(cx, RV_INVALID, "required field File Content is empty");
    m->files = f;
    m->files_n = 1;
    return rv_mail_files_check(cx, m);
}

static rv_status send(struct rv_call *c, bool html, bool file)
{
    struct rv_cx *cx = rv_call_cx(c);
    struct rv_mail_deliver *d = RV_NEW(cx, struct rv_mail_deliver);
    rv_str subject, body, from, *checked;
    size_t n;
    if (d == NULL)
        return RV_BUSY;
    if (file)
        RV_TRY(attach(c, &d->mail));
    RV_TRY(addresses(c, "To", &d->mail.to));
    RV_TRY(addresses(c, "CC", &d->mail.cc));
    RV_TRY(addresses(c, "BCC", &d->mail.bcc));
    RV_TRY(rv_in_text(c, "From", &from));
    RV_TRY(rv_in_text(c, "Subject", &subject));
    RV_TRY(rv_in_text(c, "Body", &body));
    if (d->mail.to.n == 0 && d->mail.cc.n == 0 && d->mail.bcc.n == 0)
        return rv_fail(cx, RV_INVALID, "required field To is empty");
    RV_TRY(rv_mail_addresses(cx,
                             d->mail.to.n > 0   ? d->mail.to
                             : d->mail.cc.n > 0 ? d->mail.cc
                                                : d->mail.bcc,
                             &checked, &n));
    d->mail.from = rv_str_trim(from).n > 0 ? one_line(cx, from) : RV_NONE_STR;
    d->mail.subject = one_line(cx, subject);
    d->mail.text = html ? plain_of(cx, body) : body;
    d->mail.html = html ? body : RV_NONE_STR;
    d->mail.message_id =
        rv_printf(cx, "%.*s@%.*s", RV_FMT(rv_call_effect_id(c)), RV_FMT(host_of(rv_base_url(cx))));
    d->mail.date_ms = rv_now(cx->env);
    if (d->mail.message_id.p == NULL || d->mail.text.p == NULL || d->mail.subject.p == NULL)
        return RV_BUSY;
    d->cx = cx;
    d->done = delivered;
    d->arg = c;
    rv_call_set(c, d);
    rv_mail_deliver(d);
    return rv_wait(c, after);
}

static rv_status card_send(struct rv_call *c)
{
    return send(c, rv_str_eq_nocase(rv_option(c, "bodyIsHtml"), RV_STR("Yes")), false);
}

static rv_status card_send_file(struct rv_call *c)
{
    return send(c, rv_str_eq_nocase(rv_option(c, "bodyIsHtml"), RV_STR("Yes")), true);
}

static rv_status card_send_typed(struct rv_call *c)
{
    rv_str type;
    RV_TRY(rv_in_text(c, "Message Type", &type));
    return send(c, rv_str_eq_nocase(rv_str_trim(type), RV_STR("HTML")), false);
}

static const struct rv_choice yes_no[] = { { "Yes", "Yes" }, { "No", "No" }, { NULL, NULL } };
static const struct rv_choice message_types[] = { { "Text", "Text" }, { "HTML", "HTML" }, { NULL, NULL } };

#define FIELDS(group)                                                                                                                 \
    { group, "To", "To", RV_T_TEXT, RV_PIN_REQUIRED | RV_PIN_LIST, NULL, NULL, "addresses, as a list or with commas between" },       \
    { group, "CC", "CC", RV_T_TEXT, RV_PIN_LIST, NULL, NULL, "addresses that get a copy" },                                           \
    { group, "BCC", "BCC", RV_T_TEXT, RV_PIN_LIST, NULL, NULL, "addresses that get a copy nobody sees" },                             \
    { group, "Subject", "Subject", RV_T_TEXT, 0, NULL, NULL, "one line" },                                                            \
    { group, "Body", "Body", RV_T_TEXT, 0, NULL, NULL, "the message" }
#define FROM { "Email", "From", "From", RV_T_TEXT, 0, NULL, NULL, "sender; empty: the organisation's address" }
#define HTML_OPTION { "parameters", "bodyIsHtml", "Body is HTML?", RV_T_TEXT, RV_PIN_OPTION, "\"No\"", yes_no, "whether the body is HTML" }
#define MESSAGE_ID RV_PINS({ "Email", "Message ID", "Message ID", RV_T_TEXT, 0, NULL, NULL, "the Message-ID header of the message" })

/* clang-format off */
const struct rv_card rv_cards_mail[] = {
    {
        .name = "mail:sendEmail", .label = "Send Email", .category = "Email", .connector = "mail", .connection_optional = true,
        .help = "Sends a mail through the organisation's mail server.",
        .kind = RV_CARD_EFFECT, .timeout_ms = 30000, .in = RV_PINS(FIELDS("Email"), FROM, HTML_OPTION), .out = MESSAGE_ID, .run = card_send,
    },
    {
        .name = "gmail:sendEmail2", .label = "Send Email", .category = "Gmail", .connector = "gmail", .connection_optional = true,
        .help = "Sends a mail. Reeve sends it through the organisation's mail server.",
        .kind = RV_CARD_EFFECT, .timeout_ms = 30000, .in = RV_PINS(FIELDS("Email"), FROM, HTML_OPTION), .out = MESSAGE_ID, .run = card_send,
    },
    {
        .name = "gmail:sendEmailWithAttachment", .label = "Send Email with Attachment", .category = "Gmail", .connector = "gmail", .connection_optional = true,
        .help = "Sends a mail with a file of at most 10 MiB. Reeve sends it through the organisation's mail server.",
        .kind = RV_CARD_EFFECT, .timeout_ms = 30000,
        .in = RV_PINS(FIELDS("Email"), FROM,
                      { "File", "File Name", "File Name", RV_T_TEXT, RV_PIN_REQUIRED, NULL, NULL, "what the reader sees, with its ending" },
                      { "File", "File Content", "File Content", RV_T_FILE, RV_PIN_REQUIRED, NULL, NULL, "a file, or a text that becomes one" },
                      HTML_OPTION),
        .out = MESSAGE_ID, .run = card_send_file,
    },
    {
        .name = "office365mail:sendEmail2", .label = "Send Email", .category = "Office 365 Mail", .connector = "office365mail", .connection_optional = true,
        .help = "Sends a mail. Reeve sends it through the organisation's mail server.",
        .kind = RV_CARD_EFFECT, .timeout_ms = 30000,
        .in = RV_PINS(FIELDS("Fields"), { "Fields", "Message Type", "Message Type", RV_T_TEXT, 0, "\"Text\"", message_types, "whether the body is text or HTML" }),
        .out = MESSAGE_ID, .run = card_send_typed,
    },
    { .name = NULL },
};
