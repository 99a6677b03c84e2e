DROP POLICY watched ON project_head;
ALTER TABLE store DROP COLUMN version;
