/* cards/text_more.c: further cards about text (cards.md C.5). Lengths count code points; case goes
 * by Unicode, for no language. */
#include "cards/cards_int.h"

#include <utf8proc.h>

static bool is_letter(utf8proc_int32_t p)
{
    utf8proc_category_t k = utf8proc_category(p);
    return (k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_NO) || p == '\'' || p == 0x2019;
}

/* Calls add with each code point; after: whether a letter, digit or apostrophe stands before it. */
static void each_point(rv_str s, struct rv_buf *b,
                       void (*add)(struct rv_buf *b, utf8proc_int32_t p, bool after))
{
    bool after = false;
    for (size_t i = 0; i < s.n;) {
        utf8proc_int32_t p;
        utf8proc_ssize_t n =
            utf8proc_iterate((const utf8proc_uint8_t *)s.p + i, (utf8proc_ssize_t)(s.n - i), &p);
        if (n <= 0)
            return; /* cannot happen: texts are valid UTF-8 */
        add(b, p, after);
        after = is_letter(p);
        i += (size_t)n;
    }
}

static void add_point(struct rv_buf *b, utf8proc_int32_t p)
{
    utf8proc_uint8_t out[4];
    rv_buf_add(b, (rv_str){ (const char *)out, (size_t)utf8proc_encode_char(p, out) });
}

static void add_titled(struct rv_buf *b, utf8proc_int32_t p, bool after)
{
    add_point(b, after ? utf8proc_tolower(p) : utf8proc_totitle(p));
}

static rv_status card_title(struct rv_call *c)
{
    struct rv_buf b;
    rv_str s;
    RV_TRY(rv_in_text(c, "string", &s));
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    each_point(s, &b, add_titled);
    return rv_out_buf(c, "output", &b, RV_OK);
}

static rv_status card_reverse(struct rv_call *c)
{
    struct rv_buf b;
    rv_str s;
    RV_TRY(rv_in_text(c, "string", &s));
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    for (size_t end = s.n; end > 0;) {
        size_t i = end - 1;
        while (i > 0 && ((unsigned char)s.p[i] & 0xC0) == 0x80)
            i--;
        rv_buf_add(&b, rv_str_sub(s, i, end - i));
        end = i;
    }
    return rv_out_buf(c, "output", &b, RV_OK);
}

static rv_status card_uuid(struct rv_call *c)
{
    uint8_t bytes[32];
    struct rv_cx *cx = rv_call_cx(c);
    rv_card_random(c, 0, bytes);
    bytes[6] = (uint8_t)((bytes[6] & 0x0F) | 0x40); /* version 4 */
    bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80);
    rv_str hex = rv_hex(cx, bytes, 16);
    if (hex.p == NULL)
        return RV_BUSY;
    return rv_out_text(c, "output",
                       rv_printf(cx, "%.8s-%.4s-%.4s-%.4s-%.12s", hex.p, hex.p + 8, hex.p + 12,
                                 hex.p + 16, hex.p + 20));
}

static rv_status pad(struct rv_call *c, bool left)
{
    struct rv_buf b;
    rv_str s, by;
    int64_t length;
    RV_TRY(rv_in_text(c, "string", &s));
    RV_TRY(rv_in_text(c, "with", &by));
    RV_TRY(rv_in_whole(c, "length", 0, &length));
    by = by.n > 0 ? by : RV_STR(" ");
    if (length > RV_CARD_TEXT_MAX)
        return rv_fail(rv_call_cx(c), RV_LIMIT, "the length %" PRId64 " is more than %d", length,
                       RV_CARD_TEXT_MAX);
    size_t have = rv_utf8_count(s), step = rv_utf8_count(by),
           due = length > (int64_t)have ? (size_t)length - have : 0;
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    if (!left)
        rv_buf_add(&b, s);
    for (; due > 0 && !b.failed; due -= due < step ? due : step)
        rv_buf_add(&b, due < step ? rv_points(by, 0, due) : by);
    if (left)
        rv_buf_add(&b, s);
    return rv_out_buf(c, "output", &b, RV_OK);
}

static rv_status card_pad_left(struct rv_call *c)
{
    return pad(c, true);
}

static rv_status card_pad_right(struct rv_call *c)
{
    return pad(c, false);
}

static rv_status card_repeat(struct rv_call *c)
{
    struct rv_buf b;
    rv_str s;
    int64_t times;
    RV_TRY(rv_in_text(c, "string", &s));
    RV_TRY(rv_in_whole(c, "times", 1, &times));
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    for (int64_t i = 0; i < times && s.n > 0 && !b.failed; i++)
        rv_buf_add(&b, s);
    return rv_out_buf(c, "output", &b, RV_OK);
}

/* ---- questions ------------------------------------------------------------------------------- */

static rv_status both_texts(struct rv_call *c, rv_str *s, rv_str *part)
{
    RV_TRY(rv_in_text(c, "string", s));
    return rv_in_text(c, "substr", part);
}

static rv_status card_starts(struct rv_call *c)
{
    rv_str s, part;
    RV_TRY(both_texts(c, &s, &part));
    return rv_out(c, "output", json_boolean(part.n == 0 || rv_str_starts(s, part)));
}

static rv_status card_ends(struct rv_call *c)
{
    rv_str s, part;
    RV_TRY(both_texts(c, &s, &part));
    return rv_out(c, "output", json_boolean(part.n == 0 || rv_str_ends(s, part)));
}

static rv_status card_contains(struct rv_call *c)
{
    rv_str s, part;
    RV_TRY(both_texts(c, &s, &part));
    return rv_out(c, "output", json_boolean(part.n == 0 || rv_str_contains(s, part)));
}

/* ---- HTML and hexadecimal -------------------------------------------------------------------- */

static const struct {
    const char *name;
    utf8proc_int32_t point;
} entities[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&#39;", '\'' }, { "&apos;", '\'' }, { "&nbsp;", 0xA0 } };
enum { ESCAPED = 5 }; /* the first ones are written, all are read */

static rv_status card_encode_html(struct rv_call *c)
{
    struct rv_buf b;
    rv_str s;
    RV_TRY(rv_in_text(c, "string", &s));
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    for (size_t i = 0; i < s.n; i++) {
        size_t k = 0;
        while (k < ESCAPED && entities[k].point != s.p[i])
            k++;
        if (k < ESCAPED)
            rv_buf_add(&b, rv_str_of(entities[k].name));
        else
            rv_buf_char(&b, s.p[i]);
    }
    return rv_out_buf(c, "output", &b, RV_OK);
}

/* "&#233;" or "&#xE9;" at the start of s: its length, 0 when it is none. */
static size_t numbered(rv_str s, utf8proc_int32_t *ret)
{
    bool hex = s.n > 3 && (s.p[2] == 'x' || s.p[2] == 'X');
    uint32_t v = 0;
    size_t i = hex ? 3 : 2, first = i;
    for (; i < s.n && i < first + 7; i++) {
        char p = s.p[i];
        int d = p >= '0' && p <= '9'          ? p - '0'
                : hex && p >= 'a' && p <= 'f' ? p - 'a' + 10
                : hex && p >= 'A' && p <= 'F' ? p - 'A' + 10
                                              : -1;
        if (d < 0)
            break;
        v = v * (hex ? 16 : 10) + (uint32_t)d;
    }
    *ret = (utf8proc_int32_t)v;
    return i > first && i < s.n && s.p[i] == ';' && v > 0 && utf8proc_codepoint_valid(*ret) ? i + 1
                                                                                            : 0;
}

static rv_status card_decode_html(struct rv_call *c)
{
    struct rv_buf b;
    rv_str s;
    RV_TRY(rv_in_text(c, "string", &s));
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    while (s.n > 0) {
        utf8proc_int32_t point = 0;
        size_t n = rv_str_starts(s, RV_STR("&#")) ? numbered(s, &point) : 0;
        for (size_t k = 0; n == 0 && s.p[0] == '&' && k < RV_LEN(entities); k++)
            if (rv_str_starts(s, rv_str_of(entities[k].name))) {
                n = strlen(entities[k].name);
                point = entities[k].point;
            }
        if (n > 0)
            add_point(&b, point);
        else
            rv_buf_char(&b, s.p[0]);
        s = rv_str_sub(s, n > 0 ? n : 1, s.n);
    }
    return rv_out_buf(c, "output", &b, RV_OK);
}

static rv_status card_hex(struct rv_call *c)
{
    rv_str s;
    RV_TRY(rv_in_text(c, "string", &s));
    return rv_out_text(c, "output", rv_hex(rv_call_cx(c), s.p != NULL ? s.p : "", s.n));
}

static int digit(char p)
{
    return p >= '0' && p <= '9'   ? p - '0'
           : p >= 'a' && p <= 'f' ? p - 'a' + 10
           : p >= 'A' && p <= 'F' ? p - 'A' + 10
                                  : -1;
}

static rv_status card_unhex(struct rv_call *c)
{
    struct rv_cx *cx = rv_call_cx(c);
    struct rv_buf b;
    rv_str s;
    rv_status st = RV_OK;
    RV_TRY(rv_in_text(c, "string", &s));
    s = rv_str_trim(s);
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    for (size_t i = 0; i < s.n && st == RV_OK; i += 2) {
        int hi = digit(s.p[i]), lo = i + 1 < s.n ? digit(s.p[i + 1]) : -1;
        if (hi < 0 || lo < 0)
            st = rv_fail(cx, RV_INVALID, "the text is not hexadecimal at position %zu", i);
        else
            rv_buf_char(&b, (char)(hi * 16 + lo));
    }
    if (st == RV_OK && !rv_utf8_valid((rv_str){ b.p, b.n }))
        st = rv_fail(cx, RV_INVALID, "the decoded bytes are not text (UTF-8)");
    return rv_out_buf(c, "output", &b, st);
}

#define TEXT(key, label, help) { NULL, key, label, RV_T_TEXT, 0, NULL, NULL, help }
#define SOURCE TEXT("string", "text", "the text")
#define OUT_TEXT { NULL, "output", "output", RV_T_TEXT, 0, NULL, NULL, "the new text" }
#define OUT_BOOL { NULL, "output", "output", RV_T_BOOL, 0, NULL, NULL, "true or false; case matters" }
#define PART TEXT("substr", "look for", "what is looked for")
#define PAD { NULL, "length", "length", RV_T_NUM, RV_PIN_REQUIRED, NULL, NULL, "how long the text becomes at least" }, { NULL, "with", "with", RV_T_TEXT, 0, "\" \"", NULL, "what it is filled with; empty: blanks" }

/* clang-format off */
const struct rv_card rv_cards_text_more[] = {
    { .name = "string:toTitleCase", .label = "Title Case", .category = "Text", .help = "Writes the first letter of each word as a capital.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE), .out = RV_PINS(OUT_TEXT), .run = card_title },
    { .name = "string:reverse", .label = "Reverse", .category = "Text", .help = "Writes a text from its end to its start.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE), .out = RV_PINS(OUT_TEXT), .run = card_reverse },
    { .name = "string:uuid", .label = "Unique ID", .category = "Text", .help = "A new unique id (UUID).", .kind = RV_CARD_PURE,
      .out = RV_PINS({ NULL, "output", "output", RV_T_TEXT, 0, NULL, NULL, "the id" }), .run = card_uuid },
    { .name = "string:padLeft", .label = "Pad Left", .category = "Text", .help = "Fills a text up at its start.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE, PAD), .out = RV_PINS(OUT_TEXT), .run = card_pad_left },
    { .name = "string:padRight", .label = "Pad Right", .category = "Text", .help = "Fills a text up at its end.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE, PAD), .out = RV_PINS(OUT_TEXT), .run = card_pad_right },
    { .name = "string:repeat", .label = "Repeat", .category = "Text", .help = "Writes a text several times in a row.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE, { NULL, "times", "times", RV_T_NUM, RV_PIN_REQUIRED, NULL, NULL, "how often" }), .out = RV_PINS(OUT_TEXT), .run = card_repeat },
    { .name = "string:startsWith", .label = "Starts With", .category = "Text", .help = "Says whether a text starts with another one.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE, PART), .out = RV_PINS(OUT_BOOL), .run = card_starts },
    { .name = "string:endsWith", .label = "Ends With", .category = "Text", .help = "Says whether a text ends with another one.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE, PART), .out = RV_PINS(OUT_BOOL), .run = card_ends },
    { .name = "string:contains", .label = "Contains", .category = "Text", .help = "Says whether a text contains another one.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE, PART), .out = RV_PINS(OUT_BOOL), .run = card_contains },
    { .name = "string:encodeHTML", .label = "Encode HTML", .category = "Text", .help = "Writes a text so that it can stand in HTML.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE), .out = RV_PINS(OUT_TEXT), .run = card_encode_html },
    { .name = "string:decodeHTML", .label = "Decode HTML", .category = "Text", .help = "Reads the characters that HTML writes as & and a name or number.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE), .out = RV_PINS(OUT_TEXT), .run = card_decode_html },
    { .name = "string:hex", .label = "Hex", .category = "Text", .help = "Writes the bytes of a text in hexadecimal.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE), .out = RV_PINS(OUT_TEXT), .run = card_hex },
    { .name = "string:hexDecode", .label = "Hex Decode", .category = "Text", .help = "Reads hexadecimal as text.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE), .out = RV_PINS(OUT_TEXT), .run = card_unhex },
    { .name = NULL },
};
