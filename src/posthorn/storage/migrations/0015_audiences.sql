-- Audiences: users chosen by a rule. A head names the current version; versions stay as they were written.

CREATE TABLE audiences (
    environment TEXT NOT NULL,
    audience_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    since_version BIGINT NOT NULL,
    evaluated_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    PRIMARY KEY (environment, audience_id)
);
CREATE TABLE audience_versions (
    environment TEXT NOT NULL,
    audience_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    filter JSONB,
    starts_automations BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (environment, audience_id, version)
);

-- Who is in, and who was: those who left keep a row for a while, so that each entering and leaving has a number of its own.

CREATE TABLE audience_members (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    audience_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    is_member BOOLEAN NOT NULL,
    changed_at BIGINT NOT NULL,
    number BIGINT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (partition, environment, user_key, audience_id)
) /*sqlite WITHOUT ROWID */;
CREATE INDEX audience_members_by_audience ON audience_members (environment, audience_id, user_key);
CREATE INDEX audience_members_left ON audience_members (changed_at) WHERE NOT is_member;

-- When a user did what some audience watches: the latest moments of each event, newest first.

CREATE TABLE audience_event_times (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    event TEXT NOT NULL,
    times JSONB NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (partition, environment, user_key, event)
) /*sqlite WITHOUT ROWID */;
