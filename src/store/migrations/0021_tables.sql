-- Rows of tables (workflows.md 13). A row's key is heap * 2^40 + number: the rows of a table stand together in the order in
-- which they were made, and clearing a table gives it a new heap.

ALTER TABLE data_table ADD COLUMN heap INTEGER NOT NULL DEFAULT 0; -- 0: no row was made yet
ALTER TABLE data_table ADD COLUMN row_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE data_table ADD COLUMN next_row INTEGER NOT NULL DEFAULT 1;
ALTER TABLE data_table ADD COLUMN next_column INTEGER NOT NULL DEFAULT 0; -- 0: behind those there are

CREATE TABLE data_heap (
    id INTEGER PRIMARY KEY,
    table_id TEXT -- NULL: cleared, or its table is gone; a job deletes the rows
);

CREATE TABLE data_row (
    id INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    cells BLOB NOT NULL -- see src/flows/table_cell.c
);
