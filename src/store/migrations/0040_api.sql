-- Keys of POST calls and the answers they got, for a day (security.md 9.1). id: hash of principal, method, path and key.
CREATE TABLE idempotency_key (
    id TEXT NOT NULL PRIMARY KEY,
    body_hash TEXT NOT NULL,
    status INTEGER NOT NULL, -- 0: carried out, the answer is not known
    media_type TEXT,
    location TEXT,
    body TEXT, -- sealed
    created_at INTEGER NOT NULL
);
CREATE INDEX idempotency_key_created ON idempotency_key (created_at);
