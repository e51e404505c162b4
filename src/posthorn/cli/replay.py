"""`posthorn replay`."""

from pathlib import Path
from typing import Annotated

import anyio
from cyclopts import App, Parameter
from msgspec import json

from posthorn.cli.rehearsing import stage
from posthorn.cli.streams import progress_bar
from posthorn.cli.terminal import note, say, say_table
from posthorn.clock import iso
from posthorn.engine.replay import Period, Replayed, replay
from posthorn.expressions.periods import since_moment

command = App(name="replay")


@command.default
def run(
    automation: str,
    /,
    *,
    since: str = "7d",
    draft: Annotated[bool, Parameter(negative="--published")] = True,
    environment: str = "production",
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
    data: Path | None = None,
) -> None:
    """Let stored history pass through a draft, and list who would newly get what, and who no longer, against what was sent.

    Nothing is stored, nothing is sent. With the whole history at hand, `--published` finds no difference.

    Example: `posthorn replay cart --draft --since 7d`

    Parameters
    ----------
    automation:
        Id or alias of an automation or journey.
    since:
        How far back, such as `7d`, `12h` or `2 weeks`, or a time as ISO 8601.
    draft:
        The draft, or with `--published` the published version.
    environment:
        production or test.
    as_json:
        Write JSON instead of a table.
    data:
        Folder of the SQLite file.
    """
    found = anyio.run(_replay, automation, since, draft, environment, data)
    if as_json:
        say(json.encode(found).decode())
        return
    rows = [("newly", one.user_key, iso(one.at), one.node_id, one.run_id) for one in found.newly]
    rows += [("no longer", one.user_key, iso(one.at), one.node_id, one.run_id) for one in found.no_longer]
    say_table(("", "user", "at", "step", "run"), rows)
    counts = f"{len(found.newly):,} newly, {len(found.no_longer):,} no longer, {found.same_count:,} the same."
    say(f"{found.event_count:,} events: {counts}")
    if not found.is_exact:
        note("Older history is not stored: profiles began as they are now, and runs that began earlier are left out.")


async def _replay(automation_id: str, since: str, draft: bool, environment: str, data: Path | None) -> Replayed:
    async with stage(automation_id, data=data, environment=environment, draft=draft) as on:
        period = Period(since=since_moment(since, now=on.now), until=on.now)
        with progress_bar() as progress:
            task = progress.add_task("replaying", total=None, told="")
            return await replay(
                on.database,
                on.config,
                on.automation,
                period,
                lambda done, total: progress.update(task, completed=done, total=total, told=f"{done:,} events"),
            )
