"""If: one of two lists, by a condition."""

from typing import Any

from msgspec import Struct, field

from posthorn.automations.fields import check_condition
from posthorn.automations.outcomes import Body, Branch, Step, StepContext, StepOutcome
from posthorn.automations.scope import holds


class Config(Struct, frozen=True, kw_only=True):
    """`condition`: expression or conditions; `then` and `else`: steps. Source: courier.md 4.4."""

    condition: str | list[Any] | dict[str, Any]
    then: list[Any] = []
    otherwise: list[Any] = field(default=[], name="else")

    def __post_init__(self) -> None:
        check_condition(self.condition)


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Into `then` if the condition holds, else into `else`."""
    verdict = holds(config.condition, context.scope, context.now)
    return Branch(target=0 if verdict.holds else 1, reason=verdict.reason)


def bodies(config: Config) -> tuple[Body, ...]:
    """The two lists, `then` first."""
    return Body(path="then", nodes=config.then), Body(path="else", nodes=config.otherwise)


step = Step(action="if", title="If", config=Config, advance=advance, bodies=bodies)
