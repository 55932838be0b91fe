-- Request types, their published versions, and what they use (access-requests.md 2, 3.3).

CREATE TABLE request_type (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    icon TEXT NOT NULL,
    team_id TEXT NOT NULL,
    audience TEXT NOT NULL, -- JSON {"type","id"}
    auto_resolve INTEGER NOT NULL,
    steps TEXT NOT NULL, -- JSON: the draft
    status TEXT NOT NULL, -- DRAFT, ACTIVE, DISABLED, DELETED
    published INTEGER, -- number of the last published version
    published_name TEXT, -- of that version, for the catalogue's order
    published_digest TEXT, -- of the draft that was published: tells whether there are changes since
    digest TEXT NOT NULL, -- of the draft
    disabled_reasons TEXT NOT NULL, -- JSON [{"stepId","sentence"}]
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    updated_at INTEGER NOT NULL,
    updated_by TEXT
);
CREATE UNIQUE INDEX request_type_by_name ON request_type (name) WHERE status <> 'DELETED';
CREATE INDEX request_type_by_team ON request_type (team_id, id);
CREATE INDEX request_type_by_status ON request_type (status, id);

CREATE TABLE request_type_version (
    type_id TEXT NOT NULL REFERENCES request_type (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    published_by TEXT,
    published_by_name TEXT,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    icon TEXT NOT NULL,
    team_id TEXT NOT NULL,
    audience TEXT NOT NULL,
    auto_resolve INTEGER NOT NULL,
    steps TEXT NOT NULL, -- JSON; ACTION steps carry flowName and flowInputs
    PRIMARY KEY (type_id, number)
);

CREATE TABLE request_type_use (
    type_id TEXT NOT NULL REFERENCES request_type (id) ON DELETE CASCADE,
    place TEXT NOT NULL, -- DRAFT, PUBLISHED
    kind TEXT NOT NULL, -- LIST, LIST_ITEM, FLOW, TEAM, GROUP, PERSON
    object_id TEXT NOT NULL,
    PRIMARY KEY (type_id, place, kind, object_id)
);
CREATE INDEX request_type_use_by_object ON request_type_use (kind, object_id);
