"""The form of the preference page: what it shows of each topic, and what a filled in one changes."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from posthorn.api.choices import Choices
from posthorn.errors import Invalid
from posthorn.preferences.effective import Effective
from posthorn.preferences.model import Change, Channel, PublishedPage, PublishedTopic

CHANNEL_NAMES: dict[Channel, str] = {
    "email": "E-mail",
    "sms": "Text message",
    "push": "Push notification",
    "inbox": "Inbox",
    "direct_message": "Chat",
    "webhook": "Webhook",
}


class Filled(Struct, frozen=True, kw_only=True):
    """What a form says. shown: topics that were on it; chosen: those ticked; channels: (topic, channel) ticked.

    schedules: by topic. leaves_all: the button for that was pressed.
    """

    shown: frozenset[str] = frozenset()
    chosen: frozenset[str] = frozenset()
    channels: frozenset[tuple[str, str]] = frozenset()
    schedules: dict[str, str] = {}
    leaves_all: bool = False


def read_form(fields: Iterable[tuple[str, Any]]) -> Filled:
    """What a form says; fields nobody knows are passed over."""
    texts = [(name, value) for name, value in fields if isinstance(value, str)]
    pairs = [value.rpartition(":") for name, value in texts if name == "channel"]
    return Filled(
        shown=frozenset(value for name, value in texts if name == "shown"),
        chosen=frozenset(value for name, value in texts if name == "in"),
        channels=frozenset((topic_id, channel) for topic_id, _, channel in pairs),
        schedules={name.removeprefix("digest:"): value for name, value in texts if name.startswith("digest:")},
        leaves_all=("everything", "out") in texts,
    )


def shown_sections(page: PublishedPage, choices: Choices) -> list[dict[str, Any]]:
    """The sections as the page's template wants them. Topics that were archived since and empty sections are left out."""
    sections = [
        {
            "anchor": f"s{number}",
            "name": section.name,
            "description": section.description,
            "topics": [
                _shown(f"t{number}-{place}", topic, choices)
                for place, topic in enumerate(section.topics)
                if topic.topic_id in choices.topics
            ],
        }
        for number, section in enumerate(page.sections)
    ]
    return [section for section in sections if section["topics"]]


def wanted_changes(filled: Filled, page: PublishedPage, choices: Choices) -> tuple[Change, ...]:
    """What differs from what counts now, so that defaults stay defaults. Raises Invalid for a topic without a channel."""
    topics = [topic for section in page.sections for topic in section.topics if topic.topic_id in choices.topics]
    changes = [_change(filled, topic, choices) for topic in topics if topic.topic_id in filled.shown]
    return tuple(change for change in changes if change is not None)


def _shown(anchor: str, topic: PublishedTopic, choices: Choices) -> dict[str, Any]:
    found = choices.of(choices.topics[topic.topic_id])
    chosen = found.custom_routing if found.has_custom_routing else topic.channels
    return {
        "anchor": anchor,
        "topic_id": topic.topic_id,
        "name": topic.name,
        "description": topic.description,
        "is_required": found.status == "REQUIRED",
        "is_in": found.is_in,
        "channels": [
            {"key": channel, "name": CHANNEL_NAMES[channel], "is_chosen": channel in chosen} for channel in topic.channels
        ],
        "schedules": [{"id": one.id, "name": one.name} for one in topic.schedules],
        "schedule": found.own.digest_schedule if found.own else "",
    }


def _change(filled: Filled, topic: PublishedTopic, choices: Choices) -> Change | None:
    found = choices.of(choices.topics[topic.topic_id])
    if found.status == "REQUIRED":
        return None
    if filled.leaves_all or topic.topic_id not in filled.chosen:
        return Change(topic_id=topic.topic_id, status="OPTED_OUT") if found.is_in else None
    has_custom_routing, custom_routing = _routing(filled, topic, found)
    now = _as_it_is(topic, found)
    wanted = Change(
        topic_id=topic.topic_id,
        status="OPTED_IN",
        has_custom_routing=has_custom_routing,
        custom_routing=custom_routing,
        digest_schedule=_schedule(filled, topic, now.digest_schedule or ""),
    )
    return None if wanted == now else wanted


def _as_it_is(topic: PublishedTopic, found: Effective) -> Change:
    return Change(
        topic_id=topic.topic_id,
        status="OPTED_IN" if found.is_in else "OPTED_OUT",
        has_custom_routing=found.has_custom_routing,
        custom_routing=found.custom_routing,
        digest_schedule=found.own.digest_schedule if found.own else "",
    )


def _routing(filled: Filled, topic: PublishedTopic, found: Effective) -> tuple[bool, tuple[Channel, ...]]:
    """has_custom_routing and custom_routing. All that is offered is no choice; what is not offered stays as it is."""
    if not topic.channels:
        return found.has_custom_routing, found.custom_routing
    ticked: list[Channel] = [channel for channel in topic.channels if (topic.topic_id, channel) in filled.channels]
    if not ticked:
        raise Invalid(f"{topic.name}: choose at least one way, or untick the topic itself.")
    is_all = len(ticked) == len(topic.channels)
    beside: list[Channel] = [channel for channel in found.custom_routing if channel not in topic.channels]
    is_same = {*ticked, *beside} == {*found.custom_routing} if found.has_custom_routing else is_all
    if is_same:
        return found.has_custom_routing, found.custom_routing
    return (False, ()) if is_all else (True, (*ticked, *beside))


def _schedule(filled: Filled, topic: PublishedTopic, now: str) -> str:
    wanted = filled.schedules.get(topic.topic_id, now)
    return wanted if wanted in {"", now, *(one.id for one in topic.schedules)} else now
