"""Statements of who is on which list."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from msgspec import Struct

from posthorn.lists.model import Subscribed, Subscriber, Subscription
from posthorn.lists.store import make_lists
from posthorn.storage.database import Transaction


class Count(Struct, frozen=True, kw_only=True):
    """How many there are."""

    count: int


async def save_subscriptions(tx: Transaction, partition: int, environment: str, rows: list[Subscription], now: int) -> None:
    """Notes subscriptions in their order, and makes the lists that are new. An older answer never replaces a newer one."""
    await make_lists(tx, environment, {one.list_id for one in rows if one.is_subscribed and one.list_id}, now)
    for is_one, some in groupby(rows, key=lambda one: one.list_id != ""):
        parameters = [_parameters(partition, environment, one) for one in some]
        await (_note if is_one else _end_all)(tx, parameters)


def _parameters(partition: int, environment: str, one: Subscription) -> dict[str, Any]:
    return {
        "partition": partition,
        "environment": environment,
        "user_key": one.user_key,
        "list_id": one.list_id,
        "changed_at": one.changed_at,
        "is_subscribed": one.is_subscribed,
        "preferences": one.preferences,
    }


async def _note(tx: Transaction, rows: list[dict[str, Any]]) -> None:
    await tx.many(
        "INSERT INTO list_subscriptions (partition, environment, user_key, list_id, changed_at, is_subscribed, created_at, "
        "preferences) VALUES (:partition, :environment, :user_key, :list_id, :changed_at, :is_subscribed, :changed_at, "
        ":preferences) ON CONFLICT (partition, environment, user_key, list_id) DO UPDATE SET changed_at = excluded.changed_at, "
        "is_subscribed = excluded.is_subscribed, "
        "created_at = CASE WHEN list_subscriptions.is_subscribed THEN list_subscriptions.created_at "
        "ELSE excluded.created_at END, "
        "preferences = CASE WHEN list_subscriptions.is_subscribed "
        "THEN COALESCE(excluded.preferences, list_subscriptions.preferences) ELSE excluded.preferences END "
        "WHERE excluded.changed_at >= list_subscriptions.changed_at",
        rows,
    )


async def _end_all(tx: Transaction, rows: list[dict[str, Any]]) -> None:
    await tx.many(
        "UPDATE list_subscriptions SET is_subscribed = FALSE, changed_at = :changed_at WHERE partition = :partition "
        "AND environment = :environment AND user_key = :user_key AND is_subscribed AND changed_at <= :changed_at",
        [{key: row[key] for key in ("partition", "environment", "user_key", "changed_at")} for row in rows],
    )


async def subscribers(
    tx: Transaction, environment: str, list_id: str, *, after: str, limit: int, older_than: int | None = None
) -> list[Subscriber]:
    """Who is on a list, behind a user key and in its order. older_than: only subscriptions not written since, UTC
    milliseconds.
    """
    return await tx.all(
        Subscriber,
        "SELECT user_key, created_at, preferences FROM list_subscriptions WHERE environment = :environment "
        "AND list_id = :list_id AND is_subscribed AND user_key > :after "
        "AND (CAST(:older_than AS BIGINT) IS NULL OR changed_at < :older_than) ORDER BY user_key LIMIT :limit",
        environment=environment,
        list_id=list_id,
        after=after,
        limit=limit,
        older_than=older_than,
    )


async def subscriber_count(tx: Transaction, environment: str, list_id: str) -> int:
    """How many are on a list."""
    row = await tx.first(
        Count,
        "SELECT COUNT(*) AS count FROM list_subscriptions WHERE environment = :environment AND list_id = :list_id "
        "AND is_subscribed",
        environment=environment,
        list_id=list_id,
    )
    return row.count if row else 0


async def lists_of_user(
    tx: Transaction, partition: int, environment: str, user_key: str, *, after: str, limit: int
) -> list[Subscribed]:
    """The lists that a user is on, archived ones left out, behind an id and in order of the id."""
    return await tx.all(
        Subscribed,
        "SELECT s.list_id, l.name, s.created_at, l.updated_at, s.preferences FROM list_subscriptions s "
        "JOIN lists l ON l.environment = s.environment AND l.list_id = s.list_id AND l.archived_at IS NULL "
        "WHERE s.partition = :partition AND s.environment = :environment AND s.user_key = :user_key AND s.is_subscribed "
        "AND s.list_id > :after ORDER BY s.list_id LIMIT :limit",
        partition=partition,
        environment=environment,
        user_key=user_key,
        after=after,
        limit=limit,
    )


async def subscriptions_of(tx: Transaction, partition: int, environment: str, user_key: str) -> list[Subscription]:
    """Everything one user ever said of lists, also that he left some."""
    return await tx.all(
        Subscription,
        "SELECT user_key, list_id, is_subscribed, changed_at, preferences FROM list_subscriptions "
        "WHERE partition = :partition AND environment = :environment AND user_key = :user_key ORDER BY list_id",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )


async def inherit_subscriptions(tx: Transaction, partition: int, environment: str, rows: Sequence[Subscription]) -> None:
    """Notes what an id said that was merged into a user; what the user said himself stays."""
    await tx.many(
        "INSERT INTO list_subscriptions (partition, environment, user_key, list_id, changed_at, is_subscribed, created_at, "
        "preferences) VALUES (:partition, :environment, :user_key, :list_id, :changed_at, :is_subscribed, :changed_at, "
        ":preferences) ON CONFLICT (partition, environment, user_key, list_id) DO NOTHING",
        [_parameters(partition, environment, one) for one in rows],
    )


async def erase_user(tx: Transaction, partition: int, environment: str, user_key: str) -> None:
    """Takes one user off every list."""
    await tx.run(
        "DELETE FROM list_subscriptions WHERE partition = :partition AND environment = :environment AND user_key = :user_key",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )
