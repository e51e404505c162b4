"""The conditions of journeys: atoms such as `["data.total", "greater than", "50"]`, and groups (courier.md 5.4)."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

from msgspec import Struct

from posthorn.errors import Invalid
from posthorn.expressions.paths import lookup_name
from posthorn.expressions.values import UNDEFINED, text

_UNARY = frozenset({"exists", "does not exist"})
_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?", re.ASCII)
_MAX_DEPTH = 4
_MAX_ATOMS = 500
_MAX_REASON = 200


class Verdict(Struct, frozen=True, kw_only=True):
    """Whether conditions hold, and why: the deciding atom and the value it saw, at most 200 characters."""

    holds: bool
    reason: str


def check(conditions: Any) -> None:
    """Refuses what is none of the three shapes; None means always. Raises Invalid with what is wrong and where."""
    if conditions is not None:
        _check(conditions, "conditions", _MAX_DEPTH)


def holds(conditions: Any, scope: Mapping[str, Any]) -> Verdict:
    """Whether the conditions hold over the run context; a missing path equals nothing and contains nothing.

    If both sides are numbers they are compared as numbers, else as texts; booleans are `true` and `false`; `contains`
    on a list means membership. Raises Invalid as `check` does.
    """
    if conditions is None:
        return Verdict(holds=True, reason="There are no conditions.")
    check(conditions)
    return _holds(conditions, scope)


def _check(conditions: Any, where: str, depth: int) -> int:
    """The number of atoms inside."""
    if isinstance(conditions, list):
        _check_atom(cast("list[Any]", conditions), where)
        return 1
    if not isinstance(conditions, dict) or len(cast("dict[str, Any]", conditions)) != 1:
        raise Invalid(f'{where}: Expected an atom such as ["data.total", "exists"], or an object with one key, AND or OR.')
    ((word, members),) = cast("dict[str, Any]", conditions).items()
    if word not in {"AND", "OR"} or not isinstance(members, list) or not members:
        raise Invalid(f"{where}: A group is {{AND: [...]}} or {{OR: [...]}} with at least one condition in it.")
    if depth == 1:
        raise Invalid(f"{where}: Groups are nested too deeply.")
    inner = cast("list[Any]", members)
    count = sum(_check(member, f"{where}.{word}[{index}]", depth - 1) for index, member in enumerate(inner))
    if count > _MAX_ATOMS:
        raise Invalid(f"{where}: There are more than {_MAX_ATOMS} conditions.")
    return count


def _check_atom(atom: list[Any], where: str) -> None:
    if len(atom) < 2 or not isinstance(atom[0], str) or not atom[0]:
        raise Invalid(f"{where}: An atom is [path, operator] or [path, operator, value].")
    operator = atom[1]
    if not isinstance(operator, str) or (operator not in _BINARY and operator not in _UNARY):
        raise Invalid(f'{where}: Unknown operator "{str(operator)[:40]}"')
    if operator in _UNARY and len(atom) != 2:
        raise Invalid(f'{where}: "{operator}" takes no value.')
    if operator in _BINARY and (len(atom) != 3 or not isinstance(atom[2], (str, int, float))):
        raise Invalid(f'{where}: "{operator}" takes one value, a text.')


def _holds(conditions: Any, scope: Mapping[str, Any]) -> Verdict:
    if isinstance(conditions, list):
        return _atom(cast("list[Any]", conditions), scope)
    ((word, members),) = cast("dict[str, list[Any]]", conditions).items()
    verdict = Verdict(holds=word == "AND", reason="")
    for member in members:
        verdict = _holds(member, scope)
        if verdict.holds == (word == "OR"):
            break
    return verdict


def _atom(atom: list[Any], scope: Mapping[str, Any]) -> Verdict:
    path, operator = atom[0], atom[1]
    value = lookup_name(path, scope)
    if operator in _UNARY:
        exists = value is not UNDEFINED and value is not None
        result = exists == (operator == "exists")
        asked = f"{path} {operator}"
    else:
        result = _BINARY[operator](value, atom[2])
        asked = f'{path} {operator} "{text(atom[2])[:60]}"'
    seen = "it is missing" if value is UNDEFINED else f"it is {_seen(value)}"
    verb = "holds" if result else "does not hold"
    return Verdict(holds=result, reason=f"{asked[:130]} {verb}: {seen}"[:_MAX_REASON])


def _seen(value: Any) -> str:
    if value is None:
        return "null"
    shown = text(value)
    return f'"{shown[:50]}"' if isinstance(value, str) else shown[:50]


def _is_equal(value: Any, wanted: Any) -> bool:
    return value is not UNDEFINED and _compared(value, wanted) == 0


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, list):
        return any(_is_equal(item, wanted) for item in cast("list[Any]", value))
    if isinstance(value, dict):
        return text(wanted) in value
    return value is not UNDEFINED and text(wanted) in text(value)


def _compared(value: Any, wanted: Any) -> int:
    """Less than, equal to or greater than 0, as the value is less than, equal to or greater than what is wanted."""
    left, right = text(value), text(wanted)
    if len(left) < 90 and len(right) < 90 and _NUMBER.fullmatch(left) and _NUMBER.fullmatch(right):
        first, second = Decimal(left), Decimal(right)
        return (first > second) - (first < second)
    return (left > right) - (left < right)


def _is_ordered(value: Any, wanted: Any, allowed: Callable[[int], bool]) -> bool:
    return value is not UNDEFINED and value is not None and allowed(_compared(value, wanted))


_BINARY: dict[str, Callable[[Any, Any], bool]] = {
    "is equal": _is_equal,
    "is not equal": lambda value, wanted: not _is_equal(value, wanted),
    "contains": _contains,
    "does not contain": lambda value, wanted: not _contains(value, wanted),
    "starts with": lambda value, wanted: value is not UNDEFINED and text(value).startswith(text(wanted)),
    "ends with": lambda value, wanted: value is not UNDEFINED and text(value).endswith(text(wanted)),
    "greater than": lambda value, wanted: _is_ordered(value, wanted, lambda order: order > 0),
    "greater than or equal": lambda value, wanted: _is_ordered(value, wanted, lambda order: order >= 0),
    "less than": lambda value, wanted: _is_ordered(value, wanted, lambda order: order < 0),
    "less than or equal": lambda value, wanted: _is_ordered(value, wanted, lambda order: order <= 0),
}
