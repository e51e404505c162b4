"""Statements of tenants and memberships."""

from msgspec import Struct

from posthorn.storage.database import Transaction
from posthorn.tenants.model import Membership, Tenant


class Count(Struct, frozen=True, kw_only=True):
    """How many there are."""

    count: int


class UserKey(Struct, frozen=True, kw_only=True):
    """One user."""

    user_key: str


async def load_memberships(tx: Transaction, partition: int, environment: str, user_keys: tuple[str, ...]) -> list[Membership]:
    """The memberships of these users, each user's in order of joining."""
    return await tx.all(
        Membership,
        "SELECT user_key, tenant_id, profile, joined_at FROM tenant_members "
        f"WHERE partition = :partition AND environment = :environment AND {tx.sql.is_any('user_key', 'user_keys')} "
        "ORDER BY joined_at, tenant_id",
        partition=partition,
        environment=environment,
        user_keys=user_keys,
    )


async def save_memberships(
    tx: Transaction, partition: int, environment: str, joined: list[Membership], left: list[tuple[str, str]]
) -> None:
    """Adds or replaces memberships and removes those that ended, given as (user_key, tenant_id)."""
    await tx.many(
        "INSERT INTO tenant_members (partition, environment, user_key, tenant_id, profile, joined_at) "
        "VALUES (:partition, :environment, :user_key, :tenant_id, :profile, :joined_at) "
        "ON CONFLICT (partition, environment, user_key, tenant_id) DO UPDATE SET profile = excluded.profile",
        [
            {
                "partition": partition,
                "environment": environment,
                "user_key": one.user_key,
                "tenant_id": one.tenant_id,
                "profile": one.profile,
                "joined_at": one.joined_at,
            }
            for one in joined
        ],
    )
    await tx.many(
        "DELETE FROM tenant_members WHERE partition = :partition AND environment = :environment "
        "AND user_key = :user_key AND tenant_id = :tenant_id",
        [
            {"partition": partition, "environment": environment, "user_key": user_key, "tenant_id": tenant_id}
            for user_key, tenant_id in left
        ],
    )


async def members(tx: Transaction, environment: str, tenant_id: str, *, after: str, limit: int) -> list[Membership]:
    """Members of a tenant behind a user key, in order of the key."""
    return await tx.all(
        Membership,
        "SELECT user_key, tenant_id, profile, joined_at FROM tenant_members WHERE environment = :environment "
        "AND tenant_id = :tenant_id AND user_key > :after ORDER BY user_key LIMIT :limit",
        environment=environment,
        tenant_id=tenant_id,
        after=after,
        limit=limit,
    )


async def member_count(tx: Transaction, environment: str, tenant_id: str) -> int:
    """How many members a tenant has."""
    row = await tx.first(
        Count,
        "SELECT COUNT(*) AS count FROM tenant_members WHERE environment = :environment AND tenant_id = :tenant_id",
        environment=environment,
        tenant_id=tenant_id,
    )
    return row.count if row else 0


async def members_among(tx: Transaction, environment: str, tenant_id: str, user_keys: tuple[str, ...]) -> set[str]:
    """Those of the users who belong to a tenant."""
    rows = await tx.all(
        UserKey,
        "SELECT user_key FROM tenant_members WHERE environment = :environment AND tenant_id = :tenant_id "
        f"AND {tx.sql.is_any('user_key', 'user_keys')}",
        environment=environment,
        tenant_id=tenant_id,
        user_keys=user_keys,
    )
    return {row.user_key for row in rows}


async def tenant(tx: Transaction, environment: str, tenant_id: str) -> Tenant | None:
    """One tenant, or None."""
    found = await load_tenants(tx, environment, (tenant_id,))
    return found[0] if found else None


async def load_tenants(tx: Transaction, environment: str, tenant_ids: tuple[str, ...]) -> list[Tenant]:
    """The tenants of these ids that exist."""
    return await tx.all(
        Tenant,
        "SELECT environment, tenant_id, name, parent_tenant_id, brand_id, properties, property_times, user_profile, "
        "default_preferences, created_at, updated_at FROM tenants "
        f"WHERE environment = :environment AND {tx.sql.is_any('tenant_id', 'tenant_ids')}",
        environment=environment,
        tenant_ids=tenant_ids,
    )


async def tenants(tx: Transaction, environment: str, *, parent_tenant_id: str | None, after: str, limit: int) -> list[Tenant]:
    """Tenants behind an id, in order of the id; with a parent only its children."""
    return await tx.all(
        Tenant,
        "SELECT environment, tenant_id, name, parent_tenant_id, brand_id, properties, property_times, user_profile, "
        "default_preferences, created_at, updated_at FROM tenants WHERE environment = :environment AND tenant_id > :after "
        "AND (CAST(:parent_tenant_id AS TEXT) IS NULL OR parent_tenant_id = :parent_tenant_id) ORDER BY tenant_id LIMIT :limit",
        environment=environment,
        parent_tenant_id=parent_tenant_id,
        after=after,
        limit=limit,
    )


async def save_tenants(tx: Transaction, tenants: list[Tenant]) -> None:
    """Writes tenants as they are now; in order of their ids, so that two workers never wait for each other."""
    await tx.many(
        "INSERT INTO tenants (environment, tenant_id, name, parent_tenant_id, brand_id, properties, property_times, "
        "user_profile, default_preferences, created_at, updated_at) VALUES (:environment, :tenant_id, :name, "
        ":parent_tenant_id, :brand_id, :properties, :property_times, :user_profile, :default_preferences, :created_at, "
        ":updated_at) ON CONFLICT (environment, tenant_id) DO UPDATE SET name = excluded.name, "
        "parent_tenant_id = excluded.parent_tenant_id, brand_id = excluded.brand_id, properties = excluded.properties, "
        "property_times = excluded.property_times, user_profile = excluded.user_profile, "
        "default_preferences = excluded.default_preferences, updated_at = excluded.updated_at",
        [
            {
                "environment": one.environment,
                "tenant_id": one.tenant_id,
                "name": one.name,
                "parent_tenant_id": one.parent_tenant_id,
                "brand_id": one.brand_id,
                "properties": one.properties,
                "property_times": one.property_times,
                "user_profile": one.user_profile,
                "default_preferences": one.default_preferences,
                "created_at": one.created_at,
                "updated_at": one.updated_at,
            }
            for one in sorted(tenants, key=lambda each: (each.environment, each.tenant_id))
        ],
    )


async def delete_tenant(tx: Transaction, environment: str, tenant_id: str) -> bool:
    """Removes a tenant and its memberships; False if there was none. The users stay."""
    await tx.run(
        "DELETE FROM tenant_members WHERE environment = :environment AND tenant_id = :tenant_id",
        environment=environment,
        tenant_id=tenant_id,
    )
    touched = await tx.run(
        "DELETE FROM tenants WHERE environment = :environment AND tenant_id = :tenant_id",
        environment=environment,
        tenant_id=tenant_id,
    )
    return touched > 0


async def erase_user(tx: Transaction, partition: int, environment: str, user_key: str) -> None:
    """Ends every membership of one user."""
    await tx.run(
        "DELETE FROM tenant_members WHERE partition = :partition AND environment = :environment AND user_key = :user_key",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )
