from typing import Any

from automations.automation_parts import NOW, automation, due, library
from posthorn.automations.library import Library
from posthorn.automations.model import Outcome
from posthorn.automations.scheduling import decide, schedule_timer

HOUR = 3_600_000


def _library(**changed: Any) -> Library:
    return library(automation("a", [], trigger={"type": "schedule", "cron": "@hourly"}, **changed))


def _timer_due(now: int = NOW) -> Any:
    timer = schedule_timer(automation("a", [], trigger={"type": "schedule", "cron": "@hourly"}), after=now)
    assert timer is not None
    return due(timer)


def test_a_run_starts_when_its_time_has_come_and_the_next_one_is_set() -> None:
    event = _timer_due()
    outcome = decide(event, _library(), event.received_at + 5)

    assert [(one.automation_id, one.source) for one in outcome.invokes] == [("a", ["schedule/a"])]
    assert [timer.due_at - event.received_at for timer in outcome.timers] == [HOUR]


def test_the_same_time_asks_for_the_same_run() -> None:
    event = _timer_due()

    assert decide(event, _library(), event.received_at) == decide(event, _library(), event.received_at)


def test_what_was_missed_is_made_up_for_once() -> None:
    event = _timer_due()
    outcome = decide(event, _library(), event.received_at + 10 * HOUR)

    assert (len(outcome.invokes), outcome.timers[0].due_at - event.received_at) == (1, 11 * HOUR)


def test_an_automation_that_is_off_does_nothing() -> None:
    event = _timer_due()

    assert decide(event, _library(enabled=False), event.received_at) == Outcome()
    assert decide(event, _library(state="ARCHIVED"), event.received_at) == Outcome()
    assert decide(event, library(), event.received_at) == Outcome()


def test_a_timer_of_an_earlier_version_starts_nothing() -> None:
    event = _timer_due()
    other = library(automation("a", [], trigger={"type": "schedule", "cron": "30 * * * *"}))

    assert decide(event, other, event.received_at).invokes == ()
