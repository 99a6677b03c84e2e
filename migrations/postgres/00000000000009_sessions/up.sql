-- When the sessions of a user were last ended, in microseconds since 1970. Sessions themselves are not
-- stored: their claims are sealed into their tokens, and a token of an earlier epoch opens nothing.
CREATE TABLE sessions_end (
    project_id TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    user_ TEXT COLLATE "C" NOT NULL,
    ended_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, user_)
);
ALTER TABLE sessions_end ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions_end FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON sessions_end USING (project_id = current_setting('sail.project', true));
