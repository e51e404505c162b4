"""Fetch data: ask a server, and go on with its JSON answer."""

from typing import Any, Literal

from msgspec import Struct

from posthorn.automations.fetching import OnError, Wanted, check_url, fetch, fetched
from posthorn.automations.merging import Strategy
from posthorn.automations.outcomes import Answer, Body, Step, StepContext, StepOutcome
from posthorn.automations.scope import text_or_none


class Webhook(Struct, frozen=True, kw_only=True):
    """The request: `params` go into the address, `body` is an object or a text."""

    url: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    headers: dict[str, Any] = {}
    params: dict[str, Any] = {}
    body: Any = None

    def __post_init__(self) -> None:
        check_url(self.url)


class Config(Struct, frozen=True, kw_only=True):
    """`webhook`: the request. `merge_strategy`: how the answer becomes the run's data (courier.md 4.5, 4.7).

    `on_error`: "stop" (the run ends), "continue", or the steps that are taken then. `idempotency_key`: sent with the request.
    """

    webhook: Webhook
    merge_strategy: Strategy = "replace"
    on_error: OnError = "stop"
    idempotency_key: str | dict[str, Any] | None = None
    idempotency_expiry: str | int | dict[str, Any] | None = None


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Ask for the request; an address that cannot be called is passed over."""
    asked = config.webhook
    wanted = Wanted(
        method=asked.method,
        url=asked.url,
        headers=asked.headers,
        params=asked.params,
        body=asked.body,
        key=text_or_none(config.idempotency_key, context.scope),
    )
    return fetch(wanted, context)


def resume(config: Config, context: StepContext, answer: Answer) -> StepOutcome:
    """Merge the answer, or do what is to be done without one."""
    return fetched(answer, config.merge_strategy, config.on_error, context)


def bodies(config: Config) -> tuple[Body, ...]:
    """The steps for a failure."""
    return (Body(path="on_error", nodes=config.on_error),) if isinstance(config.on_error, list) else ()


step = Step(
    action="fetch-data", title="Fetch data", config=Config, advance=advance, bodies=bodies, resume=resume, kinds=("automation",)
)
