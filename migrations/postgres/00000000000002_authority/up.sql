-- Where a bucket's creation or deletion stands: claimed before CreateBucket is signed, deleting
-- before DeleteBucket is signed, active otherwise. `claim` is the ticket that settles it,
-- `claimed_at` when it was given out.
ALTER TABLE bucket ADD COLUMN state TEXT COLLATE "C" NOT NULL DEFAULT 'active'
    CHECK (state IN ('active', 'claimed', 'deleting'));
ALTER TABLE bucket ADD COLUMN claim TEXT COLLATE "C";
ALTER TABLE bucket ADD COLUMN claimed_at BIGINT;

-- A key and those it was rotated into share a family: the id of the first.
UPDATE api_key SET family = key_id;
CREATE INDEX api_key_by_family ON api_key (project_id, family);

-- "As it was at this instant" begins with the last revision before it.
CREATE INDEX change_by_time ON change (project_id, at);

-- Replies to POSTs that carried an Idempotency-Key, sealed with AES-256-GCM: they may hold a key.
-- `project_id` is empty for what operators create.
DROP TABLE idempotency;
CREATE TABLE idempotency (
    project_id TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    fingerprint BYTEA NOT NULL,
    response BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, actor, key)
);
CREATE INDEX idempotency_expiring ON idempotency (expires_at);

-- The second lock between tenants: whatever a query says, a connection sees and writes only the
-- rows of the project its transaction named. FORCE binds the tables' owner, too; superusers and
-- roles with BYPASSRLS are bound by nothing, so the server says at its start when it is one.
ALTER TABLE project_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE project_head FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON project_head USING (project_id = current_setting('sail.project', true));
ALTER TABLE bucket ENABLE ROW LEVEL SECURITY;
ALTER TABLE bucket FORCE ROW LEVEL SECURITY;
-- Who holds a name that is claimed or being deleted is looked up by whoever wants it next.
CREATE POLICY tenant ON bucket USING (
    project_id = current_setting('sail.project', true)
    OR (state <> 'active' AND store_id || '/' || name = current_setting('sail.bucket', true))
) WITH CHECK (project_id = current_setting('sail.project', true));
ALTER TABLE grant_ ENABLE ROW LEVEL SECURITY;
ALTER TABLE grant_ FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON grant_ USING (project_id = current_setting('sail.project', true));
ALTER TABLE group_member ENABLE ROW LEVEL SECURITY;
ALTER TABLE group_member FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON group_member USING (project_id = current_setting('sail.project', true));
ALTER TABLE change ENABLE ROW LEVEL SECURITY;
ALTER TABLE change FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON change USING (project_id = current_setting('sail.project', true));
ALTER TABLE idempotency ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON idempotency USING (project_id = current_setting('sail.project', true));
ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_event FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_event USING (project_id = current_setting('sail.project', true));
-- Who presents a key has proved no project yet: the key is found by its id.
ALTER TABLE api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_key FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON api_key USING (
    project_id = current_setting('sail.project', true)
    OR key_id = current_setting('sail.key', true)
);
