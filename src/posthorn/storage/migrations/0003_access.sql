-- Who may come in: keys (hashed), the sources that write keys belong to, and Studio's sign-in.

CREATE TABLE sources (
    source_id TEXT PRIMARY KEY,
    environment TEXT NOT NULL,
    settings JSONB NOT NULL,
    sealed_secrets TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE access_keys (
    kind TEXT NOT NULL,
    key_hash BYTEA NOT NULL,
    key_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    source_id TEXT NOT NULL,
    name TEXT NOT NULL,
    hint TEXT NOT NULL,
    renders_drafts BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (kind, key_hash)
);
CREATE UNIQUE INDEX access_keys_by_id ON access_keys (key_id);

CREATE TABLE studio_password (
    only_row BIGINT PRIMARY KEY,
    password_hash TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE studio_links (
    token_hash BYTEA PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
