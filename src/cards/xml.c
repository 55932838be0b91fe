/* cards/xml.c: cards that read and write XML (cards.md C.10), with expat.
 *
 * Elements become keys, elements of one name that come again a list, attributes stand under "$",
 * text beside attributes or elements under "_". Size, depth and attributes are bounded, and a
 * document type is refused, so that no entity grows (security.md 3). */
#include "cards/cards_int.h"

#include <expat.h>

enum { SIZE_MAX_BYTES = 1 << 20, DEPTH_MAX = 64, ATTRIBUTES_MAX = 100 };

struct frame {
    const char *name; /* of the arena */
    json_t *members; /* children and attributes; an object */
    struct rv_buf text;
    bool inner; /* an element stands inside */
    bool literal; /* part of the text is CDATA, which counts also when it is blank */
};
struct reader {
    struct rv_call *c;
    XML_Parser parser;
    struct frame frames[DEPTH_MAX + 1]; /* [0]: the document */
    int depth;
    const char *refused; /* why reading stopped, or NULL: as the parser says */
    bool memory;
};

/* ---- reading --------------------------------------------------------------------------------- */

static void stop(struct reader *r, const char *why)
{
    r->refused = why;
    r->memory = r->memory || why == NULL;
    (void)XML_StopParser(r->parser, XML_FALSE); /* it is at work */
}

/* Puts a value under a key; the second one of a name makes a list. Takes v. */
static bool add_member(json_t *o, const char *key, json_t *v)
{
    json_t *old = json_object_get(o, key);
    if (v == NULL)
        return false;
    if (old == NULL)
        return json_object_set_new(o, key, v) == 0;
    if (json_is_array(old))
        return json_array_append_new(old, v) == 0;
    json_t *list = json_pack("[O, o]", old, v);
    return list != NULL && json_object_set_new(o, key, list) == 0;
}

static bool add_attributes(struct reader *r, json_t *o, const XML_Char **atts)
{
    json_t *all;
    int n = 0;
    if (atts[0] == NULL)
        return true;
    all = json_object();
    if (all == NULL || json_object_set_new(o, "$", all) != 0)
        return false;
    for (int i = 0; atts[i] != NULL; i += 2) {
        if (++n > ATTRIBUTES_MAX) {
            stop(r, "an element has more than 100 attributes (limit xml.attributes)");
            return true;
        }
        if (json_object_set_new(all, atts[i], json_string(atts[i + 1])) != 0)
            return false;
    }
    return true;
}

static void XMLCALL on_start(void *arg, const XML_Char *name, const XML_Char **atts)
{
    struct reader *r = arg;
    if (r->depth >= DEPTH_MAX) {
        stop(r, "elements nest more than 64 deep (limit xml.depth)");
        return;
    }
    r->frames[r->depth].inner = true;
    struct frame *f = &r->frames[++r->depth];
    *f = (struct frame){ .name = rv_z(rv_call_cx(r->c), rv_dup(rv_call_cx(r->c), rv_str_of(name))),
                         .members = json_object() };
    rv_buf_init(&f->text, SIZE_MAX_BYTES);
    if (f->name == NULL || f->members == NULL || !add_attributes(r, f->members, atts))
        stop(r, NULL);
}

static bool blank(rv_str s)
{
    return rv_str_trim(s).n == 0;
}

/* The value of an element that has ended; takes what the frame holds. Blanks around elements are
 * layout, blanks around a text alone are its own. */
static json_t *value_of(struct frame *f)
{
    rv_str text = { f->text.p, f->text.n };
    json_t *v = f->members;
    f->members = NULL;
    bool some = f->literal ? text.n > 0 : !blank(text);
    if (json_object_size(v) == 0) {
        json_decref(v);
        v = rv_value_of_text(some ? text : RV_STR(""));
    } else if (some) {
        text = f->inner ? rv_str_trim(text) : text;
        if (json_object_set_new(v, "_", rv_value_of_text(text)) != 0) {
            json_decref(v);
            v = NULL;
        }
    }
    rv_buf_done(&f->text);
    return v;
}

static void XMLCALL on_end(void *arg, const XML_Char *name)
{
    struct reader *r = arg;
    (void)name;
    if (r->depth == 0 || r->refused != NULL || r->memory)
        return;
    struct frame *f = &r->frames[r->depth--];
    if (!add_member(r->frames[r->depth].members, f->name, value_of(f)))
        stop(r, NULL);
}

static void XMLCALL on_text(void *arg, const XML_Char *s, int n)
{
    struct reader *r = arg;
    if (r->depth > 0)
        rv_buf_add(&r->frames[r->depth].text, (rv_str){ s, (size_t)n });
}

static void XMLCALL on_literal(void *arg)
{
    struct reader *r = arg;
    r->frames[r->depth].literal = true;
}

static void XMLCALL on_doctype(void *arg, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int internal)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)internal;
    stop(arg, "a document type (DOCTYPE) is not allowed");
}

static rv_status run_parser(struct reader *r, rv_str text)
{
    struct rv_cx *cx = rv_call_cx(r->c);
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, on_start, on_end);
    XML_SetCharacterDataHandler(r->parser, on_text);
    XML_SetStartCdataSectionHandler(r->parser, on_literal);
    XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
    enum XML_Status st = XML_Parse(r->parser, text.p != NULL ? text.p : "", (int)text.n, XML_TRUE);
    if (r->memory)
        return rv_fail(cx, RV_BUSY, "out of memory while reading XML");
    if (st == XML_STATUS_OK)
        return RV_OK;
    return rv_fail(cx, RV_INVALID, "invalid XML in line %lu: %s",
                   XML_GetCurrentLineNumber(r->parser),
                   r->refused != NULL ? r->refused : XML_ErrorString(XML_GetErrorCode(r->parser)));
}

static rv_status card_parse(struct rv_call *c)
{
    struct rv_cx *cx = rv_call_cx(c);
    struct reader *r = RV_NEW(cx, struct reader);
    rv_str text;
    RV_TRY(rv_in_text(c, "string", &text));
    text = rv_str_trim(text);
    if (text.n == 0)
        return rv_out(c, "output", NULL);
    if (text.n > SIZE_MAX_BYTES)
        return rv_fail(cx, RV_LIMIT, "the XML has %zu bytes, more than %d (limit xml.size)", text.n,
                       SIZE_MAX_BYTES);
    if (r == NULL)
        return RV_BUSY;
    r->c = c;
    r->frames[0].members = rv_new_object(c);
    r->parser = XML_ParserCreate("UTF-8");
    if (r->parser == NULL || r->frames[0].members == NULL) {
        XML_ParserFree(r->parser);
        return rv_fail(cx, RV_BUSY, "out of memory while reading XML");
    }
    rv_status st = run_parser(r, text);
    XML_ParserFree(r->parser);
    for (; r->depth > 0; r->depth--) { /* what was open when it stopped */
        json_decref(r->frames[r->depth].members);
        rv_buf_done(&r->frames[r->depth].text);
    }
    return st == RV_OK ? rv_out(c, "output", json_incref(r->frames[0].members)) : st;
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool is_name(rv_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char p = (unsigned char)s.p[i];
        bool letter =
            (p >= 'A' && p <= 'Z') || (p >= 'a' && p <= 'z') || p == '_' || p == ':' || p >= 0x80;
        bool inner = (p >= '0' && p <= '9') || p == '-' || p == '.';
        if (!letter && !(inner && i > 0))
            return false;
    }
    return s.n > 0;
}

/* Line ends that a reader would change are written as their number. */
static rv_status add_text(struct rv_call *c, struct rv_buf *b, const json_t *v, bool attribute)
{
    rv_str s;
    RV_TRY(rv_value_text(rv_call_cx(c), v, &s));
    for (size_t i = 0; i < s.n; i++) {
        unsigned char p = (unsigned char)s.p[i];
        if (p < 0x20 && p != '\t' && p != '\n' && p != '\r')
            return rv_fail(rv_call_cx(c), RV_INVALID,
                           "a text holds a control character, which XML cannot");
        if (p == '&' || p == '<' || p == '>' || p == '"')
            rv_buf_add(b, p == '&'   ? RV_STR("&amp;")
                          : p == '<' ? RV_STR("&lt;")
                          : p == '>' ? RV_STR("&gt;")
                                     : RV_STR("&quot;"));
        else if (p == '\r' || (attribute && p < 0x20))
            rv_buf_printf(b, "&#%d;", p);
        else
            rv_buf_char(b, (char)p);
    }
    return RV_OK;
}

static rv_status write_element(struct rv_call *c, struct rv_buf *b, rv_str name, json_t *v,
                               int depth);

static rv_status write_attributes(struct rv_call *c, struct rv_buf *b, json_t *all)
{
    const char *key;
    size_t n;
    json_t *v;
    json_object_keylen_foreach(all, key, n, v)
    {
        if (!is_name((rv_str){ key, n }))
            return rv_fail(rv_call_cx(c), RV_INVALID, "\"%.*s\" cannot be the name of an attribute",
                           (int)n, key);
        rv_buf_printf(b, " %s=\"", key);
        RV_TRY(add_text(c, b, v, true));
        rv_buf_char(b, '"');
    }
    return RV_OK;
}

static rv_status write_inside(struct rv_call *c, struct rv_buf *b, json_t *v, int depth)
{
    const char *key;
    size_t n;
    json_t *m;
    if (!json_is_object(v))
        return add_text(c, b, v, false);
    RV_TRY(add_text(c, b, json_object_get(v, "_"), false));
    json_object_keylen_foreach(v, key, n, m)
    {
        if (strcmp(key, "$") != 0 && strcmp(key, "_") != 0)
            RV_TRY(write_element(c, b, (rv_str){ key, n }, m, depth + 1));
    }
    return RV_OK;
}

/* An element, or one for each item of a list. */
static rv_status write_element(struct rv_call *c, struct rv_buf *b, rv_str name, json_t *v,
                               int depth)
{
    size_t i;
    json_t *item;
    if (depth > DEPTH_MAX)
        return rv_fail(rv_call_cx(c), RV_LIMIT, "elements nest more than %d deep (limit xml.depth)",
                       DEPTH_MAX);
    if (!is_name(name))
        return rv_fail(rv_call_cx(c), RV_INVALID, "\"%.*s\" cannot be the name of an element",
                       RV_FMT(name));
    if (json_is_array(v)) {
        json_array_foreach(v, i, item)
            RV_TRY(write_element(c, b, name, item, depth + 1));
        return RV_OK;
    }
    rv_buf_char(b, '<');
    rv_buf_add(b, name);
    RV_TRY(write_attributes(c, b, json_object_get(v, "$")));
    rv_buf_char(b, '>');
    RV_TRY(write_inside(c, b, v, depth));
    rv_buf_printf(b, "</%.*s>", RV_FMT(name));
    return RV_OK;
}

static rv_status write_document(struct rv_call *c, struct rv_buf *b, json_t *o)
{
    const char *key = json_object_iter_key(json_object_iter(o));
    json_t *only = key != NULL ? json_object_get(o, key) : NULL;
    bool one = json_object_size(o) == 1 && !json_is_array(only) && strcmp(key, "$") != 0 &&
               strcmp(key, "_") != 0;
    rv_buf_add(b, RV_STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
    return one ? write_element(c, b, rv_str_of(key), only, 1)
               : write_element(c, b, RV_STR("root"), o, 1);
}

static rv_status card_stringify(struct rv_call *c)
{
    struct rv_buf b;
    json_t *o = rv_in(c, "object");
    if (!json_is_object(o))
        return rv_fail(rv_call_cx(c), RV_INVALID, "the field \"object\" must be an object, not %s",
                       rv_value_type_name(o));
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    return rv_out_buf(c, "output", &b, write_document(c, &b, o));
}

/* clang-format off */
const struct rv_card rv_cards_xml[] = {
    { .name = "xml:parse", .label = "Parse", .category = "XML", .help = "Reads XML as an object: attributes under $, text beside them under _.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "string", "text", RV_T_TEXT, 0, NULL, NULL, "XML text, at most 1 MiB, without a document type" }),
      .out = RV_PINS({ NULL, "output", "output", RV_T_OBJECT, 0, NULL, NULL, "an object with the name of the outermost element as its key" }), .run = card_parse },
    { .name = "xml:stringify", .label = "Stringify", .category = "XML", .help = "Writes an object as XML; several keys get an element root around them.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "object", "object", RV_T_OBJECT, RV_PIN_REQUIRED, NULL, NULL, "the object; a list makes its element come several times" }),
      .out = RV_PINS({ NULL, "output", "output", RV_T_TEXT, 0, NULL, NULL, "XML text" }), .run = card_stringify },
    { .name = NULL },
};
