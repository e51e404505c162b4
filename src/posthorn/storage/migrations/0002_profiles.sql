-- What is known of a user, the organisations he belongs to, and the lists he is on.

CREATE TABLE profiles (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    profile JSONB NOT NULL,
    trait_times JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (partition, environment, user_key)
);

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

CREATE TABLE list_subscriptions (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    list_id TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    is_subscribed BOOLEAN NOT NULL,
    PRIMARY KEY (partition, environment, user_key, list_id)
);
CREATE INDEX list_subscriptions_by_list ON list_subscriptions (environment, list_id, user_key);
