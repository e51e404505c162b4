"""Links a kind of event to an automation or journey, or takes the link away. Source: courier.md 1.8."""

from collections.abc import Callable
from typing import Any

import msgspec

from posthorn.automations import store
from posthorn.automations.definition import read_trigger
from posthorn.automations.model import Automation, Trigger
from posthorn.automations.write import go_live
from posthorn.errors import Conflict, NotFound
from posthorn.ids import digest
from posthorn.storage.database import Transaction
from posthorn.storage.revision import touch


async def link(tx: Transaction, environment: str, automation_id: str, key: str, now: int) -> Automation:
    """The automation, started by events of the kind `key` ("track/Order Completed") from now on.

    The draft gets the trigger. If a version is live, the next one is that version with the trigger, so that nothing else
    that waits in the draft goes live with it. Raises NotFound, Conflict for an archived one.
    """
    wanted = read_trigger(key, "key")
    return await _change(tx, environment, automation_id, now, lambda one: _with(one, wanted))


async def unlink(tx: Transaction, environment: str, automation_id: str, key: str, now: int) -> Automation:
    """The automation, started by events of that kind no more, with or without conditions. Raises as `link`."""
    gone = read_trigger(key, "key")
    return await _change(tx, environment, automation_id, now, lambda one: _without(one, gone))


async def _change(
    tx: Transaction, environment: str, automation_id: str, now: int, changed: Callable[[Automation], Automation]
) -> Automation:
    draft = await store.one_version(tx, environment, automation_id, 0)
    if draft is None:
        raise NotFound(f"Automation {automation_id} not found")
    if draft.state == "ARCHIVED":
        raise Conflict(f"{automation_id} is archived.")
    after = changed(draft)
    if after is not draft:
        written = msgspec.structs.replace(after, updated_at=now)
        await store.save_version(tx, written)
        await store.save_head(tx, written)
        await touch(tx)
    live = await store.one_version(tx, environment, draft.automation_id, draft.published_version or -1)
    if live is not None and (next_one := changed(live)) is not live:
        await _publish(tx, next_one, now)
        return next_one
    return live or after


async def _publish(tx: Transaction, automation: Automation, now: int) -> None:
    newest = (await store.versions(tx, automation.environment, automation.automation_id))[0].version + 1
    live = msgspec.structs.replace(automation, version=newest, published_version=newest, published_at=now, updated_at=now)
    await store.save_version(tx, live)
    await go_live(tx, live, now)


def _with(automation: Automation, wanted: Trigger) -> Automation:
    if any(_is_same(one, wanted) and one.conditions is None for one in automation.triggers):
        return automation
    if automation.kind == "automation":
        return msgspec.structs.replace(automation, triggers=(*automation.triggers, wanted))
    node_id = "n_" + digest("link", wanted.origin, wanted.type, wanted.name or "").hex()[:12]
    node: dict[str, Any] = {
        "id": node_id,
        "type": "trigger",
        "trigger_type": wanted.origin,
        "request_type": wanted.type,
    }
    if wanted.name is not None:
        node["event_id"] = wanted.name
    linked = msgspec.structs.replace(wanted, node_id=node_id)
    return msgspec.structs.replace(automation, triggers=(*automation.triggers, linked), nodes=[node, *automation.nodes])


def _without(automation: Automation, gone: Trigger) -> Automation:
    kept = tuple(one for one in automation.triggers if not _is_same(one, gone))
    if len(kept) == len(automation.triggers):
        return automation
    removed = {one.node_id for one in automation.triggers if _is_same(one, gone)} - {""}
    nodes = [node for node in automation.nodes if node.get("id") not in removed] if removed else automation.nodes
    return msgspec.structs.replace(automation, triggers=kept, nodes=nodes)


def _is_same(one: Trigger, other: Trigger) -> bool:
    return (one.origin, one.type, one.name) == (other.origin, other.type, other.name)
