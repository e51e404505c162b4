"""What an idle `posthorn serve` holds in memory: after its start, and after 60 requests."""

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.processes import resident_bytes, run_load, words
from benchmarks.product import WRITE_KEY, product
from benchmarks.ratios import Finding, plain_finding
from benchmarks.scale import Scale

FLOOR = 150.0
_SETTLES_IN_S = 2.0


def measure(scale: Scale, folder: Path) -> Iterator[Finding]:
    """Two findings, in MB of a million bytes."""
    del scale
    with product("serve", folder) as server:
        time.sleep(_SETTLES_IN_S)
        yield _finding("memory idle", server.pid)
        run_load(server.port, "--key", WRITE_KEY, *words(connections=1, requests=30))
        for _ in range(30):
            server.call("GET", "/log")
        time.sleep(_SETTLES_IN_S)
        yield _finding("memory after 60 requests", server.pid)


def _finding(name: str, pid: int) -> Finding:
    return plain_finding(name, "MB", [resident_bytes(pid) / 1e6], floor=FLOOR, is_better_low=True, remark="serve, RSS")
