"""The rows of idempotency_keys."""

from msgspec import Struct

from posthorn.storage.database import Transaction


class KeyRow(Struct, frozen=True, kw_only=True):
    """A key that was seen. `status` is 0 until there is an answer; at `claimed_until` its request is given up."""

    request_id: str
    claimed_until: int
    expires_at: int
    status: int
    content_type: str
    body: bytes


async def locked(tx: Transaction, environment: str, key_hash: bytes) -> KeyRow | None:
    """The row of a key, held until the transaction ends; None if it was never seen."""
    return await tx.first(
        KeyRow,
        "SELECT request_id, claimed_until, expires_at, status, content_type, body FROM idempotency_keys "
        "WHERE environment = :environment AND key_hash = :key_hash" + tx.sql.for_update,
        environment=environment,
        key_hash=key_hash,
    )


async def insert(tx: Transaction, environment: str, key_hash: bytes, row: KeyRow) -> bool:
    """Adds the row of a new key; False if somebody else has just done so."""
    count = await tx.run(
        "INSERT INTO idempotency_keys "
        "(environment, key_hash, request_id, claimed_until, expires_at, status, content_type, body) "
        "VALUES (:environment, :key_hash, :request_id, :claimed_until, :expires_at, 0, '', :body) "
        "ON CONFLICT (environment, key_hash) DO NOTHING",
        environment=environment,
        key_hash=key_hash,
        request_id=row.request_id,
        claimed_until=row.claimed_until,
        expires_at=row.expires_at,
        body=row.body,
    )
    return count == 1


async def claim(tx: Transaction, environment: str, key_hash: bytes, until: int) -> None:
    """Marks the key as running until that moment; 0 sets it free."""
    await tx.run(
        "UPDATE idempotency_keys SET claimed_until = :until WHERE environment = :environment AND key_hash = :key_hash",
        environment=environment,
        key_hash=key_hash,
        until=until,
    )


async def answer(tx: Transaction, environment: str, key_hash: bytes, status: int, content_type: str, body: bytes) -> None:
    """Keeps the answer of the first request; a second answer does not replace it."""
    await tx.run(
        "UPDATE idempotency_keys SET status = :status, content_type = :content_type, body = :body, claimed_until = 0 "
        "WHERE environment = :environment AND key_hash = :key_hash AND status = 0",
        environment=environment,
        key_hash=key_hash,
        status=status,
        content_type=content_type,
        body=body,
    )


async def prune(tx: Transaction, now_ms: int) -> None:
    """Removes the keys that have expired."""
    await tx.run("DELETE FROM idempotency_keys WHERE expires_at <= :now_ms", now_ms=now_ms)
