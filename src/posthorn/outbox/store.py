"""Statements of the outbox. `due_at` doubles as the visibility timeout: a claim moves it into the future."""

from collections.abc import Iterable

from msgspec import Struct

from posthorn.outbox.model import Command
from posthorn.storage.database import Transaction


class Claimed(Struct, frozen=True, kw_only=True):
    """A command that is ours until the visibility timeout. `attempt` is the fence: the first is 1.

    was_open: the attempt before this one began and was never settled, so nobody knows what became of it.
    """

    partition: int
    command_id: str
    kind: str
    lane: str
    environment: str
    user_key: str
    expires_at: int
    created_at: int
    attempt: int
    was_open: bool
    body: bytes

    @property
    def fence(self) -> tuple[int, str, int]:
        """Names this claim and no other of the same command."""
        return self.partition, self.command_id, self.attempt


class Waiting(Struct, frozen=True, kw_only=True):
    """A command that is still to be carried out. attempt: how often it was tried; due_at: when it is next, UTC milliseconds."""

    command_id: str
    attempt: int
    due_at: int
    last_error: str


class Lane(Struct, frozen=True, kw_only=True):
    """A lane with commands in it, and when the earliest of them is due (UTC milliseconds)."""

    lane: str
    kind: str
    due_at: int


class Pending(Struct, frozen=True, kw_only=True):
    """How many commands a lane holds, and when the oldest was put there."""

    lane: str
    pending_count: int
    created_at: int


class _Removed(Struct, frozen=True, kw_only=True):
    command_id: str


async def put(tx: Transaction, partition: int, commands: list[Command], now: int) -> None:
    """Adds commands; one that is there already stays as it is."""
    await tx.many(
        "INSERT INTO outbox (partition, command_id, kind, lane, environment, user_key, due_at, expires_at, created_at, "
        "attempt, is_open, last_error, body) VALUES (:partition, :command_id, :kind, :lane, :environment, :user_key, :due_at, "
        ":expires_at, :now, 0, FALSE, '', :body) ON CONFLICT (partition, command_id) DO NOTHING",
        [
            {
                "partition": partition,
                "command_id": command.command_id,
                "kind": command.kind,
                "lane": command.lane,
                "environment": command.environment,
                "user_key": command.user_key,
                "due_at": command.due_at,
                "expires_at": command.expires_at,
                "now": now,
                "body": command.body,
            }
            for command in commands
        ],
    )


async def waiting(tx: Transaction, partition: int, command_ids: tuple[str, ...]) -> list[Waiting]:
    """Those of the commands that are still here, in no order."""
    return await tx.all(
        Waiting,
        "SELECT command_id, attempt, due_at, last_error FROM outbox "
        f"WHERE partition = :partition AND {tx.sql.is_any('command_id', 'command_ids')}",
        partition=partition,
        command_ids=command_ids,
    )


async def lanes(tx: Transaction) -> list[Lane]:
    """Every lane that holds commands. Jumps from name to name in the index: the same cost for ten commands or a million."""
    return await tx.all(
        Lane,
        "WITH RECURSIVE names (lane) AS (SELECT MIN(lane) FROM outbox UNION ALL "
        "SELECT (SELECT MIN(o.lane) FROM outbox o WHERE o.lane > names.lane) FROM names WHERE names.lane IS NOT NULL) "
        "SELECT names.lane AS lane, (SELECT o.kind FROM outbox o WHERE o.lane = names.lane LIMIT 1) AS kind, "
        "(SELECT MIN(o.due_at) FROM outbox o WHERE o.lane = names.lane) AS due_at "
        "FROM names WHERE names.lane IS NOT NULL ORDER BY names.lane",
    )


async def pending(tx: Transaction) -> list[Pending]:
    """How full each lane is; counts every command, so it is for people and metrics."""
    return await tx.all(
        Pending,
        "SELECT lane, COUNT(*) AS pending_count, MIN(created_at) AS created_at FROM outbox GROUP BY lane ORDER BY lane",
    )


class _Count(Struct, frozen=True, kw_only=True):
    pending_count: int


async def lane_count(tx: Transaction, lane: str) -> int:
    """How many commands a lane holds; counts every one."""
    row = await tx.first(_Count, "SELECT COUNT(*) AS pending_count FROM outbox WHERE lane = :lane", lane=lane)
    return row.pending_count if row else 0


async def claim(tx: Transaction, lane: str, *, now: int, until: int, limit: int) -> list[Claimed]:
    """Takes at most `limit` due commands of a lane, oldest first; nobody else gets them before `until`."""
    found = await tx.all(
        Claimed,
        "SELECT partition, command_id, kind, lane, environment, user_key, expires_at, created_at, attempt + 1 AS attempt, "
        "is_open AS was_open, body FROM outbox WHERE lane = :lane AND due_at <= :now "
        f"ORDER BY due_at, created_at LIMIT :limit{tx.sql.skip_locked}",
        lane=lane,
        now=now,
        limit=limit,
    )
    for partition in {one.partition for one in found}:
        await tx.run(
            "UPDATE outbox SET attempt = attempt + 1, is_open = TRUE, due_at = :until "
            f"WHERE partition = :partition AND {tx.sql.is_any('command_id', 'command_ids')}",
            partition=partition,
            command_ids=tuple(one.command_id for one in found if one.partition == partition),
            until=until,
        )
    return found


async def settle(tx: Transaction, done: Iterable[Claimed]) -> list[Claimed]:
    """Removes commands that are done; those of them that nobody else has claimed since: his answer counts instead."""
    groups: dict[tuple[int, int], dict[str, Claimed]] = {}
    for one in done:
        groups.setdefault((one.partition, one.attempt), {})[one.command_id] = one
    settled: list[Claimed] = []
    for (partition, attempt), group in groups.items():
        rows = await tx.all(
            _Removed,
            "DELETE FROM outbox WHERE partition = :partition AND attempt = :attempt "
            f"AND {tx.sql.is_any('command_id', 'command_ids')} RETURNING command_id",
            partition=partition,
            attempt=attempt,
            command_ids=tuple(group),
        )
        settled += [group[row.command_id] for row in rows]
    return settled


async def put_back(tx: Transaction, claimed: Claimed, *, due_at: int, error: str) -> bool:
    """Leaves a command for another attempt at `due_at`; False if somebody else has claimed it since."""
    touched = await tx.run(
        "UPDATE outbox SET is_open = FALSE, due_at = :due_at, last_error = :error "
        "WHERE partition = :partition AND command_id = :command_id AND attempt = :attempt",
        partition=claimed.partition,
        command_id=claimed.command_id,
        attempt=claimed.attempt,
        due_at=due_at,
        error=error[:1000],
    )
    return touched > 0


async def hasten(tx: Transaction, lane: str, now: int) -> int:
    """Makes every command of a lane due that waits for another attempt; how many."""
    return await tx.run(
        "UPDATE outbox SET due_at = :now WHERE lane = :lane AND due_at > :now AND is_open = FALSE", lane=lane, now=now
    )


async def end_claims(tx: Transaction, now: int) -> int:
    """Makes every claimed command due; how many. The next attempt knows that this one was never settled."""
    return await tx.run("UPDATE outbox SET due_at = :now WHERE is_open = TRUE AND due_at > :now", now=now)


async def drop_lane(tx: Transaction, lane: str) -> int:
    """Removes every command of a lane; how many."""
    return await tx.run("DELETE FROM outbox WHERE lane = :lane", lane=lane)


async def erase_user(tx: Transaction, partition: int, environment: str, user_key: str) -> None:
    """Removes every command that concerns one user."""
    await tx.run(
        "DELETE FROM outbox WHERE partition = :partition AND environment = :environment AND user_key = :user_key",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )
