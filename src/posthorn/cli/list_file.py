"""Reads the CSV file of a list: one user a line, and what is wrong with the lines that cannot be taken."""

import csv
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from posthorn.errors import Invalid

USER_COLUMNS = ("user_id", "recipient_id", "recipientId", "userId", "id")
PREFERENCES = "preferences"
LONGEST_ID = 512
LONGEST_LINE = 1_000_000


class Row(Struct, frozen=True):
    """One user; `number` is the line's, the heading being line 1."""

    number: int
    user_id: str
    preferences: dict[str, Any] | None = None


class BadRow(Struct, frozen=True):
    """A line that cannot be taken, and why."""

    number: int
    reason: str


class Heading(Struct, frozen=True):
    """Where the columns are. other: the names of those that say nothing about a subscription."""

    separator: str
    width: int
    user: int
    preferences: int | None
    other: tuple[str, ...]


def read_heading(stream: BinaryIO) -> Heading:
    """Reads the first line, its cells apart by comma, semicolon or tab. Raises Invalid if no column names the user."""
    line = stream.readline(LONGEST_LINE).removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").rstrip("\r\n")
    separator = max(",;\t", key=line.count)
    names = [name.strip() for name in _cells(line, separator)]
    user = next((names.index(name) for name in USER_COLUMNS if name in names), None)
    if user is None:
        raise Invalid(f"The first line must name the columns, one of them {USER_COLUMNS[0]}; it says: {line[:100]}")
    preferences = names.index(PREFERENCES) if PREFERENCES in names else None
    other = tuple(name for at, name in enumerate(names) if at not in (user, preferences) and name != "created")
    return Heading(separator, len(names), user, preferences, other)


def read_rows(stream: BinaryIO, heading: Heading) -> Iterator[tuple[int, Row | BadRow]]:
    """The lines behind the heading, empty ones left out: (bytes of the line, what it says). No line can spoil another."""
    number = 1
    while raw := stream.readline(LONGEST_LINE):
        number += 1
        if raw.strip():
            yield len(raw), _row(number, raw, heading)


def _row(number: int, raw: bytes, heading: Heading) -> Row | BadRow:
    try:
        cells = _cells(raw.decode("utf-8").rstrip("\r\n"), heading.separator)
        return Row(number, _user_id(cells, heading), _preferences(cells, heading))
    except UnicodeDecodeError:
        return BadRow(number, "not UTF-8")
    except Invalid as error:
        return BadRow(number, error.message)


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error as error:
        raise Invalid(f"not CSV: {error}") from None


def _user_id(cells: list[str], heading: Heading) -> str:
    if len(cells) > heading.width:
        raise Invalid(f"{len(cells)} cells, but the first line names {heading.width}")
    user_id = cells[heading.user].strip() if heading.user < len(cells) else ""
    if not user_id:
        raise Invalid("no user id")
    if len(user_id) > LONGEST_ID:
        raise Invalid(f"the user id is longer than {LONGEST_ID} characters")
    if "\0" in user_id:
        raise Invalid("a NUL in the user id")
    return user_id


def _preferences(cells: list[str], heading: Heading) -> dict[str, Any] | None:
    at = heading.preferences
    if at is None or at >= len(cells) or not cells[at].strip():
        return None
    try:
        return msgspec.json.decode(cells[at], type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise Invalid("the preferences are no JSON object") from None
