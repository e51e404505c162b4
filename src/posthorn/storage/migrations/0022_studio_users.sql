-- Who may use Studio, and what was changed by whom.

CREATE TABLE studio_users (
    user_id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    sessions_from BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX studio_users_email ON studio_users (email);

-- "" for a link that belongs to nobody in the table: it signs in as an owner.
ALTER TABLE studio_links ADD COLUMN user_id TEXT NOT NULL DEFAULT '';

CREATE TABLE audit_events (
    audit_event_id TEXT PRIMARY KEY,
    environment TEXT NOT NULL,
    at BIGINT NOT NULL,
    type TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_email TEXT NOT NULL,
    source TEXT NOT NULL,
    target TEXT NOT NULL
);
CREATE INDEX audit_events_newest ON audit_events (at, audit_event_id);
