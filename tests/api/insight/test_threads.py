"""The thread of an event, over the whole loop with a stand-in for Segment."""

from typing import Any

import pytest

from sinks import segment_sink
from studio_visit import EVIL, event_page, signed_in, text_of, welcome
from workspace import Workspace

pytestmark = pytest.mark.anyio
VIP: dict[str, Any] = {
    "name": "For large orders",
    "trigger": {
        "type": "segment",
        "request_type": "track",
        "event": "Signed Up",
        "conditions": ["data.total", "greater than", "50"],
    },
    "steps": [{"action": "exit"}],
}


async def _event_id(workspace: Workspace, name: str) -> str:
    log = await workspace.call("GET", "/log?limit=1000")
    return next(one["id"] for one in log["events"] if name in (one["event"], one["type"]))


async def test_an_event_leads_to_its_run_its_message_and_what_segment_heard(workspace: Workspace) -> None:
    async with segment_sink() as sink:
        source = {"write_key": "back", "endpoint": sink.url, "enabled": True}
        await workspace.call("PUT", "/integrations/segment", {"source": source})
        await welcome(workspace, plan="team")
        event_id = await _event_id(workspace, "Signed Up")
        thread = await workspace.call("GET", f"/log/{event_id}")

    assert thread["event"]["id"] == event_id
    assert thread["payload"]["properties"] == {"plan": "team"}
    assert [(one["automation_id"], one["verdict"]) for one in thread["automations"]] == [("welcome", "started")]
    assert [step["action"] for step in thread["runs"][0]["steps"]] == ["send"]
    (message,) = thread["messages"]
    assert message["run_id"] == thread["runs"][0]["run_id"]
    assert {one["message_id"] for one in message["told"]} == {one["messageId"] for one in sink.events}
    assert {one["state"] for one in message["told"]} == {"sent"}


async def test_a_message_and_what_segment_heard_lead_back_to_the_event(workspace: Workspace) -> None:
    async with segment_sink() as sink:
        source = {"write_key": "back", "endpoint": sink.url, "enabled": True}
        await workspace.call("PUT", "/integrations/segment", {"source": source})
        await welcome(workspace)
        event_id = await _event_id(workspace, "Signed Up")
        (message,) = (await workspace.call("GET", f"/log/{event_id}"))["messages"]
        anchors = [message["message_id"], *(one["messageId"] for one in sink.events)]
        found = [(await workspace.call("GET", f"/log/{anchor}"))["event"]["id"] for anchor in anchors]

    assert len(found) > 1
    assert set(found) == {event_id}


async def test_the_messageid_of_an_event_that_came_lately_leads_to_it(workspace: Workspace) -> None:
    event = {"type": "track", "userId": "u-1", "event": "Signed Up", "messageId": "ajs-next-17"}
    await workspace.send_event(event)
    await workspace.send_event(event)
    thread = await workspace.call("GET", "/log/ajs-next-17")

    assert (thread["event"]["event"], thread["event"]["duplicate"]) == ("Signed Up", False)


async def test_what_segment_would_not_take_says_so(workspace: Workspace) -> None:
    async with segment_sink() as sink:
        source = {"write_key": "back", "endpoint": sink.url, "enabled": True}
        await workspace.call("PUT", "/integrations/segment", {"source": source})
        sink.answers = [503] * 50
        await welcome(workspace)
        thread = await workspace.call("GET", f"/log/{await _event_id(workspace, 'Signed Up')}")

    told = thread["messages"][0]["told"]
    assert {one["state"] for one in told} == {"waiting"}
    assert "503" in told[0]["note"]


async def test_a_condition_that_says_no_tells_the_value_it_saw(workspace: Workspace) -> None:
    await workspace.call("PUT", "/automations/vip", VIP)
    await workspace.call("POST", "/automations/vip/publish")
    await workspace.track("u-1", "Signed Up", total=12)
    await workspace.track("u-2", "Signed Up")
    log = (await workspace.call("GET", "/log"))["events"]
    saw, missing = [(await workspace.call("GET", f"/log/{one['id']}"))["automations"][0] for one in log]

    assert (saw["name"], saw["verdict"]) == ("For large orders", "condition false")
    assert "12" in saw["reason"]
    assert "missing" in missing["reason"]


async def test_an_automation_that_came_later_is_named_as_such(workspace: Workspace) -> None:
    await workspace.track("u-1", "Signed Up", total=12)
    await workspace.call("PUT", "/automations/vip", VIP)
    await workspace.call("POST", "/automations/vip/publish")
    await workspace.rest()
    thread = await workspace.call("GET", f"/log/{await _event_id(workspace, 'Signed Up')}")

    assert [one["verdict"] for one in thread["automations"]] == ["not live"]


async def test_it_tells_what_changed_in_the_profile_and_what_had_set_it(workspace: Workspace) -> None:
    await workspace.identify("u-1", plan="free", town="Chur")
    await workspace.identify("u-1", plan="team", password="hunter2")
    first, second = [one["id"] for one in (await workspace.call("GET", "/log"))["events"]]
    thread = await workspace.call("GET", f"/log/{second}")

    changes = {one["trait"]: one for one in thread["changes"]}
    assert changes["plan"] == {"trait": "plan", "before": "free", "after": "team", "set_by": first}
    assert changes["password"] == {"trait": "password", "after": "********", "set_by": None}
    assert "town" not in changes


async def test_a_message_that_no_event_began_is_a_thread_of_its_own(workspace: Workspace) -> None:
    sent = {"message": {"to": {"email": "ada@example.test"}, "content": {"title": "Hello", "body": "It works."}}}
    message_id = (await workspace.call("POST", "/send", sent))["requestId"]
    await workspace.rest()
    thread = await workspace.call("GET", f"/log/{message_id}")

    assert thread["event"] is None
    assert [one["status"] for one in thread["messages"]] == ["DELIVERED"]


@pytest.mark.parametrize("anchor", ["evt_0_99_0", "1-none", "posthorn-1-none-message-sent", "evt_0_1_0"])
async def test_what_is_not_there_is_not_found(workspace: Workspace, anchor: str) -> None:
    await workspace.call("GET", f"/log/{anchor}", status=404)


async def test_its_page_shows_all_of_it_and_runs_none_of_it(workspace: Workspace) -> None:
    await workspace.call("PUT", "/automations/vip", VIP)
    await workspace.call("POST", "/automations/vip/publish")
    await welcome(workspace, total=12, plan=EVIL)
    await workspace.identify("u-1", plan=EVIL)
    async with signed_in(workspace) as browser:
        page = await event_page(browser, "Signed Up")
        changed = await event_page(browser, "identify")
        message_id = (await workspace.call("GET", "/messages"))["results"][0]["id"]
        message = await text_of(browser, f"/studio/messages/{message_id}")

    assert "For large orders" in page
    assert "condition false" in page
    assert "What it changed" in changed
    assert "<script>alert" not in page + changed
    assert "/studio/events/evt_" in message
