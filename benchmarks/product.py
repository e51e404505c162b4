"""The product, started as a user would, and set up by its HTTP API."""

import http.client
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from benchmarks.processes import ROOT, Broken, end, free_port, wait_for_port

WRITE_KEY = "bench-write-key"
API_KEY = "bench-api-key"


class Product(Struct, frozen=True, kw_only=True):
    """A running server."""

    port: int
    pid: int
    folder: Path

    def call(self, method: str, path: str, content: object = None) -> Any:
        """Calls the API; the parsed answer, None if it has no body. Raises Broken unless the answer is a 2xx."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        body = None if content is None else msgspec.json.encode(content)
        headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        told = answer.read()
        connection.close()
        if not 200 <= answer.status < 300:
            raise Broken(f"{method} {path} was answered {answer.status}: {told[:500].decode(errors='replace')}")
        return msgspec.json.decode(told) if told else None


@contextmanager
def product(command: str, parent: Path) -> Generator[Product]:
    """`posthorn serve` or `posthorn api` on a fresh data folder below `parent`, listening."""
    with tempfile.TemporaryDirectory(dir=parent, prefix="posthorn-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        port = free_port()
        told = folder / "output.txt"
        arguments = [sys.executable, "-m", "posthorn", command, "--port", str(port), "--data", str(folder / "data")]
        with told.open("wb") as output:
            process = subprocess.Popen(arguments, cwd=folder, env=_environment(), stdout=output, stderr=output)
        try:
            wait_for_port(port, process, told)
            yield Product(port=port, pid=process.pid, folder=folder)
        finally:
            end(process)


def _environment() -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith("POSTHORN_")}
    return {
        **mine,
        "PYTHONPATH": str(ROOT / "src"),
        "POSTHORN_WRITE_KEY": WRITE_KEY,
        "POSTHORN_API_KEY": API_KEY,
        "POSTHORN_ALLOW_PRIVATE_NETWORK": "1",
    }
