-- The organisation as an authorisation server for service applications (src/org/oauth.c, app_grant.c, app_secret.c).
CREATE TABLE oauth_key (
    id TEXT NOT NULL PRIMARY KEY, -- kid
    jwk TEXT NOT NULL, -- JSON: the public half as it is published
    sealed TEXT NOT NULL, -- PEM
    created_at INTEGER NOT NULL
);
CREATE TABLE oauth_token (
    id TEXT NOT NULL PRIMARY KEY, -- jti
    app_id TEXT NOT NULL,
    scopes TEXT NOT NULL, -- blanks between
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX oauth_token_by_app ON oauth_token (app_id);
CREATE INDEX oauth_token_by_end ON oauth_token (expires_at);
CREATE TABLE oauth_assertion ( -- assertions that were used, until they expire
    app_id TEXT NOT NULL,
    jti TEXT NOT NULL, -- keyed hash
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, jti)
);
CREATE INDEX oauth_assertion_by_end ON oauth_assertion (expires_at);
CREATE TABLE app_grant (
    id TEXT NOT NULL PRIMARY KEY,
    app_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    UNIQUE (app_id, scope)
);
CREATE TABLE app_secret (
    id TEXT NOT NULL PRIMARY KEY,
    app_id TEXT NOT NULL,
    secret TEXT NOT NULL, -- sealed
    status TEXT NOT NULL, -- ACTIVE, INACTIVE
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE INDEX app_secret_by_app ON app_secret (app_id);
INSERT INTO app_secret (id, app_id, secret, status, created_at, updated_at)
    SELECT 'ocs' || SUBSTR(id, 4), id, secret, 'ACTIVE', created_at, created_at FROM app WHERE secret IS NOT NULL;
ALTER TABLE app DROP COLUMN secret;
