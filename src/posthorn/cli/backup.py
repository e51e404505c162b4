"""`posthorn backup`."""

from pathlib import Path

from cyclopts import App

from posthorn.cli.opening import require_database, settings_with
from posthorn.cli.terminal import note, say
from posthorn.errors import Conflict, Invalid
from posthorn.storage.backup import copy_database

command = App(name="backup")


@command.default
def run(file: Path, /, *, force: bool = False, data: Path | None = None) -> None:
    """Write a consistent copy of the SQLite database to a file, while the server runs.

    Stored credentials are sealed in it: keep the secret key (`secret.key` in the data folder) too, in another place.

    Example: `posthorn backup /backups/posthorn-monday.db`

    Parameters
    ----------
    file:
        The file to write.
    force:
        Replace the file if there is one.
    data:
        Folder of the SQLite file.
    """
    settings = settings_with(data=data)
    if not settings.is_sqlite:
        raise Invalid("This database is PostgreSQL: back it up with pg_dump.")
    require_database(settings)
    if file.exists() and (not force or file.samefile(settings.database_path)):
        raise Conflict(f"{file} exists already; --force replaces it, unless it is the database itself.")
    size = copy_database(settings.database_path, file)
    say(f"{file}: {size:,} bytes")
    if settings.secret_key_path.exists():
        note(f"Keep {settings.secret_key_path} too: without it the credentials in the backup stay sealed.")
