import pytest

from posthorn.engine.measuring import measure
from posthorn.events.model import Entry
from posthorn.storage import switches
from workspace import Workspace

pytestmark = pytest.mark.anyio

LATER = {
    "name": "Later",
    "trigger": {"type": "segment", "request_type": "track", "event": "Signed Up"},
    "steps": [{"action": "delay", "duration": "1 hour"}],
}


async def test_what_waits_is_counted(workspace: Workspace) -> None:
    await workspace.call("PUT", "/automations/later", LATER)
    await workspace.call("POST", "/automations/later/publish")
    async with workspace.parts.database.transaction() as tx:
        await switches.turn_on(tx, switches.DISPATCH_PAUSED, "for the test")
    await workspace.track("u-1", "Signed Up")
    body = {"message": {"to": {"email": "ada@example.test"}, "content": {"title": "t", "body": "b"}}}
    await workspace.call("POST", "/send", body)
    poison = Entry(
        environment="production",
        source_id="",
        origin="api",
        type="profile.merged",
        user_key="u-2",
        message_id="bad",
        received_at=1,
        body=b'{"profile": 7}',
    )
    await workspace.parts.commands.append_and_wait([poison])

    waiting = await measure(workspace.parts.database)

    assert (waiting.parked_count, waiting.timer_count) == (1, 1)
    assert [(lane.lane, lane.pending_count) for lane in waiting.lanes] == [("mailbox", 1)]


async def test_calls_and_commits_are_counted_in_the_metrics(workspace: Workspace) -> None:
    body = {"message": {"to": {"email": "ada@example.test"}, "content": {"title": "t", "body": "b"}}}
    await workspace.call("POST", "/send", body)
    await workspace.rest()

    text = workspace.parts.metrics.text().decode()

    assert 'posthorn_outbox_attempts_total{lane="mailbox",result="done"} 1.0' in text
    assert "posthorn_append_seconds_count 1.0" in text
