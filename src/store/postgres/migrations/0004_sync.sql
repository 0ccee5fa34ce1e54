-- Who leads synchronisation, what it saved, and what an operator declared lost.

-- One row. generation: within one, nothing published steps back. epoch: one more with each worker
-- that takes the lead (an advisory lock on a session of its own says that it still has it).
CREATE TABLE sync_state (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    generation bigint NOT NULL DEFAULT 1,
    epoch      bigint NOT NULL DEFAULT 0,
    leader     text NOT NULL DEFAULT '',
    led_since  timestamptz
);
INSERT INTO sync_state DEFAULT VALUES;

-- The newest snapshot, as published (docs/synchronisation.md); one row.
CREATE TABLE sync_snapshot (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    generation bigint NOT NULL,
    epoch      bigint NOT NULL,
    seq        bigint NOT NULL,
    content    text NOT NULL,
    saved_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE acknowledged_hole (
    dataset         text COLLATE "C" NOT NULL REFERENCES dataset,
    begin_slot      integer NOT NULL,
    end_slot        integer NOT NULL CHECK (end_slot > begin_slot),
    reason          text NOT NULL,
    acknowledged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (dataset, begin_slot, end_slot)
);
