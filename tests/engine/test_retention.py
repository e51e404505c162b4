"""What is too old goes, page by page."""

import pytest

from posthorn.engine import retention
from posthorn.engine.parking import ParkedKey
from posthorn.engine.retention import Retention, prune_page
from posthorn.log import store as log_store
from workspace import Workspace

pytestmark = pytest.mark.anyio

DAY = retention.DAY_MS
KEEP = Retention(log_ms=30 * DAY)
CONTENT = {"title": "Hello", "body": "World"}


async def _send(workspace: Workspace, **more: object) -> str:
    message = {"to": {"email": "ada@example.test"}, "content": CONTENT, **more}
    answer = await workspace.call("POST", "/send", {"message": message})
    await workspace.rest()
    return answer["requestId"]


async def _prune(workspace: Workspace) -> bool:
    return await prune_page(workspace.parts.database, KEEP)


async def _counts(workspace: Workspace) -> tuple[int, int, int]:
    """Messages, mails, blocks of the log."""
    messages = (await workspace.call("GET", "/messages"))["results"]
    async with workspace.parts.database.snapshot() as tx:
        blocks = await log_store.blocks_after(tx, 0, 0, 1_000)
    return len(messages), len(await workspace.mails()), len(blocks)


async def test_nothing_goes_before_its_time(workspace: Workspace) -> None:
    await _send(workspace)
    before = await _counts(workspace)
    await workspace.advance(days=29)

    assert not await _prune(workspace)
    assert await _counts(workspace) == before


async def test_events_and_mail_go_after_a_month_messages_after_three(workspace: Workspace) -> None:
    await _send(workspace)
    await workspace.advance(days=31)
    await _prune(workspace)
    after_a_month = await _counts(workspace)
    await workspace.advance(days=65)
    await _prune(workspace)

    assert after_a_month == (1, 0, 0)
    assert await _counts(workspace) == (0, 0, 0)


async def test_what_still_waits_is_kept(workspace: Workspace) -> None:
    message_id = await _send(workspace, delay={"duration": 100 * DAY})
    await workspace.advance(days=96)
    await _prune(workspace)
    await workspace.advance(days=4)

    assert (await workspace.call("GET", f"/messages/{message_id}"))["status"] == "DELIVERED"


async def test_runs_that_ended_go_with_their_steps(workspace: Workspace) -> None:
    steps = [{"action": "update-profile", "recipient_id": "u-1", "profile": {"a": 1}, "merge": "replace"}]
    await workspace.call("POST", "/automations/invoke", {"recipient": "u-1", "automation": {"steps": steps}})
    await workspace.rest()
    before = (await workspace.call("GET", "/automations/runs"))["runs"]
    await workspace.advance(days=96)
    await _prune(workspace)

    assert len(before) == 1
    assert (await workspace.call("GET", "/automations/runs"))["runs"] == []


async def test_a_full_page_says_that_there_is_more(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PAGE", 2)
    for _ in range(3):
        await _send(workspace)
    await workspace.advance(days=96)
    pages = 1
    while await _prune(workspace):
        pages += 1

    assert pages > 1
    assert await _counts(workspace) == (0, 0, 0)


async def test_the_note_of_an_erasure_goes_a_month_after(workspace: Workspace) -> None:
    await workspace.identify("u-1", plan="team")
    await workspace.call("DELETE", "/profiles/u-1", status=204)
    await workspace.parts.housekeeping.tick(prunes=False)
    await workspace.advance(days=31)
    await workspace.parts.housekeeping.tick(prunes=True)

    async with workspace.parts.database.snapshot() as tx:
        assert await tx.all(ParkedKey, "SELECT environment, user_key FROM erasures") == []


async def test_jobs_and_bulk_jobs_go_with_the_messages_they_sent(workspace: Workspace) -> None:
    bulk = (await workspace.call("POST", "/bulk", {"message": {"event": "e", "content": CONTENT}}))["jobId"]
    await workspace.call("POST", f"/bulk/{bulk}", {"users": [{"recipient": "u-1"}]})
    await workspace.call("POST", f"/bulk/{bulk}/run")
    await workspace.call("PUT", "/lists/news/subscriptions/u-1")
    answer = await workspace.call("POST", "/send", {"message": {"to": {"list_id": "news"}, "content": CONTENT}})
    await workspace.rest()
    await workspace.advance(days=94)
    await _prune(workspace)
    for path in (f"/bulk/{bulk}/users", f"/jobs/{answer['requestId']}"):
        await workspace.call("GET", path, status=200)
    await workspace.advance(days=2)

    while await _prune(workspace):
        pass
    for path in (f"/bulk/{bulk}/users", f"/jobs/{bulk}", f"/jobs/{answer['requestId']}"):
        await workspace.call("GET", path, status=404)
