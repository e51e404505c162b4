"""Poison events: set aside with their user's later events, visible, and put back when the fault is mended."""

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from posthorn.events.model import Entry
from posthorn.log.append import append
from posthorn.storage.database import Transaction
from posthorn.timers.model import DUE, Timer
from posthorn.timers.store import set_timers

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode
_timer = msgspec.json.Decoder(Timer).decode


class Parked(Struct, frozen=True, kw_only=True):
    """An event that was set aside: by its own fault, or because an earlier one of its user was. `entry`: MessagePack."""

    partition: int
    event_id: str
    environment: str
    user_key: str
    parked_at: int
    ordinal: int
    error: str
    entry: bytes


class ParkedKey(Struct, frozen=True, kw_only=True):
    """A user whose events are being set aside."""

    environment: str
    user_key: str


class ParkedTotal(Struct, frozen=True, kw_only=True):
    """A number of rows."""

    event_count: int


async def parked_count(tx: Transaction) -> int:
    """How many events are set aside."""
    row = await tx.first(ParkedTotal, "SELECT COUNT(*) AS event_count FROM parked")
    return row.event_count if row else 0


async def parked_keys(tx: Transaction, partition: int) -> set[tuple[str, str]]:
    """(environment, user key) of everybody who has an event set aside."""
    rows = await tx.all(
        ParkedKey, "SELECT DISTINCT environment, user_key FROM parked WHERE partition = :partition", partition=partition
    )
    return {(row.environment, row.user_key) for row in rows}


def parked(partition: int, event_id: str, entry: Entry, error: str, *, now: int, ordinal: int) -> Parked:
    """The row for an event. `ordinal`: its place among those set aside by one step."""
    return Parked(
        partition=partition,
        event_id=event_id,
        environment=entry.environment,
        user_key=entry.user_key,
        parked_at=now,
        ordinal=ordinal,
        error=error[:2000],
        entry=_encode(entry),
    )


def parked_entry(row: Parked) -> Entry:
    """The event itself."""
    return _decode(row.entry)


async def park(tx: Transaction, rows: list[Parked]) -> None:
    """Sets events aside."""
    await tx.many(
        "INSERT INTO parked (partition, event_id, environment, user_key, parked_at, ordinal, error, entry) "
        "VALUES (:partition, :event_id, :environment, :user_key, :parked_at, :ordinal, :error, :entry) ON CONFLICT DO NOTHING",
        [msgspec.structs.asdict(row) for row in rows],
    )


async def parked_events(tx: Transaction, *, environment: str = "", limit: int = 100) -> list[Parked]:
    """What is set aside, oldest first; of all environments if none is named."""
    return await tx.all(
        Parked,
        "SELECT partition, event_id, environment, user_key, parked_at, ordinal, error, entry FROM parked "
        "WHERE (:environment = '' OR environment = :environment) ORDER BY parked_at, ordinal, event_id LIMIT :limit",
        environment=environment,
        limit=limit,
    )


async def erase_parked(tx: Transaction, partition: int, environment: str, user_key: str) -> None:
    """Removes what is set aside of one user."""
    await tx.run(
        "DELETE FROM parked WHERE partition = :partition AND environment = :environment AND user_key = :user_key",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )


async def put_back(tx: Transaction, environment: str, user_key: str, *, partition_count: int, now: int) -> int:
    """Appends all parked events of one user to the log again, in their order, and lets his events through; how many.

    A timer that was set aside is set again.
    """
    rows = await tx.all(
        Parked,
        "SELECT partition, event_id, environment, user_key, parked_at, ordinal, error, entry FROM parked "
        "WHERE environment = :environment AND user_key = :user_key ORDER BY parked_at, ordinal, event_id",
        environment=environment,
        user_key=user_key,
    )
    entries = [replace(_decode(row.entry), replayed=True) for row in rows]
    for row, entry in zip(rows, entries, strict=True):
        if entry.type == DUE:
            await set_timers(tx, row.partition, [_timer(entry.body)])
    events = [entry for entry in entries if entry.type != DUE]
    await tx.run(
        "DELETE FROM parked WHERE environment = :environment AND user_key = :user_key",
        environment=environment,
        user_key=user_key,
    )
    if events:
        await append(tx, events, partition_count=partition_count, now=now)
    return len(rows)
