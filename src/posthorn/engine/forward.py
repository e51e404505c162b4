"""Carries out "forward" commands: events on their way to a destination, in batches, one batch at a time for each key."""

from collections.abc import Callable

from msgspec import Struct

from posthorn.clock import Clock
from posthorn.destinations.failures import failure_of
from posthorn.destinations.forward import destination_of
from posthorn.destinations.model import Dead, Delivered, Fate, Misconfigured, Pause, Retry, backoff_ms
from posthorn.destinations.segment import Settings
from posthorn.destinations.segment import destination as segment
from posthorn.destinations.sender import send_batch
from posthorn.destinations.settings import Installed, stop_destination
from posthorn.engine.carrier import Called, Job, Settlement
from posthorn.engine.config import ConfigCache
from posthorn.outbound import Outbound
from posthorn.outbox.store import Claimed
from posthorn.storage.database import Database, Transaction

PAUSE_LOOK_MS = 60_000


class Forward:
    """The carrier of the way back. `jitter`: a fresh number between -1 and 1 for each retry."""

    commands_per_call = segment.most_events

    def __init__(
        self, database: Database, config: ConfigCache, outbound: Outbound, clock: Clock, jitter: Callable[[], float]
    ) -> None:
        self._database = database
        self._config = config
        self._outbound = outbound
        self._clock = clock
        self._jitter = jitter

    def concurrency(self, lane: str) -> int:
        """One after the other, so that they keep their order."""
        return 1

    def is_open(self, lane: str) -> bool:
        """Not while the destination is paused or was taken away: its events wait."""
        installed = self._config.latest.segment.get(lane.partition(":")[2])
        return installed is not None and installed.takes_events and installed.settings.enabled

    async def prepare(self, tx: Transaction, claimed: list[Claimed], now: int) -> list[Job]:
        """All of them in one call, the oldest first: one that was put off comes before what has come since."""
        await self._config.current(tx)
        return [_Call(self, sorted(claimed, key=lambda one: one.created_at))]

    async def carry_out(self, claimed: list[Claimed]) -> Called:
        """Sends the events that have not become too old; what became of each."""
        now = self._clock.now_ms()
        late = [one for one in claimed if now >= one.expires_at]
        fresh = [one for one in claimed if now < one.expires_at]
        environment = claimed[0].environment
        installed = self._config.latest.segment.get(environment)
        if installed is None:
            return Called(settlements=tuple(self._wait(one, PAUSE_LOOK_MS, "Not set up.") for one in claimed), is_well=True)
        fates = await send_batch([one.body for one in fresh], segment, installed.settings, self._outbound, self._clock)
        stop = next((fate for fate in fates if isinstance(fate, Pause | Misconfigured)), None)
        if stop is not None:
            await self._stop(installed, stop)
        pairs = list(zip(fresh, fates, strict=True))
        resume_at = self._resume_at(pairs)
        settlements = [self._settlement(one, fate, resume_at) for one, fate in pairs]
        settlements += [self._dead(one, "Not taken within twelve hours.") for one in late]
        return Called(settlements=tuple(settlements), is_well=not resume_at, resume_at=resume_at)

    def _resume_at(self, pairs: list[tuple[Claimed, Fate]]) -> int:
        """When the key is tried again, with all its events, so that they keep their order; 0 if none was put off."""
        put_off = [(one.attempt, fate.retry_after_ms) for one, fate in pairs if isinstance(fate, Retry)]
        if not put_off:
            return 0
        asked = max((wait for _, wait in put_off if wait is not None), default=None)
        own = backoff_ms(max(attempt for attempt, _ in put_off), self._jitter())
        return self._clock.now_ms() + (own if asked is None else asked)

    def _settlement(self, claimed: Claimed, fate: Fate, resume_at: int) -> Settlement:
        match fate:
            case Delivered():
                return Settlement(claimed=claimed)
            case Dead():
                return self._dead(claimed, fate.reason)
            case Retry():
                return Settlement(claimed=claimed, retry_at=resume_at, error=fate.reason)
            case Pause() | Misconfigured():
                return self._wait(claimed, PAUSE_LOOK_MS, fate.reason)

    def _wait(self, claimed: Claimed, wait_ms: int, reason: str) -> Settlement:
        return Settlement(claimed=claimed, retry_at=self._clock.now_ms() + wait_ms, error=reason)

    def _dead(self, claimed: Claimed, reason: str) -> Settlement:
        failure = failure_of(claimed, destination_of(claimed.lane), reason, self._clock.now_ms())
        return Settlement(claimed=claimed, failure=failure)

    async def _stop(self, installed: Installed[Settings], why: Pause | Misconfigured) -> None:
        async with self._database.transaction() as tx:
            await stop_destination(tx, segment.key, installed, why, self._clock.now_ms())
        # At once, so that the next claim finds the destination paused.
        await self._config.refresh(self._database)


class _Call(Struct, frozen=True):
    """A batch to be sent."""

    carrier: Forward
    claimed: list[Claimed]

    async def call(self) -> Called:
        """Sends it."""
        return await self.carrier.carry_out(self.claimed)
