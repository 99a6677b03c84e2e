-- Access keys: what S3 clients prove themselves with. `user_` is whose it is, NULL for the application.
-- The secret signs, so that it must be known: it is sealed with AES-256-GCM under the master key
-- `sealed_with`, bound to the project, the id and the user of its row. The limits are JSON arrays of
-- texts and, in `perms`, bits; NULL for none.
CREATE TABLE access_key (
    key_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    project_id TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    user_ TEXT COLLATE "C",
    name TEXT NOT NULL,
    secret_sealed BYTEA NOT NULL,
    sealed_with TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'disabled')),
    buckets TEXT,
    prefixes TEXT,
    perms SMALLINT CHECK (perms > 0),
    cidrs TEXT,
    family TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    created_rev BIGINT NOT NULL,
    last_used_at BIGINT,
    last_used_ip TEXT COLLATE "C",
    last_used_agent TEXT
);
CREATE INDEX access_key_by_project ON access_key (project_id, key_id);
CREATE INDEX access_key_by_user ON access_key (project_id, user_, key_id);
CREATE INDEX access_key_by_family ON access_key (project_id, family);
ALTER TABLE access_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_key FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON access_key USING (project_id = current_setting('sail.project', true));
-- Who proves a key has proved no project yet: the key is found by its id, and read only.
CREATE POLICY presented ON access_key FOR SELECT USING (
    key_id = current_setting('sail.access_key', true)
);
