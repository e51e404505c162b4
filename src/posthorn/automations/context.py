"""What a run started by an event sees. Source: courier.md 1.5, segment.md 6.7."""

from datetime import UTC, datetime, timedelta
from typing import Any

from posthorn.events.model import Event

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def event_data(event: Event) -> dict[str, Any]:
    """`data`: the event's envelope, and each property (of identify and group: trait) that does not hide one of its keys.

    What was hidden is still at `properties` or `traits`; `userid` is `userId` again.
    """
    spread = event.traits if event.type in {"identify", "group"} else event.properties
    return {**event.fields, **spread, **envelope(event)}


def envelope(event: Event) -> dict[str, Any]:
    """The event with Segment's names; what it does not have is left out."""
    named = {
        "type": event.type,
        "event" if event.type == "track" else "name": event.name or None,
        "messageId": event.message_id,
        "userId": event.user_id,
        "userid": event.user_id,
        "anonymousId": event.anonymous_id,
        "groupId": event.group_id,
        "timestamp": _iso(event.timestamp),
        "properties": event.properties if event.type not in {"identify", "group"} else event.properties or None,
        "traits": event.traits if event.type in {"identify", "group"} else event.traits or None,
        "context": event.context,
    }
    return {name: value for name, value in named.items() if value is not None}


def event_context(event: Event) -> dict[str, Any]:
    """The context a run starts with; the stored profile is seen beside it and not copied."""
    return {
        "brand": None,
        "template": None,
        "recipient": event.user_id or event.anonymous_id,
        "profile": None,
        "data": event_data(event),
    }


def _iso(at_ms: int) -> str:
    try:
        moment = _EPOCH + timedelta(milliseconds=at_ms)
    except OverflowError:
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"
