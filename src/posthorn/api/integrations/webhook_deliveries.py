"""What a webhook endpoint was not told in three days, and a call to try an endpoint out."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.integrations.webhooks import find_endpoint
from posthorn.api.paging import Paging, clamp, decode_cursor, page
from posthorn.clock import iso
from posthorn.destinations.failures import failures_before, take_failure
from posthorn.destinations.store import Before
from posthorn.errors import DeliveryFailure, NotFound
from posthorn.outbox import store as outbox
from posthorn.webhooks.calls import call, refusal
from posthorn.webhooks.commands import command_for, delivery_command
from posthorn.webhooks.model import TEST, Notice


class FailedDelivery(Struct, frozen=True, kw_only=True):
    """Something the endpoint was not told. id: the Idempotency-Key of its calls. body: as it was to be sent."""

    id: str
    reason: str
    failed_at: str
    attempts: int
    body: Any


class FailedDeliveries(Struct, frozen=True, kw_only=True):
    """Failed deliveries, newest first."""

    results: list[FailedDelivery]
    paging: Paging


class Tried(Struct, frozen=True, kw_only=True):
    """Whether the endpoint took the call, and what was wrong if it did not."""

    is_taken: bool
    reason: str


class SentAgain(Struct, frozen=True, kw_only=True):
    """The delivery waits to be made again, under the same id."""

    id: str


@get("/integrations/webhooks/{endpoint_id:str}/failures")
async def failed_deliveries(
    endpoint_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> FailedDeliveries:
    """What the endpoint was not told in three days."""
    size = clamp(limit, default=50)
    last = decode_cursor(cursor, Before)
    async with context.database.snapshot() as tx:
        await find_endpoint(tx, context, caller, endpoint_id)
        rows = await failures_before(tx, caller.environment, endpoint_id, last, size + 1)
    shown, paging = page(rows, size, lambda row: Before(failed_at=row.failed_at, failure_id=row.failure_id))
    results = [
        FailedDelivery(
            id=row.failure_id,
            reason=row.reason,
            failed_at=iso(row.failed_at),
            attempts=row.attempts,
            body=msgspec.json.decode(row.event),
        )
        for row in shown
    ]
    return FailedDeliveries(results=results, paging=paging)


@post("/integrations/webhooks/{endpoint_id:str}/failures/{failure_id:str}/resend", status_code=202)
async def resend_delivery(
    endpoint_id: FromPath[str], failure_id: FromPath[str], context: GivenContext, caller: GivenCaller
) -> SentAgain:
    """Tells the endpoint again, under the same Idempotency-Key."""
    now = context.clock.now_ms()
    async with context.database.transaction() as tx:
        endpoint = await find_endpoint(tx, context, caller, endpoint_id)
        failed = await take_failure(tx, caller.environment, endpoint_id, failure_id)
        if failed is None:
            raise NotFound(f"There is no failed delivery {failure_id}.")
        command = delivery_command(endpoint, failed.failure_id, failed.event, user_key=failed.user_key, now=now)
        await outbox.put(tx, failed.partition, [command], now)
    return SentAgain(id=failure_id)


@post("/integrations/webhooks/{endpoint_id:str}/test", status_code=200)
async def try_webhook(endpoint_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> Tried:
    """Calls the endpoint once, now, with an event of type `webhook:test`, and says what it answered."""
    async with context.database.snapshot() as tx:
        endpoint = await find_endpoint(tx, context, caller, endpoint_id)
    now = context.clock.now_ms()
    notice = Notice(type=TEST, key=caller.request_id, data={"endpoint_id": endpoint_id, "at": now})
    command = command_for(endpoint, notice, user_key="", now=now)
    try:
        refused = refusal(await context.outbound.request(call(endpoint, command.command_id, command.body, now)))
    except DeliveryFailure as error:
        return Tried(is_taken=False, reason=error.message)
    return Tried(is_taken=refused is None, reason=refused.reason if refused else "")


handlers = [failed_deliveries, resend_delivery, try_webhook]
