from automations.automation_parts import HOUR, NOW, own_event
from posthorn.automations.marks import with_marks
from posthorn.automations.model import Outcome, RunAnswered, View
from posthorn.automations.throttling import ThrottleAsked, decide


def _ask(view: View, now: int = NOW) -> tuple[bool, View]:
    asked = ThrottleAsked(run_id="r", user_key="u-9", ask_id="a", name="n", max_allowed=2, period_ms=HOUR)
    outcome = decide(own_event("throttle.asked", asked), view, now)
    return _passes(outcome), View(marks=with_marks(view.marks, outcome.marks))


def _passes(outcome: Outcome) -> bool:
    (told,) = outcome.tells
    assert isinstance(told.payload, RunAnswered)
    assert (told.event_type, told.user_key, told.payload.ask_id) == ("run.answered", "u-9", "a")
    return told.payload.value["passes"]


def test_so_many_pass_in_a_window() -> None:
    view, passed = View(), list[bool]()
    for _ in range(4):
        passes, view = _ask(view)
        passed.append(passes)

    assert passed == [True, True, False, False]


def test_those_that_do_not_pass_prolong_nothing() -> None:
    view = View()
    for minutes in (0, 10, 20, 59):
        _, view = _ask(view, NOW + minutes * 60_000)

    assert [mark.expires_at for mark in view.marks.values()] == [NOW + HOUR]
    assert _ask(view, NOW + HOUR)[0]
