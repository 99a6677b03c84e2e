DROP INDEX project_by_store;
DROP TABLE kept_ceiling;
