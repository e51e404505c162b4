"""Whether a run that is about to begin may: re-entry, hold-out, and what is remembered of it. Pure."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from posthorn.automations.marks import Mark, Marks
from posthorn.automations.model import ACTIVE, PROCESSED, Run
from posthorn.automations.rules import Rules, share
from posthorn.automations.scope import scope_of, text_or_none
from posthorn.expressions.durations import parse_duration

KIND = "entry"
HELD_OUT = "hold-out"


class Entrance(Struct, frozen=True, kw_only=True):
    """The run as it begins. refusal: why it does not, "" if it does. marks: what is remembered of it."""

    run: Run
    refusal: str = ""
    marks: tuple[Mark, ...] = ()


def enter(run: Run, rules: Rules, active: Iterable[Run], marks: Marks, profile: dict[str, object]) -> Entrance:
    """Applies the rules to a new run. active: those of the same user. A run that is held out is there, and has ended."""
    mark: Mark | None = None
    if rules.re_entry.mode == "one_at_a_time" and any(_is_same(one, run) for one in active):
        return Entrance(run=run, refusal="An earlier run of this user is still on its way.")
    if rules.re_entry.mode in ("once", "once_per_key"):
        mark = _entry(run, rules, profile)
        if (KIND, mark.name) in marks:
            return Entrance(run=run, refusal="This user has been here before.")
    goal = rules.goal
    fresh = replace(run, goal_until=run.created_at + parse_duration(goal.within)) if goal is not None else run
    if rules.hold_out is not None and share(run.automation_id, run.user_key) < rules.hold_out.percent:
        fresh = replace(fresh, variant=HELD_OUT, status=PROCESSED, reason="Held out.")
    return Entrance(run=fresh, marks=(mark,) if mark else ())


def _is_same(one: Run, run: Run) -> bool:
    return one.automation_id == run.automation_id and one.run_id != run.run_id and one.status in ACTIVE


def _entry(run: Run, rules: Rules, profile: dict[str, object]) -> Mark:
    name = run.automation_id
    if rules.re_entry.mode == "once_per_key":
        name = f"{name}/{text_or_none(rules.re_entry.key, scope_of(run.context, {}, profile)) or ''}"
    return Mark(user_key=run.user_key, kind=KIND, name=name[:500], body={"run_id": run.run_id})
