"""Whoever opted out gets nothing, and Segment hears of each change of mind once (courier.md 8, 2.2)."""

from typing import Any

import pytest

from sinks import SegmentSink
from workspace import Workspace

pytestmark = pytest.mark.anyio

CONTENT = {"title": "News", "body": "Something new"}


async def new_topic(workspace: Workspace, default_status: str = "OPTED_IN", **fields: Any) -> str:
    """The id of a topic in a section of its own."""
    section = await workspace.call("POST", "/preferences/sections", {"name": "Marketing"})
    body = {"name": "News", "default_status": default_status, **fields}
    return (await workspace.call("POST", f"/preferences/sections/{section['id']}/topics", body))["id"]


async def choose(workspace: Workspace, topic_id: str, status: str, **more: Any) -> None:
    """Writes a choice of u-1."""
    body = {"topic": {"status": status, **more}}
    await workspace.call("PUT", f"/users/u-1/preferences/{topic_id}", body)


async def _sent(workspace: Workspace, topic_id: str, **message: Any) -> dict[str, Any]:
    wanted = {"to": {"user_id": "u-1"}, "content": CONTENT, "preferences": {"subscription_topic_id": topic_id}, **message}
    answer = await workspace.call("POST", "/send", {"message": wanted})
    await workspace.rest()
    return await workspace.call("GET", f"/messages/{answer['requestId']}")


@pytest.fixture
async def reader(workspace: Workspace) -> Workspace:
    await workspace.identify("u-1", email="ada@example.test")
    return workspace


async def _to_segment(workspace: Workspace, segment: SegmentSink) -> None:
    source = {"write_key": "wk_out", "endpoint": segment.url}
    await workspace.call("PUT", "/integrations/segment", {"source": source})


def _told(segment: SegmentSink) -> list[tuple[str, str]]:
    return [
        (one["event"], one["properties"]["source"])
        for one in segment.events
        if "topic_id" in one["properties"] and one["event"].startswith("User")
    ]


async def test_who_opted_out_gets_nothing_until_he_opts_in_again(reader: Workspace) -> None:
    topic_id = await new_topic(reader)
    await choose(reader, topic_id, "OPTED_OUT")
    stopped = await _sent(reader, topic_id)
    await choose(reader, topic_id, "OPTED_IN")
    sent = await _sent(reader, topic_id)

    told = {"status": "UNDELIVERABLE", "reason": "UNSUBSCRIBED", "error": "Notification opted out by user"}
    assert {**stopped, **told} == stopped
    assert sent["status"] == "DELIVERED"
    assert len(await reader.mails()) == 1


async def test_what_is_off_needs_an_opt_in(reader: Workspace) -> None:
    topic_id = await new_topic(reader, "OPTED_OUT")

    message = await _sent(reader, topic_id)

    assert (message["status"], message["reason"]) == ("UNDELIVERABLE", "OPT_IN_REQUIRED")


async def test_an_opt_out_while_the_message_waits_stops_it(reader: Workspace) -> None:
    topic_id = await new_topic(reader)
    message = await _sent(reader, topic_id, delay={"duration": 60_000})
    await choose(reader, topic_id, "OPTED_OUT")
    await reader.advance(minutes=1)

    assert (await reader.call("GET", f"/messages/{message['id']}"))["reason"] == "UNSUBSCRIBED"
    assert await reader.mails() == []


async def test_a_run_obeys_the_topic_of_its_template(reader: Workspace) -> None:
    topic_id = await new_topic(reader)
    elements = [{"type": "meta", "title": "News"}, {"type": "text", "content": "Something new"}]
    template = {
        "name": "News",
        "tags": [],
        "brand": None,
        "routing": None,
        "subscription": {"topic_id": topic_id},
        "content": {"version": "2022-01-01", "elements": elements},
        "alias": "news",
    }
    await reader.call("POST", "/notifications", {"notification": template, "state": "PUBLISHED"})
    steps = [{"action": "send", "message": {"to": {"user_id": "refs.data.userId"}, "template": "news"}}]
    trigger = {"type": "segment", "request_type": "track", "event": "Released"}
    await reader.call("PUT", "/automations/news", {"name": "News", "trigger": trigger, "steps": steps})
    await reader.call("POST", "/automations/news/publish")
    await choose(reader, topic_id, "OPTED_OUT")

    await reader.track("u-1", "Released")

    assert [one["reason"] for one in (await reader.call("GET", "/messages"))["results"]] == ["UNSUBSCRIBED"]


async def test_only_chosen_channels_carry_the_message(reader: Workspace) -> None:
    topic_id = await new_topic(reader)
    await choose(reader, topic_id, "OPTED_IN", has_custom_routing=True, custom_routing=["sms"])

    message = await _sent(reader, topic_id)

    assert (message["status"], message["reason"]) == ("UNDELIVERABLE", "UNSUBSCRIBED")


async def test_members_of_a_list_who_opted_out_are_left_out(reader: Workspace) -> None:
    topic_id = await new_topic(reader)
    await choose(reader, topic_id, "OPTED_OUT")
    await reader.identify("u-2", email="bob@example.test")
    recipients = [{"recipientId": "u-1"}, {"recipientId": "u-2"}]
    await reader.call("PUT", "/lists/all/subscriptions", {"recipients": recipients})

    message = {"to": {"list_id": "all"}, "content": CONTENT, "preferences": {"subscription_topic_id": topic_id}}
    await reader.call("POST", "/send", {"message": message})
    await reader.rest()

    assert len(await reader.mails()) == 1
    messages = (await reader.call("GET", "/messages"))["results"]
    assert {(one["recipient"], one["status"]) for one in messages} == {("u-1", "UNDELIVERABLE"), ("u-2", "DELIVERED")}


async def test_a_list_and_its_subscribers_say_what_they_want_of_a_template(reader: Workspace) -> None:
    template = {"name": "News", "tags": [], "brand": None, "routing": None, "subscription": None, "alias": "news"}
    elements = [{"type": "text", "content": "Something new"}]
    content = {"version": "2022-01-01", "elements": elements}
    await reader.call("POST", "/notifications", {"notification": {**template, "content": content}, "state": "PUBLISHED"})
    out, wanted = ({"notifications": {"news": {"status": status}}} for status in ("OPTED_OUT", "OPTED_IN"))
    await reader.call("PUT", "/lists/all", {"name": "All", "preferences": out})
    await reader.identify("u-2", email="bob@example.test")
    recipients = [{"recipientId": "u-1"}, {"recipientId": "u-2", "preferences": wanted}]
    await reader.call("PUT", "/lists/all/subscriptions", {"recipients": recipients})

    await reader.call("POST", "/send", {"message": {"to": {"list_id": "all"}, "template": "news"}})
    await reader.rest()

    messages = (await reader.call("GET", "/messages"))["results"]
    assert {(one["recipient"], one.get("reason")) for one in messages} == {("u-1", "UNSUBSCRIBED"), ("u-2", None)}


async def test_segment_hears_of_each_change_once(reader: Workspace, segment: SegmentSink) -> None:
    await _to_segment(reader, segment)
    topic_id = await new_topic(reader)
    for status in ("OPTED_IN", "OPTED_OUT", "OPTED_OUT", "OPTED_IN", "OPTED_OUT"):
        await choose(reader, topic_id, status)
    await reader.call("DELETE", f"/users/u-1/preferences/{topic_id}")
    await reader.rest()

    names = ["User Unsubscribed", "User Subscribed", "User Unsubscribed", "User Subscribed"]
    assert _told(segment) == [(name, "api") for name in names]
    first = segment.events[0]
    assert first["userId"] == "u-1"
    expected = {"topic_id": topic_id, "topic_name": "News", "section_name": "Marketing", "status": "OPTED_OUT"}
    assert first["properties"] == {**first["properties"], **expected, "previous_status": "OPTED_IN"}


async def test_switched_off_it_is_not_told(reader: Workspace, segment: SegmentSink) -> None:
    await _to_segment(reader, segment)
    source = {"write_key": "wk_out", "endpoint": segment.url, "events": {"User Unsubscribed": False}}
    await reader.call("PUT", "/integrations/segment", {"source": source})
    topic_id = await new_topic(reader)
    await choose(reader, topic_id, "OPTED_OUT")
    await choose(reader, topic_id, "OPTED_IN")
    await reader.rest()

    assert _told(segment) == [("User Subscribed", "api")]


async def test_a_deleted_profile_keeps_its_choices_and_a_forgotten_user_does_not(reader: Workspace) -> None:
    topic_id = await new_topic(reader)
    await choose(reader, topic_id, "OPTED_OUT")
    await reader.call("DELETE", "/profiles/u-1")
    after_deletion = (await reader.call("GET", "/users/u-1/preferences"))["items"]
    await reader.call("POST", "/inbound/segment", {"type": "delete", "userId": "u-1", "messageId": "d-1"}, status=202)
    await reader.rest()

    assert [one["status"] for one in after_deletion] == ["OPTED_OUT"]
    assert (await reader.call("GET", "/users/u-1/preferences"))["items"] == []
