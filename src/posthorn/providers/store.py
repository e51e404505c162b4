"""Rows of providers and of the mailbox."""

from msgspec import Struct

from posthorn.providers.model import Kept
from posthorn.storage.database import Transaction


class ProviderRow(Struct, frozen=True, kw_only=True):
    """A provider as it lies in the database; sealed_settings is a JSON object, sealed by the vault."""

    environment: str
    provider_id: str
    provider_key: str
    title: str
    alias: str | None
    sealed_settings: str
    created_at: int
    updated_at: int | None


class MailRow(Struct, frozen=True, kw_only=True):
    """A mail as it lies in the database."""

    mail_id: str
    user_key: str
    sender: str
    recipient: str
    subject: str
    text_part: str
    html_part: str
    raw: bytes
    received_at: int


async def insert_provider(tx: Transaction, row: ProviderRow) -> None:
    """Adds a provider."""
    await tx.run(
        "INSERT INTO providers (environment, provider_id, provider_key, title, alias, sealed_settings, created_at, "
        "updated_at) VALUES (:environment, :provider_id, :provider_key, :title, :alias, :sealed_settings, :created_at, "
        ":updated_at)",
        environment=row.environment,
        provider_id=row.provider_id,
        provider_key=row.provider_key,
        title=row.title,
        alias=row.alias,
        sealed_settings=row.sealed_settings,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


async def update_provider(tx: Transaction, row: ProviderRow) -> None:
    """Replaces title, alias and settings."""
    await tx.run(
        "UPDATE providers SET title = :title, alias = :alias, sealed_settings = :sealed_settings, "
        "updated_at = :updated_at "
        "WHERE environment = :environment AND provider_id = :provider_id AND archived_at IS NULL",
        environment=row.environment,
        provider_id=row.provider_id,
        title=row.title,
        alias=row.alias,
        sealed_settings=row.sealed_settings,
        updated_at=row.updated_at,
    )


async def archive_provider(tx: Transaction, environment: str, provider_id: str, at_ms: int) -> int:
    """Takes a provider out of use, with its settings; the number of rows, 0 if there is no such provider."""
    return await tx.run(
        "UPDATE providers SET archived_at = :at_ms, sealed_settings = '' "
        "WHERE environment = :environment AND provider_id = :provider_id AND archived_at IS NULL",
        environment=environment,
        provider_id=provider_id,
        at_ms=at_ms,
    )


async def provider_row(tx: Transaction, environment: str, provider_id: str) -> ProviderRow | None:
    """One provider that is in use, or None."""
    return await tx.first(
        ProviderRow,
        "SELECT environment, provider_id, provider_key, title, alias, sealed_settings, created_at, updated_at "
        "FROM providers WHERE environment = :environment AND provider_id = :provider_id AND archived_at IS NULL",
        environment=environment,
        provider_id=provider_id,
    )


async def provider_with_alias(tx: Transaction, environment: str, alias: str) -> ProviderRow | None:
    """The provider in use that has the alias, or None."""
    return await tx.first(
        ProviderRow,
        "SELECT environment, provider_id, provider_key, title, alias, sealed_settings, created_at, updated_at "
        "FROM providers WHERE environment = :environment AND alias = :alias AND archived_at IS NULL "
        "ORDER BY created_at, provider_id LIMIT 1",
        environment=environment,
        alias=alias,
    )


async def providers_after(tx: Transaction, environment: str, after_id: str, limit: int) -> list[ProviderRow]:
    """Providers in use, in order of id, beginning after one; "" from the first."""
    return await tx.all(
        ProviderRow,
        "SELECT environment, provider_id, provider_key, title, alias, sealed_settings, created_at, updated_at "
        "FROM providers WHERE environment = :environment AND archived_at IS NULL AND provider_id > :after_id "
        "ORDER BY provider_id LIMIT :limit",
        environment=environment,
        after_id=after_id,
        limit=limit,
    )


async def all_providers(tx: Transaction) -> list[ProviderRow]:
    """Every provider in use, oldest first."""
    return await tx.all(
        ProviderRow,
        "SELECT environment, provider_id, provider_key, title, alias, sealed_settings, created_at, updated_at "
        "FROM providers WHERE archived_at IS NULL ORDER BY created_at, provider_id",
    )


async def insert_mail(tx: Transaction, partition: int, kept: Kept) -> None:
    """Stores a mail; the same one again changes nothing."""
    await tx.run(
        "INSERT INTO mailbox_mails (partition, environment, user_key, mail_id, sender, recipient, subject, text_part, "
        "html_part, raw, received_at) VALUES (:partition, :environment, :user_key, :mail_id, :sender, :recipient, "
        ":subject, :text_part, :html_part, :raw, :received_at) "
        "ON CONFLICT (partition, environment, user_key, mail_id) DO NOTHING",
        partition=partition,
        environment=kept.environment,
        user_key=kept.user_key,
        mail_id=kept.mail_id,
        sender=kept.sender,
        recipient=kept.recipient,
        subject=kept.subject,
        text_part=kept.text,
        html_part=kept.html,
        raw=kept.raw,
        received_at=kept.received_at,
    )


async def mail(tx: Transaction, environment: str, mail_id: str) -> MailRow | None:
    """One mail, or None."""
    return await tx.first(
        MailRow,
        "SELECT mail_id, user_key, sender, recipient, subject, text_part, html_part, raw, received_at "
        "FROM mailbox_mails WHERE environment = :environment AND mail_id = :mail_id ORDER BY partition LIMIT 1",
        environment=environment,
        mail_id=mail_id,
    )


async def mails_before(tx: Transaction, environment: str, received_at: int, mail_id: str, limit: int) -> list[MailRow]:
    """Mails newest first, beginning after the one of that time and id."""
    return await tx.all(
        MailRow,
        "SELECT mail_id, user_key, sender, recipient, subject, text_part, html_part, raw, received_at "
        "FROM mailbox_mails WHERE environment = :environment AND received_at <= :received_at "
        "AND (received_at < :received_at OR mail_id < :mail_id) "
        "ORDER BY received_at DESC, mail_id DESC LIMIT :limit",
        environment=environment,
        received_at=received_at,
        mail_id=mail_id,
        limit=limit,
    )


async def delete_mails_of(tx: Transaction, partition: int, environment: str, user_key: str) -> int:
    """Deletes all mail of one user; how many."""
    return await tx.run(
        "DELETE FROM mailbox_mails WHERE partition = :partition AND environment = :environment AND user_key = :user_key",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )


async def delete_mails_before(tx: Transaction, partition: int, environment: str, before: int, limit: int) -> int:
    """Deletes up to `limit` mails received before a moment, oldest first; how many."""
    return await tx.run(
        "DELETE FROM mailbox_mails WHERE partition = :partition AND environment = :environment AND received_at < :before "
        "AND mail_id IN (SELECT mail_id FROM mailbox_mails WHERE partition = :partition AND environment = :environment "
        "AND received_at < :before ORDER BY received_at, mail_id LIMIT :limit)",
        partition=partition,
        environment=environment,
        before=before,
        limit=limit,
    )
