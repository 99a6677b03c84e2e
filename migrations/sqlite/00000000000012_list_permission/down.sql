-- The version before does not know list: whoever had it has less, and nobody more. A grant of list alone
-- and an access key that is good for list alone are gone, and so are grants on templates: read literally
-- they would be grants on other keys.
ALTER TABLE project ADD COLUMN default_perms_new SMALLINT NOT NULL DEFAULT 0 CHECK (default_perms_new BETWEEN 0 AND 15);
UPDATE project SET default_perms_new = default_perms & 15;
ALTER TABLE project DROP COLUMN default_perms;
ALTER TABLE project RENAME COLUMN default_perms_new TO default_perms;
ALTER TABLE bucket ADD COLUMN public_perms_new SMALLINT NOT NULL DEFAULT 0 CHECK (public_perms_new BETWEEN 0 AND 15);
UPDATE bucket SET public_perms_new = public_perms & 15;
ALTER TABLE bucket DROP COLUMN public_perms;
ALTER TABLE bucket RENAME COLUMN public_perms_new TO public_perms;
ALTER TABLE bucket ADD COLUMN ceiling_new SMALLINT NOT NULL DEFAULT 15 CHECK (ceiling_new BETWEEN 0 AND 15);
UPDATE bucket SET ceiling_new = ceiling & 15;
ALTER TABLE bucket DROP COLUMN ceiling;
ALTER TABLE bucket RENAME COLUMN ceiling_new TO ceiling;
CREATE TABLE kept_ceiling_new (
    store_id TEXT NOT NULL REFERENCES store (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    ceiling SMALLINT NOT NULL CHECK (ceiling BETWEEN 0 AND 15),
    PRIMARY KEY (store_id, name)
) WITHOUT ROWID;
INSERT INTO kept_ceiling_new SELECT store_id, name, ceiling & 15 FROM kept_ceiling;
DROP TABLE kept_ceiling;
ALTER TABLE kept_ceiling_new RENAME TO kept_ceiling;
CREATE TABLE grant_old (
    project_id TEXT NOT NULL,
    bucket TEXT NOT NULL,
    prefix TEXT NOT NULL DEFAULT '',
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('u', 'g', 't', 'k', '*')),
    subject TEXT NOT NULL,
    perms SMALLINT NOT NULL CHECK (perms BETWEEN 1 AND 15),
    not_before BIGINT,
    expires_at BIGINT,
    reason TEXT,
    granted_by TEXT NOT NULL,
    created_rev BIGINT NOT NULL,
    updated_rev BIGINT NOT NULL,
    PRIMARY KEY (project_id, bucket, prefix, subject_kind, subject),
    FOREIGN KEY (project_id, bucket) REFERENCES bucket (project_id, name)
) WITHOUT ROWID;
INSERT INTO grant_old
SELECT
    project_id, bucket, prefix, subject_kind, subject, perms & 15, not_before, expires_at, reason,
    granted_by, created_rev, updated_rev
FROM grant_ WHERE perms <> 16 AND prefix_kind = 'l';
-- What the planner was told of the table goes with it.
CREATE TABLE grant_stat AS SELECT tbl, idx, stat FROM sqlite_stat1 WHERE tbl = 'grant_';
DROP TABLE grant_;
ALTER TABLE grant_old RENAME TO grant_;
CREATE INDEX grant_by_subject ON grant_ (project_id, subject_kind, subject, bucket, prefix);
CREATE INDEX grant_expiring ON grant_ (expires_at) WHERE expires_at IS NOT NULL;
DELETE FROM sqlite_stat1 WHERE tbl = 'grant_';
INSERT INTO sqlite_stat1 (tbl, idx, stat) SELECT tbl, idx, stat FROM grant_stat;
DROP TABLE grant_stat;
UPDATE sqlite_stat1 SET stat = substr(stat, 1, length(stat) - 2)
    WHERE tbl = 'grant_' AND idx IN ('grant_', 'grant_by_subject') AND stat LIKE '% 1';
DELETE FROM access_key WHERE perms = 16;
UPDATE access_key SET perms = perms & 15 WHERE perms > 15;
