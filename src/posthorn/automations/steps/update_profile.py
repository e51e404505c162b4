"""Update profile: change what is stored of a user."""

from typing import Any

from msgspec import Struct

from posthorn.automations.merging import Strategy
from posthorn.automations.model import ProfileUpdate
from posthorn.automations.outcomes import Fail, Step, StepContext, StepOutcome, UpdateProfile
from posthorn.automations.scope import text_or_none
from posthorn.expressions.references import resolve

_AT_ONCE_MS = 60_000
"""A run that acts so soon after its start may be part of a circle; a slower one is allowed to go round."""


class Config(Struct, frozen=True, kw_only=True):
    """`profile`: object or reference to one. `recipient_id`: the run's recipient if left out. `merge`: courier.md 4.7."""

    profile: dict[str, Any] | str
    recipient_id: str | dict[str, Any] | None = None
    merge: Strategy | None = None


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Hand over the change; without somebody to change, or without an object, the step fails."""
    given = config.recipient_id if config.recipient_id is not None else context.run.context.get("recipient")
    user_id = text_or_none(given, context.scope)
    profile = resolve(config.profile, context.scope)
    if user_id is None:
        return Fail(reason="There is no recipient whose profile could be updated.")
    if not isinstance(profile, dict):
        return Fail(reason="`profile` does not lead to an object.")
    return UpdateProfile(
        update=ProfileUpdate(
            run_id=context.run.run_id,
            node_id=context.node_id,
            user_id=user_id,
            profile=profile,
            merge=config.merge or "replace",
            chain=tuple(context.run.source) if context.now - context.run.created_at < _AT_ONCE_MS else (),
        )
    )


step = Step(action="update-profile", title="Update profile", config=Config, advance=advance)
