"""One lane of the outbox: claims as many commands as there is room for, makes the calls, and claims again when room is free."""

import anyio
import structlog

from posthorn.clock import Clock
from posthorn.engine.breaker import Breaker, after_failure, after_success, held
from posthorn.engine.carrier import Carrier, Job
from posthorn.engine.settling import Settler
from posthorn.failpoints import failpoint
from posthorn.outbox import store as outbox
from posthorn.storage.database import Database

VISIBILITY_MS = 120_000
PATIENCE_S = 0.1

_log = structlog.get_logger()


class Lane:
    """The commands of one provider or destination, with a circuit breaker of their own: one dead endpoint slows nobody else."""

    def __init__(self, name: str, carrier: Carrier, database: Database, clock: Clock, settler: Settler) -> None:
        self.name = name
        self.is_draining = False
        self._carrier = carrier
        self._database = database
        self._clock = clock
        self._settler = settler
        self._breaker = Breaker()
        self._under_way = 0
        self._news = anyio.Event()
        self._is_stopping = False

    def is_ready(self, now: int) -> bool:
        """Whether calls may be made."""
        return now >= self._breaker.open_until and self._carrier.is_open(self.name)

    def notify(self) -> None:
        """Says that something may be due, also while other calls are under way: one that hangs keeps no other waiting."""
        self._news.set()

    def stop(self) -> None:
        """Claims no more."""
        self._is_stopping = True
        self._news.set()

    async def drain(self) -> None:
        """Carries commands out until none is due, none may be made, or it is stopped."""
        async with anyio.create_task_group() as calls:
            while not self._is_stopping:
                self._news = anyio.Event()
                jobs = await self._claim()
                self._under_way += len(jobs)
                for job in jobs:
                    calls.start_soon(self._carry_out, job)
                if not jobs and not self._under_way:
                    return
                if not jobs or not self._has_room():
                    await self._some_room()

    async def _claim(self) -> list[Job]:
        room = self._breaker.room(self._clock.now_ms(), self._carrier.concurrency(self.name)) - self._under_way
        if room <= 0 or not self._carrier.is_open(self.name):
            return []
        async with self._database.transaction() as tx:
            now = await tx.now_ms()
            limit = room * self._carrier.commands_per_call
            claimed = await outbox.claim(tx, self.name, now=now, until=now + VISIBILITY_MS, limit=limit)
            jobs = await self._carrier.prepare(tx, claimed, now) if claimed else []
            if jobs:
                failpoint("claiming")
        if jobs:
            failpoint("claim")
        return jobs

    async def _some_room(self) -> None:
        """Waits for news, and then a little, so that claims stay few: until half of the room is free."""
        await self._news.wait()
        with anyio.move_on_after(PATIENCE_S):
            while not self._has_room() and not self._is_stopping:
                self._news = anyio.Event()
                await self._news.wait()

    def _has_room(self) -> bool:
        return self._under_way <= self._carrier.concurrency(self.name) // 2

    async def _carry_out(self, job: Job) -> None:
        try:
            failpoint("call")
            called = await job.call()
            failpoint("called")
            now = self._clock.now_ms()
            after = after_success(self._breaker) if called.is_well else after_failure(self._breaker, now)
            self._breaker = held(after, called.resume_at)
            await self._settler.settle(called.settlements)
        except Exception:  # noqa: BLE001 - the outer loop of one call: others are under way beside it, and it comes back by itself
            _log.exception("call_failed", lane=self.name)
        finally:
            self._under_way -= 1
            self._news.set()
