-- Objects of the sample organisation (src/org/sample.c).
CREATE TABLE sample_object (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    position INTEGER NOT NULL
);
