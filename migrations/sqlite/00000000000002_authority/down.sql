DELETE FROM sqlite_stat1 WHERE tbl = 'grant_';
DROP TABLE idempotency;
CREATE TABLE idempotency (
    project_id TEXT NOT NULL REFERENCES project (id),
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    status SMALLINT NOT NULL,
    response BLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, actor, key)
) WITHOUT ROWID;
DROP INDEX change_by_time;
DROP INDEX api_key_by_family;
ALTER TABLE bucket DROP COLUMN claimed_at;
ALTER TABLE bucket DROP COLUMN claim;
ALTER TABLE bucket DROP COLUMN state;
