"""How a worker learns that there is something to do."""

from collections.abc import AsyncIterator

import anyio
import pytest
from msgspec import Struct

from posthorn.clock import FrozenClock
from posthorn.engine import worker
from posthorn.engine.processor import Stepped
from posthorn.engine.progress import Progress
from posthorn.engine.worker import Looks, Worker
from posthorn.log.model import Position
from posthorn.storage.database import Database
from posthorn.telemetry import Metrics

pytestmark = pytest.mark.anyio


class Partitions(Struct):
    """Stands where a processor stands: which partitions were let step, and in which something waits."""

    stepped: list[int]
    behind: set[int]
    fails: bool = False

    async def step(self, partition: int) -> Stepped:
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


async def _until_stepped(partitions: Partitions, wanted: list[int]) -> None:
    with anyio.fail_after(5):
        while sorted(partitions.stepped) != wanted:
            await anyio.lowlevel.checkpoint()
