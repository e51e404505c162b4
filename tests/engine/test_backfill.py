from collections.abc import Callable

import pytest

from posthorn.clock import FrozenClock
from posthorn.engine.backfill import MOST_ATTEMPTS, Backfill, Kind
from posthorn.events.model import Entry
from posthorn.jobs import store
from posthorn.jobs.model import Job, Page
from posthorn.log import store as log_store
from posthorn.log.model import unpack
from posthorn.storage.database import Database, Transaction

pytestmark = pytest.mark.anyio


def _job(job_id: str, *, due_at: int = 0) -> Job:
    return Job(job_id=job_id, kind="count", environment="production", due_at=due_at, created_at=1, updated_at=1)


def _counting(to: int, *, before: Callable[[Job], None] = lambda job: None) -> Kind:
    """A kind whose pages are one user each, named by the cursor."""

    async def page(tx: Transaction, job: Job, now: int) -> Page:
        at = int(job.cursor or 0) + 1
        before(job)
        entry = Entry(
            environment=job.environment,
            source_id="",
            origin="engine",
            type="test.counted",
            user_key=f"u-{at}",
            message_id=f"{job.job_id}-{at}",
            received_at=now,
            body=b"{}",
        )
        return Page(entries=(entry,), cursor=str(at), done_count=1, total=to, is_finished=at == to)

    return page


async def _added(database: Database, *jobs: Job) -> None:
    async with database.transaction() as tx:
        for job in jobs:
            await store.add(tx, job)


async def _job_of(database: Database, job_id: str) -> Job:
    async with database.snapshot() as tx:
        found = await store.job(tx, "production", job_id)
    assert found is not None
    return found


async def _logged(database: Database) -> list[str]:
    found: list[str] = []
    async with database.snapshot() as tx:
        for partition in range(database.partition_count):
            for block in await log_store.blocks_after(tx, partition, 0, 1_000):
                found += [entry.message_id for entry in unpack(block.body)]
    return found


def _backfill(database: Database, kind: Kind) -> Backfill:
    return Backfill(database, {"count": kind}, lambda positions: None, poll_s=1)


async def test_a_job_is_worked_page_by_page_until_it_is_finished(database: Database) -> None:
    await _added(database, _job("a"))
    backfill = _backfill(database, _counting(3))

    worked = [await backfill.turn() for _ in range(4)]

    job = await _job_of(database, "a")
    assert worked == [True, True, True, False]
    assert (job.status, job.done_count, job.total, job.cursor) == ("FINISHED", 3, 3, "3")
    assert sorted(await _logged(database)) == ["a-1", "a-2", "a-3"]


async def test_a_giant_one_does_not_hold_up_a_small_one(database: Database) -> None:
    order: list[str] = []
    await _added(database, _job("a"), _job("b"), _job("c"))
    backfill = _backfill(database, _counting(100, before=lambda job: order.append(job.job_id)))

    for _ in range(7):
        await backfill.turn()

    assert order == ["a", "b", "c", "a", "b", "c", "a"]


async def test_a_page_that_fails_is_done_again_from_the_same_place_and_others_go_on(
    database: Database, clock: FrozenClock
) -> None:
    failures = ["out of luck"]

    def fail_once(job: Job) -> None:
        if job.job_id == "a" and job.cursor == "1" and failures:
            raise RuntimeError(failures.pop())

    await _added(database, _job("a"), _job("b"))
    backfill = _backfill(database, _counting(2, before=fail_once))
    for _ in range(5):
        await backfill.turn()
    failed = await _job_of(database, "a")
    clock.advance(1_000)
    await backfill.turn()

    assert (failed.status, failed.cursor, failed.error) == ("RUNNING", "1", "RuntimeError: out of luck")
    assert (await _job_of(database, "a")).status == "FINISHED"
    assert (await _job_of(database, "a")).error == ""
    assert sorted(await _logged(database)) == ["a-1", "a-2", "b-1", "b-2"]


async def test_a_job_that_always_fails_is_given_up_and_says_why(sqlite: Database, clock: FrozenClock) -> None:
    def fail(job: Job) -> None:
        raise ValueError("never")

    await _added(sqlite, _job("a"))
    backfill = _backfill(sqlite, _counting(2, before=fail))
    for _ in range(MOST_ATTEMPTS):
        assert await backfill.turn()
        clock.advance(300_000)

    assert not await backfill.turn()
    assert (await _job_of(sqlite, "a")).status == "FAILED"


async def test_a_canceled_job_gets_no_further_page(database: Database) -> None:
    await _added(database, _job("a"))
    backfill = _backfill(database, _counting(3))
    await backfill.turn()

    async with database.transaction() as tx:
        canceled = await store.cancel(tx, "production", "a", 2)
        again = await store.cancel(tx, "production", "a", 2)

    assert (canceled, again, await backfill.turn()) == (True, False, False)
    assert (await _job_of(database, "a")).done_count == 1


async def test_a_job_waits_for_its_time(database: Database, clock: FrozenClock) -> None:
    await _added(database, _job("a", due_at=clock.now_ms() + 60_000))
    backfill = _backfill(database, _counting(1))
    early = await backfill.turn()
    clock.advance(60_000)

    assert (early, await backfill.turn()) == (False, True)


async def test_adding_a_job_twice_does_not_begin_it_again(database: Database) -> None:
    await _added(database, _job("a"))
    backfill = _backfill(database, _counting(1))
    await backfill.turn()
    await _added(database, _job("a"))

    assert not await backfill.turn()
