-- Days that are declared complete, and each revision of them.

-- The newest revision of each sealed day. through: every batch up to it is in the totals; a batch
-- above it with rows of the day makes the day dirty, which batch_day tells. freeze_policy: NULL
-- while rows of the day are still taken.
CREATE TABLE sealed_day (
    dataset_id INTEGER NOT NULL,
    date INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    through INTEGER NOT NULL,
    totals TEXT NOT NULL, -- one a metric, with commas between
    sealed_at_us INTEGER NOT NULL,
    freeze_policy TEXT CHECK (freeze_policy IN ('reject', 'adjust')),
    PRIMARY KEY (dataset_id, date)
) STRICT, WITHOUT ROWID;

-- event_id rises within a dataset. old_totals: NULL for the first revision.
CREATE TABLE seal_event (
    dataset_id INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    date INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    old_totals TEXT,
    new_totals TEXT NOT NULL,
    through INTEGER NOT NULL,
    sealed_at_us INTEGER NOT NULL,
    PRIMARY KEY (dataset_id, event_id)
) STRICT, WITHOUT ROWID;

-- "What became of this day?"
CREATE UNIQUE INDEX seal_event_by_day ON seal_event (dataset_id, date, revision);

