-- Resource types, the snapshot of delegated flows, integrations (access-requests.md 5.3, 5.5).

CREATE TABLE resource_type (
    type TEXT PRIMARY KEY, -- users, groups, applications, workflows
    status TEXT NOT NULL, -- IDLE, RUNNING, FAILED
    finished_at INTEGER,
    next_at INTEGER,
    error TEXT
);

CREATE TABLE resource_type_team (
    type TEXT NOT NULL REFERENCES resource_type (type) ON DELETE CASCADE,
    team_id TEXT NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    PRIMARY KEY (type, team_id)
);
CREATE INDEX resource_type_team_by_team ON resource_type_team (team_id, type);

CREATE TABLE synced_flow (
    id TEXT PRIMARY KEY, -- of the flow
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    folder_path TEXT NOT NULL, -- names with " / " between
    inputs TEXT NOT NULL, -- JSON: key, label, type, required of each
    synced_at INTEGER NOT NULL
);

CREATE TABLE integration (
    id TEXT PRIMARY KEY,
    type TEXT NOT NULL UNIQUE, -- OKTA
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    updated_at INTEGER NOT NULL,
    updated_by TEXT
);

CREATE TABLE integration_team (
    integration_id TEXT NOT NULL REFERENCES integration (id) ON DELETE CASCADE,
    team_id TEXT NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    PRIMARY KEY (integration_id, team_id)
);
CREATE INDEX integration_team_by_team ON integration_team (team_id, integration_id);

CREATE TABLE integration_action (
    integration_id TEXT NOT NULL REFERENCES integration (id) ON DELETE CASCADE,
    action TEXT NOT NULL,
    is_on INTEGER NOT NULL,
    PRIMARY KEY (integration_id, action)
);
