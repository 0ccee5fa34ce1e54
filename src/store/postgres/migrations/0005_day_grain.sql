-- The batch's rows are of whole days and lie in the first slot of each; history is often kept so.
ALTER TABLE batch_registry ADD COLUMN day_grained boolean NOT NULL DEFAULT false;
