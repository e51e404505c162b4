"""Links between kinds of events and automations."""

from typing import Any

import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio

SEND = {"action": "send", "message": {"to": {"email": "ada@example.test"}, "content": {"title": "Hello", "body": "World"}}}
KEY = "track%2FOrder%20Completed"
NODES = [{"type": "trigger", "trigger_type": "api-invoke"}, {"type": "delay", "mode": "duration", "duration": "PT1H"}]


async def _put(workspace: Workspace, *, published: bool, **more: Any) -> None:
    await workspace.call("PUT", "/automations/thanks", {"name": "Thanks", "steps": [SEND], **more})
    if published:
        await workspace.call("POST", "/automations/thanks/publish")


async def _triggers(workspace: Workspace, version: str) -> list[str | None]:
    found = await workspace.call("GET", f"/automations/thanks?version={version}")
    return [one["name"] for one in found["trigger"]]


async def test_a_linked_event_starts_what_is_live(workspace: Workspace) -> None:
    await _put(workspace, published=True)
    answer = await workspace.call("PUT", f"/integrations/segment/events/{KEY}/links/thanks")
    await workspace.track("u-1", "Order Completed")

    assert answer == {"kind": "automation", "template_id": "thanks", "name": "Thanks"}
    assert len(await workspace.mails()) == 1
    [kind] = (await workspace.call("GET", "/integrations/segment/events"))["results"]
    assert kind["linked"] == [answer]


async def test_what_waits_in_the_draft_does_not_go_live_with_a_link(workspace: Workspace) -> None:
    await _put(workspace, published=True)
    await _put(workspace, published=False, name="Thanks a lot")
    await workspace.call("PUT", "/integrations/segment/events/track/Order Completed/links/thanks")

    live = await workspace.call("GET", "/automations/thanks")
    assert (live["name"], await _triggers(workspace, "published")) == ("Thanks", ["Order Completed"])
    assert await _triggers(workspace, "draft") == ["Order Completed"]


async def test_a_link_twice_is_a_link_once_and_unlinking_takes_it_away(workspace: Workspace) -> None:
    await _put(workspace, published=True)
    path = f"/integrations/segment/events/{KEY}/links/thanks"
    for _ in range(2):
        await workspace.call("PUT", path)
    linked = await _triggers(workspace, "published")
    for _ in range(2):
        await workspace.call("DELETE", path, status=204)
    await workspace.track("u-1", "Order Completed")

    assert (linked, await _triggers(workspace, "published")) == (["Order Completed"], [])
    assert await workspace.mails() == []


async def test_a_draft_gets_the_trigger_and_stays_a_draft(workspace: Workspace) -> None:
    await _put(workspace, published=False)
    await workspace.call("PUT", "/integrations/segment/events/identify/links/thanks")

    assert await _triggers(workspace, "draft") == [None]
    await workspace.call("GET", "/automations/thanks", status=404)


async def test_a_journey_gets_a_trigger_node_and_loses_it_again(workspace: Workspace) -> None:
    made = await workspace.call("POST", "/journeys", {"name": "Care", "nodes": NODES, "state": "PUBLISHED"})
    path = f"/integrations/segment/events/{KEY}/links/{made['id']}"
    await workspace.call("PUT", path)
    linked = await workspace.call("GET", f"/journeys/{made['id']}")
    await workspace.track("u-1", "Order Completed")
    await workspace.call("DELETE", path, status=204)
    unlinked = await workspace.call("GET", f"/journeys/{made['id']}")

    assert linked["nodes"][0]["event_id"] == "Order Completed"
    assert unlinked["nodes"] == made["nodes"]
    assert len((await workspace.call("GET", "/journeys/runs"))["runs"]) == 1


@pytest.mark.parametrize("path", ["track%2FX/links/nobody", "track%2FX/links/", "/links/thanks", "track%2FX"])
async def test_what_is_not_there_is_404(workspace: Workspace, path: str) -> None:
    await _put(workspace, published=False)
    await workspace.call("PUT", f"/integrations/segment/events/{path}", status=404)


async def test_an_archived_one_cannot_be_linked(workspace: Workspace) -> None:
    await _put(workspace, published=True)
    await workspace.call("DELETE", "/automations/thanks")
    await workspace.call("PUT", f"/integrations/segment/events/{KEY}/links/thanks", status=409)
