DROP TABLE sessions_end;
