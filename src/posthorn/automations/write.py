"""Changes automations and journeys: drafts, published versions, archiving. Each moves the configuration's revision."""

import msgspec
from msgspec import Struct

from posthorn.automations import store
from posthorn.automations.checks import check_publishable
from posthorn.automations.definition import Definition
from posthorn.automations.model import Automation, Kind
from posthorn.automations.scheduling import PARTITION, schedule_timer
from posthorn.errors import Conflict, Invalid, NotFound
from posthorn.storage.database import Transaction
from posthorn.storage.revision import touch
from posthorn.timers.store import set_timers

_OTHER_KIND: dict[Kind, str] = {
    "journey": "Invalid automation version. Expected 2025-09-03, got 2022-12-01",
    "automation": "Invalid automation version. Expected 2022-12-01, got 2025-09-03",
}


class Draft(Struct, frozen=True, kw_only=True):
    """What somebody wrote: the new draft of one automation or journey."""

    automation_id: str
    environment: str
    kind: Kind
    name: str
    alias: str | None = None
    is_enabled: bool = True
    definition: Definition


async def put_draft(tx: Transaction, draft: Draft, now: int) -> Automation:
    """Creates it or replaces its draft; what is published stays live. An archived one comes back as a draft.

    Raises Conflict if the id belongs to the other kind, or the alias to another one.
    """
    old = await store.one_version(tx, draft.environment, draft.automation_id, 0)
    if old and old.kind != draft.kind:
        raise Conflict(f"{draft.automation_id} is a {old.kind}.")
    await _check_alias(tx, draft)
    written = Automation(
        automation_id=old.automation_id if old else draft.automation_id,
        environment=draft.environment,
        kind=draft.kind,
        version=0,
        name=draft.name,
        alias=draft.alias,
        is_enabled=draft.is_enabled,
        triggers=draft.definition.triggers,
        cancelation_token=draft.definition.cancelation_token,
        nodes=draft.definition.nodes,
        rules=draft.definition.rules,
        state="PUBLISHED" if old and old.published_version and old.state != "ARCHIVED" else "DRAFT",
        published_version=old.published_version if old else 0,
        created_at=old.created_at if old else now,
        updated_at=now,
        published_at=old.published_at if old else None,
    )
    await store.save_head(tx, written)
    await store.save_version(tx, written)
    await touch(tx)
    return written


async def publish(tx: Transaction, environment: str, kind: Kind, automation_id: str, now: int) -> Automation:
    """Makes the draft the next version, live for new runs. Raises NotFound, Invalid for what would go wrong for certain."""
    draft = await _existing(tx, environment, kind, automation_id, 0)
    await check_publishable(tx, draft)
    known = await store.versions(tx, environment, draft.automation_id)
    number = known[0].version + 1 if known else 1
    live = msgspec.structs.replace(
        draft, version=number, published_version=number, state="PUBLISHED", published_at=now, updated_at=now
    )
    await store.save_version(tx, live)
    await go_live(tx, live, now)
    return live


async def roll_back(tx: Transaction, environment: str, kind: Kind, automation_id: str, version: int, now: int) -> Automation:
    """Makes an earlier version the live one; the draft stays as it is. Raises NotFound."""
    old = await _existing(tx, environment, kind, automation_id, version)
    live = msgspec.structs.replace(old, published_version=version, state="PUBLISHED", published_at=now, updated_at=now)
    await go_live(tx, live, now)
    return live


async def go_live(tx: Transaction, live: Automation, now: int) -> None:
    """Writes which version is live, and sets the timer of its schedule."""
    await store.save_head(tx, live)
    timer = schedule_timer(live, after=now)
    if timer is not None:
        await set_timers(tx, PARTITION, [timer])
    await touch(tx)


async def archive(tx: Transaction, environment: str, kind: Kind, automation_id: str, now: int) -> None:
    """Ends it for new runs; those on their way finish. Raises NotFound for one that never was; twice is once."""
    old = await _existing(tx, environment, kind, automation_id, 0)
    await store.save_head(tx, msgspec.structs.replace(old, state="ARCHIVED", updated_at=now))
    await touch(tx)


async def read_version(tx: Transaction, environment: str, kind: Kind, automation_id: str, version: int | None) -> Automation:
    """One version by id or alias: 0 for the draft, None for the live one. Raises NotFound."""
    if version is not None:
        return await _existing(tx, environment, kind, automation_id, version)
    draft = await _existing(tx, environment, kind, automation_id, 0)
    return await _existing(tx, environment, kind, draft.automation_id, draft.published_version or -1)


async def any_version(tx: Transaction, environment: str, automation_id: str, version: int | None) -> Automation:
    """As `read_version`, for automations and journeys alike."""
    draft = await store.one_version(tx, environment, automation_id, 0)
    if draft is None:
        raise NotFound(f"Automation {automation_id} not found")
    return await read_version(tx, environment, draft.kind, automation_id, version)


async def live_or_draft(tx: Transaction, environment: str, kind: Kind, automation_id: str) -> Automation:
    """The live version by id or alias, or the draft of one that was never published, as an invocation looks for it.

    Raises NotFound, and Invalid for one of the other kind. Source: courier.md 5.5.
    """
    draft = await store.one_version(tx, environment, automation_id, 0)
    if draft is None:
        raise NotFound(f"Automation template {automation_id} not found")
    if draft.kind != kind:
        raise Invalid(_OTHER_KIND[kind])
    return await store.one_version(tx, environment, draft.automation_id, draft.published_version) or draft


async def _existing(tx: Transaction, environment: str, kind: Kind, automation_id: str, version: int) -> Automation:
    found = await store.one_version(tx, environment, automation_id, version)
    if found is None or found.kind != kind:
        raise NotFound(f"{kind.capitalize()} {automation_id} not found")
    return found


async def _check_alias(tx: Transaction, draft: Draft) -> None:
    for name in {draft.alias, draft.automation_id} - {None}:
        owner = await store.id_of_alias(tx, draft.environment, str(name))
        if owner is not None and owner != draft.automation_id:
            raise Conflict(f"{name} is taken by {owner}.")
