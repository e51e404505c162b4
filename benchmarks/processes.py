"""Processes of a benchmark: started, found to be listening, looked at, ended."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.load import Load

ROOT = Path(__file__).resolve().parent.parent
_PATIENCE_S = 30.0


class Broken(Exception):
    """A process did not do what the benchmark needs; the message says what it did instead."""


@contextmanager
def limit_server(folder: Path) -> Generator[int]:
    """The limit server, its file in the folder; the port it listens on."""
    with own_process("benchmarks.limit_server", str(folder / "limit.bin")) as first_line:
        yield int(first_line)


@contextmanager
def own_process(module: str, *arguments: str) -> Generator[str]:
    """A module of ours in a process of its own; the first line it prints."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise Broken(f"{module} ended before it listened.")
            yield line
        finally:
            end(process)


def run_load(port: int, *arguments: str) -> Load:
    """Runs the load generator in its own process until it is done."""
    command = [sys.executable, "-m", "benchmarks.load", "--port", str(port), *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise Broken(f"The load generator ended with {done.returncode}.")
    return msgspec.json.decode(done.stdout, type=Load)


def wait_for_port(port: int, process: "subprocess.Popen[bytes]", told: Path) -> None:
    """Returns when somebody listens there. Raises Broken with the end of what the process told if it ends before."""
    gives_up_at = time.monotonic() + _PATIENCE_S
    while time.monotonic() < gives_up_at:
        if process.poll() is not None:
            raise Broken(f"The server ended with {process.returncode}:\n{told.read_text()[-2_000:]}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise Broken(f"Nobody listens on port {port} after {_PATIENCE_S:.0f} s:\n{told.read_text()[-2_000:]}")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def end(process: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    """Ends a process that was started here, by force after three seconds."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def resident_bytes(pid: int) -> int:
    """The memory a process holds now (RSS)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pid: int) -> float:
    """The CPU time a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def words(**options: object) -> Sequence[str]:
    """Keywords as arguments of a command line."""
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]
