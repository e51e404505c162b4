"""`posthorn explain`."""

from pathlib import Path
from typing import Annotated

import anyio
from cyclopts import App, Parameter
from msgspec import json

from posthorn.cli.rehearsing import moment_or, stage
from posthorn.cli.terminal import say, say_table
from posthorn.clock import iso
from posthorn.engine.explain import Explained, explain

command = App(name="explain")


@command.default
def run(
    user: str,
    automation: str,
    /,
    *,
    at: str | None = None,
    environment: str = "production",
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
    data: Path | None = None,
) -> None:
    """Tell why an automation did or did not run for a user: its gates in order, and the first that said no.

    Example: `posthorn explain u-1042 cart --at 2026-07-01T10:00:00Z`

    Parameters
    ----------
    user:
        The user's id.
    automation:
        Id or alias of an automation or journey.
    at:
        As things were then, as ISO 8601; now if not given.
    environment:
        production or test.
    as_json:
        Write JSON instead of a table.
    data:
        Folder of the SQLite file.
    """
    found = anyio.run(_explain, user, automation, at, environment, data)
    if as_json:
        say(json.encode(found).decode())
        return
    say_table(("gate", "", "saw", "why"), [(one.name, "yes" if one.passes else "NO", one.saw, one.told) for one in found.gates])
    for line in found.lines:
        say(f"{iso(line.at)}  {line.what}  {line.verdict}  {line.told}".rstrip())


async def _explain(user: str, automation_id: str, at: str | None, environment: str, data: Path | None) -> Explained:
    async with stage(automation_id, data=data, environment=environment, draft=False) as on:
        return await explain(on.database, on.config, on.automation, user, moment_or(at, on.now))
