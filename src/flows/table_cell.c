/* flows/table_cell.c: the cells of a row: packed for the store, read from values of flows, text and
 * the API.
 *
 * A packed row is one cell after the other, those that are not empty, in the order of the columns:
 * the column's number, a byte that tells the type, then the value: a text with its length before
 * it, a number or instant in eight bytes, lowest first; a true or false is its type. Numbers and
 * lengths are in groups of seven bits, lowest first. A search reads past the cells it does not want
 * without looking into them. A column that was renamed or moved leaves the rows as they are. */
#include "flows/table_int.h"
#include <math.h>

const char *const rv_column_types[] = { "", "text", "number", "boolean", "date" };

bool rv_column_type_parse(rv_str name, enum rv_cell_kind *ret)
{
    static const char *const stored[] = { "", "str", "dec", "bln", "dte" };
    for (int i = RV_CELL_TEXT; i <= RV_CELL_DATE; i++)
        if (rv_str_eq(name, rv_str_of(rv_column_types[i])) ||
            rv_str_eq(name, rv_str_of(stored[i]))) {
            *ret = (enum rv_cell_kind)i;
            return true;
        }
    return false;
}

/* ---- packing --------------------------------------------------------------------------------- */

enum { TAG_TEXT = 't', TAG_NUM = 'n', TAG_TRUE = 'y', TAG_FALSE = 'f', TAG_DATE = 'd' };

static size_t put_number(char *p, uint64_t v)
{
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        p[n++] = (char)(0x80 | (v & 0x7f));
    p[n++] = (char)v;
    return n;
}

static size_t put_eight(char *p, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (char)(v >> (8 * i));
    return 8;
}

static uint64_t bits_of(double d)
{
    uint64_t v;
    memcpy(&v, &d, sizeof v);
    return v;
}

/* RV_LIMIT before anything is written. */
static rv_status check_sizes(struct rv_cx *cx, const struct rv_column *columns,
                             const struct rv_cell *cells, size_t n)
{
    size_t size = 0; /* cannot overflow: 256 cells of 256 KiB */
    for (size_t i = 0; i < n; i++) {
        if (cells[i].kind != RV_CELL_TEXT)
            continue;
        size += cells[i].text.n;
        if (cells[i].text.n > RV_TABLE_CELL_MAX)
            return rv_fail(
                cx, RV_LIMIT,
                "the cell \"%.*s\" would hold %zu bytes, more than %d (limit table.cell)",
                RV_FMT(columns[i].name), cells[i].text.n, RV_TABLE_CELL_MAX);
    }
    if (size > RV_TABLE_ROW_MAX)
        return rv_fail(cx, RV_LIMIT, "the row would hold %zu bytes, more than %d (limit table.row)",
                       size, RV_TABLE_ROW_MAX);
    return RV_OK;
}

rv_status rv_cells_pack(struct rv_cx *cx, const struct rv_column *columns,
                        const struct rv_cell *cells, size_t n, struct rv_buf *b)
{
    RV_TRY(check_sizes(cx, columns, cells, n));
    for (size_t i = 0; i < n; i++) {
        const struct rv_cell *c = &cells[i];
        char p[32];
        size_t at = put_number(p, (uint64_t)columns[i].no);
        if (c->kind == RV_CELL_EMPTY)
            continue;
        if (c->kind == RV_CELL_TEXT) {
            p[at++] = TAG_TEXT;
            at += put_number(p + at, c->text.n);
        } else if (c->kind == RV_CELL_BOOL) {
            p[at++] = c->num > 0 ? TAG_TRUE : TAG_FALSE;
        } else {
            p[at++] = c->kind == RV_CELL_NUM ? TAG_NUM : TAG_DATE;
            at += put_eight(p + at, c->kind == RV_CELL_NUM ? bits_of(c->num) : (uint64_t)c->ms);
        }
        rv_buf_add(b, (rv_str){ p, at });
        if (c->kind == RV_CELL_TEXT)
            rv_buf_add(b, c->text);
    }
    return b->failed ? rv_fail(cx, RV_BUSY, "out of memory while packing a row") : RV_OK;
}

static bool get_number(rv_str s, size_t *at, uint64_t *ret)
{
    uint64_t v = 0;
    for (int shift = 0; shift < 63 && *at < s.n; shift += 7) {
        unsigned char c = (unsigned char)s.p[(*at)++];
        v |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80) {
            *ret = v;
            return true;
        }
    }
    return false;
}

static uint64_t get_eight(const char *p)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v |= (uint64_t)(unsigned char)p[i] << (8 * i);
    return v;
}

/* The cell at *at, which goes behind it. False: nothing that can be read. */
static bool next_cell(rv_str s, size_t *at, uint64_t *ret_no, struct rv_cell *ret)
{
    uint64_t n;
    if (!get_number(s, at, ret_no) || *at >= s.n)
        return false;
    char tag = s.p[(*at)++];
    *ret = (struct rv_cell){ .kind = RV_CELL_EMPTY };
    switch (tag) {
    case TAG_TEXT:
        if (!get_number(s, at, &n) || n > s.n - *at)
            return false;
        *ret = (struct rv_cell){ .kind = RV_CELL_TEXT, .text = { s.p + *at, n } };
        *at += n;
        return true;
    case TAG_TRUE:
    case TAG_FALSE:
        *ret = (struct rv_cell){ .kind = RV_CELL_BOOL, .num = tag == TAG_TRUE };
        return true;
    case TAG_NUM:
    case TAG_DATE:
        if (s.n - *at < 8)
            return false;
        n = get_eight(s.p + *at);
        *at += 8;
        ret->kind = tag == TAG_NUM ? RV_CELL_NUM : RV_CELL_DATE;
        if (tag == TAG_NUM)
            memcpy(&ret->num, &n, sizeof n);
        else
            ret->ms = (int64_t)n;
        return true;
    default:
        return false;
    }
}

struct rv_cell rv_cells_get(rv_str packed, int64_t column_no)
{
    size_t at = 0;
    uint64_t no;
    struct rv_cell c;
    while (at < packed.n && next_cell(packed, &at, &no, &c))
        if (no == (uint64_t)column_no)
            return c;
    return (struct rv_cell){ .kind = RV_CELL_EMPTY };
}

bool rv_cells_each(rv_str packed, void (*fn)(void *arg, int64_t column_no, struct rv_cell cell),
                   void *arg)
{
    size_t at = 0;
    uint64_t no;
    struct rv_cell c;
    while (at < packed.n) {
        if (!next_cell(packed, &at, &no, &c))
            return false;
        fn(arg, (int64_t)no, c);
    }
    return true;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool read_bool(rv_str s, bool *ret)
{
    static const struct {
        const char *text;
        bool value;
    } words[] = { { "true", true }, { "false", false }, { "yes", true },
                  { "no", false },  { "1", true },      { "0", false } };
    for (size_t i = 0; i < RV_LEN(words); i++)
        if (rv_str_eq_nocase(s, rv_str_of(words[i].text))) {
            *ret = words[i].value;
            return true;
        }
    return false;
}

static bool finite_num(const json_t *j, double *ret)
{
    return rv_value_num(j, ret) && isfinite(*ret);
}

static bool fits_date(int64_t ms) /* years 0001 to 9999: what a text can show */
{
    return ms >= -62135596800000 && ms <= 253402300799999;
}

bool rv_cell_of_text(enum rv_cell_kind type, rv_str text, struct rv_cell *ret)
{
    bool b;
    rv_str s = type == RV_CELL_TEXT ? text : rv_str_trim(text);
    *ret = (struct rv_cell){ .kind = RV_CELL_EMPTY };
    if (s.n == 0)
        return true;
    *ret = (struct rv_cell){ .kind = type, .text = s };
    if (type == RV_CELL_TEXT)
        return true;
    if (type == RV_CELL_BOOL) {
        if (!read_bool(s, &b))
            return false;
        ret->num = b;
        return true;
    }
    json_t *j = rv_value_of_text(s);
    bool fits =
        j != NULL && (type == RV_CELL_NUM ? finite_num(j, &ret->num)
                                          : rv_value_date(j, &ret->ms) && fits_date(ret->ms));
    json_decref(j);
    return fits;
}

static rv_status wrong_type(struct rv_cx *cx, const struct rv_column *c, const json_t *v)
{
    static const char *const wanted[] = { "", "text", "a number", "true or false",
                                          "a date & time" };
    return rv_fail(cx, RV_INVALID, "the column \"%.*s\" takes %s, not %s", RV_FMT(c->name),
                   wanted[c->type], json_is_string(v) ? "this text" : rv_value_type_name(v));
}

rv_status rv_cell_of_value(struct rv_cx *cx, const struct rv_column *c, const json_t *v,
                           struct rv_cell *ret)
{
    *ret = (struct rv_cell){ .kind = RV_CELL_EMPTY };
    if (rv_value_empty(v))
        return RV_OK;
    if (c->type == RV_CELL_TEXT) {
        ret->kind = RV_CELL_TEXT;
        return rv_value_text(cx, v, &ret->text);
    }
    if (json_is_string(v))
        return rv_cell_of_text(c->type, rv_json_str(v), ret) ? RV_OK : wrong_type(cx, c, v);
    ret->kind = c->type;
    if (c->type == RV_CELL_NUM && finite_num(v, &ret->num))
        return RV_OK;
    if (c->type == RV_CELL_DATE && rv_value_date(v, &ret->ms) && fits_date(ret->ms))
        return RV_OK;
    if (c->type == RV_CELL_BOOL && (json_is_boolean(v) || json_is_number(v))) {
        ret->num = json_is_true(v) || fabs(json_number_value(v)) > 0;
        return RV_OK;
    }
    return wrong_type(cx, c, v);
}

/* ---- showing --------------------------------------------------------------------------------- */

json_t *rv_cell_value(const struct rv_cell *cell, enum rv_cell_kind type)
{
    char text[40];
    switch (cell->kind) {
    case RV_CELL_EMPTY:
        return type == RV_CELL_TEXT ? json_string("") : json_null();
    case RV_CELL_TEXT:
        return json_stringn(cell->text.p, cell->text.n);
    case RV_CELL_NUM:
        return rv_value_of_num(cell->num);
    case RV_CELL_BOOL:
        return json_boolean(cell->num > 0);
    case RV_CELL_DATE:
        return json_stringn(text, rv_time_format(cell->ms, text));
    }
    return NULL;
}

rv_str rv_cell_text(struct rv_cx *cx, const struct rv_cell *cell)
{
    char text[40];
    switch (cell->kind) {
    case RV_CELL_EMPTY:
        return RV_STR("");
    case RV_CELL_TEXT:
        return cell->text;
    case RV_CELL_NUM:
        return rv_dup(cx, (rv_str){ text, rv_double_format(cell->num, text) });
    case RV_CELL_BOOL:
        return cell->num > 0 ? RV_STR("true") : RV_STR("false");
    case RV_CELL_DATE:
        return rv_dup(cx, (rv_str){ text, rv_time_format(cell->ms, text) });
    }
    return RV_NONE_STR;
}

void rv_cell_write(struct rv_jw *w, const struct rv_cell *cell)
{
    switch (cell->kind) {
    case RV_CELL_EMPTY:
        rv_jw_null(w);
        return;
    case RV_CELL_TEXT:
        rv_jw_str(w, cell->text);
        return;
    case RV_CELL_NUM:
        rv_jw_num(w, cell->num);
        return;
    case RV_CELL_BOOL:
        rv_jw_bool(w, cell->num > 0);
        return;
    case RV_CELL_DATE:
        rv_jw_time(w, cell->ms);
        return;
    }
}
