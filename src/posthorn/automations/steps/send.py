"""Send: one message, in the short form or as a whole message object."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from posthorn.automations.merging import overlaid
from posthorn.automations.model import Send
from posthorn.automations.outcomes import Deliver, Fail, Step, StepContext, StepOutcome
from posthorn.automations.scope import text_or_none
from posthorn.expressions.references import resolve
from posthorn.expressions.values import text

Text = str | dict[str, Any] | None
Object = dict[str, Any] | str | None


class Config(Struct, frozen=True, kw_only=True):
    """`message`: the object of courier.md 6.2, or the short form's fields; the run gives what is missing (4.5)."""

    message: dict[str, Any] | UnsetType = UNSET
    recipient: Text = None
    template: Text = None
    brand: Text = None
    data: Object = None
    profile: Object = None
    override: Object = None
    idempotency_key: Text = None
    idempotency_expiry: str | int | dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.message, dict) and self.message.get("template") and self.message.get("content"):
            raise ValueError("`message`: Only one of `template` and `content` can be given")


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Ask for the message; without anybody to send to, or anything to say, the step fails."""
    whole = UNSET if config.message is UNSET else _resolved(config.message, context)
    message, recipient, user = _short(config, context) if whole is UNSET else _whole(whole, context)
    if "to" not in message and recipient is None and not message.get("profile") and not user:
        return Fail(reason="There is no recipient to send to.")
    if not message.get("template") and not message.get("content"):
        return Fail(reason="Neither a template nor content is given.")
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
            idempotency_key=text_or_none(config.idempotency_key, context.scope),
            idempotency_expiry=_expiry(config, context),
        )
    )


def _resolved(message: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """The message with its references resolved; the variables in its content are the template's, filled when it is rendered."""
    rest = {key: value for key, value in message.items() if key != "content"}
    content = {"content": message["content"]} if "content" in message else {}
    return {**_dict(resolve(rest, context.scope)), **content}


def _short(config: Config, context: StepContext) -> tuple[dict[str, Any], str | None, dict[str, Any]]:
    message: dict[str, Any] = {"data": _object(config.data, context)}
    override = _object(config.override, context)
    profile = _object(config.profile, context)
    if override:
        message["override"] = override
    template = text_or_none(config.template, context.scope)
    brand = text_or_none(config.brand, context.scope)
    recipient = text_or_none(config.recipient, context.scope)
    return composed(context, message | _given(template=template, brand_id=brand), profile), recipient or own(context), {}


def _whole(message: dict[str, Any], context: StepContext) -> tuple[dict[str, Any], str | None, dict[str, Any]]:
    target = message.get("to")
    if target is None:
        return composed(context, {key: value for key, value in message.items() if key != "to"}), own(context), {}
    user_id = target.get("user_id") if isinstance(target, dict) else None
    if not user_id:
        return composed(context, message), None, {}
    rest = {key: value for key, value in message.items() if key != "to"}
    user = {key: value for key, value in target.items() if key != "user_id"}
    return composed(context, rest), text(user_id), user


def composed(context: StepContext, message: dict[str, Any], profile: dict[str, Any] | None = None) -> dict[str, Any]:
    """The message with the run's data and profile under its own, and the run's template and brand where it names none.

    Data is laid over key by key, the profile to any depth. Source: courier.md 4.4.
    """
    run = context.run.context
    data = {**(run.get("data") or {}), **_dict(message.get("data"))}
    both = overlaid(run.get("profile") or {}, overlaid(_dict(message.get("profile")), profile or {}))
    result = {**message, "data": data}
    if both:
        result["profile"] = both
    if not result.get("template") and not result.get("content"):
        result |= _given(template=run.get("template"))
    if not result.get("brand_id"):
        result |= _given(brand_id=run.get("brand"))
    return result


def own(context: StepContext) -> str | None:
    """The run's recipient, or None."""
    recipient = context.run.context.get("recipient")
    return recipient if isinstance(recipient, str) and recipient else None


def _object(value: Object, context: StepContext) -> dict[str, Any]:
    return _dict(resolve(value, context.scope))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _given(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _expiry(config: Config, context: StepContext) -> str | int | None:
    value = resolve(config.idempotency_expiry, context.scope)
    return value if isinstance(value, (str, int)) else None


step = Step(action="send", title="Send", config=Config, advance=advance, kinds=("automation",))
