"""The load: N keep-alive connections, each with one request under way, for a fixed time or a fixed number of requests.

Runs in a process of its own and prints one line of JSON, a `Load`. An answer is told complete by its Content-Length.
"""

import argparse
import asyncio
import resource
import secrets
import time
from collections.abc import Iterator
from typing import cast

import msgspec
import uvloop
from msgspec import Struct

from benchmarks.bodies import batches, identifies, singles
from benchmarks.limit_server import content_length

_END = b"\r\n\r\n"
_SUCCESS_BODY = b'{"success":true}'


class Load(Struct, frozen=True, kw_only=True):
    """What a run of the load found. seconds: from the first request to the last answer. cpu_seconds: what it took itself.

    statuses: answers by status. broken_count: connections that ended too early.
    """

    seconds: float
    cpu_seconds: float
    statuses: dict[int, int]
    broken_count: int

    @property
    def accepted_count(self) -> int:
        """Answers with 200."""
        return self.statuses.get(200, 0)

    @property
    def per_second(self) -> float:
        """Requests accepted in a second."""
        return self.accepted_count / self.seconds

    @property
    def busy(self) -> float:
        """Its share of one core; near 1 it measures itself and not the server."""
        return self.cpu_seconds / self.seconds

    @property
    def is_clean(self) -> bool:
        """Whether every request was answered with 200."""
        return self.broken_count == 0 and set(self.statuses) <= {200}


class Meter:
    """Gives out the requests and counts the answers of all connections."""

    def __init__(self, requests: Iterator[bytes], most: int, seconds: float) -> None:
        self._requests = requests
        self._left = most
        self._open_count = 0
        self._ends_at = time.perf_counter() + seconds
        self.statuses: dict[int, int] = {}
        self.broken_count = 0
        self.is_done = asyncio.Event()

    def next(self) -> bytes | None:
        """The next request, or None when the load is over."""
        if self._left <= 0 or time.perf_counter() >= self._ends_at:
            return None
        self._left -= 1
        return next(self._requests, None)

    def opened(self) -> None:
        """A connection is there."""
        self._open_count += 1

    def count(self, status: int) -> None:
        """An answer came."""
        self.statuses[status] = self.statuses.get(status, 0) + 1

    def closed(self, *, was_waiting: bool) -> None:
        """A connection has ended."""
        self.broken_count += was_waiting
        self._open_count -= 1
        if not self._open_count:
            self.is_done.set()


class LoadProtocol(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._rest = b""
        self._is_waiting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._meter.opened()

    def start(self) -> None:
        """Sends the next request or hangs up."""
        request = self._meter.next()
        self._is_waiting = request is not None
        if request is None:
            self._transport.close()
        else:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        if not is_complete(data):
            self._rest = data
            return
        self._rest = b""
        self._meter.count(int(data[9:12]))
        self.start()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._meter.closed(was_waiting=self._is_waiting)


def is_complete(data: bytes) -> bool:
    """Whether these bytes are a whole answer."""
    if data.endswith(_SUCCESS_BODY):
        return True
    end = data.find(_END)
    return end >= 0 and len(data) >= end + len(_END) + content_length(data[: end + 2])


async def drive(port: int, requests: Iterator[bytes], *, connections: int, most: int, seconds: float) -> Load:
    """Opens the connections, then sends until `most` requests are sent or the seconds are over."""
    loop = asyncio.get_running_loop()
    meter = Meter(requests, most, seconds)
    protocols = [(await loop.create_connection(lambda: LoadProtocol(meter), "127.0.0.1", port))[1] for _ in range(connections)]
    cpu, started = _cpu_seconds(), time.perf_counter()
    for protocol in protocols:
        protocol.start()
    await meter.is_done.wait()
    return Load(
        seconds=time.perf_counter() - started,
        cpu_seconds=_cpu_seconds() - cpu,
        statuses=meter.statuses,
        broken_count=meter.broken_count,
    )


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _requests(chosen: argparse.Namespace) -> Iterator[bytes]:
    run = secrets.token_hex(4)
    if chosen.kind == "identify":
        return identifies(chosen.key, run=run, groups=chosen.groups, size=chosen.batch or 1)
    if chosen.batch:
        return batches(chosen.key, run=run, groups=chosen.groups, size=chosen.batch, event=chosen.event, kind=chosen.kind)
    return singles(chosen.key, run=run, groups=chosen.groups, event=chosen.event)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--key", default="bench-write-key", help="the write key")
    parser.add_argument("--kind", choices=("track", "mobile", "identify"), default="track", help="mobile: in batches")
    parser.add_argument("--event", default="Order Completed", help="name of the track event")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--batch", type=int, default=0, help="events in a request; 0: single events")
    parser.add_argument("--groups", type=int, default=10_000, help="of users; one user in each for single events, else a batch")
    parser.add_argument("--requests", type=int, default=1_000_000_000, help="stop after so many")
    parser.add_argument("--seconds", type=float, default=3600.0, help="stop after so long")
    return parser.parse_args()


def main() -> None:
    chosen = _arguments()
    found = uvloop.run(
        drive(chosen.port, _requests(chosen), connections=chosen.connections, most=chosen.requests, seconds=chosen.seconds)
    )
    print(msgspec.json.encode(found).decode())


if __name__ == "__main__":
    main()
