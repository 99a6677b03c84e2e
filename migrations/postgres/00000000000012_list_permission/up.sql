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
ALTER TABLE kept_ceiling DROP CONSTRAINT kept_ceiling_ceiling_check;
ALTER TABLE kept_ceiling ADD CONSTRAINT kept_ceiling_ceiling_check CHECK (ceiling BETWEEN 0 AND 31);
