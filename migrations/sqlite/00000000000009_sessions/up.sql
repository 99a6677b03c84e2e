-- When the sessions of a user were last ended, in microseconds since 1970. Sessions themselves are not
-- stored: their claims are sealed into their tokens, and a token of an earlier epoch opens nothing.
CREATE TABLE sessions_end (
    project_id TEXT NOT NULL REFERENCES project (id),
    user_ TEXT NOT NULL,
    ended_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, user_)
) WITHOUT ROWID;
