-- The version before does not know list: whoever had it has less, and nobody more. A grant of list alone
-- and an access key that is good for list alone are gone, and so are grants on templates: read literally
-- they would be grants on other keys.
SET LOCAL statement_timeout = 0;
ALTER TABLE bucket NO FORCE ROW LEVEL SECURITY;
ALTER TABLE grant_ NO FORCE ROW LEVEL SECURITY;
ALTER TABLE kept_ceiling NO FORCE ROW LEVEL SECURITY;
ALTER TABLE access_key NO FORCE ROW LEVEL SECURITY;
UPDATE project SET default_perms = default_perms & 15 WHERE default_perms > 15;
UPDATE bucket SET public_perms = public_perms & 15, ceiling = ceiling & 15
    WHERE public_perms > 15 OR ceiling > 15;
DELETE FROM grant_ WHERE perms = 16 OR prefix_kind <> 'l';
UPDATE grant_ SET perms = perms & 15 WHERE perms > 15;
UPDATE kept_ceiling SET ceiling = ceiling & 15 WHERE ceiling > 15;
DELETE FROM access_key WHERE perms = 16;
UPDATE access_key SET perms = perms & 15 WHERE perms > 15;
ALTER TABLE bucket FORCE ROW LEVEL SECURITY;
ALTER TABLE grant_ FORCE ROW LEVEL SECURITY;
ALTER TABLE kept_ceiling FORCE ROW LEVEL SECURITY;
ALTER TABLE access_key FORCE ROW LEVEL SECURITY;
ALTER TABLE project DROP CONSTRAINT project_default_perms_check;
ALTER TABLE project ADD CONSTRAINT project_default_perms_check CHECK (default_perms BETWEEN 0 AND 15);
ALTER TABLE bucket DROP CONSTRAINT bucket_public_perms_check;
ALTER TABLE bucket ADD CONSTRAINT bucket_public_perms_check CHECK (public_perms BETWEEN 0 AND 15);
ALTER TABLE bucket DROP CONSTRAINT bucket_ceiling_check;
ALTER TABLE bucket ADD CONSTRAINT bucket_ceiling_check CHECK (ceiling BETWEEN 0 AND 15);
ALTER TABLE grant_ DROP CONSTRAINT grant__perms_check;
ALTER TABLE grant_ ADD CONSTRAINT grant__perms_check CHECK (perms BETWEEN 1 AND 15);
ALTER TABLE kept_ceiling DROP CONSTRAINT kept_ceiling_ceiling_check;
ALTER TABLE kept_ceiling ADD CONSTRAINT kept_ceiling_ceiling_check CHECK (ceiling BETWEEN 0 AND 15);
DROP INDEX grant_by_subject;
ALTER TABLE grant_ DROP CONSTRAINT grant__pkey;
ALTER TABLE grant_ DROP COLUMN prefix_kind;
ALTER TABLE grant_ ADD PRIMARY KEY (project_id, bucket, prefix, subject_kind, subject);
CREATE INDEX grant_by_subject ON grant_ (project_id, subject_kind, subject, bucket, prefix);
