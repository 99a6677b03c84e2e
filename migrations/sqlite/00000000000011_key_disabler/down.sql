ALTER TABLE access_key DROP COLUMN disabled_by;
