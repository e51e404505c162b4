"""Files that are read from one end to the other, and the bar that shows how far."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from posthorn.errors import NotFound


@contextmanager
def opened(file: Path) -> Generator[tuple[BinaryIO, int | None]]:
    """The bytes of a file and how many there are; of stdin, without a number, for `-`. Raises NotFound."""
    if str(file) == "-":
        yield sys.stdin.buffer, None
        return
    try:
        stream = file.open("rb")
        size = file.stat().st_size
    except OSError as problem:
        raise NotFound(f"{file} cannot be read: {problem.strerror}") from None
    with stream:
        yield stream, size


def progress_bar() -> Progress:
    """A bar on stderr, if that is a terminal; its tasks have a field `told`, shown beside it."""
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[told]}"), TimeRemainingColumn())
    return Progress(*columns, console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty())
