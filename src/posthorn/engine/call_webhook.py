"""Carries out "webhook" commands: one call of one endpoint each, tried for three days, several at once."""

from collections.abc import Callable

from msgspec import Struct

from posthorn.clock import Clock
from posthorn.destinations.failures import failure_of
from posthorn.engine.carrier import Called, Job, Settlement
from posthorn.engine.config import ConfigCache
from posthorn.errors import DeliveryFailure
from posthorn.outbound import Outbound
from posthorn.outbox.store import Claimed
from posthorn.storage.database import Database, Transaction
from posthorn.webhooks import endpoints
from posthorn.webhooks.calls import MOST_ATTEMPTS, Refusal, call, refusal, retry_at
from posthorn.webhooks.model import Endpoint

A_MOMENT_MS = 60_000
"""How long after its making the first call of a delivery may have failed."""


class CallWebhook:
    """The carrier of what endpoints are told. `jitter`: a fresh number between -1 and 1 for each retry."""

    commands_per_call = 1

    def __init__(
        self, database: Database, config: ConfigCache, outbound: Outbound, clock: Clock, jitter: Callable[[], float]
    ) -> None:
        self._database = database
        self._config = config
        self._outbound = outbound
        self._clock = clock
        self._jitter = jitter

    def concurrency(self, lane: str) -> int:
        """Some at once."""
        return 8

    def is_open(self, lane: str) -> bool:
        """Always: what an endpoint that is off has not been told by its time goes to the dead letters."""
        return True

    async def prepare(self, tx: Transaction, claimed: list[Claimed], now: int) -> list[Job]:
        """Each in a call of its own."""
        config = await self._config.current(tx)
        endpoint = config.webhooks.by_lane.get(claimed[0].lane)
        since = await endpoints.failing_since(tx, endpoint) if endpoint else None
        return [_Call(self, one, endpoint, since) for one in claimed]

    async def carry_out(self, claimed: Claimed, endpoint: Endpoint | None, failing_since: int | None) -> Called:
        """Tells the endpoint, unless it is gone, off, or the time for it is over."""
        now = self._clock.now_ms()
        if endpoint is None:
            return Called(settlements=(Settlement(claimed=claimed, error="The endpoint is gone."),), is_well=True)
        if now >= claimed.expires_at:
            return await self._given_up(claimed, endpoint, "Not taken within three days.")
        if endpoint.state != "ok":
            waiting = Settlement(claimed=claimed, retry_at=claimed.expires_at, error="The endpoint is not called now.")
            return Called(settlements=(waiting,), is_well=True)
        refused = await self._call(claimed, endpoint, now)
        if refused is not None:
            return await self._refused(claimed, endpoint, refused, failing_since)
        if failing_since is not None:
            async with self._database.transaction() as tx:
                await endpoints.note_success(tx, endpoint)
        return Called(settlements=(Settlement(claimed=claimed),), is_well=True)

    async def _call(self, claimed: Claimed, endpoint: Endpoint, now: int) -> Refusal | None:
        try:
            return refusal(await self._outbound.request(call(endpoint, claimed.command_id, claimed.body, now)))
        except DeliveryFailure as failure:  # also if it may have arrived: the receiver knows the delivery's id
            return Refusal(reason=failure.message, is_alive=False)

    async def _refused(self, claimed: Claimed, endpoint: Endpoint, refused: Refusal, failing_since: int | None) -> Called:
        now = self._clock.now_ms()
        if failing_since is None:
            async with self._database.transaction() as tx:
                await endpoints.note_failure(tx, endpoint, error=refused.reason, now=now)
        again_at = retry_at(claimed.attempt, now=now, jitter=self._jitter(), asked_ms=refused.retry_after_ms)
        if claimed.attempt >= MOST_ATTEMPTS or again_at >= claimed.expires_at:
            return await self._given_up(claimed, endpoint, refused.reason)
        again = Settlement(claimed=claimed, retry_at=again_at, error=refused.reason)
        resume_at = now + refused.retry_after_ms if refused.retry_after_ms else 0
        return Called(settlements=(again,), is_well=refused.is_alive, resume_at=resume_at)

    async def _given_up(self, claimed: Claimed, endpoint: Endpoint, reason: str) -> Called:
        """A dead letter; and the endpoint is disabled, if nothing has gone well since the delivery was first tried."""
        async with self._database.transaction() as tx:
            failing_before = claimed.created_at + A_MOMENT_MS
            is_disabled = await endpoints.disable(tx, endpoint, failing_before=failing_before)
        if is_disabled:
            await self._config.refresh(self._database)
        failure = failure_of(claimed, endpoint.endpoint_id, reason, self._clock.now_ms())
        return Called(settlements=(Settlement(claimed=claimed, failure=failure),), is_well=True)


class _Call(Struct, frozen=True):
    """One delivery to be made."""

    carrier: CallWebhook
    claimed: Claimed
    endpoint: Endpoint | None
    failing_since: int | None

    async def call(self) -> Called:
        """Makes it."""
        return await self.carrier.carry_out(self.claimed, self.endpoint, self.failing_since)
