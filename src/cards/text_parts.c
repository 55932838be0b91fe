/* cards/text_parts.c: cards that cut, find and replace in text (cards.md B.7: 25, 36, 43, 47, 63,
 * 69, 73, 75, 80, 88, 89, 96, C.5).
 *
 * Positions and lengths count code points. What is looked for is plain text. */
#include "cards/cards_int.h"

#include <utf8proc.h>

static rv_status card_split(struct rv_call *c)
{
    rv_str s, by;
    json_t *list = rv_new_list(c);
    RV_TRY(rv_in_text(c, "string", &s));
    RV_TRY(rv_in_text(c, "delimiter", &by));
    if (list == NULL)
        return RV_BUSY;
    while (true) {
        const char *at = by.n > 0 ? memmem(s.p, s.n, by.p, by.n) : NULL;
        rv_str part = by.n == 0    ? rv_points(s, 0, 1)
                      : at != NULL ? (rv_str){ s.p, (size_t)(at - s.p) }
                                   : s;
        if (json_array_append_new(list, rv_value_of_text(part.p != NULL ? part : RV_STR(""))) != 0)
            return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory while splitting a text");
        if (by.n == 0 ? part.n == s.n : at == NULL)
            break;
        s = rv_str_sub(s, part.n + by.n, s.n);
    }
    return rv_out(c, "output", json_incref(list));
}

static rv_status card_segment(struct rv_call *c)
{
    rv_str s;
    int64_t from, to;
    RV_TRY(rv_in_text(c, "string", &s));
    RV_TRY(rv_in_whole(c, "start", 0, &from));
    RV_TRY(rv_in_whole(c, "end", INT32_MAX, &to));
    from = from < 0 ? 0 : from;
    to = to < 0 ? 0 : to;
    return rv_out_text(c, "output",
                       to > from ? rv_points(s, (size_t)from, (size_t)to) : RV_STR(""));
}

static rv_status card_at(struct rv_call *c)
{
    rv_str s;
    int64_t i;
    RV_TRY(rv_in_text(c, "string", &s));
    RV_TRY(rv_in_whole(c, "index", 0, &i));
    return rv_out_text(c, "output", i >= 0 ? rv_points(s, (size_t)i, (size_t)i + 1) : RV_STR(""));
}

static void add_point(struct rv_buf *b, utf8proc_int32_t p)
{
    utf8proc_uint8_t out[4];
    rv_buf_add(b, (rv_str){ (const char *)out, (size_t)utf8proc_encode_char(p, out) });
}

/* Whether the letter nearest to the start or the end of s has a case; marks and apostrophes between
 * do not count. */
static bool letter_at(rv_str s, bool end)
{
    utf8proc_int32_t p;
    while (s.n > 0) {
        size_t i = end ? s.n - 1 : 0;
        while (end && i > 0 && ((unsigned char)s.p[i] & 0xC0) == 0x80)
            i--;
        utf8proc_ssize_t n =
            utf8proc_iterate((const utf8proc_uint8_t *)s.p + i, (utf8proc_ssize_t)(s.n - i), &p);
        utf8proc_category_t k = n > 0 ? utf8proc_category(p) : UTF8PROC_CATEGORY_CN;
        if (k == UTF8PROC_CATEGORY_LU || k == UTF8PROC_CATEGORY_LL || k == UTF8PROC_CATEGORY_LT)
            return true;
        if (k != UTF8PROC_CATEGORY_MN && k != UTF8PROC_CATEGORY_ME && k != UTF8PROC_CATEGORY_CF &&
            p != '\'' && p != 0x2019)
            return false;
        s = end ? rv_str_sub(s, 0, i) : rv_str_sub(s, (size_t)n, s.n);
    }
    return false;
}

/* The two letters whose small form is more than a table (Unicode 3.13): a sigma that ends a word, a
 * capital I with a dot. */
static void add_lower(struct rv_buf *b, utf8proc_int32_t p, rv_str before, rv_str behind)
{
    bool ends = p == 0x3A3 && letter_at(before, true) && !letter_at(behind, false);
    add_point(b, ends ? 0x3C2 : p == 0x130 ? 'i' : utf8proc_tolower(p));
    if (p == 0x130)
        add_point(b, 0x307);
}

/* Some small letters are several capitals, as ß is SS: those that fold into several. */
static void add_upper(struct rv_buf *b, utf8proc_int32_t p, rv_str before, rv_str behind)
{
    utf8proc_int32_t folded[8];
    int ignored = 0;
    bool small = utf8proc_category(p) == UTF8PROC_CATEGORY_LL;
    utf8proc_ssize_t n =
        small ? utf8proc_decompose_char(p, folded, RV_LEN(folded), UTF8PROC_CASEFOLD, &ignored) : 0;
    (void)before;
    (void)behind;
    if (n < 2 || n > (utf8proc_ssize_t)RV_LEN(folded))
        add_point(b, utf8proc_toupper(p));
    for (utf8proc_ssize_t i = 0; n >= 2 && n <= (utf8proc_ssize_t)RV_LEN(folded) && i < n; i++)
        add_point(b, utf8proc_toupper(folded[i]));
}

static rv_status change_case(struct rv_call *c, void (*add)(struct rv_buf *b, utf8proc_int32_t p,
                                                            rv_str before, rv_str behind))
{
    struct rv_buf b;
    rv_str s;
    RV_TRY(rv_in_text(c, "string", &s));
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    for (size_t i = 0; i < s.n;) {
        utf8proc_int32_t point;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.p + i,
                                              (utf8proc_ssize_t)(s.n - i), &point);
        if (n <= 0)
            break; /* cannot happen: texts are valid UTF-8 */
        add(&b, point, rv_str_sub(s, 0, i), rv_str_sub(s, i + (size_t)n, s.n));
        i += (size_t)n;
    }
    return rv_out_buf(c, "output", &b, RV_OK);
}

static rv_status card_lower(struct rv_call *c)
{
    return change_case(c, add_lower);
}

static rv_status card_upper(struct rv_call *c)
{
    return change_case(c, add_upper);
}

static bool is_space(utf8proc_int32_t p)
{
    utf8proc_category_t k = utf8proc_category(p);
    return k == UTF8PROC_CATEGORY_ZS || k == UTF8PROC_CATEGORY_ZL || k == UTF8PROC_CATEGORY_ZP ||
           (p >= 9 && p <= 13) || p == 0x85 || p == 0xFEFF;
}

static rv_status card_trim(struct rv_call *c)
{
    rv_str s;
    utf8proc_int32_t p;
    RV_TRY(rv_in_text(c, "string", &s));
    while (s.n > 0) {
        utf8proc_ssize_t n =
            utf8proc_iterate((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &p);
        if (n <= 0 || !is_space(p))
            break;
        s = rv_str_sub(s, (size_t)n, s.n);
    }
    while (s.n > 0) {
        size_t i = s.n - 1;
        while (i > 0 && ((unsigned char)s.p[i] & 0xC0) == 0x80)
            i--;
        if (utf8proc_iterate((const utf8proc_uint8_t *)s.p + i, (utf8proc_ssize_t)(s.n - i), &p) <=
                0 ||
            !is_space(p))
            break;
        s.n = i;
    }
    return rv_out_text(c, "output", s);
}

static rv_status card_length(struct rv_call *c)
{
    rv_str s;
    RV_TRY(rv_in_text(c, "string", &s));
    return rv_out_num(c, "length", (double)rv_utf8_count(s));
}

static rv_status card_find(struct rv_call *c)
{
    rv_str s, part;
    RV_TRY(rv_in_text(c, "string", &s));
    RV_TRY(rv_in_text(c, "substr", &part));
    const char *at = part.n == 0 ? s.p : s.n > 0 ? memmem(s.p, s.n, part.p, part.n) : NULL;
    return rv_out_num(c, "output",
                      at != NULL || part.n == 0
                          ? (double)(part.n == 0 ? 0 : rv_points_before(s, (size_t)(at - s.p)))
                          : -1);
}

static rv_status card_find_last(struct rv_call *c)
{
    rv_str s, part;
    int64_t most, found = -1;
    RV_TRY(rv_in_text(c, "string", &s));
    RV_TRY(rv_in_text(c, "substr", &part));
    RV_TRY(rv_in_whole(c, "index", INT32_MAX, &most));
    int64_t point = 0;
    for (size_t i = 0; i + part.n <= s.n && point <= most; i++) {
        if (i > 0 && ((unsigned char)s.p[i] & 0xC0) == 0x80)
            continue;
        if (part.n == 0 || memcmp(s.p + i, part.p, part.n) == 0)
            found = point;
        point++;
    }
    return rv_out_num(c, "output", (double)found);
}

/* Bytes at the start of s that are the part when case does not matter; 0: it does not stand there.
 * Letter by letter: what stands in s may have more or fewer bytes than the part. */
static size_t same_letters(rv_str s, rv_str part)
{
    size_t i = 0, k = 0;
    while (k < part.n) {
        utf8proc_int32_t a, b;
        utf8proc_ssize_t n = i < s.n ? utf8proc_iterate((const utf8proc_uint8_t *)s.p + i,
                                                        (utf8proc_ssize_t)(s.n - i), &a)
                                     : 0;
        utf8proc_ssize_t m = utf8proc_iterate((const utf8proc_uint8_t *)part.p + k,
                                              (utf8proc_ssize_t)(part.n - k), &b);
        if (n <= 0 || m <= 0 || (a != b && utf8proc_tolower(a) != utf8proc_tolower(b)))
            return 0;
        i += (size_t)n;
        k += (size_t)m;
    }
    return i;
}

static const char *next_of(rv_str s, rv_str part, bool sensitive, size_t *ret_n)
{
    *ret_n = part.n;
    if (sensitive)
        return s.n >= part.n ? memmem(s.p, s.n, part.p, part.n) : NULL;
    for (size_t i = 0; i < s.n; i++) {
        if (((unsigned char)s.p[i] & 0xC0) == 0x80)
            continue;
        *ret_n = same_letters(rv_str_sub(s, i, s.n), part);
        if (*ret_n > 0)
            return s.p + i;
    }
    return NULL;
}

static void replace(struct rv_buf *b, rv_str s, rv_str part, rv_str by, bool all, bool sensitive)
{
    while (part.n > 0) {
        size_t n;
        const char *at = next_of(s, part, sensitive, &n);
        if (at == NULL)
            break;
        rv_buf_add(b, (rv_str){ s.p, (size_t)(at - s.p) });
        rv_buf_add(b, by);
        s = rv_str_sub(s, (size_t)(at - s.p) + n, s.n);
        if (!all)
            break;
    }
    rv_buf_add(b, s);
}

static rv_status card_replace(struct rv_call *c)
{
    struct rv_buf b;
    rv_str s, part, by;
    bool all, sensitive;
    RV_TRY(rv_in_text(c, "string", &s));
    RV_TRY(rv_in_text(c, "src", &part));
    RV_TRY(rv_in_text(c, "dest", &by));
    RV_TRY(rv_in_flag(c, "global", true, &all));
    RV_TRY(rv_in_flag(c, "sensitive", true, &sensitive));
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    replace(&b, s, part, by, all, sensitive);
    return rv_out_buf(c, "output", &b, RV_OK);
}

static rv_status card_replace_any(struct rv_call *c)
{
    struct rv_cx *cx = rv_call_cx(c);
    rv_str s, by, part;
    bool all, sensitive;
    struct rv_field f;
    RV_TRY(rv_in_text(c, "text", &s));
    RV_TRY(rv_in_text(c, "replacement", &by));
    RV_TRY(rv_in_flag(c, "global", true, &all));
    RV_TRY(rv_in_flag(c, "case sensitive", true, &sensitive));
    for (size_t i = 0; i < rv_in_count(c); i++) {
        json_t *v = rv_in_at(c, i, &f);
        struct rv_buf b;
        rv_str text;
        if (!rv_str_eq(f.group, RV_STR("patterns")))
            continue;
        RV_TRY(rv_value_text(cx, v, &part));
        rv_buf_init(&b, RV_CARD_TEXT_MAX);
        replace(&b, s, part, by, all, sensitive);
        rv_status st = rv_buf_str(cx, &b, &text);
        s = st == RV_OK ? rv_dup(cx, text) : s;
        rv_buf_done(&b);
        RV_TRY(st);
        if (s.p == NULL)
            return RV_BUSY;
    }
    return rv_out_text(c, "output", s);
}

static rv_status card_base64(struct rv_call *c)
{
    rv_str s;
    RV_TRY(rv_in_text(c, "string", &s));
    return rv_out_text(c, "output", rv_base64(rv_call_cx(c), s));
}

static rv_status card_base64_decode(struct rv_call *c)
{
    struct rv_cx *cx = rv_call_cx(c);
    rv_str s, bytes;
    size_t n = 0, padding = 0;
    RV_TRY(rv_in_text(c, "string", &s));
    char *dense = rv_alloc(cx, s.n + 1); /* long texts come in lines */
    if (dense == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < s.n; i++) {
        if (memchr(" \t\r\n", s.p[i], 4) != NULL)
            continue;
        padding += s.p[i] == '=' ? 1 : 0;
        if (s.p[i] != '=' && padding == 0)
            dense[n++] = s.p[i];
        else if (s.p[i] != '=') /* something behind the end */
            padding = 3;
    }
    if (padding > 2 || !rv_base64_decode(cx, (rv_str){ dense, n }, &bytes))
        return rv_fail(cx, RV_INVALID, "the text is not Base64");
    if (!rv_utf8_valid(bytes))
        return rv_fail(cx, RV_INVALID, "the decoded bytes are not text (UTF-8)");
    return rv_out_text(c, "output", bytes.p != NULL ? bytes : RV_STR(""));
}

static rv_status card_random(struct rv_call *c)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    struct rv_buf b;
    int64_t n;
    uint8_t block[32];
    size_t at = sizeof block;
    uint64_t no = 0;
    RV_TRY(rv_in_whole(c, "length", 0, &n));
    if (n < 0 || n > 10000)
        return rv_fail(rv_call_cx(c), RV_LIMIT, "the length is %" PRId64 "; it may be 0 to 10,000",
                       n);
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    while (n > 0) {
        if (at == sizeof block) {
            rv_card_random(c, no++, block);
            at = 0;
        }
        uint8_t v = block[at++];
        if (v < 248) { /* 4 times 62: no character is likelier than another */
            rv_buf_char(&b, alphabet[v % 62]);
            n--;
        }
    }
    return rv_out_buf(c, "output", &b, RV_OK);
}

#define TEXT(key, label, flags, help) { NULL, key, label, RV_T_TEXT, flags, NULL, NULL, help }
#define SOURCE TEXT("string", "text", RV_PIN_REQUIRED | RV_PIN_TEXT, "the text")
#define OPTIONAL TEXT("string", "text", 0, "the text")
#define OUT_TEXT { NULL, "output", "output", RV_T_TEXT, 0, NULL, NULL, "the text" }
#define OUT_AT { NULL, "output", "position", RV_T_NUM, 0, NULL, NULL, "position from 0; -1: not there" }
#define FLAG(key, label, help) { NULL, key, label, RV_T_BOOL, 0, "true", NULL, help }

/* clang-format off */
const struct rv_card rv_cards_text_parts[] = {
    { .name = "string:split", .label = "Split", .category = "Text", .help = "Cuts a text at a separator into a list.", .kind = RV_CARD_PURE,
      .in = RV_PINS(OPTIONAL, { NULL, "delimiter", "separator", RV_T_TEXT, 0, "\",\"", NULL, "where to cut; empty: between characters" }),
      .out = RV_PINS({ NULL, "output", "output", RV_T_TEXT, RV_PIN_LIST, NULL, NULL, "the parts" }), .run = card_split },
    { .name = "string:substr", .label = "Text Segment", .category = "Text", .help = "Takes characters out of a text.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE, { NULL, "start", "start at", RV_T_NUM, 0, "0", NULL, "first character, from 0" }, { NULL, "end", "end before", RV_T_NUM, 0, NULL, NULL, "first character not taken; empty: to the end" }),
      .out = RV_PINS(OUT_TEXT), .run = card_segment },
    { .name = "string:at", .label = "At", .category = "Text", .help = "One character of a text.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE, { NULL, "index", "index", RV_T_NUM, RV_PIN_REQUIRED, NULL, NULL, "position, from 0" }),
      .out = RV_PINS({ NULL, "output", "character", RV_T_TEXT, 0, NULL, NULL, "the character; empty: there is none" }), .run = card_at },
    { .name = "string:toLowerCase", .label = "To Lower Case", .category = "Text", .help = "Writes a text in small letters.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE), .out = RV_PINS(OUT_TEXT), .run = card_lower },
    { .name = "string:toUpperCase", .label = "To Upper Case", .category = "Text", .help = "Writes a text in capital letters.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE), .out = RV_PINS(OUT_TEXT), .run = card_upper },
    { .name = "string:trim", .label = "Trim", .category = "Text", .help = "Takes blanks away at both ends.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE), .out = RV_PINS(OUT_TEXT), .run = card_trim },
    { .name = "string:length", .label = "Length", .category = "Text", .help = "Counts the characters of a text.", .kind = RV_CARD_PURE,
      .in = RV_PINS(OPTIONAL), .out = RV_PINS({ NULL, "length", "length", RV_T_NUM, 0, NULL, NULL, "number of characters" }), .run = card_length },
    { .name = "string:find", .label = "Find", .category = "Text", .help = "Where a text stands in another one first.", .kind = RV_CARD_PURE,
      .in = RV_PINS(OPTIONAL, TEXT("substr", "look for", RV_PIN_REQUIRED | RV_PIN_TEXT, "what is looked for")), .out = RV_PINS(OUT_AT), .run = card_find },
    { .name = "string:lastIndexOf", .label = "Find Last", .category = "Text", .help = "Where a text stands in another one last.", .kind = RV_CARD_PURE,
      .in = RV_PINS(OPTIONAL, TEXT("substr", "look for", RV_PIN_REQUIRED | RV_PIN_TEXT, "what is looked for"), { NULL, "index", "right-most position", RV_T_NUM, 0, NULL, NULL, "last position that counts; empty: the end" }),
      .out = RV_PINS(OUT_AT), .run = card_find_last },
    { .name = "string:replace", .label = "Replace", .category = "Text", .help = "Replaces a text in another one.", .kind = RV_CARD_PURE,
      .in = RV_PINS(TEXT("string", "look in", 0, "the text"), TEXT("src", "look for", 0, "what is replaced"), TEXT("dest", "replace with", 0, "what comes in its place"),
                    FLAG("global", "all instances", "No: only the first one"), FLAG("sensitive", "case sensitive", "No: capitals do not matter")),
      .out = RV_PINS(OUT_TEXT), .run = card_replace },
    { .name = "string:replaceAny", .label = "Replace Patterns", .category = "Text", .help = "Replaces several texts in another one.", .kind = RV_CARD_PURE,
      .user_pins = RV_USER_INPUTS, .user_group = "patterns", .user_types = "text",
      .in = RV_PINS(TEXT("text", "look in", RV_PIN_REQUIRED | RV_PIN_TEXT, "the text"), TEXT("replacement", "replace with", 0, "what comes in their place"),
                    FLAG("global", "all instances", "No: only the first one of each"), FLAG("case sensitive", "case sensitive", "No: capitals do not matter")),
      .out = RV_PINS(OUT_TEXT), .run = card_replace_any },
    { .name = "string:base64", .label = "Base64", .category = "Text", .help = "Encodes a text as Base64.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE), .out = RV_PINS(OUT_TEXT), .run = card_base64 },
    { .name = "string:base64Decode", .label = "Base64 Decode", .category = "Text", .help = "Reads Base64 as text.", .kind = RV_CARD_PURE,
      .in = RV_PINS(SOURCE), .out = RV_PINS(OUT_TEXT), .run = card_base64_decode },
    { .name = "string:random", .label = "Random", .category = "Text", .help = "Random letters and digits.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "length", "length", RV_T_NUM, RV_PIN_REQUIRED, "16", NULL, "number of characters, at most 10,000" }), .out = RV_PINS(OUT_TEXT), .run = card_random },
    { .name = NULL },
};
