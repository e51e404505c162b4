"""When a user did something that audiences watch. Pure."""

from collections.abc import Iterable

from msgspec import Struct

from posthorn.events.model import Event
from posthorn.ids import digest


class Occurrence(Struct, frozen=True, kw_only=True, order=True, array_like=True):
    """One time that something was done, at that moment (UTC milliseconds). mark: tells two of the same moment apart."""

    at: int
    mark: int = 0


def occurrence(event: Event) -> Occurrence:
    """The occurrence that an event is: the same however often it is read. A clock that runs ahead counts as now."""
    mark = int.from_bytes(digest(event.message_id)[:4], "big")
    return Occurrence(at=min(event.timestamp, event.received_at), mark=mark)


def latest(known: Iterable[Occurrence], fresh: Iterable[Occurrence], count: int) -> tuple[Occurrence, ...]:
    """The newest of both, each once, newest first, at most so many."""
    return tuple(sorted({*known, *fresh}, reverse=True)[:count])
