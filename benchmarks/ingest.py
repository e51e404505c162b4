"""How both ingest benchmarks measure: limit and product in turns, the product on a fresh database each time.

`serve` has the worker in the same process: it processes events while more come in. `api` only takes them in.
"""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.load import Load
from benchmarks.processes import Broken, limit_server, run_load
from benchmarks.product import WRITE_KEY, product
from benchmarks.ratios import Pair
from benchmarks.scale import Scale

COMMANDS = {"serve": "worker in the same process", "api": "ingest alone"}


def measure_pairs(command: str, load: Sequence[str], scale: Scale, folder: Path) -> tuple[list[Pair], str]:
    """The pairs, in requests a second, and a remark on how they came about."""
    pairs: list[Pair] = []
    busy: list[float] = []
    arguments = [*load, "--key", WRITE_KEY, "--seconds", str(scale.seconds)]
    with limit_server(folder) as limit_port:
        for _ in range(scale.pairs):
            limit = _checked(run_load(limit_port, *arguments), "The limit server")
            with product(command, folder) as server:
                run_load(server.port, *load, "--key", WRITE_KEY, "--seconds", "0.2")
                found = _checked(run_load(server.port, *arguments), f"posthorn {command}")
            pairs.append(Pair(limit.per_second, found.per_second))
            busy += [limit.busy, found.busy]
    return (
        pairs,
        f"{COMMANDS[command]}; load {median(busy[::2]):.0%} busy at the limit, {median(busy[1::2]):.0%} at the product",
    )


def _checked(load: Load, who: str) -> Load:
    if not load.is_clean:
        raise Broken(f"{who} answered {load.statuses}, {load.broken_count} connections broke.")
    return load
