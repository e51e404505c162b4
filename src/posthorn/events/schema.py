"""What events of a kind look like: the paths met in them and the types of JSON found there. No value of any event is kept.

Source: decision 0013.
"""

import re
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from posthorn.events.catalogue import catalogue_key
from posthorn.events.model import Event

TYPES = ("null", "boolean", "integer", "number", "string", "object", "array")
PATHS_MAX = 200
DEPTH_MAX = 6
_MEMBERS_MAX = 100
_ITEMS_MAX = 5
_ROOTS = ("properties", "traits", "context")
_BITS = {name: 1 << at for at, name in enumerate(TYPES)}
# A name of a member that is data rather than a name: an id, a number, a date, an address. A map of them is one path.
_DATA = re.compile(r"(?=.*\d)[0-9a-fA-F-]{8,}|[\d.:_/-]+|.*@.*|.{65,}", re.DOTALL)
_PLAIN = re.compile(r"[^.\[\]*]+")


class FieldSeen(Struct, frozen=True, array_like=True):
    """One path. types: bits in the order of TYPES. count: of the events looked at, how many have it.

    first_seen, last_seen: receipt of those, UTC milliseconds.
    """

    types: int
    count: int
    first_seen: int
    last_seen: int


class KindSchema(Struct, frozen=True, kw_only=True):
    """What is known of one kind of event, from the `event_count` events that were looked at.

    fields: by path, such as `properties.products[].price`; `*` stands for names that are data. is_cut: there were more paths
    than PATHS_MAX, and the later ones are not here.
    """

    environment: str
    key: str
    event_count: int
    fields: dict[str, FieldSeen]
    is_cut: bool = False


def schemas(events: Iterable[Event]) -> list[KindSchema]:
    """What some events add, one for each environment and kind, in the order of those; our own events are left out."""
    found: dict[tuple[str, str], KindSchema] = {}
    for event in events:
        key = catalogue_key(event.origin, event.type, event.name)
        if key is not None:
            one = _schema(event, key)
            known = found.get((event.environment, key))
            found[event.environment, key] = one if known is None else merged(known, one)
    return [found[each] for each in sorted(found)]


def merged(one: KindSchema, other: KindSchema) -> KindSchema:
    """Two parts of what is known of one kind as one."""
    fields = dict(one.fields)
    for path, seen in other.fields.items():
        known = fields.get(path)
        if known is not None:
            fields[path] = _together(known, seen)
        elif len(fields) < PATHS_MAX:
            fields[path] = seen
    count = len(fields.keys() | other.fields.keys())
    return KindSchema(
        environment=one.environment,
        key=one.key,
        event_count=one.event_count + other.event_count,
        fields=fields,
        is_cut=one.is_cut or other.is_cut or count > len(fields),
    )


def type_names(types: int) -> list[str]:
    """The types of JSON that the bits stand for; an integer is a number where both occur."""
    names = [name for name in TYPES if types & _BITS[name]]
    return [name for name in names if name != "integer" or "number" not in names]


def values_of(event: Event) -> list[tuple[str, Any]]:
    """Every path of an event with each value found there, in the order of the event; bounded like a schema."""
    found: list[tuple[str, Any]] = []
    for root in _ROOTS:
        _walk(root, getattr(event, root), 1, found)
    return found


def _schema(event: Event, key: str) -> KindSchema:
    types: dict[str, int] = {}
    for path, value in values_of(event):
        types[path] = types.get(path, 0) | _BITS[_type(value)]
    shown = list(types.items())[:PATHS_MAX]
    at = event.received_at
    return KindSchema(
        environment=event.environment,
        key=key,
        event_count=1,
        fields={path: FieldSeen(bits, 1, at, at) for path, bits in shown},
        is_cut=len(types) > PATHS_MAX,
    )


def _walk(path: str, value: Any, depth: int, found: list[tuple[str, Any]]) -> None:
    if depth > DEPTH_MAX or len(found) > 2 * PATHS_MAX:
        return
    members: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        members = [(f"{path}.{_named(name)}", inner) for name, inner in list(value.items())[:_MEMBERS_MAX]]
    elif isinstance(value, list):
        members = [(f"{path}[]", inner) for inner in value[:_ITEMS_MAX]]
    for inner_path, inner in members:
        found.append((inner_path, inner))
        if isinstance(inner, dict | list):
            _walk(inner_path, inner, depth + 1, found)


def _named(name: str) -> str:
    return "*" if _DATA.fullmatch(name) or not _PLAIN.fullmatch(name) else name


def _type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "number"


def _together(one: FieldSeen, other: FieldSeen) -> FieldSeen:
    return FieldSeen(
        one.types | other.types,
        one.count + other.count,
        min(one.first_seen, other.first_seen),
        max(one.last_seen, other.last_seen),
    )
