"""Sections and topics made, replaced and put away. Each verb also says that the configuration has changed."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from posthorn.errors import Conflict, Invalid
from posthorn.ids import prefixed_id
from posthorn.preferences import topic_store
from posthorn.preferences.model import Allowed, Channel, Edit, Section, Status, Topic
from posthorn.preferences.topics import find_section, find_topic, topics_of
from posthorn.storage.database import Transaction
from posthorn.storage.revision import touch

_LONGEST_NAME = 200
_LONGEST_DESCRIPTION = 2_000


class WantedSection(Struct, frozen=True, kw_only=True):
    """A section as it shall be."""

    name: str
    description: str | None = None
    has_custom_routing: bool = False
    routing_options: tuple[Channel, ...] = ()


class WantedTopic(Struct, frozen=True, kw_only=True):
    """A topic as it shall be."""

    name: str
    default_status: Status
    description: str | None = None
    allowed_preferences: tuple[Allowed, ...] = ()
    includes_unsubscribe_header: bool = False
    routing_options: tuple[Channel, ...] = ()
    topic_data: dict[str, Any] = {}


async def create_section(tx: Transaction, environment: str, wanted: WantedSection, edit: Edit, seed: bytes) -> Section:
    """A new section with an id derived from the time and the seed. Raises Invalid."""
    section = Section(
        environment=environment,
        section_id=prefixed_id("ps_", edit.now, seed),
        name="",
        created_at=edit.now,
        created_by=edit.editor,
        updated_at=edit.now,
        updated_by=edit.editor,
    )
    return await _save_section(tx, section, wanted, edit)


async def replace_section(tx: Transaction, environment: str, section_id: str, wanted: WantedSection, edit: Edit) -> Section:
    """Replaces all but its topics. Raises NotFound, Invalid."""
    return await _save_section(tx, await find_section(tx, environment, section_id), wanted, edit)


async def delete_section(tx: Transaction, environment: str, section_id: str) -> None:
    """Removes a section without topics. Raises NotFound, Conflict."""
    section = await find_section(tx, environment, section_id)
    if any(one.section_id == section_id for one in (await topics_of(tx, environment)).values()):
        raise Conflict(f"The section {section.name} still has topics")
    await topic_store.delete_section(tx, environment, section_id)
    await touch(tx)


async def create_topic(
    tx: Transaction, environment: str, section_id: str, wanted: WantedTopic, edit: Edit, seed: bytes
) -> Topic:
    """A new topic of a section, its id derived from the time and the seed. Raises NotFound, Invalid."""
    section = await find_section(tx, environment, section_id)
    topic = Topic(
        environment=environment,
        topic_id=prefixed_id("pt_", edit.now, seed),
        section_id=section_id,
        section_name=section.name,
        name="",
        default_status="OPTED_IN",
        created_at=edit.now,
        created_by=edit.editor,
        updated_at=edit.now,
        updated_by=edit.editor,
    )
    return await _save_topic(tx, topic, wanted, edit)


async def replace_topic(tx: Transaction, environment: str, place: tuple[str, str], wanted: WantedTopic, edit: Edit) -> Topic:
    """Replaces a topic, given as (section, topic). Raises NotFound, Invalid."""
    section_id, topic_id = place
    return await _save_topic(tx, await _topic_in(tx, environment, section_id, topic_id), wanted, edit)


async def archive_topic(tx: Transaction, environment: str, section_id: str, topic_id: str, edit: Edit) -> None:
    """Puts a topic away: nobody is shown it any more. Raises NotFound."""
    topic = await _topic_in(tx, environment, section_id, topic_id)
    await topic_store.save_topic(tx, replace(topic, archived_at=edit.now, updated_at=edit.now, updated_by=edit.editor))
    await touch(tx)


async def _topic_in(tx: Transaction, environment: str, section_id: str, topic_id: str) -> Topic:
    await find_section(tx, environment, section_id)
    return await find_topic(tx, environment, topic_id, section_id)


async def _save_section(tx: Transaction, section: Section, wanted: WantedSection, edit: Edit) -> Section:
    _check(wanted.name, wanted.description)
    section = replace(
        section,
        name=wanted.name,
        description=wanted.description,
        has_custom_routing=wanted.has_custom_routing,
        routing_options=_each_once(wanted.routing_options),
        updated_at=edit.now,
        updated_by=edit.editor,
    )
    await topic_store.save_section(tx, section)
    await touch(tx)
    return section


async def _save_topic(tx: Transaction, topic: Topic, wanted: WantedTopic, edit: Edit) -> Topic:
    _check(wanted.name, wanted.description)
    topic = replace(
        topic,
        name=wanted.name,
        description=wanted.description,
        default_status=wanted.default_status,
        allowed_preferences=tuple(dict.fromkeys(wanted.allowed_preferences)),
        includes_unsubscribe_header=wanted.includes_unsubscribe_header,
        routing_options=_each_once(wanted.routing_options),
        topic_data=wanted.topic_data,
        updated_at=edit.now,
        updated_by=edit.editor,
    )
    await topic_store.save_topic(tx, topic)
    await touch(tx)
    return topic


def _check(name: str, description: str | None) -> None:
    if not name.strip():
        raise Invalid("name: Required")
    if len(name) > _LONGEST_NAME:
        raise Invalid(f"name: At most {_LONGEST_NAME} characters.")
    if description is not None and len(description) > _LONGEST_DESCRIPTION:
        raise Invalid(f"description: At most {_LONGEST_DESCRIPTION} characters.")


def _each_once(channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
    return tuple(dict.fromkeys(channels))
