"""Statements of how users stand to audiences, and of when they did what audiences watch."""

from msgspec import Struct

from posthorn.audiences.model import Standing, State
from posthorn.audiences.occurrences import Occurrence
from posthorn.storage.database import Transaction


class Times(Struct, frozen=True, kw_only=True):
    """When one user did one thing: the latest times, newest first."""

    user_key: str
    event: str
    times: tuple[Occurrence, ...]


class Key(Struct, frozen=True, kw_only=True):
    """A user."""

    user_key: str


async def load_states(tx: Transaction, partition: int, environment: str, user_keys: tuple[str, ...]) -> dict[str, State]:
    """What audiences know of these users, by user key; those of whom they know nothing too."""
    standings = await tx.all(
        Standing,
        "SELECT user_key, audience_id, version, is_member, changed_at, number, reason FROM audience_members "
        f"WHERE partition = :partition AND environment = :environment AND {tx.sql.is_any('user_key', 'user_keys')}",
        partition=partition,
        environment=environment,
        user_keys=user_keys,
    )
    by_user: dict[str, dict[str, Standing]] = {key: {} for key in user_keys}
    for one in standings:
        by_user[one.user_key][one.audience_id] = one
    times = await load_times(tx, partition, environment, user_keys)
    return {key: State(standings=by_user[key], times=times[key]) for key in user_keys}


async def load_times(
    tx: Transaction, partition: int, environment: str, user_keys: tuple[str, ...]
) -> dict[str, dict[str, tuple[Occurrence, ...]]]:
    """When these users did what audiences watch, by user key and event."""
    rows = await tx.all(
        Times,
        "SELECT user_key, event, times FROM audience_event_times "
        f"WHERE partition = :partition AND environment = :environment AND {tx.sql.is_any('user_key', 'user_keys')}",
        partition=partition,
        environment=environment,
        user_keys=user_keys,
    )
    by_user: dict[str, dict[str, tuple[Occurrence, ...]]] = {key: {} for key in user_keys}
    for row in rows:
        by_user[row.user_key][row.event] = row.times
    return by_user


async def standings_in(
    tx: Transaction, partition: int, environment: str, audience_id: str, user_keys: tuple[str, ...]
) -> dict[str, Standing]:
    """How these users stand to one audience, by user key."""
    rows = await tx.all(
        Standing,
        "SELECT user_key, audience_id, version, is_member, changed_at, number, reason FROM audience_members "
        "WHERE partition = :partition AND environment = :environment AND audience_id = :audience_id "
        f"AND {tx.sql.is_any('user_key', 'user_keys')}",
        partition=partition,
        environment=environment,
        audience_id=audience_id,
        user_keys=user_keys,
    )
    return {row.user_key: row for row in rows}


async def save_standings(tx: Transaction, partition: int, environment: str, rows: list[Standing]) -> None:
    """Writes standings as they are now."""
    await tx.many(
        "INSERT INTO audience_members (partition, environment, user_key, audience_id, version, is_member, changed_at, number, "
        "reason) VALUES (:partition, :environment, :user_key, :audience_id, :version, :is_member, :changed_at, :number, "
        ":reason) ON CONFLICT (partition, environment, user_key, audience_id) DO UPDATE SET version = excluded.version, "
        "is_member = excluded.is_member, changed_at = excluded.changed_at, number = excluded.number, reason = excluded.reason",
        [
            {
                "partition": partition,
                "environment": environment,
                "user_key": row.user_key,
                "audience_id": row.audience_id,
                "version": row.version,
                "is_member": row.is_member,
                "changed_at": row.changed_at,
                "number": row.number,
                "reason": row.reason,
            }
            for row in rows
        ],
    )


async def save_times(tx: Transaction, partition: int, environment: str, rows: list[Times], now: int) -> None:
    """Writes when users did something, as it is known now."""
    await tx.many(
        "INSERT INTO audience_event_times (partition, environment, user_key, event, times, updated_at) "
        "VALUES (:partition, :environment, :user_key, :event, :times, :now) "
        "ON CONFLICT (partition, environment, user_key, event) DO UPDATE SET times = excluded.times, updated_at = :now",
        [
            {
                "partition": partition,
                "environment": environment,
                "user_key": row.user_key,
                "event": row.event,
                "times": list(row.times),
                "now": now,
            }
            for row in rows
        ],
    )


async def users_with_times(tx: Transaction, partition: int, environment: str, *, after: str, limit: int) -> list[str]:
    """Users of whom it is known when they did something, behind a user key and in its order."""
    rows = await tx.all(
        Key,
        "SELECT DISTINCT user_key FROM audience_event_times WHERE partition = :partition AND environment = :environment "
        "AND user_key > :after ORDER BY user_key LIMIT :limit",
        partition=partition,
        environment=environment,
        after=after,
        limit=limit,
    )
    return [row.user_key for row in rows]


async def members_in(
    tx: Transaction, partition: int, environment: str, audience_id: str, *, after: str, limit: int
) -> list[str]:
    """Members of an audience in one partition, by any version, behind a user key and in its order."""
    rows = await tx.all(
        Key,
        "SELECT user_key FROM audience_members WHERE environment = :environment AND audience_id = :audience_id "
        "AND is_member AND partition = :partition AND user_key > :after ORDER BY user_key LIMIT :limit",
        partition=partition,
        environment=environment,
        audience_id=audience_id,
        after=after,
        limit=limit,
    )
    return [row.user_key for row in rows]


async def delete_times(tx: Transaction, partition: int, environment: str, rows: list[tuple[str, str]]) -> None:
    """Forgets when users did something; (user key, event) of each."""
    await tx.many(
        "DELETE FROM audience_event_times WHERE partition = :partition AND environment = :environment "
        "AND user_key = :user_key AND event = :event",
        [
            {"partition": partition, "environment": environment, "user_key": user_key, "event": event}
            for user_key, event in rows
        ],
    )


async def erase_user(tx: Transaction, partition: int, environment: str, user_key: str) -> None:
    """Forgets one user."""
    await tx.run(
        "DELETE FROM audience_members WHERE partition = :partition AND environment = :environment AND user_key = :user_key",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )
    await tx.run(
        "DELETE FROM audience_event_times WHERE partition = :partition AND environment = :environment AND user_key = :user_key",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )


async def forget_page(tx: Transaction, environment: str, audience_id: str, version: int, limit: int) -> int:
    """Deletes at most so many standings of an audience that are of this version or an older one; how many."""
    return await tx.run(
        "DELETE FROM audience_members WHERE environment = :environment AND audience_id = :audience_id "
        "AND version <= :version AND (partition, user_key) IN (SELECT partition, user_key FROM audience_members "
        "WHERE environment = :environment AND audience_id = :audience_id AND version <= :version LIMIT :limit)",
        environment=environment,
        audience_id=audience_id,
        version=version,
        limit=limit,
    )


async def prune_left(tx: Transaction, *, before: int, limit: int) -> int:
    """Forgets at most so many users who left an audience before a moment; how many."""
    return await tx.run(
        "DELETE FROM audience_members WHERE (partition, environment, user_key, audience_id) IN "
        "(SELECT partition, environment, user_key, audience_id FROM audience_members "
        "WHERE NOT is_member AND changed_at < :before ORDER BY changed_at LIMIT :limit)",
        before=before,
        limit=limit,
    )
