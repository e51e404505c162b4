"""What commands write: results to stdout, so that they can be piped; everything else to stderr."""

import sys
from collections.abc import Sequence


def say(text: str = "") -> None:
    """One line of the result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """One line beside the result."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def complain(text: str) -> None:
    """The one line that says why something was refused."""
    note("posthorn: " + " ".join(text.split()))


def say_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns wide enough for their widest cell, two spaces apart."""
    lines = [headings, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    for line in lines:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
