"""AI: ask a language model, and go on with its answer in the form that is wanted."""

from typing import Any

from msgspec import Struct, json

from posthorn.automations.fetching import PATIENCE_MS, OnError, failed
from posthorn.automations.model import MODEL_URL, FetchAsked
from posthorn.automations.outcomes import Answer, Body, Fail, Fetch, Gain, Next, Step, StepContext, StepOutcome
from posthorn.automations.scope import text_or_none

TIMEOUT_MS = 60_000


class Config(Struct, frozen=True, kw_only=True):
    """`output_schema`: JSON Schema of what the model must answer; it is left at `<node id>.output`. Source: courier.md 5.3.

    `user_prompt`: what it is asked, with references. `model`: that of the settings if left out. `on_error`: "stop" (the run
    ends), "continue", or the nodes that are taken then. The provider is set by POSTHORN_AI_URL, POSTHORN_AI_KEY.
    """

    output_schema: dict[str, Any]
    user_prompt: str | None = None
    model: str | None = None
    web_search: bool | None = None
    on_error: OnError = "stop"

    def __post_init__(self) -> None:
        if self.output_schema.get("type") != "object":
            raise ValueError('`output_schema`: Expected a schema of the type "object"')


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Ask for the answer; without a prompt the step fails."""
    prompt = text_or_none(config.user_prompt, context.scope)
    if prompt is None:
        return Fail(reason="There is no prompt.")
    body = {"prompt": prompt, "schema": config.output_schema, "model": config.model or ""}
    request = FetchAsked(
        run_id=context.run.run_id,
        ask_id=context.ask_id,
        method="POST",
        url=MODEL_URL,
        body=json.encode(body).decode(),
        timeout_ms=TIMEOUT_MS,
        key=context.derived_id,
    )
    return Fetch(request=request, until=context.now + PATIENCE_MS)


def resume(config: Config, context: StepContext, answer: Answer) -> StepOutcome:
    """Go on with the answer, or do what is to be done without one."""
    reason = "There was no answer in time." if answer.kind == "timer" else answer.error
    body = answer.value.get("body") if isinstance(answer.value, dict) else None
    if not reason and not isinstance(body, dict):
        reason = "The model did not answer with an object."
    missing = [name for name in _required(config) if isinstance(body, dict) and name not in body]
    if not reason and missing:
        reason = f"The model left out {', '.join(missing)[:200]}."
    if reason:
        return failed(reason, None, config.on_error)
    return Next(reason="Answered.", gain=Gain(left={"output": body}))


def bodies(config: Config) -> tuple[Body, ...]:
    """The nodes for a failure."""
    return (Body(path="on_error", nodes=config.on_error),) if isinstance(config.on_error, list) else ()


def _required(config: Config) -> list[str]:
    names = config.output_schema.get("required")
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


step = Step(
    action="ai", title="Ask a language model", config=Config, advance=advance, bodies=bodies, resume=resume, kinds=("journey",)
)
