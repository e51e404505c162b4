"""The catalogue of received events, and the latest raw ones of each kind (courier.md 1.8)."""

from typing import Any

from litestar import get
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from posthorn.api.caller import GivenCaller
from posthorn.api.context import Context, GivenContext
from posthorn.api.integrations.event_schemas import EventSchema, event_schema
from posthorn.api.paging import Paging, clamp, decode_cursor, page
from posthorn.api.payloads import shown_payload
from posthorn.clock import iso
from posthorn.errors import NotFound
from posthorn.events.catalogue import Sighting, catalogue_origin
from posthorn.events.model import Fact
from posthorn.events.store import catalogue, catalogue_entry
from posthorn.log.read import ProcessedEntry, read_entries
from posthorn.storage.database import Transaction


class LinkedAutomation(Struct, frozen=True, kw_only=True):
    """A live automation or journey that an event of that kind may start."""

    kind: str
    template_id: str
    name: str


class CatalogueRecord(Struct, frozen=True, kw_only=True):
    """One kind of event. first_seen, last_seen: ISO 8601. last_payload: None once the log has dropped it.

    linked: the automations it may start, each once, those that name it first.
    """

    key: str
    type: str
    name: str
    first_seen: str
    last_seen: str
    count: int
    last_payload: Any
    linked: list[LinkedAutomation]


class CataloguePage(Struct, frozen=True, kw_only=True):
    """Kinds of events by key."""

    results: list[CatalogueRecord]
    paging: Paging


class ReceivedEvent(Struct, frozen=True, kw_only=True, rename="camel"):
    """One event as it came. warnings: what was cleaned. facts: what it did. payload: with tokens masked."""

    id: str
    message_id: str
    type: str
    source_id: str
    received_at: str
    duplicate: bool
    parked: bool
    warnings: tuple[str, ...]
    facts: tuple[Fact, ...]
    payload: Any


class ReceivedEvents(Struct, frozen=True, kw_only=True):
    """The latest events of one kind, newest first."""

    results: list[ReceivedEvent]


@get("/integrations/segment/events")
async def received_kinds(
    context: GivenContext,
    caller: GivenCaller,
    type: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> CataloguePage:
    """The kinds of events that were received, by key; of one type ("track", "page", …) if it is given."""
    size = clamp(limit, default=50)
    after = decode_cursor(cursor, str) or ""
    async with context.database.snapshot() as tx:
        rows = await catalogue(tx, caller.environment, type, after, size + 1)
        shown, paging = page(rows, size, lambda row: row.key)
        return CataloguePage(results=[await _record(tx, each, context) for each in shown], paging=paging)


@get("/integrations/segment/events/{key_and_what:path}")
async def received_events(
    key_and_what: FromPath[str], context: GivenContext, caller: GivenCaller
) -> ReceivedEvents | EventSchema:
    """The last 20 events of a kind, raw: `…/events/{key}/payloads`; or what they look like, their paths, types and
    examples: `…/events/{key}/schema`. The key percent-encoded or not.
    """
    key, _, what = key_and_what.removeprefix("/").rpartition("/")
    if what not in ("payloads", "schema"):
        raise NotFound("Not Found")
    async with context.database.snapshot() as tx:
        if what == "schema":
            return await event_schema(tx, caller.environment, key)
        seen = await catalogue_entry(tx, caller.environment, key)
        if seen is None:
            raise NotFound(f"No event of the kind {key!r} was received.")
        found = await read_entries(tx, (sample.event_id for sample in seen.samples))
    return ReceivedEvents(results=[_received(each) for each in found])


async def _record(tx: Transaction, seen: Sighting, context: Context) -> CatalogueRecord:
    whole = await catalogue_entry(tx, seen.environment, seen.key)
    latest = await read_entries(tx, (sample.event_id for sample in whole.samples[:1])) if whole else []
    return CatalogueRecord(
        key=seen.key,
        type=seen.type,
        name=seen.name,
        first_seen=iso(seen.first_seen),
        last_seen=iso(seen.last_seen),
        count=seen.event_count,
        last_payload=shown_payload(latest[0].entry.body) if latest else None,
        linked=linked_automations(context, seen),
    )


def linked_automations(context: Context, seen: Sighting) -> list[LinkedAutomation]:
    """The automations that such an event may start, each once, those that name it first."""
    triggers = context.config.automations.triggers(seen.environment)
    links = triggers.links(catalogue_origin(seen.key), seen.type, seen.name)
    found = {link.automation.automation_id: link.automation for link in links}
    return [LinkedAutomation(kind=one.kind, template_id=one.automation_id, name=one.name) for one in found.values()]


def _received(found: ProcessedEntry) -> ReceivedEvent:
    return ReceivedEvent(
        id=found.event_id,
        message_id=found.entry.message_id,
        type=found.entry.type,
        source_id=found.entry.source_id,
        received_at=iso(found.entry.received_at),
        duplicate=found.outcome.is_duplicate,
        parked=found.outcome.is_parked,
        warnings=found.entry.warnings,
        facts=found.outcome.facts,
        payload=shown_payload(found.entry.body),
    )


handlers = [received_kinds, received_events]
