"""Batches of 470 events of about 300 bytes at 8 connections: the product's share of L2."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.ingest import COMMANDS, measure_pairs
from benchmarks.processes import words
from benchmarks.ratios import Finding, Pair, ratio_finding
from benchmarks.scale import Scale

FLOOR, AIM = 0.35, 0.60
EVENTS = 470


def measure(scale: Scale, folder: Path) -> Iterator[Finding]:
    """One finding for each command."""
    for command in COMMANDS:
        pairs, remark = measure_pairs(command, words(connections=8, batch=EVENTS), scale, folder)
        events = [Pair(pair.limit * EVENTS, pair.product * EVENTS) for pair in pairs]
        yield ratio_finding(f"batch {EVENTS} / {command}", "events/s", events, floor=FLOOR, aim=AIM, remark=remark)
