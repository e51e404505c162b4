"""Batch, as journeys write it: collect what several runs of a user bring, and let one of them go on with all of it."""

from typing import Literal

from posthorn.automations.batches import Waits, ask, batched
from posthorn.automations.outcomes import Answer, Step, StepContext, StepOutcome
from posthorn.automations.steps.throttle import identity


class Config(Waits, frozen=True, kw_only=True):
    """One batch for each user at this node. The data gains `{category_key: {count, items}}`. Source: courier.md 5.3."""

    scope: Literal["user"] = "user"

    def __post_init__(self) -> None:
        self.check()


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Bring the run's data to the batch."""
    return ask(config, context, f"{identity(context.run)}/{context.node_id}", context.run.user_key)


def resume(config: Config, context: StepContext, answer: Answer) -> StepOutcome:
    """Go on with everything, or end because another run does."""
    return batched(config, context, answer)


step = Step(action="batch", title="Batch", config=Config, advance=advance, resume=resume, kinds=("journey",))
