-- When the first event of an audience that Segment computes was seen: its first sync is not news (segment.md 5.6).
CREATE TABLE engage_audiences (
    environment TEXT NOT NULL,
    computation_id TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    PRIMARY KEY (environment, computation_id)
);

-- What a user agreed to, by category, and when (segment.md 6.8); not among the traits, so that no client sees or replaces it.
ALTER TABLE profiles ADD COLUMN consent JSONB;
