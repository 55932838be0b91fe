/* flows/table_int.h: what the files about tables share (workflows.md 13). Private to the folder.
 *
 * table.c keeps tables and their columns, table_cell.c packs the cells of a row, table_row.c
 * changes rows, table_search.c finds them, table_csv.c reads and writes CSV. What is in here asks
 * no judge: the public functions do, cards were judged when their flow was saved. All of it runs
 * inside a transaction or snapshot that the caller has opened. */
#pragma once
#include "flows/flows_int.h"

enum {
    RV_TABLE_ROWS_MAX = 1000000,
    RV_TABLE_COLUMNS_MAX = 256,
    RV_TABLE_COLUMN_NAME_MAX = 100, /* characters */
    RV_TABLE_CELL_MAX = 256 << 10, /* bytes */
    RV_TABLE_ROW_MAX = 1 << 20, /* bytes of all cells */
    RV_TABLE_SEARCH_DEFAULT = 3500,
    RV_TABLE_SEARCH_MAX = 100000,
    RV_TABLE_SORT_MAX = 64 << 20, /* bytes of texts that one search sorts */
    RV_TABLE_TERMS_MAX = 100,
    RV_TABLE_CSV_BYTES_MAX = 64 << 20, /* packed rows of one import */
};

/* ---- cells (table_cell.c) -------------------------------------------------------------------- */

enum rv_cell_kind { RV_CELL_EMPTY, RV_CELL_TEXT, RV_CELL_NUM, RV_CELL_BOOL, RV_CELL_DATE };
struct rv_cell {
    enum rv_cell_kind kind;
    rv_str text; /* borrowed from wherever it was read */
    double num; /* also of a bool: 0 or 1 */
    int64_t ms; /* of a date */
};
struct rv_column {
    int64_t no; /* never used again in this table */
    rv_str name;
    enum rv_cell_kind type; /* not RV_CELL_EMPTY */
    rv_str def; /* as text, or absent */
};
extern const char *const rv_column_types[]; /* by enum rv_cell_kind: "", "text", "number", "boolean", "date" */
bool rv_column_type_parse(rv_str name, enum rv_cell_kind *ret); /* also str, dec, bln, dte */
/* Appends the packed cells of a row, one per column; empty ones take no room. RV_LIMIT when one or
 * all are too large. */
RV_MUST_CHECK rv_status rv_cells_pack(struct rv_cx *cx, const struct rv_column *columns,
                                      const struct rv_cell *cells, size_t n, struct rv_buf *b);
/* One cell of a packed row, borrowed from it. */
struct rv_cell rv_cells_get(rv_str packed, int64_t column_no);
/* Calls fn for each cell that is there; false: the row cannot be read. */
bool rv_cells_each(rv_str packed, void (*fn)(void *arg, int64_t column_no, struct rv_cell cell),
                   void *arg);
/* What a column makes of a value of a flow, with the lenient rules. RV_INVALID names column,
 * expected and actual type. */
RV_MUST_CHECK rv_status rv_cell_of_value(struct rv_cx *cx, const struct rv_column *c,
                                         const json_t *v, struct rv_cell *ret);
/* What a column makes of text (CSV, defaults). False: it does not read as the column's type. */
bool rv_cell_of_text(enum rv_cell_kind type, rv_str text, struct rv_cell *ret);
json_t *rv_cell_value(const struct rv_cell *cell, enum rv_cell_kind type); /* new; empty: "" for text, null else. NULL: no memory */
rv_str rv_cell_text(struct rv_cx *cx, const struct rv_cell *cell); /* as CSV shows it; empty: "" */
void rv_cell_write(struct rv_jw *w, const struct rv_cell *cell); /* as the API shows it; empty: null */

/* ---- tables (table.c) ------------------------------------------------------------------------ */

struct rv_table {
    rv_str id, folder_id, folder_path /* ids */, name, description, created_by, updated_by;
    struct rv_column *columns; /* in their order */
    size_t columns_n;
    int64_t heap, row_count, next_row, next_column, version, created_at, updated_at;
    bool sample;
};
RV_MUST_CHECK rv_status rv_table_find(struct rv_tx *tx, rv_str id, bool *ret_found,
                                      struct rv_table *ret);
RV_MUST_CHECK rv_status rv_table_load(struct rv_tx *tx, rv_str id, struct rv_table *ret); /* RV_NOT_FOUND */
json_t *rv_column_json(const struct rv_column *c); /* new, as it is stored; NULL: no memory */
/* Load and ask the judge. */
RV_MUST_CHECK rv_status rv_table_open(struct rv_tx *tx, rv_str id, enum rv_action action,
                                      struct rv_table *ret);
/* The event of a look at the table or its rows; rv_event_viewed says how often. */
void rv_table_viewed(const struct rv_cx *cx, rv_str id, rv_str name);
const struct rv_column *rv_table_column(const struct rv_table *t, rv_str name); /* NULL: none of that name */
RV_MUST_CHECK rv_status rv_table_check_new_rows(struct rv_cx *cx, const struct rv_table *t, int64_t n); /* RV_LIMIT */
/* New rows or fewer of them; a heap is made when there is none. */
RV_MUST_CHECK rv_status rv_table_grow(struct rv_tx *tx, struct rv_table *t, int64_t rows,
                                      int64_t next_row);
RV_MUST_CHECK rv_status rv_table_ensure_heap(struct rv_tx *tx, struct rv_table *t);
RV_MUST_CHECK rv_status rv_table_drop_rows(struct rv_tx *tx, struct rv_table *t); /* all at once; a job takes them away */
RV_MUST_CHECK rv_status rv_table_tell(struct rv_tx *tx, const char *event, const struct rv_table *t,
                                      rv_str detail);
struct rv_table_insert {
    rv_str id, folder_id, name, description, columns; /* JSON array */
};
RV_MUST_CHECK rv_status rv_table_insert(struct rv_tx *tx, const struct rv_table_insert *in);
/* ---- in export files and in cards (table_file.c) ---- */
#define RV_TABLE_AT_RUN_TIME "runtime" /* value of a card's option "stash": the input Table ID chooses */
rv_str rv_table_of_card(const json_t *card); /* the table a card names, or absent: none, or chosen at run time */
typedef void rv_columns_told(void *arg, bool error, rv_str sentence);
/* The columns of an export file as a table keeps them: JSON text for rv_table_insert. */
RV_MUST_CHECK rv_status rv_columns_of_file(struct rv_cx *cx, const json_t *structure,
                                           rv_columns_told *told, void *arg, rv_str *ret);
/* Ids of the tables that cards name, as members of ids. */
RV_MUST_CHECK rv_status rv_table_refs(struct rv_cx *cx, json_t *cards, json_t *ids);
/* Ids of the tables of a folder and of those below it, as members of ids. */
RV_MUST_CHECK rv_status rv_table_ids_below(struct rv_tx *tx, rv_str folder_path, json_t *ids);
/* Members of "tables": what lies below a folder (absent: none) and what is in ids. Who may not read
 * one does not get it. */
RV_MUST_CHECK rv_status rv_table_export(struct rv_tx *tx, rv_str folder_path, json_t *ids, struct rv_jw *w); /* ids: gets the names of those written */
RV_MUST_CHECK rv_status rv_table_told_export(struct rv_tx *tx, const json_t *ids); /* events for those */

RV_MUST_CHECK rv_status rv_table_purge(struct rv_cx *cx, const struct rv_job *job);
RV_MUST_CHECK rv_status rv_table_tidy(struct rv_cx *cx, const struct rv_job *job);

/* ---- rows (table_row.c) ---------------------------------------------------------------------- */

enum { RV_ROW_BITS = 40 };
struct rv_row {
    int64_t key, version, created_at, updated_at;
    rv_str cells; /* packed */
};
rv_str rv_row_id(struct rv_cx *cx, int64_t key); /* "12-57" */
/* RV_NOT_FOUND when the table has no such row. ret->cells lives in cx's arena. */
RV_MUST_CHECK rv_status rv_row_load(struct rv_tx *tx, const struct rv_table *t, rv_str id,
                                    struct rv_row *ret);
RV_MUST_CHECK rv_status rv_row_at(struct rv_tx *tx, int64_t key, bool *ret_found,
                                  struct rv_row *ret);
/* Calls fn with the row, whose cells are valid until it returns; not when the row is gone. */
RV_MUST_CHECK rv_status rv_row_with(struct rv_tx *tx, int64_t key,
                                    rv_status (*fn)(void *arg, const struct rv_row *r), void *arg);
/* cells: one per column. */
RV_MUST_CHECK rv_status rv_row_add(struct rv_tx *tx, struct rv_table *t,
                                   const struct rv_cell *cells, int64_t *ret_key);
RV_MUST_CHECK rv_status rv_row_add_packed(struct rv_tx *tx, const struct rv_table *t, int64_t no,
                                          rv_str packed);
RV_MUST_CHECK rv_status rv_row_put(struct rv_tx *tx, const struct rv_table *t,
                                   const struct rv_row *r, const struct rv_cell *cells);
/* The same without a new version and time: nothing that anybody sees has changed. */
RV_MUST_CHECK rv_status rv_row_tidy(struct rv_tx *tx, const struct rv_table *t,
                                    const struct rv_row *r, const struct rv_cell *cells);
RV_MUST_CHECK rv_status rv_row_drop(struct rv_tx *tx, struct rv_table *t, int64_t key,
                                    bool *ret_dropped);
struct rv_cell *rv_row_cells(struct rv_cx *cx, const struct rv_table *t, const struct rv_row *r); /* by column; r NULL: the defaults */
RV_MUST_CHECK rv_status rv_rows_scan(struct rv_tx *tx, const struct rv_table *t, int64_t after,
                                     bool (*fn)(void *arg, const struct rv_row *r), void *arg);

struct rv_search;
/* A query of the API, checked. One row more is asked for than the page holds. */
RV_MUST_CHECK rv_status rv_row_query_read(struct rv_cx *cx, const struct rv_table *t,
                                          const struct rv_row_query *q, struct rv_search *s);

/* ---- search (table_search.c) ----------------------------------------------------------------- */

enum rv_where_on { RV_ON_COLUMN, RV_ON_ROW_ID, RV_ON_CREATED, RV_ON_UPDATED };
struct rv_where {
    enum rv_where_on on;
    enum rv_cell_kind type;
    int64_t column_no;
    char op; /* '=' '!' '<' 'l' (<=) '>' 'g' (>=) 'c' (contains); 'n' never, 'a' always: the value is none of this type */
    bool otherwise; /* OR with what stands before */
    struct rv_cell value;
};
struct rv_search {
    const struct rv_where *where;
    size_t where_n;
    rv_str q; /* part of any cell, or absent */
    bool sorted, descending;
    enum rv_where_on sort_on;
    enum rv_cell_kind sort_type;
    int64_t sort_column;
    int64_t after; /* key: rows behind it; only unsorted */
    int64_t limit, offset;
};
/* A condition's term; strict: a value that is none of the column's type is an error, else it
 * matches nothing. */
RV_MUST_CHECK rv_status rv_where_term(struct rv_cx *cx, const struct rv_table *t, rv_str column,
                                      rv_str op, rv_str join, const json_t *value, bool strict,
                                      struct rv_where *ret);
RV_MUST_CHECK rv_status rv_search_sort(struct rv_cx *cx, const struct rv_table *t, rv_str column,
                                       struct rv_search *s);
/* Keys of the rows found, in their order, in cx's arena. */
RV_MUST_CHECK rv_status rv_table_search(struct rv_tx *tx, const struct rv_table *t,
                                        const struct rv_search *s, int64_t **ret, size_t *ret_n);
/* {"expr":[…]} or the array in it. value_of gives the value that an "rhd" names (borrowed; NULL is
 * null), or is NULL. */
typedef const json_t *rv_where_value_fn(void *arg, const json_t *rhd);
RV_MUST_CHECK rv_status rv_where_parse(struct rv_cx *cx, const struct rv_table *t,
                                       const json_t *expr, rv_where_value_fn *value_of, void *arg,
                                       bool strict, struct rv_search *s);

/* ---- CSV (table_csv.c) ----------------------------------------------------------------------- */

/* Header and rows: all columns when columns_n is 0. */
RV_MUST_CHECK rv_status rv_csv_write(struct rv_tx *tx, const struct rv_table *t,
                                     const struct rv_search *s,
                                     const struct rv_column *const *columns, size_t columns_n,
                                     char delimiter, struct rv_buf *b);
struct rv_csv_rows {
    struct rv_buf bytes; /* packed rows, one behind the other; heap memory that ends with the cx's arena */
    size_t *ends, n; /* by row: where it ends in bytes */
    rv_str *ignored; /* names of columns that the table has not */
    size_t ignored_n;
};
/* The whole text is checked before anything is given: RV_INVALID names line and column. *ret must
 * live as long as cx. */
RV_MUST_CHECK rv_status rv_csv_read(struct rv_cx *cx, const struct rv_table *t, rv_str text,
                                    char delimiter, struct rv_csv_rows *ret);
RV_MUST_CHECK rv_status rv_csv_add(struct rv_tx *tx, struct rv_table *t,
                                   const struct rv_csv_rows *rows);
RV_MUST_CHECK rv_status rv_csv_delimiter(struct rv_cx *cx, rv_str text, char *ret); /* empty: a comma */
