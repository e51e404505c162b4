"""The machine's clock is set back by an hour while the server runs."""

from datetime import timedelta

import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio
HOUR_MS = round(timedelta(hours=1).total_seconds() * 1000)
LATER = {"action": "delay", "duration": "30 minutes"}
WOKEN = {"action": "update-profile", "profile": {"woken": True}}


async def test_nothing_is_lost_doubled_or_stuck(workspace: Workspace) -> None:
    body = {"recipient": "u-1", "automation": {"steps": [LATER, WOKEN]}}
    await workspace.call("POST", "/automations/invoke", body)
    event = {"type": "track", "userId": "u-2", "event": "Ping", "messageId": "m-1"}
    await workspace.send_event(event)

    workspace.clock.advance(-HOUR_MS)
    await workspace.send_event(event)
    message = {"to": {"email": "a@example.org"}, "content": {"title": "t", "body": "b"}}
    sent = await workspace.call("POST", "/send", {"message": message})
    await workspace.rest()

    log = (await workspace.call("GET", "/log"))["events"]
    assert [one["duplicate"] for one in log if one["event"] == "Ping"] == [False, True]
    assert (await workspace.call("GET", f"/messages/{sent['requestId']}"))["status"] == "DELIVERED"
    assert len(await workspace.mails()) == 1
    await workspace.advance(hours=2)
    assert (await workspace.call("GET", "/profiles/u-1"))["profile"] == {"woken": True}
