-- What can be opted out of, in sections; what the hosted page shows, one row for each time it was published.

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

-- What users chose, where it is not the default. tenant_id: in whose context, '' for everywhere else.

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
) /*sqlite WITHOUT ROWID */;
