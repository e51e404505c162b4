-- Providers that are set up, and the mail that the built-in mailbox keeps.

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
CREATE INDEX mailbox_mails_by_time ON mailbox_mails (environment, received_at, mail_id);
CREATE INDEX mailbox_mails_by_id ON mailbox_mails (environment, mail_id);
