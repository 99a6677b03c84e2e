-- Who disabled an access key, as audit events name them: a user puts in use again only what they disabled
-- themselves. NULL while the key is in use; a key that was disabled before this column was is in no
-- user's hands.
ALTER TABLE access_key ADD COLUMN disabled_by TEXT;
