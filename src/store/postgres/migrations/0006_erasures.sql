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

-- What erasures took from a batch, by day, while its rows were there: its receipt is what is
-- retained and this together. revision: that of the day's seal at the time, 0: it was not sealed;
-- the seals up to it count what is gone since.
CREATE TABLE erased_batch (
    dataset   text COLLATE "C" NOT NULL REFERENCES dataset,
    batch_seq bigint NOT NULL,
    date      date NOT NULL,
    revision  bigint NOT NULL,
    row_count bigint NOT NULL,
    totals    numeric[] NOT NULL,
    PRIMARY KEY (dataset, batch_seq, date, revision)
);

-- What they took from the daily rows of days that were purged by then.
CREATE TABLE erased_day (
    dataset  text COLLATE "C" NOT NULL REFERENCES dataset,
    date     date NOT NULL,
    revision bigint NOT NULL,
    totals   numeric[] NOT NULL,
    PRIMARY KEY (dataset, date, revision)
);
