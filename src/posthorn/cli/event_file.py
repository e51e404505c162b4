"""Reads a file of events, one JSON object a line, into batches that the Tracking API takes."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

MAX_EVENTS = 50  # an answer names at most 50 refused events (segment.md 3.5), so every one can be named
MAX_BYTES = 475_000  # what Segment's own libraries keep to, below the limit of 500 KB (segment.md 3.4)


class Line(Struct, frozen=True):
    """One event: its line number (first = 1) and its bytes."""

    number: int
    body: bytes


class Bad(Struct, frozen=True):
    """A line that was not taken, by us or by the server: its number, a code, and a sentence."""

    number: int
    code: str
    message: str


class Batch(Struct, frozen=True):
    """Lines that travel together; `read_bytes` of the file were read up to its end."""

    lines: tuple[Line, ...]
    bad: tuple[Bad, ...]
    read_bytes: int


def batches(lines: Iterable[bytes], run_id: str) -> Iterator[Batch]:
    """The file in batches of at most 50 events and 475,000 bytes; empty lines are passed over.

    An event without a messageId is given one of this run, so that a batch sent twice is taken once, while the same file sent
    again tomorrow is new. The rest of a line stays as it is, byte for byte.
    """
    taken: list[Line] = []
    bad: list[Bad] = []
    size = read = 0
    for number, raw in enumerate(lines, 1):
        read += len(raw)
        read_line = _read(number, raw, run_id)
        if isinstance(read_line, Bad):
            bad.append(read_line)
        if not isinstance(read_line, Line):
            continue
        if taken and (len(taken) == MAX_EVENTS or size + len(read_line.body) > MAX_BYTES):
            yield Batch(tuple(taken), tuple(bad), read - len(raw))
            taken, bad, size = [], [], 0
        taken.append(read_line)
        size += len(read_line.body) + 1
    if taken or bad:
        yield Batch(tuple(taken), tuple(bad), read)


def _read(number: int, raw: bytes, run_id: str) -> Line | Bad | None:
    body = raw.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        return None
    try:
        event = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        return Bad(number, "invalid_json", f"not valid JSON: {problem}")
    if not isinstance(event, dict):
        return Bad(number, "invalid_body", "not a JSON object")
    return Line(number, _with_message_id(event, body, f"{run_id}-{number}"))


def _with_message_id(event: dict[str, Any], body: bytes, message_id: str) -> bytes:
    if event.get("messageId") or event.get("message_id"):
        return body
    if "messageId" in event:
        return msgspec.json.encode({**event, "messageId": message_id})
    comma = b"," if event else b""
    return b'{"messageId":"' + message_id.encode() + b'"' + comma + body[1:]
