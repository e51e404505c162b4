"""Writing, deleting and restoring lists."""

from typing import Any

from msgspec.structs import replace

from posthorn.errors import NotFound
from posthorn.lists import store
from posthorn.lists.model import ListRecord
from posthorn.storage.database import Transaction


async def write_list(
    tx: Transaction, environment: str, list_id: str, *, name: str, preferences: dict[str, Any] | None, now: int
) -> None:
    """Makes a list or replaces its name and preferences; its subscribers stay. One that was deleted is there again."""
    old = await store.any_list(tx, environment, list_id)
    record = ListRecord(
        environment=environment,
        list_id=list_id,
        name=name,
        preferences=preferences,
        created_at=old.created_at if old else now,
        updated_at=now,
    )
    await store.save_list(tx, record)


async def delete_list(tx: Transaction, environment: str, list_id: str, now: int) -> None:
    """Puts a list away. Its subscriptions are kept for a restore, but nothing is sent to it. Raises NotFound."""
    found = await store.list_record(tx, environment, list_id)
    if found is None:
        raise NotFound("List not found")
    await store.save_list(tx, replace(found, archived_at=now, updated_at=now))


async def restore_list(tx: Transaction, environment: str, list_id: str, now: int) -> None:
    """Brings a list back with its subscribers. Raises NotFound if there never was one."""
    found = await store.any_list(tx, environment, list_id)
    if found is None:
        raise NotFound("List not found")
    await store.save_list(tx, replace(found, archived_at=None, updated_at=now))
