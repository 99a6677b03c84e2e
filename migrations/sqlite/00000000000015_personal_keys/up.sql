-- Personal API keys are access keys of another kind: s3 for a secret that signs, token for a key that is shown. A
-- shown key is always a user's, and known again by `token_hash`, its SHA-256. Nothing of it is sealed:
-- `secret_sealed` and `sealed_with` are empty, so that a server of the release before takes it for an access key
-- that does not open, and lets nobody in.
ALTER TABLE access_key ADD COLUMN kind TEXT NOT NULL DEFAULT 's3' CHECK (kind IN ('s3', 'token'));
ALTER TABLE access_key ADD COLUMN token_hash BLOB CHECK (
    (kind = 'token') = (token_hash IS NOT NULL) AND (kind = 's3' OR user_ IS NOT NULL)
);
