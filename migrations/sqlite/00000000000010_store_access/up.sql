-- How requests reach the storage: `direct` from clients with signatures of Cargo's, or through the
-- `gateway` only.
ALTER TABLE store ADD COLUMN access TEXT NOT NULL DEFAULT 'direct' CHECK (access IN ('direct', 'gateway'));
