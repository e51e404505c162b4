"""The outside world of the pipeline, as cheap as it can be: a mail server and a Segment endpoint in one process.

Prints the two ports and its process id as JSON as soon as it listens. GET /counts at the Segment port tells what arrived.
"""

import asyncio
import os
import time
import zlib
from typing import cast

import msgspec
import uvloop
from msgspec import Struct

from benchmarks.limit_server import content_length

_GZIP = 31
_END_OF_MAIL = b"\r\n.\r\n"
_END_OF_HEAD = b"\r\n\r\n"
_ANSWERS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
    b"DATA": b"354 Go on\r\n",
    b"QUIT": b"221 Bye\r\n",
}


class Ports(Struct, frozen=True, kw_only=True):
    """Where the sinks listen."""

    smtp: int
    segment: int
    pid: int


class Counts(Struct, kw_only=True):
    """What arrived. events: by their name, each messageId once. last_at: of mail or event, by the machine's monotonic clock."""

    mails: int = 0
    events: dict[str, int] = {}
    repeats: int = 0
    requests: int = 0
    last_at: float = 0.0


class _Tracked(Struct, frozen=True, rename="camel"):
    message_id: str
    event: str = ""


class _Batch(Struct, frozen=True):
    batch: list[_Tracked]


_decode_batch = msgspec.json.Decoder(_Batch).decode
_decode_single = msgspec.json.Decoder(_Tracked).decode


class Ledger:
    """Counts for both sinks."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._seen: set[str] = set()

    def mail(self) -> None:
        """A mail arrived."""
        self.counts.mails += 1
        self.counts.last_at = time.monotonic()

    def body(self, body: bytes, path: bytes) -> None:
        """A call to Segment arrived."""
        found = _decode_batch(body).batch if path.endswith((b"/batch", b"/import")) else [_decode_single(body)]
        counts = self.counts
        counts.requests += 1
        for each in found:
            if each.message_id in self._seen:
                counts.repeats += 1
                continue
            self._seen.add(each.message_id)
            counts.events[each.event] = counts.events.get(each.event, 0) + 1
        counts.last_at = time.monotonic()


class SmtpSink(asyncio.Protocol):
    """Accepts every mail."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._rest = b""
        self._is_in_mail = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while self._take():
            pass

    def _take(self) -> bool:
        ending = _END_OF_MAIL if self._is_in_mail else b"\r\n"
        taken, found, rest = self._rest.partition(ending)
        if not found:
            return False
        self._rest = rest
        if self._is_in_mail:
            self._is_in_mail = False
            self._ledger.mail()
            self._transport.write(b"250 2.0.0 Taken\r\n")
            return True
        verb = taken[:4].upper()
        self._is_in_mail = verb == b"DATA"
        self._transport.write(_ANSWERS.get(verb, b"250 2.0.0 OK\r\n"))
        return True


class SegmentSink(asyncio.Protocol):
    """Answers 200 to every call and counts its events."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._rest += data
        head, found, rest = self._rest.partition(_END_OF_HEAD)
        length = content_length(head + b"\r\n") if found else 0
        if not found or len(rest) < length:
            return
        self._rest = rest[length:]
        method, path, _ = head.split(b" ", 2)
        if method == b"GET":
            self._answer(msgspec.json.encode(self._ledger.counts))
            return
        body = zlib.decompress(rest[:length], _GZIP) if b"gzip" in head.lower() else rest[:length]
        self._ledger.body(body, path)
        self._answer(b'{"success":true}')

    def _answer(self, body: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
        )


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    ledger = Ledger()
    smtp = await loop.create_server(lambda: SmtpSink(ledger), "127.0.0.1", 0)
    segment = await loop.create_server(lambda: SegmentSink(ledger), "127.0.0.1", 0)
    ports = Ports(smtp=smtp.sockets[0].getsockname()[1], segment=segment.sockets[0].getsockname()[1], pid=os.getpid())
    print(msgspec.json.encode(ports).decode(), flush=True)
    await segment.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve())
