"""Backfill: works jobs, which touch many users, one page at a time.

A page is one transaction: it reads some users, appends events for them to the log and moves the job's cursor. So it is done
entirely or not at all, and a page that a crash takes away is done again from the same place. Turn after turn the next job gets
one page, so that a giant one does not hold up small ones; while the log waits to be processed, pages wait too.
"""

from collections.abc import Awaitable, Callable, Mapping

import anyio
import anyio.lowlevel
import structlog
from msgspec.structs import replace

from posthorn.jobs import store
from posthorn.jobs.model import Job, Page
from posthorn.log import store as log_store
from posthorn.log.append import append
from posthorn.log.model import Position
from posthorn.storage.database import Database, Transaction

PAGE_USERS = 500
"""How many users a page should have at most."""

BLOCK_EVENTS = 50
"""Events in one block of a page: deciding one of them may make a message, and steps are to be short while events stream in."""

MOST_BACKLOG = 2_000
"""Events that wait to be processed: from so many on, the next page waits for them."""

LONGEST_PAUSE_S = 1.0
"""Under a backlog that never ends a job still gets a page this often."""

MOST_ATTEMPTS = 20
_LONGEST_BACKOFF_MS = 300_000
_LOOK_S = 0.02

_log = structlog.get_logger()

Kind = Callable[[Transaction, Job, int], Awaitable[Page]]
"""Does one page of a job of this kind, at a moment in UTC milliseconds. Events of a page have derived messageIds."""


class Backfill:
    """Works jobs until it is stopped. `notify` is told where the events of each page lie."""

    def __init__(
        self, database: Database, kinds: Mapping[str, Kind], notify: Callable[[list[Position]], None], *, poll_s: float
    ) -> None:
        self._database = database
        self._kinds = kinds
        self._notify = notify
        self._poll_s = poll_s
        self._last = ""
        self._arrived = anyio.Event()
        self._is_stopping = False

    def notify(self) -> None:
        """Says that there is a new job."""
        self._arrived.set()

    def stop(self) -> None:
        """`run` ends after the page under way."""
        self._is_stopping = True
        self._arrived.set()

    async def run(self) -> None:
        """One page after the other."""
        while not self._is_stopping:
            self._arrived = anyio.Event()
            try:
                has_worked = await self.turn()
            except Exception:  # noqa: BLE001 - the outer loop: a database that is away for a moment is asked again
                _log.exception("backfill_failed")
                has_worked = False
            if has_worked:
                await self._make_way()
            else:
                with anyio.move_on_after(self._poll_s):
                    await self._arrived.wait()

    async def turn(self) -> bool:
        """One page of the job whose turn it is; False if there is none."""
        job: Job | None = None
        try:
            async with self._database.transaction() as tx:
                now = await tx.now_ms()
                job = await store.next_job(tx, after=self._last, now=now) or await store.next_job(tx, after="", now=now)
                if job is None:
                    return False
                self._last = job.job_id
                positions = await self._work(tx, job, now)
        except Exception as error:
            if job is None:
                raise
            # One job's fault must not stop the others: it keeps it, and is tried again.
            await self._postpone(job, error)
            return True
        if positions:
            self._notify(positions)
        return True

    async def _work(self, tx: Transaction, job: Job, now: int) -> list[Position]:
        page = await self._kinds[job.kind](tx, job, now)
        await store.save(tx, _after(job, page, now))
        if not page.entries:
            return []
        return await append(
            tx, list(page.entries), partition_count=self._database.partition_count, now=now, block_max=BLOCK_EVENTS
        )

    async def _postpone(self, job: Job, error: Exception) -> None:
        attempts = job.attempt_count + 1
        _log.error("job_page_failed", job_id=job.job_id, kind=job.kind, attempt=attempts, exc_info=error)
        async with self._database.transaction() as tx:
            now = await tx.now_ms()
            failed = replace(
                job,
                status="RUNNING" if attempts < MOST_ATTEMPTS else "FAILED",
                attempt_count=attempts,
                error=f"{type(error).__name__}: {error}"[:500],
                due_at=now + min(1_000 * 2 ** (attempts - 1), _LONGEST_BACKOFF_MS),
                updated_at=now,
            )
            await store.save_failure(tx, failed)

    async def _make_way(self) -> None:
        """Lets the processor catch up; ingest goes first."""
        await anyio.lowlevel.checkpoint()
        with anyio.move_on_after(LONGEST_PAUSE_S):
            while not self._is_stopping and await self._backlog() >= MOST_BACKLOG:
                await anyio.sleep(_LOOK_S)

    async def _backlog(self) -> int:
        async with self._database.snapshot() as tx:
            return await log_store.total_backlog(tx)


def _after(job: Job, page: Page, now: int) -> Job:
    return replace(
        job,
        cursor=page.cursor,
        total=job.total if page.total is None else page.total,
        done_count=job.done_count + page.done_count,
        failed_count=job.failed_count + page.failed_count,
        status="FINISHED" if page.is_finished else "RUNNING",
        attempt_count=0,
        error="",
        updated_at=now,
    )
