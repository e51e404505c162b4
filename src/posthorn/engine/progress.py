"""How far each partition has been processed, for those who wait to read what they wrote."""

import anyio

from posthorn.log import store as log_store
from posthorn.log.model import Position
from posthorn.storage.database import Database


class Progress:
    """`poll_s`: how often the database is asked, for the case that another process does the work."""

    def __init__(self, database: Database, *, poll_s: float) -> None:
        self._database = database
        self._poll_s = poll_s
        self._done: dict[int, int] = {}
        self._moved = anyio.Event()
        self._is_stopping = False
        self.moves = 0

    def note(self, position: Position) -> None:
        """Says that everything up to this block is done."""
        self._done[position.partition] = max(position.block_offset, self._done.get(position.partition, 0))
        self._tell()

    def stop(self) -> None:
        """Nobody waits for more from here on."""
        self._is_stopping = True
        self._tell()

    async def moved_since(self, moves: int) -> bool:
        """Returns when a partition has moved on since the count of `moves` stood there, or may have in another process.

        False if there is nothing more to wait for.
        """
        if self.moves == moves and not self._is_stopping:
            with anyio.move_on_after(self._poll_s):
                await self._moved.wait()
        return not self._is_stopping

    async def reach(self, positions: list[Position]) -> None:
        """Returns when all these blocks are done."""
        for position in positions:
            while self._done.get(position.partition, 0) < position.block_offset:
                with anyio.move_on_after(self._poll_s) as waited:
                    await self._moved.wait()
                if waited.cancelled_caught:
                    await self._ask(position.partition)

    def _tell(self) -> None:
        self.moves += 1
        self._moved.set()
        self._moved = anyio.Event()

    async def _ask(self, partition: int) -> None:
        async with self._database.snapshot() as tx:
            cursor = await log_store.cursor(tx, partition)
        if cursor is not None:
            self._done[partition] = max(cursor.block_offset, self._done.get(partition, 0))
