"""The statements of access. Private to this folder."""

from typing import Any

from msgspec import Struct

from posthorn.access.model import Key
from posthorn.storage.database import Transaction


class StoredSource(Struct, frozen=True, kw_only=True):
    """A source as it lies in its row: settings without secrets, and the secrets sealed ("" for none)."""

    source_id: str
    environment: str
    settings: dict[str, Any]
    sealed_secrets: str


class HashedKey(Struct, frozen=True, kw_only=True):
    """What the directory needs of a key."""

    kind: str
    key_hash: bytes
    key_id: str
    environment: str
    source_id: str
    name: str
    renders_drafts: bool


class PasswordHash(Struct, frozen=True, kw_only=True):
    """Studio's password, as argon2 wrote it."""

    password_hash: str


class LinkOwner(Struct, frozen=True, kw_only=True):
    """Whom a link signs in."""

    user_id: str


async def add_key(tx: Transaction, key: Key, key_hash: bytes) -> bool:
    """Writes a new key; False if the same key of that kind is there already."""
    touched = await tx.run(
        "INSERT INTO access_keys "
        "(kind, key_hash, key_id, environment, source_id, name, hint, renders_drafts, created_at) "
        "VALUES (:kind, :key_hash, :key_id, :environment, :source_id, :name, :hint, :renders_drafts, :created_at) "
        "ON CONFLICT (kind, key_hash) DO NOTHING",
        kind=key.kind,
        key_hash=key_hash,
        key_id=key.key_id,
        environment=key.environment,
        source_id=key.source_id,
        name=key.name,
        hint=key.hint,
        renders_drafts=key.renders_drafts,
        created_at=key.created_at,
    )
    return touched > 0


async def keys(tx: Transaction) -> list[Key]:
    """Every key, revoked ones too, oldest first."""
    return await tx.all(
        Key,
        "SELECT key_id, kind, environment, source_id, name, hint, renders_drafts, created_at, revoked_at "
        "FROM access_keys ORDER BY created_at, key_id",
    )


async def key_of_hash(tx: Transaction, kind: str, key_hash: bytes) -> Key | None:
    """The key with that hash, revoked or not."""
    return await tx.first(
        Key,
        "SELECT key_id, kind, environment, source_id, name, hint, renders_drafts, created_at, revoked_at "
        "FROM access_keys WHERE kind = :kind AND key_hash = :key_hash",
        kind=kind,
        key_hash=key_hash,
    )


async def revoke(tx: Transaction, key_id: str, now: int) -> bool:
    """Marks a key as revoked, keeping the first moment; False if there is none of that id."""
    touched = await tx.run(
        "UPDATE access_keys SET revoked_at = COALESCE(revoked_at, :now) WHERE key_id = :key_id",
        key_id=key_id,
        now=now,
    )
    return touched > 0


async def live_keys(tx: Transaction) -> list[HashedKey]:
    """The keys that are not revoked."""
    return await tx.all(
        HashedKey,
        "SELECT kind, key_hash, key_id, environment, source_id, name, renders_drafts "
        "FROM access_keys WHERE revoked_at IS NULL ORDER BY key_id",
    )


async def add_source(tx: Transaction, source: StoredSource, now: int) -> bool:
    """Writes a new source; False if that id is taken."""
    touched = await tx.run(
        "INSERT INTO sources (source_id, environment, settings, sealed_secrets, created_at, updated_at) "
        "VALUES (:source_id, :environment, :settings, :sealed_secrets, :now, :now) "
        "ON CONFLICT (source_id) DO NOTHING",
        source_id=source.source_id,
        environment=source.environment,
        settings=source.settings,
        sealed_secrets=source.sealed_secrets,
        now=now,
    )
    return touched > 0


async def change_source(tx: Transaction, source: StoredSource, now: int) -> bool:
    """Replaces the settings of a source within its environment; False if it is not there."""
    touched = await tx.run(
        "UPDATE sources SET settings = :settings, sealed_secrets = :sealed_secrets, updated_at = :now "
        "WHERE source_id = :source_id AND environment = :environment",
        source_id=source.source_id,
        environment=source.environment,
        settings=source.settings,
        sealed_secrets=source.sealed_secrets,
        now=now,
    )
    return touched > 0


async def sources(tx: Transaction) -> list[StoredSource]:
    """Every source, oldest first."""
    return await tx.all(
        StoredSource,
        "SELECT source_id, environment, settings, sealed_secrets FROM sources ORDER BY created_at, source_id",
    )


async def password_hash(tx: Transaction) -> str | None:
    """Studio's password hash; None if no password was ever set."""
    row = await tx.first(PasswordHash, "SELECT password_hash FROM studio_password WHERE only_row = 1")
    return row.password_hash if row else None


async def set_password_hash(tx: Transaction, hashed: str, now: int) -> None:
    """Sets or replaces Studio's password hash."""
    await tx.run(
        "INSERT INTO studio_password (only_row, password_hash, changed_at) VALUES (1, :hashed, :now) "
        "ON CONFLICT (only_row) DO UPDATE SET password_hash = :hashed, changed_at = :now",
        hashed=hashed,
        now=now,
    )


async def add_link(tx: Transaction, token_hash: bytes, expires_at: int, user_id: str) -> None:
    """Remembers a one-time link until it expires."""
    await tx.run(
        "INSERT INTO studio_links (token_hash, expires_at, user_id) VALUES (:token_hash, :expires_at, :user_id) "
        "ON CONFLICT (token_hash) DO NOTHING",
        token_hash=token_hash,
        expires_at=expires_at,
        user_id=user_id,
    )


async def take_link(tx: Transaction, token_hash: bytes, now: int) -> str | None:
    """Uses a link up: whose it was; None if it is unknown, used or expired."""
    row = await tx.first(
        LinkOwner,
        "DELETE FROM studio_links WHERE token_hash = :token_hash AND expires_at > :now RETURNING user_id",
        token_hash=token_hash,
        now=now,
    )
    return row.user_id if row else None


async def prune_links(tx: Transaction, now: int) -> None:
    """Forgets the links that have expired."""
    await tx.run("DELETE FROM studio_links WHERE expires_at <= :now", now=now)
