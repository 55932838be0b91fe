/* cards/pattern.c: cards that look for regular expressions (cards.md B.4, B.7: 52, 99, C.5).
 *
 * Patterns have the ECMAScript flavour, without delimiters. A pattern and the text it runs over are
 * bounded in size, and a search in steps, nesting and memory (security.md 3), so that no pattern
 * keeps a thread busy. Positions count code points. */
#include "cards/cards_int.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

struct pattern {
    pcre2_code *re;
    pcre2_match_context *limits;
    pcre2_match_data *match;
    int64_t until_us; /* when all searches of the card must be over */
};

static void free_pattern(void *arg)
{
    struct pattern *p = arg;
    pcre2_match_data_free(p->match);
    pcre2_match_context_free(p->limits);
    pcre2_code_free(p->re);
}

/* The pattern lives as long as the card. */
static rv_status compile(struct rv_call *c, rv_str text, bool sensitive, struct pattern **ret)
{
    struct rv_cx *cx = rv_call_cx(c);
    struct pattern *p = RV_NEW(cx, struct pattern);
    uint32_t flags = PCRE2_UTF | PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS |
                     PCRE2_MATCH_UNSET_BACKREF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
    int code;
    PCRE2_SIZE at;
    if (p == NULL)
        return RV_BUSY;
    RV_TRY(rv_arena_on_free(cx->arena, free_pattern, p));
    if (text.n > RV_PATTERN_MAX)
        return rv_fail(cx, RV_LIMIT, "the pattern has %zu bytes, more than %d (limit pattern.size)",
                       text.n, RV_PATTERN_MAX);
    pcre2_compile_context *flavour = pcre2_compile_context_create(NULL);
    if (flavour == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory for a pattern");
    (void)pcre2_set_newline(flavour, PCRE2_NEWLINE_ANYCRLF); /* the dot stops at both */
    (void)pcre2_set_compile_extra_options(flavour, PCRE2_EXTRA_ALT_BSUX);
    p->re = pcre2_compile((PCRE2_SPTR)(text.p != NULL ? text.p : ""), text.n,
                          flags | (sensitive ? 0 : PCRE2_CASELESS), &code, &at, flavour);
    pcre2_compile_context_free(flavour);
    if (p->re == NULL) {
        PCRE2_UCHAR why[160];
        (void)pcre2_get_error_message(code, why, sizeof why);
        return rv_fail(cx, RV_INVALID, "the pattern is not valid at position %zu: %s", (size_t)at,
                       (const char *)why);
    }
    p->limits = pcre2_match_context_create(NULL);
    p->match = pcre2_match_data_create_from_pattern(p->re, NULL);
    if (p->limits == NULL || p->match == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory for a pattern");
    (void)pcre2_set_match_limit(p->limits, RV_PATTERN_STEPS_MAX);
    (void)pcre2_set_depth_limit(p->limits, RV_PATTERN_DEPTH_MAX);
    (void)pcre2_set_heap_limit(p->limits, RV_PATTERN_MEMORY_MAX / 1024);
    p->until_us = rv_mono_us(cx->env) + RV_PATTERN_TIME_MS * INT64_C(1000);
    *ret = p;
    return RV_OK;
}

static rv_status over_limit(struct rv_cx *cx, int code)
{
    if (code == PCRE2_ERROR_MATCHLIMIT)
        return rv_fail(cx, RV_LIMIT,
                       "the pattern needs more than %d steps on this text (limit pattern.steps); "
                       "make it simpler",
                       RV_PATTERN_STEPS_MAX);
    if (code == PCRE2_ERROR_DEPTHLIMIT)
        return rv_fail(cx, RV_LIMIT,
                       "the pattern nests its choices more than %d deep on this text (limit "
                       "pattern.depth); make it simpler",
                       RV_PATTERN_DEPTH_MAX);
    if (code == PCRE2_ERROR_HEAPLIMIT)
        return rv_fail(cx, RV_LIMIT,
                       "the pattern needs more than %d bytes on this text (limit pattern.memory); "
                       "make it simpler",
                       RV_PATTERN_MEMORY_MAX);
    return rv_fail(cx, RV_BUSY, "the pattern could not be matched (%d)", code);
}

/* The first match at or behind the byte `from`; its place stands in the match data. */
static rv_status search(struct rv_call *c, struct pattern *p, rv_str s, size_t from,
                        bool *ret_found)
{
    struct rv_cx *cx = rv_call_cx(c);
    if (s.n > RV_PATTERN_TEXT_MAX)
        return rv_fail(
            cx, RV_LIMIT,
            "the text has %zu bytes, more than %d that a pattern may run over (limit pattern.text)",
            s.n, RV_PATTERN_TEXT_MAX);
    int code =
        pcre2_match(p->re, (PCRE2_SPTR)(s.p != NULL ? s.p : ""), s.n, from, 0, p->match, p->limits);
    if (rv_mono_us(cx->env) > p->until_us)
        return rv_fail(
            cx, RV_LIMIT,
            "the pattern ran longer than %d ms on this text (limit pattern.time); make it simpler",
            RV_PATTERN_TIME_MS);
    *ret_found = code > 0;
    return code > 0 || code == PCRE2_ERROR_NOMATCH ? RV_OK : over_limit(cx, code);
}

/* Group i of the match at hand; absent when it took no part. */
static rv_str group(const struct pattern *p, rv_str s, uint32_t i)
{
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(p->match);
    if (i >= pcre2_get_ovector_count(p->match) || at[2 * i] == PCRE2_UNSET ||
        at[2 * i + 1] < at[2 * i])
        return RV_NONE_STR;
    return (rv_str){ s.p != NULL ? s.p + at[2 * i] : "", at[2 * i + 1] - at[2 * i] };
}

/* Where to look on behind the match at hand: past it, and past one letter when it was empty. */
static size_t behind(const struct pattern *p, rv_str s)
{
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(p->match);
    size_t next = at[1];
    if (at[1] == at[0])
        do
            next++;
        while (next < s.n && ((unsigned char)s.p[next] & 0xC0) == 0x80);
    return next;
}

static rv_status read_pattern(struct rv_call *c, rv_str *ret_text, struct pattern **ret)
{
    rv_str pattern;
    bool sensitive;
    RV_TRY(rv_in_text(c, "string", ret_text));
    RV_TRY(rv_in_text(c, "target", &pattern));
    RV_TRY(rv_in_flag(c, "sensitive", true, &sensitive));
    return compile(c, pattern, sensitive, ret);
}

static rv_status put_position(struct rv_call *c, bool last)
{
    struct pattern *p = NULL;
    rv_str s;
    double found = -1;
    bool more = true;
    RV_TRY(read_pattern(c, &s, &p));
    for (size_t at = 0; more && at <= s.n; at = behind(p, s)) {
        RV_TRY(search(c, p, s, at, &more));
        if (more)
            found = (double)rv_points_before(s, pcre2_get_ovector_pointer(p->match)[0]);
        more = more && last;
    }
    return rv_out_num(c, "output", found);
}

static rv_status card_match(struct rv_call *c)
{
    return put_position(c, false);
}

static rv_status card_match_last(struct rv_call *c)
{
    return put_position(c, true);
}

/* Each match as a whole, or its first group when the pattern has one. */
static rv_status card_extract(struct rv_call *c)
{
    struct pattern *p = NULL;
    json_t *list = rv_new_list(c);
    rv_str s, whole;
    bool all, more = true;
    RV_TRY(read_pattern(c, &s, &p));
    RV_TRY(rv_in_flag(c, "global", true, &all));
    if (list == NULL)
        return RV_BUSY;
    for (size_t at = 0; more && at <= s.n; at = behind(p, s)) {
        RV_TRY(search(c, p, s, at, &more));
        if (!more)
            break;
        whole = group(p, s, pcre2_get_ovector_count(p->match) > 1 ? 1 : 0);
        if (json_array_append_new(list, rv_value_of_text(whole)) != 0)
            return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in a list");
        more = all;
    }
    return rv_out(c, "matches", json_incref(list));
}

/* "$1" to "$99" are groups, "$&" the match, "$$" a dollar; anything else stands for itself. */
static void add_replacement(struct rv_buf *b, const struct pattern *p, rv_str s, rv_str by)
{
    uint32_t groups = pcre2_get_ovector_count(p->match);
    for (size_t i = 0; i < by.n; i++) {
        char next = i + 1 < by.n ? by.p[i + 1] : '\0', after = i + 2 < by.n ? by.p[i + 2] : '\0';
        uint32_t one = next >= '0' && next <= '9' ? (uint32_t)(next - '0') : 0,
                 two = after >= '0' && after <= '9' ? one * 10 + (uint32_t)(after - '0') : 0;
        if (by.p[i] != '$') {
            rv_buf_char(b, by.p[i]);
        } else if (next == '$' || next == '&') {
            rv_buf_add(b, next == '$' ? RV_STR("$") : group(p, s, 0));
            i++;
        } else if (two > 0 && two < groups) {
            rv_buf_add(b, group(p, s, two));
            i += 2;
        } else if (one > 0 && one < groups) {
            rv_buf_add(b, group(p, s, one));
            i++;
        } else {
            rv_buf_char(b, '$');
        }
    }
}

static rv_status replace_all(struct rv_call *c, struct pattern *p, rv_str s, rv_str by, bool all,
                             struct rv_buf *b)
{
    size_t copied = 0;
    bool more = true;
    for (size_t at = 0; more && at <= s.n; at = behind(p, s)) {
        RV_TRY(search(c, p, s, at, &more));
        if (!more)
            break;
        const PCRE2_SIZE *place = pcre2_get_ovector_pointer(p->match);
        rv_buf_add(b, rv_str_sub(s, copied, place[0] - copied));
        add_replacement(b, p, s, by);
        copied = place[1];
        more = all;
    }
    rv_buf_add(b, rv_str_sub(s, copied, s.n));
    return RV_OK;
}

static rv_status card_replace(struct rv_call *c)
{
    struct pattern *p = NULL;
    struct rv_buf b;
    rv_str s, by;
    bool all;
    RV_TRY(read_pattern(c, &s, &p));
    RV_TRY(rv_in_text(c, "dest", &by));
    RV_TRY(rv_in_flag(c, "global", true, &all));
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    return rv_out_buf(c, "output", &b, replace_all(c, p, s, by, all, &b));
}

static rv_status card_email(struct rv_call *c)
{
    static const rv_str address = RV_STR("[A-Za-z0-9_%+-][A-Za-z0-9._%+'-]*@"
                                         "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
                                         "(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+");
    struct pattern *p = NULL;
    rv_str s;
    bool found;
    RV_TRY(rv_in_text(c, "string", &s));
    RV_TRY(compile(c, address, true, &p));
    RV_TRY(search(c, p, s, 0, &found));
    return rv_out_text(c, "email", found ? group(p, s, 0) : RV_STR(""));
}

#define LOOK_IN { NULL, "string", "look in", RV_T_TEXT, 0, NULL, NULL, "the text" }
#define PATTERN { NULL, "target", "look for", RV_T_TEXT, RV_PIN_REQUIRED, NULL, NULL, "regular expression, without delimiters" }
#define TEXT { NULL, "string", "text", RV_T_TEXT, 0, NULL, NULL, "the text" }
#define OF_TEXT { NULL, "target", "pattern", RV_T_TEXT, RV_PIN_REQUIRED, NULL, NULL, "regular expression, without delimiters" }
#define FLAG(key, label, help) { NULL, key, label, RV_T_BOOL, 0, "true", NULL, help }
#define SENSITIVE FLAG("sensitive", "case sensitive", "No: capitals do not matter")
#define ALL FLAG("global", "all instances", "No: only the first one")
#define OUT_AT { NULL, "output", "position", RV_T_NUM, 0, NULL, NULL, "position from 0; -1: not there" }

/* clang-format off */
const struct rv_card rv_cards_pattern[] = {
    { .name = "string:match", .label = "Find Pattern", .category = "Text", .help = "Where a regular expression matches first.", .kind = RV_CARD_PURE,
      .in = RV_PINS(LOOK_IN, PATTERN), .out = RV_PINS(OUT_AT), .run = card_match },
    { .name = "string:matchLast", .label = "Find Pattern Last", .category = "Text", .help = "Where a regular expression matches last.", .kind = RV_CARD_PURE,
      .in = RV_PINS(LOOK_IN, PATTERN, SENSITIVE), .out = RV_PINS(OUT_AT), .run = card_match_last },
    { .name = "string:extract", .label = "Extract Matches", .category = "Text", .help = "The texts that a regular expression matches, or its first group.", .kind = RV_CARD_PURE,
      .in = RV_PINS(TEXT, OF_TEXT, ALL, SENSITIVE),
      .out = RV_PINS({ NULL, "matches", "list", RV_T_TEXT, RV_PIN_LIST, NULL, NULL, "what was found, in order" }), .run = card_extract },
    { .name = "string:replacePattern", .label = "Replace Pattern", .category = "Text", .help = "Replaces what a regular expression matches.", .kind = RV_CARD_PURE,
      .in = RV_PINS(TEXT, OF_TEXT, { NULL, "dest", "replacement", RV_T_TEXT, 0, NULL, NULL, "what comes in its place; $1 is the first group, $& the match, $$ a dollar" },
                    ALL, SENSITIVE),
      .out = RV_PINS({ NULL, "output", "output", RV_T_TEXT, 0, NULL, NULL, "the new text" }), .run = card_replace },
    { .name = "string:email", .label = "Find Email", .category = "Text", .help = "The first e-mail address in a text.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "string", "text", RV_T_TEXT, RV_PIN_REQUIRED | RV_PIN_TEXT, NULL, NULL, "the text" }),
      .out = RV_PINS({ NULL, "email", "email", RV_T_TEXT, 0, NULL, NULL, "the address, or nothing" }), .run = card_email },
    { .name = NULL },
};
