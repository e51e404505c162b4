"""What the commands that try an automation out have in common: the configuration as the database has it, and the clock."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec import DecodeError, Struct, json

from posthorn.automations.model import Automation
from posthorn.automations.write import any_version
from posthorn.cli.opening import opened_and_migrated, require_database, settings_with
from posthorn.clock import SystemClock
from posthorn.engine.config import Config, ConfigCache
from posthorn.errors import Invalid
from posthorn.expressions.moments import timestamp
from posthorn.messages.config import MessageSettings
from posthorn.server.wiring import open_vault
from posthorn.storage.database import Database


class Stage(Struct, frozen=True, kw_only=True):
    """Where something is tried out. now: UTC milliseconds."""

    database: Database
    config: Config
    automation: Automation
    now: int


@asynccontextmanager
async def stage(automation_id: str, *, data: Path | None, environment: str, draft: bool) -> AsyncGenerator[Stage]:
    """The database with its configuration, and the automation or journey. Raises NotFound."""
    settings = settings_with(data=data)
    require_database(settings)
    async with opened_and_migrated(settings) as database:
        cache = ConfigCache(open_vault(settings), MessageSettings(public_url=settings.public_url))
        async with database.snapshot() as tx:
            config = await cache.current(tx)
            automation = await any_version(tx, environment, automation_id, 0 if draft else None)
        yield Stage(database=database, config=config, automation=automation, now=SystemClock().now_ms())


def moment_or(at: str | None, now: int) -> int:
    """UTC milliseconds of an ISO 8601 time, or now. Raises Invalid."""
    return now if at is None else timestamp(at)


def event_of(text: str) -> dict[str, Any]:
    """The event in a text of JSON, or in the file after an `@`. Raises Invalid."""
    try:
        written = Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()
        found = json.decode(written)
    except (OSError, DecodeError) as problem:
        raise Invalid(f"--event: {problem}") from None
    if not isinstance(found, dict):
        raise Invalid("--event: Expected a JSON object, or @ and the name of a file with one.")
    return found
