"""What an event means to the runs that are on their way: a goal reached, a reason to leave, what a step waits for. Pure."""

from typing import Any

from msgspec.structs import replace

from posthorn.automations.context import envelope
from posthorn.automations.ledger import Ledger
from posthorn.automations.model import ACTIVE, WAITING, Run, View
from posthorn.automations.outcomes import Answer
from posthorn.automations.rules import EventRule, Goal
from posthorn.automations.scope import holds, scope_of
from posthorn.errors import Invalid
from posthorn.events.model import Event


def hear(event: Event, runs: tuple[Run, ...], ledger: Ledger, view: View, now: int) -> None:
    """Tells the event to each run. Order: 1. goal, 2. exits, 3. the step that it waits at."""
    heard = {"event": envelope(event)}
    for run in runs:
        rules = ledger.rules(run)
        goal = rules.goal
        if goal is not None and _counts(run, now) and is_meant(goal, event, run, view, heard, now):
            run = replace(run, converted_at=now)
            ledger.keep(run)
            if goal.ends_run and run.status in ACTIVE:
                ledger.end(run, f"Reached its goal: {event.name or event.type}.")
                continue
        if run.status not in ACTIVE:
            if not _counts(run, now):
                ledger.keep(replace(run, goal_until=None))  # so that it need not be looked at again
            continue
        if any(is_meant(rule, event, run, view, heard, now) for rule in rules.exit_on if rule.audience_left is None):
            ledger.end(run, f"Left because of {event.name or event.type}.")
        elif run.status == WAITING:
            awaited = ledger.awaited(run)
            if awaited is not None and is_meant(awaited, event, run, view, heard, now):
                ledger.go_on(run, Answer(kind="event", value=heard["event"]))


def hear_of_leaving(audience_id: str, runs: tuple[Run, ...], ledger: Ledger) -> None:
    """Ends the runs that are only for members of an audience that their user has left."""
    for run in runs:
        if run.status in ACTIVE and any(rule.audience_left == audience_id for rule in ledger.rules(run).exit_on):
            ledger.end(run, f"Left the audience {audience_id}.")


def is_meant(rule: EventRule | Goal, event: Event, run: Run, view: View, heard: dict[str, Any], now: int) -> bool:
    """Whether the rule is about this event; a condition that cannot be evaluated is not."""
    if rule.request_type != event.type or (rule.event is not None and rule.event != event.name):
        return False
    try:
        return holds(rule.conditions, {**scope_of(run.context, run.refs, view.profile), **heard}, now).holds
    except Invalid:
        return False


def _counts(run: Run, now: int) -> bool:
    return run.converted_at is None and run.goal_until is not None and now < run.goal_until
