/* flows/table_search.c: finds rows by conditions: one pass over the packed rows of a table.
 *
 * Conditions are judged from left to right, AND and OR alike (workflows.md 13). Nothing is unpacked
 * that no condition asks for, so that a pass costs little more than reading the rows. A search that
 * sorts keeps the best rows it has seen, twice as many as it is asked for at most, and sorts them
 * when there are too many. Empty cells come last in either direction. */
#include "flows/table_int.h"
#include <stdlib.h>

/* ---- reading conditions ---------------------------------------------------------------------- */

static const struct {
    const char *text;
    char op;
} ops[] = { { "=", '=' }, { "==", '=' }, { "!=", '!' }, { "<", '<' }, { "<=", 'l' }, { ">", '>' }, { ">=", 'g' }, { "contains", 'c' } };

static bool find_column(const struct rv_table *t, rv_str name, enum rv_where_on *on,
                        enum rv_cell_kind *type, int64_t *no)
{
    const struct rv_column *c = rv_table_column(t, name);
    *on = RV_ON_COLUMN;
    *no = c != NULL ? c->no : 0;
    *type = c != NULL ? c->type : RV_CELL_DATE;
    if (c != NULL)
        return true;
    *on = rv_str_eq(name, RV_STR("Created"))   ? RV_ON_CREATED
          : rv_str_eq(name, RV_STR("Updated")) ? RV_ON_UPDATED
                                               : RV_ON_ROW_ID;
    if (*on == RV_ON_ROW_ID)
        *type = RV_CELL_TEXT;
    return *on != RV_ON_ROW_ID || rv_str_eq(name, RV_STR("Row ID"));
}

static rv_status no_column(struct rv_cx *cx, const struct rv_table *t, rv_str name)
{
    return rv_fail(cx, RV_INVALID, "the table \"%.*s\" has no column \"%.*s\"", RV_FMT(t->name),
                   RV_FMT(rv_utf8_cut(name, 200)));
}

rv_status rv_where_term(struct rv_cx *cx, const struct rv_table *t, rv_str column, rv_str op,
                        rv_str join, const json_t *value, bool strict, struct rv_where *ret)
{
    struct rv_where w = { .otherwise = rv_str_eq_nocase(join, RV_STR("OR")) };
    if (!find_column(t, column, &w.on, &w.type, &w.column_no))
        return no_column(cx, t, column);
    for (size_t i = 0; i < RV_LEN(ops); i++)
        if (rv_str_eq(op, rv_str_of(ops[i].text)))
            w.op = ops[i].op;
    if (w.op == '\0')
        return rv_fail(cx, RV_INVALID,
                       "\"%.*s\" is no comparison; there are = != < <= > >= contains",
                       RV_FMT(rv_utf8_cut(op, 40)));
    if (join.n > 0 && !w.otherwise && !rv_str_eq_nocase(join, RV_STR("AND")))
        return rv_fail(cx, RV_INVALID, "conditions are joined by AND or OR, not \"%.*s\"",
                       RV_FMT(rv_utf8_cut(join, 40)));
    const struct rv_column as = { .name = column, .type = w.op == 'c' ? RV_CELL_TEXT : w.type };
    rv_status st = rv_cell_of_value(cx, &as, value, &w.value);
    if (st != RV_OK && strict)
        return st;
    if (st != RV_OK) { /* it is none of the column's type: equal to nothing, different from everything */
        rv_error_clear(cx);
        w.op = w.op == '!' ? 'a' : 'n';
    }
    *ret = w;
    return RV_OK;
}

rv_status rv_where_parse(struct rv_cx *cx, const struct rv_table *t, const json_t *expr,
                         rv_where_value_fn *value_of, void *arg, bool strict, struct rv_search *s)
{
    const json_t *list = json_is_object(expr) ? json_object_get(expr, "expr") : expr;
    size_t n = json_array_size(list), i;
    json_t *e;
    struct rv_where *where = RV_NEW_N(cx, struct rv_where, n + 1);
    if (where == NULL)
        return RV_BUSY;
    if (list != NULL && !json_is_null(list) && !json_is_array(list))
        return rv_fail(cx, RV_INVALID, "the conditions must be a list of {lhs, op, rhs, join}");
    if (n > RV_TABLE_TERMS_MAX)
        return rv_fail(cx, RV_LIMIT, "a search has at most %d conditions (limit table.conditions)",
                       RV_TABLE_TERMS_MAX);
    json_array_foreach((json_t *)(uintptr_t)list, i, e)
    {
        const json_t *rhd = json_object_get(e, "rhd");
        const json_t *value =
            rhd != NULL && value_of != NULL ? value_of(arg, rhd) : json_object_get(e, "rhs");
        rv_str column = rv_json_member_str(e, "lhs"), op = rv_json_member_str(e, "op");
        if (column.p == NULL || op.p == NULL)
            return rv_fail(cx, RV_INVALID,
                           "condition %zu lacks the column (lhs) or the comparison (op)", i + 1);
        RV_TRY(rv_where_term(cx, t, column, op, rv_json_member_str(e, "join"), value, strict,
                             &where[i]));
    }
    s->where = where;
    s->where_n = n;
    return RV_OK;
}

rv_status rv_search_sort(struct rv_cx *cx, const struct rv_table *t, rv_str column,
                         struct rv_search *s)
{
    if (!find_column(t, column, &s->sort_on, &s->sort_type, &s->sort_column))
        return no_column(cx, t, column);
    /* By Row ID is by Created, and in the order in which rows were made. */
    s->sorted = s->sort_on == RV_ON_COLUMN || s->sort_on == RV_ON_UPDATED || s->descending;
    return RV_OK;
}

/* ---- judging a row --------------------------------------------------------------------------- */

static struct rv_cell cell_of(const struct rv_row *r, enum rv_where_on on, int64_t column_no)
{
    if (on == RV_ON_COLUMN)
        return rv_cells_get(r->cells, column_no);
    return (struct rv_cell){ .kind = RV_CELL_DATE,
                             .ms = on == RV_ON_CREATED ? r->created_at : r->updated_at };
}

/* Of two cells of one type. */
static int order(const struct rv_cell *a, const struct rv_cell *b)
{
    if (a->kind == RV_CELL_TEXT)
        return rv_str_cmp(a->text, b->text);
    if (a->kind == RV_CELL_DATE)
        return (a->ms > b->ms) - (a->ms < b->ms);
    return (a->num > b->num) - (a->num < b->num);
}

static bool judge_id(const struct rv_where *w, const struct rv_row *r)
{
    char id[48];
    int n = snprintf(id, sizeof id, "%" PRId64 "-%" PRId64, r->key >> RV_ROW_BITS,
                     r->key & ((INT64_C(1) << RV_ROW_BITS) - 1));
    bool same = rv_str_eq((rv_str){ id, (size_t)n }, w->value.text);
    return w->op == '!' ? !same : w->op == '=' && same;
}

static bool cell_contains(const struct rv_cell *c, rv_str part)
{
    char text[40];
    rv_str s = c->text;
    if (c->kind == RV_CELL_EMPTY)
        return part.n == 0;
    if (c->kind == RV_CELL_NUM)
        s = (rv_str){ text, rv_double_format(c->num, text) };
    else if (c->kind == RV_CELL_DATE)
        s = (rv_str){ text, rv_time_format(c->ms, text) };
    else if (c->kind == RV_CELL_BOOL)
        s = c->num > 0 ? RV_STR("true") : RV_STR("false");
    return part.n == 0 || memmem(s.p, s.n, part.p, part.n) != NULL;
}

static bool judge_one(const struct rv_where *w, const struct rv_row *r)
{
    if (w->op == 'n' || w->op == 'a')
        return w->op == 'a';
    if (w->on == RV_ON_ROW_ID)
        return judge_id(w, r);
    struct rv_cell c = cell_of(r, w->on, w->column_no);
    if (w->op == 'c')
        return cell_contains(&c, w->value.kind == RV_CELL_TEXT ? w->value.text : RV_STR(""));
    bool both = c.kind != RV_CELL_EMPTY && w->value.kind == c.kind;
    int by = both ? order(&c, &w->value) : 0;
    switch (w->op) {
    case '=':
        return both ? by == 0 : c.kind == w->value.kind;
    case '!':
        return both ? by != 0 : c.kind != w->value.kind;
    case '<':
        return both && by < 0;
    case 'l':
        return both && by <= 0;
    case '>':
        return both && by > 0;
    default:
        return both && by >= 0;
    }
}

struct any {
    rv_str part;
    bool found;
};

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

/* ASCII letters in either case; part is in lower case. */
static bool contains_nocase(rv_str s, rv_str part)
{
    for (size_t i = 0; i + part.n <= s.n; i++) {
        size_t k = 0;
        while (k < part.n && lower(s.p[i + k]) == (unsigned char)part.p[k])
            k++;
        if (k == part.n)
            return true;
    }
    return false;
}

static void look_into(void *arg, int64_t column_no, struct rv_cell c)
{
    struct any *a = arg;
    (void)column_no;
    a->found =
        a->found || (c.kind == RV_CELL_TEXT ? contains_nocase(c.text, a->part)
                                            : c.kind != RV_CELL_BOOL && cell_contains(&c, a->part));
}

static bool judge(const struct rv_search *s, rv_str part, const struct rv_row *r)
{
    bool fits = true;
    for (size_t i = 0; i < s->where_n; i++) {
        const struct rv_where *w = &s->where[i];
        if (i > 0 && fits == w->otherwise)
            continue; /* settled: true OR anything, false AND anything */
        fits = judge_one(w, r);
    }
    if (!fits || part.n == 0)
        return fits;
    struct any a = { part, false };
    return rv_cells_each(r->cells, look_into, &a) && a.found;
}

/* ---- gathering ------------------------------------------------------------------------------- */

struct entry {
    int64_t key;
    struct rv_cell cell; /* text: its own memory */
};
struct gather {
    const struct rv_search *s;
    rv_str part;
    struct entry *at;
    size_t n, size, wanted;
    size_t bytes;
    bool full, no_memory;
};

static int by_key(const struct entry *a, const struct entry *b)
{
    return (a->key > b->key) - (a->key < b->key);
}

static int compare(const void *pa, const void *pb, void *arg)
{
    const struct entry *a = pa, *b = pb;
    const struct rv_search *s = arg;
    bool none_a = a->cell.kind == RV_CELL_EMPTY, none_b = b->cell.kind == RV_CELL_EMPTY;
    if (none_a != none_b)
        return none_a ? 1 : -1;
    int by = none_a || s->sort_on == RV_ON_ROW_ID ? 0 : order(&a->cell, &b->cell);
    if (by == 0 && s->sort_on != RV_ON_COLUMN)
        by = by_key(a, b); /* by time: those of the same moment in their order, too */
    if (by != 0)
        return s->descending ? -by : by;
    return by_key(a, b);
}

static void drop(struct gather *g, size_t from)
{
    for (size_t i = from; i < g->n; i++) {
        if (g->at[i].cell.kind != RV_CELL_TEXT)
            continue;
        g->bytes -= g->at[i].cell.text.n;
        free((char *)(uintptr_t)g->at[i].cell.text.p);
    }
    g->n = from < g->n ? from : g->n;
}

static bool make_room(struct gather *g)
{
    if (g->s->sorted && g->n > g->wanted && g->n >= 2 * g->wanted) {
        qsort_r(g->at, g->n, sizeof *g->at, compare, (void *)(uintptr_t)g->s);
        drop(g, g->wanted);
    }
    if (g->n < g->size)
        return true;
    size_t size = g->size == 0 ? 64 : 2 * g->size;
    struct entry *more = realloc(g->at, size * sizeof *more);
    if (more == NULL)
        return false;
    g->at = more;
    g->size = size;
    return true;
}

static bool take(void *arg, const struct rv_row *r)
{
    struct gather *g = arg;
    if (!judge(g->s, g->part, r))
        return true;
    g->no_memory = !make_room(g);
    if (g->no_memory)
        return false;
    struct entry e = { .key = r->key };
    if (g->s->sorted && g->s->sort_on != RV_ON_ROW_ID)
        e.cell = cell_of(r, g->s->sort_on, g->s->sort_column);
    if (e.cell.kind == RV_CELL_TEXT) {
        char *copy = malloc(e.cell.text.n + 1);
        g->no_memory = copy == NULL;
        if (g->no_memory)
            return false;
        memcpy(copy, e.cell.text.p, e.cell.text.n);
        e.cell.text.p = copy;
        g->bytes += e.cell.text.n;
    }
    g->at[g->n++] = e;
    g->full = g->bytes > RV_TABLE_SORT_MAX;
    return !g->full && (g->s->sorted || g->n < g->wanted);
}

static rv_str lower_part(struct rv_cx *cx, rv_str q)
{
    char *p = q.n > 0 ? rv_alloc(cx, q.n) : NULL;
    for (size_t i = 0; p != NULL && i < q.n; i++)
        p[i] = (char)lower(q.p[i]);
    return (rv_str){ p, p != NULL ? q.n : 0 };
}

static rv_status result(struct rv_cx *cx, struct gather *g, const struct rv_table *t, int64_t **ret,
                        size_t *ret_n)
{
    const struct rv_search *s = g->s;
    size_t from = (size_t)s->offset < g->n ? (size_t)s->offset : g->n;
    if (g->no_memory)
        return rv_fail(cx, RV_BUSY, "out of memory while searching the table \"%.*s\"",
                       RV_FMT(t->name));
    if (g->full)
        return rv_fail(cx, RV_LIMIT,
                       "the texts to sort by hold more than %d bytes (limit table.sort); search "
                       "with conditions or a smaller limit",
                       RV_TABLE_SORT_MAX);
    if (s->sorted && g->n > 1)
        qsort_r(g->at, g->n, sizeof *g->at, compare, (void *)(uintptr_t)s);
    size_t n = g->n - from < (size_t)s->limit ? g->n - from : (size_t)s->limit;
    int64_t *keys = RV_NEW_N(cx, int64_t, n + 1);
    if (keys == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < n; i++)
        keys[i] = g->at[from + i].key;
    *ret = keys;
    *ret_n = n;
    return RV_OK;
}

rv_status rv_table_search(struct rv_tx *tx, const struct rv_table *t, const struct rv_search *s,
                          int64_t **ret, size_t *ret_n)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct gather g = { .s = s, .part = lower_part(cx, s->q) };
    if (s->offset < 0 || s->limit < 0)
        return rv_fail(cx, RV_INVALID, "limit and offset of a search cannot be negative");
    g.wanted = (size_t)(s->limit < RV_TABLE_ROWS_MAX ? s->limit : RV_TABLE_ROWS_MAX) +
               (size_t)(s->offset < RV_TABLE_ROWS_MAX ? s->offset : RV_TABLE_ROWS_MAX);
    rv_status st = g.wanted > 0 ? rv_rows_scan(tx, t, s->after, take, &g) : RV_OK;
    if (st == RV_OK)
        st = result(cx, &g, t, ret, ret_n);
    drop(&g, 0);
    free(g.at);
    return st;
}
