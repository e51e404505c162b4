"""Dead letters of the way back to Segment: what it refused, or did not take in twelve hours (segment.md 7.5)."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.paging import Paging, clamp, decode_cursor, page
from posthorn.clock import iso
from posthorn.destinations import segment
from posthorn.destinations.failures import failures_before, resend_command, take_failure
from posthorn.destinations.model import GIVE_UP_AFTER_MS
from posthorn.destinations.settings import load_destination, resume_destination
from posthorn.destinations.store import Before
from posthorn.errors import NotFound
from posthorn.outbox import store as outbox

_LATE = "Segment recognizes an event it has had for 24 hours only; if this one arrived after all, it may count twice."


class FailedEvent(Struct, frozen=True, kw_only=True):
    """An event that Segment has not got. id: its messageId. failed_at: ISO 8601. event: as it was sent."""

    id: str
    user_key: str
    reason: str
    failed_at: str
    attempts: int
    event: Any


class FailedEvents(Struct, frozen=True, kw_only=True):
    """Failed events, newest first."""

    results: list[FailedEvent]
    paging: Paging


class Resent(Struct, frozen=True, kw_only=True):
    """The event waits to be sent again. warning: what may come of that, "" if nothing."""

    id: str
    warning: str


class Resumed(Struct, frozen=True, kw_only=True):
    """status: "ok", from now on events are sent; or "not_set"."""

    status: str


@get("/integrations/segment/failures")
async def failed_events(
    context: GivenContext,
    caller: GivenCaller,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> FailedEvents:
    """What Segment refused, or did not take in twelve hours."""
    size = clamp(limit, default=50)
    last = decode_cursor(cursor, Before)
    async with context.database.snapshot() as tx:
        rows = await failures_before(tx, caller.environment, segment.destination.key, last, size + 1)
    shown, paging = page(rows, size, lambda row: Before(failed_at=row.failed_at, failure_id=row.failure_id))
    results = [
        FailedEvent(
            id=row.failure_id,
            user_key=row.user_key,
            reason=row.reason,
            failed_at=iso(row.failed_at),
            attempts=row.attempts,
            event=msgspec.json.decode(row.event),
        )
        for row in shown
    ]
    return FailedEvents(results=results, paging=paging)


@post("/integrations/segment/failures/{failure_id:str}/resend", status_code=202)
async def resend_event(failure_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> Resent:
    """Sends a failed event again under the messageId that it had."""
    now = context.clock.now_ms()
    async with context.database.transaction() as tx:
        failed = await take_failure(tx, caller.environment, segment.destination.key, failure_id)
        if failed is None:
            raise NotFound(f"There is no failed event {failure_id}.")
        await outbox.put(tx, failed.partition, [resend_command(failed, now)], now)
    return Resent(id=failure_id, warning=_LATE if now - failed.failed_at > GIVE_UP_AFTER_MS else "")


@post("/integrations/segment/resume", status_code=200)
async def resume(context: GivenContext, caller: GivenCaller) -> Resumed:
    """Lets events go to Segment again after it had refused the key, with the settings as they are."""
    async with context.database.transaction() as tx:
        installed = await load_destination(tx, context.vault, segment.destination)
        found = installed.get(caller.environment)
        if found is None:
            return Resumed(status="not_set")
        await resume_destination(tx, segment.destination.key, found, context.clock.now_ms())
    return Resumed(status="ok")


handlers = [failed_events, resend_event, resume]
