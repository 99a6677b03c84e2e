-- Whom a grant to a group (g) names: those on the list in group_member. Those whose tokens name a
-- group are a kind of their own: t. Until now g named both.
ALTER TABLE grant_ DROP CONSTRAINT grant__subject_kind_check;
ALTER TABLE grant_ ADD CONSTRAINT grant__subject_kind_check
    CHECK (subject_kind IN ('u', 'g', 't', 'k', '*'));

-- Projects whose grants to groups are from before. They are set apart behind this migration, by the
-- program, since it makes revisions; `done` ones have rows in tokens_left_out.
CREATE TABLE group_split (
    project_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES project (id),
    done BOOLEAN NOT NULL
);
INSERT INTO group_split (project_id, done) SELECT id, false FROM project;

-- Groups with members here whose grants tokens came under, too, until they were set apart; as long
-- as nobody has said that this is right.
CREATE TABLE tokens_left_out (
    project_id TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    grp TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (project_id, grp)
);
ALTER TABLE tokens_left_out ENABLE ROW LEVEL SECURITY;
ALTER TABLE tokens_left_out FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tokens_left_out USING (project_id = current_setting('sail.project', true));
