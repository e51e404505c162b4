"""`posthorn migrate`."""

from pathlib import Path

import anyio
from cyclopts import App

from posthorn.cli.opening import opened, settings_with
from posthorn.cli.terminal import say
from posthorn.settings import Settings
from posthorn.storage.migrate import migrate

command = App(name="migrate")


@command.default
def run(*, data: Path | None = None, database_url: str | None = None) -> None:
    """Bring the database to this version. `posthorn serve` does it by itself on SQLite; safe to repeat.

    Example: `posthorn migrate --database-url postgresql://posthorn@db/posthorn`

    Parameters
    ----------
    data:
        Folder of the SQLite file.
    database_url:
        A PostgreSQL database instead.
    """
    done = anyio.run(_migrate, settings_with(data=data, database_url=database_url))
    for name in done:
        say(f"applied {name}")
    if not done:
        say("The database is up to date.")


async def _migrate(settings: Settings) -> list[str]:
    async with opened(settings) as database:
        return await migrate(database)
