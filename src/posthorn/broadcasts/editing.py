"""Makes, renames, duplicates and archives broadcasts. Each verb gives back the broadcast as it is then."""

from typing import Any

from msgspec.structs import replace

from posthorn.broadcasts import sending, store
from posthorn.broadcasts.model import Broadcast, status_of
from posthorn.errors import Invalid, NotFound
from posthorn.ids import prefixed_id
from posthorn.storage.database import Transaction
from posthorn.templates.model import Edit, Payload
from posthorn.templates.read import read_template
from posthorn.templates.write import create_private

EMPTY: dict[str, Any] = {"version": "2022-01-01", "elements": []}
_LONGEST_NAME = 500


async def read(tx: Transaction, environment: str, broadcast_id: str) -> Broadcast:
    """One broadcast. Raises NotFound, also for an archived one."""
    found = await store.broadcast(tx, environment, broadcast_id)
    if found is None:
        raise NotFound("Broadcast not found")
    return found


async def create(
    tx: Transaction, environment: str, wanted: tuple[str, str], content: dict[str, Any], edit: Edit, seed: bytes
) -> Broadcast:
    """A new draft, (name, channel), with a template of its own."""
    name, channel = wanted
    broadcast_id = prefixed_id("bst_", edit.now, seed)
    payload = Payload(name=_checked(name), tags=(), brand_id=None, topic_id=None, strategy_id=None, content=content)
    template = await create_private(tx, environment, payload, edit, seed, broadcast_id)
    broadcast = Broadcast(
        environment=environment,
        broadcast_id=broadcast_id,
        name=name,
        channel=channel,
        template_id=template.template_id,
        created_at=edit.now,
        created_by=edit.editor,
        updated_at=edit.now,
        updated_by=edit.editor,
    )
    await store.save(tx, broadcast)
    return broadcast


async def rename(tx: Transaction, environment: str, broadcast_id: str, name: str, edit: Edit) -> Broadcast:
    """Gives it another name."""
    found = await read(tx, environment, broadcast_id)
    renamed = replace(found, name=_checked(name), updated_at=edit.now, updated_by=edit.editor)
    await store.save(tx, renamed)
    return renamed


async def duplicate(tx: Transaction, environment: str, broadcast_id: str, edit: Edit, seed: bytes) -> Broadcast:
    """A new draft with the same channel and content."""
    found = await read(tx, environment, broadcast_id)
    draft = await read_template(tx, environment, found.template_id, "draft")
    name = f"{found.name[: _LONGEST_NAME - 7]} (copy)"
    return await create(tx, environment, (name, found.channel), draft.content, edit, seed)


async def archive(tx: Transaction, environment: str, broadcast_id: str, edit: Edit) -> Broadcast:
    """Takes it out of sight. One that is scheduled is not sent any more; one that is being sent goes on."""
    found = await read(tx, environment, broadcast_id)
    if status_of(found, edit.now) == "scheduled":
        found = await sending.cancel(tx, found, edit)
    archived = replace(found, archived_at=edit.now, archived_by=edit.editor, updated_at=edit.now, updated_by=edit.editor)
    await store.save(tx, archived)
    return archived


def _checked(name: str) -> str:
    if not 0 < len(name) <= _LONGEST_NAME:
        raise Invalid(f"name: Expected 1 to {_LONGEST_NAME} characters")
    return name
