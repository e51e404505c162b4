"""Statements of the lists themselves."""

from posthorn.lists.model import ListRecord
from posthorn.storage.database import Transaction


async def list_record(tx: Transaction, environment: str, list_id: str) -> ListRecord | None:
    """One list that is not archived, or None."""
    found = await any_list(tx, environment, list_id)
    return found if found is not None and found.archived_at is None else None


async def any_list(tx: Transaction, environment: str, list_id: str) -> ListRecord | None:
    """One list, archived or not; None if there never was one."""
    return await tx.first(
        ListRecord,
        "SELECT environment, list_id, name, preferences, created_at, updated_at, archived_at FROM lists "
        "WHERE environment = :environment AND list_id = :list_id",
        environment=environment,
        list_id=list_id,
    )


async def lists_after(tx: Transaction, environment: str, *, after: str, limit: int, start: str = "") -> list[ListRecord]:
    """Lists that are not archived, behind an id and in order of the id; with a start only those whose ids begin with it."""
    return await tx.all(
        ListRecord,
        "SELECT environment, list_id, name, preferences, created_at, updated_at, archived_at FROM lists "
        "WHERE environment = :environment AND list_id > :after AND archived_at IS NULL "
        "AND SUBSTR(list_id, 1, LENGTH(CAST(:start AS TEXT))) = :start ORDER BY list_id LIMIT :limit",
        environment=environment,
        after=after,
        limit=limit,
        start=start,
    )


async def save_list(tx: Transaction, record: ListRecord) -> None:
    """Writes a list as it is now."""
    await tx.run(
        "INSERT INTO lists (environment, list_id, name, preferences, created_at, updated_at, archived_at) "
        "VALUES (:environment, :list_id, :name, :preferences, :created_at, :updated_at, :archived_at) "
        "ON CONFLICT (environment, list_id) DO UPDATE SET name = excluded.name, preferences = excluded.preferences, "
        "updated_at = excluded.updated_at, archived_at = excluded.archived_at",
        environment=record.environment,
        list_id=record.list_id,
        name=record.name,
        preferences=record.preferences,
        created_at=record.created_at,
        updated_at=record.updated_at,
        archived_at=record.archived_at,
    )


async def make_lists(tx: Transaction, environment: str, list_ids: set[str], now: int) -> None:
    """Makes the lists that never were, named like their ids; in order of the ids, so that two workers never wait for each
    other.
    """
    await tx.many(
        "INSERT INTO lists (environment, list_id, name, created_at, updated_at) "
        "VALUES (:environment, :list_id, :list_id, :now, :now) ON CONFLICT (environment, list_id) DO NOTHING",
        [{"environment": environment, "list_id": list_id, "now": now} for list_id in sorted(list_ids)],
    )
