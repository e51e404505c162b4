"""Waiting a little for an address."""

from typing import Any

from messages.message_cases import ADA, MESSAGE_ID, NOW, SMTP, ask, config, event
from posthorn.events.model import Event
from posthorn.messages.decide import cancel, due, request
from posthorn.messages.holding import HOLD_MS, RETRY_MS
from posthorn.messages.model import TIMER_KIND, Known, Origin, Outcome
from posthorn.timers.model import DUE, Timer

FROM_EVENT = Origin(run_id="r-1", trigger_event="Signed Up", trigger_message_id="m-1")


def _asked(run: Origin | None = FROM_EVENT, **profile: Any) -> Outcome:
    return request(event("message.requested"), ask(run=run), known=Known(profile=profile), config=config(SMTP), now=NOW)


def _tried(before: Outcome, at: int, **profile: Any) -> Outcome:
    timer = event(DUE, at=at)
    known = Known(profile=profile)
    return due(timer, before.message, _contents(before), known=known, config=config(SMTP), now=at)


def _contents(outcome: Outcome) -> Any:
    return outcome.contents or _asked().contents


def test_without_an_address_it_waits_and_says_why() -> None:
    outcome = _asked()

    assert (outcome.message.status, outcome.commands) == ("ENQUEUED", ())
    assert outcome.timers == (
        Timer(
            timer_id=f"{MESSAGE_ID}/address/{NOW + RETRY_MS}",
            due_at=NOW + RETRY_MS,
            environment="production",
            user_key="u-1042",
            kind=TIMER_KIND,
            subject_id=MESSAGE_ID,
        ),
    )
    assert outcome.facts[0].reason.startswith("Waiting for an address.")
    assert [item.type for item in outcome.history] == ["ENQUEUED", "PROFILE_LOADED", "UNROUTABLE"]


def test_an_address_that_came_in_between_is_used_at_the_next_try() -> None:
    outcome = _tried(_asked(), NOW + RETRY_MS, **ADA)

    assert outcome.message.status == "ROUTED"
    assert [command.kind for command in outcome.commands] == ["deliver"]
    assert [transition.status for transition in outcome.transitions] == ["ROUTED"]


def test_after_thirty_seconds_it_is_unroutable() -> None:
    outcome, tries = _asked(), 0
    while outcome.timers:
        outcome, tries = _tried(outcome, outcome.timers[0].due_at), tries + 1

    assert (outcome.message.status, outcome.message.reason) == ("UNROUTABLE", "NO_CHANNELS")
    assert tries == HOLD_MS // RETRY_MS


def test_a_try_that_changes_nothing_writes_nothing() -> None:
    outcome = _tried(_asked(), NOW + RETRY_MS)

    assert (outcome.history, outcome.contents, outcome.transitions) == ((), None, ())
    assert len(outcome.timers) == 1


def test_what_a_client_sent_does_not_wait() -> None:
    for run in (None, Origin(run_id="r-1")):
        assert _asked(run).message.status == "UNROUTABLE"


def test_only_an_address_is_waited_for() -> None:
    wanted = {"routing": {"method": "single", "channels": ["sms"]}}
    outcome = request(event("message.requested"), ask(wanted, run=FROM_EVENT), known=Known(), config=config(SMTP), now=NOW)

    assert (outcome.message.status, outcome.message.reason) == ("UNROUTABLE", "NO_PROVIDERS")


def test_one_that_waits_can_be_canceled() -> None:
    canceled = cancel(event("message.cancel_requested"), _asked().message, now=NOW + 1)
    late: Event = event(DUE, at=NOW + RETRY_MS)
    after = due(late, canceled.message, _asked().contents, known=Known(profile=ADA), config=config(SMTP), now=NOW + RETRY_MS)

    assert (canceled.message.status, after.commands) == ("CANCELED", ())
