"""How a worker learns that there is something to do."""

from collections.abc import AsyncIterator

import anyio
import pytest
from msgspec import Struct

from posthorn.clock import FrozenClock
from posthorn.engine import worker
from posthorn.engine.processor import Stepped
from posthorn.engine.progress import Progress
from posthorn.engine.work import EVENTS_MAX
from posthorn.engine.worker import EVENTS_MIN, Looks, Worker
from posthorn.log.model import Position
from posthorn.storage.database import Database
from posthorn.telemetry import Metrics

pytestmark = pytest.mark.anyio


class Partitions(Struct):
    """Stands where a processor stands: which partitions were let step, and in which something waits."""

    stepped: list[int]
    behind: set[int]
    fails: bool = False

    async def step(self, partition: int, most: int) -> Stepped:
        self.stepped.append(partition)
        self.behind.discard(partition)
        return Stepped()

    async def waiting(self) -> set[int]:
        if self.fails:
            self.fails = False
            raise RuntimeError("the database is away")
        return self.behind


@pytest.fixture
def partitions() -> Partitions:
    """Three of them, at rest."""
    return Partitions(stepped=[], behind=set())


@pytest.fixture
async def running(partitions: Partitions, sqlite: Database, clock: FrozenClock) -> AsyncIterator[Worker]:
    """A worker that has looked at each partition once."""
    one = Worker(
        partitions,  # pyright: ignore[reportArgumentType] - what it uses of a processor
        Progress(sqlite, poll_s=1),
        clock,
        Metrics(),
        lambda stepped: None,
        Looks(partition_count=3, poll_s=0.001, pressure=lambda: 0.0),
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(one.run)
        await _until_stepped(partitions, [0, 1, 2])
        partitions.stepped.clear()
        yield one
        one.stop()


async def test_what_is_appended_here_is_processed_at_once(running: Worker, partitions: Partitions) -> None:
    running.notify([Position(partition=1, block_offset=1)])

    await _until_stepped(partitions, [1])


async def test_what_another_process_has_appended_is_found(running: Worker, partitions: Partitions) -> None:
    partitions.behind.add(2)

    await _until_stepped(partitions, [2])


async def test_a_look_that_fails_is_taken_again(running: Worker, partitions: Partitions) -> None:
    partitions.fails = True
    partitions.behind.add(0)

    await _until_stepped(partitions, [0])


async def test_a_partition_that_nobody_speaks_of_is_looked_at_now_and_then(
    partitions: Partitions, running: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "REST_S", 0.001)
    running.wake()

    with anyio.fail_after(5):
        while partitions.stepped.count(0) < 3:
            await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize(
    ("pressure", "worked_s", "event_count", "most"),
    [
        (0.0, 9.0, 500, EVENTS_MAX),  # nothing streams in
        (1.0, 0.3, 500, 50),  # 0.6 ms an event
        (1.0, 0.06, 500, 250),
        (0.5, 0.01, 500, EVENTS_MAX),
        (1.0, 9.0, 100, EVENTS_MIN),
        (1.0, 9.0, 0, EVENTS_MAX),
    ],
)
def test_steps_are_short_while_events_stream_in(pressure: float, worked_s: float, event_count: int, most: int) -> None:
    assert worker.most_events(pressure, worked_s, event_count) == most


async def _until_stepped(partitions: Partitions, wanted: list[int]) -> None:
    with anyio.fail_after(5):
        while sorted(partitions.stepped) != wanted:
            await anyio.lowlevel.checkpoint()
