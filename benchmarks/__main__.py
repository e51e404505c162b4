"""Runs the benchmarks and prints one table."""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import (
    audiences,
    decide,
    fanout,
    ingest_batch,
    ingest_single,
    meanwhile,
    memory,
    pipeline,
    process,
    render,
    stream,
)
from benchmarks.processes import Broken
from benchmarks.ratios import Finding
from benchmarks.scale import FULL, QUICK, Scale
from benchmarks.table import table

BENCHMARKS: dict[str, Callable[[Scale, Path], Iterator[Finding]]] = {
    "single": ingest_single.measure,
    "batch": ingest_batch.measure,
    "process": process.measure,
    "pipeline": pipeline.measure,
    "fanout": fanout.measure,
    "meanwhile": meanwhile.measure,
    "audiences": audiences.measure,
    "memory": memory.measure,
    "decide": decide.measure,
    "render": render.measure,
    "stream": stream.measure,
}
DONE, BROKEN = 0, 1


def main() -> int:
    """Exit code 0 if everything could be measured, however fast it is; 1 if something could not."""
    chosen = _arguments()
    scale = QUICK if chosen.quick else FULL
    findings: list[Finding] = []
    broken: list[str] = []
    with tempfile.TemporaryDirectory(dir=chosen.data, prefix="posthorn-bench-") as folder:
        for name in chosen.only or BENCHMARKS:
            try:
                findings += _told(name, BENCHMARKS[name](scale, Path(folder)))
            except Broken as problem:
                broken.append(f"{name} could not be measured: {problem}")
                _note(broken[-1])
    text = _report(findings, broken)
    print(text)
    if chosen.report:
        chosen.report.write_text(f"# Benchmarks\n\n{text}\n")
    return BROKEN if broken else DONE


def _told(name: str, measured: Iterator[Finding]) -> Iterator[Finding]:
    _note(f"{name} ...")
    for finding in measured:
        _note(f"  {finding.name}: {finding.middle:,.2f}")
        yield finding


def _report(findings: list[Finding], broken: list[str]) -> str:
    machine = f"{os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}"
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    return "\n\n".join([f"{when}; {machine}; load average {load}", table(findings), *broken])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=BENCHMARKS, help="this one; may be given again")
    parser.add_argument("--quick", action="store_true", help="a short run, under two minutes")
    parser.add_argument("--report", type=Path, help="write the table to this Markdown file")
    parser.add_argument("--data", type=Path, help="a folder on the disk to measure; the system's temporary one if not given")
    return parser.parse_args()


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
