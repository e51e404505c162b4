-- Brands: colours, logo and footer of what is sent, and of the pages that readers see.

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
