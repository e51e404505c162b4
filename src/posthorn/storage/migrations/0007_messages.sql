-- Messages: what became of each (state), what it is made from (contents), and what happened to it (history).
-- request_id and trace_id are null where they would say nothing new, so that their indexes stay small. What nobody looks for by
-- its parts is JSON in bytes: it is read whole, and may hold characters that a JSON column refuses. These tables have row ids in
-- SQLite: rows are large and ids random within a second, and keeping them in the key's tree cost three times as much to insert.

CREATE TABLE messages (
    partition BIGINT NOT NULL,
    message_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    recipient TEXT NOT NULL,
    status TEXT NOT NULL,
    template_id TEXT NOT NULL,
    event TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    list_id TEXT NOT NULL,
    request_id TEXT,
    trace_id TEXT,
    tags TEXT NOT NULL,
    providers TEXT NOT NULL,
    enqueued_at BIGINT NOT NULL,
    archived_at BIGINT,
    state BYTEA NOT NULL,
    PRIMARY KEY (partition, message_id)
);

CREATE INDEX messages_by_time ON messages (environment, enqueued_at, message_id);
CREATE INDEX messages_by_recipient ON messages (environment, recipient, enqueued_at);
CREATE INDEX messages_by_request ON messages (environment, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX messages_by_trace ON messages (environment, trace_id) WHERE trace_id IS NOT NULL;

CREATE TABLE message_contents (
    partition BIGINT NOT NULL,
    message_id TEXT NOT NULL,
    contents BYTEA NOT NULL,
    PRIMARY KEY (partition, message_id)
);

CREATE TABLE message_history (
    partition BIGINT NOT NULL,
    message_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    items BYTEA NOT NULL,
    PRIMARY KEY (partition, message_id, position)
);
