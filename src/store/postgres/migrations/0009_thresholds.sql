-- What thresholds fired and who was told (src/store/threshold_store.h).

CREATE TABLE threshold_progress (
    threshold      text COLLATE "C" PRIMARY KEY,
    judged_through timestamptz NOT NULL
);

CREATE TABLE threshold_event (
    event_id        text COLLATE "C" PRIMARY KEY,
    number          bigint GENERATED ALWAYS AS IDENTITY,
    threshold       text COLLATE "C" NOT NULL,
    dataset         text COLLATE "C" NOT NULL,
    metric          text COLLATE "C" NOT NULL,
    subject         text COLLATE "C" NOT NULL,
    period          text COLLATE "C" NOT NULL,
    value           numeric NOT NULL,
    at_least        bigint NOT NULL,
    synced_through  timestamptz NOT NULL,
    fired_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_attempt_at timestamptz DEFAULT clock_timestamp(),
    delivered_at    timestamptz
);
-- Who is to be told of this threshold now?
CREATE INDEX threshold_event_due ON threshold_event (threshold, next_attempt_at)
    WHERE next_attempt_at IS NOT NULL;
-- What happened last?
CREATE INDEX threshold_event_newest ON threshold_event (number);

CREATE TABLE threshold_attempt (
    event_id     text COLLATE "C" NOT NULL,
    attempt      bigint NOT NULL,
    attempted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    status       bigint NOT NULL,
    outcome      text NOT NULL,
    PRIMARY KEY (event_id, attempt)
);
