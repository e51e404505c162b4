"""`posthorn simulate`."""

from pathlib import Path
from typing import Annotated

import anyio
from cyclopts import App, Parameter
from msgspec import json

from posthorn.cli.rehearsing import event_of, moment_or, stage
from posthorn.cli.terminal import say, say_table
from posthorn.clock import iso
from posthorn.engine.simulate import Question, Simulated, entry_of, simulate
from posthorn.engine.state import load_user

command = App(name="simulate")


@command.default
def run(  # noqa: PLR0913 - each is an option that somebody types
    automation: str,
    /,
    *,
    event: str,
    at: str | None = None,
    draft: Annotated[bool, Parameter(negative="--published")] = True,
    environment: str = "production",
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
    data: Path | None = None,
) -> None:
    """Print what an event would set in motion in one automation, as a timeline. Nothing is stored, nothing is sent.

    Example: `posthorn simulate cart --event '{"type": "track", "userId": "u-1", "event": "Cart Left"}'`

    Parameters
    ----------
    automation:
        Id or alias of an automation or journey.
    event:
        The event as a source sends it, or `{"user_id": …, "data": …}` for one that is invoked; `@file` reads a file.
    at:
        When, as ISO 8601; now if not given.
    draft:
        The draft, or with `--published` the published version.
    environment:
        production or test.
    as_json:
        Write JSON instead of a table.
    data:
        Folder of the SQLite file.
    """
    found = anyio.run(_simulate, automation, event, at, draft, environment, data)
    if as_json:
        say(json.encode(found).decode())
        return
    rows = [(iso(line.at), line.what, line.verdict, line.told) for line in found.lines]
    say_table(("at", "what", "verdict", "why"), rows)
    for run_id, status, reason in found.runs:
        say(f"run {run_id}: {status} {reason}".rstrip())


async def _simulate(
    automation_id: str, event: str, at: str | None, draft: bool, environment: str, data: Path | None
) -> Simulated:
    async with stage(automation_id, data=data, environment=environment, draft=draft) as on:
        question = Question(event=event_of(event), at=moment_or(at, on.now))
        user_key = entry_of(on.automation, question.event, question.at).user_key
        async with on.database.snapshot() as tx:
            known = await load_user(tx, on.database.partition_count, environment, user_key)
        return simulate(on.automation, question, known, on.config)
