-- Where a bucket's creation or deletion stands: claimed before CreateBucket is signed, deleting
-- before DeleteBucket is signed, active otherwise. `claim` is the ticket that settles it,
-- `claimed_at` when it was given out.
ALTER TABLE bucket ADD COLUMN state TEXT NOT NULL DEFAULT 'active'
    CHECK (state IN ('active', 'claimed', 'deleting'));
ALTER TABLE bucket ADD COLUMN claim TEXT;
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
    project_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    response BLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, actor, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_expiring ON idempotency (expires_at);

-- What the planner believes of a table it was never told about makes it scan a project's grants
-- for those of one user. These are the proportions of a large project: rows for each further
-- column of the index that is known. A later ANALYZE replaces them.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('grant_', 'grant_', '100000 50000 500 50 10 1'),
    ('grant_', 'grant_by_subject', '100000 50000 25000 20 2 1'),
    ('grant_', 'grant_expiring', '1000 1');
