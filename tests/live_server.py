"""A real `posthorn serve` in a process of its own, for the tests that drive it as the world does: over a socket."""

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

API_KEY = "pk_prod_live"
WRITE_KEY = "wk_live"
Found = TypeVar("Found")
_SOURCES = Path(__file__).parents[1] / "src"


class LiveServer:
    """A running server and a client with its API key."""

    def __init__(self, url: str, log_path: Path) -> None:
        self.url = url
        self.log_path = log_path
        self.client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {API_KEY}"}, timeout=20)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """An API call that must succeed; its JSON, or None for an empty answer."""
        answer = self.client.request(method, path, json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def events_of(self, user_id: str) -> list[dict[str, Any]]:
        """The Segment events of one user, in the order they were processed, after everything sent before has been."""
        marker = f"marker-{uuid.uuid4()}"  # noqa: TID251 - a fresh id, nothing the product sees
        sent = {"userId": user_id, "event": "Marker", "messageId": marker}
        assert self.client.post("/v1/track", json=sent, auth=(WRITE_KEY, "")).status_code == 200
        logged = eventually(lambda: self._until(marker))
        return [one for one in logged if one["origin"] == "tracking" and user_id in (one["userId"], one["anonymousId"])]

    def log(self) -> list[dict[str, Any]]:
        """Everything that was processed so far."""
        found: list[dict[str, Any]] = []
        after = None
        while True:
            page = self.client.get("/log", params={"limit": 1000} | ({"after": after} if after else {})).json()
            found += page["events"]
            after = page["next"]
            if after is None:
                return found

    def _until(self, message_id: str) -> list[dict[str, Any]] | None:
        logged = self.log()
        place = next((at for at, one in enumerate(logged) if one["messageId"] == message_id), None)
        return None if place is None else logged[:place]


def eventually(look: Callable[[], Found | None], *, within_s: float = 15) -> Found:
    """The first thing that `look` finds; another process cannot be waited for but by asking again."""
    give_up_at = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < give_up_at, f"not within {within_s} s"
        time.sleep(0.02)


@contextmanager
def live_server(folder: Path, command: str = "serve", **variables: str) -> Generator[LiveServer]:
    """A server on a free port with its data in the folder. It must stop when told to, and log no traceback."""
    port = free_port()
    with live_process(folder, command, POSTHORN_PORT=str(port), **variables) as (process, log_path):
        server = LiveServer(f"http://127.0.0.1:{port}", log_path)
        eventually(lambda: _is_healthy(server, process), within_s=60)
        yield server
        server.client.close()


@contextmanager
def live_process(folder: Path, command: str, **variables: str) -> Generator[tuple[subprocess.Popen[bytes], Path]]:
    """One of the commands that run until they are stopped, and where it logs."""
    log_path = folder / f"{command}-{uuid.uuid4().hex[:8]}.log"  # noqa: TID251 - a fresh name, nothing the product sees
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(_SOURCES),
        "POSTHORN_DATA": str(folder / "data"),
        "POSTHORN_API_KEY": API_KEY,
        "POSTHORN_WRITE_KEY": WRITE_KEY,
        "POSTHORN_ALLOW_PRIVATE_NETWORK": "1",
        **variables,
    }
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "posthorn", command], env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield process, log_path
    finally:
        process.send_signal(signal.SIGTERM)
        exit_code = process.wait(timeout=20)
    logged = log_path.read_text()
    assert "Traceback" not in logged, logged
    assert exit_code == 0, logged


def free_port() -> int:
    """A port of the loopback that was free a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _is_healthy(server: LiveServer, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, server.log_path.read_text()
    try:
        return server.client.get("/health").json()["status"] == "ok"
    except httpx.TransportError:
        return False
