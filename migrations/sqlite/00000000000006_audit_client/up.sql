-- Events name the address and the agent they were asked with, and the id the caller gave the
-- request. `count` says how many failures to authenticate an event stands for, `first_at` when the
-- first was. What operators do, and what belongs to no project (`project_id` is NULL), is listed
-- for them: `for_operators`. SQLite cannot take NOT NULL from a column, so the table is written anew.
CREATE TABLE audit_event_new (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT REFERENCES project (id),
    at BIGINT NOT NULL,
    request_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    via_key TEXT,
    action TEXT NOT NULL,
    bucket TEXT,
    object_key TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('allow', 'deny', 'malformed')),
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    revision BIGINT,
    method TEXT,
    payload TEXT,
    access_key_id TEXT,
    for_operators BOOLEAN NOT NULL DEFAULT 0,
    address TEXT,
    agent TEXT,
    caller_request_id TEXT,
    count BIGINT,
    first_at BIGINT,
    CHECK (project_id IS NOT NULL OR for_operators)
) WITHOUT ROWID;
INSERT INTO audit_event_new (
    id, project_id, at, request_id, actor, via_key, action, bucket, object_key, outcome, reason,
    detail, revision, method, payload, access_key_id, for_operators
)
SELECT
    id, project_id, at, request_id, actor, via_key, action, bucket, object_key, outcome, reason,
    detail, revision, method, payload, access_key_id, actor = 'operator'
FROM audit_event;
DROP TABLE audit_event;
ALTER TABLE audit_event_new RENAME TO audit_event;
CREATE INDEX audit_event_by_project ON audit_event (project_id, id);
CREATE INDEX audit_event_of_operators ON audit_event (id) WHERE for_operators;
