-- Why a batch was taken back, replaced, or had rejected rows sent again, and who says so. Written
-- in the transaction that stores the batches it names, never changed. Without foreign keys to the
-- registry, as rejected_sample.
CREATE TABLE correction (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset     text COLLATE "C" NOT NULL,
    batch_seq   bigint NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('voided', 'replaced', 'replayed')),
    voiding_seq bigint,
    new_seq     bigint,
    reason      text NOT NULL,
    made_by     text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- What became of this batch?
CREATE INDEX correction_batch ON correction (dataset, batch_seq);
