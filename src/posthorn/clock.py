"""The current time, for the few places that may ask for it; everybody else takes `now` as an argument."""

import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Something that tells the time."""

    def now_ms(self) -> int:
        """UTC, whole milliseconds since 1970."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now_ms(self) -> int:
        """UTC, whole milliseconds since 1970."""
        return time.time_ns() // 1_000_000


class FrozenClock:
    """A clock that stands still until somebody moves it: for tests and simulations."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """The moment it was last set to, milliseconds since 1970."""
        return self._now_ms

    def advance(self, by_ms: int) -> None:
        """Moves the clock by so many milliseconds."""
        self._now_ms += by_ms


def iso(at_ms: int) -> str:
    """ISO 8601 in UTC with milliseconds and `Z`, from milliseconds since 1970.

    Raises OverflowError outside the years 1 to 9999.
    """
    return f"{_second(at_ms // 1000)}.{at_ms % 1000:03d}Z"


@lru_cache(maxsize=1024)  # most of what is told happened in the last few seconds
def _second(at_s: int) -> str:
    return (_EPOCH + timedelta(seconds=at_s)).replace(tzinfo=None).isoformat()


def thread_seconds() -> float:
    """How long this thread has used a processor, for measuring how busy it is."""
    return time.thread_time()
