"""A lane's circuit breaker: a provider that fails again and again is left alone for a while, then tried with one call."""

from msgspec import Struct
from msgspec.structs import replace

FAILURES_TO_OPEN = 5
FIRST_PAUSE_MS = 1_000
LONGEST_PAUSE_MS = 60_000


class Breaker(Struct, frozen=True, kw_only=True):
    """failures: one after the other, of the provider's making. open_until: UTC milliseconds; 0 while it is closed."""

    failures: int = 0
    open_until: int = 0

    def room(self, now: int, concurrency: int) -> int:
        """How many calls may be under way: none while it is open, one after that, all once a call has gone well."""
        if now < self.open_until:
            return 0
        return 1 if self.failures >= FAILURES_TO_OPEN else concurrency


def after_success(breaker: Breaker) -> Breaker:
    """Closed."""
    return breaker if breaker == Breaker() else Breaker()


def after_failure(breaker: Breaker, now: int) -> Breaker:
    """One failure more; from the fifth on open, twice as long each time."""
    failures = breaker.failures + 1
    if failures < FAILURES_TO_OPEN:
        return Breaker(failures=failures)
    pause = min(FIRST_PAUSE_MS * 2 ** min(failures - FAILURES_TO_OPEN, 10), LONGEST_PAUSE_MS)
    return Breaker(failures=failures, open_until=now + pause)


def held(breaker: Breaker, until: int) -> Breaker:
    """Open at least until then, because the other side asked for it."""
    return replace(breaker, open_until=max(breaker.open_until, until))
