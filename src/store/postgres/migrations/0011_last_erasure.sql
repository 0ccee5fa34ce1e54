-- The last erasure of a dataset, which whoever stores events of a gauge asks for with every chunk.
CREATE INDEX erasure_newest ON erasure (dataset, id);
