-- The journey whose send nodes alone may use a template; '' for those of the whole workspace (courier.md 5.7).
ALTER TABLE templates ADD COLUMN journey_id TEXT NOT NULL DEFAULT '';
