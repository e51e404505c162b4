"""Appending: whatever arrives while one commit is under way is the next commit's group. No timer, no linger."""

from collections.abc import Callable

import anyio
import structlog

from posthorn.clock import Clock
from posthorn.errors import TooMany, Unavailable
from posthorn.events.model import Entry
from posthorn.failpoints import failpoint
from posthorn.log import store
from posthorn.log.model import Block, Position, pack, partition_of
from posthorn.storage.database import Database, Transaction

TROUBLE_MS = 10_000
"""For how long a commit that was refused counts as an obstacle: whoever asks must not be kept away for ever."""

STREAM = 50
"""So many events between two steps of a worker are a stream, and not a few people's commands."""

BLOCK_MAX = 500
"""Events in one block: a step decides whole blocks, and must not take long."""

_log = structlog.get_logger()


async def append(
    tx: Transaction, entries: list[Entry], *, partition_count: int, now: int, block_max: int = BLOCK_MAX
) -> list[Position]:
    """Adds the entries to the log within a transaction, for each partition they belong to one block, or more if they are many.

    The last block of each partition, in the order of the partitions.
    """
    shares = _shares(entries, partition_count)
    heads = await store.lock_heads(tx, tuple(shares))
    blocks: list[Block] = []
    for partition in sorted(shares):
        blocks += _blocks(Position(partition=partition, block_offset=heads[partition]), shares[partition], now, block_max)
    heads |= {block.partition: block.block_offset for block in blocks}
    await store.insert_blocks(tx, blocks)
    await store.move_heads(tx, heads)
    return [Position(partition=partition, block_offset=heads[partition]) for partition in sorted(shares)]


def _shares(entries: list[Entry], partition_count: int) -> dict[int, list[Entry]]:
    """The entries by their partition, in their order."""
    if partition_count == 1 and entries:
        return {0: entries}
    shares: dict[int, list[Entry]] = {}
    for entry in entries:
        shares.setdefault(partition_of(entry.environment, entry.user_key, partition_count), []).append(entry)
    return shares


def _blocks(head: Position, entries: list[Entry], now: int, block_max: int) -> list[Block]:
    """The blocks that follow a partition's head."""
    shares = [entries[start : start + block_max] for start in range(0, len(entries), block_max)]
    return [
        Block(
            partition=head.partition,
            block_offset=head.block_offset + number,
            appended_at=now,
            event_count=len(some),
            body=pack(some),
        )
        for number, some in enumerate(shares, 1)
    ]


Listener = Callable[[list[Position] | None], None]
"""Told in which blocks its entries lie, durable; None if they could not be stored."""


class _Group:
    """What will be committed together, and the news of it."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.listeners: list[Listener] = []


class Appender:
    """The way into the log for everything outside a step.

    `notify` is told the positions after each commit, `on_commit` how many seconds it took. While more than `backlog_limit`
    events wait to be processed, appending is refused.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        notify: Callable[[list[Position]], None],
        on_commit: Callable[[float], None] = lambda _: None,
        backlog_limit: int = 500_000,
    ) -> None:
        self._database = database
        self._clock = clock
        self._notify = notify
        self._on_commit = on_commit
        self._backlog_limit = backlog_limit
        self._group = _Group()
        self._arrived = anyio.Event()
        self._is_closed = False
        self._refused_at: int | None = None
        self._count_since_asked = 0
        self.backlog = 0

    def offer(self, entries: list[Entry], listener: Listener) -> None:
        """Takes entries for the next commit, of which the listener hears.

        Raises TooMany while processing is too far behind, Unavailable when the server is stopping.
        """
        if self._is_closed:
            raise Unavailable("The server is stopping.", retry_after_ms=2_000)
        if self.backlog > self._backlog_limit:
            raise TooMany("Processing is behind; the backlog is full.", retry_after_ms=2_000, code="rate_limited")
        self._group.entries.extend(entries)
        self._group.listeners.append(listener)
        self._arrived.set()

    async def append(self, entries: list[Entry]) -> list[Position]:
        """Returns when the entries are durable: the blocks their group lies in.

        Raises what `offer` raises, and Unavailable when the disk refuses.
        """
        heard: list[list[Position] | None] = []
        is_done = anyio.Event()

        def listener(positions: list[Position] | None) -> None:
            heard.append(positions)
            is_done.set()

        self.offer(entries, listener)
        await is_done.wait()
        if heard[0] is None:
            raise not_stored()
        return heard[0]

    def pressure(self) -> float:
        """How much taking events in should go before processing them: from 1, while they stream in, to 0.

        They stream in if there were STREAM of them since this was last asked; the fuller the backlog, the less it matters.
        """
        count, self._count_since_asked = self._count_since_asked, 0
        return max(0.0, 1 - self.backlog / self._backlog_limit) if count >= STREAM else 0.0

    def obstacle(self) -> str:
        """Why nothing can be appended just now, as a sentence; "" if it can."""
        if self._is_closed:
            return "The server is stopping."
        if self._refused_at is not None and self._clock.now_ms() < self._refused_at + TROUBLE_MS:
            return "The last events could not be stored: is the disk full?"
        return "Processing is behind; the backlog is full." if self.backlog > self._backlog_limit else ""

    async def run(self) -> None:
        """Commits group after group until closed; everything that was accepted before is committed."""
        while self._group.entries or not self._is_closed:
            if not self._group.entries:
                self._arrived = anyio.Event()
                await self._arrived.wait()
                continue
            group, self._group = self._group, _Group()
            positions: list[Position] | None = None
            try:
                positions = await self._commit(group.entries)
            except Exception:  # noqa: BLE001 - the outer loop: a full disk refuses this group and the next one is tried
                self._refused_at = self._clock.now_ms()
                _log.exception("append_failed", event_count=len(group.entries))
            finally:
                for listener in group.listeners:
                    listener(positions)

    def close(self) -> None:
        """No more appends; `run` ends after what was accepted."""
        self._is_closed = True
        self._arrived.set()

    async def _commit(self, entries: list[Entry]) -> list[Position]:
        began_at = anyio.current_time()
        async with self._database.transaction() as tx:
            positions = await append(tx, entries, partition_count=self._database.partition_count, now=self._clock.now_ms())
            failpoint("appending")
        failpoint("append")
        self._refused_at = None
        self.backlog += len(entries)
        self._count_since_asked += len(entries)
        self._on_commit(anyio.current_time() - began_at)
        self._notify(positions)
        return positions


def not_stored() -> Unavailable:
    """What a sender hears when the disk refuses."""
    return Unavailable("The event could not be stored; please try again.", code="unavailable")
