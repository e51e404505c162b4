"""What a connection may bring before an application is asked, over real sockets."""

import socket
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
import uvicorn

from posthorn.server import protocol
from posthorn.server.protocol import HEAD_MAX, BoundedProtocol

pytestmark = pytest.mark.anyio
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n"


async def _app(scope: Any, receive: Any, send: Any) -> None:
    del scope
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Where a server listens."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(_app, http=BoundedProtocol, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve, [listening])
        yield listening.getsockname()[1]
        server.should_exit = True


async def _answer(port: int, *pieces: bytes) -> bytes:
    async with await anyio.connect_tcp("127.0.0.1", port) as stream:
        try:
            for piece in pieces:
                await stream.send(piece)
            return await stream.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            return b""


async def test_headers_of_a_usual_size_pass_and_bodies_are_not_counted(port: int) -> None:
    head = REQUEST + b"Cookie: " + b"c" * 16_000 + b"\r\n"

    assert (await _answer(port, head + b"\r\n")).startswith(b"HTTP/1.1 204")
    body = b"b" * (2 * HEAD_MAX)
    long = head.replace(b"GET", b"POST") + b"Content-Length: %d\r\n\r\n" % len(body)
    assert (await _answer(port, long + body)).startswith(b"HTTP/1.1 204")


@pytest.mark.parametrize("headers", [b"X: " + b"x" * 2 * HEAD_MAX, b"X: x\r\n" * 20_000], ids=["one long", "many"])
async def test_headers_without_end_are_refused(port: int, headers: bytes) -> None:
    pieces = [headers[start : start + 8_000] for start in range(0, len(headers), 8_000)]

    assert not (await _answer(port, REQUEST, *pieces, b"\r\n\r\n")).startswith(b"HTTP/1.1 2")


async def test_whoever_never_ends_his_headers_is_cut_off(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_PATIENCE_S", 0.05)

    with anyio.fail_after(5):
        assert await _answer(port, REQUEST) == b""
