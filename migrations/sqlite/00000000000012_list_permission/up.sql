-- Permissions are bits: read 1, write 2, delete 4, admin 8, list 16. Read contains list: where bit 1 is
-- set, bit 16 has no meaning of its own and is not written.
--
-- SQLite cannot change a CHECK. Tables to which others refer get the column anew, the others are written
-- anew.
ALTER TABLE project ADD COLUMN default_perms_new SMALLINT NOT NULL DEFAULT 0 CHECK (default_perms_new BETWEEN 0 AND 31);
UPDATE project SET default_perms_new = default_perms;
ALTER TABLE project DROP COLUMN default_perms;
ALTER TABLE project RENAME COLUMN default_perms_new TO default_perms;
ALTER TABLE bucket ADD COLUMN public_perms_new SMALLINT NOT NULL DEFAULT 0 CHECK (public_perms_new BETWEEN 0 AND 31);
UPDATE bucket SET public_perms_new = public_perms;
ALTER TABLE bucket DROP COLUMN public_perms;
ALTER TABLE bucket RENAME COLUMN public_perms_new TO public_perms;
ALTER TABLE bucket ADD COLUMN ceiling_new SMALLINT NOT NULL DEFAULT 15 CHECK (ceiling_new BETWEEN 0 AND 31);
UPDATE bucket SET ceiling_new = ceiling;
ALTER TABLE bucket DROP COLUMN ceiling;
ALTER TABLE bucket RENAME COLUMN ceiling_new TO ceiling;
CREATE TABLE kept_ceiling_new (
    store_id TEXT NOT NULL REFERENCES store (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    ceiling SMALLINT NOT NULL CHECK (ceiling BETWEEN 0 AND 31),
    PRIMARY KEY (store_id, name)
) WITHOUT ROWID;
INSERT INTO kept_ceiling_new SELECT store_id, name, ceiling FROM kept_ceiling;
DROP TABLE kept_ceiling;
ALTER TABLE kept_ceiling_new RENAME TO kept_ceiling;
-- How a prefix is read: l literal, t template, which has a variable for the user. Both may have the same
-- text.
CREATE TABLE grant_new (
    project_id TEXT NOT NULL,
    bucket TEXT NOT NULL,
    prefix TEXT NOT NULL DEFAULT '',
    prefix_kind TEXT NOT NULL DEFAULT 'l' CHECK (prefix_kind IN ('l', 't')),
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('u', 'g', 't', 'k', '*')),
    subject TEXT NOT NULL,
    perms SMALLINT NOT NULL CHECK (perms BETWEEN 1 AND 31),
    not_before BIGINT,
    expires_at BIGINT,
    reason TEXT,
    granted_by TEXT NOT NULL,
    created_rev BIGINT NOT NULL,
    updated_rev BIGINT NOT NULL,
    PRIMARY KEY (project_id, bucket, prefix, prefix_kind, subject_kind, subject),
    FOREIGN KEY (project_id, bucket) REFERENCES bucket (project_id, name)
) WITHOUT ROWID;
INSERT INTO grant_new
SELECT
    project_id, bucket, prefix, 'l', subject_kind, subject, perms, not_before, expires_at, reason,
    granted_by, created_rev, updated_rev
FROM grant_;
-- What the planner was told of the table goes with it.
CREATE TABLE grant_stat AS SELECT tbl, idx, stat FROM sqlite_stat1 WHERE tbl = 'grant_';
DROP TABLE grant_;
ALTER TABLE grant_new RENAME TO grant_;
CREATE INDEX grant_by_subject
    ON grant_ (project_id, subject_kind, subject, bucket, prefix, prefix_kind);
CREATE INDEX grant_expiring ON grant_ (expires_at) WHERE expires_at IS NOT NULL;
DELETE FROM sqlite_stat1 WHERE tbl = 'grant_';
INSERT INTO sqlite_stat1 (tbl, idx, stat) SELECT tbl, idx, stat FROM grant_stat;
DROP TABLE grant_stat;
-- Both indexes have a column more: the last of each, or with the same rows for each value.
UPDATE sqlite_stat1 SET stat = stat || ' 1'
    WHERE tbl = 'grant_' AND idx IN ('grant_', 'grant_by_subject');
