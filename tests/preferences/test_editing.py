from typing import Any

import pytest

from posthorn.errors import Conflict, Invalid, NotFound
from posthorn.preferences import editing
from posthorn.preferences.editing import WantedSection, WantedTopic
from posthorn.preferences.model import Edit
from posthorn.preferences.topics import find_topic, load_topics, sections_of, topics_of
from posthorn.storage.database import Database
from posthorn.storage.revision import revision

pytestmark = pytest.mark.anyio

EDIT = Edit(now=1_000, editor="key_1")
LATER = Edit(now=2_000, editor="key_2")


async def test_a_section_and_its_topic_are_made_and_replaced(database: Database) -> None:
    async with database.transaction() as tx:
        section = await editing.create_section(tx, "production", WantedSection(name="Marketing"), EDIT, b"s" * 16)
        wanted = WantedTopic(name="News", default_status="OPTED_OUT", routing_options=("email", "sms", "email"))
        topic = await editing.create_topic(tx, "production", section.section_id, wanted, EDIT, b"t" * 16)
        place = (section.section_id, topic.topic_id)
        await editing.replace_topic(tx, "production", place, WantedTopic(name="Letters", default_status="REQUIRED"), LATER)
        found = await find_topic(tx, "production", topic.topic_id, section.section_id)

    assert topic.routing_options == ("email", "sms")
    assert (found.name, found.default_status, found.routing_options) == ("Letters", "REQUIRED", ())
    assert (found.section_name, found.created_by, found.updated_by) == ("Marketing", "key_1", "key_2")


async def test_each_change_is_seen_by_running_servers(database: Database) -> None:
    async with database.transaction() as tx:
        seen = [await revision(tx)]
        section = await editing.create_section(tx, "production", WantedSection(name="A"), EDIT, b"s" * 16)
        seen.append(await revision(tx))
        await editing.replace_section(tx, "production", section.section_id, WantedSection(name="B"), LATER)
        seen.append(await revision(tx))
        await editing.delete_section(tx, "production", section.section_id)
        seen.append(await revision(tx))

        assert len(set(seen)) == 4
        assert await sections_of(tx, "production") == []


async def test_a_section_with_a_topic_stays_until_the_topic_is_archived(database: Database) -> None:
    async with database.transaction() as tx:
        section = await editing.create_section(tx, "production", WantedSection(name="A"), EDIT, b"s" * 16)
        wanted = WantedTopic(name="T", default_status="OPTED_IN")
        topic = await editing.create_topic(tx, "production", section.section_id, wanted, EDIT, b"t" * 16)
        with pytest.raises(Conflict):
            await editing.delete_section(tx, "production", section.section_id)

        await editing.archive_topic(tx, "production", section.section_id, topic.topic_id, LATER)
        await editing.delete_section(tx, "production", section.section_id)

        assert await topics_of(tx, "production") == {}
        assert (await load_topics(tx))["production"][topic.topic_id].archived_at == 2_000


async def test_a_topic_is_not_found_in_another_section_or_environment(database: Database) -> None:
    async with database.transaction() as tx:
        one = await editing.create_section(tx, "production", WantedSection(name="A"), EDIT, b"1" * 16)
        other = await editing.create_section(tx, "production", WantedSection(name="B"), EDIT, b"2" * 16)
        wanted = WantedTopic(name="T", default_status="OPTED_IN")
        topic = await editing.create_topic(tx, "production", one.section_id, wanted, EDIT, b"t" * 16)

        with pytest.raises(NotFound, match="Topic"):
            await editing.replace_topic(tx, "production", (other.section_id, topic.topic_id), wanted, EDIT)
        with pytest.raises(NotFound, match="Section"):
            await editing.archive_topic(tx, "test", one.section_id, topic.topic_id, EDIT)


@pytest.mark.parametrize("fields", [{"name": " "}, {"name": "n" * 201}, {"name": "n", "description": "d" * 2_001}])
async def test_a_section_needs_a_name_of_bearable_length(sqlite: Database, fields: dict[str, Any]) -> None:
    async with sqlite.transaction() as tx:
        with pytest.raises(Invalid):
            await editing.create_section(tx, "production", WantedSection(**fields), EDIT, b"s" * 16)
