"""`posthorn api`."""

from pathlib import Path

from cyclopts import App

from posthorn.cli.opening import settings_with
from posthorn.cli.starting import start

command = App(name="api")


@command.default
def run(
    *,
    host: str | None = None,
    port: int | None = None,
    data: Path | None = None,
    database_url: str | None = None,
    public_url: str | None = None,
) -> None:
    """Run the API and Studio without a worker, for several machines on one database.

    Every other setting comes from the environment or from `posthorn.toml`: `posthorn settings` shows them.

    Example: `posthorn api --database-url postgresql://posthorn@db/posthorn`

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
    public_url:
        What the world calls this server.
    """
    settings = settings_with(host=host, port=port, data=data, database_url=database_url, public_url=public_url)
    start(settings, api=True, worker=False)
