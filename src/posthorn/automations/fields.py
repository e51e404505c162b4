"""Checks of single fields while a step is compiled. ValueErrors become a path and a sentence there."""

from collections.abc import Callable
from typing import Any

from posthorn.automations.scope import RESERVED
from posthorn.errors import Invalid
from posthorn.expressions import conditions
from posthorn.expressions.durations import parse_duration
from posthorn.expressions.moments import moment
from posthorn.expressions.parse import parse


def is_reference(value: Any) -> bool:
    """Whether the value is known only when the run gets there: `{"$ref": …}`, `refs.…`, `{{…}}`, `${…}` (courier.md 4.4)."""
    if isinstance(value, dict):
        return "$ref" in value
    return isinstance(value, str) and (value.startswith("refs.") or "{{" in value or "${" in value)


def check_duration(value: Any) -> None:
    """A literal must be a duration. Raises ValueError."""
    if value is not None and not is_reference(value):
        _check(lambda: parse_duration(_literal(value)))


def check_moment(value: Any) -> None:
    """A literal must be a moment. Raises ValueError."""
    if value is not None and not is_reference(value):
        _check(lambda: moment(_literal(value), now=0, zone=None))


def check_condition(condition: Any) -> None:
    """An expression must be one we can evaluate, conditions must have their shape; None is always. Raises ValueError."""
    _check(lambda: parse(condition) if isinstance(condition, str) else conditions.check(condition))


def check_name(name: str) -> None:
    """A step's `ref` or id must not hide a word of the run's context. Raises ValueError."""
    if name in RESERVED:
        raise ValueError(f'"{name}" is a reserved word')


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise Invalid('Expected a text or {"$ref": path}.')


def _check(attempt: Callable[[], object]) -> None:
    try:
        attempt()
    except Invalid as error:
        raise ValueError(error.message) from None
