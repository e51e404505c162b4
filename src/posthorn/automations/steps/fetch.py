"""Fetch, as journeys write it: ask a server, and go on with its JSON answer."""

from typing import Any, Literal

from msgspec import Struct

from posthorn.automations.fetching import OnError, Wanted, check_url, fetch, fetched
from posthorn.automations.merging import Strategy
from posthorn.automations.outcomes import Answer, Body, Step, StepContext, StepOutcome


class Config(Struct, frozen=True, kw_only=True):
    """The request, and `merge_strategy`: how its answer becomes the run's data (courier.md 5.3, 4.7).

    `on_error`: "stop" (the run ends), "continue", or the nodes that are taken then. `response_schema` is kept for the editor.
    """

    method: Literal["get", "post", "put", "delete"]
    url: str
    merge_strategy: Strategy
    headers: dict[str, Any] = {}
    query_params: dict[str, Any] = {}
    body: str | None = None
    response_schema: Any = None
    on_error: OnError = "stop"

    def __post_init__(self) -> None:
        check_url(self.url)
        if self.body is not None and self.method in ("get", "delete"):
            raise ValueError("`body`: Only post and put have one")


def advance(config: Config, context: StepContext) -> StepOutcome:
    """Ask for the request; an address that cannot be called is passed over."""
    wanted = Wanted(method=config.method, url=config.url, headers=config.headers, params=config.query_params, body=config.body)
    return fetch(wanted, context)


def resume(config: Config, context: StepContext, answer: Answer) -> StepOutcome:
    """Merge the answer, or do what is to be done without one."""
    return fetched(answer, config.merge_strategy, config.on_error, context)


def bodies(config: Config) -> tuple[Body, ...]:
    """The nodes for a failure."""
    return (Body(path="on_error", nodes=config.on_error),) if isinstance(config.on_error, list) else ()


step = Step(action="fetch", title="Fetch", config=Config, advance=advance, bodies=bodies, resume=resume, kinds=("journey",))
