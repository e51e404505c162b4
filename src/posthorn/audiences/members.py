"""Who is in an audience, and in which audiences a user is: what the API shows and what a send reads."""

from msgspec import Struct

from posthorn.audiences.definitions import audience
from posthorn.storage.database import Transaction


class Member(Struct, frozen=True, kw_only=True):
    """One user in an audience (courier.md 7.2). changed_at: since when, UTC milliseconds."""

    user_key: str
    audience_id: str
    version: int
    changed_at: int
    reason: str


class Count(Struct, frozen=True, kw_only=True):
    """How many there are."""

    count: int


async def members(tx: Transaction, environment: str, audience_id: str, *, after: str, limit: int) -> list[Member]:
    """Members behind a user key, in its order; nobody if there is no such audience (any more)."""
    found = await audience(tx, environment, audience_id)
    if found is None:
        return []
    return await tx.all(
        Member,
        "SELECT user_key, audience_id, version, changed_at, reason FROM audience_members WHERE environment = :environment "
        "AND audience_id = :audience_id AND is_member AND version >= :since_version AND user_key > :after "
        "ORDER BY user_key LIMIT :limit",
        environment=environment,
        audience_id=audience_id,
        since_version=found.since_version,
        after=after,
        limit=limit,
    )


async def member_count(tx: Transaction, environment: str, audience_id: str) -> int:
    """How many members an audience has; counts every row."""
    found = await audience(tx, environment, audience_id)
    if found is None:
        return 0
    row = await tx.first(
        Count,
        "SELECT COUNT(*) AS count FROM audience_members WHERE environment = :environment AND audience_id = :audience_id "
        "AND is_member AND version >= :since_version",
        environment=environment,
        audience_id=audience_id,
        since_version=found.since_version,
    )
    return row.count if row else 0


async def audiences_of_user(
    tx: Transaction, partition: int, environment: str, user_key: str, *, after: str, limit: int
) -> list[Member]:
    """The audiences that a user is in, behind an id and in order of the ids."""
    return await tx.all(
        Member,
        "SELECT m.user_key, m.audience_id, m.version, m.changed_at, m.reason FROM audience_members AS m "
        "JOIN audiences AS a ON a.environment = m.environment AND a.audience_id = m.audience_id "
        "WHERE m.partition = :partition AND m.environment = :environment AND m.user_key = :user_key AND m.is_member "
        "AND a.deleted_at IS NULL AND m.version >= a.since_version AND m.audience_id > :after "
        "ORDER BY m.audience_id LIMIT :limit",
        partition=partition,
        environment=environment,
        user_key=user_key,
        after=after,
        limit=limit,
    )
