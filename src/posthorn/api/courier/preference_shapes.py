"""Sections and topics as the wire has them (courier.md 8.2)."""

from typing import Any

from msgspec import Struct

from posthorn.api.caller import Caller
from posthorn.api.context import Context
from posthorn.clock import iso
from posthorn.preferences.editing import WantedSection, WantedTopic
from posthorn.preferences.model import Allowed, Channel, Edit, Section, Status, Topic


class SectionBody(Struct, frozen=True, kw_only=True):
    """A section as it shall be. What is left out is empty or false."""

    name: str
    description: str | None = None
    has_custom_routing: bool | None = None
    routing_options: list[Channel] | None = None


class TopicBody(Struct, frozen=True, kw_only=True):
    """A topic as it shall be. What is left out is empty or false.

    `topic_data` is yours; in it `{"digest": {"schedules": [{"id", "name"}]}}` offers digests on the hosted page.
    """

    name: str
    default_status: Status
    description: str | None = None
    allowed_preferences: list[Allowed] | None = None
    include_unsubscribe_header: bool | None = None
    routing_options: list[Channel] | None = None
    topic_data: dict[str, Any] | None = None


class TopicAnswer(Struct, frozen=True, kw_only=True):
    """A topic as it is. Times are ISO 8601."""

    id: str
    name: str
    default_status: Status
    allowed_preferences: list[Allowed]
    include_unsubscribe_header: bool
    routing_options: list[Channel]
    topic_data: dict[str, Any]
    created: str
    updated: str
    creator: str
    updater: str
    description: str | None = None


class TopicsAnswer(Struct, frozen=True, kw_only=True):
    """The topics of a section."""

    results: list[TopicAnswer]


class SectionAnswer(Struct, frozen=True, kw_only=True):
    """A section as it is, with its topics. Times are ISO 8601."""

    id: str
    name: str
    has_custom_routing: bool
    routing_options: list[Channel]
    topics: list[TopicAnswer]
    created: str
    updated: str
    creator: str
    updater: str
    description: str | None = None


class SectionsAnswer(Struct, frozen=True, kw_only=True):
    """All sections."""

    results: list[SectionAnswer]


def edit_of(context: Context, caller: Caller) -> Edit:
    """That this caller changes something now."""
    return Edit(now=context.clock.now_ms(), editor=caller.key_id)


def wanted_section(body: SectionBody) -> WantedSection:
    """What is asked for."""
    return WantedSection(
        name=body.name,
        description=body.description,
        has_custom_routing=bool(body.has_custom_routing),
        routing_options=tuple(body.routing_options or ()),
    )


def wanted_topic(body: TopicBody) -> WantedTopic:
    """What is asked for."""
    return WantedTopic(
        name=body.name,
        default_status=body.default_status,
        description=body.description,
        allowed_preferences=tuple(body.allowed_preferences or ()),
        includes_unsubscribe_header=bool(body.include_unsubscribe_header),
        routing_options=tuple(body.routing_options or ()),
        topic_data=body.topic_data or {},
    )


def section_answer(section: Section, topics: list[Topic]) -> SectionAnswer:
    """A section with those of the topics that are its own."""
    return SectionAnswer(
        id=section.section_id,
        name=section.name,
        description=section.description,
        has_custom_routing=section.has_custom_routing,
        routing_options=list(section.routing_options),
        topics=[topic_answer(one) for one in topics if one.section_id == section.section_id],
        created=iso(section.created_at),
        updated=iso(section.updated_at),
        creator=section.created_by,
        updater=section.updated_by,
    )


def topic_answer(topic: Topic) -> TopicAnswer:
    """A topic."""
    return TopicAnswer(
        id=topic.topic_id,
        name=topic.name,
        description=topic.description,
        default_status=topic.default_status,
        allowed_preferences=list(topic.allowed_preferences),
        include_unsubscribe_header=topic.includes_unsubscribe_header,
        routing_options=list(topic.routing_options),
        topic_data=topic.topic_data,
        created=iso(topic.created_at),
        updated=iso(topic.updated_at),
        creator=topic.created_by,
        updater=topic.updated_by,
    )
