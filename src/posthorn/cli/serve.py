"""`posthorn serve`."""

from pathlib import Path

from cyclopts import App

from posthorn.cli.opening import settings_with
from posthorn.cli.starting import start

command = App(name="serve")


@command.default
def run(
    *,
    host: str | None = None,
    port: int | None = None,
    data: Path | None = None,
    database_url: str | None = None,
    public_url: str | None = None,
) -> None:
    """Run the server: API, Studio and worker in one process. Ctrl-C stops it cleanly.

    The first start makes the database, the secret key, an API key and a write key in the data folder.

    Every other setting comes from the environment or from `posthorn.toml`: `posthorn settings` shows them.

    Example: `posthorn serve --port 9000 --data /var/lib/posthorn`

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
    start(settings, api=True, worker=True)
