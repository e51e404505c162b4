"""Reads a filter as it came over the wire (courier.md 7.1, 7.3), and beyond it conditions on events. Pure.

A group is {operator: AND | OR, filters}; a leaf {operator, path, value}; a condition on events {operator: DID | DID_NOT,
event, at_least, within, since}.
"""

from typing import Any

from msgspec import Struct

from posthorn.audiences.operators import COMPARISONS, Test, comparison, date
from posthorn.errors import Invalid
from posthorn.expressions.durations import parse_duration

GROUPS = ("AND", "OR")
EVENTS = ("DID", "DID_NOT")
OPERATORS = (*COMPARISONS, "MEMBER_OF", *GROUPS, *EVENTS)

MOST_LEVELS = 10
MOST_LEAVES = 200
MOST_TIMES = 100
"""How often something can be asked to have been done; so many moments are kept of each user and event."""

_LONGEST_PATH = 512
_LONGEST_VALUE = 1_024
_MOST_VALUES = 1_000
_LONGEST_EVENT = 512


class Leaf(Struct, frozen=True, kw_only=True):
    """A comparison. path: its parts. test: of what is found there. words: as a reason tells it."""

    path: tuple[str, ...]
    test: Test
    words: str


class Belongs(Struct, frozen=True, kw_only=True):
    """Whether the user is a member of a tenant."""

    tenant_id: str
    words: str


class Did(Struct, frozen=True, kw_only=True):
    """Whether the user did something at least so often, or did not.

    within_ms: in so long before now. since: UTC milliseconds.
    """

    event: str
    at_least: int
    within_ms: int | None
    since: int | None
    is_wanted: bool
    words: str


class Group(Struct, frozen=True, kw_only=True):
    """All of its parts, or any of them."""

    is_any: bool
    parts: tuple["Node", ...]


Node = Leaf | Belongs | Did | Group


def normalized(raw: Any, operator: str | None = None) -> dict[str, Any] | None:
    """The filter as a group with an operator: a single leaf becomes a group of one. operator: for the group at the top.

    None for none. Raises Invalid with the path of what is wrong.
    """
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise Invalid("filter: Expected an object")
    if "filters" not in raw:
        raw = {"operator": "AND", "filters": [raw]}
    if operator is not None:
        raw = {**raw, "operator": operator}
    if raw.get("operator") is None and isinstance(raw["filters"], list) and len(raw["filters"]) == 1:
        raw = {**raw, "operator": "AND"}
    if raw.get("operator") is None:
        raise Invalid("filter.operator: operator is required when there is more than one rule; expected AND or OR")
    read_filter(raw)
    return raw


def read_filter(raw: Any) -> Group:
    """A filter that `normalized` gave. Raises Invalid with the path of what is wrong."""
    reader = _Reader()
    found = reader.read(raw, "filter", 1)
    if not isinstance(found, Group):
        raise Invalid("filter: Expected a group, AND or OR")
    return found


class _Reader:
    """Reads one filter; it counts the leaves."""

    def __init__(self) -> None:
        self._count = 0

    def read(self, raw: Any, path: str, level: int) -> Node:
        if not isinstance(raw, dict):
            raise Invalid(f"{path}: Expected an object")
        operator = raw.get("operator")
        if not isinstance(operator, str) or operator not in OPERATORS:
            raise Invalid(f"{path}: filter operator should be equal to one of the allowed values: {', '.join(OPERATORS)}")
        if operator in GROUPS:
            return self._group(raw, path, level)
        self._count += 1
        if self._count > MOST_LEAVES:
            raise Invalid(f"{path}: There are more than {MOST_LEAVES} rules")
        if operator in EVENTS:
            return _did(raw, path)
        return _belongs(raw, path) if operator == "MEMBER_OF" else _leaf(raw, path)

    def _group(self, raw: dict[str, Any], path: str, level: int) -> Group:
        filters = raw.get("filters")
        if not isinstance(filters, list):
            raise Invalid(f"{path}.filters: Expected a list")
        if level > MOST_LEVELS:
            raise Invalid(f"{path}: Groups are nested at most {MOST_LEVELS} levels deep")
        if not filters:
            raise Invalid(f"{path}.filters: Expected at least one rule")
        parts = [self.read(one, f"{path}.filters[{index}]", level + 1) for index, one in enumerate(filters)]
        return Group(is_any=raw["operator"] == "OR", parts=tuple(parts))


def _leaf(raw: dict[str, Any], path: str) -> Leaf:
    operator, place = raw["operator"], _text(raw.get("path"), f"{path}.path", _LONGEST_PATH)
    parts = tuple(place.split("."))
    if "" in parts:
        raise Invalid(f"{path}.path: Expected names with a dot between them, such as address.country")
    values = _values(raw.get("value"), f"{path}.value", is_list=operator in ("INCLUDES", "OMIT"))
    try:
        test = comparison(operator, values)
    except Invalid as error:
        raise Invalid(f"{path}.value: {error.message}") from None
    shown = _quoted(values[0]) if len(values) == 1 else f"[{', '.join(map(_quoted, values[:10]))}]"
    return Leaf(path=parts, test=test, words=f"{operator}({_quoted(place)}, {shown})")


def _belongs(raw: dict[str, Any], path: str) -> Belongs:
    if raw.get("path") not in ("account_id", "tenant_id"):
        raise Invalid(f"{path}.path: Expected 'account_id'")
    (tenant_id,) = _values(raw.get("value"), f"{path}.value", is_list=False)
    return Belongs(tenant_id=tenant_id, words=f"MEMBER_OF('{raw['path']}', {_quoted(tenant_id)})")


def _did(raw: dict[str, Any], path: str) -> Did:
    event = _text(raw.get("event"), f"{path}.event", _LONGEST_EVENT)
    at_least = raw.get("at_least", 1)
    if not isinstance(at_least, int) or isinstance(at_least, bool) or not 1 <= at_least <= MOST_TIMES:
        raise Invalid(f"{path}.at_least: Expected a whole number from 1 to {MOST_TIMES}")
    within, since = raw.get("within"), raw.get("since")
    if within is not None and since is not None:
        raise Invalid(f"{path}: Only one of within and since can be given")
    span = f" within {within}" if within else f" since {since}" if since else ""
    return Did(
        event=event,
        at_least=at_least,
        within_ms=None if within is None else _duration(within, f"{path}.within"),
        since=None if since is None else _date(since, f"{path}.since"),
        is_wanted=raw["operator"] == "DID",
        words=f"{raw['operator']}({_quoted(event)}, at least {at_least}{span})",
    )


def _duration(value: Any, path: str) -> int:
    try:
        found = parse_duration(_text(value, path, 60))
    except Invalid as error:
        raise Invalid(error.message if error.message.startswith(path) else f"{path}: {error.message}") from None
    if found == 0:
        raise Invalid(f"{path}: Expected more than nothing")
    return found


def _date(value: Any, path: str) -> int:
    found = date(value)
    if found is None:
        raise Invalid(f'{path}: Expected a date such as "2026-04-08T08:09:10Z"')
    return found


def _text(value: Any, path: str, longest: int) -> str:
    if not isinstance(value, str) or not value:
        raise Invalid(f"{path}: Required")
    if len(value) > longest:
        raise Invalid(f"{path}: At most {longest} characters")
    return value


def _values(value: Any, path: str, *, is_list: bool) -> tuple[str, ...]:
    given: list[Any] = value if isinstance(value, list) and is_list else [value]
    if not given or len(given) > _MOST_VALUES:
        raise Invalid(f"{path}: Expected 1 to {_MOST_VALUES} values")
    return tuple(_value(one, path) for one in given)


def _value(value: Any, path: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        value = str(value)
    if not isinstance(value, str):
        raise Invalid(f"{path}: Expected a text" if value is not None else f"{path}: Required")
    if len(value) > _LONGEST_VALUE:
        raise Invalid(f"{path}: At most {_LONGEST_VALUE} characters")
    return value


def _quoted(text: str) -> str:
    return f"'{text[:100]}'"
