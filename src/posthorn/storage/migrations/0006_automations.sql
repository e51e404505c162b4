-- Automations and journeys with their versions, their runs, and what each step of a run did.

CREATE TABLE automations (
    environment TEXT NOT NULL,
    automation_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    alias TEXT,
    state TEXT NOT NULL,
    published_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    published_at BIGINT,
    PRIMARY KEY (environment, automation_id)
);

CREATE UNIQUE INDEX automations_by_alias ON automations (environment, alias) WHERE alias IS NOT NULL;

CREATE TABLE automation_versions (
    environment TEXT NOT NULL,
    automation_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    is_enabled BOOLEAN NOT NULL,
    triggers JSONB NOT NULL,
    cancelation_token TEXT,
    nodes JSONB NOT NULL,
    written_at BIGINT NOT NULL,
    PRIMARY KEY (environment, automation_id, version)
);

CREATE TABLE runs (
    partition BIGINT NOT NULL,
    run_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    automation_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    position BIGINT NOT NULL,
    step_count BIGINT NOT NULL,
    context JSONB NOT NULL,
    refs JSONB NOT NULL,
    inline JSONB NOT NULL,
    token TEXT,
    source JSONB NOT NULL,
    trigger_event TEXT NOT NULL,
    trigger_message_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    wake_at BIGINT,
    reason TEXT NOT NULL,
    PRIMARY KEY (partition, run_id)
);

CREATE INDEX runs_of_user ON runs (partition, environment, user_key, is_active);
CREATE INDEX runs_by_token ON runs (environment, token) WHERE is_active AND token IS NOT NULL;
CREATE INDEX runs_newest ON runs (environment, kind, created_at, run_id);

CREATE TABLE run_steps (
    partition BIGINT NOT NULL,
    run_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    node_id TEXT NOT NULL,
    action TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    message_id TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (partition, run_id, sequence)
) /*sqlite WITHOUT ROWID */;
