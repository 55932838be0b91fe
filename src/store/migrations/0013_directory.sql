-- People, groups and applications (src/org/person.c, group.c, app.c). A list reads one of these tables by id and
-- nothing else: what it shows stands in the row.
CREATE TABLE person (
    id TEXT NOT NULL PRIMARY KEY,
    login TEXT NOT NULL,
    login_key TEXT NOT NULL, -- case folded
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    first_name TEXT,
    first_key TEXT,
    last_name TEXT,
    last_key TEXT,
    status TEXT NOT NULL,
    manager TEXT, -- profile attribute managerId
    zone TEXT,
    locale TEXT,
    profile TEXT NOT NULL, -- JSON: every other attribute that is set, those three among them
    created_at INTEGER NOT NULL,
    activated_at INTEGER,
    status_at INTEGER,
    login_at INTEGER,
    updated_at INTEGER NOT NULL,
    password_at INTEGER,
    version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX person_by_login ON person (login_key);
CREATE INDEX person_by_email ON person (email_key);
CREATE INDEX person_by_first ON person (first_key);
CREATE INDEX person_by_last ON person (last_key);

CREATE TABLE grp (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT, -- as sent: absent and empty differ
    type TEXT NOT NULL, -- OKTA_GROUP, BUILT_IN
    pushed INTEGER NOT NULL, -- visible in access requests (access-requests.md 5.4)
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    members_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX grp_by_name ON grp (name_key);

CREATE TABLE grp_member (
    group_id TEXT NOT NULL REFERENCES grp (id) ON DELETE CASCADE,
    person_id TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, person_id)
) WITHOUT ROWID;
CREATE INDEX grp_member_by_person ON grp_member (person_id, group_id);

CREATE TABLE app (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    label TEXT NOT NULL,
    label_key TEXT NOT NULL,
    status TEXT NOT NULL, -- ACTIVE, INACTIVE
    sign_on_mode TEXT NOT NULL,
    body TEXT NOT NULL, -- JSON: accessibility, visibility, credentials, settings as shown
    secret TEXT, -- client secret, sealed
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX app_by_label ON app (label_key);
