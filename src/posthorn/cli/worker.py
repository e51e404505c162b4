"""`posthorn worker`."""

from pathlib import Path

from cyclopts import App

from posthorn.cli.opening import settings_with
from posthorn.cli.starting import start

command = App(name="worker")


@command.default
def run(
    *,
    host: str | None = None,
    port: int | None = None,
    data: Path | None = None,
    database_url: str | None = None,
) -> None:
    """Run a worker without an API, for several machines on one database.

    Every other setting comes from the environment or from `posthorn.toml`: `posthorn settings` shows them.

    Example: `posthorn worker --database-url postgresql://posthorn@db/posthorn`

    Parameters
    ----------
    host:
        Address to listen on.
    port:
        Port to listen on.
    data:
        Folder of the SQLite file, the secret key and the mailbox.
    database_url:
        A PostgreSQL database instead of the SQLite file.
    """
    settings = settings_with(host=host, port=port, data=data, database_url=database_url)
    start(settings, api=False, worker=True)
