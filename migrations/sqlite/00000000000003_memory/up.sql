-- Raised with every change of a storage account, so that who remembers it sees that it changed.
ALTER TABLE store ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
