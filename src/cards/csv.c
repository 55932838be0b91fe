/* cards/csv.c: cards that read and write text with separated values (RFC 4180): lists of objects,
 * by the names of the first line. */
#include "cards/cards_int.h"

enum { COLUMNS_MAX = 1000, LINES_MAX = 100000 };

static rv_status separator(struct rv_call *c, char *ret)
{
    rv_str s;
    RV_TRY(rv_in_text(c, "delimiter", &s));
    if (rv_str_eq(s, RV_STR("\\t")) || rv_str_eq_nocase(s, RV_STR("tab")))
        s = RV_STR("\t");
    if (s.n > 1 || (s.n == 1 && (s.p[0] == '"' || s.p[0] == '\n' || s.p[0] == '\r')))
        return rv_fail(rv_call_cx(c), RV_INVALID,
                       "the delimiter must be one character, such as , or ;");
    *ret = s.n == 1 ? s.p[0] : ',';
    return RV_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reader {
    struct rv_call *c;
    rv_str rest;
    char by;
    size_t line;
};

/* A field in quotation marks; two of them inside are one. */
static rv_status quoted(struct reader *r, rv_str *ret)
{
    char *p = rv_alloc(rv_call_cx(r->c), r->rest.n + 1);
    size_t n = 0, i = 1;
    if (p == NULL)
        return RV_BUSY;
    for (;; i++) {
        if (i >= r->rest.n)
            return rv_fail(rv_call_cx(r->c), RV_INVALID, "line %zu: a quotation mark has no end",
                           r->line);
        if (r->rest.p[i] == '"') {
            if (i + 1 >= r->rest.n || r->rest.p[i + 1] != '"')
                break;
            i++;
        }
        r->line += r->rest.p[i] == '\n' ? 1 : 0;
        p[n++] = r->rest.p[i];
    }
    r->rest = rv_str_sub(r->rest, i + 1, r->rest.n);
    *ret = (rv_str){ p, n };
    return RV_OK;
}

static bool at_end(const struct reader *r)
{
    return r->rest.n == 0 || r->rest.p[0] == '\n' || r->rest.p[0] == '\r';
}

static rv_status read_field(struct reader *r, rv_str *ret)
{
    size_t n = 0;
    if (r->rest.n > 0 && r->rest.p[0] == '"') {
        RV_TRY(quoted(r, ret));
        if (!at_end(r) && r->rest.p[0] != r->by)
            return rv_fail(rv_call_cx(r->c), RV_INVALID,
                           "line %zu: text stands behind a quotation mark", r->line);
        return RV_OK;
    }
    while (n < r->rest.n && r->rest.p[n] != r->by && r->rest.p[n] != '\n' && r->rest.p[n] != '\r')
        n++;
    *ret = rv_str_sub(r->rest, 0, n);
    r->rest = rv_str_sub(r->rest, n, r->rest.n);
    return RV_OK;
}

/* One line as a list of texts. */
static rv_status read_line(struct reader *r, json_t *to)
{
    rv_str field;
    for (size_t n = 0;; n++) {
        if (n == COLUMNS_MAX)
            return rv_fail(rv_call_cx(r->c), RV_LIMIT,
                           "line %zu has more than %d columns (limit csv.columns)", r->line,
                           COLUMNS_MAX);
        RV_TRY(read_field(r, &field));
        if (json_array_append_new(to, rv_value_of_text(field)) != 0)
            return rv_fail(rv_call_cx(r->c), RV_BUSY, "out of memory while reading lines");
        if (at_end(r))
            break;
        r->rest = rv_str_sub(r->rest, 1, r->rest.n);
    }
    size_t end = r->rest.n > 1 && r->rest.p[0] == '\r' && r->rest.p[1] == '\n' ? 2
                 : r->rest.n > 0                                               ? 1
                                                                               : 0;
    r->rest = rv_str_sub(r->rest, end, r->rest.n);
    r->line++;
    return RV_OK;
}

static rv_status add_row(struct reader *r, json_t *rows, const json_t *names, json_t *fields)
{
    size_t i;
    json_t *name;
    if (names == NULL)
        return rv_list_add(r->c, rows, fields);
    json_t *row = json_object();
    if (row == NULL || json_array_append_new(rows, row) != 0)
        return rv_fail(rv_call_cx(r->c), RV_BUSY, "out of memory while reading lines");
    json_array_foreach((json_t *)(uintptr_t)names, i, name)
    {
        json_t *v = json_array_get(fields, i);
        if (json_object_set_new(row, json_string_value(name),
                                v != NULL ? json_incref(v) : json_string("")) != 0)
            return rv_fail(rv_call_cx(r->c), RV_BUSY, "out of memory while reading lines");
    }
    return RV_OK;
}

rv_status rv_csv_rows(struct rv_call *c, rv_str text, json_t **ret)
{
    struct reader r = { .c = c, .line = 1, .rest = text };
    json_t *rows = rv_new_list(c), *names = NULL;
    bool header;
    RV_TRY(separator(c, &r.by));
    RV_TRY(rv_in_flag(c, "header", true, &header));
    if (rows == NULL)
        return RV_BUSY;
    if (rv_str_starts(r.rest, RV_STR("\xEF\xBB\xBF")))
        r.rest = rv_str_sub(r.rest, 3, r.rest.n);
    while (r.rest.n > 0) {
        json_t *fields = rv_new_list(c);
        if (fields == NULL)
            return RV_BUSY;
        bool nothing = at_end(&r); /* not even an empty field in quotation marks */
        RV_TRY(read_line(&r, fields));
        if (nothing)
            continue;
        if (header && names == NULL)
            names = fields;
        else
            RV_TRY(add_row(&r, rows, names, fields));
        if (json_array_size(rows) > LINES_MAX)
            return rv_fail(rv_call_cx(c), RV_LIMIT,
                           "the text has more than %d lines (limit csv.lines)", LINES_MAX);
    }
    *ret = rows;
    return RV_OK;
}

static rv_status card_parse(struct rv_call *c)
{
    rv_str text;
    json_t *rows;
    RV_TRY(rv_in_text(c, "string", &text));
    RV_TRY(rv_csv_rows(c, text, &rows));
    return rv_out(c, "output", json_incref(rows));
}

/* ---- writing --------------------------------------------------------------------------------- */

static rv_status add_field(struct rv_call *c, struct rv_buf *b, const json_t *v, char by,
                           bool first)
{
    rv_str s;
    bool marks = false;
    RV_TRY(rv_value_text(rv_call_cx(c), v, &s));
    for (size_t i = 0; i < s.n; i++)
        marks = marks || s.p[i] == by || s.p[i] == '"' || s.p[i] == '\n' || s.p[i] == '\r';
    if (!first)
        rv_buf_char(b, by);
    if (marks)
        rv_buf_char(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        rv_buf_char(b, s.p[i]);
        if (s.p[i] == '"')
            rv_buf_char(b, '"');
    }
    if (marks)
        rv_buf_char(b, '"');
    return RV_OK;
}

/* The columns the author names, else all keys in the order in which they appear. */
static rv_status columns_of(struct rv_call *c, json_t *list, json_t **ret)
{
    json_t *names, *seen = rv_new_object(c), *v, *m;
    const char *key;
    size_t i, n;
    RV_TRY(rv_in_list(c, "columns", &names));
    *ret = names;
    if (json_array_size(names) > 0)
        return RV_OK;
    names = rv_new_list(c);
    if (names == NULL || seen == NULL)
        return RV_BUSY;
    json_array_foreach(list, i, v)
    {
        json_object_keylen_foreach(v, key, n, m)
        {
            if (json_object_getn(seen, key, n) != NULL)
                continue;
    if (json_object_setn_new(seen, key, n, json_true()) != 0 ||
        json_array_append_new(names, json_stringn(key, n)) != 0)
        return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory while writing lines");
        }
    }
    *ret = names;
    return RV_OK;
}

static rv_status write_row(struct rv_call *c, struct rv_buf *b, const json_t *names,
                           const json_t *row, char by)
{
    size_t i;
    json_t *name, *v;
    if (json_is_array(row)) {
        json_array_foreach((json_t *)(uintptr_t)row, i, v)
            RV_TRY(add_field(c, b, v, by, i == 0));
    } else {
        json_array_foreach((json_t *)(uintptr_t)names, i, name)
            RV_TRY(add_field(c, b, rv_value_at(row, rv_json_str(name)), by, i == 0));
    }
    rv_buf_add(b, RV_STR("\r\n"));
    return RV_OK;
}

static rv_status write_rows(struct rv_call *c, struct rv_buf *b)
{
    json_t *list, *names, *v;
    size_t i;
    char by;
    bool header;
    RV_TRY(rv_in_list(c, "list", &list));
    RV_TRY(separator(c, &by));
    RV_TRY(rv_in_flag(c, "header", true, &header));
    RV_TRY(columns_of(c, list, &names));
    if (header && json_array_size(names) > 0)
        RV_TRY(write_row(c, b, NULL, names, by));
    json_array_foreach(list, i, v)
    {
        if (!json_is_object(v) && !json_is_array(v))
            return rv_fail(rv_call_cx(c), RV_INVALID,
                           "item %zu of the list must be an object or a list, not %s", i,
                           rv_value_type_name(v));
        RV_TRY(write_row(c, b, names, v, by));
    }
    return RV_OK;
}

static rv_status card_stringify(struct rv_call *c)
{
    struct rv_buf b;
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    return rv_out_buf(c, "output", &b, write_rows(c, &b));
}

#define DELIMITER { NULL, "delimiter", "delimiter", RV_T_TEXT, 0, "\",\"", NULL, "what stands between; empty: a comma; tab: a tabulator" }
#define HEADER { NULL, "header", "header", RV_T_BOOL, 0, "true", NULL, "Yes: the first line has the names" }

/* clang-format off */
const struct rv_card rv_cards_csv[] = {
    { .name = "csv:parse", .label = "Parse CSV", .category = "Text", .help = "Reads lines of separated values as a list of objects.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "string", "text", RV_T_TEXT, 0, NULL, NULL, "the lines" }, DELIMITER, HEADER),
      .out = RV_PINS({ NULL, "output", "output", RV_T_OBJECT, RV_PIN_LIST, NULL, NULL, "an object for each line; without a header a list" }), .run = card_parse },
    { .name = "csv:stringify", .label = "Write CSV", .category = "Text", .help = "Writes a list of objects as lines of separated values.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "list", "list", RV_T_OBJECT, RV_PIN_LIST, NULL, NULL, "objects or lists" }, { NULL, "columns", "columns", RV_T_TEXT, RV_PIN_LIST, NULL, NULL, "keys or paths in order; empty: all keys" }, DELIMITER, HEADER),
      .out = RV_PINS({ NULL, "output", "output", RV_T_TEXT, 0, NULL, NULL, "the lines" }), .run = card_stringify },
    { .name = NULL },
};
