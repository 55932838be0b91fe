-- The system log (src/org/event.c). Rows are only ever added; seq is the order of commits.
CREATE TABLE event (
    seq INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    type INTEGER NOT NULL, -- number of src/org/events.h
    success INTEGER NOT NULL,
    reason TEXT,
    actor_kind INTEGER NOT NULL, -- 0 user, 1 app, 2 system
    actor_id TEXT,
    actor_name TEXT,
    actor_login TEXT,
    method INTEGER, -- session, API token, OAuth, in-process
    session_id TEXT,
    peer TEXT,
    web INTEGER NOT NULL, -- caused by a request, else by a job or run
    cause_id TEXT, -- of that request or run
    targets TEXT, -- JSON: [[type, id, name, alternate], …]
    detail TEXT -- JSON object: debugData
);
CREATE INDEX event_by_time ON event (at);
