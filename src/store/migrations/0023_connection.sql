-- What a connection with credentials has to know (src/flows/connection.c, connection_fields.c). Secrets and the token got
-- with them are sealed with the key file and bound to their row.
ALTER TABLE connection ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE connection ADD COLUMN auth TEXT; -- kind of authentication; NULL: local
ALTER TABLE connection ADD COLUMN fields TEXT; -- JSON: values that are no secrets
ALTER TABLE connection ADD COLUMN secrets TEXT; -- sealed JSON; NULL: none
ALTER TABLE connection ADD COLUMN token TEXT; -- sealed; NULL: none yet
ALTER TABLE connection ADD COLUMN folder_id TEXT REFERENCES folder (id); -- usable there and below; NULL: everywhere
CREATE INDEX connection_by_folder ON connection (folder_id) WHERE folder_id IS NOT NULL;
