-- Who may do what (src/org/role.c, resource_set.c, binding.c, grant.c) and who is who (password.c, session.c, setup.c,
-- token.c). Kinds of members: USER, GROUP, APP; their ids differ by prefix, so that the id alone finds a member.

CREATE TABLE organisation (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    access_requests_app TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE admin_role (
    id TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    label_key TEXT NOT NULL UNIQUE, -- lower case
    description TEXT NOT NULL,
    position INTEGER NOT NULL UNIQUE, -- order of creation
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE TABLE admin_role_permission (
    role_id TEXT NOT NULL REFERENCES admin_role (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    conditions TEXT, -- JSON
    position INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (role_id, name)
);

CREATE TABLE resource_set (
    id TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    label_key TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    position INTEGER NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE TABLE resource_set_item (
    id TEXT NOT NULL PRIMARY KEY,
    set_id TEXT NOT NULL REFERENCES resource_set (id) ON DELETE CASCADE,
    orn TEXT NOT NULL,
    tail TEXT NOT NULL, -- the ORN behind its partition: what the judge compares
    conditions TEXT, -- JSON
    position INTEGER NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (set_id, tail)
);

CREATE TABLE role_binding (
    set_id TEXT NOT NULL REFERENCES resource_set (id) ON DELETE CASCADE,
    role_id TEXT NOT NULL REFERENCES admin_role (id),
    position INTEGER NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (set_id, role_id)
);
CREATE INDEX role_binding_by_role ON role_binding (role_id);
CREATE TABLE role_member (
    id TEXT NOT NULL PRIMARY KEY,
    set_id TEXT NOT NULL,
    role_id TEXT NOT NULL,
    member_kind TEXT NOT NULL,
    member_id TEXT NOT NULL,
    position INTEGER NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    UNIQUE (set_id, role_id, member_id),
    FOREIGN KEY (set_id, role_id) REFERENCES role_binding (set_id, role_id) ON DELETE CASCADE
);
CREATE INDEX role_member_by_member ON role_member (member_id);

CREATE TABLE role_grant (
    member_id TEXT NOT NULL,
    type TEXT NOT NULL, -- SUPER_ADMIN …
    id TEXT NOT NULL, -- as the wire shows it: for some types derived from the type
    member_kind TEXT NOT NULL,
    position INTEGER NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (member_id, type)
);
CREATE INDEX role_grant_by_type ON role_grant (type, member_id);

CREATE TABLE credential (
    person_id TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL, -- argon2id, encoded form
    changed_at INTEGER NOT NULL
);
CREATE TABLE session (
    id TEXT NOT NULL PRIMARY KEY, -- keyed hash of the cookie's value
    person_id TEXT NOT NULL,
    peer TEXT,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
);
CREATE INDEX session_by_person ON session (person_id);
CREATE INDEX session_by_use ON session (used_at);
CREATE TABLE setup_link (
    id TEXT NOT NULL PRIMARY KEY, -- keyed hash of the token
    person_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX setup_link_by_person ON setup_link (person_id);
CREATE TABLE api_token (
    id TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE, -- keyed hash of the token
    person_id TEXT NOT NULL,
    name TEXT NOT NULL,
    network TEXT, -- JSON; NULL: anywhere
    position INTEGER NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
);
CREATE INDEX api_token_by_person ON api_token (person_id);
