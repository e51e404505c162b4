"""What most commands begin with: the settings, and the database they name."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from posthorn.cli.terminal import note
from posthorn.errors import Conflict, NotFound
from posthorn.server.wiring import open_database
from posthorn.settings import Settings, load_settings
from posthorn.storage.database import Database
from posthorn.storage.migrate import migrate, missing


def settings_with(**options: object) -> Settings:
    """The settings with these options (None: not given). Names that nobody knows are told on stderr."""
    settings = load_settings(options)
    for warning in settings.warnings:
        note(f"posthorn: warning: {warning}")
    return settings


def require_database(settings: Settings) -> None:
    """Raises NotFound where there is no database yet, so that a question does not make an empty one."""
    if settings.is_sqlite and not settings.database_path.exists():
        raise NotFound(
            f"There is no database at {settings.database_path}; `posthorn serve` makes one, --data says where it is."
        )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Database]:
    """The database, as old as it is."""
    database = await open_database(settings)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def opened_and_migrated(settings: Settings) -> AsyncGenerator[Database]:
    """The database at this version: SQLite is brought there. Raises Conflict for a PostgreSQL that is behind."""
    async with opened(settings) as database:
        if settings.is_sqlite:
            await migrate(database)
        async with database.snapshot() as tx:
            behind = await missing(tx)
        if behind:
            raise Conflict("The database is of an older version: run `posthorn migrate` first.")
        yield database
