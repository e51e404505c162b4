"""The events that tell Segment what became of a message, an audience member, a choice.

Source: segment.md 7.1, 7.2; courier.md 2.2, 2.3. Whatever the facts hold, an event stays below EVENT_BYTES: long texts
are cut, and if that is not enough the largest properties go.
"""

import uuid
from typing import Any

import orjson

from posthorn import __version__
from posthorn.clock import iso
from posthorn.destinations.facts import AudienceFacts, MessageFacts, PreferenceFacts
from posthorn.destinations.model import OutboundEvent
from posthorn.destinations.segment import Settings, sends
from posthorn.events.vocabulary import (
    INTEGRATION_NAMES,
    MESSAGE_CLICKED,
    MESSAGE_DELIVERED,
    MESSAGE_OPENED,
    MESSAGE_UNDELIVERABLE,
    OWN_MESSAGE_PREFIX,
    PRODUCT,
)
from posthorn.ids import digest

EVENT_BYTES = 32_000
_ID_LENGTH = 100
_TEXT_LENGTH = 1_000
_SUBJECT_LENGTH = 998
_LINK_LENGTH = 4_000
_MOST_TAGS = 100
_LONGEST_USER_ID_BYTES = 8_000
_ADDRESSES = uuid.uuid5(uuid.NAMESPACE_URL, "https://segment.com/anonymousId/address")
# Segment knows destinations, and of those that lead to us only these.
_LOOPS = [name for name in INTEGRATION_NAMES if name != PRODUCT]
_KEPT = frozenset({"message_id", "status", "audience_id", "topic_id"})
_EMAIL_CLICKED = "Email Link Clicked"
_SEMANTIC = {
    MESSAGE_DELIVERED: "Email Delivered",
    MESSAGE_OPENED: "Email Opened",
    MESSAGE_CLICKED: _EMAIL_CLICKED,
}


def message_events(name: str, facts: MessageFacts, at: int, settings: Settings) -> tuple[OutboundEvent, ...]:
    """What Segment is to hear of a message whose status moved at `at`.

    Nothing, the event, or with it Segment's own e-mail event. name: one of the six message events of courier.md 2.2.
    """
    if not sends(settings, name):
        return ()
    names = [name]
    semantic = _semantic(name, facts) if settings.semantic_email_events else None
    if semantic is not None:
        names.append(semantic)
    traits = facts.traits if settings.include_traits else {}
    return tuple(outbound(message_event(each, facts, at, traits)) for each in names)


def message_event(name: str, facts: MessageFacts, at: int, traits: dict[str, str]) -> dict[str, Any]:
    """A message event as a track call; `traits` go into its context."""
    context = _context()
    if traits:
        context["traits"] = {_text(key): _text(value) for key, value in traits.items()}
    if facts.ip:
        context["ip"] = _text(facts.ip, 100)
    if facts.user_agent:
        context["userAgent"] = _text(facts.user_agent)
    event = _event(name, message_event_id(name, facts), at, _message_properties(facts), context)
    return event | identity(facts.user_id, facts.anonymous_id, facts.recipient)


def message_event_id(name: str, facts: MessageFacts) -> str:
    """The messageId: one for each message and event, for clicks one for each distinct link."""
    own = f"{facts.message_id}-{_slug(name)}"
    is_click = name in {MESSAGE_CLICKED, _EMAIL_CLICKED} and facts.link
    return bounded_id(f"{own}-{digest(facts.link or '').hex()[:12]}" if is_click else own)


def audience_event(name: str, facts: AudienceFacts, at: int) -> dict[str, Any]:
    """`Audience User Matched` or `Audience User Unmatched`."""
    own = f"aud-{facts.audience_id}-{facts.audience_version}-{facts.user_id}-{facts.transition}-{_slug(name)}"
    properties = {
        "audience_id": _text(facts.audience_id),
        "audience_name": _optional(facts.audience_name),
        "audience_version": facts.audience_version,
        "reason": _optional(facts.reason),
    }
    event = _event(name, bounded_id(own), at, properties, _context())
    return event | identity(None if facts.anonymous_id else facts.user_id, facts.anonymous_id, "")


def preference_event(name: str, facts: PreferenceFacts, at: int) -> dict[str, Any]:
    """`User Subscribed` or `User Unsubscribed`."""
    properties = {
        "topic_id": _text(facts.topic_id),
        "topic_name": _optional(facts.topic_name),
        "section_id": _optional(facts.section_id),
        "section_name": _optional(facts.section_name),
        "status": facts.status,
        "previous_status": facts.previous_status,
        "has_custom_routing": facts.has_custom_routing,
        "custom_routing": list(facts.custom_routing[:_MOST_TAGS]),
        "tenant_id": _optional(facts.tenant_id),
        "source": facts.source,
    }
    who = facts.user_id or facts.anonymous_id or ""
    own = f"pref-{who}-{facts.topic_id}-{at}-{digest(facts.change_id, name).hex()[:12]}"
    event = _event(name, bounded_id(own), at, properties, _context())
    return event | identity(facts.user_id, facts.anonymous_id, who)


def outbound(event: dict[str, Any]) -> OutboundEvent:
    """The event as JSON below EVENT_BYTES; drops traits and then the largest properties if it must."""
    raw = orjson.dumps(event)
    if len(raw) < EVENT_BYTES:
        return OutboundEvent(message_id=event["messageId"], body=raw)
    context = {key: value for key, value in event["context"].items() if key != "traits"}
    properties = dict(event["properties"])
    while len(raw) >= EVENT_BYTES and properties.keys() - _KEPT:
        del properties[max(sorted(properties.keys() - _KEPT), key=lambda name: len(orjson.dumps(properties[name])))]
        raw = orjson.dumps(event | {"context": context, "properties": properties})
    return OutboundEvent(message_id=event["messageId"], body=raw)


def identity(user_id: str | None, anonymous_id: str | None, recipient: str) -> dict[str, str]:
    """`userId` or `anonymousId`.

    Without either, or for a user id too long for any event, a UUID derived of the address or the id.
    """
    user = _clean(user_id or "")
    if user and len(orjson.dumps(user)) <= _LONGEST_USER_ID_BYTES:
        return {"userId": user}
    if anonymous_id and len(anonymous_id) <= _TEXT_LENGTH:
        return {"anonymousId": _clean(anonymous_id)}
    return {"anonymousId": str(uuid.uuid5(_ADDRESSES, user or _clean(recipient).strip().lower()))}


def bounded_id(own: str) -> str:
    """`posthorn-` and what is given; above 100 characters its end becomes a hash of the whole."""
    whole = _clean(OWN_MESSAGE_PREFIX + own)
    if len(whole) <= _ID_LENGTH:
        return whole
    tail = "-" + digest(whole).hex()
    return whole[: _ID_LENGTH - len(tail)] + tail


def _event(name: str, message_id: str, at: int, properties: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "track",
        "event": name,
        "messageId": message_id,
        "timestamp": iso(at),
        "properties": {key: value for key, value in properties.items() if value is not None},
        "context": context,
        # Otherwise Segment would bring the event back to us as a trigger (segment.md 7.6).
        "integrations": {"All": True, **dict.fromkeys(_LOOPS, False)},
    }


def _context() -> dict[str, Any]:
    product = {"name": PRODUCT, "version": __version__}
    return {"library": product, "integration": product}


def _message_properties(facts: MessageFacts) -> dict[str, Any]:
    return {
        "message_id": _text(facts.message_id),
        "request_id": _optional(facts.request_id),
        "status": _text(facts.status),
        "reason": _optional(facts.reason),
        "error": _optional(facts.error),
        "recipient": _text(facts.recipient),
        "notification": _optional(facts.notification),
        "notification_name": _optional(facts.notification_name),
        "event": _optional(facts.event),
        "channel": _optional(facts.channel),
        "provider": _optional(facts.provider),
        "link": _optional(facts.link, _LINK_LENGTH),
        **_origin(facts),
        "topic_id": _optional(facts.topic_id),
        "tags": [_text(tag) for tag in facts.tags[:_MOST_TAGS]] or None,
        "trace_id": _optional(facts.trace_id),
        "utm": {_text(key): _text(value) for key, value in facts.utm.items()} or None,
        **_times(facts),
        **(_email_names(facts) if facts.channel == "email" else {}),
    }


def _origin(facts: MessageFacts) -> dict[str, Any]:
    return {
        "tenant_id": _optional(facts.tenant_id),
        "list_id": _optional(facts.list_id),
        "list_message_id": _optional(facts.list_message_id),
        "audience_id": _optional(facts.audience_id),
        "job_id": _optional(facts.job_id),
        "automation_run_id": _optional(facts.automation_run_id),
        "journey_id": _optional(facts.journey_id),
        "automation_template_id": _optional(facts.automation_template_id),
        "trigger_event": _optional(facts.trigger_event),
        "trigger_message_id": _optional(facts.trigger_message_id),
    }


def _times(facts: MessageFacts) -> dict[str, Any]:
    times = {
        "enqueued_at": facts.enqueued_at,
        "sent_at": facts.sent_at,
        "delivered_at": facts.delivered_at,
        "opened_at": facts.opened_at,
        "clicked_at": facts.clicked_at,
    }
    return {name: iso(at) for name, at in times.items() if at is not None}


def _email_names(facts: MessageFacts) -> dict[str, Any]:
    return {
        "email_id": _text(facts.message_id),
        "email_subject": _optional(facts.email_subject, _SUBJECT_LENGTH),
        "campaign_id": _optional(facts.notification),
        "campaign_name": _optional(facts.notification_name),
        "list_name": _optional(facts.list_name),
    }


def _semantic(name: str, facts: MessageFacts) -> str | None:
    if facts.channel != "email":
        return None
    if name == MESSAGE_UNDELIVERABLE and facts.reason == "BOUNCED":
        return "Email Bounced"
    return _SEMANTIC.get(name)


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def _optional(text: str | None, length: int = _TEXT_LENGTH) -> str | None:
    return None if text is None else _text(text, length)


def _text(text: str, length: int = _TEXT_LENGTH) -> str:
    return _clean(text[:length])


def _clean(text: str) -> str:
    """Without what JSON or a database refuses: NUL and unpaired surrogates."""
    return text.replace("\0", "") if text.isascii() else text.replace("\0", "").encode("utf-8", "replace").decode()
