"""Statements of the profiles."""

from typing import Any

from msgspec import Struct

from posthorn.profiles.model import Profile
from posthorn.storage.database import Transaction


class Traits(Struct, frozen=True, kw_only=True):
    """What is known of one user, without when it became known."""

    user_key: str
    profile: dict[str, Any]


class Count(Struct, frozen=True, kw_only=True):
    """How many there are."""

    count: int


async def load_profiles(tx: Transaction, partition: int, environment: str, user_keys: tuple[str, ...]) -> list[Profile]:
    """The profiles of these users, as far as they have one."""
    return await tx.all(
        Profile,
        "SELECT user_key, profile, trait_times, created_at, updated_at, consent FROM profiles "
        f"WHERE partition = :partition AND environment = :environment AND {tx.sql.is_any('user_key', 'user_keys')}",
        partition=partition,
        environment=environment,
        user_keys=user_keys,
    )


async def profile(tx: Transaction, partition: int, environment: str, user_key: str) -> Profile | None:
    """The profile of one user, or None."""
    return await tx.first(
        Profile,
        "SELECT user_key, profile, trait_times, created_at, updated_at, consent FROM profiles "
        "WHERE partition = :partition AND environment = :environment AND user_key = :user_key",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )


async def traits_after(tx: Transaction, partition: int, environment: str, *, after: str, limit: int) -> list[Traits]:
    """What is known of the users behind a key, in order of the keys."""
    return await tx.all(
        Traits,
        "SELECT user_key, profile FROM profiles WHERE partition = :partition AND environment = :environment "
        "AND user_key > :after ORDER BY user_key LIMIT :limit",
        partition=partition,
        environment=environment,
        after=after,
        limit=limit,
    )


async def profile_count(tx: Transaction, environment: str) -> int:
    """How many profiles there are; counts every row."""
    row = await tx.first(
        Count, "SELECT COUNT(*) AS count FROM profiles WHERE environment = :environment", environment=environment
    )
    return row.count if row else 0


async def save_profiles(tx: Transaction, partition: int, environment: str, profiles: list[Profile]) -> None:
    """Writes profiles as they are now."""
    await tx.many(
        "INSERT INTO profiles (partition, environment, user_key, profile, trait_times, created_at, updated_at, consent) "
        "VALUES (:partition, :environment, :user_key, :profile, :trait_times, :created_at, :updated_at, :consent) "
        "ON CONFLICT (partition, environment, user_key) DO UPDATE SET profile = excluded.profile, "
        "trait_times = excluded.trait_times, updated_at = excluded.updated_at, consent = excluded.consent",
        [
            {
                "partition": partition,
                "environment": environment,
                "user_key": one.user_key,
                "profile": one.profile,
                "trait_times": one.trait_times,
                "created_at": one.created_at,
                "updated_at": one.updated_at,
                "consent": one.consent,
            }
            for one in profiles
        ],
    )


async def delete_profile(tx: Transaction, partition: int, environment: str, user_key: str) -> None:
    """Forgets one user's profile."""
    await tx.run(
        "DELETE FROM profiles WHERE partition = :partition AND environment = :environment AND user_key = :user_key",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )
