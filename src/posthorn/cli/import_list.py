"""`posthorn import-list`."""

import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import App, Parameter
from msgspec import Struct

from posthorn.cli.api_client import ApiClient, api_key_of
from posthorn.cli.list_file import BadRow, Row, read_heading, read_rows
from posthorn.cli.opening import settings_with
from posthorn.cli.streams import opened, progress_bar
from posthorn.cli.terminal import complain, note, say
from posthorn.errors import Invalid
from posthorn.lists.patterns import check_list_id

command = App(name="import-list")

SHARE = 1_000


class Total(Struct):
    """What has become of the lines so far."""

    taken_count: int = 0
    bad_count: int = 0


@command.default
def run(
    list_id: str,
    file: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    url: str | None = None,
    api_key: str | None = None,
    data: Path | None = None,
) -> int:
    """Put the users of a CSV file on a list; `-` reads stdin.

    The first line names the columns: `user_id`, and `preferences` (a JSON object) if there are any; other columns are passed
    over. The list is made if need be, and whoever is on it stays. Each line that is refused is told by its number and why, and
    the exit code is then 1; all others are taken.

    Example: `posthorn import-list newsletter readers.csv`

    Parameters
    ----------
    list_id:
        The list, such as `newsletter` or `eng.web`.
    file:
        The file, or `-`.
    url:
        The server; the one on this machine if not given.
    api_key:
        An API key; that of the settings or of the first start if not given.
    data:
        Folder of the SQLite file.
    """
    settings = settings_with(data=data)
    check_list_id(list_id)
    total = Total()
    with (
        opened(file) as (stream, size),
        ApiClient(url or settings.local_url, api_key_of(settings, api_key), time.sleep) as client,
    ):
        heading = read_heading(stream)
        if heading.other:
            note(f"Passed over, since they say nothing about a subscription: {', '.join(heading.other)}.")
        _import(client, list_id, read_rows(stream, heading), size, total)
    say(f"{total.taken_count:,} of {total.taken_count + total.bad_count:,} users are on {list_id}.")
    if total.bad_count:
        complain(f"{total.bad_count:,} lines were refused.")
    return 1 if total.bad_count else 0


def _import(client: ApiClient, list_id: str, rows: Any, size: int | None, total: Total) -> None:
    share: list[Row] = []
    with progress_bar() as progress:
        task = progress.add_task("importing", total=size, told="")
        for length, row in rows:
            if isinstance(row, BadRow):
                _refuse(row, total)
            else:
                share.append(row)
            if len(share) == SHARE:
                _send(client, list_id, share, total)
                share = []
            progress.update(task, advance=length, told=f"{total.taken_count:,} users")
        _send(client, list_id, share, total)


def _send(client: ApiClient, list_id: str, rows: list[Row], total: Total) -> None:
    """In halves where the server refuses them together, until the line that is at fault stands alone."""
    if not rows:
        return
    recipients = [{"recipientId": row.user_id, "preferences": row.preferences} for row in rows]
    try:
        client.call("POST", f"/lists/{quote(list_id, safe='')}/subscriptions", {"recipients": recipients})
    except Invalid as error:
        if len(rows) == 1:
            _refuse(BadRow(rows[0].number, error.message), total)
            return
        half = len(rows) // 2
        _send(client, list_id, rows[:half], total)
        _send(client, list_id, rows[half:], total)
    else:
        total.taken_count += len(rows)


def _refuse(row: BadRow, total: Total) -> None:
    note(f"line {row.number}: {row.reason}")
    total.bad_count += 1
