-- Events name the address and the agent they were asked with, and the id the caller gave the
-- request. `count` says how many failures to authenticate an event stands for, `first_at` when the
-- first was. What operators do, and what belongs to no project (`project_id` is NULL), is listed
-- for them: `for_operators`.
SET LOCAL statement_timeout = 0;
ALTER TABLE audit_event ALTER COLUMN project_id DROP NOT NULL;
ALTER TABLE audit_event ADD COLUMN for_operators BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE audit_event ADD COLUMN address TEXT COLLATE "C";
ALTER TABLE audit_event ADD COLUMN agent TEXT COLLATE "C";
ALTER TABLE audit_event ADD COLUMN caller_request_id TEXT COLLATE "C";
ALTER TABLE audit_event ADD COLUMN count BIGINT;
ALTER TABLE audit_event ADD COLUMN first_at BIGINT;
-- Row-level security would show the owner none of them.
ALTER TABLE audit_event NO FORCE ROW LEVEL SECURITY;
UPDATE audit_event SET for_operators = true WHERE actor = 'operator';
ALTER TABLE audit_event FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_event ADD CHECK (project_id IS NOT NULL OR for_operators);
CREATE INDEX audit_event_of_operators ON audit_event (id) WHERE for_operators;

-- The operators' trail is shown to a transaction that asks for it and names no project.
CREATE POLICY operators ON audit_event USING (
    for_operators
    AND current_setting('sail.operators', true) = 'yes'
    AND current_setting('sail.project', true) = ''
) WITH CHECK (
    project_id IS NULL
    AND current_setting('sail.operators', true) = 'yes'
    AND current_setting('sail.project', true) = ''
);
