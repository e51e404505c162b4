"""What POST /send refuses at once; whatever depends on stored state becomes a status of the message instead.

Source: courier.md 6.1.
"""

from typing import Any

from posthorn.errors import Invalid
from posthorn.messages.delays import due_at
from posthorn.messages.recipients import Recipients, recipients
from posthorn.templates.elemental import check_content

CRITERIA = frozenset({"no-escalation", "delivered", "viewed", "engaged"})
MOST_TAGS = 9
LONGEST_TAG = 30
_OBJECTS = ("data", "channels", "providers", "context", "delay", "expiry", "metadata", "preferences", "timeout", "timeouts")
_STRINGS = ("template", "brand_id")


def check_request(body: Any, *, now: int) -> tuple[dict[str, Any], Recipients]:
    """The message object without `to`, and its recipients. Raises Invalid with the wire text."""
    message = body.get("message") if isinstance(body, dict) else None
    if message is None:
        raise Invalid("message: Required")
    if not isinstance(message, dict):
        raise Invalid("message: Expected an object.")
    found = recipients(message.get("to"))
    check_message(message, now=now)
    return {key: value for key, value in message.items() if key != "to"}, found


def check_message(message: dict[str, Any], *, now: int) -> None:
    """Whether a message object can be sent as far as one sees by itself; recipients apart. Raises Invalid."""
    if message.get("content") is None and not message.get("template"):
        raise Invalid("Invalid Request. Either 'content' or 'template' must be defined.")
    for key in _OBJECTS:
        if message.get(key) is not None and not isinstance(message[key], dict):
            raise Invalid(f"message.{key}: Expected an object.")
    for key in _STRINGS:
        if message.get(key) is not None and not isinstance(message[key], str):
            raise Invalid(f"message.{key}: Expected a string.")
    if message.get("content") is not None:
        check_content(message["content"], "message.content")
    if message.get("routing") is not None:
        _check_routing(message["routing"], "message.routing", 0)
    _check_metadata(message.get("metadata") or {})
    _check_timeout(message.get("timeout") or message.get("timeouts") or {})
    _check_delay(message.get("delay") or {}, now)


def _check_routing(routing: Any, path: str, depth: int) -> None:
    if not isinstance(routing, dict):
        raise Invalid(f"{path}: Expected an object.")
    if routing.get("method") not in ("all", "single"):
        raise Invalid(f"{path}.method: Expected 'all' or 'single'.")
    channels = routing.get("channels")
    if not isinstance(channels, list):
        raise Invalid(f"{path}.channels: Required")
    if depth > 4:
        raise Invalid(f"{path}: Routing is nested too deep.")
    for index, entry in enumerate(channels):
        if not isinstance(entry, str):
            _check_routing(entry, f"{path}.channels[{index}]", depth + 1)


def _check_metadata(metadata: dict[str, Any]) -> None:
    tags = metadata.get("tags")
    if tags is not None and (not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags)):
        raise Invalid("message.metadata.tags: Expected an array of strings.")
    if tags and len(tags) > MOST_TAGS:
        raise Invalid(f"message.metadata.tags: At most {MOST_TAGS} tags.")
    if tags and any(len(tag) > LONGEST_TAG for tag in tags):
        raise Invalid(f"message.metadata.tags: A tag has at most {LONGEST_TAG} characters.")
    for key in ("event", "trace_id"):
        if metadata.get(key) is not None and not isinstance(metadata[key], str):
            raise Invalid(f"message.metadata.{key}: Expected a string.")
    if metadata.get("utm") is not None and not isinstance(metadata["utm"], dict):
        raise Invalid("message.metadata.utm: Expected an object.")


def _check_timeout(timeout: dict[str, Any]) -> None:
    criteria = timeout.get("criteria")
    if criteria is not None and (not isinstance(criteria, str) or criteria not in CRITERIA):
        raise Invalid("message.timeout.criteria: Expected no-escalation, delivered, viewed or engaged.")


def _check_delay(delay: dict[str, Any], now: int) -> None:
    duration = delay.get("duration")
    if duration is not None and (not isinstance(duration, int) or isinstance(duration, bool) or duration < 0):
        raise Invalid("message.delay.duration: Expected milliseconds.")
    for key in ("until", "timezone"):
        if delay.get(key) is not None and not isinstance(delay[key], str):
            raise Invalid(f"message.delay.{key}: Expected a string.")
    due_at(delay, {}, now=now)
