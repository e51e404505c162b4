"""Courier's own Python client sets up topics, chooses for users, publishes the page, and makes brands."""

from typing import Any

import courier
import pytest
from courier import Courier

from live_server import eventually

NEWS: Any = {
    "name": "News",
    "default_status": "OPTED_OUT",
    "allowed_preferences": ["channel_preferences", "snooze"],
    "include_unsubscribe_header": True,
    "routing_options": ["email"],
    "topic_data": {"a": 1},
}


@pytest.fixture
def section_id(sdk: Courier) -> str:
    """A section for one test."""
    return sdk.workspace_preferences.create(name="Marketing").id


@pytest.fixture
def topic_id(sdk: Courier, section_id: str) -> str:
    """A topic that is off for those who did not choose."""
    return sdk.workspace_preferences.topics.create(section_id, **NEWS).id


def test_sections_are_made_replaced_and_archived(sdk: Courier) -> None:
    sections = sdk.workspace_preferences
    made = sections.create(name="First", description="d", has_custom_routing=True, routing_options=["email", "sms"])
    replaced = sections.replace(made.id, name="Second")

    assert (made.has_custom_routing, made.routing_options, made.topics) == (True, ["email", "sms"], [])
    assert (replaced.id, replaced.name, replaced.description) == (made.id, "Second", None)
    assert made.id in [one.id for one in sections.list().results]
    assert sections.retrieve(made.id).name == "Second"
    sections.archive(made.id)
    with pytest.raises(courier.NotFoundError):
        sections.retrieve(made.id)


def test_topics_are_made_replaced_and_archived(sdk: Courier, section_id: str) -> None:
    topics = sdk.workspace_preferences.topics
    made = topics.create(section_id, **NEWS)
    replaced = topics.replace(made.id, section_id=section_id, name="Letters", default_status="REQUIRED")

    assert made.model_dump(include=set(NEWS)) == NEWS
    assert topics.retrieve(made.id, section_id=section_id) == replaced
    assert [one.name for one in topics.list(section_id).results] == ["Letters"]
    with pytest.raises(courier.ConflictError):
        sdk.workspace_preferences.archive(section_id)
    topics.archive(made.id, section_id=section_id)
    with pytest.raises(courier.NotFoundError):
        topics.retrieve(made.id, section_id=section_id)


def test_the_page_is_published(sdk: Courier) -> None:
    published = sdk.workspace_preferences.publish(heading="Yours", brand_id="none")

    assert published.preview_url
    assert published.published_version > 1_700_000_000_000


def test_one_topic_is_chosen_read_and_forgotten(sdk: Courier, topic_id: str) -> None:
    preferences = sdk.users.preferences
    wanted: Any = {"status": "OPTED_IN", "has_custom_routing": True, "custom_routing": ["email"]}
    done = preferences.update_or_create_topic(topic_id, user_id="pref-1", topic=wanted)
    chosen = preferences.retrieve_topic(topic_id, user_id="pref-1").topic

    assert done.message == "success"
    assert (chosen.status, chosen.default_status, chosen.custom_routing) == ("OPTED_IN", "OPTED_OUT", ["email"])
    assert [one.topic_id for one in preferences.retrieve("pref-1").items] == [topic_id]
    preferences.delete_topic(topic_id, user_id="pref-1")
    assert preferences.retrieve_topic(topic_id, user_id="pref-1").topic.status == "OPTED_OUT"


def test_many_topics_are_chosen_at_once(sdk: Courier, section_id: str, topic_id: str) -> None:
    other = sdk.workspace_preferences.topics.create(section_id, name="Offers", default_status="OPTED_IN").id
    preferences = sdk.users.preferences
    some: Any = [{"topic_id": topic_id, "status": "OPTED_IN"}, {"topic_id": "pt_none", "status": "OPTED_IN"}]
    updated = preferences.bulk_update("pref-2", topics=some)
    replaced = preferences.bulk_replace("pref-2", topics=[{"topic_id": other, "status": "OPTED_OUT"}])

    assert [one.topic_id for one in updated.items] == [topic_id]
    assert [(one.topic_id, one.reason) for one in updated.errors] == [("pt_none", "Topic not found")]
    assert ([one.topic_id for one in replaced.items], replaced.deleted) == ([other], [topic_id])
    with pytest.raises(courier.BadRequestError):
        preferences.bulk_update("pref-2", topics=[])


def test_a_tenant_has_defaults_and_its_members_choices_of_their_own(sdk: Courier, topic_id: str) -> None:
    sdk.tenants.update("pref-tenant", name="Acme")
    sdk.tenants.preferences.items.update(topic_id, tenant_id="pref-tenant", status="OPTED_IN")
    preferences = sdk.users.preferences
    before = preferences.retrieve_topic(topic_id, user_id="pref-3", tenant_id="pref-tenant").topic
    out: Any = {"status": "OPTED_OUT"}
    preferences.update_or_create_topic(topic_id, user_id="pref-3", tenant_id="pref-tenant", topic=out)

    assert (before.status, before.default_status) == ("OPTED_IN", "OPTED_IN")
    assert [one.status for one in preferences.retrieve("pref-3", tenant_id="pref-tenant").items] == ["OPTED_OUT"]
    assert preferences.retrieve("pref-3").items == []


def test_a_message_about_a_topic_waits_for_an_opt_in(sdk: Courier, topic_id: str) -> None:
    message: Any = {
        "to": {"user_id": "pref-4", "email": "pref-4@example.test"},
        "content": {"title": "t", "body": "b"},
        "preferences": {"subscription_topic_id": topic_id},
    }
    stopped = sdk.send.message(message=message)
    sdk.users.preferences.update_or_create_topic(topic_id, user_id="pref-4", topic={"status": "OPTED_IN"})
    sent = sdk.send.message(message=message)

    assert eventually(lambda: sdk.messages.retrieve(stopped.request_id).reason) == "OPT_IN_REQUIRED"
    eventually(lambda: sdk.messages.retrieve(sent.request_id).delivered)


def test_brands_are_made_replaced_and_deleted(sdk: Courier) -> None:
    made = sdk.brands.create(name="Blue", settings={"colors": {"primary": "#0000ff", "secondary": "#00ff00"}})
    replaced = sdk.brands.update(made.id, name="Red", settings={"colors": {"primary": "#ff0000"}})

    assert made.settings
    assert made.settings.colors
    assert made.settings.colors.primary == "#0000ff"
    assert sdk.brands.retrieve(made.id).name == replaced.name == "Red"
    assert made.id in [one.id for one in sdk.brands.list().results]
    with pytest.raises(courier.ConflictError):
        sdk.brands.create(name="Again", id=made.id, settings={})
    sdk.brands.delete(made.id)
    with pytest.raises(courier.NotFoundError):
        sdk.brands.retrieve(made.id)
