"""What has to be done now and then: seeing new configuration, measuring the backlog, forgetting what is old, rewriting the
log for those who left.
"""

from collections.abc import Callable

import anyio
import anyio.lowlevel
import structlog

from posthorn.engine.config import ConfigCache
from posthorn.engine.erasure import rewrite_page
from posthorn.engine.measuring import Waiting, measure
from posthorn.engine.retention import Retention, prune_page
from posthorn.log import store as log_store
from posthorn.storage.database import Database

TICK_S = 1.0
PRUNE_EVERY_TICKS = 600
MEASURE_EVERY_TICKS = 15

_log = structlog.get_logger()


class Housekeeping:
    """Ticks once a second until stopped.

    on_backlog is told at each tick how many events wait to be processed, on_waiting now and then what else does.
    """

    def __init__(
        self,
        database: Database,
        config: ConfigCache,
        retention: Retention,
        on_backlog: Callable[[int], None],
        on_waiting: Callable[[Waiting], None],
    ) -> None:
        self._database = database
        self._config = config
        self._retention = retention
        self._on_backlog = on_backlog
        self._on_waiting = on_waiting
        self._stopped = anyio.Event()
        self._has_more_to_prune = False

    def stop(self) -> None:
        """`run` ends after the tick under way."""
        self._stopped.set()

    async def run(self) -> None:
        """One tick after the other."""
        ticks = 0
        while not self._stopped.is_set():
            try:
                await self.tick(prunes=ticks % PRUNE_EVERY_TICKS == 0)
                if ticks % MEASURE_EVERY_TICKS == 0:
                    self._on_waiting(await measure(self._database))
            except Exception:  # noqa: BLE001 - the outer loop: the next tick does what this one could not
                _log.exception("housekeeping_failed")
            ticks += 1
            with anyio.move_on_after(TICK_S):
                await self._stopped.wait()

    async def tick(self, *, prunes: bool) -> None:
        """Reloads the configuration, measures, rewrites the log if somebody is to be forgotten, and deletes a page of what is
        too old if `prunes`, or if the page before was full.
        """
        await self._config.refresh(self._database)
        await self._database.maintain()
        self._on_backlog(await self._backlog())
        while await rewrite_page(self._database) and not self._stopped.is_set():
            await anyio.lowlevel.checkpoint()
        if prunes or self._has_more_to_prune:
            self._has_more_to_prune = await prune_page(self._database, self._retention)

    async def _backlog(self) -> int:
        total = 0
        async with self._database.snapshot() as tx:
            for partition in range(self._database.partition_count):
                cursor = await log_store.cursor(tx, partition)
                total += await log_store.backlog(tx, partition, cursor.block_offset if cursor else 0)
        return total
