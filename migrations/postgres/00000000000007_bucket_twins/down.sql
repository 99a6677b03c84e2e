DROP INDEX bucket_twin;
ALTER TABLE bucket DROP COLUMN apart;
