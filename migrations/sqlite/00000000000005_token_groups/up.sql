-- Whom a grant to a group (g) names: those on the list in group_member. Those whose tokens name a
-- group are a kind of their own: t. Until now g named both.
CREATE TABLE grant_new (
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
INSERT INTO grant_new SELECT * FROM grant_;
-- What the planner was told of the table goes with it.
CREATE TABLE grant_stat AS SELECT tbl, idx, stat FROM sqlite_stat1 WHERE tbl = 'grant_';
DROP TABLE grant_;
ALTER TABLE grant_new RENAME TO grant_;
CREATE INDEX grant_by_subject ON grant_ (project_id, subject_kind, subject, bucket, prefix);
CREATE INDEX grant_expiring ON grant_ (expires_at) WHERE expires_at IS NOT NULL;
DELETE FROM sqlite_stat1 WHERE tbl = 'grant_';
INSERT INTO sqlite_stat1 (tbl, idx, stat) SELECT tbl, idx, stat FROM grant_stat;
DROP TABLE grant_stat;

-- Projects whose grants to groups are from before. They are set apart behind this migration, by the
-- program, since it makes revisions; `done` ones have rows in tokens_left_out.
CREATE TABLE group_split (
    project_id TEXT NOT NULL PRIMARY KEY REFERENCES project (id),
    done BOOLEAN NOT NULL
) WITHOUT ROWID;
INSERT INTO group_split (project_id, done) SELECT id, false FROM project;

-- Groups with members here whose grants tokens came under, too, until they were set apart; as long
-- as nobody has said that this is right.
CREATE TABLE tokens_left_out (
    project_id TEXT NOT NULL REFERENCES project (id),
    grp TEXT NOT NULL,
    PRIMARY KEY (project_id, grp)
) WITHOUT ROWID;
