-- Files that came with a mail of a flow (src/org/mailq.c): kept with mail that is captured, and shown on the Mail screen.
CREATE TABLE mail_file (
    seq INTEGER NOT NULL, -- of the mail
    position INTEGER NOT NULL, -- from 0
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (seq, position)
);
