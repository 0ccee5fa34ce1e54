-- That a subject was erased, by whom and why; the subject itself is not said.
CREATE TABLE erasure (
    erasure_id INTEGER PRIMARY KEY,
    dataset_id INTEGER NOT NULL,
    subject_digest TEXT NOT NULL,
    reason TEXT NOT NULL,
    made_by TEXT NOT NULL,
    batch_count INTEGER NOT NULL,
    batch_row_count INTEGER NOT NULL,
    daily_row_count INTEGER NOT NULL,
    rejected_sample_count INTEGER NOT NULL,
    erased_at_us INTEGER NOT NULL
) STRICT;

-- What erasures took from a batch: its receipt is what is retained and this together.
CREATE TABLE erased_batch (
    dataset_id INTEGER NOT NULL,
    batch_seq INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    totals TEXT NOT NULL, -- as in batch_registry
    PRIMARY KEY (dataset_id, batch_seq)
) STRICT, WITHOUT ROWID;
