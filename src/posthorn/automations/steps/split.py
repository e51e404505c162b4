"""Split: an A/B test among lists of steps; the same user always gets the same one."""

from bisect import bisect_right
from itertools import accumulate
from typing import Any

from msgspec import Struct

from posthorn.automations.outcomes import Body, Branch, Gain, Step, StepContext, StepOutcome
from posthorn.automations.rules import share
from posthorn.automations.scope import text_or_none

_MOST = 20


class Variant(Struct, frozen=True, kw_only=True):
    """One list with its weight, which counts relative to the others'. An empty list is a hold-out."""

    id: str
    weight: float
    nodes: list[Any] = []
    steps: list[Any] = []

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= 1_000_000:
            raise ValueError("`weight`: Expected a number from 0 to 1,000,000")
        if self.nodes and self.steps:
            raise ValueError("Only one of `nodes` and `steps` can be given")


class Config(Struct, frozen=True, kw_only=True):
    """`variants`: at least two. `key`: whose value decides, the run's user if left out. `experiment`: mixes the users anew.

    The run's variant is counted with its conversions; it is left at `refs.<step>.variant`.
    """

    variants: list[Variant]
    key: str | dict[str, Any] | None = None
    experiment: str = ""

    def __post_init__(self) -> None:
        if not 2 <= len(self.variants) <= _MOST:
            raise ValueError(f"`variants`: Expected 2 to {_MOST}")
        if len({variant.id for variant in self.variants}) != len(self.variants):
            raise ValueError("`variants`: Each `id` must be unique")
        if sum(variant.weight for variant in self.variants) <= 0:
            raise ValueError("`variants`: The weights must add up to more than 0")


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Into the variant that the key falls to."""
    key = text_or_none(config.key, context.scope) or context.run.user_key
    seed = config.experiment or f"{context.run.automation_id}/{context.node_id}"
    ends = list(accumulate(variant.weight for variant in config.variants))
    point = share(seed, key) / 100 * ends[-1]
    index = min(bisect_right(ends, point), len(ends) - 1)
    chosen = config.variants[index].id
    return Branch(target=index, reason=f"Variant {chosen}.", gain=Gain(left={"variant": chosen}, variant=chosen))


def bodies(config: Config) -> tuple[Body, ...]:
    """The variants' lists, in their order."""
    return tuple(
        Body(path=f"variants[{index}].{'nodes' if one.nodes else 'steps'}", nodes=one.nodes or one.steps)
        for index, one in enumerate(config.variants)
    )


step = Step(action="split", title="Split (A/B)", config=Config, advance=advance, bodies=bodies)
