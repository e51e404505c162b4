"""Failpoints: named places where the fault tests kill the process, to prove that a crash there costs nobody a message.

Unless one is armed they do nothing. `append:3` kills at the third pass through "append".
"""

import os
import signal

NAMES = (
    "appending",  # written to the log, not committed
    "append",  # committed, not acknowledged
    "step",  # decided and written, not committed
    "step-committed",
    "claiming",  # taken from the outbox, not committed
    "claim",  # committed, no call begun
    "call",  # about to be made
    "called",  # answered, nobody knows it yet
    "settle",  # receipt written, not committed
    "settled",
)

# The one state of the process that is not handed around: a kill -9 asks nobody either.
_armed: dict[str, int] = {}


def arm(spec: str) -> None:
    """Arms one failpoint, `NAME` or `NAME:PASS`; nothing for "". Raises ValueError for a name that does not exist."""
    name, _, passes = spec.partition(":")
    if name and name not in NAMES:
        raise ValueError(f"There is no failpoint {name}; there are {', '.join(NAMES)}")
    if name:
        _armed[name] = int(passes or "1")


def failpoint(name: str) -> None:
    """Kills this process, as `kill -9` would, if the failpoint of this name is armed and its turn has come."""
    if name not in _armed:
        return
    _armed[name] -= 1
    if _armed[name] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
