"""Delay: hold the run for a while or until a moment."""

from typing import Any, Literal

from msgspec import Struct

from posthorn.automations.fields import check_duration, check_moment
from posthorn.automations.outcomes import Next, Step, StepContext, StepOutcome, Wait
from posthorn.automations.scope import text_or_none
from posthorn.errors import Invalid
from posthorn.expressions.durations import parse_duration
from posthorn.expressions.moments import moment


class Config(Struct, frozen=True, kw_only=True):
    """`duration`: "2 hours" or ISO 8601. `until`: ISO 8601, in the user's zone if it names none; it wins if both are given.

    `mode`: only in journeys, says which of the two is meant. Source: courier.md 4.5, 5.3.
    """

    duration: str | dict[str, Any] | None = None
    until: str | dict[str, Any] | None = None
    mode: Literal["duration", "until"] | None = None

    def __post_init__(self) -> None:
        if self.mode == "duration" and self.duration is None:
            raise ValueError("`duration`: Required")
        if self.mode == "until" and self.until is None:
            raise ValueError("`until`: Required")
        if self.duration is None and self.until is None:
            raise ValueError("One of `duration` and `until`: Required")
        check_duration(self.duration)
        check_moment(self.until)


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Wait for the chosen moment; one that has passed lets the run go on at once."""
    due_at = _due_at(config, context)
    if due_at <= context.now:
        return Next(reason="The moment had passed.")
    return Wait(until=due_at)


def _due_at(config: Config, context: StepContext) -> int:
    if config.until is not None and config.mode != "duration":
        until = text_or_none(config.until, context.scope)
        if until is None:
            raise Invalid("`until` leads to nothing.")
        return moment(until, now=context.now, zone=context.zone)
    duration = text_or_none(config.duration, context.scope)
    if duration is None:
        raise Invalid("`duration` leads to nothing.")
    return context.now + parse_duration(duration)


step = Step(action="delay", title="Delay", config=Config, advance=advance)
