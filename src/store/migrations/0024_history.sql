-- Effects that must not happen twice, runs that ended the server, why a run waits or was given up (src/flows/effect.c, poison.c).

ALTER TABLE run ADD COLUMN reason TEXT; -- WAITING: uncertain; FAILED: crashed
ALTER TABLE run ADD COLUMN latency_ms INTEGER; -- from the acceptance to the first card

-- The latest effect of a run that is sent at most once. The row goes with the end of the run.
CREATE TABLE outbox (
    run_id TEXT NOT NULL PRIMARY KEY,
    card_id TEXT NOT NULL,
    effect_id TEXT NOT NULL,
    state TEXT NOT NULL, -- SENDING, DONE; after a crash UNCERTAIN, then RESEND or MARKED
    sending_at INTEGER NOT NULL
) WITHOUT ROWID;

-- How often a run was at work on a thread that ended the server.
CREATE TABLE run_crash (
    run_id TEXT NOT NULL PRIMARY KEY,
    times INTEGER NOT NULL
) WITHOUT ROWID;

