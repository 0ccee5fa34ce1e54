-- 1: the rows are of whole days and lie in the first slot of each, as history is often kept.
ALTER TABLE batch_registry ADD COLUMN day_grained INTEGER NOT NULL DEFAULT 0;
