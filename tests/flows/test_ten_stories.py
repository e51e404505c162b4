"""Ten automations as people write them, from the event to the mail, on a clock that only the test moves."""

from datetime import datetime
from typing import Any

import pytest

from flows.audience_steps import PRO, put_audience
from workspace import Workspace

pytestmark = pytest.mark.anyio


def _mail(title: str, **more: Any) -> dict[str, Any]:
    return {"action": "send", "message": {"content": {"title": title, "body": "."}, **more}}


def _wait(event: str, timeout: str, **more: Any) -> dict[str, Any]:
    return {"action": "wait-for-event", "event": event, "timeout": timeout, **more}


def _delay(duration: str) -> dict[str, Any]:
    return {"action": "delay", "duration": duration}


async def _live(workspace: Workspace, trigger: Any, steps: list[Any], name: str = "story", **more: Any) -> None:
    trigger = {"type": "segment", "event": trigger} if isinstance(trigger, str) else trigger
    await workspace.call("PUT", f"/automations/{name}", {"name": name, "trigger": trigger, "steps": steps, **more})
    await workspace.call("POST", f"/automations/{name}/publish")


async def _user(workspace: Workspace, user_id: str = "u-1", **traits: Any) -> None:
    await workspace.identify(user_id, email=f"{user_id}@example.test", **traits)


async def _subjects(workspace: Workspace) -> list[str]:
    return sorted(mail["subject"] for mail in await workspace.mails())


async def _until(workspace: Workspace, moment: str) -> None:
    due = datetime.fromisoformat(moment).timestamp() * 1000
    await workspace.advance(seconds=(due - workspace.clock.now_ms()) / 1000)


async def test_a_welcome_series_comes_once_and_stops_when_the_user_is_active(workspace: Workspace) -> None:
    series = [_mail("Welcome"), _delay("1 day"), _mail("First steps"), _delay("2 days"), _mail("Need help?")]
    rules = {"re_entry": {"mode": "once"}, "exit_on": [{"event": "Project Created"}]}
    await _live(workspace, "Signed Up", series, rules=rules)
    await _user(workspace)

    await workspace.track("u-1", "Signed Up")
    await workspace.advance(days=1)
    await workspace.track("u-1", "Project Created")
    await workspace.track("u-1", "Signed Up")
    await workspace.advance(days=3)

    assert await _subjects(workspace) == ["First steps", "Welcome"]


async def test_an_abandoned_cart_is_one_automation(workspace: Workspace) -> None:
    same_cart = "event.properties.cart_id === data.properties.cart_id"
    wait = _wait("Order Completed", "2 hours", event_conditions=same_cart, then=[{"action": "exit"}])
    await _live(workspace, "Cart Updated", [wait, _mail("Cart {{cart_id}} waits")])
    await _user(workspace)

    for cart in ("a", "b"):
        await workspace.track("u-1", "Cart Updated", cart_id=cart)
    await workspace.track("u-1", "Order Completed", cart_id="a")
    await workspace.advance(hours=2)

    assert await _subjects(workspace) == ["Cart b waits"]


async def test_a_trial_that_ends_is_told_before_unless_it_was_paid_for(workspace: Workspace) -> None:
    steps = [{"action": "delay", "until": "refs.data.properties.remind_at"}, _mail("Your trial ends")]
    await _live(workspace, "Trial Started", steps, rules={"exit_on": [{"event": "Plan Bought"}]})
    for user in ("u-1", "u-2"):
        await _user(workspace, user)
        await workspace.track(user, "Trial Started", remind_at="2026-03-13T09:00:00Z")

    await workspace.track("u-2", "Plan Bought")
    await _until(workspace, "2026-03-13T08:59:59Z")
    early = await _subjects(workspace)
    await workspace.advance(seconds=1)

    assert (early, [mail["to"] for mail in await workspace.mails()]) == ([], ["u-1@example.test"])


async def test_a_failed_payment_escalates_until_it_is_paid(workspace: Workspace) -> None:
    to_us = _mail("{{userId}} has not paid", to={"email": "billing@example.test"})
    paid = {"then": [_mail("Thank you"), {"action": "exit"}]}
    steps = [
        _mail("Payment failed"),
        _wait("Paid", "1 day", **paid),
        _mail("Second notice"),
        _wait("Paid", "2 days", **paid),
        to_us,
    ]
    await _live(workspace, "Payment Failed", steps)
    for user in ("u-1", "u-2"):
        await _user(workspace, user)
        await workspace.track(user, "Payment Failed")

    await workspace.advance(days=1)
    await workspace.track("u-2", "Paid")
    await workspace.advance(days=2)

    notices = ["Payment failed", "Payment failed", "Second notice", "Second notice", "Thank you"]
    assert await _subjects(workspace) == [*notices, "u-1 has not paid"]


async def test_a_weekly_digest_comes_on_monday_morning_where_the_user_is(workspace: Workspace) -> None:
    trigger = {"type": "digest", "subscription_topic_id": "activity", "schedule": {"cron": "0 9 * * mon"}}
    await _live(workspace, "Commented", [{"action": "add-to-digest", "subscription_topic_id": "activity"}], name="collect")
    await _live(workspace, trigger, [_mail("{{digest.count}} comments")])
    await _user(workspace, timezone="Europe/Paris")

    for _ in range(3):
        await workspace.track("u-1", "Commented")
        await workspace.advance(hours=30)
    await _until(workspace, "2026-03-09T07:59:00Z")
    early = await _subjects(workspace)
    await workspace.advance(minutes=1)

    assert (early, await _subjects(workspace)) == ([], ["3 comments"])


async def test_an_onboarding_with_two_variants_counts_what_they_lead_to(workspace: Workspace) -> None:
    variants = [
        {"id": "video", "weight": 1, "steps": [_mail("Watch")]},
        {"id": "text", "weight": 1, "steps": [_mail("Read")]},
    ]
    await _live(workspace, "Signed Up", [{"action": "split", "variants": variants}], rules={"goal": {"event": "Activated"}})
    for number in range(12):
        await _user(workspace, f"u-{number}")
        await workspace.track(f"u-{number}", "Signed Up")
    for mail in await workspace.mails():
        if mail["subject"] == "Watch":
            await workspace.track(mail["to"].partition("@")[0], "Activated")

    counted = (await workspace.call("GET", "/automations/story/conversions"))["results"]

    assert [line["variant"] for line in counted] == ["text", "video"]
    assert (counted[0]["conversions"], counted[1]["conversions"]) == (0, counted[1]["runs"])


async def test_quiet_hours_end_by_the_clock_on_the_wall_when_it_changes(workspace: Workspace) -> None:
    await _live(workspace, "Mentioned", [_mail("Somebody named you")], rules={"send_window": {"window": "Mo-Su 07:00-22:00"}})
    await _user(workspace, timezone="Europe/Berlin")
    await _until(workspace, "2026-10-24T21:30:00Z")  # 23:30 there; in the night the clock goes back an hour

    await workspace.track("u-1", "Mentioned")
    await _until(workspace, "2026-10-25T05:59:00Z")
    early = await _subjects(workspace)
    await workspace.advance(minutes=1)

    assert (early, await _subjects(workspace)) == ([], ["Somebody named you"])


async def test_who_leaves_the_audience_of_the_loyal_is_won_back(workspace: Workspace) -> None:
    await put_audience(workspace, "loyal", PRO)
    await _live(
        workspace, {"type": "audience", "audience_id": "loyal", "event": "left"}, [_delay("3 days"), _mail("Come back")]
    )
    await _user(workspace, plan="pro")

    await _user(workspace, plan="free")
    await workspace.advance(days=3)

    assert await _subjects(workspace) == ["Come back"]


async def test_each_order_has_one_run_that_follows_it(workspace: Workspace) -> None:
    same = "event.properties.order === data.properties.order"
    steps = [
        _mail("Order {{order}} placed"),
        _wait("Shipped", "9 days", event_conditions=same),
        _mail("Order {{order}} on its way"),
    ]
    rules = {"re_entry": {"mode": "once_per_key", "key": "{{data.properties.order}}"}}
    await _live(workspace, "Order Placed", steps, rules=rules)
    await _user(workspace)

    for order in ("A", "B", "A"):
        await workspace.track("u-1", "Order Placed", order=order)
    await workspace.track("u-1", "Shipped", order="B")

    assert await _subjects(workspace) == ["Order A placed", "Order B on its way", "Order B placed"]


async def test_a_reply_cancels_what_was_still_to_come(workspace: Workspace) -> None:
    chase = [_mail("Question"), _delay("2 days"), _mail("Did you see it?")]
    await _live(workspace, "Question Asked", chase, cancelation_token="refs.data.properties.thread")
    cancel = [{"action": "cancel", "cancelation_token": "refs.data.properties.thread"}]
    await _live(workspace, "Replied", cancel, name="reply")
    for user in ("u-1", "u-2"):
        await _user(workspace, user)
        await workspace.track(user, "Question Asked", thread=f"t-{user}")

    await workspace.track("support", "Replied", thread="t-u-2")
    await workspace.advance(days=2)

    assert await _subjects(workspace) == ["Did you see it?", "Question", "Question"]
