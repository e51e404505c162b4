"""Failpoints: named places where the fault tests kill the process, to prove that a crash there costs nobody a message.

Without POSTHORN_FAILPOINT in the environment of the process they do nothing. `append:3` kills at the third pass through
"append".
"""

import os
import signal

NAMES = ("append", "step", "step-committed", "claim", "call", "called", "settle")

_armed, _, _count = os.environ.get("POSTHORN_FAILPOINT", "").partition(":")
_left = [int(_count or "1")]


def failpoint(name: str) -> None:
    """Kills this process, as `kill -9` would, if the failpoint of this name is armed and its turn has come."""
    if name != _armed:
        return
    _left[0] -= 1
    if _left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
