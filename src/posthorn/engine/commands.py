"""Commands of the HTTP API: an event is appended, and the caller waits until it has been processed."""

import anyio

from posthorn.engine.progress import Progress
from posthorn.errors import BEHIND, Unavailable
from posthorn.events.model import Entry
from posthorn.log.append import Appender

PATIENCE_S = 10.0


class Commands:
    """The way into the log for handlers."""

    def __init__(self, appender: Appender, progress: Progress) -> None:
        self._appender = appender
        self._progress = progress

    async def append(self, entries: list[Entry]) -> None:
        """Returns when the entries are durable. Raises TooMany or Unavailable."""
        if entries:
            await self._appender.append(entries)

    async def append_and_wait(self, entries: list[Entry]) -> None:
        """Returns when the entries are durable and processed: what they did can be read.

        Raises TooMany or Unavailable; the latter also if processing takes longer than ten seconds, although nothing
        is lost then.
        """
        if not entries:
            return
        positions = await self._appender.append(entries)
        with anyio.move_on_after(PATIENCE_S) as waited:
            await self._progress.reach(positions)
        if waited.cancelled_caught:
            raise Unavailable(
                "Accepted, but processing is behind; the change will show later.", retry_after_ms=5_000, code=BEHIND
            )
