"""Cancel: end every other active run that carries a token."""

from typing import Any

from msgspec import Struct, field

from posthorn.automations.outcomes import Cancel, Next, Step, StepContext, StepOutcome
from posthorn.automations.scope import text_or_none


class Config(Struct, frozen=True, kw_only=True):
    """`cancelation_token`: text or reference; two other spellings are taken as well. Source: courier.md 4.5, 4.8."""

    cancelation_token: str | dict[str, Any] | None = None
    camel_token: str | dict[str, Any] | None = field(default=None, name="cancelationToken")
    british_token: str | dict[str, Any] | None = field(default=None, name="cancellation_token")

    def __post_init__(self) -> None:
        if not self.token:
            raise ValueError("`cancelation_token`: Required")

    @property
    def token(self) -> str | dict[str, Any] | None:
        """The one that was given."""
        return self.cancelation_token or self.camel_token or self.british_token


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Cancel by the token as it reads now; one that leads to nothing cancels nothing."""
    token = text_or_none(config.token, context.scope)
    if token is None:
        return Next(reason="The token leads to nothing.")
    return Cancel(token=token)


step = Step(action="cancel", title="Cancel", config=Config, advance=advance)
