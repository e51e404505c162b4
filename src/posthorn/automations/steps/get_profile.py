"""Get profile: see the stored profile of any user."""

from typing import Any

from msgspec import Struct

from posthorn.automations.lookups import PROFILE_ASKED, ProfileAsked
from posthorn.automations.merging import Strategy, merged
from posthorn.automations.model import Tell
from posthorn.automations.outcomes import Answer, Ask, Fail, Gain, Next, Step, StepContext, StepOutcome
from posthorn.automations.scope import text_or_none

_DATA = "data."


class Config(Struct, frozen=True, kw_only=True):
    """`user_id`: whose. `path`: "profile", or "data.<name>" for a place in the run's data. Source: courier.md 4.5.

    `merge_strategy`: with what is there (4.7). It is left at `refs.<step>.profile` as well.
    """

    user_id: str | dict[str, Any]
    path: str = "profile"
    merge_strategy: Strategy = "replace"
    tenant_id: str | dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.path != "profile" and not (self.path.startswith(_DATA) and self.path[len(_DATA) :].isidentifier()):
            raise ValueError('`path`: Expected "profile" or "data.<name>"')


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Ask where the user has his place."""
    user_id = text_or_none(config.user_id, context.scope)
    if user_id is None:
        return Fail(reason="`user_id` leads to nothing.")
    asked = ProfileAsked(run_id=context.run.run_id, user_key=context.run.user_key, ask_id=context.ask_id)
    return Ask(question=Tell(event_type=PROFILE_ASKED, user_key=user_id, payload=asked), reason="Looking him up.")


def resume(config: Config, context: StepContext, answer: Answer) -> StepOutcome:
    """Put it where it is wanted."""
    found: dict[str, Any] = answer.value["profile"]
    run = context.run.context
    left = {"profile": found}
    if config.path == "profile":
        return Next(gain=Gain(profile=merged(config.merge_strategy, found, run.get("profile") or {}), left=left))
    name, data = config.path[len(_DATA) :], run.get("data") or {}
    known = data.get(name)
    value = merged(config.merge_strategy, found, known if isinstance(known, dict) else {})
    return Next(gain=Gain(data={**data, name: value}, left=left))


step = Step(action="get-profile", title="Get a profile", config=Config, advance=advance, resume=resume, kinds=("automation",))
