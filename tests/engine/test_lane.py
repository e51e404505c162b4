"""Lanes over a real outbox, with a carrier that does as the test says."""

from collections.abc import AsyncIterator

import anyio
import pytest
from msgspec import Struct

from posthorn.clock import FrozenClock
from posthorn.engine.carrier import Called, Job, Settlement
from posthorn.engine.dispatcher import Dispatcher
from posthorn.engine.settling import Settler
from posthorn.outbox import store as outbox
from posthorn.outbox.model import Command
from posthorn.outbox.store import Claimed
from posthorn.storage.database import Database, Transaction

pytestmark = pytest.mark.anyio


class _Call(Struct, frozen=True):
    claimed: Claimed

    async def call(self) -> Called:
        if self.claimed.body == b"poison":
            raise KeyError("a mistake of ours")
        if self.claimed.body == b"hang":
            await anyio.sleep_forever()
        await anyio.sleep(0.02)
        return Called(settlements=(Settlement(claimed=self.claimed),), is_well=True)


class _Carrier:
    commands_per_call = 1

    def concurrency(self, lane: str) -> int:
        return 8

    def is_open(self, lane: str) -> bool:
        return True

    def __init__(self) -> None:
        self.prepare_count = 0

    async def prepare(self, tx: Transaction, claimed: list[Claimed], now: int) -> list[Job]:
        self.prepare_count += 1
        if any(one.body == b"unreadable" for one in claimed):
            raise ValueError("a mistake of ours")
        return [_Call(one) for one in claimed]


@pytest.fixture
def carrier() -> _Carrier:
    return _Carrier()


@pytest.fixture
async def dispatcher(sqlite: Database, clock: FrozenClock, carrier: _Carrier) -> AsyncIterator[Dispatcher]:
    settler = Settler(sqlite, lambda _: None)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(settler.run)
        yield Dispatcher(sqlite, clock, settler, {"try": carrier})
        settler.close()


async def _put(database: Database, clock: FrozenClock, *bodies: bytes) -> None:
    now = clock.now_ms()
    async with database.transaction() as tx:
        commands = [
            Command(
                command_id=f"c-{number}",
                kind="try",
                lane="lane",
                environment="production",
                user_key="u-1",
                due_at=now,
                expires_at=now + 3_600_000,
                body=body,
            )
            for number, body in enumerate(bodies)
        ]
        await outbox.put(tx, 0, commands, now)


async def _left(database: Database) -> int:
    async with database.snapshot() as tx:
        return sum(one.pending_count for one in await outbox.pending(tx))


async def test_a_call_that_breaks_leaves_its_neighbours_alone(
    dispatcher: Dispatcher, sqlite: Database, clock: FrozenClock
) -> None:
    await _put(sqlite, clock, b"good", b"poison", b"good", b"good")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(dispatcher.run)
        with anyio.fail_after(10):
            while await _left(sqlite) > 1 or dispatcher.is_busy:
                await anyio.sleep(0.005)
        dispatcher.stop()

    async with sqlite.transaction() as tx:
        later = clock.now_ms() + 120_000
        [back] = await outbox.claim(tx, "lane", now=later, until=later, limit=9)
    assert (back.body, back.was_open, back.attempt) == (b"poison", True, 2)


async def test_a_stop_gives_up_a_call_that_hangs(
    dispatcher: Dispatcher, sqlite: Database, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posthorn.engine.dispatcher.GRACE_S", 0.05)
    await _put(sqlite, clock, b"good", b"hang")

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(dispatcher.run)
            while await _left(sqlite) > 1:
                await anyio.sleep(0.005)
            dispatcher.stop()

    assert await _left(sqlite) == 1


async def test_what_comes_later_does_not_wait_for_a_call_that_hangs(
    dispatcher: Dispatcher, sqlite: Database, clock: FrozenClock
) -> None:
    hanging = [b"hang"] * 5  # more than half of the room
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(dispatcher.run)
        for count in range(3):
            await _put(sqlite, clock, *hanging, *[b"good"] * count)
            dispatcher.notify()
            await _until_left(sqlite, dispatcher, len(hanging))
        tasks.cancel_scope.cancel()


async def _until_left(database: Database, dispatcher: Dispatcher, count: int) -> None:
    with anyio.fail_after(5):
        while await _left(database) > count or not dispatcher.is_busy:
            await anyio.sleep(0.005)


async def test_a_lane_that_cannot_claim_is_not_tried_again_at_once(
    dispatcher: Dispatcher, carrier: _Carrier, sqlite: Database, clock: FrozenClock
) -> None:
    await _put(sqlite, clock, b"unreadable")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(dispatcher.run)
        for _ in range(50):
            dispatcher.notify()
            await anyio.sleep(0.005)
        dispatcher.stop()
        tasks.cancel_scope.cancel()

    assert carrier.prepare_count == 1
