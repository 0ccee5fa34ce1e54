-- The ledger: which datasets there are, which batches were committed, which days were purged, what
-- the workers did. Each counter dataset adds two tables of its own, NAME_batch and NAME_daily
-- (src/store/sqlite/dataset_tables.cc), so no table here ends in _batch or _daily.
--
-- Days are days since 1970-01-01, instants are microseconds since then, both UTC.

-- "Tide": marks the file as a Tidemark database.
PRAGMA application_id = 1416193125;

CREATE TABLE schema_migration (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;

-- last_seq: the highest batch_seq given out. folded_through: every batch up to here is in the daily
-- rows. partial: 1 while a fold of a part has left daily rows above folded_through.
CREATE TABLE dataset (
    dataset_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    metrics TEXT NOT NULL, -- in order, with commas between
    last_seq INTEGER NOT NULL DEFAULT 0,
    folded_through INTEGER NOT NULL DEFAULT 0,
    partial INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Every row is a committed batch: it is written in the transaction of the batch's rows.
CREATE TABLE batch_registry (
    dataset_id INTEGER NOT NULL,
    batch_seq INTEGER NOT NULL,
    feed TEXT NOT NULL,
    batch_key TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    source TEXT NOT NULL,
    line_count INTEGER NOT NULL,
    comment_count INTEGER NOT NULL,
    accepted_count INTEGER NOT NULL,
    rejected_count INTEGER NOT NULL,
    ignored_count INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    totals TEXT NOT NULL, -- one a metric, with commas between: they may exceed 64 bits
    voids INTEGER,
    committed_at_us INTEGER NOT NULL,
    PRIMARY KEY (dataset_id, batch_seq)
) STRICT, WITHOUT ROWID;

-- "Was this file handed over before?"; makes a batch count once, for ever.
CREATE UNIQUE INDEX batch_registry_by_key ON batch_registry (feed, batch_key);

-- "Was this batch voided before?"; makes a void count once.
CREATE UNIQUE INDEX batch_registry_by_voided ON batch_registry (dataset_id, voids)
    WHERE voids IS NOT NULL;

-- Which days a batch has rows of; read by batch (receipts, folds, reads of what is not folded) ...
CREATE TABLE batch_day (
    dataset_id INTEGER NOT NULL,
    batch_seq INTEGER NOT NULL,
    date INTEGER NOT NULL,
    PRIMARY KEY (dataset_id, batch_seq, date)
) STRICT, WITHOUT ROWID;

-- ... and by day (reads by slot, purges).
CREATE UNIQUE INDEX batch_day_by_date ON batch_day (dataset_id, date, batch_seq);

CREATE TABLE rejected_reason (
    dataset_id INTEGER NOT NULL,
    batch_seq INTEGER NOT NULL,
    reason TEXT NOT NULL,
    line_count INTEGER NOT NULL,
    PRIMARY KEY (dataset_id, batch_seq, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE rejected_sample (
    dataset_id INTEGER NOT NULL,
    batch_seq INTEGER NOT NULL,
    position INTEGER NOT NULL,
    line INTEGER NOT NULL,
    reason TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (dataset_id, batch_seq, position)
) STRICT, WITHOUT ROWID;

-- From here on nobody reads the batch rows of the day; swept: they are gone.
CREATE TABLE purged_day (
    dataset_id INTEGER NOT NULL,
    date INTEGER NOT NULL,
    swept INTEGER NOT NULL,
    PRIMARY KEY (dataset_id, date)
) STRICT, WITHOUT ROWID;

-- "What is left to sweep?"
CREATE INDEX purged_day_to_sweep ON purged_day (dataset_id, date) WHERE swept = 0;

CREATE TABLE run (
    run_id INTEGER PRIMARY KEY AUTOINCREMENT,
    job TEXT NOT NULL,
    dataset TEXT NOT NULL,
    feed TEXT NOT NULL,
    started_at_us INTEGER NOT NULL,
    heartbeat_at_us INTEGER NOT NULL,
    ended_at_us INTEGER,
    outcome TEXT NOT NULL,
    row_count INTEGER NOT NULL DEFAULT 0,
    byte_count INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT ''
) STRICT;

-- "What do the succeeded runs of a feed cover?"
CREATE INDEX run_by_feed ON run (dataset, feed) WHERE outcome = 'succeeded';

-- Slots since 1970-01-01T00:00Z, half-open.
CREATE TABLE run_coverage (
    run_id INTEGER NOT NULL,
    begin_slot INTEGER NOT NULL,
    end_slot INTEGER NOT NULL,
    PRIMARY KEY (run_id, begin_slot)
) STRICT, WITHOUT ROWID;
