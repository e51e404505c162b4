"""The outermost ASGI application: the ingest paths go straight to their own, everything else to the API."""

from functools import lru_cache, partial
from typing import Any, Protocol
from urllib.parse import urlsplit

from litestar.types import ASGIApp, Receive, Scope, Send

from posthorn.access.model import ApiKey, Source
from posthorn.api.app import create_api
from posthorn.api.context import Context, ServerSettings
from posthorn.api.streaming import Streams
from posthorn.api.tracking.app import TrackingApp
from posthorn.api.tracking.intake import Limits, Stored
from posthorn.engine.config import ConfigCache
from posthorn.events.model import Entry
from posthorn.ids import digest, random_bytes
from posthorn.log.append import not_stored
from posthorn.log.model import Position
from posthorn.log.seen import is_known
from posthorn.server.wiring import Parts
from posthorn.settings import Settings


class Routed(Protocol):
    """An application that knows its own paths."""

    def handles(self, path: str) -> bool:
        """Whether a path is one of them."""
        ...

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers one request."""
        ...


def create_tracking(parts: Parts) -> TrackingApp:
    """The way in for events."""
    return TrackingApp(
        append=_Ingest(parts).append,
        seen=_Seen(parts).seen,
        notice=partial(_notice, parts),
        keys=CurrentKeys(parts.config),
        clock=parts.clock,
        limits=_limits(parts.settings),
    )


def create_server_app(parts: Parts, tracking: TrackingApp) -> ASGIApp:
    """The whole HTTP surface, for all requests that are not answered below it."""
    return behind_one_port(tracking, create_api(server_context(parts)))


def server_context(parts: Parts) -> Context:
    """What the handlers of the API work with."""
    return Context(
        database=parts.database,
        commands=parts.commands,
        keys=lambda: parts.config.latest.directory,
        users=lambda: parts.config.latest.directory.users,
        clock=parts.clock,
        settings=ServerSettings(public_url=parts.settings.public_url, metrics_token=parts.settings.metrics_token),
        config=parts.config,
        seed=lambda: random_bytes(16),
        obstacle=parts.appender.obstacle,
        metrics=parts.metrics,
        vault=parts.vault,
        outbound=parts.outbound,
        streams=Streams(parts.progress),
        noticed=parts.noticed,
    )


def _notice(parts: Parts, what: str, about: str) -> None:
    parts.metrics.events_rejected.labels(what).inc()
    parts.noticed.note(what, about)


def _limits(settings: Settings) -> Limits:
    return Limits(
        public_host=urlsplit(settings.public_url).netloc,
        trusted_proxies=settings.trusted_proxies,
        rate_per_second=settings.rate_per_second,
        burst=settings.burst,
    )


def behind_one_port(tracking: Routed, api: ASGIApp) -> ASGIApp:
    """Both applications, each for its own paths."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and tracking.handles(scope["path"]):
            await tracking(scope, receive, send)
        else:
            await api(scope, receive, send)

    return app


class CurrentKeys:
    """The keys of the latest configuration."""

    def __init__(self, config: ConfigCache) -> None:
        self._config = config

    def source_of_write_key(self, write_key: str) -> Source | None:
        """The source a write key belongs to, disabled ones included."""
        return self._config.latest.directory.source_of_write_key(write_key)

    def source(self, source_id: str) -> Source | None:
        """The source of that id."""
        return self._config.latest.directory.source(source_id)

    def api_key(self, key: str) -> ApiKey | None:
        """What an API key opens."""
        return self._config.latest.directory.api_key(key)


class _Ingest:
    """Appends what arrives, without the events of those who asked to be forgotten (segment.md 6.10)."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._received = lru_cache(maxsize=16)(parts.metrics.events_received.labels)

    def append(self, entries: list[Entry], stored: Stored) -> None:
        """Tells `stored` when the entries are durable or the disk has refused them. Raises TooMany or Unavailable."""
        suppressed = self._parts.config.latest.suppressed
        wanted = [one for one in entries if (one.environment, one.user_key) not in suppressed] if suppressed else entries
        if not wanted:
            stored(None)
            return

        self._parts.appender.offer(wanted, partial(self._committed, wanted, stored))

    def _committed(self, entries: list[Entry], stored: Stored, positions: list[Position] | None) -> None:
        if positions is None:
            stored(not_stored())
            return
        self._received(entries[0].origin).inc(len(entries))
        stored(None)


class _Seen:
    """Whether an event has been processed already, for the one call that must say so (courier.md 1.10)."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def seen(self, environment: str, message_id: str) -> bool:
        """Asks every partition, since a messageId does not tell whose it is."""
        one = digest(environment, message_id).hex()
        async with self._parts.database.snapshot() as tx:
            now = await tx.now_ms()
            for partition in range(self._parts.database.partition_count):
                if await is_known(tx, partition, one, now):
                    return True
        return False
