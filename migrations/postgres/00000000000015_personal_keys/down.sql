-- The version before knows no personal API keys: they are gone.
SET LOCAL statement_timeout = 0;
ALTER TABLE access_key NO FORCE ROW LEVEL SECURITY;
DELETE FROM access_key WHERE kind = 'token';
ALTER TABLE access_key FORCE ROW LEVEL SECURITY;
ALTER TABLE access_key DROP COLUMN token_hash;
ALTER TABLE access_key DROP COLUMN kind;
