"""Many events in one body: Segment's batch envelope, or the array of a destination call (segment.md 3.7 and 5.3)."""

from itertools import repeat
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, structs

from posthorn.events.clean import (
    EVENT_LIMIT,
    Arrival,
    Examined,
    admit,
    examine,
    examine_value,
    is_from_device,
)
from posthorn.events.faults import Fault
from posthorn.events.head import ContextHead, Head
from posthorn.events.lenient import NotJson, Scrubber, encode, parse
from posthorn.events.model import Entry
from posthorn.events.plain import heads_of, plain_entry
from posthorn.events.reshape import context_head

MAX_EVENTS = 2_500

# The defaults are stored with each event, so a long context must not be multiplied by thousands of short events.
_MAX_DEFAULTS_BYTES = 16 * 2**20


# An element that is too deep is rejected alone; only a body that nobody could parse is refused whole.
_MAX_BODY_DEPTH = 500


class Envelope(Struct, frozen=True):
    """An opened body. elements: Raw bytes, or parsed values if the body was not strict JSON.

    heads: of the elements, if all of them could be read at once.

    defaults: for Entry.defaults. fault: "" or the code of what is wrong with it; detail: where the JSON breaks.
    """

    elements: list[Any]
    defaults: bytes = b""
    write_key: str = ""
    is_direct: bool = False
    fault: str = ""
    detail: str = ""
    heads: list[Head] | None = None


class Rejection(Struct, frozen=True, kw_only=True):
    """Why the element at `index` (first = 0) was left out."""

    index: int
    fault: Fault


class Batch(Struct, frozen=True):
    """What a body came to. accepted_count: the entries and our own events that came back, which are not stored."""

    entries: list[Entry]
    rejected: list[Rejection]
    own_count: int
    first_message_id: str

    @property
    def accepted_count(self) -> int:
        """How many events the sender may take for delivered."""
        return len(self.entries) + self.own_count


class _Body(Struct, frozen=True, rename="camel"):
    batch: list[Raw]
    context: Raw | UnsetType = UNSET
    integrations: Raw | UnsetType = UNSET
    sent_at: Raw | UnsetType = UNSET
    write_key: str | None = None


_BODY = msgspec.json.Decoder(_Body)
_ARRAY = msgspec.json.Decoder(list[Raw])


def open_envelope(raw: bytes) -> Envelope:
    """The envelope of /v1/batch and /v1/import."""
    if not _is_utf8(raw):
        return Envelope([], fault="invalid_json", detail="Body is not valid UTF-8")
    try:
        body = _BODY.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return _open_slowly(raw)
    defaults = {
        name: _value(found)
        for name, found in (("context", body.context), ("integrations", body.integrations), ("sentAt", body.sent_at))
    }
    return structs.replace(_envelope(list(body.batch), defaults, body.write_key or ""), heads=heads_of(raw))


def open_array(raw: bytes) -> Envelope:
    """The JSON array of a destination call; `invalid_body` if it is something else."""
    if not _is_utf8(raw):
        return Envelope([], fault="invalid_json", detail="Body is not valid UTF-8")
    try:
        return Envelope(list(_ARRAY.decode(raw)))
    except (msgspec.DecodeError, RecursionError):
        value = _parse(raw)
    if isinstance(value, NotJson):
        return Envelope([], fault="invalid_json", detail=str(value))
    return Envelope(value) if isinstance(value, list) else Envelope([], fault="invalid_body")


def examine_element(element: Any, event_limit: int = EVENT_LIMIT) -> Examined:
    """What one element of an Envelope says."""
    if isinstance(element, Raw):
        return examine(bytes(element), event_limit=event_limit)
    return examine_value(element, event_limit=event_limit)


def admit_all(envelope: Envelope, arrival: Arrival, event_limit: int = EVENT_LIMIT) -> Batch:
    """Every element by itself: stored, rejected, or our own."""
    arrival = structs.replace(arrival, defaults=envelope.defaults, is_direct=envelope.is_direct)
    entries: list[Entry] = []
    rejected: list[Rejection] = []
    own_count = 0
    first = ""
    heads = envelope.heads or repeat(None)
    for index, (element, head) in enumerate(zip(envelope.elements, heads, strict=False)):
        plain = plain_entry(element, head, arrival) if head is not None else None
        outcome = plain or admit(examine_element(element, event_limit), arrival)
        if type(outcome) is Entry:
            entries.append(outcome)
        elif type(outcome) is Fault:
            rejected.append(Rejection(index=index, fault=outcome))
        else:
            own_count += 1
        if index == 0:
            first = outcome.message_id
    return Batch(entries, rejected, own_count, first)


def _open_slowly(raw: bytes) -> Envelope:
    value = _parse(raw)
    if isinstance(value, NotJson):
        return Envelope([], fault="invalid_json", detail=str(value))
    if not isinstance(value, dict):
        return Envelope([], fault="invalid_body")
    key = value.get("writeKey")
    write_key = key if isinstance(key, str) else ""
    elements = value.get("batch")
    if not isinstance(elements, list):
        return Envelope([], write_key=write_key, fault="batch_not_array")
    return _envelope(elements, {name: value.get(name) for name in ("context", "integrations", "sentAt")}, write_key)


def _envelope(elements: list[Any], found: dict[str, Any], write_key: str) -> Envelope:
    fault = ""
    if not elements:
        fault = "empty_batch"
    elif len(elements) > MAX_EVENTS:
        fault = "batch_too_many_events"
    try:
        defaults, is_direct = _defaults(found)
    except NotJson as problem:
        return Envelope([], write_key=write_key, fault="invalid_json", detail=str(problem))
    if len(defaults) * len(elements) > _MAX_DEFAULTS_BYTES:
        fault = "payload_too_large"
    return Envelope(elements, defaults, write_key, is_direct, fault)


def _defaults(found: dict[str, Any]) -> tuple[bytes, bool]:
    scrubber = Scrubber()
    kept = {
        name: scrubber.clean(found[name], 2)
        for name in ("context", "integrations")
        if isinstance(found[name], dict) and found[name]
    }
    if type(found["sentAt"]) in (str, int, float):
        kept["sentAt"] = scrubber.clean(found["sentAt"])
    context: ContextHead | None = context_head(kept.get("context"))
    return encode(kept) if kept else b"", is_from_device(context)


def _value(found: Raw | UnsetType) -> Any:
    if found is UNSET:
        return None
    value = _parse(bytes(found))
    return None if isinstance(value, NotJson) else value


def _parse(raw: bytes) -> Any:
    try:
        return parse(raw, max_depth=_MAX_BODY_DEPTH)
    except NotJson as problem:
        return problem


def _is_utf8(raw: bytes) -> bool:
    if raw.isascii():
        return True
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
