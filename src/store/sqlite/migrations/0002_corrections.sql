-- Why a batch was taken back, replaced, or had rejected rows sent again, and who says so. Written
-- in the transaction of the batches that it names, never changed.
CREATE TABLE correction (
    correction_id INTEGER PRIMARY KEY,
    dataset_id INTEGER NOT NULL,
    batch_seq INTEGER NOT NULL, -- the batch that was corrected
    kind TEXT NOT NULL,         -- voided, replaced, replayed
    voiding_seq INTEGER,        -- the batch that takes it back; NULL: replayed
    new_seq INTEGER,            -- the batch that brings the mended rows; NULL: voided
    reason TEXT NOT NULL,
    made_by TEXT NOT NULL,
    recorded_at_us INTEGER NOT NULL
) STRICT;

-- "What became of this batch?"
CREATE INDEX correction_by_batch ON correction (dataset_id, batch_seq);
