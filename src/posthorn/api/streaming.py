"""Who may follow the log live, and when: readers take turns, and no turn takes more than its share of this process."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol

import anyio

from posthorn.errors import TooMany

MOST_READERS = 32
SHARE = 9.0
"""After a turn comes a rest so many times as long: all readers together take a tenth of this process."""

LONGEST_REST_S = 0.25


class Moves(Protocol):
    """Tells when there is something new to read."""

    @property
    def moves(self) -> int:
        """Grows whenever there is."""
        ...

    async def moved_since(self, moves: int) -> bool:
        """Returns when there is something new since then, or may be; False at the end."""
        ...


class Streams:
    """The live readers of one process."""

    def __init__(self, moves: Moves) -> None:
        self.moves = moves
        self.reader_count = 0
        self._turn = anyio.Lock()
        self._free_at = 0.0

    def check_room(self) -> None:
        """Raises TooMany if there are too many readers already."""
        if self.reader_count >= MOST_READERS:
            raise TooMany("Too many are following the events live.", retry_after_ms=10_000)

    @contextmanager
    def reader(self) -> Generator[None]:
        """One reader, as long as he is there."""
        self.reader_count += 1
        try:
            yield
        finally:
            self.reader_count -= 1

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """The time to read and write down what is new: no other reader does so meanwhile, nor for a while after."""
        async with self._turn:
            await anyio.sleep(max(0.0, self._free_at - anyio.current_time()))
            began_at = anyio.current_time()
            yield
            spent_s = anyio.current_time() - began_at
            self._free_at = began_at + spent_s + min(spent_s * SHARE, LONGEST_REST_S)
