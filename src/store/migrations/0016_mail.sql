-- Mail captured or queued (src/org/mailq.c). The Mail screen reads this table from its newest end; texts stand apart.
CREATE TABLE mail (
    seq INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    status TEXT NOT NULL, -- CAPTURED, QUEUED, SENT, FAILED
    key TEXT, -- makes repeats harmless
    sender TEXT,
    sender_name TEXT,
    recipients TEXT NOT NULL,
    copies TEXT,
    blind TEXT,
    reply_to TEXT,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    in_reply_to TEXT,
    created_at INTEGER NOT NULL,
    sent_at INTEGER,
    attempts INTEGER NOT NULL,
    error TEXT,
    run_id TEXT,
    request_id TEXT
);
CREATE UNIQUE INDEX mail_by_id ON mail (id);
CREATE UNIQUE INDEX mail_by_key ON mail (key) WHERE key IS NOT NULL;
CREATE INDEX mail_by_status ON mail (status, seq);

CREATE TABLE mail_body (
    mail_id TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL,
    html TEXT
) WITHOUT ROWID;
