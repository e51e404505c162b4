-- Which kinds of events were received. samples: the latest ones, newest first, "<event id>@<receipt>", a space between.
CREATE TABLE event_catalogue (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    event_key TEXT NOT NULL,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    event_count BIGINT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    samples TEXT NOT NULL,
    PRIMARY KEY (partition, environment, event_key)
) /*sqlite WITHOUT ROWID */;

-- Where events are forwarded to. settings: the destination's own, without its secret, which is in sealed_secret.
-- state: ok, paused (the destination refused) or misconfigured (it cannot be right); both wait for new settings.
CREATE TABLE destinations (
    environment TEXT NOT NULL,
    destination TEXT NOT NULL,
    sealed_secret TEXT NOT NULL,
    settings JSONB NOT NULL,
    state TEXT NOT NULL,
    state_reason TEXT NOT NULL,
    verified_at BIGINT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment, destination)
);

-- Events that a destination will not take, or did not take in time. event: the JSON bytes as they were sent.
CREATE TABLE forward_failures (
    partition BIGINT NOT NULL,
    failure_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    destination TEXT NOT NULL,
    user_key TEXT NOT NULL,
    event BYTEA NOT NULL,
    reason TEXT NOT NULL,
    failed_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    PRIMARY KEY (partition, failure_id)
);

CREATE INDEX forward_failures_newest ON forward_failures (environment, failed_at);
CREATE INDEX forward_failures_user ON forward_failures (partition, environment, user_key);
