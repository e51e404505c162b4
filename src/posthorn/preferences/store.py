"""Statements of what users chose."""

from posthorn.preferences.model import Preference
from posthorn.storage.database import Transaction


async def load_preferences(tx: Transaction, partition: int, environment: str, user_keys: tuple[str, ...]) -> list[Preference]:
    """What these users chose, in order of tenant and topic."""
    return await tx.all(
        Preference,
        "SELECT user_key, tenant_id, topic_id, status, has_custom_routing, custom_routing, digest_schedule, changed_at "
        "FROM preferences WHERE partition = :partition AND environment = :environment "
        f"AND {tx.sql.is_any('user_key', 'user_keys')} ORDER BY user_key, tenant_id, topic_id",
        partition=partition,
        environment=environment,
        user_keys=user_keys,
    )


async def save_preferences(
    tx: Transaction, partition: int, environment: str, chosen: list[Preference], forgotten: list[Preference]
) -> None:
    """Writes choices as they are now and removes those that went back to the default."""
    await tx.many(
        "INSERT INTO preferences (partition, environment, user_key, tenant_id, topic_id, status, has_custom_routing, "
        "custom_routing, digest_schedule, changed_at) VALUES (:partition, :environment, :user_key, :tenant_id, :topic_id, "
        ":status, :has_custom_routing, :custom_routing, :digest_schedule, :changed_at) "
        "ON CONFLICT (partition, environment, user_key, tenant_id, topic_id) DO UPDATE SET status = excluded.status, "
        "has_custom_routing = excluded.has_custom_routing, custom_routing = excluded.custom_routing, "
        "digest_schedule = excluded.digest_schedule, changed_at = excluded.changed_at",
        [
            {
                "partition": partition,
                "environment": environment,
                "user_key": one.user_key,
                "tenant_id": one.tenant_id,
                "topic_id": one.topic_id,
                "status": one.status,
                "has_custom_routing": one.has_custom_routing,
                "custom_routing": list(one.custom_routing),
                "digest_schedule": one.digest_schedule,
                "changed_at": one.changed_at,
            }
            for one in chosen
        ],
    )
    await tx.many(
        "DELETE FROM preferences WHERE partition = :partition AND environment = :environment AND user_key = :user_key "
        "AND tenant_id = :tenant_id AND topic_id = :topic_id",
        [
            {
                "partition": partition,
                "environment": environment,
                "user_key": one.user_key,
                "tenant_id": one.tenant_id,
                "topic_id": one.topic_id,
            }
            for one in forgotten
        ],
    )


async def erase_user(tx: Transaction, partition: int, environment: str, user_key: str) -> None:
    """Forgets what one user chose."""
    await tx.run(
        "DELETE FROM preferences WHERE partition = :partition AND environment = :environment AND user_key = :user_key",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )
