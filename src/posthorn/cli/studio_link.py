"""`posthorn studio-link`."""

from pathlib import Path

import anyio
from cyclopts import App

from posthorn.access.sessions import studio_link
from posthorn.cli.opening import opened_and_migrated, require_database, settings_with
from posthorn.cli.terminal import note, say
from posthorn.clock import SystemClock
from posthorn.settings import Settings

command = App(name="studio-link")


@command.default
def run(*, data: Path | None = None, public_url: str | None = None) -> None:
    """Print a link that signs in to Studio once, within a day. The server may be running.

    Example: `posthorn studio-link`

    Parameters
    ----------
    data:
        Folder of the SQLite file.
    public_url:
        What the world calls the server.
    """
    settings = settings_with(data=data, public_url=public_url)
    require_database(settings)
    say(anyio.run(_link, settings))
    note("The link works once, within a day.")


async def _link(settings: Settings) -> str:
    async with opened_and_migrated(settings) as database, database.transaction() as tx:
        return await studio_link(tx, settings.public_url, SystemClock().now_ms())
