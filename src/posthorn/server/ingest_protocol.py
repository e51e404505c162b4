"""The paths on which events stream in are answered here, below ASGI: that is most of what such a request costs.

Only the simple case: one request at a time, its path as it stands in the routes. Everything else, and a request that
waits behind another one on its connection, goes the way of all requests; both come to the same `Call`.
"""

import asyncio  # noqa: TID251 - uvicorn's protocols are asyncio's
from functools import lru_cache
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from posthorn.api.tracking.answers import Answer, Headers
from posthorn.api.tracking.app import TrackingApp
from posthorn.api.tracking.call import Call
from posthorn.api.tracking.cors import headers_for
from posthorn.api.tracking.request import Request, peer_of
from posthorn.api.tracking.routes import STREAMED
from posthorn.server.protocol import BoundedProtocol

BODY_PATIENCE_S = 300
"""Seconds in which a body must have come."""

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class _Exchange:
    """A call on a connection, with what uvicorn's protocol wants to know of the request that it is about.

    is_settling: its answer is decided on or waits for the commit. disconnected: nobody is there to read it.
    """

    is_settling = False
    response_complete = False
    disconnected = False
    message_event = asyncio.Event()  # set when a connection is lost; nobody waits for it here

    def __init__(self, call: Call, *, keep_alive: bool) -> None:
        self.call = call
        self.keep_alive = keep_alive


class IngestProtocol(BoundedProtocol):
    """Answers the streams of events itself."""

    def __init__(self, tracking: TrackingApp, **options: Any) -> None:
        """The options are uvicorn's."""
        super().__init__(**options)
        self._tracking = tracking

    def data_received(self, data: bytes) -> None:
        """Some bytes arrived."""
        super().data_received(data)
        exchange: Any = self.cycle
        if type(exchange) is _Exchange and not exchange.is_settling and not self.is_waiting:
            self.wait(BODY_PATIENCE_S)

    def on_headers_complete(self) -> None:
        """The headers are there; whoever answers is known now."""
        if not self._is_for_us():
            super().on_headers_complete()
            return
        self.end_head()
        request = Request("POST", self.url.decode(), b"", dict(self.headers), self._peer())
        parser: Any = self.parser
        keep_alive = parser.get_http_version() != "1.0" and parser.should_keep_alive()
        exchange = _Exchange(self._tracking.call(request), keep_alive=keep_alive)
        self.cycle = exchange  # pyright: ignore[reportAttributeAccessIssue] - it has what is asked of a cycle
        if self.expect_100_continue and exchange.call.reply is None:
            self.transport.write(_CONTINUE)
        if exchange.call.reply is not None:
            self._settle(exchange)

    def on_body(self, body: bytes) -> None:
        """Some of the body arrived."""
        exchange: Any = self.cycle
        if type(exchange) is not _Exchange:
            super().on_body(body)
        elif not exchange.is_settling:
            exchange.call.feed(body)
            if exchange.call.reply is not None:
                self._settle(exchange)

    def on_message_complete(self) -> None:
        """The request is complete."""
        exchange: Any = self.cycle
        if type(exchange) is not _Exchange:
            super().on_message_complete()
        elif not exchange.is_settling:
            exchange.call.end()
            self._settle(exchange)

    def _is_for_us(self) -> bool:
        """Not behind an unanswered request, nor for somebody who does not read his answers."""
        parser: Any = self.parser
        cycle: Any = self.cycle
        return (
            self.url in STREAMED
            and parser.get_method() == b"POST"
            and (cycle is None or cycle.response_complete)
            and not self.flow.write_paused
            and not parser.should_upgrade()
        )

    def _peer(self) -> str:
        return peer_of(self.client, self.headers, self._tracking.proxies)

    def _settle(self, exchange: _Exchange) -> None:
        exchange.is_settling = True
        self.stop_waiting()
        exchange.call.store(lambda answer: self._answer(exchange, answer))

    def _answer(self, exchange: _Exchange, answer: Answer) -> None:
        exchange.response_complete = True
        if exchange.disconnected or self.transport.is_closing():
            return
        self.transport.write(_rendered(answer, exchange, self.server_state.default_headers))
        if not exchange.keep_alive:
            self.transport.close()
        self.on_response_complete()


def _rendered(answer: Answer, exchange: _Exchange, more: Headers) -> bytes:
    """The bytes of an answer; `more`: headers that uvicorn adds to every one."""
    headers = headers_for(exchange.call.request, answer)
    if not exchange.keep_alive:
        headers = [*headers, (b"connection", b"close")]
    return _head(answer.status, *more, *headers) + answer.body


@lru_cache(maxsize=64)
def _head(status: int, *headers: tuple[bytes, bytes]) -> bytes:
    return b"".join([STATUS_LINE[status], *[b"%b: %b\r\n" % header for header in headers], b"\r\n"])
