"""Whether the recipient wants a message, and by which channels. Pure. Source: courier.md 8.4, 6.7."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from posthorn.errors import Invalid
from posthorn.expressions.moments import timestamp
from posthorn.messages.model import Contents, Gate, Known, Message
from posthorn.preferences.effective import effective
from posthorn.preferences.model import Topic

OPTED_OUT = Gate(status="UNDELIVERABLE", reason="UNSUBSCRIBED", error="Notification opted out by user")
OPT_IN_REQUIRED = Gate(
    status="UNDELIVERABLE",
    reason="OPT_IN_REQUIRED",
    error="The topic is opted out by default, and the user has not opted in",
)


class Permission(Struct, frozen=True, kw_only=True):
    """gate: why the message must stop, None if it need not. channels: the only ones it may take, None for any."""

    gate: Gate | None = None
    channels: frozenset[str] | None = None


_ANY = Permission()


def permission(message: Message, contents: Contents, known: Known, topics: Mapping[str, Topic], now: int) -> Permission:
    """What the recipient allows. topics: of the environment, by id; a message without a (known) topic is checked against
    the preferences that came with its recipient.
    """
    topic = topics.get(message.topic_id) if message.topic_id else None
    if topic is None:
        given = contents.to.get("preferences")
        return _legacy(message, given, now) if given else _ANY
    line = next((one.defaults for one in known.memberships if one.tenant_id == message.tenant_id), ())
    found = effective(topic, known.preferences, message.tenant_id, line)
    if found.own is None and message.user_id is None:
        return _ANY  # an address that belongs to no user is checked only if its reader opted out
    if not found.is_in:
        return Permission(gate=OPTED_OUT if found.own else OPT_IN_REQUIRED)
    if found.has_custom_routing and found.status == "OPTED_IN":
        return Permission(channels=frozenset(found.custom_routing))
    return _ANY


def _legacy(message: Message, preferences: Any, now: int) -> Permission:
    """Preferences in their old structure, on a recipient or a list subscription: by template id."""
    preferences = _dict(preferences)
    by_template = _dict(preferences.get("notifications"))
    names = (preferences.get("templateId"), message.template_id, message.event)
    wanted = next((_dict(by_template[name]) for name in names if isinstance(name, str) and name in by_template), {})
    if wanted.get("status") == "REQUIRED":
        return _ANY
    if wanted.get("status") == "OPTED_OUT" or _is_snoozed(wanted.get("rules"), now):
        return Permission(gate=OPTED_OUT)
    channels = [
        one["channel"] for one in _list(wanted.get("channel_preferences")) if isinstance(_dict(one).get("channel"), str)
    ]
    return Permission(channels=frozenset(channels)) if channels else _ANY


def _is_snoozed(rules: Any, now: int) -> bool:
    return any(_at(rule, "start", 0) <= now < _at(rule, "until", 0) for rule in map(_dict, _list(rules)))


def _at(rule: dict[str, Any], name: str, otherwise: int) -> int:
    text = rule.get(name)
    try:
        return timestamp(text) if isinstance(text, str) else otherwise
    except Invalid:
        return otherwise


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
