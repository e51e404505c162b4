"""GET /v1/pixel/…: an event in a query string, answered by an image whatever happens (segment.md 3.10)."""

import base64
import binascii
from typing import Any
from urllib.parse import parse_qsl

from msgspec import structs

from posthorn.api.tracking.answers import EXPOSED, Answer, Reply
from posthorn.api.tracking.intake import NOT_STORED, Intake, arrival_of, source_of_body, source_of_header
from posthorn.api.tracking.request import Request
from posthorn.errors import Invalid, Refusal
from posthorn.events.clean import Examined, OwnEvent, admit, examine, examine_value
from posthorn.events.faults import Fault
from posthorn.events.model import Entry

_GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
IMAGE = Answer(
    200,
    _GIF,
    [
        (b"content-type", b"image/gif"),
        (b"content-length", str(len(_GIF)).encode()),
        (b"cache-control", b"no-store, private"),
        EXPOSED,
    ],
)
_DEEPEST_NAME = 32


def take_pixel(intake: Intake, request: Request, kind: str) -> Reply:
    """Takes the event if it can be taken; the answer is the same either way."""
    try:
        return Reply(IMAGE, _taken(intake, request, kind), anyway=True)
    except Refusal as refusal:
        intake.notice(refusal.code or NOT_STORED, request.peer)
        return Reply(IMAGE)


def _taken(intake: Intake, request: Request, kind: str) -> list[Entry]:
    if len(request.query) > intake.limits.pixel_query:
        raise Invalid("The query is too long", code="event_too_large")
    examined = _examined(request.query, kind)
    source = source_of_header(intake, request)
    if source is None:
        source = source_of_body(intake, request, examined.head.write_key or "")
    outcome = admit(examined, structs.replace(arrival_of(intake, request, source), is_direct=True), kind)
    if isinstance(outcome, Fault):
        raise Invalid(outcome.message, code=outcome.code)
    if isinstance(outcome, OwnEvent):
        intake.notice("own_event", source.source_id)
        return []
    return [outcome]


def _examined(query: bytes, kind: str) -> Examined:
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, errors="replace")
    encoded = dict(pairs).get("data")
    if encoded is None:
        return examine_value(_nested(pairs), path_type=kind)
    return examine(_decoded(encoded), path_type=kind)


def _decoded(encoded: str) -> bytes:
    """Bytes of base64 or base64url, padded or not, with its plus signs perhaps turned into blanks."""
    digits = encoded.strip("\t\r\n\"'").replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """{"a.b": x} as {"a": {"b": x}}; a name that contradicts an earlier one is left out."""
    nested: dict[str, Any] = {}
    for name, value in pairs:
        *path, last = name.split(".", _DEEPEST_NAME)
        place: Any = nested
        for step in path:
            place = place.setdefault(step, {}) if isinstance(place, dict) else None
        if isinstance(place, dict):
            place.setdefault(last, value)
    return nested
