"""Which events are looked at for their shape: of a new kind every one, later one a second."""

from collections.abc import Iterable

from posthorn.events.catalogue import catalogue_key
from posthorn.events.model import Event

FIRST = 100
PAUSE_MS = 1_000
STEP_MAX = 50
_KINDS_MAX = 10_000


class Sampler:
    """What one process remembers of the kinds that it has met. Forgetting it costs nothing but a few more looks."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[int, int]] = {}  # environment and key: looks so far, time of the last

    def sample(self, events: Iterable[Event], now: int) -> list[Event]:
        """The events of a step that are looked at, a bounded number. `now`: UTC milliseconds."""
        if len(self._known) > _KINDS_MAX:
            self._known.clear()
        taken: list[Event] = []
        for event in events:
            if len(taken) == STEP_MAX:
                break
            key = catalogue_key(event.origin, event.type, event.name)
            if key is not None and self._is_due((event.environment, key), now):
                taken.append(event)
        return taken

    def _is_due(self, kind: tuple[str, str], now: int) -> bool:
        count, looked_at = self._known.get(kind, (0, 0))
        if count >= FIRST and now - looked_at < PAUSE_MS:
            return False
        self._known[kind] = (count + 1, now)
        return True
