-- Some storages take names that differ in upper and lower case alone for one bucket: within a store
-- such names are one project's, like equal ones. `apart` is set where the storage was seen to tell
-- this bucket from another: `=` and its name, which no other bucket's is.
ALTER TABLE bucket ADD COLUMN apart TEXT;
-- Pairs that are there already stay. The first keeps the name for itself, against all others.
UPDATE bucket SET apart = '=' || name WHERE EXISTS (
    SELECT 1 FROM bucket AS twin
    WHERE twin.store_id = bucket.store_id AND twin.name < bucket.name
      AND lower(twin.name) = lower(bucket.name)
);
CREATE UNIQUE INDEX bucket_twin ON bucket (store_id, coalesce(apart, lower(name)));
