"""The log as it was processed: for scripts that check what arrived, and for people who ask why."""

from typing import Any

from litestar import get
from litestar.params import FromQuery
from msgspec import Struct

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.paging import clamp, decode_cursor, encode_cursor
from posthorn.clock import iso
from posthorn.events.model import Fact
from posthorn.events.read import read_event
from posthorn.log.listing import read_processed
from posthorn.log.model import Place, parse_event_id
from posthorn.log.read import ProcessedEntry

_DEFAULT, _MAXIMUM = 100, 1_000


class LoggedEvent(Struct, frozen=True, kw_only=True, rename="camel"):
    """One event. `event` is the name of a track, page or screen; `facts` say what was decided because of it.

    `duplicate`: it had been seen before and did nothing. `parked`: it was set aside after a fault.
    """

    id: str
    message_id: str
    type: str
    event: str | None
    user_id: str | None
    anonymous_id: str | None
    origin: str
    source_id: str
    timestamp: str
    received_at: str
    duplicate: bool
    parked: bool
    warnings: tuple[str, ...]
    facts: tuple[Fact, ...]


class LogPage(Struct, frozen=True, kw_only=True):
    """Events, oldest first. `next` leads on as `after`; null when there is nothing more yet."""

    events: list[LoggedEvent]
    next: str | None


@get("/log")
async def read_log(
    context: GivenContext,
    caller: GivenCaller,
    after: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> LogPage:
    """Every event of the environment as it was processed. `after` is a `next` or an event's id."""
    size = clamp(limit, default=_DEFAULT, maximum=_MAXIMUM)
    places = _places(after)
    async with context.database.snapshot() as tx:
        found = await read_processed(tx, context.database.partition_count, caller.environment, places, size + 1)
    shown = found[:size]
    return LogPage(
        events=[logged(one) for one in shown],
        next=encode_cursor(_behind(places, shown)) if len(found) > size else None,
    )


def _places(after: str | None) -> dict[int, Place]:
    known = parse_event_id(after or "")
    if known:
        position, index = known
        return {position.partition: (position.block_offset, index)}
    cursor: Any = decode_cursor(after, dict[int, Place])
    return cursor or {}


def _behind(places: dict[int, Place], shown: list[ProcessedEntry]) -> dict[int, Place]:
    last = [place for one in shown if (place := parse_event_id(one.event_id))]
    return {**places, **{position.partition: (position.block_offset, index) for position, index in last}}


def logged(one: ProcessedEntry) -> LoggedEvent:
    """An event of the log as the API tells it."""
    event = read_event(one.entry, one.event_id)
    is_ours = "." in event.type
    return LoggedEvent(
        id=one.event_id,
        message_id=event.message_id,
        type=event.type,
        event=event.name or None,
        user_id=event.user_key if is_ours else event.user_id,
        anonymous_id=event.anonymous_id,
        origin=event.origin,
        source_id=event.source_id,
        timestamp=iso(event.timestamp),
        received_at=iso(event.received_at),
        duplicate=one.outcome.is_duplicate,
        parked=one.outcome.is_parked,
        warnings=event.warnings,
        facts=one.outcome.facts,
    )


handlers = [read_log]
