-- That a subject was erased, by whom and why; the subject itself is not said.
CREATE TABLE erasure (
    id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset               text COLLATE "C" NOT NULL REFERENCES dataset,
    subject_digest        text NOT NULL,
    reason                text NOT NULL,
    made_by               text NOT NULL,
    batch_count           bigint NOT NULL,
    batch_row_count       bigint NOT NULL,
    daily_row_count       bigint NOT NULL,
    rejected_sample_count bigint NOT NULL,
    erased_at             timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What erasures took from a batch: its receipt is what is retained and this together.
CREATE TABLE erased_batch (
    dataset   text COLLATE "C" NOT NULL REFERENCES dataset,
    batch_seq bigint NOT NULL,
    row_count bigint NOT NULL,
    totals    numeric[] NOT NULL,
    PRIMARY KEY (dataset, batch_seq)
);
