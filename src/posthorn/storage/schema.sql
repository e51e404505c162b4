-- The tables after every migration, as SQLite has them: for reading. Written by docs/generate.py (make docs).

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

CREATE TABLE audience_event_times (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    event TEXT NOT NULL,
    times JSONB NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (partition, environment, user_key, event)
) WITHOUT ROWID;

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
) WITHOUT ROWID;

CREATE INDEX audience_members_by_audience ON audience_members (environment, audience_id, user_key);

CREATE INDEX audience_members_left ON audience_members (changed_at) WHERE NOT is_member;

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

CREATE TABLE automation_versions (
    environment TEXT NOT NULL,
    automation_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    is_enabled BOOLEAN NOT NULL,
    triggers JSONB NOT NULL,
    cancelation_token TEXT,
    nodes JSONB NOT NULL,
    written_at BIGINT NOT NULL, rules JSONB NOT NULL DEFAULT '{}',
    PRIMARY KEY (environment, automation_id, version)
);

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

CREATE TABLE brands (
    environment TEXT NOT NULL,
    brand_id TEXT NOT NULL,
    name TEXT NOT NULL,
    settings JSONB NOT NULL,
    snippets JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment, brand_id)
);

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

CREATE TABLE config_revision (
    only_row BIGINT PRIMARY KEY,
    revision BIGINT NOT NULL
);

CREATE TABLE cursors (
    partition BIGINT PRIMARY KEY,
    block_offset BIGINT NOT NULL,
    processed_count BIGINT NOT NULL
);

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

CREATE TABLE engage_audiences (
    environment TEXT NOT NULL,
    computation_id TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    PRIMARY KEY (environment, computation_id)
);

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
) WITHOUT ROWID;

CREATE TABLE event_schemas (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    event_key TEXT NOT NULL,
    event_count BIGINT NOT NULL,
    is_cut BOOLEAN NOT NULL,
    fields JSONB NOT NULL,
    PRIMARY KEY (partition, environment, event_key)
);

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

CREATE TABLE identities (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    is_known BIGINT NOT NULL,
    merges TEXT NOT NULL,
    PRIMARY KEY (partition, environment, user_key)
) WITHOUT ROWID;

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

CREATE INDEX jobs_by_subject ON jobs (environment, kind, subject_id);

CREATE INDEX jobs_running ON jobs (job_id, due_at) WHERE status = 'RUNNING';

CREATE TABLE list_subscriptions (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    list_id TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    is_subscribed BOOLEAN NOT NULL, created_at BIGINT NOT NULL DEFAULT 0, preferences JSONB,
    PRIMARY KEY (partition, environment, user_key, list_id)
);

CREATE INDEX list_subscriptions_by_list ON list_subscriptions (environment, list_id, user_key);

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

CREATE TABLE log_blocks (
    partition BIGINT NOT NULL,
    block_offset BIGINT NOT NULL,
    appended_at BIGINT NOT NULL,
    event_count BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (partition, block_offset)
);

CREATE TABLE log_heads (
    partition BIGINT PRIMARY KEY,
    head BIGINT NOT NULL
);

CREATE TABLE log_outcomes (
    partition BIGINT NOT NULL,
    block_offset BIGINT NOT NULL,
    processed_at BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (partition, block_offset)
);

CREATE TABLE mailbox_mails (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    mail_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text_part TEXT NOT NULL,
    html_part TEXT NOT NULL,
    raw BYTEA NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (partition, environment, user_key, mail_id)
);

CREATE INDEX mailbox_mails_by_id ON mailbox_mails (environment, mail_id);

CREATE INDEX mailbox_mails_by_time ON mailbox_mails (environment, received_at, mail_id);

CREATE TABLE marks (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    expires_at BIGINT,
    body JSONB NOT NULL,
    PRIMARY KEY (partition, environment, user_key, kind, name)
) WITHOUT ROWID;

CREATE INDEX marks_by_expiry ON marks (expires_at) WHERE expires_at IS NOT NULL;

CREATE INDEX marks_by_kind ON marks (environment, kind, name);

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

CREATE INDEX messages_by_recipient ON messages (environment, recipient, enqueued_at);

CREATE INDEX messages_by_request ON messages (environment, request_id) WHERE request_id IS NOT NULL;

CREATE INDEX messages_by_time ON messages (environment, enqueued_at, message_id);

CREATE INDEX messages_by_trace ON messages (environment, trace_id) WHERE trace_id IS NOT NULL;

CREATE TABLE outbox (
    partition BIGINT NOT NULL,
    command_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    lane TEXT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    is_open BOOLEAN NOT NULL,
    last_error TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (partition, command_id)
);

CREATE INDEX outbox_due ON outbox (lane, due_at);

CREATE TABLE parked (
    partition BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    parked_at BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    error TEXT NOT NULL,
    entry BYTEA NOT NULL,
    PRIMARY KEY (partition, event_id)
);

CREATE INDEX parked_users ON parked (partition, environment, user_key);

CREATE TABLE preference_pages (
    environment TEXT NOT NULL,
    version BIGINT NOT NULL,
    brand_id TEXT NOT NULL,
    heading TEXT,
    description TEXT,
    sections JSONB NOT NULL,
    published_by TEXT NOT NULL,
    PRIMARY KEY (environment, version)
);

CREATE TABLE preference_sections (
    environment TEXT NOT NULL,
    section_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    has_custom_routing BOOLEAN NOT NULL,
    routing_options JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    PRIMARY KEY (environment, section_id)
);

CREATE TABLE preference_topics (
    environment TEXT NOT NULL,
    topic_id TEXT NOT NULL,
    section_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    default_status TEXT NOT NULL,
    allowed_preferences JSONB NOT NULL,
    includes_unsubscribe_header BOOLEAN NOT NULL,
    routing_options JSONB NOT NULL,
    topic_data JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    archived_at BIGINT,
    PRIMARY KEY (environment, topic_id)
);

CREATE INDEX preference_topics_by_section ON preference_topics (environment, section_id);

CREATE TABLE preferences (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    topic_id TEXT NOT NULL,
    status TEXT NOT NULL,
    has_custom_routing BOOLEAN NOT NULL,
    custom_routing JSONB NOT NULL,
    digest_schedule TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (partition, environment, user_key, tenant_id, topic_id)
) WITHOUT ROWID;

CREATE TABLE profile_changes (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    traits JSONB NOT NULL,
    PRIMARY KEY (partition, environment, user_key, changed_at, event_id)
) WITHOUT ROWID;

CREATE INDEX profile_changes_age ON profile_changes (partition, changed_at);

CREATE TABLE profiles (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    profile JSONB NOT NULL,
    trait_times JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL, consent JSONB,
    PRIMARY KEY (partition, environment, user_key)
);

CREATE TABLE providers (
    environment TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    provider_key TEXT NOT NULL,
    title TEXT NOT NULL,
    alias TEXT,
    sealed_settings TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT,
    archived_at BIGINT,
    PRIMARY KEY (environment, provider_id)
);

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
) WITHOUT ROWID;

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
    reason TEXT NOT NULL, variant TEXT NOT NULL DEFAULT '', goal_until BIGINT, converted_at BIGINT, reply_to JSONB,
    PRIMARY KEY (partition, run_id)
);

CREATE INDEX runs_by_token ON runs (environment, token) WHERE is_active AND token IS NOT NULL;

CREATE INDEX runs_newest ON runs (environment, kind, created_at, run_id);

CREATE INDEX runs_of_user ON runs (partition, environment, user_key, is_active);

CREATE INDEX runs_of_version ON runs (environment, automation_id, version, is_active);

CREATE TABLE seen_0 (partition BIGINT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (partition, hash)) WITHOUT ROWID;

CREATE TABLE seen_1 (partition BIGINT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (partition, hash)) WITHOUT ROWID;

CREATE TABLE seen_2 (partition BIGINT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (partition, hash)) WITHOUT ROWID;

CREATE TABLE seen_3 (partition BIGINT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (partition, hash)) WITHOUT ROWID;

CREATE TABLE seen_periods (
    partition BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    period BIGINT NOT NULL,
    PRIMARY KEY (partition, slot)
);

CREATE TABLE sources (
    source_id TEXT PRIMARY KEY,
    environment TEXT NOT NULL,
    settings JSONB NOT NULL,
    sealed_secrets TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE studio_links (
    token_hash BYTEA PRIMARY KEY,
    expires_at BIGINT NOT NULL
, user_id TEXT NOT NULL DEFAULT '');

CREATE TABLE studio_password (
    only_row BIGINT PRIMARY KEY,
    password_hash TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);

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

CREATE TABLE suppressions (
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    suppressed_at BIGINT NOT NULL,
    PRIMARY KEY (environment, user_key)
);

CREATE TABLE switches (
    name TEXT PRIMARY KEY,
    reason TEXT NOT NULL
);

CREATE TABLE template_versions (
    environment TEXT NOT NULL,
    template_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    tags JSONB NOT NULL,
    brand_id TEXT,
    topic_id TEXT,
    strategy_id TEXT,
    content JSONB NOT NULL,
    written_at BIGINT NOT NULL,
    written_by TEXT NOT NULL,
    PRIMARY KEY (environment, template_id, version)
);

CREATE TABLE templates (
    environment TEXT NOT NULL,
    template_id TEXT NOT NULL,
    alias TEXT,
    published_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    archived_at BIGINT, journey_id TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (environment, template_id)
);

CREATE UNIQUE INDEX templates_by_alias ON templates (environment, alias);

CREATE TABLE tenant_members (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    profile JSONB NOT NULL,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (partition, environment, user_key, tenant_id)
);

CREATE INDEX tenant_members_by_tenant ON tenant_members (environment, tenant_id, user_key);

CREATE TABLE tenants (
    environment TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    name TEXT NOT NULL,
    parent_tenant_id TEXT,
    brand_id TEXT,
    properties JSONB NOT NULL,
    property_times JSONB NOT NULL,
    user_profile JSONB NOT NULL,
    default_preferences JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment, tenant_id)
);

CREATE INDEX tenants_by_parent ON tenants (environment, parent_tenant_id) WHERE parent_tenant_id IS NOT NULL;

CREATE TABLE timers (
    partition BIGINT NOT NULL,
    timer_id TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    PRIMARY KEY (partition, timer_id)
) WITHOUT ROWID;

CREATE INDEX timers_due ON timers (partition, due_at);

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
