"""`posthorn keys create|list|revoke`."""

from pathlib import Path

import anyio
from cyclopts import App

from posthorn.access.keys import KeyRequest, NewKey, create_key, list_keys, revoke_key
from posthorn.access.model import Environment, Key, KeyKind
from posthorn.cli.opening import opened_and_migrated, require_database, settings_with
from posthorn.cli.terminal import note, say, say_table
from posthorn.clock import SystemClock, iso
from posthorn.settings import Settings

command = App(name="keys", help="Make, list and revoke API keys and write keys.")


@command.command
def create(
    *,
    kind: KeyKind,
    environment: Environment,
    name: str = "",
    drafts: bool = False,
    source: str = "",
    data: Path | None = None,
) -> None:
    """Make a key and print it alone on stdout. It is shown this once: only a hash of it is kept.

    Example: `posthorn keys create --kind write --environment production --name "shop server"`

    Parameters
    ----------
    kind:
        `api` for the HTTP API, `write` for sending events.
    environment:
        In `test` every message is simulated.
    name:
        What you will know it by in `posthorn keys list`.
    drafts:
        Messages sent with this API key use the drafts of templates.
    source:
        Id of the source a write key belongs to; the environment's default source if not given.
    data:
        Folder of the SQLite file.
    """
    wanted = KeyRequest(kind=kind, environment=environment, name=name, renders_drafts=drafts, source_id=source)
    made = anyio.run(_create, settings_with(data=data), wanted)
    say(made.key)
    note(f"{made.shown.key_id}: note the key above, it is not shown again. A running server takes it up by itself.")


@command.command(name="list")
def list_(*, data: Path | None = None) -> None:
    """Show every key by its id, its name and its last four characters; never a whole key.

    Example: `posthorn keys list`

    Parameters
    ----------
    data:
        Folder of the SQLite file.
    """
    settings = settings_with(data=data)
    require_database(settings)
    headings = ("ID", "KIND", "ENVIRONMENT", "NAME", "ENDS IN", "CREATED", "REVOKED")
    say_table(headings, [_row(key) for key in anyio.run(_list, settings)])


@command.command
def revoke(key_id: str, /, *, data: Path | None = None) -> None:
    """Revoke a key for good. Again is the same as once.

    Example: `posthorn keys revoke key_01h2xcejqtf2nbrexx3vqjhp41`

    Parameters
    ----------
    key_id:
        The key's id, as `posthorn keys list` shows it.
    data:
        Folder of the SQLite file.
    """
    settings = settings_with(data=data)
    require_database(settings)
    anyio.run(_revoke, settings, key_id)
    say(f"{key_id} is revoked. A running server takes it up by itself.")


async def _create(settings: Settings, wanted: KeyRequest) -> NewKey:
    async with opened_and_migrated(settings) as database, database.transaction() as tx:
        return await create_key(tx, wanted, SystemClock().now_ms())


async def _list(settings: Settings) -> list[Key]:
    async with opened_and_migrated(settings) as database, database.snapshot() as tx:
        return await list_keys(tx)


async def _revoke(settings: Settings, key_id: str) -> None:
    async with opened_and_migrated(settings) as database, database.transaction() as tx:
        await revoke_key(tx, key_id, SystemClock().now_ms())


def _row(key: Key) -> tuple[str, ...]:
    revoked = "" if key.revoked_at is None else iso(key.revoked_at)
    return (key.key_id, key.kind, key.environment, key.name, key.hint, iso(key.created_at), revoked)
