"""Streams of events over real sockets: what is answered below ASGI is answered as everywhere, and in order."""

import gzip
import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
import pytest
import uvicorn
from anyio.abc import SocketStream

from posthorn.access.model import ApiKey, Source
from posthorn.api.tracking.app import TrackingApp
from posthorn.api.tracking.intake import Limits, Stored
from posthorn.clock import FrozenClock
from posthorn.errors import Unavailable
from posthorn.events.model import Entry
from posthorn.server import ingest_protocol
from posthorn.server.ingest_protocol import IngestProtocol

pytestmark = pytest.mark.anyio
AUTH = b"Authorization: Basic d2tfZGVtbzo=\r\n"  # wk_demo:


class OneKey:
    """Knows one write key."""

    def source_of_write_key(self, write_key: str) -> Source | None:
        return Source(source_id="src", environment="production", name="Demo") if write_key == "wk_demo" else None

    def source(self, source_id: str) -> Source | None:
        return None

    def api_key(self, key: str) -> ApiKey | None:
        return None


class Ingest:
    """A server on a port whose log is a list; while it is held, nothing becomes durable."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.waiting: list[Stored] = []
        self.is_held = False
        self.paths_by_asgi: list[str] = []
        self.tracking = TrackingApp(
            append=self._append,
            seen=self._seen,
            notice=lambda what, about: None,
            keys=OneKey(),
            clock=FrozenClock(1_767_225_600_000),
            limits=Limits(public_host="x"),
        )
        protocol: Any = partial(IngestProtocol, self.tracking)
        config = uvicorn.Config(self._app, http=protocol, interface="asgi3", ws="none", lifespan="off", log_config=None)
        self.server = uvicorn.Server(config)
        self.port = 0

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        self.paths_by_asgi.append(scope["path"])
        await self.tracking(scope, receive, send)

    def _append(self, entries: list[Entry], stored: Stored) -> None:
        self.entries += entries
        self.waiting.append(stored)
        if not self.is_held:
            self.release()

    async def _seen(self, environment: str, message_id: str) -> bool:
        return False

    def release(self, refusal: Unavailable | None = None) -> None:
        """What waits is durable now, or refused."""
        waiting, self.waiting = self.waiting, []
        for stored in waiting:
            stored(refusal)

    async def has_come(self) -> None:
        """Returns when an event has come."""
        await until(lambda: bool(self.entries))


async def until(is_so: Callable[[], bool]) -> None:
    """Returns when it is so."""
    with anyio.fail_after(5):
        while not is_so():
            await anyio.sleep(0.001)


@pytest.fixture
async def ingest() -> AsyncIterator[Ingest]:
    """The server, listening."""
    served = Ingest()
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    listening = listener.listeners[0].extra(anyio.abc.SocketAttribute.raw_socket)
    served.port = listening.getsockname()[1]
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(served.server.serve, [listening])
        yield served
        served.release()
        served.server.should_exit = True


def request(
    body: bytes = b"", headers: bytes = b"", path: bytes = b"/v1/track", method: bytes = b"POST", length: int | None = None
) -> bytes:
    """The bytes of a request; a length of -1 is not told."""
    told = b"" if length == -1 else b"Content-Length: %d\r\n" % (len(body) if length is None else length)
    return b"%b %b HTTP/1.1\r\nHost: x\r\n%b%b%b\r\n%b" % (method, path, AUTH, headers, told, body)


def event(message_id: str = "m-1") -> bytes:
    return json.dumps({"userId": "u-1", "event": "Ping", "messageId": message_id}).encode()


async def read(stream: SocketStream, answers: int = 1) -> bytes:
    """So many answers, or what came before the end."""
    found = b""
    with anyio.fail_after(5):
        while found.count(b"HTTP/1.1 ") - found.count(b"HTTP/1.1 100") < answers or not _is_whole(found):
            try:
                found += await stream.receive()
            except anyio.EndOfStream:
                break
    return found


def _is_whole(found: bytes) -> bool:
    head, end, body = found.rpartition(b"HTTP/1.1 ")[2].partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(end) and len(body) >= (lengths[0] if lengths else 0)


async def send(ingest: Ingest, *pieces: bytes, answers: int = 1) -> bytes:
    async with await anyio.connect_tcp("127.0.0.1", ingest.port) as stream:
        for piece in pieces:
            await stream.send(piece)
            await anyio.lowlevel.checkpoint()
        return await read(stream, answers)


async def test_one_event_after_the_other_on_one_connection(ingest: Ingest) -> None:
    found = await send(ingest, request(event("a")), request(event("b")), answers=2)

    assert found.count(b"HTTP/1.1 200 OK") == found.count(b'{"success":true}') == 2
    assert ([entry.message_id for entry in ingest.entries], ingest.paths_by_asgi) == (["a", "b"], [])


async def test_no_answer_before_the_commit(ingest: Ingest) -> None:
    ingest.is_held = True
    async with await anyio.connect_tcp("127.0.0.1", ingest.port) as stream:
        await stream.send(request(event()))
        await ingest.has_come()
        with pytest.raises(TimeoutError), anyio.fail_after(0.05):
            await stream.receive()
        ingest.release()

        assert b"200 OK" in await read(stream)


async def test_a_refused_commit_is_a_refused_event(ingest: Ingest) -> None:
    ingest.is_held = True
    async with await anyio.connect_tcp("127.0.0.1", ingest.port) as stream:
        await stream.send(request(event()))
        await ingest.has_come()
        ingest.release(Unavailable("The disk is full.", code="unavailable"))
        found = await read(stream)

    assert found.startswith(b"HTTP/1.1 503")
    assert b"retry-after" in found


async def test_pipelined_requests_are_answered_in_their_order(ingest: Ingest) -> None:
    ingest.is_held = True
    settings = request(path=b"/v1/projects/wk_demo/settings", method=b"GET")
    async with await anyio.connect_tcp("127.0.0.1", ingest.port) as stream:
        await stream.send(request(event("a")) + settings + request(event("b")))
        await ingest.has_come()
        ingest.is_held = False
        ingest.release()
        found = await read(stream, answers=3)

    assert found.index(b'{"success":true}') < found.index(b'"integrations"') < found.rindex(b'{"success":true}')
    assert [entry.message_id for entry in ingest.entries] == ["a", "b"]


@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_bodies_in_pieces_chunked_and_packed(ingest: Ingest, size: int) -> None:
    packed = gzip.compress(event())
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (packed[:9], packed[9:])) + b"0\r\n\r\n"
    whole = request(headers=b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", length=-1) + chunks

    found = await send(ingest, *(whole[start : start + size] for start in range(0, len(whole), size)))

    assert found.startswith(b"HTTP/1.1 200")
    assert ingest.entries[0].body == event()


async def test_a_client_that_asks_before_it_sends_is_told_to_go_on(ingest: Ingest) -> None:
    async with await anyio.connect_tcp("127.0.0.1", ingest.port) as stream:
        await stream.send(request(headers=b"Expect: 100-continue\r\n", length=len(event())))
        assert await stream.receive() == b"HTTP/1.1 100 Continue\r\n\r\n"
        await stream.send(event())

        assert b"200 OK" in await read(stream)


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (request(length=300_000), b"400", b"event_too_large"),
        (request(event()).replace(AUTH, b"Authorization: Basic eDo=\r\n"), b"401", b"invalid_write_key"),
        (request(b"{"), b"400", b"invalid_json"),
        (request(event(), headers=b"Content-Encoding: br\r\n"), b"415", b"unsupported_encoding"),
        (request(path=b"/v1/track", method=b"GET"), b"405", b"method_not_allowed"),
    ],
)
async def test_refusals_come_as_soon_as_they_are_clear(ingest: Ingest, sent: bytes, status: bytes, code: bytes) -> None:
    found = await send(ingest, sent)

    assert found.startswith(b"HTTP/1.1 " + status)
    assert code in found
    assert ingest.entries == []


async def test_after_a_refusal_the_rest_of_the_body_is_skipped_and_the_connection_goes_on(ingest: Ingest) -> None:
    large = request(b"x" * 300_000)

    found = await send(ingest, large, request(event()), answers=2)

    assert found.index(b"event_too_large") < found.index(b'{"success":true}')


async def test_whoever_wants_the_connection_closed_gets_it_closed(ingest: Ingest) -> None:
    async with await anyio.connect_tcp("127.0.0.1", ingest.port) as stream:
        await stream.send(request(event(), headers=b"Connection: close\r\n"))
        found = await read(stream)
        with pytest.raises(anyio.EndOfStream):
            await stream.receive()

    assert b"connection: close" in found
    assert b"200 OK" in found


async def test_a_page_in_a_browser_is_let_in(ingest: Ingest) -> None:
    found = await send(ingest, request(event(), headers=b"Origin: https://shop.example\r\n"))

    assert b"access-control-allow-origin: https://shop.example\r\n" in found


async def test_a_body_that_never_ends_is_cut_off(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_protocol, "BODY_PATIENCE_S", 0.05)

    assert await send(ingest, request(b"{", length=100)) == b""


async def test_a_caller_who_hangs_up_does_not_disturb_the_commit(ingest: Ingest) -> None:
    ingest.is_held = True
    async with await anyio.connect_tcp("127.0.0.1", ingest.port) as stream:
        await stream.send(request(event()))
        await ingest.has_come()
    await until(lambda: not ingest.server.server_state.connections)
    ingest.is_held = False
    ingest.release()

    assert b"200 OK" in await send(ingest, request(event("m-2")))


async def test_a_stop_waits_for_the_commit_and_gives_the_answer(ingest: Ingest) -> None:
    ingest.is_held = True
    async with await anyio.connect_tcp("127.0.0.1", ingest.port) as stream:
        await stream.send(request(event()))
        await ingest.has_come()
        ingest.server.should_exit = True
        await until(lambda: not ingest.server.servers[0].is_serving())
        ingest.release()
        found = await read(stream)

    assert b"200 OK" in found
    assert b"connection: close" in found


async def test_what_is_not_http_is_refused_in_json(ingest: Ingest) -> None:
    found = await send(ingest, b"\x16\x03\x01 hello\r\n\r\n")

    head, _, body = found.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert b"access-control-allow-origin: *" in head
    assert json.loads(body)["code"] == "invalid_request"
