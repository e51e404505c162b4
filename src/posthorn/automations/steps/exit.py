"""Exit: end the run here."""

from msgspec import Struct

from posthorn.automations.outcomes import Exit, Step, StepContext, StepOutcome


class Config(Struct, frozen=True, kw_only=True):
    """Nothing to set."""


def advance(config: Config, context: StepContext) -> StepOutcome:
    """The run has ended well."""
    return Exit()


step = Step(action="exit", title="Exit", config=Config, advance=advance)
