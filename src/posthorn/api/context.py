"""What handlers work with. `server/wiring` builds it once; nobody else constructs the parts."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import anyio
from litestar import Request
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.types import Scope
from msgspec import Struct, field

from posthorn.access.model import Keys, StudioUser
from posthorn.access.sessions import SignInLimit
from posthorn.api.noticed import Noticed
from posthorn.api.streaming import Streams
from posthorn.automations.library import Library
from posthorn.clock import Clock
from posthorn.engine.config import Config as Configured
from posthorn.events.model import Entry
from posthorn.outbound import Outbound
from posthorn.secrets import Vault
from posthorn.storage.database import Database
from posthorn.telemetry import Metrics


class Commands(Protocol):
    """The way into the log. Both raise TooMany or Unavailable: the backlog is too long, the server is stopping."""

    async def append(self, entries: list[Entry]) -> None:
        """Returns when the entries are durable."""
        ...

    async def append_and_wait(self, entries: list[Entry]) -> None:
        """Returns when the entries are durable and their partitions have passed them: what they did can be read."""
        ...


class Config(Protocol):
    """The configuration held in memory, as snapshots that never change. Who adds a resource adds its property here."""

    async def refresh(self, database: Database) -> None:
        """Sees at once what was just written; other processes see it within a second."""
        ...

    @property
    def latest(self) -> Configured:
        """The last snapshot as the deciders have it."""
        ...

    @property
    def automations(self) -> Library:
        """Every automation and journey with every version."""
        ...


class ServerSettings(Struct, frozen=True, kw_only=True):
    """The settings that handlers need.

    public_url: without a slash at its end. metrics_token: opens /metrics from elsewhere; "" leaves that to loopback.
    """

    public_url: str
    metrics_token: str = ""


class Context(Struct, frozen=True, kw_only=True):
    """Everything a handler may use.

    keys: the current keys; asked again for every request. users: those of Studio, by id, likewise.
    seed: 16 random bytes for each call, for ids.
    obstacle: why events cannot be accepted just now, one sentence; "" when they can.
    streams: for those who follow the events live. noticed: what the ways in refused lately.
    sign_in_limit, password_threads: what guessing Studio's password runs into.
    vault: for secrets that are stored. outbound: for a call whose outcome the caller waits for, outside any transaction.
    """

    database: Database
    commands: Commands
    keys: Callable[[], Keys]
    users: Callable[[], Mapping[str, StudioUser]]
    clock: Clock
    settings: ServerSettings
    config: Config
    seed: Callable[[], bytes]
    obstacle: Callable[[], str]
    metrics: Metrics
    vault: Vault
    outbound: Outbound
    streams: Streams
    noticed: Noticed
    sign_in_limit: SignInLimit = field(default_factory=SignInLimit)
    password_threads: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(2))


_STATE = "posthorn_context"


def keep_context(scope: Scope, context: Context) -> None:
    """Notes the context for a request that begins."""
    scope.setdefault("state", {})[_STATE] = context


def context_in(scope: Scope) -> Context:
    """The context of a request."""
    return scope["state"][_STATE]


def context_of(request: Request[Any, Any, Any]) -> Context:
    """The context of a request; a handler's dependency."""
    return context_in(request.scope)


GivenContext = NamedDependency[SkipValidation[Context]]
"""The type of a handler's parameter named `context`."""
