-- Everything that happens later (src/store/jobs.c).
CREATE TABLE job (
    id INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    key TEXT,
    due_at INTEGER NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 1,
    payload TEXT
);
CREATE UNIQUE INDEX job_key ON job (kind, key) WHERE key IS NOT NULL;
