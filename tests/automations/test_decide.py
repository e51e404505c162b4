from typing import Any

import pytest

from automations.automation_parts import HOUR, NOW, VIEW, active, automation, due, event, journey, library, own_event
from posthorn.automations.decide import decide, on_message_status
from posthorn.automations.model import RunCancelRequested, RunInvoked, View

SEND = {"action": "send", "template": "reminder"}
DELAYED = [{"action": "delay", "duration": "2 hours"}, SEND]
CART = library(
    automation("at_cart", DELAYED, trigger="track/Checkout Page Visited", cancelation_token="refs.data.userId"),
    automation(
        "at_done",
        [{"action": "cancel", "cancelation_token": "refs.data.userId"}, {"action": "send", "template": "invoice"}],
        trigger="track/Checkout Complete",
    ),
)


def test_a_cart_that_is_left_gets_its_reminder_after_two_hours() -> None:
    first = decide(event("track", "Checkout Page Visited"), (), VIEW, CART, NOW)

    (timer,) = first.timers
    second = decide(due(timer), active(first), VIEW, CART, timer.due_at)

    assert first.sends == ()
    assert timer.due_at == NOW + 2 * HOUR
    assert [send.message["template"] for send in second.sends] == ["reminder"]
    assert [run.status for run in second.runs] == ["PROCESSED"]
    assert [(step.sequence, step.status) for step in second.steps] == [(0, "PROCESSED"), (1, "PROCESSED")]


def test_a_cart_that_is_paid_gets_no_reminder_but_an_invoice() -> None:
    first = decide(event("track", "Checkout Page Visited"), (), VIEW, CART, NOW)

    paid = decide(event("track", "Checkout Complete", at=NOW + HOUR), active(first), VIEW, CART, NOW + HOUR)
    late = decide(due(first.timers[0]), active(paid, first.runs), VIEW, CART, NOW + 2 * HOUR)

    assert {run.automation_id: run.status for run in paid.runs} == {"at_cart": "CANCELED", "at_done": "PROCESSED"}
    assert [send.message["template"] for send in paid.sends] == ["invoice"]
    assert [(cancel.token, cancel.requested_at) for cancel in paid.cancelled_tokens] == [("u-1", NOW + HOUR)]
    assert late.sends == ()
    assert late.runs == ()


def test_the_waiting_step_of_a_canceled_run_is_canceled_with_it() -> None:
    first = decide(event("track", "Checkout Page Visited"), (), VIEW, CART, NOW)

    paid = decide(event("track", "Checkout Complete", at=NOW + HOUR), active(first), VIEW, CART, NOW + HOUR)

    assert [(step.action, step.status, step.created_at, step.updated_at) for step in paid.steps] == [
        ("cancel", "PROCESSED", NOW + HOUR, NOW + HOUR),
        ("send", "PROCESSED", NOW + HOUR, NOW + HOUR),
        ("delay", "CANCELED", NOW, NOW + HOUR),
    ]


def test_a_run_does_not_cancel_itself_nor_one_that_began_with_the_same_event() -> None:
    cancel = {"action": "cancel", "cancelation_token": "t"}
    both = library(
        automation("at_a", [cancel, *DELAYED], trigger="track/X", cancelation_token="t"),
        automation("at_b", [cancel, *DELAYED], trigger="track/X", cancelation_token="t"),
    )

    first = decide(event("track", "X"), (), VIEW, both, NOW)
    second = decide(event("track", "X", message_id="again", at=NOW + 1), active(first), VIEW, both, NOW + 1)

    assert [run.status for run in first.runs] == ["WAITING", "WAITING"]
    assert sorted(run.status for run in second.runs) == ["CANCELED", "CANCELED", "WAITING", "WAITING"]


def test_deciding_twice_gives_the_same() -> None:
    one = event("track", "Checkout Page Visited", properties={"total": 5})

    assert decide(one, (), VIEW, CART, NOW) == decide(one, (), VIEW, CART, NOW)


def test_an_event_that_comes_again_does_not_start_a_second_run() -> None:
    one = event("track", "Checkout Page Visited")
    first = decide(one, (), VIEW, CART, NOW)

    again = decide(one, active(first), VIEW, CART, NOW)

    assert again.runs == ()
    assert again.timers == ()


def test_every_linked_automation_starts_and_says_where_it_came_from() -> None:
    linked = library(*(automation(f"at_{n}", [SEND], trigger="track/X") for n in range(3)))

    outcome = decide(event("track", "X"), (), VIEW, linked, NOW)

    assert [run.automation_id for run in outcome.runs] == ["at_0", "at_1", "at_2"]
    assert {tuple(run.source) for run in outcome.runs} == {("segment/track/X",)}
    assert [fact.verdict for fact in outcome.facts] == ["started"] * 3
    assert len({send.message_id for send in outcome.sends}) == 3


def test_a_false_condition_is_a_fact_and_no_run() -> None:
    node = {"type": "trigger", "trigger_type": "segment", "request_type": "track", "event_id": "X"}
    condition = ["data.properties.total", "greater than", "10"]
    picky = library(journey("jn", [{**node, "conditions": condition}, {"type": "exit"}]))

    outcome = decide(event("track", "X", properties={"total": 9}), (), VIEW, picky, NOW)

    assert outcome.runs == ()
    assert [(fact.about, fact.verdict) for fact in outcome.facts] == [("jn", "condition false")]
    assert "9" in outcome.facts[0].reason


def test_a_stale_event_is_a_fact_and_no_run() -> None:
    outcome = decide(event("track", "Checkout Page Visited", timestamp=NOW - 25 * HOUR), (), VIEW, CART, NOW)

    assert outcome.runs == ()
    assert [(fact.about, fact.verdict) for fact in outcome.facts] == [("at_cart", "stale")]


def test_an_event_nobody_waits_for_leaves_no_trace() -> None:
    assert decide(event("track", "Other"), (), VIEW, CART, NOW).facts == ()


@pytest.mark.parametrize("changed", [{"enabled": False}, {"state": "ARCHIVED"}, {"published_version": 0}])
def test_what_is_not_live_does_not_start(changed: dict[str, Any]) -> None:
    shelf = library(automation("at", [SEND], trigger="track/X", **changed))

    assert decide(event("track", "X"), (), VIEW, shelf, NOW).runs == ()


def test_a_run_keeps_the_version_it_began_with() -> None:
    old = automation("at", DELAYED, trigger="track/X", published_version=1)
    first = decide(event("track", "X"), (), VIEW, library(old), NOW)
    new = automation("at", [{"action": "exit"}], trigger="track/X", version=2)
    both = library(automation("at", DELAYED, trigger="track/X", published_version=2), new)

    second = decide(due(first.timers[0]), active(first), VIEW, both, NOW + 2 * HOUR)

    assert [send.message["template"] for send in second.sends] == ["reminder"]


def test_a_run_whose_version_is_gone_ends_in_error() -> None:
    first = decide(event("track", "X"), (), VIEW, library(automation("at", DELAYED, trigger="track/X")), NOW)

    second = decide(due(first.timers[0]), active(first), VIEW, library(), NOW + 2 * HOUR)

    assert [(run.status, run.reason) for run in second.runs] == [("ERROR", "Version 1 of at is not there any more.")]


def test_an_invocation_starts_a_run_with_what_it_was_given() -> None:
    asked = RunInvoked(run_id="1-a", automation_id="welcome", recipient="u-1", data={"n": 1}, source=["invoke/welcome"])
    shelf = library(automation("at", [{"action": "send", "template": "t"}], alias="welcome"))

    outcome = decide(own_event("run.invoked", asked), (), VIEW, shelf, NOW)

    assert [(run.run_id, run.automation_id, run.status) for run in outcome.runs] == [("1-a", "at", "PROCESSED")]
    assert (outcome.sends[0].recipient, outcome.sends[0].message["data"]) == ("u-1", {"n": 1})


def test_an_ad_hoc_run_carries_its_own_steps_through_a_wait() -> None:
    asked = RunInvoked(run_id="1-a", steps=DELAYED, recipient="u-1", token="t")

    first = decide(own_event("run.invoked", asked), (), VIEW, library(), NOW)
    second = decide(due(first.timers[0]), active(first), VIEW, library(), NOW + 2 * HOUR)

    assert first.runs[0].token == "t"
    assert [send.message["template"] for send in second.sends] == ["reminder"]


def test_an_invocation_of_nothing_ends_in_error() -> None:
    asked = RunInvoked(run_id="1-a", automation_id="nope")

    outcome = decide(own_event("run.invoked", asked), (), VIEW, library(), NOW)

    assert [(run.status, run.reason) for run in outcome.runs] == [("ERROR", "Automation template nope not found")]


def test_a_cancel_request_by_token_leaves_younger_runs_and_the_asking_one() -> None:
    steps = {"steps": DELAYED, "recipient": "u-1", "token": "t"}
    runs = ()
    for at in (NOW, NOW + 1, NOW + 5):
        asked = own_event("run.invoked", RunInvoked(run_id=f"1-{at - NOW}", **steps), at=at)  # pyright: ignore[reportArgumentType] - by name
        runs = active(decide(asked, runs, VIEW, library(), at), runs)

    request = RunCancelRequested(token="t", requested_at=NOW + 1, except_run_id="1-0")
    outcome = decide(own_event("run.cancel_requested", request), runs, VIEW, library(), NOW + 9)

    assert [(run.run_id, run.status) for run in outcome.runs] == [("1-1", "CANCELED")]


def test_a_cancel_request_by_id_needs_no_token() -> None:
    first = decide(own_event("run.invoked", RunInvoked(run_id="1-a", steps=DELAYED, recipient="u-1")), (), VIEW, library(), NOW)

    request = own_event("run.cancel_requested", RunCancelRequested(run_id="1-a"))
    outcome = decide(request, active(first), VIEW, library(), NOW)

    assert [run.status for run in outcome.runs] == ["CANCELED"]


def test_the_status_of_a_message_reaches_the_condition_of_a_later_step() -> None:
    steps = [
        {"action": "send", "template": "first", "ref": "outreach"},
        {"action": "delay", "duration": "1 day"},
        {"action": "send", "template": "second", "if": "refs.outreach.status < MessageStatus.Opened"},
    ]
    shelf = library(automation("at", steps, trigger="track/X"))
    first = decide(event("track", "X"), (), VIEW, shelf, NOW)
    (opened,) = on_message_status(first.runs, first.sends[0].message_id, "OPENED")

    unread = decide(due(first.timers[0]), first.runs, VIEW, shelf, NOW + 24 * HOUR)
    read = decide(due(first.timers[0]), (opened,), VIEW, shelf, NOW + 24 * HOUR)

    assert [send.message["template"] for send in unread.sends] == ["second"]
    assert read.sends == ()
    assert [step.status for step in read.steps] == ["PROCESSED", "SKIPPED"]
    assert on_message_status(first.runs, "other", "OPENED") == ()


def test_a_timer_of_an_earlier_wait_wakes_nobody() -> None:
    steps = [{"action": "delay", "duration": "1 hour"}, {"action": "delay", "duration": "1 hour"}, SEND]
    shelf = library(automation("at", steps, trigger="track/X"))
    first = decide(event("track", "X"), (), VIEW, shelf, NOW)
    second = decide(due(first.timers[0]), active(first), VIEW, shelf, NOW + HOUR)

    again = decide(due(first.timers[0]), active(second, first.runs), VIEW, shelf, NOW + HOUR)

    assert again.runs == ()


def test_an_updated_profile_is_seen_by_the_steps_behind() -> None:
    steps = [
        {"action": "update-profile", "profile": {"plan": "gold"}, "merge": "overwrite"},
        {"action": "send", "template": "t", "data": {"plan": "refs.profile.plan", "email": "refs.profile.email"}},
    ]
    shelf = library(automation("at", steps, trigger="identify"))

    outcome = decide(event("identify", traits={"a": 1}), (), VIEW, shelf, NOW)

    assert [(update.user_id, update.merge) for update in outcome.profile_updates] == [("u-1", "overwrite")]
    data = outcome.sends[0].message["data"]
    assert (data["plan"], data["email"], data["a"]) == ("gold", "ada@example.test", 1)


def test_automations_that_invoke_each_other_come_to_an_end() -> None:
    shelf = library(automation("at", [{"action": "invoke", "template": "at"}], trigger="track/X"))
    outcome = decide(event("track", "X"), (), VIEW, shelf, NOW)

    for _ in range(50):
        if not outcome.invokes:
            break
        outcome = decide(own_event("run.invoked", outcome.invokes[0]), (), VIEW, shelf, NOW)

    assert outcome.invokes == ()
    assert outcome.runs[0].status == "ERROR"


def test_a_message_without_a_profile_goes_to_the_user_of_the_event() -> None:
    shelf = library(automation("at", [SEND], trigger="track/X"))

    outcome = decide(event("track", "X"), (), View(), shelf, NOW)

    assert [send.recipient for send in outcome.sends] == ["u-1"]
