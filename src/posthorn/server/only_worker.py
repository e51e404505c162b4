"""The lock of the one worker of a SQLite file: whoever holds it knows that every open claim is a dead process's."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from posthorn.outbox import store as outbox
from posthorn.storage.database import Database


@contextmanager
def only_worker(path: Path) -> Generator[bool]:
    """Holds the lock in that file meanwhile; False if another process has it, which is no error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


async def take_over_claims(database: Database) -> int:
    """Makes what a process had claimed that is dead now due at once, not when its claims end; how many commands."""
    async with database.transaction() as tx:
        return await outbox.end_claims(tx, await tx.now_ms())
