"""Messages found again by what their senders noted, through the whole engine."""

import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio

METADATA = {"tags": ["cart", "vip"], "trace_id": "t-55"}
MESSAGE = {"content": {"title": "Hello", "body": "World"}, "metadata": METADATA}
AUTOMATION = {
    "name": "Cart",
    "trigger": {"type": "segment", "request_type": "track", "event": "Added"},
    "steps": [{"action": "send", "message": MESSAGE}],
}


async def _found(workspace: Workspace, query: str) -> list[str]:
    return [one["recipient"] for one in (await workspace.call("GET", f"/messages?{query}"))["results"]]


@pytest.fixture
async def sent(workspace: Workspace) -> str:
    """A message by a run, one by a request for two; the request's id."""
    await workspace.call("PUT", "/automations/cart", AUTOMATION)
    await workspace.call("POST", "/automations/cart/publish")
    await workspace.identify("u-1", email="ada@example.test")
    await workspace.track("u-1", "Added")
    await workspace.advance(seconds=1)
    to = [{"email": "bob@example.test"}, {"email": "cyd@example.test"}]
    answer = await workspace.call("POST", "/send", {"message": {**MESSAGE, "to": to, "metadata": {"tags": ["other"]}}})
    await workspace.rest()
    return answer["requestId"]


async def test_tags_and_traces_are_found_whoever_sent(workspace: Workspace, sent: str) -> None:
    assert await _found(workspace, "tag=cart") == ["u-1"]
    assert await _found(workspace, "tags=vip,nothing") == ["u-1"]
    assert await _found(workspace, "traceId=t-55") == ["u-1"]
    assert sorted(await _found(workspace, f"traceId={sent}")) == ["bob@example.test", "cyd@example.test"]
    assert len(await _found(workspace, "tag=cart&tag=other")) == 3


async def test_an_archived_request_leaves_the_list_with_all_its_messages(workspace: Workspace, sent: str) -> None:
    await workspace.call("PUT", f"/requests/{sent}/archive", status=204)
    await workspace.call("PUT", f"/requests/{sent}/archive", status=204)

    assert await _found(workspace, "") == ["u-1"]
    assert sorted(await _found(workspace, "archived=true")) == ["bob@example.test", "cyd@example.test"]
    await workspace.call("PUT", "/requests/1-00000000-000000000000000000000000/archive", status=404)


async def test_what_happens_to_an_archived_message_does_not_bring_it_back(workspace: Workspace, sent: str) -> None:
    await workspace.call("PUT", f"/requests/{sent}/archive")
    [mail, *_] = await workspace.mails()
    pixel = mail["html"].partition('src="')[2].partition('"')[0]
    await workspace.client.get(pixel)
    await workspace.rest()

    assert await _found(workspace, "") == ["u-1"]
    assert len(await _found(workspace, "archived=true&status=OPENED")) == 1
