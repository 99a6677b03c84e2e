-- The version before knows no personal API keys: they are gone.
DELETE FROM access_key WHERE kind = 'token';
ALTER TABLE access_key DROP COLUMN token_hash;
ALTER TABLE access_key DROP COLUMN kind;
