"""Statements of the timers."""

from msgspec import Struct

from posthorn.storage.database import Transaction
from posthorn.timers.model import Timer


class DueAt(Struct, frozen=True, kw_only=True):
    """When the next one is due, UTC milliseconds."""

    due_at: int | None


class Partition(Struct, frozen=True, kw_only=True):
    """One partition."""

    partition: int


class Total(Struct, frozen=True, kw_only=True):
    """A number of rows."""

    timer_count: int


async def set_timers(tx: Transaction, partition: int, timers: list[Timer]) -> None:
    """Sets timers; one that is set already is moved."""
    await tx.many(
        "INSERT INTO timers (partition, timer_id, due_at, environment, user_key, kind, subject_id) "
        "VALUES (:partition, :timer_id, :due_at, :environment, :user_key, :kind, :subject_id) "
        "ON CONFLICT (partition, timer_id) DO UPDATE SET due_at = excluded.due_at",
        [
            {
                "partition": partition,
                "timer_id": timer.timer_id,
                "due_at": timer.due_at,
                "environment": timer.environment,
                "user_key": timer.user_key,
                "kind": timer.kind,
                "subject_id": timer.subject_id,
            }
            for timer in timers
        ],
    )


async def due_timers(tx: Transaction, partition: int, now: int, limit: int) -> list[Timer]:
    """Timers that are due by `now`, earliest first."""
    return await tx.all(
        Timer,
        "SELECT timer_id, due_at, environment, user_key, kind, subject_id FROM timers "
        "WHERE partition = :partition AND due_at <= :now ORDER BY due_at, timer_id LIMIT :limit",
        partition=partition,
        now=now,
        limit=limit,
    )


async def partitions_due(tx: Transaction, now: int) -> list[int]:
    """The partitions in which a timer is due by `now`."""
    rows = await tx.all(
        Partition,
        "SELECT c.partition FROM cursors c "
        "WHERE EXISTS (SELECT 1 FROM timers t WHERE t.partition = c.partition AND t.due_at <= :now)",
        now=now,
    )
    return [row.partition for row in rows]


async def next_due_at(tx: Transaction, partition: int) -> int | None:
    """When the next timer is due; None without any."""
    row = await tx.first(DueAt, "SELECT MIN(due_at) AS due_at FROM timers WHERE partition = :partition", partition=partition)
    return row.due_at if row else None


async def count(tx: Transaction) -> int:
    """How many timers are set; counts every row."""
    row = await tx.first(Total, "SELECT COUNT(*) AS timer_count FROM timers")
    return row.timer_count if row else 0


async def delete_timers(tx: Transaction, partition: int, timer_ids: list[str], now: int) -> None:
    """Removes timers that have been dealt with; one that was set again meanwhile, for later, stays."""
    await tx.many(
        "DELETE FROM timers WHERE partition = :partition AND timer_id = :timer_id AND due_at <= :now",
        [{"partition": partition, "timer_id": timer_id, "now": now} for timer_id in timer_ids],
    )


async def timers_of(tx: Transaction, partition: int, environment: str, user_key: str) -> list[Timer]:
    """Every timer of one user, earliest first."""
    return await tx.all(
        Timer,
        "SELECT timer_id, due_at, environment, user_key, kind, subject_id FROM timers WHERE partition = :partition "
        "AND environment = :environment AND user_key = :user_key ORDER BY due_at, timer_id",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )


async def drop_timers(tx: Transaction, partition: int, timer_ids: list[str]) -> None:
    """Removes timers that are not to come due here."""
    await tx.many(
        "DELETE FROM timers WHERE partition = :partition AND timer_id = :timer_id",
        [{"partition": partition, "timer_id": timer_id} for timer_id in timer_ids],
    )


async def erase_user(tx: Transaction, partition: int, environment: str, user_key: str) -> None:
    """Removes every timer of one user."""
    await tx.run(
        "DELETE FROM timers WHERE partition = :partition AND environment = :environment AND user_key = :user_key",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )
