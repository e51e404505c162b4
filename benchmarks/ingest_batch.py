"""Batches of 470 events at 8 connections: the product's share of L2.

What floor and aim are meant for are events of about 1,000 bytes, of which 470 fill the 500 KB that Segment lets a batch
have. With small events the limit, which looks into none of them, is measured by the byte and the product by the event.
"""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.ingest import COMMANDS, measure_pairs
from benchmarks.processes import words
from benchmarks.ratios import Finding, Pair, ratio_finding
from benchmarks.scale import Scale

FLOOR, AIM = 0.35, 0.60
EVENTS = 470
SIZES = {"mobile": "1 KB", "track": "300 B"}


def measure(scale: Scale, folder: Path) -> Iterator[Finding]:
    """One finding for each size of events and command."""
    for kind, size in SIZES.items():
        for command in COMMANDS:
            pairs, remark = measure_pairs(command, words(connections=8, batch=EVENTS, kind=kind), scale, folder)
            events = [Pair(pair.limit * EVENTS, pair.product * EVENTS) for pair in pairs]
            name = f"batch {EVENTS} x {size} / {command}"
            yield ratio_finding(name, "events/s", events, floor=FLOOR, aim=AIM, remark=remark)
