"""The worker: lets every partition step whenever something has arrived or come due."""

from collections.abc import Callable

import anyio
import structlog
from msgspec import Struct

from posthorn.clock import Clock
from posthorn.engine.processor import Processor, Stepped
from posthorn.engine.progress import Progress
from posthorn.log.model import Position
from posthorn.telemetry import Metrics

_log = structlog.get_logger()


REST_UNDER_PRESSURE = 4.0
"""While events stream in, a worker rests this many times as long as it has worked: taking them in goes first."""


class Looks(Struct, frozen=True, kw_only=True):
    """What is looked at, and how often without being told to (for what other processes append).

    is_pressed: whether this process is taking events in at the moment.
    """

    partition_count: int
    poll_s: float
    is_pressed: Callable[[], bool]


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
        self._is_pressed = looks.is_pressed
        self._arrived = [anyio.Event() for _ in range(looks.partition_count)]
        self._is_stopping = False

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
        self.wake()

    async def run(self) -> None:
        """One task for each partition."""
        async with anyio.create_task_group() as tasks:
            for partition in range(len(self._arrived)):
                tasks.start_soon(self._run_partition, partition)

    async def _run_partition(self, partition: int) -> None:
        while not self._is_stopping:
            self._arrived[partition] = anyio.Event()
            began_at = anyio.current_time()
            try:
                with self._metrics.step_seconds.time():
                    stepped = await self._processor.step(partition)
            except Exception:  # noqa: BLE001 - the outer loop: a database that is away for a moment is asked again
                _log.exception("step_failed", partition=partition)
                await anyio.sleep(self._poll_s)
                continue
            self._tell(stepped)
            if stepped.has_more and stepped.is_leader:
                worked_s = anyio.current_time() - began_at
                await anyio.sleep(worked_s * REST_UNDER_PRESSURE if self._is_pressed() else 0)
            else:
                await self._rest(partition, stepped.next_due_at)

    def _tell(self, stepped: Stepped) -> None:
        if stepped.up_to is not None:
            self._progress.note(stepped.up_to)
        self._on_step(stepped)
        self.notify(list(stepped.caused))
        self._metrics.events_processed.inc(stepped.event_count)
        self._metrics.events_duplicate.inc(stepped.duplicate_count)
        for status in stepped.statuses:
            self._metrics.messages.labels(status).inc()

    async def _rest(self, partition: int, next_due_at: int | None) -> None:
        wait_s = self._poll_s
        if next_due_at is not None:
            wait_s = min(wait_s, max((next_due_at - self._clock.now_ms()) / 1000, 0.001))
        with anyio.move_on_after(wait_s):
            await self._arrived[partition].wait()
