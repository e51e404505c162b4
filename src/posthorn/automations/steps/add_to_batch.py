"""Add to batch: collect what several runs bring, and let one of them go on with all of it."""

from typing import Any, Literal

from posthorn.automations.batches import Waits, ask, batched
from posthorn.automations.marks import shared_key
from posthorn.automations.outcomes import Answer, Fail, Step, StepContext, StepOutcome
from posthorn.automations.scope import text_or_none
from posthorn.automations.steps.throttle import identity


class Config(Waits, frozen=True, kw_only=True):
    """`scope`: "global" (one batch at this step), "user" (one for each), "dynamic" (one for each `batch_key`, everywhere).

    In an ad hoc run, `batch_id` names the batch. The data gains `{category_key: {count, items}}`. Source: courier.md 4.6.
    """

    scope: Literal["user", "global", "dynamic"] = "global"
    batch_id: str | dict[str, Any] | None = None
    batch_key: str | dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.check()
        if self.scope == "dynamic" and not (self.batch_key or self.batch_id):
            raise ValueError("`batch_key`: Required")


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Bring the run's data to the batch."""
    key = text_or_none(config.batch_key or config.batch_id, context.scope)
    if config.scope == "dynamic" and key is None:
        return Fail(reason="`batch_key` leads to nothing.")
    own = f"{identity(context.run)}/{context.node_id}"
    name = f"key/{key}" if key is not None and (config.scope == "dynamic" or not context.run.automation_id) else own
    owner = context.run.user_key if config.scope == "user" else shared_key("batch", name)
    return ask(config, context, name[:500], owner)


def resume(config: Config, context: StepContext, answer: Answer) -> StepOutcome:
    """Go on with everything, or end because another run does."""
    return batched(config, context, answer)


step = Step(action="add-to-batch", title="Add to a batch", config=Config, advance=advance, resume=resume, kinds=("automation",))
