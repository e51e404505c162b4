"""Time is an argument: simulating, replaying and explaining an automation, which send and store nothing."""

from typing import Any

import pytest
from msgspec import Struct

from posthorn.clock import iso
from workspace import Workspace

pytestmark = pytest.mark.anyio

WAIT = {"action": "wait-for-event", "event": "Order Completed", "timeout": "2 hours", "then": [{"action": "exit"}]}
THROTTLE = {"action": "throttle", "max_allowed": 1, "period": "1 day", "scope": "user"}


class _Count(Struct, frozen=True, kw_only=True):
    row_count: int


def _send(title: str, **more: Any) -> dict[str, Any]:
    return {"action": "send", "message": {"content": {"title": title, "body": "."}}, **more}


async def _draft(workspace: Workspace, steps: list[Any], **more: Any) -> None:
    trigger = {"type": "segment", "event": "Cart Left", "conditions": ["data.properties.total", "greater than", "10"]}
    await workspace.call("PUT", "/automations/cart", {"name": "Cart", "trigger": trigger, "steps": steps, **more})


async def _publish(workspace: Workspace, steps: list[Any], **more: Any) -> None:
    await _draft(workspace, steps, **more)
    await workspace.call("POST", "/automations/cart/publish")


async def _ask(workspace: Workspace, **body: Any) -> dict[str, Any]:
    event = {"type": "track", "userId": "u-1", "event": "Cart Left", "properties": {"total": 50}}
    return await workspace.call("POST", "/automations/cart/simulate", {"event": event, **body})


async def _rows(workspace: Workspace) -> int:
    async with workspace.parts.database.snapshot() as tx:
        row = await tx.first(
            _Count,
            "SELECT (SELECT COUNT(*) FROM runs) + (SELECT COUNT(*) FROM messages) + (SELECT COUNT(*) FROM timers) "
            "+ (SELECT COUNT(*) FROM outbox) + (SELECT COUNT(*) FROM log_blocks) + (SELECT COUNT(*) FROM marks) AS row_count",
        )
    return row.row_count if row else -1


async def _shop(workspace: Workspace) -> None:
    """Six users leave carts, two of them buy, one buys too late; the clock moves on."""
    for number in range(6):
        await workspace.identify(f"u-{number}", email=f"u-{number}@example.test")
        await workspace.track(f"u-{number}", "Cart Left", total=5 if number == 5 else 50)
    await workspace.advance(hours=1)
    await workspace.track("u-0", "Order Completed")
    await workspace.track("u-1", "Order Completed")
    for _ in range(6):  # as the server is awake all the time: what is due at ten is done at ten
        await workspace.advance(minutes=30)
    await workspace.track("u-2", "Order Completed")
    await workspace.advance(hours=1)


async def test_a_simulation_tells_what_would_happen_and_when(workspace: Workspace) -> None:
    await workspace.identify("u-1", email="ada@example.test")
    await _draft(workspace, [WAIT, _send("Your cart")])
    before = await _rows(workspace)

    found = await _ask(workspace, at="2026-07-01T10:00:00Z")

    told = [(line["at"][11:16], line["what"], line["verdict"]) for line in found["timeline"]]
    assert told[:3] == [("10:00", "event", "track"), ("10:00", "run", "started"), ("10:00", "wait-for-event", "WAITING")]
    assert ("12:00", "send", "PROCESSED") in told
    assert ("12:00", "message", "DELIVERED") in told
    assert [run["status"] for run in found["runs"]] == ["PROCESSED"]
    assert (await _rows(workspace), await workspace.mails()) == (before, [])


async def test_a_later_event_takes_the_other_way(workspace: Workspace) -> None:
    await _draft(workspace, [WAIT, _send("Your cart")])
    bought = {"type": "track", "userId": "u-1", "event": "Order Completed"}

    found = await _ask(workspace, at="2026-07-01T10:00:00Z", later=[{"at": "2026-07-01T11:00:00Z", "event": bought}])

    assert [line["what"] for line in found["timeline"]][3:] == ["event", "wait-for-event", "exit", "run"]


async def test_a_simulation_says_why_nothing_starts(workspace: Workspace) -> None:
    await _draft(workspace, [_send("Your cart")])

    found = await _ask(workspace, event={"type": "track", "userId": "u-1", "event": "Cart Left", "properties": {"total": 5}})

    assert [(line["verdict"], "10" in line["told"]) for line in found["timeline"]][1] == ("condition false", True)


@pytest.mark.parametrize("event", [{}, {"type": "track"}, {"type": "dance", "userId": "u"}])
async def test_what_is_no_event_is_refused(workspace: Workspace, event: dict[str, Any]) -> None:
    await _draft(workspace, [_send("Your cart")])

    if event:
        await workspace.call("POST", "/automations/cart/simulate", {"event": event}, status=400)
    else:
        assert (await _ask(workspace, event={}))["runs"]


@pytest.mark.parametrize(
    "rules", [{}, {"re_entry": {"mode": "once"}}, {"exit_on": [{"event": "Order Completed"}]}, {"hold_out": {"percent": 40}}]
)
async def test_the_published_version_would_send_again_exactly_what_it_sent(workspace: Workspace, rules: Any) -> None:
    await _publish(
        workspace,
        [WAIT, THROTTLE, _send("Your cart"), {"action": "delay", "duration": "30 minutes"}, _send("Last")],
        rules=rules,
    )
    await _shop(workspace)
    before = await _rows(workspace)

    found = await workspace.call("POST", "/automations/cart/replay", {"since": "7d", "version": "published"})

    assert (found["newly"], found["no_longer"], found["exact"]) == ([], [], True)
    assert found["same"] == len(await workspace.mails()) > 0
    assert await _rows(workspace) == before


async def test_a_draft_shows_who_would_newly_get_something_and_who_no_longer(workspace: Workspace) -> None:
    await _publish(workspace, [WAIT, _send("Your cart")])
    await _shop(workspace)
    await _draft(
        workspace, [{"action": "delay", "duration": "1 minute"}, _send("Your cart", **{"if": "data.userId !== 'u-4'"})]
    )

    found = await workspace.call("POST", "/automations/cart/replay", {"since": "7d"})

    assert [one["user_id"] for one in found["newly"]] == ["u-0", "u-1"]
    assert [one["user_id"] for one in found["no_longer"]] == ["u-4"]
    assert found["same"] == 2


async def test_an_explanation_names_the_gate_that_said_no(workspace: Workspace) -> None:
    await _publish(workspace, [WAIT, _send("Your cart")], rules={"re_entry": {"mode": "once"}})
    await _shop(workspace)

    async def refused_by(user_id: str) -> str:
        return (await workspace.call("GET", f"/automations/cart/explain?user_id={user_id}"))["refused_by"]

    assert (await refused_by("u-4"), await refused_by("u-5"), await refused_by("nobody")) == ("", "conditions", "event")
    await workspace.track("u-4", "Cart Left", total=50)
    assert await refused_by("u-4") == "re_entry"


async def test_an_explanation_of_a_moment_knows_nothing_of_later(workspace: Workspace) -> None:
    at = workspace.clock.now_ms()
    await _publish(workspace, [WAIT, _send("Your cart")])
    await _shop(workspace)

    from_then = await workspace.call("GET", f"/automations/cart/explain?user_id=u-4&at={iso(at + 3_600_000)}")
    today = await workspace.call("GET", "/automations/cart/explain?user_id=u-4")

    assert [line["verdict"] for line in from_then["timeline"]] == ["track", "started", "WAITING"]
    assert "PROCESSED" in {line["verdict"] for line in today["timeline"]}
    assert [gate["gate"] for gate in today["gates"]] == ["live", "event", "freshness", "conditions", "re_entry", "hold_out"]


async def test_publishing_warns_of_a_condition_on_what_no_event_has_ever_had(workspace: Workspace) -> None:
    await workspace.track("u-1", "Cart Left", total=5)
    await _draft(workspace, [_send("Your cart", **{"if": "data.properties.totel > 5"})])

    published = await workspace.call("POST", "/automations/cart/publish")

    assert published["warnings"] == ["steps[0]: None of the latest events had data.properties.totel."]
