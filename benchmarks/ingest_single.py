"""Single events of about 300 bytes at 64 and 256 connections: the product's share of L1."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.ingest import COMMANDS, measure_pairs
from benchmarks.processes import words
from benchmarks.ratios import Finding, ratio_finding
from benchmarks.scale import Scale

FLOOR, AIM = 0.30, 0.70


def measure(scale: Scale, folder: Path) -> Iterator[Finding]:
    """One finding for each command and number of connections."""
    for connections in (64, 256):
        for command in COMMANDS:
            pairs, remark = measure_pairs(command, words(connections=connections), scale, folder)
            name = f"single {connections} / {command}"
            yield ratio_finding(name, "events/s", pairs, floor=FLOOR, aim=AIM, remark=remark)
