DROP TABLE tokens_left_out;
DROP TABLE group_split;
CREATE TABLE grant_old (
    project_id TEXT NOT NULL,
    bucket TEXT NOT NULL,
    prefix TEXT NOT NULL DEFAULT '',
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('u', 'g', 'k', '*')),
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
INSERT INTO grant_old SELECT * FROM grant_ WHERE subject_kind <> 't';
CREATE TABLE grant_stat AS SELECT tbl, idx, stat FROM sqlite_stat1 WHERE tbl = 'grant_';
DROP TABLE grant_;
ALTER TABLE grant_old RENAME TO grant_;
CREATE INDEX grant_by_subject ON grant_ (project_id, subject_kind, subject, bucket, prefix);
CREATE INDEX grant_expiring ON grant_ (expires_at) WHERE expires_at IS NOT NULL;
DELETE FROM sqlite_stat1 WHERE tbl = 'grant_';
INSERT INTO sqlite_stat1 (tbl, idx, stat) SELECT tbl, idx, stat FROM grant_stat;
DROP TABLE grant_stat;
