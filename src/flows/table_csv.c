/* flows/table_csv.c: tables as CSV: RFC 4180 in UTF-8, the first line names the columns
 * (workflows.md 13).
 *
 * Out: every text stands in quotes, and one that a spreadsheet would take for a formula gets an
 * apostrophe before it (security.md 5.5); numbers, true or false and dates are typed columns and
 * stand as they are. In: an apostrophe before such a text is taken away again, so that what went
 * out comes back as it was. Columns are matched by name, in any order; those that the table has not
 * are passed over. The whole text is read before the first row is written. */
#include "flows/table_int.h"
#include <stdlib.h>

/* ---- formulas -------------------------------------------------------------------------------- */

/* Would a spreadsheet take it for a formula? The first character behind blanks decides. */
static bool is_formula(rv_str s)
{
    static const char *const wide[] = { "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0" }; /* = + - @ in full width */
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\n'))
        s = rv_str_sub(s, 1, s.n);
    while (s.n > 1 && (unsigned char)s.p[0] == 0xC2 && (unsigned char)s.p[1] == 0xA0)
        s = rv_str_sub(s, 2, s.n);
    if (s.n > 0 && memchr("=+-@\t\r", s.p[0], 6) != NULL)
        return true;
    for (size_t i = 0; i < RV_LEN(wide); i++)
        if (rv_str_starts(s, rv_str_of(wide[i])))
            return true;
    return false;
}

/* Also a text that begins with apostrophes before such a one, so that taking one away gives back
 * what was there. */
static bool is_guarded(rv_str s)
{
    while (s.n > 0 && s.p[0] == '\'')
        s = rv_str_sub(s, 1, s.n);
    return is_formula(s);
}

static rv_str unguarded(rv_str s)
{
    return s.n > 1 && s.p[0] == '\'' && is_guarded(s) ? rv_str_sub(s, 1, s.n) : s;
}

/* ---- out ------------------------------------------------------------------------------------- */

static void add_text(struct rv_buf *b, rv_str s)
{
    const char *quote;
    rv_buf_char(b, '"');
    if (is_guarded(s))
        rv_buf_char(b, '\'');
    while ((quote = s.n > 0 ? memchr(s.p, '"', s.n) : NULL) != NULL) {
        size_t n = (size_t)(quote - s.p) + 1;
        rv_buf_add(b, (rv_str){ s.p, n });
        rv_buf_char(b, '"');
        s = rv_str_sub(s, n, s.n);
    }
    rv_buf_add(b, s);
    rv_buf_char(b, '"');
}

static void add_cell(struct rv_buf *b, const struct rv_cell *c)
{
    char text[40];
    switch (c->kind) {
    case RV_CELL_EMPTY:
        return;
    case RV_CELL_TEXT:
        add_text(b, c->text);
        return;
    case RV_CELL_NUM:
        rv_buf_add(b, (rv_str){ text, rv_double_format(c->num, text) });
        return;
    case RV_CELL_BOOL:
        rv_buf_add(b, c->num > 0 ? RV_STR("true") : RV_STR("false"));
        return;
    case RV_CELL_DATE:
        rv_buf_add(b, (rv_str){ text, rv_time_format(c->ms, text) });
        return;
    }
}

struct out {
    const struct rv_column *const *columns;
    size_t n;
    char delimiter;
    struct rv_buf *b;
};

static rv_status add_row(void *arg, const struct rv_row *r)
{
    const struct out *o = arg;
    for (size_t i = 0; i < o->n; i++) {
        struct rv_cell c = rv_cells_get(r->cells, o->columns[i]->no);
        if (i > 0)
            rv_buf_char(o->b, o->delimiter);
        if (o->n == 1 && c.kind == RV_CELL_EMPTY)
            rv_buf_add(o->b, RV_STR("\"\"")); /* an empty line would be no row */
        add_cell(o->b, &c);
    }
    rv_buf_add(o->b, RV_STR("\r\n"));
    return RV_OK;
}

rv_status rv_csv_write(struct rv_tx *tx, const struct rv_table *t, const struct rv_search *s,
                       const struct rv_column *const *columns, size_t columns_n, char delimiter,
                       struct rv_buf *b)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const struct rv_column **all = RV_NEW_N(cx, const struct rv_column *, t->columns_n + 1);
    struct out o = { columns, columns_n, delimiter, b };
    int64_t *keys;
    size_t n;
    if (all == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < t->columns_n; i++)
        all[i] = &t->columns[i];
    if (columns_n == 0) {
        o.columns = all;
        o.n = t->columns_n;
    }
    RV_TRY(rv_table_search(tx, t, s, &keys, &n));
    for (size_t i = 0; i < o.n; i++) {
        if (i > 0)
            rv_buf_char(b, delimiter);
        add_text(b, o.columns[i]->name);
    }
    rv_buf_add(b, RV_STR("\r\n"));
    for (size_t i = 0; i < n && !b->failed; i++)
        RV_TRY(rv_row_with(tx, keys[i], add_row, &o));
    if (b->failed)
        return rv_fail(cx, RV_LIMIT,
                       "the file would hold more than %zu bytes; export it in parts, with "
                       "conditions or with fewer columns",
                       b->cap);
    return RV_OK;
}

/* ---- in -------------------------------------------------------------------------------------- */

rv_status rv_csv_delimiter(struct rv_cx *cx, rv_str text, char *ret)
{
    *ret = ',';
    if (text.n == 0)
        return RV_OK;
    if (rv_str_eq(text, RV_STR("\\t")))
        text = RV_STR("\t");
    if (text.n != 1 || memchr(",;\t|:", text.p[0], 5) == NULL)
        return rv_fail(cx, RV_INVALID,
                       "the delimiter must be a comma, a semicolon, a colon, a bar or a tab");
    *ret = text.p[0];
    return RV_OK;
}

struct reader {
    struct rv_cx *cx;
    rv_str s;
    size_t at, line; /* line: where the row at hand begins */
    size_t next_line;
    char delimiter;
    struct rv_buf quoted; /* texts of the row at hand that had quotes doubled */
    struct {
        size_t from, n;
        bool in_buf;
    } field[RV_TABLE_COLUMNS_MAX * 4];
    size_t fields;
};

static rv_status bad_line(struct reader *r, size_t line, const char *sentence)
{
    return rv_fail(r->cx, RV_INVALID, "line %zu of the CSV: %s", line, sentence);
}

static void count_line(struct reader *r, char c)
{
    if (c == '\n' || (c == '\r' && (r->at + 1 >= r->s.n || r->s.p[r->at + 1] != '\n')))
        r->next_line++;
}

/* Behind the opening quote; leaves r->at behind the closing one. */
static rv_status read_quoted(struct reader *r)
{
    size_t from = r->quoted.n;
    for (;; r->at++) {
        if (r->at >= r->s.n)
            return bad_line(r, r->line, "a quote is opened and never closed");
        char c = r->s.p[r->at];
        count_line(r, c);
        if (c != '"') {
            rv_buf_char(&r->quoted, c);
            continue;
        }
        if (r->at + 1 < r->s.n && r->s.p[r->at + 1] == '"') {
            rv_buf_char(&r->quoted, '"');
            r->at++;
            continue;
        }
        break;
    }
    r->at++;
    r->field[r->fields].from = from;
    r->field[r->fields].n = r->quoted.n - from;
    r->field[r->fields].in_buf = true;
    return r->quoted.failed
               ? bad_line(r, r->line,
                          "the row is larger than a table's row may be (limit table.row)")
               : RV_OK;
}

static bool at_end_of_field(const struct reader *r)
{
    return r->at >= r->s.n || r->s.p[r->at] == r->delimiter || r->s.p[r->at] == '\n' ||
           r->s.p[r->at] == '\r';
}

/* One line of fields. *ret_more false: the text has ended before. */
static rv_status read_line(struct reader *r, bool *ret_more)
{
    r->fields = 0;
    rv_buf_clear(&r->quoted);
    r->line = r->next_line;
    *ret_more = r->at < r->s.n;
    while (*ret_more) {
        if (r->fields == RV_LEN(r->field))
            return bad_line(r, r->line, "it has too many fields");
        if (r->at < r->s.n && r->s.p[r->at] == '"') {
            r->at++;
            RV_TRY(read_quoted(r));
            if (!at_end_of_field(r))
                return bad_line(
                    r, r->line,
                    "something stands behind a closing quote; double the quotes inside a field");
        } else {
            r->field[r->fields].from = r->at;
            r->field[r->fields].in_buf = false;
            while (!at_end_of_field(r))
                r->at++;
            r->field[r->fields].n = r->at - r->field[r->fields].from;
        }
        r->fields++;
        if (r->at >= r->s.n)
            break;
        char c = r->s.p[r->at];
        if (c != r->delimiter) {
            count_line(r, c);
            r->at += c == '\r' && r->at + 1 < r->s.n && r->s.p[r->at + 1] == '\n' ? 2 : 1;
            if (c == '\r' && r->s.p[r->at - 1] == '\n')
                r->next_line++;
            break;
        }
        r->at++;
    }
    return RV_OK;
}

static rv_str field(const struct reader *r, size_t i)
{
    const char *from = r->field[i].in_buf ? r->quoted.p : r->s.p;
    return r->field[i].n > 0 ? (rv_str){ from + r->field[i].from, r->field[i].n } : RV_STR("");
}

static bool is_blank(const struct reader *r) /* a line without anything is no row; one with "" is */
{
    return r->fields == 1 && r->field[0].n == 0 && !r->field[0].in_buf;
}

struct head {
    int column[RV_TABLE_COLUMNS_MAX * 4]; /* by field: of the table, -1: passed over */
    size_t n, known;
};

static rv_status read_head(struct reader *r, const struct rv_table *t, struct head *h,
                           struct rv_csv_rows *ret)
{
    bool more;
    RV_TRY(read_line(r, &more));
    if (!more || is_blank(r))
        return rv_fail(r->cx, RV_INVALID, "the CSV is empty; its first line must name the columns");
    h->n = r->fields;
    ret->ignored = RV_NEW_N(r->cx, rv_str, h->n + 1);
    if (ret->ignored == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < h->n; i++) {
        rv_str name = rv_str_trim(unguarded(field(r, i)));
        const struct rv_column *c = rv_table_column(t, name);
        h->column[i] = c != NULL ? (int)(c - t->columns) : -1;
        for (size_t k = 0; c != NULL && k < i; k++)
            if (h->column[k] == h->column[i])
                return rv_fail(r->cx, RV_INVALID,
                               "line 1 of the CSV: the column \"%.*s\" is named twice",
                               RV_FMT(name));
        if (c != NULL)
            h->known++;
        else
            ret->ignored[ret->ignored_n++] = rv_dup(r->cx, rv_utf8_cut(name, 200));
    }
    if (h->known > 0)
        return RV_OK;
    return rv_fail(
        r->cx, RV_INVALID,
        "line 1 of the CSV names no column of the table \"%.*s\"; is the delimiter another one?",
        RV_FMT(t->name));
}

static rv_status read_cells(struct reader *r, const struct rv_table *t, const struct head *h,
                            struct rv_cell *cells)
{
    static const char *const wanted[] = { "", "text", "number", "true/false", "date & time" };
    if (r->fields > h->n)
        return bad_line(r, r->line, "it has more fields than the first line");
    for (size_t i = 0; i < r->fields; i++) {
        if (h->column[i] < 0)
            continue;
        const struct rv_column *c = &t->columns[h->column[i]];
        rv_str text = c->type == RV_CELL_TEXT ? unguarded(field(r, i)) : field(r, i);
        if (!rv_cell_of_text(c->type, text, &cells[h->column[i]]))
            return rv_fail(r->cx, RV_INVALID,
                           "line %zu of the CSV: \"%.*s\" in the column \"%.*s\" is no %s", r->line,
                           RV_FMT(rv_utf8_cut(text, 60)), RV_FMT(c->name), wanted[c->type]);
    }
    return RV_OK;
}

static void free_rows(void *arg)
{
    struct rv_csv_rows *rows = arg;
    rv_buf_done(&rows->bytes);
    free(rows->ends);
}

static rv_status keep_end(struct rv_cx *cx, struct rv_csv_rows *rows, size_t *size)
{
    if (rows->n == *size) {
        size_t more = *size == 0 ? 256 : 2 * *size;
        size_t *p = realloc(rows->ends, more * sizeof *p);
        if (p == NULL)
            return rv_fail(cx, RV_BUSY, "out of memory while reading the CSV");
        rows->ends = p;
        *size = more;
    }
    rows->ends[rows->n++] = rows->bytes.n;
    return RV_OK;
}

static rv_status read_rows(struct reader *r, const struct rv_table *t, struct rv_csv_rows *ret)
{
    struct head *h = RV_NEW(r->cx, struct head);
    struct rv_cell *defaults = rv_row_cells(r->cx, t, NULL),
                   *cells = RV_NEW_N(r->cx, struct rv_cell, t->columns_n + 1);
    size_t size = 0;
    bool more;
    if (h == NULL || defaults == NULL || cells == NULL)
        return RV_BUSY;
    RV_TRY(read_head(r, t, h, ret));
    for (;;) {
        RV_TRY(read_line(r, &more));
        if (!more)
            return RV_OK;
        if (is_blank(r))
            continue;
        memcpy(cells, defaults, t->columns_n * sizeof *cells);
        RV_TRY(read_cells(r, t, h, cells));
        rv_status st = rv_cells_pack(r->cx, t->columns, cells, t->columns_n, &ret->bytes);
        if (st != RV_OK)
            return rv_wrap(r->cx, st, "line %zu of the CSV", r->line);
        RV_TRY(keep_end(r->cx, ret, &size));
        if (t->row_count + (int64_t)ret->n > RV_TABLE_ROWS_MAX)
            return rv_table_check_new_rows(r->cx, t, (int64_t)ret->n);
    }
}

rv_status rv_csv_read(struct rv_cx *cx, const struct rv_table *t, rv_str text, char delimiter,
                      struct rv_csv_rows *ret)
{
    struct reader *r = RV_NEW(cx, struct reader);
    *ret = (struct rv_csv_rows){ .n = 0 };
    if (r == NULL)
        return RV_BUSY;
    if (rv_str_starts(text, RV_STR("\xEF\xBB\xBF")))
        text = rv_str_sub(text, 3, text.n);
    if (!rv_utf8_valid(text) || (text.n > 0 && memchr(text.p, '\0', text.n) != NULL))
        return rv_fail(cx, RV_INVALID, "the CSV is not text in UTF-8; save it as \"CSV UTF-8\"");
    *r = (struct reader){ .cx = cx, .s = text, .next_line = 1, .delimiter = delimiter };
    rv_buf_init(&r->quoted, 8 * RV_TABLE_ROW_MAX);
    rv_buf_init(&ret->bytes, RV_TABLE_CSV_BYTES_MAX);
    RV_TRY(rv_arena_on_free(cx->arena, free_rows, ret));
    rv_status st = read_rows(r, t, ret);
    rv_buf_done(&r->quoted);
    return st;
}

rv_status rv_csv_add(struct rv_tx *tx, struct rv_table *t, const struct rv_csv_rows *rows)
{
    RV_TRY(rv_table_check_new_rows(rv_tx_cx(tx), t, (int64_t)rows->n));
    if (rows->n == 0)
        return RV_OK;
    RV_TRY(rv_table_ensure_heap(tx, t));
    for (size_t i = 0, from = 0; i < rows->n; i++) {
        rv_str packed = rows->ends[i] > from
                            ? (rv_str){ rows->bytes.p + from, rows->ends[i] - from }
                            : RV_STR("");
        RV_TRY(rv_row_add_packed(tx, t, t->next_row + (int64_t)i, packed));
        from = rows->ends[i];
    }
    return rv_table_grow(tx, t, (int64_t)rows->n, t->next_row + (int64_t)rows->n);
}

/* ---- over the API ---------------------------------------------------------------------------- */

struct import {
    rv_str table_id, text;
    char delimiter;
    struct rv_table t; /* as it was when the text was read */
    struct rv_csv_rows *rows;
};

static rv_status look_tx(struct rv_tx *tx, void *arg)
{
    struct import *m = arg;
    return rv_table_open(tx, m->table_id, RV_A_TABLE_EDIT, &m->t);
}

static rv_status import_tx(struct rv_tx *tx, void *arg)
{
    const struct import *m = arg;
    struct rv_table t;
    RV_TRY(rv_table_open(tx, m->table_id, RV_A_TABLE_EDIT, &t));
    if (t.version != m->t.version)
        return rv_fail(rv_tx_cx(tx), RV_CONFLICT,
                       "the columns of the table were changed meanwhile; import again");
    RV_TRY(rv_csv_add(tx, &t, m->rows));
    return rv_table_tell(tx, "workflows.user.table.import", &t,
                         rv_printf(rv_tx_cx(tx), "{\"rows\":%zu}", m->rows->n));
}

rv_status rv_table_import_csv(struct rv_cx *cx, rv_str table_id, rv_str text, rv_str delimiter,
                              struct rv_jw *w)
{
    struct import m = { .table_id = table_id,
                        .text = text,
                        .rows = RV_NEW(cx, struct rv_csv_rows) };
    if (m.rows == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_read(cx, look_tx, &m));
    if (text.p == NULL)
        return rv_fail(cx, RV_MEDIA_TYPE, "Send the CSV as the body, with Content-Type text/csv.");
    RV_TRY(rv_csv_delimiter(cx, delimiter, &m.delimiter));
    RV_TRY(rv_csv_read(cx, &m.t, text, m.delimiter, m.rows));
    RV_TRY(rv_store_write(cx, import_tx, &m));
    rv_jw_obj(w);
    rv_jw_kint(w, "imported", (int64_t)m.rows->n);
    rv_jw_key(w, "ignoredColumns");
    rv_jw_arr(w);
    for (size_t i = 0; i < m.rows->ignored_n; i++)
        rv_jw_str(w, m.rows->ignored[i]);
    rv_jw_arr_end(w);
    rv_jw_obj_end(w);
    return RV_OK;
}

struct export {
    rv_str table_id, columns, name;
    const struct rv_row_query *q;
    char delimiter;
    struct rv_buf *b;
};

/* Names with commas between, or all. */
static rv_status choose_columns(struct rv_cx *cx, const struct rv_table *t, rv_str names,
                                const struct rv_column ***ret, size_t *ret_n)
{
    const struct rv_column **chosen =
        RV_NEW_N(cx, const struct rv_column *, RV_TABLE_COLUMNS_MAX + 1);
    size_t n = 0;
    rv_str name;
    if (chosen == NULL)
        return RV_BUSY;
    while (names.n > 0 && n < RV_TABLE_COLUMNS_MAX && rv_str_split(&names, ',', &name)) {
        chosen[n] = rv_table_column(t, rv_str_trim(name));
        if (chosen[n++] == NULL)
            return rv_fail_field(cx, "columns", "NOT_FOUND", "the table has no column \"%.*s\"",
                                 RV_FMT(rv_utf8_cut(name, 200)));
    }
    *ret = chosen;
    *ret_n = n;
    return RV_OK;
}

static rv_status export_tx(struct rv_tx *tx, void *arg)
{
    struct export *x = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_table t;
    struct rv_search s;
    const struct rv_column **columns;
    size_t n;
    RV_TRY(rv_table_open(tx, x->table_id, RV_A_TABLE_READ, &t));
    RV_TRY(rv_row_query_read(cx, &t, x->q, &s));
    s.limit = x->q->most > 0 ? x->q->most : RV_TABLE_ROWS_MAX;
    s.offset = x->q->skip;
    RV_TRY(choose_columns(cx, &t, x->columns, &columns, &n));
    x->name = t.name;
    return rv_csv_write(tx, &t, &s, columns, n, x->delimiter, x->b);
}

static rv_status told_tx(struct rv_tx *tx, void *arg)
{
    const struct export *x = arg;
    struct rv_table t = { .id = x->table_id, .name = x->name };
    return rv_table_tell(tx, "workflows.user.table.export", &t, RV_NONE_STR);
}

rv_status rv_table_export_csv(struct rv_cx *cx, rv_str table_id, const struct rv_row_query *q,
                              rv_str columns, rv_str delimiter, struct rv_buf *b, rv_str *ret_name)
{
    struct export x = { .table_id = table_id, .columns = columns, .q = q, .b = b };
    RV_TRY(rv_csv_delimiter(cx, delimiter, &x.delimiter));
    RV_TRY(rv_store_read(cx, export_tx, &x));
    *ret_name = x.name;
    return rv_store_write(cx, told_tx, &x);
}
