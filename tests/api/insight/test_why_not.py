"""Why somebody did not get it."""

from typing import Any

import pytest

from studio_visit import WELCOME, signed_in, text_of, welcome
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def _asked(workspace: Workspace, query: str) -> dict[str, Any]:
    await workspace.rest()
    return await workspace.call("GET", f"/why-not?{query}")


def _said(answer: dict[str, Any]) -> dict[str, str]:
    return {gate["gate"]: gate["verdict"] for gate in answer["gates"]}


async def _publish(workspace: Workspace, **changes: Any) -> None:
    trigger = {**WELCOME["trigger"], **changes.pop("trigger", {})}
    await workspace.call("PUT", "/automations/welcome", {**WELCOME, **changes, "trigger": trigger})
    await workspace.call("POST", "/automations/welcome/publish")


async def test_nothing_said_no_to_what_went_out(workspace: Workspace) -> None:
    await welcome(workspace)
    answer = await _asked(workspace, "user_id=u-1&automation_id=welcome")

    assert answer["first_no"] is None
    assert set(_said(answer).values()) == {"passed"}
    assert answer["event_id"].startswith("evt_")
    assert answer["run_id"]
    assert answer["message_id"]


async def test_a_draft_starts_nothing(workspace: Workspace) -> None:
    await workspace.call("PUT", "/automations/welcome", WELCOME)
    answer = await _asked(workspace, "user_id=u-1&automation_id=welcome")

    assert answer["first_no"] == "automation"
    assert _said(answer)["event"] == "not reached"


async def test_the_event_never_came_and_others_did(workspace: Workspace) -> None:
    await _publish(workspace)
    await workspace.track("u-1", "Signed In")
    await workspace.track("u-2", "Signed Up")
    answer = await _asked(workspace, "user_id=u-1&automation_id=welcome")

    assert answer["first_no"] == "event"
    saw = answer["gates"][1]["saw"]
    assert "track/Signed Up" in saw
    assert "track/Signed In" in saw


async def test_a_condition_says_no_with_the_value_it_saw(workspace: Workspace) -> None:
    await _publish(workspace, trigger={"conditions": ["data.seats", "greater than", "50"]})
    await workspace.track("u-1", "Signed Up", seats=12)
    answer = await _asked(workspace, "user_id=u-1&automation_id=welcome")

    assert answer["first_no"] == "condition"
    assert "12" in next(gate["saw"] for gate in answer["gates"] if gate["gate"] == "condition")


async def test_an_old_event_starts_nothing(workspace: Workspace) -> None:
    await _publish(workspace)
    old = {"type": "track", "userId": "u-1", "event": "Signed Up", "timestamp": "2020-01-01T00:00:00Z"}
    await workspace.send_event(old)
    answer = await _asked(workspace, "user_id=u-1&automation_id=welcome")

    assert answer["first_no"] == "freshness"


async def test_somebody_without_an_address_is_waited_for_and_then_unroutable(workspace: Workspace) -> None:
    await _publish(workspace)
    await workspace.track("u-1", "Signed Up")
    waiting = await _asked(workspace, "user_id=u-1&automation_id=welcome")
    await workspace.advance(minutes=2)
    over = await _asked(workspace, "user_id=u-1&automation_id=welcome")

    assert (waiting["first_no"], _said(waiting)["routing"]) == (None, "waiting")
    assert (over["first_no"], _said(over)["delivery"]) == ("routing", "not reached")


async def test_a_run_that_waits_has_not_said_no(workspace: Workspace) -> None:
    await _publish(workspace, steps=[{"action": "delay", "duration": "1 day"}, *WELCOME["steps"]])
    await workspace.track("u-1", "Signed Up")
    answer = await _asked(workspace, "user_id=u-1&automation_id=welcome")

    assert (answer["first_no"], _said(answer)["run"]) == (None, "waiting")


async def test_a_message_tells_its_own_gates(workspace: Workspace) -> None:
    sent = {"message": {"to": {"email": "ada@example.test"}, "template": "never-made"}}
    message_id = (await workspace.call("POST", "/send", sent))["requestId"]
    answer = await _asked(workspace, f"message_id={message_id}")

    assert answer["first_no"] == "template"
    assert "never-made" in answer["gates"][0]["saw"]
    assert set(list(_said(answer).values())[1:]) == {"not reached"}


async def test_a_message_that_is_delayed_waits(workspace: Workspace) -> None:
    content = {"title": "Later", "body": "b"}
    sent = {"message": {"to": {"email": "ada@example.test"}, "content": content, "delay": {"duration": 60_000}}}
    message_id = (await workspace.call("POST", "/send", sent))["requestId"]
    answer = await _asked(workspace, f"message_id={message_id}")

    assert list(_said(answer).values()) == ["passed", "waiting", "not reached", "not reached", "not reached"]


@pytest.mark.parametrize(("query", "status"), [("", 400), ("user_id=u-1", 400), ("message_id=1-none", 404)])
async def test_what_cannot_be_answered_is_refused(workspace: Workspace, query: str, status: int) -> None:
    await workspace.call("GET", f"/why-not?{query}", status=status)


async def test_an_unknown_automation_is_not_found(workspace: Workspace) -> None:
    await workspace.call("GET", "/why-not?user_id=u-1&automation_id=none", status=404)


async def test_the_page_answers_the_same(workspace: Workspace) -> None:
    await _publish(workspace, trigger={"conditions": ["data.seats", "greater than", "50"]})
    await workspace.track("u-1", "Signed Up", seats=12)
    async with signed_in(workspace) as browser:
        empty = await text_of(browser, "/studio/why")
        page = await text_of(browser, "/studio/why?user=u-1&automation=welcome")
        missing = await browser.get("/studio/why?message=1-none")

    assert "The first no" not in empty
    assert "The conditions held" in page
    assert "it is 12" in page
    assert missing.status_code == 404
    assert "There is no message" in missing.text
