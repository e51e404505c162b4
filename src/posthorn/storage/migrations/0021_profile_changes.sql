-- What each event changed in a profile: trait to [before] and [after], an empty list where there was nothing.

CREATE TABLE profile_changes (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    traits JSONB NOT NULL,
    PRIMARY KEY (partition, environment, user_key, changed_at, event_id)
) /*sqlite WITHOUT ROWID */;
CREATE INDEX profile_changes_age ON profile_changes (partition, changed_at);
