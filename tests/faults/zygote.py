"""A process that has loaded Posthorn once and forks servers from itself, so that a fault test can afford many starts.

It reads one order a line, JSON: {"start": environment, "log": file} is answered with a process id, {"poll": id} with the exit
code of that process, negative for a signal, or null while it runs. When its input ends it kills what it has started.
"""

import gc
import json
import os
import pkgutil
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import posthorn.cli
import posthorn.providers


def main() -> None:
    # a vendor that the product does not have, by the way in that the seam has for all
    posthorn.providers.__path__.append(str(Path(__file__).parent / "plugins"))
    for module in pkgutil.walk_packages(posthorn.__path__, "posthorn."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    gc.freeze()
    ended: dict[int, int | None] = {}
    for line in sys.stdin:
        order: dict[str, Any] = json.loads(line)
        answer = _poll(ended, order["poll"]) if "poll" in order else _start(ended, order)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for pid, code in ended.items():
        if code is None:
            os.kill(pid, signal.SIGKILL)


def _start(ended: dict[int, int | None], order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        _become_server(order)
    ended[pid] = None
    return pid


def _become_server(order: dict[str, Any]) -> None:
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.update(order["start"])
    posthorn.cli.main(["serve"])


def _poll(ended: dict[int, int | None], pid: int) -> int | None:
    if ended[pid] is None:
        done, status = os.waitpid(pid, os.WNOHANG)
        ended[pid] = os.waitstatus_to_exitcode(status) if done else None
    return ended[pid]


if __name__ == "__main__":
    main()
