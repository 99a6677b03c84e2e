-- Access keys: what S3 clients prove themselves with. `user_` is whose it is, NULL for the application.
-- The secret signs, so that it must be known: it is sealed with AES-256-GCM under the master key
-- `sealed_with`, bound to the project, the id and the user of its row. The limits are JSON arrays of
-- texts and, in `perms`, bits; NULL for none.
CREATE TABLE access_key (
    key_id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES project (id),
    user_ TEXT,
    name TEXT NOT NULL,
    secret_sealed BLOB NOT NULL,
    sealed_with TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
    buckets TEXT,
    prefixes TEXT,
    perms SMALLINT CHECK (perms > 0),
    cidrs TEXT,
    family TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_rev BIGINT NOT NULL,
    last_used_at BIGINT,
    last_used_ip TEXT,
    last_used_agent TEXT
) WITHOUT ROWID;
CREATE INDEX access_key_by_project ON access_key (project_id, key_id);
CREATE INDEX access_key_by_user ON access_key (project_id, user_, key_id);
CREATE INDEX access_key_by_family ON access_key (project_id, family);
