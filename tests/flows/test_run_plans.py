"""A new version is published while runs are on their way: they stay, they move, they end."""

from typing import Any

import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio

DELAY = {"action": "delay", "duration": "1 day"}


def _mail(title: str) -> dict[str, Any]:
    return {"action": "send", "message": {"content": {"title": title, "body": "."}}}


async def _draft(workspace: Workspace, *steps: Any) -> None:
    body = {"name": "a", "trigger": {"type": "segment", "event": "Begun"}, "steps": list(steps)}
    await workspace.call("PUT", "/automations/a", body)


async def _underway(workspace: Workspace) -> None:
    """Two users wait at the delay of version 1, and a draft has a mail before it and another one behind it."""
    await _draft(workspace, DELAY, _mail("Old"))
    await workspace.call("POST", "/automations/a/publish")
    for user in ("u-1", "u-2"):
        await workspace.identify(user, email=f"{user}@example.test")
        await workspace.track(user, "Begun")
    await _draft(workspace, _mail("First"), DELAY, _mail("New"))


async def _subjects(workspace: Workspace) -> list[str]:
    return sorted(mail["subject"] for mail in await workspace.mails())


async def test_the_plan_shows_who_waits_where_and_where_he_would_go_on(workspace: Workspace) -> None:
    await _underway(workspace)

    plan = await workspace.call("GET", "/automations/a/plan")

    nodes = [{"node_id": "0", "action": "delay", "runs": 2, "proposed": "1"}]
    assert plan == {"versions": [{"version": 1, "runs": 2, "nodes": nodes}]}


async def test_runs_stay_with_their_version_unless_somebody_says_otherwise(workspace: Workspace) -> None:
    await _underway(workspace)
    await workspace.call("POST", "/automations/a/publish")

    await workspace.advance(days=1)

    assert await _subjects(workspace) == ["Old", "Old"]


async def test_runs_that_are_moved_go_on_at_their_counterpart_at_the_same_time(workspace: Workspace) -> None:
    await _underway(workspace)
    await workspace.call("POST", "/automations/a/publish")
    await workspace.advance(hours=12)

    answer = await workspace.call("POST", "/automations/a/runs", {"action": "move"}, status=202)
    await workspace.rest()
    await workspace.advance(hours=12)

    assert await _subjects(workspace) == ["New", "New"]
    job = await workspace.call("GET", f"/jobs/{answer['jobId']}")
    assert (job["status"], job["done"], job["failed"]) == ("FINISHED", 2, 0)


async def test_a_move_can_be_taken_back(workspace: Workspace) -> None:
    await _underway(workspace)
    await workspace.call("POST", "/automations/a/publish")
    await workspace.call("POST", "/automations/a/runs", {"action": "move"})
    await workspace.rest()
    await _draft(workspace, DELAY, _mail("Old"))
    await workspace.call("POST", "/automations/a/publish")

    await workspace.call("POST", "/automations/a/runs", {"action": "move"})
    await workspace.rest()
    await workspace.advance(days=1)

    assert await _subjects(workspace) == ["Old", "Old"]


async def test_a_run_without_a_counterpart_stays(workspace: Workspace) -> None:
    await _underway(workspace)
    await _draft(workspace, _mail("New"))
    await workspace.call("POST", "/automations/a/publish")

    await workspace.call("POST", "/automations/a/runs", {"action": "move"})
    await workspace.rest()
    await workspace.advance(days=1)

    assert await _subjects(workspace) == ["Old", "Old"]


async def test_runs_that_are_ended_send_nothing_more(workspace: Workspace) -> None:
    await _underway(workspace)
    await workspace.call("POST", "/automations/a/publish")

    await workspace.call("POST", "/automations/a/runs", {"action": "end"})
    await workspace.rest()
    await workspace.advance(days=1)

    assert await _subjects(workspace) == []


async def test_a_node_that_is_not_there_is_refused(workspace: Workspace) -> None:
    await _underway(workspace)
    await workspace.call("POST", "/automations/a/publish")

    body = {"action": "move", "nodes": {"1": {"0": "9"}}}
    assert "no node 9" in (await workspace.call("POST", "/automations/a/runs", body, status=400))["message"]
