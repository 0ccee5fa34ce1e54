-- Rows of days that are frozen with `adjust`: where they count, and where they belong.

-- A batch that had some. They are rows of the batch like any others, in the slot in which it
-- arrived.
CREATE TABLE adjusted_batch (
    dataset_id INTEGER NOT NULL,
    batch_seq INTEGER NOT NULL,
    booked_slot INTEGER NOT NULL, -- half hours since 1970-01-01
    row_count INTEGER NOT NULL, -- as they came
    totals TEXT NOT NULL, -- as in batch_registry
    PRIMARY KEY (dataset_id, batch_seq)
) STRICT, WITHOUT ROWID;

-- Each of these rows as it came. Those of erased subjects lose them: they are one row a slot, whose
-- subject is empty.
CREATE TABLE adjustment (
    dataset_id INTEGER NOT NULL,
    batch_seq INTEGER NOT NULL,
    subject TEXT NOT NULL,
    slot INTEGER NOT NULL, -- where it belongs, half hours since 1970-01-01
    row_count INTEGER NOT NULL,
    totals TEXT NOT NULL,
    PRIMARY KEY (dataset_id, batch_seq, subject, slot)
) STRICT, WITHOUT ROWID;
