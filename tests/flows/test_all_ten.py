"""The ten events that Courier tells Segment, each from its real cause and each told once (courier.md 2.2)."""

import re

import pytest

from flows.audience_steps import PRO, put_audience, tell_segment
from flows.test_preferences import choose, new_topic
from posthorn.events.vocabulary import OUTBOUND_EVENTS
from sinks import SegmentSink
from studio_visit import visitor
from workspace import Workspace

pytestmark = pytest.mark.anyio

ELEMENTS = [
    {"type": "meta", "title": "News"},
    {"type": "action", "content": "Read on", "href": "https://shop.example.test/news"},
]


async def _send(workspace: Workspace, user_id: str, topic_id: str) -> None:
    content = {"version": "2022-01-01", "elements": ELEMENTS}
    message = {"to": {"user_id": user_id}, "content": content, "preferences": {"subscription_topic_id": topic_id}}
    await workspace.call("POST", "/send", {"message": message})
    await workspace.rest()


async def _read_and_leave(workspace: Workspace) -> None:
    """The reader opens the mail, follows its link, and unsubscribes by one click; each of it twice."""
    mail = (await workspace.mails())[0]
    paths = re.findall(r'"http://[^/"]+(/t/[oc]/[^"]+)"', mail["html"])
    headers = (await workspace.call("GET", f"/mailbox/{mail['id']}"))["headers"]
    unsubscribe = re.sub("^<http://[^/]+|>$", "", headers["List-Unsubscribe"])
    async with visitor(workspace) as client:
        for path in (*paths, *paths):
            await client.get(path)
        for _ in range(2):
            await client.post(unsubscribe, data={"List-Unsubscribe": "One-Click"})
    await workspace.rest()


async def test_segment_is_told_all_ten_once(workspace: Workspace, segment: SegmentSink) -> None:
    await tell_segment(workspace, segment)
    topic_id = await new_topic(workspace, include_unsubscribe_header=True)
    await put_audience(workspace, "pro", PRO, name="Professionals")

    await workspace.identify("u-1", email="ada@example.test", plan="pro")
    await _send(workspace, "u-1", topic_id)
    await _read_and_leave(workspace)
    await _send(workspace, "u-1", topic_id)
    await _send(workspace, "nobody", topic_id)
    await choose(workspace, topic_id, "OPTED_IN")
    await workspace.identify("u-1", plan="free")

    assert sorted(one["event"] for one in segment.events) == sorted(OUTBOUND_EVENTS)
    assert {one.get("userId") for one in segment.events} == {"u-1", "nobody"}
    assert all(one["integrations"]["Courier"] is False for one in segment.events)
