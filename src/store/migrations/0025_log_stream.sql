-- Records of runs on their way to the organisation's log collector (src/flows/log_stream.c). One row says where they go.
CREATE TABLE log_stream (
    id INTEGER PRIMARY KEY, -- 1
    url TEXT NOT NULL,
    headers TEXT, -- sealed JSON: name to value; NULL: none
    header_names TEXT NOT NULL, -- JSON list, for people
    template TEXT NOT NULL, -- one record, with {{record}} in it; empty: a JSON list of records
    events TEXT NOT NULL, -- JSON list
    enabled INTEGER NOT NULL,
    dropped INTEGER NOT NULL, -- records that had no room
    sent_at INTEGER,
    error TEXT, -- of the last try; NULL: it went well
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT
);
CREATE TABLE log_stream_record (
    seq INTEGER PRIMARY KEY,
    record TEXT NOT NULL
);
ALTER TABLE flow ADD COLUMN log_stream INTEGER NOT NULL DEFAULT 1;
