"""The log, newest first, and one event with everything that became of it."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from msgspec import UNSET, Struct

from posthorn.api.context import Context, GivenContext
from posthorn.api.insight.thread import thread_of
from posthorn.api.insight.traits import TraitDelta
from posthorn.api.integrations.event_schemas import event_schema
from posthorn.api.integrations.segment_events import linked_automations
from posthorn.api.paging import decode_cursor, encode_cursor
from posthorn.api.payloads import masked, shown_payload
from posthorn.api.studio.logged import logged_row
from posthorn.api.studio.page import page, pretty
from posthorn.api.studio.viewer import GivenViewer
from posthorn.api.studio.warnings import ROUTINE
from posthorn.clock import iso
from posthorn.errors import NotFound
from posthorn.events.model import SEGMENT_TYPES, Event
from posthorn.events.read import read_event
from posthorn.events.store import catalogue_entry
from posthorn.log.filter import event_filter
from posthorn.log.follow import processed_end, written
from posthorn.log.model import Place
from posthorn.log.newest import read_newest
from posthorn.log.read import read_entries

_PAGE = 100


class TraitLine(Struct, frozen=True, kw_only=True):
    """One trait that an event changed; values as JSON text, "" where there was none."""

    trait: str
    before: str
    after: str
    set_by: str


@get("/events")
async def list_events(
    request: Request[Any, Any, Any],
    context: GivenContext,
    viewer: GivenViewer,
    key: FromQuery[str] = "",
    before: FromQuery[str] = "",
) -> Response[str]:
    """The events that are asked for by `type`, `name` and `user`, newest first, and with a script those that come; with `key`
    the latest of one kind.
    """
    if key:
        return await _of_kind(context, viewer, key)
    filters = {word: request.query_params.get(word, "").strip() for word in ("type", "name", "user")}
    asked = urlencode({word: value for word, value in filters.items() if value}, errors="replace")
    wanted = event_filter(viewer.environment, types=filters["type"], name=filters["name"], user=filters["user"])
    places = decode_cursor(before, dict[int, Place]) or {}
    async with context.database.snapshot() as tx:
        found = await read_newest(tx, context.database.partition_count, wanted, places, _PAGE)
        position = written(await processed_end(tx, context.database.partition_count))
    values = {
        "rows": [logged_row(one) for one in found.entries],
        "older": encode_cursor(found.before) if found.before is not None else "",
        "filters": filters,
        "others": asked + "&" if asked else "",
        "stream": "" if before else f"/studio/api/stream?{asked}{'&' if asked else ''}environment={viewer.environment}",
        "position": position,
        "types": sorted(SEGMENT_TYPES),
        "routine": " ".join(sorted(ROUTINE)),
    }
    return page(viewer, "events", values)


@get("/events/{event_id:str}")
async def show_event(event_id: FromPath[str], context: GivenContext, viewer: GivenViewer) -> Response[str]:
    """One event: as it came, as it was understood, and what it did."""
    async with context.database.snapshot() as tx:
        found = await read_entries(tx, [event_id])
        if not found or found[0].entry.environment != viewer.environment:
            raise NotFound(f"There is no such event in {viewer.environment}, or the log has dropped it.")
        one = found[0]
        thread = await thread_of(tx, context, viewer.environment, event_id)
    event = read_event(one.entry, one.event_id)
    told = {each.automation_id for each in thread.automations} if thread else set[str]()
    values = {
        "row": logged_row(one),
        "event": event,
        "thread": thread,
        "facts": [fact for fact in one.outcome.facts if fact.about not in told],
        "changes": [trait_line(each) for each in thread.changes] if thread else [],
        "known": {message.message_id for message in thread.messages} if thread else set[str](),
        "raw": pretty(shown_payload(one.entry.body)),
        "defaults": pretty(shown_payload(one.entry.defaults)) if one.entry.defaults else "",
        "normal": pretty(_normal(event)),
    }
    return page(viewer, "event", values)


async def _of_kind(context: Context, viewer: GivenViewer, key: str) -> Response[str]:
    async with context.database.snapshot() as tx:
        seen = await catalogue_entry(tx, viewer.environment, key.replace("\0", ""))
        if seen is None:
            raise NotFound(f"No event of that kind was received in {viewer.environment}.")
        found = await read_entries(tx, (sample.event_id for sample in seen.samples))
        schema = await event_schema(tx, viewer.environment, seen.key)
    values = {"rows": [logged_row(one) for one in found], "seen": seen, "schema": schema}
    return page(viewer, "kind", {**values, "linked": linked_automations(context, seen)})


def trait_line(delta: TraitDelta) -> TraitLine:
    """A change as a page shows it."""
    return TraitLine(
        trait=delta.trait,
        before="" if delta.before is UNSET else pretty(delta.before),
        after="" if delta.after is UNSET else pretty(delta.after),
        set_by=delta.set_by or "",
    )


def _normal(event: Event) -> dict[str, object]:
    """The normal form of segment.md 2.7, without what is empty; times as ISO 8601."""
    members: dict[str, object] = {
        "type": event.type,
        "event" if event.type == "track" else "name": event.name or None,
        "userId": event.user_id,
        "anonymousId": event.anonymous_id,
        "groupId": event.group_id,
        "previousId": event.previous_id,
        "messageId": event.message_id,
        "timestamp": iso(event.timestamp),
        "receivedAt": iso(event.received_at),
        "originalTimestamp": None if event.original_timestamp is None else iso(event.original_timestamp),
        "sentAt": None if event.sent_at is None else iso(event.sent_at),
        "properties": masked(event.properties) or None,
        "traits": masked(event.traits) or None,
        "context": masked(event.context) or None,
        "integrations": masked(event.integrations) or None,
        "fields": masked(event.fields) or None,
    }
    return {name: value for name, value in members.items() if value is not None}


pages = [list_events, show_event]
