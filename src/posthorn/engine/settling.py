"""Settling: whatever calls have ended while one commit is under way are the next commit's group."""

from collections.abc import Callable, Sequence

import anyio
import structlog

from posthorn.destinations.failures import record_failures
from posthorn.engine.carrier import Settlement
from posthorn.failpoints import failpoint
from posthorn.log.append import append
from posthorn.log.model import Position
from posthorn.outbox import store as outbox
from posthorn.providers.kept_mail import keep
from posthorn.storage.database import Database, Transaction

_log = structlog.get_logger()


class Settler:
    """Writes settlements, many in one transaction: the command's row, the receipt in the log and the mail, all or none.

    `notify` is told where the receipts lie after each commit, `on_settled` which settlements counted.
    """

    def __init__(
        self,
        database: Database,
        notify: Callable[[list[Position]], None],
        on_settled: Callable[[list[Settlement]], None] = lambda _: None,
    ) -> None:
        self._database = database
        self._on_settled = on_settled
        self._notify = notify
        self._group: list[Settlement] = []
        self._done = anyio.Event()
        self._arrived = anyio.Event()
        self._is_closed = False

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        """Returns when these are durable, or refused by the database: then the visibility timeout brings them back."""
        self._group.extend(settlements)
        self._arrived.set()
        await self._done.wait()

    async def run(self) -> None:
        """Commits group after group until closed."""
        while self._group or not self._is_closed:
            if not self._group:
                self._arrived = anyio.Event()
                await self._arrived.wait()
                continue
            group, done = self._group, self._done
            self._group, self._done = [], anyio.Event()
            try:
                await self._commit(group)
            except Exception:  # noqa: BLE001 - the outer loop: these commands come back when their visibility timeout ends
                _log.exception("settle_failed", command_count=len(group))
            finally:
                done.set()

    def close(self) -> None:
        """`run` ends after what has arrived."""
        self._is_closed = True
        self._arrived.set()

    async def _commit(self, group: list[Settlement]) -> None:
        positions: list[Position] = []
        async with self._database.transaction() as tx:
            valid = await _released(tx, group)
            for settlement in valid:
                if settlement.kept is not None:
                    await keep(tx, settlement.claimed.partition, settlement.kept)
            await record_failures(tx, [settlement.failure for settlement in valid if settlement.failure is not None])
            entries = [entry for settlement in valid for entry in settlement.entries]
            if entries:
                now = await tx.now_ms()
                positions = await append(tx, entries, partition_count=self._database.partition_count, now=now)
            failpoint("settle")
        failpoint("settled")
        self._notify(positions)
        self._on_settled(valid)


async def _released(tx: Transaction, group: list[Settlement]) -> list[Settlement]:
    """Those whose commands were still theirs to settle, in their order."""
    settled = await outbox.settle(tx, [one.claimed for one in group if one.retry_at is None])
    valid = {claimed.fence for claimed in settled}
    for one in group:
        if one.retry_at is not None and await outbox.put_back(tx, one.claimed, due_at=one.retry_at, error=one.error):
            valid.add(one.claimed.fence)
    return [one for one in group if one.claimed.fence in valid]
