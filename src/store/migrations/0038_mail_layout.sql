-- Mail is nearly always sent (src/org/mailq.c): only what is not stands in an index by status, and texts follow the number of
-- their mail, so that both tables grow at their end.
DROP INDEX mail_by_status;
CREATE INDEX mail_unsent ON mail (status, seq) WHERE status <> 'SENT';

CREATE TABLE mail_text (
    seq INTEGER NOT NULL PRIMARY KEY,
    text TEXT NOT NULL,
    html TEXT
);
INSERT INTO mail_text (seq, text, html) SELECT m.seq, b.text, b.html FROM mail m JOIN mail_body b ON b.mail_id = m.id;
DROP TABLE mail_body;
ALTER TABLE mail_text RENAME TO mail_body;
