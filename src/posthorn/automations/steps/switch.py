"""Switch: the list of the first case that holds."""

from typing import Any

from msgspec import Struct

from posthorn.automations.fields import check_condition
from posthorn.automations.outcomes import Body, Branch, Step, StepContext, StepOutcome
from posthorn.automations.scope import holds


class Case(Struct, frozen=True, kw_only=True):
    """`condition`: expression or conditions. `steps`: what is done if it is the first to hold."""

    condition: str | list[Any] | dict[str, Any]
    steps: list[Any] = []

    def __post_init__(self) -> None:
        check_condition(self.condition)


class Config(Struct, frozen=True, kw_only=True):
    """`cases` in their order, and the steps of `default` if none holds. Source: courier.md 4.4."""

    cases: list[Case]
    default: list[Any] = []


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Into the first case that holds, else into the default, which stands last."""
    for index, case in enumerate(config.cases):
        verdict = holds(case.condition, context.scope, context.now)
        if verdict.holds:
            return Branch(target=index, reason=verdict.reason)
    return Branch(target=len(config.cases), reason="No case held.")


def bodies(config: Config) -> tuple[Body, ...]:
    """The cases' lists, then the default's."""
    cases = (Body(path=f"cases[{index}].steps", nodes=case.steps) for index, case in enumerate(config.cases))
    return *cases, Body(path="default", nodes=config.default)


step = Step(action="switch", title="Switch", config=Config, advance=advance, bodies=bodies)
