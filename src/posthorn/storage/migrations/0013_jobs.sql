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
