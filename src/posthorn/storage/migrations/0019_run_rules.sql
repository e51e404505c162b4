-- What automations remember of their users between runs, and the rules of a version beside its steps.

CREATE TABLE marks (
    partition BIGINT NOT NULL,
    environment TEXT NOT NULL,
    user_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    expires_at BIGINT,
    body JSONB NOT NULL,
    PRIMARY KEY (partition, environment, user_key, kind, name)
) /*sqlite WITHOUT ROWID */;

CREATE INDEX marks_by_expiry ON marks (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX marks_by_kind ON marks (environment, kind, name);

ALTER TABLE automation_versions ADD COLUMN rules JSONB NOT NULL DEFAULT '{}';

ALTER TABLE runs ADD COLUMN variant TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN goal_until BIGINT;
ALTER TABLE runs ADD COLUMN converted_at BIGINT;
ALTER TABLE runs ADD COLUMN reply_to JSONB;

CREATE INDEX runs_of_version ON runs (environment, automation_id, version, is_active);
