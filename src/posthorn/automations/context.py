"""What a run started by an event sees. Source: courier.md 1.5, segment.md 6.7."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from posthorn.automations.model import RunInvoked
from posthorn.events.model import Event

_TRUSTED = frozenset({"segment", "rudderstack", "courier", "webhook"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def event_data(event: Event) -> dict[str, Any]:
    """`data`: the event's envelope, and each property (of identify and group: trait) that does not hide one of its keys.

    What was hidden is still at `properties` or `traits`; `userid` is `userId` again. Of a webhook, its payload as it came.
    """
    if event.origin == "webhook":
        return event.properties
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


def invocation_in(event: Event, *, run_id: str, source: list[str]) -> RunInvoked | None:
    """The run that `properties.courier.automation` asks for in place of the linked ones; None if it asks for none.

    Only calls with an API key may ask: a write key is in the hands of every visitor. Source: courier.md 1.5.
    """
    asked = _at(_at(event.properties, "courier"), "automation") if event.origin in _TRUSTED else {}
    template, steps = asked.get("template"), asked.get("steps")
    if not (isinstance(template, str) and template) and not isinstance(steps, list):
        return None
    context = event_context(event)
    return RunInvoked(
        run_id=run_id,
        automation_id=template if isinstance(template, str) and template else None,
        steps=cast("list[Any]", steps) if isinstance(steps, list) else [],
        recipient=context["recipient"],
        data={**context["data"], **_at(asked, "data")},
        source=source,
    )


def _at(holder: dict[str, Any], key: str) -> dict[str, Any]:
    value = holder.get(key)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _iso(at_ms: int) -> str:
    try:
        return f"{_second(at_ms // 1000)}.{at_ms % 1000:03d}Z"
    except OverflowError:
        return ""


@lru_cache(maxsize=1024)  # most events happened in the last few seconds
def _second(at_s: int) -> str:
    return (_EPOCH + timedelta(seconds=at_s)).replace(tzinfo=None).isoformat()
