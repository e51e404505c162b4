"""The dispatcher: sees which lanes of the outbox have something due, and lets each be drained by a task of its own."""

from collections.abc import Mapping

import anyio
import structlog
from anyio.abc import TaskGroup

from posthorn.clock import Clock
from posthorn.engine.carrier import Carrier
from posthorn.engine.lane import Lane
from posthorn.engine.settling import Settler
from posthorn.outbox import store as outbox
from posthorn.storage import switches
from posthorn.storage.database import Database

POLL_S = 1.0
GRACE_S = 5.0

_log = structlog.get_logger()


class Dispatcher:
    """Carries commands out until it is stopped. `carriers`: by kind of command."""

    def __init__(self, database: Database, clock: Clock, settler: Settler, carriers: Mapping[str, Carrier]) -> None:
        self._database = database
        self._clock = clock
        self._settler = settler
        self._carriers = carriers
        self._lanes: dict[str, Lane] = {}
        self._wake = anyio.Event()
        self._is_stopping = False

    @property
    def is_busy(self) -> bool:
        """Whether a lane is being drained."""
        return any(lane.is_draining for lane in self._lanes.values())

    def is_due(self, found: outbox.Lane, now: int) -> bool:
        """Whether a lane holds something that is due and may be carried out now."""
        return self._ready_lane(found, now) is not None

    def notify(self) -> None:
        """Says that there may be something to do."""
        self._wake.set()

    def stop(self) -> None:
        """No more claims; `run` ends when the calls under way are settled, or after five seconds.

        A call that takes longer is given up as in a crash: nobody knows what became of it, and its command comes back.
        """
        self._is_stopping = True
        for lane in self._lanes.values():
            lane.stop()
        self._wake.set()

    async def run(self) -> None:
        """Looks whenever it is told to, and at least once a second."""
        async with anyio.create_task_group() as tasks:
            while not self._is_stopping:
                self._wake = anyio.Event()
                try:
                    await self._look(tasks)
                except Exception:  # noqa: BLE001 - the outer loop: a database that is away for a moment is asked again
                    _log.exception("dispatch_failed")
                with anyio.move_on_after(POLL_S):
                    await self._wake.wait()
            tasks.cancel_scope.deadline = anyio.current_time() + GRACE_S

    async def _look(self, tasks: TaskGroup) -> None:
        async with self._database.snapshot() as tx:
            found = await outbox.lanes(tx)
            paused = await switches.reason(tx, switches.DISPATCH_PAUSED)
        now = self._clock.now_ms()
        for one in found:
            lane = self._ready_lane(one, now) if paused is None else None
            if lane is not None and lane.is_draining:
                lane.notify()
            elif lane is not None:
                lane.is_draining = True
                tasks.start_soon(self._drain, lane)

    def _ready_lane(self, found: outbox.Lane, now: int) -> Lane | None:
        lane = self._lane(found)
        return lane if lane is not None and found.due_at <= now and lane.is_ready(now) else None

    def _lane(self, found: outbox.Lane) -> Lane | None:
        carrier = self._carriers.get(found.kind)
        if carrier is None:
            return None
        if found.lane not in self._lanes:
            self._lanes[found.lane] = Lane(found.lane, carrier, self._database, self._clock, self._settler)
        return self._lanes[found.lane]

    async def _drain(self, lane: Lane) -> None:
        try:
            await lane.drain()
        except Exception:  # noqa: BLE001 - the outer loop of a lane: what it had claimed comes back by itself
            _log.exception("lane_failed", lane=lane.name)
            await anyio.sleep(POLL_S)
        finally:
            lane.is_draining = False
            self._wake.set()
