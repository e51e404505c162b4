"""The catalogue: which kinds of events have been received, how often, when, and where the latest ones lie."""

from collections.abc import Iterable

from msgspec import Struct

from posthorn.events.model import SEGMENT_TYPES, Event
from posthorn.ids import digest

SAMPLES = 20
NAME_LENGTH = 200
_PREFIXES = {"tracking": "", "segment": "", "rudderstack": "rudderstack/", "courier": "courier/"}
_NAMED = frozenset({"track", "page", "screen"})


class Sample(Struct, frozen=True, kw_only=True):
    """Where one event lies in the log, and when it was received (UTC milliseconds)."""

    event_id: str
    received_at: int


class Sighting(Struct, frozen=True, kw_only=True):
    """One kind of event as far as it was seen: in a block, or in the whole log.

    key: "identify", "group", "alias", "track/X", "page/N", "page", "screen/N", with "rudderstack/" or "courier/" before
    it where it came that way. name: X or N, cut like the key; "" if there is none. first_seen, last_seen: receipt, UTC
    milliseconds. samples: the latest SAMPLES events, newest first.
    """

    environment: str
    key: str
    type: str
    name: str
    event_count: int
    first_seen: int
    last_seen: int
    samples: tuple[Sample, ...] = ()


def catalogue_key(origin: str, event_type: str, name: str) -> str | None:
    """The key of a kind of event; None for what is not catalogued: our own events and deletions.

    Source: courier.md 1.8, 1.10, 1.11.
    """
    prefix = _PREFIXES.get(origin)
    if prefix is None or event_type not in SEGMENT_TYPES:
        return None
    if event_type in _NAMED and name:
        return f"{prefix}{event_type}/{bounded_name(name)}"
    return prefix + event_type


def catalogue_origin(key: str) -> str:
    """The origin that a key's events have for automations: "segment", "rudderstack" or "courier"."""
    first = key.partition("/")[0]
    return first if first in {"rudderstack", "courier"} else "segment"


def bounded_name(name: str) -> str:
    """The name, or for one above NAME_LENGTH characters its beginning and a hash of the whole."""
    if len(name) <= NAME_LENGTH:
        return name
    tail = "~" + digest(name).hex()[:16]
    return name[: NAME_LENGTH - len(tail)] + tail


def sightings(events: Iterable[Event]) -> list[Sighting]:
    """What a block adds to the catalogue, one for each environment and key, in the order of those.

    Events in log order.
    """
    groups: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        key = catalogue_key(event.origin, event.type, event.name)
        if key is not None:
            groups.setdefault((event.environment, key), []).append(event)
    return [_sighting(key, groups[environment, key]) for environment, key in sorted(groups)]


def merged(parts: Iterable[Sighting]) -> Sighting | None:
    """Sightings of one kind from several partitions as one; None for none."""
    seen = list(parts)
    if not seen:
        return None
    samples = sorted((sample for part in seen for sample in part.samples), key=_newest_first)
    return Sighting(
        environment=seen[0].environment,
        key=seen[0].key,
        type=seen[0].type,
        name=seen[0].name,
        event_count=sum(part.event_count for part in seen),
        first_seen=min(part.first_seen for part in seen),
        last_seen=max(part.last_seen for part in seen),
        samples=tuple(samples[:SAMPLES]),
    )


def _sighting(key: str, events: list[Event]) -> Sighting:
    first = events[0]
    return Sighting(
        environment=first.environment,
        key=key,
        type=first.type,
        name=bounded_name(first.name) if first.type in _NAMED else "",
        event_count=len(events),
        first_seen=min(event.received_at for event in events),
        last_seen=max(event.received_at for event in events),
        samples=tuple(Sample(event_id=event.id, received_at=event.received_at) for event in events[: -SAMPLES - 1 : -1]),
    )


def _newest_first(sample: Sample) -> int:
    return -sample.received_at
