"""`posthorn dispatch pause|resume|status`."""

from pathlib import Path

import anyio
from cyclopts import App

from posthorn.cli.opening import opened_and_migrated, require_database, settings_with
from posthorn.cli.terminal import say
from posthorn.settings import Settings
from posthorn.storage.switches import DISPATCH_PAUSED, reason, turn_off, turn_on

command = App(name="dispatch", help="Hold back everything that would leave the house, and let it go on.")


@command.command
def pause(*, reason: str = "Paused by hand.", data: Path | None = None) -> None:
    """Let nothing leave: no message, no call to Segment. Events are taken and processed; what they cause waits.

    Example: `posthorn dispatch pause --reason "wrong template"`

    Parameters
    ----------
    reason:
        What others are told.
    data:
        Folder of the SQLite file.
    """
    anyio.run(_pause, _settings(data), reason)
    say("Dispatch is paused.")


@command.command
def resume(*, data: Path | None = None) -> None:
    """Let what waits leave.

    Example: `posthorn dispatch resume`

    Parameters
    ----------
    data:
        Folder of the SQLite file.
    """
    anyio.run(_resume, _settings(data))
    say("Dispatch goes on.")


@command.command
def status(*, data: Path | None = None) -> None:
    """Say whether dispatch is paused, and why.

    Example: `posthorn dispatch status`

    Parameters
    ----------
    data:
        Folder of the SQLite file.
    """
    why = anyio.run(_reason, _settings(data))
    say("Dispatch is running." if why is None else f"Dispatch is paused: {why}")


def _settings(data: Path | None) -> Settings:
    settings = settings_with(data=data)
    require_database(settings)
    return settings


async def _pause(settings: Settings, why: str) -> None:
    async with opened_and_migrated(settings) as database, database.transaction() as tx:
        await turn_on(tx, DISPATCH_PAUSED, why)


async def _resume(settings: Settings) -> None:
    async with opened_and_migrated(settings) as database, database.transaction() as tx:
        await turn_off(tx, DISPATCH_PAUSED)


async def _reason(settings: Settings) -> str | None:
    async with opened_and_migrated(settings) as database, database.snapshot() as tx:
        return await reason(tx, DISPATCH_PAUSED)
