-- Work over many users, done page by page: where each job goes on, and how far it has come.

CREATE TABLE jobs (
    job_id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    environment TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    body JSONB NOT NULL,
    cursor TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    total BIGINT,
    done_count BIGINT NOT NULL,
    failed_count BIGINT NOT NULL,
    status TEXT NOT NULL,
    attempt_count BIGINT NOT NULL,
    error TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX jobs_running ON jobs (job_id, due_at) WHERE status = 'RUNNING';
CREATE INDEX jobs_by_subject ON jobs (environment, kind, subject_id);

-- Lists have a name and can be put away; a subscription remembers since when, and what the subscriber wants of the list.

CREATE TABLE lists (
    environment TEXT NOT NULL,
    list_id TEXT NOT NULL,
    name TEXT NOT NULL,
    preferences JSONB,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    archived_at BIGINT,
    PRIMARY KEY (environment, list_id)
);
ALTER TABLE list_subscriptions ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE list_subscriptions ADD COLUMN preferences JSONB;
CREATE INDEX tenants_by_parent ON tenants (environment, parent_tenant_id) WHERE parent_tenant_id IS NOT NULL;

-- Bulk jobs: a message and the users it is for, each with data of his own. Broadcasts: a message to a list or an audience.

CREATE TABLE bulk_jobs (
    environment TEXT NOT NULL,
    job_id TEXT NOT NULL,
    definition JSONB NOT NULL,
    received BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    run_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (environment, job_id)
);
CREATE TABLE bulk_users (
    environment TEXT NOT NULL,
    job_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    user_key TEXT NOT NULL,
    given JSONB NOT NULL,
    recipient JSONB NOT NULL,
    status TEXT NOT NULL,
    message_id TEXT NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (environment, job_id, position)
);
CREATE INDEX bulk_users_by_user ON bulk_users (environment, user_key);

CREATE TABLE broadcasts (
    environment TEXT NOT NULL,
    broadcast_id TEXT NOT NULL,
    name TEXT NOT NULL,
    channel TEXT NOT NULL,
    template_id TEXT NOT NULL,
    job_id TEXT NOT NULL,
    schedule JSONB,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    archived_at BIGINT,
    archived_by TEXT,
    PRIMARY KEY (environment, broadcast_id)
);
