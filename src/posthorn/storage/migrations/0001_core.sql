-- The log, what has been processed of it, what is due and what must leave the house.

CREATE TABLE log_heads (
    partition BIGINT PRIMARY KEY,
    head BIGINT NOT NULL
);

CREATE TABLE log_blocks (
    partition BIGINT NOT NULL,
    block_offset BIGINT NOT NULL,
    appended_at BIGINT NOT NULL,
    event_count BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (partition, block_offset)
);

CREATE TABLE log_outcomes (
    partition BIGINT NOT NULL,
    block_offset BIGINT NOT NULL,
    processed_at BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (partition, block_offset)
);

CREATE TABLE cursors (
    partition BIGINT PRIMARY KEY,
    block_offset BIGINT NOT NULL,
    processed_count BIGINT NOT NULL
);

CREATE TABLE seen_0 (partition BIGINT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (partition, hash)) /*sqlite WITHOUT ROWID */;
CREATE TABLE seen_1 (partition BIGINT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (partition, hash)) /*sqlite WITHOUT ROWID */;
CREATE TABLE seen_2 (partition BIGINT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (partition, hash)) /*sqlite WITHOUT ROWID */;
CREATE TABLE seen_3 (partition BIGINT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (partition, hash)) /*sqlite WITHOUT ROWID */;

CREATE TABLE seen_periods (
    partition BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    period BIGINT NOT NULL,
    PRIMARY KEY (partition, slot)
);

CREATE TABLE timers (
    partition BIGINT NOT NULL,
    timer_id TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    PRIMARY KEY (partition, timer_id)
) /*sqlite WITHOUT ROWID */;
CREATE INDEX timers_due ON timers (partition, due_at);

CREATE TABLE outbox (
    partition BIGINT NOT NULL,
    command_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    lane TEXT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    is_open BOOLEAN NOT NULL,
    last_error TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (partition, command_id)
);
CREATE INDEX outbox_due ON outbox (lane, due_at);

CREATE TABLE parked (
    partition BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    parked_at BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    error TEXT NOT NULL,
    entry BYTEA NOT NULL,
    PRIMARY KEY (partition, event_id)
);
CREATE INDEX parked_users ON parked (partition, environment, user_key);

CREATE TABLE config_revision (
    only_row BIGINT PRIMARY KEY,
    revision BIGINT NOT NULL
);
INSERT INTO config_revision (only_row, revision) VALUES (1, 1);

CREATE TABLE switches (
    name TEXT PRIMARY KEY,
    reason TEXT NOT NULL
);
