"""Steps of the processor on the real database, driven through a whole workspace."""

from typing import Any

import pytest

from posthorn.engine import parking
from posthorn.events.model import Entry
from workspace import Workspace

pytestmark = pytest.mark.anyio


def entry(user_key: str, message_id: str, body: bytes, *, kind: str = "profile.merged") -> Entry:
    return Entry(
        environment="production",
        source_id="",
        origin="api",
        type=kind,
        user_key=user_key,
        message_id=message_id,
        received_at=1,
        body=body,
    )


async def _log(workspace: Workspace) -> list[dict[str, Any]]:
    return (await workspace.call("GET", "/log"))["events"]


async def _profile(workspace: Workspace, user_id: str) -> dict[str, Any]:
    return (await workspace.call("GET", f"/profiles/{user_id}"))["profile"]


async def test_the_same_message_id_counts_once_and_the_log_shows_both(workspace: Workspace) -> None:
    for plan in ("team", "solo"):
        await workspace.send_event({"type": "identify", "userId": "u-1", "messageId": "m-1", "traits": {"plan": plan}})

    assert await _profile(workspace, "u-1") == {"plan": "team"}
    assert [event["duplicate"] for event in await _log(workspace)] == [False, True]


async def test_a_repeat_within_one_batch_counts_once(workspace: Workspace) -> None:
    event = {"type": "track", "userId": "u-1", "event": "Ping", "messageId": "m-1"}
    await workspace.call("POST", "/v1/batch", {"batch": [event, event]}, auth=("wk_flow", ""))
    await workspace.rest()

    assert [event["duplicate"] for event in await _log(workspace)] == [False, True]


async def test_test_events_of_segment_are_never_taken_for_repeats(workspace: Workspace) -> None:
    for _ in range(2):
        await workspace.send_event({"type": "track", "userId": "u-1", "event": "Ping", "messageId": "segment-test-message-x1"})

    assert [event["duplicate"] for event in await _log(workspace)] == [False, False]


async def test_a_poison_event_is_set_aside_and_the_others_go_on(workspace: Workspace) -> None:
    poison = entry("u-1", "bad", b'{"profile": 7}')
    await workspace.parts.commands.append([poison, entry("u-2", "good", b'{"profile": {"a": 1}}')])
    await workspace.rest()

    async with workspace.parts.database.snapshot() as tx:
        [parked] = await parking.parked_events(tx)
    assert (parked.user_key, parked.event_id) == ("u-1", "evt_0_1_0")
    assert "profile" in parked.error
    assert await _profile(workspace, "u-2") == {"a": 1}


async def test_later_events_of_a_parked_user_wait_behind_it_and_come_back_in_order(workspace: Workspace) -> None:
    await workspace.parts.commands.append([entry("u-1", "bad", b'{"profile": 7}')])
    await workspace.identify("u-1", plan="solo")
    await workspace.identify("u-1", plan="team")
    async with workspace.parts.database.transaction() as tx:
        parked = await parking.parked_events(tx)
        await tx.run("DELETE FROM parked WHERE event_id = :event_id", event_id=parked[0].event_id)
        await parking.put_back(tx, "production", "u-1", partition_count=1, now=workspace.clock.now_ms())
    await workspace.rest()

    assert [one.error for one in parked[1:]] == ["An earlier event of this user was set aside."] * 2
    assert await _profile(workspace, "u-1") == {"plan": "team"}


async def test_what_a_user_did_is_processed_in_the_order_of_arrival(workspace: Workspace) -> None:
    entries = [entry("u-1", str(number), b'{"profile": {"n": %d}}' % number) for number in range(300)]
    await workspace.parts.commands.append(entries)
    await workspace.rest()

    assert await _profile(workspace, "u-1") == {"n": 299}
