-- What starts flows by itself, and how a run was started (workflows.md 7, 8).

ALTER TABLE run ADD COLUMN started_via TEXT; -- DELEGATED, TEST, REPLAY, HELPER, EVENT, SCHEDULE, ENDPOINT

-- A flow that is on and starts by schedule: the schedule as it was saved and the start that is planned.
CREATE TABLE flow_schedule (
    flow_id TEXT PRIMARY KEY REFERENCES flow (id) ON DELETE CASCADE,
    schedule TEXT NOT NULL, -- JSON
    next_at INTEGER -- none: it has come to its end
);

-- Where HTTP callers reach a flow and what they must show.
CREATE TABLE flow_endpoint (
    flow_id TEXT PRIMARY KEY REFERENCES flow (id) ON DELETE CASCADE,
    alias TEXT NOT NULL,
    security TEXT NOT NULL, -- NONE, CLIENT_TOKEN, OAUTH
    token_hash TEXT, -- of the client token
    token_made_at INTEGER,
    updated_at INTEGER NOT NULL,
    updated_by TEXT
);
CREATE UNIQUE INDEX flow_endpoint_by_alias ON flow_endpoint (alias);

UPDATE flow SET kind = 'API_ENDPOINT' WHERE kind = 'ENDPOINT';
