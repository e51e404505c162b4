"""How fast the worker gets through the log: track events of known users that no automation waits for, in batches.

Measured from the first request until a read-your-writes call behind them is answered: taking them in is part of it.
"""

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.processes import Broken, cpu_seconds, run_load, words
from benchmarks.product import WRITE_KEY, Product, product
from benchmarks.ratios import Finding, plain_finding
from benchmarks.scale import Scale

AIM = 20_000.0
BATCH = 100
_PATIENCE_S = 60.0


def measure(scale: Scale, folder: Path) -> Iterator[Finding]:
    """One finding; each trial on a fresh database."""
    groups = 5 * scale.messages // BATCH
    rates: list[float] = []
    busy = 0.0
    for _ in range(3):
        with product("serve", folder) as server:
            load = ["--key", WRITE_KEY, *words(batch=BATCH, connections=8, groups=groups)]
            run_load(server.port, *load, "--kind", "identify")
            wait_until_processed(server)
            started, cpu = time.monotonic(), cpu_seconds(server.pid)
            run_load(server.port, *load, "--requests", str(groups))
            wait_until_processed(server)
            took = time.monotonic() - started
            rates.append(groups * BATCH / took)
            busy = (cpu_seconds(server.pid) - cpu) / took
    yield plain_finding("process unmatched / serve", "events/s", rates, aim=AIM, remark=f"one process, {busy:.0%} of a core")


def wait_until_processed(server: Product) -> None:
    """Returns when every event that was accepted before is processed. Raises Broken after a minute."""
    gives_up_at = time.monotonic() + _PATIENCE_S
    while True:
        try:
            server.call("PUT", "/profiles/barrier", {"profile": {"name": "Ada"}})
        except Broken:  # the server itself waits ten seconds for its answer
            if time.monotonic() > gives_up_at:
                raise
        else:
            return
