"""Crashes after the mail is out: in the step that a timer starts, and on the way back to Segment."""

import pytest

from faults.fault_server import Server, until
from faults.fault_shop import LATE, MAIL, Shop, new_shop, send
from posthorn.clock import SystemClock

pytestmark = pytest.mark.anyio

ORDERS = 3
TIMERS = "SELECT COUNT(*) FROM timers WHERE kind = 'run'"
COMMANDS = "SELECT COUNT(*) FROM outbox"


async def test_timers_that_come_due_in_a_crash_fire_once(server: Server) -> None:
    async with new_shop(server) as shop:
        await _order(shop, LATE, [{"action": "delay", "duration": "2 seconds"}, send(LATE, "webhook")])
        await until("the timers are set", lambda: _holds(server, TIMERS, ORDERS))
        await server.kill()
        [last] = server.database.numbers("SELECT MAX(due_at) FROM timers")
        await until("all timers are due", lambda: _has_come(last))
        left: list[tuple[int, ...]] = []
        for crash in ("step:1", "step-committed:1"):
            await server.start(crash)
            await server.until_killed()
            left.append(server.database.numbers(f"SELECT ({TIMERS}), ({COMMANDS})"))
        await server.start()
        await server.until_quiet()

    assert left == [(ORDERS, 0), (0, ORDERS)]
    assert sorted(body["message"]["data"]["n"] for _, body in shop.hooks.calls) == ["u0.0", "u0.1", "u0.2"]


async def test_an_event_for_segment_survives_crashes_and_comes_again_under_the_same_id_only(server: Server) -> None:
    async with new_shop(server) as shop:
        await shop.connect_segment()
        shop.segment.answers = [500] * 100
        await _order(shop, MAIL, [send(MAIL, "email")])
        await until("Segment has refused all events", lambda: _holds(server, _REFUSED, ORDERS))
        await server.stop()
        shop.segment.answers = []
        for crash in ("claim:1", "call:1", "called:1", "settle:1"):
            await server.start(crash)
            await server.until_killed()
        await server.start()
        await server.until_quiet()

    batches = [sorted(event["messageId"] for event in batch["batch"]) for batch in shop.segment.batches]
    assert len(batches[0]) == ORDERS
    assert batches == [batches[0]] * 3
    assert len(shop.mails.mails) == ORDERS


async def _order(shop: Shop, kind: str, steps: list[dict[str, object]]) -> None:
    await shop.install()
    await shop.publish(kind, steps)
    await shop.know(0)
    for number in range(ORDERS):
        await shop.order_one(0, number)


async def _holds(server: Server, sql: str, wanted: int) -> bool:
    return server.database.numbers(sql) == (wanted,)


async def _has_come(moment: int) -> bool:
    return SystemClock().now_ms() > moment


_REFUSED = "SELECT COUNT(*) FROM outbox WHERE kind = 'forward' AND attempt > 0 AND NOT is_open"
