"""Wait for event: hold the run until its user does something, or until time is up."""

from typing import Any, Literal

from msgspec import Struct, field

from posthorn.automations.fields import check_condition, check_duration
from posthorn.automations.outcomes import Answer, Body, Branch, Gain, Step, StepContext, StepOutcome, Wait
from posthorn.automations.rules import EventRule
from posthorn.automations.scope import text_or_none
from posthorn.errors import Invalid
from posthorn.expressions.durations import parse_duration


class Config(Struct, frozen=True, kw_only=True):
    """`event`, `request_type`: what is waited for; `event_conditions`: over the run's data and `event`, as in
    `"event.properties.order_id === data.properties.order_id"`.

    `timeout`: how long. `then`: if it came, `else`: if not; both may be empty. The event is left at `refs.<step>`.
    """

    timeout: str | dict[str, Any]
    event: str | None = None
    request_type: Literal["track", "identify", "group", "page", "screen"] = "track"
    event_conditions: str | list[Any] | dict[str, Any] | None = None
    then: list[Any] = []
    otherwise: list[Any] = field(default=[], name="else")

    def __post_init__(self) -> None:
        check_duration(self.timeout)
        check_condition(self.event_conditions)
        if self.event is None and self.request_type == "track":
            raise ValueError("`event`: Required")


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Wait until time is up at the latest."""
    timeout = text_or_none(config.timeout, context.scope)
    if timeout is None:
        raise Invalid("`timeout` leads to nothing.")
    return Wait(until=context.now + parse_duration(timeout), reason=f"For {config.event or config.request_type}.")


def hears(config: Config) -> EventRule:
    """The event that it waits for."""
    return EventRule(event=config.event, request_type=config.request_type, conditions=config.event_conditions)


def resume(config: Config, context: StepContext, answer: Answer) -> StepOutcome:
    """Into `then` with the event, or into `else` without."""
    if answer.kind == "event":
        return Branch(target=0, reason=f"{config.event or config.request_type} came.", gain=Gain(left=answer.value))
    return Branch(target=1, reason="Time is up.", gain=Gain(left={"timed_out": True}))


def bodies(config: Config) -> tuple[Body, ...]:
    """The two lists, `then` first."""
    return Body(path="then", nodes=config.then), Body(path="else", nodes=config.otherwise)


step = Step(
    action="wait-for-event",
    title="Wait for an event",
    config=Config,
    advance=advance,
    bodies=bodies,
    resume=resume,
    hears=hears,
)
