"""How HTTP is read from a connection: uvicorn's own way, with bounds on what comes before an application is asked."""

import asyncio  # noqa: TID251 - uvicorn's protocols are asyncio's; this one adds nothing that runs

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_MAX = 64 * 1024
"""Bytes of a request line with its headers; about four times what browsers and proxies let through."""

HEAD_PATIENCE_S = 60
"""Seconds in which a new connection, or a request that has begun, must bring its headers."""


_TOO_LARGE = "The headers of the request are too large."
_BAD_REQUEST = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\naccess-control-allow-origin: *\r\n"
    b"connection: close\r\ncontent-length: %d\r\n\r\n"
)


class BoundedProtocol(HttpToolsProtocol):
    """Ends connections that send headers without end, or without ever ending."""

    _waiting: asyncio.TimerHandle | None = None
    _is_in_head = False
    _size_in_head = 0  # bytes that came since the last head was complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn types it
        """A connection was opened."""
        super().connection_made(transport)
        self._is_in_head = True
        self.wait(HEAD_PATIENCE_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection was closed."""
        self.stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes arrived."""
        self._size_in_head += len(data)
        super().data_received(data)
        if not self._is_in_head or self.transport.is_closing():
            return
        if not self.is_waiting:
            self.wait(HEAD_PATIENCE_S)
        if self._size_in_head > HEAD_MAX:
            self.send_400_response(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._is_in_head = True

    def on_headers_complete(self) -> None:
        """The headers are there; from here on the application decides."""
        self.end_head()
        super().on_headers_complete()

    def end_head(self) -> None:
        """Nothing more of the headers is expected. Raises ValueError, which the parser turns into a refusal, for too many."""
        if self._size_in_head > HEAD_MAX and sum(len(name) + len(value) for name, value in self.headers) > HEAD_MAX:
            raise ValueError(_TOO_LARGE)
        self._size_in_head = 0
        self.stop_waiting()

    def send_400_response(self, msg: str) -> None:
        """Refuses what is not HTTP, so that a page in a browser can read it, too (segment.md 11.6), and hangs up."""
        body = msgspec.json.encode({"success": False, "code": "invalid_request", "message": msg, "error": "invalid_request"})
        self.transport.write(_BAD_REQUEST % len(body) + body)
        self.transport.close()

    def wait(self, seconds: float) -> None:
        """What is expected must come within that time, or the connection ends."""
        self._waiting = self.loop.call_later(seconds, self._give_up)

    @property
    def is_waiting(self) -> bool:
        """Whether something is expected within a time."""
        return self._waiting is not None

    def stop_waiting(self) -> None:
        """It has come, or nothing more will."""
        self._is_in_head = False
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        self.transport.close()
