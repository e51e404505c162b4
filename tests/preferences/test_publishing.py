from typing import Any

import pytest

from posthorn.errors import Invalid
from posthorn.preferences import editing
from posthorn.preferences.editing import WantedSection, WantedTopic
from posthorn.preferences.model import DigestSchedule, Edit, PublishedPage
from posthorn.preferences.publishing import current_page, publish, schedules_of
from posthorn.storage.database import Database, Transaction

pytestmark = pytest.mark.anyio

EDIT = Edit(now=1_000, editor="key_1")
PAGE = PublishedPage(environment="production", version=0, brand_id="none", heading="Mine")


async def _section(tx: Transaction, *topics: WantedTopic, **fields: Any) -> None:
    section = await editing.create_section(tx, "production", WantedSection(name="Marketing", **fields), EDIT, b"s" * 16)
    for number, topic in enumerate(topics):
        await editing.create_topic(tx, "production", section.section_id, topic, EDIT, bytes([number]) * 16)


async def test_the_page_shows_what_was_published_last(database: Database) -> None:
    async with database.transaction() as tx:
        await _section(tx, WantedTopic(name="News", default_status="OPTED_IN"))
        published = await publish(tx, "production", PAGE, EDIT)
        again = await publish(tx, "production", PAGE, EDIT)
        await editing.create_section(tx, "production", WantedSection(name="New"), EDIT, b"n" * 16)

        shown = await current_page(tx, "production")

    assert (published.version, again.version, shown) == (1_000, 1_001, again)
    assert [(one.name, [each.name for each in one.topics]) for one in shown.sections] == [("Marketing", ["News"])]


async def test_while_none_was_published_it_shows_what_there_is(sqlite: Database) -> None:
    async with sqlite.transaction() as tx:
        await _section(tx, WantedTopic(name="News", default_status="OPTED_IN"))

        assert [one.name for one in (await current_page(tx, "production")).sections] == ["Marketing"]
        assert (await current_page(tx, "test")).sections == ()


@pytest.mark.parametrize(
    ("has_routing", "allowed", "own", "shown"),
    [
        (True, ("channel_preferences",), (), ("email", "sms")),
        (True, ("channel_preferences",), ("push",), ("push",)),
        (False, ("channel_preferences",), ("push",), ()),
        (True, ("snooze",), ("push",), ()),
    ],
)
async def test_channels_can_be_chosen_where_section_and_topic_allow_it(
    sqlite: Database, has_routing: bool, allowed: Any, own: Any, shown: Any
) -> None:
    topic = WantedTopic(name="News", default_status="OPTED_IN", allowed_preferences=allowed, routing_options=own)
    async with sqlite.transaction() as tx:
        await _section(tx, topic, has_custom_routing=has_routing, routing_options=("email", "sms"))

        assert (await current_page(tx, "production")).sections[0].topics[0].channels == shown


async def test_a_heading_has_its_limits(sqlite: Database) -> None:
    async with sqlite.transaction() as tx:
        with pytest.raises(Invalid, match="heading"):
            await publish(tx, "production", PublishedPage(environment="production", version=0, heading="h" * 2_001), EDIT)


@pytest.mark.parametrize("data", [{}, {"digest": 1}, {"digest": {"schedules": "x"}}, {"digest": {"schedules": [{"id": 1}]}}])
def test_what_is_no_list_of_schedules_offers_none(data: Any) -> None:
    assert schedules_of(data) == ()


def test_a_topic_offers_its_schedules() -> None:
    daily = {"id": "daily", "name": "Every day", "more": 1}

    assert schedules_of({"digest": {"schedules": [daily]}}) == (DigestSchedule(id="daily", name="Every day"),)
