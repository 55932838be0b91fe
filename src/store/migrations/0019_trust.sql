-- Certificate authorities that outgoing calls trust beside the system's (src/org/trust.c).
CREATE TABLE trusted_certificate (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    pem TEXT NOT NULL,
    subject TEXT NOT NULL,
    fingerprint TEXT NOT NULL, -- SHA-256, hex
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT
);
CREATE UNIQUE INDEX trusted_certificate_by_fingerprint ON trusted_certificate (fingerprint);
