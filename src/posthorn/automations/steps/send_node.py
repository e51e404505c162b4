"""Send, as journeys write it: a template or an experiment, with single addresses replaced."""

import re
from typing import Any

from msgspec import Struct

from posthorn.automations.experiments import Experiment, assigned_template
from posthorn.automations.model import Send
from posthorn.automations.outcomes import Deliver, Fail, Step, StepContext, StepOutcome
from posthorn.automations.scope import text_or_none
from posthorn.automations.steps.send import composed, own
from posthorn.expressions.references import resolve

_WHOLE = re.compile(r"\{\{[^{}]+\}\}")


class To(Struct, frozen=True, kw_only=True):
    """Each replaces one thing of the recipient: an address, or who it is."""

    email_override: str | None = None
    phone_number_override: str | None = None
    user_id_override: str | None = None


class Tenant(Struct, frozen=True, kw_only=True):
    """`tenant_id`: a literal, or one `{{path}}` and nothing else; empty sends without a tenant."""

    tenant_id: str

    def __post_init__(self) -> None:
        if self.tenant_id.startswith("refs."):
            raise ValueError("`tenant_id`: Expected a literal or {{path}}, not a reference that starts with refs.")
        if "{{" in self.tenant_id and not _WHOLE.fullmatch(self.tenant_id):
            raise ValueError("`tenant_id`: Expected a literal or {{path}} alone, not text around it")


class Hold(Struct, frozen=True, kw_only=True):
    """When the message goes out (courier.md 6.6)."""

    until: str
    timezone: str | None = None


class Message(Struct, frozen=True, kw_only=True):
    """What is sent. Source: courier.md 5.3."""

    template: str | None = None
    to: To | None = None
    context: Tenant | None = None
    data: dict[str, Any] | None = None
    delay: Hold | None = None


class Config(Struct, frozen=True, kw_only=True):
    """Exactly one of `message.template` and `experiment`."""

    message: Message
    experiment: Experiment | None = None

    def __post_init__(self) -> None:
        if (self.message.template is None) == (self.experiment is None):
            raise ValueError("Exactly one of `message.template` and `experiment`: Required")


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Ask for the message to the run's user, or to whom the overrides name."""
    to = config.message.to or To()
    user = _addresses(to, context)
    recipient = text_or_none(to.user_id_override, context.scope) or own(context)
    message = composed(context, _message(config, context))
    if recipient is None and not user and not message.get("profile"):
        return Fail(reason="There is no recipient to send to.")
    if not message.get("template"):
        return Fail(reason="`template` leads to nothing.")
    return Deliver(
        send=Send(
            run_id=context.run.run_id,
            node_id=context.node_id,
            automation_id=context.run.automation_id,
            recipient=recipient,
            user=user,
            message=message,
            message_id=context.derived_id,
            ref=context.ref,
        )
    )


def _message(config: Config, context: StepContext) -> dict[str, Any]:
    given = config.message
    template = assigned_template(config.experiment, context.scope) if config.experiment else given.template
    message: dict[str, Any] = {"template": text_or_none(template, context.scope)}
    data = resolve(given.data or {}, context.scope)
    if data:
        message["data"] = data
    tenant_id = text_or_none(given.context.tenant_id, context.scope) if given.context else None
    if tenant_id:
        message["context"] = {"tenant_id": tenant_id}
    if given.delay:
        until, zone = given.delay.until, given.delay.timezone
        message["delay"] = resolve({"until": until} | ({"timezone": zone} if zone else {}), context.scope)
    return message


def _addresses(to: To, context: StepContext) -> dict[str, Any]:
    found = {
        "email": text_or_none(to.email_override, context.scope),
        "phone_number": text_or_none(to.phone_number_override, context.scope),
    }
    return {key: value for key, value in found.items() if value is not None}


step = Step(action="send", title="Send", config=Config, advance=advance, kinds=("journey",))
