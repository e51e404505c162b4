"""What the ways in refused lately, counted in memory: for people who wonder where their events are."""

from msgspec import Struct

from posthorn.clock import Clock

HOUR_MS = 3_600_000
_MINUTE_MS = 60_000
_MOST_KINDS = 100
_LONGEST_ABOUT = 100


class Seen(Struct, frozen=True, kw_only=True):
    """How often something was noticed within the last hour, when last (UTC milliseconds), and about whom that was."""

    count: int
    last_at: int
    about: str


class Noticed:
    """Counts by the minute, of one process, gone when it ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minutes: dict[str, dict[int, int]] = {}
        self._last: dict[str, tuple[int, str]] = {}

    def note(self, what: str, about: str) -> None:
        """Notes one. what: a word out of few; about: a source, a key or an address."""
        if what not in self._minutes and len(self._minutes) >= _MOST_KINDS:
            return
        now = self._clock.now_ms()
        minutes = self._minutes.setdefault(what, {})
        minute = now // _MINUTE_MS
        if minute not in minutes:
            oldest = (now - HOUR_MS) // _MINUTE_MS
            for each in [each for each in minutes if each < oldest]:
                del minutes[each]
        minutes[minute] = minutes.get(minute, 0) + 1
        self._last[what] = (now, about[:_LONGEST_ABOUT])

    def lately(self) -> dict[str, Seen]:
        """What was noticed within the last hour, by its word."""
        since = (self._clock.now_ms() - HOUR_MS) // _MINUTE_MS
        found: dict[str, Seen] = {}
        for what, minutes in self._minutes.items():
            count = sum(each for minute, each in minutes.items() if minute > since)
            if count:
                last_at, about = self._last[what]
                found[what] = Seen(count=count, last_at=last_at, about=about)
        return found
