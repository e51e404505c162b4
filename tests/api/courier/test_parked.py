"""Events that were set aside, over HTTP."""

import pytest

from posthorn.events.model import Entry
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def _poison(workspace: Workspace) -> None:
    entry = Entry(
        environment="production",
        source_id="",
        origin="api",
        type="profile.merged",
        user_key="u/1",
        message_id="bad",
        received_at=1,
        body=b'{"profile": 7}',
    )
    await workspace.parts.commands.append([entry])
    await workspace.rest()


async def test_nothing_is_set_aside_at_first(workspace: Workspace) -> None:
    assert await workspace.call("GET", "/log/parked") == {"events": [], "more": False}


async def test_what_is_set_aside_is_shown_with_its_error(workspace: Workspace) -> None:
    await _poison(workspace)
    await workspace.identify("u/1", plan="team")

    page = await workspace.call("GET", "/log/parked")
    assert [(one["userId"], one["type"]) for one in page["events"]] == [("u/1", "profile.merged"), ("u/1", "identify")]
    assert "profile" in page["events"][0]["error"]
    assert page["events"][1]["error"] == "An earlier event of this user was set aside."
    assert (await workspace.call("GET", "/log/parked?limit=1"))["more"]


async def test_a_users_events_are_put_back_together(workspace: Workspace) -> None:
    await _poison(workspace)
    await workspace.identify("u/1", plan="team")
    answer = await workspace.call("POST", "/log/parked/u%2F1/replay", status=202)
    await workspace.rest()

    # the fault is still there, so both are set aside again: nothing is lost
    assert answer == {"replayed": 2}
    assert len((await workspace.call("GET", "/log/parked"))["events"]) == 2


async def test_of_somebody_unknown_there_is_nothing_to_put_back(workspace: Workspace) -> None:
    assert await workspace.call("POST", "/log/parked/nobody/replay") == {"replayed": 0}
