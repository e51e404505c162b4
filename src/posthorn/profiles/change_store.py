"""The table profile_changes. Ids of events lie there in a form that sorts as the log does: many come within a millisecond."""

from collections.abc import Sequence

from msgspec.structs import replace

from posthorn.log.model import event_id as event_id_at
from posthorn.log.model import parse_event_id
from posthorn.profiles.changes import ProfileChange
from posthorn.storage.database import Transaction


async def save_changes(tx: Transaction, partition: int, changes: Sequence[ProfileChange]) -> None:
    """Notes what events changed; one row each."""
    await tx.many(
        "INSERT INTO profile_changes (partition, environment, user_key, changed_at, event_id, traits) "
        "VALUES (:partition, :environment, :user_key, :changed_at, :event_id, :traits) "
        "ON CONFLICT (partition, environment, user_key, changed_at, event_id) DO UPDATE SET traits = excluded.traits",
        [
            {
                "partition": partition,
                "environment": one.environment,
                "user_key": one.user_key,
                "changed_at": one.changed_at,
                "event_id": _sortable(one.event_id),
                "traits": one.traits,
            }
            for one in changes
        ],
    )


async def changes_of_event(
    tx: Transaction, partition: int, environment: str, user_key: str, *, event_id: str, at: int
) -> ProfileChange | None:
    """What one event changed. at: its receipt, UTC milliseconds."""
    found = await tx.first(
        ProfileChange,
        "SELECT environment, user_key, event_id, changed_at, traits FROM profile_changes WHERE partition = :partition "
        "AND environment = :environment AND user_key = :user_key AND changed_at = :at AND event_id = :event_id",
        partition=partition,
        environment=environment,
        user_key=user_key,
        at=at,
        event_id=_sortable(event_id),
    )
    return _read(found) if found else None


async def changes_of_user(
    tx: Transaction, partition: int, environment: str, user_key: str, *, before: tuple[int, str], limit: int
) -> list[ProfileChange]:
    """What changed one user's profile, newest first. before: (receipt, event id) of the last one of the page before."""
    at, event_id = before
    rows = await tx.all(
        ProfileChange,
        "SELECT environment, user_key, event_id, changed_at, traits FROM profile_changes WHERE partition = :partition "
        "AND environment = :environment AND user_key = :user_key "
        "AND (changed_at < :at OR (changed_at = :at AND event_id < :event_id)) "
        "ORDER BY changed_at DESC, event_id DESC LIMIT :limit",
        partition=partition,
        environment=environment,
        user_key=user_key,
        at=at,
        event_id=_sortable(event_id),
        limit=limit,
    )
    return [_read(row) for row in rows]


async def erase_changes(tx: Transaction, partition: int, environment: str, user_key: str) -> None:
    """Forgets what changed one user's profile."""
    await tx.run(
        "DELETE FROM profile_changes WHERE partition = :partition AND environment = :environment AND user_key = :user_key",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )


async def prune_changes(tx: Transaction, partition: int, *, before: int, limit: int) -> int:
    """Forgets up to about `limit` of the oldest changes, if they are older than that moment (UTC milliseconds); how many."""
    last = await tx.all(
        ProfileChange,
        "SELECT environment, user_key, event_id, changed_at, traits FROM profile_changes WHERE partition = :partition "
        "AND changed_at < :before ORDER BY changed_at LIMIT :limit",
        partition=partition,
        before=before,
        limit=limit,
    )
    if not last:
        return 0
    return await tx.run(
        "DELETE FROM profile_changes WHERE partition = :partition AND changed_at <= :at",
        partition=partition,
        at=last[-1].changed_at,
    )


def _sortable(text: str) -> str:
    found = parse_event_id(text)
    if found is None:
        return text
    position, index = found
    return f"evt_{position.partition}_{position.block_offset:018}_{index:04}"


def _read(row: ProfileChange) -> ProfileChange:
    found = parse_event_id(row.event_id)
    return replace(row, event_id=event_id_at(*found)) if found else row
