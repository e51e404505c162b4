from msgspec.structs import replace

from automations.automation_parts import HOUR, NOW, fresh
from posthorn.automations.entering import enter
from posthorn.automations.marks import with_marks
from posthorn.automations.rules import Goal, HoldOut, ReEntry, Rules

ONCE = Rules(re_entry=ReEntry(mode="once"))


def test_who_was_here_once_is_remembered_whichever_run_it_was() -> None:
    first = enter(fresh(), ONCE, [], {}, {})
    second = enter(replace(fresh(), run_id="1-b"), ONCE, [], with_marks({}, first.marks), {})

    assert (first.refusal, bool(second.refusal)) == ("", True)


def test_each_value_of_the_key_counts_for_itself() -> None:
    rules = Rules(re_entry=ReEntry(mode="once_per_key", key="{{data.order}}"))
    known = with_marks({}, enter(fresh(data={"order": "a"}), rules, [], {}, {}).marks)

    assert enter(fresh(data={"order": "a"}), rules, [], known, {}).refusal
    assert not enter(fresh(data={"order": "b"}), rules, [], known, {}).refusal


def test_only_a_run_of_the_same_automation_that_still_acts_is_in_the_way() -> None:
    rules = Rules(re_entry=ReEntry(mode="one_at_a_time"))
    earlier = replace(fresh(), run_id="1-b")

    assert enter(fresh(), rules, [earlier], {}, {}).refusal
    assert not enter(fresh(), rules, [replace(earlier, status="PROCESSED")], {}, {}).refusal
    assert not enter(fresh(), rules, [replace(earlier, automation_id="other")], {}, {}).refusal


def test_who_is_held_out_has_a_run_that_has_ended_and_counts_for_the_goal() -> None:
    rules = Rules(hold_out=HoldOut(percent=99.99), goal=Goal(event="Paid", within="1 hour"))

    run = enter(fresh(), rules, [], {}, {}).run

    assert (run.status, run.variant, run.goal_until, run.is_watched) == ("PROCESSED", "hold-out", NOW + HOUR, True)
