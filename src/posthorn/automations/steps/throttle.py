"""Throttle: let so many runs pass in a while, for each user, for all, or for each value of a key."""

from typing import Any, Literal

from msgspec import Struct, json

from posthorn.automations.fields import check_duration
from posthorn.automations.marks import shared_key
from posthorn.automations.model import THROTTLED, Run, Tell
from posthorn.automations.outcomes import Answer, Ask, Exit, Fail, Next, Step, StepContext, StepOutcome
from posthorn.automations.scope import text_or_none
from posthorn.automations.throttling import THROTTLE_ASKED, ThrottleAsked
from posthorn.errors import Invalid
from posthorn.expressions.durations import parse_duration
from posthorn.expressions.references import resolve
from posthorn.ids import digest

MOST = 1_000_000


class Config(Struct, frozen=True, kw_only=True):
    """`max_allowed` runs pass in each `period`; the others end here. Source: courier.md 4.5, 5.3.

    `scope`: "user" and "global" count at this step, "dynamic" counts for each value of `throttle_key`, in all automations.
    """

    max_allowed: int | str | dict[str, Any]
    period: str | dict[str, Any]
    scope: Literal["user", "user_id", "global", "GLOBAL", "dynamic"] = "user"
    throttle_key: str | dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.max_allowed, int) and not 1 <= self.max_allowed <= MOST:
            raise ValueError(f"`max_allowed`: Expected a number from 1 to {MOST:,}")
        if self.scope == "dynamic" and not self.throttle_key:
            raise ValueError("`throttle_key`: Required")
        check_duration(self.period)


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Ask where it is counted."""
    period = text_or_none(config.period, context.scope)
    key = text_or_none(config.throttle_key, context.scope)
    if period is None:
        raise Invalid("`period` leads to nothing.")
    if config.scope == "dynamic" and key is None:
        return Fail(reason="`throttle_key` leads to nothing.")
    name = f"key/{key}" if config.scope == "dynamic" else f"{identity(context.run)}/{context.node_id}"
    asked = ThrottleAsked(
        run_id=context.run.run_id,
        user_key=context.run.user_key,
        ask_id=context.ask_id,
        name=name[:500],
        max_allowed=_most(config, context),
        period_ms=parse_duration(period),
    )
    owner = _user(context) if config.scope in ("user", "user_id") else shared_key("throttle", name)
    return Ask(question=Tell(event_type=THROTTLE_ASKED, user_key=owner, payload=asked), reason="Counting.")


def resume(config: Config, context: StepContext, answer: Answer) -> StepOutcome:
    """Go on, or end here."""
    count = answer.value["count"]
    if answer.value["passes"]:
        return Next(reason=f"Passed as number {count + 1}.")
    return Exit(status=THROTTLED, reason=f"{count} had passed in this period already.")


def identity(run: Run) -> str:
    """What an ad hoc run has in common with those of the same steps; else the automation's id."""
    return run.automation_id or digest("ad hoc", json.encode(run.inline).decode()).hex()


def _most(config: Config, context: StepContext) -> int:
    found = resolve(config.max_allowed, context.scope)
    try:
        number = int(found)
    except (TypeError, ValueError):
        number = 0
    if not 1 <= number <= MOST:
        raise Invalid(f"`max_allowed` is no number from 1 to {MOST:,}.")
    return number


def _user(context: StepContext) -> str:
    data = context.run.context.get("data")
    named = data.get("user_id") if isinstance(data, dict) else None
    return named if isinstance(named, str) and named else context.run.user_key


step = Step(action="throttle", title="Throttle", config=Config, advance=advance, resume=resume)
