/* connectors/tables.c: the cards of tables (cards.md C.1, D.stash; flopack.md 14).
 *
 * What they do stands beside the tables in src/flows: they need no connection, and those that write
 * commit with their run. */
#include "connectors/connectors.h"
#include "flows/flows.h"

static const struct rv_choice result_sets[] = {
    { "one", "First matching row" }, { "all", "All matching rows" }, { "stream", "Stream matching rows" }, { NULL, NULL },
};
static const struct rv_choice no_yes[] = { { "No", "No" }, { "Yes", "Yes" }, { NULL, NULL } };
static const struct rv_choice directions[] = { { "asc", "Ascending" }, { "desc", "Descending" }, { NULL, NULL } };

#define TABLE                                                                                                                                    \
    { "parameters", "stash", "Table", RV_T_TEXT, RV_PIN_OPTION, NULL, NULL, "table of the card, or the one that Table ID names at run time" },  \
    { "Table", "Table ID", "Table ID", RV_T_TEXT, 0, NULL, NULL, "id of the table, when it is provided at run time; under the flow's top folder" }
#define ROW_ID(group) { group, "Row ID", "Row ID", RV_T_TEXT, RV_PIN_REQUIRED, NULL, NULL, "id of the row" }
#define WHERE                                                                                                                                    \
    { "Filter", "Where Expression", "Where Expression", RV_T_OBJECT, 0, NULL, NULL,                                                              \
      "{\"expr\": [{\"lhs\": column, \"op\": = != < <= > >= contains, \"rhs\": value, \"join\": AND or OR}]}, from left to right" }
#define CARD(card, title) .name = "stash:" card, .label = title, .category = "Tables", .timeout_ms = 30000

/* clang-format off */
const struct rv_card rv_cards_tables[] = {
    {
        CARD("createRow", "Create Row"), .kind = RV_CARD_EFFECT, .user_pins = RV_USER_INPUTS, .user_group = "Fields",
        .help = "Adds a row to a table; columns without a value get their default.",
        .in = RV_PINS(TABLE),
        .out = RV_PINS({ "Output", "Row ID", "Row ID", RV_T_TEXT, 0, NULL, NULL, "id of the new row" }),
        .run = rv_table_card_create,
    },
    {
        CARD("readRow", "Read Row"), .kind = RV_CARD_EFFECT, .user_pins = RV_USER_OUTPUTS, .user_group = "Fields",
        .help = "Gives the cells of a row by its id.",
        .in = RV_PINS(TABLE, ROW_ID("Read By")),
        .out = RV_PINS({ "Row", "Created", "Created", RV_T_DATE, 0, NULL, NULL, "when the row was made" },
                       { "Row", "Updated", "Updated", RV_T_DATE, 0, NULL, NULL, "when it was changed last" }),
        .run = rv_table_card_read,
    },
    {
        CARD("updateRow", "Update Row"), .kind = RV_CARD_EFFECT, .user_pins = RV_USER_INPUTS, .user_group = "Fields",
        .help = "Changes cells of a row by its id; empty inputs leave them, or empty them.",
        .in = RV_PINS(TABLE,
                      { "parameters", "updateEmptyInputs", "Update Empty Inputs", RV_T_TEXT, RV_PIN_OPTION, "\"No\"", no_yes, "whether empty inputs empty the cells" },
                      ROW_ID("Update By")),
        .run = rv_table_card_update,
    },
    {
        CARD("deleteRow", "Delete Row"), .kind = RV_CARD_EFFECT,
        .help = "Deletes a row by its id.",
        .in = RV_PINS(TABLE, ROW_ID("Delete By")),
        .run = rv_table_card_delete,
    },
    {
        CARD("searchRows2", "Search Rows"), .kind = RV_CARD_EFFECT, .user_pins = RV_USER_BOTH, .user_group = "Fields",
        .help = "Finds rows by conditions: the first one, all, or one after the other for a helper flow.",
        .in = RV_PINS(TABLE,
                      { "parameters", "resultSet", "Result Set", RV_T_TEXT, RV_PIN_OPTION, "\"one\"", result_sets, "what becomes of the rows found" },
                      WHERE,
                      { "Sort", "Column", "Column", RV_T_TEXT, 0, NULL, NULL, "column to sort by; empty: as the rows were made" },
                      { "Sort", "Direction", "Direction", RV_T_TEXT, 0, "\"asc\"", directions, "order of the sort" },
                      { "Sort", "Limit", "Limit", RV_T_NUM, 0, NULL, NULL, "how many rows at most; empty: 3,500, or all to stream" },
                      { "Sort", "Offset", "Offset", RV_T_NUM, 0, NULL, NULL, "how many of the rows found are passed over" },
                      { "Streaming", "Flow", "Flow", RV_T_FLOW, 0, NULL, NULL, "helper flow that gets each row as Record, and State" }),
        .out = RV_PINS({ "Row", "Row ID", "Row ID", RV_T_TEXT, 0, NULL, NULL, "id of the first row found; empty: none" },
                       { "Row", "Created", "Created", RV_T_DATE, 0, NULL, NULL, "when it was made" },
                       { "Row", "Updated", "Updated", RV_T_DATE, 0, NULL, NULL, "when it was changed last" },
                       { "Result", "Rows", "Rows", RV_T_OBJECT, RV_PIN_LIST, NULL, NULL, "all rows found, by name of the column, with Row ID, Created and Updated" },
                       { "Result", "Records Streamed", "Records Streamed", RV_T_NUM, 0, NULL, NULL, "how many rows the helper flow got" }),
        .run = rv_table_card_search,
    },
    {
        CARD("clearTable", "Clear Table"), .kind = RV_CARD_EFFECT,
        .help = "Deletes all rows of a table and says how many there were.",
        .in = RV_PINS(TABLE),
        .out = RV_PINS({ "Table", "Cleared Rows", "Cleared Rows", RV_T_NUM, 0, NULL, NULL, "how many rows were deleted" }),
        .run = rv_table_card_clear,
    },
    {
        CARD("readTable", "Read Table"), .kind = RV_CARD_EFFECT,
        .help = "Gives names and types of a table's columns.",
        .in = RV_PINS(TABLE),
        .out = RV_PINS({ "Output", "Column Schema", "Column Schema", RV_T_OBJECT, RV_PIN_LIST, NULL, NULL, "name and type of each column" }),
        .run = rv_table_card_schema,
    },
    {
        CARD("exportToCSV", "Export to CSV"), .kind = RV_CARD_EFFECT,
        .help = "Writes rows of a table into a file of comma-separated values.",
        .in = RV_PINS(TABLE, WHERE,
                      { "File", "Filename", "Filename", RV_T_TEXT, RV_PIN_REQUIRED, NULL, NULL, "name of the file" },
                      { "Options", "Delimiter", "Delimiter", RV_T_TEXT, 0, "\",\"", NULL, "a comma, semicolon, colon, bar or tab" },
                      { "Options", "Columns", "Columns", RV_T_TEXT, RV_PIN_LIST, NULL, NULL, "columns in their order; empty: all" },
                      { "Options", "Limit", "Limit", RV_T_NUM, 0, NULL, NULL, "how many rows at most; empty: all" },
                      { "Options", "Offset", "Offset", RV_T_NUM, 0, NULL, NULL, "how many rows are passed over" }),
        .out = RV_PINS({ "CSV", "File Content", "File Content", RV_T_FILE, 0, NULL, NULL, "the file: id, filename, extension, size, created, updated, content" }),
        .run = rv_table_card_export,
    },
    {
        CARD("importFromCSV", "Import from CSV"), .kind = RV_CARD_EFFECT,
        .help = "Adds the rows of a file of comma-separated values to a table: all or none.",
        .in = RV_PINS(TABLE,
                      { "File", "File Content", "File Content", RV_T_FILE, RV_PIN_REQUIRED, NULL, NULL, "the file, or its text; the first line names the columns" },
                      { "Options", "Delimiter", "Delimiter", RV_T_TEXT, 0, "\",\"", NULL, "a comma, semicolon, colon, bar or tab" }),
        .out = RV_PINS({ "Output", "Rows Imported", "Rows Imported", RV_T_NUM, 0, NULL, NULL, "how many rows came in" }),
        .run = rv_table_card_import,
    },
    { .name = NULL },
};
