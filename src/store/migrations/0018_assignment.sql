-- Who has which application (src/org/assignment.c): people one by one, and groups for all their members. That a member of an
-- assigned group has the application stands nowhere: it follows from these rows and grp_member.
CREATE TABLE app_person (
    app_id TEXT NOT NULL REFERENCES app (id) ON DELETE CASCADE,
    person_id TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    user_name TEXT NOT NULL,
    profile TEXT NOT NULL, -- JSON: what was given for this application
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, person_id)
) WITHOUT ROWID;
CREATE INDEX app_person_by_person ON app_person (person_id, app_id);

CREATE TABLE app_group (
    app_id TEXT NOT NULL REFERENCES app (id) ON DELETE CASCADE,
    group_id TEXT NOT NULL REFERENCES grp (id) ON DELETE CASCADE,
    priority INTEGER NOT NULL,
    profile TEXT NOT NULL, -- JSON: what its members get
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, group_id)
) WITHOUT ROWID;
CREATE INDEX app_group_by_group ON app_group (group_id, app_id);
CREATE INDEX app_group_by_priority ON app_group (app_id, priority, group_id);
