"""Micro-benchmarks: one function on one value, many times."""

import gc
import time
from collections.abc import Callable

from msgspec.structs import replace

from benchmarks.ratios import Finding, plain_finding
from benchmarks.scale import Scale

_SECONDS = 0.05


def timed(name: str, action: Callable[[], object], scale: Scale, remark: str = "") -> Finding:
    """Microseconds that one call takes: the least of some means, each over as many calls as fill a twentieth of a second.

    The least, and not the median: whatever else the machine does can only add.
    """
    action()
    calls = max(1, round(_SECONDS / max(1e-7, _seconds(action, 10) / 10)))
    gc.collect()
    values = [_seconds(action, calls) / calls * 1e6 for _ in range(scale.repeats)]
    return replace(plain_finding(name, "us", values, is_better_low=True, remark=remark), product=min(values))


def _seconds(action: Callable[[], object], calls: int) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        action()
    return time.perf_counter() - started
