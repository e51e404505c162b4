from typing import Any

import msgspec
import pytest

from audiences.audience_parts import DAY, NOW, audience, leaf, moments
from posthorn.audiences.decide import NOTHING, Change, changed_keys, decide, erased, evaluate
from posthorn.audiences.index import AudienceIndex
from posthorn.audiences.model import EVALUATION_REQUESTED, Audience, EvaluationRequested, Outcome, Seen, Standing, State
from posthorn.audiences.rule import Subject
from posthorn.events.model import Event
from posthorn.timers.model import DUE

PRO = leaf("EQ", "plan", "pro")
BOUGHT_TWICE = {"operator": "DID", "event": "Order Completed", "at_least": 2, "within": "7 days"}


def _event(type_: str = "identify", name: str = "", **more: Any) -> Event:
    known: dict[str, Any] = {"timestamp": NOW, "received_at": NOW, **more}
    return Event(
        id="evt_0_1_0",
        environment="production",
        source_id="s",
        origin="tracking",
        type=type_,
        name=name,
        user_key="u-1",
        message_id="m-1",
        **known,
    )


def _seen(**profile: Any) -> Seen:
    return Seen(profile=profile)


def _decide(before: Seen, after: Seen, *audiences: Audience, state: State | None = None, event: Event | None = None) -> Outcome:
    change = Change(user_key="u-1", before=before, after=after, now=NOW)
    return decide(event or _event(), state or State(), change, AudienceIndex(audiences))


def _member(audience_id: str = "pro", **more: Any) -> Standing:
    known: dict[str, Any] = {"version": 1, "is_member": True, "changed_at": 5, "number": 5, "reason": "r", **more}
    return Standing(user_key="u-1", audience_id=audience_id, **known)


def test_a_profile_that_comes_to_match_enters() -> None:
    outcome = _decide(_seen(plan="free"), _seen(plan="pro"), audience("pro", PRO))

    (transition,) = outcome.transitions
    assert outcome.standings == (transition.standing,)
    assert transition.standing == _member(changed_at=NOW, number=NOW, reason="EQ('plan', 'pro') => true")
    assert not transition.is_first


def test_a_profile_that_ceases_to_match_leaves() -> None:
    outcome = _decide(_seen(plan="pro"), _seen(plan="free"), audience("pro", PRO), state=State(standings={"pro": _member()}))

    (transition,) = outcome.transitions
    assert (transition.standing.is_member, transition.standing.reason) == (False, "EQ('plan', 'pro') => false")


def test_the_number_grows_even_when_the_clock_does_not() -> None:
    old = _member(is_member=False, number=NOW + 3)

    outcome = _decide(_seen(), _seen(plan="pro"), audience("pro", PRO), state=State(standings={"pro": old}))

    assert outcome.standings[0].number == NOW + 4


def test_who_is_in_stays_in_without_a_word() -> None:
    outcome = _decide(
        _seen(plan="pro"), _seen(plan="pro", age=4), audience("pro", PRO), state=State(standings={"pro": _member()})
    )

    assert outcome == Outcome()


def test_a_reason_that_has_changed_is_noted() -> None:
    either = audience("pro", PRO, leaf("EQ", "plan", "team"), operator="OR")

    outcome = _decide(_seen(plan="pro"), _seen(plan="team"), either, state=State(standings={"pro": _member()}))

    assert [one.reason for one in outcome.standings] == ["EQ('plan', 'team') => true"]
    assert outcome.standings[0].changed_at == 5
    assert outcome.transitions == ()


def test_what_no_audience_reads_is_nothing() -> None:
    assert _decide(_seen(plan="free"), _seen(plan="free", age=4), audience("pro", PRO)) is NOTHING


def test_a_track_call_that_nobody_watches_is_nothing() -> None:
    same = _seen(plan="pro")

    assert _decide(same, same, audience("pro", PRO), event=_event("track", "App Opened")) is NOTHING


def test_a_first_profile_is_held_against_every_audience() -> None:
    absent = audience("absent", leaf("NEQ", "plan", "pro"))

    outcome = _decide(Seen(), _seen(), absent, audience("pro", PRO))

    assert [one.audience.audience_id for one in outcome.transitions] == ["absent"]


def test_events_that_are_watched_are_noted_newest_first_and_only_as_many_as_are_needed() -> None:
    state = State(times={"Order Completed": moments(NOW - 1, NOW - 9 * DAY)})

    event = _event("track", "Order Completed", timestamp=NOW - 2)
    outcome = _decide(Seen(), Seen(), audience("buyers", BOUGHT_TWICE), state=state, event=event)

    assert [done.at for done in outcome.times["Order Completed"]] == [NOW - 1, NOW - 2]
    assert [one.standing.is_member for one in outcome.transitions] == [True]
    (timer,) = outcome.timers
    assert (timer.due_at, timer.kind, timer.subject_id) == (NOW - 2 + 7 * DAY, "audience", "buyers")


def test_a_clock_that_runs_ahead_gives_no_moments_of_the_future() -> None:
    event = _event("track", "Order Completed", timestamp=NOW + DAY)

    outcome = _decide(Seen(), Seen(), audience("buyers", BOUGHT_TWICE), event=event)

    assert [done.at for done in outcome.times["Order Completed"]] == [NOW]


def test_a_timer_looks_at_its_audience_again() -> None:
    state = State(standings={"buyers": _member("buyers")}, times={"Order Completed": moments(NOW - 8 * DAY, NOW - 9 * DAY)})
    due = _event(DUE, "audience", fields={"subject_id": "buyers"})

    outcome = _decide(Seen(), Seen(), audience("buyers", BOUGHT_TWICE), state=state, event=due)

    assert [one.standing.is_member for one in outcome.transitions] == [False]
    assert outcome.timers == ()


def test_a_timer_of_an_audience_that_is_gone_does_nothing() -> None:
    assert _decide(Seen(), Seen(), event=_event(DUE, "audience", fields={"subject_id": "gone"})) is NOTHING


def test_an_evaluation_that_is_requested_looks_at_what_reads_those_keys() -> None:
    body = msgspec.json.encode(EvaluationRequested(keys=("plan",)))
    same = _seen(plan="pro")

    outcome = _decide(same, same, audience("pro", PRO), event=_event(EVALUATION_REQUESTED, body=body))

    assert [one.standing.is_member for one in outcome.transitions] == [True]


def test_who_was_inside_before_anybody_looked_is_moved_by_the_first_evaluation() -> None:
    fresh = audience("pro", PRO, leaf("EXISTS", "plan", "true"), evaluated_version=0)

    outcome = _decide(_seen(plan="pro", age=1), _seen(plan="pro", age=2), fresh)
    touched = _decide(Seen(profile={"plan": "pro"}), Seen(profile={"plan": "pro"}), fresh, event=_requested("plan"))

    assert outcome.transitions == ()
    assert [one.is_first for one in touched.transitions] == [True]


def test_who_comes_to_match_while_everybody_is_evaluated_has_moved_himself() -> None:
    outcome = _decide(_seen(plan="free"), _seen(plan="pro"), audience("pro", PRO, evaluated_version=0))

    assert [one.is_first for one in outcome.transitions] == [False]


def test_an_evaluation_of_everybody_is_always_the_first() -> None:
    (one,) = AudienceIndex([audience("pro", PRO)]).all()

    found = evaluate(one, None, "u-1", Subject(profile={"plan": "pro"}, now=NOW), None)

    assert found.transition is not None
    assert found.transition.is_first


def test_a_member_by_an_older_version_is_one_by_the_new_one() -> None:
    (one,) = AudienceIndex([audience("pro", PRO, version=2)]).all()

    found = evaluate(one, _member(), "u-1", Subject(profile={"plan": "pro"}, now=NOW), None)

    assert found.transition is None
    assert found.standing == _member(version=2, reason="EQ('plan', 'pro') => true")


def test_a_membership_from_before_the_audience_was_deleted_does_not_count() -> None:
    (one,) = AudienceIndex([audience("pro", PRO, version=3, since_version=3)]).all()

    inside = evaluate(one, _member(), "u-1", Subject(profile={"plan": "pro"}, now=NOW), None)
    outside = evaluate(one, _member(), "u-1", Subject(now=NOW), None)

    assert inside.transition is not None
    assert outside.standing is None


@pytest.mark.parametrize("is_member", [True, False])
def test_who_is_deleted_leaves_what_he_was_in(is_member: bool) -> None:
    state = State(standings={"pro": _member(is_member=is_member), "gone": _member("gone")})

    left = erased(state, AudienceIndex([audience("pro", PRO)]), NOW)

    assert [(one.standing.audience_id, one.standing.is_member) for one in left] == [("pro", False)] * is_member


def test_the_keys_that_changed_are_those_that_came_went_or_differ() -> None:
    assert sorted(changed_keys({"a": 1, "b": 2, "c": {"d": 1}}, {"b": 2, "c": {"d": 2}, "e": None})) == ["a", "c", "e"]
    assert sorted(changed_keys({"a": 1, "b": [1], "c": [2]}, {"a": True, "b": [True], "c": [2]})) == ["a", "b"]


def _requested(*keys: str) -> Event:
    return _event(EVALUATION_REQUESTED, body=msgspec.json.encode(EvaluationRequested(keys=keys)))
