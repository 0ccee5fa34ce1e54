-- Who leads synchronisation, what it saved, and what an operator declared lost.

-- One row. generation: within one, nothing published steps back. epoch: one more with each worker
-- that takes the lead, which it has until lease_until_us unless it renews it. A clock that shows
-- less than renewed_at_us was set back, and cannot tell how long the lease still holds.
CREATE TABLE sync_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    generation INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    leader TEXT NOT NULL,
    renewed_at_us INTEGER NOT NULL,
    lease_until_us INTEGER NOT NULL
) STRICT;
INSERT INTO sync_state VALUES (1, 1, 0, '', 0, 0);

-- The newest snapshot, as published (docs/synchronisation.md); one row.
CREATE TABLE sync_snapshot (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    generation INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    content TEXT NOT NULL
) STRICT;

CREATE TABLE acknowledged_hole (
    dataset TEXT NOT NULL,
    begin_slot INTEGER NOT NULL,
    end_slot INTEGER NOT NULL,
    reason TEXT NOT NULL,
    acknowledged_at_us INTEGER NOT NULL,
    PRIMARY KEY (dataset, begin_slot, end_slot)
) STRICT, WITHOUT ROWID;
