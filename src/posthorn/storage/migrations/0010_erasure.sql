-- Who asked to be forgotten, and whose events are dropped from then on.

CREATE TABLE erasures (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    rewritten_up_to BIGINT NOT NULL,
    rewrite_until BIGINT NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (partition, environment, user_key)
);

CREATE TABLE suppressions (
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    suppressed_at BIGINT NOT NULL,
    PRIMARY KEY (environment, user_key)
);
