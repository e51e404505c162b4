-- Addresses of others that are told what happens here, and since when one of them has not answered.

CREATE TABLE webhook_endpoints (
    environment TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    url TEXT NOT NULL,
    sealed_secret TEXT NOT NULL,
    events JSONB NOT NULL,
    description TEXT NOT NULL,
    state TEXT NOT NULL,
    state_reason TEXT NOT NULL,
    failing_since BIGINT,
    last_error TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment, endpoint_id)
);

-- What is known of an id: whether somebody was called by it as a user, whom it was merged into, and what was merged into it.

CREATE TABLE identities (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    is_known BIGINT NOT NULL,
    merges TEXT NOT NULL,
    PRIMARY KEY (partition, environment, user_key)
) /*sqlite WITHOUT ROWID */;

INSERT INTO identities (partition, environment, user_key, is_known, merges)
SELECT partition, environment, user_key, 1, '' FROM profiles;
