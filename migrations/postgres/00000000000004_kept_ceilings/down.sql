DROP POLICY tenant ON bucket;
CREATE POLICY tenant ON bucket USING (
    project_id = current_setting('sail.project', true)
    OR (state <> 'active' AND store_id || '/' || name = current_setting('sail.bucket', true))
) WITH CHECK (project_id = current_setting('sail.project', true));
DROP INDEX project_by_store;
DROP TABLE kept_ceiling;
