CREATE TABLE idempotency_keys (
    environment TEXT NOT NULL,
    key_hash BYTEA NOT NULL,
    request_id TEXT NOT NULL,
    claimed_until BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    status BIGINT NOT NULL,
    content_type TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (environment, key_hash)
);

CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
