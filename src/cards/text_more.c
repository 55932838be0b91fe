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

/* clang-format off */
static const struct {
    const char *name;
    utf8proc_int32_t point;
} entities[] = { /* what is written, then what is only read: the names of HTML 4 */
    { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&#39;", '\'' }, { "&apos;", '\'' },
    { "&nbsp;", 0xA0 }, { "&iexcl;", 0xA1 }, { "&cent;", 0xA2 }, { "&pound;", 0xA3 }, { "&curren;", 0xA4 }, { "&yen;", 0xA5 }, { "&brvbar;", 0xA6 },
    { "&sect;", 0xA7 }, { "&uml;", 0xA8 }, { "&copy;", 0xA9 }, { "&ordf;", 0xAA }, { "&laquo;", 0xAB }, { "&not;", 0xAC }, { "&shy;", 0xAD }, { "&reg;", 0xAE },
    { "&macr;", 0xAF }, { "&deg;", 0xB0 }, { "&plusmn;", 0xB1 }, { "&sup2;", 0xB2 }, { "&sup3;", 0xB3 }, { "&acute;", 0xB4 }, { "&micro;", 0xB5 },
    { "&para;", 0xB6 }, { "&middot;", 0xB7 }, { "&cedil;", 0xB8 }, { "&sup1;", 0xB9 }, { "&ordm;", 0xBA }, { "&raquo;", 0xBB }, { "&frac14;", 0xBC },
    { "&frac12;", 0xBD }, { "&frac34;", 0xBE }, { "&iquest;", 0xBF }, { "&Agrave;", 0xC0 }, { "&Aacute;", 0xC1 }, { "&Acirc;", 0xC2 }, { "&Atilde;", 0xC3 },
    { "&Auml;", 0xC4 }, { "&Aring;", 0xC5 }, { "&AElig;", 0xC6 }, { "&Ccedil;", 0xC7 }, { "&Egrave;", 0xC8 }, { "&Eacute;", 0xC9 }, { "&Ecirc;", 0xCA },
    { "&Euml;", 0xCB }, { "&Igrave;", 0xCC }, { "&Iacute;", 0xCD }, { "&Icirc;", 0xCE }, { "&Iuml;", 0xCF }, { "&ETH;", 0xD0 }, { "&Ntilde;", 0xD1 },
    { "&Ograve;", 0xD2 }, { "&Oacute;", 0xD3 }, { "&Ocirc;", 0xD4 }, { "&Otilde;", 0xD5 }, { "&Ouml;", 0xD6 }, { "&times;", 0xD7 }, { "&Oslash;", 0xD8 },
    { "&Ugrave;", 0xD9 }, { "&Uacute;", 0xDA }, { "&Ucirc;", 0xDB }, { "&Uuml;", 0xDC }, { "&Yacute;", 0xDD }, { "&THORN;", 0xDE }, { "&szlig;", 0xDF },
    { "&agrave;", 0xE0 }, { "&aacute;", 0xE1 }, { "&acirc;", 0xE2 }, { "&atilde;", 0xE3 }, { "&auml;", 0xE4 }, { "&aring;", 0xE5 }, { "&aelig;", 0xE6 },
    { "&ccedil;", 0xE7 }, { "&egrave;", 0xE8 }, { "&eacute;", 0xE9 }, { "&ecirc;", 0xEA }, { "&euml;", 0xEB }, { "&igrave;", 0xEC }, { "&iacute;", 0xED },
    { "&icirc;", 0xEE }, { "&iuml;", 0xEF }, { "&eth;", 0xF0 }, { "&ntilde;", 0xF1 }, { "&ograve;", 0xF2 }, { "&oacute;", 0xF3 }, { "&ocirc;", 0xF4 },
    { "&otilde;", 0xF5 }, { "&ouml;", 0xF6 }, { "&divide;", 0xF7 }, { "&oslash;", 0xF8 }, { "&ugrave;", 0xF9 }, { "&uacute;", 0xFA }, { "&ucirc;", 0xFB },
    { "&uuml;", 0xFC }, { "&yacute;", 0xFD }, { "&thorn;", 0xFE }, { "&yuml;", 0xFF }, { "&OElig;", 0x152 }, { "&oelig;", 0x153 }, { "&Scaron;", 0x160 },
    { "&scaron;", 0x161 }, { "&Yuml;", 0x178 }, { "&fnof;", 0x192 }, { "&circ;", 0x2C6 }, { "&tilde;", 0x2DC }, { "&Alpha;", 0x391 }, { "&Beta;", 0x392 },
    { "&Gamma;", 0x393 }, { "&Delta;", 0x394 }, { "&Epsilon;", 0x395 }, { "&Zeta;", 0x396 }, { "&Eta;", 0x397 }, { "&Theta;", 0x398 }, { "&Iota;", 0x399 },
    { "&Kappa;", 0x39A }, { "&Lambda;", 0x39B }, { "&Mu;", 0x39C }, { "&Nu;", 0x39D }, { "&Xi;", 0x39E }, { "&Omicron;", 0x39F }, { "&Pi;", 0x3A0 },
    { "&Rho;", 0x3A1 }, { "&Sigma;", 0x3A3 }, { "&Tau;", 0x3A4 }, { "&Upsilon;", 0x3A5 }, { "&Phi;", 0x3A6 }, { "&Chi;", 0x3A7 }, { "&Psi;", 0x3A8 },
    { "&Omega;", 0x3A9 }, { "&alpha;", 0x3B1 }, { "&beta;", 0x3B2 }, { "&gamma;", 0x3B3 }, { "&delta;", 0x3B4 }, { "&epsilon;", 0x3B5 }, { "&zeta;", 0x3B6 },
    { "&eta;", 0x3B7 }, { "&theta;", 0x3B8 }, { "&iota;", 0x3B9 }, { "&kappa;", 0x3BA }, { "&lambda;", 0x3BB }, { "&mu;", 0x3BC }, { "&nu;", 0x3BD },
    { "&xi;", 0x3BE }, { "&omicron;", 0x3BF }, { "&pi;", 0x3C0 }, { "&rho;", 0x3C1 }, { "&sigmaf;", 0x3C2 }, { "&sigma;", 0x3C3 }, { "&tau;", 0x3C4 },
    { "&upsilon;", 0x3C5 }, { "&phi;", 0x3C6 }, { "&chi;", 0x3C7 }, { "&psi;", 0x3C8 }, { "&omega;", 0x3C9 }, { "&thetasym;", 0x3D1 }, { "&upsih;", 0x3D2 },
    { "&piv;", 0x3D6 }, { "&ensp;", 0x2002 }, { "&emsp;", 0x2003 }, { "&thinsp;", 0x2009 }, { "&zwnj;", 0x200C }, { "&zwj;", 0x200D }, { "&lrm;", 0x200E },
    { "&rlm;", 0x200F }, { "&ndash;", 0x2013 }, { "&mdash;", 0x2014 }, { "&lsquo;", 0x2018 }, { "&rsquo;", 0x2019 }, { "&sbquo;", 0x201A },
    { "&ldquo;", 0x201C }, { "&rdquo;", 0x201D }, { "&bdquo;", 0x201E }, { "&dagger;", 0x2020 }, { "&Dagger;", 0x2021 }, { "&bull;", 0x2022 },
    { "&hellip;", 0x2026 }, { "&permil;", 0x2030 }, { "&prime;", 0x2032 }, { "&Prime;", 0x2033 }, { "&lsaquo;", 0x2039 }, { "&rsaquo;", 0x203A },
    { "&oline;", 0x203E }, { "&frasl;", 0x2044 }, { "&euro;", 0x20AC }, { "&image;", 0x2111 }, { "&weierp;", 0x2118 }, { "&real;", 0x211C },
    { "&trade;", 0x2122 }, { "&alefsym;", 0x2135 }, { "&larr;", 0x2190 }, { "&uarr;", 0x2191 }, { "&rarr;", 0x2192 }, { "&darr;", 0x2193 },
    { "&harr;", 0x2194 }, { "&crarr;", 0x21B5 }, { "&lArr;", 0x21D0 }, { "&uArr;", 0x21D1 }, { "&rArr;", 0x21D2 }, { "&dArr;", 0x21D3 }, { "&hArr;", 0x21D4 },
    { "&forall;", 0x2200 }, { "&part;", 0x2202 }, { "&exist;", 0x2203 }, { "&empty;", 0x2205 }, { "&nabla;", 0x2207 }, { "&isin;", 0x2208 },
    { "&notin;", 0x2209 }, { "&ni;", 0x220B }, { "&prod;", 0x220F }, { "&sum;", 0x2211 }, { "&minus;", 0x2212 }, { "&lowast;", 0x2217 }, { "&radic;", 0x221A },
    { "&prop;", 0x221D }, { "&infin;", 0x221E }, { "&ang;", 0x2220 }, { "&and;", 0x2227 }, { "&or;", 0x2228 }, { "&cap;", 0x2229 }, { "&cup;", 0x222A },
    { "&int;", 0x222B }, { "&there4;", 0x2234 }, { "&sim;", 0x223C }, { "&cong;", 0x2245 }, { "&asymp;", 0x2248 }, { "&ne;", 0x2260 }, { "&equiv;", 0x2261 },
    { "&le;", 0x2264 }, { "&ge;", 0x2265 }, { "&sub;", 0x2282 }, { "&sup;", 0x2283 }, { "&nsub;", 0x2284 }, { "&sube;", 0x2286 }, { "&supe;", 0x2287 },
    { "&oplus;", 0x2295 }, { "&otimes;", 0x2297 }, { "&perp;", 0x22A5 }, { "&sdot;", 0x22C5 }, { "&lceil;", 0x2308 }, { "&rceil;", 0x2309 },
    { "&lfloor;", 0x230A }, { "&rfloor;", 0x230B }, { "&lang;", 0x2329 }, { "&rang;", 0x232A }, { "&loz;", 0x25CA }, { "&spades;", 0x2660 },
    { "&clubs;", 0x2663 }, { "&hearts;", 0x2665 }, { "&diams;", 0x2666 },
};
/* clang-format on */
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
        bool named = n == 0 && s.p[0] == '&' && memchr(s.p, ';', s.n < 10 ? s.n : 10) != NULL;
        for (size_t k = 0; named && n == 0 && k < RV_LEN(entities); k++)
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
