"""`posthorn export-list`."""

import csv
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TextIO
from urllib.parse import quote, urlencode

import msgspec
from cyclopts import App, Parameter

from posthorn.cli.api_client import ApiClient, api_key_of
from posthorn.cli.opening import settings_with
from posthorn.cli.streams import progress_bar
from posthorn.cli.terminal import note
from posthorn.errors import Invalid
from posthorn.lists.patterns import check_list_id

command = App(name="export-list")


@command.default
def run(
    list_id: str,
    file: Annotated[Path, Parameter(allow_leading_hyphen=True)] = Path("-"),
    /,
    *,
    url: str | None = None,
    api_key: str | None = None,
    data: Path | None = None,
) -> None:
    """Write the users on a list to a CSV file; to stdout without one. `posthorn import-list` reads it again.

    Example: `posthorn export-list newsletter readers.csv`

    Parameters
    ----------
    list_id:
        The list.
    file:
        The file, which is replaced, or `-`.
    url:
        The server; the one on this machine if not given.
    api_key:
        An API key; that of the settings or of the first start if not given.
    data:
        Folder of the SQLite file.
    """
    settings = settings_with(data=data)
    path = f"/lists/{quote(check_list_id(list_id), safe='')}/subscriptions"
    with ApiClient(url or settings.local_url, api_key_of(settings, api_key), time.sleep) as client:
        first = client.call("GET", path)
        with _written(file) as stream:
            count = _write(client, path, first, stream)
    note(f"{count:,} users are on {list_id}.")


def _write(client: ApiClient, path: str, page: dict[str, Any], stream: TextIO) -> int:
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(("user_id", "created", "preferences"))
    count = 0
    with progress_bar() as progress:
        task = progress.add_task("exporting", total=None, told="")
        while True:
            rows.writerows(_cells(item) for item in page["items"])
            count += len(page["items"])
            progress.update(task, told=f"{count:,} users")
            cursor = page["paging"].get("cursor")
            if not cursor:
                return count
            page = client.call("GET", f"{path}?{urlencode({'cursor': cursor})}")


def _cells(item: dict[str, Any]) -> tuple[str, str, str]:
    preferences = item.get("preferences")
    told = msgspec.json.encode(preferences).decode() if preferences else ""
    return item["recipientId"], item.get("created", ""), told


@contextmanager
def _written(file: Path) -> Generator[TextIO]:
    if str(file) == "-":
        yield sys.stdout
        return
    try:
        stream = file.open("w", encoding="utf-8", newline="")
    except OSError as problem:
        raise Invalid(f"{file} cannot be written: {problem.strerror}") from None
    with stream:
        yield stream
