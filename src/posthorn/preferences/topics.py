"""Reading sections and topics; the topics of all environments, as the configuration holds them in memory."""

from collections.abc import Mapping

from posthorn.errors import NotFound
from posthorn.preferences import topic_store
from posthorn.preferences.model import Section, Topic
from posthorn.storage.database import Transaction

Topics = Mapping[str, Mapping[str, Topic]]
"""Environment → topic id → topic, archived ones included."""


async def load_topics(tx: Transaction) -> Topics:
    """Every topic there is or was."""
    found: dict[str, dict[str, Topic]] = {}
    for topic in await topic_store.topics(tx):
        found.setdefault(topic.environment, {})[topic.topic_id] = topic
    return found


async def topics_of(tx: Transaction, environment: str) -> dict[str, Topic]:
    """The topics of one environment that are not archived, by id, oldest first."""
    found = [one for one in await topic_store.topics(tx) if one.environment == environment and one.archived_at is None]
    return {one.topic_id: one for one in found}


async def sections_of(tx: Transaction, environment: str) -> list[Section]:
    """The sections of one environment, oldest first."""
    return await topic_store.sections(tx, environment)


async def find_section(tx: Transaction, environment: str, section_id: str) -> Section:
    """One section. Raises NotFound."""
    found = next((one for one in await sections_of(tx, environment) if one.section_id == section_id), None)
    if found is None:
        raise NotFound("Section not found")
    return found


async def find_topic(tx: Transaction, environment: str, topic_id: str, section_id: str | None = None) -> Topic:
    """One topic that is not archived; with a section only if it belongs to that one. Raises NotFound."""
    found = (await topics_of(tx, environment)).get(topic_id)
    if found is None or section_id not in (None, found.section_id):
        raise NotFound("Topic not found")
    return found


async def any_topic(tx: Transaction, environment: str, topic_id: str) -> Topic | None:
    """One topic, archived or not; None if there never was one."""
    return (await load_topics(tx)).get(environment, {}).get(topic_id)
