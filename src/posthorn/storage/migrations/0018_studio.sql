-- What events of each kind look like: paths and types, never a value.

CREATE TABLE event_schemas (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    event_key TEXT NOT NULL,
    event_count BIGINT NOT NULL,
    is_cut BOOLEAN NOT NULL,
    fields JSONB NOT NULL,
    PRIMARY KEY (partition, environment, event_key)
);
