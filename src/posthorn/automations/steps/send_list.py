"""Send list: one message for everybody on a list, or on the lists of a pattern."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from posthorn.automations.model import Send
from posthorn.automations.outcomes import Deliver, Fail, Step, StepContext, StepOutcome
from posthorn.automations.scope import text_or_none
from posthorn.expressions.references import resolve

Text = str | dict[str, Any] | None
Object = dict[str, Any] | str | None


class Config(Struct, frozen=True, kw_only=True):
    """`list`: a list's id or a pattern. `data`, `brand`, `override`: over those of the run, which gives what is missing (4.5).

    `template`: what is sent.
    """

    list: str | dict[str, Any]
    template: Text = None
    brand: Text = None
    data: Object = None
    override: Object = None
    data_source: Any | UnsetType = UNSET
    idempotency_key: Text = None
    idempotency_expiry: str | int | dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.data_source is not UNSET and self.data_source is not None:
            raise ValueError("`data_source`: Fetching data for each member comes with a later release")


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Ask for the messages; without a list or anything to say, the step fails. The run's profile is nobody else's."""
    run = context.run.context
    list_id = text_or_none(config.list, context.scope)
    template = text_or_none(config.template, context.scope) or run.get("template")
    if not list_id:
        return Fail(reason="There is no list to send to.")
    if not template:
        return Fail(reason="No template is given.")
    message: dict[str, Any] = {
        "to": {"list_pattern" if "*" in list_id else "list_id": list_id},
        "template": template,
        "data": {**(run.get("data") or {}), **_object(config.data, context)},
    }
    brand = text_or_none(config.brand, context.scope) or run.get("brand")
    override = _object(config.override, context)
    message |= {"brand_id": brand} if brand else {}
    message |= {"override": override} if override else {}
    send = Send(
        run_id=context.run.run_id,
        node_id=context.node_id,
        automation_id=context.run.automation_id,
        recipient=None,
        message=message,
        message_id=context.derived_id,
        ref=context.ref,
        idempotency_key=text_or_none(config.idempotency_key, context.scope),
    )
    return Deliver(send=send)


def _object(value: Object, context: StepContext) -> dict[str, Any]:
    found = resolve(value, context.scope)
    return found if isinstance(found, dict) else {}


step = Step(action="send-list", title="Send to a list", config=Config, advance=advance, kinds=("automation",))
