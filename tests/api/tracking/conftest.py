"""A client that speaks ASGI to a TrackingApp whose log is a list."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec import structs

from posthorn.access.model import ApiKey, Source
from posthorn.api.tracking.app import TrackingApp
from posthorn.api.tracking.intake import Limits, Stored
from posthorn.clock import FrozenClock
from posthorn.events.model import Entry, Event
from posthorn.events.read import read_event


class PresetKeys:
    """The keys of segment.md 11."""

    def __init__(self) -> None:
        server = Source(source_id="src_server", environment="production", name="Server")
        self.sources = {
            "wk_server_demo": server,
            "wk_web_demo": structs.replace(server, source_id="src_web", kind="web"),
            "wk_disabled": structs.replace(server, source_id="src_off", enabled=False),
            "(none)": structs.replace(server, source_id="src_demo", kind="segment_destination", shared_secrets=("old", "shhh")),
        }

    def change(self, write_key: str, **changes: Any) -> None:
        self.sources[write_key] = structs.replace(self.sources[write_key], **changes)

    def source_of_write_key(self, write_key: str) -> Source | None:
        return self.sources.get(write_key)

    def source(self, source_id: str) -> Source | None:
        return next((source for source in self.sources.values() if source.source_id == source_id), None)

    def api_key(self, key: str) -> ApiKey | None:
        return ApiKey(key_id="key_1", environment="production", name="Demo") if key == "key_demo" else None


class Reply:
    """An HTTP answer."""

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status = status
        self.headers = {name.decode(): value.decode("latin-1") for name, value in headers}
        self.body = body

    def json(self) -> Any:
        return json.loads(self.body)


class TrackingClient:
    """Sends requests; what was stored lies in `entries`, what the app told in `notices`."""

    def __init__(self, clock: FrozenClock, **limits: Any) -> None:
        self.clock = clock
        self.keys = PresetKeys()
        self.entries: list[Entry] = []
        self.notices: list[str] = []
        self.seen_ids: set[tuple[str, str]] = set()
        self.failure: Exception | None = None
        self.app = TrackingApp(
            append=self._append,
            seen=self._seen,
            notice=lambda what, about: self.notices.append(what),
            keys=self.keys,
            clock=clock,
            limits=Limits(public_host="notify.example.org", **limits),
        )

    def _append(self, entries: list[Entry], stored: Stored) -> None:
        if self.failure is not None:
            raise self.failure
        self.entries += entries
        stored(None)

    async def _seen(self, environment: str, message_id: str) -> bool:
        return (environment, message_id) in self.seen_ids

    def events(self) -> list[Event]:
        return [read_event(entry, f"evt_0_0_{index}") for index, entry in enumerate(self.entries)]

    async def send(
        self,
        method: str,
        path: str,
        body: Any = b"",
        *,
        auth: str = "basic:wk_server_demo",
        headers: Mapping[str, str] | None = None,
        chunk: int = 1 << 30,
    ) -> Reply:
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        chunks = [raw[start : start + chunk] for start in range(0, len(raw), chunk)] or [b""]
        messages = [
            {"type": "http.request", "body": piece, "more_body": index + 1 < len(chunks)} for index, piece in enumerate(chunks)
        ]
        path, _, query = path.partition("?")
        lines = {**_credential(auth), "user-agent": "test/1", **(headers or {})}
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in lines.items()],
            "client": ("192.0.2.10", 4711),
        }
        return await self._call(scope, messages)

    async def post(self, path: str, body: Any = b"", **options: Any) -> Reply:
        return await self.send("POST", path, body, **options)

    async def _call(self, scope: dict[str, Any], messages: list[dict[str, Any]]) -> Reply:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        return Reply(sent[0]["status"], sent[0]["headers"], sent[1]["body"])


def _credential(auth: str) -> dict[str, str]:
    form, _, value = auth.partition(":")
    match form:
        case "basic":
            return {"authorization": "Basic " + base64.b64encode(f"{value}:".encode()).decode()}
        case "bearer":
            return {"authorization": f"Bearer {value}"}
        case "signature":
            return {"x-signature": value}
        case "raw":
            return {"authorization": value}
        case _:
            return {}


@pytest.fixture
def tracking(clock: FrozenClock) -> TrackingClient:
    """An app with the preset keys, and a client of it."""
    return TrackingClient(clock)


@pytest.fixture
def tracking_with_a_rate(clock: FrozenClock) -> TrackingClient:
    """The same, where every source may send twice a second, once at a time."""
    return TrackingClient(clock, rate_per_second=2, burst=1)


@pytest.fixture
def tracking_behind_a_proxy(clock: FrozenClock) -> TrackingClient:
    """The same, called through a proxy that is trusted."""
    return TrackingClient(clock, trusted_proxies=("192.0.2.0/24",))
