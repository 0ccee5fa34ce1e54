-- Rows of days that are frozen with `adjust`: where they count, and where they belong.

-- A batch that had some. They are rows of the batch like any others, in the slot in which it
-- arrived.
CREATE TABLE adjusted_batch (
    dataset     text COLLATE "C" NOT NULL,
    batch_seq   bigint NOT NULL,
    booked_slot integer NOT NULL, -- half hours since 1970-01-01
    row_count   bigint NOT NULL,  -- as they came
    totals      numeric[] NOT NULL,
    PRIMARY KEY (dataset, batch_seq)
);

-- Each of these rows as it came. Those of erased subjects lose them: they are one row a slot, whose
-- subject is empty.
CREATE TABLE adjustment (
    dataset   text COLLATE "C" NOT NULL,
    batch_seq bigint NOT NULL,
    subject   text COLLATE "C" NOT NULL,
    slot      integer NOT NULL, -- where it belongs, half hours since 1970-01-01
    row_count bigint NOT NULL,
    totals    numeric[] NOT NULL,
    PRIMARY KEY (dataset, batch_seq, subject, slot)
);
