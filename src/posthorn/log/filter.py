"""Choosing among the events of the log."""

from msgspec import Struct

from posthorn.log.read import ProcessedEntry


class EventFilter(Struct, frozen=True, kw_only=True):
    """Which events somebody wants to see. types: of events, empty for all; user: whose, "" for everybody's.

    name: what the name of a track, page or screen holds, in lower case; "" for anything. message_id: exactly; "" for any.
    """

    environment: str
    types: frozenset[str] = frozenset()
    name: str = ""
    user: str = ""
    message_id: str = ""


def event_filter(environment: str, *, types: str = "", name: str = "", user: str = "") -> EventFilter:
    """The filter that a query asks for. types: with commas between them."""
    return EventFilter(
        environment=environment,
        types=frozenset(each.strip() for each in types.split(",") if each.strip()),
        name=name.strip().lower(),
        user=user.strip(),
    )


def is_wanted(one: ProcessedEntry, wanted: EventFilter) -> bool:
    """Whether an event is among those that are asked for. Its body is read only if its name matters."""
    entry = one.entry
    return (
        entry.environment == wanted.environment
        and (not wanted.types or entry.type in wanted.types)
        and (not wanted.user or entry.user_key == wanted.user)
        and (not wanted.message_id or entry.message_id == wanted.message_id)
        and (not wanted.name or wanted.name in one.name.lower())
    )
