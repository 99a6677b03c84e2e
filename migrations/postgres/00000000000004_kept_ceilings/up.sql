-- The ceiling of a bucket that is registered no more, kept for its name: whichever project registers
-- the name next in this store has it, until an operator lifts it.
CREATE TABLE kept_ceiling (
    store_id TEXT COLLATE "C" NOT NULL REFERENCES store (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    ceiling SMALLINT NOT NULL CHECK (ceiling BETWEEN 0 AND 15),
    PRIMARY KEY (store_id, name)
);
-- A project sees what is kept in its own store; operators, who say that they are, all.
ALTER TABLE kept_ceiling ENABLE ROW LEVEL SECURITY;
ALTER TABLE kept_ceiling FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON kept_ceiling USING (
    (current_setting('sail.operators', true) = 'yes' AND current_setting('sail.project', true) = '')
    OR store_id = (SELECT store_id FROM project WHERE id = current_setting('sail.project', true))
);

-- Whether more than one project uses a store is asked for whenever a project's rules are read.
CREATE INDEX project_by_store ON project (store_id);

-- Only one project takes names by itself in a store: nobody looks up who else holds one.
DROP POLICY tenant ON bucket;
CREATE POLICY tenant ON bucket USING (project_id = current_setting('sail.project', true));
