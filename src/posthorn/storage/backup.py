"""A consistent copy of the SQLite file while it is in use, and back again. PostgreSQL has `pg_dump` for this."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from posthorn.clock import Clock
from posthorn.errors import Conflict, Invalid, NotFound
from posthorn.storage.migrate import migrate
from posthorn.storage.sqlite import open_sqlite
from posthorn.storage.switches import DISPATCH_PAUSED, turn_on


def copy_database(source: Path, target: Path) -> int:
    """Copies the database as it is at this moment into one new file, mode 0600; its size in bytes.

    A server may go on reading and writing. The file appears under its name only when it is whole and on the disk.
    """
    draft = target.with_name(target.name + ".part")
    _copy(source, draft)
    draft.replace(target)
    return target.stat().st_size


async def restore_database(backup: Path, target: Path, clock: Clock, *, force: bool) -> Path | None:
    """Puts a backup in the place of the database, migrated and with dispatch paused; where the old one was put aside.

    Dispatch is paused because what the backup still holds to be sent may have been sent since.
    1. The backup is checked and copied beside the target. 2. The copy is migrated and paused. 3. The old database is put
    aside, whole. 4. The copy takes its name. A crash leaves either the old database in place or put aside, never half of one.
    Raises NotFound, Invalid (no backup of Posthorn), Conflict (a database is there, or a server is using it).
    """
    _check(backup, target, force=force)
    draft = target.with_name(target.name + ".restoring")
    _copy(backup, draft)
    await _pause(draft, clock)
    aside = _put_aside(target, clock)
    draft.replace(target)
    return aside


def _copy(source: Path, draft: Path) -> None:
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_WRONLY, 0o600))
    with closing(_read_only(source)) as old, closing(sqlite3.connect(draft)) as new:
        # One step: in smaller ones every write of the server would start it over.
        old.backup(new, pages=-1)
        new.execute("PRAGMA journal_mode=DELETE")
        problem = new.execute("PRAGMA quick_check(1)").fetchone()[0]
    if problem != "ok":
        draft.unlink()
        raise Invalid(f"{source} is damaged: {problem}")
    handle = os.open(draft, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def _check(backup: Path, target: Path, *, force: bool) -> None:
    if target.exists() and not force:
        raise Conflict(f"There is a database at {target}; --force puts it aside and restores over it.")
    if not backup.is_file():
        raise NotFound(f"There is no file {backup}.")
    try:
        with closing(_read_only(backup)) as connection:
            connection.execute("SELECT count(1) FROM schema_migrations").fetchone()
    except sqlite3.DatabaseError:
        raise Invalid(f"{backup} is not a backup of Posthorn.") from None


async def _pause(path: Path, clock: Clock) -> None:
    database = open_sqlite(path, clock)
    try:
        await migrate(database)
        async with database.transaction() as tx:
            await turn_on(tx, DISPATCH_PAUSED, "This database was restored from a backup.")
    finally:
        await database.close()


def _put_aside(target: Path, clock: Clock) -> Path | None:
    if not target.exists():
        return None
    aside = target.with_name(f"{target.name}.before-restore-{clock.now_ms()}")
    with closing(sqlite3.connect(target, timeout=0, isolation_level=None)) as connection:
        try:
            # Leaving WAL needs the file for oneself, and folds the log into it: one file holds everything.
            connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError:
            raise Conflict(f"A server is using {target}; stop it first.") from None
        except sqlite3.DatabaseError:
            pass  # damaged: that is why somebody restores
    target.rename(aside)
    for ending in ("-wal", "-shm"):
        left = target.with_name(target.name + ending)
        if left.exists():
            left.rename(aside.with_name(aside.name + ending))
    return aside


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
