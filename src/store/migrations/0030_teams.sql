-- Teams and configuration lists (access-requests.md 5.1, 5.2). Deleted ones keep their row: requests name them.

CREATE TABLE team (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT UNIQUE, -- lower case; NULL once deleted
    description TEXT NOT NULL,
    icon TEXT NOT NULL,
    colour TEXT NOT NULL,
    status TEXT NOT NULL, -- ACTIVE, CLOSED, DELETED
    invite_only INTEGER NOT NULL,
    private_requests INTEGER NOT NULL,
    assign_mode TEXT NOT NULL, -- OFF, ROTATE, MEMBER
    assign_member_id TEXT,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    updated_at INTEGER NOT NULL,
    updated_by TEXT
);

CREATE TABLE team_member (
    team_id TEXT NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    position INTEGER NOT NULL, -- order of joining
    availability TEXT NOT NULL, -- AVAILABLE, AWAY
    excluded INTEGER NOT NULL, -- from the rotation
    last_assigned_at INTEGER,
    PRIMARY KEY (team_id, user_id)
);
CREATE INDEX team_member_by_user ON team_member (user_id, team_id);

CREATE TABLE config_list (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT UNIQUE, -- lower case; NULL once deleted
    list_type TEXT NOT NULL, -- CUSTOM, RESOURCE
    resource_type TEXT, -- groups, applications
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    updated_at INTEGER NOT NULL,
    updated_by TEXT
);

CREATE TABLE config_list_team (
    list_id TEXT NOT NULL REFERENCES config_list (id) ON DELETE CASCADE,
    team_id TEXT NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    PRIMARY KEY (list_id, team_id)
);
CREATE INDEX config_list_team_by_team ON config_list_team (team_id, list_id);

CREATE TABLE config_list_item (
    id TEXT PRIMARY KEY,
    list_id TEXT NOT NULL REFERENCES config_list (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    status TEXT NOT NULL, -- ACTIVE, ARCHIVED: removed; requests that chose it keep it
    resource_id TEXT, -- of a resource list
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    updated_at INTEGER NOT NULL,
    updated_by TEXT
);
CREATE INDEX config_list_item_by_list ON config_list_item (list_id, position, id);
