"""An event of the log as Studio lists it."""

from msgspec import Struct

from posthorn.api.studio.warnings import ROUTINE, sentence
from posthorn.events.model import SEGMENT_TYPES
from posthorn.events.read import read_event
from posthorn.log.read import ProcessedEntry


class LoggedRow(Struct, frozen=True, kw_only=True):
    """One line.

    name: of a track, page or screen, else ""; user: whose event it is; at: receipt, UTC milliseconds.

    warnings: (word, what it means); warning_count: of those that are worth a look."""

    event_id: str
    at: int
    type: str
    name: str
    user: str
    origin: str
    is_own: bool
    is_duplicate: bool
    is_parked: bool
    warnings: tuple[tuple[str, str], ...]
    warning_count: int


def logged_row(one: ProcessedEntry) -> LoggedRow:
    """The line of an event that was processed."""
    event = read_event(one.entry, one.event_id)
    return LoggedRow(
        event_id=one.event_id,
        at=event.received_at,
        type=event.type,
        name=event.name,
        user=event.user_key,
        origin=event.origin,
        is_own=event.type not in SEGMENT_TYPES,
        is_duplicate=one.outcome.is_duplicate,
        is_parked=one.outcome.is_parked,
        warnings=tuple((warning, sentence(warning)) for warning in event.warnings),
        warning_count=sum(warning not in ROUTINE for warning in event.warnings),
    )
