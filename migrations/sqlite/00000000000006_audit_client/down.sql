CREATE TABLE audit_event_old (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES project (id),
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
    access_key_id TEXT
) WITHOUT ROWID;
INSERT INTO audit_event_old
SELECT
    id, project_id, at, request_id, actor, via_key, action, bucket, object_key, outcome, reason,
    detail, revision, method, payload, access_key_id
FROM audit_event WHERE project_id IS NOT NULL;
DROP TABLE audit_event;
ALTER TABLE audit_event_old RENAME TO audit_event;
CREATE INDEX audit_event_by_project ON audit_event (project_id, id);
