-- Permissions are bits: read 1, write 2, delete 4, admin 8, list 16. Read contains list: where bit 1 is
-- set, bit 16 has no meaning of its own and is not written.
SET LOCAL statement_timeout = 0;
ALTER TABLE project DROP CONSTRAINT project_default_perms_check;
ALTER TABLE project ADD CONSTRAINT project_default_perms_check CHECK (default_perms BETWEEN 0 AND 31);
ALTER TABLE bucket DROP CONSTRAINT bucket_public_perms_check;
ALTER TABLE bucket ADD CONSTRAINT bucket_public_perms_check CHECK (public_perms BETWEEN 0 AND 31);
ALTER TABLE bucket DROP CONSTRAINT bucket_ceiling_check;
ALTER TABLE bucket ADD CONSTRAINT bucket_ceiling_check CHECK (ceiling BETWEEN 0 AND 31);
ALTER TABLE grant_ DROP CONSTRAINT grant__perms_check;
ALTER TABLE grant_ ADD CONSTRAINT grant__perms_check CHECK (perms BETWEEN 1 AND 31);
-- How a prefix is read: l literal, t template, which has a variable for the user. Both may have the same
-- text.
ALTER TABLE grant_ ADD COLUMN prefix_kind TEXT COLLATE "C" NOT NULL DEFAULT 'l'
    CHECK (prefix_kind IN ('l', 't'));
ALTER TABLE grant_ DROP CONSTRAINT grant__pkey;
ALTER TABLE grant_ ADD PRIMARY KEY (project_id, bucket, prefix, prefix_kind, subject_kind, subject);
DROP INDEX grant_by_subject;
CREATE INDEX grant_by_subject
    ON grant_ (project_id, subject_kind, subject, bucket, prefix, prefix_kind);
ALTER TABLE kept_ceiling DROP CONSTRAINT kept_ceiling_ceiling_check;
ALTER TABLE kept_ceiling ADD CONSTRAINT kept_ceiling_ceiling_check CHECK (ceiling BETWEEN 0 AND 31);
