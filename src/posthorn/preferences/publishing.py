"""The hosted page: published as it is, shown as it was published last (courier.md 8.2, 8.5)."""

from typing import Any

import msgspec

from posthorn.errors import Invalid
from posthorn.preferences import topic_store
from posthorn.preferences.model import (
    DigestSchedule,
    Edit,
    PublishedPage,
    PublishedSection,
    PublishedTopic,
    Section,
    Topic,
)
from posthorn.preferences.topics import sections_of, topics_of
from posthorn.storage.database import Transaction

_LONGEST_TEXT = 2_000


async def publish(tx: Transaction, environment: str, page: PublishedPage, edit: Edit) -> PublishedPage:
    """A new version that shows sections and topics as they are now. page: brand, heading and description. Raises Invalid."""
    for name, text in (("heading", page.heading), ("description", page.description)):
        if text is not None and len(text) > _LONGEST_TEXT:
            raise Invalid(f"{name}: At most {_LONGEST_TEXT} characters.")
    before = await topic_store.latest_page(tx, environment)
    version = max(edit.now, before.version + 1 if before else 0)
    published = msgspec.structs.replace(
        page, version=version, published_by=edit.editor, sections=await _sections(tx, environment)
    )
    await topic_store.add_page(tx, published)
    return published


async def current_page(tx: Transaction, environment: str) -> PublishedPage:
    """The page as it was published last; while it never was, as it would be if it were now."""
    published = await topic_store.latest_page(tx, environment)
    if published is not None:
        return published
    return PublishedPage(environment=environment, version=0, sections=await _sections(tx, environment))


def schedules_of(topic_data: dict[str, Any]) -> tuple[DigestSchedule, ...]:
    """The digest schedules that a topic offers: `{"digest": {"schedules": [{"id", "name"}]}}`; () for anything else."""
    digest = topic_data.get("digest")
    offered = digest.get("schedules") if isinstance(digest, dict) else None
    try:
        return msgspec.convert(offered or [], tuple[DigestSchedule, ...])
    except msgspec.ValidationError:
        return ()


async def _sections(tx: Transaction, environment: str) -> tuple[PublishedSection, ...]:
    topics = await topics_of(tx, environment)
    return tuple(
        PublishedSection(
            section_id=section.section_id,
            name=section.name,
            description=section.description or "",
            topics=tuple(_shown(section, one) for one in topics.values() if one.section_id == section.section_id),
        )
        for section in await sections_of(tx, environment)
    )


def _shown(section: Section, topic: Topic) -> PublishedTopic:
    may_choose = section.has_custom_routing and "channel_preferences" in topic.allowed_preferences
    return PublishedTopic(
        topic_id=topic.topic_id,
        name=topic.name,
        description=topic.description or "",
        channels=(topic.routing_options or section.routing_options) if may_choose else (),
        schedules=schedules_of(topic.topic_data),
    )
