-- Templates of messages. A version is never changed once it is written, but for version 0, which is the draft.

CREATE TABLE templates (
    environment TEXT NOT NULL,
    template_id TEXT NOT NULL,
    alias TEXT,
    published_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    archived_at BIGINT,
    PRIMARY KEY (environment, template_id)
);
CREATE UNIQUE INDEX templates_by_alias ON templates (environment, alias);

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
