-- Flows, their versions and runs (workflows.md; README.md of the specification, "Glossary").

CREATE TABLE folder (
    id TEXT PRIMARY KEY,
    parent_id TEXT REFERENCES folder (id),
    path TEXT NOT NULL, -- ids from the top with '/' between, the folder's own last
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    updated_at INTEGER NOT NULL,
    updated_by TEXT
);
CREATE INDEX folder_by_parent ON folder (parent_id, name);
CREATE INDEX folder_by_path ON folder (path);

CREATE TABLE flow (
    id TEXT PRIMARY KEY,
    folder_id TEXT NOT NULL REFERENCES folder (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    kind TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    save_data INTEGER NOT NULL,
    version_number INTEGER NOT NULL, -- of the latest save
    inputs TEXT NOT NULL, -- JSON: what a caller fills, read off the event card
    settings TEXT NOT NULL, -- JSON: schedule, endpoint security
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    updated_at INTEGER NOT NULL,
    updated_by TEXT
);
CREATE INDEX flow_by_folder ON flow (folder_id, id);
CREATE INDEX flow_by_kind ON flow (kind, id);

CREATE TABLE flow_version (
    flow_id TEXT NOT NULL REFERENCES flow (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    saved_at INTEGER NOT NULL,
    saved_by TEXT,
    saved_by_name TEXT,
    note TEXT,
    cards TEXT NOT NULL, -- JSON: the normalised definition
    PRIMARY KEY (flow_id, number)
);

CREATE TABLE data_table (
    id TEXT PRIMARY KEY,
    folder_id TEXT NOT NULL REFERENCES folder (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    columns TEXT NOT NULL, -- JSON: name, type, default
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    updated_at INTEGER NOT NULL,
    updated_by TEXT
);
CREATE INDEX data_table_by_folder ON data_table (folder_id, id);

CREATE TABLE connection (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    connector TEXT NOT NULL,
    transport TEXT NOT NULL, -- LOCAL, HTTPS
    principal_id TEXT, -- LOCAL: the person as whom it acts
    status TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    updated_at INTEGER NOT NULL,
    updated_by TEXT
);
CREATE INDEX connection_by_connector ON connection (connector, id);

-- Runs of a flow stand together, newest last: its history reads one range and nothing else.
CREATE TABLE run (
    flow_id TEXT NOT NULL,
    id TEXT NOT NULL,
    flow_version INTEGER NOT NULL,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    data_saved INTEGER NOT NULL,
    starter_kind INTEGER NOT NULL, -- 0 user, 1 app, 2 system
    starter_id TEXT,
    starter_name TEXT,
    request_id TEXT,
    request_number INTEGER,
    step_id TEXT,
    parent_run_id TEXT,
    idem_key TEXT,
    idem_hash TEXT,
    error_message TEXT,
    error_code INTEGER,
    error_card_id TEXT,
    error_card_title TEXT,
    PRIMARY KEY (flow_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX run_by_id ON run (id);
CREATE UNIQUE INDEX run_by_key ON run (flow_id, starter_id, idem_key) WHERE idem_key IS NOT NULL;
CREATE INDEX run_by_parent ON run (parent_run_id, id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX run_by_request ON run (request_id, id) WHERE request_id IS NOT NULL;

-- What a run was given and what its cards did: one packed record, see src/flows/history.c.
CREATE TABLE run_data (
    run_id TEXT PRIMARY KEY,
    data BLOB NOT NULL
) WITHOUT ROWID;
