"""`posthorn restore`."""

from functools import partial
from pathlib import Path

import anyio
from cyclopts import App

from posthorn.cli.opening import settings_with
from posthorn.cli.terminal import note, say
from posthorn.clock import SystemClock
from posthorn.errors import Invalid
from posthorn.storage.backup import restore_database

command = App(name="restore")


@command.default
def run(file: Path, /, *, force: bool = False, data: Path | None = None) -> None:
    """Put a backup in the place of the database, with dispatch paused; the server must be stopped.

    Messages that were still to be sent when the backup was made may have been sent since. So nothing leaves until you have
    looked and let it go on with `posthorn dispatch resume`.

    Example: `posthorn restore /backups/posthorn-monday.db`

    Parameters
    ----------
    file:
        What `posthorn backup` wrote.
    force:
        Restore although there is a database; it is put aside, not deleted.
    data:
        Folder of the SQLite file.
    """
    settings = settings_with(data=data)
    if not settings.is_sqlite:
        raise Invalid("This database is PostgreSQL: restore it with pg_restore.")
    aside = anyio.run(partial(restore_database, file, settings.database_path, SystemClock(), force=force))
    say(f"{settings.database_path} is restored; `posthorn dispatch resume` lets messages leave again.")
    if aside is not None:
        note(f"The database that was there is {aside}.")
