"""From the stored Entry to the Event that the deciders see: pure, and the same each time (segment.md 2.7, 6.2, 6.3)."""

from typing import Any

import orjson

from posthorn.events.lenient import NotJson, Scrubber, parse
from posthorn.events.model import Entry, Event
from posthorn.events.times import corrected, read_moment

_WITH_NAME = frozenset({"page", "screen"})


def read_event(entry: Entry, event_id: str) -> Event:
    """The event in its normal form. Our own events (a dot in the type) keep their payload in `body` alone."""
    if "." in entry.type:
        return _own(entry, event_id)
    members, warnings = _members(entry)
    context = _object(members.pop("context", None))
    if entry.ip and context.get("ip") is None:
        context["ip"] = entry.ip
    if entry.user_agent and context.get("userAgent") is None:
        context["userAgent"] = entry.user_agent
    timestamp, original, sent, is_readable = _times(entry, members)
    for told_otherwise in ("type", "messageId", "writeKey"):
        members.pop(told_otherwise, None)
    return Event(
        id=event_id,
        environment=entry.environment,
        source_id=entry.source_id,
        origin=entry.origin,
        type=entry.type,
        name=_name(entry.type, members),
        user_key=entry.user_key,
        user_id=entry.user_key if entry.passed_on else _id(members.pop("userId", None)),
        anonymous_id=_id(members.pop("anonymousId", None)),
        group_id=_id(members.pop("groupId", None)),
        previous_id=_id(members.pop("previousId", None)),
        message_id=entry.message_id,
        timestamp=timestamp,
        received_at=entry.received_at,
        original_timestamp=original,
        sent_at=sent,
        properties=_object(members.pop("properties", None)),
        traits=_object(members.pop("traits", None)),
        context=context,
        integrations=_object(members.pop("integrations", None)),
        fields=members,
        warnings=warnings if is_readable else (*warnings, "invalid_timestamp"),
        body=entry.body,
        passed_on=entry.passed_on,
    )


def merge_under(defaults: dict[str, Any], over: dict[str, Any]) -> None:
    """Puts into `over` what `defaults` has beside it, at every depth; what `over` has stays (segment.md 3.7)."""
    for key, value in defaults.items():
        if key not in over:
            over[key] = value
        elif isinstance(value, dict) and isinstance(over[key], dict):
            merge_under(value, over[key])


def _own(entry: Entry, event_id: str) -> Event:
    return Event(
        id=event_id,
        environment=entry.environment,
        source_id=entry.source_id,
        origin=entry.origin,
        type=entry.type,
        user_key=entry.user_key,
        message_id=entry.message_id,
        timestamp=entry.received_at,
        received_at=entry.received_at,
        warnings=entry.warnings,
        body=entry.body,
        passed_on=entry.passed_on,
    )


def _members(entry: Entry) -> tuple[dict[str, Any], tuple[str, ...]]:
    members, warnings = _decoded(entry.body, entry.warnings)
    if not entry.defaults:
        return members, warnings
    defaults = orjson.loads(entry.defaults)
    for name, value in defaults.items():
        if members.get(name) is None:
            members[name] = value
        elif isinstance(value, dict) and isinstance(members[name], dict):
            merge_under(value, members[name])
    return members, warnings


def _decoded(body: bytes, warnings: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    try:
        return orjson.loads(body), warnings
    except orjson.JSONDecodeError:
        # Numbers such as 1e999 are good JSON that only a slower reader takes.
        return _scrubbed(body, warnings)


def _scrubbed(body: bytes, warnings: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    scrubber = Scrubber()
    try:
        value = parse(body)
    except NotJson:
        return {}, (*warnings, "unreadable_body")
    return _object(scrubber.clean(value)), (*warnings, *scrubber.warnings)


def _times(entry: Entry, members: dict[str, Any]) -> tuple[int, int | None, int | None, bool]:
    """(timestamp, original timestamp, sent at, whether all of them could be read)."""
    given = members.pop("timestamp", None)
    given_original = members.pop("originalTimestamp", None)
    given_sent = members.pop("sentAt", None)
    received = entry.received_at
    sent = read_moment(given_sent) if given_sent is not None else None
    is_sent_unreadable = given_sent is not None and sent is None
    if entry.origin != "tracking":
        return _already_corrected(received, given, members.get("receivedAt"), given_original, sent)
    chosen = given if given is not None else given_original
    if chosen is None:
        original = sent if sent is not None else received
        return corrected(original, sent=sent, received=received), None, sent, not is_sent_unreadable
    original = read_moment(chosen)
    if original is None:
        return received, None, sent, False
    moment = corrected(original, sent=sent, received=received, sent_is_unreadable=is_sent_unreadable)
    return moment, original, sent, not is_sent_unreadable


def _already_corrected(
    received: int, given: Any, segment_received: Any, given_original: Any, sent: int | None
) -> tuple[int, int | None, int | None, bool]:
    timestamp = read_moment(given)
    is_readable = timestamp is not None or given is None
    if timestamp is None:
        timestamp = read_moment(segment_received)
    return received if timestamp is None else timestamp, read_moment(given_original), sent, is_readable


def _name(kind: str, members: dict[str, Any]) -> str:
    if kind == "track":
        found = members.pop("event", None)
    elif kind in _WITH_NAME:
        found = members.pop("name", None)
    else:
        return ""
    return found if isinstance(found, str) else ""


def _id(found: Any) -> str | None:
    return found if isinstance(found, str) and found and not found.isspace() else None


def _object(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}
