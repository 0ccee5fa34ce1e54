-- Days that are declared complete, and each revision of them.

-- The newest revision of each sealed day. Who stores rows of such a day locks its row FOR KEY
-- SHARE to the end of the storing transaction: sealing anew, which changes no key, does not wait
-- for that; freezing passes over it.
CREATE TABLE sealed_day (
    dataset       text COLLATE "C" NOT NULL REFERENCES dataset,
    date          date NOT NULL,
    revision      bigint NOT NULL,
    through       bigint NOT NULL,
    totals        numeric[] NOT NULL,
    sealed_at     timestamptz NOT NULL,
    freeze_policy text CHECK (freeze_policy IN ('reject', 'adjust')),
    PRIMARY KEY (dataset, date)
);

CREATE TABLE seal_event (
    dataset    text COLLATE "C" NOT NULL REFERENCES dataset,
    event_id   bigint NOT NULL,
    date       date NOT NULL,
    revision   bigint NOT NULL,
    old_totals numeric[],
    new_totals numeric[] NOT NULL,
    through    bigint NOT NULL,
    sealed_at  timestamptz NOT NULL,
    PRIMARY KEY (dataset, event_id)
);
-- What became of this day?
CREATE UNIQUE INDEX seal_event_day ON seal_event (dataset, date, revision);
