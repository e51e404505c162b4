"""The promise of the first release: an event comes in, a mail goes out, it is opened and clicked, Segment hears of it."""

import re

import pytest

from sinks import SegmentSink, segment_sink
from workspace import Workspace

pytestmark = pytest.mark.anyio

WELCOME = {
    "name": "Welcome",
    "trigger": {"type": "segment", "request_type": "track", "event": "Signed Up"},
    "steps": [
        {
            "action": "send",
            "message": {
                "to": {"user_id": "refs.data.userId"},
                "content": {
                    "version": "2022-01-01",
                    "elements": [
                        {"type": "meta", "title": "Welcome, {{profile.given_name}}"},
                        {"type": "text", "content": "Your plan is {{plan}}."},
                        {"type": "action", "content": "Open", "href": "https://shop.example.test/start"},
                    ],
                },
            },
        }
    ],
}


async def _set_up(workspace: Workspace, sink: SegmentSink) -> None:
    await workspace.call("PUT", "/automations/welcome", WELCOME)
    await workspace.call("POST", "/automations/welcome/publish")
    await workspace.call(
        "PUT", "/integrations/segment", {"source": {"write_key": "wk_out", "endpoint": sink.url, "enabled": True}}
    )


async def test_an_event_becomes_a_mail_and_what_happens_to_it_goes_back(workspace: Workspace) -> None:
    async with segment_sink() as sink:
        await _set_up(workspace, sink)
        await workspace.identify("u-1", email="ada@example.test", firstName="Ada")
        await workspace.track("u-1", "Signed Up", plan="team")

        mail = (await workspace.mails())[0]
        pixel = re.search(r'src="[^"]*(/t/o/[^"]+)"', mail["html"])
        click = re.search(r'href="[^"]*(/t/c/[^"]+)"', mail["html"])
        assert mail["subject"] == "Welcome, Ada"
        assert "Your plan is team." in mail["text"]
        assert pixel
        assert click
        await workspace.client.get(pixel[1])
        answer = await workspace.client.get(click[1])
        await workspace.rest()

    assert answer.headers["location"] == "https://shop.example.test/start"
    assert [event["event"] for event in sink.events] == [
        "Message Sent",
        "Message Delivered",
        "Message Opened",
        "Message Clicked",
    ]
    assert {event["userId"] for event in sink.events} == {"u-1"}
    assert sink.events[3]["properties"]["link"] == "https://shop.example.test/start"
    assert sink.events[0]["properties"]["trigger_event"] == "Signed Up"
