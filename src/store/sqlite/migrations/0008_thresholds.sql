-- What thresholds fired and who was told (src/store/threshold_store.h).

CREATE TABLE threshold_progress (
    threshold TEXT PRIMARY KEY,
    judged_through_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE threshold_event (
    number INTEGER PRIMARY KEY, -- as fired
    event_id TEXT NOT NULL UNIQUE,
    threshold TEXT NOT NULL,
    dataset TEXT NOT NULL,
    metric TEXT NOT NULL,
    subject TEXT NOT NULL,
    period TEXT NOT NULL,
    value TEXT NOT NULL, -- may exceed 64 bits
    at_least INTEGER NOT NULL,
    synced_through_us INTEGER NOT NULL,
    fired_at_us INTEGER NOT NULL,
    next_attempt_at_us INTEGER, -- NULL: delivered
    delivered_at_us INTEGER
) STRICT;

-- "Who is to be told of this threshold now?"
CREATE INDEX threshold_event_due ON threshold_event (threshold, next_attempt_at_us)
    WHERE next_attempt_at_us IS NOT NULL;

CREATE TABLE threshold_attempt (
    event_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    attempted_at_us INTEGER NOT NULL,
    status INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (event_id, attempt)
) STRICT, WITHOUT ROWID;
