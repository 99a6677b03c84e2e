DROP TABLE tokens_left_out;
DROP TABLE group_split;
ALTER TABLE grant_ NO FORCE ROW LEVEL SECURITY;
DELETE FROM grant_ WHERE subject_kind = 't';
ALTER TABLE grant_ FORCE ROW LEVEL SECURITY;
ALTER TABLE grant_ DROP CONSTRAINT grant__subject_kind_check;
ALTER TABLE grant_ ADD CONSTRAINT grant__subject_kind_check
    CHECK (subject_kind IN ('u', 'g', 'k', '*'));
