-- The ceiling of a bucket that is registered no more, kept for its name: whichever project registers
-- the name next in this store has it, until an operator lifts it.
CREATE TABLE kept_ceiling (
    store_id TEXT NOT NULL REFERENCES store (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    ceiling SMALLINT NOT NULL CHECK (ceiling BETWEEN 0 AND 15),
    PRIMARY KEY (store_id, name)
) WITHOUT ROWID;

-- Whether more than one project uses a store is asked for whenever a project's rules are read.
CREATE INDEX project_by_store ON project (store_id);
