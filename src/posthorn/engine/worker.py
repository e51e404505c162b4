"""The worker: lets every partition step whenever something has arrived or come due."""

from collections import Counter
from collections.abc import Callable

import anyio
import anyio.lowlevel
import structlog
from msgspec import Struct

from posthorn.clock import Clock, thread_seconds
from posthorn.engine.processor import Processor, Stepped
from posthorn.engine.progress import Progress
from posthorn.engine.work import EVENTS_MAX
from posthorn.log.model import Position
from posthorn.telemetry import Metrics

_log = structlog.get_logger()


REST_UNDER_PRESSURE = 9.0
"""While events stream in, a worker rests up to so many times as long as it has worked: taking them in goes first."""

SLICE_S = 0.005
"""A rest ends when taking events in has needed less than half of the processor for so long."""


STEP_S, EVENTS_MIN = 0.03, 50
"""How long a step should take while events stream in, since they wait for it, and the fewest events it takes all the same."""

REST_S = 5.0
"""For how long a partition rests that nobody says anything new of."""


class Looks(Struct, frozen=True, kw_only=True):
    """What is looked at. poll_s: how often for what other processes have appended, all partitions at once.

    pressure: how much this process should rather take events in, from 0 to 1.
    """

    partition_count: int
    poll_s: float
    pressure: Callable[[], float]


class Worker:
    """Steps through all partitions until it is stopped.

    `on_step` is told what each step did.
    """

    def __init__(
        self,
        processor: Processor,
        progress: Progress,
        clock: Clock,
        metrics: Metrics,
        on_step: Callable[[Stepped], None],
        looks: Looks,
    ) -> None:
        self._processor = processor
        self._progress = progress
        self._clock = clock
        self._metrics = metrics
        self._on_step = on_step
        self._poll_s = looks.poll_s
        self._pressure = looks.pressure
        self._arrived = [anyio.Event() for _ in range(looks.partition_count)]
        self._most = EVENTS_MAX
        self._is_stopping = False
        self._stopped = anyio.Event()

    def notify(self, positions: list[Position]) -> None:
        """Says that these blocks were appended."""
        for position in positions:
            self._arrived[position.partition].set()

    def wake(self) -> None:
        """Says that every partition should be looked at."""
        for arrived in self._arrived:
            arrived.set()

    def stop(self) -> None:
        """`run` ends after the steps under way."""
        self._is_stopping = True
        self._stopped.set()
        self.wake()

    async def run(self) -> None:
        """One task for each partition, and one that looks for what other processes have left to do."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._look_around)
            for partition in range(len(self._arrived)):
                tasks.start_soon(self._run_partition, partition)

    async def _run_partition(self, partition: int) -> None:
        while not self._is_stopping:
            self._arrived[partition] = anyio.Event()
            began_at = anyio.current_time()
            try:
                with self._metrics.step_seconds.time():
                    stepped = await self._processor.step(partition, self._most)
            except Exception:  # noqa: BLE001 - the outer loop: a database that is away for a moment is asked again
                _log.exception("step_failed", partition=partition)
                await anyio.sleep(self._poll_s)
                continue
            self._tell(stepped)
            worked_s, pressure = anyio.current_time() - began_at, self._pressure()
            self._most = most_events(pressure, worked_s, stepped.event_count)
            await _give_way(worked_s * REST_UNDER_PRESSURE * pressure)
            if not (stepped.has_more and stepped.is_leader):
                await self._rest(partition, stepped.next_due_at)

    async def _look_around(self) -> None:
        while not self._is_stopping:
            with anyio.move_on_after(self._poll_s):
                await self._stopped.wait()
            try:
                for partition in await self._processor.waiting():
                    self._arrived[partition].set()
            except Exception:  # noqa: BLE001 - as above
                _log.exception("look_failed")

    def _tell(self, stepped: Stepped) -> None:
        if stepped.up_to is not None:
            self._progress.note(stepped.up_to)
        self._on_step(stepped)
        self.notify(list(stepped.caused))
        self._metrics.events_processed.inc(stepped.event_count)
        self._metrics.events_duplicate.inc(stepped.duplicate_count)
        for status, count in Counter(stepped.statuses).items():
            self._metrics.messages.labels(status).inc(count)

    async def _rest(self, partition: int, next_due_at: int | None) -> None:
        wait_s = REST_S
        if next_due_at is not None:
            wait_s = min(wait_s, max((next_due_at - self._clock.now_ms()) / 1000, 0.001))
        with anyio.move_on_after(wait_s):
            await self._arrived[partition].wait()


def most_events(pressure: float, worked_s: float, event_count: int) -> int:
    """How many events the next step should take, after one that took so long."""
    if not pressure or not event_count:
        return EVENTS_MAX
    return max(EVENTS_MIN, min(EVENTS_MAX, int(event_count * STEP_S / worked_s)))


async def _give_way(most_s: float) -> None:
    """Lets everything else in this process go first for a while, unless it needs little."""
    ends_at = anyio.current_time() + most_s
    await anyio.lowlevel.checkpoint()
    while anyio.current_time() < ends_at:
        used_s = thread_seconds()
        await anyio.sleep(SLICE_S)
        if thread_seconds() - used_s < SLICE_S / 2:
            return
