"""A real `posthorn serve` in a process of its own, that can be killed, stopped, and started again on the same data folder."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import anyio

from faults.fault_database import FaultDatabase

API_KEY = "pk_prod_faults"
WRITE_KEY = "wk_faults"
DEADLINE_S = 60.0
STOP_S = 20.0

_HERE = Path(__file__).parent
_SOURCE = _HERE.parent.parent / "src"


async def until(what: str, holds: Callable[[], Awaitable[bool]], *, deadline_s: float = DEADLINE_S) -> None:
    """Returns as soon as it holds. Raises TimeoutError with the words of `what` if it does not in time."""
    with anyio.move_on_after(deadline_s):
        while not await holds():
            await anyio.sleep(0.01)
        return
    raise TimeoutError(f"Not within {deadline_s} s: {what}")


class Launcher:
    """Starts servers by way of the zygote."""

    def __init__(self) -> None:
        self._zygote = subprocess.Popen(
            [sys.executable, str(_HERE / "zygote.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(_SOURCE)},
            text=True,
        )

    def start(self, environment: dict[str, str], log: Path) -> int:
        """The process id of a new server."""
        return self._order({"start": environment, "log": str(log)})

    def exit_code(self, pid: int) -> int | None:
        """None while it runs; negative for the signal that killed it."""
        return self._order({"poll": pid})

    def close(self) -> None:
        """Kills whatever still runs."""
        assert self._zygote.stdin
        assert self._zygote.stdout
        self._zygote.stdin.close()
        self._zygote.wait()
        self._zygote.stdout.close()

    def _order(self, order: dict[str, Any]) -> Any:
        assert self._zygote.stdin
        assert self._zygote.stdout
        self._zygote.stdin.write(json.dumps(order) + "\n")
        self._zygote.stdin.flush()
        return json.loads(self._zygote.stdout.readline())


class Server:
    """One data folder, or a PostgreSQL database beside it, and the process that serves it.

    `kill_count`: how often it has died without being asked nicely.
    """

    def __init__(self, launcher: Launcher, folder: Path, database_url: str = "") -> None:
        self.folder = folder
        self.database = FaultDatabase(folder / "posthorn.db", database_url)
        self.pid = 0
        self.kill_count = 0
        self.log = folder / "server.log"
        self._launcher = launcher
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        folder.mkdir(parents=True, exist_ok=True)

    async def start(self, failpoint: str = "") -> None:
        """Returns when it can take events, or has died of its failpoint before it could."""
        self.begin(failpoint)
        await until("the server can take events", self._is_up_or_dead)

    def begin(self, failpoint: str = "") -> None:
        """Starts the process and does not wait for it."""
        self.pass_time()
        environment = {
            "POSTHORN_DATA": str(self.folder),
            "POSTHORN_PORT": str(self._port),
            "POSTHORN_API_KEY": API_KEY,
            "POSTHORN_WRITE_KEY": WRITE_KEY,
            "POSTHORN_ALLOW_PRIVATE_NETWORK": "1",
            "POSTHORN_FAILPOINT": failpoint,
            "POSTHORN_DATABASE_URL": self.database.url,
        }
        self.pid = self._launcher.start(environment, self.log)

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that killed it."""
        return self._launcher.exit_code(self.pid)

    async def until_killed(self) -> None:
        """Returns when the armed failpoint has killed it."""

        async def is_dead() -> bool:
            return self.exit_code is not None

        await until(f"the failpoint kills the server; its log: {self.log.read_text()[-2000:]}", is_dead)
        assert self.exit_code == -signal.SIGKILL, self.log.read_text()[-4000:]
        self.kill_count += 1

    async def kill(self) -> None:
        """As `kill -9` does."""
        os.kill(self.pid, signal.SIGKILL)
        await self.until_killed()

    def freeze(self) -> None:
        """Stops it in its tracks, as a laptop does that is closed."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets it go on."""
        os.kill(self.pid, signal.SIGCONT)

    async def stop(self) -> int:
        """As a supervisor does; the exit code."""

        async def is_gone() -> bool:
            return self.exit_code is not None

        os.kill(self.pid, signal.SIGTERM)
        await until("the server stops", is_gone, deadline_s=STOP_S)
        code = self.exit_code
        assert code is not None
        return code

    def end(self) -> None:
        """Kills it if it runs."""
        if self.pid and self.exit_code is None:
            os.kill(self.pid, signal.SIGKILL)

    def pass_time(self) -> None:
        """Lets the visibility timeout of every claim end, which takes two minutes when nobody hurries it."""
        self.database.end_claims()

    def fill_disk(self) -> None:
        """From now on no file of the server grows, which is what a full disk is to it."""
        largest = max(file.stat().st_size for file in self.folder.iterdir())
        self._limit_files(largest)

    def free_disk(self) -> None:
        """Takes the limit away again."""
        self._limit_files(resource.RLIM_INFINITY)

    def _limit_files(self, size: int) -> None:
        _, hard = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (size, hard))

    async def until_quiet(self) -> None:
        """Returns when every event is processed, nothing is due, and nothing waits to go out."""

        async def is_quiet() -> bool:
            assert self.exit_code is None, self.log.read_text()[-4000:]
            return not any(self.database.numbers(_OPEN_WORK))

        await until(f"quiet; the server's log: {self.log.read_text()[-2000:]}", is_quiet)

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """An API call that must succeed; its JSON."""
        headers = {"Authorization": f"Bearer {API_KEY}"}
        async with aiohttp.request(method, self.url + path, json=body, headers=headers) as answer:
            assert answer.ok, f"{method} {path}: {answer.status} {await answer.text()}"
            return await answer.json() if answer.content_length != 0 else None

    async def pages(self, path: str, key: str, cursor: str) -> list[dict[str, Any]]:
        """All items of a paged list. cursor: the query parameter that leads on."""
        items: list[dict[str, Any]] = []
        after = ""
        while True:
            page = await self.call("GET", f"{path}{after}")
            items += page[key]
            more = page.get("next") or page.get("paging", {}).get("cursor")
            if not more:
                return items
            after = f"{'&' if '?' in path else '?'}{cursor}={more}"

    async def _is_up_or_dead(self) -> bool:
        if self.exit_code is not None:
            return True
        try:
            async with aiohttp.request("GET", self.url + "/health") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


_OPEN_WORK = (
    "SELECT (SELECT COUNT(*) FROM outbox), (SELECT COUNT(*) FROM timers WHERE kind = 'run'), (SELECT COUNT(*) FROM parked), "
    "(SELECT SUM(head) FROM log_heads) - (SELECT SUM(block_offset) FROM cursors)"
)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
