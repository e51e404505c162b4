"""Statements of the lists."""

from posthorn.lists.model import Subscription
from posthorn.storage.database import Transaction


async def save_subscriptions(tx: Transaction, partition: int, environment: str, rows: list[Subscription]) -> None:
    """Notes subscriptions; an older answer never replaces a newer one."""
    await tx.many(
        "INSERT INTO list_subscriptions (partition, environment, user_key, list_id, changed_at, is_subscribed) "
        "VALUES (:partition, :environment, :user_key, :list_id, :changed_at, :is_subscribed) "
        "ON CONFLICT (partition, environment, user_key, list_id) DO UPDATE SET changed_at = excluded.changed_at, "
        "is_subscribed = excluded.is_subscribed WHERE excluded.changed_at >= list_subscriptions.changed_at",
        [
            {
                "partition": partition,
                "environment": environment,
                "user_key": one.user_key,
                "list_id": one.list_id,
                "changed_at": one.changed_at,
                "is_subscribed": one.is_subscribed,
            }
            for one in rows
        ],
    )


async def subscribers(tx: Transaction, environment: str, list_id: str, *, after: str, limit: int) -> list[Subscription]:
    """Who is on a list, behind a user key and in its order."""
    return await tx.all(
        Subscription,
        "SELECT user_key, list_id, is_subscribed, changed_at FROM list_subscriptions WHERE environment = :environment "
        "AND list_id = :list_id AND is_subscribed AND user_key > :after ORDER BY user_key LIMIT :limit",
        environment=environment,
        list_id=list_id,
        after=after,
        limit=limit,
    )


async def erase_user(tx: Transaction, partition: int, environment: str, user_key: str) -> None:
    """Takes one user off every list."""
    await tx.run(
        "DELETE FROM list_subscriptions WHERE partition = :partition AND environment = :environment AND user_key = :user_key",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )
