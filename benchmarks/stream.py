"""What somebody who follows the events live takes from taking them in: the share of the rate that is left."""

import socket
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.processes import Broken, run_load, words
from benchmarks.product import API_KEY, WRITE_KEY, Product, product
from benchmarks.ratios import Finding, Pair, ratio_finding
from benchmarks.scale import Scale

FLOOR, AIM = 0.90, 0.95
_READ_BYTES = 1 << 20


def measure(scale: Scale, folder: Path) -> Iterator[Finding]:
    """One finding: single events at 64 connections with one reader against the same without."""
    load = [*words(connections=64), "--key", WRITE_KEY, "--seconds", str(scale.seconds)]
    pairs: list[Pair] = []
    told: list[int] = []
    for _ in range(scale.pairs):
        with product("serve", folder) as server:
            alone = run_load(server.port, *load)
        with product("serve", folder) as server, _reader(server) as counts:
            followed = run_load(server.port, *load)
            told.append(sum(counts))
        if not (alone.is_clean and followed.is_clean):
            raise Broken(f"The server answered {alone.statuses} and {followed.statuses}.")
        pairs.append(Pair(alone.per_second, followed.per_second))
    remark = f"the reader was told of {max(told):,} events meanwhile"
    yield ratio_finding("one live reader", "events/s", pairs, floor=FLOOR, aim=AIM, remark=remark)


@contextmanager
def _reader(server: Product) -> Generator[list[int]]:
    """Reads the stream in a thread as fast as it comes; the numbers of events in what was read."""
    counts: list[int] = []
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        request = f"GET /studio/api/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {API_KEY}\r\n\r\n"
        connection.sendall(request.encode())
        thread = threading.Thread(target=_read, args=(connection, counts), daemon=True)
        thread.start()
        yield counts
        connection.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)


def _read(connection: socket.socket, counts: list[int]) -> None:
    while piece := connection.recv(_READ_BYTES):
        counts.append(piece.count(b"data: "))
