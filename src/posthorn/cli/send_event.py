"""`posthorn send-event`."""

import time
from pathlib import Path
from typing import Annotated, BinaryIO

from cyclopts import App, Parameter
from msgspec import Struct

from posthorn.access.first_keys import read_keys
from posthorn.cli.event_file import Batch, batches
from posthorn.cli.opening import settings_with
from posthorn.cli.streams import opened, progress_bar
from posthorn.cli.terminal import complain, note, say
from posthorn.cli.tracking_client import TrackingClient
from posthorn.clock import SystemClock
from posthorn.errors import Invalid
from posthorn.ids import random_uuid

command = App(name="send-event")

SHOWN = 20


class Total(Struct):
    """What has become of the lines so far."""

    sent_count: int = 0
    bad_count: int = 0


@command.default
def run(
    file: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    url: str | None = None,
    write_key: str | None = None,
    data: Path | None = None,
) -> int:
    """Send Segment events from a file with one JSON object a line; `-` reads stdin.

    They travel in batches; a server that is busy is waited for. An event without a messageId gets one, so nothing is taken
    twice within a run. Lines that are refused are listed by number, and the exit code is then 1; all others are sent.

    Example: `posthorn send-event events.ndjson`

    Parameters
    ----------
    file:
        The file, or `-`.
    url:
        The server; the one on this machine if not given.
    write_key:
        A write key; that of the settings or of the first start if not given.
    data:
        Folder of the SQLite file.
    """
    settings = settings_with(data=data)
    key = write_key or settings.write_key or read_keys(settings.keys_path).get("write", "")
    if not key:
        raise Invalid("No write key: give --write-key, or run this where the server has made its first keys.")
    total = Total()
    with opened(file) as (stream, size), TrackingClient(url or settings.local_url, key, SystemClock(), time.sleep) as client:
        _send_all(client, stream, size, total)
    say(f"{total.sent_count - total.bad_count:,} of {total.sent_count:,} events were taken.")
    if total.bad_count:
        complain(f"{total.bad_count:,} of {total.sent_count:,} events were refused.")
    return 1 if total.bad_count else 0


def _send_all(client: TrackingClient, stream: BinaryIO, size: int | None, total: Total) -> None:
    with progress_bar() as progress:
        task = progress.add_task("sending", total=size, told="")
        for batch in batches(stream, f"cli-{random_uuid()}"):
            _send(client, batch, total)
            progress.update(task, completed=batch.read_bytes, told=f"{total.sent_count:,} events")


def _send(client: TrackingClient, batch: Batch, total: Total) -> None:
    refused = client.send(batch.lines) if batch.lines else []
    bad = sorted((*batch.bad, *refused), key=lambda each: each.number)
    for each in bad[: max(0, SHOWN - total.bad_count)]:
        note(f"line {each.number}: {each.code}: {each.message}")
    if total.bad_count < SHOWN <= total.bad_count + len(bad):
        note("Further refused lines are only counted.")
    total.sent_count += len(batch.lines) + len(batch.bad)
    total.bad_count += len(bad)
