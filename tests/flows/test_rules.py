"""The rules beside the steps: who may come in, what ends a run, what it is for, when it may speak."""

from datetime import datetime
from typing import Any

import pytest
from msgspec import Struct

from workspace import Workspace

pytestmark = pytest.mark.anyio


def _send(title: str) -> dict[str, Any]:
    return {"action": "send", "message": {"content": {"title": title, "body": "."}}}


async def _publish(workspace: Workspace, name: str, steps: list[Any], event: str = "Cart Left", **more: Any) -> None:
    trigger = {"type": "segment", "event": event}
    await workspace.call("PUT", f"/automations/{name}", {"name": name, "trigger": trigger, "steps": steps, **more})
    await workspace.call("POST", f"/automations/{name}/publish")


async def _known(workspace: Workspace, user_id: str = "u-1", **traits: Any) -> None:
    await workspace.identify(user_id, email=f"{user_id}@example.test", **traits)


async def _subjects(workspace: Workspace) -> list[str]:
    return sorted(mail["subject"] for mail in await workspace.mails())


def _until(workspace: Workspace, moment: str) -> dict[str, float]:
    due = datetime.fromisoformat(moment).timestamp() * 1000
    return {"seconds": (due - workspace.clock.now_ms()) / 1000}


class _Reason(Struct, frozen=True, kw_only=True):
    status: str
    reason: str


async def _reasons(workspace: Workspace) -> list[tuple[str, str]]:
    async with workspace.parts.database.snapshot() as tx:
        rows = await tx.all(_Reason, "SELECT status, reason FROM runs ORDER BY created_at, run_id")
    return [(row.status, row.reason) for row in rows]


async def test_the_abandoned_cart_is_one_automation(workspace: Workspace) -> None:
    await _known(workspace)
    thanks = _send("Thank you for {{order_total}}")
    thanks["message"]["data"] = {"order_total": "{{order.properties.total}}"}
    wait: dict[str, Any] = {
        "action": "wait-for-event",
        "event": "Order Completed",
        "event_conditions": "event.properties.cart_id === data.properties.cart_id",
        "timeout": "2 hours",
        "ref": "order",
        "then": [thanks],
        "else": [_send("Your cart waits")],
    }
    await _publish(workspace, "cart", [wait, _send("And then")])

    await workspace.track("u-1", "Cart Left", cart_id="a")
    await workspace.track("u-1", "Cart Left", cart_id="b")
    await workspace.advance(hours=1)
    await workspace.track("u-1", "Order Completed", cart_id="b", total=12)
    early = await _subjects(workspace)
    await workspace.advance(hours=1)

    assert early == ["And then", "Thank you for 12"]
    assert await _subjects(workspace) == ["And then", "And then", "Thank you for 12", "Your cart waits"]


async def test_an_event_that_ends_runs_ends_them_and_says_so(workspace: Workspace) -> None:
    await _known(workspace)
    rules = {"exit_on": [{"event": "Order Completed"}]}
    await _publish(workspace, "cart", [{"action": "delay", "duration": "2 hours"}, _send("Your cart")], rules=rules)

    await workspace.track("u-1", "Cart Left")
    await workspace.track("u-1", "Order Completed")
    await workspace.advance(hours=2)

    assert await _subjects(workspace) == []
    assert await _reasons(workspace) == [("PROCESSED", "Left because of Order Completed.")]


@pytest.mark.parametrize(
    ("re_entry", "count"),
    [
        ({"mode": "always"}, 3),
        ({"mode": "once"}, 1),
        ({"mode": "one_at_a_time"}, 2),
        ({"mode": "once_per_key", "key": "{{data.properties.order}}"}, 2),
    ],
)
async def test_a_user_comes_in_as_often_as_the_rule_says(workspace: Workspace, re_entry: dict[str, str], count: int) -> None:
    await _known(workspace)
    await _publish(workspace, "a", [{"action": "delay", "duration": "1 hour"}], rules={"re_entry": re_entry})

    await workspace.track("u-1", "Cart Left", order="a")
    await workspace.track("u-1", "Cart Left", order="b")
    await workspace.advance(hours=2)
    await workspace.track("u-1", "Cart Left", order="a")

    assert len(await _reasons(workspace)) == count


async def test_a_goal_is_counted_also_after_the_run_has_ended_but_not_too_late(workspace: Workspace) -> None:
    await _publish(workspace, "a", [{"action": "exit"}], rules={"goal": {"event": "Order Completed", "within": "1 day"}})
    for user in ("u-1", "u-2"):
        await _known(workspace, user)
        await workspace.track(user, "Cart Left")

    await workspace.advance(hours=23)
    await workspace.track("u-1", "Order Completed")
    await workspace.track("u-1", "Order Completed")
    await workspace.advance(hours=1)
    await workspace.track("u-2", "Order Completed")

    counted = await workspace.call("GET", "/automations/a/conversions")
    assert counted["results"] == [{"version": 1, "variant": "", "runs": 2, "conversions": 1}]


async def test_variants_and_the_held_out_are_counted_apart(workspace: Workspace) -> None:
    split = {"action": "split", "variants": [{"id": "a", "weight": 1, "steps": [_send("A")]}, {"id": "b", "weight": 1}]}
    await _publish(workspace, "a", [split], rules={"goal": {"event": "Paid"}, "hold_out": {"percent": 30}})

    for number in range(40):
        await _known(workspace, f"u-{number}")
        await workspace.track(f"u-{number}", "Cart Left")

    counted = (await workspace.call("GET", "/automations/a/conversions"))["results"]
    assert [line["variant"] for line in counted] == ["a", "b", "hold-out"]
    assert sum(line["runs"] for line in counted) == 40
    assert len(await workspace.mails()) == counted[0]["runs"]


async def test_quiet_hours_hold_a_message_over_the_change_of_the_clock(workspace: Workspace) -> None:
    await _known(workspace, timezone="Europe/Berlin")
    rules = {"send_window": {"window": "Mo-Su 08:00-22:00"}}
    await _publish(workspace, "a", [_send("Good morning")], rules=rules)
    await workspace.advance(**_until(workspace, "2026-03-28T22:30:00Z"))  # 23:30 in Berlin; at 02:00 the clock goes to 03:00

    await workspace.track("u-1", "Cart Left")
    await workspace.advance(**_until(workspace, "2026-03-29T05:59:00Z"))
    early = await _subjects(workspace)
    await workspace.advance(minutes=1)

    assert (early, await _subjects(workspace)) == ([], ["Good morning"])


@pytest.mark.parametrize(("outside", "status"), [("drop", "SKIPPED"), ("digest", "PROCESSED")])
async def test_quiet_hours_may_drop_a_message_or_put_it_into_a_digest(workspace: Workspace, outside: str, status: str) -> None:
    await _known(workspace)
    window = {"window": "Mo-Su 08:00-22:00", "outside": outside, "subscription_topic_id": "news"}
    await _publish(workspace, "a", [_send("Now")], rules={"send_window": window})
    await workspace.advance(**_until(workspace, "2026-03-28T23:30:00Z"))

    await workspace.track("u-1", "Cart Left")
    await workspace.advance(hours=12)

    (run,) = (await workspace.call("GET", "/automations/runs"))["runs"]
    (step,) = (await workspace.call("GET", f"/automations/runs/{run['run_id']}/steps"))["steps"]
    assert (await _subjects(workspace), step["status"], "send window" in step["reason"]) == ([], status, True)


async def test_a_frequency_cap_counts_over_all_automations(workspace: Workspace) -> None:
    await _known(workspace)
    rules = {"frequency_cap": {"max_messages": 2, "period": "1 day"}}
    await _publish(workspace, "other", [_send("Other")], event="Said")
    await _publish(workspace, "capped", [_send("One"), _send("Two")], rules=rules)

    await workspace.track("u-1", "Said")
    await workspace.track("u-1", "Cart Left")
    first = await _subjects(workspace)
    await workspace.advance(days=1)
    await workspace.track("u-1", "Cart Left")

    assert (first, await _subjects(workspace)) == (["One", "Other"], ["One", "One", "Other", "Two"])


async def test_a_run_waits_for_the_result_of_another(workspace: Workspace) -> None:
    await _known(workspace)
    await _publish(workspace, "child", [{"action": "delay", "duration": "1 hour"}], event="Never")
    invoke = {"action": "invoke", "template": "child", "wait": True, "ref": "child", "context": {"data": {"n": 7}}}
    told = _send("It came to {{n}}")
    told["message"]["data"] = {"n": "{{child.status}} {{child.data.n}}"}
    await _publish(workspace, "parent", [invoke, told])

    await workspace.track("u-1", "Cart Left")
    early = await _subjects(workspace)
    await workspace.advance(hours=1)

    assert (early, await _subjects(workspace)) == ([], ["It came to PROCESSED 7"])


async def test_a_run_sees_the_profile_of_somebody_else(workspace: Workspace) -> None:
    await _known(workspace)
    await _known(workspace, "boss", nickname="Bea")
    told = _send("Ask {{name}}")
    told["message"]["data"] = {"name": "{{boss.profile.nickname}}"}
    await _publish(workspace, "a", [{"action": "get-profile", "user_id": "boss", "ref": "boss", "path": "data.boss"}, told])

    await workspace.track("u-1", "Cart Left")

    assert await _subjects(workspace) == ["Ask Bea"]
