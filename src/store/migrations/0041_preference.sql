-- How a person wants the application (src/org/preference.c).
CREATE TABLE preference (
    person_id TEXT NOT NULL PRIMARY KEY,
    language TEXT, -- en, de; NULL: the browser's
    single_keys INTEGER NOT NULL,
    theme TEXT NOT NULL,
    notices TEXT NOT NULL, -- JSON object: false by the name of a notice
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
