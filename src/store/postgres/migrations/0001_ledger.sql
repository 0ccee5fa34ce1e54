-- The ledger: what datasets there are, which batches were stored, how far they are folded, who ran.
-- docs/schema.md describes every column; docs/fold_protocol.md says why the transactions are as
-- they are. Every text key compares as bytes (COLLATE "C"), as the program does.

-- The history of migrations itself.
CREATE TABLE schema_migration (
    number     integer PRIMARY KEY,
    name       text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE dataset (
    name    text COLLATE "C" PRIMARY KEY,
    kind    text NOT NULL CHECK (kind IN ('counter', 'gauge')),
    subject text NOT NULL,
    metrics text[] NOT NULL
);

-- One row a dataset; its row lock makes batch numbers become visible in order. Apart from
-- dataset_fold, so that a batch can begin while a fold holds the cursor. The low fill factor keeps
-- updates of the row in its page.
CREATE TABLE dataset_seq (
    dataset  text COLLATE "C" PRIMARY KEY REFERENCES dataset,
    last_seq bigint NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE dataset_fold (
    dataset        text COLLATE "C" PRIMARY KEY REFERENCES dataset,
    folded_through bigint NOT NULL,
    partial        boolean NOT NULL DEFAULT false
) WITH (fillfactor = 10);

CREATE TABLE batch_registry (
    dataset            text COLLATE "C" NOT NULL REFERENCES dataset,
    batch_seq          bigint NOT NULL,
    feed               text COLLATE "C" NOT NULL,
    batch_key          text COLLATE "C" NOT NULL,
    content_hash       bytea NOT NULL,
    state              text NOT NULL
                       CHECK (state IN ('running', 'written', 'committed', 'expired')),
    lease_until        timestamptz NOT NULL,
    voids              bigint,
    source             bytea NOT NULL,
    lines              bigint NOT NULL,
    comments           bigint NOT NULL,
    accepted           bigint NOT NULL,
    rejected           bigint NOT NULL,
    ignored            bigint NOT NULL,
    rejected_by_reason jsonb NOT NULL,
    row_count          bigint NOT NULL,
    totals             numeric[] NOT NULL,
    days               date[] NOT NULL,
    committed_at       timestamptz,
    PRIMARY KEY (dataset, batch_seq)
);

-- A batch counts once: find the batch of (feed, key), and refuse a second one.
CREATE UNIQUE INDEX batch_registry_key ON batch_registry (feed, batch_key)
    WHERE state <> 'expired';
-- A batch is taken back once.
CREATE UNIQUE INDEX batch_registry_voids ON batch_registry (dataset, voids)
    WHERE state <> 'expired' AND voids IS NOT NULL;
-- The horizon: the lowest batch_seq that somebody is still writing; and leases that ran out.
CREATE INDEX batch_registry_running ON batch_registry (dataset, batch_seq)
    WHERE state IN ('running', 'written');
-- Usage by slot: the batches that have rows of a day.
CREATE INDEX batch_registry_days ON batch_registry USING gin (days);

-- Without a foreign key to the registry: checking it would lock the batch's row before the last
-- statement of the storing transaction, and the folder could not expire a batch that hangs there.
CREATE TABLE rejected_sample (
    dataset   text COLLATE "C" NOT NULL,
    batch_seq bigint NOT NULL,
    ordinal   integer NOT NULL,
    line      bigint NOT NULL,
    reason    text NOT NULL,
    content   bytea NOT NULL,
    PRIMARY KEY (dataset, batch_seq, ordinal)
);

CREATE TABLE purged_day (
    dataset   text COLLATE "C" NOT NULL REFERENCES dataset,
    date      date NOT NULL,
    purged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (dataset, date)
);

CREATE TABLE run (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job          text NOT NULL,
    dataset      text COLLATE "C" NOT NULL,
    feed         text COLLATE "C" NOT NULL,
    started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at     timestamptz,
    outcome      text NOT NULL DEFAULT 'running'
                 CHECK (outcome IN ('running', 'succeeded', 'failed')),
    row_count    bigint NOT NULL DEFAULT 0,
    byte_count   bigint NOT NULL DEFAULT 0,
    error        text NOT NULL DEFAULT ''
);
-- Coverage of a feed: its succeeded runs.
CREATE INDEX run_feed ON run (dataset, feed) WHERE outcome = 'succeeded';

CREATE TABLE run_coverage (
    run_id     bigint NOT NULL REFERENCES run,
    begin_slot integer NOT NULL,
    end_slot   integer NOT NULL CHECK (end_slot > begin_slot),
    PRIMARY KEY (run_id, begin_slot)
);
