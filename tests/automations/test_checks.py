from typing import Any

import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio


async def _refused(workspace: Workspace, steps: list[Any]) -> str:
    await workspace.call("PUT", "/automations/a", {"name": "a", "steps": steps})
    return (await workspace.call("POST", "/automations/a/publish", status=400))["message"]


async def test_a_template_that_is_not_there_is_told_with_its_place(workspace: Workspace) -> None:
    inside = {"action": "if", "condition": "true", "then": [{"action": "send", "message": {"template": "gone"}}]}

    told = await _refused(
        workspace, [{"action": "send", "template": "lost"}, inside, {"action": "send-list", "list": "l", "template": "no"}]
    )

    assert told.split("; ") == [
        "steps[0].template: Notification template lost not found",
        "steps[1].then[0].message.template: Notification template gone not found",
        "steps[2].template: Notification template no not found",
    ]


async def test_a_template_that_only_the_run_knows_is_let_pass(workspace: Workspace) -> None:
    await workspace.call(
        "PUT", "/automations/a", {"name": "a", "steps": [{"action": "send", "template": "refs.data.template"}]}
    )

    await workspace.call("POST", "/automations/a/publish", status=200)


async def test_a_circle_without_a_wait_is_refused(workspace: Workspace) -> None:
    assert "a invokes a without a wait" in await _refused(workspace, [{"action": "invoke", "template": "a"}])
