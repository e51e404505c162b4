"""Branch: a journey's way of choosing among lists."""

from typing import Any

from msgspec import Struct

from posthorn.automations.fields import check_condition
from posthorn.automations.outcomes import Body, Branch, Step, StepContext, StepOutcome
from posthorn.automations.scope import holds


class Path(Struct, frozen=True, kw_only=True):
    """`conditions`: when it is taken. `nodes`: what is done then. `label`: for people."""

    conditions: str | list[Any] | dict[str, Any]
    nodes: list[Any]
    label: str | None = None

    def __post_init__(self) -> None:
        check_condition(self.conditions)


class Default(Struct, frozen=True, kw_only=True):
    """What is done if no path holds."""

    nodes: list[Any]
    label: str | None = None


class Config(Struct, frozen=True, kw_only=True):
    """`paths` in their order, and `default`. Source: courier.md 5.3."""

    paths: list[Path]
    default: Default


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Into the first path that holds, else into the default, which stands last."""
    for index, path in enumerate(config.paths):
        verdict = holds(path.conditions, context.scope, context.now)
        if verdict.holds:
            return Branch(target=index, reason=verdict.reason)
    return Branch(target=len(config.paths), reason="No path held.")


def bodies(config: Config) -> tuple[Body, ...]:
    """The paths' lists, then the default's."""
    paths = (Body(path=f"paths[{index}].nodes", nodes=path.nodes) for index, path in enumerate(config.paths))
    return *paths, Body(path="default.nodes", nodes=config.default.nodes)


step = Step(action="branch", title="Branch", config=Config, advance=advance, bodies=bodies)
