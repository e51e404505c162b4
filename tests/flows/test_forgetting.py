"""Whoever is forgotten is in no table any more and in no byte of the file, by whatever way he had come there."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from posthorn.clock import FrozenClock
from posthorn.engine.parking import park, parked
from posthorn.events.model import Entry
from sinks import SegmentSink, WebhookSink, segment_sink, webhook_sink
from workspace import Workspace, running

pytestmark = pytest.mark.anyio

MARKER = "zq9mark"
USER = f"{MARKER}-user"
VISITOR = f"{MARKER}-visitor"
EMAIL = "zq9secret@example.test"
SECRET = "zq9secret"
TOLD_THAT_HE_IS_GONE = {"erasures", "suppressions"}
"""Tables that say who was forgotten: by id, nothing else (decision 0009)."""

KEPT_BY_DELETING_A_PROFILE = {"erasures", "list_subscriptions", "preferences"}
"""Deleting a profile over the API leaves what he chose (courier.md 3.2)."""

CONTENT = {"title": "Hello", "body": "Dear {{profile.email}}, {{note}}"}
TO_HIM = {"to": {"user_id": "refs.data.userId"}, "content": CONTENT, "data": {"note": "refs.data.note"}}
STEPS = {
    "waits": [{"action": "delay", "duration": "1 day"}, {"action": "send", "message": TO_HIM}],
    "sends": [{"action": "send", "message": TO_HIM}],
    "collects": [
        {"action": "throttle", "max_allowed": 5, "period": "1 hour", "scope": "global"},
        {"action": "throttle", "max_allowed": 5, "period": "1 hour", "scope": "user"},
        {"action": "add-to-batch", "wait_period": "1 hour", "max_wait_period": "2 hours"},
        {"action": "send", "message": TO_HIM},
    ],
}


@pytest.fixture
async def workspace(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Workspace]:
    """Over a file, which can be looked into."""
    async with running(tmp_path, clock) as one:
        yield one


def _tables(folder: Path) -> dict[str, bytes]:
    """What stands in each table."""
    with closing(sqlite3.connect(folder / "posthorn.db")) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
    return {name: b"\n".join(_bytes(cell) for row in some for cell in row) for name, some in rows.items()}


def _bytes(cell: object) -> bytes:
    return cell if isinstance(cell, bytes) else str(cell).encode()


def _raw(folder: Path) -> bytes:
    """The file and what lies beside it."""
    return b"".join([file.read_bytes() for file in folder.glob("posthorn.db*")])


def _with_him(folder: Path) -> set[str]:
    return {name for name, text in _tables(folder).items() if MARKER.encode() in text or SECRET.encode() in text}


def _about_users(folder: Path) -> set[str]:
    """Every table that has a user in it, as far as its columns say."""
    with closing(sqlite3.connect(folder / "posthorn.db")) as connection:
        sql = (
            "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'user_key'"
        )
        return {row[0] for row in connection.execute(sql)}


async def _live(workspace: Workspace, segment: SegmentSink, hook: WebhookSink) -> None:
    """Leaves him wherever a user can be."""
    segment.answers, hook.answer = [200, 400, 400], 503
    call = workspace.call
    await call("PUT", "/integrations/segment", {"source": {"write_key": "wk_out", "endpoint": segment.url}})
    await call("POST", "/integrations/webhooks", {"url": hook.url})
    for name, steps in STEPS.items():
        trigger = {"type": "segment", "request_type": "track", "event": "Ordered"}
        await call("PUT", f"/automations/{name}", {"name": name, "trigger": trigger, "steps": steps})
        await call("POST", f"/automations/{name}/publish")
    rules = [
        {"operator": "EQ", "path": "note", "value": "x"},
        {"operator": "DID", "event": "Ordered", "at_least": 1, "within": "7 days"},
    ]
    await call("PUT", "/audiences/buyers", {"filter": {"operator": "OR", "filters": rules}})
    section = await call("POST", "/preferences/sections", {"name": "Marketing"})
    topic = await call("POST", f"/preferences/sections/{section['id']}/topics", {"name": "News", "default_status": "OPTED_IN"})
    await workspace.send_event({"type": "track", "event": "Ordered", "anonymousId": VISITOR, "properties": {"note": SECRET}})
    traits = {"email": EMAIL, "note": SECRET}
    await workspace.send_event({"type": "identify", "userId": USER, "anonymousId": VISITOR, "traits": traits})
    await workspace.send_event({"type": "group", "userId": USER, "groupId": "acme"})
    await workspace.track(USER, "Ordered", note=SECRET)
    await workspace.track("somebody", "Ordered", note="another")
    await call("PUT", f"/lists/news/subscriptions/{USER}", {"preferences": {"categories": {SECRET: {"status": "OPTED_IN"}}}})
    await call("PUT", f"/users/{USER}/tenants/acme", {"profile": {"title": SECRET}})
    await call("PUT", f"/users/{USER}/preferences/{topic['id']}", {"topic": {"status": "OPTED_OUT"}})
    await call("PATCH", f"/profiles/{USER}", {"patch": [{"op": "add", "path": "/size", "value": SECRET}]})
    message = {"to": [{"user_id": USER}, {"user_id": "somebody"}], "content": CONTENT, "data": {"note": "both"}}
    await call("POST", "/send", {"message": message}, headers={"Idempotency-Key": MARKER})
    delayed = {"to": {"user_id": USER}, "content": CONTENT, "data": {"note": SECRET}, "delay": {"duration": 86_400_000}}
    await call("POST", "/send", {"message": delayed})
    await call("POST", "/send", {"message": {"to": {"list_id": "news"}, "content": CONTENT}})
    job = await call("POST", "/bulk", {"message": {"event": "news", "content": CONTENT}})
    await call("POST", f"/bulk/{job['jobId']}", {"users": [{"recipient": USER, "data": {"note": SECRET}}]})
    await call("POST", f"/bulk/{job['jobId']}/run")
    await call("POST", "/automations/waits/invoke", {"recipient": USER, "data": {"note": SECRET}})
    await workspace.rest()


async def _set_aside(workspace: Workspace) -> None:
    """One of his events could not be processed."""
    entry = Entry(
        environment="production",
        source_id="",
        origin="tracking",
        type="track",
        user_key=USER,
        message_id="m-parked",
        received_at=workspace.clock.now_ms(),
        body=SECRET.encode(),
    )
    async with workspace.parts.database.transaction() as tx:
        await park(tx, [parked(0, "evt_0_0_0", entry, "It could not be processed.", now=1, ordinal=0)])


async def _settled(workspace: Workspace, folder: Path) -> None:
    """Everything has come to rest and is in the file."""
    await workspace.rest()
    await workspace.advance(hours=1)
    await workspace.parts.housekeeping.tick(prunes=False)
    with closing(sqlite3.connect(folder / "posthorn.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


@pytest.fixture
async def lived(workspace: Workspace, tmp_path: Path) -> AsyncIterator[Workspace]:
    """He has been everywhere: in every table that has users in it."""
    async with segment_sink() as segment, webhook_sink() as hook:
        await _live(workspace, segment, hook)
        await _set_aside(workspace)
        assert _about_users(tmp_path) - _with_him(tmp_path) == TOLD_THAT_HE_IS_GONE
        hook.answer = 200
        yield workspace


async def test_segments_delete_leaves_only_that_he_is_not_to_come_again(lived: Workspace, tmp_path: Path) -> None:
    body = {"type": "delete", "userId": USER, "messageId": "delete-1"}
    await lived.call("POST", "/inbound/segment", body, status=202)
    await _settled(lived, tmp_path)

    assert _with_him(tmp_path) == TOLD_THAT_HE_IS_GONE
    assert SECRET.encode() not in _raw(tmp_path)


async def test_deleting_his_profile_leaves_only_what_he_chose(lived: Workspace, tmp_path: Path) -> None:
    await lived.call("DELETE", f"/profiles/{USER}", status=204)
    await _settled(lived, tmp_path)

    assert _with_him(tmp_path) == KEPT_BY_DELETING_A_PROFILE


async def test_he_goes_by_an_id_that_was_merged_into_his(lived: Workspace, tmp_path: Path) -> None:
    await lived.call("DELETE", f"/profiles/{VISITOR}", status=204)
    await _settled(lived, tmp_path)

    assert _with_him(tmp_path) == KEPT_BY_DELETING_A_PROFILE


async def test_the_others_stay(lived: Workspace, tmp_path: Path) -> None:
    await lived.call("DELETE", f"/profiles/{USER}", status=204)
    await _settled(lived, tmp_path)

    assert b"somebody" in _tables(tmp_path)["log_blocks"]
    assert [run["source"] for run in (await lived.call("GET", "/automations/runs"))["runs"]]
