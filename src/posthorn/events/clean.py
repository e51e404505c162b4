"""From the bytes of one event to the Entry that is stored, or to the code that refuses it (segment.md 3.7).

Two steps, because the credential may stand in the event itself: `examine` looks at the bytes alone, `admit` applies the
rules of the place where it came in. Well-formed bytes are kept as they are; anything else is cleaned and encoded anew.
"""

import hashlib
from collections.abc import Callable
from typing import Any, TypeGuard

from msgspec import UNSET, Struct

from posthorn.events.faults import Fault, fault
from posthorn.events.head import EMPTY_HEAD, ContextHead, Head, read_head
from posthorn.events.lenient import MAX_KEYS, NotJson, parse
from posthorn.events.model import SEGMENT_TYPES, Entry
from posthorn.events.reshape import reshape
from posthorn.events.vocabulary import CLIENT_LIBRARIES, CONSENT_EVENT, OUTBOUND_EVENTS, OWN_MESSAGE_PREFIX, PRODUCT

DESTINATION_TYPES = SEGMENT_TYPES | {"delete"}
EVENT_LIMIT = 32_768
MAX_MESSAGE_ID = 100
MAX_ID = 512
"""Characters of the id of a user or a group, as over the API: an index of PostgreSQL takes no more than 2.7 kB."""

_SHORTEST_WITH_MAX_KEYS = 5 * MAX_KEYS  # each key takes at least `"":0,`


class Examined(Struct, frozen=True):
    """An event as its bytes tell it. `fault`: "" or the code of a wrong shape; `detail`: where the JSON breaks."""

    head: Head
    body: bytes
    warnings: tuple[str, ...] = ()
    fault: str = ""
    detail: str = ""


class Arrival(Struct, frozen=True, kw_only=True):
    """Where and when events came in; the fields without a word here are those of Entry.

    ip, user_agent: of the caller, used only for events from a user's own device. is_direct: the caller is that device.
    types: the calls accepted here. fresh_id: makes a messageId for an event without one.
    fallback_key: whose an event without any id is; "" if such events are refused.
    """

    environment: str
    source_id: str
    origin: str
    received_at: int
    fresh_id: Callable[[], str]
    types: frozenset[str] = SEGMENT_TYPES
    defaults: bytes = b""
    ip: str = ""
    user_agent: str = ""
    is_direct: bool = False
    fallback_key: str = ""


class OwnEvent(Struct, frozen=True):
    """One of our own events that came back: answered as success, never stored (segment.md 7.6)."""

    message_id: str


Outcome = Entry | Fault | OwnEvent


def examine(raw: bytes, *, event_limit: int = EVENT_LIMIT, path_type: str = "") -> Examined:
    """What the bytes of one event say, cleaned only where they must be."""
    is_small = len(raw) <= event_limit and (len(raw) < _SHORTEST_WITH_MAX_KEYS or raw.count(b":") <= MAX_KEYS)
    head = read_head(raw) if is_small else None
    if head is None:
        return _examine_slowly(raw, event_limit, path_type)
    if head.write_key is UNSET:
        return Examined(head, raw)
    body = _without_write_key(raw, head.write_key)
    return _examine_slowly(raw, event_limit, path_type) if body is None else Examined(head, body)


def examine_value(value: Any, *, event_limit: int = EVENT_LIMIT, path_type: str = "") -> Examined:
    """The same for an event that is already parsed, with all its faults."""
    if not isinstance(value, dict):
        return Examined(EMPTY_HEAD, b"", (), "event_not_object")
    try:
        head, body, warnings, code = reshape(value, path_type)
    except NotJson as problem:
        return Examined(EMPTY_HEAD, b"", (), "invalid_json", str(problem))
    return Examined(head, body, warnings, "event_too_large" if len(body) > event_limit else code)


def admit(examined: Examined, arrival: Arrival, path_type: str = "") -> Outcome:
    """The event as it will be stored, or why not. `path_type`: the type that the path names, "" if the event must.

    Checked in this order: shape, type, own event, identity, what the type needs.
    """
    head = examined.head
    kind = path_type or head.type or ""
    code = examined.fault or _wrong_type(kind, arrival.types)
    if code:
        return fault(code, head.message_id or "")
    if is_own(head):
        return OwnEvent(head.message_id or arrival.fresh_id())
    user_key = _filled(head.user_id) or _filled(head.anonymous_id) or arrival.fallback_key
    code = _missing(kind, head, user_key != "") or too_long(head)
    if code:
        return fault(code, head.message_id or "")
    return _entry(kind, user_key, examined, arrival)


def is_own(head: Head) -> bool:
    """Whether we sent this event to Segment ourselves (segment.md 7.6)."""
    if head.message_id is not None and head.message_id.startswith(OWN_MESSAGE_PREFIX):
        return True
    context = head.context
    if context is None:
        return False
    if context.integration is not None and context.integration.name == PRODUCT:
        return True
    return context.library is not None and context.library.name == PRODUCT and head.event in OUTBOUND_EVENTS


def too_long(head: Head) -> str:
    """The code of an id that is too long, or ""."""
    for one in (head.user_id, head.anonymous_id, head.group_id, head.previous_id):
        if one is not None and len(one) > MAX_ID:
            return "id_too_long"
    return ""


def is_from_device(context: ContextHead | None) -> bool:
    """Whether the user's own device sent an event with that context, so that the caller's address is the user's."""
    if context is None:
        return False
    library = context.library
    return context.direct is True or (
        library is not None and library.name is not None and library.name.startswith(CLIENT_LIBRARIES)
    )


def _examine_slowly(raw: bytes, event_limit: int, path_type: str) -> Examined:
    try:
        value = parse(raw)
    except NotJson as problem:
        return Examined(EMPTY_HEAD, b"", (), "invalid_json", str(problem))
    return examine_value(value, event_limit=event_limit, path_type=path_type)


def _without_write_key(raw: bytes, write_key: str) -> bytes | None:
    """The event without its top-level writeKey; None if a plain look cannot tell it from another one inside."""
    if raw.count(b'"writeKey"') != 1 or b"\\u" in raw:
        return None
    member = b'"writeKey":"' + write_key.encode() + b'"'
    for spelling in (member + b",", b"," + member):
        before, found, after = raw.partition(spelling)
        if found:
            return before + after
    return None


def _wrong_type(kind: str, accepted: frozenset[str]) -> str:
    if kind in accepted:
        return ""
    return "unknown_type" if kind.strip() else "type_required"


def _missing(kind: str, head: Head, has_anybody: bool) -> str:
    """The code of what a call of that type lacks, or ""."""
    if kind in ("alias", "delete"):
        if not _is_filled(head.user_id):
            return "user_id_required"
        return "previous_id_required" if kind == "alias" and not _is_filled(head.previous_id) else ""
    if not has_anybody:
        return "no_user_anon_id"
    if kind == "track":
        return _track_fault(head)
    return "group_id_required" if kind == "group" and not _is_filled(head.group_id) else ""


def _track_fault(head: Head) -> str:
    if head.event == CONSENT_EVENT:
        return _consent_fault(head.context.consent if head.context is not None else None)
    return "" if _is_filled(head.event) else "event_not_defined"


def _consent_fault(consent: Any) -> str:
    preferences = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    if preferences is None:
        return "consent_categorypreferences_should_exist"
    if not isinstance(preferences, dict):
        return "consent_categorypreferences_fields_should_be_object"
    if not all(isinstance(choice, bool) for choice in preferences.values()):
        return "consent_categorypreferences_fields_should_be_bool"
    return ""


def _entry(kind: str, user_key: str, examined: Examined, arrival: Arrival) -> Entry:
    head = examined.head
    message_id, warnings = _message_id(head.message_id, examined.warnings, arrival.fresh_id)
    if head.type is not None and head.type != kind:
        warnings += ("type_overridden",)
    if _is_blank(head.user_id) or _is_blank(head.anonymous_id):
        warnings += ("empty_id_ignored",)
    if head.email is not UNSET:
        warnings += ("top_level_email_ignored",)
    is_device = arrival.is_direct or is_from_device(head.context)
    return Entry(
        environment=arrival.environment,
        source_id=arrival.source_id,
        origin=arrival.origin,
        type=kind,
        user_key=user_key,
        message_id=message_id,
        received_at=arrival.received_at,
        body=examined.body,
        defaults=arrival.defaults,
        warnings=warnings,
        ip=arrival.ip if is_device else "",
        user_agent=arrival.user_agent if is_device else "",
    )


def _message_id(given: str | None, warnings: tuple[str, ...], fresh_id: Callable[[], str]) -> tuple[str, tuple[str, ...]]:
    if not _is_filled(given):
        return fresh_id(), (*warnings, "message_id_generated")
    if len(given) <= MAX_MESSAGE_ID:
        return given, warnings
    return "h-" + hashlib.sha256(given.encode()).hexdigest(), (*warnings, "message_id_hashed")


def _is_filled(text: str | None) -> TypeGuard[str]:
    return text is not None and text != "" and not text.isspace()


def _filled(text: str | None) -> str:
    return text if text is not None and not text.isspace() else ""


def _is_blank(text: str | None) -> bool:
    return text is not None and (text == "" or text.isspace())
