"""The same thing twice at once: it is stored twice and done once."""

import anyio
import pytest

from faults.fault_shop import automation
from posthorn.clock import FrozenClock
from posthorn.engine.carrier import Settlement
from posthorn.engine.settling import Settler
from posthorn.events.model import Entry
from posthorn.log import store as log_store
from posthorn.outbox import store as outbox
from posthorn.outbox.model import Command
from posthorn.outbox.store import Claimed
from posthorn.storage.database import Database
from workspace import WRITE_KEY, Workspace

pytestmark = pytest.mark.anyio

VISIBILITY_MS = 120_000
WELCOME = {"action": "send", "message": {"to": {"user_id": "refs.data.userId"}, "content": {"title": "Hello", "body": "You"}}}


async def test_a_batch_posted_twice_at_the_same_time_triggers_once(workspace: Workspace) -> None:
    await workspace.call("PUT", "/automations/welcome", automation("welcome", [WELCOME], event="Signed Up"))
    await workspace.call("POST", "/automations/welcome/publish")
    for number in range(5):
        await workspace.identify(f"u{number}", email=f"u{number}@example.test")
    track = {"type": "track", "event": "Signed Up"}
    batch = [{**track, "userId": f"u{number}", "messageId": f"m{number}"} for number in range(5)]

    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(_post, workspace, batch)
    await workspace.rest()

    events = (await workspace.call("GET", "/log?limit=1000"))["events"]
    stored = [event["messageId"] for event in events if event["event"] == "Signed Up"]
    fresh = [event["messageId"] for event in events if event["event"] == "Signed Up" and not event["duplicate"]]
    assert (len(stored), sorted(fresh)) == (20, ["m0", "m1", "m2", "m3", "m4"])
    assert sorted(mail["to"] for mail in await workspace.mails()) == [f"u{number}@example.test" for number in range(5)]


async def test_whoever_has_lost_a_claim_settles_nothing(database: Database, clock: FrozenClock) -> None:
    async with database.transaction() as tx:
        now = await tx.now_ms()
        await outbox.put(tx, 0, [_command(now)], now)
    lost = await _claim(database, now)
    held = await _claim(database, now + VISIBILITY_MS)

    await _settle(database, Settlement(claimed=lost, entries=(_receipt("late"),)))
    await _settle(database, Settlement(claimed=lost, retry_at=now, error="late", entries=(_receipt("later"),)))
    after_the_lost = await _state(database)
    await _settle(database, Settlement(claimed=held, entries=(_receipt("in time"),)))

    assert (lost.attempt, held.attempt, held.was_open) == (1, 2, True)
    assert after_the_lost == (0, 1)
    assert await _state(database) == (1, 0)


async def _post(workspace: Workspace, batch: list[dict[str, str]]) -> None:
    await workspace.call("POST", "/v1/batch", {"batch": batch}, auth=(WRITE_KEY, ""))


async def _claim(database: Database, now: int) -> Claimed:
    async with database.transaction() as tx:
        [claimed] = await outbox.claim(tx, "lane", now=now, until=now + VISIBILITY_MS, limit=9)
    return claimed


async def _settle(database: Database, settlement: Settlement) -> None:
    settler = Settler(database, lambda _: None)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(settler.run)
        await settler.settle([settlement])
        settler.close()


async def _state(database: Database) -> tuple[int, int]:
    """How many blocks the log has in all, and how many commands the outbox."""
    async with database.snapshot() as tx:
        heads = [await log_store.head(tx, partition) for partition in range(database.partition_count)]
        return sum(heads), sum(one.pending_count for one in await outbox.pending(tx))


def _command(now: int) -> Command:
    return Command(
        command_id="c-1",
        kind="deliver",
        lane="lane",
        environment="production",
        user_key="u-1",
        due_at=now,
        expires_at=now + 3_600_000,
        body=b"{}",
    )


def _receipt(message_id: str) -> Entry:
    return Entry(
        environment="production",
        source_id="",
        origin="provider",
        type="message.sent",
        user_key="u-1",
        message_id=message_id,
        received_at=1,
        body=b"{}",
    )
