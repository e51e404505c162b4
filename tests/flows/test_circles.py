"""Automations that start one another, and themselves."""

from typing import Any

import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio


async def _automation(workspace: Workspace, name: str, *invoked: str) -> None:
    steps = [{"action": "invoke", "template": "${`" + other + "`}"} for other in invoked]
    await workspace.call("PUT", f"/automations/{name}", {"name": name, "steps": steps})
    await workspace.call("POST", f"/automations/{name}/publish")


async def _runs(workspace: Workspace) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 100}
    while True:
        page = await workspace.call("GET", "/automations/runs", params=query)
        runs += page["runs"]
        if not page.get("next_cursor"):
            return runs
        query["cursor"] = page["next_cursor"]


async def test_two_automations_that_start_each_other_come_to_rest(workspace: Workspace) -> None:
    await _automation(workspace, "a", "b")
    await _automation(workspace, "b", "a")

    await workspace.call("POST", "/automations/a/invoke", {"recipient": "u-1"})
    await workspace.rest()

    runs = await _runs(workspace)
    assert len(runs) == 6
    assert [run["status"] for run in runs if run["status"] != "PROCESSED"] == ["ERROR"]


async def test_one_that_starts_itself_many_times_does_not_run_away(workspace: Workspace) -> None:
    await _automation(workspace, "fan", *["fan"] * 8)

    await workspace.call("POST", "/automations/fan/invoke", {"recipient": "u-1"})
    await workspace.rest()

    assert len(await _runs(workspace)) == 1 + 8 + 64
