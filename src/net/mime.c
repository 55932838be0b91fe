/* Writes a message as RFC 5322 text: headers folded, other scripts as encoded words, text and HTML
 * as quoted-printable UTF-8 (security.md 5.4).
 *
 * No field can begin a header line of its own: everything but text and HTML is refused when it
 * holds a control character. Lines stay below 78 bytes whatever comes in. Boundaries begin with
 * "=_", which neither quoted-printable nor base64 writes behind "--". Bcc is left out: it is for
 * the envelope. */
#include "net/client_int.h"
#include <time.h>

enum { LINE = 76, WORD_BYTES = 45, MESSAGE_MAX = 32 * 1024 * 1024, ID_MAX = 250, PLAIN_WORD = 60 };
enum { NAME_PIECE = 40 /* bytes of a name in one parameter */, BASE64_LINE = 76 };
#define BOUNDARY "=_reeve_alternative"
#define MIXED "=_reeve_mixed"

struct out {
    struct rv_buf b;
    size_t column;
};

static void put(struct out *o, rv_str s)
{
    rv_buf_add(&o->b, s);
    o->column += s.n;
}

static void put_z(struct out *o, const char *z)
{
    put(o, rv_str_of(z));
}

static void end_line(struct out *o)
{
    rv_buf_add(&o->b, RV_STR("\r\n"));
    o->column = 0;
}

static void fold(struct out *o)
{
    rv_buf_add(&o->b, RV_STR("\r\n "));
    o->column = 1;
}

/* ---- words ----------------------------------------------------------------------------------- */

static bool is_plain(rv_str s)
{
    size_t word = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c >= 0x7f || (c == '=' && i + 1 < s.n && s.p[i + 1] == '?'))
            return false;
        word = c == ' ' ? 0 : word + 1;
        if (word > PLAIN_WORD)
            return false;
    }
    return true;
}

/* As many whole characters as fit into one encoded word. */
static size_t chunk_of(rv_str s)
{
    size_t n = s.n < WORD_BYTES ? s.n : WORD_BYTES;
    while (n > 0 && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    return n > 0 ? n : s.n;
}

static void put_encoded(struct rv_cx *cx, struct out *o, rv_str s)
{
    bool first = true;
    while (s.n > 0) {
        size_t n = chunk_of(s);
        rv_str word = rv_base64(cx, rv_str_sub(s, 0, n));
        if (!first || o->column + word.n + 12 > LINE)
            fold(o);
        put_z(o, "=?UTF-8?B?");
        put(o, word);
        put_z(o, "?=");
        o->b.failed = o->b.failed || word.p == NULL;
        s = rv_str_sub(s, n, s.n);
        first = false;
    }
}

/* Text for people: plain ASCII folded at blanks, or encoded words. */
static void put_text(struct rv_cx *cx, struct out *o, rv_str s)
{
    s = rv_str_trim(s);
    if (!is_plain(s)) {
        put_encoded(cx, o, s);
        return;
    }
    while (s.n > 0) { /* blanks and the word behind them */
        size_t n = 0;
        while (n < s.n && s.p[n] == ' ')
            n++;
        size_t blanks = n;
        while (n < s.n && s.p[n] != ' ')
            n++;
        if (blanks > 0 && o->column + n > LINE) {
            rv_buf_add(&o->b, RV_STR("\r\n")); /* the first blank folds */
            o->column = 0;
        }
        put(o, rv_str_sub(s, 0, n));
        s = rv_str_sub(s, n, s.n);
    }
}

static void put_name(struct rv_cx *cx, struct out *o, rv_str name)
{
    if (name.n > PLAIN_WORD || !is_plain(name)) {
        put_encoded(cx, o, name);
        return;
    }
    put_z(o, "\"");
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '\\' && i + 1 < name.n && (name.p[i + 1] == '"' || name.p[i + 1] == '\\'))
            i++; /* was quoted already */
        if (name.p[i] == '"' || name.p[i] == '\\')
            put_z(o, "\\");
        put(o, rv_str_sub(name, i, 1));
    }
    put_z(o, "\"");
}

static void put_mailbox(struct rv_cx *cx, struct out *o, rv_str name, rv_str address)
{
    if (name.n > 0) {
        put_name(cx, o, name);
        if (o->column + address.n + 3 > LINE)
            fold(o);
        else
            put_z(o, " ");
        put_z(o, "<");
    }
    put(o, address);
    if (name.n > 0)
        put_z(o, ">");
}

static rv_status put_list(struct rv_cx *cx, struct out *o, const char *header, rv_str list)
{
    rv_str name, address;
    bool first = true;
    while (rv_mail_next(&list, &name, &address)) {
        RV_TRY(rv_mail_address_check(cx, address));
        put_z(o, first ? header : ",");
        if (!first && o->column + name.n + address.n + 6 > LINE)
            fold(o);
        else
            put_z(o, " ");
        put_mailbox(cx, o, name, address);
        first = false;
    }
    if (!first)
        end_line(o);
    return RV_OK;
}

/* ---- bodies ---------------------------------------------------------------------------------- */

static bool is_break(rv_str s, size_t i)
{
    return i < s.n && (s.p[i] == '\r' || s.p[i] == '\n');
}

static void put_quoted_byte(struct out *o, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";
    char t[3] = { '=', digits[c >> 4], digits[c & 15] };
    put(o, (rv_str){ t, 3 });
}

/* How many bytes from s.p + i on go as they are, at most `most`; the last one of a line is left to
 * the caller. */
static size_t plain_run(rv_str s, size_t i, size_t most)
{
    size_t n = 0;
    while (n < most && i + n + 1 < s.n && s.p[i + n] >= ' ' && s.p[i + n] < 0x7f &&
           s.p[i + n] != '=' && !is_break(s, i + n + 1))
        n++;
    return n;
}

static void put_quoted(struct out *o, rv_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        size_t run =
            o->column > 0 && o->column + 4 <= LINE ? plain_run(s, i, LINE - 4 - o->column + 1) : 0;
        if (run > 0) {
            put(o, rv_str_sub(s, i, run));
            i += run - 1;
            continue;
        }
        unsigned char c = (unsigned char)s.p[i];
        if (is_break(s, i)) {
            if (c == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
                i++;
            end_line(o);
            continue;
        }
        bool last = i + 1 == s.n || is_break(s, i + 1);
        if (o->column + 3 > LINE - (last ? 0u : 1u)) {
            rv_buf_add(&o->b, RV_STR("="));
            end_line(o);
        }
        bool blank = c == ' ' || c == '\t';
        bool from = c == 'F' && o->column == 0; /* "From " at the start of a line is changed on the way */
        if ((blank && !last) || (c > 0x20 && c < 0x7f && c != '=' && !from))
            put(o, rv_str_sub(s, i, 1));
        else
            put_quoted_byte(o, c);
    }
    if (o->column > 0)
        end_line(o);
}

static void put_part(struct out *o, const char *type, rv_str s)
{
    put_z(o, "Content-Type: ");
    put_z(o, type);
    put_z(o, "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
    o->column = 0;
    put_quoted(o, s);
}

static void put_words(struct out *o, const struct rv_mail *m)
{
    if (m->html.p == NULL) {
        put_part(o, "text/plain", m->text);
        return;
    }
    put_z(o, "Content-Type: multipart/alternative; boundary=\"" BOUNDARY "\"\r\n\r\n--" BOUNDARY
             "\r\n");
    put_part(o, "text/plain", m->text);
    put_z(o, "--" BOUNDARY "\r\n");
    put_part(o, "text/html", m->html);
    put_z(o, "--" BOUNDARY "--\r\n");
}

/* ---- files ----------------------------------------------------------------------------------- */

/* What mail programs open a file with; flows hold texts, so a text is UTF-8. */
static const char *type_of(rv_str name)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        { ".txt", "text/plain; charset=utf-8" },
        { ".csv", "text/csv; charset=utf-8" },
        { ".html", "text/html; charset=utf-8" },
        { ".htm", "text/html; charset=utf-8" },
        { ".md", "text/markdown; charset=utf-8" },
        { ".ics", "text/calendar; charset=utf-8" },
        { ".json", "application/json" },
        { ".xml", "application/xml" },
        { ".pdf", "application/pdf" },
        { ".zip", "application/zip" },
        { ".png", "image/png" },
        { ".jpg", "image/jpeg" },
        { ".svg", "image/svg+xml" },
    };
    for (size_t i = 0; i < RV_LEN(types); i++) {
        size_t n = strlen(types[i].ending);
        if (name.n > n &&
            rv_str_eq_nocase(rv_str_sub(name, name.n - n, n), rv_str_of(types[i].ending)))
            return types[i].type;
    }
    return "application/octet-stream";
}

static bool is_token(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != 0 && strchr("-_.~", c) != NULL);
}

/* A parameter as RFC 2231 wants it: plain names as they are, others encoded, long ones in pieces. */
static void put_file_name(struct out *o, rv_str name)
{
    bool plain = name.n <= NAME_PIECE;
    int piece = 0;
    for (size_t i = 0; i < name.n && plain; i++)
        plain = is_token((unsigned char)name.p[i]) || name.p[i] == ' ';
    if (plain) {
        rv_buf_printf(&o->b, ";\r\n filename=\"%.*s\"\r\n", RV_FMT(name));
        return;
    }
    for (size_t i = 0; i < name.n; piece++) {
        rv_buf_printf(&o->b, ";\r\n filename*%d*=%s", piece, piece == 0 ? "UTF-8''" : "");
        for (size_t n = 0; i < name.n && n < NAME_PIECE; i++) {
            unsigned char c = (unsigned char)name.p[i];
            rv_buf_printf(&o->b, is_token(c) ? "%c" : "%%%02X", c);
            n += is_token(c) ? 1 : 3;
        }
    }
    end_line(o);
}

static rv_status put_file(struct rv_cx *cx, struct out *o, const struct rv_mail_file *f)
{
    rv_str code = rv_base64(cx, f->content);
    if (code.p == NULL)
        return RV_BUSY;
    put_z(o, "Content-Type: ");
    put_z(o, type_of(f->name));
    put_z(o, "\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment");
    put_file_name(o, f->name);
    rv_buf_add(&o->b, RV_STR("\r\n"));
    for (size_t i = 0; i < code.n; i += BASE64_LINE) {
        put(o, rv_str_sub(code, i, BASE64_LINE));
        end_line(o);
    }
    return RV_OK;
}

static rv_status put_body(struct rv_cx *cx, struct out *o, const struct rv_mail *m)
{
    put_z(o, "MIME-Version: 1.0\r\n");
    if (m->files_n == 0) {
        put_words(o, m);
        return RV_OK;
    }
    put_z(o, "Content-Type: multipart/mixed; boundary=\"" MIXED "\"\r\n\r\n--" MIXED "\r\n");
    put_words(o, m);
    for (size_t i = 0; i < m->files_n; i++) {
        put_z(o, "--" MIXED "\r\n");
        RV_TRY(put_file(cx, o, &m->files[i]));
    }
    put_z(o, "--" MIXED "--\r\n");
    return RV_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static rv_status check_line(struct rv_cx *cx, const char *field, rv_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return rv_fail(cx, RV_INVALID,
                           "The %s of a mail cannot hold a line break or control character.",
                           field);
    if (s.n > 0 && !rv_utf8_valid(s))
        return rv_fail(cx, RV_INVALID, "The %s of a mail is not valid UTF-8.", field);
    return RV_OK;
}

static rv_status check_id(struct rv_cx *cx, const char *field, rv_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= 0x20 || (unsigned char)s.p[i] >= 0x7f || s.p[i] == '<' ||
            s.p[i] == '>')
            return rv_fail(cx, RV_INVALID,
                           "The %s of a mail is visible ASCII without angle brackets.", field);
    if (s.n > ID_MAX)
        return rv_fail(cx, RV_INVALID, "The %s of a mail is longer than %d characters.", field,
                       ID_MAX);
    return RV_OK;
}

rv_status rv_mail_files_check(struct rv_cx *cx, const struct rv_mail *m)
{
    size_t all = 0;
    for (size_t i = 0; i < m->files_n; i++) {
        rv_str name = m->files[i].name;
        RV_TRY(check_line(cx, "file name", name));
        if (name.n == 0 || name.n > RV_MAIL_FILE_NAME_MAX || memchr(name.p, '/', name.n) != NULL ||
            memchr(name.p, '\\', name.n) != NULL)
            return rv_fail(cx, RV_INVALID,
                           "The name of a file in a mail has 1 to %d bytes and no slash.",
                           RV_MAIL_FILE_NAME_MAX);
        all += m->files[i].content.n;
    }
    if (all > RV_MAIL_FILES_MAX)
        return rv_fail(cx, RV_INVALID,
                       "The files of a mail hold at most %d MiB; these have %zu bytes.",
                       RV_MAIL_FILES_MAX >> 20, all);
    return RV_OK;
}

static rv_status check(struct rv_cx *cx, const struct rv_mail *m)
{
    const struct {
        const char *name;
        rv_str value;
    } lines[] = {
        { "sender", m->from },       { "sender's name", m->from_name }, { "recipients", m->to }, { "copies", m->cc },
        { "blind copies", m->bcc },  { "reply address", m->reply_to },  { "subject", m->subject },
    };
    for (size_t i = 0; i < RV_LEN(lines); i++)
        RV_TRY(check_line(cx, lines[i].name, lines[i].value));
    RV_TRY(rv_mail_files_check(cx, m));
    RV_TRY(check_id(cx, "message id", m->message_id));
    RV_TRY(check_id(cx, "id of the message it answers", m->in_reply_to));
    if (m->message_id.n == 0)
        return rv_fail(cx, RV_INVALID, "A mail needs a message id.");
    if ((m->text.n > 0 && (memchr(m->text.p, 0, m->text.n) != NULL || !rv_utf8_valid(m->text))) ||
        (m->html.n > 0 && (memchr(m->html.p, 0, m->html.n) != NULL || !rv_utf8_valid(m->html))))
        return rv_fail(cx, RV_INVALID, "The text of a mail is not valid UTF-8, or holds a NUL.");
    return rv_mail_address_check(cx, m->from);
}

static void put_date(struct out *o, int64_t ms)
{
    static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t at = (time_t)(ms / 1000 - (ms % 1000 < 0 ? 1 : 0));
    struct tm tm;
    if (gmtime_r(&at, &tm) == NULL)
        return; /* a year beyond int: the server that takes the mail adds its own */
    rv_buf_printf(&o->b, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday],
                  tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
                  tm.tm_sec);
}

static rv_status put_head(struct rv_cx *cx, struct out *o, const struct rv_mail *m)
{
    size_t before = o->b.n;
    put_z(o, "From: ");
    put_mailbox(cx, o, m->from_name, m->from);
    end_line(o);
    size_t to = o->b.n;
    RV_TRY(put_list(cx, o, "To:", m->to));
    RV_TRY(put_list(cx, o, "Cc:", m->cc));
    if (o->b.n == to && o->b.n > before)
        put_z(o, "To: undisclosed-recipients:;\r\n");
    RV_TRY(put_list(cx, o, "Reply-To:", m->reply_to));
    o->column = 0;
    put_z(o, "Subject: ");
    put_text(cx, o, m->subject);
    end_line(o);
    put_date(o, m->date_ms);
    rv_buf_printf(&o->b, "Message-ID: <%.*s>\r\n", RV_FMT(m->message_id));
    if (m->in_reply_to.n > 0)
        rv_buf_printf(&o->b, "In-Reply-To: <%.*s>\r\nReferences: <%.*s>\r\n",
                      RV_FMT(m->in_reply_to), RV_FMT(m->in_reply_to));
    rv_buf_add(&o->b, RV_STR("Auto-Submitted: auto-generated\r\n"));
    o->column = 0;
    return RV_OK;
}

rv_status rv_mail_format(struct rv_cx *cx, const struct rv_mail *m, rv_str *ret)
{
    struct out o = { .column = 0 };
    rv_str text = RV_NONE_STR;
    RV_TRY(check(cx, m));
    rv_buf_init(&o.b, MESSAGE_MAX);
    rv_status st = put_head(cx, &o, m);
    if (st == RV_OK)
        st = put_body(cx, &o, m);
    if (st == RV_OK)
        st = rv_buf_str(cx, &o.b, &text);
    if (st == RV_OK) {
        text = rv_dup(cx, text);
        st = text.p != NULL ? RV_OK : RV_BUSY; /* said by rv_alloc */
    }
    rv_buf_done(&o.b);
    if (st == RV_OK)
        *ret = text;
    return st;
}
