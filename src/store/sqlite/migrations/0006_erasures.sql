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

-- What erasures took from a batch, by day, while its rows were there: its receipt is what is
-- retained and this together. revision: that of the day's seal at the time, 0: it was not sealed;
-- the seals up to it count what is gone since.
CREATE TABLE erased_batch (
    dataset_id INTEGER NOT NULL,
    batch_seq INTEGER NOT NULL,
    date INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    totals TEXT NOT NULL, -- as in batch_registry
    PRIMARY KEY (dataset_id, batch_seq, date, revision)
) STRICT, WITHOUT ROWID;

-- What they took from the daily rows of days that were purged by then.
CREATE TABLE erased_day (
    dataset_id INTEGER NOT NULL,
    date INTEGER NOT NULL,
    revision INTEGER NOT NULL, -- as in erased_batch
    totals TEXT NOT NULL,
    PRIMARY KEY (dataset_id, date, revision)
) STRICT, WITHOUT ROWID;
