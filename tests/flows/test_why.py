"""From any of its ids to the whole thread, why somebody did not get it, and what set a trait: on one partition and on many."""

from typing import Any

import pytest

from posthorn.api.studio.stream import follow
from posthorn.log.filter import event_filter
from posthorn.log.follow import processed_end
from posthorn.server.app import server_context
from sinks import segment_sink
from workspace import Workspace

pytestmark = pytest.mark.anyio
USERS = [f"u-{number}" for number in range(12)]
WELCOME: dict[str, Any] = {
    "name": "Welcome",
    "trigger": {
        "type": "segment",
        "request_type": "track",
        "event": "Signed Up",
        "conditions": ["data.seats", "greater than", "5"],
    },
    "steps": [
        {
            "action": "send",
            "message": {"to": {"user_id": "refs.data.userId"}, "content": {"title": "Welcome", "body": "Hello."}},
        }
    ],
}


async def _ids(workspace: Workspace, type: str) -> dict[str, str]:
    """Event ids by user."""
    log = await workspace.call("GET", "/log?limit=1000")
    return {one["userId"]: one["id"] for one in log["events"] if one["type"] == type}


async def test_each_user_is_answered_for_wherever_he_lies(workspace: Workspace) -> None:
    await workspace.call("PUT", "/automations/welcome", WELCOME)
    await workspace.call("POST", "/automations/welcome/publish")
    async with segment_sink() as sink:
        source = {"write_key": "back", "endpoint": sink.url, "enabled": True}
        await workspace.call("PUT", "/integrations/segment", {"source": source})
        for number, user in enumerate(USERS):
            await workspace.identify(user, email=f"{user}@example.test", plan="free")
            await workspace.track(user, "Signed Up", seats=number)
            await workspace.identify(user, plan="team")
    tracked, identified = await _ids(workspace, "track"), await _ids(workspace, "identify")

    for number, user in enumerate(USERS):
        thread = await workspace.call("GET", f"/log/{tracked[user]}")
        why = await workspace.call("GET", f"/why-not?user_id={user}&automation_id=welcome")
        edits = (await workspace.call("GET", f"/profiles/{user}/history"))["results"]
        assert why["first_no"] == (None if number > 5 else "condition")
        assert edits[0]["event_id"] == identified[user]
        assert edits[0]["changes"][0]["before"] == "free"
        anchors = [message["message_id"] for message in thread["messages"]]
        anchors += [told["message_id"] for message in thread["messages"] for told in message["told"]]
        assert len(anchors) == (3 if number > 5 else 0)
        for anchor in anchors:
            assert (await workspace.call("GET", f"/log/{anchor}"))["event"]["id"] == tracked[user]


async def test_what_is_streamed_is_everybodys_each_once(workspace: Workspace) -> None:
    context = server_context(workspace.parts)
    async with workspace.parts.database.snapshot() as tx:
        start = await processed_end(tx, workspace.parts.database.partition_count)
    for user in USERS:
        await workspace.track(user, "Signed Up")
    stream = follow(context, start, event_filter("production"))
    told = b""
    while told.count(b"data: ") < len(USERS):
        told += await anext(stream)
    await stream.aclose()

    assert all(told.count(f'"userId":"{user}"'.encode()) == 1 for user in USERS)
