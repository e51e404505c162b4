import pytest

from posthorn.log import store as log_store
from workspace import WRITE_KEY, Workspace

pytestmark = pytest.mark.anyio


async def _log_bytes(workspace: Workspace) -> bytes:
    async with workspace.parts.database.snapshot() as tx:
        return b"".join([block.body for block in await log_store.blocks_after(tx, 0, 0, 1_000)])


async def _fill(workspace: Workspace) -> None:
    for user in ("u-1", "u-2"):
        await workspace.identify(user, email=f"{user}@secret.test")
        await workspace.track(user, "Ordered", note=f"{user}-private")


async def test_deleting_a_profile_removes_every_trace_of_the_user_and_nobody_elses(workspace: Workspace) -> None:
    await _fill(workspace)
    await workspace.call(
        "POST", "/send", {"message": {"to": {"user_id": "u-1"}, "content": {"title": "t", "body": "to-u-1-private"}}}
    )
    await workspace.rest()

    await workspace.call("DELETE", "/profiles/u-1", status=204)
    await workspace.parts.housekeeping.tick(prunes=False)

    raw = await _log_bytes(workspace)
    assert b"u-1@secret.test" not in raw
    assert b"u-1-private" not in raw
    assert b"u-2@secret.test" in raw
    assert await workspace.mails() == []
    assert (await workspace.call("GET", "/messages"))["results"] == []
    await workspace.call("GET", "/profiles/u-1", status=404)
    await workspace.call("GET", "/profiles/u-2", status=200)


async def test_the_numbering_of_other_events_stays(workspace: Workspace) -> None:
    await _fill(workspace)
    before = [event["id"] for event in (await workspace.call("GET", "/log"))["events"] if event["userId"] == "u-2"]

    await workspace.call("DELETE", "/profiles/u-1", status=204)
    await workspace.parts.housekeeping.tick(prunes=False)

    after = [event["id"] for event in (await workspace.call("GET", "/log"))["events"] if event["userId"] == "u-2"]
    assert after == before


async def test_segments_delete_notice_erases_and_keeps_later_events_out(workspace: Workspace) -> None:
    await _fill(workspace)

    await workspace.call("POST", "/inbound/segment", {"type": "delete", "userId": "u-1", "messageId": "delete-1"}, status=202)
    await workspace.rest()
    await workspace.parts.housekeeping.tick(prunes=False)
    await workspace.identify("u-1", email="again@secret.test")

    raw = await _log_bytes(workspace)
    assert b"u-1@secret.test" not in raw
    assert b"again@secret.test" not in raw
    await workspace.call("GET", "/profiles/u-1", status=404)


async def test_a_write_key_cannot_delete_anybody(workspace: Workspace) -> None:
    await _fill(workspace)

    answer = await workspace.client.post(
        "/v1/batch", json={"batch": [{"type": "delete", "userId": "u-1"}]}, auth=(WRITE_KEY, "")
    )
    await workspace.rest()

    assert answer.json()["rejected"][0]["code"] == "unknown_type"
    await workspace.call("GET", "/profiles/u-1", status=200)
