/* cards/text.c: cards that make text: Compose, Concatenate (cards.md B.7: 4, 17).
 *
 * A template is read once from left to right; what a field holds is put in as it is and never read
 * as a template again (flopack.md 13). */
#include "cards/cards.h"

enum { TEXT_MAX = 4 << 20 };

/* The value of the field with this key, as text. Unknown fields render empty. */
static rv_status field_text(struct rv_call *c, rv_str key, rv_str *ret)
{
    struct rv_field f;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        json_t *v = rv_in_at(c, i, &f);
        if (rv_str_eq(f.key, key) && !rv_str_eq(key, RV_STR("_text_")))
            return rv_value_text(rv_call_cx(c), v, ret);
    }
    *ret = RV_STR("");
    return RV_OK;
}

static void add_html(struct rv_buf *b, rv_str s)
{
    static const struct {
        char c;
        const char *as;
    } special[] = {
        { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" }
    };
    for (size_t i = 0; i < s.n; i++) {
        const char *as = NULL;
        for (size_t k = 0; k < RV_LEN(special); k++)
            if (s.p[i] == special[k].c)
                as = special[k].as;
        if (as != NULL)
            rv_buf_add(b, rv_str_of(as));
        else
            rv_buf_char(b, s.p[i]);
    }
}

static rv_status render(struct rv_call *c, rv_str t, bool html, struct rv_buf *b)
{
    while (t.n > 0) {
        const char *open = memmem(t.p, t.n, "{{{", 3);
        while (open != NULL && open + 3 < t.p + t.n && open[3] == '{')
            open++; /* the brace of a JSON text stands before the marker */
        const char *close =
            open != NULL ? memmem(open, (size_t)(t.p + t.n - open), "}}}", 3) : NULL;
        rv_str value;
        if (close == NULL) {
            rv_buf_add(b, t);
            return RV_OK;
        }
        rv_buf_add(b, (rv_str){ t.p, (size_t)(open - t.p) });
        RV_TRY(field_text(c, (rv_str){ open + 3, (size_t)(close - open) - 3 }, &value));
        if (html)
            add_html(b, value);
        else
            rv_buf_add(b, value);
        t = rv_str_sub(t, (size_t)(close - t.p) + 3, t.n);
    }
    return RV_OK;
}

static rv_status put_out(struct rv_call *c, struct rv_buf *b, rv_status st)
{
    rv_str text;
    if (st == RV_OK)
        st = rv_buf_str(rv_call_cx(c), b, &text);
    if (st == RV_OK)
        st = rv_out_text(c, "output", text);
    rv_buf_done(b);
    return st;
}

static rv_status card_compose(struct rv_call *c)
{
    struct rv_buf b;
    rv_str t;
    RV_TRY(rv_in_text(c, "_text_", &t));
    rv_buf_init(&b, TEXT_MAX);
    return put_out(c, &b, render(c, t, rv_str_eq(rv_option(c, "encodeHtml"), RV_STR("Yes")), &b));
}

static rv_status card_concat(struct rv_call *c)
{
    struct rv_buf b;
    rv_status st = RV_OK;
    rv_buf_init(&b, TEXT_MAX);
    for (size_t i = 0; i < rv_in_count(c) && st == RV_OK; i++) {
        rv_str s;
        st = rv_value_text(rv_call_cx(c), rv_in_at(c, i, NULL), &s);
        if (st == RV_OK)
            rv_buf_add(&b, s);
    }
    return put_out(c, &b, st);
}

static const struct rv_choice yes_no[] = { { "Yes", "Yes" }, { "No", "No" }, { NULL, NULL } };

/* clang-format off */
const struct rv_card rv_cards_text[] = {
    {
        .name = "string:compose", .label = "Compose", .category = "Text",
        .help = "Writes a text with the values of fields in it.",
        .kind = RV_CARD_PURE, .user_pins = RV_USER_INPUTS,
        .in = RV_PINS({ NULL, "_text_", "text", RV_T_TEXT, 0, "\"\"", NULL, "the text; {{{key}}} stands for the field with that key" },
                      { "parameters", "encodeHtml", "Encode values for HTML", RV_T_TEXT, RV_PIN_OPTION, "\"No\"", yes_no,
                        "choose Yes when the text becomes the body of an HTML mail" }),
        .out = RV_PINS({ NULL, "output", "output", RV_T_TEXT, 0, NULL, NULL, "the text with the values put in" }),
        .run = card_compose,
    },
    {
        .name = "string:concat", .label = "Concatenate", .category = "Text",
        .help = "Joins texts in the order of the fields, without anything between.",
        .kind = RV_CARD_PURE, .user_pins = RV_USER_INPUTS, .user_types = "text",
        .in = RV_PINS({ NULL, "string1", "text 1", RV_T_TEXT, 0, "\"\"", NULL, "the first text" },
                      { NULL, "string2", "text 2", RV_T_TEXT, 0, "\"\"", NULL, "the second text" }),
        .out = RV_PINS({ NULL, "output", "output", RV_T_TEXT, 0, NULL, NULL, "all texts joined" }),
        .run = card_concat,
    },
    { .name = NULL },
};
