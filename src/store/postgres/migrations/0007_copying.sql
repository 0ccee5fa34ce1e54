-- That this database is the copy of another store, of which state, and whether it is whole: at most
-- one row. While it is unfinished no dataset is registered, so that nobody reads half a copy.
CREATE TABLE copy_state (
    fingerprint text NOT NULL,
    begun_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz
);
