from automations.automation_parts import NOW, own_event
from automations.automation_parts import due as due_event
from posthorn.automations.digesting import DigestAdded, decide, released
from posthorn.automations.marks import with_marks
from posthorn.automations.model import DigestRules, Outcome, View
from posthorn.automations.schedule import Schedule

RULES = DigestRules(schedule=Schedule(cron="0 9 * * *"), max_items=3)
PARIS = {"zoneinfo": "Europe/Paris"}


def _add(view: View, now: int = NOW, rules: DigestRules | None = RULES) -> tuple[Outcome, View]:
    brought = DigestAdded(topic_id="news", run_id="r", data={"n": 1})
    outcome = decide(own_event("digest.added", brought), view, rules, now)
    return outcome, View(profile=view.profile, marks=with_marks(view.marks, outcome.marks))


def test_it_is_due_at_nine_where_the_user_is() -> None:
    outcome, _ = _add(View(profile=PARIS), rules=None)

    assert outcome.timers[0].due_at == NOW + (22 * 60 + 40) * 60_000  # 09:20 UTC is 10:20 in Paris


def test_what_comes_later_waits_for_the_same_time() -> None:
    first, view = _add(View())
    second, _ = _add(view, NOW + 60_000)

    assert second.timers == first.timers


def test_a_full_digest_goes_out_at_once() -> None:
    view, outcome = View(), Outcome()
    for _ in range(3):
        outcome, view = _add(view)

    found = released(due_event(outcome.timers[0]), view, RULES, NOW)

    assert found is not None
    assert found[1] == {"digest": {"count": 3, "items": [{"n": 1}] * 3}}


def test_nothing_is_released_before_its_time_or_twice() -> None:
    outcome, view = _add(View())
    timer = due_event(outcome.timers[0])

    assert released(timer, view, RULES, NOW) is None
    assert released(timer, View(), RULES, timer.received_at) is None
