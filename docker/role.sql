-- Cargo's own role and database. PostgreSQL's image runs this once, when its volume is new.
-- The role owns its database and is no superuser: row-level security binds it.
\set ON_ERROR_STOP on
\getenv password CARGO_DATABASE_PASSWORD
CREATE ROLE cargo LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
CREATE DATABASE cargo OWNER cargo;
REVOKE ALL ON DATABASE cargo FROM PUBLIC;
