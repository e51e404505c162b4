"""Invoke: start another run and go on."""

from typing import Any

from msgspec import Struct

from posthorn.automations.fields import check_duration
from posthorn.automations.model import ReplyTo, RunInvoked
from posthorn.automations.outcomes import Answer, Fail, Gain, Invoke, Next, Step, StepContext, StepOutcome
from posthorn.automations.scope import text_or_none
from posthorn.expressions.durations import parse_duration
from posthorn.expressions.references import resolve

MAX_DEPTH = 16
"""A run that was started by a run, and so on, at most so deep."""

MAX_TURNS = 3
"""How often one automation may occur among them: a circle that forks grows like a power of its turns."""


class Given(Struct, frozen=True, kw_only=True):
    """What the other run gets; what is left out is taken from this run."""

    brand: str | dict[str, Any] | None = None
    data: dict[str, Any] | str | None = None
    profile: dict[str, Any] | str | None = None
    template: str | dict[str, Any] | None = None
    recipient: str | dict[str, Any] | None = None


class Config(Struct, frozen=True, kw_only=True):
    """`template`: id or alias of an automation. `context`: what it gets. Source: courier.md 4.5.

    `wait`: go on only when that run has ended, or after `timeout`; `refs.<step>` then has its `status` and `data`.
    """

    template: str | dict[str, Any]
    context: Given = Given()
    wait: bool = False
    timeout: str = "30 days"

    def __post_init__(self) -> None:
        check_duration(self.timeout)


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Ask for the other run, and wait for it if that is wanted."""
    automation_id = text_or_none(config.template, context.scope)
    if automation_id is None:
        return Fail(reason="`template` leads to nothing.")
    source, link = context.run.source, f"invoke/{automation_id}"
    if len(source) >= MAX_DEPTH:
        return Fail(reason=f"More than {MAX_DEPTH} runs started one another; this looks like a circle.")
    if source.count(link) >= MAX_TURNS:
        return Fail(reason=f"{automation_id} was started {MAX_TURNS} times in this chain of runs; this looks like a circle.")
    until = context.now + parse_duration(config.timeout) if config.wait else None
    reply_to = ReplyTo(run_id=context.run.run_id, user_key=context.run.user_key, ask_id=context.ask_id) if until else None
    return Invoke(
        wait_until=until,
        invocation=RunInvoked(
            run_id=context.derived_id,
            automation_id=automation_id,
            recipient=_text(config, context, "recipient"),
            data=_object(config, context, "data"),
            profile=_object(config, context, "profile"),
            brand=_text(config, context, "brand"),
            template=_text(config, context, "template"),
            source=[*source, link],
            reply_to=reply_to,
        ),
    )


def resume(config: Config, context: StepContext, answer: Answer) -> StepOutcome:
    """Go on with what the other run came to."""
    if answer.kind == "timer":
        return Next(reason="It has not ended in time.", gain=Gain(left={"status": "", "timed_out": True}))
    return Next(reason=f"It ended {answer.value['status']}.", gain=Gain(left=answer.value))


def _text(config: Config, context: StepContext, name: str) -> str | None:
    given = getattr(config.context, name)
    return text_or_none(context.run.context.get(name) if given is None else given, context.scope)


def _object(config: Config, context: StepContext, name: str) -> dict[str, Any]:
    given = getattr(config.context, name)
    value = context.run.context.get(name) if given is None else resolve(given, context.scope)
    return value if isinstance(value, dict) else {}


step = Step(action="invoke", title="Invoke an automation", config=Config, advance=advance, resume=resume)
