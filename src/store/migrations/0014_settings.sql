-- Settings that people change, and switches of features (src/org/setting.c, feature.c). What has no row has its default.
CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE feature_switch (
    key TEXT NOT NULL PRIMARY KEY,
    enabled INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) WITHOUT ROWID;
